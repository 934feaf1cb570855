/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses, ports and ICMP messages as entries and groups write them. A wildcard
 * of IOS has a bit for every bit of the address that does not matter, in any
 * places; a netmask of ASA and of groups has ones at its start. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

enum { WILD_BITS = 16, QUAD = 32 }; /* up to 65,536 ranges in one wildcard */

const struct set *cisco_one(struct cisco *cisco, u128 lo, u128 hi)
{
	uint64_t mixed = (uint64_t)(lo ^ lo >> 64 ^ hi << 7) * 0x9e3779b97f4a7c15u;
	const struct set **slot = &cisco->ones[mixed >> 56];

	if (*slot == NULL || (*slot)->range[0].lo != lo || (*slot)->range[0].hi != hi)
		*slot = set_one(cisco->arena, lo, hi);
	return *slot;
}

/* ---- addresses ---- */

bool cisco_address(struct cisco *cisco, const char *word, struct address *out)
{
	struct cisco_names *name;

	if (word == NULL)
		return false;
	if (address_parse(word, strlen(word), out))
		return true;
	HASH_FIND_STR(cisco->names, word, name);
	if (name == NULL)
		return false;
	*out = name->address;
	return true;
}

/* Bit `from` and those above it that are set in `wild`, lowest first. */
static unsigned wild_bits(uint32_t wild, unsigned from, unsigned bits[QUAD])
{
	unsigned count = 0;

	for (unsigned bit = from; bit < QUAD; bit++)
		if (wild >> bit & 1)
			bits[count++] = bit;
	return count;
}

/* The addresses that agree with `base` where `wild` is zero. */
static const struct set *wild_set(struct cisco *cisco, uint32_t base, uint32_t wild,
				  bool *uncertain)
{
	unsigned low = 0, bits[QUAD];

	base &= ~wild;
	while (low < QUAD && (wild >> low & 1))
		low++;
	uint32_t run = low == QUAD ? UINT32_MAX : ((uint32_t)1 << low) - 1;
	unsigned count = wild_bits(wild, low, bits);
	if (count > WILD_BITS) {
		*uncertain = true;
		return cisco_one(cisco, base, base | wild);
	}
	if (count == 0)
		return cisco_one(cisco, base, base + run);
	struct range *ranges = memory_array((size_t)1 << count, sizeof(*ranges));
	for (uint32_t i = 0; i >> count == 0; i++) {
		uint32_t lo = base;
		for (unsigned k = 0; k < count; k++)
			lo |= (i >> k & 1) << bits[k];
		ranges[i] = (struct range){ lo, lo + run };
	}
	const struct set *set = set_from_ranges(cisco->arena, ranges, (size_t)1 << count);
	free(ranges);
	return set;
}

static bool is_netmask(uint32_t mask)
{
	return (~mask & (~mask + 1)) == 0;
}

static bool masked(struct cisco *cisco, struct address address, const char *word, bool wildcard,
		   struct address_set *out, bool *uncertain)
{
	struct address mask;
	uint32_t length;

	if (word != NULL && word[0] == '/' && cisco_number(word + 1, QUAD, &length)) {
		mask.value = length == 0 ? 0 : (uint32_t)(UINT32_MAX << (QUAD - length));
		wildcard = false;
	} else if (!cisco_address(cisco, word, &mask) || mask.family != FAMILY_IPV4) {
		return false;
	}
	uint32_t wild = wildcard ? (uint32_t)mask.value : ~(uint32_t)mask.value;
	if (!wildcard && !is_netmask((uint32_t)mask.value))
		return false;
	out->family[FAMILY_IPV4] =
		wild_set(cisco, (uint32_t)address.value, wild, uncertain);
	return true;
}

/* ADDRESS/LENGTH, host bits or not. */
static bool slashed(struct cisco *cisco, const char *word, struct address_set *out)
{
	const char *slash = strchr(word, '/');
	struct address address;
	uint32_t length;

	if (slash == NULL || !address_parse(word, (size_t)(slash - word), &address) ||
	    !cisco_number(slash + 1, address_bits(address.family), &length))
		return false;
	unsigned rest = address_bits(address.family) - length;
	u128 wild = rest == 128 ? ~(u128)0 : ((u128)1 << rest) - 1;
	out->family[address.family] = set_one(cisco->arena, address.value & ~wild,
					      address.value | wild);
	return true;
}

struct address_set cisco_everything(struct cisco *cisco, enum family family)
{
	struct address_set all = address_set_all(cisco->arena);

	for (int f = 0; family != FAMILY_COUNT && f < FAMILY_COUNT; f++)
		if (f != (int)family)
			all.family[f] = set_empty();
	return all;
}

static bool any_word(struct cisco *cisco, const char *word, enum family family,
		     struct address_set *out)
{
	bool four = cisco_same(word, "any4"), six = cisco_same(word, "any6");

	if (!cisco_same(word, "any") && !(cisco->asa && (four || six)))
		return false;
	*out = cisco_everything(cisco, four ? FAMILY_IPV4 : six ? FAMILY_IPV6 : family);
	return true;
}

static bool group_word(struct cisco *cisco, const struct cisco_line *line, size_t *at,
		       enum family family, struct address_set *out, bool *uncertain)
{
	bool is_group = cisco_word_is(line, *at, "object-group") ||
			cisco_word_is(line, *at, "addrgroup") ||
			(cisco->asa && cisco_word_is(line, *at, "object"));

	if (!is_group || *at + 1 >= line->count)
		return false;
	struct cisco_object *object = cisco_object_find(cisco, line->words[*at + 1]);
	*at += 2;
	if (object == NULL || object->kind != KIND_NETWORK || object->members.len == 0 ||
	    object->family != family) {
		cisco_condition(cisco, line,
				"no such object group of addresses is defined, or it is empty");
		*out = cisco_everything(cisco, family);
		*uncertain = true;
		return true;
	}
	cisco_object_resolve(cisco, object);
	*out = object->addresses;
	*uncertain = *uncertain || object->uncertain;
	return true;
}

/* The address of an interface by its name. */
static bool interface_word(struct cisco *cisco, const char *name, struct address_set *out)
{
	struct cisco_interface *interface = name ? cisco_interface_find(cisco, name) : NULL;

	if (interface == NULL || interface->addresses.len == 0)
		return false;
	for (size_t i = 0; i < interface->addresses.len; i++) {
		struct address address = interface->addresses.data[i];
		struct address_range range = { address.value, address.value, address.family };
		*out = address_set_union(cisco->arena, *out,
					 address_set_range(cisco->arena, range));
	}
	return true;
}

/* `host A`, A/LENGTH, or an address with its mask. */
static bool written_out(struct cisco *cisco, const struct cisco_line *line, size_t *at,
			bool wildcard, struct address_set *out, bool *uncertain)
{
	bool host = cisco_word_is(line, *at, "host");
	struct address address;

	if (!host && slashed(cisco, line->words[*at], out)) {
		(*at)++;
		return true;
	}
	if (*at + 1 >= line->count || !cisco_address(cisco, line->words[*at + host], &address))
		return false;
	*at += 2;
	if (!host)
		return address.family == FAMILY_IPV4 &&
		       masked(cisco, address, line->words[*at - 1], wildcard, out, uncertain);
	out->family[address.family] = cisco_one(cisco, address.value, address.value);
	return true;
}

bool cisco_addresses(struct cisco *cisco, const struct cisco_line *line, size_t *at,
		     bool wildcard, enum family family, struct address_set *out,
		     bool *uncertain)
{
	*out = address_set_empty();
	if (*at >= line->count)
		return false;
	if (any_word(cisco, line->words[*at], family, out)) {
		(*at)++;
		return true;
	}
	if (group_word(cisco, line, at, family, out, uncertain))
		return true;
	if (cisco->asa && cisco_word_is(line, *at, "interface") && *at + 1 < line->count) {
		*at += 2;
		return interface_word(cisco, line->words[*at - 1], out);
	}
	return written_out(cisco, line, at, wildcard, out, uncertain) &&
	       (family == FAMILY_COUNT || set_is_empty(out->family[family == FAMILY_IPV4]));
}

/* ---- ports ---- */

/* Ports that are being read. */
struct port_words {
	struct cisco *cisco;
	const struct cisco_line *line;
	size_t at;
	unsigned protocol;    /* 0: of several */
	bool uncertain;
};

static unsigned port_protocol(const struct set *protocols)
{
	return protocols->len == 1 && protocols->range[0].lo == protocols->range[0].hi
		       ? (unsigned)protocols->range[0].lo
		       : 0;
}

static bool port_one(struct port_words *words, uint32_t *port)
{
	const char *word = words->at < words->line->count ? words->line->words[words->at] : NULL;

	if (!cisco_port(words->protocol, word, port))
		return false;
	words->at++;
	return true;
}

/* IOS takes several ports after eq and neq. */
static bool port_several(struct port_words *words, const struct set **out)
{
	struct cisco *cisco = words->cisco;
	uint32_t port;

	*out = set_empty();
	while (port_one(words, &port)) {
		*out = set_union(cisco->arena, *out, cisco_one(cisco, port, port));
		if (cisco->asa)
			break;
	}
	return !set_is_empty(*out);
}

/* kerberos is 750 in one release of ASA and 88 in another. */
static bool port_unsure(struct port_words *words, const struct set **out)
{
	struct cisco *cisco = words->cisco;

	if (!cisco->asa || !cisco_word_is(words->line, words->at, "kerberos"))
		return false;
	words->at++;
	words->uncertain = true;
	cisco_condition(cisco, words->line, "kerberos is another port in another release");
	*out = set_union(cisco->arena, cisco_one(cisco, 88, 88), cisco_one(cisco, 750, 750));
	return true;
}

static bool port_equal(struct port_words *words, bool equal, const struct set **out)
{
	struct cisco *cisco = words->cisco;
	bool unsure = port_unsure(words, out);

	if (!unsure && !port_several(words, out))
		return false;
	if (!equal) /* which of two is missing is not known: as much as it may be */
		*out = unsure ? cisco->full_ports
			      : set_subtract(cisco->arena, cisco->full_ports, *out);
	return true;
}

static bool port_operator(struct port_words *words, const struct set **out)
{
	struct cisco *cisco = words->cisco;
	const char *word = words->line->words[words->at++];
	bool equal = cisco_same(word, "eq"), less = cisco_same(word, "lt");
	uint32_t lo, hi;

	if (equal || cisco_same(word, "neq"))
		return port_equal(words, equal, out);
	if (!port_one(words, &lo))
		return false;
	if (cisco_same(word, "range")) {
		if (!port_one(words, &hi))
			return false;
		*out = cisco_one(cisco, lo < hi ? lo : hi, lo < hi ? hi : lo);
		return true;
	}
	if (less ? lo == 0 : lo == UINT16_MAX)
		*out = set_empty();
	else
		*out = less ? set_one(cisco->arena, 0, lo - 1) :
			      set_one(cisco->arena, lo + 1, UINT16_MAX);
	return true;
}

static bool is_operator(const char *word)
{
	static const char *const words[] = { "eq", "neq", "lt", "gt", "range" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (cisco_same(word, words[i]))
			return true;
	return false;
}

/* A group of ports; a group of another kind in its place is the next address. */
static bool port_group(struct cisco *cisco, const struct cisco_line *line, size_t *at,
		       const struct set *protocols, const struct set **out, bool *uncertain)
{
	bool named = cisco_word_is(line, *at, "portgroup");
	const char *name = *at + 1 < line->count ? line->words[*at + 1] : NULL;
	struct cisco_object *object = name ? cisco_object_find(cisco, name) : NULL;

	if (!named && (!cisco_word_is(line, *at, "object-group") || object == NULL ||
		       object->kind != KIND_PORTS))
		return true;
	*at += 2;
	if (object == NULL || object->kind != KIND_PORTS || object->members.len == 0 ||
	    (object->implied != NULL && !set_is_subset(protocols, object->implied))) {
		cisco_condition(cisco, line,
				"no such object group of ports is defined, or it is empty");
		*out = cisco->full_ports;
		*uncertain = true;
		return true;
	}
	cisco_object_resolve(cisco, object);
	*out = set_empty();
	for (size_t i = 0; i < object->services.len; i++)
		*out = set_union(cisco->arena, *out, object->services.data[i].dst);
	*uncertain = *uncertain || object->uncertain;
	return true;
}

bool cisco_ports(struct cisco *cisco, const struct cisco_line *line, size_t *at,
		 const struct set *protocols, const struct set **out, bool *uncertain)
{
	struct port_words words = { cisco, line, *at, port_protocol(protocols), false };

	*out = NULL;
	if (*at >= line->count)
		return true;
	if (is_operator(line->words[*at])) {
		bool read = port_operator(&words, out);
		*at = words.at;
		*uncertain = *uncertain || words.uncertain;
		return read;
	}
	return port_group(cisco, line, at, protocols, out, uncertain);
}

/* ---- ICMP ---- */

bool cisco_icmp_words(const struct cisco_line *line, struct arena *arena, size_t *at,
		      enum family family, struct cisco_service *out)
{
	int type, code;
	uint32_t number;

	if (*at >= line->count || !cisco_icmp(family, line->words[*at], &type, &code))
		return false;
	(*at)++;
	if (code < 0 && *at < line->count && cisco_number(line->words[*at], UINT8_MAX, &number)) {
		code = (int)number;
		(*at)++;
	}
	out->ports = true;
	out->src = set_one(arena, (u128)type, (u128)type);
	if (code >= 0)
		out->dst = set_one(arena, (u128)code, (u128)code);
	return true;
}
