/* SPDX-License-Identifier: Apache-2.0
 *
 * Capture files made byte by byte, in memory, and what reading them tells. */
#ifndef TESTS_UNIT_IMAGE_H
#define TESTS_UNIT_IMAGE_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "verifier/capture.h"

enum { ETHERNET = 1, RAW = 101, SECOND = 1000000000, TOLD = 32 };
#define MICRO 0xa1b2c3d4u
#define NANO 0xa1b23c4du

/* ---- files in memory ---- */

struct image {
	uint8_t bytes[4096];
	size_t length;
	bool big; /* byte order */
};

static inline void put(struct image *image, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned shift = 8 * (image->big ? size - 1 - i : i);
		image->bytes[image->length++] = (uint8_t)(value >> shift);
	}
}

static inline void put_bytes(struct image *image, const void *bytes, size_t length)
{
	memcpy(image->bytes + image->length, bytes, length);
	image->length += length;
}

static inline void put_pcap(struct image *image, uint32_t magic, uint16_t link)
{
	put(image, magic, 4);
	put(image, 2, 2);
	put(image, 4, 2);
	put(image, 0, 8);
	put(image, 65535, 4);
	put(image, link, 4);
}

static inline void put_record(struct image *image, uint32_t second, uint32_t fraction,
		       const char *bytes)
{
	put(image, second, 4);
	put(image, fraction, 4);
	put(image, strlen(bytes), 4);
	put(image, strlen(bytes) + 4, 4);
	put_bytes(image, bytes, strlen(bytes));
}

static inline void put_block(struct image *image, uint32_t type, const struct image *body)
{
	put(image, type, 4);
	put(image, body->length + 12, 4);
	put_bytes(image, body->bytes, body->length);
	put(image, body->length + 12, 4);
}

static inline void put_section(struct image *image)
{
	struct image body = { .big = image->big };

	put(&body, 0x1a2b3c4d, 4);
	put(&body, 1, 2);
	put(&body, 0, 2);
	put(&body, UINT64_MAX, 8);
	put_block(image, 0x0a0d0d0a, &body);
}

/* `resolution` 6 is the default and not written. */
static inline void put_interface(struct image *image, uint8_t resolution, int64_t offset)
{
	struct image body = { .big = image->big };

	put(&body, ETHERNET, 2);
	put(&body, 0, 2);
	put(&body, 0, 4);
	if (resolution != 6) {
		put(&body, 9, 2);
		put(&body, 1, 2);
		put_bytes(&body, &resolution, 1);
		put(&body, 0, 3);
	}
	if (offset != 0) {
		put(&body, 14, 2);
		put(&body, 8, 2);
		put(&body, (uint64_t)offset, 8);
	}
	put(&body, 0, 4);
	put_block(image, 1, &body);
}

static inline void put_enhanced(struct image *image, uint32_t interface, uint64_t ticks,
			 const char *four)
{
	struct image body = { .big = image->big };

	put(&body, interface, 4);
	put(&body, ticks >> 32, 4);
	put(&body, ticks & UINT32_MAX, 4);
	put(&body, 4, 4);
	put(&body, 60, 4);
	put_bytes(&body, four, 4);
	put_block(image, 6, &body);
}

/* ---- reading them ---- */

struct told {
	struct capture_packet packet[TOLD];
	char first[TOLD][5];
	size_t count;
	char damage[512]; /* the first diagnostic */
	size_t diags;
	bool damaged;
};

struct path {
	char text[256];
	int fd;
};

static inline struct path path_of(const void *bytes, size_t length)
{
	struct path path = { .fd = memfd_create("capture", MFD_CLOEXEC) };

	ck_assert_int_ge(path.fd, 0);
	ck_assert_int_eq((int)write(path.fd, bytes, length), (int)length);
	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", path.fd);
	return path;
}

static inline void told_packet(struct told *told, const struct capture_packet *packet)
{
	ck_assert_uint_lt(told->count, TOLD);
	told->packet[told->count] = *packet;
	memcpy(told->first[told->count], packet->bytes,
	       packet->captured < 4 ? packet->captured : 4);
	told->count++;
}

static inline void told_stream(struct told *told, struct capture *capture, struct diags *diags)
{
	struct capture_packet packet;

	while (capture_next(capture, &packet, diags) == CAPTURE_PACKET)
		told_packet(told, &packet);
	told->damaged = capture_damaged(capture);
	told->diags = diags->len;
	if (diags->len > 0)
		snprintf(told->damage, sizeof(told->damage), "%s: %s",
			 finding_info(diags->list[0]->id)->name, diags->list[0]->message);
}

static inline void told_files(struct told *told, const struct path *paths, size_t count,
		       const char *filter)
{
	struct capture *capture = capture_create();
	struct diags diags;

	memset(told, 0, sizeof(*told));
	diags_init(&diags);
	for (size_t i = 0; i < count; i++)
		capture_add_file(capture, paths[i].text, &diags);
	if (filter)
		capture_set_filter(capture, filter, &diags);
	told_stream(told, capture, &diags);
	capture_destroy(capture);
	diags_release(&diags);
}

static inline void told_bytes(struct told *told, const void *bytes, size_t length)
{
	struct path path = path_of(bytes, length);

	told_files(told, &path, 1, NULL);
	close(path.fd);
}

static inline void told_image(struct told *told, const struct image *image)
{
	told_bytes(told, image->bytes, image->length);
}

#endif
