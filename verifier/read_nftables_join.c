/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules that follow one another, lead to the same chain and differ in one list of
 * values only become one rule with all these values: iptables takes one address a
 * line. A chain decides about a packet by its header alone, so it makes no
 * difference by which of the lines the packet came; and no line that decides is
 * lost, for these only lead on. The chain must be one that packets leave nowhere:
 * how certain it is that some have left is kept for all that came together. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

static bool names_agree(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same kind of condition, whatever its values. */
static bool matches_agree(const struct nft_match *a, const struct nft_match *b)
{
	if (a->fields != b->fields || a->set != b->set ||
	    !names_agree(a->set_name, b->set_name) || a->negated != b->negated ||
	    a->if_tracked != b->if_tracked ||
	    a->vmap != b->vmap || a->mask != b->mask || a->flags != b->flags || a->syn_matches != b->syn_matches ||
	    a->syn_unknown != b->syn_unknown || (a->values == NULL) != (b->values == NULL))
		return false;
	for (size_t i = 0; i < a->fields; i++)
		if (a->selector[i] != b->selector[i])
			return false;
	return true;
}

static bool verdicts_agree(const struct nft_rule *a, const struct nft_rule *b)
{
	return a->verdict.kind == b->verdict.kind && a->fills == NULL && b->fills == NULL &&
	       names_agree(a->verdict.chain, b->verdict.chain) && a->log == b->log &&
	       a->uncertain == b->uncertain && a->limited == b->limited;
}

static bool chain_is_leaf(const struct nft_chain *chain)
{
	for (const struct nft_rule *rule = chain->rules; rule != NULL; rule = rule->next) {
		enum verdict_kind kind = rule->verdict.kind;
		if (kind != NFT_NONE && kind != NFT_ACCEPT && kind != NFT_DROP)
			return false;
		for (const struct nft_match *m = rule->matches; m != NULL; m = m->next)
			if (m->vmap)
				return false;
	}
	return true;
}

static bool leads_to_leaf(struct nft_table *table, const struct nft_rule *rule)
{
	if (rule->verdict.kind != NFT_JUMP && rule->verdict.kind != NFT_GOTO)
		return false;
	const struct nft_chain *chain = nft_chain_find(table, rule->verdict.chain);
	return chain != NULL && chain->leaf;
}

/* The one condition of `rule` whose values differ from those of `other`; NULL: there
 * is none, or the rules differ in more. */
static struct nft_match *rule_difference(const struct nft_rule *rule,
					 const struct nft_rule *other)
{
	struct nft_match *a = rule->matches, *b = other->matches, *found = NULL;

	if (!verdicts_agree(rule, other))
		return NULL;
	for (; a != NULL && b != NULL && matches_agree(a, b); a = a->next, b = b->next) {
		if (a->values == NULL || set_equal(a->values, b->values))
			continue;
		if (found != NULL || a->negated)
			return NULL;
		found = a;
	}
	return a == NULL && b == NULL ? found : NULL;
}

static const struct set *rule_values(const struct nft_rule *rule, const struct nft_rule *first,
				     const struct nft_match *match)
{
	const struct nft_match *mine = rule->matches;

	for (const struct nft_match *m = first->matches; m != match; m = m->next)
		mine = mine->next;
	return mine->values;
}

/* The first of them takes the values of all; returns the rule behind them. */
static struct nft_rule *rules_join(struct nft_rule *rule, struct nft_match *match,
				   struct arena *arena)
{
	struct nft_rule *next = rule;
	VEC(struct range) ranges = VEC_INIT;

	do {
		const struct set *values = rule_values(next, rule, match);
		for (size_t i = 0; i < values->len; i++)
			vec_push(&ranges, values->range[i]);
		next = next->next;
	} while (next != NULL && rule_difference(rule, next) == match);
	match->values = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return next;
}

static void chain_join(struct nft_table *table, struct nft_chain *chain, struct arena *arena)
{
	for (struct nft_rule *rule = chain->rules; rule != NULL; rule = rule->next) {
		struct nft_match *match = NULL;
		if (rule->next != NULL && leads_to_leaf(table, rule))
			match = rule_difference(rule, rule->next);
		if (match == NULL)
			continue;
		rule->next = rules_join(rule, match, arena);
		if (rule->next == NULL)
			chain->tail = &rule->next;
	}
}

void nft_join(struct nft_ruleset *ruleset)
{
	for (struct nft_table *table = ruleset->tables; table != NULL; table = table->next) {
		for (struct nft_chain *chain = table->chains; chain != NULL; chain = chain->next)
			chain->leaf = chain_is_leaf(chain);
		for (struct nft_chain *chain = table->chains; chain != NULL; chain = chain->next)
			chain_join(table, chain, ruleset->scan.arena);
	}
}
