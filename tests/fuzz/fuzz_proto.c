/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target of one reader of an industrial protocol, FUZZ_PROTO. The input is a
 * conversation: records of one byte of flags, two of length, and that many bytes of
 * payload. Each is a segment of one side of a TCP stream, where the reader has such,
 * and a datagram, in memory of just its size. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/proto/assembly.h"

enum { FLAG_SIDE = 1, FLAG_GAP = 2, FLAG_CUT = 4, FLAG_AGAIN = 8, FLAG_EARLY = 16,
       FLAG_HAD = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct fuzz {
	const struct proto *proto;
	struct assembly side[2];
	void *memory;
	int from;
	bool datagram;
	uint32_t kept; /* the number that was kept last */
	uint16_t meaning;
};

static const struct capture_packet fuzz_packet = { .number = 1 };

static void fuzz_operation(void *context, const struct proto_operation *operation)
{
	const struct fuzz *fuzz = context;

	if (operation->kind >= PROTO_KINDS || operation->span_count > PROTO_SPANS ||
	    operation->protocol >= 5 || fuzz->proto->protocols[operation->protocol] == NULL)
		abort();
	for (size_t i = 0; i < operation->span_count; i++)
		if (operation->span[i].first > operation->span[i].last ||
		    operation->span[i].space == NULL)
			abort();
}

static void fuzz_client(void *context, int side)
{
	(void)context;
	if (side != 0 && side != 1)
		abort();
}

static void fuzz_channel(void *context, const struct proto_channel *channel)
{
	fuzz_client(context, channel->side);
}

static void fuzz_keep(void *context, int side, uint32_t number, uint16_t meaning)
{
	struct fuzz *fuzz = context;

	fuzz_client(context, side);
	fuzz->kept = number;
	fuzz->meaning = meaning;
}

static uint16_t fuzz_recall(void *context, int side, uint32_t number)
{
	const struct fuzz *fuzz = context;

	fuzz_client(context, side);
	return number == fuzz->kept ? fuzz->meaning : 0;
}

static const struct proto_events fuzz_events = { fuzz_operation, fuzz_client, fuzz_channel,
						 fuzz_keep, fuzz_recall };

static void fuzz_frame(void *context, const struct assembly_frame *assembled)
{
	struct fuzz *fuzz = context;
	const struct proto_frame frame = {
		.bytes = assembled->bytes,
		.length = assembled->length,
		.size = assembled->size,
		.side = fuzz->from,
		.from_client = fuzz->from == 0,
		.datagram = fuzz->datagram,
		.memory = fuzz->memory,
		.gather = fuzz->datagram || !fuzz->proto->gathers
				  ? NULL
				  : assembly_gather(&fuzz->side[fuzz->from]),
		.events = &fuzz_events,
		.context = fuzz,
	};

	fuzz->proto->read(&frame);
}

static void fuzz_segment(struct fuzz *fuzz, uint8_t flags, const uint8_t *bytes, size_t size)
{
	const struct assembly_sink sink = { fuzz->proto, fuzz_frame, fuzz };
	struct assembly *side = &fuzz->side[fuzz->from];
	struct assembly_segment segment = {
		.sequence = side->next,
		.bytes = bytes,
		.length = (uint32_t)size,
		.missing = flags & FLAG_CUT ? 7 : 0,
		.packet = &fuzz_packet,
	};

	if (flags & FLAG_GAP)
		segment.sequence += 11;
	else if (flags & FLAG_EARLY)
		segment.sequence += (uint32_t)size;
	else if (flags & FLAG_AGAIN)
		segment.sequence -= (uint32_t)size / 2;
	assembly_add(side, &segment, &sink);
	if (flags & FLAG_HAD)
		assembly_acknowledged(side, segment.sequence + (uint32_t)size, &sink);
}

static void fuzz_record(struct fuzz *fuzz, uint8_t flags, const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size > 0 ? size : 1);

	if (exact == NULL)
		abort();
	memcpy(exact, bytes, size);
	fuzz->from = flags & FLAG_SIDE;
	fuzz->datagram = fuzz->proto->frame == NULL;
	const struct assembly_frame whole = { exact, size, size + (flags & FLAG_CUT ? 7 : 0),
					      &fuzz_packet, &fuzz_packet, 1, size };
	if (fuzz->datagram)
		fuzz_frame(fuzz, &whole);
	else
		fuzz_segment(fuzz, flags, exact, size);
	for (int datagram = 0; datagram < 2; datagram++)
		fuzz->proto->recognise(exact, size, datagram != 0);
	free(exact);
}

/* Readers of both see each record as a datagram of another conversation, too. */
static void fuzz_conversation(struct fuzz *fuzz, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	fuzz->memory = memory_alloc(fuzz->proto->memory + 1u);
	while (size - at >= 3) {
		size_t length = proto_be16(bytes + at + 1);
		uint8_t flags = bytes[at];
		at += 3;
		if (length > size - at)
			length = size - at;
		fuzz_record(fuzz, flags, bytes + at, length);
		at += length;
	}
	for (fuzz->from = 0; fuzz->from < 2; fuzz->from++) {
		const struct assembly_sink sink = { fuzz->proto, fuzz_frame, fuzz };
		if (fuzz->proto->frame != NULL)
			assembly_finish(&fuzz->side[fuzz->from], &sink);
		assembly_release(&fuzz->side[fuzz->from]);
	}
	free(fuzz->memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz fuzz = { .proto = proto_by_name(FUZZ_PROTO) };
	struct proto datagrams = *fuzz.proto;

	fuzz_conversation(&fuzz, bytes, size);
	datagrams.frame = NULL;
	fuzz = (struct fuzz){ .proto = &datagrams };
	fuzz_conversation(&fuzz, bytes, size);
	return 0;
}
