/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: how a rule looks a packet up in a set of some shape. A packet of the
 * original direction by its header, a reply by the reversed header; ICMP replies,
 * whose types are others, and errors by what connection tracking remembers of
 * the flow. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>
#include <string.h>

bool nftables_shape_equal(const struct nftables_shape *a, const struct nftables_shape *b)
{
	return a->family == b->family && a->protocol == b->protocol && a->key == b->key &&
	       a->exact == b->exact;
}

bool nftables_has(const struct nftables_shape *shape, enum nftables_field field)
{
	return (shape->key >> field & 1) != 0;
}

bool nftables_is_icmp(int protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

const char *nftables_field_type(const struct nftables_shape *shape, enum nftables_field field)
{
	switch (field) {
	case NFT_SOURCE:
	case NFT_DESTINATION:
		return shape->family == FAMILY_IPV4 ? "ipv4_addr" : "ipv6_addr";
	case NFT_PROTOCOL: return "inet_proto";
	default: return "inet_service";
	}
}

static const char *shape_ip(const struct nftables_shape *shape)
{
	return shape->family == FAMILY_IPV4 ? "ip" : "ip6";
}

static void shape_print_keys(struct strbuf *text, const struct nftables_shape *shape,
			     const char *const keys[NFT_FIELDS])
{
	const char *between = "";

	for (int field = 0; field < NFT_FIELDS; field++) {
		if (!nftables_has(shape, (enum nftables_field)field))
			continue;
		strbuf_puts(text, between);
		if (field <= NFT_DESTINATION)
			strbuf_printf(text, keys[field], shape_ip(shape));
		else
			strbuf_puts(text, keys[field]);
		between = " . ";
	}
}

static void shape_print_header(struct strbuf *text, const struct nftables_shape *shape,
			       bool back)
{
	static const char *const forth_keys[] = { "%s saddr", "%s daddr", "meta l4proto",
						  "th sport", "th dport" };
	static const char *const back_keys[] = { "%s daddr", "%s saddr", "meta l4proto",
						 "th dport", "th sport" };

	shape_print_keys(text, shape, back ? back_keys : forth_keys);
}

/* An ICMP tuple keeps type and code where others keep the destination's port. */
static void shape_print_tracked(struct strbuf *text, const struct nftables_shape *shape)
{
	static const char *const ports[] = { "ct original %s saddr", "ct original %s daddr",
					     "ct original protocol", "ct original proto-src",
					     "ct original proto-dst" };
	static const char *const types[] = { "ct original %s saddr", "ct original %s daddr",
					     "ct original protocol", "ct original proto-dst",
					     "ct original proto-src" };

	shape_print_keys(text, shape, nftables_is_icmp(shape->protocol) ? types : ports);
}

static void shape_print_protocol(struct strbuf *text, const char *selector, int protocol)
{
	char number[4];

	if (protocol != NFT_ANY_PROTOCOL)
		strbuf_printf(text, "%s %s ", selector,
			      nftables_protocol_name((unsigned)protocol, number));
}

/* nft knows the width of a tracked port only beside the packet's own protocol. */
static void shape_print_packet(struct strbuf *text, const struct nftables_shape *shape)
{
	if (shape->key >> NFT_SPORT != 0)
		shape_print_protocol(text, "meta l4proto",
				     shape->family == FAMILY_IPV4 ? IPPROTO_ICMP :
								    IPPROTO_ICMPV6);
}

void nftables_print_lookup(struct strbuf *text, const struct nftables_group *group,
			   enum nftables_travel travel)
{
	const struct nftables_shape *shape = &group->kind.shape;
	bool typed = nftables_is_icmp(shape->protocol) && nftables_has(shape, NFT_SPORT);

	if (travel == TRAVEL_ERROR || (travel == TRAVEL_REPLY && typed)) {
		shape_print_packet(text, shape);
		if (travel == TRAVEL_ERROR && !nftables_has(shape, NFT_PROTOCOL))
			shape_print_protocol(text, "ct original protocol", shape->protocol);
		shape_print_tracked(text, shape);
	} else {
		if (!nftables_has(shape, NFT_PROTOCOL))
			shape_print_protocol(text, "meta l4proto", shape->protocol);
		shape_print_header(text, shape, travel == TRAVEL_REPLY);
	}
	strbuf_printf(text, " @%s", group->name);
}
