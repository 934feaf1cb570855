/* SPDX-License-Identifier: Apache-2.0
 *
 * GOOSE (IEC 61850-8-1, annex C.2) and sampled values (IEC 61850-9-2, 5.3): published to
 * who listens. They have no functions: each frame is a notice of function 0. */
#include "config.h"

#include "verifier/proto/readers.h"

/* The application identifier, the length from there, two reserved fields, the PDU. */
enum { PUBLISH_LENGTH = 2, PUBLISH_PDU = 8 };
enum { TAG_GOOSE = 0x61, TAG_SAMPLED_VALUES = 0x60 };

static void publish_read(const struct proto_frame *frame)
{
	const struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION,
						   .kind = PROTO_NOTICE };

	proto_tell(frame, &operation);
}

/* Short frames have padding behind. */
static enum proto_likeness publish_recognise(const uint8_t *bytes, size_t length, uint8_t tag)
{
	if (length <= PUBLISH_PDU || bytes[PUBLISH_PDU] != tag)
		return PROTO_UNLIKE;
	size_t size = proto_be16(bytes + PUBLISH_LENGTH);
	return size > PUBLISH_PDU && size <= length ? PROTO_LIKE : PROTO_UNLIKE;
}

static enum proto_likeness goose_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	return datagram ? publish_recognise(bytes, length, TAG_GOOSE) : PROTO_UNLIKE;
}

static enum proto_likeness sampled_values_recognise(const uint8_t *bytes, size_t length,
						    bool datagram)
{
	return datagram ? publish_recognise(bytes, length, TAG_SAMPLED_VALUES) : PROTO_UNLIKE;
}

const struct proto proto_goose = {
	.protocols = { "goose" },
	.read = publish_read,
	.recognise = goose_recognise,
};

const struct proto proto_sampled_values = {
	.protocols = { "sampled-values" },
	.read = publish_read,
	.recognise = sampled_values_recognise,
};
