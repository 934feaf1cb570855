/* SPDX-License-Identifier: Apache-2.0
 *
 * From lists bound to interfaces to filters. On its way a packet passes the list
 * inbound on one interface and the one outbound on another, and both must permit
 * it; the interface it leaves by follows from its destination, as the topology of
 * the policy has it, and what is for the device's own addresses leaves by none.
 *
 * IOS: a bound list that is not defined, or has no entry, permits everything
 * (IOS Security Configuration Guide, "IP Access List Overview"); before its
 * implicit deny an IPv6 list permits nd-na and nd-ns (`ipv6 access-list`). A
 * permit that asks for ports matches other fragments by their addresses alone, a
 * deny does not (`permit (IP)`, "Access List Processing of Fragments").
 * ASA: the interface's list, then the global one, then the deny; without either
 * a higher security level may start flows to a lower one. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

#include "compiler/topology.h"

enum scenario { FIRST, ESTABLISHED, FRAGMENTS, SCENARIOS };

enum { TCP = 6, ICMPV6 = 58, ND_NS = 135, ND_NA = 136, IN = 0, OUT = 1, CONTROL = 2,
       WAYS = 3 };

VEC_TYPE(entry_list, struct filter_entry);

/* What one list, or both families' lists of one interface, decide. */
struct decided {
	struct filter_entry *entries;
	size_t count;
	bool open;    /* it permits everything: no list is bound */
};

struct pairs {
	struct cisco *cisco;
	enum scenario scenario;
	struct filter *filter;
	struct topology *topology;
	struct decided *decided; /* by interface * WAYS + way */
	size_t interfaces;
	struct cisco_interface **interface;
	VEC(struct filter_pair) list;
	struct address_set own;
	const struct filter_pair **onto; /* by interface: what may leave by it */
};

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

/* ---- entries of a scenario ---- */

static bool first_entry(const struct cisco_entry *from, struct filter_entry *to)
{
	to->uncertain = to->uncertain || from->flags;
	return !from->fragments && !from->established && !from->never_first;
}

static bool established_entry(struct cisco *cisco, const struct cisco_entry *from,
			      struct filter_entry *to)
{
	to->uncertain = to->uncertain || from->flags || from->syn_only || from->never_first;
	to->protocols = set_intersect(cisco->arena, to->protocols,
				      set_one(cisco->arena, TCP, TCP));
	return !from->fragments && !set_is_empty(to->protocols);
}

static bool fragment_entry(struct cisco *cisco, const struct cisco_entry *from,
			   struct filter_entry *to)
{
	to->src_ports = to->dst_ports = cisco->full_ports;
	return from->fragments || !from->layer4 || to->allow;
}

static void entries_add(struct pairs *pairs, struct entry_list *out,
			const struct cisco_list *list)
{
	for (size_t i = 0; i < list->entries.len; i++) {
		const struct cisco_entry *from = &list->entries.data[i];
		struct filter_entry entry = from->entry;
		bool takes = pairs->scenario == FIRST	      ? first_entry(from, &entry)
			     : pairs->scenario == ESTABLISHED ? established_entry(pairs->cisco,
										  from, &entry)
							      : fragment_entry(pairs->cisco, from,
									       &entry);
		if (takes)
			vec_push(out, entry);
	}
}

static struct filter_entry entry_all(struct pairs *pairs, bool allow)
{
	struct cisco *cisco = pairs->cisco;
	struct filter_entry entry = {
		.allow = allow,
		.source = address_set_all(cisco->arena),
		.destination = address_set_all(cisco->arena),
		.protocols = cisco->full_protocols,
		.src_ports = cisco->full_ports,
		.dst_ports = cisco->full_ports,
	};

	return entry;
}

static struct filter_entry entry_family(struct pairs *pairs, enum family family)
{
	struct filter_entry entry = entry_all(pairs, true);

	entry.source.family[family == FAMILY_IPV4] = set_empty();
	entry.destination.family[family == FAMILY_IPV4] = set_empty();
	return entry;
}

static void entries_neighbours(struct pairs *pairs, struct entry_list *out)
{
	struct arena *arena = pairs->cisco->arena;
	struct filter_entry entry = entry_family(pairs, FAMILY_IPV6);

	if (pairs->scenario == ESTABLISHED)
		return;
	entry.protocols = set_one(arena, ICMPV6, ICMPV6);
	if (pairs->scenario == FIRST)
		entry.src_ports = set_one(arena, ND_NS, ND_NA);
	vec_push(out, entry);
}

/* ---- lists of IOS ---- */

static void ios_family(struct pairs *pairs, struct entry_list *out, const char *name,
		       enum family family)
{
	struct cisco *cisco = pairs->cisco;
	struct cisco_list *list =
		name ? cisco_list_find(cisco, family == FAMILY_IPV6, name) : NULL;

	if (list != NULL)
		cisco_list_resolve(cisco, list);
	if (list == NULL || list->entries.len == 0) {
		vec_push(out, entry_family(pairs, family));
		return;
	}
	entries_add(pairs, out, list);
	if (family == FAMILY_IPV6)
		entries_neighbours(pairs, out);
}

static void decided_take(struct pairs *pairs, struct decided *decided, struct entry_list *list)
{
	decided->count = list->len;
	if (list->len > 0)
		decided->entries = arena_copy(pairs->cisco->arena, list->data,
					      list->len * sizeof(*list->data));
	vec_free(list);
}

static void decide_ios(struct pairs *pairs, const struct cisco_interface *interface, int way,
		       struct decided *decided)
{
	const char *const *names = way == IN ? interface->in : interface->out;
	struct entry_list list = VEC_INIT;

	decided->open = way == CONTROL || (names[0] == NULL && names[1] == NULL);
	for (int family = 0; !decided->open && family < FAMILY_COUNT; family++)
		ios_family(pairs, &list, names[family], (enum family)family);
	decided_take(pairs, decided, &list);
}

/* ---- lists of ASA ---- */

static bool asa_list(struct pairs *pairs, struct entry_list *out, const char *name,
		     uint32_t line)
{
	struct cisco_list *list = name ? cisco_list_find(pairs->cisco, false, name) : NULL;

	if (name == NULL)
		return false;
	if (list == NULL) {
		struct filter_entry unknown = entry_all(pairs, true);
		unknown.uncertain = true;
		if (pairs->scenario == FIRST)
			cisco_note(pairs->cisco, line, "the access list is not defined");
		vec_push(out, unknown);
		return true;
	}
	cisco_list_resolve(pairs->cisco, list);
	entries_add(pairs, out, list);
	return true;
}

static void decide_asa(struct pairs *pairs, const struct cisco_interface *interface, int way,
		       struct decided *decided)
{
	const char *name = way == IN ? interface->in[0] : way == OUT ? interface->out[0]
								     : interface->control;
	struct entry_list list = VEC_INIT;
	bool bound = asa_list(pairs, &list, name, interface->line);

	if (way == IN)
		bound |= asa_list(pairs, &list, pairs->cisco->global, interface->line);
	decided->open = !bound;
	decided_take(pairs, decided, &list);
}

static bool level_known(struct pairs *pairs, struct cisco_interface *interface)
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
static bool asa_levels(struct pairs *pairs, struct cisco_interface *in,
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

static const struct filter_pair *pair_make(struct pairs *pairs, const struct decided *decided,
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

static const struct filter_pair *pair_allowing(struct pairs *pairs, struct address_set set)
{
	struct filter_pair *pair = arena_alloc(pairs->cisco->arena, sizeof(*pair));
	struct filter_entry entry = entry_all(pairs, true);

	entry.destination = set;
	pair->entries = arena_copy(pairs->cisco->arena, &entry, sizeof(entry));
	pair->entry_count = 1;
	return pair;
}

static void pair_add(struct pairs *pairs, size_t in, const char *out, const struct decided *after,
		     const struct filter_pair *onto)
{
	const struct decided *before = &pairs->decided[in * WAYS + IN];
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

/* The destinations that some flow crosses the device to, by the interface. */
static struct address_set leaves_by(struct pairs *pairs, size_t interface)
{
	const struct cisco *cisco = pairs->cisco;
	const struct model *model = cisco->input->model;
	const struct device *device = cisco->input->device;
	size_t out = device_interface(cisco, pairs->interface[interface]->name);
	struct address_set set = address_set_empty();

	if (model == NULL || out == SIZE_MAX)
		return address_set_all(cisco->arena);
	struct zone_set behind = topology_behind(pairs->topology, device, out);
	for (size_t zone = 0; zone < model->zone_count; zone++)
		if (zone_set_has(behind, (zone_id)zone))
			set = address_set_union(
				cisco->arena, set,
				address_set_union(cisco->arena, model->zones[zone].owned,
						  model->zones[zone].multicast));
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

/* What is for the device: its own addresses, those of the link, and groups that are
 * never forwarded (RFC 5771, section 4; RFC 4291, section 2.7). */
static const struct filter_pair *self_pair(struct pairs *pairs)
{
	static const char *const texts[] = { "169.254.0.0/16", "224.0.0.0/24", "fe80::/10",
					     "ff02::/16" };
	struct address_set self = pairs->own;
	struct address_range range;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (address_range_parse(texts[i], strlen(texts[i]), &range))
			self = address_set_union(pairs->cisco->arena, self,
						 address_set_range(pairs->cisco->arena, range));
	return pair_allowing(pairs, self);
}

/* On ASA lists of interfaces do not filter what is for the device. */
static void pairs_self(struct pairs *pairs, size_t in, const struct filter_pair *self)
{
	struct decided nothing = { NULL, 0, true };

	if (!pairs->cisco->asa) {
		pair_add(pairs, in, FILTER_SELF, &nothing, self);
		return;
	}
	struct filter_pair pair =
		*pair_make(pairs, &pairs->decided[in * WAYS + CONTROL], self);
	pair.in = pairs->interface[in]->name;
	pair.out = FILTER_SELF;
	vec_push(&pairs->list, pair);
}

static void pairs_from(struct pairs *pairs, size_t in, const struct filter_pair *self)
{
	const struct cisco *cisco = pairs->cisco;

	for (size_t out = 0; out < pairs->interfaces; out++) {
		const struct decided *before = &pairs->decided[in * WAYS + IN];
		if (in == out ||
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

static void pairs_collect(struct pairs *pairs)
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

static void pairs_decide(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->interfaces; i++) {
		struct address_set onto = address_set_subtract(
			pairs->cisco->arena, leaves_by(pairs, i), pairs->own);
		pairs->onto[i] = pair_allowing(pairs, onto);
		for (int way = 0; way < WAYS; way++) {
			struct decided *decided = &pairs->decided[i * WAYS + (size_t)way];
			*decided = (struct decided){ NULL, 0, false };
			if (pairs->cisco->asa)
				decide_asa(pairs, pairs->interface[i], way, decided);
			else
				decide_ios(pairs, pairs->interface[i], way, decided);
		}
	}
}

static void pairs_make(struct pairs *pairs, enum scenario scenario, struct filter *filter)
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
	struct pairs pairs = { .cisco = cisco };
	struct read_result *result = cisco->result;
	struct filter *filters[SCENARIOS] = { &result->filter, &result->established,
					      &result->fragments };
	int scenarios = cisco->asa ? 1 : SCENARIOS;

	if (cisco->input->model != NULL && cisco->input->device != NULL)
		pairs.topology = topology_create(cisco->input->model);
	pairs_missing(cisco);
	pairs_collect(&pairs);
	for (int i = 0; i < scenarios; i++)
		pairs_make(&pairs, (enum scenario)i, filters[i]);
	for (int i = 0; i < scenarios; i++)
		filter_activities(cisco, filters[i]);
	result->stateless = !cisco->asa;
	vec_free(&pairs.list);
	if (pairs.topology != NULL)
		topology_destroy(pairs.topology);
}
