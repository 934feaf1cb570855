/* SPDX-License-Identifier: Apache-2.0
 *
 * What conversations say, held against the policy: operations, contents that are not
 * their port's protocol, protocols where none is expected. */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "verifier/judge_parts.h"
#include "verifier/operation.h"

bool judge_allows_plain(const struct judge *judge, const struct flow *flow)
{
	struct flow plain = *flow;

	flow_set_operation(&plain, (struct operation_point){ OPERATION_PLAIN, PARAMETER_NONE,
							     PARAMETER_NONE });
	return flow_judge(judge->index, &plain).allowed;
}

struct judge_class {
	struct judge *judge;
	struct operation_point point;
	uint8_t bit;
};

static void judge_class_met(void *context, const struct rule *rule, const struct match *match,
			    bool active)
{
	const struct judge_class *class = context;

	if (active && rule->allow && set_contains(match->operations, class->point.operation) &&
	    set_contains(match->units, class->point.unit) &&
	    set_contains(match->objects, class->point.object))
		class->judge->classes_seen[rule->index][match - rule->matches] |= class->bit;
}

/* Which rules an operation used, and of which class it is. */
static void judge_class_use(struct judge *judge, const struct flow *flow,
			    struct operation_point point)
{
	const struct protocol *protocol = &judge->model->protocols[point.operation >> 16];
	uint32_t function = point.operation & 0xffff;
	struct judge_class class = { .judge = judge, .point = point };

	for (int c = 0; c < CLASS_COUNT; c++)
		if (protocol->class[c] != NULL && set_contains(protocol->class[c], function))
			class.bit |= (uint8_t)(1u << c);
	flow_rules_visit(judge->index, flow, judge_class_met, &class);
}

/* What the responder asks is a flow of its own: its header has to be allowed, too. */
bool judge_operation(struct judge *judge, const struct observation *observation,
		     const struct inspect_operation *operation, bool *always)
{
	const struct observation asked =
		judge_side(observation, operation->back ? JUDGE_RESPONDER : JUDGE_INITIATOR);
	struct judge_decision decision = judge_decide(judge, &asked);

	*always = true;
	if (!decision.judged || !decision.verdict.allowed)
		return !operation->back;
	struct operation_verdict verdict =
		operation_judge(judge->index, judge->model, &decision.flow, operation);
	*always = verdict.always;
	if (judge->options.coverage && verdict.allowed)
		judge_class_use(judge, &decision.flow, verdict.point);
	return verdict.allowed;
}

bool judge_is_uninspected(const struct judge_decision *decision,
				 const struct inspect_content *content)
{
	return decision->by_operation && !content->foreign &&
	       (content->hidden || content->unread);
}

static void judge_report_breach(struct judge *judge, const struct observation *observation,
				const struct inspect_breach *breach)
{
	struct arena *arena = violation_table_arena(judge->violations);
	struct inspect_operation operation = { breach->operation, breach->carrier, breach->back,
					       &breach->seen };
	struct observation part =
		judge_side(observation, breach->back ? JUDGE_RESPONDER : JUDGE_INITIATOR);
	struct judge_decision decision = judge_decide(judge, &part);
	struct violation like = judge_flow_violation(&part, &decision, VIOLATION_OPERATION);

	like.flow.operation = breach->operation;
	part.seen.packets = breach->packets;
	part.seen.bytes = breach->bytes;
	part.seen.first = breach->first;
	part.seen.last = breach->last;
	part.seen.packet = breach->number;
	if (judge->options.capture != NULL)
		part.seen.file = capture_file_name(judge->options.capture, breach->file);
	memcpy(part.seen.operations, breach->count, sizeof(breach->count));
	part.seen.about = &breach->about;
	struct violation *fresh = judge_add(judge, &part, &like);
	if (fresh == NULL)
		return;
	struct operation_verdict verdict =
		operation_judge(judge->index, judge->model, &decision.flow, &operation);
	flow_set_operation(&fresh->flow, verdict.point);
	fresh->nearest = operation_nearest(judge->index, &decision.flow, &verdict, arena);
}

static const char *judge_content_detail(const struct judge *judge,
					const struct inspect_content *content)
{
	const struct protocol *protocols = judge->model->protocols;
	struct arena *arena = violation_table_arena(judge->violations);

	if (!content->foreign)
		return arena_printf(arena, "it is %s, which neither a rule nor the protocol's "
					   "registration expects at this port",
				    protocols[content->protocol].name);
	if (content->instead != 0)
		return arena_printf(arena, "its content is %s, not %s",
				    protocols[content->instead].name,
				    protocols[content->protocol].name);
	return arena_printf(arena, "its content is not %s", protocols[content->protocol].name);
}

const char *judge_negotiated(const struct judge *judge, const struct observation *observation)
{
	const struct inspect_content *content = &observation->content;
	const struct flow *flow = &observation->flow;
	const char *protocol = judge->model->protocols[content->protocol].name;

	if (!content->negotiated)
		return NULL;
	return arena_printf(violation_table_arena(judge->violations),
			    "a conversation of %s led to this port, which a rule allows as "
			    "%s on %s %u",
			    protocol, protocol, flow->protocol == IPPROTO_TCP ? "tcp" : "udp",
			    flow->dst_port);
}

static void judge_report_content(struct judge *judge, const struct observation *observation,
				 const struct judge_decision *decision, enum violation_kind kind)
{
	struct violation like = judge_flow_violation(observation, decision, kind);
	struct violation *fresh = judge_add(judge, observation, &like);

	if (fresh != NULL)
		fresh->detail = judge_content_detail(judge, &observation->content);
}

void judge_breaches(struct judge *judge, const struct observation *observation)
{
	const struct inspect_content *content = &observation->content;

	for (size_t i = 0; i < content->breach_count; i++)
		judge_report_breach(judge, observation, &content->breaches[i]);
}

bool judge_content(struct judge *judge, const struct observation *observation,
			  const struct judge_decision *decision)
{
	const struct inspect_content *content = &observation->content;

	judge_breaches(judge, observation);
	if (content->foreign && !judge_allows_plain(judge, &decision->flow)) {
		judge_report_content(judge, observation, decision, VIOLATION_FOREIGN_CONTENT);
		return false;
	}
	if (content->protocol != 0 && !content->expected) {
		judge_report_content(judge, observation, decision,
				     VIOLATION_UNEXPECTED_PROTOCOL);
		return false;
	}
	return content->breach_count == 0;
}
