/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a flow is decided in another way: from the rule that only one policy has
 * to what changed of it. Where the rule is written as before, it is what it names
 * that changed, however far away: the rule's names are followed through groups,
 * tags, services and its conduit to the statements that differ. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* ---- rules of the one and the other ---- */

static void counterparts_by_identity(struct diff_causes *causes)
{
	const struct model *old = causes->facts->model[DIFF_OLD];
	const struct model *new = causes->facts->model[DIFF_NEW];

	for (size_t i = 0; i < old->rule_count; i++) {
		struct diff_rule *entry = &causes->rules[DIFF_OLD][i];
		entry->key = old->rules[i].identity;
		HASH_ADD_KEYPTR(hh, causes->by_identity, entry->key, strlen(entry->key), entry);
	}
	for (size_t i = 0; i < new->rule_count; i++) {
		struct diff_rule *found;
		HASH_FIND_STR(causes->by_identity, new->rules[i].identity, found);
		if (found == NULL)
			continue;
		found->other = &new->rules[i];
		causes->rules[DIFF_NEW][i].other = &old->rules[found - causes->rules[DIFF_OLD]];
	}
}

static const char *rule_part_text(struct diff_causes *causes, struct span where)
{
	return policy_span_text(causes->facts->arena, &causes->facts->lines, where);
}

/* A rule that was edited: the same verdict, and all but one of who, to whom and
 * what as before; its modifiers may be others. */
static bool rules_resemble(struct diff_causes *causes, const struct rule *a, const struct rule *b)
{
	const struct tree_rule *x = a->tree, *y = b->tree;
	struct span xs = x->services->where, ys = y->services->where;
	bool in_one = (a->conduit == NULL) == (b->conduit == NULL) &&
		      (a->conduit == NULL || strcmp(a->conduit->name, b->conduit->name) == 0);

	if (a->allow != b->allow || !in_one)
		return false;
	return (strcmp(rule_part_text(causes, x->source.where),
		       rule_part_text(causes, y->source.where)) == 0) +
		       (strcmp(rule_part_text(causes, x->destination.where),
			       rule_part_text(causes, y->destination.where)) == 0) +
		       (strcmp(rule_part_text(causes, xs), rule_part_text(causes, ys)) == 0) >= 2;
}

/* Both rules are without a counterpart; few are, and beyond a limit none is sought. */
enum { RESEMBLE_MAX = 64 };

static bool rule_is_alone(const struct diff_causes *causes, enum diff_side side, size_t i)
{
	return causes->rules[side][i].other == NULL &&
	       !causes->facts->model[side]->rules[i].implicit;
}

static const struct rule *rule_resembling(struct diff_causes *causes, enum diff_side side,
					  const struct rule *rule)
{
	const struct model *other = causes->facts->model[!side];

	for (size_t i = 0, tried = 0; i < other->rule_count && tried < RESEMBLE_MAX; i++) {
		if (!rule_is_alone(causes, (enum diff_side)!side, i))
			continue;
		tried++;
		if (rules_resemble(causes, rule, &other->rules[i]))
			return &other->rules[i];
	}
	return NULL;
}

const struct rule *diff_causes_other(struct diff_causes *causes, enum diff_side side,
				     const struct rule *rule)
{
	struct diff_rule *entry = &causes->rules[side][rule->index];

	if (entry->other != NULL || entry->sought || rule->implicit)
		return entry->other;
	entry->sought = true;
	const struct rule *found = rule_resembling(causes, side, rule);
	if (found != NULL) {
		entry->other = found;
		causes->rules[!side][found->index].other = rule;
		entry->edited = causes->rules[!side][found->index].edited = true;
	}
	return entry->other;
}

/* ---- what a rule names ---- */

VEC_TYPE(fact_list, const struct diff_fact *);

static void facts_push(struct fact_list *found, const struct diff_fact *fact)
{
	for (size_t i = 0; i < found->len; i++)
		if (found->data[i] == fact)
			return;
	vec_push(found, fact);
}

static void facts_of_statement(struct diff_causes *causes, const struct diff_statement *statement,
			       struct fact_list *found)
{
	for (size_t i = statement->first; i < statement->end; i++)
		facts_push(found, causes->facts->list.data[i]);
}

enum { NAMED_DEEP = 64 }; /* cycles are errors of the policy */

static void names_endpoints(struct diff_causes *causes, const struct tree_endpoint *list,
			    struct fact_list *found, unsigned depth);

static void names_group(struct diff_causes *causes, const struct diff_statement *group,
			struct fact_list *found, unsigned depth)
{
	for (int side = 0; side < DIFF_SIDES && depth < NAMED_DEEP; side++)
		if (group->tree[side] != NULL) {
			const struct tree_endpoints *members = &group->tree[side]->group->members;
			names_endpoints(causes, members->include, found, depth + 1);
			names_endpoints(causes, members->except, found, depth + 1);
		}
}

static void names_place(struct diff_causes *causes, const char *name, struct fact_list *found,
			unsigned depth)
{
	static const enum diff_fact_kind places[] = { FACT_ZONE, FACT_ASSET, FACT_GROUP };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct diff_statement *statement =
			diff_facts_statement(causes->facts, places[i], name);
		if (statement == NULL)
			continue;
		facts_of_statement(causes, statement, found);
		if (places[i] == FACT_GROUP)
			names_group(causes, statement, found, depth);
	}
}

static bool asset_has_tag(const struct tree_statement *s, const char *tag)
{
	if (s == NULL)
		return false;
	for (const struct tree_name *n = s->asset->tags; n != NULL; n = n->next)
		if (strcmp(n->text, tag) == 0)
			return true;
	for (const struct tree_name *n = s->asset->roles; n != NULL; n = n->next)
		if (strcmp(n->text, tag) == 0)
			return true;
	return false;
}

/* Changed assets that carry the tag in either policy. */
static void names_tag(struct diff_causes *causes, const char *tag, struct fact_list *found)
{
	struct diff_facts *facts = causes->facts;

	for (size_t i = 0; i < facts->list.len; i++) {
		if (facts->list.data[i]->kind != FACT_ASSET)
			continue;
		const struct diff_statement *s =
			diff_facts_statement(facts, FACT_ASSET, facts->list.data[i]->name);
		if (asset_has_tag(s->tree[DIFF_OLD], tag) || asset_has_tag(s->tree[DIFF_NEW], tag))
			facts_push(found, facts->list.data[i]);
	}
}

/* A zone may lose addresses to one nested in it that nobody names. */
static void names_every_zone(struct diff_causes *causes, struct fact_list *found)
{
	for (size_t i = 0; i < causes->facts->list.len; i++)
		if (causes->facts->list.data[i]->kind == FACT_ZONE)
			facts_push(found, causes->facts->list.data[i]);
}

/* A station may be elsewhere by the asset it is, or its VLAN. */
static void names_every_station(struct diff_causes *causes, struct fact_list *found)
{
	for (size_t i = 0; i < causes->facts->list.len; i++)
		if (causes->facts->list.data[i]->link)
			facts_push(found, causes->facts->list.data[i]);
}

static void names_endpoints(struct diff_causes *causes, const struct tree_endpoint *list,
			    struct fact_list *found, unsigned depth)
{
	for (const struct tree_endpoint *e = list; e != NULL; e = e->next)
		if (e->kind == ENDPOINT_NAME)
			names_place(causes, e->text, found, depth);
		else if (e->kind == ENDPOINT_TAG)
			names_tag(causes, e->text, found);
}

static void names_services(struct diff_causes *causes, const struct tree_service *list,
			   struct fact_list *found, unsigned depth)
{
	for (const struct tree_service *s = list; s != NULL; s = s->next) {
		if (s->kind != SERVICE_NAME)
			continue;
		const struct diff_statement *named =
			diff_facts_statement(causes->facts, FACT_SERVICE, s->text);
		const struct diff_statement *protocol =
			diff_facts_statement(causes->facts, FACT_PROTOCOL, s->text);
		if (protocol != NULL)
			facts_of_statement(causes, protocol, found);
		if (named == NULL || depth == NAMED_DEEP)
			continue;
		facts_of_statement(causes, named, found);
		for (int side = 0; side < DIFF_SIDES; side++)
			if (named->tree[side] != NULL)
				names_services(causes, named->tree[side]->service->services, found,
					       depth + 1);
	}
}

static void names_statement(struct diff_causes *causes, enum diff_fact_kind kind,
			    const char *name, struct fact_list *found)
{
	const struct diff_statement *statement = diff_facts_statement(causes->facts, kind, name);

	if (statement != NULL)
		facts_of_statement(causes, statement, found);
}

static void names_modes(struct diff_causes *causes, const struct tree_name *modes,
			struct fact_list *found)
{
	for (const struct tree_name *n = modes; n != NULL; n = n->next)
		names_statement(causes, FACT_MODE, n->text, found);
}

static void names_times(struct diff_causes *causes, const struct tree_modifiers *modifiers,
			struct fact_list *found)
{
	for (const struct tree_name *n = modifiers->during; n != NULL; n = n->next)
		names_statement(causes, FACT_SCHEDULE, n->text, found);
	names_modes(causes, modifiers->in, found);
	if (modifiers->during != NULL || modifiers->from.given || modifiers->until.given)
		names_statement(causes, FACT_POLICY, "", found);
}

static bool matches_equal(const struct rule *a, const struct rule *b)
{
	if (a->match_count != b->match_count)
		return false;
	for (size_t m = 0; m < a->match_count; m++) {
		const struct match *x = &a->matches[m], *y = &b->matches[m];
		if (x->ethertype_rule != y->ethertype_rule || x->ethertype != y->ethertype ||
		    !set_equal(x->protocols, y->protocols) ||
		    !set_equal(x->src_ports, y->src_ports) ||
		    !set_equal(x->dst_ports, y->dst_ports) ||
		    !set_equal(x->operations, y->operations) || !set_equal(x->units, y->units) ||
		    !set_equal(x->objects, y->objects))
			return false;
	}
	return true;
}

const struct diff_fact *diff_causes_rule(struct diff_causes *causes, enum diff_side side,
					 const struct rule *rule)
{
	struct diff_rule *entry = &causes->rules[side][rule->index];
	const struct rule *pair[DIFF_SIDES] = { NULL, NULL };

	if (entry->fact != NULL)
		return entry->fact;
	pair[side] = rule;
	pair[!side] = diff_causes_other(causes, side, rule);
	entry->fact = diff_facts_add_rule(causes->facts, pair);
	if (pair[!side] != NULL)
		causes->rules[!side][pair[!side]->index].fact = entry->fact;
	return entry->fact;
}

/* What changed of what two rules name that are written alike, by what it decides. */
static void rule_names(struct diff_causes *causes, const struct rule *old, const struct rule *new,
		       struct fact_list found[RULE_ASPECTS])
{
	const struct tree_rule *tree = new->tree;
	const struct tree_endpoints *ends[] = { &tree->source, &tree->destination };

	for (int end = ASPECT_SOURCE; end <= ASPECT_DESTINATION; end++) {
		names_endpoints(causes, ends[end]->include, &found[end], 0);
		names_endpoints(causes, ends[end]->except, &found[end], 0);
		if (new->conduit != NULL)
			names_statement(causes, FACT_CONDUIT, new->conduit->name, &found[end]);
		names_every_zone(causes, &found[end]);
		if (diff_rule_is_link(old) || diff_rule_is_link(new))
			names_every_station(causes, &found[end]);
	}
	if (!matches_equal(old, new))
		names_services(causes, tree->services, &found[ASPECT_SERVICE], 0);
	/* A mode that is gone is named by the old rule alone. */
	names_modes(causes, old->tree->modifiers.in, &found[ASPECT_TIME]);
	names_times(causes, &tree->modifiers, &found[ASPECT_TIME]);
	if (!diff_times_alike(&old->tree->modifiers, &tree->modifiers))
		facts_push(&found[ASPECT_TIME], diff_causes_rule(causes, DIFF_NEW, new));
}

/* ---- causes of one rule ---- */

/* Both are written alike, apart from where. */
static bool rule_is_untouched(struct diff_causes *causes, enum diff_side side,
			      const struct rule *rule, const struct rule *other)
{
	if (rule->implicit)
		return true;
	return !causes->rules[side][rule->index].edited &&
	       strcmp(rule->label, other->label) == 0 &&
	       strcmp(rule_part_text(causes, rule->where),
		      rule_part_text(causes, other->where)) == 0;
}

static void candidates_keep(struct diff_causes *causes, struct diff_rule *entry,
			    struct fact_list found[RULE_ASPECTS])
{
	for (int aspect = 0; aspect < RULE_ASPECTS; aspect++) {
		struct diff_candidates *kept = &entry->candidates[aspect];
		kept->list = arena_array(causes->facts->arena, found[aspect].len + 1,
					 sizeof(*kept->list));
		if (found[aspect].len > 0)
			memcpy(kept->list, found[aspect].data,
			       found[aspect].len * sizeof(*kept->list));
		kept->count = found[aspect].len;
		vec_free(&found[aspect]);
	}
}

/* What may be behind a rule that only one policy has, not seen beside a flow yet. */
static void rule_candidates(struct diff_causes *causes, enum diff_side side,
			    const struct rule *rule)
{
	struct diff_rule *entry = &causes->rules[side][rule->index];
	const struct rule *other = diff_causes_other(causes, side, rule);
	struct fact_list found[RULE_ASPECTS] = { VEC_INIT };

	entry->explained = true;
	if (rule->implicit) {
		for (int end = ASPECT_SOURCE; end <= ASPECT_DESTINATION; end++) {
			names_every_zone(causes, &found[end]);
			names_every_station(causes, &found[end]);
		}
	} else if (other != NULL && rule_is_untouched(causes, side, rule, other)) {
		entry->untouched = true;
		rule_names(causes, side == DIFF_OLD ? rule : other, side == DIFF_OLD ? other : rule,
			   found);
	}
	candidates_keep(causes, entry, found);
}

/* A zone is no cause of what it only holds, if something else is: an endpoint. */
static bool fact_is_vague(const struct diff_fact *fact)
{
	return fact->everywhere && fact->kind == FACT_ZONE && fact->part != NULL;
}

static void candidates_take(const struct diff_causes *causes,
			    const struct diff_candidates *candidates, int aspect, bool vague,
			    const struct diff_part *part, struct diff_cause_list *found)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (fact_is_vague(candidates->list[i]) == vague &&
		    diff_fact_matters(causes, candidates->list[i], aspect, part))
			vec_push(found, candidates->list[i]);
}

void diff_causes_find(struct diff_causes *causes, enum diff_side side, const struct rule *rule,
		      unsigned aspects, const struct diff_part *part,
		      struct diff_cause_list *found)
{
	struct diff_rule *entry = &causes->rules[side][rule->index];
	size_t before = found->len;

	if (!entry->explained)
		rule_candidates(causes, side, rule);
	/* What is asked for, then what else the rule names, then the rule, if it changed. */
	for (int pass = 0; pass < 4 && found->len == before; pass++)
		for (int aspect = 0; aspect < RULE_ASPECTS; aspect++)
			if (pass >= 2 || (aspects >> aspect & 1))
				candidates_take(causes, &entry->candidates[aspect], aspect,
						pass % 2 == 1, part, found);
	if (found->len == before && !rule->implicit && !entry->untouched)
		vec_push(found, diff_causes_rule(causes, side, rule));
}

/* ---- parts by what changed of a rule ---- */

/* The stations of a rule's end, as a part has them. */
static struct address_set rule_stations(const struct diff_causes *causes, enum diff_side side,
					const struct rule *rule, int aspect)
{
	struct arena *arena = causes->facts->arena;
	struct address_set all = address_set_empty();

	for (size_t p = 0; p < rule->pair_count; p++) {
		struct zone_set zones = aspect == ASPECT_SOURCE ? rule->pairs[p].source_zones
								: rule->pairs[p].destination.zones;
		all.family[FAMILY_IPV4] = set_union(
			arena, all.family[FAMILY_IPV4],
			diff_stations_of(&causes->space->stations, arena, side, zones));
	}
	return all;
}

static struct address_set rule_side(struct arena *arena, const struct rule *rule, int aspect)
{
	struct address_set all = address_set_empty();

	for (size_t p = 0; p < rule->pair_count; p++) {
		const struct destination *to = &rule->pairs[p].destination;
		all = address_set_union(arena, all, aspect == ASPECT_SOURCE
							    ? rule->pairs[p].source
							    : to->unicast);
		if (aspect == ASPECT_DESTINATION)
			all = address_set_union(arena, all, to->literal);
	}
	return all;
}

/* Keeps of a part what is inside a set, or outside; false: nothing. */
static bool part_cut_end(struct arena *arena, struct diff_part *part, int aspect,
			 struct address_set there, bool inside)
{
	struct address_set *end = aspect == ASPECT_SOURCE ? &part->source : &part->destination;

	*end = inside ? address_set_intersect(arena, *end, there)
		      : address_set_subtract(arena, *end, there);
	return !address_set_is_empty(*end);
}

static void parts_cut(struct arena *arena, struct diff_caused_list *parts, int aspect,
		      struct address_set there)
{
	size_t count = parts->len;

	for (size_t i = 0; i < count; i++) {
		struct diff_caused out = parts->data[i];
		bool in = part_cut_end(arena, &parts->data[i].part, aspect, there, true);
		bool has_out = part_cut_end(arena, &out.part, aspect, there, false);
		out.aspects |= 1u << aspect;
		if (in && has_out)
			vec_push(parts, out);
		else if (has_out)
			parts->data[i] = out;
	}
}

void diff_causes_split(struct diff_causes *causes, enum diff_side side, const struct rule *rule,
		       const struct set *other_cells, struct diff_caused_list *parts)
{
	struct arena *arena = causes->facts->arena;
	const struct diff_rule *entry = &causes->rules[side][rule->index];

	if (!entry->explained)
		rule_candidates(causes, side, rule);
	if (!entry->untouched)
		return;
	for (int aspect = ASPECT_SOURCE; aspect <= ASPECT_DESTINATION; aspect++)
		parts_cut(arena, parts, aspect,
			  parts->data[0].part.link
				  ? rule_stations(causes, (enum diff_side)!side, entry->other, aspect)
				  : rule_side(arena, entry->other, aspect));
	for (size_t i = 0; i < parts->len; i++) {
		struct diff_caused *one = &parts->data[i];
		one->aspects |= 1u << ASPECT_SERVICE;
		if (!set_is_subset(one->part.set[PART_CELL], other_cells))
			one->aspects |= 1u << ASPECT_TIME;
	}
}

void diff_causes_init(struct diff_causes *causes, struct diff_facts *facts,
		      struct diff_space *space)
{
	*causes = (struct diff_causes){ .facts = facts, .space = space };
	for (int side = 0; side < DIFF_SIDES; side++)
		causes->rules[side] = arena_array(facts->arena, facts->model[side]->rule_count + 1,
						  sizeof(struct diff_rule));
	counterparts_by_identity(causes);
}

void diff_causes_release(struct diff_causes *causes)
{
	HASH_CLEAR(hh, causes->by_identity);
}
