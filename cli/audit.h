/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of `cordon audit`: what was read, and how it is shown. */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include <jansson.h>

#include "base/vec.h"
#include "cli/policy.h"
#include "verifier/prove.h"

struct audit {
	struct policy policy;
	const char *device_name;    /* --device, or NULL: without a policy */
	const char *target;         /* --target, or NULL */
	bool stage_given;
	enum stage stage;
	const struct device *device;
	const struct reader *reader;
	VEC(struct source) files;
	struct source_lines lines;  /* of these */
	struct read_result read;
	struct filter intent;
	struct prove_report report;
	struct arena arena;
};

/* audit_report.c: against a policy. */
void audit_print_text(struct audit *audit, FILE *stream);
void audit_print_json(struct audit *audit, FILE *stream);
/* files, lines and unread: of what was read. */
void audit_json_read(struct audit *audit, json_t *root);
/* audit_alone.c: without a policy. */
struct analysis;
void audit_alone_text(struct audit *audit, const struct analysis *analysis, FILE *stream);
void audit_alone_json(struct audit *audit, const struct analysis *analysis, FILE *stream);
const char *audit_verdict(const struct audit *audit);
/* The names of interfaces that only the configuration has, NULL-terminated. */
const char **audit_unknown_interfaces(struct audit *audit);

#endif
