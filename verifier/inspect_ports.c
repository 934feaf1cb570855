/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tables: ports to protocols, made once; what was negotiated, a ring. */
#include "config.h"
#include "verifier/inspect_ports.h"

#include <netinet/in.h>
#include <string.h>
#include <uthash.h>

#include "base/memory.h"

/* Wider ranges of a rule tell little of what a port in them serves: they are kept as
 * ranges. */
enum { INSPECT_RANGE = 1024 };

struct inspect_range {
	uint8_t transport;
	uint16_t first, last;
	struct inspect_expected expected;
};

struct inspect_port {
	uint32_t key;
	size_t count;
	struct inspect_expected expected[INSPECT_EXPECTED];
	UT_hash_handle hh;
};

/* An end, or with transport CHANNEL_NUMBER a number in what the address sends. */
enum { CHANNEL_NUMBER = 0 };
struct channel_key {
	uint8_t address[16];
	uint32_t number; /* a port */
	uint32_t transport;
};

struct channel {
	struct channel_key key;
	struct inspect_expected expected;
	uint16_t meaning;
	UT_hash_handle hh;
};

struct inspect_ports {
	struct inspect_port *ports;
	struct inspect_range *ranges;
	size_t range_count;
	struct channel *channels; /* those in use, by key */
	struct channel ring[INSPECT_CHANNELS];
	size_t opened;
};

static struct inspect_port *inspect_ports_at(struct inspect_ports *ports, uint32_t key)
{
	struct inspect_port *port;

	HASH_FIND(hh, ports->ports, &key, sizeof(key), port);
	if (port != NULL)
		return port;
	port = memory_alloc(sizeof(*port));
	port->key = key;
	HASH_ADD(hh, ports->ports, key, sizeof(port->key), port);
	return port;
}

static uint32_t inspect_ports_key(uint8_t transport, uint16_t port)
{
	return (uint32_t)transport << 16 | port;
}

/* Protocols that one reader reads are one expectation. */
static void inspect_ports_expect(struct inspect_ports *ports, uint32_t key,
				 struct inspect_expected expected)
{
	struct inspect_port *port = inspect_ports_at(ports, key);

	for (size_t i = 0; i < port->count; i++)
		if (port->expected[i].protocol == expected.protocol ||
		    (expected.proto != NULL && port->expected[i].proto == expected.proto))
			return;
	if (port->count < INSPECT_EXPECTED)
		port->expected[port->count++] = expected;
}

static bool inspect_ranges_equal(const struct inspect_range *a, const struct inspect_range *b)
{
	return a->transport == b->transport && a->first == b->first && a->last == b->last &&
	       a->expected.protocol == b->expected.protocol;
}

/* Policies have few of them that differ. */
static void inspect_ports_add_range(struct inspect_ports *ports, struct inspect_range range)
{
	for (size_t i = 0; i < ports->range_count; i++)
		if (inspect_ranges_equal(&ports->ranges[i], &range))
			return;
	ports->ranges = memory_resize(ports->ranges, ports->range_count + 1, sizeof(range));
	ports->ranges[ports->range_count++] = range;
}

static void inspect_ports_add_ports(struct inspect_ports *ports, uint8_t transport,
				    struct range range, struct inspect_expected expected)
{
	if (range.hi - range.lo >= INSPECT_RANGE) {
		inspect_ports_add_range(ports, (struct inspect_range){
						       transport, (uint16_t)range.lo,
						       (uint16_t)range.hi, expected });
		return;
	}
	for (u128 port = range.lo; port <= range.hi; port++)
		inspect_ports_expect(ports, inspect_ports_key(transport, (uint16_t)port), expected);
}

static void inspect_ports_add_match(struct inspect_ports *ports, const struct match *match,
				    struct inspect_expected expected)
{
	static const uint8_t transports[] = { IPPROTO_TCP, IPPROTO_UDP };

	if (match->ethertype_rule) {
		inspect_ports_expect(ports, inspect_ports_key(0, match->ethertype), expected);
		return;
	}
	for (size_t t = 0; t < sizeof(transports); t++)
		for (size_t i = 0; i < match->dst_ports->len; i++)
			if (set_contains(match->protocols, transports[t]))
				inspect_ports_add_ports(ports, transports[t],
							match->dst_ports->range[i], expected);
}

static void inspect_ports_add_rules(struct inspect_ports *ports, const struct model *model,
				    const struct rule *rule)
{
	for (size_t m = 0; m < rule->match_count; m++) {
		const struct match *match = &rule->matches[m];
		if (match->protocol == 0)
			continue;
		inspect_ports_add_match(ports, match,
					(struct inspect_expected){
						proto_by_name(model->protocols[match->protocol].name),
						match->protocol });
	}
}

struct inspect_ports *inspect_ports_create(const struct model *model)
{
	struct inspect_ports *ports = memory_alloc(sizeof(*ports));

	for (size_t i = 0; i < model->rule_count; i++)
		inspect_ports_add_rules(ports, model, &model->rules[i]);
	for (uint16_t p = 1; p < model->protocol_count; p++)
		for (size_t i = 0; i < model->protocols[p].on_count; i++)
			inspect_ports_add_match(ports, &model->protocols[p].on[i],
						(struct inspect_expected){
							proto_by_name(model->protocols[p].name),
							p });
	return ports;
}

void inspect_ports_add(struct inspect_ports *ports, const struct model *model, uint16_t protocol,
		       struct inspect_expected expected)
{
	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t m = 0; m < model->rules[i].match_count; m++)
			if (model->rules[i].matches[m].protocol == protocol)
				inspect_ports_add_match(ports, &model->rules[i].matches[m],
							expected);
}

void inspect_ports_destroy(struct inspect_ports *ports)
{
	struct inspect_port *port, *next;

	if (ports == NULL)
		return;
	HASH_CLEAR(hh, ports->channels);
	HASH_ITER(hh, ports->ports, port, next) {
		HASH_DEL(ports->ports, port);
		free(port);
	}
	free(ports->ranges);
	free(ports);
}

const struct inspect_expected *inspect_ports_find(const struct inspect_ports *ports,
						  uint8_t transport, uint16_t number,
						  size_t *count)
{
	uint32_t key = inspect_ports_key(transport, number);
	const struct inspect_port *port;

	HASH_FIND(hh, ports->ports, &key, sizeof(key), port);
	*count = port != NULL ? port->count : 0;
	return port != NULL ? port->expected : NULL;
}

const struct inspect_expected *inspect_ports_in_range(const struct inspect_ports *ports,
						      uint8_t transport, uint16_t port,
						      size_t *at)
{
	while (*at < ports->range_count) {
		const struct inspect_range *range = &ports->ranges[(*at)++];
		if (range->transport == transport && port >= range->first && port <= range->last)
			return &range->expected;
	}
	return NULL;
}

/* ---- negotiated ends ---- */

static struct channel_key channel_key_of(const uint8_t address[16], uint8_t transport,
					 uint32_t number)
{
	struct channel_key key = { .number = number, .transport = transport };

	memcpy(key.address, address, sizeof(key.address));
	return key;
}

static struct channel *channel_find(const struct inspect_ports *ports,
				    const struct channel_key *key)
{
	struct channel *channel;

	if (ports->channels == NULL)
		return NULL;
	HASH_FIND(hh, ports->channels, key, sizeof(*key), channel);
	return channel;
}

/* The one of the key; a new one takes the place of the oldest. */
static struct channel *channel_at(struct inspect_ports *ports, struct channel_key key)
{
	struct channel *channel = channel_find(ports, &key);

	if (channel != NULL)
		return channel;
	channel = &ports->ring[ports->opened++ % INSPECT_CHANNELS];
	if (ports->opened > INSPECT_CHANNELS)
		HASH_DEL(ports->channels, channel);
	channel->key = key;
	HASH_ADD(hh, ports->channels, key, sizeof(channel->key), channel);
	return channel;
}

void inspect_ports_open(struct inspect_ports *ports, const uint8_t address[16],
			uint8_t transport, uint16_t port, struct inspect_expected expected)
{
	channel_at(ports, channel_key_of(address, transport, port))->expected = expected;
}

const struct inspect_expected *inspect_ports_opened(const struct inspect_ports *ports,
						    const uint8_t address[16],
						    uint8_t transport, uint16_t port)
{
	struct channel_key key = channel_key_of(address, transport, port);
	const struct channel *channel = channel_find(ports, &key);

	return channel != NULL ? &channel->expected : NULL;
}

void inspect_ports_keep(struct inspect_ports *ports, const uint8_t address[16], uint32_t number,
			uint16_t meaning)
{
	channel_at(ports, channel_key_of(address, CHANNEL_NUMBER, number))->meaning = meaning;
}

uint16_t inspect_ports_recall(const struct inspect_ports *ports, const uint8_t address[16],
			      uint32_t number)
{
	struct channel_key key = channel_key_of(address, CHANNEL_NUMBER, number);
	const struct channel *channel = channel_find(ports, &key);

	return channel != NULL ? channel->meaning : 0;
}
