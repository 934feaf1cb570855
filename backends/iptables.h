/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the iptables backend, shared by iptables*.c. A condition is text
 * that starts with a blank, the empty one holds always. A list of conditions
 * holds where one of them does; the conditions of a list exclude one another. */
#ifndef BACKENDS_IPTABLES_H
#define BACKENDS_IPTABLES_H

#include "backends/backend.h"

VEC_TYPE(ipt_conditions, const char *);

/* One file while it is written: the chains first, then their rules. */
struct iptables {
	struct arena *arena;
	const struct filter *filter;
	const struct backend_options *options;
	struct diags *diags;
	enum family family;
	struct strbuf chains, rules;
	size_t chain_count, rule_count;
	VEC(bool) logged;         /* by policy rule: it has its chain that logs */
	bool fine;                /* false: reported */
};

/* iptables_match.c */
void iptables_addresses(struct iptables *ipt, struct ipt_conditions *out, bool source,
			const struct set *set);
/* Protocols, ports, ICMP types and codes. */
void iptables_services(struct iptables *ipt, struct ipt_conditions *out,
		       const struct filter_entry *entry);
/* The times of an activity, in UTC; none: never. */
void iptables_times(struct iptables *ipt, struct ipt_conditions *out, uint32_t activity);

/* iptables_entry.c: the rules of an entry at the end of a chain. `nth` tells it from
 * others of the pair that come from the same policy rules. */
void iptables_entry(struct iptables *ipt, const char *chain, const struct filter_pair *pair,
		    const struct filter_entry *entry, size_t nth);

/* iptables.c */
#define IPT_REFUSE "cordon-refuse"
/* Accepts, behind the log of what a policy rule allows: right behind a log an accept
 * for all stands for a drop that is monitored. */
#define IPT_PASS "cordon-pass"
/* A chain's name for what `content` tells from all others; `stem` is for people. */
const char *iptables_name(struct iptables *ipt, const char *stem, const char *content);
void iptables_chain(struct iptables *ipt, const char *name);
void iptables_rule(struct iptables *ipt, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *iptables_icmp(const struct iptables *ipt);

/* iptables_apply.c: the script that loads, waits to be confirmed and goes back. */
void iptables_print_apply(struct strbuf *text);

#endif
