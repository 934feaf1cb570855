/* SPDX-License-Identifier: Apache-2.0
 *
 * CIP over EtherNet/IP (ODVA, The CIP Networks Library, volume 2): encapsulation commands
 * (2-3, 2-4), explicit messages as the second of two items (2-6), and I/O datagrams, whose
 * direction is not told. Of a message the service and the class of its object make the
 * function (volume 1, appendix C and the prelude): paths of a class and an instance of one
 * byte or two, with an attribute or not, and those that begin with the name of a tag.
 *
 * What carries other services is not told: Multiple Service Packet, Unconnected Send and
 * Execute PCCC. */
#include "config.h"
#include "compiler/payload_table.h"

enum { ENCAPSULATION = 24, LENGTH_MOST = 600, DATA_MOST = 1442 };
enum { SERVICE = 0, CLASS = 3, COMMANDS = 0xe2, IO = 0xe1, IO_UNATTRIBUTED = 0xe103 };

static const struct payload_length length = {
	.name = "frame", .number = { 2, 2, true }, .shortest = 0, .longest = LENGTH_MOST,
	.header = ENCAPSULATION,
};

/* Status and options of a request are 0. */
#define STATUS PAYLOAD_IS(8, 0), PAYLOAD_IS(9, 0), PAYLOAD_IS(10, 0), PAYLOAD_IS(11, 0)
#define OPTIONS PAYLOAD_IS(20, 0), PAYLOAD_IS(21, 0), PAYLOAD_IS(22, 0), PAYLOAD_IS(23, 0)
#define INTERFACE PAYLOAD_IS(24, 0), PAYLOAD_IS(25, 0), PAYLOAD_IS(26, 0), PAYLOAD_IS(27, 0)

/* ---- commands ---- */

static const struct payload_byte command[] = { PAYLOAD_IS(1, 0), STATUS, OPTIONS };
static const struct payload_carrier carrier_command = {
	.name = "command", .length = &length, .bytes = PAYLOAD_BYTES(command),
	.transports = PAYLOAD_TCP | PAYLOAD_UDP, .body = 0,
};
/* Lists are asked for with nothing; a session has no handle before it is registered. */
static const struct payload_length length_nothing = {
	.name = "nothing", .number = { 2, 2, true }, .shortest = 0, .longest = 0,
	.header = ENCAPSULATION,
};
static const struct payload_carrier carrier_list = {
	.name = "list", .length = &length_nothing, .bytes = PAYLOAD_BYTES(command),
	.transports = PAYLOAD_TCP | PAYLOAD_UDP, .body = 0,
};
static const struct payload_span spans_list[] = {
	{ COMMANDS, COMMANDS, 0x04, 0x04 }, { COMMANDS, COMMANDS, 0x63, 0x64 },
};
static const struct payload_body body_list = {
	.spans = spans_list, .span_count = PAYLOAD_COUNT(spans_list), .function_at = 0,
	.group_at = PAYLOAD_NOWHERE,
};
static const struct payload_byte handle[] = {
	PAYLOAD_IS(4, 0), PAYLOAD_IS(5, 0), PAYLOAD_IS(6, 0), PAYLOAD_IS(7, 0),
};
static const struct payload_span spans_register[] = { { COMMANDS, COMMANDS, 0x65, 0x65 } };
static const struct payload_body body_register = {
	.name = "register", .bytes = PAYLOAD_BYTES(handle), .spans = spans_register,
	.span_count = PAYLOAD_COUNT(spans_register), .function_at = 0,
	.group_at = PAYLOAD_NOWHERE, .length = 4,
};
static const struct payload_span spans_command[] = {
	{ COMMANDS, COMMANDS, 0x00, 0x00 }, { COMMANDS, COMMANDS, 0x66, 0x66 },
	{ COMMANDS, COMMANDS, 0x72, 0x73 }, { COMMANDS, COMMANDS, 0xc8, 0xc8 },
};
static const struct payload_body body_command = {
	.spans = spans_command, .span_count = PAYLOAD_COUNT(spans_command), .function_at = 0,
	.group_at = PAYLOAD_NOWHERE,
};

/* ---- items ---- */

/* A null address and unconnected data. */
static const struct payload_byte unconnected[] = {
	PAYLOAD_IS(0, 0x6f), PAYLOAD_IS(1, 0), STATUS, OPTIONS, INTERFACE,
	PAYLOAD_IS(30, 2), PAYLOAD_IS(31, 0), PAYLOAD_IS(32, 0), PAYLOAD_IS(33, 0),
	PAYLOAD_IS(34, 0), PAYLOAD_IS(35, 0), PAYLOAD_IS(36, 0xb2), PAYLOAD_IS(37, 0),
};
static const struct payload_count unconnected_data = { "unconnected", { 38, 2, true }, 16, 2,
						       LENGTH_MOST - 16 };
static const struct payload_carrier carrier_unconnected = {
	.name = "unconnected", .length = &length, .count = &unconnected_data,
	.bytes = PAYLOAD_BYTES(unconnected), .transports = PAYLOAD_TCP, .body = 40,
};
/* A connection's identifier and, behind a sequence count, its data. */
static const struct payload_byte connected[] = {
	PAYLOAD_IS(0, 0x70), PAYLOAD_IS(1, 0), STATUS, OPTIONS, INTERFACE,
	PAYLOAD_IS(30, 2), PAYLOAD_IS(31, 0), PAYLOAD_IS(32, 0xa1), PAYLOAD_IS(33, 0),
	PAYLOAD_IS(34, 4), PAYLOAD_IS(35, 0), PAYLOAD_IS(40, 0xb1), PAYLOAD_IS(41, 0),
};
static const struct payload_count connected_data = { "connected", { 42, 2, true }, 20, 4,
						     LENGTH_MOST - 20 };
static const struct payload_carrier carrier_connected = {
	.name = "connected", .length = &length, .count = &connected_data,
	.bytes = PAYLOAD_BYTES(connected), .transports = PAYLOAD_TCP, .body = 46,
};
#undef STATUS
#undef OPTIONS
#undef INTERFACE

/* ---- messages ---- */

/* Common services that mean the same to every class; but for Multiple Service Packet. */
static const struct payload_span spans_common[] = {
	{ 0, 0, 0x01, 0x01 }, { 0, 0, 0x03, 0x03 }, { 0, 0, 0x05, 0x07 }, { 0, 0, 0x0e, 0x0e },
	{ 0, 0, 0x11, 0x11 }, { 0, 0, 0x18, 0x18 },
};
/* The others, of classes by which no controller is programmed. */
static const struct payload_span spans_other[] = {
	{ 0, 0, 0x02, 0x02 }, { 0, 0, 0x04, 0x04 }, { 0, 0, 0x08, 0x09 }, { 0, 0, 0x0b, 0x0d },
	{ 0, 0, 0x0f, 0x10 }, { 0, 0, 0x12, 0x17 }, { 0, 0, 0x19, 0x31 },
};
static const struct payload_choice no_program = {
	CLASS, 6, { { 0x00, 0x63 }, { 0x65, 0x67 }, { 0x6f, 0x6f }, { 0x71, 0x8d },
		    { 0x8f, 0xab }, { 0xad, 0xff } },
};
/* Of tags. */
static const struct payload_span spans_tag[] = {
	{ 0, 0, 0x4c, 0x4e }, { 0, 0, 0x52, 0x53 }, { 0, 0, 0x55, 0x55 },
};
/* Of one class: those of the connection manager but for the opening of connections and
 * Unconnected Send, of PCCC but for its execution, of symbols but for those of tags. */
#define OBJECT(first, last) { first, last, 0x32, 0x7f }
#define PROGRAM(first, last, end)                                                            \
	{ first, last, 0x02, 0x02 }, { first, last, 0x04, 0x04 },                            \
		{ first, last, 0x08, 0x09 }, { first, last, 0x0b, 0x0d },                    \
		{ first, last, 0x0f, 0x10 }, { first, last, 0x12, 0x17 },                    \
		{ first, last, 0x19, end }
static const struct payload_span spans_class[] = {
	OBJECT(0x01, 0x05),
	{ 0x06, 0x06, 0x32, 0x51 }, { 0x06, 0x06, 0x53, 0x53 }, { 0x06, 0x06, 0x55, 0x5a },
	{ 0x06, 0x06, 0x5c, 0x7f },
	OBJECT(0x07, 0x63), OBJECT(0x65, 0x66),
	{ 0x67, 0x67, 0x32, 0x4a }, { 0x67, 0x67, 0x4c, 0x7f },
	OBJECT(0x6f, 0x6f), OBJECT(0x71, 0x8d), OBJECT(0x8f, 0xab), OBJECT(0xad, 0xc7),
	OBJECT(0xf0, 0xff),
	PROGRAM(0x64, 0x64, 0x7f), PROGRAM(0x68, 0x6a, 0x7f), PROGRAM(0x6b, 0x6b, 0x4b),
	{ 0x6b, 0x6b, 0x4f, 0x51 }, { 0x6b, 0x6b, 0x54, 0x54 }, { 0x6b, 0x6b, 0x56, 0x7f },
	PROGRAM(0x6c, 0x6e, 0x7f), PROGRAM(0x70, 0x70, 0x7f), PROGRAM(0x8e, 0x8e, 0x7f),
	PROGRAM(0xac, 0xac, 0x7f),
};
/* Of classes that CIP reserves. */
static const struct payload_span spans_reserved[] = { OBJECT(0xe0, 0xe0) };
static const struct payload_choice reserved = { CLASS, 2, { { 0x00, 0x00 }, { 0xc8, 0xef } } };

/* A path: how many words, a class, an instance, and what else. */
#define PATH(path, ...)                                                                      \
	static const struct payload_byte path[] = { PAYLOAD_IS(2, 0x20), __VA_ARGS__ };      \
	static const struct payload_byte tag_##path[] = {                                    \
		PAYLOAD_IS(2, 0x20), PAYLOAD_IS(CLASS, 0x6b), __VA_ARGS__                    \
	};                                                                                   \
	MESSAGE(path, common, path, common, PAYLOAD_NOWHERE);                                \
	MESSAGE(path, other, path, other, PAYLOAD_NOWHERE, .choice = &no_program);           \
	MESSAGE(path, tag, tag_##path, tag, PAYLOAD_NOWHERE);                                \
	MESSAGE(path, class, path, class, CLASS);                                            \
	MESSAGE(path, reserved, path, reserved, PAYLOAD_NOWHERE, .choice = &reserved)
#define MESSAGE(path, title, constants, functions, group, ...)                               \
	static const struct payload_body path##_##title = {                                  \
		.name = #path "/" #title, .bytes = PAYLOAD_BYTES(constants),                 \
		.spans = spans_##functions, .span_count = PAYLOAD_COUNT(spans_##functions),  \
		.function_at = SERVICE, .group_at = group, __VA_ARGS__                       \
	}
PATH(instance, PAYLOAD_IS(1, 2), PAYLOAD_IS(4, 0x24));
PATH(attribute, PAYLOAD_IS(1, 3), PAYLOAD_IS(4, 0x24), PAYLOAD_IS(6, 0x30));
PATH(long_instance, PAYLOAD_IS(1, 3), PAYLOAD_IS(4, 0x25), PAYLOAD_IS(5, 0));
PATH(long_attribute, PAYLOAD_IS(1, 4), PAYLOAD_IS(4, 0x25), PAYLOAD_IS(5, 0), PAYLOAD_IS(8, 0x30));

/* The connection manager's own instance. */
static const struct payload_byte manager[] = {
	PAYLOAD_IS(1, 2), PAYLOAD_IS(2, 0x20), PAYLOAD_IS(CLASS, 6), PAYLOAD_IS(4, 0x24),
};
static const struct payload_span spans_open[] = { { 0, 0, 0x54, 0x54 }, { 0, 0, 0x5b, 0x5b } };
MESSAGE(manager, open, manager, open, PAYLOAD_NOWHERE);

/* A tag's name comes first: its class is that of symbols. */
static const struct payload_byte name[] = { PAYLOAD_IS(2, 0x91) };
static const struct payload_choice words = { 1, 1, { { 2, 0xff } } };
static const struct payload_span spans_name[] = {
	{ 0, 0, 0x01, 0x01 }, { 0, 0, 0x03, 0x03 }, { 0, 0, 0x05, 0x07 }, { 0, 0, 0x0e, 0x0e },
	{ 0, 0, 0x11, 0x11 }, { 0, 0, 0x18, 0x18 }, { 0, 0, 0x4c, 0x4e }, { 0, 0, 0x52, 0x53 },
	{ 0, 0, 0x55, 0x55 },
};
static const struct payload_span spans_symbol[] = {
	PROGRAM(0x6b, 0x6b, 0x4b), { 0x6b, 0x6b, 0x4f, 0x51 }, { 0x6b, 0x6b, 0x54, 0x54 },
	{ 0x6b, 0x6b, 0x56, 0x7f },
};
MESSAGE(name, usual, name, name, PAYLOAD_NOWHERE, .choice = &words);
MESSAGE(name, symbol, name, symbol, PAYLOAD_NOWHERE, .choice = &words);
#undef PATH
#undef MESSAGE
#undef OBJECT
#undef PROGRAM

/* ---- I/O ---- */

static const struct payload_length length_io = {
	.name = "io", .number = { 16, 2, true }, .shortest = 0, .longest = DATA_MOST, .header = 18,
};
/* A sequenced address, then a connection's data. */
static const struct payload_byte io[] = {
	PAYLOAD_IS(0, 2), PAYLOAD_IS(1, 0), PAYLOAD_IS(2, 0x02), PAYLOAD_IS(3, 0x80),
	PAYLOAD_IS(4, 8), PAYLOAD_IS(5, 0), PAYLOAD_IS(14, 0xb1), PAYLOAD_IS(15, 0),
};
static const struct payload_carrier carrier_io = {
	.name = "io", .length = &length_io, .bytes = PAYLOAD_BYTES(io),
	.transports = PAYLOAD_UDP, .body = 18,
};
static const struct payload_span spans_io[] = { { IO, IO, 1, 3 } };
static const struct payload_body body_io = {
	.spans = spans_io, .span_count = PAYLOAD_COUNT(spans_io), .function_at = PAYLOAD_NOWHERE,
	.group_at = PAYLOAD_NOWHERE, .function = IO_UNATTRIBUTED,
};

/* ---- all of them ---- */

#define PATHS(carrier, path)                                                                 \
	{ &(carrier), &path##_common }, { &(carrier), &path##_other },                       \
		{ &(carrier), &path##_tag }, { &(carrier), &path##_class },                  \
		{ &(carrier), &path##_reserved }
#define MESSAGES(carrier)                                                                    \
	PATHS(carrier, instance), PATHS(carrier, attribute), PATHS(carrier, long_instance),  \
		PATHS(carrier, long_attribute), { &(carrier), &manager_open },               \
		{ &(carrier), &name_usual }, { &(carrier), &name_symbol }
static const struct payload_form forms[] = {
	{ &carrier_command, &body_command }, { &carrier_list, &body_list },
	{ &carrier_command, &body_register }, MESSAGES(carrier_unconnected),
	MESSAGES(carrier_connected), { &carrier_io, &body_io },
};

const struct payload_protocol payload_cip = {
	"cip", forms, PAYLOAD_COUNT(forms), PAYLOAD_UNITS,
};
