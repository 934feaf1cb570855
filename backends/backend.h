/* SPDX-License-Identifier: Apache-2.0
 *
 * What a backend is: one const struct in one registry. A backend prints a
 * filter and knows nothing of policies; a meaning that its platform lacks is
 * an error or an entry in the filter's remainder, never dropped. */
#ifndef BACKENDS_BACKEND_H
#define BACKENDS_BACKEND_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "compiler/filter.h"

struct backend_file {
	const char *name;     /* "ruleset.nft" */
	struct strbuf text;
	bool executable;      /* `apply` */
};

enum { BACKEND_FILES = 4 };

/* Emitted rule -> policy rule, for the manifest. */
struct backend_origin {
	const char *emitted;  /* how the configuration names it */
	const struct rule *rule;
};

struct backend_output {
	struct backend_file file[BACKEND_FILES]; /* [0] is the configuration */
	size_t file_count;
	VEC(struct backend_origin) origins;
	struct arena arena;
};

struct backend_options {
	const char *digest;   /* of the policy */
	const char *policy;   /* its name */
	const char *mode;     /* NULL: none */
	bool monitor;
	const struct source *previous;         /* the device's configuration now; NULL: none */
};

struct backend {
	const char *platform;    /* "nftables" */
	bool schedules;          /* enforces activity in time */
	bool idle;               /* enforces conversation timeouts */
	/* False, reported, if the filter asks for what the platform cannot do. */
	bool (*emit)(struct backend_output *output, struct filter *filter,
		     const struct backend_options *options, struct diags *diags);
	/* What to run on the device first, so that it goes back by itself; NULL: the
	 * output brings a script of its own for that. */
	const char *revert;
};

extern const struct backend backend_nftables;

const struct backend *backend_find(const char *platform); /* NULL: none */
const struct backend *const *backend_all(size_t *count);
void backend_output_release(struct backend_output *output);

#endif
