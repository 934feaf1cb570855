/* SPDX-License-Identifier: Apache-2.0
 *
 * Crossings: each kind keeps the first pair of zones that shows it. */
#include "config.h"
#include "compiler/crossing.h"

#include <string.h>

#include "lang/lang.h"

/* ---- sides ---- */

static void side_keep(zone_id *kept, zone_id zone)
{
	if (*kept == ZONE_NONE || zone < *kept)
		*kept = zone;
}

void crossing_side_init(struct crossing_side *side, const struct model *model)
{
	side->model = model;
	memset(side->zones, 0xff, sizeof(side->zones));
}

void crossing_side_add(struct crossing_side *side, zone_id id)
{
	const struct zone *zone = &side->model->zones[id];

	side_keep(&side->zones[zone->level], id);
	side_keep(&side->zones[LEVEL_COUNT + zone->security_level], id);
}

void crossing_side_add_zones(struct crossing_side *side, struct zone_set zones)
{
	for (size_t z = 0; z < zones.count; z++)
		if (zone_set_has(zones, (zone_id)z))
			crossing_side_add(side, (zone_id)z);
}

static void side_visit(void *context, zone_id zone)
{
	crossing_side_add(context, zone);
}

void crossing_side_add_set(struct crossing_side *side, enum family family,
			   const struct set *set)
{
	model_zones_visit(side->model, family, set, side_visit, side);
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

void crossings_init(struct crossings *crossings)
{
	memset(crossings, 0xff, sizeof(*crossings));
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

void crossings_add(struct crossings *crossings, const struct crossing_side *from,
		   const struct crossing_side *to)
{
	for (int i = 0; i < CROSSING_ZONES; i++)
		for (int j = 0; j < CROSSING_ZONES; j++)
			if (from->zones[i] != ZONE_NONE && to->zones[j] != ZONE_NONE)
				crossings_try(crossings, from->model, from->zones[i],
					      to->zones[j]);
}

bool crossings_have(const struct crossings *crossings, enum crossing_kind kind)
{
	return crossings->kind[kind].from != ZONE_NONE;
}

static void zone_text(struct strbuf *text, const struct zone *zone, bool security)
{
	if (!security)
		strbuf_printf(text, "%s (level %s)", zone->name, level_name(zone->level));
	else if (zone->security_level == 0)
		strbuf_printf(text, "%s (no security level)", zone->name);
	else
		strbuf_printf(text, "%s (security level %u)", zone->name, zone->security_level);
}

void crossing_text(struct strbuf *text, const struct model *model,
		   const struct crossings *crossings, enum crossing_kind kind)
{
	struct crossing crossing = crossings->kind[kind];

	zone_text(text, &model->zones[crossing.from], kind == CROSSING_UPWARD);
	strbuf_puts(text, " to ");
	zone_text(text, &model->zones[crossing.to], kind == CROSSING_UPWARD);
}
