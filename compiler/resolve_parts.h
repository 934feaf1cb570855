/* SPDX-License-Identifier: Apache-2.0
 *
 * What the steps of a resolution ask of each other. */
#ifndef COMPILER_RESOLVE_PARTS_H
#define COMPILER_RESOLVE_PARTS_H

#include "compiler/resolve.h"

void model_index_make(struct model *model);
bool resolve_question(struct resolve *r, const struct tree_assert *tree,
		      struct assertion *out);

/* The addresses of one asset, or of all assets of a role or tag. An asset
 * without an address is an error where it is used. */
struct address_set asset_extent(struct resolve *r, const struct symbol *symbol,
				struct span where);
struct address_set tag_extent(struct resolve *r, const char *name, struct span where);

enum { FUNCTION_MAX = 65535 };

/* The functions by class, and the parameters, of protocol->tree. */
void resolve_table(struct resolve *r, struct protocol *protocol);
/* resolve_meant.c: hints at what a name was that the protocol does not have. */
void meant_operation(struct resolve *r, struct diag *diag, const struct protocol *protocol,
		     const char *name);
void meant_parameter(struct resolve *r, struct diag *diag, const struct protocol *protocol,
		     const char *name);
/* The contents that NAME(operations) matches; index: the protocol's. */
struct contents operations_of(struct resolve *r, const struct tree_service *s, uint16_t index,
			      enum service_use use);
/* Which dimensions of which protocols the rules tell apart. */
void resolve_told_apart(struct model *model);

/* What is let to the device itself. */
void resolve_own_rules(struct resolve *r, struct device *device);

#endif
