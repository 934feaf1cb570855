/* SPDX-License-Identifier: Apache-2.0
 *
 * What the services of BACnet are about: the object identifiers among their arguments
 * (ASHRAE 135, clause 20.2 for tags, clause 21 for where each service has them).
 *
 * Segments of a request are one text: bacnet_walk keeps what a segment left open, so
 * that each is read once. */
#include "config.h"

#include <string.h>

#include "verifier/proto/bacnet_parts.h"

enum { TAG_APPLICATION = 0x100, TAG_OBJECT = TAG_APPLICATION + 12, TAG_NONE = 0xffff };
enum { TAG_CONTEXT = 0x08, TAG_SHAPE = 0x07, SHAPE_EXTENDED = 5, SHAPE_OPENING = 6,
       SHAPE_CLOSING = 7, TAG_BOOLEAN = 1, TAG_EXTENDED = 15 };
enum { OBJECT_SIZE = 4, OBJECT_INSTANCES = (1 << 22) - 1, OBJECT_TYPE_SHIFT = 22 };
enum { CREATE_OBJECT = 10 };

/* Where the arguments of a service name objects: how deep between opening and closing
 * tags, and with which tag. */
struct bacnet_place {
	uint16_t service; /* as in the prelude's table */
	uint16_t tag;
	uint8_t depth;
};

static const struct bacnet_place bacnet_places[] = {
	{ 0, 1, 0 },                  /* AcknowledgeAlarm */
	{ 1, 2, 0 },                  /* ConfirmedCOVNotification */
	{ 5, 1, 0 },                  /* SubscribeCOV */
	{ 6, TAG_OBJECT, 0 },         /* AtomicReadFile */
	{ 7, TAG_OBJECT, 0 },         /* AtomicWriteFile */
	{ 8, 0, 0 },                  /* AddListElement */
	{ 9, 0, 0 },                  /* RemoveListElement */
	{ CREATE_OBJECT, 1, 1 },
	{ 11, TAG_OBJECT, 0 },        /* DeleteObject */
	{ 12, 0, 0 },                 /* ReadProperty */
	{ 14, 0, 0 },                 /* ReadPropertyMultiple */
	{ 15, 0, 0 },                 /* WriteProperty */
	{ 16, 0, 0 },                 /* WritePropertyMultiple */
	{ 26, 0, 0 },                 /* ReadRange */
	{ 27, 3, 0 },                 /* LifeSafetyOperation */
	{ 28, 1, 0 },                 /* SubscribeCOVProperty */
	{ 30, 0, 1 },                 /* SubscribeCOVPropertyMultiple */
	{ 31, 0, 1 },                 /* ConfirmedCOVNotificationMultiple */
	{ 257, TAG_OBJECT, 0 },       /* I-Have */
	{ 258, 2, 0 },                /* UnconfirmedCOVNotification */
	{ 263, 2, 0 },                /* Who-Has */
	{ 267, 0, 1 },                /* UnconfirmedCOVNotificationMultiple */
};

/* By the number of the type (clause 21, BACnetObjectType). */
static const char *const bacnet_types[] = {
	"analog-input", "analog-output", "analog-value", "binary-input", "binary-output",
	"binary-value", "calendar", "command", "device", "event-enrollment", "file", "group",
	"loop", "multi-state-input", "multi-state-output", "notification-class", "program",
	"schedule", "averaging", "multi-state-value", "trend-log", "life-safety-point",
	"life-safety-zone", "accumulator", "pulse-converter", "event-log", "global-group",
	"trend-log-multiple", "load-control", "structured-view", "access-door", "timer",
	"access-credential", "access-point", "access-rights", "access-user", "access-zone",
	"credential-data-input", "network-security", "bitstring-value",
	"characterstring-value", "date-pattern-value", "date-value",
	"datetime-pattern-value", "datetime-value", "integer-value", "large-analog-value",
	"octetstring-value", "positive-integer-value", "time-pattern-value", "time-value",
	"notification-forwarder", "alert-enrollment", "channel", "lighting-output",
	"binary-lighting-output", "network-port", "elevator-group", "escalator", "lift",
	"staging", "audit-log", "audit-reporter", "color", "color-temperature",
};

static const struct bacnet_place *bacnet_place(uint16_t service)
{
	for (size_t i = 0; i < sizeof(bacnet_places) / sizeof(bacnet_places[0]); i++)
		if (bacnet_places[i].service == service)
			return &bacnet_places[i];
	return NULL;
}

/* ---- objects ---- */

/* Types that vendors made have no name of their own. */
static void bacnet_add_span(const struct proto_frame *frame, struct proto_operation *operation,
			    uint32_t type, uint32_t first, uint32_t last)
{
	bool known = type < sizeof(bacnet_types) / sizeof(bacnet_types[0]);

	proto_add_span(frame, operation,
		       (struct proto_span){ known ? bacnet_types[type] : "proprietary", first,
					    last });
}

static void bacnet_add_object(const struct proto_frame *frame,
			      struct proto_operation *operation, uint32_t identifier)
{
	uint32_t instance = identifier & OBJECT_INSTANCES;

	bacnet_add_span(frame, operation, identifier >> OBJECT_TYPE_SHIFT, instance, instance);
}

/* ---- tags ---- */

struct bacnet_tag {
	uint16_t number; /* TAG_APPLICATION more for those that are not context's own */
	uint8_t shape;   /* SHAPE_OPENING, SHAPE_CLOSING or another */
	size_t header;   /* bytes before the content */
	uint32_t size;   /* of the content */
};

/* The size that follows a tag of extended length (20.2.1.3.1); false: it is cut off. */
static bool bacnet_extended_size(const uint8_t *bytes, size_t length, struct bacnet_tag *tag)
{
	size_t more, at = tag->header;

	if (at >= length)
		return false;
	more = bytes[at] == 254 ? 2 : bytes[at] == 255 ? 4 : 0;
	if (more > length - at - 1)
		return false;
	tag->size = more == 2 ? proto_be16(bytes + at + 1)
		    : more == 4 ? proto_be32(bytes + at + 1)
				: bytes[at];
	tag->header += 1 + more;
	return true;
}

/* False: it is cut off. */
static bool bacnet_tag(const uint8_t *bytes, size_t length, struct bacnet_tag *tag)
{
	if (length < 1)
		return false;
	bool context = (bytes[0] & TAG_CONTEXT) != 0;
	*tag = (struct bacnet_tag){ .number = bytes[0] >> 4, .shape = bytes[0] & TAG_SHAPE,
				    .header = 1 };
	if (tag->number == TAG_EXTENDED) {
		if (length < 2)
			return false;
		tag->number = bytes[1];
		tag->header = 2;
	}
	if (!context)
		tag->number += TAG_APPLICATION;
	if (tag->number == TAG_APPLICATION + TAG_BOOLEAN ||
	    (context && tag->shape >= SHAPE_OPENING))
		return true;
	if (tag->shape == SHAPE_EXTENDED)
		return bacnet_extended_size(bytes, length, tag);
	tag->size = tag->shape;
	return true;
}

static bool bacnet_is_wanted(const struct bacnet_walk *walk, const struct bacnet_place *place,
			     const struct bacnet_tag *tag)
{
	return walk->depth == place->depth && tag->number == place->tag &&
	       tag->size == OBJECT_SIZE;
}

/* A service that makes an object may name its type alone: [0] { [0] type }. */
static bool bacnet_is_type(const struct bacnet_walk *walk, const struct bacnet_place *place,
			   const struct bacnet_tag *tag)
{
	return place->service == CREATE_OBJECT && walk->depth == 1 && tag->number == 0 &&
	       (tag->size == 1 || tag->size == 2);
}

static bool bacnet_nests(struct bacnet_walk *walk, const struct bacnet_tag *tag)
{
	if (tag->number >= TAG_APPLICATION || tag->shape < SHAPE_OPENING)
		return false;
	if (tag->shape == SHAPE_OPENING && walk->depth < UINT8_MAX)
		walk->depth++;
	else if (tag->shape == SHAPE_CLOSING && walk->depth > 0)
		walk->depth--;
	return true;
}

/* How many bytes were read: fewer than there are where a tag, or a content that counts,
 * is cut off. */
static size_t bacnet_walk_tags(const struct proto_frame *frame,
			       struct proto_operation *operation, struct bacnet_walk *walk,
			       struct bacnet_text text)
{
	const struct bacnet_place *place = bacnet_place(operation->function);
	struct bacnet_tag tag;
	size_t at = 0;

	while (bacnet_tag(text.bytes + at, text.length - at, &tag)) {
		const uint8_t *content = text.bytes + at + tag.header;
		size_t rest = text.length - at - tag.header;
		if (!bacnet_nests(walk, &tag)) {
			bool wanted = bacnet_is_wanted(walk, place, &tag);
			bool type = bacnet_is_type(walk, place, &tag);
			if ((wanted || type) && rest < tag.size)
				return at;
			if (wanted)
				bacnet_add_object(frame, operation, proto_be32(content));
			else if (type)
				bacnet_add_span(frame, operation,
						tag.size == 1 ? content[0] : proto_be16(content),
						0, OBJECT_INSTANCES);
		}
		if (tag.size > rest) {
			walk->skip = tag.size - (uint32_t)rest;
			return text.length;
		}
		at += tag.header + tag.size;
	}
	return at;
}

void bacnet_objects(const struct proto_frame *frame, struct proto_operation *operation,
		    struct bacnet_walk *walk, struct bacnet_text text)
{
	uint8_t joined[BACNET_CARRY + BACNET_SEGMENT];

	if (bacnet_place(operation->function) == NULL)
		return;
	size_t skip = walk->skip < text.length ? walk->skip : text.length;
	walk->skip -= (uint32_t)skip;
	text = (struct bacnet_text){ text.bytes + skip, text.length - skip };
	if (walk->carried > 0) {
		if (text.length > BACNET_SEGMENT)
			return;
		memcpy(joined, walk->carry, walk->carried);
		memcpy(joined + walk->carried, text.bytes, text.length);
		text = (struct bacnet_text){ joined, walk->carried + text.length };
	}
	size_t read = bacnet_walk_tags(frame, operation, walk, text);
	walk->carried = 0;
	if (text.length - read <= BACNET_CARRY) {
		walk->carried = (uint8_t)(text.length - read);
		memcpy(walk->carry, text.bytes + read, walk->carried);
	}
}
