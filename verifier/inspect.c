/* SPDX-License-Identifier: Apache-2.0
 *
 * From packets of conversations to frames of their readers, and the account of what was
 * read. */
#include "config.h"
#include "verifier/inspect_parts.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Pieces without a frame that make a conversation foreign whose beginning was not seen. */
enum { INSPECT_ALIEN = 3 };

/* ---- making ---- */

static uint16_t inspect_protocol(const struct model *model, const char *name)
{
	for (uint16_t p = 1; p < model->protocol_count; p++)
		if (strcmp(model->protocols[p].name, name) == 0)
			return p;
	return 0;
}

static void inspect_make_readers(struct inspect *inspect)
{
	size_t count = 0;

	while (protos[count] != NULL)
		count++;
	inspect->readers = memory_array(count + 1, sizeof(*inspect->readers));
	for (size_t i = 0; i < count; i++) {
		inspect->readers[i].proto = protos[i];
		for (size_t p = 0; protos[i]->protocols[p] != NULL; p++)
			inspect->readers[i].protocol[p] =
				inspect_protocol(inspect->model, protos[i]->protocols[p]);
	}
}

struct inspect *inspect_create(const struct model *model, const struct inspect_events *events)
{
	struct inspect *inspect = memory_alloc(sizeof(*inspect));

	inspect->model = model;
	inspect->events = *events;
	inspect->ports = inspect_ports_create(model);
	inspect_make_readers(inspect);
	return inspect;
}

void inspect_expect(struct inspect *inspect, const struct model *model)
{
	for (uint16_t p = 1; p < model->protocol_count; p++) {
		const char *name = model->protocols[p].name;
		const struct inspect_expected expected = { proto_by_name(name),
							   inspect_protocol(inspect->model, name) };
		if (expected.proto != NULL && expected.protocol != 0)
			inspect_ports_add(inspect->ports, model, p, expected);
	}
}

void inspect_destroy(struct inspect *inspect)
{
	if (inspect == NULL)
		return;
	inspect_ports_destroy(inspect->ports);
	free(inspect->readers);
	free(inspect);
}

/* ---- packets ---- */

static void inspect_frame(void *context, const struct assembly_frame *assembled)
{
	struct inspect_step *step = context;
	struct inspection *inspection = step->inspection;
	const struct proto_frame frame = {
		.bytes = assembled->bytes,
		.length = assembled->length,
		.size = assembled->size,
		.side = step->side,
		.from_client = inspection->client == step->side,
		.datagram = step->datagram,
		.memory = inspection->memory,
		.gather = inspection->reader->proto->gathers && !step->datagram
				  ? assembly_gather(&inspection->side[step->side])
				  : NULL,
		.events = &inspect_proto_events,
		.context = step,
	};

	step->frame = assembled;
	inspection->reader->proto->read(&frame);
}

static void inspect_segment(struct inspect_step *step, const struct decode_flow *flow)
{
	struct assembly_sink sink = { step->inspection->reader->proto, inspect_frame, step };
	struct assembly_segment segment = {
		.sequence = flow->sequence + ((flow->tcp_flags & TCP_SYN) != 0),
		.bytes = flow->payload,
		.length = flow->payload_length,
		.missing = flow->payload_missing,
		.packet = step->packet,
	};

	assembly_add(&step->inspection->side[step->side], &segment, &sink);
	if ((flow->tcp_flags & TCP_ACK) == 0)
		return;
	step->side = !step->side;
	assembly_acknowledged(&step->inspection->side[step->side], flow->acknowledgment, &sink);
}

/* A datagram is a frame of one packet. */
static void inspect_whole(struct inspect_step *step, const struct decode_flow *flow, size_t size)
{
	const struct assembly_frame frame = {
		.bytes = flow->payload,
		.length = flow->payload_length,
		.size = size,
		.first = step->packet,
		.last = step->packet,
		.packets = 1,
		.packet_bytes = step->packet->length,
	};

	inspect_frame(step, &frame);
}

static void inspect_datagram(struct inspect_step *step, const struct decode_flow *flow)
{
	struct inspection *inspection = step->inspection;
	uint16_t *count = &inspection->datagrams;
	bool cut = flow->payload_missing > 0 || (flow->flags & DECODE_FRAGMENT) != 0 ||
		   step->packet->captured < step->packet->length;

	inspection->unread |= cut;
	if (!cut && inspect_recognise(inspection->reader->proto, flow) == PROTO_UNLIKE)
		count = &inspection->alien;
	else
		inspect_whole(step, flow, flow->payload_length + flow->payload_missing + cut);
	if (*count < UINT16_MAX)
		++*count;
}

static bool inspect_is_tcp(const struct conversation *slice)
{
	return slice->kind != DECODE_LINK && slice->protocol == IPPROTO_TCP;
}

/* Does it say what is not here to read? Receivers take urgent data out of the stream or
 * leave it there (RFC 6093). What is acknowledged where nothing was said was not
 * captured. */
static bool inspect_misses(const struct conversation *slice, int side,
			   const struct decode_flow *flow, const struct capture_packet *packet)
{
	bool tcp = inspect_is_tcp(slice);
	bool cut = slice->kind == DECODE_LINK ? packet->captured < packet->length
					      : flow->payload_missing > 0;
	const uint8_t begun = (uint8_t)(STATE_BEGUN << !side);

	if ((flow->flags & DECODE_SHORT) != 0 || (flow->payload_length == 0 && cut))
		return true;
	if (!tcp)
		return false;
	return (flow->flags & DECODE_FRAGMENT) != 0 ||
	       ((flow->tcp_flags & TCP_URG) != 0 && flow->payload_length > 0) ||
	       (slice->content == NULL && (flow->tcp_flags & TCP_ACK) != 0 &&
		(slice->content_state & begun) != 0 &&
		(int32_t)(flow->acknowledgment - slice->begin[!side]) > 1);
}

/* What a conversation says that is not its port's protocol. */
static void inspect_look_instead(const struct inspect *inspect, struct inspection *inspection,
				 const struct decode_flow *flow)
{
	int alien = inspection->alien + inspection->side[0].alien + inspection->side[1].alien;

	if (alien == 0 || alien > INSPECT_TRIES || inspection->instead != 0)
		return;
	const struct inspect_reader *reader = inspect_guess(inspect, flow);
	if (reader != NULL && reader != inspection->reader)
		inspection->instead = reader->protocol[0];
}

static void inspect_note_begin(struct conversation *slice, int side,
			       const struct decode_flow *flow)
{
	struct inspection *inspection = slice->content;
	const uint8_t begun = (uint8_t)(STATE_BEGUN << side);

	if ((slice->content_state & begun) != 0 && slice->begin[side] == flow->sequence + 1)
		return;
	slice->begin[side] = flow->sequence + 1;
	slice->content_state |= begun;
	if (inspection != NULL)
		assembly_begin(&inspection->side[side == inspection->first ? 0 : 1],
			       slice->begin[side]);
}

bool inspect_packet(struct inspect *inspect, struct conversation *slice, int side,
		    const struct decode_flow *flow, const struct capture_packet *packet)
{
	bool tcp = inspect_is_tcp(slice);
	struct inspection *inspection = slice->content;

	if (tcp && (flow->tcp_flags & TCP_SYN) != 0)
		inspect_note_begin(slice, side, flow);
	if (inspect_misses(slice, side, flow, packet))
		slice->content_state |= STATE_MISSED;
	if (inspection == NULL && flow->payload_length > 0 &&
	    (slice->content_state & STATE_TRIED) < INSPECT_TRIES)
		inspection = inspect_open(inspect, slice, flow);
	if (inspection == NULL)
		return false;
	inspection->spoken |= flow->payload_length > 0;
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
	return inspection->operations == 0 && inspection->spoken;
}

struct inspect_content inspect_content(const struct inspect *inspect,
				       const struct conversation *slice)
{
	const struct inspection *inspection = slice->content;

	if (inspection == NULL)
		return (struct inspect_content){
			.unread = (slice->content_state & (STATE_TRIED | STATE_MISSED)) != 0,
		};
	return (struct inspect_content){
		.protocol = inspection->protocol,
		.expected = inspection->expected,
		.negotiated = inspection->negotiated,
		.confirmed = inspect_is_confirmed(inspection),
		.foreign = inspection->expected && inspect_is_foreign(inspection),
		.unread = (slice->content_state & STATE_MISSED) != 0 ||
			  inspect_is_unread(inspect, inspection),
		.instead = inspection->instead,
		.hidden = inspection->hidden,
		.operations = inspection->operations,
		.breaches = inspection->breaches,
		.breach_count = inspection->breach_count,
	};
}

bool inspect_waits(const struct conversation *slice)
{
	const struct inspection *inspection = slice->content;

	return inspection != NULL && (assembly_waits(&inspection->side[0]) ||
				      assembly_waits(&inspection->side[1]));
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
	inspection->spoken = false;
	inspection->hidden = false;
}

void inspect_finish(struct inspect *inspect, struct conversation *slice)
{
	struct inspection *inspection = slice->content;

	if (inspection == NULL || slice->protocol != IPPROTO_TCP)
		return;
	for (int side = 0; side < 2; side++) {
		struct inspect_step step = {
			.inspect = inspect,
			.inspection = inspection,
			.slice = slice,
			.side = side,
		};
		struct assembly_sink sink = { inspection->reader->proto, inspect_frame, &step };
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
	free(inspection->asked);
	free(inspection);
	slice->content = NULL;
}
