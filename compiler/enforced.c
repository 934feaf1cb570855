/* SPDX-License-Identifier: Apache-2.0
 *
 * Flat boundaries come first, for no rule holds there. A plain deny holds by its
 * ports, whatever its content; denies of operations leave the port open as long
 * as some other operation is allowed. */
#include "config.h"
#include "compiler/enforced.h"

#include "compiler/parameter.h"
#include "compiler/payload.h"
#include "compiler/topology.h"

static const struct set *enforced_ports(struct arena *arena)
{
	return set_one(arena, 0, UINT16_MAX);
}

static struct match enforced_everything(struct arena *arena)
{
	struct content all = content_all(arena);

	return (struct match){
		.family = { true, true },
		.protocols = set_one(arena, 0, UINT8_MAX),
		.src_ports = enforced_ports(arena),
		.dst_ports = enforced_ports(arena),
		.operations = all.field[CONTENT_OPERATION],
		.units = all.field[CONTENT_UNIT],
		.objects = all.field[CONTENT_OBJECT],
	};
}

static void enforced_add(struct policy_space *space, const struct policy_part *part)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		policy_space_add(space, &space->products[family], (enum family)family, part);
}

/* ---- flat boundaries ---- */

/* What the zones of a set own together. */
static struct address_set enforced_owned(struct policy_space *space, struct zone_set zones)
{
	struct address_ranges ranges = VEC_INIT;

	for (size_t z = 0; z < space->model->zone_count; z++)
		if (zone_set_has(zones, (zone_id)z))
			address_ranges_add(&ranges, space->model->zones[z].owned);
	struct address_set owned =
		address_set_from_ranges(&space->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return owned;
}

static void enforced_add_flat(struct policy_space *space, struct topology *topology)
{
	struct match everything = enforced_everything(&space->arena);
	struct policy_part part = {
		.match = &everything,
		.cells = set_one(&space->arena, 0, space->cells->count - 1),
		.allow = true,
		.id = SPACE_NO_RULE,
	};

	for (size_t z = 0; z < space->model->zone_count; z++) {
		struct zone_set beside = topology_beside(topology, (zone_id)z);
		struct pair pair = {
			.source = space->model->zones[z].owned,
			.destination = { .unicast = enforced_owned(space, beside),
					 .zones = beside,
					 .literal = address_set_empty(),
					 .excluded = address_set_empty() },
		};
		part.pair = &pair;
		enforced_add(space, &part);
	}
}

/* ---- inspection ---- */

/* Devices that stop what they inspect. */
static bool *enforced_inspectors(struct policy_space *space)
{
	const struct model *model = space->model;
	bool *inspects = arena_array(&space->arena, model->device_count, sizeof(*inspects));

	for (size_t i = 0; i < model->device_count; i++)
		inspects[i] = model->devices[i].tree->inspect_operations &&
			      model->devices[i].stage == STAGE_ENFORCE;
	return inspects;
}

/* By zone, what lies beyond the devices that inspect. */
static const struct address_set *enforced_inspected(struct policy_space *space,
						    struct topology *topology)
{
	size_t zones = space->model->zone_count;
	struct address_set *inspected = arena_array(&space->arena, zones, sizeof(*inspected));
	const bool *inspectors = enforced_inspectors(space);

	for (size_t z = 0; z < zones; z++)
		inspected[z] = enforced_owned(
			space, topology_beyond(topology, (zone_id)z, inspectors));
	return inspected;
}

/* ---- rules ---- */

/* What of a pair no device inspects. A flow to a group is taken for one of these. */
static void enforced_add_around(struct enforced *enforced, struct policy_part *part)
{
	struct policy_space *space = &enforced->space;
	const struct pair *whole = part->pair;
	struct pair pair = *whole;

	for (size_t z = 0; z < space->model->zone_count; z++) {
		pair.source = address_set_intersect(&space->arena, whole->source,
						    space->model->zones[z].owned);
		pair.destination.unicast =
			address_set_subtract(&space->arena, whole->destination.unicast,
					     enforced->inspected[z]);
		part->pair = &pair;
		if (!address_set_is_empty(pair.source))
			enforced_add(space, part);
	}
}

static void enforced_add_rule(struct enforced *enforced, const struct rule *rule)
{
	struct policy_space *space = &enforced->space;
	struct policy_part part = {
		.cells = space->cells->active[rule->index],
		.allow = rule->allow,
		.id = rule->index,
	};
	struct match seen;

	for (size_t p = 0; p < rule->pair_count; p++)
		for (size_t m = 0; m < rule->match_count; m++) {
			seen = rule->matches[m];
			if (!rule->allow && !seen.named_operations)
				seen.operations = set_one(&space->arena, 0, OPERATION_MAX);
			part.pair = &rule->pairs[p];
			part.match = &seen;
			if (rule->allow && enforced->inspected != NULL &&
			    payload_is_known(space->model, &seen))
				enforced_add_around(enforced, &part);
			else
				enforced_add(space, &part);
		}
}

static bool enforced_inspects(const struct model *model)
{
	for (size_t i = 0; i < model->device_count; i++)
		if (model->devices[i].tree->inspect_operations)
			return true;
	return false;
}

void enforced_init(struct enforced *enforced, struct policy_space *intent,
		   enum enforced_use use)
{
	const struct model *model = intent->model;
	struct topology *topology = topology_create(model);
	struct policy_space *space = &enforced->space;

	enforced->intent = intent;
	policy_space_init_empty(space, model, intent->cells);
	enforced_add_flat(space, topology);
	enforced->inspected = use == ENFORCED_FLOWS && enforced_inspects(model)
				      ? enforced_inspected(space, topology)
				      : NULL;
	topology_destroy(topology);
	for (int allow = 0; allow < 2; allow++)
		for (size_t i = 0; i < model->rule_count; i++)
			if (model->rules[i].allow == (bool)allow)
				enforced_add_rule(enforced, &model->rules[i]);
}

void enforced_release(struct enforced *enforced)
{
	policy_space_release(&enforced->space);
}

/* ---- asserts ---- */

/* Every content that can open a port: housekeeping alone does not. */
static const struct set *enforced_operations(struct policy_space *space)
{
	const struct model *model = space->model;
	const struct set *opening = set_one(&space->arena, 0, OPERATION_MAX);

	for (size_t p = 1; p < model->protocol_count; p++)
		opening = set_subtract(&space->arena, opening,
				       model_session(model, (uint16_t)p, &space->arena));
	return opening;
}

static bool enforced_holds(const struct match *match, const struct flow *flow)
{
	return !match->ethertype_rule && match->family[flow->source.family] &&
	       set_contains(match->protocols, flow->protocol) &&
	       set_contains(match->src_ports, flow->src_port) &&
	       set_contains(match->dst_ports, flow->dst_port);
}

/* The proof found the header by an operation that opens it; the assert's own
 * one passes with it. */
static void enforced_name_operation(const struct model *model, const struct assertion *assertion,
				    struct flow *flow)
{
	for (size_t m = 0; m < assertion->match_count; m++)
		if (enforced_holds(&assertion->matches[m], flow)) {
			struct content content = content_of(&assertion->matches[m]);
			flow_set_operation(flow, operation_point_of(model, &content));
			return;
		}
}

/* By ports: what opens one lets every content through. */
static enum proof enforced_prove_ports(struct enforced *enforced,
				       const struct assertion *assertion,
				       struct question *question, struct match *asked,
				       struct proof_witness *witness)
{
	const struct set *opening = enforced_operations(&enforced->space);
	struct content all = content_all(&enforced->space.arena);

	for (size_t m = 0; m < assertion->match_count; m++) {
		asked[m].operations = opening;
		asked[m].units = all.field[CONTENT_UNIT];
		asked[m].objects = all.field[CONTENT_OBJECT];
	}
	question->pair = &assertion->pair;
	return question_prove(&enforced->space, question, 0, witness);
}

/* Where every path is inspected: an operation passes if it may with some object. */
static enum proof enforced_prove_inspected(struct enforced *enforced,
					   const struct assertion *assertion,
					   struct question *question, struct match *asked,
					   struct proof_witness *witness)
{
	struct arena *arena = &enforced->space.arena;
	const struct model *model = enforced->space.model;
	struct pair pair = assertion->pair;
	enum proof proof = PROOF_HOLDS;

	for (size_t m = 0; m < assertion->match_count; m++) {
		asked[m] = assertion->matches[m];
		asked[m].objects = content_all(arena).field[CONTENT_OBJECT];
	}
	question->pair = &pair;
	pair.destination = (struct destination){ .literal = address_set_empty(),
						 .excluded = address_set_empty() };
	for (size_t z = 0; z < model->zone_count && proof != PROOF_FAILS; z++) {
		pair.source = address_set_intersect(arena, assertion->pair.source,
						    model->zones[z].owned);
		pair.destination.unicast =
			address_set_intersect(arena, assertion->pair.destination.unicast,
					      enforced->inspected[z]);
		if (!address_set_is_empty(pair.source) &&
		    !address_set_is_empty(pair.destination.unicast))
			proof = question_prove(enforced->intent, question, 0, witness);
	}
	return proof == PROOF_EMPTY ? PROOF_HOLDS : proof;
}

enum proof enforced_prove(struct enforced *enforced, const struct assertion *assertion,
			  struct proof_witness *witness)
{
	struct match *asked = arena_array(&enforced->space.arena, assertion->match_count,
					  sizeof(*asked));
	struct question question = {
		.matches = asked,
		.match_count = assertion->match_count,
		.cells = enforced->space.cells
				 ->asked[assertion - enforced->space.model->assertions],
		.wanted = false,
	};

	for (size_t m = 0; m < assertion->match_count; m++)
		asked[m] = assertion->matches[m];
	enum proof proof = enforced_prove_ports(enforced, assertion, &question, asked, witness);
	if (proof == PROOF_HOLDS && enforced->inspected != NULL)
		proof = enforced_prove_inspected(enforced, assertion, &question, asked, witness);
	if (proof == PROOF_FAILS)
		enforced_name_operation(enforced->space.model, assertion, &witness->flow);
	return proof;
}
