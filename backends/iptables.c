/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a filter for iptables-restore and ip6tables-restore. The chain FORWARD, and
 * INPUT where the device itself is covered, are taken over whole: they end in a drop,
 * so that nothing behind them could be reached. With --noflush every other chain stays
 * as it is, and the table is replaced in one commit.
 *
 * Packets in the original direction of a conversation are judged by their header,
 * running ones too; answers and ICMP errors pass if connection tracking knows their
 * conversation, RELATED being for ICMP errors alone. ICMP of no conversation is judged
 * by its header. What nothing accepts meets a drop rule. */
#include "config.h"
#include "backends/iptables.h"

#include <string.h>

#include "backends/names.h"

#define PAIRS "cordon-pairs"
#define SELF "cordon-self"
#define LOG_RATE "-m limit --limit 10/second --limit-burst 20 -j LOG --log-prefix "

enum { NAME_MAX_LENGTH = 28 };

const char *iptables_name(struct iptables *ipt, const char *stem, const char *content)
{
	static const struct name_rules rules = { NAME_MAX_LENGTH, "._", true };

	return names_of_content(ipt->arena, &rules, arena_printf(ipt->arena, "cordon-%s", stem),
				content);
}

void iptables_chain(struct iptables *ipt, const char *name)
{
	strbuf_printf(&ipt->chains, ":%s - [0:0]\n", name);
	ipt->chain_count++;
}

void iptables_rule(struct iptables *ipt, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_puts(&ipt->rules, "-A ");
	strbuf_vprintf(&ipt->rules, format, args);
	strbuf_putc(&ipt->rules, '\n');
	va_end(args);
	ipt->rule_count++;
}

const char *iptables_icmp(const struct iptables *ipt)
{
	return ipt->family == FAMILY_IPV4 ? "icmp" : "ipv6-icmp";
}

/* ---- pairs ---- */

static bool is_self(const struct filter_pair *pair)
{
	return strcmp(pair->out, FILTER_SELF) == 0;
}

static bool entry_is_of(const struct filter_entry *entry, enum family family)
{
	return !set_is_empty(entry->source.family[family]) &&
	       !set_is_empty(entry->destination.family[family]);
}

/* Entries of the same rules follow one another or nearly so. */
static size_t entry_nth(const struct filter_pair *pair, size_t at)
{
	size_t nth = 0;

	for (size_t i = at; i-- > 0 && backend_same_rules(&pair->entries[i], &pair->entries[at]);)
		nth++;
	return nth;
}

static void print_pair(struct iptables *ipt, const struct filter_pair *pair)
{
	const char *stem = is_self(pair) ? arena_printf(ipt->arena, "%s", pair->in) :
					   arena_printf(ipt->arena, "%s-%s", pair->in, pair->out);
	const char *chain = iptables_name(ipt, stem, arena_printf(ipt->arena, "pair\n%s\n%s",
								  pair->in, pair->out));

	iptables_chain(ipt, chain);
	if (is_self(pair))
		iptables_rule(ipt, SELF " -i %s -g %s", pair->in, chain);
	else
		iptables_rule(ipt, PAIRS " -i %s -o %s -g %s", pair->in, pair->out, chain);
	for (size_t i = 0; i < pair->entry_count; i++)
		if (entry_is_of(&pair->entries[i], ipt->family))
			iptables_entry(ipt, chain, pair, &pair->entries[i], entry_nth(pair, i));
}

/* ---- the chains of the kernel ---- */

static void print_refuse(struct iptables *ipt, const char *chain)
{
	bool monitor = ipt->options->monitor;

	iptables_rule(ipt, "%s " LOG_RATE "\"cordon %s: \"", chain,
		      monitor ? "would drop" : "drop");
	iptables_rule(ipt, "%s -j %s", chain, monitor ? "ACCEPT" : "DROP");
}

/* Where an allow logs, whichever is the first. */
static void print_pass(struct iptables *ipt)
{
	bool logs = false;

	for (size_t i = 0; i < ipt->filter->pair_count; i++)
		for (size_t k = 0; k < ipt->filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &ipt->filter->pairs[i].entries[k];
			logs = logs || (entry->allow && entry->log &&
					entry_is_of(entry, ipt->family));
		}
	if (!logs)
		return;
	iptables_chain(ipt, IPT_PASS);
	iptables_rule(ipt, IPT_PASS " -j ACCEPT");
}

static void print_base(struct iptables *ipt, const char *base, const char *judge)
{
	const char *icmp = iptables_icmp(ipt);

	strbuf_printf(&ipt->chains, ":%s %s [0:0]\n", base,
		      ipt->options->monitor ? "ACCEPT" : "DROP");
	iptables_chain(ipt, judge);
	strbuf_printf(&ipt->rules, "-F %s\n", base);
	if (strcmp(judge, SELF) == 0)
		iptables_rule(ipt, "%s -i lo -j ACCEPT", base);
	iptables_rule(ipt, "%s -p %s -m conntrack --ctstate RELATED -j ACCEPT", base, icmp);
	iptables_rule(ipt, "%s -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j ACCEPT", base);
	iptables_rule(ipt, "%s -m conntrack --ctstate NEW,RELATED,ESTABLISHED --ctdir ORIGINAL "
		      "-j %s", base, judge);
	for (int six = 0; six < 2; six++) /* tracked alike in packets of either family */
		iptables_rule(ipt, "%s -p %s -m conntrack --ctstate INVALID,UNTRACKED -j %s",
			      base, six ? "ipv6-icmp" : "icmp", judge);
	print_refuse(ipt, base);
}

static void print_head(struct strbuf *text, const struct iptables *ipt, const char *program)
{
	backend_head(text, "#", ipt->filter, ipt->options);
	if (!ipt->filter->covers_self)
		strbuf_puts(text, "# Traffic to and from the device itself is not in the scope of "
				  "the policy:\n# INPUT and OUTPUT stay as they are.\n");
	strbuf_printf(text, "# For %s --noflush, which replaces these chains at once.\n*filter\n",
		      program);
}

static void print_family(struct iptables *ipt, struct strbuf *text)
{
	const struct filter *filter = ipt->filter;

	print_base(ipt, "FORWARD", PAIRS);
	if (filter->covers_self)
		print_base(ipt, "INPUT", SELF);
	iptables_chain(ipt, IPT_REFUSE);
	print_refuse(ipt, IPT_REFUSE);
	print_pass(ipt);
	for (size_t i = 0; i < filter->pair_count; i++)
		print_pair(ipt, &filter->pairs[i]);
	print_head(text, ipt, ipt->family == FAMILY_IPV4 ? "iptables-restore" :
							   "ip6tables-restore");
	strbuf_add(text, strbuf_text(&ipt->chains), ipt->chains.len);
	strbuf_add(text, strbuf_text(&ipt->rules), ipt->rules.len);
	strbuf_puts(text, "COMMIT\n");
	strbuf_release(&ipt->chains);
	strbuf_release(&ipt->rules);
	vec_free(&ipt->logged);
}

/* ---- the whole ---- */

static bool asks_idle(const struct filter *filter)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++)
			if (filter->pairs[i].entries[k].idle_seconds != 0)
				return true;
	return false;
}

static void print_remainder(struct backend_output *output, struct filter *filter)
{
	static const struct filter_remainder entries[] = {
		{ "ongoing", NULL,
		  "answers and ICMP errors of a conversation that was admitted before go on, by "
		  "whatever interface they come in, until connection tracking forgets it; what "
		  "its initiator sends is judged anew" },
		{ "idle", NULL,
		  "how long a conversation may be silent is the device's own setting" },
	};

	backend_remainder(output, filter, entries, asks_idle(filter) ? 2 : 1);
}

static bool iptables_emit(struct backend_output *output, struct filter *filter,
			  const struct backend_options *options, struct diags *diags)
{
	static const struct backend_options_known known = { NULL, 0, false, false };
	struct iptables ipt = { .arena = &output->arena, .filter = filter, .options = options,
				.diags = diags, .fine = true };

	*output = (struct backend_output){ .file_count = 3 };
	arena_init(&output->arena);
	output->file[0].name = "iptables.rules";
	output->file[1].name = "ip6tables.rules";
	output->file[1].companion = true;
	output->file[2].name = "apply";
	output->file[2].executable = true;
	for (int family = 0; family < FAMILY_COUNT; family++) {
		ipt.family = (enum family)family;
		print_family(&ipt, &output->file[family].text);
	}
	iptables_print_apply(&output->file[2].text);
	print_remainder(output, filter);
	backend_origins(output, filter);
	backend_size(output, "rules", ipt.rule_count);
	backend_size(output, "chains", ipt.chain_count);
	return ipt.fine && backend_knows_options(filter, &known, diags) &&
	       backend_sizes_fit(output, filter, diags);
}

const struct backend backend_iptables = {
	.platform = "iptables",
	.schedules = true,
	.idle = false,
	.ongoing = true,
	.emit = iptables_emit,
};
