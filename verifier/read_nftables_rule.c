/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule of nftables: its matches, what it does beside, and its verdict. A
 * rule with a part that is not understood is kept as unread: it may do
 * anything, so nothing is proved about the chain. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

static struct nft_set *rule_anonymous(struct nft_ruleset *ruleset, struct nft_match *match)
{
	struct nft_set *set = arena_alloc(ruleset->scan.arena, sizeof(*set));

	set->line = ruleset->scan.token.line;
	set->interval = true;
	set->fields = match->fields;
	set->map = match->vmap;
	for (size_t i = 0; i < match->fields; i++)
		set->type[i] = nft_selector_type(match->selector[i]);
	set->next = ruleset->anonymous;
	ruleset->anonymous = set;
	match->set = set;
	return set;
}

/* One value, or for conntrack states a list of values. */
static bool rule_values(struct nft_scan *scan, struct nft_set *set)
{
	struct range range;

	do {
		struct nft_row row = { .line = scan->token.line };
		for (size_t i = 0; i < set->fields; i++) {
			if ((i > 0 && !nft_accept(scan, ".")) ||
			    !nft_value_read(scan, set->type[i], &range))
				return false;
			row.value[i] = nft_pool_range(&set->pool[i], scan->arena, range);
		}
		vec_push(&set->rows, row);
	} while (set->type[0] == NFT_STATE && set->fields == 1 && nft_accept(scan, ","));
	return true;
}

/* `meta time >= 1700000000`: a comparison with one number. */
static bool rule_compare(struct nft_ruleset *ruleset, struct nft_match *match,
			 const char *sign)
{
	struct nft_scan *scan = &ruleset->scan;
	struct nft_set *set = rule_anonymous(ruleset, match);
	u128 max = nft_type_max(set->type[0]);
	struct range range;

	if (match->fields != 1 || !nft_value_read(scan, set->type[0], &range) ||
	    range.lo != range.hi)
		return false;
	if (sign[0] == '<') {
		if (sign[1] == '\0' && range.lo == 0)
			return true;
		range = (struct range){ 0, sign[1] == '=' ? range.lo : range.lo - 1 };
	} else {
		if (sign[1] == '\0' && range.lo == max)
			return true;
		range = (struct range){ sign[1] == '=' ? range.lo : range.lo + 1, max };
	}
	struct nft_row row = { .line = scan->token.line };
	row.value[0] = nft_pool_range(&set->pool[0], scan->arena, range);
	vec_push(&set->rows, row);
	return true;
}

static bool rule_right_side(struct nft_ruleset *ruleset, struct nft_match *match)
{
	static const char *const signs[] = { "<=", ">=", "<", ">" };
	struct nft_scan *scan = &ruleset->scan;

	for (size_t i = 0; i < 4; i++)
		if (nft_accept(scan, signs[i]))
			return rule_compare(ruleset, match, signs[i]);
	if (nft_accept(scan, "vmap"))
		match->vmap = true;
	else if (nft_accept(scan, "!="))
		match->negated = true;
	else
		nft_accept(scan, "==");
	if (nft_accept(scan, "@")) {
		match->set_name = nft_text(scan);
		nft_advance(scan);
		return true;
	}
	struct nft_set *set = rule_anonymous(ruleset, match);
	if (nft_is(scan, "{"))
		return nft_parse_elements(ruleset, set);
	return !match->vmap && rule_values(scan, set);
}

static bool rule_match(struct nft_ruleset *ruleset, struct nft_match **out,
		       enum nft_selector first)
{
	struct nft_scan *scan = &ruleset->scan;
	struct nft_match *match = arena_alloc(scan->arena, sizeof(*match));

	match->selector[match->fields++] = first;
	while (nft_accept(scan, "."))
		if (match->fields == NFT_FIELDS ||
		    !nft_selector_read(scan, &match->selector[match->fields++]))
			return false;
	*out = match;
	return rule_right_side(ruleset, match);
}

/* The words of `log ...` and `limit ...`, up to the next statement. */
static void rule_log(struct nft_scan *scan)
{
	static const char *const keys[] = { "prefix", "level", "group", "snaplen",
					    "queue-threshold", "flags" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (nft_accept(scan, keys[i])) {
			nft_advance(scan);
			i = (size_t)-1;
		}
}

/* `5/second` or `400 kbytes/second`. */
static bool rule_rate(struct nft_scan *scan)
{
	static const char *const units[] = { "second", "minute", "hour", "day", "week" };
	struct range range;
	const char *text, *slash;

	if (nft_value_read(scan, NFT_NUMBER, &range) && range.lo != range.hi)
		return false;
	text = nft_text(scan);
	slash = strchr(text, '/');
	for (size_t i = 0; slash != NULL && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(slash + 1, units[i]) == 0)
			return nft_advance(scan), true;
	return false;
}

static bool rule_limit(struct nft_scan *scan)
{
	struct range range;

	if (scan->token.kind == TOKEN_STRING || nft_accept(scan, "name"))
		return nft_advance(scan), true;
	if (!nft_accept(scan, "rate"))
		return false;
	nft_accept(scan, "over");
	if (!rule_rate(scan))
		return false;
	if (nft_accept(scan, "burst")) {
		if (!nft_value_read(scan, NFT_NUMBER, &range))
			return false;
		nft_advance(scan);
	}
	return true;
}

static bool rule_ct_timeout(struct nft_scan *scan)
{
	struct nft_scan saved = *scan;

	if (nft_accept(scan, "ct") && nft_accept(scan, "timeout") && nft_accept(scan, "set")) {
		nft_advance(scan);
		return true;
	}
	scan->next = saved.next;
	scan->line = saved.line;
	scan->token = saved.token;
	return false;
}

static bool rule_counter(struct nft_scan *scan)
{
	if (nft_accept(scan, "name")) {
		nft_advance(scan);
		return true;
	}
	if (nft_accept(scan, "packets"))
		nft_advance(scan);
	if (nft_accept(scan, "bytes"))
		nft_advance(scan);
	return true;
}

static bool rule_ends(const struct nft_scan *scan)
{
	return scan->token.kind == TOKEN_END || scan->token.kind == TOKEN_NEWLINE ||
	       nft_is(scan, ";") || nft_is(scan, "}");
}

static bool rule_part(struct nft_ruleset *ruleset, struct nft_rule *rule,
		      struct nft_match ***tail)
{
	struct nft_scan *scan = &ruleset->scan;
	enum nft_selector selector;

	if (nft_accept(scan, "comment"))
		return nft_advance(scan), true;
	if (rule->verdict.kind != NFT_NONE)
		return false;
	if (nft_accept(scan, "counter"))
		return rule_counter(scan);
	if (nft_accept(scan, "log"))
		return rule->log = true, rule_log(scan), true;
	if (nft_accept(scan, "limit"))
		return rule->limit = true, rule_limit(scan);
	if (nft_accept(scan, "continue") || rule_ct_timeout(scan))
		return true;
	if (nft_parse_verdict(scan, &rule->verdict))
		return true;
	if (!nft_selector_read(scan, &selector))
		return false;
	if (!rule_match(ruleset, *tail, selector))
		return false;
	*tail = &(**tail)->next;
	return true;
}

void nft_parse_rule(struct nft_ruleset *ruleset, struct nft_table *table,
		    struct nft_chain *chain)
{
	struct nft_scan *scan = &ruleset->scan;
	struct nft_rule *rule = arena_alloc(scan->arena, sizeof(*rule));
	struct nft_match **tail = &rule->matches;

	(void)table;
	rule->line = scan->token.line;
	while (!rule_ends(scan)) {
		if (rule_part(ruleset, rule, &tail))
			continue;
		rule->unread = true;
		nft_refuse(scan, rule->line, "the rule is not understood");
	}
	*chain->tail = rule;
	chain->tail = &rule->next;
}
