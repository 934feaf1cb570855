/* SPDX-License-Identifier: Apache-2.0
 *
 * What single allows open between levels and security levels. A rule is judged
 * by itself: the denies that may cover a part of it are not counted. For each
 * side one zone a level and one a security level stands for the others, so the
 * work for a rule does not grow with the pairs of its zones. */
#include "config.h"
#include "compiler/check_parts.h"

#include <string.h>

#include "lang/lang.h"

enum { SECURITY_LEVELS = 5, SIDE_ZONES = LEVEL_COUNT + SECURITY_LEVELS };

struct side {
	const struct model *model;
	zone_id zones[SIDE_ZONES]; /* by level, by security level; ZONE_NONE: none */
};

enum crossing_kind {
	CROSSING_LEVELS,  /* from one level to another */
	CROSSING_BYPASS,  /* from 4 or above to 3 or below */
	CROSSING_SKIP,    /* more than one step in the order of levels */
	CROSSING_IT_OT,   /* from 3.5 or above to 3 or below */
	CROSSING_UPWARD,  /* into a higher security level */
	CROSSING_KINDS,
};

struct crossing { /* a pair of zones between which a rule is of this kind */
	zone_id from, to; /* ZONE_NONE: there is no such pair */
};

struct crossings {
	struct crossing kind[CROSSING_KINDS];
};

/* ---- sides ---- */

static void side_keep(zone_id *kept, zone_id zone)
{
	if (*kept == ZONE_NONE || zone < *kept)
		*kept = zone;
}

static void side_add(void *context, zone_id id)
{
	struct side *side = context;
	const struct zone *zone = &side->model->zones[id];

	side_keep(&side->zones[zone->level], id);
	side_keep(&side->zones[LEVEL_COUNT + zone->security_level], id);
}

static struct side side_of(const struct model *model, enum family family, const struct set *set)
{
	struct side side = { .model = model };

	memset(side.zones, 0xff, sizeof(side.zones));
	model_zones_visit(model, family, set, side_add, &side);
	return side;
}

static struct side side_of_zones(const struct model *model, struct zone_set zones)
{
	struct side side = { .model = model };

	memset(side.zones, 0xff, sizeof(side.zones));
	for (size_t z = 0; z < zones.count; z++)
		if (zone_set_has(zones, (zone_id)z))
			side_add(&side, (zone_id)z);
	return side;
}

/* A declared group that is named literally goes to each zone that declares it. */
static void side_add_groups(struct side *side, const struct destination *destination)
{
	const struct model *model = side->model;

	if (address_set_is_empty(destination->literal))
		return;
	for (size_t z = 0; z < model->zone_count; z++)
		if (zone_set_has(destination->literal_zones, (zone_id)z) &&
		    address_set_overlaps(model->zones[z].multicast, destination->literal))
			side_add(side, (zone_id)z);
}

/* ---- crossings ---- */

static bool crossing_is(enum crossing_kind kind, const struct zone *from, const struct zone *to)
{
	switch (kind) {
	case CROSSING_LEVELS: return from->level != to->level;
	case CROSSING_BYPASS: return from->level >= LEVEL_4 && to->level <= LEVEL_3;
	case CROSSING_SKIP:
		return from->level > to->level + 1 || to->level > from->level + 1;
	case CROSSING_IT_OT: return from->level >= LEVEL_3_5 && to->level <= LEVEL_3;
	case CROSSING_UPWARD: return from->security_level < to->security_level;
	default: return false;
	}
}

static void crossings_try(struct crossings *crossings, const struct model *model, zone_id from,
			  zone_id to)
{
	for (int kind = 0; kind < CROSSING_KINDS; kind++) {
		struct crossing *crossing = &crossings->kind[kind];
		if (crossing->from == ZONE_NONE &&
		    crossing_is((enum crossing_kind)kind, &model->zones[from], &model->zones[to]))
			*crossing = (struct crossing){ from, to };
	}
}

static void crossings_add(struct crossings *crossings, const struct side *from,
			  const struct side *to)
{
	for (int i = 0; i < SIDE_ZONES; i++)
		for (int j = 0; j < SIDE_ZONES; j++)
			if (from->zones[i] != ZONE_NONE && to->zones[j] != ZONE_NONE)
				crossings_try(crossings, from->model, from->zones[i],
					      to->zones[j]);
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
	for (int f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		if (!rule_has_family(rule, family))
			continue;
		struct side from = side_of(model, family, pair->source.family[f]);
		struct side to = side_of(model, family, pair->destination.unicast.family[f]);
		side_add_groups(&to, &pair->destination);
		crossings_add(crossings, &from, &to);
	}
	if (rule_has_stations(rule)) {
		struct side from = side_of_zones(model, pair->source_zones);
		struct side to = side_of_zones(model, pair->destination.zones);
		crossings_add(crossings, &from, &to);
	}
}

/* ---- findings ---- */

static void zone_text(struct strbuf *text, const struct zone *zone, bool security)
{
	if (!security)
		strbuf_printf(text, "%s (level %s)", zone->name, level_name(zone->level));
	else if (zone->security_level == 0)
		strbuf_printf(text, "%s (no security level)", zone->name);
	else
		strbuf_printf(text, "%s (security level %u)", zone->name, zone->security_level);
}

struct rule_check {
	const struct model *model;
	const struct rule *rule;
	struct crossings crossings;
	struct diags *diags;
};

static void rule_finding(struct rule_check *check, enum finding_id id, enum crossing_kind kind,
			 const char *what)
{
	struct crossing crossing = check->crossings.kind[kind];
	struct strbuf text = STRBUF_INIT;

	zone_text(&text, &check->model->zones[crossing.from], kind == CROSSING_UPWARD);
	strbuf_puts(&text, " to ");
	zone_text(&text, &check->model->zones[crossing.to], kind == CROSSING_UPWARD);
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

static bool rule_crosses(const struct rule_check *check, enum crossing_kind kind)
{
	return check->crossings.kind[kind].from != ZONE_NONE;
}

static void check_rule_levels(struct rule_check *check)
{
	if (rule_crosses(check, CROSSING_BYPASS))
		rule_finding(check, FINDING_IDMZ_BYPASS, CROSSING_BYPASS,
			     "goes around the industrial DMZ");
	if (rule_crosses(check, CROSSING_SKIP))
		rule_finding(check, FINDING_LEVEL_SKIP, CROSSING_SKIP, "skips a level");
	if (rule_crosses(check, CROSSING_LEVELS) && check_is_broad(check->rule))
		rule_finding(check, FINDING_OVER_BROAD, CROSSING_LEVELS, "is broad");
}

static void check_rule_services(struct rule_check *check)
{
	struct strbuf text = STRBUF_INIT;

	if (rule_crosses(check, CROSSING_IT_OT)) {
		check_cleartext_text(&text, check->rule);
		rule_finding_services(check, FINDING_CLEARTEXT_SERVICE, CROSSING_IT_OT, &text);
		strbuf_reset(&text);
		check_lateral_text(&text, check->rule);
		rule_finding_services(check, FINDING_LATERAL_SERVICE, CROSSING_IT_OT, &text);
		strbuf_reset(&text);
	}
	if (rule_crosses(check, CROSSING_UPWARD)) {
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
		memset(&check.crossings, 0xff, sizeof(check.crossings));
		if (!rule->allow || rule->implicit)
			continue;
		for (size_t p = 0; p < rule->pair_count; p++)
			crossings_add_pair(&check.crossings, model, rule, &rule->pairs[p]);
		check_rule_levels(&check);
		check_rule_services(&check);
	}
}
