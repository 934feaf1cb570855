/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap allocation that cannot fail: out of memory ends the program with exit
 * code 2 and a sentence on standard error. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* The caller owns what is returned and frees it with free(). */
void *memory_alloc(size_t size);                      /* zeroed */
void *memory_array(size_t count, size_t size);        /* zeroed, overflow-checked */
void *memory_resize(void *old, size_t count, size_t size);
char *memory_strdup(const char *text);
/* What is written on it is *text, of *size bytes, once it is closed. */
FILE *memory_stream(char **text, size_t *size);

#endif
