/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon explain NAME`: one finding, from the table all diagnostics share. */
#include "config.h"
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

static const char *explain_severity(enum severity severity)
{
	static const char *const words[] = { "note", "warning", "error",
					     "error (the job could not be done)" };
	return words[severity];
}

static void explain_print(const struct finding_info *info)
{
	printf("%s - %s\n\n%s\n\nWhat to do: %s\n", info->name,
	       explain_severity(info->severity), info->explanation, info->advice);
}

static int explain_unknown(const struct verb *verb, const char *name)
{
	const char *names[FINDING_COUNT];

	for (int id = 0; id < FINDING_COUNT; id++)
		names[id] = finding_info((enum finding_id)id)->name;
	const char *meant = diag_did_you_mean(name, names, FINDING_COUNT);
	if (meant != NULL)
		return cli_usage_error(verb, "there is no finding '%s'; did you mean '%s'?",
				       name, meant);
	return cli_usage_error(verb, "there is no finding '%s'", name);
}

static int explain_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		return option == 'h' ? cli_help(verb)
				     : cli_usage_error(verb, "unknown option");
	if (optind == argc) {
		for (int id = 0; id < FINDING_COUNT; id++)
			printf("%-28s %s\n", finding_info((enum finding_id)id)->name,
			       finding_info((enum finding_id)id)->advice);
		return cli_finish(verb, EXIT_CLEAN);
	}
	for (int i = optind; i < argc; i++) {
		enum finding_id id = finding_by_name(argv[i]);
		if (id == FINDING_COUNT)
			return explain_unknown(verb, argv[i]);
		if (i > optind)
			putchar('\n');
		explain_print(finding_info(id));
	}
	return cli_finish(verb, EXIT_CLEAN);
}

const struct verb verb_explain = {
	"explain",
	"explain one finding, or list them all",
	"[NAME]...\n\n  -h, --help  this text",
	explain_run,
};
