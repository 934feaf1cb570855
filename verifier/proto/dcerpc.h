/* SPDX-License-Identifier: Apache-2.0
 *
 * DCE/RPC over connections (The Open Group, C706, 12.6; MS-RPCE 2.2.2): units of data,
 * the interfaces that a bind or alter-context gives numbers to, and the calls that wait
 * for their answer. What the interfaces mean is not known here. */
#ifndef VERIFIER_PROTO_DCERPC_H
#define VERIFIER_PROTO_DCERPC_H

#include "verifier/proto/notes.h"
#include "verifier/proto/proto.h"

enum dcerpc_type {
	DCERPC_REQUEST = 0,
	DCERPC_RESPONSE = 2,
	DCERPC_FAULT = 3,
	DCERPC_BIND = 11,
	DCERPC_BIND_ACK = 12,
	DCERPC_BIND_NAK = 13,
	DCERPC_ALTER_CONTEXT = 14,
	DCERPC_ALTER_CONTEXT_RESPONSE = 15,
	DCERPC_AUTH_3 = 16,
	DCERPC_SHUTDOWN = 17,
	DCERPC_CANCEL = 18,
	DCERPC_ORPHANED = 19,
	DCERPC_TYPES,
};

/* A unit of data, in the memory of its frame. */
struct dcerpc_unit {
	enum dcerpc_type type;
	bool first, last;    /* fragments of a call */
	bool little;         /* endian */
	bool sealed;         /* packet privacy: the stub is encrypted, the header is not */
	uint32_t call;
	uint16_t context;    /* of requests */
	uint16_t number;     /* the operation's, of requests */
	const uint8_t *bytes;
	size_t length;
	const uint8_t *stub; /* of requests and responses, as far as it is there */
	size_t stub_length;
};

enum { DCERPC_HEADER = 16, DCERPC_UUID_TEXT = 37 };

/* As proto.frame(). */
size_t dcerpc_size(const uint8_t *bytes, size_t length);
/* False: no unit, or not enough of it. */
bool dcerpc_unit(struct dcerpc_unit *unit, const uint8_t *bytes, size_t length, size_t size);

/* The interfaces that a bind or alter-context names, one by one. */
struct dcerpc_contexts {
	const struct dcerpc_unit *unit;
	size_t at;
	unsigned left;
};
struct dcerpc_context {
	uint16_t number;
	char interface[DCERPC_UUID_TEXT]; /* 99fcfec4-5260-101b-bbcb-00aa0021347a */
};
struct dcerpc_contexts dcerpc_contexts(const struct dcerpc_unit *unit);
bool dcerpc_next_context(struct dcerpc_contexts *contexts, struct dcerpc_context *context);

static inline uint16_t dcerpc_u16(const struct dcerpc_unit *unit, const uint8_t *bytes)
{
	return unit->little ? proto_le16(bytes) : proto_be16(bytes);
}

static inline uint32_t dcerpc_u32(const struct dcerpc_unit *unit, const uint8_t *bytes)
{
	return unit->little ? proto_le32(bytes) : proto_be32(bytes);
}

/* What a conversation has to remember: the meaning of contexts and calls, those told
 * last. Zeroed memory knows nothing. */
enum { DCERPC_CONTEXTS = 64, DCERPC_CALLS = 16, DCERPC_NAMED = 16 };
struct dcerpc_named {
	uint16_t context, meaning, before;
};
struct dcerpc_memory {
	struct note contexts[DCERPC_CONTEXTS];
	struct note calls[DCERPC_CALLS];
	struct dcerpc_named named[DCERPC_NAMED]; /* that wait for their answer */
	uint32_t named_by;                       /* the call */
	uint8_t named_count;
	uint8_t next_context, next_call;
};
/* A bind or alter-context gives contexts a meaning, other than 0, by their interface. */
void dcerpc_name(struct dcerpc_memory *memory, const struct dcerpc_unit *unit,
		 uint8_t (*meaning)(const char interface[DCERPC_UUID_TEXT]));
/* Its answer tells which of them the server accepts; the others mean what they did. */
void dcerpc_accept(struct dcerpc_memory *memory, const struct dcerpc_unit *answer);
/* 0: not known, or not for sure. */
uint8_t dcerpc_context(const struct dcerpc_memory *memory, uint16_t context);
void dcerpc_keep_call(struct dcerpc_memory *memory, uint32_t call, uint16_t meaning);
uint16_t dcerpc_call(const struct dcerpc_memory *memory, uint32_t call);

#endif
