/* SPDX-License-Identifier: Apache-2.0
 *
 * Services as products of protocols and ports. A service of TCP/UDP/SCTP holds the
 * ports of each of them by themselves: a name stands for all. Ports are written
 * DESTINATION[:SOURCE]. Protocol number 0 is every protocol. */
#include "config.h"
#include "verifier/fortios.h"

#include <netinet/in.h>
#include <string.h>

static const char custom[] = "firewall service custom", group[] = "firewall service group";

static const char *const harmless[] = {
	"uuid", "comment", "color", "visibility", "category", "session-ttl", "fabric-object",
	"tcp-halfclose-timer", "tcp-halfopen-timer", "tcp-timewait-timer", "tcp-rst-timer",
	"udp-idle-timer", "check-reset-range", NULL
};

/* What a configuration may name without defining it: services that are there from
 * the factory (the default configuration of FortiOS 6.4.4). */
static const struct {
	const char *name;
	int protocol; /* -1: every one */
	uint32_t lo, hi;
} factory[] = {
	{ "ALL", -1, 0, 0 },		{ "ALL_TCP", IPPROTO_TCP, 1, 65535 },
	{ "ALL_UDP", IPPROTO_UDP, 1, 65535 }, { "ALL_ICMP", IPPROTO_ICMP, 0, UINT16_MAX },
	{ "ALL_ICMP6", IPPROTO_ICMPV6, 0, UINT16_MAX }, { "PING", IPPROTO_ICMP, 8, 8 },
	{ "PING6", IPPROTO_ICMPV6, 128, 128 },	{ "GRE", 47, 0, UINT16_MAX },
	{ "AH", 51, 0, UINT16_MAX },	{ "ESP", 50, 0, UINT16_MAX },
	{ "OSPF", 89, 0, UINT16_MAX },	{ "HTTP", IPPROTO_TCP, 80, 80 },
	{ "HTTPS", IPPROTO_TCP, 443, 443 }, { "SSH", IPPROTO_TCP, 22, 22 },
	{ "TELNET", IPPROTO_TCP, 23, 23 }, { "FTP", IPPROTO_TCP, 21, 21 },
	{ "SMTP", IPPROTO_TCP, 25, 25 }, { "SMTPS", IPPROTO_TCP, 465, 465 },
	{ "IMAP", IPPROTO_TCP, 143, 143 }, { "IMAPS", IPPROTO_TCP, 993, 993 },
	{ "POP3", IPPROTO_TCP, 110, 110 }, { "POP3S", IPPROTO_TCP, 995, 995 },
	{ "LDAP", IPPROTO_TCP, 389, 389 }, { "RDP", IPPROTO_TCP, 3389, 3389 },
	{ "SMB", IPPROTO_TCP, 445, 445 }, { "SAMBA", IPPROTO_TCP, 139, 139 },
	{ "SYSLOG", IPPROTO_UDP, 514, 514 }, { "TFTP", IPPROTO_UDP, 69, 69 },
	{ "DNS", IPPROTO_TCP, 53, 53 }, { "DNS", IPPROTO_UDP, 53, 53 },
	{ "NTP", IPPROTO_TCP, 123, 123 }, { "NTP", IPPROTO_UDP, 123, 123 },
	{ "SNMP", IPPROTO_TCP, 161, 162 }, { "SNMP", IPPROTO_UDP, 161, 162 },
};

static void service_add(struct fos *fortios, struct fos_services *out,
			const struct set *protocols, const struct set *src,
			const struct set *dst)
{
	struct fos_service service = { protocols, src ? src : fortios->full_ports,
				       dst ? dst : fortios->full_ports, true, NULL };

	vec_push(out, service);
}

static const struct set *one(struct fos *fortios, uint32_t value)
{
	return set_one(fortios->arena, value, value);
}

/* ---- ports ---- */

static bool read_port(const char **at, uint32_t *port)
{
	const char *start = *at;

	*port = 0;
	while (**at >= '0' && **at <= '9' && *at - start < 6)
		*port = *port * 10 + (uint32_t)(*(*at)++ - '0');
	return *at > start && *port <= UINT16_MAX;
}

static bool read_ports(const char **at, struct range *ports)
{
	uint32_t lo, hi;

	if (!read_port(at, &lo))
		return false;
	hi = lo;
	if (**at == '-') {
		(*at)++;
		if (!read_port(at, &hi))
			return false;
	}
	*ports = (struct range){ lo, hi };
	return lo <= hi;
}

static bool read_portrange(struct fos *fortios, const char *word, int protocol,
			   struct fos_services *out)
{
	const struct set *sources = fortios->source_ports;
	struct range dst, src;

	if (!read_ports(&word, &dst))
		return false;
	if (*word == ':') {
		word++;
		if (!read_ports(&word, &src))
			return false;
		sources = set_one(fortios->arena, src.lo, src.hi);
	}
	if (*word != '\0')
		return false;
	service_add(fortios, out, one(fortios, (uint32_t)protocol), sources,
		    set_one(fortios->arena, dst.lo, dst.hi));
	return true;
}

/* Nobody sends from port 0: from 1 on means all of them ("system global"). */
void fos_default_ports(struct fos *fortios)
{
	struct fos_table *global = fos_table_find(fortios, "", "system global");
	const char *word = global == NULL ? NULL
					  : fos_word(fortios, &global->own,
						     "default-service-source-port", NULL);
	struct range ports;

	if (word == NULL)
		return;
	if (!read_ports(&word, &ports) || *word != '\0')
		fos_unknown(fortios,
			    fos_get(fortios, &global->own, "default-service-source-port")
				    ->statement,
			    "its ports are not understood", false);
	else if (ports.lo > 1 || ports.hi < UINT16_MAX)
		fortios->source_ports = set_one(fortios->arena, ports.lo, ports.hi);
}

static bool read_transport(struct fos *fortios, struct fos_entry *entry)
{
	static const struct {
		const char *name;
		int protocol;
	} kinds[] = { { "tcp-portrange", IPPROTO_TCP },
		      { "udp-portrange", IPPROTO_UDP },
		      { "udplite-portrange", IPPROTO_UDPLITE },
		      { "sctp-portrange", IPPROTO_SCTP } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct fos_setting *s = fos_get(fortios, entry, kinds[i].name);
		for (size_t k = 0; s != NULL && k < s->count; k++)
			if (!read_portrange(fortios, s->values[k], kinds[i].protocol,
					    &entry->services))
				return false;
	}
	return entry->services.len > 0;
}

static bool read_types(struct fos *fortios, struct fos_entry *entry, uint32_t protocol)
{
	const char *type = fos_word(fortios, entry, "icmptype", NULL);
	const char *code = fos_word(fortios, entry, "icmpcode", NULL);
	const struct set *types = NULL, *codes = NULL;
	uint32_t number;

	if (type != NULL) {
		if (!fos_number(type, UINT8_MAX, &number))
			return false;
		types = one(fortios, number);
	}
	if (code != NULL) {
		if (type == NULL || !fos_number(code, UINT8_MAX, &number))
			return false;
		codes = one(fortios, number);
	}
	service_add(fortios, &entry->services, one(fortios, protocol), types, codes);
	return true;
}

/* ---- services ---- */

static bool read_custom(struct fos *fortios, struct fos_entry *entry)
{
	const char *protocol = fos_word(fortios, entry, "protocol", "TCP/UDP/SCTP");
	uint32_t number = 0;

	if (strcmp(fos_word(fortios, entry, "proxy", "disable"), "disable") != 0 ||
	    strcmp(fos_word(fortios, entry, "app-service-type", "disable"), "disable") != 0 ||
	    strcmp(fos_word(fortios, entry, "iprange", "0.0.0.0"), "0.0.0.0") != 0)
		return false;
	if (strncmp(protocol, "TCP/UDP/", 8) == 0) /* with UDP-Lite from 7.6 on */
		return read_transport(fortios, entry);
	if (strcmp(protocol, "ICMP") == 0)
		return read_types(fortios, entry, IPPROTO_ICMP);
	if (strcmp(protocol, "ICMP6") == 0)
		return read_types(fortios, entry, IPPROTO_ICMPV6);
	if (strcmp(protocol, "IP") != 0 ||
	    !fos_number(fos_word(fortios, entry, "protocol-number", "0"), UINT8_MAX,
			    &number))
		return false;
	service_add(fortios, &entry->services,
		    number == 0 ? fortios->full_protocols : one(fortios, number), NULL, NULL);
	return true;
}

static void services_anything(struct fos *fortios, struct fos_services *services)
{
	services->len = 0;
	service_add(fortios, services, fortios->full_protocols, NULL, NULL);
}

static void custom_resolve(struct fos *fortios, struct fos_entry *entry)
{
	if (entry->resolved)
		return;
	entry->resolved = true;
	if (!read_custom(fortios, entry)) {
		fos_unknown(fortios, entry->statement,
				"what it stands for cannot be told from the text", true);
		services_anything(fortios, &entry->services);
		entry->uncertain = true;
	}
	const char *helper = fos_word(fortios, entry, "helper", "auto");
	for (size_t i = 0; i < entry->services.len; i++) {
		entry->services.data[i].helped = strcmp(helper, "disable") != 0;
		if (strcmp(helper, "auto") != 0 && strcmp(helper, "disable") != 0)
			entry->services.data[i].helper =
				fos_get(fortios, entry, "helper")->statement;
	}
	if (fos_rest(fortios, entry, harmless, true))
		entry->uncertain = true;
}

static void group_resolve(struct fos *fortios, const char *vdom, struct fos_entry *entry)
{
	entry->resolving = true;
	fortios->depth++;
	fos_services_of(fortios, vdom, fos_get(fortios, entry, "member"),
			    &entry->services, &entry->uncertain);
	if (fos_is(fortios, entry, "proxy", "enable") ||
	    fos_rest(fortios, entry, harmless, true)) {
		services_anything(fortios, &entry->services);
		entry->uncertain = true;
	}
	fortios->depth--;
	entry->resolving = false;
	entry->resolved = true;
}

static bool factory_services(struct fos *fortios, const char *name,
			     struct fos_services *out)
{
	bool found = false;

	for (size_t i = 0; i < sizeof(factory) / sizeof(factory[0]); i++) {
		bool icmp = factory[i].protocol == IPPROTO_ICMP ||
			    factory[i].protocol == IPPROTO_ICMPV6;
		bool has_ports = factory[i].protocol == IPPROTO_TCP ||
				 factory[i].protocol == IPPROTO_UDP;
		const struct set *ports;
		if (strcmp(factory[i].name, name) != 0)
			continue;
		found = true;
		if (factory[i].protocol < 0) {
			service_add(fortios, out, fortios->full_protocols, NULL, NULL);
			continue;
		}
		ports = set_one(fortios->arena, factory[i].lo, factory[i].hi);
		service_add(fortios, out, one(fortios, (uint32_t)factory[i].protocol),
			    icmp ? ports : has_ports ? fortios->source_ports : NULL,
			    icmp ? NULL : ports);
	}
	return found;
}

static void services_named(struct fos *fortios, const char *vdom, const char *name,
			   const struct fos_statement *where, struct fos_services *out,
			   bool *uncertain)
{
	struct fos_entry *entry =
		fos_entry_find(fos_table_find(fortios, vdom, custom), name);

	if (entry != NULL) {
		custom_resolve(fortios, entry);
	} else {
		entry = fos_entry_find(fos_table_find(fortios, vdom, group), name);
		if (entry != NULL && !entry->resolved && !entry->resolving &&
		    fortios->depth < FOS_GROUPS_DEEP)
			group_resolve(fortios, vdom, entry);
	}
	if (entry != NULL && entry->resolved) {
		for (size_t i = 0; i < entry->services.len; i++)
			vec_push(out, entry->services.data[i]);
		*uncertain = *uncertain || entry->uncertain;
		return;
	}
	if (entry == NULL && factory_services(fortios, name, out))
		return;
	fos_unknown(fortios, where,
			entry != NULL ? "a group contains itself, or many others"
				      : "a service of that name is not defined",
			true);
	services_anything(fortios, out);
	*uncertain = true;
}

void fos_services_of(struct fos *fortios, const char *vdom,
			 const struct fos_setting *names, struct fos_services *out,
			 bool *uncertain)
{
	for (size_t i = 0; names != NULL && i < names->count; i++)
		services_named(fortios, vdom, names->values[i], names->statement, out, uncertain);
}

void fos_all_services(struct fos *fortios)
{
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		for (struct fos_entry *e = t->first; e != NULL; e = e->next) {
			if (strcmp(t->path, custom) == 0)
				custom_resolve(fortios, e);
			else if (strcmp(t->path, group) == 0 && !e->resolved)
				group_resolve(fortios, t->vdom, e);
		}
}
