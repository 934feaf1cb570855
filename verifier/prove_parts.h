/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the prover, shared by prove*.c: questions about two filters, asked
 * pair by pair and family by family. Others use verifier/prove.h. */
#ifndef VERIFIER_PROVE_PARTS_H
#define VERIFIER_PROVE_PARTS_H

#include "base/vec.h"
#include "verifier/prove.h"

/* What a filter says of a pair of interfaces, or what follows from what it says
 * of the opposite pair: */
enum prove_shape {
	SHAPE_PLAIN,
	SHAPE_REPLIES,    /* the packets that answer what the opposite pair admits */
	SHAPE_ERRORS,     /* ICMP errors from anywhere to whoever takes part in what the
			     interface admits, either way */
	SHAPE_OWN_ERRORS, /* those to whom the opposite pair admits, from whom it admits them to */
	SHAPE_ERRORS_ON,  /* those about the answers: from whom the pair admits, onward */
	SHAPE_NEIGHBOURS, /* what is never forwarded: neighbour discovery to the device from
			     anywhere, reports of listeners to any group */
	SHAPE_HOSTS,      /* addresses and protocol of what the pair admits, ports aside */
	SHAPE_HOSTS_BACK, /* the same of its replies */
};

/* A list of a side, and those that must allow beside it. */
struct prove_source {
	const struct filter *filter;
	bool intent;
	enum prove_shape shape;
	enum prove_bound bound;
	uint8_t term;
	/* Errors as few wide rules: all that the shape says or more, and of SHAPE_ERRORS
	 * just that. For who does not ask which rule admits what. */
	bool outline;
};

enum { PROVE_SOURCES = 5 };

struct prove_question {
	struct prove_source left[PROVE_SOURCES], right[PROVE_SOURCES];
	size_t left_count, right_count;
	struct range protocols;
};

/* What a rule's id stands for. */
struct prove_decider {
	const struct filter_entry *entry;
	bool intent;
};

/* One side of the pair and family at hand. */
struct prove_lists {
	struct space_list list[SPACE_LISTS];
	uint8_t term[SPACE_LISTS];
	size_t count;
};

struct prove_run {
	struct arena *arena;
	const struct filter *intent, *read;
	struct activity_cells cells;
	const struct prove_question *question;
	/* the pair and family at hand */
	const char *in, *out;
	size_t pair;       /* counts the pairs */
	enum family family;
	struct prove_lists left, right;
	VEC(struct prove_decider) deciders;
	struct arena scratch;
	uint64_t rules;    /* compared so far */
	bool undecided;    /* somewhere the budget was used up */
	struct space_listener listener;
};

/* prove_list.c: appends the lists of a source. */
void prove_lists_add(struct prove_run *run, struct prove_lists *lists,
		     const struct prove_source *source);
const struct filter_pair *prove_pair_find(const struct filter *filter, const char *in,
					  const char *out);

/* prove.c: asks one question of every pair; of each run->listener hears anew. */
void prove_run_init(struct prove_run *run, struct arena *arena, const struct filter *intent,
		    const struct filter *read);
void prove_ask(struct prove_run *run, const struct prove_question *question);
void prove_run_release(struct prove_run *run);
const struct prove_decider *prove_decider(const struct prove_run *run, uint32_t id);
/* A flow of a region that reads well: TCP, else UDP, else an echo request; an
 * ephemeral source port. */
struct flow prove_flow(const struct prove_run *run, const struct space_region *region);

#endif
