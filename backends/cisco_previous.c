/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration that is on the device: what is bound, and the text of what
 * will be removed, for the way back. It is read as blocks of lines and words;
 * what the words mean is the verifier's business. What a line at the margin takes
 * back with `no` it does not use: commands made here serve as well as what the
 * device shows of itself. */
#include "config.h"
#include "backends/cisco.h"

#include <string.h>

struct previous_line {
	const char *text;
	size_t length;
	size_t block; /* the number of the line that opens its block: itself at the margin */
	bool gone;
};

struct word {
	const char *text;
	size_t length;
};

/* A word of a line; sorted by word, so that the lines of a name are found. */
struct previous_word {
	struct word word;
	size_t line;
};

struct cisco_previous {
	VEC(struct previous_line) lines;
	VEC(struct previous_word) words;
};

/* ---- lines and words ---- */

static bool word_next(const struct previous_line *line, size_t *at, struct word *word)
{
	while (*at < line->length && strchr(" \t", line->text[*at]) != NULL)
		(*at)++;
	word->text = line->text + *at;
	while (*at < line->length && strchr(" \t", line->text[*at]) == NULL)
		(*at)++;
	word->length = (size_t)(line->text + *at - word->text);
	return word->length > 0;
}

static int word_order(const struct word *a, const struct word *b)
{
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order = memcmp(a->text, b->text, shorter);

	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int previous_word_order(const void *left, const void *right)
{
	const struct previous_word *a = left, *b = right;
	int order = word_order(&a->word, &b->word);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static void previous_index(struct cisco_previous *previous)
{
	for (size_t i = 0; i < previous->lines.len; i++) {
		struct previous_word word = { .line = i };
		size_t at = 0;
		while (word_next(&previous->lines.data[i], &at, &word.word))
			vec_push(&previous->words, word);
	}
	if (previous->words.len > 0)
		qsort(previous->words.data, previous->words.len, sizeof(*previous->words.data),
		      previous_word_order);
}

/* The first place in the index at which `name` stands, or would. */
static size_t words_of(const struct cisco_previous *previous, const struct word *name)
{
	size_t lo = 0, hi = previous->words.len;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (word_order(&previous->words.data[middle].word, name) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

/* The next line that holds the name, from *at of the index on; false: no more. */
static bool line_with(const struct cisco_previous *previous, const struct word *name, size_t *at,
		      size_t *line)
{
	size_t last = *line;

	for (; *at < previous->words.len; (*at)++) {
		const struct previous_word *word = &previous->words.data[*at];
		if (word_order(&word->word, name) != 0)
			return false;
		if (word->line == last || previous->lines.data[word->line].gone)
			continue;
		*line = word->line;
		return true;
	}
	return false;
}

struct cisco_previous *cisco_previous_read(const struct source *source)
{
	struct cisco_previous *previous = memory_alloc(sizeof(*previous));
	const char *text = source != NULL ? source->text : NULL;
	const char *end = source != NULL ? text + source->length : NULL;

	while (text != NULL && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop != NULL ? stop : end) - text);
		size_t last = previous->lines.len;
		bool inside = length > 0 && (text[0] == ' ' || text[0] == '\t') && last > 0;
		struct previous_line line = { text, length, last, false };
		if (inside)
			line.block = previous->lines.data[last - 1].block;
		while (line.length > 0 && strchr("\r \t", line.text[line.length - 1]) != NULL)
			line.length--;
		line.gone = length > 2 && memcmp(text, "no ", 3) == 0;
		vec_push(&previous->lines, line);
		text = stop != NULL ? stop + 1 : NULL;
	}
	previous_index(previous);
	return previous;
}

void cisco_previous_destroy(struct cisco_previous *previous)
{
	vec_free(&previous->lines);
	vec_free(&previous->words);
	free(previous);
}

static bool word_is(const struct word *word, const char *text, size_t length)
{
	return word->length == length && memcmp(word->text, text, length) == 0;
}

/* True if the line begins with the words of `head`; *at is behind them. */
static bool line_begins(const struct previous_line *line, const char *head, size_t *at)
{
	struct previous_line wanted = { head, strlen(head), 0, false };
	struct word mine, theirs;
	size_t k = 0;

	*at = 0;
	while (word_next(&wanted, &k, &theirs))
		if (!word_next(line, at, &mine) || !word_is(&mine, theirs.text, theirs.length))
			return false;
	return true;
}

/* ---- questions ---- */

static const struct previous_line *block_of(const struct cisco_previous *previous, size_t i)
{
	return &previous->lines.data[previous->lines.data[i].block];
}

/* What binds the list of an interface of ASA begins as what binds that of its control
 * plane; other words may stand behind (`per-user-override`). */
static bool line_goes_on(const struct previous_line *line, size_t at)
{
	struct word word;

	return word_next(line, &at, &word) && word_is(&word, "control-plane", 13);
}

/* `command NAME tail`, in a block that begins with `head`. */
static bool line_binds(const struct cisco_previous *previous, size_t i, const char *head,
		       const char *command, const char *tail, struct word *name)
{
	const struct previous_line *line = &previous->lines.data[i];
	bool margin = line->block == i;
	size_t at, rest;

	if (line->gone || !line_begins(line, command, &at) || !word_next(line, &at, name))
		return false;
	struct previous_line behind = { line->text + at, line->length - at, 0, false };
	return line_begins(&behind, tail, &rest) && !line_goes_on(&behind, rest) && margin == (head == NULL) &&
	       (margin || line_begins(block_of(previous, i), head, &rest));
}

const char *cisco_previous_take(struct cisco_previous *previous, struct arena *arena,
				const char *head, const char *command, const char *tail)
{
	const char *found = NULL;
	struct word name;

	for (size_t i = 0; i < previous->lines.len; i++) {
		if (!line_binds(previous, i, head, command, tail, &name))
			continue;
		found = arena_printf(arena, "%.*s", (int)name.length, name.text);
		previous->lines.data[i].gone = true;
	}
	return found;
}

static bool block_begins(const struct cisco_previous *previous, size_t i, const char *head)
{
	size_t at;

	return line_begins(block_of(previous, i), head, &at);
}

static struct word last_word(const char *head)
{
	const char *space = strrchr(head, ' ');
	const char *text = space != NULL ? space + 1 : head;

	return (struct word){ text, strlen(text) };
}

/* The next line at the margin that begins with the words of `head`. */
static bool head_next(const struct cisco_previous *previous, const char *head, size_t *at,
		      size_t *line)
{
	struct word name = last_word(head);

	while (line_with(previous, &name, at, line))
		if (previous->lines.data[*line].block == *line &&
		    block_begins(previous, *line, head))
			return true;
	return false;
}

bool cisco_previous_has(const struct cisco_previous *previous, const char *head)
{
	struct word name = last_word(head);
	size_t at = words_of(previous, &name), line = SIZE_MAX;

	return head_next(previous, head, &at, &line);
}

size_t cisco_previous_uses(const struct cisco_previous *previous, const char *head,
			   const char *name)
{
	struct word word = { name, strlen(name) };
	size_t at = words_of(previous, &word), line = SIZE_MAX, count = 0;

	while (line_with(previous, &word, &at, &line))
		count += !block_begins(previous, line, head);
	return count;
}

void cisco_previous_retire(struct cisco_previous *previous, const char *head,
			   struct strbuf *text)
{
	struct word name = last_word(head);
	size_t at = words_of(previous, &name), first = SIZE_MAX;

	while (head_next(previous, head, &at, &first))
		for (size_t i = first; i < previous->lines.len &&
				       previous->lines.data[i].block == first; i++) {
			struct previous_line *line = &previous->lines.data[i];
			strbuf_add(text, line->text, line->length);
			strbuf_putc(text, '\n');
			line->gone = true;
		}
}

/* The words of a line, one blank between. */
static const char *line_text(const struct previous_line *line, struct arena *arena)
{
	struct strbuf text = STRBUF_INIT;
	struct word word;
	size_t at = 0;

	while (word_next(line, &at, &word)) {
		if (text.len > 0)
			strbuf_putc(&text, ' ');
		strbuf_add(&text, word.text, word.length);
	}
	const char *copy = arena_strdup(arena, strbuf_text(&text));
	strbuf_release(&text);
	return copy;
}

static bool line_is(const struct previous_line *line, const char *text)
{
	struct word more;
	size_t at;

	return line_begins(line, text, &at) && !word_next(line, &at, &more);
}

bool cisco_previous_holds(const struct cisco_previous *previous, const char *head,
			  const char *under, const char *line)
{
	struct previous_line wanted = { under, strlen(under), 0, false };
	struct word name = last_word(head), kind;
	size_t at = words_of(previous, &name), first = SIZE_MAX, k = 0, rest;
	bool below = false;

	word_next(&wanted, &k, &kind);
	while (head_next(previous, head, &at, &first))
		for (size_t i = first + 1; i < previous->lines.len &&
					   previous->lines.data[i].block == first; i++) {
			const struct previous_line *each = &previous->lines.data[i];
			struct word word;
			rest = 0;
			if (word_next(each, &rest, &word) &&
			    word_is(&word, kind.text, kind.length))
				below = line_is(each, under);
			else if (below && line_is(each, line))
				return true;
		}
	return false;
}

static bool line_manages(const struct previous_line *line, size_t at, const char *last)
{
	struct word word, behind = { "", 0 };

	if (!word_next(line, &at, &word))
		return false;
	bool verdict = word_is(&word, "permit", 6) || word_is(&word, "deny", 4);
	bool address = word.text[0] >= '0' && word.text[0] <= '9';
	address = address || memchr(word.text, ':', word.length) != NULL;
	while (word_next(line, &at, &word))
		behind = word;
	return (verdict || address) && word_is(&behind, last, strlen(last));
}

void cisco_previous_lines(const struct cisco_previous *previous, struct arena *arena,
			  const char *command, const char *last, cisco_previous_line *visit,
			  void *context)
{
	for (size_t i = 0; i < previous->lines.len; i++) {
		const struct previous_line *line = &previous->lines.data[i];
		size_t at;
		if (line->gone || line->block != i || !line_begins(line, command, &at) ||
		    !line_manages(line, at, last))
			continue;
		visit(context, line_text(line, arena));
	}
}

static int name_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void cisco_previous_ours(const struct cisco_previous *previous, const char *kind,
			 cisco_previous_visit *visit, void *context)
{
	VEC(char *) names = VEC_INIT;

	for (size_t i = 0; i < previous->lines.len; i++) {
		struct word name;
		size_t at;
		if (previous->lines.data[i].gone ||
		    !line_begins(&previous->lines.data[i], kind, &at) ||
		    block_of(previous, i) != &previous->lines.data[i] ||
		    !word_next(&previous->lines.data[i], &at, &name) ||
		    name.length < strlen(CISCO_OURS) ||
		    memcmp(name.text, CISCO_OURS, strlen(CISCO_OURS)) != 0)
			continue;
		char *copy = memory_array(name.length + 1, 1);
		memcpy(copy, name.text, name.length);
		vec_push(&names, copy);
	}
	if (names.len > 0)
		qsort(names.data, names.len, sizeof(*names.data), name_order);
	for (size_t i = 0; i < names.len; i++)
		if (i == 0 || strcmp(names.data[i], names.data[i - 1]) != 0)
			visit(context, kind, names.data[i]);
	for (size_t i = 0; i < names.len; i++)
		free(names.data[i]);
	vec_free(&names);
}
