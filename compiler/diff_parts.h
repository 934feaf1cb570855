/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of diff_make(): what the files diff*.c do for it. Others use
 * compiler/diff.h. */
#ifndef COMPILER_DIFF_PARTS_H
#define COMPILER_DIFF_PARTS_H

#include "compiler/diff.h"
#include "compiler/diff_space.h"

#include <uthash.h>

#include "base/strbuf.h"

VEC_TYPE(range_list, struct range);
int diff_range_order(const void *left, const void *right); /* by where they begin */

/* ---- diff_list.c: what one policy says of an area of flows ---- */

/* Products; the id tells the rule's index and whether the other policy has it not. */
VEC_TYPE(diff_list, struct space_rule);
static inline uint32_t diff_product_rule(uint32_t id) { return id >> 1; }
static inline bool diff_product_changed(uint32_t id) { return (id & 1) != 0; }

/* Adds a product whose id is its rule's index, if it holds any flow. */
void diff_list_add(struct diff_list *list, const struct space_rule *rule);
/* Puts both into an order in which they can be compared, and takes out what cannot
 * matter. How many products only one of them has: none, and they are equal. */
size_t diff_lists_reduce(struct diff_list lists[DIFF_SIDES], struct arena *arena);
/* The same order for several lists of each policy, the old one's first, of which
 * nothing is taken out. Each is held against that of the zone of the same name;
 * NULL: against all. */
void diff_lists_sort(struct diff_list *lists, const char *const *zones, size_t old, size_t count);

/* ---- diff_protocol.c: numbers of operations ---- */

void diff_protocols_make(struct diff_space *space);
/* From the numbers of one policy to the joint ones. */
const struct set *diff_protocols_joint(const struct diff_space *space, enum diff_side side,
				       const struct set *operations);

/* ---- diff_flat.c, diff_silent.c, diff_shared.c: areas of flows of one family ---- */

/* An address that is a directed broadcast to those who send from `owners`. */
struct diff_broadcast {
	u128 address;
	const struct set *owners;
};

/* One product of flows. */
struct diff_product {
	struct space_rule rule; /* id: the rule's index */
	zone_id at;             /* for groups that zones declare, the zone; else ZONE_NONE */
};

struct diff_flat {
	struct diff_space *space;
	enum diff_side side;
	enum family family;
	VEC(struct diff_broadcast) broadcasts; /* by address */
	VEC(struct diff_product) products;
};

/* What senders that tell their zone send; space, side and family are given. */
void diff_flat_make(struct diff_flat *flat);
void diff_flat_release(struct diff_flat *flat);
/* What is denied to the others. */
void diff_silent_make(struct diff_space *space, enum diff_side side, enum family family,
		      struct diff_list *list);

/* Groups that the same zones declare, of either policy: several of one of them. */
struct diff_shared {
	const struct set *groups;
	VEC(zone_id) zones[DIFF_SIDES];
};
VEC_TYPE(diff_shared_list, struct diff_shared);

void diff_shared_make(const struct diff_space *space, enum family family,
		      struct diff_shared_list *groups);
void diff_shared_free(struct diff_shared_list *groups);

/* ---- diff_link.c: frames without IP ---- */

/* What a part holds beside its ends: of frames the ethertype is a destination port. */
enum part_set { PART_PROTOCOL, PART_DST_PORT, PART_SRC_PORT, PART_OPERATION, PART_UNIT,
		PART_OBJECT, PART_CELL, PART_SETS };
extern const enum field diff_part_field[PART_SETS];

bool diff_rule_is_link(const struct rule *rule);
/* A rule of either policy is of an ethertype. */
bool diff_link_is_spoken_of(const struct diff_space *space);
void diff_link_make(struct diff_space *space, enum diff_side side, struct diff_list *list);
/* Those of no flow of IP. */
const struct set *diff_link_ethertypes(struct arena *arena);
/* "ethertype 0x8892, 0x88b8". */
void diff_ethertypes_tell(const struct set *ethertypes, struct arena *arena, struct strbuf *text);
/* Stations in one policy's words: zones, or what tells some of a zone. */
void diff_stations_tell(const struct diff_space *space, enum diff_side side,
			const struct set *stations, struct strbuf *text);
/* What tells them, one by one: MACs, "vlan 11", addresses; else zones. */
struct diff_names diff_stations_names(const struct diff_space *space, enum diff_side side,
				      const struct set *stations);
/* What a match holds, all but the cells. */
void diff_match_sets(const struct match *match, struct arena *arena,
		     const struct set *sets[PART_SETS]);

/* ---- diff_fact.c: what the texts say differently ---- */

struct diff_statement {
	const char *key;              /* kind and name */
	enum diff_fact_kind kind;
	const char *name;
	const struct tree_statement *tree[DIFF_SIDES]; /* NULL: not there */
	struct span where[DIFF_SIDES];
	size_t first, end;            /* its facts, in diff_facts.list */
	UT_hash_handle hh;
};

struct diff_facts {
	struct arena *arena;
	const struct model *model[DIFF_SIDES];
	struct source_lines lines;
	struct diff_statement *statements; /* by key */
	VEC(struct diff_fact *) list;
};

void diff_facts_init(struct diff_facts *facts, struct arena *arena,
		     const struct model *const models[DIFF_SIDES]);
void diff_facts_release(struct diff_facts *facts);
/* NULL: neither policy has it. */
const struct diff_statement *diff_facts_statement(const struct diff_facts *facts,
						  enum diff_fact_kind kind, const char *name);
/* The addresses of an endpoint as a policy declares them; false if it has no end. */
bool diff_facts_endpoint(const struct diff_facts *facts, enum diff_side side,
			 const struct tree_endpoint *e, struct address_set *out);
/* A rule that is new, gone or edited; one of the two may be NULL. */
struct diff_fact *diff_facts_add_rule(struct diff_facts *facts,
				      const struct rule *const rule[DIFF_SIDES]);

/* ---- parts: what regions become ---- */

/* A product of flows: each source with each destination of its family, and so on. */
struct diff_part {
	enum diff_kind kind;
	bool link;                               /* of frames without IP */
	struct address_set source, destination;  /* of frames: stations, as of IPv4 */
	const struct set *set[PART_SETS];
	const struct rule *rule[DIFF_SIDES]; /* that decide it; NULL: nothing matches */
};
VEC_TYPE(diff_part_list, struct diff_part);

/* ---- diff_cause.c: which of these a flow comes of ---- */

/* What of a rule decides: who, to whom, what, when. */
enum rule_aspect { ASPECT_SOURCE, ASPECT_DESTINATION, ASPECT_SERVICE, ASPECT_TIME,
		   RULE_ASPECTS };

struct diff_candidates {
	const struct diff_fact **list;
	size_t count;
};

struct diff_rule {
	const char *key;
	const struct rule *other;     /* of the other policy */
	bool sought, edited, explained;
	bool untouched;               /* the other is written alike; once explained */
	const struct diff_fact *fact; /* about the rule itself, once made */
	struct diff_candidates candidates[RULE_ASPECTS];
	UT_hash_handle hh;
};

struct diff_causes {
	struct diff_facts *facts;
	struct diff_space *space;
	struct diff_rule *rules[DIFF_SIDES]; /* by index */
	struct diff_rule *by_identity;
};

VEC_TYPE(diff_cause_list, const struct diff_fact *);

/* A part, and in what a rule's counterpart does not hold it: bits of rule_aspect. */
struct diff_caused {
	struct diff_part part;
	unsigned aspects;
};
VEC_TYPE(diff_caused_list, struct diff_caused);

void diff_causes_init(struct diff_causes *causes, struct diff_facts *facts,
		      struct diff_space *space);
void diff_causes_release(struct diff_causes *causes);
/* The same rule of the other policy, or the one it was made of; NULL: none. */
const struct rule *diff_causes_other(struct diff_causes *causes, enum diff_side side,
				     const struct rule *rule);
/* Cuts parts that a rule decides where its counterpart's ends begin, if that is written
 * alike. `other_cells`: when the counterpart is active. */
void diff_causes_split(struct diff_causes *causes, enum diff_side side, const struct rule *rule,
		       const struct set *other_cells, struct diff_caused_list *parts);
/* The fact that the rule itself is new, gone or edited. */
const struct diff_fact *diff_causes_rule(struct diff_causes *causes, enum diff_side side,
					 const struct rule *rule);
/* Adds what made a rule of one policy what it is not in the other, for flows that
 * differ in these aspects: nothing, if the rule is as it was for them. */
void diff_causes_find(struct diff_causes *causes, enum diff_side side, const struct rule *rule,
		      unsigned aspects, const struct diff_part *part,
		      struct diff_cause_list *found);

/* ---- diff_matter.c ---- */

/* A fact may be behind flows of a part, by one aspect of the rule that decides them. */
bool diff_fact_matters(const struct diff_causes *causes, const struct diff_fact *fact, int aspect,
		       const struct diff_part *part);

/* ---- diff_row.c: regions put together ---- */

const struct rule *diff_part_rule(const struct diff_part *part);
const struct conduit *diff_part_conduit(const struct diff_part *part);

/* All that comes of the same causes. */
struct diff_heap {
	const uint64_t *key;
	enum diff_kind kind;
	const struct diff_fact *const *causes;
	size_t cause_count;
	struct diff_part_list parts;   /* some of them where outlined */
	bool outlined;
	struct diff_part outline;
	VEC(const struct rule *) rules;
	UT_hash_handle hh;
};

struct diff_rows {
	struct arena *arena;
	struct diff_space *space;
	struct diff_causes *causes;
	struct diff_heap *heaps;
	struct address_set assets[DIFF_SIDES];
	bool has_assets[DIFF_SIDES];
	VEC(struct diff_row) list;
};

/* What is told in one row: parts between the same ends, or an outline of them. */
struct diff_told {
	const struct diff_heap *heap;
	const struct diff_part *ends;  /* source, destination and cells of the row */
	const struct diff_part *sample; /* of which a flow is shown */
	const struct diff_part *parts;
	size_t part_count;
	bool whole;
};

void diff_rows_add(void *rows, const struct diff_region *region); /* a diff_visit */
void diff_rows_finish(struct diff_rows *rows);
void diff_rows_release(struct diff_rows *rows);

/* ---- diff_flow.c, diff_risk.c, diff_tell.c: a row in words ---- */

/* Fills in the flow, its mode and its stations. */
void diff_flow_choose(struct diff_rows *rows, const struct diff_part *part,
		      struct diff_row *row);
/* The protocol belongs on a port, or in an ethertype, of the part. */
bool diff_part_is_on(const struct diff_part *part, const struct protocol *protocol);
/* The mode of a column of cells; NULL: none. */
const char *diff_column_name(const struct diff_space *space, uint32_t column);
void diff_risk_assess(struct diff_rows *rows, const struct diff_told *told, struct diff_row *row);
void diff_row_tell(struct diff_rows *rows, const struct diff_told *told);

/* ---- diff_when.c ---- */

/* Both say the same of when: what the names stand for may differ. */
bool diff_times_alike(const struct tree_modifiers *a, const struct tree_modifiers *b);
/* Some of the times of cells as windows: "weekly mon-fri 20:00 - 22:00". */
void diff_windows_tell(const struct diff_space *space, const struct set *times,
		       struct strbuf *text);
/* When a product of flows is open: NULL: at every time in every mode. */
const char *diff_when_text(struct diff_rows *rows, const struct diff_part *part);

#endif
