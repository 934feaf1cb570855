/* SPDX-License-Identifier: Apache-2.0
 *
 * The conditions of nftables rules, as products of keys meet them: each leaves what it
 * holds for, and what it may hold for, marked so. */
#include "config.h"
#include "verifier/nft_eval.h"

#define EVAL_STEPS ((uint64_t)1 << 26)
#define EVAL_OUTSIDE ((size_t)256)

bool nft_eval_step(struct nft_eval *eval, uint32_t line)
{
	if (eval->steps++ < EVAL_STEPS)
		return true;
	nft_unknown(&eval->ruleset->scan, line, "the chains are too entangled to follow");
	return false;
}

struct nft_set *nft_match_set(struct nft_eval *eval, struct nft_match *match)
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

bool nft_match_row(struct nft_eval *eval, const struct nft_match *match,
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
		nft_unknown_condition(&eval->ruleset->scan, line, reason);
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
			if (!nft_match_row(eval, match, set, &set->rows.data[k], &part))
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
bool nft_match_is_seen(const struct nft_eval *eval, const struct nft_match *match)
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

void nft_match_apply(struct nft_eval *eval, struct nft_match *match,
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
	struct nft_set *set = match->values == NULL ? nft_match_set(eval, match) : NULL;
	if (set == NULL && match->values == NULL)
		match_unknown(eval, in, out, line,
			      "the set is missing, of another kind, or not known in full");
	else if (!nft_match_is_seen(eval, match))
		match_unknown(eval, in, out, line, "the hook does not know this");
	else if (match->values != NULL)
		match_values(eval, match, in, out);
	else if (match->negated && set->fields != 1)
		match_negated_rows(eval, match, set, in, out, line);
	else if (match->negated)
		match_negated(eval, match, set, in, out);
	else
		for (size_t i = 0; i < in->len; i++)
			for (size_t k = 0; k < set->rows.len && nft_eval_step(eval, line); k++) {
				struct nft_product product = in->data[i];
				if (nft_match_row(eval, match, set, &set->rows.data[k], &product))
					vec_push(out, product);
			}
}
