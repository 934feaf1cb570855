/* SPDX-License-Identifier: Apache-2.0
 *
 * Constructors of the statements that hold no rules. */
#include "config.h"
#include "lang/build.h"

#include <string.h>

struct tree_statement *build_statement(struct parser *parser, enum statement_kind kind)
{
	struct tree_statement *statement = arena_alloc(parser->arena, sizeof(*statement));

	statement->kind = kind;
	parser->statements = list_add(parser->statements, statement);
	return statement;
}

/* Allocates the node of a new statement; `where` is its first field's place. */
#define BUILD(parser, kind_, field)                                               \
	(build_statement((parser), (kind_))->field =                              \
		 arena_alloc((parser)->arena, sizeof(*(parser)->statements->field)))

void build_policy(struct parser *parser, const char *name, const struct span *where)
{
	parser->policy = BUILD(parser, STATEMENT_POLICY, policy);
	parser->policy->name = build_text(name, where);
	parser->policy->where = *where;
}

void build_zone(struct parser *parser, const struct tree_name *name, enum level level,
		const struct span *where)
{
	parser->zone = BUILD(parser, STATEMENT_ZONE, zone);
	parser->zone->name = *name;
	parser->zone->name.next = NULL;
	parser->zone->level = level;
	parser->zone->where = *where;
}

void build_vlans(struct parser *parser, struct tree_number *numbers)
{
	struct tree_number *node = numbers;

	do {
		if (node->value < 1 || node->value > 4094)
			parser_error(parser, node->where, "VLANs are 1 to 4094");
		node = node->next;
	} while (node != numbers);
	list_join(parser->zone->vlans, numbers);
}

void build_security_level(struct parser *parser, uint32_t number, const struct span *where)
{
	build_once(parser, &parser->zone->security_level_where, "security-level", where);
	if (number < 1 || number > 4)
		parser_error(parser, *where, "security levels are 1 to 4");
	else
		parser->zone->security_level = (uint8_t)number;
}

void build_intrazone(struct parser *parser, uint32_t allow, const struct span *where)
{
	build_once(parser, &parser->zone->intrazone_where, "intrazone", where);
	parser->zone->intrazone_deny = allow == 0;
}

void build_inventory_complete(struct parser *parser, const char *word,
			      const struct span *where)
{
	static const char *const words[] = { "complete" };

	if (strcmp(word, words[0]) == 0)
		parser->zone->inventory_complete = true;
	else
		parser_unknown(parser, *where, "state of an inventory", word, words, 1);
}

void build_zone_close(struct parser *parser)
{
	list_close(parser->zone->subnets);
	list_close(parser->zone->multicast);
	list_close(parser->zone->vlans);
	parser->zone = NULL;
}

void build_asset(struct parser *parser, const struct tree_name *name, struct tree_name *zones,
		 const struct span *where)
{
	struct tree_asset *asset = BUILD(parser, STATEMENT_ASSET, asset);

	list_close(zones);
	asset->name = *name;
	asset->name.next = NULL;
	asset->zones = zones;
	asset->where = *where;
	parser->asset = asset;
}

void build_asset_close(struct parser *parser)
{
	list_close(parser->asset->addresses);
	list_close(parser->asset->macs);
	list_close(parser->asset->roles);
	list_close(parser->asset->tags);
	parser->asset = NULL;
}

void build_group(struct parser *parser, const struct tree_name *name,
		 struct tree_endpoints members, const struct span *where)
{
	struct tree_group *group = BUILD(parser, STATEMENT_GROUP, group);

	group->name = *name;
	group->name.next = NULL;
	group->members = members;
	group->where = *where;
}

/* Closes a list of services and the `on` of each. */
static struct tree_service *build_services_close(struct tree_service *ring)
{
	list_close(ring);
	for (struct tree_service *service = ring; service; service = service->next)
		list_close(service->on);
	return ring;
}

void build_service_def(struct parser *parser, const struct tree_name *name,
		       struct tree_text title, struct tree_service *services,
		       const struct span *where)
{
	struct tree_service_def *service = BUILD(parser, STATEMENT_SERVICE, service);

	service->name = *name;
	service->name.next = NULL;
	service->title = title;
	service->services = build_services_close(services);
	service->where = *where;
	parser->service = service;
}

void build_idle(struct parser *parser, uint32_t seconds, const struct span *where)
{
	build_once(parser, &parser->service->idle_where, "idle", where);
	parser->service->idle_seconds = seconds;
}

void build_protocol(struct parser *parser, const struct tree_name *name,
		    struct tree_text title, const struct span *where)
{
	parser->protocol = BUILD(parser, STATEMENT_PROTOCOL, protocol);
	parser->protocol->name = *name;
	parser->protocol->name.next = NULL;
	parser->protocol->title = title;
	parser->protocol->where = *where;
}

void build_protocol_on(struct parser *parser, struct tree_service *on)
{
	list_join(parser->protocol->on, on);
}

/* ---- tables of protocols ---- */

static bool dimension_parse(const char *word, enum parameter_dimension *out)
{
	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		if (strcmp(parameter_dimension_name((enum parameter_dimension)d), word) == 0) {
			*out = (enum parameter_dimension)d;
			return true;
		}
	return false;
}

static void class_unknown(struct parser *parser, const char *word, const struct span *where)
{
	const char *names[CLASS_COUNT + PARAMETER_DIMENSIONS + 1] = { "on" };
	size_t count = 1;

	for (int class = 0; class < CLASS_COUNT; class++)
		names[count++] = operation_class_name((enum operation_class)class);
	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		names[count++] = parameter_dimension_name((enum parameter_dimension)d);
	parser_unknown(parser, *where, "class of operations", word, names, count);
}

static bool class_parse(const char *word, enum operation_class *out)
{
	for (int class = 0; class < CLASS_COUNT; class++)
		if (strcmp(operation_class_name((enum operation_class)class), word) == 0) {
			*out = (enum operation_class)class;
			return true;
		}
	return false;
}

static void parameters_add(struct parser *parser, enum parameter_dimension dimension,
			   const struct tree_function *ring, struct tree_name *functions)
{
	const struct tree_function *node = ring;

	do {
		struct tree_parameter *parameter =
			arena_alloc(parser->arena, sizeof(*parameter));
		node = node->next;
		if (strcmp(node->name.text, "function") == 0)
			parser_error(parser, node->name.where, "`function` names a number");
		*parameter = (struct tree_parameter){
			.dimension = dimension, .name = node->name, .lo = node->lo,
			.hi = node->hi, .functions = functions, .where = node->where,
		};
		parser->protocol->parameters = list_add(parser->protocol->parameters, parameter);
	} while (node != ring);
}

void build_parameters(struct parser *parser, const char *word, const struct span *where,
		      struct tree_function *parameters, struct tree_name *functions)
{
	enum parameter_dimension dimension;

	list_close(functions);
	if (dimension_parse(word, &dimension))
		parameters_add(parser, dimension, parameters, functions);
	else
		parser_error(parser, *where, "only `unit` and `object` are `on` functions");
}

void build_functions(struct parser *parser, const char *class_word, const struct span *where,
		     struct tree_function *functions)
{
	enum operation_class class = CLASS_OTHER;
	enum parameter_dimension dimension;
	struct tree_function *node = functions;

	if (dimension_parse(class_word, &dimension)) {
		parameters_add(parser, dimension, functions, NULL);
		return;
	}
	if (!class_parse(class_word, &class))
		class_unknown(parser, class_word, where);
	do {
		if (node->hi > 65535)
			parser_error(parser, node->where, "function numbers are 0 to 65535");
		node->class = class;
		node = node->next;
	} while (node != functions);
	list_join(parser->protocol->functions, functions);
}

struct tree_function *build_function(struct parser *parser, const struct tree_name *name,
				     uint32_t lo, uint32_t hi, const struct span *where)
{
	struct tree_function *function = arena_alloc(parser->arena, sizeof(*function));

	if (lo > hi)
		parser_error(parser, *where, "this range ends before it begins");
	function->name = *name;
	function->name.next = NULL;
	function->lo = lo;
	function->hi = hi;
	function->where = *where;
	return function;
}

void build_protocol_close(struct parser *parser)
{
	list_close(parser->protocol->on);
	list_close(parser->protocol->functions);
	list_close(parser->protocol->parameters);
	parser->protocol = NULL;
}

void build_mode(struct parser *parser, const struct tree_name *name, struct tree_text title,
		const struct span *where)
{
	struct tree_mode *mode = BUILD(parser, STATEMENT_MODE, mode);

	mode->name = *name;
	mode->name.next = NULL;
	mode->title = title;
	mode->where = *where;
}

void build_exception(struct parser *parser, const struct tree_name *finding,
		     const char *reason, const struct span *where)
{
	struct tree_exception *exception = BUILD(parser, STATEMENT_EXCEPTION, exception);

	exception->finding = *finding;
	exception->finding.next = NULL;
	exception->reason = build_text(reason, where);
	exception->where = *where;
}

void build_exception_until(struct parser *parser, struct tree_date until)
{
	parser->statements->exception->until = until;
}

void build_exception_on(struct parser *parser, struct tree_name *name)
{
	name->next = NULL;
	parser->statements->exception->on = name;
}

void build_abandon(struct parser *parser)
{
	if (parser->zone != NULL)
		build_zone_close(parser);
	if (parser->asset != NULL)
		build_asset_close(parser);
	if (parser->protocol != NULL)
		build_protocol_close(parser);
	if (parser->schedule != NULL)
		build_schedule_close(parser);
	if (parser->conduit != NULL)
		build_conduit_close(parser);
	if (parser->device != NULL)
		build_device_close(parser);
}
