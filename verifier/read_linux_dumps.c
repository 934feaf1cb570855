/* SPDX-License-Identifier: Apache-2.0
 *
 * How the dumps of one device fit together: which of them show the same table, and
 * what none of them shows. */
#include "config.h"
#include "verifier/linux.h"

#include <string.h>

/* ---- two dumps of one table ---- */

static size_t chain_length(const struct nft_chain *chain)
{
	size_t length = 0;

	for (const struct nft_rule *rule = chain->rules; rule != NULL; rule = rule->next)
		length++;
	return length;
}

static bool chain_drops(const struct nft_chain *chain)
{
	return chain->policy != NULL && strcmp(chain->policy, "drop") == 0;
}

/* A chain of the kernel's that decides nothing need not be shown. */
static bool chain_is_idle(const struct nft_chain *chain)
{
	return chain->base && chain->rules == NULL && !chain_drops(chain);
}

static bool table_holds(struct nft_table *table, const struct nft_table *other)
{
	for (const struct nft_chain *chain = other->chains; chain; chain = chain->next) {
		const struct nft_chain *same = nft_chain_find(table, chain->name);
		if (same == NULL ? !chain_is_idle(chain) :
				   chain_length(same) != chain_length(chain) ||
					   chain_drops(same) != chain_drops(chain))
			return false;
	}
	return true;
}

static struct nft_table *table_same(struct nft_table *tables, const struct nft_table *table)
{
	while (tables != NULL && (strcmp(tables->family, table->family) != 0 ||
				  strcmp(tables->name, table->name) != 0))
		tables = tables->next;
	return tables;
}

static bool table_is_idle(const struct nft_table *table)
{
	const struct nft_chain *chain = table->chains;

	while (chain != NULL && chain_is_idle(chain))
		chain = chain->next;
	return chain == NULL;
}

/* What was not understood of the one does not matter where the other is read. */
static void table_give_way(struct nft_table *table, struct nft_table *to, struct nft_scan *scan)
{
	to->dormant = to->dormant || table->dormant;
	table->dormant = true;
	for (const struct nft_chain *chain = table->chains; chain; chain = chain->next) {
		nft_unknown_forget(scan, chain->line);
		for (const struct nft_rule *rule = chain->rules; rule; rule = rule->next)
			nft_unknown_forget(scan, rule->line);
	}
}

static void table_prefer(struct nft_table *better, struct nft_table *tables, struct nft_scan *scan)
{
	struct nft_table *same = table_same(tables, better);

	if (same == NULL ? table_is_idle(better) :
			   table_holds(same, better) && table_holds(better, same)) {
		if (same != NULL)
			table_give_way(same, better, scan);
		return;
	}
	nft_unknown(scan, better->line, "the files show this table differently: they were not "
					"taken at the same time");
}

/* ---- listings ---- */

static struct linux_dump *dump_listing(struct linux_dumps *dumps, bool json)
{
	for (size_t i = 0; i < dumps->list.len; i++)
		if (dumps->list.data[i].kind == LINUX_NFT && dumps->list.data[i].json == json)
			return &dumps->list.data[i];
	return NULL;
}

static void dump_sleep(struct linux_dump *dump)
{
	for (struct nft_table *table = dump->tables; table != NULL; table = table->next)
		table->dormant = true;
}

/* One listing shows all tables: what is in another is not known to hold. */
static void listings_one(struct linux_dumps *dumps, struct nft_scan *scan)
{
	for (size_t i = 0; i < dumps->list.len; i++) {
		struct linux_dump *dump = &dumps->list.data[i];
		if (dump->kind != LINUX_NFT || dump == dump_listing(dumps, dump->json))
			continue;
		nft_unknown(scan, dump->first_line,
			    "a ruleset of nftables is one file: this one was not read");
		dump_sleep(dump);
	}
}

/* Text shows what JSON hides of matches that nftables has not got itself. */
static void listings_settle(struct linux_dumps *dumps, struct nft_scan *scan)
{
	struct linux_dump *text = dump_listing(dumps, false), *json = dump_listing(dumps, true);

	listings_one(dumps, scan);
	if (text == NULL || json == NULL)
		return;
	for (struct nft_table *table = text->tables; table != NULL; table = table->next)
		table_prefer(table, json->tables, scan);
	for (struct nft_table *table = json->tables; table != NULL; table = table->next)
		if (table_same(text->tables, table) == NULL)
			nft_unknown(scan, table->line, "the text does not show this table");
}

/* ---- iptables ---- */

static struct nft_table *listing_tables(struct linux_dumps *dumps)
{
	struct linux_dump *listing = dump_listing(dumps, false);

	if (listing == NULL)
		listing = dump_listing(dumps, true);
	return listing != NULL ? listing->tables : NULL;
}

static bool listing_is_given(struct linux_dumps *dumps)
{
	return dump_listing(dumps, false) != NULL || dump_listing(dumps, true) != NULL;
}

/* Rules that a listing shows are nftables'; others are not, wherever one is given. */
static void dump_tell_iptables(struct linux_dumps *dumps, struct linux_dump *dump)
{
	if (dump->iptables != LINUX_EITHER)
		return;
	dump->iptables = LINUX_LEGACY;
	for (struct nft_table *table = dump->tables; table != NULL; table = table->next)
		if (table_same(listing_tables(dumps), table) != NULL)
			dump->iptables = LINUX_NF_TABLES;
}

static void dump_settle(struct linux_dumps *dumps, struct linux_dump *dump, struct nft_scan *scan)
{
	dump_tell_iptables(dumps, dump);
	for (struct nft_table *table = dump->tables; table != NULL; table = table->next) {
		table->legacy = dump->iptables == LINUX_LEGACY;
		if (!table->legacy && listing_is_given(dumps))
			table_prefer(table, listing_tables(dumps), scan);
	}
}

static void dump_check_twice(struct linux_dumps *dumps, size_t at, struct nft_scan *scan)
{
	const struct linux_dump *dump = &dumps->list.data[at], *other = dump;

	for (struct nft_table *table = dump->tables; table != NULL; table = table->next) {
		bool twice = table_same(table->next, table) != NULL;
		for (size_t i = 0; i < at; i++) {
			other = &dumps->list.data[i];
			twice = twice || (other->kind == LINUX_IPTABLES &&
					  other->iptables == dump->iptables &&
					  table_same(other->tables, table) != NULL);
		}
		if (twice)
			nft_unknown(scan, table->line, "the table is given twice");
	}
}

void linux_dumps_settle(struct linux_dumps *dumps, struct nft_scan *scan)
{
	listings_settle(dumps, scan);
	for (size_t i = 0; i < dumps->list.len; i++)
		if (dumps->list.data[i].kind == LINUX_IPTABLES)
			dump_settle(dumps, &dumps->list.data[i], scan);
	for (size_t i = 0; i < dumps->list.len; i++)
		if (dumps->list.data[i].kind == LINUX_IPTABLES)
			dump_check_twice(dumps, i, scan);
}

/* ---- what none of them shows ---- */

enum { ABSENT_NFT, ABSENT_LEGACY_4, ABSENT_LEGACY_6, ABSENT_COUNT };

static const struct read_absent absents[ABSENT_COUNT] = {
	[ABSENT_NFT] = { "the tables of nftables", "nft list ruleset", false },
	[ABSENT_LEGACY_4] = { "the rules of iptables-legacy, IPv4", "iptables-legacy-save", false },
	[ABSENT_LEGACY_6] = { "the rules of iptables-legacy, IPv6", "ip6tables-legacy-save",
			      false },
};

static size_t dump_shows(const struct linux_dump *dump)
{
	if (dump->kind == LINUX_NFT)
		return ABSENT_NFT;
	if (dump->kind != LINUX_IPTABLES || dump->iptables != LINUX_LEGACY)
		return ABSENT_COUNT;
	return dump->family == FAMILY_IPV4 ? ABSENT_LEGACY_4 : ABSENT_LEGACY_6;
}

static size_t dumps_lack(const struct linux_dumps *dumps, bool lacks[ABSENT_COUNT + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < ABSENT_COUNT; i++)
		lacks[i] = true;
	for (size_t i = 0; i < dumps->list.len; i++)
		lacks[dump_shows(&dumps->list.data[i])] = false;
	for (size_t i = 0; i < ABSENT_COUNT; i++)
		count += lacks[i];
	return count;
}

/* An empty file does not say which dump it is: as many must be there as are lacking. */
static bool dumps_are_none(const struct linux_dumps *dumps, size_t lacking)
{
	size_t empty = 0;

	for (size_t i = 0; i < dumps->list.len; i++)
		empty += dumps->list.data[i].kind == LINUX_EMPTY;
	return empty >= lacking;
}

void linux_dumps_absent(const struct linux_dumps *dumps, struct arena *arena,
			struct read_result *result)
{
	bool lacks[ABSENT_COUNT + 1];
	size_t lacking = dumps_lack(dumps, lacks);

	result->absent = arena_array(arena, ABSENT_COUNT, sizeof(*result->absent));
	for (size_t i = 0; i < ABSENT_COUNT; i++) {
		if (!lacks[i])
			continue;
		result->absent[result->absent_count] = absents[i];
		result->absent[result->absent_count++].none = dumps_are_none(dumps, lacking);
	}
}

bool linux_dumps_show(const struct linux_dumps *dumps, enum family family)
{
	bool lacks[ABSENT_COUNT + 1];
	size_t lacking = dumps_lack(dumps, lacks);

	if (!lacks[ABSENT_NFT] || dumps_are_none(dumps, lacking))
		return true;
	for (size_t i = 0; i < dumps->list.len; i++) {
		const struct linux_dump *dump = &dumps->list.data[i];
		for (const struct nft_table *table = dump->tables; table; table = table->next)
			if (dump->family == family && strcmp(table->name, "filter") == 0)
				return true;
	}
	return false;
}
