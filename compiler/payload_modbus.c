/* SPDX-License-Identifier: Apache-2.0
 *
 * Modbus: MODBUS Application Protocol Specification V1.1b3, section 6; MODBUS Messaging on
 * TCP/IP Implementation Guide V1.0b, section 3.1.3. Lengths count the unit.
 *
 * Servers go by the function and not by the header (libmodbus does): a request with bytes
 * behind it in one frame is two requests to them, so the length that a function has is a
 * part of how its frames look. Of 43 the one request that the specification describes is
 * to read the device's identification; of 8 those with one word of data. */
#include "config.h"
#include "compiler/payload_table.h"

enum { UNIT = 0, FUNCTION = 1, INTERFACE_TYPE = 2, READ_IDENTIFICATION = 14 };
enum { LENGTH = 4, HEADER = 6 };

static const struct payload_length length = {
	.name = "frame", .number = { LENGTH, 2, false }, .shortest = 2, .longest = 254,
	.header = HEADER,
};
static const struct payload_byte number[] = { PAYLOAD_IS(2, 0), PAYLOAD_IS(3, 0) };
static const struct payload_carrier carrier = {
	.length = &length, .bytes = PAYLOAD_BYTES(number), .unit = { HEADER + UNIT, 1, false },
	.transports = PAYLOAD_TCP | PAYLOAD_UDP, .body = HEADER,
};

static const struct payload_count values = { "values", { 6, 1, false }, 7, 1, 246 };
static const struct payload_count read_write = { "read-write", { 10, 1, false }, 11, 1, 242 };
static const struct payload_count read_file = { "read-file", { 2, 1, false }, 3, 1, 245 };
static const struct payload_count write_file = { "write-file", { 2, 1, false }, 3, 1, 251 };

static const struct payload_span spans_six[] = { { 0, 0, 1, 6 }, { 0, 0, 8, 8 } };
static const struct payload_span spans_two[] = {
	{ 0, 0, 7, 7 }, { 0, 0, 11, 12 }, { 0, 0, 17, 17 },
};
static const struct payload_span spans_any[] = {
	{ 0, 0, 9, 10 }, { 0, 0, 13, 14 }, { 0, 0, 18, 19 }, { 0, 0, 25, 42 }, { 0, 0, 44, 127 },
};
static const struct payload_span spans_values[] = { { 0, 0, 15, 16 } };
static const struct payload_span spans_read_file[] = { { 0, 0, 20, 20 } };
static const struct payload_span spans_write_file[] = { { 0, 0, 21, 21 } };
static const struct payload_span spans_eight[] = { { 0, 0, 22, 22 } };
static const struct payload_span spans_read_write[] = { { 0, 0, 23, 23 } };
static const struct payload_span spans_four[] = { { 0, 0, 24, 24 } };
static const struct payload_span spans_five[] = { { 0, 0, 43, 43 } };
static const struct payload_byte identification[] = {
	PAYLOAD_IS(INTERFACE_TYPE, READ_IDENTIFICATION),
};

#define BODY(title, ...)                                                                     \
	static const struct payload_body body_##title = {                                    \
		.spans = spans_##title, .span_count = PAYLOAD_COUNT(spans_##title),          \
		.function_at = FUNCTION, .group_at = PAYLOAD_NOWHERE, __VA_ARGS__            \
	}
BODY(six, .name = "6", .length = 6);
BODY(two, .name = "2", .length = 2);
BODY(any, .name = "any");
BODY(values, .name = "values", .count = &values);
BODY(read_file, .name = "read-file", .count = &read_file);
BODY(write_file, .name = "write-file", .count = &write_file);
BODY(eight, .name = "8", .length = 8);
BODY(read_write, .name = "read-write", .count = &read_write);
BODY(four, .name = "4", .length = 4);
BODY(five, .name = "5", .length = 5, .bytes = PAYLOAD_BYTES(identification));
#undef BODY

static const struct payload_form forms[] = {
	{ &carrier, &body_six },	{ &carrier, &body_two },
	{ &carrier, &body_any },	{ &carrier, &body_values },
	{ &carrier, &body_read_file },	{ &carrier, &body_write_file },
	{ &carrier, &body_eight },	{ &carrier, &body_read_write },
	{ &carrier, &body_four },	{ &carrier, &body_five },
};

const struct payload_protocol payload_modbus = {
	"modbus", forms, PAYLOAD_COUNT(forms), 256,
};
