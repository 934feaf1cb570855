/* SPDX-License-Identifier: Apache-2.0
 *
 * From lists bound to interfaces to filters. On its way a packet passes the list
 * inbound on one interface and the one outbound on another, and both must permit
 * it; the interface it leaves by follows from its destination, as the topology of
 * the policy has it, and what is for the device's own addresses leaves by none.
 *
 * Between interfaces of an ASA security levels decide, too: without a list a higher
 * one may start flows to a lower one, and nothing passes between equal ones unless
 * the device is told so. What its management interfaces take in does not cross it.
 */
#include "config.h"
#include "verifier/cisco_pairs.h"

#include <string.h>

/* ---- interfaces ---- */

struct cisco_interface *cisco_interface_find(struct cisco *cisco, const char *name)
{
	struct cisco_interface *interface = cisco->interfaces;

	while (interface != NULL &&
	       (interface->name == NULL || strcmp(interface->name, name) != 0))
		interface = interface->next;
	return interface;
}

struct cisco_interface *cisco_interface_begin(struct cisco *cisco, const char *name,
					      uint32_t line)
{
	struct cisco_interface *interface = name ? cisco_interface_find(cisco, name) : NULL;

	if (interface != NULL)
		return interface;
	interface = arena_alloc(cisco->arena, sizeof(*interface));
	interface->name = name;
	interface->level = CISCO_LEVEL_NONE;
	interface->line = line;
	*cisco->last_interface = interface;
	cisco->last_interface = &interface->next;
	return interface;
}

/* ---- security levels ---- */

static bool level_known(struct cisco_pairs *pairs, struct cisco_interface *interface)
{
	if (interface->level == CISCO_LEVEL_NONE) {
		cisco_note(pairs->cisco, interface->line,
			   "the security level of the interface is not known");
		interface->level = CISCO_LEVEL_NOTED;
	}
	return interface->level >= 0;
}

/* Without a list, levels decide; between equal ones nothing passes unless the device
 * is told so, whatever the lists say. */
static bool asa_levels(struct cisco_pairs *pairs, struct cisco_interface *in,
		       struct cisco_interface *out, bool open)
{
	bool told = pairs->cisco->same_between;

	if (told && !open)
		return true;
	if (!level_known(pairs, in) || !level_known(pairs, out))
		return true;
	if (in->level == out->level)
		return told;
	return !open || in->level > out->level;
}

/* ---- pairs ---- */

static const struct filter_pair *pair_make(struct cisco_pairs *pairs,
					   const struct cisco_decided *decided,
					   const struct filter_pair *also)
{
	struct filter_pair *pair;

	if (decided->open)
		return also;
	pair = arena_alloc(pairs->cisco->arena, sizeof(*pair));
	pair->entries = decided->entries;
	pair->entry_count = decided->count;
	pair->also = also;
	return pair;
}

static const struct filter_pair *pair_allowing(struct cisco_pairs *pairs, struct address_set set)
{
	struct filter_pair *pair = arena_alloc(pairs->cisco->arena, sizeof(*pair));
	struct filter_entry entry = cisco_entry_all(pairs, true);

	entry.destination = set;
	pair->entries = arena_copy(pairs->cisco->arena, &entry, sizeof(entry));
	pair->entry_count = 1;
	return pair;
}

static void pair_add(struct cisco_pairs *pairs, size_t in, const char *out,
		     const struct cisco_decided *after, const struct filter_pair *onto)
{
	const struct cisco_decided *before = &pairs->decided[in * WAYS + IN];
	const struct filter_pair *chain = pair_make(pairs, before, pair_make(pairs, after, onto));
	struct filter_pair pair = *chain;

	pair.in = pairs->interface[in]->name;
	pair.out = out;
	vec_push(&pairs->list, pair);
}

/* ---- where packets go ---- */

static size_t device_interface(const struct cisco *cisco, const char *name)
{
	const struct device *device = cisco->input->device;
	size_t count = device != NULL ? device->interface_count : 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(device->interfaces[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

/* Addresses of the link, and groups that are never forwarded (RFC 5771, section 4;
 * RFC 4291, section 2.7). */
static struct address_set link_addresses(struct cisco *cisco)
{
	static const char *const texts[] = { "169.254.0.0/16", "224.0.0.0/24", "fe80::/10",
					     "ff02::/16" };
	struct address_set link = address_set_empty();
	struct address_range range;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (address_range_parse(texts[i], strlen(texts[i]), &range))
			link = address_set_union(cisco->arena, link,
						 address_set_range(cisco->arena, range));
	return link;
}

/* Inside a zone that another of its interfaces faces, too, a device passes on groups that
 * no zone declares. */
static bool passes_inside(struct cisco_pairs *pairs, size_t out, zone_id zone)
{
	const struct device *device = pairs->cisco->input->device;

	for (size_t in = 0; in < device->interface_count; in++)
		if (in != out &&
		    topology_on_path(pairs->topology, device, in, out, zone, zone))
			return true;
	return false;
}

static struct address_set undeclared_groups(struct cisco *cisco)
{
	const struct model *model = cisco->input->model;
	struct address_set groups = address_set_empty();

	groups.family[FAMILY_IPV4] = set_one(cisco->arena, 0xe0000000, 0xefffffff);
	groups.family[FAMILY_IPV6] = set_one(cisco->arena, (u128)0xff << 120, ~(u128)0);
	groups = address_set_subtract(cisco->arena, groups, link_addresses(cisco));
	for (size_t zone = 0; zone < model->zone_count; zone++)
		groups = address_set_subtract(cisco->arena, groups,
					      model->zones[zone].multicast);
	return groups;
}

/* The destinations that some flow crosses the device to, by the interface. */
static struct address_set leaves_by(struct cisco_pairs *pairs, size_t interface)
{
	const struct cisco *cisco = pairs->cisco;
	const struct model *model = cisco->input->model;
	const struct device *device = cisco->input->device;
	size_t out = device_interface(cisco, pairs->interface[interface]->name);
	struct address_set set = address_set_empty();

	if (model == NULL || out == SIZE_MAX)
		return address_set_all(cisco->arena);
	struct zone_set behind = topology_behind(pairs->topology, device, out);
	for (size_t zone = 0; zone < model->zone_count; zone++) {
		if (!zone_set_has(behind, (zone_id)zone))
			continue;
		set = address_set_union(cisco->arena, set, model->zones[zone].owned);
		set = address_set_union(cisco->arena, set, model->zones[zone].multicast);
		if (passes_inside(pairs, out, (zone_id)zone))
			set = address_set_union(cisco->arena, set,
						undeclared_groups(pairs->cisco));
	}
	return set;
}

static struct address_set own_addresses(struct cisco *cisco)
{
	const struct device *device = cisco->input->device;
	struct address_set own = address_set_empty();

	for (struct cisco_interface *i = cisco->interfaces; i != NULL; i = i->next)
		for (size_t k = 0; k < i->addresses.len; k++) {
			struct address address = i->addresses.data[k];
			struct address_range range = { address.value, address.value,
						       address.family };
			own = address_set_union(cisco->arena, own,
						address_set_range(cisco->arena, range));
		}
	if (device != NULL)
		own = address_set_union(cisco->arena, own, device->addresses);
	return own;
}

/* ---- the device itself ---- */

/* What is for the device: its own addresses and those of the link. */
static const struct filter_pair *self_pair(struct cisco_pairs *pairs)
{
	struct cisco *cisco = pairs->cisco;

	return pair_allowing(pairs, address_set_union(cisco->arena, pairs->own,
						      link_addresses(cisco)));
}

/* On ASA lists of interfaces do not filter what is for the device. */
static void pairs_self(struct cisco_pairs *pairs, size_t in, const struct filter_pair *self)
{
	const char *interface = pairs->interface[in]->name;
	struct cisco_decided nothing = { NULL, 0, true };

	if (!pairs->cisco->asa) {
		pair_add(pairs, in, FILTER_SELF, &nothing, self);
		return;
	}
	struct cisco_decided icmp = cisco_decide_icmp(pairs, interface);
	struct cisco_decided services = cisco_decide_services(
		pairs, interface, &pairs->decided[in * WAYS + CONTROL]);
	struct filter_pair pair = *pair_make(pairs, &services, pair_make(pairs, &icmp, self));
	pair.in = interface;
	pair.out = FILTER_SELF;
	vec_push(&pairs->list, pair);
}

static void pairs_from(struct cisco_pairs *pairs, size_t in, const struct filter_pair *self)
{
	const struct cisco *cisco = pairs->cisco;

	for (size_t out = 0; out < pairs->interfaces; out++) {
		const struct cisco_decided *before = &pairs->decided[in * WAYS + IN];
		if (in == out || pairs->interface[in]->management ||
		    pairs->interface[out]->management ||
		    (cisco->asa && !asa_levels(pairs, pairs->interface[in],
					       pairs->interface[out], before->open)))
			continue;
		pair_add(pairs, in, pairs->interface[out]->name, &pairs->decided[out * WAYS + OUT],
			 pairs->onto[out]);
	}
	if (cisco->input->self)
		pairs_self(pairs, in, self);
}

static int pair_by_name(const void *left, const void *right)
{
	const struct filter_pair *a = left, *b = right;
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

static void pairs_collect(struct cisco_pairs *pairs)
{
	struct cisco *cisco = pairs->cisco;

	for (struct cisco_interface *i = cisco->interfaces; i != NULL; i = i->next)
		pairs->interfaces += i->routed && !i->down;
	pairs->interface = arena_array(cisco->arena, pairs->interfaces + 1,
				       sizeof(struct cisco_interface *));
	size_t count = 0;
	for (struct cisco_interface *i = cisco->interfaces; i != NULL; i = i->next)
		if (i->routed && !i->down)
			pairs->interface[count++] = i;
	pairs->decided = arena_array(cisco->arena, count * WAYS + 1, sizeof(*pairs->decided));
	pairs->onto = arena_array(cisco->arena, count + 1, sizeof(struct filter_pair *));
	pairs->own = own_addresses(cisco);
}

static void pairs_decide(struct cisco_pairs *pairs)
{
	for (size_t i = 0; i < pairs->interfaces; i++) {
		struct address_set onto = address_set_subtract(
			pairs->cisco->arena, leaves_by(pairs, i), pairs->own);
		pairs->onto[i] = pair_allowing(pairs, onto);
		for (size_t way = 0; way < WAYS; way++)
			pairs->decided[i * WAYS + way] =
				cisco_decide(pairs, pairs->interface[i], (enum cisco_way)way);
	}
}

static void pairs_make(struct cisco_pairs *pairs, enum cisco_scenario scenario,
		       struct filter *filter)
{
	struct cisco *cisco = pairs->cisco;

	pairs->scenario = scenario;
	pairs->list.len = 0;
	pairs_decide(pairs);
	const struct filter_pair *self = self_pair(pairs);
	for (size_t in = 0; in < pairs->interfaces; in++)
		pairs_from(pairs, in, self);
	*filter = (struct filter){
		.pairs = arena_copy(cisco->arena, pairs->list.data,
				    pairs->list.len * sizeof(*pairs->list.data)),
		.pair_count = pairs->list.len,
		.at = cisco->input->at,
		.horizon = cisco->input->horizon,
		.covers_self = cisco->input->self,
		.returns_pass = true,
	};
	if (filter->pair_count > 0)
		qsort(filter->pairs, filter->pair_count, sizeof(*filter->pairs), pair_by_name);
}

static void filter_activities(struct cisco *cisco, struct filter *filter)
{
	filter->activities = arena_copy(cisco->arena, cisco->activities.data,
					cisco->activities.len * sizeof(*cisco->activities.data));
	filter->activity_count = cisco->activities.len;
	filter->monitor = cisco->monitor;
}

/* An interface of the policy that the configuration does not have. */
static void pairs_missing(struct cisco *cisco)
{
	const struct device *device = cisco->input->device;

	for (size_t i = 0; device != NULL && i < device->interface_count; i++)
		if (cisco_interface_find(cisco, device->interfaces[i].name) == NULL)
			cisco_note(cisco, 0,
				   arena_printf(cisco->arena,
						"the configuration has no interface %s",
						device->interfaces[i].name));
}

void cisco_pairs(struct cisco *cisco)
{
	struct cisco_pairs pairs = { .cisco = cisco };
	struct read_result *result = cisco->result;
	struct filter *filters[SCENARIOS] = { &result->filter, &result->established,
					      &result->fragments };
	int scenarios = cisco->asa ? 1 : SCENARIOS;

	if (cisco->input->model != NULL && cisco->input->device != NULL)
		pairs.topology = topology_create(cisco->input->model);
	pairs_missing(cisco);
	pairs_collect(&pairs);
	for (int i = 0; i < scenarios; i++)
		pairs_make(&pairs, (enum cisco_scenario)i, filters[i]);
	for (int i = 0; i < scenarios; i++)
		filter_activities(cisco, filters[i]);
	result->stateless = !cisco->asa;
	vec_free(&pairs.list);
	if (pairs.topology != NULL)
		topology_destroy(pairs.topology);
}
