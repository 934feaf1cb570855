/* SPDX-License-Identifier: Apache-2.0
 *
 * Forms of frames put together of carriers and bodies, and their numbers: the protocol,
 * the form and the function in front of the unit. */
#include "config.h"
#include "compiler/payload_table.h"

#include <netinet/in.h>
#include <string.h>

#include "base/vec.h"

static const struct payload_protocol *const protocols[] = {
	&payload_modbus, &payload_iec104, &payload_dnp3, &payload_bacnet, &payload_s7comm, &payload_cip,
};
enum { PROTOCOLS = PAYLOAD_COUNT(protocols) };
enum { FUNCTION_SHIFT = 16, FORM_SHIFT = 32, PROTOCOL_SHIFT = 40, BYTE_BITS = 8 };
enum { CHECK_SUM = 2 };

VEC_TYPE(payload_ranges, struct range);

/* ---- protocols ---- */

const struct payload_protocol *payload_protocol_at(size_t index)
{
	return index < PROTOCOLS ? protocols[index] : NULL;
}

static const struct payload_protocol *protocol_named(const struct model *model,
						     const struct match *match)
{
	for (size_t i = 0; i < PROTOCOLS && match->protocol != 0; i++)
		if (strcmp(protocols[i]->name, model->protocols[match->protocol].name) == 0)
			return protocols[i];
	return NULL;
}

static bool protocol_travels(const struct payload_protocol *protocol, unsigned transport)
{
	for (size_t i = 0; i < protocol->form_count; i++)
		if (payload_form_travels(&protocol->forms[i], transport))
			return true;
	return false;
}

const struct payload_protocol *payload_protocol_of(const struct model *model,
						   const struct match *match)
{
	const struct payload_protocol *protocol = protocol_named(model, match);

	return protocol != NULL && set_size(match->protocols) == 1 &&
			       protocol_travels(protocol, (unsigned)set_min(match->protocols))
		       ? protocol
		       : NULL;
}

bool payload_is_known(const struct model *model, const struct match *match)
{
	return protocol_named(model, match) != NULL;
}

/* ---- forms ---- */

bool payload_form_travels(const struct payload_form *form, unsigned transport)
{
	unsigned bit = transport == IPPROTO_TCP ? PAYLOAD_TCP :
		       transport == IPPROTO_UDP ? PAYLOAD_UDP : 0;

	return (form->carrier->transports & bit) != 0;
}

bool payload_form_holds(const struct payload_form *form, unsigned function)
{
	unsigned group = function >> BYTE_BITS, low = function & UINT8_MAX;

	for (size_t i = 0; i < form->body->span_count; i++) {
		const struct payload_span *span = &form->body->spans[i];
		if (group >= span->group_first && group <= span->group_last &&
		    low >= span->first && low <= span->last)
			return true;
	}
	return false;
}

unsigned payload_wire(struct payload_number number, unsigned value)
{
	return number.little && number.bytes == 2 ? (value & UINT8_MAX) << BYTE_BITS |
							    value >> BYTE_BITS
						  : value;
}

unsigned payload_size(const struct payload_length *length, unsigned told)
{
	unsigned blocks = length->block == 0 || told < length->unblocked
				  ? 0
				  : (told - length->unblocked + length->block - 1U) / length->block;

	return length->header + told + CHECK_SUM * blocks;
}

/* In its place among those before it. */
static size_t bytes_add(struct payload_byte *out, size_t count, struct payload_byte byte)
{
	size_t at = count;

	for (; at > 0 && out[at - 1].at > byte.at; at--)
		out[at] = out[at - 1];
	out[at] = byte;
	return count + 1;
}

size_t payload_form_bytes(const struct payload_form *form,
			  struct payload_byte out[PAYLOAD_CONSTANTS])
{
	const struct payload_carrier *carrier = form->carrier;
	const struct payload_body *body = form->body;
	struct payload_number told = carrier->length->number;
	unsigned length = payload_wire(told, body->length);
	size_t count = 0;

	for (size_t i = 0; i < carrier->bytes.len; i++)
		count = bytes_add(out, count, carrier->bytes.byte[i]);
	for (size_t i = 0; i < body->bytes.len; i++) {
		struct payload_byte byte = body->bytes.byte[i];
		byte.at = (uint8_t)(byte.at + carrier->body);
		count = bytes_add(out, count, byte);
	}
	for (unsigned i = 0; i < told.bytes && body->length != 0; i++) {
		unsigned shift = (told.bytes - 1U - i) * BYTE_BITS;
		struct payload_byte byte = PAYLOAD_IS((uint8_t)(told.at + i),
						      (uint8_t)(length >> shift));
		count = bytes_add(out, count, byte);
	}
	return count;
}

size_t payload_form_choices(const struct payload_form *form,
			    struct payload_choice out[PAYLOAD_CHOICES])
{
	const struct payload_choice *const choices[PAYLOAD_CHOICES] = {
		form->carrier->choice, form->body->choice, form->body->other,
	};
	size_t count = 0;

	for (size_t i = 0; i < PAYLOAD_CHOICES; i++) {
		if (choices[i] == NULL)
			continue;
		out[count] = *choices[i];
		if (i > 0)
			out[count].at = (uint8_t)(out[count].at + form->carrier->body);
		count++;
	}
	return count;
}

size_t payload_form_counts(const struct payload_form *form, struct payload_count out[2])
{
	size_t count = 0;

	if (form->carrier->count != NULL)
		out[count++] = *form->carrier->count;
	if (form->body->count != NULL) {
		out[count] = *form->body->count;
		out[count].number.at = (uint8_t)(out[count].number.at + form->carrier->body);
		count++;
	}
	return count;
}

/* ---- numbers ---- */

static u128 form_number(const struct payload_protocol *protocol, size_t form)
{
	u128 number = 1;

	while (protocols[number - 1] != protocol)
		number++;
	return number << PROTOCOL_SHIFT | (u128)form << FORM_SHIFT;
}

struct range payload_frames(const struct payload_protocol *protocol, size_t form,
			    unsigned function, struct range units)
{
	u128 first = form_number(protocol, form) | (u128)function << FUNCTION_SHIFT;

	return (struct range){ first + units.lo, first + units.hi };
}

/* Functions so far that are for the same units. */
struct part_open {
	struct payload_ranges functions;
	const struct set *units;
};
VEC_TYPE(parts_open, struct part_open);

static void parts_add(struct parts_open *parts, struct range functions, const struct set *units)
{
	size_t i = 0;

	while (i < parts->len && !set_equal(parts->data[i].units, units))
		i++;
	if (i == parts->len) {
		struct part_open part = { VEC_INIT, units };
		vec_push(parts, part);
	}
	vec_push(&parts->data[i].functions, functions);
}

/* A part of the points of a form from `lo` on, in one function, or in many that are for
 * every unit that a number may have. */
static u128 points_end(u128 lo, u128 hi)
{
	u128 whole = ((hi + 1) >> FUNCTION_SHIFT << FUNCTION_SHIFT) - 1;

	if ((lo & UINT16_MAX) == 0 && whole > lo)
		return whole;
	return hi < (lo | UINT16_MAX) ? hi : lo | UINT16_MAX;
}

static void form_ranges(struct arena *arena, const struct set *points, u128 first,
			struct payload_ranges *out)
{
	const struct set *held = set_intersect(
		arena, points, set_one(arena, first, first + ((u128)1 << FORM_SHIFT) - 1));

	for (size_t i = 0; i < held->len; i++)
		for (u128 lo = held->range[i].lo, hi; lo <= held->range[i].hi; lo = hi + 1) {
			hi = points_end(lo, held->range[i].hi);
			struct range range = { lo, hi };
			vec_push(out, range);
		}
}

static struct range range_functions(struct range points)
{
	return (struct range){ points.lo >> FUNCTION_SHIFT & UINT16_MAX,
			       points.hi >> FUNCTION_SHIFT & UINT16_MAX };
}

static void parts_find(struct parts_open *parts, struct arena *arena,
		       const struct payload_ranges *ranges)
{
	struct payload_ranges units = VEC_INIT;

	for (size_t i = 0; i < ranges->len; i++) {
		struct range functions = range_functions(ranges->data[i]);
		struct range range = { ranges->data[i].lo & UINT16_MAX,
				       ranges->data[i].hi & UINT16_MAX };
		vec_push(&units, range);
		if (i + 1 < ranges->len &&
		    range_functions(ranges->data[i + 1]).lo == functions.hi)
			continue;
		parts_add(parts, functions, set_from_ranges(arena, units.data, units.len));
		units.len = 0;
	}
	vec_free(&units);
}

size_t payload_parts(struct arena *arena, const struct payload_protocol *protocol, size_t form,
		     const struct set *points, struct payload_part **out)
{
	struct payload_ranges ranges = VEC_INIT;
	struct parts_open parts = VEC_INIT;

	form_ranges(arena, points, form_number(protocol, form), &ranges);
	parts_find(&parts, arena, &ranges);
	*out = arena_array(arena, parts.len + 1, sizeof(**out));
	for (size_t i = 0; i < parts.len; i++) {
		struct payload_ranges *functions = &parts.data[i].functions;
		(*out)[i].functions = set_from_ranges(arena, functions->data, functions->len);
		(*out)[i].units = parts.data[i].units;
		vec_free(functions);
	}
	size_t count = parts.len;
	vec_free(&ranges);
	vec_free(&parts);
	return count;
}

/* ---- contents ---- */

static uint16_t contents_protocol(const struct model *model,
				  const struct payload_protocol *protocol)
{
	for (size_t i = 1; i < model->protocol_count; i++)
		if (strcmp(model->protocols[i].name, protocol->name) == 0)
			return (uint16_t)i;
	return 0;
}

/* The numbers of the units on the wire; all, where the protocol has none. */
static const struct set *contents_units(struct arena *arena, const struct protocol *named,
					const struct payload_protocol *told,
					const struct set *units)
{
	const struct set *all = set_one(arena, 0, told->units - 1U);
	struct payload_ranges ranges = VEC_INIT;
	bool has_units = false;

	for (size_t i = 0; i < named->parameter_count; i++) {
		const struct parameter *parameter = &named->parameters[i];
		if (parameter->dimension != PARAMETER_UNIT)
			continue;
		has_units = true;
		const struct set *held = set_intersect(
			arena, units, set_one(arena, parameter->base,
					      parameter->base + (parameter->hi - parameter->lo)));
		for (size_t k = 0; k < held->len; k++) {
			struct range range = { held->range[k].lo - parameter->base + parameter->lo,
					       held->range[k].hi - parameter->base + parameter->lo };
			vec_push(&ranges, range);
		}
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return has_units ? set_intersect(arena, set, all) : all;
}

static const struct set *contents_functions(struct arena *arena, uint16_t protocol,
					    const struct set *operations)
{
	const struct set *own = set_intersect(arena, operations,
					      set_one(arena, operation_id_of(protocol, 0),
						      operation_id_of(protocol, UINT16_MAX)));
	struct payload_ranges functions = VEC_INIT;

	for (size_t k = 0; k < own->len; k++) {
		struct range range = { own->range[k].lo & UINT16_MAX,
				       own->range[k].hi & UINT16_MAX };
		vec_push(&functions, range);
	}
	const struct set *set = set_from_ranges(arena, functions.data, functions.len);
	vec_free(&functions);
	return set;
}

/* Of functions and units the frames of one form. */
struct frames_of_form {
	struct arena *arena;
	const struct payload_protocol *protocol;
	size_t form;
	struct payload_ranges *ranges;
};

static void frames_add(const struct frames_of_form *add, u128 function, const struct set *units)
{
	for (size_t i = 0; i < units->len; i++)
		vec_push(add->ranges, payload_frames(add->protocol, add->form,
						     (unsigned)function, units->range[i]));
}

static void frames_span(const struct frames_of_form *add, const struct payload_span *span,
			  const struct set *functions, const struct set *units)
{
	for (unsigned group = span->group_first; group <= span->group_last; group++) {
		const struct set *held = set_intersect(
			add->arena, functions,
			set_one(add->arena, group << BYTE_BITS | span->first,
				group << BYTE_BITS | span->last));
		for (size_t i = 0; i < held->len; i++)
			for (u128 f = held->range[i].lo; f <= held->range[i].hi; f++)
				frames_add(add, f, units);
	}
}

/* Where frames do not tell the unit, what is for one of them is for all. */
static void contents_frames(const struct frames_of_form *add, const struct set *functions,
			    const struct set *units)
{
	const struct payload_form *form = &add->protocol->forms[add->form];
	const struct payload_body *body = form->body;

	if (form->carrier->unit.bytes == 0 && !set_is_empty(units))
		units = set_one(add->arena, 0, add->protocol->units - 1U);
	if (body->function_at != PAYLOAD_NOWHERE)
		for (size_t i = 0; i < body->span_count; i++)
			frames_span(add, &body->spans[i], functions, units);
	else if (body->span_count > 0 && set_contains(functions, body->function))
		frames_add(add, body->function, units);
}

static void frames_always(const struct frames_of_form *add)
{
	if (add->protocol->forms[add->form].body->span_count == 0)
		frames_add(add, 0, set_one(add->arena, 0, add->protocol->units - 1U));
}

const struct set *payload_of_contents(struct arena *arena, const struct model *model,
				      const struct payload_protocol *protocol,
				      unsigned transport, struct contents contents)
{
	uint16_t number = contents_protocol(model, protocol);
	struct range empty = { PAYLOAD_EMPTY, PAYLOAD_EMPTY };
	struct payload_ranges ranges = VEC_INIT;

	vec_push(&ranges, empty);
	for (size_t form = 0; form < protocol->form_count; form++) {
		const struct frames_of_form add = { arena, protocol, form, &ranges };
		if (!payload_form_travels(&protocol->forms[form], transport))
			continue;
		frames_always(&add);
		for (size_t i = 0; i < contents.len; i++) {
			const struct set *const *field = contents.parts[i].field;
			contents_frames(&add,
					contents_functions(arena, number, field[CONTENT_OPERATION]),
					contents_units(arena, &model->protocols[number], protocol,
						       field[CONTENT_UNIT]));
		}
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static bool function_is_told(const struct payload_protocol *protocol, unsigned transport,
			     unsigned function)
{
	for (size_t i = 0; i < protocol->form_count; i++)
		if (payload_form_travels(&protocol->forms[i], transport) &&
		    payload_form_holds(&protocol->forms[i], function))
			return true;
	return false;
}

const struct set *payload_untold(struct arena *arena, const struct model *model,
				 const struct payload_protocol *protocol, unsigned transport,
				 struct contents contents)
{
	uint16_t number = contents_protocol(model, protocol);
	struct payload_ranges ranges = VEC_INIT;

	for (size_t i = 0; i < contents.len; i++) {
		const struct set *functions = contents_functions(
			arena, number, contents.parts[i].field[CONTENT_OPERATION]);
		for (size_t k = 0; k < functions->len; k++)
			for (u128 f = functions->range[k].lo; f <= functions->range[k].hi; f++) {
				struct range one = { f, f };
				if (!function_is_told(protocol, transport, (unsigned)f))
					vec_push(&ranges, one);
			}
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

bool payload_tells(struct contents contents)
{
	for (size_t i = 0; i < contents.len; i++)
		if (!set_covers_range(contents.parts[i].field[CONTENT_OBJECT], 0, PARAMETER_NONE))
			return false;
	return true;
}
