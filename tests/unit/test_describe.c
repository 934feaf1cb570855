/* SPDX-License-Identifier: Apache-2.0
 *
 * What a description says is what it describes: random sets are described, the text is
 * read back by a reader that knows nothing of how it was written, and both hold the same
 * addresses and packets. A text that leaves out says so ("and 3 more"), and is not read. */
#include "config.h"
#include "compiler/describe.h"

#include <stdio.h>

#include "compiler/parameter.h"
#include "tests/unit/resolved.h"

enum { ROUNDS = 4000, SAMPLES = 40, PRODUCTS = 3 };

static struct arena arena;

static unsigned below(unsigned limit)
{
	return (unsigned)rand() % limit;
}

static void setup(void)
{
	srand(1);
	arena_init(&arena);
}

static void teardown(void)
{
	arena_release(&arena);
}

static bool text_leaves_out(const char *text)
{
	return strstr(text, " more") != NULL;
}

/* ---- services ---- */

struct packet {
	unsigned protocol, src, dst;
};

static const unsigned edges[] = { 0, 1, 2, 22, 23, 24, 443, 444, 1023, 1024, 65535 };
static const unsigned protocols[] = { 0, 1, 6, 7, 17, 58, 255 };

static unsigned one_of(const unsigned *list, size_t count)
{
	return list[below((unsigned)count)];
}

#define ONE_OF(list) one_of(list, sizeof(list) / sizeof((list)[0]))

static bool protocol_is_icmp(unsigned protocol)
{
	return protocol == 1 || protocol == 58;
}

static bool protocol_has_fields(unsigned protocol)
{
	return protocol_is_icmp(protocol) || protocol == 6 || protocol == 17;
}

static unsigned field_max(unsigned protocol)
{
	return protocol_is_icmp(protocol) ? 255 : 65535;
}

static const struct set *random_field(unsigned max)
{
	struct range ranges[2];
	size_t count = 1 + below(2);

	if (below(2) == 0)
		return set_one(&arena, 0, max);
	for (size_t i = 0; i < count; i++) {
		unsigned lo = ONE_OF(edges), hi = lo + below(3) * below(500);
		ranges[i] = (struct range){ lo < max ? lo : max, hi < max ? hi : max };
	}
	return set_from_ranges(&arena, ranges, count);
}

static const struct set *random_protocols(unsigned *first)
{
	*first = ONE_OF(protocols);
	return set_one(&arena, *first, *first);
}

/* Either everything of many protocols, or some of one. */
static struct describe_service random_service(void)
{
	struct describe_service service;
	unsigned protocol;

	if (below(3) == 0) {
		unsigned without = ONE_OF(protocols);
		service.protocols = set_subtract(&arena, set_one(&arena, 0, 255),
						 set_one(&arena, without, without));
		service.src_ports = service.dst_ports = set_one(&arena, 0, 65535);
		return service;
	}
	service.protocols = random_protocols(&protocol);
	bool fields = protocol_has_fields(protocol);
	service.src_ports = fields ? random_field(field_max(protocol)) : set_one(&arena, 0, 65535);
	service.dst_ports = fields ? random_field(field_max(protocol)) : set_one(&arena, 0, 65535);
	return service;
}

static bool services_hold(const struct describe_service *services, size_t count,
			  const struct packet *packet)
{
	for (size_t i = 0; i < count; i++)
		if (set_contains(services[i].protocols, packet->protocol) &&
		    set_contains(services[i].src_ports, packet->src) &&
		    set_contains(services[i].dst_ports, packet->dst))
			return true;
	return false;
}

/* "1-5, 7": whether it holds the number, and where it ends. */
static bool numbers_hold(const char **text, unsigned number)
{
	bool holds = false;

	for (;;) {
		char *end;
		unsigned long lo = strtoul(*text, &end, 10), hi = lo;
		if (*end == '-')
			hi = strtoul(end + 1, &end, 10);
		holds |= lo <= number && number <= hi;
		*text = end;
		if (strncmp(end, ", ", 2) != 0 || end[2] < '0' || end[2] > '9')
			return holds;
		*text += 2;
	}
}

static bool fields_hold(const char **text, const struct packet *packet)
{
	bool icmp = protocol_is_icmp(packet->protocol), holds = true;

	if (strncmp(*text, "any", 3) == 0)
		*text += 3;
	else
		holds = numbers_hold(text, icmp ? packet->src : packet->dst);
	if (**text == '/') {
		++*text;
		holds &= numbers_hold(text, packet->dst);
	}
	if (strncmp(*text, " from ", 6) == 0) {
		*text += 6;
		holds &= numbers_hold(text, packet->src);
	}
	return holds;
}

/* "tcp 80, udp any": up to its end or a semicolon. */
static bool list_holds(const char **text, const struct packet *packet)
{
	static const struct { const char *name; unsigned protocol; } names[] = {
		{ "icmp ", 1 }, { "tcp ", 6 }, { "udp ", 17 }, { "icmpv6 ", 58 },
	};
	bool holds = false;

	while (**text != '\0' && **text != ';') {
		size_t n = 0;
		if (strncmp(*text, ", ", 2) == 0)
			*text += 2;
		if (strncmp(*text, "proto ", 6) == 0) {
			char *end;
			holds |= strtoul(*text + 6, &end, 10) == packet->protocol;
			*text = end;
			continue;
		}
		while (n < 4 && strncmp(*text, names[n].name, strlen(names[n].name)) != 0)
			n++;
		ck_assert_msg(n < 4, "not understood: %s", *text);
		*text += strlen(names[n].name);
		struct packet as = { names[n].protocol, packet->src, packet->dst };
		holds |= fields_hold(text, &as) && packet->protocol == names[n].protocol;
	}
	return holds;
}

static bool text_holds_packet(const char *text, const struct packet *packet)
{
	bool holds = true;

	if (strcmp(text, "any") == 0)
		return true;
	if (strncmp(text, "any except ", 11) != 0)
		return list_holds(&text, packet);
	text += 11;
	holds = !list_holds(&text, packet);
	if (strncmp(text, "; ", 2) == 0) {
		text += 2;
		holds |= list_holds(&text, packet);
	}
	return holds;
}

START_TEST(services_are_told_as_they_are)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct describe_service services[PRODUCTS];
		size_t count = 1 + below(PRODUCTS);
		struct strbuf text = STRBUF_INIT;
		for (size_t i = 0; i < count; i++)
			services[i] = random_service();
		describe_services(&text, services, count);
		for (int i = 0; i < SAMPLES && !text_leaves_out(strbuf_text(&text)); i++) {
			unsigned protocol = ONE_OF(protocols);
			unsigned max = field_max(protocol), src = ONE_OF(edges), dst = ONE_OF(edges);
			struct packet packet = { protocol, src < max ? src : max,
						 dst < max ? dst : max };
			ck_assert_msg(text_holds_packet(strbuf_text(&text), &packet) ==
					      services_hold(services, count, &packet),
				      "protocol %u, from %u to %u: '%s'", packet.protocol,
				      packet.src, packet.dst, strbuf_text(&text));
		}
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(what_is_missing_of_a_transport_is_told)
{
	struct describe_service services[] = {
		{ set_subtract(&arena, set_one(&arena, 0, 255), set_one(&arena, 6, 6)),
		  set_one(&arena, 0, 65535), set_one(&arena, 0, 65535) },
		{ set_one(&arena, 6, 6), set_one(&arena, 0, 65535),
		  set_subtract(&arena, set_one(&arena, 0, 65535), set_one(&arena, 443, 443)) },
	};
	struct strbuf text = STRBUF_INIT;

	describe_services(&text, services, 2);
	ck_assert_str_eq(strbuf_text(&text), "any except tcp 443");
	strbuf_release(&text);
}
END_TEST

/* ---- addresses ---- */

static const char plant[] =
	"zone office level 4 { subnet 10.1.0.0/24, fd00:1::/64 }\n"
	"zone floor level 2 { subnet 10.2.0.0/24 }\n"
	"zone cell level 1 { subnet 10.2.0.64/28 }\n"
	"asset alone in floor { address 10.2.0.5 }\n"
	"asset a in floor { address 10.2.0.16 }\n"
	"asset b in floor { address 10.2.0.17 }\n"
	"asset c in floor { address 10.2.0.18 }\n"
	"asset d in floor { address 10.2.0.19 }\n"
	"asset e in floor { address 10.2.0.21 }\n"
	"asset f in floor { address 10.2.0.22 }\n"
	"asset g in floor { address 10.2.0.24 }\n"
	"asset two in floor, office { address 10.2.0.200, 10.1.0.7, fd00:1::7 }\n"
	"asset robot in cell { address 10.2.0.66 }\n";

static struct resolved resolved;

static void address_setup(void)
{
	setup();
	resolved_make(&resolved, plant);
	ck_assert(resolved.usable);
}

static void address_teardown(void)
{
	resolved_release(&resolved);
	teardown();
}

static u128 ipv4(const char *text)
{
	return address_of(text).value;
}

/* Near the ends of zones and assets. */
static struct address random_address(void)
{
	static const char *const bases[] = { "10.0.255.254", "10.1.0.0", "10.1.0.254",
					     "10.1.255.254", "10.2.0.0", "10.2.0.16",
					     "10.2.0.62", "10.2.0.78", "10.2.0.199",
					     "10.2.0.254", "224.0.0.0" };
	u128 base = ipv4(bases[below(sizeof(bases) / sizeof(bases[0]))]);

	if (below(8) == 0)
		return (struct address){ .family = FAMILY_IPV6,
					 .value = address_of("fd00:1::").value + below(9) };
	return (struct address){ .family = FAMILY_IPV4, .value = base + below(9) };
}

static struct address_set random_addresses(void)
{
	struct address_set set = address_set_empty();
	unsigned zone = below(6);
	size_t count = below(4) + (zone > 2);

	if (zone < 3)
		set = resolved.model.zones[zone].owned;
	for (size_t i = 0; i < count; i++) {
		struct address lo = random_address(), hi = lo;
		hi.value += below(2) * below(40);
		struct address_set more = address_set_range(
			&arena, (struct address_range){ lo.value, hi.value, lo.family });
		set = below(2) == 0 ? address_set_union(&arena, set, more)
				    : address_set_subtract(&arena, set, more);
	}
	return set;
}

static bool range_holds(const char *text, size_t length, struct address address)
{
	char *copy = arena_strndup(&arena, text, length);
	struct address lo, hi;
	char *slash = strchr(copy, '/'), *dash = strchr(copy, '-');
	unsigned bits = 0;

	if (slash != NULL)
		*slash = '\0';
	if (dash != NULL)
		*dash = '\0';
	ck_assert_msg(address_parse(copy, strlen(copy), &lo), "not understood: %s", copy);
	hi = lo;
	if (dash != NULL)
		ck_assert(address_parse(dash + 1, strlen(dash + 1), &hi));
	if (slash != NULL) {
		bits = (lo.family == FAMILY_IPV4 ? 32 : 128) - (unsigned)atoi(slash + 1);
		hi.value = lo.value | (((u128)1 << bits) - 1);
	}
	return lo.family == address.family && lo.value <= address.value &&
	       address.value <= hi.value;
}

static bool name_holds(const char *text, size_t length, struct address address)
{
	const struct model *model = &resolved.model;

	for (size_t z = 0; z < model->zone_count; z++)
		if (strlen(model->zones[z].name) == length &&
		    strncmp(model->zones[z].name, text, length) == 0)
			return address_set_contains(model->zones[z].owned, address);
	for (size_t a = 0; a < model->asset_count; a++)
		if (strlen(model->assets[a].name) == length &&
		    strncmp(model->assets[a].name, text, length) == 0)
			return address_set_contains(model->assets[a].set, address);
	return range_holds(text, length, address);
}

static bool addresses_hold(const char **text, struct address address);

static bool text_skip(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

/* "office", "office except a", "office (IPv4)", "office (IPv4, except a)". */
static bool item_holds(const char **text, struct address address)
{
	size_t length = strcspn(*text, ", ()");
	bool holds = name_holds(*text, length, address), enclosed = false;

	*text += length;
	if (strncmp(*text, " (IPv", 5) == 0) {
		holds &= ((*text)[5] == '4') == (address.family == FAMILY_IPV4);
		*text += 6;
		enclosed = !text_skip(text, ")");
	}
	if (text_skip(text, " (except ") || (enclosed && text_skip(text, ", except "))) {
		holds &= !addresses_hold(text, address);
		ck_assert(text_skip(text, ")"));
	} else if (text_skip(text, " except ")) {
		holds &= !addresses_hold(text, address);
	}
	return holds;
}

static bool addresses_hold(const char **text, struct address address)
{
	bool holds = false;

	for (;;) {
		holds |= item_holds(text, address);
		if (strncmp(*text, ", ", 2) != 0)
			return holds;
		*text += 2;
	}
}

START_TEST(addresses_are_told_as_they_are)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct address_set set = random_addresses();
		struct strbuf text = STRBUF_INIT;
		describe_addresses(&text, &resolved.model, set);
		for (int i = 0; i < SAMPLES && !address_set_is_empty(set) &&
				!text_leaves_out(strbuf_text(&text)); i++) {
			const char *rest = strbuf_text(&text);
			struct address address = random_address();
			ck_assert_msg(addresses_hold(&rest, address) ==
					      address_set_contains(set, address),
				      "'%s' of sample %d in round %d", strbuf_text(&text), i, round);
			ck_assert_msg(*rest == '\0', "not understood: %s", rest);
		}
		strbuf_release(&text);
	}
}
END_TEST

static void told(struct address_set set, const char *words)
{
	struct strbuf text = STRBUF_INIT;

	describe_addresses(&text, &resolved.model, set);
	ck_assert_str_eq(strbuf_text(&text), words);
	strbuf_release(&text);
}

static struct address_set addresses(const char *lo, const char *hi)
{
	return address_set_range(&arena, (struct address_range){ ipv4(lo), ipv4(hi), FAMILY_IPV4 });
}

START_TEST(names_come_before_ranges)
{
	struct address_set floor = resolved.model.zones[zone_of(&resolved.model, "floor")].owned;
	struct address_set office = addresses("10.1.0.0", "10.1.0.255");
	struct address_set some = addresses("10.2.0.16", "10.2.0.19");

	told(floor, "floor");
	told(some, "a, b, c, d");
	told(address_set_subtract(&arena, floor, addresses("10.2.0.5", "10.2.0.5")),
	     "floor except alone");
	told(address_set_union(&arena, office, address_set_subtract(&arena, floor, some)),
	     "office (IPv4), floor (except a, b, c, d)");
	/* Of half a zone neither every asset nor what lies between them is told. */
	told(address_set_subtract(&arena, floor, addresses("10.2.0.0", "10.2.0.63")),
	     "floor except 10.2.0.0/26");
	told(addresses("10.2.0.0", "10.2.0.63"), "10.2.0.0/26");
	told(addresses("10.2.0.200", "10.2.0.200"), "10.2.0.200");
}
END_TEST

/* What a zone's hosts reach beside it, as one thing. */
START_TEST(local_destinations_are_told_as_one)
{
	struct address_set set = addresses("10.2.0.5", "10.2.0.5");

	set = address_set_union(&arena, set, addresses("224.0.0.0", "239.255.255.255"));
	told(set, "alone, 224.0.0.0/4");
	set = address_set_union(&arena, set, addresses("0.0.0.0", "0.0.0.0"));
	set = address_set_union(&arena, set, addresses("169.254.0.0", "169.254.255.255"));
	set = address_set_union(&arena, set, addresses("255.255.255.255", "255.255.255.255"));
	told(set, "alone, link-local and groups (IPv4)");
}
END_TEST

/* ---- contents ---- */

static const char mixing[] =
	"protocol mixer \"A mixer's own\" {\n"
	"    on tcp 4000\n"
	"    read    state 1, look 2, log 3-4\n"
	"    write   set 10, fill 11, name 12\n"
	"    control start 15, stop 16\n"
	"    session hello 20\n"
	"    unit    station 1-4, cabinet 0-3\n"
	"    object  tank 0-9 on state, set, fill\n"
	"    object  pump 0-3 on set, start\n"
	"}\n"
	"zone site level 3 { subnet 10.0.0.0/16 }\n"
	"zone line level 2 { subnet 10.1.0.0/16 }\n";

enum { STATIONS = 8, TANKS = 14, MEANINGS = 400 };
static const unsigned functions[] = { 1, 2, 3, 4, 10, 11, 12, 15, 16, 77 };
enum { FUNCTION_COUNT = sizeof(functions) / sizeof(functions[0]) };

static const struct protocol *protocol_of(const struct model *model, operation_id *base)
{
	for (size_t p = 1; p < model->protocol_count; p++)
		if (strcmp(model->protocols[p].name, "mixer") == 0) {
			*base = operation_id_of((uint16_t)p, 0);
			return &model->protocols[p];
		}
	ck_abort_msg("no mixer");
	return NULL;
}

static const struct set *random_functions(operation_id base)
{
	struct range ranges[FUNCTION_COUNT + 2];
	unsigned kept = below(4);
	size_t count = 0;

	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		if (kept == 0 || below(4) < kept)
			ranges[count++] = (struct range){ base + functions[i], base + functions[i] };
	if (below(2) == 0)
		ranges[count++] = (struct range){ base + 20, base + 20 };
	if (kept == 0)
		ranges[count++] = (struct range){ base, base + 65535 };
	return set_from_ranges(&arena, ranges, count);
}

/* All of a dimension, some of it with or without what has none. */
static const struct set *random_numbers(unsigned most)
{
	struct range ranges[3];
	size_t count = 1 + below(2);

	if (below(3) == 0)
		return set_one(&arena, 0, PARAMETER_NONE);
	for (size_t i = 0; i < count; i++) {
		unsigned lo = below(most), hi = lo + below(most - lo);
		ranges[i] = (struct range){ lo, hi };
	}
	const struct set *some = set_from_ranges(&arena, ranges, count);
	return below(2) == 0 ? some
			     : set_subtract(&arena, set_one(&arena, 0, PARAMETER_NONE), some);
}

static bool rule_holds_content(const struct rule *rule, operation_id operation, uint32_t unit,
			       uint32_t object)
{
	for (size_t m = 0; m < rule->match_count; m++)
		if (set_contains(rule->matches[m].operations, operation) &&
		    set_contains(rule->matches[m].units, unit) &&
		    set_contains(rule->matches[m].objects, object))
			return true;
	return false;
}

static uint32_t feasible(const struct protocol *protocol, enum parameter_dimension dimension,
			 uint32_t function, uint32_t number)
{
	uint32_t value;

	return parameter_at(protocol, dimension, function, number, &value) == NULL ? PARAMETER_NONE
										  : number;
}

static bool content_holds(const struct protocol *protocol, const struct content *content,
			  operation_id base, uint32_t function, uint32_t u, uint32_t o)
{
	return set_contains(content->field[CONTENT_OPERATION], base + function) &&
	       set_contains(content->field[CONTENT_UNIT],
			    feasible(protocol, PARAMETER_UNIT, function, u)) &&
	       set_contains(content->field[CONTENT_OBJECT],
			    feasible(protocol, PARAMETER_OBJECT, function, o));
}

/* Some products hold nothing that a function takes. */
static bool content_can_be(const struct protocol *protocol, const struct content *content,
			   operation_id base)
{
	for (size_t f = 0; f < FUNCTION_COUNT; f++)
		for (uint32_t u = 0; u <= STATIONS; u++)
			for (uint32_t o = 0; o <= TANKS; o++)
				if (content_holds(protocol, content, base, functions[f], u, o))
					return true;
	return false;
}

static void check_meaning(const struct content *content, const char *words)
{
	struct strbuf policy = STRBUF_INIT;
	operation_id base;

	strbuf_printf(&policy, "%sconduit c between site and line { allow site -> line : %s }\n",
		      mixing, words);
	resolved_make(&resolved, strbuf_text(&policy));
	ck_assert_msg(resolved.usable, "%s", words);
	const struct protocol *protocol = protocol_of(&resolved.model, &base);
	const struct rule *rule = &resolved.model.rules[0];
	for (size_t f = 0; f < FUNCTION_COUNT; f++)
		for (uint32_t u = 0; u <= STATIONS; u++)
			for (uint32_t o = 0; o <= TANKS; o++) {
				uint32_t unit = feasible(protocol, PARAMETER_UNIT, functions[f], u);
				uint32_t object =
					feasible(protocol, PARAMETER_OBJECT, functions[f], o);
				bool has = content_holds(protocol, content, base, functions[f], u, o);
				ck_assert_msg(has == rule_holds_content(rule, base + functions[f],
									unit, object),
					      "function %u, unit %u, object %u, %s: %s", functions[f],
					      unit, object, has ? "there" : "not there", words);
			}
	resolved_release(&resolved);
	strbuf_release(&policy);
}

/* In the language itself, of which nobody here knows how it was written. */
START_TEST(contents_are_told_as_the_language_reads_them)
{
	struct resolved named;
	operation_id base;
	unsigned read = 0;

	resolved_make(&named, mixing);
	const struct protocol *mixer = protocol_of(&named.model, &base);
	for (int round = 0; round < MEANINGS; round++) {
		struct content content = { { random_functions(base), random_numbers(STATIONS),
					     random_numbers(TANKS) } };
		struct describe_operations list = VEC_INIT;
		if (set_is_empty(content.field[CONTENT_OPERATION]))
			continue;
		describe_content(&list, &arena, &named.model, &content);
		ck_assert_uint_eq(list.len, 1);
		if (!text_leaves_out(list.data[0]) && content_can_be(mixer, &content, base)) {
			check_meaning(&content, list.data[0]);
			read++;
		}
		vec_free(&list);
	}
	ck_assert_uint_gt(read, MEANINGS / 3);
	resolved_release(&named);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("describe");
	TCase *services = tcase_create("services"), *addresses_case = tcase_create("addresses");
	TCase *contents = tcase_create("contents");

	tcase_add_checked_fixture(services, setup, teardown);
	tcase_add_test(services, services_are_told_as_they_are);
	tcase_add_test(services, what_is_missing_of_a_transport_is_told);
	tcase_add_checked_fixture(addresses_case, address_setup, address_teardown);
	tcase_add_test(addresses_case, addresses_are_told_as_they_are);
	tcase_add_test(addresses_case, names_come_before_ranges);
	tcase_add_test(addresses_case, local_destinations_are_told_as_one);
	tcase_add_checked_fixture(contents, setup, teardown);
	tcase_add_test(contents, contents_are_told_as_the_language_reads_them);
	suite_add_tcase(suite, contents);
	suite_add_tcase(suite, services);
	suite_add_tcase(suite, addresses_case);
	return unit_run(suite);
}
