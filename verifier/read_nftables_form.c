/* SPDX-License-Identifier: Apache-2.0
 *
 * Which form's frames a rule is for: it compares all that the frames of the form have.
 * A rule that compares more of them, or by sets that lack elements, is for these or
 * fewer; one that compares less may hold for any packet. What frames have is made here
 * of the form's own numbers, and not of how any rule is printed. */
#include "config.h"
#include "verifier/nft_payload.h"

#include <netinet/in.h>
#include <string.h>

enum { IP_HEADER = 20, UDP_HEADER = 8, WORD = 4, WORD_SHIFT = 4, DOFF_LEAST = 5, DOFF_MOST = 15,
       DATAGRAM = FAMILY_COUNT, BITS = 8 };

VEC_TYPE(form_ranges, struct range);

struct form_check {
	const struct nft_bytes *bytes;
	const struct payload_protocol *protocol;
	const struct payload_form *form;
	size_t index;
	int family; /* DATAGRAM: over UDP */
	uint32_t used;               /* conditions, by their index */
	bool seen[NFT_BYTES];        /* bytes that a constant is all of the comparison for */
	bool narrow;
};

/* ---- tables of lengths ---- */

static void table_add(struct form_ranges *ranges, const unsigned *value, size_t fields)
{
	u128 number = 0;

	for (size_t i = 0; i < fields; i++)
		number = number << NFT_FIELD_BITS | value[i];
	struct range one = { number, number };
	vec_push(ranges, one);
}

/* Packets of a size, as each length of TCP's header makes them. */
static void table_packets(struct form_ranges *ranges, int family, unsigned size, unsigned wire,
			  size_t fields)
{
	for (unsigned doff = DOFF_LEAST; doff <= DOFF_MOST; doff++) {
		unsigned ip = family == FAMILY_IPV4 ? IP_HEADER : 0;
		const unsigned value[] = { doff << WORD_SHIFT, ip + doff * WORD + size, wire };
		table_add(ranges, value, fields);
	}
}

static void table_lengths(struct form_ranges *ranges, const struct payload_length *length,
			  int family)
{
	for (unsigned told = length->shortest; told <= length->longest; told++) {
		unsigned size = payload_size(length, told);
		unsigned wire = payload_wire(length->number, told);
		const unsigned datagram[] = { UDP_HEADER + size, wire };
		if (family == DATAGRAM)
			table_add(ranges, datagram, 2);
		else
			table_packets(ranges, family, size, wire, 3);
	}
}

static void table_counts(struct form_ranges *ranges, const struct payload_length *length,
			 const struct payload_count *count)
{
	for (unsigned i = count->least; i <= count->most; i++) {
		const unsigned value[] = { payload_wire(length->number, count->base + i),
					   payload_wire(count->number, i) };
		table_add(ranges, value, 2);
	}
}

/* `length` NULL: of packets that carry nothing; `count` NULL: the frame's own. */
static const struct set *table(const struct form_check *check,
			       const struct payload_length *length,
			       const struct payload_count *count)
{
	struct nft_ruleset *ruleset = check->bytes->eval->ruleset;
	const char *name = count != NULL ? count->name : NULL;
	int family = count != NULL ? 0 : check->family;
	struct form_ranges ranges = VEC_INIT;

	for (size_t i = 0; i < ruleset->payload_tables.len; i++) {
		const struct nft_payload_table *known = &ruleset->payload_tables.data[i];
		if (known->length == length && known->count == name && known->family == family)
			return known->numbers;
	}
	if (count != NULL)
		table_counts(&ranges, length, count);
	else if (length != NULL)
		table_lengths(&ranges, length, family);
	else
		table_packets(&ranges, family, 0, 0, 2);
	struct nft_payload_table made = { length, name, family, NULL };
	made.numbers = set_from_ranges(check->bytes->eval->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	vec_push(&ruleset->payload_tables, made);
	return made.numbers;
}

/* ---- what is compared ---- */

static const struct nft_condition *condition_find(struct form_check *check,
						  const enum nft_selector *selector,
						  size_t fields)
{
	const struct nft_bytes *bytes = check->bytes;

	for (size_t i = 0; i < bytes->conditions; i++) {
		const struct nft_condition *condition = &bytes->condition[i];
		bool same = condition->fields == fields;
		for (size_t k = 0; k < fields && same; k++)
			same = condition->selector[k] == selector[k];
		if (!same)
			continue;
		check->used |= 1u << i;
		return condition;
	}
	return NULL;
}

/* One condition lets through nothing but what is in the table. */
static bool check_table(struct form_check *check, const enum nft_selector *selector,
			size_t fields, const struct set *numbers)
{
	const struct nft_condition *condition = condition_find(check, selector, fields);

	if (condition == NULL || !set_is_subset(condition->numbers, numbers))
		return false;
	check->narrow = check->narrow || !set_equal(condition->numbers, numbers);
	return true;
}

static enum nft_selector family_length(int family)
{
	return family == FAMILY_IPV4 ? NFT_IP_LENGTH : NFT_IP6_LENGTH;
}

static bool check_length(struct form_check *check)
{
	const struct payload_length *length = check->form->carrier->length;
	enum nft_selector number = nft_inner_selector(length->number);
	const enum nft_selector packet[] = { NFT_RAW_DOFF, family_length(check->family), number };
	const enum nft_selector datagram[] = { NFT_RAW_UDP_LENGTH, number };

	return check->family == DATAGRAM
		       ? check_table(check, datagram, 2, table(check, length, NULL))
		       : check_table(check, packet, 3, table(check, length, NULL));
}

static bool check_counts(struct form_check *check)
{
	const struct payload_length *length = check->form->carrier->length;
	struct payload_count counts[2];
	size_t count = payload_form_counts(check->form, counts);

	for (size_t i = 0; i < count; i++) {
		const enum nft_selector selector[] = { nft_inner_selector(length->number),
						       nft_inner_selector(counts[i].number) };
		if (!check_table(check, selector, 2, table(check, length, &counts[i])))
			return false;
	}
	return true;
}

static bool check_constants(struct form_check *check)
{
	struct payload_byte constant[PAYLOAD_CONSTANTS];
	size_t count = payload_form_bytes(check->form, constant);

	for (size_t i = 0; i < count; i++) {
		const struct payload_byte *byte = &check->bytes->byte[constant[i].at];
		if ((byte->mask & constant[i].mask) != constant[i].mask ||
		    (byte->value & constant[i].mask) != constant[i].value)
			return false;
		check->seen[constant[i].at] = byte->mask == constant[i].mask;
	}
	return true;
}

/* The values of one byte, by a set or as a constant; NULL: it is not compared. */
static const struct set *byte_values(struct form_check *check, unsigned at)
{
	const struct payload_number number = { (uint8_t)at, 1, false };
	enum nft_selector selector = nft_inner_selector(number);
	const struct nft_condition *condition = condition_find(check, &selector, 1);
	const struct payload_byte *byte = &check->bytes->byte[at];

	if (condition != NULL)
		return condition->numbers;
	if (byte->mask != UINT8_MAX)
		return NULL;
	check->seen[at] = true;
	return set_one(check->bytes->eval->arena, byte->value, byte->value);
}

static bool check_choices(struct form_check *check)
{
	struct payload_choice choices[PAYLOAD_CHOICES];
	size_t count = payload_form_choices(check->form, choices);

	for (size_t i = 0; i < count; i++) {
		const struct set *values = byte_values(check, choices[i].at);
		struct form_ranges ranges = VEC_INIT;
		for (size_t k = 0; k < choices[i].count; k++) {
			struct range range = { choices[i].values[k].first,
					       choices[i].values[k].last };
			vec_push(&ranges, range);
		}
		const struct set *all = set_from_ranges(check->bytes->eval->arena, ranges.data,
							ranges.len);
		vec_free(&ranges);
		if (values == NULL || !set_is_subset(values, all))
			return false;
		check->narrow = check->narrow || !set_equal(values, all);
	}
	return true;
}

/* ---- functions and units ---- */

struct form_key {
	const struct set *numbers;
	unsigned unit_bytes; /* that are compared */
	struct form_ranges known; /* of the numbers, what functions and units there are */
	struct form_ranges points;
};

static void key_add(const struct form_check *check, struct form_key *key, unsigned function,
		    struct range units)
{
	vec_push(&key->points, payload_frames(check->protocol, check->index, function, units));
}

/* Units by a last field, with what the others say. */
static void key_units(const struct form_check *check, struct form_key *key, unsigned function,
		      u128 before, unsigned high)
{
	struct arena *arena = check->bytes->eval->arena;
	u128 first = before << NFT_FIELD_BITS;

	if (!set_overlaps_range(key->numbers, first, first | UINT8_MAX))
		return;
	const struct set *held = set_intersect(arena, key->numbers,
					       set_one(arena, first, first | UINT8_MAX));
	for (size_t i = 0; i < held->len; i++) {
		struct range units = { high << BITS | (held->range[i].lo & UINT8_MAX),
				       high << BITS | (held->range[i].hi & UINT8_MAX) };
		vec_push(&key->known, held->range[i]);
		key_add(check, key, function, units);
	}
}

static void key_function(const struct form_check *check, struct form_key *key,
			 unsigned function)
{
	const struct payload_body *body = check->form->body;
	struct range all = { 0, check->protocol->units - 1U };
	u128 number = function & UINT8_MAX;

	if (body->group_at != PAYLOAD_NOWHERE)
		number = number << NFT_FIELD_BITS | ((function >> BITS) + body->group_more);
	if (key->unit_bytes == 0) {
		struct range one = { number, number };
		if (!set_contains(key->numbers, number))
			return;
		vec_push(&key->known, one);
		key_add(check, key, function, all);
	} else if (key->unit_bytes == 1) {
		key_units(check, key, function, number, 0);
	} else {
		for (unsigned high = 0; high <= UINT8_MAX; high++)
			key_units(check, key, function, number << NFT_FIELD_BITS | high, high);
	}
}

static void key_functions(const struct form_check *check, struct form_key *key)
{
	for (size_t i = 0; i < check->form->body->span_count; i++) {
		const struct payload_span *span = &check->form->body->spans[i];
		for (unsigned group = span->group_first; group <= span->group_last; group++)
			for (unsigned low = span->first; low <= span->last; low++)
				key_function(check, key, group << BITS | low);
	}
}

/* The points of a key all of whose values are functions of the form with units. */
static const struct set *key_points(const struct form_check *check, struct form_key *key)
{
	struct arena *arena = check->bytes->eval->arena;
	const struct set *points = NULL;

	key_functions(check, key);
	if (set_equal(set_from_ranges(arena, key->known.data, key->known.len), key->numbers))
		points = set_from_ranges(arena, key->points.data, key->points.len);
	vec_free(&key->known);
	vec_free(&key->points);
	return points;
}

static enum nft_selector byte_selector(unsigned at)
{
	return nft_inner_selector((struct payload_number){ (uint8_t)at, 1, false });
}

/* The values of the bytes that tell functions, with those of units or without. */
static const struct set *key_numbers(struct form_check *check, bool units)
{
	const struct payload_carrier *carrier = check->form->carrier;
	const struct payload_body *body = check->form->body;
	enum nft_selector selector[4];
	size_t fields = 0;

	selector[fields++] = byte_selector((unsigned)carrier->body + body->function_at);
	if (body->group_at != PAYLOAD_NOWHERE)
		selector[fields++] = byte_selector((unsigned)carrier->body + body->group_at);
	for (unsigned i = carrier->unit.bytes; i-- > 0 && units;)
		selector[fields++] = byte_selector(carrier->unit.at + i);
	if (fields == 1)
		return byte_values(check, (unsigned)carrier->body + body->function_at);
	const struct nft_condition *condition = condition_find(check, selector, fields);
	return condition != NULL ? condition->numbers : NULL;
}

static const struct set *check_key(struct form_check *check)
{
	const struct payload_body *body = check->form->body;
	struct range all = { 0, check->protocol->units - 1U };
	struct form_key key = { .unit_bytes = check->form->carrier->unit.bytes };

	if (body->function_at == PAYLOAD_NOWHERE) {
		all = payload_frames(check->protocol, check->index,
				     body->span_count > 0 ? body->function : 0, all);
		return set_one(check->bytes->eval->arena, all.lo, all.hi);
	}
	if (key.unit_bytes > 0)
		key.numbers = key_numbers(check, true);
	if (key.numbers == NULL) {
		key.unit_bytes = 0;
		key.numbers = key_numbers(check, false);
	}
	return key.numbers != NULL ? key_points(check, &key) : NULL;
}

/* ---- what they say together ---- */

/* Something is compared that the form has nothing to do with. */
static bool check_is_left(const struct form_check *check)
{
	const struct nft_bytes *bytes = check->bytes;

	for (size_t i = 0; i < NFT_BYTES; i++)
		if (bytes->byte[i].mask != 0 && !check->seen[i])
			return true;
	for (size_t i = 0; i < bytes->conditions; i++)
		if ((check->used >> i & 1) == 0)
			return true;
	return bytes->narrow || (check->family == DATAGRAM && bytes->tcp);
}

/* Datagrams of UDP are whole whatever stands in front of them. */
static bool check_headers(const struct form_check *check, bool data)
{
	const struct nft_bytes *bytes = check->bytes;

	return check->family == DATAGRAM || (bytes->plain[check->family] && bytes->no_urgent &&
					     (bytes->no_syn || !data));
}

static struct nft_form_result check_empty(struct form_check *check)
{
	const enum nft_selector packet[] = { NFT_RAW_DOFF, family_length(check->family) };
	const enum nft_selector datagram = NFT_RAW_UDP_LENGTH;
	struct arena *arena = check->bytes->eval->arena;
	bool empty = check->family == DATAGRAM
			     ? check_table(check, &datagram, 1,
					   set_one(arena, UDP_HEADER, UDP_HEADER))
			     : check_table(check, packet, 2, table(check, NULL, NULL));

	if (!empty || !check_headers(check, false))
		return (struct nft_form_result){ NULL, true };
	bool more = check->family != DATAGRAM && check->bytes->no_syn;
	return (struct nft_form_result){ set_one(arena, PAYLOAD_EMPTY, PAYLOAD_EMPTY),
					 check->narrow || more || check_is_left(check) };
}

static struct nft_form_result check_form(struct form_check *check)
{
	/* What is read fastest first. */
	if (!check_headers(check, true) || !check_constants(check) || !check_choices(check) ||
	    !check_length(check) || !check_counts(check))
		return (struct nft_form_result){ NULL, true };
	const struct set *points = check_key(check);
	return (struct nft_form_result){ points, check->narrow || check_is_left(check) };
}

struct nft_form_result nft_form_find(const struct nft_bytes *bytes, int family,
				     unsigned transport)
{
	int of = transport == IPPROTO_UDP ? DATAGRAM : family;
	struct form_check check = { .bytes = bytes, .family = of };
	struct nft_form_result result = check_empty(&check);
	const struct payload_protocol *protocol;

	for (size_t i = 0; result.points == NULL && (protocol = payload_protocol_at(i)) != NULL; i++)
		for (size_t k = 0; result.points == NULL && k < protocol->form_count; k++) {
			if (!payload_form_travels(&protocol->forms[k], transport))
				continue;
			check = (struct form_check){ .bytes = bytes, .protocol = protocol,
						     .form = &protocol->forms[k], .index = k,
						     .family = of };
			result = check_form(&check);
		}
	return result;
}
