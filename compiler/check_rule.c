/* SPDX-License-Identifier: Apache-2.0
 *
 * What single allows open between levels and security levels. A rule is judged
 * by itself: the denies that may cover a part of it are not counted. */
#include "config.h"
#include "compiler/check_parts.h"

#include "compiler/crossing.h"

/* ---- crossings ---- */

/* A declared group that is named literally goes to each zone that declares it. */
static void side_add_groups(struct crossing_side *side, const struct destination *destination)
{
	const struct model *model = side->model;

	if (address_set_is_empty(destination->literal))
		return;
	for (size_t z = 0; z < model->zone_count; z++)
		if (zone_set_has(destination->literal_zones, (zone_id)z) &&
		    address_set_overlaps(model->zones[z].multicast, destination->literal))
			crossing_side_add(side, (zone_id)z);
}

static bool rule_has_family(const struct rule *rule, enum family family)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (!rule->matches[i].ethertype_rule && rule->matches[i].family[family])
			return true;
	return false;
}

static bool rule_has_stations(const struct rule *rule)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (rule->matches[i].ethertype_rule)
			return true;
	return false;
}

static void crossings_add_pair(struct crossings *crossings, const struct model *model,
			       const struct rule *rule, const struct pair *pair)
{
	struct crossing_side from, to;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		if (!rule_has_family(rule, family))
			continue;
		crossing_side_init(&from, model);
		crossing_side_init(&to, model);
		crossing_side_add_set(&from, family, pair->source.family[f]);
		crossing_side_add_set(&to, family, pair->destination.unicast.family[f]);
		side_add_groups(&to, &pair->destination);
		crossings_add(crossings, &from, &to);
	}
	if (rule_has_stations(rule)) {
		crossing_side_init(&from, model);
		crossing_side_init(&to, model);
		crossing_side_add_zones(&from, pair->source_zones);
		crossing_side_add_zones(&to, pair->destination.zones);
		crossings_add(crossings, &from, &to);
	}
}

/* ---- findings ---- */

struct rule_check {
	const struct model *model;
	const struct rule *rule;
	struct crossings crossings;
	struct diags *diags;
};

static void rule_finding(struct rule_check *check, enum finding_id id, enum crossing_kind kind,
			 const char *what)
{
	struct strbuf text = STRBUF_INIT;

	crossing_text(&text, check->model, &check->crossings, kind);
	struct diag *diag = diag_add(check->diags, id, check->rule->where, "'%s' %s from %s",
				     check->rule->label, what, strbuf_text(&text));
	diag->hint = finding_info(id)->advice;
	check_about_rule(diag, check->rule);
	strbuf_release(&text);
}

/* `services`: what it lets through; nothing is found where that is empty. */
static void rule_finding_services(struct rule_check *check, enum finding_id id,
				  enum crossing_kind kind, const struct strbuf *services)
{
	struct strbuf what = STRBUF_INIT;

	strbuf_printf(&what, "lets %s", strbuf_text(services));
	if (services->len > 0)
		rule_finding(check, id, kind, strbuf_text(&what));
	strbuf_release(&what);
}

static void check_rule_levels(struct rule_check *check)
{
	if (crossings_have(&check->crossings, CROSSING_BYPASS))
		rule_finding(check, FINDING_IDMZ_BYPASS, CROSSING_BYPASS,
			     "goes around the industrial DMZ");
	if (crossings_have(&check->crossings, CROSSING_SKIP))
		rule_finding(check, FINDING_LEVEL_SKIP, CROSSING_SKIP, "skips a level");
	if (crossings_have(&check->crossings, CROSSING_LEVELS) && check_is_broad(check->rule))
		rule_finding(check, FINDING_OVER_BROAD, CROSSING_LEVELS, "is broad");
}

static void check_rule_services(struct rule_check *check)
{
	struct strbuf text = STRBUF_INIT;

	if (crossings_have(&check->crossings, CROSSING_IT_OT)) {
		check_cleartext_text(&text, check->rule);
		rule_finding_services(check, FINDING_CLEARTEXT_SERVICE, CROSSING_IT_OT, &text);
		strbuf_reset(&text);
		check_lateral_text(&text, check->rule);
		rule_finding_services(check, FINDING_LATERAL_SERVICE, CROSSING_IT_OT, &text);
		strbuf_reset(&text);
	}
	if (crossings_have(&check->crossings, CROSSING_UPWARD)) {
		check_change_text(&text, check->model, check->rule);
		rule_finding_services(check, FINDING_UPWARD_OPERATIONS, CROSSING_UPWARD, &text);
	}
	strbuf_release(&text);
}

void check_rules(const struct model *model, struct diags *diags)
{
	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		struct rule_check check = { .model = model, .rule = rule, .diags = diags };
		crossings_init(&check.crossings);
		if (!rule->allow || rule->implicit)
			continue;
		for (size_t p = 0; p < rule->pair_count; p++)
			crossings_add_pair(&check.crossings, model, rule, &rule->pairs[p]);
		check_rule_levels(&check);
		check_rule_services(&check);
	}
}
