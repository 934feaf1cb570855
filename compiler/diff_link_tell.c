/* SPDX-License-Identifier: Apache-2.0
 *
 * Stations and ethertypes in words. The stations of a zone are the zone, or what tells
 * them from the others in it: assets, VLANs, addresses. */
#include "config.h"
#include "compiler/diff_parts.h"

#include "compiler/describe.h"

enum { NAMED_MAX = 6, EXCEPTIONS_MAX = 3 };

/* ---- ethertypes ---- */

static void ethertypes_list(const struct set *ethertypes, struct strbuf *text)
{
	for (size_t i = 0; i < ethertypes->len; i++) {
		unsigned lo = (unsigned)ethertypes->range[i].lo, hi = (unsigned)ethertypes->range[i].hi;
		if (i == NAMED_MAX) {
			strbuf_printf(text, " and %zu more", ethertypes->len - i);
			return;
		}
		strbuf_printf(text, lo == hi ? "%s0x%04x" : "%s0x%04x-0x%04x", i > 0 ? ", " : "", lo,
			      hi);
	}
}

void diff_ethertypes_tell(const struct set *ethertypes, struct arena *arena, struct strbuf *text)
{
	const struct set *missing = set_subtract(arena, diff_link_ethertypes(arena), ethertypes);

	if (missing->len > EXCEPTIONS_MAX || missing->len >= ethertypes->len) {
		strbuf_puts(text, "ethertype ");
		ethertypes_list(ethertypes, text);
		return;
	}
	strbuf_puts(text, "any ethertype");
	if (!set_is_empty(missing))
		strbuf_puts(text, " except ");
	ethertypes_list(missing, text);
}

/* ---- stations ---- */

VEC_TYPE(name_list, const char *);

/* For people assets and zones have names; programs get MACs and ranges. */
struct naming {
	const struct diff_space *space;
	enum diff_side side;
	bool words;
	struct name_list names;
};

static void name_ranges(struct naming *naming, struct address_set addresses)
{
	char buffer[ADDRESS_RANGE_TEXT];

	for (int f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; i < addresses.family[f]->len; i++) {
			struct address_range range = { addresses.family[f]->range[i].lo,
						       addresses.family[f]->range[i].hi,
						       (enum family)f };
			vec_push(&naming->names,
				 arena_strdup(naming->space->arena,
					      address_range_print(&range, buffer)));
		}
}

static void name_addresses(struct naming *naming, struct address_set addresses)
{
	struct strbuf text = STRBUF_INIT;

	if (address_set_is_empty(addresses))
		return;
	if (!naming->words) {
		name_ranges(naming, addresses);
		return;
	}
	describe_addresses(&text, naming->space->model[naming->side], addresses);
	vec_push(&naming->names, arena_strdup(naming->space->arena, strbuf_text(&text)));
	strbuf_release(&text);
}

static void name_station(struct naming *naming, const struct diff_station *station)
{
	struct arena *arena = naming->space->arena;
	size_t before = naming->names.len;
	char mac[MAC_TEXT];

	for (size_t i = 0; i < station->mac_count; i++)
		vec_push(&naming->names,
			 naming->words ? station->macs[i].asset[naming->side]->name
				       : arena_strdup(arena, mac_print(&station->macs[i].mac, mac)));
	for (size_t i = 0; i < station->vlans->len; i++)
		for (u128 v = station->vlans->range[i].lo; v <= station->vlans->range[i].hi; v++)
			vec_push(&naming->names, arena_printf(arena, "vlan %u", (unsigned)v));
	name_addresses(naming, station->addresses);
	if (naming->names.len == before && station->zone[naming->side] != ZONE_NONE)
		vec_push(&naming->names,
			 naming->space->model[naming->side]->zones[station->zone[naming->side]].name);
}

static void name_stations(struct naming *naming, const struct set *stations)
{
	for (size_t i = 0; i < stations->len; i++)
		for (u128 s = stations->range[i].lo; s <= stations->range[i].hi; s++)
			name_station(naming, &naming->space->stations.list[s]);
}

static void names_join(const struct name_list *names, struct strbuf *text)
{
	for (size_t i = 0; i < names->len && i < NAMED_MAX; i++)
		strbuf_printf(text, "%s%s", i > 0 ? ", " : "", names->data[i]);
	if (names->len > NAMED_MAX)
		strbuf_printf(text, " and %zu more", names->len - NAMED_MAX);
}

static void name_zone(struct naming *naming, zone_id z, const struct set *stations)
{
	const struct diff_space *space = naming->space;
	const struct set *own = space->stations.of_zone[naming->side][z];
	const struct set *missing = set_subtract(space->arena, own, stations);
	struct naming except = { space, naming->side, true, VEC_INIT };
	struct strbuf text = STRBUF_INIT;

	if (set_size(missing) > EXCEPTIONS_MAX || 2 * set_size(missing) > set_size(own)) {
		name_stations(naming, set_intersect(space->arena, own, stations));
		return;
	}
	strbuf_puts(&text, space->model[naming->side]->zones[z].name);
	if (!set_is_empty(missing))
		strbuf_puts(&text, " except ");
	name_stations(&except, missing);
	names_join(&except.names, &text);
	vec_push(&naming->names, arena_strdup(space->arena, strbuf_text(&text)));
	vec_free(&except.names);
	strbuf_release(&text);
}

void diff_stations_tell(const struct diff_space *space, enum diff_side side,
			const struct set *stations, struct strbuf *text)
{
	struct naming naming = { space, side, true, VEC_INIT };
	size_t zones = space->model[side]->zone_count, whole = 0;

	for (zone_id z = 0; z < zones; z++) {
		whole += set_is_subset(space->stations.of_zone[side][z], stations);
		if (set_overlaps(space->stations.of_zone[side][z], stations))
			name_zone(&naming, z, stations);
	}
	if (whole == zones && naming.names.len > 1)
		strbuf_puts(text, "any");
	else
		names_join(&naming.names, text);
	vec_free(&naming.names);
}

struct diff_names diff_stations_names(const struct diff_space *space, enum diff_side side,
				      const struct set *stations)
{
	struct naming naming = { space, side, false, VEC_INIT };

	name_stations(&naming, stations);
	struct diff_names names = {
		arena_copy(space->arena, naming.names.data, naming.names.len * sizeof(const char *)),
		naming.names.len,
	};
	vec_free(&naming.names);
	return names;
}
