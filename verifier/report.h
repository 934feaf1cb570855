/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verification found, for people and for programs. */
#ifndef VERIFIER_REPORT_H
#define VERIFIER_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "verifier/verify.h"

/* Sentences and tables on a stream; colour where the stream has it. */
void report_text(const struct verify *verify, FILE *stream);
/* {"schema": "cordon/verify/1", summary, violations[], coverage?}: see
 * cordon-verify(1). The caller owns the reference. */
json_t *report_json(const struct verify *verify);

/* Shared by both: the name of the destination and service of a violation, in
 * the arena. A station without an IP address is its MAC. */
struct report_names {
	const char *source, *destination, *service;
	const char *source_zone, *destination_zone;
	const char *first, *last; /* RFC 3339 */
	const char *question;     /* for `cordon query`; NULL where it cannot be asked */
	const char *operation;    /* what was asked for; NULL: the finding is of no operation */
	const char *counts;       /* "3 requests, 2 done, 1 refused"; likewise */
};
struct report_names report_names(const struct verify *verify, const struct violation *violation,
				 struct arena *arena);
/* An allow that is wider than what was seen: of a match, some classes of operations
 * were used and others never. */
struct report_wider {
	const struct rule *rule;
	const struct match *match;
	const char *seen, *unseen; /* "read, write" */
};
/* In the order of the rules, in the arena; with options.coverage. */
const struct report_wider *report_wider(const struct verify *verify, size_t *count,
					struct arena *arena);
/* RFC 3339 in the policy's time zone; `buffer` of INSTANT_TEXT bytes. */
char *report_instant(const struct model *model, int64_t nanoseconds, char *buffer);
/* What to the reader of a report is one sentence about each kind of limit that
 * was reached or packet that was not seen; NULL-terminated, in the arena. */
const char **report_unseen(const struct verify_summary *summary, struct arena *arena);

#endif
