/* SPDX-License-Identifier: Apache-2.0
 *
 * The devices on the way of a flow: every crossing, from one interface of a
 * device to another, that lies on a simple path between the flow's two zones,
 * in the order of the policy. */
#ifndef CLI_WAY_H
#define CLI_WAY_H

#include <stdio.h>

#include <jansson.h>

#include "compiler/model.h"
#include "compiler/topology.h"

/* A line for each crossing, or one that says there is none; nothing where a
 * zone is not known (ZONE_NONE). */
void way_print(const struct model *model, struct topology *topology, zone_id from,
	       zone_id to, FILE *stream);
/* [{device, in, out}]; the caller's. */
json_t *way_json(const struct model *model, struct topology *topology, zone_id from,
		 zone_id to);

#endif
