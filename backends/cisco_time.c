/* SPDX-License-Identifier: Apache-2.0
 *
 * Time ranges of IOS and ASA. The end of a range is the last minute that is
 * inside (ASA CLI configuration guide, "Scheduling extended access list
 * activation": the end time is inclusive), so a window that ends at 06:00 is
 * written 05:59. A time range holds one absolute statement and any number of
 * periodic ones, all in the device's local time; its years are 1993 to 2035. */
#include "config.h"
#include "backends/cisco.h"

#include <string.h>

#include "backends/schedule.h"
#include "lang/lang.h"

enum { DAYS = 7, DAY_MINUTES = 1440, HOUR = 60, DAY_SECONDS = 86400, YEAR_LAST = 2035 };

static const char *const day_names[DAYS] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
					     "Friday", "Saturday", "Sunday" };

struct time_print {
	struct strbuf text;
	const struct timezone_rules *zone;
	bool representable;
};

/* ---- absolute ---- */

static struct wall_clock clock_at(const struct timezone_rules *zone, int64_t instant)
{
	if (zone != NULL)
		return timezone_wall_clock(zone, instant);
	return (struct wall_clock){ (int32_t)(instant / DAY_SECONDS),
				    (uint32_t)(instant % DAY_SECONDS) };
}

static void print_instant(struct time_print *print, const char *word, int64_t instant)
{
	static const char *const months[] = { "January",   "February", "March",    "April",
					      "May",       "June",     "July",     "August",
					      "September", "October",  "November", "December" };
	struct wall_clock clock = clock_at(print->zone, instant);
	unsigned minute = clock.second / 60;
	int year, month, day;

	date_to_civil(clock.day, &year, &month, &day);
	print->representable = print->representable && year <= YEAR_LAST;
	strbuf_printf(&print->text, " %s %02u:%02u %02d %s %d", word, minute / HOUR,
		      minute % HOUR, day, months[month - 1], year);
}

static void print_absolute(struct time_print *print, const struct schedule_piece *piece)
{
	if (piece->start == INSTANT_ALWAYS && piece->end == INSTANT_NEVER)
		return;
	strbuf_puts(&print->text, " absolute");
	if (piece->start != INSTANT_ALWAYS)
		print_instant(print, "start", piece->start);
	if (piece->end != INSTANT_NEVER)
		print_instant(print, "end", piece->end - 60);
	strbuf_putc(&print->text, '\n');
}

/* ---- periodic ---- */

static void print_days(struct strbuf *text, unsigned days)
{
	enum { WEEKDAYS = 0x1f, WEEKEND = 0x60, DAILY = 0x7f };

	if (days == DAILY || days == WEEKDAYS || days == WEEKEND) {
		strbuf_puts(text, days == DAILY	     ? " daily"
				  : days == WEEKDAYS ? " weekdays"
						     : " weekend");
		return;
	}
	for (unsigned day = 0; day < DAYS; day++)
		if (days >> day & 1)
			strbuf_printf(text, " %s", day_names[day]);
}

/* The days whose stretches are that of `first`; those before it are printed. */
static unsigned same_hours(const struct schedule_piece *piece, size_t first, bool *printed)
{
	uint32_t start = piece->stretches[first].start % DAY_MINUTES;
	uint32_t length = piece->stretches[first].end - piece->stretches[first].start;
	unsigned days = 0;

	*printed = false;
	for (size_t i = 0; i < piece->stretch_count; i++) {
		const struct schedule_stretch *other = &piece->stretches[i];
		if (other->start % DAY_MINUTES != start || other->end - other->start != length)
			continue;
		*printed = *printed || i < first;
		days |= 1U << other->start / DAY_MINUTES;
	}
	return days;
}

static void print_periodic(struct time_print *print, const struct schedule_piece *piece)
{
	for (size_t i = 0; i < piece->stretch_count; i++) {
		bool printed;
		unsigned days = same_hours(piece, i, &printed);
		uint32_t start = piece->stretches[i].start % DAY_MINUTES;
		uint32_t last = (piece->stretches[i].end - 1) % DAY_MINUTES;
		if (printed)
			continue;
		strbuf_puts(&print->text, " periodic");
		print_days(&print->text, days);
		strbuf_printf(&print->text, " %u:%02u to %u:%02u\n", start / HOUR, start % HOUR,
			      last / HOUR, last % HOUR);
	}
}

/* ---- the ranges of an activity ---- */

static bool time_add(struct cisco_times *times, struct cisco_time *time, const char *label,
		     const struct schedule_piece *piece)
{
	struct time_print print = { STRBUF_INIT, times->zone, true };
	const char *stem = arena_printf(times->arena, CISCO_OURS "-%s", label);

	print_absolute(&print, piece);
	print_periodic(&print, piece);
	time->texts[time->count] = arena_strdup(times->arena, strbuf_text(&print.text));
	time->names[time->count] = names_of_content(times->arena, &cisco_object_names, stem,
						    time->texts[time->count]);
	time->count++;
	strbuf_release(&print.text);
	return print.representable;
}

static bool time_make(struct cisco_times *times, const struct filter_activity *activity,
		      struct cisco_time *time)
{
	struct schedule schedule =
		schedule_find(times->arena, activity->windows, times->filter->at,
			      times->filter->horizon, times->zone);
	bool representable = true;

	time->names = arena_array(times->arena, schedule.piece_count + 1, sizeof(*time->names));
	time->texts = arena_array(times->arena, schedule.piece_count + 1, sizeof(*time->texts));
	for (size_t i = 0; i < schedule.piece_count; i++)
		representable &= time_add(times, time, activity->label, &schedule.pieces[i]);
	return representable;
}

bool cisco_times_make(struct cisco_times *times, struct diags *diags)
{
	bool fine = true;

	for (size_t i = 0; i < times->filter->activity_count; i++) {
		struct cisco_time time = { NULL, NULL, 0 };
		const struct filter_activity *activity = &times->filter->activities[i];
		if (i > 0 && !time_make(times, activity, &time)) {
			diag_add(diags, FINDING_UNSUPPORTED_DEVICE, (struct span){ 0 },
				 "device %s: '%s' reaches beyond %d, which no time range of the "
				 "platform can",
				 times->filter->device, activity->label, YEAR_LAST);
			fine = false;
		}
		vec_push(&times->times, time);
	}
	return fine;
}

struct time_range {
	const char *name, *text;
};
VEC_TYPE(time_ranges, struct time_range);

static int time_range_order(const void *left, const void *right)
{
	return strcmp(((const struct time_range *)left)->name,
		      ((const struct time_range *)right)->name);
}

/* By name, whichever rule is the first that has it. */
static void times_sorted(const struct cisco_times *times, struct time_ranges *out)
{
	for (size_t i = 0; i < times->times.len; i++)
		for (size_t k = 0; k < times->times.data[i].count; k++) {
			const struct cisco_time *time = &times->times.data[i];
			struct time_range range = { time->names[k], time->texts[k] };
			vec_push(out, range);
		}
	if (out->len > 0)
		qsort(out->data, out->len, sizeof(*out->data), time_range_order);
}

size_t cisco_times_print(struct strbuf *text, const struct cisco_times *times,
			 struct cisco_change *change)
{
	static const struct cisco_define define = { "time-range", NULL };
	struct time_ranges ranges = VEC_INIT;
	size_t count = 0;

	times_sorted(times, &ranges);
	for (size_t i = 0; i < ranges.len; i++) {
		const struct time_range *range = &ranges.data[i];
		if (i > 0 && strcmp(range->name, range[-1].name) == 0)
			continue; /* two activities share a piece */
		strbuf_printf(text, "time-range %s\n%s", range->name, range->text);
		cisco_change_is_new(change, &define, range->name);
		count++;
	}
	vec_free(&ranges);
	return count;
}

void cisco_times_clock(struct strbuf *text, const struct filter *filter,
		       const struct backend_options *options)
{
	const char *clock = backend_clock(filter, options);

	if (clock != NULL)
		strbuf_printf(text, "! Time ranges follow the clock of the device, which must be "
			      "that of %s,\n! summer time included.\n", clock);
}

bool cisco_times_has(const struct cisco_times *times, const char *name)
{
	for (size_t i = 0; i < times->times.len; i++)
		for (size_t k = 0; k < times->times.data[i].count; k++)
			if (strcmp(times->times.data[i].names[k], name) == 0)
				return true;
	return false;
}

void cisco_times_release(struct cisco_times *times)
{
	vec_free(&times->times);
}
