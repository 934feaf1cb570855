/* SPDX-License-Identifier: Apache-2.0
 *
 * One flow of a product, as somebody of the plant would name it: between assets
 * where there are any, TCP from an ephemeral port, now and without a mode where
 * that can be, and with an operation that has a name where contents differ. Of
 * frames between stations of two zones, of an ethertype that is PROFINET's if it can be. */
#include "config.h"
#include "compiler/diff_parts.h"

#include "compiler/parameter.h"

enum { PORT_EPHEMERAL = 50000, PORT_HTTPS = 443, TCP = 6, UDP = 17, PROFINET = 0x8892 };

/* ---- ends ---- */

static struct address_set assets_of(struct arena *arena, const struct model *model)
{
	struct address_ranges ranges = VEC_INIT;

	for (size_t i = 0; i < model->asset_count; i++)
		address_ranges_add(&ranges, model->assets[i].set);
	struct address_set all = address_set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return all;
}

/* The first of a set but `other`; of a network rather a host than its address. */
static u128 set_first(const struct set *set, u128 other)
{
	struct range first = set->range[0];
	u128 value = first.lo < first.hi && (first.lo & 1) == 0 ? first.lo + 1 : first.lo;

	if (value != other)
		return value;
	if (value < first.hi)
		return value + 1;
	return value > first.lo ? first.lo : set->len > 1 ? set->range[1].lo : value;
}

/* An address that everybody knows as somebody else's (RFC 5737 and 3849), where 0.0.0.1
 * or ::1 would stand for the world. */
static u128 set_known(enum family family, const struct set *set, u128 first)
{
	u128 outside = family == FAMILY_IPV4 ? 0xc6336401 : ((u128)0x20010db8 << 96) + 1;
	u128 odd = family == FAMILY_IPV4 ? 0xffffff : UINT32_MAX;

	return first <= odd && set_contains(set, outside) ? outside : first;
}

static u128 flow_end(struct diff_rows *rows, enum diff_side side, enum family family,
		     const struct set *set, u128 other)
{
	if (!rows->has_assets[side])
		rows->assets[side] = assets_of(rows->arena, rows->space->model[side]);
	rows->has_assets[side] = true;
	const struct set *known = set_intersect(rows->arena, set, rows->assets[side].family[family]);
	const struct set *most = set_is_empty(known) || (set_size(known) == 1 &&
							 set_min(known) == other)
					 ? set : known;
	return set_known(family, set, set_first(most, other));
}

static void flow_ends(struct diff_rows *rows, const struct diff_part *part, struct flow *flow)
{
	enum diff_side side = part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	enum family family = set_is_empty(part->source.family[FAMILY_IPV4]) ? FAMILY_IPV6
									   : FAMILY_IPV4;

	flow->source.family = flow->destination.family = family;
	flow->source.value =
		flow_end(rows, side, family, part->source.family[family],
			 set_min(part->destination.family[family]));
	flow->destination.value =
		flow_end(rows, side, family, part->destination.family[family], flow->source.value);
}

/* The stations, and what tells them; one of another zone than the first if there is. */
static void flow_stations(struct diff_rows *rows, const struct diff_part *part,
			  struct diff_row *row)
{
	enum diff_side side = part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	const struct diff_stations *stations = &rows->space->stations;
	const struct set *to = part->destination.family[FAMILY_IPV4];
	u128 from = set_min(part->source.family[FAMILY_IPV4]);
	const struct set *ends[] = { set_one(rows->arena, from, from), to };
	const struct set *others = set_subtract(
		rows->arena, to, stations->of_zone[side][stations->list[from].zone[side]]);

	if (!set_is_empty(others))
		ends[END_DESTINATION] = set_one(rows->arena, set_min(others), set_min(others));
	for (int end = 0; end < DIFF_ENDS; end++) {
		struct diff_names names = diff_stations_names(rows->space, side, ends[end]);
		const struct diff_station *station = &stations->list[set_min(ends[end])];
		row->station[end] = names.list[0];
		for (int s = 0; s < DIFF_SIDES; s++)
			*(end == END_SOURCE ? &row->flow[s].l2_source
					    : &row->flow[s].l2_destination) = station->zone[s];
	}
}

/* ---- service ---- */

static uint16_t flow_port(const struct set *ports, u128 wanted)
{
	return (uint16_t)(set_contains(ports, wanted) ? wanted : set_min(ports));
}

static void flow_service(const struct diff_part *part, struct flow *flow)
{
	const struct set *protocols = part->set[PART_PROTOCOL];
	bool icmp;

	if (part->link) {
		flow->ethertype = flow_port(part->set[PART_DST_PORT], PROFINET);
		return;
	}
	flow->protocol = (uint8_t)(set_contains(protocols, TCP)	  ? TCP
				   : set_contains(protocols, UDP) ? UDP
								  : set_min(protocols));
	icmp = flow->protocol == 1 || flow->protocol == 58;
	flow->dst_port = (uint16_t)set_min(part->set[PART_DST_PORT]);
	if (flow->dst_port == 0 && (flow->protocol == TCP || flow->protocol == UDP))
		flow->dst_port = flow_port(part->set[PART_DST_PORT], PORT_HTTPS);
	flow->src_port = flow_port(part->set[PART_SRC_PORT], icmp ? 8 : PORT_EPHEMERAL);
}

static bool match_meets(const struct match *match, const struct diff_part *part)
{
	if (match->ethertype_rule || part->link)
		return match->ethertype_rule && part->link &&
		       set_contains(part->set[PART_DST_PORT], match->ethertype);
	return set_overlaps(match->protocols, part->set[PART_PROTOCOL]) &&
	       set_overlaps(match->dst_ports, part->set[PART_DST_PORT]);
}

bool diff_part_is_on(const struct diff_part *part, const struct protocol *protocol)
{
	for (size_t i = 0; i < protocol->on_count; i++)
		if (match_meets(&protocol->on[i], part))
			return true;
	return false;
}

/* Operations of one protocol, without its housekeeping if there are others. */
static const struct set *operations_of(struct diff_rows *rows, const struct model *model, size_t p,
				       const struct set *operations)
{
	u128 base = operation_id_of((uint16_t)p, 0);
	const struct set *own = set_intersect(rows->arena, operations,
					      set_one(rows->arena, base, base + UINT16_MAX));
	const struct set *rest = set_subtract(
		rows->arena, own, model_session(model, (uint16_t)p, rows->arena));

	return set_is_empty(rest) ? own : rest;
}

/* A content with a name, of a protocol that belongs on the port if there is one. */
static bool flow_named(struct diff_rows *rows, enum diff_side side, const struct diff_part *part,
		       struct operation_point *point)
{
	const struct model *model = rows->space->model[side];
	const struct set *operations = diff_space_operations(rows->space, rows->arena, side,
							     part->set[PART_OPERATION]);

	for (int any = 0; any < 2; any++)
		for (size_t p = 1; p < model->protocol_count; p++) {
			const struct set *own = operations_of(rows, model, p, operations);
			if (set_is_empty(own) || !(any || diff_part_is_on(part, &model->protocols[p])))
				continue;
			struct content content = { { own, part->set[PART_UNIT],
						     part->set[PART_OBJECT] } };
			*point = operation_point_of(model, &content);
			return true;
		}
	return false;
}

static bool part_has_every_content(const struct diff_part *part)
{
	return set_covers_range(part->set[PART_OPERATION], 0, OPERATION_MAX) &&
	       set_covers_range(part->set[PART_UNIT], 0, PARAMETER_NONE) &&
	       set_covers_range(part->set[PART_OBJECT], 0, PARAMETER_NONE);
}

static void flow_content(struct diff_rows *rows, const struct diff_part *part, struct flow flow[])
{
	enum diff_side side = part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	struct operation_point point = { OPERATION_PLAIN, PARAMETER_NONE, PARAMETER_NONE };
	const struct diff_protocols *protocols = &rows->space->protocols;

	if (!part_has_every_content(part))
		flow_named(rows, side, part, &point);
	flow_set_operation(&flow[side], point);
	if (!protocols->same && point.operation != OPERATION_PLAIN) {
		uint32_t p = point.operation >> 16;
		uint16_t to = side == DIFF_NEW ? protocols->old[p] : protocols->joint[p];
		point.operation = operation_id_of(to, (uint16_t)point.operation);
	}
	flow_set_operation(&flow[!side], point);
}

/* ---- time and mode ---- */

static uint32_t flow_cell(const struct diff_rows *rows, const struct set *cells)
{
	uint32_t columns = rows->space->cells[DIFF_OLD].columns;

	for (size_t i = 0; i < cells->len; i++) {
		u128 cell = (cells->range[i].lo + columns - 1) / columns * columns;
		if (cell <= cells->range[i].hi)
			return (uint32_t)cell;
	}
	return (uint32_t)set_min(cells);
}

const char *diff_column_name(const struct diff_space *space, uint32_t column)
{
	for (int side = DIFF_NEW; side >= DIFF_OLD; side--)
		if (space->cells[side].mode[column] >= 0)
			return space->model[side]->modes[space->cells[side].mode[column]].name;
	return NULL;
}

void diff_flow_choose(struct diff_rows *rows, const struct diff_part *part,
		      struct diff_row *row)
{
	const struct policy_cells *cells = rows->space->cells;
	struct flow chosen = { .sender = ZONE_NONE };
	uint32_t cell = flow_cell(rows, part->set[PART_CELL]);

	if (!part->link)
		flow_ends(rows, part, &chosen);
	flow_service(part, &chosen);
	chosen.instant = cells[DIFF_OLD].example[cell / cells[DIFF_OLD].columns];
	for (int side = 0; side < DIFF_SIDES; side++) {
		row->flow[side] = chosen;
		row->flow[side].mode = cells[side].mode[cell % cells[side].columns];
	}
	if (part->link)
		flow_stations(rows, part, row);
	flow_content(rows, part, row->flow);
	row->mode = diff_column_name(rows->space, cell % cells[DIFF_OLD].columns);
}
