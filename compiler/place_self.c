/* SPDX-License-Identifier: Apache-2.0
 *
 * What is let to the device itself, interface by interface: management from the
 * addresses behind it, control-plane protocols and what IPv6 needs from there
 * and from its own link. */
#include "config.h"
#include "compiler/place.h"

#include <string.h>

static struct address_set place_link(struct place *place)
{
	static const char *const texts[] = { "169.254.0.0/16", "0.0.0.0", "fe80::/10", "::" };
	struct address_set link = address_set_empty();
	struct address_range range;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (address_range_parse(texts[i], strlen(texts[i]), &range))
			link = address_set_union(place->arena, link,
						 address_set_range(place->arena, range));
	return link;
}

static void place_own_rule(struct place *place, const struct rule *rule,
			   struct address_set near)
{
	const struct pair *pair = &rule->pairs[0];
	struct place_rule placed = { .rule = rule };
	struct place_group product = {
		address_set_intersect(place->arena, pair->source, near),
		pair->destination.unicast,
	};
	struct filter_entry entry;

	for (size_t i = 0; i < rule->match_count; i++)
		if (!rule->matches[i].ethertype_rule &&
		    place_entry(place, &placed, &rule->matches[i], &product, &entry))
			vec_push(&place->entries, entry);
}

void place_self(struct place *place, size_t in)
{
	const struct device *device = place->device;
	struct address_set near = address_set_union(
		place->arena, place->filter->interfaces[in].behind, place_link(place));
	struct filter_pair pair = { .in = device->interfaces[in].name, .out = FILTER_SELF };

	place->entries.len = 0;
	for (size_t i = 0; i < device->own_count; i++)
		place_own_rule(place, &device->own[i], near);
	pair.entry_count = place->entries.len;
	if (pair.entry_count > 0)
		pair.entries = arena_copy(place->arena, place->entries.data,
					  place->entries.len * sizeof(*place->entries.data));
	vec_push(&place->pairs, pair);
}
