/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon check`: parses, resolves, proves asserts, reports findings. */
#include "config.h"
#include "cli/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/sarif.h"
#include "compiler/check.h"

enum { OPTION_BUDGET = OPTION_OWN };

static json_t *check_json(struct policy *policy)
{
	json_t *result = json_pack("{s:s, s:o}", "schema", "cordon/check/1", "findings",
				   diags_json(&policy->diags));

	if (policy->diags.limit_reached > 0)
		json_object_set_new(result, "omitted",
				    json_integer((json_int_t)policy->diags.limit_reached));
	return result;
}

static void check_print(struct policy *policy)
{
	json_t *result = policy->format == FORMAT_SARIF ? sarif_of_diags(&policy->diags)
							: check_json(policy);

	json_dumpf(result, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(result);
}

static bool check_budget(const struct verb *verb, const char *text, uint64_t *budget)
{
	char *end;

	errno = 0;
	*budget = strtoull(text, &end, 10);
	if (text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0)
		return true;
	cli_usage_error(verb, "'%s' is not a number of regions", text);
	return false;
}

static int check_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS,
		{ "budget", required_argument, NULL, OPTION_BUDGET },
		{ 0 },
	};
	uint64_t budget = 0;
	struct policy policy;
	int option;

	policy_init(&policy, verb);
	policy.formats |= 1 << FORMAT_SARIF;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (option == OPTION_BUDGET) {
			if (!check_budget(verb, optarg, &budget))
				return policy_abandon(&policy, OPTION_FORMAT);
		} else if (!policy_option(&policy, option)) {
			return policy_abandon(&policy, option);
		}
	if (argc - optind != 1) {
		diags_release(&policy.diags);
		return cli_usage_error(verb, "it takes one policy");
	}
	policy.quiet = policy.format != FORMAT_TEXT;
	if (policy_load(&policy, argv[optind])) {
		struct check_options at = { .at = policy.at, .mode = policy.mode, .budget = budget };
		check_policy(&policy.model, &at, &policy.diags);
	}
	if (policy.quiet)
		check_print(&policy);
	return policy_finish(&policy, EXIT_CLEAN);
}

const struct verb verb_check = {
	.name = "check",
	.summary = "prove a policy's asserts and report findings",
	.usage = "[options] POLICY\n\n" POLICY_USAGE("text|json|sarif")
		 "  --budget N           regions of flows that one proof may take\n" CLI_USAGE,
	.run = check_run,
};
