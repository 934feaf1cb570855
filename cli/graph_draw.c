/* SPDX-License-Identifier: Apache-2.0
 *
 * From a model to a graph: rows, nodes and edges with their attributes. A row
 * holds the zones of one level, or, below it, the devices that join it to what
 * lies lower. Every edge runs from its upper end to its lower one, so that no
 * edge works against the rows; arrowheads alone tell who may initiate. */
#include "config.h"
#include "cli/graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

enum { ROW_COUNT = 2 * LEVEL_COUNT, SUBNETS_SHOWN = 3, SERVICES_SHOWN = 3 };

struct graph {
	const struct model *model;
	const struct graph_overlay *overlay;
	Agraph_t *root;
	Agraph_t *rows[ROW_COUNT];     /* rank=same; NULL: nothing is there */
	Agnode_t *margins[ROW_COUNT];  /* the row's leftmost node */
	Agnode_t **zones;              /* zone_count + 1, the last for unknown places */
	unsigned *zone_row;
};

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

static void draw_set(void *object, const char *name, const char *value)
{
	agsafeset(object, (char *)name, (char *)value, (char *)"");
}

static void draw_default(Agraph_t *graph, int kind, const char *name, const char *value)
{
	agattr(graph, kind, (char *)name, (char *)value);
}

static void draw_html(struct graph *graph, void *object, const char *name, struct strbuf *text)
{
	char *html = agstrdup_html(graph->root, (char *)strbuf_text(text));

	draw_set(object, name, html);
	agstrfree(graph->root, html);
	strbuf_release(text);
}

static Agnode_t *draw_node(struct graph *graph, unsigned row, const char *kind, const char *name)
{
	struct strbuf id = STRBUF_INIT;

	/* Zones, devices and margins share Graphviz's one namespace. */
	strbuf_printf(&id, "%s %s", kind, name);
	Agnode_t *node = agnode(graph->rows[row], (char *)strbuf_text(&id), 1);
	strbuf_release(&id);
	return node;
}

/* KEY tells parallel edges apart. */
static Agedge_t *draw_edge(struct graph *graph, Agnode_t *tail, Agnode_t *head, const char *key)
{
	return agedge(graph->root, tail, head, (char *)key, 1);
}

static void html_text(struct strbuf *out, const char *text)
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

static void row_make(struct graph *graph, unsigned row)
{
	char name[16];

	if (graph->rows[row] != NULL)
		return;
	snprintf(name, sizeof(name), "row %u", row);
	graph->rows[row] = agsubg(graph->root, name, 1);
	draw_set(graph->rows[row], "rank", "same");
	graph->margins[row] = draw_node(graph, row, "margin", name + strlen("row "));
	draw_set(graph->margins[row], "shape", "point");
	draw_set(graph->margins[row], "style", "invis");
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
	draw_html(graph, margin, "label", &label);
	draw_set(margin, "shape", "plain");
	draw_set(margin, "style", "");
}

/* Holds the rows in their order, whatever the other edges would like. */
static void row_spine(struct graph *graph)
{
	Agnode_t *above = NULL;

	for (unsigned row = 0; row < ROW_COUNT; row++) {
		if (graph->margins[row] == NULL)
			continue;
		if (above != NULL) {
			Agedge_t *edge = draw_edge(graph, above, graph->margins[row], "spine");
			draw_set(edge, "style", "invis");
			draw_set(edge, "weight", "1000");
		}
		above = graph->margins[row];
	}
}

/* Keeps a row's margin to the left of its nodes. */
static void row_join(struct graph *graph, unsigned row, Agnode_t *node)
{
	draw_set(draw_edge(graph, graph->margins[row], node, "margin"), "style", "invis");
}

/* ---- zones ---- */

static void zone_detail(struct strbuf *label, const char *text)
{
	strbuf_puts(label, "<tr><td><font point-size=\"10\" color=\"#4b5563\">");
	html_text(label, text);
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
		zone_detail(label, address_range_print(&r->range, text));
		shown++;
	}
	if (more > 0) {
		snprintf(text, sizeof(text), "and %zu more", more);
		zone_detail(label, text);
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
		zone_detail(label, strbuf_text(&facts) + strlen(" · "));
	strbuf_release(&facts);
}

static void zone_draw(struct graph *graph, zone_id id)
{
	const struct zone *zone = &graph->model->zones[id];
	const struct level_look *look = &level_looks[zone->level];
	struct strbuf label = STRBUF_INIT;
	unsigned row = row_of_level(zone->level);

	row_make(graph, row);
	row_title(graph, zone->level);
	graph->zone_row[id] = row;
	graph->zones[id] = draw_node(graph, row, "zone", zone->name);
	strbuf_puts(&label, "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
			    "cellpadding=\"1\"><tr><td><b>");
	html_text(&label, zone->name);
	strbuf_puts(&label, "</b></td></tr>");
	if (zone->tree != NULL) {
		zone_subnets(&label, zone);
		zone_facts(&label, graph->model, id);
	}
	strbuf_puts(&label, "</table>");
	draw_html(graph, graph->zones[id], "label", &label);
	draw_set(graph->zones[id], "fillcolor", look->fill);
	draw_set(graph->zones[id], "color", look->line);
	if (zone->tree == NULL)
		draw_set(graph->zones[id], "style", "rounded,filled,dashed");
	row_join(graph, row, graph->zones[id]);
}

static Agnode_t *zone_node(struct graph *graph, zone_id id)
{
	if (graph->zones[id] != NULL)
		return graph->zones[id];
	if (id < graph->model->zone_count) { /* external, now that something touches it */
		zone_draw(graph, id);
		return graph->zones[id];
	}
	unsigned row = row_of_level(LEVEL_5);
	row_make(graph, row);
	graph->zone_row[id] = row;
	graph->zones[id] = draw_node(graph, row, "unknown", "place");
	draw_set(graph->zones[id], "label", "unknown place");
	draw_set(graph->zones[id], "style", "rounded,dashed");
	row_join(graph, row, graph->zones[id]);
	return graph->zones[id];
}

/* ---- conduits ---- */

/* The rules of one conduit between two of its zones. */
struct crossing {
	const struct conduit *conduit;
	zone_id left, right;
	bool forward, back;   /* some allow runs left to right, right to left */
	const char *services[SERVICES_SHOWN];
	size_t shown, more;
	struct strbuf rules;  /* a line each */
};

static bool crossing_pair(const struct model *model, const struct rule *rule, zone_id from,
			  zone_id to)
{
	struct address_set source = model->zones[from].owned, target = model->zones[to].owned;

	for (size_t i = 0; i < rule->pair_count; i++) {
		const struct pair *pair = &rule->pairs[i];
		bool starts = address_set_overlaps(pair->source, source) ||
			      zone_set_has(pair->source_zones, from);
		bool ends = address_set_overlaps(pair->destination.unicast, target) ||
			    zone_set_has(pair->destination.zones, to);
		if (starts && ends)
			return true;
	}
	return false;
}

static void crossing_service(struct crossing *crossing, const char *label)
{
	for (size_t i = 0; i < crossing->shown; i++)
		if (strcmp(crossing->services[i], label) == 0)
			return;
	if (crossing->shown < SERVICES_SHOWN)
		crossing->services[crossing->shown++] = label;
	else
		crossing->more++;
}

static void crossing_rule(struct crossing *crossing, const struct model *model,
			  const struct rule *rule)
{
	bool forward = crossing_pair(model, rule, crossing->left, crossing->right);
	bool back = crossing_pair(model, rule, crossing->right, crossing->left);

	if (!forward && !back)
		return;
	if (crossing->rules.len > 0)
		strbuf_putc(&crossing->rules, '\n');
	strbuf_puts(&crossing->rules, rule->label);
	if (!rule->allow)
		return;
	crossing->forward |= forward;
	crossing->back |= back;
	for (size_t i = 0; i < rule->match_count; i++)
		crossing_service(crossing, rule->matches[i].label);
}

static void crossing_label(struct graph *graph, Agedge_t *edge, const struct crossing *crossing)
{
	struct strbuf label = STRBUF_INIT;

	strbuf_puts(&label, "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
			    "cellpadding=\"1\"><tr><td><font color=\"#1f3a5f\"><b>&#160;&#160;");
	html_text(&label, crossing->conduit->name);
	strbuf_puts(&label, "&#160;</b></font></td></tr>");
	for (size_t i = 0; i < crossing->shown; i++)
		zone_detail(&label, crossing->services[i]);
	if (crossing->more > 0)
		zone_detail(&label, "and more");
	strbuf_puts(&label, "</table>");
	draw_html(graph, edge, "label", &label);
}

/* Arrowheads for an edge whose tail is the upper end. */
static const char *crossing_dir(const struct crossing *crossing, bool left_is_tail)
{
	if (crossing->forward && crossing->back)
		return "both";
	if (!crossing->forward && !crossing->back)
		return "none";
	return crossing->forward == left_is_tail ? "forward" : "back";
}

static void crossing_draw(struct graph *graph, const struct crossing *crossing)
{
	Agnode_t *left = zone_node(graph, crossing->left);
	Agnode_t *right = zone_node(graph, crossing->right);
	bool down = graph->zone_row[crossing->left] <= graph->zone_row[crossing->right];
	Agedge_t *edge = draw_edge(graph, down ? left : right, down ? right : left,
				   crossing->conduit->name);

	crossing_label(graph, edge, crossing);
	draw_set(edge, "dir", crossing_dir(crossing, down));
	draw_set(edge, "tooltip", strbuf_text(&crossing->rules));
	if (!crossing->forward && !crossing->back)
		draw_set(edge, "style", "dotted");
}

static bool crossing_find(struct crossing *crossing, const struct model *model)
{
	for (size_t i = 0; i < model->rule_count; i++)
		if (model->rules[i].conduit == crossing->conduit)
			crossing_rule(crossing, model, &model->rules[i]);
	return crossing->forward || crossing->back;
}

/* One edge a pair of zones that some allow joins; each pair asks every rule,
 * for pictures have few zones and a drawing costs more than that. A conduit that allows nothing
 * is still a decision and drawn, dotted, between its first two zones. */
static void conduit_draw(struct graph *graph, const struct conduit *conduit)
{
	const struct model *model = graph->model;
	bool within = conduit->kind == CONDUIT_WITHIN, drawn = false;
	struct crossing first = { .conduit = conduit, .left = ZONE_NONE };

	for (zone_id l = 0; l < model->zone_count; l++) {
		for (zone_id r = 0; r < model->zone_count; r++) {
			struct crossing crossing = { .conduit = conduit, .left = l, .right = r };
			if (!zone_set_has(conduit->left, l) ||
			    (within ? l != r : !zone_set_has(conduit->right, r)))
				continue;
			if (first.left == ZONE_NONE)
				first = crossing;
			if (crossing_find(&crossing, model)) {
				crossing_draw(graph, &crossing);
				drawn = true;
			}
			strbuf_release(&crossing.rules);
		}
	}
	if (!drawn && first.left != ZONE_NONE)
		crossing_draw(graph, &first);
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

static void device_label(struct graph *graph, Agnode_t *node, const struct device *device)
{
	struct strbuf label = STRBUF_INIT;

	strbuf_puts(&label, "<b>");
	html_text(&label, device->name);
	strbuf_puts(&label, "</b><br/><font point-size=\"10\" color=\"#d1d5db\">");
	html_text(&label, device->platform != NULL ? device->platform : "device");
	if (device->stage == STAGE_MONITOR)
		strbuf_puts(&label, " · monitors only");
	if (device->cluster != NULL) {
		strbuf_puts(&label, " · cluster ");
		html_text(&label, device->cluster);
	}
	strbuf_puts(&label, "</font>");
	draw_html(graph, node, "label", &label);
}

static void device_wire(struct graph *graph, Agnode_t *device, unsigned row,
			const struct interface *interface, zone_id zone)
{
	Agnode_t *node = zone_node(graph, zone);
	bool zone_above = graph->zone_row[zone] < row;
	Agedge_t *edge = draw_edge(graph, zone_above ? node : device, zone_above ? device : node,
				   interface->name);
	struct strbuf label = STRBUF_INIT;

	/* Blanks keep the name off its line. */
	strbuf_printf(&label, "  %s ", interface->name);
	draw_set(edge, "label", strbuf_text(&label));
	strbuf_release(&label);
	draw_set(edge, "dir", "none");
	draw_set(edge, "color", "#9ca3af");
	draw_set(edge, "fontcolor", "#6b7280");
	draw_set(edge, "fontsize", "10");
	draw_set(edge, "penwidth", "1");
}

static void device_draw(struct graph *graph, const struct device *device)
{
	unsigned row = device_row(graph->model, device);

	row_make(graph, row);
	Agnode_t *node = draw_node(graph, row, "device", device->name);
	device_label(graph, node, device);
	draw_set(node, "shape", "box");
	draw_set(node, "style", device->stage == STAGE_MONITOR ? "filled,dashed" : "filled");
	draw_set(node, "fillcolor", "#374151");
	draw_set(node, "color", "#111827");
	draw_set(node, "fontcolor", "white");
	row_join(graph, row, node);
	for (size_t i = 0; i < device->interface_count; i++)
		for (size_t j = 0; j < device->interfaces[i].face_count; j++)
			device_wire(graph, node, row, &device->interfaces[i],
				    device->interfaces[i].faces[j]);
}

/* ---- violations ---- */

/* Those from one zone to another, list[0..count): one red edge. */
static void violation_draw(struct graph *graph, const struct graph_violation *list, size_t count)
{
	zone_id source = list[0].source, target = list[0].destination;
	Agnode_t *from = zone_node(graph, source), *to = zone_node(graph, target);
	bool down = graph->zone_row[source] <= graph->zone_row[target];
	Agedge_t *edge = draw_edge(graph, down ? from : to, down ? to : from,
				   down ? "violation" : "violation upwards");
	struct strbuf label = STRBUF_INIT;

	for (size_t i = 0; i < count && i < SERVICES_SHOWN; i++)
		strbuf_printf(&label, "%s  %" PRIu64 " × %s ", i > 0 ? "\n" : "",
			      list[i].conversations, list[i].service);
	if (count > SERVICES_SHOWN)
		strbuf_printf(&label, "\nand %zu more", count - SERVICES_SHOWN);
	draw_set(edge, "label", strbuf_text(&label));
	strbuf_release(&label);
	draw_set(edge, "dir", down ? "forward" : "back");
	draw_set(edge, "color", "#d1001f");
	draw_set(edge, "fontcolor", "#d1001f");
	draw_set(edge, "penwidth", "2.6");
	if (source == target) { /* a conduit's loop is on the other side */
		draw_set(edge, "tailport", "w");
		draw_set(edge, "headport", "w");
	}
	draw_set(edge, "style", "dashed");
}

static void violations_draw(struct graph *graph)
{
	const struct graph_violation_list *list = &graph->overlay->violations;

	for (size_t i = 0, end; i < list->len; i = end) {
		for (end = i + 1; end < list->len; end++)
			if (list->data[end].source != list->data[i].source ||
			    list->data[end].destination != list->data[i].destination)
				break;
		violation_draw(graph, &list->data[i], end - i);
	}
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
	draw_set(graph.root, "label", model->name);
	for (zone_id id = 0; id + 1U < model->zone_count; id++)
		zone_draw(&graph, id);
	for (size_t i = 0; i < model->conduit_count; i++)
		conduit_draw(&graph, &model->conduits[i]);
	for (size_t i = 0; i < model->device_count; i++)
		device_draw(&graph, &model->devices[i]);
	if (overlay != NULL)
		violations_draw(&graph);
	row_spine(&graph);
	free(graph.zones);
	free(graph.zone_row);
	return graph.root;
}
