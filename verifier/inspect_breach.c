/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations held against the policy, and those of a slice that do not conform, one
 * breach for all of the same number. */
#include "config.h"
#include "verifier/inspect_parts.h"

#include "base/memory.h"

/* Breaches are told when there are so many. Operations of so many numbers are followed
 * from request to answer, of each so many requests at once. */
enum { INSPECT_BREACHES = 256, INSPECT_ASKED = 16, INSPECT_REQUESTS = 32 };

/* ---- breaches ---- */

static struct inspect_breach *inspect_find_breach(const struct inspection *inspection,
						  const struct inspect_operation *operation)
{
	for (size_t i = 0; i < inspection->breach_count; i++)
		if (inspection->breaches[i].operation == operation->operation &&
		    inspection->breaches[i].back == operation->back)
			return &inspection->breaches[i];
	return NULL;
}

static struct inspect_breach *inspect_new_breach(struct inspect_step *step,
						 const struct inspect_operation *operation)
{
	const struct inspect_events *events = &step->inspect->events;
	struct inspection *inspection = step->inspection;
	struct inspect_breach *breach;

	if (inspection->breach_count == INSPECT_BREACHES) {
		events->breaches(events->context, step->slice);
		inspection->breach_count = 0;
	}
	inspection->breaches = memory_resize(inspection->breaches, inspection->breach_count + 1u,
					     sizeof(*breach));
	breach = &inspection->breaches[inspection->breach_count++];
	*breach = (struct inspect_breach){
		.operation = operation->operation,
		.carrier = operation->carrier,
		.back = operation->back,
		.first = INT64_MAX,
		.last = INT64_MIN,
		.seen = *operation->seen,
	};
	return breach;
}

static bool inspect_is_last(const struct inspect_breach *breach,
			    const struct capture_packet *packet)
{
	return breach->packets > 0 && breach->last_number == packet->number &&
	       breach->last_file == packet->file;
}

/* A packet that holds several counts once. */
static void inspect_count_packets(struct inspect_breach *breach,
				  const struct assembly_frame *frame)
{
	if (frame->first->instant < breach->first) {
		breach->first = frame->first->instant;
		breach->file = frame->first->file;
		breach->number = frame->first->number;
	}
	if (frame->last->instant > breach->last)
		breach->last = frame->last->instant;
	if (inspect_is_last(breach, frame->last))
		return;
	bool shared = inspect_is_last(breach, frame->first);
	breach->packets += frame->packets - shared;
	breach->bytes += frame->packet_bytes - (shared ? frame->first->length : 0);
	breach->last_number = frame->last->number;
	breach->last_file = frame->last->file;
}

static void inspect_count_breach(struct inspect_step *step,
				 const struct inspect_operation *operation)
{
	struct inspection *inspection = step->inspection;
	struct inspect_breach *breach = inspect_find_breach(inspection, operation);

	if (breach == NULL)
		breach = inspect_new_breach(step, operation);
	breach->count[operation->seen->kind] += !inspection->counted;
	inspection->counted = true;
	inspect_count_packets(breach, step->frame);
	about_add(&breach->about, operation->seen);
	if (breach->seen.span_count == 0 && operation->seen->span_count > 0)
		breach->seen = *operation->seen;
}

/* ---- from request to answer ---- */

static struct inspect_asked *inspect_asked(struct inspection *inspection,
					   const struct inspect_operation *operation)
{
	for (size_t i = 0; i < inspection->asked_count; i++)
		if (inspection->asked[i].operation == operation->operation &&
		    inspection->asked[i].back == operation->back)
			return &inspection->asked[i];
	if (inspection->asked_count == INSPECT_ASKED || operation->seen->kind != PROTO_REQUEST)
		return NULL;
	inspection->asked = memory_resize(inspection->asked, inspection->asked_count + 1u,
					  sizeof(*inspection->asked));
	struct inspect_asked *asked = &inspection->asked[inspection->asked_count++];
	*asked = (struct inspect_asked){ .operation = operation->operation,
					 .back = operation->back };
	return asked;
}

/* The oldest gives way. */
static void inspect_ask(struct inspect_asked *asked, bool breach, bool more)
{
	if (!more || asked->count == 0) {
		if (asked->count == INSPECT_REQUESTS)
			asked->breaches >>= 1;
		else
			asked->count++;
	}
	asked->breaches |= (uint32_t)breach << (asked->count - 1);
}

/* True if what is answered was a breach. */
static bool inspect_answer(struct inspect_asked *asked)
{
	bool breach = (asked->breaches & 1) != 0;

	if (asked->count == 0)
		return false;
	asked->breaches >>= 1;
	asked->count--;
	return breach;
}

/* An answer that does not say what it is about answers the oldest request of its number:
 * servers mostly answer in order. True if that did not conform. */
static bool inspect_follow(struct inspection *inspection,
			   const struct inspect_operation *operation, bool breach)
{
	const struct proto_operation *seen = operation->seen;
	struct inspect_asked *asked =
		seen->kind != PROTO_NOTICE ? inspect_asked(inspection, operation) : NULL;

	if (asked == NULL)
		return false;
	if (seen->kind == PROTO_REQUEST) {
		inspect_ask(asked, breach, seen->more);
		return false;
	}
	return !seen->more && inspect_answer(asked) && seen->span_count == 0;
}

/* ---- judging ---- */

static bool inspect_is_known(const struct inspection *inspection, operation_id operation)
{
	for (size_t i = 0; i < inspection->known_count; i++)
		if (inspection->known[i] == operation)
			return true;
	return false;
}

void inspect_judge(struct inspect_step *step, const struct inspect_operation *operation)
{
	const struct inspect_events *events = &step->inspect->events;
	struct inspection *inspection = step->inspection;
	bool always = false;

	if (events->judge == NULL ||
	    (!operation->back && inspect_is_known(inspection, operation->operation)))
		return;
	bool breach = !events->judge(events->context, step->slice, operation, &always);
	if (!always)
		breach |= inspect_follow(inspection, operation, breach);
	if (breach)
		inspect_count_breach(step, operation);
	else if (always && !operation->back && inspection->known_count < INSPECT_KNOWN)
		inspection->known[inspection->known_count++] = operation->operation;
}
