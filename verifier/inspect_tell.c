/* SPDX-License-Identifier: Apache-2.0
 *
 * What readers tell of a conversation: operations, who asks, ends that it negotiates and
 * what it keeps for others. */
#include "config.h"
#include "verifier/inspect_parts.h"

static bool inspect_is_initiator(const struct inspect_step *step, int side)
{
	return (side == 0) == (step->inspection->first == FROM_INITIATOR);
}

/* Between peers who both ask, what the responder asks is a flow of its own. */
static bool inspect_asks_back(const struct inspect_step *step, const struct proto_operation *seen)
{
	bool by_initiator = inspect_is_initiator(step, step->side);

	if (!step->datagram || !step->inspection->reader->proto->peers || seen->kind == PROTO_NOTICE)
		return false;
	return by_initiator != (seen->kind == PROTO_REQUEST);
}

/* Where none is expected, a reader of several protocols tells which one it is by the
 * first operation. */
static void inspect_tell_operation(void *context, const struct proto_operation *seen)
{
	struct inspect_step *step = context;
	const struct inspect *inspect = step->inspect;
	const struct inspect_reader *reader = step->inspection->reader;
	uint16_t protocol = reader->protocol[seen->protocol];
	struct inspect_operation operation = {
		.operation = operation_id_of(protocol, seen->hidden ? 0 : seen->function),
		.back = inspect_asks_back(step, seen),
		.seen = seen,
	};

	if (seen->carrier != PROTO_NO_FUNCTION)
		operation.carrier = operation_id_of(reader->protocol[0], seen->carrier);
	if (step->inspection->operations == 0 && !step->inspection->expected &&
	    seen->carrier == PROTO_NO_FUNCTION)
		step->inspection->protocol = protocol;
	step->inspection->operations += !seen->more;
	if (!seen->more)
		step->inspection->counted = false;
	if (seen->hidden)
		step->inspection->hidden = true;
	else
		inspect_judge(step, &operation);
	if (inspect->events.operation != NULL)
		inspect->events.operation(inspect->events.context, step->slice,
					  step->frame->last, &operation);
}

static bool inspect_is_group(const struct inspect_step *step, int side)
{
	struct address address = inspect_is_initiator(step, side)
					 ? conversation_initiator(step->slice)
					 : conversation_responder(step->slice);

	return address_is_multicast(&address);
}

/* The handshake outranks what payloads say of who began. A group does not ask. A request
 * that was made to look like an answer is still one to the device. */
static void inspect_tell_client(void *context, int side)
{
	struct inspect_step *step = context;
	struct inspection *inspection = step->inspection;

	if ((inspection->certain && inspection->client == side) || inspect_is_group(step, side))
		return;
	if (inspection->certain && inspection->reader->proto->one_asks) {
		inspection->unread = true;
		return;
	}
	bool told = inspection->certain;
	inspection->client = (uint8_t)side;
	inspection->certain = true;
	if (told || !inspect_may_be_turned(step->slice) || inspect_is_initiator(step, side))
		return;
	conversation_turn(step->slice);
	inspection->first = !inspection->first;
	step->turned = true;
}

static const uint8_t *inspect_address(const struct inspect_step *step, int side)
{
	return inspect_is_initiator(step, side) ? step->slice->initiator : step->slice->responder;
}

static uint16_t inspect_port(const struct inspect_step *step, int side)
{
	return inspect_is_initiator(step, side) ? step->slice->initiator_port
						: step->slice->responder_port;
}

static void inspect_tell_channel(void *context, const struct proto_channel *channel)
{
	const struct inspect_step *step = context;
	uint16_t port = channel->port != 0 ? channel->port : inspect_port(step, channel->side);

	inspect_ports_open(step->inspect->ports, inspect_address(step, channel->side),
			   channel->transport, port,
			   (struct inspect_expected){ step->inspection->reader->proto,
						      step->inspection->protocol });
}

static void inspect_keep(void *context, int side, uint32_t number, uint16_t meaning)
{
	const struct inspect_step *step = context;

	inspect_ports_keep(step->inspect->ports, inspect_address(step, side), number, meaning);
}

static uint16_t inspect_recall(void *context, int side, uint32_t number)
{
	const struct inspect_step *step = context;

	return inspect_ports_recall(step->inspect->ports, inspect_address(step, side), number);
}

const struct proto_events inspect_proto_events = {
	.operation = inspect_tell_operation,
	.client = inspect_tell_client,
	.channel = inspect_tell_channel,
	.keep = inspect_keep,
	.recall = inspect_recall,
};
