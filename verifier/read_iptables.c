/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads what iptables-save, ip6tables-save and `ipset save` print, or what their
 * restore commands take, into tables. Each family has tables of its own, which all
 * let the other family pass. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

/* ---- tables and chains ---- */

static const char *const bases[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
				     "POSTROUTING" };
static const char *const hooks[] = { "prerouting", "input", "forward", "output",
				     "postrouting" };

static void ipt_unknown(struct ipt *ipt, const char *reason)
{
	nft_unknown(&ipt->ruleset->scan, ipt->line, reason);
}

static struct nft_table *table_add(struct ipt *ipt, enum family family, const char *name)
{
	struct nft_table *table = arena_alloc(ipt->arena, sizeof(*table));

	table->family = family == FAMILY_IPV4 ? "ip" : "ip6";
	table->name = name;
	table->line = ipt->line;
	table->next = ipt->dump->tables;
	ipt->dump->tables = table;
	return table;
}

/* `*filter` */
static void table_begin(struct ipt *ipt, const char *name)
{
	ipt->table = table_add(ipt, ipt->family, arena_strdup(ipt->arena, name));
}

/* What the table of this name holds: only nat chains are of another kind. */
static void chain_base(const struct nft_table *table, struct nft_chain *chain)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		if (strcmp(bases[i], chain->name) == 0) {
			chain->base = true;
			chain->hook = hooks[i];
			chain->type = strcmp(table->name, "nat") == 0 ? "nat" : "filter";
			chain->early = strcmp(table->name, "raw") == 0;
		}
}

static struct nft_chain *chain_open(struct ipt *ipt, const char *name)
{
	struct nft_chain *chain = nft_chain_find(ipt->table, name);

	if (chain == NULL) {
		chain = nft_chain_add(ipt->table, ipt->arena, arena_strdup(ipt->arena, name),
				      ipt->line);
		chain_base(ipt->table, chain);
	}
	return chain;
}

static void chain_policy(struct ipt *ipt, struct nft_chain *chain, const char *policy)
{
	if (strcmp(policy, "DROP") == 0 || strcmp(policy, "ACCEPT") == 0)
		chain->policy = policy[0] == 'D' ? "drop" : "accept";
	else if (strcmp(policy, "-") != 0 || chain->base)
		ipt_unknown(ipt, "the policy is not understood");
	if (chain->base)
		chain->line = ipt->line;
}

static void chain_flush(struct nft_chain *chain)
{
	chain->rules = NULL;
	chain->tail = &chain->rules;
	chain->lists = false;
}

/* ---- commands ---- */

/* A list of addresses makes a rule of the kernel's for each: places are not known. */
static void chain_note_lists(struct ipt *ipt, struct nft_chain *chain, size_t at)
{
	static const char *const options[] = { "-s", "--source", "--src",
					       "-d", "--destination", "--dst" };

	for (; at + 1 < ipt->words.len; at++)
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (strcmp(ipt->words.data[at].text, options[i]) == 0 &&
			    strchr(ipt->words.data[at + 1].text, ',') != NULL)
				chain->lists = true;
}

static void command_append(struct ipt *ipt, size_t at)
{
	struct nft_chain *chain = chain_open(ipt, ipt->words.data[at].text);
	struct nft_rule *rule = ipt_rule_read(ipt, at + 1);

	if (rule == NULL)
		return;
	chain_note_lists(ipt, chain, at);
	*chain->tail = rule;
	chain->tail = &rule->next;
}

/* The number at a word, from 1 on. */
static bool word_number(const struct ipt *ipt, size_t at, uint32_t *number)
{
	const char *word = at < ipt->words.len ? ipt->words.data[at].text : "";

	return ipt_value_number(word, strlen(word), UINT32_MAX, number) && *number > 0;
}

/* Where the rule of a number stands, or would, right behind the last one; NULL,
 * listed, if that is not known. */
static struct nft_rule **chain_place(struct ipt *ipt, struct nft_chain *chain, uint32_t number)
{
	struct nft_rule **place = &chain->rules;

	for (; number > 1 && *place != NULL; number--)
		place = &(*place)->next;
	if (number == 1 && !(chain->lists && place != &chain->rules))
		return place;
	ipt_unknown(ipt, "the place in the chain is not known");
	return NULL;
}

static void chain_put(struct nft_chain *chain, struct nft_rule **place, struct nft_rule *rule,
		      struct nft_rule *next)
{
	*place = rule != NULL ? rule : next;
	if (rule != NULL)
		rule->next = next;
	if (next == NULL)
		chain->tail = rule != NULL ? &rule->next : place;
}

/* -I CHAIN [NUMBER]: before that one. */
static void command_insert(struct ipt *ipt, size_t at)
{
	struct nft_chain *chain = chain_open(ipt, ipt->words.data[at].text);
	uint32_t number = 1;
	bool given = word_number(ipt, at + 1, &number);
	struct nft_rule *rule = ipt_rule_read(ipt, at + 1 + given);
	struct nft_rule **place = rule != NULL ? chain_place(ipt, chain, number) : NULL;

	if (place == NULL)
		return;
	chain_note_lists(ipt, chain, at);
	chain_put(chain, place, rule, *place);
}

/* -D CHAIN NUMBER and -R CHAIN NUMBER RULE. Which rule is meant that is given by its
 * words alone is not followed. */
static void command_replace(struct ipt *ipt, size_t at, bool delete)
{
	struct nft_chain *chain = chain_open(ipt, ipt->words.data[at].text);
	uint32_t number;

	if (!word_number(ipt, at + 1, &number)) {
		ipt_unknown(ipt, "the command is not followed");
		return;
	}
	struct nft_rule *rule = delete ? NULL : ipt_rule_read(ipt, at + 2);
	struct nft_rule **place = chain_place(ipt, chain, number);
	if (place == NULL)
		return;
	if (*place == NULL || (rule == NULL && !delete) || chain->lists)
		ipt_unknown(ipt, "the place in the chain is not known");
	else
		chain_put(chain, place, rule, (*place)->next);
	if (!delete)
		chain_note_lists(ipt, chain, at);
}

/* -F and -X name a chain or mean all. */
static void command_flush(struct ipt *ipt, const char *name)
{
	for (struct nft_chain *chain = ipt->table->chains; chain != NULL; chain = chain->next)
		if (name == NULL || strcmp(chain->name, name) == 0)
			chain_flush(chain);
}

static bool command_is(const char *word, const char *brief, const char *full)
{
	return strcmp(word, brief) == 0 || strcmp(word, full) == 0;
}

/* Counters before a command: `[12:3456] -A ...`. */
static size_t command_start(const struct ipt_words *words)
{
	return words->data[0].text[0] == '[' ? 1 : 0;
}

static void command(struct ipt *ipt)
{
	size_t at = command_start(&ipt->words);
	const struct ipt_word *words = ipt->words.data;
	const char *verb = at < ipt->words.len ? words[at].text : "";
	const char *chain = at + 1 < ipt->words.len ? words[at + 1].text : NULL;

	if (command_is(verb, "-F", "--flush"))
		command_flush(ipt, chain);
	else if (command_is(verb, "-Z", "--zero") || command_is(verb, "-X", "--delete-chain"))
		return; /* a chain that is deleted is empty and nothing jumps to it */
	else if (chain == NULL)
		ipt_unknown(ipt, "the line is not understood");
	else if (command_is(verb, "-A", "--append"))
		command_append(ipt, at + 1);
	else if (command_is(verb, "-I", "--insert"))
		command_insert(ipt, at + 1);
	else if (command_is(verb, "-D", "--delete") || command_is(verb, "-R", "--replace"))
		command_replace(ipt, at + 1, verb[1] == 'D' || strcmp(verb, "--delete") == 0);
	else if (command_is(verb, "-N", "--new-chain"))
		chain_open(ipt, chain);
	else if (command_is(verb, "-P", "--policy") && at + 2 < ipt->words.len)
		chain_policy(ipt, chain_open(ipt, chain), words[at + 2].text);
	else
		ipt_unknown(ipt, "the command is not followed");
}

/* ---- lines ---- */

static void rules_line(struct ipt *ipt)
{
	const char *first = ipt->words.data[0].text;

	if (first[0] == '*' && first[1] != '\0') {
		table_begin(ipt, first + 1);
	} else if (ipt->table == NULL) {
		ipt_unknown(ipt, "the line stands in no table");
	} else if (first[0] == ':' && ipt->words.len > 1) {
		chain_policy(ipt, chain_open(ipt, first + 1), ipt->words.data[1].text);
	} else if (strcmp(first, "COMMIT") == 0) {
		ipt->table = NULL;
	} else {
		command(ipt);
	}
}

/* iptables says so of a table that it cannot print. */
static bool line_warns(const struct ipt_words *words)
{
	for (size_t i = 0; i < words->len; i++)
		if (strcmp(words->data[i].text, "incompatible,") == 0)
			return true;
	return false;
}

static void read_line(struct ipt *ipt)
{
	struct nft_scan *scan = &ipt->ruleset->scan;

	scan->seen[ipt->line] = NFT_LINE_BLANK;
	if (ipt->words.len == 0)
		return;
	if (ipt->words.data[0].text[0] == '#') {
		if (line_warns(&ipt->words))
			ipt_unknown(ipt, "the table is shown by `nft list ruleset` alone");
		return;
	}
	scan->seen[ipt->line] = NFT_LINE_READ;
	if (ipt->dump->kind == LINUX_SETS)
		ipt_set_line(ipt);
	else
		rules_line(ipt);
}

static void read_dump(struct ipt *ipt, struct linux_dump *dump)
{
	const char *at = dump->start;

	ipt->dump = dump;
	ipt->family = dump->family;
	ipt->table = NULL;
	ipt->line = dump->first_line;
	for (uint32_t line = 0; line < dump->lines; line++, ipt->line++) {
		ipt_text_words(ipt, &at);
		read_line(ipt);
	}
}

/* Sets come first, for rules ask for them. */
void ipt_read(struct nft_ruleset *ruleset, struct linux_dumps *dumps,
	      const struct read_input *input)
{
	struct ipt ipt = { .ruleset = ruleset, .arena = ruleset->scan.arena, .input = input,
			   .dumps = dumps };

	for (size_t i = 0; i < dumps->list.len; i++)
		if (dumps->list.data[i].kind == LINUX_SETS)
			read_dump(&ipt, &dumps->list.data[i]);
	ipt_sets_finish(&ipt);
	for (size_t i = 0; i < dumps->list.len; i++)
		if (dumps->list.data[i].kind == LINUX_IPTABLES)
			read_dump(&ipt, &dumps->list.data[i]);
	ipt_sets_keep(&ipt);
	vec_free(&ipt.words);
	strbuf_release(&ipt.line_text);
}
