/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads what iptables-save, ip6tables-save and `ipset save` print, or what their
 * restore commands take, into a filter. Each family has tables of its own, which
 * all let the other family pass; a family whose dump is missing may do anything. */
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
	nft_unknown(&ipt->ruleset.scan, ipt->line, reason);
}

static struct nft_table *table_add(struct ipt *ipt, enum family family, const char *name)
{
	struct nft_table *table = arena_alloc(ipt->arena, sizeof(*table));

	table->family = family == FAMILY_IPV4 ? "ip" : "ip6";
	table->name = name;
	table->line = ipt->line;
	table->next = ipt->ruleset.tables;
	ipt->ruleset.tables = table;
	return table;
}

/* `*filter` */
static void table_begin(struct ipt *ipt, const char *name)
{
	const char *family = ipt->family == FAMILY_IPV4 ? "ip" : "ip6";

	for (struct nft_table *t = ipt->ruleset.tables; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0 && strcmp(t->family, family) == 0)
			ipt_unknown(ipt, "the table is given twice");
	ipt->has[ipt->family] = ipt->has[ipt->family] || strcmp(name, "filter") == 0;
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
}

/* ---- commands ---- */

static void command_append(struct ipt *ipt, size_t at)
{
	struct nft_chain *chain = chain_open(ipt, ipt->words.data[at].text);
	struct nft_rule *rule = ipt_rule_read(ipt, at + 1);

	if (rule == NULL)
		return;
	*chain->tail = rule;
	chain->tail = &rule->next;
}

/* -I CHAIN [NUMBER]: before that one; 1 is the first. */
static void command_insert(struct ipt *ipt, size_t at)
{
	struct nft_chain *chain = chain_open(ipt, ipt->words.data[at].text);
	uint32_t number = 1;
	const char *word = at + 1 < ipt->words.len ? ipt->words.data[at + 1].text : "";
	bool given = ipt_value_number(word, strlen(word), UINT32_MAX, &number);
	struct nft_rule *rule = ipt_rule_read(ipt, at + 1 + given), **place = &chain->rules;

	if (rule == NULL)
		return;
	while (number > 1 && *place != NULL) {
		place = &(*place)->next;
		number--;
	}
	rule->next = *place;
	*place = rule;
	if (rule->next == NULL)
		chain->tail = &rule->next;
	if (number != 1)
		ipt_unknown(ipt, "the chain has no such place");
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

static void read_line(struct ipt *ipt, enum ipt_kind kind)
{
	struct nft_scan *scan = &ipt->ruleset.scan;

	scan->seen[ipt->line] = NFT_LINE_BLANK;
	if (ipt->words.len == 0 || ipt->words.data[0].text[0] == '#')
		return;
	scan->seen[ipt->line] = NFT_LINE_READ;
	if (kind == IPT_KIND_SETS)
		ipt_set_line(ipt);
	else
		rules_line(ipt);
}

/* Sets come first, for rules ask for them. */
static void read_files(struct ipt *ipt, bool sets)
{
	const char *at = ipt->text.text;

	ipt->line = 1;
	for (size_t i = 0; i < ipt->file_count; i++) {
		const struct ipt_file *file = &ipt->files[i];
		bool wanted = (file->kind == IPT_KIND_SETS) == sets;
		ipt->family = file->kind == IPT_KIND_6 ? FAMILY_IPV6 : FAMILY_IPV4;
		ipt->table = NULL;
		for (uint32_t line = 0; line < file->lines; line++, ipt->line++) {
			ipt_text_words(ipt, &at);
			if (wanted)
				read_line(ipt, file->kind);
		}
	}
}

/* ---- the family whose dump is missing ---- */

/* Against a policy nothing is known of it; without one nothing is said of it. */
static void family_missing(struct ipt *ipt, enum family family)
{
	static const char *const reasons[] = { "the rules of IPv4 are in none of the files",
					       "the rules of IPv6 are in none of the files" };

	ipt->line = 1;
	ipt->family = family;
	ipt->table = table_add(ipt, family, "filter");
	for (size_t i = 1; i <= 2; i++) {
		struct nft_chain *chain = chain_open(ipt, bases[i]);
		struct nft_rule *rule = arena_alloc(ipt->arena, sizeof(*rule));
		rule->line = 1;
		rule->verdict.kind = ipt->input->model != NULL ? NFT_ANY : NFT_DROP;
		rule->uncertain = ipt->input->model != NULL;
		*chain->tail = rule;
		chain->tail = &rule->next;
		chain->policy = "drop";
	}
	if (ipt->input->model != NULL)
		nft_unknown_condition(&ipt->ruleset.scan, 1, reasons[family]);
}

/* ---- the whole ---- */

static bool read_rules(struct ipt *ipt)
{
	nft_scan_init(&ipt->ruleset.scan, ipt->arena, &ipt->text);
	read_files(ipt, true);
	read_files(ipt, false);
	bool found = ipt->ruleset.tables != NULL;
	for (int family = 0; found && family < FAMILY_COUNT; family++)
		if (!ipt->has[family])
			family_missing(ipt, (enum family)family);
	return found;
}

bool read_iptables(struct read_result *result, struct arena *arena,
		   const struct read_input *input, struct diags *diags)
{
	struct ipt ipt = { .arena = arena, .input = input };
	bool found = false;

	*result = (struct read_result){ 0 };
	if (ipt_text_join(&ipt)) {
		found = read_rules(&ipt);
		nft_read_ruleset(result, &ipt.ruleset, input);
		ipt_text_places(&ipt, result);
	}
	if (!found)
		diag_add(diags, FINDING_SYNTAX, (struct span){ &input->files[0], 1, 1, 1, 1 },
			 "this is not what iptables-save prints: no table was found");
	ipt_set_release(&ipt);
	vec_free(&ipt.words);
	strbuf_release(&ipt.line_text);
	return found;
}
