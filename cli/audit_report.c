/* SPDX-License-Identifier: Apache-2.0
 *
 * What an audit against a policy found: one paragraph or object for each pair
 * of rules that decide differently, in the policy's own names, with the
 * configuration's own lines and a flow that `query` takes. */
#include "config.h"
#include "cli/audit.h"

#include <string.h>

#include "compiler/check.h"
#include "compiler/describe.h"

enum { ROWS_SHOWN = 100, PAIRS_SHOWN = 6 };

static const struct {
	const char *key, *title;
} kinds[] = {
	[PROVE_EXCESS] = { "excess", "permitted beyond the policy" },
	[PROVE_MISSING] = { "missing", "allowed by the policy and blocked" },
	[PROVE_RETURNS] = { "returns", "of allowed conversations and dropped" },
	[PROVE_FRAGMENTS] = { "fragments", "fragments of allowed conversations and dropped" },
	[PROVE_RESIDUE] = { "residue", "passes beyond the policy, belonging to no new conversation" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *audit_verdict(const struct audit *audit)
{
	static const char *const names[] = { "equal", "different", "not-proved" };

	return names[audit->report.verdict];
}

static bool device_has(const struct device *device, const char *name)
{
	size_t length = strlen(name);
	bool wildcard = length > 0 && name[length - 1] == '*';

	for (size_t i = 0; i < device->interface_count; i++)
		if (wildcard ? strncmp(device->interfaces[i].name, name, length - 1) == 0
			     : strcmp(device->interfaces[i].name, name) == 0)
			return true;
	return false;
}

const char **audit_unknown_interfaces(struct audit *audit)
{
	const struct read_result *read = &audit->read;
	const char **names = arena_array(&audit->arena, read->interface_count + 1,
					 sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < read->interface_count; i++)
		if (!device_has(audit->device, read->interfaces[i]) &&
		    strcmp(read->interfaces[i], "lo") != 0)
			names[count++] = read->interfaces[i];
	return names;
}

/* ---- text ---- */

static struct span entry_where(const struct audit *audit, const struct filter_entry *entry)
{
	struct span where = entry->where;

	if (where.source == NULL)
		where.source = &audit->files.data[0];
	return where;
}

static void text_config(struct audit *audit, const struct filter_entry *entry, FILE *stream)
{
	if (entry == NULL || entry->where.line == 0) {
		fprintf(stream, "      no line of the configuration: %s\n",
			entry == NULL ? "its default" : "nothing stands in the way");
		return;
	}
	struct span where = entry_where(audit, entry);
	fprintf(stream, "      %s:%u: %s\n", where.source->path, where.line,
		describe_line(&audit->arena, &audit->lines, &where));
}

static void text_policy(const struct filter_entry *entry, FILE *stream)
{
	const struct rule *rule = entry != NULL && entry->rule_count > 0 ? entry->rules[0] : NULL;

	if (rule == NULL)
		fputs("      no rule of the policy: its default deny\n", stream);
	else if (rule->where.source == NULL)
		fprintf(stream, "      policy: %s\n", rule->label);
	else
		fprintf(stream, "      %s:%u: %s\n", rule->where.source->path, rule->where.line,
			rule->label);
}

static void row_sides(struct strbuf *text, const struct audit *audit,
		      const struct prove_row *row)
{
	describe_addresses(text, &audit->policy.model, row->source);
	strbuf_puts(text, " -> ");
	describe_addresses(text, &audit->policy.model, row->destination);
	strbuf_puts(text, " : ");
	describe_services(text, row->services, row->service_count);
}

static void text_row(struct audit *audit, const struct prove_row *row, FILE *stream)
{	char at[INSTANT_TEXT];
	struct strbuf text = STRBUF_INIT;

	row_sides(&text, audit, row);
	fprintf(stream, "  %s -> %s%s: %s%s\n", row->in, row->out,
		row->certain ? "" : ", possibly", row->whole ? "" : "some of ",
		strbuf_text(&text));
	strbuf_reset(&text);
	check_flow_text(&text, &audit->policy.model, &row->flow);
	fprintf(stream, "      such as %s", strbuf_text(&text));
	if (row->flow.instant != audit->policy.at)
		fprintf(stream, " at %s",
			instant_print(row->flow.instant, audit->policy.model.timezone, at));
	fputc('\n', stream);
	text_config(audit, row->read, stream);
	text_policy(row->intent, stream);
	strbuf_release(&text);
}

/* The same two rules between other interfaces. */
static bool row_continues(const struct prove_row *before, const struct prove_row *row)
{
	const struct span *a = before->read ? &before->read->where : NULL;
	const struct span *b = row->read ? &row->read->where : NULL;
	const struct rule *const *by = before->intent ? before->intent->rules : NULL;
	const struct rule *const *to = row->intent ? row->intent->rules : NULL;

	return before->kind == row->kind && before->certain == row->certain &&
	       (a == NULL) == (b == NULL) && (a == NULL || a->line == b->line) &&
	       (by == NULL) == (to == NULL) && (by == NULL || by[0] == to[0]);
}

/* Shows one row and where else the same two rules differ; how many it covers. */
static size_t text_rows(struct audit *audit, const struct prove_row *row, size_t len,
			FILE *stream)
{
	size_t count = 1;

	text_row(audit, row, stream);
	for (; count < len && row_continues(row, &row[count]); count++)
		if (count <= PAIRS_SHOWN)
			fprintf(stream, "%s%s -> %s", count > 1 ? ", " : "      also ",
				row[count].in, row[count].out);
	if (count > PAIRS_SHOWN + 1)
		fprintf(stream, " and %zu more", count - 1 - PAIRS_SHOWN);
	if (count > 1)
		fputc('\n', stream);
	return count;
}


static void text_notes(struct audit *audit, const struct read_unknown *notes, size_t count,
		       FILE *stream)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "  %s:%u: %s%s: %s\n",
			notes[i].file != NULL ? notes[i].file : audit->files.data[0].path,
			notes[i].line, notes[i].reason, notes[i].bounded ? ", possibly" : "",
			notes[i].text);
}

static void text_kind(struct audit *audit, enum prove_kind kind, FILE *stream)
{
	const struct read_result *read = &audit->read;
	size_t rows = 0, notes = kind == PROVE_RETURNS ? read->return_count :
				 kind == PROVE_RESIDUE ? read->residue_count : 0;

	for (size_t i = 0; i < audit->report.row_count; i++)
		rows += audit->report.rows[i].kind == kind;
	if (rows + notes == 0)
		return;
	fprintf(stream, "\n%s:\n", kinds[kind].title);
	text_notes(audit, kind == PROVE_RETURNS ? read->returns : read->residue, notes, stream);
	size_t first = 0, shown = 0;
	while (first < audit->report.row_count && audit->report.rows[first].kind != kind)
		first++;
	for (size_t i = 0; i < rows; shown++) {
		if (shown == ROWS_SHOWN) {
			fprintf(stream, "  and %zu more: --format json has them all\n", rows - i);
			break;
		}
		i += text_rows(audit, &audit->report.rows[first + i], rows - i, stream);
	}
}

static void text_unread(struct audit *audit, FILE *stream)
{
	const struct read_result *read = &audit->read;

	if (read->unknown_count > 0)
		fputs("\nnot understood:\n", stream);
	for (size_t i = 0; i < read->unknown_count; i++)
		fprintf(stream, "  %s:%u: %s: %s\n",
			read->unknown[i].file ? read->unknown[i].file
					      : audit->files.data[0].path,
			read->unknown[i].line, read->unknown[i].reason, read->unknown[i].text);
}

static void text_absent(const struct audit *audit, FILE *stream)
{
	const struct read_result *read = &audit->read;

	if (read->absent_count == 0)
		return;
	fputs(read->absent[0].none ? "\nthere is none, as empty files say:\n" :
				     "\nnot shown by these files; an empty file each says that "
				     "there is none:\n", stream);
	for (size_t i = 0; i < read->absent_count; i++)
		fprintf(stream, "  %s: %s\n", read->absent[i].what, read->absent[i].command);
}

static void text_files(const struct audit *audit, FILE *stream)
{
	fputs("\nread: ", stream);
	for (size_t i = 0; i < audit->files.len; i++)
		fprintf(stream, "%s%s", i > 0 ? ", " : "", audit->files.data[i].path);
	fprintf(stream, " (%zu lines understood, %zu without effect, %zu not understood); "
		"the answer covers nothing else on the device\n",
		audit->read.lines.understood, audit->read.lines.irrelevant,
		audit->read.lines.unknown);
}

void audit_print_text(struct audit *audit, FILE *stream)
{
	static const char *const said[] = {
		"equal to the policy", "different from the policy", "not proved equal to the policy"
	};
	const char **names = audit_unknown_interfaces(audit);

	fprintf(stream, "%s: %s, %s\n", audit->device->name, audit->reader->platform,
		said[audit->report.verdict]);
	if (audit->intent.monitor != audit->read.filter.monitor)
		fprintf(stream, "\nthe policy's stage is %s, the configuration %s\n",
			audit->intent.monitor ? "monitor" : "enforce",
			audit->intent.monitor ? "drops" : "only monitors");
	for (; *names != NULL; names++)
		fprintf(stream, "\nthe policy gives the device no interface %s\n", *names);
	for (int kind = 0; kind < KINDS; kind++)
		text_kind(audit, (enum prove_kind)kind, stream);
	if (audit->report.more > 0)
		fprintf(stream, "\nand %zu more differences, which are not listed\n",
			audit->report.more);
	text_unread(audit, stream);
	text_absent(audit, stream);
	text_files(audit, stream);
}

/* ---- JSON ---- */

static json_t *json_witness(struct audit *audit, const struct flow *flow)
{
	char src[ADDRESS_TEXT], dst[ADDRESS_TEXT], at[INSTANT_TEXT];
	struct strbuf question = STRBUF_INIT;

	check_flow_text(&question, &audit->policy.model, flow);
	json_t *witness = json_pack(
		"{s:s, s:s, s:i, s:i, s:i, s:s, s:s}", "src", address_print(&flow->source, src),
		"dst", address_print(&flow->destination, dst), "proto", flow->protocol, "sport",
		flow->src_port, "dport", flow->dst_port, "at",
		instant_print(flow->instant, audit->policy.model.timezone, at), "question",
		strbuf_text(&question));
	strbuf_release(&question);
	return witness;
}

static json_t *json_rule(const struct filter_entry *entry)
{
	const struct rule *rule = entry != NULL && entry->rule_count > 0 ? entry->rules[0] : NULL;

	if (rule == NULL)
		return json_null();
	if (rule->where.source == NULL)
		return json_pack("{s:s}", "rule", rule->label);
	return json_pack("{s:s, s:s, s:i}", "rule", rule->label, "file",
			 rule->where.source->path, "line", (int)rule->where.line);
}

static json_t *json_line(const char *file, uint32_t line, const char *text)
{
	return json_pack("{s:s, s:i, s:s}", "file", file, "line", (int)line, "text", text);
}

static json_t *json_row(struct audit *audit, const struct prove_row *row)
{
	struct strbuf from = STRBUF_INIT, to = STRBUF_INIT, service = STRBUF_INIT;
	json_t *lines = json_array();

	describe_addresses(&from, &audit->policy.model, row->source);
	describe_addresses(&to, &audit->policy.model, row->destination);
	describe_services(&service, row->services, row->service_count);
	if (row->read != NULL && row->read->where.line > 0) {
		struct span where = entry_where(audit, row->read);
		json_array_append_new(lines, json_line(where.source->path, where.line,
						       describe_line(&audit->arena, &audit->lines,
								     &where)));
	}
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:o}", "from", strbuf_text(&from),
		"to", strbuf_text(&to), "service", strbuf_text(&service), "in", row->in, "out",
		row->out, "certain", row->certain, "whole", row->whole, "witness",
		json_witness(audit, &row->flow), "lines", lines, "policy", json_rule(row->intent));
	strbuf_release(&from);
	strbuf_release(&to);
	strbuf_release(&service);
	return object;
}

static json_t *json_note(struct audit *audit, const struct read_unknown *note)
{
	const char *file = note->file != NULL ? note->file : audit->files.data[0].path;

	return json_pack("{s:s, s:b, s:[o]}", "message", note->reason, "certain", !note->bounded,
			 "lines", json_line(file, note->line, note->text));
}

static json_t *json_kind(struct audit *audit, enum prove_kind kind)
{
	const struct read_result *read = &audit->read;
	json_t *list = json_array();

	for (size_t i = 0; kind == PROVE_RETURNS && i < read->return_count; i++)
		json_array_append_new(list, json_note(audit, &read->returns[i]));
	for (size_t i = 0; kind == PROVE_RESIDUE && i < read->residue_count; i++)
		json_array_append_new(list, json_note(audit, &read->residue[i]));
	for (size_t i = 0; i < audit->report.row_count; i++)
		if (audit->report.rows[i].kind == kind)
			json_array_append_new(list, json_row(audit, &audit->report.rows[i]));
	return list;
}

static json_t *json_unread(struct audit *audit)
{
	json_t *list = json_array();

	for (size_t i = 0; i < audit->read.unknown_count; i++) {
		const struct read_unknown *u = &audit->read.unknown[i];
		json_array_append_new(
			list, json_pack("{s:s, s:i, s:s, s:s, s:b}", "file",
					u->file ? u->file : audit->files.data[0].path, "line",
					(int)u->line, "text", u->text, "reason", u->reason,
					"bounded", u->bounded));
	}
	return list;
}

static json_t *json_absent(const struct audit *audit)
{
	json_t *list = json_array();

	for (size_t i = 0; i < audit->read.absent_count; i++) {
		const struct read_absent *absent = &audit->read.absent[i];
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "what", absent->what,
						      "command", absent->command, "none",
						      absent->none));
	}
	return list;
}

static json_t *json_names(const char **names)
{
	json_t *list = json_array();

	for (; *names != NULL; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

void audit_json_read(struct audit *audit, json_t *root)
{
	const struct read_lines *lines = &audit->read.lines;
	json_t *files = json_array();

	for (size_t i = 0; i < audit->files.len; i++)
		json_array_append_new(files, json_string(audit->files.data[i].path));
	json_object_set_new(root, "files", files);
	json_object_set_new(root, "unread", json_unread(audit));
	json_object_set_new(root, "lines",
			    json_pack("{s:I, s:I, s:I}", "understood",
				      (json_int_t)lines->understood, "irrelevant",
				      (json_int_t)lines->irrelevant, "unknown",
				      (json_int_t)lines->unknown));
}

void audit_print_json(struct audit *audit, FILE *stream)
{
	json_t *root = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:o, s:I}", "schema", "cordon/audit/1", "device",
		audit->device->name, "platform", audit->reader->platform, "verdict",
		audit_verdict(audit), "stage_agrees",
		audit->intent.monitor == audit->read.filter.monitor, "unknown_interfaces",
		json_names(audit_unknown_interfaces(audit)), "unlisted",
		(json_int_t)audit->report.more);

	for (int kind = 0; kind < KINDS; kind++)
		json_object_set_new(root, kinds[kind].key,
				    json_kind(audit, (enum prove_kind)kind));
	json_object_set_new(root, "absent", json_absent(audit));
	audit_json_read(audit, root);
	json_dumpf(root, stream, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', stream);
	json_decref(root);
}
