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
	struct read_input input = { .files = &source, .file_count = 1, .at = 1700000000,
				    .horizon = 1734560000 };
	struct read_result read;
	struct prove_result proof;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	if (read_nftables(&read, &arena, &input, &diags)) {
		prove_between(&proof, &arena, &read.filter, BOUND_UPPER, &read.filter,
			      BOUND_UPPER);
		if (proof.verdict == PROVE_DIFFERENT)
			abort();
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
