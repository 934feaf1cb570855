/* SPDX-License-Identifier: Apache-2.0
 *
 * What is generated for each device of either policy, and the lines in which it
 * changes. Here nothing is proved, for nothing is written: `compile` does both. */
#include "config.h"
#include "cli/diff.h"

#include <string.h>

#include "backends/backend.h"

struct generated {
	const struct device *device;
	const struct backend *backend;
	struct backend_output output;
	bool made;
	const char *why;
};

static const struct device *device_of(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->device_count; i++)
		if (strcmp(model->devices[i].name, name) == 0)
			return &model->devices[i];
	return NULL;
}

/* Both are made as of one policy, whose digest and name they carry. */
static bool generate_text(struct diff_run *run, enum diff_side side, struct generated *one,
			  struct diags *diags)
{
	struct policy *policy = &run->policy[side];
	struct place_options where = { .at = policy->at, .mode = policy->mode };
	struct backend_options how = {
		.digest = run->digest,
		.policy = run->policy[DIFF_NEW].model.name,
		.mode = policy->mode_name,
		.timezone = policy->model.timezone,
		.timezone_name = policy->model.timezone_name,
	};
	struct filter filter;

	filter_place(&filter, &run->arena, &policy->model, one->device, &where);
	how.monitor = filter.monitor;
	one->made = true;
	return one->backend->emit(&one->output, &filter, &how, diags);
}

static void generate(struct diff_run *run, enum diff_side side, struct generated *one)
{
	struct diags diags;

	one->backend = one->device->platform != NULL ? backend_find(one->device->platform) : NULL;
	if (one->backend == NULL) {
		one->why = "no configuration can be made for its platform";
		return;
	}
	diags_init(&diags);
	if (!generate_text(run, side, one, &diags))
		one->why = diags.len > 0 ? arena_strdup(&run->arena, diags.list[0]->message)
					 : "it could not be made";
	diags_release(&diags);
}

/* ---- files ---- */

static const char *generated_file(const struct generated *one, const char *name)
{
	for (size_t i = 0; one->made && i < one->output.file_count; i++)
		if (strcmp(one->output.file[i].name, name) == 0)
			return strbuf_text(&one->output.file[i].text);
	return "";
}

static bool device_has_file(const struct diff_device *device, const char *name)
{
	for (size_t i = 0; i < device->files.len; i++)
		if (strcmp(device->files.data[i].name, name) == 0)
			return true;
	return false;
}

static void device_add_file(struct diff_run *run, struct diff_device *device,
			    const struct generated made[DIFF_SIDES], const char *name)
{
	struct diff_file file = { .name = arena_strdup(&run->arena, name), .changes = VEC_INIT };

	if (device_has_file(device, name))
		return;
	line_changes_find(&file.changes, &run->arena, generated_file(&made[DIFF_OLD], name),
			  generated_file(&made[DIFF_NEW], name));
	for (size_t i = 0; i < file.changes.len; i++)
		*(file.changes.data[i].sign == '+' ? &file.added : &file.removed) += 1;
	if (file.changes.len > 0)
		vec_push(&device->files, file);
}

static void device_compare(struct diff_run *run, const char *name)
{
	struct generated made[DIFF_SIDES] = { { .device = NULL }, { .device = NULL } };
	struct diff_device device = { .name = name };

	for (int side = 0; side < DIFF_SIDES; side++) {
		made[side].device = device_of(&run->policy[side].model, name);
		device.is[side] = made[side].device != NULL;
		if (!device.is[side])
			continue;
		generate(run, (enum diff_side)side, &made[side]);
		device.platform = made[side].device->platform;
		device.why = made[side].why != NULL ? made[side].why : device.why;
	}
	for (int side = 0; side < DIFF_SIDES && device.why == NULL; side++)
		for (size_t i = 0; made[side].made && i < made[side].output.file_count; i++)
			device_add_file(run, &device, made, made[side].output.file[i].name);
	if (device.files.len > 0 || device.is[DIFF_OLD] != device.is[DIFF_NEW] ||
	    device.why != NULL)
		vec_push(&run->devices, device);
	for (int side = 0; side < DIFF_SIDES; side++)
		if (made[side].made)
			backend_output_release(&made[side].output);
}

void diff_find_devices(struct diff_run *run)
{
	const struct model *old = &run->policy[DIFF_OLD].model;
	const struct model *new = &run->policy[DIFF_NEW].model;

	if (old->device_count + new->device_count > 0)
		model_digest(new, run->digest);
	for (size_t i = 0; i < new->device_count; i++)
		device_compare(run, new->devices[i].name);
	for (size_t i = 0; i < old->device_count; i++)
		if (device_of(new, old->devices[i].name) == NULL)
			device_compare(run, old->devices[i].name);
}
