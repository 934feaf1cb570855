/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics: queued, sorted by place, printed once with the line and a caret. */
#include "config.h"
#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/terminal.h"

#define FATAL SEVERITY_FATAL
#define ERROR SEVERITY_ERROR
#define WARNING SEVERITY_WARNING
static const struct finding_info findings[FINDING_COUNT] = {
#define FINDING(id, name, severity, advice, explanation) \
	[FINDING_##id] = { name, severity, advice, explanation },
#include "base/findings.def"
#undef FINDING
};
#undef FATAL
#undef ERROR
#undef WARNING

const struct finding_info *finding_info(enum finding_id id)
{
	return &findings[id];
}

enum finding_id finding_by_name(const char *name)
{
	for (int id = 0; id < FINDING_COUNT; id++)
		if (strcmp(findings[id].name, name) == 0)
			return (enum finding_id)id;
	return FINDING_COUNT;
}

void diags_init(struct diags *diags)
{
	*diags = (struct diags){ 0 };
	arena_init(&diags->arena);
}

void diags_release(struct diags *diags)
{
	free(diags->list);
	arena_release(&diags->arena);
	*diags = (struct diags){ 0 };
}

static char *diag_format(struct diags *diags, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		return arena_strdup(&diags->arena, format);
	char *copy = arena_strdup(&diags->arena, text);
	free(text);
	return copy;
}

static void diags_append(struct diags *diags, struct diag *diag)
{
	if (diags->len >= DIAG_LIMIT && diag->severity < SEVERITY_ERROR) {
		diags->limit_reached++;
		return;
	}
	if (diags->len >= 2 * DIAG_LIMIT) {
		diags->limit_reached++;
		return;
	}
	if (diags->len == diags->cap) {
		diags->cap = diags->cap ? diags->cap * 2 : 16;
		diags->list = memory_resize(diags->list, diags->cap,
					    sizeof(*diags->list));
	}
	diags->list[diags->len++] = diag;
}

struct diag *diag_add(struct diags *diags, enum finding_id id, struct span where,
		      const char *format, ...)
{
	struct diag *diag = arena_alloc(&diags->arena, sizeof(*diag));
	va_list args;

	diag->id = id;
	diag->severity = findings[id].severity;
	diag->where = where;
	diag->serial = diags->len;
	va_start(args, format);
	diag->message = diag_format(diags, format, args);
	va_end(args);
	diags_append(diags, diag);
	return diag;
}

void diag_other(struct diags *diags, struct diag *diag, struct span other,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->other = other;
	diag->other_label = diag_format(diags, format, args);
	va_end(args);
}

void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->hint = diag_format(diags, format, args);
	va_end(args);
}

void diag_witness(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->witness = diag_format(diags, format, args);
	va_end(args);
}

static const char *diag_path(const struct diag *diag)
{
	return diag->where.source ? diag->where.source->path : "";
}

static int diag_compare(const void *a, const void *b)
{
	const struct diag *x = *(struct diag *const *)a, *y = *(struct diag *const *)b;
	int paths = strcmp(diag_path(x), diag_path(y));

	if (paths != 0)
		return paths;
	if (x->where.line != y->where.line)
		return x->where.line < y->where.line ? -1 : 1;
	if (x->where.column != y->where.column)
		return x->where.column < y->where.column ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

void diags_sort(struct diags *diags)
{
	if (diags->len > 1)
		qsort(diags->list, diags->len, sizeof(*diags->list), diag_compare);
}

size_t diags_count(const struct diags *diags, enum severity at_least)
{
	size_t count = 0;

	for (size_t i = 0; i < diags->len; i++)
		count += diags->list[i]->severity >= at_least;
	return count;
}

int diags_exit_code(const struct diags *diags, bool strict)
{
	if (diags_count(diags, SEVERITY_FATAL) > 0)
		return 2;
	return diags_count(diags, strict ? SEVERITY_WARNING : SEVERITY_ERROR) > 0;
}

static const char *severity_word(enum severity severity)
{
	static const char *const words[] = { "note", "warning", "error", "error" };
	return words[severity];
}

static enum terminal_style severity_style(enum severity severity)
{
	static const enum terminal_style styles[] = { STYLE_NOTE, STYLE_WARNING,
						      STYLE_ERROR, STYLE_ERROR };
	return styles[severity];
}

enum { SNIPPET_WIDTH = 160, SNIPPET_BEFORE = 60 };

/* The line a span starts on, found by walking the source once. */
static const char *diag_line(const struct span *where, size_t *length)
{
	const char *p = where->source->text;
	const char *end = p + where->source->length;

	for (uint32_t line = 1; line < where->line && p < end; line++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		if (newline == NULL)
			return NULL;
		p = newline + 1;
	}
	const char *newline = memchr(p, '\n', (size_t)(end - p));
	*length = (size_t)((newline ? newline : end) - p);
	return p;
}

static void diag_print_caret(const struct span *where, const char *line, size_t length,
			     size_t start, FILE *stream)
{
	size_t column = where->column - 1, end = length;

	if (where->end_line == where->line && where->end_column > where->column)
		end = where->end_column - 1;
	else if (where->end_line <= where->line)
		end = column + 1;
	fputs("    ", stream);
	for (size_t i = start; i < column && i < length; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			fputc(line[i] == '\t' ? '\t' : ' ', stream);
	fputs(terminal_style(stream, STYLE_CARET), stream);
	fputc('^', stream);
	for (size_t i = column + 1; i < end && i < start + SNIPPET_WIDTH; i++)
		if (i >= length || ((unsigned char)line[i] & 0xc0) != 0x80)
			fputc('~', stream);
	fprintf(stream, "%s\n", terminal_style(stream, STYLE_NONE));
}

static void diag_print_snippet(const struct span *where, FILE *stream)
{
	size_t length = 0, start = 0;

	if (where->source == NULL || where->source->text == NULL || where->line == 0)
		return;
	const char *line = diag_line(where, &length);
	if (line == NULL)
		return;
	if (length > SNIPPET_WIDTH && where->column > SNIPPET_BEFORE)
		start = where->column - SNIPPET_BEFORE;
	while (start > 0 && start < length && ((unsigned char)line[start] & 0xc0) == 0x80)
		start--;
	if (start > length)
		return;
	size_t shown = length - start > SNIPPET_WIDTH ? SNIPPET_WIDTH : length - start;
	fputs("    ", stream);
	for (size_t i = start; i < start + shown; i++) {
		unsigned char c = (unsigned char)line[i];
		fputc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, stream);
	}
	fputc('\n', stream);
	diag_print_caret(where, line, length, start, stream);
}

static void diag_print_head(const struct span *where, enum severity severity,
			    const char *message, const char *name, FILE *stream)
{
	fputs(terminal_style(stream, STYLE_BOLD), stream);
	if (where->source != NULL && where->line > 0)
		fprintf(stream, "%s:%u:%u: ", where->source->path, where->line,
			where->column);
	else if (where->source != NULL)
		fprintf(stream, "%s: ", where->source->path);
	else
		fputs("cordon: ", stream);
	fprintf(stream, "%s%s%s: %s%s", terminal_style(stream, STYLE_NONE),
		terminal_style(stream, severity_style(severity)),
		severity_word(severity), terminal_style(stream, STYLE_NONE), message);
	if (name != NULL)
		fprintf(stream, " [%s]", name);
	fputc('\n', stream);
	diag_print_snippet(where, stream);
}

static void diag_print(const struct diag *diag, FILE *stream)
{
	diag_print_head(&diag->where, diag->severity, diag->message,
			findings[diag->id].name, stream);
	if (diag->other.source != NULL)
		diag_print_head(&diag->other, SEVERITY_NOTE, diag->other_label, NULL,
				stream);
	if (diag->witness != NULL)
		fprintf(stream, "    for example: %s\n", diag->witness);
	if (diag->hint != NULL)
		fprintf(stream, "    hint: %s\n", diag->hint);
	if (diag->accepted != NULL)
		fprintf(stream, "    accepted: %s\n", diag->accepted);
}

void diags_print(struct diags *diags, FILE *stream)
{
	diags_sort(diags);
	for (size_t i = 0; i < diags->len; i++)
		diag_print(diags->list[i], stream);
	if (diags->limit_reached > 0)
		fprintf(stream, "cordon: %zu more diagnostics are not shown\n",
			diags->limit_reached);
}

static void diag_json_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

static json_t *diag_json(const struct diag *diag)
{
	json_t *object = json_object();

	diag_json_text(object, "name", findings[diag->id].name);
	diag_json_text(object, "severity", severity_word(diag->severity));
	diag_json_text(object, "message", diag->message);
	json_object_set_new(object, "file",
			    diag->where.source ? json_string(diag->where.source->path)
					       : json_null());
	json_object_set_new(object, "line", json_integer(diag->where.line));
	json_object_set_new(object, "column", json_integer(diag->where.column));
	diag_json_text(object, "hint", diag->hint);
	diag_json_text(object, "witness", diag->witness);
	diag_json_text(object, "subject", diag->subject);
	diag_json_text(object, "accepted", diag->accepted);
	return object;
}

json_t *diags_json(struct diags *diags)
{
	json_t *list = json_array();

	diags_sort(diags);
	for (size_t i = 0; i < diags->len; i++)
		json_array_append_new(list, diag_json(diags->list[i]));
	return list;
}

/* Edit distance with transpositions, rows cut at DISTANCE_MAX characters. */
enum { DISTANCE_MAX = 64 };

static size_t diag_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	size_t rows[3][DISTANCE_MAX + 1];

	if (n > DISTANCE_MAX || m > DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *last = rows[(i + 2) % 3];
		size_t *before = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[n % 3][m];
}

const char *diag_did_you_mean(const char *name, const char *const *candidates,
			      size_t count)
{
	size_t allowed = (strlen(name) + 1) / 3, best = SIZE_MAX;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t distance = diag_distance(name, candidates[i]);
		if (distance < best && distance <= allowed) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}

void diag_suggest(struct diags *diags, struct diag *diag, const char *name,
		  const char *const *candidates, size_t count)
{
	const char *meant = diag_did_you_mean(name, candidates, count);

	if (meant != NULL)
		diag_hint(diags, diag, "did you mean '%s'?", meant);
}
