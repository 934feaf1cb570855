/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the dumps of a Linux device, of nftables, iptables and ipset together, into
 * one filter. A family that no dump shows may let everything pass or nothing. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

/* ---- the family that no dump shows ---- */

static void chain_anything(struct nft_table *table, struct arena *arena, const char *name,
			   const char *hook, bool known)
{
	struct nft_chain *chain = nft_chain_add(table, arena, name, 1);
	struct nft_rule *rule = arena_alloc(arena, sizeof(*rule));

	chain->base = true;
	chain->type = "filter";
	chain->hook = hook;
	chain->policy = "drop";
	rule->line = 1;
	rule->verdict.kind = known ? NFT_DROP : NFT_ANY;
	rule->uncertain = !known;
	*chain->tail = rule;
	chain->tail = &rule->next;
}

/* Against a policy nothing is known of it; without one nothing is said of it. */
static void family_hidden(struct nft_ruleset *ruleset, enum family family, bool alone)
{
	static const char *const reasons[] = { "the rules of IPv4 are in none of the files",
					       "the rules of IPv6 are in none of the files" };
	struct arena *arena = ruleset->scan.arena;
	struct nft_table *table = arena_alloc(arena, sizeof(*table));

	*table = (struct nft_table){ .family = family == FAMILY_IPV4 ? "ip" : "ip6",
				     .name = "filter", .line = 1, .legacy = true,
				     .next = ruleset->tables };
	ruleset->tables = table;
	chain_anything(table, arena, "INPUT", "input", alone);
	chain_anything(table, arena, "FORWARD", "forward", alone);
	if (!alone)
		nft_unknown_condition(&ruleset->scan, 1, reasons[family]);
}

/* ---- the whole ---- */

static void read_listings(struct nft_ruleset *ruleset, struct linux_dumps *dumps)
{
	for (size_t i = 0; i < dumps->list.len; i++) {
		struct linux_dump *dump = &dumps->list.data[i];
		if (dump->kind != LINUX_NFT)
			continue;
		nft_parse(ruleset, dump->start, dump->length, dump->first_line);
		dump->tables = ruleset->tables;
		ruleset->tables = NULL;
	}
}

static void tables_link(struct nft_ruleset *ruleset, const struct linux_dumps *dumps)
{
	struct nft_table **tail = &ruleset->tables;

	for (size_t i = 0; i < dumps->list.len; i++) {
		*tail = dumps->list.data[i].tables;
		while (*tail != NULL)
			tail = &(*tail)->next;
	}
}

static bool read_tables(struct nft_ruleset *ruleset, struct linux_dumps *dumps,
			const struct read_input *input)
{
	read_listings(ruleset, dumps);
	ipt_read(ruleset, dumps, input);
	linux_dumps_settle(dumps, &ruleset->scan);
	tables_link(ruleset, dumps);
	bool found = ruleset->tables != NULL;
	for (int family = 0; found && family < FAMILY_COUNT; family++)
		if (!linux_dumps_show(dumps, (enum family)family))
			family_hidden(ruleset, (enum family)family, input->model == NULL);
	return found;
}

static bool read_dumps(struct read_result *result, struct arena *arena,
		       const struct read_input *input, struct linux_dumps *dumps)
{
	struct nft_ruleset ruleset = { 0 };

	for (size_t i = 0; i < dumps->list.len; i++)
		if (dumps->list.data[i].kind == LINUX_UNKNOWN)
			return false;
	nft_scan_init(&ruleset.scan, arena, &dumps->text);
	bool found = read_tables(&ruleset, dumps, input);
	nft_read_ruleset(result, &ruleset, input);
	linux_dumps_places(dumps, result);
	if (input->deployed)
		linux_dumps_absent(dumps, arena, result);
	return found;
}

static bool read_linux(struct read_result *result, struct arena *arena,
		       const struct read_input *input, struct diags *diags,
		       enum linux_kind otherwise)
{
	struct linux_dumps dumps;
	bool sorted = linux_dumps_init(&dumps, arena, input, otherwise, diags), found = false;

	*result = (struct read_result){ 0 };
	if (sorted) {
		found = read_dumps(result, arena, input, &dumps);
		if (!found)
			diag_add(diags, FINDING_SYNTAX,
				 (struct span){ &input->files[0], 1, 1, 1, 1 },
				 otherwise == LINUX_NFT ?
					 "this is not an nftables ruleset: no table was found" :
					 "this is not what iptables-save prints: no table was found");
	}
	vec_free(&dumps.list);
	return found;
}

bool read_nftables(struct read_result *result, struct arena *arena,
		   const struct read_input *input, struct diags *diags)
{
	return read_linux(result, arena, input, diags, LINUX_NFT);
}

bool read_iptables(struct read_result *result, struct arena *arena,
		   const struct read_input *input, struct diags *diags)
{
	return read_linux(result, arena, input, diags, LINUX_UNKNOWN);
}
