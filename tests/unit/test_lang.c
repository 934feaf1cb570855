/* SPDX-License-Identifier: Apache-2.0
 *
 * lang/: the prelude and the whole language parse; what is wrong is refused
 * with its place, every error of a file in one run. */
#include "config.h"
#include "tests/unit/unit.h"

#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "lang/lang.h"

struct memory_file {
	const char *path;
	const char *text;
	size_t length; /* 0: strlen */
};

static bool memory_read(void *context, const char *path, char **bytes, size_t *length,
			const char **why)
{
	for (const struct memory_file *file = context; file->path; file++) {
		if (strcmp(file->path, path) != 0)
			continue;
		*length = file->length ? file->length : strlen(file->text);
		*bytes = memory_alloc(*length + 1);
		memcpy(*bytes, file->text, *length);
		return true;
	}
	*why = "No such file or directory";
	return false;
}

struct loaded {
	struct policy_text text;
	struct diags diags;
	bool ok;
};

static void load_files(struct loaded *loaded, struct memory_file *files)
{
	struct policy_reader reader = { .read = memory_read, .context = files };

	diags_init(&loaded->diags);
	loaded->ok = policy_text_load_with(&loaded->text, files[0].path, &reader,
					   &loaded->diags);
	diags_sort(&loaded->diags);
}

static void load_text(struct loaded *loaded, const char *text, size_t length)
{
	struct memory_file files[] = { { "plant.cordon", text, length }, { 0 } };

	load_files(loaded, files);
}

static void unload(struct loaded *loaded)
{
	policy_text_release(&loaded->text);
	diags_release(&loaded->diags);
}

static void check_clean(const char *text)
{
	struct loaded loaded;

	load_text(&loaded, text, 0);
	ck_assert_msg(loaded.ok && loaded.diags.len == 0, "%s: %s", text,
		      loaded.diags.len ? loaded.diags.list[0]->message : "");
	unload(&loaded);
}

/* One diagnostic, at LINE:COLUMN, whose message holds `part`. */
static void check_refused(const char *text, unsigned line, unsigned column, const char *part)
{
	struct loaded loaded;

	load_text(&loaded, text, 0);
	ck_assert_msg(!loaded.ok && loaded.diags.len == 1, "%s: %zu diagnostics", text,
		      loaded.diags.len);
	const struct diag *diag = loaded.diags.list[0];
	ck_assert_msg(diag->where.line == line && diag->where.column == column,
		      "%s: at %u:%u", text, diag->where.line, diag->where.column);
	ck_assert_msg(strstr(diag->message, part) != NULL, "%s: %s", text, diag->message);
	unload(&loaded);
}

static size_t count_kind(const struct tree_statement *list, enum statement_kind kind)
{
	size_t count = 0;

	for (; list; list = list->next)
		count += list->kind == kind;
	return count;
}

START_TEST(test_prelude)
{
	struct loaded loaded;

	load_text(&loaded, "", 0);
	ck_assert_msg(loaded.ok, "%s",
		      loaded.diags.len ? loaded.diags.list[0]->message : "");
	ck_assert_uint_ge(count_kind(loaded.text.prelude, STATEMENT_SERVICE), 60);
	ck_assert_uint_ge(count_kind(loaded.text.prelude, STATEMENT_PROTOCOL), 20);
	ck_assert_ptr_null(loaded.text.statements);
	unload(&loaded);
}
END_TEST

static const char *const clean[] = {
	"policy \"P\" { owner \"o\"; timezone \"America/Chicago\" }",
	"zone a level 3.5 { subnet 10.0.0.0/8, 2001:db8::/48\n subnet ::1-::9; vlan 1, 2\n"
	"security-level 3; intrazone deny; inventory complete; multicast 239.1.0.0/16\n}",
	"zone zone level 0",
	"asset a in z, y { address 10.0.0.1; mac 00:11:22:33:44:55, ae-bb-cc-dd-ee-ff\n"
	"role plc, hmi; os \"VxWorks 5.5\"; unpatchable; end-of-support 2027-12-31 }",
	"group g = a, 10.0.0.0/30, @plc, level 1..3.5, level > 3 except b, c",
	"service s \"title\" = tcp 80, 443, udp 53 from 1024-65535, icmp echo-request, "
	"icmpv6 any, icmp 3/4, proto 89, ethertype 0x8892 idle 8h",
	"service s = modbus(read, function 43, unit 3, holding 100-199 except write) on tcp "
	"1502, 1503, ssh { idle 30m }",
	"protocol p \"t\" {\n on tcp 1, udp 2-3, ethertype 0x8892\n read a 1, b 2-9\n session c 0\n}",
	"schedule w { weekly sat 22:00 - sun 06:00; weekly mon-fri, sun 06:00 - 24:00\n"
	"daily 22:00 - 06:00; on 2027-01-01; on 2027-01-01 01:00 - 2027-01-02 03:00 }",
	"mode line-restart \"bring it back\"",
	"conduit c between a and b, external {\n purpose \"x\"\n allow a -> @plc : modbus(read), "
	"cip(any except program) { during w; until 2027-03-31; in m, n; log; id r1 }\n"
	"deny any ->\n  b :\n ssh\n}",
	"conduit c within z { allow a -> b : any }",
	"deny external -> level <= 3 : any",
	"device d { platform nftables; stage monitor; cluster k; interface GigabitEthernet0/1 "
	"faces a, external { address 10.0.0.1 }\n interface \"eth0:1\" faces b\n"
	"manage from ews : ssh\n routing ospf, bgp; limit rules 4000; inspect operations }",
	"exception LEVEL-SKIP \"until MES moves\" until 2027-06-30 on x",
	"assert allow a -> b : modbus(read) { in m }",
	"assert no path external => safety within 3 hops except via jump, b",
	"assert no path a => b except c except via d",
	"# only a comment",
};

START_TEST(test_clean)
{
	check_clean(clean[_i]);
}
END_TEST

START_TEST(test_refused)
{
	check_refused("zone a levle 3", 1, 8, "unexpected 'levle'");
	check_refused("zon a level 3 {\n subnet 10.0.0.0/8\n}\nzone b level 2", 1, 1, "'zon'");
	check_refused("zone a level 9", 1, 14, "no level 9");
	check_refused("zone a level 3 { subnet 10.0.0.1/8 }", 1, 25, "bits set");
	check_refused("deny a -> b: ssh", 1, 11, "colon");
	check_refused("deny a -> b :ssh", 1, 13, "colon");
	check_refused("allow a -> b : ssh", 1, 1, "stands in a conduit");
	check_refused("zone a level 3\n{\n vlan 3\n}", 2, 1, "unexpected '{'");
	check_refused("zone a level 3 { vlan 3", 1, 24, "ends too early");
	check_refused("zone a level 3 { owner x; owner y }", 1, 33, "twice");
	check_refused("policy \"x", 1, 8, "no closing quote");
	check_refused("service s = 80", 1, 13, "needs a transport");
	check_refused("service s = icmp echo-reqest", 1, 18, "echo-reqest");
	check_refused("schedule s { weekly fry 01:00 - 02:00 }", 1, 21, "no day");
	check_refused("include \"no.cordon\"", 1, 9, "No such file");
	check_refused("include \"plant.cordon\"", 1, 9, "includes itself");
	check_refused("zone a level 1\nzone \xff", 2, 6, "not UTF-8");
	check_refused("\xef\xbb\xbfzone", 1, 1, "byte order mark");
	check_refused("a\rb", 1, 2, "control character");
}
END_TEST

START_TEST(test_every_error)
{
	struct loaded loaded;

	load_text(&loaded,
		  "zon a\nzone b level 2 {\n subnit 10.0.0.0/8\n vlan 9999\n}\nfoo\nbar { x { y }\n }\n"
		  "zone c level 1",
		  0);
	ck_assert_uint_eq(loaded.diags.len, 5);
	ck_assert_uint_eq(count_kind(loaded.text.statements, STATEMENT_ZONE), 2);
	unload(&loaded);
}
END_TEST

static void check_bytes(char *text, size_t length, enum finding_id id)
{
	struct loaded loaded;

	load_text(&loaded, text, length);
	ck_assert_uint_ge(loaded.diags.len, 1);
	ck_assert_uint_le(loaded.diags.len, 3);
	ck_assert_int_eq(loaded.diags.list[0]->id, id);
	ck_assert_uint_ge(loaded.diags.list[0]->where.line, 1);
	unload(&loaded);
	free(text);
}

START_TEST(test_limits)
{
	size_t length = 10u << 20;
	char *text = memory_alloc(length);

	memset(text, 'x', length);
	check_bytes(text, length, FINDING_LIMIT);
	text = memory_alloc(100000);
	memset(text, '{', 100000);
	check_bytes(text, 100000, FINDING_SYNTAX);
	text = memory_alloc(100000);
	memset(text, '(', 100000);
	check_bytes(text, 100000, FINDING_SYNTAX);
	text = memory_alloc(8);
	memcpy(text, "zone a\0b", 8);
	check_bytes(text, 8, FINDING_ENCODING);
}
END_TEST

START_TEST(test_include)
{
	struct memory_file files[] = {
		{ "plants/a.cordon", "include \"sub/b.cordon\"\ninventory \"i.yaml\"", 0 },
		{ "plants/sub/b.cordon", "zone b level 1\ninclude \"c.cordon\"", 0 },
		{ "plants/sub/c.cordon", "zone c level 2", 0 },
		{ "plants/i.yaml",
		  "assets:\n  plc-1:\n    zone: b\n    address: [10.0.0.1, '2001:db8::1']\n"
		  "    mac: 00:11:22:33:44:55\n    role: plc\n    os: VxWorks 5.5\n"
		  "    end-of-support: 2027-01-01\n    unpatchable: true\n",
		  0 },
		{ 0 },
	};
	struct loaded loaded;

	load_files(&loaded, files);
	ck_assert_msg(loaded.ok, "%s",
		      loaded.diags.len ? loaded.diags.list[0]->message : "");
	ck_assert_uint_eq(count_kind(loaded.text.statements, STATEMENT_ZONE), 2);
	ck_assert_uint_eq(count_kind(loaded.text.statements, STATEMENT_ASSET), 1);
	const struct tree_statement *last = loaded.text.statements->next->next;
	ck_assert_ptr_nonnull(last->asset->addresses->next);
	ck_assert_str_eq(last->asset->os.text, "VxWorks 5.5");
	ck_assert(last->asset->unpatchable && last->asset->end_of_support.given);
	unload(&loaded);
}
END_TEST

static void check_inventory(const char *yaml, unsigned line, unsigned column,
			    const char *part)
{
	struct memory_file files[] = {
		{ "a.cordon", "inventory \"i.yaml\"", 0 },
		{ "i.yaml", yaml, 0 },
		{ 0 },
	};
	struct loaded loaded;

	load_files(&loaded, files);
	ck_assert_msg(loaded.diags.len == 1, "%s: %zu diagnostics", yaml, loaded.diags.len);
	const struct diag *diag = loaded.diags.list[0];
	ck_assert_msg(diag->where.line == line && diag->where.column == column,
		      "%s: at %u:%u", yaml, diag->where.line, diag->where.column);
	ck_assert_msg(strstr(diag->message, part) != NULL, "%s: %s", yaml, diag->message);
	unload(&loaded);
}

START_TEST(test_inventory)
{
	check_inventory("asset: {}", 1, 1, "no key 'asset'");
	check_inventory("assets:\n  a:\n    zone: z\n    adress: 10.0.0.1\n", 4, 5, "adress");
	check_inventory("assets:\n  a:\n    zone: z\n    zone: y\n", 4, 5, "twice");
	check_inventory("assets:\n  a: {zone: z, address: 10.0.0}\n", 2, 25, "not an address");
	check_inventory("assets:\n  a: {role: plc}\n", 2, 3, "no zone");
	check_inventory("assets:\n  a: &x {zone: z}\n", 2, 6, "anchors");
	check_inventory("assets:\n  'a b': {zone: z}\n", 2, 3, "not a name");
	check_inventory("assets:\n  a: \"x\n", 3, 1, "end of stream");
}
END_TEST

START_TEST(test_question)
{
	struct loaded loaded;

	load_text(&loaded, "", 0);
	struct tree_assert *question = policy_text_question(
		&loaded.text, "historian -> plc-filler : modbus(read) { in m }", &loaded.diags);
	ck_assert_ptr_nonnull(question);
	ck_assert_str_eq(question->source.include->text, "historian");
	ck_assert(question->services->has_operations);
	ck_assert_str_eq(question->modifiers.in->text, "m");
	ck_assert_uint_eq(loaded.diags.len, 0);
	ck_assert_ptr_null(policy_text_question(&loaded.text, "a -> b", &loaded.diags));
	ck_assert_ptr_null(policy_text_question(&loaded.text, "a -> b : ssh\nc", &loaded.diags));
	ck_assert_uint_eq(loaded.diags.len, 2);
	unload(&loaded);
}
END_TEST

static void check_format(const char *text)
{
	struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;
	struct diags diags;

	diags_init(&diags);
	ck_assert(policy_format("x", text, strlen(text), &once, &diags));
	ck_assert(policy_format("x", strbuf_text(&once), once.len, &twice, &diags));
	ck_assert_str_eq(strbuf_text(&once), strbuf_text(&twice));
	diags_release(&diags);
	strbuf_release(&once);
	strbuf_release(&twice);
}

START_TEST(test_format)
{
	struct strbuf out = STRBUF_INIT;
	struct diags diags;
	const char *text = "# head\n\n\nzone  a level 2 { # in\n\nsubnet 10.0.0.0/8;vlan  3 # v\n"
			   "\n# last\n}\nzone b level 1{vlan 1;}\ndeny a ->\n b : ssh( x )";

	check_format(clean[_i]);
	diags_init(&diags);
	ck_assert(policy_format("x", text, strlen(text), &out, &diags));
	ck_assert_str_eq(strbuf_text(&out),
			 "# head\n\nzone a level 2 {  # in\n    subnet 10.0.0.0/8\n"
			 "    vlan 3  # v\n\n    # last\n}\nzone b level 1 { vlan 1 }\n"
			 "deny a ->\n    b : ssh(x)\n");
	strbuf_reset(&out);
	ck_assert(!policy_format("x", "zon", 3, &out, &diags));
	strbuf_release(&out);
	diags_release(&diags);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lang");
	TCase *tests = tcase_create("lang");

	tcase_add_test(tests, test_prelude);
	tcase_add_loop_test(tests, test_clean, 0, sizeof(clean) / sizeof(clean[0]));
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_every_error);
	tcase_add_test(tests, test_limits);
	tcase_add_test(tests, test_include);
	tcase_add_test(tests, test_inventory);
	tcase_add_test(tests, test_question);
	tcase_add_loop_test(tests, test_format, 0, sizeof(clean) / sizeof(clean[0]));
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
