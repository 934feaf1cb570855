/* SPDX-License-Identifier: Apache-2.0
 *
 * The table for the first load on a running plant. While it is loaded, packets
 * from servers to clients are not tracked, so that connection tracking picks up
 * conversations older than the ruleset by a packet of their client. It drops
 * nothing, and loading the ruleset removes it. */
#include "config.h"
#include "backends/nftables.h"

void nftables_track_set(struct nftables_track *track, const struct filter_pair *pair,
			const struct nftables_group *group, const char *set, size_t length)
{
	const char *ip = group->family == FAMILY_IPV4 ? "ip" : "ip6";

	if (group->use != NFT_ALLOW || !group->ports)
		return;
	strbuf_add(&track->sets, set, length);
	strbuf_printf(&track->rules,
		      "\t\tiifname \"%s\" meta l4proto != { icmp, ipv6-icmp } "
		      "%s daddr . %s saddr . meta l4proto . th dport . th sport @%s notrack\n",
		      pair->out, ip, ip, group->name);
}

void nftables_print_tracking(struct strbuf *text, struct nftables_track *track)
{
	strbuf_puts(text, "# Load this first on a running plant and wait until every conversation "
			  "that\n# matters has sent a packet; then load ruleset.nft, which removes "
			  "this table.\n"
			  "table inet cordon_track {}\ndelete table inet cordon_track\n"
			  "table inet cordon_track {\n");
	strbuf_add(text, strbuf_text(&track->sets), track->sets.len);
	strbuf_puts(text, "\tchain servers {\n"
			  "\t\ttype filter hook prerouting priority raw; policy accept;\n");
	strbuf_puts(text, strbuf_text(&track->rules));
	strbuf_puts(text, "\t}\n\n\tchain clients {\n"
			  "\t\ttype filter hook forward priority filter; policy accept;\n"
			  "\t\tct state { new, established } counter\n\t}\n}\n");
	strbuf_release(&track->sets);
	strbuf_release(&track->rules);
}
