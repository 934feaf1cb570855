/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as an nftables ruleset. */
#include "config.h"

#include "tests/fuzz/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_reader("nftables", bytes, size);
	return 0;
}
