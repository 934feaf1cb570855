/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames without IP, as a small space of its own: between stations (diff_station.c),
 * of an ethertype, with a content, in a cell. What no rule says of frames that stay in
 * a zone its `intrazone` does. Of IP's ethertypes and ARP's nothing is said here: they
 * are judged as flows of IP. */
#include "config.h"
#include "compiler/diff_parts.h"

/* Below lie lengths of IEEE 802.3 frames. */
enum { ETHERTYPE_MIN = 0x0600, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806, ETHERTYPE_IPV6 = 0x86dd };

const struct set *diff_link_ethertypes(struct arena *arena)
{
	struct range ranges[] = {
		{ ETHERTYPE_MIN, ETHERTYPE_IPV4 - 1 },
		{ ETHERTYPE_IPV4 + 1, ETHERTYPE_ARP - 1 },
		{ ETHERTYPE_ARP + 1, ETHERTYPE_IPV6 - 1 },
		{ ETHERTYPE_IPV6 + 1, UINT16_MAX },
	};

	return set_from_ranges(arena, ranges, sizeof(ranges) / sizeof(*ranges));
}

bool diff_rule_is_link(const struct rule *rule)
{
	for (size_t m = 0; m < rule->match_count; m++)
		if (rule->matches[m].ethertype_rule)
			return true;
	return false;
}

bool diff_link_is_spoken_of(const struct diff_space *space)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t i = 0; i < space->model[side]->rule_count; i++)
			if (diff_rule_is_link(&space->model[side]->rules[i]))
				return true;
	return false;
}

void diff_match_sets(const struct match *match, struct arena *arena,
		     const struct set *sets[PART_SETS])
{
	const struct set *none = set_one(arena, 0, 0);

	sets[PART_PROTOCOL] = match->ethertype_rule ? none : match->protocols;
	sets[PART_SRC_PORT] = match->ethertype_rule ? none : match->src_ports;
	sets[PART_DST_PORT] = match->ethertype_rule
				      ? set_one(arena, match->ethertype, match->ethertype)
				      : match->dst_ports;
	sets[PART_OPERATION] = match->operations;
	sets[PART_UNIT] = match->units;
	sets[PART_OBJECT] = match->objects;
}

/* ---- what one policy says ---- */

struct link {
	struct diff_space *space;
	enum diff_side side;
	const struct set *ethertypes;
	struct diff_list *list;
};

/* A zone's implicit rule is of every ethertype. */
static void link_add(const struct link *link, const struct rule *rule, const struct match *match,
		     struct space_rule product)
{
	struct diff_space *space = link->space;
	const struct set *sets[PART_SETS];

	if (!match->ethertype_rule && !rule->implicit)
		return;
	diff_match_sets(match, space->arena, sets);
	sets[PART_PROTOCOL] = sets[PART_SRC_PORT] = set_one(space->arena, 0, 0);
	sets[PART_DST_PORT] = set_intersect(space->arena, sets[PART_DST_PORT], link->ethertypes);
	sets[PART_OPERATION] = diff_protocols_joint(space, link->side, sets[PART_OPERATION]);
	sets[PART_CELL] = space->cells[link->side].active[rule->index];
	for (int p = 0; p < PART_SETS; p++)
		product.field[diff_part_field[p]] = sets[p];
	diff_list_add(link->list, &product);
}

static void link_add_rule(const struct link *link, const struct rule *rule)
{
	const struct diff_stations *stations = &link->space->stations;
	struct arena *arena = link->space->arena;

	for (size_t p = 0; p < rule->pair_count; p++) {
		const struct pair *pair = &rule->pairs[p];
		struct space_rule product = { .allow = rule->allow, .id = rule->index };
		product.field[FIELD_SOURCE] =
			diff_stations_of(stations, arena, link->side, pair->source_zones);
		product.field[FIELD_DESTINATION] =
			diff_stations_of(stations, arena, link->side, pair->destination.zones);
		for (size_t m = 0; m < rule->match_count; m++)
			link_add(link, rule, &rule->matches[m], product);
	}
}

void diff_link_make(struct diff_space *space, enum diff_side side, struct diff_list *list)
{
	const struct model *model = space->model[side];
	struct link link = { space, side, diff_link_ethertypes(space->arena), list };

	for (size_t i = 0; i < model->rule_count; i++)
		if (model->rules[i].implicit || diff_rule_is_link(&model->rules[i]))
			link_add_rule(&link, &model->rules[i]);
}
