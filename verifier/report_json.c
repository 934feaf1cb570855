/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON report: stable keys, sorted output (schema cordon/verify/1). */
#include "config.h"
#include "verifier/report.h"

static json_int_t json_count(uint64_t count)
{
	return count > (uint64_t)INT64_MAX ? INT64_MAX : (json_int_t)count;
}

static json_t *json_instant(const struct verify *verify, int64_t nanoseconds)
{
	char text[INSTANT_TEXT];

	if (verify_summary(verify)->seen.packets == 0)
		return json_null();
	return json_string(report_instant(verify_model(verify), nanoseconds, text));
}

static const char *json_outcome(enum verify_outcome outcome)
{
	static const char *const words[] = { "conformant", "violations", "incomplete" };
	return words[outcome];
}

static json_t *json_unseen(const struct verify_summary *summary)
{
	struct arena arena;
	json_t *list = json_array();

	arena_init(&arena);
	for (const char **sentence = report_unseen(summary, &arena); *sentence != NULL; sentence++)
		json_array_append_new(list, json_string(*sentence));
	arena_release(&arena);
	return list;
}

static json_t *json_initiators(const struct conversation_counts *seen)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "syn", json_count(seen->basis[CONVERSATION_SYN]),
			 "syn-ack", json_count(seen->basis[CONVERSATION_SYN_ACK]),
			 "first-packet", json_count(seen->basis[CONVERSATION_FIRST_PACKET]),
			 "service-port", json_count(seen->basis[CONVERSATION_SERVICE_PORT]),
			 "payload", json_count(seen->basis[CONVERSATION_PAYLOAD]));
}

static json_t *json_summary(const struct verify *verify)
{
	const struct verify_summary *summary = verify_summary(verify);
	const struct conversation_counts *seen = &summary->seen;
	uint64_t unreadable = seen->truncated + seen->malformed + seen->unknown_link +
			      seen->hidden + seen->fragments_orphaned;
	json_t *object = json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:I}", "outcome",
		json_outcome(summary->outcome), "packets", json_count(seen->packets), "bytes",
		json_count(seen->bytes), "conversations", json_count(seen->conversations),
		"conformant", json_count(summary->conformant), "violations",
		json_count(summary->violating), "undetermined", json_count(summary->undetermined),
		"mirrored", json_count(summary->mirrored), "unplaced",
		json_count(summary->unplaced), "unreadable", json_count(unreadable),
		"operations_inspected", 1, "operations", json_count(summary->operations),
		"operations_uninspected",
		json_count(summary->uninspected), "evidence_refused",
		json_count(summary->evidence_refused));

	json_object_set_new(object, "first", json_instant(verify, seen->first));
	json_object_set_new(object, "last", json_instant(verify, seen->last));
	json_object_set_new(object, "initiators", json_initiators(seen));
	json_object_set_new(object, "unseen", json_unseen(summary));
	return object;
}

static json_t *json_nearest(const struct nearest *nearest)
{
	json_t *object = json_object();
	const struct source *source = nearest->where.source;

	json_object_set_new(object, "file", source ? json_string(source->path) : json_null());
	json_object_set_new(object, "line",
			    source ? json_integer(nearest->where.line) : json_null());
	json_object_set_new(object, "reason", json_string(nearest->reason));
	if (nearest->rule != NULL)
		json_object_set_new(object, "rule", json_string(nearest->rule->label));
	if (nearest->conduit != NULL)
		json_object_set_new(object, "conduit", json_string(nearest->conduit->name));
	return object;
}

static json_t *json_witness(const struct flow *flow)
{
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT], at[INSTANT_TEXT];

	return json_pack("{s:s, s:s, s:i, s:i, s:i, s:n, s:s}", "src",
			 address_print(&flow->source, source), "dst",
			 address_print(&flow->destination, destination), "proto", flow->protocol,
			 "sport", flow->src_port, "dport", flow->dst_port, "operation", "at",
			 instant_print(flow->instant, NULL, at));
}

static json_t *json_operations(const struct violation *violation)
{
	const uint64_t *count = violation->operations;

	return json_pack("{s:I, s:I, s:I, s:I}", "requests", json_count(count[PROTO_REQUEST]),
			 "responses", json_count(count[PROTO_RESPONSE]), "refusals",
			 json_count(count[PROTO_REFUSAL]), "notices",
			 json_count(count[PROTO_NOTICE]));
}

/* What the operations were about. */
static json_t *json_about(const struct about *about)
{
	json_t *list = json_array();

	for (size_t i = 0; i < about->count; i++) {
		const struct about_row *row = &about->row[i];
		json_t *object = json_object();
		if (row->has_unit)
			json_object_set_new(object, "unit", json_integer(row->unit));
		if (row->space != NULL) {
			json_object_set_new(object, "space", json_string(row->space));
			json_object_set_new(object, "first", json_integer(row->first));
			json_object_set_new(object, "last", json_integer(row->last));
		}
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *json_violation(const struct verify *verify, const struct violation *violation)
{
	struct arena arena;

	arena_init(&arena);
	struct report_names names = report_names(verify, violation, &arena);
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:I, s:s, s:s, s:{s:s, s:I}}",
		"kind", violation_kind_name(violation->kind), "source", names.source,
		"destination", names.destination, "source_zone", names.source_zone,
		"destination_zone", names.destination_zone, "service", names.service, "operation",
		names.operation, "conversations", json_count(violation->conversations), "packets",
		json_count(violation->packets), "bytes", json_count(violation->bytes), "first",
		names.first, "last", names.last, "example", "file", violation->file, "packet",
		json_count(violation->packet));
	if (violation->nearest.reason != NULL)
		json_object_set_new(object, "nearest", json_nearest(&violation->nearest));
	if (violation->detail != NULL)
		json_object_set_new(object, "detail", json_string(violation->detail));
	if (names.operation != NULL) {
		json_object_set_new(object, "operations", json_operations(violation));
		json_object_set_new(object, "about", json_about(&violation->about));
		json_object_set_new(object, "about_further",
				    json_integer(json_count(violation->about.further)));
	}
	if (names.question != NULL) {
		json_object_set_new(object, "question", json_string(names.question));
		json_object_set_new(object, "witness", json_witness(&violation->flow));
	}
	arena_release(&arena);
	return object;
}

static json_t *json_violations(const struct verify *verify)
{
	json_t *list = json_array();
	size_t count;
	struct violation **sorted =
		violation_table_sorted(judge_violations(verify_judge(verify)), &count);

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_violation(verify, sorted[i]));
	return list;
}

static json_t *json_unused_rules(const struct verify *verify)
{
	const struct model *model = verify_model(verify);
	const bool *used = judge_rule_used(verify_judge(verify));
	json_t *list = json_array();

	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		if (rule->implicit || used[i])
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:i}", "rule", rule->label,
						      "file", rule->where.source->path, "line",
						      (int)rule->where.line));
	}
	return list;
}

static json_t *json_wider(const struct verify *verify)
{
	json_t *list = json_array();
	struct arena arena;
	size_t count;

	arena_init(&arena);
	const struct report_wider *wider = report_wider(verify, &count, &arena);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "rule",
					wider[i].rule->label, "file",
					wider[i].rule->where.source->path, "line",
					(int)wider[i].rule->where.line, "service",
					wider[i].match->label, "seen", wider[i].seen, "unseen",
					wider[i].unseen));
	arena_release(&arena);
	return list;
}

static json_t *json_unseen_assets(const struct verify *verify)
{
	const struct model *model = verify_model(verify);
	const bool *seen = judge_asset_seen(verify_judge(verify));
	json_t *list = json_array();

	for (size_t i = 0; i < model->asset_count; i++)
		if (!seen[i])
			json_array_append_new(list, json_string(model->assets[i].name));
	return list;
}

json_t *report_json(const struct verify *verify)
{
	json_t *report = json_pack("{s:s, s:o, s:o}", "schema", "cordon/verify/1", "summary",
				   json_summary(verify), "violations", json_violations(verify));

	if (verify_options(verify)->coverage)
		json_object_set_new(report, "coverage",
				    json_pack("{s:o, s:o, s:o}", "unused_rules",
					      json_unused_rules(verify), "wider_rules",
					      json_wider(verify), "unseen_assets",
					      json_unseen_assets(verify)));
	if (verify_options(verify)->traffic != NULL) {
		struct traffic *traffic = verify_options(verify)->traffic;
		json_object_set_new(report, "conversations",
				    traffic_json(traffic, verify_model(verify)));
		json_object_set_new(report, "conversations_lost",
				    json_integer(json_count(traffic_lost(traffic))));
	}
	return report;
}
