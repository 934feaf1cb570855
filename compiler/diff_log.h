/* SPDX-License-Identifier: Apache-2.0
 *
 * What was denied with a log and is not any more. */
#ifndef COMPILER_DIFF_LOG_H
#define COMPILER_DIFF_LOG_H

#include "base/vec.h"
#include "compiler/diff_space.h"

VEC_TYPE(diff_lost_logs, const struct rule *);
/* Adds the logged denies of the old policy of which some flow no logged deny of the new
 * one denies, as its rules stand. Exact: a rule that was split or moved is not lost. */
void diff_logs_lost(struct diff_lost_logs *lost, struct arena *arena,
		    const struct model *const models[DIFF_SIDES], int64_t at);

#endif
