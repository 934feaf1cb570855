/* SPDX-License-Identifier: Apache-2.0
 *
 * What a conversation has to remember: 16 bits by a number, such as what was asked for
 * by the number that its answer repeats. A bounded list, in which the oldest gives way.
 * Zeroed memory holds nothing. */
#ifndef VERIFIER_PROTO_NOTES_H
#define VERIFIER_PROTO_NOTES_H

#include <stddef.h>
#include <stdint.h>

struct note {
	uint32_t number;
	uint16_t meaning; /* 0: none */
};

/* `next`, in the same memory, is the list's own. */
void notes_keep(struct note *notes, size_t count, uint8_t *next, struct note note);
/* 0: nobody kept it, or too long ago. */
uint16_t notes_find(const struct note *notes, size_t count, uint32_t number);

#endif
