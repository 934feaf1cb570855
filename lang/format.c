/* SPDX-License-Identifier: Apache-2.0
 *
 * The canonical layout. It works on tokens, not on the tree: every token comes
 * out as it went in and only the space between tokens changes, so the meaning
 * stays; comments are found in the gaps between tokens and all kept.
 *
 * Four spaces a level, one statement a line unless its block was on one line,
 * one blank line at most, comments behind consecutive lines in one column. */
#include "config.h"
#include "lang/lex.h"

#include <string.h>

#include "base/vec.h"

struct format_token {
	int kind; /* 0: the end of the file */
	const char *text;
	size_t length;
	const char *comment; /* in the gap before it; NULL: none */
	size_t comment_length;
	bool is_inline; /* a '{' whose block is on one line, and its '}' */
};

struct format_line {
	size_t start, length; /* in format.text */
	uint32_t indent;
	const char *comment;
	size_t comment_length;
};

struct format {
	VEC(struct format_token) tokens;
	VEC(struct format_line) lines;
	struct strbuf text;
	size_t line_start;
	uint32_t depth, parens;
	int last;        /* the token before on this statement, END at its begin */
	bool continued;  /* the line goes on from the one before */
	bool blank;      /* a blank line is due before the next */
	struct format_line line;
};

static void format_gap(struct format_token *token, const char *gap, size_t length)
{
	const char *hash = memchr(gap, '#', length);

	if (hash == NULL)
		return;
	token->comment = hash;
	token->comment_length = length - (size_t)(hash - gap);
	while (token->comment_length > 0 &&
	       strchr(" \t\r", hash[token->comment_length - 1]) != NULL)
		token->comment_length--;
}

static void format_scan(struct format *format, struct parser *parser)
{
	union parse_value value;
	struct span where;
	size_t end = 0;

	scan_lex_init_extra(parser, &parser->scanner);
	scan__scan_bytes(parser->source->text, (int)parser->source->length, parser->scanner);
	for (int kind = 1; kind != 0;) {
		struct format_token token = { 0 };
		kind = scan_lex(&value, &where, parser->scanner);
		token.kind = kind;
		token.length = kind ? where.end_column - where.column : 0;
		size_t start = kind ? parser->offset - token.length : parser->source->length;
		token.text = parser->source->text + start;
		format_gap(&token, parser->source->text + end, start - end);
		end = start + token.length;
		vec_push(&format->tokens, token);
	}
	scan_lex_destroy(parser->scanner);
}

/* Marks the blocks that stand on one line; a newline opens all around it. */
static void format_match(struct format *format)
{
	size_t open[PARSE_NESTING_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < format->tokens.len; i++) {
		struct format_token *token = &format->tokens.data[i];
		if (token->kind == '{') {
			token->is_inline = true;
			open[depth++] = i;
		} else if (token->kind == END) {
			for (size_t k = 0; k < depth; k++)
				format->tokens.data[open[k]].is_inline = false;
		} else if (token->kind == '}') {
			token->is_inline = format->tokens.data[open[--depth]].is_inline;
		}
	}
}

static void format_flush(struct format *format)
{
	struct format_line *line = &format->line;

	format->continued = false;
	line->start = format->line_start;
	line->length = format->text.len - format->line_start;
	format->line_start = format->text.len;
	if (line->length > 0 || line->comment != NULL) {
		if (format->blank && format->lines.len > 0)
			vec_push(&format->lines, (struct format_line){ 0 });
		format->blank = false;
		vec_push(&format->lines, *line);
	}
	*line = (struct format_line){ 0 };
}

static bool format_has_space(int last, int kind)
{
	if (last == END || last == '(' || kind == ',' || kind == ')' || kind == '(' ||
	    kind == TOKEN_SEMICOLON)
		return false;
	return true;
}

static void format_put(struct format *format, const struct format_token *token)
{
	bool first = format->text.len == format->line_start;

	if (first)
		format->line.indent = format->depth + (format->continued ? 1 : 0);
	else if (format_has_space(format->last, token->kind))
		strbuf_putc(&format->text, ' ');
	strbuf_add(&format->text, token->text, token->length);
	format->last = token->kind;
	if (token->kind == '(')
		format->parens++;
	else if (token->kind == ')')
		format->parens--;
}

static bool format_continues(const struct format *format)
{
	int last = format->last;

	return format->parens > 0 || last == ',' || last == '=' || last == ':' ||
	       last == ARROW || last == LEADS_TO;
}

static void format_newline(struct format *format)
{
	bool empty = format->text.len == format->line_start && format->line.comment == NULL;
	bool goes_on = format_continues(format);
	const struct format_line *before =
		format->lines.len ? &format->lines.data[format->lines.len - 1] : NULL;

	if (empty && !goes_on && before != NULL &&
	    !(before->length > 0 && format->last == '{'))
		format->blank = true;
	if (format->text.len == format->line_start)
		format->line.indent = format->depth + (goes_on ? 1 : 0);
	format_flush(format);
	format->continued = goes_on;
	if (!goes_on && format->last != '{')
		format->last = END;
}

static void format_close(struct format *format, const struct format_token *token)
{
	if (token->is_inline) {
		format_put(format, token);
		return;
	}
	format_flush(format);
	format->depth--;
	format->blank = false;
	format->last = END;
	format_put(format, token);
}

static void format_separator(struct format *format, const struct format_token *token,
			     bool in_line)
{
	const struct format_token *next = token + 1;

	if (in_line && next->kind != '}' && next->kind != TOKEN_SEMICOLON &&
	    format->last != '{')
		format_put(format, token);
	else if (!in_line && next->kind != END && next->kind != 0)
		format_flush(format);
	if (!in_line && format->last != '{')
		format->last = END;
}

static void format_step(struct format *format, size_t i, uint32_t *inlines)
{
	const struct format_token *token = &format->tokens.data[i];

	/* The line a block opened on ends with its brace, or its comment. */
	if (format->last == '{' && *inlines == 0 && token->kind != END) {
		format_flush(format);
		format->last = END;
	}
	if (token->comment != NULL) {
		format->line.comment = token->comment;
		format->line.comment_length = token->comment_length;
	}
	if (token->kind == END || token->kind == 0) {
		format_newline(format);
	} else if (token->kind == TOKEN_SEMICOLON) {
		format_separator(format, token, *inlines > 0);
	} else if (token->kind == '}') {
		*inlines -= token->is_inline;
		format_close(format, token);
	} else {
		format_put(format, token);
	}
	if (token->kind == '{') {
		*inlines += token->is_inline;
		format->depth += !token->is_inline;
	}
}

static size_t format_width(const struct format *format, const struct format_line *line)
{
	size_t width = 4 * (size_t)line->indent;

	for (size_t i = 0; i < line->length; i++)
		width += (format->text.text[line->start + i] & 0xc0) != 0x80;
	return width;
}

static bool format_trails(const struct format_line *line)
{
	return line->length > 0 && line->comment != NULL;
}

/* The column of the comments of the run of lines that begins at `i`. */
static size_t format_column(const struct format *format, size_t i)
{
	size_t column = 0;

	for (; i < format->lines.len && format_trails(&format->lines.data[i]); i++) {
		size_t width = format_width(format, &format->lines.data[i]);
		column = width > column ? width : column;
	}
	return column + 2;
}

static void format_write(const struct format *format, struct strbuf *out)
{
	size_t column = 0;
	bool run = false;

	for (size_t i = 0; i < format->lines.len; i++) {
		const struct format_line *line = &format->lines.data[i];
		bool trails = format_trails(line);
		if (trails && !run)
			column = format_column(format, i);
		run = trails;
		if (line->length > 0 || line->comment != NULL)
			for (uint32_t k = 0; k < 4 * line->indent; k++)
				strbuf_putc(out, ' ');
		if (line->length > 0)
			strbuf_add(out, format->text.text + line->start, line->length);
		for (size_t k = format_width(format, line); trails && k < column; k++)
			strbuf_putc(out, ' ');
		if (line->comment != NULL)
			strbuf_add(out, line->comment, line->comment_length);
		strbuf_putc(out, '\n');
	}
}

static void format_lay_out(struct parser *parser, struct strbuf *out)
{
	struct format format = { .last = END };
	uint32_t inlines = 0;

	parser->offset = 0;
	parser->line = parser->column = 1;
	format_scan(&format, parser);
	format_match(&format);
	for (size_t i = 0; i < format.tokens.len; i++)
		format_step(&format, i, &inlines);
	format_write(&format, out);
	vec_free(&format.tokens);
	vec_free(&format.lines);
	strbuf_release(&format.text);
}

/* Scans a part of a source as if it were one. */
static void format_words(struct parser *parser, struct strbuf *out)
{
	union parse_value value;
	struct span where;
	int last = END, kind;

	scan_lex_init_extra(parser, &parser->scanner);
	scan__scan_bytes(parser->source->text, (int)parser->source->length, parser->scanner);
	while ((kind = scan_lex(&value, &where, parser->scanner)) != 0) {
		size_t length = where.end_column - where.column;
		if (kind == END)
			continue;
		if (format_has_space(last, kind))
			strbuf_putc(out, ' ');
		strbuf_add(out, parser->source->text + parser->offset - length, length);
		last = kind;
	}
	scan_lex_destroy(parser->scanner);
}

static bool is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* One word, number, arrow or colon at the front: its length, 0: something else. */
static size_t token_length(const char *text, size_t length)
{
	size_t i = 0;

	if (length >= 3 && memcmp(text, "-> ", 3) == 0)
		return 2;
	if (length >= 2 && memcmp(text, ": ", 2) == 0)
		return 1;
	if (length == 0 || !is_word_byte(*text))
		return 0;
	while (i < length && (is_word_byte(text[i]) || text[i] == '.' || text[i] == '/' ||
			      (text[i] == '-' && i + 1 < length && is_word_byte(text[i + 1]))))
		i++;
	return i;
}

/* What stands behind it and before the next one: false if not as format_words() puts it. */
static bool token_is_followed(const char *text, size_t length, size_t *at)
{
	size_t i = *at;

	if (i + 1 < length && text[i] == '(' && is_word_byte(text[i + 1])) {
		*at = i + 1;
		return true;
	}
	while (i < length && text[i] == ')')
		i++;
	i += i < length && text[i] == ',';
	*at = i + 1;
	return i == length || (text[i] == ' ' && i + 1 < length);
}

/* Most rules are written as format_words() would put them, and need not be scanned.
 * False only says that it is not known. */
static bool words_are_laid_out(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t token = token_length(text + i, length - i);
		i += token;
		if (token == 0 || !token_is_followed(text, length, &i))
			return false;
	}
	return true;
}

const char *policy_span_text(struct arena *arena, struct source_lines *lines,
			     struct span where)
{
	struct source part = { 0 };
	struct parser parser = { .arena = arena, .source = &part, .line = 1, .column = 1 };
	struct strbuf text = STRBUF_INIT;

	if (where.source == NULL)
		return "";
	part.path = where.source->path;
	part.text = source_text(lines, &where, &part.length);
	if (words_are_laid_out(part.text, part.length))
		return arena_strndup(arena, part.text, part.length);
	format_words(&parser, &text);
	const char *words = arena_strdup(arena, strbuf_text(&text));
	strbuf_release(&text);
	return words;
}

bool policy_format(const char *path, const char *bytes, size_t length, struct strbuf *out,
		   struct diags *diags)
{
	/* In the arena of the diagnostics, which point into the source. */
	struct source *source = arena_alloc(&diags->arena, sizeof(*source));
	char *copy = arena_alloc(&diags->arena, length + 1);
	struct arena arena;

	if (length > 0)
		memcpy(copy, bytes, length);
	*source = (struct source){ arena_strdup(&diags->arena, path), copy, length };
	if (!source_check(source, diags))
		return false;
	arena_init(&arena);
	struct parser parser = { .arena = &arena, .diags = diags, .source = source };
	bool ok = parser_run(&parser, START_POLICY);
	if (ok)
		format_lay_out(&parser, out);
	arena_release(&arena);
	return ok;
}
