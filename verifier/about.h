/* SPDX-License-Identifier: Apache-2.0
 *
 * What several operations of one number were about, taken together: units, and ranges of
 * objects. Ranges that touch are one; what does not fit is counted. */
#ifndef VERIFIER_ABOUT_H
#define VERIFIER_ABOUT_H

#include "verifier/proto/proto.h"

enum { ABOUT_ROWS = 8 };

struct about_row {
	const char *space; /* NULL: only the unit is told */
	uint32_t unit, first, last;
	bool has_unit;
};

struct about {
	struct about_row row[ABOUT_ROWS]; /* in the order in which they were seen */
	uint32_t count;
	uint64_t further; /* things that found no place there; one seen twice counts twice */
};

void about_add(struct about *about, const struct proto_operation *seen);
void about_merge(struct about *about, const struct about *other);

#endif
