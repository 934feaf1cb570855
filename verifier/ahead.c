/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of batches between the thread that reads and the one that asks. Invariant
 * under the lock: batches [taken, filled) belong to the one who asks, the others to
 * the reader; both numbers only grow, and at most AHEAD_BATCHES lie between them. */
#include "config.h"
#include "verifier/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Packets and bytes after which a batch is handed on: both fit a cache. */
enum { AHEAD_PACKETS = 2048, AHEAD_BYTES = 128 * 1024 };

struct ahead_batch {
	struct capture_packet *packets; /* AHEAD_PACKETS */
	size_t count;
	uint8_t *bytes; /* of the packets, one after the other */
	size_t used, size;
	enum capture_status status; /* after the packets */
};

struct ahead {
	struct capture *capture;
	struct diags *diags;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ahead_batch batches[AHEAD_BATCHES];
	size_t filled, taken;
	size_t at;    /* in the batch that is being taken */
	bool holding; /* the batch before `at` is not given back yet */
	bool ended;   /* the last batch was given back */
};

/* ---- the thread that reads ---- */

static bool ahead_has_room(const struct ahead_batch *batch)
{
	return batch->count < AHEAD_PACKETS && batch->used < AHEAD_BYTES;
}

/* For a packet larger than a batch is meant to be. Packets point into the bytes. */
static void ahead_make_room(struct ahead_batch *batch, uint32_t captured)
{
	if (batch->size - batch->used >= captured)
		return;
	batch->size = batch->used + captured;
	uint8_t *bytes = memory_alloc(batch->size);
	memcpy(bytes, batch->bytes, batch->used);
	for (size_t i = 0; i < batch->count; i++)
		batch->packets[i].bytes = bytes + (batch->packets[i].bytes - batch->bytes);
	free(batch->bytes);
	batch->bytes = bytes;
}

static void ahead_keep(struct ahead_batch *batch, const struct capture_packet *read)
{
	ahead_make_room(batch, read->captured);
	struct capture_packet *packet = &batch->packets[batch->count++];
	*packet = *read;
	packet->bytes = batch->bytes + batch->used;
	memcpy(batch->bytes + batch->used, read->bytes, read->captured);
	batch->used += read->captured;
}

/* Until the batch is full, or there is nothing to read now. */
static void ahead_fill(struct ahead *ahead, struct ahead_batch *batch)
{
	struct capture_packet packet;

	batch->count = 0;
	batch->used = 0;
	do {
		batch->status = capture_next(ahead->capture, &packet, ahead->diags);
		if (batch->status == CAPTURE_PACKET)
			ahead_keep(batch, &packet);
	} while (batch->status == CAPTURE_PACKET && ahead_has_room(batch));
}

static struct ahead_batch *ahead_free_batch(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	while (ahead->filled - ahead->taken == AHEAD_BATCHES)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return &ahead->batches[ahead->filled % AHEAD_BATCHES];
}

static void *ahead_read(void *context)
{
	struct ahead *ahead = context;
	enum capture_status status;

	do {
		struct ahead_batch *batch = ahead_free_batch(ahead);
		ahead_fill(ahead, batch);
		status = batch->status;
		pthread_mutex_lock(&ahead->lock);
		ahead->filled++;
		pthread_cond_broadcast(&ahead->changed);
		pthread_mutex_unlock(&ahead->lock);
	} while (status != CAPTURE_END);
	return NULL;
}

/* Signals go to the threads that others made. */
static bool ahead_start(struct ahead *ahead)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int result = pthread_create(&ahead->thread, NULL, ahead_read, ahead);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result == 0;
}

static void ahead_free(struct ahead *ahead)
{
	pthread_cond_destroy(&ahead->changed);
	pthread_mutex_destroy(&ahead->lock);
	for (size_t i = 0; i < AHEAD_BATCHES; i++) {
		free(ahead->batches[i].packets);
		free(ahead->batches[i].bytes);
	}
	free(ahead);
}

struct ahead *ahead_create(struct capture *capture, struct diags *diags)
{
	struct ahead *ahead = memory_alloc(sizeof(*ahead));

	ahead->capture = capture;
	ahead->diags = diags;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	for (size_t i = 0; i < AHEAD_BATCHES; i++) {
		struct ahead_batch *batch = &ahead->batches[i];
		batch->packets = memory_array(AHEAD_PACKETS, sizeof(*batch->packets));
		batch->size = 2 * AHEAD_BYTES;
		batch->bytes = memory_alloc(batch->size);
	}
	if (ahead_start(ahead))
		return ahead;
	ahead_free(ahead);
	return NULL;
}

/* ---- the one who asks ---- */

static void ahead_give_back(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->taken++;
	pthread_cond_broadcast(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
	ahead->at = 0;
}

static struct ahead_batch *ahead_full_batch(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	while (ahead->filled == ahead->taken)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return &ahead->batches[ahead->taken % AHEAD_BATCHES];
}

enum capture_status ahead_next(struct ahead *ahead, struct capture_packet *packet)
{
	while (!ahead->ended) {
		const struct ahead_batch *batch =
			ahead->holding ? &ahead->batches[ahead->taken % AHEAD_BATCHES]
				       : ahead_full_batch(ahead);
		ahead->holding = ahead->at < batch->count;
		if (ahead->holding) {
			*packet = batch->packets[ahead->at++];
			return CAPTURE_PACKET;
		}
		enum capture_status status = batch->status;
		ahead->ended = status == CAPTURE_END;
		ahead_give_back(ahead);
		if (status != CAPTURE_PACKET)
			return status;
	}
	return CAPTURE_END;
}

void ahead_destroy(struct ahead *ahead)
{
	struct capture_packet rest;

	if (!ahead)
		return;
	if (!ahead->ended)
		capture_stop(ahead->capture);
	while (ahead_next(ahead, &rest) != CAPTURE_END)
		continue;
	pthread_join(ahead->thread, NULL);
	ahead_free(ahead);
}
