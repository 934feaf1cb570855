/* SPDX-License-Identifier: Apache-2.0
 *
 * CIP messages, wherever they stand in EtherNet/IP: every service in them is told, as
 * a function of the table of `cip` (lang/prelude.cordon).
 *
 * Answers repeat neither class nor PCCC function of what they answer: what was asked
 * for is remembered by where it was asked. */
#ifndef VERIFIER_PROTO_CIP_H
#define VERIFIER_PROTO_CIP_H

#include "verifier/proto/proto.h"

/* Where the table leaves the numbers of services. */
enum {
	CIP_FUNCTION_PCCC = 0xd000,          /* + command × 256 + function */
	CIP_FUNCTION_EXTENDED = 0xe000,      /* + service, of classes beyond 255 */
	CIP_FUNCTION_OUTPUT = 0xe101,        /* I/O, originator to target */
	CIP_FUNCTION_INPUT = 0xe102,
	CIP_FUNCTION_UNATTRIBUTED = 0xe103,
	CIP_FUNCTION_ENCAPSULATION = 0xe200, /* + command */
};

enum { CIP_ASKED = 128 };

/* A service that was asked for under another function than its number. */
struct cip_asked {
	uint32_t key;      /* of the message */
	uint16_t index;    /* of the service in it */
	uint16_t function; /* 0: none */
	uint8_t service;
};

/* What a conversation remembers; a place is taken by what its hash names last. */
struct cip_memory {
	struct cip_asked asked[CIP_ASKED];
};

/* A message of the frame. `key` is the same in a request and its answer. */
void cip_read(const struct proto_frame *frame, const uint8_t *bytes, size_t length, uint32_t key);

#endif
