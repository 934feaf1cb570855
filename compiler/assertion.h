/* SPDX-License-Identifier: Apache-2.0
 *
 * Asserts about single flows, proved for all of them by the joint partition:
 * by intent, that is by what the policy says. */
#ifndef COMPILER_ASSERTION_H
#define COMPILER_ASSERTION_H

#include "compiler/policy_space.h"

enum proof {
	PROOF_HOLDS,
	PROOF_FAILS,
	PROOF_EMPTY,     /* it speaks of no flow at all */
	PROOF_UNDECIDED, /* the budget was used up */
};

/* A flow that an assert forbids or misses. */
struct proof_witness {
	struct flow flow;
	zone_id place;           /* where a group is; ZONE_NONE for unicast */
	const struct rule *rule; /* what decides it, NULL: nothing matches */
};

/* What is asked: flows of some products, in some cells. */
struct question {
	const struct pair *pair;
	const struct match *matches;
	size_t match_count;
	const struct set *cells;
	bool wanted; /* the verdict that every one of these flows should have */
};

enum proof question_prove(struct policy_space *space, const struct question *question,
			  uint64_t budget, struct proof_witness *witness);

/* kind ALLOW or DENY. FAILS fills the witness. */
enum proof assertion_prove(struct policy_space *space, const struct assertion *assertion,
			   uint64_t budget, struct proof_witness *witness);

#endif
