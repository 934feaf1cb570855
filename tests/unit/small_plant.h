/* SPDX-License-Identifier: Apache-2.0
 *
 * A plant so small that every rule can be asked about every flow: zone z owns 10.0.z.0
 * to 10.0.z.3, the last zone is external, zones 0 and 1 declare the group 239.0.0.1. Its
 * rules are random, and points are its flows; what rules say of a point is read off them
 * one by one, as plainly as they are written. */
#ifndef TESTS_UNIT_SMALL_PLANT_H
#define TESTS_UNIT_SMALL_PLANT_H

#include "compiler/assertion.h"
#include "compiler/policy_space.h"

enum { ZONES = 3, HOSTS_A_ZONE = 4, RULES_MOST = 9, CELLS = 3, POINTS = 2048 };

struct plant {
	struct arena arena;
	struct model model;
	struct policy_cells cells;
};

struct point {
	u128 source, destination;
	unsigned zone; /* a group's place */
	bool group;
	unsigned protocol, port, operation, cell;
	uint32_t unit, object;
};

unsigned random_below(unsigned limit);

/* ---- plants ---- */

u128 plant_host(unsigned zone, unsigned n);
struct address_set plant_addresses(struct arena *arena, struct range *ranges, size_t len);
struct address_set plant_random_hosts(struct arena *arena);
/* Zones alone: the rules are the caller's. */
void plant_zones(struct plant *plant);
/* Release its arena. */
void plant_init(struct plant *plant);
/* Gives the model a random assert and returns the rule that it would be, to ask it about
 * points. */
struct rule plant_question(struct plant *plant, struct assertion *assertion);

/* ---- points ---- */

struct point point_random(void);
struct point point_of_witness(const struct proof_witness *witness);
bool point_fits(const struct plant *plant, const struct rule *rule, const struct point *point);
/* The bits of the rules of one verdict that hold the point. */
unsigned point_holders(const struct plant *plant, const struct point *point, bool allow);
bool point_verdict(unsigned denies, unsigned allows);
bool point_is_allowed(const struct plant *plant, const struct point *point);

#endif
