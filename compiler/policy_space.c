/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole policy as products. Products of one rule stand beside each other. */
#include "config.h"
#include "compiler/policy_space.h"

enum { PLACE = 256 };

static struct address_set policy_groups(struct arena *arena)
{
	struct address_range ranges[] = {
		{ 0, 0, FAMILY_IPV4 },
		{ 0xe0000000, 0xefffffff, FAMILY_IPV4 }, /* 224.0.0.0/4 */
		{ 0xffffffff, 0xffffffff, FAMILY_IPV4 },
		{ 0xa9fe0000, 0xa9feffff, FAMILY_IPV4 }, /* 169.254.0.0/16 */
		{ 0, 0, FAMILY_IPV6 },
		{ (u128)0xff << 120, ~(u128)0, FAMILY_IPV6 },
		{ (u128)0xfe80 << 112, ((u128)0xfec0 << 112) - 1, FAMILY_IPV6 },
	};
	return address_set_from_ranges(arena, ranges, sizeof(ranges) / sizeof(*ranges));
}

/* Groups that no zone declares, and the zone's own broadcasts. */
static void policy_locate_groups(struct policy_space *space)
{
	const struct model *model = space->model;
	struct address_ranges declared = VEC_INIT;

	space->nowhere = policy_groups(&space->arena);
	space->local = arena_array(&space->arena, model->zone_count, sizeof(*space->local));
	for (size_t z = 0; z < model->zone_count; z++)
		address_ranges_add(&declared, model->zones[z].multicast);
	struct address_set undeclared = address_set_subtract(
		&space->arena, space->nowhere,
		address_set_from_ranges(&space->arena, declared.data, declared.len));
	vec_free(&declared);
	for (size_t z = 0; z < model->zone_count; z++)
		space->local[z] = address_set_union(&space->arena, undeclared,
						    model->zones[z].broadcast);
}

struct space_box policy_space_box(const struct policy_space *space, enum family family)
{
	struct space_box box = space_box_all(family);

	box.field[FIELD_PROTOCOL].hi = (space->model->zone_count + 1) * PLACE - 1;
	box.field[FIELD_CELL].hi = space->cells->count - 1;
	return box;
}

static const struct set *protocols_at(struct arena *arena, const struct set *protocols,
				      size_t place)
{
	struct range *ranges = arena_array(arena, protocols->len, sizeof(*ranges));

	for (size_t i = 0; i < protocols->len; i++)
		ranges[i] = (struct range){ protocols->range[i].lo + place * PLACE,
					    protocols->range[i].hi + place * PLACE };
	return set_from_ranges(arena, ranges, protocols->len);
}

static void product_push(struct policy_products *products, const struct space_rule *rule)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (set_is_empty(rule->field[f]))
			return;
	vec_push(products, *rule);
}

static bool places_hold(struct zone_set zones, size_t zone)
{
	return zone < zones.count && (zones.words[zone / 64] >> zone % 64 & 1) != 0;
}

/* Of the groups that are at one zone, those that a pair goes to. */
static const struct set *groups_at(struct policy_space *space, const struct destination *to,
				   enum family family, size_t zone, const struct set *there)
{
	if (!places_hold(to->zones, zone))
		there = places_hold(to->literal_zones, zone)
				? set_intersect(&space->arena, there, to->literal.family[family])
				: set_empty();
	return set_subtract(&space->arena, there, to->excluded.family[family]);
}

/* What the groups of one part are added to, and from. */
struct group_part {
	struct policy_products *products;
	enum family family;
	const struct policy_part *part;
	struct space_rule product; /* of its unicast destinations */
};

static void policy_add_groups_at(struct policy_space *space, const struct group_part *of, size_t z)
{
	const struct destination *to = &of->part->pair->destination;
	const struct zone *zone = &space->model->zones[z];
	struct space_rule product = of->product;

	product.field[FIELD_PROTOCOL] =
		protocols_at(&space->arena, of->part->match->protocols, z + 1);
	product.field[FIELD_DESTINATION] =
		groups_at(space, to, of->family, z, zone->multicast.family[of->family]);
	product_push(of->products, &product);
	product.field[FIELD_SOURCE] = set_intersect(
		&space->arena, product.field[FIELD_SOURCE], zone->owned.family[of->family]);
	product.field[FIELD_DESTINATION] =
		groups_at(space, to, of->family, z, space->local[z].family[of->family]);
	product_push(of->products, &product);
}

/* Most pairs have groups at few of the zones: those are found by words of bits. */
static void policy_add_groups(struct policy_space *space, const struct group_part *of)
{
	const struct destination *to = &of->part->pair->destination;
	bool literal = !set_is_empty(to->literal.family[of->family]);

	for (size_t word = 0; word < (space->model->zone_count + 63) / 64; word++) {
		uint64_t zones = word * 64 < to->zones.count ? to->zones.words[word] : 0;
		if (literal && word * 64 < to->literal_zones.count)
			zones |= to->literal_zones.words[word];
		for (; zones != 0; zones &= zones - 1)
			policy_add_groups_at(space, of,
					     word * 64 + (size_t)__builtin_ctzll(zones));
	}
}

/* Directed broadcasts stay: from other zones they are addresses like any other. */
static const struct set *policy_unicast(struct policy_space *space, enum family family,
					const struct set *destination)
{
	return set_subtract(&space->arena, destination, space->nowhere.family[family]);
}

void policy_space_add(struct policy_space *space, struct policy_products *products,
		      enum family family, const struct policy_part *part)
{
	const struct match *match = part->match;
	const struct pair *pair = part->pair;

	if (match->ethertype_rule || !match->family[family])
		return;
	struct space_rule product = {
		.allow = part->allow,
		.id = part->id,
		.field = {
			[FIELD_PROTOCOL] = match->protocols,
			[FIELD_DESTINATION] = policy_unicast(
				space, family, pair->destination.unicast.family[family]),
			[FIELD_SOURCE] = pair->source.family[family],
			[FIELD_DST_PORT] = match->dst_ports,
			[FIELD_SRC_PORT] = match->src_ports,
			[FIELD_OPERATION] = match->operations,
			[FIELD_UNIT] = match->units,
			[FIELD_OBJECT] = match->objects,
			[FIELD_CELL] = part->cells,
		},
	};
	product_push(products, &product);
	struct group_part groups = { products, family, part, product };
	policy_add_groups(space, &groups);
}

static void policy_add_rule(struct policy_space *space, const struct rule *rule)
{
	struct policy_part part = {
		.cells = space->cells->active[rule->index],
		.allow = rule->allow,
		.id = rule->index,
	};

	for (size_t p = 0; p < rule->pair_count; p++)
		for (size_t m = 0; m < rule->match_count; m++)
			for (int f = 0; f < FAMILY_COUNT; f++) {
				part.pair = &rule->pairs[p];
				part.match = &rule->matches[m];
				policy_space_add(space, &space->products[f],
						 (enum family)f, &part);
			}
}

void policy_space_init_empty(struct policy_space *space, const struct model *model,
			     const struct policy_cells *cells)
{
	*space = (struct policy_space){ .model = model, .cells = cells };
	arena_init(&space->arena);
	policy_locate_groups(space);
}

void policy_space_init(struct policy_space *space, const struct model *model,
		       const struct policy_cells *cells)
{
	policy_space_init_empty(space, model, cells);
	/* A deny outranks every allow: lists are first match. */
	for (int allow = 0; allow < 2; allow++)
		for (size_t i = 0; i < model->rule_count; i++)
			if (model->rules[i].allow == (bool)allow)
				policy_add_rule(space, &model->rules[i]);
}

void policy_space_release(struct policy_space *space)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		vec_free(&space->products[f]);
	arena_release(&space->arena);
}
