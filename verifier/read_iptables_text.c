/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of iptables-save and `ipset save` as words. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

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
	const char *end = ipt->dumps->text.text + ipt->dumps->text.length;
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
