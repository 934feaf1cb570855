/* SPDX-License-Identifier: Apache-2.0
 *
 * What lists decide and where packets go, shared by read_cisco_decide.c and
 * read_cisco_pairs.c. */
#ifndef VERIFIER_CISCO_PAIRS_H
#define VERIFIER_CISCO_PAIRS_H

#include "compiler/topology.h"
#include "verifier/cisco.h"

/* Which packets are asked about: an entry sees them differently. */
enum cisco_scenario { FIRST, ESTABLISHED, FRAGMENTS, SCENARIOS };

enum cisco_way { IN, OUT, CONTROL, WAYS };

VEC_TYPE(cisco_entry_list, struct filter_entry);

/* What one list, or both families' lists of one interface, decide. */
struct cisco_decided {
	struct filter_entry *entries;
	size_t count;
	bool open;    /* it permits everything: no list is bound */
};

struct cisco_pairs {
	struct cisco *cisco;
	enum cisco_scenario scenario;
	struct filter *filter;
	struct topology *topology;
	struct cisco_decided *decided; /* by interface * WAYS + way */
	size_t interfaces;
	struct cisco_interface **interface;
	VEC(struct filter_pair) list;
	struct address_set own;
	const struct filter_pair **onto; /* by interface: what may leave by it */
};

/* The entries that match everything, of the packets at hand. */
struct filter_entry cisco_entry_all(struct cisco_pairs *pairs, bool allow);
/* What the lists of an interface decide one way. */
struct cisco_decided cisco_decide(struct cisco_pairs *pairs,
				  const struct cisco_interface *interface, enum cisco_way way);
/* ASA: what lines of management and the list of the control plane decide; and those
 * of ICMP. */
struct cisco_decided cisco_decide_services(struct cisco_pairs *pairs, const char *interface,
					   const struct cisco_decided *control);
struct cisco_decided cisco_decide_icmp(struct cisco_pairs *pairs, const char *interface);

#endif
