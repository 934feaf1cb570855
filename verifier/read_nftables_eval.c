/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbolic execution of nftables chains in one scenario. Products of keys walk
 * through the rules; every accept and drop appends to a first-match list, so
 * that what an earlier rule decided shadows what later ones say of it. A goto
 * and a return take their products out of the chain. */
#include "config.h"
#include "verifier/nft_product.h"

#include <string.h>

enum { ICMP_BITS = 8 };
#define EVAL_STEPS ((uint64_t)1 << 26)
#define EVAL_PIECES ((size_t)1 << 16)
#define EVAL_OUTSIDE ((size_t)256)

struct nft_eval {
	struct nft_ruleset *ruleset;
	struct arena *arena;
	struct nft_table *table;
	const struct nft_scenario *scenario;
	const struct nft_gate *gate;
	struct nft_rule policy; /* the base chain's, as a rule */
	struct nft_entries *out;
	uint64_t steps;
	size_t depth;
};

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
				     .uncertain = product->uncertain };
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

static bool eval_step(struct nft_eval *eval, uint32_t line)
{
	if (eval->steps++ < EVAL_STEPS)
		return true;
	eval_unknown(eval, line, "the chains are too entangled to follow");
	return false;
}

/* ---- matches ---- */

static struct nft_set *match_set(struct nft_eval *eval, struct nft_match *match)
{
	struct nft_set *set = match->set_name ? nft_set_find(eval->table, match->set_name) :
						match->set;

	if (set == NULL || set->fields != match->fields || set->map != match->vmap ||
	    set->partial)
		return NULL;
	for (size_t i = 0; i < set->fields; i++)
		if (set->type[i] != nft_selector_type(match->selector[i]))
			return NULL;
	nft_set_merge(set, eval->arena);
	return set;
}

static const struct set *match_value(struct nft_eval *eval, const struct nft_set *set,
				     const struct nft_row *row, size_t field)
{
	const struct set *value = set->pool[field].set[row->value[field]];

	if (set->type[field] != NFT_INTERFACE)
		return value;
	return nft_interfaces_expand(&eval->ruleset->scan, eval->arena, value);
}

static bool row_narrow(struct nft_eval *eval, const struct nft_match *match,
		       const struct nft_set *set, const struct nft_row *row,
		       struct nft_product *product)
{
	for (size_t i = 0; i < set->fields; i++)
		if (!nft_product_narrow(product, eval->arena, eval->scenario,
					match->selector[i], match_value(eval, set, row, i)))
			return false;
	product->uncertain = product->uncertain || row->uncertain;
	return true;
}

/* The condition is left out: the same products or fewer match. */
static void match_unknown(struct nft_eval *eval, const struct nft_products *in,
			  struct nft_products *out, uint32_t line, const char *reason)
{
	if (reason != NULL)
		eval_condition(eval, line, reason);
	for (size_t i = 0; i < in->len; i++) {
		struct nft_product product = in->data[i];
		product.uncertain = true;
		vec_push(out, product);
	}
}

/* What is in none of the rows, or in none of those that are certain. */
static const struct set *match_rest(struct nft_eval *eval, const struct nft_set *set,
				    bool certain)
{
	const struct set *rest = set_one(eval->arena, 0, nft_type_max(set->type[0]));

	for (size_t i = 0; i < set->rows.len; i++)
		if (!certain || !set->rows.data[i].uncertain)
			rest = set_subtract(eval->arena, rest,
					    match_value(eval, set, &set->rows.data[i], 0));
	return rest;
}

static void match_in(struct nft_eval *eval, enum nft_selector selector, const struct set *values,
		     bool uncertain, struct nft_products *in, struct nft_products *out)
{
	for (size_t i = 0; i < in->len && !set_is_empty(values); i++) {
		struct nft_product product = in->data[i];
		if (!nft_product_narrow(&product, eval->arena, eval->scenario, selector, values))
			continue;
		product.uncertain = product.uncertain || uncertain;
		vec_push(out, product);
	}
}

static void match_negated(struct nft_eval *eval, const struct nft_match *match,
			  const struct nft_set *set, struct nft_products *in,
			  struct nft_products *out)
{
	const struct set *rest = match_rest(eval, set, false), *more = match_rest(eval, set, true);

	match_in(eval, match->selector[0], rest, false, in, out);
	match_in(eval, match->selector[0], set_subtract(eval->arena, more, rest), true, in, out);
}

/* Outside of every row of a concatenation; false: that is too much, or not known. */
static bool match_outside(struct nft_eval *eval, const struct nft_match *match,
			  const struct nft_set *set, const struct nft_product *product,
			  struct nft_products *rest)
{
	vec_push(rest, *product);
	for (size_t k = 0; k < set->rows.len && rest->len > 0; k++) {
		struct nft_products next = VEC_INIT;
		bool known = rest->len <= EVAL_OUTSIDE && !set->rows.data[k].uncertain;
		for (size_t i = 0; i < rest->len && known; i++) {
			struct nft_product part = rest->data[i];
			if (!row_narrow(eval, match, set, &set->rows.data[k], &part))
				vec_push(&next, rest->data[i]);
			else if (part.uncertain == rest->data[i].uncertain)
				nft_product_subtract(&next, eval->arena, &rest->data[i], &part);
			else
				known = false;
		}
		vec_free(rest);
		*rest = next;
		if (!known)
			return false;
	}
	return true;
}

static void match_negated_rows(struct nft_eval *eval, const struct nft_match *match,
			       const struct nft_set *set, struct nft_products *in,
			       struct nft_products *out, uint32_t line)
{
	for (size_t i = 0; i < in->len; i++) {
		struct nft_products rest = VEC_INIT, one = { .data = &in->data[i], .len = 1 };
		if (match_outside(eval, match, set, &in->data[i], &rest))
			for (size_t k = 0; k < rest.len; k++)
				vec_push(out, rest.data[k]);
		else
			match_unknown(eval, &one, out, line,
				      "a negated concatenation is not followed");
		vec_free(&rest);
	}
}

static void match_values(struct nft_eval *eval, const struct nft_match *match,
			 struct nft_products *in, struct nft_products *out)
{
	enum nft_type type = nft_selector_type(match->selector[0]);
	const struct set *values = match->values;

	if (type == NFT_INTERFACE)
		values = nft_interfaces_expand(&eval->ruleset->scan, eval->arena, values);
	if (match->negated)
		values = set_subtract(eval->arena, set_one(eval->arena, 0, nft_type_max(type)),
				      values);
	match_in(eval, match->selector[0], values, false, in, out);
}

/* Flags are known of a flow's first packet only. */
static void match_flags(struct nft_eval *eval, const struct nft_match *match,
			struct nft_products *in, struct nft_products *out)
{
	const struct set *tcp = set_one(eval->arena, 6, 6);
	bool first = eval->scenario->flows == FLOWS_NEW && eval->scenario->state == STATE_NEW &&
		     !match->syn_unknown;

	for (size_t i = 0; i < in->len; i++) {
		struct nft_product product = in->data[i];
		if ((first && !match->syn_matches) ||
		    !nft_product_narrow(&product, eval->arena, eval->scenario, NFT_L4PROTO, tcp))
			continue;
		product.uncertain = product.uncertain || !first;
		vec_push(out, product);
	}
}

/* A hook before routing has no way out yet, and behind it the way in is gone;
 * before connection tracking nothing is known of conversations. */
static bool match_is_seen(const struct nft_eval *eval, const struct nft_match *match)
{
	enum nft_hook hook = eval->gate->hook;
	bool tracked = !eval->gate->chain->early ||
		       (hook != HOOK_PREROUTING && hook != HOOK_OUTPUT);

	for (size_t i = 0; i < match->fields; i++)
		if ((match->selector[i] >= NFT_CT_STATE && !tracked) ||
		    (match->selector[i] == NFT_OIF &&
		     (hook == HOOK_PREROUTING || hook == HOOK_INPUT)) ||
		    (match->selector[i] == NFT_IIF &&
		     (hook == HOOK_POSTROUTING || hook == HOOK_OUTPUT)))
			return false;
	return true;
}

static void match_apply(struct nft_eval *eval, struct nft_match *match,
			struct nft_products *in, struct nft_products *out, uint32_t line)
{
	if (match->flags) {
		match_flags(eval, match, in, out);
		return;
	}
	if (match->if_tracked && !eval->scenario->tracked) {
		for (size_t i = 0; i < in->len; i++)
			vec_push(out, in->data[i]);
		return;
	}
	struct nft_set *set = match->values == NULL ? match_set(eval, match) : NULL;
	if (set == NULL && match->values == NULL)
		match_unknown(eval, in, out, line,
			      "the set is missing, of another kind, or not known in full");
	else if (!match_is_seen(eval, match))
		match_unknown(eval, in, out, line, "the hook does not know this");
	else if (match->values != NULL)
		match_values(eval, match, in, out);
	else if (match->negated && set->fields != 1)
		match_negated_rows(eval, match, set, in, out, line);
	else if (match->negated)
		match_negated(eval, match, set, in, out);
	else
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

/* Leaves the chain by a goto or a return. Where that is not certain, what comes
 * after in the chain is not either. */
static void eval_leave(struct nft_eval *eval, struct nft_products *contexts,
		       const struct nft_product *product, uint32_t line)
{
	if (!product->uncertain) {
		contexts_subtract(eval, contexts, product, line);
		return;
	}
	for (size_t i = 0; i < contexts->len; i++)
		contexts->data[i].uncertain = true;
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
		return;
	case NFT_QUEUE:
	case NFT_ANY:
		eval_any(eval, *product, rule, line);
		if (verdict->kind == NFT_QUEUE)
			eval_emit(eval, product, false, rule, line);
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
	eval_leave(eval, contexts, product, line);
}

/* Of a map that is not known in full, any verdict may come. */
static void eval_map(struct nft_eval *eval, const struct nft_rule *rule,
		     struct nft_match *match, struct nft_products *matched,
		     struct nft_products *contexts)
{
	struct nft_set *set = match_set(eval, match);

	if (set == NULL || match->next != NULL || !match_is_seen(eval, match)) {
		eval_condition(eval, rule->line, "the map is not followed");
		for (size_t i = 0; i < matched->len; i++)
			eval_any(eval, matched->data[i], rule, rule->line);
		return;
	}
	for (size_t i = 0; i < matched->len; i++)
		for (size_t k = 0; k < set->rows.len && eval_step(eval, rule->line); k++) {
			struct nft_product product = matched->data[i];
			const struct nft_row *row = &set->rows.data[k];
			if (row_narrow(eval, match, set, row, &product))
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

static void eval_rule(struct nft_eval *eval, const struct nft_rule *rule,
		      struct nft_products *contexts)
{
	struct nft_products matched = VEC_INIT;
	struct nft_match *match = rule->matches;

	if (!rule_may_decide(rule))
		return;
	for (size_t i = 0; i < contexts->len; i++) {
		vec_push(&matched, contexts->data[i]);
		matched.data[i].uncertain = matched.data[i].uncertain || rule->uncertain;
	}
	for (; match != NULL && !match->vmap && matched.len > 0; match = match->next) {
		struct nft_products next = VEC_INIT;
		match_apply(eval, match, &matched, &next, rule->line);
		vec_free(&matched);
		matched = next;
	}
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
		if (eval_step(eval, rule->line))
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
