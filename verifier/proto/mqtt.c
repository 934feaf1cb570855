/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT 3.1, 3.1.1 and 5.0 (OASIS, MQTT Version 5.0, clause 2 and 3; 3.1.1 likewise).
 *
 * Acknowledgements are told as answers to what they acknowledge. What a broker
 * delivers is what was subscribed to: a notice of the subscription; what a client
 * acknowledges of it is housekeeping. */
#include "config.h"

#include <string.h>

#include "verifier/proto/readers.h"

enum mqtt_type {
	MQTT_CONNECT = 1,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
	MQTT_AUTH,
	MQTT_TYPES,
};
enum { MQTT_QOS = 0x06, MQTT_FAILURE = 0x80, MQTT_VERSION_5 = 5, MQTT_LENGTH_BYTES = 4 };
enum { CONNACK_CODE = 1, ACK_CODE = 2, MQTT_LIMIT = 1024 };

struct mqtt_memory {
	uint8_t version; /* the client's; 0: its CONNECT was not seen */
};

/* The fixed header (2.1): flags that are always the same, the least that follows, who
 * sends it and what it answers. */
static const struct mqtt_form {
	uint8_t flags;
	uint8_t least;
	enum { FROM_EITHER, FROM_CLIENT, FROM_SERVER } from;
	uint8_t answers; /* a type; 0: none */
} mqtt_forms[MQTT_TYPES] = {
	[MQTT_CONNECT] = { 0, 12, FROM_CLIENT, 0 },
	[MQTT_CONNACK] = { 0, 2, FROM_SERVER, MQTT_CONNECT },
	[MQTT_PUBLISH] = { 0, 3, FROM_EITHER, 0 },
	[MQTT_PUBACK] = { 0, 2, FROM_EITHER, MQTT_PUBLISH },
	[MQTT_PUBREC] = { 0, 2, FROM_EITHER, MQTT_PUBLISH },
	[MQTT_PUBREL] = { 2, 2, FROM_EITHER, 0 },
	[MQTT_PUBCOMP] = { 0, 2, FROM_EITHER, MQTT_PUBREL },
	[MQTT_SUBSCRIBE] = { 2, 6, FROM_CLIENT, 0 },
	[MQTT_SUBACK] = { 0, 3, FROM_SERVER, MQTT_SUBSCRIBE },
	[MQTT_UNSUBSCRIBE] = { 2, 5, FROM_CLIENT, 0 },
	[MQTT_UNSUBACK] = { 0, 2, FROM_SERVER, MQTT_UNSUBSCRIBE },
	[MQTT_PINGREQ] = { 0, 0, FROM_CLIENT, 0 },
	[MQTT_PINGRESP] = { 0, 0, FROM_SERVER, MQTT_PINGREQ },
	[MQTT_DISCONNECT] = { 0, 0, FROM_EITHER, 0 },
	[MQTT_AUTH] = { 0, 0, FROM_EITHER, 0 },
};

/* A control packet behind its fixed header. */
struct mqtt_packet {
	enum mqtt_type type;
	const uint8_t *bytes;
	size_t length;
};

/* A variable byte integer (1.5.5). False: it does not end in `length` bytes. */
static bool mqtt_integer(const uint8_t *bytes, size_t length, uint32_t *value, size_t *size)
{
	*value = 0;
	for (*size = 0; *size < length && *size < MQTT_LENGTH_BYTES;) {
		uint8_t byte = bytes[*size];
		*value |= (uint32_t)(byte & 0x7f) << 7 * *size;
		++*size;
		if ((byte & 0x80) == 0)
			return true;
	}
	return false;
}

/* ---- answers ---- */

/* The first reason of a list: behind the identifier and, in version 5, properties. */
static size_t mqtt_reasons(const struct mqtt_packet *packet, uint8_t version)
{
	uint32_t properties;
	size_t size;

	if (version != MQTT_VERSION_5)
		return ACK_CODE;
	if (packet->length < ACK_CODE || !mqtt_integer(packet->bytes + ACK_CODE,
						       packet->length - ACK_CODE, &properties,
						       &size))
		return packet->length;
	return ACK_CODE + size + properties;
}

/* Of several topics, one that was granted makes it a success. */
static bool mqtt_refuses_all(const struct mqtt_packet *packet, uint8_t version)
{
	size_t first = mqtt_reasons(packet, version);

	for (size_t at = first; at < packet->length; at++)
		if (packet->bytes[at] < MQTT_FAILURE)
			return false;
	return first < packet->length;
}

static bool mqtt_refuses(const struct mqtt_packet *packet, uint8_t version)
{
	switch (packet->type) {
	case MQTT_CONNACK: return packet->length > CONNACK_CODE && packet->bytes[CONNACK_CODE] != 0;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBCOMP:
		return packet->length > ACK_CODE && packet->bytes[ACK_CODE] >= MQTT_FAILURE;
	case MQTT_SUBACK:
	case MQTT_UNSUBACK: return mqtt_refuses_all(packet, version);
	default: return false;
	}
}

/* ---- packets ---- */

/* Messages go both ways: a client publishes them, a broker delivers them. */
static void mqtt_read_either(struct proto_operation *operation, const struct mqtt_packet *packet,
			     bool from_client)
{
	bool answer = mqtt_forms[packet->type].answers != 0;

	if (answer != from_client)
		return;
	operation->kind = PROTO_NOTICE;
	operation->function = packet->type == MQTT_PUBLISH ? (uint16_t)MQTT_SUBSCRIBE
							   : (uint16_t)packet->type;
}

static void mqtt_tell_client(const struct proto_frame *frame, const struct mqtt_form *form)
{
	if (form->from != FROM_EITHER)
		proto_tell_client(frame, form->from == FROM_CLIENT ? frame->side : !frame->side);
}

/* The version stands behind the name of the protocol. */
static void mqtt_remember(struct mqtt_memory *memory, const struct mqtt_packet *packet)
{
	if (packet->length < 2)
		return;
	size_t at = 2u + proto_be16(packet->bytes);
	if (at < packet->length)
		memory->version = packet->bytes[at];
}

static void mqtt_read(const struct proto_frame *frame)
{
	struct mqtt_memory *memory = frame->memory;
	struct mqtt_packet packet = { .type = frame->bytes[0] >> 4 };
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	uint32_t follows;
	size_t size;

	if (packet.type == 0 || frame->length < 2 ||
	    !mqtt_integer(frame->bytes + 1, frame->length - 1, &follows, &size))
		return;
	packet.bytes = frame->bytes + 1 + size;
	packet.length = frame->length - 1 - size;
	const struct mqtt_form *form = &mqtt_forms[packet.type];
	if (packet.type == MQTT_CONNECT)
		mqtt_remember(memory, &packet);
	operation.function = form->answers != 0 ? form->answers : (uint16_t)packet.type;
	if (form->answers != 0)
		operation.kind = mqtt_refuses(&packet, memory->version) ? PROTO_REFUSAL
									: PROTO_RESPONSE;
	if (form->from == FROM_EITHER)
		mqtt_read_either(&operation, &packet, frame->from_client);
	mqtt_tell_client(frame, form);
	proto_tell(frame, &operation);
}

static bool mqtt_begins(uint8_t byte)
{
	unsigned type = byte >> 4;

	if (type == MQTT_PUBLISH)
		return (byte & MQTT_QOS) != MQTT_QOS;
	return type != 0 && (byte & 0x0f) == mqtt_forms[type].flags;
}

static size_t mqtt_frame(const uint8_t *bytes, size_t length)
{
	uint32_t follows;
	size_t size;

	if (length > 0 && !mqtt_begins(bytes[0]))
		return PROTO_NONE;
	if (length < 2)
		return PROTO_MORE;
	if (!mqtt_integer(bytes + 1, length - 1, &follows, &size))
		return length > MQTT_LENGTH_BYTES ? PROTO_NONE : PROTO_MORE;
	unsigned type = bytes[0] >> 4;
	if (follows < mqtt_forms[type].least ||
	    ((type == MQTT_PINGREQ || type == MQTT_PINGRESP) && follows != 0))
		return PROTO_NONE;
	return 1 + size + follows;
}

/* Only CONNECT has the protocol's name (3.1.2.1). */
static enum proto_likeness mqtt_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	static const char names[][9] = { "\0\4MQTT", "\0\6MQIsdp" };
	size_t frame = mqtt_frame(bytes, length);
	uint32_t follows;
	size_t size;

	if (datagram || frame == PROTO_NONE)
		return PROTO_UNLIKE;
	if (frame == PROTO_MORE || bytes[0] >> 4 != MQTT_CONNECT ||
	    !mqtt_integer(bytes + 1, length - 1, &follows, &size))
		return PROTO_LIKE;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t name = 2u + (unsigned char)names[i][1];
		if (1 + size + name <= length && memcmp(bytes + 1 + size, names[i], name) == 0)
			return PROTO_CERTAIN;
	}
	return length >= 1 + size + 8 ? PROTO_UNLIKE : PROTO_LIKE;
}

const struct proto proto_mqtt = {
	.protocols = { "mqtt" },
	.frame = mqtt_frame,
	.read = mqtt_read,
	.recognise = mqtt_recognise,
	.memory = sizeof(struct mqtt_memory),
	.frame_limit = MQTT_LIMIT,
};
