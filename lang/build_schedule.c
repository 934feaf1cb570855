/* SPDX-License-Identifier: Apache-2.0
 *
 * Constructors of schedules: windows of the wall clock. */
#include "config.h"
#include "lang/build.h"

#include <string.h>

enum { DAY_MINUTES = 1440, WEEK_MINUTES = 7 * DAY_MINUTES };

void build_schedule(struct parser *parser, const struct tree_name *name,
		    const struct span *where)
{
	struct tree_schedule *schedule = arena_alloc(parser->arena, sizeof(*schedule));

	schedule->name = *name;
	schedule->name.next = NULL;
	schedule->where = *where;
	build_statement(parser, STATEMENT_SCHEDULE)->schedule = schedule;
	parser->schedule = schedule;
}

static struct tree_window *build_window(struct parser *parser, enum window_kind kind,
					uint32_t start, uint32_t end, const struct span *where)
{
	struct tree_window *window = arena_alloc(parser->arena, sizeof(*window));

	window->kind = kind;
	window->start_minute = start;
	window->end_minute = end;
	window->where = *where;
	parser->schedule->windows = list_add(parser->schedule->windows, window);
	return window;
}

static int day_number(const char *text, size_t length)
{
	static const char days[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	for (int day = 0; day < 7; day++)
		if (length == 3 && memcmp(days[day], text, 3) == 0)
			return day;
	return -1;
}

/* `sat` or `mon-fri`, which scans as one name. */
static bool day_parse(struct parser *parser, const struct tree_name *name, int *first,
		      int *last)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	const char *dash = strchr(name->text, '-');
	size_t length = dash ? (size_t)(dash - name->text) : strlen(name->text);

	*first = day_number(name->text, length);
	*last = dash ? day_number(dash + 1, strlen(dash + 1)) : *first;
	if (*first >= 0 && *last >= 0)
		return true;
	parser_unknown(parser, name->where, "day", name->text, days, 7);
	return false;
}

static bool build_clock(struct parser *parser, uint32_t start, uint32_t end,
			const struct span *where)
{
	if (start == DAY_MINUTES)
		parser_error(parser, *where, "24:00 is only the end of a window");
	else if (start == end)
		parser_error(parser, *where, "this window is empty");
	return start != DAY_MINUTES && start != end;
}

static void build_day(struct parser *parser, int day, uint32_t start, uint32_t end,
		      const struct span *where)
{
	uint32_t base = (uint32_t)day * DAY_MINUTES;
	uint32_t stop = base + end + (end <= start ? DAY_MINUTES : 0);

	if (stop > WEEK_MINUTES)
		stop -= WEEK_MINUTES;
	build_window(parser, WINDOW_WEEKLY, base + start, stop, where);
}

void build_weekly(struct parser *parser, struct tree_name *days, uint32_t start, uint32_t end,
		  const struct span *where)
{
	int first, last;

	list_close(days);
	if (!build_clock(parser, start, end, where))
		return;
	for (const struct tree_name *name = days; name; name = name->next) {
		if (!day_parse(parser, name, &first, &last))
			continue;
		for (int day = first;; day = (day + 1) % 7) {
			build_day(parser, day, start, end, where);
			if (day == last)
				break;
		}
	}
}

void build_weekly_span(struct parser *parser, struct tree_name *first, uint32_t start,
		       const struct tree_name *last, uint32_t end, const struct span *where)
{
	int from, until, ignored;

	list_close(first);
	if (!day_parse(parser, first, &from, &ignored) ||
	    !day_parse(parser, last, &until, &ignored))
		return;
	if (first->next || strchr(first->text, '-') || strchr(last->text, '-')) {
		parser_error(parser, *where, "a window over days runs from one day to one day");
		return;
	}
	uint32_t begin = (uint32_t)from * DAY_MINUTES + start;
	uint32_t stop = (uint32_t)until * DAY_MINUTES + end;
	if (build_clock(parser, start, start == DAY_MINUTES ? start : start + 1, where) &&
	    begin == stop % WEEK_MINUTES)
		parser_error(parser, *where, "this window is empty");
	else if (start != DAY_MINUTES)
		build_window(parser, WINDOW_WEEKLY, begin, stop, where);
}

void build_daily(struct parser *parser, uint32_t start, uint32_t end, const struct span *where)
{
	if (!build_clock(parser, start, end, where))
		return;
	for (int day = 0; day < 7; day++)
		build_day(parser, day, start, end, where);
}

void build_dated(struct parser *parser, int32_t start_day, uint32_t start, int32_t end_day,
		 uint32_t end, const struct span *where)
{
	if (start_day > end_day || (start_day == end_day && start >= end)) {
		parser_error(parser, *where, "this window ends before it begins");
		return;
	}
	struct tree_window *window = build_window(parser, WINDOW_DATED, start, end, where);
	window->start_day = start_day;
	window->end_day = end_day;
}

void build_schedule_close(struct parser *parser)
{
	list_close(parser->schedule->windows);
	parser->schedule = NULL;
}
