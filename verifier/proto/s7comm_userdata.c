/* SPDX-License-Identifier: Apache-2.0
 *
 * User data of S7 communication: services in groups, asked for, answered or pushed
 * (Wireshark's packet-s7comm). Function numbers are ours: 0x1000, the group, and the
 * subfunction. */
#include "config.h"

#include "verifier/proto/isotsap.h"

enum { USERDATA_LEAST = 7, USERDATA_ERROR = 10, USERDATA_FUNCTION = 0x1000 };
enum { TYPE_REQUEST = 4, TYPE_RESPONSE = 8, TYPE_NC_REQUEST = 7, TYPE_NC_RESPONSE = 11 };
enum { GROUP_CYCLIC = 2, GROUP_PARTNER = 6 };
/* Cyclic services that name what they are about. */
enum { CYCLIC_TRANSFER = 1, CYCLIC_CHANGES = 5, CYCLIC_CHANGES_MODIFY = 7 };
/* Return codes of data that was refused; 0x0a also says that there is none. */
enum { RETURN_FIRST = 1, RETURN_LAST = 9 };
enum { DATA_HEADER = 4, CYCLIC_HEADER = 4 };

static bool userdata_is_refused(const struct s7comm_pdu *pdu)
{
	struct isotsap_message parameter = pdu->parameter, data = pdu->data;

	if (parameter.length >= USERDATA_ERROR + 2 &&
	    proto_be16(parameter.bytes + USERDATA_ERROR) != 0)
		return true;
	return data.length > 0 && data.bytes[0] >= RETURN_FIRST && data.bytes[0] <= RETURN_LAST;
}

static enum proto_kind userdata_kind(const struct s7comm_pdu *pdu)
{
	switch (pdu->parameter.bytes[5] >> 4) {
	case TYPE_REQUEST:
	case TYPE_NC_REQUEST: return PROTO_REQUEST;
	case TYPE_RESPONSE:
	case TYPE_NC_RESPONSE: return userdata_is_refused(pdu) ? PROTO_REFUSAL : PROTO_RESPONSE;
	default: return PROTO_NOTICE;
	}
}

/* Partners send blocks to each other; anything else the client asks for. */
static void userdata_tell_client(const struct proto_frame *frame, uint8_t group,
				 enum proto_kind kind)
{
	if (group != GROUP_PARTNER)
		proto_tell_client(frame, kind == PROTO_REQUEST ? frame->side : !frame->side);
}

static bool userdata_has_items(uint8_t function)
{
	return function == CYCLIC_TRANSFER || function == CYCLIC_CHANGES ||
	       function == CYCLIC_CHANGES_MODIFY;
}

/* What a subscription is about: how many, how often, items. */
static void userdata_cyclic(const struct proto_frame *frame, const struct s7comm_pdu *pdu,
			    struct proto_operation *operation)
{
	struct isotsap_message data = pdu->data;

	if (operation->kind != PROTO_REQUEST || !userdata_has_items(pdu->parameter.bytes[6]) ||
	    data.length < DATA_HEADER + CYCLIC_HEADER)
		return;
	s7comm_items(frame, operation,
		     (struct isotsap_message){ data.bytes + DATA_HEADER + CYCLIC_HEADER,
					       data.length - DATA_HEADER - CYCLIC_HEADER },
		     data.bytes[DATA_HEADER + 1]);
}

void s7comm_read_userdata(const struct proto_frame *frame, const struct s7comm_pdu *pdu)
{
	struct isotsap_message parameter = pdu->parameter;

	if (parameter.length < USERDATA_LEAST)
		return;
	uint8_t group = parameter.bytes[5] & 0x0f;
	struct proto_operation operation = {
		.protocol = ISOTSAP_S7COMM,
		.kind = (uint8_t)userdata_kind(pdu),
		.carrier = PROTO_NO_FUNCTION,
		.function = (uint16_t)(USERDATA_FUNCTION | group << 8 | parameter.bytes[6]),
	};
	userdata_tell_client(frame, group, operation.kind);
	if (group == GROUP_CYCLIC)
		userdata_cyclic(frame, pdu, &operation);
	proto_tell(frame, &operation);
}
