/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations are numbered as the new policy numbers them; protocols that only the old
 * one has come behind. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

#include "compiler/parameter.h"

/* Protocols are known by their names; one whose parameters are declared in another
 * way is another protocol. */
static uint16_t protocol_in(const struct model *model, const struct protocol *protocol)
{
	for (size_t p = 0; p < model->protocol_count; p++)
		if (strcmp(model->protocols[p].name, protocol->name) == 0 &&
		    parameters_equal(&model->protocols[p], protocol))
			return (uint16_t)p;
	return UINT16_MAX;
}

void diff_protocols_make(struct diff_space *space)
{
	const struct model *old = space->model[DIFF_OLD], *new = space->model[DIFF_NEW];
	struct diff_protocols *protocols = &space->protocols;
	size_t most = old->protocol_count + new->protocol_count;

	*protocols = (struct diff_protocols){
		.same = true, .count = new->protocol_count,
		.joint = arena_array(space->arena, most, sizeof(uint16_t)),
		.old = arena_array(space->arena, most, sizeof(uint16_t)),
	};
	memset(protocols->old, 0xff, most * sizeof(uint16_t));
	for (size_t p = 0; p < old->protocol_count; p++) {
		uint16_t to = p == 0 ? 0 : protocol_in(new, &old->protocols[p]);
		if (to == UINT16_MAX)
			to = (uint16_t)protocols->count++;
		protocols->joint[p] = to;
		protocols->old[to] = (uint16_t)p;
		protocols->same &= to == p;
	}
}

/* Moves each protocol's operations by a table; beyond it numbers stay. */
static const struct set *operations_move(struct arena *arena, const struct set *operations,
					 const uint16_t *table, size_t count)
{
	struct range_list ranges = VEC_INIT;

	if (set_covers_range(operations, 0, OPERATION_MAX))
		return operations;
	for (size_t p = 0; p < count; p++) {
		const struct set *own = set_intersect(
			arena, operations, set_one(arena, (u128)p << 16, ((u128)p << 16) + UINT16_MAX));
		for (size_t i = 0; table[p] != UINT16_MAX && i < own->len; i++) {
			u128 to = (u128)table[p] << 16, from = (u128)p << 16;
			vec_push(&ranges, ((struct range){ own->range[i].lo - from + to,
							   own->range[i].hi - from + to }));
		}
	}
	const struct set *moved = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return moved;
}

const struct set *diff_protocols_joint(const struct diff_space *space, enum diff_side side,
				       const struct set *operations)
{
	const struct diff_protocols *protocols = &space->protocols;

	if (side == DIFF_NEW || protocols->same)
		return operations;
	return operations_move(space->arena, operations, protocols->joint,
			       space->model[DIFF_OLD]->protocol_count);
}

const struct set *diff_space_operations(const struct diff_space *space, struct arena *arena,
					enum diff_side side, const struct set *operations)
{
	const struct diff_protocols *protocols = &space->protocols;

	if (side == DIFF_NEW || protocols->same)
		return operations;
	return operations_move(arena, operations, protocols->old, protocols->count);
}
