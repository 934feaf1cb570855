/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a flow is a violation: the rule that came nearest to allowing it, and
 * what about that rule did not fit.
 *
 * What stands first in this list is told:
 *   1. a deny that matches; one of operations only where an allow matches, too
 *   2. no conduit joins the two zones: no rule could allow it
 *   3. an allow of a conduit that joins them, which fits but for
 *      its time (its schedule, not yet begun, expired), then
 *      its mode, then
 *      the direction, then
 *      the service, the ends being right, then
 *      the source, then
 *      the destination, all else being right
 *   4. the conduit, of which no rule comes near.
 * Of two rules that fit equally the first is told. Time stands first because
 * only then does the policy allow the very flow. Operations are not read off
 * packets, so the only reason of theirs is a deny that leaves none (1). */
#ifndef VERIFIER_NEAREST_H
#define VERIFIER_NEAREST_H

#include "compiler/model.h"

struct nearest {
	const struct rule *rule;       /* the deciding deny, the nearest allow, or NULL */
	const struct conduit *conduit; /* where no rule is near: joins the two zones */
	struct span where;             /* of the rule or conduit; source NULL: neither */
	const char *reason;            /* one sentence, in the arena */
};

/* `verdict` is what flow_judge_header() said of `flow`, a denial. O(rules):
 * asked once for each finding, not for each conversation. */
struct nearest nearest_find(const struct model *model, const struct flow *flow,
			    const struct verdict *verdict, struct arena *arena);

#endif
