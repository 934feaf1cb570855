/* SPDX-License-Identifier: Apache-2.0
 *
 * Address ranges as prefixes, for platforms that know no ranges. The prefixes
 * of a range are the fewest that cover it exactly, in the order of addresses. */
#ifndef BACKENDS_PREFIXES_H
#define BACKENDS_PREFIXES_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "compiler/set.h"

struct prefix {
	u128 value;
	unsigned length; /* 0..32 or 0..128 */
};
VEC_TYPE(prefix_list, struct prefix);

/* Adds to the list; the caller frees it with vec_free(). A range of n bits
 * yields at most 2n - 2 prefixes. */
void prefixes_add_range(struct prefix_list *list, enum family family, struct range range);
void prefixes_add_set(struct prefix_list *list, enum family family, const struct set *set);
size_t prefixes_count(enum family family, const struct set *set);

/* The address of a prefix, and for IPv4 its netmask and wildcard (the mask
 * inverted), in dotted quads. */
void prefix_print_address(struct strbuf *text, enum family family, const struct prefix *prefix);
void prefix_print_netmask(struct strbuf *text, const struct prefix *prefix);
void prefix_print_wildcard(struct strbuf *text, const struct prefix *prefix);

#endif
