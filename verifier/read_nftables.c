/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads nftables text back into a filter: what the forward chain admits as new
 * flows, and whether it treats everything else as the flows it admits. Flows
 * of the direction original, replies and ICMP errors are decided by the same
 * chain in other scenarios; each must decide every key as a new flow of it is
 * decided, and packets of no conversation must never get further. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

#include "verifier/prove.h"

#define READ_PAIR_ENTRIES ((uint64_t)1 << 26)

/* The first packet of a flow, as connection tracking calls it; of these every
 * flow is one. */
static const struct nft_scenario scenarios_first[] = {
	{ "new flows", STATE_NEW, TRAVEL_ORIGINAL, true, FLOWS_NEW },
	{ "ICMP of no conversation", STATE_INVALID, TRAVEL_ORIGINAL, false, FLOWS_INVALID },
	{ "untracked ICMP", STATE_UNTRACKED, TRAVEL_ORIGINAL, false, FLOWS_UNTRACKED },
};

/* Those that must decide exactly as for new flows, and those that may only
 * drop more. */
static const struct nft_scenario scenarios_same[] = {
	{ "a running conversation is not judged as a new one", STATE_ESTABLISHED,
	  TRAVEL_ORIGINAL, true, FLOWS_NEW },
	{ "replies are not judged as their conversation", STATE_ESTABLISHED, TRAVEL_REPLY,
	  true, FLOWS_NEW },
	{ "ICMP errors to the initiator are not judged as their conversation",
	  STATE_RELATED, TRAVEL_ERROR_BACK, true, FLOWS_NEW },
	{ "ICMP errors from the initiator are not judged as their conversation",
	  STATE_RELATED, TRAVEL_ERROR, true, FLOWS_NEW },
};
static const struct nft_scenario scenarios_less[] = {
	{ "packets of no conversation pass", STATE_INVALID, TRAVEL_ORIGINAL, false,
	  FLOWS_ALL },
	{ "untracked packets pass", STATE_UNTRACKED, TRAVEL_ORIGINAL, false, FLOWS_ALL },
	{ "conversations that a helper expects pass", STATE_RELATED, TRAVEL_ORIGINAL, true,
	  FLOWS_ALL },
};

struct read_state {
	struct nft_ruleset ruleset;
	struct arena *arena;
	struct read_result *result;
	struct nft_table *table;
	struct nft_chain *base;
	struct filter conversations; /* what is admitted of FLOWS_NEW */
	VEC(struct filter_activity) activities;
	int64_t at, horizon;
};

static void read_unknown(struct read_state *state, uint32_t line, const char *reason)
{
	nft_unknown(&state->ruleset.scan, line, reason);
}

/* ---- from entries to a filter ---- */

/* The seconds that are inside but, perhaps, for their first nanosecond. */
static const struct set *read_seconds(struct read_state *state, const struct set *time)
{
	struct range *seconds = memory_array(time->len + 1, sizeof(*seconds));
	size_t count = 0;

	for (size_t i = 0; i < time->len; i++) {
		struct range range = time->range[i];
		if (range.hi == 0 || range.lo / 2 > (range.hi - 1) / 2)
			continue;
		seconds[count++] = (struct range){ range.lo / 2, (range.hi - 1) / 2 };
	}
	const struct set *set = set_from_ranges(state->arena, seconds, count);
	free(seconds);
	return set;
}

static uint32_t read_activity(struct read_state *state, const struct set *time)
{
	u128 last = (u128)(state->horizon - 1);
	const struct set *windows =
		set_intersect(state->arena, read_seconds(state, time),
			      set_one(state->arena, (u128)state->at, last));

	for (size_t i = 0; i < state->activities.len; i++)
		if (set_equal(state->activities.data[i].windows, windows))
			return (uint32_t)i;
	struct filter_activity activity = { windows, "meta time" };
	vec_push(&state->activities, activity);
	return (uint32_t)state->activities.len - 1;
}

VEC_TYPE(entry_list, struct filter_entry);

static uint64_t read_volume(const struct nft_entries *entries)
{
	uint64_t total = 0;

	for (size_t i = 0; i < entries->len; i++)
		total += (uint64_t)set_size(entries->data[i].in) *
			 (uint64_t)set_size(entries->data[i].out);
	return total;
}

static void read_spread(struct entry_list *lists, size_t count, const struct nft_entry *entry)
{
	for (size_t a = 0; a < entry->in->len; a++)
		for (u128 i = entry->in->range[a].lo; i <= entry->in->range[a].hi; i++)
			for (size_t b = 0; b < entry->out->len; b++)
				for (u128 o = entry->out->range[b].lo;
				     o <= entry->out->range[b].hi; o++)
					vec_push(&lists[(size_t)i * count + (size_t)o],
						 entry->entry);
}

static void read_pair(struct read_state *state, struct filter *filter,
		      struct entry_list *list, const char *in, const char *out)
{
	while (list->len > 0 && !list->data[list->len - 1].allow)
		list->len--;
	if (list->len == 0)
		return;
	struct filter_pair *pair = &filter->pairs[filter->pair_count++];
	*pair = (struct filter_pair){ .in = in, .out = out, .entry_count = list->len };
	pair->entries = arena_copy(state->arena, list->data,
				   list->len * sizeof(*list->data));
}

static int pair_by_name(const void *left, const void *right)
{
	const struct filter_pair *a = left, *b = right;
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

/* Interfaces are numbered as they were met; every other one is number 0. */
static void read_filter(struct read_state *state, struct nft_entries *entries,
			struct filter *filter)
{
	struct nft_names *names = &state->ruleset.scan.interfaces;
	size_t count = names->len;
	const struct set *known = set_one(state->arena, 0, count - 1);

	*filter = (struct filter){ .monitor = state->result->filter.monitor, .at = state->at, .horizon = state->horizon,
				   .returns_pass = true };
	for (size_t i = 0; i < entries->len; i++) {
		struct nft_entry *entry = &entries->data[i];
		entry->in = set_intersect(state->arena, entry->in, known);
		entry->out = set_intersect(state->arena, entry->out, known);
		entry->entry.activity = read_activity(state, entry->time);
	}
	if (read_volume(entries) > READ_PAIR_ENTRIES) {
		read_unknown(state, state->base->line, "too many rules for every interface");
		return;
	}
	struct entry_list *lists = memory_array(count * count, sizeof(*lists));
	for (size_t i = 0; i < entries->len; i++)
		read_spread(lists, count, &entries->data[i]);
	filter->pairs = arena_array(state->arena, count * count, sizeof(*filter->pairs));
	for (size_t i = 0; i < count * count; i++) {
		read_pair(state, filter, &lists[i], names->data[i / count],
			  names->data[i % count]);
		vec_free(&lists[i]);
	}
	free(lists);
	qsort(filter->pairs, filter->pair_count, sizeof(*filter->pairs), pair_by_name);
}

static void read_evaluate(struct read_state *state, const struct nft_scenario *scenario,
			  struct nft_entries *entries)
{
	nft_evaluate(&state->ruleset, state->table, state->base, scenario,
		     state->result->filter.monitor, entries);
}

static void read_scenario(struct read_state *state, const struct nft_scenario *scenario,
			  struct filter *filter)
{
	struct nft_entries entries = VEC_INIT;

	read_evaluate(state, scenario, &entries);
	read_filter(state, &entries, filter);
	vec_free(&entries);
}

/* ---- checks of the chains ---- */

static bool rule_is_last(const struct nft_rule *rule, enum verdict_kind kind)
{
	return rule != NULL && rule->next == NULL && rule->matches == NULL && !rule->log &&
	       !rule->limit && !rule->unread && rule->verdict.kind == kind;
}

static void read_last_rule(struct read_state *state)
{
	struct nft_rule *rule = state->base->rules;

	while (rule != NULL && rule->next != NULL)
		rule = rule->next;
	if (rule_is_last(rule, NFT_ACCEPT))
		state->result->filter.monitor = true;
	else if (!rule_is_last(rule, NFT_DROP))
		read_unknown(state, rule != NULL ? rule->line : state->base->line,
			     "the chain does not end in an unconditional drop of its own");
}

/* What a monitoring ruleset would drop: an accept for all, right after a log
 * rule or at the end of the base chain. */
static void read_monitored(struct read_state *state)
{
	struct nft_chain *chain = state->table->chains;

	for (; chain != NULL; chain = chain->next) {
		bool logged = false;
		for (struct nft_rule *rule = chain->rules; rule; rule = rule->next) {
			rule->stands_for_drop =
				rule->verdict.kind == NFT_ACCEPT && rule->matches == NULL &&
				(logged || (chain == state->base && rule->next == NULL));
			logged = rule->log && rule->verdict.kind == NFT_NONE;
		}
	}
}

static void read_unread_rules(struct read_state *state, const struct nft_table *table)
{
	const struct nft_chain *chain = table->chains;

	for (; chain != NULL; chain = chain->next)
		if (chain->base && chain->policy != NULL &&
		    strcmp(chain->policy, "accept") != 0 && strcmp(chain->policy, "drop") != 0)
			read_unknown(state, chain->line, "the policy is not understood");
}

/* Hooks beside forward: input and output are no business of a policy; any
 * other must not decide. */
static void read_other_hook(struct read_state *state, const struct nft_chain *chain)
{
	if (strcmp(chain->hook, "input") == 0 || strcmp(chain->hook, "output") == 0)
		return;
	bool decides = chain->policy != NULL && strcmp(chain->policy, "accept") != 0;
	for (const struct nft_rule *rule = chain->rules; rule; rule = rule->next)
		decides = decides || rule->unread ||
			  (rule->verdict.kind != NFT_NONE && rule->verdict.kind != NFT_ACCEPT);
	if (decides || strcmp(chain->type, "filter") != 0)
		read_unknown(state, chain->line, "another hook decides on forwarded packets");
}

static void read_base_chain(struct read_state *state, struct nft_table *table,
			    struct nft_chain *chain)
{
	if (chain->hook == NULL) {
		read_unknown(state, chain->line, "the chain has no hook");
	} else if (strcmp(chain->hook, "forward") != 0) {
		read_other_hook(state, chain);
	} else if (state->base != NULL) {
		read_unknown(state, chain->line, "a second chain decides on forwarded packets");
	} else {
		state->base = chain;
		state->table = table;
		if (strcmp(table->family, "inet") != 0)
			read_unknown(state, table->line, "the table is not of family inet");
		if (strcmp(chain->type, "filter") != 0 || !chain->priority_filter)
			read_unknown(state, chain->line,
				     "the chain is not `type filter` at priority filter");
	}
}

static void read_chains(struct read_state *state)
{
	for (struct nft_table *table = state->ruleset.tables; table; table = table->next) {
		read_unread_rules(state, table);
		for (struct nft_chain *chain = table->chains; chain; chain = chain->next)
			if (chain->base)
				read_base_chain(state, table, chain);
	}
}

/* ---- what is not a new flow ---- */

/* What of the comparison is a fault: any difference, or only what passes. */
static void read_compare(struct read_state *state, const struct nft_scenario *scenario,
			 bool same)
{
	struct filter filter;
	struct prove_result proof;
	uint32_t line = state->base->line;

	read_scenario(state, scenario, &filter);
	filter.activities = state->activities.data;
	filter.activity_count = state->activities.len;
	filter.monitor = state->result->filter.monitor;
	struct filter admitted = same ? state->conversations : state->result->filter;
	admitted.activities = filter.activities;
	admitted.activity_count = filter.activity_count;
	prove_equal(&proof, state->arena, &admitted, &filter);
	bool fault = proof.verdict == PROVE_UNDECIDED;
	for (size_t i = 0; i < proof.witness_count; i++)
		if (same || !proof.witnesses[i].intended) {
			const struct filter_entry *by = proof.witnesses[i].read;
			by = by != NULL ? by : proof.witnesses[i].intent;
			line = by != NULL ? by->where.line : line;
			fault = true;
		}
	if (!fault)
		return;
	state->result->filter.returns_pass = false;
	read_unknown(state, line, scenario->what);
}

/* No two first scenarios speak of the same flow, so their lists may follow one
 * another. */
static void read_admitted(struct read_state *state)
{
	struct nft_entries entries = VEC_INIT;

	read_evaluate(state, &scenarios_first[0], &entries);
	read_filter(state, &entries, &state->conversations);
	for (size_t i = 1; i < sizeof(scenarios_first) / sizeof(scenarios_first[0]); i++)
		read_evaluate(state, &scenarios_first[i], &entries);
	read_filter(state, &entries, &state->result->filter);
	vec_free(&entries);
}

static void read_scenarios(struct read_state *state)
{
	read_admitted(state);
	for (size_t i = 0; i < sizeof(scenarios_same) / sizeof(scenarios_same[0]); i++)
		read_compare(state, &scenarios_same[i], true);
	for (size_t i = 0; i < sizeof(scenarios_less) / sizeof(scenarios_less[0]); i++)
		read_compare(state, &scenarios_less[i], false);
}

static void read_finish(struct read_state *state)
{
	struct read_result *result = state->result;
	struct nft_unknowns *unknown = &state->ruleset.scan.unknown;

	result->filter.activities =
		arena_copy(state->arena, state->activities.data,
			   state->activities.len * sizeof(*state->activities.data));
	result->filter.activity_count = state->activities.len;
	result->unknown_count = unknown->len;
	if (unknown->len > 0)
		result->unknown = arena_copy(state->arena, unknown->data,
					     unknown->len * sizeof(*unknown->data));
	vec_free(&state->activities);
}

bool read_nftables(struct read_result *result, struct arena *arena,
		   const struct source *source, int64_t at, int64_t horizon,
		   struct diags *diags)
{
	struct read_state state = { .arena = arena, .result = result, .at = at,
				    .horizon = horizon };

	*result = (struct read_result){ 0 };
	nft_scan_init(&state.ruleset.scan, arena, source);
	nft_parse(&state.ruleset);
	bool found = state.ruleset.tables != NULL;
	read_activity(&state, set_one(arena, 0, NFT_TIME_MAX));
	read_chains(&state);
	if (state.base != NULL) {
		read_last_rule(&state);
		bool monitor = result->filter.monitor;
		if (monitor)
			read_monitored(&state);
		read_scenarios(&state);
	} else {
		read_unknown(&state, 1, "no chain decides on forwarded packets");
	}
	if (!found)
		diag_add(diags, FINDING_SYNTAX, (struct span){ source, 1, 1, 1, 1 },
			 "this is not an nftables ruleset: no table was found");
	read_finish(&state);
	nft_ruleset_release(&state.ruleset);
	return found;
}
