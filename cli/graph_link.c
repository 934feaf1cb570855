/* SPDX-License-Identifier: Apache-2.0
 *
 * What joins two zones: conduits, and violations beside them. */
#include "config.h"
#include "cli/graph_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SERVICES_SHOWN = 3 };

/* ---- links ---- */

/* Zones of one row are joined through a node between the rows that holds the
 * label: Graphviz sets the label of an edge within a row on top of other lines,
 * and frees the row twice when it gives the layout back. */
struct link {
	Agnode_t *through;   /* NULL: one edge, edges[0], between the zones */
	Agedge_t *edges[2];  /* through it: those of left and of right */
	bool left_is_upper;  /* through it: the zones are above */
};

static Agnode_t *link_through(struct graph *graph, zone_id left, zone_id right, const char *key)
{
	unsigned row = graph->zone_row[left];
	struct strbuf name = STRBUF_INIT;

	row = row > 0 ? row - 1 : row + 1;
	graph_row(graph, row);
	strbuf_printf(&name, "%s %u %u", key, (unsigned)left, (unsigned)right);
	Agnode_t *node = graph_node(graph, row, "link", strbuf_text(&name));
	strbuf_release(&name);
	graph_set(node, "shape", "plain");
	graph_set(node, "style", "");
	graph_set(node, "fontsize", "11");
	return node;
}

static Agedge_t *link_edge(struct graph *graph, Agnode_t *one, Agnode_t *other, bool one_is_upper,
			   const char *key)
{
	return graph_edge(graph, one_is_upper ? one : other, one_is_upper ? other : one, key);
}

/* KEY tells links of the same zones apart. */
static struct link link_make(struct graph *graph, zone_id left, zone_id right, const char *key)
{
	Agnode_t *l = graph_zone(graph, left), *r = graph_zone(graph, right);
	unsigned row = graph->zone_row[left];
	struct link link = { .left_is_upper = row <= graph->zone_row[right] };

	if (left == right || row != graph->zone_row[right]) {
		link.edges[0] = link_edge(graph, l, r, link.left_is_upper, key);
		return link;
	}
	link.left_is_upper = row == 0;
	link.through = link_through(graph, left, right, key);
	link.edges[0] = link_edge(graph, l, link.through, link.left_is_upper, key);
	link.edges[1] = link_edge(graph, r, link.through, link.left_is_upper, key);
	return link;
}

static void link_set(const struct link *link, const char *name, const char *value)
{
	graph_set(link->edges[0], name, value);
	if (link->through != NULL)
		graph_set(link->edges[1], name, value);
}

static void *link_label(const struct link *link)
{
	return link->through != NULL ? (void *)link->through : (void *)link->edges[0];
}

static const char *link_dir(bool at_tail, bool at_head)
{
	return at_tail ? (at_head ? "both" : "back") : (at_head ? "forward" : "none");
}

static void link_arrows(const struct link *link, bool into_left, bool into_right)
{
	bool upper = link->left_is_upper;

	if (link->through == NULL) {
		graph_set(link->edges[0], "dir",
			  upper ? link_dir(into_left, into_right) : link_dir(into_right, into_left));
		return;
	}
	graph_set(link->edges[0], "dir", link_dir(upper && into_left, !upper && into_left));
	graph_set(link->edges[1], "dir", link_dir(upper && into_right, !upper && into_right));
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

static void crossing_label(struct graph *graph, void *holder, const struct crossing *crossing)
{
	struct strbuf label = STRBUF_INIT;

	strbuf_puts(&label, "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" "
			    "cellpadding=\"1\"><tr><td><font color=\"#1f3a5f\"><b>&#160;&#160;");
	graph_html(&label, crossing->conduit->name);
	strbuf_puts(&label, "&#160;</b></font></td></tr>");
	for (size_t i = 0; i < crossing->shown; i++)
		graph_detail(&label, crossing->services[i]);
	if (crossing->more > 0)
		graph_detail(&label, "and more");
	strbuf_puts(&label, "</table>");
	graph_set_html(graph, holder, "label", &label);
}

static void crossing_draw(struct graph *graph, const struct crossing *crossing)
{
	struct link link =
		link_make(graph, crossing->left, crossing->right, crossing->conduit->name);

	crossing_label(graph, link_label(&link), crossing);
	link_arrows(&link, crossing->back, crossing->forward);
	link_set(&link, "tooltip", strbuf_text(&crossing->rules));
	if (!crossing->forward && !crossing->back)
		link_set(&link, "style", "dotted");
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

void graph_conduits(struct graph *graph)
{
	for (size_t i = 0; i < graph->model->conduit_count; i++)
		conduit_draw(graph, &graph->model->conduits[i]);
}

/* ---- violations ---- */

static void violation_label(void *holder, const struct graph_violation *list, size_t count)
{
	struct strbuf label = STRBUF_INIT;

	for (size_t i = 0; i < count && i < SERVICES_SHOWN; i++)
		strbuf_printf(&label, "%s  %" PRIu64 " × %s ", i > 0 ? "\n" : "",
			      list[i].conversations, list[i].service);
	if (count > SERVICES_SHOWN)
		strbuf_printf(&label, "\nand %zu more", count - SERVICES_SHOWN);
	graph_set(holder, "label", strbuf_text(&label));
	graph_set(holder, "fontcolor", "#d1001f");
	strbuf_release(&label);
}

/* Those from one zone to another, list[0..count): one red link. */
static void violation_draw(struct graph *graph, const struct graph_violation *list, size_t count)
{
	zone_id source = list[0].source, target = list[0].destination;
	/* Both ways between two zones are two links. */
	struct link link = link_make(graph, source, target,
				     source <= target ? "violation" : "violation back");

	violation_label(link_label(&link), list, count);
	link_arrows(&link, false, true);
	link_set(&link, "color", "#d1001f");
	link_set(&link, "penwidth", "2.6");
	if (source == target) { /* a conduit's loop is on the other side */
		link_set(&link, "tailport", "w");
		link_set(&link, "headport", "w");
	}
	link_set(&link, "style", "dashed");
}

void graph_violations(struct graph *graph)
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
