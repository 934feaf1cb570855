/* SPDX-License-Identifier: Apache-2.0
 *
 * The token stream of the grammar. */
#ifndef LANG_LEX_H
#define LANG_LEX_H

#include "lang/token.h"

enum { LEX_EXPECTED_MAX = 160 };

int parse_lex(union parse_value *value, struct span *where, struct parser *parser);
/* The generated scanner. */
int scan_lex_init_extra(struct parser *parser, void **scanner);
struct yy_buffer_state *scan__scan_bytes(const char *bytes, int length, void *scanner);
int scan_lex_destroy(void *scanner);
int scan_lex(union parse_value *value, struct span *where, void *scanner);

/* What the grammar could have taken instead: the texts of its tokens. Where
 * `names`, any word would do as a name and keywords are left out. */
struct lex_expected {
	const char *texts[LEX_EXPECTED_MAX];
	size_t count;
	bool names;
};

/* Reports the token at `where`, the last one returned, as unexpected, and sets
 * out to skip the rest of its statement. */
void lex_report(struct parser *parser, struct span where, bool word,
		const struct lex_expected *expected);

#endif
