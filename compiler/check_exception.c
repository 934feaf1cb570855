/* SPDX-License-Identifier: Apache-2.0
 *
 * Exceptions: which warnings a policy accepts on purpose. What is accepted
 * stays in the report as a note; an exception that accepts nothing is itself a
 * finding, so that none outlives its reason. */
#include "config.h"
#include "compiler/check_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct accept {
	enum finding_id id;
	const char *on; /* "": every finding of that name */
	const struct tree_exception *tree;
	bool used;
};

static int accept_order(const void *left, const void *right)
{
	const struct accept *a = left, *b = right;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return strcmp(a->on, b->on);
}

/* Its `until` day is over: it accepts nothing any more. */
static bool exception_ended(const struct model *model, const struct tree_exception *exception,
			    int64_t at)
{
	return exception->until.given && model->timezone != NULL &&
	       timezone_day_start(model->timezone, exception->until.day + 1) <= at;
}

static void exception_unused(const struct tree_exception *exception, const char *message,
			     struct diags *diags)
{
	struct diag *diag = diag_add(diags, FINDING_EXCEPTION_UNUSED, exception->where,
				     "the exception for %s%s%s %s", exception->finding.text,
				     exception->on != NULL ? " on " : "",
				     exception->on != NULL ? exception->on->text : "", message);

	diag->subject = exception->on != NULL ? exception->on->text : NULL;
}

static size_t accepts_collect(const struct model *model, int64_t at, struct accept *accepts,
			      struct diags *diags)
{
	size_t count = 0;

	for (size_t i = 0; i < model->exception_count; i++) {
		const struct tree_exception *tree = model->exceptions[i];
		if (exception_ended(model, tree, at)) {
			exception_unused(tree, "has expired", diags);
			continue;
		}
		accepts[count++] = (struct accept){ finding_by_name(tree->finding.text),
						    tree->on ? tree->on->text : "", tree, false };
	}
	if (count > 1)
		qsort(accepts, count, sizeof(*accepts), accept_order);
	return count;
}

static bool accept_by_name(struct diag *diag, const char *name, struct accept *accepts,
			   size_t count)
{
	struct accept key = { .id = diag->id, .on = name };
	struct accept *found = NULL;

	if (name != NULL)
		found = bsearch(&key, accepts, count, sizeof(*accepts), accept_order);
	if (found == NULL)
		return false;
	found->used = true;
	diag->accepted = found->tree->reason.text;
	diag->severity = SEVERITY_NOTE;
	return true;
}

void check_exceptions(const struct model *model, int64_t at, struct diags *diags)
{
	struct accept *accepts = memory_array(model->exception_count + 1, sizeof(*accepts));
	size_t found = diags->len;
	size_t count = accepts_collect(model, at, accepts, diags);

	for (size_t i = 0; i < found; i++) {
		struct diag *diag = diags->list[i];
		if (diag->severity != SEVERITY_WARNING || count == 0)
			continue;
		if (!accept_by_name(diag, diag->subject, accepts, count) &&
		    !accept_by_name(diag, diag->about, accepts, count))
			accept_by_name(diag, "", accepts, count);
	}
	for (size_t i = 0; i < count; i++)
		if (!accepts[i].used)
			exception_unused(accepts[i].tree, "accepts nothing", diags);
	free(accepts);
}
