/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements of one nftables set as rows of numbers, and their merging back into
 * products of sets. Elements of a set have no order, so that any union of rows
 * with the same verdict decides the same. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

static uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t range_hash(struct range range)
{
	uint64_t hash = hash_mix(0, (uint64_t)range.lo);

	hash = hash_mix(hash, (uint64_t)(range.lo >> 64));
	hash = hash_mix(hash, (uint64_t)range.hi);
	return hash_mix(hash, (uint64_t)(range.hi >> 64));
}

static uint64_t pool_hash(const struct set *set)
{
	return set->len == 1 ? range_hash(set->range[0]) : hash_mix(set_hash(set), set->len);
}

static void pool_grow(struct nft_pool *pool)
{
	size_t count = pool->slot_count ? pool->slot_count * 2 : 64;

	free(pool->slots);
	pool->slots = memory_array(count, sizeof(*pool->slots));
	pool->slot_count = count;
	for (size_t i = 0; i < pool->len; i++) {
		size_t at = pool_hash(pool->set[i]) & (count - 1);
		while (pool->slots[at] != 0)
			at = (at + 1) & (count - 1);
		pool->slots[at] = (uint32_t)i + 1;
	}
}

static uint32_t pool_add(struct nft_pool *pool, const struct set *set, size_t slot)
{
	if (pool->len == pool->cap) {
		pool->cap = pool->cap ? pool->cap * 2 : 32;
		pool->set = memory_resize(pool->set, pool->cap, sizeof(*pool->set));
	}
	pool->set[pool->len++] = set;
	pool->slots[slot] = (uint32_t)pool->len;
	return (uint32_t)pool->len - 1;
}

uint32_t nft_pool_range(struct nft_pool *pool, struct arena *arena, struct range range)
{
	if (pool->len * 2 >= pool->slot_count)
		pool_grow(pool);
	size_t at = range_hash(range) & (pool->slot_count - 1);
	for (; pool->slots[at] != 0; at = (at + 1) & (pool->slot_count - 1)) {
		const struct set *set = pool->set[pool->slots[at] - 1];
		if (set->len == 1 && set->range[0].lo == range.lo &&
		    set->range[0].hi == range.hi)
			return pool->slots[at] - 1;
	}
	return pool_add(pool, set_one(arena, range.lo, range.hi), at);
}

uint32_t nft_pool_set(struct nft_pool *pool, const struct set *set)
{
	if (pool->len * 2 >= pool->slot_count)
		pool_grow(pool);
	size_t at = pool_hash(set) & (pool->slot_count - 1);
	for (; pool->slots[at] != 0; at = (at + 1) & (pool->slot_count - 1))
		if (set_equal(pool->set[pool->slots[at] - 1], set))
			return pool->slots[at] - 1;
	return pool_add(pool, set, at);
}

void nft_set_release(struct nft_set *set)
{
	for (size_t i = 0; i < NFT_FIELDS; i++) {
		free(set->pool[i].set);
		free(set->pool[i].slots);
	}
	vec_free(&set->rows);
	vec_free(&set->verdicts);
}

uint32_t nft_set_verdict(struct nft_set *set, struct nft_verdict verdict)
{
	size_t count = set->verdicts.len;

	/* Maps list the rules of one chain together: the last few are enough. */
	for (size_t i = count; i-- > 0 && count - i < 8;) {
		struct nft_verdict *known = &set->verdicts.data[i];
		if (known->kind == verdict.kind &&
		    (known->chain == verdict.chain ||
		     (known->chain != NULL && verdict.chain != NULL &&
		      strcmp(known->chain, verdict.chain) == 0)))
			return (uint32_t)i;
	}
	vec_push(&set->verdicts, verdict);
	return (uint32_t)count;
}

static bool row_agrees(const struct nft_set *set, const struct nft_row *a,
		       const struct nft_row *b, size_t except)
{
	if (a->verdict != b->verdict || a->uncertain != b->uncertain)
		return false;
	for (size_t i = 0; i < set->fields; i++)
		if (i != except && a->value[i] != b->value[i])
			return false;
	return true;
}

static uint64_t row_hash(const struct nft_set *set, const struct nft_row *row, size_t except)
{
	uint64_t hash = row->verdict;

	for (size_t i = 0; i < set->fields; i++)
		if (i != except)
			hash = hash_mix(hash, row->value[i]);
	return hash_mix(hash, 1);
}

/* Rows of one group are linked from the group's first row, in order. */
struct row_groups {
	uint32_t *slots, *next, *last;
	size_t mask;
};

static void groups_make(struct row_groups *groups, const struct nft_set *set, size_t field)
{
	size_t count = 16, len = set->rows.len;

	while (count < len * 2)
		count *= 2;
	groups->mask = count - 1;
	groups->slots = memory_array(count, sizeof(uint32_t));
	groups->next = memory_array(len, sizeof(uint32_t));
	groups->last = memory_array(len, sizeof(uint32_t));
	for (size_t i = 0; i < len; i++) {
		const struct nft_row *row = &set->rows.data[i];
		size_t at = row_hash(set, row, field) & groups->mask;
		while (groups->slots[at] != 0 &&
		       !row_agrees(set, &set->rows.data[groups->slots[at] - 1], row, field))
			at = (at + 1) & groups->mask;
		if (groups->slots[at] == 0) {
			groups->slots[at] = (uint32_t)i + 1;
			groups->last[i] = (uint32_t)i + 1;
			continue;
		}
		size_t head = groups->slots[at] - 1;
		groups->next[groups->last[head] - 1] = (uint32_t)i + 1;
		groups->last[head] = (uint32_t)i + 1;
		groups->last[i] = 0;
	}
}

static uint32_t group_union(struct nft_set *set, struct arena *arena,
			    const struct row_groups *groups, size_t head, size_t field)
{
	struct nft_pool *pool = &set->pool[field];
	VEC(struct range) ranges = VEC_INIT;

	for (size_t i = head + 1; i != 0; i = groups->next[i - 1]) {
		const struct set *part = pool->set[set->rows.data[i - 1].value[field]];
		for (size_t k = 0; k < part->len; k++)
			vec_push(&ranges, part->range[k]);
	}
	const struct set *all = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return nft_pool_set(pool, all);
}

static void set_merge_field(struct nft_set *set, struct arena *arena, size_t field)
{
	struct row_groups groups;
	size_t kept = 0;

	groups_make(&groups, set, field);
	for (size_t i = 0; i < set->rows.len; i++) {
		if (groups.last[i] == 0)
			continue;
		struct nft_row row = set->rows.data[i];
		if (groups.next[i] != 0)
			row.value[field] = group_union(set, arena, &groups, i, field);
		set->rows.data[kept++] = row;
	}
	set->rows.len = kept;
	free(groups.slots);
	free(groups.next);
	free(groups.last);
}

void nft_set_merge(struct nft_set *set, struct arena *arena)
{
	if (set->merged)
		return;
	set->merged = true;
	/* Ports, which stand last, then destinations, then sources. */
	for (size_t field = set->fields; field-- > 0;)
		if (set->rows.len > 1)
			set_merge_field(set, arena, field);
}
