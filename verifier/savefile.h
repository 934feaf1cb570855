/* SPDX-License-Identifier: Apache-2.0
 *
 * One capture file: pcap (draft-ietf-opsawg-pcap: both byte orders, micro- and
 * nanoseconds) or pcapng (draft-ietf-opsawg-pcapng). */
#ifndef VERIFIER_SAVEFILE_H
#define VERIFIER_SAVEFILE_H

#include "verifier/capture.h"
#include "verifier/stream.h"

struct savefile;

/* NULL and *why, a static or strerror() sentence, if it cannot be opened or is
 * no capture. `stop`: as stream_open(). */
struct savefile *savefile_open(const char *path, const atomic_bool *stop,
			       const char **why);
void savefile_close(struct savefile *file);
/* The next packet (all but `file` is filled in); false at the end. */
bool savefile_next(struct savefile *file, struct capture_packet *packet);
/* After the end: why there was no more, or NULL where the file simply ended. */
const char *savefile_damage(const struct savefile *file);
bool savefile_is_lasting(const struct savefile *file); /* stream_is_lasting() */
uint64_t savefile_bytes_read(const struct savefile *file);

/* ---- pcapng, in pcapng.c ---- */

struct pcapng;

struct pcapng *pcapng_create(struct stream *stream);
void pcapng_destroy(struct pcapng *file);
/* Sets *damage where it returns false for another reason than the end. */
bool pcapng_next(struct pcapng *file, struct capture_packet *packet,
		 const char **damage);

#define SAVEFILE_CUT "the file ends in the middle of a packet"

#endif
