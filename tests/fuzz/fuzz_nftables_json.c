/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as what `nft -j list ruleset` prints. It is written as text
 * in bounded time and memory, and the text is read as the JSON is. */
#include "config.h"

#include <stdlib.h>

#include "tests/fuzz/reader.h"
#include "verifier/nft.h"

static bool read_one(struct read_result *read, struct arena *arena, const struct source *source)
{
	struct read_input input = { .files = source, .file_count = 1, .at = 1700000000,
				    .horizon = 1734560000 };

	return fuzz_read(read, arena, "nftables", &input);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct source source = { "ruleset.json", (const char *)bytes, size };
	struct read_result json, text;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	const struct source *written = nft_json_text(&arena, &source, &diags);
	if (written != NULL && nft_is_json(&source) && read_one(&json, &arena, &source)) {
		if (!read_one(&text, &arena, written))
			abort();
		fuzz_compare(&arena, &json, &text);
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
