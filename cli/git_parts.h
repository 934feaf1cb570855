/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of git_open(). Others use cli/git.h. */
#ifndef CLI_GIT_PARTS_H
#define CLI_GIT_PARTS_H

#include "base/process.h"
#include "cli/git.h"

enum { GIT_WORDS = 12 };

/* False if Git refuses; release the result in any case. *why only where it could not be
 * run at all. */
bool git_run(const struct git_repository *repository, const char *const *words,
	     struct process_result *result, const char **why);

/* Why Git refused: `what`, and what it complained of. In the repository's arena. */
const char *git_reason(const struct git_repository *repository, const char *what,
		       const struct process_result *result);

/* A clone that left out contents, to fetch them when they are asked for. */
bool git_is_partial(const struct git_repository *repository);

/* Adds the path without empty parts, "." and "..". False: it leaves the root. */
bool git_path_plain(struct strbuf *plain, const char *path);

/* ---- git_tree.c: the files of one tree ---- */

bool git_tree_list(struct git_tree *tree, const char **why);
bool git_tree_has(const struct git_tree *tree, const char *path);
void git_tree_forget(struct git_tree *tree);

#endif
