/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers: from a configuration's text back to a filter. They share no code
 * with the backends. What a reader cannot interpret is listed, and makes the
 * configuration "not proved", never "equal". */
#ifndef VERIFIER_READ_H
#define VERIFIER_READ_H

#include "compiler/filter.h"

struct read_unknown {
	uint32_t line;
	const char *text;
	const char *reason;
};

struct read_result {
	struct filter filter;
	struct read_unknown *unknown;
	size_t unknown_count;
};

/* Each reader: `source` is the text; false if it is not a configuration of that
 * kind at all (reported). `at` and `horizon` clip time sets. */
bool read_nftables(struct read_result *result, struct arena *arena,
		   const struct source *source, int64_t at, int64_t horizon,
		   struct diags *diags);

#endif
