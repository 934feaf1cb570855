/* SPDX-License-Identifier: Apache-2.0
 *
 * What one nftables selector says about the key of a flow, scenario by
 * scenario: a reply shows the key reversed, an ICMP error shows only itself
 * and, to connection tracking, the key of the flow it belongs to. The error is
 * taken as sent by the end that the quoted packet went to. */
#include "config.h"
#include "verifier/nft_product.h"

#include "compiler/payload.h"

enum { ICMP = 1, ICMPV6 = 58 };

/* Requests and their answers, as connection tracking knows them: from 128 on
 * those of ICMPv6. */
static const uint8_t icmp_pairs[][2] = { { 8, 0 },     { 13, 14 },   { 15, 16 },
					 { 17, 18 },   { 128, 129 }, { 139, 140 } };
enum { ICMP_PAIRS = sizeof(icmp_pairs) / sizeof(icmp_pairs[0]), ICMP6_PAIRS_FROM = 128 };

/* What connection tracking leaves alone: multicast listeners and neighbours. */
static const struct range icmp6_untracked[] = { { 130, 136 }, { 143, 143 } };

/* Whole keys and both kinds of ICMP: asked for at every rule, so made once. */
static const struct set whole_family = { 1, { { 0, 1 } } };
static const struct set whole_byte = { 1, { { 0, UINT8_MAX } } };
static const struct set whole_port = { 1, { { 0, UINT16_MAX } } };
static const struct set whole_ipv4 = { 1, { { 0, UINT32_MAX } } };
static const struct set whole_ipv6 = { 1, { { 0, ~(u128)0 } } };
static const struct set whole_time = { 1, { { 0, NFT_TIME_MAX } } };
static const struct set whole_payload = { 1, { { 0, PAYLOAD_END - 1 } } };
static const struct set both_icmp = { 2, { { ICMP, ICMP }, { ICMPV6, ICMPV6 } } };

static const struct set *key_whole(enum nft_key key)
{
	switch (key) {
	case KEY_FAMILY: return &whole_family;
	case KEY_SRC4: case KEY_DST4: return &whole_ipv4;
	case KEY_SRC6: case KEY_DST6: return &whole_ipv6;
	case KEY_PROTOCOL: case KEY_TYPE: case KEY_CODE: return &whole_byte;
	case KEY_TIME: return &whole_time;
	case KEY_PAYLOAD: return &whole_payload;
	default: return &whole_port;
	}
}

struct nft_product nft_product_all(void)
{
	struct nft_product product = { .uncertain = false };

	for (size_t i = 0; i < KEY_COUNT; i++)
		product.key[i] = key_whole((enum nft_key)i);
	return product;
}

bool nft_product_full(const struct nft_product *product, enum nft_key key)
{
	return product->key[key] == key_whole(key) || set_equal(product->key[key], key_whole(key));
}

/* The types of ICMP, or ICMPv6, that begin a conversation. */
static const struct set *types_new(struct arena *arena, bool six)
{
	const struct set *out = set_empty();

	for (size_t i = 0; i < ICMP_PAIRS; i++) {
		u128 asked = icmp_pairs[i][0];
		if ((asked >= ICMP6_PAIRS_FROM) == six)
			out = set_union(arena, out, set_one(arena, asked, asked));
	}
	return out;
}

static const struct set *types_untracked(struct arena *arena)
{
	struct range ranges[] = { icmp6_untracked[0], icmp6_untracked[1] };

	return set_from_ranges(arena, ranges, 2);
}

static const struct set *types_of(struct arena *arena, bool six, enum family family,
				  enum nft_flows flows)
{
	bool leaves = six && family == FAMILY_IPV6;
	const struct set *all = set_one(arena, 0, UINT8_MAX);

	if (flows == FLOWS_NEW)
		return types_new(arena, six);
	if (flows == FLOWS_UNTRACKED)
		return leaves ? types_untracked(arena) : set_empty();
	all = set_subtract(arena, all, types_new(arena, six));
	return leaves ? set_subtract(arena, all, types_untracked(arena)) : all;
}

void nft_product_flows(struct nft_products *out, struct arena *arena, enum nft_flows flows)
{
	struct nft_product all = nft_product_all(), rest = all;

	if (flows == FLOWS_ALL) {
		vec_push(out, all);
		return;
	}
	if ((flows == FLOWS_NEW || flows == FLOWS_EXPECTED) &&
	    nft_product_icmp(&rest, arena, false))
		vec_push(out, rest);
	if (flows == FLOWS_EXPECTED)
		return;
	for (int six = 0; six < 2; six++)
		for (int family = 0; family < FAMILY_COUNT; family++) {
			struct nft_product part = all;
			u128 protocol = six ? ICMPV6 : ICMP, number = (u128)family;
			part.key[KEY_PROTOCOL] = set_one(arena, protocol, protocol);
			part.key[KEY_FAMILY] = set_one(arena, number, number);
			part.key[KEY_TYPE] = types_of(arena, six, (enum family)family, flows);
			if (!set_is_empty(part.key[KEY_TYPE]))
				vec_push(out, part);
		}
}

static bool narrow(struct nft_product *product, struct arena *arena, enum nft_key key,
		   const struct set *set)
{
	product->key[key] = set_intersect(arena, product->key[key], set);
	return !set_is_empty(product->key[key]);
}

static bool narrow_one(struct nft_product *product, struct arena *arena, enum nft_key key,
		       u128 value)
{
	if (product->key[key]->len == 1 && product->key[key]->range[0].lo == value &&
	    product->key[key]->range[0].hi == value)
		return true;
	return narrow(product, arena, key, set_one(arena, value, value));
}

static bool travels_back(const struct nft_scenario *scenario)
{
	return scenario->travel == TRAVEL_REPLY || scenario->travel == TRAVEL_ERROR_BACK;
}

static bool is_error(const struct nft_scenario *scenario)
{
	return scenario->travel == TRAVEL_ERROR || scenario->travel == TRAVEL_ERROR_BACK;
}

static bool narrow_address(struct nft_product *product, struct arena *arena,
			   enum family family, bool source, const struct set *set)
{
	enum nft_key key = family == FAMILY_IPV4 ? (source ? KEY_SRC4 : KEY_DST4) :
						   (source ? KEY_SRC6 : KEY_DST6);

	return narrow_one(product, arena, KEY_FAMILY, family) &&
	       narrow(product, arena, key, set);
}

static bool narrow_protocol(struct nft_product *product, struct arena *arena,
			    const struct nft_scenario *scenario, const struct set *set)
{
	if (!is_error(scenario))
		return narrow(product, arena, KEY_PROTOCOL, set);
	if (!set_contains(set, ICMP) && !narrow_one(product, arena, KEY_FAMILY, FAMILY_IPV6))
		return false;
	return set_contains(set, ICMPV6) ||
	       narrow_one(product, arena, KEY_FAMILY, FAMILY_IPV4);
}

/* The key types whose replies are of a type in `set`. */
static const struct set *types_asked(struct arena *arena, const struct set *set)
{
	const struct set *out = set_empty();

	for (size_t i = 0; i < ICMP_PAIRS; i++) {
		u128 asked = icmp_pairs[i][0];
		if (set_contains(set, icmp_pairs[i][1]))
			out = set_union(arena, out, set_one(arena, asked, asked));
	}
	return out;
}

/* The same where type and code are one number; a reply repeats the code. */
static const struct set *words_asked(struct arena *arena, const struct set *set)
{
	const struct set *out = set_empty();

	for (size_t i = 0; i < ICMP_PAIRS; i++)
		for (u128 code = 0; code <= UINT8_MAX; code++) {
			u128 word = (u128)icmp_pairs[i][0] << 8 | code;
			if (set_contains(set, (u128)icmp_pairs[i][1] << 8 | code))
				out = set_union(arena, out, set_one(arena, word, word));
		}
	return out;
}

static bool covers_all(const struct set *set, u128 max)
{
	return set_covers_range(set, 0, max);
}

static bool narrow_port(struct nft_product *product, struct arena *arena,
			const struct nft_scenario *scenario, bool source,
			const struct set *set)
{
	bool reply = scenario->travel == TRAVEL_REPLY;

	if (is_error(scenario) || covers_all(set, UINT16_MAX))
		return covers_all(set, UINT16_MAX);
	bool key_source = source != reply;
	product->key[key_source ? KEY_SRC_PORT : KEY_DST_PORT] = set_intersect(
		arena, product->key[key_source ? KEY_SRC_PORT : KEY_DST_PORT], set);
	if (!source)
		product->key[KEY_UNSEEN] = set_intersect(arena, product->key[KEY_UNSEEN], set);
	else
		product->key[KEY_WORD] =
			set_intersect(arena, product->key[KEY_WORD],
				      reply ? words_asked(arena, set) : set);
	return true;
}

/* `tcp dport`: the protocol is implied, so ICMP is out of the question. */
static bool narrow_named_port(struct nft_product *product, struct arena *arena,
			      const struct nft_scenario *scenario,
			      enum nft_selector selector, const struct set *set)
{
	static const uint8_t numbers[] = { 6, 17, 132, 33, 136 };
	unsigned index = (unsigned)selector - NFT_TCP_SPORT;
	bool source = index % 2 == 0, reply = scenario->travel == TRAVEL_REPLY;

	if (is_error(scenario) ||
	    !narrow_one(product, arena, KEY_PROTOCOL, numbers[index / 2]))
		return false;
	return narrow(product, arena, source != reply ? KEY_SRC_PORT : KEY_DST_PORT, set);
}

/* An error's own type or code is not part of the key: those that speak of a flow. */
static const struct set *errors_of(struct arena *arena, enum nft_selector selector)
{
	struct range four[] = { { 3, 3 }, { 11, 12 } };

	if (selector == NFT_ICMP_T)
		return set_from_ranges(arena, four, 2);
	return selector == NFT_ICMP6_T ? set_one(arena, 1, 4) : set_one(arena, 0, 15);
}

static bool narrow_error(struct nft_product *product, struct arena *arena,
			 enum nft_selector selector, const struct set *set)
{
	const struct set *errors = errors_of(arena, selector);

	if (!set_is_subset(errors, set))
		product->uncertain = true;
	return set_overlaps(errors, set);
}

static bool narrow_icmp(struct nft_product *product, struct arena *arena,
			const struct nft_scenario *scenario, enum nft_selector selector,
			const struct set *set)
{
	bool six = selector == NFT_ICMP6_T || selector == NFT_ICMP6_C;
	bool type = selector == NFT_ICMP_T || selector == NFT_ICMP6_T;

	if (is_error(scenario))
		return narrow_one(product, arena, KEY_FAMILY, six) &&
		       narrow_error(product, arena, selector, set);
	if (!narrow_one(product, arena, KEY_PROTOCOL, six ? ICMPV6 : ICMP))
		return false;
	if (scenario->travel == TRAVEL_REPLY)
		return narrow(product, arena, type ? KEY_TYPE : KEY_CODE,
			      type ? types_asked(arena, set) : set);
	return narrow(product, arena, type ? KEY_TYPE : KEY_CODE, set);
}

static bool narrow_tracked(struct nft_product *product, struct arena *arena,
			   enum nft_selector selector, const struct set *set)
{
	switch (selector) {
	case NFT_CT_SADDR: return narrow_address(product, arena, FAMILY_IPV4, true, set);
	case NFT_CT_DADDR: return narrow_address(product, arena, FAMILY_IPV4, false, set);
	case NFT_CT_SADDR6: return narrow_address(product, arena, FAMILY_IPV6, true, set);
	case NFT_CT_DADDR6: return narrow_address(product, arena, FAMILY_IPV6, false, set);
	case NFT_CT_PROTOCOL: return narrow(product, arena, KEY_PROTOCOL, set);
	case NFT_CT_L3PROTO: return narrow(product, arena, KEY_FAMILY, set);
	default: break;
	}
	if (covers_all(set, UINT16_MAX))
		return true;
	bool source = selector == NFT_CT_PROTO_SRC;
	enum nft_key port = source ? KEY_SRC_PORT : KEY_DST_PORT;
	enum nft_key other = source ? KEY_UNSEEN : KEY_WORD;
	product->key[port] = set_intersect(arena, product->key[port], set);
	product->key[other] = set_intersect(arena, product->key[other], set);
	return true;
}

static bool narrow_ct(struct nft_product *product, struct arena *arena,
		      const struct nft_scenario *scenario, enum nft_selector selector,
		      const struct set *set)
{
	if (selector == NFT_CT_STATE)
		return set_contains(set, scenario->state);
	if (!scenario->tracked)
		return false;
	if (selector == NFT_CT_DIRECTION)
		return set_contains(set, travels_back(scenario) ? 1 : 0);
	return narrow_tracked(product, arena, selector, set);
}

bool nft_product_narrow(struct nft_product *product, struct arena *arena,
			const struct nft_scenario *scenario, enum nft_selector selector,
			const struct set *set)
{
	bool back = travels_back(scenario);

	switch (selector) {
	case NFT_IP_SADDR: return narrow_address(product, arena, FAMILY_IPV4, !back, set);
	case NFT_IP_DADDR: return narrow_address(product, arena, FAMILY_IPV4, back, set);
	case NFT_IP6_SADDR: return narrow_address(product, arena, FAMILY_IPV6, !back, set);
	case NFT_IP6_DADDR: return narrow_address(product, arena, FAMILY_IPV6, back, set);
	case NFT_IP_PROTOCOL:
		return narrow_one(product, arena, KEY_FAMILY, FAMILY_IPV4) &&
		       narrow_protocol(product, arena, scenario, set);
	case NFT_IP6_NEXTHDR:
		return narrow_one(product, arena, KEY_FAMILY, FAMILY_IPV6) &&
		       narrow_protocol(product, arena, scenario, set);
	case NFT_L4PROTO: return narrow_protocol(product, arena, scenario, set);
	case NFT_NFPROTO: return narrow(product, arena, KEY_FAMILY, set);
	case NFT_IIF: return narrow(product, arena, back ? KEY_OUT : KEY_IN, set);
	case NFT_OIF: return narrow(product, arena, back ? KEY_IN : KEY_OUT, set);
	case NFT_META_TIME: return narrow(product, arena, KEY_TIME, set);
	case NFT_TH_SPORT: return narrow_port(product, arena, scenario, true, set);
	case NFT_TH_DPORT: return narrow_port(product, arena, scenario, false, set);
	case NFT_ICMP_T: case NFT_ICMP_C: case NFT_ICMP6_T: case NFT_ICMP6_C:
		return narrow_icmp(product, arena, scenario, selector, set);
	default: break;
	}
	if (selector >= NFT_TCP_SPORT && selector <= NFT_UDPLITE_DPORT)
		return narrow_named_port(product, arena, scenario, selector, set);
	return narrow_ct(product, arena, scenario, selector, set);
}

bool nft_product_icmp(struct nft_product *product, struct arena *arena, bool icmp)
{
	const struct set **protocol = &product->key[KEY_PROTOCOL];

	*protocol = icmp ? set_intersect(arena, *protocol, &both_icmp) :
			   set_subtract(arena, *protocol, &both_icmp);
	if (set_is_empty(*protocol))
		return false;
	for (size_t key = KEY_SRC_PORT; key <= KEY_UNSEEN; key++)
		if ((key <= KEY_DST_PORT) == icmp)
			product->key[key] = key_whole((enum nft_key)key);
	for (size_t key = KEY_SRC_PORT; key <= KEY_UNSEEN; key++)
		if (set_is_empty(product->key[key]))
			return false;
	return true;
}

static void subtract_plain(struct nft_products *out, struct arena *arena,
			   struct nft_product whole, const struct nft_product *part)
{
	for (size_t key = 0; key < KEY_COUNT; key++) {
		const struct set *rest =
			set_subtract(arena, whole.key[key], part->key[key]);
		if (!set_is_empty(rest)) {
			struct nft_product piece = whole;
			piece.key[key] = rest;
			vec_push(out, piece);
		}
		whole.key[key] = set_intersect(arena, whole.key[key], part->key[key]);
		if (set_is_empty(whole.key[key]))
			return;
	}
}

void nft_product_subtract(struct nft_products *out, struct arena *arena,
			  const struct nft_product *whole, const struct nft_product *part)
{
	for (int icmp = 0; icmp < 2; icmp++) {
		struct nft_product w = *whole, p = *part;
		if (!nft_product_icmp(&w, arena, icmp))
			continue;
		if (nft_product_icmp(&p, arena, icmp))
			subtract_plain(out, arena, w, &p);
		else
			vec_push(out, w);
	}
}
