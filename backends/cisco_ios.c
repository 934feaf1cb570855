/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a filter for IOS and IOS-XE: an extended list and an IPv6 list inbound
 * on each interface. A list that is bound is never edited: a bound list that is
 * not defined permits everything, and the first entry it gets denies the rest. So
 * the other of two names is built, one command binds it, and only then the old
 * one goes, and after it the groups and time ranges that nothing uses any more. */
#include "config.h"
#include "backends/cisco_ios.h"

#include <string.h>

/* The list of one interface and family. */
struct ios_list {
	const char *interface, *name;
	enum family family;
	bool outbound;
	struct cisco_aces aces;
	const char *old; /* what is bound now; NULL: nothing, or not known */
};

struct ios_emit {
	struct ios ios;
	struct backend_output *output;
	struct cisco_groups *groups;
	struct cisco_times times;
	struct cisco_change change;
	VEC(struct ios_list) lists;
	struct strbuf *text;
	size_t entries;
};

static const struct ios_family {
	const char *stem;
	struct cisco_define define;
	const char *bind;
} families[FAMILY_COUNT] = {
	{ CISCO_OURS, { "ip access-list extended", "no ip access-list extended" },
	  "ip access-group" },
	{ CISCO_OURS "6", { "ipv6 access-list", "no ipv6 access-list" }, "ipv6 traffic-filter" },
};

/* ---- what the device must tell of itself ---- */

static bool ios_supports(const struct filter *filter, const char *what)
{
	const struct tree_name *name =
		filter->model_device != NULL ? filter->model_device->tree->supports : NULL;

	for (; name != NULL; name = name->next)
		if (strcmp(name->text, what) == 0)
			return true;
	return false;
}

static bool ios_lockout(const struct ios *ios, struct span where, const char *what)
{
	struct diag *diag = diag_add(ios->diags, FINDING_LOCKOUT, where,
				     "device %s: %s, so its lists would lock everybody out",
				     ios->filter->device, what);

	diag->subject = ios->filter->device;
	return false;
}

/* A device without a model is a test's: it has no addresses of its own. */
static bool ios_check(const struct ios *ios)
{
	static const char *const supports[] = { "ipv6-object-groups", "monitor-log" };
	static const struct backend_options_known known = { supports, 2, true, false };
	const struct device *device = ios->filter->model_device;

	if (device == NULL)
		return true;
	bool fine = backend_knows_options(ios->filter, &known, ios->diags);
	for (size_t i = 0; i < device->interface_count; i++)
		if (device->interfaces[i].address_count == 0)
			fine = ios_lockout(ios, device->interfaces[i].tree->name.where,
					   arena_printf(ios->arena,
							"its interface %s has no address",
							device->interfaces[i].name));
	if (device->tree->manage == NULL)
		fine = ios_lockout(ios, device->tree->name.where, "nothing says who manages it");
	if (ios->options->monitor && !ios_supports(ios->filter, "monitor-log")) {
		struct diag *diag = diag_add(
			ios->diags, FINDING_UNSUPPORTED_DEVICE, device->tree->name.where,
			"device %s: `stage monitor` permits with log, which a switch does on its "
			"CPU; say `supports monitor-log` if this one can",
			device->name);
		diag->subject = device->name;
		fine = false;
	}
	return fine;
}

/* ---- lists ---- */

static bool set_is_one_prefix(enum family family, const struct set *set)
{
	return set->len == 1 && prefixes_count(family, set) == 1;
}

/* Whom errors reach follows from all rules: such a group has a name that says whose it
 * is, and no other entry shares it, so that a rule more or less moves no other group. */
static const char *group_stem(struct ios_emit *emit, const struct ios_list *list,
			      const struct cisco_ace *ace)
{
	if (ace->note != ios_note_errors)
		return cisco_group_stem(list->family);
	return arena_printf(emit->ios.arena, CISCO_OURS "-errors%s-%s-%s",
			    list->family == FAMILY_IPV6 ? "6" : "", list->interface,
			    emit->ios.activities.data[ace->activity].label);
}

static struct cisco_group *list_group(struct ios_emit *emit, const struct ios_list *list,
				      const struct cisco_ace *ace, const struct set *set)
{
	enum family family = list->family;

	if ((family == FAMILY_IPV6 && !emit->ios.six_groups) || set_is_one_prefix(family, set))
		return NULL;
	return cisco_group_of_set(emit->groups, &ios_group_style, group_stem(emit, list, ace),
				  family, set);
}

/* A list that only monitors permits, and logs, what it would deny; the remark
 * before says so. */
static void print_entry(struct ios_emit *emit, struct cisco_ace ace)
{
	ace.would_drop = emit->ios.options->monitor && !ace.allow;
	ios_print_ace(emit->text, &ace, &emit->times);
	emit->entries += ios_ace_size(&ace, &emit->times);
}

static struct cisco_ace final_deny(struct ios *ios, enum family family)
{
	struct address_set all = address_set_all(ios->arena);

	return (struct cisco_ace){ .family = family, .log = true, .protocol = CISCO_IP,
				   .source = all.family[family],
				   .destination = all.family[family],
				   .src = { 0, CISCO_PORTS }, .dst = { 0, CISCO_PORTS } };
}

static void print_fragments(struct ios_emit *emit, enum family family)
{
	const struct device *device = emit->ios.filter->model_device;

	if (device == NULL || !device->tree->fragments_deny)
		return;
	strbuf_printf(emit->text, " remark fragments deny\n %s %s any any fragments log\n",
		      emit->ios.options->monitor ? "remark would drop:\n permit" : "deny",
		      family == FAMILY_IPV4 ? "ip" : "ipv6");
	emit->entries++;
}

static void print_list(struct ios_emit *emit, const struct ios_list *list)
{
	strbuf_printf(emit->text, "%s %s\n", families[list->family].define.define, list->name);
	if (!list->outbound)
		print_fragments(emit, list->family);
	for (size_t i = 0; i < list->aces.len; i++) {
		const struct cisco_ace *ace = &list->aces.data[i];
		if (i == 0 || !cisco_same_remark(ace, ace - 1))
			strbuf_printf(emit->text, " remark %s\n",
				      cisco_remark(emit->ios.arena, ace));
		print_entry(emit, *ace);
	}
	if (list->outbound)
		return;
	strbuf_puts(emit->text, " remark everything else\n");
	print_entry(emit, final_deny(&emit->ios, list->family));
}

static void list_fill(struct ios_emit *emit, struct ios_list *list)
{
	enum family family = list->family;

	if (list->outbound)
		ios_list_make_outbound(&emit->ios, &list->aces, list->interface, family);
	else
		ios_list_make(&emit->ios, &list->aces, list->interface, family);
	for (size_t i = 0; i < list->aces.len; i++) {
		struct cisco_ace *ace = &list->aces.data[i];
		ace->source_group = list_group(emit, list, ace, ace->source);
		ace->destination_group = list_group(emit, list, ace, ace->destination);
	}
	ios_limit_groups(&list->aces);
}

static void list_add(struct ios_emit *emit, const char *interface, enum family family,
		     bool outbound)
{
	struct arena *arena = emit->ios.arena;
	struct ios_list list = { .interface = interface, .family = family,
				 .outbound = outbound };

	list.name = cisco_change_list_name(
		&emit->change, &families[family].define,
		arena_printf(arena, "%s%s-%s", families[family].stem, outbound ? "-out" : "",
			     interface));
	if (list.name == NULL) {
		diag_add(emit->ios.diags, FINDING_UNSUPPORTED_DEVICE, (struct span){ 0 },
			 "device %s: both lists of interface %s are in use; unbind one of them",
			 emit->ios.filter->device, interface);
		emit->ios.fine = false;
		return;
	}
	list.old = cisco_previous_take(emit->change.previous, arena,
				       arena_printf(arena, "interface %s", interface),
				       families[family].bind, outbound ? "out" : "in");
	list_fill(emit, &list);
	vec_push(&emit->lists, list);
}

/* ---- binding and removing ---- */

static void bind_list(struct ios_emit *emit, struct strbuf *text, size_t i)
{
	const struct ios_list *list = &emit->lists.data[i];
	const char *bind = families[list->family].bind, *way = list->outbound ? "out" : "in";
	bool off = list->old == NULL;

	if (i == 0 || strcmp(list[-1].interface, list->interface) != 0)
		strbuf_printf(text, "interface %s\n", list->interface);
	strbuf_printf(text, " %s %s %s\n", bind, list->name, way);
	strbuf_printf(&emit->change.back_binds, "interface %s\n %s%s %s %s\n", list->interface,
		      off ? "no " : "", bind, off ? list->name : list->old, way);
	cisco_change_is_new(&emit->change, &families[list->family].define, list->name);
}

static void retire_old(struct ios_emit *emit, const struct ios_list *list)
{
	static const struct cisco_define four[] = {
		{ "ip access-list extended", "no ip access-list extended" },
		{ "ip access-list standard", "no ip access-list standard" },
		{ "access-list", "no access-list" },
	};

	if (list->old != NULL && list->family == FAMILY_IPV4)
		cisco_change_retire_list(&emit->change, four, 3, list->old);
	else if (list->old != NULL)
		cisco_change_retire_list(&emit->change, &families[FAMILY_IPV6].define, 1,
					 list->old);
}

static bool kept_group(void *context, const char *name)
{
	struct ios_emit *emit = context;

	return cisco_groups_has(emit->groups, name);
}

static bool kept_time(void *context, const char *name)
{
	struct ios_emit *emit = context;

	return cisco_times_has(&emit->times, name);
}

static void retire_unused(struct ios_emit *emit)
{
	struct cisco_change *change = &emit->change;

	for (size_t i = 0; i < emit->lists.len; i++)
		retire_old(emit, &emit->lists.data[i]);
	cisco_change_retire_objects(change, "object-group network", kept_group, emit);
	cisco_change_retire_objects(change, "object-group v6-network", kept_group, emit);
	cisco_change_retire_objects(change, "time-range", kept_time, emit);
}

/* ---- the file ---- */

static void print_first(struct strbuf *text, const struct backend_options *options)
{
	if (options->previous != NULL) {
		strbuf_puts(text, "! The way back is in rollback.ios. ");
	} else {
		strbuf_puts(text,
			    "! What is on the device was not given (--previous), so nothing of it is\n"
			    "! removed here, and no list named below may be bound yet.\n! ");
	}
	strbuf_puts(text, "Run first, so that the device goes\n"
			  "! back by itself unless it is told that all is well:\n"
			  "!   copy running-config flash:before-cordon\n"
			  "!   reload in 10\n"
			  "! and when the plant runs as before:\n"
			  "!   reload cancel\n"
			  "!   copy running-config startup-config\n");
}

static void print_head(struct strbuf *text, const struct ios_emit *emit)
{
	const struct backend_options *options = emit->ios.options;

	backend_head(text, "!", emit->ios.filter, options);
	cisco_times_clock(text, emit->ios.filter, options);
	print_first(text, options);
	if (options->monitor)
		strbuf_puts(text, "ip access-list logging interval 1000\n"
				  "ip access-list log-update threshold 1000\n"
				  "ipv6 access-list log-update threshold 1000\n"
				  "logging rate-limit 10\n");
}

static void print_file(struct ios_emit *emit)
{
	struct strbuf *text = &emit->output->file[0].text;
	size_t objects;

	print_head(text, emit);
	strbuf_puts(text, strbuf_text(&emit->change.before));
	objects = cisco_times_print(text, &emit->times, &emit->change);
	objects += cisco_groups_print(text, emit->groups, &emit->change);
	for (size_t i = 0; i < emit->lists.len; i++)
		print_list(emit, &emit->lists.data[i]);
	for (size_t i = 0; i < emit->lists.len; i++)
		bind_list(emit, text, i);
	retire_unused(emit);
	strbuf_puts(text, strbuf_text(&emit->change.after));
	strbuf_puts(text, "end\n");
	backend_size(emit->output, "entries", emit->entries);
	backend_size(emit->output, "lists", emit->lists.len);
	backend_size(emit->output, "objects", objects);
}

static struct filter_pair *ios_pairs(const struct ios *ios)
{
	const struct filter *filter = ios->filter;
	struct filter_pair *pairs = arena_array(ios->arena, filter->pair_count + 1, sizeof(*pairs));

	for (size_t i = 0; i < filter->pair_count; i++) {
		pairs[i] = filter->pairs[i];
		if (strcmp(pairs[i].out, FILTER_SELF) == 0)
			continue;
		pairs[i].entries = arena_array(ios->arena, pairs[i].entry_count + 1,
					       sizeof(*pairs[i].entries));
		for (size_t k = 0; k < pairs[i].entry_count; k++)
			pairs[i].entries[k] = cisco_fill(
				ios->arena, &filter->pairs[i].entries[k], &ios->own);
	}
	return pairs;
}

static bool ios_lists(struct ios_emit *emit)
{
	struct filter *filter = emit->ios.filter;

	emit->ios.sent = cisco_sent_groups(emit->ios.arena, filter);
	emit->ios.pairs = ios_pairs(&emit->ios);
	for (size_t i = 0; i < filter->activity_count; i++)
		vec_push(&emit->ios.activities, filter->activities[i]);
	for (size_t i = 0; i < filter->interface_count; i++)
		for (int family = 0; family < FAMILY_COUNT; family++) {
			const char *name = filter->interfaces[i].name;
			list_add(emit, name, (enum family)family, false);
			if (!set_is_empty(emit->ios.sent.family[family]))
				list_add(emit, name, (enum family)family, true);
		}
	filter->activities = arena_copy(emit->ios.arena, emit->ios.activities.data,
					emit->ios.activities.len *
						sizeof(*emit->ios.activities.data));
	filter->activity_count = emit->ios.activities.len;
	emit->times = (struct cisco_times){ .arena = emit->ios.arena,
					    .filter = filter,
					    .zone = emit->ios.options->timezone };
	return cisco_times_make(&emit->times, emit->ios.diags) && emit->ios.fine;
}

static bool ios_text(struct ios_emit *emit)
{
	struct backend_output *output = emit->output;

	print_file(emit);
	if (emit->ios.options->previous != NULL) {
		output->file[1].name = "rollback.ios";
		output->file_count = 2;
		cisco_change_print_back(&output->file[1].text, &emit->change);
	}
	backend_origins(output, emit->ios.filter);
	ios_residue(&emit->ios, output);
	return backend_sizes_fit(output, emit->ios.filter, emit->ios.diags);
}

static void ios_release(struct ios_emit *emit)
{
	for (size_t i = 0; i < emit->lists.len; i++)
		vec_free(&emit->lists.data[i].aces);
	vec_free(&emit->lists);
	vec_free(&emit->ios.activities);
	cisco_times_release(&emit->times);
	cisco_groups_destroy(emit->groups);
	cisco_change_release(&emit->change);
}

static bool ios_emit(struct backend_output *output, struct filter *filter,
		     const struct backend_options *options, struct diags *diags)
{
	struct ios_emit emit = { .output = output, .text = &output->file[0].text };

	*output = (struct backend_output){ .file_count = 1 };
	arena_init(&output->arena);
	output->file[0].name = "acl.ios";
	emit.ios = (struct ios){ .arena = &output->arena, .filter = filter, .options = options,
				 .diags = diags, .fine = true };
	emit.groups = cisco_groups_create();
	cisco_change_init(&emit.change, &output->arena, options->previous);
	emit.ios.six_groups = ios_supports(filter, "ipv6-object-groups");
	emit.ios.own = filter->model_device != NULL ? filter->model_device->addresses
						    : address_set_empty();
	bool fine = ios_check(&emit.ios) && ios_lists(&emit) && ios_text(&emit);
	ios_release(&emit);
	return fine;
}

const struct backend backend_cisco_ios = {
	.platform = "cisco-ios",
	.schedules = true,
	.idle = false,
	.revert = "reload in 10",
	.emit = ios_emit,
};
