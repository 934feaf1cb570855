/* SPDX-License-Identifier: Apache-2.0
 *
 * Interval decision diagrams: the second engine, which shares nothing with the
 * joint partition. A node cuts one field into intervals, each with a child of
 * a later field. Nodes are reduced (neighbouring intervals differ, no node has
 * only one) and hash-consed, so that equal functions are equal nodes.
 *
 * A list is built as half and half: what the first half leaves undecided, the
 * second decides. Rule by rule, the root would be copied once a rule. */
#include "config.h"
#include "compiler/space.h"

#include <string.h>

#include "base/vec.h"

enum { DIAGRAM_OPEN = 2, DIAGRAM_FIRST_NODE = 3 };
#define DIAGRAM_BUDGET ((uint64_t)1 << 25)

struct diagram_record {
	uint32_t field;
	uint32_t len;
	size_t first; /* in ends and children */
	uint64_t hash;
};

/* What two nodes make: `left`, but `right` where left comes to `yields`. */
struct diagram_merge {
	diagram_node left, right, result; /* left 0: a free place */
	diagram_node yields;
};

struct diagram {
	struct space_box whole;
	VEC(struct diagram_record) nodes;   /* node n is nodes[n - DIAGRAM_FIRST_NODE] */
	VEC(u128) ends;                     /* each interval's last number */
	VEC(diagram_node) children;
	VEC(u128) stack_ends;               /* intervals of nodes being made */
	VEC(diagram_node) stack_children;
	diagram_node *unique;               /* open addressing, 0: free */
	size_t unique_size;
	struct diagram_merge *merges;       /* answers so far, open addressing */
	size_t merge_size, merge_count;
	uint64_t budget;
	bool exhausted;
};

struct diagram *diagram_create(enum family family)
{
	struct diagram *diagram = memory_alloc(sizeof(*diagram));

	diagram->whole = space_box_all(family);
	diagram->unique_size = diagram->merge_size = 1024;
	diagram->unique = memory_array(diagram->unique_size, sizeof(diagram_node));
	diagram->merges = memory_array(diagram->merge_size, sizeof(struct diagram_merge));
	return diagram;
}

void diagram_destroy(struct diagram *diagram)
{
	if (diagram == NULL)
		return;
	vec_free(&diagram->nodes);
	vec_free(&diagram->ends);
	vec_free(&diagram->children);
	vec_free(&diagram->stack_ends);
	vec_free(&diagram->stack_children);
	free(diagram->unique);
	free(diagram->merges);
	free(diagram);
}

static const struct diagram_record *record_of(const struct diagram *diagram, diagram_node node)
{
	return &diagram->nodes.data[node - DIAGRAM_FIRST_NODE];
}

/* Terminals come after every field. */
static unsigned node_field(const struct diagram *diagram, diagram_node node)
{
	return node < DIAGRAM_FIRST_NODE ? FIELD_COUNT : record_of(diagram, node)->field;
}

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* ---- the store ---- */

static uint64_t intervals_hash(const struct diagram *diagram, unsigned field, size_t mark)
{
	uint64_t hash = field + 1;

	for (size_t i = mark; i < diagram->stack_ends.len; i++) {
		hash = hash_word(hash, (uint64_t)diagram->stack_ends.data[i]);
		hash = hash_word(hash, (uint64_t)(diagram->stack_ends.data[i] >> 64));
		hash = hash_word(hash, diagram->stack_children.data[i]);
	}
	return hash;
}

static bool record_is(const struct diagram *diagram, const struct diagram_record *record,
		      const struct diagram_record *want, size_t mark)
{
	return record->hash == want->hash && record->field == want->field &&
	       record->len == want->len &&
	       memcmp(&diagram->ends.data[record->first], &diagram->stack_ends.data[mark],
		      want->len * sizeof(u128)) == 0 &&
	       memcmp(&diagram->children.data[record->first],
		      &diagram->stack_children.data[mark],
		      want->len * sizeof(diagram_node)) == 0;
}

static void unique_grow(struct diagram *diagram)
{
	size_t size = diagram->unique_size * 2;
	diagram_node *table = memory_array(size, sizeof(*table));

	for (size_t n = 0; n < diagram->nodes.len; n++) {
		size_t at = diagram->nodes.data[n].hash & (size - 1);
		while (table[at] != 0)
			at = (at + 1) & (size - 1);
		table[at] = (diagram_node)(n + DIAGRAM_FIRST_NODE);
	}
	free(diagram->unique);
	diagram->unique = table;
	diagram->unique_size = size;
}

static void intervals_keep(struct diagram *diagram, struct diagram_record record, size_t mark)
{
	record.first = diagram->ends.len;
	vec_reserve(&diagram->ends, record.first + record.len);
	vec_reserve(&diagram->children, record.first + record.len);
	memcpy(&diagram->ends.data[record.first], &diagram->stack_ends.data[mark],
	       record.len * sizeof(u128));
	memcpy(&diagram->children.data[record.first], &diagram->stack_children.data[mark],
	       record.len * sizeof(diagram_node));
	diagram->ends.len = diagram->children.len = record.first + record.len;
	vec_push(&diagram->nodes, record);
}

static diagram_node node_intern(struct diagram *diagram, unsigned field, size_t mark)
{
	struct diagram_record want = {
		.field = field,
		.len = (uint32_t)(diagram->stack_ends.len - mark),
		.hash = intervals_hash(diagram, field, mark),
	};

	if (diagram->nodes.len * 2 >= diagram->unique_size)
		unique_grow(diagram);
	size_t at = want.hash & (diagram->unique_size - 1);
	for (; diagram->unique[at] != 0; at = (at + 1) & (diagram->unique_size - 1))
		if (record_is(diagram, record_of(diagram, diagram->unique[at]), &want, mark))
			return diagram->unique[at];
	if (diagram->nodes.len >= diagram->budget) {
		diagram->exhausted = true;
		return DIAGRAM_OPEN;
	}
	intervals_keep(diagram, want, mark);
	diagram->unique[at] = (diagram_node)(diagram->nodes.len - 1 + DIAGRAM_FIRST_NODE);
	return diagram->unique[at];
}

/* Intervals are pushed in order; a child like the one before extends it. */
static void interval_push(struct diagram *diagram, size_t mark, u128 end, diagram_node child)
{
	size_t len = diagram->stack_ends.len;

	if (len > mark && diagram->stack_children.data[len - 1] == child) {
		diagram->stack_ends.data[len - 1] = end;
		return;
	}
	vec_push(&diagram->stack_ends, end);
	vec_push(&diagram->stack_children, child);
}

/* Takes the intervals above `mark` off the stack: the node they make. */
static diagram_node node_finish(struct diagram *diagram, unsigned field, size_t mark)
{
	diagram_node node = diagram->stack_children.data[mark];

	if (diagram->stack_ends.len - mark > 1)
		node = node_intern(diagram, field, mark);
	diagram->stack_ends.len = diagram->stack_children.len = mark;
	return node;
}

/* ---- building ---- */

static diagram_node rule_field(struct diagram *diagram, unsigned field, const struct set *set,
			       diagram_node inside)
{
	struct range whole = diagram->whole.field[field];
	size_t mark = diagram->stack_ends.len;
	u128 next = whole.lo;

	for (size_t i = 0; i < set->len && set->range[i].lo <= whole.hi; i++) {
		struct range r = set->range[i];
		if (r.lo > next)
			interval_push(diagram, mark, r.lo - 1, DIAGRAM_OPEN);
		if (r.hi >= whole.hi) {
			interval_push(diagram, mark, whole.hi, inside);
			return node_finish(diagram, field, mark);
		}
		interval_push(diagram, mark, r.hi, inside);
		next = r.hi + 1;
	}
	interval_push(diagram, mark, whole.hi, DIAGRAM_OPEN);
	return node_finish(diagram, field, mark);
}

static diagram_node diagram_rule(struct diagram *diagram, const struct space_rule *rule)
{
	diagram_node node = rule->allow ? DIAGRAM_ALLOW : DIAGRAM_DENY;

	for (unsigned f = FIELD_COUNT; f-- > 0;)
		node = rule_field(diagram, f, rule->field[f], node);
	return node;
}

static struct diagram_merge *merge_place(struct diagram_merge *table, size_t size,
					 const struct diagram_merge *want)
{
	size_t at = hash_word(hash_word(1 + want->yields, want->left), want->right) & (size - 1);

	while (table[at].left != 0 &&
	       (table[at].left != want->left || table[at].right != want->right ||
		table[at].yields != want->yields))
		at = (at + 1) & (size - 1);
	return &table[at];
}

static void merge_grow(struct diagram *diagram)
{
	size_t size = diagram->merge_size * 2;
	struct diagram_merge *table = memory_array(size, sizeof(*table));

	for (size_t i = 0; i < diagram->merge_size; i++) {
		struct diagram_merge *old = &diagram->merges[i];
		if (old->left != 0)
			*merge_place(table, size, old) = *old;
	}
	free(diagram->merges);
	diagram->merges = table;
	diagram->merge_size = size;
}

static void merge_keep(struct diagram *diagram, struct diagram_merge merge)
{
	if (++diagram->merge_count * 2 >= diagram->merge_size)
		merge_grow(diagram);
	*merge_place(diagram->merges, diagram->merge_size, &merge) = merge;
}

/* A walk over the intervals of a node at one field; a node of a later field,
 * or a terminal, is one interval there. */
struct walk {
	diagram_node node;
	size_t at;
	bool cut; /* the node cuts this field */
};

static struct walk walk_start(const struct diagram *diagram, diagram_node node, unsigned field)
{
	bool cut = node_field(diagram, node) == field;
	return (struct walk){ node, cut ? record_of(diagram, node)->first : 0, cut };
}

static diagram_node walk_child(const struct diagram *diagram, const struct walk *walk)
{
	return walk->cut ? diagram->children.data[walk->at] : walk->node;
}

static u128 walk_end(const struct diagram *diagram, const struct walk *walk, u128 whole)
{
	return walk->cut ? diagram->ends.data[walk->at] : whole;
}

static unsigned first_field(const struct diagram *diagram, diagram_node left,
			    diagram_node right)
{
	unsigned a = node_field(diagram, left), b = node_field(diagram, right);
	return a < b ? a : b;
}

static diagram_node node_merge(struct diagram *diagram, diagram_node left, diagram_node right,
			       diagram_node yields);

static diagram_node node_merge_walk(struct diagram *diagram, diagram_node left,
				    diagram_node right, diagram_node yields)
{
	unsigned field = first_field(diagram, left, right);
	u128 whole = diagram->whole.field[field].hi, end;
	struct walk a = walk_start(diagram, left, field);
	struct walk b = walk_start(diagram, right, field);
	size_t mark = diagram->stack_ends.len;

	do {
		u128 end_a = walk_end(diagram, &a, whole);
		u128 end_b = walk_end(diagram, &b, whole);
		end = end_a < end_b ? end_a : end_b;
		diagram_node child = node_merge(diagram, walk_child(diagram, &a),
						walk_child(diagram, &b), yields);
		interval_push(diagram, mark, end, child);
		a.at += end_a == end;
		b.at += end_b == end;
	} while (end < whole && !diagram->exhausted);
	return node_finish(diagram, field, mark);
}

/* With `yields` OPEN: `left` where it decides, `right` where it leaves open; with
 * DENY what either allows, with ALLOW what both allow. */
static diagram_node node_merge(struct diagram *diagram, diagram_node left, diagram_node right,
			       diagram_node yields)
{
	struct diagram_merge merge = { left, right, DIAGRAM_OPEN, yields };

	if (left == yields)
		return right;
	if (left < DIAGRAM_FIRST_NODE || right == yields || left == right)
		return left;
	const struct diagram_merge *known =
		merge_place(diagram->merges, diagram->merge_size, &merge);
	if (known->left != 0)
		return known->result;
	merge.result = node_merge_walk(diagram, left, right, yields);
	merge_keep(diagram, merge);
	return merge.result;
}

static diagram_node diagram_part(struct diagram *diagram, const struct space_rule *rules,
				 size_t len)
{
	if (diagram->exhausted)
		return DIAGRAM_OPEN;
	if (len == 1)
		return diagram_rule(diagram, rules);
	diagram_node left = diagram_part(diagram, rules, len / 2);
	diagram_node right = diagram_part(diagram, rules + len / 2, len - len / 2);
	return node_merge(diagram, left, right, DIAGRAM_OPEN);
}

static diagram_node diagram_list(struct diagram *diagram, const struct space_list *list)
{
	diagram_node node = DIAGRAM_OPEN;

	if (list->len > 0)
		node = diagram_part(diagram, list->rules, list->len);
	return node_merge(diagram, node, list->otherwise ? DIAGRAM_ALLOW : DIAGRAM_DENY,
			  DIAGRAM_OPEN);
}

static diagram_node diagram_side(struct diagram *diagram, const struct space_side *side)
{
	diagram_node any = DIAGRAM_DENY;

	for (size_t i = 0, from; i < side->count;) {
		diagram_node all = DIAGRAM_ALLOW;
		for (from = i; i < side->count && (side->terms == NULL ||
						   side->terms[i] == side->terms[from]); i++)
			all = node_merge(diagram, all, diagram_list(diagram, &side->lists[i]),
					 DIAGRAM_ALLOW);
		any = node_merge(diagram, any, all, DIAGRAM_DENY);
	}
	return any;
}

bool diagram_build_side(struct diagram *diagram, const struct space_side *side,
			uint64_t budget, diagram_node *out)
{
	/* A node must fit its number, and answers cut short are not kept. */
	diagram->budget = budget ? budget + diagram->nodes.len : DIAGRAM_BUDGET;
	diagram->exhausted = false;
	*out = diagram_side(diagram, side);
	if (diagram->exhausted) {
		memset(diagram->merges, 0, diagram->merge_size * sizeof(*diagram->merges));
		diagram->merge_count = 0;
	}
	return !diagram->exhausted;
}

bool diagram_build(struct diagram *diagram, const struct space_list *list,
		   uint64_t budget, diagram_node *out)
{
	struct space_side side = { list, NULL, 1 };

	return diagram_build_side(diagram, &side, budget, out);
}

/* ---- asking ---- */

/* The interval of a node that holds a number: the first that ends at or after. */
static size_t record_find(const struct diagram *diagram, const struct diagram_record *record,
			  u128 number)
{
	size_t lo = record->first, hi = record->first + record->len - 1;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (diagram->ends.data[middle] < number)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

bool diagram_decide(const struct diagram *diagram, diagram_node node,
		    const u128 point[FIELD_COUNT])
{
	while (node >= DIAGRAM_FIRST_NODE) {
		const struct diagram_record *record = record_of(diagram, node);
		node = diagram->children.data[record_find(diagram, record,
							  point[record->field])];
	}
	return node == DIAGRAM_ALLOW;
}

/* Nodes that are not equal differ somewhere, so the first stretch whose
 * children are not equal leads to a point. */
bool diagram_difference(const struct diagram *diagram, diagram_node left,
			diagram_node right, u128 point[FIELD_COUNT])
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		point[f] = diagram->whole.field[f].lo;
	if (left == right)
		return false;
	for (unsigned field; (field = first_field(diagram, left, right)) < FIELD_COUNT;) {
		u128 whole = diagram->whole.field[field].hi;
		struct walk a = walk_start(diagram, left, field);
		struct walk b = walk_start(diagram, right, field);
		while (walk_child(diagram, &a) == walk_child(diagram, &b)) {
			u128 end_a = walk_end(diagram, &a, whole);
			u128 end_b = walk_end(diagram, &b, whole);
			point[field] = (end_a < end_b ? end_a : end_b) + 1;
			a.at += end_a <= end_b;
			b.at += end_b <= end_a;
		}
		left = walk_child(diagram, &a);
		right = walk_child(diagram, &b);
	}
	return true;
}
