/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon check`: parses, resolves, proves asserts, reports findings. */
#include "config.h"
#include "cli/policy.h"

#include <stdio.h>

#include "compiler/check.h"

static void check_print_json(struct policy *policy)
{
	diags_sort(&policy->diags);
	json_t *result = json_pack("{s:s, s:o}", "schema", "cordon/check/1", "findings",
				   diags_json(&policy->diags));

	json_dumpf(result, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(result);
}

static int check_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = { POLICY_OPTIONS, { 0 } };
	struct policy policy;
	int option;

	policy_init(&policy, verb);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (!policy_option(&policy, option))
			return policy_abandon(&policy, option);
	if (argc - optind != 1) {
		diags_release(&policy.diags);
		return cli_usage_error(verb, "it takes one policy");
	}
	policy.quiet = policy.format == FORMAT_JSON;
	if (policy_load(&policy, argv[optind])) {
		struct check_options at = { policy.at, policy.mode };
		check_policy(&policy.model, &at, &policy.diags);
	}
	if (policy.format == FORMAT_JSON)
		check_print_json(&policy);
	return policy_finish(&policy, EXIT_CLEAN);
}

const struct verb verb_check = {
	.name = "check",
	.summary = "prove a policy's asserts and report findings",
	.usage = "[options] POLICY\n\n" POLICY_USAGE,
	.run = check_run,
};
