/* SPDX-License-Identifier: Apache-2.0
 *
 * The packets of a capture, read by a thread of its own, which runs ahead by at most
 * AHEAD_BATCHES batches. What comes out is the capture's stream unchanged. */
#ifndef VERIFIER_AHEAD_H
#define VERIFIER_AHEAD_H

#include "verifier/capture.h"

enum { AHEAD_BATCHES = 4 };

struct ahead;

/* `capture` and `diags` outlive it, and are its own until it is destroyed but for
 * capture_stop() and capture_file_name(). NULL: there is no thread to be had. */
struct ahead *ahead_create(struct capture *capture, struct diags *diags);
/* Ends the thread; a capture that did not end is stopped. */
void ahead_destroy(struct ahead *ahead);

/* As capture_next(). */
enum capture_status ahead_next(struct ahead *ahead, struct capture_packet *packet);

#endif
