/* SPDX-License-Identifier: Apache-2.0
 *
 * One run of the parser over one source, its diagnostics, and the check that a
 * source is text at all. */
#include "config.h"
#include "lang/parser.h"

#include <string.h>

#include "lang/build.h"
#include "lang/lex.h"

struct diag *parser_error(struct parser *parser, struct span where, const char *format, ...)
{
	va_list args;
	struct strbuf text = STRBUF_INIT;

	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	parser->errors++;
	struct diag *diag =
		diag_add(parser->diags, FINDING_SYNTAX, where, "%s", strbuf_text(&text));
	strbuf_release(&text);
	return diag;
}

void parser_unknown(struct parser *parser, struct span where, const char *what,
		    const char *word, const char *const *candidates, size_t count)
{
	struct diag *diag = parser_error(parser, where, "there is no %s '%s'", what, word);

	diag_suggest(parser->diags, diag, word, candidates, count);
}

bool parser_run(struct parser *parser, int first)
{
	void *scanner;
	size_t before = parser->errors;

	scan_lex_init_extra(parser, &scanner);
	scan__scan_bytes(parser->source->text, (int)parser->source->length, scanner);
	parser->scanner = scanner;
	parser->first = first;
	parser->line = parser->column = 1;
	parse_parse(parser);
	build_abandon(parser);
	scan_lex_destroy(scanner);
	return parser->errors == before;
}

static bool source_refuse(const struct source *source, size_t offset, struct diags *diags,
			  enum finding_id id, const char *message)
{
	struct span where = { source, 1, 1, 0, 0 };

	for (size_t i = 0; i < offset; i++) {
		where.column++;
		if (source->text[i] == '\n') {
			where.line++;
			where.column = 1;
		}
	}
	where.end_line = where.line;
	where.end_column = where.column + 1;
	diag_add(diags, id, where, "%s", message);
	return false;
}

/* The length of the UTF-8 sequence at `p` (RFC 3629: no surrogates, nothing
 * overlong, nothing beyond U+10FFFF), or 0. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	size_t length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || left < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

static bool source_has_mark(const struct source *source, const char *mark, size_t length)
{
	return source->length >= length && memcmp(source->text, mark, length) == 0;
}

static const char *control_reason(const struct source *source, size_t i)
{
	unsigned char c = (unsigned char)source->text[i];

	if (c == 0)
		return "a NUL byte; is this a text file?";
	if (c == '\r' && i + 1 < source->length && source->text[i + 1] == '\n')
		return NULL;
	if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
		return "a control character";
	return NULL;
}

static bool source_check_bytes(const struct source *source, struct diags *diags)
{
	size_t line = 0;

	for (size_t i = 0; i < source->length;) {
		const unsigned char *p = (const unsigned char *)source->text + i;
		size_t length = utf8_length(p, source->length - i);
		const char *reason = length ? control_reason(source, i) : "not UTF-8";
		if (reason != NULL)
			return source_refuse(source, i, diags, FINDING_ENCODING, reason);
		if (*p == '\n')
			line = i + 1;
		else if (i - line >= PARSE_LINE_MAX)
			return source_refuse(source, i, diags, FINDING_LIMIT,
					     "this line is longer than 1 MiB");
		i += length;
	}
	return true;
}

bool source_check(const struct source *source, struct diags *diags)
{
	if (source_has_mark(source, "\xff\xfe", 2) || source_has_mark(source, "\xfe\xff", 2))
		return source_refuse(source, 0, diags, FINDING_ENCODING,
				     "this file is UTF-16, not UTF-8");
	if (source_has_mark(source, "\xef\xbb\xbf", 3))
		return source_refuse(source, 0, diags, FINDING_ENCODING,
				     "this file begins with a byte order mark");
	if (source->length > INT32_MAX - 2)
		return source_refuse(source, 0, diags, FINDING_LIMIT, "this file is too large");
	return source_check_bytes(source, diags);
}
