/* SPDX-License-Identifier: Apache-2.0
 *
 * Two first-match lists compared by the joint partition. A region needs no
 * cutting where one rule decides all of it on either side, where every rule
 * that could decide says the same, or where both lists are the same. */
#include "config.h"
#include "compiler/space.h"

#include "compiler/sweep.h"

enum { SIDE_LEFT, SIDE_RIGHT };

struct space_box space_box_all(enum family family)
{
	return (struct space_box){ {
		[FIELD_PROTOCOL] = { 0, 255 },
		[FIELD_DESTINATION] = { 0, address_max(family) },
		[FIELD_SOURCE] = { 0, address_max(family) },
		[FIELD_DST_PORT] = { 0, 65535 },
		[FIELD_SRC_PORT] = { 0, 65535 },
		[FIELD_OPERATION] = { 0, UINT32_MAX },
		[FIELD_CELL] = { 0, UINT32_MAX },
	} };
}

struct comparison {
	bool otherwise[2];
	space_report *report;
	void *report_context;
	struct space_difference difference;
	bool different;
};

/* One side of a region: its items up to the first that decides what is left. */
struct side {
	const uint32_t *items;
	size_t len;
	bool closed;    /* the last item holds the whole region */
	bool otherwise;
};

static const struct space_rule *side_rule(const struct sweep *sweep, const struct side *side,
					  size_t i)
{
	return sweep->items.data[side->items[i]].rule;
}

/* Keeps the items of one side that can decide something, from `from` on, and
 * moves them to `to`. */
static struct side side_take(const struct sweep *sweep, uint32_t *to, const uint32_t *from,
			     size_t len, unsigned field)
{
	struct side side = { .items = to };

	while (side.len < len && !side.closed) {
		to[side.len] = from[side.len];
		side.closed = sweep->items.data[to[side.len]].depth <= field;
		side.len++;
	}
	return side;
}

static bool side_is_decided(const struct side *side)
{
	return side->len == 0 || (side->len == 1 && side->closed);
}

static bool side_verdict(const struct sweep *sweep, const struct side *side)
{
	return side->len == 0 ? side->otherwise : side_rule(sweep, side, 0)->allow;
}

/* Every rule that could decide here says `allow`. */
static bool side_is_uniform(const struct sweep *sweep, const struct side *side, bool allow)
{
	if (!side->closed && side->otherwise != allow)
		return false;
	for (size_t i = 0; i < side->len; i++)
		if (side_rule(sweep, side, i)->allow != allow)
			return false;
	return true;
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

static bool sides_are_same(const struct sweep *sweep, const struct side *left,
			   const struct side *right, unsigned field)
{
	if (left->len != right->len || left->closed != right->closed)
		return false;
	if (!left->closed && left->otherwise != right->otherwise)
		return false;
	for (size_t i = 0; i < left->len; i++)
		if (!rules_are_same(side_rule(sweep, left, i), side_rule(sweep, right, i),
				    field))
			return false;
	return true;
}

static bool comparison_report_box(void *context, const struct space_box *box)
{
	struct comparison *comparison = context;

	comparison->difference.box = *box;
	return comparison->report(comparison->report_context, &comparison->difference);
}

static uint32_t side_decider(const struct sweep *sweep, const struct side *side)
{
	return side->len == 0 ? SPACE_NO_RULE : side_rule(sweep, side, 0)->id;
}

static void comparison_report(struct sweep *sweep, const struct side *left,
			      const struct side *right)
{
	struct comparison *comparison = sweep->context;

	comparison->different = true;
	comparison->difference = (struct space_difference){
		.left_allows = side_verdict(sweep, left),
		.left_rule = side_decider(sweep, left),
		.right_rule = side_decider(sweep, right),
	};
	if (!sweep_region_boxes(&sweep->region, comparison_report_box, comparison))
		sweep->stop = true;
}

static size_t comparison_judge(struct sweep *sweep, uint32_t *items, size_t len,
			       unsigned field)
{
	struct comparison *comparison = sweep->context;
	size_t split = 0;

	while (split < len && sweep->items.data[items[split]].side == SIDE_LEFT)
		split++;
	struct side left = side_take(sweep, items, items, split, field);
	struct side right = side_take(sweep, items + left.len, items + split, len - split,
				      field);
	left.otherwise = comparison->otherwise[SIDE_LEFT];
	right.otherwise = comparison->otherwise[SIDE_RIGHT];
	bool allow = side_verdict(sweep, &left);
	if (side_is_uniform(sweep, &left, allow) && side_is_uniform(sweep, &right, allow))
		return 0;
	if (side_is_decided(&left) && side_is_decided(&right)) {
		comparison_report(sweep, &left, &right);
		return 0;
	}
	if (sides_are_same(sweep, &left, &right, field))
		return 0;
	return left.len + right.len;
}

enum space_result space_compare(const struct space_list *left,
				const struct space_list *right,
				const struct space_box *box, uint64_t budget,
				space_report *report, void *context)
{
	struct sweep sweep;
	struct comparison comparison = {
		.otherwise = { left->otherwise, right->otherwise },
		.report = report,
		.report_context = context,
	};

	sweep_init(&sweep, box, budget);
	sweep_add(&sweep, left, SIDE_LEFT);
	sweep_add(&sweep, right, SIDE_RIGHT);
	bool complete = sweep_run(&sweep, comparison_judge, &comparison);
	sweep_release(&sweep);
	if (comparison.different)
		return SPACE_DIFFERENT;
	return complete ? SPACE_EQUAL : SPACE_UNDECIDED;
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
