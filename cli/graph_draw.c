/* SPDX-License-Identifier: Apache-2.0
 *
 * From a model to a graph: rows, zones, devices and the whole. A row holds the
 * zones of one level, or, below it, the devices that join it to what lies lower.
 * Every edge runs from its upper end to its lower one, so that no edge works
 * against the rows; arrowheads alone tell who may initiate. */
#include "config.h"
#include "cli/graph_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

enum { SUBNETS_SHOWN = 3 };

struct level_look {
	const char *title, *fill, *line;
};

/* Purdue's levels, as the reference model names them; cold to warm downwards. */
static const struct level_look level_looks[LEVEL_COUNT] = {
	[LEVEL_0] = { "process", "#fde0dc", "#c0392b" },
	[LEVEL_1] = { "basic control", "#fdebd0", "#ca6f1e" },
	[LEVEL_2] = { "area supervision", "#fcf3cf", "#b7950b" },
	[LEVEL_3] = { "site operations", "#e3f4e1", "#2e8b57" },
	[LEVEL_3_5] = { "industrial DMZ", "#d8f3f0", "#148f8a" },
	[LEVEL_4] = { "enterprise", "#dfeaf8", "#2e6fb0" },
	[LEVEL_5] = { "outside", "#ececf1", "#6c6f85" },
};

/* ---- Graphviz's strings are not const; it copies what it is given ---- */

void graph_set(void *object, const char *name, const char *value)
{
	agsafeset(object, (char *)name, (char *)value, (char *)"");
}

static void draw_default(Agraph_t *graph, int kind, const char *name, const char *value)
{
	agattr(graph, kind, (char *)name, (char *)value);
}

void graph_set_html(struct graph *graph, void *object, const char *name, struct strbuf *text)
{
	char *html = agstrdup_html(graph->root, (char *)strbuf_text(text));

	graph_set(object, name, html);
	agstrfree(graph->root, html);
	strbuf_release(text);
}

Agnode_t *graph_node(struct graph *graph, unsigned row, const char *kind, const char *name)
{
	struct strbuf id = STRBUF_INIT;

	/* Zones, devices and margins share Graphviz's one namespace. */
	strbuf_printf(&id, "%s %s", kind, name);
	Agnode_t *node = agnode(graph->rows[row], (char *)strbuf_text(&id), 1);
	strbuf_release(&id);
	return node;
}

/* KEY tells parallel edges apart. */
Agedge_t *graph_edge(struct graph *graph, Agnode_t *tail, Agnode_t *head, const char *key)
{
	return agedge(graph->root, tail, head, (char *)key, 1);
}

void graph_html(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&': strbuf_puts(out, "&amp;"); break;
		case '<': strbuf_puts(out, "&lt;"); break;
		case '>': strbuf_puts(out, "&gt;"); break;
		case '"': strbuf_puts(out, "&quot;"); break;
		default: strbuf_putc(out, *text);
		}
	}
}

/* ---- rows ---- */

static unsigned row_of_level(enum level level)
{
	return 2 * (unsigned)(LEVEL_5 - level);
}

void graph_row(struct graph *graph, unsigned row)
{
	char name[16];

	if (graph->rows[row] != NULL)
		return;
	snprintf(name, sizeof(name), "row %u", row);
	/* Named ones would be written in the order of their names' addresses. */
	graph->rows[row] = agsubg(graph->root, NULL, 1);
	graph_set(graph->rows[row], "rank", "same");
	graph->margins[row] = graph_node(graph, row, "margin", name + strlen("row "));
	graph_set(graph->margins[row], "shape", "point");
	graph_set(graph->margins[row], "style", "invis");
}

static void row_title(struct graph *graph, enum level level)
{
	const struct level_look *look = &level_looks[level];
	Agnode_t *margin = graph->margins[row_of_level(level)];
	struct strbuf label = STRBUF_INIT;

	strbuf_printf(&label,
		      "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">"
		      "<tr><td align=\"right\"><font color=\"%s\"><b>Level %s</b></font></td></tr>"
		      "<tr><td align=\"right\"><font color=\"#6b7280\" point-size=\"10\">%s</font>"
		      "</td></tr></table>",
		      look->line, level_name(level), look->title);
	graph_set_html(graph, margin, "label", &label);
	graph_set(margin, "shape", "plain");
	graph_set(margin, "style", "");
}

/* Holds the rows in their order, whatever the other edges would like. */
static void row_spine(struct graph *graph)
{
	Agnode_t *above = NULL;

	for (unsigned row = 0; row < ROW_COUNT; row++) {
		if (graph->margins[row] == NULL)
			continue;
		if (above != NULL) {
			Agedge_t *edge = graph_edge(graph, above, graph->margins[row], "spine");
			graph_set(edge, "style", "invis");
			graph_set(edge, "weight", "1000");
		}
		above = graph->margins[row];
	}
}

/* Keeps a row's margin to the left of its nodes. */
static void row_join(struct graph *graph, unsigned row, Agnode_t *node)
{
	graph_set(graph_edge(graph, graph->margins[row], node, "margin"), "style", "invis");
}

/* ---- zones ---- */

void graph_detail(struct strbuf *label, const char *text)
{
	strbuf_puts(label, "<tr><td><font point-size=\"10\" color=\"#4b5563\">");
	graph_html(label, text);
	strbuf_puts(label, "</font></td></tr>");
}

static void zone_subnets(struct strbuf *label, const struct zone *zone)
{
	char text[ADDRESS_RANGE_TEXT];
	size_t shown = 0, more = 0;

	for (const struct tree_range *r = zone->tree->subnets; r != NULL; r = r->next) {
		if (shown == SUBNETS_SHOWN) {
			more++;
			continue;
		}
		graph_detail(label, address_range_print(&r->range, text));
		shown++;
	}
	if (more > 0) {
		snprintf(text, sizeof(text), "and %zu more", more);
		graph_detail(label, text);
	}
}

static size_t zone_asset_count(const struct model *model, zone_id zone)
{
	size_t count = 0;

	for (size_t i = 0; i < model->asset_count; i++)
		for (size_t j = 0; j < model->assets[i].member_count; j++)
			count += model->assets[i].member_of[j] == zone;
	return count;
}

static void zone_facts(struct strbuf *label, const struct model *model, zone_id id)
{
	const struct zone *zone = &model->zones[id];
	struct strbuf facts = STRBUF_INIT;
	size_t assets = zone_asset_count(model, id);

	if (assets > 0)
		strbuf_printf(&facts, " · %zu asset%s", assets, assets == 1 ? "" : "s");
	for (size_t i = 0; i < zone->vlan_count; i++)
		strbuf_printf(&facts, " · VLAN %u", zone->vlans[i]);
	if (zone->security_level > 0)
		strbuf_printf(&facts, " · SL-T %u", zone->security_level);
	if (zone->tree->intrazone_deny)
		strbuf_puts(&facts, " · intrazone deny");
	if (facts.len > 0)
		graph_detail(label, strbuf_text(&facts) + strlen(" · "));
	strbuf_release(&facts);
}

static void zone_draw(struct graph *graph, zone_id id)
{
	const struct zone *zone = &graph->model->zones[id];
	const struct level_look *look = &level_looks[zone->level];
	struct strbuf label = STRBUF_INIT;
	unsigned row = row_of_level(zone->level);

	graph_row(graph, row);
	row_title(graph, zone->level);
	graph->zone_row[id] = row;
	graph->zones[id] = graph_node(graph, row, "zone", zone->name);
	strbuf_puts(&label, "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
			    "cellpadding=\"1\"><tr><td><b>");
	graph_html(&label, zone->name);
	strbuf_puts(&label, "</b></td></tr>");
	if (zone->tree != NULL) {
		zone_subnets(&label, zone);
		zone_facts(&label, graph->model, id);
	}
	strbuf_puts(&label, "</table>");
	graph_set_html(graph, graph->zones[id], "label", &label);
	graph_set(graph->zones[id], "fillcolor", look->fill);
	graph_set(graph->zones[id], "color", look->line);
	if (zone->tree == NULL)
		graph_set(graph->zones[id], "style", "rounded,filled,dashed");
	row_join(graph, row, graph->zones[id]);
}

Agnode_t *graph_zone(struct graph *graph, zone_id id)
{
	if (graph->zones[id] != NULL)
		return graph->zones[id];
	if (id < graph->model->zone_count) { /* external, now that something touches it */
		zone_draw(graph, id);
		return graph->zones[id];
	}
	unsigned row = row_of_level(LEVEL_5);
	graph_row(graph, row);
	graph->zone_row[id] = row;
	graph->zones[id] = graph_node(graph, row, "unknown", "place");
	graph_set(graph->zones[id], "label", "unknown place");
	graph_set(graph->zones[id], "style", "rounded,dashed");
	row_join(graph, row, graph->zones[id]);
	return graph->zones[id];
}

/* ---- devices ---- */

static int device_row_order(const void *left, const void *right)
{
	unsigned a = *(const unsigned *)left, b = *(const unsigned *)right;
	return a < b ? -1 : a > b;
}

/* Below the middle one of the levels it faces. */
static unsigned device_row(const struct model *model, const struct device *device)
{
	VEC(unsigned) rows = VEC_INIT;
	unsigned row = row_of_level(LEVEL_3) + 1;

	for (size_t i = 0; i < device->interface_count; i++)
		for (size_t j = 0; j < device->interfaces[i].face_count; j++) {
			zone_id zone = device->interfaces[i].faces[j];
			vec_push(&rows, row_of_level(model->zones[zone].level));
		}
	if (rows.len > 0) {
		qsort(rows.data, rows.len, sizeof(*rows.data), device_row_order);
		row = rows.data[(rows.len - 1) / 2] + 1;
	}
	vec_free(&rows);
	return row;
}

/* A redundant pair is one device, drawn as the first of it. */
static bool device_same(const struct device *one, const struct device *other)
{
	return one == other || (one->cluster != NULL && other->cluster != NULL &&
				strcmp(one->cluster, other->cluster) == 0);
}

static const struct device *device_first(const struct model *model, const struct device *device)
{
	const struct device *first = model->devices;

	while (!device_same(first, device))
		first++;
	return first;
}

static void device_names(struct strbuf *label, const struct model *model,
			 const struct device *first)
{
	for (size_t i = first->index; i < model->device_count; i++) {
		if (!device_same(first, &model->devices[i]))
			continue;
		if (i > first->index)
			strbuf_puts(label, ", ");
		graph_html(label, model->devices[i].name);
	}
}

static void device_label(struct graph *graph, Agnode_t *node, const struct device *device)
{
	struct strbuf label = STRBUF_INIT;

	strbuf_puts(&label, "<b>");
	device_names(&label, graph->model, device);
	strbuf_puts(&label, "</b><br/><font point-size=\"10\" color=\"#d1d5db\">");
	graph_html(&label, device->platform != NULL ? device->platform : "device");
	if (device->stage == STAGE_MONITOR)
		strbuf_puts(&label, " · monitors only");
	if (device->cluster != NULL) {
		strbuf_puts(&label, " · cluster ");
		graph_html(&label, device->cluster);
	}
	strbuf_puts(&label, "</font>");
	graph_set_html(graph, node, "label", &label);
}

static void device_wire(struct graph *graph, Agnode_t *device, unsigned row,
			const struct interface *interface, zone_id zone)
{
	Agnode_t *node = graph_zone(graph, zone);
	bool zone_above = graph->zone_row[zone] < row;
	Agedge_t *edge = graph_edge(graph, zone_above ? node : device, zone_above ? device : node,
				    interface->name);
	struct strbuf label = STRBUF_INIT;

	/* Blanks keep the name off its line. */
	strbuf_printf(&label, "  %s ", interface->name);
	graph_set(edge, "label", strbuf_text(&label));
	strbuf_release(&label);
	graph_set(edge, "dir", "none");
	graph_set(edge, "color", "#9ca3af");
	graph_set(edge, "fontcolor", "#6b7280");
	graph_set(edge, "fontsize", "10");
	graph_set(edge, "penwidth", "1");
}

static void device_node(struct graph *graph, unsigned row, const struct device *device)
{
	Agnode_t *node = graph_node(graph, row, "device", device->name);

	device_label(graph, node, device);
	graph_set(node, "shape", "box");
	graph_set(node, "style", device->stage == STAGE_MONITOR ? "filled,dashed" : "filled");
	graph_set(node, "fillcolor", "#374151");
	graph_set(node, "color", "#111827");
	graph_set(node, "fontcolor", "white");
	row_join(graph, row, node);
}

static void device_draw(struct graph *graph, const struct device *device)
{
	const struct device *first = device_first(graph->model, device);
	unsigned row = device_row(graph->model, first);

	graph_row(graph, row);
	if (first == device)
		device_node(graph, row, device);
	Agnode_t *node = graph_node(graph, row, "device", first->name);
	for (size_t i = 0; i < device->interface_count; i++)
		for (size_t j = 0; j < device->interfaces[i].face_count; j++)
			device_wire(graph, node, row, &device->interfaces[i],
				    device->interfaces[i].faces[j]);
}

/* ---- the whole ---- */

static void graph_defaults(Agraph_t *root)
{
	static const struct {
		int kind;
		const char *name, *value;
	} defaults[] = {
		{ AGRAPH, "rankdir", "TB" },
		{ AGRAPH, "bgcolor", "white" },
		{ AGRAPH, "fontname", "Helvetica,Arial,sans-serif" },
		{ AGRAPH, "fontsize", "18" },
		{ AGRAPH, "labelloc", "t" },
		{ AGRAPH, "nodesep", "0.5" },
		{ AGRAPH, "ranksep", "0.35" },
		{ AGRAPH, "pad", "0.3" },
		{ AGNODE, "fontname", "Helvetica,Arial,sans-serif" },
		{ AGNODE, "fontsize", "13" },
		{ AGNODE, "shape", "box" },
		{ AGNODE, "style", "rounded,filled" },
		{ AGNODE, "fillcolor", "white" },
		{ AGNODE, "penwidth", "1.4" },
		{ AGNODE, "margin", "0.15,0.08" },
		{ AGEDGE, "fontname", "Helvetica,Arial,sans-serif" },
		{ AGEDGE, "fontsize", "11" },
		{ AGEDGE, "color", "#1f5fa8" },
		{ AGEDGE, "penwidth", "1.8" },
		{ AGEDGE, "arrowsize", "0.8" },
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		draw_default(root, defaults[i].kind, defaults[i].name, defaults[i].value);
}

Agraph_t *graph_draw(const struct model *model, const struct graph_overlay *overlay)
{
	struct graph graph = { .model = model, .overlay = overlay };

	graph.root = agopen((char *)"cordon", Agdirected, NULL);
	graph.zones = memory_array(model->zone_count + 1, sizeof(*graph.zones));
	graph.zone_row = memory_array(model->zone_count + 1, sizeof(*graph.zone_row));
	graph_defaults(graph.root);
	graph_set(graph.root, "label", model->name);
	for (zone_id id = 0; id + 1U < model->zone_count; id++)
		zone_draw(&graph, id);
	graph_conduits(&graph);
	for (size_t i = 0; i < model->device_count; i++)
		device_draw(&graph, &model->devices[i]);
	if (overlay != NULL)
		graph_violations(&graph);
	row_spine(&graph);
	free(graph.zones);
	free(graph.zone_row);
	return graph.root;
}
