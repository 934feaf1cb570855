/* SPDX-License-Identifier: Apache-2.0
 *
 * What the lists of an interface decide.
 *
 * IOS: a bound list that is not defined, or has no entry, permits everything
 * (IOS Security Configuration Guide, "IP Access List Overview"); before its
 * implicit deny an IPv6 list permits nd-na and nd-ns (`ipv6 access-list`). A
 * permit that asks for ports matches other fragments by their addresses alone, a
 * deny does not (`permit (IP)`, "Access List Processing of Fragments").
 * ASA: the interface's list, then the global one, then the deny; a list that is
 * not defined or is empty cannot be bound (ASA CLI configuration guide, "Configure
 * an Access Group"). */
#include "config.h"
#include "verifier/cisco_pairs.h"

#include <string.h>

enum { TCP = 6, ICMPV6 = 58, ND_NS = 135, ND_NA = 136 };

/* ---- entries of a scenario ---- */

static bool first_entry(const struct cisco_entry *from, struct filter_entry *to)
{
	to->uncertain = to->uncertain || from->flags;
	return !from->fragments && !from->established && !from->never_first;
}

static bool established_entry(struct cisco *cisco, const struct cisco_entry *from,
			      struct filter_entry *to)
{
	to->uncertain = to->uncertain || from->flags || from->syn_only || from->never_first;
	to->protocols = set_intersect(cisco->arena, to->protocols,
				      set_one(cisco->arena, TCP, TCP));
	return !from->fragments && !set_is_empty(to->protocols);
}

static bool fragment_entry(struct cisco *cisco, const struct cisco_entry *from,
			   struct filter_entry *to)
{
	to->src_ports = to->dst_ports = cisco->full_ports;
	return from->fragments || !from->layer4 || to->allow;
}

static void entries_add(struct cisco_pairs *pairs, struct cisco_entry_list *out,
			const struct cisco_list *list)
{
	for (size_t i = 0; i < list->entries.len; i++) {
		const struct cisco_entry *from = &list->entries.data[i];
		struct filter_entry entry = from->entry;
		bool takes = pairs->scenario == FIRST	      ? first_entry(from, &entry)
			     : pairs->scenario == ESTABLISHED ? established_entry(pairs->cisco,
										  from, &entry)
							      : fragment_entry(pairs->cisco, from,
									       &entry);
		if (takes)
			vec_push(out, entry);
	}
}

struct filter_entry cisco_entry_all(struct cisco_pairs *pairs, bool allow)
{
	struct cisco *cisco = pairs->cisco;
	struct filter_entry entry = {
		.allow = allow,
		.source = address_set_all(cisco->arena),
		.destination = address_set_all(cisco->arena),
		.protocols = cisco->full_protocols,
		.src_ports = cisco->full_ports,
		.dst_ports = cisco->full_ports,
	};

	return entry;
}

static struct filter_entry entry_family(struct cisco_pairs *pairs, enum family family)
{
	struct filter_entry entry = cisco_entry_all(pairs, true);

	entry.source.family[family == FAMILY_IPV4] = set_empty();
	entry.destination.family[family == FAMILY_IPV4] = set_empty();
	return entry;
}

static void entries_neighbours(struct cisco_pairs *pairs, struct cisco_entry_list *out)
{
	struct arena *arena = pairs->cisco->arena;
	struct filter_entry entry = entry_family(pairs, FAMILY_IPV6);

	if (pairs->scenario == ESTABLISHED)
		return;
	entry.protocols = set_one(arena, ICMPV6, ICMPV6);
	if (pairs->scenario == FIRST)
		entry.src_ports = set_one(arena, ND_NS, ND_NA);
	vec_push(out, entry);
}

static struct cisco_decided decided_take(struct cisco_pairs *pairs, struct cisco_entry_list *list)
{
	struct cisco_decided decided = { .count = list->len };

	if (list->len > 0)
		decided.entries = arena_copy(pairs->cisco->arena, list->data,
					     list->len * sizeof(*list->data));
	vec_free(list);
	return decided;
}

/* A list of which it is not known what it does: everything may pass. */
static void entries_unknown(struct cisco_pairs *pairs, struct cisco_entry_list *out,
			    enum family family, uint32_t line, const char *reason)
{
	struct filter_entry unknown = family == FAMILY_COUNT ? cisco_entry_all(pairs, true)
							     : entry_family(pairs, family);

	unknown.uncertain = true;
	if (pairs->scenario == FIRST)
		cisco_note(pairs->cisco, line, reason);
	vec_push(out, unknown);
}

/* ---- lists of IOS ---- */

static void ios_family(struct cisco_pairs *pairs, struct cisco_entry_list *out, const char *name,
		       enum family family)
{
	struct cisco *cisco = pairs->cisco;
	struct cisco_list *list =
		name ? cisco_list_find(cisco, family == FAMILY_IPV6, name) : NULL;

	if (list == NULL || list->lines.len == 0) {
		vec_push(out, entry_family(pairs, family));
		return;
	}
	cisco_list_resolve(cisco, list);
	if (list->entries.len == 0)
		entries_unknown(pairs, out, family, list->line, "the list has no entry");
	entries_add(pairs, out, list);
	if (family == FAMILY_IPV6)
		entries_neighbours(pairs, out);
}

static struct cisco_decided decide_ios(struct cisco_pairs *pairs,
				       const struct cisco_interface *interface,
				       enum cisco_way way)
{
	const char *const *names = way == IN ? interface->in : interface->out;
	struct cisco_entry_list list = VEC_INIT;

	if (way == CONTROL || (names[0] == NULL && names[1] == NULL))
		return (struct cisco_decided){ .open = true };
	for (int family = 0; family < FAMILY_COUNT; family++)
		ios_family(pairs, &list, names[family], (enum family)family);
	return decided_take(pairs, &list);
}

/* ---- lists of ASA ---- */

static bool asa_list(struct cisco_pairs *pairs, struct cisco_entry_list *out, const char *name,
		     uint32_t line)
{
	struct cisco_list *list = name ? cisco_list_find(pairs->cisco, false, name) : NULL;

	if (name == NULL)
		return false;
	if (list == NULL || list->lines.len == 0 || list->standard) {
		entries_unknown(pairs, out, FAMILY_COUNT, line,
				"no such extended access list is defined");
		return true;
	}
	cisco_list_resolve(pairs->cisco, list);
	entries_add(pairs, out, list);
	return true;
}

static struct cisco_decided decide_asa(struct cisco_pairs *pairs,
				       const struct cisco_interface *interface,
				       enum cisco_way way)
{
	const char *name = way == IN ? interface->in[0] : way == OUT ? interface->out[0]
								     : interface->control;
	struct cisco_entry_list list = VEC_INIT;
	bool bound = asa_list(pairs, &list, name, interface->line);

	if (way == IN)
		bound |= asa_list(pairs, &list, pairs->cisco->global, interface->line);
	struct cisco_decided decided = decided_take(pairs, &list);
	decided.open = !bound;
	return decided;
}

struct cisco_decided cisco_decide(struct cisco_pairs *pairs,
				  const struct cisco_interface *interface, enum cisco_way way)
{
	return pairs->cisco->asa ? decide_asa(pairs, interface, way)
				 : decide_ios(pairs, interface, way);
}

/* ---- the device itself, of ASA ---- */

/* The lines of management speak of the device's own addresses and stand before the
 * list of the control plane; without that list everything else is let in. */
struct cisco_decided cisco_decide_services(struct cisco_pairs *pairs, const char *interface,
					   const struct cisco_decided *control)
{
	struct cisco_manages services = VEC_INIT;
	struct cisco_entry_list list = VEC_INIT;

	cisco_manage_services(pairs->cisco, interface, &services);
	for (size_t i = 0; i < services.len; i++) {
		struct filter_entry entry = services.data[i].entry;
		if (entry.allow && !address_set_is_empty(pairs->own))
			entry.destination = pairs->own;
		vec_push(&list, entry);
	}
	for (size_t i = 0; !control->open && i < control->count; i++)
		vec_push(&list, control->entries[i]);
	if (control->open)
		vec_push(&list, cisco_entry_all(pairs, true));
	vec_free(&services);
	return decided_take(pairs, &list);
}

struct cisco_decided cisco_decide_icmp(struct cisco_pairs *pairs, const char *interface)
{
	struct cisco_manages lines = VEC_INIT;
	struct cisco_entry_list list = VEC_INIT;
	bool found = cisco_manage_icmp(pairs->cisco, interface, &lines);

	for (size_t i = 0; i < lines.len; i++)
		vec_push(&list, lines.data[i].entry);
	vec_push(&list, cisco_entry_all(pairs, true));
	vec_free(&lines);
	struct cisco_decided decided = decided_take(pairs, &list);
	decided.open = !found;
	return decided;
}
