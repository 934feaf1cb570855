/* SPDX-License-Identifier: Apache-2.0
 *
 * DNP3 (IEEE 1815-2012): link frames (clause 9), the transport function (clause 8),
 * and the header of application fragments (4.2.2), which names the function.
 *
 * A response tells no function but its own; it is told as the answer to the request
 * of its sequence number, where that was seen. Who is the master is told by the function
 * where there is one, else by the link's direction bit: outstations act on requests
 * whatever that says, and there are masters that leave it out. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { LINK_HEADER = 10, LINK_LEAST = 5, LINK_BLOCK = 16, LINK_CRC = 2, LINK_USER = 250 };
enum { LINK_FROM_MASTER = 0x80, LINK_PRIMARY = 0x40, LINK_FUNCTION = 0x0f,
       LINK_CONFIRMED_DATA = 3, LINK_UNCONFIRMED_DATA = 4 };
enum { TRANSPORT_FIRST = 0x40, APPLICATION_SEQUENCE = 0x0f, APPLICATION_SEQUENCES = 16 };
enum { DNP3_CONFIRM = 0, DNP3_RESPONSE = 129, DNP3_UNSOLICITED = 130 };
/* Internal indications of a request that was not carried out (4.4.3): IIN2.0 to IIN2.2. */
enum { IIN_REFUSED = 0x07 };

/* The fragment that each side is sending, until its header came. And what was asked for, by sequence number: the function plus one. */
struct dnp3_memory {
	struct dnp3_fragment {
		bool open;     /* its first segment was seen, its header not all */
		uint8_t count; /* bytes of the header */
		uint8_t bytes[4];
	} fragment[2];
	uint8_t asked[APPLICATION_SEQUENCES];
};

static bool dnp3_is_answer(uint8_t function)
{
	return function >= DNP3_RESPONSE;
}

static void dnp3_answer(const struct dnp3_memory *memory, const uint8_t header[4],
			struct proto_operation *operation)
{
	uint8_t asked = memory->asked[header[0] & APPLICATION_SEQUENCE];

	operation->kind = PROTO_NOTICE;
	if (header[1] != DNP3_RESPONSE)
		return;
	operation->kind = header[3] & IIN_REFUSED ? PROTO_REFUSAL : PROTO_RESPONSE;
	if (asked != 0)
		operation->function = (uint16_t)(asked - 1);
}

/* Either side may confirm. */
static bool dnp3_is_from_master(const struct proto_frame *frame, uint8_t function)
{
	return function == DNP3_CONFIRM ? (frame->bytes[3] & LINK_FROM_MASTER) != 0
					: !dnp3_is_answer(function);
}

/* The header is there: control, function, and of an answer two bytes of indications. */
static void dnp3_tell(const struct proto_frame *frame, const uint8_t header[4])
{
	struct dnp3_memory *memory = frame->memory;
	bool from_master = dnp3_is_from_master(frame, header[1]);
	struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = header[1],
		.kind = PROTO_REQUEST,
		.has_unit = true,
		.unit = proto_le16(frame->bytes + (from_master ? 4 : 6)),
	};

	proto_tell_client(frame, from_master ? frame->side : !frame->side);
	if (dnp3_is_answer(header[1]))
		dnp3_answer(memory, header, &operation);
	else if (header[1] != DNP3_CONFIRM)
		memory->asked[header[0] & APPLICATION_SEQUENCE] = (uint8_t)(header[1] + 1);
	proto_tell(frame, &operation);
}

/* Bytes of a fragment's beginning; true: the header is complete now. */
static bool dnp3_collect(struct dnp3_fragment *fragment, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (fragment->count >= 2 &&
		    (!dnp3_is_answer(fragment->bytes[1]) || fragment->count >= 4))
			break;
		fragment->bytes[fragment->count++] = bytes[i];
	}
	return fragment->count >= 2 &&
	       (!dnp3_is_answer(fragment->bytes[1]) || fragment->count >= 4);
}

static void dnp3_tell_direction(const struct proto_frame *frame)
{
	proto_tell_client(frame, frame->bytes[3] & LINK_FROM_MASTER ? frame->side : !frame->side);
}

/* The header of a fragment is in the first block of its first segments. */
static void dnp3_segment(const struct proto_frame *frame, const uint8_t *bytes, size_t length)
{
	struct dnp3_memory *memory = frame->memory;
	struct dnp3_fragment *fragment = &memory->fragment[frame->side];

	if (bytes[0] & TRANSPORT_FIRST)
		*fragment = (struct dnp3_fragment){ .open = true };
	if (!fragment->open)
		dnp3_tell_direction(frame);
	if (!fragment->open || !dnp3_collect(fragment, bytes + 1, length - 1))
		return;
	dnp3_tell(frame, fragment->bytes);
	fragment->open = false;
}

static bool dnp3_has_data(const struct proto_frame *frame)
{
	uint8_t function = frame->bytes[3] & LINK_FUNCTION;

	return (frame->bytes[3] & LINK_PRIMARY) != 0 &&
	       (function == LINK_CONFIRMED_DATA || function == LINK_UNCONFIRMED_DATA);
}

static void dnp3_read_frame(const struct proto_frame *frame)
{
	if (frame->length < LINK_HEADER)
		return;
	size_t user = frame->bytes[2] - (size_t)LINK_LEAST, there = frame->length - LINK_HEADER;
	size_t block = user < LINK_BLOCK ? user : LINK_BLOCK;
	if (dnp3_has_data(frame) && block > 0 && there > 0)
		dnp3_segment(frame, frame->bytes + LINK_HEADER, block < there ? block : there);
	else
		dnp3_tell_direction(frame);
}

static size_t dnp3_frame(const uint8_t *bytes, size_t length)
{
	if (length > 0 && bytes[0] != 0x05)
		return PROTO_NONE;
	if (length > 1 && bytes[1] != 0x64)
		return PROTO_NONE;
	if (length < 3)
		return PROTO_MORE;
	if (bytes[2] < LINK_LEAST)
		return PROTO_NONE;
	size_t user = bytes[2] - (size_t)LINK_LEAST;
	return LINK_HEADER + user + (user + LINK_BLOCK - 1) / LINK_BLOCK * LINK_CRC;
}

/* A datagram may hold several link frames. */
static void dnp3_read(const struct proto_frame *frame)
{
	struct proto_frame part = *frame;

	if (!frame->datagram) {
		dnp3_read_frame(frame);
		return;
	}
	while (part.length > 0) {
		size_t size = dnp3_frame(part.bytes, part.length), left = part.length;
		if (size == PROTO_NONE || size == PROTO_MORE)
			return;
		part.length = size < left ? size : left;
		dnp3_read_frame(&part);
		part.bytes += part.length;
		part.length = left - part.length;
	}
}

/* CRC-16/DNP, IEEE 1815-2012, 9.2.4.3 and annex E. */
static uint16_t dnp3_crc(const uint8_t *bytes, size_t length)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1);
	}
	return (uint16_t)~crc;
}

static enum proto_likeness dnp3_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	(void)datagram;
	if (dnp3_frame(bytes, length) == PROTO_NONE)
		return PROTO_UNLIKE;
	if (length < LINK_HEADER)
		return PROTO_LIKE;
	return dnp3_crc(bytes, 8) == proto_le16(bytes + 8) ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_dnp3 = {
	.protocols = { "dnp3" },
	.frame = dnp3_frame,
	.read = dnp3_read,
	.recognise = dnp3_recognise,
	.memory = sizeof(struct dnp3_memory),
	.frame_limit = LINK_HEADER + LINK_USER + 16 * LINK_CRC,
};
