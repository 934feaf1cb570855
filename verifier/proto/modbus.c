/* SPDX-License-Identifier: Apache-2.0
 *
 * Modbus/TCP (Modbus Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3) and the
 * functions of the Modbus Application Protocol V1.1b3, section 6, with UMAS of
 * Schneider Electric inside function 90.
 *
 * Requests and responses of many functions look alike but for their length; where
 * that does not tell, the side that is known to be the client asks. */
#include "config.h"

#include "verifier/proto/readers.h"

/* The MBAP header: transaction, protocol (0), length of what follows, unit. */
enum { MODBUS_HEADER = 7, MODBUS_LEAST = 2, MODBUS_MOST = 254, MODBUS_EXCEPTION = 0x80 };
/* Transports of function 43 but for the identification of devices (6.21) carry other
 * protocols' requests, and have numbers of ours: these and the transport. */
enum { MODBUS_ENCAPSULATED = 43, MODBUS_TRANSPORTS = 256, TRANSPORT_IDENTIFICATION = 14 };
enum { MODBUS_UMAS = 90, UMAS_SIGNED = 0x38, UMAS_SIGNED_INNER = 36, UMAS_DONE = 0xfe,
       UMAS_FAILED = 0xfd, UMAS_PENDING = 16 };
enum { MODBUS, UMAS }; /* index of proto.protocols */

/* The UMAS functions asked for, by transaction: a response does not repeat them. */
struct modbus_memory {
	uint16_t transaction[UMAS_PENDING];
	uint8_t function[UMAS_PENDING];
};

/* A protocol data unit: the function code and its data. */
struct modbus_pdu {
	const uint8_t *bytes;
	size_t length;
};

/* How the PDU of a function is laid out: its object space and how requests and
 * responses are told apart. */
enum modbus_shape {
	SHAPE_OTHER,
	SHAPE_READ,     /* asks with address and quantity; answers with a byte count */
	SHAPE_SINGLE,   /* asks with address and value, which the answer repeats */
	SHAPE_MULTIPLE, /* asks with address, quantity, byte count; answers without the last */
	SHAPE_MASK,     /* address and two masks, which the answer repeats */
	SHAPE_BOTH,     /* reads and writes at once; answers with a byte count */
	SHAPE_QUEUE,    /* asks with an address; answers with a byte count of two bytes */
};

struct modbus_function {
	uint8_t code;
	uint8_t shape;
	const char *space;
};

static const struct modbus_function modbus_functions[] = {
	{ 1, SHAPE_READ, "coil" },        { 2, SHAPE_READ, "discrete" },
	{ 3, SHAPE_READ, "holding" },     { 4, SHAPE_READ, "input" },
	{ 5, SHAPE_SINGLE, "coil" },      { 6, SHAPE_SINGLE, "holding" },
	{ 15, SHAPE_MULTIPLE, "coil" },   { 16, SHAPE_MULTIPLE, "holding" },
	{ 22, SHAPE_MASK, "holding" },    { 23, SHAPE_BOTH, "holding" },
	{ 24, SHAPE_QUEUE, "holding" },
};

static struct modbus_function modbus_function(uint8_t code)
{
	for (size_t i = 0; i < sizeof(modbus_functions) / sizeof(modbus_functions[0]); i++)
		if (modbus_functions[i].code == code)
			return modbus_functions[i];
	return (struct modbus_function){ code, SHAPE_OTHER, NULL };
}

/* The number in the prelude's table. */
static uint16_t modbus_number(struct modbus_pdu pdu)
{
	if (pdu.bytes[0] != MODBUS_ENCAPSULATED || pdu.length < 2 ||
	    pdu.bytes[1] == TRANSPORT_IDENTIFICATION)
		return pdu.bytes[0];
	return (uint16_t)(MODBUS_TRANSPORTS + pdu.bytes[1]);
}

/* ---- who asks ---- */

static bool modbus_is_request(struct modbus_pdu pdu, enum modbus_shape shape)
{
	switch (shape) {
	case SHAPE_READ:
	case SHAPE_SINGLE: return pdu.length == 5;
	case SHAPE_MULTIPLE: return pdu.length > 6 && pdu.length == 6u + pdu.bytes[5];
	case SHAPE_MASK: return pdu.length == 7;
	case SHAPE_BOTH: return pdu.length > 10 && pdu.length == 10u + pdu.bytes[9];
	case SHAPE_QUEUE: return pdu.length == 3;
	default: return true;
	}
}

static bool modbus_is_response(struct modbus_pdu pdu, enum modbus_shape shape)
{
	switch (shape) {
	case SHAPE_READ:
	case SHAPE_BOTH: return pdu.length > 2 && pdu.length == 2u + pdu.bytes[1];
	case SHAPE_SINGLE:
	case SHAPE_MULTIPLE: return pdu.length == 5;
	case SHAPE_MASK: return pdu.length == 7;
	case SHAPE_QUEUE:
		return pdu.length > 4 && pdu.length == 3u + proto_be16(pdu.bytes + 1);
	default: return true;
	}
}

static enum proto_kind modbus_kind(const struct proto_frame *frame, struct modbus_pdu pdu,
				   enum modbus_shape shape)
{
	bool request = modbus_is_request(pdu, shape), response = modbus_is_response(pdu, shape);

	if (request == response)
		return frame->from_client ? PROTO_REQUEST : PROTO_RESPONSE;
	proto_tell_client(frame, request ? frame->side : !frame->side);
	return request ? PROTO_REQUEST : PROTO_RESPONSE;
}

/* ---- what it is about ---- */

static void modbus_span(struct proto_operation *operation, const char *space,
			const uint8_t *address, uint32_t quantity)
{
	uint32_t first = proto_be16(address);

	operation->span[operation->span_count++] = (struct proto_span){
		space, first, first + (quantity > 0 ? quantity - 1 : 0)
	};
}

/* Only requests say all of it. */
static void modbus_spans(struct proto_operation *operation, struct modbus_pdu pdu,
			 struct modbus_function function)
{
	const uint8_t *data = pdu.bytes + 1;

	if (operation->kind != PROTO_REQUEST || function.space == NULL || pdu.length < 3)
		return;
	switch (function.shape) {
	case SHAPE_READ:
	case SHAPE_MULTIPLE:
	case SHAPE_BOTH:
		modbus_span(operation, function.space, data,
			    pdu.length >= 5 ? proto_be16(data + 2) : 1);
		if (function.shape == SHAPE_BOTH && pdu.length >= 9)
			modbus_span(operation, function.space, data + 4, proto_be16(data + 6));
		break;
	default:
		modbus_span(operation, function.space, data, 1);
	}
}

/* ---- UMAS ---- */

/* The real function stands behind the signature of a signed request. */
static uint8_t umas_function(struct modbus_pdu pdu)
{
	uint8_t function = pdu.bytes[2];

	if (function == UMAS_SIGNED && pdu.length > UMAS_SIGNED_INNER + 2 &&
	    pdu.bytes[UMAS_SIGNED_INNER] == MODBUS_UMAS)
		function = pdu.bytes[UMAS_SIGNED_INNER + 2];
	return function;
}

static void umas_ask(const struct proto_frame *frame, struct proto_operation *operation,
		     struct modbus_pdu pdu)
{
	struct modbus_memory *memory = frame->memory;
	uint16_t transaction = proto_be16(frame->bytes);

	operation->function = umas_function(pdu);
	memory->transaction[transaction % UMAS_PENDING] = transaction;
	memory->function[transaction % UMAS_PENDING] = (uint8_t)operation->function;
}

/* False: what was asked for was not seen. */
static bool umas_answer(const struct proto_frame *frame, struct proto_operation *operation,
			struct modbus_pdu pdu)
{
	struct modbus_memory *memory = frame->memory;
	uint16_t transaction = proto_be16(frame->bytes);
	unsigned slot = transaction % UMAS_PENDING;

	operation->kind = pdu.bytes[2] == UMAS_FAILED ? PROTO_REFUSAL : PROTO_RESPONSE;
	operation->function = memory->function[slot];
	return memory->transaction[slot] == transaction && memory->function[slot] != 0;
}

static void umas_read(const struct proto_frame *frame, struct proto_operation *operation,
		      struct modbus_pdu pdu)
{
	bool answer = pdu.bytes[2] == UMAS_DONE || pdu.bytes[2] == UMAS_FAILED;

	operation->protocol = UMAS;
	operation->carrier = MODBUS_UMAS;
	operation->kind = PROTO_REQUEST;
	proto_tell_client(frame, answer ? !frame->side : frame->side);
	if (!answer) {
		umas_ask(frame, operation, pdu);
	} else if (!umas_answer(frame, operation, pdu)) {
		operation->protocol = MODBUS;
		operation->carrier = PROTO_NO_FUNCTION;
		operation->function = MODBUS_UMAS;
	}
}

/* ---- frames ---- */

static size_t modbus_frame(const uint8_t *bytes, size_t length)
{
	if (length < 6)
		return PROTO_MORE;
	unsigned follows = proto_be16(bytes + 4);
	if (proto_be16(bytes + 2) != 0 || follows < MODBUS_LEAST || follows > MODBUS_MOST)
		return PROTO_NONE;
	return 6 + follows;
}

static void modbus_read(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };

	if (frame->length <= MODBUS_HEADER)
		return;
	struct modbus_pdu pdu = { frame->bytes + MODBUS_HEADER, frame->length - MODBUS_HEADER };
	operation.has_unit = true;
	operation.unit = frame->bytes[6];
	operation.function = modbus_number(pdu);
	if (pdu.bytes[0] & MODBUS_EXCEPTION) {
		operation.function = pdu.bytes[0] - MODBUS_EXCEPTION;
		operation.kind = PROTO_REFUSAL;
		proto_tell_client(frame, !frame->side);
	} else if (pdu.bytes[0] == MODBUS_UMAS && pdu.length > 2) {
		umas_read(frame, &operation, pdu);
	} else {
		struct modbus_function function = modbus_function(pdu.bytes[0]);
		operation.kind = (uint8_t)modbus_kind(frame, pdu, function.shape);
		modbus_spans(&operation, pdu, function);
	}
	proto_tell(frame, &operation);
}

/* The header alone has 24 bits that are always the same; with a whole frame of a
 * known function, whose length fits, there is no doubt. */
static enum proto_likeness modbus_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = modbus_frame(bytes, length);

	if (size == PROTO_NONE || length <= MODBUS_HEADER)
		return size == PROTO_NONE ? PROTO_UNLIKE : PROTO_LIKE;
	if (datagram && size != length)
		return PROTO_UNLIKE;
	struct modbus_pdu pdu = { bytes + MODBUS_HEADER, size - MODBUS_HEADER };
	struct modbus_function function = modbus_function(pdu.bytes[0]);
	if (size > length || function.shape == SHAPE_OTHER)
		return PROTO_LIKE;
	return modbus_is_request(pdu, function.shape) || modbus_is_response(pdu, function.shape)
		       ? PROTO_CERTAIN
		       : PROTO_LIKE;
}

const struct proto proto_modbus = {
	.protocols = { "modbus", "umas" },
	.frame = modbus_frame,
	.read = modbus_read,
	.recognise = modbus_recognise,
	.one_asks = true,
	.memory = sizeof(struct modbus_memory),
	.frame_limit = 6 + MODBUS_MOST,
};
