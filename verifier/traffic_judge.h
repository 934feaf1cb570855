/* SPDX-License-Identifier: Apache-2.0
 *
 * Observed conversations held against two policies: what one lets through and the
 * other does not. The verdicts are those of judge.h; where packets came from is not
 * asked, for no rule lets it pass. */
#ifndef VERIFIER_TRAFFIC_JUDGE_H
#define VERIFIER_TRAFFIC_JUDGE_H

#include "compiler/parameter.h"
#include "verifier/traffic.h"

enum traffic_side { TRAFFIC_BEFORE, TRAFFIC_AFTER, TRAFFIC_SIDES };
enum traffic_change_kind {
	TRAFFIC_CUT,    /* it was let through and is not any more */
	TRAFFIC_FREED,  /* the reverse */
	TRAFFIC_UNSURE, /* it may be cut: `doubt` says why that cannot be told */
	TRAFFIC_KEPT,   /* both let it through, whenever it was seen */
	TRAFFIC_KINDS,
};
enum traffic_doubt {
	DOUBT_NONE,
	DOUBT_CONTENT,  /* what was said could not be read, and decides */
	DOUBT_TIME,     /* whether it was seen at such a time is not known */
	DOUBT_PORT,     /* ... from such a source port */
};

struct traffic_change {
	enum traffic_change_kind kind;
	enum traffic_doubt doubt;
	const struct traffic_flow *flow;
	const struct traffic_content *content;     /* the conversation as a whole, or */
	const struct traffic_operation *operation; /* one thing in it */
	bool header;       /* of an operation: the conversation as a whole is */
	bool partly;       /* only at some of the times at which it was seen */
	int64_t first, last; /* when it was seen so: seconds */
	struct flow example[TRAFFIC_SIDES]; /* at the first of these, as each policy judges it */
	bool asks;         /* the policy that denies it does so by the example alone */
	struct nearest nearest; /* of the policy that denies it; no rule: see reason */
};
VEC_TYPE(traffic_changes, struct traffic_change);

/* Every change, and what is kept, in the order of the flows. Source ports were told apart
 * by both models. Texts are in the arena, the rest is the traffic's and the models'.
 * O(observed things x stretches x the times at which some rule of theirs begins or ends
 * in a stretch). */
void traffic_compare(struct traffic *traffic, const struct model *const models[TRAFFIC_SIDES],
		     const int modes[TRAFFIC_SIDES], struct traffic_changes *changes,
		     struct arena *arena);

/* ---- traffic_words.c: an operation for a model ---- */

/* A protocol by its name; 0: the model has none. */
uint16_t traffic_protocol_in(const struct model *model, const char *name);
/* In the model's numbers; false: it has no such protocol. `operation` holds `seen`. */
bool traffic_operation_in(const struct traffic *traffic, const struct model *model,
			  const struct traffic_operation_key *key, struct proto_operation *seen,
			  struct inspect_operation *operation);
/* "write-single-register, unit 1, holding 107", in the arena. */
const char *traffic_operation_text(const struct traffic *traffic, const struct model *model,
				   const struct traffic_operation_key *key, struct arena *arena);
/* The classes it is of: bits of enum operation_class; none, if it is in no class. */
uint8_t traffic_operation_classes(const struct traffic *traffic, const struct model *model,
				  const struct traffic_operation_key *key);

#endif
