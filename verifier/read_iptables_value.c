/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of iptables options. What is not understood is refused, never guessed. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

enum { RANGES_MAX = 4096 }; /* of one mask: more make every comparison slow */

VEC_TYPE(range_list, struct range);

bool ipt_value_number(const char *text, size_t length, uint32_t max, uint32_t *out)
{
	bool hex = length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
	uint64_t value = 0;

	if (length == 0)
		return false;
	for (size_t i = hex ? 2 : 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i], lower = (unsigned char)(c | 0x20);
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : 99U;
		if (hex && lower >= 'a' && lower <= 'f')
			digit = lower - 'a' + 10U;
		if (digit >= (hex ? 16U : 10U))
			return false;
		value = value * (hex ? 16 : 10) + digit;
		if (value > max)
			return false;
	}
	*out = (uint32_t)value;
	return true;
}

/* ---- addresses ---- */

/* All addresses that agree with `value` in the bits of `mask`: one range for every
 * combination of the free bits above the lowest run of them. */
static bool masked_ranges(struct range_list *out, u128 value, u128 mask, u128 all)
{
	u128 low = 0, gaps;

	while ((low & all) != all && (mask & (low + 1)) == 0)
		low = low << 1 | 1;
	gaps = all & ~mask & ~low;
	value &= mask;
	for (u128 part = 0;; part = (part - gaps) & gaps) {
		struct range range = { value | part, value | part | low };
		vec_push(out, range);
		if (part == gaps)
			return true;
		if (out->len >= RANGES_MAX)
			return false;
	}
}

static bool one_address(struct range_list *out, enum family family, const char *text,
			size_t length)
{
	const char *slash = memchr(text, '/', length);
	size_t head = slash != NULL ? (size_t)(slash - text) : length;
	u128 all = address_max(family), mask = all;
	struct address address, netmask;
	uint32_t bits;

	if (!address_parse(text, head, &address) || address.family != family)
		return false;
	if (slash != NULL) {
		size_t rest = length - head - 1;
		if (ipt_value_number(slash + 1, rest, address_bits(family), &bits))
			mask = bits == 0 ? 0 : all << (address_bits(family) - bits) & all;
		else if (address_parse(slash + 1, rest, &netmask) && netmask.family == family)
			mask = netmask.value;
		else
			return false;
	}
	return masked_ranges(out, address.value, mask, all);
}

bool ipt_value_addresses(struct arena *arena, enum family family, const char *text,
			 const struct set **out)
{
	struct range_list ranges = VEC_INIT;
	bool fine = *text != '\0';

	while (fine && *text != '\0') {
		size_t length = strcspn(text, ",");
		fine = one_address(&ranges, family, text, length);
		text += length + (text[length] == ',');
	}
	if (fine)
		*out = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return fine;
}

bool ipt_value_span(struct arena *arena, enum family family, const char *text,
		    const struct set **out)
{
	const char *dash = strchr(text, '-');
	size_t length = strlen(text), head = dash != NULL ? (size_t)(dash - text) : length;
	struct address low, high;

	if (!address_parse(text, head, &low) || low.family != family)
		return false;
	high = low;
	if (dash != NULL && (!address_parse(dash + 1, length - head - 1, &high) ||
			     high.family != family || high.value < low.value))
		return false;
	*out = set_one(arena, low.value, high.value);
	return true;
}

/* ---- ports and protocols ---- */

struct ipt_name {
	const char *name;
	uint8_t number;
};

/* Well-known services as /etc/services names them. */
static const struct {
	const char *name;
	uint16_t number;
} port_names[] = {
	{ "ftp-data", 20 }, { "ftp", 21 }, { "ssh", 22 }, { "telnet", 23 }, { "smtp", 25 },
	{ "domain", 53 }, { "bootps", 67 }, { "bootpc", 68 }, { "tftp", 69 }, { "http", 80 },
	{ "www", 80 }, { "kerberos", 88 }, { "pop3", 110 }, { "sunrpc", 111 }, { "ntp", 123 },
	{ "netbios-ns", 137 }, { "netbios-dgm", 138 }, { "netbios-ssn", 139 }, { "imap", 143 },
	{ "imap2", 143 }, { "snmp", 161 }, { "snmp-trap", 162 }, { "bgp", 179 }, { "ldap", 389 },
	{ "https", 443 }, { "microsoft-ds", 445 }, { "isakmp", 500 }, { "syslog", 514 },
	{ "dhcpv6-client", 546 }, { "dhcpv6-server", 547 }, { "ldaps", 636 }, { "imaps", 993 },
	{ "pop3s", 995 },
};

static const struct ipt_name protocol_names[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipencap", 4 }, { "tcp", 6 }, { "udp", 17 },
	{ "dccp", 33 }, { "ipv6", 41 }, { "gre", 47 }, { "esp", 50 }, { "ipv6-crypt", 50 },
	{ "ah", 51 }, { "ipv6-auth", 51 }, { "ipv6-icmp", 58 }, { "icmpv6", 58 },
	{ "icmp6", 58 }, { "eigrp", 88 }, { "ospf", 89 }, { "ospfigp", 89 }, { "ipip", 94 },
	{ "pim", 103 }, { "ipcomp", 108 }, { "vrrp", 112 }, { "l2tp", 115 }, { "sctp", 132 },
	{ "udplite", 136 },
};

static bool one_port(const char *text, size_t length, uint32_t *out)
{
	for (size_t i = 0; i < sizeof(port_names) / sizeof(port_names[0]); i++)
		if (strlen(port_names[i].name) == length &&
		    memcmp(port_names[i].name, text, length) == 0)
			return *out = port_names[i].number, true;
	return ipt_value_number(text, length, UINT16_MAX, out);
}

static bool port_range(const char *text, size_t length, struct range *out)
{
	const char *colon = memchr(text, ':', length);
	size_t head = colon != NULL ? (size_t)(colon - text) : length;
	uint32_t low = 0, high = UINT16_MAX;

	if ((head > 0 || colon == NULL) && !one_port(text, head, &low))
		return false;
	if (colon == NULL)
		high = low;
	else if (length > head + 1 && !one_port(colon + 1, length - head - 1, &high))
		return false;
	*out = (struct range){ low, high };
	return low <= high;
}

bool ipt_value_ports(struct arena *arena, const char *text, const struct set **out)
{
	struct range_list ranges = VEC_INIT;
	struct range range;
	bool fine = *text != '\0';

	while (fine && *text != '\0') {
		size_t length = strcspn(text, ",");
		fine = port_range(text, length, &range);
		if (fine)
			vec_push(&ranges, range);
		text += length + (text[length] == ',');
	}
	if (fine)
		*out = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return fine;
}

bool ipt_value_protocol(const char *text, uint32_t *out)
{
	for (size_t i = 0; i < sizeof(protocol_names) / sizeof(protocol_names[0]); i++)
		if (strcmp(protocol_names[i].name, text) == 0)
			return *out = protocol_names[i].number, true;
	if (strcmp(text, "all") == 0)
		return *out = 0, true;
	return ipt_value_number(text, strlen(text), UINT8_MAX, out);
}

/* ---- ICMP ---- */

struct icmp_name {
	const char *name;
	uint8_t type;
	int16_t code; /* -1: all */
};

static const struct icmp_name icmp_names[] = {
	{ "echo-reply", 0, -1 }, { "pong", 0, -1 }, { "destination-unreachable", 3, -1 },
	{ "network-unreachable", 3, 0 }, { "host-unreachable", 3, 1 },
	{ "protocol-unreachable", 3, 2 }, { "port-unreachable", 3, 3 },
	{ "fragmentation-needed", 3, 4 }, { "source-route-failed", 3, 5 },
	{ "network-prohibited", 3, 9 }, { "host-prohibited", 3, 10 },
	{ "communication-prohibited", 3, 13 }, { "source-quench", 4, -1 }, { "redirect", 5, -1 },
	{ "echo-request", 8, -1 }, { "ping", 8, -1 }, { "router-advertisement", 9, -1 },
	{ "router-solicitation", 10, -1 }, { "time-exceeded", 11, -1 },
	{ "ttl-exceeded", 11, -1 }, { "ttl-zero-during-transit", 11, 0 },
	{ "ttl-zero-during-reassembly", 11, 1 }, { "parameter-problem", 12, -1 },
	{ "timestamp-request", 13, -1 }, { "timestamp-reply", 14, -1 },
	{ "address-mask-request", 17, -1 }, { "address-mask-reply", 18, -1 },
};

static const struct icmp_name icmp6_names[] = {
	{ "destination-unreachable", 1, -1 }, { "no-route", 1, 0 },
	{ "communication-prohibited", 1, 1 }, { "address-unreachable", 1, 3 },
	{ "port-unreachable", 1, 4 }, { "packet-too-big", 2, -1 }, { "time-exceeded", 3, -1 },
	{ "ttl-exceeded", 3, -1 }, { "parameter-problem", 4, -1 }, { "bad-header", 4, 0 },
	{ "echo-request", 128, -1 }, { "ping", 128, -1 }, { "echo-reply", 129, -1 },
	{ "pong", 129, -1 }, { "router-solicitation", 133, -1 },
	{ "router-advertisement", 134, -1 }, { "neighbour-solicitation", 135, -1 },
	{ "neighbor-solicitation", 135, -1 }, { "neighbour-advertisement", 136, -1 },
	{ "neighbor-advertisement", 136, -1 }, { "redirect", 137, -1 },
};

static bool icmp_by_name(const struct icmp_name *names, size_t count, const char *text,
			 struct range *types, struct range *codes)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i].name, text) != 0)
			continue;
		*types = (struct range){ names[i].type, names[i].type };
		if (names[i].code >= 0)
			*codes = (struct range){ (u128)names[i].code, (u128)names[i].code };
		return true;
	}
	return false;
}

/* To the kernel, type 255 of ICMP is every type. */
bool ipt_value_icmp(enum family family, const char *text, struct range *types,
		    struct range *codes)
{
	size_t length = strlen(text), head = strcspn(text, "/");
	bool six = family == FAMILY_IPV6;
	uint32_t type, code;

	*types = *codes = (struct range){ 0, UINT8_MAX };
	if (!six && strcmp(text, "any") == 0)
		return true;
	if (icmp_by_name(six ? icmp6_names : icmp_names,
			 six ? sizeof(icmp6_names) / sizeof(icmp6_names[0]) :
			       sizeof(icmp_names) / sizeof(icmp_names[0]),
			 text, types, codes))
		return true;
	if (!ipt_value_number(text, head, UINT8_MAX, &type))
		return false;
	if (six || type != UINT8_MAX)
		*types = (struct range){ type, type };
	if (head == length)
		return true;
	if (!ipt_value_number(text + head + 1, length - head - 1, UINT8_MAX, &code))
		return false;
	*codes = (struct range){ code, code };
	return true;
}
