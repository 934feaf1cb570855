/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets of the readers share: any bytes as configurations of one
 * platform. They are read in bounded time and memory, never with a crash; every line
 * is accounted for; and what was read compares equal to itself. */
#ifndef TESTS_FUZZ_READER_H
#define TESTS_FUZZ_READER_H

#include <stddef.h>
#include <stdint.h>

#include "verifier/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* As `audit` reads them, beside a policy and alone. Lines of `%%` part the bytes into
 * a configuration and its companions. */
void fuzz_reader(const char *platform, const uint8_t *bytes, size_t size);

/* False: they are no configuration of the platform. The result lives in the arena. */
bool fuzz_read(struct read_result *read, struct arena *arena, const char *platform,
	       const struct read_input *input);

/* Aborts where two readings differ. */
void fuzz_compare(struct arena *arena, const struct read_result *left,
		  const struct read_result *right);

#endif
