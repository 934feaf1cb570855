/* SPDX-License-Identifier: Apache-2.0
 *
 * MMS (ISO 9506-2) over the session, presentation and association layers (ITU-T X.225,
 * X.226, X.227; IEC 61850-8-1, annex A).
 *
 * Function numbers are the tags of confirmed services; from 256 those of unconfirmed
 * ones, from 512 those of other PDUs, and from 768 reads and writes of IEC 61850's
 * objects (mms_object.c). Errors and rejections tell only which request they answer,
 * as do responses which objects they are about. */
#include "config.h"

#include "verifier/proto/isotsap.h"
#include "verifier/proto/mms.h"

/* Session PDUs and the parameters that hold the user's data. */
enum { SESSION_GIVE_TOKENS = 1, SESSION_FINISH = 9, SESSION_DISCONNECT = 10,
       SESSION_CONNECT = 13, SESSION_ACCEPT = 14, SESSION_LONG = 0xff,
       SESSION_USER_DATA = 0xc1, SESSION_EXTENDED_USER_DATA = 0xc2 };
/* Presentation: the connect PDU's set, its normal mode, and fully encoded data. */
enum { PRESENTATION_CONNECT = 0x31, PRESENTATION_NORMAL = 0xa2, PRESENTATION_DATA = 0x61,
       PRESENTATION_VALUES = 0x30, PRESENTATION_SINGLE = 0xa0, PRESENTATION_OCTETS = 0x81 };
/* Association: request, response, release; the user's information in an EXTERNAL. */
enum { ASSOCIATION_FIRST = 0x60, ASSOCIATION_LAST = 0x64, ASSOCIATION_USER = 0xbe,
       ASSOCIATION_EXTERNAL = 0x28 };
/* PDUs of MMS, by number. */
enum { PDU_CONFIRMED_REQUEST, PDU_CONFIRMED_RESPONSE, PDU_CONFIRMED_ERROR, PDU_UNCONFIRMED,
       PDU_REJECT, PDU_CANCEL_REQUEST, PDU_CANCEL_RESPONSE, PDU_CANCEL_ERROR,
       PDU_INITIATE_REQUEST, PDU_INITIATE_RESPONSE, PDU_INITIATE_ERROR, PDU_CONCLUDE_REQUEST,
       PDU_CONCLUDE_RESPONSE, PDU_CONCLUDE_ERROR, PDUS };
enum { MMS_UNCONFIRMED = 0x100, MMS_PDU = 0x200 };
enum { TAG_INTEGER = 0x02, TAG_INVOKE_ID = 0x80, TAG_FAILURE = 0x80, TAG_RESULTS = 0xa1 };
/* Services of which a server asks its client, to fetch a file that it is sent (obtainFile). */
enum { MMS_FILE_OPEN = 72, MMS_FILE_CLOSE = 74 };

/* ---- telling ---- */

/* One operation for each kind of object. */
static void mms_tell(const struct proto_frame *frame, enum proto_kind kind, unsigned function,
		     unsigned objects)
{
	struct proto_operation operation = { .protocol = ISOTSAP_MMS,
					     .kind = (uint8_t)kind,
					     .carrier = PROTO_NO_FUNCTION };

	for (unsigned object = 0; object < MMS_OBJECTS; object++) {
		if ((objects >> object & 1) == 0)
			continue;
		operation.function = (uint16_t)(object << 8 | function);
		proto_tell(frame, &operation);
	}
}

/* ---- confirmed services ---- */

/* The first element of a context behind the invocation's number, and its modifiers. */
static bool mms_service(struct ber pdu, struct ber_element *service)
{
	while (ber_next(&pdu, service))
		if ((service->tag & BER_CLASS) == BER_CONTEXT)
			return true;
	return false;
}

static void mms_request(const struct proto_frame *frame, struct ber pdu)
{
	struct ber_element service;
	struct ber invoke;

	if (!ber_find(pdu, TAG_INTEGER, &invoke) || !mms_service(pdu, &service) ||
	    service.number >= MMS_UNCONFIRMED)
		return;
	unsigned objects = service.number == MMS_READ || service.number == MMS_WRITE
				   ? mms_objects(service.content, service.number)
				   : 1u << MMS_PLAIN;
	isotsap_ask(frame, (struct isotsap_asked){ .reference = ber_integer(invoke),
						   .function = (uint16_t)service.number,
						   .objects = (uint16_t)objects });
	if (service.number < MMS_FILE_OPEN || service.number > MMS_FILE_CLOSE)
		isotsap_tell_client(frame, frame->side);
	mms_tell(frame, PROTO_REQUEST, service.number, objects);
}

/* Is each result of a read, or of a write, a failure? */
static bool mms_failed(const struct ber_element *service)
{
	struct ber results = service->content;
	struct ber_element result;
	bool any = false;

	if (service->number != MMS_READ && service->number != MMS_WRITE)
		return false;
	if (service->number == MMS_READ)
		ber_find(service->content, TAG_RESULTS, &results);
	while (ber_next(&results, &result)) {
		if (result.tag != TAG_FAILURE)
			return false;
		any = true;
	}
	return any;
}

static void mms_response(const struct proto_frame *frame, struct ber pdu)
{
	struct ber_element service;
	struct ber invoke;

	if (!ber_find(pdu, TAG_INTEGER, &invoke) || !mms_service(pdu, &service) ||
	    service.number >= MMS_UNCONFIRMED)
		return;
	const struct isotsap_asked *asked = isotsap_asked(frame, ber_integer(invoke));
	unsigned objects = asked != NULL && asked->function == service.number
				   ? asked->objects
				   : 1u << MMS_PLAIN;
	if (service.number < MMS_FILE_OPEN || service.number > MMS_FILE_CLOSE)
		isotsap_tell_client(frame, !frame->side);
	mms_tell(frame, mms_failed(&service) ? PROTO_REFUSAL : PROTO_RESPONSE, service.number,
		 objects);
}

static void mms_error(const struct proto_frame *frame, struct ber pdu)
{
	struct ber invoke;

	if (!ber_find(pdu, TAG_INVOKE_ID, &invoke))
		return;
	const struct isotsap_asked *asked = isotsap_asked(frame, ber_integer(invoke));
	if (asked != NULL)
		mms_tell(frame, PROTO_REFUSAL, asked->function, asked->objects);
}

/* ---- PDUs ---- */

static void mms_unconfirmed(const struct proto_frame *frame, struct ber pdu)
{
	struct ber_element service;

	if (mms_service(pdu, &service) && service.number < MMS_UNCONFIRMED)
		mms_tell(frame, PROTO_NOTICE, MMS_UNCONFIRMED | service.number, 1u << MMS_PLAIN);
}

/* Cancel, initiate and conclude: request, response, error in a row. */
static void mms_session(const struct proto_frame *frame, unsigned pdu)
{
	static const uint8_t kinds[] = { PROTO_REQUEST, PROTO_RESPONSE, PROTO_REFUSAL };
	unsigned step = (pdu - PDU_CANCEL_REQUEST) % 3;

	if (pdu == PDU_INITIATE_REQUEST)
		proto_tell_client(frame, frame->side);
	else if (pdu == PDU_INITIATE_RESPONSE || pdu == PDU_INITIATE_ERROR)
		proto_tell_client(frame, !frame->side);
	mms_tell(frame, kinds[step], MMS_PDU | (pdu - step), 1u << MMS_PLAIN);
}

static void mms_pdu(const struct proto_frame *frame, struct ber bytes)
{
	struct ber_element pdu;

	if (!ber_next(&bytes, &pdu) || (pdu.tag & BER_CLASS) != BER_CONTEXT || pdu.number >= PDUS)
		return;
	switch (pdu.number) {
	case PDU_CONFIRMED_REQUEST: mms_request(frame, pdu.content); break;
	case PDU_CONFIRMED_RESPONSE: mms_response(frame, pdu.content); break;
	case PDU_CONFIRMED_ERROR:
	case PDU_REJECT: mms_error(frame, pdu.content); break;
	case PDU_UNCONFIRMED: mms_unconfirmed(frame, pdu.content); break;
	default: mms_session(frame, pdu.number); break;
	}
}

/* ---- association and presentation ---- */

static void mms_value(const struct proto_frame *frame, struct ber value)
{
	static const uint8_t user[] = { ASSOCIATION_USER, ASSOCIATION_EXTERNAL, PRESENTATION_SINGLE };
	struct ber inside;

	if (value.length == 0)
		return;
	if (value.bytes[0] < ASSOCIATION_FIRST || value.bytes[0] > ASSOCIATION_LAST) {
		mms_pdu(frame, value);
		return;
	}
	struct ber_element association;
	if (ber_next(&value, &association) &&
	    ber_descend(association.content, user, sizeof(user), &inside))
		mms_pdu(frame, inside);
}

/* Each value of a list, whatever its context. */
static void mms_values(const struct proto_frame *frame, struct ber list)
{
	struct ber_element values;
	struct ber value;

	while (ber_next(&list, &values))
		if (values.tag == PRESENTATION_VALUES &&
		    (ber_find(values.content, PRESENTATION_SINGLE, &value) ||
		     ber_find(values.content, PRESENTATION_OCTETS, &value)))
			mms_value(frame, value);
}

static void mms_presentation(const struct proto_frame *frame, struct ber bytes)
{
	static const uint8_t connect[] = { PRESENTATION_CONNECT, PRESENTATION_NORMAL,
					   PRESENTATION_DATA };
	struct ber list;

	if (ber_find(bytes, PRESENTATION_DATA, &list) ||
	    ber_descend(bytes, connect, sizeof(connect), &list))
		mms_values(frame, list);
}

/* ---- session ---- */

/* Code and length of a session PDU or one of its parameters; lengths from 255 take three
 * bytes. False: not there. */
static bool mms_session_item(struct ber *rest, uint8_t *code, struct ber *content)
{
	size_t header = rest->length > 1 && rest->bytes[1] == SESSION_LONG ? 4 : 2;

	if (rest->length < header)
		return false;
	size_t size = header == 4 ? proto_be16(rest->bytes + 2) : rest->bytes[1];
	*code = rest->bytes[0];
	if (size > rest->length - header)
		size = rest->length - header;
	*content = (struct ber){ rest->bytes + header, size };
	rest->bytes += header + size;
	rest->length -= header + size;
	return true;
}

static void mms_session_parameters(const struct proto_frame *frame, struct ber rest)
{
	struct ber content;
	uint8_t code;

	while (mms_session_item(&rest, &code, &content))
		if (code == SESSION_USER_DATA || code == SESSION_EXTENDED_USER_DATA)
			mms_presentation(frame, content);
}

/* Data follows two PDUs without parameters. */
void mms_read(const struct proto_frame *frame, struct isotsap_message message)
{
	struct ber rest = { message.bytes, message.length }, content;
	uint8_t code, transfer;

	if (!mms_session_item(&rest, &code, &content))
		return;
	if (code == SESSION_GIVE_TOKENS && mms_session_item(&rest, &transfer, &content) &&
	    transfer == SESSION_GIVE_TOKENS)
		mms_presentation(frame, rest);
	else if (code == SESSION_CONNECT || code == SESSION_ACCEPT || code == SESSION_FINISH ||
		 code == SESSION_DISCONNECT)
		mms_session_parameters(frame, content);
}
