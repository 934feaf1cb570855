/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the table of conversations share. */
#ifndef VERIFIER_CONVERSATION_PARTS_H
#define VERIFIER_CONVERSATION_PARTS_H

#include "verifier/conversation.h"
#include "verifier/conversation_index.h"
#include "verifier/fragment.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };
enum { NANOSECONDS = 1000000000 };
enum { /* struct conversation.state */
	TCP_CLOSED = 1,   /* FIN or RST was seen */
	TCP_ANSWERED = 2, /* the responder sent something */
};

struct conversations {
	struct record_store store;
	struct fragments *fragments;
	struct conversation_limits limits;
	struct conversation_events events;
	struct conversation_counts counts;
	int64_t window_from, window_until; /* no verdict changes inside */
	size_t hand;                       /* where the search for idle ones goes on */
	struct decode_frame frame;
};

/* A packet's flow as the table sees it: for ICMP queries turned so that the one
 * who asks is `a`. */
struct conversation_key {
	const uint8_t *a, *b;
	uint16_t a_port, b_port;
	bool oriented; /* the other direction is another conversation */
	bool turned;
	const struct decode_flow *flow;
};

struct conversation_key conversation_key(const struct decode_flow *flow);
/* The same for both directions. */
uint32_t conversation_hash(const struct conversation_key *key);
/* Its record, and which end sent the packet; or NULL. */
struct record *conversation_find(const struct conversations *table,
				 const struct conversation_key *key, uint32_t hash,
				 int *direction);

/* A conversation begins with the packet of the key: who initiated it is told or
 * inferred, and which end sent the packet. */
void conversation_begin(struct conversations *table, struct conversation *conversation,
			const struct conversation_key *key, int *direction);
/* A new connection from the same ports: told as a conversation of its own. */
bool conversation_is_reused(const struct conversation *conversation,
			    const struct decode_flow *flow, int direction, int64_t now);

/* Tells the consumer that the slice ends. */
void conversation_end(struct conversations *table, struct conversation *slice, bool last);
/* Every packet of a slice, errors included, first comes here. True: it begins it,
 * or ends its longest silence. */
bool conversation_touch(struct conversations *table, struct conversation *slice,
			const struct capture_packet *packet);
/* Rounded down, before 1970 too. */
int64_t conversation_second(int64_t instant);

#endif
