/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/policy_cells: of time and mode. */
#include "config.h"
#include "tests/unit/unit.h"

#include "compiler/policy_space.h"

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

int main(void)
{
	Suite *suite = suite_create("cells");
	TCase *tcase = tcase_create("cells");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_cells);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
