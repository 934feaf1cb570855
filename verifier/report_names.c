/* SPDX-License-Identifier: Apache-2.0
 *
 * Violations and limits in words, for every form of report. */
#include "config.h"
#include "verifier/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "verifier/operation.h"

enum { NANOSECONDS = 1000000000 };

char *report_instant(const struct model *model, int64_t nanoseconds, char *buffer)
{
	int64_t seconds = nanoseconds / NANOSECONDS - (nanoseconds % NANOSECONDS < 0);

	return instant_print(seconds, model->timezone, buffer);
}

static const char *names_station(const struct verify *verify, struct mac mac,
				 struct arena *arena)
{
	return judge_station_name(verify_judge(verify), mac, arena_alloc(arena, MAC_TEXT));
}

/* Silence cannot be asked about, nor what is no protocol of the policy's. */
static bool names_can_ask(const struct violation *violation)
{
	return violation->flow.ethertype == 0 && violation->kind != VIOLATION_OVER_IDLE &&
	       violation->kind != VIOLATION_FOREIGN_CONTENT &&
	       violation->kind != VIOLATION_UNEXPECTED_PROTOCOL;
}

/* A flow as a question: addresses, not names, so that it means this flow alone. */
static const char *names_question(const struct model *model, const struct violation *violation,
				  struct arena *arena)
{
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT], service[NAMING_TEXT];
	const struct flow *flow = &violation->flow;
	struct operation_point point = { flow->operation, flow->unit, flow->object };
	struct strbuf content = STRBUF_INIT;

	if (!names_can_ask(violation))
		return NULL;
	if (flow->operation != OPERATION_PLAIN) {
		operation_question_text(&content, model, &point);
		strbuf_puts(&content, " on ");
	}
	const char *question =
		arena_printf(arena, "%s -> %s : %s%s", address_print(&flow->source, source),
			     address_print(&flow->destination, destination),
			     strbuf_text(&content), naming_service_literal(flow, service));
	strbuf_release(&content);
	return question;
}

/* What was done is told in the protocol that has a name for it: others can be inside the
 * port's, or beside it. A service of the policy's own keeps its name. */
static const char *names_service(const struct verify *verify, const struct violation *violation,
				 struct arena *arena)
{
	const struct model *model = verify_model(verify);
	char *literal = arena_alloc(arena, NAMING_TEXT);
	const char *service =
		naming_service(judge_naming(verify_judge(verify)), &violation->flow, literal);
	bool own = service != literal;

	if (violation->kind != VIOLATION_OPERATION)
		return service;
	for (uint16_t p = 1; p < model->protocol_count; p++)
		own &= strcmp(model->protocols[p].name, service) != 0;
	return own ? service : model->protocols[violation->flow.operation >> 16].name;
}

static const char *names_zone(const struct model *model, zone_id zone)
{
	return zone < model->zone_count ? model->zones[zone].name : "unknown";
}

struct report_names report_names(const struct verify *verify, const struct violation *violation,
				 struct arena *arena)
{
	const struct model *model = verify_model(verify);
	const struct naming *naming = judge_naming(verify_judge(verify));
	const struct flow *flow = &violation->flow;
	struct report_names names = {
		.service = names_service(verify, violation, arena),
		.source_zone = names_zone(model, violation->source_zone),
		.destination_zone = names_zone(model, violation->destination_zone),
		.first = report_instant(model, violation->first,
					arena_alloc(arena, INSTANT_TEXT)),
		.last = report_instant(model, violation->last,
				       arena_alloc(arena, INSTANT_TEXT)),
		.question = names_question(model, violation, arena),
	};

	if (violation->kind == VIOLATION_OPERATION) {
		names.operation =
			operation_name(model, flow->operation, &violation->about, arena);
		names.counts = operation_counts(violation->operations, arena);
	}
	if (flow->ethertype != 0) {
		names.source = names_station(verify, violation->source_mac, arena);
		names.destination = names_station(verify, violation->destination_mac, arena);
	} else {
		names.source =
			naming_host(naming, flow->source, arena_alloc(arena, ADDRESS_TEXT));
		names.destination =
			naming_host(naming, flow->destination, arena_alloc(arena, ADDRESS_TEXT));
	}
	return names;
}

/* ---- allows that are wider than what was seen ---- */

static const char *wider_classes(uint8_t bits, struct arena *arena)
{
	static const char *const words[CLASS_COUNT] = { "read", "write", "control", "program",
							"other" };
	struct strbuf text = STRBUF_INIT;

	for (int c = 0; c < CLASS_SESSION; c++)
		if ((bits & 1u << c) != 0)
			strbuf_printf(&text, "%s%s", text.len > 0 ? ", " : "", words[c]);
	const char *result = arena_printf(arena, "%s", strbuf_text(&text));
	strbuf_release(&text);
	return result;
}

/* The classes that a match allows. What its table does not class is `other`. */
static uint8_t wider_allowed(const struct model *model, const struct match *match)
{
	const struct protocol *protocol = &model->protocols[match->protocol];
	uint8_t bits = 0;

	for (int c = 0; c < CLASS_SESSION; c++) {
		const struct set *class = protocol->class[c];
		for (size_t i = 0; class != NULL && i < class->len; i++)
			if (set_overlaps_range(match->operations,
					       operation_id_of(match->protocol, 0) +
						       class->range[i].lo,
					       operation_id_of(match->protocol, 0) +
						       class->range[i].hi))
				bits |= (uint8_t)(1u << c);
	}
	return bits;
}

const struct report_wider *report_wider(const struct verify *verify, size_t *count,
					struct arena *arena)
{
	const struct model *model = verify_model(verify);
	VEC(struct report_wider) found = VEC_INIT;

	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		for (size_t m = 0; m < rule->match_count && rule->allow; m++) {
			const struct match *match = &rule->matches[m];
			uint8_t seen = judge_classes_seen(verify_judge(verify), rule, m);
			uint8_t unseen = match->protocol != 0
						 ? (uint8_t)(wider_allowed(model, match) & ~seen)
						 : 0;
			seen &= (uint8_t)~(1u << CLASS_SESSION);
			if (seen == 0 || unseen == 0)
				continue;
			struct report_wider wider = { rule, match, wider_classes(seen, arena),
						      wider_classes(unseen, arena) };
			vec_push(&found, wider);
		}
	}
	struct report_wider *list = arena_array(arena, found.len + 1, sizeof(*list));
	for (size_t i = 0; i < found.len; i++)
		list[i] = found.data[i];
	*count = found.len;
	vec_free(&found);
	return list;
}

const char **report_unseen(const struct verify_summary *summary, struct arena *arena)
{
	const struct conversation_counts *seen = &summary->seen;
	const struct {
		uint64_t count;
		const char *words;
	} rows[] = {
		{ summary->damaged, "a capture ended early; see the diagnostics" },
		{ summary->interrupted, "the verification was interrupted" },
		{ summary->dropped, "packets were lost by the kernel while listening" },
		{ seen->lost_packets, "packets were not judged: the table of conversations was full" },
		{ seen->truncated, "packets were captured too short to tell a flow" },
		{ seen->malformed, "packets contradict themselves" },
		{ seen->unknown_link, "packets have a link type that is not decoded" },
		{ seen->hidden, "packets carry a tunnel whose inside was captured too short" },
		{ seen->fragments_orphaned, "fragments came without their first" },
		{ summary->undetermined, "conversations never showed their ports" },
		{ summary->violations_lost,
		  "sightings did not fit the table of violations" },
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	const char **sentences = arena_array(arena, ROWS + 1, sizeof(*sentences));
	size_t count = 0;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].count == 0)
			continue;
		sentences[count++] = i < 2 ? rows[i].words
					   : arena_printf(arena, "%" PRIu64 " %s", rows[i].count,
							  rows[i].words);
	}
	return sentences;
}
