/* SPDX-License-Identifier: Apache-2.0
 *
 * Policies as entries. A policy of both families has IPv4 and IPv6 addresses of its
 * own; one without addresses of a family matches nothing of it. Multicast is never
 * matched by `firewall policy` but by `firewall multicast-policy` alone (FortiOS
 * Administration Guide, "Multicast routing and PIM support"). What is asked for and
 * cannot be told from a packet's header makes a policy uncertain. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

#define WOULD_DROP "would drop: "

/* The names of the settings of one family in a kind of policy; NULL: it has none. */
struct names {
	const char *source, *source_negate, *destination, *destination_negate;
};

struct kind {
	const char *path;
	struct names names[FAMILY_COUNT];
	bool multicast, local;
};

static const struct kind kinds[] = {
	{ "firewall policy",
	  { { "srcaddr", "srcaddr-negate", "dstaddr", "dstaddr-negate" },
	    { "srcaddr6", "srcaddr6-negate", "dstaddr6", "dstaddr6-negate" } }, false, false },
	{ "firewall policy6",
	  { { NULL, NULL, NULL, NULL },
	    { "srcaddr", "srcaddr-negate", "dstaddr", "dstaddr-negate" } }, false, false },
	{ "firewall consolidated policy",
	  { { "srcaddr4", "srcaddr-negate", "dstaddr4", "dstaddr-negate" },
	    { "srcaddr6", "srcaddr-negate", "dstaddr6", "dstaddr-negate" } }, false, false },
	{ "firewall multicast-policy",
	  { { "srcaddr", NULL, "dstaddr", NULL }, { NULL, NULL, NULL, NULL } }, true, false },
	{ "firewall multicast-policy6",
	  { { NULL, NULL, NULL, NULL }, { "srcaddr", NULL, "dstaddr", NULL } }, true, false },
	{ "firewall local-in-policy",
	  { { "srcaddr", "srcaddr-negate", "dstaddr", "dstaddr-negate" },
	    { NULL, NULL, NULL, NULL } }, false, true },
	{ "firewall local-in-policy6",
	  { { NULL, NULL, NULL, NULL },
	    { "srcaddr", "srcaddr-negate", "dstaddr", "dstaddr-negate" } }, false, true },
};

/* Names, logs, bandwidth, timers and marks; profiles count with `utm-status`. */
static const char *const harmless[] = {
	"uuid", "name", "comments", "label", "global-label", "logtraffic", "logtraffic-start",
	"capture-packet", "session-ttl", "schedule-timeout", "match-vip", "policyid",
	"traffic-shaper", "traffic-shaper-reverse", "per-ip-shaper", "traffic-shaping*",
	"auto-asic-offload", "np-acceleration", "np-accelation", "delay-tcp-npu-session",
	"tcp-mss-sender", "tcp-mss-receiver", "diffserv*", "vlan-cos-fwd", "vlan-cos-rev",
	"send-deny-packet", "timeout-send-rst", "block-notification", "replacemsg-override-group",
	"inspection-mode", "av-profile", "webfilter-profile", "dnsfilter-profile",
	"emailfilter-profile", "dlp-sensor", "dlp-profile", "file-filter-profile", "ips-sensor",
	"application-list", "voip-profile", "waf-profile", "ssh-filter-profile", "icap-profile",
	"sctp-filter-profile", "cifs-profile", "videofilter-profile", "ips-voip-filter",
	"spamfilter-profile", "profile-protocol-options", "ssl-ssh-profile", "profile-type",
	"profile-group", "fixedport", "poolname*", "natip", "custom-log-fields",
	"decrypted-traffic-mirror", "fec", "cgn-*", "policy-expiry-date*",
	"internet-service-negate", "port-preserve", "dsri", "passive-wan-health-measurement",
	"sgt", "firewall-session-dirty", "geoip-anycast", "geoip-match", NULL
};

/* Switches that are off by default. On, they leave open what a policy matches, or only
 * what becomes of what it accepts, or let pass what it does not name. */
enum doubt { DOUBT_MATCH, DOUBT_OUTCOME, DOUBT_OPEN };
static const struct {
	const char *word;
	enum doubt doubt;
	const char *reason;
} switches[] = {
	{ "policy-expiry", DOUBT_MATCH, "it ends at a date" },
	{ "sgt-check", DOUBT_MATCH, "it asks for a tag" },
	{ "ha-mgmt-intf-only", DOUBT_MATCH, "it is for the interface of the cluster alone" },
	{ "utm-status", DOUBT_OUTCOME, "content is inspected, and may be dropped" },
	{ "virtual-patch", DOUBT_OUTCOME, "content is inspected, and may be dropped" },
	{ "disclaimer", DOUBT_OUTCOME, "a page is shown first" },
	{ "email-collect", DOUBT_OUTCOME, "a page is shown first" },
	{ "radius-mac-auth-bypass", DOUBT_OUTCOME, "hosts are asked for" },
	{ "webcache", DOUBT_OUTCOME, "the device answers for servers" },
	{ "webcache-https", DOUBT_OUTCOME, "the device answers for servers" },
	{ "wanopt", DOUBT_OUTCOME, "the device answers for servers" },
	{ "permit-any-host", DOUBT_OPEN, "anybody may answer" },
	{ "permit-stun-host", DOUBT_OPEN, "anybody may answer" },
	{ "nat", DOUBT_OPEN, "addresses are translated" },
	{ "nat46", DOUBT_OPEN, "addresses are translated" },
	{ "nat64", DOUBT_OPEN, "addresses are translated" },
	{ "ippool", DOUBT_OPEN, "addresses are translated" },
	{ "rtp-nat", DOUBT_OPEN, "addresses are translated" },
	{ "snat", DOUBT_OPEN, "addresses are translated" },
};

static const char *const everything[] = { "*", NULL };

struct policy_read {
	struct fos *fortios;
	const struct kind *kind;
	const char *vdom;
	struct fos_entry *entry;
	struct filter_entry made;
	bool uncertain;    /* what it matches: these or less */
	bool outcome;      /* what becomes of what it accepts */
};

static const struct range groups[FAMILY_COUNT] = { { 0xe0000000, 0xefffffff },
						   { (u128)0xff << 120, ~(u128)0 } };

/* ---- addresses ---- */

/* Those that are not named; where the names are uncertain, all. In 6.4 one word
 * negates both families, later each has its own: with the word of IPv4 alone it is
 * not known whether IPv6 is meant. */
static const struct set *negate(struct policy_read *read, enum family family, const char *word,
				const struct set *set, bool doubtful)
{
	struct fos *fortios = read->fortios;
	bool unclear = false;
	bool on = word != NULL && fos_on(fortios, read->entry, word, false, &unclear);
	bool other = !on && word != NULL && strchr(word, '6') != NULL &&
		     fos_is(fortios, read->entry,
				strncmp(word, "src", 3) == 0 ? "srcaddr-negate" : "dstaddr-negate",
				"enable");

	if (other && !set_is_empty(set)) {
		fos_unknown(fortios, read->entry->statement,
				"whether the IPv6 addresses are negated depends on the version",
				true);
		read->uncertain = true;
		return fortios->all[family];
	}
	read->uncertain = read->uncertain || doubtful || unclear;
	if (!on && !unclear)
		return set;
	return doubtful || unclear ? fortios->all[family]
			: set_subtract(fortios->arena, fortios->all[family], set);
}

static const struct set *side(struct policy_read *read, enum family family, const char *name,
			      const char *word, bool destination)
{
	struct fos *fortios = read->fortios;
	const struct fos_setting *names =
		name != NULL ? fos_get(fortios, read->entry, name) : NULL;
	bool doubtful = false;

	if (names == NULL)
		return set_empty();
	if (destination && read->kind->multicast)
		return set_intersect(fortios->arena,
				     fos_groups(fortios, read->vdom, family, names,
						    &read->uncertain),
				     set_one(fortios->arena, groups[family].lo,
					     groups[family].hi));
	const struct set *set = fos_addresses(fortios, read->vdom, family, names, &doubtful);
	set = negate(read, family, word, set, doubtful);
	if (destination && !read->kind->local)
		set = set_subtract(fortios->arena, set,
				   set_one(fortios->arena, groups[family].lo, groups[family].hi));
	return set;
}

static void read_sides(struct policy_read *read)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct names *names = &read->kind->names[f];
		read->made.source.family[f] =
			side(read, (enum family)f, names->source, names->source_negate, false);
		read->made.destination.family[f] =
			side(read, (enum family)f, names->destination, names->destination_negate,
			     true);
	}
}

/* ---- services ---- */

static void services_anything(struct policy_read *read, struct fos_services *services)
{
	services->len = 0;
	vec_push(services, ((struct fos_service){ read->fortios->full_protocols,
						      read->fortios->full_ports,
						      read->fortios->full_ports, true, NULL }));
}

/* Takes a product away from others that share no destination port: each leaves at most
 * two, so that there are never more than the destinations have edges. */
static void products_subtract(struct arena *arena, struct fos_services *products,
			      const struct fos_service *gone)
{
	for (size_t i = 0, count = products->len; i < count; i++) {
		struct fos_service *product = &products->data[i], rest = *product;
		const struct set *shared = set_intersect(arena, product->dst, gone->dst);
		rest.dst = set_subtract(arena, product->dst, gone->dst);
		product->dst = shared;
		product->src = set_subtract(arena, product->src, gone->src);
		if (!set_is_empty(shared) && !set_is_empty(rest.dst))
			vec_push(products, rest);
		else if (set_is_empty(shared))
			*product = rest;
	}
}

/* What the services leave of one protocol; false: all of it. */
static bool protocol_left(struct policy_read *read, const struct fos_services *services,
			  const struct set *protocol, struct fos_services *left)
{
	struct fos *fortios = read->fortios;
	struct fos_services products = VEC_INIT;
	bool some = false;

	vec_push(&products, ((struct fos_service){ protocol, fortios->full_ports,
						   fortios->full_ports, true, NULL }));
	for (size_t i = 0; i < services->len; i++)
		if (set_contains(services->data[i].protocols, protocol->range[0].lo)) {
			products_subtract(fortios->arena, &products, &services->data[i]);
			some = true;
		}
	for (size_t i = 0; some && i < products.len; i++)
		if (!set_is_empty(products.data[i].src))
			vec_push(left, products.data[i]);
	vec_free(&products);
	return some;
}

/* Protocols of which all is left are one product. */
static void services_negate(struct policy_read *read, struct fos_services *services)
{
	struct fos *fortios = read->fortios;
	const struct set *whole = fortios->full_protocols;
	struct fos_services left = VEC_INIT;

	for (u128 p = 0; p <= UINT8_MAX; p++) {
		const struct set *one = set_one(fortios->arena, p, p);
		if (protocol_left(read, services, one, &left))
			whole = set_subtract(fortios->arena, whole, one);
	}
	vec_push(&left, ((struct fos_service){ whole, fortios->full_ports, fortios->full_ports,
					       true, NULL }));
	vec_free(services);
	*services = left;
}

/* Multicast policies name a protocol, and ports of the destination. */
static void read_multicast_service(struct policy_read *read, struct fos_services *out)
{
	struct fos *fortios = read->fortios;
	uint32_t protocol = 0, lo = 1, hi = UINT16_MAX;
	struct fos_service service = { fortios->full_protocols, fortios->full_ports,
					   fortios->full_ports, false, NULL };

	if (!fos_number(fos_word(fortios, read->entry, "protocol", "0"), UINT8_MAX,
			    &protocol) ||
	    !fos_number(fos_word(fortios, read->entry, "start-port", "1"), UINT16_MAX,
			    &lo) ||
	    !fos_number(fos_word(fortios, read->entry, "end-port", "65535"), UINT16_MAX,
			    &hi) || lo > hi) {
		fos_unknown(fortios, read->entry->statement, "its ports are not understood",
				true);
		read->uncertain = true;
	} else if (protocol != 0) {
		service.protocols = set_one(fortios->arena, protocol, protocol);
		if ((protocol == 6 || protocol == 17 || protocol == 132) && lo + 0U > 1)
			service.dst = set_one(fortios->arena, lo, hi);
		else if (hi < UINT16_MAX)
			service.dst = set_one(fortios->arena, 0, hi);
	}
	vec_push(out, service);
}

static void read_services(struct policy_read *read, struct fos_services *out)
{
	struct fos *fortios = read->fortios;
	bool doubtful = false;

	if (read->kind->multicast) {
		read_multicast_service(read, out);
		return;
	}
	fos_services_of(fortios, read->vdom, fos_get(fortios, read->entry, "service"),
			    out, &doubtful);
	read->uncertain = read->uncertain || doubtful;
	bool unclear = false;
	if (!fos_on(fortios, read->entry, "service-negate", false, &unclear) && !unclear)
		return;
	read->uncertain = read->uncertain || unclear;
	if (doubtful || unclear)
		services_anything(read, out);
	else
		services_negate(read, out);
}

/* ---- conditions ---- */

/* A service of the internet stands for addresses and ports that the device knows. */
static void read_internet_service(struct policy_read *read, struct fos_services *services)
{
	static const struct {
		const char *word;
		bool source;
	} words[] = { { "internet-service", false }, { "internet-service6", false },
		      { "internet-service-src", true }, { "internet-service6-src", true } };
	struct fos *fortios = read->fortios;
	bool unclear = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!fos_on(fortios, read->entry, words[i].word, false, &unclear) && !unclear)
			continue;
		unclear = false;
		fos_unknown(fortios, fos_get(fortios, read->entry, words[i].word)->statement,
				"what belongs to a service of the internet is the device's knowledge",
				true);
		read->uncertain = true;
		struct address_set *set = words[i].source ? &read->made.source
							  : &read->made.destination;
		*set = address_set_all(fortios->arena);
		if (!words[i].source)
			services_anything(read, services);
	}
}

static void read_switches(struct policy_read *read)
{
	struct fos *fortios = read->fortios;

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		bool matters = read->made.allow || switches[i].doubt == DOUBT_MATCH;
		bool unclear = false;
		if ((!fos_on(fortios, read->entry, switches[i].word, false, &unclear) &&
		     !unclear) || !matters)
			continue;
		fos_unknown(fortios, fos_get(fortios, read->entry, switches[i].word)->statement,
			    switches[i].reason, switches[i].doubt != DOUBT_OPEN);
		if (switches[i].doubt == DOUBT_MATCH)
			read->uncertain = true;
		else
			read->outcome = true;
	}
}

/* Who may use it, by what mark, ...: others may pass it by, or be asked who they are. */
static void read_rest(struct policy_read *read)
{
	if (fos_rest(read->fortios, read->entry, harmless, true))
		read->outcome = read->uncertain = true;
}

static void read_schedule(struct policy_read *read)
{
	struct fos *fortios = read->fortios;
	const struct fos_setting *name = fos_get(fortios, read->entry, "schedule");

	if (name == NULL && !read->kind->multicast) {
		fos_unknown(fortios, read->entry->statement,
			    "a device refuses a policy that has no schedule", true);
		read->uncertain = true;
	}
	read->made.activity = fos_activity(fortios, read->vdom, name, &read->uncertain);
}

/* A policy of IPv6 multicast may have no comment: its name says it there. */
static bool would_drop(struct policy_read *read)
{
	const char *name = fos_word(read->fortios, read->entry, "name", "");
	const char *text = fos_word(read->fortios, read->entry, "comments",
				    read->kind->multicast ? name : "");

	return strncmp(text, WOULD_DROP, strlen(WOULD_DROP)) == 0;
}

static void read_action(struct policy_read *read)
{
	struct fos *fortios = read->fortios;
	const char *action = fos_word(fortios, read->entry, "action",
					  read->kind->multicast ? "accept" : "deny");

	read->made.log = strcmp(fos_word(fortios, read->entry, "logtraffic", ""), "all") == 0;
	read->made.allow = strcmp(action, "deny") != 0;
	if (read->made.allow && strcmp(action, "accept") != 0) {
		fos_unknown(fortios, fos_get(fortios, read->entry, "action")->statement,
				"what the action lets through is decided elsewhere", true);
		read->outcome = true;
	}
	if (fortios->input->monitor && read->made.allow &&
	    (read->made.log || read->kind->multicast) && !read->kind->local &&
	    would_drop(read)) {
		read->made.allow = false;
		fortios->monitor = true;
	}
}

/* ---- the policy ---- */

/* Where the outcome is open, it may be a deny, and nothing behind it is asked. */
static void policy_entries(struct policy_read *read, struct fos_services *services,
			   struct fos_policy *policy)
{
	bool open = read->outcome && read->made.allow;

	read->made.uncertain = read->uncertain || open;
	for (size_t i = 0; i < services->len; i++) {
		struct filter_entry entry = read->made;
		entry.protocols = services->data[i].protocols;
		entry.src_ports = services->data[i].src;
		entry.dst_ports = services->data[i].dst;
		entry.allow = read->made.allow && !open;
		vec_push(&policy->entries, entry);
		entry.allow = true;
		if (open)
			vec_push(&policy->entries, entry);
	}
}

static void policy_helpers(struct fos *fortios, const struct fos_services *services,
			   struct fos_policy *policy)
{
	for (size_t i = 0; i < services->len; i++) {
		const struct fos_service *service = &services->data[i];
		if (service->helped)
			vec_push(&policy->helped, *service);
		if (service->helper != NULL)
			fos_unknown(fortios, service->helper, FOS_HELPED, false);
	}
}

void fos_policy_release(struct fos_policy *policy)
{
	vec_free(&policy->entries);
	vec_free(&policy->helped);
}

static void policy_read(struct fos *fortios, const struct fos_table *table,
			const struct kind *kind, struct fos_entry *entry,
			struct fos_policies *out)
{
	struct policy_read read = { .fortios = fortios, .kind = kind, .vdom = table->vdom,
				    .entry = entry };
	struct fos_services services = VEC_INIT;
	struct fos_policy policy = { .in = NULL };
	uint32_t line = entry->statement->line;

	if (!fos_on(fortios, entry, "status", true, &read.uncertain)) {
		fos_rest(fortios, entry, everything, true);
		return;
	}
	read.made.where = (struct span){ fortios->source, line, 1, line, 1 };
	policy.in = fos_get(fortios, entry, kind->local ? "intf" : "srcintf");
	policy.out = kind->local ? NULL : fos_get(fortios, entry, "dstintf");
	read_action(&read);
	read_sides(&read);
	read_services(&read, &services);
	read_internet_service(&read, &services);
	read_schedule(&read);
	read_switches(&read);
	read_rest(&read);
	policy_entries(&read, &services, &policy);
	if (read.made.allow)
		policy_helpers(fortios, &services, &policy);
	policy.statement = entry->statement;
	vec_free(&services);
	if (policy.in != NULL && (kind->local || policy.out != NULL))
		vec_push(out, policy);
	else
		fos_policy_release(&policy); /* without an interface it matches nothing */
}

void fos_policies_read(struct fos *fortios, const struct fos_table *table,
			   struct fos_policies *out)
{
	const struct kind *kind = &kinds[0];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].path, table->path) == 0)
			kind = &kinds[i];
	for (struct fos_entry *e = table->first; e != NULL; e = e->next)
		policy_read(fortios, table, kind, e, out);
}
