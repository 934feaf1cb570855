/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a station is, as a capture shows it: the VLAN it speaks on and the MAC
 * it speaks from, against what zones and the inventory declare. */
#ifndef VERIFIER_SOURCE_PLACE_H
#define VERIFIER_SOURCE_PLACE_H

#include "compiler/model.h"

struct source_places;

/* The model must outlive it. */
struct source_places *source_places_create(const struct model *model);
void source_places_destroy(struct source_places *places);

/* The one zone that declares a VLAN; ZONE_NONE where none or several do. */
zone_id source_place_of_vlan(const struct source_places *places, uint16_t vlan);
/* The asset to which the inventory gives a MAC, or NULL. */
const struct asset *source_place_asset(const struct source_places *places, struct mac mac);
/* The one zone of that asset; ZONE_NONE where it has several. */
zone_id source_place_of_mac(const struct source_places *places, struct mac mac);

/* True if `address` may be sent from `mac`: the MAC is nobody's, the asset's own,
 * or that of an asset which forwards for others (role router, firewall, gateway
 * or switch). */
bool source_place_mac_fits(const struct source_places *places, struct mac mac,
			   struct address address);
/* True if a packet from zone `from` to zone `to` may be on a VLAN: the VLAN is
 * nobody's, one of either end's, or of a zone that a device forwards between
 * them through. A station whose own MAC sent it must be on its own VLAN. */
bool source_place_vlan_fits(const struct source_places *places, uint16_t vlan, zone_id from,
			    zone_id to);

#endif
