/* SPDX-License-Identifier: Apache-2.0
 *
 * What a filter does with one packet: its lists walked entry by entry, without
 * any of the engines. */
#ifndef TESTS_NAIVE_FILTER_ADMITS_H
#define TESTS_NAIVE_FILTER_ADMITS_H

#include <string.h>

#include "compiler/filter.h"

struct filter_packet {
	const char *in, *out;
	struct address source, destination;
	unsigned protocol, sport, dport; /* of ICMP type and code */
	int64_t instant;
};

static bool filter_entry_holds(const struct filter *filter, const struct filter_entry *entry,
			       const struct filter_packet *packet)
{
	const struct filter_activity *activity = &filter->activities[entry->activity];

	return address_set_contains(entry->source, packet->source) &&
	       address_set_contains(entry->destination, packet->destination) &&
	       set_contains(entry->protocols, packet->protocol) &&
	       set_contains(entry->src_ports, packet->sport) &&
	       set_contains(entry->dst_ports, packet->dport) &&
	       (entry->activity == 0 ||
		set_contains(activity->windows, (u128)packet->instant));
}

/* Of entries that match these packets or fewer: `most` that can pass, or least. */
static bool filter_list_admits(const struct filter *filter, const struct filter_pair *pair,
			       const struct filter_packet *packet, bool most)
{
	for (size_t i = 0; i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		if (filter_entry_holds(filter, entry, packet) &&
		    (!entry->uncertain || entry->allow == most))
			return entry->allow;
	}
	return false;
}

static bool filter_admits_bound(const struct filter *filter, const struct filter_packet *packet,
				bool most)
{
	const struct filter_pair *pair = NULL;

	for (size_t i = 0; i < filter->pair_count; i++)
		if (strcmp(filter->pairs[i].in, packet->in) == 0 &&
		    strcmp(filter->pairs[i].out, packet->out) == 0)
			pair = &filter->pairs[i];
	bool admits = pair != NULL;
	for (; pair != NULL; pair = pair->also)
		admits = admits && filter_list_admits(filter, pair, packet, most);
	return admits;
}

static inline bool filter_admits(const struct filter *filter, const struct filter_packet *packet)
{
	return filter_admits_bound(filter, packet, true);
}

#endif
