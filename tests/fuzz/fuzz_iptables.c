/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as what iptables-save, ip6tables-save and `ipset save` print. */
#include "config.h"

#include "tests/fuzz/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_reader("iptables", bytes, size);
	return 0;
}
