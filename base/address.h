/* SPDX-License-Identifier: Apache-2.0
 *
 * One address type with one meaning everywhere. Nothing but this type and
 * compiler/set.h may look inside an address.
 *
 * IPv4 addresses are 32-bit values, IPv6 addresses 128-bit values, both in
 * host order in `value`: the numeric order is the address order. The two
 * families are separate spaces; ::ffff:0:0/96 is not IPv4. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 u128;

enum family { FAMILY_IPV4 = 0, FAMILY_IPV6 = 1, FAMILY_COUNT = 2 };

struct address {
	u128 value;
	enum family family;
};

/* lo <= hi, same family. */
struct address_range {
	u128 lo;
	u128 hi;
	enum family family;
};

struct mac {
	uint8_t byte[6];
};

enum { ADDRESS_TEXT = 48, ADDRESS_RANGE_TEXT = 2 * ADDRESS_TEXT + 2, MAC_TEXT = 18 };

unsigned address_bits(enum family family); /* 32 or 128 */
u128 address_max(enum family family);

/* Parsers take exactly `length` bytes and return false for anything that is
 * not wholly the thing asked for. */
bool address_parse(const char *text, size_t length, struct address *out);
/* An address, PREFIX/LEN (host bits must be zero: otherwise false) or LO-HI. */
bool address_range_parse(const char *text, size_t length, struct address_range *out);
bool mac_parse(const char *text, size_t length, struct mac *out); /* aa:bb:.. or aa-bb-.. */

/* The prefix length of a range that is one prefix, else -1. */
int address_range_prefix(const struct address_range *range);

/* RFC 5952 text; the buffers hold ADDRESS_TEXT, ADDRESS_RANGE_TEXT, MAC_TEXT
 * bytes, and are returned. A range prints as an address, a prefix or LO-HI. */
char *address_print(const struct address *address, char *buffer);
char *address_range_print(const struct address_range *range, char *buffer);
char *mac_print(const struct mac *mac, char *buffer);

/* From 4 or 16 bytes in network order. */
struct address address_from_bytes(enum family family, const uint8_t *bytes);

bool address_is_multicast(const struct address *address);   /* 224/4, ff00::/8 */
bool address_is_broadcast(const struct address *address);   /* 255.255.255.255 */
bool address_is_link_local(const struct address *address);  /* 169.254/16, fe80::/10 */
bool address_is_unspecified(const struct address *address); /* 0.0.0.0, :: */

#endif
