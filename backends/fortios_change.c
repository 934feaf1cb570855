/* SPDX-License-Identifier: Apache-2.0
 *
 * From what is on the device to what is to be. New policies append at the end, so
 * each is moved before the last. Then go, in the order that the device
 * accepts, the policies that are no longer wanted, groups, and the objects in them.
 *
 * A policy of others that names an interface of this device on both sides would
 * decide before the ones made here, and goes as well. The way back makes everything
 * anew as it was. */
#include "config.h"
#include "backends/fortios.h"

#include <stdio.h>
#include <string.h>

struct change {
	struct fortios *fortios;
	const struct fortios_policies *policies;
	struct strbuf *text, *back;
};

static const char *id_text(struct fortios *fortios, uint32_t id)
{
	return arena_printf(fortios->arena, "%u", id);
}

static void print_delete(struct strbuf *text, const char *name)
{
	strbuf_puts(text, "    delete ");
	fortios_quote(text, name);
	strbuf_putc(text, '\n');
}

/* ---- policies that are to be ---- */

struct leftovers {
	const char *body;
	struct strbuf *text;
	bool some;
};

static void unset(void *context, const char *const *words, size_t count)
{
	struct leftovers *left = context;
	struct strbuf line = STRBUF_INIT;

	(void)count;
	strbuf_printf(&line, "        set %s ", words[0]);
	if (strcmp(words[0], "uuid") != 0 && strstr(left->body, strbuf_text(&line)) == NULL) {
		strbuf_printf(left->text, "        unset %s\n", words[0]);
		left->some = true;
	}
	strbuf_release(&line);
}

bool fortios_print_entry(struct strbuf *text, const struct fortios_old *old, const char *name,
			 const char *body)
{
	struct leftovers left = { body, text, false };

	strbuf_printf(text, "    edit %s\n", name);
	if (old != NULL)
		fortios_old_settings(old, unset, &left);
	strbuf_printf(text, "%s    next\n", body);
	return left.some;
}

static void print_policy(struct change *change, const struct fortios_policy *policy)
{
	struct fortios *fortios = change->fortios;
	const char *name = id_text(fortios, policy->id);
	struct fortios_old *old =
		fortios_previous_find(&fortios->previous, policy->table, name);

	fortios_print_entry(change->text, old, name, policy->body);
	if (old != NULL)
		old->kept = true;
}

/* Each in its turn is moved before the last one, so that no line speaks of two policies
 * of rules: the last of most tables denies the rest, whatever the rules are. */
static void print_moves(struct change *change, enum fortios_table table,
			const struct fortios_policy *last)
{
	for (size_t i = 0; i < change->policies->len; i++) {
		const struct fortios_policy *policy = &change->policies->data[i];
		if (policy->table == table && policy != last)
			strbuf_printf(change->text, "    move %u before %u\n", policy->id,
				      last->id);
	}
}

static void print_table(struct change *change, enum fortios_table table)
{
	const struct fortios_policy *last = NULL;

	for (size_t i = 0; i < change->policies->len; i++)
		if (change->policies->data[i].table == table)
			last = &change->policies->data[i];
	if (last == NULL)
		return;
	strbuf_printf(change->text, "config %s\n", fortios_tables[table]);
	for (size_t i = 0; i < change->policies->len; i++)
		if (change->policies->data[i].table == table)
			print_policy(change, &change->policies->data[i]);
	print_moves(change, table, last);
	strbuf_puts(change->text, "end\n");
}

/* ---- what goes ---- */

struct meets {
	const struct filter *filter;
	bool in, out;
};

static bool names_ours(const struct filter *filter, const char *const *words, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (strcmp(words[i], "any") == 0)
			return true;
		for (size_t k = 0; k < filter->interface_count; k++)
			if (strcmp(words[i], filter->interfaces[k].name) == 0)
				return true;
	}
	return false;
}

static void find_interfaces(void *context, const char *const *words, size_t count)
{
	struct meets *meets = context;

	if (strcmp(words[0], "srcintf") == 0 || strcmp(words[0], "intf") == 0)
		meets->in = names_ours(meets->filter, words, count);
	if (strcmp(words[0], "dstintf") == 0)
		meets->out = names_ours(meets->filter, words, count);
}

static bool goes(struct fortios *fortios, const struct fortios_old *old)
{
	struct meets meets = { fortios->filter, false, false };

	if (old->table < FORTIOS_OBJECTS)
		return old->ours && !fortios_has_object(fortios, old->table, old->name);
	if (old->ours || old->kept)
		return !old->kept;
	fortios_old_settings(old, find_interfaces, &meets);
	if (old->table == FORTIOS_LOCAL_IN || old->table == FORTIOS_LOCAL_IN6)
		return meets.in && fortios->filter->covers_self;
	return meets.in && meets.out;
}

/* An object of ours that an entry which stays names stays as well. */
struct uses {
	struct arena *arena;
	struct fortios_name *words;
};

static void add_uses(void *context, const char *const *words, size_t count)
{
	struct uses *uses = context;

	for (size_t i = 1; i < count; i++) {
		struct fortios_name *word;
		HASH_FIND_STR(uses->words, words[i], word);
		if (word != NULL)
			continue;
		word = arena_alloc(uses->arena, sizeof(*word));
		word->key = arena_strdup(uses->arena, words[i]);
		HASH_ADD_KEYPTR(hh, uses->words, word->key, strlen(word->key), word);
	}
}

static bool is_used(const struct uses *uses, const char *name)
{
	struct fortios_name *word;

	HASH_FIND_STR(uses->words, name, word);
	return word != NULL;
}

static void find_gone(struct change *change, bool *gone)
{
	struct fortios *fortios = change->fortios;
	struct fortios_old *old = fortios->previous.entries.data;
	struct uses uses = { fortios->arena, NULL };

	for (size_t i = 0; i < fortios->previous.entries.len; i++) {
		gone[i] = old[i].table >= FORTIOS_OBJECTS && goes(fortios, &old[i]);
		if (!gone[i] && !old[i].ours)
			fortios_old_settings(&old[i], add_uses, &uses);
	}
	for (size_t i = 0; i < fortios->previous.entries.len; i++)
		if (old[i].table < FORTIOS_OBJECTS)
			gone[i] = goes(fortios, &old[i]) && !is_used(&uses, old[i].name);
	HASH_CLEAR(hh, uses.words);
}

static void print_removed(struct change *change, const bool *gone)
{
	const struct fortios_previous *previous = &change->fortios->previous;

	for (int table = FORTIOS_TABLES; table-- > 0;) {
		bool open = false;
		for (size_t i = 0; i < previous->entries.len; i++) {
			if (!gone[i] || previous->entries.data[i].table != (enum fortios_table)table)
				continue;
			if (!open)
				strbuf_printf(change->text, "config %s\n", fortios_tables[table]);
			open = true;
			print_delete(change->text, previous->entries.data[i].name);
		}
		strbuf_puts(change->text, open ? "end\n" : "");
	}
}

/* ---- the way back ---- */

static bool changed(const struct fortios_old *old, const bool *gone, size_t i)
{
	return gone[i] || old->kept;
}

/* What is gone or changed is made as it was, and stands where it stood. */
static void back_table(struct change *change, int table, const bool *gone)
{
	const struct fortios_previous *previous = &change->fortios->previous;
	const char *before = NULL;
	bool open = false;

	for (size_t i = 0; i < previous->entries.len; i++) {
		const struct fortios_old *old = &previous->entries.data[i];
		if ((int)old->table != table)
			continue;
		if (changed(old, gone, i)) {
			if (!open)
				strbuf_printf(change->back, "config %s\n", fortios_tables[table]);
			open = true;
			if (!gone[i] && table >= FORTIOS_OBJECTS)
				print_delete(change->back, old->name);
			strbuf_puts(change->back, old->text);
		}
	}
	for (size_t i = 0; i < previous->entries.len && open && table >= FORTIOS_OBJECTS; i++) {
		const struct fortios_old *old = &previous->entries.data[i];
		if ((int)old->table != table)
			continue;
		if (before != NULL)
			strbuf_printf(change->back, "    move %s after %s\n", old->name, before);
		before = old->name;
	}
	strbuf_puts(change->back, open ? "end\n" : "");
}

static void back_new_policies(struct change *change, int table)
{
	struct fortios *fortios = change->fortios;
	bool open = false;

	for (size_t i = 0; i < change->policies->len; i++) {
		const struct fortios_policy *policy = &change->policies->data[i];
		const char *name = id_text(fortios, policy->id);
		if ((int)policy->table != table ||
		    fortios_previous_find(&fortios->previous, policy->table, name) != NULL)
			continue;
		if (!open)
			strbuf_printf(change->back, "config %s\n", fortios_tables[table]);
		open = true;
		print_delete(change->back, name);
	}
	strbuf_puts(change->back, open ? "end\n" : "");
}

static void back_new_objects(struct change *change, int table)
{
	struct fortios *fortios = change->fortios;
	struct fortios_object *object, *next;
	bool open = false;

	HASH_ITER(hh, fortios->objects, object, next) {
		if ((int)object->table != table ||
		    fortios_previous_find(&fortios->previous, object->table, object->name) != NULL)
			continue;
		if (!open)
			strbuf_printf(change->back, "config %s\n", fortios_tables[table]);
		open = true;
		print_delete(change->back, object->name);
	}
	strbuf_puts(change->back, open ? "end\n" : "");
}

static void print_back(struct change *change, const bool *gone)
{
	for (int table = 0; table < FORTIOS_TABLES; table++)
		back_table(change, table, gone);
	for (int table = FORTIOS_TABLES; table-- > FORTIOS_OBJECTS;)
		back_new_policies(change, table);
	for (int table = FORTIOS_OBJECTS; table-- > 0;)
		back_new_objects(change, table);
}

void fortios_change(struct fortios *fortios, const struct fortios_policies *policies,
		    struct strbuf *text, struct strbuf *back)
{
	struct change change = { fortios, policies, text, back };
	bool *gone = memory_array(fortios->previous.entries.len + 1, sizeof(*gone));

	for (int table = FORTIOS_OBJECTS; table < FORTIOS_TABLES; table++)
		print_table(&change, (enum fortios_table)table);
	find_gone(&change, gone);
	print_removed(&change, gone);
	if (fortios->options->previous != NULL)
		print_back(&change, gone);
	free(gone);
}
