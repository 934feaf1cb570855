/* SPDX-License-Identifier: Apache-2.0
 *
 * What a change of policy opens and closes: every flow, with every operation, in
 * every mode and at every instant from `at` on, that one of two policies allows
 * and the other denies. Exact: the joint partition of both (diff_space.h).
 *
 * The result is plain data for reporters; what it says in words is as the policy
 * of the row would write it: the new one for what opens, the old one for what
 * closes. Frames without IP are flows between stations, of zones, where a rule of
 * either policy speaks of an ethertype. Flows from group addresses are not spoken of; those from 0.0.0.0, :: and
 * link-local addresses, of which only what is denied by name is denied, are. */
#ifndef COMPILER_DIFF_H
#define COMPILER_DIFF_H

#include "compiler/model.h"
#include "compiler/policy_space.h"

enum diff_side { DIFF_OLD, DIFF_NEW, DIFF_SIDES };
enum diff_kind { DIFF_OPENED, DIFF_CLOSED, DIFF_KINDS };

/* ---- causes ---- */

enum diff_fact_kind {
	FACT_RULE, FACT_GROUP, FACT_ZONE, FACT_ASSET, FACT_SERVICE, FACT_PROTOCOL,
	FACT_SCHEDULE, FACT_MODE, FACT_CONDUIT, FACT_POLICY, FACT_KINDS,
};
const char *diff_fact_kind_name(enum diff_fact_kind kind);

enum diff_change { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };
const char *diff_change_name(enum diff_change change);

/* One thing that one of the policies says and the other does not: a member of a
 * group, a subnet of a zone, a rule. */
struct diff_fact {
	enum diff_fact_kind kind;
	enum diff_change change;
	const char *name;               /* of the group, zone...; a rule's identity */
	const char *part;               /* "member plc-7"; a rule's text; NULL: all of it */
	struct span where[DIFF_SIDES];  /* source NULL: it is not there */
	struct address_set addresses;   /* whose membership it changes; of others empty */
	bool everywhere;                /* it may matter to any address */
	bool link;                      /* it matters to frames without IP alone */
	uint16_t vlan;                  /* of such a fact about a zone, else 0 */
	size_t index;
};

/* ---- risks ---- */

/* From the gravest. The names are those of --fail-on. The last two are of what closes,
 * where somebody knows what was observed. */
#define DIFF_RISKS(R)                                                              \
	R(BYPASS, "idmz-bypass", "goes around the IDMZ")                           \
	R(UPWARD, "higher-security-level", "reaches a higher security level")     \
	R(PROGRAM, "program", "adds program operations")                           \
	R(CONTROL, "control", "adds control operations")                           \
	R(IT_OT, "it-to-ot", "goes from IT to OT")                                 \
	R(WRITE, "write", "adds write operations")                                 \
	R(LATERAL, "lateral", "adds services that intruders move by")              \
	R(EXTERNAL, "external", "opens to external")                               \
	R(CLEARTEXT, "cleartext", "adds cleartext services")                       \
	R(LOGGED_DENY, "logged-deny-removed", "removes a logged deny")             \
	R(EXPIRY, "expiry-dropped", "drops an expiry")                             \
	R(CUT, "cut", "cuts observed traffic")                                     \
	R(MAY_CUT, "may-cut", "may cut observed traffic")

enum diff_risk {
#define DIFF_RISK(id, name, text) RISK_##id,
	DIFF_RISKS(DIFF_RISK)
#undef DIFF_RISK
	RISK_COUNT,
};
const char *diff_risk_name(enum diff_risk risk);
const char *diff_risk_text(enum diff_risk risk);
bool diff_risk_by_name(const char *name, enum diff_risk *risk);

struct diff_reason {
	enum diff_risk risk;
	const char *text; /* "goes from IT to OT: enterprise (level 4) to filling (level 2)" */
};

/* ---- rows ---- */

enum diff_end { END_SOURCE, END_DESTINATION, DIFF_ENDS };

struct diff_names {
	const char *const *list;
	size_t count;
};

struct diff_part;
struct diff_station;

/* The flows of one direction that the same causes open or close, and that can be
 * said in one: where `whole`, every combination of what it names, else some. Flows of
 * a protocol's housekeeping are told only where its operations do not change. */
struct diff_row {
	enum diff_kind kind;
	bool whole;
	bool link;                      /* frames without IP: ends are stations */
	const char *from, *to;          /* "operations except kiosk" */
	const char *service;            /* "modbus(read) on tcp 502, tcp 443" */
	const char *const *operations;  /* "modbus(read)"...; none: not told apart */
	size_t operation_count;
	const char *when;               /* "during nights", "in repair"; NULL: always */
	struct address_set source, destination; /* of frames empty, and */
	struct diff_names stations[DIFF_ENDS];   /* what tells them: "vlan 11", a MAC... */
	const char *station[DIFF_ENDS];          /* the same of `flow`; else NULL */
	struct flow flow[DIFF_SIDES];   /* one of them, in the numbers of either policy */
	const char *mode;               /* of that flow; NULL: none */
	const struct rule *decided[DIFF_SIDES]; /* what decides it; NULL: nothing matches */
	const struct diff_fact *const *causes; /* at least one, the first the nearest */
	size_t cause_count;
	const struct conduit *conduit;  /* of the rule that lets it through; NULL: none */
	size_t rule_count;              /* rules that let it through */
	const struct diff_reason *reasons; /* gravest first */
	size_t reason_count;
	const struct diff_part *parts; /* products that make it up, or an outline of them */
	size_t part_count;
};

enum diff_verdict {
	DIFF_SAME,      /* proved: no flow changes */
	DIFF_DIFFERENT,
	DIFF_UNDECIDED, /* not all was compared: rows are some of the differences */
};

struct diff {
	struct arena arena;
	const struct model *model[DIFF_SIDES];
	/* The same for check_flow_text() and operation_question_text(): units and objects
	 * are told that either policy tells apart, so that both answer the question. */
	struct model words[DIFF_SIDES];
	int64_t at;
	enum diff_verdict verdict;
	const char *unsure;             /* DIFF_UNDECIDED: what was not compared */
	struct diff_row *rows;          /* opened first; by risk, then as the policy stands */
	size_t row_count;
	struct diff_fact *const *facts; /* all that differs, whether or not it matters */
	size_t fact_count;
	const struct diff_station *stations; /* of rows of frames without IP */
	uint64_t products;              /* of rules that were compared, and */
	uint64_t changed;               /* that only one of the policies has */
};

struct diff_options {
	int64_t at;
	uint64_t budget; /* regions; 0: the default */
};

/* Both models must outlive it. Release in any case. */
void diff_make(struct diff *diff, const struct model *const models[DIFF_SIDES],
	       const struct diff_options *options);
void diff_release(struct diff *diff);
/* Is a flow of the row's policy in it at any time, in any mode: with its content, or by its
 * header alone? Of what is some of what it names: it may be. */
bool diff_row_holds(const struct diff *diff, const struct diff_row *row, const struct flow *flow,
		    bool content);
/* One more reason, whose text the diff copies. Then diff_sort() puts rows in order. */
void diff_row_add_reason(struct diff *diff, struct diff_row *row, enum diff_risk risk,
			 const char *text);
void diff_sort(struct diff *diff);
size_t diff_count(const struct diff *diff, enum diff_kind kind);

#endif
