/* SPDX-License-Identifier: Apache-2.0
 *
 * The syntax tree: what a policy says, with its places, names not yet looked
 * up. One struct a statement; lists are singly linked in source order. All of
 * it lives in the arena of the `struct policy_text` that parsing filled.
 * Inventories (YAML) become the same asset nodes. */
#ifndef LANG_TREE_H
#define LANG_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/diag.h"

struct tree_name {
	const char *text;
	struct span where;
	struct tree_name *next;
};

struct tree_text { /* a quoted string, unescaped */
	const char *text; /* NULL: not given */
	struct span where;
};

struct tree_statement;

struct tree_number {
	uint32_t value;
	struct span where;
	struct tree_number *next;
};

struct tree_range { /* addresses: a subnet, range or single address */
	struct address_range range;
	struct span where;
	struct tree_range *next;
};

struct tree_mac {
	struct mac mac;
	struct span where;
	struct tree_mac *next;
};

/* Days since 1970-01-01 (proleptic Gregorian), no time zone yet. */
struct tree_date {
	bool given;
	int32_t day;
	struct span where;
};

/* Purdue levels in their order: 0, 1, 2, 3, 3.5, 4, 5 are ranks 0..6. */
enum level { LEVEL_0, LEVEL_1, LEVEL_2, LEVEL_3, LEVEL_3_5, LEVEL_4, LEVEL_5, LEVEL_COUNT };

/* ---- endpoints ---- */

enum endpoint_kind {
	ENDPOINT_NAME,     /* zone, asset or group: text */
	ENDPOINT_ADDRESS,  /* range */
	ENDPOINT_TAG,      /* text without the @ */
	ENDPOINT_LEVEL,    /* level_lo..level_hi, inclusive ranks; lo > hi: no level */
	ENDPOINT_EXTERNAL,
	ENDPOINT_ANY,
};

struct tree_endpoint {
	enum endpoint_kind kind;
	const char *text;
	struct address_range range;
	enum level level_lo, level_hi;
	struct span where;
	struct tree_endpoint *next;
};

struct tree_endpoints {
	struct tree_endpoint *include;
	struct tree_endpoint *except; /* may be NULL */
	struct span where;
};

/* ---- services ---- */

struct tree_ports { /* inclusive; any: 0-65535 */
	uint32_t lo, hi;
	struct span where;
	struct tree_ports *next;
};

enum operation_kind {
	OPERATION_CLASS,     /* read, write, control, program, other */
	OPERATION_ANY,
	OPERATION_NAME,      /* a function's name: text */
	OPERATION_FUNCTION,  /* number */
	OPERATION_PARAMETER, /* text and lo..hi: `unit 3`, `holding 100-199`, `holding none` */
};

/* What an operation is done to: the unit addressed, and the object in it. */
enum parameter_dimension { PARAMETER_UNIT, PARAMETER_OBJECT, PARAMETER_DIMENSIONS };

enum operation_class {
	CLASS_READ,
	CLASS_WRITE,
	CLASS_CONTROL,
	CLASS_PROGRAM,
	CLASS_OTHER,
	CLASS_SESSION, /* declared in protocols; never written in a rule */
	CLASS_COUNT,
};

struct tree_operation {
	enum operation_kind kind;
	enum operation_class class;
	const char *text;
	uint32_t number;
	uint32_t lo, hi;
	bool none;           /* PARAMETER: where none is told */
	struct span where;
	struct tree_operation *next;
};

enum service_kind {
	SERVICE_ANY,       /* everything IP carries */
	SERVICE_NAME,      /* a named service or an industrial protocol: text */
	SERVICE_TRANSPORT, /* protocol (6, 17, 132, 33, 136), ports, from */
	SERVICE_ICMP,      /* protocol 1 or 58; text or type/code */
	SERVICE_PROTOCOL,  /* `proto N`: protocol */
	SERVICE_ETHERTYPE, /* number */
};

struct tree_service {
	enum service_kind kind;
	const char *text;           /* NAME; ICMP's name where one was written */
	uint8_t protocol;
	uint16_t ethertype;
	struct tree_ports *ports;   /* TRANSPORT: destination ports, NULL: all */
	struct tree_ports *from;    /* TRANSPORT: source ports, NULL: all */
	int16_t icmp_type, icmp_code; /* ICMP: -1: any */
	bool has_operations;        /* NAME(...) */
	struct tree_operation *operations;
	struct tree_operation *operations_except;
	struct tree_service *on;    /* NAME on tcp 1502: TRANSPORT services */
	struct span where;
	struct tree_service *next;
};

/* ---- statements ---- */

struct tree_policy {
	struct tree_text name, owner, timezone, description;
	struct span where;
};

struct tree_zone {
	struct tree_name name;
	enum level level;
	struct tree_range *subnets;
	struct tree_range *multicast;
	struct tree_number *vlans;
	uint8_t security_level;     /* SL-T 1..4, 0: not given */
	struct span security_level_where;
	bool intrazone_deny;
	struct span intrazone_where;
	bool inventory_complete;
	struct tree_text owner, criticality, purpose;
	struct span where;
};

struct tree_asset {
	struct tree_name name;
	struct tree_name *zones;    /* in operations, idmz */
	struct tree_range *addresses; /* single addresses only */
	struct tree_mac *macs;
	struct tree_name *roles, *tags;
	struct tree_text vendor, model, firmware, os, serial, owner, criticality;
	struct tree_date end_of_support;
	bool unpatchable;
	struct span where;
};

struct tree_group {
	struct tree_name name;
	struct tree_endpoints members;
	struct span where;
};

struct tree_service_def {
	struct tree_name name;
	struct tree_text title;
	struct tree_service *services;
	uint32_t idle_seconds;      /* 0: not given */
	struct span idle_where;
	struct span where;
};

struct tree_function { /* one row of a protocol's table of operations */
	enum operation_class class;
	struct tree_name name;
	uint32_t lo, hi;            /* function numbers 0..65535, inclusive */
	struct span where;          /* of the numbers */
	struct tree_function *next;
};

struct tree_parameter { /* `unit ca 0-65535`, `object coil 0-65535 on read-coils` */
	enum parameter_dimension dimension;
	struct tree_name name;
	uint32_t lo, hi;            /* its values, inclusive */
	struct tree_name *functions; /* that take it; NULL: all but housekeeping */
	struct span where;
	struct tree_parameter *next;
};

struct tree_protocol {
	struct tree_name name;
	struct tree_text title;
	struct tree_service *on;    /* TRANSPORT or ETHERTYPE services */
	struct tree_function *functions;
	struct tree_parameter *parameters;
	struct span where;
};

/* Wall-clock windows. Weekly: minutes from Monday 00:00 (0..10080), start may
 * exceed end (wraps the week). Dated: day and minute of day. Half open. */
enum window_kind { WINDOW_WEEKLY, WINDOW_DATED };

struct tree_window {
	enum window_kind kind;
	uint32_t start_minute, end_minute;
	int32_t start_day, end_day; /* DATED */
	struct span where;
	struct tree_window *next;
};

struct tree_schedule {
	struct tree_name name;
	struct tree_window *windows;
	struct span where;
};

struct tree_mode {
	struct tree_name name;
	struct tree_text title;
	struct span where;
};

struct tree_modifiers {
	struct tree_name *during;   /* schedules, or NULL */
	struct tree_date from, until;
	struct tree_name *in;       /* modes */
	bool log;
	struct tree_text ticket, owner, reason;
	struct tree_name *id;       /* one, or NULL */
};

struct tree_rule {
	bool allow;
	struct tree_endpoints source, destination;
	struct tree_service *services;
	struct tree_modifiers modifiers;
	struct span where;
};

enum conduit_kind { CONDUIT_BETWEEN, CONDUIT_WITHIN };

struct tree_conduit {
	struct tree_name name;
	enum conduit_kind kind;
	struct tree_endpoint *left;  /* zones or external; WITHIN: the zone(s) */
	struct tree_endpoint *right;
	struct tree_text purpose, owner;
	struct tree_statement *rules; /* STATEMENT_RULE only */
	struct span where;
};

struct tree_interface {
	struct tree_name name;
	struct tree_endpoint *faces; /* zones or external */
	struct tree_range *addresses; /* single addresses only */
	struct span where;
	struct tree_interface *next;
};

struct tree_manage {
	struct tree_endpoints from;
	struct tree_service *services;
	struct span where;
	struct tree_manage *next;
};

struct tree_limit {
	struct tree_name name;
	uint32_t value;
	struct tree_limit *next;
};

enum stage { STAGE_ENFORCE, STAGE_MONITOR };

struct tree_device {
	struct tree_name name;
	struct tree_name *platform;  /* NULL: not given */
	struct tree_name *cluster;
	enum stage stage;
	struct span stage_where;
	bool inspect_operations;
	struct span inspect_where;
	struct tree_interface *interfaces;
	struct tree_range *addresses;
	struct tree_manage *manage;
	struct tree_name *routing;
	struct tree_limit *limits;
	bool fragments_deny;         /* drop fragments other than the first */
	struct span fragments_where;
	struct tree_name *supports;  /* what this one of the platform's models can */
	struct span where;
};

struct tree_exception {
	struct tree_name finding;
	struct tree_text reason;
	struct tree_date until;
	struct tree_name *on;        /* NULL: every finding of that name */
	struct span where;
};

enum assert_kind { ASSERT_ALLOW, ASSERT_DENY, ASSERT_NO_PATH };

struct tree_assert {
	enum assert_kind kind;
	struct tree_endpoints source, destination;
	struct tree_service *services; /* ALLOW, DENY */
	struct tree_modifiers modifiers;
	uint32_t hops;                /* NO_PATH: 0: any number */
	struct tree_endpoints via;    /* NO_PATH: via.include NULL: none */
	struct span where;
};

enum statement_kind {
	STATEMENT_POLICY,
	STATEMENT_ZONE,
	STATEMENT_ASSET,
	STATEMENT_GROUP,
	STATEMENT_SERVICE,
	STATEMENT_PROTOCOL,
	STATEMENT_SCHEDULE,
	STATEMENT_MODE,
	STATEMENT_CONDUIT,
	STATEMENT_RULE,      /* outside conduits: deny only */
	STATEMENT_DEVICE,
	STATEMENT_EXCEPTION,
	STATEMENT_ASSERT,
};

struct tree_statement {
	enum statement_kind kind;
	union {
		struct tree_policy *policy;
		struct tree_zone *zone;
		struct tree_asset *asset;
		struct tree_group *group;
		struct tree_service_def *service;
		struct tree_protocol *protocol;
		struct tree_schedule *schedule;
		struct tree_mode *mode;
		struct tree_conduit *conduit;
		struct tree_rule *rule;
		struct tree_device *device;
		struct tree_exception *exception;
		struct tree_assert *assertion;
	};
	struct tree_statement *next;
};

#endif
