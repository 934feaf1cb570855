/* SPDX-License-Identifier: Apache-2.0
 *
 * Address ranges as prefixes. */
#include "config.h"
#include "backends/prefixes.h"

/* The first address beyond a block of 2^bits addresses is lo + 2^bits; 128 bits
 * are the whole space, where that number does not exist. */
static bool block_fits(struct range range, unsigned bits)
{
	if (bits == 128)
		return range.lo == 0 && range.hi == ~(u128)0;
	u128 rest = ((u128)1 << bits) - 1;
	return (range.lo & rest) == 0 && range.hi - range.lo >= rest;
}

static unsigned block_bits(struct range range, unsigned most)
{
	unsigned bits = 0;

	while (bits < most && block_fits(range, bits + 1))
		bits++;
	return bits;
}

void prefixes_add_range(struct prefix_list *list, enum family family, struct range range)
{
	unsigned width = address_bits(family);

	for (;;) {
		unsigned bits = block_bits(range, width);
		struct prefix prefix = { range.lo, width - bits };
		vec_push(list, prefix);
		if (bits == 128 || range.hi - range.lo == ((u128)1 << bits) - 1)
			return;
		range.lo += (u128)1 << bits;
	}
}

void prefixes_add_set(struct prefix_list *list, enum family family, const struct set *set)
{
	for (size_t i = 0; i < set->len; i++)
		prefixes_add_range(list, family, set->range[i]);
}

size_t prefixes_count(enum family family, const struct set *set)
{
	struct prefix_list list = VEC_INIT;

	prefixes_add_set(&list, family, set);
	size_t count = list.len;
	vec_free(&list);
	return count;
}

void prefix_print_address(struct strbuf *text, enum family family, const struct prefix *prefix)
{
	struct address address = { prefix->value, family };
	char buffer[ADDRESS_TEXT];

	strbuf_puts(text, address_print(&address, buffer));
}

static void print_quad(struct strbuf *text, u128 value)
{
	struct prefix quad = { value, 32 };

	prefix_print_address(text, FAMILY_IPV4, &quad);
}

static u128 wildcard_of(const struct prefix *prefix)
{
	return prefix->length == 32 ? 0 : UINT32_MAX >> prefix->length;
}

void prefix_print_netmask(struct strbuf *text, const struct prefix *prefix)
{
	print_quad(text, UINT32_MAX - wildcard_of(prefix));
}

void prefix_print_wildcard(struct strbuf *text, const struct prefix *prefix)
{
	print_quad(text, wildcard_of(prefix));
}
