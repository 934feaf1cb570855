/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells of activity: time cut where any window of two filters begins or ends,
 * and stretches in which the same windows are open taken together; payloads likewise.
 * Every cell of time is there once for each of payloads. */
#include "config.h"
#include "compiler/filter.h"

#include <string.h>
#include <uthash.h>

#include "base/memory.h"
#include "base/vec.h"
#include "compiler/payload.h"

VEC_TYPE(cells_ranges, struct range);

struct cells_vector { /* which sets hold, one bit each */
	uint32_t cell;
	u128 example;
	UT_hash_handle hh;
	uint64_t bits[];
};

/* One line of numbers, cut by sets. */
struct cells_build {
	const struct set **sets;
	size_t count;
	u128 first, end;
	size_t words;
	struct cells_vector *vectors;
	VEC(u128) edges;
	VEC(struct cells_vector *) cells;
};

static void cells_add_edge(struct cells_build *build, u128 edge)
{
	if (edge > build->first && edge < build->end)
		vec_push(&build->edges, edge);
}

static int cells_edge_order(const void *left, const void *right)
{
	u128 a = *(const u128 *)left, b = *(const u128 *)right;

	return a < b ? -1 : a > b;
}

static void cells_find_edges(struct cells_build *build)
{
	vec_push(&build->edges, build->first);
	for (size_t i = 0; i < build->count; i++)
		for (size_t j = 0; j < build->sets[i]->len; j++) {
			cells_add_edge(build, build->sets[i]->range[j].lo);
			cells_add_edge(build, build->sets[i]->range[j].hi + 1);
		}
	qsort(build->edges.data, build->edges.len, sizeof(u128), cells_edge_order);
}

static void cells_fill_vector(const struct cells_build *build, u128 point,
			      struct cells_vector *vector)
{
	memset(vector->bits, 0, build->words * sizeof(uint64_t));
	for (size_t i = 0; i < build->count; i++)
		if (set_contains(build->sets[i], point))
			vector->bits[i / 64] |= UINT64_C(1) << i % 64;
}

static void cells_add_point(struct cells_build *build, u128 point)
{
	struct cells_vector *found, *vector =
		memory_alloc(sizeof(*vector) + build->words * sizeof(uint64_t));

	cells_fill_vector(build, point, vector);
	HASH_FIND(hh, build->vectors, vector->bits, build->words * sizeof(uint64_t), found);
	if (found != NULL) {
		free(vector);
		return;
	}
	vector->cell = (uint32_t)build->cells.len;
	vector->example = point;
	HASH_ADD_KEYPTR(hh, build->vectors, vector->bits, build->words * sizeof(uint64_t),
			vector);
	vec_push(&build->cells, vector);
}

static void cells_find(struct cells_build *build)
{
	build->words = build->count / 64 + 1;
	cells_find_edges(build);
	for (size_t i = 0; i < build->edges.len; i++)
		if (i == 0 || build->edges.data[i] != build->edges.data[i - 1])
			cells_add_point(build, build->edges.data[i]);
}

static void cells_release(struct cells_build *build)
{
	HASH_CLEAR(hh, build->vectors);
	for (size_t i = 0; i < build->cells.len; i++)
		free(build->cells.data[i]);
	vec_free(&build->cells);
	vec_free(&build->edges);
	free(build->sets);
}

/* ---- time and payloads ---- */

struct cells_both {
	struct arena *arena;
	struct cells_build times, payloads;
};

static bool cells_hold(const struct cells_build *build, size_t cell, size_t set)
{
	return (build->cells.data[cell]->bits[set / 64] >> set % 64 & 1) != 0;
}

/* The cells in which one set of either kind holds, whatever the other kind. */
static const struct set *cells_of(const struct cells_both *both, bool time, size_t set)
{
	const struct cells_build *build = time ? &both->times : &both->payloads;
	size_t payloads = both->payloads.cells.len;
	size_t times = time ? 1 : both->times.cells.len;
	struct cells_ranges ranges = VEC_INIT;

	for (size_t t = 0; t < times; t++)
		for (size_t i = 0; i < build->cells.len; i++) {
			size_t first = time ? i * payloads : t * payloads + i;
			struct range range = { first, first + (time ? payloads - 1 : 0) };
			if (cells_hold(build, i, set))
				vec_push(&ranges, range);
		}
	const struct set *held = set_from_ranges(both->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return held;
}

static const struct set **cells_side(const struct cells_both *both, bool time, size_t first,
				     size_t count)
{
	const struct set **sets = arena_array(both->arena, count + 1, sizeof(*sets));

	for (size_t i = 0; i < count; i++)
		sets[i] = cells_of(both, time, first + i);
	return sets;
}

static void cells_collect(struct cells_both *both, const struct filter *const filter[2])
{
	struct cells_build *times = &both->times, *payloads = &both->payloads;

	times->sets = memory_array(filter[0]->activity_count + filter[1]->activity_count + 1,
				   sizeof(*times->sets));
	payloads->sets = memory_array(filter[0]->payload_count + filter[1]->payload_count + 1,
				      sizeof(*payloads->sets));
	for (size_t side = 0; side < 2; side++) {
		for (size_t i = 0; i < filter[side]->activity_count; i++)
			times->sets[times->count++] = filter[side]->activities[i].windows;
		for (size_t i = 0; i < filter[side]->payload_count; i++)
			payloads->sets[payloads->count++] = filter[side]->payloads[i].points;
	}
}

static void cells_examples(struct activity_cells *cells, const struct cells_both *both)
{
	size_t payloads = both->payloads.cells.len;

	cells->count = both->times.cells.len * payloads;
	cells->example = arena_array(both->arena, cells->count, sizeof(*cells->example));
	cells->payload = arena_array(both->arena, cells->count, sizeof(*cells->payload));
	for (size_t i = 0; i < cells->count; i++) {
		cells->example[i] = (int64_t)both->times.cells.data[i / payloads]->example;
		cells->payload[i] =
			(uint64_t)both->payloads.cells.data[i % payloads]->example;
	}
}

void activity_cells_make(struct activity_cells *cells, struct arena *arena,
			 const struct filter *left, const struct filter *right)
{
	const struct filter *const filter[] = { left, right };
	struct cells_both both = {
		.arena = arena,
		.times = { .first = (u128)left->at, .end = (u128)left->horizon },
		.payloads = { .first = PAYLOAD_EMPTY, .end = PAYLOAD_END },
	};

	cells_collect(&both, filter);
	cells_find(&both.times);
	cells_find(&both.payloads);
	cells_examples(cells, &both);
	cells->left = cells_side(&both, true, 0, left->activity_count);
	cells->right = cells_side(&both, true, left->activity_count, right->activity_count);
	cells->left_payload = cells_side(&both, false, 0, left->payload_count);
	cells->right_payload =
		cells_side(&both, false, left->payload_count, right->payload_count);
	cells_release(&both.times);
	cells_release(&both.payloads);
}

const struct set *activity_cells_of(const struct activity_cells *cells, struct arena *arena,
				    bool left, const struct filter_entry *entry)
{
	const struct set *times = (left ? cells->left : cells->right)[entry->activity];

	if (entry->payload == 0)
		return times;
	return set_intersect(arena, times, (left ? cells->left_payload :
						   cells->right_payload)[entry->payload]);
}
