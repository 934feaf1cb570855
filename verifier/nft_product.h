/* SPDX-License-Identifier: Apache-2.0
 *
 * Products of sets over the key of a flow, as the evaluation of nftables
 * chains carries them. The key is the tuple of the flow's first packet; a
 * scenario says how a packet's header shows it. Private to read_nftables*.c. */
#ifndef VERIFIER_NFT_PRODUCT_H
#define VERIFIER_NFT_PRODUCT_H

#include "verifier/nft.h"

/* Ports count for protocols other than ICMP; for ICMP its type and code do,
 * KEY_WORD the two as one number (what `th sport` sees), and KEY_UNSEEN what
 * no key tells (the checksum, the identifier). */
enum nft_key {
	KEY_IN, KEY_OUT, KEY_FAMILY, KEY_SRC4, KEY_DST4, KEY_SRC6, KEY_DST6, KEY_PROTOCOL,
	KEY_SRC_PORT, KEY_DST_PORT, KEY_TYPE, KEY_CODE, KEY_WORD, KEY_UNSEEN, KEY_TIME,
	KEY_PAYLOAD, /* compiler/payload.h */
	KEY_COUNT,
};

struct nft_product {
	const struct set *key[KEY_COUNT];
	bool uncertain; /* these keys or fewer */
	uint8_t doubt;  /* since which level of the evaluation it is not certain that they
			   come here: 0, it is */
};
VEC_TYPE(nft_products, struct nft_product);

struct nft_product nft_product_all(void);
/* Appends disjoint products that hold the keys of these flows. */
void nft_product_flows(struct nft_products *out, struct arena *arena, enum nft_flows flows);
bool nft_product_full(const struct nft_product *product, enum nft_key key);
/* Narrows by `selector` in `set`; false if nothing is left. */
bool nft_product_narrow(struct nft_product *product, struct arena *arena,
			const struct nft_scenario *scenario, enum nft_selector selector,
			const struct set *set);
/* Appends what `part`, a subset of `whole`, leaves of it: disjoint products. */
void nft_product_subtract(struct nft_products *out, struct arena *arena,
			  const struct nft_product *whole, const struct nft_product *part);
/* Restricts to ICMP, or to all else; false if nothing is left. */
bool nft_product_icmp(struct nft_product *product, struct arena *arena, bool icmp);

#endif
