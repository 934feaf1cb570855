/* SPDX-License-Identifier: Apache-2.0
 *
 * A search breadth first over sets of addresses: one sweep a hop finds all that
 * the newly reached addresses can open a flow to. Sets stay as few ranges as
 * the rules that made them, so hosts are never listed one by one. */
#include "config.h"
#include "compiler/reach.h"

#include <stdlib.h>

#include "compiler/sweep.h"

enum { SIDE_SOURCE, SIDE_POLICY, PLACE = 256 };

struct asset_address {
	struct address address;
	const struct asset *asset;
};

VEC_TYPE(address_set_list, struct address_set);

struct reach {
	struct policy_space *space;
	struct arena *arena;
	uint64_t budget;
	VEC(struct asset_address) assets; /* sorted by address */
	struct address_set reached;       /* all so far */
	struct address_set_list levels;   /* what each hop added; [0]: chain starts */
	struct match any;
	const struct set *cells;
	bool complete;
};

static int asset_order(const void *left, const void *right)
{
	const struct asset_address *a = left, *b = right;

	if (a->address.family != b->address.family)
		return a->address.family < b->address.family ? -1 : 1;
	return (a->address.value > b->address.value) - (a->address.value < b->address.value);
}

static void reach_index(struct reach *reach)
{
	const struct model *model = reach->space->model;

	for (size_t i = 0; i < model->asset_count; i++)
		for (size_t a = 0; a < model->assets[i].address_count; a++) {
			struct asset_address one = { model->assets[i].addresses[a],
						     &model->assets[i] };
			vec_push(&reach->assets, one);
		}
	if (reach->assets.len > 0)
		qsort(reach->assets.data, reach->assets.len, sizeof(struct asset_address),
		      asset_order);
}

static const struct asset *reach_asset(const struct reach *reach, struct address address)
{
	struct asset_address key = { address, NULL }, *found = NULL;

	if (reach->assets.len > 0)
		found = bsearch(&key, reach->assets.data, reach->assets.len, sizeof(key),
				asset_order);
	return found ? found->asset : NULL;
}

/* With every address of the assets that the set touches: they are one host. */
static struct address_set reach_hosts(const struct reach *reach, struct address_set set)
{
	const struct model *model = reach->space->model;
	VEC(struct address_range) ranges = VEC_INIT;

	for (size_t i = 0; i < model->asset_count; i++) {
		const struct asset *asset = &model->assets[i];
		if (!address_set_overlaps(asset->set, set))
			continue;
		for (size_t a = 0; a < asset->address_count; a++) {
			struct address one = asset->addresses[a];
			struct address_range range = { one.value, one.value, one.family };
			vec_push(&ranges, range);
		}
	}
	struct address_set whole = address_set_union(
		reach->arena, set,
		address_set_from_ranges(reach->arena, ranges.data, ranges.len));
	vec_free(&ranges);
	return whole;
}

/* ---- one hop ---- */

struct reach_hop {
	struct reach *reach;
	enum family family;
	VEC(struct range) found;
};

/* The addresses of the one host that is all of a region's sources; empty where
 * there are several. */
static const struct set *region_host(const struct reach_hop *hop, const struct range *range,
				     size_t len)
{
	struct address first = { range[0].lo, hop->family };
	const struct asset *asset = reach_asset(hop->reach, first);
	const struct set *self = asset ? asset->set.family[hop->family] : NULL;

	if (self == NULL)
		self = set_one(hop->reach->arena, range[0].lo, range[0].lo);
	for (size_t i = 0; i < len; i++)
		if (!set_covers_range(self, range[i].lo, range[i].hi))
			return set_empty();
	return self;
}

static void hop_take_range(struct reach_hop *hop, const struct set *self, struct range to)
{
	if (!set_overlaps_range(self, to.lo, to.hi)) {
		vec_push(&hop->found, to);
		return;
	}
	struct arena *arena = hop->reach->arena;
	const struct set *rest = set_subtract(arena, set_one(arena, to.lo, to.hi), self);
	for (size_t i = 0; i < rest->len; i++)
		vec_push(&hop->found, rest->range[i]);
}

/* A group at a zone is everybody there. */
static void hop_take_place(struct reach_hop *hop, const struct space_region *region,
			   const struct set *self, size_t place)
{
	const struct range *to = region->range[FIELD_DESTINATION];
	size_t len = region->len[FIELD_DESTINATION];

	if (place > 0) {
		const struct zone *zone = &hop->reach->space->model->zones[place - 1];
		to = zone->owned.family[hop->family]->range;
		len = zone->owned.family[hop->family]->len;
	}
	for (size_t i = 0; i < len; i++)
		hop_take_range(hop, self, to[i]);
}

/* Every flow of the region is allowed: its destinations are reached, but not a
 * host by itself alone. */
static void hop_take(struct reach_hop *hop, const struct space_region *region)
{
	const struct range *range = region->range[FIELD_PROTOCOL];
	const struct set *self = region_host(hop, region->range[FIELD_SOURCE],
					     region->len[FIELD_SOURCE]);
	size_t next = 0;

	for (size_t i = 0; i < region->len[FIELD_PROTOCOL]; i++) {
		size_t place = (size_t)(range[i].lo / PLACE);
		for (place = place < next ? next : place; place <= range[i].hi / PLACE; place++)
			hop_take_place(hop, region, self, place);
		next = place;
	}
}

static size_t hop_judge(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	size_t begin = 0;
	bool from = false, can[2];

	for (; begin < len && sweep->items.data[items[begin]].side == SIDE_SOURCE; begin++)
		from |= sweep->items.data[items[begin]].depth <= field;
	if (begin == 0)
		return 0;
	struct sweep_list list = { items, begin, len };
	len = sweep_reduce(sweep, &list, field, can);
	if (!can[true])
		return 0;
	if (from && !can[false]) {
		hop_take(sweep->context, &sweep->region);
		return 0;
	}
	return len;
}

static const struct set *hop_sweep(struct reach *reach, enum family family,
				   const struct set *sources)
{
	const struct policy_products *policy = &reach->space->products[family];
	struct space_list rules = { policy->data, policy->len, false };
	struct space_box box = policy_space_box(reach->space, family);
	struct reach_hop hop = { .reach = reach, .family = family };
	struct space_rule from = { .allow = true };
	struct space_list asked = { &from, 1, false };
	struct sweep sweep;

	if (set_is_empty(sources))
		return set_empty();
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		from.field[f] = set_one(reach->arena, box.field[f].lo, box.field[f].hi);
	from.field[FIELD_SOURCE] = sources;
	from.field[FIELD_CELL] = reach->cells;
	sweep_init(&sweep, &box, reach->budget);
	sweep_add(&sweep, &asked, SIDE_SOURCE);
	sweep_add(&sweep, &rules, SIDE_POLICY);
	reach->complete &= sweep_run(&sweep, hop_judge, &hop);
	sweep_release(&sweep);
	const struct set *found = set_from_ranges(reach->arena, hop.found.data, hop.found.len);
	vec_free(&hop.found);
	return found;
}

/* What hosts of the newest level open flows to. */
static struct address_set reach_step(struct reach *reach)
{
	struct address_set from = reach->levels.data[reach->levels.len - 1], found;

	for (int f = 0; f < FAMILY_COUNT; f++)
		found.family[f] = hop_sweep(reach, (enum family)f, from.family[f]);
	return found;
}

/* ---- the chain ---- */

static struct address_set reach_one(const struct reach *reach, struct address address)
{
	struct address_range range = { address.value, address.value, address.family };
	return reach_hosts(reach, address_set_range(reach->arena, range));
}

/* One address of a set: an asset's where there is one. */
static struct address reach_pick(const struct reach *reach, struct address_set set)
{
	for (size_t i = 0; i < reach->assets.len; i++)
		if (address_set_contains(set, reach->assets.data[i].address))
			return reach->assets.data[i].address;
	enum family family = set_is_empty(set.family[FAMILY_IPV4]) ? FAMILY_IPV6 : FAMILY_IPV4;
	return (struct address){ set_min(set.family[family]), family };
}

static struct zone_set chain_zones(const struct reach *reach, struct address_set addresses)
{
	const struct model *model = reach->space->model;
	size_t words = (model->zone_count + 63) / 64;
	uint64_t *bits = arena_array(reach->arena, words, sizeof(*bits));

	for (size_t z = 0; z < model->zone_count; z++)
		if (address_set_overlaps(model->zones[z].owned, addresses))
			bits[z / 64] |= UINT64_C(1) << z % 64;
	return (struct zone_set){ bits, model->zone_count };
}

/* A flow from a host of one level to the host that is all of `to`, or to a
 * group in a zone of it. */
static bool chain_flow(struct reach *reach, size_t level, struct address_set to,
		       struct proof_witness *flow)
{
	struct pair pair = {
		.source = address_set_subtract(reach->arena, reach->levels.data[level], to),
		.destination = { .unicast = to, .zones = chain_zones(reach, to),
				 .literal = address_set_empty(),
				 .excluded = address_set_empty() },
	};
	struct question question = { .pair = &pair, .matches = &reach->any,
				     .match_count = 1, .cells = reach->cells };
	return question_prove(reach->space, &question, reach->budget, flow) == PROOF_FAILS;
}

/* Backwards: each flow's source is the destination of the one before it. */
static void chain_make(struct reach *reach, struct address_set target,
		       struct reach_chain *chain)
{
	struct address_set to = reach_one(reach, reach_pick(reach, target));

	chain->len = reach->levels.len;
	chain->flows = arena_array(reach->arena, chain->len, sizeof(*chain->flows));
	for (size_t level = chain->len; level-- > 0;) {
		if (!chain_flow(reach, level, to, &chain->flows[level])) {
			reach->complete = false;
			return;
		}
		to = reach_one(reach, chain->flows[level].flow.source);
	}
}

/* ---- the search ---- */

static void reach_init(struct reach *reach, struct policy_space *space,
		       const struct assertion *assertion)
{
	struct arena *arena = reach->arena;
	struct content all = content_all(arena);

	reach->space = space;
	reach->cells = space->cells->asked[assertion - space->model->assertions];
	reach->complete = true;
	reach->any = (struct match){
		.family = { true, true },
		.protocols = set_one(arena, 0, UINT8_MAX),
		.src_ports = set_one(arena, 0, UINT16_MAX),
		.dst_ports = set_one(arena, 0, UINT16_MAX),
		.operations = all.field[CONTENT_OPERATION],
		.units = all.field[CONTENT_UNIT],
		.objects = all.field[CONTENT_OBJECT],
	};
	reach_index(reach);
}

static bool reach_search(struct reach *reach, const struct assertion *assertion,
			 struct reach_chain *chain)
{
	struct arena *arena = reach->arena;
	struct address_set from = reach_hosts(reach, assertion->pair.source);
	struct address_set to = reach_hosts(reach, assertion->pair.destination.unicast);
	struct address_set broken = address_set_empty();

	if (assertion->via.family[FAMILY_IPV4] != NULL) /* NULL: none was given */
		broken = reach_hosts(reach, assertion->via);
	reach->reached = from;
	for (uint32_t hop = 1; !address_set_is_empty(from); hop++) {
		vec_push(&reach->levels, from);
		struct address_set found = reach_hosts(reach, reach_step(reach));
		struct address_set target = address_set_intersect(arena, found, to);
		if (!address_set_is_empty(target)) {
			chain_make(reach, target, chain);
			return true;
		}
		if (hop == assertion->hops)
			return false;
		from = address_set_subtract(arena, found, reach->reached);
		reach->reached = address_set_union(arena, reach->reached, found);
		from = address_set_subtract(arena, from, broken);
	}
	return false;
}

enum proof reach_prove(struct policy_space *space, const struct assertion *assertion,
		       uint64_t budget, struct arena *arena, struct reach_chain *chain)
{
	struct reach reach = { .arena = arena, .budget = budget };

	*chain = (struct reach_chain){ 0 };
	if (address_set_is_empty(assertion->pair.source) ||
	    address_set_is_empty(assertion->pair.destination.unicast))
		return PROOF_EMPTY;
	reach_init(&reach, space, assertion);
	bool found = reach_search(&reach, assertion, chain);
	vec_free(&reach.assets);
	vec_free(&reach.levels);
	if (!reach.complete)
		return PROOF_UNDECIDED;
	return found ? PROOF_FAILS : PROOF_HOLDS;
}
