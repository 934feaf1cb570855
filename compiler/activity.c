/* SPDX-License-Identifier: Apache-2.0
 *
 * When a rule is active. Schedules are sets of wall-clock minutes: of the week,
 * and since 1970-01-01 by the local calendar. An instant is inside iff its wall
 * clock reading is, so a skipped hour vanishes and a repeated one counts twice
 * without being treated anywhere. */
#include "config.h"
#include "compiler/activity.h"

#include <stdlib.h>

#include "compiler/set.h"
#include "compiler/timezone.h"

enum { MINUTES_DAY = 1440, MINUTES_WEEK = 10080, SECONDS_DAY = 86400 };

struct activity {
	const struct timezone_rules *zone;
	int64_t from, until;
	bool scheduled;
	const struct set *weekly; /* minutes from Monday 00:00 */
	const struct set *dated;  /* local minutes since 1970-01-01 */
};

VEC_TYPE(minute_list, struct range);

static void minutes_add(struct minute_list *list, int64_t start, int64_t end)
{
	if (start < end)
		vec_push(list, ((struct range){ (u128)start, (u128)(end - 1) }));
}

static void window_add(const struct tree_window *window, struct minute_list *weekly,
		       struct minute_list *dated)
{
	uint32_t start = window->start_minute, end = window->end_minute;

	if (window->kind == WINDOW_DATED) {
		minutes_add(dated, (int64_t)window->start_day * MINUTES_DAY + start,
			    (int64_t)window->end_day * MINUTES_DAY + end);
	} else if (start <= end) {
		minutes_add(weekly, start, end);
	} else {
		minutes_add(weekly, start, MINUTES_WEEK);
		minutes_add(weekly, 0, end);
	}
}

static void activity_schedule(struct activity *activity, struct arena *arena,
			      const struct tree_window *const *schedules, size_t count)
{
	struct minute_list weekly = VEC_INIT, dated = VEC_INIT;

	for (size_t i = 0; i < count; i++)
		for (const struct tree_window *w = schedules[i]; w != NULL; w = w->next)
			window_add(w, &weekly, &dated);
	activity->weekly = set_from_ranges(arena, weekly.data, weekly.len);
	activity->dated = set_from_ranges(arena, dated.data, dated.len);
	vec_free(&weekly);
	vec_free(&dated);
	activity->scheduled = !set_covers_range(activity->weekly, 0, MINUTES_WEEK - 1);
	if (!activity->scheduled)
		activity->weekly = activity->dated = set_empty();
}

const struct activity *activity_make(struct arena *arena, const struct timezone_rules *zone,
				     const struct tree_date *from,
				     const struct tree_date *until,
				     const struct tree_window *const *schedules,
				     size_t schedule_count)
{
	struct activity made = { zone, INSTANT_ALWAYS, INSTANT_NEVER, false, set_empty(),
				 set_empty() };

	if (from != NULL && from->given)
		made.from = timezone_day_start(zone, from->day);
	if (until != NULL && until->given)
		made.until = timezone_day_start(zone, until->day + 1);
	if (schedules != NULL)
		activity_schedule(&made, arena, schedules, schedule_count);
	if (made.from == INSTANT_ALWAYS && made.until == INSTANT_NEVER && !made.scheduled)
		return NULL;
	return arena_copy(arena, &made, sizeof(made));
}

/* ---- at one instant ---- */

static int64_t local_minute(const struct timezone_rules *zone, int64_t instant)
{
	struct wall_clock clock = timezone_wall_clock(zone, instant);
	return (int64_t)clock.day * MINUTES_DAY + clock.second / 60;
}

/* 1970-01-01 was a Thursday: three days after Monday. */
static int64_t week_minute(int64_t local)
{
	int64_t minute = (local + 3 * MINUTES_DAY) % MINUTES_WEEK;
	return minute < 0 ? minute + MINUTES_WEEK : minute;
}

static bool schedule_holds(const struct activity *activity, int64_t instant)
{
	int64_t local = local_minute(activity->zone, instant);

	return set_contains(activity->weekly, (u128)week_minute(local)) ||
	       (local >= 0 && set_contains(activity->dated, (u128)local));
}

bool activity_at(const struct activity *activity, int64_t instant)
{
	if (activity == NULL)
		return true;
	if (instant < activity->from || instant >= activity->until)
		return false;
	return !activity->scheduled || schedule_holds(activity, instant);
}

/* ---- changes ---- */

/* The first edge of a set beyond `value`: a range's start, or the number after
 * its end. -1 if there is none. */
static int64_t set_next_edge(const struct set *set, int64_t value)
{
	size_t lo = 0, hi = set->len;

	while (lo < hi) { /* the first range that ends at `value` or later */
		size_t middle = lo + (hi - lo) / 2;
		if ((int64_t)set->range[middle].hi < value)
			lo = middle + 1;
		else
			hi = middle;
	}
	if (lo == set->len)
		return -1;
	int64_t start = (int64_t)set->range[lo].lo;
	return start > value ? start : (int64_t)set->range[lo].hi + 1;
}

/* Minutes from `local` to the next edge of the schedule, or -1. */
static int64_t schedule_distance(const struct activity *activity, int64_t local)
{
	int64_t best = -1, week = week_minute(local);

	if (activity->weekly->len > 0) {
		int64_t edge = set_next_edge(activity->weekly, week);
		if (edge < 0)
			edge = MINUTES_WEEK + (int64_t)activity->weekly->range[0].lo;
		best = edge - week;
	}
	int64_t dated = set_next_edge(activity->dated, local);
	if (dated >= 0 && (best < 0 || dated - local < best))
		best = dated - local;
	return best;
}

/* An instant after `instant` before which nothing of the schedule changes; the
 * clock may be set, so also where the zone's offset does. */
static int64_t schedule_step(const struct activity *activity, int64_t instant)
{
	int64_t local = local_minute(activity->zone, instant);
	int64_t distance = schedule_distance(activity, local);
	int64_t shift = timezone_next_change(activity->zone, instant);

	/* A clock set back by less than two days may enter a window again. */
	if (distance < 0 && (activity->dated->len == 0 ||
			     local > (int64_t)activity->dated->range[activity->dated->len - 1].hi +
					     2 * MINUTES_DAY))
		return INSTANT_NEVER;
	if (distance < 0)
		return shift;
	struct wall_clock clock = timezone_wall_clock(activity->zone, instant);
	int64_t edge = instant - clock.second % 60 + distance * 60;
	return edge < shift ? edge : shift;
}

/* From one possible change to the next; a schedule's answer changes within a
 * few of them, since its edges are among them. */
int64_t activity_next_change(const struct activity *activity, int64_t instant)
{
	if (activity == NULL || instant >= activity->until)
		return INSTANT_NEVER;
	bool now = activity_at(activity, instant);

	while (instant < activity->until) {
		int64_t next = activity->until;
		if (instant < activity->from) {
			next = activity->from;
		} else if (activity->scheduled) {
			int64_t step = schedule_step(activity, instant);
			next = step < next ? step : next;
		}
		if (next == INSTANT_NEVER || activity_at(activity, next) != now)
			return next;
		instant = next;
	}
	return INSTANT_NEVER;
}

void activity_windows(const struct activity *activity, int64_t from, int64_t until,
		      struct window_list *out)
{
	while (from < until) {
		int64_t next = activity_next_change(activity, from);
		int64_t end = next < until ? next : until;
		if (activity_at(activity, from))
			vec_push(out, ((struct window){ from, end }));
		from = end;
	}
}

/* The day before, for a clock that is set back at midnight begins a day twice. */
static void event_add_local(const struct activity *activity, int64_t local,
			    struct instant_list *out)
{
	vec_push(out, timezone_day_start(activity->zone, (int32_t)(local / MINUTES_DAY) - 1));
}

void activity_events(const struct activity *activity, struct instant_list *out)
{
	if (activity->from != INSTANT_ALWAYS)
		vec_push(out, activity->from);
	if (activity->until != INSTANT_NEVER)
		vec_push(out, activity->until);
	for (size_t i = 0; i < activity->dated->len; i++) {
		event_add_local(activity, (int64_t)activity->dated->range[i].lo, out);
		event_add_local(activity, (int64_t)activity->dated->range[i].hi + 1, out);
	}
}

/* ---- comparing ---- */

bool activity_equal(const struct activity *a, const struct activity *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL || a->from != b->from || a->until != b->until ||
	    a->scheduled != b->scheduled)
		return false;
	return !a->scheduled || (a->zone == b->zone && set_equal(a->weekly, b->weekly) &&
				 set_equal(a->dated, b->dated));
}

bool activity_has_schedule(const struct activity *activity)
{
	return activity != NULL && activity->scheduled;
}

void activity_bounds(const struct activity *activity, int64_t *from, int64_t *until)
{
	*from = activity ? activity->from : INSTANT_ALWAYS;
	*until = activity ? activity->until : INSTANT_NEVER;
}
