/* SPDX-License-Identifier: Apache-2.0
 *
 * What the evaluation of nftables chains carries, and the conditions of its rules.
 * Private to read_nftables_eval.c and read_nftables_match.c. */
#ifndef VERIFIER_NFT_EVAL_H
#define VERIFIER_NFT_EVAL_H

#include "verifier/nft_product.h"

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
	struct nft_products decided; /* in doubt, by the chains that were called */
};

/* What of `in` the conditions of a rule on raw bytes hold for together. */
bool nft_match_is_raw(const struct nft_match *match);
void nft_payload_apply(struct nft_eval *eval, const struct nft_rule *rule,
		       struct nft_products *in, struct nft_products *out);

/* Counts a step; false, listed, after too many. */
bool nft_eval_step(struct nft_eval *eval, uint32_t line);

/* The set that a match looks into; NULL if it is not known in full, or none such. */
struct nft_set *nft_match_set(struct nft_eval *eval, struct nft_match *match);
/* The hook of the chain knows what the match asks. */
bool nft_match_is_seen(const struct nft_eval *eval, const struct nft_match *match);
/* Narrows by one row of the set; false if nothing is left. */
bool nft_match_row(struct nft_eval *eval, const struct nft_match *match,
		   const struct nft_set *set, const struct nft_row *row,
		   struct nft_product *product);
/* Appends what of `in` the match holds for; what is not known of it leaves products
 * that are uncertain. */
void nft_match_apply(struct nft_eval *eval, struct nft_match *match, struct nft_products *in,
		     struct nft_products *out, uint32_t line);

#endif
