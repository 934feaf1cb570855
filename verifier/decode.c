/* SPDX-License-Identifier: Apache-2.0
 *
 * From a frame to its flows: the loop over headers, and the link layers. */
#include "config.h"
#include "verifier/decode.h"

#include <string.h>

#include "verifier/decode_steps.h"

enum { /* https://www.tcpdump.org/linktypes.html */
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_RAW = 101,
	LINKTYPE_LOOP = 108,
	LINKTYPE_SLL = 113,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_SLL2 = 276,
};

enum { /* IEEE 802 ethertypes */
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_TEB = 0x6558, /* Ethernet inside GRE and others */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_SMALLEST = 0x0600, /* smaller values are lengths (IEEE 802.3) */
};

enum { LLC_SNAP = 0xaa, LLC_UI = 0x03, PPP_IPV4 = 0x21, PPP_IPV6 = 0x57 };

struct decode_flow *decode_begin_flow(struct decode_state *state)
{
	struct decode_frame *frame = state->frame;
	struct decode_flow *flow;

	if (state->quoting)
		flow = &frame->quoted;
	else if (frame->count < DECODE_FLOWS)
		flow = &frame->flow[frame->count++];
	else
		return NULL;
	memset(flow, 0, sizeof(*flow));
	flow->flags = state->mac_flags;
	flow->source_mac = state->source_mac;
	flow->destination_mac = state->destination_mac;
	flow->vlan_count = state->vlan_count;
	memcpy(flow->vlan, state->vlan, sizeof(flow->vlan));
	flow->payload = state->at;
	return flow;
}

struct decode_flow *decode_current(struct decode_state *state)
{
	return state->quoting ? &state->frame->quoted :
				&state->frame->flow[state->frame->count - 1];
}

/* ---- layer 2 ---- */

/* A frame that carries no IP, or none that could be reached. Inside a tunnel it
 * is not told: the tunnel's own flow is what crosses the network. */
static enum step decode_link_flow(struct decode_state *state)
{
	if (state->frame->count > 0 || !(state->mac_flags & DECODE_MACS))
		return state->frame->count > 0 ? STEP_DONE : STEP_UNKNOWN;
	struct decode_flow *flow = decode_begin_flow(state);
	flow->kind = DECODE_LINK;
	flow->ethertype = state->ethertype;
	memcpy(flow->source, flow->source_mac.byte, 6);
	memcpy(flow->destination, flow->destination_mac.byte, 6);
	flow->payload_length = (uint32_t)decode_left(state);
	return STEP_DONE;
}

static enum step decode_llc(struct decode_state *state)
{
	const uint8_t *at = state->at;

	if (decode_left(state) >= 8 && at[0] == LLC_SNAP && at[1] == LLC_SNAP &&
	    at[2] == LLC_UI && (at[3] | at[4] | at[5]) == 0) {
		state->ethertype = decode_u16(at + 6);
		state->at += 8;
		if (state->ethertype >= ETHERTYPE_SMALLEST)
			return STEP_ETHERTYPE;
	}
	state->ethertype = ETHERTYPE_LLC;
	return decode_link_flow(state);
}

static enum step decode_ethernet(struct decode_state *state)
{
	const uint8_t *at = state->at;

	if (decode_left(state) < 14)
		return STEP_SHORT;
	memcpy(state->destination_mac.byte, at, 6);
	memcpy(state->source_mac.byte, at + 6, 6);
	state->mac_flags = DECODE_MACS;
	state->vlan_count = 0;
	state->ethertype = decode_u16(at + 12);
	state->at += 14;
	return STEP_ETHERTYPE;
}

static enum step decode_vlan(struct decode_state *state)
{
	if (decode_left(state) < 4)
		return decode_link_flow(state);
	if (state->vlan_count < DECODE_VLANS)
		state->vlan_count++;
	state->vlan[state->vlan_count - 1] = decode_u16(state->at) & 0xfff;
	state->ethertype = decode_u16(state->at + 2);
	state->at += 4;
	return STEP_ETHERTYPE;
}

/* RFC 3032. What follows the last label is not said anywhere: IP is told by its
 * version; a zero half byte is a pseudowire's control word (RFC 4448) before an
 * Ethernet frame. */
static enum step decode_mpls(struct decode_state *state)
{
	for (bool last = false; !last; state->at += 4) {
		if (decode_left(state) < 4)
			return decode_link_flow(state);
		last = state->at[2] & 1;
	}
	if (decode_left(state) < 1)
		return decode_link_flow(state);
	unsigned nibble = state->at[0] >> 4;
	if (nibble == 4 || nibble == 6)
		return STEP_IP;
	if (nibble != 0 || decode_left(state) < 4 + 14)
		return decode_link_flow(state);
	state->at += 4;
	return STEP_ETHERNET;
}

/* RFC 2516, session stage; the PPP protocol may be compressed to one byte. */
static enum step decode_pppoe(struct decode_state *state)
{
	if (decode_left(state) < 8)
		return decode_link_flow(state);
	const uint8_t *ppp = state->at + 6;
	bool compressed = ppp[0] & 1;
	unsigned protocol = compressed ? ppp[0] : decode_u16(ppp);
	if (protocol != PPP_IPV4 && protocol != PPP_IPV6)
		return decode_link_flow(state);
	state->at = ppp + (compressed ? 1 : 2);
	return STEP_IP;
}

static enum step decode_ethertype(struct decode_state *state)
{
	switch (state->ethertype) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
		return STEP_IP;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_QINQ_OLD:
		return decode_vlan(state);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UPSTREAM:
		return decode_mpls(state);
	case ETHERTYPE_PPPOE:
		return decode_pppoe(state);
	case ETHERTYPE_TEB:
		return state->frame->count > 0 ? STEP_ETHERNET : decode_link_flow(state);
	default:
		return state->ethertype < ETHERTYPE_SMALLEST ? decode_llc(state) :
							       decode_link_flow(state);
	}
}

/* ---- link types ---- */

/* Linux cooked: version 1 is 16 bytes, version 2 20; the sender's address alone. */
static enum step decode_cooked(struct decode_state *state, bool second)
{
	const uint8_t *at = state->at;
	size_t size = second ? 20 : 16;

	if (decode_left(state) < size)
		return STEP_SHORT;
	unsigned length = second ? at[11] : decode_u16(at + 4);
	if (length == 6) {
		memcpy(state->source_mac.byte, second ? at + 12 : at + 6, 6);
		state->mac_flags = DECODE_SOURCE_MAC;
	}
	state->ethertype = decode_u16(second ? at : at + 14);
	state->at += size;
	return STEP_ETHERTYPE;
}

/* The address family in the byte order of the machine that captured; its number
 * differs by system, so the IP version is believed instead. */
static enum step decode_loopback(struct decode_state *state)
{
	if (decode_left(state) < 4)
		return STEP_SHORT;
	uint32_t family = decode_u32(state->at);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	state->at += 4;
	switch (family) {
	case 2:  /* AF_INET everywhere */
	case 10: /* AF_INET6: Linux, NetBSD and OpenBSD, FreeBSD, macOS */
	case 24:
	case 28:
	case 30:
		return STEP_IP;
	default:
		return STEP_UNKNOWN;
	}
}

static enum step decode_link(struct decode_state *state, uint16_t link)
{
	switch (link) {
	case LINKTYPE_ETHERNET:
		return STEP_ETHERNET;
	case LINKTYPE_SLL:
		return decode_cooked(state, false);
	case LINKTYPE_SLL2:
		return decode_cooked(state, true);
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
		return decode_loopback(state);
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return STEP_IP;
	default:
		return STEP_UNKNOWN;
	}
}

bool decode_knows_link(uint16_t link)
{
	switch (link) {
	case LINKTYPE_ETHERNET:
	case LINKTYPE_SLL:
	case LINKTYPE_SLL2:
	case LINKTYPE_NULL:
	case LINKTYPE_LOOP:
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
		return true;
	default:
		return false;
	}
}

/* ---- the loop ---- */

static enum step decode_step(struct decode_state *state, enum step step)
{
	switch (step) {
	case STEP_ETHERNET:
		return decode_ethernet(state);
	case STEP_ETHERTYPE:
		return decode_ethertype(state);
	case STEP_IP:
		return decode_ip(state);
	case STEP_TRANSPORT:
		return decode_transport(state);
	default:
		return step;
	}
}

static enum decode_result decode_answer(const struct decode_frame *frame, enum step step)
{
	if (frame->count > 0)
		return DECODE_OK;
	if (step == STEP_SHORT)
		return DECODE_TRUNCATED;
	return step == STEP_UNKNOWN ? DECODE_UNKNOWN : DECODE_MALFORMED;
}

enum decode_result decode_frame(struct decode_frame *frame, uint16_t link,
				const uint8_t *bytes, uint32_t captured)
{
	struct decode_state state = { .frame = frame, .at = bytes, .end = bytes + captured };
	unsigned steps = 0;

	frame->count = 0;
	frame->has_quoted = false;
	frame->cut = false;
	enum step step = decode_link(&state, link);
	while (step >= STEP_ETHERNET && steps++ < DECODE_STEPS)
		step = decode_step(&state, step);
	if (step != STEP_DONE)
		frame->cut = true;
	return decode_answer(frame, step);
}
