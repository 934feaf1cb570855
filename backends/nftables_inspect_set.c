/* SPDX-License-Identifier: Apache-2.0
 *
 * The sets of what nftables inspects: lengths that agree, as all combinations that there
 * are, and functions with units. */
#include "config.h"
#include "backends/nftables_inspect.h"

enum { IP_HEADER = 20, UDP_HEADER = 8, WORD = 4, WORD_SHIFT = 4, DOFF_LEAST = 5, DOFF_MOST = 15 };

const char *const inspect_family_names[INSPECT_UDP + 1] = { "ip", "ip6", "udp" };

/* ---- lengths ---- */

/* What packets of a family have in their header's length beside the payload. */
static unsigned packet_headers(int family, unsigned doff)
{
	return (family == FAMILY_IPV4 ? IP_HEADER : 0) + doff * WORD;
}

void inspect_print_empty_sets(struct strbuf *text)
{
	for (int family = 0; family < FAMILY_COUNT; family++) {
		strbuf_printf(text, "\tset inspect/empty/%s {\n\t\ttypeof @th,96,8 . %s length\n"
			      "\t\telements = {\n",
			      inspect_family_names[family], inspect_family_names[family]);
		for (unsigned doff = DOFF_LEAST; doff <= DOFF_MOST; doff++)
			strbuf_printf(text, "\t\t\t0x%x . %u,\n", doff << WORD_SHIFT,
				      packet_headers(family, doff));
		strbuf_puts(text, "\t\t}\n\t}\n\n");
	}
}

void inspect_print_number(struct strbuf *text, struct payload_number number)
{
	strbuf_printf(text, "@ih,%u,%u", number.at * INSPECT_BITS, number.bytes * INSPECT_BITS);
}

/* An element for each length of the TCP header. */
static void print_length_line(struct strbuf *text, const struct payload_length *length,
			      int family, unsigned told)
{
	unsigned size = payload_size(length, told), wire = payload_wire(length->number, told);

	strbuf_puts(text, "\t\t\t");
	if (family == INSPECT_UDP)
		strbuf_printf(text, "0x%x . 0x%x,\n", UDP_HEADER + size, wire);
	for (unsigned doff = DOFF_LEAST; doff <= DOFF_MOST && family != INSPECT_UDP; doff++)
		strbuf_printf(text, "0x%x . %u . 0x%x%s", doff << WORD_SHIFT,
			      packet_headers(family, doff) + size, wire,
			      doff < DOFF_MOST ? ", " : ",\n");
}

void inspect_print_length_set(struct strbuf *text, const struct payload_protocol *protocol,
			      const struct payload_length *length, int family)
{
	strbuf_printf(text, "\tset inspect/%s/%s/%s {\n\t\ttypeof ", protocol->name, length->name,
		      inspect_family_names[family]);
	if (family == INSPECT_UDP)
		strbuf_puts(text, "@th,32,16 . ");
	else
		strbuf_printf(text, "@th,96,8 . %s length . ", inspect_family_names[family]);
	inspect_print_number(text, length->number);
	strbuf_puts(text, "\n\t\telements = {\n");
	for (unsigned told = length->shortest; told <= length->longest; told++)
		print_length_line(text, length, family, told);
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}

void inspect_print_count_set(struct strbuf *text, const struct payload_protocol *protocol,
			     const struct payload_length *length,
			     const struct payload_count *count)
{
	strbuf_printf(text, "\tset inspect/%s/length/%s {\n\t\ttypeof ", protocol->name,
		      count->name);
	inspect_print_number(text, length->number);
	strbuf_puts(text, " . ");
	inspect_print_number(text, count->number);
	strbuf_puts(text, "\n\t\telements = {\n");
	for (unsigned value = count->least; value <= count->most; value++)
		strbuf_printf(text, "\t\t\t0x%x . 0x%x,\n",
			      payload_wire(length->number, count->base + value),
			      payload_wire(count->number, value));
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}

/* ---- functions and units ---- */

/* A field of a key: values that are next to each other. */
struct key_row {
	struct range field[INSPECT_KEY];
	size_t fields;
};

static void print_row(struct strbuf *text, const struct key_row *row)
{
	strbuf_puts(text, "\t\t\t");
	for (size_t i = 0; i < row->fields; i++) {
		const struct range *range = &row->field[i];
		strbuf_printf(text, "%s0x%x", i > 0 ? " . " : "", (unsigned)range->lo);
		if (range->hi != range->lo)
			strbuf_printf(text, "-0x%x", (unsigned)range->hi);
	}
	strbuf_puts(text, ",\n");
}

static void row_add(struct key_row *row, u128 lo, u128 hi)
{
	row->field[row->fields++] = (struct range){ lo, hi };
}

/* A range of units of two bytes is up to three of the bytes. */
static void print_long_units(struct strbuf *text, struct key_row row, struct range units)
{
	while (units.lo <= units.hi) {
		struct key_row one = row;
		u128 high = units.lo >> INSPECT_BITS, low = units.lo & UINT8_MAX, end = high;
		if (low == 0 && (units.hi & UINT8_MAX) == UINT8_MAX)
			end = units.hi >> INSPECT_BITS;
		else if (low == 0 && units.hi >> INSPECT_BITS > high)
			end = (units.hi >> INSPECT_BITS) - 1;
		u128 last = end << INSPECT_BITS | UINT8_MAX;
		last = last < units.hi ? last : units.hi;
		row_add(&one, high, end);
		row_add(&one, low, last & UINT8_MAX);
		print_row(text, &one);
		units.lo = last + 1;
	}
}

static void print_units(struct strbuf *text, const struct inspect_form *form,
			const struct key_row *row, const struct set *units)
{
	if (form->all_units)
		print_row(text, row);
	for (size_t i = 0; i < units->len && !form->all_units; i++) {
		struct key_row one = *row;
		if (form->form->carrier->unit.bytes == 2) {
			print_long_units(text, one, units->range[i]);
			continue;
		}
		row_add(&one, units->range[i].lo, units->range[i].hi);
		print_row(text, &one);
	}
}

/* The functions of one high byte. */
static void print_group(struct strbuf *text, struct arena *arena, const struct inspect_form *form,
			const struct payload_part *part, unsigned group)
{
	const struct payload_body *body = form->form->body;
	u128 first = (u128)group << INSPECT_BITS;
	const struct set *functions = set_intersect(arena, part->functions,
						    set_one(arena, first, first | UINT8_MAX));

	for (size_t i = 0; i < functions->len; i++) {
		struct key_row row = { .fields = 0 };
		row_add(&row, functions->range[i].lo & UINT8_MAX,
			functions->range[i].hi & UINT8_MAX);
		if (body->group_at != PAYLOAD_NOWHERE)
			row_add(&row, group + body->group_more, group + body->group_more);
		print_units(text, form, &row, part->units);
	}
}

void inspect_print_key_set(struct strbuf *text, struct arena *arena,
			   const struct inspect_form *form)
{
	struct inspect_key key = inspect_key_of(form);

	if (key.fields == 0)
		return;
	strbuf_printf(text, "\tset %s/", form->chain);
	inspect_print_form_name(text, form->form);
	strbuf_puts(text, " {\n\t\ttypeof ");
	inspect_print_key(text, &key);
	strbuf_puts(text, "\n\t\tflags interval\n\t\telements = {\n");
	for (size_t i = 0; i < form->count; i++) {
		const struct set *functions = form->parts[i].functions;
		unsigned last = (unsigned)functions->range[functions->len - 1].hi >> INSPECT_BITS;
		for (unsigned group = (unsigned)set_min(functions) >> INSPECT_BITS; group <= last;
		     group++)
			print_group(text, arena, form, &form->parts[i], group);
	}
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}
