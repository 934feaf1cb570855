/* SPDX-License-Identifier: Apache-2.0
 *
 * One entry of a filter as rules. It holds where its time, source, destination and
 * service do, each a list of conditions. One rule for each combination is the plain
 * product; a chain between two of the lists makes it a sum. Of the eight ways to cut
 * the four lists, the one with the fewest lines is taken. */
#include "config.h"
#include "backends/iptables.h"

#include "backends/names.h"

enum { LISTS = 4, CUTS = LISTS - 1, LOG_NAME = 20 };

struct entry_print {
	struct iptables *ipt;
	const struct filter_pair *pair;
	const struct filter_entry *entry;
	struct ipt_conditions list[LISTS];
	const char *comment, *verdict;
	size_t nth;
};

/* ---- names ---- */

static const char *entry_identity(const struct filter_entry *entry)
{
	return entry->rule_count > 0 ? entry->rules[0]->identity : "device";
}

/* Quotation marks and backslashes are escaped; a longer comment is refused. */
static const char *entry_comment(struct iptables *ipt, const struct filter_entry *entry)
{
	static const struct name_rules rules = { 200, "._/: ", false };
	const char *text = entry_identity(entry);

	for (size_t i = 1; i < entry->rule_count; i++)
		text = arena_printf(ipt->arena, "%s %s", text, entry->rules[i]->identity);
	return arena_printf(ipt->arena, " -m comment --comment \"%s\"",
			    names_make(ipt->arena, &rules, text));
}

/* By what it comes from, never by where it stands. */
static const char *entry_chain(const struct entry_print *print, size_t level)
{
	struct strbuf content = STRBUF_INIT;

	strbuf_printf(&content, "%s\n%s\n", print->pair->in, print->pair->out);
	for (size_t i = 0; i < print->entry->rule_count; i++)
		strbuf_printf(&content, "%s\n", print->entry->rules[i]->identity);
	strbuf_printf(&content, "%zu\n%zu", print->nth, level);
	const char *name = iptables_name(print->ipt, entry_identity(print->entry),
					 strbuf_text(&content));
	strbuf_release(&content);
	return name;
}

/* ---- what it decides ---- */

static bool log_is_made(struct iptables *ipt, const struct rule *rule)
{
	while (ipt->logged.len <= rule->index)
		vec_push(&ipt->logged, false);
	bool made = ipt->logged.data[rule->index];
	ipt->logged.data[rule->index] = true;
	return made;
}

/* The chain that logs for a rule and decides, made once. The kernel cuts a prefix
 * of more than 29 characters. */
static const char *entry_log(struct iptables *ipt, const struct filter_entry *entry)
{
	static const struct name_rules rules = { LOG_NAME, "._", false };
	const char *verb = entry->allow ? "allow" : "deny", *identity = entry_identity(entry);
	const char *name = iptables_name(ipt, verb, arena_printf(ipt->arena, "log\n%s\n%s", verb,
								 identity));

	if (log_is_made(ipt, entry->rules[0]))
		return name;
	iptables_chain(ipt, name);
	iptables_rule(ipt, "%s -m conntrack ! --ctstate ESTABLISHED -m limit --limit 10/second "
		      "--limit-burst 20 -j LOG --log-prefix \"%s %s: \"", name, verb,
		      names_make(ipt->arena, &rules, identity));
	iptables_rule(ipt, "%s -g %s", name, entry->allow ? IPT_PASS : IPT_REFUSE);
	return name;
}

static const char *entry_verdict(struct iptables *ipt, const struct filter_entry *entry)
{
	if (entry->log && entry->rule_count > 0)
		return entry_log(ipt, entry);
	return entry->allow ? "ACCEPT" : IPT_REFUSE;
}

/* ---- lines ---- */

static bool cut_behind(unsigned cuts, size_t list)
{
	return list + 1 == LISTS || (cuts >> list & 1) != 0;
}

static size_t cuts_lines(const struct entry_print *print, unsigned cuts)
{
	size_t lines = 0, product = 1;

	for (size_t i = 0; i < LISTS; i++) {
		product *= print->list[i].len;
		if (!cut_behind(cuts, i))
			continue;
		lines += product + (i + 1 < LISTS);
		product = 1;
	}
	return lines;
}

static unsigned cuts_best(const struct entry_print *print)
{
	static const unsigned ways[1 << CUTS] = { 0, 1, 2, 4, 3, 5, 6, 7 };
	unsigned best = 0;

	for (size_t i = 1; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (cuts_lines(print, ways[i]) < cuts_lines(print, best))
			best = ways[i];
	return best;
}

/* Every combination of the lists from `from` up to the next cut, with what was
 * chosen of them so far. */
static void print_product(struct entry_print *print, unsigned cuts, size_t from, const char *head,
			  const char *target)
{
	for (size_t i = 0; i < print->list[from].len; i++) {
		const char *line = arena_printf(print->ipt->arena, "%s%s", head,
						print->list[from].data[i]);
		if (cut_behind(cuts, from))
			iptables_rule(print->ipt, "%s%s -j %s", line, print->comment, target);
		else
			print_product(print, cuts, from + 1, line, target);
	}
}

static void print_entry(struct entry_print *print, const char *chain)
{
	unsigned cuts = cuts_best(print);

	for (size_t from = 0; from < LISTS; from++) {
		size_t last = from;
		while (!cut_behind(cuts, last))
			last++;
		const char *target = last + 1 < LISTS ? entry_chain(print, last) : print->verdict;
		print_product(print, cuts, from, chain, target);
		if (last + 1 < LISTS)
			iptables_chain(print->ipt, target);
		chain = target;
		from = last;
	}
}

void iptables_entry(struct iptables *ipt, const char *chain, const struct filter_pair *pair,
		    const struct filter_entry *entry, size_t nth)
{
	struct entry_print print = { .ipt = ipt, .pair = pair, .entry = entry, .nth = nth };
	bool never = false;

	iptables_times(ipt, &print.list[0], entry->activity);
	iptables_addresses(ipt, &print.list[1], true, entry->source.family[ipt->family]);
	iptables_addresses(ipt, &print.list[2], false, entry->destination.family[ipt->family]);
	iptables_services(ipt, &print.list[3], entry);
	for (size_t i = 0; i < LISTS; i++)
		never = never || print.list[i].len == 0;
	if (!never) {
		print.comment = entry_comment(ipt, entry);
		print.verdict = entry_verdict(ipt, entry);
		print_entry(&print, chain);
	}
	for (size_t i = 0; i < LISTS; i++)
		vec_free(&print.list[i]);
}
