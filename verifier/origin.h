/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a station's packets come from, as a capture shows it, against where the
 * zones and the inventory say that it is.
 *
 * A capture from a mirror port sees a routed packet up to twice, on the VLAN of
 * either end, the second time from the router's MAC; between routers it may be
 * on a third VLAN. So an origin is at fault only where that cannot explain it:
 *
 * - A MAC: the inventory gives it to an asset that does not forward for others,
 *   and the address is another asset's, or lies in a zone that the asset is not
 *   in. MACs that the inventory does not name may be a router's. An address that
 *   nobody holds in the asset's own zone may be a second one of it.
 * - A VLAN: it belongs to one zone, which is neither end's nor on the wire of the
 *   sender's zone, nor can be on the way: no two devices face it, nor are its
 *   devices unknown while the sender's zone names no VLAN of its own. Where the
 *   MAC is the sender's own, no router lies between: the VLAN must be one of a
 *   zone that the asset is in.
 * - The VLAN of a frame is its innermost tag: outer ones are those of a carrier
 *   or of the mirror. Tags for priority only (VLAN 0) do not count.
 *
 * An asset forwards if its role says so (router, firewall, gateway, switch,
 * bridge, access-point, alone or as a part of the word: cell-router), if a device
 * of the policy has its name or one of its addresses. */
#ifndef VERIFIER_ORIGIN_H
#define VERIFIER_ORIGIN_H

#include "compiler/model.h"

struct origin {
	struct mac mac; /* all zero: not known */
	uint16_t vlan;  /* 0: none */
};

bool origin_has_mac(struct origin origin);
bool origin_equal(struct origin a, struct origin b);

struct origins;

/* The model must outlive it. */
struct origins *origins_create(const struct model *model);
void origins_destroy(struct origins *origins);

/* The one zone that declares a VLAN; ZONE_NONE where none or several do. */
zone_id origin_of_vlan(const struct origins *origins, uint16_t vlan);
/* An asset to which the inventory gives a MAC, or NULL. */
const struct asset *origin_asset(const struct origins *origins, struct mac mac);
/* The asset that alone has a MAC, or NULL. */
const struct asset *origin_only_asset(const struct origins *origins, struct mac mac);
/* The one zone of all assets with that MAC; ZONE_NONE where there are several. */
zone_id origin_of_mac(const struct origins *origins, struct mac mac);
/* The station of EtherCAT that a frame is from: its first device sets the bit of local
 * addresses in the sender's, of what goes back. */
struct mac origin_ethercat_master(const struct origins *origins, struct mac mac);
/* Can frames of a zone be on the VLAN of another, for they are on one wire? */
bool origin_shares_wire(const struct origins *origins, zone_id from, zone_id zone);
/* True if a device of the policy has the address on an interface. */
bool origin_is_device(const struct origins *origins, struct address address);

enum origin_fault { ORIGIN_FITS, ORIGIN_WRONG_MAC, ORIGIN_WRONG_VLAN };

/* `source`, unicast, sent to zone `to` (its own for what stays local). */
enum origin_fault origin_judge(const struct origins *origins, struct origin origin,
			       struct address source, zone_id to);

#endif
