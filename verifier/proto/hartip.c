/* SPDX-License-Identifier: Apache-2.0
 *
 * HART-IP (FieldComm Group, HCF_SPEC-085, Network Management Specification, 10.3):
 * token-passing frames of the HART data link (HCF_SPEC-081), direct PDUs with a list
 * of commands, and messages of the session itself, told as functions from 65280 up.
 *
 * Command 31 stands for one whose number has two bytes; commands to devices behind
 * an I/O system are inside command 77, and several at once inside 78 (HCF_SPEC-151,
 * 7.42 and 7.43; what is in them, as FieldComm's hipserver and public devices have it). */
#include "config.h"

#include "verifier/proto/readers.h"

enum { HART_HEADER = 8, HART_MOST = 2048, HART_LENGTH = 6, HART_STATUS = 3 };
/* The longest frame of the data link: delimiter, address of five bytes, three of
 * expansion, command, count, 255 bytes of data, parity. */
enum { INITIATE_SIZE = 5, FRAME_LEAST = 5, FRAME_MOST = 267 };
enum hart_message { HART_REQUEST, HART_RESPONSE, HART_PUBLISH, HART_ERROR, HART_NAK = 15 };
enum hart_identifier { HART_INITIATE, HART_CLOSE, HART_KEEP_ALIVE, HART_TOKEN_PASSING, HART_DIRECT,
		       HART_AUDIT_LOG, HART_IDENTIFIERS };
enum { FUNCTION_MESSAGES = 65280 };
enum { DELIMITER_LONG = 0x80, DELIMITER_EXPANSION = 5, DELIMITER_TYPE = 7 };
enum { TYPE_BURST = 1, TYPE_REQUEST = 2, TYPE_RESPONSE = 6 };
enum { COMMAND_EXTENDED = 31, COMMAND_SUB_DEVICE = 77, COMMAND_AGGREGATE = 78 };
/* A response code with this bit tells of a fault in communication; below it, of those
 * up to 127 that are no warnings (HCF_SPEC-307). */
enum { CODE_COMMUNICATION = 0x80 };
/* Before the delimiter of a frame in command 77: card, channel and, asking, preambles. */
enum { SUB_DEVICE_ASKED = 3, SUB_DEVICE_ANSWERED = 2 };
/* Before the first command of 78: how many there are and, answering, the extended status. */
enum { AGGREGATE_ASKED = 1, AGGREGATE_ANSWERED = 2 };
/* A number of two bytes, and how many bytes of data follow. */
enum { ITEM_HEADER = 3 };

/* A command of a frame or of a list, with its data: those of answers begin with a
 * response code and, in frames, the status of the device. */
struct hart_command {
	uint16_t number;
	enum proto_kind kind;
	const uint8_t *data;
	size_t length;
};

/* Commands that were done with a remark answer 8, 14, 24 to 27, 30, 31, 96 to 127;
 * 0 without (HCF_SPEC-307, 6). */
static bool hart_is_refused(uint8_t code)
{
	if (code & CODE_COMMUNICATION)
		return true;
	return code != 0 && code != 8 && code != 14 && !(code >= 24 && code <= 27) &&
	       code != 30 && code != 31 && code < 96;
}

/* ---- commands ---- */

static void hart_tell(const struct proto_frame *frame, const struct hart_command *command,
		      uint16_t carrier)
{
	struct proto_operation operation = {
		.carrier = carrier,
		.function = command->number,
		.kind = (uint8_t)command->kind,
	};

	if (command->kind == PROTO_RESPONSE && command->length > 0 &&
	    hart_is_refused(command->data[0]))
		operation.kind = PROTO_REFUSAL;
	proto_tell(frame, &operation);
}

/* `status`: bytes before the data proper. */
static void hart_extend(struct hart_command *command, size_t status)
{
	if (command->number == COMMAND_EXTENDED && command->length >= status + 2)
		command->number = proto_be16(command->data + status);
}

/* A frame of the data link, as far as it is there. False: not up to its command. */
static bool hart_parse(const uint8_t *bytes, size_t length, struct hart_command *command)
{
	if (length < 1)
		return false;
	size_t at = bytes[0] & DELIMITER_LONG ? 6 : 2;
	at += bytes[0] >> DELIMITER_EXPANSION & 3;
	if (at >= length)
		return false;
	unsigned type = bytes[0] & DELIMITER_TYPE;
	command->number = bytes[at];
	command->kind = type == TYPE_REQUEST ? PROTO_REQUEST
			: type == TYPE_BURST ? PROTO_NOTICE
					     : PROTO_RESPONSE;
	command->length = at + 1 < length ? bytes[at + 1] : 0;
	at += at + 1 < length ? 2 : 1;
	command->data = bytes + at;
	if (command->length > length - at)
		command->length = length - at;
	hart_extend(command, type == TYPE_REQUEST ? 0 : 2);
	return true;
}

/* What a device behind an I/O system is asked for, or answers. */
static bool hart_unwrap(const struct hart_command *outer, struct hart_command *inner)
{
	size_t status = outer->kind == PROTO_REQUEST ? 0 : 2;
	size_t before = status + (outer->kind == PROTO_REQUEST ? SUB_DEVICE_ASKED
							       : SUB_DEVICE_ANSWERED);

	return outer->number == COMMAND_SUB_DEVICE && outer->length > before &&
	       hart_parse(outer->data + before, outer->length - before, inner);
}

/* A list of commands, at most `count` of them. False: there is none. */
static bool hart_read_items(const struct proto_frame *frame, const struct hart_command *list,
			    uint16_t carrier, unsigned count)
{
	size_t at = 0;
	unsigned told = 0;

	for (; told < count && at + ITEM_HEADER <= list->length; told++) {
		const uint8_t *item = list->data + at;
		size_t rest = list->length - at - ITEM_HEADER;
		struct hart_command command = {
			.number = proto_be16(item),
			.kind = list->kind,
			.data = item + ITEM_HEADER,
			.length = item[2] < rest ? item[2] : rest,
		};
		hart_tell(frame, &command, carrier);
		at += ITEM_HEADER + (size_t)item[2];
	}
	return told > 0;
}

/* Each of several at once. False: there are none. */
static bool hart_read_aggregate(const struct proto_frame *frame, const struct hart_command *outer)
{
	size_t status = outer->kind == PROTO_REQUEST ? 0 : 2;
	size_t before = status + (outer->kind == PROTO_REQUEST ? AGGREGATE_ASKED
							       : AGGREGATE_ANSWERED);
	struct hart_command list = *outer;

	if (outer->number != COMMAND_AGGREGATE || outer->length <= before)
		return false;
	list.data += before;
	list.length -= before;
	return hart_read_items(frame, &list, COMMAND_AGGREGATE, outer->data[before - 1]);
}

static void hart_read_frame(const struct proto_frame *frame, const uint8_t *bytes, size_t length)
{
	struct hart_command command, inner;
	uint16_t carrier = PROTO_NO_FUNCTION;

	if (!hart_parse(bytes, length, &command))
		return;
	if (hart_unwrap(&command, &inner)) {
		command = inner;
		carrier = COMMAND_SUB_DEVICE;
	}
	if (!hart_read_aggregate(frame, &command))
		hart_tell(frame, &command, carrier);
}

/* Status of the device, then commands. */
static void hart_read_list(const struct proto_frame *frame, enum proto_kind kind)
{
	if (frame->length <= HART_HEADER + 2)
		return;
	const struct hart_command list = {
		.kind = kind,
		.data = frame->bytes + HART_HEADER + 2,
		.length = frame->length - HART_HEADER - 2,
	};
	hart_read_items(frame, &list, PROTO_NO_FUNCTION, HART_MOST);
}

/* ---- messages ---- */

static enum proto_kind hart_kind(const uint8_t *bytes)
{
	switch (bytes[1] & 0x0f) {
	case HART_REQUEST: return PROTO_REQUEST;
	case HART_PUBLISH: return PROTO_NOTICE;
	case HART_RESPONSE: return PROTO_RESPONSE;
	default: return PROTO_REFUSAL;
	}
}

/* The header's status is a response code, too (10.3.2.2). */
static void hart_read_message(const struct proto_frame *frame, enum proto_kind kind)
{
	struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = (uint16_t)(FUNCTION_MESSAGES + frame->bytes[2]),
		.kind = (uint8_t)kind,
	};

	if (kind == PROTO_RESPONSE && hart_is_refused(frame->bytes[HART_STATUS]))
		operation.kind = PROTO_REFUSAL;
	proto_tell(frame, &operation);
}

static void hart_read(const struct proto_frame *frame)
{
	if (frame->length < HART_HEADER)
		return;
	enum proto_kind kind = hart_kind(frame->bytes);
	proto_tell_client(frame, kind == PROTO_REQUEST ? frame->side : !frame->side);
	switch (frame->bytes[2]) {
	case HART_TOKEN_PASSING:
		hart_read_frame(frame, frame->bytes + HART_HEADER, frame->length - HART_HEADER);
		break;
	case HART_DIRECT: hart_read_list(frame, kind); break;
	default: hart_read_message(frame, kind); break;
	}
}

static bool hart_is_message(uint8_t type)
{
	return type <= HART_ERROR || type == HART_NAK;
}

static size_t hart_frame(const uint8_t *bytes, size_t length)
{
	if ((length >= 1 && (bytes[0] == 0 || bytes[0] > 2)) ||
	    (length >= 2 && !hart_is_message(bytes[1])) ||
	    (length >= 3 && bytes[2] >= HART_IDENTIFIERS))
		return PROTO_NONE;
	if (length < HART_HEADER)
		return PROTO_MORE;
	size_t size = proto_be16(bytes + HART_LENGTH);
	return size >= HART_HEADER && size <= HART_MOST ? size : PROTO_NONE;
}

/* Frames of the data link end with a parity over all their bytes; a session begins with
 * a message of one size and a kind of master. */
static bool hart_is_certain(const uint8_t *bytes, size_t size)
{
	uint8_t parity = 0;

	if (bytes[2] == HART_INITIATE)
		return size == HART_HEADER + INITIATE_SIZE && bytes[HART_HEADER] <= 1;
	if (bytes[2] != HART_TOKEN_PASSING || size < HART_HEADER + FRAME_LEAST ||
	    size > HART_HEADER + FRAME_MOST)
		return false;
	for (size_t at = HART_HEADER; at < size; at++)
		parity ^= bytes[at];
	return parity == 0;
}

static enum proto_likeness hart_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = hart_frame(bytes, length);

	if (size == PROTO_NONE || (datagram && size != length))
		return PROTO_UNLIKE;
	if (size == PROTO_MORE || size > length)
		return PROTO_LIKE;
	return hart_is_certain(bytes, size) ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_hartip = {
	.protocols = { "hart-ip" },
	.frame = hart_frame,
	.read = hart_read,
	.recognise = hart_recognise,
	.frame_limit = HART_MOST,
};
