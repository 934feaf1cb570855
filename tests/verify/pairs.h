/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of tests/verify/pairs: two platforms of one device beside each other, between
 * two of its interfaces, in one family and for one range of protocols at a time. */
#ifndef TESTS_VERIFY_PAIRS_H
#define TESTS_VERIFY_PAIRS_H

#include "backends/backend.h"
#include "compiler/space.h"
#include "verifier/read.h"

enum { PAIRS_TCP = 6, PAIRS_ICMP = 1, PAIRS_ICMPV6 = 58 };

/* One device on its platform. */
struct pairs_side {
	const struct device *device;
	const struct backend *backend;
	struct filter intent; /* the policy's; its remainder is what the device declares */
	struct backend_output output;
	struct read_result read;
};

/* A filter whose activities are some of those of all that are compared. */
struct pairs_view {
	const struct filter *filter;
	uint32_t first;
};

struct pairs {
	const struct pairs_side *left, *right; /* if one keeps no state, the right one */
	struct arena arena;
	struct pairs_view plain, first, established, fragments, declared;
	struct activity_cells cells;
	/* what is being compared */
	const char *in, *out;
	enum family family;
	struct range protocols;
	const char *what;
	bool different;
};

/* One side of a question: what all lists of one of its terms let through. */
struct pairs_lists {
	struct space_list list[SPACE_LISTS / 2];
	uint8_t term[SPACE_LISTS / 2];
	size_t count;
};

/* True if the two differ, printed with one packet. */
bool pairs_compare(const struct pairs_side *left, const struct pairs_side *right);

/* ---- pairs_lists.c: each appends to the lists of a term ---- */

/* What the filter admits from one interface to the other; turned, what answers that. */
void pairs_admitted(struct pairs *c, struct pairs_lists *lists, const struct pairs_view *view,
		    bool turned, uint8_t term);

/* Of the pair, the allows whose answers are declared: by the rule's name, or, as
 * segments of TCP, for the device as a whole. Hosts: whatever the ports. */
enum pairs_shape { PAIRS_ANSWERS, PAIRS_SEGMENTS, PAIRS_HOSTS, PAIRS_HOSTS_BACK };
void pairs_declared(struct pairs *c, struct pairs_lists *lists, enum pairs_shape shape,
		    uint8_t term);
/* Errors from anywhere to whoever may initiate something that leaves by the interface, or
 * answer what comes in by it: unreachable, too big, time exceeded, parameter problem.
 * Hosts: of any type. */
void pairs_errors(struct pairs *c, struct pairs_lists *lists, bool hosts, uint8_t term);
/* What RFC 4890, section 4.4.1, says must not be dropped, to the device itself; and of it
 * reports of listeners (131) to any group. Hosts: of any type. */
void pairs_neighbours(struct pairs *c, struct pairs_lists *lists, bool hosts, uint8_t term);
/* Segments that look like answers to the device's own connections. */
void pairs_own(struct pairs *c, struct pairs_lists *lists, uint8_t term);

#endif
