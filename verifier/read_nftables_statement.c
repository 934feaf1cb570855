/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of an nftables rule that are not followed: statements that change a
 * packet or hand it on, conditions on what no key tells, and whatever else is
 * not known, up to the next word that is. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

/* ---- statements that change something ---- */

bool nft_rule_ends(const struct nft_scan *scan)
{
	return scan->token.kind == TOKEN_END || scan->token.kind == TOKEN_NEWLINE ||
	       nft_is(scan, ";") || nft_is(scan, "}");
}

struct statement {
	const char *words;  /* it starts so */
	const char *reason; /* what it does to what was read; NULL: nothing */
};

static const struct statement statements[] = {
	{ "ct timeout set", NULL },
	{ "ct helper set", NULL },
	{ "ct mark set", NULL },
	{ "ct label set", NULL },
	{ "meta mark set", NULL },
	{ "mark set", NULL },
	{ "meta priority set", NULL },
	{ "meta nftrace set", NULL },
	{ "meta secmark set", NULL },
	{ "meta pkttype set", NULL },
	{ "ip dscp set", NULL },
	{ "ip6 dscp set", NULL },
	{ "ip ttl set", NULL },
	{ "ip6 hoplimit set", NULL },
	{ "tcp option maxseg size set", NULL },
	{ "update @", NULL },
	{ "add @", NULL },
	{ "delete @", NULL },
	{ "notrack", "packets are taken away from connection tracking" },
	{ "dnat", "NAT changes addresses" },
	{ "snat", "NAT changes addresses" },
	{ "masquerade", "NAT changes addresses" },
	{ "redirect", "NAT changes addresses" },
	{ "tproxy", "packets are handed to a proxy" },
	{ "synproxy", "packets are handed to a proxy" },
	{ "dup", "packets are duplicated" },
	{ "fwd", "packets are sent elsewhere" },
	{ "flow add", "conversations are taken past the chains" },
	{ "flow offload", "conversations are taken past the chains" },
	{ "ct zone set", "connection tracking is split in zones" },
	{ "ip saddr set", "addresses are changed" },
	{ "ip daddr set", "addresses are changed" },
	{ "ip6 saddr set", "addresses are changed" },
	{ "ip6 daddr set", "addresses are changed" },
};

bool nft_starts(struct nft_scan *scan, const char *words)
{
	const struct nft_scan saved = *scan;

	while (*words != '\0') {
		size_t length = strcspn(words, " ");
		char word[24] = "";
		memcpy(word, words, length);
		if (!nft_accept(scan, word)) {
			scan->next = saved.next;
			scan->line = saved.line;
			scan->token = saved.token;
			return false;
		}
		words += length + (words[length] == ' ');
	}
	return true;
}

/* Words that follow what was understood of a rule, wherever that ends. */
bool nft_rule_resumes(const struct nft_scan *scan)
{
	static const char *const words[] = { "accept", "drop",	"reject",  "jump",
					     "goto",   "return", "queue",  "continue",
					     "log",    "counter", "comment" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (nft_is(scan, words[i]))
			return true;
	return false;
}

/* Past the current token, and to the next such word. A map of verdicts on the way
 * may hold any of them, and a `set` gives the packet another header. */
void nft_rule_skip(struct nft_scan *scan, struct nft_rule *rule)
{
	size_t depth = 0;

	do {
		if (nft_is(scan, "vmap") || nft_is(scan, "target"))
			rule->verdict.kind = NFT_ANY;
		if (depth == 0 && nft_is(scan, "set"))
			nft_unknown(scan, rule->line, "packets are changed");
		if (nft_is(scan, "{"))
			depth++;
		else if (nft_is(scan, "}"))
			depth--;
		if (nft_accept(scan, "@") && scan->token.kind != TOKEN_WORD)
			continue;
		nft_advance(scan);
	} while (scan->token.kind != TOKEN_END &&
		 (depth > 0 || (!nft_rule_ends(scan) && !nft_rule_resumes(scan))));
}

bool nft_rule_changes(struct nft_ruleset *ruleset, struct nft_rule *rule)
{
	struct nft_scan *scan = &ruleset->scan;

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (!nft_starts(scan, statements[i].words))
			continue;
		if (statements[i].reason != NULL)
			nft_unknown(scan, rule->line, statements[i].reason);
		if (strchr(statements[i].words, '@') != NULL) {
			/* Where the set is full, or a rate in it exceeded, the rule ends. */
			rule->fills = nft_text(scan);
			rule->uncertain = rule->limited = true;
		}
		if (!nft_rule_ends(scan) && !nft_rule_resumes(scan))
			nft_rule_skip(scan, rule);
		return true;
	}
	return false;
}

/* ---- conditions that are not followed ---- */

static const char *const opaque[] = {
	"meta mark", "mark", "ct mark", "meta pkttype", "pkttype", "meta skuid", "meta skgid",
	"meta length", "meta priority", "meta cpu", "meta iiftype", "meta oiftype",
	"meta iifgroup", "meta oifgroup", "iifgroup", "oifgroup", "ether saddr", "ether daddr",
	"ether type", "vlan id", "vlan pcp", "ip ttl", "ip dscp", "ip length", "ip id",
	"ip6 hoplimit", "ip6 dscp", "ip6 flowlabel", "ct helper", "ct label", "ct zone",
	"udp length",
};

/* One value: a word, a set in braces, or one with a name. */
static bool opaque_value(struct nft_scan *scan)
{
	static const char *const signs[] = { "==", "!=", "<=", ">=", "<", ">" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (nft_accept(scan, signs[i]))
			break;
	if (nft_accept(scan, "{"))
		while (scan->token.kind != TOKEN_END && !nft_is(scan, "}"))
			nft_advance(scan);
	else
		nft_accept(scan, "@");
	if (scan->token.kind == TOKEN_END || scan->token.kind == TOKEN_NEWLINE ||
	    nft_is(scan, "vmap") || nft_is(scan, "&"))
		return false;
	nft_advance(scan);
	return !nft_is(scan, "&") && !nft_is(scan, "|") && !nft_is(scan, ".");
}

/* A condition whose end is known, so that the others of its rule still count. */
bool nft_rule_opaque(struct nft_scan *scan, struct nft_rule *rule)
{
	const struct nft_scan saved = *scan;

	for (size_t i = 0; i < sizeof(opaque) / sizeof(opaque[0]); i++) {
		if (!nft_starts(scan, opaque[i]))
			continue;
		if (opaque_value(scan)) {
			rule->uncertain = true;
			nft_unknown_condition(scan, rule->line, "a condition is not understood");
			return true;
		}
		scan->next = saved.next;
		scan->line = saved.line;
		scan->token = saved.token;
		return false;
	}
	return false;
}
