/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for people: what violates first, each with its reason, then what
 * was not used, then the account. */
#include "config.h"
#include "verifier/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/terminal.h"

static void text_styled(FILE *stream, enum terminal_style style, const char *text)
{
	fprintf(stream, "%s%s%s", terminal_style(stream, style), text,
		terminal_style(stream, STYLE_NONE));
}

static bool text_is_of_source(enum violation_kind kind)
{
	return kind == VIOLATION_SPOOFED_SOURCE || kind == VIOLATION_MISPLACED_SOURCE ||
	       kind == VIOLATION_UNKNOWN_ASSET;
}

static void text_headline(const struct violation *violation, const struct report_names *names,
			  FILE *stream)
{
	text_styled(stream, STYLE_ERROR, violation_kind_name(violation->kind));
	if (text_is_of_source(violation->kind))
		fprintf(stream, ": %s (%s)\n", names->source, names->source_zone);
	else
		fprintf(stream, ": %s (%s) -> %s (%s) : %s%s%s%s\n", names->source,
			names->source_zone, names->destination, names->destination_zone,
			names->service, names->operation != NULL ? "(" : "",
			names->operation != NULL ? names->operation : "",
			names->operation != NULL ? ")" : "");
}

static void text_why(const struct violation *violation, FILE *stream)
{
	const struct nearest *nearest = &violation->nearest;

	if (violation->detail != NULL)
		fprintf(stream, "    why      %s\n", violation->detail);
	if (nearest->reason == NULL)
		return;
	fprintf(stream, "    why      %s\n", nearest->reason);
	if (nearest->where.source != NULL)
		fprintf(stream, "    nearest  %s:%" PRIu32 ": %s\n", nearest->where.source->path,
			nearest->where.line,
			nearest->rule != NULL ? nearest->rule->label : nearest->conduit->name);
}

static bool model_has_times(const struct model *model)
{
	for (size_t i = 0; i < model->rule_count; i++)
		if (model->rules[i].activity != NULL)
			return true;
	return false;
}

/* What `query` must be told to answer as the verifier did. */
static void text_ask(const struct model *model, const struct flow *flow, const char *question,
		     bool timed, FILE *stream)
{
	char at[INSTANT_TEXT];

	fputs("    ask      cordon query", stream);
	if (timed)
		fprintf(stream, " --at %s", instant_print(flow->instant, model->timezone, at));
	if (flow->mode >= 0)
		fprintf(stream, " --mode %s", model->modes[flow->mode].name);
	fprintf(stream, " POLICY '%s'\n", question);
}

static void text_count(uint64_t count, const char *what, const char *behind, FILE *stream)
{
	fprintf(stream, "%" PRIu64 " %s%s%s", count, what, count == 1 ? "" : "s", behind);
}

static void text_seen(const struct violation *violation, const struct report_names *names,
		      FILE *stream)
{
	fputs("    seen     ", stream);
	text_count(violation->conversations, "conversation", ", ", stream);
	text_count(violation->packets, "packet", ", ", stream);
	text_count(violation->bytes, "byte", ", ", stream);
	if (strcmp(names->first, names->last) == 0)
		fprintf(stream, "at %s\n", names->first);
	else
		fprintf(stream, "%s to %s\n", names->first, names->last);
}

static void text_violation(const struct verify *verify, const struct violation *violation,
			   bool timed, FILE *stream)
{
	struct arena arena;

	arena_init(&arena);
	struct report_names names = report_names(verify, violation, &arena);
	text_headline(violation, &names, stream);
	text_why(violation, stream);
	text_seen(violation, &names, stream);
	if (names.operation != NULL)
		fprintf(stream, "    count    %s\n", names.counts);
	fprintf(stream, "    first    packet %" PRIu64 " of %s\n", violation->packet,
		violation->file);
	if (names.question != NULL)
		text_ask(verify_model(verify), &violation->flow, names.question, timed, stream);
	fputc('\n', stream);
	arena_release(&arena);
}

static size_t text_violations(const struct verify *verify, FILE *stream)
{
	bool timed = model_has_times(verify_model(verify));
	size_t count;
	struct violation **sorted =
		violation_table_sorted(judge_violations(verify_judge(verify)), &count);

	for (size_t i = 0; i < count; i++)
		text_violation(verify, sorted[i], timed, stream);
	return count;
}

/* A heading, unless there is nothing below it. */
static void text_heading(FILE *stream, const char *words, size_t *shown)
{
	if ((*shown)++ == 0)
		text_styled(stream, STYLE_BOLD, words);
}

static void text_unused_rules(const struct verify *verify, FILE *stream)
{
	const struct model *model = verify_model(verify);
	const bool *used = judge_rule_used(verify_judge(verify));
	size_t shown = 0;

	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		if (rule->implicit || used[i])
			continue;
		text_heading(stream, "rules that no traffic used:\n", &shown);
		fprintf(stream, "    %s:%" PRIu32 ": %s\n", rule->where.source->path,
			rule->where.line, rule->label);
	}
}

static void text_wider(const struct verify *verify, FILE *stream)
{
	struct arena arena;
	size_t count, shown = 0;

	arena_init(&arena);
	const struct report_wider *wider = report_wider(verify, &count, &arena);
	for (size_t i = 0; i < count; i++) {
		text_heading(stream, "rules wider than needed:\n", &shown);
		fprintf(stream, "    %s:%" PRIu32 ": %s: only %s was seen of %s\n",
			wider[i].rule->where.source->path, wider[i].rule->where.line,
			wider[i].rule->label, wider[i].seen, wider[i].match->label);
	}
	arena_release(&arena);
}

static void text_unseen_assets(const struct verify *verify, FILE *stream)
{
	const struct model *model = verify_model(verify);
	const bool *seen = judge_asset_seen(verify_judge(verify));
	size_t shown = 0;

	for (size_t i = 0; i < model->asset_count; i++) {
		if (seen[i])
			continue;
		text_heading(stream, "assets never seen:\n", &shown);
		fprintf(stream, "    %s\n", model->assets[i].name);
	}
}

static void text_coverage(const struct verify *verify, FILE *stream)
{
	text_unused_rules(verify, stream);
	text_wider(verify, stream);
	text_unseen_assets(verify, stream);
	fputc('\n', stream);
}

static void text_initiators(const struct conversation_counts *seen, FILE *stream)
{
	uint64_t packet = seen->basis[CONVERSATION_FIRST_PACKET];
	uint64_t port = seen->basis[CONVERSATION_SERVICE_PORT];

	if (packet + port == 0)
		return;
	fputs("The initiator of ", stream);
	text_count(packet + port, "TCP conversation", " was inferred", stream);
	if (packet > 0 && port > 0)
		fprintf(stream,
			" (%" PRIu64 " by their first packet, %" PRIu64 " by a known service port)",
			packet, port);
	else
		fputs(packet > 0 ? " by the first packet" : " by a known service port", stream);
	fputs(".\n", stream);
}

static void text_note(FILE *stream, uint64_t count, const char *word, const char *one,
		      const char *several)
{
	if (count == 0)
		return;
	text_count(count, word, " ", stream);
	fprintf(stream, "%s\n", count == 1 ? one : several);
}

static void text_notes(const struct verify_summary *summary, FILE *stream)
{
	text_initiators(&summary->seen, stream);
	text_note(stream, summary->unplaced, "layer-2 conversation",
		  "was not judged: the zones of its stations are not known.",
		  "were not judged: the zones of their stations are not known.");
	text_note(stream, summary->mirrored, "conversation",
		  "was not judged: it carries mirrored traffic, which was.",
		  "were not judged: they carry mirrored traffic, which was.");
	text_note(stream, summary->evidence_refused, "packet",
		  "is missing from the evidence: its link type is not that of the first.",
		  "are missing from the evidence: their link type is not that of the first.");
	text_note(stream, summary->uninspected, "conversation",
		  "is undetermined: its operations decide, and they cannot be seen.",
		  "are undetermined: their operations decide, and they cannot be seen.");
}

/* What was not judged is no breach, and does not conform. */
static const char *text_outcome(const struct verify_summary *summary)
{
	static const char *const words[] = { "conformant", "violations found", "incomplete" };

	if (summary->outcome == VERIFY_CONFORMANT && summary->uninspected + summary->unplaced > 0)
		return "conformant as far as it could be judged";
	return words[summary->outcome];
}

static void text_account(const struct verify *verify, size_t violations, FILE *stream)
{
	static const enum terminal_style styles[] = { STYLE_GOOD, STYLE_ERROR, STYLE_WARNING };
	const struct verify_summary *summary = verify_summary(verify);
	struct arena arena;

	arena_init(&arena);
	text_count(summary->seen.packets, "packet", ", ", stream);
	text_count(summary->seen.bytes, "byte", ", ", stream);
	text_count(summary->seen.conversations, "conversation", ": ", stream);
	fprintf(stream, "%" PRIu64 " conform%s, %" PRIu64 " violate%s the policy (",
		summary->conformant, summary->conformant == 1 ? "s" : "", summary->violating,
		summary->violating == 1 ? "s" : "");
	text_count(violations, "finding", ").\n", stream);
	text_notes(summary, stream);
	for (const char **sentence = report_unseen(summary, &arena); *sentence != NULL; sentence++)
		fprintf(stream, "Not seen: %s.\n", *sentence);
	text_styled(stream, styles[summary->outcome], text_outcome(summary));
	fputc('\n', stream);
	arena_release(&arena);
}

void report_text(const struct verify *verify, FILE *stream)
{
	size_t violations = text_violations(verify, stream);

	if (verify_options(verify)->coverage)
		text_coverage(verify, stream);
	text_account(verify, violations, stream);
}
