/* SPDX-License-Identifier: Apache-2.0
 *
 * Building the tree: edges are sorted once, ranges inserted bottom up. */
#include "config.h"
#include "compiler/flow_tree.h"

#include <stdlib.h>

static int edge_order(const void *left, const void *right)
{
	u128 a = *(const u128 *)left, b = *(const u128 *)right;
	return (a > b) - (a < b);
}

static void tree_edges(struct flow_tree *tree, const struct model *model, enum family family)
{
	size_t kept = 0;

	vec_push(&tree->edges, 0);
	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t p = 0; p < model->rules[i].pair_count; p++) {
			const struct set *set =
				model->rules[i].pairs[p].destination.unicast.family[family];
			for (size_t k = 0; k < set->len; k++) {
				vec_push(&tree->edges, set->range[k].lo);
				if (set->range[k].hi != address_max(family))
					vec_push(&tree->edges, set->range[k].hi + 1);
			}
		}
	qsort(tree->edges.data, tree->edges.len, sizeof(u128), edge_order);
	for (size_t i = 0; i < tree->edges.len; i++)
		if (i == 0 || tree->edges.data[i] != tree->edges.data[kept - 1])
			tree->edges.data[kept++] = tree->edges.data[i];
	tree->edges.len = kept;
	for (tree->leaves = 1; tree->leaves < kept;)
		tree->leaves *= 2;
	tree->nodes = memory_array(2 * tree->leaves, sizeof(*tree->nodes));
}

/* The leaf that holds an address. */
static size_t tree_leaf(const struct flow_tree *tree, u128 value)
{
	size_t lo = 0, hi = tree->edges.len;

	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;
		if (tree->edges.data[middle] <= value)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

static void tree_hang(struct flow_tree *tree, size_t node, uint32_t rule)
{
	struct flow_tree_rules *refs = &tree->nodes[node];

	if (refs->len == 0 || refs->data[refs->len - 1] != rule)
		vec_push(refs, rule);
}

static void tree_insert(struct flow_tree *tree, struct range range, uint32_t rule)
{
	size_t lo = tree_leaf(tree, range.lo) + tree->leaves;
	size_t hi = tree_leaf(tree, range.hi) + tree->leaves + 1;

	for (; lo < hi; lo /= 2, hi /= 2) {
		if (lo & 1)
			tree_hang(tree, lo++, rule);
		if (hi & 1)
			tree_hang(tree, --hi, rule);
	}
}

void flow_tree_build(struct flow_tree *tree, const struct model *model, enum family family)
{
	tree_edges(tree, model, family);
	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t p = 0; p < model->rules[i].pair_count; p++) {
			const struct set *set =
				model->rules[i].pairs[p].destination.unicast.family[family];
			for (size_t k = 0; k < set->len; k++)
				tree_insert(tree, set->range[k], (uint32_t)i);
		}
}

void flow_tree_release(struct flow_tree *tree)
{
	for (size_t i = 0; i < 2 * tree->leaves; i++)
		vec_free(&tree->nodes[i]);
	free(tree->nodes);
	vec_free(&tree->edges);
}

size_t flow_tree_node(const struct flow_tree *tree, u128 value)
{
	return tree_leaf(tree, value) + tree->leaves;
}
