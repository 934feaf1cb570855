/* SPDX-License-Identifier: Apache-2.0
 *
 * Proves two filters equal: what the policy places on a device, and what was
 * read back from a configuration. Admission is compared by the joint partition
 * over every pair of interfaces, both families and every cell of activity. */
#ifndef VERIFIER_PROVE_H
#define VERIFIER_PROVE_H

#include "compiler/filter.h"

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

enum { PROVE_WITNESSES = 16 };

/* A filter that only monitors differs from one that enforces, without a witness
 * where they admit the same. The reader calls every interface that its text does
 * not name "*". */
void prove_equal(struct prove_result *result, struct arena *arena,
		 const struct filter *intent, const struct filter *read);
/* The same question by the interval decision diagram; the tests require that
 * both agree. */
enum prove_verdict prove_equal_by_diagram(struct arena *arena, const struct filter *intent,
					  const struct filter *read);

#endif
