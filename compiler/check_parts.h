/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of check_policy(): what the files check*.c do for it. Others use
 * compiler/check.h. */
#ifndef COMPILER_CHECK_PARTS_H
#define COMPILER_CHECK_PARTS_H

#include "compiler/check.h"

/* Names what a finding is about: the rule, and the conduit it stands in. */
void check_about_rule(struct diag *diag, const struct rule *rule);

/* check_rule.c: what each allow opens between levels, and with which services. */
void check_rules(const struct model *model, struct diags *diags);

/* check_service.c: what is said about a rule's services, empty for nothing. */
bool check_is_broad(const struct rule *rule);
void check_cleartext_text(struct strbuf *text, const struct rule *rule);
void check_lateral_text(struct strbuf *text, const struct rule *rule);
/* The same of protocols and destination ports. */
enum check_risky { CHECK_CLEARTEXT, CHECK_LATERAL };
struct check_ports {
	const struct set *protocols, *ports;
};
void check_risky_text(struct strbuf *text, enum check_risky kind,
		      const struct check_ports *ports, size_t count);
/* Write, control and program operations that it lets through. */
void check_change_text(struct strbuf *text, const struct model *model, const struct rule *rule);

/* check_duplicate.c: rules equal in meaning. first[i]: the first rule that
 * equals rule i, i itself if there is none before it. */
void check_duplicates(const struct model *model, uint32_t *first, struct diags *diags);

/* check_asset.c: unpatchable assets that other zones reach. */
void check_assets(const struct model *model, struct diags *diags);

/* check_inventory.c: addresses of no asset where the inventory is complete. */
void check_inventories(const struct model *model, struct diags *diags);

/* check_topology.c: flat boundaries and devices side by side; and the findings of
 * check_operations.c: operations that a device does not see. */
struct topology;
void check_topology(const struct model *model, struct diags *diags);
void check_operations(const struct model *model, struct topology *topology, struct diags *diags);

/* check_assert.c: a finding for each assert that fails, by intent or as enforced. */
void check_asserts(struct policy_space *space, const struct check_options *options,
		   struct diags *diags);

/* check_exception.c: accepts the warnings found so far that exceptions name,
 * and adds a finding for each exception that accepts none. */
void check_exceptions(const struct model *model, int64_t at, struct diags *diags);

#endif
