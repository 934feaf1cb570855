/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of policy as a comment in a pull request: a summary, a table of what opens
 * and closes, the rest folded. GitHub's and GitLab's Markdown. Whatever a policy says
 * stands as code, so that no name can be markup, a link or a mention; the limits keep
 * the comment within what the forges accept. */
#include "config.h"
#include "cli/diff.h"

#include <ctype.h>
#include <string.h>

/* GitHub's limit, less what tells what is left out. GitLab's is wider. */
enum { MD_LIMIT = 65000 };
enum { MD_ROWS = 50, MD_FLOWS = 50, MD_LINES = 40, MD_FINDINGS = 30, MD_TEXT = 400 };

/* ---- escapes ---- */

static void md_code(FILE *stream, const char *text)
{
	size_t length = 0;

	fputs("<code>", stream);
	for (; *text != '\0' && length < MD_TEXT; text++, length++) {
		unsigned char c = (unsigned char)*text;
		if (c >= 0x80 || isalnum(c) || strchr(" .,:/()-", c) != NULL)
			fputc(c, stream);
		else
			fprintf(stream, "&#%d;", c < ' ' ? ' ' : c);
	}
	/* Not in the midst of a character. */
	for (; ((unsigned char)*text & 0xc0) == 0x80; text++)
		fputc(*text, stream);
	fputs(*text != '\0' ? "...</code>" : "</code>", stream);
}

static void md_place(FILE *stream, const struct span *where)
{
	char line[32];

	if (where->source == NULL) {
		fputs("the prelude", stream);
		return;
	}
	md_code(stream, where->source->path);
	snprintf(line, sizeof(line), " line %u", where->line);
	fputs(line, stream);
}

static void md_fold(FILE *stream, const char *title)
{
	fprintf(stream, "\n<details><summary>%s</summary>\n\n", title);
}

static void md_end(FILE *stream)
{
	fputs("\n</details>\n", stream);
}

/* ---- flows ---- */

static void md_row(const struct diff_run *run, const struct diff_row *row, FILE *stream)
{
	struct strbuf cause = STRBUF_INIT;
	struct span where = diff_fact_where(row->causes[0]);

	fprintf(stream, "| %s%s | %s", row->kind == DIFF_OPENED ? "opened" : "closed",
		diff_gate_of(run, row) != NULL ? " :no_entry:" : "", row->whole ? "" : "some of ");
	md_code(stream, row->from);
	fputs(" | ", stream);
	md_code(stream, row->to);
	fputs(" | ", stream);
	md_code(stream, row->service);
	if (row->when != NULL) {
		fputs(" ", stream);
		md_code(stream, row->when);
	}
	fputs(" | ", stream);
	for (size_t i = 0; i < row->reason_count; i++)
		fprintf(stream, "%s%s", i > 0 ? ", " : "", diff_risk_name(row->reasons[i].risk));
	fputs(" | ", stream);
	diff_fact_text(&cause, row->causes[0]);
	md_code(stream, strbuf_text(&cause));
	fputs(", ", stream);
	md_place(stream, &where);
	fputs(" |\n", stream);
	strbuf_release(&cause);
}

static void md_table(struct diff_run *run, FILE *stream)
{
	const struct diff *diff = &run->diff;

	if (diff->row_count == 0)
		return;
	fputs("\n| | From | To | Service | Risk | Cause |\n|---|---|---|---|---|---|\n", stream);
	for (size_t i = 0; i < diff->row_count && i < MD_ROWS; i++)
		md_row(run, &diff->rows[i], stream);
	if (diff->row_count > MD_ROWS)
		fprintf(stream, "\nand %zu more\n", diff->row_count - MD_ROWS);
}

/* Each row's reasons in words, and one flow. */
static void md_flow(const struct diff_run *run, const struct diff_row *row, FILE *stream)
{
	struct strbuf text = STRBUF_INIT;

	diff_question_text(&text, run, row, row->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD);
	fprintf(stream, "- %s, such as ", row->kind == DIFF_OPENED ? "opened" : "closed");
	diff_stations_text(&text, row);
	md_code(stream, strbuf_text(&text));
	fputc('\n', stream);
	for (size_t i = 0; i < row->reason_count; i++) {
		fputs("  - ", stream);
		md_code(stream, row->reasons[i].text);
		fputc('\n', stream);
	}
	strbuf_release(&text);
}

static void md_flows(struct diff_run *run, FILE *stream)
{
	if (run->diff.row_count == 0)
		return;
	md_fold(stream, "One flow of each");
	for (size_t i = 0; i < run->diff.row_count && i < MD_FLOWS; i++)
		md_flow(run, &run->diff.rows[i], stream);
	md_end(stream);
}

/* ---- beside the flows ---- */

static void md_cut(const struct diff_run *run, const struct diff_cut *cut, FILE *stream)
{
	struct strbuf text = STRBUF_INIT;

	diff_cut_text(&text, run, cut);
	fprintf(stream, "- %s", diff_cut_fails(run, cut) ? ":no_entry: " : "");
	md_code(stream, strbuf_text(&text));
	strbuf_reset(&text);
	if (cut->cause_count > 0) {
		struct span where = diff_fact_where(cut->causes[0]);
		diff_fact_text(&text, cut->causes[0]);
		fputs(": ", stream);
		md_code(stream, strbuf_text(&text));
		fputs(", ", stream);
		md_place(stream, &where);
	} else if (cut->nearest.reason != NULL && cut->kind != TRAFFIC_UNSURE) {
		fputs(": ", stream);
		md_code(stream, cut->nearest.reason);
	}
	fputc('\n', stream);
	strbuf_release(&text);
}

static void md_observed(struct diff_run *run, FILE *stream)
{
	const struct diff_traffic *observed = &run->observed;
	struct strbuf text = STRBUF_INIT;

	if (observed->traffic == NULL)
		return;
	diff_traffic_text(&text, run);
	fputs("\n**Observed traffic**: ", stream);
	md_code(stream, strbuf_text(&text));
	fputs("\n\n", stream);
	for (size_t i = 0; i < observed->cuts.len && i < MD_ROWS; i++)
		md_cut(run, &observed->cuts.data[i], stream);
	if (observed->cuts.len > MD_ROWS)
		fprintf(stream, "- and %zu more\n", observed->cuts.len - MD_ROWS);
	strbuf_release(&text);
}

static void md_findings(const struct diff_run *run, enum diff_side side, FILE *stream)
{
	size_t count = 0;

	for (size_t i = 0; i < run->findings.len; i++) {
		const struct diff_finding *finding = &run->findings.data[i];
		if (finding->side != side || ++count > MD_FINDINGS)
			continue;
		if (count == 1)
			md_fold(stream, side == DIFF_NEW ? "Findings that appeared"
							 : "Findings that went");
		fprintf(stream, "- %s %s: ", severity_word(finding->diag->severity),
			finding_info(finding->diag->id)->name);
		md_code(stream, finding->diag->message);
		fputs(", ", stream);
		md_place(stream, &finding->diag->where);
		fputc('\n', stream);
	}
	if (count > MD_FINDINGS)
		fprintf(stream, "- and %zu more\n", count - MD_FINDINGS);
	if (count > 0)
		md_end(stream);
}

static void md_asserts(struct diff_run *run, FILE *stream)
{
	if (run->asserts.len == 0)
		return;
	fputs("\nAsserts that are answered otherwise:\n\n", stream);
	for (size_t i = 0; i < run->asserts.len && i < MD_FINDINGS; i++) {
		const struct diff_assert *one = &run->asserts.data[i];
		fputs("- ", stream);
		md_code(stream, one->text);
		fprintf(stream, ": **%s** (before: %s)\n", diff_answer_name(one->answer[DIFF_NEW]),
			diff_answer_name(one->answer[DIFF_OLD]));
	}
}

static void md_guard(struct diff_run *run, FILE *stream)
{
	const struct diff_guard *guard = &run->guard;
	static const char *const words[] = { "", "every assert holds", "not every assert holds",
					     "nothing was proved" };

	if (guard->verdict == GUARD_NONE)
		return;
	fprintf(stream, "\n%s**Guard** ", guard->verdict == GUARD_HOLDS ? "" : ":no_entry: ");
	md_code(stream, guard->path);
	fprintf(stream, ": %s.\n\n", words[guard->verdict]);
	for (size_t i = 0; i < guard->policy.diags.len && guard->verdict == GUARD_FAILS &&
			   i < MD_FINDINGS; i++) {
		const struct diag *diag = guard->policy.diags.list[i];
		fputs("- ", stream);
		md_code(stream, diff_guard_assert(run, diag));
		fputs(", ", stream);
		md_place(stream, &diag->where);
		fprintf(stream, ": %s", diag->message);
		if (diag->witness != NULL) {
			fputs(", such as ", stream);
			md_code(stream, diag->witness);
		}
		fputc('\n', stream);
	}
}

/* Longer than any row of backticks inside. */
static int md_fence(const struct diff_file *file)
{
	int longest = 2, length = 0;

	for (size_t i = 0; i < file->changes.len; i++)
		for (const char *at = file->changes.data[i].text; *at != '\0'; at++) {
			length = *at == '`' ? length + 1 : 0;
			longest = length > longest ? length : longest;
		}
	return longest + 1;
}

static void md_fence_line(FILE *stream, int length, const char *word)
{
	for (int i = 0; i < length; i++)
		fputc('`', stream);
	fprintf(stream, "%s\n", word);
}

static void md_file(const struct diff_file *file, FILE *stream)
{
	int fence = md_fence(file);

	md_code(stream, file->name);
	fputs("\n\n", stream);
	md_fence_line(stream, fence, "diff");
	for (size_t i = 0; i < file->changes.len && i < MD_LINES; i++)
		fprintf(stream, "%c%.*s\n", file->changes.data[i].sign, MD_TEXT,
			file->changes.data[i].text);
	md_fence_line(stream, fence, "");
	if (file->changes.len > MD_LINES)
		fprintf(stream, "\nand %zu more lines\n", file->changes.len - MD_LINES);
	fputc('\n', stream);
}

static void md_device(const struct diff_device *device, FILE *stream)
{
	size_t added = 0, removed = 0;

	for (size_t i = 0; i < device->files.len; i++) {
		added += device->files.data[i].added;
		removed += device->files.data[i].removed;
	}
	fputs("\n<details><summary>", stream);
	md_code(stream, device->name);
	fprintf(stream, ", %s: %zu line%s added, %zu removed%s</summary>\n\n",
		device->platform != NULL ? device->platform : "no platform", added,
		added == 1 ? "" : "s", removed,
		!device->is[DIFF_OLD] ? "; new" : !device->is[DIFF_NEW] ? "; gone" : "");
	if (device->why != NULL) {
		fputs("Not compared: ", stream);
		md_code(stream, device->why);
		fputs("\n\n", stream);
	}
	for (size_t i = 0; i < device->files.len; i++)
		md_file(&device->files.data[i], stream);
	md_end(stream);
}

static void md_summary(struct diff_run *run, FILE *stream)
{
	const struct diff *diff = &run->diff;
	size_t tripped = 0;

	for (size_t i = 0; i < diff->row_count; i++)
		tripped += diff_gate_of(run, &diff->rows[i]) != NULL;
	if (diff->verdict == DIFF_SAME)
		fputs("### Cordon: no flow changes\n", stream);
	else
		fprintf(stream, "### Cordon: %zu opened, %zu closed\n",
			diff_count(diff, DIFF_OPENED), diff_count(diff, DIFF_CLOSED));
	if (diff->verdict == DIFF_UNDECIDED)
		fprintf(stream, "\n**Not all was compared**: %s.\n", diff->unsure);
	if (tripped > 0)
		fprintf(stream, "\n:no_entry: %zu of these may not pass (`--fail-on`).\n", tripped);
}

/* ---- the whole, within the limit ---- */

static void md_appeared(struct diff_run *run, FILE *stream)
{
	md_findings(run, DIFF_NEW, stream);
}

static void md_gone(struct diff_run *run, FILE *stream)
{
	md_findings(run, DIFF_OLD, stream);
}

/* What comes first has room before the rest. Of lists a beginning is of use, what is
 * folded is there whole or not at all. */
static const struct md_section {
	const char *name; /* where something of it is left out */
	size_t most;
	bool list;
	void (*print)(struct diff_run *run, FILE *stream);
} md_sections[] = {
	{ "", 4000, true, md_summary },
	{ "rows of the table", 30000, true, md_table },
	{ "what was observed", 10000, true, md_observed },
	{ "asserts", 6000, true, md_asserts },
	{ "what the guard finds", 6000, true, md_guard },
	{ "one flow of each", MD_LIMIT, false, md_flows },
	{ "findings that appeared", MD_LIMIT, false, md_appeared },
	{ "findings that went", MD_LIMIT, false, md_gone },
};

struct md_page {
	FILE *stream;
	size_t left;
	struct strbuf lacks;
	size_t devices; /* left out */
};

/* Up to the last line that fits. */
static size_t md_beginning(const char *text, size_t most)
{
	while (most > 0 && text[most - 1] != '\n')
		most--;
	return most;
}

/* False: not all of it is there. */
static bool md_put(struct md_page *page, const char *text, size_t size, size_t most, bool list)
{
	size_t room = most < page->left ? most : page->left;
	size_t put = size <= room ? size : list ? md_beginning(text, room) : 0;

	fwrite(text, 1, put, page->stream);
	page->left -= put;
	return put == size;
}

static void md_put_section(struct md_page *page, struct diff_run *run,
			   const struct md_section *section)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = memory_stream(&text, &size);

	section->print(run, stream);
	fclose(stream);
	if (!md_put(page, text, size, section->most, section->list))
		strbuf_printf(&page->lacks, "%s%s", page->lacks.len > 0 ? ", " : "", section->name);
	free(text);
}

static void md_put_device(struct md_page *page, const struct diff_device *device)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = memory_stream(&text, &size);

	md_device(device, stream);
	fclose(stream);
	page->devices += !md_put(page, text, size, MD_LIMIT, false);
	free(text);
}

static void md_put_lacks(struct md_page *page)
{
	if (page->devices > 0)
		strbuf_printf(&page->lacks, "%sthe configuration of %zu device%s",
			      page->lacks.len > 0 ? ", " : "", page->devices,
			      page->devices == 1 ? "" : "s");
	if (page->lacks.len > 0)
		fprintf(page->stream,
			"\n**Left out**, for a comment holds 65,536 characters: %s. "
			"`cordon diff --format json` has it all.\n",
			page->lacks.text);
	strbuf_release(&page->lacks);
}

void diff_print_markdown(struct diff_run *run, FILE *stream)
{
	struct md_page page = { .stream = stream, .left = MD_LIMIT, .lacks = STRBUF_INIT };

	for (size_t i = 0; i < sizeof(md_sections) / sizeof(md_sections[0]); i++)
		md_put_section(&page, run, &md_sections[i]);
	for (size_t i = 0; i < run->devices.len; i++)
		md_put_device(&page, &run->devices.data[i]);
	md_put_lacks(&page);
}
