/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy as it is enforced. Beyond what the rules allow, traffic passes where
 * no device stands between two zones (a flat boundary), and with any operation
 * where a port is open. What a device with `inspect operations` tells apart is not
 * counted: the answer is the more careful one. */
#ifndef COMPILER_ENFORCED_H
#define COMPILER_ENFORCED_H

#include "compiler/assertion.h"

/* The products of the model of `intent` as enforced, in the same cells; those of
 * flat boundaries are allows of no rule. Both outlive it. Release with
 * policy_space_release(). Takes reach_prove() for asserts of no path. */
void enforced_init(struct policy_space *enforced, const struct policy_space *intent);

/* As assertion_prove(), kind DENY, by an enforced space. The witness is a flow
 * that the assert speaks of; its rule, if any, is what opens its port. */
enum proof enforced_prove(struct policy_space *enforced, const struct assertion *assertion,
			  struct proof_witness *witness);

#endif
