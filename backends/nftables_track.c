/* SPDX-License-Identifier: Apache-2.0
 *
 * The table for the first load on a running plant. While it is loaded, packets
 * from servers to clients are not tracked, so that connection tracking picks up
 * conversations older than the ruleset by a packet of their client. It drops
 * nothing, and loading the ruleset removes it. */
#include "config.h"
#include "backends/nftables.h"

static void track_group(struct strbuf *text, const struct filter_pair *pair,
			const struct nftables_group *group)
{
	const char *ip = group->family == FAMILY_IPV4 ? "ip" : "ip6";

	strbuf_printf(text,
		      "\t\tiifname \"%s\" meta l4proto != { icmp, ipv6-icmp } "
		      "%s daddr . %s saddr . meta l4proto . th dport . th sport @%s notrack\n",
		      pair->out, ip, ip, group->name);
}

static bool track_uses(const struct nftables_group *group)
{
	return group->use == NFT_ALLOW && group->ports;
}

static void track_pair(struct strbuf *sets, struct strbuf *rules, struct arena *arena,
		       const struct filter_pair *pair)
{
	struct nftables_groups groups = VEC_INIT;

	nftables_group_pair(&groups, arena, pair, nftables_pair_stem(arena, pair));
	for (size_t i = 0; i < groups.len; i++)
		if (track_uses(&groups.data[i])) {
			nftables_print_set(sets, &groups.data[i]);
			track_group(rules, pair, &groups.data[i]);
		}
	nftables_groups_free(&groups);
}

void nftables_print_tracking(struct strbuf *text, const struct filter *filter,
			     struct arena *arena)
{
	struct strbuf rules = STRBUF_INIT;

	strbuf_puts(text, "# Load this first on a running plant and wait until every conversation "
			  "that\n# matters has sent a packet; then load ruleset.nft, which removes "
			  "this table.\n"
			  "table inet cordon_track {}\ndelete table inet cordon_track\n"
			  "table inet cordon_track {\n");
	for (size_t i = 0; i < filter->pair_count; i++)
		track_pair(text, &rules, arena, &filter->pairs[i]);
	strbuf_puts(text, "\tchain servers {\n"
			  "\t\ttype filter hook prerouting priority raw; policy accept;\n");
	strbuf_puts(text, strbuf_text(&rules));
	strbuf_puts(text, "\t}\n\n\tchain clients {\n"
			  "\t\ttype filter hook forward priority filter; policy accept;\n"
			  "\t\tct state { new, established } counter\n\t}\n}\n");
	strbuf_release(&rules);
}
