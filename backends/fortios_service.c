/* SPDX-License-Identifier: Apache-2.0
 *
 * Services. One custom service holds ports of TCP, UDP and SCTP, each for itself;
 * ICMP has one type and code a service; every other protocol is a number. Session
 * helpers are switched off: they would let in what no rule says.
 *
 * That a service is one of ports is the default, and its word is not written: it is
 * `TCP/UDP/SCTP` until 7.4 and `TCP/UDP/UDP-Lite/SCTP` from 7.6.0 on (CLI Reference,
 * "config firewall service custom"). */
#include "config.h"
#include "backends/fortios.h"

#include <netinet/in.h>
#include <string.h>

enum { PROTOCOLS = 256, PROTOCOL_DCCP = 33, PROTOCOL_UDP_LITE = 136, RANGES_MAX = 16 };

struct services {
	struct fortios *fortios;
	const struct filter_entry *entry;
	VEC(const char *) names;
	bool fine;
};

static const struct {
	int protocol;
	const char *name;
} transports[] = { { IPPROTO_TCP, "tcp" }, { IPPROTO_UDP, "udp" }, { IPPROTO_SCTP, "sctp" } };

static bool is_transport(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static bool takes_all(const struct set *ports)
{
	return set_covers_range(ports, 0, FORTIOS_PORTS);
}

static void service_add(struct services *services, const char *what, const char *body)
{
	static const struct name_rules rules = { 79, "_.", false };
	struct arena *arena = services->fortios->arena;
	const char *name = names_make(arena, &rules,
				      arena_printf(arena, FORTIOS_OURS "%s", what));

	vec_push(&services->names,
		 fortios_object(services->fortios, FORTIOS_SERVICE, name, body));
}

void fortios_refuse(struct fortios *fortios, const struct filter_entry *entry, const char *what)
{
	const struct rule *rule = entry->rule_count > 0 ? entry->rules[0] : NULL;

	diag_add(fortios->diags, FINDING_UNSUPPORTED_DEVICE,
		 rule != NULL ? rule->where : (struct span){ 0 }, "device %s: %s",
		 fortios->filter->device, what);
	fortios->fine = false;
}

/* ---- ports ---- */

static void print_range(struct strbuf *text, struct range range)
{
	strbuf_printf(text, range.lo == range.hi ? "%u" : "%u-%u", (unsigned)range.lo,
		      (unsigned)range.hi);
}

static void print_ports(struct strbuf *text, struct range dst, struct range src)
{
	print_range(text, dst);
	if (src.lo == 0 && src.hi == FORTIOS_PORTS)
		return;
	strbuf_putc(text, ':');
	print_range(text, src);
}

/* The nth pair of ranges and those behind it, as many as one service takes. */
static size_t ports_from(const struct filter_entry *entry, size_t first, struct strbuf *text)
{
	size_t count = entry->dst_ports->len * entry->src_ports->len, i = first;

	for (; i < count && i < first + RANGES_MAX; i++) {
		strbuf_putc(text, ' ');
		print_ports(text, entry->dst_ports->range[i / entry->src_ports->len],
			    entry->src_ports->range[i % entry->src_ports->len]);
	}
	return i - first;
}

static void add_transports(struct services *services)
{
	const struct filter_entry *entry = services->entry;
	size_t count = entry->dst_ports->len * entry->src_ports->len;

	for (size_t first = 0; first < count;) {
		struct strbuf body = STRBUF_INIT, name = STRBUF_INIT, ports = STRBUF_INIT;
		size_t some = ports_from(entry, first, &ports);
		strbuf_puts(&body, "        set helper disable\n");
		for (size_t t = 0; t < sizeof(transports) / sizeof(transports[0]); t++) {
			if (!set_contains(entry->protocols, (u128)transports[t].protocol))
				continue;
			strbuf_printf(&body, "        set %s-portrange%s\n", transports[t].name,
				      strbuf_text(&ports));
			strbuf_printf(&name, "%s_", transports[t].name);
		}
		strbuf_puts(&name, strbuf_text(&ports) + 1);
		service_add(services, strbuf_text(&name), strbuf_text(&body));
		first += some;
		strbuf_release(&body);
		strbuf_release(&name);
		strbuf_release(&ports);
	}
}

/* ---- types and other protocols ---- */

static void add_type(struct services *services, int protocol, int type, int code)
{
	struct strbuf body = STRBUF_INIT, name = STRBUF_INIT;

	strbuf_printf(&body, "        set protocol %s\n", protocol == IPPROTO_ICMP ? "ICMP" : "ICMP6");
	strbuf_puts(&name, protocol == IPPROTO_ICMP ? "icmp" : "icmp6");
	if (type >= 0) {
		strbuf_printf(&body, "        set icmptype %d\n", type);
		strbuf_printf(&name, "_%d", type);
	}
	if (code >= 0) {
		strbuf_printf(&body, "        set icmpcode %d\n", code);
		strbuf_printf(&name, "_%d", code);
	}
	service_add(services, strbuf_text(&name), strbuf_text(&body));
	strbuf_release(&body);
	strbuf_release(&name);
}

static void add_types(struct services *services, int protocol)
{
	const struct filter_entry *entry = services->entry;
	bool any_code = set_covers_range(entry->dst_ports, 0, UINT8_MAX);

	if (set_covers_range(entry->src_ports, 0, UINT8_MAX) && any_code) {
		add_type(services, protocol, -1, -1);
		return;
	}
	for (int type = 0; type <= UINT8_MAX; type++)
		for (int code = any_code ? -1 : 0;
		     set_contains(entry->src_ports, (u128)type) && code <= (any_code ? -1 : 255);
		     code++)
			if (any_code || set_contains(entry->dst_ports, (u128)code))
				add_type(services, protocol, type, code);
}

static void add_number(struct services *services, int protocol)
{
	struct arena *arena = services->fortios->arena;

	service_add(services, arena_printf(arena, "ip_%d", protocol),
		    arena_printf(arena, "        set protocol IP\n        set protocol-number %d\n",
				 protocol));
}

static void add_protocol(struct services *services, int protocol)
{
	const struct filter_entry *entry = services->entry;
	bool all = takes_all(entry->src_ports) && takes_all(entry->dst_ports);

	if (is_transport(protocol))
		return;
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
		add_types(services, protocol);
	} else if (protocol == 0 ||
		   ((protocol == PROTOCOL_DCCP || protocol == PROTOCOL_UDP_LITE) && !all)) {
		fortios_refuse(services->fortios, entry,
			       protocol == 0 ? "its platform writes all of IP as protocol 0, and "
					       "cannot tell that protocol apart"
					     : "its platform knows no ports of DCCP and UDP-Lite");
		services->fine = false;
	} else if (set_contains(entry->src_ports, 0) && set_contains(entry->dst_ports, 0)) {
		add_number(services, protocol);
	}
}

static void add_all(struct services *services)
{
	const struct filter_entry *entry = services->entry;

	if (set_covers_range(entry->protocols, 0, PROTOCOLS - 1) && takes_all(entry->src_ports) &&
	    takes_all(entry->dst_ports)) {
		service_add(services, "ip",
			    "        set protocol IP\n        set helper disable\n");
		return;
	}
	for (size_t t = 0; t < sizeof(transports) / sizeof(transports[0]); t++)
		if (set_contains(entry->protocols, (u128)transports[t].protocol)) {
			add_transports(services);
			break;
		}
	for (int p = 0; p < PROTOCOLS; p++)
		if (set_contains(entry->protocols, (u128)p))
			add_protocol(services, p);
}

const char *fortios_service(struct fortios *fortios, const struct filter_entry *entries,
			    size_t count)
{
	struct services services = { .fortios = fortios, .fine = true };
	const char *name = NULL;

	for (size_t i = 0; i < count; i++) {
		services.entry = &entries[i];
		add_all(&services);
	}
	if (services.fine)
		name = services.names.len == 0
			       ? ""
			       : fortios_group(fortios, FORTIOS_SERVICE_GROUP, FORTIOS_OURS "S",
					       services.names.data, services.names.len);
	vec_free(&services.names);
	return name;
}
