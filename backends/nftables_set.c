/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of one set: an element a line, each with the policy rules that it
 * comes from, as the comment that nft keeps and lists. */
#include "config.h"
#include "backends/nftables.h"

#include <stdlib.h>
#include <string.h>

/* nft refuses a longer comment. */
enum { COMMENT_MAX = 127 };

/* Rulesets have millions of numbers: without printf. */
static char *put_number(char *at, unsigned number)
{
	char digits[10];
	size_t first = sizeof(digits);

	do
		digits[--first] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	memcpy(at, digits + first, sizeof(digits) - first);
	return at + sizeof(digits) - first;
}

static void print_quad(struct strbuf *text, uint32_t address)
{
	char buffer[ADDRESS_TEXT], *at = put_number(buffer, address >> 24);

	for (int shift = 16; shift >= 0; shift -= 8) {
		*at++ = '.';
		at = put_number(at, address >> shift & UINT8_MAX);
	}
	strbuf_add(text, buffer, (size_t)(at - buffer));
}

static void print_address(struct strbuf *text, enum family family, struct range range)
{
	char buffer[ADDRESS_RANGE_TEXT];
	struct address_range addresses = { range.lo, range.hi, family };

	if (family == FAMILY_IPV4 && range.lo == range.hi)
		print_quad(text, (uint32_t)range.lo);
	else
		strbuf_puts(text, address_range_print(&addresses, buffer));
}

static void print_numbers(struct strbuf *text, struct range range)
{
	char buffer[24], *at = put_number(buffer, (unsigned)range.lo);

	if (range.lo != range.hi) {
		*at++ = '-';
		at = put_number(at, (unsigned)range.hi);
	}
	strbuf_add(text, buffer, (size_t)(at - buffer));
}

void nftables_print_value(struct strbuf *text, const struct nftables_shape *shape,
			  enum nftables_field field, struct range range)
{
	char number[4];

	if (field <= NFT_DESTINATION)
		print_address(text, shape->family, range);
	else if (field == NFT_PROTOCOL && range.lo == range.hi)
		strbuf_puts(text, nftables_protocol_name((unsigned)range.lo, number));
	else
		print_numbers(text, range);
}

static int name_compare(const void *left, const void *right)
{
	const struct rule *const *a = left, *const *b = right;

	return ((*a)->index > (*b)->index) - ((*a)->index < (*b)->index);
}

/* As many identities as fit; the manifest has them all. */
static void print_identities(struct strbuf *text, const struct rule **rules, size_t count)
{
	size_t start = text->len;

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(rules[i]->identity);
		size_t tail = i + 1 < count ? strlen(" ...") : 0;
		if (text->len - start + length + 1 + tail > COMMENT_MAX) {
			strbuf_puts(text, i > 0 ? " ..." : "...");
			return;
		}
		if (i > 0)
			strbuf_putc(text, ' ');
		strbuf_puts(text, rules[i]->identity);
	}
}

void nftables_print_comment(struct strbuf *text, const struct rule **rules, size_t count)
{
	size_t kept = 0;

	if (count == 0)
		return;
	qsort(rules, count, sizeof(struct rule *), name_compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || rules[kept - 1] != rules[i])
			rules[kept++] = rules[i];
	strbuf_puts(text, " comment \"");
	print_identities(text, rules, kept);
	strbuf_putc(text, '"');
}

static void print_names(struct strbuf *text, const struct nftables_name *names)
{
	VEC(const struct rule *) rules = VEC_INIT;

	for (; names != NULL; names = names->next)
		vec_push(&rules, names->rule);
	nftables_print_comment(text, rules.data, rules.len);
	vec_free(&rules);
}

static void print_box(struct strbuf *text, const struct nftables_shape *shape,
		      const struct nftables_box *box)
{
	const char *between = "\t\t\t";

	for (int field = 0; field < NFT_FIELDS; field++) {
		if (!nftables_has(shape, (enum nftables_field)field))
			continue;
		strbuf_puts(text, between);
		nftables_print_value(text, shape, (enum nftables_field)field, box->field[field]);
		between = " . ";
	}
	print_names(text, box->names);
	strbuf_puts(text, ",\n");
}

static void print_type(struct strbuf *text, const struct nftables_shape *shape)
{
	const char *between = "\t\ttype ";

	for (int field = 0; field < NFT_FIELDS; field++)
		if (nftables_has(shape, (enum nftables_field)field)) {
			strbuf_puts(text, between);
			strbuf_puts(text,
				    nftables_field_type(shape, (enum nftables_field)field));
			between = " . ";
		}
	strbuf_puts(text, shape->exact ? "\n" : "\n\t\tflags interval\n");
}

void nftables_print_set(struct strbuf *text, const struct nftables_group *group)
{
	const struct nftables_shape *shape = &group->kind.shape;

	strbuf_printf(text, "\tset %s {\n", group->name);
	print_type(text, shape);
	strbuf_puts(text, "\t\telements = {\n");
	if (shape->exact)
		nftables_print_exact(text, group);
	else
		for (size_t i = 0; i < group->boxes.len; i++)
			print_box(text, shape, &group->boxes.data[i]);
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}
