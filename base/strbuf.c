/* SPDX-License-Identifier: Apache-2.0
 *
 * A growable string. */
#include "config.h"
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void strbuf_release(struct strbuf *buf)
{
	free(buf->text);
	*buf = (struct strbuf)STRBUF_INIT;
}

void strbuf_reset(struct strbuf *buf)
{
	buf->len = 0;
	if (buf->text != NULL)
		buf->text[0] = '\0';
}

static void strbuf_room(struct strbuf *buf, size_t more)
{
	size_t want = buf->len + more + 1;
	if (want <= buf->cap)
		return;
	size_t cap = buf->cap ? buf->cap * 2 : 64;
	if (cap < want)
		cap = want;
	buf->text = memory_resize(buf->text, cap, 1);
	buf->cap = cap;
}

void strbuf_add(struct strbuf *buf, const char *bytes, size_t length)
{
	strbuf_room(buf, length);
	memcpy(buf->text + buf->len, bytes, length);
	buf->len += length;
	buf->text[buf->len] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_putc(struct strbuf *buf, char c)
{
	strbuf_add(buf, &c, 1);
}

void strbuf_put_number(struct strbuf *buf, uint64_t number)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	strbuf_add(buf, at, (size_t)(digits + sizeof(digits) - at));
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	strbuf_room(buf, 80);
	size_t room = buf->cap - buf->len;
	size_t length = (size_t)vsnprintf(buf->text + buf->len, room, format, args);
	if (length >= room) {
		strbuf_room(buf, length);
		vsnprintf(buf->text + buf->len, length + 1, format, again);
	}
	buf->len += length;
	va_end(again);
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	strbuf_vprintf(buf, format, args);
	va_end(args);
}

const char *strbuf_text(const struct strbuf *buf)
{
	return buf->text ? buf->text : "";
}

char *strbuf_detach(struct strbuf *buf)
{
	char *text = buf->text ? buf->text : memory_strdup("");
	*buf = (struct strbuf)STRBUF_INIT;
	return text;
}
