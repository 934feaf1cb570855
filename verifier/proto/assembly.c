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

static uint16_t assembly_count(uint16_t count)
{
	return count < UINT16_MAX ? (uint16_t)(count + 1) : count;
}

/* ---- frames ---- */

/* What names the packet; its bytes do not last. */
static struct capture_packet assembly_name(const struct capture_packet *packet)
{
	struct capture_packet name = *packet;

	name.bytes = NULL;
	return name;
}

/* Bytes of the stream, and the packet that brought the last of them. */
struct assembly_piece {
	const uint8_t *bytes;
	size_t length;
	const struct capture_packet *packet;
};

static struct assembly_piece assembly_rest(const struct assembly_piece *piece, size_t at)
{
	return (struct assembly_piece){ piece->bytes + at, piece->length - at, piece->packet };
}

static void assembly_span_begin(struct assembly_span *span, const struct capture_packet *packet)
{
	span->first = span->last = assembly_name(packet);
	span->packets = 1;
	span->bytes = packet->length;
}

static bool assembly_is_packet(const struct capture_packet *a, const struct capture_packet *b)
{
	return a->number == b->number && a->file == b->file;
}

static void assembly_span_go_on(struct assembly_span *span, const struct capture_packet *packet)
{
	if (assembly_is_packet(&span->last, packet))
		return;
	span->last = assembly_name(packet);
	span->packets++;
	span->bytes += packet->length;
}

/* What the reader gathered goes on with the frame, which then spans both. */
static void assembly_join(struct assembly_span *gathered, struct assembly_frame *frame)
{
	bool shared = assembly_is_packet(&gathered->last, frame->first);

	gathered->packets += frame->packets - shared;
	gathered->bytes += frame->packet_bytes - (shared ? frame->first->length : 0);
	gathered->last = assembly_name(frame->last);
	frame->first = &gathered->first;
	frame->packets = gathered->packets;
	frame->packet_bytes = gathered->bytes;
}

static void assembly_tell_frame(struct assembly *side, const struct assembly_sink *sink,
				struct assembly_frame *frame)
{
	bool gathers = side->store != NULL && side->store->gather.length > 0;

	side->frames = assembly_count(side->frames);
	if (gathers)
		assembly_join(&side->store->gather_span, frame);
	sink->frame(sink->context, frame);
	if (!gathers && side->store != NULL && side->store->gather.length > 0)
		side->store->gather_span = (struct assembly_span){
			.first = assembly_name(frame->first),
			.last = assembly_name(frame->last),
			.packets = frame->packets,
			.bytes = frame->packet_bytes,
		};
}

/* The first frame of what was pending began earlier than in the piece's packet. */
static void assembly_tell(struct assembly *side, const struct assembly_sink *sink,
			  const struct assembly_piece *piece, size_t size)
{
	const struct assembly_span *span =
		assembly_is_pending(side) && piece->bytes == side->store->pending.bytes
			? &side->store->pending_span
			: NULL;
	struct assembly_frame frame = {
		.bytes = piece->bytes,
		.length = piece->length < size ? piece->length : size,
		.size = size,
		.first = span != NULL ? &span->first : piece->packet,
		.last = span != NULL ? &span->last : piece->packet,
		.packets = span != NULL ? span->packets : 1,
		.packet_bytes = span != NULL ? span->bytes : piece->packet->length,
	};

	assembly_tell_frame(side, sink, &frame);
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

/* Where the next frame begins; its length: nowhere in the piece. */
static size_t assembly_search(struct assembly *side, const struct assembly_sink *sink,
			      const struct assembly_piece *piece)
{
	for (size_t at = 0; at < piece->length; at++) {
		if (assembly_finds(sink, piece->bytes + at, piece->length - at, at == 0)) {
			side->state = ASSEMBLY_FRAMED;
			side->unread |= at > 0;
			return at;
		}
	}
	side->unread = true;
	side->alien = assembly_count(side->alien);
	return piece->length;
}

/* One frame at the beginning of the piece; how many of its bytes are done with: 0 if
 * more are needed. */
static size_t assembly_take(struct assembly *side, const struct assembly_sink *sink,
			    const struct assembly_piece *piece)
{
	size_t size = sink->proto->frame(piece->bytes, piece->length);
	size_t enough = size < sink->proto->frame_limit ? size : sink->proto->frame_limit;

	if (size == PROTO_NONE || (size == PROTO_MORE && piece->length >= PROTO_FRAME_LIMIT)) {
		side->state = ASSEMBLY_LOST;
		side->unread = true;
		side->alien = assembly_count(side->alien);
		return 1;
	}
	if (size == PROTO_MORE || piece->length < enough)
		return 0;
	assembly_tell(side, sink, piece, size);
	if (size <= piece->length)
		return size;
	side->skip = (uint32_t)(size - piece->length);
	return piece->length;
}

/* How many bytes are done with; the rest begins a frame. */
static size_t assembly_parse(struct assembly *side, const struct assembly_sink *sink,
			     const struct assembly_piece *piece)
{
	size_t at = 0;

	while (at < piece->length) {
		const struct assembly_piece rest = assembly_rest(piece, at);
		if (side->state == ASSEMBLY_LOST) {
			at += assembly_search(side, sink, &rest);
			continue;
		}
		size_t taken = assembly_take(side, sink, &rest);
		if (taken == 0)
			break;
		at += taken;
	}
	return at;
}

/* Goes on with the frame that is pending; how many of the piece's bytes it took. */
static size_t assembly_go_on(struct assembly *side, const struct assembly_sink *sink,
			     const struct assembly_piece *piece)
{
	struct proto_gather *pending = &side->store->pending;
	struct assembly_span *span = &side->store->pending_span;
	size_t room = PROTO_GATHER - pending->length;
	size_t length = piece->length < room ? piece->length : room;

	proto_gather_add(pending, piece->bytes, length);
	assembly_span_go_on(span, piece->packet);
	const struct assembly_piece all = { pending->bytes, pending->length, piece->packet };
	size_t done = assembly_parse(side, sink, &all);
	pending->length -= (uint32_t)done;
	memmove(pending->bytes, pending->bytes + done, pending->length);
	if (done > 0)
		assembly_span_begin(span, piece->packet);
	assembly_tidy(side);
	return length;
}

static void assembly_wait(struct assembly *side, const struct assembly_piece *piece)
{
	struct assembly_store *store = assembly_store(side);

	proto_gather_add(&store->pending, piece->bytes, piece->length);
	assembly_span_begin(&store->pending_span, piece->packet);
}

/* The next bytes of the stream. */
static void assembly_pass(struct assembly *side, const struct assembly_sink *sink,
			  const struct assembly_piece *piece)
{
	size_t at = side->skip < piece->length ? side->skip : piece->length;

	assembly_remember(side, piece->bytes, piece->length);
	side->next += (uint32_t)piece->length;
	side->skip -= (uint32_t)at;
	struct assembly_piece rest = assembly_rest(piece, at);
	while (rest.length > 0 && assembly_is_pending(side))
		rest = assembly_rest(&rest, assembly_go_on(side, sink, &rest));
	if (rest.length == 0)
		return;
	rest = assembly_rest(&rest, assembly_parse(side, sink, &rest));
	if (rest.length > 0)
		assembly_wait(side, &rest);
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

	if (size > 0) {
		const struct proto_gather *pending = &side->store->pending;
		const struct assembly_piece piece = { pending->bytes, pending->length,
						      &side->store->pending_span.last };
		assembly_tell(side, sink, &piece, size);
	}
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
