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
static bool guard_asserts_only(const struct policy *new, const struct policy *guard)
{
	if (guard_declarations(guard) == guard_declarations(new))
		return true;
	fprintf(stderr, "cordon diff: a guard holds asserts and includes only\n");
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

static enum diff_guard_verdict guard_prove(struct diff_run *run, struct policy *guard)
{
	const struct policy *new = &run->policy[DIFF_NEW];

	guard->at = new->at;
	guard->mode_name = new->mode_name;
	guard->mode_elsewhere = new->mode < 0; /* only the old policy has it */
	if (!policy_load(guard, guard_root))
		return GUARD_UNABLE;
	if (!guard_asserts_only(new, guard)) {
		guard->quiet = true;
		return GUARD_UNABLE;
	}
	struct check_options check = { .at = guard->at, .mode = guard->mode };
	check_policy(&guard->model, &check, &guard->diags);
	guard_keep_own(new, guard);
	diags_sort(&guard->diags);
	return diags_exit_code(&guard->diags, false) == EXIT_CLEAN ? GUARD_HOLDS : GUARD_FAILS;
}

/* Read as one text, in which the policy comes first. */
static enum diff_guard_verdict guard_read_both(struct diff_run *run, char *file)
{
	const char *policy = run->policy[DIFF_NEW].text.sources[0]->path;
	const char *own = run->git != NULL ? file : run->guard.path;
	struct guard context = {
		.revision = run->policy[DIFF_NEW].reader,
		.folder = arena_printf(&run->arena, "%.*s", (int)(strrchr(file, '/') - file) + 1,
				       file),
		.text = arena_printf(&run->arena, "include \"%s\"\ninclude \"%s\"\n", policy, own),
	};
	struct policy_reader reader = { .read = guard_read, .context = &context,
					.identify = guard_identify };

	run->guard.policy.reader = &reader;
	enum diff_guard_verdict verdict = guard_prove(run, &run->guard.policy);
	run->guard.policy.reader = NULL;
	return verdict;
}

void diff_find_guard(struct diff_run *run)
{
	struct diff_guard *guard = &run->guard;
	char *file = realpath(guard->path, NULL);
	const char *policy = run->policy[DIFF_NEW].text.sources[0]->path;
	bool quotable = file != NULL && strpbrk(policy, "\"\\\n") == NULL &&
			strpbrk(file, "\"\\\n") == NULL && strcmp(policy, "<stdin>") != 0;

	policy_init(&guard->policy, run->policy[DIFF_NEW].verb);
	guard->verdict = GUARD_UNABLE;
	if (quotable)
		guard->verdict = guard_read_both(run, file);
	else
		fprintf(stderr, "cordon diff: --guard %s: %s\n", guard->path,
			file == NULL ? "it cannot be read"
				     : "a guard goes with files whose names can be quoted");
	free(file);
}

int diff_finish_guard(struct diff_run *run)
{
	struct diff_guard *guard = &run->guard;
	int code = guard->verdict == GUARD_UNABLE ? EXIT_UNABLE : EXIT_CLEAN;

	if (guard->verdict != GUARD_UNABLE && run->policy[DIFF_NEW].format == FORMAT_TEXT)
		guard->policy.quiet = true;
	return policy_finish(&guard->policy, code);
}

const char *diff_guard_name(enum diff_guard_verdict verdict)
{
	static const char *const names[] = { "none", "holds", "fails", "unable" };

	return names[verdict];
}

const char *diff_guard_assert(struct diff_run *run, const struct diag *diag)
{
	struct source_lines lines = { NULL };
	const char *text = policy_span_text(&run->arena, &lines, diag->where);

	source_lines_release(&lines);
	return text;
}

bool diff_guard_adds(const struct diff_run *run, const struct diag *diag)
{
	for (size_t i = 0; i < run->findings.len; i++) {
		const struct diag *told = run->findings.data[i].diag;
		if (run->findings.data[i].side == DIFF_NEW && told->id == diag->id &&
		    told->where.line == diag->where.line && told->where.source != NULL &&
		    strcmp(told->where.source->path, diag->where.source->path) == 0)
			return false;
	}
	return true;
}
