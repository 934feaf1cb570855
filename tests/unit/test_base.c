/* SPDX-License-Identifier: Apache-2.0
 *
 * base/: addresses, the lines of sources, the did-you-mean. */
#include "config.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"
#include "base/diag.h"

static void check_range(const char *text, const char *printed)
{
	struct address_range range;
	char buffer[ADDRESS_RANGE_TEXT];
	bool ok = address_range_parse(text, strlen(text), &range);

	ck_assert_msg(ok == (printed != NULL), "%s", text);
	if (ok)
		ck_assert_str_eq(address_range_print(&range, buffer), printed);
}

START_TEST(test_address_range)
{
	check_range("10.0.0.0/8", "10.0.0.0/8");
	check_range("10.0.0.1", "10.0.0.1");
	check_range("0.0.0.0/0", "0.0.0.0/0");
	check_range("10.0.0.0-10.0.0.255", "10.0.0.0/24");
	check_range("10.0.0.4-10.0.0.9", "10.0.0.4-10.0.0.9");
	check_range("::/0", "::/0");
	check_range("2001:db8::/32", "2001:db8::/32");
	check_range("::ffff:10.0.0.1", "::ffff:10.0.0.1");
	check_range("10.0.0.1/8", NULL);
	check_range("10.0.0.0/33", NULL);
	check_range("10.0.0.0/08", NULL);
	check_range("10.0.0.0/", NULL);
	check_range("10.0.0.9-10.0.0.4", NULL);
	check_range("10.0.0.9-::1", NULL);
	check_range("10.0.0", NULL);
	check_range("", NULL);
}
END_TEST

/* IPv4 is read by a loop of its own, which takes what inet_pton() takes. */
START_TEST(test_quads)
{
	static const char letters[] = "00112259...... :a";
	uint32_t state = 1, taken = 0;
	struct address address;

	for (int round = 0; round < 1000000; round++) {
		char text[16] = "";
		uint8_t bytes[4];
		size_t length = 7 + (state >> 16) % 9;
		for (size_t i = 0; i < length; i++) {
			state = state * 1103515245 + 12345;
			text[i] = i % 3 == 1 ? '.' : letters[(state >> 16) % 12];
			if ((state >> 28) == 0)
				text[i] = letters[(state >> 20) % (sizeof(letters) - 1)];
		}
		bool is = inet_pton(AF_INET, text, bytes) == 1;
		bool read = address_parse(text, length, &address) &&
			    address.family == FAMILY_IPV4;
		ck_assert_msg(is == read, "%s", text);
		taken += is;
		if (is)
			ck_assert(address.value == address_from_bytes(FAMILY_IPV4, bytes).value);
	}
	ck_assert_uint_gt(taken, 1000);
}
END_TEST

START_TEST(test_mac)
{
	struct mac mac;
	char buffer[MAC_TEXT];

	ck_assert(mac_parse("00:1B:1b:00:ff:0a", 17, &mac));
	ck_assert_str_eq(mac_print(&mac, buffer), "00:1b:1b:00:ff:0a");
	ck_assert(mac_parse("00-1b-1b-00-ff-0a", 17, &mac));
	ck_assert(!mac_parse("00:1b-1b:00:ff:0a", 17, &mac));
	ck_assert(!mac_parse("00:1b:1b:00:ff:0", 16, &mac));
	ck_assert(!mac_parse("00:1b:1b:00:ff:0g", 17, &mac));
}
END_TEST

START_TEST(test_did_you_mean)
{
	const char *const names[] = { "historian", "plc-filler", "ews" };

	ck_assert_str_eq(diag_did_you_mean("historain", names, 3), "historian");
	ck_assert_str_eq(diag_did_you_mean("plc-fillr", names, 3), "plc-filler");
	ck_assert_ptr_null(diag_did_you_mean("gateway", names, 3));
}
END_TEST

START_TEST(test_did_you_mean_nearest)
{
	const char *names[] = { "ab", "abcdefgh-1", "abcdefgh-2", "bacdefgh-2" };

	ck_assert_str_eq(diag_did_you_mean("ba", names, 1), "ab");
	ck_assert_str_eq(diag_did_you_mean("abcdefgh-2x", names, 4), "abcdefgh-2");
	ck_assert_str_eq(diag_did_you_mean("bacdefgh2", names, 4), "bacdefgh-2");
	ck_assert_ptr_null(diag_did_you_mean("xyzdefghij", names, 4));
	ck_assert_ptr_null(diag_did_you_mean("", names, 4));
}
END_TEST

/* Too many unknown names cost no more than their number. */
START_TEST(test_suggest_budget)
{
	const char *names[] = { "historian", "ews", "plc-filler", "plc-packer" };
	size_t asked = DIAG_COMPARED_MAX / 4 + 2;
	struct diags diags;
	struct diag *last = NULL;

	diags_init(&diags);
	for (size_t i = 0; i < asked; i++) {
		last = diag_add(&diags, FINDING_UNKNOWN_NAME, (struct span){ 0 }, "x");
		diag_suggest(&diags, last, "historain", names, 4);
	}
	ck_assert_str_eq(diags.list[0]->hint, "did you mean 'historian'?");
	ck_assert_ptr_null(last->hint);
	ck_assert_uint_eq(diags.len + diags.limit_reached, asked);
	diags_release(&diags);
}
END_TEST

static void check_line(struct source_lines *lines, const struct source *source, uint32_t line,
		       const char *expected)
{
	struct span where = { source, line, 1, line, 1 };
	size_t length = 0;
	const char *found = source_line(lines, &where, &length);

	if (expected == NULL) {
		ck_assert_ptr_null(found);
		return;
	}
	ck_assert_uint_eq(length, strlen(expected));
	ck_assert_mem_eq(found, expected, length);
}

START_TEST(test_source_line)
{
	const struct source source = { "a", "one\n\nthree\nfour", 15 };
	const struct source ended = { "b", "one\n", 4 }, empty = { "c", "", 0 };
	struct source_lines lines = { 0 };

	check_line(&lines, &source, 4, "four");
	check_line(&lines, &source, 1, "one");
	check_line(&lines, &source, 2, "");
	check_line(&lines, &source, 3, "three");
	check_line(&lines, &source, 5, NULL);
	check_line(&lines, &source, 0, NULL);
	check_line(&lines, NULL, 1, NULL);
	check_line(&lines, &ended, 1, "one");
	check_line(&lines, &ended, 2, "");
	check_line(&lines, &empty, 1, "");
	source_lines_release(&lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *tcase = tcase_create("base");

	tcase_add_test(tcase, test_address_range);
	tcase_add_test(tcase, test_quads);
	tcase_add_test(tcase, test_mac);
	tcase_add_test(tcase, test_did_you_mean);
	tcase_add_test(tcase, test_did_you_mean_nearest);
	tcase_add_test(tcase, test_suggest_budget);
	tcase_add_test(tcase, test_source_line);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
