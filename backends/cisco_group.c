/* SPDX-License-Identifier: Apache-2.0
 *
 * Object groups. The name holds a digest of the content, so a group never changes:
 * another content is another group. They are printed by name: what begins with its
 * purpose stays in its place when its content changes. */
#include "config.h"
#include "backends/cisco.h"

#include <string.h>
#include <uthash.h>

const struct name_rules cisco_list_names = { 64, "._/:", true };
const struct name_rules cisco_object_names = { 64, "._", true };

void cisco_print_prefix(struct strbuf *text, enum family family, const struct prefix *prefix,
			void (*mask)(struct strbuf *text, const struct prefix *prefix))
{
	bool host = prefix->length == address_bits(family);

	strbuf_puts(text, host ? " host " : " ");
	prefix_print_address(text, family, prefix);
	if (host)
		return;
	if (family == FAMILY_IPV4) {
		strbuf_putc(text, ' ');
		mask(text, prefix);
	} else {
		strbuf_printf(text, "/%u", prefix->length);
	}
}

struct group_entry {
	struct cisco_group group;
	UT_hash_handle hh; /* by name */
};

/* What is known of a set already, so that it is written out once. */
struct group_key {
	uint64_t hash;
	enum family family;
	const char *stem;
	const struct set *set;
	struct group_entry *entry;
	struct group_key *next;
	UT_hash_handle hh; /* by hash */
};

struct cisco_groups {
	struct arena arena;
	struct group_entry *by_name;
	struct group_key *by_set;
};

struct cisco_groups *cisco_groups_create(void)
{
	struct cisco_groups *groups = memory_alloc(sizeof(*groups));

	arena_init(&groups->arena);
	return groups;
}

void cisco_groups_destroy(struct cisco_groups *groups)
{
	HASH_CLEAR(hh, groups->by_name);
	HASH_CLEAR(hh, groups->by_set);
	arena_release(&groups->arena);
	free(groups);
}

struct cisco_group *cisco_group_of_text(struct cisco_groups *groups, const char *kind,
					const char *stem, const char *body, size_t members)
{
	const char *name = names_of_content(&groups->arena, &cisco_object_names, stem, body);
	struct group_entry *entry;

	HASH_FIND_STR(groups->by_name, name, entry);
	if (entry != NULL)
		return &entry->group;
	entry = arena_alloc(&groups->arena, sizeof(*entry));
	entry->group = (struct cisco_group){
		.name = name,
		.kind = kind,
		.head = arena_printf(&groups->arena, "%s %s", kind, name),
		.body = arena_strdup(&groups->arena, body),
		.members = members,
	};
	HASH_ADD_KEYPTR(hh, groups->by_name, name, strlen(name), entry);
	return &entry->group;
}

static struct cisco_group *group_write(struct cisco_groups *groups,
				       const struct cisco_group_style *style,
				       const struct group_key *key)
{
	struct prefix_list prefixes = VEC_INIT;
	struct strbuf body = STRBUF_INIT;

	prefixes_add_set(&prefixes, key->family, key->set);
	for (size_t i = 0; i < prefixes.len; i++)
		style->member(&body, key->family, &prefixes.data[i]);
	struct cisco_group *group = cisco_group_of_text(groups, style->kind[key->family], key->stem,
							strbuf_text(&body), prefixes.len);
	strbuf_release(&body);
	vec_free(&prefixes);
	return group;
}

struct cisco_group *cisco_group_of_set(struct cisco_groups *groups,
				       const struct cisco_group_style *style, const char *stem,
				       enum family family, const struct set *set)
{
	uint64_t hash = set_hash(set);
	struct group_key *head, *key;

	HASH_FIND(hh, groups->by_set, &hash, sizeof(hash), head);
	for (key = head; key != NULL; key = key->next)
		if (key->family == family && strcmp(key->stem, stem) == 0 &&
		    set_equal(key->set, set))
			return &key->entry->group;
	key = arena_alloc(&groups->arena, sizeof(*key));
	*key = (struct group_key){ .hash = hash, .family = family, .set = set };
	key->stem = arena_strdup(&groups->arena, stem);
	key->entry = (struct group_entry *)group_write(groups, style, key);
	if (head != NULL) {
		key->next = head->next;
		head->next = key;
	} else {
		HASH_ADD(hh, groups->by_set, hash, sizeof(hash), key);
	}
	return &key->entry->group;
}

const char *cisco_group_stem(enum family family)
{
	return family == FAMILY_IPV4 ? CISCO_OURS "-N" : CISCO_OURS "-N6";
}

static int by_name(const struct group_entry *a, const struct group_entry *b)
{
	return strcmp(a->group.name, b->group.name);
}

size_t cisco_groups_print(struct strbuf *text, struct cisco_groups *groups,
			  struct cisco_change *change)
{
	size_t count = 0;

	HASH_SORT(groups->by_name, by_name);
	for (struct group_entry *e = groups->by_name; e != NULL; e = e->hh.next) {
		if (!e->group.used)
			continue;
		struct cisco_define define = { e->group.kind, NULL };
		strbuf_printf(text, "%s\n%s", e->group.head, e->group.body);
		cisco_change_is_new(change, &define, e->group.name);
		count++;
	}
	return count;
}

bool cisco_groups_has(struct cisco_groups *groups, const char *name)
{
	struct group_entry *entry;

	HASH_FIND_STR(groups->by_name, name, entry);
	return entry != NULL && entry->group.used;
}
