/* SPDX-License-Identifier: Apache-2.0
 *
 * The protocols of payload.h, each described in a file of its own, payload_NAME.c. Others
 * use payload.h. */
#ifndef COMPILER_PAYLOAD_TABLE_H
#define COMPILER_PAYLOAD_TABLE_H

#include "compiler/payload.h"

#define PAYLOAD_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAYLOAD_BYTES(array) { array, PAYLOAD_COUNT(array) }
/* All bits of a byte. */
#define PAYLOAD_IS(at, value) { at, 0xff, value }

extern const struct payload_protocol payload_modbus, payload_iec104, payload_dnp3,
	payload_bacnet, payload_s7comm, payload_cip;

#endif
