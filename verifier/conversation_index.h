/* SPDX-License-Identifier: Apache-2.0
 *
 * Where conversations are kept: records in chunks that never move, found
 * through an open-addressing index of 8 bytes an entry, at most half full. */
#ifndef VERIFIER_CONVERSATION_INDEX_H
#define VERIFIER_CONVERSATION_INDEX_H

#include "verifier/conversation.h"

struct record {
	struct conversation conversation;
	uint32_t hash;
	bool used;
};

struct record_store {
	struct record **chunks;
	size_t used, high; /* records in use; records ever handed out */
	uint64_t *index;   /* hash << 32 | number + 1; 0: empty */
	size_t mask;       /* entries of the index less 1 */
	uint32_t *free_numbers;
	size_t free_count, free_size;
};

void record_store_init(struct record_store *store);
void record_store_release(struct record_store *store);
struct record *record_at(const struct record_store *store, size_t number);

/* The records of one hash, in turn: begin with *at = hash; NULL: no more. */
struct record *record_next(const struct record_store *store, uint32_t hash, size_t *at);
/* A zeroed record that is found under `hash` from now on. */
struct record *record_insert(struct record_store *store, uint32_t hash);
void record_remove(struct record_store *store, size_t number);

#endif
