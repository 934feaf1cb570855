/* SPDX-License-Identifier: Apache-2.0
 *
 * The readers under any bytes: what holds of every reading is checked here. */
#include "config.h"
#include "tests/fuzz/reader.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/analyse.h"
#include "verifier/nft.h"
#include "verifier/prove.h"

enum { FILES_MAX = 3 };

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

/* JSON is read as the text that it stands for: whose lines are counted. */
static void check_lines(const struct read_lines *read, const struct read_input *input)
{
	size_t lines = 0;

	for (size_t i = 0; i < input->file_count; i++) {
		if (nft_is_json(&input->files[i]))
			return;
		lines += count_lines(&input->files[i]);
	}
	if (read->understood + read->irrelevant + read->unknown != lines)
		abort();
}

bool fuzz_read(struct read_result *read, struct arena *arena, const char *platform,
	       const struct read_input *input)
{
	struct diags diags;

	diags_init(&diags);
	bool good = reader_read(reader_find(platform), read, arena, input, &diags);
	if (good)
		check_lines(&read->lines, input);
	else if (diags.len == 0)
		abort();
	diags_release(&diags);
	return good;
}

void fuzz_compare(struct arena *arena, const struct read_result *left,
		  const struct read_result *right)
{
	struct prove_result proof;

	prove_between(&proof, arena, &left->filter, BOUND_UPPER, &right->filter, BOUND_UPPER);
	if (proof.verdict == PROVE_DIFFERENT)
		abort();
	prove_between(&proof, arena, &left->filter, BOUND_LOWER, &right->filter, BOUND_LOWER);
	if (proof.verdict == PROVE_DIFFERENT)
		abort();
}

void fuzz_reader(const char *platform, const uint8_t *bytes, size_t size)
{
	struct source files[FILES_MAX];
	struct read_input input = {
		.files = files, .file_count = parts(files, (const char *)bytes, size),
		.at = 1767225600, .horizon = 1801785600, .self = true,
	};
	struct read_result read;
	struct analysis analysis;
	struct arena arena;

	arena_init(&arena);
	if (fuzz_read(&read, &arena, platform, &input))
		fuzz_compare(&arena, &read, &read);
	input.self = false;
	input.alone = true;
	if (fuzz_read(&read, &arena, platform, &input))
		analyse(&analysis, &arena, &read);
	arena_release(&arena);
}
