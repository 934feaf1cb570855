/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings about wires and devices: zones that nothing separates, devices that
 * split conversations between them, and operations that no device sees. */
#include "config.h"
#include "compiler/check_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "compiler/topology.h"
#include "lang/lang.h"

/* ---- flat boundaries ---- */

static bool conduit_joins(const struct model *model, zone_id a, zone_id b)
{
	for (size_t i = 0; i < model->conduit_count; i++) {
		const struct conduit *conduit = &model->conduits[i];
		if (conduit->kind == CONDUIT_BETWEEN &&
		    ((zone_set_has(conduit->left, a) && zone_set_has(conduit->right, b)) ||
		     (zone_set_has(conduit->left, b) && zone_set_has(conduit->right, a))))
			return true;
	}
	return false;
}

static void check_flat_pair(const struct model *model, zone_id a, zone_id b, struct diags *diags)
{
	const struct zone *first = &model->zones[a], *second = &model->zones[b];
	const struct zone *shown = second->tree != NULL ? second : first;
	struct diag *diag = diag_add(
		diags, FINDING_FLAT_BOUNDARY, shown->tree->where,
		"no device stands between %s (level %s) and %s (level %s)", first->name,
		level_name(first->level), second->name, level_name(second->level));

	if (second->tree != NULL)
		diag_other(diags, diag, first->tree->where, "the other zone");
	diag->hint = finding_info(FINDING_FLAT_BOUNDARY)->advice;
	diag->subject = second->name;
	diag->about = first->name;
}

/* One finding a zone, with the first zone on its wire that it should be apart
 * from. Quadratic in the zones of one wire, and these are few. */
static void check_flat_zone(const struct model *model, const zone_id *wires, zone_id zone,
			    struct diags *diags)
{
	for (zone_id other = wires[zone]; other < zone; other++) {
		if (wires[other] != wires[zone])
			continue;
		if (model->zones[other].level == model->zones[zone].level &&
		    !conduit_joins(model, other, zone))
			continue;
		check_flat_pair(model, other, zone, diags);
		return;
	}
}

static void check_flat(const struct model *model, struct topology *topology, struct diags *diags)
{
	zone_id *wires = memory_array(model->zone_count, sizeof(*wires));

	topology_wires(topology, wires);
	for (size_t z = 0; z < model->zone_count; z++)
		check_flat_zone(model, wires, (zone_id)z, diags);
	free(wires);
}

/* ---- devices side by side ---- */

struct beside { /* a device joins these two zones */
	zone_id a, b;
	uint16_t device;
};
VEC_TYPE(beside_list, struct beside);

static int beside_order(const void *left, const void *right)
{
	const struct beside *x = left, *y = right;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return (x->device > y->device) - (x->device < y->device);
}

/* Access lists of routers keep no state. */
static bool device_is_stateful(const struct device *device)
{
	return device->platform == NULL || strcmp(device->platform, "ios") != 0;
}

static void beside_add_faces(struct beside_list *list, const struct device *device,
			     const struct interface *x, const struct interface *y)
{
	for (size_t i = 0; i < x->face_count; i++)
		for (size_t j = 0; j < y->face_count; j++) {
			zone_id a = x->faces[i], b = y->faces[j];
			if (a != b)
				vec_push(list, ((struct beside){ a < b ? a : b, a < b ? b : a,
								 device->index }));
		}
}

static void beside_add(struct beside_list *list, const struct device *device)
{
	for (size_t i = 0; device_is_stateful(device) && i < device->interface_count; i++)
		for (size_t j = i + 1; j < device->interface_count; j++)
			beside_add_faces(list, device, &device->interfaces[i],
					 &device->interfaces[j]);
}

static bool devices_are_one(const struct device *x, const struct device *y)
{
	return x == y || (x->cluster != NULL && y->cluster != NULL &&
			  strcmp(x->cluster, y->cluster) == 0);
}

static void check_parallel_pair(const struct model *model, const struct beside *first,
				const struct beside *second, struct diags *diags)
{
	const struct device *x = &model->devices[first->device];
	const struct device *y = &model->devices[second->device];
	struct diag *diag = diag_add(diags, FINDING_PARALLEL_DEVICES, y->tree->where,
				     "%s and %s stand side by side between %s and %s", x->name,
				     y->name, model->zones[first->a].name,
				     model->zones[first->b].name);

	diag_other(diags, diag, x->tree->where, "the other device");
	diag->hint = finding_info(FINDING_PARALLEL_DEVICES)->advice;
	diag->subject = y->name;
	diag->about = x->name;
}

/* One finding a device, with the first device beside it. */
static void check_parallel(const struct model *model, struct diags *diags)
{
	struct beside_list list = VEC_INIT;
	bool *found = memory_array(model->device_count + 1, sizeof(*found));
	size_t first = 0;

	for (size_t d = 0; d < model->device_count; d++)
		beside_add(&list, &model->devices[d]);
	if (list.len > 1)
		qsort(list.data, list.len, sizeof(*list.data), beside_order);
	for (size_t i = 1; i < list.len; i++) {
		const struct beside *x = &list.data[first], *y = &list.data[i];
		if (x->a != y->a || x->b != y->b) {
			first = i;
		} else if (!found[y->device] && !devices_are_one(&model->devices[x->device],
								 &model->devices[y->device])) {
			found[y->device] = true;
			check_parallel_pair(model, x, y, diags);
		}
	}
	vec_free(&list);
	free(found);
}

void check_topology(const struct model *model, struct diags *diags)
{
	struct topology *topology = topology_create(model);

	check_flat(model, topology, diags);
	check_parallel(model, diags);
	check_operations(model, topology, diags);
	topology_destroy(topology);
}
