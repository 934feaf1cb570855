/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy's products laid flat: no destination is located any more, for another
 * policy may locate it elsewhere. A directed broadcast is a host to all but its own
 * zone. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>

enum { PLACE = 256 };

static int broadcast_order(const void *left, const void *right)
{
	const struct diff_broadcast *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static void flat_broadcasts(struct diff_flat *flat)
{
	const struct model *model = flat->space->model[flat->side];
	size_t kept = 0;

	for (size_t z = 0; z < model->zone_count; z++) {
		const struct set *set = model->zones[z].broadcast.family[flat->family];
		for (size_t i = 0; i < set->len; i++)
			for (u128 a = set->range[i].lo; a <= set->range[i].hi; a++)
				vec_push(&flat->broadcasts,
					 ((struct diff_broadcast){
						 a, model->zones[z].owned.family[flat->family] }));
	}
	if (flat->broadcasts.len > 0)
		qsort(flat->broadcasts.data, flat->broadcasts.len, sizeof(struct diff_broadcast),
		      broadcast_order);
	for (size_t i = 0; i < flat->broadcasts.len; i++) {
		struct diff_broadcast one = flat->broadcasts.data[i];
		if (kept > 0 && flat->broadcasts.data[kept - 1].address == one.address)
			flat->broadcasts.data[kept - 1].owners = set_union(
				flat->space->arena, flat->broadcasts.data[kept - 1].owners, one.owners);
		else
			flat->broadcasts.data[kept++] = one;
	}
	flat->broadcasts.len = kept;
}

static void flat_push(struct diff_flat *flat, const struct space_rule *rule, zone_id at)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (set_is_empty(rule->field[f]))
			return;
	vec_push(&flat->products, ((struct diff_product){ *rule, at }));
}

/* The first broadcast at `from` or behind it. */
static size_t flat_broadcast_from(const struct diff_flat *flat, u128 from)
{
	size_t lo = 0, hi = flat->broadcasts.len;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (flat->broadcasts.data[middle].address < from)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

/* To who sends from the broadcast's own zone it is no address of a host: that is told
 * by the products located there. Few senders are in the zone that a rule goes to. */
static void flat_unicast(struct diff_flat *flat, struct space_rule rule)
{
	const struct set *to = rule.field[FIELD_DESTINATION], *from = rule.field[FIELD_SOURCE];
	struct range_list ranges = VEC_INIT;

	for (size_t r = 0; r < to->len; r++)
		for (size_t i = flat_broadcast_from(flat, to->range[r].lo);
		     i < flat->broadcasts.len && flat->broadcasts.data[i].address <= to->range[r].hi;
		     i++) {
			const struct diff_broadcast *broadcast = &flat->broadcasts.data[i];
			if (!set_overlaps(from, broadcast->owners))
				continue;
			struct space_rule others = rule;
			others.field[FIELD_SOURCE] =
				set_subtract(flat->space->arena, from, broadcast->owners);
			others.field[FIELD_DESTINATION] = set_one(
				flat->space->arena, broadcast->address, broadcast->address);
			flat_push(flat, &others, ZONE_NONE);
			vec_push(&ranges, ((struct range){ broadcast->address, broadcast->address }));
		}
	if (ranges.len > 0)
		rule.field[FIELD_DESTINATION] = set_subtract(
			flat->space->arena, to,
			set_from_ranges(flat->space->arena, ranges.data, ranges.len));
	vec_free(&ranges);
	flat_push(flat, &rule, ZONE_NONE);
}

static const struct set *protocols_back(struct arena *arena, const struct set *protocols,
					size_t place)
{
	struct range *ranges = arena_array(arena, protocols->len, sizeof(*ranges));

	for (size_t i = 0; i < protocols->len; i++)
		ranges[i] = (struct range){ protocols->range[i].lo - place * PLACE,
					    protocols->range[i].hi - place * PLACE };
	return set_from_ranges(arena, ranges, protocols->len);
}

static void flat_group(struct diff_flat *flat, struct space_rule rule, size_t place)
{
	const struct zone *zone = &flat->space->model[flat->side]->zones[place - 1];
	bool declared = set_overlaps(rule.field[FIELD_DESTINATION],
				     zone->multicast.family[flat->family]);

	rule.field[FIELD_PROTOCOL] =
		protocols_back(flat->space->arena, rule.field[FIELD_PROTOCOL], place);
	flat_push(flat, &rule, declared ? (zone_id)(place - 1) : ZONE_NONE);
}

void diff_flat_make(struct diff_flat *flat)
{
	const struct policy_products *products =
		&flat->space->space[flat->side].products[flat->family];
	/* Senders that tell no zone, or are none. */
	const struct set *silent = flat->space->space[flat->side].nowhere.family[flat->family];

	flat_broadcasts(flat);
	for (size_t i = 0; i < products->len; i++) {
		struct space_rule rule = products->data[i];
		size_t place = (size_t)(set_min(rule.field[FIELD_PROTOCOL]) / PLACE);
		rule.field[FIELD_OPERATION] = diff_protocols_joint(flat->space, flat->side,
								   rule.field[FIELD_OPERATION]);
		rule.field[FIELD_SOURCE] = set_subtract(flat->space->arena,
							rule.field[FIELD_SOURCE], silent);
		if (place == 0)
			flat_unicast(flat, rule);
		else
			flat_group(flat, rule, place);
	}
}

void diff_flat_release(struct diff_flat *flat)
{
	vec_free(&flat->broadcasts);
	vec_free(&flat->products);
}
