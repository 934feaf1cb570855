/* SPDX-License-Identifier: Apache-2.0
 *
 * When a rule is active: dates and schedules of the policy's time zone, as
 * instants (seconds since 1970-01-01 UTC). Wall-clock arithmetic is the C
 * library's with the system's time zone data; an hour the clock skips vanishes,
 * one it repeats counts twice. */
#ifndef COMPILER_ACTIVITY_H
#define COMPILER_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/vec.h"
#include "lang/tree.h"

#define INSTANT_NEVER INT64_MAX /* no such instant */
#define INSTANT_ALWAYS INT64_MIN

struct timezone_rules; /* one loaded time zone; immutable */

/* NULL if the system has no such zone (names are checked, never guessed). */
const struct timezone_rules *timezone_load(struct arena *arena, const char *name);
/* The instant at which local DAY begins, and the wall clock at an instant. */
int64_t timezone_day_start(const struct timezone_rules *zone, int32_t day);
struct wall_clock {
	int32_t day;     /* days since 1970-01-01, local */
	uint32_t second; /* of the day by the clock's hands, 0..86399 */
};
struct wall_clock timezone_wall_clock(const struct timezone_rules *zone, int64_t instant);

/* Immutable; NULL means active always. */
struct activity;

/* from/until: NULL or not given: unbounded. schedules: windows of all schedules
 * named, NULL: at any time. zone must be given if there are dates or windows. */
const struct activity *activity_make(struct arena *arena, const struct timezone_rules *zone,
				     const struct tree_date *from,
				     const struct tree_date *until,
				     const struct tree_window *const *schedules,
				     size_t schedule_count);

bool activity_at(const struct activity *activity, int64_t instant);
/* The first instant after `instant` at which the answer changes, or INSTANT_NEVER. */
int64_t activity_next_change(const struct activity *activity, int64_t instant);
bool activity_equal(const struct activity *a, const struct activity *b);
bool activity_has_schedule(const struct activity *activity);
/* [from, until): INSTANT_ALWAYS and INSTANT_NEVER where unbounded. */
void activity_bounds(const struct activity *activity, int64_t *from, int64_t *until);

/* Half-open windows [start, end). */
struct window {
	int64_t start, end;
};
VEC_TYPE(window_list, struct window);
/* The windows in which it is active, clipped to [from, until). */
void activity_windows(const struct activity *activity, int64_t from, int64_t until,
		      struct window_list *out);

/* Adds instants from which on a week tells all that comes before the next of
 * them: where a date of the activity begins or ends, none later than it does. */
VEC_TYPE(instant_list, int64_t);
void activity_events(const struct activity *activity, struct instant_list *out);

/* RFC 3339 both ways; "Z" for UTC where zone is NULL. */
enum { INSTANT_TEXT = 32 };
bool instant_parse(const char *text, int64_t *out);
char *instant_print(int64_t instant, const struct timezone_rules *zone, char *buffer);

#endif
