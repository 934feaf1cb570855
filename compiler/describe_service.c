/* SPDX-License-Identifier: Apache-2.0
 *
 * Services by their numbers: "tcp 443, udp 53", and where most protocols are there
 * whole, what is missing of the others: "any except tcp 443". */
#include "config.h"
#include "compiler/describe.h"

enum { NAMED_MAX = 6, ICMP = 1, ICMPV6 = 58, MOST_PROTOCOLS = 128 };

static void numbers(struct strbuf *text, const struct set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		unsigned lo = (unsigned)set->range[i].lo, hi = (unsigned)set->range[i].hi;
		if (i == NAMED_MAX) {
			strbuf_printf(text, " and %zu more", set->len - i);
			return;
		}
		strbuf_printf(text, lo == hi ? "%s%u" : "%s%u-%u", i > 0 ? ", " : "", lo, hi);
	}
}

static const char *protocol_name(unsigned protocol)
{
	switch (protocol) {
	case ICMP: return "icmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 33: return "dccp";
	case ICMPV6: return "icmpv6";
	case 132: return "sctp";
	case 136: return "udplite";
	default: return NULL;
	}
}

static bool service_is_whole(const struct describe_service *service, unsigned protocol)
{
	u128 max = protocol == ICMP || protocol == ICMPV6 ? UINT8_MAX : UINT16_MAX;

	return set_covers_range(service->src_ports, 0, max) &&
	       set_covers_range(service->dst_ports, 0, max);
}

static void service_icmp(struct strbuf *text, const struct describe_service *service)
{
	numbers(text, service->src_ports);
	if (set_covers_range(service->dst_ports, 0, UINT8_MAX))
		return;
	strbuf_putc(text, '/');
	numbers(text, service->dst_ports);
}

static void service_one(struct strbuf *text, const struct describe_service *service,
			unsigned protocol)
{
	const char *name = protocol_name(protocol);
	bool all_src = set_covers_range(service->src_ports, 0, UINT16_MAX);
	bool all_dst = set_covers_range(service->dst_ports, 0, UINT16_MAX);

	if (name == NULL) {
		strbuf_printf(text, "proto %u", protocol);
		return;
	}
	strbuf_printf(text, "%s ", name);
	if (service_is_whole(service, protocol)) {
		strbuf_puts(text, "any");
	} else if (protocol == ICMP || protocol == ICMPV6) {
		service_icmp(text, service);
	} else {
		if (all_dst)
			strbuf_puts(text, "any");
		else
			numbers(text, service->dst_ports);
		if (!all_src)
			strbuf_puts(text, " from ");
		if (!all_src)
			numbers(text, service->src_ports);
	}
}

struct words {
	struct strbuf *text;
	size_t shown;
};

static void words_add(struct words *words, const struct describe_service *service,
		      unsigned protocol)
{
	if (++words->shown > NAMED_MAX)
		return;
	if (words->shown > 1)
		strbuf_puts(words->text, ", ");
	service_one(words->text, service, protocol);
}

static void words_end(struct words *words)
{
	if (words->shown > NAMED_MAX)
		strbuf_printf(words->text, " and %zu more", words->shown - NAMED_MAX);
	words->shown = 0;
}

/* ---- what is missing of a protocol ---- */

/* Of products that are whole in one field each, what is missing is a product, too. */
enum presence { PRESENCE_WHOLE, PRESENCE_BUT, PRESENCE_SOME };

static enum presence services_presence(struct arena *arena, const struct describe_service *services,
				       size_t count, unsigned protocol,
				       struct describe_service *missing)
{
	u128 max = protocol == ICMP || protocol == ICMPV6 ? UINT8_MAX : UINT16_MAX;
	const struct set *src = set_one(arena, 0, max), *dst = src;

	for (size_t i = 0; i < count; i++) {
		const struct describe_service *service = &services[i];
		if (!set_contains(service->protocols, protocol))
			continue;
		if (set_covers_range(service->src_ports, 0, max))
			dst = set_subtract(arena, dst, service->dst_ports);
		else if (set_covers_range(service->dst_ports, 0, max))
			src = set_subtract(arena, src, service->src_ports);
		else
			return PRESENCE_SOME;
	}
	*missing = (struct describe_service){ NULL, src, dst };
	return set_is_empty(src) || set_is_empty(dst) ? PRESENCE_WHOLE : PRESENCE_BUT;
}

struct presences {
	enum presence of[UINT8_MAX + 1];
	struct describe_service missing[UINT8_MAX + 1];
	unsigned whole;
};

static void presences_find(struct presences *all, struct arena *arena,
			   const struct describe_service *services, size_t count)
{
	all->whole = 0;
	for (unsigned p = 0; p <= UINT8_MAX; p++) {
		all->of[p] = services_presence(arena, services, count, p, &all->missing[p]);
		all->whole += all->of[p] == PRESENCE_WHOLE;
	}
}

/* ---- lists ---- */

static void services_of(struct words *words, const struct describe_service *services, size_t count,
			unsigned protocol)
{
	for (size_t i = 0; i < count; i++)
		if (set_contains(services[i].protocols, protocol))
			words_add(words, &services[i], protocol);
}

/* "any except tcp 443", and behind a semicolon what there is of protocols that are
 * missing in a way that has no words. */
static void services_except(struct strbuf *text, struct presences *all,
			    const struct describe_service *services, size_t count,
			    const struct describe_service *any)
{
	struct words words = { text, 0 };
	size_t some = 0;

	strbuf_puts(text, "any except ");
	for (unsigned p = 0; p <= UINT8_MAX; p++)
		if (all->of[p] != PRESENCE_WHOLE)
			words_add(&words, all->of[p] == PRESENCE_BUT ? &all->missing[p] : any, p);
	words_end(&words);
	for (unsigned p = 0; p <= UINT8_MAX; p++) {
		if (all->of[p] != PRESENCE_SOME)
			continue;
		if (some++ == 0)
			strbuf_puts(text, "; ");
		services_of(&words, services, count, p);
	}
	words_end(&words);
}

static void services_listed(struct strbuf *text, const struct presences *all,
			    const struct describe_service *services, size_t count,
			    const struct describe_service *any)
{
	struct words words = { text, 0 };

	for (unsigned p = 0; p <= UINT8_MAX; p++)
		if (all->of[p] == PRESENCE_WHOLE)
			words_add(&words, any, p);
	for (size_t i = 0; i < count; i++)
		for (unsigned p = 0; p <= UINT8_MAX; p++)
			if (all->of[p] != PRESENCE_WHOLE && set_contains(services[i].protocols, p))
				words_add(&words, &services[i], p);
	words_end(&words);
}

void describe_services(struct strbuf *text, const struct describe_service *services,
		       size_t count)
{
	struct presences all;
	struct arena arena;

	arena_init(&arena);
	const struct set *ports = set_one(&arena, 0, UINT16_MAX);
	struct describe_service any = { NULL, ports, ports };
	presences_find(&all, &arena, services, count);
	if (all.whole > UINT8_MAX)
		strbuf_puts(text, "any");
	else if (all.whole >= MOST_PROTOCOLS)
		services_except(text, &all, services, count, &any);
	else
		services_listed(text, &all, services, count, &any);
	arena_release(&arena);
}
