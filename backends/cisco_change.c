/* SPDX-License-Identifier: Apache-2.0
 *
 * The change on a device: the new is built beside the old, bound in its place,
 * and then what nothing uses any more goes, lists before the objects in them. The
 * way back does the same with the two exchanged. */
#include "config.h"
#include "backends/cisco.h"

#include <string.h>

void cisco_change_init(struct cisco_change *change, struct arena *arena,
		       const struct source *previous)
{
	*change = (struct cisco_change){ .arena = arena };
	change->previous = cisco_previous_read(previous);
}

void cisco_change_release(struct cisco_change *change)
{
	cisco_previous_destroy(change->previous);
	strbuf_release(&change->before);
	strbuf_release(&change->after);
	strbuf_release(&change->back_objects);
	strbuf_release(&change->back_lists);
	strbuf_release(&change->back_binds);
	strbuf_release(&change->back_new_lists);
	strbuf_release(&change->back_new_objects);
}

void cisco_change_print_back(struct strbuf *text, const struct cisco_change *change)
{
	strbuf_puts(text, strbuf_text(&change->back_objects));
	strbuf_puts(text, strbuf_text(&change->back_lists));
	strbuf_puts(text, strbuf_text(&change->back_binds));
	strbuf_puts(text, strbuf_text(&change->back_new_lists));
	strbuf_puts(text, strbuf_text(&change->back_new_objects));
	strbuf_puts(text, "end\n");
}

static const char *change_head(const struct cisco_change *change, const char *define,
			       const char *name)
{
	return arena_printf(change->arena, "%s %s", define, name);
}

const char *cisco_change_list_name(struct cisco_change *change,
				   const struct cisco_define *define, const char *text)
{
	for (char letter = 'A'; letter <= 'B'; letter++) {
		const char *name =
			names_make(change->arena, &cisco_list_names,
				   arena_printf(change->arena, "%s-%c", text, letter));
		const char *head = change_head(change, define->define, name);
		if (cisco_previous_uses(change->previous, head, name) > 0)
			continue;
		if (cisco_previous_has(change->previous, head))
			strbuf_printf(&change->before, "%s %s\n", define->remove, name);
		return name;
	}
	return NULL;
}

void cisco_change_retire_list(struct cisco_change *change, const struct cisco_define *defines,
			      size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		const char *head = change_head(change, defines[i].define, name);
		if (!cisco_previous_has(change->previous, head))
			continue;
		if (cisco_previous_uses(change->previous, head, name) > 0) {
			strbuf_printf(&change->after, "! %s stays: something else uses it\n", head);
			continue;
		}
		strbuf_printf(&change->after, "%s %s\n", defines[i].remove, name);
		cisco_previous_retire(change->previous, head, &change->back_lists);
	}
}

struct retire_objects {
	struct cisco_change *change;
	cisco_change_kept *kept;
	void *context;
};

static void retire_object(void *context, const char *kind, const char *name)
{
	struct retire_objects *retire = context;
	struct cisco_change *change = retire->change;
	const char *head = change_head(change, kind, name);

	if (retire->kept(retire->context, name) ||
	    cisco_previous_uses(change->previous, head, name) > 0)
		return;
	strbuf_printf(&change->after, "no %s\n", head);
	cisco_previous_retire(change->previous, head, &change->back_objects);
}

void cisco_change_retire_objects(struct cisco_change *change, const char *kind,
				 cisco_change_kept *kept, void *context)
{
	struct retire_objects retire = { change, kept, context };

	cisco_previous_ours(change->previous, kind, retire_object, &retire);
}

void cisco_change_command(struct cisco_change *change, struct strbuf *text, const char *line)
{
	strbuf_printf(text, "%s\n", line);
	if (!cisco_previous_has(change->previous, line))
		strbuf_printf(&change->back_new_objects, "no %s\n", line);
}

void cisco_change_is_new(struct cisco_change *change, const struct cisco_define *define,
			 const char *name)
{
	const char *head = change_head(change, define->define, name);

	if (cisco_previous_has(change->previous, head))
		return;
	if (define->remove != NULL)
		strbuf_printf(&change->back_new_lists, "%s %s\n", define->remove, name);
	else
		strbuf_printf(&change->back_new_objects, "no %s\n", head);
}
