/* SPDX-License-Identifier: Apache-2.0
 *
 * Constructors of names and plain values. */
#include "config.h"
#include "lang/build.h"

#include <string.h>

struct tree_name *build_name(struct parser *parser, const char *text, const struct span *where)
{
	struct tree_name *name = arena_alloc(parser->arena, sizeof(*name));

	name->text = text;
	name->where = *where;
	return name;
}

struct tree_text build_text(const char *text, const struct span *where)
{
	return (struct tree_text){ text, *where };
}

struct tree_date build_date(int32_t day, const struct span *where)
{
	return (struct tree_date){ true, day, *where };
}

struct tree_number *build_number(struct parser *parser, struct tree_number *ring,
				 uint32_t value, const struct span *where)
{
	struct tree_number *number = arena_alloc(parser->arena, sizeof(*number));

	number->value = value;
	number->where = *where;
	return list_add(ring, number);
}

struct tree_range *build_range(struct parser *parser, struct tree_range *ring,
			       struct address_range range, const struct span *where)
{
	struct tree_range *node = arena_alloc(parser->arena, sizeof(*node));

	node->range = range;
	node->where = *where;
	return list_add(ring, node);
}

struct tree_mac *build_mac(struct parser *parser, struct mac mac, const struct span *where)
{
	struct tree_mac *node = arena_alloc(parser->arena, sizeof(*node));

	node->mac = mac;
	node->where = *where;
	return node;
}

/* `ae-bb-cc-dd-ee-ff` scans as a name. */
struct tree_mac *build_mac_word(struct parser *parser, const char *text,
				const struct span *where)
{
	struct mac mac = { { 0 } };

	if (!mac_parse(text, strlen(text), &mac))
		parser_error(parser, *where, "'%s' is not a MAC address", text);
	return build_mac(parser, mac, where);
}

struct level_pair build_level(struct parser *parser, uint32_t number, const struct span *where)
{
	static const enum level levels[] = { LEVEL_0, LEVEL_1, LEVEL_2,
					     LEVEL_3, LEVEL_4, LEVEL_5 };

	if (number > 5) {
		parser_error(parser, *where,
			     "there is no level %u; the levels are 0, 1, 2, 3, 3.5, 4 and 5",
			     number);
		number = 5;
	}
	return (struct level_pair){ levels[number], levels[number] };
}

struct level_pair build_level_range(struct parser *parser, struct level_pair levels,
				    const struct span *where)
{
	if (levels.lo > levels.hi)
		parser_error(parser, *where, "this range ends before it begins");
	return levels;
}

struct level_pair build_levels(enum level lo, enum level hi)
{
	return (struct level_pair){ lo, hi };
}

/* No level is above 5 or below 0: lo > hi says so. */
struct level_pair build_levels_above(enum level level)
{
	if (level == LEVEL_5)
		return (struct level_pair){ LEVEL_5, LEVEL_0 };
	return (struct level_pair){ level + 1, LEVEL_5 };
}

struct level_pair build_levels_below(enum level level)
{
	if (level == LEVEL_0)
		return (struct level_pair){ LEVEL_5, LEVEL_0 };
	return (struct level_pair){ LEVEL_0, level - 1 };
}

void build_repeated(struct parser *parser, const char *key, struct span where,
		    struct span first)
{
	struct diag *diag = parser_error(parser, where, "'%s' is given twice", key);

	diag_other(parser->diags, diag, first, "first given here");
}

void build_once(struct parser *parser, struct span *slot, const char *key,
		const struct span *where)
{
	if (slot->source != NULL)
		build_repeated(parser, key, *where, *slot);
	*slot = *where;
}

void build_date_once(struct parser *parser, struct tree_date *slot, const char *key,
		     struct tree_date date)
{
	if (slot->given)
		build_repeated(parser, key, date.where, slot->where);
	*slot = date;
}

void build_value(struct parser *parser, struct tree_text *slot, const char *key,
		 struct tree_text value)
{
	if (slot->text != NULL)
		build_repeated(parser, key, value.where, slot->where);
	*slot = value;
}

void build_single(struct parser *parser, struct tree_name **slot, const char *key,
		  struct tree_name *value)
{
	if (*slot != NULL)
		build_repeated(parser, key, value->where, (*slot)->where);
	*slot = value;
}

void build_addresses(struct parser *parser, struct tree_range **ring, struct tree_range *more)
{
	struct tree_range *node = more;

	do {
		if (node->range.lo != node->range.hi)
			parser_error(parser, node->where,
				     "a single address is meant here, not a prefix or range");
		node = node->next;
	} while (node != more);
	list_join(*ring, more);
}
