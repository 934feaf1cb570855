/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as the inventory of a policy with two zones. */
#include "config.h"

#include "tests/fuzz/policy_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char policy[] =
	"policy \"Riverside bottling\" { owner \"ot@riverside.example\" }\n"
	"inventory \"assets.yaml\"\n"
	"zone filling level 2 { subnet 10.20.1.0/24; inventory complete }\n"
	"zone safety level 1 { subnet 10.20.9.0/26, 2001:db8:9::/64 }\n"
	"asset historian in filling { address 10.20.1.9; role historian }\n"
	"allow @hmi -> @plc : tcp 502\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_file files[] = {
		{ "plant.cordon", policy, sizeof(policy) - 1 },
		{ "assets.yaml", (const char *)bytes, size },
		{ .path = NULL },
	};

	fuzz_policy(files);
	return 0;
}
