/* SPDX-License-Identifier: Apache-2.0
 *
 * The packet space, and the two engines that compare what two first-match
 * rule lists do in it: exact, without sampling.
 *
 * A point of the space is one new flow of one address family: a number a
 * field. A rule is a product of sets, one a field; a list decides a point by
 * its first rule that holds it, or by `otherwise`. */
#ifndef COMPILER_SPACE_H
#define COMPILER_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/set.h"

/* The order is the cutting order of both engines (measured: protocol,
 * destination, source, ports is best). */
enum field {
	FIELD_PROTOCOL,    /* IP protocol number 0..255 */
	FIELD_DESTINATION, /* address of the family */
	FIELD_SOURCE,
	FIELD_DST_PORT,    /* destination port; ICMP: code; else 0 */
	FIELD_SRC_PORT,    /* source port; ICMP: type; else 0 */
	FIELD_OPERATION,   /* content: see compiler/model.h; 0..UINT32_MAX */
	FIELD_UNIT,        /* what the content is for and done to; 0..UINT32_MAX each */
	FIELD_OBJECT,
	FIELD_CELL,        /* cell of activity (time, and mode where several) 0..UINT32_MAX */
	FIELD_COUNT,
};

struct space_rule {
	bool allow;
	const struct set *field[FIELD_COUNT]; /* never empty */
	uint32_t id; /* the caller's: names the rule in differences */
};

struct space_list {
	const struct space_rule *rules;
	size_t len;
	bool otherwise; /* the verdict where no rule matches */
};

/* What several lists let through together: what all lists of one of its terms
 * allow. An intersection is one term, a union a term a list. */
struct space_side {
	const struct space_list *lists;
	const uint8_t *terms; /* by list: its term, ascending from 0; NULL: all are of one */
	size_t count;
};
enum { SPACE_LISTS = 64 }; /* both sides together have no more */

struct space_box {
	struct range field[FIELD_COUNT];
};

/* A product of ranges, a list of them a field. */
struct space_region {
	const struct range *range[FIELD_COUNT];
	size_t len[FIELD_COUNT];
};

/* The whole space of a family. */
struct space_box space_box_all(enum family family);

#define SPACE_NO_RULE UINT32_MAX /* `otherwise` decided */

/* A region on which the two sides decide differently, and by which rules: of
 * several lists that of one that settles it. */
struct space_difference {
	const struct space_region *region; /* valid during the call */
	bool left_allows; /* and right does not; false: the other way round */
	uint32_t left_rule, right_rule;
};

enum space_result {
	SPACE_EQUAL,     /* as to the kinds of difference that are asked for */
	SPACE_DIFFERENT, /* where the budget was used up, not all may be reported */
	SPACE_UNDECIDED, /* the region budget was used up: "not proved" */
};

/* Kinds of difference, by the side that allows: bits. */
enum { SPACE_LEFT = 1, SPACE_RIGHT = 2, SPACE_EITHER = SPACE_LEFT | SPACE_RIGHT };

/* Called for each difference; returns the kinds that are asked for from then on:
 * none ends it. Where no difference of these kinds can be nothing is cut. */
typedef unsigned space_report(void *context, const struct space_difference *difference);

struct space_listener {
	unsigned kinds; /* asked for at first */
	space_report *report;
	void *context;
};

/* Joint partition of `box`: depth first, carrying both lists filtered to the
 * box; a leaf where both lists are the same or one rule decides on both sides;
 * else cut at a rule's edge. `budget` bounds the number of regions (0: the
 * default). Every difference of the kinds asked for is reported; regions are
 * disjoint. */
enum space_result space_compare_sides(const struct space_side *left,
				      const struct space_side *right,
				      const struct space_box *box, uint64_t budget,
				      const struct space_listener *listener);
/* The same where each side is one list. */
enum space_result space_compare(const struct space_list *left,
				const struct space_list *right,
				const struct space_box *box, uint64_t budget,
				const struct space_listener *listener);

/* Calls `each` for the boxes of a region until it returns false. */
typedef bool space_each(void *context, const struct space_box *box);
bool space_region_boxes(const struct space_region *region, space_each *each, void *context);
/* The least box of a region. */
struct space_box space_region_first(const struct space_region *region);

/* The first rule that holds a point: its id, or SPACE_NO_RULE; *allows is the verdict. */
uint32_t space_decide(const struct space_list *list, const u128 point[FIELD_COUNT],
		      bool *allows);

/* ---- interval decision diagrams ---- */

struct diagram;      /* hash-consed store of nodes, one level a field */
typedef uint32_t diagram_node;
enum { DIAGRAM_DENY = 0, DIAGRAM_ALLOW = 1 };

struct diagram *diagram_create(enum family family);
void diagram_destroy(struct diagram *diagram);
/* By divide and conquer over the list. Two lists decide alike everywhere iff
 * their nodes are equal. False when `budget` nodes (0: the default) are used up. */
bool diagram_build(struct diagram *diagram, const struct space_list *list,
		   uint64_t budget, diagram_node *out);
/* The same for what several lists let through together. */
bool diagram_build_side(struct diagram *diagram, const struct space_side *side,
			uint64_t budget, diagram_node *out);
bool diagram_decide(const struct diagram *diagram, diagram_node node,
		    const u128 point[FIELD_COUNT]);
/* A point decided differently by two nodes that are not equal. */
bool diagram_difference(const struct diagram *diagram, diagram_node left,
			diagram_node right, u128 point[FIELD_COUNT]);

#endif
