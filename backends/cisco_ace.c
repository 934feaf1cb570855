/* SPDX-License-Identifier: Apache-2.0
 *
 * From an entry of the filter to access-control entries. Nothing is lost on the
 * way: a port implies a protocol that has ports, a type one that has types, and
 * what no keyword can say is an error. */
#include "config.h"
#include "backends/cisco.h"

#include <netinet/in.h>
#include <string.h>

enum { PROTOCOLS = 256, PROTOCOL_DCCP = 33, PROTOCOL_UDP_LITE = 136 };

struct expansion {
	struct cisco_aces *aces;
	struct arena *arena;
	const struct cisco_expand *expand;
	const char *device;
	struct diags *diags;
	bool fine;
};

bool cisco_has_ports(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

bool cisco_is_icmp(enum family family, int protocol)
{
	return protocol == (family == FAMILY_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static const struct range any_port = { 0, CISCO_PORTS };
static const struct range any_type = { 0, UINT8_MAX };

static void expansion_push(struct expansion *out, int protocol, struct range src,
			   struct range dst)
{
	const struct filter_entry *entry = out->expand->entry;
	struct cisco_ace ace = {
		.family = out->expand->family,
		.allow = entry->allow,
		.log = entry->log,
		.established = out->expand->established,
		.protocol = protocol,
		.source = entry->source.family[out->expand->family],
		.destination = entry->destination.family[out->expand->family],
		.src = src,
		.dst = dst,
		.activity = entry->activity,
		.origin = out->expand->origin,
		.note = out->expand->note,
	};

	vec_push(out->aces, ace);
}

static void expansion_refuse(struct expansion *out, const char *why, int protocol)
{
	const struct filter_entry *entry = out->expand->entry;
	const struct rule *rule = entry->rule_count > 0 ? entry->rules[0] : NULL;

	diag_add(out->diags, FINDING_UNSUPPORTED_DEVICE,
		 rule != NULL ? rule->where : (struct span){ 0 },
		 "device %s: its platform cannot tell apart %s of IP protocol %d", out->device,
		 why, protocol);
	out->fine = false;
}

static void expand_ports(struct expansion *out, int protocol)
{
	const struct filter_entry *entry = out->expand->entry;

	for (size_t s = 0; s < entry->src_ports->len; s++)
		for (size_t d = 0; d < entry->dst_ports->len; d++)
			expansion_push(out, protocol, entry->src_ports->range[s],
				       entry->dst_ports->range[d]);
}

/* IOS and ASA take one type and one code, or any. */
static void expand_types(struct expansion *out, int protocol)
{
	const struct filter_entry *entry = out->expand->entry;
	const struct set *bytes = set_one(out->arena, 0, UINT8_MAX);
	const struct set *types = set_intersect(out->arena, entry->src_ports, bytes);
	const struct set *codes = set_intersect(out->arena, entry->dst_ports, bytes);
	bool any_code = set_equal(codes, bytes);

	if (set_equal(types, bytes) && any_code) {
		expansion_push(out, protocol, any_type, any_type);
		return;
	}
	for (u128 type = 0; type <= UINT8_MAX; type++) {
		if (!set_contains(types, type))
			continue;
		for (u128 code = 0; code <= (any_code ? 0 : UINT8_MAX); code++)
			if (any_code || set_contains(codes, code))
				expansion_push(out, protocol, (struct range){ type, type },
					       any_code ? any_type : (struct range){ code, code });
	}
}

static const struct range groups[FAMILY_COUNT] = {
	{ 0xe0000000, 0xefffffff }, { (u128)0xff << 120, ~(u128)0 }
};

struct address_set cisco_groups_all(struct arena *arena)
{
	struct address_set all = address_set_empty();

	for (int f = 0; f < FAMILY_COUNT; f++)
		all.family[f] = set_one(arena, groups[f].lo, groups[f].hi);
	return all;
}

struct address_set cisco_sent_groups(struct arena *arena, const struct filter *filter)
{
	struct address_set sent = address_set_empty();

	if (filter->interface_count > 2)
		sent = address_set_intersect(arena, filter->groups, cisco_groups_all(arena));
	return sent;
}

static const struct set *fill_holes(struct arena *arena, const struct set *set,
				    const struct set *own)
{
	const struct set *filled = set;

	for (size_t i = 0; i < own->len; i++) {
		struct range hole = own->range[i];
		if ((hole.lo > 0 && set_contains(set, hole.lo - 1)) ||
		    set_contains(set, hole.hi + 1))
			filled = set_union(arena, filled, set_one(arena, hole.lo, hole.hi));
	}
	return filled;
}

struct filter_entry cisco_fill(struct arena *arena, const struct filter_entry *entry,
			       const struct address_set *own)
{
	struct filter_entry filled = *entry;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		filled.source.family[f] =
			fill_holes(arena, entry->source.family[f], own->family[f]);
		filled.destination.family[f] =
			fill_holes(arena, entry->destination.family[f], own->family[f]);
	}
	return filled;
}

static bool takes_all(const struct set *ports)
{
	return set_covers_range(ports, 0, CISCO_PORTS);
}

static void expand_protocol(struct expansion *out, int protocol)
{
	const struct filter_entry *entry = out->expand->entry;
	bool all = takes_all(entry->src_ports) && takes_all(entry->dst_ports);

	if (protocol == 0)
		expansion_refuse(out, "packets", protocol); /* 0 is written for all of IP */
	else if (cisco_has_ports(protocol))
		expand_ports(out, protocol);
	else if (cisco_is_icmp(out->expand->family, protocol))
		expand_types(out, protocol);
	else if ((protocol == PROTOCOL_DCCP || protocol == PROTOCOL_UDP_LITE ||
		  protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) && !all)
		expansion_refuse(out, "ports or types", protocol);
	else if (set_contains(entry->src_ports, 0) && set_contains(entry->dst_ports, 0))
		expansion_push(out, protocol, any_port, any_port);
}

static bool is_everything(const struct expansion *out)
{
	const struct filter_entry *entry = out->expand->entry;

	return takes_all(entry->src_ports) && takes_all(entry->dst_ports) &&
	       set_covers_range(set_union(out->arena, entry->protocols, out->expand->decided), 0,
				PROTOCOLS - 1);
}

bool cisco_expand(struct cisco_aces *aces, struct arena *arena,
		  const struct cisco_expand *expand, const char *device, struct diags *diags)
{
	struct expansion out = { aces, arena, expand, device, diags, true };
	const struct filter_entry *entry = expand->entry;

	if (set_is_empty(entry->source.family[expand->family]) ||
	    set_is_empty(entry->destination.family[expand->family]))
		return true;
	if (is_everything(&out)) {
		expansion_push(&out, CISCO_IP, any_port, any_port);
		return true;
	}
	const struct set *protocols = set_subtract(arena, entry->protocols, expand->decided);
	for (int p = 0; p < PROTOCOLS; p++)
		if (set_contains(protocols, (u128)p))
			expand_protocol(&out, p);
	return out.fine;
}

const char *cisco_remark(struct arena *arena, const struct cisco_ace *ace)
{
	const struct filter_entry *origin = ace->origin;
	const char *text = ace->note;

	for (size_t i = 0; origin != NULL && i < origin->rule_count; i++)
		text = arena_printf(arena, "%s%s%s", text != NULL ? text : "",
				    i > 0 ? "; " : text != NULL ? " of " : "",
				    origin->rules[i]->identity);
	if (origin != NULL && origin->rule_count > 0 && origin->rules[0]->label != NULL)
		text = arena_printf(arena, "%s %s", text, origin->rules[0]->label);
	return text == NULL ? "" : arena_printf(arena, "%.*s", CISCO_REMARK_MAX, text);
}

static bool same_note(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_origin(const struct filter_entry *a, const struct filter_entry *b)
{
	return a == b || (a != NULL && b != NULL && backend_same_rules(a, b));
}

bool cisco_same_remark(const struct cisco_ace *a, const struct cisco_ace *b)
{
	return same_note(a->note, b->note) && same_origin(a->origin, b->origin);
}

static int ace_order(const void *left, const void *right)
{
	const struct cisco_ace *a = left, *b = right;
	const struct filter_entry *one = a->origin, *other = b->origin;

	for (size_t i = 0; i < one->rule_count && i < other->rule_count; i++)
		if (one->rules[i]->index != other->rules[i]->index)
			return one->rules[i]->index < other->rules[i]->index ? -1 : 1;
	if (one->rule_count != other->rule_count)
		return one->rule_count < other->rule_count ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

void cisco_aces_by_rule(struct cisco_aces *aces, size_t first)
{
	for (size_t i = first; i < aces->len; i++)
		aces->data[i].place = i;
	if (aces->len > first)
		qsort(aces->data + first, aces->len - first, sizeof(*aces->data), ace_order);
}
