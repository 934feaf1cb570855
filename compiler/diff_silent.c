/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows from senders that tell no zone stay in one that nobody knows: only a deny
 * of their addresses counts. */
#include "config.h"
#include "compiler/diff_parts.h"

static const struct set *senders_silent(struct arena *arena, enum family family)
{
	struct range v4[] = { { 0, 0 }, { 0xa9fe0000, 0xa9feffff } }; /* 169.254.0.0/16 */
	struct range v6[] = { { 0, 0 }, { (u128)0xfe80 << 112, ((u128)0xfec0 << 112) - 1 } };

	return set_from_ranges(arena, family == FAMILY_IPV4 ? v4 : v6, 2);
}

static const struct set *silent_destination(struct arena *arena, enum family family,
					    const struct destination *to)
{
	const struct set *destination = to->unicast.family[family];

	if (to->literal_unlocated)
		destination = set_union(arena, destination, to->literal.family[family]);
	return set_subtract(arena, destination, to->excluded.family[family]);
}

struct silent {
	struct diff_space *space;
	enum diff_side side;
	enum family family;
	const struct set *senders;
	struct diff_list *list;
};

static void silent_add(const struct silent *silent, const struct rule *rule,
		       const struct pair *pair, const struct match *match)
{
	struct arena *arena = silent->space->arena;

	if (match->ethertype_rule || !match->family[silent->family])
		return;
	struct space_rule product = {
		.id = rule->index,
		.field = {
			[FIELD_PROTOCOL] = match->protocols,
			[FIELD_DESTINATION] = silent_destination(arena, silent->family,
								 &pair->destination),
			[FIELD_SOURCE] = set_intersect(arena, pair->source.family[silent->family],
						       silent->senders),
			[FIELD_DST_PORT] = match->dst_ports,
			[FIELD_SRC_PORT] = match->src_ports,
			[FIELD_OPERATION] = diff_protocols_joint(silent->space, silent->side,
								 match->operations),
			[FIELD_UNIT] = match->units,
			[FIELD_OBJECT] = match->objects,
			[FIELD_CELL] = silent->space->cells[silent->side].active[rule->index],
		},
	};
	diff_list_add(silent->list, &product);
}

void diff_silent_make(struct diff_space *space, enum diff_side side, enum family family,
		      struct diff_list *list)
{
	const struct model *model = space->model[side];
	struct silent silent = { space, side, family, senders_silent(space->arena, family), list };

	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t p = 0; !model->rules[i].allow && p < model->rules[i].pair_count; p++)
			for (size_t m = 0; m < model->rules[i].match_count; m++)
				silent_add(&silent, &model->rules[i], &model->rules[i].pairs[p],
					   &model->rules[i].matches[m]);
}
