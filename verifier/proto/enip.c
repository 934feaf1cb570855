/* SPDX-License-Identifier: Apache-2.0
 *
 * EtherNet/IP (ODVA, The CIP Networks Library, volume 2): encapsulation (2-3, 2-4), the
 * common packet format (2-6), and I/O datagrams, which tell no service: whether one goes
 * from originator to target is told by the identifier of its connection, which the
 * answer to a Forward Open gave. */
#include "config.h"

#include <netinet/in.h>

#include "verifier/proto/cip.h"
#include "verifier/proto/readers.h"

/* Of the encapsulation header: command, length of what follows, session handle, status,
 * sender context, options. */
enum { ENIP_LENGTH = 2, ENIP_SESSION = 4, ENIP_STATUS = 8, ENIP_CONTEXT = 12, ENIP_OPTIONS = 20,
       ENIP_HEADER = 24, ENIP_STATUS_LAST = 0xff };
enum { /* commands */
	COMMAND_NOP = 0x00,
	COMMAND_LIST_SERVICES = 0x04,
	COMMAND_LIST_IDENTITY = 0x63,
	COMMAND_LIST_INTERFACES = 0x64,
	COMMAND_REGISTER_SESSION = 0x65,
	COMMAND_UNREGISTER_SESSION = 0x66,
	COMMAND_SEND_RR_DATA = 0x6f,
	COMMAND_SEND_UNIT_DATA = 0x70,
	COMMAND_INDICATE_STATUS = 0x72,
	COMMAND_CANCEL = 0x73,
	COMMAND_START_DTLS = 0xc8,
};
/* Data begins with an interface handle and a timeout. Items: type, length, data. */
enum { DATA_PREFIX = 6, ITEM_COUNT = 2, ITEM_HEADER = 4, ITEM_MOST = 4 };
enum {
	ITEM_NULL_ADDRESS = 0x00,
	ITEM_IDENTITY = 0x0c,
	ITEM_CONNECTED_ADDRESS = 0xa1,
	ITEM_CONNECTED_DATA = 0xb1, /* a sequence count of two bytes first */
	ITEM_UNCONNECTED_DATA = 0xb2,
	ITEM_SERVICES = 0x100,
	ITEM_SOCKET_TO_TARGET = 0x8000,
	ITEM_SOCKET_TO_ORIGINATOR = 0x8001,
	ITEM_SEQUENCED_ADDRESS = 0x8002,
};
enum { SOCKET_LENGTH = 16, SEQUENCED_LENGTH = 8, IO_ITEMS = 2 };
/* Register Session: a version and options. */
enum { SESSION_LENGTH = 4, SESSION_VERSION = 1 };

static bool enip_is_command(uint16_t command)
{
	switch (command) {
	case COMMAND_NOP:
	case COMMAND_LIST_SERVICES:
	case COMMAND_LIST_IDENTITY:
	case COMMAND_LIST_INTERFACES:
	case COMMAND_REGISTER_SESSION:
	case COMMAND_UNREGISTER_SESSION:
	case COMMAND_SEND_RR_DATA:
	case COMMAND_SEND_UNIT_DATA:
	case COMMAND_INDICATE_STATUS:
	case COMMAND_CANCEL:
	case COMMAND_START_DTLS: return true;
	default: return false;
	}
}

static bool enip_has_data(uint16_t command)
{
	return command == COMMAND_SEND_RR_DATA || command == COMMAND_SEND_UNIT_DATA;
}

/* ---- commands ---- */

/* Lists are asked for with nothing; a session has no handle until it is answered. */
static enum proto_kind enip_kind(const struct proto_frame *frame, uint16_t command)
{
	bool empty = proto_le16(frame->bytes + ENIP_LENGTH) == 0;

	if (proto_le32(frame->bytes + ENIP_STATUS) != 0)
		return PROTO_REFUSAL;
	switch (command) {
	case COMMAND_LIST_SERVICES:
	case COMMAND_LIST_IDENTITY:
	case COMMAND_LIST_INTERFACES: return empty ? PROTO_REQUEST : PROTO_RESPONSE;
	case COMMAND_REGISTER_SESSION:
		return proto_le32(frame->bytes + ENIP_SESSION) == 0 ? PROTO_REQUEST
								    : PROTO_RESPONSE;
	case COMMAND_UNREGISTER_SESSION: return PROTO_REQUEST;
	default: return frame->from_client ? PROTO_REQUEST : PROTO_RESPONSE;
	}
}

static void enip_command(const struct proto_frame *frame, uint16_t command)
{
	struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = (uint16_t)(CIP_FUNCTION_ENCAPSULATION + command),
		.kind = (uint8_t)enip_kind(frame, command),
	};

	if (command >= COMMAND_LIST_SERVICES && command <= COMMAND_REGISTER_SESSION)
		proto_tell_client(frame, operation.kind == PROTO_REQUEST ? frame->side
									 : !frame->side);
	proto_tell(frame, &operation);
}

/* ---- items ---- */

/* What tells a request's answer: of a connection its sequence count, else the context
 * that the sender chose. */
static uint32_t enip_context(const struct proto_frame *frame)
{
	const uint8_t *context = frame->bytes + ENIP_CONTEXT;

	return (proto_le32(context) ^ proto_le32(context + 4) * 31) | 1u << 31;
}

/* Where an I/O datagram will go: an Internet address in network order, family first.
 * Groups have no end of their own. */
static void enip_socket(const struct proto_frame *frame, const uint8_t *bytes, size_t length)
{
	if (length < SOCKET_LENGTH || IN_MULTICAST(proto_be32(bytes + 4)))
		return;
	const struct proto_channel channel = {
		.transport = IPPROTO_UDP,
		.port = proto_be16(bytes + 2),
		.side = frame->side,
	};
	frame->events->channel(frame->context, &channel);
}

static void enip_item(const struct proto_frame *frame, uint16_t type, const uint8_t *bytes,
		      size_t length)
{
	switch (type) {
	case ITEM_CONNECTED_DATA:
		if (length > 2)
			cip_read(frame, bytes + 2, length - 2, proto_le16(bytes));
		break;
	case ITEM_UNCONNECTED_DATA: cip_read(frame, bytes, length, enip_context(frame)); break;
	case ITEM_SOCKET_TO_TARGET:
	case ITEM_SOCKET_TO_ORIGINATOR: enip_socket(frame, bytes, length); break;
	default: break;
	}
}

static void enip_items(const struct proto_frame *frame)
{
	size_t at = ENIP_HEADER + DATA_PREFIX + ITEM_COUNT;

	if (frame->length < at)
		return;
	for (size_t count = proto_le16(frame->bytes + at - ITEM_COUNT);
	     count > 0 && frame->length - at >= ITEM_HEADER; count--) {
		const uint8_t *item = frame->bytes + at;
		size_t length = proto_le16(item + 2);
		at += ITEM_HEADER;
		if (length > frame->length - at)
			length = frame->length - at;
		enip_item(frame, proto_le16(item), item + ITEM_HEADER, length);
		at += length;
	}
}

/* ---- I/O ---- */

/* Two items, the first of them a connection's identifier and a sequence number. */
static bool enip_is_io(const uint8_t *bytes, size_t length)
{
	return length >= ITEM_COUNT + ITEM_HEADER + SEQUENCED_LENGTH &&
	       proto_le16(bytes) == IO_ITEMS && proto_le16(bytes + 2) == ITEM_SEQUENCED_ADDRESS &&
	       proto_le16(bytes + 4) == SEQUENCED_LENGTH;
}

static void enip_io(const struct proto_frame *frame)
{
	uint32_t connection = proto_le32(frame->bytes + ITEM_COUNT + ITEM_HEADER);
	uint16_t meaning = proto_recall(frame, frame->side, connection);
	const struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = meaning != 0 ? meaning : CIP_FUNCTION_UNATTRIBUTED,
		.kind = PROTO_NOTICE,
	};

	if (meaning != 0)
		proto_tell_client(frame, meaning == CIP_FUNCTION_OUTPUT ? frame->side
									: !frame->side);
	proto_tell(frame, &operation);
}

/* ---- frames ---- */

static size_t enip_frame(const uint8_t *bytes, size_t length)
{
	if (length < 2)
		return PROTO_MORE;
	if (!enip_is_command(proto_le16(bytes)))
		return PROTO_NONE;
	if (length < ENIP_HEADER)
		return PROTO_MORE;
	if (proto_le32(bytes + ENIP_STATUS) > ENIP_STATUS_LAST ||
	    proto_le32(bytes + ENIP_OPTIONS) != 0)
		return PROTO_NONE;
	return ENIP_HEADER + (size_t)proto_le16(bytes + ENIP_LENGTH);
}

static void enip_read(const struct proto_frame *frame)
{
	if (frame->datagram && enip_is_io(frame->bytes, frame->length)) {
		enip_io(frame);
		return;
	}
	if (frame->length < ENIP_HEADER)
		return;
	uint16_t command = proto_le16(frame->bytes);
	if (enip_has_data(command))
		enip_items(frame);
	else
		enip_command(frame, command);
}

/* ---- likeness ---- */

static bool enip_is_item(uint16_t type)
{
	switch (type) {
	case ITEM_NULL_ADDRESS:
	case ITEM_IDENTITY:
	case ITEM_CONNECTED_ADDRESS:
	case ITEM_CONNECTED_DATA:
	case ITEM_UNCONNECTED_DATA:
	case ITEM_SERVICES:
	case ITEM_SOCKET_TO_TARGET:
	case ITEM_SOCKET_TO_ORIGINATOR:
	case ITEM_SEQUENCED_ADDRESS: return true;
	default: return false;
	}
}

/* Do known items fill the frame from there on, as far as it is there, and more than
 * zeros tell so? */
static bool enip_items_fill(const uint8_t *bytes, size_t length, size_t at)
{
	size_t size = enip_frame(bytes, length), there = length < size ? length : size;
	unsigned count = at + ITEM_COUNT <= there ? proto_le16(bytes + at) : 0;
	bool told = false;

	if (count == 0 || count > ITEM_MOST)
		return false;
	at += ITEM_COUNT;
	for (; count > 0 && at + ITEM_HEADER <= there; count--) {
		uint16_t type = proto_le16(bytes + at);
		if (!enip_is_item(type))
			return false;
		told |= type != ITEM_NULL_ADDRESS;
		at += ITEM_HEADER + (size_t)proto_le16(bytes + at + 2);
	}
	return told && (count == 0 ? at == size : at <= size);
}

/* Commands without data are a byte among zeros, which others have, too. */
static bool enip_is_certain(const uint8_t *bytes, size_t length)
{
	switch (proto_le16(bytes)) {
	case COMMAND_SEND_RR_DATA:
	case COMMAND_SEND_UNIT_DATA: return enip_items_fill(bytes, length, ENIP_HEADER + DATA_PREFIX);
	case COMMAND_LIST_SERVICES:
	case COMMAND_LIST_IDENTITY: return enip_items_fill(bytes, length, ENIP_HEADER);
	case COMMAND_REGISTER_SESSION:
		return length >= ENIP_HEADER + SESSION_LENGTH &&
		       proto_le16(bytes + ENIP_LENGTH) == SESSION_LENGTH &&
		       proto_le32(bytes + ENIP_HEADER) == SESSION_VERSION;
	default: return false;
	}
}

static enum proto_likeness enip_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = enip_frame(bytes, length);

	if (datagram && enip_is_io(bytes, length))
		return PROTO_CERTAIN;
	if (size == PROTO_NONE || (datagram && size < length))
		return PROTO_UNLIKE;
	return size != PROTO_MORE && enip_is_certain(bytes, length) ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_enip = {
	.protocols = { "cip" },
	.frame = enip_frame,
	.read = enip_read,
	.recognise = enip_recognise,
	.memory = sizeof(struct cip_memory),
	.frame_limit = PROTO_FRAME_LIMIT,
};
