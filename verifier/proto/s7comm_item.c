/* SPDX-License-Identifier: Apache-2.0
 *
 * What S7 communication reads and writes: items of an address specification each
 * (Wireshark's packet-s7comm). Data blocks are told by number; flags, inputs and
 * outputs by byte; counters and timers by number. What has none of these is told as
 * an area that no policy names. */
#include "config.h"

#include "verifier/proto/isotsap.h"

enum { ITEM_SPECIFICATION = 0x12, ITEM_HEADER = 2 };
enum { SYNTAX_ANY = 0x10, SYNTAX_BLOCKS = 0xb0, SYNTAX_SYMBOL = 0xb2 };
enum { ANY_SIZE = 12, SYMBOL_SIZE = 8, SYMBOL_BLOCK = 0x8a0e };
enum { BLOCKS_HEADER = 4, BLOCKS_STEP = 5 };

/* What an item is about; its bytes go to its end. */
struct item {
	const uint8_t *bytes;
	size_t length;
};

static const struct item_area {
	uint8_t area;
	bool bits;         /* addressed by bit */
	const char *space;
} item_areas[] = {
	{ 0x81, true, "input" },    { 0x82, true, "output" }, { 0x83, true, "flag" },
	{ 0x1c, false, "counter" }, { 0x1d, false, "timer" },
};
enum { AREA_BLOCK = 0x84, AREA_INSTANCE = 0x85, TYPE_BIT = 1 };
/* Bytes of a value by transport size; those left out are of one. */
static const uint8_t item_sizes[] = { [4] = 2, [5] = 2, [6] = 4, [7] = 4, [8] = 4,
				      [9] = 2, [10] = 2, [11] = 4, [12] = 8, [15] = 8 };

static void item_add(const struct proto_frame *frame, struct proto_operation *operation,
		     struct proto_span span)
{
	const struct proto_span *last = &operation->span[operation->span_count];

	if (operation->span_count > 0 && last[-1].space == span.space &&
	    last[-1].first == span.first && last[-1].last == span.last)
		return;
	proto_add_span(frame, operation, span);
}

/* What no parameter of the table names. */
static struct proto_span item_elsewhere(void)
{
	return (struct proto_span){ "area", 0, 0 };
}

static struct proto_span item_block(unsigned number)
{
	return (struct proto_span){ "db", number, number };
}

/* The bytes that so many values take from an address in bits. */
static uint32_t item_bytes(uint8_t type, uint32_t count, uint32_t address)
{
	if (type == TYPE_BIT)
		return (address % 8 + count + 7) / 8;
	return count * (type < sizeof(item_sizes) && item_sizes[type] > 0 ? item_sizes[type] : 1u);
}

/* 12, length, 10, transport size, count, block, area, address in bits. */
static struct proto_span item_any(struct item item)
{
	if (item.length < ANY_SIZE)
		return item_elsewhere();
	uint8_t type = item.bytes[3], area = item.bytes[8];
	uint32_t count = proto_be16(item.bytes + 4), address = proto_be32(item.bytes + 8) & 0xffffff;
	if (area == AREA_BLOCK || area == AREA_INSTANCE)
		return item_block(proto_be16(item.bytes + 6));
	count += count == 0;
	for (size_t i = 0; i < sizeof(item_areas) / sizeof(item_areas[0]); i++) {
		const struct item_area *each = &item_areas[i];
		uint32_t first = each->bits ? address / 8 : address;
		if (each->area == area)
			return (struct proto_span){
				each->space, first,
				first - 1 + (each->bits ? item_bytes(type, count, address) : count)
			};
	}
	return item_elsewhere();
}

/* 12, length, b2, ff, area, block or the like. */
static struct proto_span item_symbol(struct item item)
{
	if (item.length < SYMBOL_SIZE || proto_be16(item.bytes + 4) != SYMBOL_BLOCK)
		return item_elsewhere();
	return item_block(proto_be16(item.bytes + 6));
}

/* 12, length, b0, how many; each: bytes, block, address. */
static void item_blocks(const struct proto_frame *frame, struct proto_operation *operation,
			struct item item)
{
	size_t at = BLOCKS_HEADER, count = item.length >= BLOCKS_HEADER ? item.bytes[3] : 0;

	if (count == 0)
		item_add(frame, operation, item_elsewhere());
	for (; count > 0 && item.length - at >= BLOCKS_STEP; count--, at += BLOCKS_STEP)
		item_add(frame, operation, item_block(proto_be16(item.bytes + at + 1)));
}

static void item_read(const struct proto_frame *frame, struct proto_operation *operation,
		      struct item item)
{
	uint8_t syntax = item.length > ITEM_HEADER ? item.bytes[2] : 0;

	if (item.bytes[0] != ITEM_SPECIFICATION)
		item_add(frame, operation, item_elsewhere());
	else if (syntax == SYNTAX_ANY)
		item_add(frame, operation, item_any(item));
	else if (syntax == SYNTAX_SYMBOL)
		item_add(frame, operation, item_symbol(item));
	else if (syntax == SYNTAX_BLOCKS)
		item_blocks(frame, operation, item);
	else
		item_add(frame, operation, item_elsewhere());
}

/* Items of odd length are followed by a fill byte. */
void s7comm_items(const struct proto_frame *frame, struct proto_operation *operation,
		  struct isotsap_message items, unsigned count)
{
	size_t at = 0;

	for (; count > 0 && items.length - at >= ITEM_HEADER; count--) {
		size_t left = items.length - at, size = ITEM_HEADER + (size_t)items.bytes[at + 1];
		struct item item = { items.bytes + at, size < left ? size : left };
		item_read(frame, operation, item);
		size += size & 1;
		at += size < left ? size : left;
	}
}
