/* SPDX-License-Identifier: Apache-2.0
 *
 * Fragments by datagram: sets of FRAGMENT_WAYS, in which the one that was used
 * longest ago gives way. */
#include "config.h"
#include "verifier/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FRAGMENT_WAYS = 8 };

struct datagram {
	uint8_t source[16], destination[16];
	uint32_t identification;
	uint8_t kind, protocol; /* protocol 0 for IPv6: RFC 8200 identifies without it */
	bool used, known;
	uint16_t source_port, destination_port, icmp_identifier, flags;
	uint64_t touched;
	struct fragment_held held;
};

struct fragments {
	struct datagram *datagrams;
	size_t sets;
	uint64_t clock;
	uint64_t gone; /* fragments that gave way */
};

struct fragments *fragments_create(size_t limit)
{
	struct fragments *table = memory_alloc(sizeof(*table));

	table->sets = (limit + FRAGMENT_WAYS - 1) / FRAGMENT_WAYS;
	table->datagrams = memory_array(table->sets * FRAGMENT_WAYS,
					sizeof(*table->datagrams));
	return table;
}

void fragments_destroy(struct fragments *table)
{
	if (!table)
		return;
	free(table->datagrams);
	free(table);
}

static size_t fragment_set(const struct fragments *table, const struct decode_flow *flow)
{
	uint64_t hash = flow->fragment * 0x9e3779b97f4a7c15u;

	for (unsigned i = 0; i < 16; i++) {
		hash = (hash ^ flow->source[i]) * 0x100000001b3u;
		hash = (hash ^ flow->destination[i]) * 0x100000001b3u;
	}
	return (size_t)((hash ^ hash >> 29) % table->sets);
}

static bool fragment_same(const struct datagram *datagram, const struct decode_flow *flow)
{
	return datagram->used && datagram->identification == flow->fragment &&
	       datagram->kind == flow->kind &&
	       (flow->kind == DECODE_IPV6 || datagram->protocol == flow->protocol) &&
	       memcmp(datagram->source, flow->source, 16) == 0 &&
	       memcmp(datagram->destination, flow->destination, 16) == 0;
}

static struct datagram *fragment_datagram(struct fragments *table,
					  const struct decode_flow *flow)
{
	struct datagram *set = &table->datagrams[fragment_set(table, flow) * FRAGMENT_WAYS];
	struct datagram *oldest = set;

	for (unsigned i = 0; i < FRAGMENT_WAYS; i++) {
		if (fragment_same(&set[i], flow))
			return &set[i];
		if (set[i].touched < oldest->touched)
			oldest = &set[i];
	}
	table->gone += oldest->held.packets;
	*oldest = (struct datagram){ .used = true, .identification = flow->fragment,
				     .kind = flow->kind, .protocol = flow->protocol };
	memcpy(oldest->source, flow->source, 16);
	memcpy(oldest->destination, flow->destination, 16);
	return oldest;
}

/* Identifications are used again: a first fragment always begins anew, but for
 * what came just before it. */
static void fragment_learn(struct datagram *datagram, const struct decode_flow *flow,
			   struct fragment_held *held)
{
	*held = datagram->held;
	datagram->held = (struct fragment_held){ 0 };
	datagram->known = true;
	datagram->source_port = flow->source_port;
	datagram->destination_port = flow->destination_port;
	datagram->icmp_identifier = flow->identifier;
	datagram->flags = flow->flags & (DECODE_PORTS | DECODE_ICMP_REPLY);
	datagram->protocol = flow->protocol;
}

bool fragment_resolve(struct fragments *table, struct decode_flow *flow, uint32_t length,
		      struct fragment_held *held)
{
	struct datagram *datagram = fragment_datagram(table, flow);

	*held = (struct fragment_held){ 0 };
	datagram->touched = ++table->clock;
	if (flow->flags & DECODE_FRAGMENT) {
		fragment_learn(datagram, flow, held);
		return true;
	}
	if (!datagram->known) {
		datagram->held.packets++;
		datagram->held.bytes += length;
		return false;
	}
	flow->source_port = datagram->source_port;
	flow->destination_port = datagram->destination_port;
	flow->identifier = datagram->icmp_identifier;
	flow->protocol = datagram->protocol;
	flow->flags |= datagram->flags;
	return true;
}

uint64_t fragments_orphaned(const struct fragments *table)
{
	uint64_t orphaned = table->gone;

	for (size_t i = 0; i < table->sets * FRAGMENT_WAYS; i++)
		orphaned += table->datagrams[i].held.packets;
	return orphaned;
}
