/* SPDX-License-Identifier: Apache-2.0
 *
 * base/: addresses and the did-you-mean. */
#include "config.h"
#include "tests/unit/unit.h"

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

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *tcase = tcase_create("base");

	tcase_add_test(tcase, test_address_range);
	tcase_add_test(tcase, test_mac);
	tcase_add_test(tcase, test_did_you_mean);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
