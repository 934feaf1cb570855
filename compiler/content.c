/* SPDX-License-Identifier: Apache-2.0
 *
 * Products are cut field by field, operations first: what a cut leaves differs
 * from the whole in that field alone, so pieces are disjoint and few. */
#include "config.h"
#include "compiler/content.h"

#include "compiler/model.h"

VEC_TYPE(content_list, struct content);

struct content content_all(struct arena *arena)
{
	const struct set *all = set_one(arena, 0, UINT32_MAX);

	return (struct content){ { all, all, all } };
}

struct content content_of(const struct match *match)
{
	return (struct content){ { match->operations, match->units, match->objects } };
}

bool content_is_empty(const struct content *content)
{
	for (int f = 0; f < CONTENT_FIELDS; f++)
		if (set_is_empty(content->field[f]))
			return true;
	return false;
}

bool content_equal(const struct content *a, const struct content *b)
{
	for (int f = 0; f < CONTENT_FIELDS; f++)
		if (!set_equal(a->field[f], b->field[f]))
			return false;
	return true;
}

bool content_overlaps(const struct content *a, const struct content *b)
{
	for (int f = 0; f < CONTENT_FIELDS; f++)
		if (!set_overlaps(a->field[f], b->field[f]))
			return false;
	return true;
}

/* ---- lists ---- */

static struct contents list_seal(struct arena *arena, struct content_list *list)
{
	struct contents contents = { .len = list->len };

	contents.parts = arena_copy(arena, list->data, list->len * sizeof(*list->data));
	vec_free(list);
	return contents;
}

static bool content_is_beside(const struct content *a, const struct content *b)
{
	return set_equal(a->field[CONTENT_UNIT], b->field[CONTENT_UNIT]) &&
	       set_equal(a->field[CONTENT_OBJECT], b->field[CONTENT_OBJECT]);
}

/* A piece of which the list holds nothing. One that differs in nothing but its
 * operations joins the other. */
static void list_add_piece(struct arena *arena, struct content_list *list,
			   const struct content *piece)
{
	for (size_t i = 0; i < list->len; i++)
		if (content_is_beside(&list->data[i], piece)) {
			list->data[i].field[CONTENT_OPERATION] =
				set_union(arena, list->data[i].field[CONTENT_OPERATION],
					  piece->field[CONTENT_OPERATION]);
			return;
		}
	vec_push(list, *piece);
}

/* Adds what `from` has and `minus` has not. */
static void list_add_rest(struct arena *arena, struct content_list *list, struct content from,
			  const struct content *minus)
{
	if (!content_overlaps(&from, minus)) {
		list_add_piece(arena, list, &from);
		return;
	}
	for (int f = 0; f < CONTENT_FIELDS; f++) {
		struct content piece = from;
		piece.field[f] = set_subtract(arena, from.field[f], minus->field[f]);
		if (!set_is_empty(piece.field[f]))
			list_add_piece(arena, list, &piece);
		from.field[f] = set_intersect(arena, from.field[f], minus->field[f]);
	}
}

/* ---- contents ---- */

struct contents contents_none(void)
{
	return (struct contents){ NULL, 0 };
}

struct contents contents_of(struct arena *arena, struct content content)
{
	if (content_is_empty(&content))
		return contents_none();
	return (struct contents){ arena_copy(arena, &content, sizeof(content)), 1 };
}

struct contents contents_subtract(struct arena *arena, struct contents contents,
				  struct content content)
{
	struct content_list list = VEC_INIT;

	for (size_t i = 0; i < contents.len; i++)
		list_add_rest(arena, &list, contents.parts[i], &content);
	return list_seal(arena, &list);
}

struct contents contents_add(struct arena *arena, struct contents contents,
			     struct content content)
{
	struct contents more = contents_of(arena, content);
	struct content_list list = VEC_INIT;

	for (size_t i = 0; i < contents.len; i++) {
		more = contents_subtract(arena, more, contents.parts[i]);
		vec_push(&list, contents.parts[i]);
	}
	for (size_t i = 0; i < more.len; i++)
		list_add_piece(arena, &list, &more.parts[i]);
	return list_seal(arena, &list);
}

struct contents contents_intersect(struct arena *arena, struct contents a, struct contents b)
{
	struct content_list list = VEC_INIT;

	for (size_t i = 0; i < a.len; i++)
		for (size_t k = 0; k < b.len; k++) {
			struct content both;
			for (int f = 0; f < CONTENT_FIELDS; f++)
				both.field[f] = set_intersect(arena, a.parts[i].field[f],
							      b.parts[k].field[f]);
			if (!content_is_empty(&both))
				list_add_piece(arena, &list, &both);
		}
	return list_seal(arena, &list);
}

bool contents_overlap(struct contents contents, const struct content *content)
{
	for (size_t i = 0; i < contents.len; i++)
		if (content_overlaps(&contents.parts[i], content))
			return true;
	return false;
}

bool contents_are_empty(struct contents contents)
{
	return contents.len == 0;
}

bool contents_hold(struct contents contents, const u128 point[CONTENT_FIELDS])
{
	for (size_t i = 0; i < contents.len; i++) {
		bool holds = true;
		for (int f = 0; f < CONTENT_FIELDS && holds; f++)
			holds = set_contains(contents.parts[i].field[f], point[f]);
		if (holds)
			return true;
	}
	return false;
}
