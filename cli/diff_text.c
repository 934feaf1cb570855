/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of policy for people: the flows first, then what stands beside them. */
#include "config.h"
#include "cli/diff.h"

#include <string.h>

#include "compiler/check.h"

enum { ROWS_SHOWN = 100, CAUSES_SHOWN = 6, LINES_SHOWN = 20, FINDINGS_SHOWN = 50 };

/* ---- words that every reporter uses ---- */

void diff_question_text(struct strbuf *text, const struct diff_run *run,
			const struct diff_row *row, enum diff_side side)
{
	check_flow_text(text, &run->diff.words[side], &row->flow[side]);
}

void diff_stations_text(struct strbuf *text, const struct diff_row *row)
{
	if (row->link)
		strbuf_printf(text, ", from %s to %s", row->station[END_SOURCE],
			      row->station[END_DESTINATION]);
}

struct span diff_fact_where(const struct diff_fact *fact)
{
	return fact->where[fact->where[DIFF_NEW].source != NULL ? DIFF_NEW : DIFF_OLD];
}

void diff_fact_text(struct strbuf *text, const struct diff_fact *fact)
{
	if (fact->kind == FACT_RULE || fact->kind == FACT_POLICY)
		strbuf_printf(text, "%s '%s'", diff_fact_kind_name(fact->kind), fact->part);
	else
		strbuf_printf(text, "%s %s%s%s", diff_fact_kind_name(fact->kind), fact->name,
			      fact->part != NULL ? ": " : "", fact->part != NULL ? fact->part : "");
	strbuf_printf(text, " %s", diff_change_name(fact->change));
}

/* ---- flows ---- */

static void print_place(const struct span *where, FILE *stream)
{
	if (where->source != NULL)
		fprintf(stream, "%s:%u", where->source->path, where->line);
	else
		fputs("the prelude", stream);
}

static void print_causes(const struct diff_fact *const *causes, size_t count, FILE *stream)
{
	for (size_t i = 0; i < count; i++) {
		struct strbuf text = STRBUF_INIT;
		if (i == CAUSES_SHOWN) {
			fprintf(stream, "      and %zu more causes\n", count - i);
			return;
		}
		struct span where = diff_fact_where(causes[i]);
		diff_fact_text(&text, causes[i]);
		fputs("      ", stream);
		print_place(&where, stream);
		fprintf(stream, ": %s\n", strbuf_text(&text));
		strbuf_release(&text);
	}
}

static void print_flow(const struct diff_run *run, const struct diff_row *row, FILE *stream)
{
	enum diff_side side = row->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	struct strbuf text = STRBUF_INIT;
	char at[INSTANT_TEXT];

	diff_question_text(&text, run, row, side);
	fprintf(stream, "      such as %s", strbuf_text(&text));
	if (row->flow[side].instant != run->diff.at)
		fprintf(stream, " --at %s",
			instant_print(row->flow[side].instant, run->diff.model[side]->timezone, at));
	if (row->mode != NULL)
		fprintf(stream, " --mode %s", row->mode);
	strbuf_release(&text);
	diff_stations_text(&text, row);
	fprintf(stream, "%s\n", strbuf_text(&text));
	strbuf_release(&text);
}

static void print_by(const struct diff_row *row, FILE *stream)
{
	if (row->rule_count > 1)
		fprintf(stream, "      by %zu rules\n", row->rule_count);
	else if (row->conduit != NULL)
		fprintf(stream, "      in conduit %s\n", row->conduit->name);
}

static void print_row(const struct diff_run *run, const struct diff_row *row, FILE *stream)
{
	fprintf(stream, "  %s%s -> %s : %s%s%s\n", row->whole ? "" : "some of ", row->from, row->to,
		row->service, row->when != NULL ? ", " : "", row->when != NULL ? row->when : "");
	for (size_t i = 0; i < row->reason_count; i++)
		fprintf(stream, "    ! %s\n", row->reasons[i].text);
	print_causes(row->causes, row->cause_count, stream);
	print_by(row, stream);
	print_flow(run, row, stream);
}

static void print_kind(const struct diff_run *run, enum diff_kind kind, FILE *stream)
{
	size_t count = diff_count(&run->diff, kind), shown = 0;

	if (count == 0)
		return;
	fputs(kind == DIFF_OPENED ? "\nopened:\n" : "\nclosed:\n", stream);
	for (size_t i = 0; i < run->diff.row_count; i++) {
		if (run->diff.rows[i].kind != kind)
			continue;
		if (shown++ == ROWS_SHOWN) {
			fprintf(stream, "  and %zu more: --format json has them all\n",
				count - ROWS_SHOWN);
			return;
		}
		print_row(run, &run->diff.rows[i], stream);
	}
}

/* ---- beside the flows ---- */

static void print_findings_of(const struct diff_run *run, enum diff_side side, FILE *stream)
{
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < run->findings.len; i++) {
		const struct diff_finding *finding = &run->findings.data[i];
		if (finding->side != side)
			continue;
		if (shown == FINDINGS_SHOWN) {
			more++;
			continue;
		}
		if (shown++ == 0)
			fputs(side == DIFF_NEW ? "\nfindings that appeared:\n"
					       : "\nfindings that went:\n", stream);
		fputs("  ", stream);
		if (finding->diag->where.source != NULL) {
			print_place(&finding->diag->where, stream);
			fputs(": ", stream);
		}
		fprintf(stream, "%s: %s [%s]\n", severity_word(finding->diag->severity),
			finding->diag->message, finding_info(finding->diag->id)->name);
	}
	if (more > 0)
		fprintf(stream, "  and %zu more: --format json has them all\n", more);
}

static void print_guard(struct diff_run *run, FILE *stream)
{
	static const char *const words[] = { "", "every assert holds", "not every assert holds:",
					     "nothing was proved" };
	const struct diff_guard *guard = &run->guard;

	if (guard->verdict == GUARD_NONE)
		return;
	fprintf(stream, "\nguard %s: %s\n", guard->path, words[guard->verdict]);
	for (size_t i = 0; i < guard->policy.diags.len && guard->verdict == GUARD_FAILS; i++) {
		const struct diag *diag = guard->policy.diags.list[i];
		fputs("  ", stream);
		print_place(&diag->where, stream);
		fprintf(stream, ": %s: %s [%s]\n", diff_guard_assert(run, diag), diag->message,
			finding_info(diag->id)->name);
		if (diag->other.source != NULL) {
			fputs("      ", stream);
			print_place(&diag->other, stream);
			fprintf(stream, ": %s\n", diag->other_label);
		}
		if (diag->witness != NULL)
			fprintf(stream, "      such as %s%s%s\n", diag->witness,
				diag->options != NULL ? " " : "",
				diag->options != NULL ? diag->options : "");
	}
}

static void print_asserts(const struct diff_run *run, FILE *stream)
{
	if (run->asserts.len > 0)
		fputs("\nasserts that are answered otherwise:\n", stream);
	for (size_t i = 0; i < run->asserts.len; i++) {
		const struct diff_assert *one = &run->asserts.data[i];
		fputs("  ", stream);
		print_place(&one->where[one->where[DIFF_NEW].source != NULL ? DIFF_NEW : DIFF_OLD],
			    stream);
		fprintf(stream, ": %s: %s (before: %s)\n", one->text,
			diff_answer_name(one->answer[DIFF_NEW]),
			diff_answer_name(one->answer[DIFF_OLD]));
	}
}

static void print_file(const struct diff_file *file, FILE *stream)
{
	for (size_t i = 0; i < file->changes.len && i < LINES_SHOWN; i++)
		fprintf(stream, "      %c%s\n", file->changes.data[i].sign,
			file->changes.data[i].text);
	if (file->changes.len > LINES_SHOWN)
		fprintf(stream, "      and %zu more lines: --format json has them all\n",
			file->changes.len - LINES_SHOWN);
}

static void print_device(const struct diff_device *device, FILE *stream)
{
	fprintf(stream, "  %s%s%s%s%s\n", device->name, device->platform != NULL ? ", " : "",
		device->platform != NULL ? device->platform : "",
		!device->is[DIFF_OLD]	? ": new"
		: !device->is[DIFF_NEW] ? ": gone"
					: "",
		device->why != NULL ? ": not compared" : "");
	if (device->why != NULL)
		fprintf(stream, "    %s\n", device->why);
	for (size_t i = 0; i < device->files.len; i++) {
		const struct diff_file *file = &device->files.data[i];
		fprintf(stream, "    %s: %zu line%s added, %zu removed\n", file->name, file->added,
			file->added == 1 ? "" : "s", file->removed);
		print_file(file, stream);
	}
}

/* ---- what was observed ---- */

static void print_nearest(const struct diff_cut *cut, FILE *stream)
{
	const struct nearest *nearest = &cut->nearest;

	if (nearest->reason == NULL || cut->kind == TRAFFIC_UNSURE)
		return;
	fputs("      ", stream);
	if (nearest->where.source != NULL) {
		print_place(&nearest->where, stream);
		fprintf(stream, ": %s: ",
			nearest->rule != NULL ? nearest->rule->label : nearest->conduit->name);
	}
	fprintf(stream, "%s\n", nearest->reason);
}

static void print_cut(const struct diff_run *run, const struct diff_cut *cut, FILE *stream)
{
	const struct model *model = &run->policy[cut->side].model;
	struct strbuf text = STRBUF_INIT;
	char at[INSTANT_TEXT];

	diff_cut_text(&text, run, cut);
	fprintf(stream, "  %s\n", strbuf_text(&text));
	print_causes(cut->causes, cut->cause_count, stream);
	print_nearest(cut, stream);
	strbuf_reset(&text);
	if (cut->asks) {
		check_flow_text(&text, model, &cut->flow);
		fprintf(stream, "      such as %s --at %s", strbuf_text(&text),
			instant_print(cut->flow.instant, model->timezone, at));
		if (run->policy[cut->side].mode >= 0)
			fprintf(stream, " --mode %s", run->policy[cut->side].mode_name);
		fputc('\n', stream);
	}
	strbuf_release(&text);
}

static void print_observed(const struct diff_run *run, FILE *stream)
{
	const struct diff_traffic *observed = &run->observed;
	size_t closed = diff_count(&run->diff, DIFF_CLOSED);

	if (observed->traffic == NULL || (observed->cuts.len == 0 && observed->closed_seen == closed))
		return;
	fputs("\nobserved traffic:\n", stream);
	for (size_t i = 0; i < observed->cuts.len && i < ROWS_SHOWN; i++)
		print_cut(run, &observed->cuts.data[i], stream);
	if (observed->cuts.len > ROWS_SHOWN)
		fprintf(stream, "  and %zu more: --format json has them all\n",
			observed->cuts.len - ROWS_SHOWN);
	if (observed->closed_seen < closed)
		fprintf(stream, "  %zu of %zu closed: never seen in it\n",
			closed - observed->closed_seen, closed);
}

static void print_summary(const struct diff_run *run, FILE *stream)
{
	const struct diff *diff = &run->diff;

	if (diff->verdict == DIFF_SAME)
		fputs("no flow changes\n", stream);
	else
		fprintf(stream, "%zu opened, %zu closed\n", diff_count(diff, DIFF_OPENED),
			diff_count(diff, DIFF_CLOSED));
	if (diff->verdict == DIFF_UNDECIDED)
		fprintf(stream, "not all was compared: %s\n", diff->unsure);
	if (run->observed.traffic != NULL) {
		struct strbuf text = STRBUF_INIT;
		diff_traffic_text(&text, run);
		fprintf(stream, "observed traffic: %s\n", strbuf_text(&text));
		strbuf_release(&text);
	}
}

void diff_print_text(struct diff_run *run, FILE *stream)
{
	print_summary(run, stream);
	print_kind(run, DIFF_OPENED, stream);
	print_kind(run, DIFF_CLOSED, stream);
	print_observed(run, stream);
	print_findings_of(run, DIFF_NEW, stream);
	print_findings_of(run, DIFF_OLD, stream);
	print_asserts(run, stream);
	print_guard(run, stream);
	if (run->devices.len > 0)
		fputs("\nconfigurations:\n", stream);
	for (size_t i = 0; i < run->devices.len; i++)
		print_device(&run->devices.data[i], stream);
}
