/* SPDX-License-Identifier: Apache-2.0
 *
 * The context manager of PROFINET IO (IEC 61158-6-10, 4.10 and 5.2): its operations are
 * those of DCE/RPC without connections (C706, 12.5.2), at the interfaces of devices,
 * controllers, supervisors and parameter servers, and those of the endpoint mapper
 * (appendix O), numbered 256 more.
 *
 * A server may answer from another port: where the client sent from is told, so that
 * what comes there is read, too. */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "verifier/proto/readers.h"

enum { RPC_VERSION = 4, RPC_HEADER = 80 };
/* Offsets in the header. */
enum { RPC_TYPE = 1, RPC_FLAGS = 2, RPC_ORDER = 4, RPC_INTERFACE = 24, RPC_OPERATION = 68,
       RPC_FRAGMENT = 76 };
enum { FLAG_FRAGMENT = 0x04, ORDER_LITTLE = 0x10, ORDER_OTHERS = 0xef };
enum { TYPE_REQUEST = 0, TYPE_RESPONSE = 2, TYPE_FAULT = 3, TYPE_REJECT = 6, TYPE_LAST = 10 };
enum { FUNCTION_MAPPER = 256 };
enum { OPERATION_READ = 2, OPERATION_WRITE = 3, OPERATION_READ_IMPLICIT = 5 };
/* Behind the sizes of the arguments, the last of which is that of what is there, stands a
 * block: its type, length and version, and, of a record, whose it is. */
enum { ARGUMENTS = RPC_HEADER + 20, ARGUMENT_SIZE = 4, STATUS_SIZE = 4, RECORD_HEADER = 64,
       RECORD_INDEX = 34, RECORD_LENGTH = 36 };
enum { BLOCK_WRITE = 0x0008, BLOCK_READ = 0x0009, BLOCK_ANSWER = 0x8000, INDEX_MULTIPLE = 0xe040 };

struct profinet_cm_memory {
	bool opened;
};

enum profinet_cm_interface { INTERFACE_OTHER, INTERFACE_IO, INTERFACE_MAPPER };

static bool rpc_is_little(const uint8_t *bytes)
{
	return (bytes[RPC_ORDER] & ORDER_LITTLE) != 0;
}

static uint16_t rpc_u16(const uint8_t *bytes, size_t at)
{
	return rpc_is_little(bytes) ? proto_le16(bytes + at) : proto_be16(bytes + at);
}

static uint32_t rpc_u32(const uint8_t *bytes, size_t at)
{
	return rpc_is_little(bytes) ? proto_le32(bytes + at) : proto_be32(bytes + at);
}

/* DEA00001-6C97-11D1-8271-00A02442DF7D to DEA00004-..., and the endpoint mapper's
 * E1AF8308-5D1F-11C9-91A4-08002B14A0FA. */
static enum profinet_cm_interface profinet_cm_interface(const uint8_t *bytes)
{
	static const uint8_t io[] = { 0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d };
	static const uint8_t mapper[] = { 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa };
	uint32_t first = rpc_u32(bytes, RPC_INTERFACE);

	if (first > 0xdea00000 && first <= 0xdea00004 &&
	    memcmp(bytes + RPC_INTERFACE + 8, io, sizeof(io)) == 0)
		return INTERFACE_IO;
	if (first == 0xe1af8308 && memcmp(bytes + RPC_INTERFACE + 8, mapper, sizeof(mapper)) == 0)
		return INTERFACE_MAPPER;
	return INTERFACE_OTHER;
}

/* ---- records ---- */

static void profinet_cm_add(const struct proto_frame *frame, struct proto_operation *operation,
			    uint16_t record)
{
	proto_add_span(frame, operation, (struct proto_span){ "record", record, record });
}

/* Writing many at once is writing a record that holds them, each behind a header and
 * at a multiple of four; answers have the headers alone. False: they are not all there. */
static bool profinet_cm_many(const struct proto_frame *frame, struct proto_operation *operation,
			     uint16_t block, size_t end)
{
	size_t at = ARGUMENTS + RECORD_HEADER;

	while (at < end) {
		const uint8_t *record = frame->bytes + at;
		if (at + RECORD_HEADER > frame->length || proto_be16(record) != block)
			return false;
		profinet_cm_add(frame, operation, proto_be16(record + RECORD_INDEX));
		at += RECORD_HEADER;
		if ((block & BLOCK_ANSWER) == 0)
			at += (size_t)proto_be32(record + RECORD_LENGTH);
		at += -at % 4;
	}
	return true;
}

/* Of several, the record that holds them counts only where it hides some. */
static void profinet_cm_records(const struct proto_frame *frame,
				struct proto_operation *operation)
{
	const uint8_t *block = frame->bytes + ARGUMENTS;
	uint16_t answer = operation->kind == PROTO_REQUEST ? 0 : BLOCK_ANSWER;

	if (frame->length < ARGUMENTS + RECORD_HEADER)
		return;
	uint16_t type = proto_be16(block), index = proto_be16(block + RECORD_INDEX);
	if (type != (BLOCK_WRITE | answer) && type != (BLOCK_READ | answer))
		return;
	size_t end = answer != 0
			     ? ARGUMENTS + (size_t)rpc_u32(frame->bytes, ARGUMENTS - ARGUMENT_SIZE)
			     : ARGUMENTS + RECORD_HEADER + (size_t)proto_be32(block + RECORD_LENGTH);
	if ((type & ~BLOCK_ANSWER) != BLOCK_WRITE || index != INDEX_MULTIPLE ||
	    !profinet_cm_many(frame, operation, type, end))
		profinet_cm_add(frame, operation, index);
}

static bool profinet_cm_has_record(uint16_t function)
{
	return function == OPERATION_READ || function == OPERATION_WRITE ||
	       function == OPERATION_READ_IMPLICIT;
}

/* ---- calls ---- */

static void profinet_cm_open(const struct proto_frame *frame)
{
	struct profinet_cm_memory *memory = frame->memory;
	const struct proto_channel channel = { .transport = IPPROTO_UDP, .side = frame->side };

	if (!memory->opened)
		frame->events->channel(frame->context, &channel);
	memory->opened = true;
}

/* A response begins with a status; zero is that it was done. */
static enum proto_kind profinet_cm_kind(const struct proto_frame *frame,
					enum profinet_cm_interface interface)
{
	switch (frame->bytes[RPC_TYPE]) {
	case TYPE_REQUEST: return PROTO_REQUEST;
	case TYPE_RESPONSE:
		return interface == INTERFACE_IO && frame->length >= RPC_HEADER + STATUS_SIZE &&
				       proto_be32(frame->bytes + RPC_HEADER) != 0
			       ? PROTO_REFUSAL
			       : PROTO_RESPONSE;
	default: return PROTO_REFUSAL;
	}
}

static bool profinet_cm_is_call(uint8_t type)
{
	return type == TYPE_REQUEST || type == TYPE_RESPONSE || type == TYPE_FAULT ||
	       type == TYPE_REJECT;
}

/* Further fragments go on with what the first one told. */
static bool profinet_cm_goes_on(const uint8_t *bytes)
{
	return (bytes[RPC_FLAGS] & FLAG_FRAGMENT) != 0 && rpc_u16(bytes, RPC_FRAGMENT) != 0;
}

static void profinet_cm_read(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	const uint8_t *bytes = frame->bytes;

	if (frame->length < RPC_HEADER || !profinet_cm_is_call(bytes[RPC_TYPE]))
		return;
	enum profinet_cm_interface interface = profinet_cm_interface(bytes);
	bool request = bytes[RPC_TYPE] == TYPE_REQUEST;
	proto_tell_client(frame, request ? frame->side : !frame->side);
	if (interface == INTERFACE_OTHER || profinet_cm_goes_on(bytes))
		return;
	operation.function = rpc_u16(bytes, RPC_OPERATION);
	operation.kind = (uint8_t)profinet_cm_kind(frame, interface);
	if (request)
		profinet_cm_open(frame);
	if (interface == INTERFACE_MAPPER)
		operation.function += FUNCTION_MAPPER;
	else if (profinet_cm_has_record(operation.function))
		profinet_cm_records(frame, &operation);
	proto_tell(frame, &operation);
}

static enum proto_likeness profinet_cm_recognise(const uint8_t *bytes, size_t length,
						 bool datagram)
{
	if (!datagram || length < RPC_HEADER || bytes[0] != RPC_VERSION ||
	    bytes[RPC_TYPE] > TYPE_LAST || (bytes[RPC_ORDER] & ORDER_OTHERS) != 0)
		return PROTO_UNLIKE;
	return profinet_cm_interface(bytes) == INTERFACE_IO ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_profinet_cm = {
	.protocols = { "profinet-cm" },
	.read = profinet_cm_read,
	.recognise = profinet_cm_recognise,
	.memory = sizeof(struct profinet_cm_memory),
};
