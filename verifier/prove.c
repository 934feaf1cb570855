/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks a question about two filters of every pair of interfaces that one of
 * them names, in both families, over the whole packet space. A pair that a
 * filter lacks is all denied. */
#include "config.h"
#include "verifier/prove_parts.h"

#include <string.h>

enum { WITNESSES_EACH_WAY = 2, EPHEMERAL_LO = 49152 };

void prove_run_init(struct prove_run *run, struct arena *arena, const struct filter *intent,
		    const struct filter *read)
{
	*run = (struct prove_run){ .arena = arena, .intent = intent, .read = read };
	activity_cells_make(&run->cells, arena, intent, read);
	arena_init(&run->scratch);
}

void prove_run_release(struct prove_run *run)
{
	vec_free(&run->deciders);
	arena_release(&run->scratch);
}

const struct prove_decider *prove_decider(const struct prove_run *run, uint32_t id)
{
	static const struct prove_decider none = { NULL, false };

	return id == SPACE_NO_RULE ? &none : &run->deciders.data[id];
}

/* ---- flows ---- */

static bool ranges_have(const struct space_region *region, enum field field, u128 value)
{
	size_t lo = 0, hi = region->len[field];

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (region->range[field][middle].hi < value)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo < region->len[field] && region->range[field][lo].lo <= value;
}

static uint8_t flow_protocol(const struct space_region *region)
{
	static const uint8_t liked[] = { 6, 17, 1, 58 };

	for (size_t i = 0; i < sizeof(liked); i++)
		if (ranges_have(region, FIELD_PROTOCOL, liked[i]))
			return liked[i];
	return (uint8_t)region->range[FIELD_PROTOCOL][0].lo;
}

static uint16_t flow_source_port(const struct space_region *region, uint8_t protocol)
{
	uint16_t liked = protocol == 1 ? 8 : protocol == 58 ? 128 : EPHEMERAL_LO;

	if (ranges_have(region, FIELD_SRC_PORT, liked))
		return liked;
	return (uint16_t)region->range[FIELD_SRC_PORT][0].lo;
}

static uint16_t flow_port(const struct space_region *region, uint8_t protocol)
{
	static const uint16_t liked[] = { 443, 502, 53, 22 };

	for (size_t i = 0; (protocol == 6 || protocol == 17) && i < 4; i++)
		if (ranges_have(region, FIELD_DST_PORT, liked[i]))
			return liked[i];
	return (uint16_t)region->range[FIELD_DST_PORT][0].lo;
}

struct flow prove_flow(const struct prove_run *run, const struct space_region *region)
{
	struct flow flow = { .mode = -1, .sender = ZONE_NONE, .l2_source = ZONE_NONE,
			     .l2_destination = ZONE_NONE };
	struct space_box box = space_region_first(region);
	u128 cell = box.field[FIELD_CELL].lo;

	flow.source = (struct address){ box.field[FIELD_SOURCE].lo, run->family };
	flow.destination = (struct address){ box.field[FIELD_DESTINATION].lo, run->family };
	flow.protocol = flow_protocol(region);
	flow.src_port = flow_source_port(region, flow.protocol);
	flow.dst_port = flow_port(region, flow.protocol);
	flow.operation = (operation_id)box.field[FIELD_OPERATION].lo;
	flow.unit = flow.object = PARAMETER_NONE;
	flow.instant = run->cells.example[cell < run->cells.count ? (size_t)cell : 0];
	return flow;
}

/* ---- the walk over pairs ---- */

struct pair_name {
	const char *in, *out;
};
VEC_TYPE(pair_names, struct pair_name);

static int pair_name_order(const void *left, const void *right)
{
	const struct pair_name *a = left, *b = right;
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

/* Both ways, for what follows from a pair concerns the opposite one. What is for
 * the device itself is left out where the policy says nothing about it. */
static void names_add(struct pair_names *names, const struct filter *filter, bool self,
		      bool back)
{
	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &filter->pairs[i];
		bool to_self = strcmp(pair->out, FILTER_SELF) == 0;
		if (to_self && !self)
			continue;
		vec_push(names, ((struct pair_name){ pair->in, pair->out }));
		if (back && !to_self)
			vec_push(names, ((struct pair_name){ pair->out, pair->in }));
	}
}

static bool question_turns(const struct prove_question *question)
{
	for (size_t i = 0; i < question->left_count; i++)
		if (question->left[i].shape != SHAPE_PLAIN)
			return true;
	for (size_t i = 0; i < question->right_count; i++)
		if (question->right[i].shape != SHAPE_PLAIN)
			return true;
	return false;
}

static void run_lists(struct prove_run *run)
{
	const struct prove_question *question = run->question;

	run->left.count = run->right.count = run->deciders.len = 0;
	for (size_t i = 0; i < question->left_count; i++)
		prove_lists_add(run, &run->left, &question->left[i]);
	for (size_t i = 0; i < question->right_count; i++)
		prove_lists_add(run, &run->right, &question->right[i]);
}

static struct space_box run_box(const struct prove_run *run)
{
	struct space_box box = space_box_all(run->family);

	box.field[FIELD_PROTOCOL] = run->question->protocols;
	box.field[FIELD_CELL].hi = run->cells.count - 1;
	box.field[FIELD_OPERATION].hi = 0;
	box.field[FIELD_UNIT].hi = box.field[FIELD_OBJECT].hi = 0;
	return box;
}

static void run_compare(struct prove_run *run)
{
	struct space_side left = { run->left.list, run->left.term, run->left.count };
	struct space_side right = { run->right.list, run->right.term, run->right.count };
	struct space_box box = run_box(run);

	if (space_compare_sides(&left, &right, &box, 0, &run->listener) == SPACE_UNDECIDED)
		run->undecided = true;
}

static void run_pairs(struct prove_run *run, void (*engine)(struct prove_run *run))
{
	struct pair_names names = VEC_INIT;
	bool back = question_turns(run->question);

	names_add(&names, run->intent, run->intent->covers_self, back);
	names_add(&names, run->read, run->intent->covers_self, back);
	if (names.len > 0)
		qsort(names.data, names.len, sizeof(*names.data), pair_name_order);
	for (size_t i = 0; i < names.len; i++) {
		if (i > 0 && pair_name_order(&names.data[i - 1], &names.data[i]) == 0)
			continue;
		run->in = names.data[i].in;
		run->out = names.data[i].out;
		run->pair++;
		for (int family = 0; family < FAMILY_COUNT; family++) {
			run->family = (enum family)family;
			run_lists(run);
			engine(run);
			arena_release(&run->scratch);
			arena_init(&run->scratch);
		}
	}
	vec_free(&names);
}

void prove_ask(struct prove_run *run, const struct prove_question *question)
{
	run->question = question;
	run->pair = 0;
	run_pairs(run, run_compare);
}

/* ---- equal or not ---- */

struct equal {
	struct prove_run run;
	struct prove_result *result;
	size_t pair, missing, excess; /* witnesses of this pair, each way */
	size_t kept[2];               /* of all pairs, each way: neither hides the other */
};

/* Two of a kind are enough, and one of each. */
static unsigned equal_kinds(const struct equal *equal)
{
	if (equal->missing > 0 && equal->excess > 0)
		return 0;
	return (equal->missing < WITNESSES_EACH_WAY ? SPACE_LEFT : 0) |
	       (equal->excess < WITNESSES_EACH_WAY ? SPACE_RIGHT : 0);
}

static unsigned equal_report(void *context, const struct space_difference *difference)
{
	struct equal *equal = context;
	struct prove_run *run = &equal->run;
	struct prove_result *result = equal->result;
	size_t *seen = difference->left_allows ? &equal->missing : &equal->excess;

	if (equal->pair != run->pair)
		equal->missing = equal->excess = 0;
	equal->pair = run->pair;
	result->verdict = PROVE_DIFFERENT;
	++*seen;
	if (equal->kept[difference->left_allows]++ < PROVE_WITNESSES / 2)
		result->witnesses[result->witness_count++] = (struct prove_witness){
			run->in, run->out, prove_flow(run, difference->region),
			difference->left_allows,
			prove_decider(run, difference->left_rule)->entry,
			prove_decider(run, difference->right_rule)->entry,
		};
	return equal_kinds(equal);
}

static struct prove_question equal_question(const struct filter *intent,
					    enum prove_bound of_intent,
					    const struct filter *read, enum prove_bound of_read)
{
	return (struct prove_question){
		.left = { { intent, true, SHAPE_PLAIN, of_intent, 0, false } },
		.right = { { read, false, SHAPE_PLAIN, of_read, 0, false } },
		.left_count = 1, .right_count = 1,
		.protocols = { 0, UINT8_MAX },
	};
}

static void equal_begin(struct equal *equal, struct prove_result *result, struct arena *arena,
			const struct filter *intent, const struct filter *read)
{
	*equal = (struct equal){ .result = result };
	*result = (struct prove_result){ .verdict = PROVE_EQUAL, .method = "joint-partition" };
	result->witnesses = arena_array(arena, PROVE_WITNESSES, sizeof(*result->witnesses));
	prove_run_init(&equal->run, arena, intent, read);
	equal->run.listener = (struct space_listener){ SPACE_EITHER, equal_report, equal };
}

static void equal_end(struct equal *equal)
{
	equal->result->regions = equal->run.rules;
	if (equal->run.undecided && equal->result->verdict == PROVE_EQUAL)
		equal->result->verdict = PROVE_UNDECIDED;
	if (equal->run.intent->monitor != equal->run.read->monitor)
		equal->result->verdict = PROVE_DIFFERENT;
	prove_run_release(&equal->run);
}

void prove_between(struct prove_result *result, struct arena *arena,
		   const struct filter *intent, enum prove_bound of_intent,
		   const struct filter *read, enum prove_bound of_read)
{
	struct prove_question question = equal_question(intent, of_intent, read, of_read);
	struct equal equal;

	equal_begin(&equal, result, arena, intent, read);
	prove_ask(&equal.run, &question);
	equal_end(&equal);
}

void prove_equal(struct prove_result *result, struct arena *arena,
		 const struct filter *intent, const struct filter *read)
{
	bool bounds = prove_has_uncertain(read) || prove_has_uncertain(intent);
	struct equal equal;

	equal_begin(&equal, result, arena, intent, read);
	for (int bound = BOUND_UPPER; bound <= (bounds ? BOUND_LOWER : BOUND_UPPER); bound++) {
		enum prove_bound b = (enum prove_bound)bound;
		struct prove_question question = equal_question(intent, b, read, b);
		prove_ask(&equal.run, &question);
	}
	equal_end(&equal);
}

static void engine_diagram(struct prove_run *run)
{
	struct space_side left = { run->left.list, run->left.term, run->left.count };
	struct space_side right = { run->right.list, run->right.term, run->right.count };
	struct diagram *diagram = diagram_create(run->family);
	bool *different = run->listener.context;
	diagram_node a, b;

	if (!diagram_build_side(diagram, &left, 0, &a) ||
	    !diagram_build_side(diagram, &right, 0, &b))
		run->undecided = true;
	else
		*different = *different || a != b;
	diagram_destroy(diagram);
}

enum prove_verdict prove_equal_by_diagram(struct arena *arena, const struct filter *intent,
					  const struct filter *read)
{
	struct prove_run run;
	bool different = intent->monitor != read->monitor;

	prove_run_init(&run, arena, intent, read);
	run.listener.context = &different;
	for (int bound = BOUND_UPPER; bound <= BOUND_LOWER; bound++) {
		enum prove_bound b = (enum prove_bound)bound;
		struct prove_question question = equal_question(intent, b, read, b);
		run.question = &question;
		run_pairs(&run, engine_diagram);
	}
	prove_run_release(&run);
	return different ? PROVE_DIFFERENT : run.undecided ? PROVE_UNDECIDED : PROVE_EQUAL;
}
