/* SPDX-License-Identifier: Apache-2.0
 *
 * The resolved policy: who owns an address, who holds it, what groups and
 * conduits hold, and where a destination is located. */
#include "config.h"
#include "tests/unit/resolved.h"

static const char plant[] =
	"zone site    level 3 { subnet 10.0.0.0/16, 2001:db8::/32 }\n"
	"zone line    level 2 { subnet 10.0.4.0/22; multicast 239.1.1.0/24 }\n"
	"zone cell    level 1 { subnet 10.0.5.0/24; multicast 239.1.1.0/24 }\n"
	"zone robot   level 0 { subnet 10.0.5.16-10.0.5.19; intrazone deny }\n"
	"zone offices level 4 { subnet 10.1.0.0/16 }\n"
	"asset plc  in cell       { address 10.0.5.10; role plc }\n"
	"asset arm  in robot      { address 10.0.5.17; role plc }\n"
	"asset gate in site, line { address 10.0.0.9, 10.0.4.9, 2001:db8::9; tag edge }\n"
	"group outer = gate, inner\n"
	"group inner = 10.0.5.0/28 except plc\n"
	"conduit a between site and line, cell {\n"
	"    allow gate -> any : tcp 1\n"
	"    allow outer -> line : tcp 2\n"
	"    allow @plc -> site : tcp 3\n"
	"    allow 10.0.0.0/24 -> 239.1.1.1 : udp 4\n"
	"    allow site -> line : udp 5\n"
	"}\n"
	"conduit b within robot { allow arm -> any : udp 6 }\n"
	"deny offices -> level <= 3 : any\n";

static struct resolved resolved;
static struct flow_index *judge;

static void setup(void)
{
	resolved_make(&resolved, plant);
	ck_assert(resolved.usable);
	judge = flow_index_create(&resolved.model);
}

static void teardown(void)
{
	flow_index_destroy(judge);
	resolved_release(&resolved);
}

static const char *owner(const char *address)
{
	return resolved.model.zones[model_zone_of(&resolved.model, address_of(address))].name;
}

static bool allowed(const char *from, const char *to, uint8_t protocol, uint16_t port)
{
	struct flow flow = { .source = address_of(from), .destination = address_of(to),
			     .protocol = protocol, .src_port = 50000, .dst_port = port,
			     .mode = -1, .sender = ZONE_NONE };
	return flow_judge(judge, &flow).allowed;
}

START_TEST(smallest_range_owns)
{
	static const char *const cases[][2] = {
		{ "10.0.0.0", "site" },	  { "10.0.3.255", "site" }, { "10.0.4.0", "line" },
		{ "10.0.5.0", "cell" },	  { "10.0.5.15", "cell" },  { "10.0.5.16", "robot" },
		{ "10.0.5.19", "robot" }, { "10.0.5.20", "cell" },  { "10.0.6.0", "line" },
		{ "10.0.8.0", "site" },	  { "10.2.0.0", "external" },
		{ "2001:db8::1", "site" }, { "2001:db9::1", "external" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(owner(cases[i][0]), cases[i][1]);
}
END_TEST

/* Every address has one owner: the sets of two zones never meet. */
START_TEST(zones_are_disjoint)
{
	const struct model *model = &resolved.model;
	struct arena arena;

	arena_init(&arena);
	for (size_t a = 0; a < model->zone_count; a++)
		for (size_t b = 0; b < a; b++)
			ck_assert(address_set_is_empty(address_set_intersect(
				&arena, model->zones[a].owned, model->zones[b].owned)));
	arena_release(&arena);
	ck_assert(address_set_contains(model->zones[zone_of(model, "line")].declared,
				       address_of("10.0.5.17")));
}
END_TEST

START_TEST(assets_live_where_each_address_does)
{
	const struct model *model = &resolved.model;
	const struct asset *gate = model_asset_of(model, address_of("10.0.4.9"));

	ck_assert_ptr_nonnull(gate);
	ck_assert_str_eq(gate->name, "gate");
	ck_assert_uint_eq(gate->address_count, 3);
	ck_assert_uint_eq(gate->zones[0], zone_of(model, "site"));
	ck_assert_uint_eq(gate->zones[1], zone_of(model, "line"));
	ck_assert_uint_eq(gate->zones[2], zone_of(model, "site"));
	ck_assert_ptr_null(model_asset_of(model, address_of("10.0.4.10")));
}
END_TEST

START_TEST(nested_zones_are_apart)
{
	ck_assert(allowed("10.0.0.9", "10.0.4.1", 6, 1));
	ck_assert(allowed("10.0.0.9", "10.0.5.1", 6, 1));
	ck_assert(!allowed("10.0.0.9", "10.0.5.17", 6, 1)); /* robot is no side */
	ck_assert(!allowed("10.0.4.1", "10.0.5.1", 6, 1));  /* same side */
	ck_assert(allowed("10.0.4.1", "10.0.6.1", 6, 1));   /* inside line */
	ck_assert(!allowed("10.0.5.17", "10.0.5.18", 6, 1)); /* intrazone deny */
	ck_assert(allowed("10.0.5.17", "10.0.5.18", 17, 6));
	ck_assert(!allowed("10.0.5.18", "10.0.5.17", 17, 6));
}
END_TEST

START_TEST(groups_hold_groups_and_exceptions)
{
	const struct rule *rule = &resolved.model.rules[1]; /* tcp 2, outer -> line */
	struct address_set source = rule->pairs[0].source;

	ck_assert_uint_eq(rule->pair_count, 1);
	ck_assert(address_set_contains(source, address_of("10.0.0.9")));
	ck_assert(!address_set_contains(source, address_of("10.0.5.1"))); /* line's side */
	ck_assert(allowed("10.0.0.9", "10.0.6.1", 6, 2));
	ck_assert(!allowed("10.0.0.8", "10.0.6.1", 6, 2));
}
END_TEST

START_TEST(tags_mean_the_conduits_own)
{
	ck_assert(allowed("10.0.5.10", "10.0.0.1", 6, 3));
	ck_assert(!allowed("10.0.5.11", "10.0.0.1", 6, 3));
	ck_assert(!allowed("10.0.5.17", "10.0.0.1", 6, 3)); /* a plc of another zone */
}
END_TEST

START_TEST(groups_need_an_allow_at_each_zone)
{
	ck_assert(allowed("10.0.0.1", "239.1.1.1", 17, 4));
	ck_assert(!allowed("10.0.0.1", "239.1.1.2", 17, 4));
	ck_assert(!allowed("10.0.1.1", "239.1.1.1", 17, 4));
	ck_assert(!allowed("10.0.0.1", "239.1.1.1", 17, 5)); /* line admits it, cell does not */
	ck_assert(allowed("10.0.0.1", "239.9.9.9", 17, 4));  /* nobody's: stays in site */
	ck_assert(!allowed("10.0.5.17", "239.9.9.9", 17, 4));
	ck_assert(allowed("10.0.5.17", "255.255.255.255", 17, 6));
	ck_assert(allowed("10.0.4.1", "10.0.7.255", 17, 9)); /* its own broadcast */
}
END_TEST

START_TEST(denies_outrank_allows)
{
	struct flow flow = { .source = address_of("10.1.0.1"), .mode = -1, .protocol = 6,
			     .destination = address_of("10.0.0.1"), .sender = ZONE_NONE };
	struct verdict verdict = flow_judge(judge, &flow);

	ck_assert(!verdict.allowed);
	ck_assert_ptr_nonnull(verdict.rule);
	ck_assert(!verdict.rule->allow);
	ck_assert(allowed("10.1.0.1", "10.1.0.2", 6, 1));
	ck_assert(!allowed("10.3.0.1", "10.4.0.1", 6, 1)); /* external to external */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *tests = tcase_create("model");

	tcase_add_unchecked_fixture(tests, setup, teardown);
	tcase_add_test(tests, smallest_range_owns);
	tcase_add_test(tests, zones_are_disjoint);
	tcase_add_test(tests, assets_live_where_each_address_does);
	tcase_add_test(tests, nested_zones_are_apart);
	tcase_add_test(tests, groups_hold_groups_and_exceptions);
	tcase_add_test(tests, tags_mean_the_conduits_own);
	tcase_add_test(tests, groups_need_an_allow_at_each_zone);
	tcase_add_test(tests, denies_outrank_allows);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
