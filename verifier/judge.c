/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdicts themselves are the model's: flow_judge_header() on what every packet
 * shows, operation.h on what the content tells; this file finds the zones that only a
 * capture shows and keeps the account. */
#include "config.h"
#include "verifier/judge.h"

#include <net/ethernet.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/operation.h"
#include "verifier/silence.h"

struct judge {
	const struct model *model;
	struct flow_index *index;
	struct naming *naming;
	struct origins *origins;
	struct violation_table *violations;
	struct judge_options options;
	bool *rule_used;
	bool *asset_seen;
	uint8_t **classes_seen;        /* by rule index, then match: bits of operation classes */
	uint32_t least_idle;           /* no rule lets its conversations be silent for less */
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

/* Stations join by MAC. A group address is local to the sender's zone. */
static bool judge_place_stations(const struct judge *judge,
				 const struct observation *observation, struct flow *flow)
{
	bool group = (observation->origin[JUDGE_RESPONDER].mac.byte[0] & 1) != 0;

	flow->l2_source = judge_station_zone(judge, observation, JUDGE_INITIATOR);
	flow->l2_destination = group ? flow->l2_source
				     : judge_station_zone(judge, observation, JUDGE_RESPONDER);
	return flow->l2_source != ZONE_NONE && flow->l2_destination != ZONE_NONE;
}

/* ---- verdicts ---- */

struct judge_decision {
	struct flow flow;       /* with what the judge filled in */
	struct verdict verdict;
	bool judged;            /* false: layer 2 that needs no verdict, or has no zones */
	bool unplaced;
	bool by_operation;      /* allowed for some contents only */
	struct silence_bound bound; /* broken, if it has a rule */
};

static struct judge_decision judge_decide(const struct judge *judge,
					  const struct observation *observation)
{
	struct judge_decision decision = { .flow = observation->flow, .judged = true };
	struct flow *flow = &decision.flow;

	flow->mode = judge->options.mode;
	flow->operation = OPERATION_PLAIN;
	flow->unit = flow->object = PARAMETER_NONE;
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

/* ---- content ---- */

/* The flow of a slice whose header was judged, with another content. */
static struct verdict judge_content_verdict(const struct judge *judge, const struct flow *flow,
					    operation_id content)
{
	struct flow other = *flow;

	flow_set_operation(&other, (struct operation_point){ content, PARAMETER_NONE,
							     PARAMETER_NONE });
	return flow_judge(judge->index, &other);
}

struct judge_class {
	struct judge *judge;
	operation_id operation;
	uint8_t bit;
};

static void judge_class_met(void *context, const struct rule *rule, const struct match *match,
			    bool active)
{
	const struct judge_class *class = context;

	if (active && rule->allow && set_contains(match->operations, class->operation))
		class->judge->classes_seen[rule->index][match - rule->matches] |= class->bit;
}

/* Which rules an operation used, and of which class it is. */
static void judge_class_use(struct judge *judge, const struct flow *flow, operation_id operation)
{
	const struct protocol *protocol = &judge->model->protocols[operation >> 16];
	struct judge_class class = { .judge = judge, .operation = operation };

	for (int c = 0; c < CLASS_COUNT; c++)
		if (protocol->class[c] != NULL && set_contains(protocol->class[c], operation & 0xffff))
			class.bit |= (uint8_t)(1u << c);
	flow_rules_visit(judge->index, flow, judge_class_met, &class);
}

bool judge_operation(struct judge *judge, const struct observation *observation,
		     const struct inspect_operation *operation, bool *always)
{
	struct judge_decision decision = judge_decide(judge, observation);

	*always = true;
	if (!decision.judged || !decision.verdict.allowed)
		return true;
	struct operation_verdict verdict =
		operation_judge(judge->index, judge->model, &decision.flow, operation);
	*always = verdict.always;
	if (judge->options.coverage && verdict.allowed)
		judge_class_use(judge, &decision.flow, operation->operation);
	return verdict.allowed;
}

/* The content could be that of an operation, and none can be seen. */
static bool judge_is_uninspected(const struct judge_decision *decision,
				 const struct inspect_content *content)
{
	return decision->by_operation && !content->foreign &&
	       (content->hidden || content->unread);
}

/* NULL: it is known already, or there is no room for it. */
static struct violation *judge_add(struct judge *judge, const struct observation *observation,
				   const struct violation *like)
{
	bool fresh;
	struct violation *violation =
		violation_add(judge->violations, like, &observation->seen, &fresh);

	return fresh ? violation : NULL;
}

static struct violation judge_flow_violation(const struct observation *observation,
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

	if (fresh != NULL)
		fresh->nearest = nearest_find(judge->model, &like.flow, &decision->verdict,
					      violation_table_arena(judge->violations));
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

static void judge_report_breach(struct judge *judge, const struct observation *observation,
				const struct judge_decision *decision,
				const struct inspect_breach *breach)
{
	struct arena *arena = violation_table_arena(judge->violations);
	struct inspect_operation operation = { breach->operation, breach->carrier, &breach->seen };
	struct observation part = *observation;
	struct violation like =
		judge_flow_violation(observation, decision, VIOLATION_OPERATION);

	like.flow.operation = breach->operation;
	like.seen = breach->seen;
	part.seen.packets = breach->packets;
	part.seen.bytes = breach->bytes;
	part.seen.first = breach->first;
	part.seen.last = breach->last;
	part.seen.packet = breach->number;
	if (judge->options.capture != NULL)
		part.seen.file = capture_file_name(judge->options.capture, breach->file);
	memcpy(part.seen.operations, breach->count, sizeof(breach->count));
	struct violation *fresh = judge_add(judge, &part, &like);
	if (fresh == NULL)
		return;
	struct operation_verdict verdict =
		operation_judge(judge->index, judge->model, &decision->flow, &operation);
	flow_set_operation(&fresh->flow, verdict.point);
	fresh->nearest = operation_nearest(judge->index, &decision->flow, &verdict, arena);
}

static const char *judge_content_detail(const struct judge *judge,
					const struct inspect_content *content)
{
	const struct protocol *protocols = judge->model->protocols;
	struct arena *arena = violation_table_arena(judge->violations);

	if (!content->foreign)
		return arena_printf(arena, "it is %s, which neither a rule nor the protocol's "
					   "registration expects at this port",
				    protocols[content->protocol].name);
	if (content->instead != 0)
		return arena_printf(arena, "its content is %s, not %s",
				    protocols[content->instead].name,
				    protocols[content->protocol].name);
	return arena_printf(arena, "its content is not %s", protocols[content->protocol].name);
}

static void judge_report_content(struct judge *judge, const struct observation *observation,
				 const struct judge_decision *decision, enum violation_kind kind)
{
	struct violation like = judge_flow_violation(observation, decision, kind);
	struct violation *fresh = judge_add(judge, observation, &like);

	if (fresh != NULL)
		fresh->detail = judge_content_detail(judge, &observation->content);
}

/* What an allowed slice says. False: something of it does not conform. Where the policy
 * allows any content, that of another protocol is allowed, too. */
static bool judge_content(struct judge *judge, const struct observation *observation,
			  const struct judge_decision *decision)
{
	const struct inspect_content *content = &observation->content;

	for (size_t i = 0; i < content->breach_count; i++)
		judge_report_breach(judge, observation, decision, &content->breaches[i]);
	if (content->foreign &&
	    !judge_content_verdict(judge, &decision->flow, OPERATION_PLAIN).allowed) {
		judge_report_content(judge, observation, decision, VIOLATION_FOREIGN_CONTENT);
		return false;
	}
	if (content->protocol != 0 && !content->expected) {
		judge_report_content(judge, observation, decision,
				     VIOLATION_UNEXPECTED_PROTOCOL);
		return false;
	}
	return content->breach_count == 0;
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

/* ---- sources out of place ---- */

/* The same observation from the other side: who answers sends, too. */
static struct observation judge_side(const struct observation *observation, int side)
{
	struct observation turned = *observation;

	if (side == JUDGE_INITIATOR)
		return turned;
	turned.flow.source = observation->flow.destination;
	turned.flow.destination = observation->flow.source;
	turned.flow.src_port = observation->flow.dst_port;
	turned.flow.dst_port = observation->flow.src_port;
	for (int i = 0; i < 2; i++) {
		turned.origin[i] = observation->origin[1 - i];
		turned.other[i] = observation->other[1 - i];
	}
	return turned;
}

static const char *judge_origin_detail(const struct judge *judge, enum violation_kind kind,
				       struct origin origin)
{
	struct arena *arena = violation_table_arena(judge->violations);
	char text[MAC_TEXT];

	if (kind == VIOLATION_SPOOFED_SOURCE)
		return arena_printf(arena, "sent from %s, which the inventory gives to %s",
				    mac_print(&origin.mac, text),
				    origin_asset(judge->origins, origin.mac)->name);
	return arena_printf(
		arena, "seen on VLAN %u, which is that of %s", origin.vlan,
		judge->model->zones[origin_of_vlan(judge->origins, origin.vlan)].name);
}

/* VIOLATION_KIND_COUNT: none. */
static enum violation_kind judge_origin_kind(const struct judge *judge, const struct flow *flow,
					     struct origin origin)
{
	if (flow->ethertype != 0 || !address_is_unicast(&flow->source))
		return VIOLATION_KIND_COUNT;
	zone_id to = model_zone_of(judge->model, address_is_unicast(&flow->destination)
							 ? flow->destination
							 : flow->source);
	switch (origin_judge(judge->origins, origin, flow->source, to)) {
	case ORIGIN_WRONG_MAC: return VIOLATION_SPOOFED_SOURCE;
	case ORIGIN_WRONG_VLAN: return VIOLATION_MISPLACED_SOURCE;
	default: return VIOLATION_KIND_COUNT;
	}
}

static struct violation judge_source_violation(const struct judge *judge,
					       const struct flow *flow, enum violation_kind kind)
{
	return (struct violation){
		.kind = kind,
		.flow = *flow,
		.source_zone = model_zone_of(judge->model, flow->source),
		.destination_zone = model_zone_of(judge->model, flow->destination),
	};
}

static bool judge_report_origin(struct judge *judge, const struct observation *side,
				struct origin origin)
{
	enum violation_kind kind = judge_origin_kind(judge, &side->flow, origin);

	if (kind == VIOLATION_KIND_COUNT)
		return true;
	struct violation like = judge_source_violation(judge, &side->flow, kind);
	if (kind == VIOLATION_SPOOFED_SOURCE)
		like.source_mac = origin.mac;
	struct violation *fresh = judge_add(judge, side, &like);
	if (fresh != NULL)
		fresh->detail = judge_origin_detail(judge, kind, origin);
	return false;
}

static bool judge_is_unknown(const struct judge *judge, struct address address)
{
	return address_is_unicast(&address) &&
	       judge->model->zones[model_zone_of(judge->model, address)].inventory_complete &&
	       model_asset_of(judge->model, address) == NULL &&
	       !origin_is_device(judge->origins, address);
}

static bool judge_report_unknown(struct judge *judge, const struct observation *side)
{
	if (!judge_is_unknown(judge, side->flow.source))
		return true;
	struct violation like =
		judge_source_violation(judge, &side->flow, VIOLATION_UNKNOWN_ASSET);
	judge_add(judge, side, &like);
	return false;
}

/* True if the side is somebody known, where it should be. One fault of a kind
 * is enough, if its packets came from several places. */
static bool judge_report_side(struct judge *judge, const struct observation *observation, int side)
{
	const struct observation sent = judge_side(observation, side);
	bool known = judge_report_unknown(judge, &sent);

	return judge_report_origin(judge, &sent, sent.origin[JUDGE_INITIATOR]) &&
	       judge_report_origin(judge, &sent, sent.other[JUDGE_INITIATOR]) && known;
}

static bool judge_side_conforms(const struct judge *judge, const struct observation *observation,
				int side)
{
	const struct observation sent = judge_side(observation, side);

	return judge_origin_kind(judge, &sent.flow, sent.origin[JUDGE_INITIATOR]) ==
		       VIOLATION_KIND_COUNT &&
	       judge_origin_kind(judge, &sent.flow, sent.other[JUDGE_INITIATOR]) ==
		       VIOLATION_KIND_COUNT &&
	       !judge_is_unknown(judge, sent.flow.source);
}

bool judge_is_suspect(const struct judge *judge, const struct flow *flow, int side,
		      struct origin origin)
{
	struct flow sent = *flow;

	if (side == JUDGE_RESPONDER) {
		sent.source = flow->destination;
		sent.destination = flow->source;
	}
	return judge_origin_kind(judge, &sent, origin) != VIOLATION_KIND_COUNT;
}

/* ---- the whole ---- */

bool judge_conforms(struct judge *judge, const struct observation *observation)
{
	struct judge_decision decision = judge_decide(judge, observation);

	if (!judge_decision_conforms(&decision))
		return false;
	return observation->flow.ethertype != 0 ||
	       (judge_side_conforms(judge, observation, JUDGE_INITIATOR) &&
		(!observation->answered ||
		 judge_side_conforms(judge, observation, JUDGE_RESPONDER)));
}

struct judgement judge_observe(struct judge *judge, const struct observation *observation)
{
	struct judgement judgement = judge_verdict(judge, observation);

	if (observation->flow.ethertype != 0)
		return judgement;
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
