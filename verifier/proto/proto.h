/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers of industrial protocols: from the frames of a conversation to the
 * operations that they ask for, answer, refuse or tell unasked.
 *
 * A reader knows where a frame of its protocol ends and what a frame holds. It is
 * shown whole frames, in order, one side at a time; segments, gaps and memory are
 * assembly.h's. Function numbers are those of the protocol's table in the prelude
 * (lang/prelude.cordon), which names and classes them.
 *
 * Bytes come from anybody: a reader reads only [bytes, bytes + length), takes time
 * linear in it whatever the bytes say, and believes no count or length of theirs
 * before it has compared it with `length`. */
#ifndef VERIFIER_PROTO_PROTO_H
#define VERIFIER_PROTO_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

enum proto_kind {
	PROTO_REQUEST,
	PROTO_RESPONSE, /* the answer that it was done */
	PROTO_REFUSAL,  /* the answer that it was not: an exception, an error status */
	PROTO_NOTICE,   /* told unasked: cyclic data, events, publications */
	PROTO_KINDS,
};

/* What an operation is about, in a parameter of the protocol's table: `holding`,
 * 100 to 107. `space` is a literal of the reader's. */
struct proto_span {
	const char *space;
	uint32_t first, last;
};

enum { PROTO_SPANS = 4, PROTO_NO_FUNCTION = 0xffff };

struct proto_operation {
	uint8_t protocol;   /* index of proto.protocols */
	uint8_t kind;       /* enum proto_kind */
	bool hidden;        /* encrypted: that it is an operation is all that can be seen;
			     * `function` does not count */
	bool has_unit;
	uint16_t function;
	/* What carries it has a function of its own in the reader's first protocol (UMAS
	 * inside function 90 of Modbus), or PROTO_NO_FUNCTION. */
	uint16_t carrier;
	uint32_t unit;      /* unit identifier, common address, ... */
	/* Operations about more than PROTO_SPANS things are told several times, the
	 * further ones with `more`. */
	bool more;
	uint8_t span_count;
	struct proto_span span[PROTO_SPANS];
};

/* An end of a conversation that this one negotiated, and what it will speak. */
struct proto_channel {
	uint8_t transport;  /* IP protocol number */
	uint16_t port;      /* of the side below; 0: the one that it has here */
	int side;           /* whose address it is */
};

/* Bytes of one side that belong together across frames: fragments of the carrying
 * protocol. Grows as needed to PROTO_GATHER bytes; what goes beyond is lost. */
enum { PROTO_GATHER = 1 << 16, PROTO_FRAME_LIMIT = PROTO_GATHER / 2 };
struct proto_gather {
	uint8_t *bytes;
	uint32_t length, size;
	bool lost;          /* it does not hold all; cleared by proto_gather_clear() */
};
void proto_gather_add(struct proto_gather *gather, const uint8_t *bytes, size_t length);
void proto_gather_clear(struct proto_gather *gather); /* keeps the memory */

struct proto_events {
	void (*operation)(void *context, const struct proto_operation *operation);
	/* The payload tells who asks: a side. Stronger than any guess by ports; told only
	 * where the bytes leave no doubt. */
	void (*client)(void *context, int side);
	void (*channel)(void *context, const struct proto_channel *channel);
	/* What one conversation negotiated and another needs: that by the number, in what
	 * the side's address sends, something is meant. recall() answers 0 where nobody
	 * kept it, or too long ago. */
	void (*keep)(void *context, int side, uint32_t number, uint16_t meaning);
	uint16_t (*recall)(void *context, int side, uint32_t number);
};

/* One frame or datagram. Sides are 0 and 1 and keep their meaning for the whole
 * conversation, whoever turns out to be the client. */
struct proto_frame {
	const uint8_t *bytes;
	size_t length;      /* that are there */
	size_t size;        /* that it has: more, where it is longer than proto.frame_limit
			     * or was not captured whole */
	int side;           /* who sent it */
	bool from_client;   /* by what is known so far: the handshake, proto_tell_client(), ports */
	bool datagram;      /* UDP, or a frame of layer 2 (bytes after the ethertype) */
	void *memory;       /* proto.memory bytes, the conversation's; zeroed when it began */
	struct proto_gather *gather; /* of `side`, if proto.gathers; NULL in datagrams */
	const struct proto_events *events;
	void *context;      /* for the events */
};

/* What proto.frame() answers beside a size. */
#define PROTO_MORE ((size_t)0)         /* cannot be told from so few bytes */
#define PROTO_NONE ((size_t)-1)        /* no frame of the protocol begins so */

enum proto_likeness {
	PROTO_UNLIKE,   /* cannot be this protocol */
	PROTO_LIKE,     /* could be, as could others' bytes */
	PROTO_CERTAIN,  /* a signature that others do not have by chance: 32 bits of it or more */
};

struct proto {
	/* Names of protocols of the prelude, the reader's own first, to the first NULL. */
	const char *protocols[5];
	/* TCP: the size of the frame that begins at `bytes`, PROTO_MORE or PROTO_NONE.
	 * Looks at no more than it needs: its answer for some bytes is that for any more. */
	size_t (*frame)(const uint8_t *bytes, size_t length);
	/* Reads a frame, or a datagram. */
	void (*read)(const struct proto_frame *frame);
	/* Does a frame, or a datagram, begin so? For conversations at other ports and for
	 * finding the way back after a gap. */
	enum proto_likeness (*recognise)(const uint8_t *bytes, size_t length, bool datagram);
	bool peers;           /* of datagrams: either side may ask the other, each for itself */
	bool one_asks;        /* of a conversation one side asks, and never the other */
	bool gathers;         /* needs proto_frame.gather */
	uint16_t memory;      /* bytes a conversation */
	uint32_t frame_limit; /* the most bytes of a frame that read() wants to see: at most
			       * PROTO_FRAME_LIMIT */
};

/* The readers, to the first NULL. */
extern const struct proto *const protos[];
/* The reader of a protocol of the prelude, or NULL where its operations are not read. */
const struct proto *proto_by_name(const char *protocol);

/* ---- for the readers ---- */

static inline uint16_t proto_be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint16_t proto_le16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[1] << 8 | bytes[0]);
}

static inline uint32_t proto_be32(const uint8_t *bytes)
{
	return (uint32_t)proto_be16(bytes) << 16 | proto_be16(bytes + 2);
}

static inline uint32_t proto_le32(const uint8_t *bytes)
{
	return (uint32_t)proto_le16(bytes + 2) << 16 | proto_le16(bytes);
}

static inline void proto_tell(const struct proto_frame *frame,
			      const struct proto_operation *operation)
{
	frame->events->operation(frame->context, operation);
}

/* One more thing that it is about; where it is full, it is told, and goes on with `more`. */
void proto_add_span(const struct proto_frame *frame, struct proto_operation *operation,
		    struct proto_span span);

static inline void proto_tell_client(const struct proto_frame *frame, int side)
{
	frame->events->client(frame->context, side);
}

static inline void proto_keep(const struct proto_frame *frame, int side, uint32_t number,
			      uint16_t meaning)
{
	frame->events->keep(frame->context, side, number, meaning);
}

static inline uint16_t proto_recall(const struct proto_frame *frame, int side, uint32_t number)
{
	return frame->events->recall(frame->context, side, number);
}

#endif
