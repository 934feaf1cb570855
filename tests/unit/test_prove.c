/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of nftables and the prover: what means the same is proved equal
 * by both engines, and every fault put into the text is caught, over many
 * random plants. */
#include "config.h"

#include <string.h>

#include "base/file.h"
#include "plant_ruleset.h"
#include "unit.h"
#include "verifier/prove.h"
#include "verifier/read.h"

enum { SEEDS = 40 };

static bool proved(const char *text, unsigned seed, bool loud)
{
	struct arena arena;
	struct diags diags;
	struct filter intent;
	struct plant_rule rules[PLANT_RULES];
	struct read_result read;
	struct prove_result proof;
	struct source source = { "ruleset.nft", text, strlen(text) };

	arena_init(&arena);
	diags_init(&diags);
	plant_rules(rules, seed);
	plant_filter(&intent, &arena, rules);
	bool good = read_nftables(&read, &arena, &source, PLANT_AT, PLANT_HORIZON, &diags);
	if (good) {
		prove_equal(&proof, &arena, &intent, &read.filter);
		if (proof.verdict != prove_equal_by_diagram(&arena, &intent, &read.filter)) {
			printf("Bail out! the two engines disagree\n");
			abort();
		}
		good = proof.verdict == PROVE_EQUAL && read.unknown_count == 0 &&
		       read.filter.returns_pass;
		for (size_t i = 0; loud && i < read.unknown_count; i++)
			printf("# %u: %s: %s\n", read.unknown[i].line,
			       read.unknown[i].reason, read.unknown[i].text);
		for (size_t i = 0; loud && i < proof.witness_count; i++)
			printf("# %s -> %s protocol %u ports %u %u %s\n",
			       proof.witnesses[i].in, proof.witnesses[i].out,
			       proof.witnesses[i].flow.protocol,
			       proof.witnesses[i].flow.src_port,
			       proof.witnesses[i].flow.dst_port,
			       proof.witnesses[i].intended ? "missing" : "excess");
	}
	diags_release(&diags);
	arena_release(&arena);
	return good;
}

/* The first `find` after `after` becomes `put`; NULL if there is none. */
static char *mutated(const char *text, const char *after, const char *find, const char *put)
{
	struct strbuf out = STRBUF_INIT;
	const char *at = strstr(text, after);

	at = at != NULL ? strstr(at, find) : NULL;
	if (at == NULL)
		return NULL;
	strbuf_add(&out, text, (size_t)(at - text));
	strbuf_puts(&out, put);
	strbuf_puts(&out, at + strlen(find));
	return strbuf_detach(&out);
}

struct mutation {
	const char *kind, *after, *find, *put;
};

static const struct mutation mutations[] = {
	{ "a dropped port", "set v6", " . 443 ", " . 444 " },
	{ "a widened source prefix", "set timed", "10.30.1.0/24", "10.30.0.0/23" },
	{ "a narrowed source prefix", "set timed", "10.30.1.0/24", "10.30.1.0/25" },
	{ "a widened destination", "set timed", "10.20.0.1 ", "10.20.0.0/31 " },
	{ "a lost family match", "chain forth",
	  "ip6 saddr . ip6 daddr . meta l4proto . th sport . th dport @v6",
	  "meta nfproto ipv6" },
	{ "swapped interfaces", "map pairs", "original . \"eth0\" . \"eth1\"",
	  "original . \"eth1\" . \"eth0\"" },
	{ "another interface", "map pairs", "original . \"eth0\"", "original . \"eth7\"" },
	{ "a missing final drop", "hook forward", "		drop\n", "" },
	{ "a final accept", "hook forward", "		drop\n", "		accept\n" },
	{ "limit and drop in one rule", "hook forward", "		drop\n",
	  "		limit rate 5/second drop\n" },
	{ "a removed reply rule", "chain back",
	  "		ip daddr . ip saddr . meta l4proto . th dport . th sport @v4 accept\n",
	  "" },
	{ "replies by the unreversed key", "chain back",
	  "ip daddr . ip saddr . meta l4proto . th dport . th sport @v4",
	  "ip saddr . ip daddr . meta l4proto . th sport . th dport @v4" },
	{ "lost judging of running flows", "hook forward", "ct state related jump",
	  "ct state established accept\n		ct state related jump" },
	{ "an added accept for all", "hook forward", "		ct state related jump",
	  "		accept\n		ct state related jump" },
	{ "an added accept for a port", "hook forward", "		ct state related jump",
	  "		tcp dport 3389 accept\n		ct state related jump" },
	{ "an accept for related", "hook forward", "jump errors_only", "accept" },
	{ "an accept for invalid", "hook forward", "		ct state related",
	  "		ct state invalid accept\n		ct state related" },
	{ "a changed hook", "chain forward", "hook forward", "hook input" },
	{ "a changed priority", "chain forward", "priority filter", "priority -300" },
	{ "a changed type", "chain forward", "type filter", "type nat" },
	{ "a wrong verdict in the map", "map pairs", "goto forth", "accept" },
	{ "a drop in the map", "map pairs", "goto forth", "drop" },
	{ "a wrong chain in the map", "map pairs", "goto forth", "goto back" },
	{ "a deleted map element", "map pairs", ", reply . \"eth1\" . \"eth0\" : goto back",
	  "" },
	{ "a deleted element", "set v6",
	  "{ 2001:db8::1 . 2001:db8::2 . tcp . 0-65535 . 443 }", "{ }" },
	{ "an added element", "set v6", "443 }",
	  "443, 2001:db8::9 . 2001:db8::2 . tcp . 0-65535 . 443 }" },
	{ "a range off by one below", "set v4", "1024-65535", "1023-65535" },
	{ "a range off by one above", "set v4", "1024-65535", "1024-65534" },
	{ "a shifted time window", "set window", "1710000000-1710003599",
	  "1710003600-1710007199" },
	{ "a lost time window", "chain forth", "meta time @window ", "" },
	{ "a lost ICMP type", "chain forth", "ip saddr . ip daddr . icmp type . icmp code @ping",
	  "ip saddr 10.30.0.1 ip daddr 10.20.0.1 meta l4proto icmp" },
	{ "a changed ICMP type", "set ping", "echo-request", "timestamp-request" },
	{ "a changed protocol", "set v4", ". tcp .", ". sctp ." },
	{ "swapped addresses", "chain forth", "ip saddr . ip daddr . meta",
	  "ip daddr . ip saddr . meta" },
	{ "swapped ports", "chain forth", "th sport . th dport", "th dport . th sport" },
	{ "a lost interval flag", "set v4", "		flags interval\n", "" },
	{ "a set that empties itself", "set v4", "flags interval", "flags interval, timeout" },
	{ "a dormant table", "table inet plant {", "{\n", "{\n	flags dormant\n" },
	{ "a table of one family", "delete table inet plant\n", "table inet plant {",
	  "table ip plant {" },
	{ "another chain at the hook", "chain forth", "	chain back {",
	  "	chain more {\n		type filter hook forward priority 10; policy drop;\n"
	  "	}\n	chain back {" },
	{ "lost errors", "hook forward", "		ct state related jump errors_only\n", "" },
	{ "a lost rule", "chain forth",
	  "		ip saddr . ip daddr . icmp type . icmp code @ping accept\n", "" },
	{ "an early return", "chain forth", "		ip6 saddr",
	  "		return\n		ip6 saddr" },
	{ "a word nobody knows", "chain forth", "		ip6 saddr",
	  "		frobnicate\n		ip6 saddr" },
	{ "a removed packet mark", "chain forth", "		ip6 saddr",
	  "		notrack\n		ip6 saddr" },
};

START_TEST(test_equal)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct strbuf text = STRBUF_INIT;
		struct plant_rule rules[PLANT_RULES];
		plant_rules(rules, seed);
		plant_text(&text, rules);
		ck_assert_msg(proved(text.text, seed, true), "seed %u", seed);
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(test_mutation)
{
	const struct mutation *m = &mutations[_i];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct strbuf text = STRBUF_INIT;
		struct plant_rule rules[PLANT_RULES];
		plant_rules(rules, seed);
		plant_text(&text, rules);
		char *faulty = mutated(text.text, m->after, m->find, m->put);
		ck_assert_msg(faulty != NULL, "%s: nothing to change", m->kind);
		ck_assert_msg(!proved(faulty, seed, false), "%s: not caught", m->kind);
		free(faulty);
		strbuf_release(&text);
	}
}
END_TEST

/* Ways of writing that change nothing must stay proved. */
static const struct mutation rewritings[] = {
	{ "a policy of accept", "hook forward", "policy drop", "policy accept" },
	{ "numbers for names", "set v6", ". tcp .", ". 6 ." },
	{ "a prefix as a range", "set timed", "10.30.1.0/24", "10.30.1.0-10.30.1.255" },
	{ "a listed set", "set v6", "443 }", "443 counter packets 3 bytes 120 }" },
	{ "jump for goto", "map pairs", "goto forth", "jump forth" },
	{ "a comment", "chain forth", "accept\n", "accept comment \"x\" # handle 5\n" },
};

START_TEST(test_rewriting)
{
	const struct mutation *m = &rewritings[_i];
	struct strbuf text = STRBUF_INIT;
	struct plant_rule rules[PLANT_RULES];

	plant_rules(rules, 7);
	plant_text(&text, rules);
	char *other = mutated(text.text, m->after, m->find, m->put);
	ck_assert_msg(other != NULL && proved(other, 7, true), "%s", m->kind);
	free(other);
	strbuf_release(&text);
}
END_TEST

/* ---- for tests/verify/mutations.test ---- */

static bool word_char(char c)
{
	return c > ' ' && strchr("{};,\"", c) == NULL;
}

/* The words of the text from its table's body on. */
static size_t words_of(const char *text, size_t *starts, size_t limit)
{
	size_t count = 0, i = (size_t)(strstr(text, "{") - text);

	for (; text[i] != '\0' && count < limit; i++)
		if (word_char(text[i]) && !word_char(text[i - 1]))
			starts[count++] = i;
	return count;
}

static void put_word(struct strbuf *out, const char *text, size_t at)
{
	while (word_char(text[at]))
		strbuf_putc(out, text[at++]);
}

/* Words of one sort: most others would only be refused by nft. */
static bool words_alike(const char *text, size_t a, size_t b)
{
	bool digits = text[a] >= '0' && text[a] <= '9';

	if (digits != (text[b] >= '0' && text[b] <= '9'))
		return false;
	return digits ? (strncmp(text + a, "10.", 3) == 0) ==
				(strncmp(text + b, "10.", 3) == 0) :
			text[a] == text[b] || (text[a] != '.' && text[b] != '.');
}

/* One random word goes, is doubled, or becomes another word of the text. */
static void print_mutant(unsigned seed)
{
	struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	struct plant_rule rules[PLANT_RULES];
	size_t starts[1000];
	unsigned random = seed * 7919u + 17u;

	plant_rules(rules, 1);
	plant_text(&text, rules);
	size_t count = words_of(text.text, starts, 1000);
	size_t at = starts[plant_random(&random, (unsigned)count)];
	unsigned kind = plant_random(&random, 8);
	strbuf_add(&out, text.text, at);
	size_t other = starts[plant_random(&random, (unsigned)count)];
	for (int i = 0; i < 50 && !words_alike(text.text, at, other); i++)
		other = starts[plant_random(&random, (unsigned)count)];
	if (kind > 1)
		put_word(&out, text.text, other);
	if (kind == 1) {
		put_word(&out, text.text, at);
		strbuf_putc(&out, ' ');
		put_word(&out, text.text, at);
	}
	while (word_char(text.text[at]))
		at++;
	strbuf_puts(&out, text.text + at);
	fputs(out.text, stdout);
	strbuf_release(&out);
	strbuf_release(&text);
}

static void print_ruleset(void)
{
	struct strbuf text = STRBUF_INIT;
	struct plant_rule rules[PLANT_RULES];

	plant_rules(rules, 1);
	plant_text(&text, rules);
	fputs(text.text, stdout);
	strbuf_release(&text);
}

static int judge_file(const char *path)
{
	struct file_text file;
	const char *why;

	if (!file_read(path, &file, &why))
		return 2;
	bool good = proved(file.bytes, 1, true);
	file_text_release(&file);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--print") == 0)
		return print_ruleset(), EXIT_SUCCESS;
	if (argc > 2 && strcmp(argv[1], "--mutant") == 0)
		return print_mutant((unsigned)atoi(argv[2])), EXIT_SUCCESS;
	if (argc > 2 && strcmp(argv[1], "--judge") == 0)
		return judge_file(argv[2]);
	Suite *suite = suite_create("prove");
	TCase *tcase = tcase_create("prove");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_equal);
	tcase_add_loop_test(tcase, test_mutation, 0,
			    (int)(sizeof(mutations) / sizeof(mutations[0])));
	tcase_add_loop_test(tcase, test_rewriting, 0,
			    (int)(sizeof(rewritings) / sizeof(rewritings[0])));
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
