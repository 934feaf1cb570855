/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical, immutable sets of numbers. Every operation is one walk over both
 * sets in order; it runs twice, first to count, so that a set takes exactly
 * the room it needs. Ranges are appended in ascending order throughout. */
#include "config.h"
#include "compiler/set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Where a walk puts its ranges: only counted while `out` is NULL. */
struct set_sink {
	struct range *out;
	size_t len;
	struct range last;
};

static bool range_joins(struct range left, struct range right)
{
	return right.lo <= left.hi || right.lo - 1 == left.hi;
}

static void set_append(struct set_sink *sink, u128 lo, u128 hi)
{
	struct range next = { lo, hi };

	if (sink->len > 0 && range_joins(sink->last, next)) {
		if (hi > sink->last.hi)
			sink->last.hi = hi;
	} else {
		sink->last = next;
		sink->len++;
	}
	if (sink->out != NULL)
		sink->out[sink->len - 1] = sink->last;
}

typedef void set_walk(struct set_sink *sink, const struct set *a, const struct set *b);

static struct set *set_alloc(struct arena *arena, size_t len)
{
	struct set *set =
		arena_alloc(arena, sizeof(struct set) + len * sizeof(struct range));
	set->len = len;
	return set;
}

static const struct set *set_build(struct arena *arena, set_walk *walk,
				   const struct set *a, const struct set *b)
{
	struct set_sink sink = { 0 };

	walk(&sink, a, b);
	if (sink.len == 0)
		return set_empty();
	struct set *set = set_alloc(arena, sink.len);
	sink = (struct set_sink){ .out = set->range };
	walk(&sink, a, b);
	return set;
}

const struct set *set_empty(void)
{
	static const struct set empty = { 0 };
	return &empty;
}

const struct set *set_one(struct arena *arena, u128 lo, u128 hi)
{
	struct set *set = set_alloc(arena, 1);

	set->range[0] = (struct range){ lo, hi };
	return set;
}

static int range_by_lo(const void *left, const void *right)
{
	const struct range *a = left, *b = right;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

static void set_sort(struct range *ranges, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (ranges[i - 1].lo > ranges[i].lo) {
			qsort(ranges, len, sizeof(*ranges), range_by_lo);
			return;
		}
}

const struct set *set_from_ranges(struct arena *arena, struct range *ranges, size_t len)
{
	struct set_sink sink = { .out = ranges };

	set_sort(ranges, len);
	for (size_t i = 0; i < len; i++)
		set_append(&sink, ranges[i].lo, ranges[i].hi);
	if (sink.len == 0)
		return set_empty();
	struct set *set = set_alloc(arena, sink.len);
	memcpy(set->range, ranges, sink.len * sizeof(*ranges));
	return set;
}

static void set_walk_union(struct set_sink *sink, const struct set *a, const struct set *b)
{
	size_t i = 0, j = 0;

	while (i < a->len || j < b->len) {
		bool left = j == b->len ||
			    (i < a->len && a->range[i].lo <= b->range[j].lo);
		struct range next = left ? a->range[i++] : b->range[j++];
		set_append(sink, next.lo, next.hi);
	}
}

static void set_walk_intersect(struct set_sink *sink, const struct set *a,
			       const struct set *b)
{
	size_t i = 0, j = 0;

	while (i < a->len && j < b->len) {
		struct range p = a->range[i], q = b->range[j];
		u128 lo = p.lo > q.lo ? p.lo : q.lo;
		u128 hi = p.hi < q.hi ? p.hi : q.hi;
		if (lo <= hi)
			set_append(sink, lo, hi);
		if (p.hi < q.hi)
			i++;
		else
			j++;
	}
}

/* What the ranges of `b` from *j on leave of one range. */
static void set_cut(struct set_sink *sink, struct range rest, const struct set *b, size_t *j)
{
	while (*j < b->len && b->range[*j].hi < rest.lo)
		++*j;
	for (size_t k = *j; k < b->len && b->range[k].lo <= rest.hi; k++) {
		if (b->range[k].lo > rest.lo)
			set_append(sink, rest.lo, b->range[k].lo - 1);
		if (b->range[k].hi >= rest.hi)
			return;
		rest.lo = b->range[k].hi + 1;
		*j = k;
	}
	set_append(sink, rest.lo, rest.hi);
}

static void set_walk_subtract(struct set_sink *sink, const struct set *a,
			      const struct set *b)
{
	size_t j = 0;

	for (size_t i = 0; i < a->len; i++)
		set_cut(sink, a->range[i], b, &j);
}

const struct set *set_union(struct arena *arena, const struct set *a, const struct set *b)
{
	if (set_is_subset(b, a))
		return a;
	if (set_is_subset(a, b))
		return b;
	return set_build(arena, set_walk_union, a, b);
}

const struct set *set_intersect(struct arena *arena, const struct set *a, const struct set *b)
{
	if (set_is_subset(a, b))
		return a;
	if (set_is_subset(b, a))
		return b;
	return set_build(arena, set_walk_intersect, a, b);
}

const struct set *set_subtract(struct arena *arena, const struct set *a, const struct set *b)
{
	if (!set_overlaps(a, b))
		return a;
	return set_build(arena, set_walk_subtract, a, b);
}

bool set_is_empty(const struct set *set)
{
	return set->len == 0;
}

bool set_equal(const struct set *a, const struct set *b)
{
	return a == b || (a->len == b->len && set_compare(a, b) == 0);
}

/* The first range that ends at `value` or later; set->len if there is none. */
static size_t set_find(const struct set *set, u128 value)
{
	size_t lo = 0, hi = set->len;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (set->range[middle].hi < value)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

bool set_contains(const struct set *set, u128 value)
{
	return set_covers_range(set, value, value);
}

bool set_overlaps_range(const struct set *set, u128 lo, u128 hi)
{
	size_t i = set_find(set, lo);
	return i < set->len && set->range[i].lo <= hi;
}

bool set_covers_range(const struct set *set, u128 lo, u128 hi)
{
	size_t i = set_find(set, lo);
	return i < set->len && set->range[i].lo <= lo && hi <= set->range[i].hi;
}

bool set_is_subset(const struct set *inner, const struct set *outer)
{
	size_t j = 0;

	if (inner == outer)
		return true;
	for (size_t i = 0; i < inner->len; i++) {
		while (j < outer->len && outer->range[j].hi < inner->range[i].lo)
			j++;
		if (j == outer->len || outer->range[j].lo > inner->range[i].lo ||
		    outer->range[j].hi < inner->range[i].hi)
			return false;
	}
	return true;
}

bool set_overlaps(const struct set *a, const struct set *b)
{
	size_t i = 0, j = 0;

	while (i < a->len && j < b->len) {
		if (a->range[i].hi < b->range[j].lo)
			i++;
		else if (b->range[j].hi < a->range[i].lo)
			j++;
		else
			return true;
	}
	return false;
}

u128 set_size(const struct set *set)
{
	u128 size = 0;

	for (size_t i = 0; i < set->len; i++) {
		u128 steps = set->range[i].hi - set->range[i].lo;
		if (__builtin_add_overflow(size, steps, &size) ||
		    __builtin_add_overflow(size, 1, &size))
			return ~(u128)0;
	}
	return size;
}

u128 set_min(const struct set *set)
{
	return set->range[0].lo;
}

static int u128_compare(u128 a, u128 b)
{
	return (a > b) - (a < b);
}

int set_compare(const struct set *a, const struct set *b)
{
	size_t common = a->len < b->len ? a->len : b->len;

	for (size_t i = 0; i < common; i++) {
		int order = u128_compare(a->range[i].lo, b->range[i].lo);
		if (order == 0)
			order = u128_compare(a->range[i].hi, b->range[i].hi);
		if (order != 0)
			return order;
	}
	return (a->len > b->len) - (a->len < b->len);
}

static uint64_t hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

uint64_t set_hash(const struct set *set)
{
	uint64_t hash = set->len;

	for (size_t i = 0; i < set->len; i++) {
		hash = hash_mix(hash, (uint64_t)set->range[i].lo);
		hash = hash_mix(hash, (uint64_t)(set->range[i].lo >> 64));
		hash = hash_mix(hash, (uint64_t)set->range[i].hi);
		hash = hash_mix(hash, (uint64_t)(set->range[i].hi >> 64));
	}
	return hash;
}

/* ---- addresses of both families ---- */

struct address_set address_set_empty(void)
{
	return (struct address_set){ { set_empty(), set_empty() } };
}

struct address_set address_set_all(struct arena *arena)
{
	struct address_set all;

	for (int f = 0; f < FAMILY_COUNT; f++)
		all.family[f] = set_one(arena, 0, address_max((enum family)f));
	return all;
}

struct address_set address_set_range(struct arena *arena, struct address_range range)
{
	struct address_set set = address_set_empty();

	set.family[range.family] = set_one(arena, range.lo, range.hi);
	return set;
}

void address_ranges_add(struct address_ranges *ranges, struct address_set set)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; i < set.family[f]->len; i++)
			vec_push(ranges, ((struct address_range){ set.family[f]->range[i].lo,
								  set.family[f]->range[i].hi,
								  (enum family)f }));
}

struct address_set address_set_from_ranges(struct arena *arena,
					   const struct address_range *ranges, size_t len)
{
	struct address_set set;
	struct range *part = memory_array(len + 1, sizeof(*part));

	for (int f = 0; f < FAMILY_COUNT; f++) {
		size_t count = 0;
		for (size_t i = 0; i < len; i++)
			if (ranges[i].family == (enum family)f)
				part[count++] = (struct range){ ranges[i].lo, ranges[i].hi };
		set.family[f] = set_from_ranges(arena, part, count);
	}
	free(part);
	return set;
}

struct address_set address_set_union(struct arena *arena, struct address_set a,
				     struct address_set b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		a.family[f] = set_union(arena, a.family[f], b.family[f]);
	return a;
}

struct address_set address_set_intersect(struct arena *arena, struct address_set a,
					 struct address_set b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		a.family[f] = set_intersect(arena, a.family[f], b.family[f]);
	return a;
}

struct address_set address_set_subtract(struct arena *arena, struct address_set a,
					struct address_set b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		a.family[f] = set_subtract(arena, a.family[f], b.family[f]);
	return a;
}

bool address_set_is_empty(struct address_set set)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!set_is_empty(set.family[f]))
			return false;
	return true;
}

bool address_set_equal(struct address_set a, struct address_set b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!set_equal(a.family[f], b.family[f]))
			return false;
	return true;
}

bool address_set_is_subset(struct address_set inner, struct address_set outer)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (!set_is_subset(inner.family[f], outer.family[f]))
			return false;
	return true;
}

bool address_set_overlaps(struct address_set a, struct address_set b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (set_overlaps(a.family[f], b.family[f]))
			return true;
	return false;
}

bool address_set_contains(struct address_set set, struct address address)
{
	return set_contains(set.family[address.family], address.value);
}
