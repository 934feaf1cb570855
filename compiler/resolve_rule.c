/* SPDX-License-Identifier: Apache-2.0
 *
 * Conduits and rules: each rule becomes pairs of sources and destinations,
 * times what its services match, with its time, modes and identity. */
#include "config.h"
#include "compiler/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/sha256.h"

/* ---- modifiers ---- */

bool modifiers_have_time(const struct tree_modifiers *m)
{
	return m->during != NULL || m->from.given || m->until.given;
}

static struct span modifiers_time_place(const struct tree_modifiers *m)
{
	return m->during ? m->during->where : m->from.given ? m->from.where : m->until.where;
}

bool timezone_known(struct resolve *r, struct span where)
{
	if (r->model->timezone == NULL && !r->needs_timezone_said)
		diag_add(r->diags, FINDING_NO_TIMEZONE, where,
			 "dates and schedules need the policy's timezone");
	r->needs_timezone_said = true;
	return r->model->timezone != NULL;
}

const struct activity *activity_of(struct resolve *r, const struct tree_modifiers *m)
{
	VEC(const struct tree_window *) windows = VEC_INIT;
	const struct activity *activity = NULL;

	for (const struct tree_name *n = m->during; n != NULL; n = n->next) {
		struct symbol *symbol = symbol_use(r, TABLE_SCHEDULES, n->text, n->where);
		if (symbol != NULL)
			vec_push(&windows, ((const struct tree_schedule *)symbol->tree)->windows);
	}
	if (modifiers_have_time(m) && timezone_known(r, modifiers_time_place(m)))
		activity = activity_make(r->arena, r->model->timezone, &m->from, &m->until,
					 m->during ? windows.data : NULL, windows.len);
	vec_free(&windows);
	return activity;
}

uint64_t modes_of(struct resolve *r, const struct tree_name *names)
{
	uint64_t modes = 0;

	for (; names != NULL; names = names->next) {
		struct symbol *symbol = symbol_use(r, TABLE_MODES, names->text, names->where);
		if (symbol != NULL && symbol->index < 64)
			modes |= (uint64_t)1 << symbol->index;
	}
	return modes;
}

/* ---- conduits ---- */

static struct zone_set conduit_side(struct resolve *r, const struct tree_endpoint *e)
{
	struct zone_set side = zone_set_new(r);

	for (; e != NULL; e = e->next) {
		if (e->kind == ENDPOINT_EXTERNAL) {
			zone_set_add(side, (zone_id)(r->model->zone_count - 1));
			continue;
		}
		struct symbol *symbol = symbol_use_zone(r, e->text, e->where);
		if (symbol != NULL)
			zone_set_add(side, (zone_id)symbol->index);
	}
	return side;
}

static void conduit_check(struct resolve *r, const struct conduit *conduit)
{
	struct zone_set both = zone_set_intersect(r, conduit->left, conduit->right);

	for (size_t z = 0; z < both.count; z++)
		if (zone_set_has(both, (zone_id)z))
			diag_add(r->diags, FINDING_CONDUIT_SIDES, conduit->tree->where,
				 "zone %s is on both sides of conduit %s",
				 r->model->zones[z].name, conduit->name)->subject = conduit->name;
}

/* Between two external addresses nothing stands that could tell them apart. */
static void conduit_check_within(struct resolve *r, const struct conduit *conduit)
{
	if (zone_set_has(conduit->left, (zone_id)(r->model->zone_count - 1)))
		diag_add(r->diags, FINDING_CONDUIT_SIDES, conduit->tree->where,
			 "external is no zone that conduit %s could lie within",
			 conduit->name)->subject = conduit->name;
}

void resolve_conduits(struct resolve *r)
{
	struct symbol_table *table = &r->table[TABLE_CONDUITS];
	struct model *model = r->model;

	model->conduit_count = table->list.len;
	model->conduits = arena_array(r->arena, table->list.len, sizeof(*model->conduits));
	for (size_t i = 0; i < table->list.len; i++) {
		struct conduit *conduit = &model->conduits[i];
		const struct tree_conduit *tree = table->list.data[i]->tree;
		*conduit = (struct conduit){ .name = tree->name.text, .kind = tree->kind,
					     .left = conduit_side(r, tree->left),
					     .right = r->no_zones, .tree = tree,
					     .index = (uint16_t)i };
		if (tree->kind == CONDUIT_BETWEEN) {
			conduit->right = conduit_side(r, tree->right);
			conduit_check(r, conduit);
		} else {
			conduit_check_within(r, conduit);
		}
	}
}

/* ---- pairs ---- */

VEC_TYPE(pair_list, struct pair);

static bool destination_is_empty(const struct destination *d)
{
	return address_set_is_empty(d->unicast) && zone_set_is_empty(d->zones) &&
	       (address_set_is_empty(d->literal) || zone_set_is_empty(d->literal_zones));
}

struct side {
	struct zone_set zones;
	struct address_set owned;
};

/* A pair over the whole plant, narrowed to one direction of a conduit. */
static void pair_narrow(struct resolve *r, const struct pair *whole, const struct side *from,
			const struct side *to, struct pair_list *out)
{
	struct pair pair = *whole;
	struct destination *d = &pair.destination;

	pair.source = address_set_intersect(r->arena, pair.source, from->owned);
	pair.source_zones = zone_set_intersect(r, pair.source_zones, from->zones);
	d->unicast = address_set_intersect(r->arena, d->unicast, to->owned);
	d->zones = zone_set_intersect(r, d->zones, to->zones);
	d->literal_zones = zone_set_intersect(r, d->literal_zones, to->zones);
	d->literal_unlocated = false;
	if (destination_is_empty(d) || (address_set_is_empty(pair.source) &&
					zone_set_is_empty(pair.source_zones)))
		return;
	vec_push(out, pair);
}

static void pairs_within(struct resolve *r, const struct pair *whole,
			 const struct conduit *conduit, struct pair_list *out)
{
	for (size_t z = 0; z < conduit->left.count; z++) {
		struct zone_set one = zone_set_new(r);
		if (!zone_set_has(conduit->left, (zone_id)z))
			continue;
		zone_set_add(one, (zone_id)z);
		struct side side = { one, r->model->zones[z].owned };
		pair_narrow(r, whole, &side, &side, out);
	}
}

static void rule_pairs(struct resolve *r, struct rule *rule, const struct ground *ground)
{
	struct extent source = extent_of(r, &rule->tree->source, ground);
	struct extent destination = extent_of(r, &rule->tree->destination, ground);
	struct pair whole = pair_of(r, &source, &destination);
	struct pair_list pairs = VEC_INIT;

	if (ground == NULL) {
		if (!extent_is_empty(&source) && !extent_is_empty(&destination))
			vec_push(&pairs, whole);
	} else if (rule->conduit->kind == CONDUIT_WITHIN) {
		pairs_within(r, &whole, rule->conduit, &pairs);
	} else {
		struct side left = { rule->conduit->left, ground->left };
		struct side right = { rule->conduit->right, ground->right };
		pair_narrow(r, &whole, &left, &right, &pairs);
		pair_narrow(r, &whole, &right, &left, &pairs);
	}
	rule->pair_count = pairs.len;
	rule->pairs = arena_copy(r->arena, pairs.data, pairs.len * sizeof(*pairs.data));
	vec_free(&pairs);
}

/* ---- rules ---- */

static void link_endpoints(struct resolve *r, const struct tree_endpoint *e)
{
	for (; e != NULL; e = e->next) {
		const struct symbol *symbol = e->kind == ENDPOINT_NAME
			? symbol_find(&r->table[TABLE_PLACES], e->text) : NULL;
		if (e->kind == ENDPOINT_ADDRESS || e->kind == ENDPOINT_TAG ||
		    (symbol != NULL && symbol->kind != SYMBOL_ZONE))
			diag_add(r->diags, FINDING_ETHERTYPE_ENDPOINT, e->where,
				 "an ethertype joins zones, not addresses");
	}
}

void resolve_check_link(struct resolve *r, const struct match *matches, size_t count,
			const struct tree_endpoints *source,
			const struct tree_endpoints *destination)
{
	bool link = false;

	for (size_t i = 0; i < count; i++)
		link |= matches[i].ethertype_rule;
	if (!link)
		return;
	link_endpoints(r, source->include);
	link_endpoints(r, source->except);
	link_endpoints(r, destination->include);
	link_endpoints(r, destination->except);
}

/* A pair without sources is kept for the zones of an ethertype. */
static bool rule_is_empty(const struct rule *rule)
{
	for (size_t m = 0; m < rule->match_count; m++)
		for (size_t p = 0; p < rule->pair_count; p++)
			if (rule->matches[m].ethertype_rule ||
			    !address_set_is_empty(rule->pairs[p].source))
				return false;
	return true;
}

/* What a wrong name would have held is not known, so emptiness is told only
 * where every name was right. */
void resolve_empty_rules(struct resolve *r)
{
	for (size_t i = 0; i < r->model->rule_count; i++) {
		const struct rule *rule = &r->model->rules[i];
		if (!rule->implicit && rule_is_empty(rule))
			diag_add(r->diags, FINDING_EMPTY_RULE, rule->where,
				 "this rule matches no pair of addresses")->subject =
				rule->identity;
	}
}

static void rule_new(struct resolve *r, const struct tree_rule *tree,
		     const struct conduit *conduit, const struct ground *ground)
{
	struct rule *rule = &r->model->rules[r->model->rule_count];

	*rule = (struct rule){ .allow = tree->allow, .conduit = conduit, .tree = tree,
			       .index = (uint32_t)r->model->rule_count++,
			       .log = tree->modifiers.log, .where = tree->where };
	rule_pairs(r, rule, ground);
	rule->matches = matches_of(r, tree->services, tree->allow ? USE_ALLOW : USE_DENY,
				   &rule->match_count);
	rule->activity = activity_of(r, &tree->modifiers);
	rule->modes = modes_of(r, tree->modifiers.in);
	rule->label = resolve_label(r, tree->where);
	resolve_check_link(r, rule->matches, rule->match_count, &tree->source, &tree->destination);
}

static struct ground ground_of(struct resolve *r, const struct conduit *conduit)
{
	struct ground ground = { .zones = zone_set_union(r, conduit->left, conduit->right),
				 .conduit = conduit };

	ground.left = zone_set_owned(r, conduit->left);
	ground.right = zone_set_owned(r, conduit->right);
	ground.owned = address_set_union(r->arena, ground.left, ground.right);
	return ground;
}

static void rules_of_conduit(struct resolve *r, const struct tree_conduit *tree)
{
	const struct conduit *conduit = NULL;

	for (size_t i = 0; i < r->model->conduit_count; i++)
		if (r->model->conduits[i].tree == tree)
			conduit = &r->model->conduits[i];
	if (conduit == NULL) /* its name is taken, which was said */
		return;
	struct ground ground = ground_of(r, conduit);
	for (const struct tree_statement *s = tree->rules; s != NULL; s = s->next)
		rule_new(r, s->rule, conduit, &ground);
}

/* ---- identity ---- */

/* The digest of a rule's conduit and text: other edits do not change it. */
static const char *rule_digest(struct resolve *r, const struct rule *rule)
{
	const char *conduit = rule->conduit ? rule->conduit->name : "";
	char digest[SHA256_TEXT];
	struct sha256 hash;

	sha256_init(&hash);
	sha256_add(&hash, conduit, strlen(conduit) + 1);
	sha256_add(&hash, rule->label, strlen(rule->label));
	sha256_final(&hash, digest);
	return arena_strndup(r->arena, digest, 12);
}

static void rule_identify(struct resolve *r, struct rule *rule)
{
	const struct tree_name *given = rule->tree->modifiers.id;
	const char *base = given ? given->text : rule_digest(r, rule);
	struct symbol *old = symbol_find(&r->table[TABLE_IDS], base);

	rule->identity = base;
	for (int n = 2; old != NULL; n++) {
		if (given != NULL) {
			struct diag *diag = diag_add(r->diags, FINDING_DUPLICATE_NAME,
						     given->where, "the id '%s' is taken", base);
			diag_other(r->diags, diag, old->where, "it was given first here");
			return;
		}
		rule->identity = arena_printf(r->arena, "%s-%d", base, n);
		old = symbol_find(&r->table[TABLE_IDS], rule->identity);
	}
	struct tree_name name = { rule->identity, rule->where, NULL };
	symbol_add(r, TABLE_IDS, &name, NULL);
}

/* Traffic inside a zone is allowed unless it says otherwise. */
static void rule_implicit(struct resolve *r, zone_id z)
{
	const struct zone *zone = &r->model->zones[z];
	struct rule *rule = &r->model->rules[r->model->rule_count];
	struct match *match = arena_alloc(r->arena, sizeof(*match));
	struct pair *pair = arena_alloc(r->arena, sizeof(*pair));
	struct zone_set one = zone_set_new(r);

	zone_set_add(one, z);
	*match = (struct match){ .family = { true, true }, .protocols = r->all_protocols,
				 .src_ports = r->all_ports, .dst_ports = r->all_ports,
				 .operations = r->all_operations,
				 .units = r->all_parameters, .objects = r->all_parameters, .label = "any" };
	*pair = (struct pair){ .source = zone->owned, .source_zones = one,
			       .destination = { .unicast = zone->owned, .zones = one,
						.literal = address_set_empty(),
						.literal_zones = r->no_zones,
						.excluded = address_set_empty() } };
	*rule = (struct rule){ .allow = true, .implicit = true, .pairs = pair, .pair_count = 1,
			       .matches = match, .match_count = 1,
			       .index = (uint32_t)r->model->rule_count++,
			       .identity = arena_printf(r->arena, "within:%s", zone->name),
			       .label = arena_printf(r->arena, "traffic within %s", zone->name),
			       .where = zone->tree->name.where };
}

static size_t rules_count(const struct resolve *r)
{
	size_t count = r->model->zone_count;

	for (const struct tree_statement *s = r->text->statements; s != NULL; s = s->next) {
		count += s->kind == STATEMENT_RULE;
		if (s->kind == STATEMENT_CONDUIT)
			for (const struct tree_statement *t = s->conduit->rules; t; t = t->next)
				count++;
	}
	return count;
}

void resolve_rules(struct resolve *r)
{
	struct model *model = r->model;

	model->rules = arena_array(r->arena, rules_count(r), sizeof(*model->rules));
	for (const struct tree_statement *s = r->text->statements; s != NULL; s = s->next) {
		if (s->kind == STATEMENT_RULE)
			rule_new(r, s->rule, NULL, NULL);
		else if (s->kind == STATEMENT_CONDUIT)
			rules_of_conduit(r, s->conduit);
	}
	/* Given ids first, so that a digest never takes one. */
	for (size_t i = 0; i < model->rule_count; i++)
		if (model->rules[i].tree->modifiers.id != NULL)
			rule_identify(r, &model->rules[i]);
	for (size_t i = 0; i < model->rule_count; i++)
		if (model->rules[i].tree->modifiers.id == NULL)
			rule_identify(r, &model->rules[i]);
	for (size_t z = 0; z + 1 < model->zone_count; z++)
		if (!model->zones[z].intrazone_deny)
			rule_implicit(r, (zone_id)z);
}
