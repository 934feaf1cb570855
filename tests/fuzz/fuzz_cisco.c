/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a configuration of IOS and of ASA. */
#include "config.h"

#include "tests/fuzz/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_reader("cisco-ios", bytes, size);
	fuzz_reader("cisco-asa", bytes, size);
	return 0;
}
