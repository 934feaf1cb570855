/* SPDX-License-Identifier: Apache-2.0
 *
 * Between scanner and grammar: raw text to tokens with their values. Every
 * function here returns the token, or SYNTAX_ERROR after reporting. */
#ifndef LANG_TOKEN_H
#define LANG_TOKEN_H

#include <stdlib.h>

#include "base/memory.h"
#include "lang/parser.h"
#include "lang/parse.h"

/* A `;`: ends a statement like a newline, and never continues one. */
enum { TOKEN_SEMICOLON = 100000 };

void token_advance(struct parser *parser, size_t length, struct span *where);

int token_colon(struct parser *parser, const struct span *where);
int token_string(struct parser *parser, const char *text, size_t length,
		 union parse_value *value, const struct span *where);
int token_string_open(struct parser *parser, const struct span *where);
int token_tag(struct parser *parser, const char *text, size_t length,
	      union parse_value *value, const struct span *where);
int token_word(struct parser *parser, const char *text, size_t length,
	       union parse_value *value);
int token_number(struct parser *parser, const char *text, size_t length,
		 union parse_value *value, const struct span *where);
int token_run(struct parser *parser, const char *text, size_t length,
	      union parse_value *value, const struct span *where);
int token_stray(struct parser *parser, const char *text, size_t length,
		const struct span *where);

#endif
