/* SPDX-License-Identifier: Apache-2.0
 *
 * Access lists as a whole: their lines in the order that the device gives them.
 *
 * IOS numbers entries: one without a number stands 10 behind the last, one with a
 * number stands where that puts it (IOS Security Configuration Guide, "IP Access
 * List Entry Sequence Numbering"); ASA appends, but for `line N` (ASA Command
 * Reference, `access-list extended`). A text whose lines do not stand in this
 * order is not read as if they did. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

enum { SEQUENCE_STEP = 10 };

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
		cisco_unknown(cisco, line,
			      "the entries do not stand in the order of their numbers");
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
		const struct cisco_line *line = list->lines.data[i];
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
	cisco_list_end(cisco, list);
}
