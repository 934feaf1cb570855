/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon explain NAME`: one finding, from the table all diagnostics share. */
#include "config.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/diag.h"
#include "base/vec.h"

struct explain {
	VEC(const struct finding_info *) chosen;
};

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

static void explain_unknown(const struct verb *verb, const char *name)
{
	const char *names[FINDING_COUNT];

	for (int id = 0; id < FINDING_COUNT; id++)
		names[id] = finding_info((enum finding_id)id)->name;
	const char *meant = diag_did_you_mean(name, names, FINDING_COUNT);
	if (meant != NULL)
		cli_usage_error(verb, "there is no finding '%s'; did you mean '%s'?", name, meant);
	else
		cli_usage_error(verb, "there is no finding '%s'", name);
}

/* Which findings, in the table's order where all are. False if a name is unknown. */
static bool explain_choose(struct explain *explain, const struct verb *verb, char **names)
{
	if (*names == NULL)
		for (int id = 0; id < FINDING_COUNT; id++)
			vec_push(&explain->chosen, finding_info((enum finding_id)id));
	for (; *names != NULL; names++) {
		enum finding_id id = finding_by_name(*names);
		if (id == FINDING_COUNT) {
			explain_unknown(verb, *names);
			return false;
		}
		vec_push(&explain->chosen, finding_info(id));
	}
	return true;
}

static void explain_json(const struct explain *explain)
{
	json_t *list = json_array();

	for (size_t i = 0; i < explain->chosen.len; i++) {
		const struct finding_info *info = explain->chosen.data[i];
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s}", "name", info->name, "severity",
					severity_word(info->severity), "explanation",
					info->explanation, "advice", info->advice));
	}
	json_t *result = json_pack("{s:s, s:o}", "schema", "cordon/explain/1", "findings", list);
	json_dumpf(result, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(result);
}

static void explain_text(const struct explain *explain, bool whole)
{
	for (size_t i = 0; i < explain->chosen.len; i++) {
		const struct finding_info *info = explain->chosen.data[i];
		if (!whole)
			printf("%-28s %s\n", info->name, info->advice);
		else
			explain_print(info);
		if (whole && i + 1 < explain->chosen.len)
			putchar('\n');
	}
}

static int explain_findings(const struct verb *verb, bool json, char **names)
{
	struct explain explain = { .chosen = VEC_INIT };
	bool chosen = explain_choose(&explain, verb, names);

	if (chosen && json)
		explain_json(&explain);
	else if (chosen)
		explain_text(&explain, *names != NULL);
	vec_free(&explain.chosen);
	return chosen ? cli_finish(verb, EXIT_CLEAN) : EXIT_UNABLE;
}

static int explain_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "format", required_argument, NULL, 'f' },
		{ 0 },
	};
	const char *format = "text";
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option != 'f')
			return cli_leave(verb, option);
		format = optarg;
	}
	bool json = strcmp(format, "json") == 0;
	if (!json && strcmp(format, "text") != 0)
		return cli_usage_error(verb, "the formats are text and json");
	return explain_findings(verb, json, argv + optind);
}

const struct verb verb_explain = {
	"explain",
	"explain one finding, or list them all",
	"[options] [NAME]...\n\n"
	"  --format text|json   what to print\n" CLI_USAGE,
	explain_run,
};
