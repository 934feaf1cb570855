/* SPDX-License-Identifier: Apache-2.0
 *
 * Violations and limits in words, for every form of report. */
#include "config.h"
#include "verifier/report.h"

#include <inttypes.h>

enum { NANOSECONDS = 1000000000 };

char *report_instant(const struct model *model, int64_t nanoseconds, char *buffer)
{
	int64_t seconds = nanoseconds / NANOSECONDS - (nanoseconds % NANOSECONDS < 0);

	return instant_print(seconds, model->timezone, buffer);
}

static const char *names_station(struct mac mac, struct arena *arena)
{
	return mac_print(&mac, arena_alloc(arena, MAC_TEXT));
}

/* A flow as a question: addresses, not names, so that it means this flow alone.
 * Silence cannot be asked about. */
static const char *names_question(const struct violation *violation, struct arena *arena)
{
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT], service[NAMING_TEXT];

	if (violation->flow.ethertype != 0 || violation->kind == VIOLATION_OVER_IDLE)
		return NULL;
	return arena_printf(arena, "%s -> %s : %s",
			    address_print(&violation->flow.source, source),
			    address_print(&violation->flow.destination, destination),
			    naming_service_literal(&violation->flow, service));
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
		.service = naming_service(naming, flow, arena_alloc(arena, NAMING_TEXT)),
		.source_zone = names_zone(model, violation->source_zone),
		.destination_zone = names_zone(model, violation->destination_zone),
		.first = report_instant(model, violation->first,
					arena_alloc(arena, INSTANT_TEXT)),
		.last = report_instant(model, violation->last,
				       arena_alloc(arena, INSTANT_TEXT)),
		.question = names_question(violation, arena),
	};

	if (flow->ethertype != 0) {
		names.source = names_station(violation->source_mac, arena);
		names.destination = names_station(violation->destination_mac, arena);
	} else {
		names.source =
			naming_host(naming, flow->source, arena_alloc(arena, ADDRESS_TEXT));
		names.destination =
			naming_host(naming, flow->destination, arena_alloc(arena, ADDRESS_TEXT));
	}
	return names;
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
