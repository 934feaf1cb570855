/* SPDX-License-Identifier: Apache-2.0
 *
 * What an audit without a policy found: a line of the configuration and what is
 * to be said about it. */
#include "config.h"
#include "cli/audit.h"

#include "verifier/analyse.h"
#include "compiler/describe.h"

static const struct {
	const char *key, *text, *others;
} kinds[ANALYSE_KINDS] = {
	[ANALYSE_ANY] = { "any-any", "lets everything pass", NULL },
	[ANALYSE_SHADOWED] = { "shadowed", "never matches: earlier lines decide otherwise",
			       "decides before it" },
	[ANALYSE_COVERED] = { "covered", "never matches: earlier lines decide the same",
			      "decides before it" },
	[ANALYSE_REDUNDANT] = { "redundant", "changes nothing: later lines decide the same", NULL },
	[ANALYSE_CORRELATED] = { "correlated", "overlaps an earlier line that decides otherwise",
				 "decides what both match" },
	[ANALYSE_UNUSED] = { "unused", "is never used", NULL },
};

static void alone_line(struct audit *audit, const char *before, const struct span *where,
		       const char *after, FILE *stream)
{
	fprintf(stream, "%s%s:%u: %s%s%s\n", before, where->source->path, where->line,
		describe_line(&audit->arena, &audit->lines, where), *after ? ": " : "",
		after);
}

void audit_alone_text(struct audit *audit, const struct analysis *analysis, FILE *stream)
{
	const struct read_lines *lines = &audit->read.lines;

	for (size_t i = 0; i < analysis->count; i++) {
		const struct analyse_finding *f = &analysis->findings[i];
		fprintf(stream, "%s:%u: ", f->where.source->path, f->where.line);
		if (f->name != NULL)
			fprintf(stream, "%s ", f->name);
		fprintf(stream, "%s [%s]\n", kinds[f->kind].text, kinds[f->kind].key);
		alone_line(audit, "    ", &f->where, "", stream);
		for (size_t k = 0; k < f->other_count; k++)
			alone_line(audit, "    ", &f->others[k], kinds[f->kind].others, stream);
	}
	for (size_t i = 0; i < audit->read.unknown_count; i++)
		fprintf(stream, "%s:%u: %s [unread]\n    %s\n",
			audit->read.unknown[i].file ? audit->read.unknown[i].file
						    : audit->files.data[0].path,
			audit->read.unknown[i].line, audit->read.unknown[i].reason,
			audit->read.unknown[i].text);
	fprintf(stream, "%s: %zu findings; %zu lines understood, %zu without effect, "
		"%zu not understood%s\n",
		audit->reader->platform, analysis->count, lines->understood, lines->irrelevant,
		lines->unknown, analysis->complete ? "" : "; too entangled to look at everything");
}

static json_t *alone_json_line(struct audit *audit, const struct span *where)
{
	return json_pack("{s:s, s:i, s:s}", "file", where->source->path, "line",
			 (int)where->line, "text",
			 describe_line(&audit->arena, &audit->lines, where));
}

static json_t *alone_json_finding(struct audit *audit, const struct analyse_finding *finding)
{
	json_t *object = alone_json_line(audit, &finding->where);
	json_t *others = json_array();

	for (size_t i = 0; i < finding->other_count; i++)
		json_array_append_new(others, alone_json_line(audit, &finding->others[i]));
	json_object_set_new(object, "kind", json_string(kinds[finding->kind].key));
	json_object_set_new(object, "message", json_string(kinds[finding->kind].text));
	json_object_set_new(object, "others", others);
	if (finding->name != NULL)
		json_object_set_new(object, "name", json_string(finding->name));
	return object;
}

void audit_alone_json(struct audit *audit, const struct analysis *analysis, FILE *stream)
{
	json_t *root = json_object(), *findings = json_array();

	for (size_t i = 0; i < analysis->count; i++)
		json_array_append_new(findings,
				      alone_json_finding(audit, &analysis->findings[i]));
	json_object_set_new(root, "schema", json_string("cordon/audit/1"));
	json_object_set_new(root, "platform", json_string(audit->reader->platform));
	json_object_set_new(root, "findings", findings);
	json_object_set_new(root, "complete", json_boolean(analysis->complete));
	audit_json_read(audit, root);
	json_dumpf(root, stream, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', stream);
	json_decref(root);
}
