/* SPDX-License-Identifier: Apache-2.0
 *
 * Unpatchable assets that other zones reach by more than named operations: one
 * finding an asset, for the first rule that opens it. Addresses of assets that
 * were found are skipped from then on, so the work is near that of sorting. */
#include "config.h"
#include "compiler/check_parts.h"

#include <stdlib.h>

#include "base/vec.h"

struct target { /* one address of an unpatchable asset */
	struct address address;
	const struct asset *asset;
	size_t next; /* itself, or where to go on if it was found */
};
VEC_TYPE(target_list, struct target);

struct asset_check {
	const struct model *model;
	struct diags *diags;
	struct target_list targets; /* sorted; one more at the end, never found */
	bool *found;                /* by asset */
};

static int target_order(const void *left, const void *right)
{
	const struct address *a = &((const struct target *)left)->address;
	const struct address *b = &((const struct target *)right)->address;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

static void targets_collect(struct asset_check *check)
{
	struct target_list *targets = &check->targets;

	for (size_t a = 0; a < check->model->asset_count; a++) {
		const struct asset *asset = &check->model->assets[a];
		for (size_t i = 0; asset->tree->unpatchable && i < asset->address_count; i++)
			vec_push(targets, ((struct target){ asset->addresses[i], asset, 0 }));
	}
	if (targets->len > 1)
		qsort(targets->data, targets->len, sizeof(*targets->data), target_order);
	vec_push(targets, ((struct target){ .address = { 0 } }));
	for (size_t i = 0; i < targets->len; i++)
		targets->data[i].next = i;
}

/* The first target from `i` on whose asset is not found, shortening the way. */
static size_t target_live(struct target *targets, size_t i)
{
	while (targets[i].next != i) {
		targets[i].next = targets[targets[i].next].next;
		i = targets[i].next;
	}
	return i;
}

static size_t target_first(const struct target_list *targets, struct address address)
{
	struct target key = { .address = address };
	size_t lo = 0, hi = targets->len - 1;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (target_order(&targets->data[middle], &key) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

/* `modbus(any)` and `modbus(unit 3)` have a list of operations and name none. */
static bool match_names_operations(const struct match *match)
{
	const struct tree_service *tree = match->tree;

	if (!match->named_operations || tree == NULL || tree->operations_except != NULL)
		return match->named_operations;
	bool names = tree->operations == NULL; /* the service it stands for names them */
	for (const struct tree_operation *o = tree->operations; o != NULL; o = o->next) {
		if (o->kind == OPERATION_ANY)
			return false;
		names |= o->kind != OPERATION_PARAMETER;
	}
	return names;
}

static bool rule_opens(const struct rule *rule, enum family family)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (!rule->matches[i].ethertype_rule && rule->matches[i].family[family] &&
		    !match_names_operations(&rule->matches[i]))
			return true;
	return false;
}

/* ---- findings ---- */

static void zone_keep_first(void *context, zone_id zone)
{
	zone_id *first = context;
	if (*first == ZONE_NONE)
		*first = zone;
}

static void check_target(struct asset_check *check, const struct rule *rule,
			 const struct pair *pair, const struct target *target)
{
	const struct asset *asset = target->asset;
	const struct zone *zones = check->model->zones;
	zone_id from = ZONE_NONE;

	model_zones_visit(check->model, target->address.family,
			  pair->source.family[target->address.family], zone_keep_first, &from);
	if (from == ZONE_NONE || check->found[asset - check->model->assets])
		return;
	check->found[asset - check->model->assets] = true;
	struct diag *diag = diag_add(
		check->diags, FINDING_UNPATCHABLE_REACHABLE, asset->tree->where,
		"unpatchable %s in %s can be reached from %s by more than named operations",
		asset->name, zones[model_zone_of(check->model, target->address)].name,
		zones[from].name);
	diag_other(check->diags, diag, rule->where, "'%s' lets it", rule->label);
	diag->hint = finding_info(FINDING_UNPATCHABLE_REACHABLE)->advice;
	diag->subject = asset->name;
	diag->about = rule->identity;
}

static void check_pair(struct asset_check *check, const struct rule *rule,
		       const struct pair *pair, enum family family)
{
	const struct set *set = pair->destination.unicast.family[family];
	struct target *targets = check->targets.data;
	size_t end = check->targets.len - 1;

	for (size_t r = 0; r < set->len; r++) {
		struct address lo = { set->range[r].lo, family };
		size_t i = target_live(targets, target_first(&check->targets, lo));
		while (i < end && targets[i].address.family == family &&
		       targets[i].address.value <= set->range[r].hi) {
			check_target(check, rule, pair, &targets[i]);
			if (check->found[targets[i].asset - check->model->assets])
				targets[i].next = i + 1;
			i = target_live(targets, i + (targets[i].next == i));
		}
	}
}

static void check_asset_rule(struct asset_check *check, const struct rule *rule)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		for (size_t p = 0; p < rule->pair_count && rule_opens(rule, (enum family)family);
		     p++)
			check_pair(check, rule, &rule->pairs[p], (enum family)family);
}

void check_assets(const struct model *model, struct diags *diags)
{
	struct asset_check check = { .model = model, .diags = diags, .targets = VEC_INIT };

	check.found = memory_array(model->asset_count + 1, sizeof(*check.found));
	targets_collect(&check);
	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		if (rule->allow && rule->conduit != NULL &&
		    rule->conduit->kind == CONDUIT_BETWEEN)
			check_asset_rule(&check, rule);
	}
	vec_free(&check.targets);
	free(check.found);
}
