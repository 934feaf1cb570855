/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables from VLAN to zone, and from MAC to asset, sorted for bisection. */
#include "config.h"
#include "verifier/origin.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "compiler/topology.h"

enum { VLAN_COUNT = 4096 };

struct origin_mac {
	struct mac mac;
	const struct asset *asset;
};

struct origins {
	const struct model *model;
	zone_id vlan_zone[VLAN_COUNT]; /* ZONE_NONE: none, or several */
	bool vlan_known[VLAN_COUNT];
	struct origin_mac *macs;
	size_t mac_count;
	bool *forwards;        /* by asset index */
	zone_id *wires;        /* the first zone on each zone's wire */
	uint16_t *faced;       /* devices that face each zone */
	struct address *devices; /* addresses of their interfaces, sorted */
	size_t device_count;
};

bool origin_has_mac(struct origin origin)
{
	static const struct mac none;

	return memcmp(&origin.mac, &none, sizeof(none)) != 0;
}

bool origin_equal(struct origin a, struct origin b)
{
	return a.vlan == b.vlan && memcmp(&a.mac, &b.mac, sizeof(a.mac)) == 0;
}

/* ---- the tables ---- */

static int origin_mac_order(const void *left, const void *right)
{
	return memcmp(&((const struct origin_mac *)left)->mac,
		      &((const struct origin_mac *)right)->mac, sizeof(struct mac));
}

static int origin_address_order(const void *left, const void *right)
{
	const struct address *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

static void origin_add_vlans(struct origins *origins, zone_id id)
{
	const struct zone *zone = &origins->model->zones[id];

	for (size_t i = 0; i < zone->vlan_count; i++) {
		uint16_t vlan = zone->vlans[i];
		if (vlan >= VLAN_COUNT)
			continue;
		origins->vlan_zone[vlan] = origins->vlan_known[vlan] ? ZONE_NONE : id;
		origins->vlan_known[vlan] = true;
	}
}

static void origin_add_macs(struct origins *origins)
{
	const struct model *model = origins->model;
	size_t count = 0;

	for (size_t i = 0; i < model->asset_count; i++)
		count += model->assets[i].mac_count;
	origins->macs = memory_array(count + 1, sizeof(*origins->macs));
	for (size_t i = 0; i < model->asset_count; i++)
		for (size_t j = 0; j < model->assets[i].mac_count; j++)
			origins->macs[origins->mac_count++] = (struct origin_mac){
				model->assets[i].macs[j], &model->assets[i] };
	qsort(origins->macs, origins->mac_count, sizeof(*origins->macs), origin_mac_order);
}

static void origin_add_device_addresses(struct origins *origins)
{
	const struct model *model = origins->model;
	size_t count = 0;

	for (size_t d = 0; d < model->device_count; d++)
		for (size_t i = 0; i < model->devices[d].interface_count; i++)
			count += model->devices[d].interfaces[i].address_count;
	origins->devices = memory_array(count + 1, sizeof(*origins->devices));
	for (size_t d = 0; d < model->device_count; d++)
		for (size_t i = 0; i < model->devices[d].interface_count; i++) {
			const struct interface *interface = &model->devices[d].interfaces[i];
			for (size_t a = 0; a < interface->address_count; a++)
				origins->devices[origins->device_count++] =
					interface->addresses[a];
		}
	qsort(origins->devices, origins->device_count, sizeof(*origins->devices),
	      origin_address_order);
}

static bool origin_device_faces(const struct device *device, zone_id zone)
{
	for (size_t i = 0; i < device->interface_count; i++)
		for (size_t f = 0; f < device->interfaces[i].face_count; f++)
			if (device->interfaces[i].faces[f] == zone)
				return true;
	return false;
}

/* The devices of a cluster are one. */
static uint16_t origin_count_facing(const struct model *model, zone_id zone)
{
	uint16_t count = 0;

	for (size_t d = 0; d < model->device_count; d++) {
		const struct device *device = &model->devices[d];
		bool told = !origin_device_faces(device, zone);
		for (size_t e = 0; e < d && !told && device->cluster != NULL; e++)
			told = model->devices[e].cluster != NULL &&
			       strcmp(model->devices[e].cluster, device->cluster) == 0 &&
			       origin_device_faces(&model->devices[e], zone);
		count = (uint16_t)(count + !told);
	}
	return count;
}

static void origin_add_topology(struct origins *origins)
{
	const struct model *model = origins->model;
	struct topology *topology = topology_create(model);

	origins->wires = memory_array(model->zone_count, sizeof(*origins->wires));
	topology_wires(topology, origins->wires);
	topology_destroy(topology);
	origins->faced = memory_array(model->zone_count, sizeof(*origins->faced));
	for (size_t z = 0; z < model->zone_count; z++)
		origins->faced[z] = origin_count_facing(model, (zone_id)z);
}

/* ---- who forwards ---- */

static bool origin_word_forwards(const char *word, size_t length)
{
	static const char *const words[] = { "router", "firewall", "gateway", "switch",
					     "bridge", "access-point" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length && strncasecmp(words[i], word, length) == 0)
			return true;
	return false;
}

/* The whole role, or one of its parts between - and _. */
static bool origin_role_forwards(const char *role)
{
	if (origin_word_forwards(role, strlen(role)))
		return true;
	while (*role != '\0') {
		size_t length = strcspn(role, "-_");
		if (origin_word_forwards(role, length))
			return true;
		role += length + (role[length] != '\0');
	}
	return false;
}

static bool origin_names_device(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->device_count; i++)
		if (strcmp(model->devices[i].name, name) == 0)
			return true;
	return false;
}

static bool origin_forwards(const struct origins *origins, const struct asset *asset)
{
	for (const struct tree_name *role = asset->tree->roles; role != NULL; role = role->next)
		if (origin_role_forwards(role->text))
			return true;
	for (size_t i = 0; i < asset->address_count; i++)
		if (origin_is_device(origins, asset->addresses[i]))
			return true;
	return origin_names_device(origins->model, asset->name);
}

static void origin_add_forwarders(struct origins *origins)
{
	const struct model *model = origins->model;

	origins->forwards = memory_array(model->asset_count + 1, sizeof(*origins->forwards));
	for (size_t i = 0; i < model->asset_count; i++)
		origins->forwards[i] = origin_forwards(origins, &model->assets[i]);
}

struct origins *origins_create(const struct model *model)
{
	struct origins *origins = memory_alloc(sizeof(*origins));

	origins->model = model;
	for (size_t i = 0; i < VLAN_COUNT; i++)
		origins->vlan_zone[i] = ZONE_NONE;
	for (size_t i = 0; i < model->zone_count; i++)
		origin_add_vlans(origins, (zone_id)i);
	origin_add_macs(origins);
	origin_add_device_addresses(origins);
	origin_add_topology(origins);
	origin_add_forwarders(origins);
	return origins;
}

void origins_destroy(struct origins *origins)
{
	if (origins == NULL)
		return;
	free(origins->macs);
	free(origins->forwards);
	free(origins->wires);
	free(origins->faced);
	free(origins->devices);
	free(origins);
}

/* ---- looking up ---- */

zone_id origin_of_vlan(const struct origins *origins, uint16_t vlan)
{
	return vlan < VLAN_COUNT ? origins->vlan_zone[vlan] : ZONE_NONE;
}

/* The first of a MAC's entries, or NULL; the others follow it. */
static const struct origin_mac *origin_entries(const struct origins *origins, struct mac mac)
{
	const struct origin_mac *entries = origins->macs, *end = entries + origins->mac_count;
	struct origin_mac key = { mac, NULL };
	size_t lo = 0, hi = origins->mac_count;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (origin_mac_order(&entries[middle], &key) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return entries + lo < end && origin_mac_order(&entries[lo], &key) == 0 ? entries + lo
										: NULL;
}

static const struct origin_mac *origin_next(const struct origins *origins,
					    const struct origin_mac *entry)
{
	const struct origin_mac *next = entry + 1;

	return next < origins->macs + origins->mac_count && origin_mac_order(entry, next) == 0
		       ? next
		       : NULL;
}

const struct asset *origin_asset(const struct origins *origins, struct mac mac)
{
	const struct origin_mac *entry = origin_entries(origins, mac);

	return entry != NULL ? entry->asset : NULL;
}

const struct asset *origin_only_asset(const struct origins *origins, struct mac mac)
{
	const struct origin_mac *entry = origin_entries(origins, mac);

	return entry != NULL && origin_next(origins, entry) == NULL ? entry->asset : NULL;
}

struct mac origin_ethercat_master(const struct origins *origins, struct mac mac)
{
	enum { MAC_LOCAL = 2 };
	struct mac unmarked = mac;

	unmarked.byte[0] &= (uint8_t)~MAC_LOCAL;
	return origin_entries(origins, mac) == NULL && origin_entries(origins, unmarked) != NULL
		       ? unmarked
		       : mac;
}

zone_id origin_of_mac(const struct origins *origins, struct mac mac)
{
	zone_id zone = ZONE_NONE;

	for (const struct origin_mac *entry = origin_entries(origins, mac); entry != NULL;
	     entry = origin_next(origins, entry))
		for (size_t i = 0; i < entry->asset->member_count; i++) {
			if (zone != ZONE_NONE && zone != entry->asset->member_of[i])
				return ZONE_NONE;
			zone = entry->asset->member_of[i];
		}
	return zone;
}

bool origin_is_device(const struct origins *origins, struct address address)
{
	return origins->device_count > 0 &&
	       bsearch(&address, origins->devices, origins->device_count, sizeof(address),
		       origin_address_order) != NULL;
}

/* ---- what fits ---- */

static bool origin_is_member(const struct asset *asset, zone_id zone)
{
	for (size_t i = 0; i < asset->member_count; i++)
		if (asset->member_of[i] == zone)
			return true;
	return false;
}

static bool origin_forwards_for_others(const struct origins *origins, const struct asset *asset)
{
	return origins->forwards[asset - origins->model->assets];
}

static bool origin_asset_fits(const struct origins *origins, const struct asset *asset,
			      struct address source, zone_id from)
{
	if (origin_forwards_for_others(origins, asset) ||
	    address_set_contains(asset->set, source))
		return true;
	return model_asset_of(origins->model, source) == NULL && origin_is_member(asset, from);
}

/* A MAC that several assets share is each one's. */
static bool origin_mac_fits(const struct origins *origins, struct mac mac,
			    struct address source, zone_id from)
{
	const struct origin_mac *entry = origin_entries(origins, mac);
	bool fits = entry == NULL;

	for (; entry != NULL && !fits; entry = origin_next(origins, entry))
		fits = origin_asset_fits(origins, entry->asset, source, from);
	return fits;
}

/* The asset that sent it itself: its own address from its own MAC. */
static const struct asset *origin_own(const struct origins *origins, struct origin origin,
				      struct address source)
{
	for (const struct origin_mac *entry = origin_entries(origins, origin.mac);
	     entry != NULL; entry = origin_next(origins, entry))
		if (!origin_forwards_for_others(origins, entry->asset) &&
		    address_set_contains(entry->asset->set, source))
			return entry->asset;
	return NULL;
}

/* A nested zone without a VLAN of its own is on that of the zone around it. */
bool origin_shares_wire(const struct origins *origins, zone_id from, zone_id zone)
{
	return origins->model->zones[from].vlan_count == 0 &&
	       (origins->wires[from] == origins->wires[zone] ||
		address_set_overlaps(origins->model->zones[from].declared,
				     origins->model->zones[zone].declared));
}

static bool origin_is_on_the_way(const struct origins *origins, zone_id from, zone_id zone)
{
	return origins->faced[zone] >= 2 ||
	       (origins->faced[zone] == 0 && origins->model->zones[from].vlan_count == 0);
}

static bool origin_vlan_fits(const struct origins *origins, struct origin origin,
			     struct address source, zone_id from, zone_id to)
{
	zone_id zone = origin_of_vlan(origins, origin.vlan);

	if (zone == ZONE_NONE || zone == from || origin_shares_wire(origins, from, zone))
		return true;
	const struct asset *own = origin_own(origins, origin, source);
	if (own != NULL)
		return origin_is_member(own, zone);
	return zone == to || origin_is_on_the_way(origins, from, zone);
}

enum origin_fault origin_judge(const struct origins *origins, struct origin origin,
			       struct address source, zone_id to)
{
	zone_id from = model_zone_of(origins->model, source);

	if (origin_has_mac(origin) && !origin_mac_fits(origins, origin.mac, source, from))
		return ORIGIN_WRONG_MAC;
	if (origin.vlan != 0 && !origin_vlan_fits(origins, origin, source, from, to))
		return ORIGIN_WRONG_VLAN;
	return ORIGIN_FITS;
}
