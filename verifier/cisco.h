/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the readers of IOS and ASA, shared by read_cisco*.c. A
 * configuration is read in two steps: its lines fill tables of access lists,
 * groups, time ranges and interfaces; then, when all names are known, entries are
 * resolved and lists bound to interfaces are put in the order of a packet's way.
 *
 * Every line is marked: understood, irrelevant (a table says why it decides
 * nothing about packets) or unknown. */
#ifndef VERIFIER_CISCO_H
#define VERIFIER_CISCO_H

#include <uthash.h>

#include "base/vec.h"
#include "verifier/read.h"

/* ---- lines ---- */

enum cisco_mark { MARK_UNDERSTOOD, MARK_IRRELEVANT, MARK_UNKNOWN };

struct cisco_line {
	uint32_t number, indent;
	const char **words;   /* words[count] is NULL */
	size_t count;
	size_t start;         /* of its text in the source */
};

struct cisco_names {      /* of `name ADDRESS NAME` */
	const char *name;
	struct address address;
	UT_hash_handle hh;
};

/* ---- what is referred to by name ---- */

/* A service: header sets of one product. */
struct cisco_service {
	const struct set *protocols, *src, *dst;
	bool ports;           /* it asks for ports, types or codes */
	bool by_group;        /* a group of services says all of it */
	bool uncertain;
};
VEC_TYPE(cisco_services, struct cisco_service);

enum cisco_kind {
	KIND_NETWORK,         /* addresses */
	KIND_SERVICE,         /* services; of ASA also with ports alone */
	KIND_PORTS,           /* ports alone: `object-group service NAME tcp` */
	KIND_PROTOCOL,
	KIND_ICMP,            /* ICMP types alone */
	KIND_OTHER,           /* what no entry here can be understood with */
};

struct cisco_object {
	const char *name;
	enum cisco_kind kind;
	const struct set *implied;   /* KIND_PORTS: of which protocols; else NULL */
	VEC(struct cisco_line) members;
	uint32_t line;
	/* once resolved */
	bool resolved, resolving;
	bool single;                 /* `object`: its last member is all of it */
	enum family family;          /* IOS: of its addresses */
	bool uncertain;              /* it holds this, or other things as well */
	struct address_set addresses;
	struct cisco_services services;
	UT_hash_handle hh;
};

struct cisco_time {
	const char *name;
	VEC(struct cisco_line) lines;
	uint32_t activity;
	bool resolved, uncertain;
	UT_hash_handle hh;
};

/* ---- access lists ---- */

/* How an entry sees TCP flags and fragments. */
struct cisco_entry {
	struct filter_entry entry;
	bool fragments;       /* fragments other than the first, and they alone */
	bool layer4;          /* it asks for what fragments do not carry */
	bool established;     /* ACK or RST */
	bool syn_only;        /* can match no packet with ACK or RST that it is sure of */
	bool never_first;     /* asks for a flag that a SYN without ACK lacks */
	bool flags;           /* asks for flags in another way */
};
VEC_TYPE(cisco_entries, struct cisco_entry);

/* The sets, so far, of entries in a row that differ in one slot of their product. */
struct cisco_run {
	int slot;
	VEC(struct range) ranges; /* empty: there is no run */
};

struct cisco_list {
	const char *name;
	bool six;             /* `ipv6 access-list` */
	bool standard;
	uint32_t line;
	uint32_t sequence;    /* of the last entry */
	uint32_t remarks;     /* without a number, since then */
	VEC(const struct cisco_line *) lines;
	bool resolved;
	struct cisco_entries entries;
	UT_hash_handle hh;
};

/* ---- interfaces ---- */

enum { CISCO_LEVEL_NONE = -1, CISCO_LEVEL_NOTED = -2 }; /* not known; and that was said */

struct cisco_interface {
	const char *name;
	const char *in[FAMILY_COUNT], *out[FAMILY_COUNT]; /* lists bound; NULL: none */
	const char *control;         /* ASA: for the device */
	bool routed, down;
	bool bridged;                /* IOS: a port of a switch */
	bool management;             /* ASA: nothing passes through it */
	const char *hardware;        /* ASA: what it is called before `nameif` */
	int level;                   /* ASA: security level, or one of the below */
	VEC(struct address) addresses;
	uint32_t line;
	struct cisco_interface *next;
};

/* ---- who may reach the device, of ASA ---- */

enum cisco_manage_kind { MANAGE_SSH, MANAGE_TELNET, MANAGE_HTTP, MANAGE_ICMP, MANAGE_ICMP6 };

struct cisco_manage {
	enum cisco_manage_kind kind;
	const char *interface;
	struct filter_entry entry;
};
VEC_TYPE(cisco_manages, struct cisco_manage);

enum { CISCO_ONES = 256 };

struct cisco {
	struct arena *arena;
	const struct read_input *input;
	struct read_result *result;
	const struct source *source;
	bool asa;
	VEC(struct cisco_line) lines;
	enum cisco_mark *marks;      /* by line number - 1 */
	VEC(struct read_unknown) unknown, returns, residue;
	VEC(struct filter_activity) activities;
	struct cisco_names *names;
	struct cisco_object *objects;
	struct cisco_time *times;
	struct cisco_list *lists[2]; /* [1]: IPv6 lists of IOS */
	struct cisco_interface *interfaces, **last_interface;
	bool monitor;
	/* ASA */
	const char *global;          /* list for all interfaces */
	bool same_between, same_within; /* same-security-traffic */
	struct cisco_manages manage;
	uint32_t web_port;           /* of `http server enable`; 0: it is not */
	const struct set *full_ports, *full_protocols;
	struct cisco_run run;        /* of the list that is being read */
	struct cisco_services services; /* of its entry */
	const struct set *ones[CISCO_ONES]; /* made lately, see cisco_one() */
};

/* read_cisco_scan.c */
void cisco_scan(struct cisco *cisco);
/* Words are mostly told apart by their first letter. */
bool cisco_same(const char *a, const char *b);
bool cisco_word_is(const struct cisco_line *line, size_t i, const char *word);
/* True if the line's words from `first` on begin with those of `text`. */
bool cisco_begins(const struct cisco_line *line, size_t first, const char *text);
/* The line as if it began with its word `at`; in the arena. */
const struct cisco_line *cisco_line_from(struct cisco *cisco, const struct cisco_line *line,
					 size_t at);
void cisco_mark(struct cisco *cisco, const struct cisco_line *line, enum cisco_mark mark);
/* The line may decide about packets and was not understood. */
void cisco_unknown(struct cisco *cisco, const struct cisco_line *line, const char *reason);
/* The same of a condition, whose entries are uncertain. */
void cisco_condition(struct cisco *cisco, const struct cisco_line *line, const char *reason);
void cisco_note(struct cisco *cisco, uint32_t line, const char *reason);
bool cisco_number(const char *word, uint32_t most, uint32_t *out);
void cisco_finish(struct cisco *cisco);
void cisco_release(struct cisco *cisco);

/* read_cisco_names.c: the words for numbers. */
bool cisco_protocol(const char *word, unsigned *protocol);
bool cisco_port(unsigned protocol, const char *word, uint32_t *port);
/* *code -1: any. */
bool cisco_icmp(enum family family, const char *word, int *type, int *code);

/* read_cisco_value.c: each reads from line->words[*at] on and moves *at; false:
 * not understood. `lists`: IPv4 masks are wildcards. */
/* The set of one range. Lists name the same hosts and ports again and again: one that
 * was made lately is not made anew. */
const struct set *cisco_one(struct cisco *cisco, u128 lo, u128 hi);
bool cisco_address(struct cisco *cisco, const char *word, struct address *out);
/* Every address of a family, or of both (FAMILY_COUNT). */
struct address_set cisco_everything(struct cisco *cisco, enum family family);
/* One address with its mask or prefix length, `host A`, `any`, or a group; of the
 * family alone, or of both. */
bool cisco_addresses(struct cisco *cisco, const struct cisco_line *line, size_t *at,
		     bool wildcard, enum family family, struct address_set *out,
		     bool *uncertain);
/* eq, neq, lt, gt, range or a group of ports; out NULL where none stands there. */
bool cisco_ports(struct cisco *cisco, const struct cisco_line *line, size_t *at,
		 const struct set *protocols, const struct set **out, bool *uncertain);
/* [type [code]] */
bool cisco_icmp_words(const struct cisco_line *line, struct arena *arena, size_t *at,
		      enum family family, struct cisco_service *out);

/* read_cisco_object.c */
/* The object that the line opens, or NULL: it opens none. */
struct cisco_object *cisco_object_begin(struct cisco *cisco, const struct cisco_line *line);
void cisco_object_member(struct cisco *cisco, struct cisco_object *object,
			 const struct cisco_line *line);
struct cisco_object *cisco_object_find(struct cisco *cisco, const char *name);
void cisco_object_resolve(struct cisco *cisco, struct cisco_object *object);
void cisco_object_remove(struct cisco *cisco, const char *name);

/* read_cisco_time.c */
struct cisco_time *cisco_time_begin(struct cisco *cisco, const char *name);
/* The activity of a time range; *uncertain where it is not understood. */
uint32_t cisco_time_activity(struct cisco *cisco, const char *name, bool *uncertain);
void cisco_time_remove(struct cisco *cisco, const char *name);

/* read_cisco_list.c */
struct cisco_list *cisco_list_find(struct cisco *cisco, bool six, const char *name);
struct cisco_list *cisco_list_begin(struct cisco *cisco, bool six, const char *name,
				    uint32_t line);
void cisco_list_remove(struct cisco *cisco, bool six, const char *name);
/* Reads the lines of a list into its entries, once. */
void cisco_list_resolve(struct cisco *cisco, struct cisco_list *list);
/* read_cisco_join.c: one more entry, put together with the last where they are one
 * product; and the end of the list. */
void cisco_list_add(struct cisco *cisco, struct cisco_list *list,
		    const struct cisco_entry *entry);
void cisco_list_end(struct cisco *cisco, struct cisco_list *list);

/* read_cisco_entry.c: the entries of a line whose verdict stands at words[at]. One that
 * `would_drop` permits and logs in place of a deny. */
void cisco_entry_read(struct cisco *cisco, struct cisco_list *list, const struct cisco_line *line,
		      size_t at, bool would_drop);

/* read_cisco_pairs.c: three filters from lists bound to interfaces. */
struct cisco_interface *cisco_interface_find(struct cisco *cisco, const char *name);
struct cisco_interface *cisco_interface_begin(struct cisco *cisco, const char *name,
					      uint32_t line);
void cisco_pairs(struct cisco *cisco);

/* read_cisco_manage.c: takes the line if it says who may reach the device. */
bool cisco_manage_take(struct cisco *cisco, const struct cisco_line *line);
/* What those lines decide at an interface, before its list of the control plane: the
 * services that they open and, for everybody else, close. */
void cisco_manage_services(struct cisco *cisco, const char *interface,
			   struct cisco_manages *out);
/* And the list that ICMP must pass, too; false: there is none. */
bool cisco_manage_icmp(struct cisco *cisco, const char *interface, struct cisco_manages *out);

/* read_cisco_table.c: commands that decide nothing, and those that may. */
void cisco_classify(struct cisco *cisco, const struct cisco_line *head,
		    const struct cisco_line *line);

#endif
