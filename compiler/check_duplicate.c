/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules that say the same: equal in meaning after resolution, whatever their
 * words. Found by sorting digests of the rules; only neighbours are compared. */
#include "config.h"
#include "compiler/check_parts.h"

#include <stdlib.h>

#include "base/memory.h"

struct digest {
	uint64_t hash;
	uint32_t rule;
};

static uint64_t digest_mix(uint64_t hash, uint64_t value)
{
	hash ^= value + 0x9e3779b97f4a7c15 + (hash << 6) + (hash >> 2);
	return hash * 0xff51afd7ed558ccd;
}

static uint64_t digest_addresses(uint64_t hash, struct address_set set)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		hash = digest_mix(hash, set_hash(set.family[family]));
	return hash;
}

static uint64_t digest_of(const struct rule *rule)
{
	uint64_t hash = digest_mix(rule->allow, rule->modes);

	for (size_t i = 0; i < rule->pair_count; i++) {
		hash = digest_addresses(hash, rule->pairs[i].source);
		hash = digest_addresses(hash, rule->pairs[i].destination.unicast);
		hash = digest_addresses(hash, rule->pairs[i].destination.literal);
	}
	for (size_t i = 0; i < rule->match_count; i++) {
		const struct match *match = &rule->matches[i];
		if (match->ethertype_rule) {
			hash = digest_mix(hash, match->ethertype);
			continue;
		}
		hash = digest_mix(hash, set_hash(match->protocols));
		hash = digest_mix(hash, set_hash(match->dst_ports));
		hash = digest_mix(hash, set_hash(match->operations));
		hash = digest_mix(hash, set_hash(match->units));
		hash = digest_mix(hash, set_hash(match->objects));
	}
	return hash;
}

static int digest_order(const void *left, const void *right)
{
	const struct digest *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->rule > b->rule) - (a->rule < b->rule);
}

/* ---- equality ---- */

static bool zones_equal(struct zone_set a, struct zone_set b)
{
	for (size_t i = 0; i < (a.count + 63) / 64; i++)
		if (a.words[i] != b.words[i])
			return false;
	return a.count == b.count;
}

static bool pairs_equal(const struct pair *a, const struct pair *b)
{
	const struct destination *x = &a->destination, *y = &b->destination;

	return address_set_equal(a->source, b->source) &&
	       zones_equal(a->source_zones, b->source_zones) &&
	       address_set_equal(x->unicast, y->unicast) && zones_equal(x->zones, y->zones) &&
	       address_set_equal(x->literal, y->literal) &&
	       zones_equal(x->literal_zones, y->literal_zones) &&
	       x->literal_unlocated == y->literal_unlocated &&
	       address_set_equal(x->excluded, y->excluded);
}

static bool matches_equal(const struct match *a, const struct match *b)
{
	if (a->ethertype_rule || b->ethertype_rule)
		return a->ethertype_rule == b->ethertype_rule && a->ethertype == b->ethertype;
	return a->family[FAMILY_IPV4] == b->family[FAMILY_IPV4] &&
	       a->family[FAMILY_IPV6] == b->family[FAMILY_IPV6] &&
	       set_equal(a->protocols, b->protocols) && set_equal(a->src_ports, b->src_ports) &&
	       set_equal(a->dst_ports, b->dst_ports) &&
	       set_equal(a->operations, b->operations) && set_equal(a->units, b->units) &&
	       set_equal(a->objects, b->objects) &&
	       a->named_operations == b->named_operations && a->idle_seconds == b->idle_seconds;
}

static bool activities_equal(const struct activity *a, const struct activity *b)
{
	return a == b || (a != NULL && b != NULL && activity_equal(a, b));
}

static bool rules_equal(const struct rule *a, const struct rule *b)
{
	bool equal = a->allow == b->allow && a->modes == b->modes && a->log == b->log &&
		     a->pair_count == b->pair_count && a->match_count == b->match_count &&
		     activities_equal(a->activity, b->activity);

	for (size_t i = 0; equal && i < a->pair_count; i++)
		equal = pairs_equal(&a->pairs[i], &b->pairs[i]);
	for (size_t i = 0; equal && i < a->match_count; i++)
		equal = matches_equal(&a->matches[i], &b->matches[i]);
	return equal;
}

/* ---- findings ---- */

static void check_duplicate(const struct rule *rule, const struct rule *first, struct diags *diags)
{
	struct diag *diag = diag_add(diags, FINDING_DUPLICATE_RULE, rule->where,
				     "'%s' says the same as an earlier rule", rule->label);

	diag_other(diags, diag, first->where, "the earlier rule");
	diag->hint = finding_info(FINDING_DUPLICATE_RULE)->advice;
	check_about_rule(diag, rule);
}

void check_duplicates(const struct model *model, uint32_t *first, struct diags *diags)
{
	struct digest *digests = memory_array(model->rule_count + 1, sizeof(*digests));
	size_t count = 0;

	for (uint32_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		first[i] = i;
		if (!rule->implicit && rule->pair_count > 0)
			digests[count++] = (struct digest){ digest_of(rule), i };
	}
	if (count > 1)
		qsort(digests, count, sizeof(*digests), digest_order);
	for (size_t i = 1; i < count; i++) {
		const struct digest *a = &digests[i - 1], *b = &digests[i];
		if (a->hash != b->hash || !rules_equal(&model->rules[a->rule], &model->rules[b->rule]))
			continue;
		first[b->rule] = first[a->rule];
		check_duplicate(&model->rules[b->rule], &model->rules[first[a->rule]], diags);
	}
	free(digests);
}
