/* SPDX-License-Identifier: Apache-2.0
 *
 * From the entries of a pair to the boxes of its sets. In a box an ICMP type
 * and code are one number in the place of the source port, as the first two
 * bytes of the transport header hold them; the place of the destination port
 * is then the checksum, or the identifier, and takes every value. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PROTOCOL_DCCP = 33, PROTOCOL_UDP_LITE = 136, BYTE_BITS = 8 };

struct group_pair {
	struct nftables_groups *groups;
	struct arena *arena;
	const char *stem;
	const struct filter_entry *entry;
	uint32_t order;
	enum nftables_use use;
	const struct rule *rule;
};

static bool protocol_has_ports(unsigned protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == PROTOCOL_DCCP ||
	       protocol == PROTOCOL_UDP_LITE;
}

static const char *group_name(const struct group_pair *state, enum family family, bool ports)
{
	static const char *const uses[] = { "/log-deny/", "/deny", "/log/", "" };
	bool logs = state->rule != NULL;
	char when[24] = "";

	if (state->entry->activity != 0)
		snprintf(when, sizeof(when), "/t%u", state->entry->activity);
	return arena_printf(state->arena, "%s%s%s%s%s%s", state->stem, uses[state->use],
			    logs ? state->rule->identity : "", when,
			    family == FAMILY_IPV4 ? "/ip" : "/ip6", ports ? "" : "/any");
}

static struct nftables_group *group_find(const struct group_pair *state, enum family family,
					 bool ports)
{
	struct nftables_groups *groups = state->groups;

	for (size_t i = groups->len; i-- > 0;) {
		struct nftables_group *group = &groups->data[i];
		if (group->use == state->use && group->activity == state->entry->activity &&
		    group->family == family && group->ports == ports &&
		    group->rule == state->rule)
			return group;
	}
	struct nftables_group group = { state->use, state->entry->activity, family, ports,
					state->rule, group_name(state, family, ports),
					VEC_INIT };
	vec_push(groups, group);
	return &groups->data[groups->len - 1];
}

static const struct nftables_name *group_names(const struct group_pair *state)
{
	const struct nftables_name *names = NULL;

	for (size_t i = state->entry->rule_count; i-- > 0;) {
		struct nftables_name *name = arena_alloc(state->arena, sizeof(*name));
		*name = (struct nftables_name){ state->entry->rules[i], names };
		names = name;
	}
	return names;
}

static void group_addresses(const struct group_pair *state, enum family family, bool ports,
			    struct nftables_box box)
{
	const struct set *source = state->entry->source.family[family];
	const struct set *destination = state->entry->destination.family[family];

	if (set_is_empty(source) || set_is_empty(destination))
		return;
	struct nftables_boxes *boxes = &group_find(state, family, ports)->boxes;
	for (size_t s = 0; s < source->len; s++)
		for (size_t d = 0; d < destination->len; d++) {
			box.field[NFT_SOURCE] = source->range[s];
			box.field[NFT_DESTINATION] = destination->range[d];
			vec_push(boxes, box);
		}
}

static void group_header(const struct group_pair *state, bool ports,
			 const struct nftables_box *box)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		group_addresses(state, (enum family)family, ports, *box);
}

static void group_ports(const struct group_pair *state, struct nftables_box box)
{
	const struct set *src = state->entry->src_ports, *dst = state->entry->dst_ports;

	for (size_t s = 0; s < src->len; s++)
		for (size_t d = 0; d < dst->len; d++) {
			box.field[NFT_SPORT] = src->range[s];
			box.field[NFT_DPORT] = dst->range[d];
			group_header(state, true, &box);
		}
}

static void group_icmp(const struct group_pair *state, struct nftables_box box)
{
	const struct set *bytes = set_one(state->arena, 0, UINT8_MAX);
	const struct set *types = set_intersect(state->arena, state->entry->src_ports, bytes);
	const struct set *codes = set_intersect(state->arena, state->entry->dst_ports, bytes);

	box.field[NFT_DPORT] = (struct range){ 0, UINT16_MAX };
	for (size_t t = 0; t < types->len; t++)
		for (u128 type = types->range[t].lo; type <= types->range[t].hi; type++)
			for (size_t c = 0; c < codes->len; c++) {
				u128 word = type << BYTE_BITS;
				box.field[NFT_SPORT] =
					(struct range){ word + codes->range[c].lo,
							word + codes->range[c].hi };
				group_header(state, true, &box);
			}
}

static void group_protocol(const struct group_pair *state, struct nftables_box box,
			   unsigned protocol)
{
	const struct filter_entry *entry = state->entry;

	box.field[NFT_PROTOCOL] = (struct range){ protocol, protocol };
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		group_icmp(state, box);
	else if (protocol_has_ports(protocol))
		group_ports(state, box);
	else if (set_contains(entry->src_ports, 0) && set_contains(entry->dst_ports, 0))
		group_header(state, false, &box);
}

/* True if an entry asks nothing of ports, or of ICMP types where it is ICMP alone. */
static bool group_takes_all(const struct filter_entry *entry)
{
	bool icmp = true;
	u128 max = UINT8_MAX;

	for (size_t i = 0; i < entry->protocols->len; i++) {
		struct range range = entry->protocols->range[i];
		icmp = icmp && range.lo == range.hi &&
		       (range.lo == IPPROTO_ICMP || range.lo == IPPROTO_ICMPV6);
	}
	if (!icmp)
		max = UINT16_MAX;
	return set_covers_range(entry->src_ports, 0, max) &&
	       set_covers_range(entry->dst_ports, 0, max);
}

static void group_entry(const struct group_pair *state)
{
	const struct set *protocols = state->entry->protocols;
	struct nftables_box box = { .names = group_names(state), .order = state->order };
	bool all = group_takes_all(state->entry);

	for (size_t i = 0; i < protocols->len; i++) {
		struct range range = protocols->range[i];
		box.field[NFT_PROTOCOL] = range;
		if (all)
			group_header(state, false, &box);
		else
			for (u128 p = range.lo; p <= range.hi; p++)
				group_protocol(state, box, (unsigned)p);
	}
}

static int group_compare(const void *left, const void *right)
{
	const struct nftables_group *a = left, *b = right;

	if (a->use != b->use)
		return a->use < b->use ? -1 : 1;
	return strcmp(a->name, b->name);
}

void nftables_group_pair(struct nftables_groups *groups, struct arena *arena,
			 const struct filter_pair *pair, const char *stem)
{
	struct group_pair state = { .groups = groups, .arena = arena, .stem = stem };

	for (size_t i = 0; i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		state.entry = entry;
		state.order = (uint32_t)i;
		state.rule = NULL;
		state.use = entry->allow ? NFT_ALLOW : NFT_DENY;
		group_entry(&state);
		if (!entry->log || entry->rule_count == 0)
			continue;
		state.rule = entry->rules[0];
		state.use = entry->allow ? NFT_LOG_ALLOW : NFT_LOG_DENY;
		group_entry(&state);
	}
	for (size_t i = 0; i < groups->len; i++)
		nftables_cut(&groups->data[i].boxes, arena);
	if (groups->len > 0)
		qsort(groups->data, groups->len, sizeof(*groups->data), group_compare);
}

void nftables_groups_free(struct nftables_groups *groups)
{
	for (size_t i = 0; i < groups->len; i++)
		vec_free(&groups->data[i].boxes);
	vec_free(groups);
}
