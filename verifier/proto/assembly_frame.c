/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a stream into frames: where one begins, what waits for its rest, and in
 * which packets it came. */
#include "config.h"
#include "verifier/proto/assembly_parts.h"

#include <string.h>

static uint16_t assembly_count(uint16_t count)
{
	return count < UINT16_MAX ? (uint16_t)(count + 1) : count;
}

struct capture_packet assembly_name(const struct capture_packet *packet)
{
	struct capture_packet name = *packet;

	name.bytes = NULL;
	return name;
}

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

void assembly_pass(struct assembly *side, const struct assembly_sink *sink,
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

size_t assembly_pending_size(const struct assembly *side, const struct assembly_sink *sink)
{
	if (!assembly_is_pending(side))
		return 0;
	const struct proto_gather *pending = &side->store->pending;
	size_t size = sink->proto->frame(pending->bytes, pending->length);
	return size != PROTO_MORE && size != PROTO_NONE ? size : 0;
}

void assembly_give_up(struct assembly *side, const struct assembly_sink *sink)
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
