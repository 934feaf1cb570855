/* SPDX-License-Identifier: Apache-2.0
 *
 * A zone that is there but for a few hosts is named with its exceptions, else
 * what is there of it is listed: whichever is shorter. */
#include "config.h"
#include "compiler/describe.h"

#include <string.h>

enum { NAMED_MAX = 6, EXCEPTIONS_MAX = 3, LINE_MAX = 200, ICMP = 1, ICMPV6 = 58 };

struct list {
	struct strbuf *text;
	const struct model *model;
	struct arena arena;
	size_t shown, more;
};

static void list_item(struct list *list, const char *item)
{
	if (list->shown == NAMED_MAX) {
		list->more++;
		return;
	}
	strbuf_printf(list->text, "%s%s", list->shown++ > 0 ? ", " : "", item);
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
			list_item(list, address_range_print(&range, buffer));
		}
}

/* Assets that are wholly among the addresses, then the rest as ranges. */
static void list_members(struct list *list, struct address_set set)
{
	for (size_t i = 0; list->model != NULL && i < list->model->asset_count; i++) {
		const struct asset *asset = &list->model->assets[i];
		if (asset->address_count == 0 || !address_set_is_subset(asset->set, set))
			continue;
		list_item(list, asset->name);
		set = address_set_subtract(&list->arena, set, asset->set);
	}
	list_ranges(list, set);
}

/* What of a zone is not inside, of the families of which something is. */
static struct address_set zone_missing(struct list *list, const struct zone *zone,
				       struct address_set inside)
{
	struct address_set missing = address_set_subtract(&list->arena, zone->owned, inside);

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (set_is_empty(inside.family[f]))
			missing.family[f] = set_empty();
	return missing;
}

/* A zone of both families of which one is not there at all. */
static const char *zone_family(const struct zone *zone, struct address_set inside)
{
	static const char *const names[] = { " (IPv6)", " (IPv4)" };

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (set_is_empty(inside.family[f]) && !set_is_empty(zone->owned.family[f]))
			return names[f];
	return "";
}

static void list_zone(struct list *list, const struct zone *zone, struct address_set inside)
{
	struct address_set missing = zone_missing(list, zone, inside);
	struct strbuf item = STRBUF_INIT;

	if (address_set_ranges(missing) > EXCEPTIONS_MAX ||
	    address_set_ranges(missing) > address_set_ranges(inside)) {
		list_members(list, inside);
		return;
	}
	strbuf_puts(&item, zone->name);
	if (!address_set_is_empty(missing)) {
		struct list exceptions = { &item, list->model, .arena = list->arena };
		strbuf_puts(&item, " except ");
		list_members(&exceptions, missing);
		list->arena = exceptions.arena;
	}
	strbuf_puts(&item, zone_family(zone, inside));
	list_item(list, strbuf_text(&item));
	strbuf_release(&item);
}

/* Takes whole families off the set. */
static bool list_families(struct list *list, struct address_set *set)
{
	static const char *const names[] = { "any IPv4", "any IPv6" };
	bool whole[FAMILY_COUNT];

	for (int f = 0; f < FAMILY_COUNT; f++)
		whole[f] = set_covers_range(set->family[f], 0, address_max((enum family)f));
	if (whole[0] && whole[1]) {
		list_item(list, "any");
		return true;
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (whole[f]) {
			list_item(list, names[f]);
			set->family[f] = set_empty();
		}
	return false;
}

void describe_addresses(struct strbuf *text, const struct model *model,
			struct address_set set)
{
	struct list list = { .text = text, .model = model };

	arena_init(&list.arena);
	if (list_families(&list, &set)) {
		arena_release(&list.arena);
		return;
	}
	for (size_t z = 0; model != NULL && z < model->zone_count; z++) {
		const struct zone *zone = &model->zones[z];
		struct address_set inside =
			address_set_intersect(&list.arena, set, zone->owned);
		if (address_set_is_empty(inside))
			continue;
		list_zone(&list, zone, inside);
		set = address_set_subtract(&list.arena, set, inside);
	}
	list_ranges(&list, set);
	if (list.more > 0)
		strbuf_printf(text, " and %zu more", list.more);
	if (list.shown == 0)
		strbuf_puts(text, "nothing");
	arena_release(&list.arena);
}

void describe_host(struct strbuf *text, const struct model *model, struct address address)
{
	char buffer[ADDRESS_TEXT];
	const struct asset *asset = model != NULL ? model_asset_of(model, address) : NULL;

	strbuf_puts(text, address_print(&address, buffer));
	if (asset != NULL)
		strbuf_printf(text, " (%s)", asset->name);
}

/* ---- services ---- */

static void numbers(struct strbuf *text, const struct set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		unsigned lo = (unsigned)set->range[i].lo, hi = (unsigned)set->range[i].hi;
		if (i == NAMED_MAX) {
			strbuf_printf(text, " and %zu more", set->len - i);
			return;
		}
		strbuf_printf(text, lo == hi ? "%s%u" : "%s%u-%u", i > 0 ? ", " : "", lo, hi);
	}
}

static const char *protocol_name(unsigned protocol)
{
	switch (protocol) {
	case ICMP: return "icmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 33: return "dccp";
	case ICMPV6: return "icmpv6";
	case 132: return "sctp";
	case 136: return "udplite";
	default: return NULL;
	}
}

static bool service_is_whole(const struct describe_service *service, unsigned protocol)
{
	u128 max = protocol == ICMP || protocol == ICMPV6 ? UINT8_MAX : UINT16_MAX;

	return set_covers_range(service->src_ports, 0, max) &&
	       set_covers_range(service->dst_ports, 0, max);
}

static void service_icmp(struct strbuf *text, const struct describe_service *service)
{
	numbers(text, service->src_ports);
	if (set_covers_range(service->dst_ports, 0, UINT8_MAX))
		return;
	strbuf_putc(text, '/');
	numbers(text, service->dst_ports);
}

static void service_one(struct strbuf *text, const struct describe_service *service,
			unsigned protocol)
{
	const char *name = protocol_name(protocol);
	bool all_src = set_covers_range(service->src_ports, 0, UINT16_MAX);
	bool all_dst = set_covers_range(service->dst_ports, 0, UINT16_MAX);

	if (name == NULL) {
		strbuf_printf(text, "proto %u", protocol);
		return;
	}
	strbuf_printf(text, "%s ", name);
	if (service_is_whole(service, protocol)) {
		strbuf_puts(text, "any");
	} else if (protocol == ICMP || protocol == ICMPV6) {
		service_icmp(text, service);
	} else {
		if (all_dst)
			strbuf_puts(text, "any");
		else
			numbers(text, service->dst_ports);
		if (!all_src)
			strbuf_puts(text, " from ");
		if (!all_src)
			numbers(text, service->src_ports);
	}
}

static void services_part(struct strbuf *text, const struct describe_service *service,
			  const struct set *protocols, size_t *shown)
{
	for (size_t i = 0; i < protocols->len; i++)
		for (u128 p = protocols->range[i].lo; p <= protocols->range[i].hi; p++) {
			if (++*shown > NAMED_MAX)
				continue;
			if (*shown > 1)
				strbuf_puts(text, ", ");
			service_one(text, service, (unsigned)p);
		}
}

/* The protocols of which a row has everything. */
static const struct set *services_whole(struct arena *arena, const struct describe_service *services,
					size_t count)
{
	const struct set *whole = set_empty();

	for (size_t i = 0; i < count; i++)
		for (unsigned p = 0; p <= UINT8_MAX; p++)
			if (set_contains(services[i].protocols, p) &&
			    service_is_whole(&services[i], p))
				whole = set_union(arena, whole, set_one(arena, p, p));
	return whole;
}

void describe_services(struct strbuf *text, const struct describe_service *services,
		       size_t count)
{
	struct arena arena;
	size_t shown = 0;

	arena_init(&arena);
	const struct set *all = set_one(&arena, 0, UINT8_MAX);
	const struct set *whole = services_whole(&arena, services, count);
	const struct set *rest = set_subtract(&arena, all, whole);
	struct describe_service any = { all, set_one(&arena, 0, UINT16_MAX),
				     set_one(&arena, 0, UINT16_MAX) };
	if (set_is_empty(rest)) {
		strbuf_puts(text, "any");
	} else if (set_size(whole) > UINT8_MAX / 2) {
		strbuf_puts(text, "any except ");
		services_part(text, &any, rest, &shown);
	} else {
		services_part(text, &any, whole, &shown);
		for (size_t i = 0; i < count; i++)
			services_part(text, &services[i],
				      set_subtract(&arena, services[i].protocols, whole),
				      &shown);
	}
	if (shown > NAMED_MAX)
		strbuf_printf(text, " and %zu more", shown - NAMED_MAX);
	arena_release(&arena);
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
