/* SPDX-License-Identifier: Apache-2.0
 *
 * A DF1 command of Allen-Bradley (1770-6.5.16, chapter 7): CMD, STS, two bytes of
 * transaction, and of some commands FNC. */
#include "config.h"

#include "verifier/proto/pccc.h"

enum { PCCC_COMMAND = 0, PCCC_STATUS = 1, PCCC_TRANSACTION = 2, PCCC_FUNCTION = 4,
       PCCC_COMMAND_MASK = 0x0f };
enum { PCCC_DIAGNOSTIC = 6, PCCC_MODE = 7, PCCC_EXTENDED = 15 };

bool pccc_is_basic(const uint8_t *bytes)
{
	uint8_t command = bytes[PCCC_COMMAND] & PCCC_COMMAND_MASK;

	return command != PCCC_DIAGNOSTIC && command != PCCC_MODE && command != PCCC_EXTENDED;
}

uint16_t pccc_function(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return PROTO_NO_FUNCTION;
	uint16_t function = (uint16_t)((bytes[PCCC_COMMAND] & PCCC_COMMAND_MASK) << 8);
	if (pccc_is_basic(bytes))
		return function;
	return length > PCCC_FUNCTION ? (uint16_t)(function | bytes[PCCC_FUNCTION])
				      : PROTO_NO_FUNCTION;
}

bool pccc_is_done(const uint8_t *bytes, size_t length)
{
	return length <= PCCC_STATUS || bytes[PCCC_STATUS] == 0;
}

uint16_t pccc_transaction(const uint8_t *bytes, size_t length)
{
	return length >= PCCC_TRANSACTION + 2 ? proto_le16(bytes + PCCC_TRANSACTION) : 0;
}
