/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a configuration of FortiOS. */
#include "config.h"

#include "tests/fuzz/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_reader("fortios", bytes, size);
	return 0;
}
