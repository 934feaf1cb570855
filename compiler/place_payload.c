/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device that inspects tells apart: of protocols whose requests show in single
 * packets, their functions and units. What it cannot tell of these is in the
 * remainder. */
#include "config.h"
#include "compiler/place.h"

#include <netinet/in.h>
#include <string.h>

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

static struct contents with_session(struct place *place, const struct match *match,
				    struct contents contents)
{
	struct content session = content_all(place->arena);

	session.field[CONTENT_OPERATION] =
		model_session(place->model, match->protocol, place->arena);
	return contents_add(place->arena, contents, session);
}

uint32_t place_payload(struct place *place, const struct payload_protocol *protocol,
		       const struct match *match, struct contents contents)
{
	struct filter_payload payload = { .protocol = protocol,
					  .transport = (uint8_t)set_min(match->protocols) };

	payload.points = payload_of_contents(place->arena, place->model, protocol,
					     payload.transport,
					     with_session(place, match, contents));
	for (uint32_t i = 1; i < place->payloads.len; i++)
		if (place->payloads.data[i].protocol == protocol &&
		    place->payloads.data[i].transport == payload.transport &&
		    set_equal(place->payloads.data[i].points, payload.points))
			return i;
	vec_push(&place->payloads, payload);
	return (uint32_t)(place->payloads.len - 1);
}

/* ---- what is not told ---- */

/* Once for a rule, however many of its services say the same. */
static void explain_once(struct place *place, const char *kind, const struct rule *rule,
			 const char *message)
{
	for (size_t i = 0; i < place->remainder.len; i++)
		if (place->remainder.data[i].rule == rule &&
		    strcmp(place->remainder.data[i].message, message) == 0)
			return;
	place_remainder(place, kind, rule, message);
}

static bool protocol_has_units(const struct payload_protocol *protocol)
{
	for (size_t i = 0; i < protocol->form_count; i++)
		if (protocol->forms[i].carrier->unit.bytes > 0)
			return true;
	return false;
}

static void explain_parameters(struct place *place, const struct rule *rule,
			       const struct payload_protocol *protocol)
{
	explain_once(place, "parameters", rule,
		     arena_printf(place->arena,
				  "of '%s' the function%s told here, not what they are done "
				  "to: a function passes with any object if it may with one",
				  rule->label, protocol_has_units(protocol) ? " and the unit are" : " is"));
}

/* The names all of whose operations are untold. */
static void untold_names(struct strbuf *text, const struct protocol *protocol,
			 const struct set *untold)
{
	const struct tree_function *f = protocol->tree != NULL ? protocol->tree->functions : NULL;

	for (; f != NULL; f = f->next)
		if (set_covers_range(untold, f->lo, f->hi))
			strbuf_printf(text, "%s%s", text->len > 0 ? ", " : "", f->name.text);
}

static void explain_untold(struct place *place, const struct rule *rule,
			   const struct match *match, const struct payload_protocol *protocol)
{
	unsigned transport = (unsigned)set_min(match->protocols);
	struct contents contents = with_session(place, match,
						contents_of(place->arena, content_of(match)));
	struct strbuf text = STRBUF_INIT;

	untold_names(&text, &place->model->protocols[match->protocol],
		     payload_untold(place->arena, place->model, protocol, transport, contents));
	if (text.len > 0)
		explain_once(place, "untold", rule,
			     arena_printf(place->arena,
					  "over %s what clients send of these operations of '%s' is "
					  "not told here, and does not pass: %s",
					  transport == IPPROTO_TCP ? "TCP" : "UDP", rule->label,
					  strbuf_text(&text)));
	strbuf_release(&text);
}

void place_explain_payload(struct place *place, const struct rule *rule,
			   const struct match *match)
{
	const struct payload_protocol *protocol = place_inspected(place, match);

	if (!payload_tells(contents_of(place->arena, content_of(match))))
		explain_parameters(place, rule, protocol);
	if (rule->allow)
		explain_untold(place, rule, match, protocol);
}

/* Frames of some payload have check sums. */
static bool place_inspects_checked(const struct place *place)
{
	for (size_t i = 1; i < place->payloads.len; i++)
		if (place->payloads.data[i].protocol->forms[0].carrier->length->block > 0)
			return true;
	return false;
}

void place_explain_inspection(struct place *place)
{
	if (place->payloads.len < 2)
		return;
	if (place_inspects_checked(place))
		place_remainder(place, "check-sums", NULL,
				"check sums of DNP3 are not calculated here: a server that looks for "
				"another frame within one whose check sum is wrong may act on what was "
				"not seen");
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
