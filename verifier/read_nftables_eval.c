/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbolic execution of nftables chains in one scenario. Products of keys walk
 * through the rules; every accept and drop appends to a first-match list, so
 * that what an earlier rule decided shadows what later ones say of it. A goto
 * and a return take their products out of the chain; from the base chain there
 * is no way back but to its policy. */
#include "config.h"
#include "verifier/nft_product.h"

#include <string.h>

enum { ICMP_BITS = 8 };
#define EVAL_STEPS ((uint64_t)1 << 26)
#define EVAL_PIECES ((size_t)1 << 16)

struct nft_eval {
	struct nft_ruleset *ruleset;
	struct arena *arena;
	struct nft_table *table;
	const struct nft_scenario *scenario;
	const struct nft_chain *base;
	bool monitor;
	struct nft_entries *out;
	uint64_t steps;
	size_t depth; /* 0: in the base chain */
};

static void eval_chain(struct nft_eval *eval, struct nft_chain *chain,
		       struct nft_products *contexts);

static void eval_unknown(struct nft_eval *eval, uint32_t line, const char *reason)
{
	nft_unknown(&eval->ruleset->scan, line, reason);
}

static void emit_entry(struct nft_eval *eval, const struct nft_product *p,
		       const struct set *src_ports, const struct set *dst_ports,
		       const struct filter_entry *form)
{
	struct nft_entry entry = { p->key[KEY_IN], p->key[KEY_OUT], p->key[KEY_TIME], *form };
	bool four = set_contains(p->key[KEY_FAMILY], FAMILY_IPV4);
	bool six = set_contains(p->key[KEY_FAMILY], FAMILY_IPV6);
	const struct set *none = set_empty();

	entry.entry.source.family[0] = four ? p->key[KEY_SRC4] : none;
	entry.entry.source.family[1] = six ? p->key[KEY_SRC6] : none;
	entry.entry.destination.family[0] = four ? p->key[KEY_DST4] : none;
	entry.entry.destination.family[1] = six ? p->key[KEY_DST6] : none;
	entry.entry.protocols = p->key[KEY_PROTOCOL];
	entry.entry.src_ports = src_ports;
	entry.entry.dst_ports = dst_ports;
	vec_push(eval->out, entry);
}

/* Types and codes for a range of both in one number: at most three products. */
static void emit_words(struct nft_eval *eval, const struct nft_product *p,
		       struct range words, const struct filter_entry *form)
{
	struct arena *arena = eval->arena;

	while (words.lo <= words.hi) {
		u128 type = words.lo >> ICMP_BITS, last = type;
		struct range codes = { words.lo & 255, 255 };
		if (type == words.hi >> ICMP_BITS)
			codes.hi = words.hi & 255;
		else if (codes.lo == 0)
			last = ((words.hi + 1) >> ICMP_BITS) - 1;
		const struct set *types = set_intersect(arena, p->key[KEY_TYPE],
							set_one(arena, type, last));
		const struct set *in = set_intersect(arena, p->key[KEY_CODE],
						     set_one(arena, codes.lo, codes.hi));
		if (!set_is_empty(types) && !set_is_empty(in))
			emit_entry(eval, p, types, in, form);
		words.lo = (last << ICMP_BITS) + codes.hi + 1;
	}
}

static void emit_icmp(struct nft_eval *eval, struct nft_product p,
		      const struct filter_entry *form)
{
	if (!nft_product_icmp(&p, eval->arena, true))
		return;
	if (!nft_product_full(&p, KEY_UNSEEN)) {
		eval_unknown(eval, form->where.line,
			     "for ICMP this depends on its checksum or identifier");
		return;
	}
	if (nft_product_full(&p, KEY_WORD)) {
		emit_entry(eval, &p, p.key[KEY_TYPE], p.key[KEY_CODE], form);
		return;
	}
	for (size_t i = 0; i < p.key[KEY_WORD]->len; i++)
		emit_words(eval, &p, p.key[KEY_WORD]->range[i], form);
}

static void eval_emit(struct nft_eval *eval, const struct nft_product *product, bool allow,
		      const struct nft_rule *rule, uint32_t line)
{
	struct filter_entry form = { .allow = allow, .log = rule->log };
	struct nft_product rest = *product;
	bool split = false;

	form.where = (struct span){ eval->ruleset->scan.source, line, 1, line, 1 };
	for (size_t key = KEY_SRC_PORT; key <= KEY_UNSEEN; key++)
		split = split || !nft_product_full(product, (enum nft_key)key);
	if (!split) {
		emit_entry(eval, product, product->key[KEY_SRC_PORT],
			   product->key[KEY_DST_PORT], &form);
		return;
	}
	if (nft_product_icmp(&rest, eval->arena, false))
		emit_entry(eval, &rest, rest.key[KEY_SRC_PORT], rest.key[KEY_DST_PORT], &form);
	emit_icmp(eval, *product, &form);
}

/* What nothing decides, entries before it aside. */
static void eval_policy(struct nft_eval *eval, const struct nft_product *product)
{
	const char *policy = eval->base->policy;
	struct nft_rule rule = { .line = eval->base->line };

	if (policy == NULL || strcmp(policy, "drop") != 0)
		eval_emit(eval, product, !eval->monitor, &rule, rule.line);
}

static bool eval_step(struct nft_eval *eval, uint32_t line)
{
	if (eval->steps++ < EVAL_STEPS)
		return true;
	eval_unknown(eval, line, "the chains are too entangled to follow");
	return false;
}

/* ---- matches ---- */

static struct nft_set *match_set(struct nft_eval *eval, struct nft_match *match,
				 uint32_t line)
{
	struct nft_set *set = match->set_name ? nft_set_find(eval->table, match->set_name) :
						match->set;

	if (set == NULL || set->fields != match->fields || set->map != match->vmap) {
		eval_unknown(eval, line, "the set is missing or of another kind");
		return NULL;
	}
	for (size_t i = 0; i < set->fields; i++)
		if (set->type[i] != nft_selector_type(match->selector[i])) {
			eval_unknown(eval, line, "the set has another type than its use");
			return NULL;
		}
	nft_set_merge(set, eval->arena);
	return set;
}

static bool row_narrow(struct nft_eval *eval, const struct nft_match *match,
		       const struct nft_set *set, const struct nft_row *row,
		       struct nft_product *product)
{
	for (size_t i = 0; i < set->fields; i++)
		if (!nft_product_narrow(product, eval->arena, eval->scenario,
					match->selector[i], set->pool[i].set[row->value[i]]))
			return false;
	return true;
}

static void match_negated(struct nft_eval *eval, const struct nft_match *match,
			  const struct nft_set *set, struct nft_products *in,
			  struct nft_products *out, uint32_t line)
{
	if (set->fields != 1) {
		eval_unknown(eval, line, "a negated concatenation is not followed");
		return;
	}
	const struct set *rest = set_one(eval->arena, 0, nft_type_max(set->type[0]));
	for (size_t i = 0; i < set->rows.len; i++)
		rest = set_subtract(eval->arena, rest,
				    set->pool[0].set[set->rows.data[i].value[0]]);
	for (size_t i = 0; i < in->len; i++) {
		struct nft_product product = in->data[i];
		if (!set_is_empty(rest) &&
		    nft_product_narrow(&product, eval->arena, eval->scenario,
				       match->selector[0], rest))
			vec_push(out, product);
	}
}

static void match_apply(struct nft_eval *eval, struct nft_match *match,
			struct nft_products *in, struct nft_products *out, uint32_t line)
{
	struct nft_set *set = match_set(eval, match, line);

	if (set == NULL)
		return;
	if (match->negated) {
		match_negated(eval, match, set, in, out, line);
		return;
	}
	for (size_t i = 0; i < in->len; i++)
		for (size_t k = 0; k < set->rows.len && eval_step(eval, line); k++) {
			struct nft_product product = in->data[i];
			if (row_narrow(eval, match, set, &set->rows.data[k], &product))
				vec_push(out, product);
		}
}

/* ---- rules ---- */

static void contexts_subtract(struct nft_eval *eval, struct nft_products *contexts,
			      const struct nft_product *part, uint32_t line)
{
	struct nft_products rest = VEC_INIT;

	for (size_t i = 0; i < contexts->len; i++)
		nft_product_subtract(&rest, eval->arena, &contexts->data[i], part);
	vec_free(contexts);
	*contexts = rest;
	if (rest.len > EVAL_PIECES) {
		eval_unknown(eval, line, "the chains are too entangled to follow");
		contexts->len = 0;
	}
}

static void eval_call(struct nft_eval *eval, const char *name, struct nft_product product,
		      uint32_t line)
{
	struct nft_chain *chain = nft_chain_find(eval->table, name);
	struct nft_products inner = VEC_INIT;

	if (chain == NULL || chain->base || chain->visiting || eval->depth >= NFT_DEPTH) {
		eval_unknown(eval, line, "the chain is missing or calls itself");
		return;
	}
	vec_push(&inner, product);
	eval->depth++;
	eval_chain(eval, chain, &inner);
	eval->depth--;
	vec_free(&inner);
}

static void eval_verdict(struct nft_eval *eval, const struct nft_rule *rule,
			 const struct nft_verdict *verdict, const struct nft_product *product,
			 struct nft_products *contexts, uint32_t line)
{
	switch (verdict->kind) {
	case NFT_NONE:
		return;
	case NFT_ACCEPT:
	case NFT_DROP:
		if (eval->monitor && verdict->kind == NFT_DROP)
			eval_unknown(eval, line, "a monitoring ruleset drops packets");
		eval_emit(eval, product,
			  verdict->kind == NFT_ACCEPT && !rule->stands_for_drop, rule,
			  line);
		return;
	case NFT_JUMP:
		eval_call(eval, verdict->chain, *product, line);
		return;
	case NFT_GOTO:
		eval_call(eval, verdict->chain, *product, line);
		break;
	case NFT_RETURN:
		break;
	}
	if (eval->depth == 0)
		eval_policy(eval, product);
	contexts_subtract(eval, contexts, product, line);
}

static void eval_map(struct nft_eval *eval, const struct nft_rule *rule,
		     struct nft_match *match, struct nft_products *matched,
		     struct nft_products *contexts)
{
	struct nft_set *set = match_set(eval, match, rule->line);

	for (size_t i = 0; set != NULL && i < matched->len; i++)
		for (size_t k = 0; k < set->rows.len && eval_step(eval, rule->line); k++) {
			struct nft_product product = matched->data[i];
			const struct nft_row *row = &set->rows.data[k];
			if (row_narrow(eval, match, set, row, &product))
				eval_verdict(eval, rule, &set->verdicts.data[row->verdict],
					     &product, contexts, row->line);
		}
}

static bool rule_may_decide(struct nft_eval *eval, const struct nft_rule *rule)
{
	bool vmap = false;

	for (const struct nft_match *match = rule->matches; match; match = match->next)
		vmap = vmap || match->vmap;
	if (rule->unread || (!vmap && rule->verdict.kind == NFT_NONE))
		return false;
	if (vmap && rule->verdict.kind != NFT_NONE)
		eval_unknown(eval, rule->line, "a map and a verdict in one rule");
	else if (rule->limit)
		eval_unknown(eval, rule->line, "the verdict depends on a rate");
	else
		return true;
	return false;
}

/* The line of a set's element tells more than that of its rule. */
static void eval_matched(struct nft_eval *eval, const struct nft_rule *rule,
			 struct nft_products *matched, struct nft_products *contexts)
{
	for (size_t i = 0; i < matched->len; i++)
		eval_verdict(eval, rule, &rule->verdict, &matched->data[i], contexts,
			     rule->line);
	if (rule->matches == NULL && rule->verdict.kind != NFT_JUMP)
		contexts->len = 0;
}

static void eval_rule(struct nft_eval *eval, const struct nft_rule *rule,
		      struct nft_products *contexts)
{
	struct nft_products matched = VEC_INIT;
	struct nft_match *match = rule->matches;

	if (!rule_may_decide(eval, rule))
		return;
	for (size_t i = 0; i < contexts->len; i++)
		vec_push(&matched, contexts->data[i]);
	for (; match != NULL && !match->vmap && matched.len > 0; match = match->next) {
		struct nft_products next = VEC_INIT;
		match_apply(eval, match, &matched, &next, rule->line);
		vec_free(&matched);
		matched = next;
	}
	if (match == NULL)
		eval_matched(eval, rule, &matched, contexts);
	else if (match->vmap && match->next != NULL)
		eval_unknown(eval, rule->line, "matches after a map are not followed");
	else if (match->vmap)
		eval_map(eval, rule, match, &matched, contexts);
	vec_free(&matched);
}

static void eval_chain(struct nft_eval *eval, struct nft_chain *chain,
		       struct nft_products *contexts)
{
	chain->visiting = true;
	for (struct nft_rule *rule = chain->rules; rule != NULL && contexts->len > 0;
	     rule = rule->next)
		if (eval_step(eval, rule->line))
			eval_rule(eval, rule, contexts);
	chain->visiting = false;
}

void nft_evaluate(struct nft_ruleset *ruleset, struct nft_table *table,
		  struct nft_chain *base, const struct nft_scenario *scenario, bool monitor,
		  struct nft_entries *out)
{
	struct nft_eval eval = { .ruleset = ruleset, .arena = ruleset->scan.arena,
				 .table = table, .scenario = scenario, .base = base,
				 .monitor = monitor, .out = out };
	struct nft_products contexts = VEC_INIT;

	nft_product_flows(&contexts, eval.arena, scenario->flows);
	eval_chain(&eval, base, &contexts);
	/* An unconditional last rule leaves nothing for it. */
	for (size_t i = 0; i < contexts.len; i++)
		eval_policy(&eval, &contexts.data[i]);
	vec_free(&contexts);
}
