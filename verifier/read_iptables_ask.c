/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules that ask a set, or a list of sets. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

/* ---- lists of sets ---- */

static bool sets_are_alike(const struct ipt_set *a, const struct ipt_set *b)
{
	return a->dimensions == b->dimensions && a->set.fields == b->set.fields &&
	       memcmp(a->dimension, b->dimension, sizeof(a->dimension)) == 0 &&
	       memcmp(a->set.type, b->set.type, sizeof(a->set.type)) == 0;
}

static void set_take(struct ipt_set *set, const struct ipt_set *member)
{
	for (size_t i = 0; i < member->set.rows.len; i++) {
		struct nft_row row = member->set.rows.data[i];
		for (size_t f = 0; f < set->set.fields; f++)
			row.value[f] = nft_pool_set(&set->set.pool[f],
						    member->set.pool[f].set[row.value[f]]);
		vec_push(&set->set.rows, row);
	}
}

static bool set_is_of(const struct ipt_set *set, enum family family)
{
	return set->port_only || set->family == family;
}

/* What the list's sets of one family hold together; made once. Of sets of several
 * kinds it is not known. */
static struct ipt_set *list_join(struct ipt *ipt, struct ipt_set *list)
{
	struct ipt_set **joined = &list->joined[ipt->family];

	if (*joined != NULL)
		return *joined;
	*joined = arena_alloc(ipt->arena, sizeof(**joined));
	**joined = (struct ipt_set){ .family = ipt->family };
	(*joined)->set.interval = true;
	(*joined)->set.line = list->set.line;
	for (size_t i = 0; i < list->members.len; i++) {
		const struct ipt_set *member = list->members.data[i];
		if (!set_is_of(member, ipt->family))
			continue;
		if ((*joined)->dimensions == 0) {
			(*joined)->dimensions = member->dimensions;
			(*joined)->port_only = member->port_only;
			memcpy((*joined)->dimension, member->dimension, sizeof(member->dimension));
			memcpy((*joined)->set.type, member->set.type, sizeof(member->set.type));
			(*joined)->set.fields = member->set.fields;
		}
		if (sets_are_alike(*joined, member))
			set_take(*joined, member);
		else
			(*joined)->set.partial = true;
	}
	return *joined;
}

/* A rule read later may say that rules fill the list, or one of its sets. */
static void list_settle(struct ipt_set *list)
{
	bool partial = list->set.partial;

	for (size_t i = 0; i < list->members.len; i++)
		partial = partial || list->members.data[i]->set.partial;
	for (int family = 0; family < FAMILY_COUNT; family++)
		if (list->joined[family] != NULL)
			list->joined[family]->set.partial |= partial;
}

/* ---- match ---- */

static void match_dimension(const struct ipt_set *set, struct nft_match *match, size_t i,
			    bool source)
{
	bool four = set->family == FAMILY_IPV4;

	switch (set->dimension[i]) {
	case IPT_DIMENSION_PORT:
		match->selector[match->fields++] = NFT_L4PROTO;
		match->selector[match->fields++] = source ? NFT_TH_SPORT : NFT_TH_DPORT;
		break;
	case IPT_DIMENSION_INTERFACE:
		match->selector[match->fields++] = source ? NFT_IIF : NFT_OIF;
		break;
	default:
		match->selector[match->fields++] = source ? (four ? NFT_IP_SADDR : NFT_IP6_SADDR) :
							    (four ? NFT_IP_DADDR : NFT_IP6_DADDR);
	}
}

/* Of the packet's family, and a direction for each dimension; else the kernel finds
 * nothing in the set (ip_set_core.c, ip_set_test). */
static bool set_can_match(const struct ipt_set *set, const struct ipt_rule *rule,
			  const char *directions)
{
	size_t given = *directions != '\0';

	for (; *directions != '\0'; directions++)
		given += *directions == ',';
	return given >= set->dimensions && set->dimensions > 0 &&
	       set_is_of(set, rule->ipt->family);
}

static void match_set(struct ipt_rule *rule, struct ipt_set *set, const char *directions)
{
	struct nft_match *match = ipt_match_new(rule);

	match->set = &set->set;
	match->negated = rule->negated;
	for (size_t i = 0; i < set->dimensions; i++) {
		size_t length = strcspn(directions, ",");
		match_dimension(set, match, i, length == 3 && memcmp(directions, "src", 3) == 0);
		directions += length + (directions[length] == ',');
	}
}

void ipt_set_match(struct ipt_rule *rule, const char *name, const char *directions)
{
	struct ipt_set *set;

	HASH_FIND_STR(rule->ipt->sets, name, set);
	if (set != NULL && set->list && !set->set.partial)
		set = list_join(rule->ipt, set);
	if (set == NULL || set->set.partial)
		ipt_rule_uncertain(rule, set == NULL ? "the set is in none of the files" :
						       "the set is not known in full");
	else if (set_can_match(set, rule, directions))
		match_set(rule, set, directions);
	else if (!rule->negated)
		ipt_match_never(rule);
}

/* ---- the end ---- */

static void set_keep(struct ipt *ipt, struct ipt_set *set)
{
	set->set.next = ipt->ruleset->anonymous;
	ipt->ruleset->anonymous = &set->set;
}

void ipt_sets_keep(struct ipt *ipt)
{
	struct ipt_set *set, *next;

	HASH_ITER(hh, ipt->sets, set, next) {
		HASH_DEL(ipt->sets, set);
		list_settle(set);
		vec_free(&set->members);
		set_keep(ipt, set);
		for (int family = 0; family < FAMILY_COUNT; family++)
			if (set->joined[family] != NULL)
				set_keep(ipt, set->joined[family]);
	}
}
