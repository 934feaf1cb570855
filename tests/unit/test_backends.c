/* SPDX-License-Identifier: Apache-2.0
 *
 * What the backends share: prefixes cover exactly and are the fewest, names stay
 * within their rules and apart from each other, schedules yield the windows they
 * were made from. */
#include "config.h"

#include <string.h>

#include "backends/cisco.h"
#include "backends/names.h"
#include "backends/prefixes.h"
#include "backends/schedule.h"
#include "tests/unit/unit.h"

enum { ROUNDS = 2000, DAY = 86400 };

/* ---- prefixes ---- */

static u128 random_value(unsigned bits)
{
	u128 value = 0;

	for (unsigned i = 0; i < bits; i += 16)
		value = value << 16 | ((unsigned)rand() & 0xffff);
	return bits == 128 ? value : value & (((u128)1 << bits) - 1);
}

static void check_prefixes(enum family family, struct range range)
{
	struct prefix_list list = VEC_INIT;
	unsigned width = address_bits(family);
	u128 next = range.lo;

	prefixes_add_range(&list, family, range);
	for (size_t i = 0; i < list.len; i++) {
		unsigned bits = width - list.data[i].length;
		u128 rest = bits == 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
		ck_assert(list.data[i].value == next);
		ck_assert((list.data[i].value & rest) == 0);
		next = list.data[i].value + rest + 1;
	}
	ck_assert(next == range.hi + 1);
	/* None could be one with its neighbour. */
	for (size_t i = 1; i < list.len; i++)
		ck_assert(list.data[i].length != list.data[i - 1].length ||
			  (list.data[i - 1].value >> (width - list.data[i].length) & 1) != 0);
	vec_free(&list);
}

START_TEST(prefixes_cover_exactly)
{
	srand(1);
	for (int i = 0; i < ROUNDS; i++) {
		enum family family = rand() % 2 ? FAMILY_IPV4 : FAMILY_IPV6;
		unsigned bits = address_bits(family);
		u128 a = random_value(bits), b = i % 3 ? random_value(bits) : a + random_value(6);
		b = b > address_max(family) ? a : b;
		check_prefixes(family, (struct range){ a < b ? a : b, a < b ? b : a });
	}
	check_prefixes(FAMILY_IPV4, (struct range){ 0, UINT32_MAX });
	check_prefixes(FAMILY_IPV6, (struct range){ 0, ~(u128)0 });
	check_prefixes(FAMILY_IPV6, (struct range){ 1, ~(u128)0 });
	check_prefixes(FAMILY_IPV6, (struct range){ 0, ~(u128)0 - 1 });
}
END_TEST

START_TEST(masks_are_written)
{
	static const struct {
		struct prefix prefix;
		const char *text;
	} cases[] = {
		{ { 0, 0 }, "0.0.0.0 0.0.0.0 255.255.255.255" },
		{ { 0x0a000000, 8 }, "10.0.0.0 255.0.0.0 0.255.255.255" },
		{ { 0xc0a80104, 30 }, "192.168.1.4 255.255.255.252 0.0.0.3" },
		{ { 0xc0a80101, 32 }, "192.168.1.1 255.255.255.255 0.0.0.0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf text = STRBUF_INIT;
		prefix_print_address(&text, FAMILY_IPV4, &cases[i].prefix);
		strbuf_putc(&text, ' ');
		prefix_print_netmask(&text, &cases[i].prefix);
		strbuf_putc(&text, ' ');
		prefix_print_wildcard(&text, &cases[i].prefix);
		ck_assert_str_eq(strbuf_text(&text), cases[i].text);
		strbuf_release(&text);
	}
}
END_TEST

/* ---- names ---- */

static const struct name_rules rules = { 31, "._", true };

START_TEST(names_stay_or_are_told_apart)
{
	static const char *const same[] = { "a", "plant-fw", "A.b_c-9",
					    "abcdefghijklmnopqrstuvwxyz12345" };
	static const char *const made[] = { "", "9lives", "a b", "a/b", "stra\xc3\x9f" "e",
					    "abcdefghijklmnopqrstuvwxyz123456",
					    "abcdefghijklmnopqrstuvwxyz123457" };
	struct arena arena;
	const char *names[16];
	size_t count = 0;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		ck_assert_str_eq(names_make(&arena, &rules, same[i]), same[i]);
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		const char *name = names_make(&arena, &rules, made[i]);
		ck_assert_uint_le(strlen(name), rules.longest);
		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
				  strlen(name));
		ck_assert(name[0] >= 'a' && name[0] <= 'z');
		for (size_t k = 0; k < count; k++)
			ck_assert_str_ne(names[k], name);
		names[count++] = name;
		/* A text that looks like a name made for another one is not it. */
		ck_assert_str_ne(names_make(&arena, &rules, name), name);
	}
	arena_release(&arena);
}
END_TEST

/* Names of ACLs, groups and time ranges: IOS and ASA take 64 characters. */
START_TEST(cisco_names_have_their_lengths)
{
	struct arena arena;
	char text[200];

	arena_init(&arena);
	for (size_t length = 1; length < sizeof(text); length++) {
		memset(text, 'a', length);
		text[length] = '\0';
		ck_assert_uint_le(strlen(names_make(&arena, &cisco_list_names, text)), 64);
		const char *object = names_of_content(&arena, &cisco_object_names, text, "x");
		ck_assert_uint_le(strlen(object), 64);
		ck_assert(length > 64 ||
			  strcmp(names_make(&arena, &cisco_list_names, text), text) == 0);
	}
	ck_assert_str_eq(names_make(&arena, &cisco_list_names, "CORDON-Gi1/0/1.20-A"),
			 "CORDON-Gi1/0/1.20-A");
	ck_assert_str_ne(names_make(&arena, &cisco_list_names, "CORDON-a b-A"),
			 names_make(&arena, &cisco_list_names, "CORDON-a_b-A"));
	arena_release(&arena);
}
END_TEST

/* ---- schedules ---- */

/* `weeks` of windows as a policy makes them, and the windows of what is found. */
static void check_schedule(struct arena *arena, const struct timezone_rules *zone,
			   const struct tree_window *list, const struct tree_date *from,
			   const struct tree_date *until, size_t pieces_at_most)
{
	int64_t at = 1750000000 + rand() % (300 * DAY), horizon = at + 400 * DAY;
	const struct tree_window *const schedules[] = { list };
	struct window_list windows = VEC_INIT;
	VEC(struct range) ranges = VEC_INIT;

	activity_windows(activity_make(arena, zone, from, until, list ? schedules : NULL,
				       list ? 1 : 0),
			 at, horizon, &windows);
	for (size_t i = 0; i < windows.len; i++) {
		struct range range = { (u128)windows.data[i].start,
				       (u128)(windows.data[i].end - 1) };
		vec_push(&ranges, range);
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	struct schedule schedule = schedule_find(arena, set, at, horizon, zone);
	ck_assert(set_equal(set, schedule_windows(arena, &schedule, at, horizon, zone)));
	ck_assert_uint_le(schedule.piece_count, pieces_at_most);
	vec_free(&windows);
	vec_free(&ranges);
}

static struct tree_window random_window(const struct tree_window *next)
{
	return (struct tree_window){ .kind = WINDOW_WEEKLY,
				     .start_minute = (uint32_t)rand() % 10080,
				     .end_minute = 1 + (uint32_t)rand() % 10080,
				     .next = (struct tree_window *)next };
}

START_TEST(schedules_yield_their_windows)
{
	static const char *const zones[] = { "America/Chicago", "Europe/Berlin", "Asia/Kolkata",
					     "Australia/Lord_Howe", "UTC" };

	srand(7);
	for (int i = 0; i < 300; i++) {
		struct arena arena;
		arena_init(&arena);
		const struct timezone_rules *zone = timezone_load(&arena, zones[i % 5]);
		ck_assert_ptr_nonnull(zone);
		struct tree_window second = random_window(NULL);
		struct tree_window first = random_window(i % 2 ? &second : NULL);
		struct tree_date from = { i % 3 == 0, 20250 + rand() % 400, { 0 } };
		struct tree_date until = { i % 5 == 0, 20650 + rand() % 300, { 0 } };
		check_schedule(&arena, zone, &first, &from, &until, 120);
		check_schedule(&arena, zone, NULL, &from, &until, 1);
		arena_release(&arena);
	}
}
END_TEST

/* The nights that a clock change touches are still the same hours by the clock. */
START_TEST(weeks_are_one_piece)
{
	struct tree_window nights[] = {
		{ .kind = WINDOW_WEEKLY, .start_minute = 5 * 1440 + 22 * 60, .end_minute = 0 },
		{ .kind = WINDOW_WEEKLY, .start_minute = 6 * 1440, .end_minute = 6 * 1440 + 360 },
	};
	struct arena arena;

	nights[0].next = &nights[1];
	srand(3);
	arena_init(&arena);
	const struct timezone_rules *zone = timezone_load(&arena, "America/Chicago");
	for (int i = 0; i < 50; i++)
		check_schedule(&arena, zone, nights, NULL, NULL, 2);
	arena_release(&arena);
}
END_TEST

/* The wall clock of another zone as instants of this one: a piece each time the
 * clocks there change. */
START_TEST(utc_follows_clock_changes)
{
	struct tree_window shift = { .kind = WINDOW_WEEKLY, .start_minute = 480,
				     .end_minute = 960 };
	const struct tree_window *const schedules[] = { &shift };
	struct window_list windows = VEC_INIT;
	VEC(struct range) ranges = VEC_INIT;
	int64_t at = 1767225600, horizon = at + 400 * DAY;
	struct arena arena;

	arena_init(&arena);
	const struct timezone_rules *zone = timezone_load(&arena, "Europe/Berlin");
	activity_windows(activity_make(&arena, zone, NULL, NULL, schedules, 1), at, horizon,
			 &windows);
	for (size_t i = 0; i < windows.len; i++) {
		struct range range = { (u128)windows.data[i].start,
				       (u128)(windows.data[i].end - 1) };
		vec_push(&ranges, range);
	}
	const struct set *set = set_from_ranges(&arena, ranges.data, ranges.len);
	struct schedule schedule = schedule_find(&arena, set, at, horizon, NULL);
	ck_assert_uint_eq(schedule.piece_count, 3);
	ck_assert(set_equal(set, schedule_windows(&arena, &schedule, at, horizon, NULL)));
	vec_free(&windows);
	vec_free(&ranges);
	arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backends");
	TCase *tests = tcase_create("shared");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, prefixes_cover_exactly);
	tcase_add_test(tests, masks_are_written);
	tcase_add_test(tests, names_stay_or_are_told_apart);
	tcase_add_test(tests, cisco_names_have_their_lengths);
	tcase_add_test(tests, schedules_yield_their_windows);
	tcase_add_test(tests, weeks_are_one_piece);
	tcase_add_test(tests, utc_follows_clock_changes);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
