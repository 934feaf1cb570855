/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics in the Static Analysis Results Interchange Format, for tools that
 * show findings beside the lines they are about. */
#ifndef CLI_SARIF_H
#define CLI_SARIF_H

#include "base/diag.h"

/* A SARIF 2.1.0 log; sorts the diagnostics. The caller's to release. */
json_t *sarif_of_diags(struct diags *diags);

#endif
