/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of `cordon compile`: what was compiled, and its manifests. */
#ifndef CLI_COMPILE_H
#define CLI_COMPILE_H

#include "backends/backend.h"
#include "base/file.h"
#include "cli/policy.h"

struct compile_device {
	const struct device *device;
	const struct backend *backend;
	struct filter filter;
	struct backend_output output;
	const char *method;          /* of the proof */
	uint64_t regions;
};

struct compile {
	struct policy policy;
	char digest[MODEL_DIGEST];
	VEC(const char *) wanted;    /* --device */
	VEC(struct compile_device) devices;
	const char *directory;       /* -o, or NULL */
	const char *target;          /* --target, or NULL */
	bool stage_given;
	enum stage stage;
	const char *previous_path;   /* --previous, or NULL */
	struct file_text previous_text;
	struct source previous;      /* path NULL: not given */
	bool unwritable;             /* misuse, or something could not be written */
	struct arena arena;
};

/* manifest.json of one device. */
void compile_manifest_text(const struct compile *compile, const struct compile_device *one,
			   struct strbuf *text);
/* All manifests as one object, schema cordon/compile/1. */
void compile_print_json(const struct compile *compile, FILE *stream);

#endif
