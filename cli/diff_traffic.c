/* SPDX-License-Identifier: Apache-2.0
 *
 * `--traffic`: what was observed is read, from captures or from saved verifications. */
#include "config.h"
#include "cli/diff.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "verifier/verify.h"

/* ---- reading ---- */

/* A saved verification begins as JSON objects do. Standard input is a capture. */
static bool traffic_is_saved(const char *path)
{
	FILE *file = strcmp(path, "-") != 0 ? fopen(path, "rb") : NULL;
	int c = ' ';

	while (file != NULL && isspace(c))
		c = fgetc(file);
	if (file != NULL)
		fclose(file);
	return c == '{';
}

static bool traffic_open(struct diff_run *run, struct capture *capture, size_t *captures)
{
	struct diff_traffic *observed = &run->observed;
	bool opened = true;

	for (size_t i = 0; i < observed->paths.len; i++) {
		const char *path = observed->paths.data[i];
		bool saved = traffic_is_saved(path);
		*captures += !saved;
		opened &= saved ? traffic_read_json(observed->traffic, path, &observed->diags)
				: capture_add_file(capture, path, &observed->diags);
	}
	return opened;
}

/* The new policy's times and ports are told apart, too, so that both can judge. */
static bool traffic_read_captures(struct diff_run *run, struct capture *capture)
{
	const struct verify_options options = {
		.mode = run->policy[DIFF_OLD].mode,
		.traffic = run->observed.traffic,
		.also = &run->policy[DIFF_NEW].model,
	};
	struct verify *verify = verify_create(&run->policy[DIFF_OLD].model, capture, &options,
					      &run->observed.diags);

	if (verify == NULL)
		return false;
	verify_run(verify, NULL);
	verify_destroy(verify);
	return true;
}

bool diff_load_traffic(struct diff_run *run)
{
	struct capture *capture = capture_create();
	size_t captures = 0;

	run->observed.traffic = traffic_create();
	for (int side = 0; side < DIFF_SIDES; side++)
		traffic_tell_apart(run->observed.traffic, &run->policy[side].model);
	bool loaded = traffic_open(run, capture, &captures);
	if (loaded && captures > 0)
		loaded = traffic_read_captures(run, capture);
	capture_destroy(capture);
	return loaded;
}

void diff_release_traffic(struct diff_run *run)
{
	struct diff_traffic *observed = &run->observed;

	for (size_t i = 0; i < observed->cuts.len; i++)
		vec_free(&observed->cuts.data[i].operations);
	vec_free(&observed->cuts);
	vec_free(&observed->changes);
	vec_free(&observed->paths);
	traffic_destroy(observed->traffic);
	diags_release(&observed->diags);
}
