/* SPDX-License-Identifier: Apache-2.0
 *
 * OPC UA over its binary protocol: message chunks (OPC 10000-6, 6.7.2 and 7.1.2) and the
 * service, told by the numeric identifier of its binary encoding at the beginning of
 * the body (5.2.2.9, annex A.2). A response's identifier is its request's and three more,
 * but for two services that came later.
 *
 * Whether a body is encrypted is agreed on in messages that are encrypted themselves: a
 * body that does not begin with the identifier of a service is. */
#include "config.h"

#include <string.h>

#include "verifier/proto/readers.h"

enum { CHUNK_HEADER = 8, CHUNK_LEAST = 8, OPCUA_HEADER = 24, OPCUA_PENDING = 16 };
enum { SERVICE_FAULT = 397, FIND_SERVERS_ON_NETWORK = 12208, REGISTER_SERVER_2 = 12211 };
/* Of a response: time stamp, handle, result (OPC 10000-4, 7.33); bad results have this bit. */
enum { RESPONSE_RESULT = 8 + 4, RESULT_BAD = 0x80 };

/* What was asked for and not answered yet, by request identifier; and whether the next
 * chunk of a side goes on with a message. */
struct opcua_memory {
	uint32_t request[OPCUA_PENDING];
	uint16_t service[OPCUA_PENDING];
	bool open[2];
};

/* Identifiers of requests, in order. */
static const uint16_t opcua_requests[] = {
	422, 428, 437, 446, 452, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560,
	566, 615, 621, 631, 664, 673, 700, 712, 751, 763, 769, 775, 781, 787, 793, 799, 826,
	832, 841, 847, FIND_SERVERS_ON_NETWORK, REGISTER_SERVER_2,
};

static bool opcua_is_request(uint32_t identifier)
{
	for (size_t i = 0; i < sizeof(opcua_requests) / sizeof(opcua_requests[0]); i++)
		if (opcua_requests[i] == identifier)
			return true;
	return false;
}

/* The request that a response answers, or 0. */
static uint16_t opcua_answered(uint32_t identifier)
{
	if (identifier == FIND_SERVERS_ON_NETWORK + 1 || identifier == REGISTER_SERVER_2 + 1)
		return (uint16_t)(identifier - 1);
	return identifier >= 3 && opcua_is_request(identifier - 3) ? (uint16_t)(identifier - 3) : 0;
}

/* ---- bodies ---- */

struct opcua_body {
	const uint8_t *bytes;
	size_t length;
};

/* A node identifier of namespace 0 (OPC 10000-6, 5.2.2.9); *size: its bytes. 0: none. */
static uint32_t opcua_identifier(struct opcua_body body, size_t *size)
{
	if (body.length >= 2 && body.bytes[0] == 0) {
		*size = 2;
		return body.bytes[1];
	}
	if (body.length >= 4 && body.bytes[0] == 1 && body.bytes[1] == 0) {
		*size = 4;
		return proto_le16(body.bytes + 2);
	}
	if (body.length >= 7 && body.bytes[0] == 2 && proto_le16(body.bytes + 1) == 0) {
		*size = 7;
		return proto_le32(body.bytes + 3);
	}
	return 0;
}

static void opcua_ask(struct opcua_memory *memory, uint32_t request, uint32_t service)
{
	memory->request[request % OPCUA_PENDING] = request;
	memory->service[request % OPCUA_PENDING] = (uint16_t)service;
}

/* A fault does not say what it answers. */
static uint16_t opcua_faulted(const struct opcua_memory *memory, uint32_t request)
{
	unsigned slot = request % OPCUA_PENDING;

	return memory->request[slot] == request && memory->service[slot] != 0
		       ? memory->service[slot]
		       : SERVICE_FAULT;
}

static enum proto_kind opcua_result(struct opcua_body body, size_t identifier_size)
{
	size_t last = identifier_size + RESPONSE_RESULT + 3;

	return last < body.length && body.bytes[last] & RESULT_BAD ? PROTO_REFUSAL
								   : PROTO_RESPONSE;
}

static void opcua_read_body(const struct proto_frame *frame, struct opcua_body body,
			    uint32_t request)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	struct opcua_memory *memory = frame->memory;
	size_t size = 0;
	uint32_t identifier = opcua_identifier(body, &size);
	uint16_t answered = opcua_answered(identifier);

	if (opcua_is_request(identifier)) {
		operation.function = (uint16_t)identifier;
		opcua_ask(memory, request, identifier);
		proto_tell_client(frame, frame->side);
	} else if (answered != 0 || identifier == SERVICE_FAULT) {
		operation.function = answered != 0 ? answered : opcua_faulted(memory, request);
		operation.kind = answered != 0 ? (uint8_t)opcua_result(body, size) : PROTO_REFUSAL;
		proto_tell_client(frame, !frame->side);
	} else {
		operation.hidden = true;
		operation.kind = frame->from_client ? PROTO_REQUEST : PROTO_RESPONSE;
	}
	proto_tell(frame, &operation);
}

/* ---- chunks ---- */

/* Its header ends with a sequence number and the request's identifier. */
static void opcua_read_symmetric(const struct proto_frame *frame)
{
	struct opcua_memory *memory = frame->memory;
	bool goes_on = memory->open[frame->side];

	memory->open[frame->side] = frame->bytes[3] == 'C';
	if (goes_on || frame->bytes[3] == 'A' || frame->length < OPCUA_HEADER + 2)
		return;
	struct opcua_body body = { frame->bytes + OPCUA_HEADER, frame->length - OPCUA_HEADER };
	opcua_read_body(frame, body, proto_le32(frame->bytes + 20));
}

/* Three byte strings lie before the sequence header: the policy, the sender's
 * certificate, the receiver's thumb print. Opening a channel is housekeeping: encrypted,
 * it hides no operation. */
static void opcua_read_open(const struct proto_frame *frame)
{
	size_t at = 12;

	for (int i = 0; i < 3; i++) {
		if (at + 4 > frame->length)
			return;
		uint32_t size = proto_le32(frame->bytes + at);
		at += 4;
		if (size == UINT32_MAX)
			continue;
		if (size > frame->length - at)
			return;
		at += size;
	}
	if (at + 8 + 4 > frame->length)
		return;
	struct opcua_body body = { frame->bytes + at + 8, frame->length - at - 8 };
	size_t size;
	uint32_t identifier = opcua_identifier(body, &size);
	if (opcua_is_request(identifier) || opcua_answered(identifier) != 0)
		opcua_read_body(frame, body, proto_le32(frame->bytes + at + 4));
}

static bool opcua_is(const uint8_t *bytes, const char *type)
{
	return memcmp(bytes, type, 3) == 0;
}

static void opcua_read(const struct proto_frame *frame)
{
	const uint8_t *bytes = frame->bytes;

	if (frame->length < CHUNK_HEADER)
		return;
	if (opcua_is(bytes, "MSG") || opcua_is(bytes, "CLO"))
		opcua_read_symmetric(frame);
	else if (opcua_is(bytes, "OPN"))
		opcua_read_open(frame);
	else if (opcua_is(bytes, "HEL"))
		proto_tell_client(frame, frame->side);
	else if (opcua_is(bytes, "ACK"))
		proto_tell_client(frame, !frame->side);
}

static bool opcua_is_type(const uint8_t *bytes)
{
	static const char types[][4] = { "MSG", "OPN", "CLO", "HEL", "ACK", "ERR", "RHE" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (opcua_is(bytes, types[i]))
			return true;
	return false;
}

static size_t opcua_frame(const uint8_t *bytes, size_t length)
{
	if (length >= 3 && !opcua_is_type(bytes))
		return PROTO_NONE;
	if (length >= 4 && bytes[3] != 'F' && bytes[3] != 'C' && bytes[3] != 'A')
		return PROTO_NONE;
	if (length < CHUNK_HEADER)
		return PROTO_MORE;
	uint32_t size = proto_le32(bytes + 4);
	return size >= CHUNK_LEAST && size <= INT32_MAX ? size : PROTO_NONE;
}

static enum proto_likeness opcua_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram || opcua_frame(bytes, length) == PROTO_NONE)
		return PROTO_UNLIKE;
	return length >= CHUNK_HEADER ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_opcua = {
	.protocols = { "opcua" },
	.frame = opcua_frame,
	.read = opcua_read,
	.recognise = opcua_recognise,
	.memory = sizeof(struct opcua_memory),
	.frame_limit = 8192,
};
