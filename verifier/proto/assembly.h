/* SPDX-License-Identifier: Apache-2.0
 *
 * One side of a TCP conversation, from segments to the frames of one protocol:
 * segments out of order are held, those seen twice are dropped, the first copy of
 * a byte counts; frames over several segments are put together. After a gap, and
 * where a capture begins in the middle, the next frame is looked for. Receivers
 * differ in which copy they take: copies that differ leave the side unread, and so
 * do those that cannot be compared. What the other side acknowledged needs no
 * comparison.
 *
 * Memory is bounded: ASSEMBLY_HELD bytes out of order, ASSEMBLY_RECENT that are not
 * acknowledged and one frame a side, taken only while needed. Time is linear in the
 * bytes. */
#ifndef VERIFIER_PROTO_ASSEMBLY_H
#define VERIFIER_PROTO_ASSEMBLY_H

#include "verifier/capture.h"
#include "verifier/proto/proto.h"

enum {
	ASSEMBLY_HELD = 1 << 16,
	ASSEMBLY_SEGMENTS = 32,
	ASSEMBLY_RECENT = 1 << 15,
	ASSEMBLY_TAIL = 16,
};

struct assembly_segment {
	uint32_t sequence;
	const uint8_t *bytes;
	uint32_t length;    /* that are there */
	uint32_t missing;   /* that were on the wire behind them and not captured */
	const struct capture_packet *packet; /* that brought them */
};

/* The packets that some bytes came in; of one, only what names it. */
struct assembly_span {
	struct capture_packet first, last; /* of the first byte, and of the last */
	uint32_t packets;
	uint64_t bytes;     /* of the packets, on the wire */
};

enum assembly_state {
	ASSEMBLY_NEW,   /* nothing was seen: where the stream is, is not known */
	ASSEMBLY_LOST,  /* the next frame is looked for */
	ASSEMBLY_FRAMED, /* the next byte begins a frame, or goes on with it */
};

struct assembly_held;

/* What few sides need, and only for a while. */
struct assembly_store {
	struct proto_gather pending; /* the beginning of a frame */
	struct proto_gather gather;  /* the reader's own */
	struct assembly_span pending_span, gather_span;
	struct proto_gather recent;  /* the last bytes before `next`: all that are not
				      * acknowledged, where the tail does not hold them */
	struct assembly_held *held;  /* segments that came too early, by sequence number */
};

struct assembly {
	uint32_t next;      /* sequence number of the next byte */
	uint32_t skip;      /* bytes of the frame told last that are passed over */
	uint32_t acknowledged; /* the other side has all before; first, what it begins with */
	uint8_t state;      /* enum assembly_state */
	uint8_t strays;     /* segments in a row that were far from there */
	bool whole;         /* from its beginning (SYN), and nothing is missing since */
	bool unread;        /* bytes of it were not captured, no frame was found in them, or
			     * there may be two contents of them */
	bool heard;         /* the other side acknowledged something */
	uint8_t tail_length;
	uint8_t tail[ASSEMBLY_TAIL]; /* the last bytes before `next`, at its end */
	uint16_t frames;    /* told; no more than UINT16_MAX */
	uint16_t alien;     /* pieces in which no frame was found; likewise */
	struct assembly_store *store; /* NULL: nothing is kept */
};

/* One frame: `bytes` of `size`, as in struct proto_frame, and whence they and what the
 * reader gathered before came. */
struct assembly_frame {
	const uint8_t *bytes;
	size_t length, size;
	const struct capture_packet *first, *last;
	uint32_t packets;
	uint64_t packet_bytes;
};

/* What frames are told to. */
struct assembly_sink {
	const struct proto *proto;
	void (*frame)(void *context, const struct assembly_frame *frame);
	void *context;
};

/* The stream begins with that byte. */
void assembly_begin(struct assembly *side, uint32_t sequence);
void assembly_add(struct assembly *side, const struct assembly_segment *segment,
		  const struct assembly_sink *sink);
/* The other side has everything before `sequence`: what is not here by now was not
 * captured. */
void assembly_acknowledged(struct assembly *side, uint32_t sequence,
			   const struct assembly_sink *sink);
/* The conversation ends: what is held is told. */
void assembly_finish(struct assembly *side, const struct assembly_sink *sink);
void assembly_release(struct assembly *side);
/* What the reader gathers of this side. */
struct proto_gather *assembly_gather(struct assembly *side);
/* Is something of a frame here, or of what the reader gathers, and the rest not yet? */
bool assembly_waits(const struct assembly *side);

#endif
