/* SPDX-License-Identifier: Apache-2.0
 *
 * The conditions of an iptables rule, option by option, as matches of the chains
 * that are evaluated. One that is not understood makes its rule uncertain. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

enum { TCP = 6, UDP = 17, DCCP = 33, SCTP = 132, UDPLITE = 136 };
enum { SYN = 2 };

struct nft_match *ipt_match_new(struct ipt_rule *rule)
{
	struct nft_match *match = arena_alloc(rule->ipt->arena, sizeof(*match));

	*rule->tail = match;
	rule->tail = &match->next;
	return match;
}

void ipt_match_add(struct ipt_rule *rule, enum nft_selector selector, const struct set *set,
		   bool negated)
{
	struct nft_match *match = ipt_match_new(rule);

	match->selector[0] = selector;
	match->fields = 1;
	match->negated = negated;
	match->values = set;
}

void ipt_match_never(struct ipt_rule *rule)
{
	ipt_match_add(rule, NFT_L4PROTO, set_empty(), false);
}

static void match_number(struct ipt_rule *rule, enum nft_selector selector, uint32_t number,
			 bool negated)
{
	ipt_match_add(rule, selector, set_one(rule->ipt->arena, number, number), negated);
}

/* ---- addresses ---- */

static enum nft_selector address_selector(const struct ipt_rule *rule, bool source)
{
	if (rule->ipt->family == FAMILY_IPV4)
		return source ? NFT_IP_SADDR : NFT_IP_DADDR;
	return source ? NFT_IP6_SADDR : NFT_IP6_DADDR;
}

static enum nft_selector tracked_selector(const struct ipt_rule *rule, bool source)
{
	if (rule->ipt->family == FAMILY_IPV4)
		return source ? NFT_CT_SADDR : NFT_CT_DADDR;
	return source ? NFT_CT_SADDR6 : NFT_CT_DADDR6;
}

static void match_address(struct ipt_rule *rule, enum nft_selector selector, bool span)
{
	const struct set *set;
	const char *text = ipt_rule_word(rule);
	enum family family = rule->ipt->family;

	if (span ? ipt_value_span(rule->ipt->arena, family, text, &set) :
		   ipt_value_addresses(rule->ipt->arena, family, text, &set))
		ipt_match_add(rule, selector, set, rule->negated);
	else
		ipt_rule_uncertain(rule, "the address is not understood");
}

/* Groups are told by their address; what else an address is, the device's routes tell. */
static void match_address_type(struct ipt_rule *rule, bool source)
{
	struct arena *arena = rule->ipt->arena;
	bool four = rule->ipt->family == FAMILY_IPV4;
	const struct set *groups = four ? set_one(arena, 0xe0000000, 0xefffffff) :
					  set_one(arena, (u128)0xff << 120, ~(u128)0);

	if (strcmp(ipt_rule_word(rule), "MULTICAST") == 0)
		ipt_match_add(rule, address_selector(rule, source), groups, rule->negated);
	else
		ipt_rule_uncertain(rule, "the type depends on the device's routes");
}

/* ---- interfaces ---- */

/* `eth+` is every name that begins so, `+` every name. */
static void match_interface(struct ipt_rule *rule, enum nft_selector selector)
{
	struct nft_scan *scan = &rule->ipt->ruleset->scan;
	const char *text = ipt_rule_word(rule);
	size_t length = strlen(text);
	char name[16];

	if (length == 0 || length > 15) {
		ipt_rule_uncertain(rule, "the interface is not understood");
		return;
	}
	if (strcmp(text, "+") == 0) {
		if (rule->negated)
			ipt_match_never(rule);
		return;
	}
	if (strchr(text, '*') != NULL) { /* to iptables a sign like others */
		ipt_rule_uncertain(rule, "the interface is not understood");
		return;
	}
	memcpy(name, text, length + 1);
	if (name[length - 1] == '+')
		name[length - 1] = '*';
	uint32_t index = nft_interface(scan, name, length);
	if (index == NFT_ELSEWHERE)
		ipt_rule_uncertain(rule, "there are too many interfaces");
	else
		match_number(rule, selector, index, rule->negated);
}

/* ---- protocols and ports ---- */

static void match_protocol(struct ipt_rule *rule)
{
	uint32_t number;

	if (!ipt_value_protocol(ipt_rule_word(rule), &number)) {
		ipt_rule_uncertain(rule, "the protocol is not understood");
		return;
	}
	if (number == 0) {
		if (rule->negated)
			ipt_match_never(rule);
		return;
	}
	rule->protocol = rule->negated ? -1 : (int)number;
	match_number(rule, NFT_L4PROTO, number, rule->negated);
}

/* Ports count with the protocol that -p gives, which iptables demands. */
static bool port_selector(const struct ipt_rule *rule, bool source, enum nft_selector *out)
{
	switch (rule->protocol) {
	case TCP: *out = source ? NFT_TCP_SPORT : NFT_TCP_DPORT; return true;
	case UDP: *out = source ? NFT_UDP_SPORT : NFT_UDP_DPORT; return true;
	case SCTP: *out = source ? NFT_SCTP_SPORT : NFT_SCTP_DPORT; return true;
	case DCCP: *out = source ? NFT_DCCP_SPORT : NFT_DCCP_DPORT; return true;
	case UDPLITE: *out = source ? NFT_UDPLITE_SPORT : NFT_UDPLITE_DPORT; return true;
	default: return false;
	}
}

static void match_ports(struct ipt_rule *rule, bool source)
{
	enum nft_selector selector;
	const struct set *set;

	if (ipt_value_ports(rule->ipt->arena, ipt_rule_word(rule), &set) &&
	    port_selector(rule, source, &selector))
		ipt_match_add(rule, selector, set, rule->negated);
	else
		ipt_rule_uncertain(rule, "the ports are not understood");
}

static struct nft_set *either_set(struct ipt_rule *rule, const struct set *ports)
{
	struct arena *arena = rule->ipt->arena;
	struct nft_set *set = arena_alloc(arena, sizeof(*set));
	struct nft_row row = { .line = rule->ipt->line };
	uint32_t those[2], all[2];

	set->line = rule->ipt->line;
	set->interval = true;
	set->fields = 2;
	for (size_t i = 0; i < 2; i++) {
		set->type[i] = NFT_PORT;
		those[i] = nft_pool_set(&set->pool[i], ports);
		all[i] = nft_pool_set(&set->pool[i], set_one(arena, 0, UINT16_MAX));
	}
	for (size_t i = 0; i < 2; i++) {
		row.value[i] = those[i];
		row.value[1 - i] = all[1 - i];
		vec_push(&set->rows, row);
	}
	set->next = rule->ipt->ruleset->anonymous;
	rule->ipt->ruleset->anonymous = set;
	return set;
}

/* --ports: the source's port or the destination's. */
static void match_either_port(struct ipt_rule *rule)
{
	enum nft_selector source, destination;
	const struct set *set;

	if (!ipt_value_ports(rule->ipt->arena, ipt_rule_word(rule), &set) ||
	    !port_selector(rule, true, &source) || !port_selector(rule, false, &destination)) {
		ipt_rule_uncertain(rule, "the ports are not understood");
	} else if (rule->negated) {
		ipt_match_add(rule, source, set, true);
		ipt_match_add(rule, destination, set, true);
	} else {
		struct nft_match *match = ipt_match_new(rule);
		match->selector[0] = source;
		match->selector[1] = destination;
		match->fields = 2;
		match->set = either_set(rule, set);
	}
}

/* ---- TCP flags and ICMP ---- */

static bool flags_read(const char *text, unsigned *out)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };

	*out = 0;
	if (strcmp(text, "NONE") == 0)
		return true;
	if (strcmp(text, "ALL") == 0)
		return *out = 0x3f, true;
	if (text[0] == '0')
		return ipt_value_number(text, strlen(text), 0xff, out);
	while (*text != '\0') {
		size_t length = strcspn(text, ","), i = 0;
		while (i < 6 && (length != 3 || memcmp(text, names[i], 3) != 0))
			i++;
		if (i == 6)
			return false;
		*out |= 1u << i;
		text += length + (text[length] == ',');
	}
	return true;
}

static void match_flags(struct ipt_rule *rule, bool syn)
{
	unsigned mask = 0x17, value = SYN;
	struct nft_match *match = ipt_match_new(rule);

	match->flags = true;
	if (!syn) {
		bool known = flags_read(ipt_rule_word(rule), &mask);
		match->syn_unknown = !flags_read(ipt_rule_word(rule), &value) || !known;
	}
	match->syn_matches = ((SYN & mask) == value) != rule->negated;
}

/* Of a negated type with a code neither alone says anything. */
static void match_icmp(struct ipt_rule *rule, bool six)
{
	struct arena *arena = rule->ipt->arena;
	struct range types, codes;

	if (!ipt_value_icmp(rule->ipt->family, ipt_rule_word(rule), &types, &codes) ||
	    six != (rule->ipt->family == FAMILY_IPV6)) {
		ipt_rule_uncertain(rule, "the ICMP type is not understood");
		return;
	}
	bool all_codes = codes.lo == 0 && codes.hi == UINT8_MAX;
	if (rule->negated && !all_codes) {
		ipt_rule_uncertain(rule, "a negated ICMP code is not followed");
		return;
	}
	ipt_match_add(rule, six ? NFT_ICMP6_T : NFT_ICMP_T, set_one(arena, types.lo, types.hi),
		      rule->negated);
	if (!all_codes)
		ipt_match_add(rule, six ? NFT_ICMP6_C : NFT_ICMP_C,
			      set_one(arena, codes.lo, codes.hi), false);
}

/* ---- connection tracking ---- */

static void match_state(struct ipt_rule *rule)
{
	static const char *const names[] = { "INVALID", "ESTABLISHED", "RELATED", "NEW",
					     "UNTRACKED" };
	const struct set *set = set_empty();
	const char *text = ipt_rule_word(rule);

	while (*text != '\0') {
		size_t length = strcspn(text, ","), i = 0;
		while (i < 5 && (strlen(names[i]) != length || memcmp(text, names[i], length) != 0))
			i++;
		if (i == 5) {
			ipt_rule_uncertain(rule, "what NAT did to a packet is not followed");
			return;
		}
		set = set_union(rule->ipt->arena, set, set_one(rule->ipt->arena, i, i));
		text += length + (text[length] == ',');
	}
	ipt_match_add(rule, NFT_CT_STATE, set, rule->negated);
}

/* With --ctstate, the other options of a conntrack match do not count for packets that
 * connection tracking does not know (xt_conntrack.c, conntrack_mt). */
void ipt_match_tracking_end(struct ipt_rule *rule)
{
	bool state = false;

	for (struct nft_match *m = *rule->tracking; m != NULL; m = m->next)
		state = state || (m->fields == 1 && m->selector[0] == NFT_CT_STATE);
	for (struct nft_match *m = *rule->tracking; state && m != NULL; m = m->next)
		m->if_tracked = m->fields == 1 && m->selector[0] > NFT_CT_STATE;
	rule->tracking = rule->tail;
}

static void match_direction(struct ipt_rule *rule)
{
	const char *text = ipt_rule_word(rule);
	bool reply = strcmp(text, "REPLY") == 0;

	if (reply || strcmp(text, "ORIGINAL") == 0)
		match_number(rule, NFT_CT_DIRECTION, reply, rule->negated);
	else
		ipt_rule_uncertain(rule, "the direction is not understood");
}

static void match_tracked_protocol(struct ipt_rule *rule)
{
	uint32_t number;

	if (ipt_value_protocol(ipt_rule_word(rule), &number))
		match_number(rule, NFT_CT_PROTOCOL, number, rule->negated);
	else
		ipt_rule_uncertain(rule, "the protocol is not understood");
}

static void match_tracked_port(struct ipt_rule *rule, bool source)
{
	const struct set *set;

	if (ipt_value_ports(rule->ipt->arena, ipt_rule_word(rule), &set))
		ipt_match_add(rule, source ? NFT_CT_PROTO_SRC : NFT_CT_PROTO_DST, set,
			      rule->negated);
	else
		ipt_rule_uncertain(rule, "the ports are not understood");
}

/* ---- options ---- */

enum option {
	OPTION_PROTOCOL, OPTION_SOURCE, OPTION_DESTINATION, OPTION_IN, OPTION_OUT,
	OPTION_SPORTS, OPTION_DPORTS, OPTION_PORTS, OPTION_FLAGS, OPTION_SYN, OPTION_ICMP,
	OPTION_ICMP6, OPTION_STATE, OPTION_DIRECTION, OPTION_CT_PROTOCOL, OPTION_CT_SOURCE,
	OPTION_CT_DESTINATION, OPTION_CT_SPORT, OPTION_CT_DPORT, OPTION_SOURCE_RANGE,
	OPTION_DESTINATION_RANGE, OPTION_SOURCE_TYPE, OPTION_DESTINATION_TYPE, OPTION_SET,
	OPTION_COMMENT,
};

static const struct {
	const char *name;
	enum option option;
} options[] = {
	{ "-p", OPTION_PROTOCOL }, { "--protocol", OPTION_PROTOCOL }, { "--proto", OPTION_PROTOCOL },
	{ "-s", OPTION_SOURCE }, { "--source", OPTION_SOURCE }, { "--src", OPTION_SOURCE },
	{ "-d", OPTION_DESTINATION }, { "--destination", OPTION_DESTINATION },
	{ "--dst", OPTION_DESTINATION }, { "-i", OPTION_IN }, { "--in-interface", OPTION_IN },
	{ "-o", OPTION_OUT }, { "--out-interface", OPTION_OUT },
	{ "--sport", OPTION_SPORTS }, { "--source-port", OPTION_SPORTS },
	{ "--sports", OPTION_SPORTS }, { "--source-ports", OPTION_SPORTS },
	{ "--dport", OPTION_DPORTS }, { "--destination-port", OPTION_DPORTS },
	{ "--dports", OPTION_DPORTS }, { "--destination-ports", OPTION_DPORTS },
	{ "--ports", OPTION_PORTS }, { "--port", OPTION_PORTS }, { "--tcp-flags", OPTION_FLAGS },
	{ "--syn", OPTION_SYN }, { "--icmp-type", OPTION_ICMP }, { "--icmpv6-type", OPTION_ICMP6 },
	{ "--state", OPTION_STATE }, { "--ctstate", OPTION_STATE },
	{ "--ctdir", OPTION_DIRECTION }, { "--ctproto", OPTION_CT_PROTOCOL },
	{ "--ctorigsrc", OPTION_CT_SOURCE }, { "--ctorigdst", OPTION_CT_DESTINATION },
	{ "--ctorigsrcport", OPTION_CT_SPORT }, { "--ctorigdstport", OPTION_CT_DPORT },
	{ "--src-range", OPTION_SOURCE_RANGE }, { "--dst-range", OPTION_DESTINATION_RANGE },
	{ "--src-type", OPTION_SOURCE_TYPE }, { "--dst-type", OPTION_DESTINATION_TYPE },
	{ "--match-set", OPTION_SET }, { "--set", OPTION_SET }, { "--comment", OPTION_COMMENT },
};

static void match_set(struct ipt_rule *rule)
{
	const char *name = ipt_rule_word(rule);

	ipt_set_match(rule, name, ipt_rule_word(rule));
}

static void match_option(struct ipt_rule *rule, enum option option)
{
	switch (option) {
	case OPTION_PROTOCOL: match_protocol(rule); break;
	case OPTION_SOURCE: match_address(rule, address_selector(rule, true), false); break;
	case OPTION_DESTINATION: match_address(rule, address_selector(rule, false), false); break;
	case OPTION_IN: match_interface(rule, NFT_IIF); break;
	case OPTION_OUT: match_interface(rule, NFT_OIF); break;
	case OPTION_SPORTS: match_ports(rule, true); break;
	case OPTION_DPORTS: match_ports(rule, false); break;
	case OPTION_PORTS: match_either_port(rule); break;
	case OPTION_FLAGS: match_flags(rule, false); break;
	case OPTION_SYN: match_flags(rule, true); break;
	case OPTION_ICMP: match_icmp(rule, false); break;
	case OPTION_ICMP6: match_icmp(rule, true); break;
	case OPTION_STATE: match_state(rule); break;
	case OPTION_DIRECTION: match_direction(rule); break;
	case OPTION_CT_PROTOCOL: match_tracked_protocol(rule); break;
	case OPTION_CT_SOURCE: match_address(rule, tracked_selector(rule, true), false); break;
	case OPTION_CT_DESTINATION:
		match_address(rule, tracked_selector(rule, false), false);
		break;
	case OPTION_CT_SPORT: match_tracked_port(rule, true); break;
	case OPTION_CT_DPORT: match_tracked_port(rule, false); break;
	case OPTION_SOURCE_RANGE: match_address(rule, address_selector(rule, true), true); break;
	case OPTION_DESTINATION_RANGE:
		match_address(rule, address_selector(rule, false), true);
		break;
	case OPTION_SOURCE_TYPE: match_address_type(rule, true); break;
	case OPTION_DESTINATION_TYPE: match_address_type(rule, false); break;
	case OPTION_SET: match_set(rule); break;
	case OPTION_COMMENT: ipt_rule_word(rule); break;
	}
}

/* `--set` means one thing to -m set and others to other matches. */
bool ipt_match_read(struct ipt_rule *rule, const char *option)
{
	bool of_set = strcmp(rule->module, "set") == 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].name, option) == 0 &&
		    (options[i].option != OPTION_SET || of_set))
			return match_option(rule, options[i].option), true;
	return strcmp(rule->module, "time") == 0 && ipt_time_option(rule, option);
}
