/* SPDX-License-Identifier: Apache-2.0
 *
 * Cordon: network segmentation as code for industrial plants. */
#include "config.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct verb *const verbs[] = {
	&verb_check,
	&verb_compile,
	&verb_explain,
	&verb_fmt,
	&verb_services,
	&verb_query,
	&verb_verify,
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

int cli_help(const struct verb *verb)
{
	printf("Usage: cordon %s %s\n", verb->name, verb->usage);
	return cli_finish(verb, EXIT_CLEAN);
}

int cli_finish(const struct verb *verb, int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "cordon %s: cannot write the output: %s\n", verb->name,
		strerror(errno));
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

int main(int argc, char **argv)
{
	if (argc < 2)
		return main_help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return main_help(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		puts("cordon " PACKAGE_VERSION);
		return EXIT_CLEAN;
	}
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(argv[1], verbs[i]->name) == 0)
			return verbs[i]->run(verbs[i], argc - 1, argv + 1);
	fprintf(stderr, "cordon: there is no verb '%s'\n", argv[1]);
	return main_help(stderr);
}
