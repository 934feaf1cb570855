/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of an ethertype, which join stations and not addresses: whether two policies
 * say the same of them. What could make a frame's verdict another is written down for
 * each policy, line by line, and the lines compared; so a difference is never missed,
 * but what only looks different is one, too. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

VEC_TYPE(link_lines, char *);

static int link_order(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void link_sort(struct link_lines *lines)
{
	if (lines->len > 0)
		qsort(lines->data, lines->len, sizeof(*lines->data), link_order);
}

static void link_lines_free(struct link_lines *lines)
{
	for (size_t i = 0; i < lines->len; i++)
		free(lines->data[i]);
	vec_free(lines);
}

static void link_write_zones(struct strbuf *text, const struct model *model, struct zone_set set)
{
	struct link_lines names = VEC_INIT;

	for (zone_id zone = 0; zone < model->zone_count; zone++) {
		struct strbuf name = STRBUF_INIT;
		if (!zone_set_has(set, zone))
			continue;
		strbuf_printf(&name, " %s", model->zones[zone].name);
		vec_push(&names, strbuf_detach(&name));
	}
	link_sort(&names);
	for (size_t i = 0; i < names.len; i++)
		strbuf_puts(text, names.data[i]);
	link_lines_free(&names);
}

static void link_write_contents(struct strbuf *text, const struct model *model,
				const struct match *match)
{
	strbuf_printf(text, " : 0x%04x %s", match->ethertype,
		      model->protocols[match->protocol].name);
	for (size_t i = 0; i < match->operations->len && match->protocol != 0; i++)
		strbuf_printf(text, " %u-%u", (unsigned)match->operations->range[i].lo & 0xffff,
			      (unsigned)match->operations->range[i].hi & 0xffff);
}

/* When it is active: the names of modes, and of schedules with their dates. */
static void link_write_times(struct strbuf *text, const struct model *model,
			     const struct rule *rule)
{
	int64_t from, until;

	for (size_t mode = 0; rule->modes != MODE_EVERY && mode < model->mode_count; mode++)
		if ((rule->modes >> mode & 1) != 0)
			strbuf_printf(text, " in %s", model->modes[mode].name);
	if (rule->activity == NULL)
		return;
	activity_bounds(rule->activity, &from, &until);
	strbuf_printf(text, " from %" PRId64 " until %" PRId64, from, until);
	for (const struct tree_name *name = rule->tree->modifiers.during; name != NULL;
	     name = name->next)
		strbuf_printf(text, " during %s", name->text);
}

static void link_add_rule(struct link_lines *lines, const struct model *model,
			  const struct rule *rule)
{
	for (size_t m = 0; m < rule->match_count; m++) {
		for (size_t p = 0; p < rule->pair_count && rule->matches[m].ethertype_rule; p++) {
			struct strbuf text = STRBUF_INIT;
			strbuf_puts(&text, rule->allow ? "allow" : "deny");
			link_write_zones(&text, model, rule->pairs[p].source_zones);
			strbuf_puts(&text, " ->");
			link_write_zones(&text, model, rule->pairs[p].destination.zones);
			link_write_contents(&text, model, &rule->matches[m]);
			link_write_times(&text, model, rule);
			vec_push(lines, strbuf_detach(&text));
		}
	}
}

/* Where stations are: the VLANs of zones, the MACs of assets. */
static void link_add_stations(struct link_lines *lines, const struct model *model)
{
	char mac[MAC_TEXT];

	for (size_t z = 0; z < model->zone_count; z++) {
		const struct zone *zone = &model->zones[z];
		struct strbuf text = STRBUF_INIT;
		strbuf_printf(&text, "zone %s %d", zone->name, zone->intrazone_deny);
		for (size_t v = 0; v < zone->vlan_count; v++)
			strbuf_printf(&text, " %u", zone->vlans[v]);
		vec_push(lines, strbuf_detach(&text));
	}
	for (size_t a = 0; a < model->asset_count; a++) {
		const struct asset *asset = &model->assets[a];
		for (size_t i = 0; i < asset->mac_count; i++) {
			struct strbuf text = STRBUF_INIT;
			strbuf_puts(&text, mac_print(&asset->macs[i], mac));
			for (size_t z = 0; z < asset->member_count; z++)
				strbuf_printf(&text, " %s",
					      model->zones[asset->member_of[z]].name);
			vec_push(lines, strbuf_detach(&text));
		}
	}
}

static struct link_lines link_lines_of(const struct model *model)
{
	struct link_lines lines = VEC_INIT;

	for (size_t i = 0; i < model->rule_count; i++)
		link_add_rule(&lines, model, &model->rules[i]);
	if (lines.len > 0)
		link_add_stations(&lines, model);
	link_sort(&lines);
	return lines;
}

static bool link_is_timed(const struct model *model)
{
	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t m = 0; m < model->rules[i].match_count; m++)
			if (model->rules[i].matches[m].ethertype_rule &&
			    model->rules[i].activity != NULL)
				return true;
	return false;
}

static bool link_schedules_changed(const struct diff *diff)
{
	for (size_t i = 0; i < diff->fact_count; i++)
		if (diff->facts[i]->kind == FACT_SCHEDULE || diff->facts[i]->kind == FACT_POLICY)
			return true;
	return false;
}

bool diff_link_is_same(const struct diff *diff)
{
	struct link_lines old = link_lines_of(diff->model[DIFF_OLD]);
	struct link_lines new = link_lines_of(diff->model[DIFF_NEW]);
	bool same = old.len == new.len;

	for (size_t i = 0; same && i < old.len; i++)
		same = strcmp(old.data[i], new.data[i]) == 0;
	if (same && link_is_timed(diff->model[DIFF_NEW]))
		same = !link_schedules_changed(diff);
	link_lines_free(&old);
	link_lines_free(&new);
	return same;
}
