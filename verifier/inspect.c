/* SPDX-License-Identifier: Apache-2.0
 *
 * From packets of conversations to operations: chooses the reader, keeps what it
 * needs, and counts what does not conform. */
#include "config.h"
#include "verifier/inspect.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/inspect_ports.h"
#include "verifier/proto/assembly.h"

/* struct conversation.content_state: how many payloads were tried in vain, and of
 * which sides `begin` is known. */
enum {
	STATE_TRIED = 0x0f,
	STATE_BEGUN = 0x40, /* << side */
	INSPECT_TRIES = 4,
};
/* Operations that always conform, remembered a conversation; pieces without a frame
 * that make a conversation foreign whose beginning was not seen. */
enum { INSPECT_KNOWN = 4, INSPECT_ALIEN = 3, INSPECT_BREACHES = 256 };

/* What is known of one conversation. */
struct inspection {
	const struct proto *proto;
	struct inspect_breach *breaches;
	uint64_t operations;           /* of the slice */
	operation_id known[INSPECT_KNOWN]; /* of the slice: conform, whatever they are about */
	struct assembly side[2];       /* TCP */
	uint16_t protocol;
	uint16_t instead;
	uint16_t datagrams, alien;     /* of UDP and layer 2 */
	uint16_t breach_count;
	uint8_t known_count;
	uint8_t first;                 /* which end is side 0: FROM_INITIATOR at first; turned
					* where the conversation is */
	uint8_t client;                /* a side */
	bool certain;                  /* the handshake or the payload tells the client */
	bool expected, hidden;
	bool unread;                   /* datagrams that are not there whole */
	bool counted;                  /* the operation told last, of whose things more may be */
	_Alignas(max_align_t) uint8_t memory[];
};

struct inspect {
	const struct model *model;
	struct inspect_events events;
	struct inspect_ports *ports;
	uint16_t (*protocols)[5]; /* of the model, by reader and index of proto.protocols */
};

/* One packet on its way through a reader. */
struct inspect_step {
	struct inspect *inspect;
	struct inspection *inspection;
	struct conversation *slice;
	const struct capture_packet *packet;
	int side;
	bool datagram;
	bool turned; /* the slice was */
};

/* ---- making ---- */

static uint16_t inspect_protocol(const struct model *model, const char *name)
{
	for (uint16_t p = 1; p < model->protocol_count; p++)
		if (strcmp(model->protocols[p].name, name) == 0)
			return p;
	return 0;
}

static void inspect_map_protocols(struct inspect *inspect)
{
	size_t count = 0;

	while (protos[count] != NULL)
		count++;
	inspect->protocols = memory_array(count + 1, sizeof(*inspect->protocols));
	for (size_t i = 0; i < count; i++)
		for (size_t p = 0; protos[i]->protocols[p] != NULL; p++)
			inspect->protocols[i][p] =
				inspect_protocol(inspect->model, protos[i]->protocols[p]);
}

struct inspect *inspect_create(const struct model *model, const struct inspect_events *events)
{
	struct inspect *inspect = memory_alloc(sizeof(*inspect));

	inspect->model = model;
	inspect->events = *events;
	inspect->ports = inspect_ports_create(model);
	inspect_map_protocols(inspect);
	return inspect;
}

void inspect_destroy(struct inspect *inspect)
{
	if (inspect == NULL)
		return;
	inspect_ports_destroy(inspect->ports);
	free(inspect->protocols);
	free(inspect);
}

static size_t inspect_reader(const struct proto *proto)
{
	size_t i = 0;

	while (protos[i] != proto)
		i++;
	return i;
}

static uint16_t inspect_model_protocol(const struct inspect *inspect, const struct proto *proto,
				       size_t protocol)
{
	return inspect->protocols[inspect_reader(proto)][protocol];
}

/* ---- breaches ---- */

static struct inspect_breach *inspect_find_breach(const struct inspection *inspection,
						  const struct inspect_operation *operation)
{
	for (size_t i = 0; i < inspection->breach_count; i++)
		if (inspection->breaches[i].operation == operation->operation &&
		    inspection->breaches[i].back == operation->back)
			return &inspection->breaches[i];
	return NULL;
}

static struct inspect_breach *inspect_breach(struct inspection *inspection,
					     const struct inspect_operation *operation,
					     const struct capture_packet *packet)
{
	struct inspect_breach *breach = inspect_find_breach(inspection, operation);

	if (breach != NULL)
		return breach;
	if (inspection->breach_count == INSPECT_BREACHES)
		return &inspection->breaches[INSPECT_BREACHES - 1];
	inspection->breaches = memory_resize(inspection->breaches, inspection->breach_count + 1u,
					     sizeof(*breach));
	breach = &inspection->breaches[inspection->breach_count++];
	*breach = (struct inspect_breach){
		.operation = operation->operation,
		.carrier = operation->carrier,
		.back = operation->back,
		.first = packet->instant,
		.file = packet->file,
		.number = packet->number,
		.seen = *operation->seen,
	};
	return breach;
}

static void inspect_count_breach(struct inspection *inspection,
				 const struct inspect_operation *operation,
				 const struct capture_packet *packet)
{
	struct inspect_breach *breach = inspect_breach(inspection, operation, packet);

	breach->count[operation->seen->kind] += !inspection->counted;
	inspection->counted = true;
	breach->asked |= operation->seen->kind == PROTO_REQUEST;
	if (breach->packets == 0 || packet->instant != breach->last) {
		breach->packets++;
		breach->bytes += packet->length;
	}
	if (packet->instant > breach->last || breach->packets == 1)
		breach->last = packet->instant;
	if (breach->seen.span_count == 0 && operation->seen->span_count > 0)
		breach->seen = *operation->seen;
}

/* ---- what readers tell ---- */

static bool inspect_is_known(const struct inspection *inspection, operation_id operation)
{
	for (size_t i = 0; i < inspection->known_count; i++)
		if (inspection->known[i] == operation)
			return true;
	return false;
}

/* One that conforms, as far as it tells. An answer that does not say what it is about
 * answers what was asked last. */
static void inspect_conforms(struct inspect_step *step, const struct inspect_operation *operation)
{
	struct inspect_breach *breach =
		inspect_find_breach(step->inspection, operation);

	if (breach == NULL)
		return;
	if (operation->seen->kind == PROTO_REQUEST)
		breach->asked = false;
	else if (breach->asked && operation->seen->span_count == 0)
		inspect_count_breach(step->inspection, operation, step->packet);
}

static void inspect_judge(struct inspect_step *step, const struct inspect_operation *operation)
{
	const struct inspect_events *events = &step->inspect->events;
	struct inspection *inspection = step->inspection;
	bool always = false;

	if (events->judge == NULL ||
	    (!operation->back && inspect_is_known(inspection, operation->operation)))
		return;
	if (!events->judge(events->context, step->slice, operation, &always))
		inspect_count_breach(inspection, operation, step->packet);
	else if (!always)
		inspect_conforms(step, operation);
	else if (!operation->back && inspection->known_count < INSPECT_KNOWN)
		inspection->known[inspection->known_count++] = operation->operation;
}

/* Where none is expected, a reader of several protocols tells which one it is by the
 * first operation. */
/* Who began is a guess that the content may put right. */
static bool inspect_may_be_turned(const struct conversation *slice)
{
	return slice->basis == CONVERSATION_FIRST_PACKET ||
	       slice->basis == CONVERSATION_SERVICE_PORT;
}

static bool inspect_is_initiator(const struct inspect_step *step, int side)
{
	return (side == 0) == (step->inspection->first == FROM_INITIATOR);
}

/* Between peers who both ask, what the responder asks is a flow of its own. */
static bool inspect_asks_back(const struct inspect_step *step, const struct proto_operation *seen)
{
	bool by_initiator = inspect_is_initiator(step, step->side);

	if (!step->datagram || !step->inspection->proto->peers || seen->kind == PROTO_NOTICE)
		return false;
	return by_initiator != (seen->kind == PROTO_REQUEST);
}

static void inspect_tell_operation(void *context, const struct proto_operation *seen)
{
	struct inspect_step *step = context;
	const struct inspect *inspect = step->inspect;
	const struct proto *proto = step->inspection->proto;
	uint16_t protocol = inspect_model_protocol(inspect, proto, seen->protocol);
	struct inspect_operation operation = {
		.operation = operation_id_of(protocol, seen->hidden ? 0 : seen->function),
		.back = inspect_asks_back(step, seen),
		.seen = seen,
	};

	if (seen->carrier != PROTO_NO_FUNCTION)
		operation.carrier = operation_id_of(inspect_model_protocol(inspect, proto, 0),
						    seen->carrier);
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
		inspect->events.operation(inspect->events.context, step->slice, step->packet,
					  &operation);
}

static bool inspect_is_group(const struct inspect_step *step, int side)
{
	struct address address = inspect_is_initiator(step, side)
					 ? conversation_initiator(step->slice)
					 : conversation_responder(step->slice);

	return address_is_multicast(&address);
}

/* The handshake outranks what payloads say of who began. A group does not ask. */
static void inspect_tell_client(void *context, int side)
{
	struct inspect_step *step = context;
	struct inspection *inspection = step->inspection;

	if ((inspection->certain && inspection->client == side) || inspect_is_group(step, side))
		return;
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
			   (struct inspect_expected){ step->inspection->proto,
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

static const struct proto_events inspect_proto_events = {
	.operation = inspect_tell_operation,
	.client = inspect_tell_client,
	.channel = inspect_tell_channel,
	.keep = inspect_keep,
	.recall = inspect_recall,
};

/* ---- which reader ---- */

static struct inspection *inspect_begin(struct conversation *slice,
					struct inspect_expected expected, bool is_expected)
{
	struct inspection *inspection =
		memory_alloc(sizeof(*inspection) + expected.proto->memory);

	inspection->proto = expected.proto;
	inspection->protocol = expected.protocol;
	inspection->expected = is_expected;
	inspection->certain = slice->basis == CONVERSATION_SYN ||
			      slice->basis == CONVERSATION_SYN_ACK;
	for (int side = 0; side < 2; side++)
		if ((slice->content_state & STATE_BEGUN << side) != 0)
			assembly_begin(&inspection->side[side], slice->begin[side]);
	slice->content = inspection;
	return inspection;
}

static enum proto_likeness inspect_recognise(const struct proto *proto,
					     const struct decode_flow *flow)
{
	bool datagram = flow->kind == DECODE_LINK || flow->protocol != IPPROTO_TCP;

	if (proto == NULL || (!datagram && proto->frame == NULL))
		return PROTO_UNLIKE;
	return proto->recognise(flow->payload, flow->payload_length, datagram);
}

/* Of several protocols at one port, the one that the payload is most like. */
static struct inspect_expected inspect_choose(const struct inspect_expected *expected,
					      size_t count, const struct decode_flow *flow)
{
	enum proto_likeness best = PROTO_UNLIKE;
	struct inspect_expected choice = expected[0];

	for (size_t i = 0; i < count; i++) {
		enum proto_likeness likeness = inspect_recognise(expected[i].proto, flow);
		if (choice.proto == NULL || likeness > best) {
			choice = expected[i];
			best = likeness;
		}
	}
	return choice;
}

/* The reader of the only protocol whose frames begin so, or NULL. */
static const struct proto *inspect_guess(const struct decode_flow *flow)
{
	for (size_t i = 0; protos[i] != NULL; i++)
		if (inspect_recognise(protos[i], flow) == PROTO_CERTAIN)
			return protos[i];
	return NULL;
}

static const struct inspect_expected *inspect_expected_at(const struct inspect *inspect,
							  const struct conversation *slice,
							  size_t *count)
{
	const struct inspect_expected *expected;

	if (slice->kind == DECODE_LINK)
		return inspect_ports_find(inspect->ports, 0, slice->ethertype, count);
	expected = inspect_ports_find(inspect->ports, slice->protocol, slice->responder_port,
				      count);
	if (*count == 0 && inspect_may_be_turned(slice))
		expected = inspect_ports_find(inspect->ports, slice->protocol,
					      slice->initiator_port, count);
	if (*count > 0)
		return expected;
	expected = inspect_ports_opened(inspect->ports, slice->responder, slice->protocol,
					slice->responder_port);
	if (expected == NULL)
		expected = inspect_ports_opened(inspect->ports, slice->initiator,
						slice->protocol, slice->initiator_port);
	*count = expected != NULL;
	return expected;
}

/* NULL: it is not read, for now or for good. */
static struct inspection *inspect_open(const struct inspect *inspect, struct conversation *slice,
				       const struct decode_flow *flow)
{
	size_t count;
	const struct inspect_expected *expected = inspect_expected_at(inspect, slice, &count);

	if (count > 0) {
		struct inspect_expected choice = inspect_choose(expected, count, flow);
		if (choice.proto == NULL) {
			slice->content_state |= STATE_TRIED;
			return NULL;
		}
		return inspect_begin(slice, choice, true);
	}
	const struct proto *proto = inspect_guess(flow);
	if (proto == NULL) {
		slice->content_state++;
		return NULL;
	}
	return inspect_begin(slice,
			     (struct inspect_expected){
				     proto, inspect_model_protocol(inspect, proto, 0) },
			     false);
}

/* ---- packets ---- */

static void inspect_frame(void *context, const uint8_t *bytes, size_t length, size_t size)
{
	struct inspect_step *step = context;
	struct inspection *inspection = step->inspection;
	const struct proto_frame frame = {
		.bytes = bytes,
		.length = length,
		.size = size,
		.side = step->side,
		.from_client = inspection->client == step->side,
		.datagram = step->datagram,
		.memory = inspection->memory,
		.gather = inspection->proto->gathers && !step->datagram
				  ? assembly_gather(&inspection->side[step->side])
				  : NULL,
		.events = &inspect_proto_events,
		.context = step,
	};

	inspection->proto->read(&frame);
}

static void inspect_segment(struct inspect_step *step, const struct decode_flow *flow)
{
	struct assembly_sink sink = { step->inspection->proto, inspect_frame, step };
	struct assembly_segment segment = {
		.sequence = flow->sequence,
		.bytes = flow->payload,
		.length = flow->payload_length,
		.missing = flow->payload_missing,
	};

	assembly_add(&step->inspection->side[step->side], &segment, &sink);
	if ((flow->tcp_flags & TCP_ACK) == 0)
		return;
	step->side = !step->side;
	assembly_acknowledged(&step->inspection->side[step->side], flow->acknowledgment, &sink);
}

static void inspect_datagram(struct inspect_step *step, const struct decode_flow *flow)
{
	struct inspection *inspection = step->inspection;
	uint16_t *count = &inspection->datagrams;
	bool cut = flow->payload_missing > 0 || (flow->flags & DECODE_FRAGMENT) != 0 ||
		   step->packet->captured < step->packet->length;

	inspection->unread |= cut;
	if (!cut && inspect_recognise(inspection->proto, flow) == PROTO_UNLIKE)
		count = &inspection->alien;
	else
		inspect_frame(step, flow->payload, flow->payload_length,
			      flow->payload_length + flow->payload_missing + cut);
	if (*count < UINT16_MAX)
		++*count;
}

/* What a conversation says that is not its port's protocol. */
static void inspect_look_instead(const struct inspect *inspect, struct inspection *inspection,
				 const struct decode_flow *flow)
{
	int alien = inspection->alien + inspection->side[0].alien + inspection->side[1].alien;

	if (alien == 0 || alien > INSPECT_TRIES || inspection->instead != 0)
		return;
	const struct proto *proto = inspect_guess(flow);
	if (proto != NULL && proto != inspection->proto)
		inspection->instead = inspect_model_protocol(inspect, proto, 0);
}

static void inspect_note_begin(struct conversation *slice, int side,
			       const struct decode_flow *flow)
{
	struct inspection *inspection = slice->content;

	slice->begin[side] = flow->sequence + 1;
	slice->content_state |= (uint8_t)(STATE_BEGUN << side);
	if (inspection != NULL)
		assembly_begin(&inspection->side[side == inspection->first ? 0 : 1],
			       slice->begin[side]);
}

bool inspect_packet(struct inspect *inspect, struct conversation *slice, int side,
		    const struct decode_flow *flow, const struct capture_packet *packet)
{
	bool tcp = slice->kind != DECODE_LINK && slice->protocol == IPPROTO_TCP;
	struct inspection *inspection = slice->content;

	if (tcp && (flow->tcp_flags & TCP_SYN) != 0)
		inspect_note_begin(slice, side, flow);
	if (inspection == NULL && flow->payload_length > 0 &&
	    (slice->content_state & STATE_TRIED) < INSPECT_TRIES)
		inspection = inspect_open(inspect, slice, flow);
	if (inspection == NULL)
		return false;
	struct inspect_step step = {
		.inspect = inspect,
		.inspection = inspection,
		.slice = slice,
		.packet = packet,
		.side = side == inspection->first ? 0 : 1,
		.datagram = !tcp,
	};
	if (tcp)
		inspect_segment(&step, flow);
	else if (flow->payload_length > 0)
		inspect_datagram(&step, flow);
	inspect_look_instead(inspect, inspection, flow);
	return step.turned;
}

/* ---- the account ---- */

/* A port's content is not its protocol: some datagram is not; a stream never was, or,
 * from its beginning and with nothing missing, went over to something else. */
static bool inspect_is_foreign(const struct inspection *inspection)
{
	const struct assembly *side = inspection->side;
	bool frames = side[0].frames + side[1].frames > 0;

	if (inspection->alien > 0)
		return true;
	for (int i = 0; i < 2; i++)
		if (side[i].alien > 0 &&
		    (side[i].whole || (!frames && side[i].alien >= INSPECT_ALIEN)))
			return true;
	return false;
}

static bool inspect_is_confirmed(const struct inspection *inspection)
{
	return inspection->side[0].frames + inspection->side[1].frames +
		       inspection->datagrams > 0;
}

/* A protocol whose operations no table knows is read where it is recognised. */
static bool inspect_is_unread(const struct inspect *inspect, const struct inspection *inspection)
{
	const struct tree_protocol *table =
		inspect->model->protocols[inspection->protocol].tree;

	if (inspection->unread || inspection->side[0].unread || inspection->side[1].unread)
		return true;
	if (table != NULL && table->functions == NULL)
		return !inspect_is_confirmed(inspection);
	return inspection->operations == 0;
}

struct inspect_content inspect_content(const struct inspect *inspect,
				       const struct conversation *slice)
{
	const struct inspection *inspection = slice->content;

	if (inspection == NULL)
		return (struct inspect_content){
			.unread = (slice->content_state & STATE_TRIED) != 0,
		};
	return (struct inspect_content){
		.protocol = inspection->protocol,
		.expected = inspection->expected,
		.confirmed = inspect_is_confirmed(inspection),
		.foreign = inspection->expected && inspect_is_foreign(inspection),
		.unread = inspect_is_unread(inspect, inspection),
		.instead = inspection->instead,
		.hidden = inspection->hidden,
		.operations = inspection->operations,
		.breaches = inspection->breaches,
		.breach_count = inspection->breach_count,
	};
}

void inspect_next_slice(struct conversation *slice)
{
	struct inspection *inspection = slice->content;

	if (inspection == NULL)
		return;
	free(inspection->breaches);
	inspection->breaches = NULL;
	inspection->breach_count = 0;
	inspection->known_count = 0;
	inspection->operations = 0;
	inspection->hidden = false;
}

void inspect_finish(struct inspect *inspect, struct conversation *slice)
{
	struct inspection *inspection = slice->content;
	const struct capture_packet packet = {
		.instant = slice->last,
		.file = slice->file,
		.number = slice->number,
	};

	if (inspection == NULL || slice->protocol != IPPROTO_TCP)
		return;
	for (int side = 0; side < 2; side++) {
		struct inspect_step step = {
			.inspect = inspect,
			.inspection = inspection,
			.slice = slice,
			.packet = &packet,
			.side = side,
		};
		struct assembly_sink sink = { inspection->proto, inspect_frame, &step };
		assembly_finish(&inspection->side[side], &sink);
	}
}

void inspect_forget(struct conversation *slice)
{
	struct inspection *inspection = slice->content;

	if (inspection == NULL)
		return;
	assembly_release(&inspection->side[0]);
	assembly_release(&inspection->side[1]);
	free(inspection->breaches);
	free(inspection);
	slice->content = NULL;
}
