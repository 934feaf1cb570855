/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as what iptables-save, ip6tables-save and `ipset save` print, which a
 * line of `%%` parts: read in bounded time and memory, never a crash, every line
 * accounted for, and what was read compares equal to itself. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/prove.h"
#include "verifier/read.h"

enum { FILES_MAX = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_lines(const struct source *source)
{
	size_t lines = source->length > 0 && source->text[source->length - 1] != '\n';

	for (size_t i = 0; i < source->length; i++)
		lines += source->text[i] == '\n';
	return lines;
}

static size_t parts(struct source *files, const char *text, size_t length)
{
	size_t count = 0;

	while (count < FILES_MAX) {
		const char *cut = count + 1 < FILES_MAX ? memmem(text, length, "%%\n", 3) : NULL;
		size_t part = cut != NULL ? (size_t)(cut - text) : length;
		files[count++] = (struct source){ "configuration", text, part };
		if (cut == NULL)
			break;
		text += part + 3;
		length -= part + 3;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source files[FILES_MAX];
	size_t lines = 0, count = parts(files, (const char *)data, size);
	struct read_input input = { .files = files, .file_count = count, .at = 1767225600,
				    .horizon = 1801785600, .self = true };
	struct read_result read;
	struct prove_result proof;
	struct arena arena;
	struct diags diags;

	arena_init(&arena);
	diags_init(&diags);
	for (size_t i = 0; i < count; i++)
		lines += count_lines(&files[i]);
	if (reader_find("iptables")->read(&read, &arena, &input, &diags)) {
		if (read.lines.understood + read.lines.irrelevant + read.lines.unknown != lines)
			abort();
		prove_equal(&proof, &arena, &read.filter, &read.filter);
		if (proof.verdict == PROVE_DIFFERENT)
			abort();
	}
	diags_release(&diags);
	arena_release(&arena);
	return 0;
}
