/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells of time and mode. Instants at which the same activities hold are one
 * time; times are numbered as they first come, so that time 0 is `at`. */
#include "config.h"
#include "compiler/policy_space.h"

#include <stdlib.h>
#include <string.h>

/* How much is looked at after each date: more than a year, for the clock's changes. */
#define HORIZON ((int64_t)400 * 86400)

struct activity_edge {
	int64_t instant;
	uint32_t activity;
};

struct time_table {
	struct arena *arena;
	VEC(const struct activity *) activities; /* distinct */
	VEC(uint32_t) chain;     /* the next one of the same bucket, plus 1 */
	uint32_t *buckets;       /* plus 1 */
	size_t bucket_count;
	VEC(struct activity_edge) edges;
	VEC(uint64_t *) times;   /* the activities that hold, as bits */
	VEC(int64_t) examples;
	VEC(struct policy_span) spans;
	size_t words;
};

static size_t activity_bucket(const struct time_table *table, const struct activity *activity)
{
	int64_t from, until;

	activity_bounds(activity, &from, &until);
	uint64_t hash = (uint64_t)from * 0x9e3779b97f4a7c15u ^ (uint64_t)until;
	hash *= 0xd6e8feb86659fd93u;
	return (hash ^ hash >> 32) & (table->bucket_count - 1);
}

/* The number of an activity; NULL is none. */
static size_t activity_number(struct time_table *table, const struct activity *activity)
{
	size_t bucket = activity_bucket(table, activity);

	for (uint32_t n = table->buckets[bucket]; n != 0; n = table->chain.data[n - 1])
		if (activity_equal(table->activities.data[n - 1], activity))
			return n - 1;
	vec_push(&table->activities, activity);
	vec_push(&table->chain, table->buckets[bucket]);
	table->buckets[bucket] = (uint32_t)table->activities.len;
	return table->activities.len - 1;
}

static int instant_order(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* The stretches of time that show every vector there will ever be: after a date
 * the weeks repeat each other until the next one. */
static void table_stretches(const struct time_table *table, int64_t at,
			    struct window_list *stretches)
{
	struct instant_list events = VEC_INIT;

	vec_push(&events, at);
	for (size_t i = 0; i < table->activities.len; i++)
		activity_events(table->activities.data[i], &events);
	qsort(events.data, events.len, sizeof(*events.data), instant_order);
	for (size_t i = 0; i < events.len; i++) {
		int64_t start = events.data[i] > at ? events.data[i] : at;
		if (stretches->len > 0 && start <= stretches->data[stretches->len - 1].end)
			stretches->data[stretches->len - 1].end = start + HORIZON;
		else
			vec_push(stretches, ((struct window){ start, start + HORIZON }));
	}
	vec_free(&events);
}

static int edge_order(const void *left, const void *right)
{
	const struct activity_edge *a = left, *b = right;

	if (a->instant != b->instant)
		return a->instant < b->instant ? -1 : 1;
	return (a->activity > b->activity) - (a->activity < b->activity);
}

static void table_edges(struct time_table *table, struct window stretch)
{
	struct window_list windows = VEC_INIT;

	table->edges.len = 0;
	for (uint32_t i = 0; i < table->activities.len; i++) {
		windows.len = 0;
		activity_windows(table->activities.data[i], stretch.start, stretch.end, &windows);
		for (size_t w = 0; w < windows.len; w++) {
			struct activity_edge start = { windows.data[w].start, i };
			struct activity_edge end = { windows.data[w].end, i };
			vec_push(&table->edges, start);
			if (end.instant < stretch.end)
				vec_push(&table->edges, end);
		}
	}
	vec_free(&windows);
	if (table->edges.len > 0)
		qsort(table->edges.data, table->edges.len, sizeof(struct activity_edge),
		      edge_order);
}

/* Few vectors come: schedules repeat each other. */
static uint32_t table_time(struct time_table *table, const uint64_t *holds, int64_t instant)
{
	size_t size = table->words * sizeof(*holds);

	for (size_t t = 0; t < table->times.len; t++)
		if (memcmp(table->times.data[t], holds, size) == 0)
			return (uint32_t)t;
	vec_push(&table->times, arena_copy(table->arena, holds, size));
	vec_push(&table->examples, instant);
	return (uint32_t)table->times.len - 1;
}

static void table_stretch(struct time_table *table, struct window stretch)
{
	uint64_t *holds = memory_array(table->words, sizeof(*holds));
	size_t i = 0;

	table_edges(table, stretch);
	for (int64_t instant = stretch.start;; instant = table->edges.data[i].instant) {
		for (; i < table->edges.len && table->edges.data[i].instant <= instant; i++)
			holds[table->edges.data[i].activity / 64] ^=
				(uint64_t)1 << table->edges.data[i].activity % 64;
		vec_push(&table->spans, ((struct policy_span){
						instant, table_time(table, holds, instant) }));
		if (i == table->edges.len)
			break;
	}
	vec_push(&table->spans, ((struct policy_span){ stretch.end, POLICY_NO_TIME }));
	free(holds);
}

static void table_times(struct time_table *table, int64_t at)
{
	struct window_list stretches = VEC_INIT;

	table->words = table->activities.len / 64 + 1;
	table_stretches(table, at, &stretches);
	for (size_t i = 0; i < stretches.len; i++)
		table_stretch(table, stretches.data[i]);
	vec_free(&stretches);
}

static bool time_holds(const struct time_table *table, size_t time, size_t activity)
{
	return (table->times.data[time][activity / 64] >> activity % 64 & 1) != 0;
}

static bool column_holds(const struct policy_cells *cells, uint64_t modes, size_t column)
{
	int mode = cells->mode[column];

	return modes == MODE_EVERY || (mode >= 0 && (modes >> mode & 1) != 0);
}

/* Adds the cells of one time. */
static void cells_add(struct range *ranges, size_t *len, const struct policy_cells *cells,
		      size_t time, uint64_t modes)
{
	for (size_t c = 0; c < cells->columns; c++) {
		u128 cell = time * cells->columns + c;
		if (column_holds(cells, modes, c))
			ranges[(*len)++] = (struct range){ cell, cell };
	}
}

static const struct set *cells_when(struct time_table *table, const struct policy_cells *cells,
				    const struct activity *activity, uint64_t modes)
{
	struct range *ranges = memory_array(cells->count, sizeof(*ranges));
	size_t len = 0, number = activity ? activity_number(table, activity) : 0;

	for (size_t t = 0; t < table->times.len; t++)
		if (activity == NULL || time_holds(table, t, number))
			cells_add(ranges, &len, cells, t, modes);
	const struct set *set = set_from_ranges(table->arena, ranges, len);
	free(ranges);
	return set;
}

/* The cells of one mode, -1 being none. */
static const struct set *cells_in_mode(struct time_table *table,
				       const struct policy_cells *cells, int mode)
{
	struct range *ranges = memory_array(table->times.len, sizeof(*ranges));

	for (size_t t = 0; t < table->times.len; t++)
		ranges[t].lo = ranges[t].hi = t * cells->columns + (u128)(mode + 1);
	const struct set *set = set_from_ranges(table->arena, ranges, table->times.len);
	free(ranges);
	return set;
}

/* An assert that names no time means now, one that names no mode the given one;
 * but asserts of `deny` and `no path` then mean all of them. */
static const struct set *cells_asked(struct time_table *table, const struct policy_cells *cells,
				     const struct assertion *assertion, int mode)
{
	const struct set *asked =
		cells_when(table, cells, assertion->activity, assertion->modes);

	if (assertion->kind != ASSERT_ALLOW)
		return asked;
	if (!assertion->timed)
		asked = set_intersect(table->arena, asked,
				      set_one(table->arena, 0, cells->columns - 1));
	if (assertion->modes == MODE_EVERY)
		asked = set_intersect(table->arena, asked, cells_in_mode(table, cells, mode));
	return asked;
}

static void table_init(struct time_table *table, struct arena *arena, size_t rules)
{
	*table = (struct time_table){ .arena = arena, .bucket_count = 64 };
	while (table->bucket_count < rules)
		table->bucket_count *= 2;
	table->buckets = memory_array(table->bucket_count, sizeof(*table->buckets));
}

static void table_number(struct time_table *table, const struct model *model)
{
	for (size_t i = 0; i < model->rule_count; i++)
		if (model->rules[i].activity != NULL)
			activity_number(table, model->rules[i].activity);
	for (size_t i = 0; i < model->assertion_count; i++)
		if (model->assertions[i].activity != NULL)
			activity_number(table, model->assertions[i].activity);
}

static void table_release(struct time_table *table)
{
	vec_free(&table->activities);
	vec_free(&table->chain);
	free(table->buckets);
	vec_free(&table->edges);
	vec_free(&table->times);
	vec_free(&table->examples);
	vec_free(&table->spans);
}

/* Column 0 is no mode, column n + 1 mode n. */
static const int *columns_of(struct arena *arena, const struct model *model)
{
	int *mode = arena_array(arena, model->mode_count + 1, sizeof(*mode));

	for (size_t c = 0; c <= model->mode_count; c++)
		mode[c] = (int)c - 1;
	return mode;
}

/* The cells of each rule; columns and modes are known. */
static void cells_fill(struct policy_cells *cells, struct time_table *table,
		       const struct model *model)
{
	cells->count = (uint32_t)table->times.len * cells->columns;
	cells->example = arena_copy(table->arena, table->examples.data,
				    table->examples.len * sizeof(int64_t));
	cells->span_count = table->spans.len;
	cells->spans = arena_copy(table->arena, table->spans.data,
				  table->spans.len * sizeof(*cells->spans));
	cells->active = arena_array(table->arena, model->rule_count, sizeof(*cells->active));
	const struct set *always = set_one(table->arena, 0, cells->count - 1);
	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		bool plain = rule->activity == NULL && rule->modes == MODE_EVERY;
		cells->active[i] = plain ? always
					 : cells_when(table, cells, rule->activity, rule->modes);
	}
}

void policy_cells_make(struct policy_cells *cells, struct arena *arena,
		       const struct model *model, int64_t at, int mode)
{
	struct time_table table;

	table_init(&table, arena, model->rule_count);
	table_number(&table, model);
	table_times(&table, at);
	cells->columns = (uint32_t)model->mode_count + 1;
	cells->mode = columns_of(arena, model);
	cells_fill(cells, &table, model);
	cells->asked = arena_array(arena, model->assertion_count, sizeof(*cells->asked));
	for (size_t i = 0; i < model->assertion_count; i++)
		cells->asked[i] = cells_asked(&table, cells, &model->assertions[i], mode);
	table_release(&table);
}

/* Columns: no mode, those of the first model, what the second has besides. */
static void columns_joint(struct policy_cells cells[2], struct arena *arena,
			  const struct model *const models[2])
{
	size_t most = models[0]->mode_count + models[1]->mode_count + 1, columns = 0;
	int *of[2] = { arena_array(arena, most, sizeof(int)), arena_array(arena, most, sizeof(int)) };

	of[0][columns] = of[1][columns] = -1;
	columns++;
	for (size_t m = 0; m < models[0]->mode_count; m++, columns++) {
		of[0][columns] = (int)m;
		of[1][columns] = model_mode_by_name(models[1], models[0]->modes[m].name);
	}
	for (size_t m = 0; m < models[1]->mode_count; m++) {
		if (model_mode_by_name(models[0], models[1]->modes[m].name) >= 0)
			continue;
		of[0][columns] = -1;
		of[1][columns++] = (int)m;
	}
	for (int side = 0; side < 2; side++) {
		cells[side].columns = (uint32_t)columns;
		cells[side].mode = of[side];
	}
}

void policy_cells_make_joint(struct policy_cells cells[2], struct arena *arena,
			     const struct model *const models[2], int64_t at)
{
	struct time_table table;

	table_init(&table, arena, models[0]->rule_count + models[1]->rule_count);
	for (int side = 0; side < 2; side++)
		table_number(&table, models[side]);
	table_times(&table, at);
	columns_joint(cells, arena, models);
	for (int side = 0; side < 2; side++) {
		cells_fill(&cells[side], &table, models[side]);
		cells[side].asked = NULL;
	}
	table_release(&table);
}
