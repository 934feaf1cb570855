/* SPDX-License-Identifier: Apache-2.0
 *
 * Which zones and devices touch. Zones are joined by the devices that face
 * them, directly where one interface faces several, and directly where a
 * nested zone that no device faces lies on the wire of the zone around it. The
 * devices of a cluster are one. */
#ifndef COMPILER_TOPOLOGY_H
#define COMPILER_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/model.h"

struct topology;

/* The model must outlive it. */
struct topology *topology_create(const struct model *model);
void topology_destroy(struct topology *topology);

/* True if a flow between the zones may cross the device from its interface `in`
 * to `out` (indexes): the pair is on a simple path, one that visits no zone and
 * no device twice. Where there are too many paths to look at them all, also
 * pairs that are merely on some walk are included. Traffic inside one zone that
 * two interfaces face crosses between these. */
bool topology_on_path(struct topology *topology, const struct device *device, size_t in,
		      size_t out, zone_id from, zone_id to);
/* Zones that lie behind an interface: reachable without crossing the device.
 * Owned by the topology. */
struct zone_set topology_behind(struct topology *topology, const struct device *device,
				size_t interface);
/* The other zones that some path without a device joins to one: flat boundaries.
 * Owned by the topology. */
struct zone_set topology_beside(struct topology *topology, zone_id zone);
/* The zones to which every path from one crosses some of the devices that are marked,
 * by index; of a cluster, all must be. Owned by the topology. */
struct zone_set topology_beyond(struct topology *topology, zone_id zone, const bool *devices);
/* True if some path between two different zones has no device on it (a flat
 * boundary). *connected: there is a path at all. */
bool topology_flat(struct topology *topology, zone_id a, zone_id b, bool *connected);
/* For each zone the first zone on its wire: that it is, or is flat beside. */
void topology_wires(struct topology *topology, zone_id *wires);
/* True if a device faces the zone, or the zone lies flat beside one that is faced. */
bool topology_faced(struct topology *topology, zone_id zone);

#endif
