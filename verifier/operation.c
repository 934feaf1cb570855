/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations held against the policy, and in words. */
#include "config.h"
#include "verifier/operation.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/parameter.h"

/* ---- what it is about, in the numbers of the policy ---- */

/* The parameter of a dimension that the function takes and that is called so, or NULL;
 * `name` NULL: any. */
static const struct parameter *operation_parameter(const struct protocol *protocol,
						   operation_id operation,
						   enum parameter_dimension dimension,
						   const char *name)
{
	for (size_t i = 0; i < protocol->parameter_count; i++) {
		const struct parameter *parameter = &protocol->parameters[i];
		if (parameter->dimension == dimension &&
		    (name == NULL || strcmp(parameter->name, name) == 0) &&
		    set_contains(parameter->functions, operation & 0xffff))
			return parameter;
	}
	return NULL;
}

static const struct set *operation_all(struct arena *arena)
{
	return set_one(arena, 0, PARAMETER_NONE);
}

/* Answers often do not repeat what they are about: then it can be anything. */
static bool operation_may_leave_out(const struct proto_operation *seen)
{
	return seen->kind == PROTO_RESPONSE || seen->kind == PROTO_REFUSAL;
}

static const struct set *operation_units(const struct protocol *protocol, operation_id operation,
					 const struct proto_operation *seen, struct arena *arena)
{
	const struct parameter *parameter =
		operation_parameter(protocol, operation, PARAMETER_UNIT, NULL);

	if (parameter == NULL || !seen->has_unit)
		return set_one(arena, PARAMETER_NONE, PARAMETER_NONE);
	uint32_t unit = parameter_number(parameter, seen->unit);
	return set_one(arena, unit, unit);
}

/* What lies beyond a parameter's values has no name in any rule. */
static const struct set *operation_span(const struct protocol *protocol, operation_id operation,
					const struct proto_span *span, struct arena *arena)
{
	const struct parameter *parameter =
		operation_parameter(protocol, operation, PARAMETER_OBJECT, span->space);
	const struct set *none = set_one(arena, PARAMETER_NONE, PARAMETER_NONE);

	if (parameter == NULL || span->first < parameter->lo || span->first > parameter->hi)
		return none;
	uint32_t last = span->last < parameter->hi ? span->last : parameter->hi;
	const struct set *inside =
		set_one(arena, parameter->base + span->first, parameter->base + last);
	return span->last > parameter->hi ? set_union(arena, inside, none) : inside;
}

static const struct set *operation_objects(const struct protocol *protocol,
					   operation_id operation,
					   const struct proto_operation *seen,
					   struct arena *arena)
{
	const struct set *objects = set_empty();

	if (seen->span_count == 0)
		return operation_may_leave_out(seen)
			       ? operation_all(arena)
			       : set_one(arena, PARAMETER_NONE, PARAMETER_NONE);
	for (size_t i = 0; i < seen->span_count; i++)
		objects = set_union(arena, objects,
				    operation_span(protocol, operation, &seen->span[i], arena));
	return objects;
}

static struct content operation_content(const struct protocol *protocol, operation_id operation,
					const struct proto_operation *seen, struct arena *arena)
{
	return (struct content){ .field = {
		[CONTENT_OPERATION] = set_one(arena, operation, operation),
		[CONTENT_UNIT] = operation_units(protocol, operation, seen, arena),
		[CONTENT_OBJECT] = operation_objects(protocol, operation, seen, arena),
	} };
}

/* ---- verdicts ---- */

/* The verdict of one of its points. */
static struct operation_verdict operation_judge_point(const struct flow_index *index,
						      const struct flow *header,
						      struct operation_point point)
{
	struct flow flow = *header;

	flow_set_operation(&flow, point);
	struct verdict verdict = flow_judge(index, &flow);
	return (struct operation_verdict){
		.allowed = verdict.allowed,
		.rule = verdict.allowed ? NULL : verdict.rule,
		.point = point,
	};
}

/* Of one that is about several things, all must be allowed; of an answer that does not
 * tell them, some. */
static struct operation_verdict operation_judge_content(const struct flow_index *index,
							const struct model *model,
							const struct flow *flow,
							const struct content *content, bool some)
{
	struct arena arena;

	arena_init(&arena);
	struct contents allowed = flow_contents(index, flow, &arena);
	struct contents rest = contents_of(&arena, *content);
	bool any = contents_overlap(allowed, content);
	for (size_t i = 0; i < allowed.len; i++)
		rest = contents_subtract(&arena, rest, allowed.parts[i]);
	struct operation_verdict verdict = {
		.allowed = some ? any : contents_are_empty(rest),
		.point = operation_point_of(model, content),
	};
	if (!verdict.allowed) {
		verdict = operation_judge_point(index, flow, contents_point(model, rest));
		verdict.allowed = false;
	}
	arena_release(&arena);
	return verdict;
}

static struct operation_verdict operation_judge_one(const struct flow_index *index,
						    const struct model *model,
						    const struct flow *flow,
						    operation_id operation,
						    const struct proto_operation *seen)
{
	const struct protocol *protocol = &model->protocols[operation >> 16];
	struct operation_verdict verdict;

	if (!protocol->told_apart[PARAMETER_UNIT] && !protocol->told_apart[PARAMETER_OBJECT]) {
		verdict = operation_judge_point(index, flow,
						(struct operation_point){ operation,
									  PARAMETER_NONE,
									  PARAMETER_NONE });
		verdict.always = true;
		return verdict;
	}
	struct arena arena;
	arena_init(&arena);
	struct content content = operation_content(protocol, operation, seen, &arena);
	verdict = operation_judge_content(index, model, flow, &content,
					  seen->span_count == 0 && operation_may_leave_out(seen));
	arena_release(&arena);
	return verdict;
}

struct operation_verdict operation_judge(const struct flow_index *index,
					 const struct model *model, const struct flow *flow,
					 const struct inspect_operation *operation)
{
	struct operation_verdict inner =
		operation_judge_one(index, model, flow, operation->operation, operation->seen);

	if (operation->carrier == OPERATION_PLAIN || inner.rule != NULL)
		return inner;
	struct operation_verdict outer =
		operation_judge_one(index, model, flow, operation->carrier, operation->seen);
	outer.allowed |= inner.allowed && outer.rule == NULL;
	outer.always &= inner.always;
	if (outer.rule == NULL)
		outer.point = inner.point;
	return outer;
}

/* ---- the nearest rule ---- */

struct operation_near {
	operation_id operation;
	const struct rule *rule;
	const struct match *match;
	bool same; /* the match holds the operation, about something else */
};

/* The first, or the first that allows the operation about something else. */
static void operation_meet(void *context, const struct rule *rule, const struct match *match,
			   bool active)
{
	struct operation_near *near = context;
	bool same = set_contains(match->operations, near->operation);

	if (!rule->allow || !active || rule->implicit ||
	    (near->rule != NULL && (near->same || !same)))
		return;
	near->rule = rule;
	near->match = match;
	near->same = same;
}

struct nearest operation_nearest(const struct flow_index *index, const struct flow *flow,
				 const struct operation_verdict *verdict, struct arena *arena)
{
	struct operation_near near = { .operation = verdict->point.operation };

	if (verdict->rule != NULL)
		return (struct nearest){
			.rule = verdict->rule,
			.where = verdict->rule->where,
			.reason = "this rule denies the operation",
		};
	flow_rules_visit(index, flow, operation_meet, &near);
	if (near.rule == NULL)
		return (struct nearest){ .reason = "no rule allows the operation" };
	return (struct nearest){
		.rule = near.rule,
		.where = near.rule->where,
		.reason = arena_printf(arena, "the operation is not in %s, which this rule allows",
				       near.match->label),
	};
}

/* ---- words ---- */

static const char *operation_table_name(const struct protocol *protocol, uint32_t function)
{
	const struct tree_function *row =
		protocol->tree != NULL ? protocol->tree->functions : NULL;

	while (row != NULL && (function < row->lo || function > row->hi))
		row = row->next;
	return row != NULL ? row->name.text : NULL;
}

/* Requests that are not in the capture are not told: their answers are. */
/* Some protocols confirm what they do more than once. */
const char *operation_counts(const uint64_t count[PROTO_KINDS], struct arena *arena)
{
	bool again = count[PROTO_REQUEST] > 0 && count[PROTO_RESPONSE] > count[PROTO_REQUEST];
	const char *done = again ? "confirmations" : "done";
	const char *const words[PROTO_KINDS][2] = {
		[PROTO_REQUEST] = { "request", "requests" },
		[PROTO_RESPONSE] = { done, done },
		[PROTO_REFUSAL] = { "refused", "refused" },
		[PROTO_NOTICE] = { "notice", "notices" },
	};
	struct strbuf text = STRBUF_INIT;

	for (int kind = 0; kind < PROTO_KINDS; kind++)
		if (count[kind] > 0)
			strbuf_printf(&text, "%s%" PRIu64 " %s", text.len > 0 ? ", " : "",
				      count[kind], words[kind][count[kind] != 1]);
	if (count[PROTO_REQUEST] > 0 && count[PROTO_RESPONSE] + count[PROTO_REFUSAL] == 0)
		strbuf_puts(&text, ", no answer seen");
	const char *result = arena_printf(arena, "%s", strbuf_text(&text));
	strbuf_release(&text);
	return result;
}

static void operation_add_values(struct strbuf *text, const struct parameter *parameter,
				 uint32_t first, uint32_t last)
{
	strbuf_puts(text, ", ");
	parameter_print(text, parameter, first, last);
}

/* A unit once for all rows of it that follow each other. */
static void operation_about_text(const struct protocol *protocol, operation_id operation,
				 const struct about *about, struct strbuf *text)
{
	const struct parameter *unit =
		operation_parameter(protocol, operation, PARAMETER_UNIT, NULL);

	for (size_t i = 0; i < about->count; i++) {
		const struct about_row *row = &about->row[i];
		const struct parameter plain = { .name = row->space };
		bool same = i > 0 && row[-1].has_unit == row->has_unit &&
			    row[-1].unit == row->unit;
		if (row->has_unit && unit != NULL && !same)
			operation_add_values(text, unit, row->unit, row->unit);
		if (row->space == NULL)
			continue;
		const struct parameter *object =
			operation_parameter(protocol, operation, PARAMETER_OBJECT, row->space);
		operation_add_values(text, object != NULL ? object : &plain, row->first, row->last);
	}
	if (about->further > 0)
		strbuf_printf(text, ", and %" PRIu64 " further", about->further);
}

const char *operation_name(const struct model *model, operation_id operation,
			   const struct about *about, struct arena *arena)
{
	const struct protocol *protocol = &model->protocols[operation >> 16];
	const char *name = operation_table_name(protocol, operation & 0xffff);
	struct strbuf text = STRBUF_INIT;

	if (name != NULL)
		strbuf_printf(&text, "%s", name);
	else
		strbuf_printf(&text, "function %u", operation & 0xffff);
	operation_about_text(protocol, operation, about, &text);
	const char *result = arena_printf(arena, "%s", strbuf_text(&text));
	strbuf_release(&text);
	return result;
}
