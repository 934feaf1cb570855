/* SPDX-License-Identifier: Apache-2.0
 *
 * The ends of a conversation: who initiated it, as its first packet tells or lets
 * infer; what it tells of its flow; and how its ends change places. */
#include "config.h"
#include "verifier/conversation_parts.h"

#include <string.h>

/* A SYN in an open TCP conversation silent for so long begins a new one: seconds. */
enum { TCP_REUSE = 60 };

/* ---- beginning ---- */

static bool conversation_knows(const struct conversations *table, uint8_t protocol,
			       uint16_t port)
{
	return table->events.known_service &&
	       table->events.known_service(table->events.context, protocol, port);
}

/* Who initiated, from the first packet. True: the packet's receiver did. */
static bool conversation_infer(const struct conversations *table,
			       const struct conversation_key *key, uint8_t *basis)
{
	const struct decode_flow *flow = key->flow;
	bool tcp = flow->protocol == PROTOCOL_TCP && flow->kind != DECODE_LINK;

	*basis = key->oriented ? CONVERSATION_ICMP_TYPE : CONVERSATION_FIRST_PACKET;
	if (key->oriented || !(flow->flags & DECODE_PORTS))
		return false;
	if (tcp && (flow->tcp_flags & TCP_SYN)) {
		*basis = flow->tcp_flags & TCP_ACK ? CONVERSATION_SYN_ACK : CONVERSATION_SYN;
		return *basis == CONVERSATION_SYN_ACK;
	}
	if (!conversation_knows(table, flow->protocol, flow->source_port) ||
	    conversation_knows(table, flow->protocol, flow->destination_port))
		return false;
	*basis = CONVERSATION_SERVICE_PORT;
	return true;
}

static void conversation_set_ends(struct conversation *conversation,
				  const struct conversation_key *key, bool reversed)
{
	memcpy(conversation->initiator, reversed ? key->b : key->a, 16);
	memcpy(conversation->responder, reversed ? key->a : key->b, 16);
	conversation->initiator_port = reversed ? key->b_port : key->a_port;
	conversation->responder_port = reversed ? key->a_port : key->b_port;
}

void conversation_begin(struct conversations *table, struct conversation *conversation,
			const struct conversation_key *key, int *direction)
{
	const struct decode_flow *flow = key->flow;
	bool reversed = conversation_infer(table, key, &conversation->basis);

	conversation_set_ends(conversation, key, reversed);
	conversation->identifier = flow->identifier;
	conversation->ethertype = flow->ethertype;
	conversation->protocol = flow->protocol;
	conversation->kind = flow->kind;
	if (flow->kind != DECODE_LINK && decode_has_ports(flow->protocol) &&
	    !(flow->flags & DECODE_PORTS))
		conversation->flags |= CONVERSATION_NO_PORTS;
	*direction = reversed || key->turned ? FROM_RESPONDER : FROM_INITIATOR;
	table->counts.conversations++;
	if (flow->protocol == PROTOCOL_TCP && flow->kind != DECODE_LINK)
		table->counts.basis[conversation->basis]++;
}

bool conversation_is_reused(const struct conversation *conversation,
			    const struct decode_flow *flow, int direction, int64_t now)
{
	if (flow->protocol != PROTOCOL_TCP || flow->kind == DECODE_LINK ||
	    (flow->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return false;
	if (conversation->state & TCP_CLOSED ||
	    conversation->basis == CONVERSATION_FIRST_PACKET ||
	    conversation->basis == CONVERSATION_SERVICE_PORT)
		return true;
	if (direction == FROM_INITIATOR && !(conversation->state & TCP_ANSWERED))
		return false;
	return now - conversation->last > (int64_t)TCP_REUSE * NANOSECONDS;
}

/* ---- what it tells ---- */

static struct address conversation_address(const struct conversation *conversation,
					   const uint8_t *bytes)
{
	return address_from_bytes(conversation->kind == DECODE_IPV6 ? FAMILY_IPV6 :
								      FAMILY_IPV4,
				  bytes);
}

struct address conversation_initiator(const struct conversation *conversation)
{
	return conversation_address(conversation, conversation->initiator);
}

struct address conversation_responder(const struct conversation *conversation)
{
	return conversation_address(conversation, conversation->responder);
}

struct flow conversation_flow(const struct conversation *conversation)
{
	struct flow flow = {
		.protocol = conversation->protocol,
		.src_port = conversation->initiator_port,
		.dst_port = conversation->responder_port,
		.instant = conversation_second(conversation->first),
		.mode = -1,
		.sender = ZONE_NONE,
		.l2_source = ZONE_NONE,
		.l2_destination = ZONE_NONE,
	};

	if (conversation->kind == DECODE_LINK) {
		flow.ethertype = conversation->ethertype;
		return flow;
	}
	flow.source = conversation_initiator(conversation);
	flow.destination = conversation_responder(conversation);
	return flow;
}

/* ---- turning ---- */

static void conversation_swap(void *a, void *b, size_t size)
{
	uint8_t kept[64];

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

#define CONVERSATION_SWAP(a, b) conversation_swap(&(a), &(b), sizeof(a))

void conversation_turn(struct conversation *slice)
{
	const uint8_t suspects = CONVERSATION_SUSPECT | CONVERSATION_SUSPECT_RESPONDER;
	uint8_t flags = slice->flags & (uint8_t)~suspects;

	if (slice->flags & CONVERSATION_SUSPECT)
		flags |= CONVERSATION_SUSPECT_RESPONDER;
	if (slice->flags & CONVERSATION_SUSPECT_RESPONDER)
		flags |= CONVERSATION_SUSPECT;
	slice->flags = flags;
	CONVERSATION_SWAP(slice->initiator, slice->responder);
	CONVERSATION_SWAP(slice->initiator_port, slice->responder_port);
	CONVERSATION_SWAP(slice->packets[0], slice->packets[1]);
	CONVERSATION_SWAP(slice->bytes[0], slice->bytes[1]);
	CONVERSATION_SWAP(slice->origin[0], slice->origin[1]);
	CONVERSATION_SWAP(slice->other[0], slice->other[1]);
	CONVERSATION_SWAP(slice->begin[0], slice->begin[1]);
	slice->basis = CONVERSATION_PAYLOAD;
}
