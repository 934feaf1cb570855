/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict on one flow. Rules are found by destination (flow_tree.h); flows to
 * groups, broadcasts and link-local addresses are few and ask every rule. */
#include "config.h"
#include "compiler/model.h"

#include <stdlib.h>

#include "base/vec.h"
#include "compiler/flow_tree.h"
#include "compiler/parameter.h"

struct flow_index {
	const struct model *model;
	struct flow_tree tree[FAMILY_COUNT];
};

struct flow_index *flow_index_create(const struct model *model)
{
	struct flow_index *index = memory_alloc(sizeof(*index));

	index->model = model;
	for (int family = 0; family < FAMILY_COUNT; family++)
		flow_tree_build(&index->tree[family], model, (enum family)family);
	return index;
}

void flow_index_destroy(struct flow_index *index)
{
	if (index == NULL)
		return;
	for (int family = 0; family < FAMILY_COUNT; family++)
		flow_tree_release(&index->tree[family]);
	free(index);
}

/* ---- where a flow goes ---- */

/* How a destination is looked for: by its owner, or at a zone. */
enum place { PLACE_OWNED, PLACE_LOCATED, PLACE_LAYER2 };

struct question {
	const struct flow *flow;
	enum place place;
	zone_id from, at; /* ZONE_NONE: not known */
	bool header;      /* contents cannot be seen */
	bool contents;    /* all denies are gathered, plain ones too */
	flow_visit *visit; /* rules of every time are told instead, if not NULL */
	void *context;
};

static zone_id flow_sender(const struct model *model, const struct flow *flow)
{
	return address_is_unicast(&flow->source) ? model_zone_of(model, flow->source)
						 : flow->sender;
}

/* Such a source reaches its own zone only, whatever the destination is. */
static bool flow_source_is_local(const struct flow *flow)
{
	return address_is_unspecified(&flow->source) || address_is_link_local(&flow->source);
}

static bool flow_is_local(const struct model *model, const struct flow *flow, zone_id sender)
{
	return flow_source_is_local(flow) ||
	       address_is_broadcast(&flow->destination) ||
	       address_is_link_local(&flow->destination) ||
	       address_is_unspecified(&flow->destination) ||
	       (sender < model->zone_count &&
		address_set_contains(model->zones[sender].broadcast, flow->destination));
}

/* ---- does a rule match ---- */

static bool destination_holds(const struct destination *d, const struct question *q)
{
	struct address to = q->flow->destination;

	if (q->place == PLACE_OWNED)
		return address_set_contains(d->unicast, to);
	if (address_set_contains(d->excluded, to))
		return false;
	if (q->at != ZONE_NONE && zone_set_has(d->zones, q->at))
		return true;
	if (flow_source_is_local(q->flow) && address_set_contains(d->unicast, to))
		return true;
	return address_set_contains(d->literal, to) &&
	       (q->at == ZONE_NONE ? d->literal_unlocated
				   : zone_set_has(d->literal_zones, q->at));
}

static bool pair_holds(const struct pair *pair, const struct question *q)
{
	if (q->place == PLACE_LAYER2)
		return zone_set_has(pair->source_zones, q->from) &&
		       zone_set_has(pair->destination.zones, q->at);
	return address_set_contains(pair->source, q->flow->source) &&
	       destination_holds(&pair->destination, q);
}

static bool match_holds_header(const struct match *m, const struct question *q)
{
	const struct flow *f = q->flow;

	if (m->ethertype_rule || q->place == PLACE_LAYER2)
		return m->ethertype_rule && q->place == PLACE_LAYER2 &&
		       m->ethertype == f->ethertype;
	return m->family[f->source.family] && set_contains(m->protocols, f->protocol) &&
	       set_contains(m->dst_ports, f->dst_port) &&
	       set_contains(m->src_ports, f->src_port);
}

static bool match_holds(const struct match *m, const struct question *q)
{
	const struct flow *f = q->flow;

	return match_holds_header(m, q) &&
	       (q->header ||
		(set_contains(m->operations, f->operation) &&
		 set_contains(m->units, f->unit) && set_contains(m->objects, f->object)));
}

static bool rule_has_mode(const struct rule *rule, int mode)
{
	return rule->modes == MODE_EVERY || (mode >= 0 && (rule->modes >> mode & 1));
}

static bool rule_joins(const struct rule *rule, const struct question *q)
{
	for (size_t p = 0; p < rule->pair_count; p++)
		if (pair_holds(&rule->pairs[p], q))
			return rule_has_mode(rule, q->flow->mode) &&
			       (q->visit != NULL ||
				activity_at(rule->activity, q->flow->instant));
	return false;
}

/* ---- what the matching rules say ---- */

struct finding { /* the first rule of each kind that matched */
	const struct rule *deny, *allow, *implicit;
	const struct rule *deny_operation; /* header only */
	VEC(const struct match *) allows, denies; /* header only, with operations */
};

static void first_rule(const struct rule **slot, const struct rule *rule)
{
	if (*slot == NULL || rule->index < (*slot)->index)
		*slot = rule;
}

static void finding_match(struct finding *found, const struct rule *rule,
			  const struct match *m, const struct question *q)
{
	bool hidden = q->header && m->named_operations;

	if (q->visit != NULL) {
		q->visit(q->context, rule, m, activity_at(rule->activity, q->flow->instant));
	} else if (!rule->allow && hidden) {
		first_rule(&found->deny_operation, rule);
		vec_push(&found->denies, m);
	} else if (!rule->allow) {
		first_rule(&found->deny, rule);
		if (q->contents)
			vec_push(&found->denies, m);
	} else {
		first_rule(rule->implicit ? &found->implicit : &found->allow, rule);
		if (q->header)
			vec_push(&found->allows, m);
	}
}

static void finding_add(struct finding *found, const struct rule *rule,
			const struct question *q)
{
	/* Joined last: sets of addresses are larger than those of services. */
	for (size_t i = 0, joins = 0; i < rule->match_count; i++) {
		if (!match_holds(&rule->matches[i], q))
			continue;
		if (!joins && !rule_joins(rule, q))
			return;
		joins = 1;
		finding_match(found, rule, &rule->matches[i], q);
	}
}

static void finding_collect(const struct flow_index *index, const struct question *q,
			    struct finding *found)
{
	const struct model *model = index->model;
	const struct flow_tree *tree = &index->tree[q->flow->destination.family];

	if (q->place != PLACE_OWNED) {
		for (size_t i = 0; i < model->rule_count; i++)
			finding_add(found, &model->rules[i], q);
		return;
	}
	size_t node = flow_tree_node(tree, q->flow->destination.value);
	for (; node > 0; node /= 2)
		for (size_t i = 0; i < tree->nodes[node].len; i++)
			finding_add(found, &model->rules[tree->nodes[node].data[i]], q);
}

/* Some content that an allow matches and no deny of operations does. Session
 * housekeeping alone opens nothing. */
static bool finding_leaves_content(const struct model *model, const struct finding *found)
{
	struct arena arena;
	bool left = false;

	arena_init(&arena);
	for (size_t i = 0; i < found->allows.len && !left; i++) {
		const struct match *m = found->allows.data[i];
		struct content opens = content_of(m);
		opens.field[CONTENT_OPERATION] =
			set_subtract(&arena, m->operations,
				     model_session(model, m->protocol, &arena));
		struct contents rest = contents_of(&arena, opens);
		for (size_t k = 0; k < found->denies.len; k++)
			rest = contents_subtract(&arena, rest,
						 content_of(found->denies.data[k]));
		left = !contents_are_empty(rest);
	}
	arena_release(&arena);
	return left;
}

/* What no rule says of a flow that stays inside one zone. */
static bool question_is_intrazone(const struct model *model, const struct question *q)
{
	if (q->place == PLACE_LOCATED && q->at == ZONE_NONE)
		return true;
	return q->place != PLACE_OWNED && q->from == q->at && q->at < model->zone_count &&
	       !model->zones[q->at].intrazone_deny;
}

static struct verdict question_settle(const struct model *model, const struct question *q,
				      const struct finding *found)
{
	struct verdict verdict = { .source_zone = q->from, .destination_zone = q->at };

	if (found->deny != NULL) {
		verdict.rule = found->deny;
	} else if (found->deny_operation != NULL && !question_is_intrazone(model, q) &&
		   !finding_leaves_content(model, found)) {
		verdict.rule = found->deny_operation;
		verdict.operations_only = true;
	} else if (found->allow != NULL || found->implicit != NULL) {
		verdict.allowed = true;
		verdict.rule = found->allow ? found->allow : found->implicit;
	} else {
		verdict.allowed = question_is_intrazone(model, q);
	}
	return verdict;
}

static bool match_is_open(const struct match *match)
{
	return set_covers_range(match->operations, 0, OPERATION_MAX) &&
	       set_covers_range(match->units, 0, PARAMETER_NONE) &&
	       set_covers_range(match->objects, 0, PARAMETER_NONE);
}

/* True if the rules allow it whatever its content is. */
static bool finding_allows_all(const struct finding *found)
{
	if (found->deny_operation != NULL)
		return false;
	for (size_t i = 0; i < found->allows.len; i++)
		if (match_is_open(found->allows.data[i]))
			return true;
	return false;
}

/* ---- asking at each location ---- */

/* False: it need not be asked elsewhere. */
typedef bool question_ask(const struct flow_index *index, const struct question *q,
			  void *context);

/* A group that zones declare goes to each of them; any other to its sender's. */
static void question_ask_group(const struct flow_index *index, struct question *q,
			       question_ask *ask, void *context)
{
	const struct model *model = index->model;
	bool declared = false;

	q->place = PLACE_LOCATED;
	for (size_t z = 0; z < model->zone_count; z++) {
		if (!address_set_contains(model->zones[z].multicast, q->flow->destination))
			continue;
		declared = true;
		q->at = (zone_id)z;
		if (!ask(index, q, context))
			return;
	}
	q->at = q->from;
	if (!declared)
		ask(index, q, context);
}

static void question_ask_all(const struct flow_index *index, struct question q,
			     question_ask *ask, void *context)
{
	const struct model *model = index->model;
	const struct flow *flow = q.flow;

	q.from = q.at = flow_sender(model, flow);
	q.place = PLACE_LOCATED;
	if (flow->ethertype != 0) {
		q.place = PLACE_LAYER2;
		q.from = flow->l2_source;
		q.at = flow->l2_destination;
	} else if (!flow_is_local(model, flow, q.from)) {
		if (address_is_multicast(&flow->destination)) {
			question_ask_group(index, &q, ask, context);
			return;
		}
		q.place = PLACE_OWNED;
		q.at = model_zone_of(model, flow->destination);
	}
	ask(index, &q, context);
}

/* ---- verdicts ---- */

struct judgement {
	struct verdict verdict;
	bool asked, by_operation;
};

/* A group needs the allow of every location: the first denial decides. */
static bool question_judge(const struct flow_index *index, const struct question *q,
			   void *context)
{
	struct judgement *judgement = context;
	struct finding found = { 0 };

	finding_collect(index, q, &found);
	struct verdict verdict = question_settle(index->model, q, &found);
	judgement->by_operation |= found.deny_operation != NULL ||
				   !(question_is_intrazone(index->model, q) ||
				     finding_allows_all(&found));
	vec_free(&found.allows);
	vec_free(&found.denies);
	if (!judgement->asked || !verdict.allowed)
		judgement->verdict = verdict;
	judgement->asked = true;
	return verdict.allowed;
}

struct verdict flow_judge(const struct flow_index *index, const struct flow *flow)
{
	struct judgement judgement = { .asked = false };

	question_ask_all(index, (struct question){ .flow = flow }, question_judge, &judgement);
	return judgement.verdict;
}

struct verdict flow_judge_header(const struct flow_index *index, const struct flow *flow,
				 bool *by_operation)
{
	struct judgement judgement = { .asked = false };

	question_ask_all(index, (struct question){ .flow = flow, .header = true },
			 question_judge, &judgement);
	*by_operation = judgement.verdict.allowed && judgement.by_operation;
	return judgement.verdict;
}

/* ---- every rule of one header ---- */

static bool question_visit(const struct flow_index *index, const struct question *q,
			   void *context)
{
	struct finding none = { 0 };

	(void)context;
	finding_collect(index, q, &none);
	return true;
}

void flow_rules_visit(const struct flow_index *index, const struct flow *flow,
		      flow_visit *visit, void *context)
{
	struct question q = { .flow = flow, .header = true, .visit = visit,
			      .context = context };

	question_ask_all(index, q, question_visit, NULL);
}

/* ---- every content of one header ---- */

struct gathering {
	struct arena *arena;
	struct contents allowed;
};

/* A group needs the allow of every location. */
static bool question_contents(const struct flow_index *index, const struct question *q,
			      void *context)
{
	struct gathering *gathering = context;
	struct arena *arena = gathering->arena;
	struct contents allowed = contents_none();
	struct finding found = { 0 };

	finding_collect(index, q, &found);
	if (question_is_intrazone(index->model, q))
		allowed = contents_of(arena, content_all(arena));
	for (size_t i = 0; i < found.allows.len; i++)
		allowed = contents_add(arena, allowed, content_of(found.allows.data[i]));
	for (size_t i = 0; i < found.denies.len; i++)
		allowed = contents_subtract(arena, allowed, content_of(found.denies.data[i]));
	vec_free(&found.allows);
	vec_free(&found.denies);
	gathering->allowed = contents_intersect(arena, gathering->allowed, allowed);
	return true;
}

struct contents flow_contents(const struct flow_index *index, const struct flow *flow,
			      struct arena *arena)
{
	struct gathering gathering = { arena, contents_of(arena, content_all(arena)) };
	struct question q = { .flow = flow, .header = true, .contents = true };

	question_ask_all(index, q, question_contents, &gathering);
	return gathering.allowed;
}

/* Those of a protocol. */
static struct contents contents_named(const struct model *model, struct contents contents,
				      struct arena *arena)
{
	struct content named = content_all(arena);

	named.field[CONTENT_OPERATION] = set_one(arena, operation_id_of(1, 0),
						 ((u128)model->protocol_count << 16) - 1);
	if (model->protocol_count == 1)
		return contents_none();
	return contents_intersect(arena, contents, contents_of(arena, named));
}

void flow_make_telling(const struct flow_index *index, struct flow *flow)
{
	const u128 plain[CONTENT_FIELDS] = { OPERATION_PLAIN, PARAMETER_NONE, PARAMETER_NONE };
	struct contents alike, all, named;
	struct arena arena;

	if (flow->operation != OPERATION_PLAIN || flow->ethertype != 0)
		return;
	arena_init(&arena);
	all = contents_of(&arena, content_all(&arena));
	alike = flow_contents(index, flow, &arena);
	if (!contents_hold(alike, plain)) {
		struct contents allowed = alike;
		alike = all;
		for (size_t i = 0; i < allowed.len; i++)
			alike = contents_subtract(&arena, alike, allowed.parts[i]);
	}
	named = contents_named(index->model, alike, &arena);
	if (!(alike.len == 1 && content_equal(&alike.parts[0], &all.parts[0])) &&
	    !contents_are_empty(named))
		flow_set_operation(flow, contents_point(index->model, named));
	arena_release(&arena);
}
