/* SPDX-License-Identifier: Apache-2.0
 *
 * IEC 60870-5-104: the APCI (clause 5) and the data unit identifiers of application
 * service data units (IEC 60870-5-101, 7.2), whose fields have fixed sizes here: cause
 * of transmission 2 bytes, common address 2, information object address 3.
 *
 * The controlling station asks with causes 6 and 8 and is answered with 7, 9 and 10;
 * what the controlled station tells unasked, or because of an interrogation, is a notice.
 *
 * A counter interrogation may freeze and reset what it asks for: that is no reading, and
 * has a number of ours. */
#include "config.h"

#include "verifier/proto/readers.h"

enum { APCI_START = 0x68, APCI_SIZE = 6, APCI_LEAST = 4, APCI_MOST = 253 };
/* Offsets from the beginning of the APDU. */
enum { ASDU_TYPE = 6, ASDU_QUALIFIER = 7, ASDU_CAUSE = 8, ASDU_ADDRESS = 10, ASDU_OBJECTS = 12 };
enum { QUALIFIER_SEQUENCE = 0x80, CAUSE_NEGATIVE = 0x40, CAUSE = 0x3f, OBJECT_ADDRESS = 3 };
enum { /* causes of transmission, IEC 60870-5-101, 7.2.3 */
	CAUSE_REQUEST = 5,
	CAUSE_ACTIVATION = 6,
	CAUSE_ACTIVATION_CONFIRMED = 7,
	CAUSE_DEACTIVATION = 8,
	CAUSE_DEACTIVATION_CONFIRMED = 9,
	CAUSE_TERMINATION = 10,
	CAUSE_FILE = 13,
	CAUSE_UNKNOWN_TYPE = 44,
	CAUSE_UNKNOWN_ADDRESS = 47,
};
enum { TYPE_MONITOR_LAST = 44, TYPE_COUNTERS = 101, TYPE_READ = 102, TYPE_FILE_FIRST = 120 };
/* FRZ of the qualifier of counter interrogation, IEC 60870-5-101, 7.2.6.23. */
enum { COUNTER_FREEZE = 0xc0, FUNCTION_FREEZE = 256 + TYPE_COUNTERS };
enum { U_START_ACTIVATION = 0x07, U_START_CONFIRMED = 0x0b, U_STOP_ACTIVATION = 0x13,
       U_STOP_CONFIRMED = 0x23 };

/* Bytes of an information element behind its address, IEC 60870-5-101, 7.3: 0 where
 * they vary or the type is not known. */
static uint8_t iec104_element(uint8_t type)
{
	static const uint8_t sizes[] = {
		[1] = 1,  [2] = 4,   [3] = 1,   [4] = 4,   [5] = 2,  [6] = 5,  [7] = 5,  [8] = 8,
		[9] = 3,  [10] = 6,  [11] = 3,  [12] = 6,  [13] = 5, [14] = 8, [15] = 5, [16] = 8,
		[17] = 6, [18] = 7,  [19] = 7,  [20] = 5,  [21] = 2, [30] = 8, [31] = 8, [32] = 9,
		[33] = 12, [34] = 10, [35] = 10, [36] = 12, [37] = 12, [38] = 10, [39] = 11,
		[40] = 11, [45] = 1, [46] = 1,  [47] = 1,  [48] = 3, [49] = 3, [50] = 5, [51] = 4,
		[58] = 8, [59] = 8,  [60] = 8,  [61] = 10, [62] = 10, [63] = 12, [64] = 11,
		[70] = 1, [100] = 1, [101] = 1, [103] = 7, [104] = 2, [105] = 1, [106] = 2,
		[107] = 9, [110] = 3, [111] = 3, [112] = 5, [113] = 1,
	};

	return type < sizeof(sizes) ? sizes[type] : 0;
}

static uint16_t iec104_function(const struct proto_frame *frame)
{
	const uint8_t *qualifier = frame->bytes + ASDU_OBJECTS + OBJECT_ADDRESS;

	return frame->bytes[ASDU_TYPE] == TYPE_COUNTERS &&
			       frame->length > ASDU_OBJECTS + OBJECT_ADDRESS &&
			       (*qualifier & COUNTER_FREEZE) != 0
		       ? FUNCTION_FREEZE
		       : frame->bytes[ASDU_TYPE];
}

static enum proto_kind iec104_kind(uint8_t type, uint8_t cause)
{
	switch (cause & CAUSE) {
	case CAUSE_REQUEST: return type == TYPE_READ ? PROTO_REQUEST : PROTO_RESPONSE;
	case CAUSE_ACTIVATION:
	case CAUSE_DEACTIVATION: return PROTO_REQUEST;
	case CAUSE_ACTIVATION_CONFIRMED:
	case CAUSE_DEACTIVATION_CONFIRMED:
		return cause & CAUSE_NEGATIVE ? PROTO_REFUSAL : PROTO_RESPONSE;
	case CAUSE_TERMINATION: return PROTO_RESPONSE;
	default:
		return (cause & CAUSE) >= CAUSE_UNKNOWN_TYPE &&
				       (cause & CAUSE) <= CAUSE_UNKNOWN_ADDRESS
			       ? PROTO_REFUSAL
			       : PROTO_NOTICE;
	}
}

/* Files go both ways, and an unknown cause tells nothing. */
static void iec104_tell_client(const struct proto_frame *frame, uint8_t type,
			       enum proto_kind kind)
{
	if (type >= TYPE_FILE_FIRST)
		return;
	if (type <= TYPE_MONITOR_LAST || kind == PROTO_RESPONSE || kind == PROTO_REFUSAL)
		proto_tell_client(frame, !frame->side);
	else if (kind == PROTO_REQUEST)
		proto_tell_client(frame, frame->side);
}

static uint32_t iec104_object(const uint8_t *bytes)
{
	return proto_le16(bytes) | (uint32_t)bytes[2] << 16;
}

static void iec104_add_object(const struct proto_frame *frame,
			      struct proto_operation *operation, uint32_t first, uint32_t count)
{
	proto_add_span(frame, operation,
		       (struct proto_span){ "ioa", first, first + (count > 0 ? count - 1 : 0) });
}

/* Objects in a sequence have the first one's address alone. */
static void iec104_objects(const struct proto_frame *frame, struct proto_operation *operation)
{
	const uint8_t *bytes = frame->bytes;
	unsigned count = bytes[ASDU_QUALIFIER] & ~(unsigned)QUALIFIER_SEQUENCE;
	size_t step = OBJECT_ADDRESS + (size_t)iec104_element(bytes[ASDU_TYPE]);
	size_t at = ASDU_OBJECTS;

	if (bytes[ASDU_QUALIFIER] & QUALIFIER_SEQUENCE) {
		if (at + OBJECT_ADDRESS <= frame->length)
			iec104_add_object(frame, operation, iec104_object(bytes + at), count);
		return;
	}
	for (; count > 0 && at + OBJECT_ADDRESS <= frame->length; count--, at += step) {
		iec104_add_object(frame, operation, iec104_object(bytes + at), 1);
		if (step == OBJECT_ADDRESS)
			return;
	}
}

/* STARTDT and STOPDT are the controlling station's. */
static void iec104_read_unnumbered(const struct proto_frame *frame)
{
	switch (frame->bytes[2]) {
	case U_START_ACTIVATION:
	case U_STOP_ACTIVATION: proto_tell_client(frame, frame->side); break;
	case U_START_CONFIRMED:
	case U_STOP_CONFIRMED: proto_tell_client(frame, !frame->side); break;
	default: break;
	}
}

static void iec104_read(const struct proto_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	const uint8_t *bytes = frame->bytes;

	if (frame->length >= APCI_SIZE && (bytes[2] & 3) == 3)
		iec104_read_unnumbered(frame);
	if (frame->length < ASDU_OBJECTS || (bytes[2] & 1) != 0)
		return;
	operation.function = iec104_function(frame);
	operation.kind = (uint8_t)iec104_kind(bytes[ASDU_TYPE], bytes[ASDU_CAUSE]);
	operation.has_unit = true;
	operation.unit = proto_le16(bytes + ASDU_ADDRESS);
	iec104_tell_client(frame, bytes[ASDU_TYPE], operation.kind);
	iec104_objects(frame, &operation);
	proto_tell(frame, &operation);
}

static size_t iec104_frame(const uint8_t *bytes, size_t length)
{
	if (length < 1)
		return PROTO_MORE;
	if (bytes[0] != APCI_START)
		return PROTO_NONE;
	if (length < 2)
		return PROTO_MORE;
	return bytes[1] >= APCI_LEAST && bytes[1] <= APCI_MOST ? 2u + bytes[1] : PROTO_NONE;
}

/* U and S formats have two and three bytes of fixed value; a start and a length that
 * another start follows is no chance either. */
static enum proto_likeness iec104_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = iec104_frame(bytes, length);

	if (datagram || size == PROTO_NONE)
		return PROTO_UNLIKE;
	if (length < APCI_SIZE)
		return PROTO_LIKE;
	if ((bytes[2] & 3) == 3)
		return size == APCI_SIZE && bytes[3] == 0 && bytes[4] == 0 && bytes[5] == 0
			       ? PROTO_CERTAIN
			       : PROTO_UNLIKE;
	if ((bytes[2] & 3) == 1)
		return size == APCI_SIZE && bytes[2] == 1 && bytes[3] == 0 ? PROTO_CERTAIN
									   : PROTO_UNLIKE;
	return size >= ASDU_OBJECTS + OBJECT_ADDRESS && (bytes[4] & 1) == 0 ? PROTO_LIKE
									    : PROTO_UNLIKE;
}

const struct proto proto_iec104 = {
	.protocols = { "iec104" },
	.frame = iec104_frame,
	.read = iec104_read,
	.recognise = iec104_recognise,
	.frame_limit = 2 + APCI_MOST,
};
