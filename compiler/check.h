/* SPDX-License-Identifier: Apache-2.0
 *
 * What a resolved policy says about itself: asserts proved, and findings about
 * its rules. Every answer is for all flows; nothing is sampled. */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "base/strbuf.h"
#include "compiler/assertion.h"

struct check_options {
	int64_t at;
	int mode; /* -1: none */
	uint64_t budget; /* regions a proof by intent may take, 0: the default */
};

/* Adds a diagnostic for everything found. */
void check_policy(const struct model *model, const struct check_options *options,
		  struct diags *diags);
/* A flow as `query` takes it: SRC -> DST : SERVICE. */
void check_flow_text(struct strbuf *text, const struct model *model, const struct flow *flow);

#endif
