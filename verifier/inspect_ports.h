/* SPDX-License-Identifier: Apache-2.0
 *
 * Which industrial protocols are expected where: at the ports and ethertypes of the
 * prelude and of the policy's rules, and at ends that a conversation negotiated. And
 * what else conversations negotiated for others. */
#ifndef VERIFIER_INSPECT_PORTS_H
#define VERIFIER_INSPECT_PORTS_H

#include "compiler/model.h"
#include "verifier/proto/proto.h"

/* A protocol of the model and its reader: NULL, where none reads it. */
struct inspect_expected {
	const struct proto *proto;
	uint16_t protocol;
};

enum { INSPECT_EXPECTED = 6, INSPECT_CHANNELS = 4096 };

struct inspect_ports;

struct inspect_ports *inspect_ports_create(const struct model *model);
void inspect_ports_destroy(struct inspect_ports *ports);

/* Where the rules of a model name a protocol of it, `expected` is. */
void inspect_ports_add(struct inspect_ports *ports, const struct model *model, uint16_t protocol,
		       struct inspect_expected expected);

/* What is expected at a port, or with `transport` 0 in an ethertype. *count of them, in
 * the table's own memory. */
const struct inspect_expected *inspect_ports_find(const struct inspect_ports *ports,
						  uint8_t transport, uint16_t port,
						  size_t *count);
/* What the policy allows at a port in a wide range, one after the other, to the first
 * NULL; *at is 0 first. */
const struct inspect_expected *inspect_ports_in_range(const struct inspect_ports *ports,
						      uint8_t transport, uint16_t port,
						      size_t *at);
/* An end that was negotiated, of at most INSPECT_CHANNELS, the oldest giving way. */
void inspect_ports_open(struct inspect_ports *ports, const uint8_t address[16],
			uint8_t transport, uint16_t port, struct inspect_expected expected);
const struct inspect_expected *inspect_ports_opened(const struct inspect_ports *ports,
						    const uint8_t address[16],
						    uint8_t transport, uint16_t port);

/* What a number means in what an address sends; as many, and as long. 0: not known. */
void inspect_ports_keep(struct inspect_ports *ports, const uint8_t address[16], uint32_t number,
			uint16_t meaning);
uint16_t inspect_ports_recall(const struct inspect_ports *ports, const uint8_t address[16],
			      uint32_t number);

#endif
