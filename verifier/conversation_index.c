/* SPDX-License-Identifier: Apache-2.0
 *
 * The records of conversations and their index: linear probing, deletion by
 * moving back, so that no entry is ever a tombstone. */
#include "config.h"
#include "verifier/conversation_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { CHUNK = 4096, INDEX_FIRST = 8192 };

void record_store_init(struct record_store *store)
{
	*store = (struct record_store){ .mask = INDEX_FIRST - 1 };
	store->index = memory_array(INDEX_FIRST, sizeof(*store->index));
}

void record_store_release(struct record_store *store)
{
	for (size_t i = 0; i * CHUNK < store->high; i++)
		free(store->chunks[i]);
	free(store->chunks);
	free(store->index);
	free(store->free_numbers);
}

struct record *record_at(const struct record_store *store, size_t number)
{
	return &store->chunks[number / CHUNK][number % CHUNK];
}

struct record *record_next(const struct record_store *store, uint32_t hash, size_t *at)
{
	for (;;) {
		uint64_t entry = store->index[*at & store->mask];
		if (entry == 0)
			return NULL;
		(*at)++;
		if (entry >> 32 == hash)
			return record_at(store, (uint32_t)entry - 1);
	}
}

static void record_index(struct record_store *store, uint64_t entry)
{
	size_t at = (entry >> 32) & store->mask;

	while (store->index[at] != 0)
		at = (at + 1) & store->mask;
	store->index[at] = entry;
}

static void record_index_grow(struct record_store *store)
{
	uint64_t *old = store->index;
	size_t size = store->mask + 1;

	store->index = memory_array(size * 2, sizeof(*store->index));
	store->mask = size * 2 - 1;
	for (size_t i = 0; i < size; i++)
		if (old[i] != 0)
			record_index(store, old[i]);
	free(old);
}

static uint32_t record_number(struct record_store *store)
{
	if (store->free_count > 0)
		return store->free_numbers[--store->free_count];
	if (store->high % CHUNK == 0) {
		size_t chunk = store->high / CHUNK;
		store->chunks = memory_resize(store->chunks, chunk + 1,
					      sizeof(*store->chunks));
		store->chunks[chunk] = memory_array(CHUNK, sizeof(struct record));
	}
	return (uint32_t)store->high++;
}

struct record *record_insert(struct record_store *store, uint32_t hash)
{
	if ((store->used + 1) * 2 > store->mask)
		record_index_grow(store);
	uint32_t number = record_number(store);
	struct record *record = record_at(store, number);
	memset(record, 0, sizeof(*record));
	record->hash = hash;
	record->used = true;
	record_index(store, (uint64_t)hash << 32 | (number + 1));
	store->used++;
	return record;
}

/* Entries behind the hole whose own place lies at or before it move into it. */
static void record_unindex(struct record_store *store, size_t hole)
{
	size_t mask = store->mask;

	for (size_t at = (hole + 1) & mask; store->index[at] != 0; at = (at + 1) & mask) {
		size_t home = (store->index[at] >> 32) & mask;
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		store->index[hole] = store->index[at];
		hole = at;
	}
	store->index[hole] = 0;
}

void record_remove(struct record_store *store, size_t number)
{
	struct record *record = record_at(store, number);
	uint64_t entry = (uint64_t)record->hash << 32 | (number + 1);
	size_t at = record->hash & store->mask;

	while (store->index[at] != entry)
		at = (at + 1) & store->mask;
	record_unindex(store, at);
	record->used = false;
	store->used--;
	if (store->free_count == store->free_size) {
		store->free_size = store->free_size ? store->free_size * 2 : 64;
		store->free_numbers = memory_resize(store->free_numbers, store->free_size,
						    sizeof(*store->free_numbers));
	}
	store->free_numbers[store->free_count++] = (uint32_t)number;
}
