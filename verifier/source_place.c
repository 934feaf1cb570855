/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tables, VLAN to zone and MAC to asset, sorted for bisection. */
#include "config.h"
#include "verifier/source_place.h"

#include <string.h>

#include "base/memory.h"

enum { VLAN_COUNT = 4096 };

struct place_mac {
	struct mac mac;
	const struct asset *asset;
};

struct source_places {
	const struct model *model;
	zone_id vlan_zone[VLAN_COUNT]; /* ZONE_NONE: none, or several */
	bool vlan_known[VLAN_COUNT];
	struct place_mac *macs;
	size_t mac_count;
};

static int place_mac_order(const void *left, const void *right)
{
	return memcmp(&((const struct place_mac *)left)->mac,
		      &((const struct place_mac *)right)->mac, sizeof(struct mac));
}

static void place_add_vlans(struct source_places *places, zone_id id)
{
	const struct zone *zone = &places->model->zones[id];

	for (size_t i = 0; i < zone->vlan_count; i++) {
		uint16_t vlan = zone->vlans[i];
		if (vlan >= VLAN_COUNT)
			continue;
		places->vlan_zone[vlan] = places->vlan_known[vlan] ? ZONE_NONE : id;
		places->vlan_known[vlan] = true;
	}
}

static void place_add_macs(struct source_places *places)
{
	const struct model *model = places->model;
	size_t count = 0;

	for (size_t i = 0; i < model->asset_count; i++)
		count += model->assets[i].mac_count;
	places->macs = memory_array(count + 1, sizeof(*places->macs));
	for (size_t i = 0; i < model->asset_count; i++)
		for (size_t j = 0; j < model->assets[i].mac_count; j++)
			places->macs[places->mac_count++] = (struct place_mac){
				model->assets[i].macs[j], &model->assets[i] };
	qsort(places->macs, places->mac_count, sizeof(*places->macs), place_mac_order);
}

struct source_places *source_places_create(const struct model *model)
{
	struct source_places *places = memory_alloc(sizeof(*places));

	places->model = model;
	for (size_t i = 0; i < VLAN_COUNT; i++)
		places->vlan_zone[i] = ZONE_NONE;
	for (size_t i = 0; i < model->zone_count; i++)
		place_add_vlans(places, (zone_id)i);
	place_add_macs(places);
	return places;
}

void source_places_destroy(struct source_places *places)
{
	if (places == NULL)
		return;
	free(places->macs);
	free(places);
}

zone_id source_place_of_vlan(const struct source_places *places, uint16_t vlan)
{
	return vlan < VLAN_COUNT ? places->vlan_zone[vlan] : ZONE_NONE;
}

const struct asset *source_place_asset(const struct source_places *places, struct mac mac)
{
	struct place_mac key = { mac, NULL };
	const struct place_mac *found;

	if (places->mac_count == 0)
		return NULL;
	found = bsearch(&key, places->macs, places->mac_count, sizeof(key), place_mac_order);
	return found != NULL ? found->asset : NULL;
}

zone_id source_place_of_mac(const struct source_places *places, struct mac mac)
{
	const struct asset *asset = source_place_asset(places, mac);

	return asset != NULL && asset->member_count == 1 ? asset->member_of[0] : ZONE_NONE;
}

static bool place_forwards(const struct asset *asset)
{
	static const char *const roles[] = { "router", "firewall", "gateway", "switch" };

	for (const struct tree_name *role = asset->tree->roles; role != NULL; role = role->next)
		for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
			if (strcmp(role->text, roles[i]) == 0)
				return true;
	return false;
}

static bool place_is_member(const struct asset *asset, zone_id zone)
{
	for (size_t i = 0; i < asset->member_count; i++)
		if (asset->member_of[i] == zone)
			return true;
	return false;
}

bool source_place_mac_fits(const struct source_places *places, struct mac mac,
			   struct address address)
{
	const struct asset *asset = source_place_asset(places, mac);

	if (asset == NULL || place_forwards(asset))
		return true;
	if (asset->address_count > 0)
		return address_set_contains(asset->set, address);
	return model_asset_of(places->model, address) == NULL &&
	       place_is_member(asset, model_zone_of(places->model, address));
}

static bool place_faces(const struct interface *interface, zone_id zone)
{
	for (size_t i = 0; i < interface->face_count; i++)
		if (interface->faces[i] == zone)
			return true;
	return false;
}

static bool place_device_faces(const struct device *device, zone_id zone)
{
	for (size_t i = 0; i < device->interface_count; i++)
		if (place_faces(&device->interfaces[i], zone))
			return true;
	return false;
}

/* A zone between two devices carries what they forward. */
static bool place_is_transit(const struct model *model, zone_id zone)
{
	size_t devices = 0;

	for (size_t i = 0; i < model->device_count; i++)
		devices += place_device_faces(&model->devices[i], zone);
	return devices >= 2;
}

bool source_place_vlan_fits(const struct source_places *places, uint16_t vlan, zone_id from,
			    zone_id to)
{
	zone_id zone = source_place_of_vlan(places, vlan);

	return zone == ZONE_NONE || zone == from || zone == to ||
	       place_is_transit(places->model, zone);
}
