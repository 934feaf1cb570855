/* SPDX-License-Identifier: Apache-2.0
 *
 * Schedules. A recurring one has days and one stretch of the clock; its end is the
 * first minute outside, and 00:00 the end of the day. What repeats between two dates
 * no schedule can say: each of its windows is a one-time schedule then. A policy has
 * one schedule, so several are a group. */
#include "config.h"
#include "backends/fortios.h"

#include <string.h>

#include "backends/schedule.h"
#include "lang/lang.h"

enum { DAYS = 7, DAY_MINUTES = 1440, HOUR = 60, DAY_SECONDS = 86400, SCHEDULE_NAME = 31,
       YEAR_LAST = 2037 };

struct times {
	struct fortios *fortios;
	const struct filter_activity *activity;
	VEC(const char *) names;
	bool representable;
};

static const struct name_rules rules = { SCHEDULE_NAME, "_.", false };

/* Names are short: of "allow during weekend until 2027-03-31" what begins with the
 * schedule says more than the rest. */
static const char *stem_of(const struct times *times)
{
	static const char during[] = " during ";
	const char *label = times->activity->label, *schedule = strstr(label, during);

	if (schedule != NULL)
		label = schedule + strlen(during);
	return arena_printf(times->fortios->arena, FORTIOS_OURS "%s", label);
}

static void add_weekly(struct times *times, const char *body)
{
	struct arena *arena = times->fortios->arena;

	vec_push(&times->names,
		 fortios_object(times->fortios, FORTIOS_RECURRING,
				names_of_content(arena, &rules, stem_of(times), body), body));
}

/* ---- recurring ---- */

static const char *clock_text(struct arena *arena, uint32_t minute)
{
	minute %= DAY_MINUTES;
	return arena_printf(arena, "%02u:%02u", minute / HOUR, minute % HOUR);
}

/* The days whose stretches are that of `first`; `*printed`: one of them came before. */
static unsigned same_hours(const struct schedule_piece *piece, size_t first, bool *printed)
{
	const struct schedule_stretch *stretch = &piece->stretches[first];
	unsigned days = 0;

	*printed = false;
	for (size_t i = 0; i < piece->stretch_count; i++) {
		const struct schedule_stretch *other = &piece->stretches[i];
		if (other->start % DAY_MINUTES != stretch->start % DAY_MINUTES ||
		    other->end - other->start != stretch->end - stretch->start)
			continue;
		*printed = *printed || i < first;
		days |= 1U << other->start / DAY_MINUTES;
	}
	return days;
}

static void add_recurring(struct times *times, const struct schedule_piece *piece)
{
	static const char *const names[DAYS] = { "monday", "tuesday",  "wednesday", "thursday",
						 "friday", "saturday", "sunday" };
	struct arena *arena = times->fortios->arena;

	for (size_t i = 0; i < piece->stretch_count; i++) {
		struct strbuf body = STRBUF_INIT;
		bool printed;
		unsigned days = same_hours(piece, i, &printed);
		if (printed)
			continue;
		strbuf_printf(&body, "        set start %s\n        set end %s\n        set day",
			      clock_text(arena, piece->stretches[i].start),
			      clock_text(arena, piece->stretches[i].end));
		for (unsigned day = 0; day < DAYS; day++)
			if (days >> day & 1)
				strbuf_printf(&body, " %s", names[day]);
		strbuf_putc(&body, '\n');
		add_weekly(times, strbuf_text(&body));
		strbuf_release(&body);
	}
}

/* ---- one-time ---- */

/* Minutes of the wall clock since 1970. Nothing is said of what is before and behind
 * the times looked at: there a part of a minute is a whole one. */
static int64_t wall_minute(struct times *times, int64_t instant)
{
	const struct filter *filter = times->fortios->filter;
	const struct timezone_rules *zone = times->fortios->options->timezone;
	struct wall_clock clock = { (int32_t)(instant / DAY_SECONDS),
				    (uint32_t)(instant % DAY_SECONDS) };

	if (zone != NULL)
		clock = timezone_wall_clock(zone, instant);
	if (clock.second % 60 != 0 && instant != filter->at && instant != filter->horizon)
		times->representable = false;
	return (int64_t)clock.day * DAY_MINUTES + clock.second / 60 +
	       (instant == filter->horizon && clock.second % 60 != 0);
}

/* The minute at which it ends: one behind the last minute inside, for where clocks are
 * put back the end itself may seem to be before the start. */
static int64_t wall_end(struct times *times, int64_t instant)
{
	if (instant == times->fortios->filter->horizon)
		return wall_minute(times, instant);
	return wall_minute(times, instant - 60) + 1;
}

/* Prints the setting, and the same in short for the name. */
static void print_minute(struct times *times, struct strbuf *body, struct strbuf *name,
			 const char *word, int64_t minute)
{
	unsigned rest = (unsigned)(minute % DAY_MINUTES);
	int year, month, day;

	date_to_civil((int32_t)(minute / DAY_MINUTES), &year, &month, &day);
	times->representable = times->representable && year <= YEAR_LAST;
	strbuf_printf(body, "        set %s %02u:%02u %04d/%02d/%02d\n", word, rest / HOUR,
		      rest % HOUR, year, month, day);
	strbuf_printf(name, "_%02d%02d%02d%02u%02u", year % 100, month, day, rest / HOUR,
		      rest % HOUR);
}

/* From one minute until another. An open end is the first or last day that a device
 * takes. */
static void add_onetime(struct times *times, int64_t start, int64_t end)
{
	struct arena *arena = times->fortios->arena;
	struct strbuf body = STRBUF_INIT, name = STRBUF_INIT;

	if (start == INSTANT_ALWAYS)
		strbuf_puts(&body, "        set start 00:00 2001/01/01\n");
	else
		print_minute(times, &body, &name, "start", start);
	if (end == INSTANT_NEVER)
		strbuf_puts(&body, "        set end 00:00 2037/12/31\n");
	else
		print_minute(times, &body, &name, "end", end);
	const char *text = arena_printf(arena, FORTIOS_OURS "%s%s%s",
					start == INSTANT_ALWAYS ? "until" : "at",
					strbuf_text(&name), end == INSTANT_NEVER ? "_on" : "");
	vec_push(&times->names,
		 fortios_object(times->fortios, FORTIOS_ONETIME, names_make(arena, &rules, text),
				strbuf_text(&body)));
	strbuf_release(&body);
	strbuf_release(&name);
}

/* 1970-01-01 was a Thursday: three days after Monday. */
static void add_bounded(struct times *times, const struct schedule_piece *piece)
{
	const struct filter *filter = times->fortios->filter;
	int64_t from = wall_minute(times, piece->start == INSTANT_ALWAYS ? filter->at
									 : piece->start);
	int64_t until = wall_end(times, piece->end == INSTANT_NEVER ? filter->horizon
								       : piece->end);
	VEC(struct range) minutes = VEC_INIT;

	for (int64_t day = from / DAY_MINUTES; day * DAY_MINUTES < until; day++)
		for (size_t i = 0; i < piece->stretch_count; i++) {
			int64_t monday = (day - (day + 3) % DAYS) * DAY_MINUTES;
			int64_t lo = monday + piece->stretches[i].start;
			int64_t hi = monday + piece->stretches[i].end;
			if ((day + 3) % DAYS != piece->stretches[i].start / DAY_MINUTES)
				continue;
			lo = lo < from ? from : lo;
			hi = hi > until ? until : hi;
			if (lo < hi)
				vec_push(&minutes, ((struct range){ (u128)lo, (u128)hi - 1 }));
		}
	const struct set *set =
		set_from_ranges(times->fortios->arena, minutes.data, minutes.len);
	for (size_t i = 0; i < set->len; i++)
		add_onetime(times, (int64_t)set->range[i].lo, (int64_t)set->range[i].hi + 1);
	vec_free(&minutes);
}

static void add_piece(struct times *times, const struct schedule_piece *piece)
{
	if (piece->stretch_count == 0)
		add_onetime(times,
			    piece->start == INSTANT_ALWAYS ? INSTANT_ALWAYS
							   : wall_minute(times, piece->start),
			    piece->end == INSTANT_NEVER ? INSTANT_NEVER
							: wall_end(times, piece->end));
	else if (piece->start == INSTANT_ALWAYS && piece->end == INSTANT_NEVER)
		add_recurring(times, piece);
	else
		add_bounded(times, piece);
}

/* ---- activities ---- */

static const char *schedule_of(struct times *times)
{
	struct fortios *fortios = times->fortios;
	struct arena *arena = fortios->arena;
	struct schedule schedule =
		schedule_find(arena, times->activity->windows, fortios->filter->at,
			      fortios->filter->horizon, fortios->options->timezone);
	const char *name = NULL;

	for (size_t i = 0; i < schedule.piece_count; i++)
		add_piece(times, &schedule.pieces[i]);
	if (times->names.len > 0)
		name = fortios_group(fortios, FORTIOS_SCHEDULE_GROUP, stem_of(times),
				     times->names.data, times->names.len);
	vec_free(&times->names);
	return name;
}

bool fortios_schedules(struct fortios *fortios)
{
	const struct filter *filter = fortios->filter;

	fortios->schedules = arena_array(fortios->arena, filter->activity_count + 1,
					 sizeof(*fortios->schedules));
	fortios->schedules[0] = "always";
	for (size_t i = 1; i < filter->activity_count; i++) {
		struct times times = { .fortios = fortios, .activity = &filter->activities[i],
				       .representable = true };
		fortios->schedules[i] = schedule_of(&times);
		if (times.representable)
			continue;
		diag_add(fortios->diags, FINDING_UNSUPPORTED_DEVICE, (struct span){ 0 },
			 "device %s: '%s' reaches beyond %d or into a minute, which no schedule of "
			 "the platform can",
			 filter->device, times.activity->label, YEAR_LAST);
		fortios->fine = false;
	}
	return fortios->fine;
}
