/* SPDX-License-Identifier: Apache-2.0
 *
 * The constructors that grammar actions call. What a constructor refuses it
 * reports; it then returns a node all the same, so that parsing goes on. Lists
 * come and go as rings (parser.h) until a *_close or the end of a statement. */
#ifndef LANG_BUILD_H
#define LANG_BUILD_H

#include "lang/parse.h"
#include "lang/parser.h"

/* names and values: build_value.c */
struct tree_name *build_name(struct parser *parser, const char *text, const struct span *where);
struct tree_text build_text(const char *text, const struct span *where);
struct tree_date build_date(int32_t day, const struct span *where);
struct tree_number *build_number(struct parser *parser, struct tree_number *ring,
				 uint32_t value, const struct span *where);
struct tree_range *build_range(struct parser *parser, struct tree_range *ring,
			       struct address_range range, const struct span *where);
struct tree_mac *build_mac(struct parser *parser, struct mac mac, const struct span *where);
struct tree_mac *build_mac_word(struct parser *parser, const char *text,
				const struct span *where);
struct level_pair build_level(struct parser *parser, uint32_t number, const struct span *where);
struct level_pair build_level_range(struct parser *parser, struct level_pair levels,
				    const struct span *where);
struct level_pair build_levels(enum level lo, enum level hi);
struct level_pair build_levels_above(enum level level);
struct level_pair build_levels_below(enum level level);
void build_value(struct parser *parser, struct tree_text *slot, const char *key,
		 struct tree_text value);
void build_single(struct parser *parser, struct tree_name **slot, const char *key,
		  struct tree_name *value);
void build_addresses(struct parser *parser, struct tree_range **ring, struct tree_range *more);
/* `key` may be given once: says that it was given before, at `first`. */
void build_repeated(struct parser *parser, const char *key, struct span where,
		    struct span first);
/* Keeps in `slot` where it was given, and says so if that is the second time. */
void build_once(struct parser *parser, struct span *slot, const char *key,
		const struct span *where);
void build_date_once(struct parser *parser, struct tree_date *slot, const char *key,
		     struct tree_date date);

/* endpoints: build_flow.c */
struct tree_endpoint *build_endpoint(struct parser *parser, enum endpoint_kind kind,
				     const char *text, const struct span *where);
struct tree_endpoint *build_endpoint_name(struct parser *parser, const struct tree_name *name);
struct tree_endpoint *build_endpoint_address(struct parser *parser, struct address_range range,
					     const struct span *where);
struct tree_endpoint *build_endpoint_level(struct parser *parser, struct level_pair levels,
					   const struct span *where);
struct tree_endpoints build_endpoints(struct tree_endpoint *include,
				      struct tree_endpoint *except, const struct span *where);

/* services: build_service.c */
struct tree_service *build_services(struct parser *parser, struct tree_service *ring,
				    struct tree_service *item);
struct tree_service *build_service(struct parser *parser, enum service_kind kind,
				   const struct span *where);
struct tree_service *build_service_name(struct parser *parser, const char *text,
					const struct span *where);
struct tree_service *build_service_operations(struct parser *parser, const char *text,
					      struct tree_operation *operations,
					      struct tree_operation *except,
					      const struct span *where);
struct tree_service *build_service_on(struct parser *parser, const char *text,
				      struct tree_service *on, const struct span *where);
void build_service_bind(struct tree_service *service, struct tree_service *on);
struct tree_service *build_transport(struct parser *parser, uint32_t protocol,
				     struct tree_ports *ports, struct tree_ports *from,
				     const struct span *where);
/* `443` after `tcp 80, `: takes the transport of what stands before it. */
struct tree_service *build_continued(struct parser *parser, uint32_t lo, uint32_t hi,
				     const struct span *where);
struct tree_service *build_icmp(struct parser *parser, uint8_t protocol, int64_t type,
				int64_t code, const struct span *where);
struct tree_service *build_icmp_name(struct parser *parser, uint8_t protocol,
				     const char *text, const struct span *where);
struct tree_service *build_proto(struct parser *parser, uint32_t number,
				 const struct span *where);
struct tree_service *build_ethertype(struct parser *parser, uint32_t number,
				     const struct span *where);
struct tree_ports *build_ports(struct parser *parser, uint32_t lo, uint32_t hi,
			       const struct span *where);
struct tree_operation *build_operation(struct parser *parser, const char *text,
				       const struct span *where);
struct tree_operation *build_operation_any(struct parser *parser, const struct span *where);
struct tree_operation *build_operation_number(struct parser *parser, const char *text,
					      uint32_t lo, uint32_t hi,
					      const struct span *where);
/* `holding none` */
struct tree_operation *build_operation_none(struct parser *parser, const char *text,
					    const char *none, const struct span *where);

/* statements without rules: build_statement.c */
struct tree_statement *build_statement(struct parser *parser, enum statement_kind kind);
void build_policy(struct parser *parser, const char *name, const struct span *where);
void build_zone(struct parser *parser, const struct tree_name *name, enum level level,
		const struct span *where);
void build_vlans(struct parser *parser, struct tree_number *numbers);
void build_intrazone(struct parser *parser, uint32_t allow, const struct span *where);
void build_security_level(struct parser *parser, uint32_t number, const struct span *where);
void build_inventory_complete(struct parser *parser, const char *word,
			      const struct span *where);
void build_zone_close(struct parser *parser);
/* Closes the statement that a syntax error left open, if any: no ring may reach
 * the tree's readers. */
void build_abandon(struct parser *parser);
void build_asset(struct parser *parser, const struct tree_name *name, struct tree_name *zones,
		 const struct span *where);
void build_asset_close(struct parser *parser);
void build_group(struct parser *parser, const struct tree_name *name,
		 struct tree_endpoints members, const struct span *where);
void build_service_def(struct parser *parser, const struct tree_name *name,
		       struct tree_text title, struct tree_service *services,
		       const struct span *where);
void build_idle(struct parser *parser, uint32_t seconds, const struct span *where);
void build_protocol(struct parser *parser, const struct tree_name *name,
		    struct tree_text title, const struct span *where);
void build_protocol_on(struct parser *parser, struct tree_service *on);
void build_functions(struct parser *parser, const char *class_word, const struct span *where,
		     struct tree_function *functions);
/* `object coil 0-65535 on read-coils`: parameters, and the functions that take them. */
void build_parameters(struct parser *parser, const char *word, const struct span *where,
		      struct tree_function *parameters, struct tree_name *functions);
struct tree_function *build_function(struct parser *parser, const struct tree_name *name,
				     uint32_t lo, uint32_t hi, const struct span *where);
void build_protocol_close(struct parser *parser);
void build_mode(struct parser *parser, const struct tree_name *name, struct tree_text title,
		const struct span *where);
void build_exception(struct parser *parser, const struct tree_name *finding,
		     const char *reason, const struct span *where);
void build_exception_until(struct parser *parser, struct tree_date until);
void build_exception_on(struct parser *parser, struct tree_name *name);

/* schedules: build_schedule.c */
void build_schedule(struct parser *parser, const struct tree_name *name,
		    const struct span *where);
void build_weekly(struct parser *parser, struct tree_name *days, uint32_t start, uint32_t end,
		  const struct span *where);
void build_weekly_span(struct parser *parser, struct tree_name *first, uint32_t start,
		       const struct tree_name *last, uint32_t end, const struct span *where);
void build_daily(struct parser *parser, uint32_t start, uint32_t end, const struct span *where);
void build_dated(struct parser *parser, int32_t start_day, uint32_t start, int32_t end_day,
		 uint32_t end, const struct span *where);
void build_schedule_close(struct parser *parser);

/* rules, conduits, asserts: build_flow.c */
void build_conduit(struct parser *parser, const struct tree_name *name,
		   struct tree_endpoint *left, struct tree_endpoint *right,
		   const struct span *where);
void build_conduit_close(struct parser *parser);
void build_modifiers(struct parser *parser);
void build_modifier_id(struct parser *parser, struct tree_name *id);
struct tree_rule *build_rule(struct parser *parser, uint32_t allow,
			     struct tree_endpoints source, struct tree_endpoints destination,
			     struct tree_service *services, const struct span *where);
struct tree_rule *build_rule_modify(struct parser *parser, struct tree_rule *rule);
void build_rule_inside(struct parser *parser, struct tree_rule *rule);
void build_rule_outside(struct parser *parser, struct tree_rule *rule);
void build_assert(struct parser *parser, uint32_t allow, struct tree_endpoints source,
		  struct tree_endpoints destination, struct tree_service *services,
		  const struct span *where);
void build_assert_modify(struct parser *parser);
void build_no_path(struct parser *parser, struct tree_endpoints source,
		   struct tree_endpoints destination, struct path_limits limits,
		   const struct span *where);
struct path_limits build_limits(uint32_t hops, struct tree_endpoints via);
uint32_t build_hops(struct parser *parser, uint32_t hops, const struct span *where);
void build_question(struct parser *parser, struct tree_endpoints source,
		    struct tree_endpoints destination, struct tree_service *services,
		    const struct span *where);
void build_question_modify(struct parser *parser);

/* devices: build_device.c */
void build_device(struct parser *parser, const struct tree_name *name,
		  const struct span *where);
void build_stage(struct parser *parser, const struct tree_name *word);
void build_fragments(struct parser *parser, const struct tree_name *word);
void build_inspect(struct parser *parser, const struct tree_name *word,
		   const struct span *where);
void build_manage(struct parser *parser, struct tree_endpoints from,
		  struct tree_service *services, const struct span *where);
void build_limit(struct parser *parser, struct tree_name *name, uint32_t value);
void build_interface(struct parser *parser, const struct tree_name *name,
		     struct tree_endpoint *faces, const struct span *where);
void build_device_close(struct parser *parser);

#endif
