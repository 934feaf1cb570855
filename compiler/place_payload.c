/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device that inspects tells apart: of protocols whose requests show in single
 * packets, their functions and units. What it cannot tell of these is in the
 * remainder. */
#include "config.h"
#include "compiler/place.h"

#include "base/memory.h"

const struct payload_protocol *place_inspected(const struct place *place,
					       const struct match *match)
{
	return place->filter->inspects ? payload_protocol_of(place->model, match) : NULL;
}

bool place_is_unseen(const struct place *place, const struct match *match)
{
	return place->filter->inspects && payload_is_known(place->model, match) &&
	       place_inspected(place, match) == NULL;
}

uint32_t place_payload(struct place *place, const struct payload_protocol *protocol,
		       const struct match *match, struct contents contents)
{
	struct content session = content_all(place->arena);
	struct filter_payload payload = { .protocol = protocol };

	session.field[CONTENT_OPERATION] =
		model_session(place->model, match->protocol, place->arena);
	contents = contents_add(place->arena, contents, session);
	payload.points = payload_of_contents(place->arena, place->model, protocol, contents);
	for (uint32_t i = 1; i < place->payloads.len; i++)
		if (place->payloads.data[i].protocol == protocol &&
		    set_equal(place->payloads.data[i].points, payload.points))
			return i;
	vec_push(&place->payloads, payload);
	return (uint32_t)(place->payloads.len - 1);
}

void place_explain_payload(struct place *place, const struct rule *rule,
			   const struct match *match)
{
	if (payload_tells(contents_of(place->arena, content_of(match))))
		return;
	place_explain(place, rule, PLACE_PARAMETERS,
		      arena_printf(place->arena,
				   "of '%s' the function and the unit are told here, not what "
				   "they are done to: a function passes with any object if it "
				   "may with one",
				   rule->label));
}

void place_explain_inspection(struct place *place)
{
	if (place->payloads.len < 2)
		return;
	place_remainder(place, "inspection", NULL,
			"operations are told of requests that fill one packet each; this holds "
			"against ordinary TCP stacks, not against forged segments that overlap "
			"what was judged: a server may then act on other bytes than were seen "
			"here");
	place_remainder(place, "answers", NULL,
			"answers and what servers send on their own pass with their conversation: "
			"their operations are not told here");
}

/* Payloads that entries kept are few, and each is used. */
void place_payload_finish(struct place *place)
{
	struct filter *filter = place->filter;

	filter->payload_count = place->payloads.len;
	filter->payloads = arena_copy(place->arena, place->payloads.data,
				      place->payloads.len * sizeof(*place->payloads.data));
}
