/* SPDX-License-Identifier: Apache-2.0
 *
 * One capture file: the classic format, and the choice between the two. */
#include "config.h"
#include "verifier/savefile.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { PCAP_HEADER = 24, PCAP_RECORD = 16, PCAP_RECORD_MODIFIED = 24, PCAP_MINOR_LAST = 4 };

#define PCAP_MICRO 0xa1b2c3d4u
#define PCAP_NANO 0xa1b23c4du
#define PCAP_MODIFIED 0xa1b2cd34u /* Linux 2.1's, with more in each record */
#define PCAPNG_SECTION 0x0a0d0d0au

struct savefile {
	struct stream *stream;
	struct pcapng *pcapng; /* NULL: classic */
	const char *damage;
	uint64_t number;
	int64_t tick; /* nanoseconds of a unit of the fraction */
	size_t record;
	bool swapped;
	uint16_t minor;
	uint16_t link;
};

static uint32_t savefile_u32(const struct savefile *file, const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return file->swapped ? bswap_32(value) : value;
}

static uint16_t savefile_u16(const struct savefile *file, const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return file->swapped ? bswap_16(value) : value;
}

static bool savefile_magic(struct savefile *file, uint32_t magic)
{
	file->record = magic == PCAP_MODIFIED ? PCAP_RECORD_MODIFIED : PCAP_RECORD;
	file->tick = magic == PCAP_NANO ? 1 : 1000;
	return magic == PCAP_MICRO || magic == PCAP_NANO || magic == PCAP_MODIFIED;
}

static bool savefile_header(struct savefile *file, const char **why)
{
	const uint8_t *bytes = stream_peek(file->stream, 4);
	uint32_t magic = bytes ? savefile_u32(file, bytes) : 0;

	if (magic == PCAPNG_SECTION) {
		file->pcapng = pcapng_create(file->stream);
		return true;
	}
	file->swapped = !savefile_magic(file, magic);
	if (file->swapped && !savefile_magic(file, bswap_32(magic))) {
		*why = "this is neither a pcap nor a pcapng file";
		return false;
	}
	bytes = stream_take(file->stream, PCAP_HEADER);
	if (!bytes) {
		*why = "the file ends inside its header";
		return false;
	}
	file->minor = savefile_u16(file, bytes + 6);
	if (savefile_u16(file, bytes + 4) != 2 || file->minor > PCAP_MINOR_LAST) {
		*why = "this version of the pcap format is not known";
		return false;
	}
	file->link = (uint16_t)savefile_u32(file, bytes + 20); /* FCS bits lie above */
	return true;
}

struct savefile *savefile_open(const char *path, const atomic_bool *stop,
			       const char **why)
{
	struct stream *stream = stream_open(path, stop, why);

	if (!stream)
		return NULL;
	struct savefile *file = memory_alloc(sizeof(*file));
	file->stream = stream;
	if (!savefile_header(file, why)) {
		if (stream_error(stream))
			*why = stream_error(stream);
		savefile_close(file);
		return NULL;
	}
	return file;
}

void savefile_close(struct savefile *file)
{
	if (!file)
		return;
	pcapng_destroy(file->pcapng);
	stream_close(file->stream);
	free(file);
}

/* Before version 2.3 the two lengths stood the other way round, and some
 * programs that wrote 2.3 had not noticed. */
static bool savefile_lengths_swapped(const struct savefile *file,
				     const struct capture_packet *packet)
{
	return file->minor < 3 || (file->minor == 3 && packet->captured > packet->length);
}

static bool savefile_record(struct savefile *file, struct capture_packet *packet)
{
	const uint8_t *bytes = stream_take(file->stream, file->record);

	if (!bytes) {
		file->damage = stream_at_end(file->stream) ? NULL : SAVEFILE_CUT;
		return false;
	}
	packet->instant = (int64_t)savefile_u32(file, bytes) * 1000000000 +
			  (int64_t)savefile_u32(file, bytes + 4) * file->tick;
	packet->captured = savefile_u32(file, bytes + 8);
	packet->length = savefile_u32(file, bytes + 12);
	if (savefile_lengths_swapped(file, packet)) {
		uint32_t length = packet->captured;
		packet->captured = packet->length;
		packet->length = length;
	}
	if (packet->captured > CAPTURE_PACKET_LIMIT) {
		file->damage = "a packet's length is impossible";
		return false;
	}
	packet->link = file->link;
	packet->bytes = stream_take(file->stream, packet->captured);
	if (!packet->bytes)
		file->damage = SAVEFILE_CUT;
	return packet->bytes != NULL;
}

bool savefile_next(struct savefile *file, struct capture_packet *packet)
{
	bool got = !file->damage &&
		   (file->pcapng ? pcapng_next(file->pcapng, packet, &file->damage) :
				   savefile_record(file, packet));

	if (!got) {
		if (stream_error(file->stream))
			file->damage = stream_error(file->stream);
		return false;
	}
	if (packet->length < packet->captured)
		packet->length = packet->captured;
	packet->number = ++file->number;
	return true;
}

const char *savefile_damage(const struct savefile *file)
{
	return file->damage;
}

bool savefile_is_lasting(const struct savefile *file)
{
	return stream_is_lasting(file->stream);
}

uint64_t savefile_bytes_read(const struct savefile *file)
{
	return stream_bytes_read(file->stream);
}
