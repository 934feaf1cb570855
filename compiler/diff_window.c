/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as windows: those that repeat each other week by week as one week, between the
 * dates on which that begins and ends, others as they come. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

enum { FEW = 2, PHASES_MAX = 4, WEEKLY_MAX = 28, HOUR = 3600, DAY = 24 * HOUR, WEEK = 7 * DAY };

/* A window of the week, by the clock. */
struct weekly {
	int day;                 /* 0: Monday */
	uint32_t start, length;  /* seconds by the clock */
};
VEC_TYPE(weekly_list, struct weekly);

/* Where there are windows, one of the policies has a zone. */
static const struct timezone_rules *windows_zone(const struct diff_space *space)
{
	const struct timezone_rules *zone = space->model[DIFF_NEW]->timezone;

	return zone != NULL ? zone : space->model[DIFF_OLD]->timezone;
}

/* ---- windows ---- */

/* Stretches of one of the times, joined where they touch. */
static void windows_make(struct window_list *windows, const struct policy_cells *cells,
			 const struct set *times)
{
	for (size_t i = 0; i + 1 < cells->span_count; i++) {
		struct window one = { cells->spans[i].start, cells->spans[i + 1].start };
		struct window *last = windows->len > 0 ? &windows->data[windows->len - 1] : NULL;
		if (!set_contains(times, cells->spans[i].time) || one.start == one.end)
			continue;
		if (last != NULL && last->end == one.start)
			last->end = one.end;
		else
			vec_push(windows, one);
	}
}

/* Nothing is known of what comes behind. */
static bool is_last(const struct policy_cells *cells, int64_t instant)
{
	return instant >= cells->spans[cells->span_count - 1].start;
}

/* ---- in words ---- */

static void put_clock(struct strbuf *text, uint32_t second)
{
	strbuf_printf(text, "%02u:%02u", second / 3600, second / 60 % 60);
}

/* A date, with the time of day where that is not its beginning. */
static void put_instant(struct strbuf *text, const struct timezone_rules *zone, int64_t instant)
{
	struct wall_clock clock = timezone_wall_clock(zone, instant);
	int year, month, day;

	date_to_civil(clock.day, &year, &month, &day);
	strbuf_printf(text, "%04d-%02d-%02d", year, month, day);
	if (clock.second != 0) {
		strbuf_putc(text, ' ');
		put_clock(text, clock.second);
	}
}

static void put_window(struct strbuf *text, const struct diff_space *space, struct window window)
{
	const struct policy_cells *cells = &space->cells[DIFF_OLD];
	const struct timezone_rules *zone = windows_zone(space);
	bool begins = window.start > cells->spans[0].start, ends = !is_last(cells, window.end);

	if (begins)
		strbuf_puts(text, "from ");
	if (begins)
		put_instant(text, zone, window.start);
	if (ends)
		strbuf_puts(text, begins ? " to before " : "before ");
	if (ends)
		put_instant(text, zone, window.end);
}

/* ---- weeks ---- */

static struct weekly weekly_of(const struct timezone_rules *zone, struct window window)
{
	struct wall_clock start = timezone_wall_clock(zone, window.start);
	struct wall_clock end = timezone_wall_clock(zone, window.end);

	return (struct weekly){ (start.day + 3) % 7, start.second,
				(uint32_t)((end.day - start.day) * DAY) + end.second - start.second };
}

static bool weekly_equal(struct weekly a, struct weekly b)
{
	return a.day == b.day && a.start == b.start && a.length == b.length;
}

/* How many of the windows repeat the week that the first begins; 0: none do. */
static size_t weekly_run(struct weekly_list *week, const struct timezone_rules *zone,
			 const struct window *windows, size_t count)
{
	size_t each = 0, run;

	while (each < count && each < WEEKLY_MAX &&
	       windows[each].start < windows[0].start + WEEK - DAY / 4)
		vec_push(week, weekly_of(zone, windows[each++]));
	for (run = each; run < count; run++)
		if (!weekly_equal(weekly_of(zone, windows[run]), week->data[run % each]))
			break;
	return run < 2 * each ? 0 : run;
}

static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static void put_weekly(struct strbuf *text, const struct weekly *one, bool *used,
		       const struct weekly_list *week)
{
	uint32_t until = one->start + one->length;
	bool has[8] = { false };

	for (size_t i = 0; i < week->len; i++)
		if (week->data[i].start == one->start && week->data[i].length == one->length)
			has[week->data[i].day] = used[i] = true;
	for (int day = 0, end; day < 7; day = end + 1) {
		for (end = day; has[day] && has[end + 1];)
			end++;
		if (!has[day])
			continue;
		strbuf_printf(text, "%s%s", text->text[text->len - 1] == ' ' ? "" : ", ",
			      day_names[day]);
		if (end > day)
			strbuf_printf(text, "-%s", day_names[end]);
	}
	strbuf_putc(text, ' ');
	put_clock(text, one->start);
	strbuf_puts(text, " - ");
	if (until > DAY && one->length >= DAY)
		strbuf_printf(text, "%s ",
			      day_names[((uint32_t)one->day + until / (uint32_t)DAY) % 7]);
	put_clock(text, until == DAY ? until : until % (uint32_t)DAY);
}

static void put_week(struct strbuf *text, const struct weekly_list *week)
{
	bool used[WEEKLY_MAX] = { false };
	bool first = true;

	strbuf_puts(text, "weekly ");
	for (size_t i = 0; i < week->len; i++) {
		if (used[i])
			continue;
		if (!first)
			strbuf_puts(text, " and ");
		put_weekly(text, &week->data[i], used, week);
		first = false;
	}
}

/* ---- phases ---- */

/* Told beside the week: from when on it is so, and until when, unless the week before
 * lies before all times, and the one behind after them. An hour is the clock's. */
static void put_bounds(struct strbuf *text, const struct diff_space *space,
		       const struct window *windows, size_t each, size_t run)
{
	const struct policy_cells *cells = &space->cells[DIFF_OLD];
	struct window whole = { windows[0].start, windows[run - 1].end };
	size_t before = text->len;

	if (windows[each - 1].start - WEEK < cells->spans[0].start + HOUR)
		whole.start = cells->spans[0].start;
	if (is_last(cells, windows[run - each].end + WEEK + HOUR))
		whole.end = cells->spans[cells->span_count - 1].start;
	strbuf_putc(text, ' ');
	put_window(text, space, whole);
	if (text->len == before + 1)
		text->text[--text->len] = '\0';
}

/* Weeks that repeat each other, or one window: how many windows that was. */
static size_t put_phase(struct strbuf *text, const struct diff_space *space,
			const struct window *windows, size_t count)
{
	struct weekly_list week = VEC_INIT;
	size_t run = weekly_run(&week, windows_zone(space), windows, count);

	if (run > 0) {
		put_week(text, &week);
		put_bounds(text, space, windows, week.len, run);
	} else {
		put_window(text, space, windows[0]);
	}
	vec_free(&week);
	return run > 0 ? run : 1;
}

/* Windows that `at` or the horizon cuts, beside others, are of the weeks beside them. */
static void windows_trim(struct window_list *windows, const struct policy_cells *cells)
{
	if (windows->len > FEW && windows->data[0].start == cells->spans[0].start)
		memmove(windows->data, windows->data + 1, --windows->len * sizeof(*windows->data));
	if (windows->len > FEW && is_last(cells, windows->data[windows->len - 1].end))
		windows->len--;
}

void diff_windows_tell(const struct diff_space *space, const struct set *times,
		       struct strbuf *text)
{
	struct window_list windows = VEC_INIT;
	size_t told = 0;

	windows_make(&windows, &space->cells[DIFF_OLD], times);
	windows_trim(&windows, &space->cells[DIFF_OLD]);
	for (int phase = 0; phase < PHASES_MAX && told < windows.len; phase++) {
		strbuf_puts(text, phase > 0 ? ", " : "");
		told += put_phase(text, space, windows.data + told, windows.len - told);
	}
	if (told < windows.len)
		strbuf_printf(text, " and %zu more times", windows.len - told);
	vec_free(&windows);
}
