/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 as RFC 3629 has it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* The length in bytes of the character at `p`, of which `left` bytes (at least
 * one) are there; 0 if they begin none: no surrogates, nothing overlong, nothing
 * beyond U+10FFFF. */
size_t utf8_length(const char *p, size_t left);

#endif
