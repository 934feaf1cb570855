/* SPDX-License-Identifier: Apache-2.0
 *
 * One run of the parser over one source, its diagnostics, and the check that a
 * source is text at all. */
#include "config.h"
#include "lang/parser.h"

#include <string.h>

#include "base/utf8.h"
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

static bool source_has_mark(const struct source *source, const char *mark, size_t length)
{
	return source->length >= length && memcmp(source->text, mark, length) == 0;
}

/* Control characters (ISO 6429) do things to a terminal. Marks of direction
 * (U+202A to U+202E, U+2066 to U+2069) make a reviewer see another order of text
 * than the parser. */
static const char *control_reason(const struct source *source, size_t i, size_t length)
{
	const unsigned char *p = (const unsigned char *)source->text + i;

	if (p[0] == 0)
		return "a NUL byte; is this a text file?";
	if (p[0] == '\r' && i + 1 < source->length && p[1] == '\n')
		return NULL;
	if ((p[0] < 0x20 && p[0] != '\t' && p[0] != '\n') || p[0] == 0x7f ||
	    (length == 2 && p[0] == 0xc2 && p[1] < 0xa0))
		return "a control character";
	if (length == 3 && p[0] == 0xe2 &&
	    ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
	     (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return "a mark that reorders the text shown";
	return NULL;
}

/* The first byte from `i` on that is not plain printable ASCII, before `end`. */
static size_t source_plain_end(const struct source *source, size_t i, size_t end)
{
	while (i < end && source->text[i] >= 0x20 && source->text[i] < 0x7f)
		i++;
	return i;
}

static bool source_check_bytes(const struct source *source, struct diags *diags)
{
	size_t line = 0;

	for (size_t i = 0; i < source->length;) {
		size_t most = line + PARSE_LINE_MAX;
		i = source_plain_end(source, i, most < source->length ? most : source->length);
		if (i == source->length)
			break;
		const char *p = source->text + i;
		size_t length = utf8_length(p, source->length - i);
		const char *reason = length ? control_reason(source, i, length) : "not UTF-8";
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
