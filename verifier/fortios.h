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

enum fos_mark { LINE_NONE, LINE_UNDERSTOOD, LINE_IRRELEVANT, LINE_UNKNOWN };

/* Words without their quotes; quoted text may go on over lines. */
struct fos_statement {
	uint32_t line, last;
	const char **words; /* words[count] is NULL */
	size_t count;
	size_t start;       /* of its text in the source */
};

/* ---- the tree ---- */

struct fos_setting {
	const char *name;
	const char **values; /* values[count] is NULL */
	size_t count, cap;
	const struct fos_statement *statement;
	bool judged;         /* something was made of it */
};

/* A product of protocols and ports, as in struct filter_entry. */
struct fos_service {
	const struct set *protocols, *src, *dst;
	bool helped;         /* a session helper may follow it */
	const struct fos_statement *helper; /* what names one for it; NULL: nothing */
};
VEC_TYPE(fos_services, struct fos_service);

struct fos_table;
struct fos_entry {
	const char *name;
	const struct fos_statement *statement;
	VEC(struct fos_setting) settings;
	struct fos_table *tables; /* inside of it */
	struct fos_entry *before, *next;
	/* what it means, once resolved */
	bool resolved, resolving, uncertain;
	const struct set *addresses;
	struct fos_services services;
	const struct set *windows;
	UT_hash_handle hh;
};

struct fos_class;
struct fos_table {
	const char *path;             /* "firewall policy" */
	const char *vdom;             /* "root"; "" where it is of the whole device */
	const struct fos_class *class;
	const struct fos_statement *statement;
	struct fos_entry *by_name;
	struct fos_entry *first, *last; /* in order */
	uint32_t most;            /* the highest number that is the name of one */
	struct fos_entry own;     /* settings of a section without entries */
	bool judged;              /* within an entry: something was made of it */
	struct fos_table *next;
};

/* What a section is: read, or why it is not. */
enum fos_kind { SECTION_READ, SECTION_IRRELEVANT, SECTION_DECIDES };
struct fos_class {
	const char *path;
	enum fos_kind kind;
	const char *reason;
};

/* What stands in one VDOM: statements by index, both ends inside. */
struct fos_block {
	const char *vdom;
	size_t first, last;
};

struct fos {
	struct arena *arena;
	const struct read_input *input;
	struct read_result *result;
	const struct source *source;
	VEC(struct fos_statement) statements;
	enum fos_mark *marks;     /* by line number - 1 */
	size_t lines;
	struct fos_table *tables;
	VEC(struct fos_block) blocks;
	struct fos_table *elsewhere; /* of VDOMs that nobody asks for */
	struct fos_entry *dropped; /* deleted ones, linked by `next` */
	VEC(struct read_unknown) unknown;
	VEC(struct filter_activity) activities;
	const struct set *full_protocols, *full_ports;
	const struct set *source_ports; /* of a service that names none */
	const struct set *all[FAMILY_COUNT];
	unsigned depth;               /* of the groups being resolved */
	bool monitor;
};

enum { FOS_GROUPS_DEEP = 64 };
#define FOS_HELPED "conversations that an admitted one announces pass, too"

/* read_fortios_scan.c */
void fos_scan(struct fos *fortios);
void fos_mark(struct fos *fortios, const struct fos_statement *statement,
		  enum fos_mark mark);
/* It may decide about packets and is not interpreted. `bounded`: the entries made
 * of it are uncertain, so that nothing else is open. `statement` NULL: of no line. */
void fos_unknown(struct fos *fortios, const struct fos_statement *statement,
		     const char *reason, bool bounded);
bool fos_number(const char *word, uint32_t most, uint32_t *out);
void fos_finish(struct fos *fortios);
void fos_release(struct fos *fortios);

/* read_fortios_tree.c: false if nothing of it is FortiOS. */
bool fos_grow(struct fos *fortios);

/* read_fortios_edit.c: what a statement changes; false if it is none of these. */
bool fos_is_setting(const struct fos_statement *statement);
bool fos_edit_setting(struct fos *fortios, struct fos_table *table, struct fos_entry *entry,
		      const struct fos_statement *statement);
bool fos_edit_entry(struct fos *fortios, struct fos_table *table,
		    const struct fos_statement *statement);

/* read_fortios_entry.c */
struct fos_table *fos_table_open(struct fos *fortios, struct fos_table **list, const char *vdom,
				 const char *path);
struct fos_entry *fos_entry_open(struct fos *fortios, struct fos_table *table, const char *name,
				 const struct fos_statement *statement);
void fos_entry_link(struct fos_table *table, struct fos_entry *entry, struct fos_entry *before);
void fos_entry_unlink(struct fos_table *table, struct fos_entry *entry);
void fos_entry_drop(struct fos *fortios, struct fos_table *table, struct fos_entry *entry);
struct fos_setting *fos_setting_find(struct fos_entry *entry, const char *name);
void fos_setting_remove(struct fos_entry *entry, const char *name);
void fos_setting_add(struct fos *fortios, struct fos_entry *entry,
		     const struct fos_statement *statement);

struct fos_table *fos_table_find(const struct fos *fortios, const char *vdom, const char *path);
struct fos_table *fos_table_inside(const struct fos_entry *entry, const char *path);
struct fos_entry *fos_entry_find(const struct fos_table *table, const char *name);
/* The setting, NULL where it has its default; it counts as read. */
const struct fos_setting *fos_get(struct fos *fortios, struct fos_entry *entry,
				  const char *name);
/* Its only value, or `other`. */
const char *fos_word(struct fos *fortios, struct fos_entry *entry, const char *name,
		     const char *other);
bool fos_is(struct fos *fortios, struct fos_entry *entry, const char *name, const char *value);
/* A switch; *uncertain where it is neither on nor off. */
bool fos_on(struct fos *fortios, struct fos_entry *entry, const char *name, bool otherwise,
	    bool *uncertain);
/* Settings and sections of an entry that nobody read: those in `harmless` decide
 * nothing, all others do, `bounded` if the entry is uncertain then. True if there was
 * one. */
bool fos_rest(struct fos *fortios, struct fos_entry *entry, const char *const *harmless,
	      bool bounded);
void fos_leftovers(struct fos *fortios);

/* read_fortios_table.c: the class of a section, by the longest path it begins with. */
const struct fos_class *fos_classify(const char *path);

/* read_fortios_object.c: the union of what the names stand for; *uncertain where it
 * may be less. `where` is what names them. */
const struct set *fos_addresses(struct fos *fortios, const char *vdom,
				    enum family family, const struct fos_setting *names,
				    bool *uncertain);
const struct set *fos_groups(struct fos *fortios, const char *vdom, enum family family,
				 const struct fos_setting *names, bool *uncertain);
bool fos_address(const char *word, enum family family, struct address *out);
void fos_objects(struct fos *fortios);

/* read_fortios_service.c: appends. */
void fos_services_of(struct fos *fortios, const char *vdom,
			 const struct fos_setting *names, struct fos_services *out,
			 bool *uncertain);
void fos_all_services(struct fos *fortios);
void fos_default_ports(struct fos *fortios);

/* read_fortios_time.c: an index of an activity. */
uint32_t fos_activity(struct fos *fortios, const char *vdom,
			  const struct fos_setting *name, bool *uncertain);
void fos_schedules(struct fos *fortios);

/* read_fortios_policy.c: one policy as entries, and where it applies. */
struct fos_policy {
	const struct fos_setting *in, *out; /* interfaces and zones; out NULL: the device */
	VEC(struct filter_entry) entries;
	struct fos_services helped; /* of what it accepts, what a session helper may follow */
	const struct fos_statement *statement;
};
VEC_TYPE(fos_policies, struct fos_policy);
void fos_policy_release(struct fos_policy *policy);
/* Those of a table, in order. */
void fos_policies_read(struct fos *fortios, const struct fos_table *table,
			   struct fos_policies *out);

/* An interface of a VDOM. */
struct fos_place {
	const char *name;
	const char *zone;  /* NULL: of none */
	const struct fos_statement *open; /* what opens the zone within; NULL: nothing */
};

struct fos_vdom {
	struct fos *fortios;
	const char *name;
	bool known;        /* the configuration lists its interfaces */
	VEC(struct fos_place) places; /* by name */
	struct fos_policies through, local;
};

/* read_fortios_place.c */
void fos_places(struct fos_vdom *vdom);
bool fos_place_is_known(const struct fos_vdom *vdom, const char *name);
struct fos_place *fos_place_find(const struct fos_vdom *vdom, const char *name);
const char *fos_interface_vdom(struct fos *fortios, struct fos_entry *entry);
void fos_joined(struct fos *fortios);

/* read_fortios_vdom.c: leaves out VDOMs without an interface of the device. */
bool fos_vdom_is_asked(struct fos *fortios, const char *name);
void fos_elsewhere(struct fos *fortios);

/* read_fortios_helper.c */
void fos_helpers(const struct fos_vdom *vdom);

VEC_TYPE(fos_entries, struct filter_entry);

/* read_fortios_self.c */
struct address_set fos_own_addresses(const struct fos_vdom *vdom);
struct address_set fos_self_addresses(struct fos *fortios, struct address_set own);
void fos_self_closed(const struct fos_vdom *vdom, const char *name, struct fos_entries *out);

/* read_fortios_pairs.c */
struct filter_entry fos_entry_all(struct fos *fortios); /* allows everything */
void fos_pairs(struct fos *fortios);

#endif
