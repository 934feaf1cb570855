/* SPDX-License-Identifier: Apache-2.0
 *
 * Evidence: packets as a pcap file with nanoseconds, in this machine's byte
 * order, as the format allows. The first packet decides the link type. */
#include "config.h"
#include "verifier/capture.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"

struct capture_writer {
	struct file_output out;
	bool begun;
	uint16_t link;
	uint64_t refused;
};

struct capture_writer *capture_writer_create(const char *path, struct diags *diags)
{
	struct capture_writer *writer = memory_alloc(sizeof(*writer));
	const char *why;

	if (file_output_open(&writer->out, path, &why))
		return writer;
	diag_add(diags, FINDING_CAPTURE_UNWRITABLE, (struct span){ 0 }, "%s: %s", path, why);
	free(writer);
	return NULL;
}

static void capture_write_header(struct capture_writer *writer, uint16_t link)
{
	const uint32_t header[] = { 0xa1b23c4d, 0, 0, 0, CAPTURE_PACKET_LIMIT, link };
	const uint16_t version[] = { 2, 4 };

	fwrite(&header[0], 4, 1, writer->out.stream);
	fwrite(version, 2, 2, writer->out.stream);
	fwrite(&header[2], 4, 4, writer->out.stream);
	writer->begun = true;
	writer->link = link;
}

bool capture_write(struct capture_writer *writer, const struct capture_packet *packet)
{
	if (!writer->begun)
		capture_write_header(writer, packet->link);
	if (packet->link != writer->link) {
		writer->refused++;
		return false;
	}
	const uint32_t record[] = {
		(uint32_t)(packet->instant / 1000000000),
		(uint32_t)(packet->instant % 1000000000),
		packet->captured,
		packet->length,
	};
	fwrite(record, 4, 4, writer->out.stream);
	fwrite(packet->bytes, 1, packet->captured, writer->out.stream);
	return true;
}

uint64_t capture_writer_refused(const struct capture_writer *writer)
{
	return writer->refused;
}

bool capture_writer_commit(struct capture_writer *writer, struct diags *diags)
{
	enum { LINKTYPE_ETHERNET = 1 };
	const char *why;

	if (!writer->begun)
		capture_write_header(writer, LINKTYPE_ETHERNET);
	bool written = file_output_commit(&writer->out, &why);
	if (!written)
		diag_add(diags, FINDING_CAPTURE_UNWRITABLE, (struct span){ 0 },
			 "the evidence could not be written: %s", why);
	free(writer);
	return written;
}

void capture_writer_abandon(struct capture_writer *writer)
{
	if (!writer)
		return;
	file_output_abandon(&writer->out);
	free(writer);
}
