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
#include "base/vec.h"

/* One name that an exception is about: of a cluster, each of its devices. */
struct accept {
	enum finding_id id;
	const char *on;  /* "": every finding of that name */
	size_t exception;
};

VEC_TYPE(accept_list, struct accept);

static int accept_order(const void *left, const void *right)
{
	const struct accept *a = left, *b = right;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return strcmp(a->on, b->on);
}

/* The first of several in the text comes first. */
static int accept_place(const void *left, const void *right)
{
	const struct accept *a = left, *b = right;
	int order = accept_order(a, b);

	return order != 0 ? order : (a->exception > b->exception) - (a->exception < b->exception);
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

/* A device of a cluster goes by the cluster's name, too. Devices are few. */
static void accept_add(const struct model *model, struct accept_list *accepts, size_t exception)
{
	const struct tree_exception *tree = model->exceptions[exception];
	struct accept accept = { finding_by_name(tree->finding.text),
				 tree->on != NULL ? tree->on->text : "", exception };

	vec_push(accepts, accept);
	for (size_t d = 0; d < model->device_count && tree->on != NULL; d++) {
		const struct device *device = &model->devices[d];
		if (device->cluster == NULL || strcmp(device->cluster, tree->on->text) != 0)
			continue;
		accept.on = device->name;
		vec_push(accepts, accept);
	}
}

/* used[i]: nothing more is to be said of exception i. */
static void accepts_collect(const struct model *model, int64_t at, struct accept_list *accepts,
			    bool *used, struct diags *diags)
{
	for (size_t i = 0; i < model->exception_count; i++) {
		used[i] = exception_ended(model, model->exceptions[i], at);
		if (used[i])
			exception_unused(model->exceptions[i], "has expired", diags);
		else
			accept_add(model, accepts, i);
	}
	if (accepts->len > 1)
		qsort(accepts->data, accepts->len, sizeof(*accepts->data), accept_place);
}

static const struct accept *accept_find(const struct accept_list *accepts, enum finding_id id,
					const char *name)
{
	struct accept key = { .id = id, .on = name };
	const struct accept *found = bsearch(&key, accepts->data, accepts->len,
					     sizeof(*accepts->data), accept_order);

	while (found != NULL && found > accepts->data && accept_order(found - 1, &key) == 0)
		found--;
	return found;
}

static bool accept_by_name(const struct model *model, struct diag *diag, const char *name,
			   const struct accept_list *accepts, bool *used)
{
	const struct accept *found = name != NULL ? accept_find(accepts, diag->id, name) : NULL;

	if (found == NULL)
		return false;
	used[found->exception] = true;
	diag->accepted = model->exceptions[found->exception]->reason.text;
	diag->severity = SEVERITY_NOTE;
	return true;
}

void check_exceptions(const struct model *model, int64_t at, struct diags *diags)
{
	struct accept_list accepts = VEC_INIT;
	bool *used = memory_array(model->exception_count + 1, sizeof(*used));
	size_t found = diags->len;

	accepts_collect(model, at, &accepts, used, diags);
	for (size_t i = 0; i < found; i++) {
		struct diag *diag = diags->list[i];
		if (diag->severity != SEVERITY_WARNING || accepts.len == 0)
			continue;
		if (!accept_by_name(model, diag, diag->subject, &accepts, used) &&
		    !accept_by_name(model, diag, diag->about, &accepts, used))
			accept_by_name(model, diag, "", &accepts, used);
	}
	for (size_t i = 0; i < model->exception_count; i++)
		if (!used[i])
			exception_unused(model->exceptions[i], "accepts nothing", diags);
	vec_free(&accepts);
	free(used);
}
