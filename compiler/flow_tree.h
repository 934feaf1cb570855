/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules by destination: a segment tree of one family over the edges of their unicast
 * ranges. Every range hangs at O(log n) nodes, and an address meets only the rules that
 * hold it, at the nodes from its leaf up to the root. */
#ifndef COMPILER_FLOW_TREE_H
#define COMPILER_FLOW_TREE_H

#include "base/vec.h"
#include "compiler/model.h"

VEC_TYPE(flow_tree_rules, uint32_t);

struct flow_tree { /* leaf i covers [edges[i], edges[i + 1]) */
	VEC(u128) edges;
	size_t leaves;                 /* a power of two */
	struct flow_tree_rules *nodes; /* heap order, root 1: indexes of rules */
};

/* Of every rule of the model; release it. */
void flow_tree_build(struct flow_tree *tree, const struct model *model, enum family family);
void flow_tree_release(struct flow_tree *tree);
/* The node of the leaf that holds an address; its parent is half of it. */
size_t flow_tree_node(const struct flow_tree *tree, u128 value);

#endif
