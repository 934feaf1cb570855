/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a capture of small Modbus/TCP packets, 20 microseconds apart, spread
 * evenly over conversations: generate FILE PACKETS CONVERSATIONS. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 66 };

static const uint8_t frame_template[FRAME] = {
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
	0x45, 0, 0, 52, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 0, 10, 200, 0, 1,
	0, 0, 0x01, 0xf6, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0,
	0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1,
};

/* Every conversation has a host and port of its own; replies alternate. */
static void frame_of(uint8_t *frame, uint32_t conversation, uint32_t round)
{
	uint16_t port = (uint16_t)(49152 + conversation % 16000);
	uint32_t host = 1 + conversation / 16000 + (conversation % 250) * 256;

	memcpy(frame, frame_template, FRAME);
	frame[27] = (uint8_t)(host >> 16);
	frame[28] = (uint8_t)(host >> 8);
	frame[29] = (uint8_t)host;
	frame[34] = (uint8_t)(port >> 8);
	frame[35] = (uint8_t)port;
	if (round == 0)
		frame[47] = 0x02;
	if (round % 2 == 0)
		return;
	memcpy(frame + 26, frame_template + 30, 4);
	frame[30] = 10;
	frame[31] = (uint8_t)(host >> 16);
	frame[32] = (uint8_t)(host >> 8);
	frame[33] = (uint8_t)host;
	memcpy(frame + 34, "\x01\xf6", 2);
	frame[36] = (uint8_t)(port >> 8);
	frame[37] = (uint8_t)port;
}

static void write_packets(FILE *out, uint64_t packets, uint32_t conversations)
{
	for (uint64_t i = 0; i < packets; i++) {
		uint64_t microseconds = i * 20;
		/* A stride that is coprime to the number leaves no order to profit from. */
		uint32_t which = (uint32_t)(i * 7919 % conversations);
		uint32_t record[4] = { (uint32_t)(1700000000 + microseconds / 1000000),
				       (uint32_t)(microseconds % 1000000), FRAME, FRAME };
		uint8_t frame[FRAME];
		frame_of(frame, which, (uint32_t)(i / conversations));
		fwrite(record, sizeof(record), 1, out);
		fwrite(frame, FRAME, 1, out);
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
