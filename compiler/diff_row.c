/* SPDX-License-Identifier: Apache-2.0
 *
 * Regions become rows. Those of the same causes are one heap, what passes inside zones
 * apart; in it products that differ in one field are one product. A heap that stays small
 * is told product by product, exactly; of a larger one its outline is told, and the row
 * says so. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 256, ROWS_MAX = 8 };

/* ---- regions to parts ---- */

static const struct set *region_set(struct arena *arena, const struct space_region *region,
				    enum field field)
{
	struct range *copy = memory_array(region->len[field], sizeof(*copy));

	memcpy(copy, region->range[field], region->len[field] * sizeof(*copy));
	const struct set *set = set_from_ranges(arena, copy, region->len[field]);
	free(copy);
	return set;
}

static struct diff_part part_of_region(struct arena *arena, const struct diff_region *from)
{
	struct diff_part part = {
		.kind = from->kind,
		.link = from->link,
		.source = address_set_empty(),
		.destination = address_set_empty(),
		.rule = { from->rule[DIFF_OLD], from->rule[DIFF_NEW] },
	};

	part.source.family[from->family] = region_set(arena, from->region, FIELD_SOURCE);
	part.destination.family[from->family] = region_set(arena, from->region, FIELD_DESTINATION);
	for (int p = 0; p < PART_SETS; p++)
		part.set[p] = region_set(arena, from->region, diff_part_field[p]);
	return part;
}

const enum field diff_part_field[PART_SETS] = {
	[PART_PROTOCOL] = FIELD_PROTOCOL, [PART_DST_PORT] = FIELD_DST_PORT,
	[PART_SRC_PORT] = FIELD_SRC_PORT, [PART_OPERATION] = FIELD_OPERATION,
	[PART_UNIT] = FIELD_UNIT,         [PART_OBJECT] = FIELD_OBJECT,
	[PART_CELL] = FIELD_CELL,
};

/* ---- sums ---- */

static void part_unite(struct arena *arena, struct diff_part *to, const struct diff_part *more)
{
	to->source = address_set_union(arena, to->source, more->source);
	to->destination = address_set_union(arena, to->destination, more->destination);
	for (int p = 0; p < PART_SETS; p++)
		to->set[p] = set_union(arena, to->set[p], more->set[p]);
}

static bool families_differ(const struct diff_part *a, const struct diff_part *b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!set_is_empty(a->source.family[f]) && !set_is_empty(b->source.family[f]))
			return false;
	return true;
}

/* The union of both is a product: they differ in one field, or are of one family each
 * and otherwise alike. */
static bool parts_join(const struct diff_part *a, const struct diff_part *b)
{
	bool source = address_set_equal(a->source, b->source);
	bool destination = address_set_equal(a->destination, b->destination);
	unsigned others = 0;

	if (diff_part_conduit(a) != diff_part_conduit(b))
		return false;
	for (int p = 0; p < PART_SETS && others < 2; p++)
		others += !set_equal(a->set[p], b->set[p]);
	if (others + !source + !destination <= 1)
		return true;
	return others == 0 && families_differ(a, b);
}

static bool parts_add(struct arena *arena, struct diff_part_list *parts,
		      const struct diff_part *part)
{
	for (size_t i = parts->len; i-- > 0;)
		if (parts_join(&parts->data[i], part)) {
			part_unite(arena, &parts->data[i], part);
			return true;
		}
	if (parts->len == PARTS_MAX)
		return false;
	vec_push(parts, *part);
	return true;
}

/* Until none joins another. */
static void parts_settle(struct arena *arena, struct diff_part_list *parts)
{
	bool again = true;

	while (again) {
		struct diff_part_list joined = VEC_INIT;
		for (size_t i = 0; i < parts->len; i++)
			parts_add(arena, &joined, &parts->data[i]);
		again = joined.len < parts->len;
		vec_free(parts);
		*parts = joined;
	}
}

/* The rule that lets the flows through, in the policy that does. */
const struct rule *diff_part_rule(const struct diff_part *part)
{
	return part->rule[part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD];
}

const struct conduit *diff_part_conduit(const struct diff_part *part)
{
	const struct rule *rule = diff_part_rule(part);

	return rule != NULL ? rule->conduit : NULL;
}

/* ---- heaps ---- */

static int cause_order(const void *left, const void *right)
{
	const struct diff_fact *a = *(const struct diff_fact *const *)left;
	const struct diff_fact *b = *(const struct diff_fact *const *)right;

	return (a->index > b->index) - (a->index < b->index);
}

static void causes_sort(struct diff_cause_list *causes)
{
	size_t kept = 0;

	qsort(causes->data, causes->len, sizeof(*causes->data), cause_order);
	for (size_t i = 0; i < causes->len; i++)
		if (i == 0 || causes->data[i] != causes->data[kept - 1])
			causes->data[kept++] = causes->data[i];
	causes->len = kept;
}

/* The rule that decides it in one policy, if the other has it not, or has it too. */
static const struct rule *region_rule(const struct diff_region *region, int side, bool changed)
{
	return region->changed[side] == changed ? region->rule[side] : NULL;
}

/* A rule that stands as it stood; sooner one that is written than what a zone has for
 * itself. */
static void part_blames_rule(struct diff_rows *rows, const struct diff_region *region,
			     bool changed, struct diff_cause_list *causes)
{
	for (int implicit = 0; implicit < 2; implicit++)
		for (int side = 0; side < DIFF_SIDES && causes->len == 0; side++) {
			const struct rule *rule = region_rule(region, side, changed);
			if (rule != NULL && rule->implicit == (bool)implicit)
				vec_push(causes, diff_causes_rule(rows->causes,
								  (enum diff_side)side, rule));
		}
}

/* Of opened flows: the rule that lets them through now, and the deny that is gone.
 * What both policies have is a cause where nothing else is. */
static void part_causes(struct diff_rows *rows, const struct diff_region *region,
			const struct diff_caused *caused, struct diff_cause_list *causes)
{
	for (int changed = 1; changed >= 0 && causes->len == 0; changed--) {
		for (int side = 0; side < DIFF_SIDES; side++) {
			const struct rule *rule = region_rule(region, side, changed);
			if (rule != NULL)
				diff_causes_find(rows->causes, (enum diff_side)side, rule,
						 caused->aspects, &caused->part, causes);
		}
		part_blames_rule(rows, region, changed, causes);
	}
	causes_sort(causes);
}

/* What passes inside a zone without a rule is told apart from what rules let through:
 * it is of any service, and would hide which ones those are. */
static bool region_is_inside(const struct diff_region *region)
{
	const struct rule *rule = region->rule[region->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD];

	return rule != NULL && rule->implicit;
}

static struct diff_heap *heap_find(struct diff_rows *rows, const struct diff_region *region,
				   const struct diff_cause_list *causes)
{
	size_t size = (causes->len + 1) * sizeof(uint64_t);
	uint64_t *key = memory_array(causes->len + 1, sizeof(*key));
	struct diff_heap *heap;

	key[0] = (uint64_t)region->kind << 2 | (uint64_t)region_is_inside(region) << 1 |
		 region->link;
	for (size_t i = 0; i < causes->len; i++)
		key[i + 1] = causes->data[i]->index;
	HASH_FIND(hh, rows->heaps, key, size, heap);
	if (heap == NULL) {
		heap = arena_alloc(rows->arena, sizeof(*heap));
		heap->key = arena_copy(rows->arena, key, size);
		heap->kind = region->kind;
		heap->causes = arena_copy(rows->arena, causes->data,
					  causes->len * sizeof(*causes->data));
		heap->cause_count = causes->len;
		HASH_ADD_KEYPTR(hh, rows->heaps, heap->key, size, heap);
	}
	free(key);
	return heap;
}

static void heap_count_rule(struct diff_heap *heap, const struct rule *rule)
{
	if (rule == NULL)
		return;
	for (size_t i = 0; i < heap->rules.len; i++)
		if (heap->rules.data[heap->rules.len - 1 - i] == rule)
			return;
	vec_push(&heap->rules, rule);
}

static void heap_add(struct diff_rows *rows, struct diff_heap *heap, const struct diff_part *part)
{
	heap_count_rule(heap, diff_part_rule(part));
	if (heap->outlined) {
		part_unite(rows->arena, &heap->outline, part);
	} else if (!parts_add(rows->arena, &heap->parts, part)) {
		heap->outlined = true;
		heap->outline = *part;
		for (size_t i = 0; i < heap->parts.len; i++)
			part_unite(rows->arena, &heap->outline, &heap->parts.data[i]);
	}
}

/* So that each part of a region is told with its own causes. */
static void region_split(struct diff_rows *rows, const struct diff_region *region,
			 struct diff_caused_list *parts)
{
	struct diff_caused all = { .part = part_of_region(rows->arena, region) };

	vec_push(parts, all);
	for (int side = 0; side < DIFF_SIDES; side++) {
		const struct rule *rule = region->rule[side], *other = NULL;
		if (rule != NULL && region->changed[side])
			other = diff_causes_other(rows->causes, (enum diff_side)side, rule);
		if (other != NULL)
			diff_causes_split(rows->causes, (enum diff_side)side, rule,
					  rows->space->cells[!side].active[other->index], parts);
	}
}

void diff_rows_add(void *context, const struct diff_region *region)
{
	struct diff_rows *rows = context;
	struct diff_caused_list parts = VEC_INIT;

	region_split(rows, region, &parts);
	for (size_t i = 0; i < parts.len; i++) {
		struct diff_cause_list causes = VEC_INIT;
		part_causes(rows, region, &parts.data[i], &causes);
		heap_add(rows, heap_find(rows, region, &causes), &parts.data[i].part);
		vec_free(&causes);
	}
	vec_free(&parts);
}

/* ---- parts to rows ---- */

/* Services between the same ends, at the same times, are one row. */
static bool parts_share_ends(const struct diff_part *a, const struct diff_part *b)
{
	return diff_part_conduit(a) == diff_part_conduit(b) &&
	       address_set_equal(a->source, b->source) &&
	       address_set_equal(a->destination, b->destination) &&
	       set_equal(a->set[PART_CELL], b->set[PART_CELL]);
}

/* Puts parts of one row beside each other; how many rows there are. */
static size_t parts_group(struct diff_part_list *parts)
{
	size_t groups = 0;

	for (size_t i = 0; i < parts->len; groups++) {
		size_t next = i + 1;
		for (size_t k = next; k < parts->len; k++)
			if (parts_share_ends(&parts->data[i], &parts->data[k])) {
				struct diff_part moved = parts->data[k];
				memmove(&parts->data[next + 1], &parts->data[next],
					(k - next) * sizeof(moved));
				parts->data[next++] = moved;
			}
		i = next;
	}
	return groups;
}

static void heap_tell_outline(struct diff_rows *rows, struct diff_heap *heap)
{
	struct diff_part outline = heap->outlined ? heap->outline : heap->parts.data[0];

	for (size_t i = 0; i < heap->parts.len; i++)
		part_unite(rows->arena, &outline, &heap->parts.data[i]);
	/* Of too many parts only the outline is known whole. */
	struct diff_told told = { .heap = heap, .ends = &outline, .sample = heap->parts.data,
				  .parts = heap->outlined ? &outline : heap->parts.data,
				  .part_count = heap->outlined ? 1 : heap->parts.len };
	diff_row_tell(rows, &told);
}

static bool part_is_session(struct diff_rows *rows, const struct diff_part *part)
{
	const struct model *model = rows->space->model[DIFF_NEW];
	const struct set *rest = part->set[PART_OPERATION];

	if (set_contains(rest, OPERATION_PLAIN))
		return false;
	for (size_t p = 1; p < model->protocol_count; p++)
		rest = set_subtract(rows->arena, rest,
				    model_session(model, (uint16_t)p, rows->arena));
	return set_is_empty(rest);
}

/* Housekeeping goes with the operations that it is there for, and is told only where
 * there are none. */
static void heap_drop_session(struct diff_rows *rows, struct diff_heap *heap)
{
	size_t kept = 0;

	for (size_t i = 0; i < heap->parts.len; i++)
		if (!part_is_session(rows, &heap->parts.data[i]))
			heap->parts.data[kept++] = heap->parts.data[i];
	if (kept > 0)
		heap->parts.len = kept;
}

static void heap_tell(struct diff_rows *rows, struct diff_heap *heap)
{
	if (!heap->outlined)
		parts_settle(rows->arena, &heap->parts);
	heap_drop_session(rows, heap);
	if (heap->outlined || parts_group(&heap->parts) > ROWS_MAX) {
		heap_tell_outline(rows, heap);
		return;
	}
	for (size_t i = 0, end; i < heap->parts.len; i = end) {
		for (end = i + 1; end < heap->parts.len &&
				  parts_share_ends(&heap->parts.data[i], &heap->parts.data[end]);)
			end++;
		struct diff_told told = { .heap = heap, .ends = &heap->parts.data[i],
					  .sample = &heap->parts.data[i],
					  .parts = &heap->parts.data[i], .part_count = end - i,
					  .whole = true };
		diff_row_tell(rows, &told);
	}
}

void diff_rows_finish(struct diff_rows *rows)
{
	struct diff_heap *heap, *next;

	HASH_ITER(hh, rows->heaps, heap, next)
		heap_tell(rows, heap);
}

void diff_rows_release(struct diff_rows *rows)
{
	struct diff_heap *heap, *next;

	HASH_ITER(hh, rows->heaps, heap, next) {
		HASH_DEL(rows->heaps, heap);
		vec_free(&heap->parts);
		vec_free(&heap->rules);
	}
	vec_free(&rows->list);
}
