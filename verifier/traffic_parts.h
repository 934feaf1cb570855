/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of traffic_judge.h share. */
#ifndef VERIFIER_TRAFFIC_PARTS_H
#define VERIFIER_TRAFFIC_PARTS_H

#include "verifier/inspect_ports.h"
#include "verifier/judge_parts.h"
#include "verifier/traffic_judge.h"

struct traffic_seat { /* one policy */
	const struct model *model;
	struct judge *judge;
	struct inspect_ports *ports;
};

struct traffic_comparing {
	struct traffic *traffic;
	struct traffic_seat seat[TRAFFIC_SIDES];
	struct instant_list instants; /* at which some rule begins or ends, in order */
	bool same_numbers;            /* operations and parameters have the same in both */
	uint64_t left;                /* cells that may still be judged */
	struct traffic_changes *changes;
	struct arena *arena;
};

/* What is judged: one of both. */
struct traffic_subject {
	const struct traffic_flow *flow;
	const struct traffic_content *content;
	const struct traffic_operation *operation;
	const struct traffic_times *times;
};

struct observation traffic_observation(const struct traffic_subject *subject, const struct flow *flow);
/* Of the header of who asks. */
struct judge_decision traffic_decide_operation(const struct traffic_seat *seat,
					       const struct traffic_subject *subject,
					       const struct flow *flow);

/* traffic_why.c: fills in the examples and why the one policy denies it. */
void traffic_explain(const struct traffic_comparing *c, const struct traffic_subject *subject,
		     struct traffic_change *change);

#endif
