/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as what `nft -j list ruleset` prints: written as text in bounded
 * time and memory, and the text is read as the JSON is. */
#include "config.h"

#include <stdlib.h>

#include "verifier/nft.h"
#include "verifier/prove.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_one(struct read_result *read, struct arena *arena, const struct source *source)
{
	struct read_input input = { .files = source, .file_count = 1, .at = 1700000000,
				    .horizon = 1734560000 };
	struct diags diags;

	diags_init(&diags);
	bool good = read_nftables(read, arena, &input, &diags);
	diags_release(&diags);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = { "ruleset.json", (const char *)data, size };
	struct read_result json, text;
	struct prove_result proof;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	const struct source *written = nft_json_text(&arena, &source, &diags);
	if (written != NULL && nft_is_json(&source) && read_one(&json, &arena, &source)) {
		if (!read_one(&text, &arena, written))
			abort();
		prove_between(&proof, &arena, &json.filter, BOUND_UPPER, &text.filter,
			      BOUND_UPPER);
		if (proof.verdict == PROVE_DIFFERENT)
			abort();
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
