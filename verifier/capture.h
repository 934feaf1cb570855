/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures as one stream of packets in time order: pcap and pcapng files (plain,
 * gzip or zstd), or an interface. Memory does not grow with the captures.
 *
 * Files are merged by their packets' times; within a file the order is the
 * file's. A file that is cut or damaged ends there: what came before is in the
 * stream, and a diagnostic names the file and the packet. */
#ifndef VERIFIER_CAPTURE_H
#define VERIFIER_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

struct capture_packet {
	int64_t instant;      /* nanoseconds since 1970-01-01 UTC; where none is stored,
			       * that of the packet before (0 at first) */
	const uint8_t *bytes; /* `captured` bytes, until the next call of capture_next() */
	uint32_t captured;
	uint32_t length;      /* on the wire, at least `captured` */
	uint16_t link;        /* LINKTYPE_ value (pcap-linktype(7)) */
	uint16_t file;        /* capture_file_name() */
	uint64_t number;      /* in that file, from 1 */
};

enum { CAPTURE_FILES = 4096, CAPTURE_PACKET_LIMIT = 1 << 24 };

struct capture;

struct capture *capture_create(void);
void capture_destroy(struct capture *capture);

/* Before the first packet. False (reported) if the file cannot be opened or is
 * no capture. `path` is kept by copy; "-" is standard input. */
bool capture_add_file(struct capture *capture, const char *path, struct diags *diags);
/* Instead of files. False (reported) if the interface cannot be listened on. */
bool capture_add_interface(struct capture *capture, const char *interface,
			   struct diags *diags);
/* Only packets that match; pcap-filter(7). False (reported) if the expression is
 * wrong for the link types known so far. */
bool capture_set_filter(struct capture *capture, const char *expression,
			struct diags *diags);

enum capture_status {
	CAPTURE_PACKET,
	CAPTURE_IDLE,   /* live: nothing came for a while; call again */
	CAPTURE_END,
};

/* Damage is reported to `diags` (which says that not all was seen: exit code 2)
 * and ends that file alone. */
enum capture_status capture_next(struct capture *capture, struct capture_packet *packet,
				 struct diags *diags);
/* Makes capture_next() answer CAPTURE_END soon; may be called in a signal handler
 * and by another thread. */
void capture_stop(struct capture *capture);

const char *capture_file_name(const struct capture *capture, uint16_t file);
uint64_t capture_bytes_read(const struct capture *capture); /* of all files, as stored */
bool capture_is_live(const struct capture *capture);
uint64_t capture_dropped(const struct capture *capture);    /* live: lost by the kernel */
bool capture_damaged(const struct capture *capture);        /* some file ended early */

/* ---- writing evidence: a pcap file with nanoseconds ---- */

struct capture_writer;

/* False (reported) if it cannot be written. The file appears whole or not at all. */
struct capture_writer *capture_writer_create(const char *path, struct diags *diags);
/* A pcap file has one link type: packets of another are refused and counted. */
bool capture_write(struct capture_writer *writer, const struct capture_packet *packet);
uint64_t capture_writer_refused(const struct capture_writer *writer);
/* Ends and frees the writer. False (reported) if not all could be written. */
bool capture_writer_commit(struct capture_writer *writer, struct diags *diags);
void capture_writer_abandon(struct capture_writer *writer);

#endif
