/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the nftables backend, shared by nftables*.c.
 *
 * A pair of interfaces becomes groups of elements, each one concatenated
 * interval set. The elements of a set are disjoint, because the kernel refuses
 * an element that starts inside another one; sets may overlap, because denies
 * are looked up first and everything else allows. */
#ifndef BACKENDS_NFTABLES_H
#define BACKENDS_NFTABLES_H

#include "backends/backend.h"

enum nftables_field { NFT_SOURCE, NFT_DESTINATION, NFT_PROTOCOL, NFT_SPORT, NFT_DPORT,
		      NFT_FIELDS };

/* One more policy rule that an element comes from. */
struct nftables_name {
	const struct rule *rule;
	const struct nftables_name *next;
};

struct nftables_box {
	struct range field[NFT_FIELDS];
	const struct nftables_name *names; /* the first came first */
	uint32_t order;                    /* of the entry in its pair */
};
VEC_TYPE(nftables_boxes, struct nftables_box);

enum nftables_use { NFT_LOG_DENY, NFT_DENY, NFT_LOG_ALLOW, NFT_ALLOW };

/* What makes one set: elements with the same use, time, family and fields. */
struct nftables_group {
	enum nftables_use use;
	uint32_t activity;
	enum family family;
	bool ports;                  /* five fields; else the first three */
	const struct rule *rule;     /* of the log modifier, else NULL */
	const char *name;            /* of the set */
	struct nftables_boxes boxes;
};
VEC_TYPE(nftables_groups, struct nftables_group);

/* Makes boxes disjoint: what several hold goes to the largest of them. The
 * order of the result depends on the boxes alone. */
void nftables_cut(struct nftables_boxes *boxes, struct arena *arena);

/* The groups of one pair, cut, sorted by use, activity, rule, family and
 * fields. `pair` is the stem of their names. */
void nftables_group_pair(struct nftables_groups *groups, struct arena *arena,
			 const struct filter_pair *pair, const char *stem);
void nftables_groups_free(struct nftables_groups *groups);

/* A set's declaration with its elements. */
void nftables_print_set(struct strbuf *text, const struct nftables_group *group);

/* nftables_apply.c: the script that loads, waits to be confirmed and goes back. */
void nftables_print_apply(struct strbuf *text);
/* nftables_track.c: the table for the first load on a running plant. Takes over
 * the sets of what is allowed as the ruleset prints them. */
struct nftables_track {
	struct strbuf sets, rules;
};
void nftables_track_set(struct nftables_track *track, const struct filter_pair *pair,
			const struct nftables_group *group, const char *set, size_t length);
/* Prints the table and releases what was taken over. */
void nftables_print_tracking(struct strbuf *text, struct nftables_track *track);
/* The stem of the names of a pair of interfaces. */
const char *nftables_pair_stem(struct arena *arena, const struct filter_pair *pair);

#endif
