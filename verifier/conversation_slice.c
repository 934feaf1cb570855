/* SPDX-License-Identifier: Apache-2.0
 *
 * Slices of conversations: where one ends because a verdict could change, and what
 * each knows of time. Late packets begin a slice of their own. */
#include "config.h"
#include "verifier/conversation_parts.h"

#include <string.h>

int64_t conversation_second(int64_t instant)
{
	return instant / NANOSECONDS - (instant % NANOSECONDS < 0);
}

void conversation_end(struct conversations *table, struct conversation *slice, bool last)
{
	if (table->events.end)
		table->events.end(table->events.context, slice, last);
}

static int64_t conversation_until(struct conversations *table, int64_t instant)
{
	if (!table->events.next_change)
		return INT64_MAX;
	if (instant >= table->window_from && instant < table->window_until)
		return table->window_until;
	int64_t next = table->events.next_change(table->events.context,
						 conversation_second(instant));
	table->window_from = instant;
	table->window_until = next >= INT64_MAX / NANOSECONDS ? INT64_MAX :
								next * NANOSECONDS;
	return table->window_until;
}

/* True if the silence that a packet ends is the longest of the slice. None is
 * measured from a late packet: newer ones came before it. */
static bool conversation_hear(struct conversation *slice, int64_t instant)
{
	if (slice->flags & CONVERSATION_LATE || instant <= slice->last)
		return false;
	uint64_t gap = (uint64_t)instant - (uint64_t)slice->last;
	uint64_t seconds = gap / NANOSECONDS + (gap % NANOSECONDS != 0);
	if (seconds <= slice->silence)
		return false;
	slice->silence = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
	return true;
}

/* The silence that `instant` ends is the new slice's. */
static void conversation_next_slice(struct conversations *table, struct conversation *slice,
				    int64_t instant)
{
	bool late = instant < slice->first;

	conversation_end(table, slice, false);
	slice->silence = 0;
	conversation_hear(slice, instant);
	memset(slice->packets, 0, sizeof(slice->packets));
	memset(slice->bytes, 0, sizeof(slice->bytes));
	slice->errors = 0;
	slice->error_bytes = 0;
	memset(slice->other, 0, sizeof(slice->other));
	slice->flags = (uint8_t)((slice->flags | CONVERSATION_CONTINUED) &
				 ~(CONVERSATION_WATCHED | CONVERSATION_SUSPECT |
				   CONVERSATION_SUSPECT_RESPONDER | CONVERSATION_LATE));
	if (late)
		slice->flags |= CONVERSATION_LATE;
}

static bool conversation_is_fresh(const struct conversation *slice)
{
	return slice->packets[0] + slice->packets[1] + slice->errors == 0;
}

/* A packet that comes late belongs to an earlier slice if a verdict could change
 * between the two. */
static bool conversation_leaves_slice(struct conversations *table,
				      const struct conversation *slice, int64_t instant)
{
	if (instant >= slice->first)
		return instant >= slice->until;
	return conversation_until(table, instant) != slice->until;
}

bool conversation_touch(struct conversations *table, struct conversation *slice,
			const struct capture_packet *packet)
{
	if (!conversation_is_fresh(slice) &&
	    conversation_leaves_slice(table, slice, packet->instant))
		conversation_next_slice(table, slice, packet->instant);
	if (!conversation_is_fresh(slice)) {
		bool longest = conversation_hear(slice, packet->instant);
		if (packet->instant > slice->last)
			slice->last = packet->instant;
		else if (packet->instant < slice->first)
			slice->first = packet->instant;
		return longest;
	}
	slice->file = packet->file;
	slice->number = packet->number;
	slice->first = slice->last = packet->instant;
	slice->until = conversation_until(table, packet->instant);
	return true;
}
