/* SPDX-License-Identifier: Apache-2.0
 *
 * CODESYS, recognised: its services are not published. Version 3 over TCP puts a magic
 * number and a length before each block, over UDP a datagram header of which the first
 * byte is fixed; version 2 begins with BB BB and a length in the byte order of the
 * controller: what it counts is not known, so that a stream of it is one frame without an
 * end. */
#include "config.h"

#include <string.h>

#include "verifier/proto/readers.h"

enum { BLOCK_HEADER = 8, BLOCK_MOST = 1 << 16, V2_HEADER = 6, V2_MOST = 1 << 16 };
enum { DATAGRAM_MAGIC = 0xc5, DATAGRAM_LEAST = 8, DATAGRAM_MOST = 512 };
#define V2_STREAM ((size_t)UINT32_MAX)
static const uint8_t block_magic[4] = { 0x00, 0x01, 0x17, 0xe8 };

/* No operation is told. */
static void codesys_read(const struct proto_frame *frame)
{
	(void)frame;
}

static size_t codesys_frame_2(const uint8_t *bytes, size_t length)
{
	if (length >= 2 && bytes[1] != 0xbb)
		return PROTO_NONE;
	if (length < V2_HEADER)
		return PROTO_MORE;
	uint32_t big = proto_be32(bytes + 2), little = proto_le32(bytes + 2);
	uint32_t follows = big < little ? big : little;
	return follows > 0 && follows <= V2_MOST ? V2_STREAM : PROTO_NONE;
}

/* The length of a block counts its header. */
static size_t codesys_frame(const uint8_t *bytes, size_t length)
{
	if (length >= 1 && bytes[0] == 0xbb)
		return codesys_frame_2(bytes, length);
	if (memcmp(bytes, block_magic, length < 4 ? length : 4) != 0)
		return PROTO_NONE;
	if (length < BLOCK_HEADER)
		return PROTO_MORE;
	uint32_t size = proto_le32(bytes + 4);
	return size > BLOCK_HEADER && size <= BLOCK_MOST ? size : PROTO_NONE;
}

/* Behind the magic: hops and the length of the header in words, flags, a service, and
 * how long both addresses are. */
static enum proto_likeness codesys_recognise_datagram(const uint8_t *bytes, size_t length)
{
	if (length < DATAGRAM_LEAST || length > DATAGRAM_MOST || bytes[0] != DATAGRAM_MAGIC)
		return PROTO_UNLIKE;
	return (bytes[1] & 7u) * 2 <= length ? PROTO_LIKE : PROTO_UNLIKE;
}

static enum proto_likeness codesys_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram)
		return codesys_recognise_datagram(bytes, length);
	size_t size = codesys_frame(bytes, length);
	if (size == PROTO_NONE || size == PROTO_MORE)
		return size == PROTO_NONE ? PROTO_UNLIKE : PROTO_LIKE;
	return bytes[0] == 0xbb ? PROTO_LIKE : PROTO_CERTAIN;
}

const struct proto proto_codesys = {
	.protocols = { "codesys" },
	.frame = codesys_frame,
	.read = codesys_read,
	.recognise = codesys_recognise,
	.frame_limit = BLOCK_HEADER,
};
