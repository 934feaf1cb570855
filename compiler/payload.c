/* SPDX-License-Identifier: Apache-2.0
 *
 * Lengths of requests. Servers go by the function and not by the header (libmodbus
 * does): a request with bytes behind it in one frame is two requests to them, so the
 * length that a function has is a part of how its frames look. */
#include "config.h"
#include "compiler/payload.h"

#include <netinet/in.h>
#include <string.h>

#include "base/vec.h"

/* MODBUS Application Protocol Specification V1.1b3, section 6; MODBUS Messaging on
 * TCP/IP Implementation Guide V1.0b, section 3.1.3. Lengths count the unit. */
static const struct payload_form modbus_two = { .name = "2", .length = 2 };
static const struct payload_form modbus_four = { .name = "4", .length = 4 };
static const struct payload_form modbus_five = { .name = "5", .length = 5 };
static const struct payload_form modbus_six = { .name = "6", .length = 6 };
static const struct payload_form modbus_eight = { .name = "8", .length = 8 };
static const struct payload_form modbus_values = { "values", 0, 12, 7, 246 };
static const struct payload_form modbus_read_write = { "read-write", 0, 16, 11, 242 };
static const struct payload_form modbus_read_file = { "read-file", 0, 8, 3, 245 };
static const struct payload_form modbus_write_file = { "write-file", 0, 8, 3, 251 };
static const struct payload_form modbus_any = { .name = "any" };

/* Of 43 the one request that the specification describes is to read the device's
 * identification; of 8 those with one word of data. */
static const struct payload_span modbus_spans[] = {
	{ 1, 6, &modbus_six },		{ 7, 7, &modbus_two },
	{ 8, 8, &modbus_six },		{ 9, 10, &modbus_any },
	{ 11, 12, &modbus_two },	{ 13, 14, &modbus_any },
	{ 15, 16, &modbus_values },	{ 17, 17, &modbus_two },
	{ 18, 19, &modbus_any },	{ 20, 20, &modbus_read_file },
	{ 21, 21, &modbus_write_file },	{ 22, 22, &modbus_eight },
	{ 23, 23, &modbus_read_write },	{ 24, 24, &modbus_four },
	{ 25, 42, &modbus_any },	{ 43, 43, &modbus_five },
	{ 44, 127, &modbus_any },
};

static const struct payload_protocol protocols[] = {
	{ .name = "modbus", .transport = IPPROTO_TCP, .spans = modbus_spans,
	  .span_count = sizeof(modbus_spans) / sizeof(modbus_spans[0]),
	  .length_at = 4, .length_bytes = 2, .header = 6, .shortest = 2, .longest = 254,
	  .unit_at = 6, .function_at = 7, .units = 256 },
};
enum { PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]), FUNCTION_SHIFT = 16,
       PROTOCOL_SHIFT = 32 };

const struct payload_protocol *payload_protocols(size_t *count)
{
	*count = PROTOCOLS;
	return protocols;
}

const struct payload_protocol *payload_protocol_of(const struct model *model,
						   const struct match *match)
{
	if (match->protocol == 0 || set_size(match->protocols) != 1)
		return NULL;
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (strcmp(protocols[i].name, model->protocols[match->protocol].name) == 0 &&
		    set_contains(match->protocols, protocols[i].transport))
			return &protocols[i];
	return NULL;
}

bool payload_is_known(const struct model *model, const struct match *match)
{
	for (size_t i = 0; i < PROTOCOLS && match->protocol != 0; i++)
		if (strcmp(protocols[i].name, model->protocols[match->protocol].name) == 0)
			return true;
	return false;
}

const struct payload_form *payload_form_of(const struct payload_protocol *protocol,
					   unsigned function)
{
	for (size_t i = 0; i < protocol->span_count; i++)
		if (function >= protocol->spans[i].first && function <= protocol->spans[i].last)
			return protocol->spans[i].form;
	return NULL;
}

struct range payload_frames(const struct payload_protocol *protocol, unsigned function,
			    struct range units)
{
	u128 first = ((u128)(protocol - protocols) + 1) << PROTOCOL_SHIFT |
		     (u128)function << FUNCTION_SHIFT;

	return (struct range){ first + units.lo, first + units.hi };
}

const struct set *payload_units(struct arena *arena, const struct payload_protocol *protocol,
				const struct set *points, unsigned function)
{
	struct range all = payload_frames(protocol, function,
					  (struct range){ 0, protocol->units - 1U });
	const struct set *held = set_intersect(arena, points, set_one(arena, all.lo, all.hi));
	VEC(struct range) units = VEC_INIT;

	for (size_t i = 0; i < held->len; i++) {
		struct range range = { held->range[i].lo - all.lo, held->range[i].hi - all.lo };
		vec_push(&units, range);
	}
	const struct set *set = set_from_ranges(arena, units.data, units.len);
	vec_free(&units);
	return set;
}

/* ---- contents ---- */

VEC_TYPE(payload_ranges, struct range);

/* The numbers of the units on the wire. A protocol without such a parameter has one
 * that holds for all. */
static const struct set *contents_units(struct arena *arena, const struct model *model,
					uint16_t protocol, const struct payload_protocol *told,
					const struct set *units)
{
	const struct protocol *named = &model->protocols[protocol];
	struct payload_ranges ranges = VEC_INIT;

	for (size_t i = 0; i < named->parameter_count; i++) {
		const struct parameter *parameter = &named->parameters[i];
		if (parameter->dimension != PARAMETER_UNIT)
			continue;
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
	return set_intersect(arena, set, set_one(arena, 0, told->units - 1U));
}

static void contents_frames(struct arena *arena, const struct payload_protocol *protocol,
			    const struct set *operations, const struct set *units,
			    struct payload_ranges *ranges)
{
	const struct set *functions = set_intersect(
		arena, operations, set_one(arena, protocol->spans[0].first,
					   protocol->spans[protocol->span_count - 1].last));

	for (size_t i = 0; i < functions->len; i++)
		for (u128 f = functions->range[i].lo; f <= functions->range[i].hi; f++)
			for (size_t u = 0; u < units->len &&
					   payload_form_of(protocol, (unsigned)f) != NULL; u++)
				vec_push(ranges, payload_frames(protocol, (unsigned)f,
								units->range[u]));
}

static uint16_t contents_protocol(const struct model *model,
				  const struct payload_protocol *protocol)
{
	for (size_t i = 1; i < model->protocol_count; i++)
		if (strcmp(model->protocols[i].name, protocol->name) == 0)
			return (uint16_t)i;
	return 0;
}

const struct set *payload_of_contents(struct arena *arena, const struct model *model,
				      const struct payload_protocol *protocol,
				      struct contents contents)
{
	uint16_t number = contents_protocol(model, protocol);
	struct payload_ranges ranges = VEC_INIT;
	struct range empty = { PAYLOAD_EMPTY, PAYLOAD_EMPTY };
	VEC(struct range) functions = VEC_INIT;

	vec_push(&ranges, empty);
	for (size_t i = 0; i < contents.len; i++) {
		const struct set *const *field = contents.parts[i].field;
		const struct set *operations = set_intersect(
			arena, field[CONTENT_OPERATION],
			set_one(arena, operation_id_of(number, 0),
				operation_id_of(number, UINT16_MAX)));
		functions.len = 0;
		for (size_t k = 0; k < operations->len; k++) {
			struct range range = { operations->range[k].lo & UINT16_MAX,
					       operations->range[k].hi & UINT16_MAX };
			vec_push(&functions, range);
		}
		contents_frames(arena, protocol,
				set_from_ranges(arena, functions.data, functions.len),
				contents_units(arena, model, number, protocol,
					       field[CONTENT_UNIT]),
				&ranges);
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	vec_free(&functions);
	return set;
}

bool payload_tells(struct contents contents)
{
	for (size_t i = 0; i < contents.len; i++)
		if (!set_covers_range(contents.parts[i].field[CONTENT_OBJECT], 0, PARAMETER_NONE))
			return false;
	return true;
}
