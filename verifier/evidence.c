/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence: what is kept is found by its conversation, whose place in memory does not
 * change. */
#include "config.h"
#include "verifier/evidence.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/memory.h"

/* Of one conversation, the oldest first. */
struct evidence_kept {
	const struct conversation *slice;
	struct capture_packet packet[EVIDENCE_PACKETS]; /* their bytes are copies */
	size_t count;
	UT_hash_handle hh;
};

struct evidence {
	struct capture_writer *writer;
	struct evidence_kept *kept;
	size_t bytes;
};

struct evidence *evidence_create(const char *path, struct diags *diags)
{
	struct capture_writer *writer = capture_writer_create(path, diags);

	if (writer == NULL)
		return NULL;
	struct evidence *evidence = memory_alloc(sizeof(*evidence));
	evidence->writer = writer;
	return evidence;
}

void evidence_write(struct evidence *evidence, const struct capture_packet *packet)
{
	capture_write(evidence->writer, packet);
}

/* ---- keeping ---- */

static struct evidence_kept *evidence_find(const struct evidence *evidence,
					   const struct conversation *slice)
{
	struct evidence_kept *kept;

	HASH_FIND_PTR(evidence->kept, &slice, kept);
	return kept;
}

static void evidence_forget(struct evidence *evidence, struct capture_packet *packet)
{
	evidence->bytes -= packet->captured;
	free((uint8_t *)packet->bytes);
}

static void evidence_forget_oldest(struct evidence *evidence, struct evidence_kept *kept)
{
	evidence_forget(evidence, &kept->packet[0]);
	memmove(&kept->packet[0], &kept->packet[1], --kept->count * sizeof(kept->packet[0]));
}

static struct evidence_kept *evidence_kept(struct evidence *evidence,
					   const struct conversation *slice)
{
	struct evidence_kept *kept = evidence_find(evidence, slice);

	if (kept != NULL)
		return kept;
	kept = memory_alloc(sizeof(*kept));
	kept->slice = slice;
	HASH_ADD_PTR(evidence->kept, slice, kept);
	return kept;
}

void evidence_keep(struct evidence *evidence, const struct conversation *slice,
		   const struct capture_packet *packet)
{
	if (evidence->bytes + packet->captured > EVIDENCE_BYTES)
		return;
	struct evidence_kept *kept = evidence_kept(evidence, slice);
	if (kept->count == EVIDENCE_PACKETS)
		evidence_forget_oldest(evidence, kept);
	uint8_t *bytes = memory_alloc(packet->captured + 1u);
	memcpy(bytes, packet->bytes, packet->captured);
	struct capture_packet *copy = &kept->packet[kept->count++];
	*copy = *packet;
	copy->bytes = bytes;
	evidence->bytes += packet->captured;
}

static void evidence_remove(struct evidence *evidence, struct evidence_kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		evidence_forget(evidence, &kept->packet[i]);
	HASH_DEL(evidence->kept, kept);
	free(kept);
}

void evidence_tell(struct evidence *evidence, const struct conversation *slice)
{
	struct evidence_kept *kept = evidence_find(evidence, slice);

	if (kept == NULL)
		return;
	for (size_t i = 0; i < kept->count; i++)
		evidence_write(evidence, &kept->packet[i]);
	evidence_remove(evidence, kept);
}

void evidence_drop(struct evidence *evidence, const struct conversation *slice)
{
	struct evidence_kept *kept = evidence_find(evidence, slice);

	if (kept != NULL)
		evidence_remove(evidence, kept);
}

/* ---- ending ---- */

static void evidence_free(struct evidence *evidence)
{
	struct evidence_kept *kept, *next;

	HASH_ITER(hh, evidence->kept, kept, next)
		evidence_remove(evidence, kept);
	free(evidence);
}

uint64_t evidence_refused(const struct evidence *evidence)
{
	return capture_writer_refused(evidence->writer);
}

bool evidence_commit(struct evidence *evidence, struct diags *diags)
{
	bool written = capture_writer_commit(evidence->writer, diags);

	evidence_free(evidence);
	return written;
}

void evidence_abandon(struct evidence *evidence)
{
	capture_writer_abandon(evidence->writer);
	evidence_free(evidence);
}
