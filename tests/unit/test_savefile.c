/* SPDX-License-Identifier: Apache-2.0
 *
 * verifier/capture on files made here: formats, byte orders, clocks, packing,
 * several files as one stream, filters, evidence, and every kind of damage. */
#include "config.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/unit/image.h"

/* ---- formats ---- */

START_TEST(classic)
{
	struct image image = { .big = _i & 1 };
	struct told told;
	bool nano = _i & 2;

	put_pcap(&image, nano ? NANO : MICRO, RAW);
	put_record(&image, 1700000000, 123456, "abcd");
	put_record(&image, 4000000000u, 999999, "ef");
	told_image(&told, &image);
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_eq(told.packet[0].instant, (int64_t)1700000000 * SECOND +
						  (nano ? 123456 : 123456000));
	ck_assert_int_eq(told.packet[1].instant, (int64_t)4000000000 * SECOND +
						  (nano ? 999999 : 999999000));
	ck_assert_str_eq(told.first[0], "abcd");
	ck_assert_uint_eq(told.packet[1].captured, 2);
	ck_assert_uint_eq(told.packet[1].length, 6);
	ck_assert_uint_eq(told.packet[1].link, RAW);
	ck_assert_uint_eq(told.packet[1].number, 2);
}
END_TEST

static const struct clock {
	uint8_t resolution;
	int64_t offset;
	uint64_t ticks;
	int64_t instant;
} clocks[] = {
	{ 6, 0, 1700000000123456, 1700000000123456000 },
	{ 9, 0, 1700000000123456789, 1700000000123456789 },
	{ 3, 0, 1700000000123, 1700000000123000000 },
	{ 0, 0, 1700000000, 1700000000000000000 },
	{ 12, 0, 5123456789012, 5123456789 },
	{ 0x80 | 10, 0, 1536, 1500000000 },
	{ 9, 1700000000, 42, 1700000000000000042 },
	{ 9, -10, 11000000000, 1000000000 },
	{ 0, 0, UINT64_MAX, INT64_MAX },
};
enum { CLOCKS = sizeof(clocks) / sizeof(clocks[0]) };

START_TEST(pcapng_clock)
{
	const struct clock *clock = &clocks[_i / 2];
	struct image image = { .big = _i & 1 };
	struct told told;

	put_section(&image);
	put_interface(&image, 6, 0);
	put_interface(&image, clock->resolution, clock->offset);
	put_enhanced(&image, 1, clock->ticks, "abcd");
	told_image(&told, &image);
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_int_eq(told.packet[0].instant, clock->instant);
	ck_assert_uint_eq(told.packet[0].captured, 4);
	ck_assert_uint_eq(told.packet[0].length, 60);
	ck_assert_str_eq(told.first[0], "abcd");
}
END_TEST

/* A second section begins anew: its own byte order and interfaces. */
START_TEST(pcapng_sections)
{
	struct image image = { .big = true };
	struct told told;

	put_section(&image);
	put_interface(&image, 9, 0);
	put_enhanced(&image, 0, 7, "abcd");
	image.big = false;
	put_section(&image);
	put_interface(&image, 6, 0);
	put_enhanced(&image, 0, 7, "efgh");
	told_image(&told, &image);
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_eq(told.packet[0].instant, 7);
	ck_assert_int_eq(told.packet[1].instant, 7000);
}
END_TEST

/* ---- packing ---- */

static size_t pack_gzip(const void *bytes, size_t length, uint8_t *out, size_t room)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length,
			    .next_out = out, .avail_out = (uInt)room };

	ck_assert_int_eq(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return room - stream.avail_out;
}

static size_t pack(bool zstd, const uint8_t *bytes, size_t length, uint8_t *out, size_t room)
{
	return zstd ? ZSTD_compress(out, room, bytes, length, 3) :
		      pack_gzip(bytes, length, out, room);
}

static void three_packets(struct image *image)
{
	put_pcap(image, NANO, RAW);
	put_record(image, 1, 0, "abcd");
	put_record(image, 2, 0, "efgh");
	put_record(image, 3, 0, "ijkl");
}

/* In one member (frame) or two, whose border lies within a packet. */
START_TEST(packed)
{
	struct image image = { .big = false };
	uint8_t bytes[8192];
	struct told told;
	size_t half = _i & 2 ? 50 : 0, length = 0;

	three_packets(&image);
	if (half > 0)
		length = pack(_i & 1, image.bytes, half, bytes, sizeof(bytes));
	length += pack(_i & 1, image.bytes + half, image.length - half, bytes + length,
		       sizeof(bytes) - length);
	told_bytes(&told, bytes, length);
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 3);
	ck_assert_str_eq(told.first[2], "ijkl");
	for (size_t cut = length - 1; cut > length - 4; cut--) {
		told_bytes(&told, bytes, cut);
		ck_assert_uint_eq(told.diags, 1);
		ck_assert_ptr_nonnull(strstr(told.damage, "ends early"));
	}
}
END_TEST

/* ---- damage ---- */

/* Cut at every byte: what lies before is told, and where it ended. */
START_TEST(cut_classic)
{
	struct image image = { .big = false };
	struct told told;
	char after[32];

	three_packets(&image);
	for (size_t length = 24; length <= image.length; length++) {
		told_bytes(&told, image.bytes, length);
		ck_assert_uint_eq(told.count, (length - 24) / 20);
		ck_assert_uint_eq(told.diags, (length - 24) % 20 != 0);
		ck_assert(told.damaged == (told.diags > 0));
		snprintf(after, sizeof(after), "after packet %zu", told.count);
		if (told.damaged)
			ck_assert_msg(strncmp(told.damage, "CAPTURE-DAMAGED: /proc", 22) == 0 &&
				      strstr(told.damage, after), "%s", told.damage);
	}
	for (size_t length = 0; length < 24; length++) {
		told_bytes(&told, image.bytes, length);
		ck_assert_uint_eq(told.count, 0);
		ck_assert_int_eq(strncmp(told.damage, "UNREADABLE", 10), 0);
	}
}
END_TEST

START_TEST(cut_pcapng)
{
	struct image image = { .big = false };
	size_t ends[8] = { 0 }, blocks = 0;
	struct told told;

	put_section(&image);
	ends[blocks++] = image.length;
	put_interface(&image, 9, 0);
	ends[blocks++] = image.length;
	for (uint64_t i = 0; i < 3; i++) {
		put_enhanced(&image, 0, i, "abcd");
		ends[blocks++] = image.length;
	}
	for (size_t length = 4, whole = 0; length <= image.length; length++) {
		while (whole < blocks && ends[whole] <= length)
			whole++;
		told_bytes(&told, image.bytes, length);
		ck_assert_uint_eq(told.count, whole > 2 ? whole - 2 : 0);
		ck_assert(told.damaged == (whole == 0 || ends[whole - 1] != length));
		ck_assert_uint_eq(told.diags, told.damaged);
	}
}
END_TEST

/* Where one 32-bit word of a good file is changed, and what is told then. */
static const struct damage {
	size_t at; /* 0: section, 28: interface, 60: first packet (classic: 24, 44) */
	uint32_t word;
	bool pcapng;
	size_t packets;
	const char *told;
} damages[] = {
	{ 32, 0x01000001, false, 0, "length is impossible, after packet 0" },
	{ 52, 0x7fffffff, false, 1, "length is impossible, after packet 1" },
	{ 12, 0x00000009, true, 0, "version of pcapng is not known" },
	{ 8, 0x12345678, true, 0, "no byte order" },
	{ 4, 0x7ffffff0, true, 0, "block's length is impossible" },
	{ 24, 0x00000020, true, 0, "two lengths differ" },
	{ 44, 0x7fff0009, true, 0, "option is longer than its block" },
	{ 68, 0x00000001, true, 0, "interface is not described" },
	{ 80, 0x00000005, true, 0, "packet is longer than its block" },
	{ 128, 0x00000028, true, 1, "two lengths differ, after packet 1" },
};
enum { DAMAGES = sizeof(damages) / sizeof(damages[0]) };

START_TEST(damaged)
{
	const struct damage *damage = &damages[_i];
	struct image image = { .big = false };
	struct told told;

	if (damage->pcapng) {
		put_section(&image);
		put_interface(&image, 9, 0);
		put_enhanced(&image, 0, 1, "abcd");
		put_enhanced(&image, 0, 2, "efgh");
	} else {
		three_packets(&image);
	}
	size_t length = image.length;
	image.length = damage->at;
	put(&image, damage->word, 4);
	told_bytes(&told, image.bytes, length);
	ck_assert_msg(strstr(told.damage, damage->told), "%zu: %s", damage->at, told.damage);
	ck_assert_uint_eq(told.diags, 1);
	ck_assert_uint_eq(told.count, damage->packets);
}
END_TEST

/* Damage ends one file alone. */
START_TEST(damage_beside_others)
{
	struct image cut = { .big = false }, whole = { .big = false };
	struct told told;

	three_packets(&cut);
	three_packets(&whole);
	struct path paths[] = { path_of(cut.bytes, cut.length - 1),
				path_of(whole.bytes, whole.length) };
	told_files(&told, paths, 2, NULL);
	ck_assert_uint_eq(told.count, 5);
	ck_assert_uint_eq(told.diags, 1);
	ck_assert_ptr_nonnull(strstr(told.damage, paths[0].text));
	ck_assert_ptr_nonnull(strstr(told.damage, "after packet 2"));
	close(paths[0].fd);
	close(paths[1].fd);
}
END_TEST

/* ---- several files ---- */

START_TEST(merged)
{
	static const char *const order[] = { "a1", "c1", "b1", "a2", "b2", "c2", "c3", "a3" };
	static const uint16_t files[] = { 0, 2, 1, 0, 1, 2, 2, 0 };
	static const uint64_t numbers[] = { 1, 1, 1, 2, 2, 2, 3, 3 };
	struct image a = { .big = false }, b = { .big = true }, c = { .big = false };
	struct told told;

	put_pcap(&a, NANO, RAW);
	put_record(&a, 10, 0, "a1");
	put_record(&a, 20, 5000, "a2");
	put_record(&a, 40, 0, "a3");
	put_pcap(&b, MICRO, RAW);
	put_record(&b, 20, 0, "b1");
	put_record(&b, 20, 5, "b2"); /* the instant of a2: in the order of the files */
	put_pcap(&c, NANO, RAW);
	put_record(&c, 15, 0, "c1");
	put_record(&c, 30, 0, "c2");
	put_record(&c, 29, 0, "c3"); /* a file's own order stays */
	struct path paths[] = { path_of(a.bytes, a.length), path_of(b.bytes, b.length),
				path_of(c.bytes, c.length) };
	told_files(&told, paths, 3, NULL);
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 8);
	for (size_t i = 0; i < 8; i++) {
		ck_assert_str_eq(told.first[i], order[i]);
		ck_assert_uint_eq(told.packet[i].file, files[i]);
		ck_assert_uint_eq(told.packet[i].number, numbers[i]);
	}
	for (size_t i = 0; i < 3; i++)
		close(paths[i].fd);
}
END_TEST

/* ---- filters ---- */

static void put_segment(struct image *image, uint32_t second, uint16_t port)
{
	uint8_t bytes[] = "\x45\0\0\x28\0\x07\0\0\x40\x06\0\0\xc0\0\x02\x01\xc0\0\x02\x02"
			  "\xc3\x50\x01\xf6\0\0\0\0\0\0\0\0\x50\x02\0\0\0\0\0";

	bytes[22] = (uint8_t)(port >> 8);
	bytes[23] = (uint8_t)port;
	put(image, second, 4);
	put(image, 0, 4);
	put(image, sizeof(bytes), 4);
	put(image, sizeof(bytes), 4);
	put_bytes(image, bytes, sizeof(bytes));
}

START_TEST(filters)
{
	struct image image = { .big = false }, empty = { .big = false };
	struct told told;

	put_pcap(&image, NANO, RAW);
	put_segment(&image, 1, 502);
	put_segment(&image, 2, 443);
	put_segment(&image, 3, 502);
	put_pcap(&empty, NANO, RAW);
	struct path path = path_of(image.bytes, image.length);
	struct path none = path_of(empty.bytes, empty.length);
	told_files(&told, &path, 1, "tcp dst port 502");
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_uint_eq(told.packet[1].number, 3);
	told_files(&told, &path, 1, "host 192.0.2.9");
	ck_assert_uint_eq(told.count, 0);
	told_files(&told, &path, 1, "tcp dst prot 502");
	ck_assert_int_eq(strncmp(told.damage, "CAPTURE-FILTER", 14), 0);
	told_files(&told, &none, 1, "tcp dst prot 502");
	ck_assert_int_eq(strncmp(told.damage, "CAPTURE-FILTER", 14), 0);
	close(path.fd);
	close(none.fd);
}
END_TEST

/* ---- evidence ---- */

static char *folder_path(const char *folder, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", folder, name);
	return path;
}

static void write_evidence(struct capture_writer *writer)
{
	const struct capture_packet packets[] = {
		{ 1700000000123456789, (const uint8_t *)"abcdef", 6, 60, ETHERNET, 0, 1 },
		{ 1700000000123456790, (const uint8_t *)"raw", 3, 3, RAW, 0, 2 },
		{ 1700000001000000001, (const uint8_t *)"", 0, 1500, ETHERNET, 0, 3 },
	};

	ck_assert(capture_write(writer, &packets[0]));
	ck_assert(!capture_write(writer, &packets[1]));
	ck_assert(capture_write(writer, &packets[2]));
	ck_assert_uint_eq(capture_writer_refused(writer), 1);
}

static void check_evidence(const char *name)
{
	struct path path = { .fd = -1 };
	struct told told;

	snprintf(path.text, sizeof(path.text), "%s", name);
	told_files(&told, &path, 1, NULL);
	ck_assert_uint_eq(told.diags, 0);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_int_eq(told.packet[0].instant, 1700000000123456789);
	ck_assert_int_eq(told.packet[1].instant, 1700000001000000001);
	ck_assert_uint_eq(told.packet[0].captured, 6);
	ck_assert_uint_eq(told.packet[0].length, 60);
	ck_assert_uint_eq(told.packet[1].captured, 0);
	ck_assert_uint_eq(told.packet[1].length, 1500);
	ck_assert_uint_eq(told.packet[0].link, ETHERNET);
	ck_assert_str_eq(told.first[0], "abcd");
}

START_TEST(evidence)
{
	char folder[] = "/tmp/cordon-evidence-XXXXXX", path[256];
	struct diags diags;

	diags_init(&diags);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	struct capture_writer *writer =
		capture_writer_create(folder_path(folder, "kept.pcap", path), &diags);
	write_evidence(writer);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert(capture_writer_commit(writer, &diags));
	check_evidence(path);
	unlink(path);
	writer = capture_writer_create(folder_path(folder, "left.pcap", path), &diags);
	write_evidence(writer);
	capture_writer_abandon(writer);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_uint_eq(diags.len, 0);
	ck_assert_int_eq(rmdir(folder), 0); /* nothing half-written stayed */
	ck_assert_ptr_null(capture_writer_create(path, &diags));
	ck_assert_int_eq(diags.list[0]->id, FINDING_CAPTURE_UNWRITABLE);
	diags_release(&diags);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("savefile");
	TCase *tests = tcase_create("savefile");

	tcase_add_loop_test(tests, classic, 0, 4);
	tcase_add_loop_test(tests, pcapng_clock, 0, 2 * CLOCKS);
	tcase_add_test(tests, pcapng_sections);
	tcase_add_loop_test(tests, packed, 0, 4);
	tcase_add_test(tests, cut_classic);
	tcase_add_test(tests, cut_pcapng);
	tcase_add_loop_test(tests, damaged, 0, DAMAGES);
	tcase_add_test(tests, damage_beside_others);
	tcase_add_test(tests, merged);
	tcase_add_test(tests, filters);
	tcase_add_test(tests, evidence);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
