/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of a file, places in it, and where its lines begin. */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/* A file's text; sources live as long as the diagnostics that point into them. */
struct source {
	const char *path; /* as the user would name it */
	const char *text;
	size_t length;
};

/* Text behind the last newline is a line, too. */
size_t source_count_lines(const struct source *source);

/* A stretch of one source: 1-based line and column, columns in bytes; end is
 * exclusive, on the same or a later line. source NULL: no place is known. */
struct span {
	const struct source *source;
	uint32_t line, column;
	uint32_t end_line, end_column;
};

/* The lines of sources. A source is walked once, when a line of it is first
 * asked for; after that each line is found at once. */
struct source_lines {
	struct source_index *indexes; /* uthash, by source */
};

void source_lines_release(struct source_lines *lines);
/* The line that a span starts on, without its newline; NULL if the source has
 * no such line. It points into the source. */
const char *source_line(struct source_lines *lines, const struct span *where, size_t *length);
/* The text that a span covers, in the source; what lies beyond the source is cut. */
const char *source_text(struct source_lines *lines, const struct span *where, size_t *length);
/* For a source that is asked for no more. */
void source_lines_forget(struct source_lines *lines, const struct source *source);

#endif
