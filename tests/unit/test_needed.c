/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/needed: which rules random policies need, and which of three by hand, each
 * answer against asking every rule about sampled flows. */
#include "config.h"
#include "tests/unit/unit.h"

#include "compiler/needed.h"
#include "tests/unit/small_plant.h"

enum { ROUNDS = 2000 };

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
		struct point point = point_random();
		unsigned denies = point_holders(plant, &point, false);
		unsigned allows = point_holders(plant, &point, true);
		tally_point(&tally, denies, allows);
		/* Without all that is not needed nothing changes. */
		ck_assert_int_eq(point_verdict(denies, allows), point_verdict(denies & yes, allows & yes));
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

/* ---- three rules by hand ---- */

static void fixed_rule(struct plant *plant, uint32_t index, unsigned lo, unsigned hi)
{
	struct arena *arena = &plant->arena;
	struct rule *rule = &plant->model.rules[index];
	struct pair *pair = arena_alloc(arena, sizeof(*pair));
	struct match *match = arena_alloc(arena, sizeof(*match));
	struct range source = { plant_host(0, 0), plant_host(0, 3) }, to = { plant_host(1, lo), plant_host(1, hi) };
	uint64_t *word = arena_alloc(arena, sizeof(*word));

	pair->source = plant_addresses(arena, &source, 1);
	pair->destination.unicast = plant_addresses(arena, &to, 1);
	pair->destination.literal = pair->destination.excluded = address_set_empty();
	pair->destination.zones = (struct zone_set){ word, ZONES };
	match->family[FAMILY_IPV4] = true;
	match->protocols = set_one(arena, 6, 6);
	match->src_ports = match->dst_ports = set_one(arena, 0, 65535);
	match->operations = match->units = match->objects = set_one(arena, 0, OPERATION_MAX);
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
	Suite *suite = suite_create("needed");
	TCase *tcase = tcase_create("needed");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_union);
	tcase_add_test(tcase, test_random_policies);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
