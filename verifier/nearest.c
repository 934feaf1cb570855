/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allow is scored by which of its parts fit the flow; ends weigh more
 * than the service, and the service more than time and mode. A rule counts as
 * near if all but one part fit. */
#include "config.h"
#include "verifier/nearest.h"

/* What fits, as a bit set; the value orders candidates. */
enum near_fit {
	NEAR_MODE = 1,
	NEAR_TIME = 2,
	NEAR_SERVICE = 4,
	NEAR_SOURCE = 8,
	NEAR_DESTINATION = 16,
	NEAR_ALL = 31,
};

struct near_candidate {
	const struct rule *rule;
	unsigned fit;
	bool reversed;
};

static bool near_is_group(const struct model *model, struct address address, zone_id zone)
{
	return address_is_multicast(&address) || address_is_broadcast(&address) ||
	       address_is_link_local(&address) || address_is_unspecified(&address) ||
	       (zone < model->zone_count &&
		address_set_contains(model->zones[zone].broadcast, address));
}

static bool near_holds_destination(const struct model *model, const struct destination *set,
				   struct address address, zone_id zone)
{
	if (!near_is_group(model, address, zone))
		return address_set_contains(set->unicast, address);
	return address_set_contains(set->literal, address) ||
	       (zone < model->zone_count && zone_set_has(set->zones, zone));
}

static bool near_holds_service(const struct rule *rule, const struct flow *flow,
			       enum family family)
{
	for (size_t i = 0; i < rule->match_count; i++) {
		const struct match *match = &rule->matches[i];
		if (match->ethertype_rule != (flow->ethertype != 0))
			continue;
		if (match->ethertype_rule) {
			if (match->ethertype == flow->ethertype)
				return true;
			continue;
		}
		if (match->family[family] && set_contains(match->protocols, flow->protocol) &&
		    set_contains(match->src_ports, flow->src_port) &&
		    set_contains(match->dst_ports, flow->dst_port))
			return true;
	}
	return false;
}

static bool near_holds_mode(const struct rule *rule, int mode)
{
	return rule->modes == MODE_EVERY || (mode >= 0 && (rule->modes >> mode & 1) != 0);
}

/* A deny of single operations outranks an allow only where there is one. */
static bool near_denies_operations_only(const struct rule *rule)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (!rule->matches[i].named_operations)
			return false;
	return true;
}

/* The ends of the pair that fits best. */
static unsigned near_ends(const struct model *model, const struct rule *rule,
			  const struct flow *flow, zone_id destination_zone)
{
	unsigned best = 0;

	for (size_t i = 0; i < rule->pair_count; i++) {
		const struct pair *pair = &rule->pairs[i];
		unsigned fit = 0;
		if (address_set_contains(pair->source, flow->source))
			fit |= NEAR_SOURCE;
		if (near_holds_destination(model, &pair->destination, flow->destination,
					   destination_zone))
			fit |= NEAR_DESTINATION;
		if (fit > best)
			best = fit;
	}
	return best;
}

/* True if the rule allows the same ends the other way round. */
static bool near_reversed(const struct rule *rule, const struct flow *flow)
{
	for (size_t i = 0; i < rule->pair_count; i++)
		if (address_set_contains(rule->pairs[i].source, flow->destination) &&
		    address_set_contains(rule->pairs[i].destination.unicast, flow->source))
			return true;
	return false;
}

static struct near_candidate near_score(const struct model *model, const struct rule *rule,
					const struct flow *flow, zone_id destination_zone)
{
	struct near_candidate candidate = { .rule = rule };
	unsigned ends = near_ends(model, rule, flow, destination_zone);

	if (ends != (NEAR_SOURCE | NEAR_DESTINATION) && near_reversed(rule, flow)) {
		candidate.reversed = true;
		ends = NEAR_SOURCE;
	}
	candidate.fit = ends;
	if (near_holds_service(rule, flow, flow->destination.family))
		candidate.fit |= NEAR_SERVICE;
	if (activity_at(rule->activity, flow->instant))
		candidate.fit |= NEAR_TIME;
	if (near_holds_mode(rule, flow->mode))
		candidate.fit |= NEAR_MODE;
	return candidate;
}

static unsigned near_missing(const struct near_candidate *candidate)
{
	return (unsigned)__builtin_popcount(NEAR_ALL & ~candidate->fit);
}

static struct near_candidate near_best(const struct model *model, const struct flow *flow,
				       zone_id destination_zone)
{
	struct near_candidate best = { 0 };

	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		if (!rule->allow || rule->implicit)
			continue;
		struct near_candidate candidate =
			near_score(model, rule, flow, destination_zone);
		if (near_missing(&candidate) <= 1 && candidate.fit > best.fit)
			best = candidate;
	}
	return best;
}

static const char *near_time_reason(const struct model *model, const struct rule *rule,
				    int64_t instant, struct arena *arena)
{
	int64_t from, until;
	char text[INSTANT_TEXT];

	activity_bounds(rule->activity, &from, &until);
	if (until != INSTANT_NEVER && instant >= until)
		return arena_printf(arena, "this rule expired at %s",
				    instant_print(until, model->timezone, text));
	if (from != INSTANT_ALWAYS && instant < from)
		return arena_printf(arena, "this rule begins only at %s",
				    instant_print(from, model->timezone, text));
	return arena_printf(arena, "outside the schedule of this rule (at %s)",
			    instant_print(instant, model->timezone, text));
}

static const char *near_mode_reason(const struct rule *rule, struct arena *arena)
{
	const struct tree_name *in = rule->tree->modifiers.in;

	return arena_printf(arena, "this rule is active only in mode %s%s", in->text,
			    in->next != NULL ? " and others" : "");
}

static const char *near_rule_reason(const struct model *model,
				    const struct near_candidate *candidate,
				    const struct flow *flow, struct arena *arena)
{
	const struct rule *rule = candidate->rule;

	if (candidate->reversed)
		return "this rule allows it in the other direction only";
	if (!(candidate->fit & NEAR_DESTINATION))
		return "this rule does not list the destination";
	if (!(candidate->fit & NEAR_SOURCE))
		return "this rule does not list the source";
	if (!(candidate->fit & NEAR_SERVICE))
		return arena_printf(arena, "this rule allows %s%s only",
				    rule->matches[0].label,
				    rule->match_count > 1 ? " and others" : "");
	if (!(candidate->fit & NEAR_TIME))
		return near_time_reason(model, rule, flow->instant, arena);
	return near_mode_reason(rule, arena);
}

static const struct conduit *near_conduit(const struct model *model, zone_id a, zone_id b)
{
	for (size_t i = 0; i < model->conduit_count; i++) {
		const struct conduit *conduit = &model->conduits[i];
		if (conduit->kind == CONDUIT_WITHIN) {
			if (a == b && zone_set_has(conduit->left, a))
				return conduit;
		} else if ((zone_set_has(conduit->left, a) && zone_set_has(conduit->right, b)) ||
			   (zone_set_has(conduit->left, b) && zone_set_has(conduit->right, a))) {
			return conduit;
		}
	}
	return NULL;
}

static void near_without_rule(struct nearest *nearest, const struct model *model,
			      const struct verdict *verdict, struct arena *arena)
{
	const char *from = model->zones[verdict->source_zone].name;
	const char *to = model->zones[verdict->destination_zone].name;

	nearest->conduit = near_conduit(model, verdict->source_zone, verdict->destination_zone);
	if (nearest->conduit != NULL) {
		nearest->where = nearest->conduit->tree->where;
		nearest->reason = arena_printf(
			arena, "conduit %s joins %s and %s, but no rule of it comes near",
			nearest->conduit->name, from, to);
	} else if (verdict->source_zone == verdict->destination_zone) {
		nearest->reason = arena_printf(
			arena, "%s denies traffic inside it and no conduit is within it", from);
	} else {
		nearest->reason =
			arena_printf(arena, "no conduit joins %s and %s", from, to);
	}
}

struct nearest nearest_find(const struct model *model, const struct flow *flow,
			    const struct verdict *verdict, struct arena *arena)
{
	struct nearest nearest = { .in_time = true };

	struct near_candidate best = { 0 };
	bool denied = verdict->rule != NULL;
	if (!denied || near_denies_operations_only(verdict->rule)) {
		best = near_best(model, flow, verdict->destination_zone);
		denied = denied && best.fit == NEAR_ALL;
	}
	if (denied) {
		nearest.rule = verdict->rule;
		nearest.where = verdict->rule->where;
		nearest.reason = "this rule denies it";
		nearest.denied = true;
		return nearest;
	}
	if (best.rule == NULL) {
		near_without_rule(&nearest, model, verdict, arena);
		return nearest;
	}
	nearest.rule = best.rule;
	nearest.where = best.rule->where;
	nearest.in_time = (best.fit & NEAR_TIME) != 0;
	nearest.reason = near_rule_reason(model, &best, flow, arena);
	return nearest;
}
