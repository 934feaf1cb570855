/* SPDX-License-Identifier: Apache-2.0
 *
 * diff_make(): regions to rows, by risk. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>
#include <string.h>

static uint32_t row_line(const struct diff_row *row)
{
	const struct span *where = row->causes[0]->where;

	return where[DIFF_NEW].source != NULL ? where[DIFF_NEW].line : where[DIFF_OLD].line;
}

static int row_gravity(const struct diff_row *row)
{
	return row->reason_count > 0 ? (int)row->reasons[0].risk : RISK_COUNT;
}

/* Opened first, the gravest first; then as the policies stand, so that the order is
 * always the same. */
static int row_order(const void *left, const void *right)
{
	const struct diff_row *a = left, *b = right;
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = row_gravity(a) - row_gravity(b);
	if (order == 0)
		order = (int)b->reason_count - (int)a->reason_count;
	if (order == 0)
		order = (row_line(a) > row_line(b)) - (row_line(a) < row_line(b));
	if (order == 0)
		order = strcmp(a->from, b->from);
	if (order == 0)
		order = strcmp(a->to, b->to);
	if (order == 0)
		order = strcmp(a->service, b->service);
	for (int f = 0; order == 0 && f < FAMILY_COUNT; f++)
		order = set_compare(a->source.family[f], b->source.family[f]);
	for (int f = 0; order == 0 && f < FAMILY_COUNT; f++)
		order = set_compare(a->destination.family[f], b->destination.family[f]);
	return order;
}

void diff_sort(struct diff *diff)
{
	if (diff->row_count > 0)
		qsort(diff->rows, diff->row_count, sizeof(*diff->rows), row_order);
}

static void diff_take(struct diff *diff, const struct diff_rows *rows,
		      const struct diff_facts *facts)
{
	diff->row_count = rows->list.len;
	diff->rows = arena_copy(&diff->arena, rows->list.data,
				rows->list.len * sizeof(*rows->list.data));
	diff_sort(diff);
	diff->fact_count = facts->list.len;
	diff->facts = arena_copy(&diff->arena, facts->list.data,
				 facts->list.len * sizeof(*facts->list.data));
}

/* A protocol is another if its parameters are, so that names go. */
static void words_make(struct diff *diff, enum diff_side side)
{
	const struct model *model = diff->model[side], *other = diff->model[!side];
	struct protocol *protocols = arena_copy(&diff->arena, model->protocols,
						model->protocol_count * sizeof(*protocols));

	for (size_t p = 0; p < model->protocol_count; p++)
		for (size_t q = 0; q < other->protocol_count; q++)
			if (strcmp(protocols[p].name, other->protocols[q].name) == 0)
				for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
					protocols[p].told_apart[d] |=
						other->protocols[q].told_apart[d];
	diff->words[side] = *model;
	diff->words[side].protocols = protocols;
}

/* What rows are made with. */
struct explaining {
	struct diff_facts facts;
	struct diff_causes causes;
	struct diff_rows rows;
};

void diff_make(struct diff *diff, const struct model *const models[DIFF_SIDES],
	       const struct diff_options *options)
{
	struct explaining e = { .rows = { .heaps = NULL } };
	struct diff_space space;

	*diff = (struct diff){ .model = { models[DIFF_OLD], models[DIFF_NEW] },
			       .at = options->at };
	arena_init(&diff->arena);
	for (int side = 0; side < DIFF_SIDES; side++)
		words_make(diff, (enum diff_side)side);
	diff_space_init(&space, &diff->arena, models, options->at);
	diff_facts_init(&e.facts, &diff->arena, models);
	diff_causes_init(&e.causes, &e.facts, &space);
	e.rows.arena = &diff->arena;
	e.rows.space = &space;
	e.rows.causes = &e.causes;
	diff->verdict = diff_space_compare(&space, options->budget, diff_rows_add, &e.rows);
	diff_rows_finish(&e.rows);
	diff_take(diff, &e.rows, &e.facts);
	diff->unsure = "the budget of regions was used up";
	diff->stations = space.stations.list;
	diff->products = space.products;
	diff->changed = space.changed;
	diff_rows_release(&e.rows);
	diff_causes_release(&e.causes);
	diff_facts_release(&e.facts);
	diff_space_release(&space);
}

void diff_release(struct diff *diff)
{
	arena_release(&diff->arena);
}

static bool stations_hold(const struct diff *diff, enum diff_side side, const struct set *stations,
			  zone_id zone)
{
	for (size_t i = 0; i < stations->len; i++)
		for (u128 n = stations->range[i].lo; n <= stations->range[i].hi; n++)
			if (diff->stations[n].zone[side] == zone)
				return true;
	return false;
}

static bool part_holds_ends(const struct diff *diff, const struct diff_part *part,
			    const struct flow *flow)
{
	enum diff_side side = part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;

	if (part->link)
		return stations_hold(diff, side, part->source.family[FAMILY_IPV4],
				     flow->l2_source) &&
		       stations_hold(diff, side, part->destination.family[FAMILY_IPV4],
				     flow->l2_destination);
	return address_set_contains(part->source, flow->source) &&
	       address_set_contains(part->destination, flow->destination);
}

/* Of frames the ethertype is a destination port, and has no other. */
static bool part_holds(const struct diff *diff, const struct diff_part *part,
		       const struct flow *flow, bool content)
{
	const u128 value[PART_SETS] = {
		[PART_PROTOCOL] = flow->protocol,
		[PART_DST_PORT] = part->link ? flow->ethertype : flow->dst_port,
		[PART_SRC_PORT] = flow->src_port, [PART_OPERATION] = flow->operation,
		[PART_UNIT] = flow->unit,         [PART_OBJECT] = flow->object,
	};

	if (part->link != (flow->ethertype != 0) || !part_holds_ends(diff, part, flow))
		return false;
	for (int p = 0; p < PART_CELL; p++) {
		bool counts = p >= PART_OPERATION ? content : !part->link || p == PART_DST_PORT;
		if (counts && !set_contains(part->set[p], value[p]))
			return false;
	}
	return true;
}

bool diff_row_holds(const struct diff *diff, const struct diff_row *row, const struct flow *flow,
		    bool content)
{
	for (size_t i = 0; i < row->part_count; i++)
		if (part_holds(diff, &row->parts[i], flow, content))
			return true;
	return false;
}

void diff_row_add_reason(struct diff *diff, struct diff_row *row, enum diff_risk risk,
			 const char *text)
{
	struct diff_reason *reasons =
		arena_array(&diff->arena, row->reason_count + 1, sizeof(*reasons));

	for (size_t i = 0; i < row->reason_count; i++)
		reasons[i] = row->reasons[i];
	reasons[row->reason_count++] =
		(struct diff_reason){ risk, arena_strdup(&diff->arena, text) };
	row->reasons = reasons;
}

size_t diff_count(const struct diff *diff, enum diff_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < diff->row_count; i++)
		count += diff->rows[i].kind == kind;
	return count;
}
