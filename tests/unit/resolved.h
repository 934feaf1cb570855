/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy written in a test, resolved. */
#ifndef TESTS_UNIT_RESOLVED_H
#define TESTS_UNIT_RESOLVED_H

#include <string.h>

#include "base/memory.h"
#include "compiler/model.h"
#include "tests/unit/unit.h"

struct resolved {
	struct diags diags;
	struct policy_text text;
	struct model model;
	bool usable;
};

static inline bool resolved_read(void *context, const char *path, char **bytes,
				 size_t *length, const char **why)
{
	(void)path;
	(void)why;
	*bytes = memory_strdup(context);
	*length = strlen(context);
	return true;
}

/* Release with resolved_release(), usable or not. */
static inline void resolved_make(struct resolved *resolved, const char *policy)
{
	struct policy_reader reader = { .read = resolved_read, .context = (void *)(uintptr_t)policy };

	diags_init(&resolved->diags);
	bool parsed = policy_text_load_with(&resolved->text, "plant.cordon", &reader,
					    &resolved->diags);
	resolved->usable = model_resolve(&resolved->model, &resolved->text,
					 &resolved->diags) && parsed;
	if (!resolved->usable)
		diags_print(&resolved->diags, stderr);
}

static inline void resolved_release(struct resolved *resolved)
{
	model_release(&resolved->model);
	policy_text_release(&resolved->text);
	diags_release(&resolved->diags);
}

static inline struct address address_of(const char *text)
{
	struct address address;

	ck_assert(address_parse(text, strlen(text), &address));
	return address;
}

/* By name; external is one of them. */
static inline zone_id zone_of(const struct model *model, const char *name)
{
	for (size_t z = 0; z < model->zone_count; z++)
		if (strcmp(model->zones[z].name, name) == 0)
			return (zone_id)z;
	ck_abort_msg("no zone %s", name);
	return ZONE_NONE;
}

#endif
