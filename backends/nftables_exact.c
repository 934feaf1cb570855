/* SPDX-License-Identifier: Apache-2.0
 *
 * The elements of an exact set. Products of several rules may hold the same key:
 * the first keeps it and carries the others' names. Elements are numbered through
 * all products and never stored: a hash table of their numbers finds those that
 * are the same, in linear time and a few bytes an element. Only those enter it that
 * can be in several products (nftables_shared.c). */
#include "config.h"
#include "backends/nftables.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* An element that a later product holds as well. */
struct exact_again {
	uint32_t element, product;
};

struct exact_slot {
	uint32_t tag, element; /* element + 1; 0: free */
};

struct exact {
	const struct nftables_group *group;
	uint32_t *first;  /* per product the number of its first element, and the end */
	struct arena arena;
	struct nftables_shared_list shared;
	struct exact_slot *slots;
	size_t mask;
	uint8_t *dropped; /* bit per element: an earlier one is the same */
	VEC(struct exact_again) again;
};

static uint32_t elements_of(const uint32_t len[NFT_FIELDS])
{
	uint32_t size = 1;

	for (size_t i = 0; i < NFT_FIELDS; i++)
		size *= len[i];
	return size;
}

static void exact_begin(struct exact *exact, const struct nftables_group *group)
{
	size_t count = group->products.len, slots = 16, shared = 0;

	*exact = (struct exact){ .group = group };
	arena_init(&exact->arena);
	exact->first = memory_array(count + 1, sizeof(*exact->first));
	for (size_t i = 0; i < count; i++)
		exact->first[i + 1] = exact->first[i] + elements_of(group->products.data[i].len);
	nftables_shared_find(&exact->shared, &exact->arena, group);
	for (size_t i = 0; i < exact->shared.len; i++)
		shared += elements_of(exact->shared.data[i].len);
	while (slots < shared * 2)
		slots *= 2;
	exact->slots = memory_array(slots, sizeof(*exact->slots));
	exact->mask = slots - 1;
	exact->dropped = memory_array(exact->first[count] / 8 + 1, 1);
}

static void exact_end(struct exact *exact)
{
	arena_release(&exact->arena);
	vec_free(&exact->shared);
	free(exact->first);
	free(exact->slots);
	free(exact->dropped);
	vec_free(&exact->again);
}

/* ---- walking a product ---- */

/* Indexes into lists of these lengths; the last field runs fastest. Returns the
 * first field that changed, or -1 at the end. */
static int exact_next(const uint32_t len[NFT_FIELDS], uint32_t at[NFT_FIELDS])
{
	for (int i = NFT_FIELDS - 1; i >= 0; i--) {
		if (++at[i] < len[i])
			return i;
		at[i] = 0;
	}
	return -1;
}

static void exact_locate(const struct nftables_product *product, uint32_t number,
			 uint32_t at[NFT_FIELDS])
{
	for (int i = NFT_FIELDS - 1; i >= 0; i--) {
		at[i] = number % product->len[i];
		number /= product->len[i];
	}
}

static uint64_t exact_mix(uint64_t hash, u128 value)
{
	hash = (hash ^ (uint64_t)value ^ (uint64_t)(value >> 64) * 31) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* ---- finding the same ---- */

static uint32_t exact_product_of(const struct exact *exact, uint32_t element)
{
	uint32_t low = 0, high = (uint32_t)exact->group->products.len;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (exact->first[middle] <= element)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool exact_same(const struct exact *exact, uint32_t element,
		       const struct nftables_product *product, const uint32_t at[NFT_FIELDS])
{
	uint32_t index = exact_product_of(exact, element), there[NFT_FIELDS];
	const struct nftables_product *other = &exact->group->products.data[index];

	exact_locate(other, element - exact->first[index], there);
	for (size_t i = 0; i < NFT_FIELDS; i++)
		if (other->value[i][there[i]].lo != product->value[i][at[i]].lo)
			return false;
	return true;
}

static void exact_insert(struct exact *exact, uint32_t product, uint32_t element,
			 uint64_t hash, const uint32_t at[NFT_FIELDS])
{
	const struct nftables_product *own = &exact->group->products.data[product];
	uint32_t tag = (uint32_t)(hash >> 32);
	size_t slot = hash & exact->mask;

	for (; exact->slots[slot].element != 0; slot = (slot + 1) & exact->mask) {
		uint32_t known = exact->slots[slot].element - 1;
		if (exact->slots[slot].tag != tag || !exact_same(exact, known, own, at))
			continue;
		struct exact_again again = { known, product };
		vec_push(&exact->again, again);
		exact->dropped[element / 8] |= (uint8_t)(1u << element % 8);
		return;
	}
	exact->slots[slot] = (struct exact_slot){ tag, element + 1 };
}

static void exact_find_same(struct exact *exact, const struct nftables_shared *shared)
{
	const struct nftables_product *product = &exact->group->products.data[shared->product];
	uint32_t step[NFT_FIELDS] = { 0 }, at[NFT_FIELDS], number[NFT_FIELDS + 1] = { 0 };
	uint64_t hash[NFT_FIELDS + 1] = { 0 };

	for (int changed = 0; changed >= 0; changed = exact_next(shared->len, step)) {
		for (int i = changed; i < NFT_FIELDS; i++) {
			at[i] = shared->at[i][step[i]];
			number[i + 1] = number[i] * product->len[i] + at[i];
			hash[i + 1] = exact_mix(hash[i], product->value[i][at[i]].lo);
		}
		exact_insert(exact, shared->product,
			     exact->first[shared->product] + number[NFT_FIELDS],
			     hash[NFT_FIELDS], at);
	}
}

static int again_compare(const void *left, const void *right)
{
	const struct exact_again *a = left, *b = right;

	if (a->element != b->element)
		return a->element < b->element ? -1 : 1;
	return (a->product > b->product) - (a->product < b->product);
}

/* ---- printing ---- */

/* The comment of the first `extra` of what holds an element again, and of its own
 * product. */
static void exact_print_names(struct strbuf *text, const struct exact *exact, uint32_t index,
			      const struct exact_again *again, size_t extra)
{
	const struct nftables_product *products = exact->group->products.data;
	VEC(const struct rule *) rules = VEC_INIT;

	for (size_t k = 0; k <= extra; k++) {
		const struct filter_entry *entry =
			products[k == 0 ? index : again[k - 1].product].entry;
		for (size_t r = 0; r < entry->rule_count; r++)
			vec_push(&rules, entry->rules[r]);
	}
	nftables_print_comment(text, rules.data, rules.len);
	vec_free(&rules);
}

/* The values of a product in words, and what stands before the field of an element,
 * kept while it stays the same. */
struct exact_line {
	struct strbuf words, text, names;
	VEC(size_t) ends;          /* of each word, behind a first 0 */
	size_t first[NFT_FIELDS];  /* word of each field */
	size_t start[NFT_FIELDS + 1];
};

static void exact_print_words(struct exact_line *line, const struct exact *exact,
			      const struct nftables_product *product)
{
	const struct nftables_shape *shape = &exact->group->kind.shape;

	line->words.len = line->ends.len = 0;
	vec_push(&line->ends, 0);
	for (int i = 0; i < NFT_FIELDS; i++) {
		bool begins = (shape->key & ((1u << i) - 1)) == 0;
		line->first[i] = line->ends.len - 1;
		for (uint32_t k = 0; k < product->len[i]; k++) {
			if (nftables_has(shape, (enum nftables_field)i)) {
				strbuf_puts(&line->words, begins ? "\t\t\t" : " . ");
				nftables_print_value(&line->words, shape, (enum nftables_field)i,
						     product->value[i][k]);
			}
			vec_push(&line->ends, line->words.len);
		}
	}
}

static void exact_print_key(struct exact_line *line, const uint32_t at[NFT_FIELDS], int changed)
{
	line->text.len = line->start[changed];
	for (int i = changed; i < NFT_FIELDS; i++) {
		const size_t *word = &line->ends.data[line->first[i] + at[i]];
		line->start[i] = line->text.len;
		strbuf_add(&line->text, line->words.text + word[0], word[1] - word[0]);
	}
}

static void exact_print_product(struct strbuf *text, const struct exact *exact,
				uint32_t index, struct exact_line *line, size_t *next)
{
	const struct nftables_product *product = &exact->group->products.data[index];
	uint32_t at[NFT_FIELDS] = { 0 }, element = exact->first[index];

	exact_print_words(line, exact, product);
	line->names.len = 0;
	exact_print_names(&line->names, exact, index, NULL, 0);
	strbuf_puts(&line->names, ",\n");
	for (int changed = 0; changed >= 0; changed = exact_next(product->len, at), element++) {
		size_t extra = 0;
		exact_print_key(line, at, changed);
		if ((exact->dropped[element / 8] >> element % 8 & 1) != 0)
			continue;
		while (*next + extra < exact->again.len &&
		       exact->again.data[*next + extra].element == element)
			extra++;
		strbuf_add(text, line->text.text, line->text.len);
		if (extra == 0) {
			strbuf_add(text, line->names.text, line->names.len);
			continue;
		}
		exact_print_names(text, exact, index, &exact->again.data[*next], extra);
		strbuf_puts(text, ",\n");
		*next += extra;
	}
}

void nftables_print_exact(struct strbuf *text, const struct nftables_group *group)
{
	struct exact exact;
	struct exact_line line = { .text = STRBUF_INIT };
	size_t next = 0;

	exact_begin(&exact, group);
	for (size_t i = 0; i < exact.shared.len; i++)
		exact_find_same(&exact, &exact.shared.data[i]);
	if (exact.again.len > 0)
		qsort(exact.again.data, exact.again.len, sizeof(*exact.again.data),
		      again_compare);
	for (uint32_t i = 0; i < group->products.len; i++)
		exact_print_product(text, &exact, i, &line, &next);
	vec_free(&line.ends);
	strbuf_release(&line.words);
	strbuf_release(&line.text);
	strbuf_release(&line.names);
	exact_end(&exact);
}
