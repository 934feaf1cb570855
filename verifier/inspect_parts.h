/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of inspect.h share. */
#ifndef VERIFIER_INSPECT_PARTS_H
#define VERIFIER_INSPECT_PARTS_H

#include "verifier/inspect.h"
#include "verifier/inspect_ports.h"
#include "verifier/proto/assembly.h"

/* struct conversation.content_state: how many payloads were tried in vain, whether some
 * were not here to read, and of which sides `begin` is known. */
enum {
	STATE_TRIED = 0x0f,
	STATE_MISSED = 0x10,
	STATE_BEGUN = 0x40, /* << side */
	INSPECT_TRIES = 4,
};
/* Operations that always conform, remembered a conversation. */
enum { INSPECT_KNOWN = 4 };

/* A reader and the numbers of its protocols in the model, in the order of its own. */
struct inspect_reader {
	const struct proto *proto;
	uint16_t protocol[5];
};

/* The requests of one number that wait for an answer; a bit each, the oldest the lowest:
 * whether it is a breach. */
struct inspect_asked {
	operation_id operation;
	uint32_t breaches;
	bool back;
	uint8_t count;
};

/* What is known of one conversation. */
struct inspection {
	const struct inspect_reader *reader;
	struct inspect_breach *breaches;
	struct inspect_asked *asked;
	uint64_t operations;           /* of the slice */
	operation_id known[INSPECT_KNOWN]; /* of the slice: conform, whatever they are about */
	struct assembly side[2];       /* TCP */
	uint16_t protocol;
	uint16_t instead;
	uint16_t datagrams, alien;     /* of UDP and layer 2 */
	uint16_t breach_count;
	uint8_t known_count, asked_count;
	uint8_t first;                 /* which end is side 0: FROM_INITIATOR at first; turned
					* where the conversation is */
	uint8_t client;                /* a side */
	bool certain : 1;              /* the handshake or the payload tells the client */
	bool expected : 1, hidden : 1;
	bool negotiated : 1;           /* expected, since another conversation told so */
	bool unread : 1;               /* datagrams that are not there whole, or who asks
					* cannot be told */
	bool spoken : 1;               /* of the slice: there was something to read */
	bool counted : 1;              /* the operation told last, of whose things more may be */
	_Alignas(max_align_t) uint8_t memory[];
};

struct inspect {
	const struct model *model;
	struct inspect_events events;
	struct inspect_ports *ports;
	struct inspect_reader *readers; /* in the order of protos[], to one without a proto */
};

/* One packet on its way through a reader. */
struct inspect_step {
	struct inspect *inspect;
	struct inspection *inspection;
	struct conversation *slice;
	const struct capture_packet *packet; /* NULL: there is none any more */
	const struct assembly_frame *frame;  /* that the reader reads */
	int side;
	bool datagram;
	bool turned; /* the slice was */
};

/* Which reader: of what is expected there, of what the payload says. NULL: it is not
 * read, for now or for good. */
struct inspection *inspect_open(const struct inspect *inspect, struct conversation *slice,
				const struct decode_flow *flow);
/* Could the payload be the protocol's? A reader may be NULL. */
enum proto_likeness inspect_recognise(const struct proto *proto, const struct decode_flow *flow);
/* The reader of the only protocol whose frames begin so, or NULL. */
const struct inspect_reader *inspect_guess(const struct inspect *inspect,
					   const struct decode_flow *flow);
/* Who began is a guess that the content may put right. */
bool inspect_may_be_turned(const struct conversation *slice);

/* What readers tell; their context is a step. */
extern const struct proto_events inspect_proto_events;

/* Holds an operation against the policy, and counts it where it does not conform. */
void inspect_judge(struct inspect_step *step, const struct inspect_operation *operation);

#endif
