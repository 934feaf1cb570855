/* SPDX-License-Identifier: Apache-2.0
 *
 * Topology and placement: which interfaces a flow crosses, and what a device
 * admits that sees headers only. */
#include "config.h"
#include "compiler/filter.h"
#include "compiler/topology.h"
#include "tests/unit/resolved.h"

static const char plant[] =
	"policy \"Riverside\" { timezone \"UTC\" }\n"
	"zone office level 4 { subnet 10.4.0.0/24 }\n"
	"zone site   level 3 { subnet 10.3.0.0/24 }\n"
	"zone line   level 2 { subnet 10.2.0.0/24; multicast 239.1.1.0/24 }\n"
	"zone cell   level 1 { subnet 10.1.0.0/24; multicast 239.1.1.0/24 }\n"
	"zone wired  level 1 { subnet 10.2.0.128/28 }\n"
	"zone lonely level 1 { subnet 10.9.0.0/24 }\n"
	"protocol old { on tcp 9000; read look 1 }\n"
	"protocol new { on tcp 9000; read look 2 }\n"
	"conduit a between site and line, cell, wired {\n"
	"    allow site -> line : modbus(read)\n"
	"    allow site -> cell : modbus\n"
	"    deny  site -> cell : modbus(write)\n"
	"    allow site -> cell : tcp 8080 { from 2027-01-02; until 2027-01-03 }\n"
	"    allow site -> line, cell : udp 6000\n"
	"    allow site -> line : udp 6001\n"
	"    allow site -> cell : old(read), new(read)\n"
	"}\n"
	"conduit b between site and lonely {\n"
	"    allow site -> lonely : tcp 8080 { until 2027-01-05 }\n"
	"}\n"
	"device top { interface up faces office, external; interface down faces site }\n"
	"device low { interface up faces site; interface one faces line\n"
	"             interface two faces cell }\n"
	"device twin-a { cluster twin; interface x faces office; interface y faces cell }\n"
	"device twin-b { cluster twin; interface x faces office; interface y faces cell }\n";

enum { AT = 1798761600 }; /* 2027-01-01T00:00:00Z */
#define DAY ((int64_t)86400)

static struct resolved resolved;
static struct topology *topology;
static struct arena arena;
static struct filter low;

static const struct device *device(const char *name)
{
	for (size_t d = 0; d < resolved.model.device_count; d++)
		if (strcmp(resolved.model.devices[d].name, name) == 0)
			return &resolved.model.devices[d];
	ck_abort_msg("no device %s", name);
	return NULL;
}

static void setup(void)
{
	struct place_options options = { .at = AT, .horizon = AT + 10 * DAY, .mode = -1 };

	arena_init(&arena);
	resolved_make(&resolved, plant);
	ck_assert(resolved.usable);
	topology = topology_create(&resolved.model);
	filter_place(&low, &arena, &resolved.model, device("low"), &options);
}

static void teardown(void)
{
	topology_destroy(topology);
	resolved_release(&resolved);
	arena_release(&arena);
}

/* ---- topology ---- */

static zone_id zone(const char *name)
{
	return zone_of(&resolved.model, name);
}

START_TEST(simple_paths_cross)
{
	const struct device *top = device("top"), *low_device = device("low");

	ck_assert(topology_on_path(topology, top, 0, 1, zone("office"), zone("site")));
	ck_assert(!topology_on_path(topology, top, 1, 0, zone("office"), zone("site")));
	ck_assert(topology_on_path(topology, low_device, 0, 1, zone("site"), zone("line")));
	ck_assert(!topology_on_path(topology, low_device, 0, 2, zone("site"), zone("line")));
	/* The long way round, over the twins. */
	ck_assert(topology_on_path(topology, low_device, 2, 1, zone("office"), zone("line")));
	ck_assert(topology_on_path(topology, device("twin-b"), 0, 1, zone("site"),
				   zone("line")));
	ck_assert(!topology_on_path(topology, low_device, 0, 1, zone("site"), zone("lonely")));
}
END_TEST

START_TEST(wires_are_flat)
{
	bool connected;

	ck_assert(topology_flat(topology, zone("line"), zone("wired"), &connected));
	ck_assert(topology_flat(topology, zone("office"), zone("external"), &connected));
	ck_assert(!topology_flat(topology, zone("site"), zone("line"), &connected));
	ck_assert(connected);
	ck_assert(!topology_flat(topology, zone("site"), zone("lonely"), &connected));
	ck_assert(!connected);
	ck_assert(topology_faced(topology, zone("wired")));
	ck_assert(!topology_faced(topology, zone("lonely")));
}
END_TEST

static bool behind(const char *name, size_t interface, const char *of)
{
	struct zone_set set = topology_behind(topology, device(name), interface);
	zone_id z = zone(of);

	return z < set.count && (set.words[z / 64] >> z % 64 & 1);
}

START_TEST(sources_lie_behind)
{
	ck_assert(behind("low", 1, "line"));
	ck_assert(behind("low", 1, "wired"));
	ck_assert(!behind("low", 1, "site"));
	ck_assert(behind("low", 0, "external"));
	ck_assert(behind("low", 0, "cell")); /* by way of the twins */
	ck_assert(!behind("low", 0, "line"));
}
END_TEST

/* ---- placement ---- */

struct packet {
	const char *in, *out, *from, *to;
	uint8_t protocol;
	uint16_t port;
	int64_t at;
};

static bool entry_holds(const struct filter_entry *e, const struct packet *p)
{
	const struct set *windows = low.activities[e->activity].windows;

	return address_set_contains(e->source, address_of(p->from)) &&
	       address_set_contains(e->destination, address_of(p->to)) &&
	       set_contains(e->protocols, p->protocol) &&
	       set_contains(e->src_ports, 50000) && set_contains(e->dst_ports, p->port) &&
	       (e->activity == 0 || set_contains(windows, (u128)(p->at ? p->at : AT)));
}

static bool admits(struct packet p)
{
	for (size_t i = 0; i < low.pair_count; i++) {
		const struct filter_pair *pair = &low.pairs[i];
		if (strcmp(pair->in, p.in) != 0 || strcmp(pair->out, p.out) != 0)
			continue;
		for (size_t e = 0; e < pair->entry_count; e++)
			if (entry_holds(&pair->entries[e], &p))
				return pair->entries[e].allow;
	}
	return false;
}

static bool remains(const char *kind, uint32_t rule)
{
	for (size_t i = 0; i < low.remainder_count; i++)
		if (strcmp(low.remainder[i].kind, kind) == 0 && low.remainder[i].rule != NULL &&
		    low.remainder[i].rule->index == rule)
			return true;
	return false;
}

START_TEST(operations_become_headers)
{
	ck_assert(admits((struct packet){ "up", "one", "10.3.0.1", "10.2.0.1", 6, 502, 0 }));
	ck_assert(!admits((struct packet){ "up", "one", "10.3.0.1", "10.2.0.1", 6, 503, 0 }));
	ck_assert(!admits((struct packet){ "one", "up", "10.2.0.1", "10.3.0.1", 6, 502, 0 }));
	ck_assert(admits((struct packet){ "up", "two", "10.3.0.1", "10.1.0.1", 6, 502, 0 }));
	ck_assert(remains("operations", 0));
	ck_assert(remains("deny-operations", 2));
	ck_assert(!remains("deny-operations", 0));
}
END_TEST

START_TEST(dates_become_windows)
{
	struct packet p = { "up", "two", "10.3.0.1", "10.1.0.1", 6, 8080, AT + DAY - 1 };

	ck_assert(!admits(p));
	p.at = AT + DAY;
	ck_assert(admits(p));
	p.at = AT + 3 * DAY - 1;
	ck_assert(admits(p));
	p.at = AT + 3 * DAY;
	ck_assert(!admits(p));
}
END_TEST

START_TEST(times_of_rules_elsewhere_are_left_out)
{
	ck_assert_uint_eq(low.activity_count, 2);
	ck_assert_str_eq(low.activities[0].label, "always");
	ck_assert_str_eq(low.activities[1].label, "allow from 2027-01-02 until 2027-01-03");
	ck_assert(low.timed);
}
END_TEST

static size_t entries_of_port(const char *in, const char *out, unsigned port)
{
	size_t count = 0;

	for (size_t i = 0; i < low.pair_count; i++)
		for (size_t k = 0; k < low.pairs[i].entry_count; k++)
			count += strcmp(low.pairs[i].in, in) == 0 &&
				 strcmp(low.pairs[i].out, out) == 0 &&
				 set_equal(low.pairs[i].entries[k].dst_ports,
					   set_one(&arena, port, port));
	return count;
}

/* To the hosts of the cell, and to its groups. */
START_TEST(what_says_the_same_is_said_once)
{
	ck_assert_uint_eq(entries_of_port("up", "two", 8080), 2);
	ck_assert_uint_eq(entries_of_port("up", "two", 9000), 2);
}
END_TEST

START_TEST(groups_pass_where_each_zone_admits)
{
	ck_assert(admits((struct packet){ "up", "one", "10.3.0.1", "239.1.1.1", 17, 6000, 0 }));
	ck_assert(admits((struct packet){ "up", "two", "10.3.0.1", "239.1.1.1", 17, 6000, 0 }));
	ck_assert(admits((struct packet){ "up", "one", "10.3.0.1", "239.1.1.1", 17, 6001, 0 }));
	ck_assert(!admits((struct packet){ "up", "two", "10.3.0.1", "239.1.1.1", 17, 6001, 0 }));
	ck_assert(!admits((struct packet){ "up", "one", "10.3.0.1", "239.2.2.2", 17, 6000, 0 }));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("place");
	TCase *tests = tcase_create("place");

	tcase_add_unchecked_fixture(tests, setup, teardown);
	tcase_add_test(tests, simple_paths_cross);
	tcase_add_test(tests, wires_are_flat);
	tcase_add_test(tests, sources_lie_behind);
	tcase_add_test(tests, operations_become_headers);
	tcase_add_test(tests, dates_become_windows);
	tcase_add_test(tests, times_of_rules_elsewhere_are_left_out);
	tcase_add_test(tests, what_says_the_same_is_said_once);
	tcase_add_test(tests, groups_pass_where_each_zone_admits);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
