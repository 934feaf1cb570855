/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions of a rule on bytes, one by one: constants fall apart into bytes, however
 * nft has joined them; values of a set, or of several fields, stay together. */
#include "config.h"
#include "verifier/nft_payload.h"

enum { TCP = 6, IPV4_PLAIN = 0x45, FLAG_SYN = 0x02, FLAG_URG = 0x20, BITS = 8, WIDE = 65536 };

enum nft_selector nft_inner_selector(struct payload_number number)
{
	return (enum nft_selector)(NFT_INNER + number.at * NFT_INNER_SIZE + number.bytes);
}

/* ---- numbers ---- */

VEC_TYPE(bytes_ranges, struct range);

/* Every combination of the fields of a row; false: there are too many, or too large ones. */
static bool row_numbers(const struct nft_set *set, const struct nft_row *row, size_t field,
			u128 before, struct bytes_ranges *out)
{
	const struct set *values = set->pool[field].set[row->value[field]];
	bool last = field + 1 == set->fields;

	for (size_t i = 0; i < values->len; i++) {
		struct range range = { before << NFT_FIELD_BITS | values->range[i].lo,
				       before << NFT_FIELD_BITS | values->range[i].hi };
		if ((values->range[i].hi > UINT32_MAX && set->fields > 1) ||
		    (!last && values->range[i].hi - values->range[i].lo >= WIDE))
			return false;
		if (last)
			vec_push(out, range);
		for (u128 v = values->range[i].lo; v <= values->range[i].hi && !last; v++)
			if (out->len > 16 * WIDE ||
			    !row_numbers(set, row, field + 1, before << NFT_FIELD_BITS | v, out))
				return false;
	}
	return true;
}

static const struct set *set_numbers(struct nft_set *set, struct arena *arena)
{
	struct bytes_ranges ranges = VEC_INIT;
	bool told = set->fields * NFT_FIELD_BITS <= 128;

	for (size_t i = 0; i < set->rows.len && told && set->numbers == NULL; i++)
		told = !set->rows.data[i].uncertain &&
		       row_numbers(set, &set->rows.data[i], 0, 0, &ranges);
	if (told && set->numbers == NULL)
		set->numbers = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set->numbers;
}

static const struct set *match_numbers(struct nft_bytes *bytes, struct nft_match *match)
{
	struct nft_set *set = match->values == NULL ? nft_match_set(bytes->eval, match) : NULL;

	if (match->values != NULL)
		return match->values;
	return set == NULL ? NULL : set_numbers(set, bytes->eval->arena);
}

/* ---- conditions ---- */

/* False where another condition has the bits otherwise, or they are too far away. */
static bool bytes_constant(struct nft_bytes *bytes, size_t at, unsigned mask, unsigned value)
{
	if (at >= NFT_BYTES)
		return false;
	struct payload_byte *byte = &bytes->byte[at];
	if (((byte->value ^ value) & byte->mask & mask) != 0 || (value & ~mask) != 0)
		return false;
	byte->at = (uint8_t)at;
	byte->mask = (uint8_t)(byte->mask | mask);
	byte->value = (uint8_t)(byte->value | value);
	return true;
}

static bool read_inner(struct nft_bytes *bytes, const struct nft_match *match, u128 value)
{
	unsigned place = (unsigned)match->selector[0] - NFT_INNER, size = place % NFT_INNER_SIZE;
	size_t at = place / NFT_INNER_SIZE;
	u128 mask = match->mask != 0 ? match->mask : ~(u128)0;

	for (size_t i = size; i-- > 0; value >>= BITS, mask >>= BITS)
		if ((mask & UINT8_MAX) != 0 &&
		    !bytes_constant(bytes, at + i, (unsigned)(mask & UINT8_MAX),
				    (unsigned)(value & UINT8_MAX)))
			return false;
	return value == 0;
}

static bool read_flags(struct nft_bytes *bytes, const struct nft_match *match, u128 value)
{
	bytes->tcp = true;
	if (value != 0 || match->mask == 0)
		return false;
	bytes->no_urgent = bytes->no_urgent || (match->mask & FLAG_URG) != 0;
	bytes->no_syn = bytes->no_syn || (match->mask & FLAG_SYN) != 0;
	return (match->mask & ~(unsigned)(FLAG_URG | FLAG_SYN)) == 0;
}

static bool read_plain(struct nft_bytes *bytes, enum family family, bool plain)
{
	bytes->plain[family] = bytes->plain[family] || plain;
	bytes->family[family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4] = false;
	return plain;
}

static bool read_values(struct nft_bytes *bytes, const struct nft_match *match,
			const struct set *numbers)
{
	struct nft_condition *condition = &bytes->condition[bytes->conditions];

	if (match->mask != 0 || bytes->conditions == NFT_CONDITIONS)
		return false;
	condition->fields = match->fields;
	condition->numbers = numbers;
	for (size_t i = 0; i < match->fields; i++) {
		condition->selector[i] = match->selector[i];
		bytes->tcp = bytes->tcp || match->selector[i] == NFT_RAW_DOFF;
		if (match->selector[i] == NFT_IP_LENGTH || match->selector[i] == NFT_IP6_LENGTH)
			bytes->family[match->selector[i] == NFT_IP_LENGTH ? FAMILY_IPV6
									  : FAMILY_IPV4] = false;
	}
	bytes->conditions++;
	return true;
}

static bool read_condition(struct nft_bytes *bytes, struct nft_match *match)
{
	if (match->negated || match->vmap)
		return false;
	const struct set *numbers = match_numbers(bytes, match);
	if (numbers == NULL || set_is_empty(numbers))
		return false;
	bool one = match->fields == 1 && set_size(numbers) == 1;
	u128 value = set_min(numbers);
	switch (match->selector[0]) {
	case NFT_RAW_IP: return read_plain(bytes, FAMILY_IPV4, one && value == IPV4_PLAIN &&
							       match->mask == 0);
	case NFT_RAW_IP6: return read_plain(bytes, FAMILY_IPV6, one && value == TCP &&
								match->mask == 0);
	case NFT_RAW_FLAGS: return one && read_flags(bytes, match, value);
	default:
		return one && match->selector[0] >= NFT_INNER ? read_inner(bytes, match, value)
							       : read_values(bytes, match, numbers);
	}
}

void nft_bytes_read(struct nft_bytes *bytes, struct nft_eval *eval, const struct nft_rule *rule)
{
	*bytes = (struct nft_bytes){ .eval = eval, .family = { true, true } };
	for (struct nft_match *match = rule->matches; match != NULL; match = match->next)
		if (nft_match_is_raw(match) && !read_condition(bytes, match))
			bytes->narrow = true;
}
