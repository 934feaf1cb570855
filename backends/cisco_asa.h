/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the ASA backend, shared by cisco_asa*.c. */
#ifndef BACKENDS_CISCO_ASA_H
#define BACKENDS_CISCO_ASA_H

#include "backends/cisco.h"

enum asa_use { USE_INBOUND, USE_OUTBOUND, USE_CONTROL };

struct asa_list {
	const char *interface, *name;
	enum asa_use use;
	struct cisco_aces aces;
	const char *old;
};

struct asa {
	struct arena *arena;
	struct filter *filter;
	const struct backend_options *options;
	struct diags *diags;
	struct backend_output *output;
	struct cisco_groups *groups;
	struct cisco_times times;
	struct cisco_change change;
	VEC(struct asa_list) lists;
	struct strbuf text; /* of the lists */
	struct address_set own;  /* the device's addresses */
	struct address_set sent; /* groups, see cisco_sent_groups() */
	size_t entries;
	bool fine;
};

/* cisco_asa_print.c: the entries of a list, to the text of the lists; entries in a
 * row that differ in their service alone are one line. */
void asa_print_list(struct asa *asa, struct asa_list *list);

/* cisco_asa_manage.c: who may reach the device itself. False, reported, where the
 * platform's lines cannot say it. */
bool asa_manage_check(struct asa *asa);
void asa_print_management(struct asa *asa, struct strbuf *text);

/* cisco_asa_state.c: what is inspected, and what equal levels let through. */
void asa_print_state(struct asa *asa, struct strbuf *text);

#endif
