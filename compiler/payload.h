/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads: what a device without reassembly can tell of a packet's operation. A
 * packet carries nothing, one whole frame of a protocol that ends with the packet, or
 * anything else, which is every packet that such a device cannot vouch for: parts of
 * frames, several of them, urgent data, a SYN with data, headers of unusual form.
 *
 * Requests alone are told; numbers of frames are made of what names a request. */
#ifndef COMPILER_PAYLOAD_H
#define COMPILER_PAYLOAD_H

#include "compiler/model.h"

/* Numbers: nothing, anything else, and the frames of each protocol, in which a unit is
 * less than PAYLOAD_UNITS. */
enum { PAYLOAD_EMPTY = 0, PAYLOAD_REST = 1, PAYLOAD_UNITS = 1 << 16 };
#define PAYLOAD_END ((u128)1 << 48)

/* How long a request is, by the length that its header tells. */
struct payload_form {
	const char *name;
	uint8_t length;   /* fixed; 0: not */
	uint8_t count_at; /* offset in the frame of a count of bytes that end the request; 0:
			     none, any length that the frame may have */
	uint8_t base;     /* the length without these */
	uint8_t most;     /* such bytes */
};

struct payload_span { /* functions of one form */
	uint16_t first, last;
	const struct payload_form *form;
};

struct payload_protocol {
	const char *name;          /* as in the prelude */
	uint8_t transport;         /* IP protocol */
	const struct payload_span *spans; /* ascending; what is in none is no request */
	size_t span_count;
	uint8_t length_at, length_bytes;  /* where the header tells the length, big-endian */
	uint8_t header;                   /* bytes that the length does not count */
	uint8_t shortest, longest;        /* lengths of frames without a form of their own */
	uint8_t unit_at, function_at;     /* one byte each, the unit before the function */
	uint16_t units;
};

/* The protocol whose requests a match names, if they can be told; else NULL. */
const struct payload_protocol *payload_protocol_of(const struct model *model,
						   const struct match *match);
/* Whether the requests that a match names can be told over some transport: where that is
 * not its own, a device that inspects vouches for none of them. */
bool payload_is_known(const struct model *model, const struct match *match);
const struct payload_protocol *payload_protocols(size_t *count);
/* How the frames of a function are made; NULL: it is no request. */
const struct payload_form *payload_form_of(const struct payload_protocol *protocol,
					   unsigned function);
/* The numbers of a range of units with a function. */
struct range payload_frames(const struct payload_protocol *protocol, unsigned function,
			    struct range units);
/* The units that the points hold with a function, possibly none. */
const struct set *payload_units(struct arena *arena, const struct payload_protocol *protocol,
				const struct set *points, unsigned function);
/* What contents of the protocol look like, with packets that carry nothing. */
const struct set *payload_of_contents(struct arena *arena, const struct model *model,
				      const struct payload_protocol *protocol,
				      struct contents contents);
/* Whether the contents are told in full: false where objects of operations decide. */
bool payload_tells(struct contents contents);

#endif
