/* SPDX-License-Identifier: Apache-2.0
 *
 * An example of what changes, as each policy judges it, and why the one denies it. */
#include "config.h"
#include "verifier/traffic_parts.h"

#include "verifier/operation.h"

/* What each policy judges, in its own numbers. */
static struct judge_decision example_content(const struct traffic_seat *seat,
					     const struct traffic_subject *subject,
					     struct flow *flow)
{
	const struct observation observation = traffic_observation(subject, flow);
	struct judge_decision decision = judge_decide(seat->judge, &observation);

	*flow = decision.flow;
	return decision;
}

static struct judge_decision example_operation(const struct traffic_comparing *c,
					       const struct traffic_seat *seat,
					       const struct traffic_subject *subject, struct flow *flow,
					       struct operation_verdict *verdict)
{
	struct judge_decision decision = traffic_decide_operation(seat, subject, flow);
	struct proto_operation seen;
	struct inspect_operation operation;

	*flow = decision.flow;
	*verdict = (struct operation_verdict){ .allowed = true };
	if (!traffic_operation_in(c->traffic, seat->model, &subject->operation->key, &seen,
				  &operation))
		return decision;
	*verdict = operation_judge(seat->judge->index, seat->model, &decision.flow, &operation);
	flow_set_operation(flow, verdict->point);
	return decision;
}

static struct nearest why_header(const struct traffic_comparing *c, const struct traffic_seat *seat,
				 const struct judge_decision *decision)
{
	return nearest_find(seat->model, &decision->flow, &decision->verdict, c->arena);
}

static void explain_content(const struct traffic_comparing *c, int side,
			    const struct traffic_subject *subject, bool denies,
			    struct traffic_change *change)
{
	const struct traffic_seat *seat = &c->seat[side];
	struct judge_decision decision = example_content(seat, subject, &change->example[side]);

	if (!denies)
		return;
	change->asks = !decision.verdict.allowed;
	if (change->asks)
		change->nearest = why_header(c, seat, &decision);
	else if (decision.bound.rule != NULL)
		change->nearest = silence_nearest(&decision.bound, subject->content->silence,
						  c->arena);
	else
		change->nearest = (struct nearest){
			.reason = "its content is not the port's protocol",
		};
}

static void explain_operation(const struct traffic_comparing *c, int side,
			      const struct traffic_subject *subject, bool denies,
			      struct traffic_change *change)
{
	const struct traffic_seat *seat = &c->seat[side];
	struct operation_verdict verdict;
	struct judge_decision decision =
		example_operation(c, seat, subject, &change->example[side], &verdict);

	if (!denies)
		return;
	change->asks = true;
	change->nearest = decision.verdict.allowed
				  ? operation_nearest(seat->judge->index, &decision.flow, &verdict,
						      c->arena)
				  : why_header(c, seat, &decision);
}

static const char *why_unsure(enum traffic_doubt doubt)
{
	switch (doubt) {
	case DOUBT_TIME: return "whether it was seen at such a time is not known";
	case DOUBT_PORT: return "whether it came from such a source port is not known";
	default: return "what was said could not be read";
	}
}

void traffic_explain(const struct traffic_comparing *c, const struct traffic_subject *subject,
		     struct traffic_change *change)
{
	int denying = change->kind == TRAFFIC_CUT     ? TRAFFIC_AFTER
		      : change->kind == TRAFFIC_FREED ? TRAFFIC_BEFORE
						      : TRAFFIC_SIDES;

	change->example[TRAFFIC_AFTER] = change->example[TRAFFIC_BEFORE];
	if (change->kind == TRAFFIC_UNSURE)
		change->nearest = (struct nearest){ .reason = why_unsure(change->doubt) };
	for (int side = 0; side < TRAFFIC_SIDES; side++)
		(subject->content != NULL ? explain_content : explain_operation)(
			c, side, subject, side == denying, change);
}
