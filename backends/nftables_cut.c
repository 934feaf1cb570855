/* SPDX-License-Identifier: Apache-2.0
 *
 * Disjoint boxes. Boxes that share no point with others, as most, stay whole:
 * they are told apart field by field by sorting, n log n. Only inside a cluster
 * that no field separates is every box compared with every other one. */
#include "config.h"
#include "backends/nftables.h"

#include <string.h>

static _Thread_local enum nftables_field sort_field;

static int cut_compare_u128(u128 a, u128 b)
{
	return a < b ? -1 : a > b;
}

static int cut_by_field(const void *left, const void *right)
{
	const struct nftables_box *a = left, *b = right;

	return cut_compare_u128(a->field[sort_field].lo, b->field[sort_field].lo);
}

static int cut_by_place(const void *left, const void *right)
{
	const struct nftables_box *a = left, *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	for (size_t i = 0; i < NFT_FIELDS; i++) {
		int order = cut_compare_u128(a->field[i].lo, b->field[i].lo);
		if (order != 0)
			return order;
	}
	return 0;
}

/* Wider fields first, so that what a box holds finds it already there. */
static int cut_by_size(const void *left, const void *right)
{
	const struct nftables_box *a = left, *b = right;

	for (size_t i = 0; i < NFT_FIELDS; i++) {
		int order = cut_compare_u128(b->field[i].hi - b->field[i].lo,
					     a->field[i].hi - a->field[i].lo);
		if (order != 0)
			return order;
	}
	return cut_by_place(left, right);
}

static bool box_overlaps(const struct nftables_box *a, const struct nftables_box *b)
{
	for (size_t i = 0; i < NFT_FIELDS; i++)
		if (a->field[i].hi < b->field[i].lo || b->field[i].hi < a->field[i].lo)
			return false;
	return true;
}

/* Appends `whole` without `hole`; they overlap. */
static void box_subtract(struct nftables_boxes *out, struct nftables_box whole,
			 const struct nftables_box *hole)
{
	for (size_t i = 0; i < NFT_FIELDS; i++) {
		struct nftables_box piece = whole;
		const struct range *cut = &hole->field[i];
		if (whole.field[i].lo < cut->lo) {
			piece.field[i].hi = cut->lo - 1;
			vec_push(out, piece);
			whole.field[i].lo = cut->lo;
		}
		piece = whole;
		if (whole.field[i].hi > cut->hi) {
			piece.field[i].lo = cut->hi + 1;
			vec_push(out, piece);
			whole.field[i].hi = cut->hi;
		}
	}
}

static void box_name(struct arena *arena, struct nftables_box *box,
		     const struct nftables_name *names)
{
	for (; names != NULL; names = names->next) {
		const struct nftables_name *known = box->names;
		while (known != NULL && known->rule != names->rule)
			known = known->next;
		if (known != NULL)
			continue;
		struct nftables_name *name = arena_alloc(arena, sizeof(*name));
		*name = (struct nftables_name){ names->rule, box->names };
		box->names = name;
	}
}

/* Takes one box out of several parts. */
static void cut_hole(struct nftables_boxes *parts, const struct nftables_box *hole)
{
	struct nftables_boxes rest = VEC_INIT;

	for (size_t k = 0; k < parts->len; k++)
		if (box_overlaps(&parts->data[k], hole))
			box_subtract(&rest, parts->data[k], hole);
		else
			vec_push(&rest, parts->data[k]);
	vec_free(parts);
	*parts = rest;
}

/* Keeps what of the box at `index` is left beside those before it. They are taken
 * out whole, not by the parts that were kept of them: so its cuts follow from
 * those alone that it overlaps. */
static void cut_add(struct nftables_boxes *kept, size_t first, struct arena *arena,
		    const struct nftables_box *boxes, size_t index)
{
	const struct nftables_box *box = &boxes[index];
	struct nftables_boxes parts = VEC_INIT;

	for (size_t i = first; i < kept->len; i++)
		if (box_overlaps(&kept->data[i], box))
			box_name(arena, &kept->data[i], box->names);
	vec_push(&parts, *box);
	for (size_t i = 0; i < index && parts.len > 0; i++)
		if (box_overlaps(&boxes[i], box))
			cut_hole(&parts, &boxes[i]);
	for (size_t k = 0; k < parts.len; k++)
		vec_push(kept, parts.data[k]);
	vec_free(&parts);
}

static void cut_cluster(struct nftables_boxes *out, struct arena *arena,
			struct nftables_box *boxes, size_t count)
{
	size_t first = out->len;

	qsort(boxes, count, sizeof(*boxes), cut_by_size);
	for (size_t i = 0; i < count; i++)
		cut_add(out, first, arena, boxes, i);
}

/* `tried` fields in a row did not separate these boxes. */
static void cut_separate(struct nftables_boxes *out, struct arena *arena,
			 struct nftables_box *boxes, size_t count, unsigned next)
{
	unsigned field = next % NFT_FIELDS, tried = next / NFT_FIELDS;

	if (count == 1) {
		vec_push(out, boxes[0]);
		return;
	}
	if (tried == NFT_FIELDS) {
		cut_cluster(out, arena, boxes, count);
		return;
	}
	sort_field = (enum nftables_field)field;
	qsort(boxes, count, sizeof(*boxes), cut_by_field);
	for (size_t start = 0, end; start < count; start = end) {
		u128 reach = boxes[start].field[field].hi;
		for (end = start + 1; end < count && boxes[end].field[field].lo <= reach; end++)
			if (boxes[end].field[field].hi > reach)
				reach = boxes[end].field[field].hi;
		bool whole = end - start == count;
		unsigned after = (field + 1) % NFT_FIELDS;
		cut_separate(out, arena, boxes + start, end - start,
			     after + NFT_FIELDS * (whole ? tried + 1 : 0));
	}
}

void nftables_cut(struct nftables_boxes *boxes, struct arena *arena)
{
	struct nftables_boxes out = VEC_INIT;

	if (boxes->len > 0)
		cut_separate(&out, arena, boxes->data, boxes->len, 0);
	if (out.len > 0)
		qsort(out.data, out.len, sizeof(*out.data), cut_by_place);
	vec_free(boxes);
	*boxes = out;
}
