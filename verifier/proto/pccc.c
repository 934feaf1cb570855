/* SPDX-License-Identifier: Apache-2.0
 *
 * PCCC of Allen-Bradley inside CIP's Execute PCCC (1756-PM020, chapter 2): an identifier
 * of the requestor, whose first byte is its length, then a DF1 command (1770-6.5.16,
 * chapter 7): CMD, STS, two bytes of transaction, and of some commands FNC. */
#include "config.h"

#include "verifier/proto/cip.h"

enum { PCCC_COMMAND = 0, PCCC_STATUS = 1, PCCC_FUNCTION = 4, PCCC_COMMAND_MASK = 0x0f };
enum { PCCC_DIAGNOSTIC = 6, PCCC_MODE = 7, PCCC_EXTENDED = 15 };

/* Where the command begins; `length`: it does not. */
static size_t pccc_begin(const uint8_t *bytes, size_t length)
{
	return length > 0 && bytes[0] < length ? bytes[0] : length;
}

static bool pccc_has_function(uint8_t command)
{
	return command == PCCC_DIAGNOSTIC || command == PCCC_MODE || command == PCCC_EXTENDED;
}

uint16_t pccc_function(const uint8_t *bytes, size_t length)
{
	size_t at = pccc_begin(bytes, length);

	if (at == length)
		return PROTO_NO_FUNCTION;
	uint8_t command = bytes[at + PCCC_COMMAND] & PCCC_COMMAND_MASK;
	uint16_t function = (uint16_t)(CIP_FUNCTION_PCCC + command * 256);
	if (!pccc_has_function(command))
		return function;
	return length - at > PCCC_FUNCTION ? (uint16_t)(function + bytes[at + PCCC_FUNCTION])
					   : PROTO_NO_FUNCTION;
}

bool pccc_is_done(const uint8_t *bytes, size_t length)
{
	size_t at = pccc_begin(bytes, length);

	return length - at <= PCCC_STATUS || bytes[at + PCCC_STATUS] == 0;
}
