/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets from an interface, through libpcap. */
#ifndef VERIFIER_LIVE_H
#define VERIFIER_LIVE_H

#include "verifier/capture.h"

struct live;

enum live_status {
	LIVE_PACKET,
	LIVE_IDLE,   /* nothing came for LIVE_WAIT milliseconds */
	LIVE_FAILED, /* reported: the interface is gone */
};

enum { LIVE_WAIT = 200 };

struct live *live_open(const char *interface, struct diags *diags); /* NULL: reported */
void live_close(struct live *live);
enum live_status live_next(struct live *live, struct capture_packet *packet,
			   struct diags *diags);
uint16_t live_link(const struct live *live);
uint64_t live_dropped(const struct live *live);

#endif
