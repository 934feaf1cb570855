/* SPDX-License-Identifier: Apache-2.0
 *
 * What two policies say differently, statement by statement: the parts that
 * matter to flows, held against those of the statement of the same name. Owners,
 * reasons, order and layout make no fact. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

const char *diff_fact_kind_name(enum diff_fact_kind kind)
{
	static const char *const names[] = {
		"rule", "group", "zone", "asset", "service", "protocol", "schedule", "mode",
		"conduit", "policy",
	};

	return names[kind];
}

const char *diff_change_name(enum diff_change change)
{
	static const char *const names[] = { "added", "removed", "changed" };

	return names[change];
}

/* ---- parts of a statement ---- */

struct part {
	const char *text;
	struct span where;
	struct address_set addresses;
	bool everywhere;
	bool link;     /* it matters to frames without IP alone */
	uint16_t vlan; /* of these, 0: none */
};
VEC_TYPE(part_list, struct part);

static void part_add(struct part_list *parts, const char *text, struct span where)
{
	vec_push(parts, ((struct part){ .text = text, .where = where, .everywhere = true,
					.addresses = address_set_empty() }));
}

static void part_add_link(struct part_list *parts, const char *text, struct span where,
			  uint16_t vlan)
{
	vec_push(parts, ((struct part){ .text = text, .where = where, .link = true, .vlan = vlan,
					.addresses = address_set_empty() }));
}

static void part_add_at(struct part_list *parts, const char *text, struct span where,
			struct address_set addresses)
{
	vec_push(parts, ((struct part){ .text = text, .where = where, .addresses = addresses }));
}

static const char *range_text(struct arena *arena, const char *what, struct address_range range)
{
	char buffer[ADDRESS_RANGE_TEXT];

	return arena_printf(arena, "%s%s", what, address_range_print(&range, buffer));
}

static void parts_of_ranges(struct diff_facts *facts, struct part_list *parts, const char *what,
			    const struct tree_range *ranges)
{
	for (const struct tree_range *r = ranges; r != NULL; r = r->next)
		part_add_at(parts, range_text(facts->arena, what, r->range), r->where,
			    address_set_range(facts->arena, r->range));
}

static const char *endpoint_text(struct arena *arena, const struct tree_endpoint *e)
{
	switch (e->kind) {
	case ENDPOINT_NAME: return e->text;
	case ENDPOINT_ADDRESS: return range_text(arena, "", e->range);
	case ENDPOINT_TAG: return arena_printf(arena, "@%s", e->text);
	case ENDPOINT_LEVEL:
		return e->level_lo > e->level_hi ? "no level"
						 : arena_printf(arena, "level %s..%s",
								level_name(e->level_lo),
								level_name(e->level_hi));
	case ENDPOINT_EXTERNAL: return "external";
	default: return "any";
	}
}

static void parts_of_endpoints(struct diff_facts *facts, enum diff_side side,
			       struct part_list *parts, const char *what,
			       const struct tree_endpoint *list)
{
	for (const struct tree_endpoint *e = list; e != NULL; e = e->next) {
		struct part part = { .addresses = address_set_empty(), .where = e->where };
		part.text = arena_printf(facts->arena, "%s%s", what,
					 endpoint_text(facts->arena, e));
		part.everywhere = !diff_facts_endpoint(facts, side, e, &part.addresses);
		vec_push(parts, part);
	}
}

static void parts_of_zone(struct diff_facts *facts, struct part_list *parts,
			  const struct tree_zone *zone)
{
	parts_of_ranges(facts, parts, "subnet ", zone->subnets);
	parts_of_ranges(facts, parts, "multicast ", zone->multicast);
	part_add(parts, arena_printf(facts->arena, "level %s", level_name(zone->level)),
		 zone->name.where);
	if (zone->intrazone_deny)
		part_add(parts, "intrazone deny", zone->intrazone_where);
	for (const struct tree_number *v = zone->vlans; v != NULL; v = v->next)
		part_add_link(parts, arena_printf(facts->arena, "vlan %u", v->value), v->where,
			      (uint16_t)v->value);
}

static void parts_of_station(struct diff_facts *facts, struct part_list *parts,
			     const struct tree_asset *asset)
{
	char text[MAC_TEXT];

	if (asset->macs == NULL)
		return;
	for (const struct tree_mac *m = asset->macs; m != NULL; m = m->next)
		part_add_link(parts, arena_printf(facts->arena, "mac %s", mac_print(&m->mac, text)),
			      m->where, 0);
	for (const struct tree_name *n = asset->zones; n != NULL; n = n->next)
		part_add_link(parts, arena_printf(facts->arena, "in %s", n->text), n->where, 0);
}

static void parts_of_asset(struct diff_facts *facts, struct part_list *parts,
			   const struct tree_asset *asset)
{
	struct address_set all = address_set_empty();

	for (const struct tree_range *r = asset->addresses; r != NULL; r = r->next)
		all = address_set_union(facts->arena, all,
					address_set_range(facts->arena, r->range));
	parts_of_ranges(facts, parts, "address ", asset->addresses);
	for (const struct tree_name *n = asset->tags; n != NULL; n = n->next)
		part_add_at(parts, arena_printf(facts->arena, "tag %s", n->text), n->where, all);
	for (const struct tree_name *n = asset->roles; n != NULL; n = n->next)
		part_add_at(parts, arena_printf(facts->arena, "role %s", n->text), n->where, all);
	parts_of_station(facts, parts, asset);
}

static void parts_of_services(struct diff_facts *facts, struct part_list *parts,
			      const struct tree_service *services)
{
	for (const struct tree_service *s = services; s != NULL; s = s->next)
		part_add(parts, policy_span_text(facts->arena, &facts->lines, s->where), s->where);
}

static void parts_of_protocol(struct diff_facts *facts, struct part_list *parts,
			      const struct tree_protocol *protocol)
{
	parts_of_services(facts, parts, protocol->on);
	for (const struct tree_function *f = protocol->functions; f != NULL; f = f->next)
		part_add(parts,
			 arena_printf(facts->arena, "%s %s %u-%u", operation_class_name(f->class),
				      f->name.text, f->lo, f->hi),
			 f->where);
	for (const struct tree_parameter *p = protocol->parameters; p != NULL; p = p->next)
		part_add(parts,
			 arena_printf(facts->arena, "%s %s %u-%u",
				      parameter_dimension_name(p->dimension), p->name.text, p->lo,
				      p->hi),
			 p->where);
}

static void parts_of_schedule(struct diff_facts *facts, struct part_list *parts,
			      const struct tree_schedule *schedule)
{
	const struct tree_window *before = NULL;

	/* A line of several days is as many windows. */
	for (const struct tree_window *w = schedule->windows; w != NULL; before = w, w = w->next)
		if (before == NULL || before->where.line != w->where.line ||
		    before->where.column != w->where.column)
			part_add(parts, policy_span_text(facts->arena, &facts->lines, w->where),
				 w->where);
}

static void parts_of_policy(struct diff_facts *facts, struct part_list *parts,
			    const struct tree_policy *policy)
{
	if (policy->timezone.text != NULL)
		part_add(parts, arena_printf(facts->arena, "timezone \"%s\"", policy->timezone.text),
			 policy->timezone.where);
}

static void parts_of(struct diff_facts *facts, enum diff_side side, const struct tree_statement *s,
		     struct part_list *parts)
{
	switch (s->kind) {
	case STATEMENT_POLICY: parts_of_policy(facts, parts, s->policy); break;
	case STATEMENT_ZONE: parts_of_zone(facts, parts, s->zone); break;
	case STATEMENT_ASSET: parts_of_asset(facts, parts, s->asset); break;
	case STATEMENT_GROUP:
		parts_of_endpoints(facts, side, parts, "member ", s->group->members.include);
		parts_of_endpoints(facts, side, parts, "except ", s->group->members.except);
		break;
	case STATEMENT_SERVICE: parts_of_services(facts, parts, s->service->services); break;
	case STATEMENT_PROTOCOL: parts_of_protocol(facts, parts, s->protocol); break;
	case STATEMENT_SCHEDULE: parts_of_schedule(facts, parts, s->schedule); break;
	case STATEMENT_CONDUIT:
		parts_of_endpoints(facts, side, parts, "side ", s->conduit->left);
		parts_of_endpoints(facts, side, parts, "side ", s->conduit->right);
		break;
	default: break;
	}
}

/* ---- statements ---- */

static bool statement_fact(const struct tree_statement *s, enum diff_fact_kind *kind,
			   const struct tree_name **name)
{
	static const struct tree_name unnamed = { .text = "" };

	switch (s->kind) {
	case STATEMENT_POLICY: *kind = FACT_POLICY; *name = &unnamed; return true;
	case STATEMENT_ZONE: *kind = FACT_ZONE; *name = &s->zone->name; return true;
	case STATEMENT_ASSET: *kind = FACT_ASSET; *name = &s->asset->name; return true;
	case STATEMENT_GROUP: *kind = FACT_GROUP; *name = &s->group->name; return true;
	case STATEMENT_SERVICE: *kind = FACT_SERVICE; *name = &s->service->name; return true;
	case STATEMENT_PROTOCOL: *kind = FACT_PROTOCOL; *name = &s->protocol->name; return true;
	case STATEMENT_SCHEDULE: *kind = FACT_SCHEDULE; *name = &s->schedule->name; return true;
	case STATEMENT_MODE: *kind = FACT_MODE; *name = &s->mode->name; return true;
	case STATEMENT_CONDUIT: *kind = FACT_CONDUIT; *name = &s->conduit->name; return true;
	default: return false;
	}
}

static char *statement_key(struct arena *arena, enum diff_fact_kind kind, const char *name)
{
	return arena_printf(arena, "%d %s", (int)kind, name);
}

static void facts_read(struct diff_facts *facts, enum diff_side side)
{
	enum diff_fact_kind kind;
	const struct tree_name *name;

	for (const struct tree_statement *s = facts->model[side]->text->statements; s != NULL;
	     s = s->next) {
		struct diff_statement *statement, *there;
		if (!statement_fact(s, &kind, &name))
			continue;
		char *key = statement_key(facts->arena, kind, name->text);
		HASH_FIND_STR(facts->statements, key, there);
		if (there == NULL) {
			statement = arena_alloc(facts->arena, sizeof(*statement));
			statement->key = key;
			statement->kind = kind;
			statement->name = name->text;
			HASH_ADD_KEYPTR(hh, facts->statements, key, strlen(key), statement);
			there = statement;
		}
		if (there->tree[side] == NULL) {
			there->tree[side] = s;
			there->where[side] = name->where;
		}
	}
}

const struct diff_statement *diff_facts_statement(const struct diff_facts *facts,
						  enum diff_fact_kind kind, const char *name)
{
	struct diff_statement *found;
	char buffer[256], *key = buffer;
	int length = snprintf(buffer, sizeof(buffer), "%d %s", (int)kind, name);

	if (length >= (int)sizeof(buffer))
		key = statement_key(facts->arena, kind, name);
	HASH_FIND_STR(facts->statements, key, found);
	return found;
}

/* ---- addresses ---- */

static struct address_set ranges_union(const struct diff_facts *facts, struct address_set set,
				       const struct tree_range *ranges)
{
	for (const struct tree_range *r = ranges; r != NULL; r = r->next)
		set = address_set_union(facts->arena, set,
					address_set_range(facts->arena, r->range));
	return set;
}

/* Of a zone what it holds and the groups that are there. */
static bool statement_addresses(const struct diff_facts *facts, enum diff_side side,
				const struct tree_statement *s, struct address_set *out)
{
	if (s == NULL)
		return true;
	if (s->kind == STATEMENT_ASSET)
		*out = ranges_union(facts, *out, s->asset->addresses);
	else if (s->kind == STATEMENT_ZONE)
		*out = ranges_union(facts, ranges_union(facts, *out, s->zone->subnets),
				    s->zone->multicast);
	else if (s->kind == STATEMENT_GROUP)
		for (const struct tree_endpoint *e = s->group->members.include; e; e = e->next) {
			struct address_set one = address_set_empty();
			if (!diff_facts_endpoint(facts, side, e, &one))
				return false;
			*out = address_set_union(facts->arena, *out, one);
		}
	return true;
}

bool diff_facts_endpoint(const struct diff_facts *facts, enum diff_side side,
			 const struct tree_endpoint *e, struct address_set *out)
{
	static const enum diff_fact_kind places[] = { FACT_ZONE, FACT_ASSET, FACT_GROUP };

	*out = address_set_empty();
	if (e->kind == ENDPOINT_ADDRESS) {
		*out = address_set_range(facts->arena, e->range);
		return true;
	}
	if (e->kind != ENDPOINT_NAME)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct diff_statement *s = diff_facts_statement(facts, places[i], e->text);
		if (s != NULL && s->tree[side] != NULL)
			return statement_addresses(facts, side, s->tree[side], out);
	}
	return true;
}

/* ---- differences ---- */

static struct diff_fact *fact_add(struct diff_facts *facts, enum diff_fact_kind kind,
				  enum diff_change change, const char *name)
{
	struct diff_fact *fact = arena_alloc(facts->arena, sizeof(*fact));

	*fact = (struct diff_fact){ .kind = kind, .change = change, .name = name,
				    .addresses = address_set_empty(), .index = facts->list.len };
	vec_push(&facts->list, fact);
	return fact;
}

static void statement_keep(struct diff_statement *statement, const struct diff_facts *facts)
{
	if (statement->first == statement->end)
		statement->first = facts->list.len - 1;
	statement->end = facts->list.len;
}

static bool part_is_in(const struct part *part, const struct part_list *parts)
{
	for (size_t i = 0; i < parts->len; i++)
		if (strcmp(parts->data[i].text, part->text) == 0)
			return true;
	return false;
}

/* Groups of thousands of members are compared in order first: mostly they begin and
 * end alike. */
static void parts_trim(struct part_list *a, struct part_list *b)
{
	size_t head = 0, least = a->len < b->len ? a->len : b->len, tail = 0;

	while (head < least && strcmp(a->data[head].text, b->data[head].text) == 0)
		head++;
	while (tail < least - head && strcmp(a->data[a->len - 1 - tail].text,
					     b->data[b->len - 1 - tail].text) == 0)
		tail++;
	a->len -= tail;
	b->len -= tail;
	memmove(a->data, a->data + head, (a->len - head) * sizeof(*a->data));
	memmove(b->data, b->data + head, (b->len - head) * sizeof(*b->data));
	a->len -= head;
	b->len -= head;
}

static void statement_part(struct diff_facts *facts, struct diff_statement *statement, int side,
			   const struct part *part)
{
	struct diff_fact *fact =
		fact_add(facts, statement->kind, side == DIFF_NEW ? CHANGE_ADDED : CHANGE_REMOVED,
			 statement->name);

	fact->part = part->text;
	fact->where[side] = part->where;
	fact->addresses = part->addresses;
	fact->everywhere = part->everywhere;
	fact->link = part->link;
	fact->vlan = part->vlan;
	statement_keep(statement, facts);
}

static void statement_parts(struct diff_facts *facts, struct diff_statement *statement,
			    const struct part_list parts[DIFF_SIDES])
{
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t i = 0; i < parts[side].len; i++)
			if (!part_is_in(&parts[side].data[i], &parts[!side]))
				statement_part(facts, statement, side, &parts[side].data[i]);
}

static void statement_whole(struct diff_facts *facts, struct diff_statement *statement,
			    enum diff_side side)
{
	struct diff_fact *fact = fact_add(facts, statement->kind,
					  side == DIFF_NEW ? CHANGE_ADDED : CHANGE_REMOVED,
					  statement->name);

	fact->where[side] = statement->where[side];
	fact->everywhere =
		statement->kind > FACT_ASSET ||
		!statement_addresses(facts, side, statement->tree[side], &fact->addresses);
	statement_keep(statement, facts);
}

/* A station may have been another asset before. */
static void statement_stations(struct diff_facts *facts, struct diff_statement *statement,
			       enum diff_side side)
{
	struct part_list parts = VEC_INIT;

	if (statement->kind == FACT_ASSET)
		parts_of_station(facts, &parts, statement->tree[side]->asset);
	for (size_t i = 0; i < parts.len; i++)
		statement_part(facts, statement, side, &parts.data[i]);
	vec_free(&parts);
}

static void statement_compare(struct diff_facts *facts, struct diff_statement *statement)
{
	struct part_list parts[DIFF_SIDES] = { VEC_INIT, VEC_INIT };

	for (int side = 0; side < DIFF_SIDES; side++)
		if (statement->tree[side] == NULL) {
			statement_whole(facts, statement, (enum diff_side)!side);
			statement_stations(facts, statement, (enum diff_side)!side);
			return;
		}
	for (int side = 0; side < DIFF_SIDES; side++)
		parts_of(facts, (enum diff_side)side, statement->tree[side], &parts[side]);
	if (parts[DIFF_OLD].len > 0 && parts[DIFF_NEW].len > 0)
		parts_trim(&parts[DIFF_OLD], &parts[DIFF_NEW]);
	statement_parts(facts, statement, parts);
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_free(&parts[side]);
}

void diff_facts_init(struct diff_facts *facts, struct arena *arena,
		     const struct model *const models[DIFF_SIDES])
{
	struct diff_statement *statement, *next;

	*facts = (struct diff_facts){ .arena = arena,
				      .model = { models[DIFF_OLD], models[DIFF_NEW] } };
	for (int side = 0; side < DIFF_SIDES; side++)
		facts_read(facts, (enum diff_side)side);
	HASH_ITER(hh, facts->statements, statement, next)
		statement_compare(facts, statement);
}

struct diff_fact *diff_facts_add_rule(struct diff_facts *facts,
				      const struct rule *const rule[DIFF_SIDES])
{
	const struct rule *told = rule[DIFF_NEW] != NULL ? rule[DIFF_NEW] : rule[DIFF_OLD];
	struct diff_fact *fact =
		fact_add(facts, told->implicit ? FACT_ZONE : FACT_RULE,
			 rule[DIFF_OLD] == NULL   ? CHANGE_ADDED
			 : rule[DIFF_NEW] == NULL ? CHANGE_REMOVED
						  : CHANGE_CHANGED,
			 told->identity);

	for (int side = 0; side < DIFF_SIDES; side++)
		if (rule[side] != NULL)
			fact->where[side] = rule[side]->where;
	fact->part = told->label;
	fact->everywhere = true;
	return fact;
}

void diff_facts_release(struct diff_facts *facts)
{
	HASH_CLEAR(hh, facts->statements);
	vec_free(&facts->list);
	source_lines_release(&facts->lines);
}
