/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap allocation that cannot fail. */
#include "config.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_checked(void *p)
{
	if (p == NULL) {
		fputs("cordon: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *memory_alloc(size_t size)
{
	return memory_checked(calloc(1, size ? size : 1));
}

void *memory_array(size_t count, size_t size)
{
	return memory_checked(calloc(count ? count : 1, size ? size : 1));
}

void *memory_resize(void *old, size_t count, size_t size)
{
	if (count == 0)
		count = 1;
	return memory_checked(reallocarray(old, count, size));
}

FILE *memory_stream(char **text, size_t *size)
{
	return memory_checked(open_memstream(text, size));
}

char *memory_strdup(const char *text)
{
	return memory_checked(strdup(text));
}
