/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the nftables reader: from text by way of tables, sets and
 * chains to what the chains decide. Private to read_nftables*.c. Everything
 * lives in the caller's arena; tokens point into the source text. */
#ifndef VERIFIER_NFT_H
#define VERIFIER_NFT_H

#include <uthash.h>

#include "base/vec.h"
#include "verifier/read.h"

/* ---- scanner ---- */

enum token_kind {
	TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN, TOKEN_NEWLINE,
	TOKEN_HIDDEN, /* what the listing cannot print of a rule: a match, */
	TOKEN_HIDDEN_TARGET, /* or what the rule does */
};

struct nft_token {
	enum token_kind kind;
	const char *text;
	uint32_t length;
	uint32_t line;
};

VEC_TYPE(nft_names, const char *);
VEC_TYPE(nft_unknowns, struct read_unknown);

struct nft_scan {
	struct arena *arena;
	const struct source *source;
	const char *next, *end;
	uint32_t line;
	struct nft_token token;      /* the current one */
	struct nft_names interfaces; /* [0] stands for every name not written, [1] for the
					device itself; "eth*" for every such name not written */
	bool wildcards;              /* some name among them ends in a star */
	uint8_t *seen;               /* by line: NFT_LINE_* */
	uint32_t lines;
	struct nft_unknowns unknown;
};

enum { NFT_LINE_BLANK, NFT_LINE_READ, NFT_LINE_UNKNOWN };
enum { NFT_ELSEWHERE, NFT_SELF, NFT_NAMED };

void nft_scan_init(struct nft_scan *scan, struct arena *arena, const struct source *source);
void nft_advance(struct nft_scan *scan);
bool nft_is(const struct nft_scan *scan, const char *text); /* a word or sign */
bool nft_accept(struct nft_scan *scan, const char *text);
void nft_skip_newlines(struct nft_scan *scan);
const char *nft_text(struct nft_scan *scan); /* the current token's, copied */
/* Lists what could not be interpreted, with the text of its line. Twice the
 * same reason for a line is listed once. */
void nft_unknown(struct nft_scan *scan, uint32_t line, const char *reason);
/* The text of a line, cut short. */
const char *nft_line_text(struct nft_scan *scan, uint32_t line);
/* The same for a condition: what it may change is held by uncertain entries. */
void nft_unknown_condition(struct nft_scan *scan, uint32_t line, const char *reason);
/* Takes back all that is listed of a line. */
void nft_unknown_forget(struct nft_scan *scan, uint32_t line);
/* The index of an interface's name, added if it is new; 0 if there are too many. */
uint32_t nft_interface(struct nft_scan *scan, const char *name, size_t length);
/* With every name that a wildcard in `set` stands for. */
const struct set *nft_interfaces_expand(const struct nft_scan *scan, struct arena *arena,
					const struct set *set);

/* ---- selectors and values ---- */

enum nft_type {
	NFT_IPV4, NFT_IPV6, NFT_PROTOCOL, NFT_PORT, NFT_ICMP_TYPE, NFT_ICMP_CODE,
	NFT_ICMP6_TYPE, NFT_ICMP6_CODE, NFT_INTERFACE, NFT_DIRECTION, NFT_STATE,
	NFT_TIME, NFT_FAMILY, NFT_RAW, NFT_TYPE_COUNT,
	NFT_NUMBER = NFT_TYPE_COUNT, /* no type of nft's: sizes and rates */
};

/* nft reads instants in seconds and compares nanoseconds, so that a second's
 * first nanosecond may differ from the rest of it. Instants are counted twice a
 * second: the first nanosecond of second S is 2 S, all the rest of it 2 S + 1. */
#define NFT_TIME_MAX ((u128)INT64_MAX * 2 + 1)

enum nft_selector {
	NFT_IP_SADDR, NFT_IP_DADDR, NFT_IP6_SADDR, NFT_IP6_DADDR, NFT_IP_PROTOCOL,
	NFT_L4PROTO, NFT_NFPROTO, NFT_IIF, NFT_OIF, NFT_META_TIME,
	NFT_IP6_NEXTHDR, NFT_TH_SPORT, NFT_TH_DPORT,
	NFT_TCP_SPORT, NFT_TCP_DPORT, NFT_UDP_SPORT, NFT_UDP_DPORT, NFT_SCTP_SPORT,
	NFT_SCTP_DPORT, NFT_DCCP_SPORT, NFT_DCCP_DPORT, NFT_UDPLITE_SPORT,
	NFT_UDPLITE_DPORT, NFT_ICMP_T, NFT_ICMP_C, NFT_ICMP6_T, NFT_ICMP6_C, NFT_CT_STATE,
	NFT_CT_DIRECTION, NFT_CT_SADDR, NFT_CT_DADDR, NFT_CT_SADDR6, NFT_CT_DADDR6,
	NFT_CT_PROTOCOL, NFT_CT_PROTO_SRC, NFT_CT_PROTO_DST, NFT_CT_L3PROTO,
	/* bytes of the packet itself */
	NFT_RAW_DOFF, NFT_RAW_FLAGS, NFT_RAW_IP, NFT_RAW_IP6, NFT_RAW_UDP_LENGTH,
	NFT_IP_LENGTH, NFT_IP6_LENGTH,
	NFT_SELECTOR_COUNT,
	NFT_RAW_FIRST = NFT_RAW_DOFF,
	/* those behind the header of TCP or UDP: where they begin, times NFT_INNER_SIZE, and
	   how many they are, more */
	NFT_INNER = 1 << 20,
	NFT_INNER_SIZE = 32,
};

enum { NFT_FIELDS = 5, NFT_DEPTH = 16, NFT_SYN = 2 };

/* Index of conntrack states as the reader numbers them. */
enum nft_state { STATE_INVALID, STATE_ESTABLISHED, STATE_RELATED, STATE_NEW, STATE_UNTRACKED };

enum nft_type nft_selector_type(enum nft_selector selector);
/* `ip saddr`, `ct original proto-dst`, ...; false, nothing said, if it is none. */
bool nft_selector_read(struct nft_scan *scan, enum nft_selector *out);
bool nft_type_by_name(const struct nft_scan *scan, enum nft_type *out);
/* The current token as a value: one range. */
bool nft_value_read(struct nft_scan *scan, enum nft_type type, struct range *out);
u128 nft_type_max(enum nft_type type);

/* ---- sets ---- */

enum verdict_kind {
	NFT_NONE, NFT_ACCEPT, NFT_DROP, NFT_JUMP, NFT_GOTO, NFT_RETURN,
	NFT_QUEUE, /* a program decides */
	NFT_ANY,   /* not understood: any of these, or none */
};

struct nft_verdict {
	enum verdict_kind kind;
	const char *chain;
};

struct nft_row {
	uint32_t value[NFT_FIELDS]; /* indexes into nft_set.values */
	uint32_t verdict;           /* index into nft_set.verdicts */
	uint32_t line;
	bool uncertain;             /* in the set or, at another time, not */
};

/* Distinct values of one field: single ranges while reading, any sets later. */
struct nft_pool {
	const struct set **set;
	size_t len, cap;
	uint32_t *slots; /* index + 1, 0: free */
	size_t slot_count;
};

struct nft_set {
	const char *name; /* NULL: anonymous */
	uint32_t line;
	enum nft_type type[NFT_FIELDS];
	size_t fields;
	bool map, interval, ranges;
	bool used;
	bool partial; /* it changes in force, or holds more than was understood */
	uint64_t size;
	struct nft_pool pool[NFT_FIELDS];
	VEC(struct nft_row) rows;
	VEC(struct nft_verdict) verdicts;
	size_t elements;
	bool merged;
	const struct set *numbers; /* of nft_payload.h: NULL where not known yet, or none */
	struct nft_set *next;
};

uint32_t nft_pool_range(struct nft_pool *pool, struct arena *arena, struct range range);
uint32_t nft_pool_set(struct nft_pool *pool, const struct set *set);
void nft_set_release(struct nft_set *set);
uint32_t nft_set_verdict(struct nft_set *set, struct nft_verdict verdict);
/* Puts elements that differ in one field only together, field by field. */
void nft_set_merge(struct nft_set *set, struct arena *arena);

/* ---- tables ---- */

struct nft_match {
	enum nft_selector selector[NFT_FIELDS];
	size_t fields;
	const char *set_name; /* NULL: `set` is anonymous */
	struct nft_set *set;
	const struct set *values; /* of the only selector, in place of a set; else NULL */
	bool negated, vmap;
	bool if_tracked;  /* holds for what connection tracking does not know */
	bool flags;       /* of TCP: no selector and no set */
	bool syn_matches; /* a packet with SYN alone does */
	bool syn_unknown;
	uint32_t mask;    /* of raw bytes; 0: none */
	struct nft_match *next;
};

struct nft_rule {
	struct nft_match *matches;
	struct nft_verdict verdict;
	bool log;
	bool uncertain; /* with a condition that was not understood, or a rate */
	bool limited;
	const char *fills;    /* a set that it adds to, or takes from */
	bool stands_for_drop; /* an accept that says what monitoring would drop */
	uint32_t line;
	struct nft_rule *next;
};

struct nft_chain {
	const char *name;
	uint32_t line;
	bool base, used;
	const char *type, *hook, *policy;
	bool early; /* its priority may stand before connection tracking */
	bool lists; /* some rule stands for several */
	bool leaf;  /* its rules decide or do nothing: none leads on or back */
	struct nft_rule *rules, **tail;
	bool visiting;
	struct nft_chain *next;
	UT_hash_handle hh;
};

struct nft_table {
	const char *family, *name;
	uint32_t line;
	bool legacy; /* of iptables, beside those of nftables */
	bool dormant;
	struct nft_set *sets;
	struct nft_chain *chains;
	struct nft_chain *chain_by_name; /* the same ones */
	struct nft_table *next;
};

struct nft_payload_table {
	const struct payload_length *length; /* NULL: packets that carry nothing */
	const char *count;                   /* its name; NULL: the frame's own length */
	int family;                          /* FAMILY_COUNT: of datagrams */
	const struct set *numbers;
};

struct nft_ruleset {
	struct nft_scan scan;
	struct nft_table *tables;
	struct nft_set *anonymous; /* by .next, for release */
	VEC(struct nft_payload_table) payload_tables; /* what frames have, each once */
};

/* Adds the tables of a part of the scan's text. */
void nft_parse(struct nft_ruleset *ruleset, const char *start, size_t length, uint32_t line);
void nft_parse_table(struct nft_ruleset *ruleset, struct nft_table *table);
void nft_parse_rule(struct nft_ruleset *ruleset, struct nft_chain *chain);
/* Parts of a rule; true if the current tokens were one. */
bool nft_rule_ends(const struct nft_scan *scan);
bool nft_rule_resumes(const struct nft_scan *scan); /* a word that is always known */
bool nft_starts(struct nft_scan *scan, const char *words);
void nft_rule_skip(struct nft_scan *scan, struct nft_rule *rule);
bool nft_rule_changes(struct nft_ruleset *ruleset, struct nft_rule *rule);
bool nft_rule_opaque(struct nft_scan *scan, struct nft_rule *rule);
bool nft_rule_flags(struct nft_scan *scan, struct nft_match **out);
/* `{ element, ... }`: the current token is the brace. */
bool nft_parse_elements(struct nft_ruleset *ruleset, struct nft_set *set);
bool nft_parse_verdict(struct nft_scan *scan, struct nft_verdict *out);
/* To the end of the statement, over balanced braces. */
void nft_skip_statement(struct nft_scan *scan);
void nft_refuse(struct nft_scan *scan, uint32_t line, const char *reason);
struct nft_set *nft_set_find(struct nft_table *table, const char *name);
struct nft_chain *nft_chain_find(struct nft_table *table, const char *name);
/* Adds a chain whose name the table has not got yet. */
struct nft_chain *nft_chain_add(struct nft_table *table, struct arena *arena, const char *name,
				uint32_t line);
void nft_ruleset_release(struct nft_ruleset *ruleset);
/* Makes one rule of those that lead to the same chain and differ in one condition. */
void nft_join(struct nft_ruleset *ruleset);

/* ---- evaluation ---- */

/* What a packet is to connection tracking, and how its header relates to the
 * key of its flow. */
enum nft_travel { TRAVEL_ORIGINAL, TRAVEL_REPLY, TRAVEL_ERROR, TRAVEL_ERROR_BACK };

/* The flows that a scenario speaks of: all, those whose first packet connection
 * tracking calls so, or those that a helper may expect. Only ICMP is ever called
 * other than new, and nothing expects ICMP. */
enum nft_flows { FLOWS_ALL, FLOWS_NEW, FLOWS_INVALID, FLOWS_UNTRACKED, FLOWS_EXPECTED };

struct nft_scenario {
	const char *what;
	enum nft_state state;
	enum nft_travel travel;
	bool tracked;
	enum nft_flows flows;
};

struct nft_entry {
	const struct set *in, *out; /* indexes of interfaces */
	const struct set *time;
	const struct set *payload;
	struct filter_entry entry;
};
VEC_TYPE(nft_entries, struct nft_entry);

/* Where a packet meets base chains on its way. */
enum nft_hook { HOOK_PREROUTING, HOOK_INPUT, HOOK_FORWARD, HOOK_OUTPUT, HOOK_POSTROUTING };

/* A base chain on the way. A table of one family lets the other pass; where there is
 * the same chain of the other family, the two are one gate. */
struct nft_gate {
	struct nft_table *table;
	struct nft_chain *chain;
	enum nft_hook hook;
	bool monitor; /* its accepts that stand for drops are read as drops */
};

/* Appends what the base chain decides about the flows of one scenario that its table
 * sees, as a first-match list; `self`: those to the device itself, else through it. */
void nft_evaluate(struct nft_ruleset *ruleset, const struct nft_gate *gate,
		  const struct nft_scenario *scenario, bool self, struct nft_entries *out);
/* Appends that those pass which its table does not see. */
void nft_evaluate_outside(struct nft_ruleset *ruleset, const struct nft_gate *gate,
			  const struct nft_scenario *scenario, bool self,
			  struct nft_entries *out);

/* ---- the way of a packet ---- */

VEC_TYPE(nft_gates, struct nft_gate);

/* The base chains that can drop something: through the device, to it, from it. */
struct nft_ways {
	struct nft_gates through, to, from;
};

void nft_ways_find(struct nft_ways *ways, struct nft_ruleset *ruleset);
/* Reads accepts that stand for drops so; true if there are any on the way through. */
bool nft_ways_monitor(struct nft_ways *ways);
void nft_ways_release(struct nft_ways *ways);

/* ---- from a ruleset to what was read ---- */

/* Evaluates the chains and says what they admit and how they treat what follows.
 * Takes the ruleset over and releases it; of the input not the files. */
void nft_read_ruleset(struct read_result *result, struct nft_ruleset *ruleset,
		      const struct read_input *input);

/* ---- filters ---- */

/* The activities and payloads of all filters that are made of one ruleset. */
struct nft_times {
	struct arena *arena;
	VEC(struct filter_activity) activities;
	VEC(struct filter_payload) payloads;
	int64_t at, horizon;
};

void nft_times_init(struct nft_times *times, struct arena *arena, int64_t at, int64_t horizon);
uint32_t nft_times_add(struct nft_times *times, const struct set *time);
uint32_t nft_times_add_payload(struct nft_times *times, const struct set *points);
/* Gives a filter the activities and payloads so far. */
void nft_times_apply(const struct nft_times *times, struct filter *filter);
void nft_times_release(struct nft_times *times);

/* The pairs of what all chains on the way admit in these scenarios. */
void nft_filter(struct filter *filter, struct nft_ruleset *ruleset, const struct nft_ways *ways,
		const struct nft_scenario *scenarios, size_t count, struct nft_times *times);

VEC_TYPE(nft_unused, struct read_unused);
void nft_find_unused(struct nft_ruleset *ruleset, struct nft_unused *out);

/* ---- JSON ---- */

bool nft_is_json(const struct source *source);
/* The same ruleset as text; NULL, reported, if it is none. */
const struct source *nft_json_text(struct arena *arena, const struct source *source,
				   struct diags *diags);

#endif
