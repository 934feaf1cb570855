/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of policy as JSON, schema cordon/diff/1: everything, nothing folded. */
#include "config.h"
#include "cli/diff.h"

#include <string.h>

#include "compiler/check.h"
#include "compiler/parameter.h"

static json_t *json_place(const struct span *where)
{
	if (where->source == NULL)
		return json_null();
	return json_pack("{s:s, s:i, s:i}", "file", where->source->path, "line", (int)where->line,
			 "column", (int)where->column);
}

static json_t *json_text(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

/* For programs: the addresses that the words of a row stand for. */
static json_t *json_addresses(struct address_set set)
{
	char buffer[ADDRESS_RANGE_TEXT];
	json_t *list = json_array();

	for (int f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; i < set.family[f]->len; i++) {
			struct address_range range = { set.family[f]->range[i].lo,
						       set.family[f]->range[i].hi,
						       (enum family)f };
			json_array_append_new(list,
					      json_string(address_range_print(&range, buffer)));
		}
	return list;
}

static json_t *json_ends(const struct diff_row *row, enum diff_end end)
{
	json_t *list = json_array();

	if (!row->link) {
		json_decref(list);
		return json_addresses(end == END_SOURCE ? row->source : row->destination);
	}
	for (size_t i = 0; i < row->stations[end].count; i++)
		json_array_append_new(list, json_string(row->stations[end].list[i]));
	return list;
}

/* ---- rows ---- */

static json_t *json_cause(const struct diff_fact *fact)
{
	struct strbuf text = STRBUF_INIT;
	struct span where = diff_fact_where(fact);

	diff_fact_text(&text, fact);
	json_t *cause = json_pack(
		"{s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "kind", diff_fact_kind_name(fact->kind),
		"change", diff_change_name(fact->change), "name", fact->name, "part",
		json_text(fact->part), "text", strbuf_text(&text), "old",
		json_place(&fact->where[DIFF_OLD]), "new", json_place(&fact->where[DIFF_NEW]));
	if (where.source != NULL) {
		json_object_set_new(cause, "file", json_string(where.source->path));
		json_object_set_new(cause, "line", json_integer(where.line));
	}
	strbuf_release(&text);
	return cause;
}

static json_t *json_operation(const struct diff_run *run, const struct diff_row *row,
			      enum diff_side side)
{
	const struct flow *flow = &row->flow[side];
	const struct model *model = &run->diff.words[side];
	struct strbuf text = STRBUF_INIT;
	struct operation_point point = { flow->operation, flow->unit, flow->object };

	if (flow->operation == OPERATION_PLAIN || flow->operation >> 16 >= model->protocol_count)
		return json_null();
	operation_question_text(&text, model, &point);
	json_t *operation = json_string(strbuf_text(&text));
	strbuf_release(&text);
	return operation;
}

static json_t *json_flow(const struct diff_row *row, const struct flow *flow)
{
	char src[ADDRESS_TEXT], dst[ADDRESS_TEXT];

	if (row->link)
		return json_pack("{s:s, s:s, s:i}", "src", row->station[END_SOURCE], "dst",
				 row->station[END_DESTINATION], "ethertype", (int)flow->ethertype);
	return json_pack("{s:s, s:s, s:i, s:i, s:i}", "src", address_print(&flow->source, src), "dst",
			 address_print(&flow->destination, dst), "proto", (int)flow->protocol,
			 "sport", (int)flow->src_port, "dport", (int)flow->dst_port);
}

static json_t *json_witness(const struct diff_run *run, const struct diff_row *row)
{
	enum diff_side side = row->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	const struct flow *flow = &row->flow[side];
	char at[INSTANT_TEXT];
	struct strbuf question = STRBUF_INIT;

	diff_question_text(&question, run, row, side);
	json_t *witness = json_flow(row, flow);
	json_object_set_new(witness, "operation", json_operation(run, row, side));
	json_object_set_new(witness, "at",
			    json_string(instant_print(flow->instant,
						      run->diff.model[side]->timezone, at)));
	json_object_set_new(witness, "mode", json_text(row->mode));
	json_object_set_new(witness, "question", json_string(strbuf_text(&question)));
	strbuf_release(&question);
	return witness;
}

static json_t *json_rule(const struct rule *rule)
{
	if (rule == NULL)
		return json_null();
	json_t *out = json_pack("{s:s, s:s}", "rule", rule->label, "identity", rule->identity);
	if (rule->where.source != NULL) {
		json_object_set_new(out, "file", json_string(rule->where.source->path));
		json_object_set_new(out, "line", json_integer(rule->where.line));
	}
	return out;
}

static json_t *json_risks(const struct diff_row *row)
{
	json_t *risks = json_array();

	for (size_t i = 0; i < row->reason_count; i++)
		json_array_append_new(risks, json_pack("{s:s, s:s}", "risk",
						       diff_risk_name(row->reasons[i].risk),
						       "reason", row->reasons[i].text));
	return risks;
}

static json_t *json_row(const struct diff_run *run, const struct diff_row *row)
{
	json_t *causes = json_array(), *operations = json_array();

	for (size_t i = 0; i < row->cause_count; i++)
		json_array_append_new(causes, json_cause(row->causes[i]));
	for (size_t i = 0; i < row->operation_count; i++)
		json_array_append_new(operations, json_string(row->operations[i]));
	json_t *out = json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:b}", "from",
		row->from, "to", row->to, "service", row->service, "operations", operations, "when",
		json_text(row->when), "whole", row->whole, "witness", json_witness(run, row),
		"cause", json_cause(row->causes[0]), "causes", causes, "conduit",
		json_text(row->conduit != NULL ? row->conduit->name : NULL), "rules",
		(json_int_t)row->rule_count, "risks", json_risks(row), "decided",
		json_pack("{s:o, s:o}", "old", json_rule(row->decided[DIFF_OLD]), "new",
			  json_rule(row->decided[DIFF_NEW])),
		"fails", diff_gate_of(run, row) != NULL);
	json_object_set_new(out, "sources", json_ends(row, END_SOURCE));
	json_object_set_new(out, "destinations", json_ends(row, END_DESTINATION));
	return out;
}

static json_t *json_rows(const struct diff_run *run, enum diff_kind kind)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < run->diff.row_count; i++)
		if (run->diff.rows[i].kind == kind)
			json_array_append_new(rows, json_row(run, &run->diff.rows[i]));
	return rows;
}

/* ---- what was observed ---- */

static json_t *json_nearest(const struct nearest *nearest)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "file",
			 json_text(nearest->where.source != NULL ? nearest->where.source->path : NULL),
			 "line",
			 nearest->where.source != NULL ? json_integer(nearest->where.line)
						       : json_null(),
			 "reason", json_text(nearest->reason), "rule",
			 json_text(nearest->rule != NULL ? nearest->rule->label : NULL));
}

static json_t *json_cut_question(const struct diff_run *run, const struct diff_cut *cut)
{
	struct strbuf text = STRBUF_INIT;

	if (!cut->asks)
		return json_null();
	check_flow_text(&text, &run->policy[cut->side].model, &cut->flow);
	json_t *question = json_string(strbuf_text(&text));
	strbuf_release(&text);
	return question;
}

static json_t *json_cut(const struct diff_run *run, const struct diff_cut *cut)
{
	const struct timezone_rules *timezone = run->policy[DIFF_OLD].model.timezone;
	const struct policy *policy = &run->policy[cut->side];
	char src[ADDRESS_TEXT], dst[ADDRESS_TEXT], first[INSTANT_TEXT], last[INSTANT_TEXT];
	char at[INSTANT_TEXT];
	struct strbuf text = STRBUF_INIT;
	json_t *operations = json_array(), *causes = json_array();

	for (size_t i = 0; i < cut->operations.len; i++)
		json_array_append_new(operations, json_string(cut->operations.data[i]));
	for (size_t i = 0; i < cut->cause_count; i++)
		json_array_append_new(causes, json_cause(cut->causes[i]));
	diff_cut_text(&text, run, cut);
	json_t *witness = json_pack(
		"{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:o, s:o}", "src",
		address_print(&cut->flow.source, src), "dst",
		address_print(&cut->flow.destination, dst), "proto", (int)cut->flow.protocol,
		"sport", (int)cut->flow.src_port, "dport", (int)cut->flow.dst_port, "ethertype",
		(int)cut->flow.ethertype, "at",
		instant_print(cut->flow.instant, timezone, at), "mode",
		json_text(policy->mode >= 0 ? policy->mode_name : NULL), "question",
		json_cut_question(run, cut));
	json_t *out = json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:o, s:I, s:s, s:s, s:b, s:o, s:o, s:o, s:s, s:b}", "from",
		cut->from, "to", cut->to, "service", cut->service, "whole", (int)cut->whole,
		"operations", operations, "when", json_text(cut->when), "conversations",
		(json_int_t)cut->conversations, "first", instant_print(cut->first, timezone, first),
		"last", instant_print(cut->last, timezone, last), "partly", (int)cut->partly,
		"nearest", json_nearest(&cut->nearest), "causes", causes, "witness", witness, "text",
		strbuf_text(&text), "fails", (int)diff_cut_fails(run, cut));
	strbuf_release(&text);
	return out;
}

static json_t *json_cuts(const struct diff_run *run, enum traffic_change_kind kind)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->observed.cuts.len; i++)
		if (run->observed.cuts.data[i].kind == kind)
			json_array_append_new(list, json_cut(run, &run->observed.cuts.data[i]));
	return list;
}

static json_t *json_traffic(const struct diff_run *run)
{
	const struct diff_traffic *observed = &run->observed;
	const struct traffic_account *account = traffic_account(observed->traffic);
	const struct timezone_rules *timezone = run->policy[DIFF_OLD].model.timezone;
	char first[INSTANT_TEXT], last[INSTANT_TEXT];
	json_t *out = json_pack(
		"{s:I, s:I, s:b, s:I, s:o, s:o, s:o, s:o}", "packets",
		(json_int_t)account->packets, "conversations", (json_int_t)account->conversations,
		"complete", (int)account->complete, "closed_unseen",
		(json_int_t)(diff_count(&run->diff, DIFF_CLOSED) - observed->closed_seen), "cut",
		json_cuts(run, TRAFFIC_CUT), "let_through", json_cuts(run, TRAFFIC_FREED),
		"undetermined", json_cuts(run, TRAFFIC_UNSURE), "other_times",
		json_cuts(run, TRAFFIC_KEPT));
	bool any = account->packets > 0;

	json_object_set_new(out, "first", json_text(any ? instant_print(account->first, timezone, first) : NULL));
	json_object_set_new(out, "last", json_text(any ? instant_print(account->last, timezone, last) : NULL));
	return out;
}

/* ---- beside the flows ---- */

static json_t *json_findings(const struct diff_run *run, enum diff_side side)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->findings.len; i++) {
		const struct diag *diag = run->findings.data[i].diag;
		if (run->findings.data[i].side != side)
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:o, s:o}", "name",
					finding_info(diag->id)->name, "severity",
					severity_word(diag->severity), "message", diag->message,
					"where", json_place(&diag->where), "witness",
					json_text(diag->witness)));
	}
	return list;
}

static json_t *json_asserts(const struct diff_run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->asserts.len; i++) {
		const struct diff_assert *one = &run->asserts.data[i];
		json_array_append_new(
			list,
			json_pack("{s:s, s:{s:s, s:o}, s:{s:s, s:o}}", "assert", one->text, "old",
				  "answer", diff_answer_name(one->answer[DIFF_OLD]), "where",
				  json_place(&one->where[DIFF_OLD]), "new", "answer",
				  diff_answer_name(one->answer[DIFF_NEW]), "where",
				  json_place(&one->where[DIFF_NEW])));
	}
	return list;
}

static json_t *json_guard(struct diff_run *run)
{
	struct diff_guard *guard = &run->guard;
	bool proved = guard->verdict != GUARD_UNABLE;

	return json_pack("{s:s, s:s, s:o}", "file", guard->path, "verdict",
			 diff_guard_name(guard->verdict), "findings",
			 proved ? diags_json(&guard->policy.diags) : json_array());
}

static json_t *json_file(const struct diff_file *file)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < file->changes.len; i++) {
		const struct line_change *change = &file->changes.data[i];
		char sign[] = { change->sign, '\0' };
		json_array_append_new(lines, json_pack("{s:s, s:i, s:s}", "sign", sign, "line",
						       (int)change->number, "text", change->text));
	}
	return json_pack("{s:s, s:I, s:I, s:o}", "file", file->name, "added",
			 (json_int_t)file->added, "removed", (json_int_t)file->removed, "lines",
			 lines);
}

static json_t *json_devices(const struct diff_run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->devices.len; i++) {
		const struct diff_device *device = &run->devices.data[i];
		json_t *files = json_array();
		for (size_t f = 0; f < device->files.len; f++)
			json_array_append_new(files, json_file(&device->files.data[f]));
		json_array_append_new(
			list, json_pack("{s:s, s:o, s:b, s:b, s:o, s:o}", "device", device->name,
					"platform", json_text(device->platform), "old",
					device->is[DIFF_OLD], "new", device->is[DIFF_NEW],
					"unable", json_text(device->why), "files", files));
	}
	return list;
}

void diff_print_json(struct diff_run *run, FILE *stream)
{
	static const char *const verdicts[] = { "same", "different", "undecided" };
	json_t *root = json_pack(
		"{s:s, s:s, s:o, s:o, s:{s:o, s:o}, s:o, s:o}", "schema", "cordon/diff/1",
		"verdict", verdicts[run->diff.verdict], "opened", json_rows(run, DIFF_OPENED),
		"closed", json_rows(run, DIFF_CLOSED), "findings", "appeared",
		json_findings(run, DIFF_NEW), "gone", json_findings(run, DIFF_OLD), "asserts",
		json_asserts(run), "devices", json_devices(run));

	if (run->observed.traffic != NULL)
		json_object_set_new(root, "traffic", json_traffic(run));
	if (run->guard.verdict != GUARD_NONE)
		json_object_set_new(root, "guard", json_guard(run));
	json_dumpf(root, stream, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', stream);
	json_decref(root);
}
