/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/needed, compiler/assertion, compiler/reach and compiler/policy_space: random policies
 * over few zones, each answer against asking every rule about sampled flows. */
#include "config.h"
#include "tests/unit/unit.h"

#include <string.h>

#include "base/memory.h"
#include "compiler/assertion.h"
#include "compiler/needed.h"
#include "compiler/reach.h"

enum { ZONES = 3, HOSTS_A_ZONE = 4, RULES_MOST = 9, CELLS = 3, ROUNDS = 2000, POINTS = 2048 };

static uint64_t random_state = 0xfeed;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

/* ---- a small plant: zone z owns 10.0.z.0 - 10.0.z.3, the last is external ---- */

struct plant {
	struct arena arena;
	struct model model;
	struct policy_cells cells;
};

static u128 host(unsigned zone, unsigned n)
{
	return 0x0a000000 + zone * 256 + n;
}

static struct address_set v4_set(struct arena *arena, struct range *ranges, size_t len)
{
	struct address_set set = address_set_empty();
	set.family[FAMILY_IPV4] = set_from_ranges(arena, ranges, len);
	return set;
}

static void plant_zones(struct plant *plant)
{
	struct arena *arena = &plant->arena;

	plant->model.zone_count = ZONES;
	plant->model.zones = arena_array(arena, ZONES, sizeof(struct zone));
	for (unsigned z = 0; z < ZONES; z++) {
		struct zone *zone = &plant->model.zones[z];
		struct range owned = { host(z, 0), host(z, HOSTS_A_ZONE - 1) };
		struct range group = { 0xef000001, 0xef000001 }; /* 239.0.0.1 */
		zone->owned = v4_set(arena, &owned, 1);
		/* Zones 0 and 1 declare the same group. */
		zone->multicast = z < 2 ? v4_set(arena, &group, 1) : address_set_empty();
		zone->broadcast = address_set_empty();
	}
}

static struct address_set random_hosts(struct arena *arena)
{
	struct range ranges[4];
	size_t len = 1 + random_below(4);

	for (size_t i = 0; i < len; i++) {
		unsigned zone = random_below(ZONES), lo = random_below(HOSTS_A_ZONE);
		unsigned hi = lo + random_below(HOSTS_A_ZONE - lo);
		ranges[i] = (struct range){ host(zone, lo), host(zone, hi) };
	}
	return v4_set(arena, ranges, len);
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

	return v4_set(arena, &groups, 1);
}

static void plant_match(struct arena *arena, struct match *match)
{
	unsigned lo = random_below(3);

	match->family[FAMILY_IPV4] = true;
	match->protocols = set_one(arena, 6, random_below(2) ? 6 : 17);
	match->src_ports = set_one(arena, 0, 65535);
	match->dst_ports = set_one(arena, 80 + lo, 80 + lo + random_below(3 - lo));
	match->operations = set_one(arena, 0, random_below(3) ? OPERATION_MAX : 5);
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
		pairs[p].source = random_hosts(arena);
		pairs[p].destination.unicast = random_hosts(arena);
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

static void plant_init(struct plant *plant)
{
	*plant = (struct plant){ 0 };
	arena_init(&plant->arena);
	plant_zones(plant);
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

/* ---- the plain reading of one rule and one point ---- */

struct point {
	u128 source, destination;
	unsigned zone; /* a group's place */
	bool group;
	unsigned protocol, port, operation, cell;
};

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
	       set_contains(match->operations, point->operation);
}

static bool rule_holds(const struct plant *plant, const struct rule *rule,
		       const struct point *point)
{
	bool pair = false, match = false;

	for (size_t p = 0; p < rule->pair_count; p++)
		pair |= pair_holds(&rule->pairs[p], point);
	for (size_t m = 0; m < rule->match_count; m++)
		match |= match_holds(&rule->matches[m], point);
	return pair && match &&
	       set_contains(plant->cells.active[rule->index], point->cell);
}

/* A flow that can be: a group that zones declare is at one of them, any other
 * at its sender's zone. */
static struct point random_point(void)
{
	unsigned zone = random_below(ZONES);
	struct point point = {
		.source = host(zone, random_below(HOSTS_A_ZONE)),
		.group = random_below(2),
		.protocol = random_below(2) ? 6 : 17,
		.port = 80 + random_below(3),
		.operation = random_below(2) ? 3 : 9,
		.cell = random_below(CELLS),
	};

	if (!point.group) {
		point.destination = host(random_below(ZONES), random_below(HOSTS_A_ZONE));
	} else if (random_below(2)) {
		point.destination = 0xef000001;
		point.zone = random_below(2);
	} else {
		point.destination = 0xef000002;
		point.zone = zone;
	}
	return point;
}

/* ---- the properties ---- */

/* The bits of the rules of one verdict that hold the point. */
static unsigned holders(const struct plant *plant, const struct point *point, bool allow)
{
	unsigned bits = 0;

	for (size_t i = 0; i < plant->model.rule_count; i++)
		if (plant->model.rules[i].allow == allow &&
		    rule_holds(plant, &plant->model.rules[i], point))
			bits |= 1u << i;
	return bits;
}

static bool verdict(unsigned denies, unsigned allows)
{
	return denies == 0 && allows != 0;
}

/* What a point tells of the rules, as bits. */
struct tally {
	unsigned held, effective, essential;
};

static void tally_point(struct tally *tally, unsigned denies, unsigned allows)
{
	unsigned deciding = denies != 0 ? denies : allows;

	tally->held |= denies | allows;
	if (denies == 0)
		tally->effective |= allows;
	if (deciding != 0 && (deciding & (deciding - 1)) == 0)
		tally->essential |= deciding;
}

static unsigned answer_bits(const struct plant *plant, const struct needed_rule *answers,
			    enum needed needed)
{
	unsigned bits = 0;

	for (size_t i = 0; i < plant->model.rule_count; i++)
		if (answers[i].needed == needed)
			bits |= 1u << i;
	return bits;
}

static void check_plant(struct plant *plant, size_t seen[4])
{
	struct policy_space space;
	struct needed_rule answers[RULES_MOST];
	struct tally tally = { 0 };

	policy_space_init(&space, &plant->model, &plant->cells);
	ck_assert(needed_find(&space, 0, answers));
	policy_space_release(&space);
	unsigned yes = answer_bits(plant, answers, NEEDED_YES);
	unsigned denied = answer_bits(plant, answers, NEEDED_DENIED);
	unsigned empty = answer_bits(plant, answers, NEEDED_EMPTY);
	unsigned not = answer_bits(plant, answers, NEEDED_NOT);
	for (unsigned i = 0; i < POINTS; i++) {
		struct point point = random_point();
		unsigned denies = holders(plant, &point, false);
		unsigned allows = holders(plant, &point, true);
		tally_point(&tally, denies, allows);
		/* Without all that is not needed nothing changes. */
		ck_assert_int_eq(verdict(denies, allows), verdict(denies & yes, allows & yes));
		ck_assert_int_eq(denies != 0, (denies & yes) != 0);
	}
	/* What a sample of points shows must have been seen by the sweep. */
	ck_assert_uint_eq(tally.essential & ~yes, 0);
	ck_assert_uint_eq(tally.held & empty, 0);
	ck_assert_uint_eq(tally.effective & denied, 0);
	for (size_t i = 0; i < plant->model.rule_count; i++)
		if (denied >> i & 1)
			ck_assert_uint_ne(answers[i].other, NEEDED_NO_RULE);
	seen[NEEDED_YES] += (unsigned)__builtin_popcount(yes);
	seen[NEEDED_NOT] += (unsigned)__builtin_popcount(not);
	seen[NEEDED_DENIED] += (unsigned)__builtin_popcount(denied);
	seen[NEEDED_EMPTY] += (unsigned)__builtin_popcount(empty);
}

START_TEST(test_random_policies)
{
	size_t seen[4] = { 0 };

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct plant plant;
		plant_init(&plant);
		check_plant(&plant, seen);
		arena_release(&plant.arena);
	}
	for (unsigned i = 0; i < 4; i++)
		ck_assert_msg(seen[i] > ROUNDS / 20, "answer %u: %zu", i, seen[i]);
}
END_TEST

/* ---- asserts ---- */

static bool policy_allows(const struct plant *plant, const struct point *point)
{
	return verdict(holders(plant, point, false), holders(plant, point, true));
}

/* The rule that an assert would be, to ask it about points. */
static struct rule plant_question(struct plant *plant, struct assertion *assertion)
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

static struct point witness_point(const struct proof_witness *witness)
{
	return (struct point){
		.source = witness->flow.source.value,
		.destination = witness->flow.destination.value,
		.group = witness->place != ZONE_NONE,
		.zone = witness->place == ZONE_NONE ? 0 : witness->place,
		.protocol = witness->flow.protocol,
		.port = witness->flow.dst_port,
		.operation = witness->flow.operation,
		.cell = (unsigned)witness->flow.instant,
	};
}

static enum proof check_assertion(struct plant *plant)
{
	struct policy_space space;
	struct assertion assertion;
	struct proof_witness witness;
	struct rule question = plant_question(plant, &assertion);
	bool wanted = assertion.kind == ASSERT_ALLOW, asked = false;

	policy_space_init(&space, &plant->model, &plant->cells);
	enum proof proof = assertion_prove(&space, &assertion, 0, &witness);
	policy_space_release(&space);
	for (unsigned i = 0; i < POINTS && proof != PROOF_FAILS; i++) {
		struct point point = random_point();
		if (!rule_holds(plant, &question, &point))
			continue;
		asked = true;
		ck_assert_int_eq(policy_allows(plant, &point), wanted);
	}
	ck_assert(!asked || proof != PROOF_EMPTY);
	if (proof == PROOF_FAILS) {
		struct point point = witness_point(&witness);
		ck_assert(rule_holds(plant, &question, &point));
		ck_assert_int_eq(policy_allows(plant, &point), !wanted);
		ck_assert(witness.rule == NULL || rule_holds(plant, witness.rule, &point));
		ck_assert(wanted || witness.rule != NULL);
	}
	return proof;
}

START_TEST(test_assertions)
{
	size_t seen[4] = { 0 };

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct plant plant;
		plant_init(&plant);
		seen[check_assertion(&plant)]++;
		arena_release(&plant.arena);
	}
	ck_assert_uint_gt(seen[PROOF_HOLDS], ROUNDS / 20);
	ck_assert_uint_gt(seen[PROOF_FAILS], ROUNDS / 20);
	ck_assert_uint_gt(seen[PROOF_EMPTY], 0);
	ck_assert_uint_eq(seen[PROOF_UNDECIDED], 0);
}
END_TEST

/* ---- chains ---- */

enum { HOSTS = ZONES * HOSTS_A_ZONE, REACH_ROUNDS = 500 };

static unsigned zone_of(u128 address)
{
	return (unsigned)(address - 0x0a000000) / 256;
}

/* Hosts 0 and 4 are one asset, of two addresses. */
static unsigned host_of(u128 address)
{
	unsigned n = zone_of(address) * HOSTS_A_ZONE + (unsigned)(address & 255);
	return n == 4 ? 0 : n;
}

static void plant_asset(struct plant *plant)
{
	struct address *addresses = arena_array(&plant->arena, 2, sizeof(*addresses));
	struct asset *asset = arena_alloc(&plant->arena, sizeof(*asset));
	struct range ranges[] = { { host(0, 0), host(0, 0) }, { host(1, 0), host(1, 0) } };

	addresses[0] = (struct address){ host(0, 0), FAMILY_IPV4 };
	addresses[1] = (struct address){ host(1, 0), FAMILY_IPV4 };
	asset->addresses = addresses;
	asset->address_count = 2;
	asset->set = v4_set(&plant->arena, ranges, 2);
	plant->model.assets = asset;
	plant->model.asset_count = 1;
}

static bool any_flow_at(const struct plant *plant, struct point point)
{
	for (unsigned combination = 0; combination < 12 * CELLS; combination++) {
		point.protocol = combination & 1 ? 6 : 17;
		point.operation = combination & 2 ? 3 : 9;
		point.port = 80 + combination / 4 % 3;
		point.cell = combination / 12;
		if (policy_allows(plant, &point))
			return true;
	}
	return false;
}

/* To the host itself, or to a group at its zone. */
static bool any_flow(const struct plant *plant, u128 from, u128 to)
{
	unsigned zone = zone_of(to);
	struct point host = { .source = from, .destination = to };
	struct point declared = { .source = from, .destination = 0xef000001, .zone = zone,
				  .group = true };
	struct point local = { .source = from, .destination = 0xef000002, .zone = zone,
			       .group = true };

	return any_flow_at(plant, host) || (zone < 2 && any_flow_at(plant, declared)) ||
	       (zone == zone_of(from) && any_flow_at(plant, local));
}

/* The hosts that each host may open a flow to, as bits. */
static void plain_edges(const struct plant *plant, unsigned edges[HOSTS])
{
	memset(edges, 0, HOSTS * sizeof(*edges));
	for (unsigned from = 0; from < HOSTS; from++)
		for (unsigned to = 0; to < HOSTS; to++) {
			u128 a = host(from / HOSTS_A_ZONE, from % HOSTS_A_ZONE);
			u128 b = host(to / HOSTS_A_ZONE, to % HOSTS_A_ZONE);
			if (host_of(a) != host_of(b) && any_flow(plant, a, b))
				edges[host_of(a)] |= 1u << host_of(b);
		}
}

static unsigned host_bits(struct address_set set)
{
	unsigned bits = 0;

	for (unsigned n = 0; n < HOSTS; n++) {
		u128 address = host(n / HOSTS_A_ZONE, n % HOSTS_A_ZONE);
		if (set_contains(set.family[FAMILY_IPV4], address))
			bits |= 1u << host_of(address);
	}
	return bits;
}

/* The length of the shortest chain, 0 if there is none. */
static unsigned plain_chain(const unsigned edges[HOSTS], unsigned from, unsigned to,
			    unsigned via)
{
	unsigned reached = from;

	for (unsigned hop = 1; from != 0; hop++) {
		unsigned found = 0;
		for (unsigned n = 0; n < HOSTS; n++)
			if (from >> n & 1)
				found |= edges[n];
		if (found & to)
			return hop;
		from = found & ~reached & ~via;
		reached |= found;
	}
	return 0;
}

/* Whom a flow reaches, its sender never. */
static unsigned reached_bits(const struct plant *plant, const struct point *point)
{
	unsigned bits = point->group ? host_bits(plant->model.zones[point->zone].owned)
				     : 1u << host_of(point->destination);

	return bits & ~(1u << host_of(point->source));
}

static void check_chain(const struct plant *plant, const struct assertion *assertion,
			const struct reach_chain *chain)
{
	unsigned at = host_bits(assertion->pair.source);
	unsigned via = host_bits(assertion->via);

	for (size_t i = 0; i < chain->len; i++) {
		struct point point = witness_point(&chain->flows[i]);
		unsigned from = host_of(point.source);
		ck_assert(policy_allows(plant, &point));
		ck_assert(at >> from & 1);
		ck_assert(i == 0 || !(via >> from & 1));
		at = reached_bits(plant, &point);
	}
	ck_assert(at & host_bits(assertion->pair.destination.unicast));
}

static bool check_reach(struct plant *plant)
{
	struct policy_space space;
	struct assertion assertion;
	struct reach_chain chain;
	unsigned edges[HOSTS];

	plant_asset(plant);
	plant_question(plant, &assertion);
	assertion.kind = ASSERT_NO_PATH;
	assertion.hops = random_below(4);
	assertion.via = random_below(2) ? random_hosts(&plant->arena) : address_set_empty();
	const struct set *all = set_one(&plant->arena, 0, CELLS - 1);
	plant->cells.asked = &all;
	policy_space_init(&space, &plant->model, &plant->cells);
	enum proof proof = reach_prove(&space, &assertion, 0, &plant->arena, &chain);
	policy_space_release(&space);
	plain_edges(plant, edges);
	unsigned length = plain_chain(edges, host_bits(assertion.pair.source),
				      host_bits(assertion.pair.destination.unicast),
				      host_bits(assertion.via));
	if (assertion.hops != 0 && length > assertion.hops)
		length = 0;
	ck_assert_int_eq(proof, length ? PROOF_FAILS : PROOF_HOLDS);
	ck_assert_uint_eq(chain.len, length);
	if (length > 0)
		check_chain(plant, &assertion, &chain);
	return length > 1;
}

START_TEST(test_reach)
{
	size_t longer = 0;

	for (unsigned i = 0; i < REACH_ROUNDS; i++) {
		struct plant plant;
		plant_init(&plant);
		longer += check_reach(&plant);
		arena_release(&plant.arena);
	}
	ck_assert_uint_gt(longer, REACH_ROUNDS / 100);
}
END_TEST

/* ---- cells of time and mode ---- */

static struct rule timed_rule(struct arena *arena, uint32_t index,
			      const struct tree_date *until, const struct tree_window *window)
{
	const struct timezone_rules *zone = timezone_load(arena, "Europe/Berlin");
	const struct tree_window *const *schedules = window ? &window : NULL;

	ck_assert_ptr_nonnull(zone);
	return (struct rule){
		.index = index,
		.activity = activity_make(arena, zone, NULL, until, schedules, window ? 1 : 0),
	};
}

static bool cell_is_active(const struct policy_cells *cells, size_t rule, size_t time,
			   size_t column)
{
	return set_contains(cells->active[rule], time * cells->columns + column);
}

START_TEST(test_cells)
{
	enum { RULES = 4, AT = 1800000000, DAY = 86400 };
	struct arena arena;
	struct policy_cells cells;
	arena_init(&arena);
	struct tree_window night = { .start_minute = 7200, .end_minute = 8640 };
	struct tree_date soon = { .given = true, .day = AT / DAY + 20 };
	struct tree_date past = { .given = true, .day = AT / DAY - 20 };
	struct rule rules[RULES] = { { .index = 0 },
				     timed_rule(&arena, 1, NULL, &night),
				     timed_rule(&arena, 2, &soon, &night),
				     timed_rule(&arena, 3, &past, NULL) };
	rules[0].modes = 2;
	struct model model = { .rules = rules, .rule_count = RULES, .mode_count = 2 };

	policy_cells_make(&cells, &arena, &model, AT, -1);
	ck_assert_uint_eq(cells.columns, 3);
	ck_assert(cells.example[0] == AT);
	ck_assert(set_is_empty(cells.active[3]));
	/* Neither, both, and the schedule alone after the date. */
	ck_assert_uint_eq(cells.count, 3 * cells.columns);
	for (size_t t = 0; t < cells.count / cells.columns; t++)
		for (size_t c = 0; c < cells.columns; c++) {
			ck_assert_int_eq(cell_is_active(&cells, 0, t, c), c == 2);
			for (size_t r = 1; r < RULES; r++)
				ck_assert_int_eq(cell_is_active(&cells, r, t, c),
						 activity_at(rules[r].activity,
							     cells.example[t]));
		}
	arena_release(&arena);
}
END_TEST

/* ---- three rules by hand ---- */

static void fixed_rule(struct plant *plant, uint32_t index, unsigned lo, unsigned hi)
{
	struct arena *arena = &plant->arena;
	struct rule *rule = &plant->model.rules[index];
	struct pair *pair = arena_alloc(arena, sizeof(*pair));
	struct match *match = arena_alloc(arena, sizeof(*match));
	struct range source = { host(0, 0), host(0, 3) }, to = { host(1, lo), host(1, hi) };
	uint64_t *word = arena_alloc(arena, sizeof(*word));

	pair->source = v4_set(arena, &source, 1);
	pair->destination.unicast = v4_set(arena, &to, 1);
	pair->destination.literal = pair->destination.excluded = address_set_empty();
	pair->destination.zones = (struct zone_set){ word, ZONES };
	match->family[FAMILY_IPV4] = true;
	match->protocols = set_one(arena, 6, 6);
	match->src_ports = match->dst_ports = set_one(arena, 0, 65535);
	match->operations = set_one(arena, 0, OPERATION_MAX);
	*rule = (struct rule){ .allow = true, .index = index, .pairs = pair,
			       .pair_count = 1, .matches = match, .match_count = 1 };
	plant->cells.active[index] = set_one(arena, 0, 0);
}

/* 0-1, 2-3 and 0-3: the union covers the last, and the last covers both. The
 * earlier stay where there is a choice. */
START_TEST(test_union)
{
	struct plant plant = { 0 };
	struct policy_space space;
	struct needed_rule answers[3];
	arena_init(&plant.arena);
	plant_zones(&plant);
	plant.model.rules = arena_array(&plant.arena, 3, sizeof(struct rule));
	plant.model.rule_count = 3;
	plant.cells.count = 1;
	plant.cells.active = arena_array(&plant.arena, 3, sizeof(struct set *));
	fixed_rule(&plant, 0, 0, 1);
	fixed_rule(&plant, 1, 2, 3);
	fixed_rule(&plant, 2, 0, 3);

	policy_space_init(&space, &plant.model, &plant.cells);
	ck_assert(needed_find(&space, 0, answers));
	ck_assert_int_eq(answers[0].needed, NEEDED_YES);
	ck_assert_int_eq(answers[1].needed, NEEDED_YES);
	ck_assert_int_eq(answers[2].needed, NEEDED_NOT);
	ck_assert_uint_lt(answers[2].other, 2);
	policy_space_release(&space);
	arena_release(&plant.arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy-space");
	TCase *tcase = tcase_create("policy-space");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_union);
	tcase_add_test(tcase, test_random_policies);
	tcase_add_test(tcase, test_assertions);
	tcase_add_test(tcase, test_reach);
	tcase_add_test(tcase, test_cells);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
