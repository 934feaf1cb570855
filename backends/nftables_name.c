/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of chains, sets and timeouts. They say what they stand for and never a
 * position, so that a policy rule more or less leaves all other names alone. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "compiler/sha256.h"

enum { DIGEST = 16 };

/* One to one: no name that is printed here holds a slash. */
void nftables_print_identifier(struct strbuf *text, const char *name)
{
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
		if (plain)
			strbuf_putc(text, *name);
		else
			strbuf_printf(text, "/%02x/", c);
	}
}

void nftables_limit_name(struct strbuf *text, size_t start, size_t most)
{
	char digest[SHA256_TEXT];
	struct sha256 hash;

	if (text->len - start <= most)
		return;
	sha256_init(&hash);
	sha256_add(&hash, text->text + start, text->len - start);
	sha256_final(&hash, digest);
	text->len = start + most - DIGEST - 1;
	strbuf_printf(text, "/%.*s", DIGEST, digest);
}

const char *nftables_pair_stem(struct arena *arena, const struct filter_pair *pair)
{
	struct strbuf name = STRBUF_INIT;

	strbuf_puts(&name, nftables_is_self(pair) ? "self/" : "from/");
	nftables_print_identifier(&name, pair->in);
	if (!nftables_is_self(pair)) {
		strbuf_puts(&name, "/to/");
		nftables_print_identifier(&name, pair->out);
	}
	const char *stem = arena_strdup(arena, strbuf_text(&name));
	strbuf_release(&name);
	return stem;
}

/* "during weekend-stop until 2027-03-31" as during/weekend-stop/until/2027-03-31 */
void nftables_print_time_name(struct strbuf *text, const struct filter_activity *activity)
{
	const char *word = activity->label;
	size_t start = text->len;

	while (*word != '\0') {
		char part[64];
		size_t length = strcspn(word, " ");
		size_t kept = length < sizeof(part) ? length : sizeof(part) - 1;
		memcpy(part, word, kept);
		part[kept] = '\0';
		nftables_print_identifier(text, part);
		word += kept;
		if (*word == ' ') {
			strbuf_putc(text, '/');
			word++;
		}
	}
	nftables_limit_name(text, start, NFT_TIME_NAME);
}

const char *nftables_protocol_name(unsigned protocol, char buffer[4])
{
	switch (protocol) {
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_ICMP: return "icmp";
	case IPPROTO_ICMPV6: return "ipv6-icmp";
	default: snprintf(buffer, 4, "%u", protocol & UINT8_MAX); return buffer;
	}
}

void nftables_print_idle_name(struct strbuf *text, uint32_t seconds, unsigned protocol,
			      enum family family)
{
	char number[4];

	strbuf_printf(text, "idle/%u/%s/%s", seconds, nftables_protocol_name(protocol, number),
		      family == FAMILY_IPV4 ? "ip" : "ip6");
}
