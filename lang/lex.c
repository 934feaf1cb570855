/* SPDX-License-Identifier: Apache-2.0
 *
 * From raw tokens to those the grammar sees: which newline ends a statement,
 * how deep the braces are, and how an erroneous statement is left. */
#include "config.h"
#include "lang/lex.h"

#include <string.h>

#include "base/strbuf.h"

/* A newline after one of these does not end the statement. */
static bool lex_continues(int token)
{
	return token == ',' || token == '=' || token == ':' || token == ARROW ||
	       token == LEADS_TO;
}

static void lex_limit(struct parser *parser, const char *what)
{
	diag_add(parser->diags, FINDING_LIMIT, parser->token, "%s", what);
	parser->errors++;
	parser->stopped = true;
}

static void lex_open(struct parser *parser)
{
	if (parser->braces == PARSE_NESTING_MAX) {
		lex_limit(parser, "braces are nested more than 64 deep");
		return;
	}
	parser->open[parser->braces++] = parser->token;
}

static void lex_count(struct parser *parser, int token)
{
	int last = parser->last;

	if (last == END || last == '{' || last == START_POLICY)
		parser->statement_braces = parser->braces;
	if (token == '{')
		lex_open(parser);
	else if (token == '}')
		parser->braces -= parser->braces > 0;
	else if (token == '(' && ++parser->parens > PARSE_NESTING_MAX)
		lex_limit(parser, "parentheses are nested more than 64 deep");
	else if (token == ')')
		parser->parens -= parser->parens > 0;
}

/* One token of the scanner; 0 at the end. A newline where none counts is
 * passed over. */
static int lex_raw(struct parser *parser, union parse_value *value, struct span *where)
{
	for (;;) {
		int token = parser->stopped ? 0 : scan_lex(value, where, parser->scanner);
		if (token == END && (parser->parens > 0 || lex_continues(parser->last)))
			continue;
		if (token == TOKEN_SEMICOLON)
			token = END;
		if (token == 0)
			*where = (struct span){ parser->source, parser->line, parser->column,
						parser->line, parser->column };
		parser->token = *where;
		return token;
	}
}

/* Passes over what is left of an erroneous statement, braces included. */
static bool lex_skips(struct parser *parser, int token)
{
	if (!parser->recovering || token == 0)
		return false;
	if (token == END && parser->braces <= parser->statement_braces)
		return false;
	return !(token == '}' && parser->braces < parser->statement_braces);
}

static int lex_next(struct parser *parser, union parse_value *value, struct span *where)
{
	int token;

	do {
		if (parser->recovering)
			parser->parens = 0;
		token = lex_raw(parser, value, where);
		if (parser->recovering && token != 0) {
			if (token == '{')
				lex_open(parser);
			else if (token == '}')
				parser->braces -= parser->braces > 0;
		} else if (token != 0) {
			lex_count(parser, token);
		}
	} while (!parser->stopped && lex_skips(parser, token));
	parser->recovering = false;
	return parser->stopped ? 0 : token;
}

int parse_lex(union parse_value *value, struct span *where, struct parser *parser)
{
	int token = parser->first;

	if (token != 0) {
		parser->first = 0;
		parser->last = START_POLICY;
		*where = (struct span){ parser->source, 1, 1, 1, 1 };
		return token;
	}
	token = lex_next(parser, value, where);
	if (token == SYNTAX_ERROR) {
		parser->recovering = true;
		parser->last = WORD;
		return PARSE_error;
	}
	if (token == 0 && parser->last != END)
		token = END;
	parser->last = token;
	return token;
}

/* Whether nothing but blanks stands before the last token on its line. */
static bool lex_first_on_line(const struct parser *parser, struct span where)
{
	const char *line = parser->source->text + parser->offset - (where.end_column - 1);

	return strspn(line, " \t") + 1 == where.column;
}

static void lex_list(const struct lex_expected *expected, struct strbuf *out)
{
	if (expected->count == 0 || expected->count > 6)
		return;
	for (size_t i = 0; i < expected->count; i++) {
		const char *text = expected->texts[i];
		const char *quote = strchr(text, ' ') ? "" : "'";
		if (text[0] == '\'')
			quote = "";
		strbuf_printf(out, "%s%s%s%s",
			      i == 0 ? "; expected " :
			      i + 1 == expected->count ? " or " : ", ", quote, text, quote);
	}
}

static void lex_advise(struct parser *parser, struct diag *diag, struct span where,
		       bool word, const struct lex_expected *expected)
{
	if (parser->last == '{' && where.end_line == where.line &&
	    parser->statement_braces + 1 == parser->braces && lex_first_on_line(parser, where)) {
		diag_hint(parser->diags, diag, "the opening '{' stays on the line of its header");
	} else if (parser->last == 0 && parser->braces > 0) {
		diag_other(parser->diags, diag, parser->open[parser->braces - 1],
			   "this '{' is not closed");
	} else if (word && !expected->names) {
		size_t length = where.end_column - where.column;
		char *copy = arena_strndup(
			parser->arena, parser->source->text + parser->offset - length, length);
		diag_suggest(parser->diags, diag, copy, expected->texts, expected->count);
	}
}

void lex_report(struct parser *parser, struct span where, bool word,
		const struct lex_expected *expected)
{
	struct strbuf list = STRBUF_INIT;
	const char *start = parser->source->text + parser->offset;
	int length = (int)(where.end_column - where.column);
	bool ends = parser->last == END || parser->last == 0;

	lex_list(expected, &list);
	start -= length;
	if (length > 60)
		length = 60;
	struct diag *diag =
		ends ? parser_error(parser, where, "the %s ends too early%s",
				    parser->last == 0 ? "file" : "statement", strbuf_text(&list)) :
		       parser_error(parser, where, "unexpected '%.*s'%s", length, start,
				    strbuf_text(&list));
	lex_advise(parser, diag, where, word, expected);
	strbuf_release(&list);
	parser->recovering = parser->last != END && parser->last != 0 &&
			     !(parser->last == '}' && parser->braces < parser->statement_braces);
	if (parser->errors >= PARSE_ERRORS_MAX && !parser->stopped)
		lex_limit(parser, "too many errors in this file; the rest is not read");
}
