/* SPDX-License-Identifier: Apache-2.0
 *
 * From a tree to a model: the steps in their order, and what the policy says
 * about itself. The state of the resolution stays with the model, so that
 * questions can be resolved later. */
#include "config.h"
#include "compiler/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/resolve_parts.h"
#include "compiler/sha256.h"
#include "compiler/timezone.h"

const char *resolve_label(struct resolve *r, struct span where)
{
	return policy_span_text(r->arena, &r->lines, where);
}

/* ---- the policy ---- */

static void policy_timezone(struct resolve *r, const struct tree_policy *tree)
{
	const char *name = tree->timezone.text;

	if (name == NULL)
		return;
	r->model->timezone = timezone_load(r->arena, name);
	r->model->timezone_name = r->model->timezone != NULL ? name : NULL;
	if (r->model->timezone != NULL)
		return;
	struct diag *diag = diag_add(r->diags, FINDING_UNKNOWN_TIMEZONE, tree->timezone.where,
				     "there is no time zone '%s'", name);
	if (!timezone_data_exists())
		diag_hint(r->diags, diag, "the system has no time zone data (package tzdata)");
	r->needs_timezone_said = true;
}

static void resolve_policy(struct resolve *r)
{
	const struct tree_policy *first = NULL;

	r->model->name = r->text->source_count > 0 ? r->text->sources[0]->path : "";
	for (const struct tree_statement *s = r->text->statements; s != NULL; s = s->next) {
		if (s->kind != STATEMENT_POLICY)
			continue;
		if (first != NULL) {
			struct diag *diag = diag_add(r->diags, FINDING_DUPLICATE_NAME,
						     s->policy->where,
						     "there is a second policy statement");
			diag_other(r->diags, diag, first->where, "the first one");
			continue;
		}
		first = s->policy;
		if (first->name.text != NULL)
			r->model->name = first->name.text;
		policy_timezone(r, first);
	}
}

static void resolve_modes(struct resolve *r)
{
	struct symbol_table *table = &r->table[TABLE_MODES];
	struct model *model = r->model;

	model->modes = arena_array(r->arena, table->list.len, sizeof(*model->modes));
	model->mode_count = table->list.len < 64 ? table->list.len : 64;
	for (size_t i = 0; i < table->list.len; i++) {
		struct symbol *symbol = table->list.data[i];
		symbol->index = (uint32_t)i;
		model->modes[i] = (struct named_mode){ symbol->name, symbol->tree };
		if (i == 64)
			diag_add(r->diags, FINDING_TOO_MANY_MODES, symbol->where,
				 "a policy has at most 64 modes");
	}
}

static void resolve_schedules(struct resolve *r)
{
	const struct symbol_table *table = &r->table[TABLE_SCHEDULES];

	if (table->list.len > 0 && r->model->timezone == NULL && !r->needs_timezone_said) {
		diag_add(r->diags, FINDING_NO_TIMEZONE, table->list.data[0]->where,
			 "dates and schedules need the policy's timezone");
		r->needs_timezone_said = true;
	}
}

void model_digest(const struct model *model, char digest[MODEL_DIGEST])
{
	struct sha256 hash;

	sha256_init(&hash);
	for (size_t i = 0; i < model->text->source_count; i++) {
		const struct source *source = model->text->sources[i];
		uint64_t length = source->length;
		sha256_add(&hash, &length, sizeof(length));
		sha256_add(&hash, source->text, source->length);
	}
	sha256_final(&hash, digest);
}

/* What is not local to a zone has an owner before assets ask for it. */
static void resolve_all(struct resolve *r)
{
	resolve_policy(r);
	resolve_names(r);
	resolve_modes(r);
	resolve_schedules(r);
	resolve_zones(r);
	model_index_make(r->model);
	resolve_assets(r);
	model_index_make(r->model);
	resolve_protocols(r);
	resolve_conduits(r);
	resolve_rules(r);
	resolve_told_apart(r->model);
	resolve_devices(r);
	resolve_asserts(r);
	resolve_unused(r);
}

bool model_resolve(struct model *model, const struct policy_text *text, struct diags *diags)
{
	size_t before = diags_count(diags, SEVERITY_ERROR);

	*model = (struct model){ .text = text };
	arena_init(&model->arena);
	model->resolve = memory_alloc(sizeof(*model->resolve));
	*model->resolve = (struct resolve){ .model = model, .arena = &model->arena,
					    .diags = diags, .text = text };
	resolve_all(model->resolve);
	bool resolved = diags_count(diags, SEVERITY_ERROR) == before;
	if (resolved)
		resolve_empty_rules(model->resolve);
	return resolved;
}

bool model_resolve_question(struct model *model, const struct tree_assert *tree,
			    struct assertion *out, struct diags *diags)
{
	model->resolve->diags = diags;
	bool resolved = resolve_question(model->resolve, tree, out);
	source_lines_forget(&model->resolve->lines, tree->where.source); /* not asked for again */
	return resolved;
}

void model_release(struct model *model)
{
	if (model->resolve != NULL) {
		for (int t = 0; t < TABLE_COUNT; t++)
			symbol_table_release(&model->resolve->table[t]);
		source_lines_release(&model->resolve->lines);
		free(model->resolve);
	}
	arena_release(&model->arena);
	*model = (struct model){ 0 };
}
