/* SPDX-License-Identifier: Apache-2.0
 *
 * `idle`: how long a conversation may be silent, as timeouts of connection
 * tracking, set on new conversations. nft has them for TCP and UDP; what is asked
 * of other protocols, or for longer than the kernel counts, is in the remainder. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The kernel counts timeouts in signed 32-bit ticks, at most 1000 a second. */
enum { IDLE_MAX = INT32_MAX / 1000, IDLE_PROTOCOLS = 2 };

static const uint8_t idle_protocols[IDLE_PROTOCOLS] = { IPPROTO_TCP, IPPROTO_UDP };

static uint32_t idle_seconds(uint32_t asked)
{
	return asked < IDLE_MAX ? asked : IDLE_MAX;
}

/* ---- the objects ---- */

VEC_TYPE(idle_list, uint32_t);

static int idle_compare(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void idle_collect(struct idle_list *list, const struct filter *filter)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &filter->pairs[i].entries[k];
			if (entry->allow && entry->idle_seconds != 0)
				vec_push(list, idle_seconds(entry->idle_seconds));
		}
	if (list->len > 0)
		qsort(list->data, list->len, sizeof(*list->data), idle_compare);
}

static void print_timeout(struct strbuf *text, uint32_t seconds, unsigned protocol,
			  enum family family)
{
	char number[4];

	strbuf_puts(text, "\tct timeout ");
	nftables_print_idle_name(text, seconds, protocol, family);
	strbuf_printf(text, " {\n\t\tprotocol %s\n\t\tl3proto %s\n",
		      nftables_protocol_name(protocol, number),
		      family == FAMILY_IPV4 ? "ip" : "ip6");
	if (protocol == IPPROTO_TCP)
		strbuf_printf(text, "\t\tpolicy = { established : %u }\n\t}\n\n", seconds);
	else
		strbuf_printf(text, "\t\tpolicy = { unreplied : %u, replied : %u }\n\t}\n\n",
			      seconds, seconds);
}

void nftables_print_timeouts(struct strbuf *text, const struct filter *filter)
{
	struct idle_list list = VEC_INIT;

	idle_collect(&list, filter);
	for (size_t i = 0; i < list.len; i++)
		for (int p = 0; p < IDLE_PROTOCOLS; p++)
			for (int family = 0; family < FAMILY_COUNT; family++)
				if (i == 0 || list.data[i - 1] != list.data[i])
					print_timeout(text, list.data[i], idle_protocols[p],
						      (enum family)family);
	vec_free(&list);
}

/* ---- the rules ---- */

static void print_idle_rule(struct strbuf *text, const struct filter *filter,
			    const struct nftables_group *group, unsigned protocol)
{
	const struct nftables_kind *kind = &group->kind;
	char number[4];

	strbuf_puts(text, "\t\tct state new ");
	nftables_print_time_match(text, filter, kind);
	if (kind->shape.protocol == NFT_ANY_PROTOCOL)
		strbuf_printf(text, "meta l4proto %s ",
			      nftables_protocol_name(protocol, number));
	nftables_print_lookup(text, group, TRAVEL_ORIGINAL);
	strbuf_puts(text, " ct timeout set \"");
	nftables_print_idle_name(text, idle_seconds(kind->idle_seconds), protocol,
				 kind->shape.family);
	strbuf_puts(text, "\"\n");
}

static int group_by_idle(const void *left, const void *right)
{
	const struct nftables_group *const *a = left, *const *b = right;

	if ((*a)->kind.idle_seconds != (*b)->kind.idle_seconds)
		return (*a)->kind.idle_seconds < (*b)->kind.idle_seconds ? -1 : 1;
	return strcmp((*a)->name, (*b)->name);
}

/* The last that is set counts: the longest that is asked for a flow. */
void nftables_print_idle(struct strbuf *text, const struct filter *filter,
			 const struct nftables_groups *groups)
{
	VEC(const struct nftables_group *) asking = VEC_INIT;

	for (size_t i = 0; i < groups->len; i++)
		if (groups->data[i].kind.idle_seconds != 0)
			vec_push(&asking, &groups->data[i]);
	if (asking.len > 0)
		qsort(asking.data, asking.len, sizeof(*asking.data), group_by_idle);
	for (size_t i = 0; i < asking.len; i++)
		for (int p = 0; p < IDLE_PROTOCOLS; p++) {
			int protocol = asking.data[i]->kind.shape.protocol;
			if (protocol == idle_protocols[p] || protocol == NFT_ANY_PROTOCOL)
				print_idle_rule(text, filter, asking.data[i],
						idle_protocols[p]);
		}
	vec_free(&asking);
}

/* ---- what remains ---- */

static const char *idle_remains(struct arena *arena, const struct filter_entry *entry)
{
	struct range both[] = { { IPPROTO_TCP, IPPROTO_TCP }, { IPPROTO_UDP, IPPROTO_UDP } };

	if (!entry->allow || entry->idle_seconds == 0)
		return NULL;
	if (!set_is_subset(entry->protocols, set_from_ranges(arena, both, IDLE_PROTOCOLS)))
		return "how long conversations of other protocols than TCP and UDP may be "
		       "silent is the kernel's own setting";
	if (entry->idle_seconds > IDLE_MAX)
		return "the kernel ends silent conversations after 24 days at the latest";
	return NULL;
}

void nftables_explain_idle(struct arena *arena, struct filter *filter)
{
	VEC(struct filter_remainder) remainder = VEC_INIT;
	bool *told = memory_array(backend_rule_count(filter) + 1, sizeof(*told));

	for (size_t i = 0; i < filter->remainder_count; i++)
		vec_push(&remainder, filter->remainder[i]);
	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &filter->pairs[i].entries[k];
			const struct rule *rule = entry->rule_count > 0 ? entry->rules[0] : NULL;
			struct filter_remainder more = { "idle", rule,
							 idle_remains(arena, entry) };
			if (more.message == NULL || (rule != NULL && told[rule->index]))
				continue;
			vec_push(&remainder, more);
			if (rule != NULL)
				told[rule->index] = true;
		}
	filter->remainder_count = remainder.len;
	if (remainder.len > 0)
		filter->remainder = arena_copy(arena, remainder.data,
					       remainder.len * sizeof(*remainder.data));
	vec_free(&remainder);
	free(told);
}
