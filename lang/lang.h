/* SPDX-License-Identifier: Apache-2.0
 *
 * From files to a syntax tree: the prelude, the policy, what it includes and
 * its inventories. */
#ifndef LANG_LANG_H
#define LANG_LANG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "lang/tree.h"

/* One policy's text and tree. Strings, nodes and sources live in the arena;
 * spans point to the sources. */
struct policy_text {
	struct arena arena;
	struct tree_statement *prelude; /* services and protocols Cordon ships */
	struct tree_statement *statements; /* the policy with includes and inventories */
	struct source **sources; /* every file read, in order; sources[0] is the policy */
	size_t source_count;
};

/* How a policy's files are read; the default reads the file system. `diff --git`
 * reads a revision instead. On success *bytes is malloc()ed and the caller's. */
struct policy_reader {
	bool (*read)(void *context, const char *path, char **bytes, size_t *length,
		     const char **why);
	void *context;
	/* One name for all the paths of one file, malloc()ed, or NULL if there is
	 * none: files are told apart by it. Without it, by their paths. */
	char *(*identify)(void *context, const char *path);
};

/* Parses PATH ("-": standard input) with what it includes, the prelude first.
 * Every error is added to diags and parsing goes on; returns false if any was
 * FATAL (the tree then holds what could be parsed). Release in both cases. */
bool policy_text_load(struct policy_text *text, const char *path, struct diags *diags);
bool policy_text_load_with(struct policy_text *text, const char *path,
			   const struct policy_reader *reader, struct diags *diags);
void policy_text_release(struct policy_text *text);

/* Parses one `SRC -> DST : SERVICE [{ modifiers }]` (the question of `query`)
 * into an ASSERT_ALLOW-like node. NULL after an error. */
struct tree_assert *policy_text_question(struct policy_text *text, const char *question,
					 struct diags *diags);

/* The canonical layout of one file's text, every comment kept. False, with
 * diagnostics, if the text has syntax errors: nothing is formatted then. */
bool policy_format(const char *path, const char *bytes, size_t length,
		   struct strbuf *out, struct diags *diags);

/* The text of a span that parsed, in the same layout, on one line and without
 * comments: it tells how a statement is written, however it is laid out. */
const char *policy_span_text(struct arena *arena, struct source_lines *lines,
			     struct span where);

/* The prelude's text, as `cordon services` prints it. */
const char *prelude_text(size_t *length);

/* "3.5" for LEVEL_3_5, and so on. */
const char *level_name(enum level level);
const char *operation_class_name(enum operation_class class);
const char *parameter_dimension_name(enum parameter_dimension dimension); /* as a table has it */

/* Civil dates: days since 1970-01-01. False for a day that does not exist. */
bool date_from_civil(int year, int month, int day, int32_t *out);
void date_to_civil(int32_t day, int *year, int *month, int *day_of_month);

#endif
