/* SPDX-License-Identifier: Apache-2.0
 *
 * The picture of a policy: zones in rows by Purdue level, the highest on top;
 * conduits as labelled edges; devices between the levels they join, with the
 * names of their interfaces. The same policy always makes the same picture. */
#ifndef CLI_GRAPH_H
#define CLI_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include <graphviz/cgraph.h>

#include "base/diag.h"
#include "base/vec.h"
#include "compiler/model.h"

/* What `verify` saw from one zone to another by one service. A zone that the
 * report calls unknown has the identifier model->zone_count. */
struct graph_violation {
	zone_id source, destination;
	const char *service;    /* in the overlay's arena */
	uint64_t conversations;
};
VEC_TYPE(graph_violation_list, struct graph_violation);

struct graph_overlay {
	struct arena arena;
	/* One for each (source, destination, service); by zones, then the most
	 * conversations first. */
	struct graph_violation_list violations;
};

/* Reads a report of `verify --format json` ("-": standard input). False, with a
 * diagnostic, if it is none or names zones the policy has not. Release in both
 * cases. */
bool graph_overlay_load(struct graph_overlay *overlay, const struct model *model,
			const char *path, struct diags *diags);
void graph_overlay_release(struct graph_overlay *overlay);

/* The graph, not laid out; the caller's to agclose(). overlay may be NULL. */
Agraph_t *graph_draw(const struct model *model, const struct graph_overlay *overlay);

#endif
