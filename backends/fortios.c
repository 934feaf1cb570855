/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a filter for FortiGates, FortiOS 7.x and 6.4: policies of both families
 * with objects, an explicit deny behind them, and local-in policies for the device
 * itself. The device keeps state: answers and errors pass with their flow.
 *
 * There is no transaction on the command line. A policy that is new has no effect
 * before it is moved in front of the last one, and what it replaces goes after that. */
#include "config.h"
#include "backends/fortios.h"

#include <netinet/in.h>
#include <string.h>

/* ---- the head ---- */

static void print_head(struct fortios *fortios, struct strbuf *text)
{
	const struct backend_options *options = fortios->options;
	const char *clock = backend_clock(fortios->filter, options);

	backend_head(text, "#", fortios->filter, options);
	strbuf_puts(text, "# For FortiOS 7.x and 6.4, in the VDOM that holds the interfaces.\n");
	if (clock != NULL)
		strbuf_printf(text, "# Schedules follow the clock of the device, which must be "
			      "that of %s.\n", clock);
	strbuf_puts(text, options->previous != NULL
				  ? "# The way back is in rollback.conf. Run first, so that"
				  : "# What is on the device was not given (--previous), so nothing "
				    "of it is\n# removed here, and policies that are there decide "
				    "first. Run first, so that");
	strbuf_puts(text, "\n# the device goes back by itself unless it is told that all is well:\n"
			  "#   config system global\n"
			  "#       set cfg-save revert\n"
			  "#       set cfg-revert-timeout 600\n"
			  "#   end\n"
			  "# and when the plant runs as before, within these ten minutes:\n"
			  "#   execute cfg save\n");
}

/* What leaves by the interface it came by passes without a policy else, by default
 * before 7.4.10 and 7.6.5 (Technical Tip 196651). */
static void print_redirect(struct fortios *fortios, struct strbuf *text)
{
	const struct filter *filter = fortios->filter;
	bool some = false, six = false;

	for (size_t i = 0; i < filter->pair_count; i++) {
		if (strcmp(filter->pairs[i].in, filter->pairs[i].out) != 0)
			continue;
		some = true;
		for (size_t k = 0; k < filter->interface_count; k++)
			six = six || (strcmp(filter->interfaces[k].name, filter->pairs[i].in) == 0 &&
				      !set_is_empty(filter->interfaces[k].behind
							    .family[FAMILY_IPV6]));
	}
	if (!some)
		return;
	strbuf_puts(text, "# With several VDOMs, in `config global`:\n"
			  "config system global\n    set allow-traffic-redirect disable\n");
	strbuf_puts(text, six ? "    set ipv6-allow-traffic-redirect disable\n" : "");
	strbuf_puts(text, "end\n");
}

/* ---- what is left to the verifier ---- */

static const struct {
	enum { IF_ALWAYS, IF_IDLE, IF_SELF, IF_GROUPS } when;
	struct filter_remainder entry;
} remainders[] = {
	{ IF_ALWAYS, { "ongoing", NULL,
		       "conversations that were admitted before go on until they end, unless the "
		       "schedule of their policy ends first" } },
	{ IF_IDLE, { "idle", NULL,
		     "the device takes timeouts from 300 to 2764800 seconds: others became the "
		     "nearest of these" } },
	{ IF_SELF, { "manage", NULL,
		     "a service of the device answers only where `allowaccess` of the interface "
		     "names it, too; this is not written, for it would replace what else the "
		     "interface answers" } },
	{ IF_GROUPS, { "multicast", NULL,
		       "multicast policies log nothing: the word for it is not the same in all "
		       "versions" } },
};

/* Words of `allowaccess` (CLI Reference, "system interface"), on their usual ports. */
static const struct {
	const char *word;
	int protocol, port; /* -1: ping */
} accesses[] = { { "ping", IPPROTO_ICMP, -1 }, { "ping", IPPROTO_ICMPV6, -1 },
		 { "https", IPPROTO_TCP, 443 }, { "http", IPPROTO_TCP, 80 },
		 { "ssh", IPPROTO_TCP, 22 },	{ "telnet", IPPROTO_TCP, 23 },
		 { "snmp", IPPROTO_UDP, 161 },	{ "fgfm", IPPROTO_TCP, 541 } };

static bool pair_takes(const struct filter_pair *pair, size_t access)
{
	int echo = accesses[access].protocol == IPPROTO_ICMP ? 8 : 128;

	for (size_t i = 0; i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		const struct set *ports = accesses[access].port < 0 ? entry->src_ports
								    : entry->dst_ports;
		int port = accesses[access].port < 0 ? echo : accesses[access].port;
		if (entry->allow && set_contains(entry->protocols, (u128)accesses[access].protocol) &&
		    set_contains(ports, (u128)port))
			return true;
	}
	return false;
}

/* "port1: ping ssh; port2: https" */
static const char *access_text(struct fortios *fortios)
{
	const struct filter *filter = fortios->filter;
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < filter->pair_count; i++) {
		const char *before = "", *begin = text.len > 0 ? "; " : "";
		for (size_t k = 0; k < sizeof(accesses) / sizeof(accesses[0]); k++) {
			if (strcmp(filter->pairs[i].out, FILTER_SELF) != 0 ||
			    !pair_takes(&filter->pairs[i], k) ||
			    strcmp(before, accesses[k].word) == 0)
				continue;
			if (before[0] == '\0')
				strbuf_printf(&text, "%s%s:", begin, filter->pairs[i].in);
			strbuf_printf(&text, " %s", accesses[k].word);
			before = accesses[k].word;
		}
	}
	const char *made = arena_strdup(fortios->arena, strbuf_text(&text));
	strbuf_release(&text);
	return made;
}

static void add_remainder(struct fortios *fortios, size_t which)
{
	struct filter_remainder entry = remainders[which].entry;
	const char *needed = remainders[which].when == IF_SELF ? access_text(fortios) : "";

	if (needed[0] != '\0')
		entry.message = arena_printf(fortios->arena, "%s (%s)", entry.message, needed);
	backend_remainder(fortios->output, fortios->filter, &entry, 1);
}

static void add_remainders(struct fortios *fortios, const struct fortios_policies *policies)
{
	bool holds[] = { true, fortios->short_idle, fortios->filter->covers_self, false };

	for (size_t i = 0; i < policies->len; i++)
		holds[IF_GROUPS] = holds[IF_GROUPS] ||
				   policies->data[i].table == FORTIOS_MULTICAST_POLICY ||
				   policies->data[i].table == FORTIOS_MULTICAST_POLICY6;
	for (size_t i = 0; i < sizeof(remainders) / sizeof(remainders[0]); i++)
		if (holds[remainders[i].when])
			add_remainder(fortios, i);
}

/* ---- the file ---- */

static void print_file(struct fortios *fortios, const struct fortios_policies *policies)
{
	struct backend_output *output = fortios->output;
	struct strbuf *text = &output->file[0].text;
	size_t count[FORTIOS_OBJECTS];

	print_head(fortios, text);
	print_redirect(fortios, text);
	for (int table = 0; table < FORTIOS_OBJECTS; table++)
		count[table] = fortios_objects_print(fortios, text, (enum fortios_table)table);
	if (fortios->options->previous != NULL) {
		output->file[1].name = "rollback.conf";
		output->file_count = 2;
	}
	fortios_change(fortios, policies, text, &output->file[1].text);
	backend_size(output, "policies", policies->len);
	backend_size(output, "addresses", count[FORTIOS_ADDRESS] + count[FORTIOS_ADDRESS6] +
						  count[FORTIOS_MULTICAST] +
						  count[FORTIOS_MULTICAST6]);
	backend_size(output, "groups", count[FORTIOS_ADDRGRP] + count[FORTIOS_ADDRGRP6]);
	backend_size(output, "members", fortios->members);
	backend_size(output, "services", count[FORTIOS_SERVICE] + count[FORTIOS_SERVICE_GROUP]);
	backend_size(output, "schedules", count[FORTIOS_RECURRING] + count[FORTIOS_ONETIME] +
						  count[FORTIOS_SCHEDULE_GROUP]);
}

static bool refuse(struct fortios *fortios, const char *why)
{
	struct diag *diag = diag_add(fortios->diags, FINDING_UNSUPPORTED_DEVICE,
				     (struct span){ 0 }, "device %s: %s",
				     fortios->filter->device, why);

	diag->subject = fortios->filter->device;
	return false;
}

static bool can_be_made(struct fortios *fortios)
{
	static const struct backend_options_known known = { NULL, 0, false, false };

	if (!backend_knows_options(fortios->filter, &known, fortios->diags))
		return false;
	if (fortios->previous.vdoms)
		return refuse(fortios, "--previous holds several VDOMs: give the configuration of "
				       "the one that holds the interfaces");
	if (fortios->options->monitor && fortios->filter->covers_self)
		return refuse(fortios, "`stage monitor` would admit everybody to the device "
				       "itself and log nothing of it: leave out `manage` and "
				       "`routing` until it is enforced");
	return fortios_schedules(fortios);
}

static bool emit_text(struct fortios *fortios)
{
	struct fortios_policies policies = VEC_INIT;
	bool fine;

	fortios_policies(fortios, &policies);
	fine = fortios->fine;
	if (fine) {
		print_file(fortios, &policies);
		add_remainders(fortios, &policies);
		backend_origins(fortios->output, fortios->filter);
		fine = backend_sizes_fit(fortios->output, fortios->filter, fortios->diags);
	}
	vec_free(&policies);
	return fine;
}

static bool fortios_emit(struct backend_output *output, struct filter *filter,
			 const struct backend_options *options, struct diags *diags)
{
	struct fortios fortios = { .output = output, .filter = filter, .options = options,
				   .diags = diags, .fine = true };

	*output = (struct backend_output){ .file_count = 1 };
	arena_init(&output->arena);
	output->file[0].name = "fortios.conf";
	fortios.arena = &output->arena;
	fortios_previous_read(&fortios.previous, fortios.arena, options->previous);
	bool fine = can_be_made(&fortios) && emit_text(&fortios);
	HASH_CLEAR(hh, fortios.objects);
	fortios_previous_release(&fortios.previous);
	return fine;
}

const struct backend backend_fortios = {
	.platform = "fortios",
	.schedules = true,
	.idle = true,
	.emit = fortios_emit,
	.revert = "cfg-save revert",
};
