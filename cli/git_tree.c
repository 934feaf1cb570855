/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of one tree of a Git repository, read as objects. Symbolic links are
 * followed inside the tree, never out of it: what lies beyond is of no revision. */
#include "config.h"
#include "cli/git_parts.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/file.h"
#include "base/memory.h"

enum { GIT_LINKS_MAX = 40 };

struct git_entry {
	const char *path;
	const char *mode;   /* "100644", "120000" for a link, "160000" for a submodule */
	const char *object;
	UT_hash_handle hh;
};

/* "100644 blob 0123... TAB path" */
static bool entry_take(struct git_tree *tree, const char *line)
{
	struct arena *arena = (struct arena *)(uintptr_t)&tree->repository->arena;
	const char *kind = strchr(line, ' '), *tab = strchr(line, '\t');
	const char *object = kind != NULL ? strchr(kind + 1, ' ') : NULL;

	if (object == NULL || tab == NULL || object > tab)
		return false;
	struct git_entry *entry = arena_alloc(arena, sizeof(*entry));
	*entry = (struct git_entry){
		.path = arena_strdup(arena, tab + 1),
		.mode = arena_printf(arena, "%.*s", (int)(kind - line), line),
		.object = arena_printf(arena, "%.*s", (int)(tab - object - 1), object + 1),
	};
	HASH_ADD_KEYPTR(hh, tree->entries, entry->path, strlen(entry->path), entry);
	return true;
}

static struct git_entry *entry_find(const struct git_tree *tree, const char *path, size_t length)
{
	struct git_entry *entry;

	HASH_FIND(hh, tree->entries, path, length, entry);
	return entry;
}

static const char *tree_lacks(const struct git_tree *tree, const char *what,
			      const struct process_result *result)
{
	return git_is_partial(tree->repository)
		       ? git_reason(tree->repository,
				    "this clone is partial, and has not all of its contents: git "
				    "fetch --refetch --no-filter", result)
		       : git_reason(tree->repository, what, result);
}

static bool tree_object(const struct git_tree *tree, const char *object,
			struct process_result *result, const char **why)
{
	const char *const words[] = { "cat-file", "blob", object, NULL };

	*why = NULL;
	if (git_run(tree->repository, words, result, why))
		return true;
	if (*why == NULL)
		*why = result->too_long ? "it is too large"
					: tree_lacks(tree, "Git has not its contents here", result);
	return false;
}

/* ---- links ---- */

/* Replaces the part of the path that is a link by what it points to. */
static bool link_follow(const struct git_tree *tree, const struct git_entry *link,
			struct strbuf *path, const char **why)
{
	const char *slash = strrchr(link->path, '/'), *rest = path->text + strlen(link->path);
	struct strbuf pointed = STRBUF_INIT, plain = STRBUF_INIT;
	struct process_result target;

	bool fine = tree_object(tree, link->object, &target, why);
	if (fine && strbuf_text(&target.output)[0] == '/') {
		*why = "a symbolic link leads out of the repository";
		fine = false;
	}
	if (fine) {
		strbuf_printf(&pointed, "%.*s/%s%s", slash ? (int)(slash - link->path) : 0,
			      link->path, strbuf_text(&target.output), rest);
		fine = git_path_plain(&plain, pointed.text);
		if (!fine)
			*why = "a symbolic link leads out of the repository";
	}
	strbuf_reset(path);
	strbuf_puts(path, strbuf_text(&plain));
	process_release(&target);
	strbuf_release(&pointed);
	strbuf_release(&plain);
	return fine;
}

/* The first part of the path that is no folder; NULL: there is no such file. */
static struct git_entry *entry_of(const struct git_tree *tree, const char *path)
{
	for (size_t length = 0; path[length] != '\0';) {
		length += strcspn(path + length + 1, "/") + 1;
		struct git_entry *entry = entry_find(tree, path, length);
		if (entry != NULL)
			return entry;
	}
	return NULL;
}

/* What a path leads to, which is left in `path`. NULL, with *why. */
static const struct git_entry *tree_lookup(const struct git_tree *tree, struct strbuf *path,
					   const char **why)
{
	for (int links = 0; links < GIT_LINKS_MAX; links++) {
		const struct git_entry *entry = entry_of(tree, strbuf_text(path));
		*why = "there is no such file in this revision";
		if (entry == NULL)
			return NULL;
		if (strcmp(entry->mode, "160000") == 0) {
			*why = "it is in a submodule";
			return NULL;
		}
		if (strcmp(entry->mode, "120000") != 0)
			return strcmp(entry->path, strbuf_text(path)) == 0 ? entry : NULL;
		if (!link_follow(tree, entry, path, why))
			return NULL;
	}
	*why = "its symbolic links lead to each other";
	return NULL;
}

/* A path as an include makes it: from the root, or absolute and below the root. */
static bool tree_path(const struct git_tree *tree, const char *path, struct strbuf *plain)
{
	const char *root = tree->repository->root;

	if (path[0] != '/')
		return git_path_plain(plain, path);
	size_t length = root != NULL ? strlen(root) : 0;
	return length > 0 && strncmp(path, root, length) == 0 && path[length] == '/' &&
	       git_path_plain(plain, path + length);
}

/* ---- the reader of a revision ---- */

static bool revision_read(void *context, const char *path, char **bytes, size_t *length,
			  const char **why)
{
	struct git_tree *tree = context;
	struct strbuf plain = STRBUF_INIT;
	struct process_result blob = { .status = 0 };
	const struct git_entry *entry = NULL;

	*why = "it is outside the repository";
	if (tree_path(tree, path, &plain))
		entry = tree_lookup(tree, &plain, why);
	bool fine = entry != NULL && tree_object(tree, entry->object, &blob, why);
	if (fine) {
		*length = blob.output.len;
		strbuf_puts(&blob.output, "");
		*bytes = blob.output.text != NULL ? strbuf_detach(&blob.output)
						  : memory_strdup("");
	}
	process_release(&blob);
	strbuf_release(&plain);
	return fine;
}

static char *revision_identify(void *context, const char *path)
{
	struct git_tree *tree = context;
	struct strbuf plain = STRBUF_INIT;
	const char *why;
	char *identity = NULL;

	if (tree_path(tree, path, &plain) && tree_lookup(tree, &plain, &why) != NULL)
		identity = memory_strdup(strbuf_text(&plain));
	strbuf_release(&plain);
	return identity;
}

/* ---- the reader of the working tree ---- */

static char *working_path(const struct git_tree *tree, const char *path)
{
	struct strbuf full = STRBUF_INIT;

	strbuf_printf(&full, "%s%s%s", path[0] == '/' ? "" : tree->repository->root,
		      path[0] == '/' ? "" : "/", path);
	return strbuf_detach(&full);
}

static bool working_read(void *context, const char *path, char **bytes, size_t *length,
			 const char **why)
{
	char *full = working_path(context, path);
	struct file_text text;
	bool fine = file_read(full, &text, why);

	free(full);
	if (fine) {
		*bytes = text.bytes;
		*length = text.length;
	}
	return fine;
}

static char *working_identify(void *context, const char *path)
{
	char *full = working_path(context, path), *identity = realpath(full, NULL);

	free(full);
	return identity;
}

/* ---- the whole tree ---- */

bool git_tree_list(struct git_tree *tree, const char **why)
{
	const char *const words[] = { "ls-tree", "-r", "-z", "--full-tree", tree->object, NULL };
	struct process_result result;

	tree->reader = (struct policy_reader){ .read = working_read, .context = tree,
					       .identify = working_identify };
	if (tree->object == NULL)
		return true;
	tree->reader.read = revision_read;
	tree->reader.identify = revision_identify;
	*why = NULL;
	bool fine = git_run(tree->repository, words, &result, why);
	if (!fine && *why == NULL)
		*why = tree_lacks(tree, "Git cannot list its files", &result);
	const char *line = strbuf_text(&result.output);
	for (const char *end = line + result.output.len; fine && line < end;
	     line += strlen(line) + 1)
		fine = entry_take(tree, line);
	process_release(&result);
	return fine;
}

bool git_tree_has(const struct git_tree *tree, const char *path)
{
	return entry_of(tree, path) != NULL;
}

void git_tree_forget(struct git_tree *tree)
{
	HASH_CLEAR(hh, tree->entries);
}
