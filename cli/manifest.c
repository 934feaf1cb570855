/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifests: what was compiled, from which policy, how it was proved, and what
 * remains for the verifier to watch. */
#include "config.h"
#include "cli/compile.h"

#include <string.h>

static json_t *manifest_instant(const struct compile *compile, int64_t instant)
{
	char text[INSTANT_TEXT];

	return json_string(instant_print(instant, compile->policy.model.timezone, text));
}

static json_t *manifest_place(const struct rule *rule)
{
	if (rule == NULL)
		return json_null();
	if (rule->where.source == NULL)
		return json_pack("{s:s}", "rule", rule->label);
	return json_pack("{s:s, s:s, s:i}", "rule", rule->label, "file",
			 rule->where.source->path, "line", (int)rule->where.line);
}

static json_t *manifest_remainder(const struct filter *filter)
{
	json_t *list = json_array();

	for (size_t i = 0; i < filter->remainder_count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:o}", "kind", filter->remainder[i].kind,
					"message", filter->remainder[i].message, "policy",
					manifest_place(filter->remainder[i].rule)));
	return list;
}

/* By how the configuration names a rule; a rule that it names often counts once. */
static json_t *manifest_rules(const struct backend_output *output)
{
	json_t *rules = json_object();

	for (size_t i = 0; i < output->origins.len; i++) {
		const struct backend_origin *origin = &output->origins.data[i];
		if (json_object_get(rules, origin->emitted) == NULL)
			json_object_set_new(rules, origin->emitted, manifest_place(origin->rule));
	}
	return rules;
}

static json_t *manifest_counts(const struct compile_device *one, size_t rules)
{
	size_t entries = 0;

	for (size_t i = 0; i < one->filter.pair_count; i++)
		entries += one->filter.pairs[i].entry_count;
	return json_pack("{s:I, s:I, s:I}", "interface_pairs",
			 (json_int_t)one->filter.pair_count, "entries", (json_int_t)entries,
			 "policy_rules", (json_int_t)rules);
}

/* What the configuration takes of the device, by the names that `limit` gives it. */
static json_t *manifest_sizes(const struct backend_output *output)
{
	json_t *sizes = json_object();

	for (size_t i = 0; i < output->sizes.len; i++)
		json_object_set_new(sizes, output->sizes.data[i].name,
				    json_integer((json_int_t)output->sizes.data[i].count));
	return sizes;
}

static json_t *manifest_json(const struct compile *compile, const struct compile_device *one)
{
	const struct policy *policy = &compile->policy;
	json_t *rules = manifest_rules(&one->output);
	json_t *manifest = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s}", "schema", "cordon/manifest/1",
		"policy", policy->model.name, "digest", compile->digest, "device",
		one->device->name, "platform", one->backend->platform, "stage",
		one->filter.monitor ? "monitor" : "enforce", "mode", policy->mode_name, "proof",
		"equal", "proof_method", one->method);

	json_object_set_new(manifest, "at", manifest_instant(compile, one->filter.at));
	json_object_set_new(manifest, "valid_until",
			    one->filter.timed ? manifest_instant(compile, one->filter.horizon)
					      : json_null());
	json_object_set_new(manifest, "counts", manifest_counts(one, json_object_size(rules)));
	json_object_set_new(manifest, "previous",
			    compile->previous_path != NULL ? json_string(compile->previous_path)
							   : json_null());
	json_object_set_new(manifest, "run_first",
			    compile->previous_path == NULL && one->backend->revert != NULL
				    ? json_string(one->backend->revert)
				    : json_null());
	if (one->output.sizes.len > 0)
		json_object_set_new(manifest, "sizes", manifest_sizes(&one->output));
	json_object_set_new(manifest, "remainder", manifest_remainder(&one->filter));
	json_object_set_new(manifest, "rules", rules);
	return manifest;
}

void compile_manifest_text(const struct compile *compile, const struct compile_device *one,
			   struct strbuf *text)
{
	json_t *manifest = manifest_json(compile, one);
	char *dump = json_dumps(manifest, JSON_INDENT(2) | JSON_SORT_KEYS);

	strbuf_puts(text, dump);
	strbuf_putc(text, '\n');
	free(dump);
	json_decref(manifest);
}

void compile_print_json(const struct compile *compile, FILE *stream)
{
	json_t *devices = json_array();

	for (size_t i = 0; i < compile->devices.len; i++)
		json_array_append_new(devices,
				      manifest_json(compile, &compile->devices.data[i]));
	json_t *result = json_pack("{s:s, s:o}", "schema", "cordon/compile/1", "devices", devices);
	json_dumpf(result, stream, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', stream);
	json_decref(result);
}
