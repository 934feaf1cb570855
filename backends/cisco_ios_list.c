/* SPDX-License-Identifier: Apache-2.0
 *
 * The inbound list of one interface. A list without state must also admit what
 * answers the flows that leave by the interface: for TCP segments with ACK or
 * RST, else the header turned round.
 *
 * The list decides one protocol after another, TCP, ICMP, UDP and then the rest,
 * and denies what is left of each before it goes on. An entry for all of IP that
 * stands behind then speaks of the rest alone, so that "everything but new TCP
 * connections" needs no list of protocols. Within a protocol come the answers,
 * then the denies, then the allows: a deny forbids flows, not the answers to
 * those of the other direction. */
#include "config.h"
#include "backends/cisco_ios.h"

#include <netinet/in.h>
#include <string.h>

enum { FIELDS = 5 };

const char ios_note_errors[] = "errors";

struct list_make {
	struct ios *ios;
	struct cisco_aces *aces;
	const char *interface;
	enum family family;
	const struct set *all_ports;
	const struct filter_entry *origin; /* of what is expanded now */
};

static void list_expand(struct list_make *make, const struct filter_entry *entry,
			const struct set *decided, bool established, const char *note)
{
	struct cisco_expand expand = { entry, make->origin, make->family, decided, established, note };

	make->ios->fine &= cisco_expand(make->aces, make->ios->arena, &expand,
					make->ios->filter->device, make->ios->diags);
}

static struct filter_entry list_entry(struct list_make *make, bool allow, unsigned protocol)
{
	struct filter_entry entry = {
		.allow = allow,
		.log = !allow,
		.source = address_set_all(make->ios->arena),
		.destination = address_set_all(make->ios->arena),
		.protocols = set_one(make->ios->arena, protocol, protocol),
		.src_ports = make->all_ports,
		.dst_ports = make->all_ports,
	};

	return entry;
}

/* ---- one product without another ---- */

VEC_TYPE(entry_list, struct filter_entry);

static const struct set **entry_field(struct filter_entry *entry, enum family family, int field)
{
	const struct set **fields[FIELDS] = { &entry->protocols, &entry->destination.family[family],
					      &entry->source.family[family], &entry->dst_ports,
					      &entry->src_ports };

	return fields[field];
}

static const struct set *activity_windows_of(const struct ios *ios, uint32_t activity)
{
	const struct filter *filter = ios->filter;

	if (activity == 0)
		return set_one(ios->arena, (u128)filter->at, (u128)(filter->horizon - 1));
	return ios->activities.data[activity].windows;
}

static uint32_t activity_add(struct ios *ios, const struct set *windows, const char *label)
{
	for (uint32_t i = 1; i < ios->activities.len; i++)
		if (set_equal(ios->activities.data[i].windows, windows))
			return i;
	struct filter_activity activity = { windows, label };
	vec_push(&ios->activities, activity);
	return (uint32_t)ios->activities.len - 1;
}

static bool entries_overlap(struct ios *ios, struct filter_entry *a, struct filter_entry *b,
			    enum family family)
{
	for (int field = 0; field < FIELDS; field++)
		if (!set_overlaps(*entry_field(a, family, field), *entry_field(b, family, field)))
			return false;
	return b->activity == 0 || set_overlaps(activity_windows_of(ios, a->activity),
						activity_windows_of(ios, b->activity));
}

static void subtract_time(struct ios *ios, struct entry_list *out, struct filter_entry rest,
			  const struct filter_entry *deny)
{
	if (deny->activity == 0 || deny->activity == rest.activity)
		return;
	const struct filter_activity *activity = &ios->activities.data[deny->activity];
	const struct set *windows = set_subtract(
		ios->arena, activity_windows_of(ios, rest.activity), activity->windows);
	if (set_is_empty(windows))
		return;
	const char *label = ios->activities.data[rest.activity].label;
	rest.activity = activity_add(
		ios, windows, arena_printf(ios->arena, "%s not %s", label, activity->label));
	vec_push(out, rest);
}

/* Appends what of `entry` the overlapping `deny` leaves: a piece for each field
 * in which it is narrower. */
static void entry_subtract(struct ios *ios, struct entry_list *out, struct filter_entry entry,
			   struct filter_entry *deny, enum family family)
{
	for (int field = 0; field < FIELDS; field++) {
		const struct set **mine = entry_field(&entry, family, field);
		const struct set *theirs = *entry_field(deny, family, field);
		const struct set *left = set_subtract(ios->arena, *mine, theirs);
		if (!set_is_empty(left)) {
			struct filter_entry piece = entry;
			*entry_field(&piece, family, field) = left;
			vec_push(out, piece);
		}
		*mine = set_intersect(ios->arena, *mine, theirs);
	}
	subtract_time(ios, out, entry, deny);
}

/* The denies of a pair: each allow asks for them. */
VEC_TYPE(deny_list, struct filter_entry *);

static void pair_denies(const struct filter_pair *pair, struct deny_list *out)
{
	out->len = 0;
	for (size_t i = 0; i < pair->entry_count; i++)
		if (!pair->entries[i].allow)
			vec_push(out, &pair->entries[i]);
}

/* What an allow of a pair admits, without what the denies of the pair forbid. */
static void entry_admitted(struct list_make *make, const struct deny_list *denies,
			   const struct filter_entry *allow, struct entry_list *out)
{
	out->len = 0;
	vec_push(out, *allow);
	for (size_t i = 0; i < denies->len; i++) {
		struct filter_entry *deny = denies->data[i];
		struct entry_list next = VEC_INIT;
		if (!entries_overlap(make->ios, (struct filter_entry *)allow, deny, make->family))
			continue;
		for (size_t k = 0; k < out->len; k++) {
			if (entries_overlap(make->ios, &out->data[k], deny, make->family))
				entry_subtract(make->ios, &next, out->data[k], deny,
					       make->family);
			else
				vec_push(&next, out->data[k]);
		}
		vec_free(out);
		*out = next;
	}
}

/* ---- answers ---- */

static struct filter_entry entry_turned(const struct filter_entry *entry)
{
	struct filter_entry turned = *entry;

	turned.source = entry->destination;
	turned.destination = entry->source;
	turned.log = false;
	return turned;
}

static void answer_ports(struct list_make *make, const struct filter_entry *entry,
			 const struct set *decided, bool established)
{
	struct filter_entry turned = entry_turned(entry);

	turned.src_ports = entry->dst_ports;
	turned.dst_ports = entry->src_ports;
	list_expand(make, &turned, decided, established, "replies");
}

/* Messages that ask, and those that answer (RFC 792, RFC 950, RFC 4443). */
static void answer_icmp(struct list_make *make, const struct filter_entry *entry)
{
	static const uint8_t four[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
	static const uint8_t six[][2] = { { 128, 129 } };
	const uint8_t(*pairs)[2] = make->family == FAMILY_IPV4 ? four : six;
	size_t count = make->family == FAMILY_IPV4 ? 4 : 1;

	for (size_t i = 0; i < count; i++) {
		struct filter_entry turned = entry_turned(entry);
		if (!set_contains(entry->src_ports, pairs[i][0]))
			continue;
		turned.src_ports = set_one(make->ios->arena, pairs[i][1], pairs[i][1]);
		list_expand(make, &turned, set_empty(), false, "replies");
	}
}

/* ---- errors ---- */

static void ranges_add(struct address_ranges *ranges, enum family family, const struct set *set)
{
	for (size_t r = 0; r < set->len; r++) {
		struct address_range range = { set->range[r].lo, set->range[r].hi, family };
		vec_push(ranges, range);
	}
}

/* Who takes part in what is admitted, at the times of one activity, to what lies
 * behind the interface or from there, or the device itself where it does: errors come
 * back to either side, from a host or from any router on the way. */
static struct address_set list_parties(struct list_make *make, uint32_t activity, bool self)
{
	struct address_ranges ranges = VEC_INIT;

	for (size_t i = 0; i < make->ios->filter->pair_count; i++)
		for (size_t k = 0; k < make->ios->pairs[i].entry_count; k++) {
			const struct filter_pair *pair = &make->ios->pairs[i];
			const struct filter_entry *entry = &pair->entries[k];
			const struct set *from = entry->source.family[make->family];
			const struct set *to = entry->destination.family[make->family];
			if (!entry->allow || entry->activity != activity || set_is_empty(from) ||
			    set_is_empty(to) || (strcmp(pair->out, FILTER_SELF) == 0) != self)
				continue;
			if (strcmp(pair->out, make->interface) == 0)
				ranges_add(&ranges, make->family, from);
			if (strcmp(pair->in, make->interface) == 0)
				ranges_add(&ranges, make->family, to);
		}
	struct address_set set =
		address_set_from_ranges(make->ios->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return address_set_subtract(make->ios->arena, set, cisco_groups_all(make->ios->arena));
}

/* Unreachable, packet too big (for IPv4 a code of it), time exceeded, parameter
 * problem: RFC 792, RFC 4443. None is about what went to a group (RFC 1122, section
 * 3.2.2). */
static void list_errors(struct list_make *make, bool self)
{
	bool six = make->family == FAMILY_IPV6;
	struct range types[] = { { six ? 1 : 3, 3 }, { six ? 4 : 11, six ? 4 : 12 } };
	struct filter_entry entry =
		list_entry(make, true, six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	entry.src_ports = set_from_ranges(make->ios->arena, types, 2);
	for (uint32_t i = 0; i < make->ios->filter->activity_count; i++) {
		entry.activity = i;
		entry.destination = list_parties(make, i, self);
		list_expand(make, &entry, set_empty(), false,
			    self ? "errors to the device" : ios_note_errors);
	}
}

/* ---- a protocol ---- */

/* Part of a list: the protocols `mine`, where those of `decided` are done. */
struct section {
	const struct set *mine, *decided;
	int protocol; /* the one of `mine`, or CISCO_IP */
	const char *rest; /* what its last deny is about */
};

static bool section_entry(const struct list_make *make, const struct section *section,
			  const struct filter_entry *entry, struct filter_entry *out)
{
	*out = *entry;
	out->protocols = set_intersect(make->ios->arena, entry->protocols, section->mine);
	return !set_is_empty(out->protocols) &&
	       !set_is_empty(entry->source.family[make->family]) &&
	       !set_is_empty(entry->destination.family[make->family]);
}

static void section_answer(struct list_make *make, const struct section *section,
			   const struct deny_list *denies, const struct filter_entry *allow)
{
	struct entry_list admitted = VEC_INIT;

	/* Segments of forbidden connections are no harm: nothing begins with them. */
	if (section->protocol == IPPROTO_TCP)
		vec_push(&admitted, *allow);
	else
		entry_admitted(make, denies, allow, &admitted);
	for (size_t i = 0; i < admitted.len; i++) {
		if (cisco_is_icmp(make->family, section->protocol))
			answer_icmp(make, &admitted.data[i]);
		else
			answer_ports(make, &admitted.data[i], section->decided,
				     section->protocol == IPPROTO_TCP);
	}
	vec_free(&admitted);
}

static void section_answers(struct list_make *make, const struct section *section)
{
	const struct filter *filter = make->ios->filter;
	struct deny_list denies = VEC_INIT;
	size_t first = make->aces->len;
	struct filter_entry mine;

	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &make->ios->pairs[i];
		if (strcmp(pair->out, make->interface) != 0)
			continue;
		pair_denies(pair, &denies);
		for (size_t k = 0; k < pair->entry_count; k++) {
			make->origin = &pair->entries[k];
			if (pair->entries[k].allow &&
			    section_entry(make, section, &pair->entries[k], &mine))
				section_answer(make, section, &denies, &mine);
		}
	}
	make->origin = NULL;
	cisco_aces_by_rule(make->aces, first);
	vec_free(&denies);
}

static void section_flows(struct list_make *make, const struct section *section, bool allow)
{
	const struct filter *filter = make->ios->filter;
	size_t first = make->aces->len;
	struct filter_entry mine;

	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &make->ios->pairs[i];
		if (strcmp(pair->in, make->interface) != 0 ||
		    strcmp(pair->out, FILTER_SELF) == 0)
			continue;
		for (size_t k = 0; k < pair->entry_count; k++) {
			make->origin = &pair->entries[k];
			if (pair->entries[k].allow != allow ||
			    !section_entry(make, section, &pair->entries[k], &mine))
				continue;
			if (!allow) /* these are denied where they leave */
				mine.destination = address_set_subtract(
					make->ios->arena, mine.destination, make->ios->sent);
			list_expand(make, &mine, section->decided, false, NULL);
		}
	}
	make->origin = NULL;
	cisco_aces_by_rule(make->aces, first);
}

static void list_section(struct list_make *make, const struct section *section)
{
	section_answers(make, section);
	if (cisco_is_icmp(make->family, section->protocol))
		list_errors(make, false);
	section_flows(make, section, false);
	section_flows(make, section, true);
	if (section->protocol == CISCO_IP)
		return; /* the final deny follows */
	struct filter_entry rest = list_entry(make, false, (unsigned)section->protocol);
	list_expand(make, &rest, set_empty(), false, section->rest);
}

/* ---- what is for the device ---- */

static bool entry_is_of_neighbours(const struct filter_entry *entry)
{
	return entry->rule_count > 0 &&
	       strcmp(entry->rules[0]->identity, "neighbour-discovery") == 0;
}

/* Neighbour discovery and multicast listeners, which the final deny would take from
 * the implicit permits of an IPv6 list. Without groups of addresses each source, each
 * address of the device and each message would be a line: then any source is taken,
 * for such messages come from the link or are dropped (RFC 4861, section 3.1). */
static struct filter_entry list_neighbours(struct list_make *make, struct filter_entry entry)
{
	if (entry_is_of_neighbours(&entry) && !make->ios->six_groups)
		entry.source.family[FAMILY_IPV6] =
			address_set_all(make->ios->arena).family[FAMILY_IPV6];
	return entry;
}

/* Reports of MLDv1 go to the group that they are about (RFC 2710, section 5). */
static void list_listeners(struct list_make *make)
{
	enum { LISTENER_REPORT = 131 };
	struct filter_entry entry = list_entry(make, true, IPPROTO_ICMPV6);

	entry.destination = cisco_groups_all(make->ios->arena);
	entry.src_ports = set_one(make->ios->arena, LISTENER_REPORT, LISTENER_REPORT);
	if (make->family == FAMILY_IPV6 && make->ios->filter->covers_self)
		list_expand(make, &entry, set_empty(), false, "multicast listeners");
}

static void list_self(struct list_make *make)
{
	const struct filter *filter = make->ios->filter;
	struct filter_entry entry = list_entry(make, true, IPPROTO_TCP);

	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &make->ios->pairs[i];
		if (strcmp(pair->in, make->interface) != 0 ||
		    strcmp(pair->out, FILTER_SELF) != 0)
			continue;
		for (size_t k = 0; k < pair->entry_count; k++) {
			struct filter_entry own = list_neighbours(make, pair->entries[k]);
			make->origin = &pair->entries[k];
			list_expand(make, &own, set_empty(), false, "for the device");
		}
	}
	make->origin = NULL;
	list_listeners(make);
	list_errors(make, true);
	entry.destination = make->ios->own;
	list_expand(make, &entry, set_empty(), true, "replies to the device");
	entry = list_entry(make, false, 0);
	entry.protocols = set_one(make->ios->arena, 0, UINT8_MAX);
	entry.destination = make->ios->own;
	list_expand(make, &entry, set_empty(), false, "the device itself");
	entry.source = make->ios->own;
	entry.destination = address_set_all(make->ios->arena);
	list_expand(make, &entry, set_empty(), false, "nobody else has its addresses");
}

void ios_list_make(struct ios *ios, struct cisco_aces *aces, const char *interface,
		   enum family family)
{
	struct arena *arena = ios->arena;
	int icmp = family == FAMILY_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct list_make make = { ios, aces, interface, family,
				  set_one(arena, 0, CISCO_PORTS), NULL };
	int protocols[] = { IPPROTO_TCP, icmp, IPPROTO_UDP };
	const char *rests[] = { "the rest of TCP", "the rest of ICMP", "the rest of UDP" };
	const struct set *decided = set_empty();

	list_self(&make);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		u128 protocol = (u128)protocols[i];
		struct section section = { set_one(arena, protocol, protocol), set_empty(),
					   protocols[i], rests[i] };
		list_section(&make, &section);
		decided = set_union(arena, decided, section.mine);
	}
	struct section rest = { set_subtract(arena, set_one(arena, 0, UINT8_MAX), decided),
				decided, CISCO_IP, NULL };
	list_section(&make, &rest);
}

/* ---- outbound ---- */

static void outbound_flows(struct list_make *make, bool allow)
{
	const struct ios *ios = make->ios;
	size_t first = make->aces->len;

	for (size_t i = 0; i < ios->filter->pair_count; i++) {
		const struct filter_pair *pair = &ios->pairs[i];
		if (strcmp(pair->out, make->interface) != 0)
			continue;
		for (size_t k = 0; k < pair->entry_count; k++) {
			struct filter_entry entry = pair->entries[k];
			if (entry.allow != allow)
				continue;
			entry.destination = address_set_intersect(ios->arena, entry.destination,
								  ios->sent);
			make->origin = &pair->entries[k];
			list_expand(make, &entry, set_empty(), false, NULL);
		}
	}
	make->origin = NULL;
	cisco_aces_by_rule(make->aces, first);
}

void ios_list_make_outbound(struct ios *ios, struct cisco_aces *aces, const char *interface,
			    enum family family)
{
	struct list_make make = { ios, aces, interface, family,
				  set_one(ios->arena, 0, CISCO_PORTS), NULL };
	struct filter_entry rest = list_entry(&make, false, 0);

	outbound_flows(&make, false);
	outbound_flows(&make, true);
	rest.protocols = set_one(ios->arena, 0, UINT8_MAX);
	rest.destination = ios->sent;
	list_expand(&make, &rest, set_empty(), false, "groups, besides");
	rest.allow = true;
	rest.log = false;
	rest.destination = address_set_all(ios->arena);
	list_expand(&make, &rest, set_empty(), false, "everything else was decided inbound");
}
