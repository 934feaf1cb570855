/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements of ASN.1's basic encoding (ITU-T X.690, 8.1), one behind another. A content
 * that is longer than what holds it, and one of indefinite length, end where that
 * ends. */
#ifndef VERIFIER_PROTO_BER_H
#define VERIFIER_PROTO_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Classes and forms, in the first byte of a tag; numbers from 31 follow in others. */
enum { BER_CONSTRUCTED = 0x20, BER_CONTEXT = 0x80, BER_CLASS = 0xc0, BER_NUMBER = 0x1f };

struct ber {
	const uint8_t *bytes;
	size_t length;
};

struct ber_element {
	uint8_t tag;      /* its first byte */
	uint32_t number;
	struct ber content;
};

/* Takes the first element off `rest`; false: there is none. */
bool ber_next(struct ber *rest, struct ber_element *element);
/* The first element of that tag, whose number is below 31; its content is empty where
 * there is none. */
bool ber_find(struct ber within, uint8_t tag, struct ber *content);
/* The content behind `depth` tags, each the first of its kind in the one before. */
bool ber_descend(struct ber within, const uint8_t *tags, size_t depth, struct ber *content);
/* The lowest 32 bits of an integer. */
uint32_t ber_integer(struct ber content);

#endif
