/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics as SARIF 2.1.0 (OASIS): one run, a rule for each finding that
 * occurs, in the order of the table, and a result for each diagnostic. What an
 * exception accepted is a suppressed result (section 3.27.23). */
#include "config.h"
#include "cli/sarif.h"

#include <string.h>

#include "base/strbuf.h"

/* "error" as well for what ends the job: SARIF has no more than three levels. */
static const char *sarif_level(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NOTE: return "note";
	case SEVERITY_WARNING: return "warning";
	case SEVERITY_ERROR:
	case SEVERITY_FATAL: break;
	}
	return "error";
}

static json_t *sarif_text(const char *text)
{
	return json_pack("{s:s}", "text", text);
}

json_t *sarif_rule(enum finding_id id)
{
	const struct finding_info *info = finding_info(id);

	return json_pack("{s:s, s:o, s:o, s:{s:s}}", "id", info->name, "fullDescription",
			 sarif_text(info->explanation), "help", sarif_text(info->advice),
			 "defaultConfiguration", "level", sarif_level(info->severity));
}

static json_t *sarif_rules(const struct diags *diags)
{
	bool seen[FINDING_COUNT] = { false };
	json_t *rules = json_array();

	for (size_t i = 0; i < diags->len; i++)
		seen[diags->list[i]->id] = true;
	for (int id = 0; id < FINDING_COUNT; id++)
		if (seen[id])
			json_array_append_new(rules, sarif_rule((enum finding_id)id));
	return rules;
}

/* A path as a URI reference (RFC 3986, section 4.2): unreserved characters and
 * slashes as they are, the rest as percent and two digits. */
static void sarif_uri(struct strbuf *uri, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";

	for (const char *at = path; *at != '\0'; at++)
		if (strchr(plain, *at) != NULL)
			strbuf_putc(uri, *at);
		else
			strbuf_printf(uri, "%%%02X", (unsigned char)*at);
}

/* Columns are bytes here and code points there. */
static int sarif_column(struct source_lines *lines, const struct span *where)
{
	size_t length = 0;
	const char *line = source_line(lines, where, &length);
	int column = 1;

	for (uint32_t byte = 0; line != NULL && byte + 1 < where->column && byte < length; byte++)
		column += ((unsigned char)line[byte] & 0xc0) != 0x80;
	return column;
}

static json_t *sarif_location(struct source_lines *lines, const struct span *where)
{
	struct strbuf uri = STRBUF_INIT;

	sarif_uri(&uri, where->source->path);
	json_t *location = json_pack("{s:{s:{s:s}, s:{s:i, s:i}}}", "physicalLocation",
				     "artifactLocation", "uri", strbuf_text(&uri), "region",
				     "startLine", (int)where->line, "startColumn",
				     sarif_column(lines, where));
	strbuf_release(&uri);
	return location;
}

json_t *sarif_locations(struct source_lines *lines, const struct span *where)
{
	json_t *list = json_array();

	if (where->source != NULL && where->line > 0)
		json_array_append_new(list, sarif_location(lines, where));
	return list;
}

static json_t *sarif_message(const struct diag *diag)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_puts(&text, diag->message);
	if (diag->witness != NULL)
		strbuf_printf(&text, "; for example: %s", diag->witness);
	if (diag->options != NULL)
		strbuf_printf(&text, "; with: %s", diag->options);
	if (diag->hint != NULL)
		strbuf_printf(&text, "; hint: %s", diag->hint);
	json_t *message = sarif_text(strbuf_text(&text));
	strbuf_release(&text);
	return message;
}

json_t *sarif_result(struct source_lines *lines, const struct diag *diag)
{
	json_t *result = json_pack("{s:s, s:s, s:o, s:o}", "ruleId",
				   finding_info(diag->id)->name, "level",
				   sarif_level(diag->severity), "message", sarif_message(diag),
				   "locations", sarif_locations(lines, &diag->where));

	if (diag->other.source != NULL)
		json_object_set_new(result, "relatedLocations", sarif_locations(lines, &diag->other));
	if (diag->accepted != NULL)
		json_object_set_new(result, "suppressions",
				    json_pack("[{s:s, s:s}]", "kind", "inSource",
					      "justification", diag->accepted));
	return result;
}

json_t *sarif_log(json_t *rules, json_t *results)
{
	json_t *run = json_pack("{s:{s:{s:s, s:o}}, s:s, s:o}", "tool", "driver", "name", "cordon",
				"rules", rules, "columnKind", "unicodeCodePoints", "results",
				results);

	return json_pack("{s:s, s:s, s:[o]}", "$schema",
			 "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0",
			 "runs", run);
}

json_t *sarif_of_diags(struct diags *diags)
{
	struct source_lines lines = { 0 };
	json_t *results = json_array();

	diags_sort(diags);
	for (size_t i = 0; i < diags->len; i++)
		json_array_append_new(results, sarif_result(&lines, diags->list[i]));
	source_lines_release(&lines);
	json_t *log = sarif_log(sarif_rules(diags), results);
	if (diags->limit_reached > 0)
		json_object_set_new(json_array_get(json_object_get(log, "runs"), 0), "properties",
				    json_pack("{s:I}", "omitted",
					      (json_int_t)diags->limit_reached));
	return log;
}
