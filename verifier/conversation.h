/* SPDX-License-Identifier: Apache-2.0
 *
 * Conversations out of packets: who initiated, what went each way, when; in a
 * table of bounded size.
 *
 * A conversation is a 5-tuple both ways (ICMP queries: type and identifier, both
 * ways; layer 2: two MAC addresses and an ethertype). The initiator is decided by
 * its first packet; where that had to be inferred, its content may tell better. A TCP SYN after FIN or RST begins a new
 * conversation of the same 5-tuple. An ICMP error belongs to the conversation it
 * quotes; one that quotes none seen is a conversation of its own, and so is each
 * IP header of a tunnel.
 *
 * Each conversation is told to the consumer in one or more slices: it is split
 * at the instants at which the consumer says that a verdict could change. Packets
 * that come late, across such an instant, begin a slice of their own. */
#ifndef VERIFIER_CONVERSATION_H
#define VERIFIER_CONVERSATION_H

#include "compiler/model.h"
#include "verifier/capture.h"
#include "verifier/decode.h"
#include "verifier/origin.h"

enum conversation_basis { /* how the initiator is known */
	CONVERSATION_SYN,
	CONVERSATION_SYN_ACK,
	CONVERSATION_FIRST_PACKET,  /* inferred for TCP; the rule for everything else */
	CONVERSATION_SERVICE_PORT,  /* inferred: the first packet came from a known service */
	CONVERSATION_ICMP_TYPE,     /* the type says query or reply */
	CONVERSATION_PAYLOAD,       /* inferred at first, then told by what it says */
	CONVERSATION_BASES,
};

enum conversation_flag {
	CONVERSATION_CONTINUED = 1,   /* an earlier slice of it was told before */
	CONVERSATION_ENVELOPE = 2,    /* a tunnel; what it carries is told separately */
	CONVERSATION_MIRROR = 4,      /* ... of mirrored traffic (ERSPAN) */
	CONVERSATION_NO_PORTS = 8,    /* the ports were never seen: fragments, short captures */
	CONVERSATION_WATCHED = 16,    /* watch() asked for its packets */
	CONVERSATION_SUSPECT = 32,    /* other[FROM_INITIATOR] is suspect */
	CONVERSATION_SUSPECT_RESPONDER = 64,
	CONVERSATION_LATE = 128,      /* it began with a packet older than the slice before */
};

enum { FROM_INITIATOR = 0, FROM_RESPONDER = 1 };

/* One slice. Addresses are in network order as in struct decode_flow. */
struct conversation {
	uint8_t initiator[16], responder[16];
	uint16_t initiator_port, responder_port; /* ICMP: type, code */
	uint16_t identifier;      /* ICMP queries */
	uint16_t ethertype;       /* DECODE_LINK */
	uint8_t protocol;
	uint8_t kind;             /* enum decode_kind */
	uint8_t basis;            /* enum conversation_basis */
	uint8_t state;            /* of TCP; internal */
	uint8_t flags;            /* enum conversation_flag */
	uint8_t tag;              /* the consumer's; kept from slice to slice */
	uint8_t content_state;    /* inspect.h's, as `content` and `begin` are; likewise */
	uint16_t file;            /* of the slice's first packet */
	uint64_t number;          /* ... and its number there, from 1 */
	int64_t first, last;      /* nanoseconds since 1970; of this slice */
	int64_t until;            /* where the slice ends: nanoseconds, exclusive; INT64_MAX: never */
	uint64_t packets[2], bytes[2]; /* FROM_INITIATOR, FROM_RESPONDER; frame lengths */
	uint32_t errors;          /* ICMP errors that quote it, not in packets[] */
	/* The longest time between two packets, errors included, of which the later is
	 * of this slice: seconds, rounded up, so that it exceeds a whole number of them
	 * just where the time itself does. Late packets begin and end none. */
	uint32_t silence;
	uint64_t error_bytes;
	/* Where the packets of each side came from: the first that tells, and another
	 * (not known: none): the first that is suspect, else the last. */
	struct origin origin[2], other[2];
	void *content;
	uint32_t begin[2];        /* sequence number of the first byte of each side */
};

/* Fills what a conversation tells of a flow: addresses, protocol, ports,
 * ethertype, instant (of the slice's first packet, seconds). */
struct flow conversation_flow(const struct conversation *conversation);
struct address conversation_initiator(const struct conversation *conversation);
struct address conversation_responder(const struct conversation *conversation);
/* The ends change places, for the content tells who began. */
void conversation_turn(struct conversation *slice);

/* The consumer; any function may be NULL. `context` is the consumer's own. */
struct conversation_events {
	void *context;
	/* Is a service known at this port? */
	bool (*known_service)(void *context, uint8_t protocol, uint16_t port);
	/* The first instant after `instant` at which a verdict could change; seconds,
	 * INSTANT_NEVER for none. */
	int64_t (*next_change)(void *context, int64_t instant);
	/* Should packets of one side come from elsewhere? */
	bool (*is_suspect)(void *context, const struct conversation *slice, int side,
			   struct origin origin);
	/* A packet of the slice, sent by `side`. True: its content told that the responder
	 * began, and the slice was turned. Later fragments are not told. */
	bool (*content)(void *context, struct conversation *slice, int side,
			const struct decode_flow *flow, const struct capture_packet *packet);
	/* Of a slice that is not watched, a packet tells something new: its first, the
	 * responder's first, one from a suspect origin, or one that ends its longest silence.
	 * True: watch it. */
	bool (*watch)(void *context, const struct conversation *slice);
	/* A packet of a watched slice, from the one that told on; errors that quote it,
	 * too. Fragments that came before their first are counted but not told. */
	void (*packet)(void *context, const struct conversation *slice,
		       const struct capture_packet *packet);
	/* A slice has ended; the conversation, too, if it is the `last`: then what `content`
	 * holds is to be given back. May set `tag`. */
	void (*end)(void *context, struct conversation *slice, bool last);
};

struct conversation_limits {
	size_t conversations; /* 0: CONVERSATION_LIMIT */
	size_t fragments;     /* 0: FRAGMENT_LIMIT: datagrams whose fragments are awaited */
	unsigned idle;        /* seconds; 0: CONVERSATION_IDLE: silent ones give way when the table is full */
};

enum { CONVERSATION_LIMIT = 1 << 21, FRAGMENT_LIMIT = 4096, CONVERSATION_IDLE = 600 };

struct conversation_counts {
	uint64_t packets, bytes;        /* all that were read */
	int64_t first, last;            /* nanoseconds; 0 while there are none */
	uint64_t conversations;         /* slices of one count once */
	uint64_t basis[CONVERSATION_BASES]; /* TCP conversations by how the initiator is known */
	uint64_t truncated, malformed;  /* unreadable: no flow could be told */
	uint64_t unknown_link;          /* unreadable: link type not decoded */
	uint64_t fragments_orphaned;    /* whose first fragment was never seen */
	uint64_t hidden;                /* tunnels whose inside could not be decoded */
	uint64_t icmp_errors;           /* that belong to conversations */
	uint64_t lost_packets, lost_bytes; /* not seen: the table was full */
	uint64_t expired;               /* gave way to others after being idle */
};

struct conversations;

struct conversations *conversations_create(const struct conversation_limits *limits,
					   const struct conversation_events *events);
void conversations_destroy(struct conversations *table);
/* Takes every packet of the stream. It is all done with `packet` on return. */
void conversations_add(struct conversations *table, const struct capture_packet *packet);
/* Ends every conversation. The order depends on the packets alone. */
void conversations_finish(struct conversations *table);
struct conversation_counts conversations_counts(const struct conversations *table);

#endif
