/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of a policy: one table a namespace, filled before anything is
 * looked up, for order never matters. */
#include "config.h"
#include "compiler/resolve.h"

#include <stdlib.h>
#include <string.h>

static const char *const table_words[TABLE_COUNT] = {
	"zone, asset or group", "service", "schedule", "mode", "conduit", "device", "tag", "rule",
};

/* FNV-1a. */
static size_t symbol_hash(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 0x100000001b3;
	return (size_t)(hash ^ hash >> 32);
}

static uint32_t *symbol_slot(const struct symbol_table *table, const char *name)
{
	size_t at = symbol_hash(name) & (table->slot_count - 1);

	while (table->slots[at] != 0 &&
	       strcmp(table->list.data[table->slots[at] - 1]->name, name) != 0)
		at = (at + 1) & (table->slot_count - 1);
	return &table->slots[at];
}

struct symbol *symbol_find(const struct symbol_table *table, const char *name)
{
	if (table->slot_count == 0)
		return NULL;
	uint32_t slot = *symbol_slot(table, name);
	return slot ? table->list.data[slot - 1] : NULL;
}

static void symbol_table_grow(struct symbol_table *table)
{
	if (table->list.len * 2 < table->slot_count)
		return;
	free(table->slots);
	table->slot_count = table->slot_count ? table->slot_count * 2 : 64;
	table->slots = memory_array(table->slot_count, sizeof(*table->slots));
	for (size_t i = 0; i < table->list.len; i++)
		*symbol_slot(table, table->list.data[i]->name) = (uint32_t)i + 1;
}

void symbol_table_release(struct symbol_table *table)
{
	free(table->slots);
	vec_free(&table->list);
}

struct symbol *symbol_add(struct resolve *r, enum table which, const struct tree_name *name,
			  const void *tree)
{
	struct symbol_table *table = &r->table[which];
	struct symbol *old = symbol_find(table, name->text);

	if (old != NULL) {
		struct diag *diag = diag_add(r->diags, FINDING_DUPLICATE_NAME, name->where,
					     "the name '%s' is taken", name->text);
		diag_other(r->diags, diag, old->where, "it was given first here");
		return NULL;
	}
	struct symbol *symbol = arena_alloc(r->arena, sizeof(*symbol));
	*symbol = (struct symbol){ .name = name->text, .where = name->where, .tree = tree };
	symbol_table_grow(table);
	vec_push(&table->list, symbol);
	*symbol_slot(table, symbol->name) = (uint32_t)table->list.len;
	return symbol;
}

static void symbol_unknown(struct resolve *r, enum table which, const char *name,
			   struct span where)
{
	const struct symbol_table *table = &r->table[which];
	const char **names = memory_array(table->list.len + 1, sizeof(*names));
	struct diag *diag = diag_add(r->diags, FINDING_UNKNOWN_NAME, where,
				     "there is no %s '%s'", table_words[which], name);

	for (size_t i = 0; i < table->list.len; i++)
		names[i] = table->list.data[i]->name;
	diag_suggest(r->diags, diag, name, names, table->list.len);
	free(names);
}

struct symbol *symbol_use(struct resolve *r, enum table which, const char *name,
			  struct span where)
{
	struct symbol *symbol = symbol_find(&r->table[which], name);

	if (symbol == NULL)
		symbol_unknown(r, which, name, where);
	else
		symbol->used = true;
	return symbol;
}

struct symbol *symbol_use_zone(struct resolve *r, const char *name, struct span where)
{
	struct symbol *symbol = symbol_use(r, TABLE_PLACES, name, where);

	if (symbol == NULL || symbol->kind == SYMBOL_ZONE)
		return symbol;
	const char *what = symbol->kind == SYMBOL_ASSET ? "an asset" : "a group";
	struct diag *diag = diag_add(r->diags, FINDING_NOT_A_ZONE, where,
				     "'%s' is %s; a zone is needed here", name, what);
	diag_other(r->diags, diag, symbol->where, "it is declared here");
	return NULL;
}

static void names_place(struct resolve *r, const struct tree_name *name, const void *tree,
			enum symbol_kind kind)
{
	struct symbol *symbol = symbol_add(r, TABLE_PLACES, name, tree);
	if (symbol != NULL)
		symbol->kind = kind;
}

/* Symbols of services: kind tells an industrial protocol (index counts from 1). */
static void names_service(struct resolve *r, const struct tree_statement *s, bool shipped)
{
	const struct tree_name *name =
		s->kind == STATEMENT_SERVICE ? &s->service->name : &s->protocol->name;
	struct symbol *old = symbol_find(&r->table[TABLE_SERVICES], name->text);

	/* A policy may say what a shipped name means to it. */
	struct symbol *symbol = old != NULL && old->shipped && !shipped
		? old : symbol_add(r, TABLE_SERVICES, name, NULL);
	if (symbol == NULL)
		return;
	*symbol = (struct symbol){ .name = name->text, .where = name->where,
				   .shipped = shipped, .kind = SYMBOL_OTHER };
	symbol->tree = s;
}

static void names_statement(struct resolve *r, const struct tree_statement *s, bool shipped)
{
	switch (s->kind) {
	case STATEMENT_ZONE:
		names_place(r, &s->zone->name, s->zone, SYMBOL_ZONE);
		break;
	case STATEMENT_ASSET:
		names_place(r, &s->asset->name, s->asset, SYMBOL_ASSET);
		break;
	case STATEMENT_GROUP:
		names_place(r, &s->group->name, s->group, SYMBOL_GROUP);
		break;
	case STATEMENT_SERVICE:
	case STATEMENT_PROTOCOL:
		names_service(r, s, shipped);
		break;
	case STATEMENT_SCHEDULE:
		symbol_add(r, TABLE_SCHEDULES, &s->schedule->name, s->schedule);
		break;
	case STATEMENT_MODE:
		symbol_add(r, TABLE_MODES, &s->mode->name, s->mode);
		break;
	case STATEMENT_CONDUIT:
		symbol_add(r, TABLE_CONDUITS, &s->conduit->name, s->conduit);
		break;
	case STATEMENT_DEVICE:
		symbol_add(r, TABLE_DEVICES, &s->device->name, s->device);
		break;
	default:
		break;
	}
}

void resolve_names(struct resolve *r)
{
	for (const struct tree_statement *s = r->text->prelude; s != NULL; s = s->next)
		names_statement(r, s, true);
	for (const struct tree_statement *s = r->text->statements; s != NULL; s = s->next)
		names_statement(r, s, false);
}

static void unused_table(struct resolve *r, enum table which, const char *what)
{
	for (size_t i = 0; i < r->table[which].list.len; i++) {
		const struct symbol *symbol = r->table[which].list.data[i];
		if (symbol->used || symbol->shipped ||
		    (which == TABLE_PLACES && symbol->kind != SYMBOL_GROUP))
			continue;
		bool protocol = which == TABLE_SERVICES &&
				((const struct tree_statement *)symbol->tree)->kind ==
					STATEMENT_PROTOCOL;
		diag_add(r->diags, FINDING_UNUSED_NAME, symbol->where,
			 "the %s '%s' is never used", protocol ? "protocol" : what,
			 symbol->name)->subject = symbol->name;
	}
}

/* Zones and assets say what is there, used or not. */
void resolve_unused(struct resolve *r)
{
	unused_table(r, TABLE_PLACES, "group");
	unused_table(r, TABLE_SERVICES, "service");
	unused_table(r, TABLE_SCHEDULES, "schedule");
	unused_table(r, TABLE_MODES, "mode");
}
