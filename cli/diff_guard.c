/* SPDX-License-Identifier: Apache-2.0
 *
 * `--guard`: asserts of somebody who is not the policy's author, proved against the new
 * policy. Both are read as one, so that asserts may use the policy's names; nothing the
 * policy says, no exception either, takes anything from an assert. */
#include "config.h"
#include "cli/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "compiler/check.h"

static const char guard_root[] = "<guard>";

struct guard {
	const struct policy_reader *revision; /* NULL: the file system */
	const char *folder; /* of the guard with a slash, whose files are no revision's */
	char *text;
};

static bool guard_is_own(const struct guard *guard, const char *path)
{
	return guard->revision == NULL ||
	       strncmp(path, guard->folder, strlen(guard->folder)) == 0;
}

static bool guard_read(void *context, const char *path, char **bytes, size_t *length,
		       const char **why)
{
	struct guard *guard = context;
	struct file_text text;

	if (strcmp(path, guard_root) == 0) {
		*bytes = memory_strdup(guard->text);
		*length = strlen(guard->text);
		return true;
	}
	if (!guard_is_own(guard, path))
		return guard->revision->read(guard->revision->context, path, bytes, length, why);
	if (!file_read(path, &text, why))
		return false;
	*bytes = text.bytes;
	*length = text.length;
	return true;
}

static char *guard_identify(void *context, const char *path)
{
	struct guard *guard = context;

	return guard_is_own(guard, path)
		       ? realpath(path, NULL)
		       : guard->revision->identify(guard->revision->context, path);
}

static bool guard_is_of(const struct policy *policy, const struct source *source)
{
	for (size_t i = 0; i < policy->text.source_count; i++)
		if (source == NULL ||
		    strcmp(policy->text.sources[i]->path, source->path) == 0)
			return true;
	return false;
}

static size_t guard_declarations(const struct policy *policy)
{
	size_t count = 0;

	for (const struct tree_statement *s = policy->text.statements; s != NULL; s = s->next)
		count += s->kind != STATEMENT_ASSERT;
	return count;
}

/* A guard that declared things could change what it is to judge. */
static bool guard_asserts_only(const struct policy *new, struct policy *guard)
{
	if (guard_declarations(guard) == guard_declarations(new))
		return true;
	fprintf(stderr, "cordon diff: a guard holds asserts and includes only\n");
	guard->quiet = true;
	return false;
}

/* Of what the policy itself says asserts stay: its author may have included the guard. */
static void guard_keep_own(const struct policy *new, struct policy *guard)
{
	size_t kept = 0;

	for (size_t i = 0; i < guard->diags.len; i++) {
		struct diag *diag = guard->diags.list[i];
		bool fails = diag->id == FINDING_ASSERT_FAILED ||
			     diag->id == FINDING_ASSERT_UNDECIDED;
		if (!fails && guard_is_of(new, diag->where.source))
			continue;
		diag->severity = finding_info(diag->id)->severity;
		diag->accepted = NULL;
		if (diag->id == FINDING_EMPTY_SIDE)
			diag->severity = SEVERITY_ERROR; /* it guards nothing any more */
		guard->diags.list[kept++] = diag;
	}
	guard->diags.len = kept;
}

static int guard_prove(struct diff_run *run, struct policy *guard)
{
	const struct policy *new = &run->policy[DIFF_NEW];

	guard->at = new->at;
	guard->mode_name = new->mode_name;
	if (!policy_load(guard, guard_root) || !guard_asserts_only(new, guard))
		return EXIT_UNABLE;
	struct check_options check = { .at = guard->at, .mode = guard->mode };
	check_policy(&guard->model, &check, &guard->diags);
	guard_keep_own(new, guard);
	return EXIT_CLEAN;
}

int diff_guard(struct diff_run *run, const char *path)
{
	struct policy guard;
	char *file = realpath(path, NULL);
	const char *policy = run->policy[DIFF_NEW].text.sources[0]->path;

	policy_init(&guard, run->policy[DIFF_NEW].verb);
	if (file == NULL || strpbrk(policy, "\"\\\n") != NULL || strpbrk(file, "\"\\\n") != NULL ||
	    strcmp(policy, "<stdin>") == 0) {
		fprintf(stderr, "cordon diff: --guard %s: %s\n", path,
			file == NULL ? "it cannot be read"
				     : "a guard goes with files whose names can be quoted");
		free(file);
		policy_finish(&guard, EXIT_UNABLE);
		return EXIT_UNABLE;
	}
	const char *own = run->git != NULL ? file : path;
	struct guard context = {
		.revision = run->policy[DIFF_NEW].reader,
		.folder = arena_printf(&run->arena, "%.*s", (int)(strrchr(file, '/') - file) + 1,
				       file),
		.text = arena_printf(&run->arena, "include \"%s\"\ninclude \"%s\"\n", policy, own),
	};
	struct policy_reader reader = { .read = guard_read, .context = &context,
					.identify = guard_identify };
	guard.reader = &reader;
	int code = policy_finish(&guard, guard_prove(run, &guard));
	free(file);
	return code;
}
