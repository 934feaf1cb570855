/* SPDX-License-Identifier: Apache-2.0
 *
 * S7 communication, which Siemens does not publish: jobs and their acknowledgements,
 * after the descriptions of Wireshark (packet-s7comm) and Apache PLC4X.
 *
 * A job names its function in the first byte of its parameters, and so does the
 * acknowledgement; a PI service is named by a string, which only the job has. Blocks
 * that the client loads down are asked for by the controller: those jobs are its. */
#include "config.h"

#include <string.h>

#include "verifier/proto/isotsap.h"

enum { S7COMM_JOB = 1, S7COMM_ACK = 2, S7COMM_ACK_DATA = 3, S7COMM_USERDATA = 7 };
enum { S7COMM_HEADER = 10, S7COMM_ACK_HEADER = 12 };
enum { S7COMM_READ_VARIABLE = 0x04, S7COMM_WRITE_VARIABLE = 0x05, S7COMM_DOWNLOAD_BLOCK = 0x1b,
       S7COMM_DOWNLOAD_ENDED = 0x1c, S7COMM_PI_SERVICE = 0x28 };
enum { S7COMM_DONE = 0xff };

/* ---- PI services ---- */

/* Numbers of ours: 0x2800 and a place in this list. Those of numerical controls all
 * begin alike. */
static const struct s7comm_service {
	const char *name;
	uint16_t function;
} s7comm_services[] = {
	{ "_INSE", 0x2801 }, { "_INS2", 0x2801 },     { "_DELE", 0x2802 }, { "P_PROGRAM", 0x2803 },
	{ "_MODU", 0x2804 }, { "_GARB", 0x2805 },     { "_N_", 0x2806 },
};

/* Function, seven bytes, a block of arguments with its length, the name with its. */
static uint16_t s7comm_pi_function(struct isotsap_message parameter)
{
	size_t at = 8;

	if (parameter.length < at + 2)
		return S7COMM_PI_SERVICE;
	at += 2u + proto_be16(parameter.bytes + at);
	if (parameter.length <= at)
		return S7COMM_PI_SERVICE;
	size_t left = parameter.length - at - 1;
	for (size_t i = 0; i < sizeof(s7comm_services) / sizeof(s7comm_services[0]); i++) {
		const char *name = s7comm_services[i].name;
		size_t length = strlen(name);
		if (length <= left && memcmp(parameter.bytes + at + 1, name, length) == 0)
			return s7comm_services[i].function;
	}
	return S7COMM_PI_SERVICE;
}

/* ---- jobs ---- */

static void s7comm_job_client(const struct proto_frame *frame, uint8_t function, bool job)
{
	bool controller = function == S7COMM_DOWNLOAD_BLOCK || function == S7COMM_DOWNLOAD_ENDED;

	proto_tell_client(frame, job != controller ? frame->side : !frame->side);
}

static void s7comm_job(const struct proto_frame *frame, const struct s7comm_pdu *pdu)
{
	struct isotsap_message parameter = pdu->parameter;
	struct proto_operation operation = { .protocol = ISOTSAP_S7COMM,
					     .kind = PROTO_REQUEST,
					     .carrier = PROTO_NO_FUNCTION };

	if (parameter.length == 0)
		return;
	operation.function = parameter.bytes[0];
	s7comm_job_client(frame, parameter.bytes[0], true);
	if (operation.function == S7COMM_PI_SERVICE)
		operation.function = s7comm_pi_function(parameter);
	isotsap_ask(frame, (struct isotsap_asked){ .reference = pdu->reference,
						   .function = operation.function });
	if ((operation.function == S7COMM_READ_VARIABLE ||
	     operation.function == S7COMM_WRITE_VARIABLE) &&
	    parameter.length >= 2)
		s7comm_items(frame, &operation,
			     (struct isotsap_message){ parameter.bytes + 2, parameter.length - 2 },
			     parameter.bytes[1]);
	proto_tell(frame, &operation);
}

/* ---- acknowledgements ---- */

/* The bytes of a value that was read: its length is in bits for some types. */
static size_t s7comm_value_size(const uint8_t *item)
{
	size_t length = proto_be16(item + 2);

	if (item[1] >= 3 && item[1] <= 5)
		length = (length + 7) / 8;
	return length + (length & 1);
}

/* Was none of the items read? */
static bool s7comm_read_none(struct isotsap_message data, unsigned count)
{
	size_t at = 0;

	for (; count > 0 && data.length - at >= 4; count--) {
		if (data.bytes[at] == S7COMM_DONE)
			return false;
		size_t step = 4 + s7comm_value_size(data.bytes + at);
		at += step < data.length - at ? step : data.length - at;
	}
	return at > 0;
}

static bool s7comm_written_none(struct isotsap_message data, unsigned count)
{
	for (size_t at = 0; at < data.length && at < count; at++)
		if (data.bytes[at] == S7COMM_DONE)
			return false;
	return data.length > 0 && count > 0;
}

static bool s7comm_is_refused(const struct s7comm_pdu *pdu, uint16_t function)
{
	struct isotsap_message parameter = pdu->parameter;

	if (pdu->error != 0 || parameter.length < 2)
		return pdu->error != 0;
	switch (function) {
	case S7COMM_READ_VARIABLE: return s7comm_read_none(pdu->data, parameter.bytes[1]);
	case S7COMM_WRITE_VARIABLE: return s7comm_written_none(pdu->data, parameter.bytes[1]);
	default: return false;
	}
}

/* One without parameters answers what was asked with its reference. */
static void s7comm_acknowledgement(const struct proto_frame *frame, const struct s7comm_pdu *pdu)
{
	const struct isotsap_asked *asked = isotsap_asked(frame, pdu->reference);
	struct proto_operation operation = { .protocol = ISOTSAP_S7COMM,
					     .carrier = PROTO_NO_FUNCTION };

	if (pdu->parameter.length > 0) {
		operation.function = pdu->parameter.bytes[0];
		s7comm_job_client(frame, pdu->parameter.bytes[0], false);
	} else if (asked == NULL) {
		return;
	}
	if (asked != NULL &&
	    (pdu->parameter.length == 0 || operation.function == S7COMM_PI_SERVICE))
		operation.function = asked->function;
	operation.kind =
		s7comm_is_refused(pdu, operation.function) ? PROTO_REFUSAL : PROTO_RESPONSE;
	proto_tell(frame, &operation);
}

/* ---- PDUs ---- */

static struct isotsap_message s7comm_part(struct isotsap_message message, size_t at, size_t length)
{
	size_t left = at < message.length ? message.length - at : 0;

	return (struct isotsap_message){ message.bytes + message.length - left,
					 length < left ? length : left };
}

static struct s7comm_pdu s7comm_pdu(struct isotsap_message message, size_t header)
{
	const uint8_t *bytes = message.bytes;
	size_t parameter = proto_be16(bytes + 6);

	return (struct s7comm_pdu){
		.rosctr = bytes[1],
		.reference = proto_be16(bytes + 4),
		.error = header == S7COMM_ACK_HEADER ? proto_be16(bytes + 10) : 0,
		.parameter = s7comm_part(message, header, parameter),
		.data = s7comm_part(message, header + parameter, proto_be16(bytes + 8)),
	};
}

void s7comm_read(const struct proto_frame *frame, struct isotsap_message message)
{
	bool acknowledges = message.length > 1 && (message.bytes[1] == S7COMM_ACK ||
						   message.bytes[1] == S7COMM_ACK_DATA);
	size_t header = acknowledges ? S7COMM_ACK_HEADER : S7COMM_HEADER;

	if (message.length < header)
		return;
	struct s7comm_pdu pdu = s7comm_pdu(message, header);
	if (acknowledges)
		s7comm_acknowledgement(frame, &pdu);
	else if (pdu.rosctr == S7COMM_JOB)
		s7comm_job(frame, &pdu);
	else if (pdu.rosctr == S7COMM_USERDATA)
		s7comm_read_userdata(frame, &pdu);
}
