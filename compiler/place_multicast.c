/* SPDX-License-Identifier: Apache-2.0
 *
 * Destinations that are located at zones: groups that zones declare with
 * `multicast` go to every one of them and need an allow for each; all other
 * groups and broadcasts are local to the sender's zone. What is local to a link no
 * router forwards, not even inside a zone that two of its interfaces face. */
#include "config.h"
#include "compiler/place.h"

#include "base/memory.h"

struct place_span {
	enum family family;
	u128 lo, hi;
};

static struct address_set place_spans(struct place *place, const struct place_span *spans,
				      size_t count)
{
	struct address_set all = address_set_empty();

	for (size_t i = 0; i < count; i++)
		all = address_set_union(
			place->arena, all,
			address_set_range(place->arena,
					  (struct address_range){ spans[i].lo, spans[i].hi,
								  spans[i].family }));
	return all;
}

/* All groups but those of a link (RFC 5771, section 4; RFC 4291, section 2.7). Neither
 * link-local addresses (RFC 3927, RFC 4291) nor the limited broadcast (RFC 919) are
 * forwarded either. */
static struct address_set place_local_groups(struct place *place)
{
	static const struct place_span groups[] = {
		{ FAMILY_IPV4, 0xe0000000, 0xefffffff },
		{ FAMILY_IPV6, (u128)0xff << 120, ~(u128)0 },
	};
	static const struct place_span link[] = {
		{ FAMILY_IPV4, 0xe0000000, 0xe00000ff },
		{ FAMILY_IPV6, (u128)0xff02 << 112, ((u128)0xff03 << 112) - 1 },
	};

	return address_set_subtract(place->arena, place_spans(place, groups, 2),
				    place_spans(place, link, 2));
}

static struct address_set place_declared(struct place *place)
{
	struct address_set declared = address_set_empty();

	for (size_t i = 0; i < place->model->zone_count; i++)
		declared = address_set_union(place->arena, declared,
					     place->model->zones[i].multicast);
	return declared;
}

/* What of `region`, located at `zone`, a destination holds. */
static struct address_set place_held(struct place *place, const struct destination *destination,
				     zone_id zone, struct address_set region)
{
	return zone_set_has(destination->zones, zone)
		       ? region
		       : address_set_intersect(place->arena, destination->literal, region);
}

static bool place_crosses(const struct place *place, zone_id from, zone_id to)
{
	return place->crosses[from * place->model->zone_count + to];
}

/* Groups that one zone sends to, and the zones on the way at which they are. */
struct place_groups {
	zone_id from;
	struct address_set region;
	zone_id *zones;
	size_t zone_count;
};

/* One way in which groups of a region may be reached at one or several zones. */
struct place_candidate {
	struct filter_entry entry;
	struct match match; /* its operations are those allowed at every zone so far */
};
VEC_TYPE(place_candidates, struct place_candidate);

/* ---- the products of rules at one zone ---- */

static void place_add_candidate(struct place *place, const struct place_rule *placed,
				const struct place_group *product,
				struct place_candidates *out)
{
	for (size_t i = 0; i < placed->match_count; i++) {
		struct place_candidate candidate = { .match = placed->matches[i] };
		if (!placed->matches[i].ethertype_rule &&
		    place_entry(place, placed, &placed->matches[i], product, &candidate.entry))
			vec_push(out, candidate);
	}
}

static void place_candidates_at(struct place *place, const struct place_groups *groups,
				zone_id zone, bool denies, struct place_candidates *out)
{
	for (size_t i = 0; i < place->rule_count; i++) {
		const struct rule *rule = place->rules[i].rule;
		for (size_t p = 0; rule->allow != denies && p < rule->pair_count; p++) {
			struct place_group product;
			product.source = address_set_intersect(
				place->arena, rule->pairs[p].source,
				address_set_subtract(place->arena,
						     place->model->zones[groups->from].owned,
						     place->device->addresses));
			product.destination = place_held(place, &rule->pairs[p].destination,
							 zone, groups->region);
			if (!address_set_is_empty(product.source) &&
			    !address_set_is_empty(product.destination))
				place_add_candidate(place, &place->rules[i], &product, out);
		}
	}
}

/* ---- what is allowed at several zones at once ---- */

static const struct rule **place_both_rules(struct place *place, const struct filter_entry *a,
					    const struct filter_entry *b, size_t *count)
{
	const struct rule **rules =
		arena_array(place->arena, a->rule_count + b->rule_count, sizeof(*rules));

	*count = 0;
	for (size_t i = 0; i < a->rule_count; i++)
		rules[(*count)++] = a->rules[i];
	for (size_t i = 0; i < b->rule_count; i++) {
		bool known = false;
		for (size_t j = 0; j < *count; j++)
			known |= rules[j] == b->rules[i];
		if (!known)
			rules[(*count)++] = b->rules[i];
	}
	return rules;
}

static bool place_intersect_time(struct place *place, struct filter_entry *entry,
				 const struct filter_entry *other)
{
	const struct filter_activity *a = &place->activities.data[entry->activity];
	const struct filter_activity *b = &place->activities.data[other->activity];
	const struct set *windows = set_intersect(place->arena, a->windows, b->windows);

	if (set_is_empty(windows))
		return false;
	if (other->activity == 0 || entry->activity == other->activity)
		return true;
	entry->activity = entry->activity == 0
				  ? other->activity
				  : place_activity(place, windows,
						   arena_printf(place->arena, "%s and %s",
								a->label, b->label));
	return true;
}

static bool place_intersect(struct place *place, const struct place_candidate *a,
			    const struct place_candidate *b, struct place_candidate *out)
{
	struct arena *arena = place->arena;
	struct filter_entry *entry = &out->entry;

	*out = *a;
	entry->source = address_set_intersect(arena, a->entry.source, b->entry.source);
	entry->destination =
		address_set_intersect(arena, a->entry.destination, b->entry.destination);
	entry->protocols = set_intersect(arena, a->entry.protocols, b->entry.protocols);
	entry->src_ports = set_intersect(arena, a->entry.src_ports, b->entry.src_ports);
	entry->dst_ports = set_intersect(arena, a->entry.dst_ports, b->entry.dst_ports);
	out->match.operations = set_intersect(arena, a->match.operations, b->match.operations);
	out->match.units = set_intersect(arena, a->match.units, b->match.units);
	out->match.objects = set_intersect(arena, a->match.objects, b->match.objects);
	if (out->match.protocol == 0)
		out->match.protocol = b->match.protocol;
	entry->log = a->entry.log || b->entry.log;
	entry->rules = place_both_rules(place, &a->entry, &b->entry, &entry->rule_count);
	return !address_set_is_empty(entry->source) &&
	       !address_set_is_empty(entry->destination) && !set_is_empty(entry->protocols) &&
	       !set_is_empty(entry->src_ports) && !set_is_empty(entry->dst_ports) &&
	       !set_is_empty(out->match.operations) && !set_is_empty(out->match.units) &&
	       !set_is_empty(out->match.objects) &&
	       place_intersect_time(place, entry, &b->entry);
}

/* Keeps of `all` what `more` allows as well: a product of few rules, since few
 * rules speak of one declared group. */
static void place_require(struct place *place, struct place_candidates *all,
			  const struct place_candidates *more)
{
	struct place_candidates both = VEC_INIT;
	struct place_candidate candidate;

	for (size_t i = 0; i < all->len; i++)
		for (size_t j = 0; j < more->len; j++)
			if (place_intersect(place, &all->data[i], &more->data[j], &candidate))
				vec_push(&both, candidate);
	vec_free(all);
	*all = both;
}

static void place_allow_groups(struct place *place, const struct place_groups *groups)
{
	struct place_candidates all = VEC_INIT;

	for (size_t i = 0; i < groups->zone_count; i++) {
		struct place_candidates more = VEC_INIT;
		place_candidates_at(place, groups, groups->zones[i], false, &more);
		if (i == 0) {
			all = more;
			continue;
		}
		place_require(place, &all, &more);
		vec_free(&more);
	}
	for (size_t i = 0; i < all.len; i++)
		place_allow(place, &all.data[i].entry, &all.data[i].match);
	vec_free(&all);
}

static void place_deny_groups(struct place *place, const struct place_groups *groups)
{
	for (size_t i = 0; i < groups->zone_count; i++) {
		struct place_candidates denies = VEC_INIT;
		place_candidates_at(place, groups, groups->zones[i], true, &denies);
		for (size_t j = 0; j < denies.len; j++) {
			if (denies.data[j].match.named_operations)
				place_deny_operations(place, &denies.data[j].entry,
						      &denies.data[j].match);
			else
				vec_push(&place->entries, denies.data[j].entry);
		}
		vec_free(&denies);
	}
}

static void place_groups(struct place *place, const struct place_groups *groups, bool denies)
{
	if (groups->zone_count == 0 || address_set_is_empty(groups->region))
		return;
	place->filter->groups =
		address_set_union(place->arena, place->filter->groups, groups->region);
	if (denies)
		place_deny_groups(place, groups);
	else
		place_allow_groups(place, groups);
}

/* ---- regions of groups ---- */

/* Cuts `region` by the groups that each further zone declares, and places each
 * piece with the zones that declare it and can be reached. */
static void place_split(struct place *place, struct place_groups groups, zone_id next,
			bool denies)
{
	if (address_set_is_empty(groups.region))
		return;
	if (next == place->model->zone_count) {
		place_groups(place, &groups, denies);
		return;
	}
	struct address_set declared = place->model->zones[next].multicast;
	struct place_groups inside = groups;
	inside.region = address_set_intersect(place->arena, groups.region, declared);
	if (address_set_is_empty(inside.region)) {
		place_split(place, groups, (zone_id)(next + 1), denies);
		return;
	}
	if (place_crosses(place, groups.from, next)) {
		inside.zones = arena_array(place->arena, groups.zone_count + 1,
					   sizeof(*inside.zones));
		for (size_t i = 0; i < groups.zone_count; i++)
			inside.zones[i] = groups.zones[i];
		inside.zones[inside.zone_count++] = next;
	}
	groups.region = address_set_subtract(place->arena, groups.region, declared);
	place_split(place, inside, (zone_id)(next + 1), denies);
	place_split(place, groups, (zone_id)(next + 1), denies);
}

static void place_local(struct place *place, zone_id zone, struct address_set declared,
			bool denies)
{
	struct address_set local = address_set_subtract(
		place->arena, place_local_groups(place), declared);
	struct place_groups groups = {
		.from = zone,
		.zones = &zone,
		.zone_count = 1,
		.region = address_set_union(place->arena, local,
					    place->model->zones[zone].broadcast),
	};

	place_groups(place, &groups, denies);
}

void place_multicast(struct place *place, bool denies)
{
	struct address_set declared = place_declared(place);
	size_t zones = place->model->zone_count;

	for (size_t from = 0; from < zones; from++) {
		struct place_groups groups = { .from = (zone_id)from, .region = declared };
		if (place_row_is_empty(place, (zone_id)from))
			continue;
		place_split(place, groups, 0, denies);
		if (place_crosses(place, (zone_id)from, (zone_id)from))
			place_local(place, (zone_id)from, declared, denies);
	}
}
