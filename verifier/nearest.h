/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a flow is a violation: the rule that came nearest to allowing it, and
 * what about that rule did not fit. */
#ifndef VERIFIER_NEAREST_H
#define VERIFIER_NEAREST_H

#include "compiler/model.h"

struct nearest {
	const struct rule *rule;       /* the deciding deny, the nearest allow, or NULL */
	const struct conduit *conduit; /* where no rule is near: joins the two zones */
	struct span where;             /* of the rule or conduit; source NULL: neither */
	const char *reason;            /* one sentence, in the arena */
	bool denied;                   /* `rule` is a deny, and what decided */
	bool in_time;                  /* false: only its time or mode did not fit */
};

/* `verdict` is what flow_judge() said of `flow`, a denial. O(rules): asked once
 * for each finding, not for each conversation. */
struct nearest nearest_find(const struct model *model, const struct flow *flow,
			    const struct verdict *verdict, struct arena *arena);

#endif
