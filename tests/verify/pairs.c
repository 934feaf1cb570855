/* SPDX-License-Identifier: Apache-2.0
 *
 * All platforms beside each other:
 *
 *     pairs POLICY AT MODE
 *
 * Devices of one cluster are one device on several platforms: what each backend
 * makes of it is read back, and every pair of these filters is compared directly,
 * one with the other, over the whole packet space and all times from AT (seconds)
 * on. MODE is `-` for none.
 *
 * Platforms that track conversations must admit the same. A stateless one must admit
 * the same new TCP connections, all else that the other admits and what answers it, and
 * beyond that only what its remainder declares: packets that look like answers to a
 * rule it names, segments and ICMP errors of what may be initiated or answered,
 * discovery of IPv6 to the device, reports of IPv6 listeners to groups, fragments of
 * these.
 *
 * Prints a line `refused DEVICE: WHY` for each that cannot be made, a line
 * `differ ...` with one packet for each disagreement, and in the end `compared N`,
 * the number of pairs. */
#include "config.h"
#include "tests/verify/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "compiler/model.h"
#include "lang/lang.h"

VEC_TYPE(sides, struct pairs_side);

struct program {
	struct arena arena;
	struct policy_text text;
	struct model model;
	struct diags diags;
	struct place_options options;
	const char *mode_name;
	size_t compared, differences;
};

/* ---- one device on its platform ---- */

static bool side_emit(struct program *program, struct pairs_side *side)
{
	const struct model *model = &program->model;
	struct backend_options how = {
		.digest = "", .policy = model->name, .mode = program->mode_name,
		.timezone = model->timezone, .timezone_name = model->timezone_name,
	};

	side->backend = backend_find(side->device->platform);
	if (side->backend == NULL)
		return false;
	filter_place(&side->intent, &program->arena, model, side->device, &program->options);
	how.monitor = side->intent.monitor;
	return side->backend->emit(&side->output, &side->intent, &how, &program->diags);
}

static bool side_read(struct program *program, struct pairs_side *side)
{
	struct source *sources = arena_array(&program->arena, BACKEND_FILES, sizeof(*sources));
	struct read_input input = {
		.files = sources, .model = &program->model, .device = side->device,
		.at = side->intent.at, .horizon = side->intent.horizon,
		.self = side->intent.covers_self, .monitor = side->intent.monitor,
	};

	for (size_t i = 0; i < side->output.file_count; i++) {
		const struct backend_file *file = &side->output.file[i];
		if (i == 0 || file->companion)
			sources[input.file_count++] = (struct source){
				file->name, strbuf_text(&file->text), file->text.len
			};
	}
	return reader_find(side->backend->platform)
		->read(&side->read, &program->arena, &input, &program->diags);
}

/* False if the platform refuses what the policy asks for. */
static bool side_make(struct program *program, struct pairs_side *side)
{
	size_t before = program->diags.len;

	if (side_emit(program, side))
		return true;
	printf("refused %s: %s\n", side->device->name,
	       before < program->diags.len ? program->diags.list[before]->message : "?");
	if (side->output.file_count > 0)
		backend_output_release(&side->output);
	return false;
}

/* ---- the whole ---- */

static bool sides_same(const struct device *a, const struct device *b)
{
	return a == b || (a->cluster != NULL && b->cluster != NULL &&
			  strcmp(a->cluster, b->cluster) == 0);
}

/* False if it drops something of the conversations that it admits, or lets something
 * else pass but answers in those that were admitted before. */
static bool side_keeps_state(const struct pairs_side *side)
{
	bool keeps = side->read.return_count == 0;

	for (size_t i = 0; i < side->read.residue_count; i++)
		keeps = keeps && side->backend->ongoing && side->read.residue[i].ongoing;
	return keeps;
}

/* False if what was made is not understood. */
static bool side_add(struct program *program, struct sides *sides, const struct device *device)
{
	struct pairs_side side = { .device = device };

	if (!side_make(program, &side))
		return true;
	bool understood = side_read(program, &side) && side.read.unknown_count == 0;
	if (!understood)
		printf("differ %s: not understood, line %u\n", device->name,
		       side.read.unknown_count > 0 ? side.read.unknown[0].line : 0);
	else if (!side.read.stateless && !side_keeps_state(&side)) {
		printf("differ %s: not as it tracks conversations\n", device->name);
		program->differences++;
	}
	vec_push(sides, side);
	return understood;
}

static void compare_two(struct program *program, const struct pairs_side *left,
			const struct pairs_side *right)
{
	program->differences += pairs_compare(left, right);
	program->compared++;
}

static void compare_cluster(struct program *program, size_t first)
{
	const struct model *model = &program->model;
	struct sides sides = VEC_INIT;
	bool understood = true;

	for (size_t i = first; i < model->device_count; i++)
		if (sides_same(&model->devices[first], &model->devices[i]))
			understood &= side_add(program, &sides, &model->devices[i]);
	program->differences += !understood;
	for (size_t i = 0; understood && i < sides.len; i++)
		for (size_t k = i + 1; k < sides.len; k++)
			compare_two(program, &sides.data[i], &sides.data[k]);
	for (size_t i = 0; i < sides.len; i++)
		backend_output_release(&sides.data[i].output);
	vec_free(&sides);
}

static void compare_all(struct program *program)
{
	const struct model *model = &program->model;

	for (size_t i = 0; i < model->device_count; i++) {
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first = first && !sides_same(&model->devices[k], &model->devices[i]);
		if (first)
			compare_cluster(program, i);
	}
	printf("compared %zu\n", program->compared);
}

int main(int argc, char **argv)
{
	struct program program = { .options = { .mode = -1 } };

	if (argc != 4) {
		fputs("usage: pairs POLICY AT MODE\n", stderr);
		return 2;
	}
	arena_init(&program.arena);
	diags_init(&program.diags);
	bool loaded = policy_text_load(&program.text, argv[1], &program.diags);
	bool good = model_resolve(&program.model, &program.text, &program.diags) && loaded;
	program.options.at = strtoll(argv[2], NULL, 10);
	if (good && strcmp(argv[3], "-") != 0) {
		program.mode_name = argv[3];
		program.options.mode = model_mode_by_name(&program.model, argv[3]);
	}
	if (good)
		compare_all(&program);
	else
		diags_print(&program.diags, stderr);
	model_release(&program.model);
	policy_text_release(&program.text);
	diags_release(&program.diags);
	arena_release(&program.arena);
	return !good ? 2 : program.differences > 0;
}
