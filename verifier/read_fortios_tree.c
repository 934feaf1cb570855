/* SPDX-License-Identifier: Apache-2.0
 *
 * From statements to the tree of what is configured at the end: `config` opens a
 * section, `edit` an entry that is there or makes one, `next` closes it, and `end`
 * closes the section with its open entry. */
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
	const char *vdom;    /* "" within `config global`: of the whole device */
	size_t at;           /* of the statement */
	struct fos_block block; /* of the VDOM that is open; `vdom` NULL: none is */
	bool found;
};

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
	static const char *const global[] = { "system interface", "system global" };

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
		frame.table = fos_table_open(tree->fortios, &entry->tables, "", path);
		frame.table->class = above->table->class;
	} else {
		frame.table = fos_table_open(tree->fortios, &tree->fortios->tables,
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
		tree->vdom = vdoms ? "root" : "";
		fos_mark(tree->fortios, statement, LINE_UNDERSTOOD);
	} else {
		open_table(tree, above, statement);
	}
}

/* A policy 0 is a new one, behind all others. */
static const char *entry_name(struct tree *tree, const struct fos_table *table, const char *name)
{
	if (strcmp(name, "0") != 0 || strstr(table->path, "policy") == NULL)
		return name;
	return arena_printf(tree->fortios->arena, "%u", table->most + 1);
}

/* It ended with the statement before. */
static void block_close(struct tree *tree)
{
	if (tree->block.vdom == NULL)
		return;
	tree->block.last = tree->at - 1;
	vec_push(&tree->fortios->blocks, tree->block);
	tree->block.vdom = NULL;
}

static void open_entry(struct tree *tree, struct frame *frame,
		       const struct fos_statement *statement)
{
	if (frame->table == NULL) {
		block_close(tree);
		tree->vdom = statement->words[1];
		tree->block = (struct fos_block){ .vdom = tree->vdom, .first = tree->at };
		fos_mark(tree->fortios, statement, LINE_UNDERSTOOD);
		return;
	}
	if (frame->entry != NULL)
		fos_unknown(tree->fortios, statement, "another entry is still open", false);
	frame->entry = fos_entry_open(tree->fortios, frame->table, entry_name(tree, frame->table,
									      statement->words[1]),
				      statement);
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
		block_close(tree);
	if (frame->table == NULL)
		tree->vdom = "root";
}

/* A statement within a section. */
static void inside(struct tree *tree, const struct fos_statement *statement)
{
	struct frame *frame = &tree->frame[tree->depth - 1];
	struct fos_entry *entry = frame->entry;
	bool set = fos_is_setting(statement);

	if (entry == NULL && frame->table != NULL)
		entry = &frame->table->own;

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
			fos_edit_setting(tree->fortios, frame->table, entry, statement);
	} else if (frame->table != NULL &&
		   (set ? fos_edit_setting(tree->fortios, frame->table, entry, statement)
			: fos_edit_entry(tree->fortios, frame->table, statement))) {
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

/* What is behind the end may change everything. */
static void grow_end(struct tree *tree)
{
	struct fos *fortios = tree->fortios;

	if (tree->depth > 0 && fortios->statements.len > 0)
		fos_unknown(fortios, &fortios->statements.data[fortios->statements.len - 1],
			    "the text ends within a section", false);
}

/* Each of its entries by its own line, and by that of the section what stands beside. */
static void decides(struct fos *fortios, struct fos_table *table)
{
	for (struct fos_entry *e = table->first; e != NULL; e = e->next)
		fos_unknown(fortios, e->statement, table->class->reason, false);
	if (table->own.settings.len > 0 || (table->own.tables != NULL && table->first == NULL))
		fos_unknown(fortios, table->statement, table->class->reason, false);
}

bool fos_grow(struct fos *fortios)
{
	struct tree tree = { .fortios = fortios, .vdom = "root" };

	for (tree.at = 0; tree.at < fortios->statements.len; tree.at++)
		grow(&tree, &fortios->statements.data[tree.at]);
	grow_end(&tree);
	fos_elsewhere(fortios);
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		if (t->class->kind == SECTION_DECIDES)
			decides(fortios, t);
	return tree.found;
}

