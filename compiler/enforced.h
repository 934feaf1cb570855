/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy as it is enforced. Beyond what the rules allow, traffic passes where
 * no device stands between two zones (a flat boundary), and with any operation
 * where a port is open. Where every path crosses a device with `inspect operations`
 * that can tell them, operations pass that are allowed with some object. */
#ifndef COMPILER_ENFORCED_H
#define COMPILER_ENFORCED_H

#include "compiler/assertion.h"

/* What asserts ask of it: single flows that are denied by intent, or chains of flows, to
 * which those belong that the intent allows. */
enum enforced_use { ENFORCED_FLOWS, ENFORCED_CHAINS, ENFORCED_USES };

struct enforced {
	struct policy_space space; /* of CHAINS: takes reach_prove() for asserts of no path */
	struct policy_space *intent;
	const struct address_set *inspected; /* FLOWS, by zone: where its flows are
						inspected on every path; NULL: nowhere */
};

/* The products of the model of `intent` as enforced, in the same cells; those of
 * flat boundaries are allows of no rule. Both outlive it. */
void enforced_init(struct enforced *enforced, struct policy_space *intent,
		   enum enforced_use use);
void enforced_release(struct enforced *enforced);

/* As assertion_prove(), kind DENY, of FLOWS. The witness is a flow that the assert
 * speaks of; its rule, if any, is what lets it through. */
enum proof enforced_prove(struct enforced *enforced, const struct assertion *assertion,
			  struct proof_witness *witness);

#endif
