/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of what is configured: tables of entries in their order, entries of
 * settings, and what is asked of them. Every setting that is read is marked; what
 * nobody read decides nothing only where its reader says so. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

/* ---- tables and entries ---- */

/* There are some hundreds of sections, so a walk over them is short. */
static struct fos_table *table_in(struct fos_table *table, const char *vdom,
				      const char *path)
{
	while (table != NULL &&
	       (strcmp(table->path, path) != 0 || strcmp(table->vdom, vdom) != 0))
		table = table->next;
	return table;
}

struct fos_table *fos_table_find(const struct fos *fortios, const char *vdom,
					 const char *path)
{
	return table_in(fortios->tables, vdom, path);
}

struct fos_table *fos_table_inside(const struct fos_entry *entry, const char *path)
{
	return table_in(entry->tables, "", path);
}

struct fos_entry *fos_entry_find(const struct fos_table *table, const char *name)
{
	struct fos_entry *entry = NULL;

	if (table != NULL)
		HASH_FIND_STR(table->by_name, name, entry);
	return entry;
}

struct fos_table *fos_table_open(struct fos *fortios, struct fos_table **list, const char *vdom,
				 const char *path)
{
	struct fos_table *table = table_in(*list, vdom, path);

	if (table != NULL)
		return table;
	table = arena_alloc(fortios->arena, sizeof(*table));
	table->path = path;
	table->vdom = vdom;
	while (*list != NULL)
		list = &(*list)->next;
	*list = table;
	return table;
}

void fos_entry_link(struct fos_table *table, struct fos_entry *entry, struct fos_entry *before)
{
	entry->before = before;
	entry->next = before != NULL ? before->next : table->first;
	if (entry->next != NULL)
		entry->next->before = entry;
	else
		table->last = entry;
	if (before != NULL)
		before->next = entry;
	else
		table->first = entry;
}

void fos_entry_unlink(struct fos_table *table, struct fos_entry *entry)
{
	if (entry->before != NULL)
		entry->before->next = entry->next;
	else
		table->first = entry->next;
	if (entry->next != NULL)
		entry->next->before = entry->before;
	else
		table->last = entry->before;
}

struct fos_entry *fos_entry_open(struct fos *fortios, struct fos_table *table, const char *name,
				 const struct fos_statement *statement)
{
	struct fos_entry *entry = fos_entry_find(table, name);
	uint32_t number;

	if (entry != NULL)
		return entry;
	entry = arena_alloc(fortios->arena, sizeof(*entry));
	entry->name = name;
	entry->statement = statement;
	if (fos_number(name, UINT32_MAX - 1, &number) && number > table->most)
		table->most = number;
	fos_entry_link(table, entry, table->last);
	HASH_ADD_KEYPTR(hh, table->by_name, entry->name, strlen(entry->name), entry);
	return entry;
}

void fos_entry_drop(struct fos *fortios, struct fos_table *table, struct fos_entry *entry)
{
	fos_entry_unlink(table, entry);
	HASH_DEL(table->by_name, entry);
	entry->next = fortios->dropped;
	fortios->dropped = entry;
}

/* ---- settings ---- */

struct fos_setting *fos_setting_find(struct fos_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->settings.len; i++)
		if (strcmp(entry->settings.data[i].name, name) == 0)
			return &entry->settings.data[i];
	return NULL;
}

void fos_setting_remove(struct fos_entry *entry, const char *name)
{
	struct fos_setting *setting = fos_setting_find(entry, name);

	if (setting != NULL)
		*setting = entry->settings.data[--entry->settings.len];
}

void fos_setting_add(struct fos *fortios, struct fos_entry *entry,
		     const struct fos_statement *statement)
{
	struct arena *arena = fortios->arena;
	struct fos_setting *setting = fos_setting_find(entry, statement->words[1]);
	struct fos_setting made = { .name = statement->words[1], .statement = statement };
	size_t more = statement->count - 2;

	if (setting == NULL) {
		vec_push(&entry->settings, made);
		setting = &entry->settings.data[entry->settings.len - 1];
	}
	if (setting->count + more >= setting->cap) {
		setting->cap = 2 * (setting->count + more) + 1;
		const char **values = arena_array(arena, setting->cap, sizeof(*values));
		if (setting->count > 0)
			memcpy(values, setting->values, setting->count * sizeof(*values));
		setting->values = values;
	}
	for (size_t i = 0; i < more; i++)
		setting->values[setting->count++] = statement->words[i + 2];
	setting->values[setting->count] = NULL;
}

/* ---- questions ---- */

const struct fos_setting *fos_get(struct fos *fortios, struct fos_entry *entry,
					  const char *name)
{
	struct fos_setting *setting = fos_setting_find(entry, name);

	if (setting == NULL)
		return NULL;
	setting->judged = true;
	fos_mark(fortios, setting->statement, LINE_UNDERSTOOD);
	return setting;
}

const char *fos_word(struct fos *fortios, struct fos_entry *entry, const char *name,
			 const char *other)
{
	const struct fos_setting *setting = fos_get(fortios, entry, name);

	return setting == NULL || setting->count == 0 ? other : setting->values[0];
}

bool fos_is(struct fos *fortios, struct fos_entry *entry, const char *name,
		const char *value)
{
	return strcmp(fos_word(fortios, entry, name, ""), value) == 0;
}

bool fos_on(struct fos *fortios, struct fos_entry *entry, const char *name, bool otherwise,
	    bool *uncertain)
{
	const struct fos_setting *setting = fos_get(fortios, entry, name);
	const char *value = setting != NULL && setting->count == 1 ? setting->values[0] : "";

	if (setting == NULL)
		return otherwise;
	if (strcmp(value, "enable") == 0 || strcmp(value, "disable") == 0)
		return strcmp(value, "enable") == 0;
	fos_unknown(fortios, setting->statement, "it is neither `enable` nor `disable`", true);
	*uncertain = true;
	return otherwise;
}

/* A name in the list may end in `*`. */
static bool name_listed(const char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		size_t length = strlen(*names);
		bool open = length > 0 && (*names)[length - 1] == '*';
		if (open ? strncmp(*names, name, length - 1) == 0 : strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static void table_irrelevant(struct fos *fortios, struct fos_table *table)
{
	static const char *const everything[] = { "*", NULL };

	table->judged = true;
	fos_rest(fortios, &table->own, everything, true);
	for (struct fos_entry *e = table->first; e != NULL; e = e->next)
		fos_rest(fortios, e, everything, true);
}

static bool rest_tables(struct fos *fortios, struct fos_entry *entry,
			const char *const *harmless)
{
	bool some = false;

	for (struct fos_table *t = entry->tables; t != NULL; t = t->next) {
		if (t->judged)
			continue;
		if (name_listed(harmless, t->path)) {
			table_irrelevant(fortios, t);
			continue;
		}
		t->judged = some = true;
		fos_unknown(fortios, t->statement, "the section is not known here", false);
	}
	return some;
}

bool fos_rest(struct fos *fortios, struct fos_entry *entry, const char *const *harmless,
	      bool bounded)
{
	bool some = rest_tables(fortios, entry, harmless);

	for (size_t i = 0; i < entry->settings.len; i++) {
		struct fos_setting *setting = &entry->settings.data[i];
		if (setting->judged)
			continue;
		setting->judged = true;
		if (name_listed(harmless, setting->name)) {
			fos_mark(fortios, setting->statement, LINE_IRRELEVANT);
			continue;
		}
		fos_unknown(fortios, setting->statement,
			    "the setting may decide and is not interpreted", bounded);
		some = true;
	}
	return some;
}

/* What stands in a section that is read, and nobody asked for. */
void fos_leftovers(struct fos *fortios)
{
	static const char *const none[] = { NULL };

	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next) {
		if (t->class->kind != SECTION_READ)
			continue;
		fos_rest(fortios, &t->own, none, false);
		for (struct fos_entry *e = t->first; e != NULL; e = e->next)
			fos_rest(fortios, e, none, false);
	}
}
