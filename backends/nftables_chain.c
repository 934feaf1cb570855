/* SPDX-License-Identifier: Apache-2.0
 *
 * The chains of a pair of interfaces: one for packets of the original direction,
 * one for replies, one for ICMP errors. Each looks a packet up in every set of
 * the pair, denies first. What is inspected goes through a chain that accepts what
 * it vouches for; where no other set accepts the rest, it is refused with a reset. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>

/* nft refuses a longer log prefix; the kernel adds nothing. */
enum { PREFIX_MAX = 127 };

static const char *const travel_suffix[] = { "", "/reply", "/error" };

void nftables_print_time_match(struct strbuf *text, const struct filter *filter,
			       const struct nftables_kind *kind)
{
	if (kind->activity == 0)
		return;
	strbuf_puts(text, "meta time @time/");
	nftables_print_time_name(text, &filter->activities[kind->activity]);
	strbuf_putc(text, ' ');
}

static void print_prefix(struct strbuf *text, const struct rule *rule)
{
	const char *conduit = rule->conduit != NULL ? rule->conduit->name : "policy";
	const char *verdict = rule->allow ? "allow" : "deny";
	char prefix[2 * PREFIX_MAX];
	int length = snprintf(prefix, sizeof(prefix), "cordon %s %s %s: ", verdict, conduit,
			      rule->identity);

	if (length > PREFIX_MAX)
		snprintf(prefix, sizeof(prefix), "cordon %s %.100s: ", verdict, rule->identity);
	strbuf_printf(text, " " NFT_LOG_RATE "\"%s\"\n", prefix);
}

static void print_rule(struct strbuf *text, struct arena *arena, const struct filter *filter,
		       const struct nftables_group *group, enum nftables_travel travel)
{
	bool logs = group->kind.rule != NULL;

	if (logs && travel != TRAVEL_ORIGINAL)
		return;
	bool inspects = group->kind.payload != 0 && travel == TRAVEL_ORIGINAL;
	strbuf_puts(text, logs ? "\t\tct state != established " : "\t\t");
	nftables_print_time_match(text, filter, &group->kind);
	nftables_print_lookup(text, group, travel);
	if (logs)
		print_prefix(text, group->kind.rule);
	else if (inspects)
		strbuf_printf(text, " jump %s\n",
			      nftables_payload_name(arena, filter, group->kind.payload));
	else
		strbuf_printf(text, " counter %s\n",
			      group->kind.use == NFT_ALLOW ? "accept" : "jump refuse");
}

/* Behind all that accepts: what is left of inspected conversations. Datagrams of them
 * are denied like anything else. */
static void print_resets(struct strbuf *text, const struct filter *filter,
			 const struct nftables_groups *groups)
{
	for (size_t i = 0; i < groups->len; i++) {
		const struct nftables_group *group = &groups->data[i];
		if (group->kind.payload == 0 ||
		    filter->payloads[group->kind.payload].transport != IPPROTO_TCP)
			continue;
		strbuf_puts(text, "\t\t");
		nftables_print_time_match(text, filter, &group->kind);
		nftables_print_lookup(text, group, TRAVEL_ORIGINAL);
		strbuf_puts(text, " jump refuse/reset\n");
	}
}

/* Timeouts are set after all that denies and before the first that accepts. */
static void print_chain(struct strbuf *text, struct arena *arena, const struct filter *filter,
			const struct nftables_groups *groups, enum nftables_travel travel)
{
	bool allows = false;

	for (size_t i = 0; i < groups->len; i++) {
		const struct nftables_group *group = &groups->data[i];
		if (travel == TRAVEL_ORIGINAL && group->kind.use == NFT_ALLOW && !allows)
			nftables_print_idle(text, filter, groups);
		allows = allows || group->kind.use == NFT_ALLOW;
		print_rule(text, arena, filter, group, travel);
	}
	if (travel == TRAVEL_ORIGINAL)
		print_resets(text, filter, groups);
}

void nftables_print_chains(struct strbuf *text, struct arena *arena,
			   const struct filter *filter, const struct nftables_groups *groups,
			   const struct filter_pair *pair)
{
	const char *stem = nftables_pair_stem(arena, pair);

	for (int travel = 0; travel < TRAVEL_COUNT; travel++) {
		if (travel == TRAVEL_REPLY && nftables_is_self(pair))
			continue; /* what leaves the device is not filtered */
		strbuf_printf(text, "\tchain %s%s {\n", stem, travel_suffix[travel]);
		print_chain(text, arena, filter, groups, (enum nftables_travel)travel);
		strbuf_puts(text, "\t}\n\n");
	}
}
