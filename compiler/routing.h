/* SPDX-License-Identifier: Apache-2.0
 *
 * Control-plane protocols that a device may take part in: how their packets
 * reach it. */
#ifndef COMPILER_ROUTING_H
#define COMPILER_ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

enum { ROUTING_GROUPS = 3, ROUTING_PORTS = 2 };

struct routing {
	const char *name;                      /* as a policy writes it */
	uint8_t protocol;                      /* IP protocol number */
	uint16_t ports[ROUTING_PORTS];         /* destination, 0: none */
	const char *groups[ROUTING_GROUPS];    /* multicast groups, NULL: no more */
	bool unicast;                          /* also to the device's own addresses */
	const char *reference;
};

/* All of them; a name may have several. */
const struct routing *routing_all(size_t *count);
bool routing_known(const char *name);

#endif
