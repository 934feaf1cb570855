/* SPDX-License-Identifier: Apache-2.0
 *
 * Two platforms beside each other, at the same times, between each pair of interfaces,
 * in both families. */
#include "config.h"
#include "tests/verify/pairs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"

enum { VIEWS = 5 };

/* ---- several filters at the same times ---- */

static void compare_times(struct pairs *c)
{
	struct pairs_view *views[VIEWS] = { &c->plain, &c->first, &c->established, &c->fragments,
				      &c->declared };
	struct filter all = { .at = c->left->intent.at, .horizon = c->left->intent.horizon };
	struct filter none = all;
	VEC(struct filter_activity) activities = VEC_INIT;

	for (size_t i = 0; i < VIEWS; i++) {
		views[i]->first = (uint32_t)activities.len;
		for (size_t k = 0; k < views[i]->filter->activity_count; k++)
			vec_push(&activities, views[i]->filter->activities[k]);
	}
	all.activities = activities.data;
	all.activity_count = activities.len;
	activity_cells_make(&c->cells, &c->arena, &all, &none);
	vec_free(&activities);
}

/* ---- questions ---- */

static unsigned report(void *context, const struct space_difference *difference)
{
	struct pairs *c = context;
	struct space_box point = space_region_first(difference->region);
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT];
	struct address from = { point.field[FIELD_SOURCE].lo, c->family };
	struct address to = { point.field[FIELD_DESTINATION].lo, c->family };
	const struct pairs_side *admits = difference->left_allows ? c->left : c->right;

	printf("differ %s %s: %s: %s admits %s -> %s : %s -> %s protocol %u ports %u %u at %" PRId64
	       "\n",
	       c->left->device->name, c->right->device->name, c->what, admits->backend->platform,
	       c->in, c->out, address_print(&from, source), address_print(&to, destination),
	       (unsigned)point.field[FIELD_PROTOCOL].lo, (unsigned)point.field[FIELD_SRC_PORT].lo,
	       (unsigned)point.field[FIELD_DST_PORT].lo,
	       c->cells.example[(size_t)point.field[FIELD_CELL].lo]);
	c->different = true;
	return 0;
}

static void ask(struct pairs *c, const char *what, unsigned kinds, const struct pairs_lists *left,
		const struct pairs_lists *right)
{
	struct space_side a = { left->list, left->term, left->count };
	struct space_side b = { right->list, right->term, right->count };
	struct space_box box = space_box_all(c->family);
	struct space_listener listener = { kinds, report, c };

	c->what = what;
	box.field[FIELD_PROTOCOL] = c->protocols;
	box.field[FIELD_OPERATION].hi = box.field[FIELD_UNIT].hi = box.field[FIELD_OBJECT].hi = 0;
	box.field[FIELD_CELL].hi = c->cells.count - 1;
	if (c->protocols.lo == PAIRS_ICMP || c->protocols.lo == PAIRS_ICMPV6)
		box.field[FIELD_SRC_PORT].hi = box.field[FIELD_DST_PORT].hi = UINT8_MAX;
	if (space_compare_sides(&a, &b, &box, 0, &listener) == SPACE_UNDECIDED) {
		printf("differ %s %s: %s: undecided\n", c->left->device->name,
		       c->right->device->name, what);
		c->different = true;
	}
}

static void ask_first(struct pairs *c, unsigned kinds)
{
	struct pairs_lists left = { .count = 0 }, right = { .count = 0 };

	pairs_admitted(c, &left, &c->plain, false, 0);
	pairs_admitted(c, &right, &c->first, false, 0);
	ask(c, "new flows", kinds, &left, &right);
}

/* What answers a flow passes; beyond the other platform only answers to what it admits
 * by a rule that is named, and errors. */
static void ask_answers(struct pairs *c)
{
	struct pairs_lists left = { .count = 0 }, right = { .count = 0 }, turned = { .count = 0 };

	pairs_admitted(c, &right, &c->first, false, 0);
	pairs_admitted(c, &turned, &c->plain, true, 0);
	ask(c, "answers", SPACE_LEFT, &turned, &right);
	pairs_admitted(c, &left, &c->plain, false, 0);
	pairs_admitted(c, &left, &c->plain, true, 1);
	pairs_declared(c, &left, PAIRS_ANSWERS, 1);
	pairs_errors(c, &left, false, 2);
	pairs_neighbours(c, &left, false, 3);
	pairs_admitted(c, &right, &c->first, false, 0);
	ask(c, "residue", SPACE_RIGHT, &left, &right);
}

static void ask_segments(struct pairs *c)
{
	struct pairs_lists left = { .count = 0 }, right = { .count = 0 }, turned = { .count = 0 };

	pairs_admitted(c, &right, &c->established, false, 0);
	pairs_admitted(c, &left, &c->plain, false, 0);
	ask(c, "segments of connections", SPACE_LEFT, &left, &right);
	pairs_admitted(c, &turned, &c->plain, true, 0);
	ask(c, "segments of answers", SPACE_LEFT, &turned, &right);
	pairs_declared(c, &left, PAIRS_SEGMENTS, 1);
	pairs_own(c, &left, 2);
	ask(c, "residue of segments", SPACE_RIGHT, &left, &right);
}

static void ask_fragments(struct pairs *c)
{
	struct pairs_lists left = { .count = 0 }, right = { .count = 0 }, plain = { .count = 0 };
	bool dropped = c->right->device->tree->fragments_deny;

	pairs_admitted(c, &right, &c->fragments, false, 0);
	pairs_admitted(c, &plain, &c->plain, false, 0);
	if (!dropped) {
		ask(c, "fragments of flows", SPACE_LEFT, &plain, &right);
		pairs_declared(c, &left, PAIRS_HOSTS, 0);
		pairs_declared(c, &left, PAIRS_HOSTS_BACK, 1);
		pairs_errors(c, &left, true, 2);
		pairs_own(c, &left, 3);
		pairs_neighbours(c, &left, true, 4);
	}
	ask(c, "residue of fragments", SPACE_RIGHT, &left, &right);
}

static void compare_stateless(struct pairs *c)
{
	bool tcp = c->protocols.lo == PAIRS_TCP;

	ask_first(c, tcp ? SPACE_EITHER : SPACE_LEFT);
	if (tcp)
		ask_segments(c);
	else
		ask_answers(c);
	ask_fragments(c);
}

/* ---- pairs of interfaces, families and protocols ---- */

/* Where ports mean something else, and where answers do. */
static void compare_protocols(struct pairs *c)
{
	static const struct range classes[] = {
		{ 0, 0 },
		{ PAIRS_ICMP, PAIRS_ICMP },
		{ PAIRS_ICMP + 1, PAIRS_TCP - 1 },
		{ PAIRS_TCP, PAIRS_TCP },
		{ PAIRS_TCP + 1, PAIRS_ICMPV6 - 1 },
		{ PAIRS_ICMPV6, PAIRS_ICMPV6 },
		{ PAIRS_ICMPV6 + 1, UINT8_MAX },
	};

	for (size_t i = 0; !c->different && i < sizeof(classes) / sizeof(classes[0]); i++) {
		c->protocols = classes[i];
		if (c->right->read.stateless)
			compare_stateless(c);
		else
			ask_first(c, SPACE_EITHER);
	}
}

struct way {
	const char *in, *out;
};
VEC_TYPE(ways, struct way);

static void ways_add(struct ways *ways, const char *in, const char *out)
{
	for (size_t i = 0; i < ways->len; i++)
		if (strcmp(ways->data[i].in, in) == 0 && strcmp(ways->data[i].out, out) == 0)
			return;
	vec_push(ways, ((struct way){ in, out }));
}

/* What is for the device itself counts where both protect it. */
static void ways_of(struct ways *ways, const struct filter *filter, bool self)
{
	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &filter->pairs[i];
		bool to_self = strcmp(pair->out, FILTER_SELF) == 0;
		if (!to_self || self)
			ways_add(ways, pair->in, pair->out);
		if (!to_self)
			ways_add(ways, pair->out, pair->in);
	}
}

static void compare_ways(struct pairs *c)
{
	bool self = c->left->intent.covers_self && c->right->intent.covers_self;
	struct ways ways = VEC_INIT;

	ways_of(&ways, c->plain.filter, self);
	ways_of(&ways, c->first.filter, self);
	for (size_t i = 0; !c->different && i < ways.len; i++)
		for (int family = 0; !c->different && family < FAMILY_COUNT; family++) {
			c->in = ways.data[i].in;
			c->out = ways.data[i].out;
			c->family = (enum family)family;
			compare_protocols(c);
		}
	vec_free(&ways);
}

bool pairs_compare(const struct pairs_side *left, const struct pairs_side *right)
{
	if (left->read.stateless)
		return pairs_compare(right, left);
	struct pairs c = { .left = left, .right = right };
	c.plain.filter = &left->read.filter;
	c.first.filter = &right->read.filter;
	c.established.filter = &right->read.established;
	c.fragments.filter = &right->read.fragments;
	c.declared.filter = &right->intent;
	arena_init(&c.arena);
	compare_times(&c);
	if (left->read.filter.monitor != right->read.filter.monitor) {
		printf("differ %s %s: one only monitors\n", left->device->name,
		       right->device->name);
		c.different = true;
	}
	compare_ways(&c);
	arena_release(&c.arena);
	return c.different;
}
