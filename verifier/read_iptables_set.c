/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets as `ipset save` prints them. A set that changes in force, or holds what is
 * not followed, is known in part only: a rule that asks it is uncertain. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>

static struct ipt_set *set_find(struct ipt *ipt, const char *name)
{
	struct ipt_set *set;

	HASH_FIND_STR(ipt->sets, name, set);
	return set;
}

/* ---- create ---- */

static enum ipt_dimension dimension_of(const char *text, size_t length)
{
	if (length == 2 && memcmp(text, "ip", 2) == 0)
		return IPT_DIMENSION_ADDRESS;
	if (length == 3 && memcmp(text, "net", 3) == 0)
		return IPT_DIMENSION_ADDRESS;
	if (length == 4 && memcmp(text, "port", 4) == 0)
		return IPT_DIMENSION_PORT;
	return IPT_DIMENSION_OTHER;
}

/* `hash:ip,port,net` */
static void set_dimensions(struct ipt_set *set, const char *type)
{
	const char *at = strchr(type, ':');

	set->port_only = strcmp(type, "bitmap:port") == 0;
	for (at = at != NULL ? at + 1 : ""; *at != '\0' && set->dimensions < IPT_DIMENSIONS;) {
		size_t length = strcspn(at, ",");
		enum ipt_dimension dimension = dimension_of(at, length);
		set->dimension[set->dimensions++] = dimension;
		set->set.partial = set->set.partial || dimension == IPT_DIMENSION_OTHER;
		at += length + (at[length] == ',');
	}
	set->set.partial = set->set.partial || set->dimensions == 0 || *at != '\0';
}

static void set_types(struct ipt_set *set)
{
	for (size_t i = 0; i < set->dimensions; i++) {
		if (set->dimension[i] == IPT_DIMENSION_ADDRESS) {
			set->set.type[set->set.fields++] =
				set->family == FAMILY_IPV4 ? NFT_IPV4 : NFT_IPV6;
		} else if (set->dimension[i] == IPT_DIMENSION_PORT) {
			set->set.type[set->set.fields++] = NFT_PROTOCOL;
			set->set.type[set->set.fields++] = NFT_PORT;
		}
	}
}

static void set_create(struct ipt *ipt)
{
	struct ipt_set *set = arena_alloc(ipt->arena, sizeof(*set));
	const struct ipt_word *words = ipt->words.data;

	set->name = arena_strdup(ipt->arena, words[1].text);
	set->set.line = ipt->line;
	set->set.interval = true;
	set_dimensions(set, words[2].text);
	for (size_t i = 3; i < ipt->words.len; i++) {
		if (strcmp(words[i].text, "inet6") == 0)
			set->family = FAMILY_IPV6;
		if (strcmp(words[i].text, "timeout") == 0 || strcmp(words[i].text, "netmask") == 0 ||
		    strcmp(words[i].text, "markmask") == 0)
			set->set.partial = true;
	}
	set_types(set);
	if (set_find(ipt, set->name) != NULL)
		nft_unknown(&ipt->ruleset->scan, ipt->line, "the set is created twice");
	else
		HASH_ADD_KEYPTR(hh, ipt->sets, set->name, strlen(set->name), set);
}

/* ---- add ---- */

static bool element_address(struct ipt *ipt, const struct ipt_set *set, const char *text,
			    const struct set **out)
{
	return ipt_value_addresses(ipt->arena, set->family, text, out) ||
	       ipt_value_span(ipt->arena, set->family, text, out);
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

static bool element_read(struct ipt *ipt, struct ipt_set *set, const char *text,
			 struct nft_row *row)
{
	const struct set *first, *second = NULL;
	size_t field = 0;

	for (size_t i = 0; i < set->dimensions; i++) {
		size_t length = strcspn(text, ",");
		char *part = arena_strndup(ipt->arena, text, length);
		bool port = set->dimension[i] == IPT_DIMENSION_PORT;
		if (port ? !element_port(ipt, set, part, &first, &second) :
			   !element_address(ipt, set, part, &first))
			return false;
		row->value[field] = nft_pool_set(&set->set.pool[field], first);
		field++;
		if (port) {
			row->value[field] = nft_pool_set(&set->set.pool[field], second);
			field++;
		}
		text += length + (text[length] == ',');
	}
	return *text == '\0' && field == set->set.fields;
}

static void set_add(struct ipt *ipt)
{
	struct ipt_set *set = set_find(ipt, ipt->words.data[1].text);
	struct nft_row row = { .line = ipt->line };
	bool excepted = false;

	for (size_t i = 3; i < ipt->words.len; i++)
		excepted = excepted || strcmp(ipt->words.data[i].text, "nomatch") == 0 ||
			   strcmp(ipt->words.data[i].text, "timeout") == 0;
	if (set == NULL) {
		nft_unknown(&ipt->ruleset->scan, ipt->line, "the set is not created before");
	} else if (set->set.partial) {
		return;
	} else if (excepted || !element_read(ipt, set, ipt->words.data[2].text, &row)) {
		set->set.partial = true;
		nft_unknown_condition(&ipt->ruleset->scan, ipt->line,
				      "the element is not understood");
	} else {
		vec_push(&set->set.rows, row);
	}
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

/* ---- match ---- */

static void match_dimension(const struct ipt_set *set, struct nft_match *match, size_t i,
			    bool source)
{
	bool four = set->family == FAMILY_IPV4;

	if (set->dimension[i] == IPT_DIMENSION_PORT) {
		match->selector[match->fields++] = NFT_L4PROTO;
		match->selector[match->fields++] = source ? NFT_TH_SPORT : NFT_TH_DPORT;
	} else {
		match->selector[match->fields++] = source ? (four ? NFT_IP_SADDR : NFT_IP6_SADDR) :
							    (four ? NFT_IP_DADDR : NFT_IP6_DADDR);
	}
}

/* Of the packet's family, and a direction for each dimension; else the kernel finds
 * nothing in the set (ip_set_core.c, ip_set_test). */
static bool set_can_match(const struct ipt_set *set, const struct ipt_rule *rule,
			  const char *directions)
{
	size_t given = *directions != '\0';

	for (; *directions != '\0'; directions++)
		given += *directions == ',';
	return given >= set->dimensions &&
	       (set->port_only || set->family == rule->ipt->family);
}

void ipt_set_match(struct ipt_rule *rule, const char *name, const char *directions)
{
	struct ipt_set *set = set_find(rule->ipt, name);

	if (set == NULL || set->set.partial) {
		ipt_rule_uncertain(rule, set == NULL ? "the set is in none of the files" :
						       "the set is not known in full");
		return;
	}
	if (!set_can_match(set, rule, directions)) {
		if (!rule->negated)
			ipt_match_never(rule);
		return;
	}
	struct nft_match *match = ipt_match_new(rule);
	match->set = &set->set;
	match->negated = rule->negated;
	for (size_t i = 0; i < set->dimensions; i++) {
		size_t length = strcspn(directions, ",");
		match_dimension(set, match, i, length == 3 && memcmp(directions, "src", 3) == 0);
		directions += length + (directions[length] == ',');
	}
}

void ipt_set_fill(struct ipt *ipt, const char *name)
{
	struct ipt_set *set = set_find(ipt, name);

	if (set != NULL)
		set->set.partial = true;
}

void ipt_sets_keep(struct ipt *ipt)
{
	struct ipt_set *set, *next;

	HASH_ITER(hh, ipt->sets, set, next) {
		HASH_DEL(ipt->sets, set);
		set->set.next = ipt->ruleset->anonymous;
		ipt->ruleset->anonymous = &set->set;
	}
}
