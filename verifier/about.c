/* SPDX-License-Identifier: Apache-2.0
 *
 * What operations were about, taken together. */
#include "config.h"
#include "verifier/about.h"

#include <string.h>

static bool about_same_unit(const struct about_row *a, const struct about_row *b)
{
	return a->has_unit == b->has_unit && a->unit == b->unit;
}

/* One range, or one that says no more than the other. */
static bool about_is_one(const struct about_row *a, const struct about_row *b)
{
	if (!about_same_unit(a, b))
		return false;
	if (a->space == NULL || b->space == NULL)
		return true;
	return strcmp(a->space, b->space) == 0 && a->first <= (uint64_t)b->last + 1 &&
	       b->first <= (uint64_t)a->last + 1;
}

static void about_join(struct about_row *row, const struct about_row *other)
{
	if (other->space == NULL)
		return;
	if (row->space == NULL) {
		*row = *other;
		return;
	}
	row->first = row->first < other->first ? row->first : other->first;
	row->last = row->last > other->last ? row->last : other->last;
}

static void about_remove(struct about *about, size_t at)
{
	memmove(&about->row[at], &about->row[at + 1],
		(about->count - at - 1) * sizeof(about->row[0]));
	about->count--;
}

/* A range that grew may touch others behind it. */
static void about_close(struct about *about, size_t at)
{
	for (size_t i = 0; i < about->count; i++) {
		if (i == at || !about_is_one(&about->row[at], &about->row[i]))
			continue;
		size_t kept = i < at ? i : at, gone = i < at ? at : i;
		about_join(&about->row[kept], &about->row[gone]);
		about_remove(about, gone);
		at = kept;
		i = (size_t)-1;
	}
}

static void about_add_row(struct about *about, const struct about_row *row)
{
	for (size_t i = 0; i < about->count; i++) {
		if (!about_is_one(&about->row[i], row))
			continue;
		about_join(&about->row[i], row);
		about_close(about, i);
		return;
	}
	if (about->count < ABOUT_ROWS)
		about->row[about->count++] = *row;
	else
		about->further++;
}

void about_add(struct about *about, const struct proto_operation *seen)
{
	struct about_row row = { .unit = seen->unit, .has_unit = seen->has_unit };

	if (seen->span_count == 0)
		about_add_row(about, &row);
	for (size_t i = 0; i < seen->span_count; i++) {
		row.space = seen->span[i].space;
		row.first = seen->span[i].first;
		row.last = seen->span[i].last;
		about_add_row(about, &row);
	}
}

void about_merge(struct about *about, const struct about *other)
{
	for (size_t i = 0; i < other->count; i++)
		about_add_row(about, &other->row[i]);
	about->further += other->further;
}
