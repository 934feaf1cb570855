/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations held against the policy, and those of a slice that do not conform, one
 * breach for all of the same number. */
#include "config.h"
#include "verifier/inspect_parts.h"

#include "base/memory.h"

enum { INSPECT_BREACHES = 256 };

static struct inspect_breach *inspect_find_breach(const struct inspection *inspection,
						  const struct inspect_operation *operation)
{
	for (size_t i = 0; i < inspection->breach_count; i++)
		if (inspection->breaches[i].operation == operation->operation &&
		    inspection->breaches[i].back == operation->back)
			return &inspection->breaches[i];
	return NULL;
}

static struct inspect_breach *inspect_breach(struct inspection *inspection,
					     const struct inspect_operation *operation,
					     const struct capture_packet *packet)
{
	struct inspect_breach *breach = inspect_find_breach(inspection, operation);

	if (breach != NULL)
		return breach;
	if (inspection->breach_count == INSPECT_BREACHES)
		return &inspection->breaches[INSPECT_BREACHES - 1];
	inspection->breaches = memory_resize(inspection->breaches, inspection->breach_count + 1u,
					     sizeof(*breach));
	breach = &inspection->breaches[inspection->breach_count++];
	*breach = (struct inspect_breach){
		.operation = operation->operation,
		.carrier = operation->carrier,
		.back = operation->back,
		.first = packet->instant,
		.file = packet->file,
		.number = packet->number,
		.seen = *operation->seen,
	};
	return breach;
}

static void inspect_count_breach(struct inspection *inspection,
				 const struct inspect_operation *operation,
				 const struct capture_packet *packet)
{
	struct inspect_breach *breach = inspect_breach(inspection, operation, packet);

	breach->count[operation->seen->kind] += !inspection->counted;
	inspection->counted = true;
	breach->asked |= operation->seen->kind == PROTO_REQUEST;
	if (breach->packets == 0 || packet->instant != breach->last) {
		breach->packets++;
		breach->bytes += packet->length;
	}
	if (packet->instant > breach->last || breach->packets == 1)
		breach->last = packet->instant;
	if (breach->seen.span_count == 0 && operation->seen->span_count > 0)
		breach->seen = *operation->seen;
}

/* ---- judging ---- */

static bool inspect_is_known(const struct inspection *inspection, operation_id operation)
{
	for (size_t i = 0; i < inspection->known_count; i++)
		if (inspection->known[i] == operation)
			return true;
	return false;
}

/* One that conforms, as far as it tells. An answer that does not say what it is about
 * answers what was asked last. */
static void inspect_conforms(struct inspect_step *step, const struct inspect_operation *operation)
{
	struct inspect_breach *breach =
		inspect_find_breach(step->inspection, operation);

	if (breach == NULL)
		return;
	if (operation->seen->kind == PROTO_REQUEST)
		breach->asked = false;
	else if (breach->asked && operation->seen->span_count == 0)
		inspect_count_breach(step->inspection, operation, step->packet);
}

void inspect_judge(struct inspect_step *step, const struct inspect_operation *operation)
{
	const struct inspect_events *events = &step->inspect->events;
	struct inspection *inspection = step->inspection;
	bool always = false;

	if (events->judge == NULL ||
	    (!operation->back && inspect_is_known(inspection, operation->operation)))
		return;
	if (!events->judge(events->context, step->slice, operation, &always))
		inspect_count_breach(inspection, operation, step->packet);
	else if (!always)
		inspect_conforms(step, operation);
	else if (!operation->back && inspection->known_count < INSPECT_KNOWN)
		inspection->known[inspection->known_count++] = operation->operation;
}
