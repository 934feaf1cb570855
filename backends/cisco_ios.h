/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the IOS backend, shared by cisco_ios*.c. */
#ifndef BACKENDS_CISCO_IOS_H
#define BACKENDS_CISCO_IOS_H

#include "backends/cisco.h"

struct ios {
	struct arena *arena;        /* of the output */
	struct filter *filter;
	const struct backend_options *options;
	struct diags *diags;
	VEC(struct filter_activity) activities; /* the filter's, and what is left of them */
	struct address_set own;     /* the device's addresses */
	struct address_set sent;    /* groups, see cisco_sent_groups() */
	struct filter_pair *pairs;  /* the filter's, holes of its own addresses filled */
	bool six_groups;            /* the device has object groups of IPv6 */
	bool fine;
};

/* The note of what lets errors to those who take part in what rules admit. */
extern const char ios_note_errors[];

/* The entries of the list that is bound inbound to an interface, without the
 * final deny. May add activities. False in ios->fine what cannot be said. */
void ios_list_make(struct ios *ios, struct cisco_aces *aces, const char *interface,
		   enum family family);

/* The same outbound, on packets to groups; nothing is left for a final deny. */
void ios_list_make_outbound(struct ios *ios, struct cisco_aces *aces, const char *interface,
			    enum family family);

/* Marks the groups that a list uses as used, but for those beyond its limits, which its
 * entries then write out. */
void ios_limit_groups(struct cisco_aces *aces);

/* What a stateless list admits beyond the policy, as entries of the remainder. */
void ios_residue(struct ios *ios, struct backend_output *output);

/* Prints an entry of a list. */
void ios_print_ace(struct strbuf *text, const struct cisco_ace *ace,
		   const struct cisco_times *times);
/* How many entries of the device's hardware it takes. */
size_t ios_ace_size(const struct cisco_ace *ace, const struct cisco_times *times);

extern const struct cisco_group_style ios_group_style;

#endif
