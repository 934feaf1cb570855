/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists that are compared, made small first. The order of denies among themselves
 * means nothing, nor that of allows, and a flow that no product of one policy
 * alone holds meets the same products in both: it is decided alike. So each list
 * gets the order denies before allows, what the other has not before what it has,
 * then by digest, and loses what no such product could touch. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

int diff_range_order(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return (a->lo > b->lo) - (a->lo < b->lo);
}

static uint64_t product_hash(const struct space_rule *rule)
{
	uint64_t hash = rule->allow;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		hash = (hash ^ set_hash(rule->field[f])) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static bool product_equal(const struct space_rule *a, const struct space_rule *b)
{
	if (a->allow != b->allow)
		return false;
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (!set_equal(a->field[f], b->field[f]))
			return false;
	return true;
}

void diff_list_add(struct diff_list *list, const struct space_rule *rule)
{
	struct space_rule copy = *rule;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (set_is_empty(rule->field[f]))
			return;
	copy.id = rule->id << 1 | 1;
	vec_push(list, copy);
}

/* ---- what both have ---- */

struct entry {
	uint64_t hash;
	uint32_t index;
	uint8_t side;
	bool allow, changed, spare; /* spare: the same list has it before */
};

struct entries {
	VEC(struct entry) list;
	const struct diff_list *lists;
	const char *const *zones; /* whose each list is; NULL: all are held against all */
	uint8_t old;              /* lists before this are the old policy's */
};

static const struct space_rule *entry_rule(const struct entries *entries, const struct entry *entry)
{
	return &entries->lists[entry->side].data[entry->index];
}

static int entry_order(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->side != b->side)
		return a->side < b->side ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static void entries_make(struct entries *entries, const struct diff_list *lists, size_t sides,
			 size_t old)
{
	*entries = (struct entries){ .list = VEC_INIT, .lists = lists, .old = (uint8_t)old };
	for (size_t side = 0; side < sides; side++)
		for (size_t i = 0; i < lists[side].len; i++)
			vec_push(&entries->list,
				 ((struct entry){ product_hash(&lists[side].data[i]), (uint32_t)i,
						  (uint8_t)side, lists[side].data[i].allow, true,
						  false }));
	if (entries->list.len > 0)
		qsort(entries->list.data, entries->list.len, sizeof(struct entry), entry_order);
}

/* They are what the two policies say of one place. */
static bool entries_face(const struct entries *entries, const struct entry *a,
			 const struct entry *b)
{
	if ((a->side < entries->old) == (b->side < entries->old))
		return false;
	if (entries->zones == NULL)
		return true;
	const char *zone = entries->zones[a->side], *other = entries->zones[b->side];
	return zone == NULL || other == NULL || strcmp(zone, other) == 0;
}

/* Entries of one digest, nearly always equal ones: two. */
static void entries_settle(struct entries *entries, size_t from, size_t to)
{
	struct entry *entry = entries->list.data;

	for (size_t i = from; i < to; i++)
		for (size_t k = from; k < i; k++) {
			if (!product_equal(entry_rule(entries, &entry[i]),
					   entry_rule(entries, &entry[k])))
				continue;
			if (entry[i].side == entry[k].side)
				entry[i].spare = true;
			else if (entries_face(entries, &entry[i], &entry[k]))
				entry[i].changed = entry[k].changed = false;
		}
}

static void entries_pair(struct entries *entries)
{
	for (size_t from = 0, to; from < entries->list.len; from = to) {
		for (to = from; to < entries->list.len &&
				entries->list.data[to].hash == entries->list.data[from].hash;)
			to++;
		entries_settle(entries, from, to);
	}
}

/* ---- what can matter ---- */

struct hull {
	const struct set *field[FIELD_COUNT];
};

static struct hull entries_hull(const struct entries *entries, struct arena *arena)
{
	struct hull hull;

	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		struct range_list ranges = VEC_INIT;
		for (size_t i = 0; i < entries->list.len; i++) {
			if (!entries->list.data[i].changed)
				continue;
			const struct set *set = entry_rule(entries, &entries->list.data[i])->field[f];
			for (size_t r = 0; r < set->len; r++)
				vec_push(&ranges, set->range[r]);
		}
		hull.field[f] = set_from_ranges(arena, ranges.data, ranges.len);
		vec_free(&ranges);
	}
	return hull;
}

static bool hull_meets(const struct hull *hull, const struct space_rule *rule)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (!set_overlaps(hull->field[f], rule->field[f]))
			return false;
	return true;
}

/* Takes the entries of one side that are of a kind, in their order. */
static void list_take(struct diff_list *to, const struct entries *entries, uint8_t side,
		      const struct hull *hull, bool allow, bool changed)
{
	for (size_t i = 0; i < entries->list.len; i++) {
		const struct entry *entry = &entries->list.data[i];
		if (entry->side != side || entry->spare || entry->changed != changed ||
		    entry->allow != allow)
			continue;
		struct space_rule rule = *entry_rule(entries, entry);
		if (!changed && hull != NULL && !hull_meets(hull, &rule))
			continue;
		rule.id = (rule.id & ~UINT32_C(1)) | changed;
		vec_push(to, rule);
	}
}

static struct diff_list list_arrange(const struct entries *entries, uint8_t side,
				     const struct hull *hull)
{
	struct diff_list arranged = VEC_INIT;

	for (int allow = 0; allow < 2; allow++)
		for (int changed = 1; changed >= 0; changed--)
			list_take(&arranged, entries, side, hull, allow, changed);
	return arranged;
}

size_t diff_lists_reduce(struct diff_list lists[DIFF_SIDES], struct arena *arena)
{
	struct entries entries;
	size_t changed = 0;

	entries_make(&entries, lists, DIFF_SIDES, 1);
	entries_pair(&entries);
	for (size_t i = 0; i < entries.list.len; i++)
		changed += entries.list.data[i].changed && !entries.list.data[i].spare;
	if (changed > 0) {
		struct hull hull = entries_hull(&entries, arena);
		struct diff_list arranged[DIFF_SIDES];
		for (uint8_t side = 0; side < DIFF_SIDES; side++)
			arranged[side] = list_arrange(&entries, side, &hull);
		for (int side = 0; side < DIFF_SIDES; side++) {
			vec_free(&lists[side]);
			lists[side] = arranged[side];
		}
	}
	vec_free(&entries.list);
	return changed;
}

void diff_lists_sort(struct diff_list *lists, const char *const *zones, size_t old, size_t count)
{
	struct diff_list arranged[SPACE_LISTS];
	struct entries entries;

	entries_make(&entries, lists, count, old);
	entries.zones = zones;
	entries_pair(&entries);
	for (size_t i = 0; i < count; i++)
		arranged[i] = list_arrange(&entries, (uint8_t)i, NULL);
	for (size_t i = 0; i < count; i++) {
		vec_free(&lists[i]);
		lists[i] = arranged[i];
	}
	vec_free(&entries.list);
}
