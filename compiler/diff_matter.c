/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a fact can be behind flows: by the addresses whose membership it changes, of
 * frames without IP by the stations whose place it tells, a mode by the cells it has. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

static bool fact_is_of_zone(const struct diff_causes *causes, const struct diff_fact *fact,
			    const struct diff_station *station)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		if (station->zone[side] != ZONE_NONE &&
		    strcmp(causes->facts->model[side]->zones[station->zone[side]].name,
			   fact->name) == 0)
			return true;
	return false;
}

static bool fact_is_of_asset(const struct diff_fact *fact, const struct diff_station *station)
{
	for (size_t i = 0; i < station->mac_count; i++)
		for (int side = 0; side < DIFF_SIDES; side++)
			if (strcmp(station->macs[i].asset[side]->name, fact->name) == 0)
				return true;
	return false;
}

/* It says where these stations are. */
static bool fact_places(const struct diff_causes *causes, const struct diff_fact *fact,
			const struct diff_station *station)
{
	if (fact->kind == FACT_ASSET)
		return fact->link && fact_is_of_asset(fact, station);
	if (fact->link)
		return set_contains(station->vlans, fact->vlan);
	if (fact->kind == FACT_ZONE && (fact->everywhere || fact->part == NULL))
		return fact_is_of_zone(causes, fact, station);
	return fact->everywhere || address_set_overlaps(fact->addresses, station->addresses);
}

static bool fact_matters_to_link(const struct diff_causes *causes, const struct diff_fact *fact,
				 const struct set *stations)
{
	for (size_t i = 0; i < stations->len; i++)
		for (u128 s = stations->range[i].lo; s <= stations->range[i].hi; s++)
			if (fact_places(causes, fact, &causes->space->stations.list[s]))
				return true;
	return false;
}

/* Some of the cells are of the mode's column. */
static bool mode_matters(const struct diff_space *space, const char *mode, const struct set *cells)
{
	u128 columns = space->cells[DIFF_OLD].columns, column = 1;

	while (column < columns && strcmp(diff_column_name(space, (uint32_t)column), mode) != 0)
		column++;
	for (size_t i = 0; i < cells->len; i++) {
		u128 lo = cells->range[i].lo;
		if (lo + (column + columns - lo % columns) % columns <= cells->range[i].hi)
			return true;
	}
	return false;
}

bool diff_fact_matters(const struct diff_causes *causes, const struct diff_fact *fact, int aspect,
		       const struct diff_part *part)
{
	struct address_set end = aspect == ASPECT_SOURCE ? part->source : part->destination;

	if (fact->kind == FACT_MODE)
		return mode_matters(causes->space, fact->name, part->set[PART_CELL]);
	if (aspect > ASPECT_DESTINATION)
		return true;
	if (part->link)
		return fact_matters_to_link(causes, fact, end.family[FAMILY_IPV4]);
	return fact->everywhere || (!fact->link && address_set_overlaps(fact->addresses, end));
}
