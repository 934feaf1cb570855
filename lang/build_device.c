/* SPDX-License-Identifier: Apache-2.0
 *
 * Constructors of devices and their interfaces. */
#include "config.h"
#include "lang/build.h"

#include <string.h>

void build_device(struct parser *parser, const struct tree_name *name,
		  const struct span *where)
{
	struct tree_device *device = arena_alloc(parser->arena, sizeof(*device));

	device->name = *name;
	device->name.next = NULL;
	device->where = *where;
	build_statement(parser, STATEMENT_DEVICE)->device = device;
	parser->device = device;
}

void build_stage(struct parser *parser, const struct tree_name *word)
{
	static const char *const stages[] = { "enforce", "monitor" };

	build_once(parser, &parser->device->stage_where, "stage", &word->where);
	for (int stage = STAGE_ENFORCE; stage <= STAGE_MONITOR; stage++)
		if (strcmp(stages[stage], word->text) == 0) {
			parser->device->stage = (enum stage)stage;
			return;
		}
	parser_unknown(parser, word->where, "stage", word->text, stages, 2);
}

void build_fragments(struct parser *parser, const struct tree_name *word)
{
	static const char *const verdicts[] = { "permit", "deny" };

	for (int verdict = 0; verdict < 2; verdict++)
		if (strcmp(verdicts[verdict], word->text) == 0) {
			parser->device->fragments_deny = verdict == 1;
			parser->device->fragments_where = word->where;
			return;
		}
	parser_unknown(parser, word->where, "verdict on fragments", word->text, verdicts, 2);
}

void build_inspect(struct parser *parser, const struct tree_name *word,
		   const struct span *where)
{
	static const char *const things[] = { "operations" };

	if (strcmp(word->text, things[0]) != 0)
		parser_unknown(parser, word->where, "thing to inspect", word->text, things, 1);
	parser->device->inspect_operations = true;
	parser->device->inspect_where = *where;
}

void build_manage(struct parser *parser, struct tree_endpoints from,
		  struct tree_service *services, const struct span *where)
{
	struct tree_manage *manage = arena_alloc(parser->arena, sizeof(*manage));

	list_close(services);
	for (struct tree_service *service = services; service; service = service->next)
		list_close(service->on);
	manage->from = from;
	manage->services = services;
	manage->where = *where;
	parser->device->manage = list_add(parser->device->manage, manage);
}

/* Devices have a handful of limits: each is looked for among those before it. */
static void build_limit_once(struct parser *parser, const struct tree_name *name)
{
	const struct tree_limit *last = parser->device->limits, *limit = last;

	if (last == NULL)
		return;
	do {
		if (strcmp(limit->name.text, name->text) == 0)
			build_repeated(parser, name->text, name->where, limit->name.where);
		limit = limit->next;
	} while (limit != last);
}

void build_limit(struct parser *parser, struct tree_name *name, uint32_t value)
{
	struct tree_limit *limit = arena_alloc(parser->arena, sizeof(*limit));

	build_limit_once(parser, name);
	limit->name = *name;
	limit->name.next = NULL;
	limit->value = value;
	parser->device->limits = list_add(parser->device->limits, limit);
}

void build_interface(struct parser *parser, const struct tree_name *name,
		     struct tree_endpoint *faces, const struct span *where)
{
	struct tree_interface *interface = arena_alloc(parser->arena, sizeof(*interface));

	list_close(faces);
	interface->name = *name;
	interface->name.next = NULL;
	interface->faces = faces;
	interface->where = *where;
	parser->device->interfaces = list_add(parser->device->interfaces, interface);
	parser->interface = interface;
}

void build_device_close(struct parser *parser)
{
	struct tree_device *device = parser->device;

	list_close(device->interfaces);
	for (struct tree_interface *i = device->interfaces; i; i = i->next)
		list_close(i->addresses);
	list_close(device->addresses);
	list_close(device->manage);
	list_close(device->routing);
	list_close(device->limits);
	list_close(device->supports);
	parser->device = NULL;
}
