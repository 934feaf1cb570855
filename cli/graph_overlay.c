/* SPDX-License-Identifier: Apache-2.0
 *
 * The violations of a report of `verify`, summed by zones and service. */
#include "config.h"
#include "cli/graph.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"

static bool overlay_refuse(struct diags *diags, const char *path, const char *why)
{
	struct span nowhere = { 0 };

	diag_add(diags, FINDING_UNREADABLE, nowhere, "%s: %s", path, why);
	return false;
}

static bool overlay_zone(const struct model *model, const json_t *entry, const char *key,
			 zone_id *zone)
{
	const char *name = json_string_value(json_object_get(entry, key));

	if (name == NULL)
		return false;
	*zone = model_zone_by_name(model, name);
	if (*zone == ZONE_NONE && strcmp(name, "unknown") == 0)
		*zone = (zone_id)model->zone_count;
	return *zone != ZONE_NONE;
}

static bool overlay_entry(struct graph_overlay *overlay, const struct model *model,
			  const json_t *entry)
{
	const char *service = json_string_value(json_object_get(entry, "service"));
	json_int_t conversations = json_integer_value(json_object_get(entry, "conversations"));
	struct graph_violation seen = { 0 };

	if (!overlay_zone(model, entry, "source_zone", &seen.source) ||
	    !overlay_zone(model, entry, "destination_zone", &seen.destination) ||
	    service == NULL || conversations < 0)
		return false;
	seen.service = arena_strdup(&overlay->arena, service);
	seen.conversations = (uint64_t)conversations;
	vec_push(&overlay->violations, seen);
	return true;
}

static int overlay_by_service(const void *left, const void *right)
{
	const struct graph_violation *a = left, *b = right;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->destination != b->destination)
		return a->destination < b->destination ? -1 : 1;
	return strcmp(a->service, b->service);
}

static int overlay_by_weight(const void *left, const void *right)
{
	const struct graph_violation *a = left, *b = right;

	if (a->source == b->source && a->destination == b->destination &&
	    a->conversations != b->conversations)
		return a->conversations > b->conversations ? -1 : 1;
	return overlay_by_service(left, right);
}

static void overlay_sum(struct graph_violation_list *list)
{
	size_t kept = 0;

	if (list->len == 0)
		return;
	qsort(list->data, list->len, sizeof(*list->data), overlay_by_service);
	for (size_t i = 1; i < list->len; i++) {
		if (overlay_by_service(&list->data[kept], &list->data[i]) == 0)
			list->data[kept].conversations += list->data[i].conversations;
		else
			list->data[++kept] = list->data[i];
	}
	list->len = kept + 1;
	qsort(list->data, list->len, sizeof(*list->data), overlay_by_weight);
}

static bool overlay_take(struct graph_overlay *overlay, const struct model *model,
			 const json_t *report, const char *path, struct diags *diags)
{
	const char *schema = json_string_value(json_object_get(report, "schema"));
	const json_t *list = json_object_get(report, "violations");

	if (schema == NULL || strcmp(schema, "cordon/verify/1") != 0 || !json_is_array(list))
		return overlay_refuse(diags, path,
				      "not a report of `cordon verify --format json`");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!overlay_entry(overlay, model, json_array_get(list, i)))
			return overlay_refuse(diags, path,
					      "a violation lacks a key or names a zone "
					      "that this policy has not");
	overlay_sum(&overlay->violations);
	return true;
}

static void overlay_json_error(const json_error_t *error, const char *path, struct diags *diags)
{
	struct span nowhere = { 0 };

	diag_add(diags, FINDING_UNREADABLE, nowhere, "%s:%d:%d: not JSON: %s", path, error->line,
		 error->column, error->text);
}

bool graph_overlay_load(struct graph_overlay *overlay, const struct model *model,
			const char *path, struct diags *diags)
{
	struct file_text text;
	json_error_t error;
	const char *why = NULL;

	*overlay = (struct graph_overlay){ 0 };
	arena_init(&overlay->arena);
	if (!file_read(path, &text, &why))
		return overlay_refuse(diags, path, why);
	json_t *report = json_loadb(text.bytes, text.length, 0, &error);
	file_text_release(&text);
	if (report == NULL) {
		overlay_json_error(&error, path, diags);
		return false;
	}
	bool taken = overlay_take(overlay, model, report, path, diags);
	json_decref(report);
	return taken;
}

void graph_overlay_release(struct graph_overlay *overlay)
{
	vec_free(&overlay->violations);
	arena_release(&overlay->arena);
}
