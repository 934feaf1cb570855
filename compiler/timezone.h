/* SPDX-License-Identifier: Apache-2.0
 *
 * What activity.c needs of a time zone beyond compiler/activity.h. */
#ifndef COMPILER_TIMEZONE_H
#define COMPILER_TIMEZONE_H

#include <stdint.h>

#include "compiler/activity.h"

/* A zone from the bytes of a TZif file (RFC 8536); NULL if they are not one,
 * or count leap seconds. */
const struct timezone_rules *timezone_parse(struct arena *arena, const char *name,
					    const void *bytes, size_t length);
/* False where the system has no zone data at all (Debian: package tzdata). */
bool timezone_data_exists(void);
/* Seconds east of UTC. */
int32_t timezone_offset(const struct timezone_rules *zone, int64_t instant);
/* The next instant at which the offset may change, or INSTANT_NEVER. */
int64_t timezone_next_change(const struct timezone_rules *zone, int64_t instant);

#endif
