/* SPDX-License-Identifier: Apache-2.0
 *
 * From policies to the filter. A pair of interfaces of one VDOM has the policies
 * that name both, or their zones, or `any`, in the order of the table; between
 * interfaces of two VDOMs nothing is forwarded. What is for the device's own
 * addresses is never forwarded: `local-in-policy` decides on it.
 *
 * Two exceptions (CLI Reference): between the interfaces of a zone with `intrazone
 * allow` everything passes ("system zone"); and what leaves by the interface it came
 * by passes without a policy unless `allow-traffic-redirect` is off ("system
 * global"). */
#include "config.h"
#include "verifier/fortios.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/topology.h"

/* Is a policy of an interface? UNSURE: it names what the configuration lacks. */
enum taking { NOT, UNSURE, TAKES };

/* An interface of the VDOM. */
struct place {
	const char *name;
	const char *zone;  /* NULL: of none */
	const struct fos_statement *open; /* what opens the zone within; NULL: nothing */
};

/* One VDOM. */
struct pairs {
	struct fos *fortios;
	const char *vdom;
	bool known;        /* the configuration lists its interfaces */
	VEC(struct place) interfaces;
	struct fos_policies through, local;
	enum taking *in, *out, *local_in; /* by policy * interfaces + interface */
	const struct filter_pair *onto, *self; /* what may leave; what stays */
	struct topology *topology;
};

VEC_TYPE(pair_list, struct filter_pair);
VEC_TYPE(entry_list, struct filter_entry);

/* ---- interfaces ---- */

static struct place *interface_find(struct pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->interfaces.len; i++)
		if (strcmp(pairs->interfaces.data[i].name, name) == 0)
			return &pairs->interfaces.data[i];
	return NULL;
}

static struct place *interface_add(struct pairs *pairs, const char *name)
{
	struct place made = { .name = name };

	if (interface_find(pairs, name) == NULL)
		vec_push(&pairs->interfaces, made);
	return interface_find(pairs, name);
}

static const char *interface_vdom(struct fos *fortios, struct fos_entry *entry)
{
	return fos_word(fortios, entry, "vdom", "root");
}

static void interfaces_listed(struct pairs *pairs)
{
	struct fos_table *table = fos_table_find(pairs->fortios, "", "system interface");

	pairs->known = table != NULL && table->first != NULL;
	for (struct fos_entry *e = table ? table->first : NULL; e != NULL; e = e->next)
		if (strcmp(interface_vdom(pairs->fortios, e), pairs->vdom) == 0 &&
		    !fos_is(pairs->fortios, e, "status", "down"))
			interface_add(pairs, e->name);
}

static void interfaces_named(struct pairs *pairs, const struct fos_setting *names)
{
	const struct fos_table *zones =
		fos_table_find(pairs->fortios, pairs->vdom, "system zone");

	for (size_t i = 0; names != NULL && i < names->count; i++)
		if (strcmp(names->values[i], "any") != 0 &&
		    fos_entry_find(zones, names->values[i]) == NULL)
			interface_add(pairs, names->values[i]);
}

/* Without a list of interfaces they are those that something names. */
static void interfaces_guess(struct pairs *pairs)
{
	const struct device *device = pairs->fortios->input->device;

	for (size_t i = 0; device != NULL && i < device->interface_count; i++)
		interface_add(pairs, device->interfaces[i].name);
	for (size_t i = 0; i < pairs->through.len; i++) {
		interfaces_named(pairs, pairs->through.data[i].in);
		interfaces_named(pairs, pairs->through.data[i].out);
	}
	for (size_t i = 0; i < pairs->local.len; i++)
		interfaces_named(pairs, pairs->local.data[i].in);
}

static void zones_apply(struct pairs *pairs)
{
	static const char *const harmless[] = { "description", "tagging", NULL };
	struct fos_table *zones =
		fos_table_find(pairs->fortios, pairs->vdom, "system zone");

	for (struct fos_entry *e = zones ? zones->first : NULL; e != NULL; e = e->next) {
		const struct fos_setting *members =
			fos_get(pairs->fortios, e, "interface");
		const struct fos_statement *open = NULL;
		if (fos_is(pairs->fortios, e, "intrazone", "allow"))
			open = fos_get(pairs->fortios, e, "intrazone")->statement;
		for (size_t i = 0; members != NULL && i < members->count; i++) {
			struct place *member =
				pairs->known ? interface_find(pairs, members->values[i])
					     : interface_add(pairs, members->values[i]);
			if (member == NULL)
				continue;
			member->zone = e->name;
			member->open = open;
		}
		fos_rest(pairs->fortios, e, harmless, false);
	}
}

static int interface_order(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* ---- which policies ---- */

static bool name_is_known(struct pairs *pairs, const char *name)
{
	return !pairs->known || interface_find(pairs, name) != NULL ||
	       fos_entry_find(fos_table_find(pairs->fortios, pairs->vdom, "system zone"),
				  name) != NULL ||
	       fos_entry_find(fos_table_find(pairs->fortios, "", "system interface"),
				  name) != NULL;
}

static enum taking takes(struct pairs *pairs, const struct fos_setting *names,
			 const struct place *interface)
{
	enum taking best = NOT;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->values[i];
		if (strcmp(name, "any") == 0 || strcmp(name, interface->name) == 0 ||
		    (interface->zone != NULL && strcmp(name, interface->zone) == 0))
			return TAKES;
		if (!name_is_known(pairs, name))
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
	size_t width = pairs->interfaces.len;
	enum taking *table =
		arena_array(pairs->fortios->arena, policies->len * width + 1, sizeof(*table));

	for (size_t p = 0; p < policies->len; p++)
		for (size_t i = 0; i < width; i++)
			table[p * width + i] = takes(
				pairs, out ? policies->data[p].out : policies->data[p].in,
				&pairs->interfaces.data[i]);
	return table;
}

static void entries_of(struct entry_list *list, const struct fos_policy *policy, bool unsure)
{
	for (size_t i = 0; i < policy->entries.len; i++) {
		struct filter_entry entry = policy->entries.data[i];
		entry.uncertain = entry.uncertain || unsure;
		vec_push(list, entry);
	}
}

/* ---- entries that no policy makes ---- */

static struct filter_entry entry_all(struct fos *fortios)
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
	struct filter_entry entry = entry_all(fortios);

	entry.destination = set;
	pair->entries = arena_copy(fortios->arena, &entry, sizeof(entry));
	pair->entry_count = 1;
	return pair;
}

/* ---- the device's own addresses ---- */

static void own_add(struct fos *fortios, struct address_set *own, const char *word)
{
	struct address address;

	if (word == NULL || !address_parse(word, strcspn(word, "/"), &address) ||
	    address.value == 0)
		return;
	struct address_range range = { address.value, address.value, address.family };
	*own = address_set_union(fortios->arena, *own, address_set_range(fortios->arena, range));
}

static void own_of(struct fos *fortios, struct address_set *own, struct fos_entry *entry)
{
	struct fos_table *more = fos_table_inside(entry, "secondaryip");
	struct fos_table *six = fos_table_inside(entry, "ipv6");

	own_add(fortios, own, fos_word(fortios, entry, "ip", NULL));
	for (struct fos_entry *e = more ? more->first : NULL; e != NULL; e = e->next)
		own_add(fortios, own, fos_word(fortios, e, "ip", NULL));
	if (six == NULL)
		return;
	own_add(fortios, own, fos_word(fortios, &six->own, "ip6-address", NULL));
	more = fos_table_inside(&six->own, "ip6-extra-addr");
	for (struct fos_entry *e = more ? more->first : NULL; e != NULL; e = e->next)
		own_add(fortios, own, e->name);
}

static struct address_set own_addresses(struct pairs *pairs)
{
	struct fos *fortios = pairs->fortios;
	struct fos_table *table = fos_table_find(fortios, "", "system interface");
	const struct device *device = fortios->input->device;
	struct address_set own = device != NULL ? device->addresses : address_set_empty();

	for (struct fos_entry *e = table ? table->first : NULL; e != NULL; e = e->next)
		if (strcmp(interface_vdom(fortios, e), pairs->vdom) == 0)
			own_of(fortios, &own, e);
	return own;
}

/* What stays: its own addresses, those of the link, and groups that are never
 * forwarded (RFC 5771, section 4; RFC 4291, section 2.7). */
static void pairs_own(struct pairs *pairs)
{
	static const char *const texts[] = { "169.254.0.0/16", "224.0.0.0/24", "fe80::/10",
					     "ff02::/16" };
	struct fos *fortios = pairs->fortios;
	struct address_set own = own_addresses(pairs), self = own;
	struct address_range range;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (address_range_parse(texts[i], strlen(texts[i]), &range))
			self = address_set_union(fortios->arena, self,
						 address_set_range(fortios->arena, range));
	pairs->self = pair_onto(fortios, self);
	pairs->onto = address_set_is_empty(own)
			      ? NULL
			      : pair_onto(fortios, address_set_subtract(
							   fortios->arena,
							   address_set_all(fortios->arena), own));
}

/* ---- pairs ---- */

static void pair_push(struct pairs *pairs, struct pair_list *out, const char *in,
		      const char *onto, struct entry_list *entries)
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
static void open_zone(struct pairs *pairs, uint32_t line, struct entry_list *entries)
{
	struct filter_entry all = entry_all(pairs->fortios);

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
static bool hairpin(struct pairs *pairs, const char *name, struct entry_list *entries)
{
	static const char *const words[FAMILY_COUNT] = { "allow-traffic-redirect",
							 "ipv6-allow-traffic-redirect" };
	bool on[FAMILY_COUNT], several = several_behind(pairs, name);

	for (int f = 0; f < FAMILY_COUNT; f++)
		on[f] = redirects(pairs->fortios, words[f]);
	if (on[0] && on[1] && !several)
		return false;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct filter_entry entry = entry_all(pairs->fortios);
		entry.source.family[!f] = entry.destination.family[!f] = set_empty();
		if (on[f])
			vec_push(entries, entry);
	}
	return true;
}

static void pairs_between(struct pairs *pairs, size_t in, size_t out, const size_t *mine,
			  size_t count, struct pair_list *list)
{
	const struct place *from = &pairs->interfaces.data[in];
	const struct place *to = &pairs->interfaces.data[out];
	size_t width = pairs->interfaces.len;
	struct entry_list entries = VEC_INIT;

	if (in == out && !hairpin(pairs, from->name, &entries))
		return;
	for (size_t i = 0; i < count; i++) {
		enum taking before = pairs->in[mine[i] * width + in];
		enum taking after = pairs->out[mine[i] * width + out];
		if (after != NOT)
			entries_of(&entries, &pairs->through.data[mine[i]],
				   before == UNSURE || after == UNSURE);
	}
	if (in != out && from->open != NULL && to->zone != NULL && strcmp(from->zone, to->zone) == 0)
		open_zone(pairs, from->open->line, &entries);
	pair_push(pairs, list, from->name, to->name, &entries);
}

/* What no policy decides about goes to whatever service of the device listens. */
static void pair_self(struct pairs *pairs, size_t in, struct pair_list *list)
{
	struct fos *fortios = pairs->fortios;
	size_t width = pairs->interfaces.len;
	const enum taking *table = pairs->local_in;
	struct entry_list entries = VEC_INIT;
	struct filter_entry rest = entry_all(fortios);

	for (size_t p = 0; p < pairs->local.len; p++)
		if (table[p * width + in] != NOT)
			entries_of(&entries, &pairs->local.data[p],
				   table[p * width + in] == UNSURE);
	rest.uncertain = true;
	vec_push(&entries, rest);
	pair_push(pairs, list, pairs->interfaces.data[in].name, FILTER_SELF, &entries);
}

static void pairs_list(struct pairs *pairs, struct pair_list *list)
{
	size_t width = pairs->interfaces.len;
	size_t *mine = arena_array(pairs->fortios->arena, pairs->through.len + 1, sizeof(*mine));

	pairs->in = taking_of(pairs, &pairs->through, false);
	pairs->out = taking_of(pairs, &pairs->through, true);
	pairs->local_in = taking_of(pairs, &pairs->local, false);
	for (size_t in = 0; in < width; in++) {
		size_t count = 0;
		for (size_t p = 0; p < pairs->through.len; p++)
			if (pairs->in[p * width + in] != NOT)
				mine[count++] = p;
		for (size_t out = 0; out < width; out++)
			pairs_between(pairs, in, out, mine, count, list);
		if (pairs->fortios->input->self)
			pair_self(pairs, in, list);
	}
}

/* ---- session helpers ---- */

static bool helps(const struct fos_policies *policies, uint32_t protocol, uint32_t port)
{
	for (size_t i = 0; i < policies->len; i++)
		for (size_t k = 0; policies->data[i].helped &&
				   k < policies->data[i].entries.len; k++) {
			const struct filter_entry *entry = &policies->data[i].entries.data[k];
			if (entry->allow && set_contains(entry->protocols, protocol) &&
			    set_contains(entry->dst_ports, port))
				return true;
		}
	return false;
}

/* A helper lets in what a conversation announces; those of DNS end one early. */
static void helpers(struct pairs *pairs)
{
	struct fos *fortios = pairs->fortios;
	struct fos_table *table = fos_table_find(fortios, "", "system session-helper");

	for (struct fos_entry *e = table ? table->first : NULL; e != NULL; e = e->next) {
		const char *name = fos_word(fortios, e, "name", "");
		uint32_t protocol = 0, port = 0;
		fos_number(fos_word(fortios, e, "protocol", ""), UINT8_MAX, &protocol);
		fos_number(fos_word(fortios, e, "port", ""), UINT16_MAX, &port);
		if (strncmp(name, "dns", 3) == 0 || !helps(&pairs->through, protocol, port))
			continue;
		fos_unknown(fortios, e->statement,
			    "conversations that an admitted one announces pass, too", false);
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
		if ((table = fos_table_find(pairs->fortios, pairs->vdom, through[i])) != NULL)
			fos_policies_read(pairs->fortios, table, &pairs->through);
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if ((table = fos_table_find(pairs->fortios, pairs->vdom, local[i])) != NULL)
			fos_policies_read(pairs->fortios, table, &pairs->local);
}

static void pairs_release(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->through.len; i++)
		vec_free(&pairs->through.data[i].entries);
	for (size_t i = 0; i < pairs->local.len; i++)
		vec_free(&pairs->local.data[i].entries);
	vec_free(&pairs->through);
	vec_free(&pairs->local);
	vec_free(&pairs->interfaces);
	if (pairs->topology != NULL)
		topology_destroy(pairs->topology);
}

static void vdom_pairs(struct fos *fortios, const char *vdom, struct pair_list *list)
{
	struct pairs pairs = { .fortios = fortios, .vdom = vdom };

	policies_of(&pairs);
	interfaces_listed(&pairs);
	if (!pairs.known)
		interfaces_guess(&pairs);
	zones_apply(&pairs);
	if (pairs.interfaces.len > 0)
		qsort(pairs.interfaces.data, pairs.interfaces.len,
		      sizeof(*pairs.interfaces.data), interface_order);
	pairs_own(&pairs);
	pairs_list(&pairs, list);
	helpers(&pairs);
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
		vec_push(&names, interface_vdom(fortios, e));
	if (names.len == 0)
		vec_push(&names, "root");
	qsort(names.data, names.len, sizeof(*names.data), name_order);
	for (size_t i = 0; i < names.len; i++)
		if (i == 0 || strcmp(names.data[i], names.data[i - 1]) != 0)
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
