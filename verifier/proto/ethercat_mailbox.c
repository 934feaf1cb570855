/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of EtherCAT mailboxes (ETG.1000.4, 5.6; ETG.1000.6, 5): CANopen (CoE), files
 * (FoE), Ethernet (EoE), drives (SoE) and ADS (AoE) over EtherCAT. Their numbers are
 * those of ETG.1000.6 as public masters have them (SOEM, ethercattype.h; IgH EtherLab).
 *
 * Segments of a transfer and refusals do not say which object they are about: that is
 * kept from what was asked last of the same mailbox. */
#include "config.h"

#include "verifier/proto/ethercat_parts.h"

enum { MAIL_HEADER = 6, MAIL_CHANNEL = 4, MAIL_TYPE = 5, MAIL_MOST = 1486 };
enum { MAIL_ERROR, MAIL_AOE, MAIL_EOE, MAIL_COE, MAIL_FOE, MAIL_SOE, MAIL_VOE = 15 };
enum { COE_SDO_REQUEST = 2, COE_SDO_RESPONSE = 3, COE_INFORMATION = 8, COE_RESERVED = 0x0e };
enum { SDO_COMMAND_SHIFT = 5, SDO_ABORT = 4 };
enum { INFORMATION_ERROR = 7, INFORMATION_CODE = 0x7f };
enum { FOE_READ = 1, FOE_DATA = 3, FOE_ERROR = 5, FOE_BUSY };
enum { EOE_TYPE = 0x0f, EOE_TYPES = 10 };
enum { SOE_OPERATION = 7, SOE_ERROR = 0x10, SOE_READ = 1, SOE_WRITE = 3, SOE_EMERGENCY = 6 };
enum { AMS_COMMAND = 16, AMS_FLAGS = 18, AMS_RESULT = 32, AMS_RESPONSE = 1, AMS_COMMANDS = 9 };

enum {
	FUNCTION_EOE = ETHERCAT_MESSAGE + (MAIL_EOE << 8),
	FUNCTION_AOE = ETHERCAT_MESSAGE + (MAIL_AOE << 8),
	FUNCTION_COE = ETHERCAT_MESSAGE + (MAIL_COE << 8),
	FUNCTION_SDO_DOWNLOAD = FUNCTION_COE + 16,
	FUNCTION_SDO_UPLOAD,
	FUNCTION_SDO_ABORT,
	FUNCTION_FOE = ETHERCAT_MESSAGE + (MAIL_FOE << 8),
	FUNCTION_SOE = ETHERCAT_MESSAGE + (MAIL_SOE << 8),
};

/* By the upper three bits of an SDO command. */
static const struct sdo {
	bool upload, segment;
} sdo_requests[] = { { false, true }, { false, false }, { true, false }, { true, true } },
  sdo_answers[] = { { true, true }, { false, true }, { true, false }, { false, false } };

/* What a message says. */
struct message {
	const uint8_t *body;
	size_t length;
	uint16_t function;
	uint8_t kind;
	bool asks;       /* it goes to the device */
	bool continues;  /* what it is about was told before */
	bool answers_last; /* even what it answers was */
	const char *space;
	uint16_t index;
};

static unsigned mail_type(const struct ethercat_mail *mail)
{
	return mail->bytes[MAIL_TYPE] & 0x0f;
}

/* ---- what a message says; false: what is there does not tell ---- */

static void message_is_about(struct message *message, const char *space, size_t at)
{
	if (message->length < at + 2)
		return;
	message->space = space;
	message->index = proto_le16(message->body + at);
}

/* Devices abort by requests, too. */
static void message_sdo(struct message *message, bool answer, unsigned command)
{
	const struct sdo *sdo = &(answer ? sdo_answers : sdo_requests)[command & 3];

	if (command >= SDO_ABORT) {
		message->function = FUNCTION_SDO_ABORT;
		message->kind = message->asks ? PROTO_REQUEST : PROTO_REFUSAL;
		message->answers_last = !message->asks;
		return;
	}
	message->function = sdo->upload ? FUNCTION_SDO_UPLOAD : FUNCTION_SDO_DOWNLOAD;
	message->continues = sdo->segment;
	if (!sdo->segment)
		message_is_about(message, "index", 3);
}

static bool message_coe(struct message *message)
{
	if (message->length < 2)
		return false;
	unsigned service = message->body[1] >> 4;
	message->function = (uint16_t)(FUNCTION_COE + service);
	if (service == COE_SDO_REQUEST || service == COE_SDO_RESPONSE) {
		if (message->length < 3)
			return false;
		message_sdo(message, service == COE_SDO_RESPONSE,
			    message->body[2] >> SDO_COMMAND_SHIFT);
	} else if (service == COE_INFORMATION) {
		if (message->length > 2 &&
		    (message->body[2] & INFORMATION_CODE) == INFORMATION_ERROR)
			message->kind = PROTO_REFUSAL;
	} else if (!message->asks) {
		message->kind = PROTO_NOTICE;
	}
	return true;
}

/* Data goes the way that the first message said, and is acknowledged. */
static bool message_foe(struct message *message)
{
	if (message->length < 1)
		return false;
	message->function = (uint16_t)(FUNCTION_FOE + message->body[0]);
	message->answers_last = !message->asks && message->body[0] != FOE_BUSY;
	message->continues = message->asks && message->body[0] > FOE_DATA;
	if (message->body[0] == FOE_ERROR)
		message->kind = message->asks ? PROTO_REQUEST : PROTO_REFUSAL;
	return true;
}

/* Requests have even types, and are answered by the next odd one, with a result. */
static bool message_eoe(struct message *message)
{
	if (message->length < 1)
		return false;
	unsigned type = message->body[0] & EOE_TYPE;
	message->function = (uint16_t)(FUNCTION_EOE + (type & ~1u));
	if (type <= 1)
		message->kind = message->asks ? PROTO_REQUEST : PROTO_NOTICE;
	else if (type % 2 != 0 && message->length >= 4 && proto_le16(message->body + 2) != 0)
		message->kind = PROTO_REFUSAL;
	return true;
}

static bool message_soe(struct message *message)
{
	if (message->length < 1)
		return false;
	unsigned operation = message->body[0] & SOE_OPERATION;
	bool answer = operation == SOE_READ + 1 || operation == SOE_WRITE + 1;
	message->function = (uint16_t)(FUNCTION_SOE + operation - answer);
	if ((message->body[0] & SOE_ERROR) != 0)
		message->kind = PROTO_REFUSAL;
	else if (operation > SOE_WRITE + 1)
		message->kind = PROTO_NOTICE;
	if (operation <= SOE_WRITE + 1)
		message_is_about(message, "idn", 2);
	return true;
}

static bool message_aoe(struct message *message)
{
	if (message->length < AMS_FLAGS + 1)
		return false;
	message->function =
		(uint16_t)(FUNCTION_AOE + (proto_le16(message->body + AMS_COMMAND) & 0xff));
	message->kind = (message->body[AMS_FLAGS] & AMS_RESPONSE) == 0 ? PROTO_REQUEST
									: PROTO_RESPONSE;
	if (message->kind == PROTO_RESPONSE && message->length >= AMS_RESULT + 4 &&
	    proto_le32(message->body + AMS_RESULT) != 0)
		message->kind = PROTO_REFUSAL;
	return true;
}

static bool message_error(struct message *message)
{
	message->function = ETHERCAT_MAILBOX + MAIL_ERROR;
	message->kind = PROTO_REFUSAL;
	message->answers_last = true;
	return true;
}

typedef bool message_read(struct message *message);

static message_read *const message_readers[16] = {
	[MAIL_ERROR] = message_error, [MAIL_AOE] = message_aoe, [MAIL_EOE] = message_eoe,
	[MAIL_COE] = message_coe,     [MAIL_FOE] = message_foe, [MAIL_SOE] = message_soe,
};

static struct message message_of(const struct ethercat_mail *mail)
{
	const size_t size = proto_le16(mail->bytes);
	const size_t rest = mail->length - MAIL_HEADER;
	message_read *read = message_readers[mail_type(mail)];
	const struct message plain = {
		.body = mail->bytes + MAIL_HEADER,
		.length = size < rest ? size : rest,
		.function = (uint16_t)(ETHERCAT_MAILBOX + mail_type(mail)),
		.kind = mail->asks ? PROTO_REQUEST : PROTO_RESPONSE,
		.asks = mail->asks,
	};
	struct message message = plain;

	return read != NULL && read(&message) ? message : plain;
}

/* ---- is it one ---- */

/* What the first bytes of its body can be. */
static bool mail_body_fits(const struct ethercat_mail *mail)
{
	const uint8_t *body = mail->bytes + MAIL_HEADER;

	if (mail->length < MAIL_HEADER + 2)
		return true;
	switch (mail_type(mail)) {
	case MAIL_COE:
		return (body[1] & COE_RESERVED) == 0 && body[1] >> 4 >= 1 &&
		       body[1] >> 4 <= COE_INFORMATION;
	case MAIL_FOE: return body[0] >= FOE_READ && body[0] <= FOE_BUSY && body[1] == 0;
	case MAIL_EOE: return (body[0] & EOE_TYPE) < EOE_TYPES;
	case MAIL_SOE:
		return (body[0] & SOE_OPERATION) >= SOE_READ &&
		       (body[0] & SOE_OPERATION) <= SOE_EMERGENCY;
	case MAIL_AOE:
		return mail->length < MAIL_HEADER + AMS_FLAGS ||
		       (proto_le16(body + AMS_COMMAND) >= 1 &&
			proto_le16(body + AMS_COMMAND) <= AMS_COMMANDS);
	default: return mail_type(mail) == MAIL_VOE || mail_type(mail) == MAIL_ERROR;
	}
}

bool ethercat_is_mail(const struct ethercat_mail *mail)
{
	if (mail->length < MAIL_HEADER)
		return false;
	size_t size = proto_le16(mail->bytes);
	return size >= 2 && size <= MAIL_MOST && MAIL_HEADER + size <= mail->size &&
	       (mail->bytes[MAIL_CHANNEL] & 0x3f) == 0 && mail->bytes[MAIL_TYPE] >> 7 == 0 &&
	       mail_body_fits(mail);
}

/* ---- what was asked last ---- */

static struct ethercat_asked *mail_asked(const struct proto_frame *frame,
					 const struct ethercat_mail *mail)
{
	struct ethercat_asked *asked = frame->memory;

	return &asked[mail->station % ETHERCAT_STATIONS];
}

/* Never 0: that is nobody's. */
static uint32_t mail_key(const struct ethercat_mail *mail)
{
	return 1u << 24 | (uint32_t)mail->has_station << 16 | mail->station;
}

static void mail_keep(const struct proto_frame *frame, const struct ethercat_mail *mail,
		      const struct message *message)
{
	struct ethercat_asked *asked = mail_asked(frame, mail);

	if (message->continues && asked->key == mail_key(mail))
		return;
	*asked = (struct ethercat_asked){ .key = mail_key(mail),
					  .function = message->function,
					  .has_index = message->space != NULL,
					  .index = message->index };
}

static void mail_recall(const struct proto_frame *frame, const struct ethercat_mail *mail,
			struct message *message)
{
	const struct ethercat_asked *asked = mail_asked(frame, mail);
	bool same_type = asked->function >> 8 == message->function >> 8 ||
			 mail_type(mail) == MAIL_ERROR;

	if (asked->key != mail_key(mail) || !same_type)
		return;
	if (message->answers_last)
		message->function = asked->function;
	if (asked->has_index && asked->function == message->function) {
		message->space = mail_type(mail) == MAIL_SOE ? "idn" : "index";
		message->index = asked->index;
	}
}

void ethercat_keep_mail(const struct proto_frame *frame, const struct ethercat_mail *mail)
{
	const struct message message = message_of(mail);

	mail_keep(frame, mail, &message);
}

void ethercat_read_mail(const struct proto_frame *frame, const struct ethercat_mail *mail)
{
	struct message message = message_of(mail);

	if (message.continues || message.answers_last)
		mail_recall(frame, mail, &message);
	if (mail->asks)
		mail_keep(frame, mail, &message);
	struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = message.function,
		.kind = message.kind,
		.has_unit = mail->has_station,
		.unit = mail->station,
	};
	if (message.space != NULL) {
		operation.span_count = 1;
		operation.span[0] = (struct proto_span){ message.space, message.index,
							 message.index };
	}
	proto_tell(frame, &operation);
}
