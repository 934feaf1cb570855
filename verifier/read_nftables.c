/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads nftables text back into a filter: what all chains on the way through
 * the device, or to it, admit as new flows, and whether they treat everything
 * else as the flows they admit. Replies and ICMP errors are decided by the same
 * chains in other scenarios: what is dropped there of an admitted flow is a
 * return that fails, what passes of others is residue. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

#include "compiler/payload.h"
#include "verifier/prove.h"

/* The first packet of a flow, as connection tracking calls it; of these every
 * flow is one. */
static const struct nft_scenario scenarios_first[] = {
	{ "new flows", STATE_NEW, TRAVEL_ORIGINAL, true, FLOWS_NEW },
	{ "ICMP of no conversation", STATE_INVALID, TRAVEL_ORIGINAL, false, FLOWS_INVALID },
	{ "untracked ICMP", STATE_UNTRACKED, TRAVEL_ORIGINAL, false, FLOWS_UNTRACKED },
};
enum { SCENARIOS_FIRST = sizeof(scenarios_first) / sizeof(scenarios_first[0]) };

/* A scenario of packets that start no flow, and what is said where it drops
 * what is admitted, and where it lets more pass; NULL: nothing to say. */
struct read_later {
	struct nft_scenario scenario;
	const char *drops, *passes;
};

static const char goes_on[] = "conversations go on that would not be admitted any more";

static const struct read_later laters[] = {
	{ { "running", STATE_ESTABLISHED, TRAVEL_ORIGINAL, true, FLOWS_NEW },
	  "running conversations are dropped",
	  goes_on },
	{ { "replies", STATE_ESTABLISHED, TRAVEL_REPLY, true, FLOWS_NEW },
	  "replies are dropped",
	  goes_on },
	{ { "errors back", STATE_RELATED, TRAVEL_ERROR_BACK, true, FLOWS_NEW },
	  "ICMP errors to the initiator are dropped",
	  goes_on },
	{ { "errors", STATE_RELATED, TRAVEL_ERROR, true, FLOWS_NEW },
	  "ICMP errors from the initiator are dropped",
	  goes_on },
	{ { "invalid", STATE_INVALID, TRAVEL_ORIGINAL, false, FLOWS_ALL }, NULL,
	  "packets of no conversation pass" },
	{ { "untracked", STATE_UNTRACKED, TRAVEL_ORIGINAL, false, FLOWS_ALL }, NULL,
	  "untracked packets pass" },
	{ { "expected", STATE_RELATED, TRAVEL_ORIGINAL, true, FLOWS_EXPECTED }, NULL,
	  "conversations that a helper expects pass" },
};
enum { LATERS = sizeof(laters) / sizeof(laters[0]) };

VEC_TYPE(notes, struct read_unknown);

struct read_state {
	struct nft_ruleset ruleset;
	struct arena *arena;
	struct read_result *result;
	struct nft_ways ways;
	struct nft_times times;
	struct notes returns, residue;
	struct filter conversations; /* what is admitted of FLOWS_NEW */
	bool self, alone;            /* as in read_input */
};

/* ---- scenarios ---- */

static void read_scenarios(struct read_state *state, const struct nft_scenario *scenarios,
			   size_t count, struct filter *filter)
{
	*filter = (struct filter){ .at = state->times.at, .horizon = state->times.horizon,
				   .monitor = state->result->filter.monitor,
				   .covers_self = state->self, .returns_pass = true };
	nft_filter(filter, &state->ruleset, &state->ways, scenarios, count, &state->times);
}

static void read_note(struct read_state *state, struct notes *notes, struct read_unknown note)
{
	for (size_t i = 0; i < notes->len; i++)
		if (notes->data[i].line == note.line && notes->data[i].reason == note.reason) {
			notes->data[i].bounded &= note.bounded;
			notes->data[i].ongoing &= note.ongoing;
			return;
		}
	note.text = nft_line_text(&state->ruleset.scan, note.line);
	note.file = state->ruleset.scan.source->path;
	vec_push(notes, note);
	state->result->filter.returns_pass = false;
}

static uint32_t witness_line(const struct prove_witness *witness, uint32_t otherwise)
{
	if (witness->read != NULL)
		return witness->read->where.line;
	return witness->intent != NULL ? witness->intent->where.line : otherwise;
}

/* What the device itself sends is nobody's to filter. */
static bool witness_is_own(const struct prove_witness *witness, const struct read_later *later)
{
	enum nft_travel travel = later->scenario.travel;

	return (travel == TRAVEL_REPLY || travel == TRAVEL_ERROR_BACK) &&
	       strcmp(witness->out, FILTER_SELF) == 0;
}

/* Notes one direction of a comparison. */
static void read_notes(struct read_state *state, const struct prove_result *proof, bool dropped,
		       bool possible, const struct read_later *later)
{
	struct notes *notes = dropped ? &state->returns : &state->residue;
	struct read_unknown note = { .reason = dropped ? later->drops : later->passes,
				     .bounded = possible,
				     .ongoing = !dropped && later->passes == goes_on &&
						later->scenario.travel != TRAVEL_ORIGINAL };

	for (size_t i = 0; note.reason != NULL && i < proof->witness_count; i++)
		if (proof->witnesses[i].intended == dropped &&
		    (dropped || !witness_is_own(&proof->witnesses[i], later))) {
			note.line = witness_line(&proof->witnesses[i], 1);
			read_note(state, notes, note);
		}
	if (proof->verdict == PROVE_UNDECIDED)
		nft_unknown(&state->ruleset.scan, 1, "the chains are too entangled to compare");
}

/* Leaves of a list what it says of packets that carry nothing; the next list that must
 * allow, as a copy that may be changed, or NULL. */
static struct filter_pair *read_beginnings_pair(struct read_state *state,
						struct filter_pair *pair)
{
	struct filter_entry *entries = arena_array(state->arena, pair->entry_count + 1,
						   sizeof(*entries));
	size_t kept = 0;

	for (size_t i = 0; i < pair->entry_count; i++) {
		uint32_t payload = pair->entries[i].payload;
		if (!set_contains(state->times.payloads.data[payload].points, PAYLOAD_EMPTY))
			continue;
		entries[kept] = pair->entries[i];
		entries[kept++].payload = 0;
	}
	pair->entries = entries;
	pair->entry_count = kept;
	if (pair->also == NULL)
		return NULL;
	struct filter_pair *also = arena_copy(state->arena, pair->also, sizeof(*also));
	pair->also = also;
	return also;
}

/* A conversation is admitted if its first packet is, which carries nothing: what answers
 * it may then carry anything. */
static void read_beginnings(struct read_state *state, struct filter *filter)
{
	struct filter_pair *pairs = arena_copy(state->arena, filter->pairs,
					       filter->pair_count * sizeof(*pairs));

	for (size_t i = 0; i < filter->pair_count; i++)
		for (struct filter_pair *pair = &pairs[i]; pair != NULL;
		     pair = read_beginnings_pair(state, pair))
			;
	filter->pairs = pairs;
}

static void read_later(struct read_state *state, const struct read_later *later)
{
	struct filter filter, admitted;
	struct prove_result proof;

	read_scenarios(state, &later->scenario, 1, &filter);
	admitted = later->drops != NULL ? state->conversations : state->result->filter;
	if (later->scenario.travel != TRAVEL_ORIGINAL)
		read_beginnings(state, &admitted);
	nft_times_apply(&state->times, &filter);
	nft_times_apply(&state->times, &admitted);
	prove_between(&proof, state->arena, &admitted, BOUND_LOWER, &filter, BOUND_UPPER);
	read_notes(state, &proof, true, false, later);
	read_notes(state, &proof, false, false, later);
	if (!prove_has_uncertain(&filter) && !prove_has_uncertain(&admitted))
		return;
	prove_between(&proof, state->arena, &admitted, BOUND_UPPER, &filter, BOUND_LOWER);
	read_notes(state, &proof, true, true, later);
}

/* The last list of a pair is followed by those of another filter. */
static void read_join(struct read_state *state, struct filter_pair *pair,
		      const struct filter *other)
{
	static const struct filter_pair closed = { "", "", NULL, 0, NULL };
	const struct filter_pair *found = &closed;

	for (size_t i = 0; i < other->pair_count; i++)
		if (strcmp(other->pairs[i].in, pair->in) == 0 &&
		    strcmp(other->pairs[i].out, pair->out) == 0)
			found = &other->pairs[i];
	while (pair->also != NULL) {
		struct filter_pair *also =
			arena_copy(state->arena, pair->also, sizeof(*also));
		pair->also = also;
		pair = also;
	}
	pair->also = found;
}

/* What is inspected of a conversation's first packet and not of the next is not
 * inspected: of the conversations that are admitted, packets that may only come later
 * must carry no more. */
static void read_inspection(struct read_state *state)
{
	struct filter running, begun = state->conversations, told = state->conversations;
	struct prove_result proof;

	read_scenarios(state, &laters[0].scenario, 1, &running);
	read_beginnings(state, &begun);
	for (size_t i = 0; i < running.pair_count; i++)
		read_join(state, &running.pairs[i], &begun);
	nft_times_apply(&state->times, &running);
	nft_times_apply(&state->times, &told);
	prove_between(&proof, state->arena, &told, BOUND_LOWER, &running, BOUND_UPPER);
	for (size_t i = 0; i < proof.witness_count; i++)
		if (!proof.witnesses[i].intended)
			nft_unknown(&state->ruleset.scan, witness_line(&proof.witnesses[i], 1),
				    "running conversations are not inspected");
}

/* No two first scenarios speak of the same flow, so their lists may follow one
 * another. */
static void read_all(struct read_state *state)
{
	struct filter *filter = &state->result->filter;
	bool monitor = filter->monitor;

	read_scenarios(state, scenarios_first, 1, &state->conversations);
	read_scenarios(state, scenarios_first, SCENARIOS_FIRST, filter);
	filter->monitor = monitor;
	for (size_t i = 0; i < LATERS && !state->alone; i++)
		read_later(state, &laters[i]);
	if (state->times.payloads.len > 1)
		read_inspection(state);
}

/* ---- the whole ---- */

static int note_order(const void *left, const void *right)
{
	const struct read_unknown *a = left, *b = right;
	int order = (a->line > b->line) - (a->line < b->line);

	return order != 0 ? order : strcmp(a->reason, b->reason);
}

static struct read_unknown *notes_keep(struct read_state *state, struct notes *notes,
				       size_t *count)
{
	*count = notes->len;
	if (notes->len > 0)
		qsort(notes->data, notes->len, sizeof(*notes->data), note_order);
	struct read_unknown *kept =
		notes->len > 0 ? arena_copy(state->arena, notes->data,
					    notes->len * sizeof(*notes->data))
			       : NULL;
	vec_free(notes);
	return kept;
}

static void read_lines(struct read_state *state)
{
	struct read_lines *lines = &state->result->lines;
	const struct nft_scan *scan = &state->ruleset.scan;

	for (uint32_t line = 1; line <= scan->lines; line++)
		if (scan->seen[line] == NFT_LINE_UNKNOWN)
			lines->unknown++;
		else if (scan->seen[line] == NFT_LINE_READ)
			lines->understood++;
		else
			lines->irrelevant++;
}

static void read_unused(struct read_state *state)
{
	struct nft_unused unused = VEC_INIT;

	nft_find_unused(&state->ruleset, &unused);
	state->result->unused_count = unused.len;
	if (unused.len > 0)
		state->result->unused = arena_copy(state->arena, unused.data,
						   unused.len * sizeof(*unused.data));
	vec_free(&unused);
}

static void read_finish(struct read_state *state)
{
	struct read_result *result = state->result;
	struct nft_unknowns *unknown = &state->ruleset.scan.unknown;

	nft_times_apply(&state->times, &result->filter);
	result->unknown_count = unknown->len;
	if (unknown->len > 0)
		result->unknown = arena_copy(state->arena, unknown->data,
					     unknown->len * sizeof(*unknown->data));
	result->returns = notes_keep(state, &state->returns, &result->return_count);
	result->residue = notes_keep(state, &state->residue, &result->residue_count);
	struct nft_names *names = &state->ruleset.scan.interfaces;
	result->interface_count = names->len - NFT_NAMED;
	result->interfaces = arena_copy(state->arena, names->data + NFT_NAMED,
					result->interface_count * sizeof(*names->data));
	read_lines(state);
	read_unused(state);
	nft_times_release(&state->times);
	nft_ways_release(&state->ways);
	nft_ruleset_release(&state->ruleset);
}

static void read_interfaces(struct read_state *state, const struct device *device)
{
	for (size_t i = 0; device != NULL && i < device->interface_count; i++)
		nft_interface(&state->ruleset.scan, device->interfaces[i].name,
			      strlen(device->interfaces[i].name));
}

/* What a set holds that rules fill is not known. */
static void read_fillings(struct nft_ruleset *ruleset)
{
	for (struct nft_table *table = ruleset->tables; table; table = table->next)
		for (struct nft_chain *chain = table->chains; chain; chain = chain->next)
			for (struct nft_rule *rule = chain->rules; rule; rule = rule->next) {
				struct nft_set *set = rule->fills != NULL ?
							      nft_set_find(table, rule->fills) : NULL;
				if (set != NULL)
					set->partial = true;
			}
}

void nft_read_ruleset(struct read_result *result, struct nft_ruleset *ruleset,
		      const struct read_input *input)
{
	struct arena *arena = ruleset->scan.arena;
	struct read_state state = { .ruleset = *ruleset, .arena = arena, .result = result,
				    .self = input->self, .alone = input->alone };

	read_interfaces(&state, input->device);
	nft_times_init(&state.times, arena, input->at, input->horizon);
	read_fillings(&state.ruleset);
	nft_join(&state.ruleset);
	nft_ways_find(&state.ways, &state.ruleset);
	if (input->monitor)
		result->filter.monitor = nft_ways_monitor(&state.ways);
	read_all(&state);
	read_finish(&state);
}
