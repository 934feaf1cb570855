/* SPDX-License-Identifier: Apache-2.0
 *
 * When flows are open, in the words of the rule that lets them through: its own time,
 * less that of its counterpart. What differs in one date is told as dates. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

static void when_names(struct strbuf *text, const char *word, const struct tree_name *names)
{
	for (const struct tree_name *n = names; n != NULL; n = n->next)
		strbuf_printf(text, "%s%s%s", n == names && text->len > 0 ? " " : "",
			      n == names ? word : ", ", n->text);
}

static void when_date(struct strbuf *text, const char *word, int32_t day)
{
	int year, month, of_month;

	date_to_civil(day, &year, &month, &of_month);
	strbuf_printf(text, "%s%s%04d-%02d-%02d", text->len > 0 ? " " : "", word, year, month,
		      of_month);
}

static void when_modifiers(struct strbuf *text, const struct tree_modifiers *m)
{
	when_names(text, "during ", m->during);
	if (m->from.given)
		when_date(text, "from ", m->from.day);
	if (m->until.given)
		when_date(text, "until ", m->until.day);
	when_names(text, "in ", m->in);
}

static bool names_equal(const struct tree_name *a, const struct tree_name *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (strcmp(a->text, b->text) != 0)
			return false;
	return a == b;
}

static bool dates_equal(const struct tree_date *a, const struct tree_date *b)
{
	return a->given == b->given && (!a->given || a->day == b->day);
}

bool diff_times_alike(const struct tree_modifiers *a, const struct tree_modifiers *b)
{
	return names_equal(a->during, b->during) && names_equal(a->in, b->in) &&
	       dates_equal(&a->from, &b->from) && dates_equal(&a->until, &b->until);
}

/* What names of times mean is not the same in both policies. */
static bool times_changed(const struct diff_rows *rows, const struct tree_modifiers *m)
{
	const struct diff_facts *facts = rows->causes->facts;

	for (size_t i = 0; i < facts->list.len; i++) {
		const struct diff_fact *fact = facts->list.data[i];
		if (fact->kind == FACT_POLICY && fact->part != NULL &&
		    strncmp(fact->part, "timezone", strlen("timezone")) == 0)
			return true;
		for (const struct tree_name *n = m->during; n != NULL; n = n->next)
			if (fact->kind == FACT_SCHEDULE && strcmp(fact->name, n->text) == 0)
				return true;
	}
	return false;
}

/* Of two rules that differ in one date: the dates that only the first has. */
static bool when_dates(struct strbuf *text, const struct tree_modifiers *has,
		       const struct tree_modifiers *lacks)
{
	struct tree_modifiers only = *has;

	if (!names_equal(has->during, lacks->during) || !names_equal(has->in, lacks->in))
		return false;
	if (dates_equal(&has->from, &lacks->from) && lacks->until.given) {
		only.from = (struct tree_date){ .given = true, .day = lacks->until.day + 1 };
	} else if (dates_equal(&has->until, &lacks->until) && lacks->from.given) {
		only.until = (struct tree_date){ .given = true, .day = lacks->from.day - 1 };
	} else {
		return false;
	}
	when_modifiers(text, &only);
	return true;
}

/* One rule's time without another's. */
static void when_without(struct diff_rows *rows, enum diff_kind kind, struct strbuf *text,
			 const struct tree_modifiers *has, const struct tree_modifiers *lacks)
{
	bool changed = times_changed(rows, has);
	struct strbuf rest = STRBUF_INIT;

	if (!changed && when_dates(text, has, lacks))
		return;
	when_modifiers(text, has);
	if (changed && diff_times_alike(has, lacks)) {
		strbuf_puts(text, kind == DIFF_OPENED ? " (times added)" : " (times removed)");
		return;
	}
	when_modifiers(&rest, lacks);
	strbuf_printf(text, "%sexcept %s", text->len > 0 ? ", " : "", strbuf_text(&rest));
	if (changed && lacks->during != NULL)
		strbuf_puts(text, kind == DIFF_OPENED ? " as it was" : " as it is now");
	strbuf_release(&rest);
}

static const struct set *rule_cells(const struct diff_rows *rows, enum diff_side side,
				    const struct rule *rule)
{
	return rows->space->cells[side].active[rule->index];
}

/* Two rules at once: what one allows and the other policy's denies. */
static void when_both(struct diff_rows *rows, enum diff_kind kind, struct strbuf *text,
		      const struct rule *a, const struct rule *b)
{
	struct strbuf more = STRBUF_INIT;

	when_modifiers(text, &a->tree->modifiers);
	when_modifiers(&more, &b->tree->modifiers);
	if (more.len > 0)
		strbuf_printf(text, "%s%s", text->len > 0 ? " and " : "", strbuf_text(&more));
	if (more.len > 0 && times_changed(rows, &b->tree->modifiers))
		strbuf_puts(text, kind == DIFF_OPENED ? " as it was" : " as it is now");
	strbuf_release(&more);
}

/* The rule that lets it through: without the time of what does so in the other policy,
 * or at the time of what denies it there. */
static bool when_by_rules(struct diff_rows *rows, const struct diff_part *part,
			  struct strbuf *text)
{
	enum diff_side side = part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	const struct rule *rule = part->rule[side], *other;
	const struct set *cells = part->set[PART_CELL];

	if (rule == NULL || rule->implicit)
		return false;
	const struct set *active = rule_cells(rows, side, rule);
	if (set_equal(active, cells)) {
		when_modifiers(text, &rule->tree->modifiers);
		return true;
	}
	const struct rule *candidates[] = { diff_causes_other(rows->causes, side, rule),
					    part->rule[!side] };
	for (int i = 0; i < 2; i++) {
		other = candidates[i];
		if (other == NULL || other->implicit)
			continue;
		const struct set *there = rule_cells(rows, (enum diff_side)!side, other);
		if (set_equal(set_subtract(rows->arena, active, there), cells)) {
			when_without(rows, part->kind, text, &rule->tree->modifiers,
				     &other->tree->modifiers);
			return true;
		}
		if (!other->allow &&
		    set_equal(set_intersect(rows->arena, active, there), cells)) {
			when_both(rows, part->kind, text, rule, other);
			return true;
		}
	}
	return false;
}

/* The times of one mode. */
static const struct set *column_times(const struct diff_rows *rows, const struct set *cells,
				      uint32_t column)
{
	const struct policy_cells *of = &rows->space->cells[DIFF_OLD];
	struct range_list ranges = VEC_INIT;

	for (uint32_t cell = column; cell < of->count; cell += of->columns)
		if (set_contains(cells, cell))
			vec_push(&ranges, ((struct range){ cell / of->columns, cell / of->columns }));
	const struct set *times = set_from_ranges(rows->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return times;
}

/* The modes of some times, each after the word before it. */
static void when_columns(struct diff_rows *rows, const struct set *cells, const struct set *times,
			 struct strbuf *text)
{
	const char *between = "";

	for (uint32_t c = 0; c < rows->space->cells[DIFF_OLD].columns; c++) {
		if (!set_equal(column_times(rows, cells, c), times))
			continue;
		strbuf_printf(text, "%s%s", between,
			      c == 0		       ? "without a mode"
			      : between[0] == '\0' ? "in "
						       : "");
		if (c > 0)
			strbuf_puts(text, diff_column_name(rows->space, c));
		between = ", ";
	}
}

/* Times and modes one by one: for each of the times that modes have, the modes. */
static void when_by_cells(struct diff_rows *rows, const struct diff_part *part,
			  struct strbuf *text)
{
	const struct policy_cells *cells = &rows->space->cells[DIFF_OLD];
	const struct set *all = part->set[PART_CELL];
	const struct set *always = set_one(rows->arena, 0, cells->count / cells->columns - 1);

	for (uint32_t c = 0; c < cells->columns; c++) {
		const struct set *times = column_times(rows, all, c);
		bool told = set_is_empty(times), everywhere = true;
		for (uint32_t k = 0; k < cells->columns; k++) {
			bool same = set_equal(column_times(rows, all, k), times);
			told |= k < c && same;
			everywhere &= same;
		}
		if (told)
			continue;
		strbuf_puts(text, text->len > 0 ? "; " : "");
		if (!set_equal(times, always))
			diff_windows_tell(rows->space, times, text);
		if (!everywhere && !set_equal(times, always))
			strbuf_putc(text, ' ');
		if (!everywhere)
			when_columns(rows, all, times, text);
	}
}

const char *diff_when_text(struct diff_rows *rows, const struct diff_part *part)
{
	struct strbuf text = STRBUF_INIT;
	const char *kept = NULL;

	if (set_covers_range(part->set[PART_CELL], 0, rows->space->cells[DIFF_OLD].count - 1))
		return NULL;
	if (!when_by_rules(rows, part, &text))
		when_by_cells(rows, part, &text);
	if (text.len > 0)
		kept = arena_strdup(rows->arena, strbuf_text(&text));
	strbuf_release(&text);
	return kept;
}
