/* SPDX-License-Identifier: Apache-2.0
 *
 * From two policies to pairs of lists, an area of flows each: those to one
 * address or a group of one zone, those to groups of several zones, and those
 * from addresses that tell no zone. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

enum { PLACE = 256 };

/* ---- protocols ---- */

static bool parameters_same(const struct protocol *a, const struct protocol *b)
{
	if (a->parameter_count != b->parameter_count)
		return false;
	for (size_t i = 0; i < a->parameter_count; i++) {
		const struct parameter *p = &a->parameters[i], *q = &b->parameters[i];
		if (strcmp(p->name, q->name) != 0 || p->dimension != q->dimension ||
		    p->base != q->base || p->lo != q->lo || p->hi != q->hi ||
		    !set_equal(p->functions, q->functions))
			return false;
	}
	return true;
}

/* Protocols are known by their names; one whose parameters are declared in another
 * way is another protocol. */
static uint16_t protocol_in(const struct model *model, const struct protocol *protocol)
{
	for (size_t p = 0; p < model->protocol_count; p++)
		if (strcmp(model->protocols[p].name, protocol->name) == 0 &&
		    parameters_same(&model->protocols[p], protocol))
			return (uint16_t)p;
	return UINT16_MAX;
}

static void protocols_make(struct diff_space *space)
{
	const struct model *old = space->model[DIFF_OLD], *new = space->model[DIFF_NEW];
	struct diff_protocols *protocols = &space->protocols;
	size_t most = old->protocol_count + new->protocol_count;

	*protocols = (struct diff_protocols){
		.same = true, .count = new->protocol_count,
		.joint = arena_array(space->arena, most, sizeof(uint16_t)),
		.old = arena_array(space->arena, most, sizeof(uint16_t)),
	};
	memset(protocols->old, 0xff, most * sizeof(uint16_t));
	for (size_t p = 0; p < old->protocol_count; p++) {
		uint16_t to = p == 0 ? 0 : protocol_in(new, &old->protocols[p]);
		if (to == UINT16_MAX)
			to = (uint16_t)protocols->count++;
		protocols->joint[p] = to;
		protocols->old[to] = (uint16_t)p;
		protocols->same &= to == p;
	}
}

/* Moves each protocol's operations by a table; beyond it numbers stay. */
static const struct set *operations_move(struct arena *arena, const struct set *operations,
					 const uint16_t *table, size_t count)
{
	struct range_list ranges = VEC_INIT;

	if (set_covers_range(operations, 0, OPERATION_MAX))
		return operations;
	for (size_t p = 0; p < count; p++) {
		const struct set *own = set_intersect(
			arena, operations, set_one(arena, (u128)p << 16, ((u128)p << 16) + UINT16_MAX));
		for (size_t i = 0; table[p] != UINT16_MAX && i < own->len; i++) {
			u128 to = (u128)table[p] << 16, from = (u128)p << 16;
			vec_push(&ranges, ((struct range){ own->range[i].lo - from + to,
							   own->range[i].hi - from + to }));
		}
	}
	const struct set *moved = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return moved;
}

const struct set *diff_space_operations(const struct diff_space *space, struct arena *arena,
					enum diff_side side, const struct set *operations)
{
	const struct diff_protocols *protocols = &space->protocols;

	if (side == DIFF_NEW || protocols->same)
		return operations;
	return operations_move(arena, operations, protocols->old, protocols->count);
}

/* ---- laid flat ---- */

/* An address that is a directed broadcast to those who send from `owners`. */
struct flat_broadcast {
	u128 address;
	const struct set *owners;
};

/* One product of flows. */
struct flat_product {
	struct space_rule rule; /* id: the rule's index */
	zone_id at;             /* for groups that zones declare, the zone; else ZONE_NONE */
};

struct flat {
	struct diff_space *space;
	enum diff_side side;
	enum family family;
	const struct set *silent; /* senders that tell no zone, or are none */
	VEC(struct flat_broadcast) broadcasts; /* by address */
	VEC(struct flat_product) products;
};

static int broadcast_order(const void *left, const void *right)
{
	const struct flat_broadcast *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static void flat_broadcasts(struct flat *flat)
{
	const struct model *model = flat->space->model[flat->side];
	size_t kept = 0;

	for (size_t z = 0; z < model->zone_count; z++) {
		const struct set *set = model->zones[z].broadcast.family[flat->family];
		for (size_t i = 0; i < set->len; i++)
			for (u128 a = set->range[i].lo; a <= set->range[i].hi; a++)
				vec_push(&flat->broadcasts,
					 ((struct flat_broadcast){
						 a, model->zones[z].owned.family[flat->family] }));
	}
	if (flat->broadcasts.len > 0)
		qsort(flat->broadcasts.data, flat->broadcasts.len, sizeof(struct flat_broadcast),
		      broadcast_order);
	for (size_t i = 0; i < flat->broadcasts.len; i++) {
		struct flat_broadcast one = flat->broadcasts.data[i];
		if (kept > 0 && flat->broadcasts.data[kept - 1].address == one.address)
			flat->broadcasts.data[kept - 1].owners = set_union(
				flat->space->arena, flat->broadcasts.data[kept - 1].owners, one.owners);
		else
			flat->broadcasts.data[kept++] = one;
	}
	flat->broadcasts.len = kept;
}

static void flat_push(struct flat *flat, const struct space_rule *rule, zone_id at)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (set_is_empty(rule->field[f]))
			return;
	vec_push(&flat->products, ((struct flat_product){ *rule, at }));
}

/* The first broadcast at `from` or behind it. */
static size_t flat_broadcast_from(const struct flat *flat, u128 from)
{
	size_t lo = 0, hi = flat->broadcasts.len;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (flat->broadcasts.data[middle].address < from)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

/* To who sends from the broadcast's own zone it is no address of a host: that is told
 * by the products located there. Few senders are in the zone that a rule goes to. */
static void flat_unicast(struct flat *flat, struct space_rule rule)
{
	const struct set *to = rule.field[FIELD_DESTINATION], *from = rule.field[FIELD_SOURCE];
	struct range_list ranges = VEC_INIT;

	for (size_t r = 0; r < to->len; r++)
		for (size_t i = flat_broadcast_from(flat, to->range[r].lo);
		     i < flat->broadcasts.len && flat->broadcasts.data[i].address <= to->range[r].hi;
		     i++) {
			const struct flat_broadcast *broadcast = &flat->broadcasts.data[i];
			if (!set_overlaps(from, broadcast->owners))
				continue;
			struct space_rule others = rule;
			others.field[FIELD_SOURCE] =
				set_subtract(flat->space->arena, from, broadcast->owners);
			others.field[FIELD_DESTINATION] = set_one(
				flat->space->arena, broadcast->address, broadcast->address);
			flat_push(flat, &others, ZONE_NONE);
			vec_push(&ranges, ((struct range){ broadcast->address, broadcast->address }));
		}
	if (ranges.len > 0)
		rule.field[FIELD_DESTINATION] = set_subtract(
			flat->space->arena, to,
			set_from_ranges(flat->space->arena, ranges.data, ranges.len));
	vec_free(&ranges);
	flat_push(flat, &rule, ZONE_NONE);
}

static const struct set *protocols_back(struct arena *arena, const struct set *protocols,
					size_t place)
{
	struct range *ranges = arena_array(arena, protocols->len, sizeof(*ranges));

	for (size_t i = 0; i < protocols->len; i++)
		ranges[i] = (struct range){ protocols->range[i].lo - place * PLACE,
					    protocols->range[i].hi - place * PLACE };
	return set_from_ranges(arena, ranges, protocols->len);
}

static void flat_group(struct flat *flat, struct space_rule rule, size_t place)
{
	const struct zone *zone = &flat->space->model[flat->side]->zones[place - 1];
	bool declared = set_overlaps(rule.field[FIELD_DESTINATION],
				     zone->multicast.family[flat->family]);

	rule.field[FIELD_PROTOCOL] =
		protocols_back(flat->space->arena, rule.field[FIELD_PROTOCOL], place);
	flat_push(flat, &rule, declared ? (zone_id)(place - 1) : ZONE_NONE);
}

static struct space_rule flat_numbered(const struct flat *flat, struct space_rule rule)
{
	const struct diff_space *space = flat->space;

	if (flat->side == DIFF_OLD && !space->protocols.same)
		rule.field[FIELD_OPERATION] = operations_move(
			space->arena, rule.field[FIELD_OPERATION], space->protocols.joint,
			space->model[DIFF_OLD]->protocol_count);
	return rule;
}

static void flat_make(struct flat *flat)
{
	const struct policy_products *products =
		&flat->space->space[flat->side].products[flat->family];

	flat->silent = flat->space->space[flat->side].nowhere.family[flat->family];
	flat_broadcasts(flat);
	for (size_t i = 0; i < products->len; i++) {
		struct space_rule rule = flat_numbered(flat, products->data[i]);
		size_t place = (size_t)(set_min(rule.field[FIELD_PROTOCOL]) / PLACE);
		rule.field[FIELD_SOURCE] = set_subtract(flat->space->arena,
							rule.field[FIELD_SOURCE], flat->silent);
		if (place == 0)
			flat_unicast(flat, rule);
		else
			flat_group(flat, rule, place);
	}
}

static void flat_release(struct flat *flat)
{
	vec_free(&flat->broadcasts);
	vec_free(&flat->products);
}

/* ---- groups of several zones ---- */

/* Groups that the same zones declare, of either policy. */
struct shared_group {
	const struct set *groups;
	VEC(zone_id) zones[DIFF_SIDES];
};
VEC_TYPE(shared_groups, struct shared_group);

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
			 struct shared_group *shared)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t z = 0; z < space->model[side]->zone_count; z++)
			if (set_contains(space->model[side]->zones[z].multicast.family[family],
					 group))
				vec_push(&shared->zones[side], (zone_id)z);
}

static bool shared_is_same(const struct shared_group *a, const struct shared_group *b)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		if (a->zones[side].len != b->zones[side].len ||
		    (a->zones[side].len > 0 &&
		     memcmp(a->zones[side].data, b->zones[side].data,
			    a->zones[side].len * sizeof(zone_id)) != 0))
			return false;
	return true;
}

static void shared_free(struct shared_group *shared)
{
	vec_free(&shared->zones[DIFF_OLD]);
	vec_free(&shared->zones[DIFF_NEW]);
}

static void shared_add(struct diff_space *space, struct shared_groups *groups,
		       struct shared_group *one)
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

static void shared_make(struct diff_space *space, enum family family,
			struct shared_groups *groups)
{
	struct range_list edges = VEC_INIT;

	shared_edges(space, family, &edges);
	for (size_t i = 0; i < edges.len; i++) {
		u128 lo = edges.data[i].lo;
		u128 hi = i + 1 < edges.len ? edges.data[i + 1].lo - 1 : address_max(family);
		struct shared_group one = { .groups = NULL };
		if (i + 1 < edges.len && edges.data[i + 1].lo == lo)
			continue;
		one.groups = set_one(space->arena, lo, hi);
		shared_zones(space, family, lo, &one);
		shared_add(space, groups, &one);
	}
	vec_free(&edges);
}

/* ---- areas ---- */

struct diff_run {
	struct diff_space *space;
	enum family family;
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
		.region = difference->region, .family = run->family,
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
static void run_main(struct diff_run *run, struct flat flats[DIFF_SIDES],
		     const struct set *shared)
{
	struct diff_list lists[DIFF_SIDES] = { VEC_INIT, VEC_INIT };

	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t i = 0; i < flats[side].products.len; i++) {
			struct space_rule rule = flats[side].products.data[i].rule;
			if (!set_is_empty(shared))
				rule.field[FIELD_DESTINATION] = set_subtract(
					run->space->arena, rule.field[FIELD_DESTINATION], shared);
			if (!set_is_empty(rule.field[FIELD_DESTINATION]))
				diff_list_add(&lists[side], &rule);
		}
	run_pair(run, lists, false);
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_free(&lists[side]);
}

static void list_of_group(struct diff_list *list, const struct flat *flat,
			  const struct set *groups, zone_id at, struct arena *arena)
{
	for (size_t i = 0; i < flat->products.len; i++) {
		struct space_rule rule = flat->products.data[i].rule;
		if (at != ZONE_NONE && flat->products.data[i].at != at)
			continue;
		rule.field[FIELD_DESTINATION] =
			set_intersect(arena, rule.field[FIELD_DESTINATION], groups);
		if (!set_is_empty(rule.field[FIELD_DESTINATION]))
			diff_list_add(list, &rule);
	}
}

/* Where a group has more zones than lists can be held, it is not decided. */
static void run_shared(struct diff_run *run, struct flat flats[DIFF_SIDES],
		       const struct shared_group *shared)
{
	size_t count[DIFF_SIDES], all = 0;
	struct diff_list lists[SPACE_LISTS] = { VEC_INIT };
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
		for (size_t i = 0; i < count[side]; i++, all++)
			list_of_group(&lists[all], &flats[side], shared->groups,
				      count[side] > 1 ? shared->zones[side].data[i] : ZONE_NONE,
				      run->space->arena);
	diff_lists_sort(lists, count[DIFF_OLD], all);
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

/* ---- senders that tell no zone ---- */

static const struct set *senders_silent(struct arena *arena, enum family family)
{
	struct range v4[] = { { 0, 0 }, { 0xa9fe0000, 0xa9feffff } }; /* 169.254.0.0/16 */
	struct range v6[] = { { 0, 0 }, { (u128)0xfe80 << 112, ((u128)0xfec0 << 112) - 1 } };

	return set_from_ranges(arena, family == FAMILY_IPV4 ? v4 : v6, 2);
}

/* Their flows stay in a zone that nobody knows: only a deny of their addresses counts. */
static void silent_add(const struct diff_run *run, enum diff_side side, const struct rule *rule,
		       struct diff_list *list)
{
	struct diff_space *space = run->space;
	struct arena *arena = space->arena;
	struct flat flat = { .space = space, .side = side, .family = run->family };

	for (size_t p = 0; p < rule->pair_count; p++)
		for (size_t m = 0; m < rule->match_count; m++) {
			const struct match *match = &rule->matches[m];
			const struct destination *to = &rule->pairs[p].destination;
			const struct set *destination = to->unicast.family[run->family];
			if (match->ethertype_rule || !match->family[run->family])
				continue;
			if (to->literal_unlocated)
				destination = set_union(arena, destination,
							to->literal.family[run->family]);
			struct space_rule product = {
				.id = rule->index,
				.field = {
					[FIELD_PROTOCOL] = match->protocols,
					[FIELD_DESTINATION] = set_subtract(
						arena, destination,
						to->excluded.family[run->family]),
					[FIELD_SOURCE] = set_intersect(
						arena, rule->pairs[p].source.family[run->family],
						senders_silent(arena, run->family)),
					[FIELD_DST_PORT] = match->dst_ports,
					[FIELD_SRC_PORT] = match->src_ports,
					[FIELD_OPERATION] = match->operations,
					[FIELD_UNIT] = match->units,
					[FIELD_OBJECT] = match->objects,
					[FIELD_CELL] = space->cells[side].active[rule->index],
				},
			};
			product = flat_numbered(&flat, product);
			for (unsigned f = 0; f < FIELD_COUNT; f++)
				if (set_is_empty(product.field[f]))
					product.field[FIELD_SOURCE] = set_empty();
			if (!set_is_empty(product.field[FIELD_SOURCE]))
				diff_list_add(list, &product);
		}
}

static void run_silent(struct diff_run *run)
{
	struct diff_list lists[DIFF_SIDES] = { VEC_INIT, VEC_INIT };

	for (int side = 0; side < DIFF_SIDES; side++) {
		const struct model *model = run->space->model[side];
		for (size_t i = 0; i < model->rule_count; i++)
			if (!model->rules[i].allow)
				silent_add(run, (enum diff_side)side, &model->rules[i],
					   &lists[side]);
	}
	run_pair(run, lists, true);
	for (int side = 0; side < DIFF_SIDES; side++)
		vec_free(&lists[side]);
}

/* ---- the whole ---- */

static void run_family(struct diff_run *run)
{
	struct diff_space *space = run->space;
	struct flat flats[DIFF_SIDES];
	struct shared_groups shared = VEC_INIT;
	const struct set *groups = set_empty();

	for (int side = 0; side < DIFF_SIDES; side++) {
		flats[side] = (struct flat){ .space = space, .side = (enum diff_side)side,
					     .family = run->family };
		flat_make(&flats[side]);
	}
	shared_make(space, run->family, &shared);
	for (size_t i = 0; i < shared.len; i++)
		groups = set_union(space->arena, groups, shared.data[i].groups);
	run_main(run, flats, groups);
	for (size_t i = 0; i < shared.len; i++) {
		run_shared(run, flats, &shared.data[i]);
		shared_free(&shared.data[i]);
	}
	vec_free(&shared);
	run_silent(run);
	for (int side = 0; side < DIFF_SIDES; side++)
		flat_release(&flats[side]);
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
	return run.verdict;
}

void diff_space_init(struct diff_space *space, struct arena *arena,
		     const struct model *const models[DIFF_SIDES], int64_t at)
{
	*space = (struct diff_space){ .arena = arena,
				      .model = { models[DIFF_OLD], models[DIFF_NEW] } };
	policy_cells_make_joint(space->cells, arena, models, at);
	protocols_make(space);
	for (int side = 0; side < DIFF_SIDES; side++)
		policy_space_init(&space->space[side], models[side], &space->cells[side]);
}

void diff_space_release(struct diff_space *space)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		policy_space_release(&space->space[side]);
}
