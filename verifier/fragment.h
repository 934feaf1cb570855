/* SPDX-License-Identifier: Apache-2.0
 *
 * Which ports a later fragment belongs to: remembered from the first fragment of
 * the same datagram, in a table of fixed size. Fragments that come before their
 * first are held as counts until it comes. */
#ifndef VERIFIER_FRAGMENT_H
#define VERIFIER_FRAGMENT_H

#include "verifier/decode.h"

struct fragments;

struct fragments *fragments_create(size_t limit);
void fragments_destroy(struct fragments *table);

/* Fragments that came before their first. */
struct fragment_held {
	uint64_t packets, bytes;
};

/* `flow` is a fragment. True: its ports are known now; *held came before it (for
 * a first fragment). False: it was held. */
bool fragment_resolve(struct fragments *table, struct decode_flow *flow, uint32_t length,
		      struct fragment_held *held);
/* Fragments whose first was not seen: those that gave way and those still held. */
uint64_t fragments_orphaned(const struct fragments *table);

#endif
