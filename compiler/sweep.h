/* SPDX-License-Identifier: Apache-2.0
 *
 * The joint partition: one sweep of a box of the packet space, field after
 * field, into regions that the same rules hold. compiler/space and the checks
 * of rules tell it when a region needs no further cutting.
 *
 * In each field the edges of the rules that do not span it cut the box into
 * stretches; stretches held by the same rules are one region, so a rule of
 * many addresses costs one region and not one each. A region's rules are
 * those filtered to it, in their order: the work is near n log n in the number
 * of ranges where rules are mostly disjoint, exponential in the number of
 * fields at worst, and bounded by a budget of regions. */
#ifndef COMPILER_SWEEP_H
#define COMPILER_SWEEP_H

#include "base/vec.h"
#include "compiler/space.h"

/* One rule that meets the box. */
struct sweep_item {
	const struct space_rule *rule;
	uint16_t spanning; /* bit per field: it spans the box there */
	uint8_t depth;     /* it spans the box in this field and all after it */
	uint8_t side;      /* the caller's */
};

struct sweep;

/* Judges one region. `items` are indexes of the items that meet it, ascending;
 * those whose depth is at most `field` hold all of it. May drop items in place
 * and returns how many are left, or 0 where nothing is left to be cut. When
 * all items hold the region it must return 0. */
typedef size_t sweep_judge(struct sweep *sweep, uint32_t *items, size_t len, unsigned field);

struct sweep_level;

struct sweep {
	struct space_box box;
	sweep_judge *judge;
	void *context;
	VEC(struct sweep_item) items;
	struct space_region region; /* the one being judged; of fields not yet cut the whole box */
	uint64_t regions, budget;
	bool stop;                  /* set by the judge: enough is known */
	struct sweep_level *levels; /* one a field: scratch, kept between regions */
};

/* budget 0: the default. */
void sweep_init(struct sweep *sweep, const struct space_box *box, uint64_t budget);
void sweep_release(struct sweep *sweep);
/* Adds the rules of a list that meet the box, in order. */
void sweep_add(struct sweep *sweep, const struct space_list *list, uint8_t side);
/* False if the budget was used up. */
bool sweep_run(struct sweep *sweep, sweep_judge *judge, void *context);

/* For judges of one first-match list, items[begin..len), that ends in deny: how
 * far its items can decide something, and which verdicts they can come to. */
struct sweep_list {
	const uint32_t *items;
	size_t begin, len;
};
size_t sweep_reduce(const struct sweep *sweep, const struct sweep_list *list, unsigned field,
		    bool can[2]);


#endif
