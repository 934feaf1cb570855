/* SPDX-License-Identifier: Apache-2.0
 *
 * The model: a resolved policy. No names are left to look up; everything is
 * plain data in one arena, in the order of the source where order is shown and
 * by index where things refer to each other. */
#ifndef COMPILER_MODEL_H
#define COMPILER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "compiler/activity.h"
#include "compiler/content.h"
#include "compiler/set.h"
#include "lang/lang.h"

/* ---- zones ---- */

/* Zones are indexed 0..zone_count-1 in source order; the zone `external`, level
 * 5, owning every unicast address that lies in no other, is always the last. */
typedef uint16_t zone_id;
#define ZONE_NONE UINT16_MAX

struct zone {
	const char *name;
	enum level level;
	struct address_set declared;  /* its subnets as written */
	struct address_set owned;     /* without those of zones nested in it */
	struct address_set multicast; /* groups it declares */
	struct address_set broadcast; /* directed broadcasts of its IPv4 prefixes (/30 and shorter) */
	const uint16_t *vlans;
	size_t vlan_count;
	uint8_t security_level;       /* 1..4, 0: not given */
	bool intrazone_deny;          /* always true for external */
	bool inventory_complete;
	const struct tree_zone *tree; /* NULL for external */
};

/* A set of zones, as a bit set of zone_count bits. */
struct zone_set {
	const uint64_t *words;
	size_t count; /* bits */
};

/* ---- assets ---- */

struct asset {
	const char *name;
	const struct address *addresses;
	const zone_id *zones; /* the zone that owns addresses[i] */
	size_t address_count;
	struct address_set set; /* the same addresses */
	const struct mac *macs;
	size_t mac_count;
	const zone_id *member_of; /* the zones it was declared in */
	size_t member_count;
	const struct tree_asset *tree;
};

/* ---- services ---- */

/* The content of a flow is one number: operation = protocol << 16 | function,
 * where protocol 0 is plain (no industrial protocol), and others index
 * model.protocols from 1. */
typedef uint32_t operation_id;
#define OPERATION_PLAIN ((operation_id)0)
#define OPERATION_MAX UINT32_MAX
static inline operation_id operation_id_of(uint16_t protocol, uint16_t function)
{
	return (operation_id)protocol << 16 | function;
}

/* What it is done to is two more numbers, a unit and an object: those of a
 * protocol's parameters. PARAMETER_NONE is a content that has none, or whose own is
 * not told or has no name in the protocol's table. Whatever the table does not know
 * for an operation is judged as that. */
#define PARAMETER_NONE UINT32_MAX

struct parameter {
	const char *name;
	enum parameter_dimension dimension;
	uint32_t base;               /* of its value 0: those of a dimension lie one after the other */
	uint32_t lo, hi;             /* values, inclusive */
	bool hexadecimal;            /* its table writes them so */
	const struct set *functions; /* that take it */
};

struct protocol {
	const char *name;
	const struct set *class[CLASS_COUNT]; /* function numbers of each class */
	const struct match *on;               /* registered ports */
	size_t on_count;
	const struct parameter *parameters;
	size_t parameter_count;
	bool told_apart[PARAMETER_DIMENSIONS]; /* some rule tells its values apart */
	const struct tree_protocol *tree;
};

/* One product of header sets: what a service matches. */
struct match {
	bool ethertype_rule;           /* layer 2: only `ethertype` counts */
	uint16_t ethertype;
	bool family[FAMILY_COUNT];     /* icmp: IPv4 only, icmpv6: IPv6 only */
	const struct set *protocols;   /* IP protocol numbers */
	const struct set *src_ports;   /* or ICMP types; 0..65535 where it has none */
	const struct set *dst_ports;   /* or ICMP codes; 0..65535 where it has none */
	const struct set *operations;  /* operation_id */
	const struct set *units, *objects; /* 0..PARAMETER_NONE where it names none */
	bool named_operations;         /* the service has an operation list: not *plain* */
	uint16_t protocol;             /* industrial protocol (index), 0: none */
	uint32_t idle_seconds;         /* 0: none asked for */
	const struct tree_service *tree;
	const char *label;             /* as the policy writes it: `modbus(read)` */
};

/* ---- rules ---- */

/* Where a flow's destination is located (doc/language-corners.md): unicast
 * addresses belong to their zone; group and broadcast addresses are located at
 * a zone, and `zones` says at which whole zones they match. */
struct destination {
	struct address_set unicast;  /* unicast addresses */
	struct zone_set zones;       /* zones whose groups and broadcasts are included */
	struct address_set literal;  /* groups written literally: match at literal_zones */
	struct zone_set literal_zones;
	bool literal_unlocated;      /* literal also matches where no zone is known */
	struct address_set excluded; /* groups taken out by `except`: match nowhere */
};

/* A rule is a union of (source, destination) products, times its services.
 * Ethertype services have no addresses: they match between whole zones, from
 * source_zones to destination.zones. */
struct pair {
	struct address_set source;
	struct zone_set source_zones;
	struct destination destination;
};

#define MODE_EVERY 0

struct rule {
	bool allow;
	bool implicit;               /* a zone's intrazone allow: every deny outranks it */
	const struct pair *pairs;    /* between: at most two; within: one a zone; else one;
					none where no pair can match */
	size_t pair_count;
	const struct match *matches;
	size_t match_count;
	const struct activity *activity; /* NULL: always */
	uint64_t modes;              /* bit per mode; MODE_EVERY: in every mode and none */
	bool log;
	const struct conduit *conduit; /* NULL: outside conduits, or implicit */
	uint32_t index;              /* position in model.rules */
	const char *identity;        /* stable: the `id`, or a digest of its text; unique */
	const char *label;           /* "allow collectors -> @plc : modbus(read)" */
	struct span where;
	const struct tree_rule *tree; /* NULL if implicit */
};

struct conduit {
	const char *name;
	enum conduit_kind kind;
	struct zone_set left, right;  /* WITHIN: left only */
	const struct tree_conduit *tree;
	uint16_t index;
};

/* ---- devices ---- */

struct interface {
	const char *name;
	const zone_id *faces;
	size_t face_count;
	const struct address *addresses;
	size_t address_count;
	const struct tree_interface *tree;
};

struct device {
	const char *name;
	const char *platform;   /* NULL: not given */
	const char *cluster;    /* NULL: none */
	enum stage stage;
	const struct interface *interfaces;
	size_t interface_count;
	struct address_set addresses; /* its own; empty where none are given */
	/* What is let to the device itself: one rule each for `manage` and `routing`,
	 * and for what IPv6 needs; each with one pair, whose destination holds groups,
	 * too. Indexes go on behind model.rules. None: the policy leaves it alone. */
	const struct rule *own;
	size_t own_count;
	const struct tree_device *tree;
	uint16_t index;
};

struct named_mode {
	const char *name;
	const struct tree_mode *tree;
};

struct assertion {
	enum assert_kind kind;
	struct pair pair;            /* as outside conduits */
	const struct match *matches;
	size_t match_count;
	const struct activity *activity; /* NULL: at every time */
	bool timed;                  /* has `during`, `from` or `until` */
	uint64_t modes;              /* `in`, MODE_EVERY: not given */
	uint32_t hops;
	struct address_set via;
	const struct tree_assert *tree;
};

struct model {
	struct arena arena;
	const char *name;            /* the policy's, or the file's */
	const struct timezone_rules *timezone; /* NULL: not given */
	const char *timezone_name;   /* NULL likewise */
	struct zone *zones;          /* external last */
	size_t zone_count;           /* external included */
	struct asset *assets;
	size_t asset_count;
	struct protocol *protocols;  /* [0] is plain */
	size_t protocol_count;
	struct conduit *conduits;
	size_t conduit_count;
	struct rule *rules;          /* written rules in source order, then implicit ones */
	size_t rule_count;
	struct device *devices;
	size_t device_count;
	struct named_mode *modes;
	size_t mode_count;           /* at most 64 */
	struct assertion *assertions;
	size_t assertion_count;
	struct tree_exception **exceptions;
	size_t exception_count;
	struct resolve *resolve;     /* what questions are resolved with; not to be read */
	const struct model_index *index; /* who owns and who holds an address */
	const struct policy_text *text;
};

/* Resolves a tree. Adds every error and the findings that only names tell
 * (unknown, unused, asset outside its zone, ...). False if the model cannot be
 * used. The text must outlive the model. Release in both cases. */
bool model_resolve(struct model *model, const struct policy_text *text,
		   struct diags *diags);
void model_release(struct model *model);
/* SHA-256 of all files read, in hexadecimal. */
enum { MODEL_DIGEST = 65 };
void model_digest(const struct model *model, char digest[MODEL_DIGEST]);

/* The zone that owns a unicast address: O(log n). Never ZONE_NONE. */
zone_id model_zone_of(const struct model *model, struct address address);
/* Calls `visit` for each stretch of the addresses that one zone owns, in their
 * order; a zone may come several times. O(log n) a range, and the calls. */
typedef void model_zone_visit(void *context, zone_id zone);
void model_zones_visit(const struct model *model, enum family family, const struct set *addresses,
		       model_zone_visit *visit, void *context);
/* The asset that holds an address, or NULL: O(log n). */
const struct asset *model_asset_of(const struct model *model, struct address address);
bool address_is_unicast(const struct address *address); /* of no kind that is local to a zone */
zone_id model_zone_by_name(const struct model *model, const char *name); /* or ZONE_NONE */
int model_mode_by_name(const struct model *model, const char *name);     /* -1: none */
bool zone_set_has(struct zone_set set, zone_id zone);

/* The housekeeping of a protocol (0: none), as operations. */
const struct set *model_session(const struct model *model, uint16_t protocol,
				struct arena *arena);

/* Resolves a question (`SRC -> DST : SERVICE`) as outside conduits. */
bool model_resolve_question(struct model *model, const struct tree_assert *tree,
			    struct assertion *out, struct diags *diags);

/* ---- evaluation of one flow ---- */

struct flow {
	struct address source, destination;
	uint8_t protocol;
	uint16_t src_port, dst_port; /* ICMP: type and code */
	operation_id operation;
	uint32_t unit, object;       /* PARAMETER_NONE: none that is known */
	int64_t instant;
	int mode;                    /* -1: none */
	zone_id sender;              /* where a capture shows it (VLAN, MAC), else ZONE_NONE */
	uint16_t ethertype;          /* 0: IP; else layer 2, zones given below */
	zone_id l2_source, l2_destination;
};

struct verdict {
	bool allowed;
	const struct rule *rule; /* what decided; NULL: nothing matched (default deny) */
	bool operations_only;    /* `rule` denies operations, and no other content is allowed */
	zone_id source_zone;
	zone_id destination_zone; /* the first at which it was denied, else the first */
};

/* An index over the rules for evaluating single flows in about log n; immutable. */
struct flow_index;
struct flow_index *flow_index_create(const struct model *model);
void flow_index_destroy(struct flow_index *index);
/* Exactly the language's verdict. */
struct verdict flow_judge(const struct flow_index *index, const struct flow *flow);
/* The verdict where the content cannot be seen: what a device decides
 * ("Enforced more widely"). *by_operation: it is allowed with some contents only. */
struct verdict flow_judge_header(const struct flow_index *index, const struct flow *flow,
				 bool *by_operation);
/* Calls `visit` for each rule, implicit ones too, that holds the header in the
 * flow's mode at any time, with the match of it that does; one rule may come several
 * times. `active`: at the flow's instant. Contents do not count. */
typedef void flow_visit(void *context, const struct rule *rule, const struct match *match,
			bool active);
void flow_rules_visit(const struct flow_index *index, const struct flow *flow,
		      flow_visit *visit, void *context);
/* Plain content is told as `tcp 502`, which asks about every content. Where contents of
 * the header are judged apart, takes one that is judged as the plain one and has a
 * name, if there is one: then a question about the flow gets the flow's verdict. */
void flow_make_telling(const struct flow_index *index, struct flow *flow);
/* The contents with which a header is allowed; those of the flow itself do not
 * count. In the caller's arena. */
struct contents flow_contents(const struct flow_index *index, const struct flow *flow,
			      struct arena *arena);

#endif
