/* SPDX-License-Identifier: Apache-2.0
 *
 * ISO transport on TCP port 102: TPKT (RFC 1006, 6) around transport PDUs of class 0
 * (ITU-T X.224, 13). Data PDUs without the end mark are put together; whose protocol a
 * message is, its first bytes tell.
 *
 * What asks for the connection is the client. A message that begins as a record of TLS
 * belongs to S7comm-plus, which begins TLS inside the transport (InitSSL). */
#include "config.h"

#include "verifier/proto/isotsap.h"
#include "verifier/proto/readers.h"

enum { TPKT_VERSION = 3, TPKT_SIZE = 4, TPKT_LEAST = 7 };
enum { COTP_INDICATOR = 4, COTP_TYPE = 5, COTP_NUMBER = 6, COTP_END = 0x80,
       COTP_DATA_HEADER = 2 };
enum { COTP_EXPEDITED = 0x10, COTP_REJECT = 0x50, COTP_ERROR = 0x70, COTP_DISCONNECT = 0x80,
       COTP_DISCONNECTED = 0xc0, COTP_CONFIRM = 0xd0, COTP_CONNECT = 0xe0, COTP_DATA = 0xf0 };
enum { S7COMM_ID = 0x32, S7COMM_PLUS_ID = 0x72 };
enum { TLS_LEAST = 5, TLS_FIRST = 0x14, TLS_DATA = 0x17, TLS_MAJOR = 3 };

/* ---- requests and their answers ---- */

void isotsap_ask(const struct proto_frame *frame, struct isotsap_asked asked)
{
	struct isotsap_memory *memory = frame->memory;

	asked.side = (uint8_t)(frame->side + 1);
	memory->asked[asked.reference % ISOTSAP_PENDING] = asked;
}

const struct isotsap_asked *isotsap_asked(const struct proto_frame *frame, uint32_t reference)
{
	const struct isotsap_memory *memory = frame->memory;
	const struct isotsap_asked *asked = &memory->asked[reference % ISOTSAP_PENDING];

	return asked->side == !frame->side + 1 && asked->reference == reference ? asked : NULL;
}

void isotsap_tell_client(const struct proto_frame *frame, int side)
{
	struct isotsap_memory *memory = frame->memory;

	if (!memory->client_told)
		proto_tell_client(frame, side);
	memory->client_told = true;
}

/* ---- what a message is ---- */

static bool isotsap_is_tls(struct isotsap_message message)
{
	return message.length >= TLS_LEAST && message.bytes[0] >= TLS_FIRST &&
	       message.bytes[0] <= TLS_DATA && message.bytes[1] == TLS_MAJOR &&
	       message.bytes[2] <= 4;
}

/* Give Tokens and Data Transfer in front of a fully encoded presentation value (ITU-T
 * X.225, 8.3; X.226, 8.4). */
static bool isotsap_is_session_data(struct isotsap_message message)
{
	static const uint8_t begin[] = { 1, 0, 1, 0, 0x61 };

	for (size_t i = 0; i < sizeof(begin); i++)
		if (i >= message.length || message.bytes[i] != begin[i])
			return false;
	return true;
}

static void isotsap_tell_hidden(const struct proto_frame *frame)
{
	const struct proto_operation operation = {
		.protocol = ISOTSAP_S7COMM_PLUS,
		.kind = frame->from_client ? PROTO_REQUEST : PROTO_RESPONSE,
		.carrier = PROTO_NO_FUNCTION,
		.hidden = true,
	};

	proto_tell(frame, &operation);
}

static void isotsap_read_message(const struct proto_frame *frame, struct isotsap_message message)
{
	if (message.length == 0)
		return;
	if (message.bytes[0] == S7COMM_ID)
		s7comm_read(frame, message);
	else if (message.bytes[0] == S7COMM_PLUS_ID)
		s7comm_plus_read(frame, message);
	else if (!isotsap_is_tls(message))
		mms_read(frame, message);
	else if (message.bytes[0] == TLS_DATA)
		isotsap_tell_hidden(frame);
}

/* ---- transport ---- */

static size_t isotsap_data_at(const uint8_t *bytes)
{
	return COTP_INDICATOR + 1u + bytes[COTP_INDICATOR];
}

static void isotsap_read_data(const struct proto_frame *frame)
{
	size_t at = isotsap_data_at(frame->bytes);
	struct proto_gather *gather = frame->gather;

	if (frame->length <= COTP_NUMBER || at > frame->length)
		return;
	struct isotsap_message part = { frame->bytes + at, frame->length - at };
	bool end = (frame->bytes[COTP_NUMBER] & COTP_END) != 0;
	if (end && gather->length == 0) {
		isotsap_read_message(frame, part);
		return;
	}
	proto_gather_add(gather, part.bytes, part.length);
	if (!end)
		return;
	isotsap_read_message(frame, (struct isotsap_message){ gather->bytes, gather->length });
	proto_gather_clear(gather);
}

static void isotsap_read(const struct proto_frame *frame)
{
	if (frame->datagram || frame->length <= COTP_TYPE)
		return;
	switch (frame->bytes[COTP_TYPE] & 0xf0) {
	case COTP_DATA: isotsap_read_data(frame); break;
	case COTP_CONNECT: proto_tell_client(frame, frame->side); break;
	case COTP_CONFIRM: proto_tell_client(frame, !frame->side); break;
	default: break;
	}
}

static bool isotsap_is_type(uint8_t type)
{
	switch (type & 0xf0) {
	case COTP_EXPEDITED:
	case COTP_REJECT:
	case COTP_ERROR:
	case COTP_DISCONNECT:
	case COTP_DISCONNECTED:
	case COTP_CONFIRM:
	case COTP_CONNECT:
	case COTP_DATA: return true;
	default: return false;
	}
}

static size_t isotsap_frame(const uint8_t *bytes, size_t length)
{
	if ((length > 0 && bytes[0] != TPKT_VERSION) || (length > 1 && bytes[1] != 0))
		return PROTO_NONE;
	if (length <= COTP_TYPE)
		return PROTO_MORE;
	size_t size = proto_be16(bytes + 2);
	if (size < TPKT_LEAST || bytes[COTP_INDICATOR] < COTP_DATA_HEADER ||
	    isotsap_data_at(bytes) > size || !isotsap_is_type(bytes[COTP_TYPE]))
		return PROTO_NONE;
	return size;
}

/* Remote desktops and telephones use the same transport: only data PDUs whose message
 * begins as one of these protocols leave no doubt. */
static enum proto_likeness isotsap_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = datagram ? PROTO_NONE : isotsap_frame(bytes, length);

	if (size == PROTO_NONE)
		return PROTO_UNLIKE;
	if (size == PROTO_MORE || bytes[COTP_TYPE] != COTP_DATA || isotsap_data_at(bytes) > length)
		return PROTO_LIKE;
	struct isotsap_message message = { bytes + isotsap_data_at(bytes),
					   length - isotsap_data_at(bytes) };
	bool s7comm = message.length >= 4 && message.bytes[0] == S7COMM_ID &&
		      proto_be16(message.bytes + 2) == 0;
	bool plus = message.length >= 4 && message.bytes[0] == S7COMM_PLUS_ID &&
		    message.bytes[1] >= 1 && message.bytes[1] <= 3;
	return s7comm || plus || isotsap_is_session_data(message) ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_isotsap = {
	.protocols = { "s7comm", "s7comm-plus", "mms" },
	.frame = isotsap_frame,
	.read = isotsap_read,
	.recognise = isotsap_recognise,
	.gathers = true,
	.memory = sizeof(struct isotsap_memory),
	.frame_limit = PROTO_FRAME_LIMIT,
};
