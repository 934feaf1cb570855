/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments in the order of the stream. */
#include "config.h"
#include "verifier/proto/assembly_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* More than windows mostly are, and how many segments beyond make the stream be there. */
enum { ASSEMBLY_WINDOW = 1 << 22, ASSEMBLY_STRAYS = 3 };

/* ---- what is kept ---- */

struct assembly_store *assembly_store(struct assembly *side)
{
	if (side->store == NULL)
		side->store = memory_alloc(sizeof(*side->store));
	return side->store;
}

struct proto_gather *assembly_gather(struct assembly *side)
{
	return &assembly_store(side)->gather;
}

bool assembly_waits(const struct assembly *side)
{
	return side->store != NULL && (side->store->held != NULL || side->store->pending.length > 0 ||
				       side->store->gather.length > 0);
}

bool assembly_is_pending(const struct assembly *side)
{
	return side->store != NULL && side->store->pending.length > 0;
}

struct assembly_held *assembly_first_held(const struct assembly *side)
{
	return side->store != NULL ? side->store->held : NULL;
}

void assembly_tidy(struct assembly *side)
{
	struct assembly_store *store = side->store;

	if (store == NULL || store->pending.length > 0 || store->gather.length > 0 ||
	    store->gather.lost || store->held != NULL || store->recent.length > 0)
		return;
	free(store->recent.bytes);
	free(store->pending.bytes);
	free(store->gather.bytes);
	free(store);
	side->store = NULL;
}

/* ---- gaps ---- */

/* `missing` bytes of the stream were not captured. */
static void assembly_miss(struct assembly *side, const struct assembly_sink *sink,
			  uint32_t missing)
{
	size_t size = assembly_pending_size(side, sink);
	uint32_t left = size > 0 ? (uint32_t)(size - side->store->pending.length) : side->skip;

	side->next += missing;
	assembly_forget_copies(side);
	side->whole = false;
	side->unread = true;
	assembly_give_up(side, sink);
	side->skip = left > missing ? left - missing : 0;
	if (left < missing)
		side->state = ASSEMBLY_LOST;
}

/* ---- order ---- */

/* Behind `next`: how far. */
static int32_t assembly_ahead(const struct assembly *side, uint32_t sequence)
{
	return (int32_t)(sequence - side->next);
}

/* The part that was not passed on yet. */
static void assembly_deliver(struct assembly *side, const struct assembly_segment *segment,
			     const struct assembly_sink *sink)
{
	uint32_t known = side->next - segment->sequence;

	if (known < segment->length) {
		const struct assembly_piece piece = { segment->bytes + known,
						      segment->length - known, segment->packet };
		assembly_pass(side, sink, &piece);
	}
	known = side->next - segment->sequence;
	if (segment->missing > 0 && known < segment->length + segment->missing)
		assembly_miss(side, sink, segment->length + segment->missing - known);
}

static void assembly_drain(struct assembly *side, const struct assembly_sink *sink)
{
	struct assembly_held *held;

	while ((held = assembly_first_held(side)) != NULL &&
	       assembly_ahead(side, held->segment.sequence) <= 0) {
		side->store->held = held->next;
		assembly_deliver(side, &held->segment, sink);
		free(held);
	}
	assembly_tidy(side);
}

/* What lies before the first held segment will not come. */
static void assembly_jump(struct assembly *side, const struct assembly_sink *sink)
{
	assembly_miss(side, sink, side->store->held->segment.sequence - side->next);
	assembly_drain(side, sink);
}

static void assembly_hold(struct assembly *side, const struct assembly_segment *segment,
			  const struct assembly_sink *sink)
{
	struct assembly_held *held = memory_alloc(sizeof(*held) + segment->length);
	struct assembly_held **at = &assembly_store(side)->held;
	size_t bytes = 0, count = 0;

	held->segment = *segment;
	held->segment.bytes = held->bytes;
	held->packet = assembly_name(segment->packet);
	held->segment.packet = &held->packet;
	memcpy(held->bytes, segment->bytes, segment->length);
	while (*at != NULL && (int32_t)((*at)->segment.sequence - segment->sequence) <= 0)
		at = &(*at)->next;
	held->next = *at;
	*at = held;
	for (const struct assembly_held *each = side->store->held; each != NULL; each = each->next) {
		bytes += each->segment.length;
		count++;
	}
	if (bytes > ASSEMBLY_HELD || count > ASSEMBLY_SEGMENTS)
		assembly_jump(side, sink);
}

/* A SYN that is forged leads away from what the receiver goes on with. */
void assembly_begin(struct assembly *side, uint32_t sequence)
{
	bool spoke = side->tail_length > 0 || side->store != NULL || side->frames > 0;

	assembly_release(side);
	*side = (struct assembly){
		.next = sequence,
		.acknowledged = sequence,
		.state = ASSEMBLY_FRAMED,
		.whole = true,
		.unread = side->unread || spoke,
		.frames = side->frames,
		.alien = side->alien,
	};
}

/* Segments far from where the stream is are nobody's, or the stream's own where it
 * was lost for long: several in a row tell. Whose the first ones are, is not known. */
static bool assembly_is_stray(struct assembly *side, int32_t ahead)
{
	if (ahead > -ASSEMBLY_WINDOW && ahead < ASSEMBLY_WINDOW) {
		side->strays = 0;
		return false;
	}
	side->unread = true;
	return ++side->strays < ASSEMBLY_STRAYS;
}

static void assembly_restart(struct assembly *side, uint32_t sequence,
			     const struct assembly_sink *sink)
{
	if (side->state != ASSEMBLY_NEW)
		assembly_finish(side, sink);
	side->strays = 0;
	side->skip = 0;
	assembly_forget_copies(side);
	side->unread |= side->state != ASSEMBLY_NEW;
	side->whole = false;
	if (!side->heard)
		side->acknowledged = sequence;
	side->next = sequence;
	side->state = ASSEMBLY_LOST;
}

void assembly_add(struct assembly *side, const struct assembly_segment *segment,
		  const struct assembly_sink *sink)
{
	if (segment->length + segment->missing == 0)
		return;
	if (side->state == ASSEMBLY_NEW)
		assembly_restart(side, segment->sequence, sink);
	if (assembly_is_stray(side, assembly_ahead(side, segment->sequence)))
		return;
	if (side->strays != 0)
		assembly_restart(side, segment->sequence, sink);
	int32_t ahead = assembly_ahead(side, segment->sequence);
	if (ahead != 0 || assembly_first_held(side) != NULL)
		assembly_compare(side, segment);
	if (ahead > 0) {
		assembly_hold(side, segment, sink);
	} else if ((uint32_t)-ahead < segment->length + segment->missing) {
		assembly_deliver(side, segment, sink);
		assembly_drain(side, sink);
	}
}

/* Where nothing was seen yet, bytes that are acknowledged now were not captured. */
static void assembly_hear(struct assembly *side, uint32_t sequence)
{
	int32_t more = (int32_t)(sequence - side->acknowledged);

	side->unread |= side->heard && side->state == ASSEMBLY_NEW && more > 1;
	if (!side->heard || more > 0)
		side->acknowledged = sequence;
	side->heard = true;
	if (assembly_open(side) == 0)
		assembly_forget_recent(side);
}

void assembly_acknowledged(struct assembly *side, uint32_t sequence,
			   const struct assembly_sink *sink)
{
	struct assembly_held *held;

	assembly_hear(side, sequence);
	while ((held = assembly_first_held(side)) != NULL &&
	       (int32_t)(sequence - held->segment.sequence) > 0)
		assembly_jump(side, sink);
}

/* Does the other side have more than was captured? A FIN counts as a byte, too. */
static bool assembly_is_short(const struct assembly *side)
{
	return side->heard && side->state != ASSEMBLY_NEW &&
	       assembly_ahead(side, side->acknowledged) > 1;
}

void assembly_finish(struct assembly *side, const struct assembly_sink *sink)
{
	while (assembly_first_held(side) != NULL)
		assembly_jump(side, sink);
	side->unread |= assembly_is_pending(side) || assembly_is_short(side);
	assembly_give_up(side, sink);
}

void assembly_release(struct assembly *side)
{
	struct assembly_store *store = side->store;

	if (store == NULL)
		return;
	while (store->held != NULL) {
		struct assembly_held *held = store->held;
		store->held = held->next;
		free(held);
	}
	store->pending.length = 0;
	store->recent.length = 0;
	proto_gather_clear(&store->gather);
	assembly_tidy(side);
}
