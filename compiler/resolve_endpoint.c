/* SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints: what a list of names, addresses and levels stands for, inside a
 * conduit and outside. The ranges of one list are gathered and made a set once;
 * a list that is one zone or `any` shares the zone's own sets. */
#include "config.h"
#include "compiler/resolve.h"

#include "compiler/resolve_parts.h"

struct gather {
	struct address_set shared; /* of zones, tags and groups */
	VEC(struct address_range) ranges;
	VEC(struct address_range) special;
	struct zone_set zones;
	struct address_set excluded;
	struct address_set wide; /* `any` outside conduits holds every group */
};

static struct extent extent_empty(struct resolve *r)
{
	return (struct extent){ address_set_empty(), address_set_empty(), r->no_zones,
				address_set_empty(), r->no_zones };
}

bool extent_is_empty(const struct extent *extent)
{
	return address_set_is_empty(extent->unicast) && address_set_is_empty(extent->literal) &&
	       zone_set_is_empty(extent->zones);
}

/* The first address of the endpoint that the conduit does not hold, and whose. */
static void endpoint_hint(struct resolve *r, struct diag *diag, struct address_set held,
			  const struct ground *ground)
{
	struct address_set rest = address_set_subtract(
		r->arena, address_set_subtract(r->arena, held, r->special), ground->owned);
	char text[ADDRESS_TEXT];

	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (set_is_empty(rest.family[f]))
			continue;
		struct address first = { set_min(rest.family[f]), (enum family)f };
		diag_hint(r->diags, diag, "%s lies in %s", address_print(&first, text),
			  r->model->zones[model_zone_of(r->model, first)].name);
		return;
	}
}

static void endpoint_outside(struct resolve *r, const struct tree_endpoint *e,
			     struct address_set held, const struct ground *ground)
{
	struct diag *diag = diag_add(r->diags, FINDING_ENDPOINT_OUTSIDE_CONDUIT, e->where,
				     "%s does not lie wholly inside conduit %s",
				     resolve_label(r, e->where), ground->conduit->name);
	diag->subject = ground->conduit->name;
	if (!address_set_is_empty(held))
		endpoint_hint(r, diag, held, ground);
	diag_other(r->diags, diag, ground->conduit->tree->where, "the conduit");
}

static void gather_range(struct resolve *r, struct gather *g, struct address_range range)
{
	vec_push(&g->ranges, range);
	if (set_overlaps_range(r->special.family[range.family], range.lo, range.hi))
		vec_push(&g->special, range);
}

static void gather_address(struct resolve *r, struct gather *g, const struct tree_endpoint *e,
			   const struct ground *ground)
{
	const struct set *special = r->special.family[e->range.family];

	gather_range(r, g, e->range);
	if (ground == NULL ||
	    set_covers_range(ground->owned.family[e->range.family], e->range.lo, e->range.hi))
		return;
	/* What is special is located at zones, not owned by them. */
	if (set_overlaps_range(special, e->range.lo, e->range.hi)) {
		struct address_set rest = address_set_subtract(
			r->arena, address_set_range(r->arena, e->range), r->special);
		if (address_set_is_subset(rest, ground->owned))
			return;
	}
	endpoint_outside(r, e, address_set_range(r->arena, e->range), ground);
}

static void gather_zone(struct resolve *r, struct gather *g, zone_id zone)
{
	struct zone_set one = zone_set_new(r);

	zone_set_add(one, zone);
	g->zones = zone_set_union(r, g->zones, one);
	g->shared = address_set_union(r->arena, g->shared, r->model->zones[zone].owned);
}

static void gather_level(struct resolve *r, struct gather *g, const struct tree_endpoint *e,
			 const struct ground *ground)
{
	struct zone_set zones = zone_set_new(r);

	for (size_t z = 0; z < r->model->zone_count; z++) {
		enum level level = r->model->zones[z].level;
		if (level >= e->level_lo && level <= e->level_hi &&
		    (ground == NULL || zone_set_has(ground->zones, (zone_id)z)))
			zone_set_add(zones, (zone_id)z);
	}
	g->zones = zone_set_union(r, g->zones, zones);
	g->shared = address_set_union(r->arena, g->shared, zone_set_owned(r, zones));
}

static void gather_any(struct resolve *r, struct gather *g, const struct ground *ground)
{
	if (ground != NULL) {
		g->zones = zone_set_union(r, g->zones, ground->zones);
		g->shared = address_set_union(r->arena, g->shared, ground->owned);
		return;
	}
	g->zones = r->all_zones;
	g->shared = r->everywhere;
	g->wide = r->special;
}

static void gather_tag(struct resolve *r, struct gather *g, const struct tree_endpoint *e,
		       const struct ground *ground)
{
	struct address_set set = tag_extent(r, e->text, e->where);

	if (ground != NULL)
		set = address_set_intersect(r->arena, set, ground->owned);
	g->shared = address_set_union(r->arena, g->shared, set);
}

/* A group means the same everywhere, so it is resolved once. */
static const struct extent *group_extent(struct resolve *r, struct symbol *symbol,
					 struct span where)
{
	const struct tree_group *group = symbol->tree;

	if (symbol->state == 2)
		return symbol->value;
	struct extent *extent = arena_alloc(r->arena, sizeof(*extent));
	*extent = extent_empty(r);
	if (symbol->state == 1) {
		struct diag *diag = diag_add(r->diags, FINDING_GROUP_CYCLE, where,
					     "group %s holds itself", symbol->name);
		diag_other(r->diags, diag, symbol->where, "the group");
		return extent;
	}
	symbol->state = 1;
	*extent = extent_of(r, &group->members, NULL);
	symbol->state = 2;
	symbol->value = extent;
	return extent;
}

static void gather_group(struct resolve *r, struct gather *g, struct symbol *symbol,
			 const struct tree_endpoint *e, const struct ground *ground)
{
	const struct extent *extent = group_extent(r, symbol, e->where);

	g->shared = address_set_union(r->arena, g->shared, extent->unicast);
	g->wide = address_set_union(r->arena, g->wide, extent->literal);
	g->zones = zone_set_union(r, g->zones, extent->zones);
	g->excluded = address_set_union(r->arena, g->excluded, extent->excluded);
	if (ground == NULL)
		return;
	struct address_set plain =
		address_set_subtract(r->arena, extent->unicast, r->special);
	if (!address_set_is_subset(plain, ground->owned))
		endpoint_outside(r, e, plain, ground);
}

static void gather_name(struct resolve *r, struct gather *g, const struct tree_endpoint *e,
			const struct ground *ground)
{
	struct symbol *symbol = symbol_use(r, TABLE_PLACES, e->text, e->where);

	if (symbol == NULL)
		return;
	if (symbol->kind == SYMBOL_GROUP) {
		gather_group(r, g, symbol, e, ground);
	} else if (symbol->kind == SYMBOL_ZONE) {
		gather_zone(r, g, (zone_id)symbol->index);
		if (ground != NULL && !zone_set_has(ground->zones, (zone_id)symbol->index))
			endpoint_outside(r, e, address_set_empty(), ground);
	} else {
		struct address_set set = asset_extent(r, symbol, e->where);
		g->shared = address_set_union(r->arena, g->shared, set);
		if (ground != NULL && !address_set_is_subset(set, ground->owned))
			endpoint_outside(r, e, set, ground);
	}
}

static void gather_external(struct resolve *r, struct gather *g, const struct tree_endpoint *e,
			    const struct ground *ground)
{
	zone_id external = (zone_id)(r->model->zone_count - 1);

	gather_zone(r, g, external);
	if (ground != NULL && !zone_set_has(ground->zones, external))
		endpoint_outside(r, e, address_set_empty(), ground);
}

static void gather_one(struct resolve *r, struct gather *g, const struct tree_endpoint *e,
		       const struct ground *ground)
{
	switch (e->kind) {
	case ENDPOINT_NAME:
		gather_name(r, g, e, ground);
		break;
	case ENDPOINT_ADDRESS:
		gather_address(r, g, e, ground);
		break;
	case ENDPOINT_TAG:
		gather_tag(r, g, e, ground);
		break;
	case ENDPOINT_LEVEL:
		gather_level(r, g, e, ground);
		break;
	case ENDPOINT_EXTERNAL:
		gather_external(r, g, e, ground);
		break;
	case ENDPOINT_ANY:
		gather_any(r, g, ground);
		break;
	}
}

static struct extent gather_list(struct resolve *r, const struct tree_endpoint *list,
				 const struct ground *ground)
{
	struct gather g = { .shared = address_set_empty(), .zones = r->no_zones,
			    .excluded = address_set_empty(), .wide = address_set_empty() };
	struct extent extent = extent_empty(r);

	for (; list != NULL; list = list->next)
		gather_one(r, &g, list, ground);
	extent.unicast = address_set_union(
		r->arena, g.shared,
		address_set_from_ranges(r->arena, g.ranges.data, g.ranges.len));
	extent.literal = g.wide;
	if (g.special.len > 0)
		extent.literal = address_set_union(
			r->arena, g.wide,
			address_set_intersect(r->arena, r->special,
					      address_set_from_ranges(r->arena, g.special.data,
								      g.special.len)));
	extent.zones = g.zones;
	extent.excluded = g.excluded;
	vec_free(&g.ranges);
	vec_free(&g.special);
	return extent;
}

/* After `except`, names may lie anywhere. */
struct extent extent_of(struct resolve *r, const struct tree_endpoints *endpoints,
			const struct ground *ground)
{
	struct extent extent = gather_list(r, endpoints->include, ground);

	if (endpoints->except == NULL)
		return extent;
	struct extent out = gather_list(r, endpoints->except, NULL);
	extent.unicast = address_set_subtract(r->arena, extent.unicast, out.unicast);
	extent.literal = address_set_subtract(r->arena, extent.literal, out.literal);
	extent.zones = zone_set_subtract(r, extent.zones, out.zones);
	extent.excluded = address_set_union(r->arena, extent.excluded, out.literal);
	extent.excluded_zones = out.zones;
	return extent;
}

/* As outside conduits: a pair over the whole plant. */
struct pair pair_of(struct resolve *r, const struct extent *source,
		    const struct extent *destination)
{
	bool bounded = zone_set_is_empty(destination->excluded_zones);

	return (struct pair){
		.source = source->unicast,
		.source_zones = source->zones,
		.destination = {
			.unicast = destination->unicast,
			.zones = destination->zones,
			.literal = destination->literal,
			.literal_zones = bounded ? r->all_zones
						 : zone_set_subtract(r, r->all_zones,
								     destination->excluded_zones),
			.literal_unlocated = true,
			.excluded = destination->excluded,
		},
	};
}
