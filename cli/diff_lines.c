/* SPDX-License-Identifier: Apache-2.0
 *
 * The shortest edit between two texts, by lines: E. Myers, "An O(ND) Difference
 * Algorithm and Its Variations", Algorithmica 1 (1986). What both begin and end
 * with is taken off first; D is bounded, for its square is kept. */
#include "config.h"
#include "cli/diff.h"

#include <string.h>

enum { EDITS_MAX = 1500 };

struct text_line {
	const char *text;
	size_t length;
};

struct text_lines {
	VEC(struct text_line) list;
};

struct matching {
	const struct text_line *a, *b;
	long n, m;             /* how many */
	VEC(long *) trace;     /* by number of edits: the furthest x of each diagonal */
};

static void lines_split(struct text_lines *lines, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t own = (size_t)((stop != NULL ? stop : end) - text);
		vec_push(&lines->list, ((struct text_line){ text, own }));
		text += own + (stop != NULL);
	}
}

enum { BLOCK = 4096 }; /* texts are long and nearly alike: most blocks are equal */

/* How many bytes of whole lines both begin with. */
static size_t texts_head(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t least = a_length < b_length ? a_length : b_length, i = 0;

	while (least - i >= BLOCK && memcmp(a + i, b + i, BLOCK) == 0)
		i += BLOCK;
	while (i < least && a[i] == b[i])
		i++;
	while (i > 0 && a[i - 1] != '\n')
		i--;
	return i;
}

/* How many bytes of whole lines both end with. */
static size_t texts_tail(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t least = a_length < b_length ? a_length : b_length, i = 0;

	while (least - i >= BLOCK &&
	       memcmp(a + a_length - i - BLOCK, b + b_length - i - BLOCK, BLOCK) == 0)
		i += BLOCK;
	while (i < least && a[a_length - 1 - i] == b[b_length - 1 - i])
		i++;
	if (i == least && a_length == b_length)
		return i;
	while (i > 0 && a[a_length - i] != '\n')
		i--;
	return i > 0 ? i - 1 : 0; /* the newline ends the line before */
}

static size_t lines_count(const char *text, size_t length)
{
	size_t count = 0;

	for (const char *end = text + length; (text = memchr(text, '\n', (size_t)(end - text)));
	     text++)
		count++;
	return count;
}

static bool line_equal(const struct text_line *a, const struct text_line *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static long matching_slide(const struct matching *m, long x, long k)
{
	while (x < m->n && x - k < m->m && line_equal(&m->a[x], &m->b[x - k]))
		x++;
	return x;
}

/* Whether diagonal k is best reached by a line of the new text. */
static bool goes_down(const long *before, long d, long k)
{
	return k == -d || (k != d && before[d - 1 + k - 1] < before[d - 1 + k + 1]);
}

/* One more edit; true at the end of both. Row d holds diagonals -d..d at d + k. */
static bool matching_step(struct matching *m, long d)
{
	long *row = memory_array((size_t)(2 * d + 3), sizeof(*row));
	const long *before = d > 0 ? m->trace.data[d - 1] : NULL;
	bool done = false;

	vec_push(&m->trace, row);
	for (long k = -d; k <= d && !done; k += 2) {
		long x = 0;
		if (d > 0) {
			x = goes_down(before, d, k)
				    ? before[d - 1 + k + 1]
				    : before[d - 1 + k - 1] + 1;
		}
		row[d + k] = x = matching_slide(m, x, k);
		done = x >= m->n && x - k >= m->m;
	}
	return done;
}

static void change_push(struct line_changes *changes, struct arena *arena, char sign, size_t number,
			const struct text_line *line)
{
	vec_push(changes, ((struct line_change){ sign, (uint32_t)number,
						 arena_strndup(arena, line->text, line->length) }));
}

/* Walks the trace back: edits come last first. */
static void matching_edits(const struct matching *m, long d, bool *removed, bool *added)
{
	long x = m->n, y = m->m;

	for (; d > 0; d--) {
		const long *before = m->trace.data[d - 1];
		long k = x - y;
		bool down = goes_down(before, d, k);
		long from = down ? k + 1 : k - 1;
		x = before[d - 1 + from];
		y = x - from;
		if (down)
			added[y] = true;
		else
			removed[x] = true;
	}
}

/* Marks lines of the old text that go and of the new one that come. */
static void matching_run(struct matching *m, bool *removed, bool *added)
{
	long d = 0;
	bool done = false;

	for (; d <= EDITS_MAX && !done; d++)
		done = matching_step(m, d);
	if (done) {
		matching_edits(m, d - 1, removed, added);
	} else {
		memset(removed, true, (size_t)m->n * sizeof(bool));
		memset(added, true, (size_t)m->m * sizeof(bool));
	}
	for (size_t i = 0; i < m->trace.len; i++)
		free(m->trace.data[i]);
	vec_free(&m->trace);
}

static void changes_take(struct line_changes *changes, struct arena *arena,
			 const struct matching *m, size_t head, const bool *removed,
			 const bool *added)
{
	for (long x = 0, y = 0; x < m->n || y < m->m;) {
		if (x < m->n && removed[x]) {
			change_push(changes, arena, '-', head + (size_t)x + 1, &m->a[x]);
			x++;
		} else if (y < m->m && added[y]) {
			change_push(changes, arena, '+', head + (size_t)y + 1, &m->b[y]);
			y++;
		} else {
			x++;
			y++;
		}
	}
}

void line_changes_find(struct line_changes *changes, struct arena *arena, const char *old,
		       const char *new)
{
	struct text_lines a = { VEC_INIT }, b = { VEC_INIT };
	size_t old_length = strlen(old), new_length = strlen(new);
	size_t head = texts_head(old, old_length, new, new_length);
	size_t lines = lines_count(old, head);
	old_length -= head;
	new_length -= head;
	size_t tail = texts_tail(old + head, old_length, new + head, new_length);

	lines_split(&a, old + head, old_length - tail);
	lines_split(&b, new + head, new_length - tail);
	struct matching m = { .a = a.list.data, .b = b.list.data, .n = (long)a.list.len,
			      .m = (long)b.list.len };
	bool *removed = memory_array(a.list.len + 1, sizeof(*removed));
	bool *added = memory_array(b.list.len + 1, sizeof(*added));
	matching_run(&m, removed, added);
	changes_take(changes, arena, &m, lines, removed, added);
	free(removed);
	free(added);
	vec_free(&a.list);
	vec_free(&b.list);
}
