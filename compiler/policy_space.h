/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole policy as products over the packet space: what the proofs of
 * asserts, of redundancy and of shadowing sweep.
 *
 * Destinations are located (doc/language-corners.md), so the protocol field
 * also says where: protocol + 256 * place, place 0 for unicast destinations,
 * zone + 1 for groups and broadcasts at a zone. Only feasible points are held:
 * a declared group at the zones that declare it, any other at its sender's.
 * The cell field is instant and mode: cell = time * (modes + 1) + mode + 1. */
#ifndef COMPILER_POLICY_SPACE_H
#define COMPILER_POLICY_SPACE_H

#include "base/vec.h"
#include "compiler/model.h"
#include "compiler/space.h"

/* From `start` on it is this time, until the next one starts. */
struct policy_span {
	int64_t start;
	uint32_t time; /* POLICY_NO_TIME: it is not looked at */
};
#define POLICY_NO_TIME UINT32_MAX

/* When the rules of a model are active, in cells. */
struct policy_cells {
	uint32_t count;            /* cells are 0..count-1 */
	const struct set **active; /* by rule index; empty: never */
	const struct set **asked;  /* by assertion: the cells it speaks of */
	const int64_t *example;    /* by time: an instant of it; time 0 is `at` */
	const struct policy_span *spans; /* in order, the last of no time */
	size_t span_count;
	uint32_t columns;          /* modes + 1: column 0 is no mode */
	const int *mode;           /* by column: the model's mode, -1: none of its own */
};

/* The cells of every mode and of all instants from `at` on: the 400 days after it
 * and after each date of the policy, for schedules repeat themselves. `mode`
 * (-1: none) is that of asserts that name none. In the arena. */
void policy_cells_make(struct policy_cells *cells, struct arena *arena,
		       const struct model *model, int64_t at, int mode);
/* The same cells for two models, so that their spaces can be compared: times tell the
 * rules of both apart, and modes are known by their names. In a mode that a model has
 * not its rules are those of no mode. `asked` is not filled. */
void policy_cells_make_joint(struct policy_cells cells[2], struct arena *arena,
			     const struct model *const models[2], int64_t at);

struct policy_products {
	struct space_rule *data; /* id: the rule's index */
	size_t len, cap;
};

struct policy_space {
	struct arena arena;
	const struct model *model;
	const struct policy_cells *cells;
	struct policy_products products[FAMILY_COUNT]; /* denies, allows, implicit ones */
	struct address_set nowhere; /* groups that no flow goes to but at a zone */
	struct address_set *local; /* by zone: groups located at it for its own senders */
};

/* The model and the cells must outlive it. */
void policy_space_init(struct policy_space *space, const struct model *model,
		       const struct policy_cells *cells);
/* The same without any rule yet: policy_space_add() fills it. */
void policy_space_init_empty(struct policy_space *space, const struct model *model,
			     const struct policy_cells *cells);
void policy_space_release(struct policy_space *space);
/* Every point of one family. */
struct space_box policy_space_box(const struct policy_space *space, enum family family);

/* One product of addresses and services, as a rule or an assert has them. */
struct policy_part {
	const struct pair *pair;
	const struct match *match;
	const struct set *cells;
	bool allow;
	uint32_t id;
};
/* Appends the products of one part. */
void policy_space_add(struct policy_space *space, struct policy_products *products,
		      enum family family, const struct policy_part *part);

#endif
