/* SPDX-License-Identifier: Apache-2.0
 *
 * Synchrophasor data (IEEE C37.118.2-2011, clause 6): frames of a fixed prefix, of
 * which only commands ask. Their words (table 15) are told as functions above 256.
 *
 * A unit that streams by itself over UDP sends to the port of who listens: there, data
 * do not tell the client. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { SYNC = 0xaa, FRAME_TYPES = 6, FRAME_VERSIONS = 3, FRAME_LEAST = 16 };
enum { FRAME_SIZE = 2, FRAME_ID = 4, FRAME_COMMAND = 14, FRAME_PREFIX = 14 };
enum { TYPE_COMMAND = 4, COMMANDS = 256, COMMAND_FIRST = 1, COMMAND_LAST = 8 };

static unsigned synchrophasor_type(const uint8_t *bytes)
{
	return bytes[1] >> 4 & 7;
}

static uint16_t synchrophasor_command(const struct proto_frame *frame)
{
	if (frame->length < FRAME_COMMAND + 2)
		return TYPE_COMMAND;
	unsigned word = proto_be16(frame->bytes + FRAME_COMMAND);
	return word >= COMMAND_FIRST && word <= COMMAND_LAST ? (uint16_t)(COMMANDS + word)
							     : TYPE_COMMAND;
}

static void synchrophasor_read(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };

	if (frame->length < FRAME_ID + 2)
		return;
	operation.has_unit = true;
	operation.unit = proto_be16(frame->bytes + FRAME_ID);
	if (synchrophasor_type(frame->bytes) == TYPE_COMMAND) {
		operation.function = synchrophasor_command(frame);
		proto_tell_client(frame, frame->side);
	} else {
		operation.function = (uint16_t)synchrophasor_type(frame->bytes);
		operation.kind = PROTO_NOTICE;
		if (!frame->datagram)
			proto_tell_client(frame, !frame->side);
	}
	proto_tell(frame, &operation);
}

static size_t synchrophasor_frame(const uint8_t *bytes, size_t length)
{
	if (length >= 1 && bytes[0] != SYNC)
		return PROTO_NONE;
	if (length < FRAME_SIZE + 2)
		return PROTO_MORE;
	unsigned version = bytes[1] & 0x0f;
	if ((bytes[1] & 0x80) != 0 || synchrophasor_type(bytes) >= FRAME_TYPES || version == 0 ||
	    version > FRAME_VERSIONS)
		return PROTO_NONE;
	size_t size = proto_be16(bytes + FRAME_SIZE);
	return size >= FRAME_LEAST ? size : PROTO_NONE;
}

/* CRC-CCITT, x^16 + x^12 + x^5 + 1, begun with -1, over all but itself (annex B). */
static bool synchrophasor_is_whole(const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0xffff;

	for (size_t at = 0; at < size - 2; at++) {
		uint16_t fold = (uint16_t)(crc >> 8 ^ bytes[at]);
		fold ^= fold >> 4;
		crc = (uint16_t)(crc << 8 ^ fold << 12 ^ fold << 5 ^ fold);
	}
	return crc == proto_be16(bytes + size - 2);
}

/* A frame that is all there has a checksum. */
static enum proto_likeness synchrophasor_recognise(const uint8_t *bytes, size_t length,
						   bool datagram)
{
	size_t size = synchrophasor_frame(bytes, length);

	if (size == PROTO_NONE || (datagram && size > length))
		return PROTO_UNLIKE;
	if (size == PROTO_MORE || size > length || !synchrophasor_is_whole(bytes, size))
		return PROTO_LIKE;
	return PROTO_CERTAIN;
}

const struct proto proto_synchrophasor = {
	.protocols = { "synchrophasor" },
	.frame = synchrophasor_frame,
	.read = synchrophasor_read,
	.recognise = synchrophasor_recognise,
	.frame_limit = FRAME_COMMAND + 2,
};
