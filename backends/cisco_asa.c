/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a filter for ASA and ISA 3000, version 9 and later: an extended list of
 * both families inbound on each named interface. The device keeps state: answers
 * of TCP, UDP and, because they are inspected, ICMP pass with their flow.
 *
 * Lists of interfaces do not filter what is for the device itself: who manages
 * it is told by `ssh`, `http`, `telnet` and `icmp` lines (cisco_asa_manage.c), and
 * a control-plane list denies the rest. */
#include "config.h"
#include "backends/cisco_asa.h"

#include <netinet/in.h>
#include <string.h>

/* By use: between the start of a name and that of its interface, and in the command
 * that binds it. */
static const struct {
	const char *stem, *way, *tail;
} uses[] = { { CISCO_OURS, "in", "" },
	     { CISCO_OURS "-out", "out", "" },
	     { CISCO_OURS "-self", "in", " control-plane" } };

static const struct cisco_define asa_list_define = { "access-list",
						     "clear configure access-list" };

/* ---- lists ---- */

static void list_entry(struct asa *asa, struct asa_list *list, const struct filter_entry *entry,
		       const struct filter_entry *origin, const char *note)
{
	for (int family = 0; family < FAMILY_COUNT; family++) {
		struct cisco_expand expand = { entry, origin, (enum family)family, set_empty(),
					       false, note };
		asa->fine &= cisco_expand(&list->aces, asa->arena, &expand, asa->filter->device,
					  asa->diags);
	}
}

static bool list_takes(const struct asa_list *list, const struct filter_pair *pair)
{
	bool self = strcmp(pair->out, FILTER_SELF) == 0;

	if (list->use == USE_OUTBOUND)
		return strcmp(pair->out, list->interface) == 0;
	return strcmp(pair->in, list->interface) == 0 && self == (list->use == USE_CONTROL);
}

static void list_flow(struct asa *asa, struct asa_list *list, const struct filter_entry *from)
{
	struct filter_entry entry = *from;

	if (list->use == USE_CONTROL) {
		list_entry(asa, list, &entry, from, "for the device");
		return;
	}
	entry = cisco_fill(asa->arena, &entry, &asa->own);
	if (list->use == USE_OUTBOUND)
		entry.destination =
			address_set_intersect(asa->arena, entry.destination, asa->sent);
	else if (!entry.allow) /* these are denied where they leave */
		entry.destination =
			address_set_subtract(asa->arena, entry.destination, asa->sent);
	list_entry(asa, list, &entry, from, NULL);
}

static struct filter_entry deny_all(const struct asa *asa)
{
	return (struct filter_entry){
		.log = true,
		.source = address_set_all(asa->arena),
		.destination = address_set_all(asa->arena),
		.protocols = set_one(asa->arena, 0, UINT8_MAX),
		.src_ports = set_one(asa->arena, 0, CISCO_PORTS),
		.dst_ports = set_one(asa->arena, 0, CISCO_PORTS),
	};
}

static void list_end(struct asa *asa, struct asa_list *list)
{
	struct filter_entry rest = deny_all(asa);

	if (list->use != USE_OUTBOUND) {
		list_entry(asa, list, &rest, NULL, "everything else");
		return;
	}
	rest.destination = asa->sent;
	list_entry(asa, list, &rest, NULL, "groups, besides");
	rest = deny_all(asa);
	rest.allow = true;
	rest.log = false;
	list_entry(asa, list, &rest, NULL, "everything else was decided inbound");
}

static void list_flows(struct asa *asa, struct asa_list *list, bool allow)
{
	size_t first = list->aces.len;

	for (size_t i = 0; i < asa->filter->pair_count; i++) {
		const struct filter_pair *pair = &asa->filter->pairs[i];
		for (size_t k = 0; list_takes(list, pair) && k < pair->entry_count; k++)
			if (pair->entries[k].allow == allow)
				list_flow(asa, list, &pair->entries[k]);
	}
	if (list->use != USE_CONTROL)
		cisco_aces_by_rule(&list->aces, first);
}

static void list_fill(struct asa *asa, struct asa_list *list)
{
	struct filter_entry own = deny_all(asa);

	own.source = asa->own;
	if (list->use == USE_INBOUND)
		list_entry(asa, list, &own, NULL, "nobody else has its addresses");
	list_flows(asa, list, false);
	list_flows(asa, list, true);
	list_end(asa, list);
}

static void list_add(struct asa *asa, const char *interface, enum asa_use use)
{
	struct asa_list list = { .interface = interface, .use = use };
	const char *tail = arena_printf(asa->arena, "%s interface %s%s", uses[use].way, interface,
					uses[use].tail);

	list.name = cisco_change_list_name(
		&asa->change, &asa_list_define,
		arena_printf(asa->arena, "%s-%s", uses[use].stem, interface));
	if (list.name == NULL) {
		diag_add(asa->diags, FINDING_UNSUPPORTED_DEVICE, (struct span){ 0 },
			 "device %s: both lists of interface %s are in use; unbind one of them",
			 asa->filter->device, interface);
		asa->fine = false;
		return;
	}
	list.old = cisco_previous_take(asa->change.previous, asa->arena, NULL, "access-group",
				       tail);
	list_fill(asa, &list);
	vec_push(&asa->lists, list);
}

static bool asa_lists(struct asa *asa)
{
	asa->sent = cisco_sent_groups(asa->arena, asa->filter);
	for (size_t i = 0; i < asa->filter->interface_count; i++) {
		list_add(asa, asa->filter->interfaces[i].name, USE_INBOUND);
		if (!address_set_is_empty(asa->sent))
			list_add(asa, asa->filter->interfaces[i].name, USE_OUTBOUND);
		if (asa->filter->covers_self)
			list_add(asa, asa->filter->interfaces[i].name, USE_CONTROL);
	}
	asa->times = (struct cisco_times){ .arena = asa->arena,
					   .filter = asa->filter,
					   .zone = asa->options->timezone };
	return cisco_times_make(&asa->times, asa->diags) && asa->fine;
}

/* ---- binding and removing ---- */

static void bind_list(struct asa *asa, struct strbuf *text, const struct asa_list *list)
{
	const char *where = arena_printf(asa->arena, "%s interface %s%s", uses[list->use].way,
					 list->interface, uses[list->use].tail);
	bool off = list->old == NULL;

	strbuf_printf(text, "access-group %s %s\n", list->name, where);
	strbuf_printf(&asa->change.back_binds, "%saccess-group %s %s\n", off ? "no " : "",
		      off ? list->name : list->old, where);
	cisco_change_is_new(&asa->change, &asa_list_define, list->name);
}

static bool kept_group(void *context, const char *name)
{
	return cisco_groups_has(((struct asa *)context)->groups, name);
}

static bool kept_time(void *context, const char *name)
{
	return cisco_times_has(&((struct asa *)context)->times, name);
}

static void retire_unused(struct asa *asa)
{
	for (size_t i = 0; i < asa->lists.len; i++)
		if (asa->lists.data[i].old != NULL)
			cisco_change_retire_list(&asa->change, &asa_list_define, 1,
						 asa->lists.data[i].old);
	cisco_change_retire_objects(&asa->change, "object-group network", kept_group, asa);
	cisco_change_retire_objects(&asa->change, "object-group service", kept_group, asa);
	cisco_change_retire_objects(&asa->change, "time-range", kept_time, asa);
}

/* ---- the file ---- */

static void print_head(struct asa *asa, struct strbuf *text)
{
	const struct backend_options *options = asa->options;

	backend_head(text, "!", asa->filter, options);
	cisco_times_clock(text, asa->filter, options);
	strbuf_puts(text, options->previous != NULL
				  ? "! The way back is in rollback.asa. Run first, so that"
				  : "! What is on the device was not given (--previous), so nothing "
				    "of it is\n! removed here, and no list named below may be bound "
				    "yet. Run first, so that");
	strbuf_puts(text, "\n! the device goes back by itself unless it is told that all is well:\n"
			  "!   copy /noconfirm running-config disk0:/before-cordon.cfg\n"
			  "!   write memory\n"
			  "!   reload in 10 noconfirm\n"
			  "! and when the plant runs as before:\n"
			  "!   reload cancel\n"
			  "!   write memory\n");
}

static void print_file(struct asa *asa)
{
	struct strbuf *text = &asa->output->file[0].text;
	size_t objects;

	print_head(asa, text);
	strbuf_puts(text, strbuf_text(&asa->change.before));
	objects = cisco_times_print(text, &asa->times, &asa->change);
	objects += cisco_groups_print(text, asa->groups, &asa->change);
	strbuf_puts(text, strbuf_text(&asa->text));
	asa_print_state(asa, text);
	asa_print_management(asa, text);
	for (size_t i = 0; i < asa->lists.len; i++)
		bind_list(asa, text, &asa->lists.data[i]);
	retire_unused(asa);
	strbuf_puts(text, strbuf_text(&asa->change.after));
	strbuf_puts(text, "end\n");
	backend_size(asa->output, "entries", asa->entries);
	backend_size(asa->output, "lists", asa->lists.len);
	backend_size(asa->output, "objects", objects);
}

static void asa_remainder(struct asa *asa)
{
	static const struct filter_remainder idle = {
		"idle", NULL, "how long a conversation may be silent is the device's own setting"
	};
	static const struct filter_remainder returns = {
		"returns", NULL,
		"the device tracks TCP, UDP, SCTP and ICMP: of other protocols only what is "
		"allowed in its own direction passes"
	};
	static const struct filter_remainder ongoing = {
		"ongoing", NULL, "conversations that were admitted before go on until they end"
	};
	bool silent = false, untracked = false;

	for (size_t i = 0; i < asa->filter->pair_count; i++)
		for (size_t k = 0; k < asa->filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &asa->filter->pairs[i].entries[k];
			silent = silent || entry->idle_seconds != 0;
			for (int p = 0; entry->allow && !untracked && p <= UINT8_MAX; p++)
				untracked = set_contains(entry->protocols, (u128)p) &&
					    !cisco_has_ports(p) && p != IPPROTO_ICMP &&
					    p != IPPROTO_ICMPV6;
		}
	backend_remainder(asa->output, asa->filter, &ongoing, 1);
	if (silent)
		backend_remainder(asa->output, asa->filter, &idle, 1);
	if (untracked)
		backend_remainder(asa->output, asa->filter, &returns, 1);
}

static bool asa_text(struct asa *asa)
{
	struct backend_output *output = asa->output;

	for (size_t i = 0; i < asa->lists.len; i++)
		asa_print_list(asa, &asa->lists.data[i]);
	print_file(asa);
	if (asa->options->previous != NULL) {
		output->file[1].name = "rollback.asa";
		output->file_count = 2;
		cisco_change_print_back(&output->file[1].text, &asa->change);
	}
	backend_origins(output, asa->filter);
	asa_remainder(asa);
	return backend_sizes_fit(output, asa->filter, asa->diags);
}

static void asa_release(struct asa *asa)
{
	for (size_t i = 0; i < asa->lists.len; i++)
		vec_free(&asa->lists.data[i].aces);
	vec_free(&asa->lists);
	cisco_times_release(&asa->times);
	cisco_groups_destroy(asa->groups);
	cisco_change_release(&asa->change);
	strbuf_release(&asa->text);
}

static bool asa_emit(struct backend_output *output, struct filter *filter,
		     const struct backend_options *options, struct diags *diags)
{
	static const struct backend_options_known known = { NULL, 0, false, false };
	struct asa asa = { .output = output, .filter = filter, .options = options,
			   .diags = diags, .fine = true };

	*output = (struct backend_output){ .file_count = 1 };
	arena_init(&output->arena);
	output->file[0].name = "acl.asa";
	asa.arena = &output->arena;
	asa.own = filter->model_device != NULL ? filter->model_device->addresses
					       : address_set_empty();
	asa.groups = cisco_groups_create();
	cisco_change_init(&asa.change, &output->arena, options->previous);
	bool fine = backend_knows_options(filter, &known, diags) && asa_manage_check(&asa) &&
		    asa_lists(&asa) && asa_text(&asa);
	asa_release(&asa);
	return fine;
}

const struct backend backend_cisco_asa = {
	.platform = "cisco-asa",
	.schedules = true,
	.idle = false,
	.revert = "reload in 10",
	.emit = asa_emit,
};
