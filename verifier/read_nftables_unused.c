/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets that no rule looks into, and chains that nothing leads to. */
#include "config.h"
#include "verifier/nft.h"

static void use_chain(struct nft_table *table, const struct nft_verdict *verdict)
{
	struct nft_chain *chain =
		verdict->chain != NULL ? nft_chain_find(table, verdict->chain) : NULL;

	if (chain != NULL)
		chain->used = true;
}

static void use_map(struct nft_table *table, const struct nft_set *set)
{
	for (size_t i = 0; i < set->verdicts.len; i++)
		use_chain(table, &set->verdicts.data[i]);
}

static void use_rule(struct nft_table *table, const struct nft_rule *rule)
{
	use_chain(table, &rule->verdict);
	for (const struct nft_match *match = rule->matches; match; match = match->next) {
		struct nft_set *set = match->set_name != NULL
					      ? nft_set_find(table, match->set_name)
					      : match->set;
		if (set == NULL)
			continue;
		set->used = true;
		use_map(table, set);
	}
}

static void unused_add(struct nft_unused *out, struct nft_scan *scan, const char *kind,
		       const char *name, uint32_t line)
{
	struct read_unused unused = {
		.where = { scan->source, line, 1, line, 1 },
		.name = arena_printf(scan->arena, "%s %s", kind, name),
	};

	vec_push(out, unused);
}

/* A set with elements that were not understood may be meant by a rule that was
 * not either: nothing is said of a ruleset with such a rule. */
void nft_find_unused(struct nft_ruleset *ruleset, struct nft_unused *out)
{
	struct nft_scan *scan = &ruleset->scan;
	bool sure = scan->unknown.len == 0;

	for (struct nft_table *table = ruleset->tables; table; table = table->next) {
		for (struct nft_chain *chain = table->chains; chain; chain = chain->next)
			for (struct nft_rule *rule = chain->rules; rule; rule = rule->next)
				use_rule(table, rule);
		for (struct nft_set *set = table->sets; sure && set; set = set->next)
			if (!set->used)
				unused_add(out, scan, set->map ? "map" : "set", set->name,
					   set->line);
		for (struct nft_chain *chain = table->chains; sure && chain; chain = chain->next)
			if (!chain->used && !chain->base)
				unused_add(out, scan, "chain", chain->name, chain->line);
	}
}
