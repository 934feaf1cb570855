/* SPDX-License-Identifier: Apache-2.0
 *
 * The platforms whose configurations are read: one line each. */
#include "config.h"
#include "verifier/read.h"

#include <string.h>

static bool reader_nftables(struct read_result *result, struct arena *arena,
			    const struct read_input *input, struct diags *diags)
{
	return read_nftables(result, arena, &input->files[0], input->at, input->horizon, diags);
}

static const struct reader readers[] = {
	{ "nftables", reader_nftables },
};

const struct reader *reader_find(const char *platform)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(readers[i].platform, platform) == 0)
			return &readers[i];
	return NULL;
}
