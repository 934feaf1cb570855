/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may reach an ASA itself (Cisco ASA Series Command Reference: `ssh`, `telnet`,
 * `http`, `icmp`, `ipv6 icmp`; ASA CLI configuration guide, "Management Access" and
 * "Access Rules"). Lines of `ssh`, `telnet` and `http` say from where a service is
 * answered at all, and what they permit comes in even if the list of the control
 * plane denies it. Lines of `icmp` are a list of their own for an interface, with a
 * deny behind; a packet that one permits goes on to the list of the control plane. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

enum { TCP = 6, ICMP = 1, ICMPV6 = 58, SSH = 22, TELNET = 23, HTTPS = 443 };

static struct filter_entry manage_entry(struct cisco *cisco, const struct cisco_line *line,
					unsigned protocol)
{
	return (struct filter_entry){
		.allow = true,
		.source = address_set_all(cisco->arena),
		.destination = address_set_all(cisco->arena),
		.protocols = cisco_one(cisco, protocol, protocol),
		.src_ports = cisco->full_ports,
		.dst_ports = cisco->full_ports,
		.where = { cisco->source, line->number, 1, line->number, 1 },
	};
}

/* What is refused that no line permits. */
static struct filter_entry manage_rest(struct cisco *cisco, unsigned protocol)
{
	struct cisco_line nowhere = { .number = 0 };
	struct filter_entry rest = manage_entry(cisco, &nowhere, protocol);

	rest.allow = false;
	rest.otherwise = true;
	return rest;
}

static void manage_push(struct cisco *cisco, const struct cisco_line *line,
			enum cisco_manage_kind kind, const struct filter_entry *entry)
{
	struct cisco_manage manage = { kind, line->words[line->count - 1], *entry };

	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	vec_push(&cisco->manage, manage);
}

/* ---- lines ---- */

static bool names_an_address(struct cisco *cisco, const char *word)
{
	struct address address;

	return (word[0] >= '0' && word[0] <= '9') || strchr(word, ':') != NULL ||
	       cisco_address(cisco, word, &address);
}

/* ssh|telnet|http ADDRESS MASK INTERFACE */
static bool manage_service(struct cisco *cisco, const struct cisco_line *line)
{
	static const struct {
		const char *command;
		enum cisco_manage_kind kind;
	} services[] = { { "ssh", MANAGE_SSH }, { "telnet", MANAGE_TELNET },
			 { "http", MANAGE_HTTP } };

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		struct filter_entry entry = manage_entry(cisco, line, TCP);
		bool uncertain = false;
		size_t at = 1;
		if (!cisco_word_is(line, 0, services[i].command) || line->count < 3 ||
		    !names_an_address(cisco, line->words[1]))
			continue;
		if (!cisco_addresses(cisco, line, &at, false, FAMILY_COUNT, &entry.source,
				     &uncertain) ||
		    at + 1 != line->count)
			return false;
		manage_push(cisco, line, services[i].kind, &entry);
		return true;
	}
	return false;
}

/* icmp|ipv6 icmp permit|deny ADDRESS [TYPE] INTERFACE */
static bool manage_icmp(struct cisco *cisco, const struct cisco_line *line)
{
	bool six = cisco_word_is(line, 0, "ipv6");
	size_t at = 1 + six;
	enum family family = six ? FAMILY_IPV6 : FAMILY_IPV4;
	struct filter_entry entry = manage_entry(cisco, line, six ? ICMPV6 : ICMP);
	bool permit = cisco_word_is(line, at, "permit"), uncertain = false;
	int type, code;

	if (!cisco_word_is(line, six, "icmp") || (!permit && !cisco_word_is(line, at, "deny")))
		return false;
	at++;
	entry.allow = permit;
	if (!cisco_addresses(cisco, line, &at, false, FAMILY_COUNT, &entry.source, &uncertain))
		return false;
	entry.source.family[family == FAMILY_IPV4] = set_empty();
	if (at + 2 == line->count && cisco_icmp(family, line->words[at], &type, &code)) {
		entry.src_ports = cisco_one(cisco, (u128)type, (u128)type);
		at++;
	}
	if (at + 1 != line->count)
		return false;
	manage_push(cisco, line, six ? MANAGE_ICMP6 : MANAGE_ICMP, &entry);
	return true;
}

static bool manage_server(struct cisco *cisco, const struct cisco_line *line)
{
	uint32_t port = HTTPS;

	if (!cisco_begins(line, 0, "http server enable") || line->count > 4 ||
	    (line->count == 4 && !cisco_number(line->words[3], UINT16_MAX, &port)))
		return false;
	cisco->web_port = port;
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	return true;
}

bool cisco_manage_take(struct cisco *cisco, const struct cisco_line *line)
{
	bool lists = cisco_begins(line, 0, "icmp permit") || cisco_begins(line, 0, "icmp deny") ||
		     cisco_begins(line, 0, "ipv6 icmp");
	bool serves = (cisco_word_is(line, 0, "ssh") || cisco_word_is(line, 0, "telnet") ||
		       cisco_word_is(line, 0, "http")) &&
		      line->count > 2 && names_an_address(cisco, line->words[1]);

	if (!cisco->input->self)
		return false;
	if (manage_service(cisco, line) || manage_icmp(cisco, line) || manage_server(cisco, line))
		return true;
	if (lists || serves)
		cisco_unknown(cisco, line, "who may reach the device is not understood");
	return lists || serves;
}

/* ---- what they decide ---- */

/* Telnet is not answered at the interface of the lowest level. */
static bool telnet_refused(const struct cisco *cisco, const char *name)
{
	int mine = CISCO_LEVEL_NONE, lowest = INT32_MAX;

	for (const struct cisco_interface *i = cisco->interfaces; i != NULL; i = i->next) {
		if (i->name == NULL || i->level < 0)
			continue;
		if (strcmp(i->name, name) == 0)
			mine = i->level;
		lowest = i->level < lowest ? i->level : lowest;
	}
	return mine >= 0 && mine == lowest;
}

static void services_of(struct cisco *cisco, const char *interface, enum cisco_manage_kind kind,
			unsigned port, struct cisco_manages *out)
{
	struct filter_entry rest = manage_rest(cisco, TCP);

	for (size_t i = 0; i < cisco->manage.len; i++) {
		struct cisco_manage manage = cisco->manage.data[i];
		if (manage.kind != kind || strcmp(manage.interface, interface) != 0)
			continue;
		manage.entry.dst_ports = cisco_one(cisco, port, port);
		if (kind != MANAGE_TELNET || !telnet_refused(cisco, interface))
			vec_push(out, manage);
	}
	rest.dst_ports = cisco_one(cisco, port, port);
	struct cisco_manage refused = { kind, interface, rest };
	vec_push(out, refused);
}

void cisco_manage_services(struct cisco *cisco, const char *interface, struct cisco_manages *out)
{
	bool web = cisco->web_port != 0;

	for (size_t i = 0; i < cisco->manage.len; i++)
		web = web || cisco->manage.data[i].kind == MANAGE_HTTP;
	services_of(cisco, interface, MANAGE_SSH, SSH, out);
	services_of(cisco, interface, MANAGE_TELNET, TELNET, out);
	if (web)
		services_of(cisco, interface, MANAGE_HTTP,
			    cisco->web_port != 0 ? cisco->web_port : HTTPS, out);
}

bool cisco_manage_icmp(struct cisco *cisco, const char *interface, struct cisco_manages *out)
{
	static const enum cisco_manage_kind kinds[] = { MANAGE_ICMP, MANAGE_ICMP6 };
	bool found = false;

	for (size_t k = 0; k < 2; k++) {
		unsigned protocol = kinds[k] == MANAGE_ICMP ? ICMP : ICMPV6;
		struct cisco_manage refused = { kinds[k], interface,
						manage_rest(cisco, protocol) };
		size_t before = out->len;
		for (size_t i = 0; i < cisco->manage.len; i++)
			if (cisco->manage.data[i].kind == kinds[k] &&
			    strcmp(cisco->manage.data[i].interface, interface) == 0)
				vec_push(out, cisco->manage.data[i]);
		if (out->len > before)
			vec_push(out, refused);
		found = found || out->len > before;
	}
	return found;
}
