/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the conversations of captures, one a line, for comparison with another
 * analyser: file, kind, protocol, initiator, port, responder, port, packets and
 * bytes each way, flags. Each capture is read by itself. With -q only totals; with
 * -r packets are read and nothing is done with them. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verifier/conversation.h"

struct dump {
	const char *file;
	bool quiet, reading;
};

static void dump_end(void *context, struct conversation *slice, bool last)
{
	static const char *const kinds[] = { "ipv4", "ipv6", "link" };
	const struct dump *dump = context;
	char from[ADDRESS_TEXT] = "-", to[ADDRESS_TEXT] = "-";

	(void)last;
	if (dump->quiet)
		return;
	if (slice->kind != DECODE_LINK) {
		struct address initiator = conversation_initiator(slice);
		struct address responder = conversation_responder(slice);
		address_print(&initiator, from);
		address_print(&responder, to);
	}
	printf("%s\t%s\t%u\t%s\t%u\t%s\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	       "\t%u\n", dump->file, kinds[slice->kind], slice->protocol, from,
	       slice->initiator_port, to, slice->responder_port, slice->packets[0],
	       slice->bytes[0], slice->packets[1], slice->bytes[1], slice->flags);
}

static void dump_counts(const char *path, const struct conversations *table)
{
	struct conversation_counts counts = conversations_counts(table);

	printf("%s\ttotal\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	       "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", path, counts.packets,
	       counts.bytes, counts.conversations, counts.truncated, counts.malformed,
	       counts.unknown_link, counts.fragments_orphaned, counts.icmp_errors,
	       counts.lost_packets);
}

static void dump_file(struct dump dump, struct diags *diags)
{
	const char *path = dump.file;
	const struct conversation_events events = { .context = &dump, .end = dump_end };
	struct conversations *table = conversations_create(NULL, &events);
	struct capture *capture = capture_create();
	struct capture_packet packet;

	if (capture_add_file(capture, path, diags))
		while (capture_next(capture, &packet, diags) == CAPTURE_PACKET)
			if (!dump.reading)
				conversations_add(table, &packet);
	conversations_finish(table);
	dump_counts(path, table);
	conversations_destroy(table);
	capture_destroy(capture);
}

int main(int argc, char **argv)
{
	bool reading = argc > 1 && strcmp(argv[1], "-r") == 0;
	bool quiet = reading || (argc > 1 && strcmp(argv[1], "-q") == 0);
	struct diags diags;

	diags_init(&diags);
	for (int i = 1 + quiet; i < argc; i++)
		dump_file((struct dump){ argv[i], quiet, reading }, &diags);
	diags_sort(&diags);
	diags_print(&diags, stderr);
	int status = diags_exit_code(&diags, false);
	diags_release(&diags);
	return status;
}
