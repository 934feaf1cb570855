/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 (RFC 791), IPv6 (RFC 8200) and their fragments and extension headers. */
#include "config.h"

#include <string.h>

#include "verifier/decode_steps.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, EXTENSION_LIMIT = 16 };
enum { IPV4_MORE = 0x2000, IPV4_OFFSET = 0x1fff, IPV6_MORE = 1, IPV6_OFFSET = 0xfff8 };

enum {
	EXTENSION_HOP_BY_HOP = 0,
	EXTENSION_ROUTING = 43,
	EXTENSION_FRAGMENT = 44,
	EXTENSION_AH = 51,
	EXTENSION_DESTINATION = 60,
	EXTENSION_MOBILITY = 135,
	EXTENSION_HIP = 139,
	EXTENSION_SHIM6 = 140,
};

/* Ethernet pads short frames: what lies beyond the datagram is not part of it.
 * A length of zero is left by segmentation offload. */
static void decode_trim(struct decode_state *state, size_t length)
{
	size_t left = decode_left(state);

	state->missing = length > left ? (uint32_t)(length - left) : 0;
	if (length > 0 && length < left)
		state->end = state->at + length;
}

static enum step decode_ipv4(struct decode_state *state)
{
	const uint8_t *at = state->at;

	if (decode_left(state) < IPV4_HEADER)
		return STEP_SHORT;
	size_t header = (at[0] & 0xfu) * 4;
	unsigned total = decode_u16(at + 2), fragment = decode_u16(at + 6);
	if (header < IPV4_HEADER || (total > 0 && total < header))
		return STEP_MALFORMED;
	struct decode_flow *flow = decode_begin_flow(state);
	if (!flow)
		return STEP_SHORT;
	flow->kind = DECODE_IPV4;
	flow->protocol = at[9];
	memcpy(flow->source, at + 12, 4);
	memcpy(flow->destination, at + 16, 4);
	flow->fragment = decode_u16(at + 4);
	if (fragment & IPV4_OFFSET)
		flow->flags |= DECODE_LATER_FRAGMENT;
	else if (fragment & IPV4_MORE)
		flow->flags |= DECODE_FRAGMENT;
	decode_trim(state, total);
	if (decode_left(state) < header) {
		flow->flags |= DECODE_SHORT;
		return STEP_SHORT;
	}
	state->at += header;
	return STEP_TRANSPORT;
}

static bool decode_is_extension(uint8_t next)
{
	switch (next) {
	case EXTENSION_HOP_BY_HOP:
	case EXTENSION_ROUTING:
	case EXTENSION_FRAGMENT:
	case EXTENSION_AH:
	case EXTENSION_DESTINATION:
	case EXTENSION_MOBILITY:
	case EXTENSION_HIP:
	case EXTENSION_SHIM6:
		return true;
	default:
		return false;
	}
}

static void decode_ipv6_fragment(struct decode_flow *flow, const uint8_t *at)
{
	unsigned offset = decode_u16(at + 2);

	flow->fragment = decode_u32(at + 4);
	if (offset & IPV6_OFFSET)
		flow->flags |= DECODE_LATER_FRAGMENT;
	else if (offset & IPV6_MORE)
		flow->flags |= DECODE_FRAGMENT;
}

/* AH counts in 4 bytes less 2 (RFC 4302), fragments have no length, the rest
 * count in 8 bytes less 1. */
static size_t decode_extension_size(uint8_t kind, const uint8_t *at)
{
	if (kind == EXTENSION_FRAGMENT)
		return 8;
	return kind == EXTENSION_AH ? (at[1] + 2u) * 4 : (at[1] + 1u) * 8;
}

/* AH stays the flow's protocol only where it cannot be looked through: behind a
 * later fragment the next header is still known, its ports are not. */
static enum step decode_extensions(struct decode_state *state, struct decode_flow *flow)
{
	for (unsigned i = 0; decode_is_extension(flow->protocol); i++) {
		uint8_t kind = flow->protocol;
		if (i == EXTENSION_LIMIT || decode_left(state) < 8 ||
		    decode_left(state) < decode_extension_size(kind, state->at)) {
			flow->flags |= DECODE_SHORT;
			return STEP_SHORT;
		}
		if (kind == EXTENSION_FRAGMENT)
			decode_ipv6_fragment(flow, state->at);
		flow->protocol = state->at[0];
		state->at += decode_extension_size(kind, state->at);
		if (flow->flags & DECODE_LATER_FRAGMENT)
			break;
	}
	return STEP_TRANSPORT;
}

static enum step decode_ipv6(struct decode_state *state)
{
	const uint8_t *at = state->at;

	if (decode_left(state) < IPV6_HEADER)
		return STEP_SHORT;
	struct decode_flow *flow = decode_begin_flow(state);
	if (!flow)
		return STEP_SHORT;
	flow->kind = DECODE_IPV6;
	flow->protocol = at[6];
	memcpy(flow->source, at + 8, 16);
	memcpy(flow->destination, at + 24, 16);
	unsigned payload = decode_u16(at + 4);
	decode_trim(state, payload > 0 ? IPV6_HEADER + payload : 0);
	state->at += IPV6_HEADER;
	return decode_extensions(state, flow);
}

enum step decode_ip(struct decode_state *state)
{
	if (decode_left(state) < 1)
		return STEP_SHORT;
	switch (state->at[0] >> 4) {
	case 4:
		return decode_ipv4(state);
	case 6:
		return decode_ipv6(state);
	default:
		return STEP_MALFORMED;
	}
}
