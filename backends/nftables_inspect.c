/* SPDX-License-Identifier: Apache-2.0
 *
 * `inspect operations`: chains that accept a packet which carries nothing, or one
 * whole request that ends with the packet. nft compares with constants only, so that
 * a request's length is held against the packet's by a set of all triples of TCP header
 * length, packet length and request length, and against what the function asks by a
 * constant or a set of pairs; IP headers are of the one usual form. Concatenations have
 * four fields at most: nft 1.0.6 loads more of raw payload and cannot list them. */
#include "config.h"
#include "backends/nftables.h"

#include <string.h>

#include "compiler/payload.h"

enum { IP_HEADER = 20, WORD = 4, WORD_SHIFT = 4, DOFF_LEAST = 5, DOFF_MOST = 15, BITS = 8 };

static const char *const family_names[] = { "ip", "ip6" };
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

static unsigned protocol_last(const struct payload_protocol *protocol)
{
	return protocol->spans[protocol->span_count - 1].last;
}

static bool units_are_all(const struct payload_protocol *protocol, const struct set *units)
{
	return set_covers_range(units, 0, protocol->units - 1U);
}

/* The functions of one form that have the same units, `form` NULL: of any. */
static const struct set *functions_like(struct arena *arena,
					const struct filter_payload *payload,
					const struct payload_form *form,
					const struct set *units)
{
	const struct payload_protocol *protocol = payload->protocol;
	VEC(struct range) functions = VEC_INIT;

	for (unsigned f = 0; f <= protocol_last(protocol); f++) {
		struct range one = { f, f };
		if ((form == NULL || payload_form_of(protocol, f) == form) &&
		    set_equal(payload_units(arena, protocol, payload->points, f), units))
			vec_push(&functions, one);
	}
	const struct set *set = set_from_ranges(arena, functions.data, functions.len);
	vec_free(&functions);
	return set;
}

/* inspect/modbus/1-4.7/6/of/3: functions, and of 6 those for unit 3. */
const char *nftables_payload_name(struct arena *arena, const struct filter *filter,
				  uint32_t payload)
{
	const struct filter_payload *told = &filter->payloads[payload];
	const struct set *named = set_empty();
	struct strbuf name = STRBUF_INIT;

	strbuf_printf(&name, "inspect/%s", told->protocol->name);
	for (unsigned f = 0; f <= protocol_last(told->protocol); f++) {
		const struct set *units =
			payload_units(arena, told->protocol, told->points, f);
		if (set_is_empty(units) || set_contains(named, f))
			continue;
		const struct set *alike = functions_like(arena, told, NULL, units);
		named = set_union(arena, named, alike);
		strbuf_putc(&name, '/');
		print_ranges(&name, alike);
		if (!units_are_all(told->protocol, units)) {
			strbuf_puts(&name, "/of/");
			print_ranges(&name, units);
		}
	}
	nftables_limit_name(&name, 0, NFT_PAYLOAD_NAME);
	const char *text = arena_strdup(arena, strbuf_text(&name));
	strbuf_release(&name);
	return text;
}

/* ---- lengths ---- */

/* What packets of a family have in their header's length beside the payload. */
static unsigned packet_headers(int family, unsigned doff)
{
	return (family == FAMILY_IPV4 ? IP_HEADER : 0) + doff * WORD;
}

/* A line for each length, an element for each length of the TCP header. */
static void print_frame_set(struct strbuf *text, const struct payload_protocol *protocol,
			    int family)
{
	strbuf_printf(text, "\tset inspect/%s/frame/%s {\n\t\ttypeof @th,96,8 . %s length . "
		      "@ih,%u,%u\n\t\telements = {\n",
		      protocol->name, family_names[family], family_names[family],
		      protocol->length_at * BITS, protocol->length_bytes * BITS);
	for (unsigned length = protocol->shortest; length <= protocol->longest; length++) {
		strbuf_puts(text, "\t\t\t");
		for (unsigned doff = DOFF_LEAST; doff <= DOFF_MOST; doff++)
			strbuf_printf(text, "0x%x . %u . 0x%x%s", doff << WORD_SHIFT,
				      packet_headers(family, doff) + protocol->header + length,
				      length, doff < DOFF_MOST ? ", " : ",\n");
	}
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}

/* Lengths with the counts of bytes that they follow from. */
static void print_count_set(struct strbuf *text, const struct payload_protocol *protocol,
			    const struct payload_form *form)
{
	strbuf_printf(text, "\tset inspect/%s/length/%s {\n\t\ttypeof @ih,%u,%u . @ih,%u,%u\n"
		      "\t\telements = {\n",
		      protocol->name, form->name, protocol->length_at * BITS,
		      protocol->length_bytes * BITS, form->count_at * BITS, BITS);
	for (unsigned count = 1; count <= form->most; count++)
		strbuf_printf(text, "\t\t\t0x%x . 0x%x,\n", form->base + count, count);
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}

static void print_empty_sets(struct strbuf *text)
{
	for (int family = 0; family < FAMILY_COUNT; family++) {
		strbuf_printf(text, "\tset inspect/empty/%s {\n\t\ttypeof @th,96,8 . %s length\n"
			      "\t\telements = {\n",
			      family_names[family], family_names[family]);
		for (unsigned doff = DOFF_LEAST; doff <= DOFF_MOST; doff++)
			strbuf_printf(text, "\t\t\t0x%x . %u,\n", doff << WORD_SHIFT,
				      packet_headers(family, doff));
		strbuf_puts(text, "\t\t}\n\t}\n\n");
	}
}

/* ---- forms ---- */

/* The forms of the functions that a payload holds, each once and in the order of the
 * protocol's table. */
typedef void inspect_visit(struct inspect_print *print, const struct payload_form *form);

static bool form_is_held(const struct inspect_print *print, const struct payload_form *form)
{
	const struct payload_protocol *protocol = print->payload->protocol;

	for (unsigned f = 0; f <= protocol_last(protocol); f++)
		if (payload_form_of(protocol, f) == form &&
		    !set_is_empty(payload_units(print->arena, protocol, print->payload->points, f)))
			return true;
	return false;
}

static void forms_visit(struct inspect_print *print, inspect_visit *visit)
{
	const struct payload_protocol *protocol = print->payload->protocol;

	for (size_t i = 0; i < protocol->span_count; i++) {
		const struct payload_form *form = protocol->spans[i].form;
		bool first = true;
		for (size_t k = 0; k < i && first; k++)
			first = protocol->spans[k].form != form;
		if (first && form_is_held(print, form))
			visit(print, form);
	}
}

/* True if the functions of the form are for every unit: the unit is not looked at. */
static bool form_has_all_units(const struct inspect_print *print,
			       const struct payload_form *form)
{
	const struct payload_protocol *protocol = print->payload->protocol;

	for (unsigned f = 0; f <= protocol_last(protocol); f++) {
		const struct set *units = payload_units(print->arena, protocol,
							print->payload->points, f);
		if (payload_form_of(protocol, f) == form && !set_is_empty(units) &&
		    !units_are_all(protocol, units))
			return false;
	}
	return true;
}

/* Functions, or units with functions as one number. */
static const struct set *form_functions(struct inspect_print *print,
					const struct payload_form *form, bool all_units)
{
	const struct payload_protocol *protocol = print->payload->protocol;
	VEC(struct range) ranges = VEC_INIT;

	for (unsigned f = 0; f <= protocol_last(protocol); f++) {
		const struct set *units = payload_units(print->arena, protocol,
							print->payload->points, f);
		struct range one = { f, f };
		if (payload_form_of(protocol, f) != form || set_is_empty(units))
			continue;
		if (all_units)
			vec_push(&ranges, one);
		for (size_t i = 0; !all_units && i < units->len; i++)
			for (u128 unit = units->range[i].lo; unit <= units->range[i].hi; unit++) {
				one.lo = one.hi = unit << BITS | f;
				vec_push(&ranges, one);
			}
	}
	const struct set *set = set_from_ranges(print->arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

static void print_function_key(struct inspect_print *print, bool all_units)
{
	const struct payload_protocol *protocol = print->payload->protocol;
	unsigned at = all_units ? protocol->function_at : protocol->unit_at;

	strbuf_printf(print->text, "@ih,%u,%u", at * BITS, all_units ? BITS : 2 * BITS);
}

static void print_functions(struct inspect_print *print, const struct payload_form *form)
{
	bool all_units = form_has_all_units(print, form);
	const struct set *functions = form_functions(print, form, all_units);

	strbuf_printf(print->text, "\tset %s/%s {\n\t\ttypeof ", print->name, form->name);
	print_function_key(print, all_units);
	strbuf_puts(print->text, "\n\t\tflags interval\n\t\telements = {\n");
	for (size_t i = 0; i < functions->len; i++) {
		const struct range *range = &functions->range[i];
		strbuf_printf(print->text, "\t\t\t0x%x", (unsigned)range->lo);
		if (range->hi != range->lo)
			strbuf_printf(print->text, "-0x%x", (unsigned)range->hi);
		strbuf_puts(print->text, ",\n");
	}
	strbuf_puts(print->text, "\t\t}\n\t}\n\n");
}

/* ---- chains ---- */

/* Urgent data is taken out of what the server reads: where it points is not told. */
static void print_empty_rules(struct inspect_print *print)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		strbuf_printf(print->text,
			      "\t\t%s @th,104,8 & 0x20 == 0x0 @th,96,8 . %s length "
			      "@inspect/empty/%s counter accept\n",
			      family_plain[family], family_names[family], family_names[family]);
}

/* nft joins comparisons of bytes that touch; what it lists is what is printed here. */
static void print_length_match(struct strbuf *text, const struct payload_protocol *protocol,
			       const struct payload_form *form)
{
	unsigned at = protocol->length_at * BITS, bits = protocol->length_bytes * BITS;

	if (form->length != 0) {
		strbuf_printf(text, "@ih,%u,%u 0x%x ", at - bits, 2 * bits, form->length);
		return;
	}
	strbuf_printf(text, "@ih,%u,%u 0x0 ", at - bits, bits);
	if (form->count_at != 0)
		strbuf_printf(text, "@ih,%u,%u . @ih,%u,%u @inspect/%s/length/%s ", at, bits,
			      form->count_at * BITS, BITS, protocol->name, form->name);
}

/* Neither urgent data nor data with SYN; the number of Modbus is 0. */
static void print_form_rules(struct inspect_print *print, const struct payload_form *form)
{
	const struct payload_protocol *protocol = print->payload->protocol;
	bool all_units = form_has_all_units(print, form);
	struct strbuf *text = print->text;

	for (int family = 0; family < FAMILY_COUNT; family++) {
		const char *name = family_names[family];
		strbuf_printf(text, "\t\t%s @th,104,8 & 0x22 == 0x0 @th,96,8 . %s length . "
			      "@ih,%u,%u @inspect/%s/frame/%s ",
			      family_plain[family], name, protocol->length_at * BITS,
			      protocol->length_bytes * BITS, protocol->name, name);
		print_length_match(text, protocol, form);
		print_function_key(print, all_units);
		strbuf_printf(text, " @%s/%s counter accept\n", print->name, form->name);
	}
}

static void print_payload(struct inspect_print *print)
{
	forms_visit(print, print_functions);
	strbuf_printf(print->text, "\tchain %s {\n", print->name);
	print_empty_rules(print);
	forms_visit(print, print_form_rules);
	strbuf_puts(print->text, "\t}\n\n");
}

static bool filter_holds_form(struct inspect_print *print, const struct filter *filter,
			      const struct payload_form *form)
{
	for (size_t i = 1; i < filter->payload_count; i++) {
		print->payload = &filter->payloads[i];
		if (form_is_held(print, form))
			return true;
	}
	return false;
}

static bool filter_inspects(const struct filter *filter, const struct payload_protocol *protocol)
{
	for (size_t i = 1; i < filter->payload_count; i++)
		if (filter->payloads[i].protocol == protocol)
			return true;
	return false;
}

/* The sets of lengths that the payloads of a protocol need, each once. */
static void print_lengths(struct inspect_print *print, const struct filter *filter,
			  const struct payload_protocol *protocol)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		print_frame_set(print->text, protocol, family);
	for (size_t i = 0; i < protocol->span_count; i++) {
		const struct payload_form *form = protocol->spans[i].form;
		bool first = form->count_at != 0;
		for (size_t k = 0; k < i && first; k++)
			first = protocol->spans[k].form != form;
		if (first && filter_holds_form(print, filter, form))
			print_count_set(print->text, protocol, form);
	}
}

void nftables_print_inspection(struct strbuf *text, struct arena *arena,
			       const struct filter *filter)
{
	struct inspect_print print = { .text = text, .arena = arena };
	const struct payload_protocol *protocols;
	size_t count;

	if (filter->payload_count < 2)
		return;
	print_empty_sets(text);
	protocols = payload_protocols(&count);
	for (size_t i = 0; i < count; i++)
		if (filter_inspects(filter, &protocols[i]))
			print_lengths(&print, filter, &protocols[i]);
	for (uint32_t i = 1; i < filter->payload_count; i++) {
		print.payload = &filter->payloads[i];
		print.name = nftables_payload_name(arena, filter, i);
		print_payload(&print);
	}
}
