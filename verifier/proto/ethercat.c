/* SPDX-License-Identifier: Apache-2.0
 *
 * EtherCAT (IEC 61158-4-12, 5.3 and 5.4; ETG.1000.4), alone or in UDP: a frame of
 * commands, one behind the other, of network variables, or of one mailbox message of the
 * gateway (ETG.8200). Mailbox messages are numbered 256 more than their type, network
 * variables 512.
 *
 * A frame goes through every device and comes back: a command that some device carried
 * out has a working counter, and that is its response. It is the master's on its way
 * back, too. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { ETHERCAT_HEADER = 2, ETHERCAT_LENGTH = 0x7ff, ETHERCAT_TYPE_SHIFT = 12 };
enum { TYPE_COMMANDS = 1, TYPE_VARIABLES = 4, TYPE_MAILBOX = 5 };
enum { COMMAND_HEADER = 10, COMMAND_LENGTH = 6, COMMAND_MORE = 0x8000, COMMAND_COUNTER = 2 };
enum { MAILBOX_HEADER = 6, MAILBOX_TYPE = 5, MAILBOX_TYPES = 0x0f };
enum { FUNCTION_MAILBOX = 256, FUNCTION_VARIABLES = 512 };

static void ethercat_tell(const struct proto_frame *frame, uint16_t function,
			  enum proto_kind kind)
{
	const struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION,
						   .function = function,
						   .kind = (uint8_t)kind };

	proto_tell(frame, &operation);
}

static enum proto_kind ethercat_kind(const uint8_t *bytes, size_t length, size_t counter)
{
	return counter + COMMAND_COUNTER <= length && proto_le16(bytes + counter) != 0
		       ? PROTO_RESPONSE
		       : PROTO_REQUEST;
}

static void ethercat_commands(const struct proto_frame *frame)
{
	size_t at = ETHERCAT_HEADER;
	bool more = true;

	while (more && at + COMMAND_HEADER <= frame->length) {
		const uint8_t *bytes = frame->bytes + at;
		uint16_t length = proto_le16(bytes + COMMAND_LENGTH);
		size_t counter = COMMAND_HEADER + (length & (size_t)ETHERCAT_LENGTH);
		ethercat_tell(frame, bytes[0],
			      ethercat_kind(bytes, frame->length - at, counter));
		more = (length & COMMAND_MORE) != 0;
		at += counter + COMMAND_COUNTER;
	}
}

/* Through the gateway a client asks, and gets its answer, at a UDP port. */
static void ethercat_mailbox(const struct proto_frame *frame)
{
	if (frame->length < ETHERCAT_HEADER + MAILBOX_HEADER)
		return;
	uint8_t type = frame->bytes[ETHERCAT_HEADER + MAILBOX_TYPE] & MAILBOX_TYPES;
	ethercat_tell(frame, FUNCTION_MAILBOX + type,
		      frame->from_client ? PROTO_REQUEST : PROTO_RESPONSE);
}

static unsigned ethercat_type(const uint8_t *bytes)
{
	return (unsigned)proto_le16(bytes) >> ETHERCAT_TYPE_SHIFT;
}

static void ethercat_read(const struct proto_frame *frame)
{
	if (frame->length < ETHERCAT_HEADER)
		return;
	switch (ethercat_type(frame->bytes)) {
	case TYPE_COMMANDS: ethercat_commands(frame); break;
	case TYPE_VARIABLES: ethercat_tell(frame, FUNCTION_VARIABLES, PROTO_NOTICE); break;
	case TYPE_MAILBOX: ethercat_mailbox(frame); break;
	default: break;
	}
}

static enum proto_likeness ethercat_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (!datagram || length < ETHERCAT_HEADER)
		return PROTO_UNLIKE;
	unsigned type = ethercat_type(bytes);
	if (type != TYPE_COMMANDS && type != TYPE_VARIABLES && type != TYPE_MAILBOX)
		return PROTO_UNLIKE;
	return (proto_le16(bytes) & ETHERCAT_LENGTH) <= length - ETHERCAT_HEADER ? PROTO_LIKE
										 : PROTO_UNLIKE;
}

const struct proto proto_ethercat = {
	.protocols = { "ethercat" },
	.read = ethercat_read,
	.recognise = ethercat_recognise,
};
