/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries that say the same. Two operations of a service that share a port are one
 * entry to a device that sees headers only, and so are the places of a group that
 * two zones declare. The first of them decides, so the others go. */
#include "config.h"
#include "compiler/place.h"

#include <stdlib.h>

#include "base/memory.h"

enum { NONE = 0 }; /* entries are counted from 1 */

static bool entry_equal(const struct filter_entry *a, const struct filter_entry *b)
{
	if (a->log != b->log || a->activity != b->activity || a->payload != b->payload ||
	    a->idle_seconds != b->idle_seconds || a->rule_count != b->rule_count)
		return false;
	for (size_t i = 0; i < a->rule_count; i++)
		if (a->rules[i] != b->rules[i])
			return false;
	return address_set_equal(a->source, b->source) &&
	       address_set_equal(a->destination, b->destination) &&
	       set_equal(a->protocols, b->protocols) && set_equal(a->src_ports, b->src_ports) &&
	       set_equal(a->dst_ports, b->dst_ports);
}

/* Equal entries come from the same rules, so each is held only against those whose
 * first rule is its own: as many as the rule has services, times the groups of its
 * addresses. */
void place_unique(struct place *place)
{
	struct filter_entry *entries = place->entries.data;
	size_t *last = memory_array(place->model->rule_count + 1, sizeof(*last));
	size_t *before = memory_array(place->entries.len + 1, sizeof(*before));
	size_t kept = 0;

	for (size_t i = 0; i < place->entries.len; i++) {
		uint32_t rule = entries[i].rules[0]->index;
		size_t same = last[rule];
		while (same != NONE && !entry_equal(&entries[same - 1], &entries[i]))
			same = before[same];
		if (same != NONE)
			continue;
		entries[kept++] = entries[i];
		before[kept] = last[rule];
		last[rule] = kept;
	}
	place->entries.len = kept;
	free(before);
	free(last);
}
