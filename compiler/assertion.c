/* SPDX-License-Identifier: Apache-2.0
 *
 * An assert is a question, a union of products, beside the policy's list: it
 * fails where the question holds a region that the list decides otherwise. */
#include "config.h"
#include "compiler/assertion.h"

#include "compiler/sweep.h"

enum { SIDE_QUESTION, SIDE_POLICY };
enum { PLACE = 256, PORT_EPHEMERAL = 49152 };

struct question {
	bool wanted; /* the verdict that every flow should have */
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

/* An asset's address where the region has one: people know it by name. */
static u128 witness_address(const struct question *question, const struct range *range,
			    size_t len)
{
	for (size_t i = 0; i < question->model->asset_count; i++) {
		const struct asset *asset = &question->model->assets[i];
		for (size_t a = 0; a < asset->address_count; a++)
			if (asset->addresses[a].family == question->family &&
			    range_list_holds(range, len, asset->addresses[a].value))
				return asset->addresses[a].value;
	}
	return range[0].lo;
}

static void witness_choose(struct sweep *sweep, struct question *question)
{
	const struct sweep_region *region = &sweep->region;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		question->point[f] = region->range[f][0].lo;
	question->point[FIELD_SOURCE] = witness_address(
		question, region->range[FIELD_SOURCE], region->len[FIELD_SOURCE]);
	question->point[FIELD_DESTINATION] = witness_address(
		question, region->range[FIELD_DESTINATION], region->len[FIELD_DESTINATION]);
	if (range_list_holds(region->range[FIELD_SRC_PORT], region->len[FIELD_SRC_PORT],
			     PORT_EPHEMERAL))
		question->point[FIELD_SRC_PORT] = PORT_EPHEMERAL;
	if (range_list_holds(region->range[FIELD_PROTOCOL], region->len[FIELD_PROTOCOL], 6))
		question->point[FIELD_PROTOCOL] = 6;
	question->failed = true;
	sweep->stop = true;
}

/* The rules of a region up to the first that holds all of it: can any of them
 * allow, and can anything be denied? */
static size_t policy_reduce(const struct sweep *sweep, const uint32_t *items, size_t begin,
			    size_t len, unsigned field, bool can[2])
{
	can[0] = can[1] = false;
	for (size_t i = begin; i < len; i++) {
		const struct sweep_item *item = &sweep->items.data[items[i]];
		can[item->rule->allow] = true;
		if (item->depth <= field)
			return i + 1;
	}
	can[0] = true; /* what no rule matches is denied */
	return len;
}

static size_t question_judge(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	struct question *question = sweep->context;
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
	len = policy_reduce(sweep, items, begin, len, field, can);
	if (!can[!question->wanted])
		return 0;
	if (asked && !can[question->wanted]) {
		witness_choose(sweep, question);
		return 0;
	}
	return len;
}

static void witness_fill(const struct policy_space *space, const struct question *question,
			 struct proof_witness *witness)
{
	const u128 *point = question->point;
	const struct policy_products *products = &space->products[question->family];
	struct space_list list = { products->data, products->len, false };
	size_t place = (size_t)(point[FIELD_PROTOCOL] / PLACE);
	size_t cell = (size_t)point[FIELD_CELL];
	bool allows;

	*witness = (struct proof_witness){
		.flow = {
			.source = { point[FIELD_SOURCE], question->family },
			.destination = { point[FIELD_DESTINATION], question->family },
			.protocol = (uint8_t)(point[FIELD_PROTOCOL] % PLACE),
			.src_port = (uint16_t)point[FIELD_SRC_PORT],
			.dst_port = (uint16_t)point[FIELD_DST_PORT],
			.operation = (operation_id)point[FIELD_OPERATION],
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

static void question_products(struct policy_space *space, const struct assertion *assertion,
			      enum family family, struct policy_products *products)
{
	size_t index = (size_t)(assertion - space->model->assertions);
	struct policy_part part = { .pair = &assertion->pair,
				    .cells = space->cells->asked[index] };

	for (size_t m = 0; m < assertion->match_count; m++) {
		part.match = &assertion->matches[m];
		policy_space_add(space, products, family, &part);
	}
}

static enum proof question_sweep(const struct policy_space *space,
				 const struct policy_products *products, uint64_t budget,
				 struct question *question)
{
	struct space_box box = policy_space_box(space, question->family);
	const struct policy_products *policy = &space->products[question->family];
	struct space_list asked = { products->data, products->len, false };
	struct space_list rules = { policy->data, policy->len, false };
	struct sweep sweep;

	if (products->len == 0)
		return PROOF_EMPTY;
	sweep_init(&sweep, &box, budget);
	sweep_add(&sweep, &asked, SIDE_QUESTION);
	sweep_add(&sweep, &rules, SIDE_POLICY);
	bool complete = sweep_run(&sweep, question_judge, question);
	sweep_release(&sweep);
	if (question->failed)
		return PROOF_FAILS;
	return complete ? PROOF_HOLDS : PROOF_UNDECIDED;
}

enum proof assertion_prove(struct policy_space *space, const struct assertion *assertion,
			   uint64_t budget, struct proof_witness *witness)
{
	enum proof answer = PROOF_EMPTY;

	for (int f = 0; f < FAMILY_COUNT && answer != PROOF_FAILS; f++) {
		struct question question = {
			.wanted = assertion->kind == ASSERT_ALLOW,
			.model = space->model,
			.family = (enum family)f,
		};
		struct policy_products products = VEC_INIT;
		question_products(space, assertion, question.family, &products);
		enum proof one = question_sweep(space, &products, budget, &question);
		vec_free(&products);
		if (one == PROOF_FAILS)
			witness_fill(space, &question, witness);
		if (one == PROOF_FAILS || one == PROOF_UNDECIDED || answer == PROOF_EMPTY)
			answer = one;
	}
	return answer;
}
