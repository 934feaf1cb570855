/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration on its own, without a policy: which of its lines never decide
 * anything, which change nothing, where two contradict each other in part, and
 * what lets everything pass. Exact, against all lines before and behind; about
 * whatever a reader made entries of. */
#ifndef VERIFIER_ANALYSE_H
#define VERIFIER_ANALYSE_H

#include "verifier/read.h"

enum analyse_kind {
	ANALYSE_ANY,        /* lets everything pass between two interfaces */
	ANALYSE_SHADOWED,   /* never matches: earlier lines decide otherwise */
	ANALYSE_COVERED,    /* never matches: earlier lines decide the same */
	ANALYSE_REDUNDANT,  /* without it later lines would decide the same */
	ANALYSE_CORRELATED, /* an earlier line decides some of it otherwise, and more */
	ANALYSE_UNUSED,     /* an object that nothing refers to */
};
enum { ANALYSE_KINDS = ANALYSE_UNUSED + 1, ANALYSE_OTHERS = 3 };

struct analyse_finding {
	enum analyse_kind kind;
	struct span where;
	struct span others[ANALYSE_OTHERS]; /* the lines that it has to do with */
	size_t other_count;
	const char *name;                   /* of an unused object, else NULL */
};

struct analysis {
	struct analyse_finding *findings;   /* by line, then kind */
	size_t count;
	bool complete;                      /* false: the budget of regions was used up */
};

/* Lines with conditions that were not interpreted are left out. Everything lives
 * in the arena. Near n log n in the number of entries. */
void analyse(struct analysis *analysis, struct arena *arena, const struct read_result *read);

#endif
