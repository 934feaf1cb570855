/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations that no device sees: for each device the rules that name
 * operations and cross it. There it enforces their ports alone; which
 * operations pass remains for the verifier to watch. */
#include "config.h"
#include "compiler/check_parts.h"

#include <string.h>

#include "base/vec.h"
#include "compiler/payload.h"
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

enum { PORT_NONE = UINT16_MAX, PORT_SEVERAL = UINT16_MAX - 1 };

struct device_ports { /* the interfaces of a device, and what lies behind them */
	const struct device *device;
	size_t count;
	struct zone_set *behind;
	uint16_t *port_of; /* by zone: the one interface that it is behind, or the above */
	bool *from, *to;   /* of one rule: its zones are behind the interface */
};

static void ports_of(struct operations_check *check, const struct device *device,
		     struct device_ports *ports)
{
	size_t count = device->interface_count, zones = check->model->zone_count;

	*ports = (struct device_ports){
		.device = device,
		.count = count,
		.behind = arena_array(&check->arena, count, sizeof(*ports->behind)),
		.port_of = arena_array(&check->arena, zones, sizeof(*ports->port_of)),
		.from = arena_array(&check->arena, count, sizeof(bool)),
		.to = arena_array(&check->arena, count, sizeof(bool)),
	};
	memset(ports->port_of, 0xff, zones * sizeof(*ports->port_of));
	for (size_t i = 0; i < count; i++) {
		ports->behind[i] = topology_behind(check->topology, device, i);
		for (size_t z = 0; z < zones; z++)
			if (zone_set_has(ports->behind[i], (zone_id)z))
				ports->port_of[z] = ports->port_of[z] == PORT_NONE
							    ? (uint16_t)i : PORT_SEVERAL;
	}
}

/* The next zone of a set from `zone` on, or its count. */
static size_t zones_next(struct zone_set set, size_t zone)
{
	for (; zone < set.count; zone = (zone / 64 + 1) * 64) {
		uint64_t rest = set.words[zone / 64] >> zone % 64;
		if (rest != 0)
			return zone + (size_t)__builtin_ctzll(rest);
	}
	return set.count;
}

static void ports_touch(const struct device_ports *ports, struct zone_set zones, bool *touched)
{
	memset(touched, 0, ports->count * sizeof(*touched));
	for (size_t z = zones_next(zones, 0); z < zones.count; z = zones_next(zones, z + 1)) {
		if (ports->port_of[z] < ports->count)
			touched[ports->port_of[z]] = true;
		for (size_t i = 0; ports->port_of[z] == PORT_SEVERAL && i < ports->count; i++)
			touched[i] |= zone_set_has(ports->behind[i], (zone_id)z);
	}
}

static bool ports_carry(struct operations_check *check, const struct device_ports *ports,
			size_t in, size_t out, const struct zone_set sides[2])
{
	struct zone_set from = sides[0], to = sides[1];

	for (size_t a = zones_next(from, 0); a < from.count; a = zones_next(from, a + 1)) {
		if (!zone_set_has(ports->behind[in], (zone_id)a))
			continue;
		for (size_t b = zones_next(to, 0); b < to.count; b = zones_next(to, b + 1))
			if (zone_set_has(ports->behind[out], (zone_id)b) &&
			    topology_on_path(check->topology, ports->device, in, out,
					     (zone_id)a, (zone_id)b))
				return true;
	}
	return false;
}

static bool pair_crosses(struct operations_check *check, const struct device_ports *ports,
			 const struct zone_set sides[2])
{
	ports_touch(ports, sides[0], ports->from);
	ports_touch(ports, sides[1], ports->to);
	for (size_t in = 0; in < ports->count; in++)
		for (size_t out = 0; ports->from[in] && out < ports->count; out++)
			if (out != in && ports->to[out] &&
			    ports_carry(check, ports, in, out, sides))
				return true;
	return false;
}

static bool rule_crosses(struct operations_check *check, const struct operations_rule *rule,
			 const struct device_ports *ports)
{
	for (size_t p = 0; p < rule->rule->pair_count; p++) {
		struct zone_set sides[2] = { rule->from[p], rule->to[p] };
		if (pair_crosses(check, ports, sides))
			return true;
	}
	return false;
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

/* A device that inspects tells the requests of some protocols apart. */
static bool rule_is_seen(const struct model *model, const struct rule *rule,
			 const struct device *device)
{
	if (!device->tree->inspect_operations)
		return false;
	for (size_t i = 0; i < rule->match_count; i++)
		if (rule->matches[i].named_operations && !rule->matches[i].ethertype_rule &&
		    !payload_is_known(model, &rule->matches[i]))
			return false;
	return true;
}

static void check_device(struct operations_check *check, const struct device *device,
			 struct diags *diags)
{
	const struct rule *first = NULL;
	struct strbuf text = STRBUF_INIT;
	struct device_ports ports;
	size_t count = 0;

	ports_of(check, device, &ports);
	for (size_t i = 0; i < check->rules.len; i++) {
		const struct operations_rule *rule = &check->rules.data[i];
		if (rule_is_seen(check->model, rule->rule, device) ||
		    !rule_crosses(check, rule, &ports))
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
		check_device(&check, &model->devices[d], diags);
	vec_free(&check.rules);
	arena_release(&check.arena);
}
