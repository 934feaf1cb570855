/* SPDX-License-Identifier: Apache-2.0
 *
 * Where policies apply: the interfaces of a VDOM and the zone that each is in, of the
 * system or of SD-WAN. A zone of SD-WAN has its members by `config members`, those
 * that name no zone are in `virtual-wan-link` (6.4 on; "system virtual-wan-link" until
 * 6.2), and nothing passes within it without a policy. And what joins interfaces
 * behind the back of all policies: switches, and links between VDOMs. */
#include "config.h"
#include "verifier/fortios.h"

#include <stdlib.h>
#include <string.h>

#define WAN_ZONE "virtual-wan-link"

static const char joined[] = "it is a part of another interface, and has no policies";

struct fos_place *fos_place_find(const struct fos_vdom *vdom, const char *name)
{
	for (size_t i = 0; i < vdom->places.len; i++)
		if (strcmp(vdom->places.data[i].name, name) == 0)
			return &vdom->places.data[i];
	return NULL;
}

static struct fos_place *place_add(struct fos_vdom *vdom, const char *name)
{
	struct fos_place made = { .name = name };

	if (fos_place_find(vdom, name) == NULL)
		vec_push(&vdom->places, made);
	return fos_place_find(vdom, name);
}

const char *fos_interface_vdom(struct fos *fortios, struct fos_entry *entry)
{
	return fos_word(fortios, entry, "vdom", "root");
}

/* ---- zones ---- */

/* A zone of SD-WAN may have no section: its members name it. */
static struct fos_entry *wan_members(const struct fos_vdom *vdom)
{
	static const char *const paths[] = { "system sdwan", "system virtual-wan-link" };
	struct fos_table *table, *members;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		table = fos_table_find(vdom->fortios, vdom->name, paths[i]);
		members = table != NULL ? fos_table_inside(&table->own, "members") : NULL;
		if (members != NULL && !fos_is(vdom->fortios, &table->own, "status", "disable"))
			return members->first;
	}
	return NULL;
}

static bool is_zone(const struct fos_vdom *vdom, const char *name)
{
	if (fos_entry_find(fos_table_find(vdom->fortios, vdom->name, "system zone"), name) !=
	    NULL)
		return true;
	for (struct fos_entry *e = wan_members(vdom); e != NULL; e = e->next)
		if (strcmp(fos_word(vdom->fortios, e, "zone", WAN_ZONE), name) == 0)
			return true;
	return false;
}

static void zone_join(struct fos_vdom *vdom, const char *member, const char *zone,
		      const struct fos_statement *open)
{
	struct fos_place *place =
		vdom->known ? fos_place_find(vdom, member) : place_add(vdom, member);

	if (place == NULL)
		return;
	place->zone = zone;
	place->open = open;
}

static void zones_apply(struct fos_vdom *vdom)
{
	static const char *const harmless[] = { "description", "tagging", NULL };
	struct fos *fortios = vdom->fortios;
	struct fos_table *zones = fos_table_find(fortios, vdom->name, "system zone");

	for (struct fos_entry *e = zones ? zones->first : NULL; e != NULL; e = e->next) {
		const struct fos_setting *members = fos_get(fortios, e, "interface");
		const struct fos_setting *within = fos_get(fortios, e, "intrazone");
		bool open = within != NULL && !fos_is(fortios, e, "intrazone", "deny");
		if (open && !fos_is(fortios, e, "intrazone", "allow"))
			fos_unknown(fortios, within->statement,
				    "it is neither `allow` nor `deny`", false);
		for (size_t i = 0; members != NULL && i < members->count; i++)
			zone_join(vdom, members->values[i], e->name,
				  open ? within->statement : NULL);
		fos_rest(fortios, e, harmless, false);
	}
	for (struct fos_entry *e = wan_members(vdom); e != NULL; e = e->next)
		zone_join(vdom, fos_word(fortios, e, "interface", ""),
			  fos_word(fortios, e, "zone", WAN_ZONE), NULL);
}

/* ---- interfaces ---- */

static void places_listed(struct fos_vdom *vdom)
{
	struct fos_table *table = fos_table_find(vdom->fortios, "", "system interface");

	vdom->known = table != NULL && table->first != NULL;
	for (struct fos_entry *e = table ? table->first : NULL; e != NULL; e = e->next)
		if (strcmp(fos_interface_vdom(vdom->fortios, e), vdom->name) == 0 &&
		    !fos_is(vdom->fortios, e, "status", "down"))
			place_add(vdom, e->name);
}

static void places_named(struct fos_vdom *vdom, const struct fos_setting *names)
{
	for (size_t i = 0; names != NULL && i < names->count; i++)
		if (strcmp(names->values[i], "any") != 0 && !is_zone(vdom, names->values[i]))
			place_add(vdom, names->values[i]);
}

/* Without a list of interfaces they are those that something names. */
static void places_guess(struct fos_vdom *vdom)
{
	const struct device *device = vdom->fortios->input->device;

	for (size_t i = 0; device != NULL && i < device->interface_count; i++)
		place_add(vdom, device->interfaces[i].name);
	for (size_t i = 0; i < vdom->through.len; i++) {
		places_named(vdom, vdom->through.data[i].in);
		places_named(vdom, vdom->through.data[i].out);
	}
	for (size_t i = 0; i < vdom->local.len; i++)
		places_named(vdom, vdom->local.data[i].in);
}

static int place_order(const void *left, const void *right)
{
	const struct fos_place *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void fos_places(struct fos_vdom *vdom)
{
	places_listed(vdom);
	if (!vdom->known)
		places_guess(vdom);
	zones_apply(vdom);
	if (vdom->places.len > 0)
		qsort(vdom->places.data, vdom->places.len, sizeof(*vdom->places.data),
		      place_order);
}

bool fos_place_is_known(const struct fos_vdom *vdom, const char *name)
{
	return !vdom->known || fos_place_find(vdom, name) != NULL || is_zone(vdom, name) ||
	       fos_entry_find(fos_table_find(vdom->fortios, "", "system interface"), name) !=
		       NULL;
}

/* ---- what joins interfaces ---- */

static bool device_has(const struct fos *fortios, const char *name)
{
	const struct device *device = fortios->input->device;

	for (size_t i = 0; device != NULL && i < device->interface_count; i++)
		if (strcmp(device->interfaces[i].name, name) == 0)
			return true;
	return false;
}

/* A part of a switch, or of interfaces that are bundled, is no interface of its own: it
 * has the policies of the whole. */
static void switch_joined(struct fos *fortios, struct fos_entry *entry)
{
	const struct fos_setting *members = fos_get(fortios, entry, "member");
	struct fos_table *ports = fos_table_inside(entry, "port");

	for (size_t i = 0; members != NULL && i < members->count; i++)
		if (device_has(fortios, members->values[i]))
			fos_unknown(fortios, members->statement, joined, false);
	for (struct fos_entry *e = ports ? ports->first : NULL; e != NULL; e = e->next)
		if (device_has(fortios, e->name))
			fos_unknown(fortios, e->statement, joined, false);
}

/* The ends of a link of the network processor: "npu0_vlink0" and "npu0_vlink1". */
static void vlink_joined(struct fos *fortios, struct fos_table *table, struct fos_entry *entry)
{
	const char *tail = strstr(entry->name, "_vlink");
	size_t length = strlen(entry->name);

	if (tail == NULL || entry->name[length - 1] != '0')
		return;
	const char *name = arena_printf(fortios->arena, "%.*s1", (int)(length - 1), entry->name);
	struct fos_entry *other = fos_entry_find(table, name);
	if (other != NULL && strcmp(fos_interface_vdom(fortios, entry),
				    fos_interface_vdom(fortios, other)) != 0)
		fos_unknown(fortios, entry->statement, "two VDOMs are joined", false);
}

void fos_joined(struct fos *fortios)
{
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		for (struct fos_entry *e = t->first; e != NULL; e = e->next) {
			if (strcmp(t->path, "system switch-interface") == 0 ||
			    strcmp(t->path, "system virtual-switch") == 0 ||
			    strcmp(t->path, "system interface") == 0)
				switch_joined(fortios, e);
			if (strcmp(t->path, "system interface") == 0)
				vlink_joined(fortios, t, e);
		}
}
