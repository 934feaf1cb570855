/* SPDX-License-Identifier: Apache-2.0
 *
 * Cordon: network segmentation as code for industrial plants. */
#include "config.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

static const struct verb *const verbs[] = {
	&verb_check,
	&verb_compile,
	&verb_diff,
	&verb_explain,
	&verb_fmt,
	&verb_services,
	&verb_query,
	&verb_verify,
	&verb_audit,
	&verb_graph,
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

int cli_usage_error(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "cordon %s: ", verb->name);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\nTry 'cordon %s --help'.\n", verb->name);
	va_end(args);
	return EXIT_UNABLE;
}

static int main_version(void)
{
	puts("cordon " PACKAGE_VERSION);
	return EXIT_CLEAN;
}

int cli_leave(const struct verb *verb, int option)
{
	if (option == 'h')
		return cli_help(verb);
	if (option == OPTION_VERSION)
		return cli_finish(verb, main_version());
	fprintf(stderr, "Try 'cordon %s --help'.\n", verb->name);
	return EXIT_UNABLE;
}

int cli_help(const struct verb *verb)
{
	printf("Usage: cordon %s %s", verb->name, verb->usage);
	return cli_finish(verb, EXIT_CLEAN);
}

/* A job of several steps asks more than once; the reason is known the first time. */
int cli_finish(const struct verb *verb, int code)
{
	static bool told;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (!told)
		fprintf(stderr, "cordon %s: cannot write the output: %s\n", verb->name,
			strerror(errno));
	told = true;
	return EXIT_UNABLE;
}

static int main_help(FILE *stream)
{
	fputs("Usage: cordon VERB [options] POLICY ...\n\nVerbs:\n", stream);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(stream, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\n'cordon VERB --help' tells the options of one verb.\n", stream);
	return stream == stdout ? EXIT_CLEAN : EXIT_UNABLE;
}

/* getopt_long() begins its complaints with argv[0]. */
static int main_run(const struct verb *verb, int argc, char **argv)
{
	static char name[32];

	snprintf(name, sizeof(name), "cordon %s", verb->name);
	argv[0] = name;
	return verb->run(verb, argc, argv);
}

static int main_unknown(const char *word)
{
	const char *names[VERB_COUNT];

	for (size_t i = 0; i < VERB_COUNT; i++)
		names[i] = verbs[i]->name;
	const char *meant = diag_did_you_mean(word, names, VERB_COUNT);
	fprintf(stderr, "cordon: there is no verb '%s'", word);
	if (meant != NULL)
		fprintf(stderr, "; did you mean '%s'?", meant);
	fputs("\nTry 'cordon --help'.\n", stderr);
	return EXIT_UNABLE;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return main_help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return main_help(stdout);
	if (strcmp(argv[1], "--version") == 0)
		return main_version();
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(argv[1], verbs[i]->name) == 0)
			return main_run(verbs[i], argc - 1, argv + 1);
	return main_unknown(argv[1]);
}
