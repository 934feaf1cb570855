/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that draw a graph share: the graph being drawn, and Graphviz
 * with strings that it copies and does not change. */
#ifndef CLI_GRAPH_PARTS_H
#define CLI_GRAPH_PARTS_H

#include "base/strbuf.h"
#include "cli/graph.h"

enum { ROW_COUNT = 2 * LEVEL_COUNT };

struct graph {
	const struct model *model;
	const struct graph_overlay *overlay;
	Agraph_t *root;
	Agraph_t *rows[ROW_COUNT];     /* rank=same; NULL: nothing is there */
	Agnode_t *margins[ROW_COUNT];  /* the row's leftmost node */
	Agnode_t **zones;              /* zone_count + 1, the last for unknown places */
	unsigned *zone_row;
};

/* ---- graph_draw.c ---- */
void graph_set(void *object, const char *name, const char *value);
/* Takes and releases the text. */
void graph_set_html(struct graph *graph, void *object, const char *name, struct strbuf *text);
void graph_html(struct strbuf *out, const char *text);
/* One line of a table, in small grey letters. */
void graph_detail(struct strbuf *label, const char *text);
void graph_row(struct graph *graph, unsigned row);
/* The node of that kind and name, made in the row if it is new. */
Agnode_t *graph_node(struct graph *graph, unsigned row, const char *kind, const char *name);
/* KEY tells parallel edges apart; the same key is the same edge. */
Agedge_t *graph_edge(struct graph *graph, Agnode_t *tail, Agnode_t *head, const char *key);
/* The zone's node; external, and zone_count for unknown places, are drawn when
 * something touches them. */
Agnode_t *graph_zone(struct graph *graph, zone_id id);

/* ---- graph_link.c ---- */
void graph_conduits(struct graph *graph);
void graph_violations(struct graph *graph);

#endif
