/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics: queued, sorted by place, printed once with the line and a caret.
 * A function that returns false has already added one. Nothing prints but the
 * reporters (diags_print here, verifier/report_*, cli). */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/source.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_FATAL };

/* "note", "warning" or "error". */
const char *severity_word(enum severity severity);

enum finding_id {
#define FINDING(id, name, severity, advice, explanation) FINDING_##id,
#include "base/findings.def"
#undef FINDING
	FINDING_COUNT
};

struct finding_info {
	const char *name;
	enum severity severity;
	const char *advice;
	const char *explanation;
};

const struct finding_info *finding_info(enum finding_id id);
/* By the name users see, exactly; FINDING_COUNT if there is none. */
enum finding_id finding_by_name(const char *name);

struct diag {
	enum finding_id id;
	enum severity severity; /* the table's, unless an exception lowered it */
	struct span where;
	struct span other;      /* other.source NULL: no second place */
	const char *other_label;
	const char *message;
	const char *hint;       /* did-you-mean or advice, may be NULL */
	const char *witness;    /* a flow that can be pasted into `query`, may be NULL */
	const char *options;    /* with these options of `query`, may be NULL */
	const char *subject;    /* zone, asset, conduit, device or id it is about; may be NULL */
	const char *about;      /* a second such name: the conduit of a rule, the other zone */
	const char *accepted;   /* the reason of the exception that accepted it, may be NULL */
	size_t serial;
};

struct diags {
	struct arena arena;
	struct diag **list;
	size_t len, cap;
	size_t limit_reached; /* diagnostics dropped beyond DIAG_LIMIT */
	size_t compared;      /* names that hints were sought among */
};

enum {
	DIAG_LIMIT = 100000,            /* warnings kept; twice that with errors */
	DIAG_COMPARED_MAX = 1000000,    /* so that many unknown names stay cheap */
};

void diags_init(struct diags *diags);
void diags_release(struct diags *diags);

/* Adds one; the result, never NULL, may be completed with the setters below
 * (or by writing its fields) until diags_release(). */
struct diag *diag_add(struct diags *diags, enum finding_id id, struct span where,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_other(struct diags *diags, struct diag *diag, struct span other,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void diag_witness(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sorted by path, line, column, then in the order added. */
void diags_sort(struct diags *diags);
size_t diags_count(const struct diags *diags, enum severity at_least);
/* 2 with a FATAL, 1 with an ERROR (or a WARNING where strict), else 0. */
int diags_exit_code(const struct diags *diags, bool strict);
/* `file:line:column: error: message [NAME]`, the line, a caret; long lines are
 * cut around the caret. */
void diags_print(struct diags *diags, FILE *stream);
/* findings[]: {name, severity, message, file, line, column, witness?, ...}. */
json_t *diags_json(struct diags *diags);

/* The candidate nearest to `name` by edit distance, close enough to have been
 * meant, or NULL. */
const char *diag_did_you_mean(const char *name, const char *const *candidates,
			      size_t count);
/* Hints at that candidate; false if there is none. Beyond DIAG_COMPARED_MAX candidates
 * in all nothing is sought any more: whoever has that many unknown names does not
 * read their hints. */
bool diag_suggest(struct diags *diags, struct diag *diag, const char *name,
		  const char *const *candidates, size_t count);

#endif
