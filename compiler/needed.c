/* SPDX-License-Identifier: Apache-2.0
 *
 * Two sweeps. The first finds the rules that alone decide some flow. What they
 * leave open is, in the second, each given to the first rule that holds it:
 * that rule stays, so that the rest may go together. Products of one rule
 * stand beside each other, which lets rules be told apart by their neighbours. */
#include "config.h"
#include "compiler/needed.h"

#include "compiler/sweep.h"

enum { RULE_HELD = 1, RULE_EFFECTIVE = 2, RULE_ESSENTIAL = 4, RULE_KEPT = 8,
       RULE_STAYS = RULE_ESSENTIAL | RULE_KEPT };

struct needed_state {
	uint8_t *marks; /* by rule */
	struct needed_rule *answers;
};

/* What is known of one verdict in a region. */
struct census {
	size_t begin, end;       /* its items */
	uint32_t closed[2];      /* the first rules that hold all of the region */
	unsigned closed_count;   /* 0, 1, or 2 for more */
	bool alone;              /* all its items are of one rule */
};

static uint32_t item_rule(const struct sweep *sweep, uint32_t item)
{
	return sweep->items.data[item].rule->id;
}

static bool item_is_closed(const struct sweep *sweep, uint32_t item, unsigned field)
{
	return sweep->items.data[item].depth <= field;
}

static void census_take(struct census *census, uint32_t rule)
{
	if (census->closed_count == 2)
		return;
	if (census->closed_count == 1 && census->closed[0] == rule)
		return;
	census->closed[census->closed_count++] = rule;
}

static struct census census_of(const struct sweep *sweep, const uint32_t *items,
			       size_t begin, size_t end, unsigned field)
{
	struct census census = { .begin = begin, .end = end, .alone = true };

	for (size_t i = begin; i < end; i++) {
		uint32_t rule = item_rule(sweep, items[i]);
		if (rule != item_rule(sweep, items[begin]))
			census.alone = false;
		if (item_is_closed(sweep, items[i], field))
			census_take(&census, rule);
	}
	return census;
}

static size_t count_denies(const struct sweep *sweep, const uint32_t *items, size_t len)
{
	size_t denies = 0;

	while (denies < len && !sweep->items.data[items[denies]].rule->allow)
		denies++;
	return denies;
}

static bool census_is_marked(const struct sweep *sweep, const uint32_t *items,
			     const struct census *census, uint8_t mark)
{
	const struct needed_state *state = sweep->context;

	for (size_t i = census->begin; i < census->end; i++)
		if (!(state->marks[item_rule(sweep, items[i])] & mark))
			return false;
	return true;
}

/* Each rule of the census is held, at least in part, by `other` as well. */
static void census_note(const struct sweep *sweep, const uint32_t *items,
			const struct census *census, uint32_t other)
{
	struct needed_state *state = sweep->context;

	for (size_t i = census->begin; i < census->end; i++) {
		uint32_t rule = item_rule(sweep, items[i]);
		if (rule != other && state->answers[rule].other == NEEDED_NO_RULE)
			state->answers[rule].other = other;
	}
}

static void census_mark(const struct sweep *sweep, const uint32_t *items,
			const struct census *census, uint8_t mark)
{
	struct needed_state *state = sweep->context;

	for (size_t i = census->begin; i < census->end; i++)
		state->marks[item_rule(sweep, items[i])] |= mark;
}

/* One verdict in a region where no other verdict matters. True: nothing is
 * left to be learnt. */
static bool essential_judge(const struct sweep *sweep, const uint32_t *items,
			    const struct census *census)
{
	struct needed_state *state = sweep->context;

	if (census->closed_count > 0)
		census_note(sweep, items, census, census->closed[0]);
	if (census->closed_count == 2) {
		census_note(sweep, items, census, census->closed[1]);
		return true;
	}
	if (census->closed_count == 1 && census->alone)
		state->marks[census->closed[0]] |= RULE_ESSENTIAL;
	if (census->closed_count == 1)
		return state->marks[census->closed[0]] & RULE_ESSENTIAL;
	if (census->alone)
		census_mark(sweep, items, census, RULE_ESSENTIAL);
	return census_is_marked(sweep, items, census, RULE_ESSENTIAL);
}

static size_t essential_visit(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	size_t split = count_denies(sweep, items, len);
	struct census denies = census_of(sweep, items, 0, split, field);
	struct census allows = census_of(sweep, items, split, len, field);

	if (denies.closed_count > 0) {
		census_note(sweep, items, &allows, denies.closed[0]);
		return essential_judge(sweep, items, &denies) ? 0 : split;
	}
	if (split == 0) {
		census_mark(sweep, items, &allows, RULE_EFFECTIVE);
		return essential_judge(sweep, items, &allows) ? 0 : len;
	}
	if (census_is_marked(sweep, items, &denies, RULE_ESSENTIAL) &&
	    census_is_marked(sweep, items, &allows, RULE_ESSENTIAL))
		return 0;
	return len;
}

/* Drops what cannot be the first to hold anything in the region: *decided says
 * that some rule that stays holds all of it. Returns the items left. */
static size_t keep_reduce(const struct sweep *sweep, uint32_t *items, size_t len,
			  unsigned field, bool *decided)
{
	const struct needed_state *state = sweep->context;
	size_t kept = 0;
	bool closed = false;

	for (size_t i = 0; i < len; i++) {
		bool stays = state->marks[item_rule(sweep, items[i])] & RULE_STAYS;
		bool holds = item_is_closed(sweep, items[i], field);
		if (stays && holds) {
			*decided = true;
			return 0;
		}
		if (!closed || stays)
			items[kept++] = items[i];
		closed |= holds;
	}
	*decided = closed;
	return kept;
}

static bool keep_is_open(const struct sweep *sweep, const uint32_t *items, size_t len)
{
	const struct needed_state *state = sweep->context;

	for (size_t i = 0; i < len; i++)
		if (!(state->marks[item_rule(sweep, items[i])] & RULE_STAYS))
			return true;
	return false;
}

static size_t keep_visit(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	struct needed_state *state = sweep->context;
	size_t split = count_denies(sweep, items, len), allows = len - split;
	bool denied, decided = false;

	size_t denies = keep_reduce(sweep, items, split, field, &denied);
	uint32_t *rest = items + split;
	allows = denied ? 0 : keep_reduce(sweep, rest, allows, field, &decided);
	if (!keep_is_open(sweep, items, denies) && !keep_is_open(sweep, rest, allows))
		return 0;
	if (denies == 1 && denied) {
		state->marks[item_rule(sweep, items[0])] |= RULE_KEPT;
		return 0;
	}
	if (denies == 0 && allows == 1 && decided) {
		state->marks[item_rule(sweep, rest[0])] |= RULE_KEPT;
		return 0;
	}
	for (size_t i = 0; i < allows; i++)
		items[denies + i] = rest[i];
	return denies + allows;
}

static bool needed_sweep(const struct policy_space *space, uint64_t budget,
			 struct needed_state *state, sweep_judge *judge)
{
	bool complete = true;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct sweep sweep;
		struct space_box box = policy_space_box(space, (enum family)f);
		struct space_list list = { space->products[f].data, space->products[f].len,
					   false };
		sweep_init(&sweep, &box, budget);
		sweep_add(&sweep, &list, 0);
		complete &= sweep_run(&sweep, judge, state);
		sweep_release(&sweep);
	}
	return complete;
}

static void needed_start(const struct policy_space *space, struct needed_state *state)
{
	for (size_t i = 0; i < space->model->rule_count; i++) {
		state->answers[i].other = NEEDED_NO_RULE;
		/* What no rule says cannot be taken out. */
		if (space->model->rules[i].implicit)
			state->marks[i] = RULE_ESSENTIAL | RULE_EFFECTIVE;
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; i < space->products[f].len; i++)
			state->marks[space->products[f].data[i].id] |= RULE_HELD;
}

static enum needed needed_answer(const struct rule *rule, uint8_t marks)
{
	if (!(marks & RULE_HELD))
		return NEEDED_EMPTY;
	if (rule->allow && !(marks & RULE_EFFECTIVE))
		return NEEDED_DENIED;
	return marks & RULE_STAYS ? NEEDED_YES : NEEDED_NOT;
}

bool needed_find(const struct policy_space *space, uint64_t budget,
		 struct needed_rule *answers)
{
	const struct model *model = space->model;
	struct needed_state state = {
		.marks = memory_array(model->rule_count + 1, 1),
		.answers = answers,
	};

	needed_start(space, &state);
	bool complete = needed_sweep(space, budget, &state, essential_visit) &&
			needed_sweep(space, budget, &state, keep_visit);
	for (size_t i = 0; i < model->rule_count; i++)
		answers[i].needed = needed_answer(&model->rules[i], state.marks[i]);
	free(state.marks);
	return complete;
}
