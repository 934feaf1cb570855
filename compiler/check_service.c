/* SPDX-License-Identifier: Apache-2.0
 *
 * What is risky about the services of a rule: told by their ports and
 * operations, never by their names, so that a service declared by the policy
 * itself is found too. */
#include "config.h"
#include "compiler/check_parts.h"

#include <string.h>

enum { TCP = 6, UDP = 17, BROAD_PORTS = 1024 };

struct risky_service {
	const char *name; /* rows of one name stand together */
	uint8_t protocol;
	uint16_t lo, hi;
};

static const struct risky_service cleartext[] = {
	{ "ftp", TCP, 21, 21 },
	{ "snmp", UDP, 161, 162 },
	{ "telnet", TCP, 23, 23 },
	{ 0 },
};

static const struct risky_service lateral[] = {
	{ "rdp", TCP, 3389, 3389 },   { "rdp", UDP, 3389, 3389 },   { "smb", TCP, 139, 139 },
	{ "smb", TCP, 445, 445 },     { "vnc", TCP, 5900, 5909 },   { "winrm", TCP, 5985, 5986 },
	{ 0 },
};

static void service_list_add(struct strbuf *text, const char *name)
{
	strbuf_printf(text, "%s%s", text->len > 0 ? ", " : "", name);
}

static bool sets_let(const struct set *protocols, const struct set *ports,
		     const struct risky_service *service)
{
	return set_contains(protocols, service->protocol) &&
	       set_overlaps_range(ports, service->lo, service->hi);
}

/* The content of an industrial protocol is none of the services above. */
static bool rule_lets(const struct rule *rule, const struct risky_service *service)
{
	for (size_t i = 0; i < rule->match_count; i++) {
		const struct match *match = &rule->matches[i];
		if (!match->ethertype_rule && match->protocol == 0 &&
		    sets_let(match->protocols, match->dst_ports, service))
			return true;
	}
	return false;
}

static void risky_text(struct strbuf *text, const struct rule *rule,
		       const struct risky_service *services)
{
	const char *said = "";

	for (; services->name != NULL; services++) {
		if (strcmp(services->name, said) == 0 || !rule_lets(rule, services))
			continue;
		service_list_add(text, services->name);
		said = services->name;
	}
}

void check_cleartext_text(struct strbuf *text, const struct rule *rule)
{
	risky_text(text, rule, cleartext);
}

void check_lateral_text(struct strbuf *text, const struct rule *rule)
{
	risky_text(text, rule, lateral);
}

static bool ports_let(const struct check_ports *ports, size_t count,
		      const struct risky_service *service)
{
	for (size_t i = 0; i < count; i++)
		if (sets_let(ports[i].protocols, ports[i].ports, service))
			return true;
	return false;
}

void check_risky_text(struct strbuf *text, enum check_risky kind,
		      const struct check_ports *ports, size_t count)
{
	const struct risky_service *service = kind == CHECK_CLEARTEXT ? cleartext : lateral;
	const char *said = "";

	for (; service->name != NULL; service++) {
		if (strcmp(service->name, said) == 0 || !ports_let(ports, count, service))
			continue;
		service_list_add(text, service->name);
		said = service->name;
	}
}

/* ---- breadth ---- */

static bool side_is_any(const struct tree_endpoints *side)
{
	for (const struct tree_endpoint *e = side->include; e != NULL; e = e->next)
		if (e->kind == ENDPOINT_ANY)
			return true;
	return false;
}

static const uint8_t transports[] = { TCP, UDP, 33, 132, 136 };

static bool match_has_transport(const struct match *match, uint8_t transport)
{
	return !match->ethertype_rule && set_contains(match->protocols, transport);
}

static u128 transport_ports(struct arena *arena, const struct rule *rule, uint8_t transport)
{
	const struct set *ports = set_empty();

	for (size_t i = 0; i < rule->match_count; i++)
		if (match_has_transport(&rule->matches[i], transport))
			ports = set_union(arena, ports, rule->matches[i].dst_ports);
	return set_size(ports);
}

/* Of nearly every rule so few that they need not be united. */
static u128 ports_at_most(const struct rule *rule)
{
	u128 most = 0;

	for (size_t t = 0; t < sizeof(transports); t++)
		for (size_t i = 0; i < rule->match_count; i++)
			if (match_has_transport(&rule->matches[i], transports[t]))
				most += set_size(rule->matches[i].dst_ports);
	return most;
}

bool check_is_broad(const struct rule *rule)
{
	struct arena arena;
	u128 ports = 0;

	if (side_is_any(&rule->tree->source) && side_is_any(&rule->tree->destination))
		return true;
	if (ports_at_most(rule) <= BROAD_PORTS)
		return false;
	arena_init(&arena);
	for (size_t i = 0; i < sizeof(transports); i++)
		ports += transport_ports(&arena, rule, transports[i]);
	arena_release(&arena);
	return ports > BROAD_PORTS;
}

/* ---- operations ---- */

static bool match_speaks(const struct match *match, const struct protocol *protocol, size_t index)
{
	if (match->protocol != 0 || match->ethertype_rule)
		return match->protocol == index;
	for (size_t i = 0; i < protocol->on_count; i++)
		if (!protocol->on[i].ethertype_rule &&
		    set_overlaps(match->protocols, protocol->on[i].protocols) &&
		    set_overlaps(match->dst_ports, protocol->on[i].dst_ports))
			return true;
	return false;
}

static bool match_lets_class(const struct match *match, const struct set *functions, size_t index)
{
	u128 base = operation_id_of((uint16_t)index, 0);

	for (size_t i = 0; functions != NULL && i < functions->len; i++)
		if (set_overlaps_range(match->operations, base + functions->range[i].lo,
				       base + functions->range[i].hi))
			return true;
	return false;
}

static bool rule_lets_class(const struct rule *rule, const struct protocol *protocol, size_t index,
			    enum operation_class class)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (match_speaks(&rule->matches[i], protocol, index) &&
		    match_lets_class(&rule->matches[i], protocol->class[class], index))
			return true;
	return false;
}

void check_change_text(struct strbuf *text, const struct model *model, const struct rule *rule)
{
	static const struct { enum operation_class class; const char *name; } changes[] = {
		{ CLASS_WRITE, "write" }, { CLASS_CONTROL, "control" }, { CLASS_PROGRAM, "program" },
	};

	for (size_t p = 1; p < model->protocol_count; p++) {
		const struct protocol *protocol = &model->protocols[p];
		struct strbuf classes = STRBUF_INIT;
		for (size_t c = 0; c < 3; c++)
			if (rule_lets_class(rule, protocol, p, changes[c].class))
				service_list_add(&classes, changes[c].name);
		if (classes.len > 0)
			strbuf_printf(text, "%s%s(%s)", text->len > 0 ? ", " : "",
				      protocol->name, strbuf_text(&classes));
		strbuf_release(&classes);
	}
}
