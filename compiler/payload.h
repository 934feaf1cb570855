/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads: what a device without reassembly can tell of a packet's operation. A
 * packet carries nothing, one whole frame of a protocol that ends with the packet, or
 * anything else, which is every packet that such a device cannot vouch for: parts of
 * frames, several of them, urgent data, a SYN with data, headers of unusual form.
 *
 * What comes from who began the conversation is told, and numbers of frames are made of
 * what names a request. Frames come in forms: bytes that they always have, bytes of few
 * values, lengths that agree with each other, and the place of the function. The forms of
 * a protocol have no frame in common. Offsets count from the first byte of what TCP or
 * UDP carries; those of a body from where its carrier ends. */
#ifndef COMPILER_PAYLOAD_H
#define COMPILER_PAYLOAD_H

#include "compiler/model.h"

/* Numbers: nothing, anything else, and the frames of each form of each protocol, in
 * which a unit is less than PAYLOAD_UNITS. */
enum { PAYLOAD_EMPTY = 0, PAYLOAD_REST = 1, PAYLOAD_UNITS = 1 << 16 };
#define PAYLOAD_END ((u128)1 << 48)

enum { PAYLOAD_TCP = 1, PAYLOAD_UDP = 2 }; /* of payload_carrier.transports */
enum { PAYLOAD_CONSTANTS = 48, PAYLOAD_CHOICES = 3, PAYLOAD_NOWHERE = UINT8_MAX };

struct payload_byte {
	uint8_t at, mask, value; /* the bits of the mask are those of the value */
};

struct payload_bytes {
	const struct payload_byte *byte;
	size_t len;
};

/* A byte that has one of few values. */
struct payload_choice {
	uint8_t at, count;
	struct payload_values {
		uint8_t first, last;
	} values[6];
};

/* A number of one byte or two. */
struct payload_number {
	uint8_t at, bytes;
	bool little; /* its first byte is the low one */
};

/* How the header of a frame tells how long it is. */
struct payload_length {
	const char *name;
	struct payload_number number;
	uint16_t shortest, longest; /* what it tells */
	uint16_t header;            /* bytes that it does not count */
	uint16_t block, unblocked;  /* behind so many bytes that it counts each block of so
				       many ends in a check sum of two; 0: there is none */
};

/* A number within the frame that the length follows from: it is `base` more. */
struct payload_count {
	const char *name;
	struct payload_number number;
	uint16_t base, least, most;
};

/* What frames begin with. */
struct payload_carrier {
	const char *name;                   /* NULL: the protocol has no other */
	const struct payload_length *length;
	const struct payload_count *count;  /* NULL: none */
	const struct payload_choice *choice; /* NULL: none */
	struct payload_bytes bytes;
	struct payload_number unit;         /* no bytes: none */
	uint8_t transports;
	uint8_t body;                       /* where what follows begins */
};

/* Functions whose bytes are in these ranges. */
struct payload_span {
	uint8_t group_first, group_last; /* the high byte of the function's number */
	uint8_t first, last;             /* and its low one */
};

struct payload_body {
	const char *name;                   /* NULL: the carrier has no other */
	const struct payload_count *count;  /* NULL: none */
	const struct payload_choice *choice; /* NULL: none */
	const struct payload_choice *other; /* a second one */
	struct payload_bytes bytes;
	const struct payload_span *spans;   /* no two with a function in common; none: what
					       goes with any conversation of the protocol */
	uint8_t span_count;
	uint8_t function_at;                /* the low byte; PAYLOAD_NOWHERE: it is the only
					       function, or all of them are one to the device */
	uint8_t group_at;                   /* the high byte; PAYLOAD_NOWHERE: not there */
	uint8_t group_more;                 /* what is there is so much more */
	uint16_t length;                    /* what the header must tell; 0: anything */
	uint16_t function;                  /* of PAYLOAD_NOWHERE: its number */
};

struct payload_form {
	const struct payload_carrier *carrier;
	const struct payload_body *body;
};

struct payload_protocol {
	const char *name; /* as in the prelude */
	const struct payload_form *forms;
	size_t form_count;
	uint32_t units;   /* numbers that a unit may have; PAYLOAD_UNITS where there are none */
};

/* Functions that are for the same units. */
struct payload_part {
	const struct set *functions, *units;
};

/* By index; NULL behind the last. */
const struct payload_protocol *payload_protocol_at(size_t index);
/* The protocol whose requests a match names, if they can be told over its transport;
 * else NULL. */
const struct payload_protocol *payload_protocol_of(const struct model *model,
						   const struct match *match);
/* Whether the requests that a match names can be told over some transport: where that is
 * not its own, a device that inspects vouches for none of them. */
bool payload_is_known(const struct model *model, const struct match *match);

/* ---- forms ---- */

/* Over an IP protocol. */
bool payload_form_travels(const struct payload_form *form, unsigned transport);
/* Whether frames of the form may have the function, however it is told. */
bool payload_form_holds(const struct payload_form *form, unsigned function);
/* What every frame has, ascending; returns how many, at most PAYLOAD_CONSTANTS. */
size_t payload_form_bytes(const struct payload_form *form,
			  struct payload_byte out[PAYLOAD_CONSTANTS]);
/* At offsets of the frame; returns how many. */
size_t payload_form_choices(const struct payload_form *form,
			    struct payload_choice out[PAYLOAD_CHOICES]);
/* The count of the carrier and that of the body, at offsets of the frame. */
size_t payload_form_counts(const struct payload_form *form, struct payload_count out[2]);
/* Bytes of a frame whose header tells this length. */
unsigned payload_size(const struct payload_length *length, unsigned told);
/* A number as it is read from the packet, first byte first. */
unsigned payload_wire(struct payload_number number, unsigned value);

/* ---- numbers ---- */

/* The numbers of a range of units with a function, in a form by its index. */
struct range payload_frames(const struct payload_protocol *protocol, size_t form,
			    unsigned function, struct range units);
/* What the points hold of a form, by units. */
size_t payload_parts(struct arena *arena, const struct payload_protocol *protocol, size_t form,
		     const struct set *points, struct payload_part **out);
/* What contents of the protocol look like over an IP protocol, with packets that carry
 * nothing and what goes with any conversation. */
const struct set *payload_of_contents(struct arena *arena, const struct model *model,
				      const struct payload_protocol *protocol,
				      unsigned transport, struct contents contents);
/* Functions of the contents that no form over the IP protocol tells. */
const struct set *payload_untold(struct arena *arena, const struct model *model,
				 const struct payload_protocol *protocol, unsigned transport,
				 struct contents contents);
/* Whether the contents are told in full: false where objects of operations decide. */
bool payload_tells(struct contents contents);

#endif
