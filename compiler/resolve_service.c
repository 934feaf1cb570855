/* SPDX-License-Identifier: Apache-2.0
 *
 * Services: what a list of them matches, as products of header sets and the
 * contents they may have. */
#include "config.h"
#include "compiler/resolve_parts.h"

#include <stdlib.h>
#include <string.h>

enum { ICMP_V4 = 1, ICMP_V6 = 58 };
VEC_TYPE(match_list, struct match);

static void service_add(struct resolve *r, const struct tree_service *s,
			enum service_use use, struct match_list *out);

/* ---- protocols ---- */

static void protocols_shared(struct resolve *r)
{
	r->all_ports = set_one(r->arena, 0, 65535);
	r->all_protocols = set_one(r->arena, 0, 255);
	r->all_operations = set_one(r->arena, 0, OPERATION_MAX);
	r->all_parameters = set_one(r->arena, 0, PARAMETER_NONE);
	for (unsigned i = 0; i < 256; i++)
		r->one_protocol[i] = set_one(r->arena, i, i);
}

static struct match match_of_protocol(struct resolve *r, uint16_t index, struct match match)
{
	match.protocol = index;
	match.operations = set_one(r->arena, operation_id_of(index, 0),
				   operation_id_of(index, FUNCTION_MAX));
	return match;
}

static void protocol_ports(struct resolve *r, uint16_t index)
{
	struct protocol *protocol = &r->model->protocols[index];
	struct match_list on = VEC_INIT;

	for (const struct tree_service *s = protocol->tree->on; s != NULL; s = s->next)
		service_add(r, s, USE_QUESTION, &on);
	for (size_t i = 0; i < on.len; i++)
		on.data[i] = match_of_protocol(r, index, on.data[i]);
	protocol->on_count = on.len;
	protocol->on = arena_copy(r->arena, on.data, on.len * sizeof(*on.data));
	vec_free(&on);
}

void resolve_protocols(struct resolve *r)
{
	struct symbol_table *table = &r->table[TABLE_SERVICES];
	struct model *model = r->model;

	protocols_shared(r);
	model->protocols = arena_array(r->arena, table->list.len + 1, sizeof(*model->protocols));
	model->protocols[0].name = "plain";
	for (int c = 0; c < CLASS_COUNT; c++)
		model->protocols[0].class[c] = set_empty();
	model->protocol_count = 1;
	for (size_t i = 0; i < table->list.len; i++) {
		const struct tree_statement *s = table->list.data[i]->tree;
		if (s->kind != STATEMENT_PROTOCOL || model->protocol_count > FUNCTION_MAX)
			continue;
		struct protocol *protocol = &model->protocols[model->protocol_count];
		protocol->tree = s->protocol;
		protocol->name = s->protocol->name.text;
		resolve_table(r, protocol);
		table->list.data[i]->index = (uint32_t)model->protocol_count++;
	}
	for (size_t p = 1; p < model->protocol_count; p++)
		protocol_ports(r, (uint16_t)p);
}

/* ---- headers ---- */

static struct match match_any(const struct resolve *r, const struct tree_service *s)
{
	return (struct match){
		.family = { true, true },
		.protocols = r->all_protocols,
		.src_ports = r->all_ports,
		.dst_ports = r->all_ports,
		.operations = r->all_operations,
		.units = r->all_parameters,
		.objects = r->all_parameters,
		.tree = s,
	};
}

static const struct set *ports_of(struct resolve *r, const struct tree_ports *list)
{
	VEC(struct range) ranges = VEC_INIT;

	if (list == NULL)
		return r->all_ports;
	for (; list != NULL; list = list->next)
		vec_push(&ranges, ((struct range){ list->lo, list->hi }));
	const struct set *set = set_from_ranges(r->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static void match_icmp(struct resolve *r, const struct tree_service *s, struct match *match)
{
	match->family[FAMILY_IPV4] = s->protocol == ICMP_V4;
	match->family[FAMILY_IPV6] = s->protocol == ICMP_V6;
	if (s->icmp_type >= 0)
		match->src_ports = set_one(r->arena, (u128)s->icmp_type, (u128)s->icmp_type);
	if (s->icmp_code >= 0)
		match->dst_ports = set_one(r->arena, (u128)s->icmp_code, (u128)s->icmp_code);
}

static struct match match_header(struct resolve *r, const struct tree_service *s)
{
	struct match match = match_any(r, s);

	if (s->kind == SERVICE_ETHERTYPE) {
		match.ethertype_rule = true;
		match.ethertype = s->ethertype;
	} else if (s->kind != SERVICE_ANY) {
		match.protocols = r->one_protocol[s->protocol];
	}
	if (s->kind == SERVICE_ICMP)
		match_icmp(r, s, &match);
	if (s->kind == SERVICE_TRANSPORT) {
		match.dst_ports = ports_of(r, s->ports);
		match.src_ports = ports_of(r, s->from);
	}
	return match;
}

/* ---- names ---- */

static void service_definition(struct resolve *r, struct symbol *symbol, struct span where,
			       enum service_use use, struct match_list *out)
{
	const struct tree_service_def *def = ((const struct tree_statement *)symbol->tree)->service;
	size_t first = out->len;

	if (symbol->state == 1) {
		struct diag *diag = diag_add(r->diags, FINDING_SERVICE_CYCLE, where,
					     "service %s holds itself", symbol->name);
		diag_other(r->diags, diag, symbol->where, "the service");
		return;
	}
	symbol->state = 1;
	for (const struct tree_service *s = def->services; s != NULL; s = s->next)
		service_add(r, s, use, out);
	symbol->state = 0;
	for (size_t i = first; def->idle_seconds != 0 && i < out->len; i++)
		out->data[i].idle_seconds = def->idle_seconds;
}

/* NAME on tcp 1502: the content stays, the ports are others. */
static void service_rebind(struct resolve *r, const struct tree_service *s,
			   struct match_list *out, size_t first)
{
	struct match content = out->data[first];

	out->len = first;
	for (const struct tree_service *on = s->on; on != NULL; on = on->next) {
		struct match match = match_header(r, on);
		match.protocol = content.protocol;
		match.operations = content.operations;
		match.idle_seconds = content.idle_seconds;
		vec_push(out, match);
	}
}

static bool service_is_industrial(struct resolve *r, const struct tree_service *s,
				  const struct match_list *out, size_t first)
{
	for (size_t i = first; i < out->len; i++)
		if (out->data[i].protocol == 0 || out->data[i].named_operations ||
		    out->data[i].protocol != out->data[first].protocol) {
			diag_add(r->diags, FINDING_NOT_INDUSTRIAL, s->where,
				 "'%s' is not one industrial protocol", s->text);
			return false;
		}
	return out->len > first;
}

/* NAME(operations): the ports stay, each with every product of the contents. */
static void service_operations(struct resolve *r, const struct tree_service *s,
			       enum service_use use, struct match_list *out, size_t first)
{
	struct contents contents = operations_of(r, s, out->data[first].protocol, use);
	size_t ports = out->len - first;
	struct match *headers = memory_array(ports, sizeof(*headers));

	memcpy(headers, &out->data[first], ports * sizeof(*headers));
	out->len = first;
	for (size_t i = 0; i < ports; i++)
		for (size_t p = 0; p < contents.len; p++) {
			headers[i].operations = contents.parts[p].field[CONTENT_OPERATION];
			headers[i].units = contents.parts[p].field[CONTENT_UNIT];
			headers[i].objects = contents.parts[p].field[CONTENT_OBJECT];
			headers[i].named_operations = true;
			vec_push(out, headers[i]);
		}
	free(headers);
}

static void service_named(struct resolve *r, const struct tree_service *s,
			  enum service_use use, struct match_list *out)
{
	struct symbol *symbol = symbol_use(r, TABLE_SERVICES, s->text, s->where);
	size_t first = out->len;

	if (symbol == NULL)
		return;
	if (((const struct tree_statement *)symbol->tree)->kind == STATEMENT_SERVICE) {
		service_definition(r, symbol, s->where, use, out);
	} else {
		const struct protocol *protocol = &r->model->protocols[symbol->index];
		for (size_t i = 0; i < protocol->on_count; i++)
			vec_push(out, protocol->on[i]);
		if (protocol->on_count == 0 && s->on != NULL) /* without ports of its own */
			vec_push(out, match_of_protocol(r, (uint16_t)symbol->index,
							match_any(r, s)));
	}
	if (!s->has_operations && s->on == NULL)
		return;
	if (!service_is_industrial(r, s, out, first))
		return;
	if (s->on != NULL)
		service_rebind(r, s, out, first);
	if (s->has_operations)
		service_operations(r, s, use, out, first);
}

static void service_add(struct resolve *r, const struct tree_service *s,
			enum service_use use, struct match_list *out)
{
	if (s->kind == SERVICE_NAME)
		service_named(r, s, use, out);
	else
		vec_push(out, match_header(r, s));
}

const struct match *matches_of(struct resolve *r, const struct tree_service *services,
			       enum service_use use, size_t *count)
{
	struct match_list list = VEC_INIT;

	for (; services != NULL; services = services->next) {
		size_t first = list.len;
		service_add(r, services, use, &list);
		const char *label = first < list.len ? resolve_label(r, services->where) : NULL;
		for (size_t i = first; i < list.len; i++) {
			list.data[i].label = label;
			list.data[i].tree = services;
		}
	}
	*count = list.len;
	const struct match *matches =
		arena_copy(r->arena, list.data, list.len * sizeof(*list.data));
	vec_free(&list);
	return matches;
}
