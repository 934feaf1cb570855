/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments into frames: however a stream is cut, doubled and put out of order, the
 * same frames come out; where something is missing, only what touches it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "verifier/proto/assembly.h"
#include "verifier/proto/readers.h"

enum { FRAMES = 40, STREAM = FRAMES * 260, ROUNDS = 2000 };

/* A stream of Modbus frames, each with its number as its transaction. */
struct stream_of_frames {
	uint8_t bytes[STREAM];
	size_t length;
	size_t begin[FRAMES + 1];
};

struct told {
	unsigned count[FRAMES];
	unsigned last, foreign;
	bool ordered;
};

static const struct capture_packet packet = { .length = 100, .number = 1 };

static uint32_t test_random(uint32_t limit)
{
	return (uint32_t)random() % limit;
}

/* Read requests, and writes of some length. */
static size_t make_frame(uint8_t *at, uint16_t number)
{
	unsigned registers = test_random(2) == 0 ? 0 : 1 + test_random(120);
	size_t follows = registers == 0 ? 6 : 7 + registers * 2;
	const uint8_t head[] = { (uint8_t)(number >> 8), (uint8_t)number, 0, 0,
				 (uint8_t)(follows >> 8), (uint8_t)follows, 1,
				 registers == 0 ? 3 : 16, 0, 100, 0,
				 (uint8_t)(registers == 0 ? 10 : registers),
				 (uint8_t)(registers * 2) };

	memcpy(at, head, sizeof(head));
	for (size_t i = sizeof(head); i < 6 + follows; i++)
		at[i] = (uint8_t)random();
	return 6 + follows;
}

static void make_stream(struct stream_of_frames *stream)
{
	stream->length = 0;
	for (uint16_t i = 0; i < FRAMES; i++) {
		stream->begin[i] = stream->length;
		stream->length += make_frame(stream->bytes + stream->length, i);
	}
	stream->begin[FRAMES] = stream->length;
}

static void tell(void *context, const struct assembly_frame *frame)
{
	struct told *told = context;
	unsigned number = proto_be16(frame->bytes);

	if (number >= FRAMES) {
		told->foreign++;
		return;
	}
	ck_assert_uint_le(frame->length, frame->size);
	told->ordered &= number >= told->last;
	told->last = number;
	told->count[number]++;
}

static struct assembly_sink sink_of(struct told *told)
{
	*told = (struct told){ .ordered = true };
	return (struct assembly_sink){ &proto_modbus, tell, told };
}

static struct assembly_segment part(const struct stream_of_frames *stream, size_t from,
				    size_t until, uint32_t base)
{
	return (struct assembly_segment){ .sequence = base + (uint32_t)from,
					  .bytes = stream->bytes + from,
					  .length = (uint32_t)(until - from),
					  .packet = &packet };
}

/* Cuts at random places; some parts begin earlier than they need to. */
static size_t cut(const struct stream_of_frames *stream, uint32_t base,
		  struct assembly_segment *parts, size_t limit)
{
	size_t count = 0, at = 0;

	while (at < stream->length && count < limit) {
		size_t length = 1 + test_random(test_random(4) == 0 ? 900 : 60);
		size_t again = test_random(5) == 0 ? test_random(40) : 0;
		size_t until = at + length < stream->length && count + 1 < limit ? at + length
										  : stream->length;
		parts[count++] = part(stream, at - (again < at ? again : at), until, base);
		at = until;
	}
	return count;
}

/* Neighbours change places; some come twice. */
static void deliver(struct assembly *side, const struct assembly_sink *sink,
		    struct assembly_segment *parts, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		size_t other = i + test_random(6);
		if (other >= count || test_random(3) != 0)
			continue;
		struct assembly_segment kept = parts[i];
		parts[i] = parts[other];
		parts[other] = kept;
	}
	for (size_t i = 0; i < count; i++) {
		assembly_add(side, &parts[i], sink);
		if (test_random(8) == 0)
			assembly_add(side, &parts[test_random((uint32_t)i + 1)], sink);
	}
}

static void any_cut_gives_the_same_frames_round(unsigned round)
{
	static struct stream_of_frames stream;
	static struct assembly_segment parts[STREAM];
	struct assembly side = { 0 };
	struct told told;
	struct assembly_sink sink = sink_of(&told);
	srandom(round);
	uint32_t base = UINT32_MAX - test_random(2 * STREAM); /* mostly over the end of the numbers */

	make_stream(&stream);
	assembly_begin(&side, base);
	deliver(&side, &sink, parts, cut(&stream, base, parts, STREAM));
	assembly_finish(&side, &sink);
	for (unsigned i = 0; i < FRAMES; i++)
		ck_assert_msg(told.count[i] == 1, "frame %u: %u times", i, told.count[i]);
	ck_assert(told.ordered && told.foreign == 0);
	ck_assert(side.whole && side.alien == 0);
	assembly_release(&side);
	ck_assert_ptr_null(side.store);
}

START_TEST(any_cut_gives_the_same_frames)
{
	for (unsigned round = 0; round < ROUNDS; round++)
		any_cut_gives_the_same_frames_round(round);
}
END_TEST

/* What a missing part does not touch is told; nor does it touch the frame after its
 * own, if that tells how long it is. */
static void a_gap_costs_what_it_touches_round(unsigned round)
{
	static struct stream_of_frames stream;
	struct assembly side = { 0 };
	struct told told;
	struct assembly_sink sink = sink_of(&told);

	srandom(round);
	make_stream(&stream);
	size_t missing = 1 + test_random(FRAMES - 3);
	size_t size = stream.begin[missing + 1] - stream.begin[missing];
	size_t from = stream.begin[missing] + test_random((uint32_t)size - 1);
	size_t until = from + 1 + test_random((uint32_t)(stream.begin[missing + 1] - from));
	bool known = from - stream.begin[missing] >= 6; /* how long the frame is */
	assembly_begin(&side, 7);
	struct assembly_segment before = part(&stream, 0, from, 7);
	assembly_add(&side, &before, &sink);
	for (size_t i = missing + 1; i < FRAMES; i++) {
		struct assembly_segment each = part(
			&stream, i == missing + 1 ? until : stream.begin[i], stream.begin[i + 1], 7);
		assembly_add(&side, &each, &sink);
	}
	if (FRAMES - missing <= ASSEMBLY_SEGMENTS)
		ck_assert_uint_eq(told.count[FRAMES - 1], 0);
	assembly_acknowledged(&side, 7 + (uint32_t)stream.length, &sink);
	for (unsigned i = 0; i < FRAMES; i++)
		ck_assert_msg(told.count[i] == 1 || (!known && (i == missing || i == missing + 1)),
			      "frame %u: %u times", i, told.count[i]);
	ck_assert(!side.whole && told.foreign == 0 && (!known || side.alien == 0));
	assembly_release(&side);
}

START_TEST(a_gap_costs_what_it_touches)
{
	for (unsigned round = 0; round < ROUNDS; round++)
		a_gap_costs_what_it_touches_round(round);
}
END_TEST

/* A capture that begins inside a frame, and one whose packets were cut. */
static void finds_the_way_from_the_middle_round(unsigned round)
{
	static struct stream_of_frames stream;
	struct assembly side = { 0 };
	struct told told;
	struct assembly_sink sink = sink_of(&told);

	srandom(round);
	make_stream(&stream);
	for (size_t i = 0; i < FRAMES; i++) {
		size_t from = i == 0 ? 3 : stream.begin[i];
		struct assembly_segment each = part(&stream, from, stream.begin[i + 1], 900);
		if (i % 5 == 4) {
			each.missing = each.length - 9;
			each.length = 9;
		}
		assembly_add(&side, &each, &sink);
	}
	for (unsigned i = 1; i < FRAMES; i++)
		ck_assert_msg(told.count[i] == 1, "frame %u: %u times", i, told.count[i]);
	ck_assert_uint_eq(told.foreign, 0);
	assembly_release(&side);
}

START_TEST(finds_the_way_from_the_middle)
{
	for (unsigned round = 0; round < ROUNDS; round++)
		finds_the_way_from_the_middle_round(round);
}
END_TEST

/* A read, and a write in its place: before its turn, after it, or as it is. */
START_TEST(copies_that_differ_are_noticed)
{
	static const uint8_t read[] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1 };
	static const uint8_t write[] = { 0, 1, 0, 0, 0, 6, 1, 6, 0, 100, 0, 1 };
	const struct assembly_segment first = { 1012, read, sizeof(read), 0, &packet };
	const struct assembly_segment before = { 1000, read, sizeof(read), 0, &packet };

	for (int late = 0; late < 2; late++) {
		for (uint32_t from = 0; from < sizeof(read); from++) {
			for (int same = 0; same < 2; same++) {
				struct assembly side = { 0 };
				struct told told;
				struct assembly_sink sink = sink_of(&told);
				const struct assembly_segment again = {
					1012 + from, (same ? read : write) + from,
					(uint32_t)sizeof(read) - from, 0, &packet
				};

				assembly_begin(&side, 1000);
				if (late)
					assembly_add(&side, &before, &sink);
				assembly_add(&side, &first, &sink);
				assembly_add(&side, &again, &sink);
				if (!late)
					assembly_add(&side, &before, &sink);
				ck_assert_uint_eq(told.count[1], 2);
				ck_assert_int_eq(side.unread, !same && from <= 7);
				assembly_release(&side);
			}
		}
	}
}
END_TEST

/* Whatever is sent again: the same bytes leave the side as it is; other ones are noticed
 * as long as any of those that differ is not acknowledged. */
static void every_copy_is_compared_round(unsigned round)
{
	static struct stream_of_frames stream;
	static uint8_t other[STREAM];
	struct assembly side = { 0 };
	struct told told;
	struct assembly_sink sink = sink_of(&told);

	srandom(round);
	make_stream(&stream);
	size_t there = 1 + test_random((uint32_t)stream.length);
	size_t from = test_random((uint32_t)there), until = from + 1 + test_random(600);
	size_t wrong = from + test_random((uint32_t)(until - from)), had = test_random(2 * STREAM);
	if (until > stream.length)
		until = stream.length;
	bool same = wrong >= until || wrong >= there || test_random(2) == 0;
	memcpy(other, stream.bytes, stream.length);
	if (!same)
		other[wrong] ^= 1;
	assembly_begin(&side, 5);
	for (size_t at = 0; at < there; at += 1400) {
		struct assembly_segment each =
			part(&stream, at, at + 1400 < there ? at + 1400 : there, 5);
		assembly_add(&side, &each, &sink);
	}
	if (had <= there)
		assembly_acknowledged(&side, 5 + (uint32_t)had, &sink);
	const struct assembly_segment again = { 5 + (uint32_t)from, other + from,
						(uint32_t)(until - from), 0, &packet };
	bool excused = again.length == 1 && until == there && side.skip == 0 && had >= there;
	assembly_add(&side, &again, &sink);
	if (same)
		ck_assert(!side.unread);
	else if (had > there || had <= wrong)
		ck_assert_msg(side.unread || excused, "byte %zu of %zu, %zu acknowledged", wrong,
			      there, had);
	assembly_release(&side);
	ck_assert_ptr_null(side.store);
}

START_TEST(every_copy_is_compared)
{
	for (unsigned round = 0; round < ROUNDS; round++)
		every_copy_is_compared_round(round);
}
END_TEST

/* What lies before all that is kept, and may still be taken, is not known. */
START_TEST(what_cannot_be_compared_is_not_read)
{
	static const uint8_t read[] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1 };
	const struct assembly_segment first = { 1000, read, sizeof(read), 0, &packet };
	const struct assembly_segment before = { 900, read, sizeof(read), 0, &packet };

	for (int acknowledged = 0; acknowledged < 2; acknowledged++) {
		struct assembly side = { 0 };
		struct told told;
		struct assembly_sink sink = sink_of(&told);

		assembly_begin(&side, 1000);
		assembly_add(&side, &first, &sink);
		if (acknowledged)
			assembly_acknowledged(&side, 1012, &sink);
		assembly_add(&side, &before, &sink);
		ck_assert_int_eq(side.unread, !acknowledged);
		assembly_release(&side);
	}
}
END_TEST

/* A frame without its end, and one that only the other side has. */
START_TEST(what_is_missing_at_the_end_is_not_read)
{
	static const uint8_t read[] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1 };

	for (uint32_t length = 1; length <= sizeof(read); length++) {
		for (uint32_t more = 0; more < 4; more++) {
			const struct assembly_segment first = { 1000, read, length, 0, &packet };
			struct assembly side = { 0 };
			struct told told;
			struct assembly_sink sink = sink_of(&told);

			assembly_begin(&side, 1000);
			assembly_add(&side, &first, &sink);
			assembly_acknowledged(&side, 1000 + length + more, &sink);
			assembly_finish(&side, &sink);
			ck_assert_int_eq(side.unread, length < sizeof(read) || more > 1);
			assembly_release(&side);
		}
	}
}
END_TEST

START_TEST(a_stream_that_begins_anew_elsewhere_is_not_read_whole)
{
	static const uint8_t read[] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 1 };
	const struct assembly_segment first = { 1000, read, sizeof(read), 0, &packet };
	struct assembly side = { 0 };
	struct told told;
	struct assembly_sink sink = sink_of(&told);

	assembly_begin(&side, 1000);
	assembly_begin(&side, 1000);
	assembly_add(&side, &first, &sink);
	ck_assert(!side.unread);
	assembly_begin(&side, 9000);
	ck_assert(side.unread);
	assembly_release(&side);
}
END_TEST

/* Numbers far from the stream are nobody's, until they go on. */
START_TEST(a_stray_segment_is_nobodys)
{
	static struct stream_of_frames stream;
	struct assembly side = { 0 };
	struct told told;
	struct assembly_sink sink = sink_of(&told);

	srandom(1);
	make_stream(&stream);
	assembly_begin(&side, 0);
	for (size_t i = 0; i < FRAMES; i++) {
		struct assembly_segment stray = part(&stream, 0, 20, 0x70000000);
		struct assembly_segment each =
			part(&stream, stream.begin[i], stream.begin[i + 1], 0);
		assembly_add(&side, &stray, &sink);
		assembly_add(&side, &each, &sink);
	}
	for (unsigned i = 0; i < FRAMES; i++)
		ck_assert_uint_eq(told.count[i], 1);
	for (size_t i = 0; i < 8; i++) {
		struct assembly_segment moved =
			part(&stream, stream.begin[i], stream.begin[i + 1], 0x40000000);
		assembly_add(&side, &moved, &sink);
	}
	ck_assert_uint_eq(told.count[7], 2);
	assembly_release(&side);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assembly");
	TCase *frames = tcase_create("frames");

	tcase_add_test(frames, any_cut_gives_the_same_frames);
	tcase_add_test(frames, a_gap_costs_what_it_touches);
	tcase_add_test(frames, finds_the_way_from_the_middle);
	tcase_set_timeout(frames, 60);
	tcase_add_test(frames, copies_that_differ_are_noticed);
	tcase_add_test(frames, every_copy_is_compared);
	tcase_add_test(frames, what_cannot_be_compared_is_not_read);
	tcase_add_test(frames, what_is_missing_at_the_end_is_not_read);
	tcase_add_test(frames, a_stream_that_begins_anew_elsewhere_is_not_read_whole);
	tcase_add_test(frames, a_stray_segment_is_nobodys);
	suite_add_tcase(suite, frames);
	return unit_run(suite);
}
