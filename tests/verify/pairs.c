/* SPDX-License-Identifier: Apache-2.0
 *
 * All platforms beside each other:
 *
 *     pairs POLICY AT MODE
 *
 * Devices of one cluster are one device on several platforms: what each backend
 * makes of it is read back, and every pair of these filters is compared directly,
 * one with the other, over the whole packet space and all times from AT (seconds)
 * on. MODE is `-` for none.
 *
 * Platforms that track conversations must admit the same. A stateless one must admit
 * the same new TCP connections, all else that the other admits, and beyond that only
 * what its remainder declares: packets that look like answers to a rule it names,
 * segments and ICMP errors of what may be initiated, fragments of these.
 *
 * Prints a line `refused DEVICE: WHY` for each that cannot be made, a line
 * `differ ...` with one packet for each disagreement, and in the end `compared N`,
 * the number of pairs. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "compiler/model.h"
#include "compiler/space.h"
#include "lang/lang.h"
#include "verifier/read.h"

enum { TCP = 6, ICMP = 1, ICMPV6 = 58, VIEWS = 5 };

struct side {
	const struct device *device;
	const struct backend *backend;
	struct filter intent; /* the policy's; its remainder is what the device declares */
	struct backend_output output;
	struct read_result read;
};
VEC_TYPE(sides, struct side);

struct program {
	struct arena arena;
	struct policy_text text;
	struct model model;
	struct diags diags;
	struct place_options options;
	const char *mode_name;
	size_t compared, differences;
};

/* ---- one device on its platform ---- */

static bool side_emit(struct program *program, struct side *side)
{
	const struct model *model = &program->model;
	struct backend_options how = {
		.digest = model->digest, .policy = model->name, .mode = program->mode_name,
		.timezone = model->timezone, .timezone_name = model->timezone_name,
	};

	side->backend = backend_find(side->device->platform);
	if (side->backend == NULL ||
	    !filter_place(&side->intent, &program->arena, model, side->device,
			  &program->options, &program->diags))
		return false;
	how.monitor = side->intent.monitor;
	return side->backend->emit(&side->output, &side->intent, &how, &program->diags);
}

static bool side_read(struct program *program, struct side *side)
{
	struct source *sources = arena_array(&program->arena, BACKEND_FILES, sizeof(*sources));
	struct read_input input = {
		.files = sources, .model = &program->model, .device = side->device,
		.at = side->intent.at, .horizon = side->intent.horizon,
		.self = side->intent.covers_self, .monitor = side->intent.monitor,
	};

	for (size_t i = 0; i < side->output.file_count; i++) {
		const struct backend_file *file = &side->output.file[i];
		if (i == 0 || file->companion)
			sources[input.file_count++] = (struct source){
				file->name, strbuf_text(&file->text), file->text.len
			};
	}
	return reader_find(side->backend->platform)
		->read(&side->read, &program->arena, &input, &program->diags);
}

/* False if the platform refuses what the policy asks for. */
static bool side_make(struct program *program, struct side *side)
{
	size_t before = program->diags.len;

	if (side_emit(program, side))
		return true;
	printf("refused %s: %s\n", side->device->name,
	       before < program->diags.len ? program->diags.list[before]->message : "?");
	if (side->output.file_count > 0)
		backend_output_release(&side->output);
	return false;
}

/* ---- several filters at the same times ---- */

struct view {
	const struct filter *filter;
	uint32_t first; /* its activities among those of all */
};

struct compare {
	struct program *program;
	const struct side *left, *right;
	struct arena arena;
	struct view plain, first, established, fragments, declared;
	struct activity_cells cells;
	/* what is being compared */
	const char *in, *out;
	enum family family;
	struct range protocols;
	const char *what;
	bool different;
};

static void compare_times(struct compare *c)
{
	struct view *views[VIEWS] = { &c->plain, &c->first, &c->established, &c->fragments,
				      &c->declared };
	struct filter all = { .at = c->left->intent.at, .horizon = c->left->intent.horizon };
	struct filter none = all;
	VEC(struct filter_activity) activities = VEC_INIT;

	for (size_t i = 0; i < VIEWS; i++) {
		views[i]->first = (uint32_t)activities.len;
		for (size_t k = 0; k < views[i]->filter->activity_count; k++)
			vec_push(&activities, views[i]->filter->activities[k]);
	}
	all.activities = activities.data;
	all.activity_count = activities.len;
	activity_cells_make(&c->cells, &c->arena, &all, &none);
	vec_free(&activities);
}

/* ---- lists ---- */

struct lists {
	struct space_list list[SPACE_LISTS / 2];
	uint8_t term[SPACE_LISTS / 2];
	size_t count;
};
VEC_TYPE(rules, struct space_rule);

static struct space_rule rule_of(struct compare *c, const struct view *view,
				 const struct filter_entry *entry)
{
	struct space_rule rule = { .allow = entry->allow };

	rule.field[FIELD_PROTOCOL] = entry->protocols;
	rule.field[FIELD_SOURCE] = entry->source.family[c->family];
	rule.field[FIELD_DESTINATION] = entry->destination.family[c->family];
	rule.field[FIELD_SRC_PORT] = entry->src_ports;
	rule.field[FIELD_DST_PORT] = entry->dst_ports;
	rule.field[FIELD_OPERATION] = set_one(&c->arena, 0, UINT32_MAX);
	rule.field[FIELD_CELL] =
		entry->activity == 0
			? set_one(&c->arena, 0, c->cells.count - 1)
			: c->cells.left[view->first + entry->activity];
	return rule;
}

static const struct set *all_of(struct compare *c, enum field field)
{
	struct space_box box = space_box_all(c->family);

	return set_one(&c->arena, box.field[field].lo, box.field[field].hi);
}

static void rules_add(struct rules *rules, const struct space_rule *rule)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (set_is_empty(rule->field[i]))
			return;
	vec_push(rules, *rule);
}

static void lists_end(struct compare *c, struct lists *lists, struct rules *rules, uint8_t term)
{
	struct space_rule *kept = rules->len == 0 ? NULL :
		arena_copy(&c->arena, rules->data, rules->len * sizeof(*rules->data));

	if (lists->count == SPACE_LISTS / 2)
		abort();
	lists->term[lists->count] = term;
	lists->list[lists->count++] = (struct space_list){ kept, rules->len, false };
	vec_free(rules);
}

static const struct filter_pair *pair_of(const struct filter *filter, const char *in,
					 const char *out)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		if (strcmp(filter->pairs[i].in, in) == 0 && strcmp(filter->pairs[i].out, out) == 0)
			return &filter->pairs[i];
	return NULL;
}

static bool is_icmp(const struct compare *c)
{
	return c->protocols.lo == (c->family == FAMILY_IPV4 ? ICMP : ICMPV6);
}

/* Messages that ask become those that answer (RFC 792, RFC 950, RFC 4443). */
static const struct set *answer_types(struct compare *c, const struct set *asked)
{
	static const uint8_t four[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
	static const uint8_t six[][2] = { { 128, 129 } };
	const uint8_t(*pairs)[2] = c->family == FAMILY_IPV4 ? four : six;
	const struct set *types = set_empty();

	for (size_t i = 0; i < (c->family == FAMILY_IPV4 ? 4 : 1); i++)
		if (set_contains(asked, pairs[i][0]))
			types = set_union(&c->arena, types,
					  set_one(&c->arena, pairs[i][1], pairs[i][1]));
	return types;
}

/* The packets that answer those of the rule. */
static void rule_turn(struct compare *c, struct space_rule *rule)
{
	const struct set *source = rule->field[FIELD_SOURCE], *port = rule->field[FIELD_SRC_PORT];

	rule->field[FIELD_SOURCE] = rule->field[FIELD_DESTINATION];
	rule->field[FIELD_DESTINATION] = source;
	if (is_icmp(c)) {
		rule->field[FIELD_SRC_PORT] = answer_types(c, port);
		return;
	}
	rule->field[FIELD_SRC_PORT] = rule->field[FIELD_DST_PORT];
	rule->field[FIELD_DST_PORT] = port;
}

/* What the filter admits from one interface to the other; turned, what answers that. */
static void lists_add(struct compare *c, struct lists *lists, const struct view *view,
		      bool turned, uint8_t term)
{
	const struct filter_pair *pair = pair_of(view->filter, turned ? c->out : c->in,
						 turned ? c->in : c->out);

	do {
		struct rules rules = VEC_INIT;
		for (size_t i = 0; pair != NULL && i < pair->entry_count; i++) {
			struct space_rule rule = rule_of(c, view, &pair->entries[i]);
			if (turned)
				rule_turn(c, &rule);
			rules_add(&rules, &rule);
		}
		lists_end(c, lists, &rules, term);
		pair = pair != NULL ? pair->also : NULL;
	} while (pair != NULL);
}

/* ---- what a remainder declares ---- */

static bool is_declared(const struct filter *filter, const char *kind, const struct rule *rule)
{
	for (size_t i = 0; i < filter->remainder_count; i++)
		if (strcmp(filter->remainder[i].kind, kind) == 0 &&
		    filter->remainder[i].rule == rule)
			return true;
	return false;
}

static bool names_rule(const struct filter *filter, const struct filter_entry *entry)
{
	for (size_t i = 0; i < entry->rule_count; i++)
		if (is_declared(filter, "residue", entry->rules[i]))
			return true;
	return false;
}

enum shape { SHAPE_ANSWERS, SHAPE_SEGMENTS, SHAPE_HOSTS, SHAPE_HOSTS_BACK };

/* Of the pair, the allows whose answers are declared: by the rule's name, or, as
 * segments of TCP, for the device as a whole. Hosts: whatever the ports. */
static void declared_add(struct compare *c, struct lists *lists, enum shape shape, uint8_t term)
{
	const struct filter *filter = c->declared.filter;
	bool back = shape != SHAPE_HOSTS;
	const struct filter_pair *pair =
		pair_of(filter, back ? c->out : c->in, back ? c->in : c->out);
	struct rules rules = VEC_INIT;

	for (size_t i = 0; pair != NULL && i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		struct space_rule rule = rule_of(c, &c->declared, entry);
		if (!entry->allow || (shape == SHAPE_ANSWERS && !names_rule(filter, entry)))
			continue;
		if (back)
			rule_turn(c, &rule);
		if (shape == SHAPE_HOSTS || shape == SHAPE_HOSTS_BACK) {
			rule.field[FIELD_SRC_PORT] = all_of(c, FIELD_SRC_PORT);
			rule.field[FIELD_DST_PORT] = all_of(c, FIELD_DST_PORT);
		}
		rules_add(&rules, &rule);
	}
	lists_end(c, lists, &rules, term);
}

/* Errors from anywhere to whoever may initiate something that leaves by the interface:
 * unreachable, too big, time exceeded, parameter problem. */
static void errors_add(struct compare *c, struct lists *lists, bool hosts, uint8_t term)
{
	const struct filter *filter = c->declared.filter;
	bool six = c->family == FAMILY_IPV6;
	struct range types[] = { { six ? 1 : 3, 3 }, { six ? 4 : 11, six ? 4 : 12 } };
	struct rules rules = VEC_INIT;

	for (size_t i = 0; is_icmp(c) && i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &filter->pairs[i].entries[k];
			struct space_rule rule = rule_of(c, &c->declared, entry);
			if (strcmp(filter->pairs[i].out, c->in) != 0 || !entry->allow)
				continue;
			rule.field[FIELD_DESTINATION] = rule.field[FIELD_SOURCE];
			rule.field[FIELD_SOURCE] = all_of(c, FIELD_SOURCE);
			rule.field[FIELD_PROTOCOL] =
				set_one(&c->arena, c->protocols.lo, c->protocols.hi);
			rule.field[FIELD_SRC_PORT] = hosts ? all_of(c, FIELD_SRC_PORT)
							   : set_from_ranges(&c->arena, types, 2);
			rule.field[FIELD_DST_PORT] = all_of(c, FIELD_DST_PORT);
			rules_add(&rules, &rule);
		}
	lists_end(c, lists, &rules, term);
}

/* Segments that look like answers to the device's own connections. */
static void own_add(struct compare *c, struct lists *lists, uint8_t term)
{
	struct space_rule rule = { .allow = true };
	struct rules rules = VEC_INIT;

	for (int i = 0; i < FIELD_COUNT; i++)
		rule.field[i] = all_of(c, (enum field)i);
	rule.field[FIELD_PROTOCOL] = set_one(&c->arena, TCP, TCP);
	rule.field[FIELD_DESTINATION] = c->right->device->addresses.family[c->family];
	rules_add(&rules, &rule);
	lists_end(c, lists, &rules, term);
}

/* ---- questions ---- */

static unsigned report(void *context, const struct space_difference *difference)
{
	struct compare *c = context;
	struct space_box point = space_region_first(difference->region);
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT];
	struct address from = { point.field[FIELD_SOURCE].lo, c->family };
	struct address to = { point.field[FIELD_DESTINATION].lo, c->family };
	const struct side *admits = difference->left_allows ? c->left : c->right;

	printf("differ %s %s: %s: %s admits %s -> %s : %s -> %s protocol %u ports %u %u at %" PRId64
	       "\n",
	       c->left->device->name, c->right->device->name, c->what, admits->backend->platform,
	       c->in, c->out, address_print(&from, source), address_print(&to, destination),
	       (unsigned)point.field[FIELD_PROTOCOL].lo, (unsigned)point.field[FIELD_SRC_PORT].lo,
	       (unsigned)point.field[FIELD_DST_PORT].lo,
	       c->cells.example[(size_t)point.field[FIELD_CELL].lo]);
	c->different = true;
	return 0;
}

static void ask(struct compare *c, const char *what, unsigned kinds, const struct lists *left,
		const struct lists *right)
{
	struct space_side a = { left->list, left->term, left->count };
	struct space_side b = { right->list, right->term, right->count };
	struct space_box box = space_box_all(c->family);
	struct space_listener listener = { kinds, report, c };

	c->what = what;
	box.field[FIELD_PROTOCOL] = c->protocols;
	box.field[FIELD_OPERATION].hi = 0;
	box.field[FIELD_CELL].hi = c->cells.count - 1;
	if (c->protocols.lo == ICMP || c->protocols.lo == ICMPV6)
		box.field[FIELD_SRC_PORT].hi = box.field[FIELD_DST_PORT].hi = UINT8_MAX;
	if (space_compare_sides(&a, &b, &box, 0, &listener) == SPACE_UNDECIDED) {
		printf("differ %s %s: %s: undecided\n", c->left->device->name,
		       c->right->device->name, what);
		c->different = true;
	}
}

static void ask_first(struct compare *c, unsigned kinds)
{
	struct lists left = { .count = 0 }, right = { .count = 0 };

	lists_add(c, &left, &c->plain, false, 0);
	lists_add(c, &right, &c->first, false, 0);
	ask(c, "new flows", kinds, &left, &right);
}

/* Beyond the other platform: answers to what it admits by a rule that is named, and
 * errors. */
static void ask_residue(struct compare *c)
{
	struct lists left = { .count = 0 }, right = { .count = 0 };

	lists_add(c, &left, &c->plain, false, 0);
	lists_add(c, &left, &c->plain, true, 1);
	declared_add(c, &left, SHAPE_ANSWERS, 1);
	errors_add(c, &left, false, 2);
	lists_add(c, &right, &c->first, false, 0);
	ask(c, "residue", SPACE_RIGHT, &left, &right);
}

static void ask_segments(struct compare *c)
{
	struct lists left = { .count = 0 }, right = { .count = 0 }, turned = { .count = 0 };

	lists_add(c, &right, &c->established, false, 0);
	lists_add(c, &left, &c->plain, false, 0);
	ask(c, "segments of connections", SPACE_LEFT, &left, &right);
	lists_add(c, &turned, &c->plain, true, 0);
	ask(c, "segments of answers", SPACE_LEFT, &turned, &right);
	declared_add(c, &left, SHAPE_SEGMENTS, 1);
	own_add(c, &left, 2);
	ask(c, "residue of segments", SPACE_RIGHT, &left, &right);
}

static void ask_fragments(struct compare *c)
{
	struct lists left = { .count = 0 }, right = { .count = 0 }, plain = { .count = 0 };
	bool dropped = c->right->device->tree->fragments_deny;

	lists_add(c, &right, &c->fragments, false, 0);
	lists_add(c, &plain, &c->plain, false, 0);
	if (!dropped) {
		ask(c, "fragments of flows", SPACE_LEFT, &plain, &right);
		declared_add(c, &left, SHAPE_HOSTS, 0);
		declared_add(c, &left, SHAPE_HOSTS_BACK, 1);
		errors_add(c, &left, true, 2);
		own_add(c, &left, 3);
	}
	ask(c, "residue of fragments", SPACE_RIGHT, &left, &right);
}

static void compare_stateless(struct compare *c)
{
	bool tcp = c->protocols.lo == TCP;

	ask_first(c, tcp ? SPACE_EITHER : SPACE_LEFT);
	if (tcp)
		ask_segments(c);
	else
		ask_residue(c);
	ask_fragments(c);
}

/* ---- pairs of interfaces, families and protocols ---- */

/* Where ports mean something else, and where answers do. */
static void compare_protocols(struct compare *c)
{
	static const struct range classes[] = {
		{ 0, 0 }, { ICMP, ICMP }, { 2, TCP - 1 }, { TCP, TCP },
		{ TCP + 1, ICMPV6 - 1 }, { ICMPV6, ICMPV6 }, { ICMPV6 + 1, UINT8_MAX },
	};

	for (size_t i = 0; !c->different && i < sizeof(classes) / sizeof(classes[0]); i++) {
		c->protocols = classes[i];
		if (c->right->read.stateless)
			compare_stateless(c);
		else
			ask_first(c, SPACE_EITHER);
	}
}

struct way {
	const char *in, *out;
};
VEC_TYPE(ways, struct way);

static void ways_add(struct ways *ways, const char *in, const char *out)
{
	for (size_t i = 0; i < ways->len; i++)
		if (strcmp(ways->data[i].in, in) == 0 && strcmp(ways->data[i].out, out) == 0)
			return;
	vec_push(ways, ((struct way){ in, out }));
}

/* What is for the device itself counts where both protect it. */
static void ways_of(struct ways *ways, const struct filter *filter, bool self)
{
	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &filter->pairs[i];
		bool to_self = strcmp(pair->out, FILTER_SELF) == 0;
		if (!to_self || self)
			ways_add(ways, pair->in, pair->out);
		if (!to_self)
			ways_add(ways, pair->out, pair->in);
	}
}

static void compare_ways(struct compare *c)
{
	bool self = c->left->intent.covers_self && c->right->intent.covers_self;
	struct ways ways = VEC_INIT;

	ways_of(&ways, c->plain.filter, self);
	ways_of(&ways, c->first.filter, self);
	for (size_t i = 0; !c->different && i < ways.len; i++)
		for (int family = 0; !c->different && family < FAMILY_COUNT; family++) {
			c->in = ways.data[i].in;
			c->out = ways.data[i].out;
			c->family = (enum family)family;
			compare_protocols(c);
		}
	vec_free(&ways);
}

static void compare_pair(struct program *program, const struct side *left,
			 const struct side *right)
{
	if (left->read.stateless) {
		const struct side *swapped = left;
		left = right;
		right = swapped;
	}
	struct compare c = { .program = program, .left = left, .right = right };
	c.plain.filter = &left->read.filter;
	c.first.filter = &right->read.filter;
	c.established.filter = &right->read.established;
	c.fragments.filter = &right->read.fragments;
	c.declared.filter = &right->intent;
	arena_init(&c.arena);
	compare_times(&c);
	if (left->read.filter.monitor != right->read.filter.monitor) {
		printf("differ %s %s: one only monitors\n", left->device->name,
		       right->device->name);
		c.different = true;
	}
	compare_ways(&c);
	arena_release(&c.arena);
	program->compared++;
	program->differences += c.different;
}

/* ---- the whole ---- */

static bool sides_same(const struct device *a, const struct device *b)
{
	return a == b || (a->cluster != NULL && b->cluster != NULL &&
			  strcmp(a->cluster, b->cluster) == 0);
}

/* False if what was made is not understood. */
static bool side_add(struct program *program, struct sides *sides, const struct device *device)
{
	struct side side = { .device = device };

	if (!side_make(program, &side))
		return true;
	bool understood = side_read(program, &side) && side.read.unknown_count == 0;
	if (!understood)
		printf("differ %s: not understood, line %u\n", device->name,
		       side.read.unknown_count > 0 ? side.read.unknown[0].line : 0);
	vec_push(sides, side);
	return understood;
}

static void compare_cluster(struct program *program, size_t first)
{
	const struct model *model = &program->model;
	struct sides sides = VEC_INIT;
	bool understood = true;

	for (size_t i = first; i < model->device_count; i++)
		if (sides_same(&model->devices[first], &model->devices[i]))
			understood &= side_add(program, &sides, &model->devices[i]);
	program->differences += !understood;
	for (size_t i = 0; understood && i < sides.len; i++)
		for (size_t k = i + 1; k < sides.len; k++)
			compare_pair(program, &sides.data[i], &sides.data[k]);
	for (size_t i = 0; i < sides.len; i++)
		backend_output_release(&sides.data[i].output);
	vec_free(&sides);
}

static void compare_all(struct program *program)
{
	const struct model *model = &program->model;

	for (size_t i = 0; i < model->device_count; i++) {
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first = first && !sides_same(&model->devices[k], &model->devices[i]);
		if (first)
			compare_cluster(program, i);
	}
	printf("compared %zu\n", program->compared);
}

int main(int argc, char **argv)
{
	struct program program = { .options = { .mode = -1 } };

	if (argc != 4) {
		fputs("usage: pairs POLICY AT MODE\n", stderr);
		return 2;
	}
	arena_init(&program.arena);
	diags_init(&program.diags);
	bool loaded = policy_text_load(&program.text, argv[1], &program.diags);
	bool good = model_resolve(&program.model, &program.text, &program.diags) && loaded;
	program.options.at = strtoll(argv[2], NULL, 10);
	if (good && strcmp(argv[3], "-") != 0) {
		program.mode_name = argv[3];
		program.options.mode = model_mode_by_name(&program.model, argv[3]);
	}
	if (good)
		compare_all(&program);
	else
		diags_print(&program.diags, stderr);
	model_release(&program.model);
	policy_text_release(&program.text);
	diags_release(&program.diags);
	arena_release(&program.arena);
	return !good ? 2 : program.differences > 0;
}
