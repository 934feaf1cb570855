/* SPDX-License-Identifier: Apache-2.0
 *
 * From a frame's bytes to the flows it carries: one for each IP header, from
 * the outermost inwards through tunnels, or one for a frame without IP.
 *
 * Pure: no state, no allocation; every byte read lies inside what was captured,
 * and nesting is bounded. What the captured bytes do not reach is missing, not
 * guessed. */
#ifndef VERIFIER_DECODE_H
#define VERIFIER_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

enum decode_kind { DECODE_IPV4, DECODE_IPV6, DECODE_LINK };

enum decode_flag {
	DECODE_PORTS = 1,          /* the ports (ICMP: type and code) are known */
	DECODE_FRAGMENT = 2,       /* the first fragment of several */
	DECODE_LATER_FRAGMENT = 4, /* not the first: ports unknown */
	DECODE_ENVELOPE = 8,       /* carries the next flow: a tunnel */
	DECODE_MIRROR = 16,        /* an envelope of ERSPAN: mirrored traffic on its way */
	DECODE_ICMP_ERROR = 32,    /* quotes another packet */
	DECODE_ICMP_REPLY = 64,    /* answers the query of the same identifier */
	DECODE_MACS = 128,         /* the MAC addresses are known */
	DECODE_SOURCE_MAC = 256,   /* only the sender's is (Linux cooked) */
	DECODE_SHORT = 512,        /* the captured bytes ended in this flow's headers */
};

enum { DECODE_VLANS = 2, DECODE_FLOWS = 6 };
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };
/* The ethertype reported for 802.3 frames with LLC but no SNAP, as Linux numbers it. */
enum { ETHERTYPE_LLC = 4 };

struct decode_flow {
	uint8_t source[16], destination[16]; /* network order; IPv4: 4 bytes, MAC: 6; rest zero */
	uint16_t source_port, destination_port; /* ICMP: type, code */
	uint16_t identifier;  /* ICMP queries */
	uint16_t ethertype;   /* DECODE_LINK */
	uint8_t protocol;     /* IP protocol number after extension headers */
	uint8_t kind;         /* enum decode_kind */
	uint8_t tcp_flags;
	uint8_t vlan_count;   /* tags of the nearest enclosing Ethernet header, at most DECODE_VLANS */
	uint16_t vlan[DECODE_VLANS]; /* outermost first, the innermost last; between them
				      * there may be more tags */
	uint16_t flags;       /* enum decode_flag */
	struct mac source_mac, destination_mac; /* of that Ethernet header */
	uint32_t fragment;    /* identification */
	const uint8_t *payload; /* after the last header understood */
	uint32_t payload_length; /* captured bytes of it */
	uint32_t payload_missing; /* IP: how many more there were on the wire */
	uint32_t sequence, acknowledgment; /* TCP; the latter counts with TCP_ACK only */
};

enum decode_result {
	DECODE_OK,
	DECODE_TRUNCATED, /* the captured bytes end before any flow is known */
	DECODE_MALFORMED, /* contradicts itself before any flow is known */
	DECODE_UNKNOWN,   /* a link type that is not decoded */
};

/* What is always written stands first: most frames fill the first cache lines. */
struct decode_frame {
	unsigned count;            /* at least 1 with DECODE_OK */
	bool has_quoted;
	bool cut;                  /* flows may lie deeper than what could be decoded */
	struct decode_flow flow[DECODE_FLOWS];
	struct decode_flow quoted; /* what the last flow, an ICMP error, quotes */
};

/* `link` is a LINKTYPE_ value. */
enum decode_result decode_frame(struct decode_frame *frame, uint16_t link,
				const uint8_t *bytes, uint32_t captured);
bool decode_knows_link(uint16_t link);
/* Whether packets of an IP protocol carry ports, or a type and code. */
bool decode_has_ports(uint8_t protocol);

#endif
