/* SPDX-License-Identifier: Apache-2.0
 *
 * What conversations say: industrial protocols read down to the operation, those
 * of each slice that do not conform counted.
 *
 * A conversation is read as the protocol that the policy or the prelude expects at
 * its port; at others the first payloads are tried, and only what leaves no doubt
 * counts. Memory is taken only for conversations that are read. */
#ifndef VERIFIER_INSPECT_H
#define VERIFIER_INSPECT_H

#include "verifier/about.h"
#include "verifier/conversation.h"
#include "verifier/proto/proto.h"

/* One operation as it was seen. Spans as the reader told them. */
struct inspect_operation {
	operation_id operation; /* of the model */
	operation_id carrier;   /* what carries it, e.g. function 90 of modbus; OPERATION_PLAIN: nothing */
	bool back;              /* the responder asks the initiator */
	const struct proto_operation *seen;
};

/* An operation that does not conform, in one slice; with the same number, the same
 * thing. */
struct inspect_breach {
	operation_id operation, carrier;
	bool back;               /* the responder asked the initiator */
	uint64_t count[PROTO_KINDS];
	uint64_t packets, bytes; /* that hold it */
	int64_t first, last;     /* nanoseconds */
	uint16_t file, last_file; /* of the first packet, and of the last */
	uint64_t number, last_number;
	struct proto_operation seen; /* the first that tells what it is about, else the first */
	struct about about;      /* all of them */
};

/* What a conversation says, so far. */
struct inspect_content {
	uint16_t protocol;   /* of the model, that it is read as; 0: of none */
	bool expected;       /* ... at this port */
	bool negotiated;     /* ... since another conversation told so */
	bool confirmed;      /* some frame of it was seen */
	bool foreign;        /* its port's protocol is not what it says */
	uint16_t instead;    /* ... but this; 0: not known */
	bool unread;         /* some of what it says could not be read */
	bool hidden;         /* of the slice: operations that are encrypted */
	uint64_t operations; /* of the slice: all that were seen */
	const struct inspect_breach *breaches; /* of the slice */
	size_t breach_count;
};

struct inspect_events {
	void *context;
	/* Does the operation conform in this slice? *always: so do all of its number,
	 * whatever they are about. */
	bool (*judge)(void *context, struct conversation *slice,
		      const struct inspect_operation *operation, bool *always);
	/* There are as many breaches as can be kept: the slice's are to be taken now, and
	 * are then forgotten. */
	void (*breaches)(void *context, struct conversation *slice);
	/* Each operation, with the packet that completes it; may be NULL. */
	void (*operation)(void *context, const struct conversation *slice,
			  const struct capture_packet *packet,
			  const struct inspect_operation *operation);
};

struct inspect;

/* The model must outlive it. */
struct inspect *inspect_create(const struct model *model, const struct inspect_events *events);
void inspect_destroy(struct inspect *inspect);

/* A packet of the slice, sent by `side` (FROM_INITIATOR, FROM_RESPONDER). True: the
 * payload told that the other side is the one who began, and the slice was turned. */
bool inspect_packet(struct inspect *inspect, struct conversation *slice, int side,
		    const struct decode_flow *flow, const struct capture_packet *packet);
/* The rules of another model expect protocols at their ports, too. Before any packet. */
void inspect_expect(struct inspect *inspect, const struct model *model);
struct inspect_content inspect_content(const struct inspect *inspect,
				       const struct conversation *slice);
/* Does a part of an operation wait for the rest? */
bool inspect_waits(const struct conversation *slice);
/* The slice ends, its conversation goes on: what was told of it is forgotten. */
void inspect_next_slice(struct conversation *slice);
/* What is still held is read, before the last slice is judged ... */
void inspect_finish(struct inspect *inspect, struct conversation *slice);
/* ... and then all is forgotten. */
void inspect_forget(struct conversation *slice);

#endif
