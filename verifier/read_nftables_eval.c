/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbolic execution of nftables chains in one scenario. Products of keys walk
 * through the rules; every accept and drop appends to a first-match list, so
 * that what an earlier rule decided shadows what later ones say of it. A goto
 * and a return take their products out of the chain.
 *
 * Where it is not certain that products come to a rule, what it says of them shadows
 * nothing for certain. So that the two bounds are exact all the same, they are taken
 * out of the chain once a rule decides about them, if they came. Chains have levels,
 * two apart: that between two chains is for what came by a jump or goto which is not
 * certain, a chain's own for what it may have left before. */
#include "config.h"
#include "verifier/nft_eval.h"

#include <string.h>

enum { ICMP_BITS = 8 };
#define EVAL_PIECES ((size_t)1 << 16)
#define EVAL_DOUBTS ((size_t)64)

static uint8_t eval_level(const struct nft_eval *eval)
{
	return (uint8_t)(1 + 2 * eval->depth);
}

static void eval_chain(struct nft_eval *eval, struct nft_chain *chain,
		       struct nft_products *contexts);

static void eval_unknown(struct nft_eval *eval, uint32_t line, const char *reason)
{
	nft_unknown(&eval->ruleset->scan, line, reason);
}

static void eval_condition(struct nft_eval *eval, uint32_t line, const char *reason)
{
	nft_unknown_condition(&eval->ruleset->scan, line, reason);
}

static void emit_entry(struct nft_eval *eval, const struct nft_product *p,
		       const struct set *src_ports, const struct set *dst_ports,
		       const struct filter_entry *form)
{
	struct nft_entry entry = { p->key[KEY_IN], p->key[KEY_OUT], p->key[KEY_TIME],
				   p->key[KEY_PAYLOAD], *form };
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
	struct filter_entry uncertain = *form;
	if (!nft_product_full(&p, KEY_UNSEEN)) {
		eval_condition(eval, form->where.line,
			       "for ICMP this depends on its checksum or identifier");
		uncertain.uncertain = true;
		form = &uncertain;
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
	struct filter_entry form = { .allow = allow, .log = rule->log,
				     .otherwise = rule == &eval->policy,
				     .uncertain = product->uncertain || product->doubt > 0 };
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

/* ---- what is in doubt ---- */

/* What was decided, if it came, does not go on. Beyond some pieces it does: the bounds
 * are wider then, and hold. */
static void contexts_settle(struct nft_eval *eval, struct nft_products *contexts,
			    const struct nft_product *part, uint32_t line)
{
	if (part->doubt > 0 && contexts->len <= EVAL_DOUBTS)
		contexts_subtract(eval, contexts, part, line);
}

/* A part of the contexts goes on in doubt. */
static void contexts_doubt(struct nft_eval *eval, struct nft_products *contexts,
			   struct nft_product part, uint32_t line)
{
	if (contexts->len > EVAL_DOUBTS) {
		for (size_t i = 0; i < contexts->len; i++)
			contexts->data[i].doubt = eval_level(eval);
		return;
	}
	contexts_subtract(eval, contexts, &part, line);
	part.uncertain = false;
	part.doubt = eval_level(eval);
	vec_push(contexts, part);
}

/* Of what was decided since `mark`, that which holds at a level; the rest is forgotten. */
static void decided_keep(struct nft_eval *eval, size_t mark, uint8_t level)
{
	size_t kept = mark;

	for (size_t i = mark; i < eval->decided.len; i++)
		if (eval->decided.data[i].doubt <= level)
			eval->decided.data[kept++] = eval->decided.data[i];
	eval->decided.len = kept;
}

/* Through another chain; what that decides in doubt stands behind the mark. */
static void eval_call(struct nft_eval *eval, const char *name, struct nft_product product,
		      uint32_t line)
{
	struct nft_chain *chain = nft_chain_find(eval->table, name);
	struct nft_products inner = VEC_INIT;
	size_t mark = eval->decided.len;
	uint8_t between = (uint8_t)(eval_level(eval) + 1);

	if (chain == NULL || chain->base || chain->visiting || eval->depth >= NFT_DEPTH) {
		eval_unknown(eval, line, "the chain is missing or calls itself");
		return;
	}
	if (product.uncertain)
		product.doubt = between;
	product.uncertain = false;
	vec_push(&inner, product);
	eval->depth++;
	eval_chain(eval, chain, &inner);
	eval->depth--;
	decided_keep(eval, mark, between);
	vec_free(&inner);
}

static void eval_jump(struct nft_eval *eval, const char *name, const struct nft_product *product,
		      struct nft_products *contexts, uint32_t line)
{
	size_t mark = eval->decided.len;

	eval_call(eval, name, *product, line);
	decided_keep(eval, mark, eval_level(eval));
	for (size_t i = mark; i < eval->decided.len; i++)
		contexts_settle(eval, contexts, &eval->decided.data[i], line);
}

/* Leaves the chain. Where that is not certain, what comes after in the chain is in
 * doubt. */
static void eval_leave(struct nft_eval *eval, struct nft_products *contexts,
		       const struct nft_product *product, uint32_t line)
{
	if (product->uncertain)
		contexts_doubt(eval, contexts, *product, line);
	else
		contexts_subtract(eval, contexts, product, line);
}

/* What the other chain decides, if it comes there, is followed by what this one says
 * for certain: either it does not come there, or that is shadowed. */
static void eval_goto(struct nft_eval *eval, const char *name, const struct nft_product *product,
		      struct nft_products *contexts, uint32_t line)
{
	size_t mark = eval->decided.len;

	eval_call(eval, name, *product, line);
	eval_leave(eval, contexts, product, line);
	for (size_t i = mark; product->uncertain && i < eval->decided.len; i++) {
		struct nft_product part = eval->decided.data[i];
		if (contexts->len > EVAL_DOUBTS)
			break;
		contexts_subtract(eval, contexts, &part, line);
		part.doubt = product->doubt;
		vec_push(contexts, part);
	}
	decided_keep(eval, mark, eval_level(eval));
}

static void eval_settle(struct nft_eval *eval, const struct nft_product *product,
			struct nft_products *contexts, uint32_t line)
{
	if (product->uncertain || product->doubt == 0)
		return;
	contexts_settle(eval, contexts, product, line);
	vec_push(&eval->decided, *product);
}

static void eval_decide(struct nft_eval *eval, const struct nft_product *product, bool allow,
			const struct nft_rule *rule, uint32_t line)
{
	if (eval->gate->monitor && !allow)
		eval_unknown(eval, line, "a monitoring ruleset drops packets");
	eval_emit(eval, product, allow && !rule->stands_for_drop, rule, line);
}

/* Anything may come of it, or nothing. */
static void eval_any(struct nft_eval *eval, struct nft_product product,
		     const struct nft_rule *rule, uint32_t line)
{
	product.uncertain = true;
	eval_emit(eval, &product, true, rule, line);
	eval_emit(eval, &product, false, rule, line);
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
		eval_decide(eval, product, verdict->kind == NFT_ACCEPT, rule, line);
		eval_settle(eval, product, contexts, line);
		return;
	case NFT_QUEUE:
	case NFT_ANY:
		eval_any(eval, *product, rule, line);
		if (verdict->kind == NFT_QUEUE)
			eval_emit(eval, product, false, rule, line);
		return;
	case NFT_JUMP:
		eval_jump(eval, verdict->chain, product, contexts, line);
		return;
	case NFT_GOTO:
		eval_goto(eval, verdict->chain, product, contexts, line);
		return;
	case NFT_RETURN:
		eval_leave(eval, contexts, product, line);
		return;
	}
}

/* Of a map that is not known in full, any verdict may come. */
static void eval_map(struct nft_eval *eval, const struct nft_rule *rule,
		     struct nft_match *match, struct nft_products *matched,
		     struct nft_products *contexts)
{
	struct nft_set *set = nft_match_set(eval, match);

	if (set == NULL || match->next != NULL || !nft_match_is_seen(eval, match)) {
		eval_condition(eval, rule->line, "the map is not followed");
		for (size_t i = 0; i < matched->len; i++)
			eval_any(eval, matched->data[i], rule, rule->line);
		return;
	}
	for (size_t i = 0; i < matched->len; i++)
		for (size_t k = 0; k < set->rows.len && nft_eval_step(eval, rule->line); k++) {
			struct nft_product product = matched->data[i];
			const struct nft_row *row = &set->rows.data[k];
			if (nft_match_row(eval, match, set, row, &product))
				eval_verdict(eval, rule, &set->verdicts.data[row->verdict],
					     &product, contexts, row->line);
		}
}

static bool rule_may_decide(const struct nft_rule *rule)
{
	bool vmap = false;

	for (const struct nft_match *match = rule->matches; match; match = match->next)
		vmap = vmap || match->vmap;
	return vmap || rule->verdict.kind != NFT_NONE;
}

static void eval_matched(struct nft_eval *eval, const struct nft_rule *rule,
			 struct nft_products *matched, struct nft_products *contexts)
{
	for (size_t i = 0; i < matched->len; i++)
		eval_verdict(eval, rule, &rule->verdict, &matched->data[i], contexts,
			     rule->line);
}

static void eval_payload(struct nft_eval *eval, const struct nft_rule *rule,
			 struct nft_products *matched)
{
	struct nft_products next = VEC_INIT;

	nft_payload_apply(eval, rule, matched, &next);
	vec_free(matched);
	*matched = next;
}

static void eval_rule(struct nft_eval *eval, const struct nft_rule *rule,
		      struct nft_products *contexts)
{
	struct nft_products matched = VEC_INIT;
	struct nft_match *match = rule->matches;
	bool raw = false;

	if (!rule_may_decide(rule))
		return;
	for (size_t i = 0; i < contexts->len; i++) {
		vec_push(&matched, contexts->data[i]);
		matched.data[i].uncertain = matched.data[i].uncertain || rule->uncertain;
	}
	for (; match != NULL && !match->vmap && matched.len > 0; match = match->next) {
		struct nft_products next = VEC_INIT;
		raw = raw || nft_match_is_raw(match);
		if (nft_match_is_raw(match))
			continue;
		nft_match_apply(eval, match, &matched, &next, rule->line);
		vec_free(&matched);
		matched = next;
	}
	if (raw)
		eval_payload(eval, rule, &matched);
	if (match == NULL)
		eval_matched(eval, rule, &matched, contexts);
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
		if (nft_eval_step(eval, rule->line))
			eval_rule(eval, rule, contexts);
	chain->visiting = false;
}

/* ---- base chains ---- */

/* The flows of the scenario that the gate is asked about: through the device or
 * to it, and of the families of its table or, `outside`, of the other one. */
static void eval_flows(struct nft_eval *eval, bool self, bool outside,
		       struct nft_products *out)
{
	struct arena *arena = eval->arena;
	const char *family = eval->table->family;
	const struct set *families = set_one(arena, 0, 1), *both = families;
	const struct set *here = set_one(arena, NFT_SELF, NFT_SELF);
	struct nft_products all = VEC_INIT;

	if (strcmp(family, "ip") == 0)
		families = set_one(arena, FAMILY_IPV4, FAMILY_IPV4);
	else if (strcmp(family, "ip6") == 0)
		families = set_one(arena, FAMILY_IPV6, FAMILY_IPV6);
	if (outside)
		families = set_subtract(arena, both, families);
	nft_product_flows(&all, arena, eval->scenario->flows);
	for (size_t i = 0; i < all.len; i++) {
		struct nft_product p = all.data[i];
		p.key[KEY_IN] = set_subtract(arena, p.key[KEY_IN], here);
		p.key[KEY_OUT] = self ? here : set_subtract(arena, p.key[KEY_OUT], here);
		p.key[KEY_FAMILY] = set_intersect(arena, p.key[KEY_FAMILY], families);
		if (!set_is_empty(p.key[KEY_FAMILY]))
			vec_push(out, p);
	}
	vec_free(&all);
}

static void eval_pass(struct nft_eval *eval, bool self, bool outside)
{
	uint32_t line = outside ? 0 : eval->gate->chain->line;
	struct nft_products flows = VEC_INIT;

	eval_flows(eval, self, outside, &flows);
	for (size_t i = 0; i < flows.len; i++)
		eval_emit(eval, &flows.data[i], !eval->gate->monitor || outside,
			  &eval->policy, line);
	vec_free(&flows);
}

/* What nothing decided meets the policy, a return in the base chain too. */
void nft_evaluate(struct nft_ruleset *ruleset, const struct nft_gate *gate,
		  const struct nft_scenario *scenario, bool self, struct nft_entries *out)
{
	struct nft_eval eval = { .ruleset = ruleset, .arena = ruleset->scan.arena,
				 .table = gate->table, .scenario = scenario, .gate = gate,
				 .out = out };
	struct nft_chain *chain = gate->chain;
	struct nft_products contexts = VEC_INIT;

	eval_flows(&eval, self, false, &contexts);
	eval_chain(&eval, chain, &contexts);
	vec_free(&eval.decided);
	if (chain->policy == NULL || strcmp(chain->policy, "drop") != 0)
		eval_pass(&eval, self, false);
	vec_free(&contexts);
}

void nft_evaluate_outside(struct nft_ruleset *ruleset, const struct nft_gate *gate,
			  const struct nft_scenario *scenario, bool self,
			  struct nft_entries *out)
{
	struct nft_eval eval = { .ruleset = ruleset, .arena = ruleset->scan.arena,
				 .table = gate->table, .scenario = scenario, .gate = gate,
				 .out = out };

	eval_pass(&eval, self, true);
}
