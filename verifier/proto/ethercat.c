/* SPDX-License-Identifier: Apache-2.0
 *
 * EtherCAT (IEC 61158-4-12, 5.3 and 5.4; ETG.1000.4), alone or in UDP: a frame of
 * commands, one behind the other, of network variables, or of one mailbox message of the
 * gateway (ETG.8200), which goes over TCP, too.
 *
 * A frame goes through every device and comes back: a command that some device carried
 * out has a working counter, and that is its response. It is the master's on its way
 * back, too.
 *
 * What a write does is told by where it writes: into the registers that change the state
 * of a device (AL control, ETG.1000.4, 6.4.1) or its configuration (SII EEPROM, 6.4.4),
 * or into a mailbox. Mailboxes lie in the memory behind the registers, where a master
 * put them before most captures begin; a message is known by its form. */
#include "config.h"

#include "verifier/proto/ethercat_parts.h"
#include "verifier/proto/readers.h"

enum { ETHERCAT_HEADER = 2, ETHERCAT_LENGTH = 0x7ff, ETHERCAT_TYPE_SHIFT = 12 };
enum { TYPE_COMMANDS = 1, TYPE_VARIABLES = 4, TYPE_MAILBOX = 5 };
enum { COMMAND_HEADER = 10, COMMAND_STATION = 2, COMMAND_REGISTER = 4, COMMAND_LENGTH = 6,
       COMMAND_MORE = 0x8000, COMMAND_COUNTER = 2 };
enum { MAILBOX_HEADER = 6, MAILBOX_STATION = 2 };
enum { REGISTER_RESET = 0x0040, REGISTER_AL_CONTROL = 0x0120, REGISTER_EEPROM = 0x0500,
       REGISTER_EEPROM_COMMAND = 0x0503, REGISTER_EEPROM_END = 0x0510,
       REGISTERS_END = 0x1000 };
enum { EEPROM_READ = 0x01, EEPROM_WRITE = 0x02, EEPROM_RELOAD = 0x04 };

/* How a command addresses, and what it does. */
enum { BY_POSITION = 1, BY_STATION = 2, READS = 4, WRITES = 8 };
static const uint8_t command_traits[] = {
	[1] = BY_POSITION | READS,           [2] = BY_POSITION | WRITES,
	[3] = BY_POSITION | READS | WRITES,  [4] = BY_STATION | READS,
	[5] = BY_STATION | WRITES,           [6] = BY_STATION | READS | WRITES,
	[7] = READS,                         [8] = WRITES,
	[9] = READS | WRITES,                [13] = BY_POSITION | READS | WRITES,
	[14] = BY_STATION | READS | WRITES,
};

struct command {
	const uint8_t *data;
	size_t length;    /* of the data that is there */
	size_t size;      /* of the data */
	uint16_t station, address; /* of the first byte of the data */
	uint8_t command, traits;
	bool done;        /* some device carried it out */
	bool more;
};

static void ethercat_tell(const struct proto_frame *frame, uint16_t function,
			  enum proto_kind kind)
{
	const struct proto_operation operation = { .carrier = PROTO_NO_FUNCTION,
						   .function = function,
						   .kind = (uint8_t)kind };

	proto_tell(frame, &operation);
}

/* ---- commands ---- */

/* False: not there up to its data. */
static bool command_parse(const uint8_t *bytes, size_t length, struct command *command)
{
	if (length < COMMAND_HEADER)
		return false;
	uint16_t field = proto_le16(bytes + COMMAND_LENGTH);
	size_t rest = length - COMMAND_HEADER;
	*command = (struct command){
		.data = bytes + COMMAND_HEADER,
		.size = field & ETHERCAT_LENGTH,
		.station = proto_le16(bytes + COMMAND_STATION),
		.address = proto_le16(bytes + COMMAND_REGISTER),
		.command = bytes[0],
		.traits = bytes[0] < sizeof(command_traits) ? command_traits[bytes[0]] : 0,
		.more = (field & COMMAND_MORE) != 0,
	};
	command->length = command->size < rest ? command->size : rest;
	command->done = rest >= command->size + COMMAND_COUNTER &&
			proto_le16(command->data + command->size) != 0;
	return true;
}

static bool command_covers(const struct command *command, uint16_t first, uint16_t end)
{
	return command->address < end && command->address + command->size > first;
}

/* Only the byte with the command begins something. */
static uint16_t command_eeprom(const struct command *command)
{
	if (!command_covers(command, REGISTER_EEPROM_COMMAND, REGISTER_EEPROM_COMMAND + 1))
		return ETHERCAT_EEPROM_ACCESS;
	size_t at = (size_t)REGISTER_EEPROM_COMMAND - command->address;
	if (at >= command->length)
		return PROTO_NO_FUNCTION;
	if ((command->data[at] & EEPROM_WRITE) != 0)
		return ETHERCAT_EEPROM_WRITE;
	if ((command->data[at] & EEPROM_RELOAD) != 0)
		return ETHERCAT_EEPROM_RELOAD;
	return (command->data[at] & EEPROM_READ) != 0 ? ETHERCAT_EEPROM_READ
						       : ETHERCAT_EEPROM_ACCESS;
}

/* A message whose header was not captured may be anything. */
static bool command_is_cut_mail(const struct command *command)
{
	return command->address >= REGISTERS_END && command->length < command->size &&
	       command->length < MAILBOX_HEADER &&
	       (command->traits & (BY_POSITION | BY_STATION)) != 0;
}

/* What it does; its own number where that says it. PROTO_NO_FUNCTION: what tells was not
 * captured. */
static uint16_t command_function(const struct command *command)
{
	if ((command->traits & WRITES) == 0)
		return command->command;
	if (command_covers(command, REGISTER_AL_CONTROL, REGISTER_AL_CONTROL + 2))
		return ETHERCAT_AL_CONTROL;
	if (command_covers(command, REGISTER_EEPROM, REGISTER_EEPROM_END))
		return command_eeprom(command);
	if (command_covers(command, REGISTER_RESET, REGISTER_RESET + 1))
		return ETHERCAT_ESC_RESET;
	return command_is_cut_mail(command) ? PROTO_NO_FUNCTION : command->command;
}

static void command_tell(const struct proto_frame *frame, const struct command *command)
{
	const struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = command_function(command),
		.kind = (uint8_t)(command->done ? PROTO_RESPONSE : PROTO_REQUEST),
		.has_unit = (command->traits & BY_STATION) != 0,
		.unit = command->station,
	};

	if (operation.function != PROTO_NO_FUNCTION)
		proto_tell(frame, &operation);
}

/* One device's mailbox is written, or was read: what reads has a message only when it
 * comes back. */
static bool command_has_mail(const struct command *command)
{
	bool one = (command->traits & (BY_POSITION | BY_STATION)) != 0;
	bool both = (command->traits & (READS | WRITES)) == (READS | WRITES);

	return one && !both && command->address >= REGISTERS_END &&
	       ((command->traits & WRITES) != 0 || command->done);
}

/* A message that its mailbox has taken passes again on the way back, and its answer is a
 * message of its own. */
static bool command_read_mail(const struct proto_frame *frame, const struct command *command)
{
	const struct ethercat_mail mail = {
		.bytes = command->data,
		.length = command->length,
		.size = command->size,
		.station = command->station,
		.has_station = (command->traits & BY_STATION) != 0,
		.asks = (command->traits & WRITES) != 0,
	};

	if (!command_has_mail(command) || !ethercat_is_mail(&mail))
		return false;
	if (mail.asks && command->done) {
		ethercat_keep_mail(frame, &mail);
		ethercat_tell(frame, ETHERCAT_DELIVERY, PROTO_RESPONSE);
	} else {
		ethercat_read_mail(frame, &mail);
	}
	return true;
}

static void ethercat_commands(const struct proto_frame *frame)
{
	size_t at = ETHERCAT_HEADER;
	struct command command = { .more = true };

	while (command.more && at < frame->length &&
	       command_parse(frame->bytes + at, frame->length - at, &command)) {
		if (!command_read_mail(frame, &command))
			command_tell(frame, &command);
		at += COMMAND_HEADER + command.size + COMMAND_COUNTER;
	}
}

/* ---- frames ---- */

/* Through the gateway a client asks, and gets its answer, at a port. */
static void ethercat_gateway(const struct proto_frame *frame)
{
	struct ethercat_mail mail = {
		.bytes = frame->bytes + ETHERCAT_HEADER,
		.length = frame->length - ETHERCAT_HEADER,
		.size = frame->size - ETHERCAT_HEADER,
		.has_station = true,
		.asks = frame->from_client,
	};

	if (!ethercat_is_mail(&mail))
		return;
	mail.station = proto_le16(mail.bytes + MAILBOX_STATION);
	ethercat_read_mail(frame, &mail);
}

static unsigned ethercat_type(const uint8_t *bytes)
{
	return (unsigned)proto_le16(bytes) >> ETHERCAT_TYPE_SHIFT;
}

static void ethercat_read(const struct proto_frame *frame)
{
	if (frame->length < ETHERCAT_HEADER)
		return;
	switch (ethercat_type(frame->bytes)) {
	case TYPE_COMMANDS: ethercat_commands(frame); break;
	case TYPE_VARIABLES: ethercat_tell(frame, ETHERCAT_VARIABLES, PROTO_NOTICE); break;
	case TYPE_MAILBOX: ethercat_gateway(frame); break;
	default: break;
	}
}

/* A stream is the gateway's. */
static size_t ethercat_frame(const uint8_t *bytes, size_t length)
{
	if (length < ETHERCAT_HEADER)
		return PROTO_MORE;
	size_t size = proto_le16(bytes) & ETHERCAT_LENGTH;
	return ethercat_type(bytes) == TYPE_MAILBOX && size >= MAILBOX_HEADER
		       ? ETHERCAT_HEADER + size
		       : PROTO_NONE;
}

static enum proto_likeness ethercat_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (length < ETHERCAT_HEADER)
		return PROTO_UNLIKE;
	unsigned type = ethercat_type(bytes);
	if (!datagram)
		return type == TYPE_MAILBOX ? PROTO_LIKE : PROTO_UNLIKE;
	if (type != TYPE_COMMANDS && type != TYPE_VARIABLES && type != TYPE_MAILBOX)
		return PROTO_UNLIKE;
	return (proto_le16(bytes) & ETHERCAT_LENGTH) <= length - ETHERCAT_HEADER ? PROTO_LIKE
										 : PROTO_UNLIKE;
}

const struct proto proto_ethercat = {
	.protocols = { "ethercat" },
	.frame = ethercat_frame,
	.read = ethercat_read,
	.recognise = ethercat_recognise,
	.memory = ETHERCAT_STATIONS * sizeof(struct ethercat_asked),
	.frame_limit = ETHERCAT_HEADER + ETHERCAT_LENGTH,
};
