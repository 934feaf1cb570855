/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries in a row that differ in nothing but one set of the product are one entry
 * of both: what was written out of groups becomes few products again. A run of them
 * is put together when it ends. Sets stay short, so that a joined entry still tells
 * where it stands, and that joining it to the one before takes no time. On its own
 * a configuration is judged entry by entry; against a policy only what its entries
 * decide together counts. */
#include "config.h"
#include "verifier/cisco.h"

enum { JOINED_MAX = 64 };

/* The sets of an entry. */
enum { SLOT_SOURCE = 0, SLOT_DESTINATION = FAMILY_COUNT, SLOT_SRC = 2 * FAMILY_COUNT, SLOT_DST,
       SLOTS, SLOTS_MORE };

static const struct set **entry_slot(struct filter_entry *entry, int slot)
{
	if (slot < SLOT_DESTINATION)
		return &entry->source.family[slot];
	if (slot < SLOT_SRC)
		return &entry->destination.family[slot - SLOT_DESTINATION];
	return slot == SLOT_SRC ? &entry->src_ports : &entry->dst_ports;
}

static const struct set *entry_set(const struct cisco_entry *entry, int slot)
{
	return *entry_slot((struct filter_entry *)&entry->entry, slot);
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

/* The slot in which two entries differ; SLOTS: in none, SLOTS_MORE: in more. */
static int entries_difference(const struct cisco_entry *a, const struct cisco_entry *b)
{
	int found = SLOTS;

	if (!same_kind(a, b))
		return SLOTS_MORE;
	for (int slot = 0; slot < SLOTS; slot++) {
		if (set_equal(entry_set(a, slot), entry_set(b, slot)))
			continue;
		if (found != SLOTS)
			return SLOTS_MORE;
		found = slot;
	}
	return found;
}

static size_t sets_length(const struct cisco_entry *entry)
{
	size_t total = 0;

	for (int slot = 0; slot < SLOTS; slot++)
		total += entry_set(entry, slot)->len;
	return total;
}

/* ---- runs ---- */

static void run_take(struct cisco_run *run, const struct set *set)
{
	for (size_t i = 0; i < set->len; i++)
		vec_push(&run->ranges, set->range[i]);
}

/* True if the entry is one of the run that the last one begins, or begins one with it. */
static bool run_adds(struct cisco_run *run, struct cisco_entry *last,
		     const struct cisco_entry *entry)
{
	int slot = entries_difference(last, entry);
	bool begun = run->ranges.len > 0;

	if (slot == SLOTS_MORE || (begun && slot != SLOTS && slot != run->slot) ||
	    sets_length(last) + run->ranges.len + sets_length(entry) > JOINED_MAX)
		return false;
	if (slot != SLOTS) {
		run->slot = slot;
		if (!begun)
			run_take(run, entry_set(last, slot));
		run_take(run, entry_set(entry, slot));
	}
	last->entry.where.end_line = entry->entry.where.end_line;
	return true;
}

static void run_end(struct cisco_run *run, struct arena *arena, struct cisco_entry *last)
{
	if (run->ranges.len > 0)
		*entry_slot(&last->entry, run->slot) =
			set_from_ranges(arena, run->ranges.data, run->ranges.len);
	run->ranges.len = 0;
}

/* ---- entries that are whole ---- */

static bool entry_joins(struct arena *arena, struct cisco_entry *left,
			const struct cisco_entry *right)
{
	int slot = entries_difference(left, right);

	if (slot == SLOTS_MORE || sets_length(left) + sets_length(right) > JOINED_MAX)
		return false;
	if (slot != SLOTS)
		*entry_slot(&left->entry, slot) =
			set_union(arena, entry_set(left, slot), entry_set(right, slot));
	left->entry.where.end_line = right->entry.where.end_line;
	return true;
}

static void entries_join_last(struct arena *arena, struct cisco_entries *entries)
{
	while (entries->len > 1 && entry_joins(arena, &entries->data[entries->len - 2],
					       &entries->data[entries->len - 1]))
		entries->len--;
}

void cisco_list_end(struct cisco *cisco, struct cisco_list *list)
{
	if (list->entries.len > 0)
		run_end(&cisco->run, cisco->arena, &list->entries.data[list->entries.len - 1]);
}

void cisco_list_add(struct cisco *cisco, struct cisco_list *list, const struct cisco_entry *entry)
{
	struct cisco_entries *out = &list->entries;
	bool joins = cisco->input->device != NULL && out->len > 0;

	if (joins && run_adds(&cisco->run, &out->data[out->len - 1], entry))
		return;
	if (joins && cisco->run.ranges.len > 0) { /* it may join the run as a whole */
		cisco_list_end(cisco, list);
		cisco_list_add(cisco, list, entry);
		return;
	}
	if (joins)
		entries_join_last(cisco->arena, out);
	vec_push(out, *entry);
}
