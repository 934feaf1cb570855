/* SPDX-License-Identifier: Apache-2.0
 *
 * Which reader a conversation gets: that of the protocol expected at its port; of
 * several, the one that its payload is most like; where none is expected, the one whose
 * protocol the payload is beyond doubt. */
#include "config.h"
#include "verifier/inspect_parts.h"

#include <netinet/in.h>

#include "base/memory.h"

bool inspect_may_be_turned(const struct conversation *slice)
{
	return slice->basis == CONVERSATION_FIRST_PACKET ||
	       slice->basis == CONVERSATION_SERVICE_PORT;
}

enum proto_likeness inspect_recognise(const struct proto *proto, const struct decode_flow *flow)
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

const struct inspect_reader *inspect_guess(const struct inspect *inspect,
					   const struct decode_flow *flow)
{
	const struct inspect_reader *reader = inspect->readers;

	while (reader->proto != NULL && inspect_recognise(reader->proto, flow) != PROTO_CERTAIN)
		reader++;
	return reader->proto != NULL ? reader : NULL;
}

static const struct inspect_reader *inspect_reader(const struct inspect *inspect,
						   const struct proto *proto)
{
	const struct inspect_reader *reader = inspect->readers;

	while (reader->proto != proto)
		reader++;
	return reader;
}

static struct inspection *inspect_begin(const struct inspect_reader *reader, uint16_t protocol,
					struct conversation *slice, bool expected)
{
	struct inspection *inspection =
		memory_alloc(sizeof(*inspection) + reader->proto->memory);

	inspection->reader = reader;
	inspection->protocol = protocol;
	inspection->expected = expected;
	inspection->certain = slice->basis == CONVERSATION_SYN ||
			      slice->basis == CONVERSATION_SYN_ACK;
	for (int side = 0; side < 2; side++)
		if ((slice->content_state & STATE_BEGUN << side) != 0)
			assembly_begin(&inspection->side[side], slice->begin[side]);
	slice->content = inspection;
	return inspection;
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
	return expected;
}

/* What another conversation negotiated. */
static const struct inspect_expected *inspect_negotiated(const struct inspect *inspect,
							 const struct conversation *slice)
{
	const struct inspect_expected *expected;

	if (slice->kind == DECODE_LINK)
		return NULL;
	expected = inspect_ports_opened(inspect->ports, slice->responder, slice->protocol,
					slice->responder_port);
	return expected != NULL
		       ? expected
		       : inspect_ports_opened(inspect->ports, slice->initiator, slice->protocol,
					      slice->initiator_port);
}

/* What a wide range of the policy expects there, if the payload could be that, and is not
 * certainly something else. */
static const struct inspect_expected *inspect_expected_in_range(const struct inspect *inspect,
								const struct conversation *slice,
								const struct decode_flow *flow,
								const struct proto *guess)
{
	const uint16_t ports[] = { slice->responder_port, slice->initiator_port };
	const struct inspect_expected *expected;

	if (slice->kind == DECODE_LINK)
		return NULL;
	for (size_t side = 0; side < 1u + inspect_may_be_turned(slice); side++) {
		size_t at = 0;
		while ((expected = inspect_ports_in_range(inspect->ports, slice->protocol,
							  ports[side], &at)) != NULL)
			if (guess != NULL ? expected->proto == guess
					  : inspect_recognise(expected->proto, flow) !=
						    PROTO_UNLIKE)
				return expected;
	}
	return NULL;
}

/* NULL: nobody reads it. */
static struct inspection *inspect_open_expected(const struct inspect *inspect,
						struct conversation *slice,
						struct inspect_expected expected, bool negotiated)
{
	if (expected.proto == NULL) {
		slice->content_state |= STATE_TRIED;
		return NULL;
	}
	struct inspection *inspection = inspect_begin(inspect_reader(inspect, expected.proto),
						      expected.protocol, slice, true);
	inspection->negotiated = negotiated;
	return inspection;
}

struct inspection *inspect_open(const struct inspect *inspect, struct conversation *slice,
				const struct decode_flow *flow)
{
	size_t count;
	const struct inspect_expected *expected = inspect_expected_at(inspect, slice, &count);

	if (count > 0)
		return inspect_open_expected(inspect, slice, inspect_choose(expected, count, flow),
					     false);
	expected = inspect_negotiated(inspect, slice);
	if (expected != NULL)
		return inspect_open_expected(inspect, slice, *expected, true);
	const struct inspect_reader *reader = inspect_guess(inspect, flow);
	expected = inspect_expected_in_range(inspect, slice, flow,
					     reader != NULL ? reader->proto : NULL);
	if (expected != NULL)
		return inspect_open_expected(inspect, slice, *expected, false);
	if (reader == NULL) {
		slice->content_state++;
		return NULL;
	}
	return inspect_begin(reader, reader->protocol[0], slice, false);
}
