/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/assertion: random asserts over random policies, each answer against asking
 * every rule about sampled flows. */
#include "config.h"
#include "tests/unit/unit.h"

#include "tests/unit/small_plant.h"

enum { ROUNDS = 2000 };

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
		struct point point = point_random();
		if (!point_fits(plant, &question, &point))
			continue;
		asked = true;
		ck_assert_int_eq(point_is_allowed(plant, &point), wanted);
	}
	ck_assert(!asked || proof != PROOF_EMPTY);
	if (proof == PROOF_FAILS) {
		struct point point = point_of_witness(&witness);
		ck_assert(point_fits(plant, &question, &point));
		ck_assert_int_eq(point_is_allowed(plant, &point), !wanted);
		ck_assert(witness.rule == NULL || point_fits(plant, witness.rule, &point));
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

int main(void)
{
	Suite *suite = suite_create("assertion");
	TCase *tcase = tcase_create("assertion");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_assertions);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
