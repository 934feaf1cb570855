/* SPDX-License-Identifier: Apache-2.0
 *
 * An assert is a question, a union of products, beside the policy's list: it
 * fails where the question holds a region that the list decides otherwise. */
#include "config.h"
#include "compiler/assertion.h"

#include "compiler/parameter.h"
#include "compiler/sweep.h"

enum { SIDE_QUESTION, SIDE_POLICY };
enum { PLACE = 256, PORT_EPHEMERAL = 50000 };

struct search {
	bool wanted;
	bool failed;
	u128 point[FIELD_COUNT];
	const struct model *model;
	enum family family;
};

static bool range_list_holds(const struct range *range, size_t len, u128 value)
{
	for (size_t i = 0; i < len; i++)
		if (range[i].lo <= value && value <= range[i].hi)
			return true;
	return false;
}

/* The first address of the list, `other` only if it is the last one left. */
static u128 range_list_first(const struct range *range, size_t len, u128 other)
{
	if (range[0].lo != other)
		return range[0].lo;
	if (range[0].lo < range[0].hi)
		return range[0].lo + 1;
	return range[len > 1].lo;
}

/* An asset's address where the region has one, for people know it by name; not
 * `other`, the far end, where it can be another. */
static u128 witness_address(const struct search *search, const struct range *range,
			    size_t len, u128 other)
{
	for (size_t i = 0; i < search->model->asset_count; i++) {
		const struct asset *asset = &search->model->assets[i];
		for (size_t a = 0; a < asset->address_count; a++)
			if (asset->addresses[a].family == search->family &&
			    asset->addresses[a].value != other &&
			    range_list_holds(range, len, asset->addresses[a].value))
				return asset->addresses[a].value;
	}
	return range_list_first(range, len, other);
}

/* TCP where it can be, else UDP, from an ephemeral port. */
static void witness_transport(struct search *search, const struct space_region *region)
{
	static const uint8_t preferred[] = { 6, 17 };
	u128 place = search->point[FIELD_PROTOCOL] / PLACE * PLACE;

	for (size_t i = 0; i < sizeof(preferred); i++) {
		if (!range_list_holds(region->range[FIELD_PROTOCOL],
				      region->len[FIELD_PROTOCOL], place + preferred[i]))
			continue;
		search->point[FIELD_PROTOCOL] = place + preferred[i];
		if (range_list_holds(region->range[FIELD_SRC_PORT], region->len[FIELD_SRC_PORT],
				     PORT_EPHEMERAL))
			search->point[FIELD_SRC_PORT] = PORT_EPHEMERAL;
		return;
	}
}

static void witness_operation(struct search *search, const struct space_region *region)
{
	struct operation_point point = operation_point(
		search->model, (operation_id)search->point[FIELD_OPERATION],
		region->range[FIELD_UNIT], region->len[FIELD_UNIT], region->range[FIELD_OBJECT],
		region->len[FIELD_OBJECT]);

	search->point[FIELD_UNIT] = point.unit;
	search->point[FIELD_OBJECT] = point.object;
}

static void witness_choose(struct sweep *sweep, struct search *search)
{
	const struct space_region *region = &sweep->region;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		search->point[f] = region->range[f][0].lo;
	search->point[FIELD_SOURCE] = witness_address(
		search, region->range[FIELD_SOURCE], region->len[FIELD_SOURCE],
		region->range[FIELD_DESTINATION][0].lo);
	search->point[FIELD_DESTINATION] = witness_address(
		search, region->range[FIELD_DESTINATION], region->len[FIELD_DESTINATION],
		search->point[FIELD_SOURCE]);
	witness_transport(search, region);
	witness_operation(search, region);
	search->failed = true;
	sweep->stop = true;
}

static size_t question_judge(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	struct search *search = sweep->context;
	size_t begin = 0;
	bool asked = false, can[2];

	for (; begin < len; begin++) {
		const struct sweep_item *item = &sweep->items.data[items[begin]];
		if (item->side != SIDE_QUESTION)
			break;
		asked |= item->depth <= field;
	}
	if (begin == 0)
		return 0;
	struct sweep_list list = { items, begin, len };
	len = sweep_reduce(sweep, &list, field, can);
	if (!can[!search->wanted])
		return 0;
	if (asked && !can[search->wanted]) {
		witness_choose(sweep, search);
		return 0;
	}
	return len;
}

static void witness_fill(const struct policy_space *space, const struct search *search,
			 struct proof_witness *witness)
{
	const u128 *point = search->point;
	const struct policy_products *products = &space->products[search->family];
	struct space_list list = { products->data, products->len, false };
	size_t place = (size_t)(point[FIELD_PROTOCOL] / PLACE);
	size_t cell = (size_t)point[FIELD_CELL];
	bool allows;

	*witness = (struct proof_witness){
		.flow = {
			.source = { point[FIELD_SOURCE], search->family },
			.destination = { point[FIELD_DESTINATION], search->family },
			.protocol = (uint8_t)(point[FIELD_PROTOCOL] % PLACE),
			.src_port = (uint16_t)point[FIELD_SRC_PORT],
			.dst_port = (uint16_t)point[FIELD_DST_PORT],
			.operation = (operation_id)point[FIELD_OPERATION],
			.unit = (uint32_t)point[FIELD_UNIT],
			.object = (uint32_t)point[FIELD_OBJECT],
			.instant = space->cells->example[cell / space->cells->columns],
			.mode = (int)(cell % space->cells->columns) - 1,
			.sender = ZONE_NONE,
		},
		.place = place == 0 ? ZONE_NONE : (zone_id)(place - 1),
	};
	uint32_t rule = space_decide(&list, point, &allows);
	if (rule != SPACE_NO_RULE)
		witness->rule = &space->model->rules[rule];
}

static void question_products(struct policy_space *space, const struct question *question,
			      enum family family, struct policy_products *products)
{
	struct pair pair = *question->pair;
	struct policy_part part = { .pair = &pair, .cells = question->cells };

	/* Nobody knows whose zone these senders are in. */
	pair.source = address_set_subtract(&space->arena, pair.source, space->nowhere);
	for (size_t m = 0; m < question->match_count; m++) {
		part.match = &question->matches[m];
		policy_space_add(space, products, family, &part);
	}
}

static enum proof question_sweep(const struct policy_space *space,
				 const struct policy_products *products, uint64_t budget,
				 struct search *search)
{
	struct space_box box = policy_space_box(space, search->family);
	const struct policy_products *policy = &space->products[search->family];
	struct space_list asked = { products->data, products->len, false };
	struct space_list rules = { policy->data, policy->len, false };
	struct sweep sweep;

	if (products->len == 0)
		return PROOF_EMPTY;
	sweep_init(&sweep, &box, budget);
	sweep_add(&sweep, &asked, SIDE_QUESTION);
	sweep_add(&sweep, &rules, SIDE_POLICY);
	bool complete = sweep_run(&sweep, question_judge, search);
	sweep_release(&sweep);
	if (search->failed)
		return PROOF_FAILS;
	return complete ? PROOF_HOLDS : PROOF_UNDECIDED;
}

enum proof question_prove(struct policy_space *space, const struct question *question,
			  uint64_t budget, struct proof_witness *witness)
{
	enum proof answer = PROOF_EMPTY;

	for (int f = 0; f < FAMILY_COUNT && answer != PROOF_FAILS; f++) {
		struct search search = {
			.wanted = question->wanted,
			.model = space->model,
			.family = (enum family)f,
		};
		struct policy_products products = VEC_INIT;
		question_products(space, question, search.family, &products);
		enum proof one = question_sweep(space, &products, budget, &search);
		vec_free(&products);
		if (one == PROOF_FAILS)
			witness_fill(space, &search, witness);
		if (one == PROOF_FAILS || one == PROOF_UNDECIDED || answer == PROOF_EMPTY)
			answer = one;
	}
	return answer;
}

enum proof assertion_prove(struct policy_space *space, const struct assertion *assertion,
			   uint64_t budget, struct proof_witness *witness)
{
	struct question question = {
		.pair = &assertion->pair,
		.matches = assertion->matches,
		.match_count = assertion->match_count,
		.cells = space->cells->asked[assertion - space->model->assertions],
		.wanted = assertion->kind == ASSERT_ALLOW,
	};
	return question_prove(space, &question, budget, witness);
}
