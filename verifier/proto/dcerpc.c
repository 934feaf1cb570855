/* SPDX-License-Identifier: Apache-2.0
 *
 * Header, 12.6.3.1: version 5, minor version, type, flags, representation of data (four
 * bytes), lengths of the fragment and of what authenticates it, number of the call. */
#include "config.h"
#include "verifier/proto/dcerpc.h"

#include <stdio.h>

enum { UNIT_VERSION = 5, UNIT_MINOR_LAST = 1 };
/* Offsets in the header, and behind it in requests and responses alike. */
enum { TYPE = 2, FLAGS = 3, REPRESENTATION = 4, FRAGMENT_LENGTH = 8, AUTH_LENGTH = 10, CALL = 12,
       CONTEXT = 20, NUMBER = 22, STUB = 24 };
enum { FLAG_FIRST = 0x01, FLAG_LAST = 0x02, FLAG_OBJECT = 0x80 };
/* Representation: integers little endian or not, ASCII; IEEE numbers; two zeros. */
enum { REPRESENTATION_LITTLE = 0x10 };
/* Before what authenticates: its type, its level, how many bytes pad the stub. */
enum { AUTH_HEADER = 8, AUTH_LEVEL = 1, AUTH_PADDING = 2, LEVEL_PRIVACY = 6 };
/* Of binds: a count of contexts; of each its number, a count of transfer syntaxes, the
 * interface, its version, the transfer syntaxes. */
enum { CONTEXT_COUNT = 24, CONTEXTS = 28, CONTEXT_TRANSFERS = 2, CONTEXT_INTERFACE = 4,
       CONTEXT_HEADER = 24, TRANSFER_SIZE = 20, UUID_SIZE = 16 };

/* Of their answers: the server's address; a count of results and three bytes; results,
 * each with a reason and the transfer syntax. */
enum { ADDRESS = 24, RESULT_COUNT_SIZE = 4, RESULT_SIZE = 24, RESULT_ACCEPTED = 0 };
/* No meaning that a byte has. */
enum { MEANING_UNSURE = 0x100 };

static bool dcerpc_is_type(uint8_t type)
{
	return type == DCERPC_REQUEST || type == DCERPC_RESPONSE || type == DCERPC_FAULT ||
	       (type >= DCERPC_BIND && type < DCERPC_TYPES);
}

/* Do the first bytes begin a header, as far as they are there? */
static bool dcerpc_begins(const uint8_t *bytes, size_t length)
{
	return (length < 1 || bytes[0] == UNIT_VERSION) &&
	       (length < 2 || bytes[1] <= UNIT_MINOR_LAST) &&
	       (length < 3 || dcerpc_is_type(bytes[TYPE])) &&
	       (length < 5 || (bytes[REPRESENTATION] & ~REPRESENTATION_LITTLE) == 0) &&
	       (length < 6 || bytes[REPRESENTATION + 1] == 0) &&
	       (length < 7 || bytes[REPRESENTATION + 2] == 0) &&
	       (length < 8 || bytes[REPRESENTATION + 3] == 0);
}

size_t dcerpc_size(const uint8_t *bytes, size_t length)
{
	struct dcerpc_unit unit;

	if (!dcerpc_begins(bytes, length))
		return PROTO_NONE;
	if (length < FRAGMENT_LENGTH + 2)
		return PROTO_MORE;
	unit.little = bytes[REPRESENTATION] == REPRESENTATION_LITTLE;
	size_t size = dcerpc_u16(&unit, bytes + FRAGMENT_LENGTH);
	return size < DCERPC_HEADER ? PROTO_NONE : size;
}

/* ---- the stub ---- */

/* What authenticates is behind it; where that is not there, it may be encrypted. */
static void dcerpc_end_stub(struct dcerpc_unit *unit, size_t size)
{
	size_t auth = dcerpc_u16(unit, unit->bytes + AUTH_LENGTH);

	if (auth == 0)
		return;
	unit->sealed = true;
	if (unit->length < size || size < AUTH_HEADER + auth)
		return;
	size_t end = size - auth - AUTH_HEADER;
	unit->sealed = unit->bytes[end + AUTH_LEVEL] >= LEVEL_PRIVACY;
	size_t begin = (size_t)(unit->stub - unit->bytes), padding = unit->bytes[end + AUTH_PADDING];
	unit->stub_length = end >= begin + padding ? end - padding - begin : 0;
}

static void dcerpc_find_stub(struct dcerpc_unit *unit, size_t size)
{
	size_t begin = STUB;

	if (unit->type == DCERPC_REQUEST && (unit->bytes[FLAGS] & FLAG_OBJECT) != 0)
		begin += UUID_SIZE;
	if (begin > unit->length)
		begin = unit->length;
	unit->stub = unit->bytes + begin;
	unit->stub_length = unit->length - begin;
	dcerpc_end_stub(unit, size);
}

bool dcerpc_unit(struct dcerpc_unit *unit, const uint8_t *bytes, size_t length, size_t size)
{
	if (length < DCERPC_HEADER || !dcerpc_begins(bytes, length))
		return false;
	*unit = (struct dcerpc_unit){
		.type = bytes[TYPE],
		.first = (bytes[FLAGS] & FLAG_FIRST) != 0,
		.last = (bytes[FLAGS] & FLAG_LAST) != 0,
		.little = bytes[REPRESENTATION] == REPRESENTATION_LITTLE,
		.bytes = bytes,
		.length = length,
	};
	unit->call = dcerpc_u32(unit, bytes + CALL);
	if (unit->type > DCERPC_FAULT)
		return true;
	if (length < STUB)
		return false;
	unit->context = dcerpc_u16(unit, bytes + CONTEXT);
	unit->number = dcerpc_u16(unit, bytes + NUMBER);
	dcerpc_find_stub(unit, size);
	return true;
}

/* ---- contexts ---- */

/* Its first three fields are numbers of the representation. */
static void dcerpc_write_uuid(const struct dcerpc_unit *unit, const uint8_t *bytes,
			      char text[DCERPC_UUID_TEXT])
{
	snprintf(text, DCERPC_UUID_TEXT, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 dcerpc_u32(unit, bytes), dcerpc_u16(unit, bytes + 4), dcerpc_u16(unit, bytes + 6),
		 bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14],
		 bytes[15]);
}

struct dcerpc_contexts dcerpc_contexts(const struct dcerpc_unit *unit)
{
	struct dcerpc_contexts contexts = { .unit = unit, .at = CONTEXTS };

	if (unit->length > CONTEXT_COUNT)
		contexts.left = unit->bytes[CONTEXT_COUNT];
	return contexts;
}

bool dcerpc_next_context(struct dcerpc_contexts *contexts, struct dcerpc_context *context)
{
	const struct dcerpc_unit *unit = contexts->unit;

	if (contexts->left == 0 || contexts->at + CONTEXT_HEADER > unit->length)
		return false;
	const uint8_t *bytes = unit->bytes + contexts->at;
	context->number = dcerpc_u16(unit, bytes);
	dcerpc_write_uuid(unit, bytes + CONTEXT_INTERFACE, context->interface);
	contexts->at += CONTEXT_HEADER + (size_t)bytes[CONTEXT_TRANSFERS] * TRANSFER_SIZE;
	contexts->left--;
	return true;
}

/* ---- memory ---- */

static uint16_t dcerpc_meaning(const struct dcerpc_memory *memory, uint16_t context)
{
	return notes_find(memory->contexts, DCERPC_CONTEXTS, context);
}

static void dcerpc_keep_context(struct dcerpc_memory *memory, uint16_t context, uint16_t meaning)
{
	notes_keep(memory->contexts, DCERPC_CONTEXTS, &memory->next_context,
		   (struct note){ context, meaning });
}

/* A new context is believed, whether its answer is in the capture or not; one that
 * changes its meaning has none until then. */
static void dcerpc_name_context(struct dcerpc_memory *memory, uint16_t context, uint16_t meaning)
{
	uint16_t before = dcerpc_meaning(memory, context);

	if (before == 0)
		before = MEANING_UNSURE;
	else if (before != meaning)
		dcerpc_keep_context(memory, context, MEANING_UNSURE);
	if (before == MEANING_UNSURE)
		dcerpc_keep_context(memory, context, meaning);
	if (memory->named_count < DCERPC_NAMED)
		memory->named[memory->named_count++] =
			(struct dcerpc_named){ context, meaning, before };
}

void dcerpc_name(struct dcerpc_memory *memory, const struct dcerpc_unit *unit,
		 uint8_t (*meaning)(const char interface[DCERPC_UUID_TEXT]))
{
	struct dcerpc_contexts contexts = dcerpc_contexts(unit);
	struct dcerpc_context context;

	memory->named_by = unit->call;
	memory->named_count = 0;
	while (dcerpc_next_context(&contexts, &context))
		dcerpc_name_context(memory, context.number, meaning(context.interface));
}

/* Behind the server's address, text behind its length, stands a count of results, at a
 * multiple of four. `length`: it does not. */
static size_t dcerpc_results(const struct dcerpc_unit *answer)
{
	if (answer->type == DCERPC_BIND_NAK || answer->length < ADDRESS + 2)
		return answer->length;
	size_t at = ADDRESS + 2 + (size_t)dcerpc_u16(answer, answer->bytes + ADDRESS);
	at += -at % 4;
	return at + RESULT_COUNT_SIZE <= answer->length ? at : answer->length;
}

void dcerpc_accept(struct dcerpc_memory *memory, const struct dcerpc_unit *answer)
{
	if (memory->named_by != answer->call)
		return;
	size_t at = dcerpc_results(answer);
	size_t count = at < answer->length ? answer->bytes[at] : 0;
	at += RESULT_COUNT_SIZE;
	for (size_t i = 0; i < memory->named_count; i++, at += RESULT_SIZE) {
		const struct dcerpc_named *named = &memory->named[i];
		bool accepted = i < count && at + RESULT_SIZE <= answer->length &&
				dcerpc_u16(answer, answer->bytes + at) == RESULT_ACCEPTED;
		dcerpc_keep_context(memory, named->context,
				    accepted ? named->meaning : named->before);
	}
	memory->named_count = 0;
}

uint8_t dcerpc_context(const struct dcerpc_memory *memory, uint16_t context)
{
	uint16_t meaning = dcerpc_meaning(memory, context);

	return meaning != MEANING_UNSURE ? (uint8_t)meaning : 0;
}

void dcerpc_keep_call(struct dcerpc_memory *memory, uint32_t call, uint16_t meaning)
{
	notes_keep(memory->calls, DCERPC_CALLS, &memory->next_call, (struct note){ call, meaning });
}

uint16_t dcerpc_call(const struct dcerpc_memory *memory, uint32_t call)
{
	return notes_find(memory->calls, DCERPC_CALLS, call);
}
