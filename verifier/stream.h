/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a file from beginning to end, unpacked if it is gzip or zstd
 * (told by its first bytes, not its name), in one buffer that grows only to
 * the largest piece asked for. */
#ifndef VERIFIER_STREAM_H
#define VERIFIER_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

/* NULL and *why, a static or strerror() sentence, if it cannot be opened.
 * "-" is standard input. Waiting for a pipe ends, as its end would, soon after
 * *stop is true; `stop` outlives the stream or is NULL. */
struct stream *stream_open(const char *path, const atomic_bool *stop,
			   const char **why);
void stream_close(struct stream *stream);

/* The next `size` bytes in one piece, valid until the next call; NULL where
 * fewer are left, which then stay. */
const uint8_t *stream_take(struct stream *stream, size_t size);
/* The same without moving on. */
const uint8_t *stream_peek(struct stream *stream, size_t size);
bool stream_skip(struct stream *stream, uint64_t size);
/* After a NULL: true if not a single byte was left. */
bool stream_at_end(const struct stream *stream);
/* Why reading ended early, or NULL. */
const char *stream_error(const struct stream *stream);
/* Whether opening it again would show the same bytes: no pipe, no terminal. */
bool stream_is_lasting(const struct stream *stream);
uint64_t stream_bytes_read(const struct stream *stream); /* as stored */

#endif
