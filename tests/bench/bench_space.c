/* SPDX-License-Identifier: Apache-2.0
 *
 * How long the two engines take to prove lists equal. One line a run: rules on
 * either side, CPU seconds of the joint partition and of the diagrams. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "compiler/space.h"

enum { ELEMENTS = 5, PORTS = 2 };

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static unsigned scatter(size_t n, unsigned limit)
{
	uint64_t word = (n + 1) * 0x9e3779b97f4a7c15u;
	return (unsigned)((word ^ word >> 31) >> 20) % limit;
}

static const struct set *hosts(struct arena *arena, size_t rule, unsigned salt, size_t count)
{
	struct range ranges[ELEMENTS];

	for (size_t i = 0; i < count; i++) {
		u128 host = 0x0a000000 + scatter(rule * 16 + i * 2 + salt, 1u << 18);
		ranges[i] = (struct range){ host, host };
	}
	return set_from_ranges(arena, ranges, count);
}

static struct space_rule bench_rule(struct arena *arena, size_t i, size_t elements)
{
	struct range ports[PORTS];
	struct space_rule rule = { .allow = true, .id = (uint32_t)i };

	for (size_t p = 0; p < PORTS; p++) {
		u128 port = 1 + scatter(i * 2 + p, 60000);
		ports[p] = (struct range){ port, port };
	}
	rule.field[FIELD_PROTOCOL] = set_one(arena, 6, 6);
	rule.field[FIELD_DESTINATION] = hosts(arena, i, 0, elements);
	rule.field[FIELD_SOURCE] = hosts(arena, i, 1, elements);
	rule.field[FIELD_DST_PORT] = set_from_ranges(arena, ports, elements > 1 ? PORTS : 1);
	rule.field[FIELD_SRC_PORT] = set_one(arena, 0, 65535);
	rule.field[FIELD_OPERATION] = set_one(arena, 0, UINT32_MAX);
	rule.field[FIELD_UNIT] = rule.field[FIELD_OBJECT] = rule.field[FIELD_OPERATION];
	rule.field[FIELD_CELL] = set_one(arena, 0, UINT32_MAX);
	return rule;
}

static struct space_list bench_list(struct arena *arena, size_t len, size_t elements)
{
	struct space_rule *rules = arena_array(arena, len, sizeof(*rules));

	for (size_t i = 0; i < len; i++)
		rules[i] = bench_rule(arena, i, elements);
	return (struct space_list){ rules, len, false };
}

static size_t split(struct arena *arena, const struct space_rule *rule, struct space_rule *out)
{
	const struct set *const *f = rule->field;
	size_t len = 0;

	for (size_t d = 0; d < f[FIELD_DESTINATION]->len; d++)
		for (size_t s = 0; s < f[FIELD_SOURCE]->len; s++)
			for (size_t p = 0; p < f[FIELD_DST_PORT]->len; p++) {
				struct range to = f[FIELD_DESTINATION]->range[d];
				struct range from = f[FIELD_SOURCE]->range[s];
				struct range port = f[FIELD_DST_PORT]->range[p];
				struct space_rule *box = &out[len++];
				*box = *rule;
				box->field[FIELD_DESTINATION] =
					set_one(arena, to.lo, to.hi);
				box->field[FIELD_SOURCE] = set_one(arena, from.lo, from.hi);
				box->field[FIELD_DST_PORT] =
					set_one(arena, port.lo, port.hi);
			}
	return len;
}

/* Reversed, and every product taken apart into boxes where asked. */
static struct space_list rewrite(struct arena *arena, struct space_list list, bool boxes)
{
	size_t room = boxes ? list.len * ELEMENTS * ELEMENTS * PORTS : list.len, len = 0;
	struct space_rule *rules = arena_array(arena, room, sizeof(*rules));

	for (size_t i = list.len; i-- > 0;) {
		if (boxes)
			len += split(arena, &list.rules[i], &rules[len]);
		else
			rules[len++] = list.rules[i];
	}
	return (struct space_list){ rules, len, list.otherwise };
}

static unsigned report(void *context, const struct space_difference *difference)
{
	(void)context;
	fprintf(stderr, "rules %u and %u differ\n", difference->left_rule,
		difference->right_rule);
	return 0;
}

static void run(const char *what, size_t len, size_t elements, bool boxes)
{
	struct arena arena;
	struct space_box all = space_box_all(FAMILY_IPV4);
	struct space_listener listener = { SPACE_EITHER, report, NULL };
	diagram_node a, b;
	arena_init(&arena);
	struct space_list left = bench_list(&arena, len, elements);
	struct space_list right = rewrite(&arena, left, boxes);

	double start = cpu_seconds();
	enum space_result result = space_compare(&left, &right, &all, 0, &listener);
	double middle = cpu_seconds();
	struct diagram *diagram = diagram_create(FAMILY_IPV4);
	bool built = diagram_build(diagram, &left, 0, &a) &&
		     diagram_build(diagram, &right, 0, &b);
	double end = cpu_seconds();
	printf("%-12s %7zu %7zu  partition %.3f s %s  diagrams %.3f s %s\n", what, left.len,
	       right.len, middle - start, result == SPACE_EQUAL ? "equal" : "NOT EQUAL",
	       end - middle, built && a == b ? "equal" : "NOT EQUAL");
	if (result != SPACE_EQUAL || !built || a != b)
		exit(EXIT_FAILURE);
	diagram_destroy(diagram);
	arena_release(&arena);
}

int main(void)
{
	run("reordered", 10000, 1, false);
	run("reordered", 100000, 1, false);
	run("5x5x2", 5000, ELEMENTS, false);
	run("5x5x2 boxes", 5000, ELEMENTS, true);
	return EXIT_SUCCESS;
}
