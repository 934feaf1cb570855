/* SPDX-License-Identifier: Apache-2.0
 *
 * `inspect operations`: chains that accept a packet which carries nothing, or one
 * whole request that ends with the packet. nft compares with constants only, so that
 * a request's length is held against the packet's by a set of all triples of TCP header
 * length, packet length and request length, and against what is counted within it by a
 * set of pairs; IP headers in front of TCP are of the one usual form. UDP tells its
 * datagram's length itself. Concatenations have four fields at most: nft 1.0.6 loads
 * more of raw payload and cannot list them. */
#include "config.h"
#include "backends/nftables_inspect.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* An IPv4 header without options; an IPv6 header that TCP follows at once. */
static const char *const family_plain[] = { "@nh,0,8 0x45", "@nh,48,8 0x6" };

struct inspect_print {
	struct strbuf *text;
	struct arena *arena;
	const struct filter_payload *payload;
	const char *name; /* of its chain */
};

/* ---- names ---- */

static void print_ranges(struct strbuf *text, const struct set *set)
{
	for (size_t i = 0; i < set->len; i++) {
		strbuf_printf(text, i > 0 ? ".%u" : "%u", (unsigned)set->range[i].lo);
		if (set->range[i].hi != set->range[i].lo)
			strbuf_printf(text, "-%u", (unsigned)set->range[i].hi);
	}
}

static bool units_are_all(const struct payload_protocol *protocol, const struct set *units)
{
	return set_covers_range(units, 0, protocol->units - 1U);
}

VEC_TYPE(inspect_parts, struct payload_part);

static void parts_join(struct inspect_parts *parts, struct arena *arena,
		       const struct payload_part *part)
{
	for (size_t i = 0; i < parts->len; i++)
		if (set_equal(parts->data[i].units, part->units)) {
			parts->data[i].functions = set_union(arena, parts->data[i].functions,
							     part->functions);
			return;
		}
	vec_push(parts, *part);
}

static int parts_compare(const void *a, const void *b)
{
	const struct payload_part *left = a, *right = b;

	return set_compare(left->functions, right->functions);
}

/* The functions of all forms that have the same units, by their first one. */
static void parts_of_payload(struct inspect_parts *parts, struct arena *arena,
			     const struct filter_payload *payload)
{
	const struct payload_protocol *protocol = payload->protocol;

	for (size_t form = 0; form < protocol->form_count; form++) {
		struct payload_part *found;
		size_t count = payload_parts(arena, protocol, form, payload->points, &found);
		bool named = protocol->forms[form].body->span_count > 0;
		for (size_t i = 0; i < count && named; i++)
			parts_join(parts, arena, &found[i]);
	}
	if (parts->len > 1)
		qsort(parts->data, parts->len, sizeof(*parts->data), parts_compare);
}

/* inspect/modbus/1-4.7/6/of/3: functions, and of 6 those for unit 3. */
const char *nftables_payload_name(struct arena *arena, const struct filter *filter,
				  uint32_t payload)
{
	const struct filter_payload *told = &filter->payloads[payload];
	struct inspect_parts parts = VEC_INIT;
	struct strbuf name = STRBUF_INIT;

	strbuf_printf(&name, "inspect/%s%s", told->protocol->name,
		      told->transport == IPPROTO_UDP ? "/udp" : "");
	parts_of_payload(&parts, arena, told);
	for (size_t i = 0; i < parts.len; i++) {
		strbuf_putc(&name, '/');
		print_ranges(&name, parts.data[i].functions);
		if (!units_are_all(told->protocol, parts.data[i].units)) {
			strbuf_puts(&name, "/of/");
			print_ranges(&name, parts.data[i].units);
		}
	}
	vec_free(&parts);
	nftables_limit_name(&name, 0, NFT_PAYLOAD_NAME);
	const char *text = arena_strdup(arena, strbuf_text(&name));
	strbuf_release(&name);
	return text;
}

void inspect_print_form_name(struct strbuf *text, const struct payload_form *form)
{
	const char *carrier = form->carrier->name, *body = form->body->name;

	strbuf_printf(text, "%s%s%s", carrier != NULL ? carrier : "",
		      carrier != NULL && body != NULL ? "/" : "", body != NULL ? body : "");
}

/* ---- forms ---- */

static bool form_has_all_units(const struct payload_protocol *protocol,
			       const struct payload_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!units_are_all(protocol, parts[i].units))
			return false;
	return true;
}

/* False if the payload holds no frame of it. */
static bool form_find(const struct inspect_print *print, size_t index, struct inspect_form *out)
{
	const struct payload_protocol *protocol = print->payload->protocol;
	struct payload_part *parts;
	size_t count = payload_parts(print->arena, protocol, index, print->payload->points,
				     &parts);

	*out = (struct inspect_form){
		.protocol = protocol,
		.form = &protocol->forms[index],
		.parts = parts,
		.count = count,
		.all_units = form_has_all_units(protocol, parts, count),
		.chain = print->name,
	};
	return count > 0;
}

typedef void inspect_visit(struct inspect_print *print, const struct inspect_form *form);

static void forms_visit(struct inspect_print *print, inspect_visit *visit)
{
	struct inspect_form form;

	for (size_t i = 0; i < print->payload->protocol->form_count; i++)
		if (form_find(print, i, &form))
			visit(print, &form);
}

struct inspect_key inspect_key_of(const struct inspect_form *form)
{
	const struct payload_carrier *carrier = form->form->carrier;
	const struct payload_body *body = form->form->body;
	struct inspect_key key = { .fields = 0 };

	if (body->function_at == PAYLOAD_NOWHERE)
		return key;
	key.at[key.fields++] = (unsigned)carrier->body + body->function_at;
	if (body->group_at != PAYLOAD_NOWHERE)
		key.at[key.fields++] = (unsigned)carrier->body + body->group_at;
	for (unsigned i = carrier->unit.bytes; i-- > 0 && !form->all_units;)
		key.at[key.fields++] = carrier->unit.at + i;
	return key;
}

void inspect_print_key(struct strbuf *text, const struct inspect_key *key)
{
	for (size_t i = 0; i < key->fields; i++)
		strbuf_printf(text, "%s@ih,%u,%u", i > 0 ? " . " : "", key->at[i] * INSPECT_BITS,
			      INSPECT_BITS);
}

/* ---- rules ---- */

/* Urgent data is taken out of what the server reads: where it points is not told. */
static void print_empty_rules(struct inspect_print *print)
{
	if (print->payload->transport == IPPROTO_UDP) {
		strbuf_puts(print->text, "\t\t@th,32,16 0x8 counter accept\n");
		return;
	}
	for (int family = 0; family < FAMILY_COUNT; family++)
		strbuf_printf(print->text,
			      "\t\t%s @th,104,8 & 0x20 == 0x0 @th,96,8 . %s length "
			      "@inspect/empty/%s counter accept\n",
			      family_plain[family], inspect_family_names[family],
			      inspect_family_names[family]);
}

static void print_run(struct strbuf *text, const struct payload_byte *byte, size_t len)
{
	size_t skip = 0;

	while (skip + 1 < len && byte[skip].value == 0)
		skip++;
	strbuf_printf(text, "@ih,%u,%zu 0x%x", byte->at * INSPECT_BITS, len * INSPECT_BITS,
		      byte[skip].value);
	while (++skip < len)
		strbuf_printf(text, "%02x", byte[skip].value);
	strbuf_putc(text, ' ');
}

/* Bytes next to each other that are compared in full: nft joins them, sixteen at most,
 * and what it lists is what is printed here. */
static size_t bytes_run(const struct payload_byte *byte, size_t left)
{
	enum { RUN = 16 };
	size_t len = 1;

	while (len < left && len < RUN && byte[len - 1].mask == UINT8_MAX &&
	       byte[len].mask == UINT8_MAX && byte[len].at == byte[len - 1].at + 1)
		len++;
	return len;
}

static void print_bytes(struct strbuf *text, const struct payload_form *form)
{
	struct payload_byte byte[PAYLOAD_CONSTANTS];
	size_t count = payload_form_bytes(form, byte);

	for (size_t i = 0, len; i < count; i += len) {
		len = bytes_run(&byte[i], count - i);
		if (byte[i].mask == UINT8_MAX)
			print_run(text, &byte[i], len);
		else
			strbuf_printf(text, "@ih,%u,%u & 0x%x == 0x%x ", byte[i].at * INSPECT_BITS,
				      INSPECT_BITS, byte[i].mask, byte[i].value);
	}
}

static void print_choices(struct strbuf *text, const struct payload_form *form)
{
	struct payload_choice choices[PAYLOAD_CHOICES];
	size_t count = payload_form_choices(form, choices);

	for (size_t i = 0; i < count; i++) {
		const struct payload_choice *choice = &choices[i];
		strbuf_printf(text, "@ih,%u,%u %s", choice->at * INSPECT_BITS, INSPECT_BITS,
			      choice->count > 1 ? "{ " : "");
		for (size_t k = 0; k < choice->count; k++) {
			strbuf_printf(text, "%s0x%x", k > 0 ? ", " : "", choice->values[k].first);
			if (choice->values[k].last != choice->values[k].first)
				strbuf_printf(text, "-0x%x", choice->values[k].last);
		}
		strbuf_puts(text, choice->count > 1 ? " } " : " ");
	}
}

static void print_counts(struct strbuf *text, const struct inspect_form *form)
{
	struct payload_count counts[2];
	size_t count = payload_form_counts(form->form, counts);

	for (size_t i = 0; i < count; i++) {
		inspect_print_number(text, form->form->carrier->length->number);
		strbuf_puts(text, " . ");
		inspect_print_number(text, counts[i].number);
		strbuf_printf(text, " @inspect/%s/length/%s ", form->protocol->name,
			      counts[i].name);
	}
}

/* In front of TCP, and without urgent data and SYN, or as a datagram. */
static void print_frame(struct strbuf *text, const struct inspect_form *form, int family)
{
	const struct payload_length *length = form->form->carrier->length;
	const char *name = inspect_family_names[family];

	strbuf_puts(text, "\t\t");
	if (family == INSPECT_UDP)
		strbuf_puts(text, "@th,32,16 . ");
	else
		strbuf_printf(text, "%s @th,104,8 & 0x22 == 0x0 @th,96,8 . %s length . ",
			      family_plain[family], name);
	inspect_print_number(text, length->number);
	strbuf_printf(text, " @inspect/%s/%s/%s ", form->protocol->name, length->name, name);
}

static void print_form_rule(struct inspect_print *print, const struct inspect_form *form,
			    int family)
{
	struct inspect_key key = inspect_key_of(form);
	struct strbuf *text = print->text;

	print_frame(text, form, family);
	print_bytes(text, form->form);
	print_choices(text, form->form);
	print_counts(text, form);
	if (key.fields > 0) {
		inspect_print_key(text, &key);
		strbuf_printf(text, " @%s/", print->name);
		inspect_print_form_name(text, form->form);
		strbuf_putc(text, ' ');
	}
	strbuf_puts(text, "counter accept\n");
}

static void print_form_rules(struct inspect_print *print, const struct inspect_form *form)
{
	if (print->payload->transport == IPPROTO_UDP) {
		print_form_rule(print, form, INSPECT_UDP);
		return;
	}
	for (int family = 0; family < FAMILY_COUNT; family++)
		print_form_rule(print, form, family);
}

static void print_form_keys(struct inspect_print *print, const struct inspect_form *form)
{
	inspect_print_key_set(print->text, print->arena, form);
}

static void print_payload(struct inspect_print *print)
{
	forms_visit(print, print_form_keys);
	strbuf_printf(print->text, "\tchain %s {\n", print->name);
	print_empty_rules(print);
	forms_visit(print, print_form_rules);
	strbuf_puts(print->text, "\t}\n\n");
}

/* ---- the sets of lengths, each once ---- */

struct inspect_lengths {
	struct inspect_print print;
	const struct filter *filter;
	VEC(const void *) printed[INSPECT_UDP + 1]; /* lengths, by what they are compared to */
	VEC(const char *) counts;                   /* by name */
};

static void print_length(struct inspect_lengths *lengths, const struct inspect_form *form,
			 int family)
{
	const struct payload_length *length = form->form->carrier->length;

	for (size_t i = 0; i < lengths->printed[family].len; i++)
		if (lengths->printed[family].data[i] == length)
			return;
	vec_push(&lengths->printed[family], length);
	inspect_print_length_set(lengths->print.text, form->protocol, length, family);
}

static void print_form_lengths(struct inspect_lengths *lengths, const struct inspect_form *form)
{
	if (lengths->print.payload->transport == IPPROTO_UDP) {
		print_length(lengths, form, INSPECT_UDP);
		return;
	}
	for (int family = 0; family < FAMILY_COUNT; family++)
		print_length(lengths, form, family);
}

static bool count_is_printed(const struct inspect_lengths *lengths, const char *name)
{
	for (size_t i = 0; i < lengths->counts.len; i++)
		if (strcmp(lengths->counts.data[i], name) == 0)
			return true;
	return false;
}

static void print_form_counts(struct inspect_lengths *lengths, const struct inspect_form *form)
{
	struct payload_count counts[2];
	size_t count = payload_form_counts(form->form, counts);

	for (size_t i = 0; i < count; i++) {
		if (count_is_printed(lengths, counts[i].name))
			continue;
		vec_push(&lengths->counts, counts[i].name);
		inspect_print_count_set(lengths->print.text, form->protocol,
					form->form->carrier->length, &counts[i]);
	}
}

typedef void lengths_visit(struct inspect_lengths *lengths, const struct inspect_form *form);

/* The forms that any payload of the protocol holds, in their order. */
static void print_lengths(struct inspect_lengths *lengths, const struct payload_protocol *protocol,
			  lengths_visit *visit)
{
	const struct filter *filter = lengths->filter;
	struct inspect_form form;

	for (size_t i = 0; i < protocol->form_count; i++)
		for (size_t k = 1; k < filter->payload_count; k++) {
			lengths->print.payload = &filter->payloads[k];
			if (filter->payloads[k].protocol == protocol &&
			    form_find(&lengths->print, i, &form))
				visit(lengths, &form);
		}
}

static void print_all_lengths(struct strbuf *text, struct arena *arena,
			      const struct filter *filter)
{
	const struct payload_protocol *protocol;
	struct inspect_lengths lengths = { .print = { .text = text, .arena = arena },
					   .filter = filter };

	for (size_t i = 0; (protocol = payload_protocol_at(i)) != NULL; i++) {
		print_lengths(&lengths, protocol, print_form_lengths);
		print_lengths(&lengths, protocol, print_form_counts);
		lengths.counts.len = 0;
	}
	for (int family = 0; family <= INSPECT_UDP; family++)
		vec_free(&lengths.printed[family]);
	vec_free(&lengths.counts);
}

void nftables_print_inspection(struct strbuf *text, struct arena *arena,
			       const struct filter *filter)
{
	struct inspect_print print = { .text = text, .arena = arena };
	bool tcp = false;

	for (uint32_t i = 1; i < filter->payload_count; i++)
		tcp = tcp || filter->payloads[i].transport == IPPROTO_TCP;
	if (tcp)
		inspect_print_empty_sets(text);
	print_all_lengths(text, arena, filter);
	for (uint32_t i = 1; i < filter->payload_count; i++) {
		print.payload = &filter->payloads[i];
		print.name = nftables_payload_name(arena, filter, i);
		print_payload(&print);
	}
}
