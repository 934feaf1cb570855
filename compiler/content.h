/* SPDX-License-Identifier: Apache-2.0
 *
 * Contents of flows: an operation, the unit it is for and the object it is done
 * to. Where no rule names a parameter all units and objects stay together, and
 * this is no more than algebra on sets of operations.
 *
 * Like sets, contents live in an arena and are never changed. */
#ifndef COMPILER_CONTENT_H
#define COMPILER_CONTENT_H

#include "compiler/set.h"

enum content_field { CONTENT_OPERATION, CONTENT_UNIT, CONTENT_OBJECT, CONTENT_FIELDS };

/* A product. */
struct content {
	const struct set *field[CONTENT_FIELDS];
};

/* A union of products, disjoint and none of them empty. */
struct contents {
	const struct content *parts;
	size_t len;
};

struct match;

struct content content_all(struct arena *arena);
struct content content_of(const struct match *match);
bool content_is_empty(const struct content *content);
bool content_equal(const struct content *a, const struct content *b);
bool content_overlaps(const struct content *a, const struct content *b);

struct contents contents_none(void);
struct contents contents_of(struct arena *arena, struct content content);
/* Each O(parts of one side times those of the other), and their sets. */
struct contents contents_add(struct arena *arena, struct contents contents,
			     struct content content);
struct contents contents_subtract(struct arena *arena, struct contents contents,
				  struct content content);
struct contents contents_intersect(struct arena *arena, struct contents a, struct contents b);
bool contents_overlap(struct contents contents, const struct content *content);
bool contents_are_empty(struct contents contents);
bool contents_hold(struct contents contents, const u128 point[CONTENT_FIELDS]);

#endif
