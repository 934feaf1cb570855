/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of a filter's entry as conditions of iptables: as few as it can say. */
#include "config.h"
#include "backends/iptables.h"

#include <time.h>

#include "backends/prefixes.h"
#include "backends/schedule.h"

enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, ICMPV6 = 58, SCTP = 132, UDPLITE = 136 };
enum { MULTIPORT = 15, DAY_MINUTES = 1440, WEEK_DAYS = 7 };

/* ---- addresses ---- */

static const char *address_condition(struct iptables *ipt, bool source, struct range range)
{
	struct address_range part = { range.lo, range.hi, ipt->family };
	char text[ADDRESS_RANGE_TEXT];

	address_range_print(&part, text);
	if (address_range_prefix(&part) >= 0)
		return arena_printf(ipt->arena, " -%c %s", source ? 's' : 'd', text);
	return arena_printf(ipt->arena, " -m iprange --%s-range %s", source ? "src" : "dst", text);
}

/* A range that is no prefix stays one condition. */
void iptables_addresses(struct iptables *ipt, struct ipt_conditions *out, bool source,
			const struct set *set)
{
	if (set_covers_range(set, 0, address_max(ipt->family))) {
		vec_push(out, "");
		return;
	}
	for (size_t i = 0; i < set->len; i++)
		vec_push(out, address_condition(ipt, source, set->range[i]));
}

/* ---- ports ---- */

static const char *protocol_name(uint32_t number)
{
	switch (number) {
	case TCP: return "tcp";
	case UDP: return "udp";
	case DCCP: return "dccp";
	case SCTP: return "sctp";
	case UDPLITE: return "udplite";
	default: return NULL;
	}
}

static void print_port(struct strbuf *text, struct range range)
{
	strbuf_printf(text, "%u", (unsigned)range.lo);
	if (range.lo != range.hi)
		strbuf_printf(text, ":%u", (unsigned)range.hi);
}

/* As many ports from *at on as one condition takes; a range counts twice. */
static const char *port_condition(struct iptables *ipt, const struct set *set, size_t *at,
				  bool source)
{
	struct strbuf text = STRBUF_INIT;
	char side = source ? 's' : 'd';
	size_t room = MULTIPORT;

	if (set->len == 1) {
		strbuf_printf(&text, " --%cport ", side);
		print_port(&text, set->range[(*at)++]);
	} else {
		strbuf_printf(&text, " -m multiport --%cports ", side);
		for (bool first = true; *at < set->len; first = false) {
			size_t takes = set->range[*at].lo == set->range[*at].hi ? 1 : 2;
			if (takes > room)
				break;
			room -= takes;
			strbuf_puts(&text, first ? "" : ",");
			print_port(&text, set->range[(*at)++]);
		}
	}
	const char *condition = arena_strdup(ipt->arena, strbuf_text(&text));
	strbuf_release(&text);
	return condition;
}

static void port_conditions(struct iptables *ipt, struct ipt_conditions *out,
			    const struct set *set, bool source)
{
	if (set_covers_range(set, 0, UINT16_MAX))
		vec_push(out, "");
	else
		for (size_t at = 0; at < set->len;)
			vec_push(out, port_condition(ipt, set, &at, source));
}

/* -p gives the options of one port their meaning, so they stand right behind it. */
static void service_ports(struct iptables *ipt, struct ipt_conditions *out, uint32_t protocol,
			  const struct filter_entry *entry)
{
	struct ipt_conditions sources = VEC_INIT, destinations = VEC_INIT;
	const char *name = protocol_name(protocol);

	port_conditions(ipt, &sources, entry->src_ports, true);
	port_conditions(ipt, &destinations, entry->dst_ports, false);
	bool swapped = entry->src_ports->len > 1;
	for (size_t i = 0; i < sources.len; i++)
		for (size_t k = 0; k < destinations.len; k++)
			vec_push(out, arena_printf(ipt->arena, " -p %s -m %s%s%s", name, name,
						   swapped ? destinations.data[k] : sources.data[i],
						   swapped ? sources.data[i] :
							     destinations.data[k]));
	vec_free(&sources);
	vec_free(&destinations);
}

/* ---- ICMP ---- */

static void iptables_cannot(struct iptables *ipt, const struct filter_entry *entry,
			    const char *what)
{
	struct span where = entry->rule_count > 0 ? entry->rules[0]->where : (struct span){ 0 };
	struct diag *diag = diag_add(ipt->diags, FINDING_UNSUPPORTED_DEVICE, where,
				     "device %s: iptables cannot tell %s from other packets",
				     ipt->filter->device, what);

	diag->subject = ipt->filter->device;
	ipt->fine = false;
}

static void icmp_type(struct iptables *ipt, struct ipt_conditions *out, uint32_t type,
		      const struct set *codes)
{
	const char *option = ipt->family == FAMILY_IPV4 ? "icmp --icmp-type" :
							  "icmp6 --icmpv6-type";
	const char *name = iptables_icmp(ipt);

	if (set_covers_range(codes, 0, UINT8_MAX)) {
		vec_push(out, arena_printf(ipt->arena, " -p %s -m %s %u", name, option, type));
		return;
	}
	for (size_t i = 0; i < codes->len; i++)
		for (u128 code = codes->range[i].lo;
		     code <= codes->range[i].hi && code <= UINT8_MAX; code++)
			vec_push(out, arena_printf(ipt->arena, " -p %s -m %s %u/%u", name, option,
						   type, (unsigned)code));
}

/* To the kernel, type 255 of ICMP stands for every type. */
static void service_icmp(struct iptables *ipt, struct ipt_conditions *out, uint32_t protocol,
			 const struct filter_entry *entry)
{
	const struct set *types = entry->src_ports;

	if ((protocol == ICMP) != (ipt->family == FAMILY_IPV4))
		return; /* no such packet starts a flow */
	if (ipt->family == FAMILY_IPV4 && set_contains(types, UINT8_MAX)) {
		iptables_cannot(ipt, entry, "ICMP of type 255");
		return;
	}
	for (size_t i = 0; i < types->len; i++)
		for (u128 type = types->range[i].lo;
		     type <= types->range[i].hi && type <= UINT8_MAX; type++)
			icmp_type(ipt, out, (uint32_t)type, entry->dst_ports);
}

/* ---- services ---- */

static bool is_icmp(uint32_t protocol)
{
	return protocol == ICMP || protocol == ICMPV6;
}

/* -p 0 is every protocol; connection tracking knows the one of that number. */
static const char *protocol_condition(struct iptables *ipt, uint32_t protocol)
{
	if (protocol == 0)
		return " -m conntrack --ctproto 0";
	const char *name = protocol_name(protocol);
	if (name != NULL)
		return arena_printf(ipt->arena, " -p %s", name);
	return arena_printf(ipt->arena, " -p %u", protocol);
}

static void service_protocol(struct iptables *ipt, struct ipt_conditions *out, uint32_t protocol,
			     const struct filter_entry *entry)
{
	u128 most = is_icmp(protocol) ? UINT8_MAX : UINT16_MAX;

	if (set_covers_range(entry->src_ports, 0, most) &&
	    set_covers_range(entry->dst_ports, 0, most))
		vec_push(out, protocol_condition(ipt, protocol));
	else if (is_icmp(protocol))
		service_icmp(ipt, out, protocol, entry);
	else if (protocol_name(protocol) != NULL)
		service_ports(ipt, out, protocol, entry);
	else
		iptables_cannot(ipt, entry, "ports of a protocol that has none");
}

void iptables_services(struct iptables *ipt, struct ipt_conditions *out,
		       const struct filter_entry *entry)
{
	const struct set *all = set_one(ipt->arena, 0, UINT8_MAX);
	const struct set *others = set_subtract(ipt->arena, all, entry->protocols);
	bool plain = set_covers_range(entry->src_ports, 0, UINT16_MAX) &&
		     set_covers_range(entry->dst_ports, 0, UINT16_MAX);

	if (plain && set_is_empty(others)) {
		vec_push(out, "");
	} else if (plain && set_size(others) == 1 && set_min(others) != 0) {
		vec_push(out, arena_printf(ipt->arena, " ! -p %u", (unsigned)set_min(others)));
	} else {
		for (size_t i = 0; i < entry->protocols->len; i++)
			for (u128 p = entry->protocols->range[i].lo;
			     p <= entry->protocols->range[i].hi && p <= UINT8_MAX; p++)
				service_protocol(ipt, out, (uint32_t)p, entry);
	}
}

/* ---- times ---- */

static void print_date(struct strbuf *text, const char *option, int64_t instant)
{
	char date[32];
	time_t seconds = instant;
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	strbuf_printf(text, " --%s %s", option, date);
}

static void print_dates(struct strbuf *text, const struct schedule_piece *piece)
{
	if (piece->start != INSTANT_ALWAYS)
		print_date(text, "datestart", piece->start);
	if (piece->end != INSTANT_NEVER)
		print_date(text, "datestop", piece->end - 1);
}

static uint32_t stretch_from(const struct schedule_stretch *stretch)
{
	return stretch->start % DAY_MINUTES;
}

static uint32_t stretch_length(const struct schedule_stretch *stretch)
{
	return stretch->end - stretch->start;
}

/* The stretches of a piece at the same hours of other days than the first of them. */
static void print_stretches(struct strbuf *text, const struct schedule_piece *piece, size_t first)
{
	static const char *const days[WEEK_DAYS] = { "Mon", "Tue", "Wed", "Thu",
						     "Fri", "Sat", "Sun" };
	const struct schedule_stretch *one = &piece->stretches[first];
	uint32_t from = stretch_from(one), last = from + stretch_length(one) - 1;

	strbuf_printf(text, " --timestart %02u:%02u:00 --timestop %02u:%02u:59 --weekdays ",
		      from / 60, from % 60, last / 60, last % 60);
	for (size_t i = first; i < piece->stretch_count; i++) {
		const struct schedule_stretch *other = &piece->stretches[i];
		if (stretch_from(other) == from && stretch_length(other) == stretch_length(one))
			strbuf_printf(text, "%s%s", i > first ? "," : "",
				      days[other->start / DAY_MINUTES % WEEK_DAYS]);
	}
}

static bool stretch_is_first(const struct schedule_piece *piece, size_t at)
{
	const struct schedule_stretch *one = &piece->stretches[at];

	for (size_t i = 0; i < at; i++)
		if (stretch_from(&piece->stretches[i]) == stretch_from(one) &&
		    stretch_length(&piece->stretches[i]) == stretch_length(one))
			return false;
	return true;
}

static void time_piece(struct iptables *ipt, struct ipt_conditions *out,
		       const struct schedule_piece *piece)
{
	bool bounded = piece->start != INSTANT_ALWAYS || piece->end != INSTANT_NEVER;

	for (size_t i = 0; i < piece->stretch_count || i == 0; i++) {
		struct strbuf text = STRBUF_INIT;
		bool weekly = piece->stretch_count > 0;
		if (weekly && !stretch_is_first(piece, i))
			continue;
		if (weekly || bounded)
			strbuf_puts(&text, " -m time");
		print_dates(&text, piece);
		if (weekly)
			print_stretches(&text, piece, i);
		vec_push(out, arena_strdup(ipt->arena, strbuf_text(&text)));
		strbuf_release(&text);
	}
}

void iptables_times(struct iptables *ipt, struct ipt_conditions *out, uint32_t activity)
{
	const struct filter *filter = ipt->filter;

	if (activity == 0) {
		vec_push(out, "");
		return;
	}
	struct schedule schedule = schedule_find(ipt->arena, filter->activities[activity].windows,
						 filter->at, filter->horizon, NULL);
	for (size_t i = 0; i < schedule.piece_count; i++)
		time_piece(ipt, out, &schedule.pieces[i]);
}
