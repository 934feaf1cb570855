/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of sources: how many, and where they begin. */
#include "config.h"
#include "base/source.h"

#include <string.h>
#include <uthash.h>

#include "base/vec.h"

size_t source_count_lines(const struct source *source)
{
	size_t lines = source->length > 0 && source->text[source->length - 1] != '\n';

	for (size_t i = 0; i < source->length; i++)
		lines += source->text[i] == '\n';
	return lines;
}

struct source_index {
	const struct source *source;
	VEC(const char *) starts;
	UT_hash_handle hh;
};

static struct source_index *source_walk(const struct source *source)
{
	struct source_index *index = memory_array(1, sizeof(*index));
	const char *end = source->text + source->length;

	index->source = source;
	for (const char *p = source->text; p != NULL;) {
		vec_push(&index->starts, p);
		p = memchr(p, '\n', (size_t)(end - p));
		p = p != NULL ? p + 1 : NULL;
	}
	return index;
}

static const struct source_index *source_lookup(struct source_lines *lines,
						const struct source *source)
{
	struct source_index *index;

	HASH_FIND_PTR(lines->indexes, &source, index);
	if (index == NULL) {
		index = source_walk(source);
		HASH_ADD_PTR(lines->indexes, source, index);
	}
	return index;
}

const char *source_line(struct source_lines *lines, const struct span *where, size_t *length)
{
	if (where->source == NULL || where->source->text == NULL || where->line == 0)
		return NULL;
	const struct source_index *index = source_lookup(lines, where->source);
	if (where->line > index->starts.len)
		return NULL;
	const char *start = index->starts.data[where->line - 1];
	const char *end = where->line < index->starts.len
				  ? index->starts.data[where->line] - 1
				  : where->source->text + where->source->length;
	*length = (size_t)(end - start);
	return start;
}

static const char *source_place(const struct source_index *index, uint32_t line,
				uint32_t column)
{
	const char *end = index->source->text + index->source->length;

	if (line == 0 || line > index->starts.len)
		return end;
	const char *start = index->starts.data[line - 1];
	return column - 1 < (size_t)(end - start) ? start + column - 1 : end;
}

const char *source_text(struct source_lines *lines, const struct span *where, size_t *length)
{
	const struct source_index *index = source_lookup(lines, where->source);
	const char *start = source_place(index, where->line, where->column);
	const char *end = source_place(index, where->end_line, where->end_column);

	*length = end > start ? (size_t)(end - start) : 0;
	return start;
}

static void source_index_free(struct source_lines *lines, struct source_index *index)
{
	HASH_DEL(lines->indexes, index);
	vec_free(&index->starts);
	free(index);
}

void source_lines_forget(struct source_lines *lines, const struct source *source)
{
	struct source_index *index;

	HASH_FIND_PTR(lines->indexes, &source, index);
	if (index != NULL)
		source_index_free(lines, index);
}

void source_lines_release(struct source_lines *lines)
{
	struct source_index *index, *next;

	HASH_ITER(hh, lines->indexes, index, next)
		source_index_free(lines, index);
}
