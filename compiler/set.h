/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical, immutable sets of numbers: sorted, disjoint, non-adjacent closed
 * ranges. Addresses of one family, ports, operations and cells of activity are
 * all such sets; every set operation of the program is here.
 *
 * Sets live in an arena and are never changed after they are made, so they may
 * be shared. The empty set has len 0. Two sets are equal iff their ranges are. */
#ifndef COMPILER_SET_H
#define COMPILER_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/vec.h"

struct range {
	u128 lo, hi; /* lo <= hi, both inside */
};

struct set {
	size_t len;
	struct range range[];
};

const struct set *set_empty(void);
const struct set *set_one(struct arena *arena, u128 lo, u128 hi);
/* Any ranges in any order; O(n log n). Reorders the caller's array. */
const struct set *set_from_ranges(struct arena *arena, struct range *ranges, size_t len);

/* All O(n + m). They return one of their arguments where that is the answer. */
const struct set *set_union(struct arena *arena, const struct set *a, const struct set *b);
const struct set *set_intersect(struct arena *arena, const struct set *a, const struct set *b);
const struct set *set_subtract(struct arena *arena, const struct set *a, const struct set *b);

bool set_is_empty(const struct set *set);
bool set_equal(const struct set *a, const struct set *b);
bool set_contains(const struct set *set, u128 value);           /* O(log n) */
bool set_is_subset(const struct set *inner, const struct set *outer);
bool set_overlaps(const struct set *a, const struct set *b);
bool set_overlaps_range(const struct set *set, u128 lo, u128 hi); /* O(log n) */
bool set_covers_range(const struct set *set, u128 lo, u128 hi);   /* O(log n) */
/* Number of members, saturating at the type's maximum. */
u128 set_size(const struct set *set);
u128 set_min(const struct set *set); /* of a set that is not empty */
int set_compare(const struct set *a, const struct set *b); /* a total order */
uint64_t set_hash(const struct set *set);

/* Addresses of both families. */
struct address_set {
	const struct set *family[FAMILY_COUNT];
};

struct address_set address_set_empty(void);
struct address_set address_set_all(struct arena *arena);
struct address_set address_set_range(struct arena *arena, struct address_range range);
struct address_set address_set_from_ranges(struct arena *arena,
					   const struct address_range *ranges, size_t len);
/* Adds the ranges of a set: the union of many sets is made of a list of them, for
 * one by one each union would copy what there is so far. */
VEC_TYPE(address_ranges, struct address_range);
void address_ranges_add(struct address_ranges *ranges, struct address_set set);
struct address_set address_set_union(struct arena *arena, struct address_set a,
				     struct address_set b);
struct address_set address_set_intersect(struct arena *arena, struct address_set a,
					 struct address_set b);
struct address_set address_set_subtract(struct arena *arena, struct address_set a,
					struct address_set b);
bool address_set_is_empty(struct address_set set);
bool address_set_equal(struct address_set a, struct address_set b);
bool address_set_is_subset(struct address_set inner, struct address_set outer);
bool address_set_overlaps(struct address_set a, struct address_set b);
bool address_set_contains(struct address_set set, struct address address);

#endif
