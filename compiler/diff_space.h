/* SPDX-License-Identifier: Apache-2.0
 *
 * Two policies as first-match lists over one packet space of flows.
 *
 * A policy's own space (policy_space.h) says where a destination is located; the
 * same flow may be located elsewhere in another policy. So products are laid flat
 * first: a point is a flow and no more. Where a group is declared by several
 * zones of a policy, all of them must allow it: one list each. Operations are
 * numbered as the new policy numbers them, cells are those of both.
 *
 * Frames without IP are compared where a rule of either policy speaks of them. They go
 * between stations, which follow MAC and VLAN: where the policies do not tell these
 * alike, the addresses of zones say which zones hold the same stations. */
#ifndef COMPILER_DIFF_SPACE_H
#define COMPILER_DIFF_SPACE_H

#include "compiler/diff.h"

/* One policy's protocol table as the other knows it. */
struct diff_protocols {
	bool same;                     /* numbers need no translation */
	uint16_t *joint;               /* by the old policy's number */
	uint16_t *old;                 /* by the joint number; UINT16_MAX: the new one's only */
	size_t count;                  /* of joint numbers */
};

/* Stations that are in one zone of each policy; ZONE_NONE: it does not know them. */
struct diff_station_mac {
	struct mac mac;
	const struct asset *asset[DIFF_SIDES];
};

struct diff_station {
	zone_id zone[DIFF_SIDES];
	/* What tells so: none of them, the name of the zone. */
	struct address_set addresses;
	const struct set *vlans;
	const struct diff_station_mac *macs;
	size_t mac_count;
};

struct diff_stations {
	struct diff_station *list;
	size_t count;
	const struct set **of_zone[DIFF_SIDES]; /* indexes, by zone */
};

struct diff_space {
	struct arena *arena;
	const struct model *model[DIFF_SIDES];
	struct policy_cells cells[DIFF_SIDES];
	struct policy_space space[DIFF_SIDES];
	struct diff_protocols protocols;
	struct diff_stations stations; /* where rules speak of an ethertype */
	uint64_t products, changed;
};

/* Everything lives in the arena but what diff_space_release() frees. */
void diff_space_init(struct diff_space *space, struct arena *arena,
		     const struct model *const models[DIFF_SIDES], int64_t at);
void diff_space_release(struct diff_space *space);

/* A region that the policies decide differently. Rules that only one of them has
 * decide before the others do: where one lets a flow through, or denies it, it is
 * told. */
struct diff_region {
	const struct space_region *region;
	enum family family;
	bool link;                           /* frames without IP: ends are stations */
	enum diff_kind kind;
	const struct rule *rule[DIFF_SIDES]; /* NULL: nothing matches */
	bool changed[DIFF_SIDES];            /* the other policy has not the same */
};
typedef void diff_visit(void *context, const struct diff_region *region);

/* Every difference; regions are disjoint. */
enum diff_verdict diff_space_compare(struct diff_space *space, uint64_t budget,
				     diff_visit *visit, void *context);

/* Stations of zones of one policy, as their indexes. */
const struct set *diff_stations_of(const struct diff_stations *stations, struct arena *arena,
				   enum diff_side side, struct zone_set zones);
void diff_stations_make(struct diff_stations *stations, struct arena *arena,
			const struct model *const models[DIFF_SIDES]);

/* From the joint numbers of operations to those of one policy; what it has no number
 * for is left out. */
const struct set *diff_space_operations(const struct diff_space *space, struct arena *arena,
					enum diff_side side, const struct set *operations);

#endif
