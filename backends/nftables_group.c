/* SPDX-License-Identifier: Apache-2.0
 *
 * From the entries of a pair to the elements of its sets. An entry is a product
 * of sets of ranges: the combinations of single values are elements of an exact
 * set, all others of an interval set. Fields that take every value are not in the
 * key. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PROTOCOL_DCCP = 33, PROTOCOL_UDP_LITE = 136, BYTE_BITS = 8 };

/* The ranges of one field, single values apart. */
struct group_field {
	const struct range *all, *single;
	size_t all_len, single_len;
};

struct group_pair {
	struct nftables_groups *groups;
	struct arena *arena;
	const struct filter *filter;
	const char *stem;
	const struct filter_entry *entry;
	const struct nftables_name *names; /* of the entry, made when needed */
	uint32_t order;
	struct nftables_kind kind;
};

static bool protocol_has_ports(unsigned protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == PROTOCOL_DCCP ||
	       protocol == PROTOCOL_UDP_LITE;
}

/* ---- names ---- */

static void group_print_use(struct strbuf *name, const struct nftables_kind *kind)
{
	static const char *const uses[] = { "/log-deny/", "/deny", "/log/", "" };

	strbuf_puts(name, uses[kind->use]);
	if (kind->rule != NULL)
		nftables_print_identifier(name, kind->rule->identity);
	if (kind->idle_seconds != 0)
		strbuf_printf(name, "/idle/%u", kind->idle_seconds);
}

static void group_print_shape(struct strbuf *name, const struct nftables_shape *shape)
{
	static const char *const ports[] = { "", "/from", "/port", "/ports" };
	char number[4];

	strbuf_puts(name, shape->family == FAMILY_IPV4 ? "/ip/" : "/ip6/");
	if (shape->protocol != NFT_ANY_PROTOCOL)
		strbuf_puts(name, nftables_protocol_name((unsigned)shape->protocol, number));
	else
		strbuf_puts(name, nftables_has(shape, NFT_PROTOCOL) ? "protocols" : "any");
	if (nftables_is_icmp(shape->protocol))
		strbuf_puts(name, nftables_has(shape, NFT_SPORT) ? "/type" : "");
	else
		strbuf_puts(name, ports[shape->key >> NFT_SPORT]);
	if (!shape->exact)
		strbuf_puts(name, "/ranges");
}

static const char *group_name(const struct group_pair *state, const struct nftables_kind *kind)
{
	struct strbuf name = STRBUF_INIT;

	strbuf_puts(&name, state->stem);
	group_print_use(&name, kind);
	if (kind->payload != 0)
		strbuf_printf(&name, "/%s", nftables_payload_name(state->arena, state->filter,
								  kind->payload));
	if (kind->activity != 0) {
		strbuf_putc(&name, '/');
		nftables_print_time_name(&name, &state->filter->activities[kind->activity]);
	}
	group_print_shape(&name, &kind->shape);
	nftables_limit_name(&name, 0, NFT_NAME);
	const char *text = arena_strdup(state->arena, strbuf_text(&name));
	strbuf_release(&name);
	return text;
}

static bool kind_equal(const struct nftables_kind *a, const struct nftables_kind *b)
{
	return a->use == b->use && a->activity == b->activity &&
	       a->payload == b->payload && a->idle_seconds == b->idle_seconds && a->rule == b->rule &&
	       nftables_shape_equal(&a->shape, &b->shape);
}

static struct nftables_group *group_find(const struct group_pair *state)
{
	struct nftables_groups *groups = state->groups;

	for (size_t i = groups->len; i-- > 0;)
		if (kind_equal(&groups->data[i].kind, &state->kind))
			return &groups->data[i];
	struct nftables_group group = { .kind = state->kind,
					.name = group_name(state, &state->kind) };
	vec_push(groups, group);
	return &groups->data[groups->len - 1];
}

/* ---- elements ---- */

static struct group_field field_make(struct arena *arena, const struct range *ranges,
				     size_t len)
{
	struct group_field field = { ranges, ranges, len, 0 };

	for (size_t i = 0; i < len; i++)
		field.single_len += ranges[i].lo == ranges[i].hi;
	if (field.single_len == len)
		return field;
	struct range *single = arena_array(arena, field.single_len + 1, sizeof(*single));
	field.single = single;
	for (size_t i = 0; i < len; i++)
		if (ranges[i].lo == ranges[i].hi)
			*single++ = ranges[i];
	return field;
}

static const struct nftables_name *group_names(struct group_pair *state)
{
	const struct nftables_name *names = NULL;

	if (state->names != NULL)
		return state->names;
	for (size_t i = state->entry->rule_count; i-- > 0;) {
		struct nftables_name *name = arena_alloc(state->arena, sizeof(*name));
		*name = (struct nftables_name){ state->entry->rules[i], names };
		names = name;
	}
	return state->names = names;
}

static void group_add_product(struct group_pair *state,
			      const struct group_field fields[NFT_FIELDS])
{
	struct nftables_product product = { .entry = state->entry };

	for (size_t i = 0; i < NFT_FIELDS; i++) {
		product.value[i] = fields[i].single;
		product.len[i] = (uint32_t)fields[i].single_len;
		if (!nftables_has(&state->kind.shape, (enum nftables_field)i))
			product.len[i] = 1;
		else if (product.len[i] == 0)
			return;
	}
	state->kind.shape.exact = true;
	vec_push(&group_find(state)->products, product);
}

/* Every combination but those of single values only. */
static void group_add_boxes(struct nftables_boxes *boxes, const struct nftables_shape *shape,
			    const struct group_field fields[NFT_FIELDS],
			    struct nftables_box box)
{
	size_t at[NFT_FIELDS] = { 0 };

	for (;;) {
		bool single = true;
		size_t i = NFT_FIELDS;
		for (size_t k = 0; k < NFT_FIELDS; k++) {
			box.field[k] = fields[k].all[at[k]];
			single = single && (!nftables_has(shape, (enum nftables_field)k) ||
					    box.field[k].lo == box.field[k].hi);
		}
		if (!single)
			vec_push(boxes, box);
		while (i > 0 && ++at[i - 1] == fields[i - 1].all_len)
			at[--i] = 0;
		if (i == 0)
			return;
	}
}

static bool fields_single(const struct nftables_shape *shape,
			  const struct group_field fields[NFT_FIELDS])
{
	for (size_t i = 0; i < NFT_FIELDS; i++)
		if (nftables_has(shape, (enum nftables_field)i) &&
		    fields[i].single_len != fields[i].all_len)
			return false;
	return true;
}

static void group_add(struct group_pair *state, struct group_field fields[NFT_FIELDS])
{
	struct nftables_box box = { .order = state->order };

	group_add_product(state, fields);
	if (fields_single(&state->kind.shape, fields))
		return;
	box.names = group_names(state);
	state->kind.shape.exact = false;
	group_add_boxes(&group_find(state)->boxes, &state->kind.shape, fields, box);
}

/* `fields` from the protocol on are made; the addresses of both families here. */
static void group_families(struct group_pair *state, struct group_field fields[NFT_FIELDS])
{
	for (int family = 0; family < FAMILY_COUNT; family++) {
		const struct set *source = state->entry->source.family[family];
		const struct set *destination = state->entry->destination.family[family];
		if (set_is_empty(source) || set_is_empty(destination))
			continue;
		state->kind.shape.family = (enum family)family;
		fields[NFT_SOURCE] = field_make(state->arena, source->range, source->len);
		fields[NFT_DESTINATION] =
			field_make(state->arena, destination->range, destination->len);
		group_add(state, fields);
	}
}

static const struct range every_value = { 0, UINT16_MAX };

/* The fields of a shape without ports and, so far, without a protocol. */
static void group_begin(struct group_pair *state, struct group_field fields[NFT_FIELDS])
{
	state->kind.shape.protocol = NFT_ANY_PROTOCOL;
	state->kind.shape.key = 1 << NFT_SOURCE | 1 << NFT_DESTINATION;
	for (size_t i = NFT_PROTOCOL; i < NFT_FIELDS; i++)
		fields[i] = (struct group_field){ &every_value, &every_value, 1, 0 };
}

static void group_key_field(struct group_pair *state, struct group_field fields[NFT_FIELDS],
			    enum nftables_field field, const struct set *set)
{
	state->kind.shape.key |= (uint8_t)(1 << field);
	fields[field] = field_make(state->arena, set->range, set->len);
}

static void group_ports(struct group_pair *state, struct group_field fields[NFT_FIELDS])
{
	const struct set *src = state->entry->src_ports, *dst = state->entry->dst_ports;

	if (set_is_empty(src) || set_is_empty(dst))
		return;
	if (!set_covers_range(src, 0, UINT16_MAX))
		group_key_field(state, fields, NFT_SPORT, src);
	if (!set_covers_range(dst, 0, UINT16_MAX))
		group_key_field(state, fields, NFT_DPORT, dst);
	group_families(state, fields);
}

static const struct set *icmp_words(struct arena *arena, const struct set *types,
				    const struct set *codes)
{
	VEC(struct range) words = VEC_INIT;

	for (size_t t = 0; t < types->len; t++)
		for (u128 type = types->range[t].lo; type <= types->range[t].hi; type++)
			for (size_t c = 0; c < codes->len; c++) {
				u128 word = type << BYTE_BITS;
				struct range range = { word + codes->range[c].lo,
						       word + codes->range[c].hi };
				vec_push(&words, range);
			}
	const struct set *set = set_from_ranges(arena, words.data, words.len);
	vec_free(&words);
	return set;
}

/* The protocol is in the key: a listing of `meta l4proto icmp ... th sport` leaves
 * the protocol out, and would load as a lookup for every protocol. */
static void group_icmp(struct group_pair *state, struct group_field fields[NFT_FIELDS])
{
	struct arena *arena = state->arena;
	const struct set *bytes = set_one(arena, 0, UINT8_MAX);
	const struct set *types = set_intersect(arena, state->entry->src_ports, bytes);
	const struct set *codes = set_intersect(arena, state->entry->dst_ports, bytes);
	u128 protocol = (u128)state->kind.shape.protocol;

	if (set_is_empty(types) || set_is_empty(codes))
		return;
	if (!set_equal(types, bytes) || !set_equal(codes, bytes)) {
		group_key_field(state, fields, NFT_PROTOCOL, set_one(arena, protocol, protocol));
		group_key_field(state, fields, NFT_SPORT, icmp_words(arena, types, codes));
	}
	group_families(state, fields);
}

static void group_protocol(struct group_pair *state, unsigned protocol)
{
	const struct filter_entry *entry = state->entry;
	struct group_field fields[NFT_FIELDS];

	group_begin(state, fields);
	state->kind.shape.protocol = (int)protocol;
	if (nftables_is_icmp((int)protocol))
		group_icmp(state, fields);
	else if (protocol_has_ports(protocol))
		group_ports(state, fields);
	else if (set_contains(entry->src_ports, 0) && set_contains(entry->dst_ports, 0))
		group_families(state, fields);
}

/* Several protocols that ask nothing of ports. */
static void group_protocols(struct group_pair *state)
{
	const struct set *protocols = state->entry->protocols;
	struct group_field fields[NFT_FIELDS];

	group_begin(state, fields);
	if (!set_covers_range(protocols, 0, UINT8_MAX))
		group_key_field(state, fields, NFT_PROTOCOL, protocols);
	group_families(state, fields);
}

static void group_entry(struct group_pair *state)
{
	const struct filter_entry *entry = state->entry;
	bool all = set_covers_range(entry->src_ports, 0, UINT16_MAX) &&
		   set_covers_range(entry->dst_ports, 0, UINT16_MAX);

	if (all && set_size(entry->protocols) > 1) {
		group_protocols(state);
		return;
	}
	for (size_t i = 0; i < entry->protocols->len; i++)
		for (u128 p = entry->protocols->range[i].lo; p <= entry->protocols->range[i].hi;
		     p++)
			group_protocol(state, (unsigned)p);
}

static int group_compare(const void *left, const void *right)
{
	const struct nftables_group *a = left, *b = right;

	if (a->kind.use != b->kind.use)
		return a->kind.use < b->kind.use ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void group_both(struct group_pair *state)
{
	const struct filter_entry *entry = state->entry;
	bool allow = entry->allow;

	state->names = NULL;
	state->kind = (struct nftables_kind){
		.use = allow ? NFT_ALLOW : NFT_DENY, .activity = entry->activity,
		.payload = entry->payload, .idle_seconds = allow ? entry->idle_seconds : 0,
	};
	group_entry(state);
	if (!entry->log || entry->rule_count == 0)
		return;
	state->kind = (struct nftables_kind){
		.use = allow ? NFT_LOG_ALLOW : NFT_LOG_DENY, .activity = entry->activity,
		.rule = entry->rules[0],
	};
	group_entry(state);
}

static void groups_finish(struct nftables_groups *groups, struct arena *arena)
{
	for (size_t i = 0; i < groups->len; i++)
		nftables_cut(&groups->data[i].boxes, arena);
	if (groups->len > 0)
		qsort(groups->data, groups->len, sizeof(*groups->data), group_compare);
}

void nftables_group_pair(struct nftables_groups *groups, struct arena *arena,
			 const struct filter *filter, const struct filter_pair *pair)
{
	struct group_pair state = { .groups = groups, .arena = arena, .filter = filter,
				    .stem = nftables_pair_stem(arena, pair) };

	for (size_t i = 0; i < pair->entry_count; i++) {
		state.entry = &pair->entries[i];
		state.order = (uint32_t)i;
		group_both(&state);
	}
	groups_finish(groups, arena);
}

/* ---- servers ---- */

static void group_server(struct group_pair *state, unsigned protocol, enum family family)
{
	const struct set *destination = state->entry->destination.family[family];
	const struct set *ports = state->entry->dst_ports;
	struct group_field fields[NFT_FIELDS];

	if (set_is_empty(destination) || set_is_empty(state->entry->source.family[family]) ||
	    set_is_empty(ports) || set_covers_range(ports, 0, UINT16_MAX))
		return;
	group_begin(state, fields);
	state->kind.shape = (struct nftables_shape){ .family = family,
						     .protocol = (int)protocol };
	fields[NFT_SOURCE] = fields[NFT_PROTOCOL];
	group_key_field(state, fields, NFT_DESTINATION, destination);
	group_key_field(state, fields, NFT_DPORT, ports);
	group_add(state, fields);
}

static void group_servers(struct group_pair *state)
{
	const struct set *protocols = state->entry->protocols;

	for (unsigned protocol = 0; protocol <= UINT8_MAX; protocol++)
		if (protocol_has_ports(protocol) && set_contains(protocols, protocol))
			for (int family = 0; family < FAMILY_COUNT; family++)
				group_server(state, protocol, (enum family)family);
}

void nftables_group_servers(struct nftables_groups *groups, struct arena *arena,
			    const struct filter *filter, const char *interface)
{
	struct strbuf stem = STRBUF_INIT;
	struct group_pair state = { .groups = groups, .arena = arena, .filter = filter,
				    .kind = { .use = NFT_ALLOW } };

	strbuf_puts(&stem, "servers/");
	nftables_print_identifier(&stem, interface);
	state.stem = strbuf_text(&stem);
	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; strcmp(filter->pairs[i].out, interface) == 0 &&
				   k < filter->pairs[i].entry_count;
		     k++) {
			state.entry = &filter->pairs[i].entries[k];
			if (state.entry->allow)
				group_servers(&state);
		}
	groups_finish(groups, arena);
	strbuf_release(&stem);
}

void nftables_groups_free(struct nftables_groups *groups)
{
	for (size_t i = 0; i < groups->len; i++) {
		vec_free(&groups->data[i].boxes);
		vec_free(&groups->data[i].products);
	}
	vec_free(groups);
}
