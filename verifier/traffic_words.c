/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations that were seen, in the numbers and names of one model. */
#include "config.h"
#include "verifier/traffic_judge.h"

#include <string.h>

#include "verifier/operation.h"

uint16_t traffic_protocol_in(const struct model *model, const char *name)
{
	for (uint16_t p = 1; name != NULL && p < model->protocol_count; p++)
		if (strcmp(model->protocols[p].name, name) == 0)
			return p;
	return 0;
}

bool traffic_operation_in(const struct traffic *traffic, const struct model *model,
			  const struct traffic_operation_key *key, struct proto_operation *seen,
			  struct inspect_operation *operation)
{
	uint16_t protocol = traffic_protocol_in(model, traffic_name_text(traffic, key->protocol));
	uint16_t carrier = traffic_protocol_in(model, traffic_name_text(traffic, key->carrier));

	*seen = (struct proto_operation){
		.kind = key->answer ? PROTO_RESPONSE : PROTO_REQUEST,
		.has_unit = key->has_unit,
		.unit = key->unit,
		.function = key->function,
		.span_count = key->span_count,
	};
	for (size_t i = 0; i < key->span_count; i++)
		seen->span[i] = (struct proto_span){
			traffic_name_text(traffic, key->span[i].space), key->span[i].first,
			key->span[i].last,
		};
	*operation = (struct inspect_operation){
		.operation = operation_id_of(protocol, key->function),
		.carrier = carrier != 0 ? operation_id_of(carrier, key->carrier_function)
					: OPERATION_PLAIN,
		.back = key->back,
		.seen = seen,
	};
	return protocol != 0;
}

const char *traffic_operation_text(const struct traffic *traffic, const struct model *model,
				   const struct traffic_operation_key *key, struct arena *arena)
{
	struct proto_operation seen;
	struct inspect_operation operation;
	struct about about = { .count = 0 };

	if (!traffic_operation_in(traffic, model, key, &seen, &operation))
		return arena_printf(arena, "%s function %u", traffic_name_text(traffic, key->protocol),
				    key->function);
	about_add(&about, &seen);
	return operation_name(model, operation.operation, &about, arena);
}

uint8_t traffic_operation_classes(const struct traffic *traffic, const struct model *model,
				  const struct traffic_operation_key *key)
{
	uint16_t protocol = traffic_protocol_in(model, traffic_name_text(traffic, key->protocol));
	uint8_t bits = 0;

	for (int class = 0; class < CLASS_COUNT && protocol != 0; class++) {
		const struct set *functions = model->protocols[protocol].class[class];
		if (functions != NULL && set_contains(functions, key->function))
			bits |= (uint8_t)(1u << class);
	}
	return bits;
}
