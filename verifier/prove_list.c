/* SPDX-License-Identifier: Apache-2.0
 *
 * From the entries of a pair of interfaces to first-match lists of the packet
 * space. Sources that do not lie behind an interface are denied first, as the
 * policy demands; no ICMP type or code is greater than a byte. */
#include "config.h"
#include "verifier/prove_parts.h"

#include <string.h>

enum { ICMP = 1, ICMPV6 = 58, TYPE_MAX = UINT8_MAX };

struct list_make {
	struct prove_run *run;
	const struct prove_source *source;
	const struct filter_interface *interface; /* sources lie behind it; NULL: anywhere */
	struct space_rule all;                    /* every packet of the family */
	VEC(struct space_rule) rules;
	bool onward;                              /* errors: to the rule's own destination */
	/* of errors, at the times of a cell: */
	VEC(struct range) outline;                /* whom they reach */
	const struct set *outline_source, *outline_cell;
};

const struct filter_pair *prove_pair_find(const struct filter *filter, const char *in,
					  const char *out)
{
	size_t lo = 0, hi = filter->pair_count;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		const struct filter_pair *pair = &filter->pairs[middle];
		int order = strcmp(pair->in, in);
		if (order == 0)
			order = strcmp(pair->out, out);
		if (order == 0)
			return pair;
		if (order < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return NULL;
}

bool prove_has_uncertain(const struct filter *filter)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		for (const struct filter_pair *p = &filter->pairs[i]; p != NULL; p = p->also)
			for (size_t k = 0; k < p->entry_count; k++)
				if (p->entries[k].uncertain)
					return true;
	return false;
}

static const struct filter_interface *filter_interface_find(const struct filter *filter,
							    const char *name)
{
	for (size_t i = 0; i < filter->interface_count; i++)
		if (strcmp(filter->interfaces[i].name, name) == 0)
			return &filter->interfaces[i];
	return NULL;
}

static struct space_rule rule_all(struct arena *arena, enum family family)
{
	struct space_box box = space_box_all(family);
	struct space_rule rule = { .id = SPACE_NO_RULE };

	for (size_t i = 0; i < FIELD_COUNT; i++)
		rule.field[i] = set_one(arena, box.field[i].lo, box.field[i].hi);
	return rule;
}

static void rules_push(struct list_make *make, const struct space_rule *rule)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (set_is_empty(rule->field[i]))
			return;
	vec_push(&make->rules, *rule);
}

/* ---- the rules of a pair ---- */

static bool shape_is_errors(enum prove_shape shape)
{
	return shape == SHAPE_ERRORS || shape == SHAPE_OWN_ERRORS || shape == SHAPE_ERRORS_ON;
}

/* What follows from an entry is of its protocols, but for errors. */
static bool entry_concerns(const struct list_make *make, const struct filter_entry *entry)
{
	struct range asked = make->run->question->protocols;

	return !set_is_empty(entry->source.family[make->run->family]) &&
	       !set_is_empty(entry->destination.family[make->run->family]) &&
	       (shape_is_errors(make->source->shape) ||
		set_overlaps_range(entry->protocols, asked.lo, asked.hi));
}

static void rules_push_entry(struct list_make *make, const struct filter_entry *entry)
{
	struct prove_run *run = make->run;
	struct prove_decider decider = { entry, make->source->intent };
	struct space_rule rule = make->all;

	if (entry->uncertain && entry->allow == (make->source->bound == BOUND_LOWER))
		return;
	if (!entry_concerns(make, entry))
		return;
	rule.allow = entry->allow;
	rule.id = (uint32_t)run->deciders.len;
	vec_push(&run->deciders, decider);
	rule.field[FIELD_PROTOCOL] = entry->protocols;
	rule.field[FIELD_SOURCE] = entry->source.family[run->family];
	rule.field[FIELD_DESTINATION] = entry->destination.family[run->family];
	rule.field[FIELD_SRC_PORT] = entry->src_ports;
	rule.field[FIELD_DST_PORT] = entry->dst_ports;
	if (entry->activity != 0 || entry->payload != 0)
		rule.field[FIELD_CELL] = activity_cells_of(&run->cells, &run->scratch,
							   make->source->intent, entry);
	rules_push(make, &rule);
}

static const struct set *icmp_protocols(struct arena *arena)
{
	struct range icmp[] = { { ICMP, ICMP }, { ICMPV6, ICMPV6 } };

	return set_from_ranges(arena, icmp, 2);
}

static void rules_push_wide_icmp(struct list_make *make)
{
	static const size_t fields[] = { FIELD_SRC_PORT, FIELD_DST_PORT };
	struct arena *arena = &make->run->scratch;

	for (size_t i = 0; i < 2; i++) {
		struct space_rule rule = make->all;
		rule.field[FIELD_PROTOCOL] = icmp_protocols(arena);
		rule.field[fields[i]] = set_one(arena, TYPE_MAX + 1, UINT16_MAX);
		rules_push(make, &rule);
	}
}

static void rules_push_spoofed(struct list_make *make)
{
	struct space_rule rule = make->all;

	if (make->interface == NULL)
		return;
	rule.field[FIELD_SOURCE] =
		set_subtract(&make->run->scratch, rule.field[FIELD_SOURCE],
			     make->interface->behind.family[make->run->family]);
	rules_push(make, &rule);
}

static void rules_push_pair(struct list_make *make, const struct filter_pair *pair)
{
	if (pair->entry_count == 0)
		return;
	rules_push_wide_icmp(make);
	rules_push_spoofed(make);
	for (size_t i = 0; i < pair->entry_count; i++)
		rules_push_entry(make, &pair->entries[i]);
}

/* ---- what follows from the rules of the opposite pair ---- */

static void rule_turn(struct space_rule *rule)
{
	const struct set *source = rule->field[FIELD_SOURCE];

	rule->field[FIELD_SOURCE] = rule->field[FIELD_DESTINATION];
	rule->field[FIELD_DESTINATION] = source;
}

static void rule_turn_ports(struct space_rule *rule)
{
	const struct set *port = rule->field[FIELD_SRC_PORT];

	rule->field[FIELD_SRC_PORT] = rule->field[FIELD_DST_PORT];
	rule->field[FIELD_DST_PORT] = port;
}

/* Messages that ask, and those that answer (RFC 792, RFC 950, RFC 4443). */
static const uint8_t icmp_pairs[][3] = { { ICMP, 8, 0 },   { ICMP, 13, 14 }, { ICMP, 15, 16 },
					 { ICMP, 17, 18 }, { ICMPV6, 128, 129 } };

static void rules_push_answers(struct list_make *make, const struct space_rule *rule)
{
	struct arena *arena = &make->run->scratch;

	for (size_t i = 0; i < sizeof(icmp_pairs) / sizeof(icmp_pairs[0]); i++) {
		const uint8_t *pair = icmp_pairs[i];
		struct space_rule answer = *rule;
		if ((pair[0] == ICMPV6) != (make->run->family == FAMILY_IPV6) ||
		    !set_contains(rule->field[FIELD_PROTOCOL], pair[0]) ||
		    !set_contains(rule->field[FIELD_SRC_PORT], pair[1]))
			continue;
		answer.field[FIELD_PROTOCOL] = set_one(arena, pair[0], pair[0]);
		answer.field[FIELD_SRC_PORT] = set_one(arena, pair[2], pair[2]);
		rules_push(make, &answer);
	}
}

/* A packet and its answer are one to one, so that a first-match list turns rule
 * by rule; of what answers nothing no rule is left, and it is denied. */
static void rules_push_replies(struct list_make *make, const struct space_rule *rule)
{
	struct arena *arena = &make->run->scratch;
	unsigned icmp = make->run->family == FAMILY_IPV6 ? ICMPV6 : ICMP;
	struct space_rule turned = *rule, plain;

	rule_turn(&turned);
	plain = turned;
	rule_turn_ports(&plain);
	plain.field[FIELD_PROTOCOL] = set_subtract(arena, plain.field[FIELD_PROTOCOL],
						   set_one(arena, icmp, icmp));
	rules_push(make, &plain);
	rules_push_answers(make, &turned);
}

/* No error is sent to a group (RFC 1122, section 3.2.2; RFC 4443, section 2.4). */
static const struct set *without_groups(struct list_make *make, const struct set *set)
{
	struct arena *arena = &make->run->scratch;
	bool six = make->run->family == FAMILY_IPV6;
	const struct set *groups = six ? set_one(arena, (u128)0xff << 120, ~(u128)0)
				       : set_one(arena, 0xe0000000, 0xefffffff);

	return set_subtract(arena, set, groups);
}

/* ICMP errors quote a packet of the flow (RFC 792; RFC 4443, section 2.1) or one of
 * its answers: unreachable and time exceeded, for IPv6 also packet too big; from
 * anywhere also parameter problems. */
static const struct set *error_types(const struct list_make *make)
{
	bool six = make->run->family == FAMILY_IPV6;
	struct range types[] = { { six ? 1 : 3, 3 }, { six ? 4 : 11, six ? 4 : 12 } };

	if (make->source->shape == SHAPE_ERRORS)
		return set_from_ranges(&make->run->scratch, types, 2);
	if (!six)
		types[1].hi = types[1].lo;
	return set_from_ranges(&make->run->scratch, types, six ? 1 : 2);
}

/* The errors from the source of `rule` to its destination. */
static void rules_push_error(struct list_make *make, const struct space_rule *rule)
{
	struct arena *arena = &make->run->scratch;
	unsigned icmp = make->run->family == FAMILY_IPV6 ? ICMPV6 : ICMP;
	struct space_rule error = *rule;

	if (make->source->shape == SHAPE_ERRORS)
		error.field[FIELD_SOURCE] = make->all.field[FIELD_SOURCE];
	error.field[FIELD_DESTINATION] = without_groups(make, error.field[FIELD_DESTINATION]);
	error.field[FIELD_PROTOCOL] = set_one(arena, icmp, icmp);
	error.field[FIELD_SRC_PORT] = error_types(make);
	error.field[FIELD_DST_PORT] = set_one(arena, 0, TYPE_MAX);
	rules_push(make, &error);
}

/* From anywhere, or whatever lies behind the interface that errors come in by, but for
 * the device's own addresses, which nobody else has. */
static const struct set *outline_source(const struct list_make *make)
{
	const struct prove_run *run = make->run;
	const struct filter *filter = make->source->filter;
	const struct filter_interface *interface = filter_interface_find(filter, run->in);
	const struct set *all = make->all.field[FIELD_SOURCE];

	if (make->source->shape == SHAPE_ERRORS)
		return all;
	if (interface != NULL)
		all = interface->behind.family[run->family];
	if (filter->model_device == NULL)
		return all;
	return set_subtract(&make->run->scratch, all,
			    filter->model_device->addresses.family[run->family]);
}

static void outline_end(struct list_make *make)
{
	struct space_rule rule = make->all;

	if (make->outline.len == 0)
		return;
	rule.allow = true;
	rule.field[FIELD_CELL] = make->outline_cell;
	rule.field[FIELD_SOURCE] = make->outline_source;
	rule.field[FIELD_DESTINATION] = set_from_ranges(&make->run->scratch, make->outline.data,
							make->outline.len);
	make->outline.len = 0;
	rules_push_error(make, &rule);
}

/* Rules in a row that hold at the same times are one: whom they reach is a list. */
static void outline_take(struct list_make *make, const struct space_rule *rule)
{
	const struct set *reached = rule->field[FIELD_DESTINATION];

	if (make->outline_source == NULL)
		make->outline_source = outline_source(make);
	if (make->source->shape != SHAPE_ERRORS &&
	    !set_is_subset(rule->field[FIELD_SOURCE], make->outline_source)) {
		rules_push_error(make, rule);
		return;
	}
	if (make->outline.len > 0 && !set_equal(make->outline_cell, rule->field[FIELD_CELL]))
		outline_end(make);
	make->outline_cell = rule->field[FIELD_CELL];
	for (size_t i = 0; i < reached->len; i++)
		vec_push(&make->outline, reached->range[i]);
}

static void rules_push_errors(struct list_make *make, const struct space_rule *rule)
{
	struct range asked = make->run->question->protocols;
	unsigned icmp = make->run->family == FAMILY_IPV6 ? ICMPV6 : ICMP;
	struct space_rule error = *rule;

	if (!rule->allow || icmp < asked.lo || icmp > asked.hi)
		return;
	if (make->interface != NULL)
		error.field[FIELD_SOURCE] =
			set_intersect(&make->run->scratch, error.field[FIELD_SOURCE],
				      make->interface->behind.family[make->run->family]);
	if (!make->onward)
		rule_turn(&error);
	if (make->source->outline)
		outline_take(make, &error);
	else
		rules_push_error(make, &error);
}

/* Messages that routers never forward, for their hop limit is 255, or 1 of listeners
 * (RFC 4890, section 4.4.1; RFC 2710, section 3). */
static void rules_push_neighbours(struct list_make *make)
{
	struct range types[] = { { 130, 136 }, { 141, 143 }, { 148, 149 }, { 151, 153 } };
	enum { REPORT = 131 };
	struct arena *arena = &make->run->scratch;
	struct space_rule rule = make->all;
	bool self = strcmp(make->run->out, FILTER_SELF) == 0;

	if (make->run->family != FAMILY_IPV6)
		return;
	rule.allow = true;
	rule.field[FIELD_PROTOCOL] = set_one(arena, ICMPV6, ICMPV6);
	rule.field[FIELD_SRC_PORT] =
		self ? set_from_ranges(arena, types, sizeof(types) / sizeof(types[0]))
		     : set_one(arena, REPORT, REPORT);
	rule.field[FIELD_DST_PORT] = set_one(arena, 0, TYPE_MAX);
	if (!self)
		rule.field[FIELD_DESTINATION] = set_one(arena, (u128)0xff << 120, ~(u128)0);
	rules_push(make, &rule);
}

static void rules_push_hosts(struct list_make *make, const struct space_rule *rule)
{
	struct space_rule hosts = *rule;

	if (!rule->allow)
		return;
	if (make->source->shape == SHAPE_HOSTS_BACK)
		rule_turn(&hosts);
	hosts.field[FIELD_SRC_PORT] = make->all.field[FIELD_SRC_PORT];
	hosts.field[FIELD_DST_PORT] = make->all.field[FIELD_DST_PORT];
	rules_push(make, &hosts);
}

/* The rules from `first` on become what follows from them. */
static void rules_reshape(struct list_make *make, size_t first)
{
	size_t plain = make->rules.len;

	if (make->source->shape == SHAPE_PLAIN)
		return;
	for (size_t i = first; i < plain; i++) {
		struct space_rule rule = make->rules.data[i];
		switch (make->source->shape) {
		case SHAPE_PLAIN: case SHAPE_NEIGHBOURS: break;
		case SHAPE_REPLIES: rules_push_replies(make, &rule); break;
		case SHAPE_ERRORS: case SHAPE_OWN_ERRORS: case SHAPE_ERRORS_ON:
			rules_push_errors(make, &rule);
			break;
		case SHAPE_HOSTS: case SHAPE_HOSTS_BACK: rules_push_hosts(make, &rule); break;
		}
	}
	outline_end(make);
	make->rules.len -= plain - first;
	if (plain > first)
		memmove(make->rules.data + first, make->rules.data + plain,
			(make->rules.len - first) * sizeof(*make->rules.data));
}

/* ---- lists ---- */

/* The rules made are one list of a side. */
static void lists_take(struct list_make *make, struct prove_lists *lists)
{
	lists->term[lists->count] = make->source->term;
	lists->list[lists->count++] = (struct space_list){
		make->rules.len > 0 ? arena_copy(&make->run->scratch, make->rules.data,
						 make->rules.len * sizeof(*make->rules.data))
				    : NULL,
		make->rules.len, false
	};
	make->run->rules += make->rules.len;
	make->rules.len = 0;
}

/* Errors come by whichever way: to whom any pair admits something that goes where
 * they come from, and to whom it admits something from there. */
static void lists_add_errors(struct list_make *make, struct prove_lists *lists)
{
	const struct filter *filter = make->source->filter;
	const char *in = make->run->in;

	for (int onward = 0; onward < 2; onward++) {
		size_t first = make->rules.len;
		make->onward = onward != 0;
		for (size_t i = 0; i < filter->pair_count; i++) {
			const struct filter_pair *pair = &filter->pairs[i];
			if (strcmp(onward ? pair->in : pair->out, in) == 0)
				rules_push_pair(make, pair);
		}
		rules_reshape(make, first);
	}
	lists_take(make, lists);
}

/* The lists of a pair, which must all allow. */
static void lists_add_pair(struct list_make *make, struct prove_lists *lists, const char *in,
			   const char *out)
{
	const struct filter_pair *pair = prove_pair_find(make->source->filter, in, out);

	if (strcmp(out, FILTER_SELF) != 0)
		make->interface = filter_interface_find(make->source->filter, in);
	do {
		if (lists->count == SPACE_LISTS / 2) {
			make->run->undecided = true;
			break;
		}
		if (pair != NULL)
			rules_push_pair(make, pair);
		rules_reshape(make, 0);
		lists_take(make, lists);
		pair = pair != NULL ? pair->also : NULL;
	} while (pair != NULL);
}

/* A packet that must pass more lists than a side has room for passes none. */
void prove_lists_add(struct prove_run *run, struct prove_lists *lists,
		     const struct prove_source *source)
{
	enum prove_shape shape = source->shape;
	bool back = shape == SHAPE_REPLIES || shape == SHAPE_OWN_ERRORS ||
		    shape == SHAPE_HOSTS_BACK;
	struct list_make make = { .run = run, .source = source,
				  .all = rule_all(&run->scratch, run->family),
				  .onward = shape == SHAPE_ERRORS_ON };

	if (shape == SHAPE_ERRORS) {
		lists_add_errors(&make, lists);
	} else if (shape == SHAPE_NEIGHBOURS) {
		rules_push_neighbours(&make);
		lists_take(&make, lists);
	} else {
		lists_add_pair(&make, lists, back ? run->out : run->in,
			       back ? run->in : run->out);
	}
	vec_free(&make.rules);
	vec_free(&make.outline);
}
