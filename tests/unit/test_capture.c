/* SPDX-License-Identifier: Apache-2.0
 *
 * verifier/capture, decode and conversation on hand-made frames: every
 * encapsulation carries the same inner packet, every cut of it is survived, and
 * conversations begin, turn, split and end as their header says. */
#include "config.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/conversation.h"

enum { ETHERNET = 1, SECOND = 1000000000 };

/* 192.0.2.1:50000 -> 192.0.2.2:502, SYN. */
#define TCP_SEGMENT "\xc3\x50\x01\xf6\0\0\0\0\0\0\0\0\x50\x02\0\0\0\0\0\0"
#define IPV4(protocol, length, fragment) \
	"\x45\0\0" length "\0\x07" fragment "\x40" protocol "\0\0\xc0\0\x02\x01\xc0\0\x02\x02"
#define INNER IPV4("\x06", "\x28", "\0\0") TCP_SEGMENT
#define MACS "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
#define OUTER(protocol) "\x45\0\0\0\0\x07\0\0\x40" protocol "\0\0\x0a\0\0\x01\x0a\0\0\x02"
#define INNER_ETHERNET MACS "\x08\0" INNER
#define IPV6_ADDRESSES \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
#define FRAME(name, link, bytes) { name, link, bytes, sizeof(bytes) - 1 }

static const struct frame {
	const char *name;
	uint16_t link;
	const char *bytes;
	size_t length;
} frames[] = {
	FRAME("ethernet", 1, INNER_ETHERNET),
	FRAME("802.1Q", 1, MACS "\x81\0\0\x0a\x08\0" INNER),
	FRAME("QinQ", 1, MACS "\x88\xa8\0\x0a\x81\0\0\x0b\x08\0" INNER),
	FRAME("LLC SNAP", 1, MACS "\0\x30\xaa\xaa\x03\0\0\0\x08\0" INNER),
	FRAME("MPLS", 1, MACS "\x88\x47\0\x01\0\xff\0\x02\x01\xff" INNER),
	FRAME("pseudowire", 1, MACS "\x88\x47\0\x01\x01\xff\0\0\0\0" INNER_ETHERNET),
	FRAME("PPPoE", 1, MACS "\x88\x64\x11\0\0\x01\0\x2a\0\x21" INNER),
	FRAME("cooked v1", 113, "\0\0\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\0" INNER),
	FRAME("cooked v2", 276, "\x08\0\0\0\0\0\0\x01\0\x01\0\x06\x02\0\0\0\0\x01\0\0" INNER),
	FRAME("raw", 101, INNER),
	FRAME("raw IPv4", 228, INNER),
	FRAME("null, little-endian", 0, "\x02\0\0\0" INNER),
	FRAME("null, big-endian", 0, "\0\0\0\x02" INNER),
	FRAME("loop", 108, "\0\0\0\x02" INNER),
	FRAME("4in4", 101, OUTER("\x04") INNER),
	FRAME("4in6", 101, "\x60\0\0\0\0\0\x04\x40" IPV6_ADDRESSES INNER),
	FRAME("GRE", 101, OUTER("\x2f") "\0\0\x08\0" INNER),
	FRAME("GRE with key", 101, OUTER("\x2f") "\x20\0\x08\0\0\0\0\x07" INNER),
	FRAME("GRE Ethernet", 101, OUTER("\x2f") "\0\0\x65\x58" INNER_ETHERNET),
	FRAME("ERSPAN I", 101, OUTER("\x2f") "\0\0\x88\xbe" INNER_ETHERNET),
	FRAME("ERSPAN II", 101,
	      OUTER("\x2f") "\x10\0\x88\xbe\0\0\0\x01\x10\0\0\0\0\0\0\0" INNER_ETHERNET),
	FRAME("ERSPAN III", 101,
	      OUTER("\x2f") "\x10\0\x22\xeb\0\0\0\x01\x20\0\0\0\0\0\0\0\0\0\0\0" INNER_ETHERNET),
	FRAME("VXLAN", 101,
	      OUTER("\x11") "\xc3\x50\x12\xb5\0\x46\0\0\x08\0\0\0\0\0\x07\0" INNER_ETHERNET),
	FRAME("6in4 hop-by-hop 4in6", 101,
	      OUTER("\x29") "\x60\0\0\0\0\0\0\x40" IPV6_ADDRESSES "\x04\0\x01\x04\0\0\0\0" INNER),
};
enum { FRAMES = sizeof(frames) / sizeof(frames[0]) };

START_TEST(every_encapsulation)
{
	const struct frame *frame = &frames[_i];
	struct decode_frame decoded;

	ck_assert_msg(decode_frame(&decoded, frame->link, (const uint8_t *)frame->bytes,
				   (uint32_t)frame->length) == DECODE_OK, "%s", frame->name);
	ck_assert_uint_ge(decoded.count, 1);
	const struct decode_flow *flow = &decoded.flow[decoded.count - 1];
	ck_assert_msg(flow->kind == DECODE_IPV4 && flow->protocol == 6, "%s", frame->name);
	ck_assert_mem_eq(flow->source, "\xc0\0\x02\x01", 4);
	ck_assert_mem_eq(flow->destination, "\xc0\0\x02\x02", 4);
	ck_assert_uint_eq(flow->source_port, 50000);
	ck_assert_uint_eq(flow->destination_port, 502);
	ck_assert_uint_eq(flow->tcp_flags, TCP_SYN);
	ck_assert(!decoded.cut);
}
END_TEST

/* From memory of exactly that size, so that sanitizers see any step outside. */
START_TEST(every_cut)
{
	const struct frame *frame = &frames[_i];

	for (size_t length = 0; length <= frame->length; length++) {
		uint8_t *copy = malloc(length ? length : 1);
		struct decode_frame decoded;
		memcpy(copy, frame->bytes, length);
		enum decode_result result = decode_frame(&decoded, frame->link, copy,
							 (uint32_t)length);
		ck_assert((result == DECODE_OK) == (decoded.count > 0));
		free(copy);
	}
}
END_TEST

/* ---- conversations ---- */

struct told {
	struct conversation slice[8];
	size_t count, begun, packets;
	bool unwatched;       /* watch() says no */
	struct origin spoofed; /* is_suspect() says yes to it */
};

/* The tag is kept from slice to slice. */
static void told_end(void *context, struct conversation *slice, bool last)
{
	struct told *told = context;

	(void)last;
	ck_assert_uint_lt(told->count, 8);
	ck_assert_uint_eq(slice->tag, slice->flags & CONVERSATION_CONTINUED ? 7 : 0);
	slice->tag = 7;
	told->slice[told->count++] = *slice;
}

static bool told_watch(void *context, const struct conversation *slice)
{
	struct told *told = context;
	ck_assert_uint_gt(slice->packets[0] + slice->packets[1] + slice->errors, 0);
	told->begun++;
	return !told->unwatched;
}

static void told_packet(void *context, const struct conversation *slice,
			const struct capture_packet *packet)
{
	struct told *told = context;
	ck_assert(slice->flags & CONVERSATION_WATCHED);
	ck_assert_uint_gt(packet->captured, 0);
	told->packets++;
}

static bool told_suspect(void *context, const struct conversation *slice, int side,
			 struct origin origin)
{
	struct told *told = context;
	(void)slice;
	(void)side;
	return origin_has_mac(origin) && origin_equal(origin, told->spoofed);
}

static bool modbus_is_known(void *context, uint8_t protocol, uint16_t port)
{
	(void)context;
	return protocol == 6 && port == 502;
}

static int64_t every_ten_seconds(void *context, int64_t instant)
{
	(void)context;
	return instant / 10 * 10 + 10;
}

static struct conversations *table_of(struct told *told, size_t limit)
{
	const struct conversation_events events = {
		.context = told, .known_service = modbus_is_known,
		.next_change = every_ten_seconds, .is_suspect = told_suspect,
		.watch = told_watch, .packet = told_packet, .end = told_end,
	};
	const struct conversation_limits limits = { .conversations = limit };

	memset(told, 0, sizeof(*told));
	return conversations_create(&limits, &events);
}

static void add(struct conversations *table, int64_t second, const uint8_t *bytes,
		uint32_t length)
{
	static uint64_t number;
	const struct capture_packet packet = { .instant = second * SECOND, .bytes = bytes,
					       .captured = length, .length = length,
					       .link = 101, .number = ++number };
	conversations_add(table, &packet);
}

/* Between the ends of INNER; `back`: from its receiver. */
static void add_tcp(struct conversations *table, int64_t second, uint8_t flags, bool back,
		    uint8_t port)
{
	uint8_t bytes[] = INNER;

	bytes[21] = port;
	bytes[33] = flags;
	if (back) {
		bytes[15] = 2;
		bytes[19] = 1;
		memcpy(bytes + 20, "\x01\xf6\xc3", 3);
		bytes[23] = port;
	}
	add(table, second, bytes, sizeof(bytes) - 1);
}

static void check_ends(const struct conversation *slice, enum conversation_basis basis)
{
	ck_assert_int_eq(slice->basis, basis);
	ck_assert_uint_eq(slice->initiator_port, 50000);
	ck_assert_uint_eq(slice->responder_port, 502);
	ck_assert_uint_eq(slice->initiator[3], 1);
}

START_TEST(initiators)
{
	const struct { uint8_t flags; bool back; enum conversation_basis basis; } first[] = {
		{ TCP_SYN, false, CONVERSATION_SYN },
		{ TCP_SYN | TCP_ACK, true, CONVERSATION_SYN_ACK },
		{ TCP_ACK, false, CONVERSATION_FIRST_PACKET },
		{ TCP_ACK, true, CONVERSATION_SERVICE_PORT },
	};
	for (size_t i = 0; i < 4; i++) {
		struct told told;
		struct conversations *table = table_of(&told, 0);
		add_tcp(table, 1, first[i].flags, first[i].back, 0x50);
		add_tcp(table, 2, TCP_ACK, !first[i].back, 0x50);
		conversations_finish(table);
		ck_assert_uint_eq(told.count, 1);
		ck_assert_uint_eq(told.packets, 2);
		check_ends(&told.slice[0], first[i].basis);
		ck_assert_uint_eq(told.slice[0].packets[FROM_INITIATOR], 1);
		ck_assert_uint_eq(told.slice[0].bytes[FROM_RESPONDER], 40);
		conversations_destroy(table);
	}
}
END_TEST

START_TEST(slices_and_reuse)
{
	struct told told;
	struct conversations *table = table_of(&told, 0);

	add_tcp(table, 1, TCP_SYN, false, 0x50);
	add_tcp(table, 11, TCP_ACK | TCP_FIN, true, 0x50);
	add_tcp(table, 12, TCP_SYN, false, 0x50);
	conversations_finish(table);
	ck_assert_uint_eq(told.count, 3);
	ck_assert_uint_eq(told.begun, 3);
	ck_assert(!(told.slice[0].flags & CONVERSATION_CONTINUED));
	ck_assert_int_eq(told.slice[0].until, (int64_t)10 * SECOND);
	ck_assert(told.slice[1].flags & CONVERSATION_CONTINUED);
	ck_assert(!(told.slice[2].flags & CONVERSATION_CONTINUED));
	ck_assert_uint_eq(conversations_counts(table).conversations, 2);
	conversations_destroy(table);
}
END_TEST

/* An Ethernet frame of INNER with up to three tags. */
static void add_tagged(struct conversations *table, uint8_t mac, const uint8_t *vlans,
		       size_t count)
{
	uint8_t bytes[12 + 3 * 4 + 2 + sizeof(INNER)] = MACS;
	size_t at = 12;

	bytes[11] = mac;
	for (size_t i = 0; i < count; i++, at += 4)
		memcpy(bytes + at, (uint8_t[]){ 0x81, 0, 0, vlans[i] }, 4);
	memcpy(bytes + at, "\x08\0" INNER, 2 + sizeof(INNER) - 1);
	const struct capture_packet packet = {
		.instant = SECOND, .bytes = bytes, .link = ETHERNET, .number = 1,
		.captured = (uint32_t)(at + 2 + sizeof(INNER) - 1),
		.length = (uint32_t)(at + 2 + sizeof(INNER) - 1),
	};
	conversations_add(table, &packet);
}

static uint16_t vlan_of(const uint8_t *vlans, size_t count)
{
	struct told told;
	struct conversations *table = table_of(&told, 4);

	add_tagged(table, 1, vlans, count);
	conversations_finish(table);
	conversations_destroy(table);
	return told.slice[0].origin[FROM_INITIATOR].vlan;
}

/* The innermost tag counts, unless it is for priority only. */
START_TEST(tags)
{
	ck_assert_uint_eq(vlan_of(NULL, 0), 0);
	ck_assert_uint_eq(vlan_of((uint8_t[]){ 10 }, 1), 10);
	ck_assert_uint_eq(vlan_of((uint8_t[]){ 10, 11 }, 2), 11);
	ck_assert_uint_eq(vlan_of((uint8_t[]){ 10, 0 }, 2), 10);
	ck_assert_uint_eq(vlan_of((uint8_t[]){ 0, 11 }, 2), 11);
	ck_assert_uint_eq(vlan_of((uint8_t[]){ 10, 11, 12 }, 3), 12);
	ck_assert_uint_eq(vlan_of((uint8_t[]){ 0 }, 1), 0);
}
END_TEST

/* Of many origins the first is kept, and a suspect one, whatever comes after. */
START_TEST(origins)
{
	struct told told;
	struct conversations *table = table_of(&told, 4);

	told.unwatched = true;
	told.spoofed.mac = (struct mac){ { 2, 0, 0, 0, 0, 9 } };
	for (unsigned i = 0; i < 4; i++)
		add_tagged(table, (uint8_t[]){ 1, 2, 9, 3 }[i], NULL, 0);
	ck_assert_uint_eq(told.begun, 2); /* the first, and the suspect */
	conversations_finish(table);
	ck_assert_uint_eq(told.slice[0].origin[FROM_INITIATOR].mac.byte[5], 1);
	ck_assert_uint_eq(told.slice[0].other[FROM_INITIATOR].mac.byte[5], 9);
	ck_assert(told.slice[0].flags & CONVERSATION_SUSPECT);
	ck_assert(!origin_has_mac(told.slice[0].origin[FROM_RESPONDER]));
	conversations_destroy(table);
}
END_TEST

START_TEST(a_full_table)
{
	struct told told;
	struct conversations *table = table_of(&told, 2);

	for (uint8_t port = 0; port < 3; port++)
		add_tcp(table, 1, TCP_SYN, false, port);
	ck_assert_uint_eq(conversations_counts(table).lost_packets, 1);
	ck_assert_uint_eq(conversations_counts(table).lost_bytes, 40);
	add_tcp(table, 10000, TCP_SYN, false, 9);
	ck_assert_uint_eq(conversations_counts(table).lost_packets, 1);
	ck_assert_uint_eq(conversations_counts(table).expired, 2);
	conversations_finish(table);
	ck_assert_uint_eq(told.count, 3);
	conversations_destroy(table);
}
END_TEST

static void add_bytes(struct conversations *table, const char *bytes, size_t length)
{
	add(table, 1, (const uint8_t *)bytes, (uint32_t)length);
}
#define ADD(table, bytes) add_bytes(table, bytes, sizeof(bytes) - 1)

START_TEST(fragments_in_any_order)
{
	struct told told;
	struct conversations *table = table_of(&told, 0);

	ADD(table, IPV4("\x06", "\x1c", "\0\x05") "12345678");
	ADD(table, IPV4("\x06", "\x28", "\x20\0") TCP_SEGMENT);
	ADD(table, IPV4("\x06", "\x1c", "\0\x06") "12345678");
	conversations_finish(table);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_uint_eq(told.slice[0].packets[FROM_INITIATOR], 3);
	ck_assert_uint_eq(told.slice[0].bytes[FROM_INITIATOR], 28 + 40 + 28);
	ck_assert_uint_eq(conversations_counts(table).fragments_orphaned, 0);
	conversations_destroy(table);
}
END_TEST

#define ICMP(from, to, body) "\x45\0\0\0\0\x07\0\0\x40\x01\0\0\xc0\0\x02" from "\xc0\0\x02" to body

START_TEST(icmp)
{
	struct told told;
	struct conversations *table = table_of(&told, 0);

	ADD(table, ICMP("\x02", "\x01", "\0\0\0\0\0\x2a\0\0"));
	ADD(table, ICMP("\x01", "\x02", "\x08\0\0\0\0\x2a\0\0"));
	ADD(table, INNER);
	ADD(table, ICMP("\xfe", "\x01", "\x03\x01\0\0\0\0\0\0" INNER));
	conversations_finish(table);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_uint_eq(told.slice[0].initiator[3], 1);
	ck_assert_uint_eq(told.slice[0].initiator_port, 8);
	ck_assert_uint_eq(told.slice[0].identifier, 42);
	ck_assert_uint_eq(told.slice[0].packets[FROM_INITIATOR], 1);
	ck_assert_uint_eq(told.slice[0].packets[FROM_RESPONDER], 1);
	ck_assert_uint_eq(told.slice[1].errors, 1);
	ck_assert_uint_eq(told.slice[1].packets[FROM_INITIATOR], 1);
	ck_assert_uint_eq(conversations_counts(table).icmp_errors, 1);
	conversations_destroy(table);
}
END_TEST

/* OSPF has no ports to wait for; of TCP cut before its ports they are unknown. */
START_TEST(ports_unknown)
{
	struct told told;
	struct conversations *table = table_of(&told, 0);
	uint8_t ospf[] = INNER;

	ospf[9] = 89;
	add(table, 1, ospf, sizeof(ospf) - 1);
	add(table, 2, (const uint8_t *)INNER, 22);
	conversations_finish(table);
	ck_assert_uint_eq(told.count, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq((told.slice[i].flags & CONVERSATION_NO_PORTS) != 0,
				 told.slice[i].protocol == 6);
	conversations_destroy(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture");
	TCase *tests = tcase_create("capture");

	tcase_add_loop_test(tests, every_encapsulation, 0, FRAMES);
	tcase_add_loop_test(tests, every_cut, 0, FRAMES);
	tcase_add_test(tests, initiators);
	tcase_add_test(tests, slices_and_reuse);
	tcase_add_test(tests, tags);
	tcase_add_test(tests, origins);
	tcase_add_test(tests, a_full_table);
	tcase_add_test(tests, fragments_in_any_order);
	tcase_add_test(tests, icmp);
	tcase_add_test(tests, ports_unknown);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
