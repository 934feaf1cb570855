/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a saved report of verify, for diff. Either its conversations
 * are read or an error says why not. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/policy_text.h"
#include "verifier/traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool fuzz_read_report(struct traffic *traffic, const char *bytes, size_t size)
{
	char path[64];
	struct diags diags;
	int fd = memfd_create("report", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	diags_init(&diags);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	bool usable = traffic_read_json(traffic, path, &diags);
	if (usable != (diags_count(&diags, SEVERITY_FATAL) == 0))
		abort();
	fuzz_print(&diags);
	diags_release(&diags);
	close(fd);
	return usable;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct traffic *traffic = traffic_create();
	size_t count;

	if (fuzz_read_report(traffic, (const char *)bytes, size))
		traffic_sorted(traffic, &count);
	traffic_destroy(traffic);
	return 0;
}
