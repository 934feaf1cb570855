/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's verbs, one file each, and the options they share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>

/* The exit codes of every verb. */
enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_UNABLE = 2 };

struct verb {
	const char *name;
	const char *summary; /* one line, for `cordon --help` */
	/* "[options] POLICY", then for each option a line "  -x, --long VALUE  text",
	 * the forms as in the table given to getopt_long(): manual pages, completions
	 * and a test go by them. */
	const char *usage;
	/* argv[0] is "cordon VERB". Returns the exit code. */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_audit;
extern const struct verb verb_check;
extern const struct verb verb_compile;
extern const struct verb verb_diff;
extern const struct verb verb_explain;
extern const struct verb verb_fmt;
extern const struct verb verb_services;
extern const struct verb verb_query;
extern const struct verb verb_verify;
extern const struct verb verb_graph;

/* The options of every verb, for its table of long options and its usage. */
enum { OPTION_VERSION = 0x800 };
#define CLI_OPTIONS                                 \
	{ "help", no_argument, NULL, 'h' },         \
	{ "version", no_argument, NULL, OPTION_VERSION }
#define CLI_USAGE                                   \
	"  -h, --help           this text\n"        \
	"  --version            the program's version\n"

/* The exit code after getopt_long() returned an option that is not the verb's
 * own: help, the version, or misuse, which getopt_long() has complained about. */
int cli_leave(const struct verb *verb, int option);

/* "cordon VERB: message" and how to get help, on stderr; returns EXIT_UNABLE. */
int cli_usage_error(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The verb's help on stdout; returns EXIT_CLEAN. */
int cli_help(const struct verb *verb);
/* Flushes stdout: `code`, or EXIT_UNABLE with a message if it could not be written. */
int cli_finish(const struct verb *verb, int code);

#endif
