/* SPDX-License-Identifier: Apache-2.0
 *
 * What every backend says of its output: what a text is made of, which rules it
 * holds, how large it is, and what the device enforces more widely. */
#include "config.h"
#include "backends/backend.h"

#include <string.h>

enum { WARN_PERCENT = 80 };

/* ---- what a text begins with ---- */

void backend_head(struct strbuf *text, const char *mark, const struct filter *filter,
		  const struct backend_options *options)
{
	strbuf_printf(text, "%s %s: device %s, mode %s\n", mark, options->policy, filter->device,
		      options->mode != NULL ? options->mode : "none");
}

const char *backend_clock(const struct filter *filter, const struct backend_options *options)
{
	if (filter->activity_count <= 1)
		return NULL;
	return options->timezone_name != NULL ? options->timezone_name : "UTC";
}

/* ---- origins ---- */

bool backend_same_rules(const struct filter_entry *a, const struct filter_entry *b)
{
	return a->rule_count == b->rule_count &&
	       (a->rule_count == 0 ||
		memcmp(a->rules, b->rules, a->rule_count * sizeof(*a->rules)) == 0);
}

size_t backend_rule_count(const struct filter *filter)
{
	size_t count = 0;

	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++)
			for (size_t r = 0; r < filter->pairs[i].entries[k].rule_count; r++)
				if (filter->pairs[i].entries[k].rules[r]->index >= count)
					count = filter->pairs[i].entries[k].rules[r]->index + 1;
	return count;
}

void backend_origins(struct backend_output *output, const struct filter *filter)
{
	bool *named = memory_array(backend_rule_count(filter) + 1, sizeof(*named));

	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &filter->pairs[i].entries[k];
			for (size_t r = 0; r < entry->rule_count; r++) {
				const struct rule *rule = entry->rules[r];
				struct backend_origin origin = { rule->identity, rule };
				if (!named[rule->index])
					vec_push(&output->origins, origin);
				named[rule->index] = true;
			}
		}
	free(named);
}

/* ---- sizes ---- */

void backend_size(struct backend_output *output, const char *name, size_t count)
{
	struct backend_size size = { name, count };

	vec_push(&output->sizes, size);
}

static bool size_unknown(const struct backend_output *output, const struct filter *filter,
			 const struct tree_limit *limit, struct diags *diags)
{
	const char **names = memory_array(output->sizes.len + 1, sizeof(*names));
	struct diag *diag = diag_add(diags, FINDING_UNSUPPORTED_DEVICE, limit->name.where,
				     "device %s: its platform has no `limit %s`", filter->device,
				     limit->name.text);

	diag->subject = filter->device;
	for (size_t i = 0; i < output->sizes.len; i++)
		names[i] = output->sizes.data[i].name;
	diag_suggest(diags, diag, limit->name.text, names, output->sizes.len);
	free(names);
	return false;
}

static bool size_fits(const struct backend_output *output, const struct filter *filter,
		      const struct tree_limit *limit, struct diags *diags)
{
	for (size_t i = 0; i < output->sizes.len; i++) {
		size_t count = output->sizes.data[i].count;
		if (strcmp(output->sizes.data[i].name, limit->name.text) != 0)
			continue;
		if (count * 100 < (uint64_t)limit->value * WARN_PERCENT)
			return true;
		bool beyond = count > limit->value;
		struct diag *diag = diag_add(
			diags, beyond ? FINDING_DEVICE_FULL : FINDING_DEVICE_NEARLY_FULL,
			limit->name.where, "device %s: its configuration has %zu %s, %s %u",
			filter->device, count, limit->name.text,
			beyond ? "beyond its limit of" : "near its limit of", limit->value);
		diag->subject = filter->device;
		return !beyond;
	}
	return size_unknown(output, filter, limit, diags);
}

bool backend_sizes_fit(const struct backend_output *output, const struct filter *filter,
		       struct diags *diags)
{
	const struct tree_limit *limit =
		filter->model_device != NULL ? filter->model_device->tree->limits : NULL;
	bool fits = true;

	for (; limit != NULL; limit = limit->next)
		fits &= size_fits(output, filter, limit, diags);
	return fits;
}

/* ---- options ---- */

static bool option_unknown(const struct filter *filter, struct span where, const char *what,
			   const char *word, struct diags *diags, struct diag **out)
{
	*out = diag_add(diags, FINDING_UNSUPPORTED_DEVICE, where,
			"device %s: its platform knows no `%s %s`", filter->device, what, word);
	(*out)->subject = filter->device;
	return false;
}

static bool supports_known(const struct backend_options_known *known, const char *word)
{
	for (size_t i = 0; i < known->count; i++)
		if (strcmp(known->supports[i], word) == 0)
			return true;
	return false;
}

bool backend_knows_options(const struct filter *filter,
			   const struct backend_options_known *known, struct diags *diags)
{
	const struct device *device = filter->model_device;
	struct diag *diag;
	bool fine = true;

	if (device == NULL)
		return true;
	for (const struct tree_name *n = device->tree->supports; n != NULL; n = n->next)
		if (!supports_known(known, n->text)) {
			fine = option_unknown(filter, n->where, "supports", n->text, diags, &diag);
			diag_suggest(diags, diag, n->text, known->supports, known->count);
		}
	if (device->tree->fragments_deny && !known->fragments)
		fine = option_unknown(filter, device->tree->fragments_where, "fragments", "deny",
				      diags, &diag);
	if (filter->inspects && !known->inspects)
		fine = option_unknown(filter, device->tree->inspect_where, "inspect", "operations",
				      diags, &diag);
	return fine;
}

/* ---- the remainder ---- */

void backend_remainder(struct backend_output *output, struct filter *filter,
		       const struct filter_remainder *entries, size_t count)
{
	size_t before = filter->remainder_count;
	struct filter_remainder *all = arena_array(&output->arena, before + count, sizeof(*all));

	if (before > 0)
		memcpy(all, filter->remainder, before * sizeof(*all));
	memcpy(all + before, entries, count * sizeof(*all));
	filter->remainder = all;
	filter->remainder_count = before + count;
}
