/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets of the language share: a policy of files in memory is
 * loaded, resolved, and its diagnostics are printed, as every verb does. */
#ifndef TESTS_FUZZ_POLICY_TEXT_H
#define TESTS_FUZZ_POLICY_TEXT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compiler/model.h"

struct fuzz_file {
	const char *path;
	const char *bytes;
	size_t length;
};

/* The list ends with a file without path. */
static inline bool fuzz_read(void *context, const char *path, char **bytes, size_t *length,
			     const char **why)
{
	for (const struct fuzz_file *file = context; file->path; file++) {
		if (strcmp(file->path, path) != 0)
			continue;
		*bytes = memory_alloc(file->length + 1);
		if (file->length > 0)
			memcpy(*bytes, file->bytes, file->length);
		*length = file->length;
		return true;
	}
	*why = "there is no such file";
	return false;
}

/* Places and carets are computed where diagnostics are printed. */
static inline void fuzz_print(struct diags *diags)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&bytes, &length);

	if (!stream)
		abort();
	diags_sort(diags);
	diags_print(diags, stream);
	fclose(stream);
	free(bytes);
}

static inline void fuzz_policy(struct fuzz_file *files)
{
	const struct policy_reader reader = { .read = fuzz_read, .context = files };
	struct policy_text text;
	struct model model;
	struct diags diags;

	diags_init(&diags);
	bool usable = policy_text_load_with(&text, files[0].path, &reader, &diags);
	usable = model_resolve(&model, &text, &diags) && usable;
	if (usable != (diags_count(&diags, SEVERITY_FATAL) == 0))
		abort();
	if (usable)
		flow_index_destroy(flow_index_create(&model));
	fuzz_print(&diags);
	model_release(&model);
	policy_text_release(&text);
	diags_release(&diags);
}

#endif
