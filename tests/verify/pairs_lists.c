/* SPDX-License-Identifier: Apache-2.0
 *
 * First-match lists of the packet space: what a filter admits, and what a remainder
 * declares beyond that. */
#include "config.h"
#include "tests/verify/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

VEC_TYPE(rules, struct space_rule);

static const struct set *all_of(struct pairs *c, enum field field)
{
	struct space_box box = space_box_all(c->family);

	return set_one(&c->arena, box.field[field].lo, box.field[field].hi);
}

/* Every packet. */
static struct space_rule rule_all(struct pairs *c)
{
	struct space_rule rule = { .allow = true };

	for (int i = 0; i < FIELD_COUNT; i++)
		rule.field[i] = all_of(c, (enum field)i);
	return rule;
}

static struct space_rule rule_of(struct pairs *c, const struct pairs_view *view,
				 const struct filter_entry *entry)
{
	struct space_rule rule = rule_all(c);

	rule.allow = entry->allow;
	rule.field[FIELD_PROTOCOL] = entry->protocols;
	rule.field[FIELD_SOURCE] = entry->source.family[c->family];
	rule.field[FIELD_DESTINATION] = entry->destination.family[c->family];
	rule.field[FIELD_SRC_PORT] = entry->src_ports;
	rule.field[FIELD_DST_PORT] = entry->dst_ports;
	if (entry->activity != 0)
		rule.field[FIELD_CELL] = c->cells.left[view->first + entry->activity];
	return rule;
}

static void rules_add(struct rules *rules, const struct space_rule *rule)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (set_is_empty(rule->field[i]))
			return;
	vec_push(rules, *rule);
}

static void lists_end(struct pairs *c, struct pairs_lists *lists, struct rules *rules, uint8_t term)
{
	struct space_rule *kept = rules->len == 0 ? NULL :
		arena_copy(&c->arena, rules->data, rules->len * sizeof(*rules->data));

	if (lists->count == SPACE_LISTS / 2)
		abort();
	lists->term[lists->count] = term;
	lists->list[lists->count++] = (struct space_list){ kept, rules->len, false };
	vec_free(rules);
}

static const struct filter_pair *pair_of(const struct filter *filter, const char *in,
					 const char *out)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		if (strcmp(filter->pairs[i].in, in) == 0 && strcmp(filter->pairs[i].out, out) == 0)
			return &filter->pairs[i];
	return NULL;
}

static bool pairs_icmp(const struct pairs *c)
{
	return c->protocols.lo == (c->family == FAMILY_IPV4 ? PAIRS_ICMP : PAIRS_ICMPV6);
}

/* Messages that ask become those that answer (RFC 792, RFC 950, RFC 4443). */
static const struct set *answer_types(struct pairs *c, const struct set *asked)
{
	static const uint8_t four[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
	static const uint8_t six[][2] = { { 128, 129 } };
	const uint8_t(*pairs)[2] = c->family == FAMILY_IPV4 ? four : six;
	const struct set *types = set_empty();

	for (size_t i = 0; i < (c->family == FAMILY_IPV4 ? 4 : 1); i++)
		if (set_contains(asked, pairs[i][0]))
			types = set_union(&c->arena, types,
					  set_one(&c->arena, pairs[i][1], pairs[i][1]));
	return types;
}

/* The packets that answer those of the rule. */
static void rule_turn(struct pairs *c, struct space_rule *rule)
{
	const struct set *source = rule->field[FIELD_SOURCE], *port = rule->field[FIELD_SRC_PORT];

	rule->field[FIELD_SOURCE] = rule->field[FIELD_DESTINATION];
	rule->field[FIELD_DESTINATION] = source;
	if (pairs_icmp(c)) {
		rule->field[FIELD_SRC_PORT] = answer_types(c, port);
		return;
	}
	rule->field[FIELD_SRC_PORT] = rule->field[FIELD_DST_PORT];
	rule->field[FIELD_DST_PORT] = port;
}

void pairs_admitted(struct pairs *c, struct pairs_lists *lists, const struct pairs_view *view,
		    bool turned, uint8_t term)
{
	const struct filter_pair *pair = pair_of(view->filter, turned ? c->out : c->in,
						 turned ? c->in : c->out);

	do {
		struct rules rules = VEC_INIT;
		for (size_t i = 0; pair != NULL && i < pair->entry_count; i++) {
			struct space_rule rule = rule_of(c, view, &pair->entries[i]);
			if (turned)
				rule_turn(c, &rule);
			rules_add(&rules, &rule);
		}
		lists_end(c, lists, &rules, term);
		pair = pair != NULL ? pair->also : NULL;
	} while (pair != NULL);
}

/* ---- what a remainder declares ---- */

static bool is_declared(const struct filter *filter, const char *kind, const struct rule *rule)
{
	for (size_t i = 0; i < filter->remainder_count; i++)
		if (strcmp(filter->remainder[i].kind, kind) == 0 &&
		    filter->remainder[i].rule == rule)
			return true;
	return false;
}

static bool names_rule(const struct filter *filter, const struct filter_entry *entry)
{
	for (size_t i = 0; i < entry->rule_count; i++)
		if (is_declared(filter, "residue", entry->rules[i]))
			return true;
	return false;
}

void pairs_declared(struct pairs *c, struct pairs_lists *lists, enum pairs_shape shape,
		    uint8_t term)
{
	const struct filter *filter = c->declared.filter;
	bool back = shape != PAIRS_HOSTS;
	const struct filter_pair *pair =
		pair_of(filter, back ? c->out : c->in, back ? c->in : c->out);
	struct rules rules = VEC_INIT;

	for (size_t i = 0; pair != NULL && i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		struct space_rule rule = rule_of(c, &c->declared, entry);
		if (!entry->allow || (shape == PAIRS_ANSWERS && !names_rule(filter, entry)))
			continue;
		if (back)
			rule_turn(c, &rule);
		if (shape == PAIRS_HOSTS || shape == PAIRS_HOSTS_BACK) {
			rule.field[FIELD_SRC_PORT] = all_of(c, FIELD_SRC_PORT);
			rule.field[FIELD_DST_PORT] = all_of(c, FIELD_DST_PORT);
		}
		rules_add(&rules, &rule);
	}
	lists_end(c, lists, &rules, term);
}

static void errors_of_entry(struct pairs *c, struct rules *rules,
			    const struct filter_entry *entry, bool onward, bool hosts)
{
	bool six = c->family == FAMILY_IPV6;
	struct range types[] = { { six ? 1 : 3, 3 }, { six ? 4 : 11, six ? 4 : 12 } };
	struct space_rule rule = rule_of(c, &c->declared, entry);

	if (!entry->allow)
		return;
	if (!onward)
		rule.field[FIELD_DESTINATION] = rule.field[FIELD_SOURCE];
	rule.field[FIELD_SOURCE] = all_of(c, FIELD_SOURCE);
	rule.field[FIELD_PROTOCOL] = set_one(&c->arena, c->protocols.lo, c->protocols.hi);
	rule.field[FIELD_SRC_PORT] = hosts ? all_of(c, FIELD_SRC_PORT)
					   : set_from_ranges(&c->arena, types, 2);
	rule.field[FIELD_DST_PORT] = all_of(c, FIELD_DST_PORT);
	rules_add(rules, &rule);
}

void pairs_errors(struct pairs *c, struct pairs_lists *lists, bool hosts, uint8_t term)
{
	const struct filter *filter = c->declared.filter;
	struct rules rules = VEC_INIT;

	for (size_t i = 0; pairs_icmp(c) && i < filter->pair_count; i++) {
		const struct filter_pair *pair = &filter->pairs[i];
		for (size_t k = 0; k < pair->entry_count; k++) {
			if (strcmp(pair->out, c->in) == 0)
				errors_of_entry(c, &rules, &pair->entries[k], false, hosts);
			if (strcmp(pair->in, c->in) == 0)
				errors_of_entry(c, &rules, &pair->entries[k], true, hosts);
		}
	}
	lists_end(c, lists, &rules, term);
}

void pairs_neighbours(struct pairs *c, struct pairs_lists *lists, bool hosts, uint8_t term)
{
	struct range types[] = { { 130, 136 }, { 141, 143 }, { 148, 149 }, { 151, 153 } };
	bool self = strcmp(c->out, FILTER_SELF) == 0;
	struct space_rule rule = rule_all(c);
	struct rules rules = VEC_INIT;

	rule.field[FIELD_PROTOCOL] = set_one(&c->arena, PAIRS_ICMPV6, PAIRS_ICMPV6);
	if (!self)
		rule.field[FIELD_DESTINATION] =
			set_one(&c->arena, (u128)0xff << 120, ~(u128)0);
	if (!hosts)
		rule.field[FIELD_SRC_PORT] = self ? set_from_ranges(&c->arena, types, 4)
						  : set_one(&c->arena, 131, 131);
	if (c->family == FAMILY_IPV6)
		rules_add(&rules, &rule);
	lists_end(c, lists, &rules, term);
}

void pairs_own(struct pairs *c, struct pairs_lists *lists, uint8_t term)
{
	struct space_rule rule = rule_all(c);
	struct rules rules = VEC_INIT;

	rule.field[FIELD_PROTOCOL] = set_one(&c->arena, PAIRS_TCP, PAIRS_TCP);
	rule.field[FIELD_DESTINATION] = c->right->device->addresses.family[c->family];
	rules_add(&rules, &rule);
	lists_end(c, lists, &rules, term);
}
