/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of a configuration as words, and what was made of each of them. */
#include "config.h"
#include "verifier/cisco.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The text is copied once and its words end where they stand; all lines share one
 * array of words. */
struct scan {
	char *text;
	const char **word; /* the next one's place */
};

/* At least as many as there are blanks and ends of lines. */
static size_t scan_gaps(const struct source *source)
{
	size_t gaps = 0;

	for (size_t i = 0; i < source->length; i++)
		gaps += (unsigned char)source->text[i] <= ' ';
	return gaps;
}

/* Most letters are told from blanks by one comparison. */
static bool in_word(char c)
{
	return (unsigned char)c > ' ' || (c != '\0' && !is_blank(c));
}

static void line_words(struct scan *scan, struct cisco_line *line, char *at)
{
	line->words = scan->word;
	while (*at != '\0') {
		*scan->word++ = at;
		line->count++;
		while (in_word(*at))
			at++;
		while (is_blank(*at))
			*at++ = '\0';
	}
	*scan->word++ = NULL;
}

static void scan_line(struct cisco *cisco, struct scan *scan, char *text)
{
	struct cisco_line line = { .number = (uint32_t)cisco->lines.len + 1 };

	while (is_blank(text[line.indent]))
		line.indent++;
	line.start = (size_t)(text + line.indent - scan->text);
	line_words(scan, &line, text + line.indent);
	vec_push(&cisco->lines, line);
}

static void scan_lines(struct cisco *cisco)
{
	const struct source *source = cisco->source;
	struct scan scan = { .text = arena_strndup(cisco->arena, source->text, source->length) };
	char *end = scan.text + source->length;

	/* A word stands behind a gap or begins the text, and each line has one end. */
	scan.word = arena_array(cisco->arena, 2 * scan_gaps(source) + 2, sizeof(*scan.word));
	for (char *at = scan.text, *stop; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop != NULL ? stop : end;
		*stop = '\0';
		scan_line(cisco, &scan, at);
	}
}

void cisco_scan(struct cisco *cisco)
{
	scan_lines(cisco);
	cisco->marks = memory_array(cisco->lines.len + 1, sizeof(*cisco->marks));
	cisco->full_ports = set_one(cisco->arena, 0, UINT16_MAX);
	cisco->full_protocols = set_one(cisco->arena, 0, UINT8_MAX);
	cisco->last_interface = &cisco->interfaces;
	struct filter_activity always = {
		set_one(cisco->arena, (u128)cisco->input->at, (u128)(cisco->input->horizon - 1)),
		"always"
	};
	vec_push(&cisco->activities, always);
}

const struct cisco_line *cisco_line_from(struct cisco *cisco, const struct cisco_line *line,
					 size_t at)
{
	struct cisco_line *rest = arena_copy(cisco->arena, line, sizeof(*line));

	rest->words += at;
	rest->count -= at;
	return rest;
}

/* ---- words ---- */

bool cisco_same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

bool cisco_word_is(const struct cisco_line *line, size_t i, const char *word)
{
	return i < line->count && cisco_same(line->words[i], word);
}

bool cisco_begins(const struct cisco_line *line, size_t first, const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, " ");
		if (first >= line->count || strlen(line->words[first]) != length ||
		    memcmp(line->words[first], text, length) != 0)
			return false;
		first++;
		text += length;
		text += *text == ' ';
	}
	return true;
}

bool cisco_number(const char *word, uint32_t most, uint32_t *out)
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

void cisco_mark(struct cisco *cisco, const struct cisco_line *line, enum cisco_mark mark)
{
	enum cisco_mark *old = &cisco->marks[line->number - 1];

	if (*old < mark)
		*old = mark;
}

/* The line as it stands, without blanks at its ends; in the arena. */
static const char *line_text(struct cisco *cisco, const struct cisco_line *line)
{
	const char *text = cisco->source->text + line->start;
	const char *end = memchr(text, '\n', cisco->source->length - line->start);
	size_t length = end != NULL ? (size_t)(end - text) : cisco->source->length - line->start;

	while (length > 0 && is_blank(text[length - 1]))
		length--;
	return arena_printf(cisco->arena, "%.*s", (int)length, text);
}

static void add_unknown(struct cisco *cisco, uint32_t line, const char *text,
			const char *reason, bool bounded)
{
	struct read_unknown unknown = { .line = line, .text = text, .reason = reason,
					.bounded = bounded };

	vec_push(&cisco->unknown, unknown);
}

void cisco_unknown(struct cisco *cisco, const struct cisco_line *line, const char *reason)
{
	cisco_mark(cisco, line, MARK_UNKNOWN);
	add_unknown(cisco, line->number, line_text(cisco, line), reason, false);
}

void cisco_condition(struct cisco *cisco, const struct cisco_line *line, const char *reason)
{
	cisco_mark(cisco, line, MARK_UNKNOWN);
	add_unknown(cisco, line->number, line_text(cisco, line), reason, true);
}

void cisco_note(struct cisco *cisco, uint32_t line, const char *reason)
{
	if (line > 0 && line <= cisco->lines.len)
		cisco_mark(cisco, &cisco->lines.data[line - 1], MARK_UNKNOWN);
	const char *text = line > 0 && line <= cisco->lines.len
				   ? line_text(cisco, &cisco->lines.data[line - 1])
				   : "";

	add_unknown(cisco, line, text, reason, false);
}

/* ---- the result ---- */

static struct read_unknown *copy_unknown(struct cisco *cisco, struct read_unknown *data,
					 size_t len)
{
	return len == 0 ? NULL : arena_copy(cisco->arena, data, len * sizeof(*data));
}

static int unknown_by_line(const void *left, const void *right)
{
	const struct read_unknown *a = left, *b = right;

	return (a->line > b->line) - (a->line < b->line);
}

void cisco_finish(struct cisco *cisco)
{
	struct read_result *result = cisco->result;

	for (size_t i = 0; i < cisco->lines.len; i++) {
		result->lines.understood += cisco->marks[i] == MARK_UNDERSTOOD;
		result->lines.irrelevant += cisco->marks[i] == MARK_IRRELEVANT;
		result->lines.unknown += cisco->marks[i] == MARK_UNKNOWN;
	}
	if (cisco->unknown.len > 0)
		qsort(cisco->unknown.data, cisco->unknown.len, sizeof(*cisco->unknown.data),
		      unknown_by_line);
	result->unknown = copy_unknown(cisco, cisco->unknown.data, cisco->unknown.len);
	result->unknown_count = cisco->unknown.len;
	result->returns = copy_unknown(cisco, cisco->returns.data, cisco->returns.len);
	result->return_count = cisco->returns.len;
	result->residue = copy_unknown(cisco, cisco->residue.data, cisco->residue.len);
	result->residue_count = cisco->residue.len;
}

static void release_objects(struct cisco *cisco)
{
	struct cisco_object *object, *next;

	HASH_ITER(hh, cisco->objects, object, next) {
		HASH_DEL(cisco->objects, object);
		vec_free(&object->members);
		vec_free(&object->services);
	}
}

static void release_lists(struct cisco *cisco)
{
	struct cisco_list *list, *next;

	for (int six = 0; six < 2; six++)
		HASH_ITER(hh, cisco->lists[six], list, next) {
			HASH_DEL(cisco->lists[six], list);
			vec_free(&list->lines);
			vec_free(&list->entries);
		}
}

void cisco_release(struct cisco *cisco)
{
	struct cisco_time *time, *next;

	release_objects(cisco);
	release_lists(cisco);
	HASH_ITER(hh, cisco->times, time, next) {
		HASH_DEL(cisco->times, time);
		vec_free(&time->lines);
	}
	HASH_CLEAR(hh, cisco->names);
	for (struct cisco_interface *i = cisco->interfaces; i != NULL; i = i->next)
		vec_free(&i->addresses);
	free(cisco->marks);
	vec_free(&cisco->run.ranges);
	vec_free(&cisco->services);
	vec_free(&cisco->lines);
	vec_free(&cisco->unknown);
	vec_free(&cisco->returns);
	vec_free(&cisco->residue);
	vec_free(&cisco->activities);
	vec_free(&cisco->manage);
}
