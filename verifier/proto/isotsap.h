/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels over ISO transport on TCP: the carrier (isotsap.c) hands whole
 * transport messages to the readers of the protocols inside.
 *
 * Answers of these protocols often do not repeat what was asked; what was, is kept by
 * the reference that both have. */
#ifndef VERIFIER_PROTO_ISOTSAP_H
#define VERIFIER_PROTO_ISOTSAP_H

#include "verifier/proto/proto.h"

enum { ISOTSAP_S7COMM, ISOTSAP_S7COMM_PLUS, ISOTSAP_MMS }; /* index of proto.protocols */
enum { ISOTSAP_PENDING = 16, ISOTSAP_OBJECTS = 8 };

/* A request, until others take its place. */
struct isotsap_asked {
	uint32_t reference;
	uint16_t function;
	uint16_t objects;    /* of MMS: what kinds, bits */
	uint8_t side;        /* who asked, plus one; 0: nobody did */
};

struct isotsap_memory {
	struct isotsap_asked asked[ISOTSAP_PENDING];
	uint32_t own[ISOTSAP_OBJECTS]; /* S7comm-plus: made by clients in their sessions */
	uint8_t own_count;   /* goes on counting; the oldest is overwritten */
	bool client_told;    /* by requests that either side may send */
	bool fragmented[2];  /* S7comm-plus: the side's next message goes on with its last */
};

/* A transport message: all of it, or as much as was captured. */
struct isotsap_message {
	const uint8_t *bytes;
	size_t length;
};

void s7comm_read(const struct proto_frame *frame, struct isotsap_message message);
void s7comm_plus_read(const struct proto_frame *frame, struct isotsap_message message);
void mms_read(const struct proto_frame *frame, struct isotsap_message message);

/* Kept for the answer. */
void isotsap_ask(const struct proto_frame *frame, struct isotsap_asked asked);
/* What the frame answers, or NULL: it was not seen. */
const struct isotsap_asked *isotsap_asked(const struct proto_frame *frame, uint32_t reference);
/* The first of the requests that either side may send tells the client. */
void isotsap_tell_client(const struct proto_frame *frame, int side);

/* ---- S7comm's parts ---- */

/* A PDU of S7comm: its header's fields, and its parts as far as they are there. */
struct s7comm_pdu {
	uint8_t rosctr;
	uint16_t reference;
	uint16_t error;      /* class and code; 0 in jobs and user data */
	struct isotsap_message parameter, data;
};

/* The data blocks and areas of `count` items. May tell the operation, and begin another
 * one with `more`. */
void s7comm_items(const struct proto_frame *frame, struct proto_operation *operation,
		  struct isotsap_message items, unsigned count);
void s7comm_read_userdata(const struct proto_frame *frame, const struct s7comm_pdu *pdu);

#endif
