/* SPDX-License-Identifier: Apache-2.0
 *
 * From windows of instants back to what devices are told: wall-clock times of
 * the week, between two instants. Every schedule found here yields exactly the
 * windows it was made from; where the weeks do not repeat, each window is a
 * piece of its own. */
#ifndef BACKENDS_SCHEDULE_H
#define BACKENDS_SCHEDULE_H

#include "compiler/activity.h"
#include "compiler/set.h"

/* Minutes of the week from Monday 00:00, half open; neither wraps nor is longer
 * than a day: what goes on over midnight is two of them. */
struct schedule_stretch {
	uint32_t start, end; /* start < end */
};

/* Active at the stretches of each week, from `start` until `end`; without
 * stretches all the time between. Pieces do not overlap. */
struct schedule_piece {
	int64_t start, end; /* INSTANT_ALWAYS, INSTANT_NEVER: unbounded */
	const struct schedule_stretch *stretches;
	size_t stretch_count;
};

struct schedule {
	const struct schedule_piece *pieces; /* in the order of time; none: never active */
	size_t piece_count;
};

/* `windows` are seconds as in struct filter_activity; what lies outside [at,
 * horizon) is left to the schedule. `zone` NULL: UTC. Everything in the arena.
 * About n log n in the number of windows. */
struct schedule schedule_find(struct arena *arena, const struct set *windows, int64_t at,
			      int64_t horizon, const struct timezone_rules *zone);

/* The windows of a schedule within [at, horizon): the other way. */
const struct set *schedule_windows(struct arena *arena, const struct schedule *schedule,
				   int64_t at, int64_t horizon,
				   const struct timezone_rules *zone);

#endif
