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

static bool column_is_whole(const struct diff_rows *rows, const struct set *cells, uint32_t column)
{
	const struct policy_cells *of = &rows->space->cells[DIFF_OLD];

	for (uint32_t cell = column; cell < of->count; cell += of->columns)
		if (!set_contains(cells, cell))
			return false;
	return true;
}

/* Modes at every time, else only an instant. */
static void when_by_cells(struct diff_rows *rows, const struct diff_part *part,
			  struct strbuf *text)
{
	const struct policy_cells *cells = &rows->space->cells[DIFF_OLD];
	const struct set *set = part->set[PART_CELL];
	size_t whole = 0;
	char at[INSTANT_TEXT];

	for (uint32_t c = 0; c < cells->columns; c++)
		whole += column_is_whole(rows, set, c);
	if (whole * (cells->count / cells->columns) != (size_t)set_size(set)) {
		uint32_t first = (uint32_t)set_min(set) / cells->columns;
		strbuf_printf(text, "at some times, first seen at %s",
			      instant_print(cells->example[first],
					    rows->space->model[DIFF_NEW]->timezone, at));
		return;
	}
	bool without = column_is_whole(rows, set, 0);
	strbuf_puts(text, without ? "without a mode" : "");
	for (uint32_t c = 1; c < cells->columns; c++)
		if (column_is_whole(rows, set, c))
			strbuf_printf(text, "%s%s", text->len > 0 ? ", " : "in ",
				      diff_column_name(rows->space, c));
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
