/* SPDX-License-Identifier: Apache-2.0
 *
 * A bipartite graph of zones and nodes, a node being a device or a cluster.
 * Paths are searched depth first once for each pair of zones that is asked for;
 * what was found is kept as hops: (node, zone before, zone after). */
#include "config.h"
#include "compiler/topology.h"

#include <string.h>

#include "base/memory.h"
#include "base/vec.h"

/* Steps of one search for simple paths before walks are taken instead. */
enum { TOPOLOGY_STEPS = 100000 };

VEC_TYPE(zone_list, zone_id);
VEC_TYPE(hop_list, uint64_t);

struct topology_paths { /* of one (from, to) */
	bool known;
	struct hop_list hops; /* sorted */
};

struct topology {
	const struct model *model;
	size_t zone_count, node_count;
	size_t *node_of;              /* device index -> node */
	struct zone_list *faces;      /* node -> zones */
	struct zone_list *beside;     /* zone -> zones on the same wire */
	size_t *ways;                 /* zone -> nodes that face it, zones beside it */
	bool *open;                   /* node -> a walk may cross it; scratch of walks */
	struct topology_paths **paths; /* by `from`, then by `to`; NULL: none asked for */
	struct arena arena;
};

static uint64_t topology_hop(const struct topology *topology, size_t node, zone_id before,
			     zone_id after)
{
	return (node * topology->zone_count + before) * topology->zone_count + after;
}

/* ---- building ---- */

static void topology_add_once(struct zone_list *list, zone_id zone)
{
	for (size_t i = 0; i < list->len; i++)
		if (list->data[i] == zone)
			return;
	vec_push(list, zone);
}

static void topology_join(struct topology *topology, zone_id a, zone_id b)
{
	topology_add_once(&topology->beside[a], b);
	topology_add_once(&topology->beside[b], a);
}

static size_t topology_node_of(const struct topology *topology, size_t device)
{
	const struct model *model = topology->model;
	const char *cluster = model->devices[device].cluster;

	for (size_t i = 0; cluster != NULL && i < device; i++)
		if (model->devices[i].cluster != NULL &&
		    strcmp(model->devices[i].cluster, cluster) == 0)
			return topology->node_of[i];
	return device;
}

static void topology_add_device(struct topology *topology, size_t index)
{
	const struct device *device = &topology->model->devices[index];
	size_t node = topology_node_of(topology, index);

	topology->node_of[index] = node;
	for (size_t i = 0; i < device->interface_count; i++) {
		const struct interface *interface = &device->interfaces[i];
		for (size_t j = 0; j < interface->face_count; j++) {
			topology_add_once(&topology->faces[node], interface->faces[j]);
			if (j > 0)
				topology_join(topology, interface->faces[j - 1],
					      interface->faces[j]);
		}
	}
}

static bool topology_is_faced_directly(const struct topology *topology, zone_id zone)
{
	for (size_t node = 0; node < topology->node_count; node++)
		for (size_t i = 0; i < topology->faces[node].len; i++)
			if (topology->faces[node].data[i] == zone)
				return true;
	return false;
}

static u128 topology_extent(const struct zone *zone)
{
	u128 size = set_size(zone->declared.family[FAMILY_IPV6]);
	u128 other = set_size(zone->declared.family[FAMILY_IPV4]);

	return size + other < size ? size : size + other;
}

/* The smallest zone around this one, or ZONE_NONE. */
static zone_id topology_parent(const struct topology *topology, zone_id zone)
{
	const struct model *model = topology->model;
	struct address_set inner = model->zones[zone].declared;
	zone_id parent = ZONE_NONE;

	if (address_set_is_empty(inner))
		return ZONE_NONE;
	for (size_t i = 0; i + 1 < model->zone_count; i++) {
		const struct zone *outer = &model->zones[i];
		if (i == zone || !address_set_is_subset(inner, outer->declared) ||
		    address_set_equal(inner, outer->declared))
			continue;
		if (parent == ZONE_NONE ||
		    topology_extent(outer) < topology_extent(&model->zones[parent]))
			parent = (zone_id)i;
	}
	return parent;
}

static void topology_add_nested(struct topology *topology)
{
	for (size_t i = 0; i + 1 < topology->zone_count; i++) {
		zone_id parent;
		if (topology_is_faced_directly(topology, (zone_id)i))
			continue;
		parent = topology_parent(topology, (zone_id)i);
		if (parent != ZONE_NONE)
			topology_join(topology, (zone_id)i, parent);
	}
}

static void topology_count_ways(struct topology *topology)
{
	topology->ways = memory_array(topology->zone_count + 1, sizeof(*topology->ways));
	for (size_t zone = 0; zone < topology->zone_count; zone++)
		topology->ways[zone] = topology->beside[zone].len;
	for (size_t node = 0; node < topology->node_count; node++)
		for (size_t i = 0; i < topology->faces[node].len; i++)
			topology->ways[topology->faces[node].data[i]]++;
}

struct topology *topology_create(const struct model *model)
{
	struct topology *topology = memory_alloc(sizeof(*topology));
	size_t zones = model->zone_count;

	topology->model = model;
	topology->zone_count = zones;
	topology->node_count = model->device_count;
	topology->node_of = memory_array(model->device_count + 1, sizeof(size_t));
	topology->faces = memory_array(model->device_count + 1, sizeof(struct zone_list));
	topology->beside = memory_array(zones + 1, sizeof(struct zone_list));
	topology->paths = memory_array(zones + 1, sizeof(*topology->paths));
	topology->open = memory_array(model->device_count + 1, sizeof(*topology->open));
	arena_init(&topology->arena);
	for (size_t i = 0; i < model->device_count; i++)
		topology_add_device(topology, i);
	topology_add_nested(topology);
	topology_count_ways(topology);
	return topology;
}

void topology_destroy(struct topology *topology)
{
	if (topology == NULL)
		return;
	for (size_t i = 0; i < topology->node_count; i++)
		vec_free(&topology->faces[i]);
	for (size_t i = 0; i < topology->zone_count; i++)
		vec_free(&topology->beside[i]);
	for (size_t from = 0; from < topology->zone_count; from++) {
		struct topology_paths *row = topology->paths[from];
		for (size_t to = 0; row != NULL && to < topology->zone_count; to++)
			vec_free(&row[to].hops);
		free(row);
	}
	free(topology->node_of);
	free(topology->ways);
	free(topology->open);
	free(topology->faces);
	free(topology->beside);
	free(topology->paths);
	arena_release(&topology->arena);
	free(topology);
}

/* ---- walks ---- */

enum { NODE_NONE = SIZE_MAX };

/* Every node but one, or but NODE_NONE. Good until the next such question. */
static const bool *topology_open(struct topology *topology, size_t without)
{
	for (size_t node = 0; node < topology->node_count; node++)
		topology->open[node] = node != without;
	return topology->open;
}

/* Marks in `seen` the zones that are reachable from `start` over the nodes that are
 * open; NULL: over none. */
static void topology_flood(const struct topology *topology, zone_id start, const bool *open,
			   bool *seen)
{
	struct zone_list queue = VEC_INIT;

	seen[start] = true;
	vec_push(&queue, start);
	for (size_t head = 0; head < queue.len; head++) {
		zone_id zone = queue.data[head];
		const struct zone_list *beside = &topology->beside[zone];
		for (size_t i = 0; i < beside->len; i++)
			if (!seen[beside->data[i]]) {
				seen[beside->data[i]] = true;
				vec_push(&queue, beside->data[i]);
			}
		for (size_t node = 0; open != NULL && node < topology->node_count; node++) {
			const struct zone_list *faces = &topology->faces[node];
			bool faced = false;
			for (size_t i = 0; i < faces->len; i++)
				faced |= faces->data[i] == zone;
			for (size_t i = 0; faced && open[node] && i < faces->len; i++)
				if (!seen[faces->data[i]]) {
					seen[faces->data[i]] = true;
					vec_push(&queue, faces->data[i]);
				}
		}
	}
	vec_free(&queue);
}

static struct zone_set topology_set(struct topology *topology, const bool *seen)
{
	size_t words = (topology->zone_count + 63) / 64;
	uint64_t *bits = arena_array(&topology->arena, words, sizeof(*bits));

	for (size_t i = 0; i < topology->zone_count; i++)
		if (seen[i])
			bits[i / 64] |= UINT64_C(1) << i % 64;
	return (struct zone_set){ bits, topology->zone_count };
}

struct zone_set topology_behind(struct topology *topology, const struct device *device,
				size_t interface)
{
	bool *seen = memory_array(topology->zone_count, sizeof(*seen));
	const struct interface *port = &device->interfaces[interface];

	for (size_t i = 0; i < port->face_count; i++)
		topology_flood(topology, port->faces[i],
			       topology_open(topology, topology->node_of[device->index]), seen);
	struct zone_set behind = topology_set(topology, seen);
	free(seen);
	return behind;
}

struct zone_set topology_beside(struct topology *topology, zone_id zone)
{
	bool *seen = memory_array(topology->zone_count, sizeof(*seen));

	topology_flood(topology, zone, NULL, seen);
	seen[zone] = false;
	struct zone_set beside = topology_set(topology, seen);
	free(seen);
	return beside;
}

struct zone_set topology_beyond(struct topology *topology, zone_id zone, const bool *devices)
{
	bool *seen = memory_array(topology->zone_count, sizeof(*seen));
	bool *around = memory_array(topology->zone_count, sizeof(*around));

	topology_flood(topology, zone, topology_open(topology, NODE_NONE), seen);
	memset(topology->open, 0, topology->node_count * sizeof(*topology->open));
	for (size_t i = 0; i < topology->model->device_count; i++)
		topology->open[topology->node_of[i]] |= !devices[i];
	topology_flood(topology, zone, topology->open, around);
	for (size_t i = 0; i < topology->zone_count; i++)
		seen[i] &= !around[i];
	struct zone_set beyond = topology_set(topology, seen);
	free(seen);
	free(around);
	return beyond;
}

bool topology_flat(struct topology *topology, zone_id a, zone_id b, bool *connected)
{
	bool *seen = memory_array(topology->zone_count, sizeof(*seen));
	bool flat;

	topology_flood(topology, a, NULL, seen);
	flat = a != b && seen[b];
	memset(seen, 0, topology->zone_count * sizeof(*seen));
	topology_flood(topology, a, topology_open(topology, NODE_NONE), seen);
	*connected = seen[b];
	free(seen);
	return flat;
}

void topology_wires(struct topology *topology, zone_id *wires)
{
	bool *seen = memory_array(topology->zone_count, sizeof(*seen));

	memset(wires, 0xff, topology->zone_count * sizeof(*wires));
	for (size_t z = 0; z < topology->zone_count; z++) {
		if (wires[z] != ZONE_NONE)
			continue;
		topology_flood(topology, (zone_id)z, NULL, seen);
		for (size_t i = z; i < topology->zone_count; i++)
			if (seen[i] && wires[i] == ZONE_NONE)
				wires[i] = (zone_id)z;
	}
	free(seen);
}

bool topology_faced(struct topology *topology, zone_id zone)
{
	bool *seen = memory_array(topology->zone_count, sizeof(*seen));
	bool faced = false;

	topology_flood(topology, zone, NULL, seen);
	for (size_t i = 0; i < topology->zone_count && !faced; i++)
		faced = seen[i] && topology_is_faced_directly(topology, (zone_id)i);
	free(seen);
	return faced;
}

/* ---- simple paths ---- */

struct topology_search {
	struct topology *topology;
	zone_id from, to;
	bool *zone_used, *node_used;
	struct hop_list stack;   /* the hops of the path so far */
	struct hop_list found;
	unsigned steps;
};

static void topology_keep_path(struct topology_search *search)
{
	for (size_t i = 0; i < search->stack.len; i++)
		vec_push(&search->found, search->stack.data[i]);
}

static void topology_visit(struct topology_search *search, zone_id zone);

static void topology_visit_beside(struct topology_search *search, zone_id zone)
{
	const struct zone_list *beside = &search->topology->beside[zone];

	for (size_t i = 0; i < beside->len; i++)
		topology_visit(search, beside->data[i]);
}

static void topology_visit_node(struct topology_search *search, zone_id zone, size_t node)
{
	const struct zone_list *faces = &search->topology->faces[node];
	bool faced = false;

	for (size_t i = 0; i < faces->len; i++)
		faced |= faces->data[i] == zone;
	if (!faced || search->node_used[node])
		return;
	search->node_used[node] = true;
	for (size_t i = 0; i < faces->len; i++) {
		vec_push(&search->stack,
			 topology_hop(search->topology, node, zone, faces->data[i]));
		topology_visit(search, faces->data[i]);
		search->stack.len--;
	}
	search->node_used[node] = false;
}

static void topology_visit(struct topology_search *search, zone_id zone)
{
	if (search->zone_used[zone] || search->steps >= TOPOLOGY_STEPS)
		return;
	search->steps++;
	if (zone == search->to) {
		topology_keep_path(search);
		return;
	}
	/* The only way out is the one it was entered by. */
	if (zone != search->from && search->topology->ways[zone] < 2)
		return;
	search->zone_used[zone] = true;
	topology_visit_beside(search, zone);
	for (size_t node = 0; node < search->topology->node_count; node++)
		topology_visit_node(search, zone, node);
	search->zone_used[zone] = false;
}

/* Every hop that is on some walk: more than the simple paths have. */
static void topology_keep_walks(struct topology_search *search, zone_id from)
{
	struct topology *topology = search->topology;
	bool *near = memory_array(topology->zone_count, sizeof(*near));
	bool *far = memory_array(topology->zone_count, sizeof(*far));

	for (size_t node = 0; node < topology->node_count; node++) {
		const struct zone_list *faces = &topology->faces[node];
		memset(near, 0, topology->zone_count * sizeof(*near));
		memset(far, 0, topology->zone_count * sizeof(*far));
		topology_flood(topology, from, topology_open(topology, node), near);
		topology_flood(topology, search->to, topology_open(topology, node), far);
		for (size_t i = 0; i < faces->len; i++)
			for (size_t j = 0; j < faces->len; j++)
				if (i != j && near[faces->data[i]] && far[faces->data[j]])
					vec_push(&search->found,
						 topology_hop(topology, node, faces->data[i],
							      faces->data[j]));
	}
	free(near);
	free(far);
}

static int topology_order(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void topology_settle(struct hop_list *hops)
{
	size_t kept = 0;

	if (hops->len > 0)
		qsort(hops->data, hops->len, sizeof(*hops->data), topology_order);
	for (size_t i = 0; i < hops->len; i++)
		if (kept == 0 || hops->data[kept - 1] != hops->data[i])
			hops->data[kept++] = hops->data[i];
	hops->len = kept;
}

/* Of a plant's many pairs of zones few are ever asked for. */
static struct topology_paths *topology_row(struct topology *topology, zone_id from)
{
	if (topology->paths[from] == NULL)
		topology->paths[from] = memory_array(topology->zone_count,
						     sizeof(*topology->paths[from]));
	return topology->paths[from];
}

static const struct hop_list *topology_paths(struct topology *topology, zone_id from, zone_id to)
{
	struct topology_paths *paths = &topology_row(topology, from)[to];
	struct topology_search search = { .topology = topology, .from = from, .to = to };

	if (paths->known)
		return &paths->hops;
	search.zone_used = memory_array(topology->zone_count, sizeof(bool));
	search.node_used = memory_array(topology->node_count + 1, sizeof(bool));
	topology_visit(&search, from);
	if (search.steps >= TOPOLOGY_STEPS)
		topology_keep_walks(&search, from);
	free(search.zone_used);
	free(search.node_used);
	vec_free(&search.stack);
	topology_settle(&search.found);
	paths->hops = search.found;
	paths->known = true;
	return &paths->hops;
}

static bool topology_has_hop(const struct hop_list *hops, uint64_t hop)
{
	return hops->len > 0 && bsearch(&hop, hops->data, hops->len, sizeof(hop),
					topology_order) != NULL;
}

static bool topology_faces(const struct interface *interface, zone_id zone)
{
	for (size_t i = 0; i < interface->face_count; i++)
		if (interface->faces[i] == zone)
			return true;
	return false;
}

bool topology_on_path(struct topology *topology, const struct device *device, size_t in,
		      size_t out, zone_id from, zone_id to)
{
	const struct interface *entry = &device->interfaces[in];
	const struct interface *leave = &device->interfaces[out];
	size_t node = topology->node_of[device->index];
	const struct hop_list *hops;

	if (in == out)
		return false;
	if (from == to)
		return topology_faces(entry, from) && topology_faces(leave, from);
	hops = topology_paths(topology, from, to);
	for (size_t i = 0; i < entry->face_count; i++)
		for (size_t j = 0; j < leave->face_count; j++)
			if (topology_has_hop(hops, topology_hop(topology, node, entry->faces[i],
								leave->faces[j])))
				return true;
	return false;
}
