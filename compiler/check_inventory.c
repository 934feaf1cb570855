/* SPDX-License-Identifier: Apache-2.0
 *
 * Single addresses that the policy names in a zone whose inventory is complete,
 * and that no asset holds. Prefixes and ranges name what may be there, not what is. */
#include "config.h"
#include "compiler/check_parts.h"

struct inventory_check {
	const struct model *model;
	struct diags *diags;
};

static void check_endpoint(const struct inventory_check *check, const struct tree_endpoint *e)
{
	const struct model *model = check->model;

	if (e->kind != ENDPOINT_ADDRESS || e->range.lo != e->range.hi)
		return;
	struct address address = { e->range.lo, e->range.family };
	if (!address_is_unicast(&address))
		return;
	const struct zone *zone = &model->zones[model_zone_of(model, address)];
	if (!zone->inventory_complete || model_asset_of(model, address) != NULL)
		return;
	char text[ADDRESS_TEXT];
	struct diag *diag = diag_add(check->diags, FINDING_UNKNOWN_ASSET, e->where,
				     "no asset of %s, whose inventory is complete, holds %s",
				     zone->name, address_print(&address, text));
	diag->subject = zone->name;
}

static void check_endpoints(const struct inventory_check *check,
			    const struct tree_endpoints *endpoints)
{
	for (const struct tree_endpoint *e = endpoints->include; e != NULL; e = e->next)
		check_endpoint(check, e);
	for (const struct tree_endpoint *e = endpoints->except; e != NULL; e = e->next)
		check_endpoint(check, e);
}

static void check_rule(const struct inventory_check *check, const struct tree_rule *rule)
{
	check_endpoints(check, &rule->source);
	check_endpoints(check, &rule->destination);
}

static void check_statement(const struct inventory_check *check, const struct tree_statement *s)
{
	switch (s->kind) {
	case STATEMENT_GROUP:
		check_endpoints(check, &s->group->members);
		break;
	case STATEMENT_RULE:
		check_rule(check, s->rule);
		break;
	case STATEMENT_ASSERT:
		check_endpoints(check, &s->assertion->source);
		check_endpoints(check, &s->assertion->destination);
		break;
	case STATEMENT_CONDUIT:
		for (const struct tree_statement *t = s->conduit->rules; t != NULL; t = t->next)
			check_rule(check, t->rule);
		break;
	default:
		break;
	}
}

void check_inventories(const struct model *model, struct diags *diags)
{
	const struct inventory_check check = { model, diags };

	for (const struct tree_statement *s = model->text->statements; s != NULL; s = s->next)
		check_statement(&check, s);
}
