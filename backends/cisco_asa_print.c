/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the entries of an ASA list (Cisco ASA Series Command Reference,
 * `access-list extended`, `object-group`): masks are netmasks, and `any4` or `any6`
 * stands for a family, for `any` is of both. */
#include "config.h"
#include "backends/cisco_asa.h"

#include <netinet/in.h>
#include <string.h>

/* ---- addresses and services ---- */

static void member(struct strbuf *text, enum family family, const struct prefix *prefix)
{
	strbuf_puts(text, " network-object");
	cisco_print_prefix(text, family, prefix, prefix_print_netmask);
	strbuf_putc(text, '\n');
}

static const struct cisco_group_style asa_group_style = {
	{ "object-group network", "object-group network" },
	member,
};

static void print_addresses(struct strbuf *text, const struct cisco_group *group,
			    enum family family, const struct set *set)
{
	struct prefix_list list = VEC_INIT;

	if (group != NULL) {
		strbuf_printf(text, " object-group %s", group->name);
		return;
	}
	prefixes_add_set(&list, family, set);
	if (list.data[0].length == 0)
		strbuf_puts(text, family == FAMILY_IPV4 ? " any4" : " any6");
	else
		cisco_print_prefix(text, family, &list.data[0], prefix_print_netmask);
	vec_free(&list);
}

static void print_protocol(struct strbuf *text, const struct cisco_ace *ace)
{
	static const struct {
		int protocol;
		const char *name;
	} names[] = { { CISCO_IP, "ip" },	 { IPPROTO_TCP, "tcp" },
		      { IPPROTO_UDP, "udp" },	 { IPPROTO_SCTP, "sctp" },
		      { IPPROTO_ICMP, "icmp" }, { IPPROTO_ICMPV6, "icmp6" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].protocol == ace->protocol) {
			strbuf_puts(text, names[i].name);
			return;
		}
	strbuf_printf(text, "%d", ace->protocol);
}

static void print_port(struct strbuf *text, const struct cisco_ace *ace, const char *side,
		       struct range port)
{
	if (!cisco_has_ports(ace->protocol) || (port.lo == 0 && port.hi == CISCO_PORTS))
		return;
	strbuf_puts(text, side);
	if (port.lo == port.hi)
		strbuf_printf(text, " eq %u", (unsigned)port.lo);
	else
		strbuf_printf(text, " range %u %u", (unsigned)port.lo, (unsigned)port.hi);
}

static void print_type(struct strbuf *text, const struct cisco_ace *ace)
{
	if (!cisco_is_icmp(ace->family, ace->protocol) || ace->src.lo != ace->src.hi)
		return;
	strbuf_printf(text, " %u", (unsigned)ace->src.lo);
	if (ace->dst.lo == ace->dst.hi)
		strbuf_printf(text, " %u", (unsigned)ace->dst.lo);
}

/* ---- entries ---- */

/* The services of entries that differ in nothing else, as one group. */
static struct cisco_group *service_group(struct asa *asa, const struct cisco_ace *aces,
					 size_t count)
{
	struct strbuf body = STRBUF_INIT;

	for (size_t i = 0; i < count; i++) {
		strbuf_puts(&body, " service-object ");
		print_protocol(&body, &aces[i]);
		print_port(&body, &aces[i], " source", aces[i].src);
		print_port(&body, &aces[i], " destination", aces[i].dst);
		print_type(&body, &aces[i]);
		strbuf_putc(&body, '\n');
	}
	struct cisco_group *group =
		cisco_group_of_text(asa->groups, "object-group service", CISCO_OURS "-S",
				    strbuf_text(&body), count);
	strbuf_release(&body);
	return group;
}

static struct cisco_group *address_group(struct asa *asa, enum family family,
					 const struct set *set)
{
	if (set->len == 1 && prefixes_count(family, set) == 1)
		return NULL;
	return cisco_group_of_set(asa->groups, &asa_group_style, cisco_group_stem(family),
				  family, set);
}

static void print_line(struct asa *asa, const struct asa_list *list, const struct cisco_ace *ace,
		       const struct cisco_group *services, const char *time)
{
	struct strbuf *text = &asa->text;
	bool would_drop = asa->options->monitor && !ace->allow;

	if (would_drop)
		strbuf_printf(text, "access-list %s remark would drop:\n", list->name);
	strbuf_printf(text, "access-list %s extended %s ", list->name,
		      ace->allow || would_drop ? "permit" : "deny");
	if (services != NULL)
		strbuf_printf(text, "object-group %s", services->name);
	else
		print_protocol(text, ace);
	print_addresses(text, ace->source_group, ace->family, ace->source);
	if (services == NULL)
		print_port(text, ace, "", ace->src);
	print_addresses(text, ace->destination_group, ace->family, ace->destination);
	if (services == NULL) {
		print_port(text, ace, "", ace->dst);
		print_type(text, ace);
	}
	strbuf_puts(text, ace->log || would_drop ? " log" : "");
	if (time != NULL)
		strbuf_printf(text, " time-range %s", time);
	strbuf_putc(text, '\n');
}

static void use_group(struct cisco_group *group)
{
	if (group != NULL)
		group->used = true;
}

/* Entries of one product: the same but for their service. */
static void print_product(struct asa *asa, const struct asa_list *list, struct cisco_ace *aces,
			  size_t count)
{
	struct cisco_group *services = count > 1 ? service_group(asa, aces, count) : NULL;
	struct cisco_ace *ace = &aces[0];
	const struct cisco_time *time = &asa->times.times.data[ace->activity];
	size_t lines = ace->activity == 0 ? 1 : time->count;

	ace->source_group = address_group(asa, ace->family, ace->source);
	ace->destination_group = address_group(asa, ace->family, ace->destination);
	if (lines > 0) {
		use_group(services);
		use_group(ace->source_group);
		use_group(ace->destination_group);
	}
	for (size_t i = 0; i < lines; i++)
		print_line(asa, list, ace, services, ace->activity == 0 ? NULL : time->names[i]);
	asa->entries += lines * count * prefixes_count(ace->family, ace->source) *
			prefixes_count(ace->family, ace->destination);
}

static bool same_product(const struct cisco_ace *a, const struct cisco_ace *b)
{
	return a->source == b->source && a->destination == b->destination &&
	       a->family == b->family && a->activity == b->activity && a->allow == b->allow &&
	       a->log == b->log && cisco_same_remark(a, b);
}

void asa_print_list(struct asa *asa, struct asa_list *list)
{
	for (size_t i = 0, next; i < list->aces.len; i = next) {
		struct cisco_ace *ace = &list->aces.data[i];
		for (next = i + 1; next < list->aces.len; next++)
			if (!same_product(ace, &list->aces.data[next]))
				break;
		if (i == 0 || !cisco_same_remark(ace, &list->aces.data[i - 1]))
			strbuf_printf(&asa->text, "access-list %s remark %s\n", list->name,
				      cisco_remark(asa->arena, ace));
		print_product(asa, list, ace, next - i);
	}
}
