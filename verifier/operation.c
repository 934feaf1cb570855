/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations held against the policy, and in words. */
#include "config.h"
#include "verifier/operation.h"

#include <inttypes.h>

#include "base/strbuf.h"

/* ---- verdicts ---- */

static struct operation_verdict operation_judge_one(const struct flow_index *index,
						    const struct flow *header,
						    operation_id operation)
{
	struct flow flow = *header;

	flow.operation = operation;
	struct verdict verdict = flow_judge(index, &flow);
	return (struct operation_verdict){
		.allowed = verdict.allowed,
		.always = true,
		.rule = verdict.allowed ? NULL : verdict.rule,
	};
}

struct operation_verdict operation_judge(const struct flow_index *index,
					 const struct model *model, const struct flow *flow,
					 const struct inspect_operation *operation)
{
	struct operation_verdict inner =
		operation_judge_one(index, flow, operation->operation);

	(void)model;
	if (operation->carrier == OPERATION_PLAIN || inner.rule != NULL)
		return inner;
	struct operation_verdict outer = operation_judge_one(index, flow, operation->carrier);
	outer.allowed |= inner.allowed && outer.rule == NULL;
	outer.always &= inner.always;
	return outer;
}

/* ---- the nearest rule ---- */

struct operation_near {
	const struct rule *rule;
	const struct match *match;
};

static void operation_meet(void *context, const struct rule *rule, const struct match *match,
			   bool active)
{
	struct operation_near *near = context;

	if (rule->allow && active && !rule->implicit && near->rule == NULL)
		*near = (struct operation_near){ rule, match };
}

struct nearest operation_nearest(const struct flow_index *index, const struct flow *flow,
				 const struct operation_verdict *verdict, struct arena *arena)
{
	struct operation_near near = { NULL, NULL };

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
const char *operation_counts(const uint64_t count[PROTO_KINDS], struct arena *arena)
{
	static const char *const words[PROTO_KINDS][2] = {
		[PROTO_REQUEST] = { "request", "requests" },
		[PROTO_RESPONSE] = { "done", "done" },
		[PROTO_REFUSAL] = { "refused", "refused" },
		[PROTO_NOTICE] = { "notice", "notices" },
	};
	struct strbuf text = STRBUF_INIT;

	for (int kind = 0; kind < PROTO_KINDS; kind++)
		if (count[kind] > 0)
			strbuf_printf(&text, "%s%" PRIu64 " %s", text.len > 0 ? ", " : "",
				      count[kind], words[kind][count[kind] != 1]);
	const char *result = arena_printf(arena, "%s", strbuf_text(&text));
	strbuf_release(&text);
	return result;
}

const char *operation_name(const struct model *model, operation_id operation,
			   const struct proto_operation *seen, struct arena *arena)
{
	const struct protocol *protocol = &model->protocols[operation >> 16];
	const char *name = operation_table_name(protocol, operation & 0xffff);
	struct strbuf text = STRBUF_INIT;

	if (name != NULL)
		strbuf_printf(&text, "%s", name);
	else
		strbuf_printf(&text, "function %u", operation & 0xffff);
	if (seen->has_unit)
		strbuf_printf(&text, ", unit %" PRIu32, seen->unit);
	for (size_t i = 0; i < seen->span_count; i++) {
		const struct proto_span *span = &seen->span[i];
		strbuf_printf(&text, ", %s %" PRIu32, span->space, span->first);
		if (span->last != span->first)
			strbuf_printf(&text, "-%" PRIu32, span->last);
	}
	const char *result = arena_printf(arena, "%s", strbuf_text(&text));
	strbuf_release(&text);
	return result;
}
