/* SPDX-License-Identifier: Apache-2.0
 *
 * The devices on the way of a flow. */
#include "config.h"
#include "cli/way.h"

#include "base/vec.h"

struct crossing {
	const struct device *device;
	size_t in, out; /* interfaces */
};
VEC_TYPE(crossings, struct crossing);

static void way_device(struct topology *topology, const struct device *device, zone_id from,
		       zone_id to, struct crossings *way)
{
	for (size_t in = 0; in < device->interface_count; in++)
		for (size_t out = 0; out < device->interface_count; out++)
			if (in != out && topology_on_path(topology, device, in, out, from, to))
				vec_push(way, ((struct crossing){ device, in, out }));
}

static struct crossings way_find(const struct model *model, struct topology *topology,
				 zone_id from, zone_id to)
{
	struct crossings way = VEC_INIT;

	for (size_t d = 0; d < model->device_count; d++)
		if (from != ZONE_NONE && to != ZONE_NONE)
			way_device(topology, &model->devices[d], from, to, &way);
	return way;
}

/* What to say of a way without crossings. */
static const char *way_empty(struct topology *topology, zone_id from, zone_id to)
{
	bool connected = true;

	if (from != to)
		topology_flat(topology, from, to, &connected);
	return connected ? "no device on the way" : "no device of the policy joins these zones";
}

void way_print(const struct model *model, struct topology *topology, zone_id from,
	       zone_id to, FILE *stream)
{
	struct crossings way = way_find(model, topology, from, to);

	for (size_t i = 0; i < way.len; i++) {
		const struct crossing *c = &way.data[i];
		fprintf(stream, "    through %s: %s -> %s\n", c->device->name,
			c->device->interfaces[c->in].name, c->device->interfaces[c->out].name);
	}
	if (way.len == 0 && from != ZONE_NONE && to != ZONE_NONE)
		fprintf(stream, "    %s\n", way_empty(topology, from, to));
	vec_free(&way);
}

json_t *way_json(const struct model *model, struct topology *topology, zone_id from,
		 zone_id to)
{
	struct crossings way = way_find(model, topology, from, to);
	json_t *list = json_array();

	for (size_t i = 0; i < way.len; i++) {
		const struct device *device = way.data[i].device;
		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s}", "device", device->name,
			"in", device->interfaces[way.data[i].in].name,
			"out", device->interfaces[way.data[i].out].name));
	}
	vec_free(&way);
	return list;
}
