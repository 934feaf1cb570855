/* SPDX-License-Identifier: Apache-2.0
 *
 * What a statement does to the tree. `set` replaces, `append` adds, `unselect` takes
 * values away, `unset` the whole; `delete`, `purge`, `rename`, `clone` and `move` act
 * on whole entries, and a reference follows what is renamed. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

/* ---- settings ---- */

/* A service of another protocol begins anew (`protocol`), and a code is of a type. */
static void setting_resets(struct fos_table *table, struct fos_entry *entry,
			   const struct fos_statement *statement)
{
	static const char *const of_protocol[] = { "protocol-number", "icmptype", "icmpcode",
						   "tcp-portrange", "udp-portrange",
						   "udplite-portrange", "sctp-portrange" };
	const char *name = statement->words[1];
	struct fos_setting *old = fos_setting_find(entry, name);
	bool changes = statement->count == 3 && strcmp(name, "protocol") == 0 &&
		       (old == NULL ? strncmp(statement->words[2], "TCP/UDP/", 8) != 0
				    : strcmp(old->values[0], statement->words[2]) != 0);

	if (strcmp(table->path, "firewall service custom") != 0)
		return;
	for (size_t i = 0; changes && i < sizeof(of_protocol) / sizeof(of_protocol[0]); i++)
		fos_setting_remove(entry, of_protocol[i]);
	if (strcmp(statement->words[0], "unset") == 0 && strcmp(name, "icmptype") == 0)
		fos_setting_remove(entry, "icmpcode");
}

static void setting_unselect(struct fos_entry *entry, const struct fos_statement *statement)
{
	struct fos_setting *setting = fos_setting_find(entry, statement->words[1]);
	size_t kept = 0;

	for (size_t i = 0; setting != NULL && i < setting->count; i++) {
		bool goes = false;
		for (size_t k = 2; k < statement->count; k++)
			goes = goes || strcmp(setting->values[i], statement->words[k]) == 0;
		if (!goes)
			setting->values[kept++] = setting->values[i];
	}
	if (setting == NULL)
		return;
	setting->count = kept;
	setting->values[kept] = NULL;
}

bool fos_is_setting(const struct fos_statement *statement)
{
	static const char *const verbs[] = { "set", "unset", "append", "select", "unselect" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(statement->words[0], verbs[i]) == 0)
			return true;
	return false;
}

/* A `set` without values is refused, and changes nothing. */
bool fos_edit_setting(struct fos *fortios, struct fos_table *table, struct fos_entry *entry,
		      const struct fos_statement *statement)
{
	const char *verb = statement->words[0];

	if (statement->count < 2)
		return false;
	if (statement->count == 2 && strcmp(verb, "unset") != 0)
		return strcmp(verb, "set") == 0;
	setting_resets(table, entry, statement);
	if (strcmp(verb, "unselect") == 0) {
		setting_unselect(entry, statement);
		return true;
	}
	if (strcmp(verb, "append") != 0)
		fos_setting_remove(entry, statement->words[1]);
	if (strcmp(verb, "unset") != 0)
		fos_setting_add(fortios, entry, statement);
	return true;
}

/* ---- whole entries ---- */

/* Where a name of the table stands in others, and what else shares its names. */
static const struct {
	const char *table, *settings[6];
} references[] = {
	{ "firewall address", { "member", "exclude-member", "srcaddr", "dstaddr" } },
	{ "firewall addrgrp", { "member", "exclude-member", "srcaddr", "dstaddr" } },
	{ "firewall address6", { "member", "exclude-member", "srcaddr6", "dstaddr6", "srcaddr",
				 "dstaddr" } },
	{ "firewall addrgrp6", { "member", "exclude-member", "srcaddr6", "dstaddr6", "srcaddr",
				 "dstaddr" } },
	{ "firewall multicast-address", { "dstaddr" } },
	{ "firewall service custom", { "member", "service" } },
	{ "firewall service group", { "member", "service" } },
	{ "firewall schedule recurring", { "member", "schedule" } },
	{ "firewall schedule onetime", { "member", "schedule" } },
	{ "firewall schedule group", { "schedule" } },
	{ "system zone", { "srcintf", "dstintf" } },
	{ "system interface", { "interface", "srcintf", "dstintf", "intf" } },
};

/* The tables whose members and policies may name an entry of `table`. */
static bool table_refers(const struct fos_table *other, const char *table)
{
	bool policy = strstr(other->path, "policy") != NULL;
	bool six = strchr(table, '6') != NULL;

	if (strncmp(table, "firewall addr", 13) == 0)
		return policy ? six || strchr(other->path, '6') == NULL
			      : strncmp(other->path, six ? "firewall addrgrp6" : "firewall addrgrp",
					18) == 0;
	if (strncmp(table, "system", 6) == 0)
		return policy || strcmp(other->path, "system zone") == 0;
	return policy || (strncmp(other->path, table, strcspn(table, " ") + 8) == 0);
}

/* One walk over all settings a rename: devices are not renamed entry by entry. */
static void rename_references(struct fos *fortios, const struct fos_table *table,
			      const char *from, const char *to)
{
	size_t kind = 0, kinds = sizeof(references) / sizeof(references[0]);

	while (kind < kinds && strcmp(references[kind].table, table->path) != 0)
		kind++;
	for (struct fos_table *t = fortios->tables; kind < kinds && t; t = t->next) {
		if (strcmp(t->vdom, table->vdom) != 0 || !table_refers(t, table->path))
			continue;
		for (struct fos_entry *e = t->first; e != NULL; e = e->next)
			for (size_t i = 0; i < 6 && references[kind].settings[i] != NULL; i++) {
				struct fos_setting *s =
					fos_setting_find(e, references[kind].settings[i]);
				for (size_t k = 0; s != NULL && k < s->count; k++)
					if (strcmp(s->values[k], from) == 0)
						s->values[k] = to;
			}
	}
}

static bool rename_entry(struct fos *fortios, struct fos_table *table,
			 const char *from, const char *to)
{
	struct fos_entry *entry = fos_entry_find(table, from);

	if (entry == NULL || fos_entry_find(table, to) != NULL)
		return false;
	HASH_DEL(table->by_name, entry);
	entry->name = to;
	HASH_ADD_KEYPTR(hh, table->by_name, entry->name, strlen(entry->name), entry);
	rename_references(fortios, table, from, to);
	return true;
}

static bool clone_entry(struct fos *fortios, struct fos_table *table, const char *from,
			const struct fos_statement *statement)
{
	struct arena *arena = fortios->arena;
	struct fos_entry *model = fos_entry_find(table, from);

	if (model == NULL || model->tables != NULL ||
	    fos_entry_find(table, statement->words[3]) != NULL)
		return false;
	struct fos_entry *entry = fos_entry_open(fortios, table, statement->words[3], statement);
	for (size_t i = 0; i < model->settings.len; i++) {
		struct fos_setting copy = model->settings.data[i];
		copy.values = arena_copy(arena, copy.values,
					 (copy.count + 1) * sizeof(*copy.values));
		copy.cap = copy.count + 1;
		vec_push(&entry->settings, copy);
	}
	return true;
}

static bool move_entry(struct fos_table *table, const struct fos_statement *statement)
{
	struct fos_entry *entry = fos_entry_find(table, statement->words[1]);
	struct fos_entry *mark = fos_entry_find(table, statement->words[3]);
	bool after = strcmp(statement->words[2], "after") == 0;

	if (entry == NULL || mark == NULL || (!after && strcmp(statement->words[2], "before")))
		return false;
	if (entry == mark)
		return true;
	fos_entry_unlink(table, entry);
	fos_entry_link(table, entry, after ? mark : mark->before);
	return true;
}

bool fos_edit_entry(struct fos *fortios, struct fos_table *table,
		    const struct fos_statement *statement)
{
	const char *const *words = statement->words;
	struct fos_entry *entry;
	bool to = statement->count == 4 && strcmp(words[2], "to") == 0;

	if (strcmp(words[0], "move") == 0)
		return statement->count == 4 && move_entry(table, statement);
	if (strcmp(words[0], "rename") == 0)
		return to && rename_entry(fortios, table, words[1], words[3]);
	if (strcmp(words[0], "clone") == 0)
		return to && clone_entry(fortios, table, words[1], statement);
	if (strcmp(words[0], "delete") == 0 && statement->count == 2) {
		entry = fos_entry_find(table, words[1]);
		if (entry != NULL)
			fos_entry_drop(fortios, table, entry);
		return true;
	}
	if (strcmp(words[0], "purge") != 0)
		return false;
	while (table->first != NULL)
		fos_entry_drop(fortios, table, table->first);
	return true;
}

