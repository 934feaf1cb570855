/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a capture of small Modbus/TCP packets, 20 microseconds apart, spread
 * evenly over conversations: generate FILE PACKETS CONVERSATIONS. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS = 54, FRAME = 66, REQUEST = 12, RESPONSE = 11 };
enum { FLAG_SYN = 2, FLAG_SYN_ACK = 0x12, FLAG_PUSH_ACK = 0x18 };

static const uint8_t headers[HEADERS] = {
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
	0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 0, 10, 200, 0, 1,
	0, 0, 0x01, 0xf6, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0, 0xff, 0xff, 0, 0, 0, 0,
};
static const uint8_t request[REQUEST] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1 };
static const uint8_t response[RESPONSE] = { 0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 42 };

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void exchange(uint8_t *a, uint8_t *b, size_t size)
{
	uint8_t kept[4];

	memcpy(kept, a, size);
	memcpy(a, b, size);
	memcpy(b, kept, size);
}

/* What the initiator says, or the responder: both sides count from 0. */
static size_t say(uint8_t *frame, uint32_t round)
{
	bool answers = round % 2 == 1;
	uint32_t exchanges = round < 2 ? 0 : (round - 2) / 2;
	size_t size = round < 2 ? 0 : answers ? RESPONSE : REQUEST;

	put32(frame + 38, round < 2 ? 0 : 1 + exchanges * (answers ? RESPONSE : REQUEST));
	put32(frame + 42, round < 2 ? round
				    : 1 + (exchanges + answers) * (answers ? REQUEST : RESPONSE));
	frame[47] = round == 0 ? FLAG_SYN : round == 1 ? FLAG_SYN_ACK : FLAG_PUSH_ACK;
	memcpy(frame + HEADERS, answers ? response : request, size);
	frame[17] = (uint8_t)(40 + size);
	return HEADERS + size;
}

/* Every conversation has a host and port of its own: a handshake, then requests and
 * responses in turn. The size of the frame. */
static size_t frame_of(uint8_t *frame, uint32_t conversation, uint32_t round)
{
	uint16_t port = (uint16_t)(49152 + conversation % 16000);
	uint32_t host = 1 + conversation / 16000 + (conversation % 250) * 256;

	memcpy(frame, headers, HEADERS);
	frame[27] = (uint8_t)(host >> 16);
	frame[28] = (uint8_t)(host >> 8);
	frame[29] = (uint8_t)host;
	frame[34] = (uint8_t)(port >> 8);
	frame[35] = (uint8_t)port;
	if (round % 2 == 1) {
		exchange(frame + 26, frame + 30, 4);
		exchange(frame + 34, frame + 36, 2);
	}
	return say(frame, round);
}

static void write_packets(FILE *out, uint64_t packets, uint32_t conversations)
{
	for (uint64_t i = 0; i < packets; i++) {
		uint64_t microseconds = i * 20;
		/* A stride that is coprime to the number leaves no order to profit from. */
		uint32_t which = (uint32_t)(i * 7919 % conversations);
		uint8_t frame[FRAME];
		uint32_t size = (uint32_t)frame_of(frame, which, (uint32_t)(i / conversations));
		uint32_t record[4] = { (uint32_t)(1700000000 + microseconds / 1000000),
				       (uint32_t)(microseconds % 1000000), size, size };
		fwrite(record, sizeof(record), 1, out);
		fwrite(frame, size, 1, out);
	}
}

int main(int argc, char **argv)
{
	const uint32_t header[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };

	if (argc != 4)
		return 2;
	FILE *out = fopen(argv[1], "wb");
	if (!out)
		return 2;
	fwrite(header, sizeof(header), 1, out);
	write_packets(out, strtoull(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
	return fclose(out) == 0 ? 0 : 2;
}
