/* SPDX-License-Identifier: Apache-2.0
 *
 * Niagara Fox, recognised: its verbs are not published. A message is a line of words,
 * "fox a 1 -1 fox hello", and a body in braces. Bodies may hold anything: a stream that
 * begins so is one frame without an end. Who says hello is the client. Over TLS
 * (port 4911) there are records to see, which say nothing. */
#include "config.h"

#include <string.h>

#include "verifier/proto/readers.h"

enum { FOX_WORD = 4, TLS_HEADER = 5 };
#define FOX_STREAM ((size_t)UINT32_MAX)
static const char fox_hello[] = "fox a 1 -1 fox hello\n";

static bool fox_begins(const uint8_t *bytes, size_t length)
{
	return memcmp(bytes, "fox ", length < FOX_WORD ? length : FOX_WORD) == 0 &&
	       (length <= FOX_WORD || (bytes[FOX_WORD] >= 'a' && bytes[FOX_WORD] <= 'z')) &&
	       (length <= FOX_WORD + 1 || bytes[FOX_WORD + 1] == ' ');
}

/* A record of TLS (RFC 8446, 5.1): type, version 3.x, length. */
static bool fox_is_tls(const uint8_t *bytes, size_t length)
{
	return length > 0 && bytes[0] >= 0x14 && bytes[0] <= 0x17 &&
	       (length < 2 || bytes[1] == 3) && (length < 3 || bytes[2] <= 4);
}

static void fox_read(const struct proto_frame *frame)
{
	size_t size = sizeof(fox_hello) - 1;

	if (frame->length >= size && memcmp(frame->bytes, fox_hello, size) == 0)
		proto_tell_client(frame, frame->side);
}

static size_t fox_frame(const uint8_t *bytes, size_t length)
{
	if (fox_is_tls(bytes, length))
		return length < TLS_HEADER ? PROTO_MORE
					   : (size_t)TLS_HEADER + proto_be16(bytes + 3);
	if (!fox_begins(bytes, length))
		return PROTO_NONE;
	return length >= FOX_WORD + 2 ? FOX_STREAM : PROTO_MORE;
}

static enum proto_likeness fox_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram)
		return PROTO_UNLIKE;
	if (fox_is_tls(bytes, length))
		return PROTO_LIKE;
	if (!fox_begins(bytes, length))
		return PROTO_UNLIKE;
	return length >= FOX_WORD + 2 ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_niagara = {
	.protocols = { "niagara-fox" },
	.frame = fox_frame,
	.read = fox_read,
	.recognise = fox_recognise,
	.frame_limit = sizeof(fox_hello) - 1,
};
