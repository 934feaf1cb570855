/* SPDX-License-Identifier: Apache-2.0
 *
 * What flows cross between levels and security levels. For each side one zone a
 * level and one a security level stands for the others, so the work does not grow
 * with the pairs of zones. */
#ifndef COMPILER_CROSSING_H
#define COMPILER_CROSSING_H

#include "base/strbuf.h"
#include "compiler/model.h"

enum { CROSSING_SECURITY_LEVELS = 5, CROSSING_ZONES = LEVEL_COUNT + CROSSING_SECURITY_LEVELS };

struct crossing_side {
	const struct model *model;
	zone_id zones[CROSSING_ZONES]; /* by level, by security level; ZONE_NONE: none */
};

enum crossing_kind {
	CROSSING_LEVELS,  /* from one level to another */
	CROSSING_BYPASS,  /* from 4 or above to 3 or below */
	CROSSING_SKIP,    /* more than one step in the order of levels */
	CROSSING_IT_OT,   /* from 3.5 or above to 3 or below */
	CROSSING_UPWARD,  /* into a higher security level */
	CROSSING_KINDS,
};

struct crossing { /* a pair of zones between which flows are of this kind */
	zone_id from, to; /* ZONE_NONE: there is no such pair */
};

struct crossings {
	struct crossing kind[CROSSING_KINDS];
};

void crossings_init(struct crossings *crossings); /* none */
void crossings_add(struct crossings *crossings, const struct crossing_side *from,
		   const struct crossing_side *to);
bool crossings_have(const struct crossings *crossings, enum crossing_kind kind);
/* "enterprise (level 4) to filling (level 2)", or by security levels. */
void crossing_text(struct strbuf *text, const struct model *model,
		   const struct crossings *crossings, enum crossing_kind kind);

void crossing_side_init(struct crossing_side *side, const struct model *model);
void crossing_side_add(struct crossing_side *side, zone_id zone);
void crossing_side_add_zones(struct crossing_side *side, struct zone_set zones);
/* The zones of addresses that are no groups. */
void crossing_side_add_set(struct crossing_side *side, enum family family,
			   const struct set *set);

#endif
