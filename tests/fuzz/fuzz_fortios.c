/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a configuration of FortiOS: read in bounded time and memory,
 * never a crash, every line accounted for, and what was read compares equal to
 * itself. */
#include "config.h"

#include <stdlib.h>

#include "verifier/prove.h"
#include "verifier/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct source *source)
{
	struct read_input input = { .files = source, .file_count = 1, .at = 1767225600,
				    .horizon = 1801785600, .self = true };
	struct read_result read;
	struct prove_result proof;
	struct arena arena;
	struct diags diags;
	size_t lines = source->length > 0 && source->text[source->length - 1] != '\n';

	arena_init(&arena);
	diags_init(&diags);
	for (size_t i = 0; i < source->length; i++)
		lines += source->text[i] == '\n';
	if (reader_find("fortios")->read(&read, &arena, &input, &diags)) {
		if (read.lines.understood + read.lines.irrelevant + read.lines.unknown != lines)
			abort();
		prove_equal(&proof, &arena, &read.filter, &read.filter);
		if (proof.verdict == PROVE_DIFFERENT)
			abort();
	}
	diags_release(&diags);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = { "configuration", (const char *)data, size };

	read_all(&source);
	return 0;
}
