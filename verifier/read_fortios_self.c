/* SPDX-License-Identifier: Apache-2.0
 *
 * The device itself. What is for its own addresses is never forwarded: policies of the
 * table local-in decide on it, and behind them whatever service listens. A service of
 * management is answered where `allowaccess` of the interface names it (CLI Reference,
 * "system interface"), on the port that "system global" gives it; whether one that is
 * not named passes a policy is left open: it may be blocked. */
#include "config.h"
#include "verifier/fortios.h"

#include <netinet/in.h>
#include <string.h>

/* ---- addresses ---- */

static void own_add(struct fos *fortios, struct address_set *own, const char *word)
{
	struct address address;

	if (word == NULL || !address_parse(word, strcspn(word, "/"), &address) ||
	    address.value == 0)
		return;
	struct address_range range = { address.value, address.value, address.family };
	*own = address_set_union(fortios->arena, *own, address_set_range(fortios->arena, range));
}

static void own_of(struct fos *fortios, struct address_set *own, struct fos_entry *entry)
{
	struct fos_table *more = fos_table_inside(entry, "secondaryip");
	struct fos_table *six = fos_table_inside(entry, "ipv6");

	own_add(fortios, own, fos_word(fortios, entry, "ip", NULL));
	for (struct fos_entry *e = more ? more->first : NULL; e != NULL; e = e->next)
		own_add(fortios, own, fos_word(fortios, e, "ip", NULL));
	if (six == NULL)
		return;
	own_add(fortios, own, fos_word(fortios, &six->own, "ip6-address", NULL));
	more = fos_table_inside(&six->own, "ip6-extra-addr");
	for (struct fos_entry *e = more ? more->first : NULL; e != NULL; e = e->next)
		own_add(fortios, own, e->name);
}

struct address_set fos_own_addresses(const struct fos_vdom *vdom)
{
	struct fos *fortios = vdom->fortios;
	struct fos_table *table = fos_table_find(fortios, "", "system interface");
	const struct device *device = fortios->input->device;
	struct address_set own = device != NULL ? device->addresses : address_set_empty();

	for (struct fos_entry *e = table ? table->first : NULL; e != NULL; e = e->next)
		if (strcmp(fos_interface_vdom(fortios, e), vdom->name) == 0)
			own_of(fortios, &own, e);
	return own;
}

/* With those of the link, and groups that are never forwarded (RFC 5771, section 4;
 * RFC 4291, section 2.7). */
struct address_set fos_self_addresses(struct fos *fortios, struct address_set own)
{
	static const char *const texts[] = { "169.254.0.0/16", "224.0.0.0/24", "fe80::/10",
					     "ff02::/16" };
	struct address_range range;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (address_range_parse(texts[i], strlen(texts[i]), &range))
			own = address_set_union(fortios->arena, own,
						address_set_range(fortios->arena, range));
	return own;
}

/* ---- management ---- */

static const struct {
	const char *word;      /* of `allowaccess` */
	uint32_t protocol, port; /* 0: ping */
	const char *setting;   /* of "system global", which moves it */
} services[] = {
	{ "ping", IPPROTO_ICMP, 0, NULL },
	{ "https", IPPROTO_TCP, 443, "admin-sport" },
	{ "http", IPPROTO_TCP, 80, "admin-port" },
	{ "ssh", IPPROTO_TCP, 22, "admin-ssh-port" },
	{ "telnet", IPPROTO_TCP, 23, "admin-telnet-port" },
	{ "snmp", IPPROTO_UDP, 161, NULL },
	{ "fgfm", IPPROTO_TCP, 541, NULL },
};

static uint32_t service_port(struct fos *fortios, size_t i)
{
	struct fos_table *global = fos_table_find(fortios, "", "system global");
	uint32_t port = services[i].port;

	if (global != NULL && services[i].setting != NULL)
		fos_number(fos_word(fortios, &global->own, services[i].setting, ""), UINT16_MAX,
			   &port);
	return port;
}

static bool is_named(const struct fos_setting *names, const char *word)
{
	for (size_t i = 0; names != NULL && i < names->count; i++)
		if (strcmp(names->values[i], word) == 0)
			return true;
	return false;
}

static void block(struct fos *fortios, struct fos_entries *out, struct filter_entry blank, size_t i)
{
	const struct set *port = set_one(fortios->arena, services[i].port, services[i].port);
	bool six = set_is_empty(blank.source.family[FAMILY_IPV4]);
	uint32_t protocol = services[i].protocol;

	if (protocol == IPPROTO_ICMP) {
		protocol = six ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		blank.src_ports = set_one(fortios->arena, six ? 128 : 8, six ? 128 : 8);
	} else {
		blank.dst_ports = port;
	}
	blank.protocols = set_one(fortios->arena, protocol, protocol);
	vec_push(out, blank);
}

/* What the interface may not answer, whatever policies say. */
void fos_self_closed(const struct fos_vdom *vdom, const char *name, struct fos_entries *out)
{
	struct fos *fortios = vdom->fortios;
	struct fos_entry *entry =
		fos_entry_find(fos_table_find(fortios, "", "system interface"), name);
	struct fos_table *ipv6 = entry != NULL ? fos_table_inside(entry, "ipv6") : NULL;
	const struct fos_setting *names[FAMILY_COUNT] = { NULL, NULL };

	if (entry == NULL)
		return;
	names[FAMILY_IPV4] = fos_get(fortios, entry, "allowaccess");
	names[FAMILY_IPV6] = ipv6 ? fos_get(fortios, &ipv6->own, "ip6-allowaccess") : NULL;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct filter_entry blank = fos_entry_all(fortios);
		uint32_t line = names[f] != NULL ? names[f]->statement->line
						 : entry->statement->line;
		blank.allow = false;
		blank.uncertain = true;
		blank.where = (struct span){ fortios->source, line, 1, line, 1 };
		blank.source.family[!f] = blank.destination.family[!f] = set_empty();
		for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
			if (!is_named(names[f], services[i].word) ||
			    service_port(fortios, i) != services[i].port)
				block(fortios, out, blank, i);
	}
}
