/* SPDX-License-Identifier: Apache-2.0
 *
 * Constructors of endpoints, rules, conduits, asserts and questions. */
#include "config.h"
#include "lang/build.h"

struct tree_endpoint *build_endpoint(struct parser *parser, enum endpoint_kind kind,
				     const char *text, const struct span *where)
{
	struct tree_endpoint *endpoint = arena_alloc(parser->arena, sizeof(*endpoint));

	endpoint->kind = kind;
	endpoint->text = text;
	endpoint->where = *where;
	return endpoint;
}

struct tree_endpoint *build_endpoint_name(struct parser *parser, const struct tree_name *name)
{
	return build_endpoint(parser, ENDPOINT_NAME, name->text, &name->where);
}

struct tree_endpoint *build_endpoint_address(struct parser *parser, struct address_range range,
					     const struct span *where)
{
	struct tree_endpoint *endpoint = build_endpoint(parser, ENDPOINT_ADDRESS, NULL, where);

	endpoint->range = range;
	return endpoint;
}

struct tree_endpoint *build_endpoint_level(struct parser *parser, struct level_pair levels,
					   const struct span *where)
{
	struct tree_endpoint *endpoint = build_endpoint(parser, ENDPOINT_LEVEL, NULL, where);

	endpoint->level_lo = levels.lo;
	endpoint->level_hi = levels.hi;
	return endpoint;
}

struct tree_endpoints build_endpoints(struct tree_endpoint *include,
				      struct tree_endpoint *except, const struct span *where)
{
	list_close(include);
	list_close(except);
	return (struct tree_endpoints){ include, except, *where };
}

static struct tree_service *flow_services(struct tree_service *ring)
{
	list_close(ring);
	for (struct tree_service *service = ring; service; service = service->next)
		list_close(service->on);
	return ring;
}

void build_conduit(struct parser *parser, const struct tree_name *name,
		   struct tree_endpoint *left, struct tree_endpoint *right,
		   const struct span *where)
{
	struct tree_conduit *conduit = arena_alloc(parser->arena, sizeof(*conduit));

	list_close(left);
	list_close(right);
	conduit->name = *name;
	conduit->name.next = NULL;
	conduit->kind = right ? CONDUIT_BETWEEN : CONDUIT_WITHIN;
	conduit->left = left;
	conduit->right = right;
	conduit->where = *where;
	build_statement(parser, STATEMENT_CONDUIT)->conduit = conduit;
	parser->conduit = conduit;
}

void build_conduit_close(struct parser *parser)
{
	list_close(parser->conduit->rules);
	parser->conduit = NULL;
}

void build_modifiers(struct parser *parser)
{
	parser->modifiers = (struct tree_modifiers){ 0 };
}

void build_modifier_id(struct parser *parser, struct tree_name *id)
{
	id->next = NULL;
	build_single(parser, &parser->modifiers.id, "id", id);
}

static struct tree_modifiers flow_modifiers(struct parser *parser)
{
	struct tree_modifiers *modifiers = &parser->modifiers;

	list_close(modifiers->during);
	list_close(modifiers->in);
	if (modifiers->from.given && modifiers->until.given &&
	    modifiers->from.day > modifiers->until.day)
		parser_error(parser, modifiers->until.where, "this `until` lies before the `from`");
	return *modifiers;
}

struct tree_rule *build_rule(struct parser *parser, uint32_t allow,
			     struct tree_endpoints source, struct tree_endpoints destination,
			     struct tree_service *services, const struct span *where)
{
	struct tree_rule *rule = arena_alloc(parser->arena, sizeof(*rule));

	rule->allow = allow != 0;
	rule->source = source;
	rule->destination = destination;
	rule->services = flow_services(services);
	rule->where = *where;
	return rule;
}

struct tree_rule *build_rule_modify(struct parser *parser, struct tree_rule *rule)
{
	rule->modifiers = flow_modifiers(parser);
	return rule;
}

void build_rule_inside(struct parser *parser, struct tree_rule *rule)
{
	struct tree_statement *statement = arena_alloc(parser->arena, sizeof(*statement));

	statement->kind = STATEMENT_RULE;
	statement->rule = rule;
	parser->conduit->rules = list_add(parser->conduit->rules, statement);
}

void build_rule_outside(struct parser *parser, struct tree_rule *rule)
{
	if (rule->allow) {
		struct diag *diag =
			parser_error(parser, rule->where, "an `allow` stands in a conduit");
		diag_hint(parser->diags, diag,
			  "conduits are the only way across: put it into "
			  "`conduit NAME between A and B { ... }`");
		return;
	}
	build_statement(parser, STATEMENT_RULE)->rule = rule;
}

static struct tree_assert *flow_assert(struct parser *parser, enum assert_kind kind,
				       struct tree_endpoints source,
				       struct tree_endpoints destination,
				       const struct span *where)
{
	struct tree_assert *assertion = arena_alloc(parser->arena, sizeof(*assertion));

	assertion->kind = kind;
	assertion->source = source;
	assertion->destination = destination;
	assertion->where = *where;
	return assertion;
}

void build_assert(struct parser *parser, uint32_t allow, struct tree_endpoints source,
		  struct tree_endpoints destination, struct tree_service *services,
		  const struct span *where)
{
	struct tree_assert *assertion = flow_assert(parser, allow ? ASSERT_ALLOW : ASSERT_DENY,
						    source, destination, where);

	assertion->services = flow_services(services);
	build_statement(parser, STATEMENT_ASSERT)->assertion = assertion;
}

void build_assert_modify(struct parser *parser)
{
	parser->statements->assertion->modifiers = flow_modifiers(parser);
}

void build_no_path(struct parser *parser, struct tree_endpoints source,
		   struct tree_endpoints destination, struct path_limits limits,
		   const struct span *where)
{
	struct tree_assert *assertion =
		flow_assert(parser, ASSERT_NO_PATH, source, destination, where);

	assertion->hops = limits.hops;
	assertion->via = limits.via;
	build_statement(parser, STATEMENT_ASSERT)->assertion = assertion;
}

struct path_limits build_limits(uint32_t hops, struct tree_endpoints via)
{
	return (struct path_limits){ hops, via };
}

uint32_t build_hops(struct parser *parser, uint32_t hops, const struct span *where)
{
	if (hops == 0)
		parser_error(parser, *where, "a path has at least one hop");
	return hops;
}

void build_question(struct parser *parser, struct tree_endpoints source,
		    struct tree_endpoints destination, struct tree_service *services,
		    const struct span *where)
{
	parser->question = flow_assert(parser, ASSERT_ALLOW, source, destination, where);
	parser->question->services = flow_services(services);
}

void build_question_modify(struct parser *parser)
{
	parser->question->modifiers = flow_modifiers(parser);
}
