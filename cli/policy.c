/* SPDX-License-Identifier: Apache-2.0
 *
 * What every verb that takes a policy shares. */
#include "config.h"
#include "cli/policy.h"

#include <string.h>
#include <time.h>

void policy_init(struct policy *policy, const struct verb *verb)
{
	*policy = (struct policy){ .verb = verb, .at = (int64_t)time(NULL), .mode = -1,
				   .formats = 1 << FORMAT_TEXT | 1 << FORMAT_JSON };
	diags_init(&policy->diags);
}

static bool policy_format_option(struct policy *policy, const char *name)
{
	static const char *const names[] = { "text", "json", "sarif", "markdown" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0 && (policy->formats >> i & 1)) {
			policy->format = (enum policy_format)i;
			return true;
		}
	cli_usage_error(policy->verb, "it has no format '%s'", name);
	return false;
}

bool policy_option(struct policy *policy, int option)
{
	switch (option) {
	case OPTION_AT:
		if (instant_parse(optarg, &policy->at))
			return true;
		cli_usage_error(policy->verb, "'%s' is not an instant (RFC 3339)", optarg);
		return false;
	case OPTION_MODE:
		policy->mode_name = optarg;
		return true;
	case OPTION_FORMAT:
		return policy_format_option(policy, optarg);
	case OPTION_STRICT:
		policy->strict = true;
		return true;
	default:
		return false;
	}
}

int policy_abandon(struct policy *policy, int option)
{
	diags_release(&policy->diags);
	if (option == OPTION_AT || option == OPTION_FORMAT || policy->complained)
		return EXIT_UNABLE; /* the value was complained about */
	return cli_leave(policy->verb, option);
}

bool policy_find_mode(struct policy *policy)
{
	const struct model *model = &policy->model;
	const char *names[64]; /* a policy has no more */

	if (policy->mode_name == NULL)
		return true;
	policy->mode = model_mode_by_name(model, policy->mode_name);
	if (policy->mode >= 0 || policy->mode_elsewhere)
		return true;
	for (size_t i = 0; i < model->mode_count; i++)
		names[i] = model->modes[i].name;
	struct diag *diag = diag_add(&policy->diags, FINDING_UNKNOWN_NAME, (struct span){ 0 },
				     "the policy has no mode '%s'", policy->mode_name);
	diag_suggest(&policy->diags, diag, policy->mode_name, names, model->mode_count);
	diag->severity = SEVERITY_FATAL; /* a wrong option, not a fault of the policy */
	return false;
}

bool policy_load(struct policy *policy, const char *path)
{
	bool parsed = policy->reader != NULL
		? policy_text_load_with(&policy->text, path, policy->reader, &policy->diags)
		: policy_text_load(&policy->text, path, &policy->diags);

	policy->loaded = true;
	bool resolved = model_resolve(&policy->model, &policy->text, &policy->diags);
	return parsed && resolved && policy_find_mode(policy);
}

int policy_finish_result(struct policy *policy, int code)
{
	int found = diags_exit_code(&policy->diags, policy->strict);

	diags_sort(&policy->diags);
	if (!policy->quiet)
		diags_print(&policy->diags, stderr);
	if (diags_count(&policy->diags, SEVERITY_ERROR) > 0 || policy->strict)
		code = found > code ? found : code;
	if (policy->loaded) {
		model_release(&policy->model);
		policy_text_release(&policy->text);
	}
	diags_release(&policy->diags);
	return cli_finish(policy->verb, code);
}

int policy_finish(struct policy *policy, int code)
{
	int found = diags_exit_code(&policy->diags, policy->strict);
	return policy_finish_result(policy, found > code ? found : code);
}
