/* SPDX-License-Identifier: Apache-2.0
 *
 * Mitsubishi MELSEC communication in 3E and 4E frames, which SLMP took over (MELSEC
 * Communication Protocol Reference Manual SH-080008; SLMP Reference Manual
 * SH-080956ENG), binary and in ASCII. In ASCII each byte is two hexadecimal digits, so
 * that offsets double and numbers go from the highest byte down.
 *
 * A response repeats no command: it answers what was asked with its serial number, in 3E
 * frames, which have none, what was asked last. */
#include "config.h"

#include <string.h>

#include "verifier/proto/readers.h"

/* Subheaders, as they are sent. */
enum { MELSEC_REQUEST_3E = 0x5000, MELSEC_REQUEST_4E = 0x5400, MELSEC_RESPONSE = 0x8000 };
/* Bytes of a binary frame, from its access route on: behind the subheader, and in 4E
 * frames a serial number and two zeros. Response: end code instead of the timer. */
enum { SUBHEADER = 2, SERIAL = 4, ROUTE_LENGTH = 5, ROUTE_END = 7, END_CODE = 7, COMMAND = 9,
       SUBCOMMAND = 11, DATA = 13 };
enum { COMMAND_READ = 0x0401, COMMAND_WRITE = 0x1401, COMMAND_ON_DEMAND = 0x2101 };
enum { SUBCOMMAND_LONG = 2, DEVICE_NUMBER = 3, MELSEC_MOST = 8192, MELSEC_PENDING = 16 };

struct melsec_memory {
	uint16_t serial[MELSEC_PENDING];
	uint16_t command[MELSEC_PENDING]; /* 0: none */
};

/* A frame, its digits and where its access route begins. */
struct melsec_frame {
	const uint8_t *bytes;
	size_t length;
	size_t digits; /* bytes a byte: 1, 2 in ASCII */
	size_t route;  /* in bytes of a binary frame */
	bool response;
};

/* ---- numbers ---- */

static int melsec_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* A byte of a binary frame at `at`. False: not there, or no digits. */
static bool melsec_byte(const struct melsec_frame *frame, size_t at, uint8_t *value)
{
	at *= frame->digits;
	if (at + frame->digits > frame->length)
		return false;
	*value = frame->bytes[at];
	if (frame->digits == 1)
		return true;
	int high = melsec_digit(frame->bytes[at]), low = melsec_digit(frame->bytes[at + 1]);
	*value = (uint8_t)(high * 16 + low);
	return high >= 0 && low >= 0;
}

static bool melsec_number(const struct melsec_frame *frame, size_t at, uint16_t *value)
{
	uint8_t first, second;

	if (!melsec_byte(frame, at, &first) || !melsec_byte(frame, at + 1, &second))
		return false;
	if (frame->digits == 1)
		*value = (uint16_t)(second << 8 | first);
	else
		*value = (uint16_t)(first << 8 | second);
	return true;
}

/* ---- frames ---- */

/* The subheader is in the order of its digits in both. False: none such begins so. */
static bool melsec_open(const uint8_t *bytes, size_t length, struct melsec_frame *frame)
{
	uint8_t first, second;

	if (length == 0)
		return false;
	*frame = (struct melsec_frame){ bytes, length, bytes[0] == '5' || bytes[0] == 'D' ? 2 : 1,
					SUBHEADER, false };
	if (!melsec_byte(frame, 0, &first) || !melsec_byte(frame, 1, &second) || second != 0)
		return false;
	unsigned subheader = (unsigned)first << 8;
	frame->response = (subheader & MELSEC_RESPONSE) != 0;
	subheader &= ~(unsigned)MELSEC_RESPONSE;
	if (subheader == MELSEC_REQUEST_4E)
		frame->route += SERIAL;
	return subheader == MELSEC_REQUEST_4E || subheader == MELSEC_REQUEST_3E;
}

/* ---- what it is about ---- */

/* Codes of devices and their names in ASCII (SH-080008, 5.2); numbers of some are
 * hexadecimal there. */
static const struct melsec_device {
	uint8_t code;
	char name[3];
	bool hexadecimal;
	const char *space;
} melsec_devices[] = {
	{ 0x9c, "X*", true, "x" },  { 0x9d, "Y*", true, "y" },  { 0x90, "M*", false, "m" },
	{ 0xa0, "B*", true, "b" },  { 0xa8, "D*", false, "d" }, { 0xb4, "W*", true, "w" },
	{ 0xaf, "R*", false, "r" }, { 0xb0, "ZR", false, "zr" },
};

static const struct melsec_device *melsec_device(const uint8_t *bytes, bool ascii)
{
	for (size_t i = 0; i < sizeof(melsec_devices) / sizeof(melsec_devices[0]); i++)
		if (ascii ? memcmp(melsec_devices[i].name, bytes, 2) == 0
			  : melsec_devices[i].code == bytes[0])
			return &melsec_devices[i];
	return NULL;
}

/* Six digits. */
static bool melsec_digits(const uint8_t *bytes, bool hexadecimal, uint32_t *value)
{
	*value = 0;
	for (size_t i = 0; i < 6; i++) {
		int digit = melsec_digit(bytes[i]);
		if (digit < 0 || (!hexadecimal && digit > 9))
			return false;
		*value = *value * (hexadecimal ? 16u : 10u) + (uint32_t)digit;
	}
	return true;
}

/* The first device of a batch: number and code, in ASCII name and number. */
static const struct melsec_device *melsec_first(const struct melsec_frame *frame, size_t at,
						uint32_t *first)
{
	const uint8_t *bytes = frame->bytes + at * frame->digits;

	if ((at + DEVICE_NUMBER + 1) * frame->digits > frame->length)
		return NULL;
	if (frame->digits == 1) {
		*first = proto_le16(bytes) | (uint32_t)bytes[2] << 16;
		return melsec_device(bytes + DEVICE_NUMBER, false);
	}
	const struct melsec_device *device = melsec_device(bytes, true);
	return device != NULL && melsec_digits(bytes + 2, device->hexadecimal, first) ? device
										      : NULL;
}

/* Batches of devices with short numbers; subcommand 1 counts bits, 0 words: sixteen of
 * what is a bit. */
static void melsec_span(const struct melsec_frame *frame, struct proto_operation *operation)
{
	size_t at = frame->route + DATA;
	uint16_t subcommand, count;
	uint32_t first;

	if ((operation->function != COMMAND_READ && operation->function != COMMAND_WRITE) ||
	    !melsec_number(frame, frame->route + SUBCOMMAND, &subcommand) ||
	    subcommand >= SUBCOMMAND_LONG || !melsec_number(frame, at + DEVICE_NUMBER + 1, &count))
		return;
	const struct melsec_device *device = melsec_first(frame, at, &first);
	if (device == NULL)
		return;
	bool bits = device->code < 0xa8;
	uint32_t many = bits && subcommand == 0 ? count * 16u : count;
	operation->span[operation->span_count++] =
		(struct proto_span){ device->space, first, first + (many > 0 ? many - 1 : 0) };
}

/* ---- operations ---- */

static uint16_t melsec_serial(const struct melsec_frame *frame)
{
	uint16_t serial = 0;

	if (frame->route != SUBHEADER)
		melsec_number(frame, SUBHEADER, &serial);
	return serial;
}

/* On demand, a controller tells what nobody asked for. */
static void melsec_ask(const struct proto_frame *proto, const struct melsec_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	struct melsec_memory *memory = proto->memory;
	uint16_t serial = melsec_serial(frame);

	if (!melsec_number(frame, frame->route + COMMAND, &operation.function))
		return;
	if (operation.function == COMMAND_ON_DEMAND) {
		operation.kind = PROTO_NOTICE;
		proto_tell_client(proto, !proto->side);
		proto_tell(proto, &operation);
		return;
	}
	memory->serial[serial % MELSEC_PENDING] = serial;
	memory->command[serial % MELSEC_PENDING] = operation.function;
	melsec_span(frame, &operation);
	proto_tell_client(proto, proto->side);
	proto_tell(proto, &operation);
}

/* What answers something that was not seen, tells no operation. */
static void melsec_answer(const struct proto_frame *proto, const struct melsec_frame *frame)
{
	struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION };
	const struct melsec_memory *memory = proto->memory;
	uint16_t serial = melsec_serial(frame), end;
	unsigned slot = serial % MELSEC_PENDING;

	if (memory->command[slot] == 0 || memory->serial[slot] != serial ||
	    !melsec_number(frame, frame->route + END_CODE, &end))
		return;
	operation.function = memory->command[slot];
	operation.kind = end != 0 ? PROTO_REFUSAL : PROTO_RESPONSE;
	proto_tell(proto, &operation);
}

static void melsec_read(const struct proto_frame *proto)
{
	struct melsec_frame frame;

	if (!melsec_open(proto->bytes, proto->length, &frame))
		return;
	if (!frame.response) {
		melsec_ask(proto, &frame);
		return;
	}
	proto_tell_client(proto, !proto->side);
	melsec_answer(proto, &frame);
}

/* The length counts what is behind it, in ASCII in digits. */
static size_t melsec_size(const uint8_t *bytes, size_t length)
{
	struct melsec_frame frame;
	uint16_t follows;

	if (length < 2 * SUBHEADER)
		return length > 0 && (bytes[0] & 0x7b) != 0x50 && bytes[0] != '5' && bytes[0] != 'D'
			       ? PROTO_NONE
			       : PROTO_MORE;
	if (!melsec_open(bytes, length, &frame))
		return PROTO_NONE;
	if (length < (frame.route + ROUTE_END) * frame.digits)
		return PROTO_MORE;
	if (!melsec_number(&frame, frame.route + ROUTE_LENGTH, &follows))
		return PROTO_NONE;
	size_t least = (frame.response ? 2u : DATA - ROUTE_END) * frame.digits;
	return follows >= least && follows <= MELSEC_MOST
		       ? (frame.route + ROUTE_END) * frame.digits + follows
		       : PROTO_NONE;
}

/* Is the access route that to the module itself? Nearly all are (SH-080008, 4.2). */
static bool melsec_goes_nowhere_else(const uint8_t *bytes, size_t length)
{
	struct melsec_frame frame;
	uint8_t network, controller, station;
	uint16_t module;

	return melsec_open(bytes, length, &frame) && melsec_byte(&frame, frame.route, &network) &&
	       melsec_byte(&frame, frame.route + 1, &controller) &&
	       melsec_number(&frame, frame.route + 2, &module) &&
	       melsec_byte(&frame, frame.route + 4, &station) && network == 0 &&
	       controller == 0xff && module == 0x03ff && station == 0;
}

static enum proto_likeness melsec_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	size_t size = melsec_size(bytes, length);

	if (size == PROTO_NONE || (datagram && size != length))
		return PROTO_UNLIKE;
	return size != PROTO_MORE && melsec_goes_nowhere_else(bytes, length) ? PROTO_CERTAIN
									      : PROTO_LIKE;
}

const struct proto proto_melsec = {
	.protocols = { "melsec" },
	.frame = melsec_size,
	.read = melsec_read,
	.recognise = melsec_recognise,
	.memory = sizeof(struct melsec_memory),
	.frame_limit = 64,
};
