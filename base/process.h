/* SPDX-License-Identifier: Apache-2.0
 *
 * Another program run to its end, what it prints kept. No shell is between. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

#include "base/strbuf.h"

enum { PROCESS_ERRORS = 4096 };

struct process_result {
	struct strbuf output; /* NUL-terminated beyond its length */
	struct strbuf errors; /* the first PROCESS_ERRORS bytes of its standard error */
	int status;           /* its exit code; 128 and more: a signal ended it */
	bool too_long;        /* it printed more than FILE_LIMIT, and was ended */
};

/* Runs arguments[0], sought in PATH, with nothing on standard input. `settings`: NULL or "NAME=value", set for it; ends with NULL. False,
 * with *why, if it could not be run. Release the result in any case. */
bool process_run(const char *const *arguments, const char *const *settings,
		 struct process_result *result, const char **why);
void process_release(struct process_result *result);

#endif
