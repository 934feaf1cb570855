/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells of activity: time cut where any window of two filters begins or ends,
 * and stretches in which the same windows are open taken together. */
#include "config.h"
#include "compiler/filter.h"

#include <string.h>
#include <uthash.h>

#include "base/memory.h"
#include "base/vec.h"

VEC_TYPE(cells_ranges, struct range);

struct cells_vector { /* which activities are open, one bit each */
	uint32_t cell;
	int64_t example;
	UT_hash_handle hh;
	uint64_t bits[];
};

struct cells_build {
	const struct filter *filter[2];
	size_t words;
	struct cells_vector *vectors;
	VEC(int64_t) edges;
	VEC(struct cells_vector *) cells;
};

static void cells_add_edge(struct cells_build *build, u128 instant)
{
	const struct filter *left = build->filter[0];

	if (instant > (u128)left->at && instant < (u128)left->horizon)
		vec_push(&build->edges, (int64_t)instant);
}

static int cells_edge_order(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return a < b ? -1 : a > b;
}

static void cells_find_edges(struct cells_build *build)
{
	vec_push(&build->edges, build->filter[0]->at);
	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < build->filter[side]->activity_count; i++) {
			const struct set *set = build->filter[side]->activities[i].windows;
			for (size_t j = 0; j < set->len; j++) {
				cells_add_edge(build, set->range[j].lo);
				cells_add_edge(build, set->range[j].hi + 1);
			}
		}
	qsort(build->edges.data, build->edges.len, sizeof(int64_t), cells_edge_order);
}

static void cells_fill_vector(const struct cells_build *build, int64_t instant,
			      struct cells_vector *vector)
{
	size_t bit = 0;

	memset(vector->bits, 0, build->words * sizeof(uint64_t));
	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < build->filter[side]->activity_count; i++, bit++)
			if (set_contains(build->filter[side]->activities[i].windows,
					 (u128)instant))
				vector->bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void cells_add_instant(struct cells_build *build, int64_t instant)
{
	struct cells_vector *found, *vector =
		memory_alloc(sizeof(*vector) + build->words * sizeof(uint64_t));

	cells_fill_vector(build, instant, vector);
	HASH_FIND(hh, build->vectors, vector->bits, build->words * sizeof(uint64_t), found);
	if (found != NULL) {
		free(vector);
		return;
	}
	vector->cell = (uint32_t)build->cells.len;
	vector->example = instant;
	HASH_ADD_KEYPTR(hh, build->vectors, vector->bits, build->words * sizeof(uint64_t),
			vector);
	vec_push(&build->cells, vector);
}

/* The cells in which activity `bit` is open. */
static const struct set *cells_of(const struct cells_build *build, struct arena *arena,
				  size_t bit)
{
	struct cells_ranges ranges = VEC_INIT;
	const struct set *set;

	for (size_t i = 0; i < build->cells.len; i++)
		if (build->cells.data[i]->bits[bit / 64] >> bit % 64 & 1) {
			struct range one = { i, i };
			vec_push(&ranges, one);
		}
	set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static const struct set **cells_side(const struct cells_build *build, struct arena *arena,
				     size_t first, size_t count)
{
	const struct set **sets = arena_array(arena, count + 1, sizeof(*sets));

	for (size_t i = 0; i < count; i++)
		sets[i] = cells_of(build, arena, first + i);
	return sets;
}

static void cells_release(struct cells_build *build)
{
	HASH_CLEAR(hh, build->vectors);
	for (size_t i = 0; i < build->cells.len; i++)
		free(build->cells.data[i]);
	vec_free(&build->cells);
	vec_free(&build->edges);
}

void activity_cells_make(struct activity_cells *cells, struct arena *arena,
			 const struct filter *left, const struct filter *right)
{
	struct cells_build build = { .filter = { left, right } };

	build.words = (left->activity_count + right->activity_count + 63) / 64 + 1;
	cells_find_edges(&build);
	for (size_t i = 0; i < build.edges.len; i++)
		if (i == 0 || build.edges.data[i] != build.edges.data[i - 1])
			cells_add_instant(&build, build.edges.data[i]);
	cells->count = build.cells.len;
	cells->example = arena_array(arena, cells->count, sizeof(*cells->example));
	for (size_t i = 0; i < cells->count; i++)
		cells->example[i] = build.cells.data[i]->example;
	cells->left = cells_side(&build, arena, 0, left->activity_count);
	cells->right = cells_side(&build, arena, left->activity_count, right->activity_count);
	cells_release(&build);
}
