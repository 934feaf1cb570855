/* SPDX-License-Identifier: Apache-2.0
 *
 * BACnet/IP: the virtual link (ASHRAE 135, annex J.2), the network layer (clause 6) and
 * the application layer (clause 20.1). Confirmed services have the standard's numbers,
 * unconfirmed ones 256 more, functions of the virtual link 512 more, and messages of the
 * network layer 768 more.
 *
 * Either device may ask. Who does is told of requests and answers that went to one
 * device; a broadcast, and what a broadcast device forwards, has no other side. */
#include "config.h"

#include "verifier/proto/bacnet_parts.h"
#include "verifier/proto/readers.h"

enum { BACNET_UNCONFIRMED = 256, BACNET_LINK = 512, BACNET_NETWORK = 768 };
enum { LINK_TYPE = 0x81, LINK_HEADER = 4, LINK_ORIGIN = 6 };
enum { /* functions of the virtual link, J.2 */
	LINK_RESULT = 0,
	LINK_READ_TABLE_ACK = 3,
	LINK_FORWARDED = 4,
	LINK_READ_FOREIGN_ACK = 7,
	LINK_DISTRIBUTE = 9,
	LINK_UNICAST = 10,
	LINK_BROADCAST = 11,
	LINK_SECURED = 12,
};
enum { NETWORK_VERSION = 1, CONTROL_MESSAGE = 0x80, CONTROL_TARGET = 0x20,
       CONTROL_SOURCE = 0x08, NETWORK_SECURITY = 10 };
enum { /* types of application PDUs, 20.1.1 */
	APDU_CONFIRMED,
	APDU_UNCONFIRMED,
	APDU_SIMPLE_ACK,
	APDU_COMPLEX_ACK,
	APDU_SEGMENT_ACK,
	APDU_ERROR,
	APDU_REJECT,
	APDU_ABORT,
};
enum { APDU_SEGMENTED = 0x08, APDU_MORE = 0x04, APDU_FROM_SERVER = 0x01 };
enum { I_AM = 256, I_HAVE = 257, UNCONFIRMED_COV = 258, UNCONFIRMED_EVENT = 259,
       UNCONFIRMED_COV_MULTIPLE = 267, UNCONFIRMED_AUDIT = 268 };
enum { CONFIRMED_COV = 1, CONFIRMED_EVENT = 2, CONFIRMED_COV_MULTIPLE = 31,
       CONFIRMED_AUDIT = 32 };
enum { BACNET_PENDING = 16 };

/* What a side asked for and is not answered yet, and the request that it sends in
 * segments. */
struct bacnet_side {
	uint8_t invoke[BACNET_PENDING];
	uint16_t service[BACNET_PENDING]; /* and one more: 0 is none */
	struct bacnet_walk walk;
	bool segmented;
	uint8_t segment_invoke, segment_next;
	uint8_t segment_service;
};

struct bacnet_memory {
	struct bacnet_side side[2];
	uint8_t link; /* the function of the virtual link that was asked for last */
};

/* An application PDU on its way. */
struct bacnet_apdu {
	struct bacnet_text text;
	bool unicast;
};

static void bacnet_tell_client(const struct proto_frame *frame, bool unicast, int side)
{
	if (unicast)
		proto_tell_client(frame, side);
}

/* Services by which a device tells what it was asked to tell some time. */
static bool bacnet_is_notice(uint16_t service)
{
	static const uint16_t notices[] = {
		CONFIRMED_COV, CONFIRMED_EVENT, CONFIRMED_COV_MULTIPLE, CONFIRMED_AUDIT,
		UNCONFIRMED_COV, UNCONFIRMED_EVENT, UNCONFIRMED_COV_MULTIPLE,
		UNCONFIRMED_AUDIT, I_AM, I_HAVE,
	};

	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (notices[i] == service)
			return true;
	return false;
}

/* ---- what is asked ---- */

static void bacnet_ask(const struct proto_frame *frame, struct bacnet_apdu apdu,
		       uint16_t service, struct bacnet_walk *walk, struct bacnet_text arguments)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION, .function = service };
	bool notice = bacnet_is_notice(service);

	operation.kind = notice ? PROTO_NOTICE : PROTO_REQUEST;
	bacnet_tell_client(frame, apdu.unicast, notice ? !frame->side : frame->side);
	bacnet_objects(frame, &operation, walk, arguments);
	proto_tell(frame, &operation);
}

static void bacnet_remember(struct bacnet_side *side, uint8_t invoke, uint8_t service)
{
	side->invoke[invoke % BACNET_PENDING] = invoke;
	side->service[invoke % BACNET_PENDING] = (uint16_t)(service + 1);
}

static struct bacnet_text bacnet_after(struct bacnet_text text, size_t bytes)
{
	return (struct bacnet_text){ text.bytes + bytes, text.length - bytes };
}

/* A further segment of a request has only objects to tell. */
static void bacnet_go_on(const struct proto_frame *frame, struct bacnet_side *side,
			 struct bacnet_text apdu)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION, .more = true };

	if (!side->segmented || side->segment_invoke != apdu.bytes[2] ||
	    side->segment_next != apdu.bytes[3])
		return;
	side->segment_next++;
	side->segmented = (apdu.bytes[0] & APDU_MORE) != 0;
	operation.function = side->segment_service;
	operation.kind = bacnet_is_notice(operation.function) ? PROTO_NOTICE : PROTO_REQUEST;
	bacnet_objects(frame, &operation, &side->walk, bacnet_after(apdu, 6));
	if (operation.span_count > 0)
		proto_tell(frame, &operation);
}

/* Type and flags, sizes accepted, invoke identifier, in segments their number and how
 * many may be sent, then the service. */
static void bacnet_confirmed(const struct proto_frame *frame, struct bacnet_apdu apdu)
{
	struct bacnet_side *side = &((struct bacnet_memory *)frame->memory)->side[frame->side];
	const uint8_t *bytes = apdu.text.bytes;
	bool segmented = (bytes[0] & APDU_SEGMENTED) != 0;
	size_t service = segmented ? 5 : 3;

	if (apdu.text.length <= service)
		return;
	if (segmented && bytes[3] != 0) {
		bacnet_go_on(frame, side, apdu.text);
		return;
	}
	side->walk = (struct bacnet_walk){ 0 };
	side->segmented = segmented && (bytes[0] & APDU_MORE) != 0;
	side->segment_invoke = bytes[2];
	side->segment_next = 1;
	side->segment_service = bytes[service];
	bacnet_remember(side, bytes[2], bytes[service]);
	bacnet_ask(frame, apdu, bytes[service], &side->walk,
		   bacnet_after(apdu.text, service + 1));
}

static void bacnet_unconfirmed(const struct proto_frame *frame, struct bacnet_apdu apdu)
{
	struct bacnet_walk walk = { 0 };

	if (apdu.text.length >= 2)
		bacnet_ask(frame, apdu, BACNET_UNCONFIRMED + apdu.text.bytes[1], &walk,
			   bacnet_after(apdu.text, 2));
}

/* ---- what is answered ---- */

/* Who was notified answers as a client: what it confirms is a notice still. */
static void bacnet_answer(const struct proto_frame *frame, bool unicast, uint16_t service,
			  enum proto_kind kind)
{
	bool notice = bacnet_is_notice(service);
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION,
					     .kind = (uint8_t)(notice ? PROTO_NOTICE : kind),
					     .function = service };

	bacnet_tell_client(frame, unicast, notice ? frame->side : !frame->side);
	proto_tell(frame, &operation);
}

/* Rejections and aborts name the invoke identifier alone. What a side aborts is its own
 * request, or, with the server's bit, the other's. */
static void bacnet_refuse(const struct proto_frame *frame, struct bacnet_apdu apdu)
{
	const struct bacnet_memory *memory = frame->memory;
	const uint8_t *bytes = apdu.text.bytes;
	bool own = bytes[0] >> 4 == APDU_ABORT && (bytes[0] & APDU_FROM_SERVER) == 0;
	const struct bacnet_side *asked = &memory->side[own ? frame->side : !frame->side];
	unsigned slot = bytes[1] % BACNET_PENDING;

	if (!own && asked->invoke[slot] == bytes[1] && asked->service[slot] != 0)
		bacnet_answer(frame, apdu.unicast, (uint16_t)(asked->service[slot] - 1),
			      PROTO_REFUSAL);
}

/* Only the first segment of an answer counts. */
static void bacnet_complex_ack(const struct proto_frame *frame, struct bacnet_apdu apdu)
{
	const uint8_t *bytes = apdu.text.bytes;
	bool segmented = (bytes[0] & APDU_SEGMENTED) != 0;
	size_t service = segmented ? 4 : 2;

	if (apdu.text.length > service && (!segmented || bytes[2] == 0))
		bacnet_answer(frame, apdu.unicast, bytes[service], PROTO_RESPONSE);
}

static void bacnet_apdu(const struct proto_frame *frame, struct bacnet_apdu apdu)
{
	const uint8_t *bytes = apdu.text.bytes;

	if (apdu.text.length < 2)
		return;
	switch (bytes[0] >> 4) {
	case APDU_CONFIRMED: bacnet_confirmed(frame, apdu); break;
	case APDU_UNCONFIRMED: bacnet_unconfirmed(frame, apdu); break;
	case APDU_COMPLEX_ACK: bacnet_complex_ack(frame, apdu); break;
	case APDU_SIMPLE_ACK:
	case APDU_ERROR:
		if (apdu.text.length >= 3)
			bacnet_answer(frame, apdu.unicast, bytes[2],
				      bytes[0] >> 4 == APDU_ERROR ? PROTO_REFUSAL
								  : PROTO_RESPONSE);
		break;
	case APDU_REJECT:
	case APDU_ABORT: bacnet_refuse(frame, apdu); break;
	default: break;
	}
}

/* ---- the network layer ---- */

/* Routers tell each other; who asks whom is not for a reader of one message to say. */
static void bacnet_message(const struct proto_frame *frame, uint8_t message)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION,
					     .kind = PROTO_NOTICE,
					     .hidden = message == NETWORK_SECURITY,
					     .function = BACNET_NETWORK + message };

	proto_tell(frame, &operation);
}

/* Bytes of the addresses in a network header (6.2.2), or 0 where they are cut off: each
 * is a network, a length and that many bytes; behind a target's stands a hop count. */
static size_t bacnet_network_header(struct bacnet_text text)
{
	uint8_t control = text.bytes[1];
	size_t at = 2;

	for (int i = 0; i < 2; i++) {
		if ((control & (i == 0 ? CONTROL_TARGET : CONTROL_SOURCE)) == 0)
			continue;
		if (at + 3 > text.length)
			return 0;
		at += 3u + text.bytes[at + 2];
	}
	return at + ((control & CONTROL_TARGET) != 0);
}

static void bacnet_network(const struct proto_frame *frame, struct bacnet_text text, bool unicast)
{
	if (text.length < 2 || text.bytes[0] != NETWORK_VERSION)
		return;
	size_t header = bacnet_network_header(text);
	if (header == 0 || header >= text.length)
		return;
	if (text.bytes[1] & CONTROL_MESSAGE)
		bacnet_message(frame, text.bytes[header]);
	else
		bacnet_apdu(frame, (struct bacnet_apdu){ bacnet_after(text, header), unicast });
}

/* ---- the virtual link ---- */

/* A result of zero is the answer that something was done; what, it does not say. */
static void bacnet_link(const struct proto_frame *frame, uint8_t function)
{
	struct bacnet_memory *memory = frame->memory;
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION,
					     .hidden = function == LINK_SECURED,
					     .function = BACNET_LINK + function };

	if (function == LINK_RESULT) {
		operation.kind = frame->length >= 6 && proto_be16(frame->bytes + 4) != 0
					 ? PROTO_REFUSAL
					 : PROTO_RESPONSE;
		operation.function = BACNET_LINK + memory->link;
	} else if (function == LINK_READ_TABLE_ACK || function == LINK_READ_FOREIGN_ACK) {
		operation.kind = PROTO_RESPONSE;
		operation.function--;
	} else {
		memory->link = function;
	}
	if (function != LINK_SECURED)
		proto_tell_client(frame, operation.kind == PROTO_REQUEST ? frame->side
									  : !frame->side);
	proto_tell(frame, &operation);
}

static void bacnet_read(const struct proto_frame *frame)
{
	if (frame->length < LINK_HEADER)
		return;
	uint8_t function = frame->bytes[1];
	struct bacnet_text text = { frame->bytes + LINK_HEADER, frame->length - LINK_HEADER };
	switch (function) {
	case LINK_FORWARDED:
		if (text.length > LINK_ORIGIN)
			bacnet_network(frame, bacnet_after(text, LINK_ORIGIN), false);
		break;
	case LINK_DISTRIBUTE:
	case LINK_BROADCAST: bacnet_network(frame, text, false); break;
	case LINK_UNICAST: bacnet_network(frame, text, true); break;
	default: bacnet_link(frame, function);
	}
}

/* The link's type and the length that fits are 24 bits; the version behind the headers
 * of the functions that carry a message makes 32. Devices are met that do not keep the
 * length, and others that read them. */
static enum proto_likeness bacnet_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (!datagram || length < LINK_HEADER || bytes[0] != LINK_TYPE || bytes[1] > LINK_SECURED)
		return PROTO_UNLIKE;
	size_t version = LINK_HEADER + (bytes[1] == LINK_FORWARDED ? LINK_ORIGIN : 0);
	bool carries = bytes[1] == LINK_FORWARDED ||
		       (bytes[1] >= LINK_DISTRIBUTE && bytes[1] <= LINK_BROADCAST);
	if (!carries || version >= length)
		return PROTO_LIKE;
	if (bytes[version] != NETWORK_VERSION)
		return PROTO_UNLIKE;
	return proto_be16(bytes + 2) == length ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_bacnet = {
	.protocols = { "bacnet" },
	.read = bacnet_read,
	.recognise = bacnet_recognise,
	.peers = true,
	.memory = sizeof(struct bacnet_memory),
};
