/* SPDX-License-Identifier: Apache-2.0
 *
 * The readers of industrial protocols, one line each. */
#include "config.h"
#include "verifier/proto/proto.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/proto/readers.h"

const struct proto *const protos[] = {
	&proto_ads,
	&proto_bacnet,
	&proto_codesys,
	&proto_csp,
	&proto_dcom,
	&proto_dnp3,
	&proto_enip,
	&proto_ethercat,
	&proto_fins,
	&proto_gesrtp,
	&proto_goose,
	&proto_hartip,
	&proto_iec104,
	&proto_isotsap,
	&proto_melsec,
	&proto_modbus,
	&proto_mqtt,
	&proto_niagara,
	&proto_opcua,
	&proto_profinet,
	&proto_profinet_cm,
	&proto_sampled_values,
	&proto_synchrophasor,
	NULL,
};

const struct proto *proto_by_name(const char *protocol)
{
	for (size_t i = 0; protos[i] != NULL; i++)
		for (size_t p = 0; protos[i]->protocols[p] != NULL; p++)
			if (strcmp(protos[i]->protocols[p], protocol) == 0)
				return protos[i];
	return NULL;
}

void proto_add_span(const struct proto_frame *frame, struct proto_operation *operation,
		    struct proto_span span)
{
	if (operation->span_count == PROTO_SPANS) {
		proto_tell(frame, operation);
		operation->span_count = 0;
		operation->more = true;
	}
	operation->span[operation->span_count++] = span;
}

/* Doubles, so that a byte is copied a bounded number of times. */
static void proto_gather_reserve(struct proto_gather *gather, size_t length)
{
	size_t size = gather->size != 0 ? gather->size : 256;

	while (size < length)
		size *= 2;
	if (size == gather->size)
		return;
	gather->bytes = memory_resize(gather->bytes, size, 1);
	gather->size = (uint32_t)size;
}

void proto_gather_add(struct proto_gather *gather, const uint8_t *bytes, size_t length)
{
	if (length > PROTO_GATHER - gather->length) {
		length = PROTO_GATHER - gather->length;
		gather->lost = true;
	}
	if (length == 0)
		return;
	proto_gather_reserve(gather, gather->length + length);
	memcpy(gather->bytes + gather->length, bytes, length);
	gather->length += (uint32_t)length;
}

void proto_gather_clear(struct proto_gather *gather)
{
	gather->length = 0;
	gather->lost = false;
}
