/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdicts themselves are the model's (flow_judge_header() on what every packet
 * shows); this file finds the zones that only a capture shows and keeps the account.
 * What a conversation says is judged in judge_content.c, where its packets came from
 * in judge_source.c. */
#include "config.h"
#include "verifier/judge.h"

#include <net/ethernet.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/judge_parts.h"

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

static void judge_make_classes(struct judge *judge)
{
	const struct model *model = judge->model;

	judge->classes_seen = memory_array(model->rule_count + 1, sizeof(uint8_t *));
	for (size_t i = 0; i < model->rule_count; i++)
		judge->classes_seen[i] = memory_array(model->rules[i].match_count + 1, 1);
}

struct judge *judge_create(const struct model *model, const struct judge_options *options)
{
	struct judge *judge = memory_alloc(sizeof(*judge));

	judge->model = model;
	judge->options = *options;
	judge->index = flow_index_create(model);
	judge->least_idle = silence_least(model);
	judge->naming = naming_create(model);
	judge->origins = origins_create(model);
	judge->violations = violation_table_create(
		options->violation_limit != 0 ? options->violation_limit : JUDGE_VIOLATIONS);
	judge->rule_used = memory_array(model->rule_count + 1, sizeof(*judge->rule_used));
	judge->asset_seen = memory_array(model->asset_count + 1, sizeof(*judge->asset_seen));
	if (options->coverage)
		judge_make_classes(judge);
	judge_collect_times(judge);
	return judge;
}

void judge_destroy(struct judge *judge)
{
	if (judge == NULL)
		return;
	flow_index_destroy(judge->index);
	naming_destroy(judge->naming);
	origins_destroy(judge->origins);
	violation_table_destroy(judge->violations);
	for (size_t i = 0; judge->classes_seen != NULL && i < judge->model->rule_count; i++)
		free(judge->classes_seen[i]);
	free(judge->classes_seen);
	free(judge->rule_used);
	free(judge->asset_seen);
	free(judge->timed);
	free(judge);
}

/* ---- the account ---- */

static void judge_rule_met(void *context, const struct rule *rule, const struct match *match,
			   bool active)
{
	struct judge *judge = context;

	(void)match;
	judge->rule_used[rule->index] |= active;
}

static const struct asset *judge_asset(const struct judge *judge,
				       const struct observation *observation, int side)
{
	const struct flow *flow = &observation->flow;

	if (flow->ethertype != 0)
		return origin_asset(judge->origins, observation->origin[side].mac);
	return model_asset_of(judge->model,
			      side == JUDGE_INITIATOR ? flow->source : flow->destination);
}

static void judge_asset_use(struct judge *judge, const struct observation *observation)
{
	const struct asset *source = judge_asset(judge, observation, JUDGE_INITIATOR);
	const struct asset *destination = judge_asset(judge, observation, JUDGE_RESPONDER);

	if (source != NULL)
		judge->asset_seen[source - judge->model->assets] = true;
	if (destination != NULL && observation->answered)
		judge->asset_seen[destination - judge->model->assets] = true;
}

/* ---- where the ends are ---- */

static zone_id judge_seen_zone(const struct judge *judge, const struct observation *observation)
{
	struct origin origin = observation->origin[JUDGE_INITIATOR];
	zone_id zone = origin_of_vlan(judge->origins, origin.vlan);

	return zone != ZONE_NONE ? zone : origin_of_mac(judge->origins, origin.mac);
}

static zone_id judge_station_zone(const struct judge *judge, const struct observation *observation,
				  int side)
{
	zone_id zone = origin_of_mac(judge->origins, observation->origin[side].mac);

	return zone != ZONE_NONE
		       ? zone
		       : origin_of_vlan(judge->origins, observation->origin[JUDGE_INITIATOR].vlan);
}

/* A group is those who are on the sender's VLAN: another zone's, if it strays. */
static zone_id judge_group_zone(const struct judge *judge, const struct observation *observation,
				zone_id from)
{
	zone_id zone = origin_of_vlan(judge->origins, observation->origin[JUDGE_INITIATOR].vlan);

	return zone == ZONE_NONE || from == ZONE_NONE ||
			       origin_shares_wire(judge->origins, from, zone)
		       ? from
		       : zone;
}

/* Stations join by MAC, then by VLAN. */
void judge_place_stations(const struct judge *judge, const struct observation *observation,
			  struct flow *flow)
{
	bool group = (observation->origin[JUDGE_RESPONDER].mac.byte[0] & 1) != 0;

	flow->l2_source = judge_station_zone(judge, observation, JUDGE_INITIATOR);
	flow->l2_destination = group ? judge_group_zone(judge, observation, flow->l2_source)
				     : judge_station_zone(judge, observation, JUDGE_RESPONDER);
}

struct mac judge_station(const struct judge *judge, uint16_t ethertype, struct mac mac)
{
	enum { ETHERTYPE_ETHERCAT = 0x88a4 };

	return ethertype == ETHERTYPE_ETHERCAT ? origin_ethercat_master(judge->origins, mac)
					       : mac;
}

const char *judge_station_name(const struct judge *judge, struct mac mac, char *buffer)
{
	const struct asset *asset = origin_only_asset(judge->origins, mac);

	return asset != NULL ? asset->name : mac_print(&mac, buffer);
}

/* ---- verdicts ---- */

struct judge_decision judge_decide(const struct judge *judge,
					  const struct observation *observation)
{
	struct judge_decision decision = { .flow = observation->flow, .judged = true };
	struct flow *flow = &decision.flow;

	flow->mode = judge->options.mode;
	flow->operation = OPERATION_PLAIN;
	flow->unit = flow->object = PARAMETER_NONE;
	flow->sender = judge_seen_zone(judge, observation);
	if (flow->ethertype != 0)
		judge_place_stations(judge, observation, flow);
	if (flow->ethertype == ETHERTYPE_ARP) {
		decision.judged = false; /* it finds the next hop of IPv4, which is judged */
	} else if (flow->ethertype != 0 &&
		   (flow->l2_source == ZONE_NONE || flow->l2_destination == ZONE_NONE)) {
		decision.judged = false;
		decision.unplaced = true;
	}
	if (decision.judged)
		decision.verdict =
			flow_judge_header(judge->index, flow, &decision.by_operation);
	if (decision.judged && decision.verdict.allowed &&
	    observation->silence > judge->least_idle)
		decision.bound = silence_broken(judge->index, flow, observation->silence);
	return decision;
}

static bool judge_decision_conforms(const struct judge_decision *decision)
{
	return !decision->judged ||
	       (decision->verdict.allowed && decision->bound.rule == NULL);
}

/* The allows that match but for their time. */
struct judge_near {
	bool active, inactive;
};

static void judge_near_allow(void *context, const struct rule *rule, const struct match *match,
			     bool active)
{
	struct judge_near *near = context;

	(void)match;
	if (rule->allow) {
		near->active |= active;
		near->inactive |= !active;
	}
}

/* What denied it: a deny of operations counts only where there was an allow. */
static enum violation_kind judge_denial_kind(const struct judge *judge,
					     const struct judge_decision *decision)
{
	struct judge_near near = { false, false };

	flow_rules_visit(judge->index, &decision->flow, judge_near_allow, &near);
	if (decision->verdict.rule != NULL &&
	    (near.active || !decision->verdict.operations_only))
		return VIOLATION_DENIED;
	return near.inactive ? VIOLATION_OUTSIDE_TIME : VIOLATION_NOT_ALLOWED;
}

struct violation *judge_add(struct judge *judge, const struct observation *observation,
				   const struct violation *like)
{
	bool fresh;
	struct violation *violation =
		violation_add(judge->violations, like, &observation->seen, &fresh);

	return fresh ? violation : NULL;
}

struct violation judge_flow_violation(const struct observation *observation,
					     const struct judge_decision *decision,
					     enum violation_kind kind)
{
	struct violation like = {
		.kind = kind,
		.flow = decision->flow,
		.source_zone = decision->verdict.source_zone,
		.destination_zone = decision->verdict.destination_zone,
	};

	if (like.flow.ethertype != 0) {
		like.source_mac = observation->origin[JUDGE_INITIATOR].mac;
		like.destination_mac = observation->origin[JUDGE_RESPONDER].mac;
	}
	return like;
}

static void judge_report_denial(struct judge *judge, const struct observation *observation,
				const struct judge_decision *decision)
{
	struct violation like = judge_flow_violation(observation, decision,
						     judge_denial_kind(judge, decision));
	struct violation *fresh = judge_add(judge, observation, &like);

	if (fresh == NULL)
		return;
	fresh->nearest = nearest_find(judge->model, &like.flow, &decision->verdict,
				      violation_table_arena(judge->violations));
	fresh->detail = judge_negotiated(judge, observation);
}

static void judge_report_silence(struct judge *judge, const struct observation *observation,
				 const struct judge_decision *decision)
{
	struct violation like =
		judge_flow_violation(observation, decision, VIOLATION_OVER_IDLE);
	struct violation *fresh = judge_add(judge, observation, &like);

	if (fresh != NULL)
		fresh->nearest = silence_nearest(&decision->bound, observation->silence,
						 violation_table_arena(judge->violations));
}

/* Verdict, account and report. */
static struct judgement judge_verdict(struct judge *judge, const struct observation *observation)
{
	struct judge_decision decision = judge_decide(judge, observation);

	if (!decision.judged)
		return (struct judgement){ .conforms = true, .unplaced = decision.unplaced };
	if (judge->options.coverage)
		flow_rules_visit(judge->index, &decision.flow, judge_rule_met, judge);
	if (!decision.verdict.allowed)
		judge_report_denial(judge, observation, &decision);
	else if (decision.bound.rule != NULL)
		judge_report_silence(judge, observation, &decision);
	bool conforms = judge_decision_conforms(&decision);
	if (decision.verdict.allowed)
		conforms &= judge_content(judge, observation, &decision);
	return (struct judgement){
		.conforms = conforms,
		.uninspected = judge_is_uninspected(&decision, &observation->content),
	};
}

/* ---- the whole ---- */

bool judge_conforms(struct judge *judge, const struct observation *observation)
{
	struct judge_decision decision = judge_decide(judge, observation);

	return judge_decision_conforms(&decision) &&
	       judge_side_conforms(judge, observation, JUDGE_INITIATOR) &&
	       (!observation->answered ||
		judge_side_conforms(judge, observation, JUDGE_RESPONDER));
}

struct judgement judge_observe(struct judge *judge, const struct observation *observation)
{
	struct judgement judgement = judge_verdict(judge, observation);

	judge_asset_use(judge, observation);
	judgement.conforms &= judge_report_side(judge, observation, JUDGE_INITIATOR);
	if (observation->answered)
		judgement.conforms &= judge_report_side(judge, observation, JUDGE_RESPONDER);
	return judgement;
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

struct violation_table *judge_violations(struct judge *judge)
{
	return judge->violations;
}

const struct naming *judge_naming(const struct judge *judge)
{
	return judge->naming;
}

const bool *judge_rule_used(const struct judge *judge)
{
	return judge->rule_used;
}

uint8_t judge_classes_seen(const struct judge *judge, const struct rule *rule, size_t match)
{
	return judge->classes_seen[rule->index][match];
}

const bool *judge_asset_seen(const struct judge *judge)
{
	return judge->asset_seen;
}
