/* SPDX-License-Identifier: Apache-2.0
 *
 * The statements of a configuration as words, and what was made of each line.
 * Words are joined of quoted and plain pieces; a backslash takes the next
 * character as it is, except between single quotes. */
#include "config.h"
#include "verifier/fortios.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

struct scan {
	struct fos *fortios;
	const char *at, *end;
	uint32_t line;
	struct strbuf word;
	VEC(const char *) words;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

/* What stands between two quotes, or up to the end of the text. */
static void scan_quoted(struct scan *scan, char quote)
{
	for (; scan->at < scan->end && *scan->at != quote; scan->at++) {
		if (*scan->at == '\\' && quote == '"' && scan->at + 1 < scan->end)
			scan->at++;
		scan->line += *scan->at == '\n';
		if (*scan->at != '\0')
			strbuf_putc(&scan->word, *scan->at);
	}
	scan->at += scan->at < scan->end;
}

static void scan_word(struct scan *scan)
{
	strbuf_reset(&scan->word);
	while (scan->at < scan->end && !is_blank(*scan->at) && *scan->at != '\n') {
		char c = *scan->at++;
		if (c == '"' || c == '\'') {
			scan_quoted(scan, c);
			continue;
		}
		if (c == '\\' && scan->at < scan->end && *scan->at != '\n')
			c = *scan->at++;
		if (c != '\0')
			strbuf_putc(&scan->word, c);
	}
	vec_push(&scan->words,
		 arena_strdup(scan->fortios->arena, strbuf_text(&scan->word)));
}

static void scan_statement(struct scan *scan)
{
	struct fos *fortios = scan->fortios;
	struct fos_statement statement = { .line = scan->line };
	bool comment = false;

	scan->words.len = 0;
	while (scan->at < scan->end && is_blank(*scan->at))
		scan->at++;
	statement.start = (size_t)(scan->at - fortios->source->text);
	while (scan->at < scan->end && *scan->at != '\n') {
		comment = comment || (scan->words.len == 0 && *scan->at == '#');
		if (is_blank(*scan->at) || comment)
			scan->at++;
		else
			scan_word(scan);
	}
	statement.last = scan->line++;
	if (statement.last > fortios->lines) /* an open quote took the last newline */
		statement.last = (uint32_t)fortios->lines;
	scan->at += scan->at < scan->end;
	statement.count = scan->words.len;
	statement.words = arena_array(fortios->arena, statement.count + 1,
				      sizeof(*statement.words));
	for (size_t i = 0; i < statement.count; i++)
		statement.words[i] = scan->words.data[i];
	vec_push(&fortios->statements, statement);
}

static size_t count_lines(const struct source *source)
{
	size_t count = source->length > 0 && source->text[source->length - 1] != '\n';

	for (size_t i = 0; i < source->length; i++)
		count += source->text[i] == '\n';
	return count;
}

void fos_scan(struct fos *fortios)
{
	const char *text = fortios->source->text;
	struct scan scan = { .fortios = fortios, .at = text, .line = 1,
			     .end = text + fortios->source->length };

	fortios->lines = count_lines(fortios->source);
	while (scan.at < scan.end)
		scan_statement(&scan);
	fortios->marks = memory_array(fortios->lines + 1, sizeof(*fortios->marks));
	strbuf_release(&scan.word);
	vec_free(&scan.words);
}

bool fos_number(const char *word, uint32_t most, uint32_t *out)
{
	uint64_t value = 0;

	if (word == NULL || *word == '\0' || strlen(word) > 10)
		return false;
	for (; *word != '\0'; word++) {
		if (*word < '0' || *word > '9')
			return false;
		value = value * 10 + (uint64_t)(*word - '0');
	}
	*out = (uint32_t)value;
	return value <= most;
}

/* ---- marks ---- */

void fos_mark(struct fos *fortios, const struct fos_statement *statement,
		  enum fos_mark mark)
{
	for (uint32_t line = statement->line; line <= statement->last; line++)
		if (fortios->marks[line - 1] < mark)
			fortios->marks[line - 1] = mark;
}

/* The first line of the statement, without blanks at its end; in the arena. */
static const char *statement_text(struct fos *fortios,
				  const struct fos_statement *statement)
{
	const char *text = fortios->source->text + statement->start;
	size_t rest = fortios->source->length - statement->start;
	const char *end = memchr(text, '\n', rest);
	size_t length = end != NULL ? (size_t)(end - text) : rest;

	while (length > 0 && is_blank(text[length - 1]))
		length--;
	return arena_printf(fortios->arena, "%.*s", (int)length, text);
}

void fos_unknown(struct fos *fortios, const struct fos_statement *statement,
		     const char *reason, bool bounded)
{
	struct read_unknown unknown = { .text = "", .reason = reason, .bounded = bounded };

	if (statement != NULL) {
		fos_mark(fortios, statement, LINE_UNKNOWN);
		unknown.line = statement->line;
		unknown.text = statement_text(fortios, statement);
	}
	vec_push(&fortios->unknown, unknown);
}

/* ---- the result ---- */

static int unknown_order(const void *left, const void *right)
{
	const struct read_unknown *a = left, *b = right;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->reason, b->reason);
}

/* Several families and interfaces may have met the same line. */
static void unknown_sort(struct fos *fortios)
{
	struct read_unknown *data = fortios->unknown.data;
	size_t kept = 0;

	if (fortios->unknown.len == 0)
		return;
	qsort(data, fortios->unknown.len, sizeof(*data), unknown_order);
	for (size_t i = 0; i < fortios->unknown.len; i++)
		if (kept == 0 || unknown_order(&data[kept - 1], &data[i]) != 0)
			data[kept++] = data[i];
	fortios->unknown.len = kept;
}

void fos_finish(struct fos *fortios)
{
	struct read_result *result = fortios->result;

	for (size_t i = 0; i < fortios->lines; i++) {
		result->lines.understood += fortios->marks[i] == LINE_UNDERSTOOD;
		result->lines.irrelevant += fortios->marks[i] == LINE_IRRELEVANT;
		result->lines.unknown += fortios->marks[i] == LINE_UNKNOWN ||
					 fortios->marks[i] == LINE_NONE;
	}
	unknown_sort(fortios);
	if (fortios->unknown.len > 0)
		result->unknown =
			arena_copy(fortios->arena, fortios->unknown.data,
				   fortios->unknown.len * sizeof(*fortios->unknown.data));
	result->unknown_count = fortios->unknown.len;
}

static void release_tables(struct fos_table *table);

static void release_entry(struct fos_entry *entry)
{
	vec_free(&entry->settings);
	vec_free(&entry->services);
	release_tables(entry->tables);
}

static void release_tables(struct fos_table *table)
{
	for (; table != NULL; table = table->next) {
		HASH_CLEAR(hh, table->by_name);
		for (struct fos_entry *e = table->first; e != NULL; e = e->next)
			release_entry(e);
		release_entry(&table->own);
	}
}

void fos_release(struct fos *fortios)
{
	release_tables(fortios->tables);
	release_tables(fortios->elsewhere);
	vec_free(&fortios->blocks);
	for (struct fos_entry *e = fortios->dropped; e != NULL; e = e->next)
		release_entry(e);
	free(fortios->marks);
	vec_free(&fortios->statements);
	vec_free(&fortios->unknown);
	vec_free(&fortios->activities);
}
