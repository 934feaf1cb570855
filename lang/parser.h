/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside lang/: the state of one run of the parser over one source, and what
 * scanner, grammar, constructors and loader share. All nodes live in the arena
 * of the policy text, so values that error recovery drops need no destructor
 * of their own. */
#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include "base/strbuf.h"
#include "lang/lang.h"

enum {
	PARSE_NESTING_MAX = 64,         /* open braces or parentheses */
	PARSE_ERRORS_MAX = 1000,        /* errors a file */
	PARSE_INCLUDES_MAX = 64,        /* files including one another */
	PARSE_LINE_MAX = 1024 * 1024,   /* bytes a line */
};

/* Lists under construction are rings: the value is the last node, its `next`
 * the first; list_close makes them plain. Appending is O(1).
 * `node` is evaluated several times: pass a variable. */
#define list_add(last, node)                                  \
	((node)->next = (last) ? (last)->next : (node),       \
	 (last) ? ((last)->next = (node)) : NULL, (node))
#define list_close(last) \
	do {                                                  \
		if (last) {                                   \
			__typeof__(last) end_ = (last);       \
			(last) = end_->next;                  \
			end_->next = NULL;                    \
		}                                             \
	} while (0)
/* Joins two rings; either may be NULL. */
#define list_join(first, second)                              \
	do {                                                  \
		__typeof__(first) second_ = (second);         \
		if ((first) && second_) {                     \
			__typeof__(first) head_ = (first)->next; \
			(first)->next = second_->next;        \
			second_->next = head_;                \
		}                                             \
		if (second_)                                  \
			(first) = second_;                    \
	} while (0)

struct loader;

struct parser {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	struct loader *loader;      /* follows includes; NULL: they are only noted */
	void *scanner;
	/* scanner */
	size_t offset;
	uint32_t line, column;
	int first;                  /* the token that selects the start, then 0 */
	int last;                   /* the token returned before */
	uint32_t braces, parens;
	uint32_t statement_braces;  /* open braces where the statement began */
	bool recovering, stopped;
	struct span token;
	struct span open[PARSE_NESTING_MAX]; /* where each brace stands */
	size_t errors;
	/* constructors */
	struct tree_statement *statements; /* ring */
	struct tree_statement *prelude_end;
	struct tree_assert *question;
	struct tree_policy *policy;
	struct tree_zone *zone;
	struct tree_asset *asset;
	struct tree_conduit *conduit;
	struct tree_protocol *protocol;
	struct tree_schedule *schedule;
	struct tree_service_def *service;
	struct tree_device *device;
	struct tree_interface *interface;
	struct tree_modifiers modifiers;
};

/* Parses parser->source; the first token selects policy or question. False if
 * an error was found (and reported). */
bool parser_run(struct parser *parser, int first);

/* Reports a FATAL syntax error; returns the diagnostic for its hint. */
struct diag *parser_error(struct parser *parser, struct span where,
			  const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The word at `where` is none of the candidates: says so with a did-you-mean. */
void parser_unknown(struct parser *parser, struct span where, const char *what,
		    const char *word, const char *const *candidates, size_t count);

/* Checks that the bytes are text Cordon reads: UTF-8, no control characters,
 * no line beyond PARSE_LINE_MAX. */
bool source_check(const struct source *source, struct diags *diags);

/* The keyword's token, or 0. */
int keyword_token(const char *word, size_t length);
extern const char *const keyword_texts[];
extern const size_t keyword_count;

/* Follow `include` and `inventory`. */
void loader_include(struct parser *parser, const char *path, struct span where);
void loader_inventory(struct parser *parser, const char *path, struct span where);
/* The assets of one inventory, added to *ring. */
bool inventory_load(const struct source *source, struct arena *arena, struct diags *diags,
		    struct tree_statement **ring);

#endif
