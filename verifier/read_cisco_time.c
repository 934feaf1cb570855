/* SPDX-License-Identifier: Apache-2.0
 *
 * Time ranges as sets of instants. All statements are local time, read with the
 * clock of the policy's time zone; the end of a range is the last minute inside
 * (ASA CLI configuration guide, "Scheduling extended access list activation": the
 * end time is inclusive). Periodic statements are added up and cut to the
 * absolute one. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

#include "lang/lang.h"

enum { DAYS = 7, DAY_MINUTES = 1440, DAILY = 0x7f, WEEKDAYS = 0x1f, WEEKEND = 0x60,
       YEAR_FIRST = 1993, YEAR_LAST = 2035 };

struct time_read {
	struct cisco *cisco;
	const struct timezone_rules *zone;
	VEC(struct tree_window) weekly;
	struct tree_window dated; /* end_day 0: none */
};

struct cisco_time *cisco_time_begin(struct cisco *cisco, const char *name)
{
	struct cisco_time *time;

	HASH_FIND_STR(cisco->times, name, time);
	if (time != NULL)
		return time;
	time = arena_alloc(cisco->arena, sizeof(*time));
	time->name = name;
	HASH_ADD_KEYPTR(hh, cisco->times, time->name, strlen(time->name), time);
	return time;
}

void cisco_time_remove(struct cisco *cisco, const char *name)
{
	struct cisco_time *time;

	HASH_FIND_STR(cisco->times, name, time);
	if (time == NULL)
		return;
	HASH_DEL(cisco->times, time);
	vec_free(&time->lines);
}

/* ---- words ---- */

static bool read_clock(const char *word, uint32_t *minute)
{
	const char *colon = word != NULL ? strchr(word, ':') : NULL;
	char hours[4] = "";
	uint32_t hour, rest;

	if (colon == NULL || colon - word > 2)
		return false;
	memcpy(hours, word, (size_t)(colon - word));
	if (!cisco_number(hours, 23, &hour) || !cisco_number(colon + 1, 59, &rest))
		return false;
	*minute = hour * 60 + rest;
	return true;
}

/* Words may be cut short and of any case. */
static bool word_starts(const char *whole, const char *word, size_t least)
{
	size_t i = 0;

	for (; word[i] != '\0'; i++) {
		char c = word[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (whole[i] != c)
			return false;
	}
	return i >= least;
}

static unsigned read_days(const char *word)
{
	static const char *const names[DAYS] = { "monday", "tuesday",  "wednesday", "thursday",
						 "friday", "saturday", "sunday" };

	if (word == NULL)
		return 0;
	if (word_starts("daily", word, 3))
		return DAILY;
	if (word_starts("weekdays", word, 5))
		return WEEKDAYS;
	if (word_starts("weekend", word, 5))
		return WEEKEND;
	for (unsigned day = 0; day < DAYS; day++)
		if (word_starts(names[day], word, 2))
			return 1U << day;
	return 0;
}

static bool read_month(const char *word, int *month)
{
	static const char *const names[] = { "january",	  "february", "march",	  "april",
					     "may",	  "june",     "july",	  "august",
					     "september", "october",  "november", "december" };

	for (int i = 0; i < 12; i++)
		if (word_starts(names[i], word, 3)) {
			*month = i + 1;
			return true;
		}
	return false;
}

/* ---- statements ---- */

static void weekly_add(struct time_read *read, uint32_t start, uint32_t last)
{
	uint32_t week = DAYS * DAY_MINUTES;
	struct tree_window window = { .kind = WINDOW_WEEKLY, .start_minute = start,
				      .end_minute = last + 1 };

	if (last + 1 > week)
		window.end_minute = last + 1 - week;
	vec_push(&read->weekly, window);
}

static unsigned day_number(unsigned day)
{
	unsigned number = 0;

	while (day >> number != 1)
		number++;
	return number;
}

/* periodic DAYS hh:mm to [DAY] hh:mm: with one day on both sides a stretch from
 * one to the other, else the same hours of each day. */
static bool read_periodic(struct time_read *read, const struct cisco_line *line)
{
	unsigned days = 0, until;
	uint32_t start, last;
	size_t at = 1;

	for (; at < line->count && (until = read_days(line->words[at])) != 0; at++)
		days |= until;
	if (days == 0 || at >= line->count || !read_clock(line->words[at++], &start) ||
	    !cisco_word_is(line, at++, "to") || at >= line->count)
		return false;
	until = read_days(line->words[at]);
	at += until != 0;
	if (at + 1 != line->count || !read_clock(line->words[at], &last))
		return false;
	bool single = (days & (days - 1)) == 0;
	if (until != 0 && until != days) {
		if (!single || (until & (until - 1)) != 0)
			return false;
		weekly_add(read, day_number(days) * DAY_MINUTES + start,
			   day_number(until) * DAY_MINUTES + last);
		return true;
	}
	if (last < start)
		return false;
	for (unsigned day = 0; day < DAYS; day++)
		if (days >> day & 1)
			weekly_add(read, day * DAY_MINUTES + start, day * DAY_MINUTES + last);
	return true;
}

static bool read_date(const struct cisco_line *line, size_t at, int32_t *day, uint32_t *minute)
{
	uint32_t day_of_month, year;
	int month;

	return at + 3 < line->count && read_clock(line->words[at], minute) &&
	       cisco_number(line->words[at + 1], 31, &day_of_month) &&
	       read_month(line->words[at + 2], &month) &&
	       cisco_number(line->words[at + 3], YEAR_LAST, &year) && year >= YEAR_FIRST &&
	       date_from_civil((int)year, month, (int)day_of_month, day);
}

static bool read_absolute(struct time_read *read, const struct cisco_line *line)
{
	struct tree_window *window = &read->dated;
	size_t at = 1;

	date_from_civil(YEAR_FIRST, 1, 1, &window->start_day);
	date_from_civil(YEAR_LAST + 20, 1, 1, &window->end_day);
	window->start_minute = window->end_minute = 0;
	window->kind = WINDOW_DATED;
	if (cisco_word_is(line, at, "start")) {
		if (!read_date(line, at + 1, &window->start_day, &window->start_minute))
			return false;
		at += 5;
	}
	if (cisco_word_is(line, at, "end")) {
		if (!read_date(line, at + 1, &window->end_day, &window->end_minute))
			return false;
		window->end_minute++;
		at += 5;
	}
	return at == line->count && at > 1;
}

/* ---- windows ---- */

static const struct set *windows_of(struct time_read *read, const struct tree_window *list)
{
	const struct tree_window *const schedules[] = { list };
	struct cisco *cisco = read->cisco;
	struct window_list made = VEC_INIT;
	VEC(struct range) ranges = VEC_INIT;

	activity_windows(activity_make(cisco->arena, read->zone, NULL, NULL, schedules, 1),
			 cisco->input->at, cisco->input->horizon, &made);
	for (size_t i = 0; i < made.len; i++) {
		struct range range = { (u128)made.data[i].start, (u128)(made.data[i].end - 1) };
		vec_push(&ranges, range);
	}
	const struct set *set = set_from_ranges(cisco->arena, ranges.data, ranges.len);
	vec_free(&made);
	vec_free(&ranges);
	return set;
}

static const struct set *time_windows(struct time_read *read)
{
	const struct set *windows = read->cisco->activities.data[0].windows;

	for (size_t i = 1; i < read->weekly.len; i++)
		read->weekly.data[i - 1].next = &read->weekly.data[i];
	if (read->weekly.len > 0)
		windows = windows_of(read, &read->weekly.data[0]);
	if (read->dated.end_day != 0)
		windows = set_intersect(read->cisco->arena, windows,
					windows_of(read, &read->dated));
	return windows;
}

static uint32_t activity_of(struct cisco *cisco, const struct set *windows, const char *label)
{
	for (uint32_t i = 0; i < cisco->activities.len; i++)
		if (set_equal(cisco->activities.data[i].windows, windows))
			return i;
	struct filter_activity activity = { windows, label };
	vec_push(&cisco->activities, activity);
	return (uint32_t)cisco->activities.len - 1;
}

static const struct timezone_rules *time_zone(struct cisco *cisco)
{
	const struct model *model = cisco->input->model;

	if (model != NULL && model->timezone != NULL)
		return model->timezone;
	return timezone_load(cisco->arena, "UTC");
}

static void time_resolve(struct cisco *cisco, struct cisco_time *time)
{
	struct time_read read = { .cisco = cisco, .zone = time_zone(cisco) };

	time->resolved = true;
	time->uncertain = read.zone == NULL || time->lines.len == 0;
	for (size_t i = 0; i < time->lines.len; i++) {
		const struct cisco_line *line = &time->lines.data[i];
		bool absolute = cisco_word_is(line, 0, "absolute");
		if (absolute ? read_absolute(&read, line) :
			       cisco_word_is(line, 0, "periodic") && read_periodic(&read, line))
			continue;
		cisco_condition(cisco, line, "the time is not understood");
		time->uncertain = true;
	}
	if (!time->uncertain)
		time->activity = activity_of(cisco, time_windows(&read), time->name);
	vec_free(&read.weekly);
}

uint32_t cisco_time_activity(struct cisco *cisco, const char *name, bool *uncertain)
{
	struct cisco_time *time;

	HASH_FIND_STR(cisco->times, name, time);
	if (time == NULL) {
		*uncertain = true;
		return 0;
	}
	if (!time->resolved)
		time_resolve(cisco, time);
	*uncertain = *uncertain || time->uncertain;
	return time->activity;
}
