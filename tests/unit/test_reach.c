/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/reach: random asserts of `no path`, each answer against walking the hosts. */
#include "config.h"
#include "tests/unit/unit.h"

#include <string.h>

#include "compiler/reach.h"
#include "tests/unit/small_plant.h"

enum { HOSTS = ZONES * HOSTS_A_ZONE, ROUNDS = 500 };

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
	struct range ranges[] = { { plant_host(0, 0), plant_host(0, 0) }, { plant_host(1, 0), plant_host(1, 0) } };

	addresses[0] = (struct address){ plant_host(0, 0), FAMILY_IPV4 };
	addresses[1] = (struct address){ plant_host(1, 0), FAMILY_IPV4 };
	asset->addresses = addresses;
	asset->address_count = 2;
	asset->set = plant_addresses(&plant->arena, ranges, 2);
	plant->model.assets = asset;
	plant->model.asset_count = 1;
}

static bool any_flow_at(const struct plant *plant, struct point point)
{
	static const uint32_t numbers[] = { 3, 4, 6, PARAMETER_NONE };

	for (unsigned combination = 0; combination < 12 * 16 * CELLS; combination++) {
		point.protocol = combination & 1 ? 6 : 17;
		point.operation = combination & 2 ? 3 : 9;
		point.unit = numbers[combination / 4 % 4];
		point.object = numbers[combination / 16 % 4];
		point.port = 80 + combination / 64 % 3;
		point.cell = combination / 192;
		if (point_is_allowed(plant, &point))
			return true;
	}
	return false;
}

/* To the host itself, or to a group at its zone, one that no rule names among them. */
static bool any_flow(const struct plant *plant, u128 from, u128 to)
{
	unsigned zone = zone_of(to);
	struct point host = { .source = from, .destination = to };
	struct point declared = { .source = from, .destination = 0xef000001, .zone = zone,
				  .group = true };
	struct point local = { .source = from, .destination = 0xef000002, .zone = zone,
			       .group = true };
	struct point unnamed = { .source = from, .destination = 0xef000003, .zone = zone,
				 .group = true };

	return any_flow_at(plant, host) || (zone < 2 && any_flow_at(plant, declared)) ||
	       (zone == zone_of(from) &&
		(any_flow_at(plant, local) || any_flow_at(plant, unnamed)));
}

/* The hosts that each host may open a flow to, as bits. */
static void plain_edges(const struct plant *plant, unsigned edges[HOSTS])
{
	memset(edges, 0, HOSTS * sizeof(*edges));
	for (unsigned from = 0; from < HOSTS; from++)
		for (unsigned to = 0; to < HOSTS; to++) {
			u128 a = plant_host(from / HOSTS_A_ZONE, from % HOSTS_A_ZONE);
			u128 b = plant_host(to / HOSTS_A_ZONE, to % HOSTS_A_ZONE);
			if (host_of(a) != host_of(b) && any_flow(plant, a, b))
				edges[host_of(a)] |= 1u << host_of(b);
		}
}

static unsigned host_bits(struct address_set set)
{
	unsigned bits = 0;

	for (unsigned n = 0; n < HOSTS; n++) {
		u128 address = plant_host(n / HOSTS_A_ZONE, n % HOSTS_A_ZONE);
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
		struct point point = point_of_witness(&chain->flows[i]);
		unsigned from = host_of(point.source);
		ck_assert(point_is_allowed(plant, &point));
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
	assertion.via = random_below(2) ? plant_random_hosts(&plant->arena) : address_set_empty();
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

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct plant plant;
		plant_init(&plant);
		longer += check_reach(&plant);
		arena_release(&plant.arena);
	}
	ck_assert_uint_gt(longer, ROUNDS / 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tcase = tcase_create("reach");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_reach);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
