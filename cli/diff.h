/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of `cordon diff`: what was compared, and what reporters show of it. */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <jansson.h>
#include <stdio.h>

#include "base/vec.h"
#include "cli/git.h"
#include "cli/policy.h"
#include "compiler/diff.h"
#include "verifier/traffic_judge.h"

/* ---- diff_lines.c: two texts, line by line ---- */

/* What the texts say in another way; lines are numbered from 1. */
struct line_change {
	char sign;         /* '-' of the old text, '+' of the new one */
	uint32_t number;
	const char *text;  /* without newline, in the arena */
};
VEC_TYPE(line_changes, struct line_change);
/* In the order of the texts. Where they differ in more lines than can be matched up in
 * reasonable time, the rest is told as replaced. */
void line_changes_find(struct line_changes *changes, struct arena *arena, const char *old,
		       const char *new);

/* ---- what stands beside the flows ---- */

/* A finding that only one of the policies has. */
struct diff_finding {
	const struct diag *diag;
	enum diff_side side;
};

enum diff_answer { ANSWER_ABSENT, ANSWER_HOLDS, ANSWER_NOT_ENFORCED, ANSWER_FAILS,
		   ANSWER_UNDECIDED };
const char *diff_answer_name(enum diff_answer answer);

struct diff_assert {
	const char *text; /* the assert, on one line */
	enum diff_answer answer[DIFF_SIDES];
	struct span where[DIFF_SIDES]; /* source NULL: that policy has it not */
};

struct diff_file {
	const char *name;
	struct line_changes changes;
	size_t added, removed;
};

/* A device whose configuration changes, or could not be made. */
struct diff_device {
	const char *name, *platform;
	const char *why;   /* not NULL: it could not be made, and why */
	VEC(struct diff_file) files;
	bool is[DIFF_SIDES]; /* in that policy */
};

/* Observed conversations between two ends, or one kind of operation in them, that the
 * change treats alike. */
struct diff_cut {
	enum traffic_change_kind kind; /* TRAFFIC_KEPT: but closed at other times */
	bool whole;                    /* the conversations, not an operation in them */
	const char *from, *to;
	const char *service;           /* "modbus(read)" */
	VEC(const char *) operations;  /* that were seen, in words */
	const char *when;              /* TRAFFIC_KEPT: when it is closed; NULL: always */
	const char *seen;              /* "3 conversations", "5 requests, 5 done" */
	uint64_t conversations;        /* whole */
	uint64_t count[PROTO_KINDS];   /* else */
	int64_t first, last;           /* seconds */
	bool partly;                   /* it was seen at other times, too */
	struct nearest nearest;        /* what now denies it, or did */
	const struct diff_fact *const *causes; /* of the row that holds it */
	size_t cause_count;            /* 0: no row does */
	struct flow flow;              /* the first, as of the policy that denies it */
	enum diff_side side;           /* that policy */
	bool asks;                     /* `query` of that policy denies it, too */
	/* while it is made: */
	const struct diff_row *row;
	const struct traffic_operation *operation;
	uint8_t classes;
};

struct diff_traffic {
	VEC(const char *) paths;       /* --traffic */
	struct traffic *traffic;
	struct traffic_changes changes;
	VEC(struct diff_cut) cuts;     /* by kind */
	struct diags diags;
	size_t closed_seen;            /* rows that close what was observed */
};

enum diff_guard_verdict { GUARD_NONE, GUARD_HOLDS, GUARD_FAILS, GUARD_UNABLE };
const char *diff_guard_name(enum diff_guard_verdict verdict);

struct diff_guard {
	const char *path;      /* --guard, or NULL */
	enum diff_guard_verdict verdict;
	struct policy policy;  /* the guard and the new policy as one; its diagnostics are
				* what does not hold, or why nothing is proved */
};

struct diff_gate { /* --fail-on */
	enum diff_kind kind;
	bool every;         /* whatever the risk */
	enum diff_risk risk;
};

struct diff_run {
	struct policy policy[DIFF_SIDES]; /* options are the new one's */
	bool exit_code;
	struct diff_guard guard;
	char digest[MODEL_DIGEST]; /* of the new policy */
	const char *git; /* --git, or NULL */
	struct git_repository repository;
	struct git_tree trees[DIFF_SIDES];
	VEC(struct diff_gate) gates;
	struct arena arena;
	struct diff diff;
	VEC(struct diff_finding) findings;
	VEC(struct diff_assert) asserts;
	VEC(struct diff_device) devices;
	struct diff_traffic observed;
};

/* diff_finding.c: findings and asserts; both policies have been checked. */
void diff_find_findings(struct diff_run *run);
void diff_find_asserts(struct diff_run *run);
/* diff_device.c: what is generated for the devices of either policy. */
void diff_find_devices(struct diff_run *run);
/* diff_traffic.c: what was observed. False (reported in observed.diags) if it cannot be
 * read. */
bool diff_load_traffic(struct diff_run *run);
void diff_release_traffic(struct diff_run *run);
/* diff_cut.c: what becomes of it; both policies have been compared. */
void diff_find_cuts(struct diff_run *run);
/* It trips a gate. */
bool diff_cut_fails(const struct diff_run *run, const struct diff_cut *cut);
/* "this stops historian -> plc-filler : modbus(read), 3 conversations, last seen
 * 2026-11-20". */
void diff_cut_text(struct strbuf *text, const struct diff_run *run, const struct diff_cut *cut);
/* "2 cut of what was observed, 1 may be; 26 conversations, ... to ...". */
void diff_traffic_text(struct strbuf *text, const struct diff_run *run);
size_t diff_count_cuts(const struct diff_run *run, enum traffic_change_kind kind);
/* The gate that a row trips, or NULL. */
const struct diff_gate *diff_gate_of(const struct diff_run *run, const struct diff_row *row);

/* diff_guard.c: proves the asserts of a file. Both policies have been compared. */
void diff_find_guard(struct diff_run *run);
/* Once all is reported: what does not hold is told on stderr, too, unless it stands there
 * as text; an exit code. */
int diff_finish_guard(struct diff_run *run);
/* The assert that a finding of the guard's is about, on one line. */
const char *diff_guard_assert(struct diff_run *run, const struct diag *diag);
/* A finding of the guard's that the policy itself has not. */
bool diff_guard_adds(const struct diff_run *run, const struct diag *diag);

/* ---- reporters: one file each ---- */

void diff_print_text(struct diff_run *run, FILE *stream);
void diff_print_json(struct diff_run *run, FILE *stream);
void diff_print_markdown(struct diff_run *run, FILE *stream);
void diff_print_sarif(struct diff_run *run, FILE *stream);

/* The flow of a row as `query` takes it, in one policy's words. */
void diff_question_text(struct strbuf *text, const struct diff_run *run,
			const struct diff_row *row, enum diff_side side);
/* ", from vlan 11 to vlan 12": the stations of the flow; nothing of IP. */
void diff_stations_text(struct strbuf *text, const struct diff_row *row);
/* "group collectors: member 10.30.0.30 added". */
void diff_fact_text(struct strbuf *text, const struct diff_fact *fact);
/* Where a fact is best looked at: the new policy where it is there. */
struct span diff_fact_where(const struct diff_fact *fact);

#endif
