/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that is freed all at once: a list of chunks, carved from the front. */
#include "config.h"
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { ARENA_CHUNK = 64 * 1024, ARENA_ALIGN = 16 };

struct arena_chunk {
	struct arena_chunk *older;
	_Alignas(16) char bytes[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

void arena_release(struct arena *arena)
{
	while (arena->chunks != NULL) {
		struct arena_chunk *chunk = arena->chunks;
		arena->chunks = chunk->older;
		free(chunk);
	}
	arena_init(arena);
}

static void *arena_grow(struct arena *arena, size_t size)
{
	size_t room = size > ARENA_CHUNK / 4 ? size : ARENA_CHUNK;
	struct arena_chunk *chunk =
		memory_alloc(sizeof(struct arena_chunk) + room);

	chunk->older = arena->chunks;
	arena->chunks = chunk;
	if (room - size >= arena->left) { /* carve on from the roomier chunk */
		arena->next = chunk->bytes + size;
		arena->left = room - size;
	}
	return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - ARENA_ALIGN)
		return memory_array(SIZE_MAX, 2); /* reports and exits */
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (size > arena->left)
		return arena_grow(arena, size);
	void *p = arena->next;
	arena->next += size;
	arena->left -= size;
	return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		return memory_array(SIZE_MAX, 2); /* reports and exits */
	return arena_alloc(arena, bytes);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size);
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);
	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	char *text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}
