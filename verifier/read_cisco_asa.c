/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a configuration of ASA or ISA 3000, or commands that make one, of version
 * 9.0 or later: before it `any` is of IPv4 alone, and IPv6 has lists of its own.
 * Without inspection of ICMP its answers and errors are dropped; other inspections
 * let in what a conversation announces; what else a policy map does to all traffic
 * may drop some of it. What comes out of a tunnel passes by the lists unless
 * `sysopt connection permit-vpn` is off (ASA CLI configuration guide, "Access Rules"). */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

struct asa_mode {
	const struct cisco_line *head;
	struct cisco_interface *interface; /* without a name until `nameif` */
	struct cisco_object *object;
	struct cisco_time *time;
	const char *policy, *class; /* of a policy-map */
	const char *class_map;
};

/* A line of a class in a policy-map. */
struct asa_action {
	const char *policy, *class;
	const struct cisco_line *line;
};

struct asa {
	struct cisco cisco;
	VEC(struct asa_action) actions;
	VEC(const char *) narrow;   /* class-maps that do not match all that is inspected */
	const char *applied; /* the policy-map of all interfaces */
	uint32_t applied_line;
};

/* ---- interfaces ---- */

static int default_level(const char *name)
{
	return strcmp(name, "inside") == 0 ? 100 : 0;
}

static bool interface_setting(struct cisco *cisco, struct cisco_interface *interface,
			      const struct cisco_line *line)
{
	struct address address;
	uint32_t level;

	if (cisco_word_is(line, 0, "nameif") && line->count == 2) {
		interface->name = line->words[1];
		interface->routed = true;
		if (interface->level < 0)
			interface->level = default_level(interface->name);
	} else if (cisco_word_is(line, 0, "security-level") && line->count == 2 &&
		   cisco_number(line->words[1], 100, &level)) {
		interface->level = (int)level;
	} else if (cisco_begins(line, 0, "ip address") || cisco_begins(line, 0, "ipv6 address")) {
		const char *word = line->count > 2 ? line->words[2] : "";
		if (address_parse(word, strcspn(word, "/"), &address) ||
		    cisco_address(cisco, word, &address))
			vec_push(&interface->addresses, address);
	} else if (cisco_word_is(line, 0, "shutdown") || cisco_begins(line, 0, "no shutdown")) {
		interface->down = cisco_word_is(line, 0, "shutdown");
	} else if (cisco_word_is(line, 0, "management-only")) {
		interface->management = line->count == 1;
		return interface->management;
	} else if (cisco_word_is(line, 0, "tunnel")) {
		cisco_unknown(cisco, line, "what comes out of a tunnel passes by the lists");
	} else {
		return cisco_begins(line, 0, "no nameif") ||
		       cisco_begins(line, 0, "no ip address") ||
		       cisco_begins(line, 0, "no security-level");
	}
	return true;
}

/* access-group LIST in|out interface NAME [control-plane|per-user-override], or
 * access-group LIST global. */
static bool bind_list(struct cisco *cisco, const struct cisco_line *line)
{
	bool off = cisco_word_is(line, 0, "no");
	size_t at = off ? 2 : 1;
	const char *list = at < line->count && !off ? line->words[at] : NULL;

	if (!cisco_begins(line, off, "access-group") || line->count < at + 2)
		return false;
	if (cisco_word_is(line, at + 1, "global")) {
		cisco->global = list;
		return line->count == at + 2;
	}
	if (!cisco_word_is(line, at + 2, "interface") || line->count < at + 4)
		return false;
	struct cisco_interface *interface =
		cisco_interface_begin(cisco, line->words[at + 3], line->number);
	interface->routed = true;
	bool inbound = cisco_word_is(line, at + 1, "in");
	bool control = cisco_word_is(line, at + 4, "control-plane");
	if (line->count == at + 4 + control && (inbound || cisco_word_is(line, at + 1, "out"))) {
		const char **slot = control ? &interface->control
				    : inbound ? &interface->in[0] : &interface->out[0];
		*slot = list;
		return true;
	}
	return false;
}

/* ---- lists ---- */

static bool list_entry(struct cisco *cisco, const struct cisco_line *line)
{
	size_t at = 2;

	if (!cisco_word_is(line, 0, "access-list") || line->count < 3)
		return false;
	if (cisco_word_is(line, 1, "alert-interval") || cisco_word_is(line, 1, "deny-flow-max"))
		return false;
	struct cisco_list *list = cisco_list_begin(cisco, false, line->words[1], line->number);
	if (cisco_word_is(line, at, "line")) {
		uint32_t number;
		if (!cisco_number(line->words[at + 1], UINT32_MAX, &number) ||
		    number <= list->lines.len)
			cisco_unknown(cisco, line,
				      "the entries do not stand in the order of their numbers");
		at += 2;
	}
	if (cisco_word_is(line, at, "ethertype") || cisco_word_is(line, at, "webtype")) {
		cisco_mark(cisco, line, MARK_IRRELEVANT); /* not of IP, or of a web portal */
		return true;
	}
	if (cisco_word_is(line, at, "standard"))
		list->standard = true;
	if (cisco_word_is(line, at, "standard") || cisco_word_is(line, at, "extended"))
		at++;
	if (at >= line->count)
		return false;
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	vec_push(&list->lines, cisco_line_from(cisco, line, at));
	return true;
}

static bool remove_command(struct cisco *cisco, const struct cisco_line *line)
{
	const char *name = line->count > 0 ? line->words[line->count - 1] : "";

	if (cisco_begins(line, 0, "clear configure access-list") && line->count == 4)
		cisco_list_remove(cisco, false, name);
	else if (cisco_begins(line, 0, "no object-group") || cisco_begins(line, 0, "no object"))
		cisco_object_remove(cisco, name);
	else if (cisco_begins(line, 0, "no time-range"))
		cisco_time_remove(cisco, name);
	else
		return false;
	return true;
}

/* ---- the rest of the commands ---- */

static bool name_command(struct cisco *cisco, const struct cisco_line *line)
{
	struct cisco_names *name, *old;
	struct address address;

	if (!cisco_word_is(line, 0, "name") || line->count < 3 ||
	    !address_parse(line->words[1], strlen(line->words[1]), &address))
		return false;
	HASH_FIND_STR(cisco->names, line->words[2], old);
	if (old != NULL)
		return old->address.family == address.family &&
		       old->address.value == address.value;
	name = arena_alloc(cisco->arena, sizeof(*name));
	name->name = line->words[2];
	name->address = address;
	HASH_ADD_KEYPTR(hh, cisco->names, name->name, strlen(name->name), name);
	return true;
}

/* Traffic that no list of an interface sees, and releases whose lists differ. */
static const char *asa_passes_by(const struct cisco_line *line)
{
	bool mapped = cisco_begins(line, 0, "crypto map") && line->count > 3 &&
		      cisco_word_is(line, 3, "interface");
	bool version = cisco_begins(line, 0, "ASA Version") && line->count > 2;

	if (mapped)
		return "what comes out of a tunnel passes by the lists";
	if (cisco_begins(line, 0, "PIX Version") ||
	    (version && strchr("78", line->words[2][0]) != NULL))
		return "before version 9.0 lists of IPv6 are of another kind";
	return NULL;
}

static bool state_command(struct asa *asa, const struct cisco_line *line)
{
	struct cisco *cisco = &asa->cisco;

	if (cisco_begins(line, 0, "same-security-traffic permit inter-interface")) {
		cisco->same_between = true;
	} else if (cisco_begins(line, 0, "same-security-traffic permit intra-interface")) {
		cisco->same_within = true;
	} else if (cisco_word_is(line, 0, "service-policy") && cisco_word_is(line, 2, "global") &&
		   line->count <= 4) {
		asa->applied = line->words[1];
		asa->applied_line = line->number;
	} else {
		return false;
	}
	return true;
}

static struct cisco_interface *asa_interface(struct cisco *cisco, const struct cisco_line *line)
{
	struct cisco_interface *interface = cisco->interfaces;

	while (interface != NULL && (interface->hardware == NULL ||
				     strcmp(interface->hardware, line->words[1]) != 0))
		interface = interface->next;
	if (interface == NULL)
		interface = cisco_interface_begin(cisco, NULL, line->number);
	interface->hardware = line->words[1];
	return interface;
}

static void top_command(struct asa *asa, struct asa_mode *mode, const struct cisco_line *line)
{
	struct cisco *cisco = &asa->cisco;

	*mode = (struct asa_mode){ .head = line };
	if (asa_passes_by(line) != NULL) {
		cisco_unknown(cisco, line, asa_passes_by(line));
		return;
	}
	if (cisco_word_is(line, 0, "interface") && line->count == 2) {
		mode->interface = asa_interface(cisco, line);
	} else if (cisco_word_is(line, 0, "time-range") && line->count == 2) {
		mode->time = cisco_time_begin(cisco, line->words[1]);
	} else if (list_entry(cisco, line) || cisco_manage_take(cisco, line)) {
		return;
	} else if (!bind_list(cisco, line) && !remove_command(cisco, line) &&
		   !name_command(cisco, line) && !state_command(asa, line)) {
		mode->object = cisco_object_begin(cisco, line);
		if (cisco_word_is(line, 0, "policy-map"))
			mode->policy = line->words[line->count - 1];
		if (cisco_word_is(line, 0, "class-map"))
			mode->class_map = line->words[line->count - 1];
		if (mode->object == NULL)
			cisco_classify(cisco, NULL, line);
		return;
	}
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
}

/* What a policy-map does counts where it is applied, see asa_state(). */
static void policy_command(struct asa *asa, struct asa_mode *mode, const struct cisco_line *line)
{
	cisco_mark(&asa->cisco, line, MARK_UNDERSTOOD);
	if (cisco_word_is(line, 0, "class") && line->count == 2) {
		mode->class = line->words[1];
	} else {
		struct asa_action action = { mode->policy, mode->class, line };
		vec_push(&asa->actions, action);
	}
}

static void class_command(struct asa *asa, const struct asa_mode *mode,
			  const struct cisco_line *line)
{
	bool matches = cisco_word_is(line, 0, "match");

	cisco_mark(&asa->cisco, line, MARK_UNDERSTOOD);
	if (matches && !cisco_begins(line, 0, "match default-inspection-traffic") &&
	    !cisco_begins(line, 0, "match any"))
		vec_push(&asa->narrow, mode->class_map);
}

static void mode_command(struct asa *asa, struct asa_mode *mode, const struct cisco_line *line)
{
	struct cisco *cisco = &asa->cisco;

	if (mode->interface != NULL) {
		if (interface_setting(cisco, mode->interface, line))
			cisco_mark(cisco, line, MARK_UNDERSTOOD);
		else
			cisco_classify(cisco, mode->head, line);
	} else if (mode->object != NULL) {
		cisco_object_member(cisco, mode->object, line);
	} else if (mode->time != NULL) {
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
		vec_push(&mode->time->lines, *line);
	} else if (mode->policy != NULL) {
		policy_command(asa, mode, line);
	} else if (mode->class_map != NULL) {
		class_command(asa, mode, line);
	} else if (cisco_word_is(mode->head, 0, "webvpn") && cisco_word_is(line, 0, "enable")) {
		cisco_unknown(cisco, line, "what comes out of a tunnel passes by the lists");
	} else {
		cisco_classify(cisco, mode->head, line);
	}
}

static bool asa_commands(struct asa *asa)
{
	struct cisco *cisco = &asa->cisco;
	struct asa_mode mode = { .head = NULL };
	bool found = false;

	for (size_t i = 0; i < cisco->lines.len; i++) {
		const struct cisco_line *line = &cisco->lines.data[i];
		if (line->count == 0 || line->words[0][0] == '!' || line->words[0][0] == ':') {
			cisco_mark(cisco, line, MARK_IRRELEVANT);
			continue;
		}
		if (mode.head != NULL && line->indent > 0)
			mode_command(asa, &mode, line);
		else
			top_command(asa, &mode, line);
		found = found || cisco->marks[line->number - 1] != MARK_UNKNOWN;
	}
	return found;
}

/* ---- state ---- */

static bool is_applied(const struct asa *asa, const struct asa_action *action)
{
	return asa->applied != NULL && strcmp(action->policy, asa->applied) == 0;
}

/* The class holds all traffic that inspection is for. */
static bool class_is_whole(const struct asa *asa, const char *class)
{
	for (size_t i = 0; class != NULL && i < asa->narrow.len; i++)
		if (strcmp(asa->narrow.data[i], class) == 0)
			return false;
	return class != NULL && (strcmp(class, "class-default") == 0 ||
				 strcmp(class, "inspection_default") == 0);
}

static bool asa_inspects(const struct asa *asa, const char *what, size_t words)
{
	for (size_t i = 0; i < asa->actions.len; i++) {
		const struct asa_action *action = &asa->actions.data[i];
		if (is_applied(asa, action) && class_is_whole(asa, action->class) &&
		    cisco_word_is(action->line, 0, "inspect") &&
		    cisco_begins(action->line, 1, what) && action->line->count == 1 + words)
			return true;
	}
	return false;
}

/* Actions that drop nothing by themselves; maps of inspection may. */
static bool action_is_harmless(const struct cisco_line *line)
{
	static const char *const harmless[] = {
		"description", "user-statistics", "set connection timeout",
		"set connection decrement-ttl", "flow-export", "priority",
		"inspect dns preset_dns_map", "inspect icmp error",
	};

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (cisco_begins(line, 0, harmless[i]))
			return true;
	return cisco_word_is(line, 0, "no") ||
	       (cisco_word_is(line, 0, "inspect") && line->count == 2);
}

static void asa_lost(struct asa *asa, const char *reason)
{
	struct read_unknown lost = { .line = asa->applied_line, .text = "", .reason = reason };

	vec_push(&asa->cisco.returns, lost);
	asa->cisco.result->filter.returns_pass = false;
}

/* Protocols that announce further conversations, which inspection then lets in. */
static void asa_announced(struct asa *asa)
{
	static const char *const announcing[] = {
		"ftp", "h323", "rtsp", "sip", "skinny", "sunrpc", "tftp", "xdmcp", "rsh", "pptp",
		"mgcp", "ctiqbe", "gtp", "dcerpc", "sqlnet", "netbios", "mmp", "ils", "diameter",
	};

	for (size_t i = 0; i < asa->actions.len; i++) {
		const struct asa_action *action = &asa->actions.data[i];
		for (size_t k = 0; k < sizeof(announcing) / sizeof(announcing[0]); k++) {
			if (!is_applied(asa, action) ||
			    !cisco_word_is(action->line, 0, "inspect") ||
			    !cisco_word_is(action->line, 1, announcing[k]))
				continue;
			struct read_unknown more = {
				.line = action->line->number,
				.text = "inspect",
				.reason = "conversations that another one announces pass"
			};
			vec_push(&asa->cisco.residue, more);
			asa->cisco.result->filter.returns_pass = false;
		}
	}
}

static void asa_state(struct asa *asa)
{
	for (size_t i = 0; i < asa->actions.len; i++)
		if (is_applied(asa, &asa->actions.data[i]) &&
		    !action_is_harmless(asa->actions.data[i].line))
			cisco_unknown(&asa->cisco, asa->actions.data[i].line,
				      "what the policy map does may drop traffic");
	if (!asa_inspects(asa, "icmp", 1))
		asa_lost(asa, "ICMP is not inspected: its answers are dropped");
	if (!asa_inspects(asa, "icmp error", 2))
		asa_lost(asa, "ICMP errors are not inspected: they are dropped");
	asa_announced(asa);
}

static void asa_resolve(struct cisco *cisco)
{
	struct cisco_object *object, *next_object;
	struct cisco_list *list, *next;

	HASH_ITER(hh, cisco->lists[0], list, next)
		cisco_list_resolve(cisco, list);
	HASH_ITER(hh, cisco->objects, object, next_object)
		cisco_object_resolve(cisco, object);
}

bool read_cisco_asa(struct read_result *result, struct arena *arena,
		    const struct read_input *input, struct diags *diags)
{
	struct asa asa = { .cisco = { .arena = arena, .input = input, .result = result,
				      .source = &input->files[0], .asa = true } };

	*result = (struct read_result){ 0 };
	cisco_scan(&asa.cisco);
	bool found = asa_commands(&asa);
	if (found) {
		asa_resolve(&asa.cisco);
		cisco_pairs(&asa.cisco);
		asa_state(&asa);
	} else {
		diag_add(diags, FINDING_SYNTAX, (struct span){ asa.cisco.source, 1, 1, 1, 1 },
			 "this is not an ASA configuration: no command was understood");
	}
	cisco_finish(&asa.cisco);
	cisco_release(&asa.cisco);
	vec_free(&asa.actions);
	vec_free(&asa.narrow);
	return found;
}
