/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters by name and by number, and operations as text. */
#include "config.h"
#include "compiler/parameter.h"
#include "tests/unit/resolved.h"

static const char plant[] =
	"protocol mixer \"A mixer's own\" {\n"
	"    on tcp 4000\n"
	"    read    state 1, read 2, log 3-5\n"
	"    write   set 10\n"
	"    session hello 20\n"
	"    unit    station 1-32, cabinet 0-9\n"
	"    object  tank 0-99 on state, set\n"
	"    object  pump 0-9 on set\n"
	"}\n"
	"zone site level 3 { subnet 10.0.0.0/16 }\n"
	"zone line level 2 { subnet 10.1.0.0/16 }\n"
	"conduit a between site and line { allow site -> line : mixer(set, pump 3) }\n";

static const char several[] =
	"zone site level 3 { subnet 10.0.0.0/16 }\n"
	"zone line level 2 { subnet 10.1.0.0/16 }\n"
	"conduit a between site and line {\n"
	"    allow site -> line : modbus(write, unit 3-5, holding 10-20), modbus(read)\n"
	"    allow site -> line : modbus(read, write except unit 4, coil 0-9)\n"
	"    deny  site -> line : modbus(unit 5, holding 15-65535), modbus(read, coil none)\n"
	"    deny  site -> line : modbus(diagnostics)\n"
	"}\n";

static struct resolved resolved;
static const struct protocol *mixer;
static operation_id base;

static void setup(void)
{
	resolved_make(&resolved, plant);
	ck_assert(resolved.usable);
	for (size_t p = 1; p < resolved.model.protocol_count; p++)
		if (strcmp(resolved.model.protocols[p].name, "mixer") == 0) {
			mixer = &resolved.model.protocols[p];
			base = operation_id_of((uint16_t)p, 0);
		}
	ck_assert_ptr_nonnull(mixer);
}

static void teardown(void)
{
	resolved_release(&resolved);
}

START_TEST(numbers_lie_one_after_the_other)
{
	const struct parameter *pump = parameter_find(mixer, "pump");

	ck_assert_uint_eq(parameter_number(parameter_find(mixer, "tank"), 99), 99);
	ck_assert_uint_eq(parameter_number(pump, 0), 100);
	ck_assert_uint_eq(parameter_number(pump, 10), PARAMETER_NONE);
	ck_assert_uint_eq(parameter_number(parameter_find(mixer, "station"), 0), PARAMETER_NONE);
	ck_assert_uint_eq(parameter_number(parameter_find(mixer, "cabinet"), 0), 33);
	ck_assert_ptr_null(parameter_find(mixer, "valve"));
}
END_TEST

START_TEST(numbers_have_names_where_functions_take_them)
{
	uint32_t value;
	const struct parameter *p = parameter_at(mixer, PARAMETER_OBJECT, 10, 107, &value);

	ck_assert_str_eq(p->name, "pump");
	ck_assert_uint_eq(value, 7);
	ck_assert_ptr_null(parameter_at(mixer, PARAMETER_OBJECT, 1, 107, &value));
	ck_assert_ptr_null(parameter_at(mixer, PARAMETER_OBJECT, 10, PARAMETER_NONE, &value));
	ck_assert_ptr_null(parameter_at(mixer, PARAMETER_UNIT, 20, 33, &value));
	ck_assert_str_eq(parameter_at(mixer, PARAMETER_UNIT, 9999, 33, &value)->name, "cabinet");
	ck_assert_uint_eq(value, 0);
}
END_TEST

struct text_case {
	uint32_t function, unit, object;
	const char *seen, *asked;
};

/* The one rule tells objects apart and no units. */
START_TEST(operations_have_texts)
{
	static const struct text_case cases[] = {
		{ 10, 3, 103, "mixer(set, station 3, pump 3)", "mixer(set, pump 3)" },
		{ 10, 3, PARAMETER_NONE, "mixer(set, station 3)", "mixer(set, tank none)" },
		{ 1, PARAMETER_NONE, 5, "mixer(state, tank 5)", "mixer(state, tank 5)" },
		{ 1, PARAMETER_NONE, 103, "mixer(state)", "mixer(state, tank none)" },
		{ 2, 0, 0, "mixer(function 2)", "mixer(function 2)" },
		{ 4, 42, 0, "mixer(function 4, cabinet 9)", "mixer(function 4)" },
		{ 20, 3, 0, "mixer(hello)", "mixer(hello)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct text_case *c = &cases[i];
		struct operation_point point = { base | c->function, c->unit, c->object };
		struct strbuf text = STRBUF_INIT;
		operation_text(&text, &resolved.model, &point);
		ck_assert_str_eq(strbuf_text(&text), c->seen);
		strbuf_reset(&text);
		operation_question_text(&text, &resolved.model, &point);
		ck_assert_str_eq(strbuf_text(&text), c->asked);
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(points_are_those_that_functions_take)
{
	const struct range tanks[] = { { 90, 104 } }, none[] = { { 500, PARAMETER_NONE } };
	struct operation_point point =
		operation_point(&resolved.model, base | 10, none, 1, tanks, 1);

	ck_assert_uint_eq(point.unit, PARAMETER_NONE);
	ck_assert_uint_eq(point.object, 90);
	point = operation_point(&resolved.model, base | 2, tanks, 1, tanks, 1);
	ck_assert_uint_eq(point.object, PARAMETER_NONE);
	ck_assert(parameter_matters(&resolved.model, base | 1, PARAMETER_OBJECT));
	ck_assert(!parameter_matters(&resolved.model, base | 2, PARAMETER_OBJECT));
	ck_assert(!parameter_matters(&resolved.model, base | 1, PARAMETER_UNIT));
}
END_TEST

/* No rule tells numbers without a name from none. */
static void check_unnamed(const struct flow_index *index, const struct model *model,
			  struct flow flow, bool verdict)
{
	const struct protocol *protocol = &model->protocols[flow.operation >> 16];
	uint32_t function = flow.operation & 0xffff, value;

	if (parameter_at(protocol, PARAMETER_UNIT, function, flow.unit, &value) == NULL)
		flow.unit = PARAMETER_NONE;
	if (parameter_at(protocol, PARAMETER_OBJECT, function, flow.object, &value) == NULL)
		flow.object = PARAMETER_NONE;
	ck_assert_int_eq(flow_judge(index, &flow).allowed, verdict);
}

/* Each content by itself, and all contents at once. */
START_TEST(flows_are_judged_by_what_their_contents_are)
{
	static const uint32_t functions[] = { 0, 1, 3, 5, 6, 8, 16 };
	static const uint32_t units[] = { 0, 3, 4, 5, PARAMETER_NONE };
	static const uint32_t objects[] = { 0, 9, 10, 65536, 196608, 196618, 196623, PARAMETER_NONE };
	struct resolved plants;
	struct arena arena;
	size_t allowed = 0, denied = 0;

	resolved_make(&plants, several);
	arena_init(&arena);
	ck_assert(plants.usable);
	struct flow_index *index = flow_index_create(&plants.model);
	struct flow flow = { .source = address_of("10.0.0.1"), .destination = address_of("10.1.0.1"),
			     .protocol = 6, .src_port = 50000, .dst_port = 502, .mode = -1,
			     .sender = ZONE_NONE };
	struct contents contents = flow_contents(index, &flow, &arena);
	uint16_t modbus = plants.model.rules[0].matches[0].protocol;
	for (size_t n = 0; n < 7 * 5 * 8; n++) {
		flow.operation = operation_id_of(modbus, (uint16_t)functions[n % 7]);
		flow.unit = units[n / 7 % 5];
		flow.object = objects[n / 35];
		u128 point[CONTENT_FIELDS] = { flow.operation, flow.unit, flow.object };
		bool verdict = flow_judge(index, &flow).allowed;
		ck_assert_int_eq(verdict, contents_hold(contents, point));
		check_unnamed(index, &plants.model, flow, verdict);
		allowed += verdict;
		denied += !verdict;
	}
	ck_assert_uint_gt(allowed, 20);
	ck_assert_uint_gt(denied, 20);
	flow_index_destroy(index);
	arena_release(&arena);
	resolved_release(&plants);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parameter");
	TCase *tests = tcase_create("parameter");

	tcase_add_unchecked_fixture(tests, setup, teardown);
	tcase_add_test(tests, numbers_lie_one_after_the_other);
	tcase_add_test(tests, numbers_have_names_where_functions_take_them);
	tcase_add_test(tests, operations_have_texts);
	tcase_add_test(tests, points_are_those_that_functions_take);
	tcase_add_test(tests, flows_are_judged_by_what_their_contents_are);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
