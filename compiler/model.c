/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking things up in a resolved policy. The index is two arrays a family,
 * sorted and disjoint, made once by model_index_make(). */
#include "config.h"
#include "compiler/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "compiler/resolve_parts.h"

struct owner {
	u128 lo, hi;
	uint32_t index;
};
VEC_TYPE(owner_list, struct owner);

struct model_index {
	const struct owner *zones[FAMILY_COUNT];
	size_t zone_count[FAMILY_COUNT];
	const struct owner *assets[FAMILY_COUNT];
	size_t asset_count[FAMILY_COUNT];
};

static int owner_order(const void *left, const void *right)
{
	const struct owner *a = left, *b = right;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

static const struct owner *owner_seal(struct arena *arena, struct owner_list *list, size_t *count)
{
	if (list->len > 1)
		qsort(list->data, list->len, sizeof(*list->data), owner_order);
	*count = list->len;
	const struct owner *sealed =
		arena_copy(arena, list->data, list->len * sizeof(*list->data));
	vec_free(list);
	return sealed;
}

static void index_zones(struct model *model, struct model_index *index, int family)
{
	struct owner_list list = VEC_INIT;

	for (size_t z = 0; z < model->zone_count; z++) {
		const struct set *owned = model->zones[z].owned.family[family];
		for (size_t i = 0; i < owned->len; i++)
			vec_push(&list, ((struct owner){ owned->range[i].lo,
							 owned->range[i].hi, (uint32_t)z }));
	}
	index->zones[family] = owner_seal(&model->arena, &list, &index->zone_count[family]);
}

static void index_assets(struct model *model, struct model_index *index, int family)
{
	struct owner_list list = VEC_INIT;

	for (size_t a = 0; a < model->asset_count; a++)
		for (size_t i = 0; i < model->assets[a].address_count; i++) {
			struct address address = model->assets[a].addresses[i];
			if ((int)address.family == family)
				vec_push(&list, ((struct owner){ address.value, address.value,
								 (uint32_t)a }));
		}
	index->assets[family] = owner_seal(&model->arena, &list, &index->asset_count[family]);
}

void model_index_make(struct model *model)
{
	struct model_index *index = arena_alloc(&model->arena, sizeof(*index));

	for (int family = 0; family < FAMILY_COUNT; family++) {
		index_zones(model, index, family);
		index_assets(model, index, family);
	}
	model->index = index;
}

/* The first owner that ends at `value` or later; `count` if there is none. */
static size_t owner_first(const struct owner *owners, size_t count, u128 value)
{
	size_t lo = 0, hi = count;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (owners[middle].hi < value)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static const struct owner *owner_find(const struct owner *owners, size_t count, u128 value)
{
	size_t first = owner_first(owners, count, value);

	return first < count && owners[first].lo <= value ? &owners[first] : NULL;
}

void model_zones_visit(const struct model *model, enum family family, const struct set *addresses,
		       model_zone_visit *visit, void *context)
{
	const struct owner *owners = model->index->zones[family];
	size_t count = model->index->zone_count[family];

	for (size_t i = 0; i < addresses->len; i++)
		for (size_t o = owner_first(owners, count, addresses->range[i].lo);
		     o < count && owners[o].lo <= addresses->range[i].hi; o++)
			visit(context, (zone_id)owners[o].index);
}

zone_id model_zone_of(const struct model *model, struct address address)
{
	const struct owner *owner =
		owner_find(model->index->zones[address.family],
			   model->index->zone_count[address.family], address.value);
	return (zone_id)(owner ? owner->index : model->zone_count - 1);
}

const struct asset *model_asset_of(const struct model *model, struct address address)
{
	const struct owner *owner =
		owner_find(model->index->assets[address.family],
			   model->index->asset_count[address.family], address.value);
	return owner ? &model->assets[owner->index] : NULL;
}

bool address_is_unicast(const struct address *address)
{
	return !address_is_multicast(address) && !address_is_broadcast(address) &&
	       !address_is_link_local(address) && !address_is_unspecified(address);
}

zone_id model_zone_by_name(const struct model *model, const char *name)
{
	for (size_t z = 0; z < model->zone_count; z++)
		if (strcmp(model->zones[z].name, name) == 0)
			return (zone_id)z;
	return ZONE_NONE;
}

int model_mode_by_name(const struct model *model, const char *name)
{
	for (size_t m = 0; m < model->mode_count; m++)
		if (strcmp(model->modes[m].name, name) == 0)
			return (int)m;
	return -1;
}

const struct set *model_session(const struct model *model, uint16_t protocol, struct arena *arena)
{
	const struct set *session = model->protocols[protocol].class[CLASS_SESSION];
	struct set *shifted;

	if (protocol == 0 || set_is_empty(session))
		return set_empty();
	shifted = arena_copy(arena, session,
			     sizeof(*session) + session->len * sizeof(struct range));
	for (size_t i = 0; i < shifted->len; i++) {
		shifted->range[i].lo += operation_id_of(protocol, 0);
		shifted->range[i].hi += operation_id_of(protocol, 0);
	}
	return shifted;
}
