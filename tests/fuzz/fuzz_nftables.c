/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an nftables ruleset: read in bounded time and memory, never a
 * crash, and what was read compares equal to itself. */
#include "config.h"

#include <stdlib.h>

#include "verifier/prove.h"
#include "verifier/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = { "ruleset.nft", (const char *)data, size };
	struct read_result read;
	struct prove_result proof;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	if (read_nftables(&read, &arena, &source, 1700000000, 1734560000, &diags)) {
		prove_equal(&proof, &arena, &read.filter, &read.filter);
		if (proof.verdict == PROVE_DIFFERENT)
			abort();
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
