/* SPDX-License-Identifier: Apache-2.0
 *
 * IEC 60870-5-104: the APCI (clause 5) in front of an application service data unit of
 * IEC 60870-5-101 (7.2), whose fields have fixed sizes here. An APDU of S or U format
 * ends with the APCI; the confirmations of starting and stopping are the other side's.
 *
 * What is monitored comes from the other side alone, as do causes of transmission other
 * than request, activation, deactivation and file transfer. A counter interrogation that
 * freezes or resets has a number of its own, by the qualifier behind the one object's
 * address. */
#include "config.h"
#include "compiler/payload_table.h"

enum { START = 0x68, APCI = 6, APCI_LENGTH = 4, LEAST = 13, MOST = 253 };
enum { TYPE = 0, QUALIFIER = 1, CAUSE = 2, COUNTER_QUALIFIER = 9, COUNTER_LENGTH = 14 };
enum { FREEZE_FIRST = 0x40, FUNCTION_FREEZE = 357 };

/* With one object's address at least. */
static const struct payload_length length = {
	.name = "frame", .number = { 1, 1, false }, .shortest = LEAST, .longest = MOST,
	.header = 2,
};
static const struct payload_length length_control = {
	.name = "control", .number = { 1, 1, false }, .shortest = APCI_LENGTH,
	.longest = APCI_LENGTH, .header = 2,
};

/* The low bits of send and receive sequence numbers are 0. */
static const struct payload_byte information[] = {
	PAYLOAD_IS(0, START), { 2, 0x01, 0 }, { 4, 0x01, 0 },
};
static const struct payload_carrier carrier_information = {
	.length = &length, .bytes = PAYLOAD_BYTES(information), .unit = { APCI + 4, 2, true },
	.transports = PAYLOAD_TCP, .body = APCI,
};
static const struct payload_byte supervisory[] = {
	PAYLOAD_IS(0, START), PAYLOAD_IS(2, 1), PAYLOAD_IS(3, 0), { 4, 0x01, 0 },
};
static const struct payload_carrier carrier_supervisory = {
	.name = "supervisory", .length = &length_control, .bytes = PAYLOAD_BYTES(supervisory),
	.transports = PAYLOAD_TCP, .body = APCI,
};
static const struct payload_byte unnumbered[] = {
	PAYLOAD_IS(0, START), PAYLOAD_IS(3, 0), PAYLOAD_IS(4, 0), PAYLOAD_IS(5, 0),
};
/* STARTDT act, STOPDT act, TESTFR act and con. */
static const struct payload_choice controls = {
	2, 4, { { 0x07, 0x07 }, { 0x13, 0x13 }, { 0x43, 0x43 }, { 0x83, 0x83 } },
};
static const struct payload_carrier carrier_unnumbered = {
	.name = "unnumbered", .length = &length_control, .bytes = PAYLOAD_BYTES(unnumbered),
	.choice = &controls, .transports = PAYLOAD_TCP, .body = APCI,
};
static const struct payload_body body_none = {
	.function_at = PAYLOAD_NOWHERE, .group_at = PAYLOAD_NOWHERE,
};

/* Each in a test, too, the highest bit; none is negative, the next one. */
static const struct payload_choice causes = {
	CAUSE, 6, { { 6, 6 }, { 8, 8 }, { 13, 13 }, { 0x86, 0x86 }, { 0x88, 0x88 },
		    { 0x8d, 0x8d } },
};
static const struct payload_span spans_types[] = { { 0, 0, 45, 69 }, { 0, 0, 71, 100 },
						   { 0, 0, 103, 127 } };
static const struct payload_body body_types = {
	.name = "types", .choice = &causes, .spans = spans_types, .span_count = PAYLOAD_COUNT(spans_types),
	.function_at = TYPE, .group_at = PAYLOAD_NOWHERE,
};
/* Reading, and asking for a directory of files. */
static const struct payload_choice request = { CAUSE, 2, { { 5, 5 }, { 0x85, 0x85 } } };
static const struct payload_span spans_requests[] = { { 0, 0, 102, 102 }, { 0, 0, 122, 122 } };
static const struct payload_body body_requests = {
	.name = "requests", .choice = &request, .spans = spans_requests,
	.span_count = PAYLOAD_COUNT(spans_requests), .function_at = TYPE,
	.group_at = PAYLOAD_NOWHERE,
};
static const struct payload_byte one_object[] = { PAYLOAD_IS(QUALIFIER, 1) };
static const struct payload_choice reads = { COUNTER_QUALIFIER, 1, { { 0, FREEZE_FIRST - 1 } } };
static const struct payload_span spans_counters[] = { { 0, 0, 101, 101 } };
static const struct payload_body body_counters = {
	.name = "counters", .choice = &causes, .other = &reads, .bytes = PAYLOAD_BYTES(one_object),
	.spans = spans_counters, .span_count = PAYLOAD_COUNT(spans_counters),
	.function_at = TYPE, .group_at = PAYLOAD_NOWHERE, .length = COUNTER_LENGTH,
};
static const struct payload_choice freezes = { COUNTER_QUALIFIER, 1, { { FREEZE_FIRST, 0xff } } };
static const struct payload_span spans_freeze[] = {
	{ FUNCTION_FREEZE >> 8, FUNCTION_FREEZE >> 8, FUNCTION_FREEZE & 0xff,
	  FUNCTION_FREEZE & 0xff },
};
static const struct payload_body body_freeze = {
	.name = "freeze", .choice = &causes, .other = &freezes, .bytes = PAYLOAD_BYTES(one_object),
	.spans = spans_freeze, .span_count = PAYLOAD_COUNT(spans_freeze),
	.function_at = TYPE, .group_at = PAYLOAD_NOWHERE, .length = COUNTER_LENGTH,
};

static const struct payload_form forms[] = {
	{ &carrier_information, &body_types },	  { &carrier_information, &body_requests },
	{ &carrier_information, &body_counters }, { &carrier_information, &body_freeze },
	{ &carrier_supervisory, &body_none },	  { &carrier_unnumbered, &body_none },
};

const struct payload_protocol payload_iec104 = {
	"iec104", forms, PAYLOAD_COUNT(forms), PAYLOAD_UNITS,
};
