/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments into frames. */
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

static uint16_t assembly_count(uint16_t count)
{
	return count < UINT16_MAX ? (uint16_t)(count + 1) : count;
}

/* ---- frames ---- */

static void assembly_tell(struct assembly *side, const struct assembly_sink *sink,
			  const uint8_t *bytes, size_t length, size_t size)
{
	side->frames = assembly_count(side->frames);
	sink->frame(sink->context, bytes, length, size);
}

/* Does a frame begin here, as far as can be told where the way was lost? Segments
 * mostly begin with a frame; elsewhere there must be no doubt. */
static bool assembly_finds(const struct assembly_sink *sink, const uint8_t *bytes,
			   size_t length, bool first)
{
	enum proto_likeness likeness = sink->proto->recognise(bytes, length, false);

	return likeness == PROTO_CERTAIN ||
	       (first && likeness == PROTO_LIKE &&
		sink->proto->frame(bytes, length) != PROTO_NONE);
}

/* Where the next frame begins; `length`: nowhere in these bytes. */
static size_t assembly_search(struct assembly *side, const struct assembly_sink *sink,
			      const uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length; at++) {
		if (assembly_finds(sink, bytes + at, length - at, at == 0)) {
			side->state = ASSEMBLY_FRAMED;
			side->unread |= at > 0;
			return at;
		}
	}
	side->unread = true;
	side->alien = assembly_count(side->alien);
	return length;
}

/* One frame at the beginning of `bytes`; how many of them are done with: 0 if more
 * are needed. */
static size_t assembly_take(struct assembly *side, const struct assembly_sink *sink,
			    const uint8_t *bytes, size_t length)
{
	size_t size = sink->proto->frame(bytes, length);
	size_t enough = size < sink->proto->frame_limit ? size : sink->proto->frame_limit;

	if (size == PROTO_NONE || (size == PROTO_MORE && length >= PROTO_FRAME_LIMIT)) {
		side->state = ASSEMBLY_LOST;
		side->unread = true;
		side->alien = assembly_count(side->alien);
		return 1;
	}
	if (size == PROTO_MORE || length < enough)
		return 0;
	if (size <= length) {
		assembly_tell(side, sink, bytes, size, size);
		return size;
	}
	assembly_tell(side, sink, bytes, length, size);
	side->skip = (uint32_t)(size - length);
	return length;
}

/* How many bytes are done with; the rest begins a frame. */
static size_t assembly_parse(struct assembly *side, const struct assembly_sink *sink,
			     const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		if (side->state == ASSEMBLY_LOST) {
			at += assembly_search(side, sink, bytes + at, length - at);
			continue;
		}
		size_t taken = assembly_take(side, sink, bytes + at, length - at);
		if (taken == 0)
			break;
		at += taken;
	}
	return at;
}

/* Goes on with the frame that is pending; how many of `bytes` it took. */
static size_t assembly_go_on(struct assembly *side, const struct assembly_sink *sink,
			     const uint8_t *bytes, size_t length)
{
	struct proto_gather *pending = &side->store->pending;
	size_t room = PROTO_GATHER - pending->length;

	if (length > room)
		length = room;
	proto_gather_add(pending, bytes, length);
	size_t done = assembly_parse(side, sink, pending->bytes, pending->length);
	pending->length -= (uint32_t)done;
	memmove(pending->bytes, pending->bytes + done, pending->length);
	assembly_tidy(side);
	return length;
}

/* The next bytes of the stream. */
static void assembly_pass(struct assembly *side, const struct assembly_sink *sink,
			  const uint8_t *bytes, size_t length)
{
	size_t at = side->skip < length ? side->skip : length;

	assembly_remember(side, bytes, length);
	side->next += (uint32_t)length;
	side->skip -= (uint32_t)at;
	while (at < length && assembly_is_pending(side))
		at += assembly_go_on(side, sink, bytes + at, length - at);
	if (at == length)
		return;
	size_t done = at + assembly_parse(side, sink, bytes + at, length - at);
	if (done < length)
		proto_gather_add(&assembly_store(side)->pending, bytes + done, length - done);
	else
		assembly_tidy(side);
}

/* ---- gaps ---- */

/* How long the frame that is pending is; 0: none, or it cannot be told. */
static size_t assembly_pending_size(const struct assembly *side,
				    const struct assembly_sink *sink)
{
	if (!assembly_is_pending(side))
		return 0;
	const struct proto_gather *pending = &side->store->pending;
	size_t size = sink->proto->frame(pending->bytes, pending->length);
	return size != PROTO_MORE && size != PROTO_NONE ? size : 0;
}

/* The beginning of a frame whose end will not come tells its operation mostly. */
static void assembly_give_up(struct assembly *side, const struct assembly_sink *sink)
{
	size_t size = assembly_pending_size(side, sink);

	if (size > 0)
		assembly_tell(side, sink, side->store->pending.bytes,
			      side->store->pending.length, size);
	if (side->store != NULL)
		side->store->pending.length = 0;
	assembly_tidy(side);
}

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

	if (known < segment->length)
		assembly_pass(side, sink, segment->bytes + known, segment->length - known);
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
