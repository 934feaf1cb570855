/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares two filters pair by pair and family by family over the whole packet
 * space. A pair that one side lacks is compared as all denied. Sources that do
 * not lie behind an interface are denied first, as the policy demands. */
#include "config.h"
#include "verifier/prove.h"

#include <string.h>

struct prove_side {
	const struct filter *filter;
	const struct set **cells;          /* per activity */
	const struct filter_pair *pair;    /* NULL: all denied */
	struct space_rule *rules;
	struct space_list list;
};

struct prove_run {
	struct arena *arena;
	struct prove_result *result;
	struct activity_cells cells;
	struct prove_side left, right;
	const char *in, *out;
	enum family family;
	size_t missing, excess; /* witnesses of this pair, each way */
};

enum { WITNESSES_EACH_WAY = 2, EPHEMERAL_LO = 49152, WIDE_ICMP = 2 };

static const struct filter_interface *side_interface(const struct filter *filter,
						     const char *name)
{
	for (size_t i = 0; i < filter->interface_count; i++)
		if (strcmp(filter->interfaces[i].name, name) == 0)
			return &filter->interfaces[i];
	return NULL;
}

static struct space_rule rule_all(struct arena *arena, enum family family)
{
	struct space_box box = space_box_all(family);
	struct space_rule rule = { .id = SPACE_NO_RULE };

	for (size_t i = 0; i < FIELD_COUNT; i++)
		rule.field[i] = set_one(arena, box.field[i].lo, box.field[i].hi);
	return rule;
}

static bool rule_is_empty(const struct space_rule *rule)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (set_is_empty(rule->field[i]))
			return true;
	return false;
}

static struct space_rule rule_from_entry(const struct prove_run *run,
					 const struct prove_side *side, uint32_t index,
					 const struct space_rule *all)
{
	const struct filter_entry *entry = &side->pair->entries[index];
	struct space_rule rule = *all;

	rule.allow = entry->allow;
	rule.id = index;
	rule.field[FIELD_PROTOCOL] = entry->protocols;
	rule.field[FIELD_SOURCE] = entry->source.family[run->family];
	rule.field[FIELD_DESTINATION] = entry->destination.family[run->family];
	rule.field[FIELD_SRC_PORT] = entry->src_ports;
	rule.field[FIELD_DST_PORT] = entry->dst_ports;
	if (entry->activity != 0)
		rule.field[FIELD_CELL] = side->cells[entry->activity];
	return rule;
}

/* ICMP types and codes are bytes: no packet has a greater one, whatever the
 * entries of either side hold there. */
static void side_deny_wide_icmp(struct prove_run *run, struct prove_side *side,
				const struct space_rule *all)
{
	static const size_t fields[WIDE_ICMP] = { FIELD_SRC_PORT, FIELD_DST_PORT };
	struct range icmp[] = { { 1, 1 }, { 58, 58 } };
	const struct set *protocols = set_from_ranges(run->arena, icmp, 2);
	const struct set *wide = set_one(run->arena, UINT8_MAX + 1, UINT16_MAX);

	for (size_t i = 0; i < WIDE_ICMP; i++) {
		struct space_rule rule = *all;
		rule.field[FIELD_PROTOCOL] = protocols;
		rule.field[fields[i]] = wide;
		side->rules[side->list.len++] = rule;
	}
}

static void side_list(struct prove_run *run, struct prove_side *side)
{
	size_t count = side->pair != NULL ? side->pair->entry_count : 0;
	struct space_rule all = rule_all(run->arena, run->family);
	const struct filter_interface *interface = side_interface(side->filter, run->in);

	side->list = (struct space_list){ NULL, 0, false };
	side->rules = memory_array(count + WIDE_ICMP + 1, sizeof(*side->rules));
	if (count > 0)
		side_deny_wide_icmp(run, side, &all);
	if (interface != NULL && count > 0) {
		struct space_rule rule = all;
		rule.field[FIELD_SOURCE] =
			set_subtract(run->arena, all.field[FIELD_SOURCE],
				     interface->behind.family[run->family]);
		if (!rule_is_empty(&rule))
			side->rules[side->list.len++] = rule;
	}
	for (size_t i = 0; i < count; i++) {
		struct space_rule rule = rule_from_entry(run, side, (uint32_t)i, &all);
		if (!rule_is_empty(&rule))
			side->rules[side->list.len++] = rule;
	}
	side->list.rules = side->rules;
}

/* ---- witnesses ---- */

static bool range_has(struct range range, u128 value)
{
	return range.lo <= value && value <= range.hi;
}

/* TCP, else UDP, else echo requests: what a reader can send at once. */
static uint8_t witness_protocol(const struct space_box *box)
{
	static const uint8_t liked[] = { 6, 17, 1, 58 };

	for (size_t i = 0; i < sizeof(liked); i++)
		if (range_has(box->field[FIELD_PROTOCOL], liked[i]))
			return liked[i];
	return (uint8_t)box->field[FIELD_PROTOCOL].lo;
}

static uint16_t witness_source_port(const struct space_box *box, uint8_t protocol)
{
	struct range range = box->field[FIELD_SRC_PORT];
	uint16_t liked = protocol == 1 ? 8 : protocol == 58 ? 128 : EPHEMERAL_LO;

	if (range_has(range, liked))
		return liked;
	return (uint16_t)range.lo;
}

static struct flow witness_flow(const struct prove_run *run, const struct space_box *box)
{
	struct flow flow = { .mode = -1, .sender = ZONE_NONE, .l2_source = ZONE_NONE,
			     .l2_destination = ZONE_NONE };
	u128 cell = box->field[FIELD_CELL].lo;

	flow.source = (struct address){ box->field[FIELD_SOURCE].lo, run->family };
	flow.destination = (struct address){ box->field[FIELD_DESTINATION].lo, run->family };
	flow.protocol = witness_protocol(box);
	flow.src_port = witness_source_port(box, flow.protocol);
	flow.dst_port = (uint16_t)box->field[FIELD_DST_PORT].lo;
	flow.operation = (operation_id)box->field[FIELD_OPERATION].lo;
	flow.instant = run->cells.example[cell < run->cells.count ? (size_t)cell : 0];
	return flow;
}

static const struct filter_entry *side_entry(const struct prove_side *side, uint32_t id)
{
	return id == SPACE_NO_RULE ? NULL : &side->pair->entries[id];
}

static bool run_report(void *context, const struct space_difference *difference)
{
	struct prove_run *run = context;
	struct prove_result *result = run->result;
	size_t *seen = difference->left_allows ? &run->missing : &run->excess;

	result->verdict = PROVE_DIFFERENT;
	if (++*seen <= WITNESSES_EACH_WAY && result->witness_count < PROVE_WITNESSES)
		result->witnesses[result->witness_count++] = (struct prove_witness){
			run->in, run->out, witness_flow(run, &difference->box),
			difference->left_allows,
			side_entry(&run->left, difference->left_rule),
			side_entry(&run->right, difference->right_rule),
		};
	return run->missing == 0 || run->excess == 0;
}

/* ---- the walk over pairs ---- */

static int pair_order(const struct filter_pair *a, const struct filter_pair *b)
{
	int order = strcmp(a->in, b->in);

	return order != 0 ? order : strcmp(a->out, b->out);
}

/* Sets the next pair of either side, both where they share it. */
static bool run_next_pair(struct prove_run *run, size_t *i, size_t *j)
{
	const struct filter *left = run->left.filter, *right = run->right.filter;
	bool has_left = *i < left->pair_count, has_right = *j < right->pair_count;

	if (!has_left && !has_right)
		return false;
	int order = !has_left ? 1 : !has_right ? -1 :
			  pair_order(&left->pairs[*i], &right->pairs[*j]);
	run->left.pair = order <= 0 ? &left->pairs[(*i)++] : NULL;
	run->right.pair = order >= 0 ? &right->pairs[(*j)++] : NULL;
	const struct filter_pair *pair = run->left.pair ? run->left.pair : run->right.pair;
	run->in = pair->in;
	run->out = pair->out;
	run->missing = run->excess = 0;
	return true;
}

typedef void prove_engine(struct prove_run *run);

static struct space_box run_box(const struct prove_run *run)
{
	struct space_box box = space_box_all(run->family);

	box.field[FIELD_CELL].hi = run->cells.count - 1;
	box.field[FIELD_OPERATION].hi = 0;
	return box;
}

static void engine_partition(struct prove_run *run)
{
	struct space_box box = run_box(run);
	enum space_result answer = space_compare(&run->left.list, &run->right.list, &box, 0,
						 run_report, run);

	run->result->regions += run->left.list.len + run->right.list.len;
	if (answer == SPACE_UNDECIDED && run->result->verdict == PROVE_EQUAL)
		run->result->verdict = PROVE_UNDECIDED;
}

static void engine_diagram(struct prove_run *run)
{
	struct diagram *diagram = diagram_create(run->family);
	diagram_node left, right;

	if (!diagram_build(diagram, &run->left.list, 0, &left) ||
	    !diagram_build(diagram, &run->right.list, 0, &right)) {
		if (run->result->verdict == PROVE_EQUAL)
			run->result->verdict = PROVE_UNDECIDED;
	} else if (left != right) {
		run->result->verdict = PROVE_DIFFERENT;
	}
	diagram_destroy(diagram);
}

static void run_pairs(struct prove_run *run, prove_engine *engine)
{
	size_t i = 0, j = 0;

	while (run_next_pair(run, &i, &j))
		for (int family = 0; family < FAMILY_COUNT; family++) {
			run->family = (enum family)family;
			side_list(run, &run->left);
			side_list(run, &run->right);
			engine(run);
			free(run->left.rules);
			free(run->right.rules);
		}
}

static void prove_with(struct prove_result *result, struct arena *arena,
		       const struct filter *intent, const struct filter *read,
		       prove_engine *engine)
{
	struct prove_run run = { .arena = arena, .result = result };

	*result = (struct prove_result){ .verdict = PROVE_EQUAL, .method = "joint-partition" };
	result->witnesses = arena_array(arena, PROVE_WITNESSES, sizeof(*result->witnesses));
	activity_cells_make(&run.cells, arena, intent, read);
	run.left = (struct prove_side){ .filter = intent, .cells = run.cells.left };
	run.right = (struct prove_side){ .filter = read, .cells = run.cells.right };
	run_pairs(&run, engine);
}

void prove_equal(struct prove_result *result, struct arena *arena,
		 const struct filter *intent, const struct filter *read)
{
	prove_with(result, arena, intent, read, engine_partition);
	if (intent->monitor != read->monitor)
		result->verdict = PROVE_DIFFERENT;
}

enum prove_verdict prove_equal_by_diagram(struct arena *arena, const struct filter *intent,
					  const struct filter *read)
{
	struct prove_result result;

	prove_with(&result, arena, intent, read, engine_diagram);
	return intent->monitor != read->monitor ? PROVE_DIFFERENT : result.verdict;
}
