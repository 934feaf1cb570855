/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the nftables backend, shared by nftables*.c.
 *
 * A pair of interfaces becomes groups of elements, each one concatenated set
 * whose key has only the fields that the group needs. Elements of single values
 * are in exact sets, which nft loads far faster, all others in interval sets. The
 * elements of a set are disjoint, because the kernel refuses an element that
 * starts inside another one; sets may overlap, because denies are looked up first
 * and everything else allows. */
#ifndef BACKENDS_NFTABLES_H
#define BACKENDS_NFTABLES_H

#include "backends/backend.h"

/* In the order of a key. Of ICMP the place of the source port is its type and
 * code as one number, the first two bytes of the transport header. */
enum nftables_field { NFT_SOURCE, NFT_DESTINATION, NFT_PROTOCOL, NFT_SPORT, NFT_DPORT,
		      NFT_FIELDS };

enum nftables_use { NFT_LOG_DENY, NFT_DENY, NFT_LOG_ALLOW, NFT_ALLOW };

enum { NFT_ANY_PROTOCOL = -1 };

/* What the key of a set is made of. */
struct nftables_shape {
	enum family family;
	int protocol;  /* of all elements, or NFT_ANY_PROTOCOL */
	uint8_t key;   /* bit per field */
	bool exact;    /* each field of each element is one value */
};

/* What makes one set: elements of the same use, time, idle time and shape. */
struct nftables_kind {
	enum nftables_use use;
	uint32_t activity;
	uint32_t payload;        /* of allows: what packets may carry, 0: anything */
	uint32_t idle_seconds;   /* of allows; 0: none */
	const struct rule *rule; /* of the log modifier, else NULL */
	struct nftables_shape shape;
};

/* One more policy rule that an element comes from. */
struct nftables_name {
	const struct rule *rule;
	const struct nftables_name *next;
};

/* An element of an interval set. */
struct nftables_box {
	struct range field[NFT_FIELDS];
	const struct nftables_name *names; /* the first came first */
	uint32_t order;                    /* of the entry in its pair */
};
VEC_TYPE(nftables_boxes, struct nftables_box);

/* Elements of an exact set: every combination of one value a field, which are
 * never listed but where they are printed. Points into the filter's sets. */
struct nftables_product {
	const struct range *value[NFT_FIELDS];
	uint32_t len[NFT_FIELDS];
	const struct filter_entry *entry;
};
VEC_TYPE(nftables_products, struct nftables_product);

/* Of a product: by field the indexes of values that other products have, too. */
struct nftables_shared {
	uint32_t product;
	uint32_t len[NFT_FIELDS];
	const uint32_t *at[NFT_FIELDS];
};
VEC_TYPE(nftables_shared_list, struct nftables_shared);

struct nftables_group {
	struct nftables_kind kind;
	const char *name;                  /* of the set */
	struct nftables_boxes boxes;       /* one of the two is empty */
	struct nftables_products products;
};
VEC_TYPE(nftables_groups, struct nftables_group);

/* nftables_name.c: names that nft takes, told by what they stand for, so that
 * other edits do not change them. */
void nftables_print_identifier(struct strbuf *text, const char *name);
/* What was printed from `start` on, if longer than `most` bytes, gets a digest of it
 * as its end: nft takes names of 255 bytes. */
enum { NFT_NAME = 200, NFT_TIME_NAME = 100, NFT_PAYLOAD_NAME = 100 };
void nftables_limit_name(struct strbuf *text, size_t start, size_t most);
const char *nftables_pair_stem(struct arena *arena, const struct filter_pair *pair);
void nftables_print_time_name(struct strbuf *text, const struct filter_activity *activity);
void nftables_print_idle_name(struct strbuf *text, uint32_t seconds, unsigned protocol,
			      enum family family);
const char *nftables_protocol_name(unsigned protocol, char buffer[4]);

/* nftables_shape.c: what a rule says to look a packet up in a set. */
enum nftables_travel { TRAVEL_ORIGINAL, TRAVEL_REPLY, TRAVEL_ERROR, TRAVEL_COUNT };
bool nftables_shape_equal(const struct nftables_shape *a, const struct nftables_shape *b);
bool nftables_has(const struct nftables_shape *shape, enum nftables_field field);
bool nftables_is_icmp(int protocol);
/* "inet_service" */
const char *nftables_field_type(const struct nftables_shape *shape, enum nftables_field field);
void nftables_print_lookup(struct strbuf *text, const struct nftables_group *group,
			   enum nftables_travel travel);

/* nftables_group.c */
/* The groups of one pair, cut, sorted by use and name. */
void nftables_group_pair(struct nftables_groups *groups, struct arena *arena,
			 const struct filter *filter, const struct filter_pair *pair);
/* Addresses and ports that allowed conversations go to by an interface. */
void nftables_group_servers(struct nftables_groups *groups, struct arena *arena,
			    const struct filter *filter, const char *interface);
void nftables_groups_free(struct nftables_groups *groups);

/* nftables_cut.c: makes boxes disjoint; what several hold goes to the largest of
 * them. The order of the result depends on the boxes alone, and how a box is cut
 * on those alone that it overlaps. */
void nftables_cut(struct nftables_boxes *boxes, struct arena *arena);

/* nftables_set.c: a set's declaration with its elements. */
void nftables_print_set(struct strbuf *text, const struct nftables_group *group);
/* The fields of one element, and its rules. Rules are sorted in place. */
void nftables_print_value(struct strbuf *text, const struct nftables_shape *shape,
			  enum nftables_field field, struct range range);
void nftables_print_comment(struct strbuf *text, const struct rule **rules, size_t count);
/* nftables_exact.c: the elements of an exact set, each once. */
/* Which products may hold elements of others: in their order. */
struct arena;
void nftables_shared_find(struct nftables_shared_list *list, struct arena *arena,
			  const struct nftables_group *group);
void nftables_print_exact(struct strbuf *text, const struct nftables_group *group);

/* nftables_inspect.c: the chains that accept what a payload holds, with their sets. */
const char *nftables_payload_name(struct arena *arena, const struct filter *filter,
				  uint32_t payload);
void nftables_print_inspection(struct strbuf *text, struct arena *arena,
			       const struct filter *filter);

/* nftables_chain.c: the three chains of a pair. */
void nftables_print_time_match(struct strbuf *text, const struct filter *filter,
			       const struct nftables_kind *kind);
void nftables_print_chains(struct strbuf *text, struct arena *arena,
			   const struct filter *filter, const struct nftables_groups *groups,
			   const struct filter_pair *pair);
/* What is logged at a limited rate. */
#define NFT_LOG_RATE "limit rate 10/second burst 20 packets log prefix "

/* nftables_self.c: the maps and the chain for what is for the device itself, but
 * for its last rules and its end. */
void nftables_print_self(struct strbuf *text, struct arena *arena, const struct filter *filter);
bool nftables_is_self(const struct filter_pair *pair);

/* nftables_apply.c: the script that loads, waits to be confirmed and goes back. */
void nftables_print_apply(struct strbuf *text);
/* nftables_track.c: the table for the first load on a running plant. */
void nftables_print_tracking(struct strbuf *text, struct arena *arena,
			     const struct filter *filter);
/* nftables_idle.c: the timeouts of conversations, and what of them no kernel
 * keeps, added to the filter's remainder in `arena`. */
void nftables_print_timeouts(struct strbuf *text, const struct filter *filter);
void nftables_explain_idle(struct arena *arena, struct filter *filter);
/* Sets them on new conversations, the longest last. */
void nftables_print_idle(struct strbuf *text, const struct filter *filter,
			 const struct nftables_groups *groups);

#endif
