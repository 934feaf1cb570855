/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions on the flags of TCP, as far as a flow's first packet tells. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

static bool flags_word(struct nft_scan *scan, unsigned *out)
{
	static const char *const names[] = { "fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr" };
	struct range number;

	for (unsigned i = 0; i < 8; i++)
		if (scan->token.length == 3 && memcmp(scan->token.text, names[i], 3) == 0)
			return *out |= 1u << i, nft_advance(scan), true;
	if (!nft_value_read(scan, NFT_ICMP_TYPE, &number) || number.lo != number.hi)
		return false;
	*out |= (unsigned)number.lo;
	return true;
}

/* `syn`, `syn | ack`, `(fin | syn)`, `fin,syn`. */
static bool flags_read(struct nft_scan *scan, unsigned *out, bool *listed)
{
	bool open = nft_accept(scan, "(");

	*out = 0;
	do {
		if (!flags_word(scan, out))
			return false;
		*listed = *listed || nft_is(scan, ",");
	} while (nft_accept(scan, "|") || nft_accept(scan, ","));
	return !open || nft_accept(scan, ")");
}

/* `tcp flags & MASK == VALUE`, `VALUE / MASK`, or `VALUE`: some of its bits. A
 * flow's first packet carries SYN alone; of others nothing is said. */
static bool flags_match(struct nft_scan *scan, struct nft_match *match)
{
	unsigned mask = 0xff, value = 0;
	bool listed = false, negated, first = nft_accept(scan, "&");

	if (first && !flags_read(scan, &mask, &listed))
		return false;
	negated = nft_accept(scan, "!=");
	bool exact = negated || nft_accept(scan, "==");
	if (!flags_read(scan, &value, &listed))
		return false;
	if (!first && nft_accept(scan, "/"))
		exact = flags_read(scan, &mask, &listed);
	else if (!first && !exact && !listed)
		return match->syn_matches = (value & NFT_SYN) != 0, true;
	else if (!first && listed)
		return match->syn_matches = ((value & NFT_SYN) != 0) != negated, true;
	match->syn_matches = ((NFT_SYN & mask) == value) != negated;
	return true;
}

bool nft_rule_flags(struct nft_scan *scan, struct nft_match **out)
{
	struct nft_match *match;

	if (!nft_starts(scan, "tcp flags"))
		return false;
	match = arena_alloc(scan->arena, sizeof(*match));
	match->flags = true;
	if (!flags_match(scan, match))
		match->syn_unknown = true;
	*out = match;
	return true;
}
