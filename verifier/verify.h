/* SPDX-License-Identifier: Apache-2.0
 *
 * One verification: captures in, an account of what conformed and what did not
 * out. Ties capture, conversations and judge together; memory is bounded by
 * the limits given. */
#ifndef VERIFIER_VERIFY_H
#define VERIFIER_VERIFY_H

#include "verifier/capture.h"
#include "verifier/conversation.h"
#include "verifier/judge.h"
#include "verifier/traffic.h"

struct verify_options {
	int mode;                            /* -1: none */
	const char *evidence;                /* a pcap file to write violating packets to, or NULL */
	struct conversation_limits limits;
	size_t violation_limit;              /* 0: the default */
	bool coverage;                       /* report what was not used */
	uint64_t threads;                    /* 2 and more: one reads ahead */
	struct traffic *traffic;             /* every conversation is added to it; or NULL */
	const struct model *also;            /* what another policy expects and tells apart is
					      * read and told apart, too; or NULL */
};

enum verify_outcome {
	VERIFY_CONFORMANT,
	VERIFY_VIOLATIONS,
	VERIFY_INCOMPLETE, /* not all could be seen; violations may have been found as well */
};

struct verify_summary {
	struct conversation_counts seen;
	/* Conversations; those of the first four are told apart, and the whole. */
	uint64_t conformant, violating;
	uint64_t undetermined;          /* not judged: their ports were never seen */
	uint64_t mirrored;              /* not judged: envelopes of mirrored traffic */
	uint64_t unplaced;              /* not judged: layer 2, stations of unknown zones */
	uint64_t uninspected;           /* undetermined: allowed for some contents only, and
					 * theirs cannot be seen; not among the conformant */
	uint64_t operations;            /* of industrial protocols that were read */
	uint64_t violations_lost;       /* did not fit the table of violations */
	uint64_t dropped;               /* live: lost by the kernel */
	uint64_t evidence_refused;      /* of another link type than the evidence file's */
	bool damaged;                   /* some capture ended early */
	bool interrupted;               /* before the end of the files */
	enum verify_outcome outcome;
};

struct verify;

/* `capture` is ready to be read and outlives the verification. NULL (reported)
 * if the evidence file cannot be written. */
struct verify *verify_create(const struct model *model, struct capture *capture,
			     const struct verify_options *options, struct diags *diags);
void verify_destroy(struct verify *verify);

/* Reads the capture to its end or until verify_interrupt(). `progress`, if not
 * NULL, is called now and then. False (reported) if the evidence could not be
 * written; the account stands. */
typedef void verify_progress(const struct verify *verify);
bool verify_run(struct verify *verify, verify_progress *progress);
/* May be called in a signal handler. */
void verify_interrupt(struct verify *verify);

const struct verify_summary *verify_summary(const struct verify *verify);
const struct model *verify_model(const struct verify *verify);
const struct verify_options *verify_options(const struct verify *verify);
struct judge *verify_judge(const struct verify *verify);
uint64_t verify_packets(const struct verify *verify); /* so far */

#endif
