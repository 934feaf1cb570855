/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands, tables, chains and sets of nftables text: a file as it is loaded,
 * or a listing. A statement that is not understood is listed and skipped. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

struct nft_set *nft_set_find(struct nft_table *table, const char *name)
{
	struct nft_set *set = table->sets;

	while (set != NULL && strcmp(set->name, name) != 0)
		set = set->next;
	return set;
}

struct nft_chain *nft_chain_find(struct nft_table *table, const char *name)
{
	struct nft_chain *chain;

	HASH_FIND_STR(table->chain_by_name, name, chain);
	return chain;
}

struct nft_chain *nft_chain_add(struct nft_table *table, struct arena *arena, const char *name,
				uint32_t line)
{
	struct nft_chain *chain = arena_alloc(arena, sizeof(*chain));

	chain->name = name;
	chain->line = line;
	chain->tail = &chain->rules;
	chain->next = table->chains;
	table->chains = chain;
	HASH_ADD_KEYPTR(hh, table->chain_by_name, chain->name, strlen(chain->name), chain);
	return chain;
}

void nft_ruleset_release(struct nft_ruleset *ruleset)
{
	for (struct nft_table *table = ruleset->tables; table != NULL; table = table->next) {
		HASH_CLEAR(hh, table->chain_by_name);
		for (struct nft_set *set = table->sets; set != NULL; set = set->next)
			nft_set_release(set);
	}
	for (struct nft_set *set = ruleset->anonymous; set != NULL; set = set->next)
		nft_set_release(set);
	vec_free(&ruleset->scan.interfaces);
	vec_free(&ruleset->scan.unknown);
	vec_free(&ruleset->payload_tables);
}

/* ---- elements ---- */

static bool element_suffix(struct nft_scan *scan)
{
	for (;;) {
		if (nft_accept(scan, "comment")) {
			nft_advance(scan);
		} else if (nft_accept(scan, "timeout") || nft_accept(scan, "expires")) {
			nft_advance(scan);
		} else if (nft_accept(scan, "counter")) {
			if (nft_accept(scan, "packets"))
				nft_advance(scan);
			if (nft_accept(scan, "bytes"))
				nft_advance(scan);
		} else {
			return true;
		}
	}
}

static bool element_key(struct nft_scan *scan, struct nft_set *set, struct nft_row *row)
{
	struct range range;

	for (size_t i = 0; i < set->fields; i++) {
		if (i > 0 && !nft_accept(scan, "."))
			return false;
		nft_skip_newlines(scan);
		if (!nft_value_read(scan, set->type[i], &range))
			return false;
		set->ranges = set->ranges || range.lo != range.hi;
		row->value[i] = nft_pool_range(&set->pool[i], scan->arena, range);
	}
	return element_suffix(scan);
}

static bool element_read(struct nft_scan *scan, struct nft_set *set)
{
	struct nft_row row = { .line = scan->token.line };
	struct nft_verdict verdict = { NFT_NONE, NULL };

	if (!element_key(scan, set, &row))
		return false;
	if (set->map && (!nft_accept(scan, ":") || !nft_parse_verdict(scan, &verdict)))
		return false;
	row.verdict = set->map ? nft_set_verdict(set, verdict) : 0;
	vec_push(&set->rows, row);
	set->elements++;
	return true;
}

static void element_skip(struct nft_scan *scan, struct nft_set *set)
{
	nft_unknown_condition(scan, scan->token.line, "the element is not understood");
	set->partial = true;
	while (scan->token.kind != TOKEN_END && !nft_is(scan, ",") && !nft_is(scan, "}"))
		nft_advance(scan);
}

bool nft_parse_elements(struct nft_ruleset *ruleset, struct nft_set *set)
{
	struct nft_scan *scan = &ruleset->scan;

	if (!nft_accept(scan, "{"))
		return false;
	nft_skip_newlines(scan);
	while (scan->token.kind != TOKEN_END && !nft_is(scan, "}")) {
		if (!element_read(scan, set))
			element_skip(scan, set);
		nft_skip_newlines(scan);
		if (!nft_accept(scan, ",") && !nft_is(scan, "}"))
			element_skip(scan, set);
		nft_skip_newlines(scan);
	}
	set->merged = false;
	return nft_accept(scan, "}");
}

bool nft_parse_verdict(struct nft_scan *scan, struct nft_verdict *out)
{
	static const char *const words[] = { "", "accept", "drop", "jump", "goto", "return" };

	*out = (struct nft_verdict){ NFT_NONE, NULL };
	if (nft_accept(scan, "continue"))
		return true;
	for (size_t i = NFT_ACCEPT; i <= NFT_RETURN; i++) {
		if (!nft_accept(scan, words[i]))
			continue;
		*out = (struct nft_verdict){ (enum verdict_kind)i, NULL };
		if (i != NFT_JUMP && i != NFT_GOTO)
			return true;
		if (scan->token.kind != TOKEN_WORD) {
			out->kind = NFT_ANY;
			return false;
		}
		out->chain = nft_text(scan);
		nft_advance(scan);
		return true;
	}
	return false;
}

/* ---- sets ---- */

static bool set_type_read(struct nft_scan *scan, struct nft_set *set, bool expression)
{
	enum nft_selector selector;

	do {
		if (set->fields == NFT_FIELDS)
			return false;
		if (!expression) {
			if (!nft_type_by_name(scan, &set->type[set->fields]))
				return false;
			nft_advance(scan);
		} else {
			if (!nft_selector_read(scan, &selector))
				return false;
			set->type[set->fields] = nft_selector_type(selector);
		}
		set->fields++;
	} while (nft_accept(scan, "."));
	if (!set->map)
		return true;
	return nft_accept(scan, ":") && nft_accept(scan, "verdict");
}

static void set_flags(struct nft_scan *scan, struct nft_set *set)
{
	do {
		if (nft_is(scan, "interval"))
			set->interval = true;
		else if (!nft_is(scan, "constant"))
			set->partial = true;
		nft_advance(scan);
	} while (nft_accept(scan, ","));
}

static void set_statement(struct nft_ruleset *ruleset, struct nft_set *set)
{
	struct nft_scan *scan = &ruleset->scan;
	struct range range;
	bool known = true;

	if (nft_is(scan, "type") || nft_is(scan, "typeof")) {
		bool expression = nft_is(scan, "typeof");
		nft_advance(scan);
		known = set->fields == 0 && set_type_read(scan, set, expression);
	} else if (nft_accept(scan, "flags")) {
		set_flags(scan, set);
	} else if (nft_accept(scan, "elements")) {
		known = set->fields > 0 && nft_accept(scan, "=") &&
			nft_parse_elements(ruleset, set);
	} else if (nft_accept(scan, "size")) {
		known = nft_value_read(scan, NFT_NUMBER, &range);
		set->size = known ? (uint64_t)range.lo : 0;
	} else if (nft_accept(scan, "comment") || nft_accept(scan, "policy")) {
		nft_advance(scan);
	} else if (nft_accept(scan, "timeout") || nft_accept(scan, "gc-interval")) {
		set->partial = true;
		nft_advance(scan);
	} else if (!nft_accept(scan, "auto-merge") && !nft_accept(scan, "counter")) {
		known = false;
	}
	if (known)
		return;
	set->partial = true;
	nft_unknown_condition(scan, scan->token.line, "the set is not understood");
	nft_skip_statement(scan);
}

/* What nft would refuse to load. */
static void set_check(struct nft_scan *scan, struct nft_set *set)
{
	if (set->ranges && !set->interval)
		nft_unknown(scan, set->line, "the set has ranges without `flags interval`");
	if (set->size != 0 && set->elements > set->size)
		nft_unknown(scan, set->line, "the set has more elements than its size");
}

static bool body_open(struct nft_scan *scan)
{
	if (!nft_accept(scan, "{"))
		return false;
	nft_skip_newlines(scan);
	return true;
}

/* Between two statements of a body; false at its end. */
static bool body_next(struct nft_scan *scan)
{
	while (scan->token.kind == TOKEN_NEWLINE || nft_is(scan, ";"))
		nft_advance(scan);
	return scan->token.kind != TOKEN_END && !nft_is(scan, "}");
}

static struct nft_set *set_open(struct nft_scan *scan, struct nft_table *table, bool map)
{
	const char *name = nft_text(scan);
	struct nft_set *set = nft_set_find(table, name);

	if (set == NULL) {
		set = arena_alloc(scan->arena, sizeof(*set));
		set->name = name;
		set->line = scan->token.line;
		set->map = map;
		set->next = table->sets;
		table->sets = set;
	}
	nft_advance(scan);
	return set;
}

static void set_parse(struct nft_ruleset *ruleset, struct nft_table *table, bool map)
{
	struct nft_scan *scan = &ruleset->scan;
	struct nft_set *set = set_open(scan, table, map);

	if (!body_open(scan)) {
		nft_refuse(scan, scan->token.line, "a set without a body");
		return;
	}
	while (body_next(scan))
		set_statement(ruleset, set);
	nft_accept(scan, "}");
	set_check(scan, set);
}

/* ---- chains ---- */

static struct nft_chain *chain_open(struct nft_scan *scan, struct nft_table *table)
{
	const char *name = nft_text(scan);
	struct nft_chain *chain = nft_chain_find(table, name);

	if (chain == NULL)
		chain = nft_chain_add(table, scan->arena, name, scan->token.line);
	nft_advance(scan);
	return chain;
}

static const char *chain_word(struct nft_scan *scan)
{
	const char *text = scan->token.kind == TOKEN_WORD ? nft_text(scan) : "";

	if (scan->token.kind == TOKEN_WORD)
		nft_advance(scan);
	return text;
}

/* Connection tracking stands at -200 of prerouting and output; only names and
 * numbers that are surely behind it count as such. */
static void chain_priority(struct nft_scan *scan, struct nft_chain *chain)
{
	chain->early = nft_is(scan, "raw") ||
		       (scan->token.length > 3 && scan->token.text[0] == '-');
	nft_advance(scan);
	while (scan->token.kind == TOKEN_WORD || nft_is(scan, "+")) {
		chain->early = chain->early || scan->token.text[0] == '-';
		nft_advance(scan);
	}
}

/* type filter hook forward priority filter; policy drop; */
static void chain_hook(struct nft_scan *scan, struct nft_chain *chain)
{
	chain->base = true;
	nft_advance(scan);
	chain->type = chain_word(scan);
	if (nft_accept(scan, "hook"))
		chain->hook = chain_word(scan);
	if (nft_accept(scan, "device"))
		nft_advance(scan);
	if (nft_accept(scan, "priority")) {
		chain_priority(scan, chain);
	}
	if (chain->hook == NULL ||
	    !(nft_is(scan, ";") || scan->token.kind == TOKEN_NEWLINE || nft_is(scan, "}")))
		nft_refuse(scan, scan->token.line, "the hook of the chain is not understood");
}

static void chain_parse(struct nft_ruleset *ruleset, struct nft_table *table)
{
	struct nft_scan *scan = &ruleset->scan;
	struct nft_chain *chain = chain_open(scan, table);

	if (!body_open(scan))
		return;
	while (body_next(scan)) {
		if (nft_is(scan, "type"))
			chain_hook(scan, chain);
		else if (nft_accept(scan, "policy"))
			chain->policy = chain_word(scan);
		else if (nft_accept(scan, "comment"))
			nft_advance(scan);
		else
			nft_parse_rule(ruleset, chain);
	}
	nft_accept(scan, "}");
}

/* ---- tables and commands ---- */

/* Stateful objects decide nothing by themselves. */
static void object_parse(struct nft_scan *scan)
{
	while (scan->token.kind == TOKEN_WORD)
		nft_advance(scan);
	if (!body_open(scan))
		return;
	while (body_next(scan))
		nft_skip_statement(scan);
	nft_accept(scan, "}");
}

static bool table_object(const struct nft_scan *scan)
{
	static const char *const words[] = { "counter", "ct", "limit", "quota", "secmark",
					     "synproxy", "flowtable", "tunnel" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (nft_is(scan, words[i]))
			return true;
	return false;
}

/* A dormant table is not in force. Of such a one, JSON of nftables 1.0.6 prints the
 * family in place of the flag. */
static void table_flags(struct nft_scan *scan, struct nft_table *table)
{
	do {
		table->dormant = table->dormant || nft_is(scan, "dormant");
		if (!nft_is(scan, "dormant") && !nft_is(scan, "owner") && !nft_is(scan, "persist"))
			nft_unknown(scan, scan->token.line, "the flag is not understood");
		nft_advance(scan);
	} while (nft_accept(scan, ","));
}

static void table_statement(struct nft_ruleset *ruleset, struct nft_table *table)
{
	struct nft_scan *scan = &ruleset->scan;

	if (nft_accept(scan, "set"))
		set_parse(ruleset, table, false);
	else if (nft_accept(scan, "map"))
		set_parse(ruleset, table, true);
	else if (nft_accept(scan, "chain"))
		chain_parse(ruleset, table);
	else if (table_object(scan))
		object_parse(scan);
	else if (nft_accept(scan, "flags"))
		table_flags(scan, table);
	else if (nft_accept(scan, "comment"))
		nft_advance(scan);
	else
		nft_refuse(scan, scan->token.line, "the statement of the table is not understood");
}

void nft_parse_table(struct nft_ruleset *ruleset, struct nft_table *table)
{
	struct nft_scan *scan = &ruleset->scan;

	if (!body_open(scan))
		return;
	while (body_next(scan))
		table_statement(ruleset, table);
	if (!nft_accept(scan, "}"))
		nft_unknown(scan, table->line, "the table is not closed");
}

static bool is_family(const struct nft_scan *scan)
{
	return nft_is(scan, "inet") || nft_is(scan, "ip") || nft_is(scan, "ip6") ||
	       nft_is(scan, "arp") || nft_is(scan, "bridge") || nft_is(scan, "netdev");
}

static struct nft_table *table_named(struct nft_ruleset *ruleset)
{
	struct nft_scan *scan = &ruleset->scan;
	const char *family = "ip";

	if (is_family(scan)) {
		family = nft_text(scan);
		nft_advance(scan);
	}
	const char *name = nft_text(scan);
	struct nft_table *table = ruleset->tables;
	while (table != NULL &&
	       (strcmp(table->family, family) != 0 || strcmp(table->name, name) != 0))
		table = table->next;
	if (table == NULL) {
		table = arena_alloc(scan->arena, sizeof(*table));
		*table = (struct nft_table){ .family = family, .name = name,
					     .line = scan->token.line,
					     .next = ruleset->tables };
		ruleset->tables = table;
	}
	nft_advance(scan);
	return table;
}

static void table_clear(struct nft_table *table)
{
	for (struct nft_set *set = table->sets; set != NULL; set = set->next)
		nft_set_release(set);
	HASH_CLEAR(hh, table->chain_by_name);
	table->sets = NULL;
	table->chains = NULL;
	table->dormant = false;
}

static void command_add(struct nft_ruleset *ruleset)
{
	struct nft_scan *scan = &ruleset->scan;

	if (nft_accept(scan, "element")) {
		struct nft_table *table = table_named(ruleset);
		struct nft_set *set = nft_set_find(table, nft_text(scan));
		nft_advance(scan);
		if (set == NULL || set->fields == 0 || !nft_parse_elements(ruleset, set))
			nft_refuse(scan, scan->token.line, "elements of an unknown set");
		else
			set_check(scan, set);
	} else if (nft_accept(scan, "rule")) {
		struct nft_chain *chain = chain_open(scan, table_named(ruleset));
		if (nft_is(scan, "index") || nft_is(scan, "position") || nft_is(scan, "handle"))
			nft_refuse(scan, scan->token.line, "the place of the rule is not followed");
		else
			nft_parse_rule(ruleset, chain);
	} else if (nft_accept(scan, "table")) {
		nft_parse_table(ruleset, table_named(ruleset));
	} else {
		nft_refuse(scan, scan->token.line, "the command is not understood");
	}
}

static void command_flush(struct nft_ruleset *ruleset)
{
	struct nft_scan *scan = &ruleset->scan;

	if (!nft_accept(scan, "ruleset")) {
		nft_refuse(scan, scan->token.line, "the command is not understood");
		return;
	}
	for (struct nft_table *table = ruleset->tables; table != NULL; table = table->next)
		table_clear(table);
}

static void nft_command(struct nft_ruleset *ruleset)
{
	struct nft_scan *scan = &ruleset->scan;

	if (nft_accept(scan, "table")) {
		nft_parse_table(ruleset, table_named(ruleset));
	} else if (nft_accept(scan, "add") || nft_accept(scan, "create")) {
		command_add(ruleset);
	} else if (nft_accept(scan, "flush")) {
		command_flush(ruleset);
	} else if (nft_accept(scan, "delete") || nft_accept(scan, "destroy")) {
		if (nft_accept(scan, "table"))
			table_clear(table_named(ruleset));
		else
			nft_refuse(scan, scan->token.line, "the command is not understood");
	} else {
		nft_refuse(scan, scan->token.line, "the command is not understood");
	}
}

void nft_parse(struct nft_ruleset *ruleset, const char *start, size_t length, uint32_t line)
{
	struct nft_scan *scan = &ruleset->scan;

	scan->next = start;
	scan->end = start + length;
	scan->line = line;
	nft_advance(scan);
	while (scan->token.kind != TOKEN_END) {
		if (scan->token.kind == TOKEN_NEWLINE || nft_is(scan, ";")) {
			nft_advance(scan);
		} else if (nft_is(scan, "}")) {
			nft_unknown(scan, scan->token.line, "a brace that closes nothing");
			nft_advance(scan);
		} else {
			nft_command(ruleset);
		}
	}
}
