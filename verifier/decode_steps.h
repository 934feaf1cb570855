/* SPDX-License-Identifier: Apache-2.0
 *
 * How decoding goes on: each step reads one header at the cursor, and answers
 * which step is next. decode.c holds the loop and the link layers, decode_ip.c
 * IP and its extension headers, decode_transport.c what IP carries.
 *
 * Invariant: at <= end, and no step reads outside [at, end). */
#ifndef VERIFIER_DECODE_STEPS_H
#define VERIFIER_DECODE_STEPS_H

#include <stddef.h>

#include "verifier/decode.h"

enum step {
	STEP_DONE,      /* all that can be told is told */
	STEP_SHORT,     /* the captured bytes ended */
	STEP_MALFORMED,
	STEP_UNKNOWN,
	STEP_ETHERNET,
	STEP_ETHERTYPE, /* state.ethertype says what is at the cursor */
	STEP_IP,        /* version 4 or 6, told by its first half byte */
	STEP_TRANSPORT, /* flow->protocol says */
};

enum { DECODE_STEPS = 64 }; /* headers in one frame */

struct decode_state {
	struct decode_frame *frame;
	const uint8_t *at, *end;
	uint32_t missing; /* bytes of the datagram behind `end` that were not captured */
	uint16_t ethertype;
	/* The nearest enclosing Ethernet header, for the flows below it. */
	struct mac source_mac, destination_mac;
	uint16_t mac_flags; /* DECODE_MACS, DECODE_SOURCE_MAC */
	uint16_t vlan[DECODE_VLANS];
	uint8_t vlan_count;
	bool quoting; /* inside an ICMP error */
};

static inline size_t decode_left(const struct decode_state *state)
{
	return (size_t)(state->end - state->at);
}

static inline uint16_t decode_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t decode_u32(const uint8_t *bytes)
{
	return (uint32_t)decode_u16(bytes) << 16 | decode_u16(bytes + 2);
}

/* The next flow, zeroed but for what the Ethernet header told; NULL where the
 * frame holds no more. */
struct decode_flow *decode_begin_flow(struct decode_state *state);
/* The flow that was begun last. */
struct decode_flow *decode_current(struct decode_state *state);

enum step decode_ip(struct decode_state *state);
enum step decode_transport(struct decode_state *state);

#endif
