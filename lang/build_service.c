/* SPDX-License-Identifier: Apache-2.0
 *
 * Constructors of services: transports, ICMP, named services, operations. */
#include "config.h"
#include "lang/build.h"

#include <string.h>

struct tree_service *build_service(struct parser *parser, enum service_kind kind,
				   const struct span *where)
{
	struct tree_service *service = arena_alloc(parser->arena, sizeof(*service));

	service->kind = kind;
	service->where = *where;
	service->icmp_type = service->icmp_code = -1;
	return service;
}

struct tree_service *build_service_name(struct parser *parser, const char *text,
					const struct span *where)
{
	struct tree_service *service = build_service(parser, SERVICE_NAME, where);

	service->text = text;
	return service;
}

struct tree_service *build_service_operations(struct parser *parser, const char *text,
					      struct tree_operation *operations,
					      struct tree_operation *except,
					      const struct span *where)
{
	struct tree_service *service = build_service_name(parser, text, where);

	list_close(operations);
	list_close(except);
	service->has_operations = true;
	service->operations = operations;
	service->operations_except = except;
	return service;
}

/* `on` stays open for the transports that follow the comma: it is a ring until
 * build_services() sees something else. */
void build_service_bind(struct tree_service *service, struct tree_service *on)
{
	service->on = list_add((struct tree_service *)NULL, on);
}

struct tree_service *build_service_on(struct parser *parser, const char *text,
				      struct tree_service *on, const struct span *where)
{
	struct tree_service *service = build_service_name(parser, text, where);

	build_service_bind(service, on);
	return service;
}

static void build_number_alone(struct parser *parser, const struct tree_service *item)
{
	struct diag *diag = parser_error(parser, item->where,
					 "a port needs a transport before it");

	diag_hint(parser->diags, diag, "write `tcp %u` or `udp %u`", item->ports->lo,
		  item->ports->lo);
}

/* A bare number has protocol 0 until here. */
static void build_continue(struct parser *parser, const struct tree_service *before,
			   struct tree_service *item)
{
	if (item->kind != SERVICE_TRANSPORT || item->protocol != 0)
		return;
	if (before == NULL || before->kind != SERVICE_TRANSPORT) {
		build_number_alone(parser, item);
		item->protocol = 6;
	} else {
		item->protocol = before->protocol;
	}
}

struct tree_service *build_services(struct parser *parser, struct tree_service *ring,
				    struct tree_service *item)
{
	struct tree_service *on = ring ? ring->on : NULL;

	if (on != NULL && item->kind == SERVICE_TRANSPORT) {
		build_continue(parser, on, item);
		ring->on = list_add(on, item);
		return ring;
	}
	build_continue(parser, ring, item);
	return list_add(ring, item);
}

struct tree_service *build_transport(struct parser *parser, uint32_t protocol,
				     struct tree_ports *ports, struct tree_ports *from,
				     const struct span *where)
{
	struct tree_service *service = build_service(parser, SERVICE_TRANSPORT, where);

	service->protocol = (uint8_t)protocol;
	service->ports = ports;
	service->from = from;
	return service;
}

struct tree_service *build_continued(struct parser *parser, uint32_t lo, uint32_t hi,
				     const struct span *where)
{
	struct tree_ports *ports = build_ports(parser, lo, hi, where);

	return build_transport(parser, 0, ports, NULL, where);
}

struct tree_ports *build_ports(struct parser *parser, uint32_t lo, uint32_t hi,
			       const struct span *where)
{
	struct tree_ports *ports = arena_alloc(parser->arena, sizeof(*ports));

	if (lo > 65535 || hi > 65535)
		parser_error(parser, *where, "ports are 0 to 65535");
	else if (lo > hi)
		parser_error(parser, *where, "this range ends before it begins");
	ports->lo = lo;
	ports->hi = hi;
	ports->where = *where;
	return ports;
}

struct tree_service *build_icmp(struct parser *parser, uint8_t protocol, int64_t type,
				int64_t code, const struct span *where)
{
	struct tree_service *service = build_service(parser, SERVICE_ICMP, where);

	if (type > 255 || code > 255) {
		parser_error(parser, *where, "ICMP types and codes are 0 to 255");
		type = code = -1;
	}
	service->protocol = protocol;
	service->icmp_type = (int16_t)type;
	service->icmp_code = (int16_t)code;
	return service;
}

struct icmp_name {
	uint8_t protocol;
	int16_t type, code;
	const char *name;
};

/* The registered names of types and codes (IANA icmp-parameters,
 * icmpv6-parameters). */
static const struct icmp_name icmp_names[] = {
	{ 1, 0, -1, "echo-reply" },
	{ 1, 3, -1, "destination-unreachable" },
	{ 1, 3, 0, "network-unreachable" },
	{ 1, 3, 1, "host-unreachable" },
	{ 1, 3, 2, "protocol-unreachable" },
	{ 1, 3, 3, "port-unreachable" },
	{ 1, 3, 4, "fragmentation-needed" },
	{ 1, 5, -1, "redirect" },
	{ 1, 8, -1, "echo-request" },
	{ 1, 9, -1, "router-advertisement" },
	{ 1, 10, -1, "router-solicitation" },
	{ 1, 11, -1, "time-exceeded" },
	{ 1, 12, -1, "parameter-problem" },
	{ 1, 13, -1, "timestamp-request" },
	{ 1, 14, -1, "timestamp-reply" },
	{ 58, 1, -1, "destination-unreachable" },
	{ 58, 1, 4, "port-unreachable" },
	{ 58, 2, -1, "packet-too-big" },
	{ 58, 3, -1, "time-exceeded" },
	{ 58, 4, -1, "parameter-problem" },
	{ 58, 128, -1, "echo-request" },
	{ 58, 129, -1, "echo-reply" },
	{ 58, 130, -1, "listener-query" },
	{ 58, 131, -1, "listener-report" },
	{ 58, 132, -1, "listener-done" },
	{ 58, 133, -1, "router-solicitation" },
	{ 58, 134, -1, "router-advertisement" },
	{ 58, 135, -1, "neighbour-solicitation" },
	{ 58, 136, -1, "neighbour-advertisement" },
	{ 58, 135, -1, "neighbor-solicitation" },
	{ 58, 136, -1, "neighbor-advertisement" },
	{ 58, 137, -1, "redirect" },
	{ 58, 143, -1, "listener-report-v2" },
};

enum { ICMP_NAMES = sizeof(icmp_names) / sizeof(icmp_names[0]) };

struct tree_service *build_icmp_name(struct parser *parser, uint8_t protocol,
				     const char *text, const struct span *where)
{
	struct tree_service *service = build_icmp(parser, protocol, -1, -1, where);
	const char *names[ICMP_NAMES];
	size_t count = 0;

	service->text = text;
	for (size_t i = 0; i < ICMP_NAMES; i++) {
		const struct icmp_name *known = &icmp_names[i];
		if (known->protocol != protocol)
			continue;
		names[count++] = known->name;
		if (strcmp(known->name, text) != 0)
			continue;
		service->icmp_type = known->type;
		service->icmp_code = known->code;
		return service;
	}
	parser_unknown(parser, *where, protocol == 1 ? "ICMP type" : "ICMPv6 type", text, names,
		       count);
	return service;
}

struct tree_service *build_proto(struct parser *parser, uint32_t number,
				 const struct span *where)
{
	struct tree_service *service = build_service(parser, SERVICE_PROTOCOL, where);

	if (number > 255)
		parser_error(parser, *where, "IP protocols are 0 to 255");
	service->protocol = (uint8_t)number;
	return service;
}

struct tree_service *build_ethertype(struct parser *parser, uint32_t number,
				     const struct span *where)
{
	struct tree_service *service = build_service(parser, SERVICE_ETHERTYPE, where);

	if (number < 0x600 || number > 0xffff)
		parser_error(parser, *where, "ethertypes are 0x0600 to 0xffff");
	service->ethertype = (uint16_t)number;
	return service;
}

static struct tree_operation *build_operation_kind(struct parser *parser,
						   enum operation_kind kind,
						   const struct span *where)
{
	struct tree_operation *operation = arena_alloc(parser->arena, sizeof(*operation));

	operation->kind = kind;
	operation->where = *where;
	return operation;
}

struct tree_operation *build_operation_any(struct parser *parser, const struct span *where)
{
	return build_operation_kind(parser, OPERATION_ANY, where);
}

struct tree_operation *build_operation(struct parser *parser, const char *text,
				       const struct span *where)
{
	struct tree_operation *operation =
		build_operation_kind(parser, OPERATION_NAME, where);

	operation->text = text;
	for (int class = CLASS_READ; class < CLASS_SESSION; class++) {
		if (strcmp(operation_class_name((enum operation_class)class), text) != 0)
			continue;
		operation->kind = OPERATION_CLASS;
		operation->class = (enum operation_class)class;
	}
	return operation;
}

struct tree_operation *build_operation_number(struct parser *parser, const char *text,
					      uint32_t lo, uint32_t hi,
					      const struct span *where)
{
	bool function = strcmp(text, "function") == 0;
	struct tree_operation *operation = build_operation_kind(
		parser, function ? OPERATION_FUNCTION : OPERATION_PARAMETER, where);

	if (function && lo != hi)
		parser_error(parser, *where, "`function` takes one number");
	else if (function && lo > 65535)
		parser_error(parser, *where, "function numbers are 0 to 65535");
	else if (lo > hi)
		parser_error(parser, *where, "this range ends before it begins");
	operation->text = text;
	operation->number = lo;
	operation->lo = lo;
	operation->hi = hi;
	return operation;
}

struct tree_operation *build_operation_none(struct parser *parser, const char *text,
					    const char *none, const struct span *where)
{
	struct tree_operation *operation =
		build_operation_kind(parser, OPERATION_PARAMETER, where);

	if (strcmp(none, "none") != 0 || strcmp(text, "function") == 0)
		parser_error(parser, *where, "'%s' takes a number%s", text,
			     strcmp(text, "function") == 0 ? "" : ", a range or `none`");
	operation->text = text;
	operation->none = true;
	return operation;
}
