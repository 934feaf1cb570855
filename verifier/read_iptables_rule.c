/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule of iptables: its options in any order, and what it does with what it
 * matches. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

const char *ipt_rule_word(struct ipt_rule *rule)
{
	const struct ipt_words *words = &rule->ipt->words;

	/* As older versions wrote it: `-s ! ADDRESS`. */
	if (rule->at < words->len && !words->data[rule->at].quoted &&
	    strcmp(words->data[rule->at].text, "!") == 0) {
		rule->negated = true;
		rule->at++;
	}
	return rule->at < words->len ? words->data[rule->at++].text : "";
}

void ipt_rule_uncertain(struct ipt_rule *rule, const char *reason)
{
	rule->rule->uncertain = true;
	vec_push(&rule->reasons, reason);
}

static bool is_option(const struct ipt_word *word)
{
	return !word->quoted && (word->text[0] == '-' || strcmp(word->text, "!") == 0);
}

static void rule_skip_values(struct ipt_rule *rule)
{
	const struct ipt_words *words = &rule->ipt->words;

	while (rule->at < words->len && !is_option(&words->data[rule->at]))
		rule->at++;
}

static bool is_among(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* ---- what it does ---- */

/* Nothing is decided by them, nor does anything that is read here change. */
static const char *const beside[] = {
	"LOG", "NFLOG", "ULOG", "TRACE", "AUDIT", "MARK", "CONNMARK", "TOS", "DSCP", "ECN", "TTL",
	"HL", "CHECKSUM", "CLASSIFY", "TCPMSS", "TCPOPTSTRIP", "SECMARK", "CONNSECMARK",
	"IDLETIMER", "LED", "RATEEST", "HMARK", "SET",
};

static const struct {
	const char *name, *reason;
} changes[] = {
	{ "DNAT", "NAT changes addresses" }, { "SNAT", "NAT changes addresses" },
	{ "MASQUERADE", "NAT changes addresses" }, { "REDIRECT", "NAT changes addresses" },
	{ "NETMAP", "NAT changes addresses" }, { "SAME", "NAT changes addresses" },
	{ "DNPT", "NAT changes addresses" }, { "SNPT", "NAT changes addresses" },
	{ "CLUSTERIP", "NAT changes addresses" },
	{ "NOTRACK", "packets are taken away from connection tracking" },
	{ "TPROXY", "packets are handed to a proxy" },
	{ "SYNPROXY", "packets are handed to a proxy" },
	{ "TEE", "packets are duplicated" },
};

static void target_change(struct ipt_rule *rule, const char *name)
{
	struct ipt *ipt = rule->ipt;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (strcmp(changes[i].name, name) == 0) {
			nft_unknown(&ipt->ruleset->scan, ipt->line, changes[i].reason);
			return;
		}
	if (strcmp(name, "CT") == 0 || is_among(beside, sizeof(beside) / sizeof(beside[0]), name))
		return;
	rule->rule->verdict.kind = NFT_ANY;
	nft_unknown(&ipt->ruleset->scan, ipt->line, "what it does is not understood");
}

void ipt_target_read(struct ipt_rule *rule, const char *name, bool gone)
{
	struct nft_verdict *verdict = &rule->rule->verdict;

	rule->targeted = true;
	rule->module = name;
	if (strcmp(name, "ACCEPT") == 0) {
		verdict->kind = NFT_ACCEPT;
	} else if (strcmp(name, "DROP") == 0 || strcmp(name, "REJECT") == 0) {
		verdict->kind = NFT_DROP;
	} else if (strcmp(name, "RETURN") == 0) {
		verdict->kind = NFT_RETURN;
	} else if (nft_chain_find(rule->ipt->table, name) != NULL) {
		verdict->kind = gone ? NFT_GOTO : NFT_JUMP;
		verdict->chain = nft_chain_find(rule->ipt->table, name)->name;
	} else if (strcmp(name, "NFQUEUE") == 0 || strcmp(name, "QUEUE") == 0) {
		verdict->kind = NFT_QUEUE;
		vec_push(&rule->reasons, "a program decides");
	} else {
		rule->rule->log = strstr(name, "LOG") != NULL;
		target_change(rule, name);
	}
}

/* ---- options ---- */

/* Matches that are conditions by their options alone, all of which are known. */
static bool module_is_known(const char *name)
{
	static const char *const names[] = { "tcp", "udp", "udplite", "dccp", "sctp", "icmp",
					     "icmp6", "icmpv6", "ipv6-icmp", "multiport", "state",
					     "conntrack", "iprange", "set", "comment", "time", "addrtype",
					     "standard" };

	return is_among(names, sizeof(names) / sizeof(names[0]), name);
}

static void rule_module(struct ipt_rule *rule)
{
	const char *name = ipt_rule_word(rule);

	ipt_match_tracking_end(rule);
	rule->module = name;
	if (strcmp(name, "time") == 0)
		rule->time.given = true;
	if (strcmp(name, "limit") == 0 || strcmp(name, "hashlimit") == 0)
		ipt_rule_uncertain(rule, "the verdict depends on a rate");
	else if (!module_is_known(name))
		ipt_rule_uncertain(rule, arena_printf(rule->ipt->arena,
						      "-m %s is not followed", name));
}

/* CT takes packets away from connection tracking, or puts them in a zone. */
static void rule_target_option(struct ipt_rule *rule, const char *option)
{
	struct nft_scan *scan = &rule->ipt->ruleset->scan;

	if (strcmp(rule->module, "CT") == 0 && strcmp(option, "--notrack") == 0)
		nft_unknown(scan, rule->ipt->line,
			    "packets are taken away from connection tracking");
	else if (strcmp(rule->module, "CT") == 0 && strncmp(option, "--zone", 6) == 0)
		nft_unknown(scan, rule->ipt->line, "connection tracking is split in zones");
	else if (strcmp(rule->module, "SET") == 0 && rule->at < rule->ipt->words.len)
		ipt_set_fill(rule->ipt, rule->ipt->words.data[rule->at].text);
	rule_skip_values(rule);
}

static void rule_other(struct ipt_rule *rule, const char *option)
{
	if (rule->targeted && option[0] == '-' && option[1] == '-') {
		rule_target_option(rule, option);
		return;
	}
	/* A match that is not followed has made the rule uncertain already. */
	if (strcmp(rule->module, "") == 0 || module_is_known(rule->module))
		ipt_rule_uncertain(rule, arena_printf(rule->ipt->arena,
						      "%s is not understood",
						      option[0] != '\0' ? option : "!"));
	rule_skip_values(rule);
}

static bool option_is(const char *option, const char *brief, const char *full)
{
	return strcmp(option, brief) == 0 || strcmp(option, full) == 0;
}

static void rule_option(struct ipt_rule *rule)
{
	const char *option = ipt_rule_word(rule);
	bool follows = rule->targeted || module_is_known(rule->module) ||
		       strncmp(option, "--", 2) != 0;

	if (option_is(option, "-m", "--match")) {
		rule->targeted = false;
		rule_module(rule);
	} else if (option_is(option, "-j", "--jump")) {
		ipt_target_read(rule, ipt_rule_word(rule), false);
	} else if (option_is(option, "-g", "--goto")) {
		ipt_target_read(rule, ipt_rule_word(rule), true);
	} else if (option_is(option, "-c", "--set-counters")) {
		rule_skip_values(rule);
	} else if (option_is(option, "-4", "--ipv4")) {
		rule->ignored = rule->ignored || rule->ipt->family != FAMILY_IPV4;
	} else if (option_is(option, "-6", "--ipv6")) {
		rule->ignored = rule->ignored || rule->ipt->family != FAMILY_IPV6;
	} else if (option_is(option, "-f", "--fragment")) {
		ipt_rule_uncertain(rule, "fragments are not told from other packets");
	} else if (!follows && rule->protocol < 0) {
		rule_other(rule, option);
	} else if (!ipt_match_read(rule, option)) {
		rule_other(rule, option);
	}
}

static void rule_time(struct ipt_rule *rule)
{
	const struct read_input *input = rule->ipt->input;

	if (rule->time.given)
		ipt_match_add(rule, NFT_META_TIME,
			      ipt_time_windows(rule->ipt->arena, &rule->time, input->at,
					       input->horizon),
			      false);
}

/* What a rule that decides nothing would match does not matter. */
static void rule_reasons(struct ipt_rule *rule)
{
	struct ipt *ipt = rule->ipt;

	for (size_t i = 0; i < rule->reasons.len; i++)
		if (rule->rule->verdict.kind != NFT_NONE)
			nft_unknown_condition(&ipt->ruleset->scan, ipt->line,
					      rule->reasons.data[i]);
	vec_free(&rule->reasons);
}

struct nft_rule *ipt_rule_read(struct ipt *ipt, size_t at)
{
	struct ipt_rule rule = {
		.ipt = ipt, .at = at, .module = "", .protocol = -1,
		.rule = arena_alloc(ipt->arena, sizeof(*rule.rule)),
		.time = { .from = 0, .until = INT64_MAX, .stop = 86399, .weekdays = 0xfe,
			  .monthdays = ~UINT32_C(1) },
	};

	rule.rule->line = ipt->line;
	rule.tail = rule.tracking = &rule.rule->matches;
	while (rule.at < ipt->words.len) {
		rule.negated = false;
		if (is_option(&ipt->words.data[rule.at]))
			rule_option(&rule);
		else
			rule_other(&rule, ipt->words.data[rule.at++].text);
	}
	ipt_match_tracking_end(&rule);
	rule_time(&rule);
	if (rule.ignored)
		rule.reasons.len = 0;
	rule_reasons(&rule);
	return rule.ignored ? NULL : rule.rule;
}
