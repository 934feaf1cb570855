/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the FortiOS backend share. Policies name objects; all objects
 * are named by what they hold, so that what a new policy needs never changes what an
 * old one means. Policies are numbered by what they come from.
 *
 * Lengths of names are those of the CLI Reference (6.4, 7.x): 79 for addresses,
 * services and groups, 35 for policies, 31 for schedules; comments have 1023. How many
 * members a group may have depends on the model (`limit members`). */
#ifndef BACKENDS_FORTIOS_H
#define BACKENDS_FORTIOS_H

#include <uthash.h>

#include "backends/backend.h"
#include "backends/names.h"

/* The start of every name made here: what begins so may be removed again. */
#define FORTIOS_OURS "CORDON-"

enum { FORTIOS_PORTS = UINT16_MAX, FORTIOS_COMMENT_MAX = 1000 };

/* Tables in the order in which they are filled; they are emptied the other way. */
enum fortios_table {
	FORTIOS_ADDRESS, FORTIOS_ADDRESS6, FORTIOS_MULTICAST, FORTIOS_MULTICAST6,
	FORTIOS_ADDRGRP, FORTIOS_ADDRGRP6, FORTIOS_SERVICE, FORTIOS_SERVICE_GROUP,
	FORTIOS_RECURRING, FORTIOS_ONETIME, FORTIOS_SCHEDULE_GROUP,
	FORTIOS_OBJECTS, /* so many tables of objects; those of policies follow */
	FORTIOS_POLICY = FORTIOS_OBJECTS, FORTIOS_MULTICAST_POLICY,
	FORTIOS_MULTICAST_POLICY6, FORTIOS_LOCAL_IN, FORTIOS_LOCAL_IN6,
	FORTIOS_TABLES
};
extern const char *const fortios_tables[FORTIOS_TABLES]; /* "firewall address" */

/* ---- what is on the device (fortios_previous.c) ---- */

/* An entry of one of the tables. */
struct fortios_old {
	enum fortios_table table;
	const char *name;
	const char *text;  /* its lines, `edit` and `next` included */
	bool ours, kept;   /* kept: it is written again, and is part of what is to be */
};

struct fortios_name {
	const char *key;
	size_t index;                    /* of the entry */
	UT_hash_handle hh;
};

struct fortios_previous {
	struct arena *arena;
	VEC(struct fortios_old) entries; /* in the order of the text */
	struct fortios_name *names;      /* by table and name */
	bool vdoms;                      /* it is of several VDOMs, and was not read */
};

/* `source` NULL: nothing is known. Texts in the arena. */
void fortios_previous_read(struct fortios_previous *previous, struct arena *arena,
			   const struct source *source);
void fortios_previous_release(struct fortios_previous *previous);
struct fortios_old *fortios_previous_find(struct fortios_previous *previous,
					  enum fortios_table table, const char *name);
/* Prints an entry; what the old one of its name, NULL for none, sets and the body does
 * not has its default first. True if there was some. `name`: as it is written. */
bool fortios_print_entry(struct strbuf *text, const struct fortios_old *old, const char *name,
			 const char *body);
/* Calls `visit` with the words of each `set` of the entry: name, then values. */
typedef void fortios_visit(void *context, const char *const *words, size_t count);
void fortios_old_settings(const struct fortios_old *old, fortios_visit *visit, void *context);

/* ---- objects (fortios_object.c, fortios_service.c, fortios_time.c) ---- */

struct fortios_object {
	const char *key, *name, *body; /* the lines between `edit` and `next` */
	enum fortios_table table;
	UT_hash_handle hh;
};

struct fortios {
	struct arena *arena;
	struct filter *filter;
	const struct backend_options *options;
	struct diags *diags;
	struct backend_output *output;
	struct fortios_previous previous;
	struct fortios_object *objects;
	const char **schedules;         /* by activity; NULL: never active */
	size_t members;                 /* of the largest group */
	bool fine, short_idle;
};

/* An object of that content, once; its name. */
const char *fortios_object(struct fortios *fortios, enum fortios_table table, const char *name,
			   const char *body);
/* One name for several members: a group, or the only one. */
const char *fortios_group(struct fortios *fortios, enum fortios_table table, const char *stem,
			  const char **members, size_t count);
const char *fortios_addresses(struct fortios *fortios, enum family family,
			      const struct set *set, bool multicast);
/* The service of entries that differ in nothing else; NULL, reported, if none can
 * tell them apart; "" where there is nothing left to match. */
const char *fortios_service(struct fortios *fortios, const struct filter_entry *entries,
			    size_t count);
bool fortios_schedules(struct fortios *fortios);
void fortios_refuse(struct fortios *fortios, const struct filter_entry *entry, const char *what);
/* Prints objects of a table, by name; returns how many. */
size_t fortios_objects_print(struct fortios *fortios, struct strbuf *text,
			     enum fortios_table table);
bool fortios_has_object(const struct fortios *fortios, enum fortios_table table,
			const char *name);
void fortios_quote(struct strbuf *text, const char *value);

/* ---- policies (fortios_policy.c, fortios_multicast.c, fortios_identity.c) ---- */

struct fortios_policy {
	enum fortios_table table;
	const char *key;   /* what it comes from: the same in every compilation */
	const char *sides; /* its addresses, where the key does not tell it apart */
	const char *named; /* what its name begins with; NULL: it has none */
	const char *body;
	bool would_drop;   /* and its name says so */
	uint32_t id;
};
VEC_TYPE(fortios_policies, struct fortios_policy);

/* What is being made into policies. */
struct fortios_make {
	struct fortios *fortios;
	struct fortios_policies *out;
	const struct filter_pair *pair;
	const struct filter_entry *entries; /* at hand: they differ in their services alone */
	size_t count;
	const char *rules;   /* identities of these entries */
	const char *comment;
};

struct fortios_text {
	struct strbuf sides, body; /* the sides are in the body, too */
};

/* All policies of the filter, named and numbered, in their order. */
void fortios_policies(struct fortios *fortios, struct fortios_policies *out);
void fortios_make_multicast(struct fortios_make *make, const struct filter_entry *entry);
/* `what`: what it says beside addresses. Releases the text. Valid until the next one. */
struct fortios_policy *fortios_make_policy(struct fortios_make *make, enum fortios_table table,
					   const struct filter_entry *entry, const char *what,
					   struct fortios_text *text);
bool fortios_has_family(const struct filter_entry *entry, int f);
void fortios_print_name(struct strbuf *body, const char *word, const char *name);
const char *fortios_ours_comment(const struct fortios_make *make);

const char *fortios_rules_text(struct fortios *fortios, const struct filter_entry *entry,
			       bool labels);
void fortios_print_comment(struct strbuf *text, const char *comment, bool would_drop);
void fortios_identify(struct fortios *fortios, struct fortios_policies *policies);

/* ---- the change (fortios_change.c) ---- */

/* Prints the policies, their order, and what is removed; the way back to `back`. */
void fortios_change(struct fortios *fortios, const struct fortios_policies *policies,
		    struct strbuf *text, struct strbuf *back);

#endif
