/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the policy that one device enforces. For each pair of its
 * interfaces the policy's denies and then its allows, cut to what may cross
 * between these two interfaces; what is cut to nothing is left out. Denies come
 * first, so the order within either kind never matters. */
#include "config.h"
#include "compiler/place.h"

#include <string.h>

#include "base/memory.h"

/* ---- time ---- */

static const struct set *place_windows(struct place *place, const struct rule *rule)
{
	struct window_list windows = VEC_INIT;
	struct range *ranges;
	const struct set *set;
	size_t count = 0;

	activity_windows(rule->activity, place->filter->at, place->filter->horizon, &windows);
	ranges = memory_array(windows.len + 1, sizeof(*ranges));
	for (size_t i = 0; i < windows.len; i++)
		ranges[count++] = (struct range){ (u128)windows.data[i].start,
						  (u128)(windows.data[i].end - 1) };
	if (!rule->allow && count > 0) /* beyond the horizon a deny stays: failing closed */
		ranges[count++] = (struct range){ (u128)place->filter->horizon, INSTANT_LAST };
	set = set_from_ranges(place->arena, ranges, count);
	free(ranges);
	vec_free(&windows);
	return set;
}

static bool place_is_always(const struct place *place, const struct set *windows)
{
	return set_covers_range(windows, (u128)place->filter->at,
				(u128)(place->filter->horizon - 1));
}

uint32_t place_activity(struct place *place, const struct set *windows, const char *label)
{
	for (uint32_t i = 1; i < place->activities.len; i++)
		if (strcmp(place->activities.data[i].label, label) == 0 &&
		    set_equal(place->activities.data[i].windows, windows))
			return i;
	struct filter_activity activity = { windows, label };
	vec_push(&place->activities, activity);
	return (uint32_t)(place->activities.len - 1);
}

/* Says all that the windows follow from; denies stay beyond the horizon. */
static const char *place_time_label(struct place *place, const struct rule *rule)
{
	const struct tree_modifiers *modifiers = &rule->tree->modifiers;
	struct strbuf label = STRBUF_INIT;
	char date[16];
	int year, month, day;

	strbuf_puts(&label, rule->allow ? "allow" : "deny");
	for (const struct tree_name *name = modifiers->during; name != NULL; name = name->next)
		strbuf_printf(&label, "%s %s", name == modifiers->during ? " during" : " or",
			      name->text);
	const struct tree_date *bounds[] = { &modifiers->from, &modifiers->until };
	for (size_t i = 0; i < 2; i++) {
		if (!bounds[i]->given)
			continue;
		date_to_civil(bounds[i]->day, &year, &month, &day);
		snprintf(date, sizeof(date), "%04d-%02d-%02d", year % 10000, month % 100,
			 day % 100);
		strbuf_printf(&label, " %s %s", i == 0 ? "from" : "until", date);
	}
	const char *text = arena_strdup(place->arena, strbuf_text(&label));
	strbuf_release(&label);
	return text;
}

/* The activity of a rule; false if it is not active before the horizon. */
static bool place_rule_activity(struct place *place, const struct rule *rule, uint32_t *out)
{
	const struct set *windows;

	*out = 0;
	if (rule->activity == NULL)
		return true;
	windows = place_windows(place, rule);
	if (set_is_empty(windows))
		return false;
	if (!place_is_always(place, windows))
		*out = place_activity(place, windows, place_time_label(place, rule));
	return true;
}

/* ---- services ---- */

static bool place_may_merge(const struct match *a, const struct match *b)
{
	return !a->ethertype_rule && !b->ethertype_rule &&
	       memcmp(a->family, b->family, sizeof(a->family)) == 0 &&
	       a->named_operations == b->named_operations && a->protocol == b->protocol &&
	       a->idle_seconds == b->idle_seconds && set_equal(a->protocols, b->protocols) &&
	       set_equal(a->src_ports, b->src_ports) && set_equal(a->operations, b->operations) &&
	       set_equal(a->units, b->units) && set_equal(a->objects, b->objects);
}

/* Services that differ in nothing but their ports are one. */
static void place_merge_matches(struct place *place, const struct rule *rule,
				struct place_rule *placed)
{
	placed->matches = arena_array(place->arena, rule->match_count, sizeof(*placed->matches));
	for (size_t i = 0; i < rule->match_count; i++) {
		const struct match *match = &rule->matches[i];
		struct match *last = placed->match_count > 0
					     ? &placed->matches[placed->match_count - 1]
					     : NULL;
		if (last != NULL && place_may_merge(last, match))
			last->dst_ports = set_union(place->arena, last->dst_ports,
						    match->dst_ports);
		else
			placed->matches[placed->match_count++] = *match;
	}
}

static bool place_in_mode(const struct rule *rule, int mode)
{
	return rule->modes == MODE_EVERY || (mode >= 0 && (rule->modes >> mode & 1) != 0);
}

static void place_collect_rules(struct place *place)
{
	const struct model *model = place->model;

	place->rules = arena_array(place->arena, model->rule_count + 1, sizeof(*place->rules));
	for (size_t i = 0; i < model->rule_count; i++) {
		struct place_rule placed = { .rule = &model->rules[i] };
		if (!place_in_mode(placed.rule, place->options->mode))
			continue;
		place->filter->timed |= placed.rule->activity != NULL;
		if (!place_rule_activity(place, placed.rule, &placed.activity))
			continue;
		place_merge_matches(place, placed.rule, &placed);
		place->rules[place->rule_count++] = placed;
	}
}

/* ---- what may cross between two interfaces ---- */

static bool place_same_row(const struct place *place, zone_id a, zone_id b)
{
	size_t zones = place->model->zone_count;

	return memcmp(&place->crosses[a * zones], &place->crosses[b * zones], zones) == 0;
}

static void place_find_crossings(struct place *place, size_t in, size_t out)
{
	size_t zones = place->model->zone_count;

	for (size_t a = 0; a < zones; a++)
		for (size_t b = 0; b < zones; b++)
			place->crosses[a * zones + b] =
				topology_on_path(place->topology, place->device, in, out,
						 (zone_id)a, (zone_id)b);
}

/* True if a broadcast address of the zone is among what it sends to: the zone
 * sends to itself across the device, or a nested zone owns that address. */
static bool place_stands_alone(const struct place *place, zone_id zone)
{
	const struct zone *sender = &place->model->zones[zone];

	return place->crosses[zone * place->model->zone_count + zone] ||
	       !address_set_is_subset(sender->broadcast, sender->owned);
}

/* What the device itself sends or is sent does not cross it.
 * Zones of one row send to the same zones: they are one group, unless one stands
 * alone: a zone's own broadcast addresses are unicast to all others. */
static struct place_group place_group_of(struct place *place, zone_id first, bool *taken)
{
	const struct model *model = place->model;
	size_t zones = model->zone_count;
	struct place_group group = { address_set_empty(), address_set_empty() };

	for (size_t a = first; a < zones; a++) {
		if (taken[a] || (a != first && (!place_same_row(place, first, (zone_id)a) ||
						place_stands_alone(place, (zone_id)a) ||
						place_stands_alone(place, first))))
			continue;
		taken[a] = true;
		group.source = address_set_union(place->arena, group.source,
						 model->zones[a].owned);
	}
	for (size_t b = 0; b < zones; b++)
		if (place->crosses[first * zones + b])
			group.destination = address_set_union(
				place->arena, group.destination, model->zones[b].owned);
	group.destination = address_set_subtract(place->arena, group.destination,
						 model->zones[first].broadcast);
	group.destination = address_set_subtract(place->arena, group.destination,
						 place->device->addresses);
	group.source = address_set_subtract(place->arena, group.source,
					    place->device->addresses);
	return group;
}

bool place_row_is_empty(const struct place *place, zone_id zone)
{
	size_t zones = place->model->zone_count;

	for (size_t b = 0; b < zones; b++)
		if (place->crosses[zone * zones + b])
			return false;
	return true;
}

static void place_find_groups(struct place *place)
{
	size_t zones = place->model->zone_count;
	bool *taken = memory_array(zones, sizeof(*taken));

	place->group_count = 0;
	for (size_t a = 0; a < zones; a++) {
		if (taken[a] || place_row_is_empty(place, (zone_id)a))
			continue;
		place->groups[place->group_count++] = place_group_of(place, (zone_id)a, taken);
	}
	free(taken);
}

/* ---- entries ---- */

static bool place_match_has_family(const struct match *match, const struct filter_entry *entry)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		if (match->family[family] && !set_is_empty(entry->source.family[family]) &&
		    !set_is_empty(entry->destination.family[family]))
			return true;
	return false;
}

static struct address_set place_families(const struct match *match, struct address_set set)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		if (!match->family[family])
			set.family[family] = set_empty();
	return set;
}

bool place_entry(struct place *place, const struct place_rule *placed,
			const struct match *match, const struct place_group *product,
			struct filter_entry *entry)
{
	const struct rule **rules;

	*entry = (struct filter_entry){
		.allow = placed->rule->allow,
		.log = placed->rule->log,
		.source = place_families(match, product->source),
		.destination = place_families(match, product->destination),
		.protocols = match->protocols,
		.src_ports = match->src_ports,
		.dst_ports = match->dst_ports,
		.activity = placed->activity,
		.idle_seconds = placed->rule->allow ? match->idle_seconds : 0,
		.rule_count = 1,
		.where = placed->rule->where,
	};
	if (!place_match_has_family(match, entry))
		return false;
	rules = arena_alloc(place->arena, sizeof(*rules));
	rules[0] = placed->rule;
	entry->rules = rules;
	return true;
}

static void place_product(struct place *place, const struct place_rule *placed,
			  const struct place_group *product, bool denies)
{
	struct filter_entry entry;

	for (size_t i = 0; i < placed->match_count; i++) {
		const struct match *match = &placed->matches[i];
		if (match->ethertype_rule || !place_entry(place, placed, match, product, &entry))
			continue;
		if (!denies)
			place_allow(place, &entry, match);
		else if (match->named_operations)
			place_deny_operations(place, &entry, match);
		else
			vec_push(&place->entries, entry);
	}
}

static void place_rule_unicast(struct place *place, const struct place_rule *placed, bool denies)
{
	for (size_t i = 0; i < placed->rule->pair_count; i++)
		for (size_t g = 0; g < place->group_count; g++) {
			const struct pair *pair = &placed->rule->pairs[i];
			struct place_group product;
			product.source = address_set_intersect(place->arena, pair->source,
							       place->groups[g].source);
			if (address_set_is_empty(product.source))
				continue;
			product.destination = address_set_intersect(
				place->arena, pair->destination.unicast,
				place->groups[g].destination);
			if (!address_set_is_empty(product.destination))
				place_product(place, placed, &product, denies);
		}
}

static void place_rules(struct place *place, bool denies)
{
	for (size_t i = 0; i < place->rule_count; i++)
		if (place->rules[i].rule->allow != denies)
			place_rule_unicast(place, &place->rules[i], denies);
	place_multicast(place, denies);
}

static void place_pair(struct place *place, size_t in, size_t out)
{
	struct filter_pair pair = { .in = place->device->interfaces[in].name,
				    .out = place->device->interfaces[out].name };

	place_find_crossings(place, in, out);
	place_find_groups(place);
	place->entries.len = 0;
	place->operation_denies.len = 0;
	if (place->group_count == 0)
		return;
	place_rules(place, true);
	place_rules(place, false);
	place_unique(place);
	pair.entry_count = place->entries.len;
	if (pair.entry_count > 0)
		pair.entries = arena_copy(place->arena, place->entries.data,
					  place->entries.len * sizeof(*place->entries.data));
	vec_push(&place->pairs, pair);
}

/* ---- the device ---- */

static struct address_set place_behind(struct place *place, size_t interface)
{
	struct zone_set zones = topology_behind(place->topology, place->device, interface);
	struct address_set behind = address_set_empty();

	for (size_t i = 0; i < place->model->zone_count; i++)
		if (zone_set_has(zones, (zone_id)i))
			behind = address_set_union(place->arena, behind,
						   place->model->zones[i].owned);
	return behind;
}

static void place_interfaces(struct place *place)
{
	struct filter *filter = place->filter;

	filter->interface_count = place->device->interface_count;
	filter->interfaces =
		arena_array(place->arena, filter->interface_count, sizeof(*filter->interfaces));
	for (size_t i = 0; i < filter->interface_count; i++)
		filter->interfaces[i] = (struct filter_interface){
			place->device->interfaces[i].name, place_behind(place, i)
		};
}

static int place_pair_order(const void *left, const void *right)
{
	const struct filter_pair *a = left, *b = right;
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

/* The activities that entries have, in the order they were met: rules that do not
 * cross the device have no part in its filter, nor have their times. */
static void place_keep_activities(struct place *place)
{
	struct filter *filter = place->filter;
	size_t count = place->activities.len;
	uint32_t *kept = memory_array(count, sizeof(*kept));
	bool *used = memory_array(count, sizeof(*used));

	used[0] = true;
	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++)
			used[filter->pairs[i].entries[k].activity] = true;
	filter->activities = arena_array(place->arena, count, sizeof(*filter->activities));
	for (size_t i = 0; i < count; i++)
		if (used[i]) {
			kept[i] = (uint32_t)filter->activity_count;
			filter->activities[filter->activity_count++] = place->activities.data[i];
		}
	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++)
			filter->pairs[i].entries[k].activity =
				kept[filter->pairs[i].entries[k].activity];
	free(kept);
	free(used);
}

static void place_finish(struct place *place)
{
	struct filter *filter = place->filter;

	qsort(place->pairs.data, place->pairs.len, sizeof(*place->pairs.data), place_pair_order);
	filter->pair_count = place->pairs.len;
	filter->pairs = arena_copy(place->arena, place->pairs.data,
				   place->pairs.len * sizeof(*place->pairs.data));
	place_keep_activities(place);
	place_payload_finish(place);
	filter->remainder_count = place->remainder.len;
	filter->remainder = arena_copy(place->arena, place->remainder.data,
				       place->remainder.len * sizeof(*place->remainder.data));
}

static void place_release(struct place *place)
{
	topology_destroy(place->topology);
	free(place->crosses);
	free(place->groups);
	free(place->explained);
	vec_free(&place->entries);
	vec_free(&place->operation_denies);
	vec_free(&place->pairs);
	vec_free(&place->activities);
	vec_free(&place->payloads);
	vec_free(&place->remainder);
}

static void place_begin(struct place *place)
{
	size_t zones = place->model->zone_count;
	struct filter_activity always = { set_one(place->arena, 0, INSTANT_LAST), "always" };
	struct filter_payload any = { .points = set_one(place->arena, 0, PAYLOAD_END - 1) };

	place->topology = topology_create(place->model);
	place->crosses = memory_array(zones * zones, sizeof(*place->crosses));
	place->groups = memory_array(zones, sizeof(*place->groups));
	place->explained = memory_array(place->model->rule_count + 1, sizeof(*place->explained));
	vec_push(&place->activities, always);
	vec_push(&place->payloads, any);
	place_collect_rules(place);
	place_interfaces(place);
}

void filter_place(struct filter *filter, struct arena *arena, const struct model *model,
		  const struct device *device, const struct place_options *options)
{
	struct place place = { .arena = arena, .model = model, .device = device,
			       .options = options, .filter = filter };

	*filter = (struct filter){
		.device = device->name,
		.model_device = device,
		.at = options->at,
		.horizon = options->horizon != 0 ? options->horizon
						 : options->at + FILTER_HORIZON_SECONDS,
		.monitor = device->stage == STAGE_MONITOR,
		.covers_self = device->own_count > 0,
		.inspects = device->tree->inspect_operations,
		.groups = address_set_empty(),
		.returns_pass = true,
	};
	place_begin(&place);
	for (size_t in = 0; in < device->interface_count; in++)
		for (size_t out = 0; out < device->interface_count; out++)
			if (in != out)
				place_pair(&place, in, out);
	for (size_t in = 0; filter->covers_self && in < device->interface_count; in++)
		place_self(&place, in);
	place_explain_stations(&place);
	place_explain_inspection(&place);
	place_finish(&place);
	place_release(&place);
}
