/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations that no device sees: for each device the rules that name
 * operations and cross it. There it enforces their ports alone; which
 * operations pass remains for the verifier to watch. */
#include "config.h"
#include "compiler/check_parts.h"

#include "base/vec.h"
#include "compiler/topology.h"

enum { RULES_NAMED = 3 };

struct operations_rule { /* a rule that names operations, and its zones by pair */
	const struct rule *rule;
	struct zone_set *from, *to;
};
VEC_TYPE(operations_rules, struct operations_rule);

struct operations_check {
	const struct model *model;
	struct topology *topology;
	struct arena arena;
	struct operations_rules rules;
};

/* ---- where rules run ---- */

static void zone_mark(void *context, zone_id zone)
{
	uint64_t *words = context;
	words[zone / 64] |= UINT64_C(1) << zone % 64;
}

static struct zone_set zones_of(struct operations_check *check, struct address_set addresses)
{
	size_t count = check->model->zone_count;
	uint64_t *words = arena_array(&check->arena, (count + 63) / 64, sizeof(*words));

	for (int f = 0; f < FAMILY_COUNT; f++)
		model_zones_visit(check->model, (enum family)f, addresses.family[f], zone_mark,
				  words);
	return (struct zone_set){ words, count };
}

static bool rule_names_operations(const struct rule *rule)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (rule->matches[i].named_operations && !rule->matches[i].ethertype_rule)
			return true;
	return false;
}

static void operations_collect(struct operations_check *check)
{
	for (size_t i = 0; i < check->model->rule_count; i++) {
		const struct rule *rule = &check->model->rules[i];
		struct operations_rule entry = { .rule = rule };
		if (rule->implicit || !rule_names_operations(rule))
			continue;
		entry.from = arena_array(&check->arena, rule->pair_count, sizeof(*entry.from));
		entry.to = arena_array(&check->arena, rule->pair_count, sizeof(*entry.to));
		for (size_t p = 0; p < rule->pair_count; p++) {
			entry.from[p] = zones_of(check, rule->pairs[p].source);
			entry.to[p] = zones_of(check, rule->pairs[p].destination.unicast);
		}
		vec_push(&check->rules, entry);
	}
}

/* ---- what crosses a device ---- */

struct port_pair { /* two interfaces of a device, and what lies behind them */
	const struct device *device;
	size_t in, out;
	struct zone_set behind_in, behind_out;
};

static bool port_pair_carries(struct operations_check *check, const struct port_pair *ports,
			      struct zone_set from, struct zone_set to)
{
	for (size_t a = 0; a < from.count; a++) {
		if (!zone_set_has(from, (zone_id)a) || !zone_set_has(ports->behind_in, (zone_id)a))
			continue;
		for (size_t b = 0; b < to.count; b++)
			if (zone_set_has(to, (zone_id)b) &&
			    zone_set_has(ports->behind_out, (zone_id)b) &&
			    topology_on_path(check->topology, ports->device, ports->in,
					     ports->out, (zone_id)a, (zone_id)b))
				return true;
	}
	return false;
}

static bool rule_crosses(struct operations_check *check, const struct operations_rule *rule,
			 const struct port_pair *ports, size_t count)
{
	for (size_t p = 0; p < rule->rule->pair_count; p++)
		for (size_t i = 0; i < count; i++)
			if (port_pair_carries(check, &ports[i], rule->from[p], rule->to[p]))
				return true;
	return false;
}

static struct port_pair *port_pairs_of(struct operations_check *check,
				       const struct device *device, size_t *count)
{
	size_t n = device->interface_count;
	struct zone_set *behind = arena_array(&check->arena, n, sizeof(*behind));
	struct port_pair *pairs = arena_array(&check->arena, n * n, sizeof(*pairs));

	*count = 0;
	for (size_t i = 0; i < n; i++)
		behind[i] = topology_behind(check->topology, device, i);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (i != j)
				pairs[(*count)++] = (struct port_pair){ device, i, j, behind[i],
									behind[j] };
	return pairs;
}

/* ---- findings ---- */

static void operations_finding(const struct device *device, const struct rule *first,
			       const char *rules, struct diags *diags)
{
	struct diag *diag = diag_add(
		diags, FINDING_UNENFORCED_OPERATIONS, device->tree->where,
		"%s enforces the ports, not the operations, of %s", device->name, rules);

	diag_other(diags, diag, first->where, "the first such rule");
	diag_hint(diags, diag,
		  "watch what passes there with `cordon verify`: every operation on these ports");
	diag->subject = device->name;
}

static void check_device(struct operations_check *check, const struct device *device,
			 struct diags *diags)
{
	size_t port_count, count = 0;
	const struct port_pair *ports = port_pairs_of(check, device, &port_count);
	const struct rule *first = NULL;
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < check->rules.len; i++) {
		const struct operations_rule *rule = &check->rules.data[i];
		if (!rule_crosses(check, rule, ports, port_count))
			continue;
		first = first != NULL ? first : rule->rule;
		if (count++ < RULES_NAMED)
			strbuf_printf(&text, "%s'%s'", text.len > 0 ? ", " : "",
				      rule->rule->label);
	}
	if (count > RULES_NAMED)
		strbuf_printf(&text, " and %zu more", count - RULES_NAMED);
	if (first != NULL)
		operations_finding(device, first, strbuf_text(&text), diags);
	strbuf_release(&text);
}

void check_operations(const struct model *model, struct topology *topology, struct diags *diags)
{
	struct operations_check check = { .model = model, .topology = topology,
					  .rules = VEC_INIT };

	arena_init(&check.arena);
	operations_collect(&check);
	for (size_t d = 0; d < model->device_count && check.rules.len > 0; d++)
		if (!model->devices[d].tree->inspect_operations)
			check_device(&check, &model->devices[d], diags);
	vec_free(&check.rules);
	arena_release(&check.arena);
}
