/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects and object groups of IOS and ASA, nested to any depth. A member that is
 * not understood makes the whole uncertain; what it holds is then every address
 * or service, of which an uncertain entry matches these or fewer. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

static const struct {
	const char *words;
	enum cisco_kind kind;
	bool six;
} heads[] = {
	{ "object-group network", KIND_NETWORK, false },
	{ "object-group v6-network", KIND_NETWORK, true },
	{ "object-group ip address", KIND_NETWORK, false },
	{ "object-group group network", KIND_NETWORK, false },
	{ "object-group service", KIND_SERVICE, false },
	{ "object-group v6-service", KIND_SERVICE, false },
	{ "object-group ip port", KIND_PORTS, false },
	{ "object-group group service", KIND_SERVICE, false },
	{ "object-group protocol", KIND_PROTOCOL, false },
	{ "object-group icmp-type", KIND_ICMP, false },
	{ "object-group security", KIND_OTHER, false },
	{ "object-group user", KIND_OTHER, false },
	{ "object-group network-service", KIND_OTHER, false },
	{ "object network", KIND_NETWORK, false },
	{ "object service", KIND_SERVICE, false },
};

static size_t word_count(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++)
		count += *text == ' ';
	return count;
}

static const struct set *one(struct cisco *cisco, unsigned value)
{
	return set_one(cisco->arena, value, value);
}

/* `object-group service NAME tcp|udp|tcp-udp`: of ports. */
static void object_ports(struct cisco *cisco, struct cisco_object *object,
			 const struct cisco_line *line, size_t at)
{
	const struct set *tcp = one(cisco, 6), *udp = one(cisco, 17);

	if (object->kind != KIND_SERVICE || at >= line->count)
		return;
	object->kind = KIND_PORTS;
	if (cisco_word_is(line, at, "tcp"))
		object->implied = tcp;
	else if (cisco_word_is(line, at, "udp"))
		object->implied = udp;
	else if (cisco_word_is(line, at, "tcp-udp"))
		object->implied = set_union(cisco->arena, tcp, udp);
	else
		object->kind = KIND_OTHER;
}

static struct cisco_object *object_open(struct cisco *cisco, const char *name,
					enum cisco_kind kind, uint32_t line)
{
	struct cisco_object *object;

	HASH_FIND_STR(cisco->objects, name, object);
	if (object != NULL)
		return object;
	object = arena_alloc(cisco->arena, sizeof(*object));
	object->name = name;
	object->kind = kind;
	object->line = line;
	HASH_ADD_KEYPTR(hh, cisco->objects, object->name, strlen(object->name), object);
	return object;
}

struct cisco_object *cisco_object_begin(struct cisco *cisco, const struct cisco_line *line)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t at = word_count(heads[i].words);
		if (!cisco_begins(line, 0, heads[i].words) || at >= line->count)
			continue;
		struct cisco_object *object =
			object_open(cisco, line->words[at], heads[i].kind, line->number);
		if (object->members.len == 0)
			object->family = cisco->asa    ? FAMILY_COUNT
					 : heads[i].six ? FAMILY_IPV6
							: FAMILY_IPV4;
		object->single = cisco_word_is(line, 0, "object");
		if (object->kind != heads[i].kind && object->kind != KIND_PORTS)
			cisco_unknown(cisco, line, "an object of another kind has this name");
		object_ports(cisco, object, line, at + 1);
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
		return object;
	}
	return NULL;
}

struct cisco_object *cisco_object_find(struct cisco *cisco, const char *name)
{
	struct cisco_object *object;

	HASH_FIND_STR(cisco->objects, name, object);
	return object;
}

void cisco_object_remove(struct cisco *cisco, const char *name)
{
	struct cisco_object *object = cisco_object_find(cisco, name);

	if (object == NULL)
		return;
	HASH_DEL(cisco->objects, object);
	vec_free(&object->members);
}

/* ---- addresses ---- */

static bool member_range(struct cisco *cisco, const struct cisco_line *line, size_t at,
			 struct address_set *out)
{
	struct address lo, hi;

	if (!cisco_word_is(line, at, "range") || at + 2 >= line->count ||
	    !cisco_address(cisco, line->words[at + 1], &lo) ||
	    !cisco_address(cisco, line->words[at + 2], &hi) || lo.family != hi.family ||
	    lo.value > hi.value)
		return false;
	*out = address_set_empty();
	out->family[lo.family] = set_one(cisco->arena, lo.value, hi.value);
	return true;
}

static bool member_subnet(struct cisco *cisco, const struct cisco_line *line,
			  enum family family, struct address_set *out, bool *uncertain)
{
	size_t at = 0;
	static const char *const skipped[] = { "network-object", "subnet" };

	for (size_t i = 0; i < 2; i++)
		if (cisco_word_is(line, at, skipped[i]))
			at++;
	if (member_range(cisco, line, at, out))
		return family == FAMILY_COUNT ||
		       set_is_empty(out->family[family == FAMILY_IPV4]);
	return cisco_addresses(cisco, line, &at, false, family, out, uncertain) &&
	       at == line->count;
}

static bool nested(struct cisco *cisco, const struct cisco_line *line, enum cisco_kind kind,
		   struct cisco_object **out)
{
	size_t at = cisco_word_is(line, 0, "network-object") ||
		    cisco_word_is(line, 0, "service-object");
	bool refers = cisco_word_is(line, 0, "group-object") ||
		      (at == 1 && cisco_word_is(line, 1, "object"));

	*out = NULL;
	if (!refers)
		return false;
	const char *name = at + 1 < line->count ? line->words[at + 1] : "";
	struct cisco_object *object = cisco_object_find(cisco, name);
	if (object == NULL || object->kind != kind || object->members.len == 0 ||
	    object->resolving)
		return true;
	cisco_object_resolve(cisco, object);
	*out = object;
	return true;
}

static void resolve_network(struct cisco *cisco, struct cisco_object *object)
{
	struct address_ranges ranges = VEC_INIT;
	struct cisco_object *inner;
	struct address_set set;

	for (size_t i = 0; i < object->members.len; i++) {
		const struct cisco_line *line = &object->members.data[i];
		bool uncertain = false, refers = nested(cisco, line, KIND_NETWORK, &inner);
		if (refers && inner != NULL) {
			set = inner->addresses;
			uncertain = inner->uncertain;
		} else if (refers || !member_subnet(cisco, line, object->family, &set, &uncertain)) {
			cisco_condition(cisco, line, refers ? "the group in it is not defined" :
							      "the member is not understood");
			set = cisco_everything(cisco, object->family);
			uncertain = true;
		}
		object->uncertain = object->uncertain || uncertain;
		address_ranges_add(&ranges, set);
	}
	object->addresses = address_set_from_ranges(cisco->arena, ranges.data, ranges.len);
	vec_free(&ranges);
}

/* ---- services ---- */

static struct cisco_service service_all(struct cisco *cisco)
{
	return (struct cisco_service){ cisco->full_protocols, cisco->full_ports,
				       cisco->full_ports, false, false, false };
}

static bool service_ports(struct cisco *cisco, const struct cisco_line *line, size_t *at,
			  struct cisco_service *out)
{
	const struct set *ports = NULL;

	while (*at < line->count) {
		bool source = cisco_word_is(line, *at, "source");
		if (source || cisco_word_is(line, *at, "destination"))
			(*at)++;
		size_t before = *at;
		if (!cisco_ports(cisco, line, at, out->protocols, &ports, &out->uncertain))
			return false;
		if (ports == NULL) { /* IOS: a port by itself is `eq` */
			uint32_t port;
			unsigned protocol = (unsigned)set_min(out->protocols);
			if (*at >= line->count || !cisco_port(protocol, line->words[*at], &port))
				return false;
			ports = set_one(cisco->arena, port, port);
			(*at)++;
		}
		const struct set **side = source ? &out->src : &out->dst;
		if (*at == before || set_is_empty(ports) || *side != cisco->full_ports)
			return false;
		out->ports = true;
		*side = ports;
	}
	return true;
}

/* tcp|udp|tcp-udp|icmp|PROTOCOL, and what narrows it. */
static bool service_read(struct cisco *cisco, const struct cisco_line *line, size_t at,
			 struct cisco_service *out)
{
	const char *word = at < line->count ? line->words[at++] : NULL;
	unsigned protocol;

	*out = service_all(cisco);
	if (word != NULL && strcmp(word, "tcp-udp") == 0) {
		out->protocols = set_union(cisco->arena, one(cisco, 6), one(cisco, 17));
		return service_ports(cisco, line, &at, out);
	}
	if (word != NULL && (strcmp(word, "ip") == 0 || strcmp(word, "ipv6") == 0))
		return at == line->count;
	if (!cisco_protocol(word, &protocol))
		return false;
	out->protocols = one(cisco, protocol);
	if (protocol == 6 || protocol == 17 || protocol == 132)
		return service_ports(cisco, line, &at, out);
	if ((protocol == 1 || protocol == 58) && at < line->count &&
	    !cisco_icmp_words(line, cisco->arena, &at,
			      protocol == 1 ? FAMILY_IPV4 : FAMILY_IPV6, out))
		return false;
	return at == line->count;
}

/* A port of a group of ports, of the protocols of the group. */
static bool port_read(struct cisco *cisco, const struct cisco_object *object,
		      const struct cisco_line *line, size_t at, struct cisco_service *out)
{
	const struct set *ports = NULL;

	*out = service_all(cisco);
	if (object->implied != NULL)
		out->protocols = object->implied;
	out->ports = true;
	if (!cisco_ports(cisco, line, &at, out->protocols, &ports, &out->uncertain) ||
	    ports == NULL || at != line->count)
		return false;
	out->dst = ports;
	return true;
}

static bool icmp_read(struct cisco *cisco, const struct cisco_line *line, struct cisco_service *out)
{
	size_t at = 1;

	*out = service_all(cisco);
	return cisco_word_is(line, 0, "icmp-object") &&
	       cisco_icmp_words(line, cisco->arena, &at, FAMILY_IPV4, out) && at == line->count;
}

static bool member_service(struct cisco *cisco, const struct cisco_object *object,
			   const struct cisco_line *line, struct cisco_service *out)
{
	bool worded = cisco_word_is(line, 0, "service-object") ||
		      cisco_word_is(line, 0, "protocol-object") ||
		      cisco_word_is(line, 0, "service");

	if (object->kind == KIND_ICMP)
		return icmp_read(cisco, line, out);
	if (cisco_word_is(line, 0, "port-object"))
		return port_read(cisco, object, line, 1, out);
	if (object->kind == KIND_PORTS && !worded)
		return port_read(cisco, object, line, 0, out);
	return service_read(cisco, line, worded, out);
}

static void resolve_services(struct cisco *cisco, struct cisco_object *object)
{
	struct cisco_object *inner;
	struct cisco_service service;

	for (size_t i = 0; i < object->members.len; i++) {
		const struct cisco_line *line = &object->members.data[i];
		bool refers = nested(cisco, line, object->kind, &inner);
		if (refers && inner != NULL) {
			object->uncertain = object->uncertain || inner->uncertain;
			for (size_t k = 0; k < inner->services.len; k++)
				vec_push(&object->services, inner->services.data[k]);
			continue;
		}
		if (refers || !member_service(cisco, object, line, &service)) {
			cisco_condition(cisco, line, refers ? "the group in it is not defined" :
							      "the member is not understood");
			service = service_all(cisco);
			service.uncertain = true;
		}
		object->uncertain = object->uncertain || service.uncertain;
		vec_push(&object->services, service);
	}
}

void cisco_object_resolve(struct cisco *cisco, struct cisco_object *object)
{
	if (object->resolved || object->resolving)
		return;
	object->resolving = true;
	object->addresses = address_set_empty();
	if (object->kind == KIND_NETWORK)
		resolve_network(cisco, object);
	else if (object->kind != KIND_OTHER)
		resolve_services(cisco, object);
	else
		object->uncertain = true;
	object->resolving = false;
	object->resolved = true;
}

/* ---- members as they are read ---- */

void cisco_object_member(struct cisco *cisco, struct cisco_object *object,
			 const struct cisco_line *line)
{
	if (cisco_word_is(line, 0, "description")) {
		cisco_mark(cisco, line, MARK_IRRELEVANT);
		return;
	}
	if (cisco_word_is(line, 0, "nat")) {
		cisco_unknown(cisco, line, "addresses are translated");
		return;
	}
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	if (object->single)
		object->members.len = 0;
	vec_push(&object->members, *line);
}
