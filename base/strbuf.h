/* SPDX-License-Identifier: Apache-2.0
 *
 * A growable string: always NUL-terminated once something was added. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
	char *text; /* NULL while nothing was added */
	size_t len;
	size_t cap;
};

#define STRBUF_INIT { NULL, 0, 0 }

void strbuf_release(struct strbuf *buf);
void strbuf_reset(struct strbuf *buf); /* empty, memory kept */
void strbuf_add(struct strbuf *buf, const char *bytes, size_t length);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_put_number(struct strbuf *buf, uint64_t number); /* decimal */
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* The text, or "" where nothing was added; owned by the buffer. */
const char *strbuf_text(const struct strbuf *buf);
/* Hands the text to the caller, who frees it; the buffer is empty again. */
char *strbuf_detach(struct strbuf *buf);

#endif
