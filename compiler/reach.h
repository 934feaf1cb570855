/* SPDX-License-Identifier: Apache-2.0
 *
 * `no path A => B`: whether any chain of allowed flows leads from a host of A
 * to a host of B, over every service, mode and instant from the cells on. Each
 * flow of a chain is between distinct hosts; an asset's addresses are one host.
 * A flow to a group reaches every host of the zone at which the group is. */
#ifndef COMPILER_REACH_H
#define COMPILER_REACH_H

#include "compiler/assertion.h"

struct reach_chain {
	struct proof_witness *flows; /* in the order of the chain */
	size_t len;
};

/* kind NO_PATH. FAILS fills `chain`, in the arena, with a shortest chain. */
enum proof reach_prove(struct policy_space *space, const struct assertion *assertion,
		       uint64_t budget, struct arena *arena, struct reach_chain *chain);

#endif
