/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a policy. Either it becomes a model or an error says
 * why not, and the canonical layout of what is written well stays as it is. */
#include "config.h"

#include "tests/fuzz/policy_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool fuzz_format(const char *bytes, size_t length, struct strbuf *out)
{
	struct diags diags;

	diags_init(&diags);
	bool formatted = policy_format("policy.cordon", bytes, length, out, &diags);
	if (formatted != (diags_count(&diags, SEVERITY_FATAL) == 0))
		abort();
	diags_release(&diags);
	return formatted;
}

static void fuzz_layout(const char *bytes, size_t length)
{
	struct strbuf once = STRBUF_INIT, twice = STRBUF_INIT;

	if (fuzz_format(bytes, length, &once) &&
	    (!fuzz_format(strbuf_text(&once), once.len, &twice) || once.len != twice.len ||
	     (once.len > 0 && memcmp(once.text, twice.text, once.len) != 0)))
		abort();
	strbuf_release(&once);
	strbuf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_file files[] = {
		{ "policy.cordon", (const char *)bytes, size },
		{ "more.cordon", "include \"policy.cordon\"\n", 24 },
		{ .path = NULL },
	};

	fuzz_layout((const char *)bytes, size);
	fuzz_policy(files);
	return 0;
}
