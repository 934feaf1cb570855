/* SPDX-License-Identifier: Apache-2.0
 *
 * Conversations out of packets. */
#include "config.h"
#include "verifier/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/conversation_index.h"
#include "verifier/fragment.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };
enum { NANOSECONDS = 1000000000 };
enum { /* struct conversation.state */
	TCP_CLOSED = 1,   /* FIN or RST was seen */
	TCP_ANSWERED = 2, /* the responder sent something */
};
/* A SYN in an open TCP conversation silent for so long begins a new one, and a
 * closed one gives way so soon: seconds. */
enum { TCP_REUSE = 60, TCP_LINGER = 10, EXPIRE_STEPS = 64 };

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
struct key {
	const uint8_t *a, *b;
	uint16_t a_port, b_port;
	bool oriented; /* the other direction is another conversation */
	bool turned;
	const struct decode_flow *flow;
};

struct conversations *conversations_create(const struct conversation_limits *limits,
					   const struct conversation_events *events)
{
	struct conversations *table = memory_alloc(sizeof(*table));

	if (limits)
		table->limits = *limits;
	if (!table->limits.conversations)
		table->limits.conversations = CONVERSATION_LIMIT;
	if (!table->limits.fragments)
		table->limits.fragments = FRAGMENT_LIMIT;
	if (!table->limits.idle)
		table->limits.idle = CONVERSATION_IDLE;
	table->events = *events;
	table->fragments = fragments_create(table->limits.fragments);
	record_store_init(&table->store);
	return table;
}

void conversations_destroy(struct conversations *table)
{
	if (!table)
		return;
	record_store_release(&table->store);
	fragments_destroy(table->fragments);
	free(table);
}

/* ---- what a conversation tells ---- */

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

/* Instants before 1970 round down, too. */
static int64_t conversation_second(int64_t instant)
{
	return instant / NANOSECONDS - (instant % NANOSECONDS < 0);
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

/* ---- finding one ---- */

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

static struct key conversation_key(const struct decode_flow *flow)
{
	struct key key = { flow->source, flow->destination, flow->source_port,
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

/* The same for both directions. */
static uint32_t conversation_hash(const struct key *key)
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
				  const struct key *key)
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

static struct record *conversation_find(const struct conversations *table,
					const struct key *key, uint32_t hash,
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

/* ---- ending ---- */

static void conversation_end(struct conversations *table, struct conversation *slice, bool last)
{
	if (table->events.end)
		table->events.end(table->events.context, slice, last);
}

static void conversation_drop(struct conversations *table, size_t number)
{
	conversation_end(table, &record_at(&table->store, number)->conversation, true);
	record_remove(&table->store, number);
}

static bool conversation_is_idle(const struct conversations *table,
				 const struct conversation *conversation, int64_t now)
{
	int64_t patience = conversation->state & TCP_CLOSED ? TCP_LINGER :
							       table->limits.idle;

	return now - conversation->last > patience * NANOSECONDS;
}

/* A few steps a packet keep the cost of a full table bounded. */
static bool conversation_make_room(struct conversations *table, int64_t now)
{
	for (unsigned i = 0; i < EXPIRE_STEPS; i++) {
		size_t number = table->hand++ % table->store.high;
		struct record *record = record_at(&table->store, number);
		if (!record->used || !conversation_is_idle(table, &record->conversation, now))
			continue;
		conversation_drop(table, number);
		table->counts.expired++;
	}
	return table->store.used < table->limits.conversations;
}

/* ---- beginning ---- */

static bool conversation_knows(const struct conversations *table, uint8_t protocol,
			       uint16_t port)
{
	return table->events.known_service &&
	       table->events.known_service(table->events.context, protocol, port);
}

/* Who initiated, from the first packet. True: the packet's receiver did. */
static bool conversation_infer(const struct conversations *table, const struct key *key,
			       uint8_t *basis)
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

static void conversation_set_ends(struct conversation *conversation, const struct key *key,
				  bool reversed)
{
	memcpy(conversation->initiator, reversed ? key->b : key->a, 16);
	memcpy(conversation->responder, reversed ? key->a : key->b, 16);
	conversation->initiator_port = reversed ? key->b_port : key->a_port;
	conversation->responder_port = reversed ? key->a_port : key->b_port;
}

static void conversation_init(struct conversations *table,
			      struct conversation *conversation, const struct key *key,
			      int *direction)
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

/* NULL: the table is full. */
static struct record *conversation_new(struct conversations *table, const struct key *key,
				       uint32_t hash, int64_t now, int *direction)
{
	if (table->store.used >= table->limits.conversations &&
	    !conversation_make_room(table, now))
		return NULL;
	struct record *record = record_insert(&table->store, hash);
	conversation_init(table, &record->conversation, key, direction);
	return record;
}

/* A new connection from the same ports: told as a conversation of its own. */
static bool conversation_is_reused(const struct conversation *conversation,
				   const struct decode_flow *flow, int direction,
				   int64_t now)
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

static void conversation_restart(struct conversations *table,
				 struct conversation *conversation, const struct key *key,
				 int *direction)
{
	conversation_end(table, conversation, true);
	*conversation = (struct conversation){ 0 };
	conversation_init(table, conversation, key, direction);
}

/* ---- slices ---- */

static int64_t conversation_until(struct conversations *table, int64_t instant)
{
	if (!table->events.next_change)
		return INT64_MAX;
	if (instant >= table->window_from && instant < table->window_until)
		return table->window_until;
	int64_t next = table->events.next_change(table->events.context,
						 conversation_second(instant));
	table->window_from = instant;
	table->window_until = next >= INT64_MAX / NANOSECONDS ? INT64_MAX :
								next * NANOSECONDS;
	return table->window_until;
}

/* True if the silence that a packet ends is the longest of the slice. None is
 * measured from a late packet: newer ones came before it. */
static bool conversation_hear(struct conversation *slice, int64_t instant)
{
	if (slice->flags & CONVERSATION_LATE || instant <= slice->last)
		return false;
	uint64_t gap = (uint64_t)instant - (uint64_t)slice->last;
	uint64_t seconds = gap / NANOSECONDS + (gap % NANOSECONDS != 0);
	if (seconds <= slice->silence)
		return false;
	slice->silence = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
	return true;
}

/* The silence that `instant` ends is the new slice's. */
static void conversation_next_slice(struct conversations *table, struct conversation *slice,
				    int64_t instant)
{
	bool late = instant < slice->first;

	conversation_end(table, slice, false);
	slice->silence = 0;
	conversation_hear(slice, instant);
	memset(slice->packets, 0, sizeof(slice->packets));
	memset(slice->bytes, 0, sizeof(slice->bytes));
	slice->errors = 0;
	slice->error_bytes = 0;
	memset(slice->other, 0, sizeof(slice->other));
	slice->flags = (uint8_t)((slice->flags | CONVERSATION_CONTINUED) &
				 ~(CONVERSATION_WATCHED | CONVERSATION_SUSPECT |
				   CONVERSATION_SUSPECT_RESPONDER | CONVERSATION_LATE));
	if (late)
		slice->flags |= CONVERSATION_LATE;
}

static bool conversation_is_fresh(const struct conversation *slice)
{
	return slice->packets[0] + slice->packets[1] + slice->errors == 0;
}

/* A packet that comes late belongs to an earlier slice if a verdict could change
 * between the two. */
static bool conversation_leaves_slice(struct conversations *table,
				      const struct conversation *slice, int64_t instant)
{
	if (instant >= slice->first)
		return instant >= slice->until;
	return conversation_until(table, instant) != slice->until;
}

/* Every packet of a slice, errors included, first comes here. True: it begins it,
 * or ends its longest silence. */
static bool conversation_touch(struct conversations *table, struct conversation *slice,
			       const struct capture_packet *packet)
{
	if (!conversation_is_fresh(slice) &&
	    conversation_leaves_slice(table, slice, packet->instant))
		conversation_next_slice(table, slice, packet->instant);
	if (!conversation_is_fresh(slice)) {
		bool longest = conversation_hear(slice, packet->instant);
		if (packet->instant > slice->last)
			slice->last = packet->instant;
		else if (packet->instant < slice->first)
			slice->first = packet->instant;
		return longest;
	}
	slice->file = packet->file;
	slice->number = packet->number;
	slice->first = slice->last = packet->instant;
	slice->until = conversation_until(table, packet->instant);
	return true;
}

/* `news`: the packet tells what could make it worth watching. */
static void conversation_tell(struct conversations *table, struct conversation *slice,
			      const struct capture_packet *packet, bool news)
{
	const struct conversation_events *events = &table->events;

	if (news && events->watch && !(slice->flags & CONVERSATION_WATCHED) &&
	    events->watch(events->context, slice))
		slice->flags |= CONVERSATION_WATCHED;
	if (slice->flags & CONVERSATION_WATCHED && events->packet)
		events->packet(events->context, slice, packet);
}

/* ---- packets ---- */

/* The innermost tag that names a VLAN is the station's. */
static struct origin conversation_origin(const struct decode_flow *flow)
{
	struct origin origin = { .vlan = 0 };

	if (flow->flags & (DECODE_MACS | DECODE_SOURCE_MAC))
		origin.mac = flow->source_mac;
	for (unsigned i = flow->vlan_count; i > 0 && origin.vlan == 0; i--)
		origin.vlan = flow->vlan[i - 1];
	return origin;
}

/* True if the side was not suspect before and is now. */
static bool conversation_suspect(const struct conversations *table,
				 struct conversation *slice, int side, struct origin origin)
{
	const struct conversation_events *events = &table->events;

	if (!events->is_suspect || !events->is_suspect(events->context, slice, side, origin))
		return false;
	slice->flags |= (uint8_t)(CONVERSATION_SUSPECT << side);
	return true;
}

/* True if the packet came from where its sender should not be. */
static bool conversation_place(const struct conversations *table, struct conversation *slice,
			       const struct decode_flow *flow, int side)
{
	static const struct origin unknown;
	struct origin origin = conversation_origin(flow);

	if (origin_equal(origin, slice->origin[side]) ||
	    origin_equal(origin, slice->other[side]) ||
	    (slice->flags & CONVERSATION_SUSPECT << side))
		return false;
	if (origin_equal(slice->origin[side], unknown))
		slice->origin[side] = origin;
	else
		slice->other[side] = origin;
	return conversation_suspect(table, slice, side, origin);
}

/* True if it tells something new of the slice. */
static bool conversation_note(const struct conversations *table, struct conversation *slice,
			      const struct decode_flow *flow, int direction)
{
	bool news = conversation_place(table, slice, flow, direction);

	if (direction == FROM_RESPONDER) {
		slice->state |= TCP_ANSWERED;
		news |= slice->packets[FROM_RESPONDER] == 0;
	}
	if (flow->tcp_flags & (TCP_FIN | TCP_RST))
		slice->state |= TCP_CLOSED;
	if (flow->flags & DECODE_ENVELOPE)
		slice->flags |= CONVERSATION_ENVELOPE;
	if (flow->flags & DECODE_MIRROR)
		slice->flags |= CONVERSATION_MIRROR;
	return news;
}

/* ---- content ---- */

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

/* Later fragments hold no beginning of anything. True if the slice was turned. */
static bool conversation_content(struct conversations *table, struct conversation *slice,
				 int side, const struct decode_flow *flow,
				 const struct capture_packet *packet)
{
	const struct conversation_events *events = &table->events;
	uint8_t basis = slice->basis;

	if (!events->content || flow->flags & (DECODE_LATER_FRAGMENT | DECODE_ENVELOPE) ||
	    !events->content(events->context, slice, side, flow, packet))
		return false;
	if (slice->protocol == PROTOCOL_TCP && slice->kind != DECODE_LINK) {
		table->counts.basis[basis]--;
		table->counts.basis[CONVERSATION_PAYLOAD]++;
	}
	return true;
}

static void conversation_lose(struct conversations *table,
			      const struct capture_packet *packet,
			      const struct fragment_held *held)
{
	table->counts.lost_packets += 1 + held->packets;
	table->counts.lost_bytes += packet->length + held->bytes;
}

static void conversation_flow_add(struct conversations *table, struct decode_flow *flow,
				  const struct capture_packet *packet)
{
	struct fragment_held held = { 0 };
	int direction = FROM_INITIATOR;

	if (flow->flags & (DECODE_FRAGMENT | DECODE_LATER_FRAGMENT) &&
	    !fragment_resolve(table->fragments, flow, packet->length, &held))
		return;
	struct key key = conversation_key(flow);
	uint32_t hash = conversation_hash(&key);
	struct record *record = conversation_find(table, &key, hash, &direction);
	if (!record) {
		record = conversation_new(table, &key, hash, packet->instant, &direction);
	} else if (conversation_is_reused(&record->conversation, flow, direction,
					  packet->instant)) {
		conversation_restart(table, &record->conversation, &key, &direction);
	}
	if (!record) {
		conversation_lose(table, packet, &held);
		return;
	}
	struct conversation *slice = &record->conversation;
	bool news = conversation_touch(table, slice, packet);
	news |= conversation_note(table, slice, flow, direction);
	slice->packets[direction] += 1 + held.packets;
	slice->bytes[direction] += packet->length + held.bytes;
	news |= conversation_content(table, slice, direction, flow, packet);
	conversation_tell(table, slice, packet, news);
}

/* True if the error belongs to a conversation that was seen. */
static bool conversation_error_add(struct conversations *table,
				   const struct decode_flow *quoted,
				   const struct capture_packet *packet)
{
	struct key key = conversation_key(quoted);
	int direction;
	struct record *record = conversation_find(table, &key, conversation_hash(&key),
						  &direction);

	if (!record)
		return false;
	struct conversation *slice = &record->conversation;
	bool news = conversation_touch(table, slice, packet);
	slice->errors++;
	slice->error_bytes += packet->length;
	table->counts.icmp_errors++;
	conversation_tell(table, slice, packet, news);
	return true;
}

static void conversation_unreadable(struct conversation_counts *counts,
				    enum decode_result result)
{
	if (result == DECODE_TRUNCATED)
		counts->truncated++;
	else if (result == DECODE_MALFORMED)
		counts->malformed++;
	else
		counts->unknown_link++;
}

static void conversation_count(struct conversation_counts *counts,
			       const struct capture_packet *packet)
{
	if (counts->packets == 0 || packet->instant < counts->first)
		counts->first = packet->instant;
	if (counts->packets == 0 || packet->instant > counts->last)
		counts->last = packet->instant;
	counts->packets++;
	counts->bytes += packet->length;
}

/* What a fragment carries is cut anyway: its first tells. */
static bool conversation_hides_inside(const struct decode_frame *frame)
{
	return frame->cut && (frame->flow[frame->count - 1].flags & DECODE_ENVELOPE) != 0;
}

void conversations_add(struct conversations *table, const struct capture_packet *packet)
{
	struct decode_frame *frame = &table->frame;
	enum decode_result result = decode_frame(frame, packet->link, packet->bytes,
						 packet->captured);

	conversation_count(&table->counts, packet);
	if (result != DECODE_OK) {
		conversation_unreadable(&table->counts, result);
		return;
	}
	table->counts.hidden += conversation_hides_inside(frame);
	for (unsigned i = 0; i < frame->count; i++) {
		bool error = i + 1 == frame->count && frame->has_quoted;
		if (!error || !conversation_error_add(table, &frame->quoted, packet))
			conversation_flow_add(table, &frame->flow[i], packet);
	}
}

void conversations_finish(struct conversations *table)
{
	for (size_t i = 0; i < table->store.high; i++)
		if (record_at(&table->store, i)->used)
			conversation_drop(table, i);
}

struct conversation_counts conversations_counts(const struct conversations *table)
{
	struct conversation_counts counts = table->counts;

	counts.fragments_orphaned = fragments_orphaned(table->fragments);
	return counts;
}
