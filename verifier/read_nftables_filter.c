/* SPDX-License-Identifier: Apache-2.0
 *
 * From what the chains on the way decide to a filter by pairs of interfaces.
 * Every interface that nobody names is "*"; the loopback interface is the
 * device's own and in no pair. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

#include "compiler/payload.h"

#define FILTER_ENTRIES ((uint64_t)1 << 26)

VEC_TYPE(entry_list, struct filter_entry);

struct filter_make {
	struct nft_ruleset *ruleset;
	struct arena *arena;
	struct nft_times *times;
	size_t count;            /* of interfaces */
	struct filter_pair **pairs; /* by in * count + out: what stands so far */
	bool *closed;            /* by the same: some gate says nothing and so drops all */
};

/* ---- times ---- */

void nft_times_init(struct nft_times *times, struct arena *arena, int64_t at, int64_t horizon)
{
	*times = (struct nft_times){ .arena = arena, .at = at, .horizon = horizon };
	nft_times_add(times, set_one(arena, 0, NFT_TIME_MAX));
	nft_times_add_payload(times, set_one(arena, 0, PAYLOAD_END - 1));
}

/* The seconds that are inside but, perhaps, for their first nanosecond. */
static const struct set *times_seconds(struct arena *arena, const struct set *time)
{
	struct range *seconds = memory_array(time->len + 1, sizeof(*seconds));
	size_t count = 0;

	for (size_t i = 0; i < time->len; i++) {
		struct range range = time->range[i];
		if (range.hi == 0 || range.lo / 2 > (range.hi - 1) / 2)
			continue;
		seconds[count++] = (struct range){ range.lo / 2, (range.hi - 1) / 2 };
	}
	const struct set *set = set_from_ranges(arena, seconds, count);
	free(seconds);
	return set;
}

uint32_t nft_times_add(struct nft_times *times, const struct set *time)
{
	const struct set *windows =
		set_intersect(times->arena, times_seconds(times->arena, time),
			      set_one(times->arena, (u128)times->at, (u128)(times->horizon - 1)));

	for (size_t i = 0; i < times->activities.len; i++)
		if (set_equal(times->activities.data[i].windows, windows))
			return (uint32_t)i;
	struct filter_activity activity = { windows, "meta time" };
	vec_push(&times->activities, activity);
	return (uint32_t)times->activities.len - 1;
}

uint32_t nft_times_add_payload(struct nft_times *times, const struct set *points)
{
	struct filter_payload payload = { .points = points };

	for (size_t i = 0; i < times->payloads.len; i++)
		if (set_equal(times->payloads.data[i].points, points))
			return (uint32_t)i;
	vec_push(&times->payloads, payload);
	return (uint32_t)times->payloads.len - 1;
}

void nft_times_apply(const struct nft_times *times, struct filter *filter)
{
	filter->activities = arena_copy(times->arena, times->activities.data,
					times->activities.len * sizeof(*times->activities.data));
	filter->activity_count = times->activities.len;
	filter->payloads = arena_copy(times->arena, times->payloads.data,
				      times->payloads.len * sizeof(*times->payloads.data));
	filter->payload_count = times->payloads.len;
}

void nft_times_release(struct nft_times *times)
{
	vec_free(&times->activities);
	vec_free(&times->payloads);
}

/* ---- pairs ---- */

static uint64_t entries_volume(const struct nft_entries *entries)
{
	uint64_t total = 0;

	for (size_t i = 0; i < entries->len; i++)
		total += (uint64_t)set_size(entries->data[i].in) *
			 (uint64_t)set_size(entries->data[i].out);
	return total;
}

static void entry_spread(struct entry_list *lists, size_t count, const struct nft_entry *entry)
{
	for (size_t a = 0; a < entry->in->len; a++)
		for (u128 i = entry->in->range[a].lo; i <= entry->in->range[a].hi; i++)
			for (size_t b = 0; b < entry->out->len; b++)
				for (u128 o = entry->out->range[b].lo;
				     o <= entry->out->range[b].hi; o++)
					vec_push(&lists[(size_t)i * count + (size_t)o],
						 entry->entry);
}

/* Puts the list of one gate before those that stand for the pair. What it only drops is
 * kept, so that the line that drops can be told. */
static void make_gate_pair(struct filter_make *make, size_t at, struct entry_list *list)
{
	struct nft_names *names = &make->ruleset->scan.interfaces;
	struct filter_pair *pair;

	if (list->len == 0) {
		make->closed[at] = true;
		return;
	}
	pair = arena_alloc(make->arena, sizeof(*pair));
	*pair = (struct filter_pair){
		.in = names->data[at / make->count], .out = names->data[at % make->count],
		.entries = arena_copy(make->arena, list->data, list->len * sizeof(*list->data)),
		.entry_count = list->len, .also = make->pairs[at],
	};
	make->pairs[at] = pair;
}

static bool make_is_pair(const struct filter_make *make, size_t at, bool self)
{
	const char *const *names = make->ruleset->scan.interfaces.data;
	size_t in = at / make->count, out = at % make->count;

	return in != NFT_SELF && (out == NFT_SELF) == self && strcmp(names[in], "lo") != 0 &&
	       strcmp(names[out], "lo") != 0;
}

static void make_gate(struct filter_make *make, struct nft_entries *entries, bool self,
		      uint32_t line)
{
	const struct set *known = set_one(make->arena, 0, make->count - 1);

	for (size_t i = 0; i < entries->len; i++) {
		struct nft_entry *entry = &entries->data[i];
		entry->in = set_intersect(make->arena, entry->in, known);
		entry->out = set_intersect(make->arena, entry->out, known);
		entry->entry.activity = nft_times_add(make->times, entry->time);
		entry->entry.payload = nft_times_add_payload(make->times, entry->payload);
	}
	if (entries_volume(entries) > FILTER_ENTRIES) {
		nft_unknown(&make->ruleset->scan, line, "too many rules for every interface");
		return;
	}
	struct entry_list *lists = memory_array(make->count * make->count, sizeof(*lists));
	for (size_t i = 0; i < entries->len; i++)
		entry_spread(lists, make->count, &entries->data[i]);
	for (size_t at = 0; at < make->count * make->count; at++) {
		if (make_is_pair(make, at, self))
			make_gate_pair(make, at, &lists[at]);
		vec_free(&lists[at]);
	}
	free(lists);
}

/* ---- ways ---- */

static bool travels_back(const struct nft_scenario *scenario)
{
	return scenario->travel == TRAVEL_REPLY || scenario->travel == TRAVEL_ERROR_BACK;
}

/* Where nothing stands in the way everything passes. */
static void make_open(struct nft_gate *gate)
{
	static struct nft_chain chain = { .name = "", .base = true };
	static struct nft_table table = { .family = "inet", .name = "" };

	*gate = (struct nft_gate){ .table = &table, .chain = &chain, .hook = HOOK_FORWARD };
}

/* The same chain of the other family: what one of the two sees the other does not. */
static bool gates_are_one(const struct nft_gate *a, const struct nft_gate *b)
{
	return a->hook == b->hook && a->table->legacy == b->table->legacy &&
	       strcmp(a->table->name, b->table->name) == 0 &&
	       strcmp(a->chain->name, b->chain->name) == 0 &&
	       ((strcmp(a->table->family, "ip") == 0 && strcmp(b->table->family, "ip6") == 0) ||
		(strcmp(a->table->family, "ip6") == 0 && strcmp(b->table->family, "ip") == 0));
}

static const struct nft_gate *gate_other(const struct nft_gates *gates, size_t at, bool *before)
{
	for (size_t i = 0; i < gates->len; i++)
		if (gates_are_one(&gates->data[at], &gates->data[i])) {
			*before = i < at;
			return &gates->data[i];
		}
	return NULL;
}

static void make_gates(struct filter_make *make, const struct nft_gate *gate,
		       const struct nft_gate *other, bool self,
		       const struct nft_scenario *scenarios, size_t count)
{
	struct nft_entries entries = VEC_INIT;

	for (size_t i = 0; i < count; i++) {
		nft_evaluate(make->ruleset, gate, &scenarios[i], self, &entries);
		if (other != NULL)
			nft_evaluate(make->ruleset, other, &scenarios[i], self, &entries);
		else
			nft_evaluate_outside(make->ruleset, gate, &scenarios[i], self, &entries);
	}
	make_gate(make, &entries, self, gate->chain->line);
	vec_free(&entries);
}

static void make_way(struct filter_make *make, const struct nft_gates *gates, bool self,
		     const struct nft_scenario *scenarios, size_t count)
{
	struct nft_gate open;

	make_open(&open);
	if (gates->len == 0)
		make_gates(make, &open, NULL, self, scenarios, count);
	for (size_t g = 0; g < gates->len; g++) {
		bool made = false;
		const struct nft_gate *other = gate_other(gates, g, &made);
		if (!made)
			make_gates(make, &gates->data[g], other, self, scenarios, count);
	}
}

static int pair_by_name(const void *left, const void *right)
{
	const struct filter_pair *a = left, *b = right;
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

void nft_filter(struct filter *filter, struct nft_ruleset *ruleset, const struct nft_ways *ways,
		const struct nft_scenario *scenarios, size_t count, struct nft_times *times)
{
	struct filter_make make = { .ruleset = ruleset, .arena = times->arena, .times = times,
				    .count = ruleset->scan.interfaces.len };
	size_t all = make.count * make.count;

	make.pairs = memory_array(all, sizeof(*make.pairs));
	make.closed = memory_array(all, sizeof(*make.closed));
	make_way(&make, &ways->through, false, scenarios, count);
	make_way(&make, travels_back(&scenarios[0]) ? &ways->from : &ways->to, true, scenarios,
		 count);
	filter->pairs = arena_array(times->arena, all, sizeof(*filter->pairs));
	for (size_t at = 0; at < all; at++)
		if (!make.closed[at] && make.pairs[at] != NULL)
			filter->pairs[filter->pair_count++] = *make.pairs[at];
	if (filter->pair_count > 0)
		qsort(filter->pairs, filter->pair_count, sizeof(*filter->pairs), pair_by_name);
	free(make.pairs);
	free(make.closed);
}
