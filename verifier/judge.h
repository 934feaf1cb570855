/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds what was observed against the policy: one verdict for each conversation
 * and time slice, the sources' right to be where they were seen, and what of
 * the policy was used. */
#ifndef VERIFIER_JUDGE_H
#define VERIFIER_JUDGE_H

#include "compiler/model.h"
#include "verifier/naming.h"
#include "verifier/violation.h"

struct judge_options {
	int mode;               /* -1: none */
	size_t violation_limit; /* 0: JUDGE_VIOLATIONS */
};

enum { JUDGE_VIOLATIONS = 100000 };

/* One conversation, or the slice of it between two instants at which no rule
 * begins or ends. */
struct observation {
	struct flow flow;        /* operation, mode and zones are the judge's to fill */
	bool has_macs;
	struct mac source_mac, destination_mac; /* of the initiator's packets */
	bool has_vlan;
	uint16_t vlan;           /* the outermost tag of the initiator's packets */
	bool answered;           /* the responder sent packets of its own */
	struct violation_sighting seen;
};

struct judge_counts {
	uint64_t uninspected;     /* allowed for some operations only, none was inspected */
	uint64_t unplaced;        /* layer 2, between stations whose zones are not known */
};

struct judge;

/* The model must outlive it. */
struct judge *judge_create(const struct model *model, const struct judge_options *options);
void judge_destroy(struct judge *judge);

/* The verdict alone, as far as the first packet tells; nothing is counted. */
bool judge_conforms(struct judge *judge, const struct observation *observation);
/* The verdict on a whole slice: counted, and reported where it does not conform. */
bool judge_observe(struct judge *judge, const struct observation *observation);
/* Only whether the source may be where it was seen: its MAC and its VLAN. */
bool judge_observe_place(struct judge *judge, const struct observation *observation);
/* The first instant after `instant` at which any rule begins or ends. */
int64_t judge_next_change(struct judge *judge, int64_t instant);

struct judge_counts judge_counts(const struct judge *judge);
struct violation_table *judge_violations(struct judge *judge);
const struct naming *judge_naming(const struct judge *judge);
/* Coverage: conversations that each rule decided, by rule index, and whether an
 * asset was seen as a source or answered, by asset index. */
const uint64_t *judge_rule_use(const struct judge *judge);
const bool *judge_asset_seen(const struct judge *judge);

#endif
