/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of access lists: Cisco IOS Security Command Reference, `permit (IP)`,
 * `permit (IPv6)` and `access-list`; Cisco ASA Series Command Reference,
 * `access-list extended`. A condition that is not interpreted makes its entry
 * uncertain; an entry that is not understood at all matches anything or nothing. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

enum { TCP = 6, UDP = 17, SCTP = 132 };

/* The entry being read. */
struct read_entry {
	struct cisco *cisco;
	struct cisco_list *list;
	const struct cisco_line *line;
	size_t at;
	enum family family;      /* of a list of IOS, or of the protocol word */
	struct cisco_entry made; /* without its service */
	struct cisco_services *services; /* the reader's, used again */
	bool inactive;
	bool would_drop;
};

/* ---- protocol or services ---- */

static struct cisco_service service_of(struct read_entry *read, const struct set *protocols)
{
	return (struct cisco_service){ protocols, read->cisco->full_ports,
				       read->cisco->full_ports, false, false, false };
}

/* The family that a list of IOS is of; FAMILY_COUNT: of both, as ASA's are. */
static enum family list_family(const struct read_entry *read)
{
	return read->cisco->asa ? FAMILY_COUNT : read->list->six ? FAMILY_IPV6 : FAMILY_IPV4;
}

static const char *word_at(const struct read_entry *read)
{
	return read->at < read->line->count ? read->line->words[read->at] : NULL;
}

static bool read_service_group(struct read_entry *read)
{
	const char *name = read->at + 1 < read->line->count ? read->line->words[read->at + 1] : "";
	struct cisco_object *object = cisco_object_find(read->cisco, name);
	bool services = object != NULL && object->members.len > 0 &&
			(object->kind == KIND_SERVICE || object->kind == KIND_PROTOCOL);

	read->at += 2;
	if (!services) {
		struct cisco_service all = service_of(read, read->cisco->full_protocols);
		cisco_condition(read->cisco, read->line, "the group of services is not defined");
		read->made.entry.uncertain = true;
		vec_push(read->services, all);
		return true;
	}
	cisco_object_resolve(read->cisco, object);
	for (size_t i = 0; i < object->services.len; i++) {
		vec_push(read->services, object->services.data[i]);
		read->services->data[i].by_group = object->kind == KIND_SERVICE;
	}
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
	if (cisco_same(word, "object-group") ||
	    (read->cisco->asa && cisco_same(word, "object")))
		return read_service_group(read);
	read->at++;
	if (!cisco_same(word, "ip") && !cisco_same(word, "ipv6")) {
		if (!cisco_protocol(word, &protocol))
			return false;
		if (read->list->six && cisco_same(word, "icmp"))
			protocol = 58;
		read->family = protocol == 58 ? FAMILY_IPV6 : read->family;
		service.protocols = cisco_one(read->cisco, protocol, protocol);
	}
	vec_push(read->services, service);
	return true;
}

static bool single_protocol(const struct read_entry *read, unsigned protocol)
{
	return read->services->len == 1 && read->services->data[0].protocols->len == 1 &&
	       read->services->data[0].protocols->range[0].lo == protocol &&
	       read->services->data[0].protocols->range[0].hi == protocol;
}

/* ---- addresses and ports ---- */

static bool carries_ports(const struct cisco_service *service)
{
	unsigned protocol = (unsigned)set_min(service->protocols);

	return !service->by_group && service->protocols->len == 1 &&
	       service->protocols->range[0].hi == protocol &&
	       (protocol == TCP || protocol == UDP || protocol == SCTP);
}

/* The protocols that ports behind them may narrow: ASA takes them behind a group of
 * protocols, too. NULL: none. */
static const struct set *ported_protocols(const struct read_entry *read)
{
	const struct set *protocols = NULL;

	for (size_t i = 0; i < read->services->len; i++) {
		const struct cisco_service *service = &read->services->data[i];
		if (!carries_ports(service))
			return NULL;
		protocols = protocols == NULL ? service->protocols
					      : set_union(read->cisco->arena, protocols,
							  service->protocols);
	}
	return protocols;
}

static bool read_ports(struct read_entry *read, bool source)
{
	const struct set *protocols = ported_protocols(read), *ports = NULL;

	if (protocols == NULL)
		return true;
	if (!cisco_ports(read->cisco, read->line, &read->at, protocols, &ports,
			 &read->made.entry.uncertain))
		return false;
	for (size_t i = 0; ports != NULL && i < read->services->len; i++) {
		struct cisco_service *service = &read->services->data[i];
		service->ports = true;
		*(source ? &service->src : &service->dst) = ports;
	}
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
			       list_family(read), out,
			       &read->made.entry.uncertain);
}

static bool read_icmp(struct read_entry *read)
{
	const char *name = read->at + 1 < read->line->count ? read->line->words[read->at + 1] : "";
	struct cisco_object *object = NULL;

	if ((!single_protocol(read, 1) && !single_protocol(read, 58)) ||
	    read->services->data[0].by_group)
		return true;
	if (cisco_word_is(read->line, read->at, "object-group"))
		object = cisco_object_find(read->cisco, name);
	if (object == NULL || object->kind != KIND_ICMP) {
		cisco_icmp_words(read->line, read->cisco->arena, &read->at, read->family,
				 &read->services->data[0]);
		return true;
	}
	cisco_object_resolve(read->cisco, object);
	const struct set *protocols = read->services->data[0].protocols;
	read->services->len = 0;
	for (size_t i = 0; i < object->services.len; i++) {
		vec_push(read->services, object->services.data[i]);
		read->services->data[i].protocols = protocols;
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

enum { OF_IOS = 1, OF_ASA = 2 };

/* `words`: how many belong to it beside its own, at most. */
static const struct option {
	const char *word;
	enum option_use use;
	unsigned words;
	unsigned platforms;
} options[] = {
	{ "log", OPTION_NOTHING, 1, OF_IOS },
	{ "log", OPTION_NOTHING, 3, OF_ASA }, /* LEVEL interval SECONDS */
	{ "log-input", OPTION_NOTHING, 1, OF_IOS },
	{ "sequence", OPTION_NOTHING, 1, OF_IOS }, /* see read_cisco_list.c */
	{ "established", OPTION_ESTABLISHED, 0, OF_IOS },
	{ "fragments", OPTION_FRAGMENTS, 0, OF_IOS },
	{ "time-range", OPTION_TIME, 1, OF_IOS | OF_ASA },
	{ "inactive", OPTION_INACTIVE, 0, OF_ASA },
	{ "syn", OPTION_SYN, 0, OF_IOS },
	{ "ack", OPTION_NOT_FIRST, 0, OF_IOS },
	{ "rst", OPTION_NOT_FIRST, 0, OF_IOS },
	{ "fin", OPTION_FLAGS, 0, OF_IOS },
	{ "psh", OPTION_FLAGS, 0, OF_IOS },
	{ "urg", OPTION_FLAGS, 0, OF_IOS },
	{ "match-any", OPTION_FLAGS, 12, OF_IOS },
	{ "match-all", OPTION_FLAGS, 12, OF_IOS },
	{ "dscp", OPTION_CONDITION, 1, OF_IOS },
	{ "precedence", OPTION_CONDITION, 1, OF_IOS },
	{ "tos", OPTION_CONDITION, 1, OF_IOS },
	{ "option", OPTION_CONDITION, 1, OF_IOS },
	{ "ttl", OPTION_CONDITION, 3, OF_IOS },
	{ "flow-label", OPTION_CONDITION, 1, OF_IOS },
	{ "routing", OPTION_CONDITION, 0, OF_IOS },
	{ "routing-type", OPTION_CONDITION, 1, OF_IOS },
	{ "mobility", OPTION_CONDITION, 0, OF_IOS },
	{ "mobility-type", OPTION_CONDITION, 1, OF_IOS },
	{ "dest-option", OPTION_CONDITION, 0, OF_IOS },
	{ "dest-option-type", OPTION_CONDITION, 1, OF_IOS },
	{ "auth", OPTION_CONDITION, 0, OF_IOS },
	{ "hbh", OPTION_CONDITION, 0, OF_IOS },
	{ "reflect", OPTION_CONDITION, 3, OF_IOS },
	{ "undetermined-transport", OPTION_CONDITION, 0, OF_IOS },
};

static const struct option *option_find(const struct cisco *cisco, const char *word)
{
	unsigned mine = cisco->asa ? OF_ASA : OF_IOS;

	for (size_t i = 0; word != NULL && i < sizeof(options) / sizeof(options[0]); i++)
		if ((options[i].platforms & mine) != 0 && cisco_same(options[i].word, word))
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
			     option_find(read->cisco, word_at(read)) == NULL; i++)
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
		const struct option *option = option_find(read->cisco, word_at(read));
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
		     option_find(read->cisco, read->line->words[read->at + 1]) != NULL);

	vec_push(read->services, all);
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

static void entry_push(struct read_entry *read, const struct cisco_service *service)
{
	struct cisco_entry made = read->made;

	made.entry.protocols = service->protocols;
	made.entry.src_ports = service->src;
	made.entry.dst_ports = service->dst;
	made.entry.uncertain = made.entry.uncertain || service->uncertain;
	made.layer4 = made.layer4 || service->ports;
	cisco_list_add(read->cisco, read->list, &made);
}

/* Of what is not understood nothing is known but its verdict, if that: whatever it
 * says, the bounds are those of a permit and of a deny. */
static void entry_guess(struct read_entry *read, bool permit, bool deny)
{
	struct cisco_service all = service_of(read, read->cisco->full_protocols);
	struct filter_entry entry = { .where = read->made.entry.where,
				      .log = read->made.entry.log,
				      .uncertain = true };

	cisco_condition(read->cisco, read->line, "the entry is not understood");
	entry.source = entry.destination = cisco_everything(read->cisco, list_family(read));
	read->made = (struct cisco_entry){ .entry = entry };
	for (int allow = 0; allow < 2; allow++) {
		read->made.entry.allow = allow != 0;
		if (allow ? permit : deny)
			entry_push(read, &all);
	}
}

static void read_would_drop(struct read_entry *read)
{
	if (!read->made.entry.allow || !read->made.entry.log)
		return;
	read->cisco->monitor = true;
	read->made.entry.allow = false;
}

static bool line_is_logged(const struct cisco_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (cisco_word_is(line, i, "log"))
			return true;
	return false;
}

void cisco_entry_read(struct cisco *cisco, struct cisco_list *list, const struct cisco_line *line,
		      size_t at, bool would_drop)
{
	struct read_entry read = { .cisco = cisco, .list = list, .line = line, .at = at + 1,
				   .family = list->six ? FAMILY_IPV6 : FAMILY_IPV4,
				   .services = &cisco->services };
	bool permit = cisco_word_is(line, at, "permit"), deny = cisco_word_is(line, at, "deny");
	bool known = permit || deny;

	cisco->services.len = 0;
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	read.made.entry.where = (struct span){ cisco->source, line->number, 1, line->number, 1 };
	read.made.entry.log = line_is_logged(line);
	read.made.entry.allow = permit;
	if (!known) {
		entry_guess(&read, true, !cisco_word_is(line, at, "evaluate"));
	} else if (!(list->standard ? read_standard(&read) : read_extended(&read))) {
		entry_guess(&read, permit, deny);
	} else if (!read.inactive) {
		if (would_drop)
			read_would_drop(&read);
		for (size_t i = 0; i < read.services->len; i++)
			entry_push(&read, &read.services->data[i]);
	}
}
