/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of one entry of an IOS access list. The order of its parts is that of
 * the Cisco IOS Security Command Reference, `permit (IP)` and `permit (IPv6)`;
 * members of object groups carry netmasks, entries wildcards. */
#include "config.h"
#include "backends/cisco_ios.h"

#include <netinet/in.h>
#include <string.h>

/* ---- addresses ---- */

static void member(struct strbuf *text, enum family family, const struct prefix *prefix)
{
	cisco_print_prefix(text, family, prefix, prefix_print_netmask);
	strbuf_putc(text, '\n');
}

const struct cisco_group_style ios_group_style = {
	{ "object-group network", "object-group v6-network" },
	member,
};

static void print_prefix(struct strbuf *text, enum family family, const struct prefix *prefix)
{
	if (prefix->length == 0)
		strbuf_puts(text, " any");
	else
		cisco_print_prefix(text, family, prefix, prefix_print_wildcard);
}

static void print_side(struct strbuf *text, enum family family, const struct cisco_group *group,
		       const struct prefix *prefix)
{
	if (group == NULL) {
		print_prefix(text, family, prefix);
		return;
	}
	strbuf_puts(text, " object-group ");
	strbuf_puts(text, group->name);
}

/* ---- protocols and ports ---- */

static void print_protocol(struct strbuf *text, const struct cisco_ace *ace)
{
	if (ace->protocol == CISCO_IP)
		strbuf_puts(text, ace->family == FAMILY_IPV4 ? "ip" : "ipv6");
	else if (cisco_is_icmp(ace->family, ace->protocol))
		strbuf_puts(text, "icmp");
	else if (ace->protocol == IPPROTO_TCP || ace->protocol == IPPROTO_UDP)
		strbuf_puts(text, ace->protocol == IPPROTO_TCP ? "tcp" : "udp");
	else if (ace->protocol == IPPROTO_SCTP)
		strbuf_puts(text, "sctp");
	else
		strbuf_put_number(text, (uint64_t)ace->protocol);
}

static void print_port(struct strbuf *text, const struct cisco_ace *ace, struct range port)
{
	if (!cisco_has_ports(ace->protocol) || (port.lo == 0 && port.hi == CISCO_PORTS))
		return;
	strbuf_puts(text, port.lo == port.hi ? " eq " : " range ");
	strbuf_put_number(text, (uint64_t)port.lo);
	if (port.lo == port.hi)
		return;
	strbuf_putc(text, ' ');
	strbuf_put_number(text, (uint64_t)port.hi);
}

struct type_name {
	uint8_t type;
	const char *name;
};

static const struct type_name types_four[] = {
	{ 0, "echo-reply" }, { 3, "unreachable" }, { 8, "echo" }, { 11, "time-exceeded" },
	{ 12, "parameter-problem" },
};
static const struct type_name types_six[] = {
	{ 1, "unreachable" },	{ 2, "packet-too-big" }, { 3, "time-exceeded" },
	{ 4, "parameter-problem" }, { 128, "echo-request" }, { 129, "echo-reply" },
	{ 130, "mld-query" },	{ 131, "mld-report" },	 { 132, "mld-reduction" },
	{ 133, "router-solicitation" }, { 134, "router-advertisement" }, { 135, "nd-ns" },
	{ 136, "nd-na" },
};

static void print_type(struct strbuf *text, const struct cisco_ace *ace)
{
	bool four = ace->family == FAMILY_IPV4;
	const struct type_name *names = four ? types_four : types_six;
	size_t count = four ? sizeof(types_four) / sizeof(*types_four) :
			      sizeof(types_six) / sizeof(*types_six);

	if (!cisco_is_icmp(ace->family, ace->protocol) || ace->src.lo != ace->src.hi)
		return;
	bool coded = ace->dst.lo == ace->dst.hi;
	for (size_t i = 0; !coded && i < count; i++)
		if (names[i].type == ace->src.lo) {
			strbuf_putc(text, ' ');
			strbuf_puts(text, names[i].name);
			return;
		}
	strbuf_putc(text, ' ');
	strbuf_put_number(text, (uint64_t)ace->src.lo);
	if (!coded)
		return;
	strbuf_putc(text, ' ');
	strbuf_put_number(text, (uint64_t)ace->dst.lo);
}

/* ---- entries ---- */

static void print_line(struct strbuf *text, const struct cisco_ace *ace,
		       const struct prefix *source, const struct prefix *destination,
		       const char *time)
{
	if (ace->would_drop)
		strbuf_puts(text, " remark would drop:\n");
	strbuf_puts(text, ace->allow || ace->would_drop ? " permit " : " deny ");
	print_protocol(text, ace);
	print_side(text, ace->family, ace->source_group, source);
	print_port(text, ace, ace->src);
	print_side(text, ace->family, ace->destination_group, destination);
	print_port(text, ace, ace->dst);
	print_type(text, ace);
	if (ace->established)
		strbuf_puts(text, " established");
	if (time != NULL)
		strbuf_printf(text, " time-range %s", time);
	strbuf_puts(text, ace->log || ace->would_drop ? " log\n" : "\n");
}

/* A group stands for its prefixes: a side with one is written once. */
static void side_prefixes(struct prefix_list *list, const struct cisco_ace *ace,
			  const struct cisco_group *group, const struct set *set)
{
	struct prefix none = { 0, 0 };

	if (group != NULL)
		vec_push(list, none);
	else
		prefixes_add_set(list, ace->family, set);
}

void ios_print_ace(struct strbuf *text, const struct cisco_ace *ace,
		   const struct cisco_times *times)
{
	const struct cisco_time *time = &times->times.data[ace->activity];
	struct prefix_list sources = VEC_INIT, destinations = VEC_INIT;
	size_t lines = ace->activity == 0 ? 1 : time->count;

	side_prefixes(&sources, ace, ace->source_group, ace->source);
	side_prefixes(&destinations, ace, ace->destination_group, ace->destination);
	for (size_t t = 0; t < lines; t++)
		for (size_t s = 0; s < sources.len; s++)
			for (size_t d = 0; d < destinations.len; d++)
				print_line(text, ace, &sources.data[s], &destinations.data[d],
					   ace->activity == 0 ? NULL : time->names[t]);
	vec_free(&sources);
	vec_free(&destinations);
}

size_t ios_ace_size(const struct cisco_ace *ace, const struct cisco_times *times)
{
	size_t lines = ace->activity == 0 ? 1 : times->times.data[ace->activity].count;

	return lines * prefixes_count(ace->family, ace->source) *
	       prefixes_count(ace->family, ace->destination);
}
