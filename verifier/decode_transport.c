/* SPDX-License-Identifier: Apache-2.0
 *
 * What IP carries: ports, ICMP, and tunnels with more IP inside. */
#include "config.h"

#include "verifier/decode_steps.h"

enum {
	PROTOCOL_ICMP = 1,
	PROTOCOL_IPIP = 4,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41,
	PROTOCOL_GRE = 47,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_MPLS = 137,
	PROTOCOL_SCTP = 132,
	PROTOCOL_DCCP = 33,
	PROTOCOL_UDPLITE = 136,
};

enum { PORT_VXLAN = 4789, PORT_VXLAN_LINUX = 8472, ETHERTYPE_MPLS_UNICAST = 0x8847 };
enum { GRE_ERSPAN = 0x88be, GRE_ERSPAN3 = 0x22eb };
enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000 };

static enum step decode_short(struct decode_flow *flow)
{
	flow->flags |= DECODE_SHORT;
	return STEP_SHORT;
}

static enum step decode_payload(struct decode_state *state, struct decode_flow *flow,
				size_t header)
{
	size_t there = header < decode_left(state) ? header : decode_left(state);

	state->at += there;
	flow->payload = state->at;
	flow->payload_length = (uint32_t)decode_left(state);
	flow->payload_missing = state->missing > header - there
					? state->missing - (uint32_t)(header - there)
					: 0;
	return STEP_DONE;
}

static bool decode_ports(struct decode_state *state, struct decode_flow *flow)
{
	if (decode_left(state) < 4) {
		flow->flags |= DECODE_SHORT;
		return false;
	}
	flow->source_port = decode_u16(state->at);
	flow->destination_port = decode_u16(state->at + 2);
	flow->flags |= DECODE_PORTS;
	return true;
}

static enum step decode_tcp(struct decode_state *state, struct decode_flow *flow)
{
	if (!decode_ports(state, flow))
		return STEP_SHORT;
	if (decode_left(state) < 14)
		return decode_short(flow);
	flow->sequence = decode_u32(state->at + 4);
	flow->acknowledgment = decode_u32(state->at + 8);
	flow->tcp_flags = state->at[13];
	return decode_payload(state, flow, (state->at[12] >> 4) * 4u);
}

/* RFC 7348: a flags byte of which only "VNI is valid" is set, and the rest zero
 * where it is reserved, else it is no VXLAN. */
static enum step decode_vxlan(struct decode_state *state, struct decode_flow *flow)
{
	enum { HEADERS = 8 + 8 };
	const uint8_t *at = state->at + 8;

	if (decode_left(state) < HEADERS + 14 || at[0] != 0x08 || at[7] != 0)
		return decode_payload(state, flow, 8);
	flow->flags |= DECODE_ENVELOPE;
	state->at += HEADERS;
	return STEP_ETHERNET;
}

static enum step decode_udp(struct decode_state *state, struct decode_flow *flow)
{
	if (!decode_ports(state, flow))
		return STEP_SHORT;
	if (!state->quoting && (flow->destination_port == PORT_VXLAN ||
				flow->destination_port == PORT_VXLAN_LINUX))
		return decode_vxlan(state, flow);
	return decode_payload(state, flow, 8);
}

/* ---- ICMP ---- */

struct icmp_query {
	uint8_t request, reply;
};

static bool decode_icmp_query(const struct icmp_query *queries, size_t count,
			      struct decode_flow *flow)
{
	for (size_t i = 0; i < count; i++) {
		if (flow->source_port != queries[i].request &&
		    flow->source_port != queries[i].reply)
			continue;
		if (flow->source_port == queries[i].reply)
			flow->flags |= DECODE_ICMP_REPLY;
		return true;
	}
	return false;
}

/* RFC 792 and 950, RFC 4443: pairs that answer each other by identifier. */
static bool decode_icmp_is_query(struct decode_flow *flow)
{
	static const struct icmp_query v4[] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
	static const struct icmp_query v6[] = { { 128, 129 } };

	return flow->protocol == PROTOCOL_ICMP ?
		       decode_icmp_query(v4, sizeof(v4) / sizeof(v4[0]), flow) :
		       decode_icmp_query(v6, sizeof(v6) / sizeof(v6[0]), flow);
}

static bool decode_icmp_is_error(const struct decode_flow *flow)
{
	unsigned type = flow->source_port;

	if (flow->protocol == PROTOCOL_ICMPV6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static enum step decode_icmp(struct decode_state *state, struct decode_flow *flow)
{
	if (decode_left(state) < 4)
		return decode_short(flow);
	flow->source_port = state->at[0];
	flow->destination_port = state->at[1];
	flow->flags |= DECODE_PORTS;
	if (decode_icmp_is_query(flow) && decode_left(state) >= 6)
		flow->identifier = decode_u16(state->at + 4);
	if (!decode_icmp_is_error(flow) || state->quoting || decode_left(state) <= 8)
		return decode_payload(state, flow, 8);
	flow->flags |= DECODE_ICMP_ERROR;
	state->at += 8;
	flow->payload = state->at;
	flow->payload_length = (uint32_t)decode_left(state);
	state->quoting = true;
	/* A quotation may end anywhere: that does not cut the error itself. */
	enum step step = decode_ip(state);
	if (step == STEP_TRANSPORT)
		decode_transport(state);
	state->frame->has_quoted = step == STEP_TRANSPORT;
	return STEP_DONE;
}

/* ---- tunnels ---- */

static enum step decode_erspan(struct decode_state *state, struct decode_flow *flow,
			       size_t header)
{
	if (decode_left(state) < header + 14)
		return decode_short(flow);
	flow->flags |= DECODE_ENVELOPE | DECODE_MIRROR;
	state->at += header;
	return STEP_ETHERNET;
}

/* Type III (draft-foschiano-erspan): 12 bytes, and 8 more where the O bit says. */
static enum step decode_erspan3(struct decode_state *state, struct decode_flow *flow)
{
	if (decode_left(state) < 12)
		return decode_short(flow);
	return decode_erspan(state, flow, state->at[11] & 1 ? 20 : 12);
}

/* RFC 2784, 2890; version 1 (PPTP) is left alone. */
static size_t decode_gre_size(unsigned bits)
{
	return 4 + (bits & (GRE_CHECKSUM | GRE_ROUTING) ? 4u : 0) +
	       (bits & GRE_KEY ? 4u : 0) + (bits & GRE_SEQUENCE ? 4u : 0);
}

static enum step decode_gre(struct decode_state *state, struct decode_flow *flow)
{
	if (decode_left(state) < 4)
		return decode_short(flow);
	unsigned bits = decode_u16(state->at), protocol = decode_u16(state->at + 2);
	size_t size = decode_gre_size(bits);
	if ((bits & 7) != 0 || (bits & GRE_ROUTING))
		return decode_payload(state, flow, 4);
	if (decode_left(state) < size)
		return decode_short(flow);
	state->at += size;
	flow->payload = state->at;
	flow->payload_length = (uint32_t)decode_left(state);
	/* Type I has no header of its own, and GRE no sequence number then. */
	if (protocol == GRE_ERSPAN)
		return decode_erspan(state, flow, bits & GRE_SEQUENCE ? 8 : 0);
	if (protocol == GRE_ERSPAN3)
		return decode_erspan3(state, flow);
	flow->flags |= DECODE_ENVELOPE;
	state->ethertype = (uint16_t)protocol;
	return STEP_ETHERTYPE;
}

static enum step decode_tunnel(struct decode_state *state, struct decode_flow *flow)
{
	switch (flow->protocol) {
	case PROTOCOL_IPIP:
	case PROTOCOL_IPV6:
		flow->flags |= DECODE_ENVELOPE;
		return STEP_IP;
	case PROTOCOL_MPLS:
		flow->flags |= DECODE_ENVELOPE;
		state->ethertype = ETHERTYPE_MPLS_UNICAST;
		return STEP_ETHERTYPE;
	case PROTOCOL_GRE:
		return decode_gre(state, flow);
	default:
		return decode_payload(state, flow, 0);
	}
}

bool decode_has_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP ||
	       protocol == PROTOCOL_SCTP || protocol == PROTOCOL_DCCP ||
	       protocol == PROTOCOL_UDPLITE || protocol == PROTOCOL_ICMP ||
	       protocol == PROTOCOL_ICMPV6;
}

enum step decode_transport(struct decode_state *state)
{
	struct decode_flow *flow = decode_current(state);

	/* What a fragment carries of a tunnel is cut anyway: its envelope tells. */
	if (flow->flags & DECODE_LATER_FRAGMENT)
		return decode_payload(state, flow, 0);
	switch (flow->protocol) {
	case PROTOCOL_TCP:
		return decode_tcp(state, flow);
	case PROTOCOL_UDP:
		return decode_udp(state, flow);
	case PROTOCOL_SCTP:
	case PROTOCOL_DCCP:
	case PROTOCOL_UDPLITE:
		return decode_ports(state, flow) ? decode_payload(state, flow, 8) : STEP_SHORT;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return decode_icmp(state, flow);
	default:
		return state->quoting ? decode_payload(state, flow, 0) :
					decode_tunnel(state, flow);
	}
}
