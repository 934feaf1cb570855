/* SPDX-License-Identifier: Apache-2.0
 *
 * Zones: which addresses each owns. An address belongs to the zone with the
 * smallest prefix or range that holds it. */
#include "config.h"
#include "compiler/resolve.h"

#include <stdlib.h>
#include <string.h>

/* ---- sets of zones ---- */

struct zone_set zone_set_new(struct resolve *r)
{
	size_t count = r->model->zone_count;
	return (struct zone_set){ arena_array(r->arena, (count + 63) / 64, 8), count };
}

/* Only for a set that nobody else has seen yet. */
void zone_set_add(struct zone_set set, zone_id zone)
{
	((uint64_t *)(uintptr_t)set.words)[zone / 64] |= (uint64_t)1 << zone % 64;
}

bool zone_set_has(struct zone_set set, zone_id zone)
{
	return zone < set.count && (set.words[zone / 64] >> zone % 64 & 1);
}

bool zone_set_is_empty(struct zone_set set)
{
	for (size_t i = 0; i < (set.count + 63) / 64; i++)
		if (set.words[i] != 0)
			return false;
	return true;
}

enum zone_operation { ZONE_UNION, ZONE_INTERSECT, ZONE_SUBTRACT };

/* Shares an argument where that is the answer, as sets do. */
static struct zone_set zone_set_combine(struct resolve *r, enum zone_operation operation,
					struct zone_set a, struct zone_set b)
{
	size_t words = (a.count + 63) / 64;
	uint64_t stack[16], *out = words <= 16 ? stack : arena_array(r->arena, words, 8);

	for (size_t i = 0; i < words; i++)
		out[i] = operation == ZONE_UNION     ? a.words[i] | b.words[i]
			 : operation == ZONE_INTERSECT ? a.words[i] & b.words[i]
						       : a.words[i] & ~b.words[i];
	if (memcmp(out, a.words, words * 8) == 0)
		return a;
	if (memcmp(out, b.words, words * 8) == 0)
		return b;
	if (out == stack)
		out = arena_copy(r->arena, stack, words * 8);
	return (struct zone_set){ out, a.count };
}

struct zone_set zone_set_union(struct resolve *r, struct zone_set a, struct zone_set b)
{
	return zone_set_combine(r, ZONE_UNION, a, b);
}

struct zone_set zone_set_intersect(struct resolve *r, struct zone_set a, struct zone_set b)
{
	return zone_set_combine(r, ZONE_INTERSECT, a, b);
}

struct zone_set zone_set_subtract(struct resolve *r, struct zone_set a, struct zone_set b)
{
	return zone_set_combine(r, ZONE_SUBTRACT, a, b);
}

struct address_set zone_set_owned(struct resolve *r, struct zone_set set)
{
	struct address_ranges ranges = VEC_INIT;
	size_t count = 0, only = 0;

	for (size_t z = 0; z < set.count; z++)
		if (zone_set_has(set, (zone_id)z)) {
			address_ranges_add(&ranges, r->model->zones[z].owned);
			only = z;
			count++;
		}
	struct address_set all =
		count == 1 ? r->model->zones[only].owned /* shared */
			   : address_set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return all;
}

/* ---- who owns what ---- */

VEC_TYPE(range_list, struct address_range);

struct claim { /* one subnet of one zone */
	const struct tree_range *tree;
	zone_id zone;
	struct range_list holes; /* ranges of other zones nested in it */
};
VEC_TYPE(claim_list, struct claim);

static int claim_order(const void *left, const void *right)
{
	const struct address_range *a = &((const struct claim *)left)->tree->range;
	const struct address_range *b = &((const struct claim *)right)->tree->range;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return (a->hi < b->hi) - (a->hi > b->hi);
}

static void claims_collect(struct resolve *r, struct claim_list *claims)
{
	for (size_t z = 0; z + 1 < r->model->zone_count; z++)
		for (const struct tree_range *t = r->model->zones[z].tree->subnets; t != NULL;
		     t = t->next)
			vec_push(claims, ((struct claim){ .tree = t, .zone = (zone_id)z }));
	if (claims->len > 1)
		qsort(claims->data, claims->len, sizeof(*claims->data), claim_order);
}

static void claim_conflict(struct resolve *r, const struct claim *a, const struct claim *b)
{
	char first[ADDRESS_RANGE_TEXT], second[ADDRESS_RANGE_TEXT];
	const struct zone *zones = r->model->zones;
	struct diag *diag = diag_add(
		r->diags, FINDING_ZONE_OVERLAP, b->tree->where,
		"%s of zone %s and %s of zone %s %s",
		address_range_print(&b->tree->range, first), zones[b->zone].name,
		address_range_print(&a->tree->range, second), zones[a->zone].name,
		claim_order(a, b) == 0 ? "are the same" : "overlap, and neither holds the other");

	diag->subject = zones[b->zone].name;
	diag_other(r->diags, diag, a->tree->where, "the other one");
}

/* `outer` starts no later than `inner` and reaches into it. */
static void claim_nest(struct resolve *r, struct claim *outer, struct claim *inner)
{
	const struct address_range *a = &outer->tree->range, *b = &inner->tree->range;

	if (outer->zone == inner->zone)
		return;
	if (a->hi < b->hi || (a->lo == b->lo && a->hi == b->hi))
		claim_conflict(r, outer, inner);
	else
		vec_push(&outer->holes, *b);
}

/* One sweep with the claims that are still open. Their number is the depth of
 * nesting, so this is not n log n only for policies that nest without end. */
static void claims_nest(struct resolve *r, struct claim_list *claims)
{
	VEC(size_t) open = VEC_INIT;

	for (size_t i = 0; i < claims->len; i++) {
		struct claim *inner = &claims->data[i];
		size_t kept = 0;
		for (size_t k = 0; k < open.len; k++) {
			struct claim *outer = &claims->data[open.data[k]];
			const struct address_range *range = &outer->tree->range;
			if (range->family != inner->tree->range.family ||
			    range->hi < inner->tree->range.lo)
				continue;
			open.data[kept++] = open.data[k];
			claim_nest(r, outer, inner);
		}
		open.len = kept;
		vec_push(&open, i);
	}
	vec_free(&open);
}

static void claims_settle(struct resolve *r, struct claim_list *claims)
{
	for (size_t i = 0; i < claims->len; i++) {
		struct claim *claim = &claims->data[i];
		struct zone *zone = &r->model->zones[claim->zone];
		struct address_set whole = address_set_range(r->arena, claim->tree->range);
		struct address_set holes = address_set_from_ranges(
			r->arena, claim->holes.data, claim->holes.len);

		zone->declared = address_set_union(r->arena, zone->declared, whole);
		zone->owned = address_set_union(r->arena, zone->owned,
						address_set_subtract(r->arena, whole, holes));
		vec_free(&claim->holes);
	}
}

/* ---- one zone ---- */

/* What is never a zone's own: RFC 5771, RFC 919, RFC 3927, RFC 4291 2.5-2.7. */
static struct address_set zone_not_unicast(struct resolve *r)
{
	static const char *const ranges[] = {
		"224.0.0.0/4", "255.255.255.255", "169.254.0.0/16", "0.0.0.0",
		"ff00::/8", "fe80::/10", "::",
	};
	struct address_range out[sizeof(ranges) / sizeof(ranges[0])];

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		address_range_parse(ranges[i], strlen(ranges[i]), &out[i]);
	return address_set_from_ranges(r->arena, out, sizeof(out) / sizeof(out[0]));
}

static struct address_set zone_ranges(struct resolve *r, const struct tree_range *list)
{
	struct range_list ranges = VEC_INIT;

	for (; list != NULL; list = list->next)
		vec_push(&ranges, list->range);
	struct address_set set = address_set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static struct address_set zone_broadcasts(struct resolve *r, const struct tree_range *list)
{
	struct range_list ranges = VEC_INIT;

	for (; list != NULL; list = list->next) {
		int prefix = address_range_prefix(&list->range);
		if (list->range.family == FAMILY_IPV4 && prefix >= 1 && prefix <= 30)
			vec_push(&ranges, ((struct address_range){ list->range.hi, list->range.hi,
								   FAMILY_IPV4 }));
	}
	struct address_set set = address_set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static void zone_groups(struct resolve *r, struct zone *zone)
{
	for (const struct tree_range *t = zone->tree->multicast; t != NULL; t = t->next) {
		struct address lo = { t->range.lo, t->range.family };
		struct address hi = { t->range.hi, t->range.family };
		char text[ADDRESS_RANGE_TEXT];
		if (!address_is_multicast(&lo) || !address_is_multicast(&hi))
			diag_add(r->diags, FINDING_NOT_MULTICAST, t->where,
				 "%s is not a multicast prefix",
				 address_range_print(&t->range, text));
	}
	zone->multicast = zone_ranges(r, zone->tree->multicast);
}

static void zone_vlans(struct resolve *r, struct zone *zone)
{
	VEC(uint16_t) vlans = VEC_INIT;

	for (const struct tree_number *n = zone->tree->vlans; n != NULL; n = n->next)
		vec_push(&vlans, (uint16_t)n->value);
	zone->vlan_count = vlans.len;
	zone->vlans = arena_copy(r->arena, vlans.data, vlans.len * sizeof(*vlans.data));
	vec_free(&vlans);
}

static void zone_fill(struct resolve *r, struct zone *zone)
{
	zone->declared = zone->owned = address_set_empty();
	zone->multicast = zone->broadcast = address_set_empty();
	if (zone->tree == NULL)
		return;
	zone->name = zone->tree->name.text;
	zone->level = zone->tree->level;
	zone->security_level = zone->tree->security_level;
	zone->intrazone_deny = zone->tree->intrazone_deny;
	zone->inventory_complete = zone->tree->inventory_complete;
	zone->broadcast = zone_broadcasts(r, zone->tree->subnets);
	zone_groups(r, zone);
	zone_vlans(r, zone);
}

static void zones_create(struct resolve *r)
{
	struct symbol_table *places = &r->table[TABLE_PLACES];
	struct model *model = r->model;

	model->zones = arena_array(r->arena, places->list.len + 1, sizeof(*model->zones));
	for (size_t i = 0; i < places->list.len; i++) {
		struct symbol *symbol = places->list.data[i];
		if (symbol->kind != SYMBOL_ZONE || model->zone_count >= ZONE_NONE - 1)
			continue;
		symbol->index = (uint32_t)model->zone_count;
		model->zones[model->zone_count++].tree = symbol->tree;
	}
	struct zone *external = &model->zones[model->zone_count++];
	external->name = "external";
	external->level = LEVEL_5;
	external->intrazone_deny = true;
	for (size_t z = 0; z < model->zone_count; z++)
		zone_fill(r, &model->zones[z]);
}

/* Ownership settled: external takes the rest. */
static void zones_divide(struct resolve *r)
{
	struct model *model = r->model;
	struct address_set local = zone_not_unicast(r);
	struct address_ranges special = VEC_INIT, taken = VEC_INIT;

	address_ranges_add(&special, local);
	address_ranges_add(&taken, local);
	for (size_t z = 0; z + 1 < model->zone_count; z++) {
		struct zone *zone = &model->zones[z];
		zone->owned = address_set_subtract(r->arena, zone->owned, local);
		address_ranges_add(&taken, zone->owned);
		address_ranges_add(&special, zone->broadcast);
	}
	model->zones[model->zone_count - 1].owned = address_set_subtract(
		r->arena, r->everywhere,
		address_set_from_ranges(r->arena, taken.data, taken.len));
	r->special = address_set_from_ranges(r->arena, special.data, special.len);
	vec_free(&special);
	vec_free(&taken);
}

void resolve_zones(struct resolve *r)
{
	struct claim_list claims = VEC_INIT;

	r->everywhere = address_set_all(r->arena);
	zones_create(r);
	claims_collect(r, &claims);
	claims_nest(r, &claims);
	claims_settle(r, &claims);
	vec_free(&claims);
	zones_divide(r);
	r->no_zones = zone_set_new(r);
	r->all_zones = zone_set_new(r);
	for (size_t z = 0; z < r->model->zone_count; z++)
		zone_set_add(r->all_zones, (zone_id)z);
}
