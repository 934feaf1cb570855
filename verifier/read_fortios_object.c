/* SPDX-License-Identifier: Apache-2.0
 *
 * Address objects and groups as sets. What cannot be told from the text (a name of
 * DNS, a country, ...) is every address, and uncertain: these or fewer. So is a
 * group with such a member; what it excludes is then not taken away. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

static const char *const objects[FAMILY_COUNT] = { "firewall address", "firewall address6" };
static const char *const object_groups[FAMILY_COUNT] = { "firewall addrgrp",
							 "firewall addrgrp6" };
static const char *const multicasts[FAMILY_COUNT] = { "firewall multicast-address",
						      "firewall multicast-address6" };

static const char *const harmless[] = { "uuid", "comment", "color", "visibility", "cache-ttl",
					"allow-routing", "fabric-object", "category",
					"associated-interface", "list", "tagging",
					"subnet-segment", NULL };

bool fos_address(const char *word, enum family family, struct address *out)
{
	return address_parse(word, strlen(word), out) && out->family == family;
}

static const struct set *set_between(struct fos *fortios, const char *from,
				     const char *until, enum family family)
{
	struct address lo, hi;

	if (!fos_address(from, family, &lo) || !fos_address(until, family, &hi) ||
	    lo.value > hi.value)
		return NULL;
	return set_one(fortios->arena, lo.value, hi.value);
}

static const struct set *set_of_bits(struct fos *fortios, u128 value, enum family family,
				     uint32_t bits)
{
	uint32_t width = address_bits(family);
	u128 host = bits == 0 ? address_max(family)
			      : ((u128)1 << (width - bits)) - 1;

	return set_one(fortios->arena, value & ~host & address_max(family), value | host);
}

/* A/LEN, or A with the mask that follows it; host bits do not count. */
static const struct set *set_masked(struct fos *fortios,
				    const struct fos_setting *setting, enum family family)
{
	const char *word = setting->values[0], *slash = strchr(word, '/');
	struct address address, mask;
	uint32_t bits = address_bits(family);
	size_t length = slash != NULL ? (size_t)(slash - word) : strlen(word);

	if (!address_parse(word, length, &address) || address.family != family)
		return NULL;
	if (slash != NULL && !fos_number(slash + 1, bits, &bits))
		return NULL;
	if (slash == NULL && setting->count == 2) {
		if (family != FAMILY_IPV4 || !fos_address(setting->values[1], family, &mask))
			return NULL;
		u128 host = address_max(family) - mask.value;
		if ((host & (host + 1)) != 0)
			return NULL; /* not contiguous */
		for (bits = 32; host != 0; host >>= 1)
			bits--;
	}
	if (setting->count != 1U + (slash == NULL && setting->count == 2))
		return NULL;
	return set_of_bits(fortios, address.value, family, bits);
}

/* ---- objects ---- */

/* What a setting of another type of object may have left behind is not guessed. */
static const struct set *object_plain(struct fos *fortios, struct fos_entry *entry,
				      const char *name, enum family family)
{
	const struct fos_setting *setting = fos_get(fortios, entry, name);

	if (setting != NULL)
		return set_masked(fortios, setting, family);
	for (size_t i = 0; i < entry->settings.len; i++)
		if (strcmp(entry->settings.data[i].name, "start-ip") == 0 ||
		    strcmp(entry->settings.data[i].name, "end-ip") == 0 ||
		    strcmp(entry->settings.data[i].name, "wildcard") == 0)
			return NULL;
	return fortios->all[family];
}

static const struct set *object_set(struct fos *fortios, struct fos_entry *entry,
				    enum family family)
{
	const char *plain = family == FAMILY_IPV4 ? "ipmask" : "ipprefix";
	const char *type = fos_word(fortios, entry, "type", plain);

	if (strcmp(type, plain) == 0)
		return object_plain(fortios, entry, family == FAMILY_IPV4 ? "subnet" : "ip6",
				    family);
	if (strcmp(type, "iprange") == 0)
		return set_between(fortios, fos_word(fortios, entry, "start-ip", ""),
				   fos_word(fortios, entry, "end-ip", ""), family);
	if (strcmp(type, "wildcard") == 0 && family == FAMILY_IPV4) {
		const struct fos_setting *setting = fos_get(fortios, entry, "wildcard");
		return setting != NULL ? set_masked(fortios, setting, family) : NULL;
	}
	return NULL;
}

static const struct set *multicast_set(struct fos *fortios, struct fos_entry *entry,
				       enum family family)
{
	const char *type = fos_word(fortios, entry, "type", "multicastrange");
	const struct fos_setting *setting;

	if (family == FAMILY_IPV6) {
		setting = fos_get(fortios, entry, "ip6");
		return setting != NULL ? set_masked(fortios, setting, family) : NULL;
	}
	if (strcmp(type, "multicastrange") == 0)
		return set_between(fortios, fos_word(fortios, entry, "start-ip", ""),
				   fos_word(fortios, entry, "end-ip", ""), family);
	setting = fos_get(fortios, entry, "subnet");
	return setting != NULL ? set_masked(fortios, setting, family) : NULL;
}

/* The lines of an entry that is unknown as a whole: it was said once. */
static void settings_unknown(struct fos *fortios, struct fos_entry *entry)
{
	for (size_t i = 0; i < entry->settings.len; i++) {
		struct fos_setting *setting = &entry->settings.data[i];
		if (!setting->judged)
			fos_mark(fortios, setting->statement, LINE_UNKNOWN);
		setting->judged = true;
	}
}

static void object_resolve(struct fos *fortios, struct fos_entry *entry,
			   enum family family, bool multicast)
{
	if (entry->resolved)
		return;
	entry->resolved = true;
	entry->addresses = multicast ? multicast_set(fortios, entry, family)
				     : object_set(fortios, entry, family);
	if (entry->addresses == NULL) {
		fos_unknown(fortios, entry->statement,
				"its addresses cannot be told from the text", true);
		entry->addresses = fortios->all[family];
		entry->uncertain = true;
		settings_unknown(fortios, entry);
	}
	if (fos_rest(fortios, entry, harmless, true))
		entry->uncertain = true;
}

/* ---- groups ---- */

static const struct set *find_addresses(struct fos *fortios, const char *vdom,
					enum family family, const char *name,
					const struct fos_statement *where, bool *uncertain);

static const struct set *union_of(struct fos *fortios, const char *vdom, enum family family,
				  const struct fos_setting *names, bool *uncertain)
{
	const struct set *set = set_empty();

	for (size_t i = 0; names != NULL && i < names->count; i++)
		set = set_union(fortios->arena, set,
				find_addresses(fortios, vdom, family, names->values[i],
					       names->statement, uncertain));
	return set;
}

static void group_resolve(struct fos *fortios, const char *vdom, enum family family,
			  struct fos_entry *entry)
{
	bool excludes, doubtful = false;

	entry->resolving = true;
	fortios->depth++;
	entry->addresses = union_of(fortios, vdom, family,
				    fos_get(fortios, entry, "member"), &entry->uncertain);
	excludes = fos_on(fortios, entry, "exclude", false, &entry->uncertain);
	const struct fos_setting *less = fos_get(fortios, entry, "exclude-member");
	if (excludes) {
		const struct set *out = union_of(fortios, vdom, family, less, &doubtful);
		if (!doubtful)
			entry->addresses = set_subtract(fortios->arena, entry->addresses, out);
		entry->uncertain = entry->uncertain || doubtful;
	}
	fos_word(fortios, entry, "type", "default"); /* how it is shown */
	if (fos_rest(fortios, entry, harmless, true)) {
		entry->addresses = fortios->all[family];
		entry->uncertain = true;
	}
	fortios->depth--;
	entry->resolving = false;
	entry->resolved = true;
}

static const struct set *find_addresses(struct fos *fortios, const char *vdom,
					enum family family, const char *name,
					const struct fos_statement *where, bool *uncertain)
{
	struct fos_entry *entry =
		fos_entry_find(fos_table_find(fortios, vdom, objects[family]), name);

	if (entry != NULL) {
		object_resolve(fortios, entry, family, false);
	} else {
		entry = fos_entry_find(
			fos_table_find(fortios, vdom, object_groups[family]), name);
		if (entry != NULL && !entry->resolved && !entry->resolving &&
		    fortios->depth < FOS_GROUPS_DEEP)
			group_resolve(fortios, vdom, family, entry);
	}
	if (entry != NULL && entry->resolved) {
		*uncertain = *uncertain || entry->uncertain;
		return entry->addresses;
	}
	if (entry == NULL && strcmp(name, "all") == 0) /* there from the factory */
		return fortios->all[family];
	if (entry == NULL && strcmp(name, "none") == 0)
		return set_one(fortios->arena, 0, 0);
	fos_unknown(fortios, where,
			entry != NULL ? "a group contains itself, or many others"
				      : "an address of that name is not defined",
			true);
	*uncertain = true;
	return fortios->all[family];
}

const struct set *fos_addresses(struct fos *fortios, const char *vdom,
				    enum family family, const struct fos_setting *names,
				    bool *uncertain)
{
	return union_of(fortios, vdom, family, names, uncertain);
}

const struct set *fos_groups(struct fos *fortios, const char *vdom, enum family family,
				 const struct fos_setting *names, bool *uncertain)
{
	const struct fos_table *table =
		fos_table_find(fortios, vdom, multicasts[family]);
	const struct set *set = set_empty();

	for (size_t i = 0; names != NULL && i < names->count; i++) {
		struct fos_entry *entry = fos_entry_find(table, names->values[i]);
		if (entry == NULL && strcmp(names->values[i], "all") == 0) {
			set = fortios->all[family];
			continue;
		}
		if (entry == NULL) {
			set = union_of(fortios, vdom, family, names, uncertain);
			continue;
		}
		object_resolve(fortios, entry, family, true);
		*uncertain = *uncertain || entry->uncertain;
		set = set_union(fortios->arena, set, entry->addresses);
	}
	return set;
}

/* What no policy names is read as well: each of its lines is accounted for. */
void fos_objects(struct fos *fortios)
{
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		for (int f = 0; f < FAMILY_COUNT; f++)
			for (struct fos_entry *e = t->first; e != NULL; e = e->next) {
				if (strcmp(t->path, objects[f]) == 0)
					object_resolve(fortios, e, (enum family)f, false);
				else if (strcmp(t->path, multicasts[f]) == 0)
					object_resolve(fortios, e, (enum family)f, true);
				else if (strcmp(t->path, object_groups[f]) == 0 && !e->resolved)
					group_resolve(fortios, t->vdom, (enum family)f, e);
			}
}
