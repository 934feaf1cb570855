/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdicts themselves are the model's (flow_judge_header: operations are not
 * read off packets here); this file finds the zones that only a capture shows
 * and keeps the account. */
#include "config.h"
#include "verifier/judge.h"

#include <net/ethernet.h>

#include "base/memory.h"
#include "verifier/source_place.h"

struct judge {
	const struct model *model;
	struct flow_index *index;
	struct naming *naming;
	struct source_places *places;
	struct violation_table *violations;
	struct judge_options options;
	struct judge_counts counts;
	uint64_t *rule_use;
	bool *asset_seen;
	const struct activity **timed; /* the activities of rules that are not always active */
	size_t timed_count;
	bool change_known;             /* no rule begins or ends between these two instants */
	int64_t change_after, change_next;
};

static void judge_collect_times(struct judge *judge)
{
	const struct model *model = judge->model;

	judge->timed = memory_array(model->rule_count + 1, sizeof(const struct activity *));
	for (size_t i = 0; i < model->rule_count; i++) {
		const struct activity *activity = model->rules[i].activity;
		if (activity != NULL)
			judge->timed[judge->timed_count++] = activity;
	}
}

struct judge *judge_create(const struct model *model, const struct judge_options *options)
{
	struct judge *judge = memory_alloc(sizeof(*judge));

	judge->model = model;
	judge->options = *options;
	judge->index = flow_index_create(model);
	judge->naming = naming_create(model);
	judge->places = source_places_create(model);
	judge->violations = violation_table_create(
		options->violation_limit != 0 ? options->violation_limit : JUDGE_VIOLATIONS);
	judge->rule_use = memory_array(model->rule_count + 1, sizeof(*judge->rule_use));
	judge->asset_seen = memory_array(model->asset_count + 1, sizeof(*judge->asset_seen));
	judge_collect_times(judge);
	return judge;
}

void judge_destroy(struct judge *judge)
{
	if (judge == NULL)
		return;
	flow_index_destroy(judge->index);
	naming_destroy(judge->naming);
	source_places_destroy(judge->places);
	violation_table_destroy(judge->violations);
	free(judge->rule_use);
	free(judge->asset_seen);
	free(judge->timed);
	free(judge);
}

/* ---- the account ---- */

static void judge_report(struct judge *judge, const struct observation *observation,
			 struct violation *like, const struct verdict *verdict)
{
	bool fresh;
	struct violation *violation;

	like->source_mac = observation->source_mac;
	like->destination_mac = observation->destination_mac;
	if (like->flow.ethertype == 0 && like->kind != VIOLATION_SPOOFED_SOURCE) {
		like->source_mac = (struct mac){ { 0 } };
		like->destination_mac = (struct mac){ { 0 } };
	}
	violation = violation_add(judge->violations, like, &observation->seen, &fresh);
	if (violation == NULL || !fresh)
		return;
	violation->detail = like->detail;
	if (verdict != NULL)
		violation->nearest = nearest_find(judge->model, &like->flow, verdict,
						  violation_table_arena(judge->violations));
}

static void judge_asset_use(struct judge *judge, const struct observation *observation)
{
	const struct asset *source = model_asset_of(judge->model, observation->flow.source);
	const struct asset *destination =
		model_asset_of(judge->model, observation->flow.destination);

	if (source != NULL)
		judge->asset_seen[source - judge->model->assets] = true;
	if (destination != NULL && observation->answered)
		judge->asset_seen[destination - judge->model->assets] = true;
}

/* ---- where the ends are ---- */

static zone_id judge_seen_zone(const struct judge *judge, const struct observation *observation)
{
	zone_id zone = ZONE_NONE;

	if (observation->has_vlan)
		zone = source_place_of_vlan(judge->places, observation->vlan);
	if (zone == ZONE_NONE && observation->has_macs)
		zone = source_place_of_mac(judge->places, observation->source_mac);
	return zone;
}

static zone_id judge_station_zone(const struct judge *judge, const struct observation *observation,
				  struct mac mac)
{
	zone_id zone = source_place_of_mac(judge->places, mac);

	if (zone == ZONE_NONE && observation->has_vlan)
		zone = source_place_of_vlan(judge->places, observation->vlan);
	return zone;
}

/* Stations join by MAC. A group address is local to the sender's zone. */
static bool judge_place_stations(const struct judge *judge,
				 const struct observation *observation, struct flow *flow)
{
	flow->l2_source = judge_station_zone(judge, observation, observation->source_mac);
	flow->l2_destination =
		(observation->destination_mac.byte[0] & 1) != 0
			? flow->l2_source
			: judge_station_zone(judge, observation, observation->destination_mac);
	return flow->l2_source != ZONE_NONE && flow->l2_destination != ZONE_NONE;
}

/* ---- verdicts ---- */

struct judge_decision {
	struct flow flow;       /* with what the judge filled in */
	struct verdict verdict;
	bool judged;            /* false: layer 2 that needs no verdict, or has no zones */
	bool unplaced;
	bool by_operation;      /* allowed for some operations only */
};

static struct judge_decision judge_decide(const struct judge *judge,
					  const struct observation *observation)
{
	struct judge_decision decision = { .flow = observation->flow, .judged = true };
	struct flow *flow = &decision.flow;

	flow->mode = judge->options.mode;
	flow->operation = OPERATION_PLAIN;
	flow->sender = judge_seen_zone(judge, observation);
	if (flow->ethertype == ETHERTYPE_ARP) {
		decision.judged = false; /* it finds the next hop of IPv4, which is judged */
	} else if (flow->ethertype != 0 && !judge_place_stations(judge, observation, flow)) {
		decision.judged = false;
		decision.unplaced = true;
	}
	if (decision.judged)
		decision.verdict =
			flow_judge_header(judge->index, flow, &decision.by_operation);
	return decision;
}

/* O(rules): the kind of a denial depends on what came near. Denials of plain
 * denies need no search. */
static enum violation_kind judge_denial_kind(const struct judge *judge, const struct flow *flow,
					     const struct verdict *verdict)
{
	struct arena scratch;

	if (verdict->rule == NULL && judge->timed_count == 0)
		return VIOLATION_NOT_ALLOWED;
	arena_init(&scratch);
	struct nearest nearest = nearest_find(judge->model, flow, verdict, &scratch);
	arena_release(&scratch);
	return nearest.denied    ? VIOLATION_DENIED
	       : nearest.in_time ? VIOLATION_NOT_ALLOWED
				 : VIOLATION_OUTSIDE_TIME;
}

static void judge_report_denial(struct judge *judge, const struct observation *observation,
				const struct judge_decision *decision)
{
	const struct verdict *verdict = &decision->verdict;
	struct violation like = {
		.kind = judge_denial_kind(judge, &decision->flow, verdict),
		.flow = decision->flow,
		.source_zone = verdict->source_zone,
		.destination_zone = verdict->destination_zone,
	};

	judge_report(judge, observation, &like, verdict);
}

/* Verdict, account and report. */
static bool judge_verdict(struct judge *judge, const struct observation *observation)
{
	struct judge_decision decision = judge_decide(judge, observation);

	judge->counts.unplaced += decision.unplaced;
	if (!decision.judged)
		return true;
	if (decision.verdict.rule != NULL)
		judge->rule_use[decision.verdict.rule->index]++;
	if (!decision.verdict.allowed)
		judge_report_denial(judge, observation, &decision);
	else
		judge->counts.uninspected += decision.by_operation;
	return decision.verdict.allowed;
}

/* ---- sources out of place ---- */

static const char *judge_spoof_detail(struct judge *judge, struct mac mac)
{
	char text[MAC_TEXT];

	return arena_printf(violation_table_arena(judge->violations),
			    "sent from %s, which the inventory gives to %s",
			    mac_print(&mac, text),
			    source_place_asset(judge->places, mac)->name);
}

static const char *judge_vlan_detail(struct judge *judge, uint16_t vlan)
{
	zone_id zone = source_place_of_vlan(judge->places, vlan);

	return arena_printf(violation_table_arena(judge->violations),
			    "seen on VLAN %u, which is that of %s", vlan,
			    judge->model->zones[zone].name);
}

static void judge_out_of_place(struct judge *judge, const struct observation *observation,
			       enum violation_kind kind, const char *detail)
{
	const struct flow *flow = &observation->flow;
	struct violation like = {
		.kind = kind,
		.flow = *flow,
		.source_zone = model_zone_of(judge->model, flow->source),
		.destination_zone = model_zone_of(judge->model, flow->destination),
		.detail = detail,
	};

	judge_report(judge, observation, &like, NULL);
}

static bool judge_is_unicast(struct address address)
{
	return !address_is_multicast(&address) && !address_is_broadcast(&address) &&
	       !address_is_link_local(&address) && !address_is_unspecified(&address);
}

/* VIOLATION_KIND_COUNT: none. */
static enum violation_kind judge_source_fault(const struct judge *judge,
					      const struct observation *observation)
{
	const struct flow *flow = &observation->flow;

	if (!judge_is_unicast(flow->source))
		return VIOLATION_KIND_COUNT;
	zone_id from = model_zone_of(judge->model, flow->source);
	zone_id to = judge_is_unicast(flow->destination)
			     ? model_zone_of(judge->model, flow->destination)
			     : from;
	if (observation->has_macs &&
	    !source_place_mac_fits(judge->places, observation->source_mac, flow->source))
		return VIOLATION_SPOOFED_SOURCE;
	if (observation->has_vlan &&
	    !source_place_vlan_fits(judge->places, observation->vlan, from, to))
		return VIOLATION_MISPLACED_SOURCE;
	return VIOLATION_KIND_COUNT;
}

bool judge_observe_place(struct judge *judge, const struct observation *observation)
{
	enum violation_kind fault = judge_source_fault(judge, observation);

	if (fault == VIOLATION_SPOOFED_SOURCE)
		judge_out_of_place(judge, observation, fault,
				   judge_spoof_detail(judge, observation->source_mac));
	else if (fault == VIOLATION_MISPLACED_SOURCE)
		judge_out_of_place(judge, observation, fault,
				   judge_vlan_detail(judge, observation->vlan));
	return fault == VIOLATION_KIND_COUNT;
}

static bool judge_is_unknown(const struct judge *judge, struct address address)
{
	return judge_is_unicast(address) &&
	       judge->model->zones[model_zone_of(judge->model, address)].inventory_complete &&
	       model_asset_of(judge->model, address) == NULL;
}

/* An unknown asset is its own finding, whichever end it is. */
static bool judge_known_ends(struct judge *judge, const struct observation *observation)
{
	struct observation other = *observation;
	bool known = true;

	if (judge_is_unknown(judge, observation->flow.source)) {
		judge_out_of_place(judge, observation, VIOLATION_UNKNOWN_ASSET, NULL);
		known = false;
	}
	if (observation->answered && judge_is_unknown(judge, observation->flow.destination)) {
		other.flow.source = observation->flow.destination;
		other.flow.destination = observation->flow.source;
		judge_out_of_place(judge, &other, VIOLATION_UNKNOWN_ASSET, NULL);
		known = false;
	}
	return known;
}

/* ---- the whole ---- */

bool judge_conforms(struct judge *judge, const struct observation *observation)
{
	struct judge_decision decision = judge_decide(judge, observation);

	if (decision.judged && !decision.verdict.allowed)
		return false;
	return observation->flow.ethertype != 0 ||
	       (judge_source_fault(judge, observation) == VIOLATION_KIND_COUNT &&
		!judge_is_unknown(judge, observation->flow.source));
}

bool judge_observe(struct judge *judge, const struct observation *observation)
{
	bool conforms = judge_verdict(judge, observation);

	if (observation->flow.ethertype != 0)
		return conforms;
	judge_asset_use(judge, observation);
	conforms &= judge_observe_place(judge, observation);
	conforms &= judge_known_ends(judge, observation);
	return conforms;
}

int64_t judge_next_change(struct judge *judge, int64_t instant)
{
	int64_t next = INSTANT_NEVER;

	if (judge->change_known && instant >= judge->change_after && instant < judge->change_next)
		return judge->change_next;
	for (size_t i = 0; i < judge->timed_count; i++) {
		int64_t change = activity_next_change(judge->timed[i], instant);
		if (change < next)
			next = change;
	}
	judge->change_known = true;
	judge->change_after = instant;
	judge->change_next = next;
	return next;
}

struct judge_counts judge_counts(const struct judge *judge)
{
	return judge->counts;
}

struct violation_table *judge_violations(struct judge *judge)
{
	return judge->violations;
}

const struct naming *judge_naming(const struct judge *judge)
{
	return judge->naming;
}

const uint64_t *judge_rule_use(const struct judge *judge)
{
	return judge->rule_use;
}

const bool *judge_asset_seen(const struct judge *judge)
{
	return judge->asset_seen;
}
