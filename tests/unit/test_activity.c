/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates, schedules and time zones on both sides of clock changes. Called with a
 * zone's name it prints, for each instant on standard input, the local day and
 * second: tests/activity/zoneinfo.test compares them with Python's. */
#include "config.h"
#include "compiler/activity.h"

#include <inttypes.h>
#include <stdio.h>

#include "compiler/timezone.h"
#include "lang/lang.h"
#include "unit.h"

static int64_t instant(const char *text)
{
	int64_t out = 0;
	ck_assert_msg(instant_parse(text, &out), "%s", text);
	return out;
}

static int32_t day(int year, int month, int day_of_month)
{
	int32_t out = 0;
	ck_assert(date_from_civil(year, month, day_of_month, &out));
	return out;
}

START_TEST(test_instants)
{
	static const char *const bad[] = { "",
					   "2026-11-24",
					   "2026-11-24T06:12:13",
					   "2026-02-29T00:00:00Z",
					   "2026-11-24T24:00:00Z",
					   "2026-11-24T06:12:13+0100",
					   "2026-11-24T06:12:13.Z",
					   "2026-11-24T06:12:60Z",
					   "2016-12-31T23:59:61Z",
					   "2026-11-24T06:12:13Z " };
	char buffer[INSTANT_TEXT];
	int64_t out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!instant_parse(bad[i], &out), "%s", bad[i]);
	ck_assert_int_eq(instant("1970-01-01T00:00:00Z"), 0);
	ck_assert_int_eq(instant("1970-01-01T01:30:00.75+01:00"), 1800);
	ck_assert_int_eq(instant("2016-12-31T18:59:60-05:00"), instant("2017-01-01T00:00:00Z"));
	ck_assert_str_eq(instant_print(1795500733, NULL, buffer), "2026-11-24T06:12:13Z");
}
END_TEST

START_TEST(test_zone_names)
{
	static const char *const bad[] = { "",  "Mars/Olympus", "../../../etc/passwd",
					   "/etc/localtime", "america/chicago",
					   "right/Europe/Berlin", "zone.tab", "Europe" };
	struct arena arena;

	arena_init(&arena);
	ck_assert(timezone_data_exists());
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(timezone_load(&arena, bad[i]) == NULL, "%s", bad[i]);
	ck_assert(timezone_parse(&arena, "x", "TZif2", 5) == NULL);
	arena_release(&arena);
}
END_TEST

static const struct {
	const char *zone, *at, *local;
} clocks[] = {
	{ "America/Chicago", "2026-03-08T07:59:59Z", "2026-03-08T01:59:59-06:00" },
	{ "America/Chicago", "2026-03-08T08:00:00Z", "2026-03-08T03:00:00-05:00" },
	{ "America/Chicago", "2026-11-01T06:59:59Z", "2026-11-01T01:59:59-05:00" },
	{ "America/Chicago", "2026-11-01T07:00:00Z", "2026-11-01T01:00:00-06:00" },
	{ "Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00" },
	{ "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00" },
	{ "Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00" },
	{ "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00" },
	{ "Europe/Berlin", "2199-07-01T00:00:00Z", "2199-07-01T02:00:00+02:00" },
	{ "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T05:45:00+05:45" },
};

START_TEST(test_clock)
{
	struct arena arena;
	char buffer[INSTANT_TEXT];

	arena_init(&arena);
	const struct timezone_rules *zone = timezone_load(&arena, clocks[_i].zone);
	ck_assert_ptr_nonnull(zone);
	int64_t at = instant(clocks[_i].at);
	ck_assert_str_eq(instant_print(at, zone, buffer), clocks[_i].local);
	ck_assert_int_eq(instant(clocks[_i].local), at);
	arena_release(&arena);
}
END_TEST

START_TEST(test_day_start)
{
	struct arena arena;

	arena_init(&arena);
	const struct timezone_rules *chicago = timezone_load(&arena, "America/Chicago");
	const struct timezone_rules *samoa = timezone_load(&arena, "Pacific/Apia");
	const struct timezone_rules *beirut = timezone_load(&arena, "Asia/Beirut");
	ck_assert_int_eq(timezone_day_start(chicago, day(2026, 3, 8)),
			 instant("2026-03-08T00:00:00-06:00"));
	ck_assert_int_eq(timezone_day_start(chicago, day(2026, 3, 9)),
			 instant("2026-03-09T00:00:00-05:00"));
	/* The day that Samoa skipped, and a midnight that Beirut skipped. */
	ck_assert_int_eq(timezone_day_start(samoa, day(2011, 12, 30)),
			 instant("2011-12-30T10:00:00Z"));
	ck_assert_int_eq(timezone_day_start(beirut, day(2022, 3, 27)),
			 instant("2022-03-26T22:00:00Z"));
	arena_release(&arena);
}
END_TEST

/* Asks every minute for ten days around a clock change, and compares the
 * answers with the windows and with the next change. */
static int64_t activity_count(const struct activity *activity, int64_t from, int64_t until)
{
	struct window_list windows = VEC_INIT;
	int64_t inside = 0;
	size_t next = 0;

	activity_windows(activity, from, until, &windows);
	for (int64_t at = from; at < until; at += 60) {
		while (next < windows.len && windows.data[next].end <= at)
			next++;
		bool expected = next < windows.len && windows.data[next].start <= at;
		ck_assert_int_eq(activity_at(activity, at), expected);
		int64_t change = activity_next_change(activity, at);
		ck_assert(change > at);
		if (change < until)
			ck_assert_int_ne(activity_at(activity, change), expected);
		inside += expected;
	}
	vec_free(&windows);
	return inside;
}

/* Minutes inside in the ten days from `from` at local midnight. */
static int64_t schedule_minutes(struct arena *arena, const char *name, int32_t from,
				const struct tree_window *window)
{
	const struct timezone_rules *zone = timezone_load(arena, name);
	const struct activity *activity = activity_make(arena, zone, NULL, NULL, &window, 1);

	ck_assert(activity_has_schedule(activity));
	return activity_count(activity, timezone_day_start(zone, from),
			      timezone_day_start(zone, from + 10));
}

START_TEST(test_schedule_changes)
{
	const uint32_t sunday = 6 * 1440;
	struct tree_window night = { .start_minute = sunday + 90, .end_minute = sunday + 150 };
	struct tree_window wrap = { .start_minute = sunday + 1320, .end_minute = 120 };
	struct arena arena;

	arena_init(&arena);
	/* Sundays 01:30-02:30, ten days from a Thursday: one Sunday. */
	ck_assert_int_eq(schedule_minutes(&arena, "America/Chicago", day(2026, 3, 5), &night), 30);
	ck_assert_int_eq(schedule_minutes(&arena, "America/Chicago", day(2026, 10, 29), &night),
			 30 + 60);
	ck_assert_int_eq(schedule_minutes(&arena, "Europe/Berlin", day(2026, 3, 26), &night), 30);
	ck_assert_int_eq(schedule_minutes(&arena, "Europe/Berlin", day(2026, 10, 22), &night),
			 30 + 60);
	ck_assert_int_eq(schedule_minutes(&arena, "Europe/Berlin", day(2026, 6, 4), &night), 60);
	ck_assert_int_eq(schedule_minutes(&arena, "Europe/Berlin", day(2026, 6, 4), &wrap), 240);
	arena_release(&arena);
}
END_TEST

START_TEST(test_dates)
{
	struct tree_date from = { .given = true, .day = day(2026, 3, 8) };
	struct tree_date until = { .given = true, .day = day(2026, 3, 8) };
	struct tree_window on = { .kind = WINDOW_DATED, .start_day = day(2026, 3, 8),
				  .end_day = day(2026, 3, 8), .start_minute = 60,
				  .end_minute = 1440 };
	const struct tree_window *windows = &on;
	struct arena arena;
	int64_t lo, hi;

	arena_init(&arena);
	const struct timezone_rules *zone = timezone_load(&arena, "America/Chicago");
	const struct activity *dates = activity_make(&arena, zone, &from, &until, NULL, 0);
	const struct activity *both = activity_make(&arena, zone, &from, &until, &windows, 1);
	int64_t start = timezone_day_start(zone, from.day - 3);

	activity_bounds(dates, &lo, &hi);
	ck_assert_int_eq(hi - lo, 23 * 3600);
	ck_assert_int_eq(activity_count(dates, start, start + 10 * 86400), 23 * 60);
	ck_assert_int_eq(activity_count(both, start, start + 10 * 86400), 22 * 60);
	ck_assert(activity_next_change(both, hi) == INSTANT_NEVER);
	ck_assert(!activity_equal(dates, both) && activity_equal(both, both));
	ck_assert(activity_equal(dates, activity_make(&arena, zone, &from, &until, NULL, 0)));
	ck_assert_ptr_null(activity_make(&arena, NULL, NULL, NULL, NULL, 0));
	ck_assert(activity_at(NULL, 0) && activity_next_change(NULL, 0) == INSTANT_NEVER);
	arena_release(&arena);
}
END_TEST

static int print_clocks(const char *name)
{
	struct arena arena;
	int64_t at;

	arena_init(&arena);
	const struct timezone_rules *zone = timezone_load(&arena, name);
	if (zone == NULL)
		return EXIT_FAILURE;
	while (scanf("%" SCNd64, &at) == 1) {
		struct wall_clock clock = timezone_wall_clock(zone, at);
		printf("%d %u\n", clock.day, clock.second);
	}
	arena_release(&arena);
	return EXIT_SUCCESS;
}

static int run_tests(void)
{
	Suite *suite = suite_create("activity");
	TCase *tcase = tcase_create("activity");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_instants);
	tcase_add_test(tcase, test_zone_names);
	tcase_add_loop_test(tcase, test_clock, 0, sizeof(clocks) / sizeof(clocks[0]));
	tcase_add_test(tcase, test_day_start);
	tcase_add_test(tcase, test_schedule_changes);
	tcase_add_test(tcase, test_dates);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}

int main(int argc, char **argv)
{
	return argc == 2 ? print_clocks(argv[1]) : run_tests();
}
