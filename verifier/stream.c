/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a file, unpacked. Invariant: buffer[at..end) was not taken yet. */
#include "config.h"
#include "verifier/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"

enum { STREAM_CHUNK = 256 * 1024, STREAM_WAIT = 200 }; /* milliseconds */

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct stream {
	int fd;
	bool lasting; /* a regular file: reading never waits for anybody */
	const atomic_bool *stop;
	uint8_t *buffer;
	size_t at, end, size;
	enum packing packing;
	bool finished; /* nothing more will come */
	const char *error;
	uint64_t bytes_read;
	uint8_t *packed; /* STREAM_CHUNK bytes as stored; NULL: not packed */
	size_t packed_at, packed_end;
	bool packed_finished, inside; /* inside a gzip member or zstd frame */
	z_stream inflate;
	ZSTD_DStream *zstd;
};

/* False: it was stopped. A signal that comes just before poll() costs one wait. */
static bool stream_wait(const struct stream *stream)
{
	struct pollfd ready = { .fd = stream->fd, .events = POLLIN };

	if (stream->lasting || !stream->stop)
		return true;
	while (!*stream->stop) {
		int result = poll(&ready, 1, STREAM_WAIT);
		if (result > 0 || (result < 0 && errno != EINTR))
			return true; /* read() tells what is wrong */
	}
	return false;
}

static size_t stream_read(struct stream *stream, uint8_t *bytes, size_t size)
{
	ssize_t got;

	if (!stream_wait(stream))
		return 0;
	do
		got = read(stream->fd, bytes, size);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		stream->error = strerror(errno);
		return 0;
	}
	stream->bytes_read += (uint64_t)got;
	return (size_t)got;
}

static size_t stream_inflate(struct stream *stream, uint8_t *out, size_t size)
{
	z_stream *inflater = &stream->inflate;

	inflater->next_in = stream->packed + stream->packed_at;
	inflater->avail_in = (uInt)(stream->packed_end - stream->packed_at);
	inflater->next_out = out;
	inflater->avail_out = (uInt)size;
	int result = inflate(inflater, Z_NO_FLUSH);
	stream->packed_at = stream->packed_end - inflater->avail_in;
	stream->inside = result != Z_STREAM_END;
	if (result == Z_STREAM_END)
		inflateReset(inflater);
	else if (result != Z_OK && result != Z_BUF_ERROR)
		stream->error = "the gzip data is damaged";
	return size - inflater->avail_out;
}

static size_t stream_unzstd(struct stream *stream, uint8_t *out, size_t size)
{
	ZSTD_inBuffer in = { stream->packed, stream->packed_end, stream->packed_at };
	ZSTD_outBuffer unpacked = { out, size, 0 };
	size_t result = ZSTD_decompressStream(stream->zstd, &unpacked, &in);

	stream->packed_at = in.pos;
	stream->inside = result != 0;
	if (ZSTD_isError(result))
		stream->error = "the zstd data is damaged";
	return unpacked.pos;
}

static void stream_refill_packed(struct stream *stream)
{
	stream->packed_at = 0;
	stream->packed_end = stream_read(stream, stream->packed, STREAM_CHUNK);
	stream->packed_finished = stream->packed_end == 0;
}

/* The unpackers hold output back, so they are asked once more, without input,
 * before the end is believed. */
static size_t stream_unpack(struct stream *stream, uint8_t *out, size_t size)
{
	for (;;) {
		if (stream->packed_at == stream->packed_end && !stream->packed_finished)
			stream_refill_packed(stream);
		bool last = stream->packed_finished &&
			    stream->packed_at == stream->packed_end;
		if (last && !stream->inside)
			return 0;
		size_t got = stream->packing == PACKING_GZIP ?
			     stream_inflate(stream, out, size) :
			     stream_unzstd(stream, out, size);
		if (got > 0 || stream->error)
			return got;
		if (last) {
			stream->error = "the compressed data ends early";
			return 0;
		}
	}
}

static void stream_make_room(struct stream *stream, size_t size)
{
	if (stream->at > 0) {
		memmove(stream->buffer, stream->buffer + stream->at,
			stream->end - stream->at);
		stream->end -= stream->at;
		stream->at = 0;
	}
	if (stream->size < size) {
		stream->buffer = memory_resize(stream->buffer, size, 1);
		stream->size = size;
	}
}

static void stream_fill(struct stream *stream, size_t size)
{
	stream_make_room(stream, size);
	while (stream->end < size && !stream->finished) {
		uint8_t *out = stream->buffer + stream->end;
		size_t room = stream->size - stream->end;
		size_t got = stream->packing == PACKING_NONE ?
			     stream_read(stream, out, room) :
			     stream_unpack(stream, out, room);
		stream->end += got;
		stream->finished = got == 0 || stream->error;
	}
}

static void stream_unpack_from_here(struct stream *stream, enum packing packing)
{
	stream->packed = memory_alloc(STREAM_CHUNK);
	memcpy(stream->packed, stream->buffer + stream->at, stream->end - stream->at);
	stream->packed_end = stream->end - stream->at;
	stream->packed_finished = stream->finished;
	stream->at = stream->end = 0;
	stream->finished = false;
	stream->packing = packing;
	if (packing == PACKING_ZSTD)
		stream->zstd = ZSTD_createDStream();
	else
		inflateInit2(&stream->inflate, 15 + 16); /* gzip header, 32 KiB window */
}

static void stream_detect(struct stream *stream)
{
	const uint8_t *magic = stream_peek(stream, 4);

	if (!magic)
		return;
	if (magic[0] == 0x1f && magic[1] == 0x8b)
		stream_unpack_from_here(stream, PACKING_GZIP);
	else if (memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
		stream_unpack_from_here(stream, PACKING_ZSTD);
}

static bool stream_is_regular(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

struct stream *stream_open(const char *path, const atomic_bool *stop,
			   const char **why)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	struct stream *stream = memory_alloc(sizeof(*stream));
	stream->fd = fd;
	stream->lasting = stream_is_regular(fd);
	stream->stop = stop;
	stream->size = STREAM_CHUNK;
	stream->buffer = memory_alloc(stream->size);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	stream_detect(stream);
	return stream;
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->packing == PACKING_GZIP)
		inflateEnd(&stream->inflate);
	ZSTD_freeDStream(stream->zstd);
	close(stream->fd);
	free(stream->packed);
	free(stream->buffer);
	free(stream);
}

const uint8_t *stream_peek(struct stream *stream, size_t size)
{
	if (stream->end - stream->at < size)
		stream_fill(stream, size);
	return stream->end - stream->at < size ? NULL : stream->buffer + stream->at;
}

const uint8_t *stream_take(struct stream *stream, size_t size)
{
	const uint8_t *bytes = stream_peek(stream, size);

	if (bytes)
		stream->at += size;
	return bytes;
}

bool stream_skip(struct stream *stream, uint64_t size)
{
	while (size > STREAM_CHUNK) {
		if (!stream_take(stream, STREAM_CHUNK))
			return false;
		size -= STREAM_CHUNK;
	}
	return stream_take(stream, (size_t)size) != NULL;
}

bool stream_at_end(const struct stream *stream)
{
	return stream->at == stream->end && stream->finished && !stream->error;
}

const char *stream_error(const struct stream *stream)
{
	return stream->error;
}

bool stream_is_lasting(const struct stream *stream)
{
	return stream->lasting;
}

uint64_t stream_bytes_read(const struct stream *stream)
{
	return stream->bytes_read;
}
