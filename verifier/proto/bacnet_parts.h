/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two halves of the reader of BACnet share: frames and services (bacnet.c),
 * and the objects that services name (bacnet_objects.c). */
#ifndef VERIFIER_PROTO_BACNET_PARTS_H
#define VERIFIER_PROTO_BACNET_PARTS_H

#include "verifier/proto/proto.h"

/* The longest tag with a content that counts (2 + 5 + 4 bytes), and the longest segment
 * that BACnet/IP has. */
enum { BACNET_CARRY = 11, BACNET_SEGMENT = 1500 };

struct bacnet_text {
	const uint8_t *bytes;
	size_t length;
};

/* Where the arguments of a service are being read, across segments; zeroed: at the
 * beginning. */
struct bacnet_walk {
	uint32_t skip;    /* bytes of a content that are passed over */
	uint8_t depth;    /* opened and not closed */
	uint8_t carried;
	uint8_t carry[BACNET_CARRY]; /* the beginning of a tag */
};

/* Adds the objects that the arguments name to operation->span; those beyond its room
 * are told at once, the rest is the caller's to tell. */
void bacnet_objects(const struct proto_frame *frame, struct proto_operation *operation,
		    struct bacnet_walk *walk, struct bacnet_text text);

#endif
