/* SPDX-License-Identifier: Apache-2.0
 *
 * Which trees of a Git repository are compared, and where they have the policy. */
#include "config.h"
#include "cli/git_parts.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Git ---- */

/* Nothing that a repository or its configuration names is run, nothing is fetched. */
static const char *const git_settings[] = {
	"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0",
	"GIT_TERMINAL_PROMPT=0",   "GIT_LITERAL_PATHSPECS=1", NULL,
};
static const char *const git_first[] = {
	"git", "--no-pager", "--no-replace-objects", "-c", "core.fsmonitor=false",
	"-c",  "core.hooksPath=/dev/null", "-C",
};

bool git_run(const struct git_repository *repository, const char *const *words,
	     struct process_result *result, const char **why)
{
	enum { FIRST = sizeof(git_first) / sizeof(git_first[0]) };
	const char *arguments[FIRST + 1 + GIT_WORDS + 1] = { NULL };

	memcpy(arguments, git_first, sizeof(git_first));
	arguments[FIRST] = repository->folder;
	for (size_t i = 0; i < GIT_WORDS && words[i] != NULL; i++)
		arguments[FIRST + 1 + i] = words[i];
	if (process_run(arguments, git_settings, result, why))
		return result->status == 0 && !result->too_long;
	return false;
}

const char *git_reason(const struct git_repository *repository, const char *what,
		       const struct process_result *result)
{
	struct arena *arena = (struct arena *)(uintptr_t)&repository->arena;
	const char *said = strbuf_text(&result->errors), *fatal = strstr(said, "fatal: ");
	said = fatal != NULL ? fatal : said;
	int length = (int)strcspn(said, "\n");

	return length == 0 ? what : arena_printf(arena, "%s; Git says: %.*s", what, length, said);
}

/* What Git prints, without its last newline; NULL where it refuses, which is kept. */
static const char *git_line(struct git_repository *repository, const char *const *words)
{
	struct process_result result;
	const char *why, *line = NULL;

	if (git_run(repository, words, &result, &why)) {
		if (result.output.len > 0 && result.output.text[result.output.len - 1] == '\n')
			result.output.text[result.output.len - 1] = '\0';
		line = arena_strdup(&repository->arena, strbuf_text(&result.output));
	} else {
		repository->said = arena_strdup(&repository->arena, git_reason(repository, "", &result));
	}
	process_release(&result);
	return line;
}

/* ---- where the policy is ---- */

bool git_path_plain(struct strbuf *plain, const char *path)
{
	while (*path != '\0') {
		size_t length = strcspn(path, "/");
		if (length == 2 && strncmp(path, "..", 2) == 0) {
			if (plain->len == 0)
				return false;
			char *slash = strrchr(plain->text, '/');
			plain->len = slash != NULL ? (size_t)(slash - plain->text) : 0;
			plain->text[plain->len] = '\0';
		} else if (length > 0 && !(length == 1 && *path == '.')) {
			strbuf_puts(plain, plain->len > 0 ? "/" : "");
			strbuf_add(plain, path, length);
		}
		path += length + (path[length] == '/');
	}
	return true;
}

static const char *git_folder_of(struct arena *arena, const char *policy)
{
	const char *slash = strrchr(policy, '/');
	const char *folder = slash == NULL     ? "."
			     : slash == policy ? "/"
					       : arena_printf(arena, "%.*s", (int)(slash - policy),
							      policy);

	return access(folder, X_OK) == 0 ? folder : NULL;
}

/* The path from the root, also of a folder that the working tree has no more. */
static bool git_place(struct git_repository *repository, const char *policy, const char **why)
{
	struct arena *arena = &repository->arena;
	const char *folder = git_folder_of(arena, policy), *slash = strrchr(policy, '/');
	struct strbuf path = STRBUF_INIT;

	repository->folder = folder != NULL ? folder : ".";
	const char *prefix =
		git_line(repository, (const char *const[]){ "rev-parse", "--show-prefix", NULL });
	if (prefix == NULL) {
		*why = arena_printf(arena, "%s%s",
				    "this is no Git repository, or Git cannot be run or does not "
				    "trust it",
				    repository->said);
		return false;
	}
	repository->root =
		git_line(repository, (const char *const[]){ "rev-parse", "--show-toplevel", NULL });
	const char *name = folder == NULL || slash == NULL || repository->root == NULL ? policy
										      : slash + 1;
	bool inside = git_path_plain(&path, arena_printf(arena, "%s/%s", prefix, name));
	repository->path = arena_strdup(arena, strbuf_text(&path));
	strbuf_release(&path);
	if (!inside)
		*why = "the policy is outside the repository";
	return inside;
}

/* ---- revisions ---- */

static bool git_is_shallow(struct git_repository *repository)
{
	const char *answer = git_line(
		repository, (const char *const[]){ "rev-parse", "--is-shallow-repository", NULL });

	return answer != NULL && strcmp(answer, "true") == 0;
}

bool git_is_partial(const struct git_repository *repository)
{
	const char *const words[] = { "config", "--get-regexp",
				      "^(remote\\..*\\.promisor|extensions\\.partialclone)$", NULL };
	struct process_result result;
	const char *why;
	bool partial = git_run(repository, words, &result, &why);

	process_release(&result);
	return partial;
}

static const char *git_object(struct git_repository *repository, const char *name,
			      const char *kind)
{
	const char *expression = arena_printf(&repository->arena, "%s^{%s}", name, kind);

	return git_line(repository, (const char *const[]){ "rev-parse", "--verify", "--quiet",
							   "--end-of-options", expression, NULL });
}

/* What a clone may lack that its origin has. */
static const char *git_lacks(struct git_repository *repository)
{
	if (git_is_shallow(repository))
		return "; this clone is shallow: git fetch --unshallow";
	return git_is_partial(repository)
		       ? "; this clone is partial: git fetch --refetch --no-filter"
		       : "";
}

static bool git_missing(struct git_repository *repository, const char *name, const char **why)
{
	*why = arena_printf(&repository->arena, "there is no revision '%s'%s", name,
			    git_lacks(repository));
	return false;
}

static bool git_resolve(struct git_repository *repository, struct git_tree *tree, const char **why)
{
	if (tree->name == NULL) {
		if (repository->root == NULL)
			*why = "a bare repository has no working tree: name two revisions";
		return repository->root != NULL;
	}
	if (tree->name[0] == '-') {
		*why = arena_printf(&repository->arena, "'%s' is no revision", tree->name);
		return false;
	}
	tree->object = git_object(repository, tree->name, "tree");
	return tree->object != NULL || git_missing(repository, tree->name, why);
}

/* REV...REV: the old tree is where both histories parted. */
static bool git_parting(struct git_repository *repository, struct git_tree trees[2],
			const char **why)
{
	const char *commit[2];

	for (int i = 0; i < 2; i++) {
		commit[i] = trees[i].name[0] == '-'
				    ? NULL
				    : git_object(repository, trees[i].name, "commit");
		if (commit[i] == NULL)
			return git_missing(repository, trees[i].name, why);
	}
	const char *base = git_line(
		repository, (const char *const[]){ "merge-base", commit[0], commit[1], NULL });
	if (base == NULL) {
		*why = arena_printf(&repository->arena, "'%s' and '%s' have no common history%s",
				    trees[0].name, trees[1].name, git_lacks(repository));
		return false;
	}
	trees[0].name = base;
	return true;
}

static bool git_range(struct git_repository *repository, struct git_tree trees[2],
		      const char *range, const char **why)
{
	struct arena *arena = &repository->arena;
	const char *dots = strstr(range, "..");

	if (dots == NULL) {
		trees[0].name = arena_strdup(arena, range);
		return true;
	}
	bool parting = dots[2] == '.';
	const char *old = arena_printf(arena, "%.*s", (int)(dots - range), range);
	const char *new = arena_strdup(arena, dots + (parting ? 3 : 2));
	trees[0].name = *old != '\0' ? old : "HEAD";
	trees[1].name = *new != '\0' ? new : "HEAD";
	return !parting || git_parting(repository, trees, why);
}

/* ---- renamed files ---- */

/* What the new tree's policy was called in the old one, or NULL. Of the working tree
 * the index tells: its files are not read, for that could run filters. */
static const char *git_old_name(struct git_repository *repository, const struct git_tree trees[2])
{
	const char *const between[] = { "diff-tree", "-r", "-z", "-M", "--no-ext-diff",
					"--no-textconv", "--diff-filter=R", "--name-status",
					trees[0].object, trees[1].object, NULL };
	const char *const staged[] = { "diff-index", "--cached", "-z", "-M", "--no-ext-diff",
				       "--no-textconv", "--diff-filter=R", "--name-status",
				       trees[0].object, NULL };
	struct process_result result;
	const char *why, *found = NULL;

	if (git_run(repository, trees[1].object != NULL ? between : staged, &result, &why))
		/* R100 NUL old NUL new NUL */
		for (const char *at = strbuf_text(&result.output); *at != '\0' && found == NULL;) {
			const char *old = at + strlen(at) + 1, *new = old + strlen(old) + 1;
			if (strcmp(new, trees[1].path) == 0)
				found = arena_strdup(&repository->arena, old);
			at = new + strlen(new) + 1;
		}
	process_release(&result);
	return found;
}

static bool git_find_policy(struct git_repository *repository, struct git_tree trees[2],
			    const char **why)
{
	if (trees[1].name != NULL && !git_tree_has(&trees[1], trees[1].path)) {
		*why = arena_printf(&repository->arena, "'%s' has no file %s", trees[1].name,
				    trees[1].path);
		return false;
	}
	if (git_tree_has(&trees[0], trees[0].path))
		return true;
	const char *old = git_old_name(repository, trees);
	if (old != NULL)
		trees[0].path = old;
	else
		*why = arena_printf(&repository->arena, "'%s' has no file %s", trees[0].name,
				    trees[0].path);
	return old != NULL;
}

bool git_open(struct git_repository *repository, struct git_tree trees[2], const char *range,
	      const char *policy, const char **why)
{
	*repository = (struct git_repository){ .root = NULL };
	arena_init(&repository->arena);
	trees[0] = trees[1] = (struct git_tree){ .repository = repository };
	if (!git_place(repository, policy, why) || !git_range(repository, trees, range, why))
		return false;
	for (int i = 0; i < 2; i++) {
		trees[i].path = repository->path;
		if (!git_resolve(repository, &trees[i], why) || !git_tree_list(&trees[i], why))
			return false;
	}
	return git_find_policy(repository, trees, why);
}

void git_release(struct git_repository *repository, struct git_tree trees[2])
{
	for (int i = 0; i < 2; i++)
		git_tree_forget(&trees[i]);
	arena_release(&repository->arena);
}
