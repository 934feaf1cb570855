/* SPDX-License-Identifier: Apache-2.0
 *
 * The platforms Cordon writes configurations for: one line each. */
#include "config.h"
#include "backends/backend.h"

#include <string.h>

static const struct backend *const backends[] = {
	&backend_nftables,
	&backend_iptables,
	&backend_cisco_ios,
	&backend_cisco_asa,
	&backend_fortios,
	NULL,
};

const struct backend *const *backend_all(size_t *count)
{
	*count = sizeof(backends) / sizeof(backends[0]) - 1;
	return backends;
}

const struct backend *backend_find(const char *platform)
{
	for (size_t i = 0; backends[i] != NULL; i++)
		if (strcmp(backends[i]->platform, platform) == 0)
			return backends[i];
	return NULL;
}

void backend_output_release(struct backend_output *output)
{
	for (size_t i = 0; i < output->file_count; i++)
		strbuf_release(&output->file[i].text);
	vec_free(&output->origins);
	vec_free(&output->sizes);
	arena_release(&output->arena);
	*output = (struct backend_output){ 0 };
}
