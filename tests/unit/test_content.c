/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/content on random unions of products, point by point. */
#include "config.h"
#include "tests/unit/unit.h"

#include "compiler/content.h"
#include "compiler/model.h"

/* Eight values a field, the last of them PARAMETER_NONE. */
enum { VALUES = 8, POINTS = VALUES * VALUES * VALUES, ROUNDS = 400 };

static struct arena arena;
static uint64_t random_state = 0xc0ffee;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

static u128 value_of(unsigned n)
{
	return n == VALUES - 1 ? PARAMETER_NONE : n * 10;
}

static void point_of(unsigned n, u128 point[CONTENT_FIELDS])
{
	for (int f = 0; f < CONTENT_FIELDS; f++, n /= VALUES)
		point[f] = value_of(n % VALUES);
}

static const struct set *random_set(void)
{
	unsigned lo = random_below(VALUES), hi = lo + random_below(VALUES - lo);

	if (random_below(3) == 0)
		return set_one(&arena, 0, UINT32_MAX);
	return set_one(&arena, value_of(lo), value_of(hi));
}

static struct content random_content(void)
{
	struct content content;

	for (int f = 0; f < CONTENT_FIELDS; f++)
		content.field[f] = random_set();
	return content;
}

static bool holds(const struct content *content, const u128 point[CONTENT_FIELDS])
{
	return contents_hold((struct contents){ content, 1 }, point);
}

static void check_disjoint(struct contents contents)
{
	for (size_t i = 0; i < contents.len; i++) {
		ck_assert(!content_is_empty(&contents.parts[i]));
		for (size_t k = 0; k < i; k++)
			ck_assert(!content_overlaps(&contents.parts[i], &contents.parts[k]));
	}
}

/* Random sums and differences, and beside them what each point has become. */
static struct contents random_contents(bool expected[POINTS])
{
	struct contents contents = contents_none();
	u128 point[CONTENT_FIELDS];

	for (unsigned n = 0; n < POINTS; n++)
		expected[n] = false;
	for (unsigned step = 1 + random_below(5); step > 0; step--) {
		struct content content = random_content();
		bool add = random_below(3) != 0;
		contents = add ? contents_add(&arena, contents, content)
			       : contents_subtract(&arena, contents, content);
		for (unsigned n = 0; n < POINTS; n++) {
			point_of(n, point);
			if (holds(&content, point))
				expected[n] = add;
		}
	}
	return contents;
}

static void check_points(struct contents contents, const bool expected[POINTS])
{
	u128 point[CONTENT_FIELDS];

	for (unsigned n = 0; n < POINTS; n++) {
		point_of(n, point);
		ck_assert_int_eq(contents_hold(contents, point), expected[n]);
	}
}

START_TEST(test_sums_and_differences)
{
	static bool expected[POINTS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		arena_init(&arena);
		struct contents contents = random_contents(expected);
		check_disjoint(contents);
		check_points(contents, expected);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(test_intersections)
{
	static bool left[POINTS], right[POINTS];
	size_t some = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		arena_init(&arena);
		struct contents a = random_contents(left), b = random_contents(right);
		struct contents both = contents_intersect(&arena, a, b);
		for (unsigned n = 0; n < POINTS; n++)
			left[n] &= right[n];
		check_disjoint(both);
		check_points(both, left);
		some += !contents_are_empty(both);
		arena_release(&arena);
	}
	ck_assert_uint_gt(some, ROUNDS / 4);
}
END_TEST

/* Where units and objects stay together, so do the products. */
START_TEST(test_operations_alone_are_one_product)
{
	arena_init(&arena);
	struct content all = content_all(&arena), some = all;
	struct contents contents = contents_of(&arena, all);
	for (unsigned i = 0; i < 20; i++) {
		some.field[CONTENT_OPERATION] = set_one(&arena, i * 10, i * 10 + 4);
		contents = i % 2 ? contents_add(&arena, contents, some)
				 : contents_subtract(&arena, contents, some);
		ck_assert_uint_eq(contents.len, 1);
	}
	arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("content");
	TCase *tests = tcase_create("content");

	tcase_add_test(tests, test_sums_and_differences);
	tcase_add_test(tests, test_intersections);
	tcase_add_test(tests, test_operations_alone_are_one_product);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
