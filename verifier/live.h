/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets from an interface, through libpcap. */
#ifndef VERIFIER_LIVE_H
#define VERIFIER_LIVE_H

#include "verifier/capture.h"

struct live;

enum live_status {
	LIVE_PACKET,
	LIVE_IDLE,   /* nothing came for a while, or it was stopped */
	LIVE_FAILED, /* reported: the interface is gone */
};

/* Packets are handed on after so many milliseconds at the latest. */
enum { LIVE_WAIT = 200 };

struct live *live_open(const char *interface, struct diags *diags); /* NULL: reported */
void live_close(struct live *live);
enum live_status live_next(struct live *live, struct capture_packet *packet,
			   struct diags *diags);
/* Ends a wait for packets; may be called in a signal handler. */
void live_stop(struct live *live);
/* Only packets that match are handed on, and counted; the kernel drops the others
 * where it can. False (reported) if the expression is wrong. */
bool live_set_filter(struct live *live, const char *expression, struct diags *diags);
uint64_t live_dropped(const struct live *live);

#endif
