/* SPDX-License-Identifier: Apache-2.0
 *
 * The platforms whose configurations are read: one line each. */
#include "config.h"
#include "verifier/read.h"

#include <string.h>

static const struct reader readers[] = {
	{ "nftables", read_nftables },
};

const struct reader *reader_find(const char *platform)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(readers[i].platform, platform) == 0)
			return &readers[i];
	return NULL;
}
