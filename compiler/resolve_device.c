/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices, exceptions and asserts; and the question of `query`, which is
 * resolved like an assert. */
#include "config.h"
#include <string.h>

#include "compiler/resolve_parts.h"

VEC_TYPE(zone_list, zone_id);

static const zone_id *interface_faces(struct resolve *r, const struct tree_endpoint *e,
				      size_t *count)
{
	struct zone_list zones = VEC_INIT;

	for (; e != NULL; e = e->next) {
		if (e->kind == ENDPOINT_EXTERNAL) {
			vec_push(&zones, (zone_id)(r->model->zone_count - 1));
			continue;
		}
		struct symbol *symbol = symbol_use_zone(r, e->text, e->where);
		if (symbol != NULL)
			vec_push(&zones, (zone_id)symbol->index);
	}
	*count = zones.len;
	const zone_id *faces = arena_copy(r->arena, zones.data, zones.len * sizeof(*zones.data));
	vec_free(&zones);
	return faces;
}

static struct interface interface_of(struct resolve *r, const struct tree_interface *tree)
{
	struct interface interface = { .name = tree->name.text, .tree = tree };
	VEC(struct address) addresses = VEC_INIT;

	interface.faces = interface_faces(r, tree->faces, &interface.face_count);
	for (const struct tree_range *t = tree->addresses; t != NULL; t = t->next)
		vec_push(&addresses, ((struct address){ t->range.lo, t->range.family }));
	interface.address_count = addresses.len;
	interface.addresses = arena_copy(r->arena, addresses.data,
					 addresses.len * sizeof(*addresses.data));
	vec_free(&addresses);
	return interface;
}

/* A device has few interfaces: each is held against those before it. */
static void interface_once(struct resolve *r, const struct tree_device *device,
			   const struct tree_interface *interface)
{
	for (const struct tree_interface *t = device->interfaces; t != interface; t = t->next) {
		if (strcmp(t->name.text, interface->name.text) != 0)
			continue;
		struct diag *diag = diag_add(r->diags, FINDING_DUPLICATE_NAME,
					     interface->name.where,
					     "%s has an interface '%s' already", device->name.text,
					     interface->name.text);
		diag_other(r->diags, diag, t->name.where, "it was given first here");
		return;
	}
}

static void device_fill(struct resolve *r, struct device *device, const struct tree_device *tree)
{
	VEC(struct interface) interfaces = VEC_INIT;

	device->name = tree->name.text;
	device->platform = tree->platform ? tree->platform->text : NULL;
	device->cluster = tree->cluster ? tree->cluster->text : NULL;
	device->stage = tree->stage;
	device->tree = tree;
	for (const struct tree_interface *t = tree->interfaces; t != NULL; t = t->next) {
		interface_once(r, tree, t);
		vec_push(&interfaces, interface_of(r, t));
	}
	device->interface_count = interfaces.len;
	device->interfaces = arena_copy(r->arena, interfaces.data,
					interfaces.len * sizeof(*interfaces.data));
	vec_free(&interfaces);
	resolve_own_rules(r, device);
}

void resolve_devices(struct resolve *r)
{
	struct symbol_table *table = &r->table[TABLE_DEVICES];
	struct model *model = r->model;

	model->device_count = table->list.len;
	model->devices = arena_array(r->arena, table->list.len, sizeof(*model->devices));
	for (size_t i = 0; i < table->list.len; i++) {
		model->devices[i].index = (uint16_t)i;
		device_fill(r, &model->devices[i], table->list.data[i]->tree);
	}
}

static void exception_check(struct resolve *r, const struct tree_exception *exception)
{
	const char *names[FINDING_COUNT];

	if (exception->until.given)
		timezone_known(r, exception->until.where);
	if (finding_by_name(exception->finding.text) != FINDING_COUNT)
		return;
	for (int id = 0; id < FINDING_COUNT; id++)
		names[id] = finding_info((enum finding_id)id)->name;
	struct diag *diag = diag_add(r->diags, FINDING_UNKNOWN_NAME, exception->finding.where,
				     "there is no finding '%s'", exception->finding.text);
	diag_suggest(r->diags, diag, exception->finding.text, names, FINDING_COUNT);
}

static struct extent assert_side(struct resolve *r, const struct tree_endpoints *side)
{
	size_t before = r->diags->len;
	struct extent extent = extent_of(r, side, NULL);

	if (extent_is_empty(&extent) && r->diags->len == before)
		diag_add(r->diags, FINDING_EMPTY_SIDE, side->where,
			 "this side holds no address");
	return extent;
}

static struct assertion assert_of(struct resolve *r, const struct tree_assert *tree)
{
	struct extent source = assert_side(r, &tree->source);
	struct extent destination = assert_side(r, &tree->destination);
	struct assertion out = { .kind = tree->kind, .hops = tree->hops, .tree = tree,
				 .via = address_set_empty() };

	out.pair = pair_of(r, &source, &destination);
	out.matches = matches_of(r, tree->services, USE_QUESTION, &out.match_count);
	out.activity = activity_of(r, &tree->modifiers);
	out.timed = modifiers_have_time(&tree->modifiers);
	out.modes = modes_of(r, tree->modifiers.in);
	if (tree->via.include != NULL)
		out.via = extent_of(r, &tree->via, NULL).unicast;
	return out;
}

void resolve_asserts(struct resolve *r)
{
	VEC(struct assertion) asserts = VEC_INIT;
	VEC(struct tree_exception *) exceptions = VEC_INIT;
	struct model *model = r->model;

	for (const struct tree_statement *s = r->text->statements; s != NULL; s = s->next) {
		if (s->kind == STATEMENT_ASSERT)
			vec_push(&asserts, assert_of(r, s->assertion));
		if (s->kind != STATEMENT_EXCEPTION)
			continue;
		exception_check(r, s->exception);
		vec_push(&exceptions, s->exception);
	}
	model->assertion_count = asserts.len;
	model->assertions = arena_copy(r->arena, asserts.data,
				       asserts.len * sizeof(*asserts.data));
	model->exception_count = exceptions.len;
	model->exceptions = arena_copy(r->arena, exceptions.data,
				       exceptions.len * sizeof(struct tree_exception *));
	vec_free(&asserts);
	vec_free(&exceptions);
}

bool resolve_question(struct resolve *r, const struct tree_assert *tree, struct assertion *out)
{
	size_t before = diags_count(r->diags, SEVERITY_ERROR);

	*out = assert_of(r, tree);
	resolve_check_link(r, out->matches, out->match_count, &tree->source, &tree->destination);
	return diags_count(r->diags, SEVERITY_ERROR) == before;
}
