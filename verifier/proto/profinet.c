/* SPDX-License-Identifier: Apache-2.0
 *
 * PROFINET real time (IEC 61158-6-10, 4.7): the frame identifier, which is the function,
 * and alarms (4.8, RTA). Inside frames of DCP (4.3) its own services: what a Set writes
 * is a function each, option << 8 | suboption, which a response answers one by one.
 *
 * Cyclic data comes unasked from both sides; only DCP tells who asks. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { PROFINET, DCP }; /* index of proto.protocols */
enum { FRAME_ALARM_HIGH = 0xfc01, FRAME_ALARM_LOW = 0xfe01, FRAME_DCP_FIRST = 0xfefc,
       FRAME_DCP_LAST = 0xfeff };
enum { DCP_SERVICE = 2, DCP_TYPE = 3, DCP_LENGTH = 10, DCP_BLOCKS = 12, DCP_BLOCK_HEADER = 4 };
enum { DCP_GET = 3, DCP_SET = 4, DCP_HELLO = 6 };
enum { DCP_REQUEST = 0, DCP_SUCCESS = 1 };
enum { /* the block in which a response answers: which option it is about, and an error */
	DCP_OPTION_CONTROL = 5,
	DCP_CONTROL_RESPONSE = 4,
	DCP_RESPONSE_SIZE = 3,
};
enum { ALARM_TYPE = 6, ALARM_BLOCK = 14, ALARM_ANSWER = 0x80 };
enum { RTA_DATA = 1, RTA_ACK = 3, RTA_TYPE = 0x0f };

/* ---- DCP ---- */

struct dcp_block {
	uint16_t about;       /* option << 8 | suboption */
	const uint8_t *bytes; /* behind the header */
	size_t length;        /* that are there */
};

struct dcp_blocks {
	const uint8_t *bytes;
	size_t length, at;
};

static struct dcp_blocks dcp_blocks(const struct proto_frame *frame)
{
	struct dcp_blocks blocks = { frame->bytes, frame->length, DCP_BLOCKS };

	if (frame->length < DCP_BLOCKS)
		return (struct dcp_blocks){ 0 };
	size_t end = DCP_BLOCKS + (size_t)proto_be16(frame->bytes + DCP_LENGTH);
	if (end < blocks.length)
		blocks.length = end;
	return blocks;
}

/* Blocks begin at even offsets. */
static bool dcp_next(struct dcp_blocks *blocks, struct dcp_block *block)
{
	if (blocks->length < blocks->at + DCP_BLOCK_HEADER)
		return false;
	const uint8_t *bytes = blocks->bytes + blocks->at;
	size_t size = proto_be16(bytes + 2);
	size_t rest = blocks->length - blocks->at - DCP_BLOCK_HEADER;
	*block = (struct dcp_block){ proto_be16(bytes), bytes + DCP_BLOCK_HEADER,
				     size < rest ? size : rest };
	blocks->at += DCP_BLOCK_HEADER + size + size % 2;
	return true;
}

static bool dcp_is_answer(const struct dcp_block *block)
{
	return block->about == (DCP_OPTION_CONTROL << 8 | DCP_CONTROL_RESPONSE) &&
	       block->length >= DCP_RESPONSE_SIZE;
}

static enum proto_kind dcp_kind(const struct proto_frame *frame)
{
	uint8_t type = frame->bytes[DCP_TYPE];

	if (type == DCP_REQUEST)
		return frame->bytes[DCP_SERVICE] == DCP_HELLO ? PROTO_NOTICE : PROTO_REQUEST;
	return type == DCP_SUCCESS ? PROTO_RESPONSE : PROTO_REFUSAL;
}

/* True: the block is a thing that is set, or was. */
static bool dcp_set(struct proto_operation *operation, const struct dcp_block *block)
{
	operation->function = block->about;
	if (operation->kind == PROTO_REQUEST)
		return true;
	if (!dcp_is_answer(block))
		return false;
	operation->function = proto_be16(block->bytes);
	if (block->bytes[2] != 0)
		operation->kind = PROTO_REFUSAL;
	return true;
}

static void dcp_read_set(const struct proto_frame *frame, const struct proto_operation *whole)
{
	struct dcp_blocks blocks = dcp_blocks(frame);
	struct dcp_block block;
	bool told = false;

	while (dcp_next(&blocks, &block)) {
		struct proto_operation each = *whole;
		if (!dcp_set(&each, &block))
			continue;
		proto_tell(frame, &each);
		told = true;
	}
	if (!told)
		proto_tell(frame, whole);
}

/* A device that cannot get what it is asked for says so of each. */
static bool dcp_is_refused(const struct proto_frame *frame)
{
	struct dcp_blocks blocks = dcp_blocks(frame);
	struct dcp_block block;

	while (dcp_next(&blocks, &block))
		if (dcp_is_answer(&block) && block.bytes[2] != 0)
			return true;
	return false;
}

static void dcp_read(const struct proto_frame *frame)
{
	struct proto_operation operation = {
		.protocol = DCP,
		.kind = (uint8_t)dcp_kind(frame),
		.function = frame->bytes[DCP_SERVICE],
		.carrier = proto_be16(frame->bytes),
	};

	if (operation.kind != PROTO_NOTICE)
		proto_tell_client(frame, operation.kind == PROTO_REQUEST ? frame->side
									  : !frame->side);
	if (operation.function == DCP_SET) {
		dcp_read_set(frame, &operation);
		return;
	}
	if (operation.kind == PROTO_RESPONSE && operation.function == DCP_GET &&
	    dcp_is_refused(frame))
		operation.kind = PROTO_REFUSAL;
	proto_tell(frame, &operation);
}

/* ---- real time ---- */

/* An alarm is told, then acknowledged by who hears it, with a block of its own; beneath,
 * each is acknowledged or refused as data. */
static enum proto_kind alarm_kind(const struct proto_frame *frame)
{
	if (frame->length <= ALARM_TYPE)
		return PROTO_NOTICE;
	switch (frame->bytes[ALARM_TYPE] & RTA_TYPE) {
	case RTA_DATA:
		return frame->length > ALARM_BLOCK && frame->bytes[ALARM_BLOCK] & ALARM_ANSWER
			       ? PROTO_RESPONSE
			       : PROTO_NOTICE;
	case RTA_ACK: return PROTO_RESPONSE;
	default: return PROTO_REFUSAL;
	}
}

static void profinet_read(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION, .kind = PROTO_NOTICE };

	if (frame->length < 2)
		return;
	operation.function = proto_be16(frame->bytes);
	if (operation.function >= FRAME_DCP_FIRST && operation.function <= FRAME_DCP_LAST) {
		if (frame->length > DCP_TYPE)
			dcp_read(frame);
		return;
	}
	if (operation.function == FRAME_ALARM_HIGH || operation.function == FRAME_ALARM_LOW)
		operation.kind = (uint8_t)alarm_kind(frame);
	proto_tell(frame, &operation);
}

/* Any two bytes are a frame identifier. */
static enum proto_likeness profinet_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	(void)bytes;
	return datagram && length >= 2 ? PROTO_LIKE : PROTO_UNLIKE;
}

const struct proto proto_profinet = {
	.protocols = { "profinet", "profinet-dcp" },
	.read = profinet_read,
	.recognise = profinet_recognise,
};
