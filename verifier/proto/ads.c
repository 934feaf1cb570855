/* SPDX-License-Identifier: Apache-2.0
 *
 * Beckhoff ADS over AMS/TCP (Beckhoff Information System, TE1000, "ADS/AMS
 * specification"), and the datagrams by which routers find and get to know each other.
 *
 * What Read Write does, which may be either, and Write where it writes nothing, their
 * index group tells (TcAdsDef.h): groups of symbols and sums are functions of their own,
 * as are those of files, processes and routes at the system service (TwinCAT SDK,
 * nSystemServiceIndexGroups). Sum commands tell the index
 * group of each of their parts. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { TCP_HEADER = 6, TCP_LENGTH = 2, AMS_HEADER = 32, AMS_MOST = 1 << 24 };
/* Offsets from the beginning of a frame. */
enum { AMS_TARGET_PORT = 12, AMS_SOURCE_PORT = 20, AMS_COMMAND = 22, AMS_FLAGS = 24,
       AMS_LENGTH = 26, AMS_ERROR = 30, AMS_INVOKE = 34, ADS_DATA = 38, ADS_RESULT = 38 };
enum { FLAG_RESPONSE = 0x0001, FLAG_COMMAND = 0x0004 };
enum ads_command { ADS_READ = 2, ADS_WRITE = 3, ADS_NOTIFICATION = 8, ADS_READ_WRITE = 9 };
enum { SYSTEM_SERVICE = 10000, SYSTEM_FIRST = 100, SYSTEM_LAST = 999, SYSTEM_FUNCTIONS = 4096,
       SYSTEM_WRITES = 8192 };
enum { GROUP_HANDLE = 0xf003, GROUP_VALUE = 0xf004,
       GROUP_RELEASE = 0xf006, GROUP_INFO = 0xf007, GROUP_INFO_EXTENDED = 0xf009,
       GROUP_SUM_FIRST = 0xf080, GROUP_SUM_READ_WRITE = 0xf082, GROUP_SUM_LAST = 0xf086 };
/* Read Write: group, offset, length to read, length to write, data. A part of a sum is
 * group, offset and one length, or two. */
enum { READ_WRITE_DATA = 16, SUM_PART = 12, SUM_READ_WRITE_PART = 16 };
enum { ADS_PENDING = 16 };
/* Datagrams of routers: magic, invoke identifier, service, source, number of tags, tags. */
enum { ROUTER_SERVICE = 8, ROUTER_TAGS = 24, ROUTER_ANSWER = 0x80, ROUTER_STATUS = 1,
       ROUTER_SERVICES = 256 };
#define ROUTER_MAGIC UINT32_C(0x71146603)

/* What was asked for, by invoke identifier: a response does not repeat its group. */
struct ads_memory {
	uint32_t invoke[ADS_PENDING];
	uint16_t function[ADS_PENDING];
};

/* ---- which function ---- */

static bool ads_is_sum(uint32_t group)
{
	return group >= GROUP_SUM_FIRST && group <= GROUP_SUM_LAST;
}

/* Groups that say what Read Write is for. */
static bool ads_is_purpose(uint32_t group)
{
	return ads_is_sum(group) || group == GROUP_HANDLE || group == GROUP_VALUE ||
	       group == GROUP_INFO || group == GROUP_INFO_EXTENDED;
}

static uint16_t ads_function(const struct proto_frame *frame)
{
	uint16_t command = proto_le16(frame->bytes + AMS_COMMAND);

	if (frame->length < ADS_DATA + 4 ||
	    (command != ADS_READ && command != ADS_WRITE && command != ADS_READ_WRITE))
		return command;
	uint32_t group = proto_le32(frame->bytes + ADS_DATA);
	if (proto_le16(frame->bytes + AMS_TARGET_PORT) == SYSTEM_SERVICE &&
	    group >= SYSTEM_FIRST && group <= SYSTEM_LAST)
		return (uint16_t)((command == ADS_WRITE ? SYSTEM_WRITES : SYSTEM_FUNCTIONS) + group);
	if ((command == ADS_WRITE && group == GROUP_RELEASE) ||
	    (command == ADS_READ_WRITE && ads_is_purpose(group)))
		return (uint16_t)group;
	return command;
}

/* ---- what it is about ---- */

static void ads_add_group(const struct proto_frame *frame, struct proto_operation *operation,
			  uint32_t group)
{
	proto_add_span(frame, operation, (struct proto_span){ "group", group, group });
}

/* The offset of a sum is how many parts it has; neighbours in one group are one. */
static void ads_add_parts(const struct proto_frame *frame, struct proto_operation *operation)
{
	const uint8_t *data = frame->bytes + ADS_DATA;
	size_t step = proto_le32(data) == GROUP_SUM_READ_WRITE ? SUM_READ_WRITE_PART : SUM_PART;
	uint32_t count = proto_le32(data + 4);
	size_t at = ADS_DATA + READ_WRITE_DATA;

	for (uint32_t i = 0; i < count && at + 4 <= frame->length; i++, at += step) {
		uint32_t group = proto_le32(frame->bytes + at);
		if (operation->span_count == 0 ||
		    operation->span[operation->span_count - 1].first != group)
			ads_add_group(frame, operation, group);
	}
}

static void ads_spans(const struct proto_frame *frame, struct proto_operation *operation)
{
	uint16_t command = proto_le16(frame->bytes + AMS_COMMAND);

	if (frame->length < ADS_DATA + 8 ||
	    (command != ADS_READ && command != ADS_WRITE && command != ADS_READ_WRITE))
		return;
	uint32_t group = proto_le32(frame->bytes + ADS_DATA);
	if (command == ADS_READ_WRITE && ads_is_sum(group))
		ads_add_parts(frame, operation);
	else if (operation->function == command)
		ads_add_group(frame, operation, group);
}

/* ---- frames ---- */

static void ads_ask(const struct proto_frame *frame, struct proto_operation *operation)
{
	struct ads_memory *memory = frame->memory;
	uint32_t invoke = proto_le32(frame->bytes + AMS_INVOKE);

	operation->function = ads_function(frame);
	if (operation->function == ADS_NOTIFICATION) {
		operation->kind = PROTO_NOTICE;
		proto_tell_client(frame, !frame->side);
		return;
	}
	memory->invoke[invoke % ADS_PENDING] = invoke;
	memory->function[invoke % ADS_PENDING] = operation->function;
	ads_spans(frame, operation);
	proto_tell_client(frame, frame->side);
}

/* The header's error is the router's, the result the device's. */
static void ads_answer(const struct proto_frame *frame, struct proto_operation *operation)
{
	const struct ads_memory *memory = frame->memory;
	uint32_t invoke = proto_le32(frame->bytes + AMS_INVOKE);
	unsigned slot = invoke % ADS_PENDING;
	bool failed = proto_le32(frame->bytes + AMS_ERROR) != 0 ||
		      (frame->length >= ADS_RESULT + 4 &&
		       proto_le32(frame->bytes + ADS_RESULT) != 0);

	operation->kind = failed ? PROTO_REFUSAL : PROTO_RESPONSE;
	operation->function = proto_le16(frame->bytes + AMS_COMMAND);
	operation->unit = proto_le16(frame->bytes + AMS_SOURCE_PORT);
	if (memory->invoke[slot] == invoke && memory->function[slot] != 0)
		operation->function = memory->function[slot];
	proto_tell_client(frame, !frame->side);
}

/* A datagram between routers: a service, tags; the first one of an answer is a status. */
static void ads_read_router(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	const uint8_t *bytes = frame->bytes;

	if (frame->length < ROUTER_TAGS)
		return;
	operation.function = (uint16_t)(ROUTER_SERVICES + bytes[ROUTER_SERVICE]);
	if (bytes[ROUTER_SERVICE + 3] & ROUTER_ANSWER) {
		bool failed = frame->length >= ROUTER_TAGS + 8 &&
			      proto_le16(bytes + ROUTER_TAGS) == ROUTER_STATUS &&
			      proto_le32(bytes + ROUTER_TAGS + 4) != 0;
		operation.kind = failed ? PROTO_REFUSAL : PROTO_RESPONSE;
	}
	proto_tell_client(frame, operation.kind == PROTO_REQUEST ? frame->side : !frame->side);
	proto_tell(frame, &operation);
}

static void ads_read(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION, .has_unit = true };

	if (frame->datagram) {
		ads_read_router(frame);
		return;
	}
	if (frame->length < TCP_HEADER + AMS_HEADER)
		return;
	operation.unit = proto_le16(frame->bytes + AMS_TARGET_PORT);
	if (proto_le16(frame->bytes + AMS_FLAGS) & FLAG_RESPONSE)
		ads_answer(frame, &operation);
	else
		ads_ask(frame, &operation);
	proto_tell(frame, &operation);
}

/* Commands to the local router have other numbers than 0 and do not travel. */
static size_t ads_frame(const uint8_t *bytes, size_t length)
{
	if ((length >= 1 && bytes[0] != 0) || (length >= 2 && bytes[1] != 0))
		return PROTO_NONE;
	if (length < TCP_HEADER)
		return PROTO_MORE;
	uint32_t follows = proto_le32(bytes + TCP_LENGTH);
	return follows >= AMS_HEADER && follows <= AMS_MOST ? TCP_HEADER + follows : PROTO_NONE;
}

/* Both lengths must agree and the flags be those of a command over TCP. */
static enum proto_likeness ads_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = ads_frame(bytes, length);

	if (datagram)
		return length >= ROUTER_TAGS && proto_le32(bytes) == ROUTER_MAGIC ? PROTO_CERTAIN
										  : PROTO_UNLIKE;
	if (size == PROTO_NONE)
		return PROTO_UNLIKE;
	if (length < TCP_HEADER + AMS_HEADER)
		return PROTO_LIKE;
	unsigned command = proto_le16(bytes + AMS_COMMAND);
	unsigned flags = proto_le16(bytes + AMS_FLAGS);
	return command >= 1 && command <= ADS_READ_WRITE &&
			       (flags & ~(unsigned)FLAG_RESPONSE) == FLAG_COMMAND &&
			       proto_le32(bytes + AMS_LENGTH) + TCP_HEADER + AMS_HEADER == size
		       ? PROTO_CERTAIN
		       : PROTO_UNLIKE;
}

const struct proto proto_ads = {
	.protocols = { "ads" },
	.frame = ads_frame,
	.read = ads_read,
	.recognise = ads_recognise,
	.memory = sizeof(struct ads_memory),
	.frame_limit = 8192,
};
