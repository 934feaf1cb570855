/* SPDX-License-Identifier: Apache-2.0
 *
 * GE SRTP, service requests of GE and Emerson controllers over TCP. The protocol is not
 * published: offsets and codes are those of Denton et al., "Leveraging the SRTP protocol
 * for over-the-network memory acquisition of a GE Fanuc Series 90-30" (DFRWS 2017), and
 * CISA's icsnpp-ge-srtp. No capture of real devices was there to compare with.
 *
 * A frame has 56 bytes and, behind them, a text. Requests with one name the service at
 * another place. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { SRTP_HEADER = 56 };
enum srtp_type { SRTP_INITIATE, SRTP_INITIATED, SRTP_REQUEST, SRTP_RESPONSE, SRTP_TYPES };
enum { SRTP_SEQUENCE = 2, SRTP_TEXT = 4, SRTP_MESSAGE = 31, SRTP_SERVICE = 42, SRTP_STATUS = 42,
       SRTP_TEXT_SERVICE = 50 };
enum srtp_message { MESSAGE_REQUEST = 0xc0, MESSAGE_TEXT = 0x80, MESSAGE_DONE = 0xd4,
		    MESSAGE_DONE_TEXT = 0x94, MESSAGE_REFUSED = 0xd1 };
enum { SRTP_PENDING = 16 };

/* The services asked for, by sequence number: a response does not repeat them. */
struct srtp_memory {
	uint16_t sequence[SRTP_PENDING];
	uint8_t service[SRTP_PENDING];
	bool asked[SRTP_PENDING];
};

static void srtp_ask(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	struct srtp_memory *memory = frame->memory;
	uint16_t sequence = proto_le16(frame->bytes + SRTP_SEQUENCE);
	unsigned slot = sequence % SRTP_PENDING;
	bool text = frame->bytes[SRTP_MESSAGE] == MESSAGE_TEXT;

	operation.function = frame->bytes[text ? SRTP_TEXT_SERVICE : SRTP_SERVICE];
	memory->sequence[slot] = sequence;
	memory->service[slot] = (uint8_t)operation.function;
	memory->asked[slot] = true;
	proto_tell(frame, &operation);
}

/* What answers something that was not seen, tells no operation. */
static void srtp_answer(const struct proto_frame *frame)
{
	struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.kind = PROTO_RESPONSE,
	};
	const struct srtp_memory *memory = frame->memory;
	uint16_t sequence = proto_le16(frame->bytes + SRTP_SEQUENCE);
	unsigned slot = sequence % SRTP_PENDING;
	uint8_t message = frame->bytes[SRTP_MESSAGE];

	if (!memory->asked[slot] || memory->sequence[slot] != sequence)
		return;
	operation.function = memory->service[slot];
	if (message == MESSAGE_REFUSED ||
	    (message == MESSAGE_DONE && frame->bytes[SRTP_STATUS] != 0))
		operation.kind = PROTO_REFUSAL;
	proto_tell(frame, &operation);
}

static void srtp_read(const struct proto_frame *frame)
{
	bool asks = frame->bytes[0] == SRTP_INITIATE || frame->bytes[0] == SRTP_REQUEST;

	if (frame->length < SRTP_HEADER)
		return;
	proto_tell_client(frame, asks ? frame->side : !frame->side);
	if (frame->bytes[0] == SRTP_REQUEST)
		srtp_ask(frame);
	else if (frame->bytes[0] == SRTP_RESPONSE)
		srtp_answer(frame);
}

static size_t srtp_frame(const uint8_t *bytes, size_t length)
{
	if ((length >= 1 && bytes[0] >= SRTP_TYPES) || (length >= 2 && bytes[1] != 0))
		return PROTO_NONE;
	if (length < SRTP_TEXT + 2)
		return PROTO_MORE;
	size_t text = proto_le16(bytes + SRTP_TEXT);
	return bytes[0] > SRTP_INITIATED || text == 0 ? SRTP_HEADER + text : PROTO_NONE;
}

static bool srtp_is_message(uint8_t type, uint8_t message)
{
	if (type == SRTP_REQUEST)
		return message == MESSAGE_REQUEST || message == MESSAGE_TEXT;
	return message == MESSAGE_DONE || message == MESSAGE_DONE_TEXT ||
	       message == MESSAGE_REFUSED;
}

/* Bytes 10 to 16 and 18 to 25 of requests and responses are zero, those of the opening
 * all but the first. */
static enum proto_likeness srtp_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram || srtp_frame(bytes, length) == PROTO_NONE)
		return PROTO_UNLIKE;
	if (length < SRTP_HEADER)
		return PROTO_LIKE;
	if (bytes[0] >= SRTP_REQUEST && !srtp_is_message(bytes[0], bytes[SRTP_MESSAGE]))
		return PROTO_UNLIKE;
	for (size_t at = 10; at < 26; at++)
		if (bytes[at] != 0 && at != 17)
			return bytes[0] >= SRTP_REQUEST ? PROTO_LIKE : PROTO_UNLIKE;
	return bytes[0] >= SRTP_REQUEST ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_gesrtp = {
	.protocols = { "ge-srtp" },
	.frame = srtp_frame,
	.read = srtp_read,
	.recognise = srtp_recognise,
	.memory = sizeof(struct srtp_memory),
	.frame_limit = SRTP_HEADER,
};
