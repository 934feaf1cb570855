/* SPDX-License-Identifier: Apache-2.0
 *
 * Units and objects by name. Numbers that a function has no name for are not told
 * apart by any rule: all of them are judged as PARAMETER_NONE is. */
#include "config.h"
#include "compiler/parameter.h"

#include <inttypes.h>
#include <string.h>

const struct parameter *parameter_find(const struct protocol *protocol, const char *name)
{
	for (size_t i = 0; i < protocol->parameter_count; i++)
		if (strcmp(protocol->parameters[i].name, name) == 0)
			return &protocol->parameters[i];
	return NULL;
}

uint32_t parameter_number(const struct parameter *parameter, uint32_t value)
{
	if (value < parameter->lo || value > parameter->hi)
		return PARAMETER_NONE;
	return parameter->base + value;
}

bool parameters_equal(const struct protocol *a, const struct protocol *b)
{
	if (a->parameter_count != b->parameter_count)
		return false;
	for (size_t i = 0; i < a->parameter_count; i++) {
		const struct parameter *p = &a->parameters[i], *q = &b->parameters[i];
		if (strcmp(p->name, q->name) != 0 || p->dimension != q->dimension ||
		    p->base != q->base || p->lo != q->lo || p->hi != q->hi ||
		    !set_equal(p->functions, q->functions))
			return false;
	}
	return true;
}

static bool parameter_is_of(const struct parameter *parameter, enum parameter_dimension dimension,
			    uint32_t function)
{
	return parameter->dimension == dimension && set_contains(parameter->functions, function);
}

const struct parameter *parameter_at(const struct protocol *protocol,
				     enum parameter_dimension dimension, uint32_t function,
				     uint32_t number, uint32_t *value)
{
	for (size_t i = 0; i < protocol->parameter_count; i++) {
		const struct parameter *p = &protocol->parameters[i];
		if (!parameter_is_of(p, dimension, function) || number < p->base + p->lo ||
		    number > p->base + p->hi)
			continue;
		*value = number - p->base;
		return p;
	}
	return NULL;
}

static const struct parameter *parameter_first_of(const struct protocol *protocol,
						  enum parameter_dimension dimension,
						  uint32_t function)
{
	for (size_t i = 0; i < protocol->parameter_count; i++)
		if (parameter_is_of(&protocol->parameters[i], dimension, function))
			return &protocol->parameters[i];
	return NULL;
}

static const struct protocol *operation_protocol(const struct model *model,
						 operation_id operation)
{
	uint32_t index = operation >> 16;

	return &model->protocols[index < model->protocol_count ? index : 0];
}

bool parameter_matters(const struct model *model, operation_id operation,
		       enum parameter_dimension dimension)
{
	const struct protocol *protocol = operation_protocol(model, operation);

	return protocol->told_apart[dimension] &&
	       parameter_first_of(protocol, dimension, operation & 0xffff) != NULL;
}

/* ---- a point of contents ---- */

/* The first number of the ranges that a parameter of the function has. */
static uint32_t parameter_first(const struct protocol *protocol,
				enum parameter_dimension dimension, uint32_t function,
				const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < protocol->parameter_count; i++) {
		const struct parameter *p = &protocol->parameters[i];
		if (!parameter_is_of(p, dimension, function))
			continue;
		for (size_t r = 0; r < count; r++) {
			u128 first = (u128)p->base + p->lo, last = (u128)p->base + p->hi;
			u128 lo = ranges[r].lo > first ? ranges[r].lo : first;
			if (lo <= ranges[r].hi && lo <= last)
				return (uint32_t)lo;
		}
	}
	return PARAMETER_NONE;
}

struct operation_point operation_point(const struct model *model, operation_id operation,
				       const struct range *units, size_t unit_count,
				       const struct range *objects, size_t object_count)
{
	const struct protocol *protocol = operation_protocol(model, operation);
	uint32_t function = operation & 0xffff;

	return (struct operation_point){
		.operation = operation,
		.unit = parameter_first(protocol, PARAMETER_UNIT, function, units, unit_count),
		.object = parameter_first(protocol, PARAMETER_OBJECT, function, objects,
					  object_count),
	};
}

struct operation_point operation_point_of(const struct model *model,
					  const struct content *content)
{
	const struct set *units = content->field[CONTENT_UNIT];
	const struct set *objects = content->field[CONTENT_OBJECT];

	return operation_point(model, (operation_id)set_min(content->field[CONTENT_OPERATION]),
			       units->range, units->len, objects->range, objects->len);
}

struct operation_point contents_point(const struct model *model, struct contents contents)
{
	struct operation_point best = { OPERATION_MAX, PARAMETER_NONE, PARAMETER_NONE };

	for (size_t i = 0; i < contents.len; i++) {
		const struct content *part = &contents.parts[i];
		if (i == 0 || set_min(part->field[CONTENT_OPERATION]) < best.operation)
			best = operation_point_of(model, part);
	}
	return best;
}

void flow_set_operation(struct flow *flow, struct operation_point point)
{
	flow->operation = point.operation;
	flow->unit = point.unit;
	flow->object = point.object;
}

/* ---- text ---- */

/* A name that means this function alone; a class has no need to be it. */
static const char *function_name(const struct protocol *protocol, uint32_t function)
{
	const struct tree_function *f = protocol->tree ? protocol->tree->functions : NULL;

	for (; f != NULL; f = f->next) {
		bool is_class = false;
		for (int c = CLASS_READ; c < CLASS_SESSION; c++)
			is_class |= strcmp(operation_class_name((enum operation_class)c),
					   f->name.text) == 0;
		if (f->lo == function && f->hi == function && !is_class)
			return f->name.text;
	}
	return NULL;
}

static void function_text(struct strbuf *text, const struct protocol *protocol, uint32_t function)
{
	const char *name = function_name(protocol, function);

	if (name != NULL)
		strbuf_puts(text, name);
	else
		strbuf_printf(text, "function %" PRIu32, function);
}

void parameter_print(struct strbuf *text, const struct parameter *parameter, uint32_t lo,
		     uint32_t hi)
{
	const char *form = parameter->hexadecimal ? "%s 0x%" PRIx32 : "%s %" PRIu32;

	strbuf_printf(text, form, parameter->name, lo);
	if (hi != lo)
		strbuf_printf(text, parameter->hexadecimal ? "-0x%" PRIx32 : "-%" PRIu32, hi);
}

/* `none`: say so where there is none, if the function could have one. */
static void parameter_text(struct strbuf *text, const struct protocol *protocol,
			   enum parameter_dimension dimension, uint32_t function, uint32_t number,
			   bool none)
{
	uint32_t value;
	const struct parameter *p = parameter_at(protocol, dimension, function, number, &value);

	if (p != NULL) {
		strbuf_puts(text, ", ");
		parameter_print(text, p, value, value);
	} else if (none && (p = parameter_first_of(protocol, dimension, function)) != NULL) {
		strbuf_printf(text, ", %s none", p->name);
	}
}

void operation_text(struct strbuf *text, const struct model *model,
		    const struct operation_point *point)
{
	const struct protocol *protocol = operation_protocol(model, point->operation);
	uint32_t function = point->operation & 0xffff;

	strbuf_printf(text, "%s(", protocol->name);
	function_text(text, protocol, function);
	parameter_text(text, protocol, PARAMETER_UNIT, function, point->unit, false);
	parameter_text(text, protocol, PARAMETER_OBJECT, function, point->object, false);
	strbuf_putc(text, ')');
}

void operation_question_text(struct strbuf *text, const struct model *model,
			     const struct operation_point *point)
{
	const struct protocol *protocol = operation_protocol(model, point->operation);
	uint32_t function = point->operation & 0xffff;
	const uint32_t numbers[PARAMETER_DIMENSIONS] = { point->unit, point->object };

	strbuf_printf(text, "%s(", protocol->name);
	function_text(text, protocol, function);
	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		if (protocol->told_apart[d])
			parameter_text(text, protocol, (enum parameter_dimension)d, function,
				       numbers[d], true);
	strbuf_putc(text, ')');
}
