/* SPDX-License-Identifier: Apache-2.0
 *
 * OPC Classic: calls of DCOM objects (MS-DCOM), which are DCE/RPC over connections. An
 * operation is an interface and its number there. The header of a call tells both even
 * where its stub is encrypted: the interface by the number that a bind or alter-context
 * gave it. Of a call whose bind is not in the capture, only that it is one can be seen.
 *
 * Objects are served at ports that activation tells, as long as its answer can be read;
 * the conversation there is then known for what it is (dcom_port.c). */
#include "config.h"

#include "verifier/proto/dcom.h"
#include "verifier/proto/readers.h"

enum { STATUS_SIZE = 4, NUMBER_LAST = 0xff };

/* No interface known here has numbers beyond a byte. */
static uint16_t dcom_function(uint8_t interface, uint16_t number)
{
	if (number > NUMBER_LAST && interface != 0)
		interface = DCOM_FOREIGN;
	return (uint16_t)(interface << 8 | (number & NUMBER_LAST));
}

/* ---- units that are no calls ---- */

struct dcom_unit {
	uint8_t type;
	uint8_t asked; /* the type that it is told as */
	bool by_client;
	uint8_t kind;
};

static const struct dcom_unit dcom_units[] = {
	{ DCERPC_BIND, DCERPC_BIND, true, PROTO_REQUEST },
	{ DCERPC_BIND_ACK, DCERPC_BIND, false, PROTO_RESPONSE },
	{ DCERPC_BIND_NAK, DCERPC_BIND, false, PROTO_REFUSAL },
	{ DCERPC_ALTER_CONTEXT, DCERPC_ALTER_CONTEXT, true, PROTO_REQUEST },
	{ DCERPC_ALTER_CONTEXT_RESPONSE, DCERPC_ALTER_CONTEXT, false, PROTO_RESPONSE },
	{ DCERPC_AUTH_3, DCERPC_AUTH_3, true, PROTO_REQUEST },
	{ DCERPC_SHUTDOWN, DCERPC_SHUTDOWN, false, PROTO_NOTICE },
	{ DCERPC_CANCEL, DCERPC_CANCEL, true, PROTO_REQUEST },
	{ DCERPC_ORPHANED, DCERPC_ORPHANED, true, PROTO_REQUEST },
};

static void dcom_tell_unit(const struct proto_frame *frame, const struct dcom_unit *unit)
{
	const struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = dcom_function(DCOM_UNIT, unit->asked),
		.kind = unit->kind,
	};

	proto_tell_client(frame, unit->by_client ? frame->side : !frame->side);
	proto_tell(frame, &operation);
}

/* ---- calls ---- */

static void dcom_request(const struct proto_frame *frame, const struct dcerpc_unit *unit)
{
	uint8_t interface = dcerpc_context(frame->memory, unit->context);
	const struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = dcom_function(interface, unit->number),
		.hidden = interface == 0,
	};

	proto_tell_client(frame, frame->side);
	if (!unit->first)
		return;
	if (interface != 0)
		dcerpc_keep_call(frame->memory, unit->call, operation.function);
	proto_tell(frame, &operation);
}

/* An answer ends with a status: of objects its highest bit is that it failed, else all
 * but zero. An encrypted one is taken for done. */
static enum proto_kind dcom_answer_kind(const struct dcerpc_unit *unit, uint16_t function)
{
	if (unit->type == DCERPC_FAULT)
		return PROTO_REFUSAL;
	if (unit->sealed || !unit->last || unit->stub_length < STATUS_SIZE ||
	    function >> 8 == DCOM_FOREIGN)
		return PROTO_RESPONSE;
	uint32_t status = dcerpc_u32(unit, unit->stub + unit->stub_length - STATUS_SIZE);
	bool failed = function >> 8 <= DCOM_ACTIVATION ? status != 0 : status >> 31 != 0;
	return failed ? PROTO_REFUSAL : PROTO_RESPONSE;
}

/* Of an answer to what was not seen, nothing is told. */
static void dcom_answer(const struct proto_frame *frame, const struct dcerpc_unit *unit)
{
	struct proto_operation operation = {
		.carrier = PROTO_NO_FUNCTION,
		.function = dcerpc_call(frame->memory, unit->call),
	};

	proto_tell_client(frame, !frame->side);
	if (operation.function == 0)
		return;
	dcom_tell_ports(frame, unit, operation.function);
	operation.kind = (uint8_t)dcom_answer_kind(unit, operation.function);
	if (unit->first)
		proto_tell(frame, &operation);
}

/* ---- frames ---- */

/* Which interfaces contexts are, and which of them the server takes. */
static void dcom_context(const struct proto_frame *frame, const struct dcerpc_unit *unit)
{
	switch (unit->type) {
	case DCERPC_BIND:
	case DCERPC_ALTER_CONTEXT: dcerpc_name(frame->memory, unit, dcom_interface); break;
	case DCERPC_BIND_ACK:
	case DCERPC_BIND_NAK:
	case DCERPC_ALTER_CONTEXT_RESPONSE: dcerpc_accept(frame->memory, unit); break;
	default: break;
	}
}

static void dcom_read(const struct proto_frame *frame)
{
	struct dcerpc_unit unit;

	if (!dcerpc_unit(&unit, frame->bytes, frame->length, frame->size))
		return;
	if (unit.type == DCERPC_REQUEST)
		dcom_request(frame, &unit);
	else if (unit.type == DCERPC_RESPONSE || unit.type == DCERPC_FAULT)
		dcom_answer(frame, &unit);
	else
		dcom_context(frame, &unit);
	for (size_t i = 0; i < sizeof(dcom_units) / sizeof(*dcom_units); i++)
		if (dcom_units[i].type == unit.type)
			dcom_tell_unit(frame, &dcom_units[i]);
}

/* Others call by DCE/RPC, too: OPC it is where an interface of its own is named first. */
static bool dcom_binds_opc(const uint8_t *bytes, size_t length)
{
	struct dcerpc_unit unit;
	struct dcerpc_context context;

	if (!dcerpc_unit(&unit, bytes, length, length) ||
	    (unit.type != DCERPC_BIND && unit.type != DCERPC_ALTER_CONTEXT))
		return false;
	struct dcerpc_contexts contexts = dcerpc_contexts(&unit);
	if (!dcerpc_next_context(&contexts, &context))
		return false;
	uint8_t interface = dcom_interface(context.interface);
	return interface >= DCOM_OPC_FIRST && interface != DCOM_FOREIGN;
}

static enum proto_likeness dcom_recognise(const uint8_t *bytes, size_t length, bool datagram)
{
	if (datagram || dcerpc_size(bytes, length) == PROTO_NONE)
		return PROTO_UNLIKE;
	return dcom_binds_opc(bytes, length) ? PROTO_CERTAIN : PROTO_LIKE;
}

const struct proto proto_dcom = {
	.protocols = { "opc-classic" },
	.frame = dcerpc_size,
	.read = dcom_read,
	.recognise = dcom_recognise,
	.memory = sizeof(struct dcerpc_memory),
	.frame_limit = PROTO_FRAME_LIMIT,
};
