/* SPDX-License-Identifier: Apache-2.0
 *
 * Which values of a set's products are in several of them. Field by field, products
 * drop out of which a field has no such value: no element of theirs can be in another,
 * and what is left of thousands of rules is mostly little. */
#include "config.h"
#include "backends/nftables.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A value of one field. */
struct shared_value {
	u128 value;
	uint32_t product; /* + 1, the first that has it; 0: free */
	bool again;       /* another one has it, too */
};

struct shared_values {
	struct shared_value *slots;
	size_t mask;
};

static struct shared_value *value_slot(const struct shared_values *values, u128 value)
{
	uint64_t hash = ((uint64_t)value ^ (uint64_t)(value >> 64) * 31) * 0x9e3779b97f4a7c15u;
	size_t slot = (hash ^ hash >> 32) & values->mask;

	while (values->slots[slot].product != 0 && values->slots[slot].value != value)
		slot = (slot + 1) & values->mask;
	return &values->slots[slot];
}

static void values_make(struct shared_values *values, const struct nftables_group *group,
			const struct nftables_shared_list *list, int field)
{
	size_t count = 0, slots = 16;

	for (size_t i = 0; i < list->len; i++)
		count += group->products.data[list->data[i].product].len[field];
	while (slots < count * 2)
		slots *= 2;
	values->slots = memory_array(slots, sizeof(*values->slots));
	values->mask = slots - 1;
	for (size_t i = 0; i < list->len; i++) {
		uint32_t index = list->data[i].product;
		const struct nftables_product *product = &group->products.data[index];
		for (uint32_t k = 0; k < product->len[field]; k++) {
			struct shared_value *slot = value_slot(values, product->value[field][k].lo);
			slot->again |= slot->product != 0 && slot->product != index + 1;
			slot->value = product->value[field][k].lo;
			slot->product = index + 1;
		}
	}
}

/* False if the product shares no value of the field. */
static bool shared_narrow(struct nftables_shared *shared, struct arena *arena,
			  const struct shared_values *values, const struct nftables_group *group,
			  int field)
{
	const struct nftables_product *product = &group->products.data[shared->product];
	uint32_t *at = NULL, kept = 0;

	for (uint32_t k = 0; k < product->len[field]; k++) {
		if (!value_slot(values, product->value[field][k].lo)->again)
			continue;
		if (at == NULL)
			at = arena_array(arena, product->len[field], sizeof(*at));
		at[kept++] = k;
	}
	shared->at[field] = at;
	shared->len[field] = kept;
	return kept > 0;
}

void nftables_shared_find(struct nftables_shared_list *list, struct arena *arena,
			  const struct nftables_group *group)
{
	for (uint32_t i = 0; i < group->products.len; i++)
		vec_push(list, ((struct nftables_shared){ .product = i }));
	for (int field = 0; field < NFT_FIELDS; field++) {
		struct shared_values values;
		size_t kept = 0;
		values_make(&values, group, list, field);
		for (size_t i = 0; i < list->len; i++)
			if (shared_narrow(&list->data[i], arena, &values, group, field))
				list->data[kept++] = list->data[i];
		list->len = kept;
		free(values.slots);
	}
}
