/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a running configuration of IOS or IOS-XE, or commands that make one.
 * Commands without a mode of their own end the mode before, as on the device. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

/* The mode that commands below a line are read in. */
struct ios_mode {
	const struct cisco_line *head; /* NULL: none */
	struct cisco_interface *interface;
	struct cisco_list *list;
	struct cisco_object *object;
	struct cisco_time *time;
};

static bool is_verdict(const struct cisco_line *line)
{
	uint32_t number;
	size_t at = line->count > 0 && cisco_number(line->words[0], UINT32_MAX, &number);

	return cisco_word_is(line, at, "permit") || cisco_word_is(line, at, "deny") ||
	       cisco_word_is(line, at, "remark") || cisco_word_is(line, at, "evaluate") ||
	       cisco_word_is(line, at, "dynamic") || cisco_word_is(line, at, "sequence");
}

/* ---- lists ---- */

/* `access-list NAME ...`: the entry is what stands behind the name. */
static void numbered_entry(struct cisco *cisco, const struct cisco_line *line)
{
	uint32_t number;
	bool numeric = cisco_number(line->words[1], UINT32_MAX, &number);
	bool standard = numeric && (number < 100 || (number >= 1300 && number < 2000));
	struct cisco_list *list = cisco_list_begin(cisco, false, line->words[1], line->number);
	size_t at = 2;

	if (numeric && (number < 1 || (number >= 200 && number < 1300) || number > 2699)) {
		cisco_mark(cisco, line, MARK_IRRELEVANT); /* of other protocols than IP */
		return;
	}
	list->standard = list->standard || standard;
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	if (cisco_word_is(line, at, "extended") || cisco_word_is(line, at, "standard")) {
		list->standard = cisco_word_is(line, at, "standard");
		at++;
	}
	if (at < line->count)
		vec_push(&list->lines, cisco_line_from(cisco, line, at));
}

/* ip access-list extended|standard NAME, ipv6 access-list NAME. */
static bool list_begin(struct cisco *cisco, const struct cisco_line *line, struct ios_mode *mode)
{
	bool six = cisco_begins(line, 0, "ipv6 access-list");
	bool standard = cisco_begins(line, 0, "ip access-list standard");

	if (!six && !standard && !cisco_begins(line, 0, "ip access-list extended"))
		return false;
	size_t at = 2;
	if (cisco_word_is(line, 2, "standard") || cisco_word_is(line, 2, "extended"))
		at = 3;
	if (line->count != at + 1)
		return false;
	standard = standard || cisco_word_is(line, 2, "standard");
	mode->list = cisco_list_begin(cisco, six, line->words[at], line->number);
	if (mode->list->lines.len > 0 && mode->list->standard != standard)
		cisco_unknown(cisco, line, "a list of another kind has this name");
	mode->list->standard = standard;
	cisco_mark(cisco, line, MARK_UNDERSTOOD);
	return true;
}

/* ---- removing ---- */

static bool remove_command(struct cisco *cisco, const struct cisco_line *line)
{
	static const char *const four[] = { "no ip access-list extended",
					    "no ip access-list standard", "no access-list" };
	const char *name = line->count > 0 ? line->words[line->count - 1] : "";
	bool known = true;

	if (!cisco_word_is(line, 0, "no"))
		return false;
	if (cisco_begins(line, 0, four[0]) || cisco_begins(line, 0, four[1]) ||
	    (cisco_begins(line, 0, four[2]) && line->count == 3))
		cisco_list_remove(cisco, false, name);
	else if (cisco_begins(line, 0, "no ipv6 access-list") && line->count == 4)
		cisco_list_remove(cisco, true, name);
	else if (cisco_begins(line, 0, "no object-group"))
		cisco_object_remove(cisco, name);
	else if (cisco_begins(line, 0, "no time-range"))
		cisco_time_remove(cisco, name);
	else
		known = false;
	if (known)
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	return known;
}

/* ---- interfaces ---- */

static bool bind_list(struct cisco_interface *interface, const struct cisco_line *line)
{
	bool off = cisco_word_is(line, 0, "no");
	size_t at = off ? 3 : 2;
	bool four = cisco_begins(line, off, "ip access-group");
	bool six = cisco_begins(line, off, "ipv6 traffic-filter");
	const char **in = &interface->in[six], **out = &interface->out[six];

	if ((!four && !six) || line->count != at + 2)
		return false;
	bool inbound = cisco_word_is(line, at + 1, "in");
	if (!inbound && !cisco_word_is(line, at + 1, "out"))
		return false;
	*(inbound ? in : out) = off ? NULL : line->words[at];
	interface->routed = true;
	return true;
}

static bool interface_address(struct cisco_interface *interface, const struct cisco_line *line)
{
	struct address address;

	bool enabled = cisco_begins(line, 0, "ipv6 enable") && line->count == 2;

	if (!enabled && !cisco_begins(line, 0, "ip address") &&
	    !cisco_begins(line, 0, "ipv6 address"))
		return false;
	interface->routed = true;
	const char *word = line->count > 2 ? line->words[2] : "";
	if (address_parse(word, strcspn(word, "/"), &address))
		vec_push(&interface->addresses, address);
	return true;
}

static void interface_command(struct cisco *cisco, struct ios_mode *mode,
			      const struct cisco_line *line)
{
	struct cisco_interface *interface = mode->interface;

	if (bind_list(interface, line) || interface_address(interface, line)) {
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	} else if (cisco_word_is(line, 0, "shutdown") && line->count == 1) {
		interface->down = true;
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	} else if (cisco_begins(line, 0, "no shutdown")) {
		interface->down = false;
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	} else if (cisco_begins(line, 0, "no ip address") ||
		   cisco_begins(line, 0, "no ipv6 address")) {
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	} else {
		interface->bridged = interface->bridged || cisco_word_is(line, 0, "switchport");
		cisco_classify(cisco, mode->head, line);
	}
}

/* Lists of ports that bridge filter what comes in by them, whichever interface it is
 * then routed from (Catalyst Software Configuration Guide, "Port ACLs"). */
static void ios_port_lists(struct cisco *cisco)
{
	for (struct cisco_interface *i = cisco->interfaces; i != NULL; i = i->next) {
		if (!i->bridged)
			continue;
		for (int f = 0; f < FAMILY_COUNT; f++)
			if (i->in[f] != NULL || i->out[f] != NULL)
				cisco_note(cisco, i->line,
					   "the list of a port that bridges decides as well");
		i->routed = false;
	}
}

/* ---- commands ---- */

/* Who may open a session is filtered by more than the lists of interfaces. */
static bool filters_sessions(const struct cisco *cisco, const struct cisco_line *line)
{
	return cisco->input->self &&
	       (cisco_word_is(line, 0, "access-class") ||
		cisco_begins(line, 0, "ipv6 access-class") ||
		cisco_begins(line, 0, "ip http access-class") ||
		cisco_begins(line, 0, "ip ssh server access-class"));
}

static void top_command(struct cisco *cisco, struct ios_mode *mode,
			const struct cisco_line *line)
{
	*mode = (struct ios_mode){ .head = line };
	if (cisco_word_is(line, 0, "interface") && line->count > 1) {
		const char *name = line->words[1];
		for (size_t i = 2; i < line->count; i++)
			name = arena_printf(cisco->arena, "%s %s", name, line->words[i]);
		mode->interface = cisco_interface_begin(cisco, name, line->number);
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	} else if (cisco_word_is(line, 0, "time-range") && line->count == 2) {
		mode->time = cisco_time_begin(cisco, line->words[1]);
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
	} else if (cisco_begins(line, 0, "access-list logging") ||
		   cisco_begins(line, 0, "access-list compiled")) {
		cisco_classify(cisco, NULL, line);
	} else if (cisco_word_is(line, 0, "access-list") && line->count > 2) {
		numbered_entry(cisco, line);
		mode->list = line->count == 3 ? cisco_list_find(cisco, false, line->words[1])
					      : NULL;
	} else if (filters_sessions(cisco, line)) {
		cisco_unknown(cisco, line, "who may open a session is filtered here as well");
	} else if (!list_begin(cisco, line, mode) && !remove_command(cisco, line)) {
		mode->object = cisco_object_begin(cisco, line);
		if (mode->object == NULL)
			cisco_classify(cisco, NULL, line);
	}
}

static bool mode_takes(const struct ios_mode *mode, const struct cisco_line *line)
{
	if (mode->head == NULL)
		return false;
	if (line->indent > 0)
		return true;
	if (mode->list != NULL)
		return is_verdict(line);
	return mode->time != NULL &&
	       (cisco_word_is(line, 0, "absolute") || cisco_word_is(line, 0, "periodic"));
}

static void mode_command(struct cisco *cisco, struct ios_mode *mode,
			 const struct cisco_line *line)
{
	if (mode->interface != NULL) {
		interface_command(cisco, mode, line);
	} else if (mode->list != NULL) {
		if (is_verdict(line))
			vec_push(&mode->list->lines, line);
		else
			cisco_unknown(cisco, line, "the entry is not understood");
	} else if (mode->object != NULL) {
		cisco_object_member(cisco, mode->object, line);
	} else if (mode->time != NULL) {
		cisco_mark(cisco, line, MARK_UNDERSTOOD);
		vec_push(&mode->time->lines, *line);
	} else if (filters_sessions(cisco, line)) {
		cisco_unknown(cisco, line, "who may open a session is filtered here as well");
	} else {
		cisco_classify(cisco, mode->head, line);
	}
}

static bool ios_commands(struct cisco *cisco)
{
	struct ios_mode mode = { .head = NULL };
	bool found = false;

	for (size_t i = 0; i < cisco->lines.len; i++) {
		const struct cisco_line *line = &cisco->lines.data[i];
		if (line->count == 0 || line->words[0][0] == '!') {
			cisco_mark(cisco, line, MARK_IRRELEVANT);
			continue;
		}
		if (mode_takes(&mode, line))
			mode_command(cisco, &mode, line);
		else
			top_command(cisco, &mode, line);
		found = found || cisco->marks[line->number - 1] != MARK_UNKNOWN;
	}
	return found;
}

/* Lists that nothing bound refers to are read too, for what is unknown in them. */
static void ios_lists(struct cisco *cisco)
{
	struct cisco_object *object, *next_object;
	struct cisco_list *list, *next;

	for (int six = 0; six < 2; six++)
		HASH_ITER(hh, cisco->lists[six], list, next)
			cisco_list_resolve(cisco, list);
	HASH_ITER(hh, cisco->objects, object, next_object)
		cisco_object_resolve(cisco, object);
}

bool read_cisco_ios(struct read_result *result, struct arena *arena,
		    const struct read_input *input, struct diags *diags)
{
	struct cisco cisco = { .arena = arena, .input = input, .result = result,
			       .source = &input->files[0] };

	*result = (struct read_result){ 0 };
	cisco_scan(&cisco);
	bool found = ios_commands(&cisco);
	if (found) {
		ios_lists(&cisco);
		ios_port_lists(&cisco);
		cisco_pairs(&cisco);
	} else {
		diag_add(diags, FINDING_SYNTAX, (struct span){ cisco.source, 1, 1, 1, 1 },
			 "this is not an IOS configuration: no command was understood");
	}
	cisco_finish(&cisco);
	cisco_release(&cisco);
	return found;
}
