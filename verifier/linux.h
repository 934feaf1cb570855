/* SPDX-License-Identifier: Apache-2.0
 *
 * The dumps that tell what a Linux device filters: nftables' ruleset, the rules of
 * either iptables in either family, and ipset's sets. What the kernel holds is all
 * of them together: a packet passes if every table lets it. The dumps stand one
 * after another in one text, whose lines are counted through. Private to
 * read_linux*.c, read_nftables*.c and read_iptables*.c. */
#ifndef VERIFIER_LINUX_H
#define VERIFIER_LINUX_H

#include "verifier/nft.h"

enum linux_kind {
	LINUX_EMPTY,    /* a dump of which there is nothing */
	LINUX_NFT, LINUX_IPTABLES, LINUX_SETS,
	LINUX_UNKNOWN,
};

/* iptables exists twice: on tables of nftables', which `nft list ruleset` shows too,
 * and beside them. */
enum linux_iptables { LINUX_EITHER, LINUX_LEGACY, LINUX_NF_TABLES };

/* A file, or a part of one that a program printed after another. */
struct linux_dump {
	const struct source *source; /* of JSON the text that says the same */
	enum linux_kind kind;
	bool json;
	enum linux_iptables iptables;
	enum family family;          /* of LINUX_IPTABLES */
	const char *start;           /* in its source, later in the whole text */
	size_t length;
	uint32_t line, lines;        /* its first one in the file, from 1 */
	uint32_t first_line;         /* the same in the whole text */
	struct nft_table *tables;    /* that were read of it */
};
VEC_TYPE(linux_list, struct linux_dump);

struct linux_dumps {
	struct linux_list list;
	struct source text;
};

/* Sorts the files and joins them; `otherwise` is what a text is that looks like
 * nothing known. False, reported, if a file cannot be read at all. */
bool linux_dumps_init(struct linux_dumps *dumps, struct arena *arena,
		      const struct read_input *input, enum linux_kind otherwise,
		      struct diags *diags);
/* Puts the places of all that was read back into the files. */
void linux_dumps_places(const struct linux_dumps *dumps, struct read_result *result);

/* Of two dumps of one table one is left: iptables-save shows what a listing hides, and
 * text what JSON does. Where they differ both stay and it is listed. Says of which
 * iptables a dump is whose head does not. */
void linux_dumps_settle(struct linux_dumps *dumps, struct nft_scan *scan);
/* What of a device the dumps do not show, and what empty files say there is none of. */
void linux_dumps_absent(const struct linux_dumps *dumps, struct arena *arena,
			struct read_result *result);
/* Some dump tells what becomes of packets of this family. */
bool linux_dumps_show(const struct linux_dumps *dumps, enum family family);

#endif
