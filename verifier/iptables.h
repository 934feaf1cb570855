/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the iptables reader: iptables-save, ip6tables-save and `ipset
 * save` become the chains of verifier/nft.h, which are evaluated as nftables'.
 * Private to read_iptables*.c. Everything lives in the caller's arena. */
#ifndef VERIFIER_IPTABLES_H
#define VERIFIER_IPTABLES_H

#include "base/strbuf.h"
#include "verifier/linux.h"

struct ipt_word {
	const char *text;
	bool quoted;
};
VEC_TYPE(ipt_words, struct ipt_word);

/* The conditions of -m time, all of UTC. Days of the week from 1, Monday; of the
 * month from 1; seconds of the day, both ends inside. */
struct ipt_time {
	bool given, contiguous;
	int64_t from, until;
	uint32_t start, stop;
	uint8_t weekdays;
	uint32_t monthdays;
};

/* A set and what each of its dimensions is compared with. */
enum ipt_dimension {
	IPT_DIMENSION_ADDRESS, IPT_DIMENSION_PORT, IPT_DIMENSION_INTERFACE, IPT_DIMENSION_OTHER,
};
enum { IPT_DIMENSIONS = 3 };

struct ipt_net {
	struct range range;
	bool excepted;
	uint32_t line;
};

struct ipt_set {
	const char *name;
	enum family family;
	enum ipt_dimension dimension[IPT_DIMENSIONS];
	size_t dimensions;
	uint32_t prefix;     /* the length that addresses are cut to */
	bool port_only;      /* bitmap:port: of TCP and UDP */
	bool list;           /* list:set: what its members hold */
	bool one_net;        /* hash:net: elements may be exceptions */
	struct nft_set set;
	VEC(struct ipt_net) nets; /* while it is read */
	VEC(struct ipt_set *) members;
	struct ipt_set *joined[FAMILY_COUNT]; /* of a list, once a rule asks it */
	UT_hash_handle hh;
};

struct ipt {
	struct nft_ruleset *ruleset;
	struct arena *arena;
	const struct read_input *input;
	struct linux_dumps *dumps;
	/* While reading: */
	struct linux_dump *dump;
	enum family family;
	struct nft_table *table; /* NULL: outside of any */
	struct strbuf line_text;
	struct ipt_words words;  /* of the line, valid while it is read */
	uint32_t line;
	struct ipt_set *sets;
};

/* A rule while it is read. A condition that was not understood leaves a rule that
 * matches the same packets or fewer; it is listed if the rule decides anything. */
struct ipt_rule {
	struct ipt *ipt;
	size_t at;             /* the word that comes next */
	bool negated;          /* by a `!` before the option */
	const char *module;    /* the last -m */
	bool targeted;         /* behind -j or -g */
	bool ignored;          /* of the other family */
	int protocol;          /* of -p, where it names one; else -1 */
	struct nft_rule *rule;
	struct nft_match **tail, **tracking; /* since the last -m */
	struct ipt_time time;
	struct nft_names reasons;
};

/* ---- the whole: read_iptables.c ---- */

/* Adds to the ruleset the tables of iptables' dumps. */
void ipt_read(struct nft_ruleset *ruleset, struct linux_dumps *dumps,
	      const struct read_input *input);

/* ---- words: read_iptables_text.c ---- */

/* The words of the next line into ipt->words; `at` moves on. */
void ipt_text_words(struct ipt *ipt, const char **at);

/* ---- rules: read_iptables_rule.c, _match.c ---- */

/* The words behind `-A CHAIN` as a rule; NULL if it is for the other family. */
struct nft_rule *ipt_rule_read(struct ipt *ipt, size_t at);
/* What -j and -g name. */
void ipt_target_read(struct ipt_rule *rule, const char *name, bool gone);
/* The next word, and past it; "" behind the last one. */
const char *ipt_rule_word(struct ipt_rule *rule);
/* A condition that is not understood. */
void ipt_rule_uncertain(struct ipt_rule *rule, const char *reason);
/* One option at rule->at, which stands behind it afterwards; false if unknown. */
bool ipt_match_read(struct ipt_rule *rule, const char *option);
/* `selector` in `set`, or not in it. */
void ipt_match_add(struct ipt_rule *rule, enum nft_selector selector, const struct set *set,
		   bool negated);
struct nft_match *ipt_match_new(struct ipt_rule *rule);
/* The rule matches nothing. */
void ipt_match_never(struct ipt_rule *rule);
/* At the end of a match's options. */
void ipt_match_tracking_end(struct ipt_rule *rule);

/* ---- values: read_iptables_value.c; false: not understood ---- */

bool ipt_value_number(const char *text, size_t length, uint32_t max, uint32_t *out);
/* HOST, NET/LENGTH, NET/MASK and lists of them. */
bool ipt_value_addresses(struct arena *arena, enum family family, const char *text,
			 const struct set **out);
/* A, A-B. */
bool ipt_value_span(struct arena *arena, enum family family, const char *text,
		    const struct set **out);
/* A, A:B, :B, A: and lists of them. */
bool ipt_value_ports(struct arena *arena, const char *text, const struct set **out);
bool ipt_value_protocol(const char *text, uint32_t *out);
bool ipt_value_icmp(enum family family, const char *text, struct range *types,
		    struct range *codes);

/* ---- time: read_iptables_time.c ---- */

bool ipt_time_option(struct ipt_rule *rule, const char *option);
/* The instants of [at, horizon), counted as in nft.h, at which the conditions hold. */
const struct set *ipt_time_windows(struct arena *arena, const struct ipt_time *time, int64_t at,
				   int64_t horizon);

/* ---- sets: read_iptables_set.c, _ask.c ---- */

/* One line of `ipset save`; when all of them were read; a set that rules add to. */
void ipt_set_line(struct ipt *ipt);
void ipt_sets_finish(struct ipt *ipt);
void ipt_set_fill(struct ipt *ipt, const char *name);
/* --match-set NAME DIRECTIONS. */
void ipt_set_match(struct ipt_rule *rule, const char *name, const char *directions);
/* Gives the sets to the ruleset, whose rules ask them. */
void ipt_sets_keep(struct ipt *ipt);

#endif
