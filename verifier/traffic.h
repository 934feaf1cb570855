/* SPDX-License-Identifier: Apache-2.0
 *
 * Observed conversations without a verdict, so that any policy can judge them: who
 * spoke to whom, what was said, and when. Alike ones are kept as one, in a table of
 * bounded size; what no longer fits is counted. */
#ifndef VERIFIER_TRAFFIC_H
#define VERIFIER_TRAFFIC_H

#include <jansson.h>
#include <uthash.h>

#include "base/vec.h"
#include "verifier/judge.h"

enum {
	TRAFFIC_LIMIT = 100000,  /* flows, their contents and operations together */
	TRAFFIC_PAUSE = 60,      /* seconds */
	TRAFFIC_STRETCHES = 64,  /* of one thing that was seen */
	TRAFFIC_CONTENTS = 256,  /* of one flow */
	TRAFFIC_WELL_KNOWN = 1024, /* source ports below are kept apart */
};

/* From the first to the last time at which something was seen; seconds. */
struct traffic_stretch {
	int64_t first, last;
	bool dense;      /* it never paused for longer than TRAFFIC_PAUSE */
	int64_t until;   /* nothing that was recorded for changes before this instant;
			  * INSTANT_ALWAYS: not known */
};
/* In order. Within one `until` stretches may have been put together. */
VEC_TYPE(traffic_times, struct traffic_stretch);

/* Names of protocols and of what operations are about; 0 is none. */
typedef uint32_t traffic_name;

/* What conversations of a flow said. */
struct traffic_content {
	traffic_name protocol;  /* that it was read as */
	traffic_name instead;   /* foreign: what it was */
	bool foreign;           /* it was not `protocol` */
	bool negotiated;        /* another conversation told that it would be */
	bool unread, hidden;    /* not all that was said could be read; was encrypted */
	uint32_t silence;       /* the longest: seconds, rounded up */
	uint64_t conversations, packets, bytes;
	struct traffic_times times;
};

/* One thing that was asked for or done. Padding is zero: keys are compared as bytes. */
struct traffic_span {
	traffic_name space;
	uint32_t first, last;
};
struct traffic_operation_key {
	uint64_t flow;                  /* its serial */
	traffic_name protocol, carrier; /* carrier 0: nothing carries it */
	uint16_t function, carrier_function;
	uint32_t unit;
	bool has_unit, back;
	bool answer;                    /* it need not tell what it is about */
	uint8_t span_count;
	struct traffic_span span[PROTO_SPANS];
};
struct traffic_operation {
	struct traffic_operation_key key;
	uint64_t count[PROTO_KINDS];
	struct traffic_times times;
	struct traffic_operation *next; /* of the flow */
	UT_hash_handle hh;
};

struct traffic_flow_key {
	u128 source, destination;
	struct mac mac[2];      /* of stations, and of senders whose address tells no zone */
	uint16_t vlan;          /* likewise */
	uint16_t ethertype, dst_port;
	uint16_t src_port;      /* ICMP: its type; else the first of those kept together */
	uint8_t family, protocol;
};
struct traffic_flow {
	struct traffic_flow_key key;
	uint64_t serial;
	uint16_t src_first, src_last; /* source ports that were seen */
	VEC(struct traffic_content) contents;
	struct traffic_operation *operations, **end;
	UT_hash_handle hh;
};

struct traffic;

struct traffic *traffic_create(void);
void traffic_destroy(struct traffic *traffic);
/* Keeps source ports apart where a rule of the model does. Before anything is added. */
void traffic_tell_apart(struct traffic *traffic, const struct model *model);

/* A slice of a conversation. Numbers of protocols are the model's. */
struct traffic_sighting {
	const struct model *model;
	const struct observation *observation;
	bool negotiated;   /* its protocol is not expected at the port by itself */
	bool continued;    /* an earlier slice was added */
	int64_t until;     /* no verdict changes before: nanoseconds, INT64_MAX: never */
};
void traffic_add(struct traffic *traffic, const struct traffic_sighting *sighting);
/* An operation in one, at an instant (nanoseconds). */
void traffic_add_operation(struct traffic *traffic, const struct traffic_sighting *sighting,
			   const struct inspect_operation *operation, int64_t instant);

/* Flows in the order of their keys; the table owns the array. */
struct traffic_flow **traffic_sorted(struct traffic *traffic, size_t *count);
const char *traffic_name_text(const struct traffic *traffic, traffic_name name); /* NULL: of 0 */
uint64_t traffic_lost(const struct traffic *traffic);
/* The header that a policy judges, from this source port at this instant. */
struct flow traffic_header(const struct traffic_flow *flow, uint16_t src_port, int64_t instant);
bool traffic_has_ports(const struct traffic_flow *flow);
/* The next source port at which a rule that was told could judge otherwise; UINT32_MAX:
 * none. */
uint32_t traffic_next_port(const struct traffic *traffic, uint16_t port);

/* What it holds of all that was seen, beside the flows. */
struct traffic_account {
	uint64_t packets, conversations;
	int64_t first, last;    /* seconds; of no packets INSTANT_NEVER, INSTANT_ALWAYS */
	bool complete;          /* everything that was seen could be kept */
};
/* Seconds of nanoseconds, also before 1970. */
int64_t traffic_second(int64_t nanoseconds);
struct traffic_account *traffic_account(struct traffic *traffic);

/* ---- traffic_json.c: the `conversations` of a report of verify ---- */

json_t *traffic_json(struct traffic *traffic, const struct model *model);
/* Adds those of a saved report, `-` for standard input. False (reported with its
 * place): it cannot be read or is none. */
bool traffic_read_json(struct traffic *traffic, const char *path, struct diags *diags);

/* ---- for traffic_json.c ---- */

/* NULL: the table is full, which is counted. */
struct traffic_flow *traffic_find_flow(struct traffic *traffic, const struct traffic_flow_key *key);
struct traffic_content *traffic_find_content(struct traffic *traffic, struct traffic_flow *flow,
					     const struct traffic_content *like);
struct traffic_operation *traffic_find_operation(struct traffic *traffic,
						 struct traffic_flow *flow,
						 const struct traffic_operation_key *key);
traffic_name traffic_name_of(struct traffic *traffic, const char *text);
void traffic_times_add(struct traffic_times *times, const struct traffic_stretch *more);
/* The first source port of those that are kept together with one. */
uint16_t traffic_port_class(const struct traffic *traffic, uint16_t port);

#endif
