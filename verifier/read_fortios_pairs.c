/* SPDX-License-Identifier: Apache-2.0
 *
 * From policies to the filter. A pair of interfaces of one VDOM has the policies
 * that name both, or their zones, or `any`, in the order of the table; between
 * interfaces of two VDOMs nothing is forwarded. What is for the device's own
 * addresses is never forwarded: `local-in-policy` decides on it.
 *
 * Two exceptions (CLI Reference): between the interfaces of a zone with `intrazone
 * allow` everything passes ("system zone"); and what leaves by the interface it came
 * by may pass without a policy unless `allow-traffic-redirect` is off ("system
 * global"): its default and what it means depend on the version (Technical Tip
 * 196651). */
#include "config.h"
#include "verifier/fortios.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/topology.h"

/* Is a policy of an interface? UNSURE: it names what the configuration lacks. */
enum taking { NOT, UNSURE, TAKES };

/* What is made of one VDOM. */
struct pairs {
	struct fos *fortios;
	struct fos_vdom vdom;
	enum taking *in, *out, *local_in; /* by policy * places + place */
	const struct filter_pair *onto, *self; /* what may leave; what stays */
	struct topology *topology;
};

VEC_TYPE(pair_list, struct filter_pair);

/* ---- which policies ---- */

static enum taking takes(struct pairs *pairs, const struct fos_setting *names,
			 const struct fos_place *interface)
{
	enum taking best = NOT;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->values[i];
		if (strcmp(name, "any") == 0 || strcmp(name, interface->name) == 0 ||
		    (interface->zone != NULL && strcmp(name, interface->zone) == 0))
			return TAKES;
		if (!fos_place_is_known(&pairs->vdom, name))
			best = UNSURE;
	}
	if (best == UNSURE)
		fos_unknown(pairs->fortios, names->statement,
				"it is neither an interface nor a zone of the configuration", true);
	return best;
}

static enum taking *taking_of(struct pairs *pairs, const struct fos_policies *policies,
			      bool out)
{
	size_t width = pairs->vdom.places.len;
	enum taking *table =
		arena_array(pairs->fortios->arena, policies->len * width + 1, sizeof(*table));

	for (size_t p = 0; p < policies->len; p++)
		for (size_t i = 0; i < width; i++)
			table[p * width + i] = takes(
				pairs, out ? policies->data[p].out : policies->data[p].in,
				&pairs->vdom.places.data[i]);
	return table;
}

static void entries_of(struct fos_entries *list, const struct fos_policy *policy, bool unsure)
{
	for (size_t i = 0; i < policy->entries.len; i++) {
		struct filter_entry entry = policy->entries.data[i];
		entry.uncertain = entry.uncertain || unsure;
		vec_push(list, entry);
	}
}

/* ---- entries that no policy makes ---- */

struct filter_entry fos_entry_all(struct fos *fortios)
{
	return (struct filter_entry){
		.allow = true,
		.source = address_set_all(fortios->arena),
		.destination = address_set_all(fortios->arena),
		.protocols = fortios->full_protocols,
		.src_ports = fortios->full_ports,
		.dst_ports = fortios->full_ports,
	};
}

static const struct filter_pair *pair_onto(struct fos *fortios, struct address_set set)
{
	struct filter_pair *pair = arena_alloc(fortios->arena, sizeof(*pair));
	struct filter_entry entry = fos_entry_all(fortios);

	entry.destination = set;
	pair->entries = arena_copy(fortios->arena, &entry, sizeof(entry));
	pair->entry_count = 1;
	return pair;
}

/* What stays, and what may leave. */
static void pairs_own(struct pairs *pairs)
{
	struct fos *fortios = pairs->fortios;
	struct address_set own = fos_own_addresses(&pairs->vdom);
	struct address_set all = address_set_all(fortios->arena);

	pairs->self = pair_onto(fortios, fos_self_addresses(fortios, own));
	if (!address_set_is_empty(own))
		pairs->onto = pair_onto(fortios, address_set_subtract(fortios->arena, all, own));
}

/* ---- pairs ---- */

static void pair_push(struct pairs *pairs, struct pair_list *out, const char *in,
		      const char *onto, struct fos_entries *entries)
{
	struct filter_pair pair = { .in = in, .out = onto, .entry_count = entries->len };

	if (entries->len > 0)
		pair.entries = arena_copy(pairs->fortios->arena, entries->data,
					  entries->len * sizeof(*entries->data));
	pair.also = strcmp(onto, FILTER_SELF) == 0 ? pairs->self : pairs->onto;
	vec_push(out, pair);
	vec_free(entries);
}

/* What else decides where the zone is open: only that all passes is sure. */
static void open_zone(struct pairs *pairs, uint32_t line, struct fos_entries *entries)
{
	struct filter_entry all = fos_entry_all(pairs->fortios);

	all.where = (struct span){ pairs->fortios->source, line, 1, line, 1 };
	for (size_t i = 0; i < entries->len; i++)
		entries->data[i].uncertain = entries->data[i].uncertain ||
					     !entries->data[i].allow;
	vec_push(entries, all);
}

static bool redirects(struct fos *fortios, const char *word)
{
	struct fos_table *global = fos_table_find(fortios, "", "system global");

	return global == NULL || !fos_is(fortios, &global->own, word, "disable");
}

/* Does the policy say anything of what comes and leaves by the interface? */
static bool several_behind(struct pairs *pairs, const char *name)
{
	const struct read_input *input = pairs->fortios->input;
	const struct device *device = input->device;
	size_t zones = input->model != NULL ? input->model->zone_count : 0;

	if (zones > 0 && device != NULL && pairs->topology == NULL)
		pairs->topology = topology_create(input->model);
	for (size_t i = 0; zones > 0 && device != NULL && i < device->interface_count; i++)
		for (size_t k = 0; k < zones * zones; k++)
			if (strcmp(device->interfaces[i].name, name) == 0 &&
			    topology_on_path(pairs->topology, device, i, i, (zone_id)(k / zones),
					     (zone_id)(k % zones)))
				return true;
	return false;
}

/* By the interface it came by. Where the policy says nothing of it, nothing is asked. */
static bool hairpin(struct pairs *pairs, const char *name, struct fos_entries *entries)
{
	static const char *const words[FAMILY_COUNT] = { "allow-traffic-redirect",
							 "ipv6-allow-traffic-redirect" };
	bool on[FAMILY_COUNT], several = several_behind(pairs, name);

	for (int f = 0; f < FAMILY_COUNT; f++)
		on[f] = redirects(pairs->fortios, words[f]);
	if (on[0] && on[1] && !several)
		return false;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct filter_entry entry = fos_entry_all(pairs->fortios);
		entry.source.family[!f] = entry.destination.family[!f] = set_empty();
		entry.uncertain = true;
		if (on[f])
			vec_push(entries, entry);
	}
	return true;
}

static void pairs_between(struct pairs *pairs, size_t in, size_t out, const size_t *mine,
			  size_t count, struct pair_list *list)
{
	const struct fos_place *from = &pairs->vdom.places.data[in];
	const struct fos_place *to = &pairs->vdom.places.data[out];
	size_t width = pairs->vdom.places.len;
	struct fos_entries entries = VEC_INIT;

	if (in == out && !hairpin(pairs, from->name, &entries))
		return;
	for (size_t i = 0; i < count; i++) {
		enum taking before = pairs->in[mine[i] * width + in];
		enum taking after = pairs->out[mine[i] * width + out];
		if (after != NOT)
			entries_of(&entries, &pairs->vdom.through.data[mine[i]],
				   before == UNSURE || after == UNSURE);
	}
	if (in != out && from->open != NULL && to->zone != NULL && strcmp(from->zone, to->zone) == 0)
		open_zone(pairs, from->open->line, &entries);
	pair_push(pairs, list, from->name, to->name, &entries);
}

/* What no policy decides about goes to whatever service of the device listens. */
static void pair_self(struct pairs *pairs, size_t in, struct pair_list *list)
{
	size_t width = pairs->vdom.places.len;
	const char *name = pairs->vdom.places.data[in].name;
	const enum taking *table = pairs->local_in;
	struct fos_entries entries = VEC_INIT;
	struct filter_entry rest = fos_entry_all(pairs->fortios);

	fos_self_closed(&pairs->vdom, name, &entries);
	for (size_t p = 0; p < pairs->vdom.local.len; p++)
		if (table[p * width + in] != NOT)
			entries_of(&entries, &pairs->vdom.local.data[p],
				   table[p * width + in] == UNSURE);
	rest.uncertain = true;
	vec_push(&entries, rest);
	pair_push(pairs, list, name, FILTER_SELF, &entries);
}

static void pairs_list(struct pairs *pairs, struct pair_list *list)
{
	size_t width = pairs->vdom.places.len;
	size_t *mine = arena_array(pairs->fortios->arena, pairs->vdom.through.len + 1, sizeof(*mine));

	pairs->in = taking_of(pairs, &pairs->vdom.through, false);
	pairs->out = taking_of(pairs, &pairs->vdom.through, true);
	pairs->local_in = taking_of(pairs, &pairs->vdom.local, false);
	for (size_t in = 0; in < width; in++) {
		size_t count = 0;
		for (size_t p = 0; p < pairs->vdom.through.len; p++)
			if (pairs->in[p * width + in] != NOT)
				mine[count++] = p;
		for (size_t out = 0; out < width; out++)
			pairs_between(pairs, in, out, mine, count, list);
		if (pairs->fortios->input->self)
			pair_self(pairs, in, list);
	}
}

/* ---- VDOMs ---- */

static void policies_of(struct pairs *pairs)
{
	static const char *const through[] = { "firewall consolidated policy", "firewall policy",
					       "firewall policy6", "firewall multicast-policy",
					       "firewall multicast-policy6" };
	static const char *const local[] = { "firewall local-in-policy",
					     "firewall local-in-policy6" };
	const struct fos_table *table;

	for (size_t i = 0; i < sizeof(through) / sizeof(through[0]); i++)
		if ((table = fos_table_find(pairs->fortios, pairs->vdom.name, through[i])) != NULL)
			fos_policies_read(pairs->fortios, table, &pairs->vdom.through);
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if ((table = fos_table_find(pairs->fortios, pairs->vdom.name, local[i])) != NULL)
			fos_policies_read(pairs->fortios, table, &pairs->vdom.local);
}

static void pairs_release(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->vdom.through.len; i++)
		fos_policy_release(&pairs->vdom.through.data[i]);
	for (size_t i = 0; i < pairs->vdom.local.len; i++)
		fos_policy_release(&pairs->vdom.local.data[i]);
	vec_free(&pairs->vdom.through);
	vec_free(&pairs->vdom.local);
	vec_free(&pairs->vdom.places);
	if (pairs->topology != NULL)
		topology_destroy(pairs->topology);
}

static void vdom_pairs(struct fos *fortios, const char *name, struct pair_list *list)
{
	struct pairs pairs = { .fortios = fortios, .vdom = { .fortios = fortios, .name = name } };

	policies_of(&pairs);
	fos_places(&pairs.vdom);
	pairs_own(&pairs);
	pairs_list(&pairs, list);
	fos_helpers(&pairs.vdom);
	pairs_release(&pairs);
}

static int name_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Each VDOM that has policies or interfaces, once; `root` where there is none. */
static void vdoms_pairs(struct fos *fortios, struct pair_list *list)
{
	struct fos_table *interfaces = fos_table_find(fortios, "", "system interface");
	VEC(const char *) names = VEC_INIT;

	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		if (strstr(t->path, "policy") != NULL && t->vdom[0] != '\0')
			vec_push(&names, t->vdom);
	for (struct fos_entry *e = interfaces ? interfaces->first : NULL; e; e = e->next)
		vec_push(&names, fos_interface_vdom(fortios, e));
	if (names.len == 0)
		vec_push(&names, "root");
	qsort(names.data, names.len, sizeof(*names.data), name_order);
	for (size_t i = 0; i < names.len; i++)
		if ((i == 0 || strcmp(names.data[i], names.data[i - 1]) != 0) &&
		    fos_vdom_is_asked(fortios, names.data[i]))
			vdom_pairs(fortios, names.data[i], list);
	vec_free(&names);
}

static int pair_order(const void *left, const void *right)
{
	const struct filter_pair *a = left, *b = right;
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

static void pairs_missing(struct fos *fortios)
{
	const struct fos_table *table =
		fos_table_find(fortios, "", "system interface");
	const struct device *device = fortios->input->device;

	for (size_t i = 0; device != NULL && table && i < device->interface_count; i++)
		if (fos_entry_find(table, device->interfaces[i].name) == NULL)
			fos_unknown(fortios, NULL,
					arena_printf(fortios->arena,
						     "the configuration has no interface %s",
						     device->interfaces[i].name),
					false);
}

void fos_pairs(struct fos *fortios)
{
	struct filter *filter = &fortios->result->filter;
	struct pair_list list = VEC_INIT;

	*filter = (struct filter){ .at = fortios->input->at, .horizon = fortios->input->horizon,
				   .covers_self = fortios->input->self, .returns_pass = true };
	pairs_missing(fortios);
	vdoms_pairs(fortios, &list);
	fos_joined(fortios);
	if (list.len > 0)
		qsort(list.data, list.len, sizeof(*list.data), pair_order);
	for (size_t i = 1; i < list.len; i++)
		if (pair_order(&list.data[i - 1], &list.data[i]) == 0)
			fos_unknown(fortios, NULL, "an interface is named in two VDOMs",
					false);
	filter->pairs = list.len > 0 ? arena_copy(fortios->arena, list.data,
						  list.len * sizeof(*list.data))
				     : NULL;
	filter->pair_count = list.len;
	filter->activities = arena_copy(fortios->arena, fortios->activities.data,
					fortios->activities.len *
						sizeof(*fortios->activities.data));
	filter->activity_count = fortios->activities.len;
	filter->monitor = fortios->monitor;
	vec_free(&list);
}
