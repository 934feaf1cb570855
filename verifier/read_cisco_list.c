/* SPDX-License-Identifier: Apache-2.0
 *
 * Access lists as a whole: their lines in the order that the device gives them,
 * and entries in a row that are one product.
 *
 * IOS numbers entries: one without a number stands 10 behind the last, one with a
 * number stands where that puts it (IOS Security Configuration Guide, "IP Access
 * List Entry Sequence Numbering"); ASA appends, but for `line N` (ASA Command
 * Reference, `access-list extended`). A text whose lines do not stand in this
 * order is not read as if they did. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

enum { JOINED_MAX = 64, SEQUENCE_STEP = 10 };

struct cisco_list *cisco_list_find(struct cisco *cisco, bool six, const char *name)
{
	struct cisco_list *list;

	HASH_FIND_STR(cisco->lists[six], name, list);
	return list;
}

struct cisco_list *cisco_list_begin(struct cisco *cisco, bool six, const char *name,
				    uint32_t line)
{
	struct cisco_list *list = cisco_list_find(cisco, six, name);

	if (list != NULL)
		return list;
	list = arena_alloc(cisco->arena, sizeof(*list));
	list->name = name;
	list->six = six;
	list->line = line;
	HASH_ADD_KEYPTR(hh, cisco->lists[six], list->name, strlen(list->name), list);
	return list;
}

void cisco_list_remove(struct cisco *cisco, bool six, const char *name)
{
	struct cisco_list *list = cisco_list_find(cisco, six, name);

	if (list == NULL)
		return;
	HASH_DEL(cisco->lists[six], list);
	vec_free(&list->lines);
	vec_free(&list->entries);
}

/* ---- entries in a row that are one product ---- */

static size_t set_lengths(const struct filter_entry *entry)
{
	size_t total = entry->src_ports->len + entry->dst_ports->len;

	for (int f = 0; f < FAMILY_COUNT; f++)
		total += entry->source.family[f]->len + entry->destination.family[f]->len;
	return total;
}

static bool same_kind(const struct cisco_entry *left, const struct cisco_entry *right)
{
	const struct filter_entry *a = &left->entry, *b = &right->entry;

	return a->allow == b->allow && a->uncertain == b->uncertain && a->log == b->log &&
	       a->activity == b->activity && set_equal(a->protocols, b->protocols) &&
	       left->fragments == right->fragments && left->layer4 == right->layer4 &&
	       left->established == right->established && left->syn_only == right->syn_only &&
	       left->never_first == right->never_first && left->flags == right->flags;
}

/* Where two entries in a row differ in nothing but one field they are one entry of
 * both: what was written out of groups becomes few products again. Only as long as
 * their sets stay short, so that the work stays linear. */
static bool entry_joins(struct arena *arena, struct cisco_entry *left,
			const struct cisco_entry *right)
{
	struct filter_entry *a = &left->entry;
	const struct filter_entry *b = &right->entry;
	bool source = address_set_equal(a->source, b->source);
	bool destination = address_set_equal(a->destination, b->destination);
	bool from = set_equal(a->src_ports, b->src_ports);
	bool to = set_equal(a->dst_ports, b->dst_ports);

	if (!same_kind(left, right) || !source + !destination + !from + !to > 1 ||
	    set_lengths(a) + set_lengths(b) > JOINED_MAX)
		return false;
	if (!source)
		a->source = address_set_union(arena, a->source, b->source);
	if (!destination)
		a->destination = address_set_union(arena, a->destination, b->destination);
	if (!from)
		a->src_ports = set_union(arena, a->src_ports, b->src_ports);
	if (!to)
		a->dst_ports = set_union(arena, a->dst_ports, b->dst_ports);
	a->where.end_line = b->where.end_line;
	return true;
}

static void list_join_last(struct arena *arena, struct cisco_entries *out)
{
	while (out->len > 1 &&
	       entry_joins(arena, &out->data[out->len - 2], &out->data[out->len - 1]))
		out->len--;
}

/* On its own a configuration is judged entry by entry; against a policy only what
 * its entries decide together counts. */
void cisco_list_add(struct cisco *cisco, struct cisco_list *list, const struct cisco_entry *entry)
{
	struct cisco_entries *out = &list->entries;
	bool joins = cisco->input->device != NULL && out->len > 0;

	if (joins && entry_joins(cisco->arena, &out->data[out->len - 1], entry))
		return;
	if (joins)
		list_join_last(cisco->arena, out);
	vec_push(out, *entry);
}

/* ---- the order of lines ---- */

/* The number that a line gives itself: before its verdict or, of IPv6, behind
 * everything; *at is where its verdict stands. */
static bool line_sequence(const struct cisco_list *list, const struct cisco_line *line, size_t *at,
			  uint32_t *number)
{
	*at = cisco_word_is(line, 0, "sequence");
	if (*at < line->count && cisco_number(line->words[*at], UINT32_MAX, number)) {
		(*at)++;
		return true;
	}
	return list->six && line->count > 2 && cisco_word_is(line, line->count - 2, "sequence") &&
	       cisco_number(line->words[line->count - 1], UINT32_MAX, number);
}

/* Remarks have numbers in some releases: then what follows is that much further. */
static void list_number(struct cisco *cisco, struct cisco_list *list,
			const struct cisco_line *line, bool remark, const uint32_t *number)
{
	if (number == NULL && remark) {
		list->remarks++;
		return;
	}
	if (number == NULL)
		list->sequence += SEQUENCE_STEP * (1 + list->remarks);
	else if (*number <= list->sequence)
		cisco_unknown(cisco, line, "the entries do not stand in the order of their numbers");
	else
		list->sequence = *number;
	list->remarks = 0;
}

void cisco_list_resolve(struct cisco *cisco, struct cisco_list *list)
{
	bool would_drop = false;
	uint32_t number;
	size_t at;

	if (list->resolved)
		return;
	list->resolved = true;
	for (size_t i = 0; i < list->lines.len; i++) {
		const struct cisco_line *line = &list->lines.data[i];
		bool numbered = line_sequence(list, line, &at, &number);
		bool remark = cisco_word_is(line, at, "remark");
		list_number(cisco, list, line, remark, numbered ? &number : NULL);
		if (remark) {
			would_drop = cisco_begins(line, at + 1, "would drop:") &&
				     line->count == at + 3;
			cisco_mark(cisco, line, would_drop ? MARK_UNDERSTOOD : MARK_IRRELEVANT);
			continue;
		}
		cisco_entry_read(cisco, list, line, at, would_drop);
		would_drop = false;
	}
}
