/* SPDX-License-Identifier: Apache-2.0
 *
 * A zone that is there but for a few hosts is named with its exceptions, else
 * what is there of it is listed: whichever is shorter. Exceptions are told whole or
 * not at all, and end where it can be seen: in a list of more they stand in
 * parentheses. */
#include "config.h"
#include "compiler/describe.h"

#include <string.h>

enum { NAMED_MAX = 6, EXCEPTIONS_MAX = 4, PIECES_MAX = 3, LINE_MAX = 200 };

struct list_item {
	const char *name;
	const char *family; /* "IPv4", where it is of one only; else NULL */
	const char *except; /* NULL: nothing */
};

struct list {
	const struct model *model;
	struct arena *arena;
	VEC(struct list_item) items;
};

static void list_add(struct list *list, const char *name)
{
	vec_push(&list->items, (struct list_item){ .name = name });
}

/* "office (IPv4) except kiosk", and in a list "office (IPv4, except kiosk)". */
static void item_print(const struct list_item *item, bool alone, struct strbuf *text)
{
	bool enclosed = item->except != NULL && !alone;

	strbuf_puts(text, item->name);
	if (item->family != NULL)
		strbuf_printf(text, " (%s%s", item->family, enclosed ? ", " : ")");
	else if (enclosed)
		strbuf_puts(text, " (");
	if (item->except != NULL)
		strbuf_printf(text, "%sexcept %s", alone ? " " : "", item->except);
	if (enclosed)
		strbuf_putc(text, ')');
}

static void list_print(const struct list *list, struct strbuf *text)
{
	size_t shown = list->items.len < NAMED_MAX ? list->items.len : NAMED_MAX;

	for (size_t i = 0; i < shown; i++) {
		strbuf_puts(text, i > 0 ? ", " : "");
		item_print(&list->items.data[i], list->items.len == 1, text);
	}
	if (shown < list->items.len)
		strbuf_printf(text, " and %zu more", list->items.len - shown);
	if (shown == 0)
		strbuf_puts(text, "nothing");
}

static const char *list_take(struct list *list)
{
	struct strbuf text = STRBUF_INIT;

	list_print(list, &text);
	const char *kept = arena_strdup(list->arena, strbuf_text(&text));
	strbuf_release(&text);
	vec_free(&list->items);
	return kept;
}

static size_t address_set_ranges(struct address_set set)
{
	size_t ranges = 0;

	for (int f = 0; f < FAMILY_COUNT; f++)
		ranges += set.family[f]->len;
	return ranges;
}

static void list_ranges(struct list *list, struct address_set set)
{
	char buffer[ADDRESS_RANGE_TEXT];

	for (int f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; i < set.family[f]->len; i++) {
			struct address_range range = { set.family[f]->range[i].lo,
						       set.family[f]->range[i].hi,
						       (enum family)f };
			list_add(list, arena_strdup(list->arena, address_range_print(&range, buffer)));
		}
}

/* ---- assets ---- */

static bool list_names_asset(const struct asset *asset, struct address_set set)
{
	return asset->address_count > 0 && address_set_is_subset(asset->set, set);
}

/* The range of a set that holds a value which the set has. */
static size_t range_index(const struct set *set, u128 value)
{
	size_t lo = 0, hi = set->len;

	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;
		if (set->range[middle].lo <= value)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

static void pieces_count(size_t *pieces, const struct set *set, const struct set *of)
{
	for (size_t i = 0; i < of->len; i++)
		pieces[range_index(set, of->range[i].lo)]++;
}

/* Ranges that would fall into many pieces if what is named in them were taken out, some
 * of them without a name. */
static struct address_set list_unbroken(struct list *list, struct address_set set,
					struct address_set nameless)
{
	struct address_set unbroken = address_set_empty();

	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct set *of = set.family[f], *rest = nameless.family[f];
		size_t *pieces = arena_array(list->arena, of->len + 1, sizeof(*pieces)), kept = 0;
		struct range *ranges = arena_array(list->arena, of->len + 1, sizeof(*ranges));
		pieces_count(pieces, of, rest);
		for (size_t i = 0; i < list->model->asset_count; i++)
			if (list_names_asset(&list->model->assets[i], set))
				pieces_count(pieces, of, list->model->assets[i].set.family[f]);
		for (size_t i = 0; i < of->len; i++)
			if (pieces[i] > PIECES_MAX &&
			    set_overlaps_range(rest, of->range[i].lo, of->range[i].hi))
				ranges[kept++] = of->range[i];
		unbroken.family[f] = set_from_ranges(list->arena, ranges, kept);
	}
	return unbroken;
}

static struct address_set list_nameless(struct list *list, struct address_set set)
{
	struct address_ranges named = VEC_INIT;

	for (size_t i = 0; i < list->model->asset_count; i++)
		if (list_names_asset(&list->model->assets[i], set))
			address_ranges_add(&named, list->model->assets[i].set);
	struct address_set nameless = address_set_subtract(
		list->arena, set, address_set_from_ranges(list->arena, named.data, named.len));
	vec_free(&named);
	return nameless;
}

/* Assets that are wholly among the addresses, then the rest as ranges. */
static void list_members(struct list *list, struct address_set set)
{
	struct address_set nameless, unbroken;

	if (list->model == NULL) {
		list_ranges(list, set);
		return;
	}
	nameless = list_nameless(list, set);
	unbroken = list_unbroken(list, set, nameless);
	for (size_t i = 0; i < list->model->asset_count; i++) {
		const struct asset *asset = &list->model->assets[i];
		if (list_names_asset(asset, set) && !address_set_is_subset(asset->set, unbroken))
			list_add(list, asset->name);
	}
	list_ranges(list, address_set_union(list->arena, nameless, unbroken));
}

/* ---- zones ---- */

/* What of a zone is not inside, of the families of which something is. */
static struct address_set zone_missing(struct list *list, const struct zone *zone,
				       struct address_set inside)
{
	struct address_set missing = address_set_subtract(list->arena, zone->owned, inside);

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (set_is_empty(inside.family[f]))
			missing.family[f] = set_empty();
	return missing;
}

/* A zone of both families of which one is not there at all. */
static const char *zone_family(const struct zone *zone, struct address_set inside)
{
	static const char *const names[] = { "IPv6", "IPv4" };

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (set_is_empty(inside.family[f]) && !set_is_empty(zone->owned.family[f]))
			return names[f];
	return NULL;
}

/* NULL: they are too many to be told. */
static const char *zone_exceptions(struct list *list, struct address_set missing,
				   struct address_set inside)
{
	struct list exceptions = { list->model, list->arena, VEC_INIT };

	if (address_set_ranges(missing) > EXCEPTIONS_MAX ||
	    address_set_ranges(missing) > address_set_ranges(inside))
		return NULL;
	list_members(&exceptions, missing);
	if (exceptions.items.len > EXCEPTIONS_MAX) {
		vec_free(&exceptions.items);
		return NULL;
	}
	return list_take(&exceptions);
}

static void list_part_of_zone(struct list *list, struct list *members)
{
	for (size_t i = 0; i < members->items.len; i++)
		vec_push(&list->items, members->items.data[i]);
	vec_free(&members->items);
}

static void list_zone(struct list *list, const struct zone *zone, struct address_set inside)
{
	struct address_set missing = zone_missing(list, zone, inside);
	struct list_item item = { zone->name, zone_family(zone, inside), NULL };
	struct list members = { list->model, list->arena, VEC_INIT };

	if (address_set_is_empty(missing)) {
		vec_push(&list->items, item);
		return;
	}
	item.except = zone_exceptions(list, missing, inside);
	list_members(&members, inside);
	if (item.except == NULL ||
	    (members.items.len == 1 &&
	     strlen(members.items.data[0].name) < strlen(item.name) + strlen(item.except))) {
		list_part_of_zone(list, &members);
		return;
	}
	vec_free(&members.items);
	vec_push(&list->items, item);
}

/* ---- sets ---- */

/* Takes whole families off the set. */
static bool list_families(struct list *list, struct address_set *set)
{
	static const char *const names[] = { "any IPv4", "any IPv6" };
	bool whole[FAMILY_COUNT];

	for (int f = 0; f < FAMILY_COUNT; f++)
		whole[f] = set_covers_range(set->family[f], 0, address_max((enum family)f));
	if (whole[0] && whole[1]) {
		list_add(list, "any");
		return true;
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (whole[f]) {
			list_add(list, names[f]);
			set->family[f] = set_empty();
		}
	return false;
}

/* The destinations that are in no zone but reached from each: all or nothing of a
 * family. */
static struct address_set local_destinations(struct arena *arena)
{
	static const char *const ranges[] = { "0.0.0.0", "169.254.0.0/16", "224.0.0.0/4",
					      "255.255.255.255", "::", "fe80::/10", "ff00::/8" };
	enum { COUNT = sizeof(ranges) / sizeof(ranges[0]) };
	struct address_range parsed[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		address_range_parse(ranges[i], strlen(ranges[i]), &parsed[i]);
	return address_set_from_ranges(arena, parsed, COUNT);
}

static void list_local(struct list *list, struct address_set set)
{
	static const char *const families[] = { NULL, "IPv4", "IPv6", NULL };
	struct address_set local = local_destinations(list->arena);
	unsigned whole = 0;

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (set_is_subset(local.family[f], set.family[f]))
			whole |= 1u << f;
		else
			local.family[f] = set_empty();
	if (whole != 0)
		vec_push(&list->items, ((struct list_item){ "link-local and groups",
							    families[whole], NULL }));
	list_ranges(list, address_set_subtract(list->arena, set, local));
}

static void list_set(struct list *list, struct address_set set)
{
	if (list_families(list, &set))
		return;
	for (size_t z = 0; list->model != NULL && z < list->model->zone_count; z++) {
		const struct zone *zone = &list->model->zones[z];
		struct address_set inside = address_set_intersect(list->arena, set, zone->owned);
		if (address_set_is_empty(inside))
			continue;
		list_zone(list, zone, inside);
		set = address_set_subtract(list->arena, set, inside);
	}
	if (list->model != NULL)
		list_local(list, set);
	else
		list_ranges(list, set);
}

void describe_addresses(struct strbuf *text, const struct model *model,
			struct address_set set)
{
	struct arena arena;

	arena_init(&arena);
	struct list list = { model, &arena, VEC_INIT };
	list_set(&list, set);
	list_print(&list, text);
	vec_free(&list.items);
	arena_release(&arena);
}

void describe_host(struct strbuf *text, const struct model *model, struct address address)
{
	char buffer[ADDRESS_TEXT];
	const struct asset *asset = model != NULL ? model_asset_of(model, address) : NULL;

	strbuf_puts(text, address_print(&address, buffer));
	if (asset != NULL)
		strbuf_printf(text, " (%s)", asset->name);
}

/* ---- lines ---- */

const char *describe_line(struct arena *arena, struct source_lines *lines,
			  const struct span *where)
{
	size_t length = 0;
	const char *text = source_line(lines, where, &length);

	while (length > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		length--;
	}
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\r'))
		length--;
	return text == NULL ? "" : arena_strndup(arena, text, length < LINE_MAX ? length : LINE_MAX);
}
