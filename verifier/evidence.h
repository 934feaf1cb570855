/* SPDX-License-Identifier: Apache-2.0
 *
 * The packets of conversations that violate, into a pcap file. Which packet an operation
 * began with shows only when it is complete: until then packets are kept, of each
 * conversation the last EVIDENCE_PACKETS of them. They are written when they turn out to
 * be evidence, so behind packets of others that are later than they. */
#ifndef VERIFIER_EVIDENCE_H
#define VERIFIER_EVIDENCE_H

#include "verifier/capture.h"
#include "verifier/conversation.h"

enum { EVIDENCE_PACKETS = 64, EVIDENCE_BYTES = 1 << 26 /* of all that are kept */ };

struct evidence;

/* NULL (reported) if the file cannot be written. It appears whole or not at all. */
struct evidence *evidence_create(const char *path, struct diags *diags);
void evidence_write(struct evidence *evidence, const struct capture_packet *packet);
/* A packet that may become evidence ... */
void evidence_keep(struct evidence *evidence, const struct conversation *slice,
		   const struct capture_packet *packet);
/* ... has: what is kept of the conversation is written ... */
void evidence_tell(struct evidence *evidence, const struct conversation *slice);
/* ... or will not. */
void evidence_drop(struct evidence *evidence, const struct conversation *slice);
/* Packets that the file, which has one link type, could not take. */
uint64_t evidence_refused(const struct evidence *evidence);
/* Both free it. False (reported) if not all could be written. */
bool evidence_commit(struct evidence *evidence, struct diags *diags);
void evidence_abandon(struct evidence *evidence);

#endif
