/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of policy as SARIF 2.1.0: a result for each row, at the lines that cause
 * it, and for each finding that appeared. */
#include "config.h"
#include "cli/diff.h"

#include <string.h>

#include "cli/sarif.h"

static const char *const flow_rules[DIFF_KINDS] = { "FLOW-OPENED", "FLOW-CLOSED" };

static json_t *sarif_flow_rule(enum diff_kind kind)
{
	static const char *const texts[DIFF_KINDS] = {
		"The change allows flows that were denied.",
		"The change denies flows that were allowed.",
	};

	return json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", flow_rules[kind], "fullDescription",
			 "text", texts[kind], "defaultConfiguration", "level", "note");
}

static const char *const cut_rules[TRAFFIC_KINDS] = {
	[TRAFFIC_CUT] = "TRAFFIC-CUT", [TRAFFIC_FREED] = "TRAFFIC-LET-THROUGH",
	[TRAFFIC_UNSURE] = "TRAFFIC-UNDETERMINED", [TRAFFIC_KEPT] = "TRAFFIC-OTHER-TIMES",
};

static json_t *sarif_cut_rule(enum traffic_change_kind kind)
{
	static const char *const texts[TRAFFIC_KINDS] = {
		[TRAFFIC_CUT] = "The change denies what was observed.",
		[TRAFFIC_FREED] = "The change allows what was observed and was denied.",
		[TRAFFIC_UNSURE] = "Whether the change denies what was observed cannot be told.",
		[TRAFFIC_KEPT] = "The change denies what was observed, at other times than these.",
	};

	return json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", cut_rules[kind], "fullDescription",
			 "text", texts[kind], "defaultConfiguration", "level", "note");
}

/* What the guard finds and the findings do not tell already. */
static bool sarif_tells_guard(const struct diff_run *run, size_t i)
{
	return (run->guard.verdict == GUARD_FAILS || run->guard.verdict == GUARD_HOLDS) &&
	       diff_guard_adds(run, run->guard.policy.diags.list[i]);
}

static json_t *sarif_diff_rules(const struct diff_run *run)
{
	bool seen[FINDING_COUNT] = { false };
	json_t *rules = json_array();

	for (int kind = 0; kind < DIFF_KINDS; kind++)
		if (diff_count(&run->diff, (enum diff_kind)kind) > 0)
			json_array_append_new(rules, sarif_flow_rule((enum diff_kind)kind));
	for (int kind = 0; kind < TRAFFIC_KINDS; kind++)
		if (diff_count_cuts(run, (enum traffic_change_kind)kind) > 0)
			json_array_append_new(rules,
					      sarif_cut_rule((enum traffic_change_kind)kind));
	for (size_t i = 0; i < run->findings.len; i++)
		if (run->findings.data[i].side == DIFF_NEW)
			seen[run->findings.data[i].diag->id] = true;
	for (size_t i = 0; i < run->guard.policy.diags.len; i++)
		seen[run->guard.policy.diags.list[i]->id] |= sarif_tells_guard(run, i);
	for (int id = 0; id < FINDING_COUNT; id++)
		if (seen[id])
			json_array_append_new(rules, sarif_rule((enum finding_id)id));
	return rules;
}

static void sarif_row_text(struct strbuf *text, const struct diff_run *run,
			   const struct diff_row *row)
{
	strbuf_printf(text, "%s: %s%s -> %s : %s%s%s",
		      row->kind == DIFF_OPENED ? "opened" : "closed", row->whole ? "" : "some of ",
		      row->from, row->to, row->service, row->when != NULL ? ", " : "",
		      row->when != NULL ? row->when : "");
	for (size_t i = 0; i < row->reason_count; i++)
		strbuf_printf(text, "; it %s", row->reasons[i].text);
	strbuf_puts(text, "; by ");
	diff_fact_text(text, row->causes[0]);
	strbuf_puts(text, "; for example: ");
	diff_question_text(text, run, row, row->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD);
	diff_stations_text(text, row);
}

/* ---- places ---- */

struct places {
	struct diff_run *run;
	struct source_lines lines;
	/* How a file of both policies changed: the one asked about last. */
	const struct source *old;
	struct line_changes changes;
};

/* The new policy's file of that path, or NULL. */
static const struct source *place_now(const struct places *places, const struct source *old)
{
	const struct policy_text *text = &places->run->policy[DIFF_NEW].text;
	const struct source *now = NULL;

	for (size_t i = 0; i < text->source_count; i++) {
		if (text->sources[i] == old)
			return NULL;
		if (strcmp(text->sources[i]->path, old->path) == 0)
			now = text->sources[i];
	}
	return now;
}

/* Which line stands where one of the old text was. */
static uint32_t place_line(const struct line_changes *changes, uint32_t line)
{
	int64_t now = line;

	for (size_t i = 0; i < changes->len; i++) {
		const struct line_change *change = &changes->data[i];
		if (change->sign == '-' ? change->number >= line : change->number > now)
			break;
		now += change->sign == '-' ? -1 : 1;
	}
	return now > 0 ? (uint32_t)now : 1;
}

/* Of one file in two revisions the new one is shown beside a log: what is gone from it
 * stands where it was. */
static struct span place_of(struct places *places, struct span where)
{
	const struct source *now = where.source != NULL ? place_now(places, where.source) : NULL;

	if (now == NULL)
		return where;
	if (places->old != where.source) {
		vec_free(&places->changes);
		line_changes_find(&places->changes, &places->run->arena, where.source->text,
				  now->text);
		places->old = where.source;
	}
	uint32_t line = place_line(&places->changes, where.line);
	uint32_t last = (uint32_t)source_count_lines(now);
	line = line > last ? last : line;
	return (struct span){ now, line, 1, line, 1 };
}

static json_t *places_locations(struct places *places, struct span where)
{
	struct span now = place_of(places, where);

	return sarif_locations(&places->lines, &now);
}

/* ---- results ---- */

/* The nearest cause is the place; the others are related ones, each once. */
static json_t *sarif_row(struct places *places, const struct diff_row *row)
{
	const struct diff_run *run = places->run;
	struct strbuf text = STRBUF_INIT;
	json_t *related = json_array();

	sarif_row_text(&text, run, row);
	for (size_t i = 1; i < row->cause_count; i++) {
		json_t *other = places_locations(places, diff_fact_where(row->causes[i]));
		bool told = false;
		for (size_t k = 0; k < json_array_size(related) && !told; k++)
			told = json_equal(json_array_get(related, k), json_array_get(other, 0));
		if (!told)
			json_array_extend(related, other);
		json_decref(other);
	}
	json_t *result = json_pack("{s:s, s:s, s:{s:s}, s:o, s:o}", "ruleId", flow_rules[row->kind],
				   "level",
				   diff_gate_of(run, row) != NULL ? "error"
				   : row->reason_count > 0	   ? "warning"
								   : "note",
				   "message", "text", strbuf_text(&text), "locations",
				   places_locations(places, diff_fact_where(row->causes[0])),
				   "relatedLocations", related);
	strbuf_release(&text);
	return result;
}

/* At the nearest cause, or the rule that decides now. */
static json_t *sarif_cut(struct places *places, const struct diff_cut *cut)
{
	const struct diff_run *run = places->run;
	struct strbuf text = STRBUF_INIT;
	struct span where = cut->cause_count > 0 ? diff_fact_where(cut->causes[0])
						 : cut->nearest.where;

	diff_cut_text(&text, run, cut);
	json_t *result = json_pack("{s:s, s:s, s:{s:s}, s:o}", "ruleId", cut_rules[cut->kind],
				   "level",
				   diff_cut_fails(run, cut)	? "error"
				   : cut->kind == TRAFFIC_FREED ? "note"
								: "warning",
				   "message", "text", strbuf_text(&text), "locations",
				   places_locations(places, where));
	strbuf_release(&text);
	return result;
}

void diff_print_sarif(struct diff_run *run, FILE *stream)
{
	struct places places = { .run = run };
	json_t *results = json_array();

	for (size_t i = 0; i < run->diff.row_count; i++)
		json_array_append_new(results, sarif_row(&places, &run->diff.rows[i]));
	for (size_t i = 0; i < run->findings.len; i++)
		if (run->findings.data[i].side == DIFF_NEW)
			json_array_append_new(results,
					      sarif_result(&places.lines, run->findings.data[i].diag));
	for (size_t i = 0; i < run->observed.cuts.len; i++)
		json_array_append_new(results,
				      sarif_cut(&places, &run->observed.cuts.data[i]));
	for (size_t i = 0; i < run->guard.policy.diags.len; i++)
		if (sarif_tells_guard(run, i))
			json_array_append_new(results,
					      sarif_result(&places.lines, run->guard.policy.diags.list[i]));
	source_lines_release(&places.lines);
	vec_free(&places.changes);
	json_t *log = sarif_log(sarif_diff_rules(run), results);
	json_dumpf(log, stream, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', stream);
	json_decref(log);
}
