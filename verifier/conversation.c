/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of conversations, and what each packet adds to it. */
#include "config.h"
#include "verifier/conversation_parts.h"

#include <stdlib.h>

#include "base/memory.h"

/* A closed conversation gives way so soon, seconds; so many records a packet are looked
 * at for one. */
enum { TCP_LINGER = 10, EXPIRE_STEPS = 64 };

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

/* ---- ending ---- */

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

/* NULL: the table is full. */
static struct record *conversation_new(struct conversations *table,
				       const struct conversation_key *key, uint32_t hash,
				       int64_t now, int *direction)
{
	if (table->store.used >= table->limits.conversations &&
	    !conversation_make_room(table, now))
		return NULL;
	struct record *record = record_insert(&table->store, hash);
	conversation_begin(table, &record->conversation, key, direction);
	return record;
}

static void conversation_restart(struct conversations *table,
				 struct conversation *conversation,
				 const struct conversation_key *key, int *direction)
{
	conversation_end(table, conversation, true);
	*conversation = (struct conversation){ 0 };
	conversation_begin(table, conversation, key, direction);
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

/* ---- what the consumer is told ---- */

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

/* ---- adding ---- */

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
	struct conversation_key key = conversation_key(flow);
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
	struct conversation_key key = conversation_key(quoted);
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
