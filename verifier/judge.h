/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds what was observed against the policy: one verdict for each conversation
 * and time slice, where each side's packets came from, and what of the policy
 * was used. */
#ifndef VERIFIER_JUDGE_H
#define VERIFIER_JUDGE_H

#include "compiler/model.h"
#include "verifier/capture.h"
#include "verifier/inspect.h"
#include "verifier/naming.h"
#include "verifier/origin.h"
#include "verifier/violation.h"

struct judge_options {
	int mode;               /* -1: none */
	size_t violation_limit; /* 0: JUDGE_VIOLATIONS */
	bool coverage;          /* keep account of the rules that are used */
	const struct capture *capture; /* names the files of packets; outlives the judge */
};

enum { JUDGE_VIOLATIONS = 100000 };
enum { JUDGE_INITIATOR = 0, JUDGE_RESPONDER = 1 };

/* One conversation, or the slice of it between two instants at which no rule
 * begins or ends. */
struct observation {
	struct flow flow;        /* operation, mode and zones are the judge's to fill */
	/* Where the packets of each side came from, and where else: not known, none. */
	struct origin origin[2], other[2];
	bool answered;           /* the responder sent packets of its own */
	uint32_t silence;        /* the longest that a packet of it ended: seconds, rounded up */
	struct inspect_content content;
	struct violation_sighting seen;
};

struct judgement {
	bool conforms;
	bool uninspected;        /* allowed for some contents only, and they could not be read */
	bool unplaced;           /* not judged: layer 2, between stations of unknown zones */
};

struct judge;

/* The model must outlive it. */
struct judge *judge_create(const struct model *model, const struct judge_options *options);
void judge_destroy(struct judge *judge);

/* The judgement alone, as far as was seen; nothing is reported. */
bool judge_conforms(struct judge *judge, const struct observation *observation);
/* Does an operation of the slice conform? *always: whatever it is about. Where the slice
 * does not conform by its header, every operation does: the header is reported. */
bool judge_operation(struct judge *judge, const struct observation *observation,
		     const struct inspect_operation *operation, bool *always);
/* Reports what the operations of a slice broke so far. */
void judge_breaches(struct judge *judge, const struct observation *observation);
/* The judgement on a whole slice: reported where it does not conform. */
struct judgement judge_observe(struct judge *judge, const struct observation *observation);
/* True if packets of one side of `flow` should not come from there. */
bool judge_is_suspect(const struct judge *judge, const struct flow *flow, int side,
		      struct origin origin);
/* The first instant after `instant` at which any rule begins or ends. */
int64_t judge_next_change(struct judge *judge, int64_t instant);

struct violation_table *judge_violations(struct judge *judge);
const struct naming *judge_naming(const struct judge *judge);
/* Coverage: whether the header of a conversation matched a rule while it was
 * active, by rule index (with options.coverage); and whether an asset was seen
 * as a source or answered, by asset index. */
const bool *judge_rule_used(const struct judge *judge);
/* ... of which classes the operations were that a match of a rule let pass: a bit for
 * each enum operation_class. */
uint8_t judge_classes_seen(const struct judge *judge, const struct rule *rule, size_t match);
const bool *judge_asset_seen(const struct judge *judge);
/* The MAC of who sent a frame of the ethertype from `mac`. */
struct mac judge_station(const struct judge *judge, uint16_t ethertype, struct mac mac);
/* The asset's name, or the MAC in `buffer` of MAC_TEXT bytes. */
const char *judge_station_name(const struct judge *judge, struct mac mac, char *buffer);

#endif
