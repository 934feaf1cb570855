/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects: addresses of one prefix or one range each, and groups. */
#include "config.h"
#include "backends/fortios.h"

#include <string.h>

#include "backends/prefixes.h"

enum { OBJECT_NAME = 79 };

const char *const fortios_tables[FORTIOS_TABLES] = {
	"firewall address", "firewall address6", "firewall multicast-address",
	"firewall multicast-address6", "firewall addrgrp", "firewall addrgrp6",
	"firewall service custom", "firewall service group", "firewall schedule recurring",
	"firewall schedule onetime", "firewall schedule group", "firewall policy",
	"firewall multicast-policy", "firewall multicast-policy6", "firewall local-in-policy",
	"firewall local-in-policy6",
};

void fortios_quote(struct strbuf *text, const char *value)
{
	strbuf_putc(text, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			strbuf_putc(text, '\\');
		strbuf_putc(text, *value == '\n' ? ' ' : *value);
	}
	strbuf_putc(text, '"');
}

static struct fortios_object *object_find(const struct fortios *fortios,
					  enum fortios_table table, const char *name)
{
	struct fortios_object *object;
	const char *key = arena_printf(fortios->arena, "%d %s", (int)table, name);

	HASH_FIND_STR(fortios->objects, key, object);
	return object;
}

bool fortios_has_object(const struct fortios *fortios, enum fortios_table table,
			const char *name)
{
	return object_find(fortios, table, name) != NULL;
}

const char *fortios_object(struct fortios *fortios, enum fortios_table table, const char *name,
			   const char *body)
{
	struct fortios_object *object = object_find(fortios, table, name);

	if (object != NULL)
		return object->name;
	object = arena_alloc(fortios->arena, sizeof(*object));
	object->table = table;
	object->name = name;
	object->body = arena_strdup(fortios->arena, body);
	object->key = arena_printf(fortios->arena, "%d %s", (int)table, name);
	HASH_ADD_KEYPTR(hh, fortios->objects, object->key, strlen(object->key), object);
	return name;
}

const char *fortios_group(struct fortios *fortios, enum fortios_table table, const char *stem,
			  const char **members, size_t count)
{
	static const struct name_rules rules = { OBJECT_NAME, "_.", false };
	static const struct name_rules schedule_rules = { 31, "_.", false };
	struct strbuf body = STRBUF_INIT;

	if (count == 1)
		return members[0];
	fortios->members = count > fortios->members ? count : fortios->members;
	strbuf_puts(&body, "        set member");
	for (size_t i = 0; i < count; i++) {
		strbuf_putc(&body, ' ');
		fortios_quote(&body, members[i]);
	}
	strbuf_putc(&body, '\n');
	const char *name = names_of_content(
		fortios->arena, table == FORTIOS_SCHEDULE_GROUP ? &schedule_rules : &rules, stem,
		strbuf_text(&body));
	fortios_object(fortios, table, name, strbuf_text(&body));
	strbuf_release(&body);
	return name;
}

/* ---- addresses ---- */

static void body_prefix(struct strbuf *body, const struct address_range *range)
{
	struct prefix prefix = { range->lo, (unsigned)address_range_prefix(range) };

	strbuf_puts(body, range->family == FAMILY_IPV6 ? "        set ip6 "
						       : "        set subnet ");
	prefix_print_address(body, range->family, &prefix);
	if (range->family == FAMILY_IPV6) {
		strbuf_printf(body, "/%u", prefix.length);
	} else {
		strbuf_putc(body, ' ');
		prefix_print_netmask(body, &prefix);
	}
	strbuf_putc(body, '\n');
}

static void body_range(struct strbuf *body, const struct address_range *range, bool multicast)
{
	struct prefix lo = { range->lo, 0 }, hi = { range->hi, 0 };

	strbuf_printf(body, "        set type %s\n        set start-ip ",
		      multicast ? "multicastrange" : "iprange");
	prefix_print_address(body, range->family, &lo);
	strbuf_puts(body, "\n        set end-ip ");
	prefix_print_address(body, range->family, &hi);
	strbuf_putc(body, '\n');
}

/* Multicast addresses are ranges in IPv4 and prefixes in IPv6. Their names are their
 * own: a device may know the same address as one of hosts, too. */
static const char *address_one(struct fortios *fortios, const struct address_range *range,
			       bool multicast)
{
	static const struct name_rules rules = { OBJECT_NAME, "_./:", false };
	static const enum fortios_table tables[2][FAMILY_COUNT] = {
		{ FORTIOS_ADDRESS, FORTIOS_ADDRESS6 },
		{ FORTIOS_MULTICAST, FORTIOS_MULTICAST6 }
	};
	char text[ADDRESS_RANGE_TEXT];
	struct strbuf body = STRBUF_INIT;
	const char *name = names_make(
		fortios->arena, &rules,
		arena_printf(fortios->arena, FORTIOS_OURS "%s%s", multicast ? "M-" : "",
			     address_range_print(range, text)));
	bool plain = address_range_prefix(range) >= 0 &&
		     !(multicast && range->family == FAMILY_IPV4);

	if (plain)
		body_prefix(&body, range);
	else
		body_range(&body, range, multicast);
	fortios_object(fortios, tables[multicast][range->family], name, strbuf_text(&body));
	strbuf_release(&body);
	return name;
}

static void add_range(struct fortios *fortios, const char **members, size_t *count,
		      const struct address_range *range, bool multicast)
{
	struct prefix_list list = VEC_INIT;
	bool prefixes = multicast && range->family == FAMILY_IPV6;

	if (!prefixes) {
		members[(*count)++] = address_one(fortios, range, multicast);
		return;
	}
	prefixes_add_range(&list, FAMILY_IPV6, (struct range){ range->lo, range->hi });
	for (size_t i = 0; i < list.len; i++) {
		unsigned host = 128 - list.data[i].length;
		u128 more = host == 128 ? ~(u128)0 : ((u128)1 << host) - 1;
		struct address_range one = { list.data[i].value, list.data[i].value + more,
					     FAMILY_IPV6 };
		members[(*count)++] = address_one(fortios, &one, true);
	}
	vec_free(&list);
}

/* Multicast has no groups: all its members are named, quoted, in one text. */
static const char *members_text(struct fortios *fortios, const char **members, size_t count)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < count; i++) {
		strbuf_puts(&text, i > 0 ? " " : "");
		fortios_quote(&text, members[i]);
	}
	const char *made = arena_strdup(fortios->arena, strbuf_text(&text));
	strbuf_release(&text);
	return made;
}

const char *fortios_addresses(struct fortios *fortios, enum family family,
			      const struct set *set, bool multicast)
{
	enum fortios_table groups = family == FAMILY_IPV4 ? FORTIOS_ADDRGRP : FORTIOS_ADDRGRP6;
	const char **members = arena_array(
		fortios->arena, set->len * (multicast ? 256 : 1) + 1, sizeof(*members));
	size_t count = 0;

	if (!multicast && set->len == 1 && set->range[0].lo == 0 &&
	    set->range[0].hi == address_max(family))
		return "\"all\"";
	for (size_t i = 0; i < set->len; i++) {
		struct address_range range = { set->range[i].lo, set->range[i].hi, family };
		add_range(fortios, members, &count, &range, multicast);
	}
	if (multicast)
		return members_text(fortios, members, count);
	members[0] = fortios_group(fortios, groups, FORTIOS_OURS "G", members, count);
	return members_text(fortios, members, 1);
}

/* ---- printing ---- */

static int object_order(const void *left, const void *right)
{
	return strcmp((*(const struct fortios_object *const *)left)->name,
		      (*(const struct fortios_object *const *)right)->name);
}

static void object_print(struct fortios *fortios, struct strbuf *text,
			 const struct fortios_object *object)
{
	struct strbuf name = STRBUF_INIT;
	struct fortios_old *old =
		fortios_previous_find(&fortios->previous, object->table, object->name);

	fortios_quote(&name, object->name);
	if (fortios_print_entry(text, old, strbuf_text(&name), object->body))
		old->kept = true;
	strbuf_release(&name);
}

size_t fortios_objects_print(struct fortios *fortios, struct strbuf *text,
			     enum fortios_table table)
{
	VEC(struct fortios_object *) list = VEC_INIT;
	struct fortios_object *object, *next;
	size_t count;

	HASH_ITER(hh, fortios->objects, object, next)
		if (object->table == table)
			vec_push(&list, object);
	count = list.len;
	if (count > 0) {
		qsort(list.data, count, sizeof(*list.data), object_order);
		strbuf_printf(text, "config %s\n", fortios_tables[table]);
	}
	for (size_t i = 0; i < count; i++) {
		object_print(fortios, text, list.data[i]);
	}
	strbuf_puts(text, count > 0 ? "end\n" : "");
	vec_free(&list);
	return count;
}
