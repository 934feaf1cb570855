/* SPDX-License-Identifier: Apache-2.0
 *
 * The table for the first load on a running plant. While it is loaded, packets
 * that come from a server's port are not tracked, so that connection tracking
 * picks up conversations older than the ruleset by a packet of their client. It
 * drops nothing, and loading the ruleset removes it. */
#include "config.h"
#include "backends/nftables.h"

#include <string.h>

static void track_interface(struct strbuf *text, struct strbuf *rules, struct arena *arena,
			    const struct filter *filter, const char *interface)
{
	struct nftables_groups groups = VEC_INIT;
	char number[4];

	nftables_group_servers(&groups, arena, filter, interface);
	for (size_t i = 0; i < groups.len; i++) {
		const struct nftables_group *group = &groups.data[i];
		const struct nftables_shape *shape = &group->kind.shape;
		nftables_print_set(text, group);
		strbuf_printf(rules, "\t\tiifname \"%s\" meta l4proto %s %s saddr . th sport @%s "
			      "notrack\n",
			      interface,
			      nftables_protocol_name((unsigned)shape->protocol, number),
			      shape->family == FAMILY_IPV4 ? "ip" : "ip6", group->name);
	}
	nftables_groups_free(&groups);
}

static bool track_is_first(const struct filter *filter, size_t pair)
{
	for (size_t i = 0; i < pair; i++)
		if (strcmp(filter->pairs[i].out, filter->pairs[pair].out) == 0)
			return false;
	return true;
}

void nftables_print_tracking(struct strbuf *text, struct arena *arena,
			     const struct filter *filter)
{
	struct strbuf rules = STRBUF_INIT;

	strbuf_puts(text, "# Load this first on a running plant and wait until every conversation "
			  "that\n# matters has sent a packet; then load ruleset.nft, which removes "
			  "this table.\n"
			  "table inet cordon_track {}\ndelete table inet cordon_track\n"
			  "table inet cordon_track {\n");
	for (size_t i = 0; i < filter->pair_count; i++)
		if (track_is_first(filter, i) && !nftables_is_self(&filter->pairs[i]))
			track_interface(text, &rules, arena, filter, filter->pairs[i].out);
	strbuf_puts(text, "\tchain servers {\n"
			  "\t\ttype filter hook prerouting priority raw; policy accept;\n");
	strbuf_puts(text, strbuf_text(&rules));
	strbuf_puts(text, "\t}\n\n\tchain clients {\n"
			  "\t\ttype filter hook forward priority filter; policy accept;\n"
			  "\t\tct state { new, established } counter\n\t}\n}\n");
	strbuf_release(&rules);
}
