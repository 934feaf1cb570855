/* SPDX-License-Identifier: Apache-2.0
 *
 * Assets, and the roles and tags by which they are named. */
#include "config.h"
#include "compiler/resolve_parts.h"

#include <stdlib.h>

struct holding { /* one address of one asset */
	const struct tree_range *tree;
	uint32_t asset;
};

static int holding_order(const void *left, const void *right)
{
	const struct holding *a = left, *b = right;
	const struct address_range *x = &a->tree->range, *y = &b->tree->range;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->lo != y->lo)
		return x->lo < y->lo ? -1 : 1;
	return (a->asset > b->asset) - (a->asset < b->asset);
}

static void asset_zones(struct resolve *r, struct asset *asset)
{
	VEC(zone_id) zones = VEC_INIT;

	for (const struct tree_name *n = asset->tree->zones; n != NULL; n = n->next) {
		struct symbol *symbol = symbol_use_zone(r, n->text, n->where);
		if (symbol != NULL)
			vec_push(&zones, (zone_id)symbol->index);
	}
	asset->member_count = zones.len;
	asset->member_of = arena_copy(r->arena, zones.data, zones.len * sizeof(*zones.data));
	vec_free(&zones);
}

static bool asset_is_member(const struct asset *asset, zone_id zone)
{
	for (size_t i = 0; i < asset->member_count; i++)
		if (asset->member_of[i] == zone)
			return true;
	return false;
}

static zone_id asset_place(struct resolve *r, const struct asset *asset,
			   const struct tree_range *at)
{
	struct address address = { at->range.lo, at->range.family };
	zone_id zone = model_zone_of(r->model, address);
	char text[ADDRESS_TEXT];

	if (asset->member_count > 0 && !asset_is_member(asset, zone)) {
		struct strbuf zones = STRBUF_INIT;
		for (size_t i = 0; i < asset->member_count; i++)
			strbuf_printf(&zones, "%s%s", i == 0 ? "" : " or ",
				      r->model->zones[asset->member_of[i]].name);
		struct diag *diag = diag_add(
			r->diags, FINDING_ASSET_OUTSIDE_ZONE, at->where,
			"%s of asset %s lies in %s, not in %s",
			address_print(&address, text), asset->name, r->model->zones[zone].name,
			strbuf_text(&zones));
		strbuf_release(&zones);
		diag->subject = asset->name;
		diag_other(r->diags, diag, asset->tree->name.where, "the asset");
	}
	return zone;
}

static void asset_addresses(struct resolve *r, struct asset *asset)
{
	VEC(struct address) addresses = VEC_INIT;
	VEC(zone_id) zones = VEC_INIT;
	VEC(struct address_range) ranges = VEC_INIT;

	for (const struct tree_range *t = asset->tree->addresses; t != NULL; t = t->next) {
		vec_push(&zones, asset_place(r, asset, t));
		vec_push(&addresses, ((struct address){ t->range.lo, t->range.family }));
		vec_push(&ranges, t->range);
	}
	asset->address_count = addresses.len;
	asset->addresses = arena_copy(r->arena, addresses.data,
				      addresses.len * sizeof(*addresses.data));
	asset->zones = arena_copy(r->arena, zones.data, zones.len * sizeof(*zones.data));
	asset->set = address_set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&addresses);
	vec_free(&zones);
	vec_free(&ranges);
}

static void asset_macs(struct resolve *r, struct asset *asset)
{
	VEC(struct mac) macs = VEC_INIT;

	for (const struct tree_mac *m = asset->tree->macs; m != NULL; m = m->next)
		vec_push(&macs, m->mac);
	asset->mac_count = macs.len;
	asset->macs = arena_copy(r->arena, macs.data, macs.len * sizeof(*macs.data));
	vec_free(&macs);
}

/* A tag's symbol has as value the list of its assets. */
struct tagged {
	uint32_t asset;
	const struct tagged *next;
};

static void asset_tags(struct resolve *r, uint32_t index, const struct tree_name *names)
{
	for (; names != NULL; names = names->next) {
		struct symbol *tag = symbol_find(&r->table[TABLE_TAGS], names->text);
		if (tag == NULL)
			tag = symbol_add(r, TABLE_TAGS, names, NULL);
		struct tagged *entry = arena_alloc(r->arena, sizeof(*entry));
		*entry = (struct tagged){ index, tag->value };
		tag->value = entry;
	}
}

static void holding_twice(struct resolve *r, const struct holding *a, const struct holding *b)
{
	const char *name = r->model->assets[b->asset].name;
	char text[ADDRESS_RANGE_TEXT];
	struct diag *diag = diag_add(r->diags, FINDING_ADDRESS_HELD_TWICE, b->tree->where,
				     "%s is held by %s%s%s",
				     address_range_print(&b->tree->range, text),
				     r->model->assets[a->asset].name,
				     a->asset == b->asset ? " twice" : " and by ",
				     a->asset == b->asset ? "" : name);

	diag->subject = name;
	diag_other(r->diags, diag, a->tree->where, "it was given first here");
}

static void assets_held_twice(struct resolve *r)
{
	VEC(struct holding) all = VEC_INIT;

	for (size_t a = 0; a < r->model->asset_count; a++)
		for (const struct tree_range *t = r->model->assets[a].tree->addresses; t != NULL;
		     t = t->next)
			vec_push(&all, ((struct holding){ t, (uint32_t)a }));
	if (all.len > 1)
		qsort(all.data, all.len, sizeof(*all.data), holding_order);
	for (size_t i = 1; i < all.len; i++) {
		const struct holding *a = &all.data[i - 1], *b = &all.data[i];
		if (a->tree->range.lo != b->tree->range.lo ||
		    a->tree->range.family != b->tree->range.family)
			continue;
		holding_twice(r, a, b);
	}
	vec_free(&all);
}

void resolve_assets(struct resolve *r)
{
	struct symbol_table *places = &r->table[TABLE_PLACES];
	struct model *model = r->model;

	model->assets = arena_array(r->arena, places->list.len, sizeof(*model->assets));
	for (size_t i = 0; i < places->list.len; i++) {
		struct symbol *symbol = places->list.data[i];
		if (symbol->kind != SYMBOL_ASSET)
			continue;
		uint32_t index = symbol->index = (uint32_t)model->asset_count++;
		struct asset *asset = &model->assets[index];
		asset->tree = symbol->tree;
		asset->name = symbol->name;
		asset_zones(r, asset);
		asset_addresses(r, asset);
		asset_macs(r, asset);
		asset_tags(r, index, asset->tree->roles);
		asset_tags(r, index, asset->tree->tags);
	}
	assets_held_twice(r);
}

static void asset_without_address(struct resolve *r, const struct asset *asset, struct span where)
{
	struct diag *diag = diag_add(r->diags, FINDING_ASSET_WITHOUT_ADDRESS, where,
				     "asset %s has no address", asset->name);
	diag->subject = asset->name;
	diag_other(r->diags, diag, asset->tree->name.where, "the asset");
}

struct address_set asset_extent(struct resolve *r, const struct symbol *symbol, struct span where)
{
	const struct asset *asset = &r->model->assets[symbol->index];

	if (asset->address_count == 0)
		asset_without_address(r, asset, where);
	return asset->set;
}

struct address_set tag_extent(struct resolve *r, const char *name, struct span where)
{
	struct symbol *tag = symbol_use(r, TABLE_TAGS, name, where);
	struct address_set *known = NULL;
	VEC(struct address_range) ranges = VEC_INIT;

	if (tag == NULL)
		return address_set_empty();
	if (tag->state == 2) {
		known = (struct address_set *)(uintptr_t)tag->tree;
		return *known;
	}
	for (const struct tagged *t = tag->value; t != NULL; t = t->next) {
		const struct asset *asset = &r->model->assets[t->asset];
		if (asset->address_count == 0)
			asset_without_address(r, asset, where);
		for (size_t i = 0; i < asset->address_count; i++)
			vec_push(&ranges, ((struct address_range){ asset->addresses[i].value,
								   asset->addresses[i].value,
								   asset->addresses[i].family }));
	}
	known = arena_alloc(r->arena, sizeof(*known));
	*known = address_set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	tag->tree = known;
	tag->state = 2;
	return *known;
}
