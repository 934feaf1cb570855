/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of nftables and the prover: what means the same is proved equal
 * by both engines, and every fault put into the text is caught, over many
 * random plants. */
#include "config.h"

#include <string.h>

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
	struct read_input input = { .files = &source, .file_count = 1, .at = PLANT_AT,
				    .horizon = PLANT_HORIZON };

	arena_init(&arena);
	diags_init(&diags);
	plant_rules(rules, seed);
	plant_filter(&intent, &arena, rules);
	bool good = read_nftables(&read, &arena, &input, &diags);
	if (good) {
		prove_equal(&proof, &arena, &intent, &read.filter);
		if (proof.verdict != prove_equal_by_diagram(&arena, &intent, &read.filter)) {
			printf("Bail out! the two engines disagree\n");
			abort();
		}
		good = proof.verdict == PROVE_EQUAL && read.unknown_count == 0 &&
		       read.filter.returns_pass;
		for (size_t i = 0; loud && i < read.return_count; i++)
			printf("# %u: %s\n", read.returns[i].line, read.returns[i].reason);
		for (size_t i = 0; loud && i < read.residue_count; i++)
			printf("# %u: %s\n", read.residue[i].line, read.residue[i].reason);
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
	{ "a shifted time window", "set window", "1710000000-1710003600",
	  "1710003600-1710007200" },
	{ "a window a second short", "set window", "-1710003600", "-1710003599" },
	{ "a window a second long", "set window", "-1710003600", "-1710003601" },
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
	{ "a policy of accept, which what comes back from a goto meets", "hook forward",
	  "policy drop", "policy accept" },
	{ "an early return to a policy of accept", "hook forward", "policy drop;\n",
	  "policy accept;\n		ip saddr 10.99.0.1 return\n" },
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
	{ "a drop left to the policy", "hook forward", "		drop\n", "" },
	{ "another priority", "chain forward", "priority filter", "priority -300" },
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

int main(void)
{
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
