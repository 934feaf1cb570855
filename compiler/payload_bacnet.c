/* SPDX-License-Identifier: Apache-2.0
 *
 * BACnet/IP: the virtual link (ASHRAE 135, annex J.2), the network layer (clause 6) and
 * whole application PDUs (clause 20.1). What is for a station behind a router names its
 * network and its address, of one byte or six, or no address for all of them. Numbers are
 * the standard's for confirmed services, 256 more for unconfirmed ones, 512 more for
 * functions of the link and 768 more for messages of the network layer.
 *
 * Either device may ask, and what a device tells because it was asked, at once or some
 * time, it does not send as who asks: notifications, I-Am and I-Have are not told. What
 * says that segments came, that nothing more does, or that a notification did,
 * goes with anything. */
#include "config.h"
#include "compiler/payload_table.h"

enum { LINK_TYPE = 0x81, LINK_LEAST = 4, LINK_MOST = 1497 };
enum { CONTROL = 5, RESERVED_AND_ADDRESSES = 0xf8, TARGET = 0x20, MESSAGE = 0x80 };
enum { TARGET_LENGTH = 8, MESSAGE_LAST = 19 };
/* Where an application PDU begins: two bytes of network header, and behind a target's
 * network and length its address and a hop count. */
enum { LOCAL = 6, TARGET_ALL = 10 };

static const struct payload_length length = {
	.name = "frame", .number = { 2, 2, false }, .shortest = LINK_LEAST, .longest = LINK_MOST,
};
/* To be distributed as a broadcast, to one station, as a broadcast. */
static const struct payload_choice carries = { 1, 1, { { 9, 11 } } };

#define NETWORK(title, control, at, ...)                                                     \
	static const struct payload_byte bytes_##title[] = {                                 \
		PAYLOAD_IS(0, LINK_TYPE), PAYLOAD_IS(4, 1),                                  \
		{ CONTROL, RESERVED_AND_ADDRESSES, control }, __VA_ARGS__                    \
	};                                                                                   \
	static const struct payload_carrier carrier_##title = {                              \
		.name = #title, .length = &length, .bytes = PAYLOAD_BYTES(bytes_##title),    \
		.choice = &carries, .transports = PAYLOAD_UDP, .body = at,                   \
	}
NETWORK(local, 0, LOCAL);
NETWORK(all, TARGET, TARGET_ALL, PAYLOAD_IS(TARGET_LENGTH, 0));
NETWORK(byte, TARGET, TARGET_ALL + 1, PAYLOAD_IS(TARGET_LENGTH, 1));
NETWORK(address, TARGET, TARGET_ALL + 6, PAYLOAD_IS(TARGET_LENGTH, 6));
NETWORK(network, MESSAGE, LOCAL);
#undef NETWORK

/* Neither in segments; a segmented answer may be accepted. */
static const struct payload_byte confirmed[] = { { 0, 0xfd, 0 } };
static const struct payload_span spans_confirmed[] = {
	{ 0, 0, 0, 0 }, { 0, 0, 3, 30 }, { 0, 0, 33, 0xff },
};
static const struct payload_body body_confirmed = {
	.name = "confirmed", .bytes = PAYLOAD_BYTES(confirmed), .spans = spans_confirmed,
	.span_count = PAYLOAD_COUNT(spans_confirmed), .function_at = 3,
	.group_at = PAYLOAD_NOWHERE,
};
static const struct payload_byte unconfirmed[] = { PAYLOAD_IS(0, 0x10) };
static const struct payload_span spans_unconfirmed[] = { { 1, 1, 4, 10 }, { 1, 1, 13, 0xff } };
static const struct payload_body body_unconfirmed = {
	.name = "unconfirmed", .bytes = PAYLOAD_BYTES(unconfirmed), .spans = spans_unconfirmed,
	.span_count = PAYLOAD_COUNT(spans_unconfirmed), .function_at = 1,
	.group_at = PAYLOAD_NOWHERE,
};
/* Acknowledgements of segments, rejections and aborts. */
static const struct payload_choice answers = {
	0, 3, { { 0x40, 0x43 }, { 0x60, 0x60 }, { 0x70, 0x71 } },
};
static const struct payload_body body_answers = {
	.name = "answers", .choice = &answers, .function_at = PAYLOAD_NOWHERE,
	.group_at = PAYLOAD_NOWHERE,
};
/* Notifications, which the other device was asked for, are acknowledged or refused. */
static const struct payload_choice acknowledges = { 0, 2, { { 0x20, 0x20 }, { 0x50, 0x50 } } };
static const struct payload_choice notifications = { 2, 2, { { 1, 2 }, { 31, 32 } } };
static const struct payload_body body_notified = {
	.name = "notified", .choice = &acknowledges, .other = &notifications,
	.function_at = PAYLOAD_NOWHERE, .group_at = PAYLOAD_NOWHERE,
};
static const struct payload_span spans_network[] = { { 3, 3, 0, MESSAGE_LAST } };
static const struct payload_body body_network = {
	.spans = spans_network, .span_count = PAYLOAD_COUNT(spans_network), .function_at = 0,
	.group_at = PAYLOAD_NOWHERE,
};

static const struct payload_byte link[] = { PAYLOAD_IS(0, LINK_TYPE) };
static const struct payload_carrier carrier_link = {
	.name = "link", .length = &length, .bytes = PAYLOAD_BYTES(link),
	.transports = PAYLOAD_UDP, .body = 1,
};
/* Tables of broadcast distribution and of foreign devices. */
static const struct payload_span spans_link[] = { { 2, 2, 1, 2 }, { 2, 2, 5, 6 }, { 2, 2, 8, 8 } };
static const struct payload_body body_link = {
	.spans = spans_link, .span_count = PAYLOAD_COUNT(spans_link), .function_at = 0,
	.group_at = PAYLOAD_NOWHERE,
};

#define SERVICES(carrier)                                                                   \
	{ &(carrier), &body_confirmed }, { &(carrier), &body_unconfirmed },                  \
		{ &(carrier), &body_answers }, { &(carrier), &body_notified }
static const struct payload_form forms[] = {
	SERVICES(carrier_local),	   SERVICES(carrier_all),
	SERVICES(carrier_byte),		   SERVICES(carrier_address),
	{ &carrier_network, &body_network }, { &carrier_link, &body_link },
};
#undef SERVICES

const struct payload_protocol payload_bacnet = {
	"bacnet", forms, PAYLOAD_COUNT(forms), PAYLOAD_UNITS,
};
