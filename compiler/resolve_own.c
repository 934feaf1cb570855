/* SPDX-License-Identifier: Apache-2.0
 *
 * What is let to a device itself: its management, the control-plane protocols
 * it takes part in, and, once one of them is given, what IPv6 does not work
 * without. As rules, so that whatever comes of them says where from. */
#include "config.h"
#include "compiler/resolve_parts.h"

#include <string.h>

#include "compiler/routing.h"
#include "compiler/sha256.h"

VEC_TYPE(own_rules, struct rule);
VEC_TYPE(own_ranges, struct address_range);

enum { ICMPV6 = 58 };

struct own {
	struct resolve *r;
	const struct device *device;
	struct address_set addresses; /* its own, or all where none are given */
	struct own_rules rules;
};

static struct address_set own_addresses(struct resolve *r, const struct device *device)
{
	struct own_ranges ranges = VEC_INIT;

	for (size_t i = 0; i < device->interface_count; i++)
		for (size_t k = 0; k < device->interfaces[i].address_count; k++) {
			struct address at = device->interfaces[i].addresses[k];
			vec_push(&ranges, ((struct address_range){ at.value, at.value,
								   at.family }));
		}
	for (const struct tree_range *t = device->tree->addresses; t != NULL; t = t->next)
		vec_push(&ranges, t->range);
	struct address_set set = address_set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static struct rule *own_rule(struct own *own, struct span where, struct address_set from,
			     struct address_set to)
{
	struct resolve *r = own->r;
	struct pair *pair = arena_alloc(r->arena, sizeof(*pair));
	struct rule rule = {
		.allow = true, .pairs = pair, .pair_count = 1, .where = where,
		.index = (uint32_t)(r->model->rule_count + own->rules.len),
	};

	*pair = (struct pair){ .source = from, .source_zones = r->no_zones,
			       .destination = { .unicast = to, .zones = r->no_zones,
						.literal = address_set_empty(),
						.literal_zones = r->no_zones,
						.excluded = address_set_empty() } };
	vec_push(&own->rules, rule);
	return &own->rules.data[own->rules.len - 1];
}

static const char *own_identity(struct resolve *r, const char *label)
{
	char digest[SHA256_TEXT];
	struct sha256 hash;

	sha256_init(&hash);
	sha256_add(&hash, label, strlen(label));
	sha256_final(&hash, digest);
	return arena_printf(r->arena, "manage-%.12s", digest);
}

static void own_manage(struct own *own, const struct tree_manage *tree)
{
	struct resolve *r = own->r;
	size_t before = r->diags->len;
	struct extent from = extent_of(r, &tree->from, NULL);
	struct rule *rule = own_rule(own, tree->where, from.unicast, own->addresses);

	if (extent_is_empty(&from) && r->diags->len == before)
		diag_add(r->diags, FINDING_EMPTY_SIDE, tree->from.where,
			 "this side holds no address");
	rule->label = resolve_label(r, tree->where);
	rule->identity = own_identity(r, rule->label);
	rule->matches = matches_of(r, tree->services, USE_ALLOW, &rule->match_count);
}

static struct match *own_match(struct resolve *r, unsigned protocol)
{
	struct match *match = arena_alloc(r->arena, sizeof(*match));

	*match = (struct match){ .family = { true, true },
				 .protocols = set_one(r->arena, protocol, protocol),
				 .src_ports = r->all_ports, .dst_ports = r->all_ports,
				 .operations = r->all_operations,
				 .units = r->all_parameters, .objects = r->all_parameters };
	return match;
}

/* Groups, and of the families that these have the device's own addresses. */
static struct address_set routing_to(struct own *own, const struct routing *routing)
{
	struct arena *arena = own->r->arena;
	struct address_set to = address_set_empty();
	struct address_range group;

	for (size_t i = 0; i < ROUTING_GROUPS && routing->groups[i] != NULL; i++)
		if (address_range_parse(routing->groups[i], strlen(routing->groups[i]), &group))
			to = address_set_union(arena, to, address_set_range(arena, group));
	for (int f = 0; routing->unicast && f < FAMILY_COUNT; f++)
		if (routing->groups[0] == NULL || !set_is_empty(to.family[f]))
			to.family[f] = set_union(arena, to.family[f],
						 own->addresses.family[f]);
	return to;
}

static void own_routing_row(struct own *own, const struct tree_name *name,
			    const struct routing *routing)
{
	struct resolve *r = own->r;
	struct match *match = own_match(r, routing->protocol);
	struct range ports[ROUTING_PORTS];
	size_t count = 0;
	struct rule *rule = own_rule(own, name->where, address_set_all(r->arena),
				     routing_to(own, routing));

	for (size_t i = 0; i < ROUTING_PORTS && routing->ports[i] != 0; i++)
		ports[count++] = (struct range){ routing->ports[i], routing->ports[i] };
	if (count > 0)
		match->dst_ports = set_from_ranges(r->arena, ports, count);
	match->label = routing->name;
	rule->matches = match;
	rule->match_count = 1;
	rule->label = arena_printf(r->arena, "routing %s (%s)", routing->name,
				   routing->reference);
	rule->identity = arena_printf(r->arena, "routing-%s", routing->name);
}

static void own_routing(struct own *own, const struct tree_name *name)
{
	size_t count;
	const struct routing *table = routing_all(&count);
	const char *names[64];

	for (size_t i = 0; i < count; i++) {
		names[i] = table[i].name;
		if (strcmp(table[i].name, name->text) == 0)
			own_routing_row(own, name, &table[i]);
	}
	if (routing_known(name->text))
		return;
	struct diag *diag = diag_add(own->r->diags, FINDING_UNKNOWN_NAME, name->where,
				     "no control-plane protocol '%s' is known", name->text);
	diag_suggest(own->r->diags, diag, name->text, names, count);
}

/* Its own addresses, and those of the link and of groups on it. */
static struct address_set neighbours_to(struct own *own)
{
	static const char *const texts[] = { "fe80::/10", "ff02::/16" };
	struct arena *arena = own->r->arena;
	struct address_set to = own->addresses;
	struct address_range range;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (address_range_parse(texts[i], strlen(texts[i]), &range))
			to = address_set_union(arena, to, address_set_range(arena, range));
	return to;
}

/* What must not be dropped that is for the device itself and starts something:
 * neighbour and router discovery, its inverse, multicast listeners, secure
 * discovery, multicast routers (RFC 4890, section 4.4.1). Errors come back to
 * conversations; requests for an echo are left to `manage`. */
static void own_neighbours(struct own *own)
{
	struct resolve *r = own->r;
	struct range types[] = { { 130, 136 }, { 141, 143 }, { 148, 149 }, { 151, 153 } };
	struct match *match = own_match(r, ICMPV6);
	struct rule *rule = own_rule(own, own->device->tree->name.where,
				     address_set_all(r->arena), neighbours_to(own));

	match->family[FAMILY_IPV4] = false;
	match->src_ports = set_from_ranges(r->arena, types, sizeof(types) / sizeof(types[0]));
	match->label = "neighbour discovery";
	rule->matches = match;
	rule->match_count = 1;
	rule->label = "neighbour discovery and multicast listeners (RFC 4890, section 4.4.1)";
	rule->identity = "neighbour-discovery";
}

void resolve_own_rules(struct resolve *r, struct device *device)
{
	struct own own = { .r = r, .device = device };

	device->addresses = own_addresses(r, device);
	own.addresses = address_set_is_empty(device->addresses) ? address_set_all(r->arena)
								: device->addresses;
	if (device->tree->manage == NULL && device->tree->routing == NULL)
		return;
	for (const struct tree_manage *m = device->tree->manage; m != NULL; m = m->next)
		own_manage(&own, m);
	for (const struct tree_name *n = device->tree->routing; n != NULL; n = n->next)
		own_routing(&own, n);
	own_neighbours(&own);
	device->own_count = own.rules.len;
	device->own = arena_copy(r->arena, own.rules.data, own.rules.len * sizeof(*own.rules.data));
	vec_free(&own.rules);
}
