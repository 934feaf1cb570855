/* SPDX-License-Identifier: Apache-2.0
 *
 * Differences as rows: one for each pair of rules that decide differently
 * between two interfaces, with all the regions where they do. Private to the
 * prover. */
#ifndef VERIFIER_PROVE_ROWS_H
#define VERIFIER_PROVE_ROWS_H

#include "verifier/prove_parts.h"

struct prove_rows;

/* Everything lives in the arena. The model, which may be NULL, names assets: flows between them read best. */
struct prove_rows *prove_rows_create(struct arena *arena, const struct model *model);
void prove_rows_destroy(struct prove_rows *rows);
/* What the next differences are: of those where the left side of the question
 * allows, and of those where the right side does; negative: not asked. */
struct prove_asked {
	int left, right; /* enum prove_kind */
	bool certain;
};
void prove_rows_ask(struct prove_rows *rows, struct prove_run *run,
		    const struct prove_question *question, struct prove_asked asked);
/* Sorted by kind, interfaces and lines. */
void prove_rows_finish(struct prove_rows *rows, struct prove_report *report);

#endif
