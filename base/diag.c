/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics: queued and sorted by place; as JSON; hints at what was meant. */
#include "config.h"
#include "base/diag.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FATAL SEVERITY_FATAL
#define ERROR SEVERITY_ERROR
#define WARNING SEVERITY_WARNING
static const struct finding_info findings[FINDING_COUNT] = {
#define FINDING(id, name, severity, advice, explanation) \
	[FINDING_##id] = { name, severity, advice, explanation },
#include "base/findings.def"
#undef FINDING
};
#undef FATAL
#undef ERROR
#undef WARNING

const struct finding_info *finding_info(enum finding_id id)
{
	return &findings[id];
}

enum finding_id finding_by_name(const char *name)
{
	for (int id = 0; id < FINDING_COUNT; id++)
		if (strcmp(findings[id].name, name) == 0)
			return (enum finding_id)id;
	return FINDING_COUNT;
}

void diags_init(struct diags *diags)
{
	*diags = (struct diags){ 0 };
	arena_init(&diags->arena);
}

void diags_release(struct diags *diags)
{
	free(diags->list);
	arena_release(&diags->arena);
	*diags = (struct diags){ 0 };
}

static char *diag_format(struct diags *diags, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		return arena_strdup(&diags->arena, format);
	char *copy = arena_strdup(&diags->arena, text);
	free(text);
	return copy;
}

static void diags_append(struct diags *diags, struct diag *diag)
{
	if (diags->len >= DIAG_LIMIT && diag->severity < SEVERITY_ERROR) {
		diags->limit_reached++;
		return;
	}
	if (diags->len >= 2 * DIAG_LIMIT) {
		diags->limit_reached++;
		return;
	}
	if (diags->len == diags->cap) {
		diags->cap = diags->cap ? diags->cap * 2 : 16;
		diags->list = memory_resize(diags->list, diags->cap,
					    sizeof(*diags->list));
	}
	diags->list[diags->len++] = diag;
}

struct diag *diag_add(struct diags *diags, enum finding_id id, struct span where,
		      const char *format, ...)
{
	struct diag *diag = arena_alloc(&diags->arena, sizeof(*diag));
	va_list args;

	diag->id = id;
	diag->severity = findings[id].severity;
	diag->where = where;
	diag->serial = diags->len;
	va_start(args, format);
	diag->message = diag_format(diags, format, args);
	va_end(args);
	diags_append(diags, diag);
	return diag;
}

void diag_other(struct diags *diags, struct diag *diag, struct span other,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->other = other;
	diag->other_label = diag_format(diags, format, args);
	va_end(args);
}

void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->hint = diag_format(diags, format, args);
	va_end(args);
}

void diag_witness(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->witness = diag_format(diags, format, args);
	va_end(args);
}

static const char *diag_path(const struct diag *diag)
{
	return diag->where.source ? diag->where.source->path : "";
}

static int diag_compare(const void *a, const void *b)
{
	const struct diag *x = *(struct diag *const *)a, *y = *(struct diag *const *)b;
	int paths = strcmp(diag_path(x), diag_path(y));

	if (paths != 0)
		return paths;
	if (x->where.line != y->where.line)
		return x->where.line < y->where.line ? -1 : 1;
	if (x->where.column != y->where.column)
		return x->where.column < y->where.column ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

void diags_sort(struct diags *diags)
{
	if (diags->len > 1)
		qsort(diags->list, diags->len, sizeof(*diags->list), diag_compare);
}

size_t diags_count(const struct diags *diags, enum severity at_least)
{
	size_t count = 0;

	for (size_t i = 0; i < diags->len; i++)
		count += diags->list[i]->severity >= at_least;
	return count;
}

int diags_exit_code(const struct diags *diags, bool strict)
{
	if (diags_count(diags, SEVERITY_FATAL) > 0)
		return 2;
	return diags_count(diags, strict ? SEVERITY_WARNING : SEVERITY_ERROR) > 0;
}

const char *severity_word(enum severity severity)
{
	static const char *const words[] = { "note", "warning", "error", "error" };
	return words[severity];
}

static void diag_json_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

static json_t *diag_json(const struct diag *diag)
{
	json_t *object = json_object();

	diag_json_text(object, "name", findings[diag->id].name);
	diag_json_text(object, "severity", severity_word(diag->severity));
	diag_json_text(object, "message", diag->message);
	json_object_set_new(object, "file",
			    diag->where.source ? json_string(diag->where.source->path)
					       : json_null());
	json_object_set_new(object, "line", json_integer(diag->where.line));
	json_object_set_new(object, "column", json_integer(diag->where.column));
	diag_json_text(object, "hint", diag->hint);
	diag_json_text(object, "witness", diag->witness);
	diag_json_text(object, "options", diag->options);
	diag_json_text(object, "subject", diag->subject);
	diag_json_text(object, "accepted", diag->accepted);
	return object;
}

json_t *diags_json(struct diags *diags)
{
	json_t *list = json_array();

	diags_sort(diags);
	for (size_t i = 0; i < diags->len; i++)
		json_array_append_new(list, diag_json(diags->list[i]));
	return list;
}

/* Edit distance with transpositions, of capitals as of small letters. Beyond `most` it is only known to be more:
 * a row without a smaller value ends the work. */
enum { DISTANCE_MAX = 64 };

static bool letters_alike(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t distance_step(const char *a, const char *b, size_t j, size_t *const rows[3])
{
	const size_t *row = rows[0], *last = rows[1], *before = rows[2];
	size_t best = last[j - 1] + !letters_alike(a[0], b[j - 1]);

	if (last[j] + 1 < best)
		best = last[j] + 1;
	if (row[j - 1] + 1 < best)
		best = row[j - 1] + 1;
	if (before != NULL && j > 1 && letters_alike(a[0], b[j - 2]) &&
	    letters_alike(a[-1], b[j - 1]) &&
	    before[j - 2] + 1 < best)
		best = before[j - 2] + 1;
	return best;
}

static size_t diag_distance(const char *a, const char *b, size_t most)
{
	size_t n = strlen(a), m = strlen(b);
	size_t rows[3][DISTANCE_MAX + 1];

	if (n > DISTANCE_MAX || m > DISTANCE_MAX || n > m + most || m > n + most)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *const at[3] = { rows[i % 3], rows[(i + 2) % 3],
					i > 1 ? rows[(i + 1) % 3] : NULL };
		size_t least = at[0][0] = i;
		for (size_t j = 1; j <= m; j++) {
			at[0][j] = distance_step(a + i - 1, b, j, at);
			least = at[0][j] < least ? at[0][j] : least;
		}
		if (least > most)
			return SIZE_MAX;
	}
	return rows[n % 3][m];
}

const char *diag_did_you_mean(const char *name, const char *const *candidates,
			      size_t count)
{
	size_t allowed = (strlen(name) + 1) / 3, best = SIZE_MAX;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t distance = diag_distance(name, candidates[i], allowed);
		if (distance < best && distance <= allowed) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}

bool diag_suggest(struct diags *diags, struct diag *diag, const char *name,
		  const char *const *candidates, size_t count)
{
	if (count > DIAG_COMPARED_MAX - diags->compared)
		return false;
	diags->compared += count;
	const char *meant = diag_did_you_mean(name, candidates, count);
	if (meant != NULL)
		diag_hint(diags, diag, "did you mean '%s'?", meant);
	return meant != NULL;
}
