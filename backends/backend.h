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
	bool companion;       /* a part of the configuration, beside the first file */
};

enum { BACKEND_FILES = 4 };

/* Emitted rule -> policy rule, for the manifest. */
struct backend_origin {
	const char *emitted;  /* how the configuration names it */
	const struct rule *rule;
};

/* How much of a device the configuration takes, by the name that `limit` gives it. */
struct backend_size {
	const char *name;     /* "entries" */
	size_t count;
};

struct backend_output {
	struct backend_file file[BACKEND_FILES]; /* [0] is the configuration */
	size_t file_count;
	VEC(struct backend_origin) origins;
	VEC(struct backend_size) sizes;
	struct arena arena;
};

struct backend_options {
	const char *digest;   /* of the policy */
	const char *policy;   /* its name */
	const char *mode;     /* NULL: none */
	bool monitor;
	const struct timezone_rules *timezone; /* of the policy; NULL: UTC */
	const char *timezone_name;             /* NULL likewise */
	const struct source *previous;         /* the device's configuration now; NULL: none */
};

struct backend {
	const char *platform;    /* "nftables" */
	bool schedules;          /* enforces activity in time */
	bool idle;               /* enforces conversation timeouts */
	bool ongoing;            /* answers follow conversation tracking, so that those of a
				    conversation which began before may go on; the
				    remainder says so */
	/* False, reported, if the filter asks for what the platform cannot do. */
	bool (*emit)(struct backend_output *output, struct filter *filter,
		     const struct backend_options *options, struct diags *diags);
	/* What to run on the device first, so that it goes back by itself; NULL: the
	 * output brings a script of its own for that. */
	const char *revert;
};

extern const struct backend backend_nftables;
extern const struct backend backend_iptables;
extern const struct backend backend_cisco_ios;
extern const struct backend backend_cisco_asa;
extern const struct backend backend_fortios;

const struct backend *backend_find(const char *platform); /* NULL: none */
const struct backend *const *backend_all(size_t *count);
void backend_output_release(struct backend_output *output);

/* The first line of a text, a comment behind `mark`: what it is made of. */
void backend_head(struct strbuf *text, const char *mark, const struct filter *filter,
		  const struct backend_options *options);
/* The zone of the clock that the device's times are meant by; NULL: it has none. */
const char *backend_clock(const struct filter *filter, const struct backend_options *options);
/* True if two entries come from the same rules, in one order. */
bool backend_same_rules(const struct filter_entry *a, const struct filter_entry *b);
/* One more than the highest index of the rules that a filter's entries name. */
size_t backend_rule_count(const struct filter *filter);
/* Each rule of the filter once, named by its identity. */
void backend_origins(struct backend_output *output, const struct filter *filter);
void backend_size(struct backend_output *output, const char *name, size_t count);
/* Holds all sizes against the `limit`s of the device: false, reported, beyond
 * one of them; a warning from 80 % on. `limit` of what is not counted is an error. */
bool backend_sizes_fit(const struct backend_output *output, const struct filter *filter,
		       struct diags *diags);
/* What a platform's devices may say of themselves: words of `supports`, and whether
 * `fragments deny` and `inspect operations` mean something there. False, reported, where one says more. */
struct backend_options_known {
	const char *const *supports;
	size_t count;
	bool fragments;
	bool inspects;
};
bool backend_knows_options(const struct filter *filter,
			   const struct backend_options_known *known, struct diags *diags);
/* More entries of the filter's remainder, in the output's arena. */
void backend_remainder(struct backend_output *output, struct filter *filter,
		       const struct filter_remainder *entries, size_t count);

#endif
