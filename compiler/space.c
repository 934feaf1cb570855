/* SPDX-License-Identifier: Apache-2.0
 *
 * Two sides, each of one or several first-match lists, compared by the joint
 * partition. A region needs no cutting where what is left of the lists cannot come
 * to a difference that is asked for, or where both sides are the same. */
#include "config.h"
#include "compiler/space.h"

#include <string.h>

#include "compiler/sweep.h"

enum { SIDE_LEFT, SIDE_RIGHT, SIDES };

struct space_box space_box_all(enum family family)
{
	return (struct space_box){ {
		[FIELD_PROTOCOL] = { 0, 255 },
		[FIELD_DESTINATION] = { 0, address_max(family) },
		[FIELD_SOURCE] = { 0, address_max(family) },
		[FIELD_DST_PORT] = { 0, 65535 },
		[FIELD_SRC_PORT] = { 0, 65535 },
		[FIELD_OPERATION] = { 0, UINT32_MAX },
		[FIELD_UNIT] = { 0, UINT32_MAX },
		[FIELD_OBJECT] = { 0, UINT32_MAX },
		[FIELD_CELL] = { 0, UINT32_MAX },
	} };
}

/* One list in a region: its items up to the first that decides what is left. */
struct part {
	const uint32_t *items;
	size_t len;
	bool closed;    /* the last item holds the whole region */
	bool otherwise;
	bool can[2];    /* the verdicts it can come to */
	bool needed;    /* its verdict can still change that of its side */
};

/* What a side can come to, and the list that settles it. */
struct state {
	bool can[2];
	size_t decider;
};

struct comparison {
	const struct space_side *side[SIDES];
	struct part parts[SPACE_LISTS]; /* the left side's, then the right side's */
	struct space_listener listener; /* kinds: asked for still */
	bool different;
};

static const struct space_rule *part_rule(const struct sweep *sweep, const struct part *part,
					  size_t i)
{
	return sweep->items.data[part->items[i]].rule;
}

/* Takes the items of one list that can decide something. */
static void part_take(const struct sweep *sweep, struct part *part, const uint32_t *items,
		      size_t len, unsigned field)
{
	*part = (struct part){ .items = items, .otherwise = part->otherwise, .needed = true };
	while (part->len < len && !part->closed) {
		const struct sweep_item *item = &sweep->items.data[items[part->len++]];
		part->can[item->rule->allow] = true;
		part->closed = item->depth <= field;
	}
	if (!part->closed)
		part->can[part->otherwise] = true;
}

static bool part_is_decided(const struct part *part)
{
	return part->len == 0 || (part->len == 1 && part->closed);
}

static bool rules_are_same(const struct space_rule *left, const struct space_rule *right,
			   unsigned field)
{
	if (left->allow != right->allow)
		return false;
	for (unsigned f = field; f < FIELD_COUNT; f++)
		if (!set_equal(left->field[f], right->field[f]))
			return false;
	return true;
}

static bool parts_are_same(const struct sweep *sweep, const struct part *left,
			   const struct part *right, unsigned field)
{
	if (left->len != right->len || left->closed != right->closed)
		return false;
	if (!left->closed && left->otherwise != right->otherwise)
		return false;
	for (size_t i = 0; i < left->len; i++)
		if (!rules_are_same(part_rule(sweep, left, i), part_rule(sweep, right, i),
				    field))
			return false;
	return true;
}

static unsigned side_term(const struct space_side *side, size_t list)
{
	return side->terms != NULL ? side->terms[list] : 0;
}

static bool sides_are_same(const struct sweep *sweep, unsigned field)
{
	struct comparison *comparison = sweep->context;
	const struct space_side *left = comparison->side[SIDE_LEFT];
	const struct space_side *right = comparison->side[SIDE_RIGHT];

	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (side_term(left, i) != side_term(right, i) ||
		    !parts_are_same(sweep, &comparison->parts[i],
				    &comparison->parts[left->count + i], field))
			return false;
	return true;
}

/* ---- what a side can come to ---- */

/* One term, lists [from, to): allows if all do. Of a term that cannot allow
 * only a list that denies counts; one with items, since of a list that did not
 * count in a larger region none are left here. */
static struct state term_state(struct part *parts, size_t from, size_t to)
{
	struct state state = { { false, true }, from };

	for (size_t i = from; i < to; i++) {
		state.can[false] |= parts[i].can[false];
		if (parts[i].can[true])
			continue;
		if (state.can[true] || (parts[state.decider].len == 0 && parts[i].len > 0))
			state.decider = i;
		state.can[true] = false;
	}
	for (size_t i = from; i < to && !state.can[true]; i++)
		parts[i].needed = i == state.decider;
	return state;
}

static size_t term_end(const struct space_side *side, size_t from)
{
	size_t to = from + 1;

	while (to < side->count && side_term(side, to) == side_term(side, from))
		to++;
	return to;
}

/* All terms: allows if one does. Beside a term that cannot but allow no other
 * counts; again one with items is taken before one without. */
static struct state side_state(const struct space_side *side, struct part *parts)
{
	struct state all = { { true, false }, 0 };
	size_t sure = side->count, sure_end = side->count;

	for (size_t from = 0, to; from < side->count; from = to) {
		to = term_end(side, from);
		struct state term = term_state(parts, from, to);
		all.can[true] |= term.can[true];
		all.can[false] &= term.can[false];
		if (from == 0)
			all.decider = term.decider;
		if (term.can[false] ||
		    (sure < side->count && (parts[sure].len > 0 || parts[from].len == 0)))
			continue;
		sure = from;
		sure_end = to;
		all.decider = term.decider;
	}
	for (size_t i = 0; i < side->count && sure < side->count; i++)
		parts[i].needed = i >= sure && i < sure_end;
	return all;
}

static bool state_is_settled(const struct state *state)
{
	return !state->can[true] || !state->can[false];
}

/* ---- the walk ---- */

static uint32_t part_decider(const struct sweep *sweep, const struct part *part)
{
	return part->len == 0 ? SPACE_NO_RULE : part_rule(sweep, part, 0)->id;
}

static void comparison_report(struct sweep *sweep, bool left_allows, const struct part *left,
			      const struct part *right)
{
	struct comparison *comparison = sweep->context;
	struct space_difference difference = {
		.region = &sweep->region,
		.left_allows = left_allows,
		.left_rule = part_decider(sweep, left),
		.right_rule = part_decider(sweep, right),
	};

	comparison->different = true;
	comparison->listener.kinds =
		comparison->listener.report(comparison->listener.context, &difference);
	sweep->stop = comparison->listener.kinds == 0;
}

static void comparison_take(const struct sweep *sweep, const uint32_t *items, size_t len,
			    unsigned field)
{
	struct comparison *comparison = sweep->context;
	size_t lists = comparison->side[SIDE_LEFT]->count + comparison->side[SIDE_RIGHT]->count;
	size_t at = 0;

	for (size_t list = 0; list < lists; list++) {
		size_t from = at;
		while (at < len && sweep->items.data[items[at]].side == list)
			at++;
		part_take(sweep, &comparison->parts[list], items + from, at - from, field);
	}
}

/* Moves the items that are still needed to the front. */
static size_t comparison_keep(struct comparison *comparison, uint32_t *items)
{
	size_t lists = comparison->side[SIDE_LEFT]->count + comparison->side[SIDE_RIGHT]->count;
	size_t kept = 0;

	for (size_t list = 0; list < lists; list++) {
		const struct part *part = &comparison->parts[list];
		if (!part->needed)
			continue;
		memmove(items + kept, part->items, part->len * sizeof(*items));
		kept += part->len;
	}
	return kept;
}

/* The kinds of difference that may still be found, of those asked for. */
static unsigned comparison_kinds(const struct comparison *comparison, const struct state *left,
				 const struct state *right)
{
	unsigned kinds = (left->can[true] && right->can[false] ? SPACE_LEFT : 0) |
			 (right->can[true] && left->can[false] ? SPACE_RIGHT : 0);

	return kinds & comparison->listener.kinds;
}

static size_t comparison_judge(struct sweep *sweep, uint32_t *items, size_t len,
			       unsigned field)
{
	struct comparison *comparison = sweep->context;
	const struct space_side *left = comparison->side[SIDE_LEFT];
	struct part *right_parts = comparison->parts + left->count;

	comparison_take(sweep, items, len, field);
	struct state a = side_state(left, comparison->parts);
	struct state b = side_state(comparison->side[SIDE_RIGHT], right_parts);
	if (comparison_kinds(comparison, &a, &b) == 0)
		return 0;
	if (state_is_settled(&a) && state_is_settled(&b)) {
		const struct part *by_left = &comparison->parts[a.decider];
		const struct part *by_right = &right_parts[b.decider];
		if (part_is_decided(by_left) && part_is_decided(by_right)) {
			comparison_report(sweep, a.can[true], by_left, by_right);
			return 0;
		}
	}
	return sides_are_same(sweep, field) ? 0 : comparison_keep(comparison, items);
}

static void comparison_add(struct comparison *comparison, struct sweep *sweep, int which,
			   uint8_t first)
{
	const struct space_side *side = comparison->side[which];

	for (size_t i = 0; i < side->count; i++) {
		comparison->parts[first + i].otherwise = side->lists[i].otherwise;
		sweep_add(sweep, &side->lists[i], (uint8_t)(first + i));
	}
}

enum space_result space_compare_sides(const struct space_side *left,
				      const struct space_side *right,
				      const struct space_box *box, uint64_t budget,
				      const struct space_listener *listener)
{
	struct sweep sweep;
	struct comparison comparison = { .side = { left, right }, .listener = *listener };

	sweep_init(&sweep, box, budget);
	comparison_add(&comparison, &sweep, SIDE_LEFT, 0);
	comparison_add(&comparison, &sweep, SIDE_RIGHT, (uint8_t)left->count);
	bool complete = sweep_run(&sweep, comparison_judge, &comparison);
	sweep_release(&sweep);
	if (comparison.different)
		return SPACE_DIFFERENT;
	return complete ? SPACE_EQUAL : SPACE_UNDECIDED;
}

enum space_result space_compare(const struct space_list *left,
				const struct space_list *right,
				const struct space_box *box, uint64_t budget,
				const struct space_listener *listener)
{
	struct space_side sides[SIDES] = { { left, NULL, 1 }, { right, NULL, 1 } };

	return space_compare_sides(&sides[SIDE_LEFT], &sides[SIDE_RIGHT], box, budget, listener);
}

/* ---- regions and points ---- */

static bool region_boxes_from(const struct space_region *region, unsigned field,
			      struct space_box *box, space_each *each, void *context)
{
	if (field == FIELD_COUNT)
		return each(context, box);
	for (size_t i = 0; i < region->len[field]; i++) {
		box->field[field] = region->range[field][i];
		if (!region_boxes_from(region, field + 1, box, each, context))
			return false;
	}
	return true;
}

bool space_region_boxes(const struct space_region *region, space_each *each, void *context)
{
	struct space_box box;
	return region_boxes_from(region, 0, &box, each, context);
}

struct space_box space_region_first(const struct space_region *region)
{
	struct space_box box;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		box.field[f] = region->range[f][0];
	return box;
}

static bool rule_holds(const struct space_rule *rule, const u128 point[FIELD_COUNT])
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (!set_contains(rule->field[f], point[f]))
			return false;
	return true;
}

uint32_t space_decide(const struct space_list *list, const u128 point[FIELD_COUNT],
		      bool *allows)
{
	for (size_t i = 0; i < list->len; i++)
		if (rule_holds(&list->rules[i], point)) {
			*allows = list->rules[i].allow;
			return list->rules[i].id;
		}
	*allows = list->otherwise;
	return SPACE_NO_RULE;
}
