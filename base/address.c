/* SPDX-License-Identifier: Apache-2.0
 *
 * One address type with one meaning everywhere. */
#include "config.h"
#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

unsigned address_bits(enum family family)
{
	return family == FAMILY_IPV4 ? 32 : 128;
}

u128 address_max(enum family family)
{
	return family == FAMILY_IPV4 ? (u128)UINT32_MAX : ~(u128)0;
}

struct address address_from_bytes(enum family family, const uint8_t *bytes)
{
	struct address address = { .family = family };

	for (unsigned i = 0; i < address_bits(family) / 8; i++)
		address.value = address.value << 8 | bytes[i];
	return address;
}

/* Four octets of one to three digits, without a zero in front, as inet_pton() takes
 * them. Configurations are made of them: it takes several times as long. */
static bool quad_parse(const char *at, const char *end, uint32_t *quad)
{
	*quad = 0;
	for (int i = 0; i < 4; i++) {
		const char *first;
		uint32_t octet = 0;
		if (i > 0 && (at == end || *at++ != '.'))
			return false;
		for (first = at; at < end && *at >= '0' && *at <= '9' && at - first < 3; at++)
			octet = octet * 10 + (uint32_t)(*at - '0');
		if (at == first || octet > UINT8_MAX || (*first == '0' && at - first > 1))
			return false;
		*quad = *quad << 8 | octet;
	}
	return at == end;
}

bool address_parse(const char *text, size_t length, struct address *out)
{
	char copy[ADDRESS_TEXT];
	uint8_t bytes[16];
	uint32_t quad;

	if (quad_parse(text, text + length, &quad)) {
		*out = (struct address){ quad, FAMILY_IPV4 };
		return true;
	}
	if (length == 0 || length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strlen(copy) != length)
		return false;
	if (inet_pton(AF_INET6, copy, bytes) != 1)
		return false;
	*out = address_from_bytes(FAMILY_IPV6, bytes);
	return true;
}

static u128 address_host_mask(enum family family, unsigned prefix)
{
	unsigned host = address_bits(family) - prefix;
	return host >= 128 ? ~(u128)0 : (((u128)1 << host) - 1);
}

static bool address_prefix_parse(const char *text, size_t length, const char *slash,
				 struct address_range *out)
{
	struct address base;
	unsigned prefix = 0;
	const char *digits = slash + 1, *end = text + length;

	if (!address_parse(text, (size_t)(slash - text), &base))
		return false;
	if (digits == end || end - digits > 3 || (*digits == '0' && end - digits > 1))
		return false;
	for (const char *p = digits; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		prefix = prefix * 10 + (unsigned)(*p - '0');
	}
	if (prefix > address_bits(base.family))
		return false;
	u128 mask = address_host_mask(base.family, prefix);
	if ((base.value & mask) != 0)
		return false;
	*out = (struct address_range){ base.value, base.value | mask, base.family };
	return true;
}

bool address_range_parse(const char *text, size_t length, struct address_range *out)
{
	const char *slash = memchr(text, '/', length);
	const char *dash = memchr(text, '-', length);
	struct address lo, hi;

	if (slash != NULL)
		return address_prefix_parse(text, length, slash, out);
	size_t first = dash ? (size_t)(dash - text) : length;
	if (!address_parse(text, first, &lo))
		return false;
	hi = lo;
	if (dash && !address_parse(dash + 1, length - first - 1, &hi))
		return false;
	if (lo.family != hi.family || lo.value > hi.value)
		return false;
	*out = (struct address_range){ lo.value, hi.value, lo.family };
	return true;
}

static int mac_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool mac_parse(const char *text, size_t length, struct mac *out)
{
	if (length != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		int high = mac_digit(text[i * 3]), low = mac_digit(text[i * 3 + 1]);
		if (high < 0 || low < 0)
			return false;
		if (i < 5 && text[i * 3 + 2] != text[2])
			return false;
		out->byte[i] = (uint8_t)(high << 4 | low);
	}
	return text[2] == ':' || text[2] == '-';
}

int address_range_prefix(const struct address_range *range)
{
	for (int prefix = 0; prefix <= (int)address_bits(range->family); prefix++) {
		u128 mask = address_host_mask(range->family, (unsigned)prefix);
		if ((range->lo & mask) == 0 && range->hi == (range->lo | mask))
			return prefix;
	}
	return -1;
}

static char *octet_print(unsigned octet, char *at)
{
	if (octet >= 100)
		*at++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*at++ = (char)('0' + octet / 10 % 10);
	*at++ = (char)('0' + octet % 10);
	return at;
}

/* Configurations are made of them: inet_ntop() takes ten times as long. */
static void quad_print(uint32_t quad, char *at)
{
	for (unsigned shift = 32; shift > 0; shift -= 8) {
		at = octet_print(quad >> (shift - 8) & UINT8_MAX, at);
		*at++ = shift > 8 ? '.' : '\0';
	}
}

char *address_print(const struct address *address, char *buffer)
{
	uint8_t bytes[16];

	if (address->family == FAMILY_IPV4) {
		quad_print((uint32_t)address->value, buffer);
		return buffer;
	}
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(address->value >> (8 * (sizeof(bytes) - 1 - i)));
	inet_ntop(AF_INET6, bytes, buffer, ADDRESS_TEXT);
	return buffer;
}

char *address_range_print(const struct address_range *range, char *buffer)
{
	struct address lo = { range->lo, range->family };
	struct address hi = { range->hi, range->family };
	char first[ADDRESS_TEXT], last[ADDRESS_TEXT];
	int prefix = address_range_prefix(range);

	address_print(&lo, first);
	address_print(&hi, last);
	if (range->lo == range->hi)
		snprintf(buffer, ADDRESS_RANGE_TEXT, "%s", first);
	else if (prefix >= 0)
		snprintf(buffer, ADDRESS_RANGE_TEXT, "%s/%d", first, prefix);
	else
		snprintf(buffer, ADDRESS_RANGE_TEXT, "%s-%s", first, last);
	return buffer;
}

char *mac_print(const struct mac *mac, char *buffer)
{
	snprintf(buffer, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac->byte[0],
		 mac->byte[1], mac->byte[2], mac->byte[3], mac->byte[4], mac->byte[5]);
	return buffer;
}

bool address_is_multicast(const struct address *address)
{
	if (address->family == FAMILY_IPV4)
		return address->value >> 28 == 0xe;
	return address->value >> 120 == 0xff;
}

bool address_is_broadcast(const struct address *address)
{
	return address->family == FAMILY_IPV4 && address->value == UINT32_MAX;
}

bool address_is_link_local(const struct address *address)
{
	if (address->family == FAMILY_IPV4)
		return address->value >> 16 == 0xa9fe;
	return address->value >> 118 == 0x3fa;
}

bool address_is_unspecified(const struct address *address)
{
	return address->value == 0;
}
