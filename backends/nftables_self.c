/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain for what is for the device itself: the same sets and lookups as for
 * what crosses it, by the interface it came in by. What the device itself
 * began, its answers and its loopback pass. */
#include "config.h"
#include "backends/nftables.h"

#include <string.h>

bool nftables_is_self(const struct filter_pair *pair)
{
	return strcmp(pair->out, FILTER_SELF) == 0;
}

static void print_self_map(struct strbuf *text, struct arena *arena, const struct filter *filter,
			   const char *name, const char *suffix)
{
	size_t count = 0;

	strbuf_printf(text, "\tmap %s {\n\t\ttypeof iifname : verdict\n", name);
	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &filter->pairs[i];
		if (!nftables_is_self(pair) || pair->entry_count == 0)
			continue;
		strbuf_printf(text, "%s\t\t\t\"%s\" : jump %s%s,\n",
			      count++ == 0 ? "\t\telements = {\n" : "", pair->in,
			      nftables_pair_stem(arena, pair), suffix);
	}
	strbuf_puts(text, count > 0 ? "\t\t}\n\t}\n\n" : "\t}\n\n");
}

void nftables_print_self(struct strbuf *text, struct arena *arena, const struct filter *filter)
{
	static const char icmp[] = "meta l4proto { icmp, ipv6-icmp }";

	print_self_map(text, arena, filter, "self/flows", "");
	print_self_map(text, arena, filter, "self/errors", "/error");
	strbuf_puts(text, "\tchain input {\n"
		    "\t\ttype filter hook input priority filter; policy accept;\n"
		    "\t\tiifname \"lo\" accept\n"
		    "\t\tct direction reply ct state { established, related } accept\n");
	strbuf_printf(text, "\t\tct state related %s iifname vmap @self/errors\n", icmp);
	strbuf_printf(text, "\t\tct state related %s jump refuse\n", icmp);
	strbuf_puts(text, "\t\tct state { new, established, related } iifname vmap @self/flows\n");
	strbuf_printf(text, "\t\tct state { invalid, untracked } %s iifname vmap @self/flows\n",
		      icmp);
}
