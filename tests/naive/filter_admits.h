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

static bool filter_pair_admits(const struct filter *filter, const struct filter_pair *pair,
			       const struct filter_packet *packet)
{
	for (size_t i = 0; i < pair->entry_count; i++)
		if (filter_entry_holds(filter, &pair->entries[i], packet))
			return pair->entries[i].allow;
	return false;
}

static bool filter_admits(const struct filter *filter, const struct filter_packet *packet)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		if (strcmp(filter->pairs[i].in, packet->in) == 0 &&
		    strcmp(filter->pairs[i].out, packet->out) == 0)
			return filter_pair_admits(filter, &filter->pairs[i], packet);
	return false;
}

#endif
