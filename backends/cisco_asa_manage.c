/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may reach an ASA itself (Cisco ASA Series Command Reference: `ssh`, `telnet`,
 * `http`, `icmp`, `ipv6 icmp`; ASA CLI configuration guide, "Management Access").
 * Lines of services come in whatever the list of the control plane says, so they are
 * as narrow as the policy. Of ICMP they are a list by interface with a deny behind,
 * which lets answers and errors about the device's own conversations through to the
 * list of the control plane, that decides.
 *
 * What stood there before and the policy does not say goes: services once the new
 * lines are there, ICMP before, for there the order counts. */
#include "config.h"
#include "backends/cisco_asa.h"

#include <netinet/in.h>
#include <string.h>

VEC_TYPE(manage_lines, const char *);

static const struct manage_service {
	const char *command;
	unsigned port;
} services[] = { { "ssh", 22 }, { "http", 443 }, { "telnet", 23 } };

/* ---- what the lines cannot say ---- */

static bool entry_serves(const struct filter_entry *entry, unsigned port)
{
	return entry->allow && set_contains(entry->protocols, IPPROTO_TCP) &&
	       set_contains(entry->dst_ports, port);
}

bool asa_manage_check(struct asa *asa)
{
	bool fine = true;

	for (size_t i = 0; i < asa->filter->pair_count; i++) {
		const struct filter_pair *pair = &asa->filter->pairs[i];
		for (size_t k = 0; strcmp(pair->out, FILTER_SELF) == 0 && k < pair->entry_count * 3;
		     k++) {
			const struct filter_entry *entry = &pair->entries[k / 3];
			if (!entry_serves(entry, services[k % 3].port) ||
			    set_covers_range(entry->src_ports, 0, CISCO_PORTS))
				continue;
			const struct rule *rule = entry->rule_count > 0 ? entry->rules[0] : NULL;
			diag_add(asa->diags, FINDING_UNSUPPORTED_DEVICE,
				 rule != NULL ? rule->where : (struct span){ 0 },
				 "device %s: its platform answers %s to any source port",
				 asa->filter->device, services[k % 3].command);
			fine = false;
		}
	}
	return fine;
}

/* ---- lines of services ---- */

static const char *line_of_service(struct asa *asa, const char *command, enum family family,
				   const struct prefix *prefix, const char *interface)
{
	struct strbuf line = STRBUF_INIT;

	strbuf_printf(&line, "%s ", command);
	prefix_print_address(&line, family, prefix);
	if (family == FAMILY_IPV4) {
		strbuf_putc(&line, ' ');
		prefix_print_netmask(&line, prefix);
	} else {
		strbuf_printf(&line, "/%u", prefix->length);
	}
	strbuf_printf(&line, " %s", interface);
	const char *text = arena_strdup(asa->arena, strbuf_text(&line));
	strbuf_release(&line);
	return text;
}

static void lines_of_service(struct asa *asa, struct manage_lines *lines,
			     const struct manage_service *service, const struct filter_pair *pair)
{
	struct address_set from = address_set_empty();

	for (size_t i = 0; i < pair->entry_count; i++)
		if (entry_serves(&pair->entries[i], service->port))
			from = address_set_union(asa->arena, from, pair->entries[i].source);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct prefix_list list = VEC_INIT;
		prefixes_add_set(&list, (enum family)f, from.family[f]);
		for (size_t k = 0; k < list.len; k++)
			vec_push(lines, line_of_service(asa, service->command, (enum family)f,
							&list.data[k], pair->in));
		vec_free(&list);
	}
}

static bool lines_have(const struct manage_lines *lines, const char *line)
{
	for (size_t i = 0; i < lines->len; i++)
		if (strcmp(lines->data[i], line) == 0)
			return true;
	return false;
}

/* A line of before that begins and ends as those of a service. */
struct manage_old {
	struct asa *asa;
	const struct manage_lines *kept;
	struct manage_lines *gone;
};

static void old_visit(void *context, const char *line)
{
	struct manage_old *old = context;

	if (!lines_have(old->kept, line))
		vec_push(old->gone, line);
}

static void old_lines(struct asa *asa, const char *command, const char *interface,
		      const struct manage_lines *kept, struct manage_lines *gone)
{
	struct manage_old old = { asa, kept, gone };

	cisco_previous_lines(asa->change.previous, asa->arena, command, interface, old_visit, &old);
}

static void print_service(struct asa *asa, struct strbuf *text,
			  const struct manage_service *service, const struct filter_pair *pair)
{
	struct manage_lines lines = VEC_INIT, gone = VEC_INIT;

	lines_of_service(asa, &lines, service, pair);
	if (lines.len > 0 && strcmp(service->command, "http") == 0 &&
	    !cisco_previous_has(asa->change.previous, "http server enable"))
		cisco_change_command(&asa->change, text, "http server enable");
	for (size_t i = 0; i < lines.len; i++)
		cisco_change_command(&asa->change, text, lines.data[i]);
	old_lines(asa, service->command, pair->in, &lines, &gone);
	for (size_t i = 0; i < gone.len; i++) {
		strbuf_printf(&asa->change.after, "no %s\n", gone.data[i]);
		strbuf_printf(&asa->change.back_binds, "%s\n", gone.data[i]);
	}
	vec_free(&lines);
	vec_free(&gone);
}

/* ---- lines of ICMP ---- */

static void lines_of_type(struct asa *asa, struct manage_lines *lines, const char *interface,
			  enum family family, const char *from, int type)
{
	const char *command = family == FAMILY_IPV4 ? "icmp" : "ipv6 icmp";
	const char *word = type < 0 ? "" : arena_printf(asa->arena, " %d", type);
	const char *line = arena_printf(asa->arena, "%s permit%s%s %s", command, from, word,
					interface);

	if (!lines_have(lines, line))
		vec_push(lines, line);
}

static void lines_of_source(struct asa *asa, struct manage_lines *lines, const char *interface,
			    enum family family, const struct prefix *prefix,
			    const struct set *types)
{
	struct strbuf from = STRBUF_INIT;

	if (prefix->length == 0)
		strbuf_puts(&from, " any");
	else
		cisco_print_prefix(&from, family, prefix, prefix_print_netmask);
	if (set_covers_range(types, 0, UINT8_MAX))
		lines_of_type(asa, lines, interface, family, strbuf_text(&from), -1);
	else
		for (int type = 0; type <= UINT8_MAX; type++)
			if (set_contains(types, (u128)type))
				lines_of_type(asa, lines, interface, family, strbuf_text(&from),
					      type);
	strbuf_release(&from);
}

/* Answers and errors of what the device itself begins (RFC 792, RFC 4443). */
static void lines_of_answers(struct asa *asa, struct manage_lines *lines, const char *interface,
			     enum family family)
{
	static const int four[] = { 0, 3, 11 }, six[] = { 1, 2, 3, 129 };
	const int *types = family == FAMILY_IPV4 ? four : six;
	size_t count = family == FAMILY_IPV4 ? 3 : 4;

	for (size_t i = 0; i < count; i++)
		lines_of_type(asa, lines, interface, family, " any", types[i]);
}

/* Of IPv6 a line a type: who may send it is told by the list of the control plane. */
static void lines_of_icmp(struct asa *asa, struct manage_lines *lines,
			  const struct filter_pair *pair, enum family family)
{
	unsigned protocol = family == FAMILY_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct prefix anywhere = { 0, 0 };

	for (size_t i = 0; i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		struct prefix_list list = VEC_INIT;
		if (!entry->allow || !set_contains(entry->protocols, protocol) ||
		    set_is_empty(entry->source.family[family]))
			continue;
		if (family == FAMILY_IPV6)
			vec_push(&list, anywhere);
		else
			prefixes_add_set(&list, family, entry->source.family[family]);
		for (size_t k = 0; k < list.len; k++)
			lines_of_source(asa, lines, pair->in, family, &list.data[k],
					entry->src_ports);
		vec_free(&list);
	}
	lines_of_answers(asa, lines, pair->in, family);
}

static bool same_lines(const struct manage_lines *a, const struct manage_lines *b)
{
	bool same = a->len == b->len;

	for (size_t i = 0; same && i < a->len; i++)
		same = strcmp(a->data[i], b->data[i]) == 0;
	return same;
}

static void print_icmp(struct asa *asa, struct strbuf *text, const struct filter_pair *pair,
		       enum family family)
{
	struct manage_lines lines = VEC_INIT, old = VEC_INIT, none = VEC_INIT;
	struct strbuf *back = &asa->change.back_binds;

	lines_of_icmp(asa, &lines, pair, family);
	old_lines(asa, family == FAMILY_IPV4 ? "icmp" : "ipv6 icmp", pair->in, &none, &old);
	bool same = same_lines(&lines, &old);
	for (size_t i = 0; !same && i < old.len; i++)
		strbuf_printf(text, "no %s\n", old.data[i]);
	for (size_t i = 0; i < lines.len; i++) {
		strbuf_printf(text, "%s\n", lines.data[i]);
		if (!same)
			strbuf_printf(back, "no %s\n", lines.data[i]);
	}
	for (size_t i = 0; !same && i < old.len; i++)
		strbuf_printf(back, "%s\n", old.data[i]);
	vec_free(&lines);
	vec_free(&old);
}

void asa_print_management(struct asa *asa, struct strbuf *text)
{
	for (size_t i = 0; i < asa->filter->pair_count; i++) {
		const struct filter_pair *pair = &asa->filter->pairs[i];
		if (strcmp(pair->out, FILTER_SELF) != 0)
			continue;
		for (size_t k = 0; k < sizeof(services) / sizeof(services[0]); k++)
			print_service(asa, text, &services[k], pair);
		for (int f = 0; f < FAMILY_COUNT; f++)
			if (!set_is_empty(asa->own.family[f]))
				print_icmp(asa, text, pair, (enum family)f);
	}
}
