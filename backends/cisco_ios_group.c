/* SPDX-License-Identifier: Apache-2.0
 *
 * The object groups that one list of IOS may use (IOS-XE Security Configuration
 * Guide, "Object Groups for ACLs", Restrictions): those that it has no room for are
 * written out, the largest first, so that as few entries as possible grow. */
#include "config.h"
#include "backends/cisco_ios.h"

#include <string.h>

enum { GROUP_ENTRIES_MAX = 2048 };

static int group_larger(const void *left, const void *right)
{
	const struct cisco_group *a = *(struct cisco_group *const *)left;
	const struct cisco_group *b = *(struct cisco_group *const *)right;

	if (a->members != b->members)
		return a->members > b->members ? -1 : 1;
	return strcmp(a->name, b->name);
}

VEC_TYPE(group_list, struct cisco_group *);

/* The groups of a list, the largest first, each once. */
static void list_groups(const struct cisco_aces *aces, struct group_list *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < aces->len; i++) {
		if (aces->data[i].source_group != NULL)
			vec_push(out, aces->data[i].source_group);
		if (aces->data[i].destination_group != NULL)
			vec_push(out, aces->data[i].destination_group);
	}
	if (out->len > 0)
		qsort(out->data, out->len, sizeof(*out->data), group_larger);
	for (size_t i = 0; i < out->len; i++)
		if (i == 0 || out->data[i] != out->data[i - 1])
			out->data[kept++] = out->data[i];
	out->len = kept;
}

/* The group of an entry that is written out last. */
static const struct cisco_group *last_group(const struct cisco_ace *ace)
{
	const struct cisco_group *a = ace->source_group, *b = ace->destination_group;

	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return a->rank > b->rank ? a : b;
}

/* How many of the groups, largest first, must be written out for what is left to
 * keep the limits of a list. */
static size_t groups_beyond(const struct cisco_aces *aces, const struct group_list *groups)
{
	size_t *using = memory_array(groups->len + 1, sizeof(*using));
	size_t members = 0, entries = 0, next = 0;

	for (size_t i = 0; i < groups->len; i++) {
		members += groups->data[i]->members;
		groups->data[i]->rank = i;
	}
	for (size_t i = 0; i < aces->len; i++) {
		const struct cisco_group *last = last_group(&aces->data[i]);
		if (last == NULL)
			continue;
		using[last->rank]++;
		entries++;
	}
	while (next < groups->len && (members > GROUP_ENTRIES_MAX || entries > GROUP_ENTRIES_MAX)) {
		members -= groups->data[next]->members;
		entries -= using[next++];
	}
	free(using);
	return next;
}

/* A list has at most GROUP_ENTRIES_MAX members in its groups, and as many
 * entries with groups: beyond that the largest are written out. */
void ios_limit_groups(struct cisco_aces *aces)
{
	struct group_list groups = VEC_INIT;

	list_groups(aces, &groups);
	size_t beyond = groups_beyond(aces, &groups);
	for (size_t i = 0; i < aces->len; i++) {
		struct cisco_ace *ace = &aces->data[i];
		if (ace->source_group != NULL && ace->source_group->rank < beyond)
			ace->source_group = NULL;
		if (ace->destination_group != NULL && ace->destination_group->rank < beyond)
			ace->destination_group = NULL;
	}
	for (size_t i = beyond; i < groups.len; i++)
		groups.data[i]->used = true;
	vec_free(&groups);
}
