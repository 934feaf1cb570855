/* SPDX-License-Identifier: Apache-2.0
 *
 * From statements to the tree of what is configured at the end. `edit` makes an
 * entry or opens one that is there; `set` replaces, `append` adds, `unset` takes
 * away; `delete`, `purge`, `rename`, `clone` and `move` act on whole entries, and a
 * reference follows what is renamed. `end` closes an open entry with its section. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

#include "base/strbuf.h"

enum { DEPTH_MAX = 16 };

/* An open `config`, and the entry open in it. */
struct frame {
	struct fos_table *table; /* NULL: `config global`, `config vdom` and their like */
	struct fos_entry *entry;
	bool vdoms;                  /* entries are VDOMs */
};

struct tree {
	struct fos *fortios;
	struct frame frame[DEPTH_MAX];
	size_t depth;
	size_t skipped;      /* sections too deep to be followed */
	const char *vdom;
	bool found;
};

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

static struct fos_table *table_open(struct tree *tree, struct fos_table **list,
					const char *vdom, const char *path)
{
	struct fos_table *table = table_in(*list, vdom, path);

	if (table != NULL)
		return table;
	table = arena_alloc(tree->fortios->arena, sizeof(*table));
	table->path = path;
	table->vdom = vdom;
	while (*list != NULL)
		list = &(*list)->next;
	*list = table;
	return table;
}

static void entry_link(struct fos_table *table, struct fos_entry *entry,
		       struct fos_entry *before)
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

static void entry_unlink(struct fos_table *table, struct fos_entry *entry)
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

static struct fos_entry *entry_open(struct tree *tree, struct fos_table *table,
					const char *name,
					const struct fos_statement *statement)
{
	struct fos_entry *entry = fos_entry_find(table, name);

	if (entry != NULL)
		return entry;
	entry = arena_alloc(tree->fortios->arena, sizeof(*entry));
	entry->name = name;
	entry->statement = statement;
	entry_link(table, entry, table->last);
	HASH_ADD_KEYPTR(hh, table->by_name, entry->name, strlen(entry->name), entry);
	return entry;
}

static void entry_drop(struct tree *tree, struct fos_table *table,
		       struct fos_entry *entry)
{
	entry_unlink(table, entry);
	HASH_DEL(table->by_name, entry);
	entry->next = tree->fortios->dropped;
	tree->fortios->dropped = entry;
}

/* ---- settings ---- */

static struct fos_setting *setting_find(struct fos_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->settings.len; i++)
		if (strcmp(entry->settings.data[i].name, name) == 0)
			return &entry->settings.data[i];
	return NULL;
}

static void setting_remove(struct fos_entry *entry, const char *name)
{
	struct fos_setting *setting = setting_find(entry, name);

	if (setting != NULL)
		*setting = entry->settings.data[--entry->settings.len];
}

static void setting_add(struct tree *tree, struct fos_entry *entry,
			const struct fos_statement *statement)
{
	struct arena *arena = tree->fortios->arena;
	struct fos_setting *setting = setting_find(entry, statement->words[1]);
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

/* A service of another protocol begins anew (`protocol`), and a code is of a type. */
static void setting_resets(struct fos_table *table, struct fos_entry *entry,
			   const struct fos_statement *statement)
{
	static const char *const of_protocol[] = { "protocol-number", "icmptype", "icmpcode",
						   "tcp-portrange", "udp-portrange",
						   "sctp-portrange" };
	const char *name = statement->words[1];
	struct fos_setting *old = setting_find(entry, name);
	bool changes = statement->count == 3 && strcmp(name, "protocol") == 0 &&
		       (old == NULL ? strcmp(statement->words[2], "TCP/UDP/SCTP") != 0
				    : strcmp(old->values[0], statement->words[2]) != 0);

	if (strcmp(table->path, "firewall service custom") != 0)
		return;
	for (size_t i = 0; changes && i < sizeof(of_protocol) / sizeof(of_protocol[0]); i++)
		setting_remove(entry, of_protocol[i]);
	if (strcmp(statement->words[0], "unset") == 0 && strcmp(name, "icmptype") == 0)
		setting_remove(entry, "icmpcode");
}

static bool change_setting(struct tree *tree, struct frame *frame,
			   const struct fos_statement *statement)
{
	struct fos_entry *entry = frame->entry != NULL ? frame->entry : &frame->table->own;
	const char *verb = statement->words[0];

	if (statement->count < 2 || (strcmp(verb, "unset") != 0 && statement->count < 3 &&
				     strcmp(verb, "unselect") != 0))
		return statement->count == 2 && strcmp(verb, "set") == 0;
	setting_resets(frame->table, entry, statement);
	if (strcmp(verb, "set") == 0 || strcmp(verb, "select") == 0)
		setting_remove(entry, statement->words[1]);
	if (strcmp(verb, "unset") == 0)
		setting_remove(entry, statement->words[1]);
	else if (strcmp(verb, "unselect") != 0)
		setting_add(tree, entry, statement);
	else
		return false;
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
static void rename_references(struct tree *tree, const struct fos_table *table,
			      const char *from, const char *to)
{
	size_t kind = 0, kinds = sizeof(references) / sizeof(references[0]);

	while (kind < kinds && strcmp(references[kind].table, table->path) != 0)
		kind++;
	for (struct fos_table *t = tree->fortios->tables; kind < kinds && t; t = t->next) {
		if (strcmp(t->vdom, table->vdom) != 0 || !table_refers(t, table->path))
			continue;
		for (struct fos_entry *e = t->first; e != NULL; e = e->next)
			for (size_t i = 0; i < 6 && references[kind].settings[i] != NULL; i++) {
				struct fos_setting *s =
					setting_find(e, references[kind].settings[i]);
				for (size_t k = 0; s != NULL && k < s->count; k++)
					if (strcmp(s->values[k], from) == 0)
						s->values[k] = to;
			}
	}
}

static bool rename_entry(struct tree *tree, struct fos_table *table,
			 const char *from, const char *to)
{
	struct fos_entry *entry = fos_entry_find(table, from);

	if (entry == NULL || fos_entry_find(table, to) != NULL)
		return false;
	HASH_DEL(table->by_name, entry);
	entry->name = to;
	HASH_ADD_KEYPTR(hh, table->by_name, entry->name, strlen(entry->name), entry);
	rename_references(tree, table, from, to);
	return true;
}

static bool clone_entry(struct tree *tree, struct fos_table *table, const char *from,
			const struct fos_statement *statement)
{
	struct arena *arena = tree->fortios->arena;
	struct fos_entry *model = fos_entry_find(table, from);

	if (model == NULL || model->tables != NULL ||
	    fos_entry_find(table, statement->words[3]) != NULL)
		return false;
	struct fos_entry *entry = entry_open(tree, table, statement->words[3], statement);
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
	entry_unlink(table, entry);
	entry_link(table, entry, after ? mark : mark->before);
	return true;
}

static bool change_entry(struct tree *tree, struct fos_table *table,
			 const struct fos_statement *statement)
{
	const char *const *words = statement->words;
	struct fos_entry *entry;
	bool to = statement->count == 4 && strcmp(words[2], "to") == 0;

	if (strcmp(words[0], "move") == 0)
		return statement->count == 4 && move_entry(table, statement);
	if (strcmp(words[0], "rename") == 0)
		return to && rename_entry(tree, table, words[1], words[3]);
	if (strcmp(words[0], "clone") == 0)
		return to && clone_entry(tree, table, words[1], statement);
	if (strcmp(words[0], "delete") == 0 && statement->count == 2) {
		entry = fos_entry_find(table, words[1]);
		if (entry != NULL)
			entry_drop(tree, table, entry);
		return true;
	}
	if (strcmp(words[0], "purge") != 0)
		return false;
	while (table->first != NULL)
		entry_drop(tree, table, table->first);
	return true;
}

/* ---- sections ---- */

static const char *section_path(struct tree *tree, const struct fos_statement *statement)
{
	struct strbuf path = STRBUF_INIT;

	for (size_t i = 1; i < statement->count; i++) {
		strbuf_puts(&path, i > 1 ? " " : "");
		strbuf_puts(&path, statement->words[i]);
	}
	const char *made = arena_strdup(tree->fortios->arena, strbuf_text(&path));
	strbuf_release(&path);
	return made;
}

static bool is_global(const char *path)
{
	static const char *const global[] = { "system interface", "system global",
					      "system session-helper" };

	for (size_t i = 0; i < sizeof(global) / sizeof(global[0]); i++)
		if (strcmp(path, global[i]) == 0)
			return true;
	return false;
}

static void mark_like(struct tree *tree, const struct fos_table *table,
		      const struct fos_statement *statement)
{
	static const enum fos_mark marks[] = { LINE_UNDERSTOOD, LINE_IRRELEVANT,
						   LINE_UNKNOWN };

	fos_mark(tree->fortios, statement, marks[table->class->kind]);
}

static void open_table(struct tree *tree, struct frame *above,
		       const struct fos_statement *statement)
{
	const char *path = section_path(tree, statement);
	struct frame frame = { .table = NULL };
	bool inner = above != NULL && above->table != NULL;

	if (inner) {
		struct fos_entry *entry = above->entry ? above->entry : &above->table->own;
		frame.table = table_open(tree, &entry->tables, "", path);
		frame.table->class = above->table->class;
	} else {
		frame.table = table_open(tree, &tree->fortios->tables,
					 is_global(path) ? "" : tree->vdom, path);
		frame.table->class = fos_classify(path);
		tree->found = true;
	}
	if (frame.table->statement == NULL)
		frame.table->statement = statement;
	/* An empty section decides nothing: it is marked by what is in it. */
	if (frame.table->class->kind != SECTION_DECIDES)
		mark_like(tree, frame.table, statement);
	else
		fos_mark(tree->fortios, statement, LINE_IRRELEVANT);
	tree->frame[tree->depth++] = frame;
}

static void open_section(struct tree *tree, const struct fos_statement *statement)
{
	struct frame *above = tree->depth > 0 ? &tree->frame[tree->depth - 1] : NULL;
	bool margin = above == NULL || above->table == NULL;
	bool vdoms = statement->count == 2 && strcmp(statement->words[1], "vdom") == 0;
	bool global = statement->count == 2 && strcmp(statement->words[1], "global") == 0;

	if (tree->depth == DEPTH_MAX || tree->skipped > 0) {
		tree->skipped++;
		fos_unknown(tree->fortios, statement, "sections are too deep", false);
	} else if (margin && (vdoms || global)) {
		tree->frame[tree->depth++] = (struct frame){ .vdoms = vdoms };
		tree->vdom = "root";
		fos_mark(tree->fortios, statement, LINE_UNDERSTOOD);
	} else {
		open_table(tree, above, statement);
	}
}

static void open_entry(struct tree *tree, struct frame *frame,
		       const struct fos_statement *statement)
{
	if (frame->table == NULL) {
		tree->vdom = statement->words[1];
		fos_mark(tree->fortios, statement, LINE_UNDERSTOOD);
		return;
	}
	frame->entry = entry_open(tree, frame->table, statement->words[1], statement);
	mark_like(tree, frame->table, statement);
}

static bool word_is(const struct fos_statement *statement, const char *word)
{
	return strcmp(statement->words[0], word) == 0;
}

static void close_section(struct tree *tree, const struct fos_statement *statement)
{
	struct frame *frame = &tree->frame[--tree->depth];

	if (frame->table != NULL && frame->table->class->kind != SECTION_DECIDES)
		mark_like(tree, frame->table, statement);
	else
		fos_mark(tree->fortios, statement, frame->table == NULL ? LINE_UNDERSTOOD
									    : LINE_IRRELEVANT);
	if (frame->vdoms)
		tree->vdom = "root";
}

/* A statement within a section. */
static void inside(struct tree *tree, const struct fos_statement *statement)
{
	struct frame *frame = &tree->frame[tree->depth - 1];
	bool set = word_is(statement, "set") || word_is(statement, "unset") ||
		   word_is(statement, "append") || word_is(statement, "select") ||
		   word_is(statement, "unselect");

	if (word_is(statement, "next")) {
		frame->entry = NULL;
		if (frame->table != NULL)
			mark_like(tree, frame->table, statement);
		else
			fos_mark(tree->fortios, statement, LINE_UNDERSTOOD);
	} else if (word_is(statement, "edit") && statement->count == 2 &&
		   (frame->table != NULL || frame->vdoms)) {
		open_entry(tree, frame, statement);
	} else if (frame->table != NULL && frame->table->class->kind != SECTION_READ) {
		mark_like(tree, frame->table, statement);
		if (set) /* so that it is known not to be empty */
			change_setting(tree, frame, statement);
	} else if (frame->table != NULL &&
		   (set ? change_setting(tree, frame, statement)
			: change_entry(tree, frame->table, statement))) {
		fos_mark(tree->fortios, statement, LINE_UNDERSTOOD);
	} else {
		fos_unknown(tree->fortios, statement, "the command is not known here", false);
	}
}

static void grow(struct tree *tree, const struct fos_statement *statement)
{
	if (statement->count == 0) {
		fos_mark(tree->fortios, statement, LINE_IRRELEVANT);
	} else if (word_is(statement, "config") && statement->count > 1) {
		open_section(tree, statement);
	} else if (tree->skipped > 0) {
		fos_mark(tree->fortios, statement, LINE_UNKNOWN);
		tree->skipped -= word_is(statement, "end");
	} else if (tree->depth == 0) {
		fos_unknown(tree->fortios, statement, "the command is not known", false);
	} else if (word_is(statement, "end")) {
		close_section(tree, statement);
	} else {
		inside(tree, statement);
	}
}

bool fos_grow(struct fos *fortios)
{
	struct tree tree = { .fortios = fortios, .vdom = "root" };

	for (size_t i = 0; i < fortios->statements.len; i++)
		grow(&tree, &fortios->statements.data[i]);
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		if (t->class->kind == SECTION_DECIDES &&
		    (t->first != NULL || t->own.settings.len > 0))
			fos_unknown(fortios, t->statement, t->class->reason, false);
	return tree.found;
}

/* ---- questions ---- */

const struct fos_setting *fos_get(struct fos *fortios, struct fos_entry *entry,
					  const char *name)
{
	struct fos_setting *setting = setting_find(entry, name);

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

bool fos_rest(struct fos *fortios, struct fos_entry *entry,
		  const char *const *harmless, bool bounded)
{
	bool some = false;

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
