/* SPDX-License-Identifier: Apache-2.0
 *
 * Random rules for the small plant, and the plain reading of one rule and one point. */
#include "config.h"
#include "tests/unit/small_plant.h"

#include <string.h>

static uint64_t random_state = 0xfeed;

unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

/* ---- plants ---- */

u128 plant_host(unsigned zone, unsigned n)
{
	return 0x0a000000 + zone * 256 + n;
}

struct address_set plant_addresses(struct arena *arena, struct range *ranges, size_t len)
{
	struct address_set set = address_set_empty();
	set.family[FAMILY_IPV4] = set_from_ranges(arena, ranges, len);
	return set;
}

void plant_zones(struct plant *plant)
{
	struct arena *arena = &plant->arena;

	plant->model.zone_count = ZONES;
	plant->model.zones = arena_array(arena, ZONES, sizeof(struct zone));
	for (unsigned z = 0; z < ZONES; z++) {
		struct zone *zone = &plant->model.zones[z];
		struct range owned = { plant_host(z, 0), plant_host(z, HOSTS_A_ZONE - 1) };
		struct range group = { 0xef000001, 0xef000001 }; /* 239.0.0.1 */
		zone->owned = plant_addresses(arena, &owned, 1);
		/* Zones 0 and 1 declare the same group. */
		zone->multicast = z < 2 ? plant_addresses(arena, &group, 1) : address_set_empty();
		zone->broadcast = address_set_empty();
	}
}

struct address_set plant_random_hosts(struct arena *arena)
{
	struct range ranges[4];
	size_t len = 1 + random_below(4);

	for (size_t i = 0; i < len; i++) {
		unsigned zone = random_below(ZONES), lo = random_below(HOSTS_A_ZONE);
		unsigned hi = lo + random_below(HOSTS_A_ZONE - lo);
		ranges[i] = (struct range){ plant_host(zone, lo), plant_host(zone, hi) };
	}
	return plant_addresses(arena, ranges, len);
}

static struct zone_set random_zones(struct arena *arena)
{
	uint64_t *word = arena_alloc(arena, sizeof(*word));

	*word = random_below(2) ? random_below(1u << ZONES) : 0;
	return (struct zone_set){ word, ZONES };
}

static struct address_set random_groups(struct arena *arena)
{
	unsigned lo = random_below(2), hi = lo + random_below(2 - lo);
	struct range groups = { 0xef000001 + lo, 0xef000001 + hi };

	return plant_addresses(arena, &groups, 1);
}

/* Every operation takes a unit and an object, of values 0 to 9. */
static void plant_protocol(struct plant *plant)
{
	struct protocol *plain = arena_alloc(&plant->arena, sizeof(*plain));
	struct parameter *parameters = arena_array(&plant->arena, 2, sizeof(*parameters));

	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		parameters[d] = (struct parameter){
			.name = "number", .dimension = (enum parameter_dimension)d, .hi = 9,
			.functions = set_one(&plant->arena, 0, UINT16_MAX),
		};
	plain->parameters = parameters;
	plain->parameter_count = 2;
	plant->model.protocols = plain;
	plant->model.protocol_count = 1;
}

static void plant_match(struct arena *arena, struct match *match)
{
	unsigned lo = random_below(3);

	match->family[FAMILY_IPV4] = true;
	match->protocols = set_one(arena, 6, random_below(2) ? 6 : 17);
	match->src_ports = set_one(arena, 0, 65535);
	match->dst_ports = set_one(arena, 80 + lo, 80 + lo + random_below(3 - lo));
	match->operations = set_one(arena, 0, random_below(3) ? OPERATION_MAX : 5);
	match->units = set_one(arena, random_below(4) ? 0 : 4,
			       random_below(3) ? PARAMETER_NONE : 5);
	match->objects = set_one(arena, 0, random_below(3) ? PARAMETER_NONE : 5);
}

static void plant_rule(struct plant *plant, struct rule *rule, uint32_t index)
{
	struct arena *arena = &plant->arena;
	struct pair *pairs = arena_array(arena, 2, sizeof(*pairs));
	struct match *matches = arena_array(arena, 2, sizeof(*matches));

	*rule = (struct rule){ .allow = random_below(3) != 0, .index = index,
			       .pairs = pairs, .pair_count = 1 + random_below(2),
			       .matches = matches, .match_count = 1 + random_below(2) };
	for (size_t p = 0; p < rule->pair_count; p++) {
		pairs[p].source = plant_random_hosts(arena);
		pairs[p].destination.unicast = plant_random_hosts(arena);
		pairs[p].destination.zones = random_zones(arena);
		pairs[p].destination.literal_zones = random_zones(arena);
		pairs[p].destination.literal =
			random_below(3) ? address_set_empty() : random_groups(arena);
		pairs[p].destination.excluded =
			random_below(3) ? address_set_empty() : random_groups(arena);
	}
	for (size_t m = 0; m < rule->match_count; m++)
		plant_match(arena, &matches[m]);
	plant->cells.active[index] =
		random_below(3) ? set_one(arena, 0, CELLS - 1)
				: set_one(arena, random_below(CELLS), CELLS - 1);
	if (random_below(30) == 0)
		plant->cells.active[index] = set_empty();
}

/* Copies, some with the other verdict, make useless rules frequent. */
static void plant_copy(struct plant *plant, uint32_t to, uint32_t from)
{
	struct rule *rule = &plant->model.rules[to];

	*rule = plant->model.rules[from];
	rule->index = to;
	rule->allow = random_below(2);
	if (random_below(2))
		plant->cells.active[to] = plant->cells.active[from];
}

void plant_init(struct plant *plant)
{
	*plant = (struct plant){ 0 };
	arena_init(&plant->arena);
	plant_zones(plant);
	plant_protocol(plant);
	size_t count = 1 + random_below(RULES_MOST);
	plant->model.rules = arena_array(&plant->arena, count, sizeof(struct rule));
	plant->model.rule_count = count;
	plant->cells.count = CELLS;
	plant->cells.active = arena_array(&plant->arena, count, sizeof(struct set *));
	for (uint32_t i = 0; i < count; i++) {
		plant_rule(plant, &plant->model.rules[i], i);
		if (i > 0 && random_below(4) == 0)
			plant_copy(plant, i, random_below(i));
	}
}

struct rule plant_question(struct plant *plant, struct assertion *assertion)
{
	struct rule rule;
	const struct set **active = arena_array(&plant->arena, plant->model.rule_count + 1,
						sizeof(*active));

	memcpy(active, plant->cells.active, plant->model.rule_count * sizeof(*active));
	plant->cells.active = active;
	plant_rule(plant, &rule, (uint32_t)plant->model.rule_count);
	rule.pair_count = 1;
	plant->cells.asked = &active[plant->model.rule_count];
	plant->cells.columns = 1;
	plant->cells.example = arena_array(&plant->arena, CELLS, sizeof(int64_t));
	for (int64_t i = 0; i < CELLS; i++)
		((int64_t *)plant->cells.example)[i] = i;
	*assertion = (struct assertion){
		.kind = rule.allow ? ASSERT_ALLOW : ASSERT_DENY,
		.pair = rule.pairs[0],
		.matches = rule.matches,
		.match_count = rule.match_count,
	};
	plant->model.assertions = assertion;
	plant->model.assertion_count = 1;
	return rule;
}

/* ---- points ---- */

static bool pair_holds(const struct pair *pair, const struct point *point)
{
	const struct destination *to = &pair->destination;

	if (!set_contains(pair->source.family[FAMILY_IPV4], point->source))
		return false;
	if (!point->group)
		return set_contains(to->unicast.family[FAMILY_IPV4], point->destination);
	if (set_contains(to->excluded.family[FAMILY_IPV4], point->destination))
		return false;
	return (to->zones.words[0] >> point->zone & 1) ||
	       ((to->literal_zones.words[0] >> point->zone & 1) &&
		set_contains(to->literal.family[FAMILY_IPV4], point->destination));
}

static bool match_holds(const struct match *match, const struct point *point)
{
	return set_contains(match->protocols, point->protocol) &&
	       set_contains(match->dst_ports, point->port) &&
	       set_contains(match->operations, point->operation) &&
	       set_contains(match->units, point->unit) &&
	       set_contains(match->objects, point->object);
}

bool point_fits(const struct plant *plant, const struct rule *rule, const struct point *point)
{
	bool pair = false, match = false;

	for (size_t p = 0; p < rule->pair_count; p++)
		pair |= pair_holds(&rule->pairs[p], point);
	for (size_t m = 0; m < rule->match_count; m++)
		match |= match_holds(&rule->matches[m], point);
	return pair && match &&
	       set_contains(plant->cells.active[rule->index], point->cell);
}

static uint32_t random_number(void)
{
	static const uint32_t numbers[] = { 3, 5, 6, PARAMETER_NONE };

	return numbers[random_below(4)];
}

/* A flow that can be: a group that zones declare is at one of them, any other
 * at its sender's zone. */
struct point point_random(void)
{
	unsigned zone = random_below(ZONES);
	struct point point = {
		.source = plant_host(zone, random_below(HOSTS_A_ZONE)),
		.group = random_below(2),
		.protocol = random_below(2) ? 6 : 17,
		.port = 80 + random_below(3),
		.operation = random_below(2) ? 3 : 9,
		.unit = random_number(),
		.object = random_number(),
		.cell = random_below(CELLS),
	};

	if (!point.group) {
		point.destination = plant_host(random_below(ZONES), random_below(HOSTS_A_ZONE));
	} else if (random_below(2)) {
		point.destination = 0xef000001;
		point.zone = random_below(2);
	} else {
		point.destination = 0xef000002;
		point.zone = zone;
	}
	return point;
}

unsigned point_holders(const struct plant *plant, const struct point *point, bool allow)
{
	unsigned bits = 0;

	for (size_t i = 0; i < plant->model.rule_count; i++)
		if (plant->model.rules[i].allow == allow &&
		    point_fits(plant, &plant->model.rules[i], point))
			bits |= 1u << i;
	return bits;
}

bool point_verdict(unsigned denies, unsigned allows)
{
	return denies == 0 && allows != 0;
}

bool point_is_allowed(const struct plant *plant, const struct point *point)
{
	return point_verdict(point_holders(plant, point, false), point_holders(plant, point, true));
}

struct point point_of_witness(const struct proof_witness *witness)
{
	return (struct point){
		.source = witness->flow.source.value,
		.destination = witness->flow.destination.value,
		.group = witness->place != ZONE_NONE,
		.zone = witness->place == ZONE_NONE ? 0 : witness->place,
		.protocol = witness->flow.protocol,
		.port = witness->flow.dst_port,
		.operation = witness->flow.operation,
		.unit = witness->flow.unit,
		.object = witness->flow.object,
		.cell = (unsigned)witness->flow.instant,
	};
}
