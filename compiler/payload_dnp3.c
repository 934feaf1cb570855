/* SPDX-License-Identifier: Apache-2.0
 *
 * DNP3 (IEEE 1815-2012): one link frame (clause 9) from the master, which holds one whole
 * segment of the transport function (clause 8) and that one whole application fragment
 * (4.2.2); or one without user data. Check sums of blocks are counted, not calculated. */
#include "config.h"
#include "compiler/payload_table.h"

enum { LINK_CONTROL = 3, LINK_TARGET = 4, LINK_HEADER = 10, LINK_LEAST = 5, LINK_MOST = 255,
       LINK_BLOCK = 16, UNCOUNTED = 5, APPLICATION_LEAST = 3 };
enum { TRANSPORT = 0, APPLICATION_CONTROL = 1, APPLICATION_FUNCTION = 2, FIRST_FINAL = 0xc0 };
enum { FROM_MASTER = 0x80, FUNCTION_LAST = 33 };

static const struct payload_length length = {
	.name = "frame", .number = { 2, 1, false },
	.shortest = LINK_LEAST + APPLICATION_LEAST, .longest = LINK_MOST,
	.header = UNCOUNTED, .block = LINK_BLOCK, .unblocked = LINK_LEAST,
};
static const struct payload_byte start[] = { PAYLOAD_IS(0, 0x05), PAYLOAD_IS(1, 0x64) };
/* From the master and primary, confirmed and unconfirmed user data; a frame count bit may
 * be there. */
static const struct payload_choice user_data = {
	LINK_CONTROL, 4, { { 0xc3, 0xc4 }, { 0xd3, 0xd4 }, { 0xe3, 0xe4 }, { 0xf3, 0xf4 } },
};
static const struct payload_carrier carrier_data = {
	.length = &length, .bytes = PAYLOAD_BYTES(start), .choice = &user_data,
	.unit = { LINK_TARGET, 2, true }, .transports = PAYLOAD_TCP | PAYLOAD_UDP,
	.body = LINK_HEADER,
};
static const struct payload_byte whole[] = {
	{ TRANSPORT, FIRST_FINAL, FIRST_FINAL }, { APPLICATION_CONTROL, FIRST_FINAL, FIRST_FINAL },
};
static const struct payload_span spans[] = { { 0, 0, 0, FUNCTION_LAST } };
static const struct payload_body body_data = {
	.name = "data", .bytes = PAYLOAD_BYTES(whole), .spans = spans,
	.span_count = PAYLOAD_COUNT(spans), .function_at = APPLICATION_FUNCTION,
	.group_at = PAYLOAD_NOWHERE,
};

static const struct payload_length length_link = {
	.name = "link", .number = { 2, 1, false }, .shortest = LINK_LEAST, .longest = LINK_LEAST,
	.header = UNCOUNTED,
};
static const struct payload_byte link[] = {
	PAYLOAD_IS(0, 0x05), PAYLOAD_IS(1, 0x64), { LINK_CONTROL, FROM_MASTER, FROM_MASTER },
};
static const struct payload_carrier carrier_link = {
	.name = "link", .length = &length_link, .bytes = PAYLOAD_BYTES(link),
	.transports = PAYLOAD_TCP | PAYLOAD_UDP, .body = LINK_HEADER,
};
static const struct payload_body body_none = {
	.function_at = PAYLOAD_NOWHERE, .group_at = PAYLOAD_NOWHERE,
};

static const struct payload_form forms[] = {
	{ &carrier_data, &body_data }, { &carrier_link, &body_none },
};

const struct payload_protocol payload_dnp3 = {
	"dnp3", forms, PAYLOAD_COUNT(forms), PAYLOAD_UNITS,
};
