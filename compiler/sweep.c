/* SPDX-License-Identifier: Apache-2.0
 *
 * The joint partition. An event is the edge of one item in one field: the item
 * starts or stops to hold there. Events are one word, the place above and the
 * item's position below, so that sorting the words sorts the sweep; places of
 * more than 32 bits (IPv6 addresses) are numbered first. */
#include "config.h"
#include "compiler/sweep.h"

#include <string.h>

enum { SWEEP_SMALL = 48, SWEEP_NONE = UINT32_MAX };
#define SWEEP_BUDGET ((uint64_t)1 << 26)

struct sweep_group {
	uint64_t hash;
	size_t list;         /* in lists: positions of the items that came and went */
	uint32_t list_len;
	uint32_t next;       /* of the same slot */
	size_t first, count; /* in ranges */
};

struct sweep_stretch {
	struct range range;
	uint32_t group;
};

/* Scratch of one field. Nothing is freed between regions. */
struct sweep_level {
	VEC(uint64_t) events;
	VEC(uint64_t) spare;
	VEC(u128) edges;      /* where places are numbered */
	VEC(uint32_t) always; /* positions of items that span the field */
	VEC(uint32_t) lists;
	VEC(struct sweep_group) groups;
	VEC(struct sweep_stretch) stretches;
	VEC(struct range) ranges;
	VEC(uint32_t) slots;
	VEC(uint32_t) items;  /* handed to the next field */
};

void sweep_init(struct sweep *sweep, const struct space_box *box, uint64_t budget)
{
	*sweep = (struct sweep){
		.box = *box,
		.budget = budget ? budget : SWEEP_BUDGET,
		.levels = memory_array(FIELD_COUNT + 1, sizeof(struct sweep_level)),
	};
}

void sweep_release(struct sweep *sweep)
{
	for (unsigned f = 0; f <= FIELD_COUNT; f++) {
		struct sweep_level *level = &sweep->levels[f];
		vec_free(&level->events);
		vec_free(&level->spare);
		vec_free(&level->edges);
		vec_free(&level->always);
		vec_free(&level->lists);
		vec_free(&level->groups);
		vec_free(&level->stretches);
		vec_free(&level->ranges);
		vec_free(&level->slots);
		vec_free(&level->items);
	}
	free(sweep->levels);
	vec_free(&sweep->items);
}

static bool sweep_item_make(const struct sweep *sweep, const struct space_rule *rule,
			    struct sweep_item *item)
{
	*item = (struct sweep_item){ .rule = rule };
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		struct range whole = sweep->box.field[f];
		if (!set_overlaps_range(rule->field[f], whole.lo, whole.hi))
			return false;
		if (set_covers_range(rule->field[f], whole.lo, whole.hi))
			item->spanning |= (uint16_t)(1u << f);
		else
			item->depth = (uint8_t)(f + 1);
	}
	return true;
}

void sweep_add(struct sweep *sweep, const struct space_list *list, uint8_t side)
{
	struct sweep_item item;

	for (size_t i = 0; i < list->len; i++)
		if (sweep_item_make(sweep, &list->rules[i], &item)) {
			item.side = side;
			vec_push(&sweep->items, item);
		}
}

/* ---- events ---- */

static void events_sort_small(uint64_t *events, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		uint64_t event = events[i];
		size_t j = i;
		for (; j > 0 && events[j - 1] > event; j--)
			events[j] = events[j - 1];
		events[j] = event;
	}
}

static void events_sort_byte(const uint64_t *from, uint64_t *to, size_t len, unsigned shift)
{
	size_t start[257] = { 0 };

	for (size_t i = 0; i < len; i++)
		start[(from[i] >> shift & 255) + 1]++;
	for (unsigned b = 0; b < 256; b++)
		start[b + 1] += start[b];
	for (size_t i = 0; i < len; i++)
		to[start[from[i] >> shift & 255]++] = from[i];
}

/* By place; events of one place stay in the order of their items, which is the
 * order in which they were added. Bytes that are the same in all are skipped. */
static void events_sort(struct sweep_level *level)
{
	size_t len = level->events.len;
	uint64_t differ = 0;

	if (len <= SWEEP_SMALL) {
		events_sort_small(level->events.data, len);
		return;
	}
	vec_reserve(&level->spare, len);
	for (size_t i = 1; i < len; i++)
		differ |= level->events.data[i] ^ level->events.data[0];
	uint64_t *from = level->events.data, *to = level->spare.data;
	for (unsigned shift = 32; shift < 64; shift += 8) {
		if ((differ >> shift & 255) == 0)
			continue;
		events_sort_byte(from, to, len, shift);
		uint64_t *other = from;
		from = to;
		to = other;
	}
	if (from != level->events.data)
		memcpy(level->events.data, from, len * sizeof(*from));
}

static int u128_order(const void *left, const void *right)
{
	u128 a = *(const u128 *)left, b = *(const u128 *)right;
	return (a > b) - (a < b);
}

static bool field_is_wide(const struct sweep *sweep, unsigned field)
{
	return sweep->box.field[field].hi > UINT32_MAX;
}

/* The places at which an item starts or stops inside the box. */
static void edges_add(struct sweep_level *level, const struct set *set, struct range whole)
{
	for (size_t i = 0; i < set->len; i++) {
		struct range r = set->range[i];
		size_t have = level->edges.len;
		if (r.hi < whole.lo || r.lo > whole.hi)
			continue;
		u128 lo = r.lo > whole.lo ? r.lo : whole.lo;
		if (have < 2 || level->edges.data[have - 2] != lo)
			vec_push(&level->edges, lo);
		if (r.hi < whole.hi)
			vec_push(&level->edges, r.hi + 1);
	}
}

static void edges_number(struct sweep_level *level)
{
	size_t kept = 0;
	u128 *edge = level->edges.data;

	if (level->edges.len == 0)
		return;
	qsort(edge, level->edges.len, sizeof(*edge), u128_order);
	for (size_t i = 1; i < level->edges.len; i++)
		if (edge[i] != edge[kept])
			edge[++kept] = edge[i];
	level->edges.len = kept + 1;
}

static uint64_t edge_number(const struct sweep_level *level, u128 place)
{
	size_t lo = 0, hi = level->edges.len;

	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;
		if (level->edges.data[middle] <= place)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

static void event_add(struct sweep_level *level, bool wide, u128 place, size_t position)
{
	uint64_t number = wide ? edge_number(level, place) : (uint64_t)place;
	vec_push(&level->events, number << 32 | position);
}

static u128 event_place(const struct sweep_level *level, bool wide, uint64_t event)
{
	return wide ? level->edges.data[event >> 32] : event >> 32;
}

static void events_add(struct sweep_level *level, const struct set *set, struct range whole,
		       size_t position)
{
	bool wide = whole.hi > UINT32_MAX;

	for (size_t i = 0; i < set->len; i++) {
		struct range r = set->range[i];
		if (r.hi < whole.lo || r.lo > whole.hi)
			continue;
		event_add(level, wide, r.lo > whole.lo ? r.lo : whole.lo, position);
		if (r.hi < whole.hi)
			event_add(level, wide, r.hi + 1, position);
	}
}

static void events_make(struct sweep *sweep, struct sweep_level *level,
			const uint32_t *items, size_t len, unsigned field)
{
	struct range whole = sweep->box.field[field];

	level->events.len = level->always.len = level->edges.len = 0;
	if (field_is_wide(sweep, field)) {
		for (size_t i = 0; i < len; i++) {
			const struct sweep_item *item = &sweep->items.data[items[i]];
			if (!(item->spanning >> field & 1))
				edges_add(level, item->rule->field[field], whole);
		}
		edges_number(level);
	}
	for (size_t i = 0; i < len; i++) {
		const struct sweep_item *item = &sweep->items.data[items[i]];
		if (item->spanning >> field & 1)
			vec_push(&level->always, (uint32_t)i);
		else
			events_add(level, item->rule->field[field], whole, i);
	}
	events_sort(level);
}

/* ---- groups of stretches ---- */

static uint64_t position_key(uint64_t position)
{
	uint64_t key = (position + 1) * 0x9e3779b97f4a7c15u;
	key = (key ^ key >> 32) * 0xd6e8feb86659fd93u;
	return key ^ key >> 29;
}

static void slots_clear(struct sweep_level *level)
{
	size_t want = 4;

	while (want < level->events.len)
		want *= 2;
	vec_reserve(&level->slots, want);
	level->slots.len = want;
	memset(level->slots.data, 0xff, want * sizeof(uint32_t));
}

static bool group_matches(const struct sweep_level *level, const struct sweep_group *group,
			  uint64_t hash, size_t list)
{
	size_t len = level->lists.len - list;
	return group->hash == hash && group->list_len == len &&
	       memcmp(&level->lists.data[group->list], &level->lists.data[list],
		      len * sizeof(uint32_t)) == 0;
}

/* The group of the list that stands at the end of lists; a list that is known
 * already is taken off again. The hash only finds candidates: lists decide. */
static uint32_t group_find(struct sweep_level *level, uint64_t hash, size_t list)
{
	uint32_t *slot = &level->slots.data[hash & (level->slots.len - 1)];

	for (uint32_t g = *slot; g != SWEEP_NONE; g = level->groups.data[g].next)
		if (group_matches(level, &level->groups.data[g], hash, list)) {
			level->lists.len = list;
			return g;
		}
	struct sweep_group group = { .hash = hash, .list = list, .next = *slot,
				     .list_len = (uint32_t)(level->lists.len - list) };
	*slot = (uint32_t)level->groups.len;
	vec_push(&level->groups, group);
	return *slot;
}

/* Appends to lists what `events` make of the list of `group`: those that are
 * in one of the two. Both are ascending. */
static void list_toggle(struct sweep_level *level, uint32_t group, const uint64_t *events,
			size_t len)
{
	size_t at = level->groups.data[group].list, i = 0;
	size_t end = at + level->groups.data[group].list_len;

	vec_reserve(&level->lists, level->lists.len + (end - at) + len);
	uint32_t *lists = level->lists.data;
	while (at < end || i < len) {
		uint32_t old = at < end ? lists[at] : SWEEP_NONE;
		uint32_t toggled = i < len ? (uint32_t)events[i] : SWEEP_NONE;
		if (old != toggled)
			lists[level->lists.len++] = old < toggled ? old : toggled;
		at += old <= toggled;
		i += toggled <= old;
	}
}

static void stretch_add(struct sweep_level *level, u128 lo, u128 hi, uint32_t group)
{
	struct sweep_stretch stretch = { { lo, hi }, group };

	level->groups.data[group].count++;
	vec_push(&level->stretches, stretch);
}

/* From sorted events to stretches, each with its group. */
static void stretches_make(struct sweep_level *level, struct range whole)
{
	bool wide = whole.hi > UINT32_MAX;
	const uint64_t *event = level->events.data;
	size_t len = level->events.len, next;
	u128 lo = whole.lo;
	uint64_t hash = 0;

	level->lists.len = level->groups.len = level->stretches.len = 0;
	slots_clear(level);
	uint32_t group = group_find(level, 0, 0);
	for (size_t i = 0; i < len; i = next) {
		u128 place = event_place(level, wide, event[i]);
		if (place > lo)
			stretch_add(level, lo, place - 1, group);
		lo = place;
		for (next = i; next < len && event[next] >> 32 == event[i] >> 32; next++)
			hash ^= position_key((uint32_t)event[next]);
		size_t list = level->lists.len;
		list_toggle(level, group, &event[i], next - i);
		group = group_find(level, hash, list);
	}
	stretch_add(level, lo, whole.hi, group);
}

/* Puts the stretches of each group beside each other. */
static void ranges_make(struct sweep_level *level)
{
	size_t first = 0;

	for (size_t g = 0; g < level->groups.len; g++) {
		level->groups.data[g].first = first;
		first += level->groups.data[g].count;
		level->groups.data[g].count = 0;
	}
	vec_reserve(&level->ranges, first);
	level->ranges.len = first;
	for (size_t i = 0; i < level->stretches.len; i++) {
		struct sweep_group *group =
			&level->groups.data[level->stretches.data[i].group];
		level->ranges.data[group->first + group->count++] =
			level->stretches.data[i].range;
	}
}

/* ---- regions ---- */

static void sweep_visit(struct sweep *sweep, uint32_t *items, size_t len, unsigned field);

/* The items of a group: those that span the field, and those of its list. */
static size_t group_items(struct sweep_level *level, const struct sweep_group *group,
			  const uint32_t *items)
{
	const uint32_t *always = level->always.data;
	const uint32_t *list = &level->lists.data[group->list];
	size_t i = 0, j = 0, len = level->always.len + group->list_len;

	vec_reserve(&level->items, len);
	for (size_t k = 0; k < len; k++) {
		bool left = j == group->list_len ||
			    (i < level->always.len && always[i] < list[j]);
		level->items.data[k] = items[left ? always[i++] : list[j++]];
	}
	return len;
}

static void sweep_cut(struct sweep *sweep, const uint32_t *items, size_t len, unsigned field)
{
	struct sweep_level *level = &sweep->levels[field];

	events_make(sweep, level, items, len, field);
	stretches_make(level, sweep->box.field[field]);
	ranges_make(level);
	for (size_t g = 0; g < level->groups.len && !sweep->stop; g++) {
		const struct sweep_group *group = &level->groups.data[g];
		if (group->count == 0)
			continue;
		sweep->region.range[field] = &level->ranges.data[group->first];
		sweep->region.len[field] = group->count;
		size_t count = group_items(level, group, items);
		sweep_visit(sweep, level->items.data, count, field + 1);
	}
	sweep->region.range[field] = &sweep->box.field[field];
	sweep->region.len[field] = 1;
}

static bool field_is_spanned(const struct sweep *sweep, const uint32_t *items, size_t len,
			     unsigned field)
{
	for (size_t i = 0; i < len; i++)
		if (!(sweep->items.data[items[i]].spanning >> field & 1))
			return false;
	return true;
}

static void sweep_visit(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	if (sweep->regions++ >= sweep->budget) {
		sweep->stop = true;
		return;
	}
	len = sweep->judge(sweep, items, len, field);
	if (len == 0 || sweep->stop)
		return;
	while (field < FIELD_COUNT && field_is_spanned(sweep, items, len, field))
		field++;
	if (field < FIELD_COUNT)
		sweep_cut(sweep, items, len, field);
}

bool sweep_run(struct sweep *sweep, sweep_judge *judge, void *context)
{
	struct sweep_level *root = &sweep->levels[FIELD_COUNT];

	sweep->judge = judge;
	sweep->context = context;
	sweep->regions = 0;
	sweep->stop = false;
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		sweep->region.range[f] = &sweep->box.field[f];
		sweep->region.len[f] = 1;
	}
	for (unsigned f = 0; f <= FIELD_COUNT; f++)
		vec_reserve(&sweep->levels[f].items, 1); /* judges point into empty lists, too */
	root->items.len = 0;
	for (size_t i = 0; i < sweep->items.len; i++)
		vec_push(&root->items, (uint32_t)i);
	sweep_visit(sweep, root->items.data, root->items.len, 0);
	return sweep->regions <= sweep->budget;
}

size_t sweep_reduce(const struct sweep *sweep, const struct sweep_list *list, unsigned field,
		    bool can[2])
{
	can[false] = can[true] = false;
	for (size_t i = list->begin; i < list->len; i++) {
		const struct sweep_item *item = &sweep->items.data[list->items[i]];
		can[item->rule->allow] = true;
		if (item->depth <= field)
			return i + 1;
	}
	can[false] = true; /* what no rule matches */
	return list->len;
}
