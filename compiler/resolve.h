/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of one resolution, and its steps in the order they run: names,
 * zones, assets, services, conduits and rules, devices and asserts. Each step
 * adds its diagnostics and goes on, so that all errors come in one run. */
#ifndef COMPILER_RESOLVE_H
#define COMPILER_RESOLVE_H

#include "base/vec.h"
#include "compiler/model.h"

enum symbol_kind { SYMBOL_ZONE, SYMBOL_ASSET, SYMBOL_GROUP, SYMBOL_OTHER };

struct symbol {
	const char *name;
	struct span where;
	enum symbol_kind kind;
	uint32_t index;       /* in the model's table, or the step's own */
	const void *tree;
	bool shipped;         /* from the prelude */
	bool used;
	int state;            /* 0 untouched, 1 being resolved, 2 resolved */
	const void *value;    /* what it resolved to */
};

/* Names of one kind, by open addressing; symbols keep the order of the source. */
struct symbol_table {
	const char *what;     /* "service", for messages */
	VEC(struct symbol *) list;
	uint32_t *slots;      /* index + 1, 0: free */
	size_t slot_count;
};

enum table { TABLE_PLACES, TABLE_SERVICES, TABLE_SCHEDULES, TABLE_MODES, TABLE_CONDUITS,
	     TABLE_DEVICES, TABLE_TAGS, TABLE_IDS, TABLE_COUNT };

/* What a list of endpoints means before a conduit narrows it. */
struct extent {
	struct address_set unicast;
	struct address_set literal;  /* not unicast, or a directed broadcast, as written */
	struct zone_set zones;       /* whole zones */
	struct address_set excluded;
	struct zone_set excluded_zones;
};

struct resolve {
	struct model *model;
	struct arena *arena;         /* the model's */
	struct diags *diags;
	const struct policy_text *text;
	struct symbol_table table[TABLE_COUNT];
	struct zone_set no_zones, all_zones;
	struct address_set special;  /* what is not unicast, and directed broadcasts */
	struct address_set everywhere;
	bool needs_timezone_said;
	const struct set *all_ports, *all_protocols, *all_operations, *all_parameters;
	const struct set *one_protocol[256];
	struct source_lines lines;
};

/* ---- names ---- */
struct symbol *symbol_find(const struct symbol_table *table, const char *name);
/* NULL after DUPLICATE-NAME. */
struct symbol *symbol_add(struct resolve *r, enum table table, const struct tree_name *name,
			  const void *tree);
/* NULL after UNKNOWN-NAME with what may have been meant. Marks it used. */
struct symbol *symbol_use(struct resolve *r, enum table table, const char *name,
			  struct span where);
/* The zone used; NULL, reported, if the name is another thing's or nobody's. */
struct symbol *symbol_use_zone(struct resolve *r, const char *name, struct span where);
void symbol_table_release(struct symbol_table *table);

/* ---- steps ---- */
void resolve_names(struct resolve *r);
void resolve_zones(struct resolve *r);
void resolve_assets(struct resolve *r);
void resolve_protocols(struct resolve *r);
void resolve_conduits(struct resolve *r);
void resolve_rules(struct resolve *r);
void resolve_devices(struct resolve *r);
void resolve_asserts(struct resolve *r);
void resolve_empty_rules(struct resolve *r);
/* Ends of an ethertype are zones: a flow of MACs has no addresses. */
void resolve_check_link(struct resolve *r, const struct match *matches, size_t count,
			const struct tree_endpoints *source,
			const struct tree_endpoints *destination);
void resolve_unused(struct resolve *r);

/* ---- parts ---- */
struct zone_set zone_set_new(struct resolve *r);
void zone_set_add(struct zone_set set, zone_id zone);
struct zone_set zone_set_union(struct resolve *r, struct zone_set a, struct zone_set b);
struct zone_set zone_set_intersect(struct resolve *r, struct zone_set a, struct zone_set b);
struct zone_set zone_set_subtract(struct resolve *r, struct zone_set a, struct zone_set b);
bool zone_set_is_empty(struct zone_set set);
/* All the addresses that the zones own. */
struct address_set zone_set_owned(struct resolve *r, struct zone_set set);

/* Where the endpoints of a conduit's rules may lie; made once a conduit. */
struct ground {
	struct zone_set zones;
	struct address_set owned, left, right;
	const struct conduit *conduit;
};
struct extent extent_of(struct resolve *r, const struct tree_endpoints *endpoints,
			const struct ground *ground);
bool extent_is_empty(const struct extent *extent);
struct pair pair_of(struct resolve *r, const struct extent *source,
		    const struct extent *destination);

/* An allow of operations takes the protocol's housekeeping with it, a deny of
 * operations never touches it, a question means just what it names. */
enum service_use { USE_ALLOW, USE_DENY, USE_QUESTION };
const struct match *matches_of(struct resolve *r, const struct tree_service *services,
			       enum service_use use, size_t *count);
/* True if the policy has a timezone; else a date at `where` is an error, said once. */
bool timezone_known(struct resolve *r, struct span where);
bool modifiers_have_time(const struct tree_modifiers *modifiers);
const struct activity *activity_of(struct resolve *r, const struct tree_modifiers *modifiers);
uint64_t modes_of(struct resolve *r, const struct tree_name *names);
/* The text that a span covers, in canonical layout on one line; in the arena. */
const char *resolve_label(struct resolve *r, struct span where);

#endif
