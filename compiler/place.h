/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of filter_place(): the state of one placement, shared by the files
 * place*.c. Others use compiler/filter.h. */
#ifndef COMPILER_PLACE_H
#define COMPILER_PLACE_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "compiler/filter.h"
#include "compiler/payload.h"
#include "compiler/topology.h"

/* The last second that a time window may hold: nftables counts nanoseconds in
 * 64 bits. */
#define INSTANT_LAST ((u128)9223372035)

/* A rule that is active in the mode and at some time before the horizon. */
struct place_rule {
	const struct rule *rule;
	struct match *matches; /* merged */
	size_t match_count;
	uint32_t activity;
};

/* A product of addresses. */
struct place_group {
	struct address_set source, destination;
};

/* A deny of single operations, which the device cannot see. */
struct place_operation_deny {
	struct filter_entry entry;
	struct content content;
};

struct place {
	struct arena *arena;
	const struct model *model;
	const struct device *device;
	const struct place_options *options;
	struct filter *filter;
	struct topology *topology;
	struct place_rule *rules;
	size_t rule_count;
	uint8_t *explained;              /* by rule index: the kinds of remainder it has, as bits */
	VEC(struct filter_activity) activities;
	VEC(struct filter_payload) payloads;
	VEC(struct filter_pair) pairs;
	VEC(struct filter_remainder) remainder;
	/* of the pair of interfaces being placed */
	bool *crosses;                   /* zone * zone: may cross between them */
	struct place_group *groups;      /* unicast: what may send to what */
	size_t group_count;
	VEC(struct filter_entry) entries;
	VEC(struct place_operation_deny) operation_denies;
};

/* The index of an activity with this label and these windows, added if new. */
uint32_t place_activity(struct place *place, const struct set *windows, const char *label);

/* True if the device carries nothing that the zone sends between the interfaces. */
bool place_row_is_empty(const struct place *place, zone_id zone);
/* The entry of one rule and service for a product of addresses; false if it
 * matches nothing in either family. */
bool place_entry(struct place *place, const struct place_rule *placed,
		 const struct match *match, const struct place_group *product,
		 struct filter_entry *entry);

/* place_operations.c: the projection of operations onto headers. */
void place_deny_operations(struct place *place, const struct filter_entry *entry,
			   const struct match *match);
void place_allow(struct place *place, const struct filter_entry *entry,
		 const struct match *match);

/* place_payload.c: what an inspecting device tells apart. */
/* The protocol whose requests the device tells apart; NULL: it sees headers alone. */
const struct payload_protocol *place_inspected(const struct place *place,
					       const struct match *match);
/* True if it tells them, but not over the transport of the match: nothing passes. */
bool place_is_unseen(const struct place *place, const struct match *match);
/* The index of what contents look like, housekeeping of the protocol included. */
uint32_t place_payload(struct place *place, const struct payload_protocol *protocol,
		       const struct match *match, struct contents contents);
void place_explain_payload(struct place *place, const struct rule *rule,
			   const struct match *match);
void place_explain_inspection(struct place *place);
void place_payload_finish(struct place *place);

/* place_multicast.c: groups that zones declare, and what is local to a zone. */
void place_multicast(struct place *place, bool denies);

/* place_unique.c: of equal entries of a pair the first stays. */
void place_unique(struct place *place);

/* place_self.c: the pair of an interface and the device itself. */
void place_self(struct place *place, size_t in);

/* place_device.c: what a routed device has no part in. */
void place_explain_stations(struct place *place);
/* What a rule has once of each kind. */
enum place_kind { PLACE_OPERATIONS, PLACE_DENY_OPERATIONS, PLACE_REFUSED };
void place_explain(struct place *place, const struct rule *rule, enum place_kind kind,
		   const char *message);
void place_remainder(struct place *place, const char *kind, const struct rule *rule,
		     const char *message);

#endif
