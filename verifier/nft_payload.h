/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions of a rule on bytes of the packet, as they are compared with the forms of
 * compiler/payload.h. Private to read_nftables_payload.c, read_nftables_form.c and
 * read_nftables_bytes.c. */
#ifndef VERIFIER_NFT_PAYLOAD_H
#define VERIFIER_NFT_PAYLOAD_H

#include "compiler/payload.h"
#include "verifier/nft_eval.h"

enum { NFT_BYTES = 256, NFT_CONDITIONS = 32, NFT_FIELD_BITS = 32 };

/* Values of some fields: numbers that hold each field in NFT_FIELD_BITS, the last in the
 * lowest. */
struct nft_condition {
	enum nft_selector selector[NFT_FIELDS];
	size_t fields;
	const struct set *numbers;
};

struct nft_bytes {
	struct nft_eval *eval;
	bool family[FAMILY_COUNT];  /* may hold for packets of it */
	bool plain[FAMILY_COUNT];   /* with an IP header of the usual form */
	bool no_urgent, no_syn;     /* of TCP */
	bool tcp;                   /* something of TCP's header is compared */
	struct payload_byte byte[NFT_BYTES]; /* by offset behind the transport's header */
	struct nft_condition condition[NFT_CONDITIONS];
	size_t conditions;
	bool narrow;                /* there is a condition that is not told here */
};

void nft_bytes_read(struct nft_bytes *bytes, struct nft_eval *eval, const struct nft_rule *rule);
enum nft_selector nft_inner_selector(struct payload_number number);

/* What a rule says of packets of a family over an IP protocol. */
struct nft_form_result {
	const struct set *points; /* NULL: it may hold for any packet */
	bool narrow;              /* it may hold for fewer */
};
struct nft_form_result nft_form_find(const struct nft_bytes *bytes, int family,
				     unsigned transport);

#endif
