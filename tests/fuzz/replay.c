/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target over files, and over the files of folders, without a
 * fuzzer: how `make check` replays the corpora. Without arguments: the corpus of
 * the target's own name under $SRCDIR. Speaks TAP; ok means that it returned. */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static unsigned replayed, failed;

static void replay_file(const char *path)
{
	struct file_text text;
	const char *why = NULL;
	bool read = file_read(path, &text, &why);

	if (read) {
		LLVMFuzzerTestOneInput((const uint8_t *)text.bytes, text.length);
		file_text_release(&text);
	}
	failed += !read;
	printf("%sok %u - %s%s%s\n", read ? "" : "not ", ++replayed, path, why ? ": " : "",
	       why ? why : "");
}

static int replay_is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_path(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, replay_is_seed, alphasort);

	if (count < 0) {
		replay_file(path);
		return;
	}
	for (int i = 0; i < count; i++) {
		struct strbuf name = STRBUF_INIT;
		strbuf_printf(&name, "%s/%s", path, entries[i]->d_name);
		replay_file(name.text);
		strbuf_release(&name);
		free(entries[i]);
	}
	free(entries);
}

static void replay_own_corpus(const char *program)
{
	const char *slash = strrchr(program, '/'), *source = getenv("SRCDIR");
	const char *stem = slash ? slash + 1 : program;
	struct strbuf path = STRBUF_INIT;

	if (strncmp(stem, "fuzz-", 5) == 0)
		stem += 5;
	strbuf_printf(&path, "%s/tests/fuzz/corpus/%s", source ? source : ".", stem);
	replay_path(path.text);
	strbuf_release(&path);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		replay_own_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		replay_path(argv[i]);
	printf("1..%u\n", replayed);
	return failed > 0 || replayed == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
