/* SPDX-License-Identifier: Apache-2.0
 *
 * What is sent to groups, which `firewall policy` never matches: a multicast policy
 * says one protocol and one range of destination ports, from 1 on, and knows neither
 * source ports nor types nor schedules (CLI Reference 6.4 and 7.x, "config firewall
 * multicast-policy", "multicast-policy6"). That of IPv6 has a comment from 7.0 on
 * only, so that its name says what it comes from. `logtraffic` has one word for it
 * until 7.4.1 and others after: nothing is logged. */
#include "config.h"
#include "backends/fortios.h"

#include <netinet/in.h>
#include <string.h>

static bool is_transport(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

/* Port 0 is nobody's (RFC 6335, section 6): from 1 on means all of them. */
static bool print_ports(struct strbuf *body, struct range ports)
{
	if (ports.lo > 1 || ports.hi < FORTIOS_PORTS)
		strbuf_printf(body, "        set start-port %u\n        set end-port %u\n",
			      (unsigned)(ports.lo > 0 ? ports.lo : 1), (unsigned)ports.hi);
	return ports.hi > 0;
}

static void make_policy(struct fortios_make *make, const struct filter_entry *entry, int f,
			int protocol, struct range ports)
{
	static const enum fortios_table tables[] = { FORTIOS_MULTICAST_POLICY,
						     FORTIOS_MULTICAST_POLICY6 };
	struct fortios *fortios = make->fortios;
	bool would_drop = fortios->options->monitor && !entry->allow;
	struct fortios_text text = { STRBUF_INIT, STRBUF_INIT };

	strbuf_printf(&text.sides, "        set srcaddr %s\n        set dstaddr %s\n",
		      fortios_addresses(fortios, (enum family)f, entry->source.family[f], false),
		      fortios_addresses(fortios, (enum family)f, entry->destination.family[f],
					true));
	fortios_print_name(&text.body, "srcintf", make->pair->in);
	fortios_print_name(&text.body, "dstintf", make->pair->out);
	strbuf_puts(&text.body, strbuf_text(&text.sides));
	if (protocol > 0)
		strbuf_printf(&text.body, "        set protocol %d\n", protocol);
	if (!print_ports(&text.body, ports))
		fortios_refuse(fortios, entry, "a multicast policy of its platform has no port 0");
	strbuf_printf(&text.body, "        set action %s\n        set status enable\n",
		      entry->allow || would_drop ? "accept" : "deny");
	if (f == FAMILY_IPV4)
		fortios_print_comment(&text.body, fortios_ours_comment(make), would_drop);
	struct fortios_policy *made = fortios_make_policy(
		make, tables[f], entry,
		arena_printf(fortios->arena, "%d %u-%u", protocol, (unsigned)ports.lo,
			     (unsigned)ports.hi),
		&text);
	made->named = f == FAMILY_IPV6 ? make->rules : NULL;
	made->would_drop = would_drop;
}

static void make_family(struct fortios_make *make, const struct filter_entry *entry, int f)
{
	const struct range any = { 0, FORTIOS_PORTS };
	bool all = set_covers_range(entry->src_ports, 0, FORTIOS_PORTS) &&
		   set_covers_range(entry->dst_ports, 0, FORTIOS_PORTS);

	if (set_covers_range(entry->protocols, 0, UINT8_MAX) && all) {
		make_policy(make, entry, f, 0, any);
		return;
	}
	for (int p = 0; p <= UINT8_MAX; p++) {
		if (!set_contains(entry->protocols, (u128)p))
			continue;
		if (p == 0 || (!all && (!is_transport(p) ||
					!set_covers_range(entry->src_ports, 0, FORTIOS_PORTS)))) {
			fortios_refuse(make->fortios, entry,
				       "a multicast policy of its platform knows no source ports "
				       "and no types");
			return;
		}
		for (size_t i = 0; i < (all ? 1 : entry->dst_ports->len); i++)
			make_policy(make, entry, f, p, all ? any : entry->dst_ports->range[i]);
	}
}

void fortios_make_multicast(struct fortios_make *make, const struct filter_entry *entry)
{
	if (entry->activity != 0) {
		fortios_refuse(make->fortios, entry,
			       "a multicast policy of its platform has no schedule");
		return;
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (fortios_has_family(entry, f))
			make_family(make, entry, f);
}
