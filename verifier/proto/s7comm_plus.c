/* SPDX-License-Identifier: Apache-2.0
 *
 * S7comm-plus of the S7-1200 and -1500, which Siemens does not publish: after the
 * dissector of T. Wiens. Versions 1 and 2 are in clear, version 3 is preceded by a
 * digest; TLS is the carrier's (isotsap.c).
 *
 * A client makes, sets and deletes objects of its own session, too: to log on, to
 * subscribe, to leave. Those have numbers of ours, 0x8000 and the function, so that
 * reading needs no right to program. */
#include "config.h"

#include "verifier/proto/isotsap.h"

enum { PLUS_HEADER = 4, PLUS_TRAILER = 4, PLUS_DIGEST = 0x20, PLUS_LATEST = 3 };
enum { OPCODE_REQUEST = 0x31, OPCODE_RESPONSE = 0x32, OPCODE_NOTIFICATION = 0x33 };
enum { PLUS_FUNCTION = 3, PLUS_SEQUENCE = 7, PLUS_SESSION = 9, PLUS_RETURN = 10,
       PLUS_OBJECT = 14 };
enum { CREATE_OBJECT = 0x4ca, DELETE_OBJECT = 0x4d4, SET_VARIABLE = 0x4f2,
       SET_MULTI_VARIABLES = 0x542, PLUS_OWN = 0x8000 };
/* The session before there is one, and the container that sessions are made in. */
enum { NULL_SESSION = 0x120, SESSION_CONTAINER = 0x11d };
enum { NUMBER_BYTES = 9 };

/* A number of seven bits a byte, the highest first; eight in the ninth. *at goes on
 * behind it. */
static uint64_t plus_number(struct isotsap_message body, size_t *at)
{
	uint64_t value = 0;

	for (size_t i = 0; i < NUMBER_BYTES && *at < body.length; i++) {
		uint8_t byte = body.bytes[(*at)++];
		if (i == NUMBER_BYTES - 1)
			return value << 8 | byte;
		value = value << 7 | (byte & 0x7f);
		if ((byte & 0x80) == 0)
			break;
	}
	return value;
}

/* ---- what is a session's own ---- */

static bool plus_is_known(const struct isotsap_memory *memory, uint32_t object)
{
	for (size_t i = 0; i < ISOTSAP_OBJECTS; i++)
		if (memory->own[i] == object && object != 0)
			return true;
	return false;
}

/* Does the request concern nothing but its own session? */
static bool plus_is_own(const struct isotsap_memory *memory, uint16_t function,
			struct isotsap_message body)
{
	if (body.length < PLUS_OBJECT + 4)
		return false;
	uint32_t session = proto_be32(body.bytes + PLUS_SESSION);
	uint32_t object = proto_be32(body.bytes + PLUS_OBJECT);
	bool own = object == session || plus_is_known(memory, object);
	switch (function) {
	case CREATE_OBJECT:
		return own || (session == NULL_SESSION && object == SESSION_CONTAINER);
	case DELETE_OBJECT:
	case SET_VARIABLE:
	case SET_MULTI_VARIABLES: return own;
	default: return false;
	}
}

/* The response to making one lists them, behind the value that it begins with. */
static void plus_remember(struct isotsap_memory *memory, struct isotsap_message body)
{
	size_t at = PLUS_RETURN;

	plus_number(body, &at);
	if (at >= body.length)
		return;
	for (unsigned count = body.bytes[at++]; count > 0 && at < body.length; count--)
		memory->own[memory->own_count++ % ISOTSAP_OBJECTS] =
			(uint32_t)plus_number(body, &at);
}

/* ---- requests and responses ---- */

/* The value that a response begins with: an error in its lowest 16 bits is negative. */
static bool plus_is_refused(struct isotsap_message body)
{
	size_t at = PLUS_RETURN;

	return (plus_number(body, &at) & 0x8000) != 0;
}

static void plus_request(const struct proto_frame *frame, struct isotsap_message body,
			 struct proto_operation *operation)
{
	operation->kind = PROTO_REQUEST;
	if (plus_is_own(frame->memory, operation->function, body))
		operation->function |= PLUS_OWN;
	isotsap_ask(frame, (struct isotsap_asked){
				   .reference = proto_be16(body.bytes + PLUS_SEQUENCE),
				   .function = operation->function });
}

static void plus_response(const struct proto_frame *frame, struct isotsap_message body,
			  struct proto_operation *operation)
{
	const struct isotsap_asked *asked =
		isotsap_asked(frame, proto_be16(body.bytes + PLUS_SEQUENCE));

	if (asked != NULL && (asked->function & ~PLUS_OWN) == operation->function)
		operation->function = asked->function;
	operation->kind = plus_is_refused(body) ? PROTO_REFUSAL : PROTO_RESPONSE;
	if (operation->function == (PLUS_OWN | CREATE_OBJECT) && operation->kind == PROTO_RESPONSE)
		plus_remember(frame->memory, body);
}

static void plus_read_body(const struct proto_frame *frame, struct isotsap_message body)
{
	struct proto_operation operation = { .protocol = ISOTSAP_S7COMM_PLUS,
					     .carrier = PROTO_NO_FUNCTION };

	if (body.length < PLUS_SEQUENCE + 2 || body.bytes[0] < OPCODE_REQUEST ||
	    body.bytes[0] > OPCODE_NOTIFICATION)
		return;
	bool request = body.bytes[0] == OPCODE_REQUEST;
	proto_tell_client(frame, request ? frame->side : !frame->side);
	operation.function = proto_be16(body.bytes + PLUS_FUNCTION);
	if (request) {
		plus_request(frame, body, &operation);
	} else if (body.bytes[0] == OPCODE_RESPONSE) {
		plus_response(frame, body, &operation);
	} else {
		operation.kind = PROTO_NOTICE;
		operation.function = OPCODE_NOTIFICATION;
	}
	proto_tell(frame, &operation);
}

/* The last message of a PDU has a trailer behind its part; those before have none.
 * Keep-alives and system events are of other versions. */
void s7comm_plus_read(const struct proto_frame *frame, struct isotsap_message message)
{
	struct isotsap_memory *memory = frame->memory;

	if (message.length <= PLUS_HEADER || message.bytes[1] < 1 || message.bytes[1] > PLUS_LATEST)
		return;
	size_t there = message.length - PLUS_HEADER, size = proto_be16(message.bytes + 2);
	bool continued = memory->fragmented[frame->side];
	memory->fragmented[frame->side] =
		frame->length == frame->size && there < size + PLUS_TRAILER;
	if (continued)
		return;
	struct isotsap_message body = { message.bytes + PLUS_HEADER, size < there ? size : there };
	size_t digest = message.bytes[1] == PLUS_LATEST && body.length > 0 &&
					body.bytes[0] == PLUS_DIGEST
				? PLUS_DIGEST + 1
				: 0;
	if (digest > body.length)
		return;
	body.bytes += digest;
	body.length -= digest;
	plus_read_body(frame, body);
}
