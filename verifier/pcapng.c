/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapng: sections, their interfaces and packet blocks; other blocks are
 * skipped. Section numbers are those of draft-ietf-opsawg-pcapng. */
#include "config.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/vec.h"
#include "verifier/savefile.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
};
#define BLOCK_SECTION 0x0a0d0d0au
#define BYTE_ORDER_MAGIC 0x1a2b3c4du

enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };
enum { BLOCK_FRAME = 12, TSRESOL_MICRO = 6, INTERFACE_LIMIT = 65536 };

struct pcapng_interface {
	uint16_t link;
	uint8_t resolution; /* if_tsresol, section 4.2 */
	uint32_t snaplen;
	int64_t offset;     /* seconds */
};

struct pcapng {
	struct stream *stream;
	VEC(struct pcapng_interface) interfaces; /* of this section */
	bool swapped;
	int64_t last; /* instant of the packet before: simple packets have none */
	const char *damage;
};

struct options { /* of a block whose fixed part ends at `at` */
	const uint8_t *body;
	uint32_t at, length;
};

struct block {
	uint32_t type;
	uint32_t length; /* of the body */
	const uint8_t *body;
};

static uint32_t pcapng_u32(const struct pcapng *file, const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return file->swapped ? bswap_32(value) : value;
}

static uint16_t pcapng_u16(const struct pcapng *file, const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return file->swapped ? bswap_16(value) : value;
}

struct pcapng *pcapng_create(struct stream *stream)
{
	struct pcapng *file = memory_alloc(sizeof(*file));

	file->stream = stream;
	return file;
}

void pcapng_destroy(struct pcapng *file)
{
	if (!file)
		return;
	vec_free(&file->interfaces);
	free(file);
}

static bool pcapng_damaged(struct pcapng *file, const char *why)
{
	file->damage = why;
	return false;
}

/* A section's byte order must be known before its header's length is read. */
static bool pcapng_section_order(struct pcapng *file)
{
	const uint8_t *bytes = stream_peek(file->stream, BLOCK_FRAME + 4);

	if (!bytes)
		return pcapng_damaged(file, SAVEFILE_CUT);
	file->swapped = false;
	file->swapped = pcapng_u32(file, bytes + 8) != BYTE_ORDER_MAGIC;
	if (pcapng_u32(file, bytes + 8) != BYTE_ORDER_MAGIC)
		return pcapng_damaged(file, "a section has no byte order");
	/* Version 1.0; 1.2 was written by mistake and means the same (section 4.1). */
	unsigned major = pcapng_u16(file, bytes + 12), minor = pcapng_u16(file, bytes + 14);
	if (major != 1 || (minor != 0 && minor != 2))
		return pcapng_damaged(file, "this version of pcapng is not known");
	file->interfaces.len = 0;
	return true;
}

static bool pcapng_wants(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET ||
	       type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
}

/* The whole block is checked to be there; large blocks of no interest (keys,
 * statistics, files within files) are read past, not into memory. */
static bool pcapng_block(struct pcapng *file, struct block *block)
{
	const uint8_t *bytes = stream_peek(file->stream, 8);

	if (!bytes)
		return stream_at_end(file->stream) ? false :
						     pcapng_damaged(file, SAVEFILE_CUT);
	block->type = pcapng_u32(file, bytes);
	if (block->type == BLOCK_SECTION && !pcapng_section_order(file))
		return false;
	bytes = stream_peek(file->stream, 8);
	uint32_t total = pcapng_u32(file, bytes + 4);
	if (total < BLOCK_FRAME || total > CAPTURE_PACKET_LIMIT)
		return pcapng_damaged(file, "a block's length is impossible");
	total = (total + 3) & ~3u; /* section 3.1: writers that forgot the padding */
	block->length = total - BLOCK_FRAME;
	if (!pcapng_wants(block->type))
		return stream_skip(file->stream, total) ?
			       true :
			       pcapng_damaged(file, SAVEFILE_CUT);
	bytes = stream_take(file->stream, total);
	if (!bytes)
		return pcapng_damaged(file, SAVEFILE_CUT);
	block->body = bytes + 8;
	return pcapng_u32(file, bytes + 4) == pcapng_u32(file, bytes + total - 4) ||
	       (pcapng_u32(file, bytes + 4) & 3) != 0 ||
	       pcapng_damaged(file, "a block's two lengths differ");
}

static int64_t pcapng_i64(const struct pcapng *file, const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return (int64_t)(file->swapped ? bswap_64(value) : value);
}

static void pcapng_option(const struct pcapng *file, struct pcapng_interface *interface,
			  unsigned code, const uint8_t *value, unsigned length)
{
	if (code == OPTION_TSRESOL && length >= 1)
		interface->resolution = value[0];
	else if (code == OPTION_TSOFFSET && length >= 8)
		interface->offset = pcapng_i64(file, value);
}

/* Every option must lie inside its block; those of an interface are understood. */
static bool pcapng_options(struct pcapng *file, struct options options,
			   struct pcapng_interface *interface)
{
	while (options.length - options.at >= 4) {
		const uint8_t *option = options.body + options.at;
		unsigned code = pcapng_u16(file, option);
		uint32_t length = pcapng_u16(file, option + 2);
		uint32_t padded = (length + 3) & ~3u;
		if (code == OPTION_END)
			break;
		options.at += 4;
		if (padded > options.length - options.at)
			return pcapng_damaged(file, "an option is longer than its block");
		if (interface)
			pcapng_option(file, interface, code, option + 4, length);
		options.at += padded;
	}
	return true;
}

static bool pcapng_section(struct pcapng *file, const struct block *block)
{
	if (block->length < 16)
		return pcapng_damaged(file, "a section block is too short");
	return pcapng_options(file, (struct options){ block->body, 16, block->length }, NULL);
}

static bool pcapng_interface(struct pcapng *file, const struct block *block)
{
	struct pcapng_interface interface = { .resolution = TSRESOL_MICRO };

	if (block->length < 8)
		return pcapng_damaged(file, "an interface block is too short");
	if (file->interfaces.len >= INTERFACE_LIMIT)
		return pcapng_damaged(file, "there are too many interfaces");
	interface.link = pcapng_u16(file, block->body);
	interface.snaplen = pcapng_u32(file, block->body + 4);
	if (!pcapng_options(file, (struct options){ block->body, 8, block->length }, &interface))
		return false;
	vec_push(&file->interfaces, interface);
	return true;
}

/* Ticks of 10^-n or 2^-n seconds to nanoseconds; beyond what 64 bits hold, the
 * nearest instant they do. */
static int64_t pcapng_instant(const struct pcapng_interface *interface, uint64_t ticks)
{
	unsigned power = interface->resolution & 0x7f;
	__extension__ __int128 instant = ticks;

	if (interface->resolution & 0x80) {
		instant = power >= 96 ? 0 : (instant * 1000000000) >> power;
	} else {
		for (; power < 9; power++)
			instant *= 10;
		for (; power > 9 && instant > 0; power--)
			instant /= 10;
	}
	instant += (__extension__ (__int128)interface->offset) * 1000000000;
	if (instant > INT64_MAX)
		return INT64_MAX;
	return instant < INT64_MIN ? INT64_MIN : (int64_t)instant;
}

/* The part after the interface number is the same in both timed blocks. */
static bool pcapng_timed(struct pcapng *file, const struct block *block,
			 struct capture_packet *packet)
{
	const uint8_t *body = block->body;

	if (block->length < 20)
		return pcapng_damaged(file, "a packet block is too short");
	uint32_t id = block->type == BLOCK_PACKET ? pcapng_u16(file, body) :
						    pcapng_u32(file, body);
	if (id >= file->interfaces.len)
		return pcapng_damaged(file, "a packet's interface is not described");
	const struct pcapng_interface *interface = &file->interfaces.data[id];
	uint64_t ticks = (uint64_t)pcapng_u32(file, body + 4) << 32 |
			 pcapng_u32(file, body + 8);
	packet->instant = file->last = pcapng_instant(interface, ticks);
	packet->captured = pcapng_u32(file, body + 12);
	packet->length = pcapng_u32(file, body + 16);
	packet->link = interface->link;
	packet->bytes = body + 20;
	if (packet->captured > block->length - 20)
		return pcapng_damaged(file, "a packet is longer than its block");
	return true;
}

static bool pcapng_simple(struct pcapng *file, const struct block *block,
			  struct capture_packet *packet)
{
	if (block->length < 4)
		return pcapng_damaged(file, "a packet block is too short");
	if (file->interfaces.len == 0)
		return pcapng_damaged(file, "a packet's interface is not described");
	const struct pcapng_interface *interface = &file->interfaces.data[0];
	packet->instant = file->last;
	packet->length = pcapng_u32(file, block->body);
	packet->captured = block->length - 4;
	if (packet->captured > packet->length)
		packet->captured = packet->length;
	if (interface->snaplen && packet->captured > interface->snaplen)
		packet->captured = interface->snaplen;
	packet->link = interface->link;
	packet->bytes = block->body + 4;
	return true;
}

static bool pcapng_read(struct pcapng *file, struct capture_packet *packet)
{
	struct block block = { .body = NULL };

	while (pcapng_block(file, &block)) {
		switch (block.type) {
		case BLOCK_SECTION:
			if (!pcapng_section(file, &block))
				return false;
			break;
		case BLOCK_INTERFACE:
			if (!pcapng_interface(file, &block))
				return false;
			break;
		case BLOCK_PACKET:
		case BLOCK_ENHANCED_PACKET:
			return pcapng_timed(file, &block, packet);
		case BLOCK_SIMPLE_PACKET:
			return pcapng_simple(file, &block, packet);
		default:
			break;
		}
	}
	return false;
}

bool pcapng_next(struct pcapng *file, struct capture_packet *packet,
		 const char **damage)
{
	bool got = pcapng_read(file, packet);

	*damage = file->damage;
	return got;
}
