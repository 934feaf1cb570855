/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/space and compiler/diagram against each other and, where the space
 * is small enough to list, against asking the lists about every point. */
#include "config.h"
#include "tests/unit/unit.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "compiler/space.h"

/* ---- random numbers ---- */

static uint64_t random_state = 0xc0ffee;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

/* ---- a small space: three stretches in each of seven fields, so 3^7 cells; of the
 * others no rule says anything ---- */

enum { STRETCHES = 3, FIELDS_TOLD = 7, CELLS = 2187, RULES = 12, SMALL_PAIRS = 500 };

struct grid {
	enum family family;
	struct range stretch[FIELD_COUNT][STRETCHES];
	bool told[FIELD_COUNT];
};

static void grid_choose(struct grid *grid)
{
	for (unsigned told = 0; told < FIELDS_TOLD;) {
		unsigned field = random_below(FIELD_COUNT);
		told += !grid->told[field];
		grid->told[field] = true;
	}
}

static struct grid grid_make(enum family family)
{
	struct grid grid = { .family = family };
	struct space_box all = space_box_all(family);

	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		u128 top = all.field[f].hi, third = top / 3;
		grid.stretch[f][0] = (struct range){ 0, third };
		grid.stretch[f][1] = (struct range){ third + 1, top - 1 };
		grid.stretch[f][2] = (struct range){ top, top };
	}
	grid_choose(&grid);
	return grid;
}

static const struct set *grid_set(struct arena *arena, const struct grid *grid, unsigned field)
{
	struct range ranges[STRETCHES];
	size_t len = 0;
	unsigned mask = !grid->told[field] || random_below(3) == 0 ? 7 : 1 + random_below(7);

	for (unsigned i = 0; i < STRETCHES; i++)
		if (mask >> i & 1)
			ranges[len++] = grid->stretch[field][i];
	return set_from_ranges(arena, ranges, len);
}

static struct space_list grid_list(struct arena *arena, const struct grid *grid)
{
	size_t len = random_below(RULES);
	struct space_rule *rules = arena_array(arena, len, sizeof(*rules));

	for (size_t i = 0; i < len; i++) {
		rules[i].allow = random_below(2);
		rules[i].id = (uint32_t)(100 + i);
		for (unsigned f = 0; f < FIELD_COUNT; f++)
			rules[i].field[f] = grid_set(arena, grid, f);
	}
	return (struct space_list){ rules, len, random_below(4) == 0 };
}

static void cell_point(const struct grid *grid, unsigned cell, u128 point[FIELD_COUNT])
{
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		point[f] = grid->stretch[f][grid->told[f] ? cell % STRETCHES : 0].lo;
		cell /= grid->told[f] ? STRETCHES : 1;
	}
}

static bool box_holds(const struct space_box *box, const u128 point[FIELD_COUNT])
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (point[f] < box->field[f].lo || point[f] > box->field[f].hi)
			return false;
	return true;
}

enum { LISTS = 3 };

static bool region_holds(const struct space_region *region, const u128 point[FIELD_COUNT])
{
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		bool held = false;
		for (size_t i = 0; i < region->len[f]; i++)
			held |= point[f] >= region->range[f][i].lo &&
				point[f] <= region->range[f][i].hi;
		if (!held)
			return false;
	}
	return true;
}

struct small {
	const struct grid *grid;
	struct space_list left, right;
	struct space_list more[2][LISTS]; /* where sides have several lists */
	struct space_side sides[2];
	uint8_t seen[CELLS];   /* the kind that was reported */
	size_t reports;
	unsigned kinds;        /* asked for */
	size_t turn;           /* from so many reports on `later` are asked for */
	unsigned later;
};

static uint8_t difference_kind(const struct space_difference *difference)
{
	return difference->left_allows ? SPACE_LEFT : SPACE_RIGHT;
}

/* The kinds asked for from now on; this one was. */
static unsigned small_heard(struct small *small, const struct space_difference *difference)
{
	ck_assert(difference_kind(difference) & small->kinds);
	if (++small->reports == small->turn)
		small->kinds = small->later;
	return small->kinds;
}

/* Each difference: its cells were in none before, and the rules it names
 * decide each of them as it says. */
static unsigned small_report(void *context, const struct space_difference *difference)
{
	struct small *small = context;
	u128 point[FIELD_COUNT];

	for (unsigned cell = 0; cell < CELLS; cell++) {
		bool left, right;
		cell_point(small->grid, cell, point);
		if (!region_holds(difference->region, point))
			continue;
		ck_assert_uint_eq(small->seen[cell], 0);
		small->seen[cell] = difference_kind(difference);
		ck_assert_uint_eq(space_decide(&small->left, point, &left),
				  difference->left_rule);
		ck_assert_uint_eq(space_decide(&small->right, point, &right),
				  difference->right_rule);
		ck_assert(left == difference->left_allows && right != left);
	}
	return small_heard(small, difference);
}

static void check_diagrams(const struct small *small, struct diagram *diagram, bool differ)
{
	diagram_node left, right;
	u128 point[FIELD_COUNT];
	bool a, b;

	ck_assert(diagram_build(diagram, &small->left, 0, &left));
	ck_assert(diagram_build(diagram, &small->right, 0, &right));
	ck_assert_int_eq(left != right, differ);
	ck_assert_int_eq(diagram_difference(diagram, left, right, point), differ);
	space_decide(&small->left, point, &a);
	space_decide(&small->right, point, &b);
	ck_assert_int_eq(a != b, differ);
	for (unsigned i = 0; i < 20; i++) {
		cell_point(small->grid, random_below(CELLS), point);
		space_decide(&small->left, point, &a);
		ck_assert_int_eq(diagram_decide(diagram, left, point), a);
	}
}

/* How many cells of `box` the two lists decide differently, in one of these ways. */
static size_t count_cells(const struct small *small, const struct space_box *box, unsigned kinds)
{
	u128 point[FIELD_COUNT];
	size_t count = 0;

	for (unsigned cell = 0; cell < CELLS; cell++) {
		bool a, b;
		cell_point(small->grid, cell, point);
		space_decide(&small->left, point, &a);
		space_decide(&small->right, point, &b);
		count += a != b && (kinds & (a ? SPACE_LEFT : SPACE_RIGHT)) != 0 &&
			 box_holds(box, point);
	}
	return count;
}

static size_t count_seen(const struct small *small, unsigned kinds)
{
	size_t count = 0;

	for (unsigned cell = 0; cell < CELLS; cell++)
		count += (small->seen[cell] & kinds) != 0;
	return count;
}

static enum space_result compare_small(struct small *small, const struct space_box *box,
				       uint64_t budget)
{
	struct space_listener listener = { small->kinds, small_report, small };

	return space_compare(&small->left, &small->right, box, budget, &listener);
}

static void check_small(struct arena *arena, const struct grid *grid)
{
	struct space_box all = space_box_all(grid->family);
	struct small small = { .grid = grid, .left = grid_list(arena, grid),
			       .right = grid_list(arena, grid), .kinds = SPACE_EITHER };
	struct diagram *diagram = diagram_create(grid->family);

	enum space_result result = compare_small(&small, &all, 0);
	size_t differ = count_cells(&small, &all, SPACE_EITHER);
	ck_assert_uint_eq(count_seen(&small, SPACE_EITHER), differ);
	ck_assert_int_eq(result, differ ? SPACE_DIFFERENT : SPACE_EQUAL);
	check_diagrams(&small, diagram, differ > 0);
	diagram_destroy(diagram);
}

/* One kind alone, from the beginning or after a while: all of it is found. */
static void check_small_kinds(struct arena *arena, const struct grid *grid)
{
	struct space_box all = space_box_all(grid->family);
	unsigned kind = random_below(2) ? SPACE_LEFT : SPACE_RIGHT;
	struct small small = { .grid = grid, .left = grid_list(arena, grid),
			       .right = grid_list(arena, grid), .later = kind };

	small.turn = random_below(4);
	small.kinds = small.turn > 0 ? SPACE_EITHER : kind;
	enum space_result result = compare_small(&small, &all, 0);
	size_t differ = count_cells(&small, &all, kind);
	ck_assert_uint_eq(count_seen(&small, kind), differ);
	ck_assert_int_eq(result, small.reports ? SPACE_DIFFERENT : SPACE_EQUAL);
}

static void check_small_box(struct arena *arena, const struct grid *grid)
{
	struct small small = { .grid = grid, .left = grid_list(arena, grid),
			       .right = grid_list(arena, grid), .kinds = SPACE_EITHER };
	struct space_box box;

	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		unsigned lo = grid->told[f] ? random_below(STRETCHES) : 0;
		unsigned hi = lo + random_below(STRETCHES - lo);
		box.field[f].lo = grid->stretch[f][lo].lo;
		box.field[f].hi = grid->stretch[f][hi].hi;
	}
	compare_small(&small, &box, 0);
	ck_assert_uint_eq(count_seen(&small, SPACE_EITHER),
			  count_cells(&small, &box, SPACE_EITHER));
}

/* ---- sides of several lists ---- */

static const uint8_t one_term[LISTS] = { 0, 0, 0 };
static const uint8_t each_its_own[LISTS] = { 0, 1, 2 };
static const uint8_t mixed[LISTS] = { 0, 1, 1 };
static const uint8_t *const shapes[] = { NULL, one_term, each_its_own, mixed };

static void side_make(struct small *small, struct arena *arena, int which)
{
	size_t count = 1 + random_below(LISTS);

	for (size_t i = 0; i < count; i++)
		small->more[which][i] = grid_list(arena, small->grid);
	small->sides[which] = (struct space_side){
		small->more[which], shapes[random_below(4)], count
	};
}

static bool side_decide(const struct space_side *side, const u128 point[FIELD_COUNT])
{
	bool any = false;

	for (size_t i = 0; i < side->count;) {
		bool all = true, allows;
		uint8_t term = side->terms ? side->terms[i] : 0;
		for (; i < side->count && (side->terms ? side->terms[i] : 0) == term; i++) {
			space_decide(&side->lists[i], point, &allows);
			all &= allows;
		}
		any |= all;
	}
	return any;
}

/* True if some list of the side decides the point by this rule, with this verdict. */
static bool side_names(const struct space_side *side, const u128 point[FIELD_COUNT],
		       uint32_t rule, bool verdict)
{
	bool allows;

	for (size_t i = 0; i < side->count; i++)
		if (space_decide(&side->lists[i], point, &allows) == rule && allows == verdict)
			return true;
	return false;
}

static unsigned side_report(void *context, const struct space_difference *difference)
{
	struct small *small = context;
	bool left = difference->left_allows;
	u128 point[FIELD_COUNT];

	for (unsigned cell = 0; cell < CELLS; cell++) {
		cell_point(small->grid, cell, point);
		if (!region_holds(difference->region, point))
			continue;
		ck_assert_uint_eq(small->seen[cell], 0);
		small->seen[cell] = difference_kind(difference);
		ck_assert(side_decide(&small->sides[0], point) == left);
		ck_assert(side_decide(&small->sides[1], point) != left);
		ck_assert(side_names(&small->sides[0], point, difference->left_rule, left));
		ck_assert(side_names(&small->sides[1], point, difference->right_rule, !left));
	}
	return small_heard(small, difference);
}

static void check_sides(struct arena *arena, const struct grid *grid)
{
	struct space_box all = space_box_all(grid->family);
	struct small small = { .grid = grid, .kinds = 1 + random_below(3) };
	struct space_listener listener = { small.kinds, side_report, &small };
	struct diagram *diagram = diagram_create(grid->family);
	diagram_node node[2];
	u128 point[FIELD_COUNT];
	size_t differ = 0, asked = 0;

	for (int which = 0; which < 2; which++) {
		side_make(&small, arena, which);
		ck_assert(diagram_build_side(diagram, &small.sides[which], 0, &node[which]));
	}
	for (unsigned cell = 0; cell < CELLS; cell++) {
		cell_point(grid, cell, point);
		bool left = side_decide(&small.sides[0], point);
		bool right = side_decide(&small.sides[1], point);
		differ += left != right;
		asked += left != right && (small.kinds & (left ? SPACE_LEFT : SPACE_RIGHT)) != 0;
		ck_assert_int_eq(diagram_decide(diagram, node[0], point), left);
		ck_assert_int_eq(diagram_decide(diagram, node[1], point), right);
	}
	enum space_result result = space_compare_sides(&small.sides[0], &small.sides[1], &all,
						       0, &listener);
	ck_assert_uint_eq(count_seen(&small, SPACE_EITHER), asked);
	ck_assert_int_eq(result, asked ? SPACE_DIFFERENT : SPACE_EQUAL);
	ck_assert_int_eq(node[0] != node[1], differ > 0);
	diagram_destroy(diagram);
}

START_TEST(test_sides)
{
	for (unsigned i = 0; i < SMALL_PAIRS; i++) {
		struct grid grid = grid_make(i & 1 ? FAMILY_IPV6 : FAMILY_IPV4);
		struct arena arena;
		arena_init(&arena);
		check_sides(&arena, &grid);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(test_small)
{
	for (unsigned i = 0; i < SMALL_PAIRS; i++) {
		struct grid grid = grid_make(i & 1 ? FAMILY_IPV6 : FAMILY_IPV4);
		struct arena arena;
		arena_init(&arena);
		check_small(&arena, &grid);
		check_small_kinds(&arena, &grid);
		check_small_box(&arena, &grid);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(test_stop_and_budget)
{
	struct grid grid = grid_make(FAMILY_IPV4);
	struct space_box all = space_box_all(FAMILY_IPV4);
	struct arena arena;
	arena_init(&arena);
	struct space_list empty = { NULL, 0, false }, full = { NULL, 0, true };
	struct small small = { .grid = &grid, .left = empty, .right = full, .turn = 1,
			       .kinds = SPACE_EITHER };

	ck_assert_int_eq(compare_small(&small, &all, 0), SPACE_DIFFERENT);
	ck_assert_uint_eq(small.reports, 1);
	struct space_rule rules[2] = { { .allow = true }, { .allow = true } };
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		rules[0].field[f] = set_one(&arena, grid.stretch[f][0].lo,
					    grid.stretch[f][0].hi);
		rules[1].field[f] = set_one(&arena, all.field[f].lo, all.field[f].hi);
	}
	struct space_list some = { rules, 1, false }, more = { rules, 2, false };
	small = (struct small){ .left = some, .right = more, .kinds = SPACE_EITHER };
	ck_assert_int_eq(compare_small(&small, &all, 1), SPACE_UNDECIDED);
	struct diagram *diagram = diagram_create(FAMILY_IPV4);
	diagram_node node;
	ck_assert(!diagram_build(diagram, &some, 1, &node));
	ck_assert(diagram_build(diagram, &some, 0, &node));
	diagram_destroy(diagram);
	arena_release(&arena);
}
END_TEST

/* ---- plant-like lists: few hosts and ports out of many, some broad rules ---- */

enum { PLANT_RULES = 60, PLANT_PAIRS = 1000, HOSTS = 64 };

static const struct set *plant_addresses(struct arena *arena, enum family family)
{
	struct range ranges[6];
	size_t len = 1 + random_below(6);
	u128 base = family == FAMILY_IPV4 ? 0x0a140000 : (u128)0x20010db8 << 96;

	if (random_below(12) == 0)
		return set_one(arena, 0, address_max(family));
	for (size_t i = 0; i < len; i++) {
		u128 lo = base + random_below(HOSTS);
		ranges[i] = (struct range){ lo, lo + (random_below(4) == 0 ? 7 : 0) };
	}
	return set_from_ranges(arena, ranges, len);
}

static struct space_rule plant_rule(struct arena *arena, enum family family)
{
	static const u128 ports[] = { 22, 80, 443, 502, 4840, 44818 };
	u128 protocol = random_below(4) ? 6 : 17, port = ports[random_below(6)];
	struct space_rule rule = { .allow = random_below(4) != 0 };

	rule.field[FIELD_PROTOCOL] = set_one(arena, protocol, protocol);
	rule.field[FIELD_DESTINATION] = plant_addresses(arena, family);
	rule.field[FIELD_SOURCE] = plant_addresses(arena, family);
	rule.field[FIELD_DST_PORT] = set_one(arena, port, port + random_below(3) / 2 * 400);
	rule.field[FIELD_SRC_PORT] = set_one(arena, random_below(5) ? 0 : 1024, 65535);
	rule.field[FIELD_OPERATION] = set_one(arena, 0, UINT32_MAX);
	rule.field[FIELD_UNIT] = rule.field[FIELD_OBJECT] = rule.field[FIELD_OPERATION];
	rule.field[FIELD_CELL] = set_one(arena, random_below(3) / 2, UINT32_MAX);
	return rule;
}

static struct space_list plant_list(struct arena *arena, enum family family)
{
	struct space_rule *rules = arena_array(arena, PLANT_RULES, sizeof(*rules));

	for (uint32_t i = 0; i < PLANT_RULES; i++) {
		rules[i] = plant_rule(arena, family);
		rules[i].id = i;
	}
	return (struct space_list){ rules, PLANT_RULES, false };
}

/* One rule for each range of one field: the same meaning in more words. */
static size_t split_rule(struct arena *arena, const struct space_rule *rule,
			 struct space_rule *out)
{
	unsigned field = random_below(2) ? FIELD_SOURCE : FIELD_DESTINATION;
	const struct set *set = rule->field[field];

	for (size_t i = 0; i < set->len; i++) {
		out[i] = *rule;
		out[i].field[field] = set_one(arena, set->range[i].lo, set->range[i].hi);
	}
	return set->len;
}

/* Splits rules and swaps neighbours of one verdict. */
static struct space_list plant_rewrite(struct arena *arena, struct space_list list)
{
	struct space_rule *rules = arena_array(arena, list.len * 6, sizeof(*rules));
	size_t len = 0;

	for (size_t i = 0; i < list.len; i++)
		len += split_rule(arena, &list.rules[i], &rules[len]);
	for (size_t i = 1; i < len; i++)
		if (rules[i].allow == rules[i - 1].allow && random_below(2)) {
			struct space_rule swap = rules[i];
			rules[i] = rules[i - 1];
			rules[i - 1] = swap;
		}
	for (size_t i = 0; i < len; i++)
		rules[i].id = (uint32_t)i;
	return (struct space_list){ rules, len, list.otherwise };
}

struct plant {
	struct space_list left, right;
	size_t reports;
};

static unsigned plant_report(void *context, const struct space_difference *difference)
{
	struct plant *plant = context;
	u128 point[FIELD_COUNT];
	bool left, right;

	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		size_t last = difference->region->len[f] - 1;
		point[f] = random_below(2) ? difference->region->range[f][0].lo
					   : difference->region->range[f][last].hi;
	}
	ck_assert_uint_eq(space_decide(&plant->left, point, &left), difference->left_rule);
	ck_assert_uint_eq(space_decide(&plant->right, point, &right),
			  difference->right_rule);
	ck_assert(left == difference->left_allows && left != right);
	plant->reports++;
	return SPACE_EITHER;
}

static bool check_plant(struct plant *plant, enum family family)
{
	struct space_box all = space_box_all(family);
	struct space_listener listener = { SPACE_EITHER, plant_report, plant };
	struct diagram *diagram = diagram_create(family);
	diagram_node left, right;
	u128 point[FIELD_COUNT];
	bool a, b;

	enum space_result result = space_compare(&plant->left, &plant->right, &all, 0,
						 &listener);
	ck_assert(diagram_build(diagram, &plant->left, 0, &left));
	ck_assert(diagram_build(diagram, &plant->right, 0, &right));
	ck_assert_int_eq(result, left == right ? SPACE_EQUAL : SPACE_DIFFERENT);
	ck_assert_int_eq(plant->reports > 0, left != right);
	if (diagram_difference(diagram, left, right, point)) {
		space_decide(&plant->left, point, &a);
		space_decide(&plant->right, point, &b);
		ck_assert(a != b);
	}
	diagram_destroy(diagram);
	return left == right;
}

START_TEST(test_plant)
{
	size_t equal = 0, different = 0;

	for (unsigned i = 0; i < PLANT_PAIRS; i++) {
		enum family family = i & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
		struct arena arena;
		arena_init(&arena);
		struct plant plant = { .left = plant_list(&arena, family) };
		plant.right = plant_rewrite(&arena, plant.left);
		bool changed = i % 3 == 0;
		if (changed)
			((struct space_rule *)plant.right.rules)[random_below(
				(unsigned)plant.right.len)] = plant_rule(&arena, family);
		bool same = check_plant(&plant, family);
		ck_assert(same || changed);
		equal += same;
		different += !same;
		arena_release(&arena);
	}
	/* Both answers must have been seen often. */
	ck_assert_uint_ge(equal, PLANT_PAIRS / 2);
	ck_assert_uint_ge(different, PLANT_PAIRS / 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("space");
	TCase *tcase = tcase_create("space");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_small);
	tcase_add_test(tcase, test_sides);
	tcase_add_test(tcase, test_stop_and_budget);
	tcase_add_test(tcase, test_plant);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
