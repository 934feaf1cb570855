/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule of nftables: its matches, what it does beside, and its verdict. Parts
 * of a rule are conditions that must all hold, so that one which is not
 * understood leaves a rule that matches the same packets or fewer. */
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

/* `@th,104,8 & 0x22 == 0x0`, and in parentheses from JSON: of raw bytes alone. */
static bool rule_mask(struct nft_scan *scan, struct nft_match *match)
{
	struct range mask;

	if (!nft_accept(scan, "&"))
		return true;
	bool open = nft_accept(scan, "(");
	if (match->fields != 1 || match->selector[0] < NFT_RAW_FIRST ||
	    !nft_value_read(scan, NFT_RAW, &mask) || mask.lo != mask.hi || mask.lo == 0 ||
	    mask.lo > UINT32_MAX ||
	    (open && !nft_accept(scan, ")")))
		return false;
	match->mask = (uint32_t)mask.lo;
	return true;
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
	return rule_mask(scan, match) && rule_right_side(ruleset, match);
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

/* Whether a rate is exceeded is not known beforehand. */
static bool rule_limited(struct nft_scan *scan, struct nft_rule *rule)
{
	rule->uncertain = true;
	rule->limited = true;
	return rule_limit(scan);
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

/* ---- rejects ---- */

static void rule_imply(struct nft_ruleset *ruleset, struct nft_match ***tail,
		       enum nft_selector selector, u128 value)
{
	struct nft_match *match = arena_alloc(ruleset->scan.arena, sizeof(*match));
	struct nft_row row = { .line = ruleset->scan.token.line };

	match->selector[match->fields++] = selector;
	struct nft_set *set = rule_anonymous(ruleset, match);
	row.value[0] = nft_pool_range(&set->pool[0], ruleset->scan.arena,
				      (struct range){ value, value });
	vec_push(&set->rows, row);
	**tail = match;
	*tail = &match->next;
}

/* `reject with icmpv6 no-route`: a drop that is told. What it is told with takes
 * part in the conditions, for listings leave out what follows from it. */
static bool rule_reject(struct nft_ruleset *ruleset, struct nft_rule *rule,
			struct nft_match ***tail)
{
	struct nft_scan *scan = &ruleset->scan;

	rule->verdict.kind = NFT_DROP;
	if (!nft_accept(scan, "with"))
		return true;
	if (nft_accept(scan, "tcp")) {
		rule_imply(ruleset, tail, NFT_L4PROTO, 6);
		return nft_accept(scan, "reset");
	}
	if (nft_accept(scan, "icmp"))
		rule_imply(ruleset, tail, NFT_NFPROTO, FAMILY_IPV4);
	else if (nft_accept(scan, "icmpv6"))
		rule_imply(ruleset, tail, NFT_NFPROTO, FAMILY_IPV6);
	else if (!nft_accept(scan, "icmpx"))
		return false;
	nft_accept(scan, "type");
	if (scan->token.kind == TOKEN_WORD || scan->token.kind == TOKEN_STRING)
		nft_advance(scan);
	return true;
}

/* What only iptables can print, `xt match "recent"` in newer versions. A target may
 * do anything to a packet. */
static bool rule_hides(struct nft_scan *scan, struct nft_rule *rule)
{
	bool target = scan->token.kind == TOKEN_HIDDEN_TARGET, named = nft_is(scan, "xt");

	if (!target && !named && scan->token.kind != TOKEN_HIDDEN)
		return false;
	nft_advance(scan);
	if (named) {
		target = !nft_accept(scan, "match");
		if (target)
			nft_accept(scan, "target");
		if (scan->token.kind == TOKEN_STRING)
			nft_advance(scan);
	}
	rule->uncertain = true;
	if (target)
		rule->verdict.kind = NFT_ANY;
	(target ? nft_unknown : nft_unknown_condition)(
		scan, rule->line, "the listing hides a part of the rule, which iptables-save shows");
	return true;
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
	if (rule_hides(scan, rule))
		return true;
	if (nft_accept(scan, "log"))
		return rule->log = true, rule_log(scan), true;
	if (nft_accept(scan, "limit"))
		return rule_limited(scan, rule);
	if (nft_accept(scan, "continue") || nft_rule_changes(ruleset, rule) ||
	    nft_rule_opaque(scan, rule))
		return true;
	if (nft_is(scan, "tcp") && nft_rule_flags(scan, *tail))
		return *tail = &(**tail)->next, true;
	if (nft_accept(scan, "reject"))
		return rule_reject(ruleset, rule, tail);
	if (nft_parse_verdict(scan, &rule->verdict))
		return true;
	if (!nft_selector_read(scan, &selector))
		return false;
	if (!rule_match(ruleset, *tail, selector)) {
		**tail = NULL; /* read in part it would say less than it does */
		return false;
	}
	*tail = &(**tail)->next;
	return true;
}

/* The part is kept out of the rule, which then matches these packets or fewer. */
static void rule_not_understood(struct nft_scan *scan, struct nft_rule *rule)
{
	bool queue = nft_accept(scan, "queue");

	if (queue)
		rule->verdict.kind = NFT_QUEUE;
	else
		rule->uncertain = true;
	nft_unknown_condition(scan, rule->line,
			      queue ? "a program decides" : "the rule is not understood");
	if (!nft_rule_ends(scan) && !(queue && nft_rule_resumes(scan)))
		nft_rule_skip(scan, rule);
}

/* ---- what nft makes of it ---- */

static bool match_is_not_one(const struct nft_match *match)
{
	const struct nft_set *set = match->set;

	if (match->flags || !match->negated || match->fields != 1 || set == NULL ||
	    set->rows.len != 1)
		return false;
	struct range range = set->pool[0].set[set->rows.data[0].value[0]]->range[0];
	return range.lo == range.hi;
}

/* The second field stands right behind the first in the packet. */
static bool selectors_touch(enum nft_selector first, enum nft_selector second)
{
	static const enum nft_selector touching[] = {
		NFT_TH_SPORT, NFT_TCP_SPORT, NFT_UDP_SPORT, NFT_SCTP_SPORT,
		NFT_DCCP_SPORT, NFT_UDPLITE_SPORT, NFT_ICMP_T, NFT_ICMP6_T,
	};

	for (size_t i = 0; i < sizeof(touching) / sizeof(touching[0]); i++)
		if (first == touching[i])
			return second == first + 1;
	return false;
}

/* nft joins comparisons of fields that touch, and some of its versions join two
 * `!=` into one of both fields, which is not the same; listings show the two.
 * What is loaded cannot be told, so neither counts. */
static void rule_drop_joined(struct nft_scan *scan, struct nft_rule *rule)
{
	for (struct nft_match **at = &rule->matches; *at != NULL && (*at)->next != NULL;) {
		struct nft_match *first = *at, *second = first->next;
		if (!match_is_not_one(first) || !match_is_not_one(second) ||
		    !selectors_touch(first->selector[0], second->selector[0])) {
			at = &first->next;
			continue;
		}
		*at = second->next;
		rule->uncertain = true;
		nft_unknown_condition(scan, rule->line,
				      "nft may have joined the two != into one comparison");
	}
}

void nft_parse_rule(struct nft_ruleset *ruleset, struct nft_chain *chain)
{
	struct nft_scan *scan = &ruleset->scan;
	struct nft_rule *rule = arena_alloc(scan->arena, sizeof(*rule));
	struct nft_match **tail = &rule->matches;

	rule->line = scan->token.line;
	while (!nft_rule_ends(scan))
		if (!rule_part(ruleset, rule, &tail))
			rule_not_understood(scan, rule);
	rule_drop_joined(scan, rule);
	if (rule->limited && rule->verdict.kind != NFT_NONE)
		nft_unknown_condition(scan, rule->line, "the verdict depends on a rate");
	*chain->tail = rule;
	chain->tail = &rule->next;
}
