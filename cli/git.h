/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy as a revision of a Git repository has it, with what it includes, or as the
 * working tree has it. Paths are those of the repository, from its root.
 *
 * Git is asked for objects only: no hook, filter, textconv, pager or transport runs,
 * and nothing is written. */
#ifndef CLI_GIT_H
#define CLI_GIT_H

#include <stdbool.h>

#include "base/arena.h"
#include "lang/lang.h"

struct git_entry;

struct git_repository {
	struct arena arena;
	const char *folder; /* in which Git is run */
	const char *root;   /* of the working tree; NULL: a bare repository */
	const char *path;   /* of the policy, from the root */
	const char *said;   /* what Git complained of when it refused last: "; Git says: ..." */
};

/* One tree of it, or the working tree. */
struct git_tree {
	const struct git_repository *repository;
	const char *path;    /* of the policy: another where the file was renamed */
	const char *name;    /* as the user said it; NULL: the working tree */
	const char *object;  /* of a tree */
	struct git_entry *entries; /* by path */
	struct policy_reader reader; /* for policy_text_load_with() */
};

/* The trees of REV..REV, REV...REV (from where they parted) or REV (against the working
 * tree), and where they have the policy. False, with *why in the repository's arena.
 * Release in both cases. */
bool git_open(struct git_repository *repository, struct git_tree trees[2], const char *range,
	      const char *policy, const char **why);
void git_release(struct git_repository *repository, struct git_tree trees[2]);

#endif
