/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics in the Static Analysis Results Interchange Format, for tools that
 * show findings beside the lines they are about. */
#ifndef CLI_SARIF_H
#define CLI_SARIF_H

#include "base/diag.h"

/* Its parts, for logs of other things: a rule, a result, a list of one place (of none,
 * where there is none), and the log around rules and results, which it takes. */
json_t *sarif_rule(enum finding_id id);
json_t *sarif_result(struct source_lines *lines, const struct diag *diag);
json_t *sarif_locations(struct source_lines *lines, const struct span *where);
json_t *sarif_log(json_t *rules, json_t *results);

/* A SARIF 2.1.0 log; sorts the diagnostics. The caller's to release. */
json_t *sarif_of_diags(struct diags *diags);

#endif
