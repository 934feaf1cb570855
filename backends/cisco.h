/* SPDX-License-Identifier: Apache-2.0
 *
 * What the backends for IOS and ASA share. Both print access-control entries:
 * products of one family with one protocol and at most one range of ports a
 * side, whose addresses are prefixes or object groups.
 *
 * Everything that a list refers to is named by its content, so that what a new
 * list needs never changes what an old one, still bound, means. Lists have two
 * names, -A and -B; the one that is not bound is built and then bound. */
#ifndef BACKENDS_CISCO_H
#define BACKENDS_CISCO_H

#include "backends/backend.h"
#include "backends/names.h"
#include "backends/prefixes.h"

/* The start of every name made here: what begins so may be removed again. */
#define CISCO_OURS "CORDON"

enum { CISCO_IP = -1, CISCO_PORTS = UINT16_MAX, CISCO_REMARK_MAX = 100 };

extern const struct name_rules cisco_list_names;   /* of access lists */
extern const struct name_rules cisco_object_names; /* of groups and time ranges */

/* ` host A`, ` A MASK` or, of IPv6, ` A/LENGTH`: how both platforms write a prefix.
 * `mask` prints a netmask or a wildcard. */
void cisco_print_prefix(struct strbuf *text, enum family family, const struct prefix *prefix,
			void (*mask)(struct strbuf *text, const struct prefix *prefix));

/* ---- groups ---- */

/* An object group: addresses of one family, or services of one ASA entry. */
struct cisco_group {
	const char *name;
	const char *kind;  /* "object-group network" */
	const char *head;  /* the line before its members */
	const char *body;  /* a member a line, indented */
	size_t members;
	size_t rank;       /* of IOS: among the groups of the list at hand */
	bool used;
};

struct cisco_groups;
struct cisco_groups *cisco_groups_create(void);
void cisco_groups_destroy(struct cisco_groups *groups);
/* How a platform writes a member, and which kind of group it is. */
struct cisco_group_style {
	const char *kind[FAMILY_COUNT]; /* "object-group network" */
	void (*member)(struct strbuf *text, enum family family, const struct prefix *prefix);
};
/* The group of a set: one a content and `stem`, with which its name begins. Owned by the
 * groups. */
struct cisco_group *cisco_group_of_set(struct cisco_groups *groups,
				       const struct cisco_group_style *style, const char *stem,
				       enum family family, const struct set *set);
/* The stem of groups that stand for a side of entries of rules. */
const char *cisco_group_stem(enum family family);
/* A group of what `body` holds, a member a line. */
struct cisco_group *cisco_group_of_text(struct cisco_groups *groups, const char *kind,
					const char *stem, const char *body, size_t members);
/* Prints those used, by name. Returns how many; new ones are told to the change. */
struct cisco_change;
size_t cisco_groups_print(struct strbuf *text, struct cisco_groups *groups,
			  struct cisco_change *change);
bool cisco_groups_has(struct cisco_groups *groups, const char *name);

/* ---- time ranges ---- */

/* One activity: the names of its time ranges, of which any is enough; none: it
 * is never active. */
struct cisco_time {
	const char **names;
	const char **texts;
	size_t count;
};

struct cisco_times {
	struct arena *arena;
	const struct filter *filter;
	const struct timezone_rules *zone;
	VEC(struct cisco_time) times;
};

bool cisco_times_make(struct cisco_times *times, struct diags *diags);
/* A comment about the clock they follow, where there are any. */
void cisco_times_clock(struct strbuf *text, const struct filter *filter,
		       const struct backend_options *options);
size_t cisco_times_print(struct strbuf *text, const struct cisco_times *times,
			 struct cisco_change *change);
bool cisco_times_has(const struct cisco_times *times, const char *name);
void cisco_times_release(struct cisco_times *times);

/* ---- entries ---- */

struct cisco_ace {
	enum family family;
	bool allow, log;
	bool established;       /* IOS: TCP with ACK or RST */
	bool would_drop;        /* IOS: monitoring permits, and logs, what it would deny */
	int protocol;           /* number, or CISCO_IP */
	const struct set *source, *destination;
	struct cisco_group *source_group, *destination_group; /* NULL: written out */
	struct range src, dst;  /* ports, 0..CISCO_PORTS: any; ICMP: type and code, 0..255: any */
	uint32_t activity;
	size_t place;           /* in its list, before it was sorted */
	const struct filter_entry *origin; /* of the filter, which it is a part of; or NULL */
	const char *note;       /* what it is beside its rules: "replies" */
};
VEC_TYPE(cisco_aces, struct cisco_ace);

/* How an entry becomes entries of a list. */
struct cisco_expand {
	const struct filter_entry *entry;
	const struct filter_entry *origin; /* as in struct cisco_ace */
	enum family family;
	const struct set *decided;   /* protocols that entries before have decided */
	bool established;
	const char *note;
};
/* Appends; false if the platform cannot tell apart what the entry does, reported
 * with `device`. */
bool cisco_expand(struct cisco_aces *aces, struct arena *arena,
		  const struct cisco_expand *expand, const char *device, struct diags *diags);
/* The entry with those of the device's own addresses filled in that would only
 * leave holes in its prefixes: what comes from them or goes to them is decided
 * before, or never meets the list. */
struct filter_entry cisco_fill(struct arena *arena, const struct filter_entry *entry,
			       const struct address_set *own);
/* The groups that packets are sent to through a device of more than two interfaces.
 * A list inbound cannot tell by which of them a packet leaves, and to a group it
 * leaves by several: so inbound what is admitted by any of them is permitted, and
 * each has a list outbound, which decides on packets to these groups alone. */
struct address_set cisco_sent_groups(struct arena *arena, const struct filter *filter);
struct address_set cisco_groups_all(struct arena *arena); /* every multicast address */
bool cisco_has_ports(int protocol);
bool cisco_is_icmp(enum family family, int protocol);
/* "identity label" cut to what a remark holds, with the note before it. */
const char *cisco_remark(struct arena *arena, const struct cisco_ace *ace);
/* True if the remark before the one serves the other behind it. */
bool cisco_same_remark(const struct cisco_ace *a, const struct cisco_ace *b);
/* The entries from `first` on, all of rules, in the order of these: what a rule has of
 * all pairs stands together, under one remark, whatever other rules there are. */
void cisco_aces_by_rule(struct cisco_aces *aces, size_t first);

/* ---- what is on the device ---- */

/* A configuration as its blocks: a line at the margin and those indented below
 * it. Lines of a flat list (`access-list NAME ...`) are blocks of their own. What
 * is taken or retired is gone and counts no more. */
struct cisco_previous;
/* `source` NULL: nothing is known. */
struct cisco_previous *cisco_previous_read(const struct source *source);
void cisco_previous_destroy(struct cisco_previous *previous);
/* Takes the line `command NAME tail` in the block that `head` opens (NULL: at the
 * margin); returns NAME in the arena, or NULL where there is no such line. */
const char *cisco_previous_take(struct cisco_previous *previous, struct arena *arena,
				const char *head, const char *command, const char *tail);
bool cisco_previous_has(const struct cisco_previous *previous, const char *head);
/* Lines that name `name` as a word, beside blocks that begin with `head`. */
size_t cisco_previous_uses(const struct cisco_previous *previous, const char *head,
			   const char *name);
/* True if a block that begins with `head` has exactly this line below the line `under`. */
bool cisco_previous_holds(const struct cisco_previous *previous, const char *head,
			  const char *under, const char *line);
/* The lines at the margin that begin with `command`, name an address (or permit or deny
 * some) and end with the word `last`, in their order, each as words with one blank
 * between, in the arena. */
typedef void cisco_previous_line(void *context, const char *line);
void cisco_previous_lines(const struct cisco_previous *previous, struct arena *arena,
			  const char *command, const char *last, cisco_previous_line *visit,
			  void *context);
/* Blocks that begin with the words of `head` go; `text` gets their lines. */
void cisco_previous_retire(struct cisco_previous *previous, const char *head,
			   struct strbuf *text);
/* The names that begin as ours after `kind`, sorted, each once. */
typedef void cisco_previous_visit(void *context, const char *kind, const char *name);
void cisco_previous_ours(const struct cisco_previous *previous, const char *kind,
			 cisco_previous_visit *visit, void *context);

/* ---- the change from what is there to what is to be ---- */

struct cisco_change {
	struct arena *arena;
	struct cisco_previous *previous;
	struct strbuf before;  /* what must go before the new is built */
	struct strbuf after;   /* what goes once the new is bound */
	/* the way back, in its order */
	struct strbuf back_objects, back_lists, back_binds, back_new_lists, back_new_objects;
};
void cisco_change_init(struct cisco_change *change, struct arena *arena,
		       const struct source *previous);
void cisco_change_release(struct cisco_change *change);
/* The whole way back, for a file of its own. */
void cisco_change_print_back(struct strbuf *text, const struct cisco_change *change);
/* How a platform defines and removes something that has a name. */
struct cisco_define {
	const char *define; /* "ip access-list extended" */
	const char *remove; /* "no ip access-list extended" */
};
/* The first of `text`-A and -B that nothing refers to; NULL if both are in use. */
const char *cisco_change_list_name(struct cisco_change *change,
				   const struct cisco_define *define, const char *text);
/* A list that is no longer bound goes, unless something else uses it. */
void cisco_change_retire_list(struct cisco_change *change, const struct cisco_define *defines,
			      size_t count, const char *name);
/* Objects of ours that `kept` does not know and nothing uses any more go. */
typedef bool cisco_change_kept(void *context, const char *name);
void cisco_change_retire_objects(struct cisco_change *change, const char *kind,
				 cisco_change_kept *kept, void *context);
/* Prints a command of one line, which the way back takes back if it is new. */
void cisco_change_command(struct cisco_change *change, struct strbuf *text, const char *line);
/* What the way back removes last: an object or list that is new. */
void cisco_change_is_new(struct cisco_change *change, const struct cisco_define *define,
			 const char *name);

#endif
