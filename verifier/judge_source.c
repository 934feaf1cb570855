/* SPDX-License-Identifier: Apache-2.0
 *
 * Where packets came from: addresses of others, zones of others, assets that nobody
 * knows. */
#include "config.h"

#include "verifier/judge_parts.h"

struct observation judge_side(const struct observation *observation, int side)
{
	struct observation turned = *observation;

	if (side == JUDGE_INITIATOR)
		return turned;
	turned.flow.source = observation->flow.destination;
	turned.flow.destination = observation->flow.source;
	turned.flow.src_port = observation->flow.dst_port;
	turned.flow.dst_port = observation->flow.src_port;
	turned.flow.l2_source = observation->flow.l2_destination;
	turned.flow.l2_destination = observation->flow.l2_source;
	for (int i = 0; i < 2; i++) {
		turned.origin[i] = observation->origin[1 - i];
		turned.other[i] = observation->other[1 - i];
	}
	return turned;
}

static const char *judge_origin_detail(const struct judge *judge, enum violation_kind kind,
				       struct origin origin)
{
	struct arena *arena = violation_table_arena(judge->violations);
	char text[MAC_TEXT];

	if (kind == VIOLATION_SPOOFED_SOURCE)
		return arena_printf(arena, "sent from %s, which the inventory gives to %s",
				    mac_print(&origin.mac, text),
				    origin_asset(judge->origins, origin.mac)->name);
	return arena_printf(
		arena, "seen on VLAN %u, which is that of %s", origin.vlan,
		judge->model->zones[origin_of_vlan(judge->origins, origin.vlan)].name);
}

/* On layer 2 nothing lies between the ends: the VLAN is one of theirs. */
static bool judge_is_misplaced(const struct judge *judge, const struct flow *flow,
			       struct origin origin)
{
	zone_id zone = origin_of_vlan(judge->origins, origin.vlan);
	const zone_id ends[] = { flow->l2_source, flow->l2_destination };

	for (int i = 0; i < 2; i++)
		if (zone == ZONE_NONE || ends[i] == ZONE_NONE || zone == ends[i] ||
		    origin_shares_wire(judge->origins, ends[i], zone))
			return false;
	return true;
}

/* VIOLATION_KIND_COUNT: none. */
static enum violation_kind judge_origin_kind(const struct judge *judge, const struct flow *flow,
					     struct origin origin)
{
	if (flow->ethertype != 0)
		return judge_is_misplaced(judge, flow, origin) ? VIOLATION_MISPLACED_SOURCE
							       : VIOLATION_KIND_COUNT;
	if (!address_is_unicast(&flow->source))
		return VIOLATION_KIND_COUNT;
	zone_id to = model_zone_of(judge->model, address_is_unicast(&flow->destination)
							 ? flow->destination
							 : flow->source);
	switch (origin_judge(judge->origins, origin, flow->source, to)) {
	case ORIGIN_WRONG_MAC: return VIOLATION_SPOOFED_SOURCE;
	case ORIGIN_WRONG_VLAN: return VIOLATION_MISPLACED_SOURCE;
	default: return VIOLATION_KIND_COUNT;
	}
}

static struct violation judge_source_violation(const struct judge *judge,
					       const struct observation *side,
					       enum violation_kind kind)
{
	const struct flow *flow = &side->flow;

	if (flow->ethertype != 0)
		return (struct violation){
			.kind = kind,
			.flow = *flow,
			.source_mac = side->origin[JUDGE_INITIATOR].mac,
			.destination_mac = side->origin[JUDGE_RESPONDER].mac,
			.source_zone = flow->l2_source,
			.destination_zone = flow->l2_destination,
		};
	return (struct violation){
		.kind = kind,
		.flow = *flow,
		.source_zone = model_zone_of(judge->model, flow->source),
		.destination_zone = model_zone_of(judge->model, flow->destination),
	};
}

static bool judge_report_origin(struct judge *judge, const struct observation *side,
				struct origin origin)
{
	enum violation_kind kind = judge_origin_kind(judge, &side->flow, origin);

	if (kind == VIOLATION_KIND_COUNT)
		return true;
	struct violation like = judge_source_violation(judge, side, kind);
	if (kind == VIOLATION_SPOOFED_SOURCE)
		like.source_mac = origin.mac;
	struct violation *fresh = judge_add(judge, side, &like);
	if (fresh != NULL)
		fresh->detail = judge_origin_detail(judge, kind, origin);
	return false;
}

/* An inventory need not tell the MACs of all its assets. */
static bool judge_is_unknown(const struct judge *judge, const struct flow *flow)
{
	struct address address = flow->source;

	return flow->ethertype == 0 && address_is_unicast(&address) &&
	       judge->model->zones[model_zone_of(judge->model, address)].inventory_complete &&
	       model_asset_of(judge->model, address) == NULL &&
	       !origin_is_device(judge->origins, address);
}

static bool judge_report_unknown(struct judge *judge, const struct observation *side)
{
	if (!judge_is_unknown(judge, &side->flow))
		return true;
	struct violation like = judge_source_violation(judge, side, VIOLATION_UNKNOWN_ASSET);
	judge_add(judge, side, &like);
	return false;
}

/* What a side sent, with the zones of its ends. */
static struct observation judge_sent(const struct judge *judge,
				     const struct observation *observation, int side)
{
	struct observation placed = *observation;

	if (placed.flow.ethertype != 0)
		judge_place_stations(judge, observation, &placed.flow);
	return judge_side(&placed, side);
}

bool judge_report_side(struct judge *judge, const struct observation *observation, int side)
{
	const struct observation sent = judge_sent(judge, observation, side);
	bool known = judge_report_unknown(judge, &sent);

	return judge_report_origin(judge, &sent, sent.origin[JUDGE_INITIATOR]) &&
	       judge_report_origin(judge, &sent, sent.other[JUDGE_INITIATOR]) && known;
}

bool judge_side_conforms(const struct judge *judge, const struct observation *observation,
				int side)
{
	const struct observation sent = judge_sent(judge, observation, side);

	return judge_origin_kind(judge, &sent.flow, sent.origin[JUDGE_INITIATOR]) ==
		       VIOLATION_KIND_COUNT &&
	       judge_origin_kind(judge, &sent.flow, sent.other[JUDGE_INITIATOR]) ==
		       VIOLATION_KIND_COUNT &&
	       !judge_is_unknown(judge, &sent.flow);
}

bool judge_is_suspect(const struct judge *judge, const struct flow *flow, int side,
		      struct origin origin)
{
	struct flow sent = *flow;

	if (side == JUDGE_RESPONDER) {
		sent.source = flow->destination;
		sent.destination = flow->source;
	}
	return judge_origin_kind(judge, &sent, origin) != VIOLATION_KIND_COUNT;
}
