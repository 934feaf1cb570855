/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the reader of FortiOS, shared by read_fortios*.c. A configuration
 * is a tree: statements make, change, move and remove entries of tables (`config
 * firewall policy`, `edit 1`, `set ...`), and only what the tree holds at the end
 * counts. Then names are resolved, and policies become filters.
 *
 * Every line is marked: understood, irrelevant (a table says why it decides nothing
 * about packets) or unknown. The meaning of commands is that of the FortiOS CLI
 * Reference, 6.4 and 7.x. */
#ifndef VERIFIER_FORTIOS_H
#define VERIFIER_FORTIOS_H

#include <uthash.h>

#include "base/vec.h"
#include "verifier/read.h"

/* ---- statements ---- */

enum fortios_mark { LINE_NONE, LINE_UNDERSTOOD, LINE_IRRELEVANT, LINE_UNKNOWN };

/* Words without their quotes; quoted text may go on over lines. */
struct fortios_statement {
	uint32_t line, last;
	const char **words; /* words[count] is NULL */
	size_t count;
	size_t start;       /* of its text in the source */
};

/* ---- the tree ---- */

struct fortios_setting {
	const char *name;
	const char **values; /* values[count] is NULL */
	size_t count, cap;
	const struct fortios_statement *statement;
	bool judged;         /* something was made of it */
};

/* A product of protocols and ports, as in struct filter_entry. */
struct fortios_service {
	const struct set *protocols, *src, *dst;
	bool helped;         /* a session helper may follow it */
};
VEC_TYPE(fortios_services, struct fortios_service);

struct fortios_table;
struct fortios_entry {
	const char *name;
	const struct fortios_statement *statement;
	VEC(struct fortios_setting) settings;
	struct fortios_table *tables; /* inside of it */
	struct fortios_entry *before, *next;
	/* what it means, once resolved */
	bool resolved, resolving, uncertain;
	const struct set *addresses;
	struct fortios_services services;
	const struct set *windows;
	UT_hash_handle hh;
};

struct fortios_class;
struct fortios_table {
	const char *path;             /* "firewall policy" */
	const char *vdom;             /* "root"; "" where it is of the whole device */
	const struct fortios_class *class;
	const struct fortios_statement *statement;
	struct fortios_entry *by_name;
	struct fortios_entry *first, *last; /* in order */
	struct fortios_entry own;     /* settings of a section without entries */
	struct fortios_table *next;
};

/* What a section is: read, or why it is not. */
enum fortios_kind { SECTION_READ, SECTION_IRRELEVANT, SECTION_DECIDES };
struct fortios_class {
	const char *path;
	enum fortios_kind kind;
	const char *reason;
};

struct fortios {
	struct arena *arena;
	const struct read_input *input;
	struct read_result *result;
	const struct source *source;
	VEC(struct fortios_statement) statements;
	enum fortios_mark *marks;     /* by line number - 1 */
	size_t lines;
	struct fortios_table *tables;
	struct fortios_entry *dropped; /* deleted ones, linked by `next` */
	VEC(struct read_unknown) unknown, returns, residue;
	VEC(struct filter_activity) activities;
	const struct set *full_protocols, *full_ports;
	const struct set *all[FAMILY_COUNT];
	unsigned depth;               /* of the groups being resolved */
	bool monitor;
};

enum { FORTIOS_GROUPS_DEEP = 64 };

/* read_fortios_scan.c */
void fortios_scan(struct fortios *fortios);
void fortios_mark(struct fortios *fortios, const struct fortios_statement *statement,
		  enum fortios_mark mark);
/* It may decide about packets and is not interpreted. `bounded`: the entries made
 * of it are uncertain, so that nothing else is open. `statement` NULL: of no line. */
void fortios_unknown(struct fortios *fortios, const struct fortios_statement *statement,
		     const char *reason, bool bounded);
bool fortios_number(const char *word, uint32_t most, uint32_t *out);
void fortios_finish(struct fortios *fortios);
void fortios_release(struct fortios *fortios);

/* read_fortios_tree.c: false if nothing of it is FortiOS. */
bool fortios_grow(struct fortios *fortios);
struct fortios_table *fortios_table_find(const struct fortios *fortios, const char *vdom,
					 const char *path);
struct fortios_table *fortios_table_inside(const struct fortios_entry *entry, const char *path);
struct fortios_entry *fortios_entry_find(const struct fortios_table *table, const char *name);
/* The setting, NULL where it has its default; it counts as read. */
const struct fortios_setting *fortios_get(struct fortios *fortios, struct fortios_entry *entry,
					  const char *name);
/* Its only value, or `other`. */
const char *fortios_word(struct fortios *fortios, struct fortios_entry *entry, const char *name,
			 const char *other);
bool fortios_is(struct fortios *fortios, struct fortios_entry *entry, const char *name,
		const char *value);
/* Settings of an entry that nobody read: those in `harmless` decide nothing, all
 * others do, `bounded` if the entry is uncertain then. True if there was one. */
bool fortios_rest(struct fortios *fortios, struct fortios_entry *entry,
		  const char *const *harmless, bool bounded);

/* read_fortios_table.c: the class of a section, by the longest path it begins with. */
const struct fortios_class *fortios_classify(const char *path);

/* read_fortios_object.c: the union of what the names stand for; *uncertain where it
 * may be less. `where` is what names them. */
const struct set *fortios_addresses(struct fortios *fortios, const char *vdom,
				    enum family family, const struct fortios_setting *names,
				    bool *uncertain);
const struct set *fortios_groups(struct fortios *fortios, const char *vdom, enum family family,
				 const struct fortios_setting *names, bool *uncertain);
bool fortios_address(const char *word, enum family family, struct address *out);
void fortios_objects(struct fortios *fortios);

/* read_fortios_service.c: appends. */
void fortios_services_of(struct fortios *fortios, const char *vdom,
			 const struct fortios_setting *names, struct fortios_services *out,
			 bool *uncertain);
void fortios_all_services(struct fortios *fortios);

/* read_fortios_time.c: an index of an activity. */
uint32_t fortios_activity(struct fortios *fortios, const char *vdom,
			  const struct fortios_setting *name, bool *uncertain);
void fortios_schedules(struct fortios *fortios);

/* read_fortios_policy.c: one policy as entries, and where it applies. */
struct fortios_policy {
	const struct fortios_setting *in, *out; /* interfaces and zones; out NULL: the device */
	VEC(struct filter_entry) entries;
	bool helped;
};
VEC_TYPE(fortios_policies, struct fortios_policy);
/* Those of a table, in order. */
void fortios_policies_read(struct fortios *fortios, const struct fortios_table *table,
			   struct fortios_policies *out);

/* read_fortios_pairs.c */
void fortios_pairs(struct fortios *fortios);

#endif
