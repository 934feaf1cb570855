/* SPDX-License-Identifier: Apache-2.0
 *
 * What did not conform, aggregated: one violation per (kind, source,
 * destination, service). A bounded table; what no longer fits is counted. */
#ifndef VERIFIER_VIOLATION_H
#define VERIFIER_VIOLATION_H

#include "compiler/model.h"
#include "verifier/nearest.h"
#include "verifier/about.h"

enum violation_kind {
	VIOLATION_NOT_ALLOWED,    /* no active allow matches it */
	VIOLATION_DENIED,         /* an active deny matches it */
	VIOLATION_OUTSIDE_TIME,   /* allowed, but not at this time */
	VIOLATION_OVER_IDLE,      /* allowed, but silent for longer than it may be */
	VIOLATION_OPERATION,      /* allowed, but not this operation */
	VIOLATION_FOREIGN_CONTENT, /* allowed, but its content is not the port's protocol */
	VIOLATION_UNEXPECTED_PROTOCOL, /* an industrial protocol where none is expected */
	VIOLATION_SPOOFED_SOURCE, /* an asset's address from another asset's MAC */
	VIOLATION_MISPLACED_SOURCE, /* a zone's address on another zone's VLAN */
	VIOLATION_UNKNOWN_ASSET,  /* no asset, in a zone whose inventory is complete */
	VIOLATION_KIND_COUNT,
};

const char *violation_kind_name(enum violation_kind kind); /* "not-allowed", ... */

struct violation {
	enum violation_kind kind;
	struct flow flow;             /* the first one; its instant is when it was judged */
	struct mac source_mac, destination_mac; /* ethertype flows and spoofed sources */
	zone_id source_zone, destination_zone;
	const char *detail;           /* "seen on VLAN 202, which is packaging's", may be NULL */
	struct about about;           /* VIOLATION_OPERATION: what they were about */
	uint64_t operations[PROTO_KINDS]; /* ... and how many of each kind */
	struct nearest nearest;
	uint64_t conversations;       /* one whose slices are in breach for several reasons
				       * counts where it was first, and is never none */
	uint64_t packets, bytes;
	int64_t first, last;          /* nanoseconds since 1970 */
	const char *file;             /* of the first packet */
	uint64_t packet;              /* its number in that file, from 1 */
};

/* What was seen of one slice of a conversation that violates. */
struct violation_sighting {
	uint64_t packets, bytes;
	int64_t first, last;
	const char *file;
	uint64_t packet;
	bool again; /* an earlier slice of it was in breach, too */
	uint64_t operations[PROTO_KINDS];
	const struct about *about; /* may be NULL */
};

struct violation_table;

struct violation_table *violation_table_create(size_t limit);
void violation_table_destroy(struct violation_table *table);
struct arena *violation_table_arena(struct violation_table *table);
/* Adds a sighting of `like` (kind, flow, MACs and zones; the rest is ignored).
 * Returns the violation it was added to, or NULL where the table is full;
 * *fresh tells that it is new and wants its nearest rule and detail. */
struct violation *violation_add(struct violation_table *table, const struct violation *like,
				const struct violation_sighting *seen, bool *fresh);
/* Those that no longer fit. */
uint64_t violation_table_lost(const struct violation_table *table);
/* Sorted by zones, kind, source, destination and service; the table owns the array. */
struct violation **violation_table_sorted(struct violation_table *table, size_t *count);

#endif
