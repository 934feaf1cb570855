/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of violations: uthash over the fields that make two alike. */
#include "config.h"
#include "verifier/violation.h"

#include <string.h>
#include <uthash.h>

#include "base/memory.h"

/* What makes two violations one: padding is zeroed, so it compares as bytes. */
struct violation_key {
	u128 source, destination;
	struct mac source_mac, destination_mac;
	uint16_t ethertype, src_port, dst_port; /* src_port: ICMP types only */
	operation_id operation;
	uint8_t kind, family, protocol;
};

struct violation_node {
	struct violation_key key;
	struct violation violation;
	UT_hash_handle hh;
};

struct violation_table {
	struct arena arena;
	struct violation_node *nodes;
	struct violation **sorted;
	size_t limit;
	uint64_t lost;
};

const char *violation_kind_name(enum violation_kind kind)
{
	static const char *const names[VIOLATION_KIND_COUNT] = {
		"not-allowed",	  "denied",	      "outside-time",  "over-idle",
		"operation-not-allowed", "foreign-content", "unexpected-protocol",
		"spoofed-source", "misplaced-source", "unknown-asset",
	};
	return names[kind];
}

struct violation_table *violation_table_create(size_t limit)
{
	struct violation_table *table = memory_alloc(sizeof(*table));

	arena_init(&table->arena);
	table->limit = limit;
	return table;
}

void violation_table_destroy(struct violation_table *table)
{
	if (table == NULL)
		return;
	HASH_CLEAR(hh, table->nodes);
	arena_release(&table->arena);
	free(table->sorted);
	free(table);
}

struct arena *violation_table_arena(struct violation_table *table)
{
	return &table->arena;
}

/* A source that is out of place is one finding whatever it talks to. */
static bool violation_is_of_flow(enum violation_kind kind)
{
	return kind != VIOLATION_SPOOFED_SOURCE && kind != VIOLATION_MISPLACED_SOURCE &&
	       kind != VIOLATION_UNKNOWN_ASSET;
}

static struct violation_key violation_key_of(const struct violation *like)
{
	struct violation_key key;
	const struct flow *flow = &like->flow;

	memset(&key, 0, sizeof(key));
	key.kind = (uint8_t)like->kind;
	key.family = (uint8_t)flow->source.family;
	key.source = flow->source.value;
	key.source_mac = like->source_mac;
	if (!violation_is_of_flow(like->kind))
		return key;
	key.destination = flow->destination.value;
	key.destination_mac = like->destination_mac;
	key.ethertype = flow->ethertype;
	key.protocol = flow->protocol;
	key.dst_port = flow->dst_port;
	key.operation = flow->operation;
	if (flow->protocol == 1 || flow->protocol == 58)
		key.src_port = flow->src_port;
	return key;
}

static struct violation_node *violation_new(struct violation_table *table,
					    const struct violation_key *key,
					    const struct violation *like)
{
	struct violation_node *node = arena_alloc(&table->arena, sizeof(*node));

	node->key = *key;
	node->violation.kind = like->kind;
	node->violation.flow = like->flow;
	node->violation.source_mac = like->source_mac;
	node->violation.destination_mac = like->destination_mac;
	node->violation.source_zone = like->source_zone;
	node->violation.destination_zone = like->destination_zone;
	HASH_ADD(hh, table->nodes, key, sizeof(node->key), node);
	return node;
}

static void violation_sum(struct violation *violation, const struct violation_sighting *seen)
{
	if (violation->conversations == 0 || seen->first < violation->first) {
		violation->first = seen->first;
		violation->file = seen->file;
		violation->packet = seen->packet;
	}
	if (violation->conversations == 0 || seen->last > violation->last)
		violation->last = seen->last;
	if (violation->conversations == 0 || !seen->again)
		violation->conversations++;
	violation->packets += seen->packets;
	violation->bytes += seen->bytes;
	for (int kind = 0; kind < PROTO_KINDS; kind++)
		violation->operations[kind] += seen->operations[kind];
	if (seen->about != NULL)
		about_merge(&violation->about, seen->about);
}

struct violation *violation_add(struct violation_table *table, const struct violation *like,
				const struct violation_sighting *seen, bool *fresh)
{
	struct violation_key key = violation_key_of(like);
	struct violation_node *node;

	HASH_FIND(hh, table->nodes, &key, sizeof(key), node);
	*fresh = node == NULL;
	if (node == NULL) {
		if (HASH_COUNT(table->nodes) >= table->limit) {
			table->lost++;
			return NULL;
		}
		node = violation_new(table, &key, like);
	}
	violation_sum(&node->violation, seen);
	return &node->violation;
}

uint64_t violation_table_lost(const struct violation_table *table)
{
	return table->lost;
}

static int violation_order_u128(u128 a, u128 b)
{
	return a < b ? -1 : a > b;
}

static int violation_order(const void *left, const void *right)
{
	const struct violation *a = *(struct violation *const *)left;
	const struct violation *b = *(struct violation *const *)right;
	struct violation_key x = violation_key_of(a), y = violation_key_of(b);
	int order;

	if (a->source_zone != b->source_zone)
		return a->source_zone < b->source_zone ? -1 : 1;
	if (a->destination_zone != b->destination_zone)
		return a->destination_zone < b->destination_zone ? -1 : 1;
	if (x.kind != y.kind)
		return x.kind < y.kind ? -1 : 1;
	if (x.family != y.family)
		return x.family < y.family ? -1 : 1;
	if ((order = violation_order_u128(x.source, y.source)) != 0 ||
	    (order = violation_order_u128(x.destination, y.destination)) != 0)
		return order;
	if (x.protocol != y.protocol)
		return x.protocol < y.protocol ? -1 : 1;
	if (x.dst_port != y.dst_port)
		return x.dst_port < y.dst_port ? -1 : 1;
	return memcmp(&x, &y, sizeof(x));
}

struct violation **violation_table_sorted(struct violation_table *table, size_t *count)
{
	struct violation_node *node, *next;
	size_t len = 0;

	*count = HASH_COUNT(table->nodes);
	free(table->sorted);
	table->sorted = memory_array(*count + 1, sizeof(struct violation *));
	HASH_ITER(hh, table->nodes, node, next)
		table->sorted[len++] = &node->violation;
	qsort(table->sorted, len, sizeof(struct violation *), violation_order);
	return table->sorted;
}
