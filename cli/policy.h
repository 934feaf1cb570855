/* SPDX-License-Identifier: Apache-2.0
 *
 * What every verb that takes a policy shares: the options --at, --mode,
 * --format and --strict, loading text and model, printing what was found, and
 * the exit code.
 *
 *     struct policy policy;
 *     policy_init(&policy, verb);
 *     while ((option = getopt_long(argc, argv, "h...", options, NULL)) != -1)
 *             if (!policy_option(&policy, option))   // POLICY_OPTIONS in `options`
 *                     return policy_abandon(&policy, option);
 *     if (policy_load(&policy, argv[optind]))
 *             ... use policy.model ...
 *     return policy_finish(&policy, EXIT_CLEAN); */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "cli/cli.h"
#include "compiler/model.h"
#include "lang/lang.h"

enum policy_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF, FORMAT_MARKDOWN };

enum { OPTION_AT = 0x1000, OPTION_MODE, OPTION_FORMAT, OPTION_STRICT, OPTION_OWN };

/* For a verb's table of long options; its own long-only options have values
 * from OPTION_OWN up. */
#define POLICY_OPTIONS                                         \
	CLI_OPTIONS,                                           \
	{ "at", required_argument, NULL, OPTION_AT },          \
	{ "mode", required_argument, NULL, OPTION_MODE },      \
	{ "format", required_argument, NULL, OPTION_FORMAT },  \
	{ "strict", no_argument, NULL, OPTION_STRICT }

/* The same for a verb's usage text. FORMATS: "text|json" and what else it has. */
#define POLICY_USAGE(FORMATS)                                                       \
	"  --at TIME            judge at this instant (RFC 3339) instead of now\n" \
	"  --mode NAME          with this mode of the policy active\n"             \
	"  --format " FORMATS "   what to print\n"                                  \
	"  --strict             count warnings as errors\n"

struct policy {
	const struct verb *verb;
	int64_t at;                /* --at, default: the clock at policy_init() */
	const char *mode_name;     /* --mode as given, or NULL */
	int mode;                  /* its index once loaded, -1: none */
	bool mode_elsewhere;       /* a mode that the policy has not is none here: another
				      policy has it */
	enum policy_format format;
	unsigned formats;          /* bits 1 << FORMAT_: what the verb can print;
				      policy_init() sets text and JSON */
	bool strict;
	bool complained;           /* the value of an option is wrong, which was said */
	bool quiet;                /* the verb prints the diagnostics itself */
	const struct policy_reader *reader; /* NULL: the file system */
	struct diags diags;
	struct policy_text text;
	struct model model;
	bool loaded;               /* text and model are to be released */
};

void policy_init(struct policy *policy, const struct verb *verb);
/* Takes one option that getopt_long() returned. False if it is none of ours
 * or its value is wrong, which has then been said: end with policy_abandon(). */
bool policy_option(struct policy *policy, int option);
/* The exit code after policy_option() refused: help was asked for, or misuse. */
int policy_abandon(struct policy *policy, int option);
/* Text, model and --mode. False if there is no usable model: diagnostics say
 * why, and policy_finish() prints them. */
bool policy_load(struct policy *policy, const char *path);
/* Finds the mode of --mode. False, with a diagnostic: the policy has none of that name. */
bool policy_find_mode(struct policy *policy);
/* Prints the diagnostics on stderr (unless quiet) and releases everything.
 * The exit code: the worse of `code` and what the diagnostics tell. */
int policy_finish(struct policy *policy, int code);
/* policy_finish() for a verb whose result, not the warnings found on the way,
 * makes the exit code: `code` unless the policy could not be used. */
int policy_finish_result(struct policy *policy, int code);

#endif
