/* SPDX-License-Identifier: Apache-2.0
 *
 * Names within a platform's character set and length. What was shortened ends
 * in `-` and NAME_DIGITS hexadecimal digits; a text that ends so by itself is
 * treated as one that needs shortening, or it could be the name of another. */
#include "config.h"
#include "backends/names.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/sha256.h"

/* Forty bits: two of a million texts share them with a chance of 1 in 2. But a
 * name also holds the start of its text, and a device has some thousands. */
enum { NAME_DIGITS = 10 };

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_allowed(const struct name_rules *rules, char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' ||
	       (c != '\0' && strchr(rules->also, c) != NULL);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool ends_in_digest(const char *text, size_t length)
{
	if (length <= NAME_DIGITS || text[length - NAME_DIGITS - 1] != '-')
		return false;
	for (size_t i = length - NAME_DIGITS; i < length; i++)
		if (!is_hex(text[i]))
			return false;
	return true;
}

static bool is_name(const struct name_rules *rules, const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > rules->longest || ends_in_digest(text, length) ||
	    (rules->letter_first && !is_letter(text[0])))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_allowed(rules, text[i]))
			return false;
	return true;
}

static void name_stem(struct strbuf *name, const struct name_rules *rules, const char *text)
{
	size_t room = rules->longest - NAME_DIGITS - 1;

	if (rules->letter_first && !is_letter(text[0]))
		strbuf_putc(name, 'x');
	for (; *text != '\0' && name->len < room; text++)
		strbuf_putc(name, is_allowed(rules, *text) ? *text : '-');
}

const char *names_of_content(struct arena *arena, const struct name_rules *rules,
			     const char *stem, const char *content)
{
	struct strbuf name = STRBUF_INIT;
	struct sha256 hash;
	char digest[SHA256_TEXT];

	sha256_init(&hash);
	sha256_add(&hash, content, strlen(content));
	sha256_final(&hash, digest);
	name_stem(&name, rules, stem);
	strbuf_printf(&name, "-%.*s", NAME_DIGITS, digest);
	const char *made = arena_strdup(arena, strbuf_text(&name));
	strbuf_release(&name);
	return made;
}

const char *names_make(struct arena *arena, const struct name_rules *rules, const char *text)
{
	if (is_name(rules, text))
		return arena_strdup(arena, text);
	return names_of_content(arena, rules, text, text);
}
