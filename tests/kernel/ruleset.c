/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the ruleset of a filter made by hand, for the kernel to judge: every
 * kind of entry between the interfaces east and west. `without-9000` leaves TCP
 * port 9000 out; `closing INSTANT` ends the time of TCP port 9002 then, and that
 * of a deny of UDP port 8006. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"

enum { TEST_SKIPPED = 77, BEFORE = 60 };

static struct arena arena;

static struct address_set addresses(const char *four, const char *six)
{
	struct address_range range[FAMILY_COUNT];
	size_t count = 0;

	if (four != NULL && address_range_parse(four, strlen(four), &range[count]))
		count++;
	if (six != NULL && address_range_parse(six, strlen(six), &range[count]))
		count++;
	return address_set_from_ranges(&arena, range, count);
}

static struct filter_entry entry(bool allow, unsigned protocol, struct range ports)
{
	static const struct rule rule = { .identity = "made-by-hand", .label = "by hand" };
	static const struct rule *rules[] = { &rule };

	return (struct filter_entry){
		.allow = allow, .rules = rules, .rule_count = 1,
		.source = addresses("10.1.0.0/24", "fd00:1::/64"),
		.destination = addresses("10.2.0.0/24", "fd00:2::/64"),
		.protocols = set_one(&arena, protocol, protocol),
		.src_ports = set_one(&arena, 0, UINT16_MAX),
		.dst_ports = set_one(&arena, ports.lo, ports.hi),
	};
}

int main(int argc, char **argv)
{
	const struct set *closing = set_one(&arena, 1, 2);
	struct filter_entry entries[] = {
		entry(false, 6, (struct range){ 8005, 8005 }),
		entry(true, 6, (struct range){ 8000, 8010 }),
		entry(true, 17, (struct range){ 8005, 8020 }),
		entry(true, 1, (struct range){ 0, UINT8_MAX }),
		entry(true, 58, (struct range){ 0, UINT8_MAX }),
		entry(true, 6, (struct range){ 9000, 9001 }),
		entry(true, 6, (struct range){ 9001, 9002 }),
		entry(true, 47, (struct range){ 0, UINT16_MAX }),
	};
	entries[3].src_ports = set_one(&arena, 8, 8);
	entries[4].src_ports = set_one(&arena, 128, 128);
	entries[3].source = addresses("10.1.0.0/24", NULL);
	entries[4].source = addresses(NULL, "fd00:1::/64");
	if (argc > 1 && strcmp(argv[1], "without-9000") == 0)
		entries[5].dst_ports = set_one(&arena, 9900, 9900);
	entries[6].activity = 1;
	if (argc > 2 && strcmp(argv[1], "closing") == 0) {
		u128 end = (u128)atoll(argv[2]);
		closing = set_one(&arena, end - BEFORE, end - 1);
		entries[0] = entry(false, 17, (struct range){ 8006, 8006 });
		entries[0].activity = 1;
	}
	entries[1].log = true;
	struct filter_pair pair = { .in = "west", .out = "east", .entries = entries,
				    .entry_count = sizeof(entries) / sizeof(entries[0]) };
	struct filter_activity activities[] = { { set_empty(), "always" },
						{ closing, "so long" } };
	struct filter filter = { .device = "fw", .pairs = &pair, .pair_count = 1,
				 .activities = activities, .activity_count = 2 };
	struct backend_options options = { .digest = "digest", .policy = "by hand" };
	struct backend_output output;

	const struct backend *backend = backend_find("nftables");

	if (backend == NULL)
		return TEST_SKIPPED;
	if (!backend->emit(&output, &filter, &options, NULL))
		return 2;
	fputs(strbuf_text(&output.file[0].text), stdout);
	backend_output_release(&output);
	arena_release(&arena);
	return 0;
}
