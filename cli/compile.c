/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon compile`: the configuration of each device, read back and proved to
 * permit exactly what the policy permits there before anything is written. */
#include "config.h"
#include "cli/compile.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "compiler/check.h"
#include "verifier/prove.h"
#include "verifier/read.h"

enum { OPTION_DEVICE = OPTION_OWN, OPTION_TARGET, OPTION_STAGE, OPTION_PREVIOUS };

static bool compile_option(struct compile *compile, int option)
{
	switch (option) {
	case 'o': compile->directory = optarg; return true;
	case OPTION_DEVICE: vec_push(&compile->wanted, optarg); return true;
	case OPTION_TARGET: compile->target = optarg; return true;
	case OPTION_PREVIOUS: compile->previous_path = optarg; return true;
	case OPTION_STAGE:
		compile->stage_given = true;
		compile->stage = strcmp(optarg, "monitor") == 0 ? STAGE_MONITOR : STAGE_ENFORCE;
		if (compile->stage == STAGE_MONITOR || strcmp(optarg, "enforce") == 0)
			return true;
		cli_usage_error(compile->policy.verb, "'%s' is no stage", optarg);
		return false;
	default: return policy_option(&compile->policy, option);
	}
}

/* ---- which devices ---- */

static const struct device *compile_find_device(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->device_count; i++)
		if (strcmp(model->devices[i].name, name) == 0)
			return &model->devices[i];
	return NULL;
}

static void compile_unknown_device(struct compile *compile, const char *name)
{
	const struct model *model = &compile->policy.model;
	const char **names = memory_array(model->device_count + 1, sizeof(*names));
	struct diags *diags = &compile->policy.diags;
	struct diag *diag = diag_add(diags, FINDING_UNKNOWN_DEVICE, (struct span){ 0 },
				     "the policy has no device '%s'", name);

	for (size_t i = 0; i < model->device_count; i++)
		names[i] = model->devices[i].name;
	diag_suggest(diags, diag, name, names, model->device_count);
	free(names);
}

static bool compile_add_device(struct compile *compile, const struct device *device)
{
	const char *platform = compile->target != NULL ? compile->target : device->platform;
	struct compile_device one = { .device = device };
	struct diags *diags = &compile->policy.diags;

	one.backend = platform != NULL ? backend_find(platform) : NULL;
	if (one.backend == NULL) {
		struct diag *diag = diag_add(
			diags, FINDING_PLATFORM,
			device->tree->platform != NULL ? device->tree->platform->where
						       : device->tree->name.where,
			platform != NULL ? "device %s: no configuration can be made for platform '%s'"
					 : "device %s has no platform",
			device->name, platform);
		diag->subject = device->name;
		return false;
	}
	vec_push(&compile->devices, one);
	return true;
}

static bool compile_choose(struct compile *compile)
{
	const struct model *model = &compile->policy.model;
	bool fine = true;

	for (size_t i = 0; compile->wanted.len == 0 && i < model->device_count; i++)
		fine &= compile_add_device(compile, &model->devices[i]);
	for (size_t i = 0; i < compile->wanted.len; i++) {
		const struct device *device =
			compile_find_device(model, compile->wanted.data[i]);
		if (device == NULL) {
			compile_unknown_device(compile, compile->wanted.data[i]);
			fine = false;
			continue;
		}
		fine &= compile_add_device(compile, device);
	}
	if (fine && compile->devices.len == 0) {
		diag_add(&compile->policy.diags, FINDING_UNKNOWN_DEVICE, (struct span){ 0 },
			 "the policy has no device");
		fine = false;
	}
	return fine;
}

/* ---- one device ---- */

static void compile_report_notes(struct compile *compile, const struct compile_device *one,
				 const struct read_unknown *notes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		diag_add(&compile->policy.diags, FINDING_NOT_PROVED, (struct span){ 0 },
			 "device %s: line %u of its configuration: %s: %s", one->device->name,
			 notes[i].line, notes[i].reason, notes[i].text);
}

static void compile_report_difference(struct compile *compile, const struct compile_device *one,
				      const struct prove_result *proof)
{
	struct strbuf flow = STRBUF_INIT;
	struct diags *diags = &compile->policy.diags;

	if (proof->verdict == PROVE_UNDECIDED || proof->witness_count == 0) {
		diag_add(diags, FINDING_NOT_PROVED, (struct span){ 0 },
			 "device %s: its configuration could not be proved equal to the policy",
			 one->device->name);
		return;
	}
	const struct prove_witness *witness = &proof->witnesses[0];
	check_flow_text(&flow, &compile->policy.model, &witness->flow);
	struct diag *diag = diag_add(
		diags, FINDING_NOT_PROVED, (struct span){ 0 },
		"device %s: from %s to %s its configuration %s what the policy %s: %s",
		one->device->name, witness->in, witness->out,
		witness->intended ? "drops" : "admits", witness->intended ? "allows" : "denies",
		strbuf_text(&flow));
	diag_witness(diags, diag, "%s", strbuf_text(&flow));
	strbuf_release(&flow);
}

/* A device without state: what is admitted and what answers it. What else passes
 * since no state is kept the remainder names. */
static bool compile_prove_stateless(struct compile *compile, struct compile_device *one,
				    const struct read_result *read)
{
	struct prove_result proof = { .verdict = PROVE_DIFFERENT };
	struct prove_witness witness;
	struct prove_report report;

	compile_report_notes(compile, one, read->unknown, read->unknown_count);
	if (read->unknown_count > 0)
		return false;
	prove_decisive(&report, &compile->arena, &compile->policy.model, &one->filter, read);
	one->method = "joint-partition";
	one->regions = report.rules;
	if (report.verdict == PROVE_EQUAL)
		return true;
	if (report.row_count > 0) {
		const struct prove_row *row = &report.rows[0];
		witness = (struct prove_witness){ row->in, row->out, row->flow,
						  row->kind != PROVE_EXCESS, row->intent,
						  row->read };
		proof.witnesses = &witness;
		proof.witness_count = 1;
	}
	compile_report_difference(compile, one, &proof);
	return false;
}

/* The files that are the configuration; the first one is. */
static size_t compile_sources(struct compile *compile, const struct compile_device *one,
			      struct source **out)
{
	struct source *sources = arena_array(&compile->arena, BACKEND_FILES, sizeof(*sources));
	size_t count = 0;

	for (size_t i = 0; i < one->output.file_count; i++) {
		const struct backend_file *file = &one->output.file[i];
		if (i == 0 || file->companion)
			sources[count++] = (struct source){ file->name, strbuf_text(&file->text),
							    file->text.len };
	}
	*out = sources;
	return count;
}

/* Answers that go on are the device's own way where its backend says so. */
static void compile_drop_ongoing(const struct compile_device *one, struct read_result *read)
{
	size_t kept = 0;

	if (!one->backend->ongoing || read->filter.returns_pass)
		return;
	for (size_t i = 0; i < read->residue_count; i++)
		if (!read->residue[i].ongoing)
			read->residue[kept++] = read->residue[i];
	read->residue_count = kept;
	read->filter.returns_pass = kept + read->return_count == 0;
}

static bool compile_prove(struct compile *compile, struct compile_device *one)
{
	struct source *sources;
	size_t count = compile_sources(compile, one, &sources);
	struct read_result read = { 0 };
	struct prove_result proof = { 0 };

	struct read_input input = {
		.files = sources, .file_count = count, .model = &compile->policy.model,
		.device = one->device, .at = one->filter.at, .horizon = one->filter.horizon,
		.self = one->filter.covers_self, .monitor = one->filter.monitor,
	};

	if (!reader_read(reader_find(one->backend->platform), &read, &compile->arena, &input,
			 &compile->policy.diags))
		return false;
	if (read.stateless)
		return compile_prove_stateless(compile, one, &read);
	compile_drop_ongoing(one, &read);
	if (read.unknown_count > 0 || !read.filter.returns_pass) {
		compile_report_notes(compile, one, read.unknown, read.unknown_count);
		compile_report_notes(compile, one, read.returns, read.return_count);
		compile_report_notes(compile, one, read.residue, read.residue_count);
		if (read.unknown_count + read.return_count + read.residue_count == 0)
			compile_report_difference(compile, one, &proof);
		return false;
	}
	prove_equal(&proof, &compile->arena, &one->filter, &read.filter);
	if (proof.verdict != PROVE_EQUAL)
		compile_report_difference(compile, one, &proof);
	one->method = proof.method;
	one->regions = proof.regions;
	return proof.verdict == PROVE_EQUAL;
}

static bool compile_device(struct compile *compile, struct compile_device *one)
{
	struct policy *policy = &compile->policy;
	struct place_options where = { .at = policy->at, .mode = policy->mode };
	struct backend_options how = {
		.digest = compile->digest,
		.policy = policy->model.name,
		.mode = policy->mode_name,
		.previous = compile->previous.path != NULL ? &compile->previous : NULL,
		.timezone = policy->model.timezone,
		.timezone_name = policy->model.timezone_name,
	};

	filter_place(&one->filter, &compile->arena, &policy->model, one->device, &where);
	if (compile->stage_given)
		one->filter.monitor = compile->stage == STAGE_MONITOR;
	how.monitor = one->filter.monitor;
	if (!one->backend->emit(&one->output, &one->filter, &how, &policy->diags))
		return false;
	return compile_prove(compile, one);
}

/* ---- writing ---- */

static bool compile_unwritable(struct compile *compile, const char *path, const char *why)
{
	fprintf(stderr, "cordon compile: cannot write %s: %s\n", path, why);
	compile->unwritable = true;
	return false;
}

static bool compile_write_file(struct compile *compile, const char *path,
			       const struct backend_file *file)
{
	struct file_output out;
	const char *why = NULL;

	if (!file_output_open(&out, path, &why))
		return compile_unwritable(compile, path, why);
	out.executable = file->executable;
	if (fwrite(strbuf_text(&file->text), 1, file->text.len, out.stream) != file->text.len) {
		file_output_abandon(&out);
		return compile_unwritable(compile, path, "the disk may be full");
	}
	return file_output_commit(&out, &why) || compile_unwritable(compile, path, why);
}

static bool compile_write_device(struct compile *compile, struct compile_device *one)
{
	char *folder = arena_printf(&compile->arena, "%s/%s", compile->directory,
				    one->device->name);
	struct backend_file manifest = { .name = "manifest.json" };
	const char *why = NULL;

	if (!file_make_directory(folder, &why))
		return compile_unwritable(compile, folder, why);
	for (size_t i = 0; i < one->output.file_count; i++) {
		const struct backend_file *file = &one->output.file[i];
		if (!compile_write_file(compile,
					arena_printf(&compile->arena, "%s/%s", folder, file->name),
					file))
			return false;
	}
	compile_manifest_text(compile, one, &manifest.text);
	bool written = compile_write_file(
		compile, arena_printf(&compile->arena, "%s/%s", folder, manifest.name), &manifest);
	strbuf_release(&manifest.text);
	return written;
}

static void compile_tell(struct compile *compile, const struct compile_device *one)
{
	printf("%s/%s: %s, %zu pairs of interfaces, proved equal to the policy", compile->directory,
	       one->device->name, one->backend->platform, one->filter.pair_count);
	if (one->filter.remainder_count > 0)
		printf("; %zu left for the verifier to watch", one->filter.remainder_count);
	putchar('\n');
}

static bool compile_write(struct compile *compile)
{
	struct policy *policy = &compile->policy;

	if (compile->directory == NULL && policy->format == FORMAT_TEXT) {
		const struct strbuf *text = &compile->devices.data[0].output.file[0].text;
		fwrite(strbuf_text(text), 1, text->len, stdout);
		return true;
	}
	for (size_t i = 0; compile->directory != NULL && i < compile->devices.len; i++) {
		if (!compile_write_device(compile, &compile->devices.data[i]))
			return false;
		if (policy->format == FORMAT_TEXT)
			compile_tell(compile, &compile->devices.data[i]);
	}
	if (policy->format == FORMAT_JSON)
		compile_print_json(compile, stdout);
	return true;
}

/* ---- the whole ---- */

/* What one device has now is no other's. */
static bool compile_previous(struct compile *compile)
{
	const char *why = NULL, *path = compile->previous_path;

	if (path == NULL)
		return true;
	if (compile->devices.len != 1) {
		cli_usage_error(compile->policy.verb,
				"--previous is the configuration of one device: --device NAME");
		compile->unwritable = true;
		return false;
	}
	const struct backend *backend = compile->devices.data[0].backend;
	if (backend->revert == NULL) {
		cli_usage_error(compile->policy.verb,
				"--previous: for %s the script apply replaces what is there, "
				"keeps it and goes back to it", backend->platform);
		compile->unwritable = true;
		return false;
	}
	if (!file_read(path, &compile->previous_text, &why)) {
		diag_add(&compile->policy.diags, FINDING_UNREADABLE, (struct span){ 0 },
			 "%s: %s", path, why);
		return false;
	}
	compile->previous = (struct source){ path, compile->previous_text.bytes,
					     compile->previous_text.length };
	return true;
}

static bool compile_all(struct compile *compile)
{
	struct policy *policy = &compile->policy;
	struct check_options at = { .at = policy->at, .mode = policy->mode };
	bool proved = true;

	check_policy(&policy->model, &at, &policy->diags);
	if (diags_count(&policy->diags, SEVERITY_ERROR) > 0 || !compile_choose(compile))
		return false;
	if (compile->directory == NULL && policy->format == FORMAT_TEXT &&
	    compile->devices.len > 1) {
		cli_usage_error(policy->verb, "several devices need a directory: -o DIR");
		compile->unwritable = true;
		return false;
	}
	if (!compile_previous(compile))
		return false;
	model_digest(&policy->model, compile->digest);
	for (size_t i = 0; i < compile->devices.len; i++)
		proved &= compile_device(compile, &compile->devices.data[i]);
	return proved && compile_write(compile);
}

static void compile_release(struct compile *compile)
{
	for (size_t i = 0; i < compile->devices.len; i++)
		if (compile->devices.data[i].output.file_count > 0)
			backend_output_release(&compile->devices.data[i].output);
	file_text_release(&compile->previous_text);
	vec_free(&compile->devices);
	vec_free(&compile->wanted);
	arena_release(&compile->arena);
}

static int compile_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS,
		{ "device", required_argument, NULL, OPTION_DEVICE },
		{ "output", required_argument, NULL, 'o' },
		{ "target", required_argument, NULL, OPTION_TARGET },
		{ "stage", required_argument, NULL, OPTION_STAGE },
		{ "previous", required_argument, NULL, OPTION_PREVIOUS },
		{ 0 },
	};
	struct compile compile = { 0 };
	int option, code = EXIT_UNABLE;

	policy_init(&compile.policy, verb);
	arena_init(&compile.arena);
	while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1)
		if (!compile_option(&compile, option)) {
			compile_release(&compile);
			return policy_abandon(&compile.policy, option);
		}
	if (argc - optind != 1)
		cli_usage_error(verb, "one policy is needed");
	else if (policy_load(&compile.policy, argv[optind]))
		code = compile_all(&compile)	? cli_finish(verb, EXIT_CLEAN)
		       : compile.unwritable	? EXIT_UNABLE
						: EXIT_FINDINGS;
	compile_release(&compile);
	return policy_finish(&compile.policy, code);
}

const struct verb verb_compile = {
	.name = "compile",
	.summary = "make the devices' configurations, proved equal to the policy",
	.usage = "[options] POLICY\n\n" POLICY_USAGE("text|json")
		 "  --device NAME        only this device; may be given again\n"
		 "  -o, --output DIR     write DIR/DEVICE/...; without it one device's\n"
		 "                       configuration goes to standard output\n"
		 "  --target PLATFORM    instead of the device's own\n"
		 "  --stage monitor|enforce   instead of the device's own\n"
		 "  --previous CONFIG    what the one device has now: the output replaces it, and\n"
		 "                       holds the way back; not for nftables and iptables, whose\n"
		 "                       script apply does both\n" CLI_USAGE,
	.run = compile_run,
};
