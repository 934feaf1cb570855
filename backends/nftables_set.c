/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of one set: an element a line, each with the policy rules that it
 * comes from, as the comment that nft keeps and lists. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* nft refuses a longer comment. */
enum { COMMENT_MAX = 127 };

static void print_protocol(struct strbuf *text, struct range range)
{
	if (range.lo != range.hi) {
		strbuf_printf(text, "%u-%u", (unsigned)range.lo, (unsigned)range.hi);
		return;
	}
	switch ((unsigned)range.lo) {
	case IPPROTO_TCP: strbuf_puts(text, "tcp"); break;
	case IPPROTO_UDP: strbuf_puts(text, "udp"); break;
	case IPPROTO_ICMP: strbuf_puts(text, "icmp"); break;
	case IPPROTO_ICMPV6: strbuf_puts(text, "ipv6-icmp"); break;
	default: strbuf_printf(text, "%u", (unsigned)range.lo);
	}
}

static void print_address(struct strbuf *text, enum family family, struct range range)
{
	char buffer[ADDRESS_RANGE_TEXT];
	struct address_range addresses = { range.lo, range.hi, family };

	strbuf_puts(text, address_range_print(&addresses, buffer));
}

/* Rulesets have millions of ports: without printf. */
static void print_number(struct strbuf *text, unsigned number)
{
	char digits[10];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	strbuf_add(text, digits + at, sizeof(digits) - at);
}

static void print_port(struct strbuf *text, struct range range)
{
	print_number(text, (unsigned)range.lo);
	if (range.lo == range.hi)
		return;
	strbuf_putc(text, '-');
	print_number(text, (unsigned)range.hi);
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

static void print_comment(struct strbuf *text, const struct nftables_name *names)
{
	size_t count = 0;

	for (const struct nftables_name *name = names; name != NULL; name = name->next)
		count++;
	if (count == 0)
		return;
	const struct rule **rules = memory_array(count, sizeof(struct rule *));
	for (size_t i = 0; i < count; i++, names = names->next)
		rules[i] = names->rule;
	qsort(rules, count, sizeof(struct rule *), name_compare);
	strbuf_puts(text, " comment \"");
	print_identities(text, rules, count);
	strbuf_putc(text, '"');
	free(rules);
}

static void print_key(struct strbuf *text, const struct nftables_group *group,
		      const struct nftables_box *box)
{
	print_address(text, group->family, box->field[NFT_SOURCE]);
	strbuf_puts(text, " . ");
	print_address(text, group->family, box->field[NFT_DESTINATION]);
	strbuf_puts(text, " . ");
	print_protocol(text, box->field[NFT_PROTOCOL]);
	if (!group->ports)
		return;
	strbuf_puts(text, " . ");
	print_port(text, box->field[NFT_SPORT]);
	strbuf_puts(text, " . ");
	print_port(text, box->field[NFT_DPORT]);
}

void nftables_print_set(struct strbuf *text, const struct nftables_group *group)
{
	const char *address = group->family == FAMILY_IPV4 ? "ipv4_addr" : "ipv6_addr";

	strbuf_printf(text, "\tset %s {\n\t\ttype %s . %s . inet_proto%s\n", group->name, address,
		      address, group->ports ? " . inet_service . inet_service" : "");
	strbuf_puts(text, "\t\tflags interval\n\t\tcounter\n\t\telements = {\n");
	for (size_t i = 0; i < group->boxes.len; i++) {
		const struct nftables_box *box = &group->boxes.data[i];
		strbuf_puts(text, "\t\t\t");
		print_key(text, group, box);
		print_comment(text, box->names);
		strbuf_puts(text, ",\n");
	}
	strbuf_puts(text, "\t\t}\n\t}\n\n");
}
