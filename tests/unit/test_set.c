/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/set: every operation against a bitmap of a small space that is laid
 * at the bottom, in the middle and at the very top of the number line, where
 * the ends of ranges would overflow. */
#include "config.h"
#include "tests/unit/unit.h"

#include <stdint.h>
#include <string.h>

#include "compiler/set.h"

enum { SPACE = 40, ROUNDS = 20000, RANGES = 8 };

static uint64_t random_state = 0x1234567;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

/* Bit i of a bitmap is the number base + i. */
static u128 base_of(unsigned round)
{
	const u128 bases[] = { 0, ((u128)1 << 64) - SPACE / 2, ~(u128)0 - (SPACE - 1) };
	return bases[round % 3];
}

static const struct set *random_set(struct arena *arena, u128 base, uint64_t *bitmap)
{
	struct range ranges[RANGES];
	size_t len = random_below(RANGES);

	*bitmap = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned lo = random_below(SPACE);
		unsigned hi = lo + random_below(SPACE - lo < 6 ? SPACE - lo : 6);
		ranges[i] = (struct range){ base + lo, base + hi };
		for (unsigned bit = lo; bit <= hi; bit++)
			*bitmap |= (uint64_t)1 << bit;
	}
	return set_from_ranges(arena, ranges, len);
}

static void check_canonical(const struct set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		ck_assert(set->range[i].lo <= set->range[i].hi);
		if (i > 0)
			ck_assert(set->range[i].lo > set->range[i - 1].hi &&
				  set->range[i].lo - 1 > set->range[i - 1].hi);
	}
}

static void check_members(const struct set *set, u128 base, uint64_t bitmap)
{
	check_canonical(set);
	for (unsigned bit = 0; bit < SPACE; bit++)
		ck_assert_int_eq(set_contains(set, base + bit), bitmap >> bit & 1);
	ck_assert_uint_eq((unsigned)set_size(set),
			  (unsigned)__builtin_popcountll(bitmap));
	ck_assert_int_eq(set_is_empty(set), bitmap == 0);
	if (bitmap != 0)
		ck_assert(set_min(set) == base + (unsigned)__builtin_ctzll(bitmap));
}

START_TEST(test_algebra)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct arena arena;
		uint64_t p, q;
		u128 base = base_of(round);
		arena_init(&arena);
		const struct set *a = random_set(&arena, base, &p);
		const struct set *b = random_set(&arena, base, &q);
		check_members(a, base, p);
		check_members(set_union(&arena, a, b), base, p | q);
		check_members(set_intersect(&arena, a, b), base, p & q);
		check_members(set_subtract(&arena, a, b), base, p & ~q);
		ck_assert_int_eq(set_equal(a, b), p == q);
		ck_assert_int_eq(set_is_subset(a, b), (p & ~q) == 0);
		ck_assert_int_eq(set_overlaps(a, b), (p & q) != 0);
		ck_assert_int_eq(set_compare(a, b) == 0, p == q);
		ck_assert_int_eq(set_compare(a, b), -set_compare(b, a));
		if (p == q)
			ck_assert(set_hash(a) == set_hash(b));
		arena_release(&arena);
	}
}
END_TEST

START_TEST(test_ranges)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct arena arena;
		uint64_t p;
		u128 base = base_of(round);
		arena_init(&arena);
		const struct set *a = random_set(&arena, base, &p);
		unsigned lo = random_below(SPACE), hi = lo + random_below(SPACE - lo);
		uint64_t mask = ((uint64_t)2 << (hi - lo)) - 1;
		uint64_t part = p >> lo & mask;
		ck_assert_int_eq(set_overlaps_range(a, base + lo, base + hi), part != 0);
		ck_assert_int_eq(set_covers_range(a, base + lo, base + hi), part == mask);
		arena_release(&arena);
	}
}
END_TEST

/* The answer is the argument itself where they are equal: no copies pile up. */
START_TEST(test_shares)
{
	struct arena arena;
	arena_init(&arena);
	const struct set *wide = set_one(&arena, 0, 100), *part = set_one(&arena, 5, 9);
	const struct set *apart = set_one(&arena, 200, 300);

	ck_assert_ptr_eq(set_union(&arena, wide, part), wide);
	ck_assert_ptr_eq(set_union(&arena, part, wide), wide);
	ck_assert_ptr_eq(set_intersect(&arena, wide, part), part);
	ck_assert_ptr_eq(set_intersect(&arena, part, wide), part);
	ck_assert_ptr_eq(set_subtract(&arena, wide, apart), wide);
	ck_assert_ptr_eq(set_subtract(&arena, part, wide), set_empty());
	arena_release(&arena);
}
END_TEST

START_TEST(test_whole_line)
{
	struct arena arena;
	const u128 top = ~(u128)0;
	arena_init(&arena);
	const struct set *all = set_one(&arena, 0, top), *hole = set_one(&arena, 7, 7);
	const struct set *rest = set_subtract(&arena, all, hole);

	ck_assert(set_size(all) == top);
	ck_assert_uint_eq(rest->len, 2);
	ck_assert(rest->range[1].hi == top);
	ck_assert(set_equal(set_union(&arena, rest, hole), all));
	ck_assert(set_is_empty(set_subtract(&arena, hole, all)));
	arena_release(&arena);
}
END_TEST

START_TEST(test_addresses)
{
	struct arena arena;
	struct address_range ranges[] = {
		{ 10, 19, FAMILY_IPV4 }, { 10, 12, FAMILY_IPV6 }, { 20, 29, FAMILY_IPV4 },
	};
	arena_init(&arena);
	struct address_set all = address_set_all(&arena);
	struct address_set some = address_set_from_ranges(&arena, ranges, 3);
	struct address_set rest = address_set_subtract(&arena, all, some);

	ck_assert_uint_eq(some.family[FAMILY_IPV4]->len, 1);
	ck_assert(all.family[FAMILY_IPV4]->range[0].hi == UINT32_MAX);
	ck_assert(address_set_contains(some, (struct address){ 12, FAMILY_IPV6 }));
	ck_assert(!address_set_contains(some, (struct address){ 13, FAMILY_IPV6 }));
	ck_assert(!address_set_overlaps(some, rest));
	ck_assert(address_set_equal(address_set_union(&arena, some, rest), all));
	ck_assert(address_set_is_subset(some, all) && !address_set_is_subset(all, some));
	ck_assert(address_set_is_empty(address_set_intersect(&arena, some, rest)));
	ck_assert(address_set_equal(address_set_range(&arena, ranges[1]),
				    address_set_subtract(&arena, some,
							 address_set_range(&arena,
				(struct address_range){ 0, 99, FAMILY_IPV4 }))));
	arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("set");
	TCase *tcase = tcase_create("set");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_algebra);
	tcase_add_test(tcase, test_ranges);
	tcase_add_test(tcase, test_shares);
	tcase_add_test(tcase, test_whole_line);
	tcase_add_test(tcase, test_addresses);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
