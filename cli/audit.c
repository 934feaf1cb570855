/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon audit`: a deployed configuration held against the policy, or, without
 * a policy, against itself. */
#include "config.h"
#include "cli/audit.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "verifier/analyse.h"

enum { OPTION_DEVICE = OPTION_OWN, OPTION_TARGET, OPTION_STAGE };

static bool audit_option(struct audit *audit, int option)
{
	switch (option) {
	case OPTION_DEVICE: audit->device_name = optarg; return true;
	case OPTION_TARGET: audit->target = optarg; return true;
	case OPTION_STAGE:
		audit->stage_given = true;
		audit->stage = strcmp(optarg, "monitor") == 0 ? STAGE_MONITOR : STAGE_ENFORCE;
		if (audit->stage == STAGE_MONITOR || strcmp(optarg, "enforce") == 0)
			return true;
		cli_usage_error(audit->policy.verb, "'%s' is no stage", optarg);
		return false;
	default: return policy_option(&audit->policy, option);
	}
}

/* ---- what is read ---- */

static bool audit_load_files(struct audit *audit, char **paths, int count)
{
	bool fine = true;

	for (int i = 0; i < count; i++) {
		struct file_text text;
		const char *why = NULL;
		if (!file_read(paths[i], &text, &why)) {
			diag_add(&audit->policy.diags, FINDING_UNREADABLE, (struct span){ 0 },
				 "%s: %s", paths[i], why);
			fine = false;
			continue;
		}
		struct source source = { paths[i], text.bytes, text.length };
		vec_push(&audit->files, source);
	}
	return fine;
}

static bool audit_find_device(struct audit *audit)
{
	const struct model *model = &audit->policy.model;
	struct diags *diags = &audit->policy.diags;
	const char **names = memory_array(model->device_count + 1, sizeof(*names));

	for (size_t i = 0; i < model->device_count; i++) {
		names[i] = model->devices[i].name;
		if (strcmp(names[i], audit->device_name) == 0)
			audit->device = &model->devices[i];
	}
	if (audit->device == NULL) {
		struct diag *diag = diag_add(diags, FINDING_UNKNOWN_DEVICE, (struct span){ 0 },
					     "the policy has no device '%s'",
					     audit->device_name);
		diag_suggest(diags, diag, audit->device_name, names, model->device_count);
	}
	free(names);
	return audit->device != NULL;
}

/* --target, else the device's platform, else what the text looks like. */
static bool audit_find_reader(struct audit *audit)
{
	const char *platform = audit->target;

	if (platform == NULL && audit->device != NULL)
		platform = audit->device->platform;
	if (platform != NULL)
		audit->reader = reader_find(platform);
	for (size_t i = 0; platform == NULL && audit->reader == NULL && i < audit->files.len; i++)
		audit->reader = reader_guess(&audit->files.data[i]);
	if (audit->reader != NULL)
		return true;
	diag_add(&audit->policy.diags, FINDING_UNREADABLE, (struct span){ 0 },
		 platform != NULL ? "configurations of platform '%s' cannot be read"
				  : "the platform of the configuration is not known: "
				    "say --target PLATFORM",
		 platform);
	return false;
}

static bool audit_read(struct audit *audit)
{
	struct read_input input = {
		.files = audit->files.data, .file_count = audit->files.len,
		.at = audit->policy.at,
		.horizon = audit->policy.at + FILTER_HORIZON_SECONDS,
		.alone = audit->device == NULL,
	};

	if (audit->device != NULL) {
		input.model = &audit->policy.model;
		input.device = audit->device;
		input.at = audit->intent.at;
		input.horizon = audit->intent.horizon;
		input.self = audit->intent.covers_self;
		input.monitor = audit->intent.monitor;
		input.deployed = true;
	}
	return reader_read(audit->reader, &audit->read, &audit->arena, &input,
			   &audit->policy.diags);
}

/* ---- against a policy ---- */

static bool audit_place(struct audit *audit)
{
	struct place_options where = { .at = audit->policy.at, .mode = audit->policy.mode };

	filter_place(&audit->intent, &audit->arena, &audit->policy.model, audit->device, &where);
	if (audit->stage_given)
		audit->intent.monitor = audit->stage == STAGE_MONITOR;
	return true;
}

static int audit_policy(struct audit *audit, char **arguments, int count)
{
	if (!policy_load(&audit->policy, arguments[0]) || !audit_find_device(audit) ||
	    !audit_load_files(audit, arguments + 1, count - 1) || !audit_find_reader(audit) ||
	    !audit_place(audit) || !audit_read(audit))
		return EXIT_UNABLE;
	prove_report(&audit->report, &audit->arena, &audit->policy.model, &audit->intent,
		     &audit->read);
	if (audit->policy.format == FORMAT_JSON)
		audit_print_json(audit, stdout);
	else
		audit_print_text(audit, stdout);
	return audit->report.verdict == PROVE_EQUAL ? EXIT_CLEAN : EXIT_FINDINGS;
}

/* ---- without a policy ---- */

static int audit_alone(struct audit *audit, char **arguments, int count)
{
	struct analysis analysis;

	if (!audit_load_files(audit, arguments, count) || !audit_find_reader(audit) ||
	    !audit_read(audit))
		return EXIT_UNABLE;
	analyse(&analysis, &audit->arena, &audit->read);
	if (audit->policy.format == FORMAT_JSON)
		audit_alone_json(audit, &analysis, stdout);
	else
		audit_alone_text(audit, &analysis, stdout);
	return audit->policy.strict && analysis.count > 0 ? EXIT_FINDINGS : EXIT_CLEAN;
}

/* ---- the whole ---- */

static void audit_release(struct audit *audit)
{
	source_lines_release(&audit->lines);
	for (size_t i = 0; i < audit->files.len; i++) {
		struct file_text text = { (char *)audit->files.data[i].text,
					  audit->files.data[i].length };
		file_text_release(&text);
	}
	vec_free(&audit->files);
	arena_release(&audit->arena);
}

static int audit_arguments(struct audit *audit, char **arguments, int count)
{
	const struct verb *verb = audit->policy.verb;

	if (audit->device_name == NULL && count > 0)
		return audit_alone(audit, arguments, count);
	if (audit->device_name == NULL)
		return cli_usage_error(verb, "a configuration is needed");
	if (count < 2)
		return cli_usage_error(verb, "a policy and a configuration are needed");
	return audit_policy(audit, arguments, count);
}

static int audit_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS,
		{ "device", required_argument, NULL, OPTION_DEVICE },
		{ "target", required_argument, NULL, OPTION_TARGET },
		{ "stage", required_argument, NULL, OPTION_STAGE },
		{ 0 },
	};
	struct audit audit = { 0 };
	int option;

	policy_init(&audit.policy, verb);
	arena_init(&audit.arena);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (!audit_option(&audit, option)) {
			audit_release(&audit);
			return policy_abandon(&audit.policy, option);
		}
	int code = audit_arguments(&audit, argv + optind, argc - optind);
	code = policy_finish_result(&audit.policy, code);
	audit_release(&audit);
	return code;
}

const struct verb verb_audit = {
	.name = "audit",
	.summary = "hold a deployed configuration against the policy, or against itself",
	.usage = "[options] POLICY --device NAME CONFIG...\n"
		 "       cordon audit [options] CONFIG...\n\n" POLICY_USAGE("text|json")
		 "  --device NAME        the device that the configuration was taken from\n"
		 "  --target PLATFORM    instead of the device's own, or of what the text looks like\n"
		 "  --stage monitor|enforce   instead of the device's own\n" CLI_USAGE,
	.run = audit_run,
};
