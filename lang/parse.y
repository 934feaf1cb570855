/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammar of the policy language. Actions call constructors (build.h) and
 * nothing else. Lists under construction are rings (parser.h). All values live
 * in the arena, so what error recovery drops is freed with the policy. After an
 * error the token stream goes on at the end of the statement (lex.c). */
%code top {
#include "config.h"
}
%code requires {
#include "lang/parser.h"

struct number_pair {
	uint32_t lo, hi;
};

struct level_pair {
	enum level lo, hi;
};

struct path_limits {
	uint32_t hops; /* 0: any number */
	struct tree_endpoints via;
};
}
%code {
#include "lang/build.h"
#include "lang/lex.h"

/* Joins the places of a rule's parts. */
#define YYLLOC_DEFAULT(current, rhs, n)                                   \
	do {                                                              \
		if (n) {                                                  \
			(current) = YYRHSLOC(rhs, 1);                     \
			(current).end_line = YYRHSLOC(rhs, n).end_line;   \
			(current).end_column = YYRHSLOC(rhs, n).end_column; \
		} else {                                                  \
			(current) = YYRHSLOC(rhs, 0);                     \
			(current).line = (current).end_line;              \
			(current).column = (current).end_column;          \
		}                                                         \
	} while (0)

static void parse_error(const struct span *where, struct parser *parser, const char *message);
}
%define api.pure full
%define api.prefix {parse_}
%define api.value.union.name parse_value
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%param { struct parser *parser }
/* `except via within 3 hops`: `within` is then the name of the way, and so is
 * `except` in `except via except b`. */
%expect 2

%union {
	const char *text;
	uint32_t number;
	int32_t day;
	struct number_pair pair;
	struct level_pair levels;
	struct address_range range;
	struct mac mac;
	struct tree_name *names;
	struct tree_number *numbers;
	struct tree_range *ranges;
	struct tree_mac *macs;
	struct tree_text string;
	struct tree_date date;
	struct tree_endpoint *endpoint;
	struct tree_endpoints endpoints;
	struct path_limits limits;
	struct tree_service *service;
	struct tree_ports *ports;
	struct tree_operation *operation;
	struct tree_function *functions;
	struct tree_rule *rule;
}

%token START_POLICY START_QUESTION
%token END "the end of the line" ARROW "->" LEADS_TO "=>" GE ">=" LE "<="
%token SYNTAX_ERROR
%token <text> WORD "a name" STRING "a string" TAG "@tag" INTERFACE_NAME "an interface name"
%token <number> NUMBER "a number" DURATION "a duration" TIME "a time of day"
%token <pair> NUMBER_RANGE "a range of numbers" NUMBER_SLASH "a type/code"
%token <levels> LEVEL_NUMBER "a level" LEVEL_RANGE "a range of levels"
%token <range> ADDRESS "an address"
%token <mac> MAC "a MAC address"
%token <day> DATE "a date"
%token <text> KW_POLICY "policy"
%token <text> KW_INVENTORY "inventory"
%token <text> KW_INCLUDE "include"
%token <text> KW_ZONE "zone"
%token <text> KW_ASSET "asset"
%token <text> KW_GROUP "group"
%token <text> KW_SERVICE "service"
%token <text> KW_PROTOCOL "protocol"
%token <text> KW_SCHEDULE "schedule"
%token <text> KW_MODE "mode"
%token <text> KW_CONDUIT "conduit"
%token <text> KW_DEVICE "device"
%token <text> KW_EXCEPTION "exception"
%token <text> KW_ASSERT "assert"
%token <text> KW_ALLOW "allow"
%token <text> KW_DENY "deny"
%token <text> KW_ANY "any"
%token <text> KW_EXTERNAL "external"
%token <text> KW_LEVEL "level"
%token <text> KW_EXCEPT "except"
%token <text> KW_OWNER "owner"
%token <text> KW_TIMEZONE "timezone"
%token <text> KW_DESCRIPTION "description"
%token <text> KW_SUBNET "subnet"
%token <text> KW_VLAN "vlan"
%token <text> KW_SECURITY_LEVEL "security-level"
%token <text> KW_CRITICALITY "criticality"
%token <text> KW_MULTICAST "multicast"
%token <text> KW_INTRAZONE "intrazone"
%token <text> KW_PURPOSE "purpose"
%token <text> KW_ADDRESS "address"
%token <text> KW_MAC "mac"
%token <text> KW_ROLE "role"
%token <text> KW_TAG "tag"
%token <text> KW_VENDOR "vendor"
%token <text> KW_MODEL "model"
%token <text> KW_FIRMWARE "firmware"
%token <text> KW_OS "os"
%token <text> KW_SERIAL "serial"
%token <text> KW_END_OF_SUPPORT "end-of-support"
%token <text> KW_UNPATCHABLE "unpatchable"
%token <text> KW_IN "in"
%token <text> KW_BETWEEN "between"
%token <text> KW_AND "and"
%token <text> KW_WITHIN "within"
%token <text> KW_DURING "during"
%token <text> KW_FROM "from"
%token <text> KW_UNTIL "until"
%token <text> KW_LOG "log"
%token <text> KW_TICKET "ticket"
%token <text> KW_REASON "reason"
%token <text> KW_ID "id"
%token <text> KW_WEEKLY "weekly"
%token <text> KW_DAILY "daily"
%token <text> KW_ON "on"
%token <text> KW_IDLE "idle"
%token <text> KW_TCP "tcp"
%token <text> KW_UDP "udp"
%token <text> KW_SCTP "sctp"
%token <text> KW_DCCP "dccp"
%token <text> KW_UDPLITE "udplite"
%token <text> KW_ICMP "icmp"
%token <text> KW_ICMPV6 "icmpv6"
%token <text> KW_PROTO "proto"
%token <text> KW_ETHERTYPE "ethertype"
%token <text> KW_PLATFORM "platform"
%token <text> KW_STAGE "stage"
%token <text> KW_CLUSTER "cluster"
%token <text> KW_INTERFACE "interface"
%token <text> KW_FACES "faces"
%token <text> KW_MANAGE "manage"
%token <text> KW_ROUTING "routing"
%token <text> KW_LIMIT "limit"
%token <text> KW_FRAGMENTS "fragments"
%token <text> KW_SUPPORTS "supports"
%token <text> KW_INSPECT "inspect"
%token <text> KW_NO "no"
%token <text> KW_PATH "path"
%token <text> KW_HOPS "hops"
%token <text> KW_VIA "via"

%type <text> plain_word service_word word
%type <names> name names name_value
%type <string> string text_value title
%type <date> date
%type <numbers> numbers
%type <ranges> addresses
%type <macs> macs mac
%type <levels> level levels
%type <endpoint> endpoint endpoint_list side side_zone
%type <endpoints> endpoints
%type <service> services service carrier transport_services
%type <number> transport
%type <ports> ports from_ports
%type <operation> operations operation
%type <functions> functions function
%type <rule> rule rule_head
%type <number> hops verdict
%type <endpoints> via
%type <limits> path_limits
%%
input:
	START_POLICY statements
	| START_QUESTION question ends
	;

ends: END | ends END;
separator: END { yyerrok; };
open: '{';
close: '}' { yyerrok; };

/* ---- names and values ---- */

plain_word: WORD | KW_POLICY | KW_INVENTORY | KW_INCLUDE | KW_ZONE | KW_ASSET
	| KW_GROUP | KW_SERVICE | KW_PROTOCOL | KW_SCHEDULE | KW_MODE
	| KW_CONDUIT | KW_DEVICE | KW_EXCEPTION | KW_ASSERT | KW_ALLOW
	| KW_DENY | KW_EXCEPT | KW_OWNER | KW_TIMEZONE | KW_DESCRIPTION
	| KW_SUBNET | KW_VLAN | KW_SECURITY_LEVEL | KW_CRITICALITY
	| KW_MULTICAST | KW_INTRAZONE | KW_PURPOSE | KW_ADDRESS | KW_MAC
	| KW_ROLE | KW_TAG | KW_VENDOR | KW_MODEL | KW_FIRMWARE | KW_OS
	| KW_SERIAL | KW_END_OF_SUPPORT | KW_UNPATCHABLE | KW_IN | KW_BETWEEN
	| KW_AND | KW_WITHIN | KW_DURING | KW_FROM | KW_UNTIL | KW_LOG
	| KW_TICKET | KW_REASON | KW_ID | KW_WEEKLY | KW_DAILY | KW_ON
	| KW_IDLE | KW_PLATFORM | KW_STAGE | KW_CLUSTER | KW_INTERFACE
	| KW_FACES | KW_MANAGE | KW_ROUTING | KW_LIMIT | KW_FRAGMENTS
	| KW_SUPPORTS | KW_INSPECT | KW_NO | KW_PATH | KW_HOPS | KW_VIA;
service_word: KW_TCP | KW_UDP | KW_SCTP | KW_DCCP | KW_UDPLITE | KW_ICMP
	| KW_ICMPV6 | KW_PROTO | KW_ETHERTYPE;
word: plain_word | service_word;
name: word { $$ = build_name(parser, $1, &@1); };
names: name { $$ = list_add((struct tree_name *)NULL, $1); }
	| names ',' name { $$ = list_add($1, $3); };
string: STRING { $$ = build_text($1, &@1); };
title: string | %empty { $$ = build_text(NULL, &@$); };
text_value: string | word { $$ = build_text($1, &@1); };
name_value: name | INTERFACE_NAME { $$ = build_name(parser, $1, &@1); }
	| STRING { $$ = build_name(parser, $1, &@1); };
date: DATE { $$ = build_date($1, &@1); };
numbers: NUMBER { $$ = build_number(parser, NULL, $1, &@1); }
	| numbers ',' NUMBER { $$ = build_number(parser, $1, $3, &@3); };
addresses: ADDRESS { $$ = build_range(parser, NULL, $1, &@1); }
	| addresses ',' ADDRESS { $$ = build_range(parser, $1, $3, &@3); };
mac: MAC { $$ = build_mac(parser, $1, &@1); }
	| WORD { $$ = build_mac_word(parser, $1, &@1); };
macs: mac { $$ = list_add((struct tree_mac *)NULL, $1); }
	| macs ',' mac { $$ = list_add($1, $3); };
level: NUMBER { $$ = build_level(parser, $1, &@1); } | LEVEL_NUMBER;
levels: level
	| LEVEL_RANGE { $$ = build_level_range(parser, $1, &@1); }
	| GE level { $$ = build_levels($2.lo, LEVEL_5); }
	| LE level { $$ = build_levels(LEVEL_0, $2.lo); }
	| '>' level { $$ = build_levels_above($2.lo); }
	| '<' level { $$ = build_levels_below($2.lo); }
	;

/* ---- endpoints ---- */

endpoint: name { $$ = build_endpoint_name(parser, $1); }
	| ADDRESS { $$ = build_endpoint_address(parser, $1, &@1); }
	| TAG { $$ = build_endpoint(parser, ENDPOINT_TAG, $1, &@1); }
	| KW_EXTERNAL { $$ = build_endpoint(parser, ENDPOINT_EXTERNAL, NULL, &@1); }
	| KW_ANY { $$ = build_endpoint(parser, ENDPOINT_ANY, NULL, &@1); }
	| KW_LEVEL levels { $$ = build_endpoint_level(parser, $2, &@$); }
	;
endpoint_list: endpoint { $$ = list_add((struct tree_endpoint *)NULL, $1); }
	| endpoint_list ',' endpoint { $$ = list_add($1, $3); };
endpoints: endpoint_list { $$ = build_endpoints($1, NULL, &@$); }
	| endpoint_list KW_EXCEPT endpoint_list { $$ = build_endpoints($1, $3, &@$); };
side_zone: name { $$ = build_endpoint_name(parser, $1); }
	| KW_EXTERNAL { $$ = build_endpoint(parser, ENDPOINT_EXTERNAL, NULL, &@1); };
side: side_zone { $$ = list_add((struct tree_endpoint *)NULL, $1); }
	| side ',' side_zone { $$ = list_add($1, $3); };

/* ---- services ---- */

services: service { $$ = build_services(parser, NULL, $1); }
	| services ',' service { $$ = build_services(parser, $1, $3); };
service: KW_ANY { $$ = build_service(parser, SERVICE_ANY, &@1); }
	| plain_word { $$ = build_service_name(parser, $1, &@1); }
	| plain_word '(' operations ')'
		{ $$ = build_service_operations(parser, $1, $3, NULL, &@$); }
	| plain_word '(' operations KW_EXCEPT operations ')'
		{ $$ = build_service_operations(parser, $1, $3, $5, &@$); }
	| plain_word KW_ON carrier { $$ = build_service_on(parser, $1, $3, &@$); }
	| plain_word '(' operations ')' KW_ON carrier
		{ $$ = build_service_operations(parser, $1, $3, NULL, &@$);
		  build_service_bind($$, $6); }
	| plain_word '(' operations KW_EXCEPT operations ')' KW_ON carrier
		{ $$ = build_service_operations(parser, $1, $3, $5, &@$);
		  build_service_bind($$, $8); }
	| transport ports from_ports { $$ = build_transport(parser, $1, $2, $3, &@$); }
	| NUMBER { $$ = build_continued(parser, $1, $1, &@1); }
	| NUMBER_RANGE { $$ = build_continued(parser, $1.lo, $1.hi, &@1); }
	| KW_ICMP { $$ = build_icmp(parser, 1, -1, -1, &@$); }
	| KW_ICMP KW_ANY { $$ = build_icmp(parser, 1, -1, -1, &@$); }
	| KW_ICMP NUMBER { $$ = build_icmp(parser, 1, (int64_t)$2, -1, &@$); }
	| KW_ICMP NUMBER_SLASH { $$ = build_icmp(parser, 1, $2.lo, $2.hi, &@$); }
	| KW_ICMP WORD { $$ = build_icmp_name(parser, 1, $2, &@2); }
	| KW_ICMPV6 { $$ = build_icmp(parser, 58, -1, -1, &@$); }
	| KW_ICMPV6 KW_ANY { $$ = build_icmp(parser, 58, -1, -1, &@$); }
	| KW_ICMPV6 NUMBER { $$ = build_icmp(parser, 58, (int64_t)$2, -1, &@$); }
	| KW_ICMPV6 NUMBER_SLASH { $$ = build_icmp(parser, 58, $2.lo, $2.hi, &@$); }
	| KW_ICMPV6 WORD { $$ = build_icmp_name(parser, 58, $2, &@2); }
	| KW_PROTO NUMBER { $$ = build_proto(parser, $2, &@$); }
	| KW_ETHERTYPE NUMBER { $$ = build_ethertype(parser, $2, &@$); }
	;
carrier: transport ports from_ports { $$ = build_transport(parser, $1, $2, $3, &@1); }
	| KW_ETHERTYPE NUMBER { $$ = build_ethertype(parser, $2, &@$); };
transport: KW_TCP { $$ = 6; } | KW_UDP { $$ = 17; } | KW_SCTP { $$ = 132; }
	| KW_DCCP { $$ = 33; } | KW_UDPLITE { $$ = 136; };
ports: %empty { $$ = NULL; }
	| KW_ANY { $$ = NULL; }
	| NUMBER { $$ = build_ports(parser, $1, $1, &@1); }
	| NUMBER_RANGE { $$ = build_ports(parser, $1.lo, $1.hi, &@1); };
from_ports: %empty { $$ = NULL; } | KW_FROM ports { $$ = $2; };
operations: operation { $$ = list_add((struct tree_operation *)NULL, $1); }
	| operations ',' operation { $$ = list_add($1, $3); };
operation: word { $$ = build_operation(parser, $1, &@1); }
	| KW_ANY { $$ = build_operation_any(parser, &@1); }
	| word NUMBER { $$ = build_operation_number(parser, $1, $2, $2, &@$); }
	| word NUMBER_RANGE { $$ = build_operation_number(parser, $1, $2.lo, $2.hi, &@$); }
	| word WORD { $$ = build_operation_none(parser, $1, $2, &@$); };
transport_services: transport ports
		{ $$ = build_services(parser, NULL, build_transport(parser, $1, $2, NULL, &@$)); }
	| KW_ETHERTYPE NUMBER
		{ $$ = build_services(parser, NULL, build_ethertype(parser, $2, &@$)); }
	| transport_services ',' transport ports
		{ $$ = build_services(parser, $1, build_transport(parser, $3, $4, NULL, &@3)); }
	| transport_services ',' KW_ETHERTYPE NUMBER
		{ $$ = build_services(parser, $1, build_ethertype(parser, $4, &@3)); }
	| transport_services ',' NUMBER
		{ $$ = build_services(parser, $1, build_continued(parser, $3, $3, &@3)); }
	| transport_services ',' NUMBER_RANGE
		{ $$ = build_services(parser, $1, build_continued(parser, $3.lo, $3.hi, &@3)); };

/* ---- statements ---- */

statements: statement | statements separator statement;
statement: %empty
	| error { build_abandon(parser); }
	| policy | zone | asset | group | service_def | protocol | schedule | mode
	| conduit | device | exception | assertion
	| rule { build_rule_outside(parser, $1); }
	| KW_INCLUDE STRING { loader_include(parser, $2, @2); }
	| KW_INVENTORY STRING { loader_inventory(parser, $2, @2); }
	;

policy: policy_head | policy_head open policy_items close;
policy_head: KW_POLICY STRING { build_policy(parser, $2, &@2); };
policy_items: policy_item | policy_items separator policy_item;
policy_item: %empty | error
	| KW_OWNER text_value { build_value(parser, &parser->policy->owner, "owner", $2); }
	| KW_TIMEZONE text_value { build_value(parser, &parser->policy->timezone, "timezone", $2); }
	| KW_DESCRIPTION text_value
		{ build_value(parser, &parser->policy->description, "description", $2); }
	;

zone: zone_head { build_zone_close(parser); }
	| zone_head open zone_items close { build_zone_close(parser); };
zone_head: KW_ZONE name KW_LEVEL level { build_zone(parser, $2, $4.lo, &@$); };
zone_items: zone_item | zone_items separator zone_item;
zone_item: %empty | error
	| KW_SUBNET addresses { list_join(parser->zone->subnets, $2); }
	| KW_MULTICAST addresses { list_join(parser->zone->multicast, $2); }
	| KW_VLAN numbers { build_vlans(parser, $2); }
	| KW_SECURITY_LEVEL NUMBER { build_security_level(parser, $2, &@2); }
	| KW_INTRAZONE verdict { build_intrazone(parser, $2, &@$); }
	| KW_INVENTORY WORD { build_inventory_complete(parser, $2, &@2); }
	| KW_OWNER text_value { build_value(parser, &parser->zone->owner, "owner", $2); }
	| KW_CRITICALITY text_value
		{ build_value(parser, &parser->zone->criticality, "criticality", $2); }
	| KW_PURPOSE text_value { build_value(parser, &parser->zone->purpose, "purpose", $2); }
	;

asset: asset_head { build_asset_close(parser); }
	| asset_head open asset_items close { build_asset_close(parser); };
asset_head: KW_ASSET name KW_IN names { build_asset(parser, $2, $4, &@$); };
asset_items: asset_item | asset_items separator asset_item;
asset_item: %empty | error
	| KW_ADDRESS addresses { build_addresses(parser, &parser->asset->addresses, $2); }
	| KW_MAC macs { list_join(parser->asset->macs, $2); }
	| KW_ROLE names { list_join(parser->asset->roles, $2); }
	| KW_TAG names { list_join(parser->asset->tags, $2); }
	| KW_VENDOR text_value { build_value(parser, &parser->asset->vendor, "vendor", $2); }
	| KW_MODEL text_value { build_value(parser, &parser->asset->model, "model", $2); }
	| KW_FIRMWARE text_value { build_value(parser, &parser->asset->firmware, "firmware", $2); }
	| KW_OS text_value { build_value(parser, &parser->asset->os, "os", $2); }
	| KW_SERIAL text_value { build_value(parser, &parser->asset->serial, "serial", $2); }
	| KW_OWNER text_value { build_value(parser, &parser->asset->owner, "owner", $2); }
	| KW_CRITICALITY text_value
		{ build_value(parser, &parser->asset->criticality, "criticality", $2); }
	| KW_END_OF_SUPPORT date
		{ build_date_once(parser, &parser->asset->end_of_support, "end-of-support", $2); }
	| KW_UNPATCHABLE { parser->asset->unpatchable = true; }
	;

group: KW_GROUP name '=' endpoints { build_group(parser, $2, $4, &@$); };

service_def: service_head | service_head service_idle
	| service_head open service_items close;
service_head: KW_SERVICE name title '=' services { build_service_def(parser, $2, $3, $5, &@$); };
service_idle: KW_IDLE DURATION { build_idle(parser, $2, &@2); };
service_items: service_item | service_items separator service_item;
service_item: %empty | error | service_idle;

protocol: protocol_head open protocol_items close { build_protocol_close(parser); };
protocol_head: KW_PROTOCOL name title { build_protocol(parser, $2, $3, &@$); };
protocol_items: protocol_item | protocol_items separator protocol_item;
protocol_item: %empty | error
	| KW_ON transport_services { build_protocol_on(parser, $2); }
	| WORD functions { build_functions(parser, $1, &@1, $2); }
	| WORD functions KW_ON names { build_parameters(parser, $1, &@1, $2, $4); }
	;
functions: function { $$ = list_add((struct tree_function *)NULL, $1); }
	| functions ',' function { $$ = list_add($1, $3); };
function: name NUMBER { $$ = build_function(parser, $1, $2, $2, &@2); }
	| name NUMBER_RANGE { $$ = build_function(parser, $1, $2.lo, $2.hi, &@2); };

schedule: schedule_head open schedule_items close { build_schedule_close(parser); };
schedule_head: KW_SCHEDULE name { build_schedule(parser, $2, &@$); };
schedule_items: schedule_item | schedule_items separator schedule_item;
schedule_item: %empty | error
	| KW_WEEKLY names TIME '-' TIME { build_weekly(parser, $2, $3, $5, &@$); }
	| KW_WEEKLY names TIME '-' name TIME { build_weekly_span(parser, $2, $3, $5, $6, &@$); }
	| KW_DAILY TIME '-' TIME { build_daily(parser, $2, $4, &@$); }
	| KW_ON DATE { build_dated(parser, $2, 0, $2, 1440, &@$); }
	| KW_ON DATE TIME '-' TIME { build_dated(parser, $2, $3, $2, $5, &@$); }
	| KW_ON DATE TIME '-' DATE TIME { build_dated(parser, $2, $3, $5, $6, &@$); }
	;

mode: KW_MODE name title { build_mode(parser, $2, $3, &@$); };

conduit: conduit_head open conduit_items close { build_conduit_close(parser); };
conduit_head: KW_CONDUIT name KW_BETWEEN side KW_AND side
		{ build_conduit(parser, $2, $4, $6, &@$); }
	| KW_CONDUIT name KW_WITHIN side { build_conduit(parser, $2, $4, NULL, &@$); };
conduit_items: conduit_item | conduit_items separator conduit_item;
conduit_item: %empty | error
	| KW_PURPOSE text_value { build_value(parser, &parser->conduit->purpose, "purpose", $2); }
	| KW_OWNER text_value { build_value(parser, &parser->conduit->owner, "owner", $2); }
	| rule { build_rule_inside(parser, $1); }
	;

verdict: KW_ALLOW { $$ = 1; } | KW_DENY { $$ = 0; };
rule: rule_head | rule_head modifiers { $$ = build_rule_modify(parser, $1); };
rule_head: verdict endpoints ARROW endpoints ':' services
		{ $$ = build_rule(parser, $1, $2, $4, $6, &@$); };

modifiers: modifiers_open modifier_items close;
modifiers_open: open { build_modifiers(parser); };
modifier_items: modifier_item | modifier_items separator modifier_item;
modifier_item: %empty | error
	| KW_DURING names { list_join(parser->modifiers.during, $2); }
	| KW_FROM date { build_date_once(parser, &parser->modifiers.from, "from", $2); }
	| KW_UNTIL date { build_date_once(parser, &parser->modifiers.until, "until", $2); }
	| KW_IN names { list_join(parser->modifiers.in, $2); }
	| KW_LOG { parser->modifiers.log = true; }
	| KW_TICKET text_value { build_value(parser, &parser->modifiers.ticket, "ticket", $2); }
	| KW_OWNER text_value { build_value(parser, &parser->modifiers.owner, "owner", $2); }
	| KW_REASON text_value { build_value(parser, &parser->modifiers.reason, "reason", $2); }
	| KW_ID name { build_modifier_id(parser, $2); }
	;

device: device_head open device_items close { build_device_close(parser); };
device_head: KW_DEVICE name { build_device(parser, $2, &@$); };
device_items: device_item | device_items separator device_item;
device_item: %empty | error
	| KW_PLATFORM name { build_single(parser, &parser->device->platform, "platform", $2); }
	| KW_CLUSTER name { build_single(parser, &parser->device->cluster, "cluster", $2); }
	| KW_STAGE name { build_stage(parser, $2); }
	| KW_INSPECT name { build_inspect(parser, $2, &@$); }
	| KW_ADDRESS addresses { build_addresses(parser, &parser->device->addresses, $2); }
	| KW_MANAGE KW_FROM endpoints ':' services { build_manage(parser, $3, $5, &@$); }
	| KW_ROUTING names { list_join(parser->device->routing, $2); }
	| KW_LIMIT name NUMBER { build_limit(parser, $2, $3); }
	| KW_FRAGMENTS name { build_fragments(parser, $2); }
	| KW_SUPPORTS names { list_join(parser->device->supports, $2); }
	| interface | interface open interface_items close
	;
interface: KW_INTERFACE name_value KW_FACES side { build_interface(parser, $2, $4, &@$); };
interface_items: interface_item | interface_items separator interface_item;
interface_item: %empty | error
	| KW_ADDRESS addresses { build_addresses(parser, &parser->interface->addresses, $2); }
	;

exception: exception_head | exception_head exception_tail;
exception_head: KW_EXCEPTION name STRING { build_exception(parser, $2, $3, &@$); };
exception_tail: KW_UNTIL date { build_exception_until(parser, $2); }
	| KW_ON name { build_exception_on(parser, $2); }
	| KW_UNTIL date KW_ON name
		{ build_exception_until(parser, $2); build_exception_on(parser, $4); }
	| KW_ON name KW_UNTIL date
		{ build_exception_on(parser, $2); build_exception_until(parser, $4); }
	;

assertion: assert_flow | assert_flow modifiers { build_assert_modify(parser); }
	| KW_ASSERT KW_NO KW_PATH endpoints LEADS_TO endpoint_list path_limits
		{ build_no_path(parser, $4, build_endpoints($6, NULL, &@6), $7, &@$); }
	| KW_ASSERT KW_NO KW_PATH endpoints LEADS_TO endpoint_list KW_EXCEPT endpoint_list path_limits
		{ build_no_path(parser, $4, build_endpoints($6, $8, &@6), $9, &@$); }
	;
assert_flow: KW_ASSERT verdict endpoints ARROW endpoints ':' services
		{ build_assert(parser, $2, $3, $5, $7, &@$); };
path_limits: %empty { $$ = build_limits(0, build_endpoints(NULL, NULL, &@$)); }
	| hops { $$ = build_limits($1, build_endpoints(NULL, NULL, &@$)); }
	| via { $$ = build_limits(0, $1); }
	| hops via { $$ = build_limits($1, $2); }
	| via hops { $$ = build_limits($2, $1); }
	;
hops: KW_WITHIN NUMBER KW_HOPS { $$ = build_hops(parser, $2, &@2); };
via: KW_EXCEPT KW_VIA endpoints { $$ = $3; };

question: question_flow | question_flow modifiers { build_question_modify(parser); } | error;
question_flow: endpoints ARROW endpoints ':' services
		{ build_question(parser, $1, $3, $5, &@$); };
%%

static bool symbol_is_word(int symbol)
{
	return symbol == YYSYMBOL_WORD ||
	       (symbol >= YYSYMBOL_KW_POLICY && symbol <= YYSYMBOL_KW_VIA);
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parser *parser)
{
	yysymbol_kind_t symbols[LEX_EXPECTED_MAX];
	int count = yypcontext_expected_tokens(context, symbols, LEX_EXPECTED_MAX);
	yysymbol_kind_t token = yypcontext_token(context);
	struct lex_expected expected = { .count = 0 };

	for (int i = 0; i < count; i++)
		expected.names |= symbols[i] == YYSYMBOL_WORD;
	/* Where a name fits, every word fits as a name. */
	for (int i = 0; i < count; i++)
		if (!expected.names || !symbol_is_word(symbols[i]) ||
		    symbols[i] == YYSYMBOL_WORD)
			expected.texts[expected.count++] = yysymbol_name(symbols[i]);
	lex_report(parser, *yypcontext_location(context), symbol_is_word(token), &expected);
	return 0;
}

/* Only for what is no syntax error: the stack is exhausted. */
static void parse_error(const struct span *where, struct parser *parser, const char *message)
{
	parser_error(parser, *where, "%s", message);
}
