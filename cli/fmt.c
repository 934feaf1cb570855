/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon fmt`: the canonical layout of a policy's files, each by itself. */
#include "config.h"
#include "cli/cli.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "lang/lang.h"

struct fmt_options {
	bool check, in_place;
};

static int fmt_deliver(const struct fmt_options *options, const char *path,
		       const struct file_text *text, const struct strbuf *out)
{
	bool same = out->len == text->length &&
		    (out->len == 0 || memcmp(strbuf_text(out), text->bytes, out->len) == 0);
	const char *why = NULL;

	if (options->check) {
		if (!same)
			printf("%s\n", path);
		return same ? EXIT_CLEAN : EXIT_FINDINGS;
	}
	if (!options->in_place) {
		fwrite(strbuf_text(out), 1, out->len, stdout);
		return EXIT_CLEAN;
	}
	if (same || file_replace(path, strbuf_text(out), out->len, &why))
		return EXIT_CLEAN;
	fprintf(stderr, "cordon fmt: cannot write %s: %s\n", path, why);
	return EXIT_UNABLE;
}

static int fmt_file(const struct fmt_options *options, const char *path)
{
	struct file_text text;
	struct strbuf out = STRBUF_INIT;
	struct diags diags;
	const char *why = NULL;
	int code = EXIT_UNABLE;

	if (!file_read(path, &text, &why)) {
		fprintf(stderr, "cordon fmt: cannot read %s: %s\n", path, why);
		return EXIT_UNABLE;
	}
	diags_init(&diags);
	if (policy_format(path, text.bytes, text.length, &out, &diags))
		code = fmt_deliver(options, path, &text, &out);
	diags_print(&diags, stderr);
	diags_release(&diags);
	strbuf_release(&out);
	file_text_release(&text);
	return code;
}

static int fmt_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "in-place", no_argument, NULL, 'i' },
		CLI_OPTIONS,
		{ 0 },
	};
	struct fmt_options options = { false, false };
	int option, code = EXIT_CLEAN;

	while ((option = getopt_long(argc, argv, "ih", longs, NULL)) != -1) {
		if (option != 'c' && option != 'i')
			return cli_leave(verb, option);
		options.check |= option == 'c';
		options.in_place |= option == 'i';
	}
	if (optind == argc)
		return cli_usage_error(verb, "no file is named");
	for (int i = optind; i < argc; i++) {
		if (options.in_place && strcmp(argv[i], "-") == 0)
			return cli_usage_error(verb, "standard input has no place to write to");
		int one = fmt_file(&options, argv[i]);
		code = one > code ? one : code;
	}
	return cli_finish(verb, code);
}

const struct verb verb_fmt = {
	"fmt",
	"the canonical layout of policy files, comments kept",
	"[options] FILE...\n\n"
	"  --check              only name the files that are laid out otherwise; exit 1\n"
	"  -i, --in-place       rewrite the files\n" CLI_USAGE,
	fmt_run,
};
