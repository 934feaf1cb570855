/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows in the policy's own names: hosts as assets, ports as the services and
 * industrial protocols that the policy or the prelude declares. */
#ifndef VERIFIER_NAMING_H
#define VERIFIER_NAMING_H

#include "compiler/model.h"

enum { NAMING_TEXT = 64 };

struct naming;

/* The model must outlive it. */
struct naming *naming_create(const struct model *model);
void naming_destroy(struct naming *naming);

/* The service a flow uses: "smb", or as the language would write it, "tcp 5021",
 * "icmp 8/0", "proto 89", "ethertype 0x88cc". The name, owned by the model, or
 * `buffer` of NAMING_TEXT bytes. */
const char *naming_service(const struct naming *naming, const struct flow *flow,
			   char *buffer);
/* True if a service or a rule names this transport port, or a narrow range around it. */
bool naming_knows_port(const struct naming *naming, uint8_t protocol, uint16_t port);
/* The service in the spelling that always parses in a question:
 * "tcp 445 from 50001"; fills `buffer` of NAMING_TEXT bytes. */
char *naming_service_literal(const struct flow *flow, char *buffer);
/* The asset's name, or the address in `buffer` of ADDRESS_TEXT bytes. */
const char *naming_host(const struct naming *naming, struct address address, char *buffer);

#endif
