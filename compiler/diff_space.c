/* SPDX-License-Identifier: Apache-2.0
 *
 * From two policies to pairs of lists, an area of flows each: those to one
 * address or a group of one zone, those to groups of several zones, those from
 * addresses that tell no zone, and frames without IP. */
#include "config.h"
#include "compiler/diff_parts.h"

struct diff_run {
	struct diff_space *space;
	enum family family;
	bool link;
	uint64_t budget;
	diff_visit *visit;
	void *context;
	enum diff_verdict verdict;
	/* of groups of several zones: the old policy's lists, then the new one's */
	const struct diff_list *lists;
	size_t list_count, old_count;
};

static void run_settle(struct diff_run *run, enum space_result result)
{
	if (result == SPACE_UNDECIDED)
		run->verdict = DIFF_UNDECIDED;
	else if (result == SPACE_DIFFERENT && run->verdict == DIFF_SAME)
		run->verdict = DIFF_DIFFERENT;
}

static bool product_holds(const struct space_rule *rule, const struct space_box *box)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (!set_contains(rule->field[f], box->field[f].lo))
			return false;
	return true;
}

/* Where several lists must allow, the one that is told need not be the one that
 * changed: takes a rule that lets the region through, or denies it, in one policy only. */
static void run_find_changed(const struct diff_run *run, struct diff_region *region)
{
	struct space_box box = space_region_first(region->region);

	for (size_t l = 0; l < run->list_count && !region->changed[DIFF_OLD] &&
			   !region->changed[DIFF_NEW]; l++) {
		int side = l < run->old_count ? DIFF_OLD : DIFF_NEW;
		bool allow = (region->kind == DIFF_OPENED) == (side == DIFF_NEW);
		for (size_t i = 0; i < run->lists[l].len; i++) {
			const struct space_rule *product = &run->lists[l].data[i];
			if (product->allow != allow || !diff_product_changed(product->id) ||
			    !product_holds(product, &box))
				continue;
			region->changed[side] = true;
			region->rule[side] =
				&run->space->model[side]->rules[diff_product_rule(product->id)];
			break;
		}
	}
}

static unsigned run_report(void *context, const struct space_difference *difference)
{
	struct diff_run *run = context;
	const uint32_t id[] = { difference->left_rule, difference->right_rule };
	struct diff_region region = {
		.region = difference->region, .family = run->family, .link = run->link,
		.kind = difference->left_allows ? DIFF_CLOSED : DIFF_OPENED,
	};

	for (int side = 0; side < DIFF_SIDES; side++) {
		if (id[side] == SPACE_NO_RULE)
			continue;
		region.rule[side] = &run->space->model[side]->rules[diff_product_rule(id[side])];
		region.changed[side] = diff_product_changed(id[side]);
	}
	run_find_changed(run, &region);
	run->visit(run->context, &region);
	return SPACE_EITHER;
}

static struct space_box run_box(const struct diff_run *run)
{
	struct space_box box = space_box_all(run->family);

	box.field[FIELD_CELL].hi = run->space->cells[DIFF_OLD].count - 1;
	return box;
}

/* Two lists, each of what one policy has to say. */
static void run_pair(struct diff_run *run, struct diff_list lists[DIFF_SIDES], bool otherwise)
{
	struct space_listener listener = { SPACE_EITHER, run_report, run };
	struct space_box box = run_box(run);
	struct space_list sides[DIFF_SIDES];

	run->space->products += lists[DIFF_OLD].len + lists[DIFF_NEW].len;
	size_t changed = diff_lists_reduce(lists, run->space->arena);
	run->space->changed += changed;
	if (changed == 0)
		return;
	for (int side = 0; side < DIFF_SIDES; side++)
		sides[side] = (struct space_list){ lists[side].data, lists[side].len, otherwise };
	run_settle(run, space_compare(&sides[DIFF_OLD], &sides[DIFF_NEW], &box, run->budget,
				      &listener));
}

/* All but the groups of several zones. */
static void run_main(struct diff_run *run, struct diff_flat flats[DIFF_SIDES],
		     const struct set *shared)
{
	struct diff_list lists[DIFF_SIDES] = { VEC_INIT, VEC_INIT };

	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t i = 0; i < flats[side].products.len; i++) {
			struct space_rule rule = flats[side].products.data[i].rule;
			if (!set_is_empty(shared))
				rule.field[FIELD_DESTINATION] = set_subtract(
					run->space->arena, rule.field[FIELD_DESTINATION], shared);
			diff_list_add(&lists[side], &rule);
		}
	run_pair(run, lists, false);
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_free(&lists[side]);
}

static void list_of_group(struct diff_list *list, const struct diff_flat *flat,
			  const struct set *groups, zone_id at, struct arena *arena)
{
	for (size_t i = 0; i < flat->products.len; i++) {
		struct space_rule rule = flat->products.data[i].rule;
		if (at != ZONE_NONE && flat->products.data[i].at != at)
			continue;
		rule.field[FIELD_DESTINATION] =
			set_intersect(arena, rule.field[FIELD_DESTINATION], groups);
		diff_list_add(list, &rule);
	}
}

/* The zone's name, if it is one in both policies. */
static const char *run_zone_name(const struct diff_run *run, int side, zone_id zone)
{
	const char *name = run->space->model[side]->zones[zone].name;

	return model_zone_by_name(run->space->model[!side], name) != ZONE_NONE ? name : NULL;
}

/* Where a group has more zones than lists can be held, it is not decided. */
static void run_shared(struct diff_run *run, struct diff_flat flats[DIFF_SIDES],
		       const struct diff_shared *shared)
{
	size_t count[DIFF_SIDES], all = 0;
	struct diff_list lists[SPACE_LISTS] = { VEC_INIT };
	const char *zones[SPACE_LISTS] = { NULL };
	struct space_list sides[SPACE_LISTS];
	struct space_listener listener = { SPACE_EITHER, run_report, run };
	struct space_box box = run_box(run);

	for (int side = 0; side < DIFF_SIDES; side++)
		count[side] = shared->zones[side].len > 0 ? shared->zones[side].len : 1;
	if (count[DIFF_OLD] + count[DIFF_NEW] > SPACE_LISTS) {
		run->verdict = DIFF_UNDECIDED;
		return;
	}
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t i = 0; i < count[side]; i++, all++) {
			zone_id at = count[side] > 1 ? shared->zones[side].data[i] : ZONE_NONE;
			zones[all] = at == ZONE_NONE ? NULL : run_zone_name(run, side, at);
			list_of_group(&lists[all], &flats[side], shared->groups, at,
				      run->space->arena);
		}
	diff_lists_sort(lists, zones, count[DIFF_OLD], all);
	for (size_t i = 0; i < all; i++)
		sides[i] = (struct space_list){ lists[i].data, lists[i].len, false };
	run->lists = lists;
	run->list_count = all;
	run->old_count = count[DIFF_OLD];
	struct space_side old = { sides, NULL, count[DIFF_OLD] };
	struct space_side new = { sides + count[DIFF_OLD], NULL, count[DIFF_NEW] };
	run_settle(run, space_compare_sides(&old, &new, &box, run->budget, &listener));
	run->list_count = 0;
	for (size_t i = 0; i < all; i++)
		vec_free(&lists[i]);
}

static void run_silent(struct diff_run *run)
{
	struct diff_list lists[DIFF_SIDES] = { VEC_INIT, VEC_INIT };

	for (int side = 0; side < DIFF_SIDES; side++)
		diff_silent_make(run->space, (enum diff_side)side, run->family, &lists[side]);
	run_pair(run, lists, true);
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_free(&lists[side]);
}

static void run_link(struct diff_run *run)
{
	struct diff_list lists[DIFF_SIDES] = { VEC_INIT, VEC_INIT };

	run->link = true;
	for (int side = 0; side < DIFF_SIDES; side++)
		diff_link_make(run->space, (enum diff_side)side, &lists[side]);
	run_pair(run, lists, false);
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_free(&lists[side]);
}

/* ---- the whole ---- */

static void run_family(struct diff_run *run)
{
	struct diff_space *space = run->space;
	struct diff_flat flats[DIFF_SIDES];
	struct diff_shared_list shared = VEC_INIT;
	const struct set *groups = set_empty();

	for (int side = 0; side < DIFF_SIDES; side++) {
		flats[side] = (struct diff_flat){ .space = space, .side = (enum diff_side)side,
						  .family = run->family };
		diff_flat_make(&flats[side]);
	}
	diff_shared_make(space, run->family, &shared);
	for (size_t i = 0; i < shared.len; i++)
		groups = set_union(space->arena, groups, shared.data[i].groups);
	run_main(run, flats, groups);
	for (size_t i = 0; i < shared.len; i++)
		run_shared(run, flats, &shared.data[i]);
	diff_shared_free(&shared);
	run_silent(run);
	for (int side = 0; side < DIFF_SIDES; side++)
		diff_flat_release(&flats[side]);
}

enum diff_verdict diff_space_compare(struct diff_space *space, uint64_t budget,
				     diff_visit *visit, void *context)
{
	struct diff_run run = { .space = space, .budget = budget, .visit = visit,
				.context = context, .verdict = DIFF_SAME };

	for (int f = 0; f < FAMILY_COUNT; f++) {
		run.family = (enum family)f;
		run_family(&run);
	}
	run.family = FAMILY_IPV4;
	if (diff_link_is_spoken_of(space))
		run_link(&run);
	return run.verdict;
}

void diff_space_init(struct diff_space *space, struct arena *arena,
		     const struct model *const models[DIFF_SIDES], int64_t at)
{
	*space = (struct diff_space){ .arena = arena,
				      .model = { models[DIFF_OLD], models[DIFF_NEW] } };
	policy_cells_make_joint(space->cells, arena, models, at);
	diff_protocols_make(space);
	if (diff_link_is_spoken_of(space))
		diff_stations_make(&space->stations, arena, models);
	for (int side = 0; side < DIFF_SIDES; side++)
		policy_space_init(&space->space[side], models[side], &space->cells[side]);
}

void diff_space_release(struct diff_space *space)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		policy_space_release(&space->space[side]);
}
