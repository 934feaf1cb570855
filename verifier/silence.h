/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a conversation may be silent: of the active allows that match it and
 * whose services ask for an `idle`, the longest; those that ask for none have no
 * say, as on the devices. */
#ifndef VERIFIER_SILENCE_H
#define VERIFIER_SILENCE_H

#include "compiler/model.h"
#include "verifier/nearest.h"

struct silence_bound {
	const struct rule *rule; /* the first that allows the longest; NULL: no bound */
	uint32_t seconds;
};

/* The least that any allow asks for; UINT32_MAX: none asks. */
uint32_t silence_least(const struct model *model);
/* The bound of an allowed flow where `silence` (seconds, rounded up) breaks it, else
 * without a rule. */
struct silence_bound silence_broken(const struct flow_index *index, const struct flow *flow,
				    uint32_t silence);
/* Why it is a violation: the rule, and both times. The text is in the arena. */
struct nearest silence_nearest(const struct silence_bound *bound, uint32_t silence,
			       struct arena *arena);

#endif
