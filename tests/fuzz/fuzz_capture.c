/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a whole capture file, through reader, decoder and conversations.
 * Every packet is either counted in the table, told as unreadable, or lost. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fuzz_read(const char *path)
{
	const struct conversation_events events = { .context = NULL };
	const struct conversation_limits limits = { .conversations = 64, .fragments = 16 };
	struct conversations *table = conversations_create(&limits, &events);
	struct capture *capture = capture_create();
	struct capture_packet packet;
	struct diags diags;

	diags_init(&diags);
	if (capture_add_file(capture, path, &diags))
		while (capture_next(capture, &packet, &diags) == CAPTURE_PACKET)
			conversations_add(table, &packet);
	else if (diags.len == 0)
		abort();
	conversations_finish(table);
	conversations_destroy(table);
	capture_destroy(capture);
	diags_release(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[64];
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fuzz_read(path);
	close(fd);
	return 0;
}
