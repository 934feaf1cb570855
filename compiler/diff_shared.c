/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups that several zones declare: addresses that the same zones of both policies
 * declare are one. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>
#include <string.h>

static void shared_edges(const struct diff_space *space, enum family family,
			 struct range_list *edges)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t z = 0; z < space->model[side]->zone_count; z++) {
			const struct set *set =
				space->model[side]->zones[z].multicast.family[family];
			for (size_t i = 0; i < set->len; i++) {
				vec_push(edges, ((struct range){ set->range[i].lo, 0 }));
				if (set->range[i].hi < address_max(family))
					vec_push(edges, ((struct range){ set->range[i].hi + 1, 0 }));
			}
		}
	if (edges->len > 0)
		qsort(edges->data, edges->len, sizeof(*edges->data), diff_range_order);
}

static void shared_zones(const struct diff_space *space, enum family family, u128 group,
			 struct diff_shared *shared)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t z = 0; z < space->model[side]->zone_count; z++)
			if (set_contains(space->model[side]->zones[z].multicast.family[family],
					 group))
				vec_push(&shared->zones[side], (zone_id)z);
}

static bool shared_is_same(const struct diff_shared *a, const struct diff_shared *b)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		if (a->zones[side].len != b->zones[side].len ||
		    (a->zones[side].len > 0 &&
		     memcmp(a->zones[side].data, b->zones[side].data,
			    a->zones[side].len * sizeof(zone_id)) != 0))
			return false;
	return true;
}

static void shared_free(struct diff_shared *shared)
{
	vec_free(&shared->zones[DIFF_OLD]);
	vec_free(&shared->zones[DIFF_NEW]);
}

static void shared_add(const struct diff_space *space, struct diff_shared_list *groups,
		       struct diff_shared *one)
{
	if (one->zones[DIFF_OLD].len < 2 && one->zones[DIFF_NEW].len < 2) {
		shared_free(one);
		return;
	}
	for (size_t i = 0; i < groups->len; i++)
		if (shared_is_same(&groups->data[i], one)) {
			groups->data[i].groups =
				set_union(space->arena, groups->data[i].groups, one->groups);
			shared_free(one);
			return;
		}
	vec_push(groups, *one);
}

void diff_shared_make(const struct diff_space *space, enum family family,
		      struct diff_shared_list *groups)
{
	struct range_list edges = VEC_INIT;

	shared_edges(space, family, &edges);
	for (size_t i = 0; i < edges.len; i++) {
		u128 lo = edges.data[i].lo;
		u128 hi = i + 1 < edges.len ? edges.data[i + 1].lo - 1 : address_max(family);
		struct diff_shared one = { .groups = NULL };
		if (i + 1 < edges.len && edges.data[i + 1].lo == lo)
			continue;
		one.groups = set_one(space->arena, lo, hi);
		shared_zones(space, family, lo, &one);
		shared_add(space, groups, &one);
	}
	vec_free(&edges);
}

void diff_shared_free(struct diff_shared_list *groups)
{
	for (size_t i = 0; i < groups->len; i++)
		shared_free(&groups->data[i]);
	vec_free(groups);
}
