/* SPDX-License-Identifier: Apache-2.0
 *
 * Selectors, types and values of nftables as the reader knows them. What is
 * not in these tables is refused, never guessed. */
#include "config.h"
#include "verifier/nft.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { INTERFACES_MAX = 512 };

struct value_name {
	enum nft_type type;
	const char *name;
	uint32_t lo, hi;
};

static const struct value_name value_names[] = {
	{ NFT_PROTOCOL, "icmp", 1, 1 }, { NFT_PROTOCOL, "igmp", 2, 2 },
	{ NFT_PROTOCOL, "ipencap", 4, 4 }, { NFT_PROTOCOL, "tcp", 6, 6 },
	{ NFT_PROTOCOL, "udp", 17, 17 }, { NFT_PROTOCOL, "dccp", 33, 33 },
	{ NFT_PROTOCOL, "ipv6", 41, 41 }, { NFT_PROTOCOL, "gre", 47, 47 },
	{ NFT_PROTOCOL, "esp", 50, 50 }, { NFT_PROTOCOL, "ah", 51, 51 },
	{ NFT_PROTOCOL, "ipv6-icmp", 58, 58 }, { NFT_PROTOCOL, "icmpv6", 58, 58 },
	{ NFT_PROTOCOL, "eigrp", 88, 88 }, { NFT_PROTOCOL, "ospf", 89, 89 },
	{ NFT_PROTOCOL, "ipip", 94, 94 }, { NFT_PROTOCOL, "pim", 103, 103 },
	{ NFT_PROTOCOL, "comp", 108, 108 }, { NFT_PROTOCOL, "ipcomp", 108, 108 },
	{ NFT_PROTOCOL, "vrrp", 112, 112 }, { NFT_PROTOCOL, "l2tp", 115, 115 },
	{ NFT_PROTOCOL, "sctp", 132, 132 }, { NFT_PROTOCOL, "udplite", 136, 136 },
	{ NFT_PORT, "ssh", 22, 22 }, { NFT_PORT, "telnet", 23, 23 },
	{ NFT_PORT, "domain", 53, 53 }, { NFT_PORT, "http", 80, 80 },
	{ NFT_PORT, "ntp", 123, 123 },
	{ NFT_PORT, "ftp", 21, 21 }, { NFT_PORT, "smtp", 25, 25 },
	{ NFT_PORT, "bootps", 67, 67 }, { NFT_PORT, "bootpc", 68, 68 },
	{ NFT_PORT, "tftp", 69, 69 }, { NFT_PORT, "snmp", 161, 161 },
	{ NFT_PORT, "bgp", 179, 179 }, { NFT_PORT, "imap2", 143, 143 },
	{ NFT_PORT, "imaps", 993, 993 }, { NFT_PORT, "syslog", 514, 514 },
	{ NFT_PORT, "dhcpv6-client", 546, 546 }, { NFT_PORT, "dhcpv6-server", 547, 547 },
	{ NFT_PORT, "isakmp", 500, 500 }, { NFT_PORT, "ipsec-nat-t", 4500, 4500 }, { NFT_PORT, "https", 443, 443 },
	{ NFT_ICMP_TYPE, "echo-reply", 0, 0 },
	{ NFT_ICMP_TYPE, "destination-unreachable", 3, 3 },
	{ NFT_ICMP_TYPE, "source-quench", 4, 4 }, { NFT_ICMP_TYPE, "redirect", 5, 5 },
	{ NFT_ICMP_TYPE, "echo-request", 8, 8 },
	{ NFT_ICMP_TYPE, "router-advertisement", 9, 9 },
	{ NFT_ICMP_TYPE, "router-solicitation", 10, 10 },
	{ NFT_ICMP_TYPE, "time-exceeded", 11, 11 },
	{ NFT_ICMP_TYPE, "parameter-problem", 12, 12 },
	{ NFT_ICMP_TYPE, "timestamp-request", 13, 13 },
	{ NFT_ICMP_TYPE, "timestamp-reply", 14, 14 },
	{ NFT_ICMP_TYPE, "info-request", 15, 15 }, { NFT_ICMP_TYPE, "info-reply", 16, 16 },
	{ NFT_ICMP_TYPE, "address-mask-request", 17, 17 },
	{ NFT_ICMP_TYPE, "address-mask-reply", 18, 18 },
	{ NFT_ICMP_CODE, "net-unreachable", 0, 0 },
	{ NFT_ICMP_CODE, "host-unreachable", 1, 1 },
	{ NFT_ICMP_CODE, "prot-unreachable", 2, 2 },
	{ NFT_ICMP_CODE, "port-unreachable", 3, 3 },
	{ NFT_ICMP_CODE, "frag-needed", 4, 4 },
	{ NFT_ICMP_CODE, "net-prohibited", 9, 9 },
	{ NFT_ICMP_CODE, "host-prohibited", 10, 10 },
	{ NFT_ICMP_CODE, "admin-prohibited", 13, 13 },
	{ NFT_ICMP6_TYPE, "destination-unreachable", 1, 1 },
	{ NFT_ICMP6_TYPE, "packet-too-big", 2, 2 },
	{ NFT_ICMP6_TYPE, "time-exceeded", 3, 3 },
	{ NFT_ICMP6_TYPE, "parameter-problem", 4, 4 },
	{ NFT_ICMP6_TYPE, "echo-request", 128, 128 },
	{ NFT_ICMP6_TYPE, "echo-reply", 129, 129 },
	{ NFT_ICMP6_TYPE, "nd-router-solicit", 133, 133 },
	{ NFT_ICMP6_TYPE, "nd-router-advert", 134, 134 },
	{ NFT_ICMP6_TYPE, "nd-neighbor-solicit", 135, 135 },
	{ NFT_ICMP6_TYPE, "nd-neighbor-advert", 136, 136 },
	{ NFT_ICMP6_TYPE, "mld-listener-query", 130, 130 },
	{ NFT_ICMP6_TYPE, "mld-listener-report", 131, 131 },
	{ NFT_ICMP6_TYPE, "mld-listener-done", 132, 132 },
	{ NFT_ICMP6_TYPE, "mld-listener-reduction", 132, 132 },
	{ NFT_ICMP6_TYPE, "nd-redirect", 137, 137 },
	{ NFT_ICMP6_TYPE, "router-renumbering", 138, 138 },
	{ NFT_ICMP6_TYPE, "ind-neighbor-solicit", 141, 141 },
	{ NFT_ICMP6_TYPE, "ind-neighbor-advert", 142, 142 },
	{ NFT_ICMP6_TYPE, "mld2-listener-report", 143, 143 },
	{ NFT_ICMP6_CODE, "no-route", 0, 0 }, { NFT_ICMP6_CODE, "admin-prohibited", 1, 1 },
	{ NFT_ICMP6_CODE, "addr-unreachable", 3, 3 },
	{ NFT_ICMP6_CODE, "port-unreachable", 4, 4 },
	{ NFT_DIRECTION, "original", 0, 0 }, { NFT_DIRECTION, "reply", 1, 1 },
	{ NFT_STATE, "invalid", STATE_INVALID, STATE_INVALID },
	{ NFT_STATE, "established", STATE_ESTABLISHED, STATE_ESTABLISHED },
	{ NFT_STATE, "related", STATE_RELATED, STATE_RELATED },
	{ NFT_STATE, "new", STATE_NEW, STATE_NEW },
	{ NFT_STATE, "untracked", STATE_UNTRACKED, STATE_UNTRACKED },
	{ NFT_FAMILY, "ipv4", FAMILY_IPV4, FAMILY_IPV4 },
	{ NFT_FAMILY, "ipv6", FAMILY_IPV6, FAMILY_IPV6 },
};

struct selector_row {
	const char *text;
	enum nft_type type;
};

static const struct selector_row selectors[NFT_SELECTOR_COUNT] = {
	[NFT_IP_SADDR] = { "ip saddr", NFT_IPV4 },
	[NFT_IP_DADDR] = { "ip daddr", NFT_IPV4 },
	[NFT_IP6_SADDR] = { "ip6 saddr", NFT_IPV6 },
	[NFT_IP6_DADDR] = { "ip6 daddr", NFT_IPV6 },
	[NFT_IP_PROTOCOL] = { "ip protocol", NFT_PROTOCOL },
	[NFT_L4PROTO] = { "meta l4proto", NFT_PROTOCOL },
	[NFT_NFPROTO] = { "meta nfproto", NFT_FAMILY },
	[NFT_IIF] = { "meta iifname", NFT_INTERFACE },
	[NFT_OIF] = { "meta oifname", NFT_INTERFACE },
	[NFT_META_TIME] = { "meta time", NFT_TIME },
	[NFT_IP6_NEXTHDR] = { "ip6 nexthdr", NFT_PROTOCOL },
	[NFT_TH_SPORT] = { "th sport", NFT_PORT },
	[NFT_TH_DPORT] = { "th dport", NFT_PORT },
	[NFT_TCP_SPORT] = { "tcp sport", NFT_PORT },
	[NFT_TCP_DPORT] = { "tcp dport", NFT_PORT },
	[NFT_UDP_SPORT] = { "udp sport", NFT_PORT },
	[NFT_UDP_DPORT] = { "udp dport", NFT_PORT },
	[NFT_SCTP_SPORT] = { "sctp sport", NFT_PORT },
	[NFT_SCTP_DPORT] = { "sctp dport", NFT_PORT },
	[NFT_DCCP_SPORT] = { "dccp sport", NFT_PORT },
	[NFT_DCCP_DPORT] = { "dccp dport", NFT_PORT },
	[NFT_UDPLITE_SPORT] = { "udplite sport", NFT_PORT },
	[NFT_UDPLITE_DPORT] = { "udplite dport", NFT_PORT },
	[NFT_ICMP_T] = { "icmp type", NFT_ICMP_TYPE },
	[NFT_ICMP_C] = { "icmp code", NFT_ICMP_CODE },
	[NFT_ICMP6_T] = { "icmpv6 type", NFT_ICMP6_TYPE },
	[NFT_ICMP6_C] = { "icmpv6 code", NFT_ICMP6_CODE },
	[NFT_CT_STATE] = { "ct state", NFT_STATE },
	[NFT_CT_DIRECTION] = { "ct direction", NFT_DIRECTION },
	[NFT_CT_SADDR] = { "ct original ip saddr", NFT_IPV4 },
	[NFT_CT_DADDR] = { "ct original ip daddr", NFT_IPV4 },
	[NFT_CT_SADDR6] = { "ct original ip6 saddr", NFT_IPV6 },
	[NFT_CT_DADDR6] = { "ct original ip6 daddr", NFT_IPV6 },
	[NFT_CT_PROTOCOL] = { "ct original protocol", NFT_PROTOCOL },
	[NFT_CT_PROTO_SRC] = { "ct original proto-src", NFT_PORT },
	[NFT_CT_PROTO_DST] = { "ct original proto-dst", NFT_PORT },
	[NFT_CT_L3PROTO] = { "ct original l3proto", NFT_FAMILY },
	[NFT_RAW_DOFF] = { "@th,96,8", NFT_RAW },
	[NFT_RAW_FLAGS] = { "@th,104,8", NFT_RAW },
	[NFT_RAW_IP] = { "@nh,0,8", NFT_RAW },
	[NFT_RAW_IP6] = { "@nh,48,8", NFT_RAW },
	[NFT_RAW_UDP_LENGTH] = { "@th,32,16", NFT_RAW },
	[NFT_IP_LENGTH] = { "ip length", NFT_RAW },
	[NFT_IP6_LENGTH] = { "ip6 length", NFT_RAW },
};

static const char *const type_names[NFT_TYPE_COUNT] = {
	"ipv4_addr", "ipv6_addr", "inet_proto", "inet_service", "icmp_type", "icmp_code",
	"icmpv6_type", "icmpv6_code", "ifname", "ct_dir", "ct_state", "time", "nf_proto",
	"integer", /* of no width: nft takes it in `typeof` alone */
};

enum nft_type nft_selector_type(enum nft_selector selector)
{
	return selector >= NFT_INNER ? NFT_RAW : selectors[selector].type;
}

static bool selector_starts(const struct nft_scan *scan)
{
	static const char *const words[] = { "ip", "ip6", "meta", "th", "tcp", "udp", "sctp",
					     "dccp", "udplite", "icmp", "icmpv6", "ct" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (nft_is(scan, words[i]))
			return true;
	return false;
}

static void selector_join(struct nft_scan *scan, char *buffer, size_t size)
{
	size_t used = strlen(buffer), length = scan->token.length;

	if (scan->token.kind == TOKEN_WORD && used + length + 2 < size) {
		if (used > 0)
			buffer[used++] = ' ';
		memcpy(buffer + used, scan->token.text, length);
		buffer[used + length] = '\0';
	}
	nft_advance(scan);
}

static bool selector_find(const char *text, enum nft_selector *out)
{
	for (size_t i = 0; i < NFT_SELECTOR_COUNT; i++)
		if (strcmp(text, selectors[i].text) == 0) {
			*out = (enum nft_selector)i;
			return true;
		}
	return false;
}

/* `@ih,32,16`: bytes by where they stand. A set's name is never followed so. */
static bool selector_raw(struct nft_scan *scan, char *buffer, size_t size)
{
	static const char *const bases[] = { "@nh,", "@th,", "@ih," };
	const char *start = scan->token.text;
	size_t length = 0;

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		if ((size_t)(scan->end - start) > 4 && memcmp(start, bases[i], 4) == 0)
			length = 4;
	while (length > 0 && start + length < scan->end && length + 1 < size &&
	       ((start[length] >= '0' && start[length] <= '9') || start[length] == ','))
		length++;
	if (length == 0)
		return false;
	memcpy(buffer, start, length);
	buffer[length] = '\0';
	while (scan->token.text < start + length && scan->token.kind != TOKEN_END)
		nft_advance(scan);
	return true;
}

/* Whole bytes behind the header of TCP or UDP, as many as nft can compare at once. */
static bool selector_inner(const char *text, enum nft_selector *out)
{
	enum { BITS = 8, MOST = 16, END = 4096 };
	unsigned at, bits;
	char rest;

	if (sscanf(text, "@ih,%5u,%5u%c", &at, &bits, &rest) != 2 || at % BITS != 0 ||
	    bits % BITS != 0 || at / BITS >= END || bits == 0 || bits / BITS > MOST)
		return false;
	*out = (enum nft_selector)(NFT_INNER + at / BITS * NFT_INNER_SIZE + bits / BITS);
	return true;
}

bool nft_selector_read(struct nft_scan *scan, enum nft_selector *out)
{
	char buffer[40] = "";

	if (nft_is(scan, "@") && selector_raw(scan, buffer, sizeof(buffer)))
		return selector_inner(buffer, out) || selector_find(buffer, out);
	if (nft_is(scan, "iifname") || nft_is(scan, "oifname") || nft_is(scan, "time") ||
	    nft_is(scan, "iif") || nft_is(scan, "oif"))
		strcpy(buffer, "meta");
	else if (!selector_starts(scan))
		return false;
	bool tracked = nft_is(scan, "ct");
	selector_join(scan, buffer, sizeof(buffer));
	if (strchr(buffer, ' ') == NULL) {
		bool tuple = tracked && nft_is(scan, "original");
		selector_join(scan, buffer, sizeof(buffer));
		if (tuple && (nft_is(scan, "ip") || nft_is(scan, "ip6")))
			selector_join(scan, buffer, sizeof(buffer));
		if (tuple)
			selector_join(scan, buffer, sizeof(buffer));
	}
	/* Both directions have one protocol: listings leave the direction out. */
	if (strcmp(buffer, "ct protocol") == 0)
		strcpy(buffer, "ct original protocol");
	/* By index or by name: listings print the name. */
	if (strcmp(buffer, "meta iif") == 0 || strcmp(buffer, "meta oif") == 0)
		strcat(buffer, "name");
	return selector_find(buffer, out);
}

bool nft_type_by_name(const struct nft_scan *scan, enum nft_type *out)
{
	for (size_t i = 0; i < NFT_TYPE_COUNT; i++)
		if (nft_is(scan, type_names[i])) {
			*out = (enum nft_type)i;
			return true;
		}
	return false;
}

u128 nft_type_max(enum nft_type type)
{
	switch (type) {
	case NFT_IPV4: return UINT32_MAX;
	case NFT_IPV6: case NFT_RAW: return ~(u128)0;
	case NFT_PORT: case NFT_INTERFACE: return UINT16_MAX;
	case NFT_DIRECTION: case NFT_FAMILY: return 1;
	case NFT_STATE: return STATE_UNTRACKED;
	case NFT_TIME: return NFT_TIME_MAX;
	case NFT_NUMBER: return INT64_MAX;
	default: return UINT8_MAX;
	}
}

static bool value_number(const char *text, size_t length, u128 max, u128 *out)
{
	size_t i = 0, base = 10;
	u128 value = 0;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == length)
		return false;
	for (; i < length; i++) {
		unsigned char c = (unsigned char)text[i], lower = (unsigned char)(c | 0x20);
		unsigned digit = c >= '0' && c <= '9' ? c - '0' : 99;
		if (base == 16 && lower >= 'a' && lower <= 'f')
			digit = lower - 'a' + 10U;
		if (digit >= base)
			return false;
		if (value > (max - digit) / base)
			return false;
		value = value * base + digit;
	}
	*out = value;
	return true;
}

/* States and families by the kernel's numbers, as `nft -n` prints them; the
 * reader numbers them in its own way (linux/netfilter/nf_conntrack_common.h). */
static bool value_kernel_number(enum nft_type type, const char *text, size_t length,
				struct range *out)
{
	static const struct {
		enum nft_type type;
		uint8_t number, value;
	} numbers[] = {
		{ NFT_STATE, 1, STATE_INVALID },   { NFT_STATE, 2, STATE_ESTABLISHED },
		{ NFT_STATE, 4, STATE_RELATED },   { NFT_STATE, 8, STATE_NEW },
		{ NFT_STATE, 64, STATE_UNTRACKED }, { NFT_FAMILY, 2, FAMILY_IPV4 },
		{ NFT_FAMILY, 10, FAMILY_IPV6 },
	};
	u128 number;

	if (!value_number(text, length, UINT8_MAX, &number))
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].type == type && numbers[i].number == number) {
			*out = (struct range){ numbers[i].value, numbers[i].value };
			return true;
		}
	return false;
}

static bool value_word(enum nft_type type, const char *text, size_t length, struct range *out)
{
	for (size_t i = 0; i < sizeof(value_names) / sizeof(value_names[0]); i++) {
		const struct value_name *name = &value_names[i];
		if (name->type == type && strlen(name->name) == length &&
		    memcmp(name->name, text, length) == 0) {
			*out = (struct range){ name->lo, name->hi };
			return true;
		}
	}
	if (type == NFT_STATE || type == NFT_FAMILY)
		return value_kernel_number(type, text, length, out);
	return value_number(text, length, nft_type_max(type), &out->lo) &&
	       (out->hi = out->lo, true);
}

/* The fast way for the many addresses of large sets: a plain dotted quad. */
static bool value_quad(const char *text, size_t length, struct range *out)
{
	uint32_t value = 0, part = 0, dots = 0, digits = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '.' && digits > 0) {
			value = value << 8 | part;
			dots++;
			part = digits = 0;
		} else if (text[i] >= '0' && text[i] <= '9' && digits < 3) {
			part = part * 10 + (uint32_t)(text[i] - '0');
			digits++;
		} else {
			return false;
		}
		if (part > 255)
			return false;
	}
	out->lo = out->hi = (u128)(value << 8 | part);
	return dots == 3 && digits > 0;
}

static bool value_address(enum nft_type type, const char *text, size_t length,
			  struct range *out)
{
	struct address_range range;

	if (type == NFT_IPV4 && value_quad(text, length, out))
		return true;
	if (!address_range_parse(text, length, &range) ||
	    range.family != (type == NFT_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6))
		return false;
	*out = (struct range){ range.lo, range.hi };
	return true;
}

uint32_t nft_interface(struct nft_scan *scan, const char *name, size_t length)
{
	size_t i = NFT_NAMED;

	for (; i < scan->interfaces.len; i++)
		if (strlen(scan->interfaces.data[i]) == length &&
		    memcmp(scan->interfaces.data[i], name, length) == 0)
			return (uint32_t)i;
	if (i >= INTERFACES_MAX)
		return NFT_ELSEWHERE;
	scan->wildcards = scan->wildcards || name[length - 1] == '*';
	vec_push(&scan->interfaces, arena_strndup(scan->arena, name, length));
	return (uint32_t)i;
}

const struct set *nft_interfaces_expand(const struct nft_scan *scan, struct arena *arena,
					const struct set *set)
{
	const struct set *out = set;

	for (size_t w = NFT_NAMED; scan->wildcards && w < scan->interfaces.len; w++) {
		const char *prefix = scan->interfaces.data[w];
		size_t length = strlen(prefix) - 1;
		if (prefix[length] != '*' || !set_contains(set, w))
			continue;
		for (size_t i = NFT_NAMED; i < scan->interfaces.len; i++)
			if (strncmp(scan->interfaces.data[i], prefix, length) == 0)
				out = set_union(arena, out, set_one(arena, i, i));
	}
	return out;
}

static bool value_interface(struct nft_scan *scan, struct range *out)
{
	const char *text = scan->token.text;
	size_t length = scan->token.length;
	const char *star = length > 0 ? memchr(text, '*', length) : NULL;

	if (length == 0 || length > 15 || (star != NULL && star != text + length - 1))
		return false;
	*out = (struct range){ 0, nft_type_max(NFT_INTERFACE) };
	if (star == text)
		return true;
	out->lo = out->hi = nft_interface(scan, text, length);
	return out->lo != NFT_ELSEWHERE;
}

static bool value_span(enum nft_type type, const char *text, size_t length,
		       struct range *out)
{
	const char *dash = length > 2 ? memchr(text + 1, '-', length - 1) : NULL;
	struct range hi;

	if (value_word(type, text, length, out))
		return true;
	if (dash == NULL)
		return false;
	size_t left = (size_t)(dash - text), right = length - left - 1;
	if (!value_word(type, text, left, out) || !value_word(type, dash + 1, right, &hi))
		return false;
	out->hi = hi.hi;
	return out->lo <= out->hi;
}

/* `"2026-11-24 06:00:00"`, as a listing under TZ=UTC prints an instant. */
static bool value_date(const struct nft_scan *scan, u128 *out)
{
	struct tm tm = { 0 };
	char buffer[24];

	if (scan->token.length != 19)
		return false;
	memcpy(buffer, scan->token.text, 19);
	buffer[19] = '\0';
	char *end = strptime(buffer, "%Y-%m-%d %H:%M:%S", &tm);
	time_t instant = end != NULL && *end == '\0' ? timegm(&tm) : -1;
	*out = (u128)instant;
	return instant >= 0;
}

static bool value_seconds(struct nft_scan *scan, struct range *out)
{
	if (scan->token.kind != TOKEN_STRING)
		return value_span(NFT_NUMBER, scan->token.text, scan->token.length, out);
	if (!value_date(scan, &out->lo))
		return false;
	out->hi = out->lo;
	const char *dash = scan->next;
	if (dash + 1 >= scan->end || dash[0] != '-' || dash[1] != '"')
		return true;
	nft_advance(scan);
	nft_advance(scan);
	return value_date(scan, &out->hi) && out->lo <= out->hi;
}

static bool value_time(struct nft_scan *scan, struct range *out)
{
	if (!value_seconds(scan, out))
		return false;
	out->lo *= 2;
	out->hi *= 2;
	return true;
}

bool nft_value_read(struct nft_scan *scan, enum nft_type type, struct range *out)
{
	const char *text = scan->token.text;
	size_t length = scan->token.length;
	bool read;

	if (scan->token.kind != TOKEN_WORD && scan->token.kind != TOKEN_STRING)
		return false;
	if (type == NFT_INTERFACE)
		read = value_interface(scan, out);
	else if (type == NFT_TIME)
		read = value_time(scan, out);
	else if (nft_is(scan, "*"))
		read = (*out = (struct range){ 0, nft_type_max(type) }, true);
	else if (type == NFT_IPV4 || type == NFT_IPV6)
		read = value_address(type, text, length, out);
	else
		read = value_span(type, text, length, out);
	if (read)
		nft_advance(scan);
	return read;
}
