/* SPDX-License-Identifier: Apache-2.0
 *
 * A table from (IP protocol, port) to the name of a service: one with exactly that
 * port comes before one with a range that holds it, the policy's own before those
 * of the prelude, and of two in one file the first. */
#include "config.h"
#include "verifier/naming.h"

#include <netinet/in.h>
#include <stdio.h>
#include <uthash.h>

#include "base/memory.h"

/* Keys of the table: what kind of number it is, and the number. */
enum naming_kind { NAMING_PORT, NAMING_PROTOCOL, NAMING_ETHERTYPE };

/* Wider ranges tell nothing of what a port in them serves. */
enum { NAMING_RANGE = 1024 };

struct naming_entry {
	uint32_t key;
	const char *name; /* NULL: a rule writes the port itself */
	UT_hash_handle hh;
};

struct naming {
	const struct model *model;
	struct naming_entry *entries;
};

static uint32_t naming_key(enum naming_kind kind, uint8_t protocol, uint16_t number)
{
	return (uint32_t)kind << 24 | (uint32_t)protocol << 16 | number;
}

static void naming_add(struct naming *naming, uint32_t key, const char *name)
{
	struct naming_entry *entry;

	HASH_FIND(hh, naming->entries, &key, sizeof(key), entry);
	if (entry != NULL)
		return;
	entry = memory_alloc(sizeof(*entry));
	entry->key = key;
	entry->name = name;
	HASH_ADD(hh, naming->entries, key, sizeof(entry->key), entry);
}

static const char *naming_find(const struct naming *naming, uint32_t key)
{
	struct naming_entry *entry;

	HASH_FIND(hh, naming->entries, &key, sizeof(key), entry);
	return entry != NULL ? entry->name : NULL;
}

static void naming_add_ports(struct naming *naming, uint8_t protocol, uint32_t lo,
			     uint32_t hi, const char *name)
{
	for (uint32_t port = lo; port <= hi && hi - lo < NAMING_RANGE; port++)
		naming_add(naming, naming_key(NAMING_PORT, protocol, (uint16_t)port), name);
}

/* A service's single ports, or its ranges. */
static void naming_add_service(struct naming *naming, const struct tree_service *service,
			       const char *name, bool ranges)
{
	switch (service->kind) {
	case SERVICE_TRANSPORT:
		for (const struct tree_ports *ports = service->ports; ports != NULL;
		     ports = ports->next)
			if (ranges == (ports->lo != ports->hi))
				naming_add_ports(naming, service->protocol, ports->lo, ports->hi,
						 name);
		break;
	case SERVICE_PROTOCOL:
		naming_add(naming, naming_key(NAMING_PROTOCOL, service->protocol, 0), name);
		break;
	case SERVICE_ETHERTYPE:
		naming_add(naming, naming_key(NAMING_ETHERTYPE, 0, service->ethertype), name);
		break;
	default:
		break;
	}
}

static void naming_add_statements(struct naming *naming, const struct tree_statement *list,
				  bool ranges)
{
	for (; list != NULL; list = list->next) {
		const struct tree_service *service = NULL;
		const char *name = NULL;

		if (list->kind == STATEMENT_SERVICE) {
			service = list->service->services;
			name = list->service->name.text;
		} else if (list->kind == STATEMENT_PROTOCOL) {
			service = list->protocol->on;
			name = list->protocol->name.text;
		}
		for (; service != NULL; service = service->next)
			naming_add_service(naming, service, name, ranges);
	}
}

/* Ports that rules write without a name are known, too. */
static void naming_add_match(struct naming *naming, const struct match *match)
{
	static const uint8_t transports[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
					      IPPROTO_DCCP, IPPROTO_UDPLITE };

	for (size_t t = 0; t < sizeof(transports) && !match->ethertype_rule; t++)
		for (size_t i = 0; i < match->dst_ports->len; i++)
			if (set_contains(match->protocols, transports[t]))
				naming_add_ports(naming, transports[t],
						 (uint32_t)match->dst_ports->range[i].lo,
						 (uint32_t)match->dst_ports->range[i].hi, NULL);
}

static void naming_add_rules(struct naming *naming)
{
	const struct model *model = naming->model;

	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t m = 0; m < model->rules[i].match_count; m++)
			naming_add_match(naming, &model->rules[i].matches[m]);
}

struct naming *naming_create(const struct model *model)
{
	struct naming *naming = memory_alloc(sizeof(*naming));

	naming->model = model;
	for (int ranges = 0; ranges < 2; ranges++) {
		naming_add_statements(naming, model->text->statements, ranges);
		naming_add_statements(naming, model->text->prelude, ranges);
	}
	naming_add_rules(naming);
	return naming;
}

void naming_destroy(struct naming *naming)
{
	struct naming_entry *entry, *next;

	if (naming == NULL)
		return;
	HASH_ITER(hh, naming->entries, entry, next) {
		HASH_DEL(naming->entries, entry);
		free(entry);
	}
	free(naming);
}

static const char *naming_transport(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_SCTP: return "sctp";
	case IPPROTO_DCCP: return "dccp";
	case IPPROTO_UDPLITE: return "udplite";
	default: return NULL;
	}
}

static bool naming_is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static char *naming_plain(const struct flow *flow, bool with_source, char *buffer)
{
	const char *transport = naming_transport(flow->protocol);

	if (flow->ethertype != 0)
		snprintf(buffer, NAMING_TEXT, "ethertype 0x%04x", flow->ethertype);
	else if (transport != NULL && with_source)
		snprintf(buffer, NAMING_TEXT, "%s %u from %u", transport, flow->dst_port,
			 flow->src_port);
	else if (transport != NULL)
		snprintf(buffer, NAMING_TEXT, "%s %u", transport, flow->dst_port);
	else if (naming_is_icmp(flow->protocol))
		snprintf(buffer, NAMING_TEXT, "%s %u/%u",
			 flow->protocol == IPPROTO_ICMP ? "icmp" : "icmpv6", flow->src_port,
			 flow->dst_port);
	else
		snprintf(buffer, NAMING_TEXT, "proto %u", flow->protocol);
	return buffer;
}

char *naming_service_literal(const struct flow *flow, char *buffer)
{
	return naming_plain(flow, true, buffer);
}

const char *naming_service(const struct naming *naming, const struct flow *flow, char *buffer)
{
	uint32_t key = naming_key(NAMING_PORT, flow->protocol, flow->dst_port);

	if (flow->ethertype != 0)
		key = naming_key(NAMING_ETHERTYPE, 0, flow->ethertype);
	else if (naming_transport(flow->protocol) == NULL)
		key = naming_key(NAMING_PROTOCOL, flow->protocol, 0);
	const char *name = naming_is_icmp(flow->protocol) && flow->ethertype == 0
				   ? NULL
				   : naming_find(naming, key);
	return name != NULL ? name : naming_plain(flow, false, buffer);
}

bool naming_knows_port(const struct naming *naming, uint8_t protocol, uint16_t port)
{
	uint32_t key = naming_key(NAMING_PORT, protocol, port);
	struct naming_entry *entry;

	HASH_FIND(hh, naming->entries, &key, sizeof(key), entry);
	return entry != NULL;
}

const char *naming_host(const struct naming *naming, struct address address, char *buffer)
{
	const struct asset *asset = model_asset_of(naming->model, address);

	return asset != NULL ? asset->name : address_print(&address, buffer);
}
