/* SPDX-License-Identifier: Apache-2.0
 *
 * CIP services (ODVA, The CIP Networks Library, volume 1): request paths (appendix C),
 * Multiple Service Packet (appendix A), Unconnected Send and Forward Open (3-5.5) of the
 * connection manager, services of controllers (Rockwell 1756-PM020). */
#include "config.h"

#include "verifier/proto/cip.h"
#include "verifier/proto/pccc.h"

enum { CIP_REPLY = 0x80, CIP_REPLY_HEADER = 4, CIP_DEPTH = 6 };
enum { /* services */
	SERVICE_GET_ATTRIBUTES_ALL = 0x01,
	SERVICE_GET_ATTRIBUTE_LIST = 0x03,
	SERVICE_RESET = 0x05,
	SERVICE_STOP = 0x07,
	SERVICE_MULTIPLE = 0x0a,
	SERVICE_GET_ATTRIBUTE_SINGLE = 0x0e,
	SERVICE_FIND_NEXT = 0x11,
	SERVICE_GET_MEMBER = 0x18,
	SERVICE_OBJECT_FIRST = 0x32, /* below are those that all classes share */
	SERVICE_EXECUTE_PCCC = 0x4b,
	SERVICE_READ_TAG = 0x4c,
	SERVICE_WRITE_TAG = 0x4d,
	SERVICE_MODIFY_TAG = 0x4e,
	SERVICE_READ_TAG_FRAGMENTED = 0x52,
	SERVICE_WRITE_TAG_FRAGMENTED = 0x53,
	SERVICE_FORWARD_OPEN = 0x54,
	SERVICE_INSTANCE_ATTRIBUTES = 0x55,
	SERVICE_LARGE_FORWARD_OPEN = 0x5b,
};
enum { CLASS_CONNECTION_MANAGER = 0x06, CLASS_PCCC = 0x67, CLASS_SYMBOL = 0x6b };
enum { FUNCTION_FORWARD_CLOSE = 0x064e, FUNCTION_UNCONNECTED_SEND = 0x0652 };
/* Both identifiers of Forward Open's answer; and less than Forward Close answers with,
 * where a tag's modification answers nothing. */
enum { OPEN_IDENTIFIERS = 8, CLOSE_ANSWER = 8 };
enum { STATUS_PARTIAL = 0x06, STATUS_EMBEDDED = 0x1e };
/* Segments of a path. */
enum { SEGMENT_KIND = 0xe0, SEGMENT_PORT = 0x00, SEGMENT_LOGICAL = 0x20, SEGMENT_NETWORK = 0x40,
       SEGMENT_SYMBOL = 0x60, SEGMENT_DATA = 0x80, SEGMENT_ANSI = 0x91, LOGICAL_TYPE = 0x1c,
       LOGICAL_FORMAT = 0x03, LOGICAL_CLASS = 0x00, LOGICAL_KEY = 0x14, NO_CLASS = -1 };

/* A frame on its way. Services may lie inside each other, and offsets that lie may
 * make bytes count many times: the budget bounds that. */
struct cip_reading {
	const struct proto_frame *frame;
	uint32_t key;
	size_t budget; /* bytes that may yet be looked at */
};

struct cip_part {
	const uint8_t *bytes;
	size_t length;
	uint16_t index; /* of the service in the message, the same in its answer */
	uint8_t depth;
};

static void cip_part(struct cip_reading *reading, struct cip_part part);

static struct cip_part cip_behind(struct cip_part part, size_t skip)
{
	if (skip > part.length)
		skip = part.length;
	part.bytes += skip;
	part.length -= skip;
	return part;
}

/* ---- paths ---- */

static size_t cip_logical_size(const uint8_t *path)
{
	static const uint8_t sizes[] = { 2, 4, 6, 2 };

	return (path[0] & LOGICAL_TYPE) == LOGICAL_KEY ? 10 : sizes[path[0] & LOGICAL_FORMAT];
}

/* Port: an identifier of one byte or three, then an address of one byte or more. */
static size_t cip_port_size(const uint8_t *path, size_t length)
{
	bool extended = (path[0] & 0x0f) == 0x0f;

	if ((path[0] & 0x10) == 0)
		return extended ? 4 : 2;
	size_t size = (extended ? 4u : 2u) + (length > 1 ? path[1] : 0u);
	return size + size % 2;
}

/* The size of the first segment, length > 0; 0: it is none that is known. */
static size_t cip_segment_size(const uint8_t *path, size_t length)
{
	size_t counted = length > 1 ? path[1] : 0;

	switch (path[0] & SEGMENT_KIND) {
	case SEGMENT_PORT: return cip_port_size(path, length);
	case SEGMENT_LOGICAL: return cip_logical_size(path);
	case SEGMENT_NETWORK: return path[0] & 0x10 ? 2 + 2 * counted : 2;
	case SEGMENT_SYMBOL: return 1u + (path[0] & 0x1fu) + (path[0] % 2 == 0);
	case SEGMENT_DATA:
		return path[0] == SEGMENT_ANSI ? 2 + counted + counted % 2 : 2 + 2 * counted;
	default: return 0;
	}
}

/* NO_CLASS: the segment names none. Names are those of the symbol object. */
static int64_t cip_segment_class(const uint8_t *path, size_t length)
{
	if (path[0] == SEGMENT_ANSI || (path[0] & SEGMENT_KIND) == SEGMENT_SYMBOL)
		return CLASS_SYMBOL;
	if ((path[0] & (SEGMENT_KIND | LOGICAL_TYPE)) != (SEGMENT_LOGICAL | LOGICAL_CLASS) ||
	    cip_logical_size(path) > length)
		return NO_CLASS;
	switch (path[0] & LOGICAL_FORMAT) {
	case 0: return path[1];
	case 1: return proto_le16(path + 2);
	case 2: return proto_le32(path + 2);
	default: return NO_CLASS;
	}
}

/* One name behind another does not make two. */
static void cip_add_class(struct proto_operation *operation, int64_t class)
{
	uint32_t number = (uint32_t)class;

	if (class == NO_CLASS || (operation->span_count > 0 &&
				  operation->span[operation->span_count - 1].first == number))
		return;
	operation->span[operation->span_count++] = (struct proto_span){ "class", number, number };
}

/* Tells the classes of the path as spans; answers the first. */
static int64_t cip_classes(struct proto_operation *operation, struct cip_part path)
{
	while (path.length > 0 && operation->span_count < PROTO_SPANS) {
		size_t size = cip_segment_size(path.bytes, path.length);
		cip_add_class(operation, cip_segment_class(path.bytes, path.length));
		if (size == 0)
			break;
		path = cip_behind(path, size);
	}
	return operation->span_count > 0 ? (int64_t)operation->span[0].first : NO_CLASS;
}

/* ---- functions ---- */

/* Objects by which controllers of Rockwell are programmed. */
static bool cip_is_program(int64_t class)
{
	return class == 0x64 || (class >= 0x68 && class <= 0x6e) || class == 0x70 ||
	       class == 0x8e || class == 0xac;
}

/* Of the services that all classes share, those that do not program such an object. */
static bool cip_is_harmless(uint8_t service)
{
	return service == SERVICE_GET_ATTRIBUTES_ALL || service == SERVICE_GET_ATTRIBUTE_LIST ||
	       service == SERVICE_GET_ATTRIBUTE_SINGLE || service == SERVICE_FIND_NEXT ||
	       service == SERVICE_GET_MEMBER || service == SERVICE_MULTIPLE ||
	       (service >= SERVICE_RESET && service <= SERVICE_STOP);
}

/* Services of one class that the table knows by their number alone. */
static bool cip_is_usual(uint8_t service, int64_t class)
{
	switch (service) {
	case SERVICE_EXECUTE_PCCC: return class == CLASS_PCCC;
	case SERVICE_READ_TAG:
	case SERVICE_WRITE_TAG:
	case SERVICE_MODIFY_TAG:
	case SERVICE_READ_TAG_FRAGMENTED:
	case SERVICE_WRITE_TAG_FRAGMENTED:
	case SERVICE_INSTANCE_ATTRIBUTES: return class == CLASS_SYMBOL;
	case SERVICE_FORWARD_OPEN:
	case SERVICE_LARGE_FORWARD_OPEN: return class == CLASS_CONNECTION_MANAGER;
	default: return false;
	}
}

/* Classes that CIP reserves, where the table has other things, and those of two bytes
 * and four. */
static bool cip_is_extended(int64_t class)
{
	return class == 0 || (class >= 0xc8 && class <= 0xef) || class > 0xff;
}

static uint16_t cip_function(uint8_t service, int64_t class)
{
	bool own = service >= SERVICE_OBJECT_FIRST
			   ? !cip_is_usual(service, class)
			   : cip_is_program(class) && !cip_is_harmless(service);

	if (class == NO_CLASS || !own)
		return service;
	return (uint16_t)(cip_is_extended(class) ? CIP_FUNCTION_EXTENDED + service
						 : class << 8 | service);
}

/* ---- what was asked for ---- */

static struct cip_asked *cip_place(const struct cip_reading *reading, uint16_t index,
				   uint8_t service)
{
	struct cip_memory *memory = reading->frame->memory;

	return &memory->asked[(reading->key * 37 + index + service * 11u) % CIP_ASKED];
}

static bool cip_is_asked(const struct cip_reading *reading, const struct cip_asked *asked,
			 uint16_t index, uint8_t service)
{
	return asked->function != 0 && asked->key == reading->key && asked->index == index &&
	       asked->service == service;
}

/* Services that are their own functions need no memory, but end that of others. */
static void cip_ask(const struct cip_reading *reading, uint16_t index, uint8_t service,
		    uint16_t function)
{
	struct cip_asked *asked = cip_place(reading, index, service);

	if (function != service)
		*asked = (struct cip_asked){ reading->key, index, function, service };
	else if (cip_is_asked(reading, asked, index, service))
		asked->function = 0;
}

static uint16_t cip_answered(const struct cip_reading *reading, struct cip_part part,
			     uint8_t service, size_t data)
{
	const struct cip_asked *asked = cip_place(reading, part.index, service);

	if (cip_is_asked(reading, asked, part.index, service))
		return asked->function;
	if (service == SERVICE_MODIFY_TAG && data >= CLOSE_ANSWER)
		return FUNCTION_FORWARD_CLOSE;
	return service;
}

/* ---- what lies inside ---- */

/* Services of a Multiple Service Packet, or their answers: a count, where each begins,
 * and they. One goes to where the next begins, or the end. */
static void cip_multiple(struct cip_reading *reading, struct cip_part packet)
{
	size_t count = packet.length >= 2 ? proto_le16(packet.bytes) : 0;

	for (size_t i = 0; i < count && 4 + 2 * i <= packet.length; i++) {
		size_t begin = proto_le16(packet.bytes + 2 + 2 * i), end = packet.length;
		if (i + 1 < count && 6 + 2 * i <= packet.length)
			end = proto_le16(packet.bytes + 4 + 2 * i);
		if (end <= begin || end > packet.length)
			end = packet.length;
		if (begin >= packet.length)
			continue;
		cip_part(reading, (struct cip_part){
					  packet.bytes + begin, end - begin,
					  (uint16_t)(packet.index * 256 + i + 1), packet.depth });
	}
}

/* What an Unconnected Send carries is answered as if it had been sent itself: behind
 * priority and timeout, its length. */
static void cip_unconnected(struct cip_reading *reading, struct cip_part data)
{
	if (data.length < 4)
		return;
	size_t length = proto_le16(data.bytes + 2);
	data = cip_behind(data, 4);
	if (length < data.length)
		data.length = length;
	cip_part(reading, data);
}

/* ---- services ---- */

/* The words of the path of a request, as far as they are there. */
static struct cip_part cip_path(struct cip_part request)
{
	struct cip_part path = cip_behind(request, 2);
	size_t size = request.length > 1 ? request.bytes[1] * (size_t)2 : 0;

	if (path.length > size)
		path.length = size;
	return path;
}

/* Does it look like a path that a request has? */
static bool cip_is_path(struct cip_part path)
{
	return path.length >= 2 &&
	       ((path.bytes[0] & (SEGMENT_KIND | LOGICAL_TYPE)) == SEGMENT_LOGICAL ||
		path.bytes[0] == SEGMENT_ANSI);
}

/* What Execute PCCC carries is behind an identifier of the requestor, whose first byte
 * is its length (1756-PM020, chapter 2). */
static struct cip_part cip_carried(struct cip_part data)
{
	return cip_behind(data, data.length > 0 ? data.bytes[0] : 0);
}

/* What Execute PCCC carries decides. */
static void cip_carry(struct proto_operation *operation, struct cip_part data)
{
	if (operation->function != SERVICE_EXECUTE_PCCC)
		return;
	data = cip_carried(data);
	uint16_t function = pccc_function(data.bytes, data.length);
	if (function == PROTO_NO_FUNCTION)
		return;
	operation->carrier = SERVICE_EXECUTE_PCCC;
	operation->function = CIP_FUNCTION_PCCC + function;
}

static void cip_request(struct cip_reading *reading, struct cip_part part)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	uint8_t service = part.bytes[0];
	struct cip_part path = cip_path(part), data = cip_behind(part, 2 + path.length);

	operation.function = cip_function(service, cip_classes(&operation, path));
	cip_carry(&operation, data);
	cip_ask(reading, part.index, service, operation.function);
	if (part.depth == 0 && cip_is_path(path))
		proto_tell_client(reading->frame, reading->frame->side);
	proto_tell(reading->frame, &operation);
	data.depth++;
	if (service == SERVICE_MULTIPLE)
		cip_multiple(reading, data);
	else if (operation.function == FUNCTION_UNCONNECTED_SEND)
		cip_unconnected(reading, data);
}

/* The identifiers that the target gave to the originator, and the other way. */
static void cip_opened(const struct proto_frame *frame, struct cip_part data)
{
	if (data.length < OPEN_IDENTIFIERS)
		return;
	proto_keep(frame, !frame->side, proto_le32(data.bytes), CIP_FUNCTION_OUTPUT);
	proto_keep(frame, frame->side, proto_le32(data.bytes + 4), CIP_FUNCTION_INPUT);
}

static bool cip_is_done(uint8_t status)
{
	return status == 0 || status == STATUS_PARTIAL || status == STATUS_EMBEDDED;
}

/* Behind service, a reserved byte, general status and words of additional status. */
static struct cip_part cip_answer(struct cip_part reply)
{
	size_t words = reply.length >= CIP_REPLY_HEADER ? reply.bytes[3] : 0;

	return cip_behind(reply, CIP_REPLY_HEADER + 2 * words);
}

static bool cip_is_pccc(uint16_t function)
{
	return function >= CIP_FUNCTION_PCCC && function < CIP_FUNCTION_EXTENDED;
}

/* Its function is known. Cut short before its status, it counts as done. */
static void cip_judge_reply(struct proto_operation *operation, struct cip_part reply,
			    struct cip_part data)
{
	bool done = reply.length < 3 || cip_is_done(reply.bytes[2]);

	if (cip_is_pccc(operation->function)) {
		data = cip_carried(data);
		operation->carrier = SERVICE_EXECUTE_PCCC;
		done = done && pccc_is_done(data.bytes, data.length);
	}
	operation->kind = done ? PROTO_RESPONSE : PROTO_REFUSAL;
}

static void cip_reply(struct cip_reading *reading, struct cip_part part)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	struct cip_part data = cip_answer(part);

	operation.function = cip_answered(reading, part, part.bytes[0] - CIP_REPLY, data.length);
	cip_judge_reply(&operation, part, data);
	if (part.depth == 0)
		proto_tell_client(reading->frame, !reading->frame->side);
	proto_tell(reading->frame, &operation);
	data.depth++;
	if (operation.function == SERVICE_MULTIPLE)
		cip_multiple(reading, data);
	else if (operation.kind == PROTO_RESPONSE &&
		 (operation.function == SERVICE_FORWARD_OPEN ||
		  operation.function == SERVICE_LARGE_FORWARD_OPEN))
		cip_opened(reading->frame, data);
}

/* What is too deep, or told too often, is there and not seen. */
static void cip_part(struct cip_reading *reading, struct cip_part part)
{
	size_t cost = 2 + (part.length > 1 ? part.bytes[1] * (size_t)2 : 0);

	if (cost > part.length)
		cost = part.length;
	if (part.length == 0 || reading->budget == 0)
		return;
	if (part.depth > CIP_DEPTH || cost > reading->budget) {
		const struct proto_operation unseen = { .hidden = true,
							.carrier = PROTO_NO_FUNCTION };
		reading->budget = 0;
		proto_tell(reading->frame, &unseen);
		return;
	}
	reading->budget -= cost;
	if (part.bytes[0] & CIP_REPLY)
		cip_reply(reading, part);
	else
		cip_request(reading, part);
}

void cip_read(const struct proto_frame *frame, const uint8_t *bytes, size_t length, uint32_t key)
{
	struct cip_reading reading = { frame, key, (CIP_DEPTH + 1) * length };

	cip_part(&reading, (struct cip_part){ bytes, length, 0, 0 });
}
