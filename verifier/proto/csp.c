/* SPDX-License-Identifier: Apache-2.0
 *
 * CSP (AB/Ethernet), which Allen-Bradley did not publish; as clients in the open speak it:
 * a header of 28 bytes, in network order, whether it asks or answers, what it is about,
 * the length of what follows, a connection, a status and 16 bytes of the client's. Behind
 * it an address, destination, control, source and LSAP, and, where the LSAP is that of
 * this station (0), a PCCC command. What goes on to other stations is not read. */
#include "config.h"

#include "verifier/proto/notes.h"
#include "verifier/proto/pccc.h"
#include "verifier/proto/readers.h"

enum { CSP_MODE = 0, CSP_ABOUT = 1, CSP_LENGTH = 2, CSP_CONNECTION = 4, CSP_STATUS = 8,
       CSP_VERSION = 12, CSP_HEADER = 28 };
enum { MODE_REQUEST = 1, MODE_ANSWER = 2 };
enum { ABOUT_CONNECTION = 1, ABOUT_PCCC = 7 };
enum { ADDRESS_SIZE = 4, ADDRESS_LSAP = 3, CSP_VERSION_4 = 4 };
enum { FUNCTION_CONNECT = 0xff01, CSP_CALLS = 16 };

/* Functions by transaction, one more than they are: zero is one. */
struct csp_memory {
	struct note calls[CSP_CALLS];
	uint8_t next;
};

static bool csp_begins(const uint8_t *bytes, size_t length)
{
	return (length < 1 || bytes[CSP_MODE] == MODE_REQUEST || bytes[CSP_MODE] == MODE_ANSWER) &&
	       (length < 2 || bytes[CSP_ABOUT] == ABOUT_CONNECTION ||
		bytes[CSP_ABOUT] == ABOUT_PCCC);
}

static size_t csp_frame(const uint8_t *bytes, size_t length)
{
	if (!csp_begins(bytes, length))
		return PROTO_NONE;
	if (length < CSP_LENGTH + 2)
		return PROTO_MORE;
	return CSP_HEADER + (size_t)proto_be16(bytes + CSP_LENGTH);
}

/* ---- commands ---- */

static void csp_tell(const struct proto_frame *frame, uint16_t function, bool done)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION, .function = function };

	if (frame->bytes[CSP_MODE] == MODE_ANSWER)
		operation.kind = done && proto_be32(frame->bytes + CSP_STATUS) == 0
					 ? PROTO_RESPONSE
					 : PROTO_REFUSAL;
	operation.hidden = function == PROTO_NO_FUNCTION;
	proto_tell(frame, &operation);
}

static void csp_request(const struct proto_frame *frame, const uint8_t *command, size_t length)
{
	struct csp_memory *memory = frame->memory;
	uint16_t function = pccc_function(command, length);

	if (function != PROTO_NO_FUNCTION)
		notes_keep(memory->calls, CSP_CALLS, &memory->next,
			   (struct note){ pccc_transaction(command, length),
					  (uint16_t)(function + 1u) });
	csp_tell(frame, function, true);
}

/* Of an answer to what was not seen nothing is told, unless it tells itself. */
static void csp_answer(const struct proto_frame *frame, const uint8_t *command, size_t length)
{
	const struct csp_memory *memory = frame->memory;
	uint16_t asked = notes_find(memory->calls, CSP_CALLS, pccc_transaction(command, length));
	bool done = pccc_is_done(command, length);

	if (asked != 0)
		csp_tell(frame, (uint16_t)(asked - 1u), done);
	else if (length > 0 && pccc_is_basic(command))
		csp_tell(frame, pccc_function(command, length), done);
}

static void csp_command(const struct proto_frame *frame)
{
	const uint8_t *address = frame->bytes + CSP_HEADER;
	const uint8_t *command = address + ADDRESS_SIZE;
	size_t length = frame->length - CSP_HEADER;

	if (length < ADDRESS_SIZE || address[ADDRESS_LSAP] != 0)
		csp_tell(frame, PROTO_NO_FUNCTION, true);
	else if (frame->bytes[CSP_MODE] == MODE_REQUEST)
		csp_request(frame, command, length - ADDRESS_SIZE);
	else
		csp_answer(frame, command, length - ADDRESS_SIZE);
}

/* ---- frames ---- */

static void csp_read(const struct proto_frame *frame)
{
	if (frame->length < CSP_HEADER)
		return;
	bool request = frame->bytes[CSP_MODE] == MODE_REQUEST;
	proto_tell_client(frame, request ? frame->side : !frame->side);
	if (frame->bytes[CSP_ABOUT] == ABOUT_CONNECTION)
		csp_tell(frame, FUNCTION_CONNECT, true);
	else
		csp_command(frame);
}

/* A connection begins with zeros and the version. */
static enum proto_likeness csp_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram || !csp_begins(bytes, length))
		return PROTO_UNLIKE;
	return length >= CSP_HEADER && bytes[CSP_MODE] == MODE_REQUEST &&
			       bytes[CSP_ABOUT] == ABOUT_CONNECTION &&
			       proto_be16(bytes + CSP_LENGTH) == 0 &&
			       proto_be32(bytes + CSP_CONNECTION) == 0 &&
			       proto_be32(bytes + CSP_STATUS) == 0 &&
			       proto_be16(bytes + CSP_VERSION) == CSP_VERSION_4
		       ? PROTO_CERTAIN
		       : PROTO_LIKE;
}

const struct proto proto_csp = {
	.protocols = { "pccc" },
	.frame = csp_frame,
	.read = csp_read,
	.recognise = csp_recognise,
	.memory = sizeof(struct csp_memory),
	.frame_limit = PROTO_FRAME_LIMIT,
};
