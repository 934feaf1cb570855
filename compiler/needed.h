/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rules a policy needs, exactly and against the union of all the others:
 * one sweep finds for each rule whether any flow is decided by it alone. */
#ifndef COMPILER_NEEDED_H
#define COMPILER_NEEDED_H

#include "compiler/policy_space.h"

#define NEEDED_NO_RULE UINT32_MAX

enum needed {
	NEEDED_YES,    /* some flow needs it, or needs it once others are gone */
	NEEDED_NOT,    /* all rules found so can be taken out together, and no
			  verdict changes */
	NEEDED_DENIED, /* an allow whose every flow some deny denies */
	NEEDED_EMPTY,  /* it holds no flow in any cell */
};

struct needed_rule {
	enum needed needed;
	uint32_t other; /* NOT, DENIED: a rule that holds some of its flows */
};

/* One answer a rule of the model, by index; of a deny, NOT means that other
 * denies hold all it holds. False if the budget (0: the default) was used up. */
bool needed_find(const struct policy_space *space, uint64_t budget,
		 struct needed_rule *answers);

#endif
