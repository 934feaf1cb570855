/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the filter as policies: one of both families for what is forwarded,
 * and others for groups, which `firewall policy` never matches, and for the device
 * itself. The number of a policy is a digest of what it comes from: interfaces,
 * rules, and which of their entries it is; two that meet are told apart in the order
 * of these texts, not of the policy. */
#include "config.h"
#include "backends/fortios.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/sha256.h"

enum { POLICY_NAME = 35, IDLE_MIN = 300, IDLE_MAX = 2764800 };

static const uint32_t first_id = 1000000000, id_count = 3000000000;

static const struct range groups[FAMILY_COUNT] = { { 0xe0000000, 0xefffffff },
						   { (u128)0xff << 120, ~(u128)0 } };

struct make {
	struct fortios *fortios;
	struct fortios_policies *out;
	const struct filter_pair *pair;
	const struct filter_entry *entries; /* at hand: they differ in their services alone */
	size_t count;
	const char *rules;   /* identities of these entries */
	const char *comment;
	size_t ordinal;      /* of the entries among those of the same rules */
	size_t part;         /* of the policy among those of the entries */
};

/* ---- texts ---- */

static const char *make_rules(struct fortios *fortios, const struct filter_entry *entry,
			      bool labels)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < entry->rule_count; i++) {
		const struct rule *rule = entry->rules[i];
		strbuf_printf(&text, "%s%s", i > 0 ? "; " : "", rule->identity);
		if (labels && rule->label != NULL)
			strbuf_printf(&text, " %s", rule->label);
	}
	const char *made = arena_strdup(fortios->arena, strbuf_text(&text));
	strbuf_release(&text);
	return made;
}

/* Cut to what a comment holds, never within a character. */
static void print_comment(struct strbuf *text, const char *comment, bool would_drop)
{
	struct strbuf whole = STRBUF_INIT;
	size_t length;

	strbuf_printf(&whole, "%s%s", would_drop ? "would drop: " : "", comment);
	length = whole.len;
	if (length > FORTIOS_COMMENT_MAX)
		for (length = FORTIOS_COMMENT_MAX;
		     length > 0 && ((unsigned char)whole.text[length] & 0xc0) == 0x80;)
			length--;
	if (whole.len > length)
		whole.text[length] = '\0';
	strbuf_puts(text, "        set comments ");
	fortios_quote(text, strbuf_text(&whole));
	strbuf_putc(text, '\n');
	strbuf_release(&whole);
}

static const char *make_key(struct make *make, enum fortios_table table)
{
	return arena_printf(make->fortios->arena, "%s\n%s > %s\n%s\n%zu %zu",
			    fortios_tables[table], make->pair->in, make->pair->out, make->rules,
			    make->ordinal, make->part++);
}

static void push(struct make *make, enum fortios_table table, const char *key,
		 struct strbuf *body)
{
	struct fortios_policy policy = {
		table, key, arena_strdup(make->fortios->arena, strbuf_text(body)), 0
	};

	vec_push(make->out, policy);
	strbuf_release(body);
}

static void print_name(struct make *make, struct strbuf *body, const char *key)
{
	static const struct name_rules rules = { POLICY_NAME, "_.", false };
	const char *stem = arena_printf(make->fortios->arena, FORTIOS_OURS "%s", make->rules);

	strbuf_puts(body, "        set name ");
	fortios_quote(body, names_of_content(make->fortios->arena, &rules, stem, key));
	strbuf_putc(body, '\n');
}

static void print_interface(struct strbuf *body, const char *word, const char *name)
{
	strbuf_printf(body, "        set %s ", word);
	fortios_quote(body, name);
	strbuf_putc(body, '\n');
}

/* ---- what is forwarded ---- */

static bool has_family(const struct filter_entry *entry, int f)
{
	return !set_is_empty(entry->source.family[f]) &&
	       !set_is_empty(entry->destination.family[f]);
}

static void print_sides(struct make *make, struct strbuf *body, const struct filter_entry *entry)
{
	static const char *const source[] = { "srcaddr", "srcaddr6" };
	static const char *const destination[] = { "dstaddr", "dstaddr6" };

	for (int f = 0; f < FAMILY_COUNT; f++)
		if (has_family(entry, f))
			strbuf_printf(body, "        set %s %s\n        set %s %s\n", source[f],
				      fortios_addresses(make->fortios, (enum family)f,
							entry->source.family[f], false),
				      destination[f],
				      fortios_addresses(make->fortios, (enum family)f,
							entry->destination.family[f], false));
}

/* A device takes no fewer than five minutes, and no more than 32 days. */
static void print_idle(struct make *make, struct strbuf *body, const struct filter_entry *entry)
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
static void print_verdict(struct make *make, struct strbuf *body,
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
	print_comment(body, make->comment, would_drop);
}

static void make_forward(struct make *make, const struct filter_entry *entry)
{
	const char *service = fortios_service(make->fortios, make->entries, make->count);
	const char *schedule = make->fortios->schedules[entry->activity];
	const char *key = make_key(make, FORTIOS_POLICY);
	struct strbuf body = STRBUF_INIT;

	if (service == NULL || service[0] == '\0' || schedule == NULL)
		return;
	print_name(make, &body, key);
	print_interface(&body, "srcintf", make->pair->in);
	print_interface(&body, "dstintf", make->pair->out);
	print_sides(make, &body, entry);
	print_interface(&body, "service", service);
	print_interface(&body, "schedule", schedule);
	strbuf_puts(&body, "        set status enable\n");
	print_verdict(make, &body, entry);
	push(make, FORTIOS_POLICY, key, &body);
}

/* ---- multicast ---- */

/* Where there is no name to begin with it, the comment does. */
static const char *ours_comment(struct make *make)
{
	return arena_printf(make->fortios->arena, FORTIOS_OURS "%s", make->comment);
}

static void make_multicast(struct make *make, const struct filter_entry *entry, int f,
			   int protocol, struct range ports)
{
	enum fortios_table table = f == FAMILY_IPV4 ? FORTIOS_MULTICAST_POLICY
						    : FORTIOS_MULTICAST_POLICY6;
	bool would_drop = make->fortios->options->monitor && !entry->allow;
	const char *key = make_key(make, table);
	struct strbuf body = STRBUF_INIT;

	print_interface(&body, "srcintf", make->pair->in);
	print_interface(&body, "dstintf", make->pair->out);
	strbuf_printf(&body, "        set srcaddr %s\n        set dstaddr %s\n",
		      fortios_addresses(make->fortios, (enum family)f, entry->source.family[f],
					false),
		      fortios_addresses(make->fortios, (enum family)f,
					entry->destination.family[f], true));
	if (protocol > 0)
		strbuf_printf(&body, "        set protocol %d\n", protocol);
	if (ports.lo > 0 || ports.hi < FORTIOS_PORTS)
		strbuf_printf(&body, "        set start-port %u\n        set end-port %u\n",
			      (unsigned)ports.lo, (unsigned)ports.hi);
	strbuf_printf(&body, "        set action %s\n        set status enable\n",
		      entry->allow || would_drop ? "accept" : "deny");
	print_comment(&body, ours_comment(make), would_drop);
	push(make, table, key, &body);
}

static bool is_transport(int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static void make_groups_family(struct make *make, const struct filter_entry *entry, int f)
{
	const struct range any = { 0, FORTIOS_PORTS };
	bool all = set_covers_range(entry->src_ports, 0, FORTIOS_PORTS) &&
		   set_covers_range(entry->dst_ports, 0, FORTIOS_PORTS);

	if (set_covers_range(entry->protocols, 0, UINT8_MAX) && all) {
		make_multicast(make, entry, f, 0, any);
		return;
	}
	for (int p = 0; p <= UINT8_MAX; p++) {
		if (!set_contains(entry->protocols, (u128)p))
			continue;
		if (p == 0 || (!all && (!is_transport(p) ||
					!set_covers_range(entry->src_ports, 0, FORTIOS_PORTS)))) {
			fortios_refuse(make->fortios, entry,
				       "a multicast policy of its platform knows no source ports "
				       "and no types");
			return;
		}
		for (size_t i = 0; i < (all ? 1 : entry->dst_ports->len); i++)
			make_multicast(make, entry, f, p, all ? any : entry->dst_ports->range[i]);
	}
}

static void make_groups(struct make *make, const struct filter_entry *entry)
{
	if (entry->activity != 0) {
		fortios_refuse(make->fortios, entry,
			       "a multicast policy of its platform has no schedule");
		return;
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (has_family(entry, f))
			make_groups_family(make, entry, f);
}

/* ---- the device itself ---- */

static void make_local(struct make *make, const struct filter_entry *entry)
{
	static const enum fortios_table tables[] = { FORTIOS_LOCAL_IN, FORTIOS_LOCAL_IN6 };
	const char *schedule = make->fortios->schedules[entry->activity];

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct filter_entry one = *entry;
		const char *key = make_key(make, tables[f]);
		struct strbuf body = STRBUF_INIT;
		one.source.family[!f] = one.destination.family[!f] = set_empty();
		const char *service =
			fortios_service(make->fortios, make->entries, make->count);
		if (!has_family(&one, f) || service == NULL || service[0] == '\0' ||
		    schedule == NULL)
			continue;
		print_interface(&body, "intf", make->pair->in);
		strbuf_printf(&body, "        set srcaddr %s\n        set dstaddr %s\n",
			      fortios_addresses(make->fortios, (enum family)f,
						one.source.family[f], false),
			      fortios_addresses(make->fortios, (enum family)f,
						one.destination.family[f], false));
		strbuf_printf(&body, "        set action %s\n", one.allow ? "accept" : "deny");
		print_interface(&body, "service", service);
		print_interface(&body, "schedule", schedule);
		strbuf_puts(&body, "        set status enable\n");
		print_comment(&body, ours_comment(make), false);
		push(make, tables[f], key, &body);
	}
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
	return has_family(entry, FAMILY_IPV4) || has_family(entry, FAMILY_IPV6);
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

/* How many entries of a pair the same rules had before. */
struct seen_rules {
	const char *rules;
	size_t count;
	UT_hash_handle hh;
};

static size_t ordinal_of(struct make *make, struct seen_rules **seen)
{
	struct seen_rules *rules;

	HASH_FIND_STR(*seen, make->rules, rules);
	if (rules != NULL)
		return ++rules->count;
	rules = arena_alloc(make->fortios->arena, sizeof(*rules));
	rules->rules = make->rules;
	HASH_ADD_KEYPTR(hh, *seen, rules->rules, strlen(rules->rules), rules);
	return 0;
}

static bool same_sides(const struct filter_entry *a, const struct filter_entry *b)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		if (has_family(a, f) != has_family(b, f) ||
		    (has_family(a, f) &&
		     (!set_equal(a->source.family[f], b->source.family[f]) ||
		      !set_equal(a->destination.family[f], b->destination.family[f]))))
			return false;
	return true;
}

static bool same_but_service(const struct filter_entry *a, const struct filter_entry *b)
{
	return a->allow == b->allow && a->log == b->log && a->activity == b->activity &&
	       a->idle_seconds == b->idle_seconds && a->rule_count == b->rule_count &&
	       (a->rule_count == 0 ||
		memcmp(a->rules, b->rules, a->rule_count * sizeof(struct rule *)) == 0) &&
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

static void make_pair(struct make *make, const struct filter_pair *pair)
{
	struct fortios *fortios = make->fortios;
	bool self = strcmp(pair->out, FILTER_SELF) == 0;
	bool multicast = !self && pair_has_groups(fortios, pair);
	struct seen_rules *seen = NULL;

	make->pair = pair;
	for (size_t i = 0; i < pair->entry_count; i += make->count) {
		const struct filter_entry *entry = &pair->entries[i];
		struct filter_entry plain = entry_part(fortios, entry, false);
		make->entries = entry;
		make->count = run_of(pair, i);
		make->rules = make_rules(fortios, entry, false);
		make->comment = make_rules(fortios, entry, true);
		make->ordinal = ordinal_of(make, &seen);
		make->part = 0;
		if (self)
			make_local(make, entry);
		if (!self && entry_meets(&plain))
			make_forward(make, &plain);
		for (size_t k = 0; multicast && k < make->count; k++) {
			struct filter_entry sent = entry_part(fortios, &entry[k], true);
			if (entry_meets(&sent))
				make_groups(make, &sent);
		}
	}
	HASH_CLEAR(hh, seen);
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

static void make_ends(struct make *make)
{
	struct fortios *fortios = make->fortios;
	static const struct filter_pair any = { .in = "any", .out = "any" };
	struct filter_entry rest = deny_all(fortios);

	make->rules = "last";
	make->comment = "everything else";
	make->ordinal = make->part = 0;
	make->entries = &rest;
	make->count = 1;
	make->pair = &any;
	make_forward(make, &rest);
	if (fortios->options->monitor) { /* groups that nothing admits are dropped else */
		struct filter_entry sent = entry_part(fortios, &rest, true);
		make_groups(make, &sent);
	}
	for (size_t i = 0; fortios->filter->covers_self && i < fortios->filter->interface_count;
	     i++) {
		struct filter_pair pair = { .in = fortios->filter->interfaces[i].name,
					    .out = FILTER_SELF };
		make->pair = &pair;
		make_local(make, &rest);
	}
}

/* ---- numbers ---- */

static uint32_t digest_id(const char *key, unsigned attempt)
{
	struct sha256 hash;
	char digest[SHA256_TEXT], short_digest[16] = "", count = (char)attempt;

	sha256_init(&hash);
	sha256_add(&hash, key, strlen(key));
	if (attempt > 0)
		sha256_add(&hash, &count, 1);
	sha256_final(&hash, digest);
	memcpy(short_digest, digest, 15);
	return first_id + (uint32_t)(strtoull(short_digest, NULL, 16) % id_count);
}

static int key_order(const void *left, const void *right)
{
	return strcmp((*(const struct fortios_policy *const *)left)->key,
		      (*(const struct fortios_policy *const *)right)->key); /* never 0 */
}

struct taken_id {
	uint32_t id;
	UT_hash_handle hh;
};

/* Numbers of others on the device are taken, too. */
static bool id_is_free(struct fortios *fortios, struct taken_id **taken,
		       const struct fortios_policy *policy, uint32_t id)
{
	struct taken_id *found;
	char name[16];

	HASH_FIND(hh, *taken, &id, sizeof(id), found);
	if (found != NULL)
		return false;
	snprintf(name, sizeof(name), "%u", id);
	struct fortios_old *old = fortios_previous_find(&fortios->previous, policy->table, name);
	return old == NULL || old->ours;
}

static void number(struct fortios *fortios, struct fortios_policies *policies)
{
	struct fortios_policy **sorted =
		arena_array(fortios->arena, policies->len + 1, sizeof(struct fortios_policy *));
	struct taken_id *taken = NULL;

	for (size_t i = 0; i < policies->len; i++)
		sorted[i] = &policies->data[i];
	if (policies->len > 0)
		qsort(sorted, policies->len, sizeof(struct fortios_policy *), key_order);
	for (size_t i = 0; i < policies->len; i++) {
		struct taken_id *mine = arena_alloc(fortios->arena, sizeof(*mine));
		unsigned attempt = 0;
		do
			mine->id = digest_id(sorted[i]->key, attempt++);
		while (!id_is_free(fortios, &taken, sorted[i], mine->id));
		sorted[i]->id = mine->id;
		HASH_ADD(hh, taken, id, sizeof(mine->id), mine);
	}
	HASH_CLEAR(hh, taken);
}

void fortios_policies(struct fortios *fortios, struct fortios_policies *out)
{
	struct make make = { .fortios = fortios, .out = out };

	for (size_t i = 0; i < fortios->filter->pair_count; i++)
		make_pair(&make, &fortios->filter->pairs[i]);
	make_ends(&make);
	number(fortios, out);
}
