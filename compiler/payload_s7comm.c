/* SPDX-License-Identifier: Apache-2.0
 *
 * S7 communication, which Siemens does not publish, after the descriptions of Wireshark
 * (packet-s7comm) and Apache PLC4X: one TPKT (RFC 1006, 6) with one whole message in a
 * data TPDU (ITU-T X.224, 13.7), or the request for the connection.
 *
 * A PI service is a job 40 with a name behind arguments: told are those whose arguments
 * and name are the usual ones, by the numbers of the prelude. Blocks that are loaded down
 * are asked for by the controller: what the client sends of these are acknowledgements. */
#include "config.h"
#include "compiler/payload_table.h"

enum { TPKT_LENGTH = 2, TPKT_LEAST = 7, PDU_MOST = 960, COTP_INDICATOR = 4, COTP_TYPE = 5 };
/* From the first byte of the message. */
enum { MESSAGE = 7, ROSCTR = 1, PARAMETER_LENGTH = 6, DATA_LENGTH = 8, HEADER = 10,
       ACK_HEADER = 12 };
enum { PI_SERVICE = 0x28, PI_GROUP = 0x28 };

static const struct payload_length length = {
	.name = "frame", .number = { TPKT_LENGTH, 2, false }, .shortest = TPKT_LEAST,
	.longest = TPKT_LEAST + PDU_MOST,
};

#define CARRIER(title, rosctr)                                                               \
	static const struct payload_byte bytes_##title[] = {                                 \
		PAYLOAD_IS(0, 3), PAYLOAD_IS(1, 0), PAYLOAD_IS(4, 2), PAYLOAD_IS(5, 0xf0),   \
		PAYLOAD_IS(6, 0x80), PAYLOAD_IS(MESSAGE, 0x32),                              \
		PAYLOAD_IS(MESSAGE + ROSCTR, rosctr), PAYLOAD_IS(MESSAGE + 2, 0),            \
		PAYLOAD_IS(MESSAGE + 3, 0),                                                  \
	};                                                                                   \
	static const struct payload_carrier carrier_##title = {                              \
		.name = #title, .length = &length, .bytes = PAYLOAD_BYTES(bytes_##title),    \
		.transports = PAYLOAD_TCP, .body = MESSAGE,                                  \
	}
CARRIER(job, 1);
CARRIER(ack, 3);
CARRIER(user, 7);
#undef CARRIER

/* ---- jobs ---- */

/* Without data, so that the parameters end the message. */
static const struct payload_byte no_data[] = {
	PAYLOAD_IS(DATA_LENGTH, 0), PAYLOAD_IS(DATA_LENGTH + 1, 0),
};
static const struct payload_count parameters = {
	"parameters", { PARAMETER_LENGTH, 2, false }, MESSAGE + HEADER, 1, PDU_MOST - HEADER,
};
static const struct payload_span spans_plain[] = {
	{ 0, 0, 0x04, 0x04 }, { 0, 0, 0x1a, 0x1a }, { 0, 0, 0x1d, 0x1f }, { 0, 0, 0x29, 0x29 },
	{ 0, 0, 0xf0, 0xf0 },
};
static const struct payload_body body_plain = {
	.name = "plain", .count = &parameters, .bytes = PAYLOAD_BYTES(no_data),
	.spans = spans_plain, .span_count = PAYLOAD_COUNT(spans_plain), .function_at = HEADER,
	.group_at = PAYLOAD_NOWHERE,
};
static const struct payload_span spans_write[] = { { 0, 0, 0x05, 0x05 } };
static const struct payload_body body_write = {
	.name = "write", .spans = spans_write, .span_count = PAYLOAD_COUNT(spans_write),
	.function_at = HEADER, .group_at = PAYLOAD_NOWHERE,
};

/* Behind the function and seven bytes: what follows it in the parameters. */
#define PI(title, size, number, ...)                                                         \
	static const struct payload_byte bytes_##title[] = {                                 \
		PAYLOAD_IS(PARAMETER_LENGTH, 0), PAYLOAD_IS(PARAMETER_LENGTH + 1, size),     \
		PAYLOAD_IS(DATA_LENGTH, 0), PAYLOAD_IS(DATA_LENGTH + 1, 0),                  \
		PAYLOAD_IS(HEADER, PI_SERVICE), __VA_ARGS__                                  \
	};                                                                                   \
	static const struct payload_span spans_##title[] = {                                 \
		{ PI_GROUP, PI_GROUP, number, number },                                      \
	};                                                                                   \
	static const struct payload_body body_##title = {                                    \
		.name = #title, .bytes = PAYLOAD_BYTES(bytes_##title),                       \
		.spans = spans_##title, .span_count = 1, .function_at = PAYLOAD_NOWHERE,     \
		.group_at = PAYLOAD_NOWHERE, .length = MESSAGE + HEADER + (size),            \
		.function = PI_GROUP << 8 | (number),                                        \
	}
#define PI_AT(at, value) PAYLOAD_IS(HEADER + (at), value)
#define PI_NAME(at, a, b, c, d)                                                              \
	PI_AT(at, a), PI_AT((at) + 1, b), PI_AT((at) + 2, c), PI_AT((at) + 3, d)
PI(warm_start, 20, 3, PI_NAME(8, 0, 0, 9, 'P'), PI_NAME(12, '_', 'P', 'R', 'O'),
   PI_NAME(16, 'G', 'R', 'A', 'M'));
PI(cold_start, 22, 3, PI_NAME(8, 0, 2, 'C', ' '), PI_NAME(12, 9, 'P', '_', 'P'),
   PI_NAME(16, 'R', 'O', 'G', 'R'), PI_AT(20, 'A'), PI_AT(21, 'M'));
PI(copy, 18, 4, PI_NAME(8, 0, 2, 'E', 'P'), PI_NAME(12, 5, '_', 'M', 'O'), PI_AT(16, 'D'),
   PI_AT(17, 'U'));
PI(compress, 16, 5, PI_NAME(8, 0, 0, 5, '_'), PI_NAME(12, 'G', 'A', 'R', 'B'));
#undef PI_NAME
#undef PI_AT
#undef PI

/* ---- acknowledgements and user data ---- */

static const struct payload_span spans_ack[] = { { 0, 0, 0x1b, 0x1c } };
static const struct payload_body body_ack = {
	.spans = spans_ack, .span_count = PAYLOAD_COUNT(spans_ack), .function_at = ACK_HEADER,
	.group_at = PAYLOAD_NOWHERE,
};

/* Parameters: a constant of three bytes, the length of the rest, a method, a type with the
 * group, the subfunction and a sequence number; of a further request four bytes more. */
#define USER(title, size, rest, method, first, last, more)                                   \
	static const struct payload_byte bytes_##title[] = {                                 \
		PAYLOAD_IS(PARAMETER_LENGTH, 0), PAYLOAD_IS(PARAMETER_LENGTH + 1, size),     \
		PAYLOAD_IS(HEADER, 0), PAYLOAD_IS(HEADER + 1, 1),                            \
		PAYLOAD_IS(HEADER + 2, 0x12), PAYLOAD_IS(HEADER + 3, rest),                  \
		PAYLOAD_IS(HEADER + 4, method),                                              \
	};                                                                                   \
	static const struct payload_count count_##title = {                                  \
		#title, { DATA_LENGTH, 2, false }, MESSAGE + HEADER + (size), 0,             \
		PDU_MOST - HEADER - (size),                                                  \
	};                                                                                   \
	static const struct payload_span spans_##title[] = { { first, last, 0, 0xff } };     \
	static const struct payload_body body_##title = {                                    \
		.name = #title, .count = &count_##title,                                     \
		.bytes = PAYLOAD_BYTES(bytes_##title), .spans = spans_##title,               \
		.span_count = 1, .function_at = HEADER + 6, .group_at = HEADER + 5,          \
		.group_more = more,                                                          \
	}
USER(request, 8, 4, 0x11, 0x10, 0x1e, 0x30);
USER(next, 12, 8, 0x12, 0x10, 0x1e, 0x30);
USER(numeric, 8, 4, 0x11, 0x1f, 0x1f, 0x60);
#undef USER

/* ---- transport ---- */

/* Class 0, asked for; the length indicator counts all behind it. */
static const struct payload_byte connect[] = {
	PAYLOAD_IS(0, 3), PAYLOAD_IS(1, 0), PAYLOAD_IS(COTP_TYPE, 0xe0), PAYLOAD_IS(6, 0),
	PAYLOAD_IS(7, 0), { 10, 0xf0, 0 },
};
static const struct payload_count indicator = { "indicator", { COTP_INDICATOR, 1, false },
						COTP_INDICATOR + 1, 6, 254 };
static const struct payload_carrier carrier_connect = {
	.name = "connect", .length = &length, .count = &indicator,
	.bytes = PAYLOAD_BYTES(connect), .transports = PAYLOAD_TCP, .body = MESSAGE,
};
static const struct payload_body body_none = {
	.function_at = PAYLOAD_NOWHERE, .group_at = PAYLOAD_NOWHERE,
};

static const struct payload_form forms[] = {
	{ &carrier_job, &body_plain },	    { &carrier_job, &body_write },
	{ &carrier_job, &body_warm_start }, { &carrier_job, &body_cold_start },
	{ &carrier_job, &body_copy },	    { &carrier_job, &body_compress },
	{ &carrier_ack, &body_ack },	    { &carrier_user, &body_request },
	{ &carrier_user, &body_next },	    { &carrier_user, &body_numeric },
	{ &carrier_connect, &body_none },
};

const struct payload_protocol payload_s7comm = {
	"s7comm", forms, PAYLOAD_COUNT(forms), PAYLOAD_UNITS,
};
