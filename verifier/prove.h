/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares what the policy places on a device with what was read back from a
 * configuration, by the joint partition over every pair of interfaces, both
 * families and every cell of activity. Three answers, never folded into one:
 * admission, returns and residue. */
#ifndef VERIFIER_PROVE_H
#define VERIFIER_PROVE_H

#include "compiler/describe.h"
#include "compiler/filter.h"
#include "verifier/read.h"

struct prove_witness {
	const char *in, *out;
	struct flow flow;
	bool intended;                      /* the policy admits it, the configuration does not */
	const struct filter_entry *intent;  /* NULL: default deny */
	const struct filter_entry *read;    /* NULL: default deny */
};

enum prove_verdict { PROVE_EQUAL, PROVE_DIFFERENT, PROVE_UNDECIDED };

struct prove_result {
	enum prove_verdict verdict;
	struct prove_witness *witnesses;    /* at most PROVE_WITNESSES, well chosen */
	size_t witness_count;
	uint64_t regions;
	const char *method;                 /* "joint-partition" */
};

enum { PROVE_WITNESSES = 32 }; /* half of them each way */

/* A filter that only monitors differs from one that enforces, without a witness
 * where they admit the same. The reader calls every interface that its text does
 * not name "*". */
void prove_equal(struct prove_result *result, struct arena *arena,
		 const struct filter *intent, const struct filter *read);
/* Of entries that match these packets or fewer: the most that can pass, or the
 * least. */
enum prove_bound { BOUND_UPPER, BOUND_LOWER };
/* prove_equal() of one bound of either side. */
void prove_between(struct prove_result *result, struct arena *arena,
		   const struct filter *intent, enum prove_bound of_intent,
		   const struct filter *read, enum prove_bound of_read);
bool prove_has_uncertain(const struct filter *filter);
/* The same question by the interval decision diagram; the tests require that
 * both agree. */
enum prove_verdict prove_equal_by_diagram(struct arena *arena, const struct filter *intent,
					  const struct filter *read);

/* ---- the three answers, in full ---- */

enum prove_kind {
	PROVE_EXCESS,  /* admitted beyond the policy */
	PROVE_MISSING, /* allowed by the policy and not admitted */
	PROVE_RETURNS, /* of an admitted flow and dropped */
	PROVE_FRAGMENTS, /* other than the first, of an admitted flow and dropped */
	PROVE_RESIDUE, /* passes beyond the policy, since no state is kept */
};

/* All that one pair of rules decides differently between two interfaces. */
struct prove_row {
	enum prove_kind kind;
	bool certain;  /* false: it depends on what could not be interpreted */
	const char *in, *out;
	struct address_set source, destination;
	const struct describe_service *services;
	size_t service_count;
	bool whole;    /* it is every combination of these; else some of them */
	struct flow flow; /* one of it, with named assets where there are any */
	const struct filter_entry *intent, *read; /* NULL: default deny */
};

enum { PROVE_ROWS = 10000 };

struct prove_report {
	enum prove_verdict verdict; /* by admission and returns; residue does not count */
	struct prove_row *rows;     /* sorted by kind, certain ones first */
	size_t row_count;
	size_t more;                /* rows beyond PROVE_ROWS were left out */
	bool more_decide;           /* and not all of these are residue */
	uint64_t rules;             /* compared */
};

/* The model, or NULL, names assets for flows. Everything lives in `arena`. What
 * the reader could not bound makes EQUAL to UNDECIDED. Of a platform that tracks
 * conversations rows speak of admission alone: the reader says what it does with
 * replies. A stateless one must admit the TCP connections of the policy exactly,
 * of other protocols the policy and the packets that answer it; and the fragments of
 * all that, unless the device is told to drop fragments. */
void prove_report(struct prove_report *report, struct arena *arena, const struct model *model,
		  const struct filter *intent, const struct read_result *read);
/* The same without residue: all that the verdict rests on. */
void prove_decisive(struct prove_report *report, struct arena *arena, const struct model *model,
		    const struct filter *intent, const struct read_result *read);

#endif
