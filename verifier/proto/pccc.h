/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands of PCCC, wherever they are carried: by CIP (cip.h) or by CSP (csp.c). */
#ifndef VERIFIER_PROTO_PCCC_H
#define VERIFIER_PROTO_PCCC_H

#include "verifier/proto/proto.h"

/* The function of a command, its command code * 256 and, where there is one, its function
 * code; or PROTO_NO_FUNCTION where it is too short. Answers have no function code. */
uint16_t pccc_function(const uint8_t *bytes, size_t length);
/* Does the command code alone tell the function? length > 0. */
bool pccc_is_basic(const uint8_t *bytes);
/* Is the answer's status that it was done? */
bool pccc_is_done(const uint8_t *bytes, size_t length);
/* What an answer repeats; 0 where it is too short. */
uint16_t pccc_transaction(const uint8_t *bytes, size_t length);

#endif
