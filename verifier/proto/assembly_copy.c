/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of bytes that differ. Receivers take one of them: which one depends on what
 * they thought of the segment that brought the other. What they acknowledged they have,
 * and take no more; until then every copy is compared. */
#include "config.h"
#include "verifier/proto/assembly_parts.h"

#include <string.h>

uint32_t assembly_open(const struct assembly *side)
{
	int32_t open = (int32_t)(side->next - side->acknowledged);

	return open > 0 ? (uint32_t)open : 0;
}

/* ---- what is kept ---- */

static void assembly_remember_tail(struct assembly *side, const uint8_t *bytes, size_t length)
{
	size_t fresh = length < ASSEMBLY_TAIL ? length : ASSEMBLY_TAIL;
	size_t kept = ASSEMBLY_TAIL - fresh;

	memmove(side->tail, side->tail + fresh, kept);
	memcpy(side->tail + kept, bytes + length - fresh, fresh);
	if (side->tail_length < kept)
		side->tail_length = (uint8_t)(side->tail_length + fresh);
	else
		side->tail_length = ASSEMBLY_TAIL;
}

/* Half of them at once, so that a byte is moved a bounded number of times. */
static void assembly_make_room(struct proto_gather *recent, size_t length)
{
	size_t kept = ASSEMBLY_RECENT / 2;

	if (recent->length + length <= ASSEMBLY_RECENT || recent->length <= kept)
		return;
	memmove(recent->bytes, recent->bytes + recent->length - kept, kept);
	recent->length = (uint32_t)kept;
}

static void assembly_remember_recent(struct assembly *side, const uint8_t *bytes, size_t length)
{
	struct proto_gather *recent = &assembly_store(side)->recent;
	size_t most = ASSEMBLY_RECENT / 2;

	if (recent->length == 0)
		proto_gather_add(recent, side->tail + ASSEMBLY_TAIL - side->tail_length,
				 side->tail_length);
	if (length > most) {
		recent->length = 0;
		bytes += length - most;
		length = most;
	}
	assembly_make_room(recent, length);
	proto_gather_add(recent, bytes, length);
}

void assembly_remember(struct assembly *side, const uint8_t *bytes, size_t length)
{
	if (assembly_open(side) + length > ASSEMBLY_TAIL)
		assembly_remember_recent(side, bytes, length);
	assembly_remember_tail(side, bytes, length);
}

void assembly_forget_recent(struct assembly *side)
{
	if (side->store == NULL || side->store->recent.length == 0)
		return;
	side->store->recent.length = 0;
	assembly_tidy(side);
}

void assembly_forget_copies(struct assembly *side)
{
	side->tail_length = 0;
	assembly_forget_recent(side);
}

/* ---- comparing ---- */

/* The bytes before `next` that are kept. */
static struct assembly_segment assembly_kept(const struct assembly *side)
{
	const struct assembly_store *store = side->store;
	bool recent = store != NULL && store->recent.length > 0;
	uint32_t length = recent ? store->recent.length : side->tail_length;

	return (struct assembly_segment){
		.sequence = side->next - length,
		.bytes = recent ? store->recent.bytes : side->tail + ASSEMBLY_TAIL - length,
		.length = length,
	};
}

static bool assembly_differ(const struct assembly_segment *one,
			    const struct assembly_segment *other)
{
	int32_t offset = (int32_t)(other->sequence - one->sequence);

	if (offset < 0)
		return assembly_differ(other, one);
	if ((uint32_t)offset >= one->length)
		return false;
	uint32_t length = one->length - (uint32_t)offset;
	if (length > other->length)
		length = other->length;
	return memcmp(one->bytes + offset, other->bytes, length) != 0;
}

/* Are there bytes of the segment before the kept ones that the other side could take? */
static bool assembly_reaches_behind(const struct assembly *side,
				    const struct assembly_segment *segment,
				    const struct assembly_segment *kept)
{
	uint32_t first = segment->sequence;
	uint32_t last = segment->sequence + segment->length + segment->missing;

	if (side->heard && (int32_t)(side->acknowledged - first) > 0)
		first = side->acknowledged;
	return (int32_t)(kept->sequence - first) > 0 && (int32_t)(last - first) > 0;
}

/* A keep-alive may bring one byte of anything (RFC 1122, 4.2.3.6), between frames. */
static bool assembly_is_keep_alive(const struct assembly *side,
				   const struct assembly_segment *segment)
{
	return segment->length == 1 && segment->missing == 0 &&
	       segment->sequence + 1 == side->next && side->skip == 0 &&
	       !assembly_is_pending(side) && (!side->heard || assembly_open(side) == 0);
}

void assembly_compare(struct assembly *side, const struct assembly_segment *segment)
{
	const struct assembly_segment kept = assembly_kept(side);

	if (assembly_is_keep_alive(side, segment))
		return;
	side->unread |= segment->missing > 0 || assembly_differ(&kept, segment) ||
			assembly_reaches_behind(side, segment, &kept);
	for (const struct assembly_held *held = assembly_first_held(side); held != NULL;
	     held = held->next)
		side->unread |= assembly_differ(&held->segment, segment);
}
