/* SPDX-License-Identifier: Apache-2.0
 *
 * Which base chains stand on the way of a packet: through the device, to it and
 * from it. A packet passes if every one of them lets it, so their order does
 * not matter. What else can decide about packets is listed as unknown. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

static const struct {
	const char *name;
	enum nft_hook hook;
} hooks[] = {
	{ "prerouting", HOOK_PREROUTING }, { "input", HOOK_INPUT },
	{ "forward", HOOK_FORWARD },	   { "output", HOOK_OUTPUT },
	{ "postrouting", HOOK_POSTROUTING },
};

static bool hook_by_name(const char *name, enum nft_hook *out)
{
	for (size_t i = 0; name != NULL && i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (strcmp(hooks[i].name, name) == 0) {
			*out = hooks[i].hook;
			return true;
		}
	return false;
}

/* True if nothing in the table of a chain but accepts decides. */
static bool chain_only_accepts(const struct nft_table *table, const struct nft_chain *base)
{
	if (base->policy != NULL && strcmp(base->policy, "accept") != 0)
		return false;
	for (const struct nft_chain *chain = table->chains; chain; chain = chain->next)
		for (const struct nft_rule *rule = chain->rules; rule; rule = rule->next) {
			bool vmap = false;
			for (const struct nft_match *m = rule->matches; m; m = m->next)
				vmap = vmap || m->vmap;
			if ((chain == base || !chain->base) &&
			    (vmap || rule->verdict.kind == NFT_DROP ||
			     rule->verdict.kind >= NFT_QUEUE))
				return false;
		}
	return true;
}

/* So does a chain that monitors. */
static bool chain_ends_in_accept(const struct nft_chain *chain)
{
	const struct nft_rule *rule = chain->rules;

	while (rule != NULL && rule->next != NULL)
		rule = rule->next;
	return rule != NULL && rule->matches == NULL && !rule->log && !rule->uncertain &&
	       rule->verdict.kind == NFT_ACCEPT;
}

static void gate_add(struct nft_ways *ways, struct nft_ruleset *ruleset,
		     struct nft_table *table, struct nft_chain *chain)
{
	struct nft_gate gate = { .table = table, .chain = chain };
	bool ip = strcmp(table->family, "inet") == 0 || strcmp(table->family, "ip") == 0 ||
		  strcmp(table->family, "ip6") == 0;

	if (chain->policy != NULL && strcmp(chain->policy, "accept") != 0 &&
	    strcmp(chain->policy, "drop") != 0)
		nft_unknown(&ruleset->scan, chain->line, "the policy is not understood");
	bool passes = chain_only_accepts(table, chain);
	if (strcmp(table->family, "arp") == 0 || (passes && !chain_ends_in_accept(chain)))
		return;
	if (passes && strcmp(chain->type, "filter") != 0)
		return;
	if (!ip || !hook_by_name(chain->hook, &gate.hook) ||
	    (strcmp(chain->type, "filter") != 0 && strcmp(chain->type, "route") != 0)) {
		nft_unknown(&ruleset->scan, chain->line,
			    "a chain of another kind decides about packets");
		return;
	}
	bool out = gate.hook == HOOK_OUTPUT || gate.hook == HOOK_POSTROUTING;
	bool in = gate.hook == HOOK_INPUT || gate.hook == HOOK_PREROUTING;
	if (gate.hook != HOOK_INPUT && gate.hook != HOOK_OUTPUT)
		vec_push(&ways->through, gate);
	if (in)
		vec_push(&ways->to, gate);
	if (out)
		vec_push(&ways->from, gate);
}

void nft_ways_find(struct nft_ways *ways, struct nft_ruleset *ruleset)
{
	for (struct nft_table *table = ruleset->tables; table; table = table->next)
		for (struct nft_chain *chain = table->chains; chain; chain = chain->next)
			if (chain->base && !table->dormant)
				gate_add(ways, ruleset, table, chain);
}

void nft_ways_release(struct nft_ways *ways)
{
	vec_free(&ways->through);
	vec_free(&ways->to);
	vec_free(&ways->from);
}

/* ---- monitoring ---- */

/* What a monitoring ruleset would drop: an accept for all, right after a log
 * rule or at the end of the base chain. */
static void gate_mark_drops(const struct nft_gate *gate)
{
	struct nft_chain *chain = gate->table->chains;

	for (; chain != NULL; chain = chain->next) {
		bool logged = false;
		for (struct nft_rule *rule = chain->rules; rule; rule = rule->next) {
			if (rule->verdict.kind == NFT_ACCEPT && rule->matches == NULL &&
			    (logged || (chain == gate->chain && rule->next == NULL)))
				rule->stands_for_drop = true;
			logged = rule->log && rule->verdict.kind == NFT_NONE;
		}
	}
}

static bool gates_monitor(struct nft_gates *gates)
{
	bool monitor = false;

	for (size_t i = 0; i < gates->len; i++) {
		struct nft_gate *gate = &gates->data[i];
		if (!chain_ends_in_accept(gate->chain))
			continue;
		gate->monitor = monitor = true;
		gate_mark_drops(gate);
	}
	return monitor;
}

bool nft_ways_monitor(struct nft_ways *ways)
{
	bool through = gates_monitor(&ways->through);

	gates_monitor(&ways->to);
	return through;
}
