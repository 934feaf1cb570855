/* SPDX-License-Identifier: Apache-2.0
 *
 * Which zones of two policies hold the same stations. A MAC that both tell says so,
 * and a VLAN that both tell; the stations of a zone of which the other policy does
 * not tell every VLAN are told by the addresses that the zone owns, or, if it owns
 * none, by its name. A MAC or VLAN that is told twice in a policy tells nothing. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <stdlib.h>
#include <string.h>

enum { VLAN_COUNT = 4096 };

/* That stations are in one zone of each policy, and what says so. */
struct token {
	zone_id zone[DIFF_SIDES];
	enum { TOKEN_NAME, TOKEN_ADDRESS, TOKEN_VLAN, TOKEN_MAC } kind;
	uint16_t vlan;
	struct diff_station_mac mac;
};

/* A MAC of one policy. */
struct told_mac {
	struct mac mac;
	const struct asset *asset;
	zone_id zone; /* ZONE_NONE: it is told in several */
};
VEC_TYPE(told_macs, struct told_mac);

struct telling {
	const struct model *model[DIFF_SIDES];
	zone_id vlan_zone[DIFF_SIDES][VLAN_COUNT]; /* ZONE_NONE: none, or several */
	struct told_macs macs[DIFF_SIDES];         /* by MAC, each once */
	VEC(struct token) tokens;
};

/* ---- what one policy tells ---- */

static void tell_vlans(struct telling *telling, int side)
{
	const struct model *model = telling->model[side];
	bool known[VLAN_COUNT] = { false };

	for (size_t v = 0; v < VLAN_COUNT; v++)
		telling->vlan_zone[side][v] = ZONE_NONE;
	for (size_t z = 0; z < model->zone_count; z++)
		for (size_t i = 0; i < model->zones[z].vlan_count; i++) {
			uint16_t vlan = model->zones[z].vlans[i] % VLAN_COUNT;
			telling->vlan_zone[side][vlan] = known[vlan] ? ZONE_NONE : (zone_id)z;
			known[vlan] = true;
		}
}

static int mac_order(const void *left, const void *right)
{
	return memcmp(&((const struct told_mac *)left)->mac, &((const struct told_mac *)right)->mac,
		      sizeof(struct mac));
}

static zone_id asset_zone(const struct asset *asset)
{
	return asset->member_count == 1 ? asset->member_of[0] : ZONE_NONE;
}

static void tell_macs(struct telling *telling, int side)
{
	const struct model *model = telling->model[side];
	struct told_macs *macs = &telling->macs[side];
	size_t kept = 0;

	for (size_t a = 0; a < model->asset_count; a++)
		for (size_t i = 0; i < model->assets[a].mac_count; i++)
			vec_push(macs, ((struct told_mac){ model->assets[a].macs[i],
							   &model->assets[a],
							   asset_zone(&model->assets[a]) }));
	if (macs->len > 0)
		qsort(macs->data, macs->len, sizeof(*macs->data), mac_order);
	for (size_t i = 0; i < macs->len; i++)
		if (kept == 0 || mac_order(&macs->data[kept - 1], &macs->data[i]) != 0)
			macs->data[kept++] = macs->data[i];
		else if (macs->data[kept - 1].zone != macs->data[i].zone)
			macs->data[kept - 1].zone = ZONE_NONE;
	macs->len = kept;
}

/* ---- what both tell ---- */

static void token_vlans(struct telling *telling)
{
	for (uint16_t v = 0; v < VLAN_COUNT; v++) {
		struct token token = { .kind = TOKEN_VLAN, .vlan = v,
				       .zone = { telling->vlan_zone[DIFF_OLD][v],
						 telling->vlan_zone[DIFF_NEW][v] } };
		if (token.zone[DIFF_OLD] != ZONE_NONE && token.zone[DIFF_NEW] != ZONE_NONE)
			vec_push(&telling->tokens, token);
	}
}

static void token_macs(struct telling *telling)
{
	const struct told_macs *old = &telling->macs[DIFF_OLD], *new = &telling->macs[DIFF_NEW];

	for (size_t i = 0, k = 0; i < old->len && k < new->len;) {
		const struct told_mac *a = &old->data[i], *b = &new->data[k];
		int order = mac_order(a, b);
		if (order == 0 && a->zone != ZONE_NONE && b->zone != ZONE_NONE)
			vec_push(&telling->tokens,
				 ((struct token){ .kind = TOKEN_MAC, .zone = { a->zone, b->zone },
						  .mac = { a->mac, { a->asset, b->asset } } }));
		i += order <= 0;
		k += order >= 0;
	}
}

/* ---- zones of which VLANs do not tell enough ---- */

static bool vlans_tell(const struct telling *telling, const struct zone *zone)
{
	for (size_t i = 0; i < zone->vlan_count; i++)
		for (int side = 0; side < DIFF_SIDES; side++)
			if (telling->vlan_zone[side][zone->vlans[i] % VLAN_COUNT] == ZONE_NONE)
				return false;
	return zone->vlan_count > 0;
}

struct zone_visit {
	struct telling *telling;
	int side; /* whose zone */
	zone_id zone;
	bool met;
};

static void token_zones(struct zone_visit *visit, zone_id other)
{
	struct token token = { .kind = visit->met ? TOKEN_ADDRESS : TOKEN_NAME };

	token.zone[visit->side] = visit->zone;
	token.zone[!visit->side] = other;
	vec_push(&visit->telling->tokens, token);
}

static void visit_zone(void *context, zone_id other)
{
	struct zone_visit *visit = context;

	visit->met = true;
	token_zones(visit, other);
}

static void token_zone(struct telling *telling, int side, zone_id zone)
{
	const struct zone *own = &telling->model[side]->zones[zone];
	struct zone_visit visit = { telling, side, zone, false };

	if (vlans_tell(telling, own))
		return;
	for (int f = 0; f < FAMILY_COUNT; f++)
		model_zones_visit(telling->model[!side], (enum family)f, own->owned.family[f],
				  visit_zone, &visit);
	if (!visit.met)
		token_zones(&visit, model_zone_by_name(telling->model[!side], own->name));
}

/* No station is told to be external: what is there is where the other policy says. */
static void token_all(struct telling *telling)
{
	token_macs(telling);
	token_vlans(telling);
	for (int side = 0; side < DIFF_SIDES; side++)
		for (size_t z = 0; z + 1 < telling->model[side]->zone_count; z++)
			token_zone(telling, side, (zone_id)z);
}

/* ---- stations ---- */

static int token_order(const void *left, const void *right)
{
	const struct token *a = left, *b = right;

	for (int side = DIFF_NEW; side >= DIFF_OLD; side--)
		if (a->zone[side] != b->zone[side])
			return a->zone[side] < b->zone[side] ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->vlan != b->vlan ? (int)a->vlan - (int)b->vlan
				  : memcmp(&a->mac.mac, &b->mac.mac, sizeof(struct mac));
}

static struct diff_station station_of(struct arena *arena, const struct telling *telling,
				      const struct token *tokens, size_t count)
{
	const struct zone *old = tokens->zone[DIFF_OLD] == ZONE_NONE
		? NULL : &telling->model[DIFF_OLD]->zones[tokens->zone[DIFF_OLD]];
	const struct zone *new = tokens->zone[DIFF_NEW] == ZONE_NONE
		? NULL : &telling->model[DIFF_NEW]->zones[tokens->zone[DIFF_NEW]];
	struct diff_station station = { .zone = { tokens->zone[DIFF_OLD], tokens->zone[DIFF_NEW] },
					.addresses = address_set_empty(), .vlans = set_empty() };
	struct range_list vlans = VEC_INIT;
	VEC(struct diff_station_mac) macs = VEC_INIT;

	for (size_t i = 0; i < count; i++)
		if (tokens[i].kind == TOKEN_VLAN)
			vec_push(&vlans, ((struct range){ tokens[i].vlan, tokens[i].vlan }));
		else if (tokens[i].kind == TOKEN_MAC)
			vec_push(&macs, tokens[i].mac);
		else if (tokens[i].kind == TOKEN_ADDRESS)
			station.addresses = address_set_intersect(arena, old->owned, new->owned);
	station.vlans = set_from_ranges(arena, vlans.data, vlans.len);
	station.mac_count = macs.len;
	station.macs = arena_copy(arena, macs.data, macs.len * sizeof(*macs.data));
	vec_free(&vlans);
	vec_free(&macs);
	return station;
}

static bool tokens_join(const struct token *a, const struct token *b)
{
	return a->zone[DIFF_OLD] == b->zone[DIFF_OLD] && a->zone[DIFF_NEW] == b->zone[DIFF_NEW];
}

static void stations_fill(struct diff_stations *stations, struct arena *arena,
			  struct telling *telling)
{
	const struct token *tokens = telling->tokens.data;

	if (telling->tokens.len > 0)
		qsort(telling->tokens.data, telling->tokens.len, sizeof(*tokens), token_order);
	stations->list = arena_array(arena, telling->tokens.len + 1, sizeof(*stations->list));
	for (size_t from = 0, to; from < telling->tokens.len; from = to) {
		for (to = from + 1; to < telling->tokens.len &&
				    tokens_join(&tokens[from], &tokens[to]);)
			to++;
		stations->list[stations->count++] =
			station_of(arena, telling, tokens + from, to - from);
	}
}

/* By zone, so that those of a set of zones are put together from them. */
static void stations_by_zone(struct diff_stations *stations, struct arena *arena, int side,
			     size_t zones)
{
	struct range_list *ranges = memory_array(zones, sizeof(*ranges));

	for (size_t i = 0; i < stations->count; i++)
		if (stations->list[i].zone[side] != ZONE_NONE)
			vec_push(&ranges[stations->list[i].zone[side]], ((struct range){ i, i }));
	stations->of_zone[side] = arena_array(arena, zones, sizeof(*stations->of_zone[side]));
	for (size_t z = 0; z < zones; z++) {
		stations->of_zone[side][z] = set_from_ranges(arena, ranges[z].data, ranges[z].len);
		vec_free(&ranges[z]);
	}
	free(ranges);
}

void diff_stations_make(struct diff_stations *stations, struct arena *arena,
			const struct model *const models[DIFF_SIDES])
{
	struct telling *telling = memory_alloc(sizeof(*telling));

	*stations = (struct diff_stations){ .list = NULL };
	*telling = (struct telling){ .model = { models[DIFF_OLD], models[DIFF_NEW] } };
	for (int side = 0; side < DIFF_SIDES; side++) {
		tell_vlans(telling, side);
		tell_macs(telling, side);
	}
	token_all(telling);
	stations_fill(stations, arena, telling);
	for (int side = 0; side < DIFF_SIDES; side++) {
		stations_by_zone(stations, arena, side, models[side]->zone_count);
		vec_free(&telling->macs[side]);
	}
	vec_free(&telling->tokens);
	free(telling);
}

const struct set *diff_stations_of(const struct diff_stations *stations, struct arena *arena,
				   enum diff_side side, struct zone_set zones)
{
	struct range_list ranges = VEC_INIT;

	for (size_t word = 0; word < (zones.count + 63) / 64; word++)
		for (uint64_t bits = zones.words[word]; bits != 0; bits &= bits - 1) {
			const struct set *own =
				stations->of_zone[side][word * 64 + (size_t)__builtin_ctzll(bits)];
			for (size_t i = 0; i < own->len; i++)
				vec_push(&ranges, own->range[i]);
		}
	const struct set *all = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return all;
}
