/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a frame's bytes, after two that say the link type (big-endian). */
#include "config.h"

#include <stdlib.h>

#include "verifier/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct decode_frame frame;

	if (size < 2 || size > UINT16_MAX)
		return 0;
	uint16_t link = (uint16_t)(bytes[0] << 8 | bytes[1]);
	enum decode_result result = decode_frame(&frame, link, bytes + 2,
						 (uint32_t)(size - 2));
	if ((result == DECODE_OK) != (frame.count > 0) || frame.count > DECODE_FLOWS)
		abort();
	for (unsigned i = 0; i < frame.count; i++)
		if (frame.flow[i].payload < bytes + 2 ||
		    frame.flow[i].payload + frame.flow[i].payload_length > bytes + size)
			abort();
	return 0;
}
