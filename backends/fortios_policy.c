/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the filter as policies: one of both families for what is forwarded
 * (`srcaddr6` stands beside `srcaddr` from 6.4.0 on), and others for groups and for
 * the device itself. Entries that differ in their services alone are one policy. */
#include "config.h"
#include "backends/fortios.h"

#include <string.h>

enum { IDLE_MIN = 300, IDLE_MAX = 2764800 };

static const struct range groups[FAMILY_COUNT] = { { 0xe0000000, 0xefffffff },
						   { (u128)0xff << 120, ~(u128)0 } };

void fortios_print_name(struct strbuf *body, const char *word, const char *name)
{
	strbuf_printf(body, "        set %s ", word);
	fortios_quote(body, name);
	strbuf_putc(body, '\n');
}

bool fortios_has_family(const struct filter_entry *entry, int f)
{
	return !set_is_empty(entry->source.family[f]) &&
	       !set_is_empty(entry->destination.family[f]);
}

/* Where there is no name to begin with it, the comment does. */
const char *fortios_ours_comment(const struct fortios_make *make)
{
	return arena_printf(make->fortios->arena, FORTIOS_OURS "%s", make->comment);
}

struct fortios_policy *fortios_make_policy(struct fortios_make *make, enum fortios_table table,
					   const struct filter_entry *entry, const char *what,
					   struct fortios_text *text)
{
	struct arena *arena = make->fortios->arena;
	struct fortios_policy policy = { .table = table };

	policy.key = arena_printf(arena, "%s\n%s > %s\n%s\n%s %s %u %s\n%s",
				  fortios_tables[table], make->pair->in, make->pair->out,
				  make->rules, entry->allow ? "accept" : "deny",
				  entry->log ? "log" : "quiet", (unsigned)entry->idle_seconds,
				  make->fortios->filter->activities[entry->activity].label, what);
	policy.sides = arena_strdup(arena, strbuf_text(&text->sides));
	policy.body = arena_strdup(arena, strbuf_text(&text->body));
	strbuf_release(&text->sides);
	strbuf_release(&text->body);
	vec_push(make->out, policy);
	return &make->out->data[make->out->len - 1];
}

/* ---- what is forwarded ---- */

static void print_side(struct fortios_make *make, struct fortios_text *text,
		       const struct filter_entry *entry, int f, const char *six)
{
	strbuf_printf(&text->sides, "        set srcaddr%s %s\n        set dstaddr%s %s\n", six,
		      fortios_addresses(make->fortios, (enum family)f, entry->source.family[f],
					false),
		      six,
		      fortios_addresses(make->fortios, (enum family)f,
					entry->destination.family[f], false));
}

/* A device takes no fewer than five minutes, and no more than 32 days. */
static void print_idle(struct fortios_make *make, struct strbuf *body, const struct filter_entry *entry)
{
	uint32_t idle = entry->idle_seconds;

	if (idle == 0)
		return;
	if (idle < IDLE_MIN || idle > IDLE_MAX) {
		make->fortios->short_idle = true;
		idle = idle < IDLE_MIN ? IDLE_MIN : IDLE_MAX;
	}
	strbuf_printf(body, "        set session-ttl %u\n", idle);
}

/* A deny also meets what a virtual address is about to translate. */
static void print_verdict(struct fortios_make *make, struct strbuf *body,
			  const struct filter_entry *entry)
{
	bool would_drop = make->fortios->options->monitor && !entry->allow;
	bool accept = entry->allow || would_drop;

	strbuf_printf(body, "        set action %s\n", accept ? "accept" : "deny");
	if (accept)
		strbuf_puts(body, "        set nat disable\n");
	else
		strbuf_puts(body, "        set match-vip enable\n");
	strbuf_printf(body, "        set logtraffic %s\n",
		      entry->log || would_drop ? "all" : "disable");
	if (would_drop)
		strbuf_puts(body, "        set logtraffic-start enable\n");
	if (accept && entry->activity != 0)
		strbuf_puts(body, "        set schedule-timeout enable\n");
	if (entry->allow)
		print_idle(make, body, entry);
	fortios_print_comment(body, make->comment, would_drop);
}

static void make_forward(struct fortios_make *make, const struct filter_entry *entry)
{
	const char *service = fortios_service(make->fortios, make->entries, make->count);
	const char *schedule = make->fortios->schedules[entry->activity];
	struct fortios_text text = { STRBUF_INIT, STRBUF_INIT };

	if (service == NULL || service[0] == '\0' || schedule == NULL)
		return;
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (fortios_has_family(entry, f))
			print_side(make, &text, entry, f, f == FAMILY_IPV6 ? "6" : "");
	fortios_print_name(&text.body, "srcintf", make->pair->in);
	fortios_print_name(&text.body, "dstintf", make->pair->out);
	strbuf_puts(&text.body, strbuf_text(&text.sides));
	fortios_print_name(&text.body, "service", service);
	fortios_print_name(&text.body, "schedule", schedule);
	strbuf_puts(&text.body, "        set status enable\n");
	print_verdict(make, &text.body, entry);
	fortios_make_policy(make, FORTIOS_POLICY, entry, service, &text)->named = make->rules;
}

/* ---- the device itself ---- */

static void make_local_family(struct fortios_make *make, const struct filter_entry *entry, int f)
{
	static const enum fortios_table tables[] = { FORTIOS_LOCAL_IN, FORTIOS_LOCAL_IN6 };
	const char *schedule = make->fortios->schedules[entry->activity];
	const char *service = fortios_service(make->fortios, make->entries, make->count);
	struct fortios_text text = { STRBUF_INIT, STRBUF_INIT };

	if (service == NULL || service[0] == '\0' || schedule == NULL)
		return;
	print_side(make, &text, entry, f, "");
	fortios_print_name(&text.body, "intf", make->pair->in);
	strbuf_puts(&text.body, strbuf_text(&text.sides));
	strbuf_printf(&text.body, "        set action %s\n", entry->allow ? "accept" : "deny");
	fortios_print_name(&text.body, "service", service);
	fortios_print_name(&text.body, "schedule", schedule);
	strbuf_puts(&text.body, "        set status enable\n");
	fortios_print_comment(&text.body, fortios_ours_comment(make), false);
	fortios_make_policy(make, tables[f], entry, service, &text);
}

static void make_local(struct fortios_make *make, const struct filter_entry *entry)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (fortios_has_family(entry, f))
			make_local_family(make, entry, f);
}

/* ---- pairs ---- */

static struct filter_entry entry_part(struct fortios *fortios, const struct filter_entry *entry,
				      bool multicast)
{
	struct filter_entry part = *entry;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct set *all =
			set_one(fortios->arena, groups[f].lo, groups[f].hi);
		const struct set *to = entry->destination.family[f];
		part.destination.family[f] = multicast
						     ? set_intersect(fortios->arena, to, all)
						     : set_subtract(fortios->arena, to, all);
	}
	return part;
}

static bool entry_meets(const struct filter_entry *entry)
{
	return fortios_has_family(entry, FAMILY_IPV4) || fortios_has_family(entry, FAMILY_IPV6);
}

/* What is denied to groups is denied anyway, unless something admits them. */
static bool pair_has_groups(struct fortios *fortios, const struct filter_pair *pair)
{
	for (size_t i = 0; i < pair->entry_count; i++) {
		struct filter_entry part = entry_part(fortios, &pair->entries[i], true);
		if (part.allow && entry_meets(&part))
			return true;
	}
	return false;
}

static bool same_sides(const struct filter_entry *a, const struct filter_entry *b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (fortios_has_family(a, f) != fortios_has_family(b, f) ||
		    (fortios_has_family(a, f) &&
		     (!set_equal(a->source.family[f], b->source.family[f]) ||
		      !set_equal(a->destination.family[f], b->destination.family[f]))))
			return false;
	return true;
}

static bool same_but_service(const struct filter_entry *a, const struct filter_entry *b)
{
	return a->allow == b->allow && a->log == b->log && a->activity == b->activity &&
	       a->idle_seconds == b->idle_seconds && backend_same_rules(a, b) &&
	       same_sides(a, b);
}

/* How many entries from the first on one policy can hold. */
static size_t run_of(const struct filter_pair *pair, size_t first)
{
	size_t next = first + 1;

	while (next < pair->entry_count &&
	       same_but_service(&pair->entries[first], &pair->entries[next]))
		next++;
	return next - first;
}

static void make_pair(struct fortios_make *make, const struct filter_pair *pair)
{
	struct fortios *fortios = make->fortios;
	bool self = strcmp(pair->out, FILTER_SELF) == 0;
	bool multicast = !self && pair_has_groups(fortios, pair);

	make->pair = pair;
	for (size_t i = 0; i < pair->entry_count; i += make->count) {
		const struct filter_entry *entry = &pair->entries[i];
		struct filter_entry plain = entry_part(fortios, entry, false);
		make->entries = entry;
		make->count = run_of(pair, i);
		make->rules = fortios_rules_text(fortios, entry, false);
		make->comment = fortios_rules_text(fortios, entry, true);
		if (self)
			make_local(make, entry);
		if (!self && entry_meets(&plain))
			make_forward(make, &plain);
		for (size_t k = 0; multicast && k < make->count; k++) {
			struct filter_entry sent = entry_part(fortios, &entry[k], true);
			if (entry_meets(&sent))
				fortios_make_multicast(make, &sent);
		}
	}
}

/* ---- the ends ---- */

static struct filter_entry deny_all(struct fortios *fortios)
{
	return (struct filter_entry){
		.log = true,
		.source = address_set_all(fortios->arena),
		.destination = address_set_all(fortios->arena),
		.protocols = set_one(fortios->arena, 0, UINT8_MAX),
		.src_ports = set_one(fortios->arena, 0, FORTIOS_PORTS),
		.dst_ports = set_one(fortios->arena, 0, FORTIOS_PORTS),
	};
}

static void make_ends(struct fortios_make *make)
{
	struct fortios *fortios = make->fortios;
	static const struct filter_pair any = { .in = "any", .out = "any" };
	struct filter_entry rest = deny_all(fortios);

	make->rules = "last";
	make->comment = "everything else";
	make->entries = &rest;
	make->count = 1;
	make->pair = &any;
	make_forward(make, &rest);
	if (fortios->options->monitor) { /* groups that nothing admits are dropped else */
		struct filter_entry sent = entry_part(fortios, &rest, true);
		fortios_make_multicast(make, &sent);
	}
	for (size_t i = 0; fortios->filter->covers_self && i < fortios->filter->interface_count;
	     i++) {
		struct filter_pair pair = { .in = fortios->filter->interfaces[i].name,
					    .out = FILTER_SELF };
		make->pair = &pair;
		make_local(make, &rest);
	}
}

void fortios_policies(struct fortios *fortios, struct fortios_policies *out)
{
	struct fortios_make make = { .fortios = fortios, .out = out };

	for (size_t i = 0; i < fortios->filter->pair_count; i++)
		make_pair(&make, &fortios->filter->pairs[i]);
	make_ends(&make);
	fortios_identify(fortios, out);
}
