/* SPDX-License-Identifier: Apache-2.0
 *
 * The stream of packets. A file is opened when it is added, to see that it is a
 * capture and when it begins, and again when the stream reaches that instant:
 * so a thousand files in a row need one file descriptor and one buffer. Pipes stay
 * open: what was read of them would be gone.
 *
 * Invariant: `heap` holds the inputs that have more, by the instant of the packet
 * each offers next, then in the order they were added. */
#include "config.h"
#include "verifier/capture.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/vec.h"
#include "verifier/filter_bpf.h"
#include "verifier/live.h"
#include "verifier/savefile.h"

enum { LINKTYPE_ETHERNET = 1 };

struct input {
	char *path;
	struct savefile *file; /* NULL: not open now */
	struct capture_packet packet; /* the next; only its instant while not open */
	uint64_t bytes_read;
};

struct capture {
	VEC(struct input) inputs;
	VEC(uint16_t) heap;
	bool taken; /* the first in the heap was handed out: move it on first */
	struct bpf *filter;
	struct live *live;
	atomic_bool stopped;
	uint64_t bytes_read;
	bool damaged;
};

struct capture *capture_create(void)
{
	return memory_alloc(sizeof(struct capture));
}

void capture_destroy(struct capture *capture)
{
	if (!capture)
		return;
	for (size_t i = 0; i < capture->inputs.len; i++) {
		savefile_close(capture->inputs.data[i].file);
		free(capture->inputs.data[i].path);
	}
	vec_free(&capture->inputs);
	vec_free(&capture->heap);
	bpf_destroy(capture->filter);
	live_close(capture->live);
	free(capture);
}

static bool capture_before(const struct capture *capture, uint16_t a, uint16_t b)
{
	int64_t at = capture->inputs.data[a].packet.instant;
	int64_t other = capture->inputs.data[b].packet.instant;

	return at < other || (at == other && a < b);
}

static void capture_sift_up(struct capture *capture, size_t at)
{
	uint16_t *heap = capture->heap.data;

	for (; at > 0 && capture_before(capture, heap[at], heap[(at - 1) / 2]);
	     at = (at - 1) / 2) {
		uint16_t moved = heap[at];
		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = moved;
	}
}

static void capture_sift_down(struct capture *capture)
{
	uint16_t *heap = capture->heap.data;
	size_t len = capture->heap.len;

	for (size_t at = 0, child; (child = 2 * at + 1) < len; at = child) {
		if (child + 1 < len && capture_before(capture, heap[child + 1], heap[child]))
			child++;
		if (!capture_before(capture, heap[child], heap[at]))
			return;
		uint16_t moved = heap[at];
		heap[at] = heap[child];
		heap[child] = moved;
	}
}

static void capture_report_damage(struct capture *capture, const struct input *input,
				  struct diags *diags)
{
	const char *damage = savefile_damage(input->file);

	if (!damage || capture->stopped) /* it was cut here, by being stopped */
		return;
	capture->damaged = true;
	diag_add(diags, FINDING_CAPTURE_DAMAGED, (struct span){ 0 },
		 "%s: %s, after packet %llu", input->path, damage,
		 (unsigned long long)input->packet.number);
}

static void capture_input_close(struct capture *capture, struct input *input)
{
	capture->bytes_read += savefile_bytes_read(input->file);
	savefile_close(input->file);
	input->file = NULL;
}

/* The input's next packet; at its end it is closed. */
static bool capture_advance(struct capture *capture, struct input *input,
			    struct diags *diags)
{
	if (savefile_next(input->file, &input->packet))
		return true;
	capture_report_damage(capture, input, diags);
	capture_input_close(capture, input);
	return false;
}

bool capture_add_file(struct capture *capture, const char *path, struct diags *diags)
{
	const char *why = "there are too many files";
	struct input input = { .path = NULL };

	if (capture->inputs.len < CAPTURE_FILES)
		input.file = savefile_open(path, &capture->stopped, &why);
	if (!input.file) {
		diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 },
			 "%s: %s", path, why);
		return false;
	}
	input.path = memory_strdup(path);
	uint16_t index = (uint16_t)capture->inputs.len;
	input.packet.file = index;
	bool more = capture_advance(capture, &input, diags);
	if (more && savefile_is_lasting(input.file) && strcmp(path, "-") != 0) {
		savefile_close(input.file);
		input.file = NULL;
	}
	vec_push(&capture->inputs, input);
	if (more) {
		vec_push(&capture->heap, index);
		capture_sift_up(capture, capture->heap.len - 1);
	}
	return true;
}

bool capture_add_interface(struct capture *capture, const char *interface,
			   struct diags *diags)
{
	struct input input = { .path = memory_strdup(interface) };

	capture->live = live_open(interface, diags);
	vec_push(&capture->inputs, input);
	return capture->live != NULL;
}

bool capture_set_filter(struct capture *capture, const char *expression,
			struct diags *diags)
{
	if (capture->live)
		return live_set_filter(capture->live, expression, diags);
	capture->filter = bpf_create(expression);
	if (capture->heap.len == 0) /* a wrong expression is told without packets, too */
		return bpf_compile(capture->filter, LINKTYPE_ETHERNET, diags);
	for (size_t i = 0; i < capture->heap.len; i++) {
		uint16_t link = capture->inputs.data[capture->heap.data[i]].packet.link;
		if (!bpf_compile(capture->filter, link, diags))
			return false;
	}
	return true;
}

/* A file that vanished or changed since it was added is damage. */
static bool capture_reopen(struct capture *capture, struct input *input,
			   struct diags *diags)
{
	const char *why;

	input->file = savefile_open(input->path, &capture->stopped, &why);
	if (input->file)
		return capture_advance(capture, input, diags);
	capture->damaged = true;
	diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 }, "%s: %s",
		 input->path, why);
	return false;
}

static void capture_pop(struct capture *capture)
{
	capture->heap.data[0] = capture->heap.data[--capture->heap.len];
	capture_sift_down(capture);
}

static const struct capture_packet *capture_next_stored(struct capture *capture,
							struct diags *diags)
{
	while (capture->heap.len > 0) {
		struct input *input = &capture->inputs.data[capture->heap.data[0]];
		bool more = true;
		if (capture->taken)
			more = capture_advance(capture, input, diags);
		else if (!input->file)
			more = capture_reopen(capture, input, diags);
		bool moved = capture->taken;
		capture->taken = false;
		if (!more) {
			capture_pop(capture);
			continue;
		}
		if (moved) {
			capture_sift_down(capture);
			input = &capture->inputs.data[capture->heap.data[0]];
			if (!input->file)
				continue;
		}
		capture->taken = true;
		return &input->packet;
	}
	return NULL;
}

static enum capture_status capture_next_live(struct capture *capture,
					     struct capture_packet *packet,
					     struct diags *diags)
{
	packet->file = 0;
	switch (live_next(capture->live, packet, diags)) {
	case LIVE_PACKET:
		return CAPTURE_PACKET;
	case LIVE_IDLE:
		return CAPTURE_IDLE;
	case LIVE_FAILED:
		capture->damaged = true;
		break;
	}
	return CAPTURE_END;
}

enum capture_status capture_next(struct capture *capture, struct capture_packet *packet,
				 struct diags *diags)
{
	while (!capture->stopped) {
		if (capture->live) {
			enum capture_status status =
				capture_next_live(capture, packet, diags);
			if (status != CAPTURE_PACKET)
				return status;
		} else {
			const struct capture_packet *next =
				capture_next_stored(capture, diags);
			if (!next)
				return CAPTURE_END;
			*packet = *next;
		}
		if (!capture->filter || bpf_matches(capture->filter, packet, diags))
			return CAPTURE_PACKET;
	}
	return CAPTURE_END;
}

void capture_stop(struct capture *capture)
{
	capture->stopped = true;
	if (capture->live)
		live_stop(capture->live);
}

const char *capture_file_name(const struct capture *capture, uint16_t file)
{
	return capture->inputs.data[file].path;
}

uint64_t capture_bytes_read(const struct capture *capture)
{
	uint64_t bytes = capture->bytes_read;

	for (size_t i = 0; i < capture->inputs.len; i++)
		if (capture->inputs.data[i].file)
			bytes += savefile_bytes_read(capture->inputs.data[i].file);
	return bytes;
}

bool capture_is_live(const struct capture *capture)
{
	return capture->live != NULL;
}

uint64_t capture_dropped(const struct capture *capture)
{
	return capture->live ? live_dropped(capture->live) : 0;
}

bool capture_damaged(const struct capture *capture)
{
	return capture->damaged;
}
