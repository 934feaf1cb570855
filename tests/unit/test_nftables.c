/* SPDX-License-Identifier: Apache-2.0
 *
 * The nftables backend: elements of a set are disjoint and hold what the boxes
 * held, and the text has the parts that the design relies on. */
#include "config.h"

#include <string.h>

#include "backends/nftables.h"
#include "tests/unit/unit.h"

enum { SPACE = 5, BOXES = 12, ROUNDS = 400 };

static struct nftables_box random_box(uint32_t order)
{
	struct nftables_box box = { .order = order };

	for (size_t i = 0; i < NFT_FIELDS; i++) {
		unsigned a = (unsigned)rand() % SPACE, b = (unsigned)rand() % SPACE;
		box.field[i] = (struct range){ a < b ? a : b, a < b ? b : a };
	}
	return box;
}

static unsigned holders(const struct nftables_boxes *boxes, const unsigned point[NFT_FIELDS])
{
	unsigned count = 0;

	for (size_t i = 0; i < boxes->len; i++) {
		bool inside = true;
		for (size_t k = 0; k < NFT_FIELDS; k++)
			inside = inside && boxes->data[i].field[k].lo <= point[k] &&
				 point[k] <= boxes->data[i].field[k].hi;
		count += inside;
	}
	return count;
}

static void check_points(const struct nftables_boxes *before,
			 const struct nftables_boxes *after)
{
	for (unsigned n = 0; n < SPACE * SPACE * SPACE * SPACE * SPACE; n++) {
		unsigned point[NFT_FIELDS], rest = n;
		for (size_t k = 0; k < NFT_FIELDS; k++, rest /= SPACE)
			point[k] = rest % SPACE;
		unsigned held = holders(after, point);
		ck_assert_uint_eq(held, holders(before, point) > 0);
	}
}

START_TEST(cut_keeps_points_and_makes_disjoint)
{
	struct arena arena;

	arena_init(&arena);
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		struct nftables_boxes before = VEC_INIT, after = VEC_INIT;
		uint32_t count = 1 + (uint32_t)rand() % BOXES;
		for (uint32_t i = 0; i < count; i++) {
			struct nftables_box box = random_box(i);
			vec_push(&before, box);
			vec_push(&after, box);
		}
		nftables_cut(&after, &arena);
		check_points(&before, &after);
		vec_free(&before);
		vec_free(&after);
	}
	arena_release(&arena);
}
END_TEST

static bool overlap(const struct nftables_box *a, const struct nftables_box *b)
{
	for (size_t i = 0; i < NFT_FIELDS; i++)
		if (a->field[i].hi < b->field[i].lo || b->field[i].hi < a->field[i].lo)
			return false;
	return true;
}

static bool has_part(const struct nftables_boxes *parts, const struct nftables_box *part)
{
	for (size_t i = 0; i < parts->len; i++)
		if (memcmp(parts->data[i].field, part->field, sizeof(part->field)) == 0)
			return true;
	return false;
}

/* Parts of boxes that do not overlap the one left out are in both. */
static void check_untouched(const struct nftables_boxes *from, const struct nftables_boxes *to,
			    const struct nftables_box *boxes, uint32_t left_out)
{
	for (size_t i = 0; i < from->len; i++)
		if (!overlap(&boxes[from->data[i].order], &boxes[left_out]))
			ck_assert_msg(has_part(to, &from->data[i]), "a part changed");
}

START_TEST(cuts_stay_where_nothing_overlaps)
{
	struct nftables_box boxes[BOXES];
	struct arena arena;

	arena_init(&arena);
	srand(2);
	for (int round = 0; round < ROUNDS; round++) {
		struct nftables_boxes all = VEC_INIT, fewer = VEC_INIT;
		for (uint32_t i = 0; i < BOXES; i++) {
			boxes[i] = random_box(i);
			vec_push(&all, boxes[i]);
			if (i > 0)
				vec_push(&fewer, boxes[i]);
		}
		nftables_cut(&all, &arena);
		nftables_cut(&fewer, &arena);
		check_untouched(&all, &fewer, boxes, 0);
		check_untouched(&fewer, &all, boxes, 0);
		vec_free(&all);
		vec_free(&fewer);
	}
	arena_release(&arena);
}
END_TEST

static struct address_set addresses(struct arena *arena, const char *text)
{
	struct address_range range;

	ck_assert(address_range_parse(text, strlen(text), &range));
	return address_set_range(arena, range);
}

static struct filter_entry entry_make(struct arena *arena, bool allow, unsigned port)
{
	static const struct rule rule = { .identity = "web", .label = "allow" };
	static const struct rule *rules[] = { &rule };

	return (struct filter_entry){
		.allow = allow,
		.source = addresses(arena, "10.0.0.0/24"),
		.destination = addresses(arena, "10.0.1.0/24"),
		.protocols = set_one(arena, 6, 6),
		.src_ports = set_one(arena, 0, UINT16_MAX),
		.dst_ports = set_one(arena, port, port),
		.rules = rules,
		.rule_count = 1,
	};
}

static char *emitted(bool monitor)
{
	struct arena arena;
	struct backend_output output;
	struct diags *diags = NULL;

	arena_init(&arena);
	struct filter_entry entries[] = { entry_make(&arena, false, 80),
					  entry_make(&arena, true, 443) };
	struct filter_pair pair = { .in = "eth0", .out = "eth:1", .entries = entries,
				    .entry_count = 2 };
	struct filter_activity always = { set_empty(), "always" };
	struct filter filter = { .device = "fw", .pairs = &pair, .pair_count = 1,
				 .activities = &always, .activity_count = 1 };
	struct backend_options options = { .digest = "digest", .policy = "plant",
					   .monitor = monitor };
	ck_assert(backend_find("nftables")->emit(&output, &filter, &options, diags));
	char *text = strbuf_detach(&output.file[0].text);
	backend_output_release(&output);
	arena_release(&arena);
	return text;
}

START_TEST(text_has_its_parts)
{
	static const char *const parts[] = {
		"table inet cordon {}\ndelete table inet cordon\n",
		"10.0.0.0/24 . 10.0.1.0/24 . 443 comment \"web\",\n",
		"original . \"eth0\" . \"eth:1\" : jump from/eth0/to/eth/3a/1,",
		"reply . \"eth:1\" . \"eth0\" : jump from/eth0/to/eth/3a/1/reply,",
		"@from/eth0/to/eth/3a/1/deny/ip/tcp/port/ranges counter jump refuse\n",
		"meta l4proto tcp ip saddr . ip daddr . th dport "
		"@from/eth0/to/eth/3a/1/ip/tcp/port/ranges counter accept\n",
		"\"cordon drop: \"\n\t\tcounter drop\n\t}\n}\n",
	};
	char *text = emitted(false);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(text, parts[i]) != NULL, "missing: %s\n%s", parts[i], text);
	ck_assert(strstr(text, "jump refuse") < strstr(text, "counter accept"));
	free(text);
}
END_TEST

/* nft takes names of 255 bytes. */
START_TEST(long_names_stay_apart)
{
	struct strbuf text = STRBUF_INIT;
	char label[600];
	struct filter_activity activity = { set_empty(), label };

	memset(label, 'x', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	memcpy(label, "allow during ", 13);
	nftables_print_time_name(&text, &activity);
	size_t first = text.len;
	ck_assert_uint_le(first, NFT_TIME_NAME);
	label[sizeof(label) - 2] = 'y';
	nftables_print_time_name(&text, &activity);
	ck_assert_uint_eq(text.len, 2 * first);
	ck_assert_mem_eq(text.text, "allow/during/", 13);
	ck_assert_mem_ne(text.text, text.text + first, first);
	strbuf_release(&text);
}
END_TEST

START_TEST(monitor_drops_nothing)
{
	char *text = emitted(true);

	ck_assert_ptr_null(strstr(text, "counter drop\n"));
	ck_assert_ptr_nonnull(strstr(text, "\"cordon would drop: \"\n\t\tcounter accept\n\t}\n}\n"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nftables");
	TCase *tests = tcase_create("backend");

	tcase_add_test(tests, cut_keeps_points_and_makes_disjoint);
	tcase_add_test(tests, cuts_stay_where_nothing_overlaps);
	tcase_add_test(tests, text_has_its_parts);
	tcase_add_test(tests, long_names_stay_apart);
	tcase_add_test(tests, monitor_drops_nothing);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
