/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations that were seen, held against the policy. */
#ifndef VERIFIER_OPERATION_H
#define VERIFIER_OPERATION_H

#include "compiler/parameter.h"
#include "verifier/inspect.h"
#include "verifier/nearest.h"

struct operation_verdict {
	bool allowed;
	bool always;             /* whatever its unit and its objects are */
	const struct rule *rule; /* the deny that decides, or NULL */
	struct operation_point point; /* what of it was judged; of several, a denied one */
};

/* `flow` is the header; its own content does not count. An operation inside another one
 * is denied where a rule denies either, and allowed where one allows either. */
struct operation_verdict operation_judge(const struct flow_index *index,
					 const struct model *model, const struct flow *flow,
					 const struct inspect_operation *operation);
/* `write-multiple-registers, unit 3, holding 100-107`, in the arena; "function 99" where
 * the protocol's table has no name. */
const char *operation_name(const struct model *model, operation_id operation,
			   const struct about *about, struct arena *arena);
/* The allow of the header that the operation is not among, or the deny that decides. */
struct nearest operation_nearest(const struct flow_index *index, const struct flow *flow,
				 const struct operation_verdict *verdict, struct arena *arena);
/* How often: "4 requests, 3 done, 1 refused", in the arena. */
const char *operation_counts(const uint64_t count[PROTO_KINDS], struct arena *arena);

#endif
