/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets as `ipset save` prints them. An element that will expire is in its set or is
 * not. A set of a kind that is not followed, or that rules fill, is known in part
 * only: a rule that asks it is uncertain. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

static struct ipt_set *set_find(struct ipt *ipt, const char *name)
{
	struct ipt_set *set;

	HASH_FIND_STR(ipt->sets, name, set);
	return set;
}

static void set_not_followed(struct ipt *ipt, struct ipt_set *set, const char *reason)
{
	set->set.partial = true;
	nft_unknown_condition(&ipt->ruleset->scan, ipt->line, reason);
}

static bool word_is(const struct ipt_word *word, const char *text)
{
	return !word->quoted && strcmp(word->text, text) == 0;
}

/* ---- create ---- */

static enum ipt_dimension dimension_of(const char *text, size_t length)
{
	static const struct {
		const char *name;
		enum ipt_dimension dimension;
	} names[] = { { "ip", IPT_DIMENSION_ADDRESS }, { "net", IPT_DIMENSION_ADDRESS },
		      { "port", IPT_DIMENSION_PORT }, { "iface", IPT_DIMENSION_INTERFACE } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == length && memcmp(names[i].name, text, length) == 0)
			return names[i].dimension;
	return IPT_DIMENSION_OTHER;
}

/* `hash:ip,port,net`; false: not all of it is followed. */
static bool set_dimensions(struct ipt_set *set, const char *type)
{
	const char *at = strchr(type, ':');

	set->list = strcmp(type, "list:set") == 0;
	set->port_only = strcmp(type, "bitmap:port") == 0;
	set->one_net = strcmp(type, "hash:net") == 0;
	if (set->list)
		return true;
	for (at = at != NULL ? at + 1 : ""; *at != '\0' && set->dimensions < IPT_DIMENSIONS;) {
		size_t length = strcspn(at, ",");
		enum ipt_dimension dimension = dimension_of(at, length);
		if (dimension == IPT_DIMENSION_OTHER)
			return false;
		set->dimension[set->dimensions++] = dimension;
		at += length + (at[length] == ',');
	}
	return set->dimensions > 0 && *at == '\0';
}

static void set_types(struct ipt_set *set)
{
	struct nft_set *out = &set->set;

	for (size_t i = 0; i < set->dimensions; i++) {
		if (set->dimension[i] == IPT_DIMENSION_ADDRESS)
			out->type[out->fields++] = set->family == FAMILY_IPV4 ? NFT_IPV4 : NFT_IPV6;
		if (set->dimension[i] == IPT_DIMENSION_PORT)
			out->type[out->fields++] = NFT_PROTOCOL;
		if (set->dimension[i] == IPT_DIMENSION_PORT)
			out->type[out->fields++] = NFT_PORT;
		if (set->dimension[i] == IPT_DIMENSION_INTERFACE)
			out->type[out->fields++] = NFT_INTERFACE;
	}
}

/* False: an option that is not followed. */
static bool set_options(const struct ipt *ipt, struct ipt_set *set)
{
	const struct ipt_word *words = ipt->words.data;
	bool known = true;

	set->prefix = address_bits(FAMILY_IPV4);
	for (size_t i = 3; i < ipt->words.len; i++)
		if (word_is(&words[i], "inet6")) {
			set->family = FAMILY_IPV6;
			set->prefix = address_bits(FAMILY_IPV6);
		}
	for (size_t i = 3; i < ipt->words.len; i++) {
		const char *next = i + 1 < ipt->words.len ? words[i + 1].text : "";
		if (word_is(&words[i], "netmask"))
			known = known && ipt_value_number(next, strlen(next), set->prefix,
							  &set->prefix);
		if (word_is(&words[i], "markmask") || word_is(&words[i], "bitmask"))
			known = false;
	}
	return known;
}

static void set_create(struct ipt *ipt)
{
	struct ipt_set *set = arena_alloc(ipt->arena, sizeof(*set));
	const struct ipt_word *words = ipt->words.data;

	set->name = arena_strdup(ipt->arena, words[1].text);
	set->set.line = ipt->line;
	set->set.interval = true;
	if (!set_dimensions(set, words[2].text) || !set_options(ipt, set))
		set_not_followed(ipt, set, "sets of this kind are not followed");
	set_types(set);
	if (set_find(ipt, set->name) != NULL)
		nft_unknown(&ipt->ruleset->scan, ipt->line, "the set is created twice");
	else
		HASH_ADD_KEYPTR(hh, ipt->sets, set->name, strlen(set->name), set);
}

/* ---- add ---- */

/* A set with a netmask keeps networks of that length. */
static const struct set *widened(struct arena *arena, const struct ipt_set *set,
				 const struct set *addresses)
{
	u128 all = address_max(set->family);
	u128 free = set->prefix == 0 ? all : all >> (set->prefix - 1) >> 1;
	const struct set *out = set_empty();

	if (set->prefix == address_bits(set->family))
		return addresses;
	for (size_t i = 0; i < addresses->len; i++)
		out = set_union(arena, out, set_one(arena, addresses->range[i].lo & ~free,
						    addresses->range[i].hi | free));
	return out;
}

static bool element_address(struct ipt *ipt, const struct ipt_set *set, const char *text,
			    const struct set **out)
{
	if (!ipt_value_addresses(ipt->arena, set->family, text, out) &&
	    !ipt_value_span(ipt->arena, set->family, text, out))
		return false;
	*out = widened(ipt->arena, set, *out);
	return true;
}

/* `tcp:80`, `udp:80-90`, `80`, which is TCP's, or of both in a bitmap:port. */
static bool element_port(struct ipt *ipt, const struct ipt_set *set, char *text,
			 const struct set **protocols, const struct set **ports)
{
	struct range both[] = { { 6, 6 }, { 17, 17 } };
	char *colon = strchr(text, ':'), *dash = strchr(text, '-');
	uint32_t number = 6;

	if (colon != NULL) {
		*colon = '\0';
		if (!ipt_value_protocol(text, &number) || (number != 6 && number != 17 &&
							   number != 132 && number != 136))
			return false;
		text = colon + 1;
	}
	if (dash != NULL)
		*dash = ':';
	*protocols = set->port_only ? set_from_ranges(ipt->arena, both, 2) :
				      set_one(ipt->arena, number, number);
	return ipt_value_ports(ipt->arena, text, ports);
}

/* With `wildcard` behind the element, every name that begins so. */
static bool element_interface(struct ipt *ipt, const char *text, const struct set **out)
{
	size_t length = strlen(text);
	char name[17];
	bool wildcard = false;

	for (size_t i = 3; i < ipt->words.len; i++)
		wildcard = wildcard || word_is(&ipt->words.data[i], "wildcard");
	if (length == 0 || length + wildcard > 15 || strpbrk(text, "*:") != NULL)
		return false;
	memcpy(name, text, length + 1);
	if (wildcard)
		memcpy(name + length++, "*", 2);
	uint32_t index = nft_interface(&ipt->ruleset->scan, name, length);
	*out = set_one(ipt->arena, index, index);
	return index != NFT_ELSEWHERE;
}

static bool element_part(struct ipt *ipt, const struct ipt_set *set, size_t dimension, char *part,
			 const struct set *values[2])
{
	switch (set->dimension[dimension]) {
	case IPT_DIMENSION_PORT: return element_port(ipt, set, part, &values[0], &values[1]);
	case IPT_DIMENSION_INTERFACE: return element_interface(ipt, part, &values[0]);
	default: return element_address(ipt, set, part, &values[0]);
	}
}

static bool element_read(struct ipt *ipt, struct ipt_set *set, const char *text,
			 struct nft_row *row)
{
	size_t field = 0;

	for (size_t i = 0; i < set->dimensions; i++) {
		const struct set *values[2] = { NULL, NULL };
		size_t length = strcspn(text, ",");
		char *part = arena_strndup(ipt->arena, text, length);
		if (!element_part(ipt, set, i, part, values))
			return false;
		for (size_t k = 0; k < 2 && values[k] != NULL; k++, field++)
			row->value[field] = nft_pool_set(&set->set.pool[field], values[k]);
		text += length + (text[length] == ',');
	}
	return *text == '\0' && field == set->set.fields;
}

/* An element that expires may be gone, but for `timeout 0`. */
static bool element_options(const struct ipt *ipt, struct nft_row *row, bool *excepted)
{
	for (size_t i = 3; i < ipt->words.len; i++) {
		const struct ipt_word *word = &ipt->words.data[i];
		if (word_is(word, "nomatch"))
			*excepted = true;
		if (word_is(word, "timeout") && i + 1 < ipt->words.len &&
		    strcmp(word[1].text, "0") != 0)
			row->uncertain = true;
	}
	return !(*excepted && row->uncertain);
}

/* Of the networks of a hash:net that hold an address the smallest decides. */
static bool net_add(struct ipt *ipt, struct ipt_set *set, const struct nft_row *row, bool excepted)
{
	const struct set *net = set->set.pool[0].set[row->value[0]];
	struct ipt_net one = { .excepted = excepted, .line = ipt->line };

	if (net->len != 1)
		return false;
	one.range = net->range[0];
	u128 size = one.range.hi - one.range.lo;
	vec_push(&set->nets, one);
	return (size & (size + 1)) == 0 && (one.range.lo & size) == 0;
}

static bool member_add(struct ipt *ipt, struct ipt_set *set, const char *name)
{
	struct ipt_set *member = set_find(ipt, name);

	if (member == NULL || member->list)
		return false;
	vec_push(&set->members, member);
	return true;
}

static bool element_add(struct ipt *ipt, struct ipt_set *set, const char *text)
{
	struct nft_row row = { .line = ipt->line };
	bool excepted = false;

	if (!element_options(ipt, &row, &excepted))
		return false;
	if (set->list)
		return !excepted && !row.uncertain && member_add(ipt, set, text);
	if (!element_read(ipt, set, text, &row))
		return false;
	if (set->one_net && !row.uncertain)
		return net_add(ipt, set, &row, excepted);
	if (!excepted)
		vec_push(&set->set.rows, row);
	return !excepted;
}

static void set_add(struct ipt *ipt)
{
	struct ipt_set *set = set_find(ipt, ipt->words.data[1].text);

	if (set == NULL)
		nft_unknown(&ipt->ruleset->scan, ipt->line, "the set is not created before");
	else if (set->set.partial)
		ipt->ruleset->scan.seen[ipt->line] = NFT_LINE_UNKNOWN;
	else if (!element_add(ipt, set, ipt->words.data[2].text))
		set_not_followed(ipt, set, "the element is not understood");
}

void ipt_set_line(struct ipt *ipt)
{
	const struct ipt_words *words = &ipt->words;
	const char *verb = words->data[0].text;

	if (strcmp(verb, "create") == 0 && words->len > 2)
		set_create(ipt);
	else if (strcmp(verb, "add") == 0 && words->len > 2)
		set_add(ipt);
	else
		nft_unknown(&ipt->ruleset->scan, ipt->line, "the line is not understood");
}

void ipt_set_fill(struct ipt *ipt, const char *name)
{
	struct ipt_set *set = set_find(ipt, name);

	if (set != NULL)
		set->set.partial = true;
}

/* ---- once all is read ---- */

/* By where they begin, the largest first: each stands behind those that hold it. */
static int net_order(const void *left, const void *right)
{
	const struct ipt_net *a = left, *b = right;

	if (a->range.lo != b->range.lo)
		return a->range.lo < b->range.lo ? -1 : 1;
	if (a->range.hi != b->range.hi)
		return a->range.hi > b->range.hi ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

struct net_walk {
	VEC(struct ipt_net) open;  /* those that hold the place, the smallest last */
	VEC(struct range) inside;
	u128 at;                   /* the first address that is not decided */
	bool over;                 /* there is none: all are */
};

static void walk_to(struct net_walk *walk, u128 last)
{
	const struct ipt_net *net = &walk->open.data[walk->open.len - 1];
	struct range range = { walk->at, last };

	if (walk->over || range.lo > range.hi)
		return;
	if (!net->excepted)
		vec_push(&walk->inside, range);
	walk->at = last + 1;
	walk->over = walk->at == 0;
}

/* Up to where the next one begins, or to the end. */
static void walk_close(struct net_walk *walk, const struct ipt_net *next)
{
	while (walk->open.len > 0) {
		u128 last = walk->open.data[walk->open.len - 1].range.hi;
		if (next != NULL && next->range.lo <= last)
			return;
		walk_to(walk, last);
		walk->open.len--;
	}
}

static const struct set *nets_decide(struct ipt *ipt, const struct ipt_set *set)
{
	struct net_walk walk = { .at = 0 };

	for (size_t i = 0; i < set->nets.len; i++) {
		const struct ipt_net *net = &set->nets.data[i];
		walk_close(&walk, net);
		if (walk.open.len > 0 && net->range.lo > 0)
			walk_to(&walk, net->range.lo - 1);
		walk.at = net->range.lo;
		vec_push(&walk.open, *net);
	}
	walk_close(&walk, NULL);
	const struct set *inside = set_from_ranges(ipt->arena, walk.inside.data, walk.inside.len);
	vec_free(&walk.inside);
	vec_free(&walk.open);
	return inside;
}

static void row_add(struct ipt_set *set, const struct set *values, uint32_t line)
{
	struct nft_row row = { .line = line };

	row.value[0] = nft_pool_set(&set->set.pool[0], values);
	vec_push(&set->set.rows, row);
}

/* An element that expires may uncover what exceptions beside it except. */
static void nets_finish(struct ipt *ipt, struct ipt_set *set)
{
	bool excepted = false;

	for (size_t i = 0; i < set->nets.len; i++)
		excepted = excepted || set->nets.data[i].excepted;
	for (size_t i = 0; i < set->nets.len && !excepted; i++)
		row_add(set, set_one(ipt->arena, set->nets.data[i].range.lo,
				     set->nets.data[i].range.hi), set->nets.data[i].line);
	if (excepted) {
		set->set.partial = set->set.partial || set->set.rows.len > 0;
		qsort(set->nets.data, set->nets.len, sizeof(*set->nets.data), net_order);
		row_add(set, nets_decide(ipt, set), set->set.line);
	}
	vec_free(&set->nets);
}

void ipt_sets_finish(struct ipt *ipt)
{
	for (struct ipt_set *set = ipt->sets; set != NULL; set = set->hh.next)
		nets_finish(ipt, set);
}
