/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allow of the conduits that join the two zones is scored by which of its
 * parts fit the flow: the weights are in the order of the header, so that the
 * greatest sum is the nearest. */
#include "config.h"
#include "verifier/nearest.h"

#include <string.h>

enum near_fit {
	NEAR_TIME = 1,
	NEAR_MODE = 2,
	NEAR_DIRECTION = 4,
	NEAR_SERVICE = 8,
	NEAR_SOURCE = 16,
	NEAR_DESTINATION = 32,
	NEAR_ENDS = NEAR_SOURCE | NEAR_DESTINATION,
	NEAR_ALL = 63,
};

struct near_candidate {
	const struct rule *rule;
	unsigned fit;
};

/* What is asked: the flow, and the zones it runs between. */
struct near_question {
	const struct model *model;
	const struct flow *flow;
	zone_id from, to;
};

/* ---- ends ---- */

static bool near_is_group(const struct model *model, struct address address, zone_id zone)
{
	return !address_is_unicast(&address) ||
	       (zone < model->zone_count &&
		address_set_contains(model->zones[zone].broadcast, address));
}

static bool near_holds_destination(const struct near_question *q, const struct destination *set)
{
	struct address address = q->flow->destination;

	if (!near_is_group(q->model, address, q->to))
		return address_set_contains(set->unicast, address);
	if (q->to == ZONE_NONE || address_set_contains(set->excluded, address))
		return false;
	return zone_set_has(set->zones, q->to) ||
	       (address_set_contains(set->literal, address) &&
		zone_set_has(set->literal_zones, q->to));
}

static unsigned near_pair_ends(const struct near_question *q, const struct pair *pair)
{
	bool source, destination;

	if (q->flow->ethertype != 0) {
		source = zone_set_has(pair->source_zones, q->from);
		destination = zone_set_has(pair->destination.zones, q->to);
	} else {
		source = address_set_contains(pair->source, q->flow->source);
		destination = near_holds_destination(q, &pair->destination);
	}
	return (source ? NEAR_SOURCE : 0) | (destination ? NEAR_DESTINATION : 0);
}

static bool near_pair_reversed(const struct near_question *q, const struct pair *pair)
{
	if (q->flow->ethertype != 0)
		return zone_set_has(pair->source_zones, q->to) &&
		       zone_set_has(pair->destination.zones, q->from);
	return address_set_contains(pair->source, q->flow->destination) &&
	       address_set_contains(pair->destination.unicast, q->flow->source);
}

/* Of the pair that fits best: its ends, and whether they are this way round. */
static unsigned near_ends(const struct near_question *q, const struct rule *rule)
{
	unsigned best = 0;

	for (size_t i = 0; i < rule->pair_count; i++) {
		const struct pair *pair = &rule->pairs[i];
		unsigned fit = NEAR_DIRECTION | near_pair_ends(q, pair);
		if ((fit & NEAR_ENDS) != NEAR_ENDS && near_pair_reversed(q, pair))
			fit = NEAR_ENDS;
		if (fit > best)
			best = fit;
	}
	return best;
}

/* ---- services ---- */

static bool near_match_holds(const struct match *match, const struct flow *flow)
{
	if (match->ethertype_rule || flow->ethertype != 0)
		return match->ethertype_rule && match->ethertype == flow->ethertype;
	return match->family[flow->destination.family] &&
	       set_contains(match->protocols, flow->protocol) &&
	       set_contains(match->src_ports, flow->src_port) &&
	       set_contains(match->dst_ports, flow->dst_port);
}

static bool near_holds_service(const struct rule *rule, const struct flow *flow)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (near_match_holds(&rule->matches[i], flow))
			return true;
	return false;
}

static bool near_holds_mode(const struct rule *rule, int mode)
{
	return rule->modes == MODE_EVERY || (mode >= 0 && (rule->modes >> mode & 1) != 0);
}

/* ---- the nearest ---- */

static unsigned near_fit_of(const struct near_question *q, const struct rule *rule)
{
	unsigned fit = near_ends(q, rule);

	if (near_holds_service(rule, q->flow))
		fit |= NEAR_SERVICE;
	if (activity_at(rule->activity, q->flow->instant))
		fit |= NEAR_TIME;
	if (near_holds_mode(rule, q->flow->mode))
		fit |= NEAR_MODE;
	return fit;
}

/* Both ends right, or all but one end; the other direction counts only with a
 * service that fits. */
static bool near_enough(unsigned fit)
{
	unsigned missing = NEAR_ALL & ~fit;

	if (missing & NEAR_ENDS)
		return missing == NEAR_SOURCE || missing == NEAR_DESTINATION;
	return (fit & (NEAR_DIRECTION | NEAR_SERVICE)) != 0;
}

static bool near_joins(const struct conduit *conduit, zone_id a, zone_id b)
{
	if (conduit->kind == CONDUIT_WITHIN)
		return a == b && zone_set_has(conduit->left, a);
	return (zone_set_has(conduit->left, a) && zone_set_has(conduit->right, b)) ||
	       (zone_set_has(conduit->left, b) && zone_set_has(conduit->right, a));
}

static bool near_may_allow(const struct near_question *q, const struct rule *rule)
{
	return rule->allow && rule->conduit != NULL && near_joins(rule->conduit, q->from, q->to);
}

static struct near_candidate near_best(const struct near_question *q)
{
	struct near_candidate best = { 0 };

	for (size_t i = 0; i < q->model->rule_count; i++) {
		const struct rule *rule = &q->model->rules[i];
		if (!near_may_allow(q, rule))
			continue;
		unsigned fit = near_fit_of(q, rule);
		if (near_enough(fit) && fit > best.fit)
			best = (struct near_candidate){ rule, fit };
	}
	return best;
}

/* ---- in words ---- */

static const char *near_time_reason(const struct near_question *q, const struct rule *rule,
				    struct arena *arena)
{
	const struct timezone_rules *timezone = q->model->timezone;
	int64_t instant = q->flow->instant, from, until;
	char text[INSTANT_TEXT];

	activity_bounds(rule->activity, &from, &until);
	if (until != INSTANT_NEVER && instant >= until)
		return arena_printf(arena, "this rule expired at %s",
				    instant_print(until, timezone, text));
	if (from != INSTANT_ALWAYS && instant < from)
		return arena_printf(arena, "this rule begins only at %s",
				    instant_print(from, timezone, text));
	return arena_printf(arena, "outside the schedule of this rule (at %s)",
			    instant_print(instant, timezone, text));
}

static const char *near_mode_reason(const struct rule *rule, struct arena *arena)
{
	const struct tree_name *in = rule->tree->modifiers.in;

	return arena_printf(arena, "this rule is active only in mode %s%s", in->text,
			    in->next != NULL ? " and others" : "");
}

static const char *near_service_reason(const struct rule *rule, struct arena *arena)
{
	for (size_t m = 1; m < rule->match_count; m++)
		if (strcmp(rule->matches[m].label, rule->matches[0].label) != 0)
			return "this rule allows other services only";
	return arena_printf(arena, "this rule allows %s only", rule->matches[0].label);
}

static const char *near_rule_reason(const struct near_question *q,
				    const struct near_candidate *candidate, struct arena *arena)
{
	unsigned missing = NEAR_ALL & ~candidate->fit;

	if (missing & NEAR_DESTINATION)
		return "this rule does not list the destination";
	if (missing & NEAR_SOURCE)
		return "this rule does not list the source";
	if (missing & NEAR_SERVICE)
		return near_service_reason(candidate->rule, arena);
	if (missing & NEAR_DIRECTION)
		return "this rule allows it in the other direction only";
	if (missing & NEAR_MODE)
		return near_mode_reason(candidate->rule, arena);
	return near_time_reason(q, candidate->rule, arena);
}

static struct nearest near_without_conduit(const struct near_question *q, struct arena *arena)
{
	const struct zone *zones = q->model->zones;
	zone_id external = (zone_id)(q->model->zone_count - 1);
	struct nearest nearest = { 0 };

	if (q->from == ZONE_NONE || q->to == ZONE_NONE)
		nearest.reason = "no zone holds such a source";
	else if (q->from == q->to && q->from == external)
		nearest.reason = "neither end lies in a zone of the policy";
	else if (q->from == q->to)
		nearest.reason = arena_printf(
			arena, "%s denies traffic inside it and no conduit is within it",
			zones[q->from].name);
	else
		nearest.reason = arena_printf(arena, "no conduit joins %s and %s",
					      zones[q->from].name, zones[q->to].name);
	return nearest;
}

static struct nearest near_conduit_alone(const struct near_question *q,
					 const struct conduit *conduit, struct arena *arena)
{
	const char *from = q->model->zones[q->from].name, *to = q->model->zones[q->to].name;

	return (struct nearest){
		.conduit = conduit,
		.where = conduit->tree->where,
		.reason = q->from == q->to
				  ? arena_printf(arena, "conduit %s is within %s, but no rule "
							"of it comes near", conduit->name, from)
				  : arena_printf(arena, "conduit %s joins %s and %s, but no rule "
							"of it comes near",
						 conduit->name, from, to),
	};
}

static struct nearest near_denied(const struct rule *rule, bool operations_only)
{
	return (struct nearest){
		.rule = rule,
		.where = rule->where,
		.reason = operations_only ? "this rule denies every operation that is allowed"
					  : "this rule denies it",
	};
}

static const struct conduit *near_conduit(const struct near_question *q)
{
	for (size_t i = 0; i < q->model->conduit_count; i++)
		if (near_joins(&q->model->conduits[i], q->from, q->to))
			return &q->model->conduits[i];
	return NULL;
}

struct nearest nearest_find(const struct model *model, const struct flow *flow,
			    const struct verdict *verdict, struct arena *arena)
{
	struct near_question q = { model, flow, verdict->source_zone,
				   verdict->destination_zone };
	const struct rule *deny = verdict->rule;
	const struct conduit *conduit = near_conduit(&q);

	if (deny != NULL && !verdict->operations_only)
		return near_denied(deny, false);
	if (conduit == NULL)
		return near_without_conduit(&q, arena);
	struct near_candidate best = near_best(&q);
	if (deny != NULL && best.fit == NEAR_ALL)
		return near_denied(deny, true);
	if (best.rule == NULL)
		return near_conduit_alone(&q, conduit, arena);
	return (struct nearest){
		.rule = best.rule,
		.where = best.rule->where,
		.reason = near_rule_reason(&q, &best, arena),
	};
}
