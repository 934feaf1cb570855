/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of assembly.h share. */
#ifndef VERIFIER_PROTO_ASSEMBLY_PARTS_H
#define VERIFIER_PROTO_ASSEMBLY_PARTS_H

#include "verifier/proto/assembly.h"

/* Segments that came before what precedes them, in order of sequence numbers. They
 * do not overlap what was passed on, but may overlap each other. */
struct assembly_held {
	struct assembly_held *next;
	struct assembly_segment segment;
	struct capture_packet packet;
	uint8_t bytes[];
};

/* Bytes of the stream, and the packet that brought the last of them. */
struct assembly_piece {
	const uint8_t *bytes;
	size_t length;
	const struct capture_packet *packet;
};

struct assembly_store *assembly_store(struct assembly *side);
/* Gives back what is no longer needed. */
void assembly_tidy(struct assembly *side);
bool assembly_is_pending(const struct assembly *side);
struct assembly_held *assembly_first_held(const struct assembly *side);

/* What names the packet; its bytes do not last. */
struct capture_packet assembly_name(const struct capture_packet *packet);
/* The next bytes of the stream. */
void assembly_pass(struct assembly *side, const struct assembly_sink *sink,
		   const struct assembly_piece *piece);
/* How long the frame that is pending is; 0: none, or it cannot be told. */
size_t assembly_pending_size(const struct assembly *side, const struct assembly_sink *sink);
/* The beginning of a frame whose end will not come tells its operation mostly. */
void assembly_give_up(struct assembly *side, const struct assembly_sink *sink);

/* How many of the bytes before `next` the other side has not acknowledged: it may
 * still take others for them. */
uint32_t assembly_open(const struct assembly *side);
/* Keeps the bytes that are passed on next, to compare copies with. */
void assembly_remember(struct assembly *side, const uint8_t *bytes, size_t length);
/* The bytes are acknowledged, or no longer precede `next`. */
void assembly_forget_recent(struct assembly *side);
void assembly_forget_copies(struct assembly *side);
/* Where the segment has another content for bytes that are here already, or bytes that
 * could count and are not here to compare, the side is unread. */
void assembly_compare(struct assembly *side, const struct assembly_segment *segment);

#endif
