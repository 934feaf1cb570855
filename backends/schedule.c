/* SPDX-License-Identifier: Apache-2.0
 *
 * Weekly schedules from windows. The windows that begin within seven days of
 * one are taken for a week; as far as what that week yields is what follows,
 * they are one piece. A guess is never trusted: pieces are turned into windows
 * again by compiler/activity, which knows how clocks change. */
#include "config.h"
#include "backends/schedule.h"

#include "base/vec.h"

enum { MINUTE = 60, DAY_MINUTES = 1440, WEEK_MINUTES = 7 * DAY_MINUTES, WEEK_SECONDS = 7 * 86400 };

struct finder {
	struct arena *arena;
	const struct timezone_rules *zone;
	const struct range *window; /* clipped to [at, horizon) */
	size_t count;
	int64_t at, horizon;
	VEC(struct schedule_piece) pieces;
};

/* 1970-01-01 was a Thursday: three days after Monday. */
static uint32_t week_minute(const struct timezone_rules *zone, int64_t instant)
{
	int64_t local = instant / MINUTE;

	if (zone != NULL) {
		struct wall_clock clock = timezone_wall_clock(zone, instant);
		local = (int64_t)clock.day * DAY_MINUTES + clock.second / MINUTE;
	}
	local = (local + 3 * DAY_MINUTES) % WEEK_MINUTES;
	return (uint32_t)(local < 0 ? local + WEEK_MINUTES : local);
}

/* ---- from a week to windows ---- */

static void windows_of_week(struct arena *arena, const struct set *week,
			    const struct timezone_rules *zone, int64_t from, int64_t until,
			    struct window_list *out)
{
	struct tree_window *list = arena_array(arena, week->len + 1, sizeof(*list));
	const struct tree_window *const schedules[] = { list };

	for (size_t i = 0; i < week->len; i++)
		list[i] = (struct tree_window){
			.kind = WINDOW_WEEKLY,
			.start_minute = (uint32_t)week->range[i].lo,
			.end_minute = (uint32_t)week->range[i].hi + 1,
			.next = i + 1 < week->len ? &list[i + 1] : NULL,
		};
	if (zone == NULL)
		zone = timezone_load(arena, "UTC");
	if (zone == NULL) /* no time zone data here: nothing can be said of weeks */
		return;
	activity_windows(activity_make(arena, zone, NULL, NULL, schedules, 1), from, until, out);
}

/* ---- from windows to a week ---- */

static void week_add(struct arena *arena, const struct set **week, uint32_t start, uint32_t end)
{
	if (start < end) {
		*week = set_union(arena, *week, set_one(arena, start, end - 1));
	} else {
		*week = set_union(arena, *week, set_one(arena, start, WEEK_MINUTES - 1));
		if (end > 0)
			*week = set_union(arena, *week, set_one(arena, 0, end - 1));
	}
}

/* The week of the windows that begin within seven days of the first, which are
 * `*used`. Empty if they are no schedule of minutes. */
static const struct set *week_guess(struct finder *finder, size_t first, size_t *used)
{
	const struct set *week = set_empty();
	int64_t start = (int64_t)finder->window[first].lo;
	size_t i = first;

	for (; i < finder->count && (int64_t)finder->window[i].lo < start + WEEK_SECONDS; i++) {
		int64_t from = (int64_t)finder->window[i].lo;
		int64_t until = (int64_t)finder->window[i].hi + 1;
		if (until - from >= WEEK_SECONDS || from % MINUTE != 0 || until % MINUTE != 0)
			return set_empty();
		week_add(finder->arena, &week, week_minute(finder->zone, from),
			 week_minute(finder->zone, until));
	}
	*used = i - first;
	return week;
}

static const struct schedule_stretch *week_stretches(struct arena *arena, const struct set *week,
						     size_t *count)
{
	struct schedule_stretch *list = arena_array(arena, week->len + 7, sizeof(*list));

	*count = 0;
	for (size_t i = 0; i < week->len; i++)
		for (uint32_t lo = (uint32_t)week->range[i].lo, end; lo <= week->range[i].hi;
		     lo = end) {
			end = lo / DAY_MINUTES * DAY_MINUTES + DAY_MINUTES;
			if (end > week->range[i].hi + 1)
				end = (uint32_t)week->range[i].hi + 1;
			list[(*count)++] = (struct schedule_stretch){ lo, end };
		}
	return list;
}

/* ---- pieces ---- */

static void piece_absolute(struct finder *finder, size_t i)
{
	struct schedule_piece piece = { (int64_t)finder->window[i].lo,
					(int64_t)finder->window[i].hi + 1, NULL, 0 };

	if (piece.start == finder->at)
		piece.start = INSTANT_ALWAYS;
	if (piece.end == finder->horizon)
		piece.end = INSTANT_NEVER;
	vec_push(&finder->pieces, piece);
}

/* How many windows from `first` on are what the week yields before `until`. */
static size_t week_covers(struct finder *finder, const struct set *week, size_t first,
			  int64_t until, bool *to_the_end)
{
	struct window_list made = VEC_INIT;
	int64_t from = (int64_t)finder->window[first].lo;
	size_t count = 0;

	windows_of_week(finder->arena, week, finder->zone, from, until, &made);
	while (count < made.len && first + count < finder->count &&
	       made.data[count].start == (int64_t)finder->window[first + count].lo &&
	       made.data[count].end == (int64_t)finder->window[first + count].hi + 1)
		count++;
	*to_the_end = first + count == finder->count && count == made.len;
	vec_free(&made);
	return count;
}

/* The same before the horizon; but where the second week is another already, the
 * rest of the year is not looked at. */
static size_t week_lasts(struct finder *finder, const struct set *week, size_t first,
			 size_t used, bool *to_the_end)
{
	int64_t soon = (int64_t)finder->window[first].lo + 2 * WEEK_SECONDS + WEEK_SECONDS / 7;

	if (set_is_empty(week))
		return 0;
	if (soon < finder->horizon && week_covers(finder, week, first, soon, to_the_end) <= used)
		return 0;
	return week_covers(finder, week, first, finder->horizon, to_the_end);
}

static bool week_before(struct finder *finder, const struct set *week, int64_t until)
{
	struct window_list made = VEC_INIT;

	windows_of_week(finder->arena, week, finder->zone, finder->at, until, &made);
	bool some = made.len > 0;
	vec_free(&made);
	return some;
}

/* A piece for the windows from `first` on; returns how many it holds. */
static size_t piece_find(struct finder *finder, size_t first)
{
	struct schedule_piece piece = { INSTANT_ALWAYS, INSTANT_NEVER, NULL, 0 };
	size_t used = 0;
	/* A window cut off by the beginning tells nothing of its week. */
	size_t whole = (int64_t)finder->window[first].lo == finder->at &&
				       first + 1 < finder->count ? first + 1 : first;
	const struct set *week = week_guess(finder, whole, &used);
	bool to_the_end = false;
	size_t count = week_lasts(finder, week, first, used, &to_the_end);

	if (count <= used) {
		piece_absolute(finder, first);
		return 1;
	}
	if (week_before(finder, week, (int64_t)finder->window[first].lo) || first > 0)
		piece.start = (int64_t)finder->window[first].lo;
	if (!to_the_end)
		piece.end = (int64_t)finder->window[first + count - 1].hi + 1;
	piece.stretches = week_stretches(finder->arena, week, &piece.stretch_count);
	vec_push(&finder->pieces, piece);
	return count;
}

struct schedule schedule_find(struct arena *arena, const struct set *windows, int64_t at,
			      int64_t horizon, const struct timezone_rules *zone)
{
	struct finder finder = { .arena = arena, .zone = zone, .at = at, .horizon = horizon };
	struct schedule schedule = { NULL, 0 };

	windows = set_intersect(arena, windows, set_one(arena, (u128)at, (u128)(horizon - 1)));
	finder.window = windows->range;
	finder.count = windows->len;
	for (size_t i = 0; i < finder.count;)
		i += piece_find(&finder, i);
	schedule.piece_count = finder.pieces.len;
	if (finder.pieces.len > 0)
		schedule.pieces = arena_copy(arena, finder.pieces.data,
					     finder.pieces.len * sizeof(*finder.pieces.data));
	vec_free(&finder.pieces);
	return schedule;
}

/* ---- the other way ---- */

static const struct set *piece_week(struct arena *arena, const struct schedule_piece *piece)
{
	const struct set *week = set_empty();

	for (size_t i = 0; i < piece->stretch_count; i++)
		week = set_union(arena, week, set_one(arena, piece->stretches[i].start,
						      piece->stretches[i].end - 1));
	return week;
}

const struct set *schedule_windows(struct arena *arena, const struct schedule *schedule,
				   int64_t at, int64_t horizon,
				   const struct timezone_rules *zone)
{
	VEC(struct range) ranges = VEC_INIT;

	for (size_t i = 0; i < schedule->piece_count; i++) {
		const struct schedule_piece *piece = &schedule->pieces[i];
		struct window_list made = VEC_INIT;
		struct window whole = { piece->start > at ? piece->start : at,
					piece->end < horizon ? piece->end : horizon };
		if (piece->stretch_count == 0 && whole.start < whole.end)
			vec_push(&made, whole);
		else
			windows_of_week(arena, piece_week(arena, piece), zone, whole.start,
					whole.end, &made);
		for (size_t k = 0; k < made.len; k++) {
			struct range range = { (u128)made.data[k].start,
					       (u128)(made.data[k].end - 1) };
			vec_push(&ranges, range);
		}
		vec_free(&made);
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}
