/* SPDX-License-Identifier: Apache-2.0
 *
 * Which conversation a packet belongs to: its key, the same for both directions but
 * for ICMP queries, and the record that has it. */
#include "config.h"
#include "verifier/conversation_parts.h"

#include <string.h>

static bool conversation_is_icmp(const struct decode_flow *flow)
{
	return flow->kind != DECODE_LINK && (flow->protocol == PROTOCOL_ICMP ||
					     flow->protocol == PROTOCOL_ICMPV6);
}

/* Requests precede their replies by one number in ICMP (RFC 792, 950; 4443), but
 * for echo, whose reply is 0. */
static uint16_t conversation_request(const struct decode_flow *flow)
{
	if (flow->protocol == PROTOCOL_ICMPV6 || flow->source_port != 0)
		return (uint16_t)(flow->source_port - 1);
	return 8;
}

struct conversation_key conversation_key(const struct decode_flow *flow)
{
	struct conversation_key key = { flow->source, flow->destination, flow->source_port,
					flow->destination_port, false, false, flow };

	if (!conversation_is_icmp(flow))
		return key;
	key.oriented = true;
	if (flow->flags & DECODE_ICMP_REPLY) {
		key.turned = true;
		key.a = flow->destination;
		key.b = flow->source;
		key.a_port = conversation_request(flow);
	}
	return key;
}

static uint64_t conversation_mix(uint64_t value)
{
	value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
	value = (value ^ value >> 32) * 0xd6e8feb86659fd93u;
	return value ^ value >> 32;
}

static uint64_t conversation_end_hash(const uint8_t *address, uint16_t port)
{
	uint64_t half[2];

	memcpy(half, address, sizeof(half));
	return conversation_mix(half[0] + (half[1] ^ port) * 0x9e3779b97f4a7c15u);
}

uint32_t conversation_hash(const struct conversation_key *key)
{
	uint16_t a_port = key->oriented ? 0 : key->a_port;
	uint16_t b_port = key->oriented ? 0 : key->b_port;
	uint64_t hash = conversation_end_hash(key->a, a_port) +
			conversation_end_hash(key->b, b_port);

	hash ^= (uint64_t)key->flow->identifier << 32 | (uint64_t)key->flow->protocol << 16 |
		key->flow->ethertype;
	return (uint32_t)conversation_mix(hash);
}

static bool conversation_ends(const struct conversation *conversation, const uint8_t *a,
			      const uint8_t *b, uint16_t a_port, uint16_t b_port)
{
	return conversation->initiator_port == a_port &&
	       conversation->responder_port == b_port &&
	       memcmp(conversation->initiator, a, 16) == 0 &&
	       memcmp(conversation->responder, b, 16) == 0;
}

/* -1: another conversation. */
static int conversation_direction(const struct conversation *conversation,
				  const struct conversation_key *key)
{
	if (conversation->kind != key->flow->kind ||
	    conversation->protocol != key->flow->protocol ||
	    conversation->identifier != key->flow->identifier ||
	    conversation->ethertype != key->flow->ethertype)
		return -1;
	if (conversation_ends(conversation, key->a, key->b, key->a_port, key->b_port))
		return key->turned ? FROM_RESPONDER : FROM_INITIATOR;
	if (!key->oriented && conversation_ends(conversation, key->b, key->a, key->b_port,
						key->a_port))
		return FROM_RESPONDER;
	return -1;
}

struct record *conversation_find(const struct conversations *table,
				 const struct conversation_key *key, uint32_t hash,
				 int *direction)
{
	size_t at = hash;
	struct record *record;

	while ((record = record_next(&table->store, hash, &at))) {
		*direction = conversation_direction(&record->conversation, key);
		if (*direction >= 0)
			return record;
	}
	return NULL;
}
