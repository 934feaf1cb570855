/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the judge share. */
#ifndef VERIFIER_JUDGE_PARTS_H
#define VERIFIER_JUDGE_PARTS_H

#include "verifier/judge.h"
#include "verifier/silence.h"

struct judge {
	const struct model *model;
	struct flow_index *index;
	struct naming *naming;
	struct origins *origins;
	struct violation_table *violations;
	struct judge_options options;
	bool *rule_used;
	bool *asset_seen;
	uint8_t **classes_seen;        /* by rule index, then match: bits of operation classes */
	uint32_t least_idle;           /* no rule lets its conversations be silent for less */
	const struct activity **timed; /* the activities of rules that are not always active */
	size_t timed_count;
	bool change_known;             /* no rule begins or ends between these two instants */
	int64_t change_after, change_next;
};

/* What the header of an observation says. */
struct judge_decision {
	struct flow flow;       /* with what the judge filled in */
	struct verdict verdict;
	bool judged;            /* false: layer 2 that needs no verdict, or has no zones */
	bool unplaced;
	bool by_operation;      /* allowed for some contents only */
	struct silence_bound bound; /* broken, if it has a rule */
};

struct judge_decision judge_decide(const struct judge *judge,
				   const struct observation *observation);
/* A violation of the observation's flow, without its reason. */
struct violation judge_flow_violation(const struct observation *observation,
				      const struct judge_decision *decision,
				      enum violation_kind kind);
/* A new one, which wants its reason; NULL: it is known, or there is no room for it. */
struct violation *judge_add(struct judge *judge, const struct observation *observation,
			    const struct violation *like);

/* What an allowed slice says. False: something of it does not conform. Where the policy
 * allows any content, that of another protocol is allowed, too. */
bool judge_content(struct judge *judge, const struct observation *observation,
		   const struct judge_decision *decision);
/* Where another conversation told the port, that it did, in the table's memory; else NULL. */
const char *judge_negotiated(const struct judge *judge, const struct observation *observation);
/* Is any content allowed in the flow of a slice whose header is? */
bool judge_allows_plain(const struct judge *judge, const struct flow *flow);
/* Its operations decide, and cannot all be seen. */
bool judge_is_uninspected(const struct judge_decision *decision,
			  const struct inspect_content *content);

/* The zones of a flow of layer 2, or ZONE_NONE. */
void judge_place_stations(const struct judge *judge, const struct observation *observation,
			  struct flow *flow);

/* The same observation from the other side: who answers sends, too. */
struct observation judge_side(const struct observation *observation, int side);
/* True if a side is somebody known, where it should be; else reported. One fault of a
 * kind is enough, if its packets came from several places. */
bool judge_report_side(struct judge *judge, const struct observation *observation, int side);
/* The same, and nothing is reported. */
bool judge_side_conforms(const struct judge *judge, const struct observation *observation,
			 int side);

#endif
