/* SPDX-License-Identifier: Apache-2.0
 *
 * Omron FINS (Communications Commands Reference Manual W227, sections 3 and 5), by
 * itself in datagrams, over TCP behind the header of FINS/TCP (W421, 7-4). Functions are
 * the main and the sub request code as one number.
 *
 * Either end may ask over the same ports: the last who did is the client. */
#include "config.h"

#include <string.h>

#include "verifier/proto/readers.h"

enum { TCP_HEADER = 16, TCP_LEAST = 8, TCP_MOST = 4096, TCP_LENGTH = 4, TCP_COMMAND = 8 };
enum { TCP_CLIENT_ADDRESS = 0, TCP_SERVER_ADDRESS = 1, TCP_FRAME_SEND = 2 };
/* Offsets from the beginning of a FINS frame. */
enum { FINS_ICF, FINS_RSV, FINS_GATEWAYS, FINS_DA1 = 4, FINS_SA1 = 7, FINS_CODE = 10,
       FINS_END_CODE = 12, FINS_DATA = 12 };
enum { ICF_RESPONSE = 0x40, ICF_RESERVED = 0x3e, GATEWAYS_MOST = 7, RELAYED = 0x7f3f };
enum { MEMORY_READ = 0x0101, MEMORY_WRITE = 0x0102, MEMORY_FILL = 0x0103,
       MEMORY_READ_SEVERAL = 0x0104, MEMORY_TRANSFER = 0x0105, PARAMETER = 4, TIMER_FLAG = 0x09 };
/* Message Read clears messages where its parameter says so (W227, 5-3-24), and Cycle Time
 * Read with the parameter 0 reads nothing (5-3-20): numbers of ours. */
enum { MESSAGE_READ = 0x0920, MESSAGE_CLEAR = 0x4000 };
enum { CYCLE_TIME_READ = 0x0620, CYCLE_TIME_READS = 1, CYCLE_TIME_INITIALIZE = 0x4620 };

/* A FINS frame, without what carries it. */
struct fins_frame {
	const uint8_t *bytes;
	size_t length;
};

/* ---- what it is about ---- */

/* Designations of memory areas (W227, 5-2-2), of CS and CJ and of C and CV controllers;
 * single bits have codes of their own. */
static const char *fins_area(uint8_t code)
{
	static const struct {
		uint8_t code;
		const char *space;
	} areas[] = {
		{ 0x30, "cio" }, { 0x70, "cio" }, { 0xb0, "cio" }, { 0xf0, "cio" },
		{ 0x00, "cio" }, { 0x80, "cio" }, { 0x31, "work" }, { 0x71, "work" },
		{ 0xb1, "work" }, { 0xf1, "work" }, { 0x32, "holding" }, { 0x72, "holding" },
		{ 0xb2, "holding" }, { 0xf2, "holding" }, { 0x33, "auxiliary" },
		{ 0xb3, "auxiliary" }, { 0x02, "dm" }, { 0x82, "dm" },
		{ 0x09, "timer" }, { 0x89, "timer" },
	};

	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		if (areas[i].code == code)
			return areas[i].space;
	return NULL;
}

/* Codes below 0x80 are of bits: their count runs through the bits of words, but for
 * timers, which have one each. */
static void fins_add_span(const struct proto_frame *frame, struct proto_operation *operation,
			  const uint8_t *address, uint32_t count)
{
	const char *space = fins_area(address[0]);
	uint32_t first = proto_be16(address + 1), words = count;

	if (space == NULL)
		return;
	if (address[0] < 0x80 && address[0] != TIMER_FLAG)
		words = (address[3] + count + 15) / 16;
	proto_add_span(frame, operation,
		       (struct proto_span){ space, first, first + (words > 0 ? words - 1 : 0) });
}

/* Addresses of one element each, as many as there are. */
static void fins_several(const struct proto_frame *frame, struct proto_operation *operation,
			 struct fins_frame fins)
{
	for (size_t at = FINS_DATA; at + PARAMETER <= fins.length; at += PARAMETER)
		fins_add_span(frame, operation, fins.bytes + at, 1);
}

static void fins_spans(const struct proto_frame *frame, struct proto_operation *operation,
		       struct fins_frame fins)
{
	const uint8_t *data = fins.bytes + FINS_DATA;

	switch (operation->function) {
	case MEMORY_READ:
	case MEMORY_WRITE:
	case MEMORY_FILL:
		if (fins.length >= FINS_DATA + PARAMETER + 2)
			fins_add_span(frame, operation, data, proto_be16(data + PARAMETER));
		break;
	case MEMORY_READ_SEVERAL: fins_several(frame, operation, fins); break;
	case MEMORY_TRANSFER: /* from, to, how many */
		if (fins.length < FINS_DATA + 2 * PARAMETER + 2)
			break;
		fins_add_span(frame, operation, data, proto_be16(data + 2 * PARAMETER));
		fins_add_span(frame, operation, data + PARAMETER, proto_be16(data + 2 * PARAMETER));
		break;
	default: break;
	}
}

/* ---- frames ---- */

static uint16_t fins_function(struct fins_frame fins)
{
	uint16_t code = proto_be16(fins.bytes + FINS_CODE);

	if ((fins.bytes[FINS_ICF] & ICF_RESPONSE) != 0)
		return code;
	if (code == MESSAGE_READ && fins.length >= FINS_DATA + 2 &&
	    (proto_be16(fins.bytes + FINS_DATA) & MESSAGE_CLEAR) != 0)
		return code | MESSAGE_CLEAR;
	if (code == CYCLE_TIME_READ && fins.length > FINS_DATA &&
	    fins.bytes[FINS_DATA] != CYCLE_TIME_READS)
		return CYCLE_TIME_INITIALIZE;
	return code;
}

/* Bits of the end code say that it was relayed, and what the state of the CPU is. */
static enum proto_kind fins_result(struct fins_frame fins)
{
	return fins.length >= FINS_END_CODE + 2 &&
			       (proto_be16(fins.bytes + FINS_END_CODE) & RELAYED) != 0
		       ? PROTO_REFUSAL
		       : PROTO_RESPONSE;
}

static void fins_read_frame(const struct proto_frame *frame, struct fins_frame fins)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION, .has_unit = true };

	if (fins.length < FINS_CODE + 2)
		return;
	operation.function = fins_function(fins);
	if (fins.bytes[FINS_ICF] & ICF_RESPONSE) {
		operation.kind = fins_result(fins);
		operation.unit = fins.bytes[FINS_SA1];
		proto_tell_client(frame, !frame->side);
	} else {
		operation.unit = fins.bytes[FINS_DA1];
		fins_spans(frame, &operation, fins);
		proto_tell_client(frame, frame->side);
	}
	proto_tell(frame, &operation);
}

static void fins_read(const struct proto_frame *frame)
{
	if (frame->datagram) {
		fins_read_frame(frame, (struct fins_frame){ frame->bytes, frame->length });
		return;
	}
	if (frame->length < TCP_HEADER)
		return;
	switch (proto_be32(frame->bytes + TCP_COMMAND)) {
	case TCP_CLIENT_ADDRESS: proto_tell_client(frame, frame->side); break;
	case TCP_SERVER_ADDRESS: proto_tell_client(frame, !frame->side); break;
	case TCP_FRAME_SEND:
		fins_read_frame(frame, (struct fins_frame){ frame->bytes + TCP_HEADER,
							    frame->length - TCP_HEADER });
		break;
	default: break;
	}
}

static size_t fins_frame(const uint8_t *bytes, size_t length)
{
	if (memcmp(bytes, "FINS", length < 4 ? length : 4) != 0)
		return PROTO_NONE;
	if (length < TCP_LENGTH + 4)
		return PROTO_MORE;
	uint32_t follows = proto_be32(bytes + TCP_LENGTH);
	return follows >= TCP_LEAST && follows <= TCP_MOST ? TCP_LENGTH + 4 + follows : PROTO_NONE;
}

/* Datagrams have no magic: fixed bits, a known group of commands and room for what it
 * needs are all that tells. */
static enum proto_likeness fins_recognise_datagram(const uint8_t *bytes, size_t length)
{
	if (length < FINS_CODE + 2 || (bytes[FINS_ICF] & ICF_RESERVED) != 0 ||
	    bytes[FINS_RSV] != 0 || bytes[FINS_GATEWAYS] > GATEWAYS_MOST)
		return PROTO_UNLIKE;
	if (bytes[FINS_ICF] & ICF_RESPONSE && length < FINS_END_CODE + 2)
		return PROTO_UNLIKE;
	return bytes[FINS_CODE] != 0 && bytes[FINS_CODE] <= 0x28 ? PROTO_LIKE : PROTO_UNLIKE;
}

static enum proto_likeness fins_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram)
		return fins_recognise_datagram(bytes, length);
	size_t size = fins_frame(bytes, length);
	if (size == PROTO_NONE || size == PROTO_MORE)
		return size == PROTO_NONE ? PROTO_UNLIKE : PROTO_LIKE;
	return PROTO_CERTAIN;
}

const struct proto proto_fins = {
	.protocols = { "fins" },
	.frame = fins_frame,
	.read = fins_read,
	.recognise = fins_recognise,
	.peers = true,
	.frame_limit = 1024,
};
