/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon graph`: the picture of a policy, laid out by Graphviz. */
#include "config.h"
#include "cli/graph.h"

#include <errno.h>
#include <string.h>

#include <graphviz/gvc.h>

#include "base/file.h"
#include "cli/policy.h"

enum { OPTION_OVERLAY = OPTION_OWN };

struct graph_options {
	const char *format;  /* svg, dot or png */
	const char *output;  /* NULL: standard output */
	const char *overlay; /* NULL: none */
};

/* The picture as bytes, to be freed by the caller; NULL if Graphviz could not. */
static char *graph_text(Agraph_t *graph, size_t *length)
{
	char *bytes = NULL;
	FILE *stream = open_memstream(&bytes, length);

	if (stream == NULL)
		return NULL;
	int written = agwrite(graph, stream);
	if (fclose(stream) == 0 && written == 0)
		return bytes;
	free(bytes);
	return NULL;
}

static char *graph_laid_out(Agraph_t *graph, const char *format, size_t *length)
{
	GVC_t *context = gvContext();
	char *rendered = NULL, *bytes = NULL;
	unsigned int size = 0;

	if (gvLayout(context, graph, "dot") == 0) {
		if (gvRenderData(context, graph, format, &rendered, &size) == 0) {
			bytes = memory_alloc((size_t)size + 1);
			memcpy(bytes, rendered, size);
			*length = size;
			gvFreeRenderData(rendered);
		}
		gvFreeLayout(context, graph);
	}
	gvFreeContext(context);
	return bytes;
}

static char *graph_render(const struct policy *policy, const struct graph_overlay *overlay,
			  const char *format, size_t *length)
{
	/* Graphviz's own remarks, about fonts say, are not for the user. */
	agseterr(AGMAX);
	Agraph_t *graph = graph_draw(&policy->model, overlay);
	if (strcmp(format, "png") == 0)
		agattr(graph, AGRAPH, (char *)"dpi", (char *)"144");
	char *bytes = strcmp(format, "dot") == 0 ? graph_text(graph, length)
						 : graph_laid_out(graph, format, length);
	agclose(graph);
	return bytes;
}

static bool graph_deliver(struct diags *diags, const char *path, const char *bytes,
			  size_t length)
{
	struct span nowhere = { 0 };
	const char *why = NULL;

	if (path == NULL || strcmp(path, "-") == 0) {
		fwrite(bytes, 1, length, stdout); /* cli_finish() tells of failures */
		return true;
	}
	if (file_write(path, bytes, length, &why))
		return true;
	diag_add(diags, FINDING_UNREADABLE, nowhere, "%s cannot be written: %s", path, why);
	return false;
}

static bool graph_policy(struct policy *policy, const struct graph_options *options)
{
	struct graph_overlay overlay;
	struct span nowhere = { 0 };
	size_t length = 0;
	bool done = false;

	if (options->overlay != NULL &&
	    !graph_overlay_load(&overlay, &policy->model, options->overlay, &policy->diags)) {
		graph_overlay_release(&overlay);
		return false;
	}
	char *bytes = graph_render(policy, options->overlay != NULL ? &overlay : NULL,
				   options->format, &length);
	if (bytes != NULL)
		done = graph_deliver(&policy->diags, options->output, bytes, length);
	else
		diag_add(&policy->diags, FINDING_UNREADABLE, nowhere,
			 "Graphviz could not draw the %s: are its plugins installed?",
			 options->format);
	free(bytes);
	if (options->overlay != NULL)
		graph_overlay_release(&overlay);
	return done;
}

static bool graph_format(const struct verb *verb, const char *name)
{
	if (strcmp(name, "svg") == 0 || strcmp(name, "dot") == 0 || strcmp(name, "png") == 0)
		return true;
	cli_usage_error(verb, "it has no format '%s'", name);
	return false;
}

static bool graph_option(struct policy *policy, struct graph_options *options, int option)
{
	switch (option) {
	case 'o':
		options->output = optarg;
		return true;
	case OPTION_OVERLAY:
		options->overlay = optarg;
		return true;
	case OPTION_FORMAT:
		options->format = optarg;
		return graph_format(policy->verb, optarg);
	default:
		return false;
	}
}

static int graph_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option longs[] = {
		CLI_OPTIONS,
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "output", required_argument, NULL, 'o' },
		{ "overlay", required_argument, NULL, OPTION_OVERLAY },
		{ 0 },
	};
	struct graph_options options = { .format = "svg" };
	struct policy policy;
	int option, code = EXIT_CLEAN;

	policy_init(&policy, verb);
	while ((option = getopt_long(argc, argv, "ho:", longs, NULL)) != -1)
		if (!graph_option(&policy, &options, option))
			return policy_abandon(&policy, option);
	if (argc - optind != 1) {
		policy_finish(&policy, EXIT_UNABLE);
		return cli_usage_error(verb, "one policy is needed");
	}
	if (policy_load(&policy, argv[optind]) && !graph_policy(&policy, &options))
		code = EXIT_UNABLE;
	/* Warnings about the policy are `check`'s to tell. */
	policy.quiet = diags_count(&policy.diags, SEVERITY_ERROR) == 0;
	return policy_finish_result(&policy, code);
}

const struct verb verb_graph = {
	"graph",
	"the zones, conduits and devices as a picture",
	"[options] POLICY\n\n"
	"  --format svg|dot|png   what to draw; svg if not given\n"
	"  -o, --output FILE    write there instead of to standard output\n"
	"  --overlay FILE       paint the violations of a report of\n"
	"                       `cordon verify --format json`\n" CLI_USAGE,
	graph_run,
};
