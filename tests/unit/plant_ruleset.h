/* SPDX-License-Identifier: Apache-2.0
 *
 * A small random plant as two independent values: a filter, and nftables text
 * that means it. What the reader and the prover are tested with. */
#ifndef TESTS_UNIT_PLANT_RULESET_H
#define TESTS_UNIT_PLANT_RULESET_H

#include <stdio.h>

#include "base/strbuf.h"
#include "compiler/filter.h"

enum { PLANT_RULES = 6, PLANT_AT = 1700000000, PLANT_HORIZON = 1734560000 };

static unsigned plant_random(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

struct plant_rule {
	unsigned source, destination, port, protocol;
};

static void plant_rules(struct plant_rule *rules, unsigned seed)
{
	for (unsigned i = 0; i < PLANT_RULES; i++)
		rules[i] = (struct plant_rule){
			10 + i * 16 + plant_random(&seed, 8), 20 + plant_random(&seed, 200),
			100 + plant_random(&seed, 60000),
			i < 2 || plant_random(&seed, 2) ? 6 : 17,
		};
}

static struct filter_entry plant_entry(struct arena *arena, enum family family, u128 source,
				       u128 destination, unsigned protocol, struct range sports,
				       struct range dports)
{
	struct filter_entry entry = { .allow = true, .source = address_set_empty(),
				      .destination = address_set_empty() };

	entry.source.family[family] = set_one(arena, source, source);
	entry.destination.family[family] = set_one(arena, destination, destination);
	entry.protocols = set_one(arena, protocol, protocol);
	entry.src_ports = set_one(arena, sports.lo, sports.hi);
	entry.dst_ports = set_one(arena, dports.lo, dports.hi);
	return entry;
}

static void plant_filter(struct filter *filter, struct arena *arena,
			 const struct plant_rule *rules)
{
	struct range all = { 0, 65535 };
	struct filter_pair *pair = arena_alloc(arena, sizeof(*pair));
	struct filter_entry *out = arena_array(arena, PLANT_RULES + 4, sizeof(*out));
	u128 six = (u128)0x20010db8u << 96;
	size_t n = 0;

	for (size_t i = 0; i < PLANT_RULES; i++)
		out[n++] = plant_entry(arena, FAMILY_IPV4, 0x0a1e0000u + rules[i].source,
				       0x0a140000u + rules[i].destination, rules[i].protocol,
				       (struct range){ 1024, 65535 },
				       (struct range){ rules[i].port, rules[i].port + 1 });
	out[n++] = plant_entry(arena, FAMILY_IPV6, six + 1, six + 2, 6, all,
			       (struct range){ 443, 443 });
	out[n] = plant_entry(arena, FAMILY_IPV4, 0, 0, 6, all, (struct range){ 22, 22 });
	out[n].source.family[0] = set_one(arena, 0x0a1e0100u, 0x0a1e01ffu);
	out[n].destination.family[0] = set_one(arena, 0x0a140001u, 0x0a140001u);
	out[n++].activity = 1;
	out[n++] = plant_entry(arena, FAMILY_IPV4, 0x0a1e0001u, 0x0a140001u, 1,
			       (struct range){ 8, 8 }, (struct range){ 0, 255 });
	*pair = (struct filter_pair){ .in = "eth0", .out = "eth1", .entries = out,
				      .entry_count = n };
	struct filter_activity *activities = arena_array(arena, 2, sizeof(*activities));
	activities[0].windows = set_one(arena, PLANT_AT, PLANT_HORIZON - 1);
	activities[1].windows = set_one(arena, 1710000000, 1710003599);
	*filter = (struct filter){ .pairs = pair, .pair_count = 1, .activities = activities,
				   .activity_count = 2, .at = PLANT_AT,
				   .horizon = PLANT_HORIZON, .returns_pass = true };
}

static void plant_set(struct strbuf *text, const struct plant_rule *rules)
{
	strbuf_puts(text, "	set v4 {\n		typeof ip saddr . ip daddr . meta l4proto"
			  " . th sport . th dport\n		flags interval\n		counter\n"
			  "		elements = {\n");
	for (size_t i = 0; i < PLANT_RULES; i++)
		strbuf_printf(text, "			10.30.0.%u . 10.20.0.%u . %s . "
				    "1024-65535 . %u-%u comment \"rule-%zu\",\n",
			      rules[i].source, rules[i].destination,
			      rules[i].protocol == 6 ? "tcp" : "udp", rules[i].port,
			      rules[i].port + 1, i);
	strbuf_puts(text, "		}\n	}\n");
}

static const char plant_rest[] =
	"	set timed {\n		typeof ip saddr . ip daddr . meta l4proto . th sport . "
	"th dport\n		flags interval\n		elements = { 10.30.1.0/24 . "
	"10.20.0.1 . tcp . 0-65535 . 22 }\n	}\n"
	"	set window {\n		typeof meta time\n		flags interval\n"
	"		elements = { 1710000000-1710003600 }\n	}\n"
	"	set v6 {\n		typeof ip6 saddr . ip6 daddr . meta l4proto . th sport . "
	"th dport\n		flags interval\n		elements = { 2001:db8::1 . 2001:db8::2 . "
	"tcp . 0-65535 . 443 }\n	}\n"
	"	set ping {\n		typeof ip saddr . ip daddr . icmp type . icmp code\n"
	"		flags interval\n		elements = { 10.30.0.1 . 10.20.0.1 . "
	"echo-request . 0-255 }\n	}\n"
	"	set pong {\n		typeof ip saddr . ip daddr . icmp type . icmp code\n"
	"		flags interval\n		elements = { 10.30.0.1 . 10.20.0.1 . "
	"echo-reply . 0-255 }\n	}\n"
	"	chain forth {\n"
	"		ip saddr . ip daddr . meta l4proto . th sport . th dport @v4 accept\n"
	"		meta time @window ip saddr . ip daddr . meta l4proto . th sport . "
	"th dport @timed accept\n"
	"		ip6 saddr . ip6 daddr . meta l4proto . th sport . th dport @v6 accept\n"
	"		ip saddr . ip daddr . icmp type . icmp code @ping accept\n	}\n"
	"	chain back {\n"
	"		ip daddr . ip saddr . meta l4proto . th dport . th sport @v4 accept\n"
	"		meta time @window ip daddr . ip saddr . meta l4proto . th dport . "
	"th sport @timed accept\n"
	"		ip6 daddr . ip6 saddr . meta l4proto . th dport . th sport @v6 accept\n"
	"		ip daddr . ip saddr . icmp type . icmp code @pong accept\n	}\n"
	"	chain quoted {\n"
	"		meta l4proto icmp ct original ip saddr . ct original ip daddr . "
	"ct original protocol . "
	"ct original proto-src . ct original proto-dst @v4 accept\n"
	"		meta l4proto icmp meta time @window ct original ip saddr . "
	"ct original ip daddr . "
	"ct original protocol . ct original proto-src . ct original proto-dst @timed accept\n"
	"		meta l4proto ipv6-icmp ct original ip6 saddr . ct original ip6 daddr . "
	"ct original protocol . "
	"ct original proto-src . ct original proto-dst @v6 accept\n"
	"		meta l4proto icmp ct original ip saddr 10.30.0.1 ct original ip daddr 10.20.0.1 "
	"ct original protocol icmp ct original proto-dst 2048-2303 accept\n	}\n"
	"	map pairs {\n		typeof ct direction . iifname . oifname : verdict\n"
	"		elements = { original . \"eth0\" . \"eth1\" : goto forth, "
	"reply . \"eth1\" . \"eth0\" : goto back }\n	}\n"
	"	map errors {\n		typeof ct direction . iifname . oifname : verdict\n"
	"		elements = { original . \"eth0\" . \"eth1\" : goto quoted, "
	"reply . \"eth1\" . \"eth0\" : goto quoted }\n	}\n"
	"	chain errors_only {\n		meta l4proto { icmp, ipv6-icmp } "
	"ct direction . iifname . oifname vmap @errors\n	}\n"
	"	chain forward {\n		type filter hook forward priority filter; policy drop;\n"
	"		ct state related jump errors_only\n"
	"		ct state { new, established } ct direction . iifname . oifname vmap "
	"@pairs\n"
	"		limit rate 5/second log prefix \"cordon drop \"\n"
	"		drop\n	}\n}\n";

static void plant_text(struct strbuf *text, const struct plant_rule *rules)
{
	strbuf_puts(text, "table inet plant\ndelete table inet plant\ntable inet plant {\n");
	plant_set(text, rules);
	strbuf_puts(text, plant_rest);
}

#endif
