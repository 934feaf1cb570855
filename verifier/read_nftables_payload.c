/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a product the conditions of a rule on bytes hold for. One by one they say
 * little; together they may say that a packet carries nothing, or one whole request that
 * ends with it (compiler/payload.h). Where they do not, the rule may hold for any
 * packet. */
#include "config.h"
#include "verifier/nft_payload.h"

#include <netinet/in.h>

bool nft_match_is_raw(const struct nft_match *match)
{
	return !match->flags && match->fields > 0 && match->selector[0] >= NFT_RAW_FIRST;
}

/* Offsets are told of what the initiator sends over TCP or UDP; 0: of neither. */
static unsigned product_transport(const struct nft_eval *eval, const struct nft_product *product)
{
	const struct set *protocol = product->key[KEY_PROTOCOL];

	if (eval->scenario->travel != TRAVEL_ORIGINAL || set_size(protocol) != 1)
		return 0;
	unsigned transport = (unsigned)set_min(protocol);
	return transport == IPPROTO_TCP || transport == IPPROTO_UDP ? transport : 0;
}

static void payload_push(const struct nft_eval *eval, const struct nft_product *from,
			 const struct set *points, bool uncertain, struct nft_products *out)
{
	struct nft_product product = *from;

	if (points != NULL)
		product.key[KEY_PAYLOAD] = set_intersect(eval->arena, product.key[KEY_PAYLOAD],
							 points);
	product.uncertain = product.uncertain || uncertain;
	if (!set_is_empty(product.key[KEY_PAYLOAD]))
		vec_push(out, product);
}

/* What is told of a rule, once for each family and transport. */
struct payload_results {
	bool made[FAMILY_COUNT][2];
	struct nft_form_result result[FAMILY_COUNT][2];
};

static struct nft_form_result payload_result(struct payload_results *results,
					     const struct nft_bytes *bytes, int family,
					     unsigned transport)
{
	bool udp = transport == IPPROTO_UDP;

	if (!results->made[family][udp])
		results->result[family][udp] = nft_form_find(bytes, family, transport);
	results->made[family][udp] = true;
	return results->result[family][udp];
}

static void payload_product(struct payload_results *results, const struct nft_bytes *bytes,
			    const struct nft_rule *rule, const struct nft_product *in,
			    struct nft_products *out)
{
	struct nft_eval *eval = bytes->eval;
	unsigned transport = product_transport(eval, in);

	for (int family = 0; family < FAMILY_COUNT && transport != 0; family++) {
		struct nft_product product = *in;
		product.key[KEY_FAMILY] =
			set_intersect(eval->arena, in->key[KEY_FAMILY],
				      set_one(eval->arena, (u128)family, (u128)family));
		if (!bytes->family[family] || set_is_empty(product.key[KEY_FAMILY]))
			continue;
		struct nft_form_result result = payload_result(results, bytes, family, transport);
		if (result.narrow)
			nft_unknown_condition(&eval->ruleset->scan, rule->line,
					      "a condition on bytes of the packet is not followed");
		payload_push(eval, &product, result.points, result.narrow, out);
	}
	if (transport == 0)
		payload_push(eval, in, NULL, true, out);
}

void nft_payload_apply(struct nft_eval *eval, const struct nft_rule *rule,
		       struct nft_products *in, struct nft_products *out)
{
	struct payload_results results = { 0 };
	struct nft_bytes bytes;

	nft_bytes_read(&bytes, eval, rule);
	for (size_t i = 0; i < in->len; i++)
		payload_product(&results, &bytes, rule, &in->data[i], out);
}
