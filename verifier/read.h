/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers: from a configuration's text back to filters. They share no code
 * with the backends. What a reader cannot interpret is listed, and widens what
 * it read to a lower and an upper bound; nothing is passed over in silence. */
#ifndef VERIFIER_READ_H
#define VERIFIER_READ_H

#include "compiler/filter.h"

/* A line that was not interpreted. Where it is a condition of a rule, the rule's
 * entries are `uncertain`; where it is anything else that may decide about
 * packets (NAT, a VRF, another table), the answer can only be "not proved". */
struct read_unknown {
	uint32_t line;
	const char *text;
	const char *reason;
	const char *file;    /* NULL: the first one */
	bool bounded;        /* a condition: the filter's `uncertain` entries hold all that it
				may change, so that it alone leaves nothing unproved */
	bool ongoing;        /* residue: an answer in a conversation that was admitted when it
				began, and would not be now */
};

/* A set, group, chain or other object that nothing refers to. */
struct read_unused {
	struct span where;
	const char *name; /* with its kind: "set admins" */
};

/* What of a device none of the files shows. Unless there is none of it, it may let
 * less pass, or more. */
struct read_absent {
	const char *what, *command; /* the command that shows it */
	bool none;                  /* an empty file says so */
};

/* How many lines of a configuration are which; they add up to its lines. */
struct read_lines {
	size_t understood;
	size_t irrelevant;   /* decide nothing about packets: blank, comments, ... */
	size_t unknown;
};

struct read_input {
	const struct source *files;  /* a companion behind its main file: ip6tables-save, */
	size_t file_count;           /* ipset save, ... in any order; told apart by content */
	const struct model *model;   /* NULL: read on its own, without a policy */
	const struct device *device; /* NULL likewise; its interfaces and addresses */
	int64_t at, horizon;         /* clip times to [at, horizon) */
	bool self;                   /* what is for the device itself is asked about, too */
	bool monitor;                /* it is meant to log what it would drop, and drop nothing */
	bool deployed;               /* the files are what a device holds: what of it they do not
					show is told in `absent` */
	bool alone;                  /* only what the entries admit is asked for, not how replies
					and running conversations fare */
};

/* Three filters of what passes, each keyed by the packet's own header in the
 * direction it travels. A platform that tracks conversations has only the first,
 * and `stateful` says that replies and errors of admitted flows pass and nothing
 * else does; where that does not hold, returns_pass is false in the filter. */
struct read_result {
	struct filter filter;        /* packets that may start a flow: TCP with SYN and
					without ACK; every packet of other protocols */
	struct filter established;   /* stateless: TCP with ACK or RST */
	struct filter fragments;     /* stateless: fragments other than the first */
	bool stateless;
	struct read_unknown *unknown;
	size_t unknown_count;
	/* Stateful: what is dropped of the conversations that are admitted; and what
	 * passes without belonging to one that is. Either makes returns_pass false. */
	struct read_unknown *returns, *residue;
	size_t return_count, residue_count;
	const char **interfaces;   /* that it tells apart, wildcards ("eth*") among them; NULL:
				      those of the filter's pairs alone */
	size_t interface_count;
	struct read_unused *unused;
	size_t unused_count;
	struct read_absent *absent;
	size_t absent_count;
	struct read_lines lines;
};

/* Each reader: false if the files are not a configuration of that kind at all
 * (reported). Everything lives in `arena`. */
struct reader {
	const char *platform; /* as in a policy: "nftables" */
	bool single;          /* one file is all of a configuration: the first is read */
	bool (*read)(struct read_result *result, struct arena *arena,
		     const struct read_input *input, struct diags *diags);
};

const struct reader *reader_find(const char *platform); /* NULL: none */
/* The reader of what a text looks like; NULL: it looks like none. */
const struct reader *reader_guess(const struct source *source);
/* Files that the reader does not look at are unknown, each with all of its lines. */
bool reader_read(const struct reader *reader, struct read_result *result, struct arena *arena,
		 const struct read_input *input, struct diags *diags);

bool read_cisco_ios(struct read_result *result, struct arena *arena,
		    const struct read_input *input, struct diags *diags);
bool read_cisco_asa(struct read_result *result, struct arena *arena,
		    const struct read_input *input, struct diags *diags);
bool read_fortios(struct read_result *result, struct arena *arena,
		  const struct read_input *input, struct diags *diags);
bool read_iptables(struct read_result *result, struct arena *arena,
		   const struct read_input *input, struct diags *diags);
bool read_nftables(struct read_result *result, struct arena *arena,
		   const struct read_input *input, struct diags *diags);

#endif
