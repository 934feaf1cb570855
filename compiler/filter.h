/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter: what one device must do with the traffic it forwards. For each
 * pair of interfaces an ordered first-match list, ending in deny. Backends
 * print a filter, readers build a filter from a configuration, and the prover
 * compares two filters. Nothing else passes between them. Plain data in the
 * arena it was built in. */
#ifndef COMPILER_FILTER_H
#define COMPILER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "compiler/activity.h"
#include "compiler/model.h"
#include "compiler/set.h"
#include "compiler/space.h"

/* One entry: a product of sets. Addresses of both families at once; an entry
 * matches IPv4 packets by family[0] sets and IPv6 packets by family[1] sets. */
struct filter_entry {
	bool allow;
	bool log;
	struct address_set source, destination;
	const struct set *protocols;
	const struct set *src_ports;   /* ICMP: types */
	const struct set *dst_ports;   /* ICMP: codes */
	uint32_t activity;             /* index into filter.activities; 0: always */
	uint32_t payload;              /* index into filter.payloads; 0: any */
	uint32_t idle_seconds;         /* conversation timeout asked for, 0: none */
	const struct rule **rules;     /* the model rules it comes from, by index; a
					  reader leaves this NULL */
	size_t rule_count;
	struct span where;             /* a reader's: the configuration's own lines */
	bool otherwise;                /* a reader's: the default of a list, no line of its own */
	bool uncertain;                /* a reader's: it matches these packets or fewer, for it
					  holds a condition that could not be interpreted */
};

/* The `out` of what is for the device itself, and no interface's name. */
#define FILTER_SELF "(self)"

struct filter_pair {
	const char *in, *out;          /* interface names, or out FILTER_SELF; a reader calls
					  every interface that nobody names "*" */
	struct filter_entry *entries;  /* first match decides; nothing matches: deny */
	size_t entry_count;
	const struct filter_pair *also; /* a reader's: another list that must allow, too (another
					  chain or access list on the way); NULL: none */
};

/* What may come in by an interface: sources that lie behind it. */
struct filter_interface {
	const char *name;
	struct address_set behind;
};

/* What the device enforces more widely than the policy is written. */
struct filter_remainder {
	const char *kind;        /* "operations", "deny-operations", "ongoing", "idle", "horizon" ... */
	const struct rule *rule; /* NULL: the device as a whole */
	const char *message;     /* what remains for the verifier to watch */
};

/* Activity as sets of epoch-second windows, clipped to [at, horizon). */
struct filter_activity {
	const struct set *windows;  /* seconds since 1970, both ends inside */
	const char *label;          /* what they follow from, and no other windows:
				       "allow during weekend-stop until 2027-03-31" */
};

/* What packets may carry: numbers of compiler/payload.h. */
struct filter_payload {
	const struct set *points;
	const struct payload_protocol *protocol; /* NULL: any, or a reader's */
	uint8_t transport;                       /* IP protocol */
};

struct filter {
	const char *device;
	const struct device *model_device;   /* NULL in a reader's */
	struct filter_interface *interfaces;
	size_t interface_count;
	struct address_set groups;           /* groups and broadcasts that zones may send to
						across it, whatever rules say; none in a
						reader's */
	struct filter_pair *pairs;           /* sorted by (in, out); no pair: all denied */
	size_t pair_count;
	struct filter_activity *activities;  /* [0]: always */
	size_t activity_count;
	struct filter_payload *payloads;     /* [0]: any; none where nothing is inspected */
	size_t payload_count;
	bool inspects;                       /* the device is asked to tell operations apart */
	int64_t at, horizon;                 /* valid for instants in [at, horizon) */
	bool timed;                          /* rules of the policy have times: it is not
						known to be valid from the horizon on */
	bool monitor;                        /* logs what it would drop and drops nothing */
	bool covers_self;                    /* pairs (in, FILTER_SELF) count; else the policy
					  says nothing about what is for the device */
	struct filter_remainder *remainder;
	size_t remainder_count;
	/* A reader's: false and where, if a reply, ICMP error or ongoing flow of an
	 * admitted flow would be dropped, or anything else passes. */
	bool returns_pass;
};

/* How far times are looked at, unless somebody says otherwise. */
enum { FILTER_HORIZON_SECONDS = 400 * 86400 };

struct place_options {
	int64_t at;
	int64_t horizon;   /* 0: FILTER_HORIZON_SECONDS after `at` */
	int mode;          /* -1: none */
};

/* The part of the policy that one device enforces. The mode is fixed. */
void filter_place(struct filter *filter, struct arena *arena, const struct model *model,
		  const struct device *device, const struct place_options *options);

/* The cells of activity: the distinct vectors of active entries between `at`
 * and `horizon` over the windows of one or two filters, each as often as there are
 * distinct vectors of payloads. cells->count >= 1. */
struct activity_cells {
	size_t count;
	int64_t *example;          /* an instant in each cell */
	uint64_t *payload;         /* and what a packet of it carries */
	const struct set **left;   /* per left activity: the cells it is active in */
	const struct set **right;
	const struct set **left_payload; /* the same per payload */
	const struct set **right_payload;
};
/* The cells in which an entry of a side holds. */
const struct set *activity_cells_of(const struct activity_cells *cells, struct arena *arena,
				    bool left, const struct filter_entry *entry);
void activity_cells_make(struct activity_cells *cells, struct arena *arena,
			 const struct filter *left, const struct filter *right);

#endif
