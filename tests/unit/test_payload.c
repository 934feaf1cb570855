/* SPDX-License-Identifier: Apache-2.0
 *
 * compiler/payload: random frames of each form, whose other bytes may be anything. The
 * readers of verifier/proto, which know nothing of forms, tell the function and unit of
 * such a frame; it is of no other form; and the frame's length is what they make of it. */
#include "config.h"
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <string.h>

#include "compiler/payload.h"
#include "base/memory.h"
#include "verifier/proto/proto.h"

enum { FRAMES = 200, FRAME_MOST = 2048, TELLS = 64, SHORT = 300 };

static unsigned long long state = 20261125;

static unsigned below(unsigned limit)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(state >> 33) % limit;
}

static unsigned between(unsigned first, unsigned last)
{
	return first + below(last - first + 1);
}

/* ---- frames ---- */

struct sample {
	const struct payload_protocol *protocol;
	size_t form;
	unsigned transport;
	unsigned function, unit;
	bool asks; /* it is one function's */
	uint8_t bytes[FRAME_MOST];
	size_t length;
};

static const struct payload_form *form_of(const struct sample *sample)
{
	return &sample->protocol->forms[sample->form];
}

static void put(struct sample *sample, struct payload_number number, unsigned value)
{
	unsigned wire = payload_wire(number, value);

	for (unsigned i = 0; i < number.bytes; i++)
		sample->bytes[number.at + i] = (uint8_t)(wire >> 8 * (number.bytes - 1U - i));
}

static unsigned get(const struct sample *sample, struct payload_number number)
{
	unsigned wire = 0;

	for (unsigned i = 0; i < number.bytes; i++)
		wire = wire << 8 | sample->bytes[number.at + i];
	return payload_wire(number, wire);
}

/* A length that every count allows; false: there is none. */
static bool choose_length(const struct sample *sample, unsigned *told)
{
	const struct payload_form *form = form_of(sample);
	unsigned first = form->carrier->length->shortest, last = form->carrier->length->longest;
	struct payload_count counts[2];
	size_t count = payload_form_counts(form, counts);

	for (size_t i = 0; i < count; i++) {
		unsigned lo = (unsigned)counts[i].base + counts[i].least;
		unsigned hi = (unsigned)counts[i].base + counts[i].most;
		first = first > lo ? first : lo;
		last = last < hi ? last : hi;
	}
	if (form->body->length != 0)
		first = last = form->body->length;
	if (last > first + SHORT)
		last = first + SHORT;
	*told = first <= last ? between(first, last) : 0;
	return first <= last;
}

static void put_lengths(struct sample *sample, unsigned told)
{
	struct payload_count counts[2];
	size_t count = payload_form_counts(form_of(sample), counts);

	put(sample, form_of(sample)->carrier->length->number, told);
	for (size_t i = 0; i < count; i++)
		put(sample, counts[i].number, told - counts[i].base);
}

static size_t put_bytes(struct sample *sample)
{
	struct payload_byte bytes[PAYLOAD_CONSTANTS];
	struct payload_choice choices[PAYLOAD_CHOICES];
	size_t count = payload_form_bytes(form_of(sample), bytes), end = 0;
	size_t chosen = payload_form_choices(form_of(sample), choices);

	for (size_t i = 0; i < count; i++) {
		uint8_t *byte = &sample->bytes[bytes[i].at];
		*byte = (uint8_t)((*byte & ~bytes[i].mask) | bytes[i].value);
		end = end > bytes[i].at ? end : bytes[i].at;
	}
	for (size_t i = 0; i < chosen; i++) {
		const struct payload_values *values = &choices[i].values[below(choices[i].count)];
		sample->bytes[choices[i].at] = (uint8_t)between(values->first, values->last);
		end = end > choices[i].at ? end : choices[i].at;
	}
	return end;
}

static size_t put_function(struct sample *sample)
{
	const struct payload_carrier *carrier = form_of(sample)->carrier;
	const struct payload_body *body = form_of(sample)->body;

	sample->asks = body->span_count > 0;
	sample->function = body->function;
	sample->unit = carrier->unit.bytes > 0 ? below(sample->protocol->units) : 0;
	put(sample, carrier->unit, sample->unit);
	if (body->function_at == PAYLOAD_NOWHERE)
		return 0;
	const struct payload_span *span = &body->spans[below(body->span_count)];
	unsigned group = between(span->group_first, span->group_last);
	unsigned low = between(span->first, span->last);
	sample->function = group << 8 | low;
	sample->bytes[carrier->body + body->function_at] = (uint8_t)low;
	if (body->group_at != PAYLOAD_NOWHERE)
		sample->bytes[carrier->body + body->group_at] = (uint8_t)(group + body->group_more);
	return (size_t)carrier->body + body->function_at;
}

/* False if the length is too short for what the form has. */
static bool make(struct sample *sample)
{
	unsigned told;

	if (!choose_length(sample, &told))
		return false;
	for (size_t i = 0; i < sizeof(sample->bytes); i++)
		sample->bytes[i] = (uint8_t)below(256);
	sample->length = payload_size(form_of(sample)->carrier->length, told);
	put_lengths(sample, told);
	size_t end = put_bytes(sample), function = put_function(sample);
	return sample->length > end && sample->length > function &&
	       sample->length >= form_of(sample)->carrier->body;
}

/* ---- which form ---- */

static bool has_lengths(const struct sample *sample, const struct payload_form *form)
{
	const struct payload_length *length = form->carrier->length;
	unsigned told = get(sample, length->number);
	struct payload_count counts[2];
	size_t count = payload_form_counts(form, counts);

	for (size_t i = 0; i < count; i++)
		if (get(sample, counts[i].number) + counts[i].base != told)
			return false;
	return told >= length->shortest && told <= length->longest &&
	       payload_size(length, told) == sample->length;
}

static bool has_bytes(const struct sample *sample, const struct payload_form *form)
{
	struct payload_byte bytes[PAYLOAD_CONSTANTS];
	struct payload_choice choices[PAYLOAD_CHOICES];
	size_t count = payload_form_bytes(form, bytes);
	size_t chosen = payload_form_choices(form, choices);

	for (size_t i = 0; i < count; i++)
		if ((sample->bytes[bytes[i].at] & bytes[i].mask) != bytes[i].value)
			return false;
	for (size_t i = 0; i < chosen; i++) {
		uint8_t byte = sample->bytes[choices[i].at];
		bool found = false;
		for (size_t k = 0; k < choices[i].count; k++)
			found = found || (byte >= choices[i].values[k].first &&
					  byte <= choices[i].values[k].last);
		if (!found)
			return false;
	}
	return true;
}

/* The byte of the function is one that a function of the form has. */
static bool has_function(const struct sample *sample, const struct payload_form *form)
{
	const struct payload_body *body = form->body;
	unsigned group = 0;

	if (body->function_at == PAYLOAD_NOWHERE)
		return true;
	unsigned low = sample->bytes[form->carrier->body + body->function_at];
	if (body->group_at != PAYLOAD_NOWHERE)
		group = sample->bytes[form->carrier->body + body->group_at] - body->group_more;
	for (size_t i = 0; i < body->span_count; i++) {
		unsigned any = body->group_at != PAYLOAD_NOWHERE ? group
								  : body->spans[i].group_first;
		if (payload_form_holds(form, any << 8 | low))
			return true;
	}
	return false;
}

static size_t forms_of(const struct sample *sample)
{
	size_t found = 0;

	for (size_t i = 0; i < sample->protocol->form_count; i++) {
		const struct payload_form *form = &sample->protocol->forms[i];
		found += payload_form_travels(form, sample->transport) &&
			 has_lengths(sample, form) && has_bytes(sample, form) &&
			 has_function(sample, form);
	}
	return found;
}

/* ---- what readers tell ---- */

struct told {
	struct proto_operation operation[TELLS];
	size_t count;
	bool other; /* the sender is not who asks */
};

static void tell_operation(void *context, const struct proto_operation *operation)
{
	struct told *told = context;

	if (told->count < TELLS)
		told->operation[told->count++] = *operation;
}

static void tell_client(void *context, int side)
{
	struct told *told = context;

	told->other = told->other || side != 0;
}

static void tell_channel(void *context, const struct proto_channel *channel)
{
	(void)context;
	(void)channel;
}

static void tell_kept(void *context, int side, uint32_t number, uint16_t meaning)
{
	(void)context;
	(void)side;
	(void)number;
	(void)meaning;
}

static uint16_t tell_nothing(void *context, int side, uint32_t number)
{
	tell_kept(context, side, number, 0);
	return 0;
}

static const struct proto_events events = { tell_operation, tell_client, tell_channel, tell_kept,
					    tell_nothing };

static void read_sample(const struct sample *sample, struct told *told)
{
	const struct proto *proto = proto_by_name(sample->protocol->name);
	struct proto_gather gather = { 0 };
	void *memory = memory_array(proto->memory + 1U, 1);
	struct proto_frame frame = {
		.bytes = sample->bytes, .length = sample->length, .size = sample->length,
		.from_client = true, .datagram = sample->transport == IPPROTO_UDP,
		.memory = memory, .gather = &gather, .events = &events, .context = told,
	};

	*told = (struct told){ .count = 0 };
	if (!frame.datagram)
		ck_assert_msg(proto->frame(sample->bytes, sample->length) == sample->length,
			      "%s, form %zu: a frame of another length", sample->protocol->name,
			      sample->form);
	proto->read(&frame);
	free(gather.bytes);
	free(memory);
}

/* Modbus knows what function 90 carries, too. */
static void check_told(const struct sample *sample, const struct told *told)
{
	ck_assert_msg(told->count > 0 || !sample->asks, "%s, form %zu: nothing is told",
		      sample->protocol->name, sample->form);
	ck_assert_msg(!told->other || (!sample->asks && told->count == 0),
		      "%s, form %zu: who sends it is told as who is asked", sample->protocol->name,
		      sample->form);
	for (size_t i = 0; i < told->count; i++) {
		const struct proto_operation *operation = &told->operation[i];
		if (!sample->asks) {
			ck_assert_int_ne(operation->kind, PROTO_REQUEST);
			continue;
		}
		ck_assert_msg(operation->function == sample->function ||
			      operation->carrier == sample->function,
			      "%s, form %zu: %u is told as %u", sample->protocol->name,
			      sample->form, sample->function, operation->function);
		if (form_of(sample)->carrier->unit.bytes > 0 && operation->has_unit)
			ck_assert_uint_eq(operation->unit, sample->unit);
	}
}

static void check_form(const struct payload_protocol *protocol, size_t form, unsigned transport)
{
	struct sample sample = { .protocol = protocol, .form = form, .transport = transport };
	struct told told;
	size_t made = 0;

	if (!payload_form_travels(&protocol->forms[form], transport))
		return;
	for (int i = 0; i < FRAMES; i++) {
		if (!make(&sample))
			continue;
		made++;
		ck_assert_msg(forms_of(&sample) == 1, "%s: a frame of form %zu has %zu forms",
			      protocol->name, form, forms_of(&sample));
		read_sample(&sample, &told);
		check_told(&sample, &told);
	}
	ck_assert_uint_gt(made, FRAMES / 4);
}

START_TEST(test_frames)
{
	const struct payload_protocol *protocol;

	for (size_t i = 0; (protocol = payload_protocol_at(i)) != NULL; i++)
		for (size_t form = 0; form < protocol->form_count; form++) {
			check_form(protocol, form, IPPROTO_TCP);
			check_form(protocol, form, IPPROTO_UDP);
		}
}
END_TEST

/* ---- numbers ---- */

START_TEST(test_parts)
{
	const struct payload_protocol *protocol = payload_protocol_at(0);
	struct arena arena;
	struct payload_part *parts;

	arena_init(&arena);
	struct range ranges[] = {
		payload_frames(protocol, 0, 1, (struct range){ 0, 255 }),
		payload_frames(protocol, 0, 2, (struct range){ 0, 255 }),
		payload_frames(protocol, 0, 6, (struct range){ 3, 3 }),
		payload_frames(protocol, 0, 6, (struct range){ 5, 9 }),
		payload_frames(protocol, 1, 7, (struct range){ 0, 255 }),
	};
	const struct set *points = set_from_ranges(&arena, ranges, 5);
	ck_assert_uint_eq(payload_parts(&arena, protocol, 0, points, &parts), 2);
	ck_assert(set_equal(parts[0].functions, set_one(&arena, 1, 2)));
	ck_assert(set_equal(parts[0].units, set_one(&arena, 0, 255)));
	ck_assert(set_equal(parts[1].functions, set_one(&arena, 6, 6)));
	ck_assert_uint_eq((unsigned)set_size(parts[1].units), 6);
	ck_assert_uint_eq(payload_parts(&arena, protocol, 2, points, &parts), 0);
	arena_release(&arena);
}
END_TEST

/* Where a unit may be any number, functions that touch are one range of points. */
START_TEST(test_parts_joined)
{
	const struct payload_protocol *protocol = payload_protocol_at(1);
	struct range all = { 0, PAYLOAD_UNITS - 1 };
	struct arena arena;
	struct payload_part *parts;

	arena_init(&arena);
	struct range ranges[] = {
		payload_frames(protocol, 0, 1, all), payload_frames(protocol, 0, 2, all),
		payload_frames(protocol, 0, 3, (struct range){ 0, 7 }),
		payload_frames(protocol, 0, 5, (struct range){ 1, PAYLOAD_UNITS - 1 }),
		payload_frames(protocol, 0, 6, all),
	};
	const struct set *points = set_from_ranges(&arena, ranges, 5);
	ck_assert_uint_eq(payload_parts(&arena, protocol, 0, points, &parts), 3);
	ck_assert_uint_eq((unsigned)set_size(parts[0].functions), 3);
	ck_assert(set_contains(parts[0].functions, 6));
	ck_assert(set_equal(parts[1].functions, set_one(&arena, 3, 3)));
	ck_assert(set_equal(parts[2].units, set_one(&arena, 1, PAYLOAD_UNITS - 1)));
	arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("payload");
	TCase *tcase = tcase_create("payload");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_frames);
	tcase_add_test(tcase, test_parts);
	tcase_add_test(tcase, test_parts_joined);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
