/* SPDX-License-Identifier: Apache-2.0
 *
 * ASN.1's basic encoding. */
#include "config.h"
#include "verifier/proto/ber.h"

enum { BER_MORE = 0x80, BER_LONG = 0x80, BER_TAG_BYTES = 4, BER_LENGTH_BYTES = 4 };

static bool ber_take(struct ber *rest, uint8_t *byte)
{
	if (rest->length == 0)
		return false;
	*byte = *rest->bytes++;
	rest->length--;
	return true;
}

static bool ber_tag(struct ber *rest, struct ber_element *element)
{
	uint8_t byte;

	if (!ber_take(rest, &element->tag))
		return false;
	element->number = element->tag & BER_NUMBER;
	if (element->number != BER_NUMBER)
		return true;
	element->number = 0;
	for (int i = 0; i < BER_TAG_BYTES; i++) {
		if (!ber_take(rest, &byte))
			return false;
		element->number = element->number << 7 | (byte & ~(unsigned)BER_MORE);
		if ((byte & BER_MORE) == 0)
			return true;
	}
	return false;
}

static bool ber_length(struct ber *rest, size_t *length)
{
	uint8_t byte;

	if (!ber_take(rest, &byte))
		return false;
	*length = byte;
	if (byte < BER_LONG)
		return true;
	unsigned count = byte - BER_LONG;
	if (count > BER_LENGTH_BYTES)
		return false;
	*length = count == 0 ? rest->length : 0;
	for (; count > 0; count--) {
		if (!ber_take(rest, &byte))
			return false;
		*length = *length << 8 | byte;
	}
	return true;
}

bool ber_next(struct ber *rest, struct ber_element *element)
{
	size_t length;

	if (!ber_tag(rest, element) || !ber_length(rest, &length))
		return false;
	if (length > rest->length)
		length = rest->length;
	element->content = (struct ber){ rest->bytes, length };
	rest->bytes += length;
	rest->length -= length;
	return true;
}

bool ber_find(struct ber within, uint8_t tag, struct ber *content)
{
	struct ber_element element;

	while (ber_next(&within, &element)) {
		if (element.tag == tag) {
			*content = element.content;
			return true;
		}
	}
	*content = (struct ber){ within.bytes, 0 };
	return false;
}

bool ber_descend(struct ber within, const uint8_t *tags, size_t depth, struct ber *content)
{
	*content = within;
	for (size_t i = 0; i < depth; i++)
		if (!ber_find(*content, tags[i], content))
			return false;
	return true;
}

uint32_t ber_integer(struct ber content)
{
	uint32_t value = 0;

	for (size_t i = 0; i < content.length; i++)
		value = value << 8 | content.bytes[i];
	return value;
}
