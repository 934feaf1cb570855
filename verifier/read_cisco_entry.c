/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of access lists: Cisco IOS Security Command Reference, `permit (IP)`,
 * `permit (IPv6)` and `access-list`; Cisco ASA Series Command Reference,
 * `access-list extended`. A condition that is not interpreted makes its entry
 * uncertain; an entry that is not understood at all matches anything or nothing. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

enum { TCP = 6, UDP = 17, SCTP = 132, JOINED_MAX = 64 };

/* The entry being read. */
struct read_entry {
	struct cisco *cisco;
	struct cisco_list *list;
	const struct cisco_line *line;
	size_t at;
	enum family family;      /* of a list of IOS, or of the protocol word */
	struct cisco_entry made; /* without its service */
	struct cisco_services services;
	bool inactive;
	bool would_drop;
};

/* ---- lists ---- */

struct cisco_list *cisco_list_find(struct cisco *cisco, bool six, const char *name)
{
	struct cisco_list *list;

	HASH_FIND_STR(cisco->lists[six], name, list);
	return list;
}

struct cisco_list *cisco_list_begin(struct cisco *cisco, bool six, const char *name,
				    uint32_t line)
{
	struct cisco_list *list = cisco_list_find(cisco, six, name);

	if (list != NULL)
		return list;
	list = arena_alloc(cisco->arena, sizeof(*list));
	list->name = name;
	list->six = six;
	list->line = line;
	HASH_ADD_KEYPTR(hh, cisco->lists[six], list->name, strlen(list->name), list);
	return list;
}

void cisco_list_remove(struct cisco *cisco, bool six, const char *name)
{
	struct cisco_list *list = cisco_list_find(cisco, six, name);

	if (list == NULL)
		return;
	HASH_DEL(cisco->lists[six], list);
	vec_free(&list->lines);
	vec_free(&list->entries);
}

/* ---- protocol or services ---- */

static struct cisco_service service_of(struct read_entry *read, const struct set *protocols)
{
	return (struct cisco_service){ protocols, read->cisco->full_ports,
				       read->cisco->full_ports, false, false };
}

static const char *word_at(const struct read_entry *read)
{
	return read->at < read->line->count ? read->line->words[read->at] : NULL;
}

static bool read_service_group(struct read_entry *read)
{
	const char *name = read->at + 1 < read->line->count ? read->line->words[read->at + 1] : "";
	struct cisco_object *object = cisco_object_find(read->cisco, name);
	bool services = object != NULL &&
			(object->kind == KIND_SERVICE || object->kind == KIND_PROTOCOL ||
			 (object->kind == KIND_PORTS && object->implied != NULL));

	read->at += 2;
	if (!services) {
		struct cisco_service all = service_of(read, read->cisco->full_protocols);
		cisco_condition(read->cisco, read->line, "the group of services is not defined");
		read->made.entry.uncertain = true;
		vec_push(&read->services, all);
		return true;
	}
	cisco_object_resolve(read->cisco, object);
	for (size_t i = 0; i < object->services.len; i++)
		vec_push(&read->services, object->services.data[i]);
	read->made.entry.uncertain = read->made.entry.uncertain || object->uncertain;
	return true;
}

static bool read_protocol(struct read_entry *read)
{
	const char *word = word_at(read);
	struct cisco_service service = service_of(read, read->cisco->full_protocols);
	unsigned protocol;

	if (word == NULL)
		return false;
	if (strcmp(word, "object-group") == 0 ||
	    (read->cisco->asa && strcmp(word, "object") == 0))
		return read_service_group(read);
	read->at++;
	if (strcmp(word, "ip") != 0 && strcmp(word, "ipv6") != 0) {
		if (!cisco_protocol(word, &protocol))
			return false;
		if (read->list->six && strcmp(word, "icmp") == 0)
			protocol = 58;
		read->family = protocol == 58 ? FAMILY_IPV6 : read->family;
		service.protocols = cisco_one(read->cisco, protocol, protocol);
	}
	vec_push(&read->services, service);
	return true;
}

static bool single_protocol(const struct read_entry *read, unsigned protocol)
{
	return read->services.len == 1 && read->services.data[0].protocols->len == 1 &&
	       read->services.data[0].protocols->range[0].lo == protocol &&
	       read->services.data[0].protocols->range[0].hi == protocol;
}

static bool carries_ports(const struct read_entry *read)
{
	return single_protocol(read, TCP) || single_protocol(read, UDP) ||
	       single_protocol(read, SCTP);
}

/* ---- addresses and ports ---- */

static bool read_ports(struct read_entry *read, bool source)
{
	const struct set *ports = NULL;
	struct cisco_service *service = read->services.len > 0 ? &read->services.data[0] : NULL;

	if (service == NULL || read->services.len != 1)
		return true;
	if (!cisco_ports(read->cisco, read->line, &read->at, service->protocols, &ports,
			 &read->made.entry.uncertain))
		return false;
	if (ports == NULL)
		return true;
	if (!carries_ports(read))
		return false;
	service->ports = true;
	*(source ? &service->src : &service->dst) = ports;
	return true;
}

static bool read_addresses(struct read_entry *read, struct address_set *out)
{
	static const char *const identity[] = { "user", "user-group", "object-group-user",
						"security-group", "object-group-security",
						"object-group-network-service" };

	for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		if (cisco_word_is(read->line, read->at, identity[i]))
			return false;
	return cisco_addresses(read->cisco, read->line, &read->at, !read->cisco->asa,
			       read->list->six ? FAMILY_IPV6 : FAMILY_IPV4, out,
			       &read->made.entry.uncertain);
}

static bool read_icmp(struct read_entry *read)
{
	const char *name = read->at + 1 < read->line->count ? read->line->words[read->at + 1] : "";
	struct cisco_object *object = NULL;

	if (!single_protocol(read, 1) && !single_protocol(read, 58))
		return true;
	if (cisco_word_is(read->line, read->at, "object-group"))
		object = cisco_object_find(read->cisco, name);
	if (object == NULL || object->kind != KIND_ICMP) {
		cisco_icmp_words(read->line, read->cisco->arena, &read->at, read->family,
				 &read->services.data[0]);
		return true;
	}
	cisco_object_resolve(read->cisco, object);
	const struct set *protocols = read->services.data[0].protocols;
	read->services.len = 0;
	for (size_t i = 0; i < object->services.len; i++) {
		vec_push(&read->services, object->services.data[i]);
		read->services.data[i].protocols = protocols;
	}
	read->made.entry.uncertain = read->made.entry.uncertain || object->uncertain;
	read->at += 2;
	return true;
}

/* ---- what stands behind ---- */

enum option_use {
	OPTION_NOTHING,     /* decides nothing */
	OPTION_ESTABLISHED,
	OPTION_FRAGMENTS,
	OPTION_TIME,
	OPTION_SYN, OPTION_NOT_FIRST, OPTION_FLAGS,
	OPTION_INACTIVE,
	OPTION_CONDITION,   /* narrows in a way that is not interpreted */
};

/* `words`: how many belong to it beside its own, at most. */
static const struct option {
	const char *word;
	enum option_use use;
	unsigned words;
} options[] = {
	{ "log", OPTION_NOTHING, 4 },	     { "log-input", OPTION_NOTHING, 1 },
	{ "established", OPTION_ESTABLISHED, 0 }, { "fragments", OPTION_FRAGMENTS, 0 },
	{ "time-range", OPTION_TIME, 1 },    { "inactive", OPTION_INACTIVE, 0 },
	{ "syn", OPTION_SYN, 0 },	     { "ack", OPTION_NOT_FIRST, 0 },
	{ "rst", OPTION_NOT_FIRST, 0 },	     { "fin", OPTION_FLAGS, 0 },
	{ "psh", OPTION_FLAGS, 0 },	     { "urg", OPTION_FLAGS, 0 },
	{ "match-any", OPTION_FLAGS, 12 },   { "match-all", OPTION_FLAGS, 12 },
	{ "dscp", OPTION_CONDITION, 1 },     { "precedence", OPTION_CONDITION, 1 },
	{ "tos", OPTION_CONDITION, 1 },	     { "option", OPTION_CONDITION, 1 },
	{ "ttl", OPTION_CONDITION, 3 },	     { "flow-label", OPTION_CONDITION, 1 },
	{ "routing", OPTION_CONDITION, 0 },  { "routing-type", OPTION_CONDITION, 1 },
	{ "mobility", OPTION_CONDITION, 0 }, { "mobility-type", OPTION_CONDITION, 1 },
	{ "dest-option", OPTION_CONDITION, 0 }, { "dest-option-type", OPTION_CONDITION, 1 },
	{ "auth", OPTION_CONDITION, 0 },     { "hbh", OPTION_CONDITION, 0 },
	{ "reflect", OPTION_CONDITION, 3 },  { "sequence", OPTION_NOTHING, 1 },
	{ "undetermined-transport", OPTION_CONDITION, 0 },
};

static const struct option *option_find(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].word, word) == 0)
			return &options[i];
	return NULL;
}

static bool option_time(struct read_entry *read)
{
	bool uncertain = false;
	const char *name = word_at(read);

	if (name == NULL)
		return false;
	read->made.entry.activity = cisco_time_activity(read->cisco, name, &uncertain);
	read->at++;
	if (uncertain)
		cisco_condition(read->cisco, read->line, "the time range is not defined");
	read->made.entry.uncertain = read->made.entry.uncertain || uncertain;
	return true;
}

static void option_condition(struct read_entry *read)
{
	cisco_condition(read->cisco, read->line, "it holds a condition that is not interpreted");
	read->made.entry.uncertain = true;
}

static bool option_take(struct read_entry *read, const struct option *option)
{
	read->at++;
	if (option->use == OPTION_TIME)
		return option_time(read);
	for (unsigned i = 0; i < option->words && word_at(read) != NULL &&
			     option_find(word_at(read)) == NULL; i++)
		read->at++;
	bool layer4 = option->use >= OPTION_ESTABLISHED && option->use <= OPTION_FLAGS &&
		      option->use != OPTION_FRAGMENTS;
	read->made.layer4 = read->made.layer4 || layer4;
	read->made.established = read->made.established || option->use == OPTION_ESTABLISHED;
	read->made.fragments = read->made.fragments || option->use == OPTION_FRAGMENTS;
	read->made.never_first = read->made.never_first || option->use == OPTION_NOT_FIRST;
	read->made.syn_only = read->made.syn_only || option->use == OPTION_SYN;
	read->made.flags = read->made.flags || option->use == OPTION_FLAGS;
	read->inactive = read->inactive || option->use == OPTION_INACTIVE;
	if (option->use == OPTION_CONDITION)
		option_condition(read);
	else if (option->use == OPTION_FLAGS)
		cisco_condition(read->cisco, read->line, "TCP flags are not told apart");
	return !layer4 || single_protocol(read, TCP);
}

static bool read_options(struct read_entry *read)
{
	while (word_at(read) != NULL) {
		const struct option *option = option_find(word_at(read));
		if (option == NULL || !option_take(read, option))
			return false;
	}
	return true;
}

/* ---- entries ---- */

static bool read_extended(struct read_entry *read)
{
	struct filter_entry *entry = &read->made.entry;

	return read_protocol(read) && read_addresses(read, &entry->source) &&
	       read_ports(read, true) && read_addresses(read, &entry->destination) &&
	       read_ports(read, false) && read_icmp(read) && read_options(read);
}

/* Standard lists speak of the source; one address by itself is a host. */
static bool read_standard(struct read_entry *read)
{
	struct filter_entry *entry = &read->made.entry;
	struct cisco_service all = service_of(read, read->cisco->full_protocols);
	const char *word = word_at(read);
	struct address address;
	bool host = word != NULL && cisco_address(read->cisco, word, &address) &&
		    address.family == FAMILY_IPV4 &&
		    (read->at + 1 == read->line->count ||
		     option_find(read->line->words[read->at + 1]) != NULL);

	vec_push(&read->services, all);
	entry->destination = address_set_all(read->cisco->arena);
	if (read->list->six)
		return read_addresses(read, &entry->source) && read_options(read);
	entry->destination.family[FAMILY_IPV6] = set_empty();
	if (!host)
		return read_addresses(read, &entry->source) && read_options(read);
	entry->source = address_set_empty();
	entry->source.family[FAMILY_IPV4] =
		set_one(read->cisco->arena, address.value, address.value);
	read->at++;
	return read_options(read);
}

/* ---- entries in a row that are one product ---- */

static size_t set_lengths(const struct filter_entry *entry)
{
	size_t total = entry->src_ports->len + entry->dst_ports->len;

	for (int f = 0; f < FAMILY_COUNT; f++)
		total += entry->source.family[f]->len + entry->destination.family[f]->len;
	return total;
}

static bool same_kind(const struct cisco_entry *left, const struct cisco_entry *right)
{
	const struct filter_entry *a = &left->entry, *b = &right->entry;

	return a->allow == b->allow && a->uncertain == b->uncertain && a->log == b->log &&
	       a->activity == b->activity && set_equal(a->protocols, b->protocols) &&
	       left->fragments == right->fragments && left->layer4 == right->layer4 &&
	       left->established == right->established && left->syn_only == right->syn_only &&
	       left->never_first == right->never_first && left->flags == right->flags;
}

/* Where two entries in a row differ in nothing but one field they are one entry of
 * both: what was written out of groups becomes few products again. Only as long as
 * their sets stay short, so that the work stays linear. */
static bool entry_joins(struct arena *arena, struct cisco_entry *left,
			const struct cisco_entry *right)
{
	struct filter_entry *a = &left->entry;
	const struct filter_entry *b = &right->entry;
	bool source = address_set_equal(a->source, b->source);
	bool destination = address_set_equal(a->destination, b->destination);
	bool from = set_equal(a->src_ports, b->src_ports);
	bool to = set_equal(a->dst_ports, b->dst_ports);

	if (!same_kind(left, right) || !source + !destination + !from + !to > 1 ||
	    set_lengths(a) + set_lengths(b) > JOINED_MAX)
		return false;
	if (!source)
		a->source = address_set_union(arena, a->source, b->source);
	if (!destination)
		a->destination = address_set_union(arena, a->destination, b->destination);
	if (!from)
		a->src_ports = set_union(arena, a->src_ports, b->src_ports);
	if (!to)
		a->dst_ports = set_union(arena, a->dst_ports, b->dst_ports);
	a->where.end_line = b->where.end_line;
	return true;
}

static void list_join_last(struct arena *arena, struct cisco_entries *out)
{
	while (out->len > 1 &&
	       entry_joins(arena, &out->data[out->len - 2], &out->data[out->len - 1]))
		out->len--;
}

/* On its own a configuration is judged entry by entry; against a policy only what
 * its entries decide together counts. */
static void entry_add(struct cisco *cisco, struct cisco_entries *out,
		      const struct cisco_entry *entry)
{
	bool joins = cisco->input->device != NULL && out->len > 0;

	if (joins && entry_joins(cisco->arena, &out->data[out->len - 1], entry))
		return;
	if (joins)
		list_join_last(cisco->arena, out);
	vec_push(out, *entry);
}

static void entry_push(struct read_entry *read, const struct cisco_service *service)
{
	struct cisco_entry made = read->made;

	made.entry.protocols = service->protocols;
	made.entry.src_ports = service->src;
	made.entry.dst_ports = service->dst;
	made.entry.uncertain = made.entry.uncertain || service->uncertain;
	made.layer4 = made.layer4 || service->ports;
	entry_add(read->cisco, &read->list->entries, &made);
}

/* Of what is not understood nothing is known but its verdict, if that. */
static void entry_guess(struct read_entry *read)
{
	struct cisco_service all = service_of(read, read->cisco->full_protocols);

	cisco_condition(read->cisco, read->line, "the entry is not understood");
	read->made.entry.source = address_set_all(read->cisco->arena);
	read->made.entry.destination = read->made.entry.source;
	read->made.entry.uncertain = true;
	entry_push(read, &all);
}

/* [SEQUENCE] [dynamic NAME ...] permit|deny, or evaluate. */
static bool read_verdict(struct read_entry *read)
{
	uint32_t number;

	if (cisco_word_is(read->line, read->at, "sequence"))
		read->at++;
	if (cisco_number(word_at(read), UINT32_MAX, &number)) {
		if (number <= read->list->sequence)
			cisco_unknown(read->cisco, read->line,
				      "the entries do not stand in the order of their numbers");
		read->list->sequence = number;
		read->at++;
	}
	if (!cisco_word_is(read->line, read->at, "permit") &&
	    !cisco_word_is(read->line, read->at, "deny"))
		return false;
	read->made.entry.allow = cisco_word_is(read->line, read->at, "permit");
	read->at++;
	return true;
}

static bool line_is_logged(const struct cisco_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (cisco_word_is(line, i, "log"))
			return true;
	return false;
}

static void read_line(struct cisco *cisco, struct cisco_list *list,
		      const struct cisco_line *line, bool would_drop)
{
	struct read_entry read = { .cisco = cisco, .list = list, .line = line,
				   .family = list->six ? FAMILY_IPV6 : FAMILY_IPV4 };

	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	read.made.entry.where = (struct span){ cisco->source, line->number, 1, line->number, 1 };
	read.made.entry.log = line_is_logged(line);
	if (!read_verdict(&read)) {
		read.made.entry.allow = true;
		entry_guess(&read);
	} else if (!(list->standard ? read_standard(&read) : read_extended(&read))) {
		entry_guess(&read);
	} else if (!read.inactive) {
		if (would_drop && read.made.entry.allow && read.made.entry.log) {
			cisco->monitor = true;
			read.made.entry.allow = false;
		}
		for (size_t i = 0; i < read.services.len; i++)
			entry_push(&read, &read.services.data[i]);
	}
	vec_free(&read.services);
}

static bool is_remark(const struct cisco_line *line, size_t *at)
{
	uint32_t number;

	*at = 0;
	if (cisco_word_is(line, 0, "sequence"))
		*at = 2;
	else if (line->count > 0 && cisco_number(line->words[0], UINT32_MAX, &number))
		*at = 1;
	return cisco_word_is(line, *at, "remark");
}

void cisco_list_resolve(struct cisco *cisco, struct cisco_list *list)
{
	bool would_drop = false;
	size_t at;

	if (list->resolved)
		return;
	list->resolved = true;
	for (size_t i = 0; i < list->lines.len; i++) {
		const struct cisco_line *line = &list->lines.data[i];
		if (is_remark(line, &at)) {
			would_drop = cisco_begins(line, at + 1, "would drop:") &&
				     line->count == at + 3;
			cisco_mark(cisco, line, would_drop ? MARK_UNDERSTOOD : MARK_IRRELEVANT);
			continue;
		}
		read_line(cisco, list, line, would_drop);
		would_drop = false;
	}
}
