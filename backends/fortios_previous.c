/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration that is on the device: the entries of the tables that are
 * written here, with their text, for what is removed and the way back. What they
 * mean is the verifier's business. */
#include "config.h"
#include "backends/fortios.h"

#include <string.h>

struct reading {
	struct fortios_previous *previous;
	struct arena *arena;
	size_t depth;         /* of open sections */
	int table;            /* of the section at the margin, -1: none of ours */
	bool open;            /* an entry of it is open */
	bool quoted;          /* the line begins within quotes */
	const char *name;
	struct strbuf text;   /* of the open entry */
};

/* ---- words ---- */

/* The next word without its quotes, in the arena; NULL: no more. */
static const char *word_next(struct arena *arena, const char **at, const char *end)
{
	struct strbuf word = STRBUF_INIT;
	char quote = '\0';
	bool some = false;

	while (*at < end && strchr(" \t\r\n", **at) != NULL)
		(*at)++;
	for (; *at < end && (quote != '\0' || strchr(" \t\r\n", **at) == NULL); (*at)++) {
		some = true;
		if (**at == '\\' && quote != '\'' && *at + 1 < end)
			strbuf_putc(&word, *++(*at));
		else if (quote == '\0' && (**at == '"' || **at == '\''))
			quote = **at;
		else if (quote != '\0' && **at == quote)
			quote = '\0';
		else
			strbuf_putc(&word, **at);
	}
	const char *made = some ? arena_strdup(arena, strbuf_text(&word)) : NULL;
	strbuf_release(&word);
	return made;
}

static bool line_opens_quote(const char *text, size_t length, bool quoted)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
	}
	return quoted;
}

/* ---- entries ---- */

static int table_of(const char *path)
{
	for (int i = 0; i < FORTIOS_TABLES; i++)
		if (strcmp(fortios_tables[i], path) == 0)
			return i;
	return -1;
}

struct mark {
	bool ours;
};

static void find_mark(void *context, const char *const *words, size_t count)
{
	struct mark *mark = context;
	const char *value = count > 1 ? words[1] : "";
	bool named = strcmp(words[0], "name") == 0 || strcmp(words[0], "comments") == 0;

	if (strncmp(value, "would drop: ", 12) == 0)
		value += 12;
	if (named && strncmp(value, FORTIOS_OURS, strlen(FORTIOS_OURS)) == 0)
		mark->ours = true;
}

/* The first of a name stands for it. */
static void name_add(struct fortios_previous *previous, const struct fortios_old *old)
{
	struct fortios_name *name;

	if (fortios_previous_find(previous, old->table, old->name) != NULL)
		return;
	name = arena_alloc(previous->arena, sizeof(*name));
	name->key = arena_printf(previous->arena, "%d %s", (int)old->table, old->name);
	name->index = previous->entries.len;
	HASH_ADD_KEYPTR(hh, previous->names, name->key, strlen(name->key), name);
}

static void entry_close(struct reading *reading)
{
	struct fortios_old old = { (enum fortios_table)reading->table, reading->name,
				   arena_strdup(reading->arena, strbuf_text(&reading->text)),
				   false, false };
	struct mark mark = { false };

	if (reading->table >= FORTIOS_OBJECTS)
		fortios_old_settings(&old, find_mark, &mark);
	else
		mark.ours = strncmp(old.name, FORTIOS_OURS, strlen(FORTIOS_OURS)) == 0;
	old.ours = mark.ours;
	name_add(reading->previous, &old);
	vec_push(&reading->previous->entries, old);
	reading->open = false;
}

static void section_open(struct reading *reading, const char *at, const char *end)
{
	struct strbuf path = STRBUF_INIT;
	const char *word;

	reading->depth++;
	if (reading->depth > 1)
		return;
	while ((word = word_next(reading->arena, &at, end)) != NULL)
		strbuf_printf(&path, "%s%s", path.len > 0 ? " " : "", word);
	reading->table = table_of(strbuf_text(&path));
	reading->previous->vdoms = reading->previous->vdoms ||
				   strcmp(strbuf_text(&path), "vdom") == 0;
	strbuf_release(&path);
}

static void keep_line(struct reading *reading, const char *text, size_t length)
{
	if (!reading->open)
		return;
	strbuf_add(&reading->text, text, length);
	strbuf_putc(&reading->text, '\n');
}

static void read_line(struct reading *reading, const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	const char *word = reading->quoted ? NULL : word_next(reading->arena, &at, end);

	if (word == NULL || word[0] == '#') {
		keep_line(reading, text, length);
	} else if (strcmp(word, "config") == 0) {
		keep_line(reading, text, length);
		section_open(reading, at, end);
	} else if (strcmp(word, "end") == 0) {
		if (reading->depth == 1 && reading->open)
			entry_close(reading);
		reading->depth -= reading->depth > 0;
		keep_line(reading, text, length);
	} else if (strcmp(word, "edit") == 0 && reading->depth == 1 && reading->table >= 0) {
		reading->name = word_next(reading->arena, &at, end);
		reading->open = reading->name != NULL;
		strbuf_reset(&reading->text);
		keep_line(reading, text, length);
	} else {
		keep_line(reading, text, length);
		if (strcmp(word, "next") == 0 && reading->depth == 1 && reading->open)
			entry_close(reading);
	}
	reading->quoted = line_opens_quote(text, length, reading->quoted);
}

void fortios_previous_read(struct fortios_previous *previous, struct arena *arena,
			   const struct source *source)
{
	struct reading reading = { .previous = previous, .arena = arena, .table = -1 };
	const char *text = source != NULL ? source->text : NULL;
	const char *end = source != NULL ? text + source->length : NULL;

	previous->arena = arena;
	while (text != NULL && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop != NULL ? stop : end) - text);
		while (length > 0 && text[length - 1] == '\r')
			length--;
		read_line(&reading, text, length);
		text = stop != NULL ? stop + 1 : NULL;
	}
	strbuf_release(&reading.text);
}

void fortios_previous_release(struct fortios_previous *previous)
{
	HASH_CLEAR(hh, previous->names);
	vec_free(&previous->entries);
}

struct fortios_old *fortios_previous_find(struct fortios_previous *previous,
					  enum fortios_table table, const char *name)
{
	struct fortios_name *found;
	const char *key = arena_printf(previous->arena, "%d %s", (int)table, name);

	HASH_FIND_STR(previous->names, key, found);
	return found != NULL ? &previous->entries.data[found->index] : NULL;
}

void fortios_old_settings(const struct fortios_old *old, fortios_visit *visit, void *context)
{
	const char *at = old->text, *end = old->text + strlen(old->text), *word;
	struct arena arena;

	arena_init(&arena);
	while (at < end) {
		const char *stop = strchr(at, '\n');
		VEC(const char *) words = VEC_INIT;
		if (stop == NULL)
			stop = end;
		while (at < stop && (word = word_next(&arena, &at, stop)) != NULL)
			vec_push(&words, word);
		if (words.len > 1 && strcmp(words.data[0], "set") == 0)
			visit(context, words.data + 1, words.len - 1);
		vec_free(&words);
		at = stop + 1;
	}
	arena_release(&arena);
}
