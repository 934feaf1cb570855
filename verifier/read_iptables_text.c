/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the iptables reader: several files as one, its lines as words, and
 * the way back from a line of the whole to the file that it stands in. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

/* ---- which dump is it ---- */

static bool line_begins(const char *line, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - line) >= length && memcmp(line, word, length) == 0;
}

static bool line_has(const char *line, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - line) >= length && memmem(line, (size_t)(end - line), word, length);
}

/* Addresses of IPv6 behind -s or -d, or what only ip6tables knows. */
static bool line_is_six(const char *line, const char *end)
{
	static const char *const options[] = { "-s ", "-d ", "-range " };

	if (line_has(line, end, "--icmpv6-type "))
		return true;
	for (size_t i = 0; i < 3; i++) {
		const char *at = memmem(line, (size_t)(end - line), options[i], strlen(options[i]));
		if (at == NULL)
			continue;
		at += strlen(options[i]);
		size_t length = 0;
		while (at + length < end && at[length] != ' ' && at[length] != '\n')
			length++;
		if (memchr(at, ':', length) != NULL)
			return true;
	}
	return false;
}

/* A comment on top names the program; without one the rules tell. */
static bool file_kind(const struct source *source, enum ipt_kind *out)
{
	const char *line = source->text, *end = source->text + source->length;
	bool table = false, six = false;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		stop = stop != NULL ? stop : end;
		if (*line == '#' && !table && line_has(line, stop, "ip6tables"))
			six = true;
		else if (*line == '*')
			table = true;
		else if (!table && (line_begins(line, stop, "create ") ||
				    line_begins(line, stop, "add ")))
			return *out = IPT_KIND_SETS, true;
		else if (table && line[0] == '-')
			six = six || line_is_six(line, stop);
		line = stop + 1;
	}
	*out = six ? IPT_KIND_6 : IPT_KIND_4;
	return table;
}

/* ---- one text ---- */

bool ipt_text_join(struct ipt *ipt)
{
	size_t length = 0;
	uint32_t line = 1;

	ipt->file_count = ipt->input->file_count;
	ipt->files = arena_array(ipt->arena, ipt->file_count, sizeof(*ipt->files));
	for (size_t i = 0; i < ipt->file_count; i++) {
		struct ipt_file *file = &ipt->files[i];
		file->source = &ipt->input->files[i];
		file->first_line = line;
		file->lines = (uint32_t)source_count_lines(file->source);
		line += file->lines;
		length += file->source->length + 1;
		if (!file_kind(file->source, &file->kind))
			return false;
	}
	char *text = arena_alloc(ipt->arena, length + 1);
	ipt->text = (struct source){ ipt->files[0].source->path, text, 0 };
	for (size_t i = 0; i < ipt->file_count; i++) {
		const struct source *source = ipt->files[i].source;
		memcpy(text + ipt->text.length, source->text, source->length);
		ipt->text.length += source->length;
		if (source->length > 0 && source->text[source->length - 1] != '\n')
			text[ipt->text.length++] = '\n';
	}
	return true;
}

/* ---- words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Between quotation marks; a backslash takes the next character as it is. Words are
 * cut out of the line in place: none is longer than what it is written as. */
static char *word_quoted(struct ipt *ipt, char *at, const char *end)
{
	struct ipt_word word = { at, true };
	char *out = at;

	for (; at < end && *at != '"'; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		*out++ = *at;
	}
	*out = '\0';
	vec_push(&ipt->words, word);
	return at < end ? at + 1 : at;
}

static char *word_plain(struct ipt *ipt, char *at, const char *end)
{
	struct ipt_word word = { at, false };

	while (at < end && !is_blank(*at))
		at++;
	*at = '\0';
	vec_push(&ipt->words, word);
	return at < end ? at + 1 : at;
}

void ipt_text_words(struct ipt *ipt, const char **at)
{
	const char *end = ipt->text.text + ipt->text.length;
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));

	stop = stop != NULL ? stop : end;
	strbuf_reset(&ipt->line_text);
	strbuf_add(&ipt->line_text, *at, (size_t)(stop - *at));
	*at = stop < end ? stop + 1 : end;
	ipt->words.len = 0;
	if (ipt->line_text.len == 0)
		return;
	char *next = ipt->line_text.text, *last = next + ipt->line_text.len;
	while (next < last) {
		if (is_blank(*next))
			next++;
		else
			next = *next == '"' ? word_quoted(ipt, next + 1, last) :
					      word_plain(ipt, next, last);
	}
}

/* ---- places ---- */

static const struct ipt_file *file_of(const struct ipt *ipt, uint32_t line)
{
	size_t i = 0;

	while (i + 1 < ipt->file_count && line >= ipt->files[i + 1].first_line)
		i++;
	return &ipt->files[i];
}

static void pair_places(const struct ipt *ipt, const struct filter_pair *pair)
{
	for (; pair != NULL; pair = pair->also)
		for (size_t i = 0; i < pair->entry_count; i++) {
			struct span *where = &pair->entries[i].where;
			const struct ipt_file *file = file_of(ipt, where->line);
			uint32_t line = where->line - file->first_line + 1;
			*where = (struct span){ file->source, line, 1, line, 1 };
		}
}

static void note_places(const struct ipt *ipt, struct read_unknown *notes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct ipt_file *file = file_of(ipt, notes[i].line);
		notes[i].line -= file->first_line - 1;
		notes[i].file = file->source->path;
	}
}

void ipt_text_places(const struct ipt *ipt, struct read_result *result)
{
	for (size_t i = 0; i < result->filter.pair_count; i++)
		pair_places(ipt, &result->filter.pairs[i]);
	note_places(ipt, result->unknown, result->unknown_count);
	note_places(ipt, result->returns, result->return_count);
	note_places(ipt, result->residue, result->residue_count);
}
